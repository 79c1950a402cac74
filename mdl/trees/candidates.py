"""Trees and rule lists as candidates: labels given attributes, in bits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from complexity.errors import integer, one_of
from mdl.description import Description
from mdl.trees.growing import MAX_DEPTH, grow_tree
from mdl.trees.leaves import MAX_LABELS, VERSIONS, Leaves, labelled
from mdl.trees.listing import grow_rules, rule_list_bits
from mdl.trees.structure import tree_bits

__all__ = ["DecisionTrees", "RuleLists"]


@dataclass(frozen=True)
class DecisionTrees:
    """Labels y given attributes x by a decision tree; data are (x, y), and only y is described.

    n = 0 takes 0 bits, n = 1 log2 of the alphabet size.

    Args:
        max_depth: of the tree; 0 is the code without attributes.
        version: of the leaves' code, "nml" or "bayes".
        alphabet_size: number of labels that may occur, the largest plus 1 if None.

    Raises:
        TypeError, ValueError: an argument is out of range.
    """

    max_depth: int = 16
    version: str = "nml"
    alphabet_size: int | None = None
    exchangeable: ClassVar[bool] = True

    def __post_init__(self) -> None:
        integer("max_depth", self.max_depth, 0, MAX_DEPTH)
        if self.alphabet_size is not None:
            integer("alphabet_size", self.alphabet_size, 1, MAX_LABELS)
        one_of("version", self.version, VERSIONS)

    @property
    def name(self) -> str:
        """Such as "tree, depth 16 (nml)"."""
        return f"tree, depth {self.max_depth} ({self.version})"

    def describe(self, data: Any) -> Description:
        """Bits of the tree found and the labels in its leaves; `fit` has the tree.

        Raises:
            TypeError, ValueError: data are not attributes and labels.
        """
        x, y, size = labelled(*_pair(data), self.alphabet_size)
        tree = grow_tree(x, y, alphabet_size=size, max_depth=self.max_depth, version=self.version)
        structure, labels = tree_bits(
            tree, x, y, alphabet_size=size, max_depth=self.max_depth, version=self.version
        )
        counts = np.array([node.counts for node in tree.nodes() if node.is_leaf])
        best = float(Leaves(size, len(y), self.version).best_fit_bits(counts).sum())
        return _description(self, len(y), structure, labels, best, tree.leaves * (size - 1), tree)

    def heldout_bits(self, train: Any, test: Any) -> float:
        """-log2 of the chances that the tree of `train` gives the labels of `test`."""
        size = _alphabet(train, test, self.alphabet_size)
        x, y, _ = labelled(*_pair(train), size)
        tree = grow_tree(x, y, alphabet_size=size, max_depth=self.max_depth, version=self.version)
        return _surprise(tree, test, size)


@dataclass(frozen=True)
class RuleLists:
    """Labels y given attributes x by an ordered list of rules; data are (x, y), y is described.

    n = 0 takes the empty list's bit of length and no more, n = 1 log2 of the alphabet size beside.

    Args:
        max_rule_length: conditions of a rule, at most.
        cuts: thresholds per attribute, at most.
        beam_width: rules that the search keeps.
        version: of the leaves' code, "nml" or "bayes".
        alphabet_size: number of labels that may occur, the largest plus 1 if None.

    Raises:
        TypeError, ValueError: an argument is out of range.
    """

    max_rule_length: int = 3
    cuts: int = 16
    beam_width: int = 10
    version: str = "nml"
    alphabet_size: int | None = None
    exchangeable: ClassVar[bool] = True

    def __post_init__(self) -> None:
        integer("max_rule_length", self.max_rule_length, 1)
        integer("cuts", self.cuts, 1)
        integer("beam_width", self.beam_width, 1)
        if self.alphabet_size is not None:
            integer("alphabet_size", self.alphabet_size, 1, MAX_LABELS)
        one_of("version", self.version, VERSIONS)

    @property
    def name(self) -> str:
        """Such as "rule list (nml)"."""
        return f"rule list ({self.version})"

    def describe(self, data: Any) -> Description:
        """Bits of the rules found and the labels they cover; `fit` has the list.

        Raises:
            TypeError, ValueError: data are not attributes and labels.
        """
        x, y, size = labelled(*_pair(data), self.alphabet_size)
        rules = self._grown(x, y, size)
        structure, labels = rule_list_bits(
            rules, x, y, alphabet_size=size, cuts=self.cuts, version=self.version
        )
        counts = np.array([rule.counts for rule in rules.rules] + [rules.default])
        best = float(Leaves(size, len(y), self.version).best_fit_bits(counts).sum())
        free = len(counts) * (size - 1)
        return _description(self, len(y), structure, labels, best, free, rules)

    def heldout_bits(self, train: Any, test: Any) -> float:
        """-log2 of the chances that the list of `train` gives the labels of `test`."""
        size = _alphabet(train, test, self.alphabet_size)
        x, y, _ = labelled(*_pair(train), size)
        return _surprise(self._grown(x, y, size), test, size)

    def _grown(self, x: Any, y: Any, size: int) -> Any:
        return grow_rules(
            x,
            y,
            alphabet_size=size,
            max_rule_length=self.max_rule_length,
            cuts=self.cuts,
            beam_width=self.beam_width,
            version=self.version,
        )


def _pair(data: Any) -> tuple[Any, Any]:
    if not isinstance(data, tuple) or len(data) != 2:
        raise TypeError(f"data: got {type(data).__name__}, accepted is a tuple (x, y)")
    return data


def _alphabet(train: Any, test: Any, alphabet_size: int | None) -> int:
    """That given, or one that has every label: the test's alphabet is known to both sides."""
    seen, new = (labelled(*_pair(each), alphabet_size) for each in (train, test))
    if seen[0].shape[1] != new[0].shape[1]:
        raise ValueError(
            f"test: got {new[0].shape[1]} attributes, accepted are {seen[0].shape[1]} as in train"
        )
    return max(seen[2], new[2])


def _surprise(found: Any, test: Any, size: int) -> float:
    x, y, _ = labelled(*_pair(test), size)
    return float(-np.log2(found.probabilities(x)[np.arange(len(y)), y]).sum())


def _description(
    candidate: Any, n: int, structure: float, labels: float, best: float, free: int, found: Any
) -> Description:
    return Description(
        name=candidate.name,
        version=candidate.version,
        n=n,
        model_bits=structure + labels - best,
        data_bits=best,
        best_fit_bits=best,
        parameters=free,
        fit={"structure_bits": structure, "found": found},
    )
