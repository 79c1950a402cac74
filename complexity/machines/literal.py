"""A program for any bit string: a reader of 111 bits and the string, each bit behind a 1."""

from __future__ import annotations

from complexity.bitstrings import BitsLike, as_bits
from complexity.machines.levels import Program
from complexity.machines.terms import Term

__all__ = ["READER", "literal_program"]

READER = (
    r"(\w. w w) (\f s. s (\b r. b (\z. z (\x y. y) r) (r (\d t. f f t (\x u z. z (\y. y d x) u)))))"
)
"""Takes the first bit b off its input: if that is 0 it is done, with the empty list and what is
left; after a 1 it puts the bit d that follows before the list that it makes of the rest."""


def literal_program(bits: BitsLike) -> Program:
    """A program of the prefix machine that prints a bit string of n bits as a list, of 2n + 112.

    Raises:
        TypeError, ValueError: `bits` is no bit string.

    Example:
        >>> literal_program("01").data
        '10110'
    """
    return Program(Term.parse(READER), "".join(f"1{bit}" for bit in as_bits("bits", bits)) + "0")
