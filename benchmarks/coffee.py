"""Speed of the coffee engines: `python -m benchmarks.coffee [--rounds N] [--out FOLDER]`.

Before anything is timed, the kernel and the C reference must give the same cells from the same
random state, and every contender must conserve the cream.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from numba import njit
from numpy.typing import NDArray

from benchmarks import coffee_peers as peers
from benchmarks.harness import Bar, Contender, FirstCall, Race, first_call, race, time_snippet
from benchmarks.machine import machine
from benchmarks.report import Report, command
from complexity.provenance import commit
from simulations.coffee import _kernels as kernels

BLOCK, LANES, CLOSED = kernels.BLOCK, kernels.LANES, kernels.REFLECTING
EVERY = np.iinfo(np.int64).max
"""No limit on the effective swaps."""

EXACT, C_SAME, C_PLAIN = "exact", "C, same algorithm", "C, one plain loop"
NUMBA, NUMPY_LOOP = "Numba, np.random x 3", "NumPy draws, Python loop"
REPLICAS, SUBLATTICE, NUMPY_SUBLATTICE = "64 replicas", "sublattice", "NumPy sublattice"
WALK, NUMPY_WALK = "walk", "NumPy walk"

SWAP_BARS = (
    Bar(EXACT, C_SAME, 0.9),
    Bar(EXACT, NUMBA, 15),
    Bar(REPLICAS, EXACT, 15),
    Bar(SUBLATTICE, EXACT, 40),
)


def states(seed: int, lanes: int = LANES) -> NDArray[np.uint64]:
    """Return the states (4, lanes) of xoshiro256++ generators."""
    words = np.random.SeedSequence(seed).generate_state(4 * lanes, np.uint64)
    return words.astype(np.uint64, copy=False).reshape(4, lanes)


def mixed_cup(n: int) -> NDArray[np.uint8]:
    """Return a well stirred cup: n*n cells, half of them cream, then the two reservoirs."""
    cells = (np.arange(n * n + 2) < n * n // 2).astype(np.uint8)
    np.random.default_rng(n).shuffle(cells[: n * n])
    cells[-1] = 1
    return cells


def packed(grid: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """Pack `grid` (n, n), n even, into the planes (2, 2, W, n / 2) of the sublattice kernel."""
    half = grid.shape[0] // 2
    padded = np.zeros((2, 2, half, -(-half // 64) * 64), np.uint8)
    for p in range(2):
        for q in range(2):
            padded[p, q, :, :half] = grid[p::2, q::2]
    words = np.packbits(padded, axis=-1, bitorder="little").view(np.uint64)
    return np.ascontiguousarray(words.swapaxes(-1, -2))


def rounded(count: int, multiple: int) -> int:
    """Round `count` up to a multiple."""
    return -(-count // multiple) * multiple


def same_cells(reference: peers.CReference, n: int, attempts: int) -> bool:
    """Say whether kernel and C reference agree on cells, random states and effective swaps."""
    cells, lanes, words = mixed_cup(n), states(n), np.empty(BLOCK, np.uint64)
    twin, twin_lanes = cells.copy(), lanes.copy()
    _, swapped, _ = kernels.exact_swaps(cells, n, CLOSED, lanes, words, BLOCK, attempts, EVERY)
    twin_swapped = reference.swaps(twin, n, twin_lanes, attempts)
    same = np.array_equal(cells, twin) and np.array_equal(lanes, twin_lanes)
    return same and swapped == twin_swapped


def cream_in(cells: NDArray[np.uint8], n: int) -> Callable[[], bool]:
    """Return a check that the n*n first entries of `cells` hold as much cream as they did."""
    return lambda: int(cells[: n * n].sum()) == n * n // 2


def exact(n: int, attempts: int = 1 << 25) -> Contender:
    cells, lanes, words = mixed_cup(n), states(n), np.empty(BLOCK, np.uint64)

    def run():
        kernels.exact_swaps(cells, n, CLOSED, lanes, words, BLOCK, attempts, EVERY)

    return Contender(EXACT, run, attempts, "attempts", verify=cream_in(cells, n))


def c_same(reference: peers.CReference, n: int, attempts: int = 1 << 25) -> Contender:
    cells, lanes = mixed_cup(n), states(n)

    def run():
        reference.swaps(cells, n, lanes, attempts)

    return Contender(
        C_SAME, run, attempts, "attempts", "bit-identical cells", verify=cream_in(cells, n)
    )


def c_plain(reference: peers.CReference, n: int, attempts: int = 1 << 23) -> Contender:
    cells, state = mixed_cup(n), np.ascontiguousarray(states(n)[:, 0])

    def run():
        reference.plain(cells, n, state, attempts)

    return Contender(C_PLAIN, run, attempts, "attempts", verify=cream_in(cells, n))


def idiomatic_numba(n: int, attempts: int = 1 << 21) -> Contender:
    cells = mixed_cup(n)
    grid = cells[: n * n].reshape(n, n)

    def run():
        peers.idiomatic_numba(grid, attempts)

    return Contender(NUMBA, run, attempts, "attempts", verify=cream_in(cells, n))


def numpy_loop(n: int, attempts: int = 1 << 17) -> Contender:
    cells, rng = bytearray(mixed_cup(n)[: n * n]), np.random.default_rng(n)

    def run():
        peers.numpy_swaps(cells, n, rng, attempts)

    return Contender(NUMPY_LOOP, run, attempts, "attempts", verify=lambda: sum(cells) == n * n // 2)


def replicas(n: int, attempts: int = 1 << 22) -> Contender:
    cells = np.where(mixed_cup(n) == 1, ~np.uint64(0), np.uint64(0))
    lanes, words = states(n), np.empty(2 * BLOCK, np.uint64)

    def run():
        kernels.sliced_swaps(cells, n, CLOSED, lanes, words, BLOCK, attempts)

    def verify():
        bits = np.unpackbits(cells[: n * n].view(np.uint8).reshape(-1, 8), axis=1)
        return bool(np.all(bits.sum(axis=0) == n * n // 2))

    note = "shared bonds, a coin per replica"
    return Contender(REPLICAS, run, 64 * attempts, "replica-attempts", note, verify=verify)


def sublattice(n: int, bonds: int = 1 << 31) -> Contender:
    per_sweep = 2 * n * (n - 1)
    sweeps = -(-bonds // per_sweep)
    planes, lanes = packed(mixed_cup(n)[: n * n].reshape(n, n)), states(n)
    words = np.empty(rounded(planes.size // 2, LANES), np.uint64)

    def run():
        kernels.sublattice_sweeps(planes, n, False, lanes, words, sweeps)

    def verify():
        return int(np.bitwise_count(planes).sum()) == n * n // 2

    note = f"bits packed, other dynamics, {sweeps} sweeps"
    return Contender(SUBLATTICE, run, sweeps * per_sweep, "bonds", note, verify=verify)


def numpy_sublattice(n: int, bonds: int = 1 << 23) -> Contender:
    per_sweep = 2 * n * (n - 1)
    sweeps = -(-bonds // per_sweep)
    cells, rng = mixed_cup(n), np.random.default_rng(n)
    grid = cells[: n * n].reshape(n, n)

    def run():
        peers.numpy_sublattice(grid, rng, sweeps)

    return Contender(
        NUMPY_SUBLATTICE,
        run,
        sweeps * per_sweep,
        "bonds",
        "NumPy's best, the dynamics of the sublattice engine",
        verify=cream_in(cells, n),
    )


def walkers(n: int) -> tuple[NDArray[np.int16], NDArray[np.int16]]:
    """Return columns and rows (n*n/2,) of walkers spread over the upper half."""
    ys, xs = np.divmod(np.arange(n * n // 2), n)
    return xs.astype(np.int16), ys.astype(np.int16)


def walk(n: int, moves: int = 1 << 27) -> Contender:
    (xs, ys), lanes = walkers(n), states(n)
    steps = rounded(-(-moves // xs.size), 8)
    words = np.empty(rounded(-(-xs.size // 4), LANES), np.uint64)

    def run():
        kernels.walk_steps(xs, ys, n, 2 * n, lanes, words, 0, steps)

    def verify():
        return in_cup(np.minimum(xs, 2 * n - 1 - xs), np.minimum(ys, 2 * n - 1 - ys), n)

    note = "free on a ring of 2n, folded when read"
    return Contender(WALK, run, steps * xs.size, "moves", verify=verify, note=note)


def numpy_walk(n: int, moves: int = 1 << 21) -> Contender:
    (xs, ys), rng = walkers(n), np.random.default_rng(n)
    steps = -(-moves // xs.size)

    def run():
        peers.numpy_walk(xs, ys, n, rng, steps)

    return Contender(NUMPY_WALK, run, steps * xs.size, "moves", verify=lambda: in_cup(xs, ys, n))


def in_cup(xs: NDArray[np.int16], ys: NDArray[np.int16], n: int) -> bool:
    """Say whether every walker is inside and some have moved down."""
    inside = min(xs.min(), ys.min()) >= 0 and max(xs.max(), ys.max()) < n
    return bool(inside and ys.max() >= n // 2)


# The kernels live in another file: a compile cache here would not see them change, so none is kept.
@njit
def _fills(lanes, words, times):
    for _ in range(times):
        kernels.fill(lanes, words)


@njit
def _bond_passes(rows, columns, n, source, target, times):
    for _ in range(times):
        kernels.bonds(rows, columns, n, kernels.REFLECTING, source, target)


def limits(reference: peers.CReference, n: int, blocks: int = 1 << 12) -> list[Contender]:
    """Return the parts of an exact attempt, each alone: words, bonds, swaps."""
    lanes, words = states(n), np.empty(BLOCK, np.uint64)
    halves = np.random.default_rng(n).integers(0, 1 << 32, (2, 16 * BLOCK), dtype=np.uint32)
    source, target = np.empty((2, 16 * BLOCK), np.uint32)
    kernels.bonds(halves[0], halves[1], n, CLOSED, source, target)
    rows, columns = halves[:, :BLOCK].copy()
    one_source, one_target = np.empty((2, BLOCK), np.uint32)
    cells = mixed_cup(n)
    work = blocks * BLOCK

    def bond_passes():
        _bond_passes(rows, columns, n, one_source, one_target, blocks)

    def part(name: str, run: Callable[[], object], note: str) -> Contender:
        return Contender(name, run, work, "attempts", note, limit=True)

    return [
        part("random words (ours)", lambda: _fills(lanes, words, blocks), "`fill` alone"),
        part("random words (C)", lambda: reference.words(lanes, blocks), "one word an attempt"),
        part("words to bonds (ours)", bond_passes, "`bonds` alone"),
        part(
            "swap pass (C)",
            lambda: reference.exchange(cells, source, target, blocks // 16),
            "two dependent bytes read and written",
        ),
    ]


def swap_race(reference: peers.CReference, n: int, rounds: int) -> Race:
    """Race every engine and peer of the swap model in an n by n cup."""
    contenders = [
        exact(n),
        c_same(reference, n),
        c_plain(reference, n),
        idiomatic_numba(n),
        numpy_loop(n),
        replicas(n),
        sublattice(n),
        numpy_sublattice(n),
        *limits(reference, n),
    ]
    return race(f"swaps, n={n}", contenders, baseline=EXACT, rounds=rounds, bars=SWAP_BARS)


def packed_race(n: int, rounds: int) -> Race:
    """Race the sublattice engine at a size that fills its words."""
    contenders = [exact(n), sublattice(n), numpy_sublattice(n)]
    bars = [Bar(SUBLATTICE, EXACT, 40)]
    return race(f"swaps, n={n}", contenders, baseline=EXACT, rounds=rounds, bars=bars)


def walk_race(n: int, rounds: int) -> Race:
    """Race the walks of n*n/2 particles."""
    bars = [Bar(WALK, NUMPY_WALK, 60)]
    title = f"independent walkers, n={n}"
    return race(title, [walk(n), numpy_walk(n)], baseline=NUMPY_WALK, rounds=rounds, bars=bars)


_SETUP = """
import numpy as np
from simulations.coffee import _kernels as K
lanes = np.random.SeedSequence(0).generate_state(4 * K.LANES, np.uint64).reshape(4, K.LANES)
words = np.empty(2 * K.BLOCK, np.uint64)
cells = np.zeros(10002, np.uint8)
wide = np.zeros(10002, np.uint64)
planes = np.zeros((2, 2, 1, 50), np.uint64)
xs, ys = np.zeros((2, 5000), np.int16)
counts = np.zeros((100, 100), np.int64)
"""

_CALLS = {
    EXACT: "K.exact_swaps(cells, 100, 0, lanes, words[:K.BLOCK], K.BLOCK, 5000, 1 << 62)",
    REPLICAS: "K.sliced_swaps(wide, 100, 0, lanes, words, K.BLOCK, 5000)",
    SUBLATTICE: "K.sublattice_sweeps(planes, 100, False, lanes, words[:112], 1)",
    WALK: "K.walk_steps(xs, ys, 100, 200, lanes, words[:1264], 0, 8)",
}
_SMALLEST = "K.walk_counts(xs, ys, 0, counts)"


def first_calls(repeats: int = 3) -> tuple[FirstCall, ...]:
    """Measure the first call of each engine in fresh processes."""
    engines = tuple(
        first_call(name, _SETUP, call, repeats=repeats, cold_at_most=3.0, warm_at_most=0.3)
        for name, call in _CALLS.items()
    )
    numba_itself = "limit: Numba itself (a four-line kernel)"
    return (*engines, first_call(numba_itself, _SETUP, _SMALLEST, repeats=repeats))


def fill_the_cache() -> None:
    """Compile the engines in another process: in one that compiles, they run up to 1.5x slower."""
    time_snippet(_SETUP, "\n".join(_CALLS.values()), cache=None)


NOTES = (
    "Closed walls, a well stirred cup. An attempt draws a bond and swaps its two cells; the exact "
    "engine and the C reference gave identical cells, and every contender conserved the cream, "
    "before anything was timed. Rows marked *limit* are parts of an exact attempt alone: what the "
    "random words and the memory allow. They are compiled apart, so they need not add up to it.",
)


def benchmark(rounds: int) -> Report:
    """Verify, race and measure everything.

    Raises:
        RuntimeError: gcc is missing, or a contender computes something else.
    """
    began = time.perf_counter()
    fill_the_cache()
    reference = peers.compile_reference()
    for n in (100, 1000):
        if not same_cells(reference, n, 100 * BLOCK + 1000):
            raise RuntimeError(f"kernel and C reference disagree at n={n}")
    races = (
        *(swap_race(reference, n, rounds) for n in (100, 1000)),
        *(packed_race(n, rounds) for n in (128, 1024)),
        *(walk_race(n, rounds) for n in (100, 1000)),
    )
    calls = first_calls()
    return Report(
        title="Coffee engines",
        command=f"python -m benchmarks.coffee --rounds {rounds}",
        machine=machine(),
        threads=1,
        rounds=rounds,
        seconds=round(time.perf_counter() - began, 1),
        commit=commit(),
        races=races,
        first_calls=calls,
        notes=NOTES,
    )


if __name__ == "__main__":
    command("coffee", benchmark, rounds=9, about=__doc__)
