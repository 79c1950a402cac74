"""`cxd distance`: tables, files, and one line for whatever is wrong."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest

from complexity.distances import (
    DistanceMatrix,
    ncd_matrix,
    parse_newick,
    quartet_score,
    robinson_foulds,
)

WORDS = ["the quick brown fox ", "jumps over ", "the lazy dog ", "and sleeps "]


pytestmark = pytest.mark.usefixtures("own_folder")


@pytest.fixture
def refused(cxd, tmp_path):
    """Run a command that must fail: one line on standard error, nothing else anywhere."""

    def run(*arguments: str | Path) -> str:
        before = sorted(tmp_path.rglob("*"))
        status, out, err = cxd("distance", *arguments)
        assert (status, out, err.count("\n")) == (2, "", 1)
        assert err.startswith("cxd: ")
        assert sorted(tmp_path.rglob("*")) == before
        return err

    return run


@pytest.fixture
def texts() -> Path:
    """A folder with five texts."""
    folder = Path("texts")
    folder.mkdir()
    rng = np.random.default_rng(0)
    for name in "abcde":
        (folder / f"{name}.txt").write_text("".join(rng.choice(WORDS, 200).tolist()))
    return folder


def objects(folder: Path) -> dict[str, bytes]:
    return {path.stem: path.read_bytes() for path in sorted(folder.iterdir())}


def test_a_folder_stands_for_its_files(cxd, texts):
    (texts / ".hidden").write_text("x")
    (texts / "below").mkdir()
    status, out, err = cxd("distance", texts, "--code", "zlib")
    assert (status, err) == (0, "")
    matrix = ncd_matrix(
        {path.stem: path.read_bytes() for path in sorted(texts.glob("*.txt"))},
        code="zlib",
        progress=False,
    )
    assert "NCD by zlib, 5 files" in out
    assert f"{matrix['a', 'b']:.4f}" in out
    assert cxd("distance", *sorted(texts.glob("*.txt")), "--code", "zlib") == (0, out, "")


def test_many_files_show_their_neighbours(cxd):
    for at in range(9):
        Path(f"{at}.bin").write_bytes(np.random.default_rng(at % 5).bytes(500))
    status, out, _ = cxd("distance", *sorted(Path().glob("*.bin")), "--code", "zlib")
    assert status == 0
    assert "nearest" in out
    [row] = [line for line in out.splitlines() if line.startswith("│ 0 ")]
    assert row.split("│")[2].strip().endswith(" 5")


def test_a_tree_that_says_nothing_says_so(cxd):
    """Files of one length are equally far by a code that copies: any other tree has S(T) = 1."""
    for at in range(5):
        Path(f"{at}.bin").write_bytes(bytes([at]) * 64)
    files = sorted(Path().glob("*.bin"))
    status, out, err = cxd("distance", *files, "--code", "raw", "--tree", "--json")
    document = json.loads(out)
    values = np.array(document["matrix"]["values"])
    assert len(set(values[np.triu_indices(5, 1)])) == 1
    matrix = DistanceMatrix(tuple("01234"), values)
    assert quartet_score(parse_newick("(((3,0),1),(2,4));"), matrix) == 1
    assert (status, document["tree"]["score"]) == (0, 1)
    assert err.startswith("cxd: warning: raw: ")
    assert document["tree"]["warning"] in err
    files[0].write_bytes(bytes(32))
    Path("1.bin").write_bytes(bytes(32))
    status, out, err = cxd("distance", *files, "--code", "zlib", "--tree", "--json")
    assert (status, err, json.loads(out)["tree"]["warning"]) == (0, "", "")


@pytest.mark.parametrize("method", ["quartet", "joining", "average"])
def test_a_run_writes_its_files(cxd, texts, method):
    arguments = ["distance", texts, "--code", "zlib", "--tree", "--method", method]
    status, out, err = cxd(*arguments, "--out", "some/run")
    assert (status, err) == (0, "")
    names = ["heatmap.png", "matrix.csv", "matrix.json", "tree.nwk", "tree.png"]
    assert sorted(path.name for path in Path("some/run").iterdir()) == names
    matrix = DistanceMatrix.load("some/run/matrix.csv")
    expected = ncd_matrix(objects(texts), code="zlib", progress=False)
    np.testing.assert_array_equal(matrix.values, expected.values)
    assert DistanceMatrix.load("some/run/matrix.json").code == "zlib"
    tree = parse_newick(Path("some/run/tree.nwk").read_text())
    assert sorted(tree.labels) == list("abcde")
    assert tree.to_newick() in out
    assert "S(T) = " in out
    for name in ("heatmap.png", "tree.png"):
        assert Path("some/run", name).read_bytes()[:4] == b"\x89PNG"


def test_without_a_tree_there_is_none(cxd, texts):
    assert cxd("distance", texts, "--out", "run")[0] == 0
    names = ["heatmap.png", "matrix.csv", "matrix.json"]
    assert sorted(path.name for path in Path("run").iterdir()) == names


@pytest.mark.parametrize("method", ["quartet", "joining", "average"])
def test_json_is_one_document(cxd, texts, method):
    arguments = ["distance", texts, "--tree", "--method", method, "--json", "--code", "zlib"]
    status, out, err = cxd(*arguments)
    assert (status, err) == (0, "")
    document = json.loads(out)
    assert document["matrix"]["labels"] == list("abcde")
    assert document["matrix"]["code"] == "zlib"
    assert document["tree"]["method"] == method
    assert 0 <= document["tree"]["score"] <= 1
    tree = parse_newick(document["tree"]["newick"])
    again = parse_newick(json.loads(cxd(*arguments)[1])["tree"]["newick"])
    assert robinson_foulds(tree, again) == 0
    assert document["files"] == {}
    assert json.loads(cxd("distance", texts, "--json")[1])["tree"] is None


def test_only_letters_of_fasta_are_compared(cxd):
    letters = "".join(np.random.default_rng(1).choice(list("acgt"), 600).tolist())
    wrapped = "\n".join(letters[at : at + 60] for at in range(0, 600, 60))
    Path("one.fa").write_text(f">one, a long heading {'x' * 90}\n{wrapped}\n")
    Path("two").write_text(f">two\r\n{wrapped}\r\n")
    Path("three").write_text(letters)
    document = json.loads(cxd("distance", "one.fa", "two", "three", "--json")[1])
    assert len(set(document["matrix"]["singles"])) == 1
    as_bytes = cxd("distance", "one.fa", "two", "three", "--json", "--reading", "bytes")[1]
    assert len(set(json.loads(as_bytes)["matrix"]["singles"])) == 3


def test_labels_that_coincide_are_made_longer(cxd):
    for folder in ("x", "y"):
        Path(folder).mkdir()
        Path(folder, "a.txt").write_text(f"{folder} " * 30)
    document = json.loads(cxd("distance", "x/a.txt", "y/a.txt", "--json")[1])
    assert document["matrix"]["labels"] == ["x/a.txt", "y/a.txt"]
    Path("x", "a.bin").write_text("z")
    document = json.loads(cxd("distance", "x/a.txt", "x/a.bin", "--json")[1])
    assert document["matrix"]["labels"] == ["a.txt", "a.bin"]


def test_what_the_code_cannot_see_is_said(cxd):
    for name in "ab":
        Path(name).write_bytes(np.random.default_rng(0).bytes(40_000))
    status, out, err = cxd("distance", "a", "b", "--code", "zlib:1", "--json")
    assert status == 0
    assert err.startswith("cxd: warning: zlib:level=1: an object of 40000 bytes exceeds")
    assert err.count("\n") == len(json.loads(out)["matrix"]["warnings"]) == 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("", "distance: no file given; name at least two, or a folder"),
        ("texts/a.txt", "got 1 files, accepted are at least 2"),
        ("texts/a.txt texts/b.txt texts/c.txt --tree", "at least 4 for a quartet tree"),
        ("texts/a.txt --tree --method joining", "accepted are at least 2"),
        ("texts/a.txt texts/z.txt", "texts/z.txt does not exist; did you mean texts/"),
        ("texts nothing", "nothing does not exist"),
        ("texts empty", "empty is empty: nothing to measure"),
        ("texts hollow", "hollow is a folder without files"),
        ("texts bare.fa", "bare.fa cannot be read as fasta: no letters"),
        ("texts texts/a.txt", "texts/a.txt is named twice"),
        ("texts --code zlb", "did you mean 'zlib'"),
        ("texts --code text", "code: 'text' takes no byte strings"),
        ("texts --tree --method joinin", "method: unknown 'joinin'"),
        ("texts --method joining", "--method: no tree is asked for; give --tree too"),
        ("texts --tree --restarts 0", "restarts: got 0"),
        ("texts --tree --seed -1", "seed: got -1"),
        ("texts --workers 0", "workers: got 0"),
        ("texts --reading txt", "reading: unknown 'txt'"),
        ("texts --out empty", "out: empty is a file; give a folder"),
        ("texts --out empty/below", "out: cannot make the folder empty/below"),
    ],
)
def test_bad_input(refused, texts, arguments, message):
    Path("empty").write_bytes(b"")
    Path("hollow").mkdir()
    Path("bare.fa").write_text(">nothing\n")
    assert message in refused(*arguments.split())


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read and write everything")
def test_no_permission(refused, texts):
    (texts / "b.txt").chmod(0)
    assert "texts/b.txt cannot be read: Permission denied" in refused(texts)
    (texts / "b.txt").chmod(0o600)
    Path("locked").mkdir(mode=0o500)
    assert "locked cannot be written" in refused(texts, "--out", "locked/run")


def test_an_interrupt_leaves_nothing(cxd, texts, monkeypatch):
    """Ctrl-C while files are compared: one line, status 130, no folder."""

    def pack(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("complexity.compressors.Xz._pack", pack)
    status, out, err = cxd("distance", texts, "--out", "run")
    assert (status, out) == (130, "")
    assert err == "cxd: interrupted after 0 of 5 objects were compared; nothing is kept\n"
    assert not Path("run").exists()
