"""Rooted trees up to isomorphism: the index among all that have as many nodes.

Trees are in order by their number of nodes, then by their index. A tree is its root and a multiset
of smaller trees; multisets are in order by how many of the largest size they hold, then by which,
then by the rest. So all indices follow from two tables of counts, forests of n nodes whose trees
have at most s, and rooted trees of n nodes (1, 1, 2, 4, 9, 20, 48, ...: OEIS A000081).

References:
    A. Cayley, On the theory of the analytical forms called trees, Phil. Mag. 13, 1857.
    A. Nijenhuis and H. S. Wilf, Combinatorial Algorithms, 2nd ed. 1978, chapter 29: rooted trees.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import Any, ClassVar

from complexity.errors import integer
from mdl.objects._base import Enumerated
from mdl.objects.trees import OrderedTree

__all__ = ["MAX_NODES", "RootedTree", "rooted_trees", "unordered"]

MAX_NODES = 256
"""The most nodes of a tree; the tables take memory and time with the square of that and more."""

_Place = tuple[int, int]
"""A tree as its number of nodes, and its index among those with as many."""


@dataclass(frozen=True)
class RootedTree(Enumerated):
    """A rooted tree whose children are in no order: n as LEB128, then its index among all of n.

    An object is the walk around the tree as balanced parentheses, a pair for each of its n edges
    (at most 255), children sorted; `unordered` sorts them. The root alone, "", and the tree of one
    edge, "()", take the header alone, 8 bits.

    Example:
        >>> round(2 ** (RootedTree().bits("(()())()") - 8))  # of 5 nodes
        9
    """

    family: ClassVar[str] = "rooted-tree"

    def _item(self, x: Any) -> str:
        if unordered(x) != x:
            raise ValueError(
                f"x: got {x[:20]!r} with children in another order, accepted is what "
                "mdl.objects.unordered(x) makes of it"
            )
        return x

    def _shape(self, item: str) -> tuple[int, ...]:
        return (len(item) // 2,)

    def _check(self, shape: tuple[int, ...]) -> None:
        if shape[0] >= MAX_NODES:
            raise ValueError(f"a tree of {shape[0]} edges, of at most {MAX_NODES - 1}")

    def _count(self, shape: tuple[int, ...], choice: int) -> int:
        return rooted_trees(shape[0] + 1)

    def _rank(self, item: str, shape: tuple[int, ...], choice: int) -> int:
        stack: list[list[_Place]] = [[]]
        for symbol in item:
            if symbol == "(":
                stack.append([])
            else:
                children = stack.pop()
                stack[-1].append((1 + sum(size for size, _ in children), _rank(children)))
        return _rank(stack[0])

    def _unrank(self, index: int, shape: tuple[int, ...], choice: int) -> str:
        rooted_trees(shape[0] + 1)  # fills the tables from below
        return _written((shape[0] + 1, index))


def rooted_trees(nodes: int) -> int:
    """The number of rooted trees of so many nodes, up to isomorphism (OEIS A000081).

    Args:
        nodes: 0 to 256.

    Raises:
        TypeError, ValueError: `nodes` is no such integer.

    Example:
        >>> [rooted_trees(n) for n in range(1, 9)]
        [1, 1, 2, 4, 9, 20, 48, 115]
    """
    integer("nodes", nodes, 0, MAX_NODES)
    for size in range(1, nodes):
        for largest in range(1, size + 1):
            _forests(size, largest)
    return _trees(nodes) if nodes else 0


def unordered(text: str) -> str:
    """Balanced parentheses with all children sorted, largest first: equal for isomorphic trees.

    Raises:
        TypeError, ValueError: `text` is no str of balanced parentheses, or of more than 255 pairs.

    Example:
        >>> unordered("()(()())")
        '(()())()'
    """
    OrderedTree()._item(text)
    if len(text) // 2 >= MAX_NODES:
        raise ValueError(f"x: got {len(text) // 2} pairs, accepted are at most {MAX_NODES - 1}")
    stack: list[list[str]] = [[]]
    for symbol in text:
        if symbol == "(":
            stack.append([])
        else:
            inner = _sorted(stack.pop())
            stack[-1].append(f"({inner})")
    return _sorted(stack[0])


def _sorted(children: Iterable[str]) -> str:
    return "".join(sorted(children, key=lambda text: (-len(text), text)))


@cache
def _trees(nodes: int) -> int:
    return _forests(nodes - 1, nodes - 1)


@cache
def _forests(nodes: int, largest: int) -> int:
    """Multisets of rooted trees of so many nodes in all, each of at most `largest`."""
    if not nodes or not largest:
        return int(not nodes)
    size = min(largest, nodes)
    times = range(nodes // size + 1)
    return sum(_multisets(size, each) * _forests(nodes - each * size, size - 1) for each in times)


def _multisets(size: int, times: int) -> int:
    """Multisets of so many trees of `size` nodes each."""
    return math.comb(_trees(size) + times - 1, times) if times else 1


def _rank(children: list[_Place]) -> int:
    """The index of a forest among those of as many nodes."""
    rank, nodes = 0, sum(size for size, _ in children)
    for size, group in groupby(sorted(children, key=lambda place: (-place[0], place[1])), _size):
        indices = [index for _, index in group]
        for fewer in range(len(indices)):
            rank += _multisets(size, fewer) * _forests(nodes - fewer * size, size - 1)
        nodes -= len(indices) * size
        which = sum(math.comb(index + at, at + 1) for at, index in enumerate(indices))
        rank += which * _forests(nodes, size - 1)
    return rank


def _size(place: _Place) -> int:
    return place[0]


def _unrank(nodes: int, index: int) -> list[_Place]:
    """The forest of so many nodes with this index."""
    places, size = [], nodes
    while nodes:
        size, times = min(size, nodes), 0
        while index >= (
            block := _multisets(size, times) * _forests(nodes - times * size, size - 1)
        ):
            index -= block
            times += 1
        nodes -= times * size
        which, index = divmod(index, _forests(nodes, size - 1)) if times else (0, index)
        places += [(size, each) for each in _multiset(which, times, _trees(size))]
        size -= 1
    return places


def _multiset(which: int, times: int, kinds: int) -> list[int]:
    """The multiset of `times` of so many kinds with this index, in the combinatorial system."""
    found = []
    for at in range(times, 0, -1):
        low, high = 0, kinds - 1  # the greatest index whose binomial is at most what is left
        while low < high:
            middle = (low + high + 1) // 2
            if math.comb(middle + at - 1, at) <= which:
                low = middle
            else:
                high = middle - 1
        which -= math.comb(low + at - 1, at)
        found.append(low)
    return found


def _written(place: _Place) -> str:
    """The parentheses of a tree's children, without those of the tree itself."""
    places, children = [place], []
    for nodes, index in places:  # which grows while it is walked
        children.append(range(len(places), len(places) + len(below := _unrank(nodes - 1, index))))
        places += below
    texts = [""] * len(places)
    for at in reversed(range(len(places))):
        texts[at] = f"({_sorted(texts[child] for child in children[at])})"
    return texts[0][1:-1]
