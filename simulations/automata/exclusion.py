"""Exclusion processes on a line: particles that hop at random, never two to a place.

The symmetric process in two dimensions, with its exact laws, is `simulations.coffee`.

References:
    F. Spitzer, Interaction of Markov processes, Adv. Math. 5, 1970: the process.
    B. Derrida, M. R. Evans, V. Hakim and V. Pasquier, Exact solution of a 1D asymmetric exclusion
    model using a matrix formulation, J. Phys. A 26, 1993: reservoirs, random-sequential.
    M. Schreckenberg, A. Schadschneider, K. Nagel and N. Ito, Discrete stochastic models for traffic
    flow, Phys. Rev. E 51, 1995: the ring, in parallel.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, final

import numpy as np
import numpy.typing as npt

from complexity.errors import integer, one_of, share
from simulations.automata import _exclusion_kernels as kernels
from simulations.automata.automaton import LATEST, Automaton, Cells, Invariant
from simulations.system import random_words

__all__ = ["Exclusion", "Flux"]

_KINDS = {
    "periodic": kernels.RING,
    "reflecting": kernels.WALLS,
    "reservoirs": kernels.RESERVOIRS,
}


@dataclass(frozen=True, eq=False)
class Flux:
    """How much moved.

    Attributes:
        state: the places after the last sweep, uint8.
        hops: to the right, less those to the left, in and out of reservoirs included.
        bonds: pairs of neighbouring places, a reservoir being one.
        sweeps: how long.
    """

    state: Cells
    hops: int
    bonds: int
    sweeps: int

    @property
    def mean(self) -> float:
        """Net hops to the right for each bond and sweep."""
        return self.hops / (self.bonds * self.sweeps)

    def to_dict(self) -> dict[str, Any]:
        """The fields and the mean."""
        return asdict(self) | {"state": self.state.tolist(), "mean": self.mean}

    def __repr__(self) -> str:
        return f"Flux(mean={self.mean:.6g}, bonds={self.bonds}, sweeps={self.sweeps})"


@final
class Exclusion(Automaton):
    """Particles (1) that hop to an empty neighbouring place (0).

    A step is a sweep. Random-sequentially, it is as many attempts as there are bonds, each of which
    takes a bond at random (to 32 bits) and exchanges a particle and a hole there with the
    probability given. In parallel, all bonds are tried once and at once, which is defined for hops
    to the right only.

    Args:
        right: probability that an attempted hop to the right is made.
        left: of one to the left; 0 is TASEP, the same as `right` the symmetric process.
        boundary: "periodic" (a ring), "reflecting" (walls), or "reservoirs": particles come in at
            the left and leave at the right, which the field calls an open system.
        alpha: probability that an attempt to come in succeeds, given the first place is empty.
        beta: that one to leave succeeds, given the last place is taken.
        update: "random-sequential" or "parallel".

    Example:
        >>> Exclusion(1.0, update="parallel").run([1, 1, 0, 0], 1)
        array([1, 0, 1, 0], dtype=uint8)
    """

    BOUNDARIES: ClassVar[tuple[str, ...]] = tuple(_KINDS)

    axes = 1
    dimensions = 1
    clock = "sweeps"
    draws = True

    def __init__(
        self,
        right: float = 1.0,
        left: float = 0.0,
        boundary: str = "periodic",
        *,
        alpha: float | None = None,
        beta: float | None = None,
        update: str = "random-sequential",
    ) -> None:
        super().__init__(boundary)
        self.update = one_of("update", update, ("random-sequential", "parallel"))
        self.local = update == "parallel"
        given = {"alpha": alpha, "beta": beta}
        for name, value in given.items():
            if (value is None) == (boundary == "reservoirs"):
                wanted = "a probability" if value is None else "None"
                raise ValueError(
                    f"{name}: got {value}, accepted is {wanted} for the boundary {boundary!r}"
                )
        if update == "parallel" and left:
            raise ValueError(f"left: got {left}, accepted is 0 for the parallel update")
        self.right, self.left = _probability("right", right), _probability("left", left)
        self.alpha = None if alpha is None else _probability("alpha", alpha)
        self.beta = None if beta is None else _probability("beta", beta)
        rates = (self.right, self.left, self.alpha or 0.0, self.beta or 0.0)
        self._rates = np.array([round(rate * 2**32) for rate in rates], np.uint64)

    @property
    def name(self) -> str:
        """TASEP, SEP or ASEP."""
        if self.right == self.left:
            return "SEP"
        return "ASEP" if self.left and self.right else "TASEP"

    @property
    def parameters(self) -> Mapping[str, Any]:
        """The rates and the update too."""
        names = ("right", "left", "alpha", "beta", "update")
        return {**super().parameters, **{name: getattr(self, name) for name in names}}

    @property
    def invariants(self) -> Mapping[str, Invariant]:
        """The number of particles, where there are no reservoirs."""
        if self.boundary == "reservoirs":
            return {}
        return {"particles": lambda cells: int(np.count_nonzero(cells))}

    def _advance(self, cells: Cells, steps: int, start: int, seed: int) -> Cells:
        self._hops(cells, steps, start, seed)
        return cells

    def _hops(self, cells: Cells, steps: int, start: int, seed: int) -> int:
        kernel = kernels.parallel if self.update == "parallel" else kernels.sequential
        key = random_words(seed, (), 1)[0]
        return kernel(cells, _KINDS[self.boundary], self._rates, key, start, steps)

    def flux(self, state: npt.ArrayLike, steps: int, *, start: int = 0, seed: int = 0) -> Flux:
        """As `run`, and how much moved.

        Raises:
            ValueError: the state has no bond, or there is no step.
        """
        cells = self.checked(state)
        count, begin = integer("steps", steps, 1, LATEST), integer("start", start, 0, LATEST)
        bonds = int(kernels.bonds(cells.size, _KINDS[self.boundary])) if cells.size else 0
        if bonds < 1:
            raise ValueError(f"state: got {cells.size} places, which have no bond between them")
        hops = self._hops(cells, count, begin, seed)
        return Flux(cells, hops, bonds, count)


def _probability(name: str, value: float) -> float:
    return share(name, value, "a probability from 0 to 1")
