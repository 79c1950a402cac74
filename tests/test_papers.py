"""The reading list, its commands, and what every work that runs must do at smoke scale."""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")
import torch

from complexity.code import Kind
from complexity.envelope import pack, unpack
from examples.papers import main as write_page
from examples.papers import page, tables
from mdl.description import plain
from mdl.report import Report
from neural import papers
from neural.engine import SCALES, Outcome, Paper, PaperResult, Trial, Verdict
from neural.engine.ledger import Record
from neural.engine.overview import overview
from neural.papers.rows import GROUPS
from neural.training import TrainingRun
from tests.contract import Gradients, OpenedFiles, Stopping
from tests.toy_paper import PAPER as TOY

ROOT = Path(__file__).parent.parent
RESULTS = Path(__file__).parents[1] / "docs/results/papers"
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


@pytest.mark.parametrize(
    ("key", "arm", "setting"),
    [
        ("annotated-transformer", "label smoothing", "model"),
        ("attention", "base", "model"),
        ("attention", "base", "data"),
        ("attention", "base", "reads"),
        ("char-rnn", "LSTM", "reads"),
        ("cs231n", "linear", "rung"),
        ("hinton-van-camp", "ridge", "how"),
        ("machine-super-intelligence", "HL(1)", "part"),
        ("mdl-tutorial", "BIC", "network"),
        ("ntm", "LSTM", "task"),
        ("order-matters", "5 steps", "task"),
        ("order-matters", "head last", "head"),
        ("pointer-networks", "LSTM", "model"),
        ("relational-rnn", "LSTM", "task"),
        ("resnet", "plain 8", "decay"),
        ("scaling-laws", "data", "sweeps"),
        ("understanding-lstm", "GRU", "task"),
        ("understanding-lstm", "GRU", "cell"),
        ("vlae", "factorised", "field"),
    ],
)
def test_a_mistyped_setting_runs_nothing(key, arm, setting, tmp_path):
    with pytest.raises(ValueError, match=f"{setting}: unknown 'nosuch'; known: "):
        papers.get(key).run(
            scale="smoke", seeds=1, arms=[arm], settings={setting: "nosuch"}, out=tmp_path,
            jobs=1, progress=False,
        )  # fmt: skip


@pytest.mark.parametrize(
    ("key", "settings", "message"),
    [
        ("dilated-convolutions", {"batch": 100}, "batch: got 100, accepted is .* from 1 to 24"),
        ("dilated-convolutions", {"batch": 0}, "batch: got 0"),
        ("vlae", {"batch": 100_000}, "batch: got 100000"),
        ("char-rnn", {"streams": 2000}, "streams: got 2000"),
        ("char-rnn", {"unroll": 0}, "unroll: got 0"),
    ],
)
def test_batches_that_cannot_be(key, settings, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        papers.get(key).run(
            scale="smoke", seeds=1, settings=settings, out=tmp_path, jobs=1, progress=False
        )


def test_a_depth_for_all_is_judged_for_none(tmp_path):
    found = papers.get("resnet").run(
        scale="smoke", seeds=2, arms=["residual 20", "residual 56"], settings={"depth": 20},
        out=tmp_path, jobs=1, progress=False,
    )  # fmt: skip
    assert found.judgements == ()


def run_through(paper: Paper, out: Path) -> PaperResult:
    """Run at smoke scale, starting again after every interruption."""
    while True:
        try:
            return paper.run(scale="smoke", seeds=1, out=out, jobs=1, progress=False)
        except KeyboardInterrupt:
            continue


@pytest.mark.parametrize("key", BUILT)
def test_contract_of_a_paper(key, tmp_path, monkeypatch):
    paper = papers.get(key)
    assert paper.key == key
    assert paper.where == f"neural.papers.{key.replace('-', '_')}:PAPER"
    assert set(paper.scales) == set(SCALES)
    assert any(arm.baseline for arm in paper.arms)
    assert paper.checks
    assert paper.reference == papers.row(key).reference
    with monkeypatch.context() as patch:
        gradients, files = Gradients(patch), OpenedFiles(patch)
        result = run_through(paper, tmp_path)
    assert not gradients.unreached, "parameters that nothing trains"
    with monkeypatch.context() as patch:
        stopping = Stopping(patch)
        again = run_through(paper, tmp_path / "again")
    # interrupted and resumed where a training is observed, and else simply run twice
    assert len(stopping.stopped) in (0, len(paper.arms))
    assert [plain(r.metrics) for r in result.records] == [plain(r.metrics) for r in again.records]
    assert [lengths(r) for r in result.records] == [lengths(r) for r in again.records]
    assert result.answer
    for check in paper.checks:  # a name that is mistyped would never be judged
        for arm in filter(None, (check.arm, check.than)):
            assert not np.isnan(result.values(arm, check.metric)).any(), (arm, check.metric)
    for record in result.records:
        for report in record.reports:
            assert report["total_bits"] is not None, f"{report['name']}: not finite"
            assert report["total_bits"] >= 0
            if report["kind"] == Kind.FILE:
                assert files.holds(report), f"{report['name']}: a file that nothing decoded"
    path = tmp_path / key / "smoke" / "result.json"
    assert PaperResult.load(path).to_dict() == result.to_dict()
    result.plot(tmp_path / "figure.png")


def lengths(record: Record) -> list[tuple[str, float]]:
    return [(report["name"], report["total_bits"]) for report in record.reports]


def test_the_contract_notices(tmp_path, monkeypatch):
    """A parameter without part in the loss, a file that nobody opens, training that starts anew."""

    def idle(given: Trial) -> Outcome:
        found = TOY.trial(given)
        assert found.module is not None
        found.module.register_parameter("idle", torch.nn.Parameter(torch.ones(2)))
        run = TrainingRun(
            found.module, lambda module, _: module(torch.ones(3, 2)).square().mean(), lambda *_: 0
        )
        run.advance(3)
        return found

    toy = replace(TOY, where="")
    gradients = Gradients(monkeypatch)
    opened = OpenedFiles(monkeypatch)
    run_through(toy, tmp_path / "toy")
    assert not gradients.unreached
    run_through(replace(toy, trial=idle), tmp_path / "idle")
    assert gradients.unreached == ["idle", "idle"]
    blob = pack(b"weights", kind="weights")
    report = Report("file", Kind.FILE, 8.0 * len(blob) - 80, 7.5, 80.0).to_dict()
    assert not opened.holds(report)
    unpack(blob)
    assert opened.holds(report)
    stopping = Stopping(monkeypatch)
    whole = toy.run(scale="smoke", seeds=1, out=tmp_path / "toy", jobs=1, progress=False)
    resumed = run_through(toy, tmp_path / "stopped")
    assert len(stopping.stopped) == 2
    assert [lengths(r) for r in resumed.records] == [lengths(r) for r in whole.records]
    monkeypatch.setattr(TrainingRun, "restore", lambda run, kept: run.set_counters(kept))
    careless = run_through(toy, tmp_path / "careless")  # the time comes back, the weights do not
    assert [lengths(r) for r in careless.records] != [lengths(r) for r in whole.records]


def test_cite(cxd):
    status, out, err = cxd("cite", "resnet", "hinton-van-camp")
    assert (status, err) == (0, "")
    assert out.startswith("@inproceedings{resnet,")
    assert "Hinton and Drew van Camp" in out
    assert cxd("cite")[1].count("@") == 27
    assert list(json.loads(cxd("cite", "ntm", "--json")[1])["bibtex"]) == ["ntm"]
    assert cxd("cite", "resnot")[0] == 2


def test_the_table_fits_a_narrow_terminal(cxd, monkeypatch):
    for result in RESULTS.glob("*.json"):
        folder = Path("runs/papers") / result.stem / "lab"
        folder.mkdir(parents=True)
        (folder / "result.json").write_bytes(result.read_bytes())
    monkeypatch.setenv("COLUMNS", "80")
    status, out, err = cxd("papers")
    assert (status, err) == (0, "")
    assert all(key in out for key in papers.keys())  # noqa: SIM118
    assert "…" not in out
    assert max(map(len, out.splitlines())) <= 80
    document = json.loads(cxd("papers", "--json")[1])
    assert [row["key"] for row in document["papers"]] == list(papers.keys())


def test_the_table_on_a_page(monkeypatch):
    """Every work is listed with what its result says, and every link leads somewhere."""
    monkeypatch.chdir(ROOT)
    text = page()
    lines = [line for line in text.splitlines() if line.startswith("| ") and "`" in line]
    assert [re.findall(r"`([a-z0-9-]+)`", line)[0] for line in lines] == list(papers.keys())
    for key, line in zip(papers.keys(), lines, strict=True):
        path = ROOT / f"docs/results/papers/{key}.json"
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        assert len(cells) == 8
        if not path.exists():
            assert cells[2] == ("not run" if key in BUILT else "not built")
            continue
        document = json.loads(path.read_text())
        assert cells[2] == f"**{document['verdict']}**"
        assert cells[4] == str(len(document["seeds"]))
    for link in re.findall(r"\]\(([^)]+)\)", text):
        assert (ROOT / "docs/papers" / link).is_file(), link


@pytest.mark.parametrize("path", sorted(RESULTS.glob("*.json")), ids=lambda path: path.stem)
def test_a_page_says_what_the_result_says(path):
    told = (ROOT / f"docs/papers/{path.stem}.md").read_text()
    for name, table in tables(PaperResult.load(path)).items():
        assert f"<!-- table {name} -->\n{table}\n<!-- end {name} -->" in told


@pytest.mark.parametrize("path", sorted(RESULTS.glob("*.json")), ids=lambda path: path.stem)
def test_a_result_is_of_the_work_as_it_is(path):
    result, work = PaperResult.load(path), papers.get(path.stem)
    assert result.provenance["command"] == f"python -m examples.papers {path.stem}"
    assert list(result.arms) == [arm.name for arm in work.arms]
    assert len(result.seeds) == work.seeds
    assert [each.what for each in result.judgements] == [check.what for check in work.checks]
    if "COMPLEXODYNAMICS_DATA" not in os.environ:
        return  # some settings are others without the data
    for arm in work.arms:
        stated, ran = work.settings("lab", arm), result.provenance["settings"][arm.name]
        for name in stated.keys() & ran.keys():  # a trial may settle more, and leave some out
            assert stated[name] is None or plain(stated[name]) == ran[name], (arm.name, name)


def test_the_page_is_written_without_a_run(own_folder):
    write_page(["--page"])
    text = Path("docs/papers/README.md").read_text()
    assert text.startswith("# The reading list")
    assert "shown**" not in text.split("## Theory")[1]


def test_bits_in_one_line(tmp_path):
    """A code before an estimate however short, a network before labels alone, the mean of seeds."""

    def told(name: str, kind: Kind, bits: float, parameters: int = 1) -> dict:
        return Report(name, kind, bits, parameters=parameters).to_dict()

    def line(*reports: list[dict]) -> tuple:
        records = tuple(Record("a", i, {}, tuple(each), 0.0) for i, each in enumerate(reports))
        seeds = tuple(range(len(records)))
        result = PaperResult(
            "resnet", "lab", "", "", ("a",), seeds, records, (), Verdict.INCONCLUSIVE
        )
        found = overview(papers.row("resnet"), result.save(tmp_path / "r.json"), built=True)
        assert (found.state, found.seeds) == ("inconclusive", len(records))
        return found.code, found.kind, found.bits

    file, ideal = told("file", Kind.FILE, 80.0), told("float32", Kind.IDEAL, 320.0)
    guess, null = told("guess", Kind.ESTIMATE, 8.0), told("uniform", Kind.IDEAL, 9.0, 0)
    assert line([guess, null, file, ideal]) == ("file", "file", 80.0)
    assert line([ideal, told("file", Kind.FILE, 700.0)], [ideal, file]) == (
        "float32", "ideal", 320.0,
    )  # fmt: skip
    assert line([guess, null]) == ("guess", "estimate", 8.0)
    assert line([null]) == line([]) == (None, None, None)
    again = Report("prequential", Kind.IDEAL, 0.0, 7.0, parameters=1).to_dict()  # sends no network
    assert line([again, file]) == ("file", "file", 80.0)
    missing = overview(papers.row("resnet"), tmp_path / "no.json", built=False)
    assert (missing.state, missing.seeds, missing.bits) == ("not built", 0, None)


def test_bad_commands(cxd):
    for arguments, message in [
        (["paper", "resnot"], "did you mean 'resnet'"),
        (["paper", "resnet", "--figure", "x.txt"], "--figure x.txt: accepted is a name in .png"),
        (["paper", "resnet", "--figure", "no/x.png"], "the folder no does not exist"),
        (["papers", "--scale", "labs"], "scale: unknown 'labs'"),
        (["paper", "kolmogorov-complexity", "--set", "steps"], "accepted is NAME=VALUE"),
        (["paper", "kolmogorov-complexity", "--cluster", "host"], "cluster"),
        (["papers", "--run", "--cluster", "host"], "cluster"),
        (["papers", "--seeds", "3"], "--seeds: only runs heed it; give --run too"),
        (["papers", "--jobs", "1"], "--jobs: only runs heed it"),
        (["papers", "--cluster", "host"], "--cluster: only runs heed it"),
        (["papers", "--run", "--jobs", "1", "--cluster", "host"], "give --cluster or --jobs"),
        (["paper", "resnet", "--jobs", "1", "--cluster", "host"], "give --cluster or --jobs"),
        (["paper", "resnet", "--set", "a=1", "--set", "a=2"], "--set: got a twice, accepted is"),
        (["paper", "scaling-laws", "--set", "model=a:b", "--model", "a:c"], "--model: given by"),
        (["paper", "kolmogorov-complexity", "--device", "nosuch"], "device: got 'nosuch'"),
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
    assert (folder / "part.png").read_bytes().startswith(b"\x89PNG")
    assert not (folder / "result.png").exists()
    assert not (folder / "result.json").exists()  # other settings are not the paper as it is
    table = json.loads(cxd("papers", "--scale", "smoke", "--json")[1])["papers"]
    assert {row["state"] for row in table if row["key"] == "kolmogorov-complexity"} == {"not run"}
