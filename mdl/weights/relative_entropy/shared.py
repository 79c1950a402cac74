"""What both ends of relative entropy coding have: prior, blocks and candidates, all from a seed.

References:
    M. Havasi, R. Peharz and J. M. Hernandez-Lobato, Minimal random code learning: getting bits back
        from compressed model parameters, ICLR 2019: shared randomness, blocks at random.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from complexity.code import DecodeError
from mdl.weights.relative_entropy import _kernels as kernels
from mdl.weights.variational.posterior import Posterior

__all__ = [
    "CodedPrior",
    "blocks",
    "coded_prior",
    "layout_hash",
    "nearest_step",
    "normals",
    "permutation",
    "power_of_two",
]

Floats = NDArray[np.float64]
Layout = Sequence[tuple[str, tuple[int, ...]]]

_OCTAVE = tuple(
    float.fromhex(root)
    for root in (
        "0x1p+0", "0x1.172b83c7d517bp+0", "0x1.306fe0a31b715p+0", "0x1.4bfdad5362a27p+0",
        "0x1.6a09e667f3bcdp+0", "0x1.8ace5422aa0dbp+0", "0x1.ae89f995ad3adp+0",
        "0x1.d5818dcfba487p+0",
    )
)  # fmt: skip
"""2^(k/8), literally: both ends have the same standard deviations whatever their pow() does."""
_ZERO_STEP = 192  # the byte of 2^0


def power_of_two(step: int) -> float:
    """2^((step - 192) / 8): a positive number as a byte, from 2^-24 to 2^7.875."""
    return math.ldexp(_OCTAVE[step % 8], step // 8 - _ZERO_STEP // 8)


def nearest_step(number: float) -> int:
    """The byte whose power of two is nearest, for a positive number; beyond 0 to 255 if none is."""
    return _ZERO_STEP + round(8 * math.log2(number))


def layout_hash(layout: Layout) -> bytes:
    """32 bits over the names and shapes of the tensors: a module of another shape is noticed."""
    lines = "\n".join(f"{name} {'x'.join(map(str, shape))}" for name, shape in layout)
    return hashlib.blake2b(lines.encode("utf-8"), digest_size=4).digest()


@dataclass(frozen=True, eq=False)
class CodedPrior:
    """A Gaussian prior, equal within each tensor, as it is in a file.

    Attributes:
        mean: (D,) float64.
        sd: (D,) float64, powers of 2^(1/8).
        blob: a byte for the standard deviation of each tensor; with `means`, 4 more for each.
        means: whether there are means that are not 0 (float32).
    """

    mean: Floats
    sd: Floats
    blob: bytes
    means: bool

    @classmethod
    def read(cls, blob: bytes, layout: Layout, *, means: bool) -> CodedPrior:
        """The prior that `blob` says.

        Raises:
            DecodeError: it is too short, or a mean is not finite.
        """
        count = len(layout)
        if len(blob) != count * (5 if means else 1):
            raise DecodeError(f"truncated: {len(blob)} bytes hold no prior of {count} tensors")
        sizes = [math.prod(shape) for _, shape in layout]
        sds = [power_of_two(step) for step in blob[:count]]
        values = np.frombuffer(blob, "<f4", offset=count) if means else np.zeros(count)
        if not np.isfinite(values).all():
            raise DecodeError("damaged: a prior's mean is not finite")
        mean = np.repeat(values.astype(np.float64), sizes)
        return cls(mean, np.repeat(np.array(sds), sizes), blob, means)


def coded_prior(posterior: Posterior) -> CodedPrior:
    """The posterior's prior, rounded to what a file says of it: sds to within 4.5 percent.

    Raises:
        TypeError: the prior is no Gaussian one.
        ValueError: it differs within a tensor, or is out of the range of the format.
    """
    prior: Any = posterior.prior
    if not hasattr(prior, "sd") or not hasattr(prior, "mean"):
        raise TypeError(
            f"posterior: got a {type(prior).__name__}, accepted is a Gaussian prior: candidates "
            "are drawn with its mean and sd"
        )
    size = posterior.mean.size
    sds = np.broadcast_to(np.asarray(prior.sd, np.float64), (size,))
    all_means = np.broadcast_to(np.asarray(prior.mean, np.float64), (size,))
    steps, means, start = bytearray(), [], 0
    for name, shape in zip(posterior.names, posterior.shapes, strict=True):
        part = slice(start, start + math.prod(shape))
        start = part.stop
        sd, mean = (float(a[part][0]) if a[part].size else 1.0 for a in (sds, all_means))
        if not (np.all(sds[part] == sd) and np.all(all_means[part] == mean)):
            raise ValueError(
                f"posterior: got a prior that differs within {name!r}, accepted is one mean and "
                "one sd for each tensor"
            )
        step = nearest_step(sd)
        if not 0 <= step <= 255:
            raise ValueError(f"posterior: got a prior sd of {sd} in {name!r}, accepted is a "
                             "number from 2**-24 to 2**7.8")  # fmt: skip
        steps.append(step)
        means.append(mean)
    shifted = any(means)
    blob = bytes(steps) + (np.array(means, "<f4").tobytes() if shifted else b"")
    layout = list(zip(posterior.names, posterior.shapes, strict=True))
    return CodedPrior.read(blob, layout, means=shifted)


def permutation(seed: int, size: int) -> NDArray[np.int64]:
    """The order in which weights are dealt to blocks, (size,): random words, sorted.

    Of raw Philox words, so that it hangs on no library's idea of a shuffle.
    """
    words = np.empty(size, np.uint64)
    kernels.words(np.uint64(seed), np.uint64(0), kernels.ORDER, words)
    return np.argsort(words, kind="stable").astype(np.int64)


def blocks(seed: int, size: int, count: int) -> list[NDArray[np.int64]]:
    """Positions of the weights of every block: `count` blocks whose sizes differ by at most one."""
    order = permutation(seed, size)
    return [order[size * b // count : size * (b + 1) // count] for b in range(count)]


def normals(seed: int, block: int, index: int, size: int) -> Floats:
    """Candidate `index` of a block: standard normal variates (size,), without those before it."""
    out = np.empty(size)
    kernels.candidate(np.uint64(seed), np.uint64(block), index, out)
    return out
