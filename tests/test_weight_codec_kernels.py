"""The adaptive coder of integers and the quantisers' search: laws, oracles, theorems."""

from __future__ import annotations

import copy
import math
from itertools import accumulate, pairwise, product

import laws
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.stats import laplace

from complexity.code import DecodeError
from mdl.weights.codec import _kernels, _trellis, stream
from mdl.weights.codec.integers import Cabac
from mdl.weights.codec.quantisers import points, quantise, rates
from mdl.weights.codec.steps import LARGEST, step_at, step_index
from mdl.weights.codec.stream import Reader, Statistics, Writer, measure

STATES = st.sampled_from([0, 4, 8])
SMALL = st.integers(-3, 3)
ANY = st.integers(-(2**63) + 1, 2**63 - 1)
ARRAYS = st.lists(st.one_of(SMALL, SMALL, st.integers(-40, 40), ANY), max_size=60).map(
    lambda items: np.array(items, np.int64)
)


# the coder of integers


def test_log_odds_are_close_and_symmetric():
    p = np.geomspace(2.0**-16, 0.5, 3000)
    found = np.array([_kernels.stretch(q) for q in p])
    np.testing.assert_allclose(found, np.log2(p / (1 - p)), atol=0.02)
    for q in p[::50]:
        assert _kernels.stretch(1 - q) == pytest.approx(-_kernels.stretch(q), abs=0.02)
    t = np.linspace(-16, 16, 2001)
    back = np.array([_kernels.squash(each) for each in t])
    np.testing.assert_allclose(back, 1 / (1 + 2.0**-t), rtol=0.006)
    assert (np.diff(back) >= 0).all()
    assert 0 < _kernels.squash(-99.0) < 2.0**-15
    assert 1 - 2.0**-15 < _kernels.squash(99.0) < 1


MOVES = {
    0: [(0, 0)],
    4: [(0, 1), (2, 3), (1, 0), (3, 2)],
    8: [(0, 2), (7, 5), (1, 3), (6, 4), (2, 0), (5, 7), (3, 1), (4, 6)],
}


def learned(cell: list[float], bit: int) -> float:
    """Bits of a decision by an estimate and its uses, which learns."""
    bits = -math.log2(cell[0] if bit else 1 - cell[0])
    cell[0] += (bit - cell[0]) * (1 / (cell[1] + 1.6))  # rounded as in the kernel: tables are steep
    cell[0] = min(max(cell[0], 2.0**-16), 1 - 2.0**-16)
    cell[1] = min(cell[1] + 1, 400)
    return bits


def plain_excess(rest: int, escapes: dict[int, list[float]]) -> float:
    """Bits of an excess by exponential Golomb."""
    length = (rest + 1).bit_length() - 1
    return length + sum(
        learned(escapes.setdefault(digit, [0.5, 0]), int(digit < length))
        for digit in range(min(length + 1, 62))
    )


def plain_counted(
    values: list[int], state: int, states: int, counts: list[list[int]], escapes: dict
) -> float:
    """The rule of `code_counted` stated plainly."""
    bits, chances = 0.0, {}
    for i, value in enumerate(values):
        half, symbol = state % 2, min(abs(value), 16)
        symbol = 31 if symbol == 16 else value + 15
        if i % 1024 == 0:
            for each in range(2 if states else 1):
                if sum(counts[each]) > 1 << 18:
                    counts[each] = [(n + 1) // 2 for n in counts[each]]
                sums = [0, *accumulate(counts[each])]
                edges = [s + n * 65504 // sums[-1] for s, n in enumerate(sums)]
                chances[each] = [high - low for low, high in pairwise(edges)]
        bits += 16 - math.log2(chances[half][symbol])
        counts[half][symbol] += 16
        if symbol == 31:
            bits += 1 + plain_excess(abs(value) - 16, escapes)
        state = MOVES[states][state][value % 2]
    return bits


def plain_bits(
    values: list[int], columns: int, states: int, unit: int = 1 << 12
) -> tuple[float, set[str]]:
    """The rule of `_Pass` and `code_integers` stated plainly, and what happened on the way.

    Dictionaries of estimates, a mixture, -log2 p; after each unit, who codes the next.
    """
    rows: dict[tuple, list[float]] = {}
    escapes: dict[int, list[float]] = {}
    weights: dict[tuple, list[float]] = {}
    used: dict[tuple, int] = {}
    cost = 0.0

    def decide(bit: int, number: int, half: int, contexts: tuple[int, ...]) -> None:
        nonlocal cost
        key = (half, number)
        base = rows.setdefault((0, 0, *key), [0.5, 0])
        cells = [base]
        for m, context in enumerate(contexts, 1):
            cells.append(rows.setdefault((m, context, *key), [base[0], 1]))
        mix = weights.setdefault(key, [0.2, 0.25, 0.25, 0.2, 0.25])
        inputs = [_kernels.stretch(cell[0]) for cell in cells]
        dot = 0.0
        for w, t in zip(mix, inputs, strict=True):
            dot += w * t  # from left to right; `sum` may be more exact
        p = _kernels.squash(dot)
        cost -= math.log2(p if bit else 1 - p)
        n = used.get(key, 0)
        used[key] = min(n + 1, 4095)
        for m, t in enumerate(inputs):
            mix[m] += (bit - p) * max(0.02 / (1 + n / 24), 0.0015) * t
        for cell in cells:
            learned(cell, bit)

    def level(x: float) -> int:
        return sum(x > t for t in (0.02, 0.1, 0.25, 0.45, 0.7, 1.0, 1.5, 2.2, 3.3, 5.0, 8.0))

    coarse = (0, 1, 2, 2, 3, 3, 4, 4, 4, 5, 5, 5)
    sign = lambda v: 0 if v == 0 else 1 if v > 0 else 2  # noqa: E731
    state, last, before, mean, column, row, whole = 0, 0.0, 0.0, 0.0, 0, 0, 0.0
    above, tall = {}, {}
    mixing, left, pause, usual, happened = True, 2, 8, 0, set()
    counts = [[1] * 32, [1] * 32]
    start, first, mine = 0.0, state, copy.deepcopy(escapes)
    for done, value in enumerate(values):
        if done % unit == 0:
            start, first, mine = cost, state, copy.deepcopy(escapes)
            if not mixing:
                part = values[done : done + unit]
                cost += plain_counted(part, state, states, counts, escapes)
        size, half = abs(value), state % 2
        up, high = (above[column], tall[column]) if row else (0.0, 0.0)
        in_row = 0.25 * abs(last) + 0.15 * abs(before) + 0.6 * mean
        in_column = 0.15 * abs(up) + 0.85 * high
        across, down = level(in_row), level(in_column)
        both = level(in_row * in_column / (whole + 0.01))
        contexts = (across, down, coarse[across] * 6 + coarse[down], both)
        if mixing:
            decide(int(size > 0), 0, half, contexts)
        if mixing and size:
            one, other = sign(last) * 3 + sign(before), sign(up) * 3 + sign(last)
            decide(int(value < 0), 15, half, (one, other, one * 3 + sign(up), 0))
            for reached in range(1, 15):
                decide(int(size > reached), reached, half, contexts)
                if size == reached:
                    break
            if size > 14:
                cost += plain_excess(size - 15, escapes)
        state = MOVES[states][state][size % 2]
        before, last = last, math.copysign(min(size, 64), value)
        mean += (abs(last) - mean) / min(column + 2, 40)
        whole += (abs(last) - whole) / min(done + 2, 4000)
        if columns:
            above[column] = last
            if row:
                tall[column] += (abs(last) - tall[column]) / min(row + 1, 64)
            else:
                tall[column] = abs(last)
        column += 1
        if column == columns:
            column, last, before, mean, row = 0, 0.0, 0.0, 0.0, row + 1
        if done % unit < unit - 1:
            continue
        taken, left = math.ceil(cost - start) - 1, left - 1
        if not mixing:
            if 32 * (abs(taken - usual) - 128) > usual:
                left, pause = 0, 8
                happened.add("alarm")
            if left == 0:
                mixing, left = True, 2
                happened.add("trial")
        elif left <= 1:
            part = values[done + 1 - unit : done + 1]
            usual = math.ceil(plain_counted(part, first, states, counts, mine)) - 1
            if left == 0 and 256 * (usual - taken) > usual:
                left, pause = 8, 8
                happened.add("mixture")
            elif left == 0:
                mixing, left, pause = False, pause, min(2 * pause, 16)
                happened.add("counts")
    return cost, happened


@settings(deadline=None, max_examples=40)
@given(ARRAYS, st.integers(0, 7), STATES)
@example(np.array([2**63 - 1, -(2**63) + 1, 0, 15, 14, 16], np.int64), 0, 0)
def test_the_kernel_is_the_plain_rule_and_the_codeword_as_long(values, columns, states):
    check_plain_rule(values, columns, states)


def check_plain_rule(values, columns, states, unit: int = 1 << 12) -> set[str]:
    bits = measure(values, Statistics(), columns=columns, states=states)
    plain, happened = plain_bits(values.tolist(), columns, states, unit)
    assert bits == pytest.approx(plain, abs=1e-6)
    writer = Writer()
    writer.integers(values, Statistics(), columns=columns, states=states)
    blob = writer.finish()
    assert bits <= 8 * len(blob) <= bits + 10
    reader = Reader(blob)
    found = reader.integers(values.size, Statistics(), columns=columns, states=states)
    reader.finish()
    np.testing.assert_array_equal(found, values)
    return happened


def uneven(seed: int, size: int) -> np.ndarray:
    """Integers whose scale changes now and then, in long and in short runs, and some huge ones."""
    rng = np.random.default_rng(seed)
    runs = rng.integers(1, size, 8)
    values = rng.normal(0, np.repeat(np.exp(rng.normal(1, 1.5, 8)), runs))
    values = np.rint(values).astype(np.int64)
    huge = rng.random(values.size) < rng.choice([0, 0.03])
    values[huge] = rng.integers(-(2**63) + 1, 2**63 - 1, huge.sum()) >> rng.integers(0, 60)
    return values


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**32), st.integers(0, 7), STATES, st.sampled_from([8, 32, 64]))
def test_units_by_the_mixture_or_by_counts_are_the_plain_rule(seed, columns, states, unit):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stream, "_UNIT", unit)
        check_plain_rule(uneven(seed, 200), columns, states, unit)


def test_long_arrays_take_every_turn_of_the_plain_rule():
    rng = np.random.default_rng(11)
    values = np.rint(rng.normal(0, 3, 60_000)).astype(np.int64)
    values[50_000:] *= 3
    columns = np.rint(rng.normal(0, np.tile([0.3, 5.0], 9000))).astype(np.int64)
    happened = check_plain_rule(np.concatenate([values, columns]), 0, 0)
    happened |= check_plain_rule(columns, 2, 8)
    assert happened == {"alarm", "counts", "mixture", "trial"}


def test_damage_of_units_by_counts(monkeypatch):
    monkeypatch.setattr(stream, "_UNIT", 16)
    monkeypatch.setattr(stream, "_WORTH", 0)  # the mixture never wins
    values = np.rint(np.random.default_rng(12).normal(0, 3, 150)).astype(np.int64)
    values[[60, 70]] = 200, -(2**50)
    laws.check_round_trip(Cabac(), values)
    laws.check_damage(Cabac(), values, replacements=range(1, 256, 7))
    laws.check_determinism(Cabac(), values)


@settings(deadline=None, max_examples=60)
@given(st.binary(min_size=20, max_size=60), st.integers(20, 60))
def test_an_array_coded_by_counts_has_one_codeword(anything, count):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stream, "_UNIT", 4)
        patch.setattr(stream, "_WORTH", 0)

        def decoded(blob: bytes) -> list[int] | None:
            reader = Reader(blob)
            try:
                found = reader.integers(count, Statistics()).tolist()
                reader.finish()
            except DecodeError:
                return None
            return found

        try:  # the integers that any bytes begin with
            values = Reader(anything).integers(count, Statistics())
        except DecodeError:
            return
        writer = Writer()
        writer.integers(values, Statistics())
        blob = writer.finish()
        assert decoded(blob) == values.tolist()
        ends = [blob[:-1] + bytes([last]) for last in range(256) if last != blob[-1]]
        for other in (anything, blob + b"\0", blob[:-1], *ends):
            assert other == blob or decoded(other) != values.tolist()


@pytest.mark.parametrize("columns", [0, 300])
def test_independent_integers_are_counted_and_structure_is_mixed(columns):
    rng = np.random.default_rng(13)
    scales = np.tile(np.exp(rng.normal(0, 1, 300)), 200)
    for scale, least, most in ((3, 0, 0.3), (scales, 1 if columns else 0, 1)):
        values = np.rint(rng.normal(0, scale, 60_000)).astype(np.int64)
        way, mixed = stream._Pass(Statistics(), columns, 0), []
        for start in range(0, values.size, stream._UNIT):
            mixed.append(way.mixing)
            part = values[start : start + stream._UNIT]
            way.run(part, _kernels.MEASURE, np.zeros(4, np.uint64), np.zeros(0, np.uint8))
        assert least <= np.mean(mixed) <= most


def test_a_change_of_scale_is_noticed_within_a_few_units():
    """Counts alone would spend half a bit and more on each integer after it."""
    rng = np.random.default_rng(14)
    parts = [np.rint(rng.normal(0, scale, 80_000)).astype(np.int64) for scale in (4.0, 1.0)]
    apart = sum(measure(part, Statistics()) for part in parts)
    assert measure(np.concatenate(parts), Statistics()) <= 1.01 * apart


def test_long_arrays_are_coded_in_pieces_as_in_one():
    rng = np.random.default_rng(0)
    values = np.rint(rng.laplace(0, 2, 100_000)).astype(np.int64)
    writer = Writer()
    writer.number(77, 8)
    writer.integers(values, Statistics(), columns=333, states=8)
    writer.plain(values & 1023, 10)
    blob = writer.finish()
    reader = Reader(blob)
    assert reader.number(8) == 77
    found = reader.integers(values.size, Statistics(), columns=333, states=8)
    np.testing.assert_array_equal(found, values)
    np.testing.assert_array_equal(reader.plain(values.size, 10), values & 1023)
    reader.finish()
    bits = measure(values, Statistics(), columns=333, states=8)
    assert bits + 8 + 10 * values.size <= 8 * len(blob) <= bits + 18 + 10 * values.size


@pytest.mark.parametrize("columns", [0, 500])
@pytest.mark.parametrize(
    ("name", "scale"), [("normal", 3.0), ("normal", 1.0), ("normal", 0.5), ("laplace", 0.4)]
)
def test_independent_sources_take_their_entropy(name, scale, columns):
    rng = np.random.default_rng(1)
    values = np.rint(getattr(rng, name)(0, scale, 300_000)).astype(np.int64)
    counts = np.unique(values, return_counts=True)[1]
    entropy = -(counts * np.log2(counts / values.size)).sum()
    bits = measure(values, Statistics(), columns=columns)
    assert entropy < bits <= 1.015 * entropy


def test_rows_of_different_scale_take_less_than_their_mixture():
    rng = np.random.default_rng(2)
    scales = np.exp(rng.normal(0, 1, (60, 1))) * np.exp(rng.normal(0, 1, 300))
    values = np.rint(rng.laplace(0, scales)).astype(np.int64)
    counts = np.unique(values, return_counts=True)[1]
    mixture = -(counts * np.log2(counts / values.size)).sum()
    # by who knows the scales: P(k) = F(k + 1/2) - F(k - 1/2)
    ideal = -np.log2(laplace.cdf(values + 0.5, 0, scales) - laplace.cdf(values - 0.5, 0, scales))
    found = measure(values.ravel(), Statistics(), columns=300)
    assert ideal.sum() < found < (ideal.sum() + mixture) / 2


@settings(deadline=None, max_examples=40)
@given(ARRAYS)
@example(np.zeros(0, np.int64))
@example(np.zeros(1, np.int64))
def test_the_laws_of_codecs(values):
    code = Cabac()
    laws.check_round_trip(code, values)
    laws.check_length(code, values)
    laws.check_prefix_free(code, values)


def test_kraft_damage_and_threads():
    code = Cabac()
    domain = (np.array(x, np.int64) for n in range(4) for x in product(range(-8, 9), repeat=n))
    laws.check_kraft(code, domain)
    x = np.array([0, 0, 3, -1, 0, 70, 0, 0, 2, -(2**40), 1, 0, 0, 1])
    laws.check_damage(code, x, replacements=range(1, 256))
    laws.check_damage(code, np.zeros(0, np.int64), replacements=range(1, 256))
    laws.check_determinism(code, x)


@pytest.mark.parametrize(
    ("x", "error", "message"),
    [
        ("abc", TypeError, "x: got str"),
        ([0.5], TypeError, "x: got items of type float64"),
        ([[1]], ValueError, "x: got an array of shape"),
        ([[1], [1, 2]], ValueError, "x: got a ragged"),
        ([-(2**63)], ValueError, "x: got items from"),
        (np.array([2**63], np.uint64), ValueError, "x: got items from"),
    ],
)
def test_bad_input_is_named(x, error, message):
    with pytest.raises(error, match=message):
        Cabac().bits(x)


def test_the_end_of_the_bytes_is_noticed_without_the_time_of_all_that_is_asked_for():
    writer = Writer()
    writer.integers(np.arange(10), Statistics())
    blob = writer.finish()
    with pytest.raises(DecodeError, match="end too early"):
        Reader(blob).integers(1 << 60, Statistics())
    with pytest.raises(DecodeError, match="end too early"):
        Reader(blob).plain(1 << 60, 23)
    with pytest.raises(DecodeError, match="no codeword begins so"):
        Reader(b"\xff" * 9).number(8)
    with pytest.raises(DecodeError, match="follow the end"):
        Reader(b"x").finish()


# the quantisers


def test_steps_are_quarter_octaves():
    steps = np.array([step_at(index) for index in range(1, LARGEST + 1)])
    np.testing.assert_allclose(steps, 2.0 ** ((np.arange(1, 255) - 176) / 4), rtol=1e-15)
    assert [step_index(step) for step in steps] == list(range(1, 255))
    assert step_index(0) == step_index(float("nan")) == step_index(1e-300) == 1
    assert step_index(float("inf")) == step_index(1e300) == LARGEST


def test_points_of_the_two_quantisers():
    even = points(np.array([-4, -2, 0, 2, 4]), 8)  # even numbers from state 0: 0 -> 0
    np.testing.assert_array_equal(even, [-8, -4, 0, 4, 8])
    np.testing.assert_array_equal(points(np.array([-3, 5]), 0), [-3, 5])
    # an odd number leads from 0 to 1 (4 states) or 2 (8): an odd quantiser next, or an even one
    np.testing.assert_array_equal(points(np.array([1, 2, -2]), 4), [2, 3, -4])
    np.testing.assert_array_equal(points(np.array([1, 0, 3, -1]), 8), [2, 0, 5, -1])


@pytest.mark.parametrize("states", [0, 4, 8])
def test_the_search_finds_the_cheapest_of_all_numbers(states):
    rng = np.random.default_rng(3)
    table = np.sort(rng.exponential(2, _trellis.MOST))  # bits that grow with magnitude
    table = np.broadcast_to(table, (2, _trellis.LEVELS, _trellis.MOST)).copy()
    trellis = {0: 0, 4: 1, 8: 2}[states]
    for _ in range(6):
        row, price = rng.normal(0, 1.5, (1, 5)), rng.choice([0.0, 0.05, 0.3])
        curvature = rng.exponential(1, (1, 5))
        numbers = np.zeros((1, 5), np.int64)
        lost = _trellis.search(
            row.copy(), np.zeros((1, 0)), 0.8, np.zeros((0, 0)), curvature, table, price, trellis,
            numbers,
        )  # fmt: skip

        every = np.array(list(product(range(-4, 5), repeat=5)))
        errors = row[0] - 0.8 * plain_points(every, states)
        distortions = (curvature[0] * errors**2).sum(1)
        totals = distortions + price * table[0, 0, np.abs(every)].sum(1)
        chosen = (every == numbers).all(1)
        assert lost == pytest.approx(distortions[chosen][0])
        assert totals[chosen][0] == pytest.approx(totals.min())


@pytest.mark.parametrize("states", [0, 4, 8])
@pytest.mark.parametrize("price", [0.0, 0.3, 2.0])
def test_the_quantisers_are_odd(states, price):
    weights = np.random.default_rng(11).normal(0, 2, (30, 40))
    one = quantise(weights, 0.5, price=price, states=states)
    other = quantise(-weights, 0.5, price=price, states=states)
    assert np.array_equal(one.numbers, -other.numbers)
    assert one.distortion == other.distortion


def plain_points(numbers, states):
    """Rows of numbers (n, m), each from state 0, in units of the step."""
    if not states:
        return numbers.astype(float)
    moves = np.array({
        4: [(0, 1), (2, 3), (1, 0), (3, 2)],
        8: [(0, 2), (7, 5), (1, 3), (6, 4), (2, 0), (5, 7), (3, 1), (4, 6)],
    }[states])  # fmt: skip
    state, columns = np.zeros(len(numbers), int), []
    for k in numbers.T:
        columns.append(2.0 * k - np.where(state % 2, np.sign(k), 0))
        state = moves[state, k % 2]
    return np.column_stack(columns)


def inputs_factor(columns: int, seed: int):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(400, columns)) @ rng.normal(size=(columns, columns))
    moments = x.T @ x
    inverse = np.linalg.inv(moments)
    return moments, np.ascontiguousarray(np.linalg.cholesky((inverse + inverse.T) / 2).T)


def test_compensation_is_the_published_recursion():
    moments, factor = inputs_factor(12, 4)
    weights = np.random.default_rng(5).normal(size=(7, 12))
    found = quantise(weights, 0.3, factor=factor)
    left = weights.copy()
    for j in range(12):  # GPTQ, algorithm 1, one column a block
        numbers = np.rint(left[:, j] / 0.3)
        error = (left[:, j] - 0.3 * numbers) / factor[j, j]
        left[:, j:] -= error[:, None] * factor[j, j:]
        np.testing.assert_array_equal(found.numbers[:, j], numbers)
    plain = quantise(weights, 0.3)

    def loss(values):
        return np.einsum("ri,ij,rj->", weights - values, moments, weights - values)

    assert loss(found.values) < 0.7 * loss(plain.values)


@pytest.mark.parametrize("states", [0, 4, 8])
@pytest.mark.parametrize("price", [0.0, 2.0])
def test_the_distortion_is_the_quadratic_form(states, price):
    """delta H delta^T = sum_j (e_j / U_jj)^2: errors met on the way add up to that at the end."""
    moments, factor = inputs_factor(15, 6)
    rng = np.random.default_rng(7)
    weights, outputs = rng.normal(size=(9, 15)), rng.exponential(1, 9)
    curvature = outputs[:, None] / np.diag(factor)[None, :] ** 2
    found = quantise(weights, 0.2, curvature=curvature, price=price, states=states, factor=factor)
    delta = weights - found.values
    exact = np.einsum("r,ri,ij,rj->", outputs, delta, moments, delta)
    assert found.distortion == pytest.approx(exact, rel=1e-9)
    np.testing.assert_array_equal(found.values, 0.2 * points(found.numbers, states))


def test_what_is_moved_along_takes_up_the_error():
    """With a last input of 1 for the bias, its move is the least-squares one."""
    rng = np.random.default_rng(8)
    x = np.column_stack([rng.normal(1, 1, (300, 6)), np.ones(300)])
    moments = x.T @ x
    inverse = np.linalg.inv(moments)
    factor = np.ascontiguousarray(np.linalg.cholesky(inverse).T)
    weights, bias = rng.normal(size=(4, 6)), rng.normal(size=(4, 1))
    found = quantise(weights, 0.5, factor=factor, rest=bias)
    errors = x[:, :6] @ (weights - found.values).T  # (n, 4)
    np.testing.assert_allclose(found.rest[:, 0], bias[:, 0] + errors.mean(0), atol=1e-9)


@pytest.mark.parametrize(
    ("states", "step", "price", "most"),
    [
        (0, 0.5, 0.12, 0.29), (0, 1.0, 0.12, 0.29), (0, 1.5, 0.15, 0.29),
        (4, 0.3, 0.36, 0.20), (4, 0.6, 0.30, 0.20),
        (8, 0.3, 0.36, 0.20), (8, 0.6, 0.30, 0.20), (8, 0.9, 0.30, 0.20),
    ],
)  # fmt: skip
def test_gaussian_weights_near_the_rate_distortion_function(states, step, price, most):
    weights = np.random.default_rng(9).normal(size=(150, 200))
    found = quantise(weights, step, price=price * step**2, states=states, passes=3)
    bits = measure(found.numbers.ravel(), Statistics(), columns=200, states=states) / weights.size
    distortion = np.mean((weights - found.values) ** 2)
    shannon = -0.5 * np.log2(distortion)
    assert 0.5 < shannon < 3
    assert 0 < bits - shannon <= most


def test_rates_are_those_of_a_complete_code():
    rng = np.random.default_rng(10)
    table = rates(np.rint(rng.laplace(0, 1, (40, 50))).astype(np.int64), 2)
    chances = 2.0**-table
    total = chances[..., 0] + 2 * chances[..., 1:].sum(-1)  # both signs
    np.testing.assert_allclose(total, 1)
