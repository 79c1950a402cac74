"""N-grams against a plain statement of modified Kneser-Ney smoothing."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest

from neural.models.ngrams import NGrams


def plain(text: list[int], context: list[int], symbols: int, order: int) -> list[list[float]]:
    """Probabilities by order, from sets of strings and the definitions of Chen and Goodman."""
    places = range(len(text))
    counts: list[dict[tuple[int, ...], int]] = []
    for k in range(order + 1):
        grams = [tuple(text[p - k : p + 1]) for p in places if p >= k]
        if k == order:
            found: dict[tuple[int, ...], int] = defaultdict(int)
            for gram in grams:
                found[gram] += 1
        else:  # different symbols before it; the text's beginning, which has none, counts once
            longer = {tuple(text[p - k - 1 : p + 1]) for p in places if p > k}
            found = defaultdict(int)
            for gram in longer:
                found[gram[1:]] += 1
            if k < len(text):
                found[tuple(text[: k + 1])] += 1
        counts.append(dict(found))
    rows, below = [], [1 / symbols] * symbols
    for k in range(order + 1):
        n = [sum(c == i for c in counts[k].values()) for i in range(5)]
        share = n[1] / (n[1] + 2 * n[2]) if n[1] else 0.5
        discount = [0.0]
        for i in (1, 2, 3):
            d = i - (i + 1) * share * n[i + 1] / n[i] if n[i] else 0.5
            discount.append(min(max(d, 0.05), i - 0.05))
        head = tuple(context[len(context) - k :])
        here = {g[-1]: c for g, c in counts[k].items() if g[:-1] == head}
        total = sum(here.values())
        if len(head) == k and total:
            kept = sum(discount[min(c, 3)] for c in here.values()) / total
            gains = [max(here[s] - discount[min(here[s], 3)], 0) / total if s in here else 0.0
                     for s in range(symbols)]  # fmt: skip
            below = [g + kept * p for g, p in zip(gains, below, strict=True)]
        rows.append(below)
    return rows


@pytest.mark.parametrize("order", [1, 2, 4])
def test_equal_to_the_plain_statement(order):
    rng = np.random.default_rng(order)
    text = rng.choice(4, 300, p=[0.6, 0.2, 0.15, 0.05]).tolist()
    for size in (0, 1, 3, 40, 300):
        model = NGrams(4, order)
        model.learn(np.array(text[:size], np.int64))
        found = model.predict()
        np.testing.assert_allclose(found, plain(text[:size], text[:size], 4, order), atol=1e-12)
        np.testing.assert_allclose(found.sum(1), 1, atol=1e-12)
        assert (found > 0).all()


def test_learning_in_parts_is_learning_at_once():
    text = np.random.default_rng(0).integers(0, 6, 40_000)
    one, two = NGrams(6, 5), NGrams(6, 5)
    one.learn(text)
    for part in np.split(text, [1, 10, 20_001]):
        two.learn(part)
    np.testing.assert_array_equal(one.predict(), two.predict())
    assert one.longest == two.longest


def test_bits_are_those_of_the_predictions():
    text, more = np.random.default_rng(1).integers(0, 3, (2, 50))
    model = NGrams(3, 3)
    model.learn(text)
    again, spent = NGrams(3, 3), np.zeros(4)
    for index, symbol in enumerate(more):
        again = NGrams(3, 3)
        again.learn(text)
        again._text[50 : 50 + index] = more[:index]  # seen, but not learned from
        again._size += index
        spent -= np.log2(again.predict()[:, symbol])
    np.testing.assert_allclose(model.bits(more), spent, rtol=1e-12)


def test_bad_input():
    with pytest.raises(ValueError, match="symbols from 0 to 2"):
        NGrams(3, 2).learn(np.array([3]))
    for call in (NGrams(3, 2).learn, NGrams(3, 2).bits):
        with pytest.raises(TypeError, match="text: got float64, accepted are integers"):
            call(np.array([0.9, 1.9]))
    with pytest.raises(ValueError, match="order"):
        NGrams(3, 0)
