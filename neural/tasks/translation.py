"""Pairs of sentences as symbols: a made-up language of phrases, copying, and real translations.

Symbols 0 to 3 are padding, start, end and an unknown word. A sentence ends with `END`; `padded`
puts the start before a target.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from complexity.errors import integer

__all__ = [
    "END",
    "PADDING",
    "START",
    "UNKNOWN",
    "Bitext",
    "Vocabulary",
    "bitext",
    "copying",
    "multi30k",
    "padded",
    "phrases",
    "tokens",
]

PADDING, START, END, UNKNOWN = range(4)
_SPECIAL = ("<pad>", "<s>", "</s>", "<unk>")

T = TypeVar("T")
Sentence = NDArray[np.int64]  # (length,)
Sentences = NDArray[np.int64]  # (n, longest), padded


@dataclass(frozen=True)
class Bitext:
    """Sentences as symbols, and their translations.

    Attributes:
        source: sentences, (S,) int64 each, the last symbol being `END`.
        target: their translations, (T,) likewise.
        groups: (n,) int64: number of phrases of a sentence, or its number of words.
        aligned: for each symbol of a target the place in the source it is made from; () if unknown.
        words: of the target by symbol; () where symbols stand for themselves.
        references: targets as texts, whose rare words are no symbols; () where words are not.
    """

    source: tuple[Sentence, ...]
    target: tuple[Sentence, ...]
    groups: NDArray[np.int64]
    aligned: tuple[Sentence, ...] = ()
    words: tuple[str, ...] = ()
    references: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.source)

    def part(self, rows: Iterable[int]) -> Bitext:
        """The sentences of these rows."""
        chosen = list(rows)

        def of(side: tuple[T, ...]) -> tuple[T, ...]:
            return tuple(side[i] for i in chosen) if side else ()

        return Bitext(
            of(self.source), of(self.target), self.groups[chosen], of(self.aligned), self.words,
            of(self.references),
        )  # fmt: skip


def padded(sentences: Sequence[Sentence], *, start: bool = False) -> Sentences:
    """Sentences as rows (n, longest) int64, after `START` where asked, `PADDING` behind."""
    longest = max(map(len, sentences)) + start
    rows = np.full((len(sentences), longest), PADDING, np.int64)
    for row, sentence in zip(rows, sentences, strict=True):
        row[: len(sentence) + start] = [START, *sentence] if start else sentence
    return rows


def phrases(count: int, *, least: int = 1, most: int = 5, words: int = 20, seed: int = 0) -> Bitext:
    """Sentences of a language whose phrases are translated word by word, each in its own order.

    A phrase is one of three markers and 2 to 5 words, all drawn evenly. The marker tells whether
    the words are kept in order, turned around, or the first of them goes to the end. Words have
    one translation, the same for every seed. What is drawn cannot be shortened, so that a
    vector that stands for a sentence has to hold all of its words.

    Args:
        count: of sentences.
        least: of phrases in a sentence.
        most: of phrases in a sentence; all numbers between are as likely.
        words: other than markers; there are `words` + 7 symbols on either side.
        seed: of the sentences.

    Raises:
        TypeError, ValueError: an argument is out of range.

    Example:
        >>> text = phrases(1, least=1, most=1, seed=3)
        >>> len(text.source[0]) == len(text.target[0])
        True
    """
    integer("count", count, 1)
    integer("most", most, integer("least", least, 1))
    integer("words", words, 2)
    lexicon = np.random.default_rng(0).permutation(words)  # of the language, not of the seed
    rng = np.random.default_rng(integer("seed", seed, 0))
    source, target, aligned, groups = [], [], [], rng.integers(least, most + 1, count)
    for number in groups:
        said: list[int] = []
        meant: list[int] = []
        places: list[int] = []
        for _ in range(number):
            marker, size = int(rng.integers(3)), int(rng.integers(2, 6))
            drawn = rng.integers(0, words, size)
            order = [0, *(1 + _ORDERS[marker](np.arange(size)))]
            places += [len(said) + each for each in order]
            said += [4 + marker, *(7 + drawn)]
            meant += [4 + marker, *(7 + lexicon[drawn[_ORDERS[marker](np.arange(size))]])]
        source.append(np.array([*said, END]))
        target.append(np.array([*meant, END]))
        aligned.append(np.array([*places, len(said)]))
    return Bitext(tuple(source), tuple(target), groups, tuple(aligned))


_ORDERS: tuple[Callable[[NDArray[np.int64]], NDArray[np.int64]], ...] = (
    lambda places: places,
    lambda places: places[::-1],
    lambda places: np.roll(places, -1),
)


def copying(count: int, *, length: int = 10, words: int = 10, seed: int = 0) -> Bitext:
    """Sequences of evenly drawn words that are their own translation, of `words` + 4 symbols.

    Raises:
        TypeError, ValueError: a number is below 1, or the seed below 0.

    References:
        A. M. Rush, The Annotated Transformer, 2018, "A first example".
    """
    rng = np.random.default_rng(integer("seed", seed, 0))
    shape = integer("count", count, 1), integer("length", length, 1)
    drawn = rng.integers(4, 4 + integer("words", words, 1), shape)
    rows = tuple(np.append(row, END) for row in drawn)
    places = tuple(np.arange(length + 1) for _ in rows)
    return Bitext(rows, rows, np.full(count, length), places)


def tokens(sentence: str) -> list[str]:
    """Words and signs in small letters.

    Example:
        >>> tokens("Ein Mann, der schläft.")
        ['ein', 'mann', ',', 'der', 'schläft', '.']
    """
    return re.findall(r"\w+|[^\w\s]", sentence.lower())


@dataclass(frozen=True)
class Vocabulary:
    """Words by symbol; the first four stand for none.

    Attributes:
        words: all of them, the special ones first.
    """

    words: tuple[str, ...]

    @classmethod
    def of(cls, sentences: Iterable[str], *, most: int = 0, least: int = 1) -> Vocabulary:
        """The commonest words of these sentences.

        Args:
            sentences: as texts.
            most: symbols, the four special ones among them; 0 for all.
            least: how often a word comes.

        Raises:
            TypeError, ValueError: `most` is neither 0 nor at least 4.
        """
        if integer("most", most, 0) and most < len(_SPECIAL):
            raise ValueError(f"most: got {most}, accepted is 0, or at least {len(_SPECIAL)}")
        counts = Counter(word for sentence in sentences for word in tokens(sentence))
        # the order of equals by the alphabet, not by where they came first
        ranked = sorted(counts, key=lambda word: (-counts[word], word))
        kept = [word for word in ranked if counts[word] >= least]
        return cls((*_SPECIAL, *kept)[: most or None])

    def __len__(self) -> int:
        return len(self.words)

    def encode(self, sentence: str) -> Sentence:
        """The symbols (n + 1,) of a text, and `END`."""
        symbols = _symbols(self.words)
        return np.array([*(symbols.get(word, UNKNOWN) for word in tokens(sentence)), END])


@lru_cache(maxsize=8)
def _symbols(words: tuple[str, ...]) -> dict[str, int]:
    return {word: symbol for symbol, word in enumerate(words)}


def bitext(
    source: Sequence[str], target: Sequence[str], vocabularies: tuple[Vocabulary, Vocabulary]
) -> Bitext:
    """Sentences and translations, as texts, in symbols of two vocabularies; `groups` counts words.

    Raises:
        ValueError: there are more of one than of the other.
    """
    if len(source) != len(target):
        raise ValueError(f"target: got {len(target)} sentences, accepted are {len(source)}")
    first, second = (
        tuple(map(vocabulary.encode, side))
        for vocabulary, side in zip(vocabularies, (source, target), strict=True)
    )
    return Bitext(
        first,
        second,
        np.array([len(each) - 1 for each in first], np.int64),
        words=vocabularies[1].words,
        references=tuple(" ".join(tokens(each)) for each in target),
    )


def multi30k(
    words: int, *, source: str = "de", target: str = "en"
) -> tuple[dict[str, Bitext], tuple[int, int]]:
    """Multi30k's parts as symbols of the training part's commonest words, and how many there are.

    Args:
        words: symbols of either side, at most, the four special ones among them; 0 for all.
        source: "en", "de" or "fr".
        target: another one of them.

    Raises:
        ValueError, FileNotFoundError, ConnectionError, ImportError: as `neural.datasets.multi30k`.
    """
    from neural.datasets import multi30k as load

    texts = {split: load(split=split, source=source, target=target)
             for split in ("train", "validation", "test")}  # fmt: skip
    train = texts["train"]
    sides = tuple(Vocabulary.of(side, most=words) for side in (train.source, train.target))
    vocabularies = sides[0], sides[1]
    parts = {split: bitext(each.source, each.target, vocabularies) for split, each in texts.items()}
    return parts, (len(sides[0]), len(sides[1]))
