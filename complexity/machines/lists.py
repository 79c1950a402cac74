r"""Bits and bit strings as lambda terms.

Bit 0 is true, `\x y. x`, bit 1 is false, `\x y. y`; a pair <M, N> is `\z. z M N`; a list is a pair
of its first bit and the others, and the empty list is `\x y. y`, as bit 1 is.

References:
    J. Tromp, Binary lambda calculus and combinatory logic, 2008, section 3.
"""

from __future__ import annotations

from collections.abc import Sequence

from complexity.bitstrings import BitsLike, as_bits
from complexity.machines._notation import APPLY, LAMBDA
from complexity.machines.terms import Term, tokens_as_term

__all__ = ["OutputLike", "as_output", "list_term"]

_BITS = (LAMBDA, LAMBDA, 2), (LAMBDA, LAMBDA, 1)
_CELL = (LAMBDA, APPLY, APPLY, 1)

OutputLike = Term | str
"""A term; a str of 0 and 1 for that bit string as a list; another str for the term it writes."""


def list_term(bits: BitsLike) -> Term:
    r"""A bit string as a list.

    Raises:
        TypeError, ValueError: it is no bit string.

    Example:
        >>> print(list_term("1"))
        \x. x (\y z. z) (\y z. z)
        >>> list_term("0110").list_bits
        '0110'
    """
    tokens: list[int] = []
    for bit in as_bits("bits", bits).tolist():
        tokens += [*_CELL, *_BITS[bit]]
    return tokens_as_term((*tokens, *_BITS[1]))


def bits_of_list(tokens: Sequence[int]) -> str | None:
    """The bit string that a term is as a list, None if it is none."""
    bits, at = [], 0
    while len(tokens) - at > 3:
        bit = tuple(tokens[at + 4 : at + 7])
        if tuple(tokens[at : at + 4]) != _CELL or bit not in _BITS:
            return None
        bits.append(str(_BITS.index(bit)))
        at += 7
    return "".join(bits) if tuple(tokens[at:]) == _BITS[1] else None


def as_output(argument: str, x: OutputLike) -> Term:
    """The term that is meant as an output.

    Raises:
        TypeError: it is neither a term nor a str.
        ValueError: it is no closed term.
    """
    from complexity.machines.terms import as_term

    if isinstance(x, str) and set(x) <= {"0", "1"}:
        return list_term(x)
    return as_term(argument, x)
