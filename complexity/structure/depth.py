"""Logical depth: how much work the shortest descriptions of an object leave to their decoder.

Bennett's depth at significance s is the least time in which a program within s bits of the
shortest makes the object. Here programs are codewords of registered codes, the shortest is the
shortest of those, and time is counted, not clocked: a decoder takes one operation for every bit of
the object that it writes, and beyond that

==================  ===============================================================================
code                operations beyond one per bit written (n bits, D the depth of the context)
==================  ===============================================================================
literal             none
runs                one per run: its length is read
lz76, lz78          one per phrase: its place is read
kt                  n: a count is looked up and raised
ctw                 n (D + 1): every node on the path of the context is updated
enumerative         n w: the index and a binomial coefficient, w words of 64 bits each, change
==================  ===============================================================================

These are of the textbook decoders; implementations may take fewer. Both parts depend on the codes:
the depth relative to these few is an analogue of Bennett's, which cannot be computed, and no bound.

For short strings there is a machine to take it from: programs are the Turing machines with up to
four states, the shortest have the fewest states, and time is their steps, exactly.

References:
    C. H. Bennett, Logical depth and physical complexity, in: The Universal Turing Machine: a
        Half-Century Survey, Oxford 1988, 227-257, definition 1.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from complexity.bitstrings import BitsLike, as_bits
from complexity.code import get_code
from complexity.context.ctw import CtwBits
from complexity.counting import MAX_ENUMERATED
from complexity.errors import integer, one_of
from complexity.files import save_json
from complexity.lempel_ziv.lz76 import lz76
from complexity.lempel_ziv.lz78 import lz78
from complexity.structure.models import checked_slack

__all__ = [
    "DECODERS",
    "MAX_MACHINE_STATES",
    "Decoding",
    "LogicalDepth",
    "MachineDepth",
    "logical_depth",
    "machine_depth",
]

Bits = NDArray[np.uint8]
_DEPTH = CtwBits().depth

MAX_MACHINE_STATES = 4
"""The most states of the machines of `machine_depth`: all 18^8 of them are run in a second."""


def _runs(bits: Bits) -> int:
    return int(np.count_nonzero(np.diff(bits))) + (bits.size > 0)


def _words(bits: Bits) -> int:
    """64-bit words of the number of strings with as many ones."""
    return -(-math.comb(bits.size, int(bits.sum())).bit_length() // 64)


DECODERS: dict[str, tuple[str, Callable[[Bits], int]]] = {
    "literal": ("array(raw)", lambda bits: 0),
    "runs": ("runs", _runs),
    "lz76": ("array(lz76)", lambda bits: lz76(np.packbits(bits))),
    "lz78": ("array(lz78)", lambda bits: lz78(np.packbits(bits))),
    "kt": ("kt", lambda bits: bits.size),
    "ctw": ("ctw-bits", lambda bits: bits.size * (_DEPTH + 1)),
    "enumerative": ("enumerative", lambda bits: bits.size * _words(bits)),
}
"""Name -> the registered code, and its decoder's operations beyond one per bit written.

Codes of bytes see eight bits a byte, and no header: the receiver knows how many bits there are.
"""


@dataclass(frozen=True)
class Decoding:
    """One description: its code, its length in bits, and the operations that decoding takes."""

    code: str
    bits: float
    operations: int


@dataclass(frozen=True)
class LogicalDepth:
    """The least work among descriptions that are nearly the shortest.

    Attributes:
        operations: of the cheapest decoding within the significance.
        code: its code.
        bits: its length.
        excess_bits: bits by which it is longer than the shortest.
        significance: bits by which it might be.
        decodings: all codes, the shortest first.
    """

    operations: int
    code: str
    bits: float
    excess_bits: float
    significance: float
    decodings: tuple[Decoding, ...]

    def to_dict(self) -> dict[str, Any]:
        """All fields as JSON values."""
        return asdict(self) | {"decodings": [asdict(each) for each in self.decodings]}

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write it as .json, whole or not at all.

        Raises:
            ValueError: the path ends otherwise.
            OSError: the folder is missing or cannot be written.
        """
        return save_json(path, self.to_dict())


def logical_depth(
    x: BitsLike, *, significance: float = 16.0, codes: Iterable[str] | None = None
) -> LogicalDepth:
    """Least operations of a decoder among the descriptions within `significance` bits of the best.

    Args:
        x: a bit string.
        significance: in bits. Codes differ in how they write the string's length: below 16 bits
            that decides.
        codes: names in `DECODERS`; by default all that take a string of that length.

    Raises:
        TypeError: `x` is no bit string, or the significance no number.
        ValueError: `x` holds other than 0 and 1, the significance is below 0 or not finite, or a
            code is unknown.

    Example:
        >>> logical_depth("0" * 1000).code
        'runs'
    """
    bits = as_bits("x", x)
    checked_slack(significance, "significance")
    names = [codes] if isinstance(codes, str) else codes
    if names is None:
        names = [name for name in DECODERS if name != "enumerative" or bits.size <= MAX_ENUMERATED]
    chosen = [one_of("codes", name, DECODERS) for name in names]
    if not chosen:
        raise ValueError("codes: got none, accepted is at least one")
    decodings = []
    for name in chosen:
        spec, extra = DECODERS[name]
        known = {"layout": "packed", "shape": str(bits.size), "dtype": "uint8"}
        code = get_code(spec, **known) if spec.startswith("array") else get_code(spec)
        decodings.append(Decoding(name, float(code.bits(bits)), bits.size + int(extra(bits))))
    decodings.sort(key=lambda each: (each.bits, each.operations))
    least = decodings[0].bits
    near = [each for each in decodings if each.bits <= least + significance]
    best = min(near, key=lambda each: (each.operations, each.bits))
    return LogicalDepth(
        best.operations,
        best.code,
        best.bits,
        best.bits - least,
        float(significance),
        tuple(decodings),
    )


@dataclass(frozen=True)
class MachineDepth:
    """Time of the smallest Turing machines that print a string.

    Attributes:
        states: the fewest states of a machine that prints it.
        steps: of the fastest machine with so many states and the significance's more, the halt
            included.
        significance: states more than the fewest.
    """

    states: int
    steps: int
    significance: int

    def to_dict(self) -> dict[str, Any]:
        """All fields as JSON values."""
        return asdict(self)


def machine_depth(x: BitsLike, *, significance: int = 0) -> MachineDepth | None:
    """Steps of the fastest among the smallest machines that print `x`, None if it takes too many.

    Machines have 1 to 4 states and two symbols, run on a tape of zeros or of ones, and print the
    cells that they visited. A machine with n states is a program of 2 n log2(4 n + 2) bits.

    Args:
        x: a bit string of 1 to 16 bits.
        significance: states that a machine may have more than the smallest one.

    Raises:
        TypeError: `x` is no bit string, or the significance no integer.
        ValueError: `x` holds other than 0 and 1, is empty or too long, or the significance is
            negative.

    Example:
        >>> machine_depth("1111")  # the busy beaver of two states runs 6 steps, and none is faster
        MachineDepth(states=2, steps=6, significance=0)
    """
    bits = as_bits("x", x, limit=16)
    significance = integer("significance", significance, 0)
    if not bits.size:
        raise ValueError("x: got no bits, accepted are 1 to 16")
    text = "".join(map(str, bits.tolist()))
    for states in range(1, MAX_MACHINE_STATES + 1):
        if (steps := _least_steps(states, text)) is None:
            continue
        larger = range(states + 1, min(states + significance, MAX_MACHINE_STATES) + 1)
        every = [steps, *(_least_steps(more, text) or steps for more in larger)]
        return MachineDepth(states, min(every), significance)
    return None


def _least_steps(states: int, text: str) -> int | None:
    table = _machines(states)
    return table.least_steps(text) if len(text) <= table.max_cells else None


@cache
def _machines(states: int) -> Any:
    from complexity.coding_theorem import enumerate_machines

    return enumerate_machines(states, progress=False)
