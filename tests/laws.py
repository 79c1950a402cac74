"""The laws of codes, as checks that any test applies to any code.

Each takes a code and an object (or several) and raises AssertionError where the law is broken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from typing import Any

import networkx as nx
import numpy as np

from complexity.code import DecodeError
from complexity.envelope import pack, unpack


def same(a: Any, b: Any) -> bool:
    """Equality of type and value; arrays bit by bit, so that a NaN equals itself; graphs node by
    node and edge by edge, with all attributes."""
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        bytewise = np.ascontiguousarray(a).tobytes() == np.ascontiguousarray(b).tobytes()
        return a.shape == b.shape and a.dtype == b.dtype and bytewise
    if isinstance(a, nx.Graph) and isinstance(b, nx.Graph):
        return type(a) is type(b) and nx.utils.graphs_equal(a, b)
    return type(a) is type(b) and a == b


def check_round_trip(code: Any, x: Any) -> None:
    """Law 1: decoding gives the object back, exactly."""
    blob = code.encode(x)
    assert isinstance(blob, bytes), f"{code.name}: encode gave {type(blob).__name__}"
    back = code.decode(blob)
    assert same(back, x), f"{code.name}: {x!r} came back as {back!r}"


def check_length(code: Any, x: Any) -> None:
    """Law 2: bits(x) <= 8 len(encode(x)) <= bits(x) + overhead."""
    bits, actual = code.bits(x), 8 * len(code.encode(x))
    assert bits <= actual <= bits + code.overhead, f"{code.name}: {bits} bits, {actual} coded"
    if code.kind == "file":
        assert bits == actual, f"{code.name}: a file of {actual} bits is called {bits}"


def check_prefix_free(code: Any, x: Any) -> None:
    """Bytes behind a codeword are rejected, so no codeword begins another."""
    blob = code.encode(x)
    for tail in (b"\0", b"\xff", b"junk", blob):
        if tail:
            error = _rejection(code.decode, blob + tail)
            assert error is not None, f"{code.name}: took {tail!r} behind the codeword of {x!r}"


def check_kraft(code: Any, domain: Iterable[Any]) -> None:
    """Law 3: over distinct objects, the sum of 2^-bits is at most 1, and codewords are distinct."""
    total, codewords, count = 0.0, set(), 0
    for x in domain:
        total += 2.0 ** -code.bits(x)
        codewords.add(code.encode(x))
        count += 1
    assert total <= 1 + 1e-9, f"{code.name}: the Kraft sum is {total}"
    assert len(codewords) == count, f"{code.name}: {count - len(codewords)} codewords coincide"


def check_damage(code: Any, x: Any, *, replacements: Iterable[int] = (1, 0x80, 0xFF)) -> None:
    """Law 4: a damaged or truncated codeword raises DecodeError or gives an object of the domain.

    Args:
        code: a codec.
        x: an object with a short codeword: every byte is damaged.
        replacements: what each byte is combined with by exclusive or; `range(1, 256)` for all.
    """
    blob = code.encode(x)
    for damaged in _damages(blob, replacements):
        if _rejection(code.decode, damaged) is None:
            value = code.decode(damaged)
            assert same(code.decode(code.encode(value)), value), f"{code.name}: {value!r}"
    for end in range(len(blob)):
        error = _rejection(code.decode, blob[:end])
        assert error is not None, f"{code.name}: {end} of {len(blob)} bytes were taken for all"


def check_only_codewords(code: Any, examples: Iterable[Any], blobs: Iterable[bytes]) -> None:
    """Law 4, codes with one codeword for each object: what decodes is what encoding it gives.

    Args:
        code: a codec.
        examples: objects, whose codewords are damaged.
        blobs: other bytes to try.
    """
    damaged = (b for x in examples for b in _damages(code.encode(x), (1, 0x10, 0x80, 0xFF)))
    for blob in (*blobs, *damaged):
        if _rejection(code.decode, blob) is None:
            value = code.decode(blob)
            again = code.encode(value)
            assert again == blob, f"{code.name}: {blob!r} and {again!r} decode to {value!r}"


def check_damaged_file(payload: bytes, *, replacements: Iterable[int] = (1, 0x80, 0xFF)) -> None:
    """Law 4, files: in the envelope every damage is found."""
    blob = pack(payload, kind="law", meta={"name": "x"})
    cut = (blob[:end] for end in range(len(blob)))
    for damaged in (*_damages(blob, replacements), *cut, blob + b"\0", blob + blob):
        assert _rejection(unpack, damaged) is not None, f"{damaged!r} passed for {blob!r}"


def check_determinism(code: Any, x: Any, *, threads: int = 4) -> None:
    """Law 5: the same bits and bytes again, and from several threads at once."""
    expected = (code.bits(x), code.encode(x))
    assert (code.bits(x), code.encode(x)) == expected, f"{code.name}: a second call differs"
    with ThreadPoolExecutor(threads) as pool:
        runs = [pool.submit(lambda: (code.bits(x), code.encode(x))) for _ in range(2 * threads)]
        decoded = [pool.submit(code.decode, expected[1]) for _ in range(2 * threads)]
        assert all(run.result() == expected for run in runs), f"{code.name}: threads differ"
        assert all(same(run.result(), x) for run in decoded), (
            f"{code.name}: threads decode otherwise"
        )


def all_byte_strings(length: int) -> Iterator[bytes]:
    """Every byte string of up to this length."""
    for size in range(length + 1):
        yield from map(bytes, product(range(256), repeat=size))


def all_bit_strings(length: int) -> Iterator[str]:
    """Every string of the characters 0 and 1 of up to this length."""
    for size in range(length + 1):
        yield from map("".join, product("01", repeat=size))


def _damages(blob: bytes, replacements: Iterable[int]) -> Iterator[bytes]:
    for position, change in product(range(len(blob)), tuple(replacements)):
        yield blob[:position] + bytes([blob[position] ^ change]) + blob[position + 1 :]


def _rejection(decode: Callable[[bytes], Any], blob: bytes) -> DecodeError | None:
    """The DecodeError for `blob`, None if it is taken; any other exception breaks the law."""
    try:
        decode(blob)
    except DecodeError as error:
        if str(error):
            return error
        raise AssertionError("the DecodeError does not say what is wrong") from error
    except Exception as error:
        raise AssertionError(f"{blob!r} raised {error!r}, not DecodeError") from error
    return None
