"""Runs of equal bits: how many, and how long the longest of ones is (SP 800-22, 2.3 and 2.4).

References:
    A. Rukhin et al., NIST Special Publication 800-22 rev. 1a, 2010, sections 2.3, 2.4, 3.3, 3.4.
    W. Feller, An Introduction to Probability Theory and Its Applications, vol. 1, 1968, section
        XIII.7: the recurrence of the longest run.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np

from complexity.bitstrings import BitsLike
from complexity.errors import one_of
from complexity.randomness.outcome import (
    CONSTANTS,
    Outcome,
    chi_square,
    chi_square_tail,
    inapplicable,
    normal_tails,
    sequence,
)

__all__ = ["longest_run", "runs", "without_run"]

_CLASSES = {8: (1, 4), 128: (4, 9), 10_000: (10, 16)}
"""Bits of a block -> its classes: longest runs up to the first, each one, and from the last on."""

_PUBLISHED = {
    8: (0.2148, 0.3672, 0.2305, 0.1875),
    128: (0.1174, 0.2430, 0.2493, 0.1752, 0.1027, 0.1124),
    10_000: (0.0882, 0.2092, 0.2483, 0.1933, 0.1208, 0.0675, 0.0727),
}
"""The probabilities of section 2.4.4 and its program, four digits; those for 10^4 bits are off by
up to 0.0016."""


def runs(bits: BitsLike | bytes) -> Outcome:
    """The runs test, section 2.3: does the sequence change between 0 and 1 as often as it should?

    Where the share of ones is 2 / sqrt(n) or more from 1/2 it does not apply (section 2.3.4, step
    2): the frequency test rejects there with p <= 0.000064. The document puts p = 0 for that, which
    for fair coins would come in 63 of a million sequences.

    Args:
        bits: (n,); the document asks for n >= 100.

    Returns:
        The statistic is the number of runs.

    Raises:
        TypeError, ValueError: as `battery`.

    Example:
        >>> round(runs("1001101011").p, 6)  # section 2.3.4
        0.147232
    """
    data = sequence("bits", bits)
    n, ones = data.size, int(data.sum())
    share = ones / n
    if (2 * ones - n) ** 2 >= 16 * n:
        reason = f"{100 * share:.2f} % of the bits are ones, too far from half: see frequency"
        return inapplicable("runs", reason, counted=True)
    if ones in (0, n):  # of fewer than 16 bits
        return inapplicable("runs", "all bits are equal: see frequency", counted=True)
    count = 1 + int(np.count_nonzero(np.diff(data)))
    spread = share * (1 - share)
    z = (count - 2 * n * spread) / (2 * math.sqrt(n) * spread)
    return Outcome("runs", float(count), normal_tails(z))


def longest_run(bits: BitsLike | bytes, *, constants: str = "exact") -> Outcome:
    """The test for the longest run of ones in a block, section 2.4.

    Blocks have 8 bits from n = 128 on, 128 from 6272 on, 10^4 from 750000 on.

    Args:
        bits: (n,), n >= 128. Bits behind the last whole block are left out.
        constants: "exact" probabilities, or those "published", to four digits.

    Returns:
        The statistic is chi-square with 3, 5 or 6 degrees of freedom.

    Raises:
        TypeError, ValueError: as `battery`; or there are fewer than 128 bits.
    """
    data = sequence("bits", bits)
    one_of("constants", constants, CONSTANTS)
    n = data.size
    if n < 128:
        raise ValueError(f"bits: got {n} bits, accepted are at least 128")
    block = 8 if n < 6272 else 128 if n < 750_000 else 10_000
    least, most = _CLASSES[block]
    blocks = data[: n // block * block].reshape(-1, block)
    observed = np.bincount(
        np.clip(_longest(blocks), least, most) - least, minlength=most - least + 1
    )
    shares = _PUBLISHED[block] if constants == "published" else _probabilities(block)
    statistic = chi_square(observed, len(blocks) * np.array(shares))
    parameters = {"block": block, "blocks": len(blocks), "constants": constants}
    return Outcome(
        "longest_run", statistic, chi_square_tail(statistic, most - least), parameters=parameters
    )


def _longest(blocks: np.ndarray) -> np.ndarray:
    """The longest run of ones in every row."""
    count, width = blocks.shape
    fenced = np.zeros((count, width + 1), np.int8)  # a zero ends every row
    fenced[:, :width] = blocks
    steps = np.diff(np.concatenate([[0], fenced.ravel()]).astype(np.int8))
    starts, ends = np.flatnonzero(steps == 1), np.flatnonzero(steps == -1)
    longest = np.zeros(count, np.int64)
    np.maximum.at(longest, starts // (width + 1), ends - starts)
    return longest


@cache
def _probabilities(block: int) -> tuple[float, ...]:
    least, most = _CLASSES[block]
    up_to = [without_run(k + 1, block) for k in range(least, most)] + [1.0]
    return (up_to[0], *np.diff(up_to).tolist())


def without_run(length: int, n: int) -> float:
    """The probability that `n` fair coins have no run of ones of that length, at least 1.

    Example:
        >>> without_run(2, 4)  # 8 of 16: 0000, 0001, 0010, 0100, 0101, 1000, 1001, 1010
        0.5
    """
    shares = [1.0] * length + [1 - 0.5**length]
    for k in range(length + 1, n + 1):  # a first run that ends at k begins behind a zero
        shares.append(shares[k - 1] - 0.5 ** (length + 1) * shares[k - length - 1])
    return shares[n]
