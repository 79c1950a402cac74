"""Random subspaces of weight space from a seed: d coordinates move D weights.

Coordinates u move the weights by P u, with entries of P of variance 1/d: a weight moves by about
the root mean square of u. Random numbers are counter-based, and what a receiver does is sums in
order and products of doubles: the same on every platform with IEEE arithmetic.

References:
    C. Li, H. Farkhoor, R. Liu and J. Yosinski, Measuring the intrinsic dimension of objective
        landscapes, ICLR 2018: dense and Fastfood projections (section 2 and supplement S7).
    Q. Le, T. Sarlos and A. Smola, Fastfood: approximating kernel expansions in loglinear time,
        ICML 2013: equation 8, H G Pi H B; its last factor S, which only evens out lengths, is left.
"""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray

from mdl.weights.relative_entropy import _kernels as kernels
from mdl.weights.relative_entropy.shared import Layout, normals

__all__ = ["DENSE_LIMIT", "Projection", "initial_weights"]

Floats = NDArray[np.float64]

DENSE_LIMIT = 1 << 24
"""Entries of the largest matrix that is made: beyond it, a projection is Fastfood's."""

_COLUMNS, _GAUSSIAN, _SIGNS, _ORDERS, _ORIGIN = (k << 40 for k in range(5))  # streams of the seed


class Projection:
    """P, (D, d), that is never made for Fastfood.

    Args:
        seed: of its entries.
        dimension: d.
        size: D.
        kind: "dense" (independent normal entries) or "fastfood" (D log d operations).
    """

    def __init__(
        self, seed: int, dimension: int, size: int, kind: Literal["dense", "fastfood"]
    ) -> None:
        self.seed, self.dimension, self.size, self.kind = seed, dimension, size, kind
        self._matrix: torch.Tensor | None = None
        if kind == "fastfood":
            self._width = 1 << (dimension - 1).bit_length()
            shape = (-(-size // self._width), self._width)
            count = math.prod(shape)
            self._gaussian = normals(seed, _GAUSSIAN, 0, count).reshape(shape)
            self._signs = 1.0 - 2.0 * (_words(seed, _SIGNS, count) >> np.uint64(63)).reshape(shape)
            words = _words(seed, _ORDERS, count).reshape(shape)
            self._orders = np.argsort(words, axis=1, kind="stable")

    def apply(self, coordinates: Floats) -> Floats:
        """P u, (D,) for u (d,): as a receiver does it."""
        if self.kind == "dense":
            total = np.zeros(self.size)
            for j in range(self.dimension):
                total += coordinates[j] * normals(self.seed, _COLUMNS + j, 0, self.size)
            return total / math.sqrt(self.dimension)
        padded = np.zeros(self._width)
        padded[: self.dimension] = coordinates
        mixed = np.take_along_axis(_hadamard(self._signs * padded), self._orders, axis=1)
        rows = _hadamard(self._gaussian * mixed)
        return rows.reshape(-1)[: self.size] / math.sqrt(self._width * self.dimension)

    def torch(self, coordinates: torch.Tensor) -> torch.Tensor:
        """P u, (G, D) for u (G, d), to be differentiated; rounded otherwise than `apply`."""
        if self.kind == "dense":
            if self._matrix is None:
                columns = [
                    normals(self.seed, _COLUMNS + j, 0, self.size) for j in range(self.dimension)
                ]
                matrix = torch.from_numpy(np.array(columns)) / math.sqrt(self.dimension)
                self._matrix = matrix.to(coordinates)
            return coordinates @ self._matrix.to(coordinates)
        like = {"dtype": coordinates.dtype, "device": coordinates.device}
        padded = torch.nn.functional.pad(coordinates, (0, self._width - self.dimension))
        mixed = _hadamard(padded[:, None, :] * torch.as_tensor(self._signs, **like))  # (G, n, L)
        orders = torch.from_numpy(self._orders).to(coordinates.device)
        mixed = mixed.gather(2, orders.expand(len(mixed), *orders.shape))
        rows = _hadamard(mixed * torch.as_tensor(self._gaussian, **like))
        return rows.flatten(1)[:, : self.size] / math.sqrt(self._width * self.dimension)


def initial_weights(seed: int, layout: Layout) -> Floats:
    """Where a subspace begins, (D,) float64, without a random stream of torch.

    Tensors of two dimensions or more are normal with variance 2 / fan-in (He et al. 2015, equation
    10); vectors are 0, but 1 where the name ends in "weight", as those of normalisation layers.
    """
    parts, start = [], 0
    for name, shape in layout:
        size = math.prod(shape)
        if len(shape) > 1:
            spread = math.sqrt(2 / max(1, math.prod(shape[1:])))
            parts.append(spread * normals(seed, _ORIGIN + start, 0, size))
        else:
            parts.append(np.full(size, 1.0 if name.endswith("weight") else 0.0))
        start += size
    return np.concatenate(parts)


def _words(seed: int, block: int, count: int) -> NDArray[np.uint64]:
    out = np.empty(count, np.uint64)
    kernels.words(np.uint64(seed), np.uint64(block), kernels.ORDER, out)
    return out


def _hadamard(x: Any) -> Any:
    """The Walsh-Hadamard transform of the last axis, L a power of 2: sums and differences only."""
    width, half = x.shape[-1], 1
    stack = torch.stack if isinstance(x, torch.Tensor) else np.stack
    while half < width:
        pairs = x.reshape(*x.shape[:-1], width // (2 * half), 2, half)
        a, b = pairs[..., 0, :], pairs[..., 1, :]
        x = stack([a + b, a - b], -2).reshape(*x.shape[:-1], width)
        half *= 2
    return x
