"""Decisions of given chances, measured, written or read by the arithmetic coder of `complexity`."""

from __future__ import annotations

import numpy as np

from complexity.code import DecodeError
from complexity.context import _kernels as kernels
from complexity.context._arithmetic import _ending

__all__ = ["Reader", "Writer", "choose", "uniform"]

_FREE = 64  # bytes: a decision settles at most a few


class Writer:
    """Codes bits, and adds up their ideal length."""

    def __init__(self) -> None:
        self._coder = np.array([0, kernels.START, 0, 0], np.uint64)
        self._cost = np.array([0.0, 1.0])
        self._buffer = np.empty(1024, np.uint8)

    @property
    def bits(self) -> float:
        """-log2 of the product of the chances."""
        return float(self._cost[0] - np.log2(self._cost[1]))

    def bit(self, chance: float, bit: int) -> int:
        """Code a bit that is 1 with this chance."""
        if int(self._coder[kernels.SHIFTED]) + _FREE > self._buffer.size:
            self._buffer = np.concatenate([self._buffer, np.empty_like(self._buffer)])
        kernels._encode(self._coder, self._buffer, chance, bit)
        kernels._charge(self._cost, chance if bit else 1.0 - chance)
        return bit

    def finish(self) -> bytes:
        """The shortest string of bytes whose continuations stay in the interval."""
        shifted = int(self._coder[kernels.SHIFTED])
        settled = int.from_bytes(self._buffer[:shifted].tobytes(), "big")
        size, value = _ending(int(self._coder[kernels.LOW]), int(self._coder[kernels.SIZE]))
        return ((settled << 8 * size) + value).to_bytes(shifted + size, "big")


class Reader:
    """Reads bits that a `Writer` coded.

    Raises:
        DecodeError: no codeword begins so.
    """

    def __init__(self, body: bytes) -> None:
        window = int.from_bytes(body[:8].ljust(8, b"\0"), "big")
        if not body or window >= kernels.START:
            raise DecodeError("truncated or damaged: no codeword begins so")
        self._body = body
        self._coder = np.array([0, kernels.START, window, 0], np.uint64)
        self._buffer = np.frombuffer(bytearray(body), np.uint8)

    def bit(self, chance: float, bit: int = 0) -> int:
        """The next bit, which is 1 with this chance; what is given for it is not used.

        Raises:
            DecodeError: the body is too short.
        """
        del bit
        found = int(kernels._decode(self._coder, self._buffer, chance))
        if found < 0:
            raise DecodeError(f"truncated or damaged: it goes on after {len(self._body)} bytes")
        return found

    def finish(self) -> None:
        """See that it was the codeword of what was read.

        Raises:
            DecodeError: it was not.
        """
        shifted = int(self._coder[kernels.SHIFTED])
        window = int.from_bytes(self._body[shifted : shifted + 8].ljust(8, b"\0"), "big")
        low = window - int(self._coder[kernels.CODE])
        size, value = _ending(low, int(self._coder[kernels.SIZE]))
        if len(self._body) != shifted + size:
            raise DecodeError(
                f"damaged: {len(self._body)} bytes, the codeword has {shifted + size}"
            )
        if value << (64 - 8 * size) != window:
            raise DecodeError("damaged: not the codeword of what it decodes to")


def uniform(coder: Writer | Reader, count: int, value: int = 0) -> int:
    """One of 0..count - 1, all of one chance, by halving."""
    low, size = 0, count
    while size > 1:
        half = size // 2
        upper = coder.bit((size - half) / size, int(value >= low + half))
        low, size = (low + half, size - half) if upper else (low, half)
    return low


def choose(coder: Writer | Reader, weights: list[float], value: int = 0) -> int:
    """One of several with chances in proportion to positive weights, by asking one by one."""
    left = sum(weights)
    for index, weight in enumerate(weights[:-1]):
        if coder.bit(weight / left, int(value == index)):
            return index
        left -= weight
    return len(weights) - 1
