"""The rank of binary matrices made of the bits (SP 800-22, section 2.5).

References:
    A. Rukhin et al., NIST Special Publication 800-22 rev. 1a, 2010, sections 2.5 and 3.5.
    G. Marsaglia and L.-H. Tsay, Matrices and the structure of random number sequences, Linear
        Algebra and its Applications 67, 1985.
"""

from __future__ import annotations

import numpy as np

from complexity.bitstrings import BitsLike
from complexity.errors import integer
from complexity.randomness import _kernels as kernels
from complexity.randomness.outcome import Outcome, chi_square, chi_square_tail, sequence

__all__ = ["matrix_rank", "rank_probability"]


def matrix_rank(bits: BitsLike | bytes, *, size: int = 32) -> Outcome:
    """The binary matrix rank test, section 2.5: are rows of bits as independent as they should be?

    Args:
        bits: (n,), filling square matrices row by row; the document asks for 38 matrices, by
            default n >= 38912. Bits behind the last whole matrix are left out.
        size: rows and columns of a matrix, 2 to 64.

    Returns:
        The statistic is chi-square with 2 degrees of freedom over the classes of full rank, one
        less, and all below; with their exact probabilities.

    Raises:
        TypeError, ValueError: as `battery`; or there is no whole matrix.
    """
    data = sequence("bits", bits)
    integer("size", size, 2, 64)
    count = data.size // size**2
    if not count:
        raise ValueError(f"bits: got {data.size} bits, accepted are at least {size**2}, a matrix")
    rows = data[: count * size**2].reshape(count, size, size)
    places = np.uint64(1) << np.arange(size, dtype=np.uint64)
    words = (rows @ places).astype(np.uint64)
    ranks = kernels.gf2_ranks(words)
    full, one_less = (int(np.count_nonzero(ranks == size - k)) for k in (0, 1))
    shares = [rank_probability(size, size), rank_probability(size, size - 1)]
    expected = count * np.array([*shares, 1 - sum(shares)])
    statistic = chi_square([full, one_less, count - full - one_less], expected)
    parameters = {"size": size, "matrices": count}
    return Outcome("matrix_rank", statistic, chi_square_tail(statistic, 2), parameters=parameters)


def rank_probability(size: int, rank: int) -> float:
    """The probability that a random square matrix over GF(2) has that rank.

    2^(r(2s - r) - s^2) times the product of (1 - 2^(i-s))^2 / (1 - 2^(i-r)) over i < r
    (section 3.5).

    Example:
        >>> rank_probability(2, 2)  # 6 of 16 matrices
        0.375
    """
    chosen = np.arange(rank, dtype=np.float64)
    factors = (1 - 2.0 ** (chosen - size)) ** 2 / (1 - 2.0 ** (chosen - rank))
    return float(2.0 ** (rank * (2 * size - rank) - size**2) * factors.prod())
