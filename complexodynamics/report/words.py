"""What verdicts, bits and scales mean, in the words of every page that lists works."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from neural.engine.judgement import Verdict
from neural.engine.overview import Overview

__all__ = ["BITS", "KINDS", "SCALES", "STATES", "VERDICTS", "counted"]

STATES = (*Verdict, "not run", "not built")
"""Of a work, in the order in which they are counted."""

VERDICTS = {
    Verdict.SHOWN: "for every check the 95 % interval of the mean over seeds is on the claim's "
    "side",
    Verdict.NOT_SHOWN: "for one it is on the other side, or 0 in every seed",
    Verdict.INCONCLUSIVE: "neither",
}

BITS = (
    "the mean over seeds of the shortest description that was tried and sends the first arm's "
    "networks, with the data it codes, if any"
)

KINDS = (
    "A file decodes; an ideal codelength obeys Kraft; a bound is not below one; an estimate, which "
    "stands only where there is no code, promises nothing."
)

SCALES = {
    "smoke": "seconds a run, for tests of the program: its verdicts say nothing of the works",
    "lab": "some minutes a seed on one core",
    "paper": "the published configuration",
}


def counted(lines: Iterable[Overview]) -> dict[str, int]:
    """State -> how many works are in it, those that occur."""
    found = Counter(line.state for line in lines)
    return {str(state): found[state] for state in STATES if found[state]}
