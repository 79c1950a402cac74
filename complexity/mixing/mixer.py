"""The code "cm": lossless context mixing of byte strings, in integer arithmetic.

Every bit is predicted by several contexts at once: the last 0 to 6 bytes, the word so far, bytes
further back, the same column of a table whose record length is found on the way, and two models
that copy from the longest earlier match. A gated linear network in the logistic domain weighs the
predictions and learns after every bit, two adaptive probability maps correct the result, and an
arithmetic coder spends -log2 p bits on what came.

There is no window: a match may lie anywhere in the past, so a second copy of a string costs next to
nothing at any size. No floating-point number is used between a string and its codeword, so any
platform decodes the files of any other.

References:
    M. Mahoney, Adaptive weighing of context models for lossless data compression, Florida Tech.
        TR CS-2005-16, 2005.
    R. Cilibrasi and P. Vitanyi, Clustering by compression, IEEE Trans. Inf. Theory 51, 2005: the
        distance for which C(xx) - C(x) has to be small.
"""

from __future__ import annotations

import decimal
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from complexity import _leb128
from complexity._bytecodec import ByteCodec, _as_bytes
from complexity.code import DecodeError
from complexity.errors import integer
from complexity.mixing import _kernels as kernels

__all__ = ["ContextMixer", "MixerState"]

_CHUNK = 1 << 15
"""Bytes between two returns from the kernel, where an interrupt is noticed."""
_LONGEST_CODE = 18
"""Bytes of code for a byte of data, at most: no bit shrinks the coder's interval below 2**-17."""
_RATIO = 1 << 16
"""Bytes of data for a byte of code, at most: a bit costs at least -log2(65535/65536) bits, so a
byte of code cannot carry more than 45,427; the rest is room for the coder's rounding."""
_SLOTS_PER_BYTE = 16
"""Enough that few contexts of an input fall into the same slot: C(x) depends little on len(x)."""
_FIRST_CAPACITY = 1 << 20
_PAD = kernels.PAD

Bytes = NDArray[np.uint8]


@dataclass(frozen=True)
class ContextMixer(ByteCodec):
    """Context mixing: LEB128 length, a byte for the level, the bytes of a binary arithmetic coder.

    The empty string is the one byte 0. There is no checksum: the decoder finds truncation and
    bytes behind the end (a codeword has one spelling, which it verifies), while a damaged codeword
    may also decode to other data. A claimed length above 65536 bytes per coded byte is refused,
    since no codeword can carry it. The domain is byte strings below 2 GiB.

    Memory, for coding and decoding alike: the table of contexts takes 1 to 2 KiB per input byte
    until it reaches the limit of the level (4 MiB at level 1, 128 MiB at level 6, 1 GiB at
    level 9); the copy model 8 to 16 bytes per input byte up to 32 MiB; the rest at most 15 MiB.

    Args:
        level: limit of the table of contexts, 2**(level + 21) bytes, 1 to 9. It matters for inputs
            beyond 2**(level + 11) bytes only.
    """

    level: int = 6
    family = "cm"
    limit: ClassVar[int] = 2**31 - 1 - 2 * _PAD

    def __post_init__(self) -> None:
        integer("level", self.level, 1, 9)

    def bits(self, x: bytes | bytearray | memoryview, *, given: bytes | None = None) -> float:
        """Length of the codeword of `x`, or of `x` for a reader who has `given`, in bits.

        Args:
            x: the byte string.
            given: what the reader knows already, as bytes. The model learns `given` first, for
                nothing, and then codes `x`, with the tables of an input of `len(given) + len(x)`.

        Returns:
            Without `given`, `8 * len(encode(x))`: a file. With it, the ideal length
            -sum(log2 p) of `x` behind `given`, without length and rounding: it obeys Kraft's
            inequality for strings of one length, and `bits(given + x) - bits(given)` differs from
            it by 24 bits of headers and rounding plus what `given` costs more or less in smaller
            tables.

        Raises:
            TypeError: `x` or `given` is not bytes, bytearray or memoryview.
            ValueError: they are too long for the domain.
        """
        if given is None:
            return 8.0 * len(self.encode(x))
        data = _as_bytes("x", x)
        return self.state_after(given, room=len(data)).bits(data)

    def state_after(
        self, x: bytes | bytearray | memoryview, *, room: int | None = None
    ) -> MixerState:
        """The model that has read `x`: it gives conditional lengths without reading `x` again.

        Args:
            x: the byte string to learn.
            room: bytes that are expected to follow, which sets the size of the tables (not a
                limit); as many as `x` has if None.

        Raises:
            TypeError: `x` is not bytes, bytearray or memoryview, or `room` no integer.
            ValueError: `x` is too long for the domain, or `room` is negative.
        """
        data = _as_bytes("x", x)
        room = len(data) if room is None else integer("room", room, 0, self.limit)
        _check_size("x", len(data), self.limit)
        model = _Model.fresh(len(data) + room, self.level)
        history = _padded(data)
        return MixerState(history, model, self.limit, _measured(model, history, _PAD))

    def _pack(self, data: bytes) -> bytes:
        if not data:
            return b"\0"
        model = _Model.fresh(len(data), self.level)
        history, coder = _padded(data), _coder()
        stream = np.empty(_LONGEST_CODE * min(_CHUNK, len(data)) + 16, np.uint8)
        parts = [_leb128.write(len(data)), bytes([self.level])]
        for start, stop in _chunks(_PAD, history.size):
            coder[2] = 0
            model.run(kernels.ENCODE, history, start, stop, stream, coder)
            parts.append(stream[: int(coder[2])].tobytes())
        return b"".join([*parts, _ending(coder)])

    def _unpack(self, blob: bytes) -> bytes:
        length, start = _leb128.read(blob, 0, "the length")
        if length == 0:
            if len(blob) > start:
                raise DecodeError(f"damaged: {len(blob) - start} bytes follow the empty string")
            return b""
        if len(blob) == start:
            raise DecodeError("truncated: it ends before the level")
        level, stream = blob[start], np.frombuffer(bytearray(blob[start + 1 :]), np.uint8)
        if not 1 <= level <= 9:
            raise DecodeError(f"damaged: the level is {level}, not 1 to 9")
        if length > min(self.limit, stream.size * _RATIO):
            raise DecodeError(
                f"damaged or truncated: {stream.size} coded bytes cannot hold {length} bytes"
            )
        return _decoded(_Model.fresh(length, level), length, stream)


class MixerState:
    """A context mixer that has read a byte string; asking it for lengths leaves it as it is.

    Made by `ContextMixer.state_after(x)`. Safe to ask from several threads: every question works on
    a copy of the model, which takes its memory once more while it lasts.
    """

    def __init__(self, history: Bytes, model: _Model, limit: int, spent: float):
        self._history, self._model, self._limit, self._spent = history, model, limit, spent

    @property
    def length(self) -> int:
        """Bytes read so far."""
        return self._history.size - _PAD

    @property
    def spent_bits(self) -> float:
        """The ideal length -sum(log2 p) of what was read, in bits, in the tables of this state."""
        return self._spent

    def bits(self, y: bytes | bytearray | memoryview) -> float:
        """The ideal length of `y` behind what was read, in bits: C(y|x), about C(xy) - C(x).

        In the tables of this state it is exact: `spent_bits + bits(y)` is the ideal length of the
        concatenation, and a codeword in such tables takes at most 24 bits more plus the header.

        Raises:
            TypeError: `y` is not bytes, bytearray or memoryview.
            ValueError: `y` is too long for the domain.
        """
        data = _as_bytes("y", y)
        _check_size("y", self.length + len(data), self._limit)
        history = np.concatenate([self._history, np.frombuffer(data, np.uint8)])
        return _measured(self._model.copy(), history, self._history.size)


class _Constants(NamedTuple):
    squash: NDArray[np.int32]
    stretch: NDArray[np.int16]
    following: Bytes
    reciprocals: NDArray[np.int32]


class _Model(NamedTuple):
    """Everything that learns; the order is that of the kernel's arguments."""

    table: NDArray[np.uint32]
    maps: NDArray[np.uint32]
    match_table: NDArray[np.int32]
    match_maps: NDArray[np.uint32]
    weights: NDArray[np.int32]
    final_weights: NDArray[np.int32]
    apm: NDArray[np.uint32]
    registers: NDArray[np.int64]
    seen: NDArray[np.int64]
    scores: NDArray[np.int64]

    @classmethod
    def fresh(cls, size: int, level: int) -> _Model:
        """A model that has seen nothing, for an input of `size` bytes."""
        slots = 1 << min(max(_log2(_SLOTS_PER_BYTE * size), 8), 15 + level)
        rows = 1 << min(max(_log2(size), 10), 16)
        return cls(
            table=np.zeros(slots * kernels.SLOT, np.uint32),
            maps=np.tile(_initial_maps(), kernels.CONTEXTS),
            match_table=np.zeros((kernels.MATCHES, 1 << min(max(_log2(size), 8), 22)), np.int32),
            match_maps=_initial_match_maps().copy(),
            weights=np.tile(_initial_weights(), (sum(kernels.SELECTORS), 1)),
            final_weights=np.full(
                kernels.FINAL_SETS * kernels.SETS, 65536 // kernels.SETS, np.int32
            ),
            apm=np.tile(_initial_apm(), (2, rows, 1)),
            registers=_initial_registers(),
            seen=np.zeros((2, 256), np.int64),
            scores=np.zeros(kernels.RECORDS, np.int64),
        )

    def copy(self) -> _Model:
        return _Model._make(array.copy() for array in self)

    def run(
        self,
        mode: int,
        history: Bytes,
        start: int,
        stop: int,
        stream: Bytes,
        coder: NDArray[np.uint64],
        tally: NDArray[np.int64] | None = None,
    ) -> int:
        """Code history[start:stop]; gives the position reached."""
        counts = np.zeros(1, np.int64) if tally is None else tally
        return kernels.run(mode, history, start, stop, stream, coder, *self, *_constants(), counts)


def _measured(model: _Model, history: Bytes, start: int) -> float:
    """The ideal length of history[start:] in bits; the model learns it."""
    tally = np.zeros(1 << 16, np.int64)
    nothing, coder = np.zeros(0, np.uint8), _coder()
    for position, stop in _chunks(start, history.size):
        model.run(kernels.MEASURE, history, position, stop, nothing, coder, tally)
    used = np.flatnonzero(tally)
    return float(tally[used] @ (16 - np.log2(used)))


def _decoded(model: _Model, length: int, stream: Bytes) -> bytes:
    history = np.zeros(_PAD + min(length, _FIRST_CAPACITY), np.uint8)
    coder = _coder()
    coder[3] = int.from_bytes(stream[:8].tobytes().ljust(8, b"\0"), "big")
    for start, stop in _chunks(_PAD, _PAD + length):
        if stop > history.size:
            more = np.zeros(min(history.size, _PAD + length - history.size), np.uint8)
            history = np.concatenate([history, more])
        if model.run(kernels.DECODE, history, start, stop, stream, coder) < stop:
            raise DecodeError(f"truncated or damaged: the code ends before {length} bytes are out")
    place, ending = int(coder[2]), _ending(coder)
    end = place + len(ending)
    if stream.size < end or stream[place:end].tobytes() != ending:
        raise DecodeError("truncated or damaged: the code does not end as it has to")
    if stream.size > end:
        raise DecodeError(f"damaged: {stream.size - end} bytes follow the end of the code")
    return history[_PAD : _PAD + length].tobytes()


def _coder() -> NDArray[np.uint64]:
    return np.array([0, kernels.FULL, 0, 0], np.uint64)


def _ending(coder: NDArray[np.uint64]) -> bytes:
    """The fewest bytes that stay in the coder's interval whatever follows: a prefix-free code."""
    low, high = int(coder[0]), int(coder[1])
    for count in range(8):
        unit = 1 << (64 - 8 * count)
        first = -(-low // unit)
        if (first + 1) * unit - 1 <= high:
            return first.to_bytes(count, "big")
    return low.to_bytes(8, "big")


def _chunks(start: int, stop: int) -> Iterator[tuple[int, int]]:
    for position in range(start, stop, _CHUNK):
        yield position, min(position + _CHUNK, stop)


def _padded(data: bytes) -> Bytes:
    return np.frombuffer(bytearray(_PAD) + data, np.uint8)  # writable, as the kernel wants it


def _check_size(argument: str, size: int, limit: int) -> None:
    if size > limit:
        raise ValueError(f"{argument}: got {size} bytes in all, accepted are at most {limit}")


def _log2(number: int) -> int:
    """The least k with 2**k >= number."""
    return max(number - 1, 0).bit_length()


@cache
def _constants() -> _Constants:
    """Tables of the kernel, by exact decimal arithmetic: the same on every platform."""
    squash = _squash()
    # stretch is the inverse: the least s with squash(s) >= p
    stretch = np.minimum(np.searchsorted(squash, np.arange(1 << 16)), squash.size - 1)
    reciprocals = [(1 << 17) // (2 * count + 3) for count in range(1024)]  # 1 / (count + 1.5)
    return _Constants(
        squash,
        (stretch - kernels.LIMIT).astype(np.int16),
        np.array(_histories()[1], np.uint8),
        np.array(reciprocals, np.int32),
    )


def _squash() -> NDArray[np.int32]:
    """65536 / (1 + exp(-s / 256)) for s in [-LIMIT, LIMIT], rounded, within [1, 65535]."""
    context = decimal.Context(prec=24, rounding=decimal.ROUND_HALF_EVEN)
    steps = range(-kernels.LIMIT, kernels.LIMIT + 1)
    powers = (context.exp(context.divide(-step, 256)) for step in steps)
    values = [int(context.divide(1 << 16, context.add(1, e)).to_integral_value()) for e in powers]
    return np.clip(np.array(values, np.int32), 1, 65535)


_MOST = {0: 41, 1: 24, 2: 10, 3: 7, 4: 6, 5: 6}
"""Largest count of the commoner bit in a bit history, by the count of the rarer."""


@cache
def _histories() -> tuple[list[tuple[int, int, int]], list[int]]:
    """Bit histories (zeros, ones, last bit) as numbers, and what follows each after a 0 and a 1.

    The count of a bit that failed to come is cut, so that a history favours what is recent
    (Mahoney 2005); counts are bounded so that 8 bits hold every history.
    """
    order, following = [(0, 0, 0)], []
    numbers = {order[0]: 0}
    for history in order:  # grows as it is read
        for bit in (0, 1):
            after = _after(history, bit)
            if after not in numbers:
                numbers[after] = len(order)
                order.append(after)
            following.append(numbers[after])
    return order, following


def _after(history: tuple[int, int, int], bit: int) -> tuple[int, int, int]:
    counts = list(history[:2])
    counts[bit] += 1
    if counts[1 - bit] > 2:
        counts[1 - bit] = 2 + (counts[1 - bit] - 2) // 4
    while max(counts) > _MOST.get(min(counts), 0):
        cut = bit if counts[bit] > counts[1 - bit] else 1 - bit
        counts[cut] -= 1
    return counts[0], counts[1], bit if min(counts) else 0


@cache
def _initial_maps() -> NDArray[np.uint32]:
    """Probability of a one after each bit history: (ones + 1/2) / (zeros + ones + 1)."""
    order, _ = _histories()
    odds = [((2 * ones + 1) << 21) // (zeros + ones + 1) for zeros, ones, _ in order]
    odds += [1 << 21] * (256 - len(odds))
    return (np.array(odds, np.int64) << 10).astype(np.uint32)


@cache
def _initial_match_maps() -> NDArray[np.uint32]:
    """Probability that a copy goes on, by its length and recent misses: 1 - 1/(length + 2)."""
    lengths = [k if k < 16 else 4 * k - 48 if k < 20 else 32 << (k - 20) for k in range(32)]
    odds = [
        (1 << 22) - (1 << 22) // (length // (1 + 3 * misses) + 2)
        for length in lengths
        for misses in range(4)
    ]
    table = np.zeros((kernels.MATCHES, 256), np.int64)
    table[:, : len(odds)] = odds
    return (table << 10 | 2).astype(np.uint32).reshape(-1)


def _initial_weights() -> NDArray[np.int32]:
    weights = np.zeros(kernels.INPUTS, np.int32)
    copies = kernels.CONTEXTS * kernels.PER_CONTEXT
    weights[:copies:3] = 6553  # 0.1 for bit histories
    weights[1:copies:3] = 3276  # 0.05 for direct probabilities
    weights[copies : copies + 3 * kernels.MATCHES : 3] = 26214  # 0.4 for copies
    return weights


@cache
def _initial_apm() -> NDArray[np.uint32]:
    """The identity, as 22-bit probabilities at the stretched values 256 * (j - STEPS / 2)."""
    points = 256 * (np.arange(kernels.STEPS + 1) - kernels.STEPS // 2)
    index = np.clip(points, -kernels.LIMIT, kernels.LIMIT) + kernels.LIMIT
    return _constants().squash[index].astype(np.uint32) << np.uint32(6)


def _initial_registers() -> NDArray[np.int64]:
    registers = np.zeros(kernels.REGISTERS, np.int64)
    registers[kernels.R_RATE] = kernels.FIRST_RATE
    return registers
