"""Labelled data for the benchmarks of description length: digits, and MNIST where it is there."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Labelled = tuple[NDArray[np.float32], NDArray[np.int64]]


def digits() -> Labelled:
    """scikit-learn's 1,797 digits in their order: inputs (1797, 64) in [0, 1], labels (1797,)."""
    from sklearn.datasets import load_digits

    inputs, labels = load_digits(return_X_y=True)
    return (np.asarray(inputs) / 16).astype(np.float32), np.asarray(labels).astype(np.int64)


def mnist(folder: str | Path) -> tuple[Labelled, Labelled]:
    """MNIST's training and test sets: inputs (n, 784) in [0, 1], labels (n,).

    Args:
        folder: with the four files as they are distributed (idx, gzip).
    """
    found = []
    for part in ("train", "t10k"):
        images = _idx(Path(folder) / f"{part}-images-idx3-ubyte.gz")
        labels = _idx(Path(folder) / f"{part}-labels-idx1-ubyte.gz")
        pixels = images.reshape(len(images), -1).astype(np.float32) / 255
        found.append((pixels, labels.astype(np.int64)))
    return found[0], found[1]


def _idx(path: Path) -> NDArray[np.uint8]:
    raw = gzip.decompress(path.read_bytes())
    dimensions = raw[3]
    shape = np.frombuffer(raw, ">i4", dimensions, 4)
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * dimensions).reshape(shape)
