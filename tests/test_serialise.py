"""Front ends: every layout comes back exactly, stated bytes are what they are said to be."""

from __future__ import annotations

import laws
import numpy as np
import pytest
import strategies
from hypothesis import given, settings
from hypothesis import strategies as st

from complexity import ArrayCodec, DecodeError, StringCodec, TextCodec, get_code
from complexity.serialise import array_to_bytes, codec_for, to_bytes

MODERATE = settings(max_examples=60, deadline=None)


@MODERATE
@given(strategies.arrays())
def test_array_bytes(x):
    laws.check_round_trip(ArrayCodec("raw"), x)
    laws.check_length(ArrayCodec("raw"), x)


@MODERATE
@given(strategies.arrays(dtypes=("?",)), st.sampled_from(["?", "u1", "i8", "f4"]))
def test_array_packed(x, dtype):
    laws.check_round_trip(ArrayCodec("raw", layout="packed"), x.astype(dtype))


@MODERATE
@given(strategies.arrays())
def test_array_text(x):
    x = np.where(np.isnan(x), np.array(np.nan, x.dtype), x) if x.dtype.kind == "f" else x
    laws.check_round_trip(ArrayCodec("raw", layout="text"), np.asarray(x))


@MODERATE
@given(strategies.arrays(), st.sampled_from(["bytes", "text"]))
def test_known_shape_has_no_header(x, layout):
    x = np.asarray(np.nan_to_num(x)) if x.dtype.kind == "f" else x
    code = ArrayCodec("raw", layout=layout, shape=x.shape, dtype=x.dtype)
    laws.check_round_trip(code, x)
    assert code.encode(x) == get_code("raw").encode(array_to_bytes(x, layout))
    assert get_code(code.name) == code


@MODERATE
@given(strategies.symbol_strings())
def test_strings(x):
    laws.check_round_trip(StringCodec("raw"), x)


@pytest.mark.parametrize("layout", ["bytes", "packed", "text"])
def test_damaged_layouts(layout):
    for x in (np.zeros((2, 3), bool), np.ones(9, np.uint8), np.array(1.0)):
        laws.check_damage(ArrayCodec("raw", layout=layout), x, replacements=range(1, 256))


def test_damaged_strings_and_texts():
    for x in ("0110", "GATTACA", [1, -2, 1], "é☕"):
        laws.check_damage(StringCodec("raw"), x, replacements=range(1, 256))
    laws.check_damage(TextCodec("raw"), "é☕", replacements=range(1, 256))


def test_stated_bytes():
    grid = np.array([[True, False, True], [False, False, True]])
    assert array_to_bytes(grid) == bytes([1, 0, 1, 0, 0, 1])
    assert array_to_bytes(grid, "packed") == bytes([0b10100100])
    assert array_to_bytes(np.array([0.5, 0.5, 1.0]), "text") == b"0.5 0.5 1.0"
    assert array_to_bytes(np.array([1, 2], ">i2")) == bytes([1, 0, 2, 0])
    assert array_to_bytes(grid.T) == array_to_bytes(np.ascontiguousarray(grid.T))
    assert to_bytes(grid) == bytes([0, 2, 2, 3]) + array_to_bytes(grid)
    assert to_bytes("é") == b"\xc3\xa9"
    assert StringCodec("raw").encode("0110")[1:] == bytes([0, 2, 48, 49, 4, 0b01100000])
    assert StringCodec("raw").encode("GATTACA")[1:] == b"\0\4ACGT\7" + bytes(
        [0b10001111, 0b00010000]
    )


def test_big_endian_comes_back_native():
    x = np.arange(5, dtype=">i4")
    back = ArrayCodec("raw").decode(ArrayCodec("raw").encode(x))
    assert back.dtype == np.int32
    assert (back == x).all()
    back[0] = 7  # writable


def test_nan_payloads():
    x = np.array([0x7FF8000000000001, 0xFFF8000000000000], np.uint64).view(np.float64)
    laws.check_round_trip(ArrayCodec("zlib"), x)
    with pytest.raises(ValueError, match="NaN with a payload"):
        array_to_bytes(x, "text")


@pytest.mark.parametrize(
    "x", [np.array([None]), np.array(["a"]), np.array([1j]), np.zeros(2, "M8[s]"), np.longdouble(1)]
)
def test_other_dtypes_are_refused(x):
    if np.asarray(x).dtype == np.float64:
        pytest.skip("long double is double here")
    for layout in ("bytes", "packed", "text"):
        with pytest.raises(TypeError, match="dtype: got"):
            array_to_bytes(np.asarray(x), layout)


def test_refusals():
    with pytest.raises(ValueError, match="other than 0 and 1"):
        array_to_bytes(np.array([0, 2]), "packed")
    with pytest.raises(ValueError, match="other than 0 and 1"):
        array_to_bytes(np.array([-0.0]), "packed")
    with pytest.raises(ValueError, match="both or neither"):
        ArrayCodec("raw", shape=(3,))
    with pytest.raises(ValueError, match="got shape"):
        ArrayCodec("raw", shape=(3,), dtype=bool).encode(np.zeros(4, bool))
    with pytest.raises(TypeError, match="accepted is a NumPy array"):
        ArrayCodec("raw").encode([1, 2])
    with pytest.raises(TypeError, match="accepted is str"):
        TextCodec("raw").encode(b"a")
    with pytest.raises(ValueError, match="UTF-8"):
        TextCodec("raw").encode("\ud800")
    with pytest.raises(ValueError, match="300 distinct"):
        StringCodec("raw").encode(list(range(300)))
    laws.check_round_trip(StringCodec("raw"), [2**63 - 1, -(2**63)])
    for symbol in (2**63, -(2**63) - 1):
        with pytest.raises(ValueError, match="64 bits"):
            StringCodec("raw").encode([symbol])
    for x in (b"01", [0.5], ["a"], [True]):
        with pytest.raises(TypeError, match="x: got"):
            StringCodec("raw").encode(x)


@pytest.mark.parametrize("shape", [5, (2.5,), ("3",), (True,)])
def test_shapes_are_of_integers(shape):
    with pytest.raises(TypeError, match="shape: got"):
        ArrayCodec("raw", shape=shape, dtype="uint8")


def test_sizes_are_checked_before_memory_is_taken():
    huge = bytes([11, 2]) + b"\xff" * 8 + b"\x7f" + b"\xff" * 8 + b"\x7f"
    with pytest.raises(DecodeError, match="where shape and dtype say"):
        ArrayCodec("raw").decode(get_code("raw").encode(huge))
    with pytest.raises(DecodeError, match="do not take"):
        StringCodec("raw").decode(get_code("raw").encode(b"\0\1a" + b"\xff" * 8 + b"\x7f"))


def test_codec_for():
    assert codec_for(b"a", "zlib") == get_code("zlib")
    assert codec_for("a", "zlib") == TextCodec("zlib")
    assert codec_for(np.zeros(3), "zlib") == ArrayCodec("zlib")
    assert codec_for([1, 2], "zlib") == StringCodec("zlib")
    assert codec_for("0110", StringCodec("zlib")) == StringCodec("zlib")
    assert codec_for("0110", "ctw-bits") == get_code("ctw-bits")
    assert codec_for(np.eye(3), "template") == get_code("template")
    with pytest.raises(TypeError, match="'template', accepted is a codec of byte strings"):
        TextCodec("template")
    with pytest.raises(TypeError, match="accepted is bytes, str"):
        codec_for(3, "zlib")
    with pytest.raises(TypeError, match="x: got int"):
        to_bytes(3)
