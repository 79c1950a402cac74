"""Priors of weights as bytes: both ends code with the prior that was sent, not the one learned.

A scale travels as the upper half of a float32 (relative error 2^-9, which costs some 10^-5 bits a
weight), a mean as a float32. Runs of weights with equal parameters, such as the tensors of a
network, are sent once with their length.

======  ==================================================================================
tag     what follows
======  ==================================================================================
0       Gaussians of mean 0: runs of (length LEB128, deviation)
1       Gaussians: runs of (length, mean, deviation)
2       a mixture for all weights: K as LEB128, proportions, means, deviations (K each)
3       horseshoes: runs of (length, scale)
======  ==================================================================================
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from complexity import _leb128
from complexity.code import DecodeError
from mdl.weights.variational.posterior import (
    GaussianPrior,
    HorseshoePrior,
    MixturePrior,
    WeightPrior,
)

__all__ = ["prior_from_bytes", "prior_to_bytes"]

_CENTRED, _GAUSSIAN, _MIXTURE, _HORSESHOE = range(4)


def prior_to_bytes(prior: WeightPrior, size: int) -> bytes:
    """A prior of `size` weights, its parameters quantised.

    Raises:
        TypeError: it is no Gaussian, mixture or horseshoe prior.
    """
    if isinstance(prior, MixturePrior):
        count = _leb128.write(len(prior.means))
        return (
            bytes([_MIXTURE])
            + count
            + b"".join((_halves(prior.proportions), _floats(prior.means), _halves(prior.sds)))
        )
    if isinstance(prior, HorseshoePrior):
        return bytes([_HORSESHOE]) + _runs(size, _halves(_spread(prior.scale, size)), 2)
    mean, sd = getattr(prior, "mean", None), getattr(prior, "sd", None)
    if mean is None or sd is None:
        raise TypeError(
            f"prior: got {type(prior).__name__}, accepted are Gaussians, mixtures and horseshoes"
        )
    sds = np.frombuffer(_halves(_spread(sd, size)), np.uint8).reshape(size, 2)
    if not np.any(mean):
        return bytes([_CENTRED]) + _runs(size, sds.tobytes(), 2)
    means = np.frombuffer(_floats(_spread(mean, size)), np.uint8).reshape(size, 4)
    return bytes([_GAUSSIAN]) + _runs(size, np.hstack([means, sds]).tobytes(), 6)


def prior_from_bytes(blob: bytes, size: int) -> tuple[WeightPrior, int]:
    """The prior of `size` weights at the start of the bytes, and the position behind it.

    Raises:
        DecodeError: there is no such prior.
    """
    if not blob:
        raise DecodeError("truncated: it ends before the prior")
    tag, start = blob[0], 1
    try:
        if tag == _MIXTURE:
            count, start = _leb128.read(blob, start, "the number of components")
            part = _take(blob, start, 8 * count)
            proportions, sds = _from_halves(part[: 2 * count]), _from_halves(part[6 * count :])
            means = _from_floats(part[2 * count : 6 * count])
            shares = proportions / (proportions.sum() or 1.0)
            return MixturePrior(shares, means, sds), start + 8 * count
        if tag == _HORSESHOE:
            fields, start = _from_runs(blob, start, size, 2)
            return HorseshoePrior(_from_halves(fields.tobytes())), start
        if tag == _CENTRED:
            fields, start = _from_runs(blob, start, size, 2)
            return GaussianPrior(0.0, _from_halves(fields.tobytes())), start
        if tag == _GAUSSIAN:
            fields, start = _from_runs(blob, start, size, 6)
            means = _from_floats(fields[:, :4].tobytes())
            return GaussianPrior(means, _from_halves(fields[:, 4:].tobytes())), start
    except DecodeError:
        raise
    except ValueError as error:
        raise DecodeError(f"damaged: no prior has such parameters; {error}") from None
    raise DecodeError(f"damaged: there is no prior of kind {tag}")


def _halves(values: ArrayLike) -> bytes:
    """Positive numbers as upper halves of float32, to the nearest, 2 bytes each."""
    bits = np.ascontiguousarray(values, np.float32).view(np.uint32).astype(np.uint64)
    upper = np.maximum((bits + np.uint64(0x8000)) >> np.uint64(16), np.uint64(1))
    return upper.astype("<u2").tobytes()


def _from_halves(blob: bytes) -> NDArray[np.float64]:
    upper = np.frombuffer(blob, "<u2").astype(np.uint32) << np.uint32(16)
    return upper.view(np.float32).astype(np.float64)


def _floats(values: ArrayLike) -> bytes:
    return np.ascontiguousarray(values, "<f4").tobytes()


def _spread(values: Any, size: int) -> NDArray[np.float64]:
    return np.broadcast_to(np.asarray(values, np.float64), (size,))


def _from_floats(blob: bytes) -> NDArray[np.float64]:
    return np.frombuffer(blob, "<f4").astype(np.float64)


def _runs(size: int, fields: bytes, width: int) -> bytes:
    """Rows of `width` bytes as runs of equal ones."""
    rows = np.frombuffer(fields, np.uint8).reshape(size, width)
    changes = np.flatnonzero((rows[1:] != rows[:-1]).any(axis=1)) + 1
    ends = [0, *changes.tolist(), size]
    return b"".join(
        _leb128.write(end - start) + rows[start].tobytes() for start, end in pairwise(ends)
    )


def _from_runs(blob: bytes, start: int, size: int, width: int) -> tuple[NDArray[np.uint8], int]:
    """The rows (size, width) and the position behind them."""
    rows, done = np.empty((size, width), np.uint8), 0
    while done < size:
        length, start = _leb128.read(blob, start, "a run of weights")
        if not 0 < length <= size - done:
            raise DecodeError(f"damaged: {length} weights follow {done} of {size}")
        rows[done : done + length] = np.frombuffer(_take(blob, start, width), np.uint8)
        done, start = done + length, start + width
    return rows, start


def _take(blob: bytes, start: int, count: int) -> bytes:
    if start + count > len(blob):
        raise DecodeError("truncated: it ends inside the prior")
    return blob[start : start + count]
