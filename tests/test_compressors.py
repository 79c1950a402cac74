"""Compressors against the libraries' own decoders, sizes that are known, and hostile input."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zlib

import pytest
import zstandard

import complexity
from complexity import DecodeError

SAMPLES = [b"", b"a", b"to be or not to be, " * 200, bytes(range(256)) * 3]


def by_zstandard(blob: bytes) -> bytes:
    return zstandard.ZstdDecompressor().decompress(blob)


def by_raw_lzma2(blob: bytes) -> bytes:
    chain = [{"id": lzma.FILTER_LZMA2, "dict_size": 1 << 26}]
    return lzma.decompress(blob, format=lzma.FORMAT_RAW, filters=chain)


def by_brotli(blob: bytes) -> bytes:
    return pytest.importorskip("brotli").decompress(blob)


def by_ppmd(blob: bytes) -> bytes:
    """7-Zip's stream without our length and CRC-32, with the first byte that is always 0."""
    pyppmd = pytest.importorskip("pyppmd")
    end = next(i for i, byte in enumerate(blob) if byte < 128) + 1
    length = sum((byte & 127) << 7 * i for i, byte in enumerate(blob[:end]))
    if length == 0:
        return b""
    return pyppmd.Ppmd7Decoder(6, 16 << 20).decode(b"\0" + blob[end + 4 :], length)


@pytest.mark.parametrize(
    ("name", "decompress"),
    [
        ("zlib", zlib.decompress),
        ("gzip", gzip.decompress),
        ("bz2", bz2.decompress),
        ("xz", lzma.decompress),
        ("xz:extreme=true", lzma.decompress),
        ("lzma", lambda blob: lzma.decompress(blob, format=lzma.FORMAT_ALONE)),
        ("deflate", lambda blob: zlib.decompress(blob, -15)),
        ("lzma2", by_raw_lzma2),
        ("zstd", by_zstandard),
        ("zstd:22,long=true", by_zstandard),
        ("brotli", by_brotli),
        ("ppmd", by_ppmd),
    ],
)
def test_libraries_read_our_bytes(name, decompress):
    if not complexity.codes()[name.partition(":")[0]].available:
        pytest.skip("not installed")
    for x in SAMPLES:
        assert decompress(complexity.get_code(name).encode(x)) == x


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("raw", 1),
        ("zlib", 8),
        ("deflate", 2),
        ("bz2", 14),
        ("xz", 32),
        ("lzma2", 1),
        ("zstd", 9),
        ("brotli", 1),
        ("ppmd", 9),
    ],
)
def test_bytes_of_the_empty_string(name, size):
    if not complexity.codes()[name].available:
        pytest.skip("not installed")
    assert len(complexity.get_code(name).encode(b"")) == size


@pytest.mark.parametrize("x", SAMPLES)
def test_a_fitted_dictionary_costs_nothing(x):
    assert len(complexity.get_code("xz").encode(x)) == len(lzma.compress(x, preset=9))


def test_gzip_has_no_time():
    assert complexity.get_code("gzip").encode(b"a")[4:8] == bytes(4)


@pytest.mark.parametrize("x", ["text", 3, None, [1, 2]])
def test_other_types_are_refused(x):
    with pytest.raises(TypeError, match=r"accepted is bytes.*TextCodec"):
        complexity.get_code("xz").encode(x)
    with pytest.raises(TypeError, match="accepted is bytes"):
        complexity.get_code("xz").decode(x)


def test_bytes_like_are_taken():
    code = complexity.get_code("zlib")
    assert code.encode(bytearray(b"abc")) == code.encode(memoryview(b"abc")) == code.encode(b"abc")


def test_a_false_content_size_takes_no_memory():
    # RFC 8878: magic, descriptor (8-byte content size, single segment), size 2^40, last raw block
    frame = b"\x28\xb5\x2f\xfd" + bytes([0xE0]) + (2**40).to_bytes(8, "little") + b"\1\0\0"
    with pytest.raises(DecodeError, match="damaged"):
        complexity.get_code("zstd").decode(frame)


def test_a_false_dictionary_size_takes_no_memory():
    blob = bytearray(complexity.get_code("lzma").encode(b"abc" * 100))
    blob[1:5] = (0xFFFFFFFF).to_bytes(4, "little")
    with pytest.raises(DecodeError, match="damaged"):
        complexity.get_code("lzma").decode(bytes(blob))


@pytest.mark.parametrize("name", ["zlib", "bz2", "xz", "zstd", "brotli"])
def test_a_bomb_stops_at_the_bound(name, monkeypatch):
    if not complexity.codes()[name].available:
        pytest.skip("not installed")
    blob = complexity.get_code(name).encode(bytes(3_000_000))
    monkeypatch.setattr("complexity._bytecodec.MAX_BYTES", 1_000_000)
    with pytest.raises(DecodeError, match="more than 1000000 bytes"):
        complexity.get_code(name).decode(blob)


def test_too_long_is_refused(monkeypatch):
    monkeypatch.setattr("complexity.compressors.Raw.limit", 3)
    with pytest.raises(ValueError, match="accepted are at most 3"):
        complexity.get_code("raw").encode(b"abcd")


def test_ppmd_survives_a_stream_that_ends_early():
    # A right CRC-32 over a short stream: what the CRC cannot catch must not reach unmapped memory.
    pytest.importorskip("pyppmd")
    code = complexity.get_code("ppmd")
    blob = code.encode(b"hello world, " * 300)
    stream = blob[2 + 4 :]
    for end in range(4, len(stream)):
        cut = stream[:end]
        crc = zlib.crc32(blob[:2] + cut).to_bytes(4, "little")
        with pytest.raises(DecodeError):
            code.decode(blob[:2] + crc + cut)


@pytest.mark.parametrize("x", [bytes(5_000_000), bytes(range(256)) * 12_000])
def test_brotli_gives_more_than_a_slice(x):
    pytest.importorskip("brotli")
    code = complexity.get_code("brotli:5")
    assert code.decode(code.encode(x)) == x
