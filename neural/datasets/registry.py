"""Which data sets there are: what each is, whose, how it is split, and the files it is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from complexity.errors import unknown
from neural.datasets._files import ARCHIVES, FILES, SOURCES

__all__ = ["DatasetEntry", "FileEntry", "entry", "names", "table"]


@dataclass(frozen=True)
class FileEntry:
    """One file, known by its digest.

    Attributes:
        name: its name below the folder of its data set, with `/`.
        size: its size in bytes; 0 where only the members of an archive are known.
        digest: "sha256:" or "md5:" and the hexadecimal digest of its bytes; "" likewise.
        url: where it is fetched from if no folder has it; "" if nowhere.
        members: the regular expression of the base names that are read, where an archive with the
            same members will do; else "".
        contents: the SHA-256 of those members (`archives.contents_digest`); else "".
    """

    name: str
    size: int
    digest: str
    url: str
    members: str = ""
    contents: str = ""


@dataclass(frozen=True)
class DatasetEntry:
    """One data set.

    Attributes:
        name: the name of the function of `neural.datasets` that reads it.
        summary: what it is, in a line.
        licence: as its owners state it; "none stated" where they do not.
        reference: who made it: authors, title, year.
        folder: below the folder that `COMPLEXODYNAMICS_DATA` names; "" if no file is needed.
        splits: name of a part -> the names of the files that it is read from.
        papers: keys of the papers that use it.
        verified: the splits that were read from real bytes and counted when this was written.
        extra: the pip extra that brings it, if no file does.
        instead: a set that is like it and has other files; "" if there is none.
    """

    name: str
    summary: str
    licence: str
    reference: str
    folder: str
    splits: Mapping[str, tuple[str, ...]]
    papers: tuple[str, ...] = ()
    verified: tuple[str, ...] = ()
    extra: str = ""
    instead: str = ""

    @property
    def files(self) -> tuple[FileEntry, ...]:
        """Every file of every split, once."""
        every = dict.fromkeys(name for files in self.splits.values() for name in files)
        return tuple(self.file(name) for name in every)

    def file(self, name: str) -> FileEntry:
        """One of its files.

        Raises:
            ValueError: it has no file of this name.
        """
        place = f"{self.folder}/{name}"
        if not any(name in files for files in self.splits.values()):
            raise ValueError(f"{self.name} has no file {name!r}")
        digest, size = _digests().get(place, ("", 0))
        url, members, contents = ARCHIVES.get(place, ("", "", ""))
        url = url or SOURCES.get(place, SOURCES.get(self.folder, "")).format(name=name)
        return FileEntry(name, size, digest, "" if name in _MADE else url, members, contents)

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it; sizes in bytes."""
        return {
            **{key: getattr(self, key) for key in ("name", "summary", "licence", "reference")},
            "folder": self.folder,
            "splits": {split: list(files) for split, files in self.splits.items()},
            "papers": list(self.papers),
            "verified": list(self.verified),
            "extra": self.extra,
            "instead": self.instead,
            "files": [vars(file) for file in self.files],
        }


_MADE = {
    *(f"cifar10_batch_{i}.png" for i in (0, 1, 2, 3, 50)),
    "labels.csv",
    "babi_en_10k.zip",
    "babi_en_1k_v11.zip",
}
"""Files made for a folder of data: no host has them."""


@cache
def _digests() -> dict[str, tuple[str, int]]:
    rows = (line.split(" ", 2) for line in FILES.strip().splitlines())
    return {place: (digest, int(size)) for digest, size, place in rows}


def names() -> list[str]:
    """The names of the data sets, sorted.

    Example:
        >>> names()[:3]
        ['babi', 'babi_10k', 'babi_1k']
    """
    return sorted(_entries())


def entry(name: str) -> DatasetEntry:
    """What is known of a data set.

    Raises:
        ValueError: there is none of this name; the message has the nearest one.

    Example:
        >>> entry("mnist").splits["test"]
        ('t10k-images-idx3-ubyte.gz', 't10k-labels-idx1-ubyte.gz')
    """
    if name not in _entries():
        raise unknown("name", name, names(), hint="as data sets")
    return _entries()[name]


def table() -> str:
    """The data sets as a table in Markdown."""
    rows = ["| name | what | parts | files | licence | papers |", "|---|---|---|---|---|---|"]
    for each in (entry(name) for name in names()):
        parts = ", ".join(
            f"`{split}`" + ("" if split in each.verified else "\\*") for split in each.splits
        )
        papers = ", ".join(f"`{key}`" for key in each.papers)
        cells = (f"`{each.name}`", each.summary, parts, _files(each), each.licence, papers)
        rows.append("| " + " | ".join(cells) + " |")
    return "\n".join(rows)


def _files(each: DatasetEntry) -> str:
    if not each.files:
        return f"none: comes with the extra `{each.extra}`"
    size = sum(file.size for file in each.files)
    fetched = "fetched" if all(file.url for file in each.files) else "no host: a folder has them"
    return f"{size / 1e6:.1f} MB, {fetched}"


@cache
def _entries() -> dict[str, DatasetEntry]:
    from neural.datasets._entries import ENTRIES

    return {each.name: each for each in ENTRIES}


if __name__ == "__main__":
    print(table())
