"""Graphs: their bits, one graph for every isomorphism class, and graphs to compare with."""

from typing import TYPE_CHECKING

from complexity import _lazy

if TYPE_CHECKING:
    from complexity.graphs.adjacency import adjacency_bits as adjacency_bits
    from complexity.graphs.adjacency import graph_of_bits as graph_of_bits
    from complexity.graphs.adjacency import is_graph as is_graph
    from complexity.graphs.adjacency import plain_graph as plain_graph
    from complexity.graphs.canonical import canonical_form as canonical_form
    from complexity.graphs.codec import GraphCodec as GraphCodec
    from complexity.graphs.surrogates import random_graph as random_graph
    from complexity.graphs.surrogates import rewired_graph as rewired_graph

_CONTENTS = {
    "GraphCodec": "codec",
    "adjacency_bits": "adjacency",
    "graph_of_bits": "adjacency",
    "is_graph": "adjacency",
    "plain_graph": "adjacency",
    "canonical_form": "canonical",
    "random_graph": "surrogates",
    "rewired_graph": "surrogates",
}

__getattr__, __dir__, __all__ = _lazy.attach(__name__, _CONTENTS)  # pyright: ignore[reportUnsupportedDunderAll]
