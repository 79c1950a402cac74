"""The coarse picture against SciPy, exact fractions and brute force."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import ndimage

from simulations.coffee import PUBLISHED, CoarseGraining
from simulations.coffee.coarse import RULES, published_grain

MODERATE = settings(deadline=None, max_examples=60)
HALF = Fraction(1, 2)


@st.composite
def cups(draw, *, largest: int = 1, dtypes=(np.uint8, np.int32, np.int64)) -> np.ndarray:
    n = draw(st.integers(1, 9))
    return draw(hnp.arrays(draw(st.sampled_from(dtypes)), (n, n), elements=st.integers(0, largest)))


def odd_grain(draw, n: int) -> int:
    return draw(st.integers(0, (n - 1) // 2)) * 2 + 1


# Plain statements, in exact fractions


def windows(cells: np.ndarray, coarse: CoarseGraining) -> list[list[list[int]]]:
    """The cells that each window holds, as the docstring of CoarseGraining puts it."""
    n, grain = len(cells), coarse.grain
    assert grain is not None
    if coarse.window == "blocks":
        starts = range(0, n, grain)
        spans = [range(start, min(start + grain, n)) for start in starts]
    else:
        spans = [range(i - grain // 2, i + grain // 2 + 1) for i in range(n)]
    if coarse.window == "sliding":
        place = {
            "truncate": lambda i: [i] if 0 <= i < n else [],
            "periodic": lambda i: [i % n],
            "nearest": lambda i: [min(max(i, 0), n - 1)],
        }[coarse.edge]
        spans = [[j for i in span for j in place(i)] for span in spans]
    return [[[int(cells[y, x]) for y in rows for x in cols] for cols in spans] for rows in spans]


def bucket(value: Fraction, levels: int, rounding: str) -> int:
    """The bucket of a mean from 0 to 1 (above counts as 1)."""
    value = min(value, Fraction(1))
    if rounding == "nearest":  # halves up
        return math.floor(value * (levels - 1) + HALF)
    if rounding == "ceil":
        return math.ceil(value * (levels - 1))
    inside = [i for i in range(levels) if Fraction(i, levels) < value <= Fraction(i + 1, levels)]
    return inside[0] if inside else 0


def plain_picture(cells: np.ndarray, coarse: CoarseGraining) -> list[list[int]]:
    return [
        [
            bucket(Fraction(sum(held), len(held) * coarse.maximum), coarse.levels, coarse.rounding)
            for held in row
        ]
        for row in windows(cells, coarse)
    ]


@st.composite
def settings_and_cups(draw):
    cells = draw(cups(largest=draw(st.sampled_from([1, 3, 255]))))
    n = len(cells)
    window = draw(st.sampled_from(["sliding", "blocks"]))
    coarse = CoarseGraining(
        grain=odd_grain(draw, n) if window == "sliding" else draw(st.integers(1, n)),
        window=window,
        edge=draw(st.sampled_from(["truncate", "periodic", "nearest"])),
        levels=draw(st.integers(2, 64)),
        rounding=draw(st.sampled_from(["nearest", "ceil", "interval"])),
        adjustment="none",
        maximum=draw(st.sampled_from([1, 2, 3])),
    )
    return cells, coarse


@settings(deadline=None, max_examples=200)
@given(case=settings_and_cups())
def test_pictures_are_the_exact_ones(case):
    cells, coarse = case
    picture = coarse.picture(cells)
    assert picture.dtype == np.uint8
    assert picture.tolist() == plain_picture(cells, coarse)


def test_the_plain_windows_are_right_on_a_small_case():
    """The oracle itself, by hand."""
    cells = np.array([[1, 0, 0], [0, 0, 0], [0, 0, 1]])
    truncated = windows(cells, CoarseGraining(grain=3))
    assert [len(held) for row in truncated for held in row] == [4, 6, 4, 6, 9, 6, 4, 6, 4]
    assert sum(truncated[0][0]) == 1
    assert sum(truncated[1][1]) == 2
    assert sum(windows(cells, CoarseGraining(grain=3, edge="periodic"))[0][0]) == 2
    assert sum(windows(cells, CoarseGraining(grain=3, edge="nearest"))[0][0]) == 4
    assert windows(cells, CoarseGraining(grain=2, window="blocks"))[1][1] == [1]


@MODERATE
@given(data=st.data())
@pytest.mark.parametrize(("edge", "mode"), [("periodic", "wrap"), ("nearest", "nearest")])
def test_window_means_are_those_of_scipy(edge, mode, data):
    """64 levels by "ceil" and by "nearest" bracket the mean to 1/126 or better."""
    cells = data.draw(cups())
    grain = odd_grain(data.draw, len(cells))
    means = ndimage.uniform_filter(cells.astype(float), grain, mode=mode)
    shared = {"grain": grain, "edge": edge, "levels": 64, "adjustment": "none"}
    nearest = CoarseGraining(rounding="nearest", **shared).picture(cells) / 63
    above = CoarseGraining(rounding="ceil", **shared).picture(cells) / 63
    tolerance = 1e-9
    assert np.all(np.abs(nearest - means) <= 1 / 126 + tolerance)
    assert np.all((above >= means - tolerance) & (above < means + 1 / 63 + tolerance))


# Rounding


@pytest.mark.parametrize("levels", [2, 3, 4, 7, 8, 64])
@pytest.mark.parametrize("rounding", ["nearest", "ceil", "interval"])
def test_every_count_of_one_window(levels, rounding):
    """A single block of 4 x 4 holds k of 16: exact halves and exact borders are among them."""
    coarse = CoarseGraining(4, "blocks", levels=levels, rounding=rounding, adjustment="none")
    borders = 0
    for held in range(17):
        cells = (np.arange(16) < held).astype(np.uint8).reshape(4, 4)
        value = Fraction(held, 16)
        borders += (2 * value * (levels - 1)).denominator == 1
        assert coarse.picture(cells).tolist() == [[bucket(value, levels, rounding)]]
    assert borders >= 2


@pytest.mark.parametrize("levels", range(3, 64, 2))
def test_equilibrium_is_a_centre_for_nearest_and_a_border_for_ceil(levels):
    """At density 1/2 the noise of one cell in 62 x 62 moves a "ceil" picture and no other."""
    n = 62
    cells = (np.arange(n * n) % 2).reshape(n, n)
    more, less = cells.copy(), cells.copy()
    more[0, 0] = 1
    less[0, 1] = 0
    values = {}
    for rounding in ("nearest", "ceil"):
        coarse = CoarseGraining(n, "blocks", levels=levels, rounding=rounding, adjustment="none")
        values[rounding] = [int(coarse.picture(cup)[0, 0]) for cup in (less, cells, more)]
    middle = (levels - 1) // 2
    assert values == {"nearest": [middle] * 3, "ceil": [middle, middle, middle + 1]}


@given(cells=cups())
@MODERATE
@pytest.mark.parametrize("rounding", ["nearest", "ceil", "interval"])
@pytest.mark.parametrize("window", ["sliding", "blocks"])
def test_one_cell_and_two_levels_are_the_identity(rounding, window, cells):
    coarse = CoarseGraining(1, window, levels=2, rounding=rounding, adjustment="none")
    assert coarse.picture(cells).tolist() == cells.tolist()


@pytest.mark.parametrize(
    ("size", "grain"), [(2, 1), (4, 1), (10, 3), (16, 3), (32, 5), (100, 9), (128, 11), (1000, 31)]
)
def test_the_published_grain(size, grain):
    """round(sqrt(size)), less one if that is even: by hand."""
    assert published_grain(size) == grain
    assert CoarseGraining().for_size(size).grain == grain


def test_a_uniform_cup_is_uniform_whatever_the_choices():
    for window, edge, rounding, adjustment in itertools.product(
        ("sliding", "blocks"),
        ("truncate", "periodic", "nearest"),
        ("nearest", "ceil", "interval"),
        RULES,
    ):
        coarse = CoarseGraining(3, window, edge, 7, rounding, adjustment)
        for value in (0, 1):
            assert set(coarse.picture(np.full((8, 8), value)).ravel().tolist()) == {6 * value}


# Adjustments

PICTURES = hnp.arrays(
    np.uint8, hnp.array_shapes(min_dims=2, max_dims=2, max_side=7), elements=st.integers(0, 4)
)
LEVELS = 5


def majorities(row: list[int]) -> set[int]:
    counts = Counter(row)
    return {value for value, count in counts.items() if count == max(counts.values())}


@MODERATE
@given(picture=PICTURES)
def test_paper_adjustment(picture):
    """A cell within one threshold of its row's majority takes the majority value."""
    adjusted = RULES["paper"](picture, LEVELS)
    for row, new in zip(picture.tolist(), adjusted.tolist(), strict=True):
        assert new in [
            [majority if abs(cell - majority) <= 1 else cell for cell in row]
            for majority in majorities(row)
        ]


@MODERATE
@given(picture=PICTURES)
def test_published_code_adjustment(picture):
    """A row whose largest and smallest value are at most one step apart becomes its majority."""
    adjusted = RULES["published-code"](picture, LEVELS)
    for row, new in zip(picture.tolist(), adjusted.tolist(), strict=True):
        if max(row) - min(row) <= 1:
            assert new in [[majority] * len(row) for majority in majorities(row)]
        else:
            assert new == row


def viterbi_cost(row, new, above) -> tuple[int, int]:
    """Neighbours that differ plus cells that differ from above; then how many cells moved."""
    along = sum(a != b for a, b in itertools.pairwise(new))
    down = 0 if above is None else sum(a != b for a, b in zip(new, above, strict=True))
    return along + down, sum(a != b for a, b in zip(row, new, strict=True))


@settings(deadline=None, max_examples=100)
@given(picture=PICTURES)
def test_viterbi_adjustment_is_optimal(picture):
    """Against all choices of the values within one bucket, given the row above as adjusted."""
    adjusted = RULES["viterbi"](picture, LEVELS).tolist()
    for y, row in enumerate(picture.tolist()):
        above = adjusted[y - 1] if y else None
        choices = [[v for v in (cell - 1, cell, cell + 1) if 0 <= v < LEVELS] for cell in row]
        best = min(viterbi_cost(row, choice, above) for choice in itertools.product(*choices))
        assert viterbi_cost(row, adjusted[y], above) == best
        assert all(new in allowed for new, allowed in zip(adjusted[y], choices, strict=True))


@pytest.mark.parametrize("name", RULES)
def test_adjustments_leave_their_argument_alone(name):
    picture = np.array([[0, 1, 1, 2], [3, 3, 4, 4]], np.uint8)
    before = picture.copy()
    RULES[name](picture, LEVELS)
    np.testing.assert_array_equal(picture, before)


def test_the_adjustments_differ_where_they_should():
    row = np.array([[0, 1, 1, 3]], np.uint8)
    assert RULES["none"](row, 4).tolist() == [[0, 1, 1, 3]]
    assert RULES["paper"](row, 4).tolist() == [[1, 1, 1, 3]]
    assert RULES["published-code"](row, 4).tolist() == [[0, 1, 1, 3]]
    assert RULES["viterbi"](row, 4).tolist() == [[1, 1, 1, 3]]


@pytest.mark.parametrize("name", RULES)
def test_pictures_are_adjusted_as_asked(name):
    cells = np.random.default_rng(1).integers(0, 2, (12, 12))
    plain = CoarseGraining(3, adjustment="none").picture(cells)
    assert len(np.unique(plain)) > 3
    adjusted = CoarseGraining(3, adjustment=name).picture(cells)
    np.testing.assert_array_equal(adjusted, RULES[name](plain, 7))


def test_the_published_measurements():
    """Sections 5 and 6 of the paper, and its code: buckets, rounding and adjustment."""
    facts = {
        name: (coarse.levels, coarse.rounding, coarse.adjustment, coarse.edge, coarse.window)
        for name, coarse in PUBLISHED.items()
    }
    assert facts == {
        "three-bucket": (3, "interval", "none", "truncate", "sliding"),
        "seven-bucket-code": (7, "ceil", "published-code", "truncate", "sliding"),
        "seven-bucket-paper": (7, "ceil", "paper", "truncate", "sliding"),
    }


# Serialisation


def serialised(how: str, values, scale: int) -> bytes:
    return CoarseGraining(serialisation=how).serialise(np.asarray(values), scale)


def test_serialisations_to_the_byte():
    picture = [[0, 6, 3], [1, 2, 5]]
    assert serialised("bytes", picture, 6) == b"\x00\x06\x03\x01\x02\x05"
    # 000 110 011 001 010 101, then six zeros to fill the byte
    assert serialised("packed", picture, 6) == bytes([0b00011001, 0b10010101, 0b01000000])
    cells = [[1, 0], [1, 1]]
    assert serialised("bytes", cells, 1) == b"\x01\x00\x01\x01"
    assert serialised("packed", cells, 1) == bytes([0b10110000])
    assert serialised("text", cells, 1) == b"1.0 0.0 1.0 1.0"
    assert serialised("text", [[0, 1], [2, 4]], 4) == b"0.0 0.25 0.5 1.0"
    assert serialised("text", [[0, 3], [300, 1]], 1) == b"0.0 3.0 300.0 1.0"


@MODERATE
@given(data=st.data(), top=st.integers(1, 63))
def test_packed_is_decoded_by_numpy(data, top):
    """Each value takes ceil(log2 levels) bits, most significant first."""
    shape = st.tuples(st.integers(1, 9), st.integers(1, 9))
    values = data.draw(hnp.arrays(np.uint8, shape, elements=st.integers(0, top)))
    width = math.ceil(math.log2(top + 1))
    blob = serialised("packed", values, top)
    assert len(blob) == math.ceil(values.size * width / 8)
    bits = np.unpackbits(np.frombuffer(blob, np.uint8))
    numbers = bits[: values.size * width].reshape(-1, width) @ (1 << np.arange(width)[::-1])
    np.testing.assert_array_equal(numbers, values.ravel())
    assert not bits[values.size * width :].any()


@MODERATE
@given(data=st.data(), scale=st.integers(1, 63))
def test_text_and_bytes_are_read_back(data, scale):
    values = data.draw(hnp.arrays(np.uint8, (3, 4), elements=st.integers(0, scale)))
    text = serialised("text", values, scale).decode()
    assert [Fraction(float(word) * scale).limit_denominator(1) for word in text.split(" ")] == [
        Fraction(value) for value in values.ravel().tolist()
    ]
    assert serialised("bytes", values, scale) == bytes(values.ravel().tolist())


def test_what_a_serialisation_cannot_hold():
    with pytest.raises(ValueError, match='"packed" holds values to 1, got 3'):
        serialised("packed", [[0, 3]], 1)
    with pytest.raises(ValueError, match='"bytes" holds values to 255, got 256; use "text"'):
        serialised("bytes", [[0, 256]], 1)
    assert serialised("bytes", [[255]], 1) == b"\xff"


def test_views_are_serialised_in_reading_order():
    values = np.arange(6, dtype=np.uint8).reshape(2, 3)
    for how in ("bytes", "packed", "text"):
        assert serialised(how, values.T, 6) == serialised(how, values.T.copy(), 6)


# Errors


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"grain": 4}, r"grain: got 4, .* odd side for sliding windows.*blocks"),
        ({"grain": 0}, "grain: got 0, accepted is an integer at least 1"),
        ({"levels": 1}, "levels: got 1, accepted is an integer from 2 to 64"),
        ({"levels": 65}, "levels: got 65"),
        ({"maximum": 0}, "maximum: got 0"),
        ({"window": "slidin"}, "window: unknown 'slidin'; known: .* mean 'sliding'"),
        ({"edge": "periodical"}, "edge: unknown .* did you mean 'periodic'"),
        ({"rounding": "ceiling"}, "rounding: unknown .* known: nearest, ceil, interval; .*'ceil'"),
        ({"adjustment": "papr"}, "adjustment: unknown .* did you mean 'paper'"),
        ({"serialisation": "byte"}, "serialisation: unknown .* did you mean 'bytes'"),
    ],
)
def test_bad_choices(arguments, message):
    with pytest.raises(ValueError, match=message):
        CoarseGraining(**arguments)


@pytest.mark.parametrize("arguments", [{"grain": 3.0}, {"levels": True}, {"maximum": "1"}])
def test_bad_types(arguments):
    with pytest.raises(TypeError, match=next(iter(arguments))):
        CoarseGraining(**arguments)


def test_blocks_take_even_grains():
    assert CoarseGraining(4, "blocks").picture(np.ones((8, 8), int)).shape == (2, 2)
    assert CoarseGraining(3, "blocks").picture(np.ones((8, 8), int)).shape == (3, 3)


def test_a_grain_larger_than_the_cup():
    with pytest.raises(ValueError, match="grain: got 9, accepted is at most the cup's size 8"):
        CoarseGraining(9).for_size(8)
    with pytest.raises(ValueError, match="grain: got 9"):
        CoarseGraining(9).picture(np.zeros((8, 8), int))
    assert CoarseGraining(7).picture(np.ones((7, 7), int)).tolist() == [[6] * 7] * 7


@pytest.mark.parametrize(
    "cells",
    [
        np.zeros((4, 6), int),
        np.zeros(4, int),
        np.zeros((0, 0), int),
        np.zeros((4, 4)),
        np.full((4, 4), -1),
    ],
)
def test_cells_that_are_no_cup(cells):
    with pytest.raises(ValueError, match="cells: got"):
        CoarseGraining(1).picture(cells)


def test_numpy_integers_become_json():
    coarse = CoarseGraining(grain=np.int64(3), levels=np.uint8(5), maximum=np.int32(2))
    assert {type(coarse.to_dict()[name]) for name in ("grain", "levels", "maximum")} == {int}
    assert coarse == CoarseGraining(grain=3, levels=5, maximum=2)
