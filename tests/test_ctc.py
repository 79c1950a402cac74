"""Transcripts of paths against enumeration: of all paths, and of all transcripts."""

from __future__ import annotations

import math
from collections import defaultdict
from itertools import groupby, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("torch")
import torch

from neural.ctc import beam_search, collapse, edit_distance, greedy, language_model, transcript_bits


def drawn(frames: int, symbols: int, seed: int) -> np.ndarray:
    """Natural log-probabilities (frames, symbols)."""
    logits = 2 * np.random.default_rng(seed).standard_normal((frames, symbols))
    return logits - np.log(np.exp(logits).sum(1, keepdims=True))


def transcripts(table: np.ndarray) -> dict[tuple[int, ...], float]:
    """The probability of every transcript: the sum over all its paths."""
    found: dict[tuple[int, ...], float] = defaultdict(float)
    for path in product(range(table.shape[1]), repeat=len(table)):
        merged = tuple(symbol for symbol, _ in groupby(path) if symbol)
        found[merged] += math.exp(sum(table[t, symbol] for t, symbol in enumerate(path)))
    return found


@given(st.lists(st.integers(0, 3), max_size=12))
def test_collapse(path):
    assert collapse(path) == tuple(symbol for symbol, _ in groupby(path) if symbol)


@pytest.mark.parametrize(
    ("frames", "symbols", "seed"), [(1, 3, 0), (4, 3, 1), (6, 3, 2), (5, 4, 3)]
)
def test_transcript_bits_are_the_sum_over_paths(frames, symbols, seed):
    table = drawn(frames, symbols, seed)
    exact = transcripts(table)
    assert sum(exact.values()) == pytest.approx(1)  # a code that wastes nothing
    said = sorted(exact)
    most = max(map(len, said)) or 1
    targets = torch.tensor([[*each, *[1] * (most - len(each))] for each in said])
    bits = transcript_bits(
        torch.tensor(table).expand(len(said), -1, -1),
        torch.full((len(said),), frames),
        targets,
        torch.tensor([len(each) for each in said]),
    )
    expected = [-math.log2(exact[each]) for each in said]
    np.testing.assert_allclose(bits.numpy(), expected, rtol=1e-4, atol=1e-5)


def test_a_transcript_without_a_path():
    table = torch.tensor(drawn(2, 3, 0))[None]
    ones = torch.tensor([2])
    with pytest.raises(ValueError, match="transcript 0 of 2 symbols has no path of 2 frames"):
        transcript_bits(table, torch.tensor([2]), torch.tensor([[1, 1]]), ones)
    assert float(transcript_bits(table, torch.tensor([2]), torch.tensor([[1, 2]]), ones)) > 0


@pytest.mark.parametrize("symbol", [0, 3, 40, -1])
def test_symbols_that_no_transcript_has(symbol):
    """The blank, and what is not in the table, of which torch reads something else."""
    table, frames = torch.tensor(drawn(5, 3, 0))[None], torch.tensor([5])
    said = torch.tensor([[1, symbol]])
    with pytest.raises(ValueError, match=f"targets: got {symbol} in transcript 0, .* from 1 to 2"):
        transcript_bits(table, frames, said, torch.tensor([2]))
    assert float(transcript_bits(table, frames, said, torch.tensor([1]))) > 0  # there is padding


@pytest.mark.parametrize("seed", range(4))
def test_beam_search_is_exact_where_the_beam_holds_everything(seed):
    table = drawn(5, 3, seed)
    exact = transcripts(table)
    language = language_model([(1, 2, 1), (2, 1), (1, 2)], 3, order=2)

    def score(said: tuple[int, ...]) -> float:
        spoken = sum(language(said[:at], symbol) for at, symbol in enumerate((*said, 0)))
        return -math.log2(exact[said]) + 0.7 * spoken - 0.4 * len(said)

    for options, value in [
        ({}, lambda said: -math.log2(exact[said])),
        ({"language": language, "weight": 0.7, "bonus": 0.4}, score),
    ]:
        found = beam_search(table, beam=10_000, **options)
        assert {each.symbols for each in found} == set(exact)
        assert [each.symbols for each in found] == sorted(exact, key=value)
        for each in found:
            assert each.bits == pytest.approx(-math.log2(exact[each.symbols]))
            assert each.score == pytest.approx(value(each.symbols))


def test_a_language_model_without_weight_is_not_heard():
    """Also one that calls symbols impossible."""
    table = drawn(5, 3, 1)

    def language(_: tuple[int, ...], symbol: int) -> float:
        return math.inf if symbol == 2 else 1.0

    for beam in (2, 10_000):
        assert beam_search(table, beam=beam, language=language, weight=0) == beam_search(
            table, beam=beam
        )


def test_a_narrow_beam_never_overstates_a_probability():
    table = drawn(7, 4, 9)
    exact = transcripts(table)
    for beam in (1, 3, 10):
        found = beam_search(table, beam=beam)
        assert len(found) <= beam
        assert all(each.bits >= -math.log2(exact[each.symbols]) - 1e-9 for each in found)


def test_greedy_is_not_always_the_likeliest():
    # Graves et al. 2006, section 3.2: the best path may have the second best transcript
    table = np.log([[0.4, 0.6], [0.4, 0.6]])[:, ::-1]  # blank .6, one symbol .4
    assert greedy(table) == ()
    assert beam_search(table)[0].symbols == (1,)
    assert 2.0 ** -beam_search(table)[0].bits == pytest.approx(1 - 0.36)


def test_language_model():
    bits = language_model([(1, 1, 2)], 3, order=1)
    # after 1: one 1 and one 2 of three symbols
    assert bits((1,), 1) == pytest.approx(-math.log2(1.5 / 3.5))
    for before in [(), (1,), (2,), (1, 2)]:
        assert sum(2.0 ** -bits(before, symbol) for symbol in range(3)) == pytest.approx(1)


@given(st.lists(st.integers(1, 3), max_size=6), st.lists(st.integers(1, 3), max_size=6))
def test_edit_distance(first, second):
    def plain(a, b):
        if not a or not b:
            return len(a) + len(b)
        return min(plain(a[1:], b) + 1, plain(a, b[1:]) + 1, plain(a[1:], b[1:]) + (a[0] != b[0]))

    assert edit_distance(first, second) == plain(first, second)


def test_arguments():
    with pytest.raises(ValueError, match=r"log_probabilities: got shape \(3,\)"):
        beam_search(np.zeros(3))
    with pytest.raises(ValueError, match="beam: got 0"):
        beam_search(np.zeros((2, 2)), beam=0)
