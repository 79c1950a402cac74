"""Byte-string codecs: general-purpose compressors made into codes that keep the laws.

Every codeword is a whole file or stream of its format, so `bits(x) == 8 * len(encode(x))` with no
overhead, and other programs can read it. Decoders reject truncated input and trailing bytes, which
makes the codewords prefix-free: their lengths obey Kraft's inequality. What a container costs stays
in the count (an empty string takes 8 bits in `raw`, 256 in `xz`).

References:
    P. Deutsch, RFC 1950-1952 (zlib, DEFLATE, gzip), 1996.
    M. Burrows and D. Wheeler, A block-sorting lossless data compression algorithm, 1994 (bz2).
    L. Collin and I. Pavlov, The .xz file format, version 1.1.0, 2022.
    Y. Collet and M. Kucherawy, RFC 8878 (Zstandard), 2021.
    J. Alakuijala and Z. Szabadka, RFC 7932 (Brotli), 2016.
    D. Shkarin, PPM: one step to practicality, DCC 2002 (PPMd variant H).
"""

from __future__ import annotations

import bz2
import lzma
import zlib
from dataclasses import dataclass
from typing import Any, ClassVar

from complexity import _leb128
from complexity._bytecodec import (
    MAX_BYTES,
    ByteCodec,
    check_bound,
    check_end,
    check_size,
    decompressed,
)
from complexity.code import DecodeError
from complexity.errors import integer

__all__ = [
    "MAX_BYTES",
    "Brotli",
    "ByteCodec",
    "Bz2",
    "Deflate",
    "Gzip",
    "Lzma",
    "Lzma2",
    "Ppmd",
    "Raw",
    "Xz",
    "Zlib",
    "Zstd",
]

_XZ_MEMORY = 96 << 20  # preset 9 decodes in 65 MiB; a damaged header may ask for 4 GiB
_ZSTD_WINDOW_LOG = 27  # the largest window that level 22 or long=true ever declares
_ZSTD_SLICE = 4096  # input bytes at a time: at most 128 MiB of output before the bound is checked
_BROTLI_SLICE = 1 << 20  # output bytes at a time
_PPMD_PAD = bytes(1 << 16)


@dataclass(frozen=True)
class Raw(ByteCodec):
    """The null code: the length as LEB128, then the bytes. Damage to the bytes goes unseen."""

    family = "raw"

    def _pack(self, data: bytes) -> bytes:
        return _leb128.write(len(data)) + data

    def _unpack(self, blob: bytes) -> bytes:
        length, start = _leb128.read(blob, 0, "the length")
        check_size(length, len(blob) - start)
        return blob[start:]


@dataclass(frozen=True)
class Zlib(ByteCodec):
    """DEFLATE with a 2-byte header and an Adler-32, which finds damage to the data.

    Args:
        level: effort, 0 (stored) to 9.
    """

    level: int = 9
    family = "zlib"
    _window_bits: ClassVar[int] = 15

    def __post_init__(self) -> None:
        integer("level", self.level, 0, 9)

    def _pack(self, data: bytes) -> bytes:
        packer = zlib.compressobj(self.level, zlib.DEFLATED, self._window_bits)
        return packer.compress(data) + packer.flush()

    def _unpack(self, blob: bytes) -> bytes:
        return decompressed(zlib.decompressobj(self._window_bits), blob, zlib.error)


@dataclass(frozen=True)
class Gzip(Zlib):
    """DEFLATE as a gzip file: 10-byte header with no name and time 0, CRC-32 and length behind.

    The header's time and system bytes are under no checksum: damage there goes unseen and harms
    nothing.

    Args:
        level: effort, 0 (stored) to 9.
    """

    family = "gzip"
    _window_bits: ClassVar[int] = 31  # zlib's own gzip header, whose time is 0


@dataclass(frozen=True)
class Deflate(Zlib):
    """Raw DEFLATE: no header and no checksum; much damage goes unseen.

    Args:
        level: effort, 0 (stored) to 9.
    """

    family = "deflate"
    _window_bits: ClassVar[int] = -15


@dataclass(frozen=True)
class Bz2(ByteCodec):
    """Burrows-Wheeler block sorting; every block has a CRC-32, and so has the stream.

    Args:
        level: block size in units of 100 kB, 1 to 9.
    """

    level: int = 9
    family = "bz2"

    def __post_init__(self) -> None:
        integer("level", self.level, 1, 9)

    def _pack(self, data: bytes) -> bytes:
        return bz2.compress(data, self.level)

    def _unpack(self, blob: bytes) -> bytes:
        return decompressed(bz2.BZ2Decompressor(), blob, OSError, EOFError)


@dataclass(frozen=True)
class Xz(ByteCodec):
    """LZMA2 in an .xz file, with CRC-32 on its headers and CRC-64 on the data.

    The dictionary is no larger than the data needs, which spares a short string 64 MiB.

    Args:
        preset: effort, 0 to 9.
        extreme: whether to search longer for little.
    """

    preset: int = 9
    extreme: bool = False
    family = "xz"
    _format: ClassVar[int] = lzma.FORMAT_XZ
    _filter: ClassVar[int] = lzma.FILTER_LZMA2

    def __post_init__(self) -> None:
        integer("preset", self.preset, 0, 9)

    def _pack(self, data: bytes) -> bytes:
        preset = self.preset | (lzma.PRESET_EXTREME if self.extreme else 0)
        chain: dict[str, Any] = {"id": self._filter, "preset": preset}
        window = max(4096, 1 << max(len(data) - 1, 0).bit_length())
        if window < _PRESET_WINDOWS[self.preset]:
            chain["dict_size"] = window
        return lzma.compress(data, format=self._format, filters=[chain])

    def _unpack(self, blob: bytes) -> bytes:
        reader = lzma.LZMADecompressor(format=self._format, memlimit=_XZ_MEMORY)
        return decompressed(reader, blob, lzma.LZMAError, EOFError)


_PRESET_WINDOWS = [
    1 << power for power in (18, 20, 21, 22, 22, 23, 23, 24, 25, 26)
]  # xz(1), -0..-9


@dataclass(frozen=True)
class Lzma(Xz):
    """LZMA in the legacy .lzma file: a 13-byte header and no checksum; some damage goes unseen.

    Args:
        preset: effort, 0 to 9.
        extreme: whether to search longer for little.
    """

    family = "lzma"
    _format: ClassVar[int] = lzma.FORMAT_ALONE
    _filter: ClassVar[int] = lzma.FILTER_LZMA1


@dataclass(frozen=True)
class Lzma2(Xz):
    """Raw LZMA2 as inside .xz: no header and no checksum; much damage goes unseen.

    Args:
        preset: effort, 0 to 9.
        extreme: whether to search longer for little.
    """

    family = "lzma2"
    _format: ClassVar[int] = lzma.FORMAT_RAW

    def _unpack(self, blob: bytes) -> bytes:
        chain = [{"id": lzma.FILTER_LZMA2, "dict_size": _PRESET_WINDOWS[-1]}]
        reader = lzma.LZMADecompressor(format=self._format, filters=chain)
        return decompressed(reader, blob, lzma.LZMAError, EOFError)


@dataclass(frozen=True)
class Zstd(ByteCodec):
    """One Zstandard frame. It states the content size; without a checksum some damage goes unseen.

    Args:
        level: effort, 1 to 22.
        long: whether to match over 128 MiB (window_log 27) whatever the level.
    """

    level: int = 19
    long: bool = False
    family = "zstd"

    def __post_init__(self) -> None:
        integer("level", self.level, 1, 22)

    def _pack(self, data: bytes) -> bytes:
        import zstandard

        sized = {"source_size": len(data)} if data else {}  # 0 would mean "not known"
        if self.long:
            sized |= {"window_log": _ZSTD_WINDOW_LOG, "enable_ldm": True}
        parameters = zstandard.ZstdCompressionParameters.from_level(
            self.level, write_content_size=True, write_checksum=False, **sized
        )
        return zstandard.ZstdCompressor(compression_params=parameters).compress(data)

    def _unpack(self, blob: bytes) -> bytes:
        import zstandard

        reader = zstandard.ZstdDecompressor(max_window_size=1 << _ZSTD_WINDOW_LOG).decompressobj()
        out = bytearray()
        position = 0
        try:
            while position < len(blob) and not reader.eof:
                out += reader.decompress(blob[position : position + _ZSTD_SLICE])
                position += _ZSTD_SLICE
                check_bound(len(out))
        except zstandard.ZstdError as error:
            raise DecodeError(f"damaged: {error}") from None
        trailing = len(reader.unused_data) + max(len(blob) - position, 0)
        check_end(reader.eof, trailing)
        return bytes(out)


@dataclass(frozen=True)
class Brotli(ByteCodec):
    """Brotli, no container and no checksum: much damage goes unseen.

    Its built-in dictionary of 120 kB of web text makes it a biased judge of English and HTML.

    Args:
        quality: effort, 0 to 11.
        lgwin: log2 of the window in bytes, 10 to 24.
    """

    quality: int = 11
    lgwin: int = 24
    family = "brotli"

    def __post_init__(self) -> None:
        integer("quality", self.quality, 0, 11)
        integer("lgwin", self.lgwin, 10, 24)

    def _pack(self, data: bytes) -> bytes:
        import brotli

        return brotli.compress(data, quality=self.quality, lgwin=self.lgwin)

    def _unpack(self, blob: bytes) -> bytes:
        import brotli

        reader = brotli.Decompressor()
        out = bytearray()
        # The last byte alone: a stream that is over before it has other bytes behind.
        for index, part in enumerate((blob[:-1], blob[-1:])):
            if index and reader.is_finished():
                raise DecodeError("damaged: bytes follow the end of the stream")
            try:
                out += _drained(reader, part, len(out))
            except brotli.error as error:
                raise DecodeError(f"damaged, or bytes follow the stream: {error}") from None
        check_end(reader.is_finished(), 0)
        return bytes(out)


@dataclass(frozen=True)
class Ppmd(ByteCodec):
    """PPMd variant H as in 7-Zip: LEB128 length, CRC-32, range-coded bytes.

    The CRC-32 (4 bytes, little endian) covers the length and the coded bytes and is checked before
    they are decoded: the library's decoder is not memory-safe on a stream that ends early. It finds
    accidents, not malice: decode only codewords whose source you trust. The first byte of a 7-Zip
    range coder is always 0 and is left out. The domain is byte strings below 2 GiB.

    Args:
        order: longest context in bytes, 2 to 64.
        memory: bytes for the model, 1 MiB to 1 GiB; the model restarts when they are full.
    """

    order: int = 6
    memory: int = 16 << 20
    family = "ppmd"
    limit: ClassVar[int] = 2**31 - 1

    def __post_init__(self) -> None:
        integer("order", self.order, 2, 64)
        integer("memory", self.memory, 1 << 20, 1 << 30)

    def _pack(self, data: bytes) -> bytes:
        import pyppmd

        coder = pyppmd.Ppmd7Encoder(self.order, self.memory)
        stream = (coder.encode(data) + coder.flush())[1:]
        length = _leb128.write(len(data))
        return length + zlib.crc32(length + stream).to_bytes(4, "little") + stream

    def _unpack(self, blob: bytes) -> bytes:
        import pyppmd

        length, start = _leb128.read(blob, 0, "the length")
        stream = blob[start + 4 :]
        if len(stream) < 4:
            raise DecodeError(f"truncated: {len(blob)} bytes hold no PPMd stream")
        if zlib.crc32(blob[:start] + stream).to_bytes(4, "little") != blob[start : start + 4]:
            raise DecodeError("damaged or truncated: the CRC-32 does not match")
        if length > self.limit:
            raise DecodeError(f"damaged: the length {length} exceeds {self.limit}")
        if length == 0:  # the decoder takes 0 for "no limit"
            check_end(stream[:4] == bytes(4), len(stream) - 4)
            return b""
        decoder = pyppmd.Ppmd7Decoder(self.order, self.memory)
        try:
            data = decoder.decode(b"\0" + stream + _PPMD_PAD, length)
        except (ValueError, SystemError, pyppmd.PpmdError) as error:
            raise DecodeError(f"damaged: {error}") from None
        if len(data) != length or len(decoder.unused_data) != len(_PPMD_PAD):
            raise DecodeError("damaged: the PPMd stream does not end where it should")
        return data


def _drained(reader: Any, part: bytes, already: int) -> bytearray:
    """What a Brotli decompressor gives for `part`, a bounded piece at a time."""
    out = bytearray()
    piece = reader.process(part, output_buffer_limit=_BROTLI_SLICE)
    while piece:
        out += piece
        check_bound(already + len(out))
        piece = reader.process(b"", output_buffer_limit=_BROTLI_SLICE)
    return out
