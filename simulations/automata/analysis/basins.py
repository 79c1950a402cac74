"""Where every state of a ring ends: attractors, their basins, and the transients that lead there.

References:
    A. Wuensche, M. Lesser, The Global Dynamics of Cellular Automata, Addison-Wesley, 1992.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from complexity.errors import integer
from simulations.automata.analysis.tables import Rule1D, local
from simulations.automata.automaton import Cells
from simulations.automata.one_dimensional import RadiusRule, digits

if TYPE_CHECKING:
    import networkx as nx

__all__ = ["Basins", "basins"]

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, repr=False)
class Basins:
    """The states of a ring as numbers, cell 0 being the highest digit, and what they become.

    Attributes:
        name: the rule.
        states: of a cell.
        width: of the ring.
        successor: int64 (states^width,), each state's next.
        attractors: the cycles, each from its smallest state on, sorted.
        basin: int64, of each state the index of the attractor where it ends.
        transient: int64, of each state how many steps it is from its attractor.
    """

    name: str
    states: int
    width: int
    successor: Numbers
    attractors: tuple[tuple[int, ...], ...]
    basin: Numbers
    transient: Numbers

    @property
    def sizes(self) -> Numbers:
        """How many states end at each attractor, its own included."""
        return np.bincount(self.basin, minlength=len(self.attractors))

    @property
    def gardens_of_eden(self) -> Numbers:
        """The states that have no predecessor, ascending."""
        met = np.zeros(self.successor.size, bool)
        met[self.successor] = True
        return np.flatnonzero(~met)

    def cells(self, number: int) -> Cells:
        """The state of a number as cells (width,)."""
        return digits(number, self.states, self.width)[::-1].copy()

    def graph(self) -> nx.DiGraph:
        """An edge from each state to its next; nodes have `basin` and `transient`.

        Raises:
            MemoryError: it would not fit.
        """
        import networkx as nx

        RadiusRule._room(1500 * self.successor.size)
        graph = nx.DiGraph()
        rows = zip(self.basin.tolist(), self.transient.tolist(), strict=True)
        graph.add_nodes_from(
            (i, {"basin": basin, "transient": far}) for i, (basin, far) in enumerate(rows)
        )
        graph.add_edges_from(enumerate(self.successor.tolist()))
        return graph

    def to_dict(self) -> dict[str, Any]:
        """The rule, the ring, and of each attractor its states and the size of its basin."""
        return {
            "rule": self.name,
            "width": self.width,
            "attractors": [list(cycle) for cycle in self.attractors],
            "basin_sizes": self.sizes.tolist(),
            "longest_transient": int(self.transient.max()),
            "gardens_of_eden": len(self.gardens_of_eden),
        }

    def __repr__(self) -> str:
        return (
            f"Basins({self.name}, width={self.width}: {len(self.attractors)} attractors, longest "
            f"cycle {max(map(len, self.attractors))}, longest transient {self.transient.max()})"
        )


def basins(rule: Rule1D, width: int) -> Basins:
    """Follow every state of a ring to its end.

    Args:
        rule: the rule.
        width: cells of the ring, at least 1.

    Raises:
        TypeError, ValueError: a rule or a width that is not accepted.
        MemoryError: states^width states would not fit.

    Example:
        >>> basins(90, 4)
        Basins(rule 90, k=2, r=1, width=4: 1 attractors, longest cycle 1, longest transient 2)
    """
    known = local(rule)
    cells = integer("width", width, 1)
    size = known.states**cells
    known._room((8 * size.bit_length() + 160) * size)
    successor = _successors(known, cells)
    # after as many steps as there are states, every state is on its cycle
    ends, span = successor, 1
    jumps = [successor]
    while span < successor.size:
        ends, span = ends[ends], 2 * span
        jumps.append(ends)
    cyclic = np.zeros(successor.size, bool)
    cyclic[ends] = True
    attractors, label = _cycles(successor, np.flatnonzero(cyclic))
    return Basins(
        known.name, known.states, cells, successor, attractors, label[ends],
        _transients(jumps, cyclic),
    )  # fmt: skip


def _successors(rule: RadiusRule, width: int) -> Numbers:
    """Each state's next, one cell of all states at a time."""
    numbers = np.arange(rule.states**width)
    places = rule.states ** np.arange(width - 1, -1, -1)
    successor = np.zeros_like(numbers)
    for i in range(width):
        around = np.zeros_like(numbers)
        for j in range(i - rule.radius, i + rule.radius + 1):
            around = around * rule.states + numbers // places[j % width] % rule.states
        successor += rule.table[around] * places[i]
    return successor


def _cycles(successor: Numbers, cyclic: Numbers) -> tuple[tuple[tuple[int, ...], ...], Numbers]:
    """The cycles in order of their smallest states, and of each state on one which it is."""
    label = np.full(successor.size, -1)
    cycles = []
    for first in cyclic.tolist():
        if label[first] >= 0:
            continue
        cycle, here = [], first
        while label[here] < 0:
            label[here] = len(cycles)
            cycle.append(here)
            here = int(successor[here])
        cycles.append(tuple(cycle))
    return tuple(cycles), label


def _transients(jumps: list[Numbers], cyclic: npt.NDArray[np.bool_]) -> Numbers:
    """The steps from each state to its cycle, by jumps of 2^i that do not reach it."""
    here, far = np.arange(cyclic.size), np.zeros(cyclic.size, np.int64)
    for i in range(len(jumps) - 1, -1, -1):
        there = jumps[i][here]
        short = ~cyclic[there]
        here = np.where(short, there, here)
        far += short.astype(np.int64) << i
    return far + ~cyclic
