"""One graph for every isomorphism class.

References:
    T. Junttila and P. Kaski, Engineering an efficient canonical labeling tool for large and sparse
        graphs, ALENEX 2007: BLISS.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from complexity.graphs.adjacency import made, parts

if TYPE_CHECKING:
    import networkx

__all__ = ["canonical_form"]


def canonical_form(x: networkx.Graph) -> networkx.Graph:
    """The representative of the isomorphism class of `x`: the same graph for isomorphic ones.

    Breadth first from a node of greatest degree, neighbours by falling degree, components one
    after the other; ties are broken by the canonical labelling that BLISS finds. Which of the
    possible representatives it is depends on the version of igraph. BLISS is fast on most graphs,
    but its time is exponential on some families of highly regular ones.

    Args:
        x: as for `GraphCodec`.

    Raises:
        TypeError, ValueError: `x` is no such graph.
        ImportError: igraph is not installed; names the extra that brings it.
    """
    n, directed, edges = parts("x", x)
    try:
        import igraph
    except ImportError:
        command = 'pip install "complexodynamics[graphs]"'
        raise ImportError(f"canonical order needs igraph; get it with: {command}") from None
    looped = [0] * n
    for u, v in edges.tolist():
        looped[u] |= u == v
    simple = edges[edges[:, 0] != edges[:, 1]]
    graph = igraph.Graph(n, simple.tolist(), directed=directed, vertex_attrs={"looped": looped})
    if n:  # versions of igraph differ in which way a permutation is meant, so it applies its own
        graph = graph.permute_vertices(graph.canonical_permutation(color=looped))
    loops = [(v, v) for v, found in enumerate(graph.vs["looped"]) if found]
    canonical = made(n, directed, graph.get_edgelist() + loops)
    rank = {node: place for place, node in enumerate(_breadth_first(canonical))}
    return made(n, directed, [(rank[u], rank[v]) for u, v in canonical.edges])


def _breadth_first(x: networkx.Graph) -> list[int]:
    """The nodes, breadth first; a neighbour is one by an edge in either direction."""
    joined = x.to_undirected(as_view=True) if x.is_directed() else x
    ranked = sorted(x, key=lambda node: (-x.degree(node), node))
    rank = {node: place for place, node in enumerate(ranked)}
    order: list[int] = []
    seen: set[int] = set()
    for start in ranked:
        if start in seen:
            continue
        seen.add(start)
        done = len(order)
        order.append(start)
        while done < len(order):
            fresh = sorted((v for v in joined[order[done]] if v not in seen), key=rank.__getitem__)
            seen.update(fresh)
            order += fresh
            done += 1
    return order
