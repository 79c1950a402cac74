"""The language of phrases against its own rules; vocabularies, batches."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch")
from neural import datasets
from neural.tasks import translation as tr


def test_phrases_obey_their_markers():
    text = tr.phrases(200, least=1, most=4, words=6, seed=1)
    lexicon: dict[int, int] = {}
    assert set(text.groups) == {1, 2, 3, 4}
    for source, target, places, number in zip(
        text.source, text.target, text.aligned, text.groups, strict=True
    ):
        assert source[-1] == target[-1] == tr.END
        assert sorted(places) == list(range(len(source)))
        starts = np.flatnonzero((source >= 4) & (source < 7))
        assert len(starts) == number
        for begin, stop in zip(starts, [*starts[1:], len(source) - 1], strict=True):
            assert target[begin] == source[begin]
            said, meant = list(source[begin + 1 : stop]), list(target[begin + 1 : stop])
            assert 2 <= len(said) <= 5
            ordered = [said, said[::-1], [*said[1:], said[0]]][source[begin] - 4]
            for word, translation in zip(ordered, meant, strict=True):
                assert lexicon.setdefault(word, translation) == translation
        assert (source[places[target >= 7]] >= 7).all()
    assert len(set(lexicon.values())) == len(lexicon) == 6


def test_seeds():
    one, same, other = (tr.phrases(20, seed=seed) for seed in (1, 1, 2))
    assert all(map(np.array_equal, one.source, same.source))
    assert not all(map(np.array_equal, one.source, other.source))


def test_copying():
    text = tr.copying(50, length=4, words=3, seed=0)
    assert all(map(np.array_equal, text.source, text.target))
    assert {len(each) for each in text.source} == {5}
    assert {int(s) for each in text.source for s in each} == {2, 4, 5, 6}


def test_vocabulary():
    sentences = ["Ein Hund, ein Mann.", "Der Mann schläft"]
    words = tr.Vocabulary.of(sentences, most=7)
    assert words.words == ("<pad>", "<s>", "</s>", "<unk>", "ein", "mann", ",")
    symbols = words.encode("Ein Kind, Mann")
    assert symbols.tolist() == [4, tr.UNKNOWN, 6, 5, tr.END]
    assert len(tr.Vocabulary.of(sentences, least=2)) == 6
    text = tr.bitext(sentences, ["a dog, a man.", "the man sleeps"], (words, words))
    assert text.groups.tolist() == [6, 3]
    assert text.references[1] == "the man sleeps"
    assert text.part([1]).references == ("the man sleeps",)
    assert len(tr.Vocabulary.of(sentences, most=4)) == 4
    for most in (1, 3, -1):  # unknown words have a symbol
        with pytest.raises(ValueError, match=f"most: got {most}"):
            tr.Vocabulary.of(sentences, most=most)
    with pytest.raises(ValueError, match="got 1 sentences, accepted are 2"):
        tr.bitext(sentences, ["a"], (words, words))


@pytest.mark.skipif(not datasets.available("multi30k"), reason="Multi30k is not at hand")
def test_multi30k():
    texts, symbols = tr.multi30k(200)
    assert symbols == (200, 200)
    raw = datasets.multi30k(split="validation", source="de", target="en")
    assert [len(texts[split]) for split in ("train", "validation", "test")] == [29000, 1014, 1000]
    found = texts["validation"]
    words = tr.tokens(raw.target[0])
    assert found.references[0] == " ".join(words)
    for symbol, word in zip(found.target[0], words, strict=False):
        assert found.words[symbol] == (word if word in found.words else "<unk>")
