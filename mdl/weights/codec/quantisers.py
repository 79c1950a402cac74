"""Quantisers of a matrix: scalar or trellis, each choice paid in distortion and in bits.

The distortion of a matrix W (R, C) is in bits: sum over entries of curvature times squared error,
after compensation where there is a factor. The quantiser looks for numbers k that make

    distortion + price * bits(k)

small, where bits(k) comes from how often such numbers occurred in the pass before, with the
magnitudes of their neighbours (`_trellis.levels`) as context. Two passes are enough.

References:
    T. Wiegand and H. Schwarz, Source coding: part I, 2011, chapter 4 (entropy-constrained scalar
        quantisation) and section 4.4.
    H. Schwarz et al., Quantization and entropy coding in the Versatile Video Coding (VVC) standard,
        IEEE TCSVT 2021, section III (dependent quantisation, 4 and 8 states).
    ISO/IEC 15938-17, Compression of neural networks for multimedia content description and
        analysis, 2022: the 8-state trellis.
    E. Frantar, S. Ashkboos, T. Hoefler and D. Alistarh, GPTQ: accurate post-training quantization
        for generative pre-trained transformers, ICLR 2023 (compensation by Cholesky factors).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mdl.weights.codec import _trellis
from mdl.weights.codec.stream import TRELLISES

__all__ = ["Quantised", "points", "quantise", "rates"]

_NO_FACTOR = np.zeros((0, 0))
_SMOOTHING = 3.0  # occurrences of all levels together that a level is thought to have had


@dataclass(frozen=True)
class Quantised:
    """Numbers of a matrix and what they stand for.

    Attributes:
        numbers: (R, C) int64.
        values: (R, C) float64, the points times the step.
        step: of the quantiser.
        distortion: in bits, as curvature and compensation have it.
        rest: (R, E) float64: the entries that were moved along, for the compensation.
    """

    numbers: NDArray[np.int64]
    values: NDArray[np.float64]
    step: float
    distortion: float
    rest: NDArray[np.float64]

    def __repr__(self) -> str:
        zeros = float(np.mean(self.numbers == 0)) if self.numbers.size else 0.0
        return (
            f"Quantised({self.numbers.shape[0]} x {self.numbers.shape[1]}, step {self.step:.4g}, "
            f"{zeros:.0%} zeros, distortion {self.distortion:.4g} bits)"
        )


def points(numbers: NDArray[np.int64], states: int) -> NDArray[np.float64]:
    """The points of numbers of any shape, row by row, in units of the step.

    Args:
        numbers: int64.
        states: of the dependent quantiser, 4 or 8; 0 for a scalar one.
    """
    flat = np.ascontiguousarray(numbers, np.int64).reshape(-1)
    return _trellis.values(flat, TRELLISES[states]).reshape(numbers.shape)


def quantise(
    weights: NDArray[np.floating],
    step: float,
    *,
    curvature: NDArray[np.float64] | float = 1.0,
    price: float = 0.0,
    states: int = 0,
    factor: NDArray[np.float64] | None = None,
    rest: NDArray[np.floating] | None = None,
    passes: int = 2,
) -> Quantised:
    """Quantise a matrix.

    Args:
        weights: (R, C).
        step: of the quantiser; the points of a dependent one are its multiples.
        curvature: (R, C) or a number: bits of distortion by squared error.
        price: bits of distortion that a bit of rate is worth; 0 takes the nearest points.
        states: of the trellis, 4 or 8; 0 for a scalar quantiser.
        factor: upper triangle (C + E, C + E) of the error compensation.
        rest: (R, E) that is moved along.
        passes: over the matrix; the rates of the first are those of plain rounding.
    """
    original = np.array(weights, np.float64)
    rows, columns = original.shape
    beside = np.zeros((rows, 0)) if rest is None else np.asarray(rest, np.float64)
    factor = _NO_FACTOR if factor is None else np.ascontiguousarray(factor, np.float64)
    curvature = np.ascontiguousarray(np.broadcast_to(curvature, original.shape), np.float64)
    trellis = TRELLISES[states]
    numbers = np.rint(original / (step if states == 0 else 2 * step)).astype(np.int64)
    moved, distortion = beside.copy(), 0.0
    for _ in range(passes if price > 0 else 1):
        table = rates(numbers, trellis)
        numbers, moved = np.zeros((rows, columns), np.int64), beside.copy()
        distortion = _trellis.search(
            original, moved, step, factor, curvature, table, price, trellis, numbers
        )
    values = step * points(numbers, states)
    return Quantised(numbers, values, step, float(distortion), moved)


def rates(numbers: NDArray[np.int64], trellis: int) -> NDArray[np.float64]:
    """Bits of every magnitude, sign included, (halves, levels, magnitudes)."""
    shape = (_trellis.HALVES, _trellis.LEVELS, _trellis.MOST)
    size = np.minimum(np.abs(numbers), _trellis.MOST - 1)
    context = _trellis.levels(numbers, trellis)
    counts = np.bincount((context * _trellis.MOST + size).ravel(), minlength=np.prod(shape))
    counts = counts.reshape(shape).astype(np.float64)
    tail = 0.05 * 0.6 ** np.arange(_trellis.MOST)  # a magnitude that never was costs something
    whole = counts.sum((0, 1)) + tail
    halves = counts.sum(1) + _SMOOTHING * whole / whole.sum()
    parents = halves / halves.sum(1, keepdims=True)
    smoothed = counts + _SMOOTHING * parents[:, None]
    bits = -np.log2(smoothed / smoothed.sum(2, keepdims=True))
    bits[:, :, 1:] += 1.0
    return bits
