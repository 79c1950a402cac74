"""How entropies of growing blocks converge, in space and in time.

The entropy of a cell given ever more cells before it falls to the entropy rate; what it is above it
on the way adds up to the excess entropy. In one dimension that is H(L) - H(L - 1) of blocks of L
cells; in more, "before" is C order and the nearest cells come first.

References:
    J. P. Crutchfield and D. P. Feldman, Regularities unseen, randomness observed: levels of entropy
        convergence, Chaos 13 (2003), 25-54.
    D. P. Feldman and J. P. Crutchfield, Structural information in two-dimensional patterns: entropy
        convergence and excess entropy, Phys. Rev. E 67 (2003), 051104, section IV (E_C).
"""

from __future__ import annotations

import itertools
import math
import os
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from complexity.entropy.blocks import block_entropy
from complexity.errors import integer
from complexity.figures import new_figure, save_figure
from simulations.automata.measures.neighbourhoods import Offsets, checked_history, patterns

__all__ = ["EntropyConvergence", "spatial_entropy", "temporal_entropy"]

_LARGEST = 1 << 62


@dataclass(frozen=True)
class EntropyConvergence:
    """Entropies of a cell given the cells before it: an estimate from counted patterns.

    Attributes:
        conditional: in bits per cell, given none, one, ..., of the cells before it.
        joint: H(1), H(2), ...: of the cell and those before it together, in bits.
        samples: patterns counted for each; those of neighbouring cells overlap.
        direction: "space" or "time".
        correction: of the joint entropies, as in `complexity.block_entropy`.
        warning: why not to trust it, "" where nothing is known against it.
    """

    conditional: tuple[float, ...]
    joint: tuple[float, ...]
    samples: int
    direction: str
    correction: str
    warning: str

    @property
    def rate(self) -> float:
        """The last conditional entropy, in bits per cell: the entropy rate, from above."""
        return self.conditional[-1]

    @property
    def excess(self) -> float:
        """What the others exceed it by, in bits: the excess entropy, from below."""
        return sum(each - self.rate for each in self.conditional)

    def to_dict(self) -> dict[str, Any]:
        """All fields, rate and excess as JSON values."""
        return asdict(self) | {
            "conditional": list(self.conditional),
            "joint": list(self.joint),
            "rate": self.rate,
            "excess": self.excess,
        }

    def plot(self, path: str | os.PathLike[str] | None = None) -> Any:
        """The conditional entropies by the number of cells given.

        Args:
            path: where to save the figure (.png, .svg, .pdf); its suffix is the format.

        Returns:
            The matplotlib Figure.
        """
        figure = new_figure(figsize=(6, 3.6))
        axes = figure.add_subplot()
        axes.plot(range(len(self.conditional)), self.conditional, "o-")
        axes.fill_between(range(len(self.conditional)), self.rate, self.conditional, alpha=0.2)
        axes.set_xlabel("cells given")
        axes.set_ylabel("entropy (bits per cell)")
        axes.set_ylim(bottom=0)
        return save_figure(figure, path)


def spatial_entropy(
    history: npt.ArrayLike,
    longest: int | None = None,
    *,
    correction: str = "none",
    periodic: bool = True,
) -> EntropyConvergence:
    """Entropies of cells given the cells before them in the same state, over all times together.

    Args:
        history: integers from 0, (time, *space).
        longest: cells of the largest pattern, at least 1; by default as many as leave the square
            root of the samples for each pattern that could be.
        correction: of the bias, as in `complexity.block_entropy`.
        periodic: whether opposite edges of space meet.

    Raises:
        TypeError, ValueError: not a history, or one too small.

    Example:
        >>> found = spatial_entropy([[0, 0, 1, 1] * 4], 4)
        >>> [round(h, 6) for h in found.conditional], round(found.excess, 6)
        ([1.0, 1.0, 0.0, 0.0], 2.0)
    """
    cells = checked_history(history)
    before = _before(cells.ndim - 1, _length(cells, longest) - 1)
    return _convergence(cells, before, "space", correction, periodic)


def temporal_entropy(
    history: npt.ArrayLike, longest: int | None = None, *, correction: str = "none"
) -> EntropyConvergence:
    """Entropies of cells given what the same cell was before, over all cells together.

    Args:
        history: integers from 0, (time, *space).
        longest, correction: as for `spatial_entropy`; the longest at most the number of times.

    Raises:
        TypeError, ValueError: not a history, or one too short.
    """
    cells = checked_history(history)
    count = min(_length(cells, longest), len(cells) if longest is None else cells.size)
    before = [(-back, *(0,) * (cells.ndim - 1)) for back in range(1, count)]
    return _convergence(cells, before, "time", correction, periodic=True)


def _length(cells: np.ndarray, longest: int | None) -> int:
    if longest is not None:
        return integer("longest", longest, 1)
    return max(1, int(math.log(cells.size) / (2 * math.log(max(2, int(cells.max()) + 1))) + 1e-9))


def _before(dimensions: int, count: int) -> Offsets:
    """The `count` nearest of the cells before one in C order; of those as near, the last first."""
    far = count if dimensions == 1 else math.isqrt(count) + 2
    places = [
        place
        for place in itertools.product(range(-far, far + 1), repeat=dimensions)
        if place < (0,) * dimensions
    ]
    places.sort(key=lambda place: (sum(x * x for x in place), tuple(-x for x in place)))
    return [(0, *place) for place in places[:count]]


def _convergence(
    cells: np.ndarray, before: Offsets, direction: str, correction: str, periodic: bool
) -> EntropyConvergence:
    """H(cell | first m of those before) = H(cell, first m) - H(first m), for every m."""
    alphabet, last = max(2, int(cells.max()) + 1), len(before)
    possible = alphabet ** (last + 1)
    if possible > _LARGEST:
        raise ValueError(
            f"longest: got {last + 1}, accepted are at most {int(62 / math.log2(alphabet))} cells "
            f"of {alphabet} states"
        )
    here, all_before = patterns(cells, [(0,) * cells.ndim], before, periodic=periodic)
    joint, conditional = [], []
    for m in range(last + 1):
        known = all_before // alphabet ** (last - m)
        joint.append(_bits(known * alphabet + here, correction))
        conditional.append(joint[-1] - (_bits(known, correction) if m else 0.0))
    warning = "" if possible <= here.size else f"{possible} patterns possible, {here.size} counted"
    return EntropyConvergence(
        tuple(conditional), tuple(joint), here.size, direction, correction, warning
    )


def _bits(codes: np.ndarray, correction: str) -> float:
    return block_entropy(codes.ravel(), 1, correction=correction).value
