"""A Trajectory: saving, loading, tables, figures, and files that are damaged."""

from __future__ import annotations

import contextlib
import csv
import hashlib
import io
import json
import pickle
import sys
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from matplotlib.figure import Figure
from PIL import Image

from complexity.figures import save_figure
from simulations import DamagedRunError, Trajectory, run_folder

MODERATE = settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def small(**changes) -> Trajectory:
    """Two times, three replicas, two observables of different units, two frames."""
    fields = {
        "clock": "sweeps",
        "times": np.array([3, 7]),
        "observables": ("entropy_bits", "cost"),
        "units": ("bits", "euro"),
        "values": np.array([[[1.0, -2.0], [0.1, 3e300], [5, 6]], [[7, 8], [9, 10], [11, 1 / 3]]]),
        "frames": np.arange(8, dtype=np.uint8).reshape(2, 2, 2),
        "frame_times": np.array([3, 7]),
        "provenance": {"parameters": {"seed": 4}, "versions": {"python": "3"}, "seconds": 1.25},
    }
    return Trajectory(**fields | changes)


def assert_same(a: Trajectory, b: Trajectory) -> None:
    assert (a.clock, a.observables, a.units) == (b.clock, b.observables, b.units)
    for name, array in a.arrays().items():
        other = b.arrays()[name]
        assert array.dtype == other.dtype, name
        assert array.shape == other.shape, name
        assert array.tobytes() == other.tobytes(), name
    assert a.provenance == b.provenance


@st.composite
def trajectories(draw) -> Trajectory:
    times, replicas, kept = (draw(st.integers(0, 5)) for _ in range(3))
    names = draw(st.lists(st.text(min_size=1, max_size=8), unique=True, max_size=4))
    shape = (times, replicas, len(names))
    json_values = st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
        max_leaves=6,
    )
    frame = draw(st.sampled_from([np.uint8, np.int32, np.float64, np.bool_]))
    frame_shape = draw(hnp.array_shapes(min_dims=0, max_dims=3, max_side=3))
    return Trajectory(
        clock=draw(st.text()),
        times=draw(hnp.arrays(np.int64, times, unique=True)),
        observables=tuple(names),
        units=tuple(draw(st.text()) for _ in names),
        values=draw(hnp.arrays(np.float64, shape, elements=st.floats())),
        frames=draw(hnp.arrays(frame, (kept, *frame_shape))),
        frame_times=draw(hnp.arrays(np.int64, kept)),
        provenance=draw(st.dictionaries(st.text(), json_values, max_size=4)),
    )


# Saving and loading


@MODERATE
@given(trajectory=trajectories())
def test_save_and_load_give_the_same(tmp_path, trajectory):
    written = trajectory.save(tmp_path / "run")
    assert written == tmp_path / "run" / "run.json"
    assert_same(Trajectory.load(tmp_path / "run"), trajectory)


def test_keys_that_are_no_strings_become_strings(tmp_path):
    small(provenance={1: "a", 10: "b", 2: (3, 4)}).save(tmp_path)
    assert Trajectory.load(tmp_path).provenance == {"1": "a", "10": "b", "2": [3, 4]}


def test_the_format_cannot_be_overwritten_by_the_contents(tmp_path):
    run_folder.write(tmp_path, {"format": "mine", "version": 7, "files": {}}, {})
    meta, arrays = run_folder.read(tmp_path)
    assert (meta["format"], meta["version"], arrays) == ("complexodynamics run", 1, {})


def test_saving_over_a_run_replaces_it_and_leaves_nothing_else(tmp_path):
    small().save(tmp_path)
    (tmp_path / "notes.txt").write_text("mine")
    other = small(values=np.zeros((2, 3, 2)))
    other.save(tmp_path)
    assert_same(Trajectory.load(tmp_path), other)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["notes.txt", "result.npz", "run.json"]


def test_saving_makes_the_folders(tmp_path):
    small().save(tmp_path / "a" / "b")
    assert_same(Trajectory.load(str(tmp_path / "a" / "b")), small())


def test_a_failed_save_leaves_the_old_run_whole(tmp_path, monkeypatch):
    small().save(tmp_path)
    with pytest.raises(TypeError):
        small(provenance={"seed": object()}).save(tmp_path)
    with pytest.raises(TypeError, match=r"frames.*objects"):
        small(frames=np.array([None, {}], object)).save(tmp_path)
    monkeypatch.setattr("os.replace", _no_space)
    with pytest.raises(OSError, match="no space"):
        small(clock="other").save(tmp_path)
    assert_same(Trajectory.load(tmp_path), small())
    assert sorted(p.name for p in tmp_path.iterdir()) == ["result.npz", "run.json"]


def _no_space(*_):
    raise OSError("no space")


def test_the_files_are_what_they_say(tmp_path):
    """Readable with json and NumPy alone; the checksums are SHA-256."""
    small().save(tmp_path)
    document = json.loads((tmp_path / "run.json").read_text())
    assert document["format"] == "complexodynamics run"
    assert document["observables"] == ["entropy_bits", "cost"]
    data = (tmp_path / "result.npz").read_bytes()
    assert document["files"] == {"result.npz": hashlib.sha256(data).hexdigest()}
    with np.load(tmp_path / "result.npz", allow_pickle=False) as arrays:
        assert sorted(arrays) == ["frame_times", "frames", "times", "values"]
        np.testing.assert_array_equal(arrays["values"], small().values)
    checksum = document.pop("checksum")
    canonical = json.dumps(document, sort_keys=True, separators=(",", ":")).encode()
    assert checksum == hashlib.sha256(canonical).hexdigest()


# Access


def test_observables_are_attributes_and_items():
    run = small()
    np.testing.assert_array_equal(run.entropy_bits, [[1, 0.1, 5], [7, 9, 11]])
    np.testing.assert_array_equal(run["cost"], run.values[:, :, 1])
    np.testing.assert_allclose(run.mean("entropy_bits"), [6.1 / 3, 9], rtol=1e-15)
    assert run.replicas == 3
    assert {"entropy_bits", "cost", "save"} <= set(dir(run))
    with pytest.raises(AttributeError, match="entropy_bit"):
        run.entropy_bit  # noqa: B018
    with pytest.raises(KeyError, match=r"known: entropy_bits, cost; did you mean 'entropy_bits'"):
        run["entropy_bit"]


def test_it_can_be_copied():
    assert_same(pickle.loads(pickle.dumps(small())), small())


def test_repr_says_what_it_is():
    assert repr(small()) == (
        "Trajectory(2 times from 3 to 7 sweeps, 3 replicas, observables: entropy_bits, cost)"
    )
    one = small(times=np.array([1234567]), values=np.zeros((1, 1, 2)))
    assert repr(one).startswith("Trajectory(1 time from 1,234,567 to 1,234,567 sweeps, 1 replica, ")
    part = small(times=np.empty(0, int), values=np.empty((0, 3, 2)), provenance={"complete": False})
    assert repr(part) == (
        "Trajectory(0 times, 3 replicas, observables: entropy_bits, cost, part of a run)"
    )
    assert small().complete
    assert not part.complete


def test_to_dict_is_json():
    document = json.loads(json.dumps(small().to_dict(), allow_nan=False))
    assert document["clock"] == "sweeps"
    assert document["times"] == [3, 7]
    assert document["observables"] == {"entropy_bits": "bits", "cost": "euro"}
    assert document["values"]["cost"] == [[-2, 3e300, 6], [8, 10, 1 / 3]]
    assert document["provenance"]["parameters"] == {"seed": 4}


# Tables


@MODERATE
@given(values=hnp.arrays(np.float64, (2, 3, 2), elements=st.floats()))
def test_csv_holds_every_value_exactly(tmp_path, values):
    path = small(values=values).to_csv(tmp_path / "run.csv")
    with path.open(newline="") as stream:
        head, *rows = csv.reader(stream)
    assert head == ["sweeps", "replica", "entropy_bits", "cost"]
    assert [(int(t), int(r)) for t, r, *_ in rows] == [(t, r) for t in (3, 7) for r in range(3)]
    back = np.array([[float(x) for x in row[2:]] for row in rows]).reshape(2, 3, 2)
    np.testing.assert_array_equal(back, values)


def test_csv_writes_counts_as_integers(tmp_path):
    values = np.array([[[2.0**53, 12345678901.0]]])
    path = small(times=np.array([0]), values=values).to_csv(tmp_path / "run.csv")
    assert path.read_text().splitlines()[1] == "0,0,9007199254740992,12345678901"


def test_to_xarray():
    xarray = pytest.importorskip("xarray")
    data = small().to_xarray()
    assert isinstance(data, xarray.Dataset)
    assert dict(data.sizes) == {"sweeps": 2, "replica": 3}
    np.testing.assert_array_equal(data["sweeps"], [3, 7])
    for name, unit in (("entropy_bits", "bits"), ("cost", "euro")):
        np.testing.assert_array_equal(data[name], small()[name])
        assert data[name].attrs["units"] == unit


def test_to_frame():
    pandas = pytest.importorskip("pandas")
    table = small().to_frame()
    assert isinstance(table, pandas.DataFrame)
    assert list(table.index.names) == ["sweeps", "replica"]
    for i, time in enumerate((3, 7)):
        for replica in range(3):
            assert table.loc[(time, replica)].tolist() == small().values[i, replica].tolist()


def test_a_clock_that_is_an_observable_too(tmp_path):
    pytest.importorskip("xarray")
    run = small(clock="cost")
    head = run.to_csv(tmp_path / "run.csv").read_text().splitlines()[0]
    assert head == "time,replica,entropy_bits,cost"
    assert list(run.to_frame().reset_index().columns) == ["time", "replica", "entropy_bits", "cost"]
    data = run.to_xarray()
    np.testing.assert_array_equal(data["time"], [3, 7])
    np.testing.assert_array_equal(data["cost"], run["cost"])


@pytest.mark.parametrize(("library", "method"), [("xarray", "to_xarray"), ("pandas", "to_frame")])
def test_a_missing_library_is_answered_with_the_command(monkeypatch, library, method):
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(ImportError) as caught:
        getattr(small(), method)()
    assert f"{library} is not installed" in str(caught.value)
    assert 'pip install "complexodynamics[tables]"' in str(caught.value)


# Figures


def test_plot_draws_a_panel_per_unit_and_a_line_per_observable():
    figure = small().plot()
    assert isinstance(figure, Figure)
    bits, euro = figure.axes
    assert (bits.get_ylabel(), euro.get_ylabel()) == ("bits", "euro")
    assert euro.get_xlabel() == "time (sweeps)"
    (line,) = bits.get_lines()
    np.testing.assert_allclose(line.get_xydata(), [[3, 6.1 / 3], [7, 9]])
    (band,) = bits.collections
    corners = {tuple(point) for point in band.get_paths()[0].vertices.tolist()}
    assert {(3, 0.1), (3, 5), (7, 7), (7, 11)} <= corners


def test_plot_writes_png_and_svg(tmp_path):
    small().plot(tmp_path / "a.png")
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    with Image.open(tmp_path / "a.png") as image:
        image.load()
        assert image.width > image.height / 2 > 100
    small().plot(tmp_path / "a.SVG")
    assert ElementTree.parse(tmp_path / "a.SVG").getroot().tag.endswith("svg")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.SVG", "a.png"]


def test_the_same_figure_is_the_same_png(tmp_path):
    for name in ("a.png", "b.png"):
        small().plot(tmp_path / name)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


@pytest.mark.parametrize("name", ["a.gif", "a", "png"])
def test_another_ending_is_refused(tmp_path, name):
    with pytest.raises(ValueError, match=r"\.png, \.svg and \.pdf"):
        small().plot(tmp_path / name)
    with pytest.raises(ValueError, match=r"\.png, \.svg and \.pdf"):
        save_figure(Figure(), tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_plotting_leaves_no_open_figures():
    from matplotlib import pyplot

    small().plot()
    assert not pyplot.get_fignums()


# Damage


@pytest.fixture(scope="module")
def saved(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("saved")
    small(values=np.zeros((2, 3, 2))).save(folder)
    return folder


@pytest.fixture
def broken(saved, tmp_path):
    """A function that puts other contents into one file of a copy of the run, and loads it."""
    for name in ("run.json", "result.npz"):
        (tmp_path / name).write_bytes((saved / name).read_bytes())

    def load(name: str, data: bytes) -> Trajectory:
        with (tmp_path / name).open("wb") as stream:
            stream.write(data)
        return Trajectory.load(tmp_path)

    return load


def changes(byte: int) -> set[int]:
    """The other values of a byte that are tried: a flipped bit high and low, zero, a digit."""
    return {byte ^ 1, byte ^ 0x80, byte ^ 0x20, 0, 0x30, 0xFF} - {byte}


def test_every_changed_byte_of_the_arrays_is_noticed(saved, broken):
    data = (saved / "result.npz").read_bytes()
    for place, byte in enumerate(data):
        for other in changes(byte):
            with pytest.raises(DamagedRunError, match=r"result\.npz: damaged"):
                broken("result.npz", data[:place] + bytes([other]) + data[place + 1 :])


def test_every_changed_byte_of_the_document_is_noticed_or_harmless(saved, broken):
    """Harmless are changes after which JSON says the same: of one kind of white space to another,
    as the format is free between its tokens."""
    data = (saved / "run.json").read_bytes()
    whole = Trajectory.load(saved)
    harmless = 0
    for place, byte in enumerate(data):
        for other in changes(byte) | ({0x20, 0x0A, 0x09, 0x0D} - {byte} if byte < 0x21 else set()):
            changed = data[:place] + bytes([other]) + data[place + 1 :]
            if _says(changed) == json.loads(data):
                harmless += 1
                assert byte in b" \n"
                assert_same(broken("run.json", changed), whole)
                continue
            with pytest.raises(DamagedRunError, match=r"run\.json: "):
                broken("run.json", changed)
    assert harmless


def _says(data: bytes):
    try:
        return json.loads(data)
    except ValueError:
        return None


@pytest.mark.parametrize("name", ["run.json", "result.npz"])
def test_every_truncation_is_noticed(saved, broken, name):
    """Only the newline that ends the document can go unmissed."""
    data = (saved / name).read_bytes()
    needed = len(data.rstrip(b"\n")) if name == "run.json" else len(data)
    for length in range(needed):
        with pytest.raises(DamagedRunError, match=name):
            broken(name, data[:length])
    assert_same(broken(name, data[:needed]), Trajectory.load(saved))


@pytest.mark.parametrize("name", ["run.json", "result.npz"])
def test_appended_bytes_are_noticed(saved, broken, name):
    data = (saved / name).read_bytes()
    with pytest.raises(DamagedRunError):
        broken(name, data + b"0")


def test_missing_files(saved, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"run\.json: no such file"):
        Trajectory.load(tmp_path)
    with pytest.raises(FileNotFoundError, match=r"nowhere"):
        Trajectory.load(tmp_path / "nowhere")
    (tmp_path / "run.json").write_bytes((saved / "run.json").read_bytes())
    with pytest.raises(DamagedRunError, match=r"result\.npz: missing"):
        Trajectory.load(tmp_path)


def test_a_file_in_place_of_the_folder(tmp_path):
    (tmp_path / "run").write_text("mine")
    with pytest.raises(FileNotFoundError, match="run is not the folder"):
        Trajectory.load(tmp_path / "run")
    with pytest.raises(NotADirectoryError, match=r"run is a file; give a folder"):
        small().save(tmp_path / "run")
    with pytest.raises(OSError, match=r"cannot make the folder .*below"):
        small().save(tmp_path / "run" / "below")
    assert (tmp_path / "run").read_text() == "mine"


def forge(folder: Path, change) -> None:
    """Change the document and sign it again, as a newer or a hostile writer would."""
    document = json.loads((folder / "run.json").read_text())
    del document["checksum"]
    change(document)
    canonical = json.dumps(document, sort_keys=True, separators=(",", ":")).encode()
    document["checksum"] = hashlib.sha256(canonical).hexdigest()
    (folder / "run.json").write_text(json.dumps(document))


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"version": 2}, "format version 2, known is 1"),
        ({"version": None}, "format version None, known is 1"),
        ({"format": "another"}, r"not the run\.json of a run"),
    ],
)
def test_a_newer_or_foreign_document(tmp_path, changed, message):
    small().save(tmp_path)
    forge(tmp_path, lambda document: document.update(changed))
    with pytest.raises(DamagedRunError, match=message):
        Trajectory.load(tmp_path)


@pytest.mark.parametrize("text", ["[]", "3", '"x"', "{}", "null", "", "[" * 100_000])
def test_json_that_is_no_run(tmp_path, text):
    (tmp_path / "run.json").write_text(text)
    with pytest.raises(DamagedRunError, match=r"run\.json: "):
        Trajectory.load(tmp_path)


@pytest.mark.parametrize("key", ["clock", "observables", "units", "provenance", "files"])
def test_a_signed_document_without_a_key(tmp_path, key):
    small().save(tmp_path)
    forge(tmp_path, lambda document: document.pop(key))
    with pytest.raises(DamagedRunError):
        Trajectory.load(tmp_path)


class Trap:
    """Raises if it is unpickled."""

    def __reduce__(self):
        return (pytest.fail, ("a pickle was read",))


def replace_arrays(folder: Path, data: bytes) -> None:
    (folder / "result.npz").write_bytes(data)
    digest = hashlib.sha256(data).hexdigest()
    forge(folder, lambda document: document.update(files={"result.npz": digest}))


def test_no_pickle_is_read(tmp_path):
    """Not even from a file whose checksums are right."""
    small().save(tmp_path)
    hostile = io.BytesIO()
    np.savez(hostile, allow_pickle=True, **small().arrays() | {"frames": np.array([Trap()])})
    for data in (hostile.getvalue(), pickle.dumps(Trap())):
        replace_arrays(tmp_path, data)
        with pytest.raises(DamagedRunError, match=r"result\.npz"):
            Trajectory.load(tmp_path)


@pytest.mark.parametrize("content", [b"", b"x", b"\x93NUMPY\x01\x00\x02\x00{}"])
def test_signed_files_that_are_no_arrays(tmp_path, content):
    small().save(tmp_path)
    inside = io.BytesIO()
    with zipfile.ZipFile(inside, "w") as archive:
        for name in small().arrays():
            archive.writestr(f"{name}.npy", content)
    single = io.BytesIO()
    np.save(single, np.arange(3))
    for data in (inside.getvalue(), content, single.getvalue()):
        replace_arrays(tmp_path, data)
        with pytest.raises(DamagedRunError, match=r"result\.npz"):
            Trajectory.load(tmp_path)


def test_arrays_that_are_missing_from_a_signed_file(tmp_path):
    small().save(tmp_path)
    arrays = small().arrays()
    del arrays["values"]
    replace_arrays(tmp_path, run_folder.pack_arrays(arrays))
    with pytest.raises(DamagedRunError, match="values"):
        Trajectory.load(tmp_path)


def test_unsigned_arrays_that_are_damaged_raise_nothing_else():
    """The reader of arrays copes by itself, whatever bytes it is given."""
    data = run_folder.pack_arrays({"a": np.arange(3)})
    for place, byte in enumerate(data):
        for other in changes(byte):
            changed = data[:place] + bytes([other]) + data[place + 1 :]
            with contextlib.suppress(DamagedRunError):
                run_folder.unpack_arrays(changed, Path("run/result.npz"))
