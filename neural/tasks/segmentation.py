"""Images whose pixels have labels: what is inside an outline, and membranes of cells.

References:
    I. Arganda-Carreras et al., Crowdsourcing the creation of image segmentation algorithms for
        connectomics, 2015: the micrographs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from complexity.errors import integer, one_of
from neural._options import numbers

__all__ = ["Labelled", "contours", "distances", "membranes"]

_SECTIONS = {"train": slice(0, 20), "test": slice(22, 30)}
"""Neighbouring sections of one tissue: those between the parts are left out."""


@dataclass(frozen=True, eq=False)
class Labelled:
    """Images with a label for each pixel.

    Attributes:
        images: (n, 1, side, side) float32.
        labels: (n, side, side) int64, 0 or 1.
        distances: (n, side, side) float32, of each pixel to where the label changes, in pixels.
    """

    images: NDArray[np.float32]
    labels: NDArray[np.int64]
    distances: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.labels)


def distances(labels: NDArray[np.integer]) -> NDArray[np.float32]:
    """How far every pixel's centre is from the nearest one of another label, (n, side, side).

    Next to it is 1; where an image has one label, it is infinite.
    """
    from scipy.ndimage import distance_transform_edt

    found = np.full(labels.shape, np.inf, np.float32)
    for place, each in zip(found, labels, strict=True):
        for label in np.unique(each) if each.min() < each.max() else ():
            own = each == label
            place[own] = np.asarray(distance_transform_edt(own))[own]
    return found


def contours(count: int, *, side: int = 64, specks: float = 0.01, seed: int = 0) -> Labelled:
    """Outlines of random blobs with specks; a pixel's label is whether it is inside.

    Who sees a piece of an outline cannot tell which side is inside; who sees enough of it can. A
    blob is r(a) = R (1 + sum over k of c_k cos(k a + p_k)), k from 2 to 5, with R from 0.28 to 0.41
    of the side, or less where it would leave the image; its outline are the pixels inside that
    touch one outside, by an edge.

    Args:
        count: of images.
        side: of an image, in pixels, at least 16.
        specks: share of pixels that are set, beside the outline.
        seed: of everything.

    Raises:
        TypeError, ValueError: an argument is out of range.

    Example:
        >>> made = contours(2, seed=1)
        >>> made.images.shape, made.labels.shape
        ((2, 1, 64, 64), (2, 64, 64))
    """
    integer("count", count, 1)
    integer("side", side, 16)
    numbers(0, specks=specks)
    if specks >= 1:
        raise ValueError(f"specks: got {specks}, accepted is a share from 0 to below 1")
    rng = np.random.default_rng(integer("seed", seed, 0))
    waves = np.arange(2, 6)
    middle = side / 2 + rng.uniform(-0.05, 0.05, (count, 2)) * side
    radius = rng.uniform(0.28, 0.41, count) * side
    heights = rng.uniform(-0.4, 0.4, (count, 4)) / waves
    phases = rng.uniform(0, 2 * np.pi, (count, 4))
    place = np.arange(side) + 0.5
    y = place[:, None] - middle[:, 0, None, None]  # (count, side, 1)
    x = place - middle[:, 1, None, None]  # (count, 1, side)
    angle = np.arctan2(y, x)
    edge = np.ones_like(angle)
    for at, wave in enumerate(waves):
        edge += heights[:, at, None, None] * np.cos(wave * angle + phases[:, at, None, None])
    radius = np.minimum(radius, (0.45 * side - 1) / edge.max((1, 2)))  # whole outlines only
    inside = np.hypot(y, x) < radius[:, None, None] * edge
    around = np.pad(inside, ((0, 0), (1, 1), (1, 1)))
    inner = around[:, 2:, 1:-1] & around[:, :-2, 1:-1] & around[:, 1:-1, 2:] & around[:, 1:-1, :-2]
    seen = (inside & ~inner) | (rng.random(inside.shape) < specks)
    labels = inside.astype(np.int64)
    return Labelled(seen[:, None].astype(np.float32), labels, distances(labels))


def membranes(split: str, *, side: int = 64, reduce: int = 2) -> Labelled:
    """Tiles of real electron micrographs, whose membranes are labelled 1.

    Sections 0 to 19 are there to train on, 22 to 29 to test on. They have to be in a folder, or are
    fetched (`neural.datasets.isbi2012_em`).

    Args:
        split: "train" or "test".
        side: of a tile, in pixels.
        reduce: pixels on a side that are averaged into one, whose label is the commoner one.

    Raises:
        TypeError, ValueError: an argument is out of range.
        FileNotFoundError, ConnectionError, ImportError: as `neural.datasets.isbi2012_em`.
    """
    part = _SECTIONS[one_of("split", split, _SECTIONS)]
    integer("reduce", reduce, 1, 16)
    integer("side", side, 16, 512 // reduce)
    from neural.datasets import isbi2012_em

    found = isbi2012_em()
    grey = _tiles(found.images[part] / 255.0, side, reduce)
    labels = (_tiles(found.membranes[part].astype(float), side, reduce) > 0.5).astype(np.int64)
    images = ((grey - 0.5) / 0.2)[:, None].astype(np.float32)
    return Labelled(images, labels, distances(labels))


def _tiles(images: NDArray[np.float64], side: int, reduce: int) -> NDArray[np.float64]:
    """Means over squares, cut into tiles (tiles, side, side); what is left over is dropped."""
    count, height, width = (size // each for size, each in zip(images.shape, (1, reduce, reduce),
                                                               strict=True))  # fmt: skip
    images = images[:, : height * reduce, : width * reduce]
    small = images.reshape(count, height, reduce, width, reduce).mean((2, 4))
    rows, columns = height // side, width // side
    small = small[:, : rows * side, : columns * side].reshape(count, rows, side, columns, side)
    return small.swapaxes(2, 3).reshape(-1, side, side)
