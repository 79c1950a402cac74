"""A hundred thousand mutated codewords: decoders return an object or raise DecodeError, no more."""

from __future__ import annotations

import numpy as np
import pytest
import strategies

import complexity
from complexity.code import Codec, DecodeError

BLOBS = 100_000
CODECS = [
    name
    for name in complexity.codes(available=True)
    if isinstance(complexity.get_code(name), Codec)
]


def mutated(blob: bytes, other: bytes, rng: np.random.Generator) -> bytes:
    """One to four edits: bytes changed, bits flipped, cut, repeated, dropped, spliced."""
    data = bytearray(blob)
    for _ in range(rng.integers(1, 5)):
        size = len(data)
        a, b = sorted(rng.integers(0, size + 1, 2).tolist())
        match rng.integers(0, 7):
            case 0 if size:
                data[rng.integers(size)] = rng.integers(256)
            case 1 if size:
                data[rng.integers(size)] ^= 1 << int(rng.integers(8))
            case 2:
                del data[b:]
            case 3:
                del data[a:b]
            case 4:
                data[a:a] = data[a:b]
            case 5:
                data[a:a] = rng.bytes(int(rng.integers(1, 9)))
            case _:
                data[a:] = other[a:]
    return bytes(data)


@pytest.mark.parametrize("name", CODECS)
def test_mutated_codewords(name):
    code = complexity.get_code(name)
    examples = strategies.EXAMPLES[complexity.codes()[name].domain]
    blobs = [code.encode(x) for x in examples]
    rng = np.random.default_rng(sum(name.encode()))
    decoded, messages = 0, set()
    for _ in range(-(-BLOBS // len(CODECS))):
        first, second = rng.integers(0, len(blobs), 2)
        blob = mutated(blobs[first], blobs[second], rng)
        try:
            x = code.decode(blob)
        except DecodeError as error:
            messages.add(str(error))
        else:
            decoded += 1
            again = code.encode(x)
            assert code.encode(code.decode(again)) == again
    # the mutations bite, and what is refused is told why
    assert decoded < BLOBS // len(CODECS)
    assert messages
    assert "" not in messages
