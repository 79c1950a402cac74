"""Codes of bit strings that count: how many ones and which of the strings with as many, or runs.

======================  ==========================================================================
code                    bits of a string of n bits with k ones
======================  ==========================================================================
enumerative             LEB128 of n (8 per 7 bits of n), then log2(n + 1) and log2 C(n, k)
runs                    Elias code of the number of runs plus 1, a bit (the first), and the Elias
                        code of the length of every run; gamma: 2 floor(log2 m) + 1 bits for m,
                        delta: floor(log2 m) + 2 floor(log2(floor(log2 m) + 1)) + 1
======================  ==========================================================================

Given n, the enumerative code's length is that of the Laplace mixture, the Bayesian mixture over
all coins under the uniform prior, for every string: 1 / ((n + 1) C(n, k)) is its probability.

References:
    T. M. Cover, Enumerative source encoding, IEEE Trans. Inf. Theory 19(1), 1973.
    P. Elias, Universal codeword sets and representations of the integers, IEEE Trans. Inf. Theory
        21(2), 1975: gamma and delta.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from complexity import _leb128, _prefix
from complexity._bytecodec import _as_bytes
from complexity._spec import canonical_name
from complexity.bitstrings import MAX_BITS, BitsLike, as_bits
from complexity.code import DecodeError, Kind
from complexity.errors import one_of

__all__ = ["MAX_ENUMERATED", "Enumerative", "Runs"]

MAX_ENUMERATED = 1 << 17
"""The longest string that is enumerated: the work is quadratic, seconds at this length."""


@dataclass(frozen=True)
class Enumerative:
    """The number of ones, then the index among the strings with as many, in dictionary order.

    The codeword is n as LEB128, k in the bits that n takes, the index in those that C(n, k) - 1
    takes, and zeros to the byte's end: less than 9 bits above the ideal length. Strings of at most
    131072 bits; `bits` is fast, `encode` and `decode` take time quadratic in n.

    Example:
        >>> round(Enumerative().bits("00010000") - 8, 9) == round(math.log2(9 * 8), 9)
        True
    """

    kind: ClassVar[Kind] = Kind.IDEAL
    overhead: ClassVar[float] = 9.0
    name: ClassVar[str] = "enumerative"
    limit: ClassVar[int] = MAX_ENUMERATED

    def bits(self, x: BitsLike) -> float:
        """Ideal length of the codeword of `x` in bits, its header included.

        Raises:
            TypeError: `x` is no bit string.
            ValueError: it holds other than 0 and 1, or is too long.
        """
        data = as_bits("x", x, limit=MAX_ENUMERATED)
        n, k = data.size, int(data.sum())
        return 8.0 * len(_leb128.write(n)) + math.log2(n + 1) + math.log2(math.comb(n, k))

    def encode(self, x: BitsLike) -> bytes:
        """The codeword of `x`.

        Raises:
            TypeError: `x` is no bit string.
            ValueError: it holds other than 0 and 1, or is too long.
        """
        data = as_bits("x", x, limit=MAX_ENUMERATED)
        n, k = data.size, int(data.sum())
        width = (math.comb(n, k) - 1).bit_length()
        number = (k << width) + _index(data.tolist(), k)
        size = -(-(n.bit_length() + width) // 8)
        padding = 8 * size - n.bit_length() - width
        return _leb128.write(n) + (number << padding).to_bytes(size, "big")

    def decode(self, blob: bytes) -> NDArray[np.uint8]:
        """The bits (n,), as uint8, whose codeword `blob` is.

        Raises:
            TypeError: `blob` is not bytes, bytearray or memoryview.
            DecodeError: `blob` is no codeword.
        """
        data = _as_bytes("blob", blob)
        n, start = _leb128.read(data, 0, "the length")
        body, width = data[start:], n.bit_length()
        if n > MAX_ENUMERATED:
            raise DecodeError(f"damaged: {n} bits, of at most {MAX_ENUMERATED}")
        if 8 * len(body) < width:
            raise DecodeError("truncated: it ends inside the number of ones")
        number, rest = int.from_bytes(body, "big"), 8 * len(body) - width
        k = number >> rest
        if k > n:
            raise DecodeError(f"damaged: {k} ones among {n} bits")
        count = math.comb(n, k)
        padding = rest - (count - 1).bit_length()
        if not 0 <= padding < 8:
            raise DecodeError(f"truncated or damaged: an index does not take {rest} bits")
        index = (number & (1 << rest) - 1) >> padding
        if index >= count or number & (1 << padding) - 1:
            raise DecodeError("damaged: the index is out of range, or bits follow it")
        return np.array(_string(n, k, index), np.uint8)


def _index(bits: list[int], k: int) -> int:
    """How many strings with as many ones come before this one (combinatorial number system)."""
    index, after, zero_first = 0, len(bits) - 1, math.comb(max(len(bits) - 1, 0), k)
    for bit in bits:
        if not zero_first or not k:
            break  # only ones or only zeros are left
        if bit:
            index += zero_first
            zero_first = zero_first * k // after if after else 0
            k -= 1
        else:
            zero_first = zero_first * (after - k) // after if after else 0
        after -= 1
    return index


def _string(n: int, k: int, index: int) -> list[int]:
    bits, zero_first = [], math.comb(max(n - 1, 0), k)
    while zero_first and k:
        after = n - 1 - len(bits)
        if index >= zero_first:
            index -= zero_first
            bits.append(1)
            zero_first = zero_first * k // after if after else 0
            k -= 1
        else:
            bits.append(0)
            zero_first = zero_first * (after - k) // after if after else 0
    return bits + [1 if k else 0] * (n - len(bits))


@dataclass(frozen=True)
class Runs:
    """Run lengths: good for long runs, twice the length and more for random bits.

    `bits` is the exact number of bits; zeros to the byte's end are less than 8 more.

    Args:
        integers: the code of the lengths, "gamma" or "delta" (shorter from 32 on).

    Raises:
        ValueError: the code of the lengths is neither.

    Example:
        >>> Runs().bits("0001111")  # 011 for two runs, 0, 011, 00100
        12.0
    """

    integers: str = "gamma"
    kind: ClassVar[Kind] = Kind.IDEAL
    overhead: ClassVar[float] = 7.0

    def __post_init__(self) -> None:
        one_of("integers", self.integers, ("gamma", "delta"))

    @property
    def name(self) -> str:
        """The canonical spec, "runs" or "runs:integers=delta"."""
        return canonical_name("runs", {"integers": self.integers}, {"integers": "gamma"})

    def bits(self, x: BitsLike) -> float:
        """Length of the codeword of `x` in bits, without the padding to whole bytes.

        Raises:
            TypeError: `x` is no bit string.
            ValueError: it holds other than 0 and 1, or is too long.
        """
        runs = _runs(as_bits("x", x))
        logs = np.frexp(np.append(runs, runs.size + 1))[1] - 1  # floor(log2), exact
        if self.integers == "gamma":
            total = 2 * logs + 1
        else:
            total = logs + 2 * (np.frexp(logs + 1)[1] - 1) + 1
        return float(total.sum() + (runs.size > 0))

    def encode(self, x: BitsLike) -> bytes:
        """The codeword of `x`.

        Raises:
            TypeError: `x` is no bit string.
            ValueError: it holds other than 0 and 1, or is too long.
        """
        data = as_bits("x", x)
        runs = _runs(data)
        write = _prefix.gamma if self.integers == "gamma" else _prefix.delta
        first = str(data[0]) if data.size else ""
        return _prefix.packed(write(runs.size + 1) + first + "".join(map(write, runs.tolist())))

    def decode(self, blob: bytes) -> NDArray[np.uint8]:
        """The bits (n,), as uint8, whose codeword `blob` is.

        Raises:
            TypeError: `blob` is not bytes, bytearray or memoryview.
            DecodeError: `blob` is no codeword.
        """
        code = _prefix.unpacked(_as_bytes("blob", blob))
        read = _prefix.read_gamma if self.integers == "gamma" else _prefix.read_delta
        count, at = read(code, 0)
        first = code[at : at + 1]
        at += count > 1
        runs, total = [], 0
        for _ in range(count - 1):
            run, at = read(code, at)
            total += run
            if total > MAX_BITS:
                raise DecodeError(f"damaged: runs of more than {MAX_BITS} bits")
            runs.append(run)
        _prefix.check_padding(code, at)
        values = (np.arange(len(runs)) + (first == "1")) % 2
        return np.repeat(values.astype(np.uint8), runs)


def _runs(data: NDArray[np.uint8]) -> NDArray[np.int64]:
    """The lengths of the runs, in order."""
    ends = np.flatnonzero(np.diff(data)) + 1
    return np.diff(np.concatenate([[0], ends, [data.size]])) if data.size else ends[:0]
