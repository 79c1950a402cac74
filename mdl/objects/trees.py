"""Trees: ordered and binary ones by their Catalan index, labelled ones by Prüfer sequences.

References:
    S. Zaks, Lexicographic generation of ordered trees, Theoret. Comput. Sci. 10(1), 1980.
    D. E. Knuth, The Art of Computer Programming 4A, section 7.2.1.6: ballot numbers, ranks.
    H. Prüfer, Neuer Beweis eines Satzes über Permutationen, Arch. Math. Phys. 27, 1918.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from complexity.graphs.adjacency import check_graph, made, parts
from mdl.objects._base import Enumerated, from_number, to_number

if TYPE_CHECKING:
    import networkx

__all__ = [
    "MAX_PAIRS",
    "BinaryTree",
    "LabelledTree",
    "OrderedTree",
    "parentheses",
    "tree_of_parentheses",
]

MAX_PAIRS = 1 << 15
"""The most edges of an ordered tree, or inner nodes of a binary one."""


class _Balanced(Enumerated):
    """Codes of balanced strings of n ones and n zeros, in dictionary order with ones first."""

    def _shape(self, item: str) -> tuple[int, ...]:
        return (len(item) // 2,)

    def _check(self, shape: tuple[int, ...]) -> None:
        if shape[0] > MAX_PAIRS:
            raise ValueError(f"{shape[0]} pairs, of at most {MAX_PAIRS}")

    def _least_bits(self, shape: tuple[int, ...]) -> float:
        return shape[0] - 1  # the Catalan number is at least 2^(n-1)

    def _count(self, shape: tuple[int, ...], choice: int) -> int:
        return math.comb(2 * shape[0], shape[0]) // (shape[0] + 1)

    def _rank(self, item: str, shape: tuple[int, ...], choice: int) -> int:
        index, walk = 0, _Walk(shape[0])
        for symbol in item:
            if symbol == "0":
                index += walk.ones_first
            walk.step(symbol)
        return index

    def _unrank(self, index: int, shape: tuple[int, ...], choice: int) -> str:
        symbols, walk = [], _Walk(shape[0])
        for _ in range(2 * shape[0]):
            symbols.append("1" if index < walk.ones_first else "0")
            if symbols[-1] == "0":
                index -= walk.ones_first
            walk.step(symbols[-1])
        return "".join(symbols)


class _Walk:
    """How many ways are left to end a balanced string with `ones` and `zeros` to come.

    They are ballot numbers, (b - a + 1) / (b + 1) C(a + b, a) for a ones and b zeros; the binomial
    is carried along, so that a step is a few products with small numbers.
    """

    def __init__(self, n: int) -> None:
        self.ones = self.zeros = n
        self.binomial = math.comb(2 * n, n)

    @property
    def ones_first(self) -> int:
        """The ways that go on with a one."""
        a, b = self.ones, self.zeros
        return self.binomial * a * (b - a + 2) // ((a + b) * (b + 1)) if a else 0

    def step(self, symbol: str) -> None:
        left = self.ones + self.zeros
        if symbol == "1":
            self.binomial = self.binomial * self.ones // left
            self.ones -= 1
        else:
            self.binomial = self.binomial * self.zeros // left
            self.zeros -= 1


@dataclass(frozen=True)
class OrderedTree(_Balanced):
    """A rooted tree whose children are in order: n as LEB128, then its index, log2 C_n bits.

    An object is the string of balanced parentheses of a walk around the tree, a pair for each of
    its n edges, n at most 32768; `parentheses` makes it of a networkx tree. The root alone, "", and
    the tree of one edge, "()", take the header alone, 8 bits.

    Example:
        >>> round(2 ** (OrderedTree().bits("(()())()") - 8))  # C_4
        14
    """

    family: ClassVar[str] = "ordered-tree"

    def _item(self, x: Any) -> str:
        if not isinstance(x, str):
            raise TypeError(
                f"x: got {type(x).__name__}, accepted is a str of balanced parentheses; "
                "mdl.objects.parentheses(x) makes one of a networkx tree"
            )
        _check_balance(x, "()", "a str of balanced parentheses")
        return x.replace("(", "1").replace(")", "0")

    def _unrank(self, index: int, shape: tuple[int, ...], choice: int) -> str:
        return super()._unrank(index, shape, choice).replace("1", "(").replace("0", ")")


@dataclass(frozen=True)
class BinaryTree(_Balanced):
    """A tree whose inner nodes have a left and a right child: n as LEB128, an index, log2 C_n.

    An object is the tree's Zaks sequence: in preorder, "1" for each of the n inner nodes and "0"
    for each of the n + 1 leaves, n at most 32768. A leaf alone, "0", and one inner node, "100",
    take the header alone, 8 bits.

    Example:
        >>> round(2 ** (BinaryTree().bits("110010100") - 8))  # C_4
        14
    """

    family: ClassVar[str] = "binary-tree"

    def _item(self, x: Any) -> str:
        accepted = "a str of '1' (inner node) and '0' (leaf) in preorder"
        if not isinstance(x, str):
            raise TypeError(f"x: got {type(x).__name__}, accepted is {accepted}")
        if not x.endswith("0"):
            raise ValueError(f"x: got {x[:20]!r}, accepted is {accepted}")
        _check_balance(x[:-1], "10", accepted)
        return x[:-1]

    def _unrank(self, index: int, shape: tuple[int, ...], choice: int) -> str:
        return super()._unrank(index, shape, choice) + "0"


def _check_balance(text: str, symbols: str, accepted: str) -> None:
    height = 0
    for place, symbol in enumerate(text):
        if symbol not in symbols:
            raise ValueError(f"x: got {symbol!r} at place {place}, accepted is {accepted}")
        height += 1 if symbol == symbols[0] else -1
        if height < 0:
            raise ValueError(f"x: got one {symbol!r} too many at place {place}, {accepted} wanted")
    if height:
        raise ValueError(f"x: got {height} more {symbols[0]!r} than {symbols[1]!r}, {accepted}")
    if len(text) > 2 * MAX_PAIRS:
        raise ValueError(f"x: got {len(text) // 2} pairs, accepted are at most {MAX_PAIRS}")


def parentheses(tree: networkx.Graph, root: Any = None) -> str:
    """The balanced parentheses of a rooted tree, children in the order of its adjacency.

    Args:
        tree: a networkx tree: a DiGraph with edges away from the root, or a Graph.
        root: its root; may be left out for a DiGraph, where it is the node that no edge enters.

    Raises:
        TypeError: `tree` is no networkx graph.
        ValueError: it is no tree, or `root` is not its root.

    Example:
        >>> import networkx
        >>> parentheses(networkx.DiGraph([(0, 1), (0, 2), (1, 3)]))
        '(())()'
    """
    check_graph("tree", tree)
    import networkx

    if not tree or not networkx.is_tree(tree):
        raise ValueError("tree: got a graph that is no tree, accepted is a connected one, no cycle")
    if root is None:
        entered = {v for _, v in tree.edges}
        sources = [v for v in tree if tree.is_directed() and v not in entered]
        if len(sources) != 1:
            raise ValueError("root: got None, accepted is the tree's root; only a DiGraph tells it")
        root = sources[0]
    elif root not in tree:
        raise ValueError(f"root: got {root!r}, accepted is a node of the tree")
    symbols, stack, seen = [], [(root, iter(tree[root]))], {root}
    while stack:
        child = next((v for v in stack[-1][1] if v not in seen), None)
        if child is None:
            stack.pop()
            symbols.append(")")
        else:
            seen.add(child)
            stack.append((child, iter(tree[child])))
            symbols.append("(")
    if len(seen) != len(tree):
        raise ValueError(f"root: got {root!r}, from which not all nodes are reached")
    return "".join(symbols[:-1])


def tree_of_parentheses(text: str) -> networkx.DiGraph:
    """The tree on the nodes 0 to n, in preorder, edges away from the root 0.

    Raises:
        TypeError: `text` is no str.
        ValueError: its parentheses are not balanced.

    Example:
        >>> list(tree_of_parentheses("(())()").edges)
        [(0, 1), (0, 3), (1, 2)]
    """
    path, edges = [0], []
    for symbol in OrderedTree()._item(text):
        if symbol == "1":
            edges.append((path[-1], len(edges) + 1))
            path.append(len(edges))
        else:
            path.pop()
    return made(len(edges) + 1, True, edges)  # type: ignore[return-value]


@dataclass(frozen=True)
class LabelledTree(Enumerated):
    """A tree on the nodes 0 to n - 1: n as LEB128, its index among the n^(n-2), (n-2) log2 n bits.

    An object is a networkx `Graph` that is a tree, nodes in any order, without attributes, with
    1 to 16383 nodes; `complexity.plain_graph` makes one of other labels. The index is the Prüfer
    sequence read as a number to the base n. One node and two take the header alone, 8 bits.

    Example:
        >>> import networkx
        >>> round(2 ** (LabelledTree().bits(networkx.path_graph(5)) - 8))  # 5^3
        125
    """

    family: ClassVar[str] = "labelled-tree"

    def _item(self, x: Any) -> tuple[int, list[int]]:
        n, directed, _ = parts("x", x)
        import networkx

        if directed or not n or not networkx.is_tree(x):
            raise ValueError("x: got a graph that is no tree, accepted is an undirected tree")
        return n, networkx.to_prufer_sequence(x) if n > 1 else []

    def _shape(self, item: tuple[int, list[int]]) -> tuple[int, ...]:
        return (item[0],)

    def _check(self, shape: tuple[int, ...]) -> None:
        if not 1 <= shape[0] <= 16383:
            raise ValueError(f"a tree of {shape[0]} nodes, of 1 to 16383")

    def _least_bits(self, shape: tuple[int, ...]) -> float:
        return (shape[0] - 2) * math.log2(shape[0]) - 1

    def _count(self, shape: tuple[int, ...], choice: int) -> int:
        return shape[0] ** max(shape[0] - 2, 0)

    def _rank(self, item: tuple[int, list[int]], shape: tuple[int, ...], choice: int) -> int:
        return to_number(item[1], [item[0]] * len(item[1]))

    def _unrank(self, index: int, shape: tuple[int, ...], choice: int) -> networkx.Graph:
        import networkx

        n = shape[0]
        if n == 1:
            return made(1, False, [])
        tree = networkx.from_prufer_sequence(from_number(index, [n] * (n - 2)))
        return made(n, False, list(tree.edges))
