"""Whether a rule is surjective or reversible, decided on the de Bruijn graph of its neighbourhoods.

The vertices are the words of 2 r cells; an edge appends a cell, drops the first, and bears what
the rule makes of the 2 r + 1 cells. In the graph of pairs of vertices with equally labelled edges,
a rule is surjective exactly if no path leads from a pair of equals over unequals back to equals,
and injective exactly if no pair of unequals lies on a path without ends (which is reversible, the
line being one-dimensional).

References:
    S. Amoroso, Y. N. Patt, Decision procedures for surjectivity and injectivity of parallel maps
    for tessellation structures, J. Comput. Syst. Sci. 6, 1972.
    K. Sutner, De Bruijn graphs and linear cellular automata, Complex Systems 5, 1991.
"""

from __future__ import annotations

from collections import deque

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from simulations.automata.analysis.tables import Rule1D, local
from simulations.automata.one_dimensional import RadiusRule

__all__ = ["inverse", "is_reversible", "is_surjective", "shortest_orphan"]

_EDGES = 1 << 25
"""Edges that the graph of pairs may have."""

_SUBSETS = 1 << 20
"""Sets of vertices that a search for an orphan may meet."""


def _components(rule: RadiusRule) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Of each pair of vertices its strong component, and whether it has an edge to itself."""
    states, words = rule.states, rule.states ** (2 * rule.radius)
    if (edges := (words * states) ** 2) > _EDGES:
        raise ValueError(
            f"rule: got {rule.name}, whose graph of pairs has up to {edges:,} edges; accepted are "
            f"up to {_EDGES:,}"
        )
    labels = rule.table
    first, second = np.nonzero(labels[:, np.newaxis] == labels)
    source = first // states * words + second // states
    target = first % words * words + second % words
    graph = csr_array((np.ones(source.size, bool), (source, target)), shape=(words**2,) * 2)
    _, component = connected_components(graph, connection="strong")
    loops = np.zeros(words**2, bool)
    loops[source[source == target]] = True
    return component.astype(np.int64), loops


def is_surjective(rule: Rule1D) -> bool:
    """Whether every state of the unbounded line has a predecessor.

    Raises:
        ValueError: radius and states make the graph of pairs too large.

    Example:
        >>> is_surjective(30), is_surjective(110)
        (True, False)
    """
    known = local(rule)
    component, _ = _components(known)
    words = known.states ** (2 * known.radius)
    # the pairs of equals are strongly connected, as the de Bruijn graph is
    return int((component == component[0]).sum()) == words


def is_reversible(rule: Rule1D) -> bool:
    """Whether every state of the unbounded line, and so of every ring, has one predecessor.

    Raises:
        ValueError: radius and states make the graph of pairs too large.

    Example:
        >>> [number for number in range(256) if is_reversible(number)]
        [15, 51, 85, 170, 204, 240]
    """
    known = local(rule)
    component, loops = _components(known)
    words = known.states ** (2 * known.radius)
    equal = np.zeros(words**2, bool)
    equal[:: words + 1] = True
    sizes = np.bincount(component)[component]
    return not (loops[~equal].any() or (sizes[~equal] > 1).any())


def inverse(rule: Rule1D) -> RadiusRule:
    """The rule that undoes a reversible one, of the smallest radius.

    Raises:
        ValueError: the rule is not reversible, or it or its inverse is too large.

    Example:
        >>> inverse(15).number
        85
    """
    known = local(rule)
    if not is_reversible(known):
        raise ValueError(f"rule: got {known.name}, accepted are reversible rules")
    radius = 1
    while known.states ** (2 * (radius + known.radius) + 1) <= _EDGES:
        table = _undone(known, radius)
        if table is not None:
            return RadiusRule(table, known.states, radius)
        radius += 1
    raise ValueError(
        f"rule: got {known.name}, whose inverse has a radius of {radius} or more; accepted are "
        f"those for which states^(2 (radius + {known.radius}) + 1) is at most {_EDGES:,}"
    )


def _undone(rule: RadiusRule, radius: int) -> npt.NDArray[np.uint8] | None:
    """The inverse's table if 2 radius + 1 cells of the image fix the cell in the middle."""
    states, window = rule.states, 2 * radius + 1
    words = np.arange(states ** (window + 2 * rule.radius))
    image = np.zeros_like(words)
    for i in range(window):
        around = words // states ** (window - 1 - i) % rule.table.size
        image = image * states + rule.table[around]
    middle = (words // states ** (radius + rule.radius) % states).astype(np.uint8)
    table = np.zeros(states**window, np.uint8)
    table[image] = middle
    return table if (table[image] == middle).all() else None


def shortest_orphan(rule: Rule1D) -> tuple[int, ...] | None:
    """The first shortest word that no state's image contains; None if the rule is surjective.

    A state with an orphan in it is a Garden of Eden.

    Raises:
        ValueError: radius and states make the graph of pairs or the search too large.

    Example:
        >>> shortest_orphan(110)
        (0, 1, 0, 1, 0)
    """
    known = local(rule)
    if is_surjective(known):
        return None
    states, words = known.states, known.states ** (2 * known.radius)
    # reached[label][vertex]: the set, as bits, where edges with the label lead
    reached = [[0] * words for _ in range(states)]
    for edge, label in enumerate(known.table.tolist()):
        reached[label][edge // states] |= 1 << edge % words
    everywhere = (1 << words) - 1
    known_by: dict[int, tuple[int, int] | None] = {everywhere: None}
    queue = deque([everywhere])
    while queue and len(known_by) <= _SUBSETS:
        here = queue.popleft()
        for label in range(states):
            there = 0
            for vertex in _members(here):
                there |= reached[label][vertex]
            if there not in known_by:
                known_by[there] = here, label
                queue.append(there)
            if not there:
                return _spelled(known_by)
    raise ValueError(f"rule: got {known.name}, whose orphans are too long to find")


def _members(bits: int) -> list[int]:
    return [i for i in range(bits.bit_length()) if bits >> i & 1]


def _spelled(known_by: dict[int, tuple[int, int] | None]) -> tuple[int, ...]:
    """The word that leads to the empty set."""
    word, here = [], known_by[0]
    while here is not None:
        word.append(here[1])
        here = known_by[here[0]]
    return tuple(reversed(word))
