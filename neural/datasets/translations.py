"""Sentences and their translations: Multi30k and Tatoeba."""

from __future__ import annotations

import gzip
import hashlib
import os
from dataclasses import dataclass
from typing import Any

from complexity.errors import one_of
from neural.datasets._records import chosen, shown
from neural.datasets.archives import members
from neural.datasets.fetching import contents

__all__ = ["Translations", "lines", "multi30k", "part_of", "tatoeba_spa_eng"]

Folder = str | os.PathLike[str] | None


@dataclass(frozen=True, repr=False)
class Translations:
    """Sentences in one language and the same in another.

    Attributes:
        name: of the data set.
        split: which part of it.
        languages: codes of the two, as "en" and "de".
        source: the sentences.
        target: their translations, one each.
    """

    name: str
    split: str
    languages: tuple[str, str]
    source: tuple[str, ...]
    target: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """What they are, without the sentences."""
        return {
            "name": self.name,
            "split": self.split,
            "languages": list(self.languages),
            "sentences": len(self.source),
        }

    def __len__(self) -> int:
        return len(self.source)

    def __repr__(self) -> str:
        return shown(self)


def multi30k(
    *, split: str = "train", source: str = "en", target: str = "de", folder: Folder = None
) -> Translations:
    """Captions of images in English, translated into German and French; not tokenised.

    Args:
        split: "train" (29,000), "validation" (1,014) or "test" (1,000, of Flickr 2016).
        source: "en", "de" or "fr".
        target: another one of them.
        folder: as for `mnist`.

    Raises:
        ValueError: an unknown split or language, twice the same, or a damaged file.
        FileNotFoundError, ConnectionError, ImportError: as for `mnist`.

    References:
        D. Elliott, S. Frank, K. Sima'an, L. Specia, Multi30K: Multilingual English-German Image
        Descriptions (2016).
    """
    each, files = chosen("multi30k", split)
    of = {name.split(".")[-2]: name for name in files}
    one_of("source", source, of)
    if one_of("target", target, of) == source:
        raise ValueError(f"target: got {target!r} as the source, accepted is another language")
    texts = (
        lines(gzip.decompress(contents(each, of[language], folder=folder)))
        for language in (source, target)
    )
    first, second = texts
    if len(first) != len(second):
        raise ValueError(f"multi30k: {len(first)} lines and {len(second)} translations")
    return Translations(each.name, split, (source, target), first, second)


def tatoeba_spa_eng(*, split: str = "all", folder: Folder = None) -> Translations:
    """Short sentences in English and Spanish, the shortest first; many are there several times.

    Args:
        split: "all" in the order of the file; or "train" (80%), "validation" or "test" (10% each),
            which share no English sentence: a hash of it says where it belongs (`part_of`).
        folder: as for `mnist`.

    Raises:
        ValueError, FileNotFoundError, ConnectionError, ImportError: as for `mnist`.
    """
    each, files = chosen("tatoeba_spa_eng", split)
    (text,) = members(contents(each, files[0], folder=folder), r"spa\.txt").values()
    pairs = [line.split("\t") for line in lines(text)]
    if not all(len(pair) == 2 for pair in pairs):
        raise ValueError("tatoeba_spa_eng: accepted is two sentences a line, with a tab between")
    kept = [pair for pair in pairs if split in ("all", part_of(pair[0]))]
    first, second = zip(*kept, strict=True) if kept else ((), ())
    return Translations(each.name, split, ("en", "es"), first, second)


def part_of(sentence: str) -> str:
    """Where a sentence belongs, by its SHA-256: "train" (8 of 10), "validation" or "test".

    Example:
        >>> part_of("Go.")
        'train'
    """
    digest = hashlib.sha256(sentence.encode()).digest()
    tenth = int.from_bytes(digest[:8], "big") * 10 >> 64
    return "train" if tenth < 8 else "validation" if tenth == 8 else "test"


def lines(octets: bytes) -> tuple[str, ...]:
    """The lines of a text in UTF-8, which end at a line feed and nowhere else.

    Example:
        >>> lines("a\\u2028b\\nc\\n".encode())
        ('a\\u2028b', 'c')
    """
    text = octets.decode("utf-8")
    return tuple(text.removesuffix("\n").split("\n")) if text else ()
