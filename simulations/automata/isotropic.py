"""Rules that heed how live neighbours are arranged, alike under rotation and reflection.

References:
    A. Hensel, A brief illustrated glossary of terms in Conway's Game of Life, and his Life applet,
    1995-2001: the letters; their present form is Golly's ("isotropic non-totalistic").
    R. E. Bryant, Graph-based algorithms for Boolean function manipulation, IEEE Trans. Comput.
    C-35, 1986: the decision diagram that a rule is evaluated by.
"""

from __future__ import annotations

from functools import cache
from typing import final

import numpy as np
import numpy.typing as npt

from complexity.errors import integer
from simulations.automata import _life_kernels as kernels
from simulations.automata._packed import Strip, Words, evolved, pack, unpack
from simulations.automata.automaton import Automaton, Cells
from simulations.automata.life import refuse_birth_from_nothing
from simulations.automata.rulestring import HenselRule, hensel_rule

__all__ = ["Isotropic"]

_COMPASS = {"NW": 0, "N": 1, "NE": 2, "W": 3, "E": 5, "SW": 6, "S": 7, "SE": 8}
"""Where a neighbour is -> its bit in a neighbourhood, row by row; the cell itself is bit 4."""

_CENTRE = 16

_EXAMPLES = {
    "1c": "NE",
    "1e": "N",
    "2c": "NE SE",
    "2e": "N E",
    "2k": "N SE",
    "2a": "N NE",
    "2i": "N S",
    "2n": "NE SW",
    "3c": "NE SE SW",
    "3e": "N E S",
    "3k": "N E SW",
    "3a": "N NE E",
    "3i": "N NE NW",
    "3n": "N NE SE",
    "3y": "N SE SW",
    "3q": "N NE SW",
    "3j": "N NE W",
    "3r": "N NE S",
    "4c": "NE SE SW NW",
    "4e": "N E S W",
    "4k": "N NE SE W",
    "4a": "N NE E SE",
    "4i": "N NE SE S",
    "4n": "N NE SE NW",
    "4y": "N NE SE SW",
    "4q": "N NE E SW",
    "4j": "N NE S W",
    "4r": "N NE E S",
    "4t": "N NE S NW",
    "4w": "N NE SW W",
    "4z": "N NE S SW",
}
"""One neighbourhood of each letter; with 5 to 7 neighbours a letter means the dead ones."""


def _turned(neighbourhood: int) -> int:
    """A neighbourhood turned by a quarter."""
    return sum((neighbourhood >> (3 * i + j) & 1) << (3 * j + 2 - i) for i, j in np.ndindex(3, 3))


def _mirrored(neighbourhood: int) -> int:
    return sum((neighbourhood >> (3 * i + j) & 1) << (3 * i + 2 - j) for i, j in np.ndindex(3, 3))


@cache
def _arrangement_of() -> dict[int, tuple[int, str]]:
    """Each of the 256 neighbourhoods without the cell itself -> its arrangement."""
    everyone = sum(1 << bit for bit in _COMPASS.values())
    found = {0: (0, ""), everyone: (8, "")}
    for key, example in _EXAMPLES.items():
        count, letter = int(key[0]), key[1]
        one = sum(1 << _COMPASS[place] for place in example.split())
        for each in (one, _mirrored(one)):
            for _ in range(4):
                found[each] = (count, letter)
                if count < 4:
                    found[everyone ^ each] = (8 - count, letter)
                each = _turned(each)
    return found


def _table(rule: HenselRule) -> npt.NDArray[np.uint8]:
    """What becomes of the cell in each of the 512 neighbourhoods, bit 3 i + j being row i."""
    table = np.zeros(512, np.uint8)
    for neighbourhood, arrangement in _arrangement_of().items():
        table[neighbourhood] = arrangement in rule.birth
        table[neighbourhood | _CENTRE] = arrangement in rule.survival
    return table


_ORDER = (4, 1, 7, 3, 5, 0, 2, 6, 8)
"""The cells as a decision diagram asks for them: the cell itself, its edges, its corners."""


def _diagram(table: npt.NDArray[np.uint8]) -> npt.NDArray[np.int64]:
    """The reduced ordered decision diagram of a rule, as `decided` takes it."""
    # axis k of the cube is bit 8 - k of a neighbourhood
    cube = table.reshape((2,) * 9).transpose([8 - bit for bit in _ORDER])
    nodes: list[tuple[int, int, int]] = []
    known: dict[bytes, int] = {}

    def node(part: bytes) -> int:
        if not any(part) or all(part):
            return part[0]
        half = len(part) // 2
        if part[:half] == part[half:]:
            return node(part[:half])
        if part not in known:
            row, column = divmod(_ORDER[9 - half.bit_length()], 3)
            place = (row - 1) * kernels.STRIDE + column - 1
            nodes.append((place, node(part[:half]), node(part[half:])))
            known[part] = len(nodes) + 1
        return known[part]

    if node(cube.tobytes()) < 2:  # a constant still is a node, with two like branches
        nodes.append((0, int(table[0]), int(table[0])))
    return np.array(nodes, np.int64)


@final
class Isotropic(Automaton):
    """Cells that live or die by how their live neighbours are arranged: one of 2^102 rules.

    Args:
        rule: in Hensel's notation, as "B2-a/S12", "b2-as12" or "12/2-a" (survival first): after a
            number of neighbours the letters of those arrangements that count, or after a minus of
            those that do not.
        boundary: "periodic", "fixed", "reflecting" or "open"; the last not with B0.
        threads: how many threads share a large grid; the result is the same for any number.

    Attributes:
        rule: the arrangements, read.
        table: uint8 (512,): what becomes of a cell whose neighbourhood, the sum of 2^(3 i + j) over
            the live cells in row i and column j of the 3 by 3 around it, is the index.

    Example:
        >>> Isotropic("b2cekin/s12")
        Isotropic('B2-a/S12', boundary='periodic')
    """

    def __init__(self, rule: str, boundary: str = "periodic", *, threads: int = 1) -> None:
        super().__init__(boundary)
        self.rule = hensel_rule(rule)
        self.threads = integer("threads", threads, 1)
        refuse_birth_from_nothing(boundary, (0, "") in self.rule.birth, self.name)
        self.table = _table(self.rule)
        self._nodes = _diagram(self.table)

    @property
    def name(self) -> str:
        """The rule as "B2-a/S12": letters in alphabetical order, or those missing if fewer."""
        return str(self.rule)

    def _advance(self, cells: Cells, steps: int, start: int, seed: int) -> Cells:
        chunk, count = kernels.CHUNK, len(self._nodes) + 2

        def step(strip: Strip, _: Words, generations: int) -> None:
            values = np.zeros(count * chunk, np.uint64)
            values[chunk : 2 * chunk] = 2**64 - 1
            kernels.decided(*strip, generations, self._nodes, values)

        words = pack(cells)[np.newaxis]
        words = evolved(words, len(cells), self.boundary, steps, step, self.threads)
        return unpack(words[0], len(cells))
