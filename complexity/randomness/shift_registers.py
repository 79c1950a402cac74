"""Linear complexity: how long a shift register has to be to give the bits (SP 800-22, 2.10).

References:
    J. Massey, Shift-register synthesis and BCH decoding, IEEE Trans. Inf. Theory 15(1), 1969.
    R. Rueppel, Analysis and Design of Stream Ciphers, Springer 1986, chapter 4: the number of
        sequences with a given linear complexity, its mean.
    A. Rukhin et al., NIST Special Publication 800-22 rev. 1a, 2010, sections 2.10 and 3.10.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from complexity.bitstrings import BitsLike
from complexity.errors import integer, one_of
from complexity.randomness import _kernels as kernels
from complexity.randomness.outcome import (
    CONSTANTS,
    Outcome,
    chi_square,
    chi_square_tail,
    sequence,
)

__all__ = ["linear_complexity", "shortest_register"]

_PUBLISHED = (0.01047, 0.03125, 0.125, 0.5, 0.25, 0.0625, 0.020833)
"""Section 2.10.4, whose first number should be 1/96 = 0.010417."""


def shortest_register(bits: BitsLike | bytes) -> int:
    """The length of the shortest linear feedback shift register that gives the bits, 0 to n.

    Time grows with n^2 / 64. No codelength: the register's taps and first bits are not counted.

    Args:
        bits: (n,).

    Raises:
        TypeError, ValueError: as `battery`.

    Example:
        >>> shortest_register("1101011110001")  # section 2.10.4
        4
    """
    return int(kernels.linear_complexities(sequence("bits", bits)[None, :])[0])


def linear_complexity(
    bits: BitsLike | bytes, *, block: int = 500, constants: str = "exact"
) -> Outcome:
    """The linear complexity test, section 2.10: do blocks need as long registers as they should?

    Args:
        bits: (n,); the document asks for n >= 10^6 and 200 blocks. Bits behind the last whole block
            are left out.
        block: bits of a block, at least 16; the document asks for 500 to 5000.
        constants: "exact" probabilities of the classes for blocks of that length, or the limits for
            long ones as "published", with a misprint.

    Returns:
        The statistic is chi-square with 6 degrees of freedom over classes of the deviation from the
        mean.

    Raises:
        TypeError, ValueError: as `battery`; or there is no whole block.
    """
    data = sequence("bits", bits)
    integer("block", block, 16)
    one_of("constants", constants, CONSTANTS)
    count = data.size // block
    if not count:
        raise ValueError(f"bits: got {data.size} bits, accepted are at least {block}, a block")
    blocks = data[: count * block].reshape(count, block)
    classes = _classes(kernels.linear_complexities(blocks), block)
    shares = _probabilities(block) if constants == "exact" else np.array(_PUBLISHED)
    statistic = chi_square(np.bincount(classes, minlength=7), count * shares)
    parameters = {"block": block, "blocks": count, "constants": constants}
    return Outcome(
        "linear_complexity", statistic, chi_square_tail(statistic, 6), parameters=parameters
    )


def _classes(lengths: NDArray[np.int64], block: int) -> NDArray[np.int64]:
    """Class 0 to 6 of T = (-1)^M (L - mean) + 2/9: up to -2.5, -1.5, ..., 2.5, and above.

    The document's mean has (M/3 + 2/9) / 2^M in it, and so have we: 0 for blocks of 64 and more.
    """
    sign = -1 if block % 2 else 1
    mean = block / 2 + (9 - sign) / 36 - (block / 3 + 2 / 9) * 2.0**-block
    deviations = sign * (lengths - mean) + 2 / 9
    return np.searchsorted(np.arange(-2.5, 3), deviations)


@cache
def _probabilities(block: int) -> NDArray[np.float64]:
    """Of M bits 2^min(2L - 1, 2M - 2L) sequences have linear complexity L > 0, and one has 0."""
    lengths = np.arange(block + 1)
    logs = np.minimum(2 * lengths - 1, 2 * (block - lengths))
    logs[0] = 0
    shares = np.zeros(7)
    np.add.at(shares, _classes(lengths, block), 2.0 ** (logs - block))
    return shares
