"""Combinatorial objects as codes: which of all permutations, subsets, partitions or trees.

Every class counts exactly the objects that are like the given one, and sends an index. Graphs are
`complexity`'s: `graph(enumerative)` sends the number of edges and which graph with as many.
"""

from typing import TYPE_CHECKING

from complexity import _lazy

if TYPE_CHECKING:
    from mdl.objects.partitions import IntegerPartition as IntegerPartition
    from mdl.objects.partitions import SetPartition as SetPartition
    from mdl.objects.partitions import restricted_growth as restricted_growth
    from mdl.objects.permutations import Permutation as Permutation
    from mdl.objects.rooted import RootedTree as RootedTree
    from mdl.objects.rooted import rooted_trees as rooted_trees
    from mdl.objects.rooted import unordered as unordered
    from mdl.objects.subsets import GolombSubset as GolombSubset
    from mdl.objects.subsets import Multiset as Multiset
    from mdl.objects.subsets import Subset as Subset
    from mdl.objects.trees import BinaryTree as BinaryTree
    from mdl.objects.trees import LabelledTree as LabelledTree
    from mdl.objects.trees import OrderedTree as OrderedTree
    from mdl.objects.trees import parentheses as parentheses
    from mdl.objects.trees import tree_of_parentheses as tree_of_parentheses

_CONTENTS = {
    "Permutation": "permutations",
    # subsets
    "GolombSubset": "subsets",
    "Multiset": "subsets",
    "Subset": "subsets",
    # partitions
    "IntegerPartition": "partitions",
    "SetPartition": "partitions",
    "restricted_growth": "partitions",
    # trees
    "BinaryTree": "trees",
    "LabelledTree": "trees",
    "OrderedTree": "trees",
    "RootedTree": "rooted",
    "parentheses": "trees",
    "rooted_trees": "rooted",
    "tree_of_parentheses": "trees",
    "unordered": "rooted",
}

__getattr__, __dir__, __all__ = _lazy.attach(__name__, _CONTENTS)  # pyright: ignore[reportUnsupportedDunderAll]
