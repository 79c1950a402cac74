"""Maurer's universal statistical test: how long ago did every block occur (SP 800-22, 2.9)?

References:
    U. Maurer, A universal statistical test for random bit generators, J. Cryptology 5(2), 1992:
        the statistic, its mean and variance for independent distances (Table I), the factor c.
    J.-S. Coron and D. Naccache, An accurate evaluation of Maurer's universal test, Selected Areas
        in Cryptography 1998: the variance of dependent distances.
    A. Rukhin et al., NIST Special Publication 800-22 rev. 1a, 2010, sections 2.9 and 3.9.
"""

from __future__ import annotations

import math

import numpy as np

from complexity.bitstrings import BitsLike
from complexity.errors import integer, one_of
from complexity.randomness.outcome import CONSTANTS, Outcome, normal_tails, sequence

__all__ = ["universal"]

_FROM = {
    6: 387_840, 7: 904_960, 8: 2_068_480, 9: 4_654_080, 10: 10_342_400, 11: 22_753_280,
    12: 49_643_520, 13: 107_560_960,
}  # fmt: skip
"""Bits of a block -> the least n for it (section 2.9.7)."""

_MOMENTS = {
    1: (0.7326495, 0.690), 2: (1.5374383, 1.338), 3: (2.4016068, 1.901), 4: (3.3112247, 2.358),
    5: (4.2534266, 2.705), 6: (5.2177052, 2.954), 7: (6.1962507, 3.125), 8: (7.1836656, 3.238),
    9: (8.1764248, 3.311), 10: (9.1723243, 3.356), 11: (10.170032, 3.384), 12: (11.168765, 3.401),
    13: (12.168070, 3.410),
}  # fmt: skip
"""Bits of a block -> mean and variance of log2 of a distance (Maurer's Table I)."""

_DEPENDENCE = {
    1: (0.1946340, 0.6705355), 2: (0.2363135, 0.5594976), 3: (0.2732725, 0.4890883),
    4: (0.3045101, 0.4435381), 5: (0.3296587, 0.4137196), 6: (0.3489769, 0.3941338),
    7: (0.3631815, 0.3813210), 8: (0.3732189, 0.3730195), 9: (0.3800637, 0.3677118),
    10: (0.3845867, 0.3643695), 11: (0.3874942, 0.3622979), 12: (0.3893189, 0.3610336),
    13: (0.3904405, 0.3602731),
}  # fmt: skip
"""Bits of a block -> d and e: by d + e 2^block / blocks the variance of a sum of distances' log2 is
less than of independent ones (Coron and Naccache; of 1 and 2 bits by the same sum)."""


def universal(
    bits: BitsLike | bytes,
    *,
    block: int | None = None,
    initial: int | None = None,
    constants: str = "exact",
) -> Outcome:
    """Maurer's universal test, section 2.9: can the sequence be much compressed?

    Args:
        bits: (n,); the document asks for n >= 387840.
        block: bits of a block, 1 to 13; by default the document's for n, 6 to 13.
        initial: blocks that are only remembered; by default 10 * 2^block.
        constants: "exact", the variance of dependent distances (if there are many more blocks than
            2^block); or "published", with Maurer's factor c, which is 4 % too small for blocks of
            6 bits, 2 % for 7, and 4 % too large for 13.

    Returns:
        The statistic is the mean of log2 of the distances of a block from the one before with the
        same bits (its place from 1 on, where there is none), in bits per block; p has both tails
        of it in standard deviations.

    Raises:
        TypeError, ValueError: as `battery`; or there are no blocks behind the initial ones.
    """
    data = sequence("bits", bits)
    one_of("constants", constants, CONSTANTS)
    if block is None:
        block = max((size for size, least in _FROM.items() if data.size >= least), default=6)
    integer("block", block, 1, max(_MOMENTS))
    initial = integer("initial", 10 << block if initial is None else initial, 1)
    count = data.size // block
    tested = count - initial
    if tested < 1:
        raise ValueError(
            f"bits: got {data.size} bits, accepted are at least {block * (initial + 1)} for blocks "
            f"of {block} of which {initial} are initial"
        )
    places = 1 << np.arange(block)[::-1]
    values = data[: count * block].reshape(count, block) @ places
    statistic = float(np.log2(_distances(values)[initial:]).mean())
    mean, variance = _MOMENTS[block]
    if constants == "published":
        c = 0.7 - 0.8 / block + (4 + 32 / block) * tested ** (-3 / block) / 15
    else:
        d, e = _DEPENDENCE[block]
        c = math.sqrt(d + e * 2**block / tested)
    z = (statistic - mean) / (c * math.sqrt(variance / tested))
    parameters = {"block": block, "initial": initial, "blocks": tested, "constants": constants}
    return Outcome("universal", statistic, normal_tails(z), parameters=parameters)


def _distances(values: np.ndarray) -> np.ndarray:
    """How far before every item the last equal one is; its place from 1 on, where there is none."""
    order = np.argsort(values, kind="stable")
    before = np.full(values.size, -1, np.int64)
    same = values[order[1:]] == values[order[:-1]]
    before[order[1:][same]] = order[:-1][same]
    return np.arange(values.size) - before
