"""Files are written whole or not at all."""

import json
import math
import os

import pytest

from complexity.figures import new_figure, save_figure
from complexity.files import save_json, save_table, write_atomically


def test_a_file_is_replaced_and_nothing_is_left_beside_it(tmp_path):
    path = tmp_path / "a.bin"
    for data in (b"one", b"", b"\x00" * 1000):
        assert write_atomically(path, data) == path
        assert path.read_bytes() == data
        assert os.listdir(tmp_path) == ["a.bin"]


def test_a_missing_folder_is_named_by_the_path_that_was_asked_for(tmp_path):
    path = tmp_path / "missing" / "a.bin"
    with pytest.raises(FileNotFoundError) as caught:
        write_atomically(path, b"x")
    assert caught.value.filename == str(path)


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "a.bin"
    write_atomically(path, b"old")

    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space") as caught:
        write_atomically(path, b"new")
    assert caught.value.filename == str(path)
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a.bin"]


def test_the_users_umask_holds(tmp_path):
    before = os.umask(0o027)
    try:
        path = write_atomically(tmp_path / "a", b"")
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o640


def test_the_umask_of_other_threads_is_left_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "umask", lambda mask: pytest.fail("it is the whole process's"))
    assert write_atomically(tmp_path / "a", b"x").read_bytes() == b"x"


def test_names_as_long_as_names_may_be(tmp_path):
    path = tmp_path / ("n" * 250 + ".json")
    assert save_json(path, [1]).read_text() == "[\n  1\n]\n"


@pytest.mark.parametrize("mode", [0o600, 0o444, 0o664])
def test_a_file_that_is_replaced_keeps_its_permissions(tmp_path, mode):
    path = write_atomically(tmp_path / "a", b"old")
    path.chmod(mode)
    assert write_atomically(path, b"new").read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == mode


def test_json_is_written_or_refused(tmp_path):
    assert json.loads(save_json(tmp_path / "a.json", {"bits": [1.5, None]}).read_text()) == {
        "bits": [1.5, None]
    }
    with pytest.raises(ValueError, match=r"accepted is a name in \.json"):
        save_json(tmp_path / "a.txt", {})
    with pytest.raises(ValueError, match="not JSON compliant"):
        save_json(tmp_path / "b.json", math.nan)
    assert os.listdir(tmp_path) == ["a.json"]


def test_tables_are_written_or_refused(tmp_path):
    rows = [{"a": 1, "b": None}, {"b": "x, y", "a": 2.5}]
    for name in ("t.csv", "t.CSV"):
        path = save_table(tmp_path / name, {"rows": rows}, rows)
        assert path.read_text() == 'a,b\n1,\n2.5,"x, y"\n'
    assert json.loads(save_table(tmp_path / "t.json", {"rows": rows}, rows).read_text()) == {
        "rows": rows
    }
    with pytest.raises(ValueError, match=r"path: got '.*t\.txt', accepted is .* \.json or \.csv"):
        save_table(tmp_path / "t.txt", {}, rows)
    with pytest.raises(ValueError, match="not JSON compliant"):
        save_table(tmp_path / "n.json", [float("nan")], rows)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["t.CSV", "t.csv", "t.json"]


@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
def test_equal_figures_give_equal_bytes(tmp_path, ending):
    for name in ("a", "b"):
        figure = new_figure(figsize=(2, 2))
        figure.add_subplot().plot([0, 1])
        assert save_figure(figure, tmp_path / f"{name}.{ending}") is figure
    first, second = sorted(tmp_path.iterdir())
    assert first.read_bytes() == second.read_bytes()
    assert save_figure(figure, None) is figure
