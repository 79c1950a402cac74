"""Decision trees and rule lists: labels in the fewest bits, given the attributes."""

from typing import TYPE_CHECKING

from complexity import _lazy

if TYPE_CHECKING:
    from mdl.trees.candidates import DecisionTrees as DecisionTrees
    from mdl.trees.candidates import RuleLists as RuleLists
    from mdl.trees.codec import LabelCodec as LabelCodec
    from mdl.trees.growing import grow_tree as grow_tree
    from mdl.trees.growing import prune_tree as prune_tree
    from mdl.trees.listing import RuleList as RuleList
    from mdl.trees.listing import grow_rules as grow_rules
    from mdl.trees.structure import DecisionTree as DecisionTree
    from mdl.trees.structure import tree_bits as tree_bits

_CONTENTS = {
    # model classes for `mdl.select`
    "DecisionTrees": "candidates",
    "RuleLists": "candidates",
    # decision trees
    "DecisionTree": "structure",
    "grow_tree": "growing",
    "prune_tree": "growing",
    "tree_bits": "structure",
    # a tree and the labels as bytes
    "LabelCodec": "codec",
    # rule lists
    "RuleList": "listing",
    "grow_rules": "listing",
}

__getattr__, __dir__, __all__ = _lazy.attach(__name__, _CONTENTS)  # pyright: ignore[reportUnsupportedDunderAll]
