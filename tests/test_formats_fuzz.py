"""A hundred thousand mutated pattern files: a pattern or a PatternError of one line, no more."""

from __future__ import annotations

import random

import numpy as np
import pytest

from simulations.automata import formats
from simulations.automata.formats import FORMATS, Pattern, PatternError, apgcode
from simulations.automata.formats.files import _decode_macrocell

FILES = {"rle": 27_500, "cells": 25_000, "life106": 25_000, "macrocell": 10_000, "npz": 2_500}
"""Format -> how many of its files are mutated."""

CODES = 10_000

LETTERS = b"0123456789 ,.:=-+*#!$\nbopyzABXOxyTRGNw"


def examples(name: str) -> list[bytes]:
    """Small files, some of them with all that the format knows."""
    rng = np.random.default_rng(11)
    glider = np.array([[0, 1, 0], [0, 0, 1], [1, 1, 1]])
    soup = rng.integers(0, 2, (9, 21))
    patterns = [Pattern(glider, name="Glider", author="R. K. Guy", comments=("a", "b"))]
    patterns += [Pattern(soup, corner=(-7, 40), generation=5)]
    if FORMATS[name].rules:
        patterns += [Pattern(glider, "B36/S23", "T30,20"), Pattern(soup, "345/2/4", "P9")]
    if FORMATS[name].states > 2:
        patterns.append(Pattern(rng.integers(0, 256, (4, 5)), "W", metadata={"seed": 3}))
    return [formats.encode(pattern, name) for pattern in patterns]


def mutated(blob: bytes, other: bytes, rng: random.Random) -> bytes:
    """One to three edits: bytes changed, cut, repeated, dropped, put in, spliced."""
    data = bytearray(blob)
    for _ in range(rng.randrange(1, 4)):
        size = len(data)
        a, b = sorted((rng.randrange(size + 1), rng.randrange(size + 1)))
        kind = rng.randrange(7)
        if kind == 0 and size:
            data[rng.randrange(size)] = rng.randrange(256)
        elif kind == 1 and size:
            data[rng.randrange(size)] = rng.choice(LETTERS)
        elif kind == 2:
            del data[b:]
        elif kind == 3:
            del data[a:b]
        elif kind == 4:
            data[a:a] = data[a : min(b, a + 20)]
        elif kind == 5:
            data[a:a] = bytes(rng.choices(LETTERS, k=rng.randrange(1, 6)))
        else:
            data[a:] = other[a:]
    return bytes(data)


def test_as_many_as_promised():
    assert sum(FILES.values()) + CODES >= 100_000


@pytest.mark.parametrize("name", FILES)
def test_mutated_files(name):
    rng, blobs = random.Random(name), examples(name)
    suffix = ".cells" if name == "cells" else ""
    decoded, reasons = 0, set()
    for i in range(FILES[name]):
        blob = mutated(rng.choice(blobs), rng.choice(blobs), rng)
        try:
            pattern = formats.decode(blob, suffix)
            if name in ("rle", "macrocell") and i % 8 == 0:
                _decode_macrocell(blob, suffix)
        except PatternError as error:
            reasons.add(str(error))
        else:
            decoded += 1
            if i % 8 == 0 and pattern.cells.size < 10_000 and pattern.cells.max(initial=0) < 2:
                again = formats.decode(formats.encode(pattern, "rle"))
                assert np.array_equal(again.cells, pattern.cells)
    # the mutations bite, and what is refused is told why
    assert 0 < decoded < FILES[name]
    assert len(reasons) > 1
    assert not any("\n" in reason for reason in reasons)


def test_mutated_apgcodes():
    rng = random.Random(5)
    blobs = [b"xs6_696", b"xq4_153", b"xp15_4r4z4r4", b"xp2_y81zyzyzy71w3x"]
    decoded, reasons = 0, set()
    for _ in range(CODES):
        code = mutated(rng.choice(blobs), rng.choice(blobs), rng).decode("latin-1")
        try:
            pattern = apgcode.decode(code)
        except PatternError as error:
            reasons.add(str(error))
        else:
            decoded += 1
            assert pattern.cells.size < 10**6
    assert 0 < decoded < CODES
    assert not any("\n" in reason for reason in reasons)
