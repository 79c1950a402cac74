"""How many ones there are, in all and in blocks (SP 800-22, sections 2.1 and 2.2).

References:
    A. Rukhin et al., A Statistical Test Suite for Random and Pseudorandom Number Generators for
        Cryptographic Applications, NIST Special Publication 800-22 rev. 1a, 2010.
"""

from __future__ import annotations

import math

from complexity.bitstrings import BitsLike
from complexity.errors import integer
from complexity.randomness.outcome import Outcome, chi_square_tail, normal_tails, sequence

__all__ = ["block_frequency", "frequency"]


def frequency(bits: BitsLike | bytes) -> Outcome:
    """The frequency (monobit) test, section 2.1: are there as many ones as zeros?

    Args:
        bits: (n,); the document asks for n >= 100.

    Returns:
        The statistic is (ones - zeros) / sqrt(n), of which p has both tails.

    Raises:
        TypeError, ValueError: as `battery`.

    Example:
        >>> round(frequency("1011010101").p, 6)  # section 2.1.4
        0.527089
    """
    data = sequence("bits", bits)
    excess = (2 * int(data.sum()) - data.size) / math.sqrt(data.size)
    return Outcome("frequency", excess, normal_tails(excess))


def block_frequency(bits: BitsLike | bytes, *, block: int = 128) -> Outcome:
    """The frequency test within a block, section 2.2: has every block as many ones as zeros?

    Args:
        bits: (n,); the document asks for n >= 100. Bits behind the last whole block are left out.
        block: bits of a block; the document asks for 20 and more, above n / 100 too, which its own
            program's 128 is not for n of 12800 and more.

    Returns:
        The statistic is chi-square with as many degrees of freedom as there are blocks.

    Raises:
        TypeError, ValueError: as `battery`; or there is no whole block.

    Example:
        >>> round(block_frequency("0110011010", block=3).p, 6)  # section 2.2.4
        0.801252
    """
    data = sequence("bits", bits)
    integer("block", block, 1, data.size)
    count = data.size // block
    shares = data[: count * block].reshape(count, block).mean(axis=1)
    statistic = 4.0 * block * float(((shares - 0.5) ** 2).sum())
    p = chi_square_tail(statistic, count)
    return Outcome("block_frequency", statistic, p, parameters={"block": block, "blocks": count})
