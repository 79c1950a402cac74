"""The verdict on a sequence: many tests, one probability of error.

Of n tests of truly random bits at level 0.01 one in a hundred rejects, by design. Holm's procedure
keeps the probability that any of them rejects below one level, however the tests depend on each
other: the least p-value is multiplied by the number of tests, the second least by one less, ...

References:
    S. Holm, A simple sequentially rejective multiple test procedure, Scandinavian J. Statistics
        6(2), 1979.
"""

from __future__ import annotations

import math
import os
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from complexity.figures import new_figure, save_figure
from complexity.files import save_table
from complexity.randomness.outcome import BOUND, Outcome

__all__ = ["Battery", "adjusted", "holm", "number"]

_COLUMNS = ["test", "statistic", "p", "adjusted_p", "kind", "part", "reason"]


def holm(p_values: Sequence[float], tests: int) -> list[float]:
    """Holm's adjusted p-values; a level rejects those that are at most as great.

    Args:
        p_values: of those tests that have one.
        tests: how many were made, which may be more.

    Example:
        >>> holm([0.01, 0.04, 0.03], 3)
        [0.03, 0.06, 0.06]
    """
    found = [math.nan] * len(p_values)
    greatest = 0.0
    for rank, place in enumerate(np.argsort(p_values, kind="stable").tolist()):
        greatest = max(greatest, min(1.0, (tests - rank) * p_values[place]))
        found[place] = greatest
    return found


def adjusted(outcomes: Sequence[Outcome]) -> tuple[Outcome, ...]:
    """The outcomes with their p-values after Holm's correction."""
    tests = sum(outcome.counted for outcome in outcomes)
    corrected = iter(holm([outcome.p for outcome in outcomes if not outcome.reason], tests))
    return tuple(
        outcome if outcome.reason else replace(outcome, adjusted_p=next(corrected))
        for outcome in outcomes
    )


@dataclass(frozen=True)
class Battery:
    """What the tests say of one sequence, together.

    That no test rejects is no proof of randomness: the digits of pi pass, and a short program
    prints them.

    Attributes:
        outcomes: one per test, in the order of SP 800-22, then those by description length.
        n: bits that were tested.
        alpha: the family-wise level: the probability that fair coins are rejected by any test.
        name: what was tested.
        provenance: parameters, versions, commit, seconds.
    """

    outcomes: tuple[Outcome, ...]
    n: int
    alpha: float
    name: str = ""
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def __getitem__(self, test: str) -> Outcome:
        """The outcome of a test, by its name."""
        for outcome in self.outcomes:
            if outcome.test == test:
                return outcome
        known = ", ".join(outcome.test for outcome in self.outcomes)
        raise KeyError(f"test: no {test!r} among {known}")

    @property
    def tests(self) -> int:
        """How many tests were made: Holm's correction counts them."""
        return sum(outcome.counted for outcome in self.outcomes)

    @property
    def rejected(self) -> tuple[str, ...]:
        """The tests that reject randomness at the family-wise level."""
        return tuple(o.test for o in self.outcomes if o.adjusted_p <= self.alpha)

    @property
    def passes(self) -> bool:
        """Whether no test rejects."""
        return not self.rejected

    @property
    def verdict(self) -> str:
        """One sentence."""
        level = f"at the family-wise level {self.alpha:g} (Holm, {self.tests} tests)"
        if not self.tests:
            return "no test applies to so few bits: nothing is said"
        if self.passes:
            return f"no test rejects randomness {level}, which proves none"
        return f"not random: rejected by {', '.join(self.rejected)} {level}"

    def __repr__(self) -> str:
        titles = ("test", "statistic", "p", "Holm p", "least of")
        lines = [titles, *(_cells(o) for o in self.outcomes if not o.reason)]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        table = [
            "  ".join(
                cell.ljust(width) if index in (0, 4) else cell.rjust(width)
                for index, (cell, width) in enumerate(zip(line, widths, strict=True))
            ).rstrip()
            for line in lines
        ]
        head = f"{self.name or 'sequence'}: {self.n} bits"
        said = [textwrap.fill(each, 80) for each in (*self.notes(), self.verdict)]
        return "\n".join([head, *table, *said])

    def notes(self) -> list[str]:
        """What is to be known beside a table: what is missing, what the p-values are."""
        found = []
        short = [f"{o.test} ({o.reason})" for o in self.outcomes if not o.counted]
        if short:
            found.append(f"too short for: {', '.join(short)}")
        found += [f"not applicable: {o.test}: {o.reason}" for o in self.outcomes if _barred(o)]
        if bounds := [o.test for o in self.outcomes if o.kind == BOUND]:
            said = "statistic in bits, p a bound at every length; other p-values are asymptotic"
            found.append(f"{', '.join(bounds)}: {said}")
        return found

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON values; a missing number is None."""
        return {
            "name": self.name,
            "n": self.n,
            "alpha": self.alpha,
            "tests": self.tests,
            "passes": self.passes,
            "rejected": list(self.rejected),
            "verdict": self.verdict,
            "outcomes": [outcome.to_dict() for outcome in self.outcomes],
            "provenance": dict(self.provenance),
        }

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write it as .json (everything) or .csv (a row per p-value), whole or not at all.

        Raises:
            ValueError: the path ends in neither.
            OSError: the folder is missing or cannot be written.
        """
        rows: list[dict[str, Any]] = []
        for outcome in self.outcomes:
            row: dict[str, Any] = outcome.to_dict() | {"part": ""}
            parts = row["parts"]
            rows.append(row)
            rows += [row | part | {"part": part["label"], "adjusted_p": None} for part in parts]
        return save_table(path, self.to_dict(), [{k: r[k] for k in _COLUMNS} for r in rows])

    def plot(self, path: str | os.PathLike[str] | None = None) -> Any:
        """The p-values, least first, beside the levels at which Holm's procedure rejects them.

        Args:
            path: where to save the figure (.png, .svg, .pdf); its suffix is the format.

        Returns:
            The matplotlib Figure.
        """
        shown = sorted((o for o in self.outcomes if not o.reason), key=lambda outcome: outcome.p)
        height = np.arange(len(shown))[::-1]
        figure = new_figure(figsize=(7, 1.4 + 0.28 * len(shown)))
        axes = figure.add_subplot()
        levels = self.alpha / (self.tests - np.arange(len(shown)))
        axes.step(levels, height, where="mid", color="0.4", label=f"Holm, level {self.alpha:g}")
        least = min((o.p for o in shown if o.p > 0), default=1.0)
        floor = min(float(levels.min(initial=1.0)) / 10, max(least, 1e-12))
        for rejected, color in ((False, "C0"), (True, "C3")):
            points = [
                (max(o.p, floor), y)
                for o, y in zip(shown, height, strict=True)
                if (o.test in self.rejected) == rejected
            ]
            label = "rejects" if rejected else "does not reject"
            axes.plot(*zip(*points, strict=True), "o", color=color, label=label) if points else None
        axes.set_xscale("log")
        axes.set_xlim(floor / 1.5, 1.5)
        axes.set_yticks(height, [o.test.replace("_", " ") for o in shown])
        axes.set_xlabel(f"p (those below {floor:.0e} at the edge)")
        axes.set_title(f"{self.name or 'sequence'}, {self.n} bits", parse_math=False)
        axes.legend(loc="best", fontsize="small")
        return save_figure(figure, path)


def _barred(outcome: Outcome) -> bool:
    """Whether the bits rule it out, not their number."""
    return outcome.counted and bool(outcome.reason)


def _cells(outcome: Outcome) -> tuple[str, str, str, str, str]:
    least = f"{len(outcome.parts)}: {outcome.least.label}" if outcome.parts else ""
    statistic = f"{outcome.statistic:.6g}"
    return outcome.test, statistic, number(outcome.p), number(outcome.adjusted_p), least


def number(p: float) -> str:
    """A p-value for people."""
    return f"{p:.4f}" if p >= 0.001 else f"{p:.1e}" if p > 0 else "0"
