"""Factored context trees against sums over all trees in Fractions, other trees, and their undo.

Runs as compiled code and with NUMBA_BOUNDSCHECK=1.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from complexity.context import ContextTree, FactoredContextTree

KT = {
    (1, 0): Fraction(1, 2),
    (1, 1): Fraction(1, 8),
    (2, 0): Fraction(3, 8),
    (2, 1): Fraction(1, 16),
    (2, 2): Fraction(3, 128),
    (3, 2): Fraction(3, 256),
    (5, 5): Fraction(63, 262144),
}
"""Krichevsky and Trofimov's block probabilities of so many zeros and ones."""

Visits = list[tuple[str, int]]
"""Contexts, the last bit first, and the bits seen in them."""


def estimate(bits: list[int]) -> Fraction:
    """The KT block probability, from its definition."""
    p, counts = Fraction(1), [0, 0]
    for bit in bits:
        p *= Fraction(2 * counts[bit] + 1, 2 * sum(counts) + 2)
        counts[bit] += 1
    return p


def trees(depth: int) -> Iterator[tuple[int, list[str]]]:
    """Every prediction suffix tree: Gamma, the length of its code in bits, and its leaves."""
    if depth == 0:
        yield 0, [""]
        return
    yield 1, [""]
    for (gamma0, leaves0), (gamma1, leaves1) in product(list(trees(depth - 1)), repeat=2):
        yield 1 + gamma0 + gamma1, ["0" + s for s in leaves0] + ["1" + s for s in leaves1]


def mixture(visits: Visits, depth: int) -> Fraction:
    """The sum over all trees of 2^-Gamma times the product of their leaves' estimates."""
    total = Fraction(0)
    for gamma, leaves in trees(depth):
        parts = [[bit for context, bit in visits if context.startswith(s)] for s in leaves]
        total += Fraction(1, 2**gamma) * math.prod(map(estimate, parts), start=Fraction(1))
    return total


def symbol_probability(x: str, width: int, depth: int, factored: bool) -> Fraction:
    """Of a string of symbols, each after one bit of context alone, which is the symbol's parity."""
    history, visits = "0" * (depth + width), [[] for _ in range(width)]
    for start in range(0, len(x), width):
        symbol = x[start : start + width]
        history += str(symbol.count("1") % 2)
        for i, bit in enumerate(symbol):
            levels = depth + i if factored else depth
            context = history[::-1][:levels]
            visits[i if factored else 0].append((context, int(bit)))
            history += bit
    depths = [depth + i for i in range(width)] if factored else [depth]
    return math.prod(map(mixture, visits, depths), start=Fraction(1))


def probability(tree: FactoredContextTree | ContextTree) -> float:
    return 2.0**-tree.codelength


def feed(tree: FactoredContextTree, x: str) -> None:
    """Learn as `symbol_probability` says."""
    for start in range(0, len(x), tree.width):
        symbol = x[start : start + tree.width]
        tree.condition(symbol.count("1") % 2)
        for bit in symbol:
            tree.update(int(bit))


def test_there_are_as_many_trees_as_published_and_their_weights_sum_to_one():
    for depth, count in [(1, 2), (2, 5), (3, 26), (4, 677)]:
        gammas = [gamma for gamma, _ in trees(depth)]
        assert len(gammas) == count
        assert sum(Fraction(1, 2**gamma) for gamma in gammas) == 1


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_one_tree_is_the_mixture_over_all_trees(depth):
    for n in (1, 4, 8):
        for bits in product("01", repeat=n):
            x = "".join(bits)
            line = "0" * depth + x
            visits = [(line[i : i + depth][::-1], int(x[i])) for i in range(n)]
            tree = FactoredContextTree(1, depth)
            tree.extend(x)
            assert probability(tree) == pytest.approx(float(mixture(visits, depth)), rel=1e-13)


@pytest.mark.parametrize("factored", [True, False])
@pytest.mark.parametrize(("width", "depth"), [(2, 0), (2, 1), (2, 2), (3, 1)])
def test_symbols_are_the_mixture_of_each_bits_trees(width, depth, factored):
    for bits in list(product("01", repeat=2 * 3 * width // 2))[:: 1 if width == 2 else 7]:
        x = "".join(bits)[: 3 * width]
        tree = FactoredContextTree(width, depth, factored=factored)
        feed(tree, x)
        expected = float(symbol_probability(x, width, depth, factored))
        assert probability(tree) == pytest.approx(expected, rel=1e-13)


@pytest.mark.parametrize(
    ("depth", "p"),
    [(1, Fraction(735, 8388608)), (2, Fraction(6575, 8388608)), (3, Fraction(1325, 2097152))],
)
def test_published_values_of_context_tree_weighting(depth, p):
    tree = FactoredContextTree(1, depth)
    tree.extend("011011011011")
    assert tree.codelength == pytest.approx(-math.log2(p), abs=1e-12)


@pytest.mark.parametrize(("zeros", "ones"), list(KT))
def test_published_block_probabilities_without_context(zeros, ones):
    tree = FactoredContextTree(1, 0)
    tree.extend("0" * zeros + "1" * ones)
    assert probability(tree) == pytest.approx(float(KT[zeros, ones]), rel=1e-14)


@pytest.mark.parametrize("depth", [0, 1, 5, 23, 63, 64])
def test_one_tree_predicts_as_the_tree_with_its_contexts_in_words(depth):
    rng = np.random.default_rng(depth)
    bits = np.concatenate([rng.integers(0, 2, 150), np.tile([0, 0, 1], 60), np.zeros(90, int)])
    ours, other = FactoredContextTree(1, depth), ContextTree(depth)
    for bit in bits.tolist():
        assert ours.predict() == pytest.approx(other.predict(), abs=1e-15)
        ours.update(bit)
        other.update(bit)
    assert ours.codelength == pytest.approx(other.codelength, abs=1e-10)
    assert ours.nodes <= 2 * len(bits) + 2


def test_deep_contexts_are_seen():
    """A bit that repeats the one 150 before it, in noise, is learned by a tree that deep only."""
    rng = np.random.default_rng(1)
    blocks = [rng.integers(0, 2, 75) for _ in range(2)]
    line = np.concatenate(blocks * 40).astype(np.uint8)
    lengths = {}
    for depth in (100, 150):
        tree = FactoredContextTree(1, depth)
        tree.extend(line[:3000])
        before = tree.codelength
        tree.extend(line[3000:])
        lengths[depth] = tree.codelength - before
    assert lengths[150] < 200  # of 3,000 bits
    flipped = FactoredContextTree(1, 900)
    flipped.extend("01" * 200)
    assert flipped.predict() < 0.01
    assert FactoredContextTree(1, 999).depth == 999


@settings(max_examples=40)
@given(
    st.integers(1, 4),
    st.sampled_from([0, 1, 3, 64, 130]),
    st.booleans(),
    st.integers(0, 2**32),
    st.integers(0, 80),
)
def test_probabilities_of_all_symbols_sum_to_one(width, depth, factored, seed, n):
    tree = FactoredContextTree(width, depth, factored=factored)
    rng = np.random.default_rng(seed)
    for _ in range(n // width):
        tree.condition(int(rng.integers(2)))
        for bit in rng.integers(0, 2, width) * rng.integers(0, 2, width):
            tree.update(int(bit))
    total = 0.0
    for symbol in product((0, 1), repeat=width):
        p = 1.0
        for bit in symbol:
            one = tree.predict()
            assert 0 < one < 1
            p *= one if bit else 1 - one
            tree.update(bit)
        total += p
        tree.undo(width)
    assert total == pytest.approx(1, abs=1e-14)


def same(a: dict[str, np.ndarray], b: dict[str, np.ndarray]) -> bool:
    return a.keys() == b.keys() and all(
        a[name].dtype == b[name].dtype and a[name].tobytes() == b[name].tobytes() for name in a
    )


steps = st.lists(
    st.tuples(st.sampled_from(["update", "update", "within", "action", "undo"]), st.integers(0, 1)),
    max_size=120,
)


@settings(max_examples=80)
@given(steps, st.integers(1, 4), st.sampled_from([0, 2, 7, 70]), st.booleans())
def test_undo_restores_every_array_bit_for_bit(plan, width, depth, factored):
    tree = FactoredContextTree(width, depth, factored=factored)
    before = []
    for kind, bit in plan:
        if kind == "undo":
            if before:
                tree.undo()
                assert same(tree.snapshot(), before.pop())
            continue
        before.append(tree.snapshot())
        if kind == "update":
            tree.predict()
            assert same(tree.snapshot(), before[-1])
            tree.update(bit)
        else:
            tree.condition(bit, within=kind == "within")
    count = len(before) // 2
    if before:
        target = before[len(before) - count] if count else tree.snapshot()
        tree.undo(count)
        assert same(tree.snapshot(), target)


def test_undo_over_the_growth_of_all_arrays():
    tree = FactoredContextTree(3, 40, undo_limit=10_000)
    before = tree.snapshot()
    rng = np.random.default_rng(5)
    for bit in rng.integers(0, 2, 4000).tolist():
        tree.update(bit)
    tree.undo(4000)
    assert same(tree.snapshot(), before)


@pytest.mark.parametrize(("limit", "updates", "taken"), [(1024, 2113, 1500), (0, 65, 60)])
def test_many_updates_are_taken_back_where_the_oldest_are_due_to_be_forgotten(
    limit, updates, taken
):
    bits = np.random.default_rng(7).integers(0, 2, updates).tolist()
    tree, fresh = (FactoredContextTree(2, 8, undo_limit=limit) for _ in range(2))
    for bit in bits:
        tree.update(bit)
    tree.undo(taken)
    for bit in bits[: updates - taken]:
        fresh.update(bit)
    assert len(tree) == updates - taken
    assert same(tree.snapshot(), fresh.snapshot())


def test_what_is_beyond_the_limit_is_forgotten_and_the_rest_undone():
    tree = FactoredContextTree(2, 9, undo_limit=20)
    rng = np.random.default_rng(3)
    kept = []
    for bit in rng.integers(0, 2, 500).tolist():
        kept.append((tree.codelength, tree.predict(), len(tree)))
        tree.update(bit)
    assert 20 <= tree.undoable < 200
    while tree.undoable:
        tree.undo()
        assert (tree.codelength, tree.predict(), len(tree)) == kept.pop()
    with pytest.raises(ValueError, match="undo_limit is 20"):
        tree.undo()


def test_snapshots_and_copies_go_on_alike():
    tree = FactoredContextTree(2, 20)
    feed(tree, "0110100110010110" * 8)
    tree.condition(1)
    saved, twin = tree.snapshot(), tree.copy()
    other = FactoredContextTree(2, 20)
    other.restore(saved)
    for each in (tree, twin, other):
        feed(each, "0110100110010110")
    assert same(tree.snapshot(), twin.snapshot())
    assert same(tree.snapshot(), other.snapshot())
    tree.restore(saved)
    assert same(tree.snapshot(), saved)
    with pytest.raises(ValueError, match="snapshot: got one of width"):
        FactoredContextTree(2, 21).restore(saved)


def test_extend_learns_as_single_updates_do():
    bits = np.random.default_rng(2).integers(0, 2, 300).astype(np.uint8)
    one, many = FactoredContextTree(3, 12), FactoredContextTree(3, 12)
    for bit in bits.tolist():
        one.update(bit)
    one.commit()
    many.extend(bits)
    assert same(one.snapshot(), many.snapshot())
    with pytest.raises(ValueError, match="neither extend"):
        many.undo()


def test_bits_of_context_alone_cost_nothing_and_are_seen():
    tree = FactoredContextTree(1, 1)
    for bit in [0, 1, 1, 0] * 25:
        tree.condition(bit)
        tree.update(bit)
    assert len(tree) == 200
    assert tree.codelength < 15  # of 100 bits that are learned
    assert "200 bits seen" in repr(tree)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: FactoredContextTree(0, 3), ValueError, "width: got 0"),
        (lambda: FactoredContextTree(2, 999), ValueError, "depth: got 999, .* from 0 to 998"),
        (lambda: FactoredContextTree(2, 1.5), TypeError, "depth: got 1.5"),  # type: ignore[arg-type]
        (lambda: FactoredContextTree(2, 3).update(2), ValueError, "bit: got 2"),
        (lambda: FactoredContextTree(2, 3).condition(-1), ValueError, "bit: got -1"),
        (lambda: FactoredContextTree(2, 3).extend("012"), ValueError, "bits"),
        (lambda: FactoredContextTree(2, 3).undo(), ValueError, "undo: 0 updates are left"),
    ],
)
def test_bad_input_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()
