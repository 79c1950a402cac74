"""Rules given by the user: a table or a plain Python function of a cell's neighbourhood."""

from __future__ import annotations

import hashlib
import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from itertools import product
from typing import Any, SupportsInt, final

import numpy as np
import numpy.typing as npt
from numba import njit, types
from numba.core.errors import NumbaError

from complexity.errors import integer, unknown
from simulations.automata import _local_kernels as kernels
from simulations.automata.automaton import Automaton, Cells
from simulations.program import source_digest
from simulations.system import random_words

__all__ = ["LocalRule", "neighbourhood_offsets"]

Function = Callable[..., int]
Offset = tuple[int, ...]
Neighbourhood = str | Sequence[int | Offset]
Places = npt.NDArray[np.int64]
Words = npt.NDArray[np.uint64]

_NEIGHBOURHOODS: Mapping[str, Callable[[Offset, int], bool]] = {
    "moore": lambda offset, radius: True,
    "von-neumann": lambda offset, radius: sum(map(abs, offset)) <= radius,
    "hexagonal": lambda offset, radius: abs(offset[0] - offset[-1]) <= radius,
}
_LARGEST_TABLE = 1 << 24
_KEPT = 64
"""Functions whose compiled kernels are kept for the next rule of the same function."""


def neighbourhood_offsets(
    neighbourhood: Neighbourhood, dimensions: int = 2, radius: int = 1
) -> tuple[Offset, ...]:
    """Where the cells of a neighbourhood lie, the centre among them, in the order of rows.

    "moore" is all cells at most `radius` away along every axis, "von-neumann" those at most
    `radius` away along all axes together, and "hexagonal", in two dimensions, those at most
    `radius` steps away on hexagons stored as Golly stores them: Moore's without the upper right and
    the lower left corner, the cell in row y and column x lying at x - y/2 from the left.

    Args:
        neighbourhood: a name, or the offsets themselves, (rows, columns) in two dimensions.
        dimensions: of space, 1 to 3.
        radius: of a named neighbourhood.

    Example:
        >>> neighbourhood_offsets("von-neumann")
        ((-1, 0), (0, -1), (0, 0), (0, 1), (1, 0))
    """
    axes = integer("dimensions", dimensions, 1, 3)
    if not isinstance(neighbourhood, str):
        return _explicit(neighbourhood, axes)
    if neighbourhood not in _NEIGHBOURHOODS:
        raise unknown("neighbourhood", neighbourhood, _NEIGHBOURHOODS, hint="beside offsets")
    if neighbourhood == "hexagonal" and axes != 2:
        raise ValueError(f"dimensions: got {axes}, accepted is 2 for hexagons")
    reach = integer("radius", radius, 0)
    near = _NEIGHBOURHOODS[neighbourhood]
    square = product(range(-reach, reach + 1), repeat=axes)
    return tuple(offset for offset in square if near(offset, reach))


def _explicit(offsets: Sequence[int | Offset], axes: int) -> tuple[Offset, ...]:
    found = [each if isinstance(each, tuple) else (each,) for each in offsets]
    if not found or any(len(each) != axes for each in found):
        raise ValueError(
            f"neighbourhood: got {list(offsets)!r}, accepted are offsets of {axes} numbers each, "
            "at least one"
        )
    return tuple(tuple(integer("neighbourhood", i, -(2**31), 2**31) for i in o) for o in found)


@final
class LocalRule(Automaton):
    """An automaton by a function or a table of the cells of a neighbourhood, in 1 to 3 dimensions.

    A function is plain Python that Numba can compile. It takes the neighbourhood's cells, an int64
    array in the order of `offsets`, and gives the new state, from 0 to `states` - 1. If it takes a
    second argument, that is a number drawn uniformly from [0, 1), a function of the seed, the time
    and the place alone.

    A table holds the new state for each neighbourhood read as a number in base `states`, the first
    of its cells being the most significant digit.

    Args:
        rule: the function, or a sequence of states ** (cells of the neighbourhood) states.
        neighbourhood: "moore", "von-neumann", "hexagonal", or offsets: see `neighbourhood_offsets`.
        states: how many a cell has, 2 to 256.
        boundary: "periodic", "fixed", "reflecting" or "open" (for rules that do not draw, and leave
            a cell 0 among zeros).
        dimensions: of space, 1 to 3.
        radius: of a named neighbourhood.

    Attributes:
        offsets: where the cells of a neighbourhood lie.

    Raises:
        ValueError: among others, if Numba cannot compile the function; says why.

    Example:
        >>> rule_90 = LocalRule([0, 1, 0, 1, 1, 0, 1, 0], dimensions=1)
        >>> rule_90.run([0, 0, 0, 1, 0, 0, 0], 2)
        array([0, 1, 0, 0, 0, 1, 0], dtype=uint8)
    """

    def __init__(
        self,
        rule: Function | Sequence[int] | npt.NDArray[np.integer],
        neighbourhood: Neighbourhood = "moore",
        *,
        states: int = 2,
        boundary: str = "periodic",
        dimensions: int = 2,
        radius: int = 1,
    ) -> None:
        super().__init__(boundary)
        self.axes = self.dimensions = integer("dimensions", dimensions, 1, 3)
        self.states = integer("states", states, 2, 256)
        self.offsets = neighbourhood_offsets(neighbourhood, dimensions, radius)
        self.radius = max(max(map(abs, offset)) for offset in self.offsets)
        far = np.zeros((len(self.offsets), 3), np.int64)
        far[:, 3 - dimensions :] = self.offsets
        self._reach = [int(reach) for reach in np.abs(far).max(0)]
        self._offsets = far + self._reach
        self._table = None if callable(rule) else self._checked_table(rule)
        if callable(rule):
            self._function = getattr(rule, "py_func", rule)
            if not inspect.isfunction(self._function):
                raise TypeError(f"rule: got {rule!r}, accepted are a Python function or a table")
            self._program = source_digest(self._function)
            self.draws, self._rule = _compiled(self._function, self._program)
        self._check_open()

    @property
    def name(self) -> str:
        """The function's name, or the beginning of the table's SHA-256."""
        if self._table is None:
            return getattr(self._function, "__name__", "rule")
        return f"table {hashlib.sha256(self._table.tobytes()).hexdigest()[:16]}"

    @property
    def parameters(self) -> Mapping[str, Any]:
        """The neighbourhood and the states too, a function's source and a digest of its program."""
        offsets = [list(offset) for offset in self.offsets]
        more = {"neighbourhood": offsets, "states": self.states}
        program = self._program if self._table is None else None
        return {**super().parameters, **more, "source": self._source(), "program": program}

    def _source(self) -> str | None:
        if self._table is not None:
            return None
        try:
            return inspect.getsource(self._function)
        except (OSError, TypeError):
            return None

    def _checked_table(self, table: Sequence[int] | npt.NDArray[np.integer]) -> Cells:
        array = np.asarray(table)
        size = self.states ** len(self.offsets)
        if size > _LARGEST_TABLE:
            raise ValueError(
                f"rule: a table of {self.states} states and {len(self.offsets)} cells has {size} "
                f"entries, accepted are {_LARGEST_TABLE}; consider a function"
            )
        if array.dtype.kind not in "biu" or array.shape != (size,):
            raise ValueError(
                f"rule: got an array of shape {array.shape} and dtype {array.dtype}, accepted are "
                f"{size} integers for {self.states} states and {len(self.offsets)} cells"
            )
        if array.min() < 0 or array.max() >= self.states:
            raise ValueError(
                f"rule: got entries from {array.min()} to {array.max()}, accepted are 0 to "
                f"{self.states - 1}"
            )
        return array.astype(np.uint8)

    def _check_open(self) -> None:
        """Raise ValueError if the rule cannot live on the open plane."""
        if self.boundary != "open":
            return
        if self.draws:
            raise ValueError(
                "boundary: got 'open' for a rule that draws, accepted are periodic, fixed, "
                "reflecting"
            )
        zeros = np.zeros(len(self.offsets), np.int64)
        if self._table[0] if self._table is not None else self._rule(zeros, 0.0):
            raise ValueError(
                f"boundary: got 'open' for {self.name}, whose empty ground comes alive; accepted "
                "are periodic, fixed, reflecting"
            )

    def _advance(self, cells: Cells, steps: int, start: int, seed: int) -> Cells:
        space = self._space(cells)
        if self._table is not None:
            kernels.table_steps(*space, self._offsets, self._table, self.states, steps)
            return cells
        key = random_words(seed, (), 1)[0]
        kernel = _function_steps(self._rule)
        found = kernel(*space, self._offsets, self.states, key, start, steps)
        self._accept(found, cells.shape)
        return cells

    def _at_sites(self, cells: Cells, sites: npt.NDArray[np.int64], draws: Words) -> None:
        """Update cells one after another, in place; each may see the ones before it.

        Args:
            cells: C-contiguous.
            sites: flat indices.
            draws: a random word for each.
        """
        space = self._space(cells)
        if self._table is not None:
            kernels.table_sites(*space, self._offsets, self._table, self.states, sites)
            return
        kernel = _function_sites(self._rule)
        found = kernel(*space, self._offsets, self.states, sites, draws)
        self._accept(found, cells.shape)

    def _space(self, cells: Cells) -> tuple[Cells, Places, Places, Places]:
        """The cells with three axes, and for each axis where a coordinate's cell lies."""
        shape = (1,) * (3 - cells.ndim) + cells.shape
        planes, rows, columns = (
            _places(size, reach, self.boundary)
            for size, reach in zip(shape, self._reach, strict=True)
        )
        return cells.reshape(shape), planes, rows, columns

    def _accept(self, found: Sequence[SupportsInt], shape: tuple[int, ...]) -> None:
        site, state = map(int, found)
        if site >= 0:
            place = tuple(int(i) for i in np.unravel_index(site, shape))
            raise ValueError(
                f"rule: {self.name} gave {state} for the cell {place}, accepted are 0 to "
                f"{self.states - 1}"
            )


def _places(size: int, reach: int, boundary: str) -> Places:
    """Where the cells from -reach to size + reach lie on an axis, -1 for nowhere."""
    i = np.arange(-reach, size + reach)
    if boundary == "periodic":
        return i % size
    if boundary == "reflecting":
        there = i % (2 * size)
        return np.minimum(there, 2 * size - 1 - there)
    return np.where((i >= 0) & (i < size), i, -1)


_function_steps = lru_cache(_KEPT)(kernels.function_steps)
_function_sites = lru_cache(_KEPT)(kernels.function_sites)


@lru_cache(_KEPT)
def _compiled(function: Function, program: str) -> tuple[bool, Callable[..., int]]:
    """Whether the function draws, and it compiled as rule(neighbourhood, uniform).

    `program` is its digest: the values of what it uses around it become part of the machine code.
    """
    name = getattr(function, "__name__", repr(function))
    count = len(inspect.signature(function).parameters)
    if count not in (1, 2):
        raise ValueError(
            f"rule: {name!r} takes {count} arguments, accepted are 1 (the neighbourhood's cells) "
            "or 2 (and a uniform random number)"
        )
    rule = njit(nogil=True)(function)
    try:
        rule.compile((types.int64[::1], types.float64)[:count])
    except NumbaError as error:
        raise ValueError(f"rule: Numba cannot compile {name!r}: {_reason(error)}") from error
    returned = rule.nopython_signatures[0].return_type
    if not isinstance(returned, types.Integer | types.Boolean):
        raise TypeError(f"rule: {name!r} gives {returned}, accepted are integers or booleans")
    if count == 2:
        return True, rule

    @njit(nogil=True)
    def without_draw(cells, uniform):
        return rule(cells)

    return False, without_draw


def _reason(error: NumbaError) -> str:
    """The first line that says why."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", str(error))
    lines = (line.strip() for line in plain.splitlines())
    return next((line for line in lines if line and not line.startswith("Failed in")), "")
