"""Measurements: the table, its files, and the commands that print it."""

from __future__ import annotations

import csv
import json
import math

import numpy as np
import pytest

import complexity
from complexity.views import codes_for, view_of
from complexodynamics.commands.codes import codes as codes_command
from complexodynamics.commands.measure import measure as measure_command
from complexodynamics.output import print_json

TEXT = b"it was the best of times, it was the worst of times, " * 40
CODES = ["zlib", "raw", "zstd:3"]


@pytest.fixture
def measurement():
    return complexity.measure(TEXT, codes=CODES, name="times", progress=False)


def test_rows(measurement):
    assert measurement.n_symbols == len(TEXT)
    assert {row.code for row in measurement.rows} == {"zlib", "raw", "zstd:level=3"}
    bits = [row.bits for row in measurement.rows]
    assert bits == sorted(bits)
    assert measurement.best.bits == bits[0]
    for row in measurement.rows:
        assert row.bits == 8 * len(complexity.get_code(row.code).encode(TEXT))
        assert row.bits_per_symbol == row.bits / len(TEXT)
        assert row.ratio_to_shuffled == row.bits / row.shuffled_bits
        assert row.kind == "file"
    raw = next(row for row in measurement.rows if row.code == "raw")
    assert raw.ratio_to_shuffled == 1.0
    assert measurement.best.ratio_to_shuffled < 0.2


def test_same_seed_same_bits(measurement):
    def bits(seed):
        result = complexity.measure(TEXT, codes=CODES, seed=seed, progress=False)
        return [(row.code, row.bits, row.shuffled_bits) for row in result.rows]

    assert bits(0) == [(row.code, row.bits, row.shuffled_bits) for row in measurement.rows]
    assert bits(0) != bits(1)


def test_random_bytes_have_no_structure():
    data = np.random.default_rng(0).integers(0, 256, 3000, dtype=np.uint8)
    for row in complexity.measure(data, codes=["zlib", "bz2"], progress=False).rows:
        assert 0.98 < row.ratio_to_shuffled < 1.02
        assert row.bits_per_symbol > 8


@pytest.mark.parametrize(
    ("data", "unit", "front"),
    [
        (b"abcabc" * 50, "bytes", ""),
        ("ACGT" * 50, "characters", "string("),
        ("the quick brown fox jumps" * 20, "characters", "text("),
        ([3, 1, 2] * 50, "items", "string("),
        (np.tile(np.arange(5), (4, 10)), "items", "array("),
        (np.eye(20, dtype=bool), "items", "array("),
    ],
)
def test_every_type_is_measured_by_its_symbols(data, unit, front):
    result = complexity.measure(data, codes=["zlib"], progress=False)
    symbols = data.size if isinstance(data, np.ndarray) else len(data)
    assert (result.unit, result.n_symbols) == (unit, symbols)
    (row,) = result.rows
    assert row.code.startswith(front + "zlib")
    assert row.bits == 8 * len(complexity.get_code(row.code).encode(data))
    assert row.bits < row.shuffled_bits <= row.random_bits * 1.2


def test_surrogates_keep_what_they_say(monkeypatch):
    seen = []

    class Spy:
        name, kind = "spy", complexity.Kind.BOUND

        def bits(self, x):
            seen.append(x)
            return float(len(x))

    data = b"aaaaaaaaab"
    result = complexity.measure(data, codes=[Spy()], surrogates=4, workers=1, progress=False)
    assert seen[0] == data
    assert all(sorted(x) == sorted(data) for x in seen[1:5])
    assert all(set(x) <= set(data) and len(x) == len(data) for x in seen[5:])
    assert any(sorted(x) != sorted(data) for x in seen[5:])
    (row,) = result.rows
    assert (row.shuffled_bits, row.shuffled_sd, row.ratio_to_shuffled) == (10, 0, 1)


def test_the_interval_is_students():
    lengths = iter([100.0, 200.0, 210.0, 220.0, 400.0, 400.0, 430.0])

    class Fake:
        name, kind = "fake", complexity.Kind.BOUND

        def bits(self, x):
            return next(lengths)

    (row,) = complexity.measure(
        b"abcd", codes=[Fake()], surrogates=3, workers=1, progress=False
    ).rows
    reach = 4.302652729911275 * 10 / math.sqrt(3)  # t(0.975, 2), standard deviation 10
    assert row.ratio_to_shuffled == pytest.approx(100 / 210)
    assert row.ratio_low == pytest.approx(100 / (210 + reach))
    assert row.ratio_high == pytest.approx(100 / (210 - reach))
    assert row.z_shuffled == pytest.approx(-11)
    assert row.z_random == pytest.approx((100 - 410) / math.sqrt(300))


@pytest.mark.parametrize("code", ["kt-bytes", "entropy"])
def test_a_code_blind_to_order_has_no_z_score(code):
    """Its lengths depend on the frequencies alone, which shuffles keep; sums round differently."""
    text = np.random.default_rng(0).choice(26, 9000, p=np.arange(1, 27) / 351).astype(np.uint8)
    (row,) = complexity.measure(text.tobytes(), codes=[code], progress=False).rows
    assert row.ratio_to_shuffled == pytest.approx(1, rel=1e-12)
    assert row.shuffled_sd == 0
    assert math.isnan(row.z_shuffled)
    assert row.z_random < -10


@pytest.mark.parametrize("draw", [2, 4])
def test_noise_is_no_evidence_for_a_code_of_rare_gains(draw):
    """Kraft: b bits below its typical length a code has 2^-b of all fair strings, at most.

    Context trees are so once in a while, by a bit; the five shuffles often are not, and then differ
    by hundredths.
    """
    random, code, scores = np.random.default_rng(draw), "ctw" if draw > 2 else "ctw-bits", []
    for seed in range(100):
        data = random.integers(0, draw, 600, dtype=np.uint8)
        (row,) = complexity.measure(
            data.tobytes() if draw > 2 else data, codes=[code], seed=seed, progress=False
        ).rows
        assert row.shuffled_sd > 0
        scores.append(row.z_shuffled)
    # 2^-10 is the chance of ten bits
    assert np.abs(scores).max() < 10
    assert np.mean(np.abs(scores) > 3) < 0.05


def test_an_interval_of_the_mean_that_reaches_0_leaves_the_ratio_open():
    lengths = iter([100.0, 10.0, 210.0, 400.0, 430.0])

    class Fake:
        name, kind = "fake", complexity.Kind.BOUND

        def bits(self, x):
            return next(lengths)

    (row,) = complexity.measure(
        b"abcd", codes=[Fake()], surrogates=2, workers=1, progress=False
    ).rows
    assert row.ratio_low == pytest.approx(100 / (110 + 12.706204736 * 100))  # t(0.975, 1)
    assert row.ratio_low < row.ratio_to_shuffled
    assert math.isnan(row.ratio_high)


def test_results_do_not_depend_on_workers():
    def table(workers):
        result = complexity.measure(TEXT, codes=CODES, workers=workers, progress=False)
        return [(row.code, row.bits, row.shuffled_bits, row.random_bits) for row in result.rows]

    assert table(1) == table(2) == table(7)


def test_best_bits_is_the_minimum_plus_the_choice():
    lengths = [complexity.get_code(code).bits(TEXT) for code in CODES]
    assert complexity.best_bits(TEXT, codes=CODES) == min(lengths) + math.log2(3)
    assert complexity.best_bits(TEXT) <= min(lengths) + 5
    # Kraft: the bound is a code over the choice and the codeword
    strings = [bytes([a, b]) for a in range(16) for b in range(16)]
    assert sum(2 ** -complexity.best_bits(x, codes=["raw", "zlib"]) for x in strings) <= 1


def test_estimates_stand_beside_codes_and_are_never_the_best():
    coins = np.random.default_rng(5).integers(0, 2, 4096).astype(bool)
    result = complexity.measure(coins, surrogates=0, progress=False)
    rows = {row.code: row for row in result.rows}
    assert rows["entropy"].kind == rows["lz76-rate"].kind == "estimate"
    ones = coins.mean()
    entropy = -(ones * np.log2(ones) + (1 - ones) * np.log2(1 - ones))
    assert rows["entropy"].bits == pytest.approx(4096 * entropy)
    assert rows["lz76-rate"].bits == complexity.lz76(coins) * 12
    # fewer bits than any code can have for random coins: the parameter's cost is left out
    assert rows["entropy"].bits < result.best.bits
    assert result.best.kind != "estimate"
    with pytest.raises(ValueError, match="is an estimate"):
        complexity.best_bits(coins, codes=["enumerative", "entropy"])
    assert complexity.best_bits(coins) > rows["entropy"].bits


def test_codes_whose_domain_is_too_small_are_left_out_by_default():
    few, many = np.zeros(1000, bool), np.zeros(1 << 18, bool)
    names = [{code.name for code in codes_for(view_of(x), None)} for x in (few, many)]
    assert names[0] - names[1] == {"enumerative"}
    octets = view_of(bytes(17 << 20))
    assert {"xz", "cm", "lz76"} <= {code.name for code in codes_for(octets, None)}
    assert "ctw" not in {code.name for code in codes_for(octets, None)}
    # who asks for one by name is told
    with pytest.raises(ValueError, match="accepted are at most"):
        complexity.measure(bytes(17 << 20), codes=["ctw"], surrogates=0, progress=False)


def taken(data):
    """Byte codes that take it by default, without the front end's name."""
    return {getattr(code, "code", code).name for code in codes_for(view_of(data), None)}


@pytest.mark.parametrize("size", [1000, (1 << 21) + 9, (1 << 24) + 9, (1 << 27) - 20_000])
def test_the_codes_of_bits_do_not_depend_on_how_they_are_held(size):
    bits = np.zeros(size, bool)
    bits[::3] = True
    first = {code.name for code in codes_for(view_of(bits), None)}
    for dtype in (np.uint8, np.int64) if size < 1 << 26 else (np.uint8,):
        assert {code.name for code in codes_for(view_of(bits.astype(dtype)), None)} == first
    octets = set(complexity.codes(domain="bytes"))
    assert octets & taken(bits) == octets & taken(bytes(-(-size // 8)))
    if size < 1 << 22:
        for held in ("01" * (size // 2), [0, 1] * (size // 2)):
            assert octets & taken(held) == octets & taken(bits)


def test_all_codes_by_default():
    result = complexity.measure(b"text", surrogates=0, progress=False)
    takers = {**complexity.codes(domain="bytes"), **complexity.codes(domain="any")}
    assert {row.code for row in result.rows} == set(takers)
    assert result.best.kind != "estimate"
    assert all(math.isnan(row.shuffled_bits) for row in result.rows)


def test_repr_and_provenance(measurement):
    lines = repr(measurement).splitlines()
    assert lines[0] == f"times: {len(TEXT)} bytes"
    assert len(lines) == 2 + len(CODES)
    assert measurement.provenance["seed"] == 0
    assert "numpy" in measurement.provenance["versions"]


def test_files(measurement, tmp_path):
    document = json.loads(measurement.save(tmp_path / "m.json").read_text())
    assert document == measurement.to_dict()
    with measurement.save(tmp_path / "m.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert [float(row["bits"]) for row in rows] == [row.bits for row in measurement.rows]
    with pytest.raises(ValueError, match=r"accepted is a name in .json or .csv"):
        measurement.save(tmp_path / "m.txt")


def test_plot(measurement, tmp_path):
    figure = measurement.plot(tmp_path / "m.png")
    assert (tmp_path / "m.png").read_bytes()[:4] == b"\x89PNG"
    assert len(figure.axes[0].patches) == 2 * len(CODES)


def test_numbers_of_numpy_are_json():
    found = complexity.measure(b"ab" * 9, codes=["raw"], surrogates=np.int64(2), seed=np.int64(1))
    assert json.loads(json.dumps(found.to_dict()))["provenance"]["surrogates"] == 2


@pytest.mark.parametrize(
    ("data", "item"),
    [([[1, 2], [3, 4]], "list"), ([1, "a"], "str"), ([0.5], "float"), ((1, None), "NoneType")],
)
def test_lists_of_other_than_integers(data, item):
    with pytest.raises(TypeError, match=f"data: got a list that holds a {item}, accepted is one"):
        complexity.measure(data)
    with pytest.raises(TypeError, match=f"data: got a list that holds a {item}, accepted is one"):
        complexity.best_bits(data)


@pytest.mark.parametrize("make", [list, tuple])
def test_lists_of_more_integers_than_bytes_hold(make):
    """As an array they are measured; said before a code of bytes is asked."""
    for ask in (complexity.measure, complexity.best_bits):
        with pytest.raises(ValueError, match=r"data: got a list of 257 different.*an array"):
            ask(make(range(257)))
    assert complexity.best_bits(make(range(256))) > 0
    assert complexity.best_bits(np.arange(257)) > 0


def test_refusals():
    with pytest.raises(ValueError, match="got nothing"):
        complexity.measure(b"")
    with pytest.raises(TypeError, match="accepted is bytes"):
        complexity.measure(3)
    with pytest.raises(ValueError, match="did you mean 'zlib'"):
        complexity.measure(b"a", codes=["zlb"])
    with pytest.raises(ValueError, match="at least one"):
        complexity.measure(b"a", codes=[])
    with pytest.raises(TypeError, match=r"codes: got Xz\(.*accepted is a list of specs or codes"):
        complexity.measure(b"a", codes=complexity.get_code("xz"))
    with pytest.raises(ValueError, match="surrogates"):
        complexity.measure(b"a", surrogates=-1)


def test_command_tables(tmp_path, capsys):
    path = tmp_path / "times.txt"
    path.write_bytes(TEXT)
    measure_command(path, code=CODES, surrogates=1)
    out = capsys.readouterr().out
    assert "zstd:level" in out
    assert f"{len(TEXT):,} bytes" in out


def test_command_json_and_out(tmp_path, capsys):
    paths = [tmp_path / "a.bin", tmp_path / "b.bin"]
    for path in paths:
        path.write_bytes(TEXT + b"\xff\0")
    measure_command(*paths, code=["raw"], surrogates=0, json=True, out=tmp_path / "o.csv")
    document = json.loads(capsys.readouterr().out)
    assert [entry["name"] for entry in document["files"]] == list(map(str, paths))
    assert document["files"][0]["rows"][0]["shuffled_bits"] is None
    with (tmp_path / "o.csv").open() as stream:
        assert [row["file"] for row in csv.DictReader(stream)] == list(map(str, paths))
    measure_command(*paths, code=["raw"], json=True, out=tmp_path / "o.json")
    assert len(json.loads((tmp_path / "o.json").read_text())["files"]) == 2
    measure_command(paths[0], code=["raw"], json=True, out=tmp_path / "o.json")
    assert json.loads((tmp_path / "o.json").read_text())["best"] == "raw"


def test_command_refuses_before_measuring(tmp_path, capsys):
    good, empty = tmp_path / "times.txt", tmp_path / "empty.txt"
    good.write_bytes(TEXT)
    empty.touch()
    for path, says in [
        (tmp_path / "tims.txt", r"tims.txt does not exist; did you mean .*times.txt\?"),
        (tmp_path / "zzz", "zzz does not exist$"),
        (tmp_path / "no" / "file", "does not exist"),
        (tmp_path, "is a folder; --recursive takes the files below it"),
        (empty, "empty.txt is empty: nothing to measure"),
    ]:
        with pytest.raises(ValueError, match=says):
            measure_command(good, path)
    for out in (tmp_path / "o.txt", tmp_path / "no" / "o.csv"):
        with pytest.raises(ValueError, match="--out"):
            measure_command(good, out=out)
    with pytest.raises(ValueError, match="no file given"):
        measure_command()
    with pytest.raises(ValueError, match="did you mean 'zlib'"):
        measure_command(good, code=["zlb"])
    assert capsys.readouterr().out == ""


def test_codes_command(capsys):
    codes_command(json=True)
    rows = json.loads(capsys.readouterr().out)["codes"]
    assert [row["name"] for row in rows] == list(complexity.codes())


def test_codes_command_cuts_no_name_and_no_option(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    codes_command()
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    words = {word.rstrip(",") for line in lines for word in line.split()}
    for name, entry in complexity.codes().items():
        said = {f"{key}={value}" for key, value in entry.parameters.items()}
        assert {name, str(entry.kind), entry.domain} | said <= words


def test_print_json(capsys):
    print_json({"a": math.nan, "b": [np.float64(1.5), np.arange(2), math.inf], 3: (True, None)})
    assert json.loads(capsys.readouterr().out) == {
        "a": None,
        "b": [1.5, [0, 1], None],
        "3": [True, None],
    }
