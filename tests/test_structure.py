"""Classes of models: exact counts against brute force, codes against Kraft, known numbers."""

from __future__ import annotations

import json
import math
from collections import Counter
from fractions import Fraction
from functools import cache
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from complexity.structure import (
    Automata,
    CoarseGrainings,
    ContextTrees,
    MarkovTypes,
    ModelClass,
    Prefixes,
    apparent_complexity,
    block_sums,
    coarse_grain,
    map_tree,
    markov_type_size,
)
from complexity.structure import _kernels as kernels
from complexity.structure.coarse import _log2_ways, fine_bits
from complexity.structure.pictures import NEIGHBOURS, _adaptive_bits, neighbour_bits

MODERATE = settings(max_examples=30, deadline=None)
bit_lists = st.lists(st.integers(0, 1), max_size=24)


def strings(n):
    return list(product((0, 1), repeat=n))


def circular_type(bits, order):
    circle = bits * (order // max(len(bits), 1) + 2)
    return Counter(circle[i : i + order + 1] for i in range(len(bits)))


@pytest.mark.parametrize("n", [0, 1, 2, 3, 6, 9, 12])
@pytest.mark.parametrize("order", [0, 1, 2, 3, 5])
def test_type_sizes_are_those_of_brute_force(n, order):
    classes = {}
    for bits in strings(n):
        classes.setdefault(frozenset(circular_type(bits, order).items()), []).append(bits)
    for members in classes.values():
        assert markov_type_size(members[0], order) == len(members)


def markov_sample(seed, n):
    """Order 2: P(1 | older, newer) = .9, .2, .6, .05 for 00, 01, 10, 11."""
    rng = np.random.default_rng(seed)
    bits = [0, 0]
    for _ in range(n):
        bits.append(int(rng.random() < (0.9, 0.2, 0.6, 0.05)[2 * bits[-2] + bits[-1]]))
    return bits[2:]


def test_types_cost_half_a_logarithm_per_parameter():
    """Of order k: 2^k free counts, each known to about its standard deviation (Rissanen)."""
    sizes = [1 << 12, 1 << 16]
    parts = [MarkovTypes(3).models(np.random.default_rng(1).integers(0, 2, n)) for n in sizes]
    for order, (few, many) in enumerate(zip(parts[0][1:], parts[1][1:], strict=True)):
        # uniform codes of the counts: log2 n each, of which the sets save about a half
        assert many.model_bits - few.model_bits == pytest.approx(4 * 2**order, rel=0.03)
        lost = [model.total_bits - n for model, n in zip((few, many), sizes, strict=True)]
        assert lost[1] - lost[0] == pytest.approx(2 * 2**order, rel=0.25, abs=2)


@given(bit_lists)
@MODERATE
def test_types_are_nested(bits):
    sizes = [markov_type_size(bits, order) for order in range(6)]
    assert sizes == sorted(sizes, reverse=True)
    assert 1 <= sizes[-1] <= sizes[0] == math.comb(len(bits), sum(bits))


@cache
def trees(depth):
    """Every tree as a tuple of leaves, contexts from the last bit back."""
    if depth == 0:
        return [("",)]
    pairs = product(trees(depth - 1), repeat=2)
    split = [(*("0" + s for s in a), *("1" + s for s in b)) for a, b in pairs]
    return [("",), *split]


def kt_bits(zeros, ones):
    """The estimator one bit at a time: (count + 1/2) / (seen + 1)."""
    bits = 0.0
    for number in (zeros, ones):
        bits -= sum(math.log2(i + 0.5) for i in range(number))
    return bits + sum(math.log2(i + 1) for i in range(zeros + ones))


def explicit(bits, leaves, depth):
    """Model and data bits of a tree, by the definition."""
    counts = Counter()
    for i, bit in enumerate(bits):
        past = "".join(map(str, bits[:i][::-1])) + "0" * depth
        [leaf] = [leaf for leaf in leaves if past.startswith(leaf)]
        counts[leaf, bit] += 1
    nodes = {leaf[:end] for leaf in leaves for end in range(len(leaf) + 1)}
    model = sum(len(node) < depth for node in nodes)
    return model, sum(kt_bits(counts[leaf, 0], counts[leaf, 1]) for leaf in leaves)


def test_the_number_of_trees():
    assert [len(trees(depth)) for depth in range(5)] == [1, 2, 5, 26, 677]


@pytest.mark.parametrize(("n", "depth"), [(0, 3), (4, 0), (6, 1), (7, 2), (9, 3)])
def test_the_best_tree_is_that_of_exhaustive_search(n, depth):
    for bits in strings(n)[:: 1 + n // 5]:
        every = [explicit(bits, leaves, depth) for leaves in trees(depth)]
        best = map_tree(bits, depth=depth)
        assert best.total_bits == pytest.approx(min(map(sum, every)), abs=1e-9)
        assert explicit(bits, best.leaves, depth) == pytest.approx(
            (best.model_bits, best.data_bits)
        )
        least = {}
        for model, data in every:
            least[model] = min(data, least.get(model, math.inf))
        found = ContextTrees(depth).trees(bits)
        assert {tree.model_bits for tree in found} == least.keys()
        for tree in found:
            assert tree.data_bits == pytest.approx(least[tree.model_bits], abs=1e-9)
            assert explicit(bits, tree.leaves, depth) == pytest.approx(
                (tree.model_bits, tree.data_bits)
            )


def test_the_tree_of_an_order_2_source():
    """A Markov source with two of four contexts nearly alike; both ways to the best tree agree."""
    bits = markov_sample(5, 600)
    tree = map_tree(bits, depth=4)
    assert (tree.leaves, tree.model_bits) == (("00", "01", "1"), 5)
    assert round(tree.data_bits, 2) == 462.86
    assert min(ContextTrees(4).trees(bits), key=lambda tree: tree.total_bits) == tree


def test_trees_without_splits_are_the_estimator():
    bits = [1, 1, 0, 1, 0, 1, 1]
    assert map_tree(bits, depth=0).data_bits == pytest.approx(kt_bits(2, 5))
    [model] = ContextTrees(0).models(bits)
    assert model.model_bits == 0


def accepts(table, accepting, bits):
    state = 0
    for bit in bits:
        state = table[state][bit]
    return bool(accepting >> state & 1)


def languages(states):
    """The distinct languages of complete automata of that many states, by their short words."""
    words = [bits for n in range(2 * states) for bits in strings(n)]
    cells = [
        list(zip(*[iter(t)] * 2, strict=True)) for t in product(range(states), repeat=2 * states)
    ]
    return {
        tuple(accepts(table, accepting, word) for word in words)
        for table in cells
        for accepting in range(1 << states)
    }


def test_minimal_automata_are_the_languages():
    """Automata of s states that differ do so within 2 s - 1 letters."""
    counts = []
    for states in (1, 2, 3):
        counts.append(int(kernels.minimal_sets(kernels.canonical_tables(states)).sum()))
        if states < 3:
            assert sum(counts) == len(languages(states))
    assert counts == [2, 24, 1028]


def test_minimal_automata_of_four_states():
    assert kernels.minimal_sets(kernels.canonical_tables(4)).sum() == 56014  # Domaratzki et al.


@pytest.mark.parametrize("bits", ["", "0", "0101", "01101", "0010011"])
def test_the_smallest_language_is_that_of_brute_force(bits):
    word = tuple(map(int, bits))
    for model, states in zip(Automata(3).models(bits), [1, 2, 3], strict=False):
        tables = kernels.canonical_tables(states)
        minimal = kernels.minimal_sets(tables)
        fewest = min(
            sum(accepts(table, accepting, other) for other in strings(len(word)))
            for index, table in enumerate(tables.tolist())
            for accepting in np.flatnonzero(minimal[index]).tolist()
            if accepts(table, accepting, word)
        )
        assert model.data_bits == math.log2(fewest)
        assert model.model_bits == math.log2(3) + math.log2([2, 24, 1028][states - 1])


def test_an_automaton_knows_a_period():
    models = Automata().models("01" * 31)
    assert [round(model.data_bits, 6) for model in models[2:]] == [0, 0]
    assert min(model.total_bits for model in models) < 13


@pytest.mark.parametrize("shape", [(3, 3), (4, 4), (2, 5)])
@pytest.mark.parametrize("scale", [1, 2, 3, 4])
@pytest.mark.parametrize("levels", [None, 2, 3])
def test_fine_pictures_are_counted(shape, scale, levels):
    rows, columns = shape
    every = np.array(strings(rows * columns)).reshape(-1, rows, columns)
    sums = np.zeros((len(every), -(-rows // scale), -(-columns // scale)), int)
    area = np.zeros(sums.shape[1:], int)
    for y, x in product(range(rows), range(columns)):
        sums[:, y // scale, x // scale] += every[:, y, x]
        area[y // scale, x // scale] += 1
    shown = sums if levels is None else np.floor(sums / area * (levels - 1) + 0.5 + 1e-12)
    counts = Counter(picture.tobytes() for picture in shown)
    for index in range(0, len(every), len(every) // 40):
        picture = every[index]
        assert (coarse_grain(picture, scale, levels) == shown[index]).all()
        bits = fine_bits(picture, scale, levels)
        assert 2**bits == pytest.approx(counts[shown[index].tobytes()], rel=1e-12)
        assert (block_sums(picture, scale)[1] == area).all()


@pytest.mark.parametrize("ones", [[0], [1], [700], [1024], range(500, 1500), range(2049)])
def test_many_cells_are_counted_to_1e_8_bits(ones):
    ways = sum(math.comb(2048, number) for number in ones)
    assert _log2_ways(2048, np.array(ones)) == pytest.approx(math.log2(ways), abs=1e-8)


@pytest.mark.parametrize("ones", [0, 1, 2, 500])
def test_the_largest_blocks_are_counted_to_1e_6_bits(ones):
    ways = math.comb(1 << 24, ones)
    assert _log2_ways(1 << 24, np.array([ones])) == pytest.approx(math.log2(ways), abs=1e-6)


def test_large_pictures_take_no_huge_binomials(monkeypatch):
    sizes = []
    comb = math.comb
    monkeypatch.setattr(math, "comb", lambda n, k: sizes.append(n) or comb(n, k))
    picture = np.random.default_rng(0).integers(0, 2, (256, 256))
    assert len(CoarseGrainings().models(picture)) == 34
    assert 256 in sizes
    assert max(sizes) == 1024


@pytest.mark.parametrize("most", [1, 1 << 20, 1 << 59, 1 << 60, (1 << 61) - 1])
@pytest.mark.parametrize("levels", [2, 3, 256])
def test_large_cells_have_the_picture_of_exact_sums(most, levels):
    cells = np.random.default_rng(1).integers(0, most, (5, 6), endpoint=True)
    exact = [
        [sum(int(cell) for cell in cells[y : y + 2, x : x + 2].flat) for x in (0, 2, 4)]
        for y in (0, 2, 4)
    ]
    assert block_sums(cells, 2)[0].tolist() == coarse_grain(cells, 2, maximum=most).tolist()
    assert block_sums(cells, 2)[0].tolist() == exact
    shown = [
        [math.floor(Fraction(total * (levels - 1), most * size) + Fraction(1, 2))
         for total, size in zip(totals, (4, 4, 4) if y < 2 else (2, 2, 2), strict=True)]
        for y, totals in enumerate(exact)
    ]  # fmt: skip
    assert coarse_grain(cells, 2, levels, maximum=most).tolist() == shown
    assert apparent_complexity(cells, scale=2, levels=levels, maximum=most) > 0


def test_sums_of_64_bits_are_the_limit():
    assert block_sums(np.array([[1 << 62, 0], [(1 << 62) - 1, 0]]), 2)[0] == [[(1 << 63) - 1]]
    for cells in ([[1 << 62, 1 << 62]], [[-(1 << 62)] * 3], np.array([[1 << 63]], np.uint64)):
        with pytest.raises(ValueError, match="accepted are 64 bits"):
            block_sums(cells, 3)


def test_sums_at_growing_scales_are_nested():
    picture = np.random.default_rng(3).integers(0, 2, (13, 22))
    sizes = [fine_bits(picture, 1 << power, None) for power in range(6)]
    assert sizes == sorted(sizes)
    assert sizes[0] == 0
    assert sizes[-1] == pytest.approx(math.log2(math.comb(picture.size, int(picture.sum()))))


@pytest.mark.parametrize("around", NEIGHBOURS)
@pytest.mark.parametrize(("shape", "levels"), [((3, 3), 2), ((1, 9), 2), ((2, 3), 3), ((2, 2), 5)])
def test_the_code_of_pictures_is_a_probability(around, shape, levels):
    every = np.array(list(product(range(levels), repeat=math.prod(shape)))).reshape(-1, *shape)
    assert (2.0 ** -_adaptive_bits(every, levels, around)).sum() == pytest.approx(1)


def test_the_code_of_pictures_is_adaptive():
    """Cell by cell: (count + 1/2) / (seen + levels / 2) in the context of the neighbours."""
    pictures = np.random.default_rng(4).integers(0, 3, (5, 6, 7))
    expected = []
    for picture in pictures:
        lengths = []
        for around in NEIGHBOURS:
            counts, bits = Counter(), 0.0
            for y, x in product(range(6), range(7)):
                context = tuple(
                    picture[y - up, x - left] if y >= up and x >= left else 0 for up, left in around
                )
                seen = sum(counts[context, value] for value in range(3))
                bits -= math.log2((counts[context, picture[y, x]] + 0.5) / (seen + 1.5))
                counts[context, picture[y, x]] += 1
            lengths.append(bits)
        expected.append(min(lengths) + 2)
    assert neighbour_bits(pictures, 3) == pytest.approx(expected)


@pytest.mark.parametrize(
    "models", [Prefixes(), MarkovTypes(2), MarkovTypes(6), ContextTrees(3), Automata(3), Automata()]
)
@pytest.mark.parametrize("n", [0, 1, 2, 5, 8, 10])
def test_kraft(models, n):
    totals = [[model.total_bits for model in models.models(bits)] for bits in strings(n)]
    assert isinstance(models, ModelClass)
    assert sum(2.0 ** -min(each) for each in totals) <= 1
    # at most a share of 2^-c of the strings is shorter by c bits or more
    shortest = np.array([min(each) for each in totals])
    for c in range(n + 1):
        assert (shortest <= n - c).mean() <= 2.0**-c


@pytest.mark.parametrize("models", [MarkovTypes(3), Automata(3)])
def test_kraft_of_the_models_alone(models):
    """Each string's best sets: distinct ones have a sum of 2^-model_bits of at most 1."""
    sets = {}
    for bits in strings(8):
        for model in models.models(bits):
            if isinstance(models, MarkovTypes):
                order = int(model.description[-1]) if "type" in model.description else -1
                key = (order, frozenset(circular_type(bits, order).items()))
            else:
                key = model.description
            sets[key] = model.model_bits
    assert sum(2.0**-bits for bits in sets.values()) <= 1 + 1e-12


@pytest.mark.parametrize("models", [CoarseGrainings(), CoarseGrainings(levels=(), code="lz78")])
def test_kraft_of_pictures(models):
    every = np.array(strings(9)).reshape(-1, 3, 3)
    assert sum(2.0 ** -min(m.total_bits for m in models.models(x)) for x in every) <= 1


def test_apparent_complexity_is_of_the_coarse_picture():
    y, x = np.mgrid[:64, :64]
    noise = np.random.default_rng(0).random((64, 64))
    half = (x < 32).astype(int)
    mixing = (noise < np.clip((x - y + 60) / 90, 0, 1)).astype(int)
    mixed = (noise < 0.5).astype(int)
    for code in (None, "xz"):
        bits = [apparent_complexity(p, scale=8, levels=5, code=code) for p in (half, mixing, mixed)]
        assert bits[1] > max(bits[0], bits[2])


def test_the_bits_of_a_tree_are_json():
    found = map_tree("0110" * 9, depth=np.int64(3))  # type: ignore[arg-type]
    assert json.loads(json.dumps(found.to_dict())) == map_tree("0110" * 9, depth=3).to_dict()


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: MarkovTypes(7), ValueError, "max_order: got 7"),
        (lambda: ContextTrees(11), ValueError, "depth: got 11"),
        (lambda: Automata(0), ValueError, "max_states: got 0"),
        (lambda: Automata().models("01" * 32), ValueError, "at most 62"),
        (lambda: MarkovTypes().models("012"), ValueError, "x: got items other than 0 and 1"),
        (lambda: map_tree(b"01"), TypeError, "x: got bytes"),
        (lambda: CoarseGrainings(code="entropy"), ValueError, "is an estimate"),
        (lambda: CoarseGrainings(levels=(1,)), ValueError, "levels: got 1"),
        (lambda: CoarseGrainings().models(np.full((2, 2), 2)), ValueError, "accepted are 0 and 1"),
        (lambda: block_sums(np.zeros(3, int), 1), ValueError, r"got shape \(3,\)"),
        (lambda: block_sums(np.zeros((2, 2)), 1), TypeError, "got float64"),
        (lambda: coarse_grain([[0, 2]], 1, 2), ValueError, "got cells from 0 to 2"),
        (lambda: coarse_grain([[0, 1]], 0), ValueError, "scale: got 0"),
    ],
)
def test_bad_calls(call, error, says):
    with pytest.raises(error, match=says):
        call()
