"""Causal states of a history: pasts that foretell the same future are one state.

The entropy of the states' field is the statistical complexity: the bits that a cell has to remember
of its past to foretell its future as well as can be.

References:
    C. R. Shalizi, K. L. Shalizi and R. Haslinger, Quantifying self-organization with optimal
        predictors, Phys. Rev. Lett. 93 (2004), 118701.
    C. R. Shalizi, R. Haslinger, J.-B. Rouquier, K. L. Klinkner and C. Moore, Automatic filters for
        the detection of coherent structure in spatiotemporal systems, Phys. Rev. E 73 (2006),
        036104: the local statistical complexity.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from complexity.errors import integer, one_of
from complexity.figures import new_figure, save_figure
from simulations.automata.measures import _causal_kernels as kernels
from simulations.automata.measures.neighbourhoods import checked_history, light_cone, patterns

__all__ = ["CausalStates", "causal_states"]

METHODS = ("chi2", "exact")

_ROOM = 1 << 28
"""Counts (states by futures) that may be held."""


@dataclass(frozen=True, eq=False)
class CausalStates:
    """The causal states of a history: an estimate, by cones of finite depth.

    Attributes:
        states: the state of every cell whose cones lie in the history, (times, *space), by its
            number from 0.
        shares: the share of cells in each state.
        past, future: depths of the cones, in steps.
        pasts: how many different past cones were seen.
        method: "chi2" or "exact".
        first: the time in the history at which they begin.
    """

    states: npt.NDArray[np.int32] = field(repr=False)
    shares: npt.NDArray[np.float64] = field(repr=False)
    past: int
    future: int
    pasts: int
    method: str
    first: int

    @property
    def count(self) -> int:
        """How many states there are."""
        return len(self.shares)

    @property
    def statistical_complexity(self) -> float:
        """Entropy of the states, in bits."""
        return float(-self.shares @ np.log2(self.shares)) + 0.0

    @property
    def local(self) -> npt.NDArray[np.float64]:
        """-log2 of the share of every cell's state, in bits: the local statistical complexity."""
        return -np.log2(self.shares)[self.states]

    def to_dict(self) -> dict[str, Any]:
        """All but the states of the cells, as JSON values."""
        return {
            "statistical_complexity": self.statistical_complexity,
            "shares": self.shares.tolist(),
            "past": self.past,
            "future": self.future,
            "pasts": self.pasts,
            "method": self.method,
        }

    def plot(self, path: str | os.PathLike[str] | None = None) -> Any:
        """The local statistical complexity as a picture, of the last time if space is a plane.

        Args:
            path: where to save the figure (.png, .svg, .pdf); its suffix is the format.

        Returns:
            The matplotlib Figure.

        Raises:
            ValueError: space has more than two dimensions.
        """
        local = self.local if self.states.ndim == 2 else self.local[-1]
        if local.ndim != 2:
            raise ValueError(f"states: got {self.states.ndim - 1} dimensions of space, drawn are 2")
        figure = new_figure(figsize=(7, 5))
        axes = figure.add_subplot()
        image = axes.imshow(local, cmap="inferno", interpolation="nearest", aspect="equal")
        figure.colorbar(image, ax=axes, label="local statistical complexity (bits)")
        return save_figure(figure, path)


def causal_states(
    history: npt.ArrayLike,
    past: int = 2,
    future: int = 2,
    *,
    radius: int = 1,
    periodic: bool = True,
    method: str = "chi2",
    significance: float = 0.001,
) -> CausalStates:
    """Sort the cells of a history into causal states.

    "chi2" takes the past cones from the most to the least frequent; each joins, of the states whose
    futures a chi-squared test does not tell from its own, the likeliest, or begins a new one. The
    cones of neighbouring cells overlap, so that a test errs a little more often than it says.
    "exact" joins pasts with exactly the same shares of futures: for histories in which every
    pattern that can occur is there as often as it should be.

    Args:
        history: integers from 0, (time, *space).
        past, future: depths of the light cones in steps; the past holds the present cell.
        radius: how far influence reaches in one step.
        periodic: whether opposite edges of space meet.
        method: "chi2" or "exact".
        significance: of the tests, each at this over the number of past cones (Bonferroni).

    Raises:
        TypeError, ValueError: not a history, or one too small; too many futures to count.

    Example:
        >>> stripes = np.tile([0, 0, 1, 1], (8, 2))
        >>> causal_states(stripes, 1, 1, method="exact").statistical_complexity
        2.0
    """
    cells = checked_history(history)
    one_of("method", method, METHODS)
    if not 0 < significance < 1:
        raise ValueError(f"significance: got {significance!r}, accepted is a number in (0, 1)")
    cones = [
        light_cone(depth, radius, cells.ndim - 1, past=back)
        for depth, back in ((past, True), (future, False))
    ]
    before, after = patterns(cells, *cones, periodic=periodic)
    pasts, past_of = np.unique(before, return_inverse=True)
    distinct, future_of = np.unique(after, return_inverse=True)
    many = len(distinct)
    both = past_of.reshape(before.shape) * np.int64(many) + future_of.reshape(before.shape)
    pairs, counts = np.unique(both, return_counts=True)
    starts = np.searchsorted(pairs, np.arange(len(pasts) + 1) * np.int64(many))
    if method == "exact":
        state_of = _equal(starts, pairs % many, counts)
    else:
        level = significance / len(pasts)
        state_of = _alike(starts, pairs % many, counts, many, level)
    states = state_of[past_of.reshape(before.shape)]
    sizes = np.bincount(states.ravel())
    return CausalStates(
        states=states.astype(np.int32),
        shares=sizes / sizes.sum(),
        past=integer("past", past, 0),
        future=future,
        pasts=len(pasts),
        method=method,
        first=past,
    )


def _equal(
    starts: npt.NDArray[np.int64], futures: npt.NDArray[np.int64], counts: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """States of pasts: equal if the shares of their futures are, as fractions."""
    known: dict[tuple[tuple[int, ...], tuple[int, ...]], int] = {}
    states = np.empty(len(starts) - 1, np.int64)
    for i, (begin, end) in enumerate(pairwise(starts.tolist())):
        seen = counts[begin:end]
        shares = seen // np.gcd.reduce(seen)
        key = (tuple(futures[begin:end].tolist()), tuple(shares.tolist()))
        states[i] = known.setdefault(key, len(known))
    return states


def _alike(
    starts: npt.NDArray[np.int64],
    futures: npt.NDArray[np.int64],
    counts: npt.NDArray[np.int64],
    many: int,
    level: float,
) -> npt.NDArray[np.int64]:
    """States of pasts by tests, the most frequent pasts first."""
    from scipy.stats import chi2

    if many * 8 > _ROOM:
        raise ValueError(f"future: {many} different cones were seen, which are too many to test")
    order = np.argsort(-np.add.reduceat(counts, starts[:-1]), kind="stable")
    lengths = np.diff(starts)
    places = np.argsort(np.repeat(np.argsort(order), lengths), kind="stable")
    critical = np.concatenate([[np.inf], chi2.isf(level, np.arange(1, many + 1))])
    found = np.empty(len(order), np.int64)
    kernels.merged(
        np.concatenate([[0], np.cumsum(lengths[order])]),
        futures[places],
        counts[places],
        many,
        critical,
        found,
    )
    states = np.empty_like(found)
    states[order] = found
    return states
