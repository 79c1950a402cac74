"""Expert codes: brute force over sequences of experts, sums to one, bounds, both interfaces."""

from __future__ import annotations

import json
import math
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from complexity.context import ContextTree
from mdl import experts

COINS = [Fraction(9, 10), Fraction(1, 10), Fraction(1, 2)]
"""Chances of a one."""


def said(coins, x):
    """What each expert said of each bit, (E, n)."""
    return [[p if bit else 1 - p for bit in x] for p in coins]


def brute_force(table, stay, move) -> Fraction:
    """The sum over all sequences of experts of prior times probability.

    Args:
        table: (E, n) fractions.
        stay, move: t -> the chance after t symbols of the same expert, of one certain other.
    """
    count, n = len(table), len(table[0])
    total = Fraction(0)
    for path in product(range(count), repeat=n):
        p = Fraction(1, count)
        for t, expert in enumerate(path):
            if t:
                p *= stay(t) if expert == path[t - 1] else move(t)
            p *= table[expert][t]
        total += p
    return total


def fixed(rate, count):
    return lambda t: 1 - rate, lambda t: rate / (count - 1)


def switching(count):
    return (
        lambda t: 1 - Fraction(1, t + 1) * Fraction(count - 1, count),
        lambda t: Fraction(1, t + 1) / count,
    )


def floats(table):
    return np.array(table, dtype=float)


@pytest.mark.parametrize("x", [(1, 1, 1, 0, 0, 0), (0, 1, 1, 0, 1, 1, 1), (1,)])
@pytest.mark.parametrize("count", [2, 3])
def test_forward_is_the_sum_over_sequences_of_experts(x, count):
    table = said(COINS[:count], x)
    pairs = [
        (experts.bayes_mixture(floats(table)), (lambda t: Fraction(1), lambda t: Fraction(0))),
        (experts.fixed_share(floats(table), 0.125), fixed(Fraction(1, 8), count)),
        (experts.switch(floats(table)), switching(count)),
    ]
    for code, transitions in pairs:
        exact = float(brute_force(table, *transitions))
        assert 2**-code.total_bits == pytest.approx(exact, rel=1e-12)


def test_published_example():
    """Two coins, 111000: 4701/200000 by the switch distribution against the mixture's."""
    table = said(COINS[:2], (1, 1, 1, 0, 0, 0))
    assert brute_force(table, *switching(2)) == Fraction(4701, 200000)
    code = experts.switch(floats(table))
    assert code.total_bits == pytest.approx(math.log2(200000 / 4701), abs=1e-12)
    assert code.total_bits == pytest.approx(5.410889, abs=1e-6)
    assert experts.bayes_mixture(floats(table)).total_bits == pytest.approx(10.421794, abs=1e-6)


def made(name, advisers):
    return {
        "bayes": lambda: experts.BayesMixture(advisers),
        "fixed-share": lambda: experts.FixedShare(advisers, 0.1),
        "switch": lambda: experts.Switch(advisers),
        "geometric": lambda: experts.GeometricMixture(advisers, rate=0.3),
    }[name]()


def advisers(size):
    rows = np.random.default_rng(3).dirichlet(np.ones(size), 2)
    return [experts.Constant(row) for row in rows] + [experts.Counting(size)]


@pytest.mark.parametrize("name", ["bayes", "fixed-share", "switch", "geometric"])
@pytest.mark.parametrize(("size", "n"), [(2, 7), (3, 4)])
def test_sums_to_one_over_all_sequences(name, size, n):
    """With experts that learn, and a mixture of mixtures."""
    total = 0.0
    for x in product(range(size), repeat=n):
        inner = made(name, advisers(size))
        total += 2.0 ** -experts.sequential_bits(experts.Switch([inner, advisers(size)[0]]), x)
    assert total == pytest.approx(1, rel=0, abs=1e-12)


@pytest.mark.parametrize("name", ["bayes", "fixed-share", "switch", "geometric"])
def test_predictors_and_tables_agree(name):
    rng = np.random.default_rng(5)
    x = rng.integers(0, 3, 200)
    counting = experts.Counting(3)
    rows = []
    for letter in x:  # (n, E, K)
        rows.append([*(each.predict() for each in advisers(3)[:2]), counting.predict()])
        counting.update(int(letter))
    table = np.array(rows).transpose(1, 0, 2)
    came = table[:, np.arange(200), x]
    code = {
        "bayes": lambda: experts.bayes_mixture(came),
        "fixed-share": lambda: experts.fixed_share(came, 0.1),
        "switch": lambda: experts.switch(came),
        "geometric": lambda: experts.geometric_mixture(table, x, rate=0.3),
    }[name]()
    predictor = made(name, advisers(3))
    assert experts.sequential_bits(predictor, x) == pytest.approx(code.total_bits, abs=1e-9)
    assert code.weights == pytest.approx(predictor.weights, abs=1e-10)
    assert code.expert_bits == pytest.approx(-np.log2(came).sum(1))
    assert code.name == name
    assert json.loads(json.dumps(code.to_dict()))["n"] == 200
    assert "best of 3 experts" in repr(code)


TABLES = st.builds(
    lambda count, n, seed: np.random.default_rng(seed).random((count, n)) ** 3,
    st.integers(1, 5),
    st.integers(1, 60),
    st.integers(0, 2**32),
)


@given(table=TABLES)
def test_bounds(table):
    """Bayes within log2 E of the best expert; the others within -log2 prior of the best sequence of
    experts with m switches, found by dynamic programming (Herbster and Warmuth, theorem 1)."""
    count, n = table.shape
    assert experts.bayes_mixture(table).regret_bits <= math.log2(count) + 1e-9
    best = best_by_switches(-np.log2(table), 5)
    switched = experts.switch(table).total_bits
    rate = 0.05 if count > 1 else 0.0
    shared = experts.fixed_share(table, rate).total_bits
    for m, bits in enumerate(best):
        if math.isinf(bits):
            continue
        start = math.log2(count)
        prior = start + m * math.log2(max(count - 1, 1) / max(rate, 1e-300)) if m else start
        assert shared <= bits + prior - (n - 1 - m) * math.log2(1 - rate) + 1e-9
        # stays: the product of t / (t + 1); switches: 1 / (t + 1) / E, t below n
        assert switched <= bits + start + math.log2(n) + m * math.log2(n * count) + 1e-9


def best_by_switches(bits, most):
    """The fewest bits of a sequence of experts with exactly m switches, m = 0, ..., most."""
    count, n = bits.shape
    best = np.full((most + 1, count), np.inf)
    best[0] = bits[:, 0]
    for t in range(1, n):
        moved = np.full_like(best, np.inf)
        for m in range(1, most + 1):
            for expert in range(count):
                others = np.delete(best[m - 1], expert)
                moved[m, expert] = others.min(initial=np.inf)
        best = np.minimum(best, moved) + bits[:, t]
    return best.min(1)


def test_geometric_by_its_definition():
    """The gradient against finite differences, and the product at the first symbol."""
    table = np.random.default_rng(1).dirichlet(np.ones(3), (2, 2))  # (E, n, K)
    rate = 0.7
    code = experts.geometric_mixture(table, [2, 0], rate=rate)

    def nats(weights, t, symbol):
        product_ = np.prod(table[:, t] ** np.array(weights)[:, np.newaxis], axis=0)
        return -math.log(product_[symbol] / product_.sum())

    first = [0.5, 0.5]
    assert code.bits[0] == pytest.approx(nats(first, 0, 2) / math.log(2))
    step, second = 1e-6, []
    for e in range(2):
        up, down = list(first), list(first)
        up[e] += step
        down[e] -= step
        second.append(first[e] - rate * (nats(up, 0, 2) - nats(down, 0, 2)) / (2 * step))
    assert code.bits[1] == pytest.approx(nats(second, 1, 0) / math.log(2), abs=1e-7)


def test_one_expert_and_no_symbol():
    table = [[0.5, 0.25, 1.0]]
    for code in (
        experts.bayes_mixture(table),
        experts.fixed_share(table, 0),
        experts.switch(table),
    ):
        assert code.bits == pytest.approx([1, 2, 0])
        assert code.regret_bits == pytest.approx(0)
    empty = experts.switch(np.zeros((3, 0)))
    assert empty.total_bits == empty.regret_bits == 0
    assert empty.weights == pytest.approx([1 / 3] * 3)


def test_long_sequences_do_not_underflow():
    """A wrong expert for 10^5 symbols comes back when it is right; Bayes keeps its exact odds."""
    n = 100_000
    table = np.full((2, 2 * n), 0.001)
    table[0, :n] = table[1, n:] = 0.999
    assert experts.bayes_mixture(table).weights == pytest.approx([0.5, 0.5], abs=1e-6)
    alone = -2 * n * math.log2(0.999)
    assert experts.switch(table).total_bits < alone + 60
    assert experts.fixed_share(table, 1e-5).total_bits < alone + 60
    certain = experts.bayes_mixture([[0.0, 1.0], [1.0, 1.0]])
    assert certain.total_bits == pytest.approx(1)
    assert certain.weights.tolist() == [0, 1]
    assert certain.to_dict()["expert_bits"] == [None, 0.0]


def test_a_context_tree_is_a_predictor():
    class Tree:
        def __init__(self, depth):
            self.tree = ContextTree(depth)

        def predict(self):
            one = self.tree.predict()
            return np.array([1 - one, one])

        def update(self, symbol):
            self.tree.update(symbol)

    x = [0, 1] * 60
    trees = [Tree(0), Tree(3), experts.Counting(2)]
    alone = ContextTree(3)
    alone.extend(x)
    bits = experts.sequential_bits(experts.Switch(trees), x)
    assert alone.codelength < bits < alone.codelength + 10


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: experts.bayes_mixture([[0.5, math.nan]]), ValueError, "NaN"),
        (lambda: experts.bayes_mixture([[0.5, 1.5]]), ValueError, "from 0 to 1"),
        (lambda: experts.bayes_mixture([[0.5], [0.5]], prior=[1, 1]), ValueError, "sum 2"),
        (lambda: experts.bayes_mixture([[0.5]], prior=[0.5, 0.5]), ValueError, "2 weights"),
        (lambda: experts.bayes_mixture([["a"]]), TypeError, "probabilities"),
        (lambda: experts.bayes_mixture([0.5]), ValueError, "experts, n"),
        (lambda: experts.switch([[0.5, 0.0], [0.5, 0.0]]), ValueError, "symbol at 1"),
        (lambda: experts.fixed_share([[0.5], [0.5]], 0.6), ValueError, "rate: got 0.6"),
        (lambda: experts.fixed_share([[0.5], [0.5]], math.nan), ValueError, "rate: got nan"),
        (lambda: experts.fixed_share([[0.5], [0.5]], "0.1"), TypeError, "rate: got '0.1'"),  # type: ignore[arg-type]
        (lambda: experts.fixed_share([[1.0], [1.0]], False), TypeError, "rate: got False"),
        (lambda: experts.geometric_mixture([[[0.5, 0.6]]], [0]), ValueError, "sum than 1"),
        (lambda: experts.geometric_mixture([[[0.0, 1.0]]], [0]), ValueError, "positive"),
        (lambda: experts.geometric_mixture([[[0.5, 0.5]]], [0, 1]), ValueError, "symbols: got 2"),
        (lambda: experts.geometric_mixture([[[0.5, 0.5]]], [0], rate=-1), ValueError, "rate"),
        (lambda: experts.geometric_mixture([[[0.5, 0.5]]], [0], rate=1e9), ValueError, "to 1e6"),
        (lambda: experts.Constant([0.5, 0.6]), ValueError, "sum 1.1"),
        (lambda: experts.Constant([0.5, math.nan]), ValueError, "from 0 to 1"),
        (lambda: experts.BayesMixture([]), ValueError, "at least one"),
        (lambda: experts.BayesMixture([3]), TypeError, "predict"),
        (lambda: experts.Counting(2, alpha=0), ValueError, "alpha"),
        (lambda: experts.Counting(2).update(2), ValueError, "symbol: got 2"),
        (
            lambda: experts.Switch([experts.Counting(2), experts.Counting(3)]).predict(),
            ValueError,
            "alphabets",
        ),
        (lambda: experts.sequential_bits(experts.Constant([1, 0]), [1]), ValueError, "at 0"),
        (lambda: experts.BayesMixture([experts.Constant([1, 0])]).update(1), ValueError, "every"),
    ],
)
def test_bad_input(call, error, says):
    with pytest.raises(error, match=says):
        call()


def test_an_expert_comes_back_from_beyond_the_doubles():
    """A posterior of 9^-1500, below the least double, and of 9^100 once the luck has turned."""
    x = [1] * 1500 + [0] * 1600
    mixture = experts.BayesMixture([experts.Constant([0.1, 0.9]), experts.Constant([0.9, 0.1])])
    bits = experts.sequential_bits(mixture, x)
    assert mixture.weights == pytest.approx([9.0**-100, 1], rel=1e-9)
    each = [-a * math.log2(0.9) - b * math.log2(0.1) for a, b in ((1500, 1600), (1600, 1500))]
    assert bits == pytest.approx(1 - np.logaddexp2(-each[0], -each[1]), rel=1e-12)


@pytest.mark.parametrize("many", [1, 100, 1000])
def test_a_geometric_mixture_is_a_code_at_the_greatest_rate(many):
    # two symbols that all experts hold for impossible, alike: exponents of some 10^14 after one
    chances = np.array([1e-300, 1e-300, 1.0])
    table = np.broadcast_to(chances, (many, 2, 3))
    bits = [experts.geometric_mixture(table, [0, a], rate=1e6).bits[1] for a in range(3)]
    assert sum(2.0**-b for b in bits) == pytest.approx(1, abs=1e-9)
    assert bits[0] == pytest.approx(1, abs=1e-9) == bits[1]


def test_a_rate_of_half_precision():
    experts.GeometricMixture([experts.Counting(2)], rate=np.float16(0.02))  # warnings are errors
    with pytest.raises(ValueError, match=r"rate: got inf, accepted is"):
        experts.GeometricMixture([experts.Counting(2)], rate=np.float16(np.inf))


def test_the_greatest_prior_count_is_certain_of_the_uniform_source():
    assert experts.sequential_bits(experts.Counting(4, 1e308), [0, 0, 3]) == 6


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((5, [0]), TypeError, r"predictor: got 5, accepted has predict\(\)"),
        ((experts.Counting, [0]), TypeError, "predictor: got <class"),
        ((experts.Counting(2), 1), TypeError, "symbols: got 1, accepted are integers"),
    ],
)
def test_sequential_bits_names_what_is_wrong(arguments, error, message):
    with pytest.raises(error, match=message):
        experts.sequential_bits(*arguments)
