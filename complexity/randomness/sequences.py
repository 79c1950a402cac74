"""Many sequences of one generator: how many pass, and whether p-values are uniform.

A generator may pass with every sequence and still be too good or slightly off; section 4.2 of SP
800-22 looks at the p-values of many sequences, test by test.

References:
    A. Rukhin et al., NIST Special Publication 800-22 rev. 1a, 2010, sections 4.2.1 and 4.2.2.
"""

from __future__ import annotations

import math
import os
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from complexity.bitstrings import BitsLike
from complexity.errors import integer, one_of
from complexity.figures import new_figure, save_figure
from complexity.files import save_table
from complexity.progress import progress as progress_bar
from complexity.provenance import commit, versions
from complexity.randomness.batteries import LEAST, chosen_tests, level, run_test
from complexity.randomness.outcome import CONSTANTS, Outcome, chi_square, chi_square_tail, sequence
from complexity.randomness.verdict import number

__all__ = ["Proportion", "Proportions", "proportions"]

_BINS, _FEWEST = 10, 55
_UNIFORM = 0.0001


@dataclass(frozen=True)
class Proportion:
    """One p-value of one test over the sequences.

    Attributes:
        test: the test.
        part: which of its p-values, "" if it has one.
        sequences: to how many sequences it applies.
        passed: how many p-values are at least the level.
        low: the least share of `sequences` that is accepted.
        high: the greatest one.
        uniformity: P_T, the p-value of chi-square over ten equal bins of the p-values (section
            4.2.2; accepted from 0.0001 on); NaN of fewer than 55 sequences.
    """

    test: str
    part: str
    sequences: int
    passed: int
    low: float
    high: float
    uniformity: float

    @property
    def proportion(self) -> float:
        """The share of sequences that pass."""
        return self.passed / self.sequences

    @property
    def within(self) -> bool:
        """Whether the share is accepted."""
        return self.low <= self.proportion <= self.high

    @property
    def uniform(self) -> bool:
        """Whether uniformity is accepted, or there are too few sequences to ask."""
        return not self.uniformity < _UNIFORM


@dataclass(frozen=True)
class Proportions:
    """The p-values of many sequences, test by test, as section 4.2 of SP 800-22 judges them.

    The bands are of three standard deviations (99.73 %) for each row alone, and many rows are
    judged: of 188 rows of fair coins some are outside now and then.

    Attributes:
        rows: one per p-value.
        n: bits of each sequence.
        sequences: how many there are.
        alpha: the level that each p-value is compared with.
        name: what was tested.
        provenance: parameters, versions, commit.
    """

    rows: tuple[Proportion, ...]
    n: int
    sequences: int
    alpha: float
    name: str = ""
    provenance: Mapping[str, Any] = field(default_factory=dict)

    @property
    def outside(self) -> tuple[Proportion, ...]:
        """The rows whose proportion or uniformity is not accepted."""
        return tuple(row for row in self.rows if not (row.within and row.uniform))

    def summary(self) -> list[tuple[str, str, str, str, str]]:
        """By test: p-values accepted, the proportion farthest off, its band, the least P_T."""
        lines = []
        for test in dict.fromkeys(row.test for row in self.rows):
            rows = [row for row in self.rows if row.test == test]
            worst = max(rows, key=lambda row: abs(row.proportion - 1 + self.alpha) / _width(row))
            good = sum(row.within and row.uniform for row in rows)
            least = min((r.uniformity for r in rows if r.uniformity == r.uniformity), default=None)
            share = f"{worst.passed}/{worst.sequences}"
            band = f"{worst.low:.4f} to {worst.high:.4f}"
            uniform = "" if least is None else number(least)
            lines.append((test, f"{good}/{len(rows)}", share, band, uniform))
        return lines

    def __repr__(self) -> str:
        titles = ("test", "accepted", "passed", "band", "least P_T")
        lines = [titles, *self.summary()]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        table = [
            "  ".join(
                cell.rjust(width) if index else cell.ljust(width)
                for index, (cell, width) in enumerate(zip(line, widths, strict=True))
            )
            for line in lines
        ]
        head = (
            f"{self.name or 'sequences'}: {self.sequences} of {self.n} bits, level {self.alpha:g}"
        )
        return "\n".join([head, *table, *self.notes()])

    def notes(self) -> list[str]:
        """What is to be known of the table."""
        found = []
        if self.sequences < _FEWEST:
            found.append(f"P_T is for {_FEWEST} sequences and more")
        names = ", ".join(f"{row.test} {row.part}".strip() for row in self.outside) or "none"
        found.append(textwrap.fill(f"not accepted: {names}", 80))
        return found

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON values; a missing number is None."""
        return {
            "name": self.name,
            "n": self.n,
            "sequences": self.sequences,
            "alpha": self.alpha,
            "rows": [_row(row) for row in self.rows],
            "provenance": dict(self.provenance),
        }

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write it as .json (everything) or .csv (the rows), whole or not at all.

        Raises:
            ValueError: the path ends in neither.
            OSError: the folder is missing or cannot be written.
        """
        document = self.to_dict()
        return save_table(path, document, document["rows"])

    def plot(self, path: str | os.PathLike[str] | None = None) -> Any:
        """The proportions of all rows beside their bands.

        Args:
            path: where to save the figure (.png, .svg, .pdf); its suffix is the format.

        Returns:
            The matplotlib Figure.
        """
        tests = list(dict.fromkeys(row.test for row in self.rows))
        figure = new_figure(figsize=(7, 1.4 + 0.28 * len(tests)))
        axes = figure.add_subplot()
        for row in self.rows:
            height, color = len(tests) - tests.index(row.test), "C0" if row.within else "C3"
            axes.plot([row.low, row.high], [height, height], color="0.8", lw=6, zorder=0)
            axes.plot(row.proportion, height, "o", ms=4, alpha=0.6, color=color)
        axes.set_yticks(range(len(tests), 0, -1), [test.replace("_", " ") for test in tests])
        axes.set_xlabel("share of sequences that pass, and what is accepted")
        title = f"{self.name or 'sequences'}, {self.sequences} of {self.n} bits"
        axes.set_title(title, parse_math=False)
        return save_figure(figure, path)


def proportions(
    bits: BitsLike | bytes | bytearray | memoryview,
    sequences: int,
    *,
    alpha: float = 0.01,
    tests: Iterable[str] | None = None,
    constants: str = "exact",
    workers: int | None = None,
    name: str = "",
    progress: bool = True,
) -> Proportions:
    """Split bits into sequences of equal length, and judge the p-values of SP 800-22 over them.

    Args:
        bits: as `battery`; those behind the last whole sequence are left out.
        sequences: how many, at least 2; the document asks for 1 / alpha and more, 55 for P_T.
        alpha: the level that each p-value is compared with, not corrected for their number.
        tests: of SP 800-22, by default all that their length admits; p-values that are bounds
            (`sum_test`, `betting`) are not uniform.
        constants: as `battery`.
        workers: threads, None for all processors; results do not depend on it.
        name: what the bits are called in the result.
        progress: whether to show progress on a terminal.

    Returns:
        A row for each p-value: how many sequences pass, with the band 1 - alpha +- 3 sqrt(alpha (1
        - alpha) / sequences) (section 4.2.1), and the p-value of uniformity (4.2.2).

    Raises:
        TypeError, ValueError: as `battery`; or no test applies to sequences of that length.
    """
    data = sequence("bits", bits)
    count = integer("sequences", sequences, 2, data.size)
    alpha = level(alpha)
    one_of("constants", constants, CONSTANTS)
    size = data.size // count
    wanted = list(LEAST) if tests is None else chosen_tests(tests)
    for test in wanted:
        if test not in LEAST:
            raise ValueError(
                f"tests: got {test!r}, whose p-value is a bound and not uniform; accepted are "
                f"those of SP 800-22: {', '.join(LEAST)}"
            )
    wanted = [test for test in wanted if size >= LEAST[test]]
    if not wanted:
        raise ValueError(f"sequences: got {count}, of {size} bits each, too few for any test")
    threads = (os.cpu_count() or 1) if workers is None else integer("workers", workers, 1)
    rows = data[: count * size].reshape(count, size)
    with (
        progress_bar("testing", count, show=progress) as advance,
        ThreadPoolExecutor(threads) as pool,
    ):

        def tested(row: np.ndarray) -> list[Outcome]:
            outcomes = [run_test(test, row, constants) for test in wanted]
            advance()
            return outcomes

        found = list(pool.map(tested, rows))
    judged = [
        judgement
        for outcomes in zip(*found, strict=True)
        for judgement in _judged([o for o in outcomes if not o.reason], alpha)
    ]
    provenance = {
        "constants": constants,
        "versions": versions("numpy", "scipy", "numba"),
        "commit": commit(),
    }
    return Proportions(tuple(judged), size, count, alpha, name, provenance)


def _judged(outcomes: Sequence[Outcome], alpha: float) -> list[Proportion]:
    """A row per part of one test, over the sequences to which it applies."""
    if not outcomes:
        return []
    test = outcomes[0].test
    labels = [part.label for part in outcomes[0].parts] or [""]
    table = np.array([[part.p for part in o.parts] or [o.p] for o in outcomes])
    reach = 3 * math.sqrt(alpha * (1 - alpha) / len(outcomes))
    low, high = max(0.0, 1 - alpha - reach), min(1.0, 1 - alpha + reach)
    return [
        Proportion(
            test, label, column.size, int((column >= alpha).sum()), low, high, _uniformity(column)
        )
        for label, column in zip(labels, table.T, strict=True)
    ]


def _uniformity(p_values: np.ndarray) -> float:
    if p_values.size < _FEWEST:
        return math.nan
    bins = np.minimum((p_values * _BINS).astype(np.int64), _BINS - 1)
    observed = np.bincount(bins, minlength=_BINS)
    return chi_square_tail(chi_square(observed, np.full(_BINS, p_values.size / _BINS)), _BINS - 1)


def _width(row: Proportion) -> float:
    return row.high - row.low


def _row(row: Proportion) -> dict[str, Any]:
    uniformity = row.uniformity if row.uniformity == row.uniformity else None
    return asdict(row) | {"proportion": row.proportion, "uniformity": uniformity}
