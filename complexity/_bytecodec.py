"""What every codec of byte strings does: check its input, count its bits, insist on an end."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, fields
from typing import Any, ClassVar

from complexity._spec import canonical_name
from complexity.code import DecodeError, Kind

__all__ = ["MAX_BYTES", "ByteCodec", "check_bound", "check_end", "check_size", "decompressed"]

MAX_BYTES = 2**32 - 1
"""The longest byte string in the domain (4 GiB less one byte), and what a decoder gives at most."""


@dataclass(frozen=True)
class ByteCodec(ABC):
    """A codec of byte strings below 4 GiB; subclasses give `_pack` and `_unpack`.

    Fields of a subclass are its parameters, all with defaults; `family` is its registered name.
    """

    family: ClassVar[str]
    kind: ClassVar[Kind] = Kind.FILE
    overhead: ClassVar[float] = 0.0
    limit: ClassVar[int] = MAX_BYTES

    @property
    def name(self) -> str:
        """The canonical spec, such as "xz" or "zstd:level=3"."""
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        return canonical_name(self.family, values, {f.name: f.default for f in fields(self)})  # type: ignore[misc]

    def bits(self, x: bytes) -> float:
        """Length of the codeword in bits: `8 * len(encode(x))`, exactly."""
        return 8.0 * len(self.encode(x))

    def encode(self, x: bytes | bytearray | memoryview) -> bytes:
        """The codeword of a byte string.

        Raises:
            TypeError: `x` is not bytes, bytearray or memoryview.
            ValueError: `x` is too long for the domain.
        """
        data = _as_bytes("x", x)
        if len(data) > self.limit:
            raise ValueError(f"x: got {len(data)} bytes, accepted are at most {self.limit}")
        return self._pack(data)

    def decode(self, blob: bytes | bytearray | memoryview) -> bytes:
        """The byte string whose codeword `blob` is.

        Raises:
            TypeError: `blob` is not bytes, bytearray or memoryview.
            DecodeError: `blob` is truncated, followed by other bytes, or visibly damaged. A format
                without a checksum may also decode damaged bytes to other data; an envelope
                (`complexity.encode_file`) always finds damage.
        """
        return self._unpack(_as_bytes("blob", blob))

    @abstractmethod
    def _pack(self, data: bytes) -> bytes: ...

    @abstractmethod
    def _unpack(self, blob: bytes) -> bytes: ...


def _as_bytes(argument: str, x: object) -> bytes:
    if isinstance(x, bytes):
        return x
    if isinstance(x, bytearray | memoryview):
        return bytes(x)
    raise TypeError(
        f"{argument}: got {type(x).__name__}, accepted is bytes, bytearray or memoryview; "
        "for str, sequences and arrays use complexity.TextCodec, StringCodec or ArrayCodec"
    )


def decompressed(reader: Any, blob: bytes, *errors: type[Exception]) -> bytes:
    """All that a decompressor of the standard library gives, if that is one whole stream."""
    try:
        data = reader.decompress(blob, MAX_BYTES + 1)
    except errors as error:
        raise DecodeError(f"damaged: {error}") from None
    check_bound(len(data))
    check_end(reader.eof, len(reader.unused_data))
    return data


def check_bound(length: int) -> None:
    if length > MAX_BYTES:
        raise DecodeError(f"damaged: it decodes to more than {MAX_BYTES} bytes")


def check_end(ended: bool, trailing: int) -> None:
    if not ended:
        raise DecodeError("truncated: the stream does not end")
    if trailing:
        raise DecodeError(f"damaged: {trailing} bytes follow the end of the stream")


def check_size(length: int, got: int) -> None:
    if got < length:
        raise DecodeError(f"truncated: {got} of {length} bytes are there")
    check_end(True, got - length)
