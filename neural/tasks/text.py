"""Texts as streams of symbols for language models: real ones by name, and a generated one.

The generated text needs no download. It has what Karpathy's networks were found to track: speech in
quotation marks that runs over several sentences, lines broken at a width, and verbs that agree with
a subject some words back; its words are made of syllables and fall off in frequency as Zipf says.

References:
    A. Karpathy, J. Johnson and L. Fei-Fei, Visualizing and understanding recurrent networks,
        arXiv:1506.02078, 2015.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import fill

import numpy as np
from numpy.typing import NDArray

from complexity.errors import integer, one_of

__all__ = ["TEXTS", "Corpus", "corpus", "story", "streams"]

TEXTS = ("story", "tinyshakespeare", "wikitext2", "wikitext2_small")
"""Names of texts: the generated one, and two of `neural.datasets`."""

_UNKNOWN, _LINE = "<unk>", "<eos>"
_NOUNS, _VERBS, _ADJECTIVES = 120, 60, 60


@dataclass(frozen=True, repr=False)
class Corpus:
    """A text as numbers, its end kept for testing.

    Attributes:
        symbols: characters or words; a symbol's number is its place.
        train: (n,) int64.
        test: (m,) int64, what follows.
    """

    symbols: tuple[str, ...]
    train: NDArray[np.int64]
    test: NDArray[np.int64]

    def __repr__(self) -> str:
        sizes = f"train={len(self.train)}, test={len(self.test)}"
        return f"Corpus({len(self.symbols)} symbols, {sizes})"

    def text(self, numbers: NDArray[np.int64], *, between: str = "") -> str:
        """The symbols of these numbers, behind one another."""
        return between.join(self.symbols[each] for each in numbers)


def corpus(
    name: str,
    *,
    unit: str = "characters",
    train: int = 0,
    test: int = 0,
    vocabulary: int = 0,
    seed: int = 0,
) -> Corpus:
    """A text by name, cut in two.

    Args:
        name: one of `TEXTS`; "story" is generated, the others are read as `neural.datasets` does,
            "wikitext2_small" learning from the part of "wikitext2" that is for validation.
        unit: "characters", or "words": what stands between spaces, with <eos> for ends of lines.
        train, test: symbols of both parts. 0 for all there is: of a real text its own parts, of
            the story 100,000 and 10,000.
        vocabulary: the commonest so many symbols of the training part are known, others are <unk>;
            0 for all that occur anywhere.
        seed: of the story; real texts do not depend on it.

    Raises:
        TypeError, ValueError: an argument is out of range, or the text has fewer symbols.
        FileNotFoundError, ConnectionError, ImportError: as `neural.datasets` has them.

    Example:
        >>> corpus("story", train=3000, test=500)
        Corpus(24 symbols, train=3000, test=500)
    """
    one_of("name", name, TEXTS)
    one_of("unit", unit, ("characters", "words"))
    for argument, value in (("train", train), ("test", test), ("vocabulary", vocabulary)):
        integer(argument, value, 0)
    if name == "story":
        train, test = train or 100_000, test or 10_000
        each = 12 if unit == "words" else 1  # characters of a word, at most on average
        whole = _split(story(each * (train + test), seed=seed), unit)
        first, second = whole[:train], whole[train:]
    else:
        from neural.datasets import load

        whole = name.removesuffix("_small")
        splits = ("train", "validation") if whole == name else ("validation", "test")
        first, second = (_split(load(whole, split=split).text, unit) for split in splits)
    for argument, wanted, found in (("train", train, first), ("test", test, second)):
        if wanted > len(found):
            raise ValueError(f"{argument}: got {wanted}, accepted are at most {len(found)} {unit}")
    first, second = first[: train or None], second[: test or None]
    if vocabulary:
        counts = Counter(first)
        counts.pop(_UNKNOWN, None)
        kept = sorted(counts, key=lambda each: (-counts[each], each))[: vocabulary - 1]
        symbols = (*kept, _UNKNOWN)
    else:
        symbols = tuple(sorted({*first, *second}))
    place = {symbol: index for index, symbol in enumerate(symbols)}
    rest = place.get(_UNKNOWN, 0)
    parts = [np.array([place.get(each, rest) for each in part]) for part in (first, second)]
    return Corpus(symbols, *parts)


def _split(text: str, unit: str) -> Sequence[str]:
    return text if unit == "characters" else text.replace("\n", f" {_LINE} ").split()


def streams(numbers: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """A text as so many texts of one length, (count, n), to be read side by side; a rest is cut.

    Raises:
        ValueError: the text is shorter than `count`.
    """
    length = len(numbers) // integer("count", count, 1)
    if not length:
        raise ValueError(f"count: got {count}, accepted are at most {len(numbers)}")
    return numbers[: length * count].reshape(count, length)


def story(size: int, *, seed: int = 0, width: int = 48) -> str:
    """A generated text: so many characters, speech in quotes, lines broken at a width.

    Args:
        size: characters, at least 1.
        seed: of vocabulary and text.
        width: characters of a line at most.

    Raises:
        TypeError, ValueError: an argument is out of range.

    Example:
        >>> print(story(140, seed=1))
        some lowam gelilen the lowam. a lowa hiwus a
        surufu mamewi. "some lowam cugun. a wahi bisis a
        tero sufe. a huru keseko kikis the huru pudobi
    """
    integer("size", size, 1)
    integer("width", width, 16)
    rng = np.random.default_rng(integer("seed", seed, 0))
    nouns, verbs, adjectives = (_words(rng, n) for n in (_NOUNS, _VERBS, _ADJECTIVES))
    passages: list[str] = []
    length = -1  # of all of them with spaces between; a line's break takes the place of a space
    while length < size:
        parts = [_sentence(rng, nouns, verbs, adjectives) for _ in range(1 + rng.geometric(0.5))]
        said = " ".join(parts)
        passages.append(f'"{said}"' if rng.random() < 0.4 else said)
        length += len(passages[-1]) + 1
    return fill(" ".join(passages), width, break_on_hyphens=False)[:size]


def _words(rng: np.random.Generator, count: int) -> list[str]:
    """Words of two or three syllables."""
    found: dict[str, None] = {}
    while len(found) < count:
        letters = [
            "bcdfghklmnprstw"[rng.integers(15)] + "aeiou"[rng.integers(5)]
            for _ in range(rng.integers(2, 4))
        ]
        found["".join(letters)] = None
    return list(found)


def _sentence(
    rng: np.random.Generator, nouns: list[str], verbs: list[str], adjectives: list[str]
) -> str:
    """Subject, verb and perhaps an object; the verb of several ends in n, of one in s."""
    many = rng.random() < 0.5
    words = _phrase(rng, nouns, adjectives, many=many)
    if rng.random() < 0.3:
        words += ["of", *_phrase(rng, nouns, adjectives, many=rng.random() < 0.5)]
    words.append(_drawn(rng, verbs) + ("n" if many else "s"))
    if rng.random() < 0.6:
        words += _phrase(rng, nouns, adjectives, many=rng.random() < 0.5)
    return " ".join(words) + "."


def _phrase(
    rng: np.random.Generator, nouns: list[str], adjectives: list[str], *, many: bool
) -> list[str]:
    article = "the" if rng.random() < 0.6 else ("some" if many else "a")
    between = [_drawn(rng, adjectives)] if rng.random() < 0.4 else []
    return [article, *between, _drawn(rng, nouns) + ("m" if many else "")]


def _drawn(rng: np.random.Generator, words: list[str]) -> str:
    """A word; the k-th is k times rarer than the first."""
    chances = 1 / np.arange(1, len(words) + 1)
    return words[int(np.searchsorted(np.cumsum(chances / chances.sum()), rng.random()))]
