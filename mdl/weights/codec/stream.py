"""One arithmetic codeword of many arrays of integers, plain bits among them; encoder and decoder.

What is coded is a sequence of *pieces*: whole numbers in plain bits, and integers by the adaptive
coder of `_kernels`, each array with the *statistics* it shares with the arrays before it; where
contexts tell nothing, by counts of the array itself. The codeword is the shortest string of bytes
such that whatever follows stays in the final interval, so that an end cut off or bytes behind are
noticed.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from complexity.code import DecodeError
from complexity.context._arithmetic import _ending
from mdl.weights.codec import _kernels as kernels

__all__ = ["TRELLISES", "Reader", "Statistics", "Writer", "measure"]

TRELLISES = {0: 0, 4: 1, 8: 2}
"""States of the dependent quantiser -> the kernels' number for it; 0 states: none."""

_CHUNK = 1 << 15
_UNIT = 1 << 12  # a divisor of _CHUNK, so that units are the same however arrays are cut
_TRIAL = 2  # units by the mixture before a verdict, which is on the last of them
_SHORT, _LONG = 8, 16  # units from one verdict to the next trial: at first, at most
_WORTH = 256  # the mixture wins if counts are longer by more than this part of themselves
_ALARM, _SLACK = 32, 128  # counts stop if a unit is longer or shorter by this part and so many bits


class Statistics:
    """What the coder has learned: estimates and weights; arrays that share it are coded alike."""

    def __init__(self) -> None:
        self.chance = np.full((kernels.MODELS, kernels.CONTEXTS), 0.5)
        self.seen = np.zeros((kernels.MODELS, kernels.CONTEXTS), np.int32)
        self.weight = np.tile(kernels.WEIGHTS, (2 * kernels.BINS, 1))
        self.used = np.zeros(2 * kernels.BINS, np.int64)

    def copy(self) -> Statistics:
        """As it is now."""
        other = Statistics()
        for name in ("chance", "seen", "weight", "used"):
            setattr(other, name, getattr(self, name).copy())
        return other


class _Pass:
    """An array on its way through the kernels: in units by the mixture, or by counts if as short.

    After a trial both are compared, on its last unit: counts are several times as fast. If they
    win, they code the units that follow until the next trial, which is due later each time, or at
    once when codelengths change. All this follows from what was coded, so that a decoder does the
    same and no choice is sent.
    """

    def __init__(self, statistics: Statistics, columns: int, states: int) -> None:
        self.statistics, self.trellis = statistics, TRELLISES[states]
        self.above, self.place = np.zeros((2, columns)), np.zeros(7)
        self.counts = np.ones((2, kernels.SYMBOLS), np.int64)
        self.mixing, self.left, self.pause, self.usual = True, _TRIAL, _SHORT, 0
        self.bits = 0.0
        """Ideal codelength so far."""

    def run(self, chunk: NDArray[np.int64], mode: int, coder, buffer) -> int:
        """Code what comes next, _CHUNK integers unless it is the end; returns as the kernels do."""
        for start in range(0, chunk.size, _UNIT):
            part, cost = chunk[start : start + _UNIT], np.array([0.0, 1.0])
            code = self._mixed if self.mixing else self._counted
            wrong = code(part, mode, coder, cost, buffer)
            if wrong:
                return wrong
            self.bits += float(cost[0] - np.log2(cost[1]))
        return 0

    def _mixed(self, part: NDArray[np.int64], mode: int, coder, cost, buffer) -> int:
        if self.left > _TRIAL or part.size < _UNIT:
            self.left -= 1
            return self._mix(part, mode, coder, cost, buffer)
        # counts learn from it too, of escapes what the mixture knew before
        s, state = self.statistics, int(self.place[kernels.STATE])
        chance, seen, other = s.chance.copy(), s.seen.copy(), np.array([0.0, 1.0])
        wrong = self._mix(part, mode, coder, cost, buffer)
        if wrong:
            return wrong
        kernels.code_counted(
            part, self.trellis, state, kernels.MEASURE, self.counts, chance, seen, coder, other,
            _NO_BYTES,
        )  # fmt: skip
        self.left -= 1
        if not self.left:
            self._judge(_whole_bits(cost), _whole_bits(other))
        return 0

    def _mix(self, part: NDArray[np.int64], mode: int, coder, cost, buffer) -> int:
        s = self.statistics
        return kernels.code_integers(
            part, self.trellis, mode, s.chance, s.seen, s.weight, s.used, self.above, self.place,
            coder, cost, buffer,
        )  # fmt: skip

    def _judge(self, mixed: int, counted: int) -> None:
        """Who codes the units that follow one that takes either so many bits."""
        if _WORTH * (counted - mixed) > counted:
            self.left, self.pause = _SHORT, _SHORT
        else:
            self.mixing, self.left, self.usual = False, self.pause, counted
            self.pause = min(2 * self.pause, _LONG)

    def _counted(self, part: NDArray[np.int64], mode: int, coder, cost, buffer) -> int:
        s, state = self.statistics, int(self.place[kernels.STATE])
        wrong = kernels.code_counted(
            part, self.trellis, state, mode, self.counts, s.chance, s.seen, coder, cost, buffer
        )
        if wrong:
            return wrong
        self._mix(part, kernels.FOLLOW, coder, cost, buffer)
        self.left -= 1
        if _ALARM * (abs(_whole_bits(cost) - self.usual) - _SLACK) > self.usual:
            self.left, self.pause = 0, _SHORT
        if not self.left:
            self.mixing, self.left = True, _TRIAL
        return 0


def _whole_bits(cost: NDArray[np.float64]) -> int:
    """A codelength but for a fraction of a bit; a logarithm would depend on the machine."""
    return int(cost[0]) - math.frexp(cost[1])[1]


_NO_BYTES = np.zeros(0, np.uint8)


def measure(
    values: NDArray[np.int64], statistics: Statistics, *, columns: int = 0, states: int = 0
) -> float:
    """The ideal codelength of the integers (n,) in bits; the statistics learn from them.

    Args:
        values: flat, row by row.
        statistics: what was learned before.
        columns: of a row, 0 for a single row.
        states: of the dependent quantiser: 0, 4 or 8.
    """
    values = np.ascontiguousarray(values, np.int64)
    way = _Pass(statistics, columns, states)
    way.run(values, kernels.MEASURE, np.zeros(4, np.uint64), _NO_BYTES)
    return way.bits


class Writer:
    """Takes pieces; `finish` gives the codeword."""

    def __init__(self) -> None:
        self._coder = np.array([0, kernels.START, 0, 0], np.uint64)
        self._cost = np.array([0.0, 1.0])
        self._buffer = np.empty(1 << 12, np.uint8)
        self._empty = True

    def number(self, value: int, bits: int) -> None:
        """A whole number below 2^bits, at most 62 of them, in plain bits."""
        self.plain(np.array([value]), bits)

    def plain(self, values: NDArray[np.int64], bits: int) -> None:
        """Whole numbers (n,) below 2^bits, at most 62 of them, in plain bits."""
        room = self._room(values.size * bits // 8 + 8)
        values = np.array(values, np.int64)
        kernels.code_plain(values, bits, kernels.ENCODE, self._coder, self._cost, room)
        self._empty = self._empty and not values.size

    def integers(
        self,
        values: NDArray[np.int64],
        statistics: Statistics,
        *,
        columns: int = 0,
        states: int = 0,
    ) -> None:
        """Integers (n,) of at most 2^63 - 1 in magnitude, row by row, as `measure` takes them."""
        way = _Pass(statistics, columns, states)
        for start in range(0, values.size, _CHUNK):
            chunk = np.array(values[start : start + _CHUNK], np.int64)
            size = np.abs(chunk)
            decisions = 2 + np.minimum(size, kernels.UNARY)
            decisions += np.where(size > kernels.UNARY, 128, 0)
            room = self._room(2 * int(decisions.sum()))
            way.run(chunk, kernels.ENCODE, self._coder, room)
            self._empty = False

    def finish(self) -> bytes:
        """The codeword, b"" if there were no pieces."""
        if self._empty:
            return b""
        shifted = int(self._coder[kernels.SHIFTED])
        settled = int.from_bytes(self._buffer[:shifted].tobytes(), "big")
        size, value = _ending(int(self._coder[kernels.LOW]), int(self._coder[kernels.SIZE]))
        return ((settled << 8 * size) + value).to_bytes(shifted + size, "big")

    def _room(self, size: int) -> NDArray[np.uint8]:
        """The buffer, with room for so many bytes more."""
        missing = int(self._coder[kernels.SHIFTED]) + size + 16 - self._buffer.size
        if missing > 0:
            more = np.empty(self._buffer.size + missing, np.uint8)
            self._buffer = np.concatenate([self._buffer, more])
        return self._buffer


class Reader:
    """Gives the pieces back in their order; `finish` checks that nothing is left.

    Raises:
        DecodeError: no codeword begins so.
    """

    def __init__(self, blob: bytes) -> None:
        self._body, self._empty = bytes(blob), True
        self._buffer = np.frombuffer(bytearray(blob), np.uint8)  # writable, as compiled for
        window = int.from_bytes(self._body[:8].ljust(8, b"\0"), "big")
        self._wrong = not blob or window >= kernels.START
        self._coder = np.array([0, kernels.START, window, 0], np.uint64)
        self._cost = np.array([0.0, 1.0])

    def number(self, bits: int) -> int:
        """The whole number of so many plain bits that comes next.

        Raises:
            DecodeError: the codeword ends before.
        """
        return int(self.plain(1, bits)[0])

    def plain(self, count: int, bits: int) -> NDArray[np.int64]:
        """The next whole numbers (count,) of so many plain bits each.

        Raises:
            DecodeError: the codeword ends before.
        """
        if count * bits > 8 * len(self._body) + 64:
            raise DecodeError(f"truncated or damaged: {len(self._body)} bytes end too early")
        self._begin()
        values = np.zeros(count, np.int64)
        wrong = kernels.code_plain(
            values, bits, kernels.DECODE, self._coder, self._cost, self._buffer
        )
        if wrong:
            raise DecodeError(f"truncated or damaged: {len(self._body)} bytes end too early")
        return values

    def integers(
        self, count: int, statistics: Statistics, *, columns: int = 0, states: int = 0
    ) -> NDArray[np.int64]:
        """The next integers (count,) int64.

        Time and memory grow with what has been decoded, not with `count`.

        Raises:
            DecodeError: the codeword ends before, or a number is beyond 64 bits.
        """
        way, parts = _Pass(statistics, columns, states), [np.zeros(0, np.int64)]
        for start in range(0, count, _CHUNK):
            self._begin()
            chunk = np.zeros(min(_CHUNK, count - start), np.int64)
            wrong = way.run(chunk, kernels.DECODE, self._coder, self._buffer)
            if wrong == -2:
                raise DecodeError("damaged: a number is beyond 2^63 - 1")
            if wrong:
                raise DecodeError(f"truncated or damaged: {len(self._body)} bytes end too early")
            parts.append(chunk)
        return np.concatenate(parts)

    def finish(self) -> None:
        """Check that this is the codeword of what was read, and that nothing follows.

        Raises:
            DecodeError: it is not.
        """
        if self._empty:
            if self._body:
                raise DecodeError(f"damaged: {len(self._body)} bytes follow the end")
            return
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

    def _begin(self) -> None:
        if self._wrong:
            raise DecodeError("truncated or damaged: no codeword begins so")
        self._empty = False
