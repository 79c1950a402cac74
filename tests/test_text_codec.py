"""Texts behind texts: the round trip, also in a fresh process, and what is said of damage."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("torch")
from complexity.code import DecodeError
from neural.tasks.text import story
from neural.text_codec import TextCodec, decode_text

TEXT = story(1100, seed=5).encode()
GIVEN, NEW = TEXT[:800], TEXT[800:] + b"\x00Z"  # values that were never seen, too
SMALL = TextCodec(hidden=8, epochs=1, streams=4, unroll=16, practice=100, online=8, order=3)


@pytest.fixture(scope="module")
def blob():
    return SMALL.encode(NEW, given=GIVEN)


def test_round_trip_in_a_fresh_process(blob, tmp_path):
    (tmp_path / "blob").write_bytes(blob)
    (tmp_path / "given").write_bytes(GIVEN)
    program = (
        "import pathlib, sys; from neural.text_codec import decode_text as d; "
        "r = lambda n: pathlib.Path(sys.argv[1], n).read_bytes(); "
        "pathlib.Path(sys.argv[1], 'out').write_bytes(d(r('blob'), given=r('given')))"
    )
    subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=True)
    assert (tmp_path / "out").read_bytes() == NEW
    assert len(blob) < len(NEW)


def test_round_trips_of_other_kinds():
    weights = SMALL.encode(NEW, given=GIVEN, weights=True, model=SMALL.train(GIVEN, NEW))
    assert decode_text(weights, given=GIVEN) == NEW
    for text, given in (
        (b"", b""),
        (b"a", b""),
        (b"", b"ab"),
        (b"hello", b"h"),
        (b"aaa", b"a" * 9),
    ):
        assert decode_text(SMALL.encode(text, given=given), given=given) == text
    untrained = replace(SMALL, epochs=0, practice=0)
    assert decode_text(untrained.encode(NEW, given=GIVEN), given=GIVEN) == NEW


def test_another_text_or_damage(blob):
    with pytest.raises(DecodeError, match="not the one it was encoded behind"):
        decode_text(blob, given=GIVEN[1:])
    for at in (0, 40, len(blob) // 2, len(blob) - 1):
        damaged = bytearray(blob)
        damaged[at] ^= 4
        with pytest.raises(DecodeError):
            decode_text(bytes(damaged), given=GIVEN)
    with pytest.raises(DecodeError):
        decode_text(blob[:-3], given=GIVEN)


def test_settings():
    with pytest.raises(ValueError, match="online"):
        TextCodec(online=0)
    with pytest.raises(ValueError, match="seed: got 18446744073709551616"):
        TextCodec(seed=1 << 64)
    for rate in (np.nan, "1e-3", -1.0, 10**400):
        with pytest.raises(ValueError, match="learning_rate: got"):
            TextCodec(learning_rate=rate)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["learning_rate", "online_rate", "mixing_rate"])
def test_the_greatest_rates_decode_and_greater_ones_are_refused(name):
    for rate in (1001, 1e38, 1e308):
        with pytest.raises(ValueError, match=f"{name}: got .*, accepted is .* 0 to 1000"):
            TextCodec(**{name: rate})
    codec = TextCodec(
        hidden=8, streams=2, unroll=16, practice=100, online=16, order=3, epochs=1, **{name: 1000}
    )
    text = TEXT[:300]
    assert decode_text(codec.encode(text, given=GIVEN, show=False), given=GIVEN, show=False) == text


def test_numbers_of_numpy_are_written():
    given: dict = {"hidden": np.int64(8), "order": np.int64(2), "learning_rate": np.float32(0.5)}
    blob = TextCodec(**given, epochs=0).encode(b"abc")
    assert blob == TextCodec(hidden=8, order=2, learning_rate=0.5, epochs=0).encode(b"abc")
    assert decode_text(blob) == b"abc"
