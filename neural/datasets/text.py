"""Running text: Shakespeare's plays by characters, Wikipedia's articles by words."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

from neural.datasets._records import chosen, shown
from neural.datasets.archives import members
from neural.datasets.fetching import contents

__all__ = ["Text", "tinyshakespeare", "wikitext2"]

Folder = str | os.PathLike[str] | None


@dataclass(frozen=True, repr=False)
class Text:
    """A text.

    Attributes:
        name: of the data set.
        split: which part of it.
        text: its characters.
    """

    name: str
    split: str
    text: str

    @property
    def alphabet(self) -> tuple[str, ...]:
        """Its different characters, sorted."""
        return tuple(sorted(set(self.text)))

    def words(self, *, end_of_line: str = "<eos>") -> list[str]:
        """What stands between spaces, with a word more at the end of every line.

        Args:
            end_of_line: that word; "" for none.
        """
        return self.text.replace("\n", f" {end_of_line} ").split()

    def to_dict(self) -> dict[str, Any]:
        """What it is, without the characters."""
        return {"name": self.name, "split": self.split, "characters": len(self.text)}

    def __len__(self) -> int:
        return len(self.text)

    def __repr__(self) -> str:
        return shown(self)


def tinyshakespeare(*, split: str = "all", folder: Folder = None) -> Text:
    """A million characters of Shakespeare's plays, 65 different ones.

    Args:
        split: "all"; "train", the first 90%, or "validation", the rest (as in nanoGPT,
            `data/shakespeare_char/prepare.py`).
        folder: as for `mnist`.

    Raises:
        ValueError, FileNotFoundError, ConnectionError, ImportError: as for `mnist`.

    References:
        A. Karpathy, The Unreasonable Effectiveness of Recurrent Neural Networks (2015).
    """
    each, files = chosen("tinyshakespeare", split)
    text = contents(each, files[0], folder=folder).decode("ascii")
    cut = int(len(text) * 0.9)
    part = {"all": text, "train": text[:cut], "validation": text[cut:]}[split]
    return Text(each.name, split, part)


def wikitext2(*, split: str = "validation", folder: Folder = None) -> Text:
    """WikiText-2: articles of Wikipedia, their words between spaces, rare ones as <unk>.

    Args:
        split: "train" (2,088,628 words, an archive that is downloaded), "validation" (217,646) or
            "test" (245,569), where the ends of lines count as words.
        folder: as for `mnist`.

    Raises:
        ValueError, FileNotFoundError, ConnectionError, ImportError: as for `mnist`.

    References:
        S. Merity, C. Xiong, J. Bradbury, R. Socher, Pointer Sentinel Mixture Models (2016),
        Table 1.
    """
    each, files = chosen("wikitext2", split)
    octets = contents(each, files[0], folder=folder)
    if split == "train":
        (octets,) = members(octets, r"wiki\.train\.tokens").values()
    return Text(each.name, split, octets.decode("utf-8"))
