"""`cxd randomness`: tables, files, and one line for whatever is wrong."""

from __future__ import annotations

import io
import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from complexity.randomness import battery

pytestmark = pytest.mark.usefixtures("own_folder")

OCTETS = np.random.default_rng(0).bytes(250)
TEXT = "".join(map(str, np.unpackbits(np.frombuffer(OCTETS, np.uint8))))


@pytest.fixture
def refused(cxd, tmp_path):
    """Run a command that must fail: one line on standard error, nothing else anywhere."""

    def run(*arguments: str | Path) -> str:
        before = sorted(tmp_path.rglob("*"))
        status, out, err = cxd("randomness", *arguments)
        assert (status, out, err.count("\n")) == (2, "", 1)
        assert err.startswith("cxd: ")
        assert sorted(tmp_path.rglob("*")) == before
        return err

    return run


@pytest.fixture
def files():
    bits = np.unpackbits(np.frombuffer(OCTETS, np.uint8))
    Path("octets").write_bytes(OCTETS)
    Path("text").write_text("\n".join(TEXT[k : k + 25] for k in range(0, 2000, 25)) + "\n")
    np.save("bits.npy", bits)
    Path("bits.csv").write_text("flip\n" + "\n".join(map(str, bits)) + "\n")


@pytest.mark.parametrize(
    "arguments",
    [["octets"], ["text", "--reading", "text"], ["bits.npy"], ["bits.csv:flip"]],
)
def test_every_reading_gives_the_same_bits(cxd, files, arguments):
    status, out, err = cxd("randomness", *arguments)
    assert (status, err) == (0, "")
    assert out == repr(battery(OCTETS, name=arguments[0], progress=False)) + "\n"


def test_standard_input(cxd, files, monkeypatch):
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(OCTETS)))
    status, out, _ = cxd("randomness", "-", "--first", "1000")
    assert status == 0
    assert out.startswith("standard input: 1000 bits\n")


@pytest.mark.parametrize("first", [1, 1001, 4000])
def test_first_reads_no_more_than_it_takes(cxd, monkeypatch, first):
    """A device, or a pipe, may go on for ever."""

    class Endless(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            assert size is not None
            assert 0 <= size < 1 << 20, "all of it is asked for"
            return (OCTETS * (size // 250 + 1))[:size]

    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=Endless()))
    status, out, _ = cxd("randomness", "-", "--first", str(first), "--json")
    ones = sum(map(int, (TEXT * 2)[:first]))
    document = json.loads(out)
    assert (status, document["n"]) == (0, first)
    if first >= 100:
        assert document["outcomes"][0]["statistic"] == pytest.approx(
            (2 * ones - first) / first**0.5
        )


def test_files_of_more_bits_than_are_accepted(refused, cxd, tmp_path):
    """4 GiB, of which it takes no more than what shows it."""
    with (tmp_path / "sparse").open("wb") as stream:
        stream.truncate(4 << 30)
    assert "sparse has more than 134217728 bits" in refused("sparse")
    status, out, _ = cxd("randomness", "sparse", "--first", "200", "--test", "frequency")
    assert status == 0
    assert "not random: rejected by frequency" in out
    assert "first: got 134217729" in refused("sparse", "--first", "134217729")


def test_json_is_one_document(cxd, files):
    status, out, _ = cxd("randomness", "octets", "--json", "--test", "runs", "--test", "betting")
    document = json.loads(out)
    assert status == 0
    assert document["n"] == 2000
    assert [outcome["test"] for outcome in document["outcomes"]] == ["runs", "betting"]
    assert document["passes"] is True


@pytest.mark.parametrize("ending", ["json", "csv", "png"])
@pytest.mark.parametrize("more", [[], ["--sequences", "10"]])
def test_files_are_written(cxd, files, ending, more):
    status, out, _ = cxd("randomness", "octets", *more, "--out", f"result.{ending}")
    assert status == 0
    assert out
    assert Path(f"result.{ending}").stat().st_size > 500


def test_many_sequences(cxd, files):
    status, out, _ = cxd("randomness", "octets", "--sequences", "10", "--test", "frequency")
    assert status == 0
    assert out.startswith("octets: 10 of 200 bits, level 0.01\n")
    _, out, _ = cxd("randomness", "octets", "--sequences", "10", "--json")
    assert json.loads(out)["sequences"] == 10


def test_published_constants_and_codes(cxd, files):
    _, exact, _ = cxd("randomness", "octets", "--test", "spectral", "--json")
    _, published, _ = cxd(
        "randomness", "octets", "--test", "spectral", "--constants", "published", "--json"
    )
    ratio = (
        json.loads(published)["outcomes"][0]["statistic"]
        / json.loads(exact)["outcomes"][0]["statistic"]
    )
    assert ratio == pytest.approx((4 / 3.8) ** 0.5, rel=0.01)
    _, out, _ = cxd("randomness", "octets", "--code", "xz", "--code", "kt", "--json")
    assert json.loads(out)["provenance"]["codes"] == ["xz", "kt"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("", "randomness: FILE is missing; see cxd randomness --help"),
        ("absent", "absent does not exist"),
        ("text", "text is a text of 0 and 1: --reading text tests those"),
        ("octets --reading text", "octets cannot be read as text"),
        ("letters --reading text", "letters: got items other than 0 and 1"),
        ("real.npy", "real.npy holds real numbers, accepted are 0 and 1"),
        ("grid.npy", "grid.npy: got an array of shape (2, 2)"),
        ("octets --reading bits", "reading: unknown 'bits'"),
        ("octets --first 0", "first: got 0"),
        ("octets --first 2001", "--first: got 2001, octets has 2000 bits"),
        ("octets --alpha 2", "alpha: got 2.0"),
        ("octets --test run", "did you mean 'runs'"),
        ("octets --code bdm", "'bdm' is an estimate"),
        ("octets --code xz --sequences 3", "--code: with --sequences there is no sum test"),
        ("octets --sequences 1", "sequences: got 1"),
        ("octets --constants nist", "constants: unknown 'nist'"),
        ("octets --workers 0", "workers: got 0"),
        ("octets --out result.txt", "--out result.txt: accepted is a name in .json"),
        ("octets --out a/result.csv", "the folder a does not exist"),
        ("bits.csv:flip --out bits.csv", "that is the input"),
        ("--frist", "did you mean"),
    ],
)
def test_bad_commands(refused, files, arguments, message):
    Path("letters").write_text("heads and tails")
    np.save("real.npy", np.array([0.5, 1.0]))
    np.save("grid.npy", np.eye(2, dtype=int))
    assert message.lower() in refused(*arguments.split()).lower()
