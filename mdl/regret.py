"""Regret of universal codes against n: the worst sequence, and the mean under Jeffreys' mixture.

The regret of a sequence is its codelength less -log2 of its maximised likelihood, the bits of the
best code of the class in hindsight. Codes of independent letters depend on counts alone, so that
the worst and the mean are exact, over all partitions of n into counts; sequential NML depends on
the order, and its worst path to every count is found by dynamic programming (two letters only).
The mean is over sequences drawn by Jeffreys' mixture, a chance from Jeffreys' prior first: of all
codes the KT mixture has the least, and NML has the same regret for every sequence. Beside them is
Rissanen's asymptotic form, (K-1)/2 log2(n / 2 pi) + log2 of the integral of sqrt det I.

References:
    P. Grünwald, A tutorial introduction to the minimum description length principle, 2005
        (arXiv math/0406077), sections 2.5-2.6.
    J. Rissanen, Fisher information and stochastic complexity, IEEE Trans. Inf. Theory 42(1), 1996.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from complexity.errors import integer, one_of
from complexity.figures import new_figure, save_figure
from complexity.files import save_json
from complexity.provenance import commit, versions
from mdl.discrete import codelengths
from mdl.nml.asymptotics import fisher_complexity
from mdl.nml.multinomial import MAX_N

__all__ = ["REGRET_CODES", "RegretCurves", "regret_curves"]

REGRET_CODES = ("nml", "kt", "laplace", "two-part", "two-part-grid", "plug-in", "snml")
"""What `regret_curves` knows. "two-part" (counts, index) has the total of "laplace"; "plug-in" is
the maximum likelihood of the letters before with 1/10 added to every count."""

MAX_PARTITIONS = 10**7

_PLUG_IN = 0.1
_TOTALS: Mapping[str, Callable[[NDArray[np.int64]], NDArray[np.float64]]] = {
    "nml": codelengths.nml_bits,
    "kt": codelengths.dirichlet_bits,
    "laplace": lambda counts: codelengths.dirichlet_bits(counts, 1.0),
    "two-part": lambda counts: np.add(*codelengths.type_bits(counts)),
    "two-part-grid": lambda counts: np.add(*codelengths.grid_bits(counts)),
    "plug-in": lambda counts: codelengths.dirichlet_bits(counts, _PLUG_IN),
}


@dataclass(frozen=True)
class RegretCurves:
    """Regret in bits against n.

    Attributes:
        alphabet_size: K.
        n: numbers of letters, (N,) int64.
        worst: code -> the greatest regret of a sequence, (N,) float64.
        average: code -> the mean regret under Jeffreys' mixture, (N,) float64.
        asymptotic: Rissanen's form, (N,) float64.
        provenance: versions, commit.
    """

    alphabet_size: int
    n: NDArray[np.int64]
    worst: Mapping[str, NDArray[np.float64]]
    average: Mapping[str, NDArray[np.float64]]
    asymptotic: NDArray[np.float64]
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        lines = [f"regret in bits at n = {self.n[-1]}, K = {self.alphabet_size}: worst, average"]
        for code, values in self.worst.items():
            lines.append(f"{code:<14}{values[-1]:9.4f}{self.average[code][-1]:9.4f}")
        return "\n".join([*lines, f"{'asymptotic':<14}{self.asymptotic[-1]:9.4f}"])

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON values."""
        return {
            "alphabet_size": self.alphabet_size,
            "n": self.n.tolist(),
            "worst": {code: values.tolist() for code, values in self.worst.items()},
            "average": {code: values.tolist() for code, values in self.average.items()},
            "asymptotic": self.asymptotic.tolist(),
            "provenance": dict(self.provenance),
        }

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write all of it as .json, whole or not at all.

        Raises:
            ValueError: the path does not end in .json.
            OSError: the folder is missing or cannot be written.
        """
        return save_json(path, self.to_dict())

    def plot(self, path: str | os.PathLike[str] | None = None) -> Any:
        """Worst and average regret against n, beside the asymptotic form.

        Args:
            path: where to save the figure (.png, .svg, .pdf); its suffix is the format.

        Returns:
            The matplotlib Figure.
        """
        figure = new_figure(figsize=(10, 4.2))
        panels = figure.subplots(1, 2)
        titles = ("worst sequence", "mean under Jeffreys' mixture")
        for axes, title, curves in zip(panels, titles, (self.worst, self.average), strict=True):
            for number, (code, values) in enumerate(curves.items()):
                dashes = (number % 3 * 1.5, (5, number % 3 * 1.5)) if number % 3 else "-"
                axes.plot(self.n, values, label=code, linestyle=dashes)
            axes.plot(self.n, self.asymptotic, "k:", label="asymptotic")
            axes.set_xscale("log")
            axes.set_title(title)
            axes.set_xlabel("n")
            axes.set_ylabel("regret (bits)")
        largest = float(np.max([self.worst["nml"]] if "nml" in self.worst else [self.asymptotic]))
        panels[0].set_ylim(0, 3 * largest)
        panels[1].legend()
        return save_figure(figure, path)


def regret_curves(
    n: Iterable[int],
    *,
    alphabet_size: int = 2,
    codes: Sequence[str] = ("nml", "kt", "laplace", "two-part-grid", "plug-in"),
) -> RegretCurves:
    """Worst-case and average regret of codes for independent letters, exactly.

    Args:
        n: numbers of letters, each at least 1.
        alphabet_size: K, at least 2; the partitions of n into at most K counts are all looked at.
        codes: of `REGRET_CODES`; "snml" for K = 2 only.

    Returns:
        The curves, in bits.

    Raises:
        TypeError: a number is no integer, or `n` or `codes` is no sequence.
        ValueError: one is out of range, a code is unknown, or there are more than 10^7 partitions.

    Example:
        >>> curves = regret_curves([10], codes=["nml", "kt", "laplace"])
        >>> [round(float(curves.worst[code][0]), 6) for code in curves.worst]
        [2.220397, 2.504738, 3.459432]
    """
    if not isinstance(n, Iterable):
        raise TypeError(f"n: got {n!r}, accepted is a sequence of integers")
    if not isinstance(codes, Sequence) or isinstance(codes, str):
        raise TypeError(f"codes: got {codes!r}, accepted is a sequence of names")
    sizes = [integer("n", size, 1, MAX_N) for size in n]
    if not sizes:
        raise ValueError("n: got none, accepted is at least one")
    k = integer("alphabet_size", alphabet_size, 2)
    chosen = [one_of("codes", code, REGRET_CODES) for code in codes]
    if not chosen:
        raise ValueError("codes: got none, accepted is at least one")
    if "snml" in chosen and k != 2:
        raise ValueError(f"codes: 'snml' takes alphabet_size=2, got {k}")
    worst: dict[str, list[float]] = {code: [] for code in chosen}
    average: dict[str, list[float]] = {code: [] for code in chosen}
    for size in sizes:
        counts = _partitions(size, k)
        best = codelengths.maximum_likelihood_bits(counts)
        chances = np.exp2(_arrangements(counts) - codelengths.dirichlet_bits(counts))
        for code in chosen:
            most, mean = _ordered(counts) if code == "snml" else (_TOTALS[code](counts),) * 2
            worst[code].append(float((most - best).max()))
            average[code].append(float(chances @ (mean - best)))
    return RegretCurves(
        k,
        np.array(sizes, np.int64),
        {code: np.array(values) for code, values in worst.items()},
        {code: np.array(values) for code, values in average.items()},
        np.array([fisher_complexity(k, size) for size in sizes]),
        {"versions": versions("numpy", "scipy"), "commit": commit()},
    )


def _partitions(n: int, parts: int) -> NDArray[np.int64]:
    """Counts in falling order, (rows, parts), one row per partition of n."""
    rows = np.array([[n]], np.int64)  # what is left last, what was taken before it
    for later in range(parts - 1, 0, -1):
        left = rows[:, -1]
        before = rows[:, -2] if rows.shape[1] > 1 else left
        least, most = -(-left // (later + 1)), np.minimum(left, before)
        ways = most - least + 1
        if int(ways.sum()) > MAX_PARTITIONS:
            raise ValueError(f"n: {n} has more than {MAX_PARTITIONS} partitions into {parts}")
        which = np.repeat(np.arange(len(rows)), ways)
        taken = np.arange(which.size) - np.repeat(np.cumsum(ways) - ways, ways) + least[which]
        rows = np.column_stack([rows[which, :-1], taken, left[which] - taken])
    return rows


def _arrangements(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """log2 of the number of sequences whose counts are these in any order, (rows,)."""
    from scipy.special import gammaln

    rows, parts = counts.shape
    nats = gammaln(counts.sum(1) + 1) - gammaln(counts + 1).sum(1) + math.lgamma(parts + 1)
    run = np.ones(rows)  # place in a run of equal counts: a run of m costs m!
    for column in range(1, parts):
        run = np.where(counts[:, column] == counts[:, column - 1], run + 1, 1)
        nats -= np.log(run)
    return nats / math.log(2)


def _ordered(counts: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Bits of sequential NML of two letters: the worst and the mean order, per row of counts."""
    n = int(counts[0].sum())
    c = np.arange(n + 1, dtype=np.float64)
    weights = np.where(c == 0, 1.0, (c + 1) * np.exp(c * np.log1p(1 / np.maximum(c, 1))))
    most, mean = np.zeros(1), np.zeros(1)  # by the number of ones
    for t in range(n):
        ones = weights[: t + 1]
        zeros = ones[::-1]
        total = np.log2(ones + zeros)
        one, zero = total - np.log2(ones), total - np.log2(zeros)
        k = np.arange(t + 2)
        pad = np.full(1, -np.inf)
        most = np.maximum(np.concatenate([most + zero, pad]), np.concatenate([pad, most + one]))
        null = np.zeros(1)  # the last letter of a random order is a one with the chance k / (t + 1)
        mean = (
            np.concatenate([mean + zero, null]) * (t + 1 - k)
            + np.concatenate([null, mean + one]) * k
        ) / (t + 1)
    return most[counts[:, 1]], mean[counts[:, 1]]
