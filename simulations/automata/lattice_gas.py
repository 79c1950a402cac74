"""Lattice gases: particles that stream along the links of a lattice and collide at its sites.

A cell is one byte: bit d is set if a particle there moves in direction d, counted anticlockwise
from east; of seven bits, the last is a particle at rest. In a step all particles collide, and then
stream.

The square lattice of HPP has four directions. The triangular lattice of FHP has six, and is stored
skewed, as Golly stores hexagonal grids: the cell in row y and column x lies at x - y/2 from the
left, so its neighbours are E (0, 1), NE (-1, 0), NW (-1, -1), W (0, -1), SW (1, 0), SE (1, 1), as
(rows, columns). Momenta are integers: along x in units of 1/2 of FHP's speed (1 of HPP's), along y,
upward, in units of sqrt(3)/2 (1).

Where a collision of FHP has two outcomes, the coin is a hash of place and time. For each side of
the coin all of a gas's collisions together are a permutation of a cell's states that commutes with
rotations of the lattice, and the other side's is its mirror image: so the gas is exactly
reversible.

References:
    J. Hardy, Y. Pomeau and O. de Pazzis, Time evolution of a two-dimensional model system, J. Math.
    Phys. 14, 1973 (HPP).
    U. Frisch, B. Hasslacher and Y. Pomeau, Lattice-gas automata for the Navier-Stokes equation,
    Phys. Rev. Lett. 56, 1986 (FHP-I).
    U. Frisch, D. d'Humieres, B. Hasslacher, P. Lallemand, Y. Pomeau and J.-P. Rivet, Lattice gas
    hydrodynamics in two and three dimensions, Complex Systems 1, 1987 (FHP-II, FHP-III).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import ClassVar, final

import numpy as np
import numpy.typing as npt

from complexity.errors import one_of
from simulations.automata import _gas_kernels as kernels
from simulations.automata.automaton import Cells, Invariant, Reversible

__all__ = ["LatticeGas"]

_REST = 64
_HPP_LINKS = ((0, 1), (-1, 0), (0, -1), (1, 0))
_FHP_LINKS = ((0, 1), (-1, 0), (-1, -1), (0, -1), (1, 0), (1, 1))
_HPP_MOMENTA = ((1, 0), (0, 1), (-1, 0), (0, -1))
_FHP_MOMENTA = ((2, 0), (1, 1), (-1, 1), (-2, 0), (-1, -1), (1, -1))
_MODELS: Mapping[str, int] = {"HPP": 4, "FHP-I": 6, "FHP-II": 7, "FHP-III": 7}
"""Model -> the bits of a cell."""

Tables = npt.NDArray[np.uint8]


@final
class LatticeGas(Reversible):
    """HPP, FHP-I (six velocities), FHP-II (a particle at rest too), FHP-III (all collisions).

    Args:
        model: "HPP", "FHP-I", "FHP-II" or "FHP-III".
        boundary: "periodic", or "reflecting": a particle that would leave turns round where it is
            (bounce-back, a wall without slip).

    Example:
        >>> gas = LatticeGas("HPP")
        >>> gas.run([[1, 0, 4, 0]], 1), gas.run([[0, 5, 0, 0]], 1)
        (array([[0, 5, 0, 0]], dtype=uint8), array([[ 0, 10,  0,  0]], dtype=uint8))
    """

    BOUNDARIES: ClassVar[tuple[str, ...]] = ("periodic", "reflecting")

    def __init__(self, model: str, boundary: str = "periodic") -> None:
        super().__init__(boundary)
        self.model = one_of("model", model, _MODELS)
        self.states = 1 << _MODELS[model]
        self._tables = collisions(model)
        self._inverse = np.array([np.argsort(table) for table in self._tables], np.uint8)
        self._links = np.array(_HPP_LINKS if model == "HPP" else _FHP_LINKS, np.int64)
        self._rest = np.uint8(_REST if self.states > _REST else 0)

    @property
    def name(self) -> str:
        """The model's name."""
        return self.model

    @property
    def invariants(self) -> Mapping[str, Invariant]:
        """The number of particles and, without walls, both components of their momentum."""
        momenta = _momenta(self.states)
        mass = {"mass": _total(_masses(self.states))}
        if self.boundary == "reflecting":
            return mass
        return mass | {"momentum x": _total(momenta[:, 0]), "momentum y": _total(momenta[:, 1])}

    def _advance(self, cells: Cells, steps: int, start: int, seed: int) -> Cells:
        return self._moved(kernels.forward, self._tables, cells, steps, start)

    def _retreat(self, cells: Cells, steps: int, start: int) -> Cells:
        return self._moved(kernels.backward, self._inverse, cells, steps, start)

    def _moved(
        self, kernel: Callable[..., Cells], tables: Tables, cells: Cells, steps: int, start: int
    ) -> Cells:
        walls = self.boundary == "reflecting"
        other = np.empty_like(cells)
        return kernel(cells, other, tables, self._links, self._rest, walls, steps, start)


def _masses(states: int) -> npt.NDArray[np.int64]:
    return np.array([state.bit_count() for state in range(states)], np.int64)


def _momenta(states: int) -> npt.NDArray[np.int64]:
    """(states, 2), along x and y in the units above."""
    velocities = _HPP_MOMENTA if states == 16 else (*_FHP_MOMENTA, (0, 0))
    return np.array(
        [
            [sum(v[axis] for d, v in enumerate(velocities) if state >> d & 1) for axis in (0, 1)]
            for state in range(states)
        ],
        np.int64,
    )


def _total(values: npt.NDArray[np.int64]) -> Invariant:
    """The sum over all cells of a function of a cell's state."""
    return lambda cells: int(values @ np.bincount(cells.ravel(), minlength=len(values)))


def _turned(state: int) -> int:
    """The six moving particles turned by 60 degrees, the one at rest left."""
    moving = state & 63
    return (moving << 1 & 63) | moving >> 5 | state & _REST


def _mirrored(state: int) -> int:
    """The six moving particles reflected in the x axis."""
    bits = (1 << (-d % 6) for d in range(6) if state >> d & 1)
    return sum(bits) | state & _REST


@cache
def collisions(model: str) -> Tables:
    """What a state becomes, of shape (sides of the coin, states)."""
    states = 1 << _MODELS[model]
    if model == "HPP":
        table = np.arange(16, dtype=np.uint8)
        table[[5, 10]] = 10, 5
        return table[np.newaxis]
    momenta = _momenta(states)
    table = np.arange(states, dtype=np.uint8)
    for state in range(states):
        if model == "FHP-III" or _collides(state, momenta[state]):
            table[state] = _outcome(state, momenta, model == "FHP-III")
    mirror = np.array([_mirrored(state) for state in range(states)])
    return np.stack([table, mirror[table[mirror]]]).astype(np.uint8)


def _collides(state: int, momentum: npt.NDArray[np.int64]) -> bool:
    """Whether FHP-I and FHP-II know a collision of this state: head-on pairs and symmetric triples,
    whether or not one rests there, and two particles that bring one to rest, or the reverse."""
    if not momentum.any():
        return (state & 63).bit_count() in (2, 3)
    x, y = momentum.tolist()
    return state.bit_count() == 2 and x * x + 3 * y * y == 4


def _outcome(state: int, momenta: npt.NDArray[np.int64], every: bool) -> int:
    """What a colliding state becomes: turned if its momentum is 0, else the next of those with the
    same mass and momentum, in an order that turns with them."""
    if not momenta[state].any():
        return _turned(state)
    turns = 0
    while not 0 <= momenta[state][1] < momenta[state][0]:
        state, turns = _turned(state), turns + 1
    mates = [
        other
        for other in range(len(momenta))
        if other.bit_count() == state.bit_count()
        and (momenta[other] == momenta[state]).all()
        and (every or _collides(other, momenta[other]))
    ]
    outcome = mates[(mates.index(state) + 1) % len(mates)]
    for _ in range(-turns % 6):
        outcome = _turned(outcome)
    return outcome
