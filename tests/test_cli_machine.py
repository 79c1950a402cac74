"""`cxd machine`: what is printed is what the library finds; files; one-line errors."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from complexity import machines

pytestmark = pytest.mark.usefixtures("own_folder")


@pytest.fixture
def told(cxd):
    """Run a verb that must succeed and be silent on standard error."""

    def run(*arguments: str) -> str:
        status, out, err = cxd("machine", *arguments)
        assert (status, err) == (0, "")
        return out

    return run


@pytest.fixture
def refused(cxd):
    """Run a verb that must fail: one line on standard error, no file."""

    def run(*arguments: str) -> str:
        status, out, err = cxd("machine", *arguments)
        assert (status, out, err.count("\n")) == (2, "", 1), err
        assert not list(Path().iterdir())
        return err

    return run


def test_help(told, cxd):
    listed = told("--help")
    for verb in ("run", "enumerate", "shortest", "prior", "omega", "search"):
        assert f" {verb} " in listed
        assert "--json" in told(verb, "--help")
    assert " machine " in cxd("--help")[1]


def test_run(told):
    out = told("run", r"\x. x (\y z. z)", "--input", "0110")
    assert "halted after 4 steps" in out
    assert "as bits  110\n" in out
    document = json.loads(told("run", r"\x. x (\y z. z)", "--input", "0110", "--json"))
    assert document == machines.run(r"\x. x (\y z. z)", "0110").to_dict()
    assert "proved to have no normal form" in told("run", "010001101000011010")
    two = r"(\f x. f (f x))"
    assert "steps or bits ran out, after 3 steps" in told("run", two + two, "--steps", "3")


def test_enumerate(told):
    out = told("enumerate", "--size", "22", "--out", "rows.json")
    lines = [line.split() for line in out.splitlines()]
    assert ["22", "2,736", "2,729", "7", "0", "24"] in [line[:6] for line in lines]
    assert "none to 22 bits" in " ".join(out.split())
    document = json.loads(Path("rows.json").read_text())
    again = json.loads(told("enumerate", "--size", "22", "--json"))
    assert document == again
    assert again["rows"][22]["looping"] == 7
    assert "≥ 20" in told("enumerate", "--size", "20", "--steps", "2")
    assert "read on" in told("enumerate", "--size", "8", "--machine", "prefix")


def test_shortest(told):
    out = " ".join(told("shortest", "0", "0101", r"\f x. f (f x)", "--size", "22").split())
    assert "0 21 exact" in out
    assert f"0101 23 to {machines.list_term('0101').size}" in out
    assert r"\f x. f (f x) 16 exact" in out
    out = told("shortest", r"\x. x x", "--size", "10", "--machine", "prefix")
    assert "≥ 11" in out
    document = json.loads(told("shortest", "0", "--size", "22", "--json"))
    assert document["outputs"] == [machines.shortest_program("0", size=22).to_dict()]


def test_prior(told):
    prior = machines.universal_prior(16)
    out = told("prior", "--size", "16", "--top", "3", "--out", "prior.png")
    assert Path("prior.png").read_bytes().startswith(b"\x89PNG")
    for entry in prior.top(3):
        assert f"0.{math.floor(entry.mass * 10**9):09d}" in out  # a lower bound, cut
    document = json.loads(told("prior", "--size", "16", "--top", "2", "--strings", "--json"))
    assert [entry["output_bits"] for entry in document["top"]] == [""]
    assert document["total"] == str(prior.total)


def test_omega(told):
    out = told("omega", "--size", "20", "--out", "omega.svg")
    assert "at least      0.117847442626" in out
    assert "at most       0.125998079603" in out
    assert Path("omega.svg").exists()
    assert "exactly   761/2500 = 0.304400000000" in told("omega", "--states", "2")
    document = json.loads(told("omega", "--size", "20", "--machine", "prefix", "--json"))
    found = machines.halting_probability(20, machine="prefix")
    assert (document["lower"], document["upper"]) == (str(found.lower), str(found.upper))


def test_search(told):
    out = told("search", "--output", "110", "--input", "0110")
    assert "program  \\x. x (\\y z. z), 12 bits, 4 steps" in out
    assert "Kt       14.000 bits, found in phase 14" in out
    assert "more than 10 bits" in told("search", "--output", "110", "--phases", "10")
    document = json.loads(told("search", "--output", r"\x. x", "--json"))
    assert (document["program"], document["kt_bits"]) == ("0010", 4.0)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run"], "TERM is missing"),
        (["run", "001"], "end within a term"),
        (["run", r"\x. y"], "the name 'y'"),
        (["run", "0010", "--input", "012"], "input: got"),
        (["run", "0010", "--steps", "many"], "steps"),
        (["enumerate", "--size", "40"], "size: got 40"),
        (["enumerate", "--machine", "prefx"], "did you mean 'prefix'"),
        (["enumerate", "--out", "rows.csv"], "--out rows.csv"),
        (["shortest"], "outputs: got none"),
        (["shortest", "012"], "output: "),
        (["prior", "--out", "no/prior.png"], "does not exist"),
        (["prior", "--top", "0"], "top: got 0"),
        (["omega", "--size", "3", "--states", "2"], "accepted is one of them"),
        (["search"], "--output"),
        (["search", "--output", r"\x. y"], "output: got the name"),
        (["search", "--output", "0", "--phases", "2"], "phases: got 2"),
        (["halt"], "halt"),
    ],
)
def test_bad_input(refused, arguments, said):
    assert said in refused(*arguments)
