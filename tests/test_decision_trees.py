"""Decision trees and rule lists: their codes against all trees, all labellings, and the laws."""

from __future__ import annotations

import functools
import itertools
import math

import laws
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.special import gammaln

import mdl
from complexity.code import Codec, DecodeError
from mdl.nml import multinomial_complexity
from mdl.trees import (
    DecisionTree,
    DecisionTrees,
    LabelCodec,
    RuleList,
    RuleLists,
    grow_rules,
    grow_tree,
    prune_tree,
    tree_bits,
)
from mdl.trees.listing import Condition, Rule, cuts_of, rule_list_bits
from mdl.trees.structure import threshold_of

VERSIONS = ("nml", "bayes")


def leaf_bits(labels, size: int, version: str) -> float:
    """A leaf's bits, by the definition."""
    counts = np.bincount(labels, minlength=size)
    n = len(labels)
    if version == "bayes":  # one label after another
        seen, total = np.full(size, 0.5), 0.0
        for label in labels:
            total -= math.log2(seen[label] / seen.sum())
            seen[label] += 1
        return total
    entropy = -sum(h * math.log2(h / n) for h in counts.tolist() if h)
    return entropy + multinomial_complexity(size, n)


def splits(x):
    """(column, threshold, bits) of all splits of rows."""
    columns = [j for j in range(x.shape[1]) if len(set(x[:, j])) > 1]
    for j in columns:
        values = sorted(set(x[:, j]))
        for low, high in itertools.pairwise(values):
            yield j, (low + high) / 2, math.log2(len(columns)) + math.log2(len(values) - 1)


def all_trees(x, y, depth, size, version):
    """Total bits of every tree on these rows."""
    some = list(splits(x)) if depth else []
    yield bool(some) + leaf_bits(y, size, version)
    for column, threshold, bits in some:
        low = x[:, column] <= threshold
        left = list(all_trees(x[low], y[low], depth - 1, size, version))
        for right in all_trees(x[~low], y[~low], depth - 1, size, version):
            for each in left:
                yield 1 + bits + each + right


def tables(seed: int, n: int = 9, m: int = 2, values: int = 4, size: int = 2):
    rng = np.random.default_rng(seed)
    return rng.integers(0, values, (n, m)).astype(float), rng.integers(0, size, n)


@pytest.mark.parametrize("version", VERSIONS)
def test_all_trees_of_two_levels(version):
    """No tree is shorter than the shortest of all; the one found is among them, and often it."""
    hits = 0
    for seed in range(20):
        x, y = tables(seed, size=2)
        if seed % 2:
            y = (x[:, 0] > 1).astype(int)
        bits = np.array(list(all_trees(x, y, 2, 2, version)))
        described = DecisionTrees(2, version, 2).describe((x, y))
        assert described.total_bits >= bits.min() - 1e-9
        assert np.abs(bits - described.total_bits).min() < 1e-9
        assert described.total_bits <= bits[0] + 1e-9  # the leaf
        hits += described.total_bits <= bits.min() + 1e-9
    assert hits >= 15, hits


def test_structures_have_probabilities():
    """Kraft, exactly: with no labels to speak of, the trees' probabilities add up to one."""
    for seed in range(3):
        x, _ = tables(seed, n=6)
        bits = all_trees(x, np.zeros(6, int), 2, 1, "nml")
        assert sum(2.0**-each for each in bits) == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("version", VERSIONS)
def test_leaves_have_probabilities(version):
    """Over all labellings, a leaf's probabilities add up to one."""
    x = np.zeros((5, 1))
    candidate = DecisionTrees(0, version, 3)
    total = sum(
        2.0 ** -candidate.describe((x, np.array(y))).total_bits
        for y in itertools.product(range(3), repeat=5)
    )
    assert total == pytest.approx(1, abs=1e-12)


def test_total_is_a_code():
    """The best tree per labelling: the Kraft sum over all of them is at most one."""
    x, _ = tables(5, n=8)
    total = sum(
        2.0 ** -DecisionTrees(3, "nml", 2).describe((x, np.array(y))).total_bits
        for y in itertools.product(range(2), repeat=8)
    )
    assert 0.3 < total <= 1


def subtrees(tree):
    """A tree and all it can be pruned to."""
    yield DecisionTree(tree.counts)
    if not tree.is_leaf:
        for left, right in itertools.product(subtrees(tree.left), subtrees(tree.right)):
            yield DecisionTree(tree.counts, tree.attribute, tree.threshold, left, right)


@pytest.mark.parametrize("seed", range(6))
def test_pruning_is_optimal(seed):
    x, y = tables(seed, n=14, m=2, values=6, size=3)
    grown = grow_tree(x, y, max_depth=4, pruned=False, alphabet_size=3)
    known = {"alphabet_size": 3, "max_depth": 4}
    least = min(sum(tree_bits(each, x, y, **known)) for each in subtrees(grown))
    pruned = prune_tree(grown, x, version="nml", max_depth=4)
    assert sum(tree_bits(pruned, x, y, **known)) == pytest.approx(least, abs=1e-9)


def test_pieces_of_a_description():
    x = np.column_stack([np.arange(50.0), np.zeros(50)])
    y = (x[:, 0] > 19).astype(int)
    described = DecisionTrees().describe((x, y))
    tree = described.fit["found"]
    assert (tree.leaves, tree.depth, tree.attribute, tree.threshold) == (2, 1, 0, 19.5)
    # three nodes; one column varies, 49 places
    assert described.fit["structure_bits"] == pytest.approx(3 + math.log2(49))
    assert described.best_fit_bits == described.data_bits == 0
    complexity = multinomial_complexity(2, 20) + multinomial_complexity(2, 30)
    assert described.model_bits == pytest.approx(3 + math.log2(49) + complexity)
    assert described.parameters == 2
    assert tree.probabilities([[3.0, 0], [40, 0]])[:, 1] == pytest.approx([0.5 / 21, 30.5 / 31])
    assert tree.to_dict()["left"] == {"counts": [20, 0]}


def test_krichevsky_trofimov_in_closed_form():
    x, y = np.zeros((30, 1)), np.repeat([0, 1, 2], [20, 7, 3])
    nats = gammaln(1.5) + sum(gammaln(h + 0.5) - gammaln(0.5) for h in (20, 7, 3)) - gammaln(31.5)
    assert DecisionTrees(0, "bayes", 3).describe((x, y)).total_bits == pytest.approx(
        -nats / math.log(2)
    )


@pytest.mark.parametrize("candidate", [DecisionTrees(), RuleLists()], ids=["tree", "rules"])
def test_shuffled_labels_are_a_single_leaf(candidate):
    """Over sixty shuffles, structure in not more than one in ten, by a binomial test."""
    found = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        x, y = rng.normal(size=(100, 4)), rng.permutation(np.repeat([0, 1], 50))
        described = candidate.describe((x, y))
        free = leaf_bits(y, 2, "nml")
        assert described.total_bits <= free + 1.6  # a leaf's kind; the length of an empty list
        shape = described.fit["found"]
        found += (shape.leaves > 1) if isinstance(shape, DecisionTree) else len(shape) > 0
    assert stats.binomtest(found, 60, 0.1, alternative="greater").pvalue > 0.01


@pytest.mark.parametrize("candidate", [DecisionTrees(), RuleLists()], ids=["tree", "rules"])
def test_few_rows(candidate):
    empty = candidate.describe((np.zeros((0, 2)), np.zeros(0, int)))
    list_bits = math.log2(2.865108415840) if isinstance(candidate, RuleLists) else 0
    assert empty.total_bits == pytest.approx(list_bits)
    sized = type(candidate)(alphabet_size=5)
    one = sized.describe(([[1.0, 2.0]], [3]))
    assert one.total_bits == pytest.approx(list_bits + math.log2(5))


def test_selection_and_cross_validation():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(120, 3))
    y = ((x[:, 1] > 0.3) ^ (rng.random(120) < 0.1)).astype(int)
    candidates = [DecisionTrees(0), DecisionTrees(), DecisionTrees(version="bayes"), RuleLists()]
    table = mdl.select(candidates, (x, y), folds=4, progress=False)
    assert table.rows[-1].name == "tree, depth 0 (nml)"
    assert table.winner("cv") != "tree, depth 0 (nml)"
    # held-out bits, by hand for the leaf
    train, test = (x[:80], y[:80]), (x[80:], y[80:])
    chance = (np.bincount(y[:80], minlength=2) + 0.5) / 81
    assert DecisionTrees(0).heldout_bits(train, test) == pytest.approx(
        -np.log2(chance[y[80:]]).sum()
    )


def test_thresholds_lie_between():
    assert threshold_of(np.array([1.0, 2.0]), 0) == 1.5
    top = np.nextafter(1.0, 2)
    assert threshold_of(np.array([1.0, top]), 0) == 1.0
    assert threshold_of(np.array([-1.7e308, 1.7e308]), 0) == 0.0
    wide = grow_tree([[-1.7e308], [1.7e308]] * 20, [0, 1] * 20)
    assert wide.threshold == 0
    # zeros of either sign are one value
    assert grow_tree([[0.0], [-0.0]] * 20, [0, 1] * 20).is_leaf


# --- the codec of labels


ROWS = np.column_stack([np.arange(40.0), np.arange(40) % 5, np.ones(40)])


def codec() -> LabelCodec:
    return LabelCodec(ROWS, alphabet_size=3, max_depth=6)


LABELS = [
    np.zeros(40, np.int64),
    (np.arange(40) // 14).astype(np.int64),
    np.random.default_rng(0).integers(0, 3, 40),
]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 2), min_size=40, max_size=40))
def test_labels_keep_the_laws(labels):
    y = np.array(labels, np.int64)
    laws.check_round_trip(codec(), y)
    laws.check_length(codec(), y)
    laws.check_prefix_free(codec(), y)


@pytest.mark.parametrize("y", LABELS, ids=["one", "three", "random"])
def test_damage_and_threads(y):
    laws.check_damage(codec(), y)
    laws.check_determinism(codec(), y)
    assert isinstance(codec(), Codec)


def test_all_labellings_have_codewords():
    rows = np.arange(8.0).reshape(-1, 1)
    small = LabelCodec(rows, alphabet_size=2)
    laws.check_kraft(small, map(np.array, itertools.product((0, 1), repeat=8)))


def test_bits_are_those_of_the_description():
    for y in LABELS:
        described = DecisionTrees(6, "bayes", 3).describe((ROWS, y))
        assert codec().bits(y) == pytest.approx(described.total_bits, abs=1e-6)


def test_codec_of_nothing_and_of_one_label():
    none = LabelCodec(np.zeros((0, 2)), alphabet_size=3)
    laws.check_round_trip(none, np.zeros(0, np.int64))
    assert none.bits(np.zeros(0, int)) == 0
    only = LabelCodec(ROWS, alphabet_size=1, max_depth=0)
    laws.check_length(only, np.zeros(40, np.int64))
    assert only.bits(np.zeros(40, int)) == 0
    with pytest.raises(DecodeError):
        only.decode(b"")
    with pytest.raises(TypeError):
        only.decode("0")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="got 3, accepted are integers from 0 to 2"):
        codec().bits(np.full(40, 3))


# --- rule lists


def all_rules(cuts, longest):
    """Conditions of every rule of up to so many."""
    single = [
        Condition(column, float(cut), above)
        for column, each in enumerate(cuts)
        for cut in each
        for above in (False, True)
    ]
    for length in range(1, longest + 1):
        for chosen in itertools.combinations(single, length):
            if len({each.attribute for each in chosen}) == length:
                yield chosen


def test_rules_have_probabilities():
    """Kraft: rules of a length share what log* gives the length."""
    x, y = tables(3, n=9, m=3, values=5)
    cuts = cuts_of(x, 2)
    log_star = mdl.integers.LogStar()
    empty = rule_list_bits(RuleList((), (0, 0)), x, y, alphabet_size=2, cuts=2)[0]
    totals: dict[int, float] = {}
    for chosen in all_rules(cuts, 3):
        rules = RuleList((Rule(chosen, (0, 0)),), (0, 0))
        bits = rule_list_bits(rules, x, y, alphabet_size=2, cuts=2)[0]
        bits += log_star.bits(1) - log_star.bits(2)
        totals[len(chosen)] = totals.get(len(chosen), 0.0) + 2.0 ** -(bits - empty)
    for length, total in totals.items():
        assert total == pytest.approx(2.0 ** -log_star.bits(length), rel=1e-9)


def test_first_rule_is_the_best_of_all():
    """With a beam that holds everything: of all rules, the greatest saving per covered row."""
    checked = 0
    for seed in range(12):
        rng = np.random.default_rng(seed)
        x = rng.integers(0, 4, (40, 3)).astype(float)
        y = ((x[:, 0] > 1) & (x[:, 2] <= 2)).astype(int)
        known = {"alphabet_size": 2, "cuts": 3}
        alone = sum(rule_list_bits(RuleList((), ()), x, y, **known))
        best = -math.inf
        for chosen in all_rules(cuts_of(x, 3), 2):
            rules = RuleList((Rule(chosen, ()),), ())
            covered = int(rules.parts(x)[0].sum())
            if covered:
                best = max(best, (alone - sum(rule_list_bits(rules, x, y, **known))) / covered)
        found = grow_rules(x, y, cuts=3, max_rule_length=2, beam_width=10**6)
        if len(found):
            first = RuleList(found.rules[:1], ())
            saved = alone - sum(rule_list_bits(first, x, y, **known))
            assert saved / sum(found.rules[0].counts) == pytest.approx(best, abs=1e-6)
            checked += 1
        else:
            assert best <= 1e-9
    assert checked >= 6


def test_rule_list_bits_are_counts_by_hand():
    x = np.repeat(np.arange(6.0), 10).reshape(-1, 1)
    y = (x[:, 0] >= 3).astype(int)
    described = RuleLists().describe((x, y))
    found = described.fit["found"]
    assert len(found) == 1
    log_star = functools.partial(mdl.integers.LogStar().bits)
    structure = log_star(2) + log_star(1) + 1 + math.log2(5)
    assert described.fit["structure_bits"] == pytest.approx(structure)
    labels = 2 * multinomial_complexity(2, 30)
    assert described.total_bits == pytest.approx(structure + labels)
    assert found.probabilities([[0.0], [5.0]])[:, 1] == pytest.approx([0.5 / 31, 30.5 / 31])
    assert found.to_dict()["rules"][0]["counts"] in ([30, 0], [0, 30])


def test_cuts():
    x = np.random.default_rng(0).normal(size=(500, 2))
    x[:, 1] = 3
    few, none = cuts_of(x, 4)
    assert none.size == 0
    assert few.size == 4
    shares = [np.mean(x[:, 0] <= cut) for cut in few]
    assert shares == pytest.approx([0.2, 0.4, 0.6, 0.8], abs=0.01)
    rules = RuleList((Rule((Condition(0, 9.0, True),), (0,)),), (0,))
    with pytest.raises(ValueError, match="is no cut"):
        rule_list_bits(rules, x, np.zeros(500, int), alphabet_size=1, cuts=4)


@pytest.mark.parametrize(
    ("x", "y", "options", "error", "says"),
    [
        ([[math.nan]], [0], {}, ValueError, "NaN or infinity"),
        ([[math.inf]], [0], {}, ValueError, "NaN or infinity"),
        ([["a"]], [0], {}, TypeError, "finite real numbers"),
        ([1.0, 2.0], [0, 1], {}, ValueError, "shape"),
        ([[1.0], [1, 2]], [0, 1], {}, ValueError, "ragged"),
        ([[1.0]], [0, 1], {}, ValueError, "as rows of x"),
        ([[1.0]], [-1], {}, ValueError, "integers from 0"),
        ([[1.0]], [0.5], {}, TypeError, "integers from 0"),
        ([[1.0]], [2], {"alphabet_size": 2}, ValueError, "from 0 to 1"),
        ([[1.0]], [0], {"version": "nlm"}, ValueError, "did you mean 'nml'"),
        ([[1.0]], [0], {"alphabet_size": 0}, ValueError, "from 1"),
    ],
)
@pytest.mark.parametrize("grow", [grow_tree, grow_rules])
def test_bad_input(grow, x, y, options, error, says):
    with pytest.raises(error, match=says):
        grow(x, y, **options)


def test_bad_options():
    with pytest.raises(ValueError, match="max_depth: got 65"):
        grow_tree([[1.0]], [0], max_depth=65)
    with pytest.raises(ValueError, match="beam_width: got 0"):
        RuleLists(beam_width=0)
    with pytest.raises(TypeError, match=r"a tuple \(x, y\)"):
        DecisionTrees().describe([[1.0]])
    wrong = DecisionTree((1, 1), 0, 7.0, DecisionTree((1, 0)), DecisionTree((0, 1)))
    with pytest.raises(ValueError, match="is no split there"):
        tree_bits(wrong, np.array([[1.0], [2.0]]), np.array([0, 1]), alphabet_size=2, max_depth=3)


def test_a_narrow_alphabet_size_is_the_same_number():
    x = np.arange(60.0).reshape(-1, 1)
    y = (x[:, 0] // 20).astype(int)
    narrow, wide = (
        mdl.DecisionTrees(alphabet_size=k).describe((x, y)) for k in (np.uint8(200), 200)
    )  # type: ignore[arg-type]
    assert narrow.parameters == wide.parameters == wide.fit["found"].leaves * 199 > 255
    assert narrow.total_bits == wide.total_bits
