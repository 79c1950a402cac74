"""Every kernel against a plain statement of the same rule, in Python integers.

Runs as compiled code, with NUMBA_BOUNDSCHECK=1, and as plain Python with NUMBA_DISABLE_JIT=1.
"""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulations.coffee import _kernels as kernels
from simulations.coffee.sublattice import pack, unpack

MASK = 2**64 - 1
BOUNDARIES = (kernels.REFLECTING, kernels.PERIODIC, kernels.FIXED, kernels.OPEN)
seeds = st.integers(0, 2**32 - 1)
sizes = st.integers(2, 9)
lattice = settings(deadline=None, max_examples=25)


@pytest.fixture(autouse=True)
def _wrap_around():
    # as plain Python the generator's sums overflow on purpose, and NumPy warns
    with np.errstate(over="ignore"):
        yield


def lanes_from(seed):
    return np.random.default_rng(seed).integers(0, 2**64, (4, kernels.LANES), dtype=np.uint64)


def plain_xoshiro(state):
    """One lane of xoshiro256++ in Python integers, as published by Blackman and Vigna."""

    def rotl(x, k):
        return ((x << k) | (x >> (64 - k))) & MASK

    s = list(state)
    while True:
        yield (rotl((s[0] + s[3]) & MASK, 23) + s[0]) & MASK
        t = (s[1] << 17) & MASK
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= t
        s[3] = rotl(s[3], 45)


def plain_words(lanes, count):
    generators = [plain_xoshiro([int(v) for v in lanes[:, i]]) for i in range(kernels.LANES)]
    rows = -(-count // kernels.LANES)
    return [next(g) for _ in range(rows) for g in generators][:count]


def test_generator_gives_the_published_sequence():
    # the reference sequence of xoshiro256++ from the state (1, 2, 3, 4), as in rand_xoshiro's tests
    expected = [
        41943041,
        58720359,
        3588806011781223,
        3591011842654386,
        9228616714210784205,
        9973669472204895162,
        14011001112246962877,
        12406186145184390807,
        15849039046786891736,
        10450023813501588000,
    ]
    lanes = np.tile(np.array([[1], [2], [3], [4]], np.uint64), (1, kernels.LANES))
    words = np.empty(10 * kernels.LANES, np.uint64)
    kernels.fill(lanes, words)
    assert words.reshape(10, -1)[:, 5].tolist() == expected


@lattice
@given(seeds)
def test_fill_equals_plain_generators_and_continues(seed):
    lanes = lanes_from(seed)
    expected = plain_words(lanes, 6 * kernels.LANES)
    words = np.empty(3 * kernels.LANES, np.uint64)
    got = []
    for _ in range(2):
        kernels.fill(lanes, words)
        got += words.tolist()
    assert got == expected


def plain_bond(row_word, column_word, n, boundary):
    """The pair of cells that two 32-bit words name; cells n*n (coffee) and n*n + 1 (cream) lie
    outside."""
    down = row_word & 1
    right = 1 - down
    reservoirs = boundary in (kernels.FIXED, kernels.OPEN)
    y = ((row_word & ~1) * (n + down * reservoirs)) >> 32
    x = (column_word * (n + right * reservoirs)) >> 32
    if boundary == kernels.REFLECTING:
        return y * n + x, min(y + down, n - 1) * n + min(x + right, n - 1)
    if boundary == kernels.PERIODIC:
        return y * n + x, (y + down) % n * n + (x + right) % n

    def cell(row, column):
        if 0 <= row < n and 0 <= column < n:
            return row * n + column
        return n * n + 1 if boundary == kernels.FIXED and row < 0 else n * n

    source, target = cell(y - down, x - right), cell(y, x)
    if boundary == kernels.FIXED and right and (x == 0 or x == n):
        return n * n, n * n
    return source, target


words32 = st.integers(0, 2**32 - 1) | st.sampled_from([0, 1, 2**32 - 1, 2**32 - 2, 2**31, 2**16])


@settings(deadline=None, max_examples=200)
@given(st.lists(st.tuples(words32, words32), min_size=1, max_size=20), st.integers(1, 32766))
@pytest.mark.parametrize("boundary", BOUNDARIES)
def test_bonds_equal_the_plain_statement(boundary, pairs, n):
    rows = np.array([a for a, _ in pairs], np.uint32)
    columns = np.array([b for _, b in pairs], np.uint32)
    source, target = np.empty(len(pairs), np.uint32), np.empty(len(pairs), np.uint32)
    kernels.bonds(rows, columns, n, boundary, source, target)
    got = list(zip(source.tolist(), target.tolist(), strict=True))
    expected = [plain_bond(a, b, n, boundary) for a, b in pairs]
    null = [a == b for a, b in expected]
    assert [a == b for a, b in got] == null
    assert all(same or g == e for g, e, same in zip(got, expected, null, strict=True))


def stream_of_bonds(lanes, n, boundary, count):
    """The bonds of the first attempts of a stream, block by block."""
    found = []
    words = iter(plain_words(lanes, -(-count // kernels.BLOCK) * kernels.BLOCK))
    while len(found) < count:
        block = [next(words) for _ in range(kernels.BLOCK)]
        halves = [half for word in block for half in (word & 0xFFFFFFFF, word >> 32)]
        found += [
            plain_bond(halves[i], halves[kernels.BLOCK + i], n, boundary)
            for i in range(min(kernels.BLOCK, count - len(found)))
        ]
    return found


def plain_swaps(cells, bonds):
    """Swap along the bonds; returns how many swaps were effective and when each was made."""
    n2 = len(cells) - 2
    made = []
    for attempt, (a, b) in enumerate(bonds):
        if cells[a] != cells[b]:
            made.append(attempt)
        cells[a], cells[b] = cells[b], cells[a]
        cells[n2], cells[n2 + 1] = 0, 1
    return made


def random_cells(seed, n):
    rng = np.random.default_rng(seed + 1)
    return np.concatenate([rng.integers(0, 2, n * n), [0, 1]]).astype(np.uint8)


def run_exact(cells, n, boundary, lanes, parts, swaps=2**62):
    words, position = np.zeros(kernels.BLOCK, np.uint64), kernels.BLOCK
    made = swapped = 0
    for part in parts:
        a, s, position = kernels.exact_swaps(
            cells, n, boundary, lanes, words, position, part, swaps - swapped
        )
        made += a
        swapped += s
    return made, swapped


@lattice
@given(seeds, sizes, st.lists(st.integers(0, 400), min_size=1, max_size=4))
@pytest.mark.parametrize("boundary", BOUNDARIES)
def test_exact_swaps_equal_the_plain_rule_however_they_are_split(boundary, seed, n, parts):
    lanes, cells = lanes_from(seed), random_cells(seed, n)
    expected = cells.tolist()
    effective = plain_swaps(expected, stream_of_bonds(lanes, n, boundary, sum(parts)))
    made, swapped = run_exact(cells, n, boundary, lanes.copy(), parts)
    assert (made, swapped) == (sum(parts), len(effective))
    assert cells.tolist() == expected


@lattice
@given(seeds, sizes, st.integers(1, 40))
@pytest.mark.parametrize("boundary", [kernels.REFLECTING, kernels.FIXED])
def test_exact_swaps_stop_at_the_last_effective_swap_asked_for(boundary, seed, n, wanted):
    lanes, cells = lanes_from(seed), random_cells(seed, n)
    cells[0], cells[n * n - 1] = 0, 1
    expected = cells.tolist()
    bonds = stream_of_bonds(lanes, n, boundary, 4000)
    effective = plain_swaps(expected.copy(), bonds)
    if len(effective) < wanted:
        return
    attempts = effective[wanted - 1] + 1
    plain_swaps(expected, bonds[:attempts])
    assert run_exact(cells, n, boundary, lanes.copy(), [2**40], wanted) == (attempts, wanted)
    assert cells.tolist() == expected


def test_exact_swaps_across_a_refill_of_the_block():
    n, parts = 6, [kernels.BLOCK - 3, 5, kernels.BLOCK, 1]
    lanes, cells = lanes_from(3), random_cells(3, n)
    expected = cells.tolist()
    plain_swaps(expected, stream_of_bonds(lanes, n, kernels.PERIODIC, sum(parts)))
    run_exact(cells, n, kernels.PERIODIC, lanes.copy(), parts)
    assert cells.tolist() == expected


@lattice
@given(seeds, st.integers(2, 5), st.lists(st.integers(0, 120), min_size=1, max_size=3))
@pytest.mark.parametrize("boundary", BOUNDARIES)
def test_every_sliced_replica_follows_its_own_coins(boundary, seed, n, parts):
    lanes = lanes_from(seed)
    rng = np.random.default_rng(seed)
    inside = rng.integers(0, 2**64, n * n, dtype=np.uint64)
    cells = np.concatenate([inside, np.array([0, MASK], np.uint64)])
    total = sum(parts)
    stream = plain_words(lanes, 2 * kernels.BLOCK)
    bonds, coins = stream_of_bonds(lanes, n, boundary, total), stream[kernels.BLOCK :]
    replicas = [[int(c) >> k & 1 for c in cells] for k in range(64)]
    for k, replica in enumerate(replicas):
        plain_swaps(replica, [b for b, coin in zip(bonds, coins, strict=False) if coin >> k & 1])
    words, position = np.zeros(2 * kernels.BLOCK, np.uint64), kernels.BLOCK
    for part in parts:
        position = kernels.sliced_swaps(cells, n, boundary, lanes, words, position, part)
    assert [[int(c) >> k & 1 for c in cells] for k in range(64)] == replicas


@lattice
@given(seeds, st.integers(1, 140))
def test_packing_is_undone_by_unpacking(seed, n):
    cells = np.random.default_rng(seed).integers(0, 2, (n, n)).astype(np.uint8)
    planes = pack(cells)
    assert np.array_equal(unpack(planes, n), cells)
    assert sum(int(word).bit_count() for word in planes.ravel()) == cells.sum()


def plain_sweep(cells, words, periodic):
    """One sublattice sweep in plain Python; `words(count)` gives the next fill of the buffer."""
    n = len(cells)
    height = (n + 1) // 2
    width = -(-height // 64)

    def toss(a, b, plane, column, row, fill):
        word = fill[(plane * width + column // 64) * height + row]
        if word >> (column % 64) & 1:
            cells[a], cells[b] = cells[b], cells[a]

    for parity in range(2):
        fill = words()
        for i, x in itertools.product(range(height), range(n)):
            y = 2 * i + parity
            if y < n and (y + 1 < n or (periodic and parity)):
                toss((y, x), ((y + 1) % n, x), x % 2, x // 2, i, fill)
        fill = words()
        for y, c in itertools.product(range(n), range(height)):
            x = 2 * c + parity
            if x < n and (x + 1 < n or (periodic and parity)):
                toss((y, x), (y, (x + 1) % n), y % 2, c, y // 2, fill)


@lattice
@given(seeds, st.integers(1, 12) | st.sampled_from([126, 127, 128, 129, 130, 131]))
@pytest.mark.parametrize("periodic", [False, True])
def test_sublattice_sweeps_equal_the_plain_rule(periodic, seed, n):
    if periodic:
        n += n % 2
    lanes = lanes_from(seed)
    cells = np.random.default_rng(seed).integers(0, 2, (n, n)).astype(np.uint8)
    planes = pack(cells)
    buffer = np.empty(-(-planes.size // 2 // kernels.LANES) * kernels.LANES, np.uint64)
    stream = iter(plain_words(lanes, 4 * buffer.size))
    plain_sweep(cells, lambda: [next(stream) for _ in range(buffer.size)], periodic)
    kernels.sublattice_sweeps(planes, n, periodic, lanes, buffer, 1)
    assert np.array_equal(unpack(planes, n), cells)


def plain_walk(x, y, u, v, n, ring):
    """One step along the diagonals u and v, free on a ring or lost beyond the walls."""
    if ring:
        return (x + u + v - 1) % ring, (y + u - v) % ring
    inside = 0 <= x < n and 0 <= y < n
    return (x + u + v - 1, y + u - v) if inside else (x, y)


@lattice
@given(seeds, st.integers(1, 7), st.lists(st.integers(0, 21), min_size=1, max_size=3))
@pytest.mark.parametrize("ring", [0, 16, 21, 32760])
def test_walk_equals_the_plain_rule_however_it_is_split(ring, seed, n, parts):
    lanes, walkers = lanes_from(seed), 37
    rng = np.random.default_rng(seed)
    xs, ys = rng.integers(0, ring or n, (2, walkers)).astype(np.int16)
    xs[0], ys[1] = (ring or n) - 1, 0
    words = np.zeros(kernels.LANES, np.uint64)
    stream = plain_words(lanes, kernels.LANES * (sum(parts) // 8 + 1))
    expected = []
    for walker, (x, y) in enumerate(zip(xs.tolist(), ys.tolist(), strict=True)):
        for step in range(sum(parts)):
            bits = stream[step // 8 * kernels.LANES + walker // 4] >> (16 * (walker % 4))
            u, v = bits >> (step % 8) & 1, bits >> (8 + step % 8) & 1
            x, y = plain_walk(x, y, u, v, n, ring)
        expected.append((x, y))
    phase = 0
    for part in parts:
        phase = kernels.walk_steps(xs, ys, n, ring, lanes, words, phase, part)
    assert list(zip(xs.tolist(), ys.tolist(), strict=True)) == expected


def mirrored(place, n):
    """Where a free walker is seen between two mirrors at the walls."""
    cells = [*range(n), *reversed(range(n))]
    return cells[place % (2 * n)]


@lattice
@given(seeds, st.integers(1, 7))
def test_walkers_are_counted_where_they_are_seen(seed, n):
    xs, ys = np.random.default_rng(seed).integers(-1, 40, (2, 50)).astype(np.int16)
    seen = {
        kernels.REFLECTING: [(mirrored(y, n), mirrored(x, n)) for x, y in zip(xs, ys, strict=True)],
        kernels.PERIODIC: [(y % n, x % n) for x, y in zip(xs, ys, strict=True)],
        kernels.OPEN: [(y, x) for x, y in zip(xs, ys, strict=True) if 0 <= x < n and 0 <= y < n],
    }
    for boundary, places in seen.items():
        counts = np.zeros((n, n), np.int32)
        kernels.walk_counts(xs, ys, boundary, counts)
        expected = np.zeros((n, n), np.int32)
        for place in places:
            expected[place] += 1
        assert np.array_equal(counts, expected)
