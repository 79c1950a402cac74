"""Numbers of any size: codes of integers, precisions and messages beyond what a float holds."""

from __future__ import annotations

import math

import numpy as np
import pytest

from complexity.errors import integer, shown
from mdl import discrete, integers
from mdl.integers.log_star import log_star

HUGE = 10**5000  # Python writes no integer of so many digits
UNIVERSAL = ("elias-gamma", "elias-delta", "elias-omega", "fibonacci")
LINEAR = ("unary", "golomb", "rice")


@pytest.mark.parametrize("name", UNIVERSAL)
@pytest.mark.parametrize("number", [2**64, 2**64 + 1, HUGE], ids=["2^64", "beyond", "huge"])
def test_universal_codes_take_integers_of_any_size(name, number):
    code = integers.get(name)
    word = code.codeword(number)
    assert code.bits(number) == len(word)
    assert code.decode(code.encode(number)) == number


@pytest.mark.parametrize("name", LINEAR)
@pytest.mark.parametrize("number", [10**400, HUGE], ids=["10^400", "huge"])
def test_what_takes_more_bits_than_a_float_holds_is_named(name, number):
    code = integers.get(name)
    size = number.bit_length()
    for call in (code.bits, code.codeword, code.encode):
        with pytest.raises(ValueError, match=f"^x: got an integer of {size} bits.* elias-delta"):
            call(number)
    assert code.bits(2**1000) == pytest.approx(2.0**1000 / max(code.parameter, 1))


@pytest.mark.parametrize("name", [*UNIVERSAL, *LINEAR, "leb128", "log-star", "truncated-binary"])
def test_a_huge_integer_out_of_range_is_named(name):
    with pytest.raises(ValueError, match=r"^x: got an integer of 16610 bits, accepted is"):
        integers.get(name).bits(-HUGE)


def test_leb128_names_what_is_too_long():
    with pytest.raises(ValueError, match=r"^x: got an integer of 16610 bits, accepted are"):
        integers.get("leb128").bits(HUGE)


def test_messages_write_small_integers_out():
    assert shown(2**256 - 1) == str(2**256 - 1)
    assert shown(-(2**256)) == "an integer of 257 bits"
    with pytest.raises(ValueError, match="n: got -5, accepted is an integer from 0 to 9"):
        integer("n", -5, 0, 9)


@pytest.mark.parametrize("n", [math.inf, math.nan, 0.5])
def test_log_star_ends(n):
    with pytest.raises(ValueError, match="n: got"):
        log_star(n)


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.longdouble])
def test_precisions_take_numpy_numbers_of_any_width(kind):  # warnings are errors
    assert integers.optimal_precision(kind(4), np.int64(300)) == 0.1
    twice = integers.parameter_bits(4, 300, width=kind(2))
    assert twice == pytest.approx(integers.parameter_bits(4, 300) + 1)


@pytest.mark.parametrize("width", [1e-300, 1.0, 1e300, 1.7e308])
def test_the_bits_of_a_parameter_of_any_range(width):
    step = math.sqrt(12 / 1200)
    least = math.log2(width) - math.log2(step) + math.log2(math.e) / 2  # the docstring's formula
    rounding = 1200 * width * width / 24 * math.log2(math.e)  # of a range within one step
    expected = rounding if width < step else least
    assert integers.parameter_bits(4, 300, width=width) == pytest.approx(expected)
    assert integers.parameter_bits(0, 300, width=width) == 0


class Column:
    """What becomes an array by itself, as a pandas Series."""

    def __array__(self, dtype=None, copy=None):
        return np.array([0, 2, 1, 1], dtype)


def test_letters_may_be_the_column_of_a_table():
    code = discrete.Multinomial(3)
    assert code.describe(Column()).total_bits == code.describe([0, 2, 1, 1]).total_bits
    with pytest.raises(TypeError, match="got int64, accepted is a sequence"):
        code.describe(np.int64(1))
