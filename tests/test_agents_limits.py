"""Limits of prediction: the sequence against a predictor, and what predictors do learn."""

import math
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from complexity import ContextTree, codes
from complexity.code import Kind
from mdl import experts
from simulations.agents.limits import (
    CodePredictor,
    ConstantPredictor,
    EnumerativePredictor,
    PeriodicPredictor,
    Predictor,
    adversarial_sequence,
    loop_machine,
    shortest_programs,
)

CODES = [name for name, entry in codes(domain="bits").items() if entry.kind is not Kind.ESTIMATE]

PREDICTORS = {
    "constant": lambda: ConstantPredictor(1),
    "periodic": PeriodicPredictor,
    "enumerative": lambda: EnumerativePredictor(6),
    **{f"context tree {depth}": lambda depth=depth: ContextTree(depth) for depth in (0, 3, 24, 64)},
    **{f"code {name}": lambda name=name: CodePredictor(name) for name in CODES},
    "mdl constant": lambda: experts.Constant([0.2, 0.3, 0.5]),
    "mdl counting": lambda: experts.Counting(4),
    "mdl mixture": lambda: experts.BayesMixture(
        [experts.Counting(2), experts.Constant([0.9, 0.1])]
    ),
}


@pytest.mark.parametrize("name", PREDICTORS)
def test_every_predictor_errs_always_and_pays_for_it(name):
    predictor = PREDICTORS[name]()
    assert isinstance(predictor, Predictor)
    found = adversarial_sequence(predictor, 60)
    assert found.error_rate == 1
    assert found.codelength >= 60 * math.log2(found.alphabet_size) * (1 - 1e-12)
    # a fresh predictor, told the sequence, says the same and is wrong at every step
    fresh = PREDICTORS[name]()
    for symbol in found.symbols:
        chances = np.atleast_1d(fresh.predict())
        chances = np.array([1 - chances[0], chances[0]]) if chances.size == 1 else chances
        assert chances[symbol] == chances.min() <= 1 / found.alphabet_size
        fresh.update(int(symbol))


@pytest.mark.parametrize("name", ["constant", "periodic", "enumerative"])
def test_a_deterministic_predictor_has_an_infinite_codelength(name):
    assert adversarial_sequence(PREDICTORS[name](), 20).codelength == math.inf


def test_context_tree_of_depth_8_over_2000_bits():
    tree = ContextTree(8)
    found = adversarial_sequence(tree, 2000)
    assert found.error_rate == 1
    assert found.codelength / 2000 == pytest.approx(1.00339, abs=1e-5)
    assert found.codelength == pytest.approx(tree.codelength, rel=1e-12)


def test_code_predictor_agrees_with_the_tree_it_is_a_code_of():
    tree, code = ContextTree(24), CodePredictor("ctw-bits:depth=24")
    for bit in map(int, "0110100110010110100101100110"):
        assert code.predict() == pytest.approx(tree.predict(), rel=1e-9)
        tree.update(bit)
        code.update(bit)


def first_pair(seen):
    """The search of Lemma 5.2.3, written down again from nothing."""
    for total in range(2, len(seen) + 1):
        for start in range(1, total):
            period = total - start
            if all(seen[i] == seen[i - period] for i in range(start + period, len(seen))):
                return start, period
    return None


@given(st.lists(st.integers(0, 1), max_size=14))
def test_periodic_predictor_finds_the_first_pair(bits):
    predictor = PeriodicPredictor()
    for place in range(len(bits) + 1):
        pair = first_pair(bits[:place])
        expected = 0 if pair is None else bits[place - pair[1]]
        assert predictor.predict() == expected
        if place < len(bits):
            predictor.update(bits[place])


@given(
    st.text("01", min_size=0, max_size=6),
    st.text("01", min_size=1, max_size=6),
)
def test_periodic_predictor_learns_what_is_eventually_periodic(start, period):
    predictor, sequence = PeriodicPredictor(), (start + period * 40)[:150]
    wrong = []
    for place, bit in enumerate(map(int, sequence)):
        if predictor.predict() != bit:
            wrong.append(place)
        predictor.update(bit)
    # two periods on as many symbols as their sum are one (Fine and Wilf), so that a wrong pair is
    # refuted within b + |y| symbols of the longer start
    assert not [place for place in wrong if place > 3 * (len(start) + len(period)) + 3]


def plain_run(program, cells, steps):
    """The loop machine, run for some steps."""
    tape, head, at, out = [0] * cells, 0, 0, []
    code = [program[i : i + 2] for i in range(0, len(program), 2)]
    for _ in range(steps):
        word = code[at]
        if word == "00":
            out.append(str(tape[head]))
        if word == "01":
            tape[head] = 1 - tape[head]
        if word == "10":
            head = (head + 1) % cells
        at = (at + (2 if word == "11" and not tape[head] else 1)) % len(code)
    return "".join(out)


def test_loop_machine_says_what_a_plain_run_writes():
    for size in range(1, 5):
        for words in product(("00", "01", "10", "11"), repeat=size):
            program = "".join(words)
            found, text = loop_machine(program, 3), plain_run(program, 3, 600)
            if found is None:
                assert len(text) < 3 * 8 * size + 1
            else:
                start, period = found
                assert text == (start + period * 700)[: len(text)]
                assert len(text) >= 600 // (3 * 8 * size)


def test_sequences_have_one_normal_form():
    found = list(shortest_programs(10))
    long = [(start + period * 200)[:150] for start, period in found]
    assert len(set(long)) == len(found)


def test_shortest_programs_are_shortest():
    found = shortest_programs(8)
    for sequence, program in found.items():
        assert loop_machine(program) == sequence
        shorter = [q for q in shortest_programs(8).values() if len(q) < len(program)]
        assert sequence not in [loop_machine(q) for q in shorter]


@pytest.mark.parametrize("bits", [4, 6, 8])
def test_enumerative_predictor_learns_every_sequence_of_its_complexity(bits):
    known = list(shortest_programs(bits))
    start = max(len(s) for s, _ in known)
    period = max(len(p) for _, p in known)
    enough = start + 2 * period  # where different sequences of these sizes have differed
    for sequence in known:
        predictor, errors = EnumerativePredictor(bits), 0
        for place in range(enough):
            bit = int((sequence[0] + sequence[1] * enough)[place])
            errors += predictor.predict() != bit
            predictor.update(bit)
        assert predictor.candidates == (sequence,)  # so it is right for ever
        assert errors < len(known)


@pytest.mark.parametrize("bits", [4, 6, 8, 10])
def test_its_own_adversary_is_more_complex_than_what_it_learns(bits):
    predictor = EnumerativePredictor(bits)
    found = adversarial_sequence(predictor, 100)
    assert predictor.candidates == ()
    text = "".join(map(str, found.symbols))
    for start, period in shortest_programs(bits):
        assert (start + period * 100)[:100] != text
    # once no program is left it predicts 0 for ever: the sequence ends in ones and is computable
    assert text.endswith("1" * 80)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: adversarial_sequence(ConstantPredictor(), -1), "length: got -1"),
        (lambda: ConstantPredictor(2), "bit: got 2"),
        (lambda: PeriodicPredictor().update(2), "symbol: got 2"),
        (lambda: CodePredictor("kt").update(3), "symbol: got 3"),
        (lambda: CodePredictor("ktt"), "did you mean 'kt'"),
        (lambda: EnumerativePredictor(18), "bits: got 18"),
        (lambda: EnumerativePredictor(4).update(2), "symbol: got 2"),
        (lambda: loop_machine("011"), "program: got '011'"),
        (lambda: loop_machine("0a"), "program: got '0a'"),
        (lambda: loop_machine("00", 0), "cells: got 0"),
        (lambda: adversarial_sequence(_Wrong(), 1), r"predict\(\): got"),
    ],
)
def test_bad_input(call, words):
    with pytest.raises(ValueError, match=words):
        call()


class _Wrong:
    def predict(self):
        return np.array([0.5, 0.2])

    def update(self, symbol):
        pass


def test_result_as_values():
    found = adversarial_sequence(ConstantPredictor(), 3)
    assert found.to_dict() == {
        "predictor": "ConstantPredictor",
        "alphabet_size": 2,
        "symbols": [1, 1, 1],
        "guesses": [0, 0, 0],
        "probabilities": [0.0, 0.0, 0.0],
        "error_rate": 1.0,
        "codelength_bits": None,
    }
    assert "error rate 1" in repr(found)
    fair = adversarial_sequence(experts.Constant([0.5, 0.5]), 4)
    assert fair.codelength == 4
    assert Fraction(fair.error_rate) == 1
