"""Mutual information of patterns: of the past and the future of a cell, of cells far apart.

References:
    S. Aaronson, S. M. Carroll and L. Ouellette, Quantifying the rise and fall of complexity in
        closed systems: the coffee automaton, arXiv:1405.6903 (2014), section 2.4: light-cone
        complexity.
    C. R. Shalizi, K. L. Shalizi and R. Haslinger, Quantifying self-organization with optimal
        predictors, Phys. Rev. Lett. 93 (2004), 118701.
    G. A. Miller, Note on the bias of information estimates (1955).
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from complexity._symbols import ranks
from complexity.entropy.blocks import block_entropy
from complexity.errors import integer
from complexity.figures import new_figure, save_figure
from simulations.automata.measures.neighbourhoods import checked_history, light_cone, patterns

__all__ = [
    "DistanceInformation",
    "PatternInformation",
    "light_cone_information",
    "mutual_information_at",
]

Ranks = tuple[npt.NDArray[Any], int]

_ROUNDING = 1e-9
"""Bits, more than equal entropies can differ by when their terms are added in another order."""


@dataclass(frozen=True)
class PatternInformation:
    """Mutual information of two patterns around a cell: an estimate from counts.

    Attributes:
        bits: by entropies with the Miller-Madow correction, which may leave it below 0.
        plugin_bits: without a correction: too high where patterns are many and samples few.
        first_bits, second_bits: entropies of the two, uncorrected.
        null_mean, null_sd: of `plugin_bits` where the pairs are shuffled, so that nothing is
            shared: all that an estimate of 0 would show. NaN without shuffles.
        p_value: (1 + shuffles that show as much) / (1 + shuffles).
        shuffles: how many there were.
        samples: pairs counted; those of neighbouring cells overlap.
    """

    bits: float
    plugin_bits: float
    first_bits: float
    second_bits: float
    null_mean: float
    null_sd: float
    p_value: float
    shuffles: int
    samples: int

    def to_dict(self) -> dict[str, Any]:
        """All fields as JSON values; what is not defined is None."""
        return {name: None if x != x else x for name, x in asdict(self).items()}


@dataclass(frozen=True)
class DistanceInformation:
    """Mutual information of two cells by their distance: an estimate from counts.

    Attributes:
        distances: in cells, along the last axis.
        bits: with the Miller-Madow correction, which may leave it below 0.
        plugin_bits: without a correction.
        samples: pairs counted for each distance.
    """

    distances: tuple[int, ...]
    bits: tuple[float, ...]
    plugin_bits: tuple[float, ...]
    samples: int

    def to_dict(self) -> dict[str, Any]:
        """All fields as JSON values."""
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in asdict(self).items()
        }

    def plot(self, path: str | os.PathLike[str] | None = None) -> Any:
        """Bits by distance.

        Args:
            path: where to save the figure (.png, .svg, .pdf); its suffix is the format.

        Returns:
            The matplotlib Figure.
        """
        figure = new_figure(figsize=(6, 3.6))
        axes = figure.add_subplot()
        axes.plot(self.distances, self.bits, "o-")
        axes.axhline(0, color="0.6", lw=0.8)
        axes.set_xlabel("distance (cells)")
        axes.set_ylabel("mutual information (bits)")
        return save_figure(figure, path)


def light_cone_information(
    history: npt.ArrayLike,
    past: int = 2,
    future: int = 2,
    *,
    radius: int = 1,
    periodic: bool = True,
    shuffles: int = 0,
    seed: int = 0,
) -> PatternInformation:
    """I(past cone; future cone) of a cell, in bits: Aaronson's light-cone complexity.

    The past cone holds the present cell, the future cone does not.

    Args:
        history: integers from 0, (time, *space).
        past, future: how many steps the cones reach.
        radius: how far influence reaches in one step.
        periodic: whether opposite edges of space meet.
        shuffles: how often the pairs are shuffled for the null.
        seed: of the shuffles.

    Raises:
        TypeError, ValueError: not a history, or one too small.
    """
    cells = checked_history(history)
    cones = [
        light_cone(depth, radius, cells.ndim - 1, past=back)
        for depth, back in ((past, True), (future, False))
    ]
    first, second = patterns(cells, *cones, periodic=periodic)
    random = np.random.default_rng(integer("seed", seed, 0))
    return _information(first, second, integer("shuffles", shuffles, 0), random)


def mutual_information_at(
    history: npt.ArrayLike, distances: Sequence[int], *, periodic: bool = True
) -> DistanceInformation:
    """I(cell; cell at a distance) in the same state, in bits, over all times together.

    Args:
        history: integers from 0, (time, *space).
        distances: from 1, along the last axis of space.
        periodic: whether opposite edges of space meet; else only the cells that have a partner at
            every distance count.

    Raises:
        TypeError, ValueError: not a history, or one too small.
    """
    cells = checked_history(history)
    steps = [integer("distances", each, 1) for each in distances]
    nowhere = (0,) * (cells.ndim - 1)
    here, *there = patterns(
        cells, [(*nowhere, 0)], *([(*nowhere, step)] for step in steps), periodic=periodic
    )
    found = [_information(here, each, 0, np.random.default_rng(0)) for each in there]
    return DistanceInformation(
        tuple(steps),
        tuple(each.bits for each in found),
        tuple(each.plugin_bits for each in found),
        here.size,
    )


def _information(
    first: np.ndarray, second: np.ndarray, shuffles: int, random: np.random.Generator
) -> PatternInformation:
    a, b = ranks(first.ravel()), ranks(second.ravel())
    plain, corrected = (
        [_bits(each[0], correction) for each in (a, b)] for correction in ("none", "miller-madow")
    )
    plugin = sum(plain) - _joint_bits(a, b, "none")
    null = np.array(
        [
            sum(plain) - _joint_bits(a, (random.permutation(b[0]), b[1]), "none")
            for _ in range(shuffles)
        ]
    )
    return PatternInformation(
        bits=sum(corrected) - _joint_bits(a, b, "miller-madow"),
        plugin_bits=plugin,
        first_bits=plain[0],
        second_bits=plain[1],
        null_mean=float(null.mean()) if shuffles else float("nan"),
        null_sd=float(null.std(ddof=1)) if shuffles > 1 else float("nan"),
        p_value=(1 + int((null >= plugin - _ROUNDING).sum())) / (1 + shuffles),
        shuffles=shuffles,
        samples=first.size,
    )


def _joint_bits(a: Ranks, b: Ranks, correction: str) -> float:
    return _bits(a[0].astype(np.int64) * b[1] + b[0], correction)


def _bits(codes: np.ndarray, correction: str) -> float:
    return block_entropy(codes, 1, correction=correction).value
