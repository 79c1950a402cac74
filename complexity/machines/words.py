"""The Kraft-Chaitin theorem: prefix-free words for lengths that come one after the other.

References:
    G. J. Chaitin, A theory of program size formally identical to information theory, Journal of
        the ACM 22(3), 1975, theorem 3.2.
    R. G. Downey and D. R. Hirschfeldt, Algorithmic Randomness and Complexity, 2010, theorem 3.6.1.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from complexity.errors import integer

__all__ = ["MAX_WORD", "KraftChaitin", "kraft_chaitin"]

MAX_WORD = 10_000
"""The longest word."""


class KraftChaitin:
    """Gives out prefix-free words by length, as long as the sum of 2^-length is at most 1.

    What is free is a union of dyadic intervals, at most one of each length; a request takes the
    smallest that is large enough, splits it, and leaves one of each length in between.

    Example:
        >>> words = KraftChaitin()
        >>> words.request(2), words.request(3), words.free
        ('00', '010', Fraction(5, 8))
    """

    def __init__(self) -> None:
        self._free = {0: ""}

    @property
    def free(self) -> Fraction:
        """What is left of 1, exactly."""
        return sum((Fraction(1, 1 << length) for length in self._free), Fraction(0))

    def request(self, length: int) -> str:
        """A word of `length` bits that neither begins nor continues an earlier one.

        Args:
            length: 0 to `MAX_WORD`.

        Raises:
            TypeError: it is no integer.
            ValueError: it is out of range, or 2^-length is more than what is left.
        """
        length = integer("length", length, 0, MAX_WORD)
        enough = [free for free in self._free if free <= length]
        if not enough:
            left = f"1 - {1 - self.free}" if self._free else "nothing"
            raise ValueError(f"length: got {length}, and {left} is left of the Kraft sum 1")
        word = self._free.pop(max(enough))
        while len(word) < length:
            self._free[len(word) + 1] = word + "1"
            word += "0"
        return word


def kraft_chaitin(lengths: Iterable[int]) -> tuple[str, ...]:
    """Prefix-free words of the given lengths, each chosen before the next length is looked at.

    Args:
        lengths: integers from 0 to `MAX_WORD`.

    Raises:
        TypeError: a length is no integer.
        ValueError: a length is out of range, or with it the sum of 2^-length exceeds 1.

    Example:
        >>> kraft_chaitin([2, 3, 3, 1])
        ('00', '010', '011', '1')
    """
    words = KraftChaitin()
    return tuple(words.request(length) for length in lengths)
