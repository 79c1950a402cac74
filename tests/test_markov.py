"""Sequences: every code against enumeration, an explicit sum, or another part of the toolkit."""

from __future__ import annotations

import itertools
import json
import math
import os
from collections import Counter
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import complexity
import mdl
from complexity.inputs import fasta_letters
from complexity.structure import map_tree
from mdl.markov import (
    HiddenMarkov,
    MarkovChain,
    TreeSource,
    forward_bits,
    markov_complexity,
    order_consistency,
    order_table,
    sample_chain,
)
from mdl.markov import _kernels as kernels
from mdl.markov._simplex import composition_bits, quantised
from mdl.nml import multinomial_complexity


def rows(symbols, order):
    """Context -> Counter of what follows: the plain statement of the counts."""
    found: dict[tuple[int, ...], Counter[int]] = {}
    for at in range(order, len(symbols)):
        found.setdefault(tuple(symbols[at - order : at]), Counter())[symbols[at]] += 1
    return found


def likelihood(symbols, order):
    """The maximised likelihood of the symbols after the first, exactly."""
    product = Fraction(1)
    for row in rows(symbols, order).values():
        total = sum(row.values())
        product *= math.prod(Fraction(count, total) ** count for count in row.values())
    return product


def shtarkov(size, order, n, start):
    """The sum over all sequences."""
    every = itertools.product(range(size), repeat=n)
    return sum((likelihood((*start, *rest), order) for rest in every), Fraction(0))


def kraft(candidate, size, n):
    """The sum of 2^-bits over all sequences of n symbols."""
    every = itertools.product(range(size), repeat=n)
    return math.fsum(2.0 ** -candidate.describe(np.array(x, int)).total_bits for x in every)


SEQUENCES = st.tuples(st.integers(1, 5), st.integers(0, 60)).flatmap(
    lambda shape: st.tuples(
        st.just(shape[0]),
        st.lists(st.integers(0, shape[0] - 1), min_size=shape[1], max_size=shape[1]),
    )
)

# The exact Shtarkov sum


def test_published_and_enumerated_sums():
    assert markov_complexity(2, 1, 3, exact=True) == Fraction(112, 27)
    assert markov_complexity(2, 1, 5, exact=True) == Fraction(6982679, 1200000)
    assert round(float(markov_complexity(2, 1, 10, exact=True)), 7) == 9.5794545


@pytest.mark.parametrize(("size", "order", "n"), [(2, 1, 9), (2, 2, 9), (2, 3, 7), (3, 1, 6)])
def test_sums_by_types_are_sums_over_sequences(size, order, n):
    for length in range(n + 1):
        for start in itertools.product(range(size), repeat=order):
            exact = markov_complexity(size, order, length, start=start, exact=True)
            assert exact == shtarkov(size, order, length, start)
            bits = markov_complexity(size, order, length, start=start)
            assert bits == pytest.approx(math.log2(exact), abs=1e-12)


def test_order_zero_is_the_multinomial():
    assert markov_complexity(3, 0, 7) == multinomial_complexity(3, 7)
    assert markov_complexity(3, 0, 7, exact=True) == multinomial_complexity(3, 7, exact=True)


def test_floats_are_the_exact_sums():
    for size, order, n in ((2, 1, 60), (2, 2, 14), (3, 1, 9)):
        exact = math.log2(markov_complexity(size, order, n, exact=True))
        assert markov_complexity(size, order, n) == pytest.approx(exact, abs=1e-10)


def test_the_binary_chain_grows_as_its_fisher_information_says():
    """The sum tends to n / (2 pi) times the Fisher volume 4 G; what is left falls as n^-1/2."""
    catalan = 0.915965594177219
    gaps = [
        2 ** markov_complexity(2, 1, n) / (4 * catalan * n / (2 * math.pi)) - 1
        for n in (100, 400, 1600, 6400)
    ]
    assert 0 < gaps[-1] < 0.02
    for gap, later in itertools.pairwise(gaps):
        assert 1.8 < gap / later < 2.3


# Chains


@pytest.mark.parametrize("order", [0, 1, 2])
def test_nml_sums_to_one(order):
    assert kraft(MarkovChain(order, 2, "nml"), 2, 9) == pytest.approx(1, abs=1e-12)
    assert kraft(MarkovChain(order, 3, "nml"), 3, 6) == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("version", ["bayes", "prequential"])
@pytest.mark.parametrize("order", [0, 1, 2, 12])
def test_mixtures_sum_to_one(version, order):
    assert kraft(MarkovChain(order, 2, version), 2, 9) == pytest.approx(1, abs=1e-12)
    assert kraft(MarkovChain(order, 3, version), 3, 6) == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("order", [0, 1, 2])
def test_two_part_codes_are_not_complete_but_codes(order):
    assert kraft(MarkovChain(order, 2, "two-part"), 2, 9) < 1
    assert kraft(MarkovChain(order, 3, "two-part"), 3, 6) < 1


def test_per_context_nml_is_not_the_nml_of_the_chain():
    """Its probabilities sum to less than one, exactly as an explicit sum of Fractions says."""
    sums = []
    for n in (2, 3, 6, 10):
        total = Fraction(0)
        for rest in itertools.product(range(2), repeat=n):
            factors = [
                multinomial_complexity(2, sum(row.values()), exact=True)
                for row in rows((0, *rest), 1).values()
            ]
            total += likelihood((0, *rest), 1) / math.prod(factors)
        sums.append(float(total))
        assert kraft(MarkovChain(1, 2, "fnml"), 2, n + 1) == pytest.approx(total, abs=1e-12)
    assert sums[0] == 1
    assert round(sums[-1], 7) == 0.9916083
    assert all(later < sum_ for sum_, later in itertools.pairwise(sums))
    for size, order, n in ((3, 1, 8), (2, 2, 13), (2, 3, 13), (4, 1, 6)):
        assert kraft(MarkovChain(order, size, "fnml"), size, n) < 1


@given(SEQUENCES, st.integers(0, 4))
def test_codelengths_are_explicit_sums(sequence, order):
    size, symbols = sequence
    first = min(order, len(symbols)) * math.log2(size)
    best = first - math.log2(likelihood(symbols, order))
    explicit = {
        "fnml": best
        + sum(
            multinomial_complexity(size, sum(row.values())) for row in rows(symbols, order).values()
        ),
        "bayes": first + sequential(symbols, size, order, Fraction(1, 2)),
        "prequential": first + sequential(symbols, size, order, Fraction(1)),
    }
    for version, bits in explicit.items():
        found = MarkovChain(order, size, version).describe(np.array(symbols, int))
        assert found.total_bits == pytest.approx(bits, abs=1e-9)
        assert found.best_fit_bits == pytest.approx(best, abs=1e-9)
        assert found.parameters == size**order * (size - 1)
        assert found.n == len(symbols)


def sequential(symbols, size, order, prior):
    """Symbol by symbol, by counts that grow."""
    seen: dict[tuple[int, ...], Counter[int]] = {}
    product = Fraction(1)
    for at in range(order, len(symbols)):
        row = seen.setdefault(tuple(symbols[at - order : at]), Counter())
        product *= (row[symbols[at]] + prior) / (sum(row.values()) + size * prior)
        row[symbols[at]] += 1
    return -math.log2(product)


def test_the_plug_in_is_the_mixture():
    data = np.random.default_rng(2).integers(0, 3, 200)
    for prior in (0.5, 1.0, 2.5):
        pair = [MarkovChain(1, 3, version, prior) for version in ("bayes", "prequential")]
        assert pair[0].describe(data).total_bits == pair[1].describe(data).total_bits
    assert pair[0].name == "markov-1 (bayes, prior 2.5)"


@pytest.mark.parametrize("order", [0, 1, 3])
def test_the_kt_codec_codes_the_mixture(order):
    bits = np.random.default_rng(order).integers(0, 2, 500)
    after_zeros = np.concatenate([np.zeros(order, int), bits])
    chain = MarkovChain(order, 2, "bayes").describe(after_zeros)
    codec = complexity.get_code(f"kt:{order}")
    assert chain.total_bits - order == pytest.approx(codec.bits(bits) - 16, abs=1e-9)
    octets = np.random.default_rng(1).integers(0, 256, 300).astype(np.uint8)
    chain = MarkovChain(0, 256, "bayes").describe(octets)
    codec = complexity.get_code("kt-bytes")
    assert chain.total_bits == pytest.approx(codec.bits(octets.tobytes()) - 16, abs=1e-9)


def test_many_contexts_are_counted_as_few_are():
    """Contexts whose numbers do not fit 64 bits: two copies of a text, 20 bytes of memory."""
    once = np.random.default_rng(4).integers(0, 256, 3000)
    data = np.concatenate([once, once])
    found = MarkovChain(20, 256).describe(data)
    assert found.fit["contexts"] == len(rows(data.tolist(), 20))
    explicit = -math.log2(likelihood(data.tolist(), 20))
    assert found.best_fit_bits - 20 * 8 == pytest.approx(explicit, abs=1e-6)


def test_two_parts_against_all_parameters():
    """No composition at any precision does better."""
    data = np.array([0] * 37 + [1] * 11)
    choices = (48).bit_length() + 1
    best = min(
        math.log2(choices)
        + math.log2(2**b + 1)
        - 37 * math.log2(1 - a / 2**b)
        - 11 * math.log2(a / 2**b)
        for b in range(1, choices + 1)
        for a in range(1, 2**b)
    )
    found = MarkovChain(0, 2, "two-part").describe(data)
    assert found.total_bits - 1 == pytest.approx(best, abs=1e-9)  # 1 bit: parameters or none
    assert found.model_bits - 1 == pytest.approx(math.log2(choices) + math.log2(5))  # 1/4
    fair = MarkovChain(0, 2, "two-part").describe([0, 1] * 24)
    assert (fair.model_bits, fair.data_bits) == (1, 48)


@given(
    st.lists(st.lists(st.integers(1, 50), min_size=1, max_size=6), min_size=1, max_size=8),
    st.integers(1, 8),
)
def test_quantised_shares(groups, precision):
    weights = np.array([weight for group in groups for weight in group], float)
    first = np.cumsum([0, *map(len, groups)])[:-1]
    shares = np.split(quantised(weights, first, precision), first[1:])
    for group, share in zip(groups, shares, strict=True):
        if len(group) > 1 << precision:
            assert not share.any()
            continue
        assert share.sum() == 1 << precision
        assert share.min() >= 1
        ideal = np.array(group) / sum(group) * ((1 << precision) - len(group)) + 1
        assert np.abs(share - ideal).max() < 1


def test_compositions_are_counted():
    for outcomes, b in ((1, 3), (2, 3), (3, 2), (4, 2)):
        every = itertools.product(range((1 << b) + 1), repeat=outcomes)
        number = sum(sum(parts) == 1 << b for parts in every)
        assert float(composition_bits(b, outcomes)) == pytest.approx(math.log2(number), abs=1e-12)


@given(SEQUENCES, st.integers(0, 3), st.integers(0, 60))
def test_heldout_bits_are_explicit(sequence, order, cut):
    size, symbols = sequence
    cut = min(cut, len(symbols))
    seen = rows(symbols[:cut], order)
    bits = 0.0
    for at in range(cut, len(symbols)):
        row = seen.get(tuple(symbols[at - order : at]), Counter()) if at >= order else None
        bits += (
            math.log2(size)
            if row is None
            else -math.log2((row[symbols[at]] + 0.5) / (sum(row.values()) + size / 2))
        )
    array = np.array(symbols, int)
    found = MarkovChain(order, size).heldout_bits(array[:cut], array[cut:])
    assert found == pytest.approx(bits, abs=1e-9)


def test_texts_bytes_and_integers_are_alike():
    text = "abracadabra"
    forms = [text, text.encode(), np.array([ord(letter) for letter in text])]
    described = [MarkovChain(1).describe(form) for form in forms]
    assert described[0].to_dict() == described[1].to_dict() == described[2].to_dict()
    held = [MarkovChain(1).heldout_bits(form[:6], form[6:]) for form in forms]
    assert held[0] == held[1] == held[2]


@pytest.mark.parametrize("version", ["fnml", "nml", "bayes", "prequential"])
def test_nothing_one_symbol_and_constants(version):
    chain = MarkovChain(1, 4, version)
    assert chain.describe([]).total_bits == 0
    assert chain.describe([3]).total_bits == 2
    assert chain.describe([3, 3]).total_bits == pytest.approx(4)  # log2 K for the first of a row
    constant = MarkovChain(2, version=version).describe("aaaa")
    assert (constant.total_bits, constant.parameters) == (0, 0)
    assert MarkovChain(2, version="two-part").describe("").total_bits == 0
    assert MarkovChain(1, 4, "two-part").describe([]).total_bits == pytest.approx(math.log2(5))


def test_estimates():
    table = MarkovChain(1, 2).estimate([0, 0, 1, 0, 1, 1])
    np.testing.assert_allclose(table, [[1.5 / 4, 2.5 / 4], [0.5, 0.5]])
    np.testing.assert_allclose(MarkovChain(0, 2).estimate([]), [0.5, 0.5])


# Context trees


@pytest.mark.parametrize("depth", [0, 1, 4, 9])
def test_binary_trees_are_those_of_the_ground_floor(depth):
    bits = np.random.default_rng(depth).integers(0, 2, 400)
    bits[::3] = 0
    after_zeros = np.concatenate([np.zeros(depth, int), bits])
    tree = map_tree(bits, depth=depth)
    found = TreeSource(depth, 2, "map").describe(after_zeros)
    assert found.total_bits - depth == pytest.approx(tree.total_bits, abs=1e-9)
    leaves = {"".join(map(str, context)) for context in found.fit["contexts"]}
    assert leaves <= set(tree.leaves)  # those that occur
    assert found.fit["leaves"] == len(tree.leaves)
    weighted = complexity.ContextTree(depth)
    weighted.extend(bits)
    found = TreeSource(depth, 2).describe(after_zeros)
    assert found.total_bits - depth == pytest.approx(weighted.codelength, abs=1e-9)


def trees(size, depth, context=()):
    """All trees below a context: (bits of the tree, leaves)."""
    yield (0 if depth == 0 else 1), [context]
    if depth == 0:
        return
    below = [list(trees(size, depth - 1, (*context, symbol))) for symbol in range(size)]
    for parts in itertools.product(*below):
        yield 1 + sum(bits for bits, _ in parts), [leaf for _, leaves in parts for leaf in leaves]


@pytest.mark.parametrize(("size", "depth"), [(3, 2), (2, 3), (4, 1)])
def test_trees_against_all_trees(size, depth):
    rng = np.random.default_rng(size)
    symbols = rng.choice(size, 40, p=rng.dirichlet(np.ones(size))).tolist()
    totals = []
    for tree_bits, leaves in trees(size, depth):
        bits = float(tree_bits)
        for leaf in leaves:
            counts = Counter(
                symbols[at]
                for at in range(depth, len(symbols))
                if tuple(symbols[at - 1 - back] for back in range(len(leaf))) == leaf
            )
            seen = [symbol for symbol, count in counts.items() for _ in range(count)]
            bits += sequential(seen, size, 0, Fraction(1, 2))
        totals.append(bits)
    first = depth * math.log2(size)
    weighted = -math.log2(math.fsum(2.0**-bits for bits in totals))
    found = TreeSource(depth, size).describe(symbols)
    assert found.total_bits - first == pytest.approx(weighted, abs=1e-9)
    found = TreeSource(depth, size, "map").describe(symbols)
    assert found.total_bits - first == pytest.approx(min(totals), abs=1e-9)


def test_trees_sum_to_one():
    for depth in (0, 2, 3):
        assert kraft(TreeSource(depth, 2), 2, 9) == pytest.approx(1, abs=1e-12)
        assert kraft(TreeSource(depth, 2, "map"), 2, 9) <= 1 + 1e-12
    assert kraft(TreeSource(2, 3), 3, 6) == pytest.approx(1, abs=1e-12)


def test_trees_of_nothing():
    assert TreeSource(3, 2).describe([]).total_bits == 0
    assert TreeSource(3, 2, "map").describe([1]).total_bits == 2
    assert TreeSource(0, 2, "map").describe([1]).total_bits == pytest.approx(1)
    assert TreeSource(3).describe("aaaa").data_bits == 0


# Hidden states

MOVES = np.array([[0.9, 0.1], [0.3, 0.7]])
SHOWS = np.array([[0.6, 0.3, 0.1], [0.0, 0.2, 0.8]])


def paths(symbols, moves, shows):
    """Every path with its probability, symbols included."""
    for path in itertools.product(range(len(moves)), repeat=len(symbols)):
        product = 1 / len(moves)
        for at, (state, symbol) in enumerate(zip(path, symbols, strict=True)):
            product *= shows[state, symbol] * (moves[path[at - 1], state] if at else 1)
        yield path, product


def test_forward_probabilities_and_expectations_are_sums_over_paths():
    symbols = np.array([0, 2, 1, 1, 2, 0, 2, 2])
    every = list(paths(symbols, MOVES, SHOWS))
    total = math.fsum(product for _, product in every)
    assert forward_bits(symbols, MOVES, SHOWS) == pytest.approx(-math.log2(total), abs=1e-12)
    moves, shows = np.zeros((2, 2)), np.zeros((2, 3))
    for path, product in every:
        for before, after in itertools.pairwise(path):
            moves[before, after] += product / total
        for state, symbol in zip(path, symbols, strict=True):
            shows[state, symbol] += product / total
    found = np.empty((2, 2)), np.empty((2, 3))
    bits = kernels.expectations(symbols, np.full(2, 0.5), MOVES, SHOWS, *found)
    assert bits == pytest.approx(-math.log2(total), abs=1e-12)
    np.testing.assert_allclose(found[0], moves, atol=1e-12)
    np.testing.assert_allclose(found[1], shows, atol=1e-12)


def test_forward_probabilities_of_an_independent_library():
    """hmmlearn 0.3.3, CategoricalHMM.score of the same 5000 symbols, in bits."""
    symbols = np.random.default_rng(3).integers(0, 3, 5000)
    shows = np.array([[0.7, 0.2, 0.1], [0.1, 0.3, 0.6]])
    bits = forward_bits(symbols, np.array([[0.9, 0.1], [0.2, 0.8]]), shows)
    assert bits == pytest.approx(8439.80152461832, abs=1e-8)


def test_impossible_symbols_and_long_sequences():
    assert forward_bits(np.array([0, 1]), np.eye(2), np.eye(2)) == math.inf
    assert forward_bits(np.zeros(100_000, int), MOVES, SHOWS) > 1000


def test_climbing_never_costs_bits():
    symbols = np.random.default_rng(1).integers(0, 3, 300)
    rng = np.random.default_rng(0)
    moves, shows = rng.dirichlet(np.ones(3), 3), rng.dirichlet(np.ones(3), 3)
    start, before = np.full(3, 1 / 3), math.inf
    for _ in range(40):
        bits = kernels.baum_welch(symbols, start, moves, shows, 0.0, 1, 0.0)
        assert bits <= before + 1e-9
        before = bits
    np.testing.assert_allclose(moves.sum(axis=1), 1)


def test_hidden_codes_are_codes():
    for states in (1, 2):
        code = HiddenMarkov(states, 2, restarts=1)
        assert kraft(code, 2, 11) == pytest.approx(1, abs=1e-9)
        assert kraft(HiddenMarkov(states, 2, "two-part", restarts=1), 2, 8) < 1


def test_one_hidden_state_in_two_parts_is_explicit():
    data = np.array([0] * 37 + [1] * 11)
    choices = (48).bit_length() + 2
    best = min(
        math.log2(choices)
        + math.log2(2**b + 1)
        - 37 * math.log2(1 - a / 2**b)
        - 11 * math.log2(a / 2**b)
        for b in range(1, choices + 1)
        for a in range(1, 2**b)
    )
    found = HiddenMarkov(1, 2, "two-part").describe(data)
    assert found.total_bits == pytest.approx(best, abs=1e-9)


def flickering(seed, n):
    """Two states that last 20 symbols, seen through noise: no short context tells them apart."""
    rng = np.random.default_rng(seed)
    shown = np.array([[0.7, 0.1, 0.1, 0.1], [0.1, 0.1, 0.1, 0.7]])
    return np.array([rng.choice(4, p=shown[at]) for at in np.cumsum(rng.random(n) < 0.05) % 2])


@pytest.mark.parametrize("version", ["prequential", "two-part"])
def test_two_hidden_states_are_found(version):
    """Over eight sequences together; every one of them in two parts."""
    totals = np.array(
        [
            [HiddenMarkov(states, 4, version).describe(symbols).total_bits for states in (1, 2, 3)]
            for symbols in (flickering(seed, 600) for seed in range(8))
        ]
    )
    assert totals.sum(axis=0).argmin() == 1
    assert (totals[:, 1] < totals[:, 0]).all()
    if version == "two-part":
        assert totals.argmin(axis=1).tolist() == [1] * 8


def test_hidden_states_beside_chains():
    symbols = flickering(0, 1500)
    hidden, chain = HiddenMarkov(2, 4), MarkovChain(1, 4)
    result = mdl.select([hidden, chain], symbols, folds=3, progress=False)
    for criterion in ("mdl", "bic", "aic", "cv"):
        assert result.winner(criterion) == hidden.name
    again = hidden.describe(symbols)
    assert again.total_bits == result.best.total_bits  # same seed, same bits
    np.testing.assert_allclose(again.fit["emissions"].max(axis=1), 0.7, atol=0.1)


def test_hidden_models_of_nothing():
    assert HiddenMarkov(2, 4).describe([]).total_bits == 0
    assert HiddenMarkov(2, 4).describe([1]).total_bits == 2
    assert HiddenMarkov(2).describe("aaaaaaaaaaaa").total_bits == pytest.approx(0, abs=1e-9)
    assert HiddenMarkov(2, 2, "two-part").describe([]).total_bits == pytest.approx(
        math.log2(2) + 4 * math.log2(3)
    )


# Which order

CHAIN = np.random.default_rng(1).dirichlet([1, 1], (2, 2))
"""Order 2: chances of a 1 of 0.22 after 00, 0.06 after 01, 0.94 after 10, 0.53 after 11."""


def test_sampled_chains_follow_their_probabilities():
    symbols = sample_chain(CHAIN, 40_000, seed=5)
    counts = np.zeros((2, 2, 2))
    for context, row in rows(symbols.tolist(), 2).items():
        for symbol, count in row.items():
            counts[(*context, symbol)] = count
    totals = counts.sum(axis=-1, keepdims=True)
    z = (counts / totals - CHAIN) / np.sqrt(CHAIN * (1 - CHAIN) / totals)
    assert np.abs(z).max() < 4
    np.testing.assert_array_equal(symbols, sample_chain(CHAIN, 40_000, seed=5))
    turning = sample_chain(np.roll(np.eye(3), 1, axis=1), 100)
    assert set(np.diff(turning) % 3) == {1}


def test_the_true_order_is_found_as_n_grows():
    result = order_consistency(
        CHAIN, (50, 500, 2000), replicas=100, criteria=("fnml", "bayes", "bic", "aic"), seed=1,
        progress=False,
    )  # fmt: skip
    for name in ("fnml", "bayes", "bic"):
        low, high = result.interval(name).T
        assert low[-1] > 0.93
        assert high[0] < low[-1]  # 50 symbols are too few
    assert result.interval("aic")[-1, 1] < 0.97  # not consistent: it stays with too high orders
    assert result.too_high("aic")[-1] == pytest.approx(1 - result.share("aic")[-1])
    np.testing.assert_array_equal(result.found["bic"], result.chosen["bic"] == 2)


def test_fair_coins_have_any_order_that_is_high_enough():
    """Where no context comes twice, every symbol takes a bit, and order 0 pays for its parameter.

    Csiszár and Shields (Annals of Statistics 28(6), 2000, section 3): with orders up to c log n, c
    above 1 / log K, normalised maximum likelihood and KT choose a growing order; BIC does not.
    """
    for n, most in ((64, 12), (256, 16), (1024, 20)):
        result = order_consistency(
            [0.5, 0.5], (n,), max_order=most, replicas=40, criteria=("fnml", "bayes", "bic"),
            progress=False,
        )  # fmt: skip
        assert result.share("fnml")[0] < 0.1
        assert result.share("bayes")[0] < 0.1
        assert result.share("bic")[0] > 0.8


def test_cross_validation_and_intervals():
    result = order_consistency(
        CHAIN, (16, 24), max_order=2, replicas=30, criteria=("cv", "nml"), progress=False
    )
    again = order_consistency(
        CHAIN, (16, 24), max_order=2, replicas=30, criteria=("cv",), progress=False
    )
    np.testing.assert_array_equal(result.chosen["cv"], again.chosen["cv"])
    for p, (low, high) in zip(result.share("cv"), result.interval("cv"), strict=True):
        for end in (low, high):  # Wilson's ends solve |p - end| = z sqrt(end (1 - end) / n)
            assert abs(p - end) == pytest.approx(
                1.959963984540054 * math.sqrt(end * (1 - end) / 30)
            )
    assert json.loads(json.dumps(result.to_dict()))["truth"] == 2
    with pytest.raises(ValueError, match="criterion: unknown 'bic'"):
        result.share("bic")


def test_tables_of_orders(tmp_path):
    table = order_table(sample_chain(CHAIN, 1000, seed=1), max_order=4, folds=4, progress=False)
    assert set(table.orders.values()) == {2}
    explicit = MarkovChain(3, 2, "bayes").describe(sample_chain(CHAIN, 1000, seed=1))
    assert table.bits["bayes"][3] == explicit.total_bits
    assert table.bits["aic"][3] == pytest.approx(explicit.aic_bits)
    assert table.per_symbol("cv")[2] == table.bits["cv"][2] / 800
    assert table.per_symbol("bic")[2] == table.bits["bic"][2] / 1000
    assert (
        table.best.total_bits
        == min(min(table.bits[v]) for v in ("fnml", "bayes", "prequential", "two-part"))
        or table.best == table.tree
    )
    document = json.loads(table.save(tmp_path / "t.json").read_text())
    assert document["orders"]["fnml"] == 2
    assert table.save(tmp_path / "t.csv").read_text().startswith("name,version")
    table.plot(tmp_path / "t.png")
    assert (tmp_path / "t.png").read_bytes().startswith(b"\x89PNG")
    assert "order 2 by fnml" in repr(table)


# Bad input


@pytest.mark.parametrize(
    ("make", "error", "says"),
    [
        (lambda: MarkovChain(-1), ValueError, "order: got -1"),
        (lambda: MarkovChain(1.5), TypeError, "order: got 1.5"),  # type: ignore[arg-type]
        (lambda: MarkovChain(33), ValueError, "from 0 to 32"),
        (lambda: MarkovChain(1, 0), ValueError, "alphabet_size: got 0"),
        (lambda: MarkovChain(1, 2, "nlm"), ValueError, "did you mean 'nml'"),
        (lambda: MarkovChain(1, 2, "nml", 0.5), ValueError, "'nml' has none"),
        (lambda: MarkovChain(1, 2, "bayes", 0.0), ValueError, "prior: got 0.0"),
        (lambda: MarkovChain(1, 2, "bayes", math.nan), ValueError, "prior: got nan"),
        (lambda: MarkovChain(1, 2).describe([0, 1, 2]), ValueError, "got 0 to 2, accepted"),
        (lambda: MarkovChain(1, 2).describe([0, -1]), ValueError, "got -1 to 0"),
        (lambda: MarkovChain(1, 2).describe([0.0, math.nan]), TypeError, "data: got float64"),
        (lambda: MarkovChain(1).describe([0.0, 1.0]), TypeError, "data: got list of float64"),
        (lambda: MarkovChain(1, 2).describe("01"), TypeError, "data: got a text"),
        (lambda: MarkovChain(1).describe(np.zeros((2, 2), int)), ValueError, "shape"),
        (lambda: MarkovChain(3, 2, "nml").describe([0, 1] * 500), ValueError, "'fnml' or 'bayes'"),
        (lambda: MarkovChain(20, 4, "nml").describe([0, 1] * 50), ValueError, "0 to 16"),
        (lambda: MarkovChain(16, 4, "nml").describe([0, 1] * 50), ValueError, "contexts for an"),
        (lambda: MarkovChain(20, 4).estimate([0]), ValueError, "probabilities, accepted"),
        (lambda: markov_complexity(2, 1, -1), ValueError, "n: got -1"),
        (lambda: markov_complexity(2, 1, 10**6), ValueError, "accepted are at most 10000"),
        (lambda: markov_complexity(2, 2, 5, start=[0]), ValueError, "accepted are 2, the order"),
        (lambda: markov_complexity(2, 1, 5, start=[2]), ValueError, "start: got 2"),
        (lambda: TreeSource(70, 2), ValueError, "depth: got 70"),
        (lambda: TreeSource(60).describe("abc"), ValueError, "depth for 3 symbols: got 60"),
        (lambda: TreeSource(3, 2, "ctw"), ValueError, "known: bayes, map"),
        (lambda: HiddenMarkov(0), ValueError, "states: got 0"),
        (lambda: HiddenMarkov(2, restarts=0), ValueError, "restarts: got 0"),
        (lambda: forward_bits([0], np.eye(2), np.eye(3)), ValueError, r"\(S, K\)"),
        (lambda: forward_bits([0], np.eye(2) * 2, np.eye(2)), ValueError, "sum to 1"),
        (lambda: forward_bits([0], np.eye(2) * np.nan, np.eye(2)), ValueError, "sum to 1"),
        (lambda: forward_bits([2], np.eye(2), np.eye(2)), ValueError, "symbols: got 2"),
        (lambda: order_table("", progress=False), ValueError, "at least one symbol"),
        (lambda: order_table("ab", versions=(), progress=False), ValueError, "versions: got none"),
        (lambda: order_table("ab", folds=2, progress=False), ValueError, "folds: got 2"),
        (lambda: sample_chain([[0.5, 0.6], [1, 0]], 5), ValueError, "sum to 1"),
        (lambda: sample_chain([[0.5, 0.5]], 5), ValueError, "shape"),
        (lambda: order_consistency(CHAIN, [], progress=False), ValueError, "got none"),
        (lambda: order_consistency(CHAIN, [5], progress=False), ValueError, "at least 10"),
        (lambda: order_consistency(CHAIN, [50], max_order=1), ValueError, "max_order: got 1"),
    ],
)
def test_bad_input(make, error, says):
    with pytest.raises(error, match=says):
        make()


# Real data


@pytest.fixture
def data_folder():
    folder = os.environ.get("COMPLEXODYNAMICS_DATA")
    if not folder:
        pytest.skip("COMPLEXODYNAMICS_DATA names no folder")
    return Path(folder)


def test_mitochondrial_dna(data_folder):
    path = data_folder / "mammal_mtdna" / "10-mammals" / "blueWhale.txt"
    letters = fasta_letters(path.read_bytes())
    table = order_table(letters, max_order=6, progress=False)
    assert (table.n, table.alphabet_size) == (16402, 4)
    assert table.best.total_bits < 2 * table.n
    assert all(1 <= table.orders[name] <= 3 for name in table.orders)


def test_a_text(data_folder):
    octets = (data_folder / "canterbury" / "alice29.txt").read_bytes()
    table = order_table(octets, max_order=4, progress=False)
    assert table.orders["fnml"] == 2
    assert table.best == table.tree


@pytest.mark.parametrize("prior", [1e6, 1e9, 1e16, 1.7e308])
def test_large_priors_lose_nothing(prior):
    bits = [int(each) for each in "011010001110101"]
    chance = Fraction(1)
    seen = Counter()
    for before, symbol in itertools.pairwise(bits):
        total = seen[before, 0] + seen[before, 1] + 2 * Fraction(prior)
        chance *= (seen[before, symbol] + Fraction(prior)) / total
        seen[before, symbol] += 1
    found = MarkovChain(1, 2, "bayes", prior=prior).describe(bits).total_bits
    assert found == pytest.approx(1 - math.log2(chance), rel=1e-12)


def test_integers_of_numpy_are_those_of_python():
    numbers = np.int64(2), np.int64(3), np.int64(20)
    assert markov_complexity(*numbers) == pytest.approx(9.38, abs=0.01)  # 8.62 modulo 2^64
    # the first call must leave nothing wrong behind for the second
    assert markov_complexity(2, 3, 20) == markov_complexity(*numbers)
    bits = [int(each) for each in "01101000111010100101"]
    wide, narrow = MarkovChain(3, 2, "nml"), MarkovChain(np.int64(3), np.int64(2), "nml")
    assert (type(narrow.order), type(narrow.alphabet_size)) == (int, int)
    assert narrow.describe(bits) == wide.describe(bits)
    tree = TreeSource(np.int64(30), np.int64(2))
    assert (type(tree.depth), type(tree.alphabet_size)) == (int, int)
    assert tree.describe(bits) == TreeSource(30, 2).describe(bits)


def test_the_deepest_leaf_is_beyond_those_listed():
    rng = np.random.default_rng(0)
    size = 80
    x = rng.integers(0, size, 40_000)
    for i in range(2, x.size):  # one context of two symbols among many of one
        if x[i - 1] == 7:
            x[i] = (x[i - 2] + 1) % size
        elif rng.random() < 0.9:
            x[i] = (3 * x[i - 1] + 1) % size
    found = TreeSource(3, version="map").describe(x).fit
    assert found["leaves"] == 2 * size - 1
    assert len(found["contexts"]) == 64
    assert found["deepest"] == 2


def test_a_large_prior_is_the_uniform_source():
    for prior in (1e290, 1e308):
        chain = MarkovChain(1, 2, "bayes", prior)
        assert chain.heldout_bits([0, 1, 1, 0], [0, 1, 0]) == 3
        assert chain.estimate([0, 1, 1, 0]).tolist() == [[0.5, 0.5], [0.5, 0.5]]


def test_a_narrow_number_of_states_is_the_same_number():
    wide, narrow = (HiddenMarkov(s, version="two-part") for s in (16, np.int8(16)))
    x = np.random.default_rng(0).integers(0, 2, 100)
    assert narrow.describe(x).parameters == wide.describe(x).parameters == 16 * 16  # type: ignore[arg-type]
