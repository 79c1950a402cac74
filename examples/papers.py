"""Results and figures of works of the reading list: `python -m examples.papers [KEY ...]`.

Runs each at lab scale where the ledger does not have it (minutes a seed), and writes
docs/results/papers/KEY.json, docs/figures/paper-KEY.png, the tables of docs/papers/KEY.md and the
list docs/papers/README.md; all works that run, if none is named. With --page nothing is run, and
tables and list are written from the results that there are.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from complexity.files import write_atomically
from complexodynamics.report.cells import interval, measured
from complexodynamics.report.words import BITS, KINDS, VERDICTS, counted
from complexodynamics.tables import fill, markdown
from neural import papers
from neural.engine import PaperResult, Verdict
from neural.engine.overview import Overview, overview
from neural.papers.rows import GROUPS

DOCS = Path("docs")

_EXPLAINED = (
    "Each is a module that trains its arms, judges its claim over seeds and counts bits: "
    "`cxd paper KEY`. Runs are at lab scale, some minutes a seed on one core.",
    "",
    f"- **Shown**: {VERDICTS[Verdict.SHOWN]}. **Not shown**: {VERDICTS[Verdict.NOT_SHOWN]}.",
    f"  **Inconclusive**: {VERDICTS[Verdict.INCONCLUSIVE]}. The column counts the checks that are "
    "shown.",
    f"- **Bits** are {BITS}.",
    f"  {KINDS}",
)


def main(arguments: list[str] | None = None) -> None:
    """Run what is missing, and write the docs' files."""
    parser = argparse.ArgumentParser(prog="python -m examples.papers", description=__doc__)
    parser.add_argument("keys", nargs="*", metavar="KEY", help="as `cxd papers` lists them")
    parser.add_argument("--page", action="store_true", help="run nothing, write the tables alone")
    given = parser.parse_args(arguments)
    for folder in ("figures", "results/papers", "papers"):
        (DOCS / folder).mkdir(parents=True, exist_ok=True)
    chosen = given.keys or [paper.key for paper in papers.all()]
    for key in [] if given.page else chosen:
        result = papers.get(key).run(scale="lab")
        made = {"command": f"python -m examples.papers {key}", **result.provenance}
        result = replace(result, provenance=made)
        result.save(DOCS / f"results/papers/{key}.json")
        result.plot(DOCS / f"figures/paper-{key}.png")
        print(result, end="\n\n", flush=True)
    for key in papers.keys():  # noqa: SIM118
        told = DOCS / f"papers/{key}.md"
        if told.is_file() and _result(key).is_file():
            fill(told, tables(PaperResult.load(_result(key))))
    write_atomically(DOCS / "papers/README.md", page().encode())


def tables(result: PaperResult) -> dict[str, str]:
    """By name, the tables of a work's page: its checks, and what was measured by arm."""
    checks = [
        [each.what, interval(each.numbers), f"**{each.verdict}**"] for each in result.judgements
    ]
    found = measured(result)
    codes = dict.fromkeys(code for arm in result.arms for code in result.bits(arm))
    for code in codes:
        totals = [result.bits(arm).get(code, ()) for arm in result.arms]
        found[f"total bits, {code}"] = [interval(each) for each in totals]
    rows = [[name, *cells] for name, cells in found.items() if any(cells)]
    return {
        "checks": markdown(["check", "beyond what is asked (95 %)", "verdict"], checks),
        "measured": markdown(["mean (95 %)", *result.arms], rows),
    }


def page() -> str:
    """The table of all works, from the results in docs/results/papers."""
    rows = [
        overview(papers.row(key), _result(key), built=papers.built(key))
        for key in papers.keys()  # noqa: SIM118
    ]
    counts = ", ".join(f"{count} {state}" for state, count in counted(rows).items())
    lines = ["# The reading list", "", f"{len(rows)} works: {counts}.", *_EXPLAINED]
    for group in GROUPS:
        lines += [
            "",
            f"## {group.capitalize()}",
            "",
            "| work | key | verdict | checks | seeds | bits | code | |",
            "| --- | --- | --- | ---: | ---: | ---: | --- | --- |",
            *(_line(row) for row in rows if row.group == group),
        ]
    lines += ["", "`python -m examples.papers` makes this page; with `--page` it runs nothing."]
    return "\n".join(lines) + "\n"


def _line(row: Overview) -> str:
    told = (DOCS / f"papers/{row.key}.md").is_file()
    title = f"[{row.title}]({row.key}.md)" if told else row.title
    cells = [f"{title}, {row.work}", f"`{row.key}`"]
    if not row.seeds:
        return f"| {' | '.join([*cells, row.state])} | | | | | |"
    links = [f"[result](../results/papers/{row.key}.json)"]
    if (DOCS / f"figures/paper-{row.key}.png").is_file():
        links.append(f"[figure](../figures/paper-{row.key}.png)")
    bits = "" if row.bits is None else f"{row.bits:,.0f}"
    code = "" if row.code is None else f"{row.code.replace('|', ',')} ({row.kind})"
    cells += [f"**{row.state}**", f"{row.shown} of {row.checks}", str(row.seeds), bits, code]
    return f"| {' | '.join([*cells, ', '.join(links)])} |"


def _result(key: str) -> Path:
    return DOCS / f"results/papers/{key}.json"


if __name__ == "__main__":
    main()
