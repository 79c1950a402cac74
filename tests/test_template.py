"""The array code against its definition in Fractions, sums over trees, laws of fields, theorems."""

from __future__ import annotations

import hashlib
import math
import os
from collections import defaultdict
from fractions import Fraction
from functools import cache
from itertools import product
from pathlib import Path

import laws
import numpy as np
import pytest
import strategies
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

import complexity
from complexity import DecodeError, get_code
from complexity.context._arithmetic import sequential_bits
from complexity.template import Template
from complexity.template import _cells as cells_of
from complexity.template import _kernels as kernels
from complexity.template._field import CellModel, causal_neighbours

DATA = Path(os.environ.get("COMPLEXODYNAMICS_DATA", "nowhere")) / "isbi2012_em"
Visits = list[tuple[str, int]]
"""Contexts, the bit that decides first at the left, and the bits seen in them."""


@cache
def kt(zeros: int, ones: int) -> Fraction:
    """The Krichevsky-Trofimov estimate, from its definition."""
    odd = [math.prod(range(1, 2 * count, 2)) for count in (zeros, ones)]
    return Fraction(odd[0] * odd[1], 2 ** (zeros + ones) * math.factorial(zeros + ones))


def estimate(visits: Visits) -> Fraction:
    ones = sum(bit for _, bit in visits)
    return kt(len(visits) - ones, ones)


def weighted(visits: Visits, depth: int, level: int = 0) -> Fraction:
    """P_w = 1/2 P_e + 1/2 P_w0 P_w1, and P_e at the greatest depth."""
    if not visits or level == depth:
        return estimate(visits)
    sides = [[v for v in visits if v[0][level] == side] for side in "01"]
    split = math.prod((weighted(side, depth, level + 1) for side in sides), start=Fraction(1))
    return (estimate(visits) + split) / 2


def trees(depth: int) -> list[tuple[int, list[str]]]:
    """Every context tree as Gamma and its leaves."""
    if depth == 0:
        return [(0, [""])]
    split = [
        (1 + a + b, ["0" + s for s in left] + ["1" + s for s in right])
        for (a, left), (b, right) in product(trees(depth - 1), repeat=2)
    ]
    return [(1, [""]), *split]


def nearest(sides: tuple[int, ...], number: int) -> list[tuple[int, ...]]:
    """Causal neighbours by sorting all there are; nearest first, then the latest in C order."""
    every = product(*(range(-side + 1, side) for side in sides))
    causal = [o for o in every if o < (0,) * len(sides)]
    return sorted(causal, key=lambda o: (sum(c * c for c in o), [-c for c in o]))[:number]


def cell_probability(cells: np.ndarray, width: int, depth: int, *, planes: bool) -> Fraction:
    """The product over the trees of the prefixes of a cell; the context is the neighbours' bits."""
    visits: dict[tuple, Visits] = defaultdict(list)
    offsets = nearest(cells.shape, -(-depth // width))
    for place in np.ndindex(cells.shape):
        context = ""
        for offset in offsets:
            other = tuple(np.add(place, offset))
            inside = all(0 <= c < side for c, side in zip(other, cells.shape, strict=True))
            context += f"{cells[other] if inside else 0:0{width}b}"
        context = context.ljust(depth, "0")
        bits = f"{cells[place]:0{width}b}"
        for j, bit in enumerate(bits):
            visits[place[0] if planes else 0, bits[:j]].append((context, int(bit)))
    return math.prod((weighted(v, depth) for v in visits.values()), start=Fraction(1))


def body_bits(code: Template, x: np.ndarray) -> float:
    return code.bits(x) - 8 * len(code._cells(x).header.to_bytes())


def all_bits(shape: tuple[int, ...]) -> list[np.ndarray]:
    size = math.prod(shape)
    return [np.array(bits, bool).reshape(shape) for bits in product((0, 1), repeat=size)]


@pytest.mark.parametrize("sides", [(1, 9), (5, 5), (2, 7), (3, 3, 3), (2, 2, 2, 3)])
def test_neighbours_are_the_nearest_before(sides):
    for number in (0, 1, 4, 9, 24):
        assert causal_neighbours(sides, number) == nearest(sides, number)
    compass = [(0, -1), (-1, 0), (-1, 1), (-1, -1), (0, -2), (-2, 0)]
    assert causal_neighbours((9, 9), 6) == compass


@pytest.mark.parametrize("depth", [0, 1, 2, 3])
@pytest.mark.parametrize("shape", [(2, 2), (2, 3), (3, 2), (3, 3)])
def test_definition_on_all_arrays(shape, depth):
    code = Template(depth)
    for x in all_bits(shape):
        p = cell_probability(x.astype(int), 1, depth, planes=False)
        assert abs(body_bits(code, x) + math.log2(p)) < 1e-9, x


def test_sum_over_trees():
    """P_w is the sum over all context trees T of 2^-Gamma(T) times the product of its leaves."""
    for x in all_bits((3, 3))[::17]:
        padded, visits = np.pad(x.astype(int), ((1, 0), (1, 1))), []
        for i, j in np.ndindex(3, 3):
            w, n, ne = padded[i + 1, j], padded[i, j + 1], padded[i, j + 2]
            visits.append((f"{w}{n}{ne}", int(x[i, j])))
        total = Fraction(0)
        for gamma, leaves in trees(3):
            at = [[v for v in visits if v[0].startswith(leaf)] for leaf in leaves]
            total += Fraction(1, 2**gamma) * math.prod(map(estimate, at))
        assert abs(body_bits(Template(3), x) + math.log2(total)) < 1e-9


@pytest.mark.parametrize("shape", [(7, 5), (2, 2, 2, 2), (3, 1, 4, 3), (4, 6, 3), (30,), ()])
@pytest.mark.parametrize("depth", [4, 9])
def test_definition_in_any_dimensions(shape, depth):
    x = np.random.default_rng(depth).random(shape) < 0.3
    sides = tuple(side for side in shape if side > 1)
    moved = np.moveaxis(x.reshape(sides), -1, 0) if len(sides) > 2 and sides[-1] < 5 else x
    cells = moved.reshape([side for side in moved.shape if side > 1] or [1]).astype(int)
    p = cell_probability(cells, 1, depth, planes=False)
    assert abs(body_bits(Template(depth), x) + math.log2(p)) < 1e-9


@settings(max_examples=40, deadline=None)
@given(x=strategies.bit_strings(), depth=st.integers(0, 64))
def test_one_dimension_is_ctw(x, depth):
    code = get_code("ctw-bits", depth=depth)
    empty = code.bits(np.zeros(0, np.uint8)) if not x.size else 0
    header = empty or 8 * -(-x.size.bit_length() // 7)
    assert body_bits(Template(depth), x) == pytest.approx(code.bits(x) - header, abs=1e-9)


@pytest.mark.parametrize(("values", "width"), [([-3, 7, 9], 2), ([0, 1, 2, 3, 4, 5, 6], 3)])
def test_definition_of_alphabets(values, width):
    x = np.random.default_rng(width).choice(values, (6, 7)).astype(np.int32)
    header = cells_of.Header(
        x.dtype, x.shape, cells_of.ALPHABET, alphabet=tuple(range(len(values)))
    )
    indices = np.searchsorted(values, x).astype(np.uint8)
    p = cell_probability(indices, width, 7, planes=False)
    model = CellModel(header.sides, width, 7, predict=False)
    assert abs(sequential_bits(model, indices.ravel(), width) + math.log2(p)) < 1e-9
    if width == 2:  # too few for a prediction: no other way
        assert abs(body_bits(Template(7), x) + math.log2(p)) < 1e-9


def test_definition_of_planes():
    x = np.random.default_rng(0).integers(0, 300, (3, 4)).astype(np.int16)
    steps = np.diff(x.ravel().astype(int) + 2**15, prepend=0) % 2**16
    steps = np.where(steps < 2**15, 2 * steps, 2 * (2**16 - steps) - 1).reshape(3, 4)
    lengths = []
    for keys in (x.astype(int) + 2**15, steps):
        planes = np.stack([keys >> 8, keys & 255])
        lengths.append(-math.log2(cell_probability(planes, 8, 12, planes=True)))
    assert abs(body_bits(Template(12), x) - min(lengths)) < 1e-9


def level(activity: int) -> int:
    bounds = [0, 1, 2, 3, 4, 6, 8, 11, 15, 20, 27, 36, 50, 70, 100]
    return sum(activity > bound for bound in bounds)


def error_class(error: int) -> int:
    size = abs(error)
    grade = 0 if not size else 1 if size <= 2 else 2 if size <= 8 else 3
    return 2 * grade - (error < 0) if size else 0


def predicted_probability(cells: np.ndarray, width: int, depth: int) -> Fraction:
    """The plain statement of the coding of magnitudes, for arrays with two or three sides."""
    grid = cells if cells.ndim == 3 else cells[None]
    top = 2**width - 1
    value, guessed, wrong = defaultdict(int), defaultdict(int), defaultdict(int)
    sums, counts, visits = defaultdict(int), defaultdict(int), defaultdict(list)
    for s, i, j in np.ndindex(grid.shape):
        w, n, nw, ne = (value[s, i, j - 1], value[s, i - 1, j], value[s, i - 1, j - 1],
                        value[s, i - 1, j + 1])  # fmt: skip
        said = [w, n, w + n - nw, w + ne - n, n + ne - value[s, i - 2, j + 1]]
        if cells.ndim == 3:
            u = value[s - 1, i, j]
            said += [u, w + u - value[s - 1, i, j - 1], n + u - value[s - 1, i - 1, j]]
        around = [(s, i, j - 1), (s, i - 1, j), (s, i - 1, j - 1), (s, i - 1, j + 1)]
        weights = [
            2**24 // (1 + sum(wrong[k, place] for place in around) ** 2) for k in range(len(said))
        ]
        mean = Fraction(sum(map(math.prod, zip(weights, said, strict=True))), sum(weights))
        p = min(max(math.floor(mean + Fraction(1, 2)), 0), top)
        errors = [abs(value[place] - guessed[place]) for place in around]
        activity = 2 * errors[0] + 2 * errors[1] + errors[2] + errors[3]
        activity += abs(w - nw) + abs(n - nw) + abs(n - ne)
        beyond = (n, w, nw, ne, 2 * n - value[s, i - 2, j], 2 * w - value[s, i, j - 2])
        kind = (*(v > p for v in beyond), level(activity // 2))
        if counts[kind]:
            shift = math.floor(Fraction(sums[kind], counts[kind]) + Fraction(1, 2))
            p = min(max(p + shift, 0), top)
        context = f"{level(activity // 2):04b}"
        if cells.ndim == 3:
            context += f"{error_class(u - guessed[s - 1, i, j]):03b}"
        context += f"{error_class(w - guessed[s, i, j - 1]):03b}{p:08b}"
        x = int(grid[s, i, j])
        ranked = sorted(range(top + 1), key=lambda v, p=p: (abs(v - p), v > p))
        symbol = ranked.index(x)
        bits = f"{symbol:0{width}b}"
        for k, bit in enumerate(bits):
            visits[bits[:k]].append((context.ljust(depth, "0"), int(bit)))
        value[s, i, j], guessed[s, i, j] = x, p
        for k, guess in enumerate(said):
            wrong[k, (s, i, j)] = abs(x - min(max(guess, 0), top))
        sums[kind], counts[kind] = sums[kind] + x - p, counts[kind] + 1
    return math.prod((weighted(v, depth) for v in visits.values()), start=Fraction(1))


def waves(shape: tuple[int, ...], top: int) -> np.ndarray:
    """Smooth, with noise, and with both ends of the range."""
    phase = sum(np.ogrid[tuple(slice(side) for side in shape)])
    noise = np.random.default_rng(len(shape)).normal(0, 0.05, shape)
    return np.clip((np.sin(phase / 3) * 0.6 + 0.5 + noise) * top, 0, top).astype(np.uint8)


@pytest.mark.parametrize(("shape", "width"), [((9, 11), 8), ((7, 6), 4), ((3, 5, 6), 8)])
@pytest.mark.parametrize("depth", [0, 5, 14])
def test_definition_of_predictions(shape, width, depth):
    x = waves(shape, 2**width - 1)
    p = predicted_probability(x, width, depth)
    model = CellModel(shape, width, depth, predict=True)
    assert abs(sequential_bits(model, x.ravel(), width) + math.log2(p)) < 1e-9


@pytest.mark.parametrize("top", [3, 15, 255])
def test_folding_is_a_permutation(top):
    for guess in range(top + 1):
        folded = [kernels._fold(cell, guess, top) for cell in range(top + 1)]
        assert sorted(folded) == list(range(top + 1))
        assert [kernels._unfold(number, guess, top) for number in folded] == list(range(top + 1))


@pytest.mark.parametrize("shape", [(1,), (4, 3), (3, 3), (2, 2, 2), (2, 1, 2, 2), (2, 6)])
@pytest.mark.parametrize("depth", [0, 6, 32])
def test_probabilities_sum_to_one(shape, depth):
    total = math.fsum(2 ** -body_bits(Template(depth), x) for x in all_bits(shape))
    assert abs(total - 1) < 1e-9


def test_probabilities_of_magnitudes_sum_to_one():
    """Over all arrays of four numbers below 8, by prediction."""
    total = 0.0
    for values in product(range(8), repeat=4):
        model = CellModel((2, 2), 3, 18, predict=True)
        total += 2 ** -sequential_bits(model, np.array(values, np.uint8), 3)
    assert abs(total - 1) < 1e-9


def test_kraft_over_shapes_and_values():
    shapes = [(), (1,), (2,), (3,), (1, 1), (1, 2), (2, 1), (2, 2), (2, 3), (3, 2), (0,), (0, 2)]
    domain = [x for shape in shapes for x in all_bits(shape)]
    domain += [np.array(v, np.uint8).reshape(2, 2) for v in product(range(4), repeat=4)]
    laws.check_kraft(Template(), domain)


def directed_field(side: int, seed: int) -> tuple[np.ndarray, float, float]:
    """P(1 | W, N) = .05, .5, .5, .95 for no, one, two ones; -log2 of the array's probability under
    this law, and the sum of the conditional entropies along it.
    """
    ones, uniform = (0.05, 0.5, 0.95), np.random.default_rng(seed).random((side, side)).tolist()
    x = [[0] * (side + 1) for _ in range(side + 1)]
    length = entropy = 0.0
    for i, j in product(range(side), repeat=2):
        p = ones[x[i + 1][j] + x[i][j + 1]]
        bit = int(uniform[i][j] < p)
        x[i + 1][j + 1] = bit
        length -= math.log2(p if bit else 1 - p)
        entropy -= p * math.log2(p) + (1 - p) * math.log2(1 - p)
    return np.array(x, np.uint8)[1:, 1:], length, entropy


def redundancy(n: int) -> float:
    """Of a source whose four contexts are W and N, at most: Gamma, and 1/2 log2 m + 1 for each.

    Willems, Shtarkov and Tjalkens 1995, theorem 2; Gamma = 2 |S| - 1 where the tree may be deeper.
    """
    return 2 * 4 - 1 + 4 * (math.log2(n / 4) / 2 + 1)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_field_with_known_entropy(seed):
    x, length, entropy = directed_field(512, seed)
    bits = body_bits(Template(), x)
    assert bits <= length + redundancy(x.size)
    assert bits >= length - 30  # of all fields, one of 2^30 is coded shorter
    assert abs(bits / entropy - 1) < 0.02
    for spec in ("array(xz):layout=packed", "array(ctw):layout=packed", "array(cm):layout=packed"):
        assert get_code(spec).bits(x) > 1.1 * bits


def test_a_field_that_a_row_says_nothing_of():
    """Columns are chains that flip with probability 1/10: a row by itself is fair coins."""
    flips = np.random.default_rng(0).random((512, 512)) < 0.1
    x = np.logical_xor.accumulate(flips, axis=0)
    length = -(flips.sum() * math.log2(0.1) + (~flips).sum() * math.log2(0.9))
    assert length - 30 <= body_bits(Template(), x) <= length + redundancy(x.size)
    chance = (1 - 0.8 ** np.arange(1, 513)) / 2  # of a one in each row
    rows = 512 * -(chance * np.log2(chance) + (1 - chance) * np.log2(1 - chance)).sum()
    assert rows > 2.1 * length
    assert get_code("ctw-bits").bits(x.ravel()) > 0.99 * rows


def test_noise_costs_what_it_must():
    rng = np.random.default_rng(1)
    bits = rng.random((400, 400)) < 0.5
    assert 160_000 < body_bits(Template(), bits) < 160_000 + 14
    octets = rng.integers(0, 256, (150, 150), dtype=np.uint8)
    trees_of_a_byte = 255 * (math.log2(22_500) / 2 + 2)  # KT at every prefix, and its root's share
    assert 22_500 * 8 - 30 < body_bits(Template(), octets) < 22_500 * 8 + trees_of_a_byte


CONTENTS = {
    "bits": np.random.default_rng(0).random((300, 400)) < 0.1,
    "ones and zeros of floats": np.eye(40),
    "bytes": np.random.default_rng(0).integers(0, 256, (60, 70), dtype=np.uint8),
    "magnitudes": waves((200, 150), 255),
    "colours": np.stack([waves((40, 50), 255)] * 3, axis=-1),
    "a constant": np.full((50, 60), -7.25),
    "two values": np.where(np.eye(30) > 0, np.nan, -0.0),
    "few values": np.random.default_rng(0).choice([-1000, 3, 10**12], (40, 40)),
    "levels": np.random.default_rng(0).integers(0, 100, (30, 50)).astype(np.int64),
    "walks": np.random.default_rng(0).normal(size=(40, 50)).cumsum(axis=1),
    "counts": np.arange(3000, dtype=np.int32).reshape(50, 60),
    "half floats": np.random.default_rng(0).normal(size=900).astype(np.float16),
    "many axes": np.random.default_rng(0).integers(0, 9, (2,) * 11 + (3,), dtype=np.uint8),
}


@pytest.mark.parametrize("content", CONTENTS)
def test_every_content(content):
    x = CONTENTS[content]
    for code in (Template(), Template(0), Template(13), Template(64)):
        blob = code.encode(x)
        assert 0 <= 8 * len(blob) - code.bits(x) <= code.overhead
        assert laws.same(code.decode(blob), x)


def test_every_content_is_reached():
    headers = [Template()._cells(x).header for x in CONTENTS.values()]
    assert {header.content for header in headers} == set(range(5))
    assert {header.predict for header in headers} == {False, True}


@pytest.mark.parametrize(
    "x",
    [
        np.array([3, 3, 9, 3]),
        np.array([[1, 2], [200, 4]], np.uint8),
        np.array([1, 500, -70], np.int16),
        np.full((2, 2), 0.5),
        waves((3, 4), 7),
    ],
)
def test_damage_of_every_content(x):
    laws.check_damage(Template(), x, replacements=range(1, 256))


def test_only_codewords_decode():
    """Of all bodies of one byte, those decode that are codewords of the 2 by 2 arrays."""
    head = bytes([0, 2, 2, 2, 0])
    taken = set()
    for body in range(256):
        try:
            x = Template().decode(head + bytes([body]))
        except DecodeError:
            continue
        assert Template().encode(x) == head + bytes([body])
        taken.add(x.tobytes())
    shortest = {x.tobytes() for x in all_bits((2, 2)) if len(Template().encode(x)) == 6}
    assert taken == shortest
    assert shortest


def test_absurd_sizes_are_refused_early():
    rejected = [
        (bytes([0, 2]) + b"\xff" * 8 + b"\x7f" + b"\xff" * 8 + b"\x7f\0", "an array of shape"),
        (bytes([0, 1, 0x80, 0x80, 0x80, 0x20, 0, 1, 2]), "hold no"),
        (bytes([2, 1, 4, 12, 1]), "unknown form"),
        (bytes([2, 1, 4, 4, 0]), "an alphabet of 0"),
        (bytes([2, 1, 4, 4, 1, 0x80, 2]), "the symbol 256 is no uint8"),
        (bytes([2, 1, 4, 4, 1, 9, 9]), "follow the header"),
        (bytes([2, 1, 4, 4, 1, 1]), "not the header"),
        (bytes([2, 1, 0, 0]), "follow"),
    ]
    for blob, says in rejected:
        with pytest.raises(DecodeError, match=says):
            Template().decode(blob)


def test_codewords_are_the_same_everywhere():
    """Codewords that every platform has to give, bit for bit: integers make up the input."""
    i, j = np.ogrid[:60, :70]
    smooth = ((i * i + 3 * j) // 7 % 251 + (i * 31 + j * 17) % 5).astype(np.uint8)
    bits = (i * j // 40 + (i * 7919 + j * 104729) % 11 // 10) % 2 == 0
    digests = [hashlib.sha256(Template().encode(x)).hexdigest()[:16] for x in (bits, smooth)]
    assert digests == ["5d10b9f375f96c34", "05a80c579896cc15"]


def test_the_cache_knows_the_trees():
    """Numba's key of a compiled kernel holds the values it closes over: here, the trees' digest."""
    for kernel in (kernels.code_by_neighbours, kernels.code_by_prediction):
        closure = getattr(kernel, "py_func", kernel).__closure__
        assert [cell.cell_contents for cell in closure] == [kernels._CODE]


@pytest.mark.skipif(not DATA.is_dir(), reason="no micrographs below COMPLEXODYNAMICS_DATA")
def test_real_images():
    """Shorter than by any byte code on raster or curve, on a drawing and on a micrograph."""
    drawing = np.array(Image.open(DATA / "label" / "0.png")) > 127
    micrograph = np.array(Image.open(DATA / "image" / "0.png"))
    for x, layout in ((drawing, "packed"), (micrograph, "bytes")):
        bits = Template().bits(x)
        for name, order in product(("xz", "zstd", "ctw"), ("raster", "hilbert", "z")):
            assert bits < 0.9 * get_code(f"array({name}):layout={layout},order={order}").bits(x)


def test_measure_takes_arrays_natively():
    x = np.add.outer(np.arange(20), np.arange(30)) % 7
    rows = complexity.measure(x, surrogates=0, progress=False).rows
    assert "template" in [row.code for row in rows]
    row = complexity.measure(x, codes="template", surrogates=2, progress=False).rows[0]
    assert row.bits == Template().bits(x)
    assert row.bits < row.shuffled_bits
    grid = [row.code for row in complexity.measure(x > 3, surrogates=0, progress=False).rows]
    cube = complexity.measure(np.ones((3, 3, 3), bool), surrogates=0, progress=False).rows
    assert "bdm" in grid
    assert "bdm" not in [row.code for row in cube]
    strings = complexity.measure("0110" * 9, surrogates=0, progress=False).rows
    assert "template" not in [row.code for row in strings]


def test_bad_arguments():
    with pytest.raises(ValueError, match="depth: got 65"):
        Template(65)
    with pytest.raises(TypeError, match="x: got list, accepted is a NumPy array"):
        Template().bits([[0, 1]])  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="dtype: got complex128"):
        Template().encode(np.ones(3, complex))
    for large in (np.broadcast_to(False, (2**14, 2**14)), np.arange(2**21 + 1)):
        with pytest.raises(ValueError, match="accepted are at most 134217728 decisions"):
            Template().bits(large)
