"""Omniglot: characters of many alphabets, and its test of learning from one example."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neural.datasets._records import chosen, shown
from neural.datasets.archives import members
from neural.datasets.fetching import contents
from neural.datasets.pixels import read_image

__all__ = ["Characters", "OneShot", "omniglot", "omniglot_one_shot", "parse_class_labels"]

Folder = str | os.PathLike[str] | None


@dataclass(frozen=True, eq=False, repr=False)
class Characters:
    """Drawings of characters, sorted by alphabet, character and drawer.

    Attributes:
        name: of the data set.
        split: which part of it.
        images: (n, 105, 105) bool, True where there is ink.
        labels: (n,) int64, indices of `characters`.
        drawers: (n,) int64, who drew it, from 0 on; the same people only within an alphabet.
        characters: their names, "Greek/character01".
    """

    name: str
    split: str
    images: NDArray[np.bool_]
    labels: NDArray[np.int64]
    drawers: NDArray[np.int64]
    characters: tuple[str, ...]

    @property
    def alphabets(self) -> tuple[str, ...]:
        """The names of the alphabets, sorted."""
        return tuple(sorted({name.partition("/")[0] for name in self.characters}))

    def to_dict(self) -> dict[str, Any]:
        """What they are, without the pixels."""
        return {
            "name": self.name,
            "split": self.split,
            "shape": list(self.images.shape),
            "characters": len(self.characters),
            "alphabets": len(self.alphabets),
        }

    def __len__(self) -> int:
        return len(self.labels)

    def __repr__(self) -> str:
        return shown(self)


@dataclass(frozen=True, eq=False, repr=False)
class OneShot:
    """Runs of classification from one example a class.

    Attributes:
        name: of the data set.
        split: which part of it.
        training: (runs, classes, 105, 105) bool, the one example of every class; True is ink.
        test: (runs, items, 105, 105) bool.
        answers: (runs, items) int64, the class of every test item.
    """

    name: str
    split: str
    training: NDArray[np.bool_]
    test: NDArray[np.bool_]
    answers: NDArray[np.int64]

    def to_dict(self) -> dict[str, Any]:
        """What they are, without the pixels."""
        return {"name": self.name, "split": self.split, "shape": list(self.training.shape)}

    def __len__(self) -> int:
        return len(self.answers)

    def __repr__(self) -> str:
        return shown(self)


def omniglot(*, split: str = "small1", folder: Folder = None) -> Characters:
    """Omniglot's characters.

    Args:
        split: "small1" or "small2", five alphabets each, the published small sets to train on;
            "background", the 30 alphabets to train on, or "evaluation", the other 20.
        folder: as for `mnist`.

    Raises:
        ValueError, FileNotFoundError, ConnectionError, ImportError: as for `mnist`.

    References:
        B. Lake, R. Salakhutdinov, J. Tenenbaum, Human-level concept learning through
        probabilistic program induction (2015).
    """
    each, files = chosen("omniglot", split)
    pattern = r".*/[^/]+/character\d+/\d+_\d+\.png"
    found = members(contents(each, files[0], folder=folder), pattern, whole_path=True)
    # images_background/Greek/character01/0394_07.png: 07 is the drawer
    places = [path.split("/")[-3:] for path in found]
    called = [f"{alphabet}/{character}" for alphabet, character, _ in places]
    characters, labels = np.unique(called, return_inverse=True)
    return Characters(
        each.name,
        split,
        np.stack([_ink(octets) for octets in found.values()]),
        labels.astype(np.int64),
        np.array([int(file[-6:-4]) - 1 for *_, file in places], np.int64),
        tuple(map(str, characters)),
    )


def omniglot_one_shot(*, split: str = "all", folder: Folder = None) -> OneShot:
    """Omniglot's 20 runs of 20-way one-shot classification.

    Args, Raises: as for `omniglot`; the only split is "all".
    """
    each, files = chosen("omniglot_one_shot", split)
    found = members(contents(each, files[0], folder=folder), r"run\d\d/.*", whole_path=True)
    training, test, answers = [], [], []
    for run in sorted({path.partition("/")[0] for path in found}):
        examples = [path for path in found if path.startswith(f"{run}/training/")]
        pairs = parse_class_labels(found[f"{run}/class_labels.txt"])
        training.append([_ink(found[path]) for path in examples])
        test.append([_ink(found[path]) for path in sorted(pairs)])
        answers.append([examples.index(pairs[path]) for path in sorted(pairs)])
    return OneShot(
        each.name, split, np.array(training), np.array(test), np.array(answers, np.int64)
    )


def parse_class_labels(octets: bytes) -> dict[str, str]:
    """Path of every test item -> path of the training example of its class.

    Raises:
        ValueError: a line does not have two paths.
    """
    rows = [line.split() for line in octets.decode("ascii").splitlines() if line.strip()]
    if not all(len(row) == 2 for row in rows):
        raise ValueError("class labels: accepted is two paths a line")
    return dict(rows)


def _ink(octets: bytes) -> NDArray[np.bool_]:
    return read_image(octets) == 0
