"""Random graphs to compare a graph with: of the same degrees, or with as many edges."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from complexity.graphs.adjacency import adjacency_bits, graph_of_bits, made, parts

if TYPE_CHECKING:
    import networkx

__all__ = ["random_graph", "rewired_graph"]

_ATTEMPTS = 20  # swaps of edges that are tried per edge


def rewired_graph(x: networkx.Graph, rng: np.random.Generator) -> networkx.Graph:
    """A random graph in which every node has the degree (in and out) that it has in `x`.

    Tries 20 times as many swaps as there are edges, a, b and c, d becoming a, d and c, b; what
    would make a loop or a second edge stays as it is and counts as tried, so that all graphs that
    can be reached become equally likely. Self-loops are kept. Of directed graphs a few cannot be
    reached by swaps (A. R. Rao, R. Jana and S. Bandyopadhyay, Sankhya A 58, 1996).

    References:
        B. K. Fosdick, D. B. Larremore, J. Nishimura and J. Ugander, Configuring random graph
            models with fixed degree sequences, SIAM Review 60(2), 2018.
    """
    n, directed, edges = parts("x", x)
    loops = [(u, v) for u, v in edges.tolist() if u == v]
    links = [(u, v) for u, v in edges.tolist() if u != v]
    present = set(links) if directed else {*links, *((v, u) for u, v in links)}
    picks = rng.integers(0, max(len(links), 1), (_ATTEMPTS * len(links), 2)).tolist()
    turns = rng.random(len(picks)) < 0.5
    for (first, second), turned in zip(picks, turns.tolist(), strict=True):
        (a, b), (c, d) = links[first], links[second]
        if turned and not directed:
            c, d = d, c
        if a == d or c == b or (a, d) in present or (c, b) in present:
            continue
        present -= {(a, b), (c, d)} if directed else {(a, b), (b, a), (c, d), (d, c)}
        present |= {(a, d), (c, b)} if directed else {(a, d), (d, a), (c, b), (b, c)}
        links[first], links[second] = (a, d), (c, b)
    return made(n, directed, links + loops)


def random_graph(x: networkx.Graph, rng: np.random.Generator) -> networkx.Graph:
    """One of the graphs with the nodes of `x` and as many edges, all equally likely.

    Loops are among the possible edges if `x` has any.
    """
    return graph_of_bits(rng.permutation(adjacency_bits(x)), x)
