"""How a difference of one cell spreads, and how fast small differences multiply.

References:
    F. Bagnoli, R. Rechtman and S. Ruffo, Damage spreading and Lyapunov exponents in cellular
        automata, Phys. Lett. A 172 (1992), 34-38.
    S. Wolfram, Universality and complexity in cellular automata, Physica D 10 (1984), 1-35,
        section 5: the speeds of a difference's left and right front.
    G. Y. Vichniac, Boolean derivatives on cellular automata, Physica D 45 (1990), 63-74.
"""

from __future__ import annotations

import itertools
import math
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from complexity.errors import integer
from complexity.figures import new_figure, save_figure
from simulations.automata.automaton import Automaton

__all__ = ["DamageSpreading", "LyapunovExponent", "damage_spreading", "lyapunov_exponent"]


@dataclass(frozen=True, eq=False)
class LyapunovExponent:
    """How fast defects multiply along a history, in nats per step (ln 2 where they double).

    Attributes:
        exponent: mean growth after the transient; -inf where they all die.
        standard_error: of it, from ten parts of the history; NaN where there are fewer steps.
        growth: ln of the factor of every step, the transient's too.
        transient: steps left out.
    """

    exponent: float
    standard_error: float
    growth: npt.NDArray[np.float64] = field(repr=False)
    transient: int

    def to_dict(self) -> dict[str, Any]:
        """All but the growth as JSON values; what is not finite is None."""
        values = {"exponent": self.exponent, "standard_error": self.standard_error}
        finite = {name: x if math.isfinite(x) else None for name, x in values.items()}
        return finite | {"transient": self.transient, "steps": len(self.growth)}


@dataclass(frozen=True, eq=False)
class DamageSpreading:
    """Where two histories differ that began with one cell's difference.

    Attributes:
        sites: the cells changed, (sites, dimensions).
        counts: cells that differ, (sites, steps + 1).
        fronts: the least and the greatest place where they do, from the site, along every axis:
            (sites, steps + 1, dimensions, 2); NaN where none does.
    """

    sites: npt.NDArray[np.int64] = field(repr=False)
    counts: npt.NDArray[np.int64] = field(repr=False)
    fronts: npt.NDArray[np.float64] = field(repr=False)

    @property
    def surviving(self) -> float:
        """Share of the sites whose difference has not healed at the end."""
        return float((self.counts[:, -1] > 0).mean())

    @property
    def speeds(self) -> npt.NDArray[np.float64]:
        """Cells per step at which the fronts left the site, of differences that survive.

        (dimensions, 2): the least and the greatest place, each counted outwards, so both are 1
        where the difference fills its light cone of radius 1 and one is negative where it moves
        away as a whole; NaN where none survives.
        """
        alive = self.counts[:, -1] > 0
        if not alive.any():
            return np.full(self.fronts.shape[2:], np.nan)
        return self.fronts[alive, -1].mean(axis=0) * [-1, 1] / (self.counts.shape[1] - 1)

    def to_dict(self) -> dict[str, Any]:
        """Sites, share surviving, mean counts and speeds as JSON values."""
        return {
            "sites": len(self.sites),
            "surviving": self.surviving,
            "mean_counts": self.counts.mean(axis=0).tolist(),
            "speeds": [[None if x != x else x for x in axis] for axis in self.speeds.tolist()],
        }

    def plot(self, path: str | os.PathLike[str] | None = None) -> Any:
        """Mean number of cells that differ, by time.

        Args:
            path: where to save the figure (.png, .svg, .pdf); its suffix is the format.

        Returns:
            The matplotlib Figure.
        """
        figure = new_figure(figsize=(6, 3.6))
        axes = figure.add_subplot()
        axes.plot(self.counts.mean(axis=0))
        axes.set_xlabel("steps")
        axes.set_ylabel("cells that differ, mean")
        return save_figure(figure, path)


def damage_spreading(
    automaton: Automaton,
    state: npt.ArrayLike,
    steps: int,
    *,
    sites: int = 16,
    start: int = 0,
    seed: int = 0,
) -> DamageSpreading:
    """Change one cell and follow the difference, for some cells drawn at random.

    Both histories have the same draws where the rule draws. A changed cell is one state further.

    Args:
        automaton: of one axis per dimension of space. Where cells change one after another in a
            step, a difference may reach any cell in it: these are accepted on grids with edges
            only, where the fronts may come to stand.
        state: where both histories begin; for all other automata 2 * radius * steps below every
            side, so that no difference meets itself around the ring.
        steps: at least 1.
        sites: how many cells to try.
        start: the time of `state`.
        seed: of the sites and of the automaton's draws.

    Raises:
        ValueError, TypeError: an automaton, a state or a number that is not accepted.
    """
    cells = _flat_space(automaton, state)
    integer("steps", steps, 1)
    if not automaton.local and automaton.boundary == "periodic":
        edged = ", ".join(each for each in automaton.BOUNDARIES if each != "periodic")
        raise ValueError(
            f"automaton: got {automaton!r}, where a difference may go around the ring in one of "
            f"its {automaton.clock}; accepted are the boundaries {edged}"
        )
    if automaton.local and 2 * automaton.radius * steps >= min(cells.shape):
        raise ValueError(
            f"steps: got {steps}, accepted are at most "
            f"{(min(cells.shape) - 1) // max(1, 2 * automaton.radius)} for shape {cells.shape}"
        )
    random = np.random.default_rng(integer("seed", seed, 0))
    drawn = random.integers(0, cells.shape, (integer("sites", sites, 1), cells.ndim))
    base = automaton.history(cells, steps, start=start, seed=seed)
    followed = []
    for site in drawn:
        changed = cells.copy()
        changed[tuple(site)] = (int(changed[tuple(site)]) + 1) % automaton.states
        other = automaton.history(changed, steps, start=start, seed=seed)
        followed.append(_followed(base != other, site, automaton.boundary == "periodic"))
    counts, fronts = zip(*followed, strict=True)
    return DamageSpreading(drawn, np.array(counts), np.array(fronts))


def _followed(
    differ: npt.NDArray[np.bool_], site: npt.NDArray[np.int64], periodic: bool
) -> tuple[np.ndarray, np.ndarray]:
    """How many cells differ at each time, and between which places along each axis."""
    space = tuple(range(1, differ.ndim))
    fronts = np.full((len(differ), differ.ndim - 1, 2), np.nan)
    for axis in space:
        side = differ.shape[axis]
        hit: npt.NDArray[np.bool_] = np.any(differ, axis=tuple(set(space) - {axis}))
        place = np.arange(side) - site[axis - 1]
        if periodic:
            place = (place + side // 2) % side - side // 2
        some = np.any(hit, axis=1)
        fronts[some, axis - 1, 0] = np.where(hit, place, side)[some].min(axis=1)
        fronts[some, axis - 1, 1] = np.where(hit, place, -side)[some].max(axis=1)
    return differ.sum(axis=space), fronts


def lyapunov_exponent(
    automaton: Automaton,
    state: npt.ArrayLike,
    steps: int,
    *,
    transient: int = 0,
    start: int = 0,
    seed: int = 0,
) -> LyapunovExponent:
    """The maximal Lyapunov exponent of a history, by Boolean derivatives.

    Defects are so few that they never meet: each makes one in every cell that would change if the
    defect's cell alone did. Their number's growth per step is the exponent. Every cell begins with
    one; the derivatives are found by changing cells too far apart to share an effect.

    Args:
        automaton: of two states, one axis per dimension of space, whose cells depend on those
            within its radius only; or one whose cells change one after another in a step, where
            every cell has to be changed by itself, a run of a step for each.
        state: where the history begins.
        steps: at least 1, the transient among them.
        transient: steps left out of the mean.
        start: the time of `state`.
        seed: of the automaton's draws.

    Raises:
        ValueError, TypeError: an automaton, a state or a number that is not accepted.
    """
    cells = _flat_space(automaton, state)
    if automaton.states != 2:
        raise ValueError(f"automaton: got {automaton.states} states, accepted are 2")
    integer("steps", steps, 1)
    integer("transient", transient, 0, steps - 1)
    reach = automaton.radius if automaton.local else max(cells.shape)
    groups = list(_groups(cells.shape, reach, automaton.boundary == "periodic"))
    defects = np.ones(cells.shape)
    growth = np.full(steps, -np.inf)
    for t in range(steps):
        step = {"start": start + t, "seed": seed}
        after = automaton.run(cells, 1, **step)
        made = np.zeros(cells.shape)
        for change, source in groups:
            changed = automaton.run(cells ^ change, 1, **step) != after
            made += np.where(changed, defects.ravel()[source], 0.0)
        total, cells = made.sum(), after
        if not total:
            break
        growth[t] = math.log(total / defects.sum())
        defects = made * (cells.size / total)
    return LyapunovExponent(*_mean(growth[transient:]), growth, transient)


def _mean(growth: npt.NDArray[np.float64]) -> tuple[float, float]:
    """The mean and its standard error, from the means of ten parts."""
    if not np.isfinite(growth).all():
        return -math.inf, math.nan
    if len(growth) < 10:
        return float(growth.mean()), math.nan
    parts = np.array([part.mean() for part in np.array_split(growth, 10)])
    return float(growth.mean()), float(parts.std(ddof=1) / math.sqrt(10))


def _groups(
    shape: tuple[int, ...], radius: int, periodic: bool
) -> Iterator[tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]]:
    """Sets of cells whose effects do not overlap: cells to change, and for every cell of the grid
    the flat index of the one changed cell that may reach it (any where none may)."""
    axes = [list(_spaced(side, 2 * radius + 1, periodic)) for side in shape]
    for chosen in itertools.product(*axes):
        change = np.zeros(shape, np.uint8)
        change[np.ix_(*chosen)] = 1
        nearest = [
            places[_distance(np.arange(side)[:, None], places, side, periodic).argmin(axis=1)]
            for side, places in zip(shape, chosen, strict=True)
        ]
        yield change, np.ravel_multi_index(np.ix_(*nearest), shape)


def _spaced(side: int, stride: int, periodic: bool) -> Iterator[npt.NDArray[np.int64]]:
    """Places along an axis in sets, those of a set at least `stride` apart (around the ring)."""
    whole = side - side % stride if periodic else side
    for first in range(min(stride, whole)):
        yield np.arange(first, whole, stride)
    for place in range(whole, side):
        yield np.array([place])


def _distance(
    a: npt.NDArray[np.int64], b: npt.NDArray[np.int64], side: int, periodic: bool
) -> npt.NDArray[np.int64]:
    apart = np.abs(a - b)
    return np.minimum(apart, side - apart) if periodic else apart


def _flat_space(automaton: Automaton, state: npt.ArrayLike) -> np.ndarray:
    if automaton.axes != automaton.dimensions:
        raise ValueError(
            f"automaton: got {automaton.axes} axes for {automaton.dimensions} dimensions of space, "
            "accepted is one for each"
        )
    return automaton.checked(state)
