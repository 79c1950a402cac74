"""`cxd report`: the page read by an independent parser, against results made by hand."""

from __future__ import annotations

import base64
import json
import os
import re
import statistics
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from complexity.code import Kind
from complexodynamics.report import section as sections
from complexodynamics.report.html import document, element
from mdl.report import Report
from neural import papers
from neural.engine import PaperResult, Verdict
from neural.engine.judgement import Judgement
from neural.engine.ledger import Record
from neural.papers.rows import ROWS

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs/results/papers"
KEYS = list(papers.keys())
SLUGS = ("shown", "not-shown", "inconclusive", "not-run", "not-built")
VOID = {"meta", "img", "input"}
ODD = """<script>alert("1")</script> & 'x' </p> <!-- &amp; ü → $_{2}$"""


class Page(HTMLParser):
    """Elements in order with their attributes and text; tags have to nest."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[dict] = []
        self.elements: list[dict] = []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attrs):
        assert len(dict(attrs)) == len(attrs)
        found = {"tag": tag, "text": "", "within": [*self.open], **dict(attrs)}
        self.elements.append(found)
        if tag not in VOID:
            self.open.append(found)

    def handle_endtag(self, tag):
        assert self.open.pop()["tag"] == tag

    def handle_data(self, data):
        for each in self.open:
            each["text"] += data

    def all(self, tag: str, within: dict | None = None) -> list[dict]:
        return [
            each for each in self.elements
            if each["tag"] == tag and (within is None or within in each["within"])
        ]  # fmt: skip

    def rows(self, within: dict) -> list[list[str]]:
        """The cells of every row below an element, spaces as one."""
        cells = self.all("th", within) + self.all("td", within)
        return [
            [" ".join(cell["text"].split()) for cell in cells if row in cell["within"]]
            for row in self.all("tr", within)
        ]

    def work(self, key: str) -> dict:
        return next(each for each in self.all("article") if each["aria-labelledby"] == key)


def result(key: str = "resnet", *, scale: str = "lab", seeds: int = 3, **other) -> PaperResult:
    """Two arms; by seed the deep one errs by 1, 2, 3 hundredths, and its file takes 800, 808..."""

    def record(arm: str, seed: int) -> Record:
        file = Report("zipped", Kind.FILE, 700.0 + 8 * seed, 60.0, 40.0, 25, 16, 16.0, 12.0)
        alone = Report("guess|ed", Kind.ESTIMATE, 4.0)
        metrics = {"test_error": 0.01 * (seed + 1), "depth": 7.0}
        if arm == "flat":
            metrics = {"test_error": 0.5, "late": float("nan") if seed else 1234.5}
        reports = (file.to_dict(), alone.to_dict()) if arm == "deep" else ()
        return Record(arm, seed, metrics, reports, 30.0)

    records = tuple(record(arm, seed) for arm in ("deep", "flat") for seed in range(seeds))
    numbers = (1.0, 2.0, 3.0)[:seeds]
    judged = Judgement(
        "deep errs less", numbers, 2.0, -0.5, 4.5, Verdict.INCONCLUSIVE, "test_error"
    )
    settings = {"deep": {"depth": 7, "data": "digits"}, "flat": {"depth": 1, "data": "digits"}}
    made = {"settings": settings, "versions": {"python": "3.99"}, "commit": "abc123+"}
    given = PaperResult(
        key, scale, "Depth helps.", "At what price?", ("deep", "flat"), tuple(range(seeds)),
        records, (judged,), Verdict.INCONCLUSIVE, "At 808 bits.", made,
    )  # fmt: skip
    return replace(given, **other)


def keep(found: PaperResult, ledger: str = "runs/papers") -> Path:
    """Save a result as a run leaves it."""
    folder = Path(ledger) / found.key / found.scale
    folder.mkdir(parents=True, exist_ok=True)
    return found.save(folder / "result.json")


@pytest.fixture
def page(cxd):
    """The page that a command writes."""

    def run(*arguments: str | Path) -> Page:
        status, _, err = cxd("report", *arguments)
        assert (status, err) == (0, "")
        return Page(Path("report.html").read_text(encoding="utf-8"))

    return run


@pytest.fixture
def undrawn(monkeypatch):
    """Figures take most of the time, and not all tests look at them."""
    monkeypatch.setattr(sections, "figure", lambda result: None)


def test_a_page_of_few_results(cxd, page):
    keep(result())
    keep(result("ntm", verdict=Verdict.SHOWN, seeds=2))
    found = page()
    overview = found.all("table")[0]
    lines = [line for line in found.rows(overview) if len(line) == 4][1:]
    links = [each["href"] for each in found.all("a", overview)]
    assert links == [f"#{key}" for key in KEYS]
    states = {key: line[2].split(" ", 1)[0] for key, line in zip(KEYS, lines, strict=True)}
    assert Counter(states.values()) == {"not": 25, "inconclusive": 1, "shown": 1}
    assert (states["resnet"], states["ntm"]) == ("inconclusive", "shown")
    resnet = lines[KEYS.index("resnet")]
    assert resnet == [
        "Deep Residual Learning for Image Recognition He et al. (2016)", "Depth helps.",
        "inconclusive 0 of 1 checks, 3 seeds", "808 zipped (file)",
    ]  # fmt: skip
    tally = [" ".join(each["text"].split()) for each in found.all("li")][:3]
    assert tally == ["1 shown", "1 inconclusive", "25 not run"]
    commands = {each["text"] for each in found.all("code") if each["within"][-1]["tag"] == "li"}
    assert commands == {f"cxd paper {key}" for key in KEYS if key not in ("resnet", "ntm")}
    alexnet = found.work("alexnet")
    assert "No result at scale lab is at hand; not run: cxd paper alexnet" in alexnet["text"]
    assert found.all("html")[0]["lang"] == "en"
    status, out, _ = cxd("report", "--out", "other.html")
    assert status == 0
    assert out.startswith("other.html: 27 works: 1 shown, 1 inconclusive, 25 not run\nnot run: ")
    assert Path("other.html").read_bytes() == Path("report.html").read_bytes()


def test_what_a_work_is_told_by(page, undrawn):
    keep(result())
    found = page()
    work = found.work("resnet")
    tables = {each["aria-label"]: found.rows(each) for each in found.all("div", work)
              if "aria-label" in each}  # fmt: skip
    # Student's t with two degrees of freedom has this quantile in closed form, 4.3027
    half = 0.95 * (2 / (1 - 0.95**2)) ** 0.5 / 3**0.5
    assert tables["Checks of resnet"][1:] == [
        ["deep errs less", f"2 ({2 - half:.4f} to {2 + half:.3f})", "inconclusive"]
    ]
    deep = f"0.02 ({0.02 - half / 100:.6f} to {0.02 + half / 100:.5f})"
    assert tables["What is judged, by arm, resnet"] == [
        ["mean (95 %)", "test error"], ["deep", deep], ["flat", "0.5"],
    ]  # fmt: skip
    assert tables["All that was measured, by arm, resnet"][1:] == [
        ["test error", deep, "0.5"], ["depth", "7", ""], ["late", "", "1,234, 1 of 3 seeds"],
    ]  # fmt: skip
    total = f"808 ({808 - 8 * half:.1f} to {808 + 8 * half:.1f})"
    assert tables["Bits by code, resnet"] == [
        ["arm", "kind", "total bits (95 %)", "model + data + header", "labels alone", "parameters"],
        ["zipped"],
        ["deep", "file", total, "708 + 60 + 40", "12", "25"],
        ["guess|ed"],
        ["deep", "estimate", "4", "4 + 0 + 0", "", ""],
    ]
    assert tables["Settings of resnet"][1:] == [
        ["depth", "7", "deep"], ["depth", "1", "flat"], ["data", '"digits"', "all"],
    ]  # fmt: skip
    made = [" ".join(each["text"].split()) for each in found.all("dd", work)]
    assert made == [
        "lab", "0, 1, 2", "6, which took 3.0 minutes in all",
        "cxd paper resnet --scale lab --seeds 3",
        "abc123+ (+: with changes that were not committed)", "python 3.99",
    ]  # fmt: skip
    assert found.all("pre", work)[0]["text"] == ROWS["resnet"].reference.bibtex("resnet")
    for text in ("Depth helps.", "At what price?", "At 808 bits.", "Kaiming He, Xiangyu Zhang"):
        assert text in work["text"]
    assert "https://arxiv.org/abs/1512.03385" in [each["href"] for each in found.all("a", work)]


def test_what_is_missing_is_said(page, undrawn):
    left_out = {"deep errs less": ["depth"]}
    one = result(seeds=1)
    keep(replace(one, provenance={**one.provenance, "absent": {"wide": "babi"}}))
    keep(result("ntm", judgements=(), records=(), provenance={"left_out": left_out}))
    keep(result("gpipe", seeds=2, records=result().records[1:3] + result().records[4:]))
    keep(replace(result("vlae"), seeds=(4, 9), provenance={"command": "make it"}))
    keep(replace(result("alexnet"), seeds=(4, 9)))
    found = page()
    lacks = {each["text"].split(": ")[0]: each["text"] for each in found.all("li")}
    assert "not run, since data are not at hand (babi): wide" in lacks["resnet"]
    assert "one seed, so there are no intervals" in lacks["resnet"]
    assert "settings are not the work's (depth): deep errs less" in lacks["ntm"]
    assert not {"gpipe", "vlae", "alexnet"} & lacks.keys()
    assert "not judged, since settings" in found.work("ntm")["text"]
    assert "No code of a network or of labels is in this result." in found.work("ntm")["text"]
    assert "make it" in found.work("vlae")["text"]
    assert 'get("alexnet").run(scale="lab", seeds=[4, 9])' in found.work("alexnet")["text"]


def test_nothing_is_loaded_and_everything_nests(page):
    keep(result())
    found = page()
    allowed = {"html", "head", "meta", "title", "style", "body", "header", "main", "section",
               "article", "footer", "div", "span", "p", "a", "b", "i", "small", "strong", "code",
               "pre", "ul", "li", "dl", "dt", "dd", "h1", "h2", "h3", "h4", "table", "thead",
               "tbody", "tr", "th", "td", "figure", "figcaption", "img", "details", "summary",
               "fieldset", "legend", "input", "label"}  # fmt: skip
    assert {each["tag"] for each in found.elements} <= allowed
    ids = [each["id"] for each in found.elements if "id" in each]
    assert len(set(ids)) == len(ids)
    assert set(KEYS) <= set(ids)
    for each in found.elements:
        assert not any(name.startswith("on") or name in ("style", "srcset") for name in each)
        assert each.get("src", "data:").startswith("data:")
        if "href" in each:
            assert each["tag"] == "a"
            target = each["href"]
            assert target[1:] in ids if target.startswith("#") else target.startswith("https://")
        if each["tag"] == "th":
            assert each["scope"] in ("col", "row", "rowgroup")
        if each["tag"] == "label":
            assert each["for"] in ids
    style = found.all("style")[0]["text"]
    assert "url(" not in style
    assert "@import" not in style
    chosen = [each["id"] for each in found.all("input")]
    assert chosen == ["only-all", "only-inconclusive", "only-not-run"]
    assert all(f"#only-{slug}:checked" in style for slug in SLUGS)
    policy = next(each for each in found.all("meta") if "http-equiv" in each)
    assert policy["content"].startswith("default-src 'none'; img-src data:;")
    (image,) = found.all("img")
    assert "test error, depth, late" in image["alt"]
    drawn = ElementTree.fromstring(base64.b64decode(image["src"].partition(",")[2]))
    assert drawn.tag == "{http://www.w3.org/2000/svg}svg"
    links = [value for each in drawn.iter() for name, value in each.items() if "href" in name]
    assert links
    assert all(link.startswith("#") for link in links)
    headings = [
        int(each["tag"][1]) for each in found.elements if re.fullmatch("h[1-6]", each["tag"])
    ]
    assert headings[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(headings))


def test_texts_are_texts(page, undrawn, monkeypatch):
    row = ROWS["resnet"]
    odd = replace(
        row.reference, title=ODD, authors=(f"A {ODD}",), venue=ODD, url=f"https://x/{ODD}"
    )
    monkeypatch.setitem(ROWS, "resnet", replace(row, reference=odd))
    plain = result()
    judged = replace(plain.judgements[0], what=ODD)
    told = [replace(each, arm=ODD, metrics={ODD: 1.0}, reports=(Report(ODD, Kind.BOUND, 8.0,
            parameters=1).to_dict(),)) for each in plain.of("deep")]  # fmt: skip
    made = {"settings": {ODD: {ODD: ODD}}, "versions": {ODD: ODD}, "commit": ODD, "command": ODD}
    keep(replace(
        plain, claim=ODD, question=ODD, answer=ODD, arms=(ODD,), records=tuple(told),
        judgements=(judged,), provenance={**made, "absent": {ODD: ODD}},
    ))  # fmt: skip
    found = page()
    assert {"script", "x"}.isdisjoint(each["tag"] for each in found.elements)
    work = found.work("resnet")
    assert work["text"].count(ODD) >= 18
    assert f"https://x/{ODD}" in [each.get("href") for each in found.all("a", work)]
    assert found.all("a", found.all("table")[0])[KEYS.index("resnet")]["text"] == ODD


@given(st.text(st.characters(exclude_characters="\r\0", exclude_categories=["Cs"])))
def test_any_text_comes_back(text):
    made = document(element("p", text, element("b", text), text, title=text)).decode()
    found = Page(made.partition("\n")[2])
    assert found.elements[0]["title"] == text
    assert found.elements[1]["text"] == text
    assert found.elements[0]["text"] == text * 3


def test_half_a_pair_of_surrogates_is_written():
    assert b"<p>a?b</p>" in document(element("p", "a\ud800b"))


def test_the_same_results_give_the_same_page(cxd, page):
    """Twice, and whether they lie in a ledger or side by side."""
    keep(result())
    page()
    once = Path("report.html").read_bytes()
    page()
    assert Path("report.html").read_bytes() == once
    Path("flat").mkdir()
    result().save("flat/resnet.json")
    result("ntm", scale="smoke").save("flat/ntm.json")  # of another scale: passed over
    found = page("--ledger", "flat")
    assert Path("report.html").read_bytes() == once
    assert "no result" in found.work("ntm")["text"].lower()
    found = page("--ledger", "flat", "--scale", "smoke")
    assert "cxd paper resnet --scale smoke" in found.work("resnet")["text"]
    assert "its verdicts say nothing of the works" in found.all("header")[0]["text"]
    keep(result(claim="Of the ledger."), "flat")
    assert "Of the ledger." in page("--ledger", "flat").work("resnet")["text"]
    _, out, _ = cxd("report", "--ledger", "flat", "--scale", "smoke")
    assert out.splitlines()[-1] == "`cxd paper KEY --scale smoke --out flat` runs one"


def test_json_is_the_table_of_cxd_papers(cxd, undrawn):
    keep(result())
    status, out, err = cxd("report", "--json")
    assert (status, err) == (0, "")
    told = json.loads(out)
    assert told.pop("out") == "report.html"
    assert told == json.loads(cxd("papers", "--json")[1])
    assert Path("report.html").is_file()


def test_the_results_of_the_docs(page, undrawn):
    """Verdicts, means and bits of all 27, from the files themselves."""
    found = page("--ledger", DOCS)
    counts = Counter(json.loads(each.read_text())["verdict"] for each in DOCS.glob("*.json"))
    tally = [each["text"].split(" ", 1) for each in found.all("li")][: len(counts)]
    assert {state: int(count) for count, state in tally} == counts
    for key in KEYS:
        told, work = json.loads((DOCS / f"{key}.json").read_text()), found.work(key)
        assert work["data-state"] == told["verdict"].replace(" ", "-")
        tables = {each["aria-label"]: found.rows(each) for each in found.all("div", work)
                  if "aria-label" in each}  # fmt: skip
        checks = tables[f"Checks of {key}"][1:]
        assert [line[0] for line in checks] == [each["what"] for each in told["judgements"]]
        for line, each in zip(checks, told["judgements"], strict=True):
            assert line[2] == each["verdict"]
            mean = float(line[1].split(" ")[0].replace(",", ""))
            assert mean == pytest.approx(statistics.fmean(each["numbers"]), rel=1e-3, abs=1e-9)
        totals: dict = {}
        for record in told["records"]:
            for report in record["reports"]:
                name = record["arm"], report["name"]
                totals.setdefault(name, []).append(report["total_bits"])
        if not totals:
            assert f"Bits by code, {key}" not in tables
            continue
        shown, code = {}, ""
        for line in tables[f"Bits by code, {key}"][1:]:
            if len(line) == 1:
                (code,) = line
            else:
                shown[line[0], code] = float(line[2].split(" ")[0].replace(",", ""))
        assert shown == pytest.approx({k: statistics.fmean(v) for k, v in totals.items()}, rel=1e-3)
        assert told["answer"] in work["text"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("--scale labs", "scale: unknown 'labs'; known: smoke, lab, paper; did you mean 'lab'?"),
        ("--out report.pdf", "--out report.pdf: accepted is a name in .html"),
        ("--out no/report.html", "--out no/report.html: the folder no does not exist"),
        ("--ledger no", "--ledger no: there is no such folder; `cxd papers --run --out no` runs"),
        ("--ledger .", "--ledger .: no results at scale lab; `cxd papers --run --out .` runs all"),
        ("--scale smoke", "`cxd papers --run --scale smoke` runs all works, `cxd paper KEY"),
        ("", "cxd: --ledger runs/papers: there is no such folder; `cxd papers --run` runs all"),
        ("resnet", "unexpected: resnet"),
    ],
)
def test_wrong_arguments(cxd, arguments, message):
    status, out, err = cxd("report", *arguments.split())
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert message in err
    assert not list(Path().iterdir())


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("half", None),
        ("digit", None),
        ("arms", []),
        ("seeds", 3),
        ("claim", 5),
        ("paper", "ntm"),
        ("scale", "smoke"),
        ("judgements 0 numbers", ["x"]),
        ("provenance versions", 3),
        ("provenance commit", 5),
        ("records 0 seconds", None),
        ("records 0 reports 0 kind", ...),
        ("records 0 reports 0 parameters", ...),
        ("records 0 reports 0 model_bits", "many"),
    ],
)
def test_a_damaged_result_is_named(cxd, undrawn, place, value):
    """Cut, changed, or with a value changed or gone in a file of before there were checksums."""
    path = keep(result())
    text = path.read_text()
    if place in ("half", "digit"):
        path.write_text(text[:900] if place == "half" else text.replace("0.02", "0.03", 1))
    else:
        told = json.loads(text)
        del told["checksum"]
        *steps, last = (int(step) if step.isdigit() else step for step in place.split())
        within = told
        for step in steps:
            within = within[step]
        if value is ...:
            del within[last]
        else:
            within[last] = value
        path.write_text(json.dumps(told))
    status, out, err = cxd("report")
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert err.startswith(f"cxd: {path}: ")
    assert not Path("report.html").exists()


def test_the_result_of_another_work_is_refused(cxd, undrawn):
    Path("flat").mkdir()
    result("ntm").save("flat/resnet.json")
    status, _, err = cxd("report", "--ledger", "flat")
    assert status == 2
    assert "flat/resnet.json: the result of 'ntm' at scale 'lab', accepted here is one of" in err


def test_no_extra_is_needed(own_folder):
    keep(result())
    code = (
        "import sys\n"
        "class Without:\n"
        "    def find_spec(self, name, *_):\n"
        "        if name in ('torch', 'safetensors', 'pooch', 'gymnasium', 'sacrebleu'):\n"
        "            raise ModuleNotFoundError(name)\n"
        "sys.meta_path.insert(0, Without())\n"
        "from complexodynamics.cli import main\n"
        "main(['report'])"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert (run.returncode, run.stderr) == (0, "")
    assert Path("report.html").stat().st_size > 50_000
