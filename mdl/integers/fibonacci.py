"""The Fibonacci code: n as a sum of Fibonacci numbers, ended by two ones in a row.

References:
    E. Zeckendorf, Représentation des nombres naturels par une somme de nombres de Fibonacci ou de
        nombres de Lucas, Bull. Soc. Roy. Sci. Liège 41, 1972.
    A. Apostolico and A. S. Fraenkel, Robust transmission of unbounded strings using Fibonacci
        representations, IEEE Trans. Inf. Theory 33(2), 1987: the code C1.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import ClassVar

from complexity.code import DecodeError
from mdl.integers._base import MappedCode

__all__ = ["Fibonacci"]


@dataclass(frozen=True)
class Fibonacci(MappedCode):
    """Zeckendorf's digits, those of 1, 2, 3, 5, 8, ... in this order, and a one.

    About 1.44 log2 n + 1.67 bits, from 2 to 6764 never more than Elias delta. The Kraft sum is 1.
    Time is quadratic in the digits.

    Args:
        integers: "positive" (n >= 1), "natural" (n >= 0) or "signed".

    Raises:
        ValueError: `integers` is none of those.

    Example:
        >>> [Fibonacci().codeword(n) for n in (1, 2, 3, 4, 17)]
        ['11', '011', '0011', '1011', '1010011']
    """

    family: ClassVar[str] = "fibonacci"
    kernel: ClassVar[int] = 6

    def write(self, rank: int) -> str:
        """The codeword of a rank."""
        numbers = _numbers(rank)
        digits = []
        for number in reversed(numbers):
            digits.append("1" if number <= rank else "0")
            if number <= rank:
                rank -= number
        return "".join(reversed(digits)) + "1"

    def read(self, code: str, at: int) -> tuple[int, int]:
        """A rank and the place behind it."""
        end = code.find("11", at)
        if end < 0:
            raise DecodeError("truncated: it ends inside an integer")
        rank, number, following = 0, 1, 2
        for digit in code[at : end + 1]:
            rank += number if digit == "1" else 0
            number, following = following, number + following
        return rank, end + 2

    def _length(self, rank: int) -> float:
        return len(_numbers(rank)) + 1


def _numbers(most: int) -> list[int]:
    """The Fibonacci numbers 1, 2, 3, 5, ... up to `most`, at least one."""
    numbers = [1, 2]
    while numbers[-1] <= most:
        numbers.append(numbers[-2] + numbers[-1])
    return numbers[: bisect_right(numbers, most)]
