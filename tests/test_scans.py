"""Scans: against the interleaving of bits, the published curve, and what a Hilbert curve is."""

from __future__ import annotations

import math

import laws
import numpy as np
import pytest
import strategies
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from complexity import ArrayCodec, DecodeError, get_code, scan_order
from complexity.scans import ORDERS
from complexity.serialise import array_to_bytes

SHAPES = hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=9)
CUBES = [(2,), (4, 4), (16, 16), (32, 32), (4, 4, 4), (8, 8, 8), (4, 4, 4, 4), (2,) * 6]


def coordinates(shape: tuple[int, ...], order: str) -> np.ndarray:
    """(n, dimensions), in the order of the scan."""
    return np.stack(np.unravel_index(scan_order(shape, order), shape), axis=1)


def morton(cell: tuple[int, ...]) -> int:
    """The bits of the coordinates interleaved, from the definition."""
    levels = range(20, -1, -1)
    return int("".join(str(side >> level & 1) for level in levels for side in cell), 2)


@settings(max_examples=60, deadline=None)
@given(shape=SHAPES, order=st.sampled_from(ORDERS))
def test_every_cell_once(shape, order):
    assert sorted(scan_order(shape, order)) == list(range(math.prod(shape)))


@settings(max_examples=30, deadline=None)
@given(shape=hnp.array_shapes(min_dims=1, max_dims=4, max_side=9))
def test_z_order_is_the_interleaving_of_bits(shape):
    keys = [morton(cell) for cell in coordinates(shape, "z").tolist()]
    assert keys == sorted(keys)


@pytest.mark.parametrize("shape", CUBES)
def test_a_hilbert_curve_goes_from_neighbour_to_neighbour(shape):
    steps = np.abs(np.diff(coordinates(shape, "hilbert"), axis=0)).sum(axis=1)
    assert (steps == 1).all()


@pytest.mark.parametrize("shape", CUBES)
def test_a_hilbert_curve_fills_cube_after_cube(shape):
    """Every run of 2^(d k) cells from a multiple of it on is a cube of side 2^k."""
    cells, d = coordinates(shape, "hilbert"), len(shape)
    for k in range(shape[0].bit_length()):
        runs = (cells >> k).reshape(-1, 2 ** (d * k), d)
        assert (runs == runs[:, :1]).all()


def test_the_published_curve():
    """Hilbert's figures 1 and 2, as hilbertcurve 2.0.5 and numpy-hilbert-curve 1.0.1 give them."""
    first = [(0, 0), (0, 1), (1, 1), (1, 0)]
    second = [(0, 0), (1, 0), (1, 1), (0, 1), (0, 2), (0, 3), (1, 3), (1, 2)]
    second += [(2, 2), (2, 3), (3, 3), (3, 2), (3, 1), (2, 1), (2, 0), (3, 0)]
    for curve in (first, second):
        side = math.isqrt(len(curve))
        ours = list(map(tuple, coordinates((side, side), "hilbert").tolist()))
        assert ours in (curve, [cell[::-1] for cell in curve])


@settings(max_examples=30, deadline=None)
@given(shape=st.tuples(st.integers(1, 20), st.integers(1, 20)), order=st.sampled_from(ORDERS[1:]))
def test_other_sides_restrict_the_curve_of_the_cube(shape, order):
    side = 1 << (max(shape) - 1).bit_length()
    if 1 in shape:  # the curve in one dimension
        assert scan_order(shape, order).tolist() == list(range(max(shape)))
        return
    whole = [c for c in coordinates((side, side), order).tolist() if (np.array(c) < shape).all()]
    assert coordinates(shape, order).tolist() == whole


def test_locality():
    """Points of the plane curve between which it covers an area s are at most sqrt(6 s) apart.

    K. E. Bauman, The dilation factor of the Peano-Hilbert curve, Math. Notes 80, 2006. The centres
    of cells s steps apart lie within s + 1 cells of the curve; a row of 64 cells is 63 long.
    """
    cells = coordinates((64, 64), "hilbert")
    for apart in (1, 4, 16, 64, 256, 1000):
        squared = ((cells[apart:] - cells[:-apart]) ** 2).sum(axis=1).max()
        assert math.sqrt(squared) <= math.sqrt(6 * (apart + 1))
    raster = coordinates((64, 64), "raster")
    assert ((raster[63] - raster[0]) ** 2).sum() > 6 * 64


def test_long_arrays_take_little():
    for shape in ((2, 100_000), (1, 3, 1, 50_000), (10**5,)):
        assert scan_order(shape, "hilbert").size == math.prod(shape)


def test_scans_are_kept_and_read_only():
    order = scan_order((30, 20), "hilbert")
    assert scan_order((30, 20), "hilbert") is order
    with pytest.raises(ValueError, match="read-only"):
        order[0] = 1


def test_bad_arguments():
    with pytest.raises(ValueError, match="did you mean 'hilbert'"):
        scan_order((2, 2), "hilbet")
    with pytest.raises(ValueError, match="shape: got -1"):
        scan_order((2, -1), "z")
    with pytest.raises(TypeError, match=r"shape: got 2\.5"):
        scan_order((2.5,), "z")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="known: raster, hilbert, z"):
        get_code("array:order=peano")


@settings(max_examples=40, deadline=None)
@given(x=strategies.arrays(), order=st.sampled_from(ORDERS))
def test_arrays_come_back(x, order):
    code = ArrayCodec("raw", order=order)
    laws.check_round_trip(code, x)
    laws.check_length(code, x)
    assert get_code(code.name) == code
    known = ArrayCodec("raw", order=order, shape=x.shape, dtype=x.dtype)
    laws.check_round_trip(known, x)


def test_items_lie_along_the_scan():
    x = np.arange(16, dtype=np.uint8).reshape(4, 4)
    data = ArrayCodec("raw", order="hilbert").encode(x)
    assert data[-16:] == scan_order((4, 4), "hilbert").astype(np.uint8).tobytes()
    bits = x % 3 == 0
    known = ArrayCodec("raw", layout="packed", order="z", shape=(4, 4), dtype=bool)
    packed = array_to_bytes(bits.ravel()[scan_order((4, 4), "z")], "packed")
    assert known.encode(bits) == get_code("raw").encode(packed)


def test_damage_along_a_scan():
    for x in (np.eye(3, dtype=bool), np.zeros((0, 7)), np.array(2.5)):
        laws.check_damage(ArrayCodec("raw", order="hilbert"), x, replacements=range(1, 256))
    huge = bytes([11, 2]) + b"\xff" * 8 + b"\x7f" + b"\xff" * 8 + b"\x7f"
    with pytest.raises(DecodeError, match="where shape and dtype say"):
        ArrayCodec("raw", order="hilbert").decode(get_code("raw").encode(huge))
