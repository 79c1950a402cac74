"""Texts for language models, and sequences whose answer lies far back."""

from __future__ import annotations

import numpy as np
import pytest

from neural import datasets
from neural.tasks.long_range import adding, temporal_order
from neural.tasks.text import corpus, story, streams


@pytest.mark.parametrize("seed", [0, 1])
def test_the_story(seed):
    text = story(20_000, seed=seed)
    assert len(text) == 20_000
    assert text == story(20_000, seed=seed) != story(20_000, seed=seed + 2)
    assert max(map(len, text.splitlines())) <= 48
    speech = text.split('"')[1::2]
    assert len(speech) > 50
    assert max(map(len, speech)) > 100  # over several sentences and lines
    for sentence in text.replace("\n", " ").replace('"', "").split(". ")[:-1]:
        words = sentence.rstrip(".").split()
        # the article says one or many; the subject's and the verb's ends agree with it
        nouns = [w for w in words if w[-1] == "m"]
        verbs = [w for w in words if w[-1] in "ns"]
        if words[0] == "a":
            assert any(v[-1] == "s" for v in verbs)
        if words[0] == "some":
            assert nouns
            assert any(v[-1] == "n" for v in verbs)


def test_a_corpus_is_its_text():
    found = corpus("story", train=3000, test=700, seed=3)
    assert found.text(np.concatenate([found.train, found.test])) == story(3700, seed=3)
    words = corpus("story", unit="words", train=2000, test=300, vocabulary=50)
    assert len(words.symbols) == 50
    assert words.symbols[-1] == "<unk>"
    assert words.train.max() == 49
    assert "<eos>" in words.symbols[:5]


@pytest.mark.parametrize("split", ["validation", "test"])
@pytest.mark.skipif(not datasets.available("wikitext2", split="test"), reason="no data")
def test_the_small_wikitext(split):
    """The parts that need no archive: 217,646 and 245,569 words with the ends of lines."""
    found = corpus("wikitext2_small", unit="words")
    part = found.train if split == "validation" else found.test
    assert len(part) == {"validation": 217_646, "test": 245_569}[split]
    words = datasets.wikitext2(split=split).text.replace("\n", " <eos> ").split()
    assert [found.symbols[symbol] for symbol in part[:1000]] == words[:1000]
    known = corpus("wikitext2_small", unit="words", train=10_000, test=4_000, vocabulary=1000)
    assert (len(known.train), len(known.test), len(known.symbols)) == (10_000, 4_000, 1000)


@pytest.mark.skipif(not datasets.available("tinyshakespeare"), reason="no data")
def test_real_texts():
    found = corpus("tinyshakespeare")
    assert (len(found.symbols), len(found.train), len(found.test)) == (65, 1_003_854, 111_540)
    with pytest.raises(ValueError, match="accepted are at most 111540"):
        corpus("tinyshakespeare", test=200_000)


def test_streams():
    np.testing.assert_array_equal(streams(np.arange(11), 2), [[0, 1, 2, 3, 4], [5, 6, 7, 8, 9]])
    with pytest.raises(ValueError, match="accepted are at most 3"):
        streams(np.arange(3), 4)


@pytest.mark.parametrize("length", [10, 57])
def test_temporal_order(length):
    task = temporal_order(400, length, seed=1)
    assert np.bincount(task.labels, minlength=4).min() > 60
    symbols = task.inputs.argmax(2)
    for row, label in zip(symbols, task.labels, strict=True):
        (at,) = np.nonzero(row < 2)
        assert len(at) == 2
        assert 2 * row[at[0]] + row[at[1]] == label
        assert length // 10 <= at[0] < 2 * length // 10
        assert 5 * length // 10 <= at[1] < 6 * length // 10


def test_adding():
    task = adding(300, 40, seed=1)
    numbers, marks = task.inputs[..., 0], task.inputs[..., 1]
    np.testing.assert_array_equal(marks.sum(1), 2)
    np.testing.assert_allclose((numbers * marks).sum(1), task.labels, rtol=1e-6)
    assert not marks[:, 20:].any()
    assert abs(task.labels.var() - 1 / 6) < 0.03
