"""How many states of a ring precede a given one, and which.

A predecessor of a ring of n cells is a closed path of n edges in the de Bruijn graph whose labels
are the cells, so their number is the trace of a product of n transfer matrices.

References:
    E. Jen, Enumeration of preimages in cellular automata, Complex Systems 3, 1989.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from simulations.automata.analysis.tables import Rule1D, local
from simulations.automata.automaton import Cells
from simulations.automata.one_dimensional import RadiusRule

__all__ = ["count_preimages", "preimages"]

_VERTICES = 1 << 12
"""Words of 2 r cells that a transfer matrix may have."""


def _edges(rule: RadiusRule) -> tuple[int, list[list[tuple[int, int]]]]:
    """How many vertices there are, and by label the edges (from, to)."""
    states, words = rule.states, rule.states ** (2 * rule.radius)
    if words > _VERTICES:
        raise ValueError(
            f"rule: got {rule.name}, with {words:,} words of {2 * rule.radius} cells; accepted are "
            f"up to {_VERTICES:,}"
        )
    edges: list[list[tuple[int, int]]] = [[] for _ in range(states)]
    for edge, label in enumerate(rule.table.tolist()):
        edges[label].append((edge // states, edge % words))
    return words, edges


def count_preimages(rule: Rule1D, state: npt.ArrayLike) -> int:
    """How many states of a ring become this one in a step, exactly.

    Args:
        rule: the rule.
        state: cells (n,) of a ring, each below the number of states, n at least 1.

    Raises:
        TypeError, ValueError: a state that the rule does not have, or too large a radius.

    Example:
        >>> count_preimages(90, [0, 0, 0, 0]), count_preimages(110, [0, 1, 0, 1, 0])
        (4, 0)
    """
    known = local(rule)
    words, edges = _edges(known)
    # row u: how many paths lead from u to each vertex
    paths = np.array([[int(u == v) for v in range(words)] for u in range(words)], object)
    for label in _ring(known, state).tolist():
        longer = np.zeros_like(paths)
        for source, target in edges[label]:
            longer[:, target] += paths[:, source]
        paths = longer
    return int(paths.trace())


def preimages(rule: Rule1D, state: npt.ArrayLike) -> Cells:
    """All states of a ring that become this one in a step, in ascending order.

    Returns:
        uint8 (`count_preimages(rule, state)`, n).

    Raises:
        TypeError, ValueError: as for `count_preimages`.
        MemoryError: they would not fit; says so before any is made.
    """
    known = local(rule)
    cells = _ring(known, state)
    words, edges = _edges(known)
    known._room(4 * cells.size * count_preimages(known, cells) + cells.size * words**2)
    # home[i][v, u]: whether vertex v before cell i can still become u at the end
    home = [np.eye(words, dtype=bool)]
    for label in cells[::-1].tolist():
        reaches = np.zeros((words, words), bool)
        for source, target in edges[label]:
            reaches[source] |= home[-1][target]
        home.append(reaches)
    home.reverse()
    start = np.flatnonzero(home[0].diagonal())
    here, letters = start, np.zeros((start.size, 0), np.uint8)
    for i, label in enumerate(cells.tolist()):
        found = []
        for last in range(known.states):
            edge = here * known.states + last
            good = (known.table[edge] == label) & home[i + 1][edge % words, start]
            found.append((np.flatnonzero(good), last))
        rows = np.concatenate([places for places, _ in found])
        added = np.concatenate([np.full(p.size, last, np.uint8) for p, last in found])
        start, letters = start[rows], np.column_stack([letters[rows], added])
        here = (here[rows] * known.states + added) % words
    # edge i appends cell i + r
    states = np.roll(letters, known.radius, axis=1)
    return states[np.lexsort(states.T[::-1])]


def _ring(rule: RadiusRule, state: npt.ArrayLike) -> Cells:
    cells = rule.checked(state)
    if not cells.size:
        raise ValueError("state: got no cells, accepted are rings of at least 1")
    return cells
