"""Codecs that code one symbol after another: a sequential model and an arithmetic coder.

A codeword is the number of symbols as LEB128, then the shortest string of bytes such that whatever
follows it stays in the final interval of the coder; of several, the least. So codewords are
prefix-free, and a decoder that knows the final interval can tell whether it was given the codeword.

References:
    G. N. N. Martin, Range encoding: an algorithm for removing redundancy from a digitised message,
        1979. The coder: an interval of 56 to 64 bits, with carries.
    I. H. Witten, R. M. Neal and J. G. Cleary, Arithmetic coding for data compression, CACM 1987.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from complexity import _leb128
from complexity._bytecodec import _as_bytes
from complexity._spec import canonical_name
from complexity.bitstrings import MAX_BITS, BitsLike, as_bits
from complexity.code import DecodeError, Kind
from complexity.context import _kernels as kernels

__all__ = ["BitsCodec", "BytesCodec", "Model", "SequentialCodec", "sequential_bits"]

_DECISIONS = 1 << 16  # binary decisions per call of a kernel


class Model(Protocol):
    """A sequential model: what it has seen gives the probabilities of the next symbol."""

    def advance(
        self,
        symbols: NDArray[np.uint8],
        mode: int,
        coder: NDArray[np.uint64],
        cost: NDArray[np.float64],
        buffer: NDArray[np.uint8],
    ) -> bool:
        """See the symbols (n,), or decode them in place; whether the buffer held enough."""
        ...


def sequential_bits(model: Model, symbols: NDArray[np.uint8], width: int) -> float:
    """The ideal codelength of the symbols after what the model has seen, in bits; it sees them."""
    coder, cost, buffer = np.zeros(4, np.uint64), np.array([0.0, 1.0]), np.zeros(0, np.uint8)
    step = _DECISIONS // width
    for start in range(0, symbols.size, step):
        chunk = symbols[start : start + step].copy()
        model.advance(chunk, kernels.MEASURE, coder, cost, buffer)
    return float(cost[0] - np.log2(cost[1]))


def _encoded(model: Model, symbols: NDArray[np.uint8], width: int) -> bytes:
    if not symbols.size:
        return b""
    coder, cost = np.array([0, kernels.START, 0, 0], np.uint64), np.array([0.0, 1.0])
    step = _DECISIONS // width
    buffer = np.empty(4 * width * min(symbols.size, step) + 16, np.uint8)
    for start in range(0, symbols.size, step):
        chunk = symbols[start : start + step].copy()
        missing = int(coder[kernels.SHIFTED]) + 4 * width * chunk.size + 16 - buffer.size
        if missing > 0:
            buffer = np.concatenate([buffer, np.empty(buffer.size + missing, np.uint8)])
        model.advance(chunk, kernels.ENCODE, coder, cost, buffer)
    shifted = int(coder[kernels.SHIFTED])
    settled = int.from_bytes(buffer[:shifted].tobytes(), "big")
    size, value = _ending(int(coder[kernels.LOW]), int(coder[kernels.SIZE]))
    return ((settled << 8 * size) + value).to_bytes(shifted + size, "big")


def _ending(low: int, size: int) -> tuple[int, int]:
    """The fewest bytes, and their least value, whose continuations stay in [low, low + size).

    The interval is in units of 2^-64; `low` may be negative, the value too big or negative: a
    carry to or a borrow from the bytes before.
    """
    for count in range(1, 9):
        step = 1 << (64 - 8 * count)
        value = -(-low // step)
        if (value + 1) * step <= low + size:
            return count, value
    raise AssertionError("an interval of 2^56 units holds one of 2^55")


def _decoded(model: Model, body: bytes, count: int, width: int) -> NDArray[np.uint8]:
    if not count:
        if body:
            raise DecodeError(f"damaged: {len(body)} bytes follow an empty string")
        return np.zeros(0, np.uint8)
    buffer = np.frombuffer(bytearray(body), np.uint8)  # writable, as the kernel is compiled for
    window = int.from_bytes(body[:8].ljust(8, b"\0"), "big")
    if not body or window >= kernels.START:
        raise DecodeError("truncated or damaged: no codeword begins so")
    coder, cost = np.array([0, kernels.START, window, 0], np.uint64), np.array([0.0, 1.0])
    parts, step = [], _DECISIONS // width
    for start in range(0, count, step):
        chunk = np.zeros(min(step, count - start), np.uint8)
        if not model.advance(chunk, kernels.DECODE, coder, cost, buffer):
            raise DecodeError(f"truncated or damaged: {len(body)} bytes hold no {count} symbols")
        parts.append(chunk)
    shifted = int(coder[kernels.SHIFTED])
    window = int.from_bytes(body[shifted : shifted + 8].ljust(8, b"\0"), "big")
    low = window - int(coder[kernels.CODE])
    size, value = _ending(low, int(coder[kernels.SIZE]))
    if len(body) != shifted + size:
        raise DecodeError(f"damaged: {len(body)} bytes, the codeword has {shifted + size}")
    if value << (64 - 8 * size) != window:
        raise DecodeError("damaged: not the codeword of what it decodes to")
    return np.concatenate(parts)


@dataclass(frozen=True)
class SequentialCodec(ABC):
    """A codec made of a sequential model and the arithmetic coder.

    `bits` is the ideal codelength, the header included; a codeword is at most 10 bits longer:
    below 9 for whole bytes that end inside the interval, 0.1 for an interval that starts at 15/16,
    and below 0.1 for probabilities rounded to 32 bits. Every method takes `given`, an object that
    the model has seen before: both are coded by one model, and `given` costs nothing. Fields of a
    subclass are its parameters, all with defaults; `family` is its registered name.
    """

    family: ClassVar[str]
    kind: ClassVar[Kind] = Kind.IDEAL
    overhead: ClassVar[float] = 10.0
    width: ClassVar[int]
    limit: ClassVar[int]

    @property
    def name(self) -> str:
        """The canonical spec, such as "ctw:depth=24"."""
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        return canonical_name(self.family, values, {f.name: f.default for f in fields(self)})  # type: ignore[misc]

    def bits(self, x: Any, *, given: Any = None) -> float:
        """Length of the codeword of `x` in bits: -log2 of its probability, and the header.

        Args:
            x: the object.
            given: an object that the receiver has already and the model has seen; None for none.

        Raises:
            TypeError: `x` or `given` is not of the domain's type.
            ValueError: its value is outside the domain.
        """
        symbols = self._symbols("x", x)
        header = 8.0 * len(_leb128.write(symbols.size))
        return header + sequential_bits(self._informed(given), symbols, self.width)

    def encode(self, x: Any, *, given: Any = None) -> bytes:
        """The codeword of `x`, to a receiver that has `given`.

        Raises:
            TypeError: `x` or `given` is not of the domain's type.
            ValueError: its value is outside the domain.
        """
        symbols = self._symbols("x", x)
        body = _encoded(self._informed(given), symbols, self.width)
        return _leb128.write(symbols.size) + body

    def decode(self, blob: bytes, *, given: Any = None) -> Any:
        """The object whose codeword `blob` is, to a receiver that has `given`.

        Time and memory grow with what has been decoded: where the length is too great for the bytes
        that follow, it ends as soon as they are used up (a few bytes may still hold the longest
        string of zeros, which takes some ten seconds). There is no checksum: damage may decode to
        other data, or be seen because the codeword of what it decodes to differs.

        Raises:
            TypeError: `blob` is not bytes, bytearray or memoryview.
            DecodeError: `blob` is no codeword.
        """
        data = _as_bytes("blob", blob)
        count, start = self._header(data)
        symbols = _decoded(self._informed(given), data[start:], count, self.width)
        return self._object(symbols)

    def announced(self, blob: bytes) -> int:
        """Symbols (bits or bytes) that the codeword says it has, without decoding them.

        Raises:
            TypeError: `blob` is not bytes, bytearray or memoryview.
            DecodeError: it does not begin with a length, or with too great a one.
        """
        return self._header(_as_bytes("blob", blob))[0]

    def _header(self, data: bytes) -> tuple[int, int]:
        count, start = _leb128.read(data, 0, "the length")
        if count > self.limit:
            raise DecodeError(f"damaged: {count} symbols, of at most {self.limit}")
        return count, start

    def _informed(self, given: Any) -> Model:
        model = self._model()
        if given is not None:
            sequential_bits(model, self._symbols("given", given), self.width)
        return model

    @abstractmethod
    def _model(self) -> Model: ...

    @abstractmethod
    def _symbols(self, argument: str, x: Any) -> NDArray[np.uint8]: ...

    @abstractmethod
    def _object(self, symbols: NDArray[np.uint8]) -> Any: ...


@dataclass(frozen=True)
class BitsCodec(SequentialCodec):
    """A sequential codec of bit strings; decoding gives an array (n,) of uint8."""

    width: ClassVar[int] = 1
    limit: ClassVar[int] = MAX_BITS

    def _symbols(self, argument: str, x: BitsLike) -> NDArray[np.uint8]:
        return as_bits(argument, x)

    def _object(self, symbols: NDArray[np.uint8]) -> NDArray[np.uint8]:
        return symbols


@dataclass(frozen=True)
class BytesCodec(SequentialCodec):
    """A sequential codec of byte strings of at most 16 MiB."""

    width: ClassVar[int] = 8
    limit: ClassVar[int] = MAX_BITS // 8

    def _symbols(self, argument: str, x: bytes | bytearray | memoryview) -> NDArray[np.uint8]:
        data = _as_bytes(argument, x)
        if len(data) > self.limit:
            raise ValueError(
                f"{argument}: got {len(data)} bytes, accepted are at most {self.limit}"
            )
        return np.frombuffer(data, np.uint8)

    def _object(self, symbols: NDArray[np.uint8]) -> bytes:
        return symbols.tobytes()
