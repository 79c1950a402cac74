"""How often criteria find a truth that is known: what the simulations of `mdl` tell.

`markov.order_consistency`, `regression.degree_frequencies`, `histogram.bins_found` and
`clustering.recovery` draw data sets of growing size, let MDL and other criteria choose, and give
this record of it.

References:
    E. B. Wilson, Probable inference, the law of succession, and statistical inference, JASA
        22(158), 1927: the intervals.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from complexity.errors import integer, one_of
from complexity.figures import new_figure, save_figure
from complexity.files import save_json

__all__ = ["Consistency", "wilson_intervals"]

_Z = 1.959963984540054  # the 97.5 % point of the normal distribution

_OTHERS = {"bic": ("C1", "s"), "aic": ("C2", "^"), "cv": ("C3", "D"), "icl": ("C5", "v")}
_CODES = (("C0", "o", "-"), ("C4", "X", "--"), ("C6", "P", "-."), ("C8", "*", ":"))


def wilson_intervals(shares: ArrayLike, n: int) -> NDArray[np.float64]:
    """95 % intervals of chances of which shares were seen in n trials, (..., 2) for shares (...).

    Raises:
        TypeError: shares are no numbers, or n is no integer.
        ValueError: a share is not between 0 and 1, or n is below 1.

    Example:
        >>> wilson_intervals([0.5, 1.0], 20).round(3).tolist()
        [[0.299, 0.701], [0.839, 1.0]]
    """
    given = np.asarray(shares)
    if given.dtype.kind not in "biuf":
        raise TypeError(f"shares: got items of type {given.dtype}, accepted are numbers")
    if not ((given >= 0) & (given <= 1)).all():
        raise ValueError(f"shares: got {given}, accepted are numbers from 0 to 1")
    p, weight = given.astype(np.float64), _Z**2 / integer("n", n, 1)
    middle = p + weight / 2
    half = np.sqrt(p * (1 - p) * weight + weight**2 / 4)
    ends = np.stack([middle - half, middle + half], axis=-1) / (1 + weight)
    return np.clip(ends, 0.0, 1.0)


def stream(seed: int, n: int, replica: int) -> np.random.Generator:
    """The random numbers of one data set, whatever other sizes and replicas there are."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(n, replica)))


@dataclass(frozen=True)
class Consistency:
    """What criteria chose for simulated data.

    Attributes:
        subject: what was chosen, such as "order" or "degree": a number.
        truth: the true one.
        sizes: (s,) numbers of observations.
        replicas: data sets of each size; all criteria see the same.
        chosen: criterion -> (s, replicas) int64, what it chose.
        found: criterion -> (s, replicas) bool, whether that is the truth.
        provenance: the parameters, the seed, versions, commit.
    """

    subject: str
    truth: int
    sizes: tuple[int, ...]
    replicas: int
    chosen: Mapping[str, NDArray[np.int64]]
    found: Mapping[str, NDArray[np.bool_]]
    provenance: Mapping[str, Any] = field(default_factory=dict, compare=False)

    def share(self, criterion: str) -> NDArray[np.float64]:
        """(s,) of the data sets for which a criterion found the truth.

        Raises:
            ValueError: it did not choose.
        """
        return self.found[one_of("criterion", criterion, self.found)].mean(1)

    def interval(self, criterion: str) -> NDArray[np.float64]:
        """(s, 2) 95 % intervals of the chance that it finds the truth (Wilson 1927).

        Raises:
            ValueError: it did not choose.
        """
        return wilson_intervals(self.share(criterion), self.replicas)

    def too_low(self, criterion: str) -> NDArray[np.float64]:
        """(s,) of the data sets for which it chose less than the truth.

        Raises:
            ValueError: it did not choose.
        """
        return (self.chosen[one_of("criterion", criterion, self.chosen)] < self.truth).mean(1)

    def too_high(self, criterion: str) -> NDArray[np.float64]:
        """(s,) of the data sets for which it chose more than the truth.

        Raises:
            ValueError: it did not choose.
        """
        return (self.chosen[one_of("criterion", criterion, self.chosen)] > self.truth).mean(1)

    def alone(self, first: str, second: str) -> NDArray[np.int64]:
        """(s, 2) data sets for which only the first criterion found the truth, and only the second.

        Raises:
            ValueError: one of them did not choose.
        """
        a, b = (self.found[one_of("criterion", name, self.found)] for name in (first, second))
        return np.stack([(a & ~b).sum(1), (b & ~a).sum(1)], axis=1)

    def __repr__(self) -> str:
        last = ", ".join(f"{name} {self.share(name)[-1]:.2f}" for name in self.found)
        return (
            f"Consistency: {self.subject} {self.truth} found at n={self.sizes[-1]} in {last} of "
            f"{self.replicas} data sets"
        )

    def to_dict(self) -> dict[str, Any]:
        """Shares, intervals and the share of too low and too high choices, as JSON values."""
        return {
            "subject": self.subject,
            "truth": self.truth,
            "sizes": list(self.sizes),
            "replicas": self.replicas,
            "criteria": {
                name: {
                    "share": self.share(name).tolist(),
                    "interval": self.interval(name).tolist(),
                    "too_low": self.too_low(name).tolist(),
                    "too_high": self.too_high(name).tolist(),
                }
                for name in self.found
            },
            "provenance": dict(self.provenance),
        }

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write it as .json, whole or not at all.

        Raises:
            ValueError: the path ends otherwise.
            OSError: the folder is missing or cannot be written.
        """
        return save_json(path, self.to_dict())

    def draw(self, axes: Any, labels: Mapping[str, str] | None = None) -> None:
        """Shares against n with their intervals, on axes of matplotlib; codes are blue or violet.

        Args:
            axes: where.
            labels: criterion -> what to call it; those that are missing are not drawn. None draws
                all.
        """
        names = {name: name for name in self.found} if labels is None else labels
        codes = iter(_CODES)
        for name, label in names.items():
            colour, marker, line = (*_OTHERS[name], ":") if name in _OTHERS else next(codes)
            low, high = self.interval(name).T
            axes.fill_between(self.sizes, low, high, alpha=0.13, color=colour, linewidth=0)
            axes.plot(
                self.sizes,
                self.share(name),
                line,
                color=colour,
                marker=marker,
                markersize=4.5,
                linewidth=1.6,
                label=label,
            )
        axes.set_xscale("log")
        axes.set_xticks(self.sizes, [f"{size:,}" for size in self.sizes])
        axes.minorticks_off()
        axes.set_ylim(-0.02, 1.02)
        axes.set_xlabel("n")

    def plot(self, path: str | os.PathLike[str] | None = None) -> Any:
        """Share of the data sets for which each criterion found the truth, against n.

        Args:
            path: where to save the figure (.png, .svg, .pdf); its suffix is the format.

        Returns:
            The matplotlib Figure.
        """
        figure = new_figure(figsize=(6.4, 4))
        axes = figure.add_subplot()
        self.draw(axes)
        axes.set_ylabel(f"share of data sets with {self.subject} {self.truth} found")
        axes.set_title(f"{self.replicas} data sets per size, 95 % intervals")
        axes.legend()
        return save_figure(figure, path)


def checked_sizes(argument: str, sizes: Iterable[int], least: int) -> tuple[int, ...]:
    """Sizes of data sets, each an integer of at least `least`.

    Raises:
        TypeError, ValueError: one is not, or there is none.
    """
    found = tuple(integer(argument, n, least) for n in sizes)
    if not found:
        raise ValueError(f"{argument}: got none, accepted is at least one")
    return found


def from_choices(
    subject: str,
    truth: int,
    sizes: Sequence[int],
    chosen: Mapping[str, NDArray[np.int64]],
    provenance: Mapping[str, Any],
) -> Consistency:
    """The record of choices that are right if they are the truth."""
    replicas = next(iter(chosen.values())).shape[1]
    found = {name: numbers == truth for name, numbers in chosen.items()}
    return Consistency(subject, truth, tuple(sizes), replicas, chosen, found, provenance)
