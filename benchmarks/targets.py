"""Targets that are no speeds: bits, bytes and ratios beside the bar they are to meet."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from complexodynamics.tables import markdown

_HOLDS = {"<=": operator.le, ">=": operator.ge}


@dataclass(frozen=True)
class Target:
    """A figure that was measured and what it was to be.

    Attributes:
        what: "shuffled labels, bits above uniform".
        measured: the figure.
        sense: whether it is to be at most or at least the bar.
        bar: the claim; NaN for a figure that is shown without one.
        unit: "bits", "bytes", "ratio".
        peer: what was run beside it, "" for nothing.
        note: settings, seeds, spread: what a reader needs to judge it.
    """

    what: str
    measured: float
    sense: Literal["<=", ">="] = "<="
    bar: float = float("nan")
    unit: str = "ratio"
    peer: str = ""
    note: str = ""

    @property
    def passed(self) -> bool | None:
        """Whether the bar is met, None where there is none."""
        if self.bar != self.bar:
            return None
        return bool(_HOLDS[self.sense](self.measured, self.bar))

    def to_dict(self) -> dict[str, Any]:
        """All fields as JSON values, with the verdict."""
        bar = None if self.passed is None else self.bar
        return asdict(self) | {"bar": bar, "passed": self.passed}


def table(targets: Sequence[Target]) -> str:
    """The targets as a Markdown table."""

    def row(target: Target) -> list[str]:
        passed = {True: "pass", False: "FAIL", None: ""}[target.passed]
        bar = "" if target.passed is None else f"{target.sense} {target.bar:g}"
        what = f"{target.what} ({target.peer})" if target.peer else target.what
        return [what, f"{target.measured:.4g} {target.unit}", bar, passed, target.note]

    return markdown(["figure", "measured", "bar", "", "how"], [row(each) for each in targets])
