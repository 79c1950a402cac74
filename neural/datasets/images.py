"""Images with a label each: digits, MNIST, Fashion-MNIST, CIFAR-10."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neural.datasets import idx
from neural.datasets._records import chosen, shown
from neural.datasets.archives import members
from neural.datasets.fetching import contents
from neural.datasets.pixels import read_image

__all__ = [
    "Images",
    "cifar10",
    "cifar10_sample",
    "digits",
    "fashion_mnist",
    "fashion_mnist_sprite",
    "mnist",
    "parse_cifar_records",
    "parse_cifar_sheet",
]

_DIGITS = tuple("0123456789")
_CLOTHES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)
_CIFAR = (
    "airplane",
    "automobile",
    "bird",
    "cat",
    "deer",
    "dog",
    "frog",
    "horse",
    "ship",
    "truck",
)
_RECORD = 1 + 3 * 32 * 32
"""Bytes of an image in CIFAR-10's binary files: the label, then red, green and blue."""

_BUNDLED = ("datasets", "data", "digits.csv.gz")
"""Where scikit-learn has the digits."""

Folder = str | os.PathLike[str] | None


@dataclass(frozen=True, eq=False, repr=False)
class Images:
    """Images and their labels, in the order of the files.

    Attributes:
        name: of the data set.
        split: which part of it.
        images: (n, height, width) or (n, height, width, 3), uint8 from 0 to `maximum`.
        labels: (n,) int64, indices of `classes`.
        classes: their names.
        maximum: the brightest value a pixel can have.
    """

    name: str
    split: str
    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    classes: tuple[str, ...]
    maximum: int = 255

    def scaled(self) -> NDArray[np.float32]:
        """The images with values from 0 to 1, float32 in the same shape."""
        return self.images.astype(np.float32) / np.float32(self.maximum)

    def to_dict(self) -> dict[str, Any]:
        """What they are, without the pixels."""
        return {
            "name": self.name,
            "split": self.split,
            "shape": list(self.images.shape),
            "classes": len(self.classes),
        }

    def __len__(self) -> int:
        return len(self.labels)

    def __repr__(self) -> str:
        return shown(self)


def digits(*, split: str = "all", folder: Folder = None) -> Images:
    """The 1,797 digits that come with scikit-learn: 8x8 pixels from 0 to 16. Needs no download.

    Args:
        split: "all".
        folder: not used.

    Raises:
        ValueError: an unknown split.
        ImportError: scikit-learn is not installed.

    References:
        E. Alpaydin, C. Kaynak, Optical Recognition of Handwritten Digits, UCI Machine Learning
        Repository (1998).
    """
    chosen("digits", split)
    spec = find_spec("sklearn")
    if spec is None:
        raise ImportError(
            'digits come with scikit-learn: pip install "complexodynamics[sklearn]"',
            name="sklearn",
        )
    table = Path(next(iter(spec.submodule_search_locations or [""])), *_BUNDLED)
    if table.is_file():  # without the seconds that it takes to import scikit-learn
        rows = np.loadtxt(table, delimiter=",")
    else:
        from sklearn.datasets import load_digits

        bundle: Any = load_digits()
        rows = np.column_stack([bundle.data, bundle.target])
    images = rows[:, :64].astype(np.uint8).reshape(-1, 8, 8)
    return Images("digits", split, images, rows[:, 64].astype(np.int64), _DIGITS, 16)


def mnist(*, split: str = "train", folder: Folder = None) -> Images:
    """MNIST's 60,000 training or 10,000 test digits: 28x28 pixels.

    Args:
        split: "train" or "test".
        folder: looked in instead of the one that COMPLEXODYNAMICS_DATA names; then nothing is
            downloaded.

    Raises:
        ValueError: an unknown split, or a damaged file.
        FileNotFoundError, ConnectionError, ImportError: as `contents` says.

    References:
        Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, Gradient-Based Learning Applied to Document
        Recognition (1998).
    """
    return _from_idx("mnist", split, folder, _DIGITS)


def fashion_mnist(*, split: str = "train", folder: Folder = None) -> Images:
    """Fashion-MNIST's 60,000 training or 10,000 test images: 28x28 pixels.

    Args, Raises: as for `mnist`.

    References:
        H. Xiao, K. Rasul, R. Vollgraf, Fashion-MNIST (2017).
    """
    return _from_idx("fashion_mnist", split, folder, _CLOTHES)


def fashion_mnist_sprite(*, split: str = "all", folder: Folder = None) -> Images:
    """The 900 images of Fashion-MNIST's figure, 90 of a class, in the order of the classes.

    Args, Raises: as for `mnist`; the only split is "all".
    """
    each, files = chosen("fashion_mnist_sprite", split)
    sheet = read_image(contents(each, files[0], folder=folder))
    grey = sheet[..., 0] if sheet.ndim == 3 else sheet
    if grey.shape != (840, 840):
        raise ValueError(f"fashion_mnist_sprite: {grey.shape} pixels, accepted is (840, 840)")
    images = grey.reshape(30, 28, 30, 28).swapaxes(1, 2).reshape(900, 28, 28)
    return Images(each.name, split, images, np.arange(900) // 90, _CLOTHES)


def cifar10(*, split: str = "train", folder: Folder = None) -> Images:
    """CIFAR-10's 50,000 training or 10,000 test images: 32x32 pixels, red, green and blue last.

    Args, Raises: as for `mnist`. Its binary version is read; the one of pickles is not.

    References:
        A. Krizhevsky, Learning Multiple Layers of Features from Tiny Images (2009); the layout is
        on https://www.cs.toronto.edu/~kriz/cifar.html, "Binary version".
    """
    each, files = chosen("cifar10", split)
    pattern = r"data_batch_[1-5]\.bin" if split == "train" else r"test_batch\.bin"
    found = members(contents(each, files[0], folder=folder), pattern)
    images, labels = parse_cifar_records(b"".join(found.values()))
    return Images(each.name, split, images, labels, _CIFAR)


def cifar10_sample(*, split: str = "train", folder: Folder = None) -> Images:
    """The first 4,000 training or 1,000 test images of CIFAR-10, from sheets of 1,000.

    Args, Raises: as for `mnist`. No host has these files: they are taken from a folder.
    """
    each, files = chosen("cifar10_sample", split)
    sheets = [contents(each, name, folder=folder) for name in files[:-1]]
    images = np.concatenate([parse_cifar_sheet(sheet) for sheet in sheets])
    table = contents(each, files[-1], folder=folder).decode("ascii")
    # sheet i holds the images from 1000 i on; the test images are numbered from 50,000 on
    start = 0 if split == "train" else 50_000
    labels = _labels(csv.reader(io.StringIO(table)))[start : start + len(images)]
    return Images(each.name, split, images, labels, _CIFAR)


def parse_cifar_records(octets: bytes) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Images (n, 32, 32, 3) uint8 and labels (n,) int64 of CIFAR-10's binary files.

    Args:
        octets: records of 3,073 bytes: the label, 1,024 red values by rows, then green, then blue.

    Raises:
        ValueError: no whole number of records, or a label above 9.
    """
    if not octets or len(octets) % _RECORD:
        raise ValueError(f"cifar10: {len(octets)} bytes, accepted is a multiple of {_RECORD}")
    records = np.frombuffer(octets, np.uint8).reshape(-1, _RECORD)
    labels = records[:, 0].astype(np.int64)
    if labels.max() > 9:
        raise ValueError(f"cifar10: label {labels.max()}, accepted is 0 to 9")
    return np.ascontiguousarray(records[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)), labels


def parse_cifar_sheet(octets: bytes) -> NDArray[np.uint8]:
    """Images (n, 32, 32, 3) uint8 of a sheet: one image a row of 1,024 coloured pixels.

    Raises:
        ValueError: it is no image, or not of that shape.
    """
    sheet = read_image(octets)
    if sheet.ndim != 3 or sheet.shape[1:] != (1024, 3):
        raise ValueError(f"a sheet of {sheet.shape}, accepted is (n, 1024, 3)")
    return sheet.reshape(-1, 32, 32, 3)


def _labels(rows: Iterable[list[str]]) -> NDArray[np.int64]:
    """The second column of `index,label`, whose first counts from 0."""
    heading, *body = rows
    if heading != ["index", "label"] or [int(row[0]) for row in body] != list(range(len(body))):
        raise ValueError("labels: accepted is a table with columns index, from 0 on, and label")
    return np.array([int(row[1]) for row in body], np.int64)


def _from_idx(name: str, split: str, folder: Folder, classes: tuple[str, ...]) -> Images:
    each, files = chosen(name, split)
    images, labels = (idx.parse(contents(each, file, folder=folder)) for file in files)
    if images.ndim != 3 or labels.shape != images.shape[:1]:
        raise ValueError(f"{name}: labels {labels.shape} for images {images.shape}")
    return Images(name, split, images, labels.astype(np.int64), classes)
