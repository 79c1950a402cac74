"""The reading list, its commands, and what every work that runs must do at smoke scale."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")
from mdl.description import plain
from neural import papers
from neural.engine import SCALES, PaperResult
from neural.papers.rows import GROUPS

BUILT = [key for key in papers.keys() if papers.built(key)]  # noqa: SIM118


def test_the_list():
    assert len(papers.keys()) == 27
    sizes = [sum(papers.row(key).group == group for key in papers.keys()) for group in GROUPS]  # noqa: SIM118
    assert sizes == [6, 12, 9]
    for key in papers.keys():  # noqa: SIM118
        reference = papers.row(key).reference
        entry = reference.bibtex(key)
        assert re.fullmatch(r"@\w+\{[a-z0-9-]+,\n(  \w+ += \{.+\},?\n)+\}", entry), entry
        assert entry.count("{") == entry.count("}")
        assert 1990 < reference.year < 2030


def test_unknown_and_unbuilt():
    with pytest.raises(ValueError, match="did you mean 'resnet'"):
        papers.get("resnot")
    missing = next((key for key in papers.keys() if key not in BUILT), None)  # noqa: SIM118
    if missing is not None:
        with pytest.raises(ValueError, match="does not run yet; those that do"):
            papers.get(missing)


@pytest.mark.parametrize("key", BUILT)
def test_contract_of_a_paper(key, tmp_path):
    paper = papers.get(key)
    assert paper.key == key
    assert paper.where == f"neural.papers.{key.replace('-', '_')}:PAPER"
    assert set(paper.scales) == set(SCALES)
    assert any(arm.baseline for arm in paper.arms)
    assert paper.checks
    assert paper.reference == papers.row(key).reference
    result = paper.run(scale="smoke", seeds=1, out=tmp_path, jobs=1, progress=False)
    again = paper.run(scale="smoke", seeds=1, out=tmp_path / "again", jobs=1, progress=False)
    assert [plain(r.metrics) for r in result.records] == [plain(r.metrics) for r in again.records]
    assert result.answer
    for check in paper.checks:  # a name that is mistyped would never be judged
        for arm in filter(None, (check.arm, check.than)):
            assert not np.isnan(result.values(arm, check.metric)).any(), (arm, check.metric)
    for record in result.records:
        for report in record.reports:
            assert report["total_bits"] is None or report["total_bits"] >= 0
    path = tmp_path / key / "smoke" / "result.json"
    assert PaperResult.load(path).to_dict() == result.to_dict()
    result.plot(tmp_path / "figure.png")


def test_cite(cxd):
    status, out, err = cxd("cite", "resnet", "hinton-van-camp")
    assert (status, err) == (0, "")
    assert out.startswith("@inproceedings{resnet,")
    assert "Hinton and Drew van Camp" in out
    assert cxd("cite")[1].count("@") == 27
    assert list(json.loads(cxd("cite", "ntm", "--json")[1])["bibtex"]) == ["ntm"]
    assert cxd("cite", "resnot")[0] == 2


def test_the_table_fits_a_narrow_terminal(cxd, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    status, out, err = cxd("papers")
    assert (status, err) == (0, "")
    assert all(key in out for key in papers.keys())  # noqa: SIM118
    assert "…" not in out
    assert max(map(len, out.splitlines())) <= 80
    document = json.loads(cxd("papers", "--json")[1])
    assert [row["key"] for row in document["papers"]] == list(papers.keys())


def test_bad_commands(cxd):
    for arguments, message in [
        (["paper", "resnot"], "did you mean 'resnet'"),
        (["paper", "resnet", "--figure", "x.txt"], "--figure x.txt: accepted is a name in .png"),
        (["paper", "resnet", "--figure", "no/x.png"], "the folder no does not exist"),
        (["papers", "--scale", "labs"], "scale: unknown 'labs'"),
        (["paper", "kolmogorov-complexity", "--set", "steps"], "accepted is NAME=VALUE"),
    ]:
        status, out, err = cxd(*arguments)
        assert (status, out) == (2, ""), arguments
        assert message in err
    assert not list(Path().iterdir())


def test_a_paper_from_the_command_line(cxd):
    arguments = [
        "paper",
        "kolmogorov-complexity",
        "--scale",
        "smoke",
        "--seeds",
        "2",
        "--jobs",
        "1",
    ]
    changed = ["--set", "networks=2000", "--set", "measured=20"]
    status, out, err = cxd(*arguments, *changed)
    assert (status, err) == (0, "")
    assert "Shen et al. (2017)" in out
    assert "mean lempel ziv bits" in " ".join(out.split())
    found = json.loads(cxd(*arguments, *changed, "--json")[1])
    assert found["paper"] == "kolmogorov-complexity"
    assert len(found["records"]) == 6
    folder = Path("runs/papers/kolmogorov-complexity/smoke")
    assert (folder / "result.png").read_bytes().startswith(b"\x89PNG")
    assert not (folder / "result.json").exists()  # other settings are not the paper as it is
    table = json.loads(cxd("papers", "--scale", "smoke", "--json")[1])["papers"]
    assert {row["state"] for row in table if row["key"] == "kolmogorov-complexity"} == {"not run"}
