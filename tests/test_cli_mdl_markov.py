"""`cxd mdl markov`: tables, files, and one line for whatever is wrong."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest

from mdl.markov import MarkovChain, sample_chain

pytestmark = pytest.mark.usefixtures("own_folder")

CHAIN = np.array([[[0.9, 0.1], [0.2, 0.8]], [[0.3, 0.7], [0.8, 0.2]]])


@pytest.fixture
def bits() -> Path:
    path = Path("bits.txt")
    lines = "".join(map(str, sample_chain(CHAIN, 900, seed=0)))
    path.write_text("\n".join(lines[at : at + 60] for at in range(0, 900, 60)) + "\n")
    return path


def test_a_table(cxd, bits):
    status, out, err = cxd("mdl", "markov", bits, "--max-order", "4", "--folds", "4")
    assert (status, err) == (0, "")
    assert "bits.txt, 900 bits of 2 kinds" in out
    for title in ("fnml", "bayes", "prequential", "two-part", "BIC", "AIC", "CV"):
        assert title in out
    [best] = [line.split() for line in out.splitlines() if "best" in line]
    assert best[1:] == ["2"] * 7
    explicit = MarkovChain(2, 2, "fnml").describe(sample_chain(CHAIN, 900, seed=0))
    assert f"{explicit.total_bits / 900:.4f}" in out


def test_headings_are_not_cut_at_80_columns(cxd, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    Path("bytes.bin").write_bytes(np.random.default_rng(0).bytes(3000))
    status, out, _ = cxd("mdl", "markov", "bytes.bin", "--max-order", "3", "--folds", "4")
    lines = out.splitlines()
    assert status == 0
    titles = ["order", "fnml", "bayes", "prequential", "two-part", "BIC", "AIC", "CV"]
    assert titles in [line.split() for line in lines]
    assert max(map(len, lines[1:-1])) <= 80


@pytest.mark.parametrize("verb", ["histogram", "markov", "segment"])
def test_a_folder_is_refused_without_an_option_that_is_not_there(cxd, verb):
    Path("folder").mkdir()
    assert cxd("mdl", verb, "folder") == (2, "", "cxd: folder is a folder; accepted is a file\n")


def test_json_is_one_document(cxd, bits):
    status, out, err = cxd("mdl", "markov", bits, "--max-order", "3", "--json")
    assert (status, err) == (0, "")
    document = json.loads(out)
    assert document["file"] == "bits.txt"
    assert document["unit"] == "bits"
    assert document["orders"]["fnml"] == 2
    assert len(document["bits"]["bic"]) == 4
    assert document["selection"]["best"] == document["selection"]["rows"][0]["name"]


@pytest.mark.parametrize("suffix", ["png", "svg", "pdf"])
def test_a_figure(cxd, bits, suffix):
    assert cxd("mdl", "markov", bits, "--max-order", "3", "--out", f"f.{suffix}")[0] == 0
    start = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}[suffix]
    assert Path(f"f.{suffix}").read_bytes().startswith(start)


def test_what_a_symbol_is(cxd, bits):
    def told(*arguments):
        document = json.loads(cxd("mdl", "markov", *arguments, "--max-order", "1", "--json")[1])
        return document["n"], document["unit"], document["alphabet_size"]

    assert told(bits, "--reading", "bytes") == (915, "bytes", 3)
    Path("dna.fa").write_text(">one\nACGT\nACGT\n")
    assert told("dna.fa") == (8, "letters", 4)
    Path("word.txt").write_text("naïve", encoding="utf-8")
    assert told("word.txt") == (6, "bytes", 6)
    assert told("word.txt", "--reading", "text") == (5, "characters", 5)
    np.save("digits.npy", np.arange(30) % 3)
    assert told("digits.npy") == (30, "integers", 3)
    Path("t.csv").write_text("a,b\n1,2\n2,2\n1,3\n")
    assert told("t.csv:a") == (3, "integers", 2)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("missing.txt", "missing.txt does not exist"),
        ("bits.txt --max-order -1", "max_order: got -1"),
        ("bits.txt --max-order 33", "from 0 to 32"),
        ("bits.txt --max-order 1.5", "accepted is an integer"),
        ("bits.txt --folds 1", "folds: got 1, accepted is 0 or at least 2"),
        ("bits.txt --folds 800", "accepted are at most 450"),
        ("bits.txt --reading fsta", "did you mean 'fasta'"),
        ("bits.txt --out f.gif", "accepted is a name in .png, .svg, .pdf"),
        ("bits.txt --out no/f.png", "the folder no does not exist"),
        ("empty.txt", "empty.txt is empty"),
        ("real.csv:x", "accepted is one column of integers"),
        ("square.npy", "accepted is one column of integers"),
        ("latin.txt --reading text", "cannot be read as text"),
    ],
)
def test_bad_input(cxd, bits, tmp_path, arguments, message):
    Path("empty.txt").touch()
    Path("real.csv").write_text("x\n0.5\n1.5\n")
    Path("latin.txt").write_bytes(b"\xe9t\xe9")
    np.save("square.npy", np.zeros((3, 3), int))
    before = sorted(tmp_path.rglob("*"))
    status, out, err = cxd("mdl", "markov", *arguments.split())
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert message in err
    assert sorted(tmp_path.rglob("*")) == before


def test_real_files(cxd):
    folder = os.environ.get("COMPLEXODYNAMICS_DATA")
    if not folder:
        pytest.skip("COMPLEXODYNAMICS_DATA names no folder")
    whale = Path(folder, "mammal_mtdna", "10-mammals", "blueWhale.txt")
    _, out, _ = cxd("mdl", "markov", whale, "--reading", "fasta", "--out", "f.png", "--json")
    document = json.loads(out)
    assert (document["n"], document["alphabet_size"]) == (16402, 4)
    assert Path("f.png").exists()
    text = Path(folder, "canterbury", "alice29.txt")
    document = json.loads(cxd("mdl", "markov", text, "--max-order", "3", "--json")[1])
    assert document["orders"]["bayes"] == 2
