"""The page: what the verdicts are, a table of all works, what is missing, and each in turn."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from complexity.progress import progress
from complexodynamics import __version__
from complexodynamics.report.html import Child, document, element, table
from complexodynamics.report.section import badge, missing, section, slug
from complexodynamics.report.words import BITS, KINDS, SCALES, VERDICTS, counted
from neural.papers.rows import GROUPS

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from complexodynamics.report.works import Work

__all__ = ["html_page"]

_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
"""Whatever a result says, the page loads nothing."""


def html_page(works: Sequence[Work], *, show_progress: bool = True) -> bytes:
    """One HTML file that needs nothing else; the same works give the same bytes.

    Args:
        works: one or more, of one scale.
        show_progress: on a terminal, of the figures.

    Raises:
        ValueError: a result lacks what a result has, or holds something else; names the file.
    """
    with progress("report", len(works), show=show_progress) as advance:
        sections: dict[str, list[Element]] = {group: [] for group in GROUPS}
        for work in works:
            sections[work.row.group].append(section(work))
            advance()
    groups = (
        element("section", element("h2", group.capitalize()), found, class_="group")
        for group, found in sections.items() if found
    )  # fmt: skip
    body = element(
        "body",
        element("a", "Skip to the table of works", class_="skip", href="#works"),
        _header(works),
        element("main", _summary(works), _overview(works), _lacks(works), groups),
        element("footer", element("p", f"Made by complexodynamics {__version__}, cxd report.")),
    )
    return document(element("html", _head(works), body, lang="en"))


def _head(works: Sequence[Work]) -> Element:
    style = Path(__file__).with_name("style.css").read_text(encoding="utf-8")
    return element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", f"The reading list: {len(works)} works, their claims and bits"),
        element("style", style),
    )


def _header(works: Sequence[Work]) -> Element:
    scale = works[0].scale
    return element(
        "header",
        element("h1", "The reading list"),
        element(
            "p",
            f"{len(works)} works, run at scale {scale} ({SCALES[scale]}): is what they claim shown "
            "against their own baselines, and how many bits do their networks take?",
        ),
    )


def _summary(works: Sequence[Work]) -> Element:
    counts = counted(work.line for work in works)
    tally = [element("li", element("b", str(n)), " ", badge(state)) for state, n in counts.items()]
    meanings = [[badge(str(each)), f": {meaning}. "] for each, meaning in VERDICTS.items()]
    return element(
        "section",
        element("h2", "Summary"),
        element("ul", tally, class_="tally"),
        element("p", element("b", "Verdicts. "), meanings),
        element(
            "p",
            element("b", "Checks. "),
            "Each is an inequality. Its number is by how much it holds beyond what is asked, seed "
            "by seed, positive for the claim; a table gives the mean over seeds and its interval "
            "by Student's t. A number without an interval is of one seed, or the same for all.",
        ),
        element("p", element("b", "Bits"), f" of the table are {BITS}. {KINDS}"),
        element(
            "p",
            element("b", "Codes"),
            " of a work are told by arm: the total, and the means of the parts it is the sum of. "
            "Labels alone take the shorter of their uniform code and their normalised maximum "
            "likelihood, which know nothing of the inputs; a description of labels that is longer "
            "explains none of them.",
        ),
    )


def _overview(works: Sequence[Work]) -> Element:
    groups: dict[str, list[list[Child]]] = {}
    for work in works:
        groups.setdefault(work.row.group.capitalize(), []).append(_line(work))
    header = "work", "claim", "verdict", "bits"
    return element(
        "section",
        element("h2", "All works", id="works"),
        _choice(works),
        table(header, groups, label="All works", words=(0, 1, 2), name="overview"),
    )


def _line(work: Work) -> list[Child]:
    line = work.line
    title = element("a", line.title, href=f"#{line.key}")
    told: list[Child] = [badge(line.state)]
    if work.result is not None:
        seeds = f"{line.seeds} seed{'s' * (line.seeds != 1)}"
        told += [" ", element("small", f"{line.shown} of {line.checks} checks, {seeds}")]
    bits: list[Child] = []
    if line.bits is not None:
        bits = [f"{line.bits:,.0f} ", element("small", f"{line.code} ({line.kind})")]
    claim = None if work.result is None else work.result.claim
    return [[title, " ", element("small", line.work)], claim, told, bits]


def _choice(works: Sequence[Work]) -> Element:
    """Which verdicts are looked at: the style sheet hides the others, where a reader can."""
    states = counted(work.line for work in works)
    options = {"all": "all", **{slug(state): state for state in states}}

    def option(name: str, text: str) -> Element:
        checked = "" if name == "all" else None
        button = element("input", type="radio", name="state", id=f"only-{name}", checked=checked)
        return element("span", button, element("label", text, for_=f"only-{name}"))

    chosen = (option(name, text) for name, text in options.items())
    return element("fieldset", element("legend", "Show"), chosen, class_="choice")


def _lacks(works: Sequence[Work]) -> Element:
    lacks = [(work.row.key, lack) for work in works if (lack := missing(work)) is not None]
    items = [element("li", element("a", key, href=f"#{key}"), ": ", lack) for key, lack in lacks]
    whole = "Nothing: every work has a result, of several seeds, with every check judged."
    curves = (
        "What was measured along a training is kept beside a run, not in its result: curves are "
        "not in this report."
    )
    return element(
        "section",
        element("h2", "What is missing"),
        element("ul", items) if items else element("p", whole),
        element("p", curves),
    )
