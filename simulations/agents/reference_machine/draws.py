"""The random draws of the episode kernels, in plain Python: for agents that exist in both forms."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from simulations.system import random_words

__all__ = ["AGENT_STREAM", "Draws"]

AGENT_STREAM = (1,)
"""Spawn key of an agent's draws."""

_MASK = 2**64 - 1


class Draws:
    """xoshiro256++ whose state comes from a seed; draws what the kernels draw, in their order.

    Args:
        seed: of the agent.

    Example:
        >>> draws = Draws(0)
        >>> 0 <= draws.uniform() < 1 and draws.below(5) in range(5)
        True

    References:
        D. Blackman and S. Vigna, Scrambled linear pseudorandom number generators, ACM Transactions
            on Mathematical Software 47, 2021.
    """

    def __init__(self, seed: int) -> None:
        self.state = [int(word) for word in random_words(seed, AGENT_STREAM, 4)]

    @classmethod
    def of(cls, words: npt.NDArray[np.uint64]) -> Draws:
        """The generator whose state is `words` (4,)."""
        draws = cls.__new__(cls)
        draws.state = [int(word) for word in words]
        return draws

    @property
    def words(self) -> npt.NDArray[np.uint64]:
        """A copy of the state (4,), for `of` and for the kernels."""
        return np.array(self.state, np.uint64)

    def word(self) -> int:
        """64 random bits."""
        a, b, c, d = self.state
        total = (a + d) & _MASK
        word = ((total << 23 | total >> 41) + a) & _MASK
        c ^= a
        d ^= b
        self.state = [a ^ d, b ^ c, c ^ (b << 17 & _MASK), (d << 45 | d >> 19) & _MASK]
        return word

    def uniform(self) -> float:
        """A double in [0, 1): the upper 53 bits of a word."""
        return (self.word() >> 11) * 2.0**-53

    def below(self, bound: int) -> int:
        """A number below `bound`: floor(bound * uniform())."""
        return int(self.uniform() * bound)
