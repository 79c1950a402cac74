"""Distances between objects by compression, and the trees, maps and classes made from them."""

from typing import TYPE_CHECKING

from complexity import _lazy

if TYPE_CHECKING:
    from complexity.distances.classify import Classification as Classification
    from complexity.distances.classify import class_bits as class_bits
    from complexity.distances.classify import classify_by_corpus as classify_by_corpus
    from complexity.distances.classify import classify_by_neighbours as classify_by_neighbours
    from complexity.distances.embedding import Embedding as Embedding
    from complexity.distances.embedding import classical_mds as classical_mds
    from complexity.distances.joining import Dendrogram as Dendrogram
    from complexity.distances.joining import linkage as linkage
    from complexity.distances.joining import neighbour_joining as neighbour_joining
    from complexity.distances.lengths import conditional_bits as conditional_bits
    from complexity.distances.matrix import DistanceMatrix as DistanceMatrix
    from complexity.distances.matrix import ncd_matrix as ncd_matrix
    from complexity.distances.multiset import multiset_ncd as multiset_ncd
    from complexity.distances.newick import parse_newick as parse_newick
    from complexity.distances.pairs import NCDReport as NCDReport
    from complexity.distances.pairs import conditional_ncd as conditional_ncd
    from complexity.distances.pairs import ncd as ncd
    from complexity.distances.pairs import ncd_report as ncd_report
    from complexity.distances.quartets import QuartetTree as QuartetTree
    from complexity.distances.quartets import quartet_score as quartet_score
    from complexity.distances.quartets import quartet_tree as quartet_tree
    from complexity.distances.reach import WindowExceededWarning as WindowExceededWarning
    from complexity.distances.trees import Tree as Tree
    from complexity.distances.trees import robinson_foulds as robinson_foulds

_CONTENTS = {
    # two objects
    "NCDReport": "pairs",
    "WindowExceededWarning": "reach",
    "conditional_bits": "lengths",
    "conditional_ncd": "pairs",
    "ncd": "pairs",
    "ncd_report": "pairs",
    # many objects
    "DistanceMatrix": "matrix",
    "multiset_ncd": "multiset",
    "ncd_matrix": "matrix",
    # trees
    "Dendrogram": "joining",
    "QuartetTree": "quartets",
    "Tree": "trees",
    "linkage": "joining",
    "neighbour_joining": "joining",
    "parse_newick": "newick",
    "quartet_score": "quartets",
    "quartet_tree": "quartets",
    "robinson_foulds": "trees",
    # maps and classes
    "Classification": "classify",
    "Embedding": "embedding",
    "class_bits": "classify",
    "classical_mds": "embedding",
    "classify_by_corpus": "classify",
    "classify_by_neighbours": "classify",
}

__getattr__, __dir__, __all__ = _lazy.attach(__name__, _CONTENTS)  # pyright: ignore[reportUnsupportedDunderAll]
