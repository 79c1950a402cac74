"""Rule lists: the first rule that holds of a row says how its label is distributed.

The code of a list to a receiver who has the attributes:

=============  ====================================================================================
of             bits
=============  ====================================================================================
the list       log* of its number of rules plus 1
a rule         log* of its number of conditions c; log2 C(m, c), which of the m attributes that have
               two values; of each condition 1 for "<=" or ">", and log2 of the attribute's cuts
=============  ====================================================================================

Cuts lie between neighbouring values of an attribute over all rows, at most a stated number of them
at quantiles. Labels that a rule covers first, and those that none covers, take the bits of a leaf.

The list is grown rule by rule. A beam search looks for the rule of the greatest saving per covered
row; the rule found is added while it saves anything at all. So the bits are an upper bound.

References:
    H. M. Proença and M. van Leeuwen, Interpretable multiclass classification by MDL-based rule
        lists, Information Sciences 512, 2020: the criterion, normalised gain.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from complexity.errors import integer
from mdl.integers import LogStar
from mdl.trees.leaves import Leaves, attributes, labelled
from mdl.trees.structure import places, threshold_of

__all__ = ["Condition", "Rule", "RuleList", "cuts_of", "grow_rules", "rule_list_bits"]


@dataclass(frozen=True, order=True)
class Condition:
    """x[attribute] <= threshold, or > where `above`."""

    attribute: int
    threshold: float
    above: bool

    def holds(self, x: NDArray[np.float64]) -> NDArray[np.bool_]:
        """(n,) of which rows (n, m)."""
        return (x[:, self.attribute] > self.threshold) == self.above

    def __str__(self) -> str:
        return f"x[{self.attribute}] {'>' if self.above else '<='} {self.threshold:g}"


@dataclass(frozen=True)
class Rule:
    """Conditions that must all hold, and the labels (K,) of the rows that it covered first."""

    conditions: tuple[Condition, ...]
    counts: tuple[int, ...]

    def holds(self, x: NDArray[np.float64]) -> NDArray[np.bool_]:
        """(n,) of which rows (n, m)."""
        return np.all([condition.holds(x) for condition in self.conditions], axis=0)


@dataclass(frozen=True)
class RuleList:
    """Rules in order, and the labels (K,) of the rows that none covers."""

    rules: tuple[Rule, ...]
    default: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.rules)

    def parts(self, x: NDArray[np.float64]) -> list[NDArray[np.bool_]]:
        """(n,) per rule, which rows it covers first; last, which none covers."""
        left, found = np.ones(len(x), bool), []
        for rule in self.rules:
            found.append(left & rule.holds(x))
            left = left & ~found[-1]
        return [*found, left]

    def probabilities(self, x: Any) -> NDArray[np.float64]:
        """(n, K) chances of labels of rows (n, m): (count + 1/2) / (total + K/2) of their rule.

        Raises:
            TypeError, ValueError: `x` is no table of finite numbers.
        """
        rows = attributes("x", x)
        out = np.empty((len(rows), len(self.default)))
        counts = [rule.counts for rule in self.rules] + [self.default]
        for part, labels in zip(self.parts(rows), counts, strict=True):
            out[part] = (np.array(labels) + 0.5) / (sum(labels) + len(labels) / 2)
        return out

    def __str__(self) -> str:
        lines = [
            f"{'else ' * (number > 0)}if {' and '.join(map(str, rule.conditions))}: "
            f"labels {list(rule.counts)}"
            for number, rule in enumerate(self.rules)
        ]
        return "\n".join([*lines, f"{'else ' * bool(lines)}labels {list(self.default)}"])

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        rules = [
            {"conditions": [str(each) for each in rule.conditions], "counts": list(rule.counts)}
            for rule in self.rules
        ]
        return {"rules": rules, "default": list(self.default)}


def cuts_of(x: NDArray[np.float64], cuts: int) -> list[NDArray[np.float64]]:
    """Thresholds of every column of rows (n, m), ascending, at most `cuts`; none if constant."""
    found = []
    for column in x.T:
        values = places(column)
        every = np.arange(values.size - 1)
        if values.size - 1 > cuts:  # at quantiles of the rows, then without repeats
            ranks = np.arange(1, cuts + 1) * len(column) // (cuts + 1)
            at = np.searchsorted(values, np.sort(column)[ranks])
            every = np.unique(np.minimum(at, values.size - 2))
        found.append(np.array([threshold_of(values, int(place)) for place in every]))
    return found


def _rule_bits(conditions: tuple[Condition, ...], cuts: list[NDArray[np.float64]]) -> float:
    usable = sum(each.size > 0 for each in cuts)
    bits = LogStar().bits(len(conditions)) + math.log2(math.comb(usable, len(conditions)))
    return bits + sum(1 + math.log2(cuts[each.attribute].size) for each in conditions)


def rule_list_bits(
    rules: RuleList,
    x: NDArray[np.float64],
    y: NDArray[np.int64],
    *,
    alphabet_size: int,
    cuts: int,
    version: str = "nml",
) -> tuple[float, float]:
    """Bits of the rules, and of the labels, given the attributes; see the module.

    Raises:
        ValueError: a condition's threshold is no cut, or a rule has an attribute twice.
    """
    known, leaves = cuts_of(x, cuts), Leaves(alphabet_size, len(y), version)
    structure = LogStar().bits(len(rules) + 1)
    for rule in rules.rules:
        for each in rule.conditions:
            if each.threshold not in known[each.attribute]:
                raise ValueError(f"rules: {each} is no cut")
        if len({each.attribute for each in rule.conditions}) < len(rule.conditions):
            raise ValueError("rules: a rule has an attribute twice")
        structure += _rule_bits(rule.conditions, known)
    counts = [np.bincount(y[part], minlength=alphabet_size) for part in rules.parts(x)]
    return structure, float(leaves.bits(np.array(counts)).sum())


def grow_rules(
    x: Any,
    y: Any,
    *,
    alphabet_size: int | None = None,
    max_rule_length: int = 3,
    cuts: int = 16,
    beam_width: int = 10,
    version: str = "nml",
) -> RuleList:
    """A rule list that describes labels given attributes in few bits: an upper bound.

    Args:
        x: (n, m) finite attributes.
        y: (n,) labels, integers from 0.
        alphabet_size: number of labels that may occur, the largest in `y` plus 1 if None.
        max_rule_length: conditions of a rule, at most.
        cuts: thresholds per attribute, at most.
        beam_width: rules that the search keeps.
        version: of the leaves' code, "nml" or "bayes".

    Returns:
        The list. n = 0 and n = 1 give an empty one.

    Raises:
        TypeError, ValueError: an argument is outside what is accepted.

    Example:
        >>> x = np.repeat(np.arange(6.0), 10).reshape(-1, 1)
        >>> print(grow_rules(x, (x[:, 0] > 2).astype(int)))
        if x[0] <= 2.5: labels [30, 0]
        else labels [0, 30]
    """
    rows, labels, size = labelled(x, y, alphabet_size)
    for name, value in (("max_rule_length", max_rule_length), ("cuts", cuts)):
        integer(name, value, 1)
    integer("beam_width", beam_width, 1)
    search = _Search(rows, labels, size, cuts, Leaves(size, len(labels), version))
    found: list[Rule] = []
    left = np.ones(len(rows), bool)
    while (rule := search.best(left, len(found), max_rule_length, beam_width)) is not None:
        covered = left & rule.holds(rows)
        found.append(rule)
        left &= ~covered
    default = np.bincount(labels[left], minlength=size)
    return RuleList(tuple(found), tuple(default.tolist()))


class _Search:
    """Conditions as columns of a table of booleans, so that counting is a product of matrices."""

    def __init__(self, x: Any, y: Any, size: int, cuts: int, leaves: Leaves) -> None:
        self.cuts, self.leaves = cuts_of(x, cuts), leaves
        self.conditions = [
            Condition(column, float(threshold), above)
            for column, thresholds in enumerate(self.cuts)
            for threshold in thresholds
            for above in (False, True)
        ]
        # float32 holds counts below 2^24 exactly, and multiplies fast
        held = [each.holds(x) for each in self.conditions]
        self.holds = np.array(held, np.float32).reshape(len(held), len(x))
        self.labels = np.eye(size, dtype=np.float32)[y]
        self.attributes = np.array([each.attribute for each in self.conditions], np.int64)
        self.bits = np.array([1 + math.log2(self.cuts[each].size) for each in self.attributes])

    def best(self, left: Any, rules: int, length: int, width: int) -> Rule | None:
        """The rule of the greatest saving per row among those kept, None if none saves."""
        before = (self.labels * left[:, None]).sum(0).astype(np.int64)
        alone = float(self.leaves.bits(before))
        list_bits = LogStar().bits(rules + 2) - LogStar().bits(rules + 1)
        beam: list[tuple[int, ...]] = [()]
        best: tuple[float, tuple[int, ...], Any] = (0.0, (), before)
        usable = sum(each.size > 0 for each in self.cuts)
        for size in range(1, min(length, usable) + 1):
            size_bits = list_bits + LogStar().bits(size) + math.log2(math.comb(usable, size))
            grown: dict[tuple[int, ...], float] = {}
            for rule in beam:
                cover = left * np.prod(self.holds[list(rule)], axis=0)
                counts = ((self.holds * cover) @ self.labels).astype(np.int64)
                totals = counts.sum(1)
                bits = self.leaves.bits(counts) + self.leaves.bits(before - counts) + self.bits
                bits += size_bits + self.bits[list(rule)].sum()
                free = ~np.isin(self.attributes, self.attributes[list(rule)]) & (totals > 0)
                saved = np.where(free, (alone - bits) / np.maximum(totals, 1), -np.inf)
                for index in np.argsort(-saved, kind="stable")[:width].tolist():
                    if free[index]:
                        key = tuple(sorted((*rule, index)))
                        grown[key] = float(saved[index])
                        best = max(best, (grown[key], key, counts[index]), key=lambda each: each[0])
            beam = sorted(grown, key=lambda key: (-grown[key], key))[:width]
            if size == length or not beam:
                break
        if not best[1]:
            return None
        chosen = tuple(self.conditions[each] for each in best[1])
        return Rule(chosen, tuple(best[2].tolist()))
