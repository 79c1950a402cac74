"""One-dimensional rules of any radius and number of states, by table or by the sum of the cells.

References:
    S. Wolfram, Universality and complexity in cellular automata, Physica D 10, 1984: codes of
    totalistic rules. N. H. Packard, S. Wolfram, Two-dimensional cellular automata, J. Stat. Phys.
    38, 1985, eq. 3: codes of outer totalistic rules.
"""

from __future__ import annotations

import hashlib
from typing import final

import numpy as np
import numpy.typing as npt

from complexity.errors import integer
from simulations.automata import _one_dimensional_kernels as kernels
from simulations.automata.automaton import Automaton, Cells
from simulations.automata.elementary import refuse_living_ground

__all__ = ["RadiusRule", "Totalistic1D", "digits", "number_of"]

_BOUNDARIES = {
    "periodic": kernels.PERIODIC,
    "fixed": kernels.FIXED,
    "reflecting": kernels.REFLECTING,
    "open": kernels.FIXED,
}

_ENTRIES = 1 << 24
"""Entries that a table may have."""


def digits(number: int, base: int, count: int) -> Cells:
    """The digits of a number, the lowest first.

    Example:
        >>> digits(110, 2, 8)
        array([0, 1, 1, 1, 0, 1, 1, 0], dtype=uint8)
    """
    if base & (base - 1) == 0:
        width = base.bit_length() - 1
        bits = np.frombuffer(number.to_bytes(-(-count * width // 8), "little"), np.uint8)
        each = np.unpackbits(bits, count=count * width, bitorder="little").reshape(count, width)
        return (each << np.arange(width, dtype=np.uint8)).sum(1, dtype=np.uint8)
    if count <= 32:
        return np.array([number // base**i % base for i in range(count)], np.uint8)
    # halves, so that the time is not quadratic in the number's length
    high, low = divmod(number, base ** (count // 2))
    return np.concatenate([digits(low, base, count // 2), digits(high, base, count - count // 2)])


def number_of(table: Cells, base: int) -> int:
    """The number of which `table` are the digits, the lowest first."""
    if len(table) <= 32:
        return sum(int(digit) * base**i for i, digit in enumerate(table))
    half = len(table) // 2
    return number_of(table[:half], base) + base**half * number_of(table[half:], base)


def _known(table: Cells, states: int) -> str:
    """The number of a table as a name has it."""
    if len(table) > 256:
        return f"sha256:{hashlib.sha256(table.tobytes()).hexdigest()[:16]}"
    return str(number_of(table, states))


def _entries(rule: int | npt.ArrayLike, states: int, count: int) -> Cells:
    """The table that a code number or an array of its digits stands for.

    Raises:
        TypeError, ValueError: it is neither, or does not fit.
    """
    if np.ndim(rule) == 0:
        code = integer("rule", rule, 0)
        # states**count has up to millions of digits, which nobody wants to read
        if code.bit_length() > count * states.bit_length() or code >= states**count:
            raise ValueError(
                f"rule: got a code number of {code.bit_length()} bits, accepted are those below "
                f"{states}^{count}"
            )
        return digits(code, states, count)
    table = np.asarray(rule)
    if table.dtype.kind not in "biu":
        raise TypeError(f"rule: got an array of dtype {table.dtype}, accepted are integers")
    if table.shape != (count,) or table.min() < 0 or table.max() >= states:
        raise ValueError(
            f"rule: got an array of shape {table.shape}, accepted are {count} entries from 0 to "
            f"{states - 1}"
        )
    return table.astype(np.uint8)


def _evolved(
    automaton: RadiusRule | Totalistic1D, cells: Cells, steps: int, rows: int
) -> npt.NDArray[np.uint8]:
    """`rows` rows of cells that took turns for so many steps."""
    radius = automaton.radius
    wide = np.zeros((rows, cells.size + 2 * radius), np.uint8)
    wide[0, radius : radius + cells.size] = cells
    if cells.size:
        boundary = _BOUNDARIES[automaton.boundary]
        kernels.evolve(wide, automaton._weights, automaton._lookup, boundary, steps)
    return wide[:, radius : radius + cells.size]


@final
class RadiusRule(Automaton):
    """A row of cells that look at all within a radius: any rule, by Wolfram's number or its table.

    Args:
        rule: the number whose digit (base `states`) at place n is what becomes of a cell with
            neighbourhood n, itself the number whose digits are the cells around, the leftmost being
            the highest; or the digits, the lowest first, as states^(2 radius + 1) integers.
        states: 2 to 256.
        radius: at least 1.
        boundary: "periodic", "fixed", "reflecting" or "open"; the last only if neighbourhood 0
            gives 0.

    Attributes:
        table: uint8 (states^(2 radius + 1),), the digits.

    Example:
        >>> RadiusRule(110).run([0, 0, 0, 1, 0], 2)
        array([0, 1, 1, 1, 0], dtype=uint8)
    """

    axes = 1
    dimensions = 1

    def __init__(
        self,
        rule: int | npt.ArrayLike,
        states: int = 2,
        radius: int = 1,
        boundary: str = "periodic",
    ) -> None:
        super().__init__(boundary)
        self.states = integer("states", states, 2, 256)
        self.radius = integer("radius", radius, 1, 12)
        if (count := self.states ** (2 * self.radius + 1)) > _ENTRIES:
            raise ValueError(
                f"radius: got {radius} with {states} states, a table of {count:,} entries; "
                f"accepted are up to {_ENTRIES:,}"
            )
        self.table = _entries(rule, self.states, count)
        refuse_living_ground(boundary, bool(self.table[0]), self.name)
        self._weights = self.states ** np.arange(2 * self.radius, -1, -1)
        self._lookup = self.table

    @property
    def number(self) -> int:
        """Wolfram's number of the rule."""
        return number_of(self.table, self.states)

    @property
    def name(self) -> str:
        """As "rule 110, k=2, r=1"; of a table of more than 256 entries its SHA-256's beginning."""
        return f"rule {_known(self.table, self.states)}, k={self.states}, r={self.radius}"

    def _advance(self, cells: Cells, steps: int, start: int, seed: int) -> Cells:
        return _evolved(self, cells, steps, 2)[steps % 2].copy()

    def _film(self, cells: Cells, steps: int, start: int, seed: int) -> Cells:
        return _evolved(self, cells, steps, steps + 1)[1:]


@final
class Totalistic1D(Automaton):
    """A row of cells that heed the sum of all within a radius, or their own state and the others'.

    Args:
        code: the number whose digit (base `states`) at place s is what becomes of a cell if the sum
            of the cells within the radius is s; with `outer`, at place `states` s + c of a cell c
            if the sum of the others is s. Or the digits, the lowest first.
        states: 2 to 256.
        radius: at least 1.
        outer: whether a cell counts apart from its neighbours.
        boundary: "periodic", "fixed", "reflecting" or "open"; the last only if all 0 gives 0.

    Attributes:
        table: uint8 (states^(2 radius + 1),): the rule as `RadiusRule` has it, made when asked for.

    Example:
        >>> Totalistic1D(777, states=3, boundary="open").history([0, 0, 1, 0, 0], 2)
        array([[0, 0, 1, 0, 0],
               [0, 1, 1, 1, 0],
               [1, 2, 1, 2, 1]], dtype=uint8)
    """

    axes = 1
    dimensions = 1

    def __init__(
        self,
        code: int | npt.ArrayLike,
        states: int = 3,
        radius: int = 1,
        *,
        outer: bool = False,
        boundary: str = "periodic",
    ) -> None:
        super().__init__(boundary)
        self.states = integer("states", states, 2, 256)
        self.radius = integer("radius", radius, 1, 1000)
        self.outer = bool(outer)
        others = 2 * self.radius * (self.states - 1) + 1
        count = others * self.states if self.outer else others + self.states - 1
        self._lookup = _entries(code, self.states, count)
        refuse_living_ground(boundary, bool(self._lookup[0]), self.name)
        self._weights = np.full(2 * self.radius + 1, self.states if self.outer else 1)
        self._weights[self.radius] = 1

    @property
    def code(self) -> int:
        """The number of the rule."""
        return number_of(self._lookup, self.states)

    @property
    def name(self) -> str:
        """As "code 777, k=3, r=1", with "outer" before it where a cell counts apart."""
        known = _known(self._lookup, self.states)
        return f"{'outer ' * self.outer}code {known}, k={self.states}, r={self.radius}"

    @property
    def table(self) -> Cells:
        """The rule as `RadiusRule` has it.

        Raises:
            ValueError: it would have more than 2^24 entries.
        """
        width = 2 * self.radius + 1
        if self.states**width > _ENTRIES:
            raise ValueError(f"table: got {self.name}, accepted are up to {_ENTRIES:,} entries")
        sums = np.zeros((1,), np.int64)
        for weight in self._weights.tolist():
            sums = np.add.outer(sums, weight * np.arange(self.states)).ravel()
        return self._lookup[sums]

    def _advance(self, cells: Cells, steps: int, start: int, seed: int) -> Cells:
        return _evolved(self, cells, steps, 2)[steps % 2].copy()

    def _film(self, cells: Cells, steps: int, start: int, seed: int) -> Cells:
        return _evolved(self, cells, steps, steps + 1)[1:]
