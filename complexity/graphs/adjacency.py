"""Graphs as bits, one per node pair, and what is accepted for a graph."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from complexity.bitstrings import MAX_BITS

if TYPE_CHECKING:
    import networkx

__all__ = [
    "adjacency_bits",
    "count_pairs",
    "graph_of_bits",
    "is_graph",
    "made",
    "parts",
    "plain_graph",
    "to_bits",
    "to_edges",
]


def is_graph(x: object) -> bool:
    """Whether `x` is a networkx graph of any class; imports no networkx."""
    networkx = sys.modules.get("networkx")  # without it nobody has made a graph
    return networkx is not None and isinstance(x, networkx.Graph)


def plain_graph(x: networkx.Graph) -> networkx.Graph:
    """Nodes and edges alone: labels become 0 to n - 1 in the order of `x.nodes`, attributes go.

    Integer labels keep their numerical order.

    Args:
        x: a networkx graph, directed or not, with at most one edge between two nodes.

    Raises:
        TypeError: `x` is no networkx graph, or a multigraph.
    """
    check_graph("x", x)
    labels = list(x.nodes)
    if all(type(label) is int for label in labels):
        labels.sort()
    rank = {label: index for index, label in enumerate(labels)}
    return made(len(labels), x.is_directed(), [(rank[u], rank[v]) for u, v in x.edges])


def adjacency_bits(x: networkx.Graph) -> NDArray[np.uint8]:
    """One bit per node pair, row by row, as the module says: (pairs,) of uint8.

    Args:
        x: as for `GraphCodec`.

    Raises:
        TypeError, ValueError: `x` is no such graph.
    """
    n, directed, edges = parts("x", x)
    return to_bits(n, directed, edges)[0]


def graph_of_bits(bits: NDArray[Any], like: networkx.Graph) -> networkx.Graph:
    """The graph with the nodes of `like`, directed or not as it is, that has these adjacency bits.

    Args:
        bits: (pairs,) of 0 and 1; there are pairs of a node with itself if `like` has loops.
        like: as for `GraphCodec`.

    Raises:
        TypeError, ValueError: `like` is no such graph, or the bits are not as many.
    """
    n, directed, edges = parts("like", like)
    loops = bool((edges[:, 0] == edges[:, 1]).any())
    if np.shape(bits) != (count_pairs(n, directed, loops),):
        pairs = count_pairs(n, directed, loops)
        raise ValueError(f"bits: got shape {np.shape(bits)}, accepted are {pairs} node pairs")
    return made(n, directed, to_edges(bits, n, directed, loops))


def check_graph(argument: str, x: Any) -> None:
    if not is_graph(x):
        raise TypeError(f"{argument}: got {type(x).__name__}, accepted is a networkx graph")
    if x.is_multigraph():
        raise TypeError(
            f"{argument}: got a multigraph, accepted is one with at most one edge between two "
            "nodes; networkx.Graph(x) and networkx.DiGraph(x) merge parallel edges"
        )


def parts(argument: str, x: Any) -> tuple[int, bool, NDArray[np.int64]]:
    """Number of nodes, whether directed, and the edges (m, 2) of a graph of the domain."""
    check_graph(argument, x)
    import networkx

    hint = f"complexity.plain_graph({argument}) keeps nodes and edges alone, as 0 to n - 1"
    if type(x) not in (networkx.Graph, networkx.DiGraph):
        raise TypeError(
            f"{argument}: got a {type(x).__name__}, accepted is a networkx Graph or DiGraph; {hint}"
        )
    n = x.number_of_nodes()
    odd = next((v for v in x.nodes if type(v) is not int or not 0 <= v < n), None)
    if odd is not None:
        raise ValueError(
            f"{argument}: got the node {odd!r}, accepted are the integers 0 to {n - 1}; "
            f"{hint} (or networkx.convert_node_labels_to_integers)"
        )
    named = {**x.graph}
    for _, held in x.nodes(data=True):
        named |= held
    for _, _, held in x.edges(data=True):
        named |= held
    if named:
        raise ValueError(
            f"{argument}: got attributes ({', '.join(map(repr, named))}), accepted is a graph "
            f"without; {hint}"
        )
    if count_pairs(n, x.is_directed(), True) > MAX_BITS:
        raise ValueError(
            f"{argument}: got {n} nodes, accepted are at most {MAX_BITS} node pairs, loops included"
        )
    edges = np.array(list(x.edges), np.int64).reshape(-1, 2)
    return n, x.is_directed(), edges


def made(n: int, directed: bool, edges: list[Any]) -> networkx.Graph:
    """A new graph with its nodes, and its edges, in order."""
    import networkx

    made = networkx.DiGraph() if directed else networkx.Graph()
    made.add_nodes_from(range(n))
    made.add_edges_from(sorted(tuple(e) if directed else (min(e), max(e)) for e in edges))
    return made


def count_pairs(n: int, directed: bool, loops: bool) -> int:
    """How many node pairs a graph on n nodes has, with loops or without."""
    return (n * (n - 1) if directed else n * (n - 1) // 2) + n * loops


def to_bits(n: int, directed: bool, edges: NDArray[np.int64]) -> tuple[NDArray[np.uint8], bool]:
    """The adjacency bits, and whether there are loops."""
    rows, columns = edges[:, 0], edges[:, 1]
    loops = bool((rows == columns).any())
    if directed:
        places = rows * (n - 1 + loops) + columns - (0 if loops else columns > rows)
    else:
        rows, columns = np.minimum(rows, columns), np.maximum(rows, columns)
        places = _starts(n, loops)[rows] + columns - rows - (not loops)
    bits = np.zeros(count_pairs(n, directed, loops), np.uint8)
    bits[places] = 1
    return bits, loops


def to_edges(bits: NDArray[np.uint8], n: int, directed: bool, loops: bool) -> list[tuple[int, int]]:
    """The edges that adjacency bits stand for, row by row."""
    places = np.flatnonzero(bits)
    if directed:
        rows, columns = np.divmod(places, max(n - 1 + loops, 1))
        columns = columns if loops else columns + (columns >= rows)
    else:
        starts = _starts(n, loops)
        rows = np.searchsorted(starts, places, side="right") - 1
        columns = places - starts[rows] + rows + (not loops)
    return list(zip(rows.tolist(), columns.tolist(), strict=True))


def _starts(n: int, loops: bool) -> NDArray[np.int64]:
    """Where each row of the upper triangle starts."""
    rows = np.arange(n)
    return rows * n - rows * (rows - 1) // 2 if loops else rows * (n - 1) - rows * (rows - 1) // 2
