"""One work: its claim and what the run says of it, its networks' bits, how it was made."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from complexodynamics.report.cells import interval, measured
from complexodynamics.report.codes import described
from complexodynamics.report.figure import figure
from complexodynamics.report.html import Child, apart, element, table
from complexodynamics.report.settings import settings
from complexodynamics.report.works import Work, naming

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from neural.engine.result import PaperResult

__all__ = ["badge", "command", "missing", "section", "slug"]

_FEW = 4
"""Metrics of the first table where a result does not say which are judged."""


def section(work: Work) -> Element:
    """All that is known of a work.

    Raises:
        ValueError: its result lacks what a result has, or holds something else; names the file.
    """
    with naming(work.path):
        body = list(_missing(work) if work.result is None else _told(work.result))
    title = element("h3", work.row.reference.title, " ", badge(work.line.state), id=work.row.key)
    ending = element("p", element("a", "All works", href="#works"), class_="up")
    return element(
        "article", title, _cited(work), body, _bibtex(work), ending,
        class_="work", aria_labelledby=work.row.key, data_state=slug(work.line.state),
    )  # fmt: skip


def badge(state: str) -> Element:
    """A verdict, coloured."""
    return element("strong", state, class_=f"state {slug(state)}")


def slug(state: str) -> str:
    """A verdict as a name in the page."""
    return state.replace(" ", "-")


def command(work: Work) -> str:
    """What runs a work at its scale."""
    scale = "" if work.scale == "lab" else f" --scale {work.scale}"
    return f"cxd paper {work.row.key}{scale}"


def missing(work: Work) -> Child:
    """What a result lacks, or that there is none; None where it is whole."""
    if work.result is None:
        if work.line.state == "not built":
            return "does not run here yet"
        return ["not run: ", element("code", command(work)), " runs it"]
    lacks = [work.result.unjudged] if work.result.unjudged else []
    if len(work.result.seeds) == 1:
        lacks.append("one seed, so there are no intervals and nothing is shown")
    return "; ".join(lacks) or None


def _missing(work: Work) -> Iterator[Child]:
    yield element("p", f"No result at scale {work.scale} is at hand; ", missing(work), ".")


def _told(result: PaperResult) -> Iterator[Child]:
    yield element("p", element("b", "Claim. "), result.claim, class_="claim")
    if result.unjudged:
        yield element("p", f"{result.unjudged}.", class_="lacks")
    if result.metrics:
        yield figure(result)
    yield from _checks(result)
    yield from _arms(result)
    yield from _bits(result)
    yield element("h4", "How it was made")
    yield _made(result)
    stated = settings(result)
    if stated is not None:
        yield element("details", element("summary", "Settings"), stated)


def _checks(result: PaperResult) -> Iterator[Child]:
    if not result.judgements:
        return
    rows = [
        [each.what, apart(interval(each.numbers)) or "not known", badge(str(each.verdict))]
        for each in result.judgements
    ]
    header = "check", "beyond what is asked (95 %)", "verdict"
    label = f"Checks of {result.key}"
    yield element("h4", "Checks of the claim")
    yield table(header, {"": rows}, label=label, words=(0, 2), name="checks")


def _arms(result: PaperResult) -> Iterator[Child]:
    """What is judged, by arm; behind it all that was measured."""
    every = measured(result)
    if not every:
        return
    judged = dict.fromkeys(each.metric.replace("_", " ") for each in result.judgements)
    shown = [name for name in judged if name in every] or list(every)[:_FEW]
    yield element("h4", "Arms")
    rows = [
        [arm, *(apart(every[name][at]) for name in shown)] for at, arm in enumerate(result.arms)
    ]
    header = ["mean (95 %)", *shown]
    yield table(header, {"": rows}, label=f"What is judged, by arm, {result.key}")
    if len(shown) < len(every):
        rest = [[name, *map(apart, cells)] for name, cells in every.items()]
        label = f"All that was measured, by arm, {result.key}"
        whole = table(["mean (95 %)", *result.arms], {"": rest}, label=label)
        summary = element("summary", f"All {len(every)} metrics by arm")
        yield element("details", summary, whole)


def _bits(result: PaperResult) -> Iterator[Child]:
    """The question of description length, its measured answer, and every code."""
    yield element("h4", "How many bits?")
    if result.question:
        yield element("p", element("i", result.question))
    if result.answer:
        yield element("p", result.answer)
    codes = described(result)
    none = "No code of a network or of labels is in this result."
    yield element("p", none) if codes is None else codes


def _made(result: PaperResult) -> Element:
    made = result.provenance
    versions = ", ".join(f"{name} {text}" for name, text in made.get("versions", {}).items())
    minutes = sum(record.seconds for record in result.records) / 60
    commit = made.get("commit") or "not known"
    changed = " (+: with changes that were not committed)" if commit.endswith("+") else ""
    told: dict[str, Child] = {
        "scale": result.scale,
        "seeds": ", ".join(map(str, result.seeds)),
        "trials": f"{len(result.records)}, which took {minutes:,.1f} minutes in all",
        "made again by": element("code", made.get("command") or _again(result)),
        "commit": [element("code", commit), changed],
        "versions": versions or "not known",
    }
    pairs = (
        element("div", element("dt", name), element("dd", text)) for name, text in told.items()
    )
    return element("dl", pairs, class_="made")


def _again(result: PaperResult) -> str:
    """The command that makes a result of the ledger."""
    text = f"cxd paper {result.key} --scale {result.scale}"
    if result.seeds == tuple(range(len(result.seeds))):
        return f"{text} --seeds {len(result.seeds)}"
    return f'neural.papers.get("{result.key}").run(scale="{result.scale}", seeds={[*result.seeds]})'


def _cited(work: Work) -> Element:
    reference = work.row.reference
    where = f"{', '.join(reference.authors)}, {reference.year}. {reference.venue}".strip()
    url = reference.url
    link = [". ", element("a", url, href=url, rel="noreferrer")] if url else "."
    return element("p", where, link, class_="cited")


def _bibtex(work: Work) -> Element:
    entry = element("pre", element("code", work.row.reference.bibtex(work.row.key)))
    return element("details", element("summary", "BibTeX"), entry)
