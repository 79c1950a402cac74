"""Which candidate describes data in the fewest bits, beside BIC, AIC and cross-validation."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from complexity.code import Kind
from complexity.errors import integer, one_of
from complexity.figures import new_figure, save_figure
from complexity.files import save_table
from complexity.progress import progress as progress_bar
from complexity.provenance import commit, versions
from mdl.description import Candidate, Description, Predictive

__all__ = ["CRITERIA", "Selection", "SelectionRow", "select"]

CRITERIA = {"mdl": "total_bits", "bic": "bic_bits", "aic": "aic_bits", "cv": "cv_bits"}
"""Criterion -> the column of which it takes the least."""


@dataclass(frozen=True)
class SelectionRow:
    """One candidate.

    Attributes:
        description: its codelength, split.
        weight: 2^-total over the sum of all codes' (posterior under a uniform prior); 0 for an
            estimate beside codes.
        cv_bits: -log2 likelihood of held-out observations, summed over the folds; NaN without.
    """

    description: Description
    weight: float
    cv_bits: float = math.nan

    @property
    def name(self) -> str:
        """The candidate's."""
        return self.description.name

    @property
    def total_bits(self) -> float:
        """Bits in all."""
        return self.description.total_bits

    @property
    def bic_bits(self) -> float:
        """As `Description.bic_bits`."""
        return self.description.bic_bits

    @property
    def aic_bits(self) -> float:
        """As `Description.aic_bits`."""
        return self.description.aic_bits

    def to_dict(self) -> dict[str, Any]:
        """The description's dictionary with the weight and the bits of cross-validation."""
        cv = None if math.isnan(self.cv_bits) else self.cv_bits
        return self.description.to_dict() | {"weight": self.weight, "cv_bits": cv}


@dataclass(frozen=True)
class Selection:
    """A table of candidates, shortest description first.

    Estimates, whose 2^-total may sum to more than 1, do not compete with codes: they are listed.

    Attributes:
        rows: one per candidate, sorted by total bits.
        provenance: folds, seed, versions, commit.
    """

    rows: tuple[SelectionRow, ...]
    provenance: Mapping[str, Any] = field(default_factory=dict)

    @property
    def best(self) -> SelectionRow:
        """The shortest description; of estimates alone, the least."""
        return self._competing[0]

    @property
    def bits(self) -> float:
        """The shortest total, plus log2 of the number of candidates: a codelength of the data, but
        of estimates alone."""
        return self.best.total_bits + math.log2(len(self._competing))

    @property
    def _competing(self) -> Sequence[SelectionRow]:
        return [row for row in self.rows if row.description.kind != Kind.ESTIMATE] or self.rows

    def winner(self, criterion: str = "mdl") -> str:
        """The name of the candidate that a criterion takes: "mdl", "bic", "aic" or "cv".

        Raises:
            ValueError: the criterion is unknown, or nothing was cross-validated.
        """
        column = CRITERIA[one_of("criterion", criterion, CRITERIA)]
        among = self._competing if column == "total_bits" else self.rows
        rows = [row for row in among if not math.isnan(getattr(row, column))]
        if not rows:
            raise ValueError("criterion: got 'cv', but nothing was cross-validated; use folds=10")
        return min(rows, key=lambda row: getattr(row, column)).name

    def __repr__(self) -> str:
        titles = ("candidate", "version", "model", "data", "total", "weight", "BIC", "AIC", "CV")
        cells = [
            (
                row.name,
                row.description.version,
                f"{row.description.model_bits:.1f}",
                f"{row.description.data_bits:.1f}",
                f"{row.total_bits:.1f}",
                f"{row.weight:.3f}",
                f"{row.bic_bits:.1f}",
                f"{row.aic_bits:.1f}",
                "" if math.isnan(row.cv_bits) else f"{row.cv_bits:.1f}",
            )
            for row in self.rows
        ]
        widths = [max(map(len, column)) for column in zip(titles, *cells, strict=True)]
        return "\n".join(
            "  ".join(
                cell.ljust(width) if index < 2 else cell.rjust(width)
                for index, (cell, width) in enumerate(zip(line, widths, strict=True))
            ).rstrip()
            for line in (titles, *cells)
        )

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON values."""
        return {
            "best": self.best.name,
            "bits": self.bits,
            "rows": [row.to_dict() for row in self.rows],
            "provenance": dict(self.provenance),
        }

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the table as .json (everything) or .csv (the rows), whole or not at all.

        Raises:
            ValueError: the path ends in neither.
            OSError: the folder is missing or cannot be written.
        """
        rows = [{k: v for k, v in row.to_dict().items() if k != "fit"} for row in self.rows]
        return save_table(path, self.to_dict(), rows)

    def plot(self, path: str | os.PathLike[str] | None = None) -> Any:
        """Bars of data and model bits, the shortest total at the top.

        Args:
            path: where to save the figure (.png, .svg, .pdf); its suffix is the format.

        Returns:
            The matplotlib Figure.
        """
        figure = new_figure(figsize=(7, 1.2 + 0.35 * len(self.rows)))
        axes = figure.add_subplot()
        height = np.arange(len(self.rows))[::-1]
        data = np.array([row.description.data_bits for row in self.rows])
        model = np.array([row.description.model_bits for row in self.rows])
        base = float(data.min()) - 0.05 * float(np.ptp(data + model) or 1)
        axes.barh(height, data - base, label="data")
        axes.barh(height, model, left=data - base, label="model", color="tab:orange")
        named = [f"{row.name} ({row.description.version})" for row in self.rows]
        axes.set_yticks(height, named, parse_math=False)
        axes.set_xlabel(f"bits above {base:.0f}")
        axes.legend()
        return save_figure(figure, path)


def select(
    candidates: Iterable[Candidate],
    data: Any,
    *,
    folds: int = 0,
    seed: int = 0,
    progress: bool = True,
) -> Selection:
    """Describe data by every candidate, shortest first.

    Args:
        candidates: model classes with their codes; their names differ.
        data: what all of them describe: an array whose first axis counts observations, a str,
            bytes, or a tuple of arrays with the same number of rows (as inputs and outputs).
        folds: of cross-validation, 0 for none, else at least 2. Observations are shuffled into
            folds if they are exchangeable under all candidates; else every block of the sequence
            but the first is predicted from all before it. A candidate that cannot predict has NaN.
        seed: of the folds.
        progress: whether to show progress on a terminal.

    Returns:
        The table. Candidates may be versions of one class.

    Raises:
        TypeError: a candidate is not one.
        ValueError: there is none, names repeat, or the data are not in a candidate's domain.
    """
    chosen = list(candidates)
    integer("folds", folds, 0)
    integer("seed", seed, 0)
    if folds == 1:
        raise ValueError("folds: got 1, accepted is 0 or at least 2")
    _check(chosen)
    splits = _splits(chosen, data, folds, seed)
    described, held_out = [], []
    with progress_bar("describing", len(chosen), show=progress) as advance:
        for candidate in chosen:
            described.append(candidate.describe(data))
            held_out.append(_held_out(candidate, data, splits))
            advance()
    totals = np.array([each.total_bits for each in described])
    codes = np.array([each.kind != Kind.ESTIMATE for each in described])
    totals[~codes & codes.any()] = math.inf
    if not np.isfinite(totals.min()):
        raise ValueError("data: got what no candidate has a codeword for")
    weights = np.exp2(totals.min() - totals)
    weights /= weights.sum()
    rows = [
        SelectionRow(each, float(weight), cv)
        for each, weight, cv in zip(described, weights, held_out, strict=True)
    ]
    rows.sort(key=lambda row: row.total_bits)
    made = versions("numpy", "scipy")
    return Selection(
        tuple(rows), {"folds": folds, "seed": seed, "versions": made, "commit": commit()}
    )


def _check(chosen: Sequence[Any]) -> None:
    if not chosen:
        raise ValueError("candidates: got none, accepted is at least one")
    for candidate in chosen:
        if isinstance(candidate, type) or not isinstance(candidate, Candidate):
            raise TypeError(
                f"candidates: got {candidate!r}, accepted are objects with a name and describe()"
            )
    names = [candidate.name for candidate in chosen]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"candidates: got {twice!r} twice, accepted are different names")


def _splits(
    chosen: Sequence[Any], data: Any, folds: int, seed: int
) -> list[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Rows to train on and to test on, the same for all candidates."""
    predictive = [candidate for candidate in chosen if isinstance(candidate, Predictive)]
    if not folds or not predictive:
        return []
    n = len(data[0]) if isinstance(data, tuple) else len(data)
    if n < 2 * folds:
        raise ValueError(f"folds: got {folds}, accepted are at most {n // 2} for {n} observations")
    if all(candidate.exchangeable for candidate in predictive):
        order = np.random.default_rng(seed).permutation(n)
        parts = np.array_split(order, folds)
        return [(np.setdiff1d(order, part), np.sort(part)) for part in parts]
    parts = np.array_split(np.arange(n), folds + 1)
    return [(np.arange(part[0]), part) for part in parts[1:]]


def _held_out(candidate: Candidate, data: Any, splits: Sequence[Any]) -> float:
    if not splits or not isinstance(candidate, Predictive):
        return math.nan
    return sum(
        float(candidate.heldout_bits(_taken(data, train), _taken(data, test)))
        for train, test in splits
    )


def _taken(data: Any, rows: np.ndarray) -> Any:
    if isinstance(data, tuple):
        return tuple(_taken(part, rows) for part in data)
    if isinstance(data, str):
        return "".join(data[row] for row in rows)
    if isinstance(data, bytes | bytearray | memoryview):
        return np.frombuffer(data, np.uint8)[rows].tobytes()
    return np.asarray(data)[rows]
