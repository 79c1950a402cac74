"""Images with a label each, ready for a network: channels first, standardised, changed at random.

Digits that come with scikit-learn need no download; MNIST, Fashion-MNIST and CIFAR-10 are read by
`neural.datasets`.

References:
    A. Krizhevsky, I. Sutskever and G. Hinton, ImageNet classification with deep convolutional
        neural networks, NIPS 2012, section 4.1: crops, reflections, principal colours, ten crops.
    K. He et al., Deep residual learning for image recognition, CVPR 2016, section 4.2: crops of
        padded images.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from complexity.errors import integer, one_of
from neural import datasets

__all__ = [
    "SOURCES",
    "LabelledImages",
    "colour_shifts",
    "crops",
    "labelled_images",
    "principal_colours",
    "ten_crops",
]

SOURCES = ("digits", "mnist", "fashion_mnist", "cifar10", "cifar10_sample")
"""The data sets that `labelled_images` reads."""

_DIGITS_TO_LEARN = 1200  # of 1,797


@dataclass(frozen=True, eq=False)
class LabelledImages:
    """Images to learn from and to test on; the training part has mean 0 and deviation 1 by channel.

    Attributes:
        name: of the data set.
        train: (n, C, H, W) float32.
        train_labels: (n,) int64, places in `classes`.
        test: (m, C, H, W) float32, standardised by the training part's figures.
        test_labels: (m,) int64.
        classes: their names.
    """

    name: str
    train: NDArray[np.float32]
    train_labels: NDArray[np.int64]
    test: NDArray[np.float32]
    test_labels: NDArray[np.int64]
    classes: tuple[str, ...]

    def __repr__(self) -> str:
        return (
            f"LabelledImages({self.name!r}: {len(self.train)} to learn from and {len(self.test)} "
            f"to test on, {self.train.shape[1:]}, {len(self.classes)} classes)"
        )


def labelled_images(
    name: str = "digits", *, train: int = 0, test: int = 0, shrink: int = 1, seed: int = 0
) -> LabelledImages:
    """Images of a data set, drawn by the seed.

    Args:
        name: one of `SOURCES`; "digits" needs no download, and is divided by the seed.
        train: how many to learn from; 0 for all (of digits 1,200).
        test: how many to test on; 0 for all.
        shrink: side of the blocks of pixels that are averaged to one.
        seed: of the choice and of the order.

    Raises:
        TypeError, ValueError: an argument is out of range, or there are not as many images.
        FileNotFoundError, ConnectionError, ImportError: as `neural.datasets` says.

    Example:
        >>> labelled_images(train=1000, test=500, shrink=2)
        LabelledImages('digits': 1000 to learn from and 500 to test on, (1, 4, 4), 10 classes)
    """
    one_of("name", name, SOURCES)
    rng = np.random.default_rng(integer("seed", seed, 0))
    if name == "digits":
        every = datasets.digits()
        order = rng.permutation(len(every))
        cut = _count("train", train or _DIGITS_TO_LEARN, len(every) - 1)
        parts = [(every, order[:cut]), (every, order[cut:])]
    else:
        found = [datasets.load(name, split=split) for split in ("train", "test")]
        parts = [(each, rng.permutation(len(each))) for each in found]
    images, labels = [], []
    for (part, rows), argument, wanted in zip(parts, ("train", "test"), (train, test), strict=True):
        rows = rows[: _count(argument, wanted or len(rows), len(rows))]
        images.append(_channels_first(part.scaled()[rows], shrink))
        labels.append(part.labels[rows])
    over = (0, 2, 3)
    mean, deviation = images[0].mean(over, keepdims=True), images[0].std(over, keepdims=True)
    deviation[deviation == 0] = 1  # a channel of one value alone
    scaled = [((each - mean) / deviation).astype(np.float32) for each in images]
    return LabelledImages(name, scaled[0], labels[0], scaled[1], labels[1], parts[0][0].classes)


def _count(argument: str, wanted: int, most: int) -> int:
    return integer(argument, wanted, 1, most)


def _channels_first(images: NDArray[np.float32], shrink: int) -> NDArray[np.float64]:
    """(n, C, H, W) of (n, H, W) or (n, H, W, C), blocks of pixels averaged."""
    rows = images[..., None] if images.ndim == 3 else images
    found = np.moveaxis(rows, 3, 1).astype(np.float64)
    n, channels, height, width = found.shape
    side = integer("shrink", shrink, 1, min(height, width))
    if height % side or width % side:
        raise ValueError(f"shrink: got {side}, accepted is a divisor of {height} and {width}")
    return found.reshape(n, channels, height // side, side, width // side, side).mean((3, 5))


def crops(
    images: Tensor, size: int, rng: np.random.Generator, *, pad: int = 0, flip: bool = False
) -> Tensor:
    """A square of each image at a random place, reflected or not.

    Args:
        images: (n, C, H, W).
        size: its side, at most that of the padded image.
        rng: what decides.
        pad: zeros that are first put on every side.
        flip: whether half of them are mirrored left to right.

    Returns:
        (n, C, size, size).

    Raises:
        TypeError, ValueError: an argument is out of range.
    """
    integer("pad", pad, 0)
    padded = functional.pad(images, (pad,) * 4)
    n, _, height, width = padded.shape
    integer("size", size, 1, min(height, width))
    top = rng.integers(0, height - size + 1, n)
    left = rng.integers(0, width - size + 1, n)
    rows = top[:, None] + np.arange(size)  # (n, size)
    columns = left[:, None] + np.arange(size)
    if flip:
        mirrored = rng.integers(0, 2, n).astype(bool)
        columns[mirrored] = columns[mirrored, ::-1]
    where = [torch.from_numpy(each).to(images.device) for each in (rows, columns)]
    each = torch.arange(n, device=images.device)[:, None, None]
    chosen = padded[each, :, where[0][:, :, None], where[1][:, None, :]]  # (n, size, size, C)
    return chosen.permute(0, 3, 1, 2).contiguous()


def ten_crops(images: Tensor, size: int) -> Tensor:
    """The four corners and the centre, and their mirror images: (10, n, C, size, size).

    Args:
        images: (n, C, H, W).
        size: the side of a crop, at most the image's.

    Raises:
        TypeError, ValueError: the size is out of range.
    """
    height, width = images.shape[2:]
    integer("size", size, 1, min(height, width))
    down, right = height - size, width - size
    corners = [(0, 0), (0, right), (down, 0), (down, right), (down // 2, right // 2)]
    five = [images[..., top : top + size, left : left + size] for top, left in corners]
    return torch.stack([*five, *(each.flip(3) for each in five)])


def principal_colours(images: NDArray[np.floating]) -> NDArray[np.float32]:
    """Directions of the pixels' colours, each as long as its eigenvalue: (C, C) float32, by column.

    Args:
        images: (n, C, H, W).

    References:
        Krizhevsky et al. 2012, section 4.1: the eigenvalues, not their roots, scale the shifts.
    """
    pixels = np.moveaxis(np.asarray(images, np.float64), 1, 0).reshape(images.shape[1], -1)
    values, vectors = np.linalg.eigh(np.atleast_2d(np.cov(pixels)))
    return (vectors * values).astype(np.float32)


def colour_shifts(
    images: Tensor, colours: NDArray[np.float32], rng: np.random.Generator, *, spread: float = 0.1
) -> Tensor:
    """One Gaussian shift of each image along the principal colours, the same for all its pixels.

    Args:
        images: (n, C, H, W).
        colours: (C, C), as `principal_colours` gives.
        rng: what decides.
        spread: the deviation, in eigenvalues.
    """
    drawn = rng.normal(0.0, spread, (len(images), len(colours))).astype(np.float32)
    return images + torch.from_numpy(drawn @ colours.T).to(images)[:, :, None, None]
