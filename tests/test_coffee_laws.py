"""Laws of the cups that did not come from this code: exact chains, heat equations, duality."""

from fractions import Fraction
from itertools import combinations

import networkx as nx
import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from simulations.coffee import (
    ExactCup,
    HeatEquation,
    SlicedCup,
    StirredCup,
    SublatticeAverages,
    SublatticeCup,
    WalkCup,
    cup_system,
    independent_cells,
    initial_cup,
    shear,
)
from simulations.coffee.exact import attempts_per_sweep, bond_rate
from simulations.coffee.figure import short_time

HALF16 = initial_cup(16)
BOUNDARIES = ("reflecting", "periodic", "fixed", "open")


def grid_bonds(n, boundary):
    """The bonds of a cup by networkx: pairs of cells, "cream" or "coffee" standing for outside."""
    graph = nx.grid_2d_graph(n, n)
    bonds = list(graph.edges)
    if boundary == "periodic":
        bonds += [((n - 1, x), (0, x)) for x in range(n)] + [((y, n - 1), (y, 0)) for y in range(n)]
    if boundary in ("fixed", "open"):
        above = "cream" if boundary == "fixed" else "coffee"
        bonds += [((0, x), above) for x in range(n)] + [((n - 1, x), "coffee") for x in range(n)]
    if boundary == "open":
        bonds += [((y, 0), "coffee") for y in range(n)] + [((y, n - 1), "coffee") for y in range(n)]
    return bonds


def exact_chain_density(cup, boundary, attempts):
    """E[cells] by enumerating every configuration of the cup, in exact fractions."""
    n = len(cup)
    bonds = grid_bonds(n, boundary)
    number = 2 * n * (n + 1) if boundary in ("fixed", "open") else 2 * n * n
    chance = Fraction(1, number)
    law = {tuple(int(v) for v in cup.ravel()): Fraction(1)}
    outside = {"cream": 1, "coffee": 0}
    for _ in range(attempts):
        after: dict[tuple[int, ...], Fraction] = {}
        for cells, p in law.items():
            after[cells] = after.get(cells, Fraction(0)) + p * (1 - len(bonds) * chance)
            for a, b in bonds:
                new = list(cells)
                i = a[0] * n + a[1]
                if isinstance(b, str):
                    new[i] = outside[b]
                else:
                    j = b[0] * n + b[1]
                    new[i], new[j] = new[j], new[i]
                after[tuple(new)] = after.get(tuple(new), Fraction(0)) + p * chance
        law = after
    return [sum(p * cells[i] for cells, p in law.items()) for i in range(n * n)]


@pytest.mark.parametrize("boundary", BOUNDARIES)
def test_heat_equation_is_the_expectation_of_the_enumerated_chain(boundary):
    cup = np.array([[1, 0, 1], [0, 1, 0], [0, 0, 1]])
    exact = exact_chain_density(cup, boundary, 4)
    rate = 1 / 24 if boundary in ("fixed", "open") else 1 / 18
    assert bond_rate(3, boundary) == pytest.approx(rate, rel=1e-15)
    solved = HeatEquation(cup.astype(float), boundary, rate).at(4)
    assert solved.ravel() == pytest.approx([float(v) for v in exact], abs=1e-14)


def test_closed_cup_equals_the_rational_power_of_its_laplacian():
    n, ticks = 4, 7
    laplacian = sympy.Matrix(nx.laplacian_matrix(nx.grid_2d_graph(n, n)).toarray().tolist())
    one = sympy.eye(n * n) - laplacian / (2 * n * n)
    density = sympy.Matrix([1 if i < n * n // 2 else 0 for i in range(n * n)])
    exact = [float(v) for v in (one**ticks) * density]
    solved = HeatEquation(initial_cup(n).astype(float), "reflecting", bond_rate(n, "reflecting"))
    assert solved.at(ticks).ravel() == pytest.approx(exact, abs=1e-14)


def test_sublattice_averages_equal_products_of_two_by_two_means():
    n, sweeps = 6, 3
    cup = np.random.default_rng(5).integers(0, 2, (n, n))
    for periodic in (False, True):
        density = [[Fraction(int(v)) for v in row] for row in cup]
        for _ in range(sweeps):
            for parity in (0, 1):
                for axis in (0, 1):
                    for i in range(parity, n if periodic else n - 1, 2):
                        for k in range(n):
                            a, b = (
                                ((i, k), ((i + 1) % n, k))
                                if axis == 0
                                else ((k, i), (k, (i + 1) % n))
                            )
                            mean = (density[a[0]][a[1]] + density[b[0]][b[1]]) / 2
                            density[a[0]][a[1]] = density[b[0]][b[1]] = mean
        exact = [float(v) for row in density for v in row]
        assert SublatticeAverages(cup.astype(float), periodic).at(sweeps).ravel() == pytest.approx(
            exact, abs=1e-14
        )


def test_sublattice_averages_do_not_depend_on_the_way_there():
    cup = initial_cup(8).astype(float)
    stepwise = SublatticeAverages(cup, False)
    for ticks in (3, 6, 9, 4):
        stepwise.at(ticks)
    assert stepwise.at(12) == pytest.approx(SublatticeAverages(cup, False).at(12), abs=1e-14)


def test_a_resumed_sublattice_cup_expects_the_same():
    straight, resumed = (cup_system(initial_cup(40), engine="sublattice") for _ in "ab")
    for _ in range(9):
        straight.advance(7)
        straight.expected_cells()
    resumed.restore(straight.snapshot())
    for cup in (straight, resumed):
        cup.advance(7)
    np.testing.assert_array_equal(resumed.expected_cells(), straight.expected_cells())


@pytest.mark.parametrize(
    ("time", "said"),
    [
        (12, "12"), (9999, "9999"), (10_000, "10k"), (999_499, "999k"), (999_500, "1M"),
        (3_456_000, "3.46M"), (999_999_999, "1G"), (10**15, "1P"), (2**62, "4.61E"),
    ],
)  # fmt: skip
def test_short_times(time, said):
    assert short_time(time) == said


def z_scores(groups, expected):
    """z of the mean over groups (first axis) against what is expected, entry by entry."""
    mean = groups.mean(axis=0)
    error = groups.std(axis=0, ddof=1) / np.sqrt(len(groups))
    return (mean - expected) / error


@pytest.mark.parametrize("boundary", BOUNDARIES)
def test_row_densities_of_exact_swaps(boundary):
    attempts, rows = 40960, []
    for seed in range(6):
        cups = ExactCup(HALF16, boundary=boundary, clock="attempts", replicas=500, seed=seed)
        cups.advance(attempts)
        rows.append(np.asarray(cups.states()).mean(axis=2))
        expected = cups.expected_cells().mean(axis=1)
    assert np.abs(z_scores(np.concatenate(rows), expected)).max() < 4


def test_row_densities_of_exact_swaps_long_before_equilibrium():
    cups = ExactCup(HALF16, clock="attempts", replicas=2000, seed=11)
    cups.advance(3000)
    rows = np.asarray(cups.states()).mean(axis=2)
    assert np.abs(z_scores(rows, cups.expected_cells().mean(axis=1))).max() < 4


@pytest.mark.parametrize("boundary", BOUNDARIES)
def test_row_densities_of_sliced_swaps(boundary):
    # replicas of a group share their bonds, so the spread is taken over groups
    cups = SlicedCup(HALF16, boundary=boundary, clock="attempts", replicas=64 * 200, seed=2)
    cups.advance(2 * 20480)
    groups = np.asarray(cups.states()).reshape(200, 64, 16, 16).mean(axis=(1, 3))
    assert np.abs(z_scores(groups, cups.expected_cells().mean(axis=1))).max() < 4


@pytest.mark.parametrize("boundary", ["reflecting", "periodic"])
def test_row_densities_of_sublattice_sweeps(boundary):
    cups = SublatticeCup(initial_cup(64), boundary=boundary, replicas=2000, seed=3)
    cups.advance(6)
    rows = np.asarray(cups.states()).mean(axis=2)
    expected = cups.expected_cells().mean(axis=1)
    moving = (expected > 0) & (expected < 1)
    assert moving.sum() >= 18
    assert np.array_equal(rows.mean(axis=0)[~moving], np.round(expected[~moving]))
    assert np.abs(z_scores(rows[:, moving], expected[moving])).max() < 4


def test_cells_of_a_disc_follow_the_two_dimensional_heat_equation():
    cups = SublatticeCup(initial_cup(16, "disc"), replicas=4000, seed=4)
    cups.advance(5)
    cells = np.asarray(cups.states()).astype(float)
    expected = cups.expected_cells()
    moving = (expected > 1e-3) & (expected < 1 - 1e-3)
    assert np.abs(z_scores(cells[:, moving], expected[moving])).max() < 4.5


def test_law_of_the_smallest_cup_equals_the_enumerated_chain():
    attempts, runs = 3, 20000
    cup = initial_cup(2)
    states = list(combinations(range(4), 2))
    bonds = [(a[0] * 2 + a[1], b[0] * 2 + b[1]) for a, b in grid_bonds(2, "reflecting")]
    law = dict.fromkeys(states, Fraction(0))
    law[(0, 1)] = Fraction(1)
    for _ in range(attempts):
        after = {state: p * Fraction(1, 2) for state, p in law.items()}
        for state, p in law.items():
            for i, j in bonds:
                swapped = tuple(sorted({i: j, j: i}.get(k, k) for k in state))
                after[swapped] += p / 8
        law = after
    observed = dict.fromkeys(states, 0)
    for seed in range(20):
        cups = ExactCup(cup, clock="attempts", replicas=runs // 20, seed=seed)
        cups.advance(attempts)
        for cells in np.asarray(cups.states()):
            observed[tuple(np.flatnonzero(cells).tolist())] += 1
    possible = [state for state in states if law[state]]
    assert sum(observed[state] for state in possible) == runs
    chance = stats.chisquare(
        [observed[state] for state in possible], [float(law[state]) * runs for state in possible]
    ).pvalue
    assert chance > 1e-4


def test_block_counts_vary_less_than_independent_cells():
    # strong Rayleigh measures are negatively dependent (Borcea, Branden, Liggett 2009)
    counts, runs = [], 4000
    for seed in range(8):
        cups = ExactCup(HALF16, clock="attempts", replicas=runs // 8, seed=100 + seed)
        cups.advance(200_000)
        counts.append(np.asarray(cups.states())[:, 4:12, 4:12].astype(int).sum(axis=(1, 2)))
        p = cups.expected_cells()[4:12, 4:12]
    variance = np.concatenate(counts).var(ddof=1)
    independent = float((p * (1 - p)).sum())
    # at equilibrium every half-filled cup is equally likely, so a block's count is hypergeometric
    hypergeometric = 64 * 0.25 * (256 - 64) / (256 - 1)
    error = variance * np.sqrt(2 / (runs - 1))
    assert independent == pytest.approx(16, rel=0.01)
    assert variance < independent - 4 * error
    assert abs(variance - hypergeometric) < 4 * error


@pytest.mark.parametrize(
    "system",
    [
        *(ExactCup(HALF16, boundary=b, replicas=3) for b in ("reflecting", "periodic")),
        *(SublatticeCup(HALF16, boundary=b, replicas=3) for b in ("reflecting", "periodic")),
        *(SlicedCup(HALF16, boundary=b, replicas=70) for b in ("reflecting", "periodic")),
        *(WalkCup(HALF16, boundary=b, replicas=3) for b in ("reflecting", "periodic")),
        *(WalkCup(HALF16, engine="jump", boundary=b) for b in ("reflecting", "periodic")),
        StirredCup(HALF16, replicas=3),
    ],
    ids=lambda s: f"{s.parameters['model']}-{s.parameters['engine']}-{s.boundary}",
)
def test_cream_is_conserved_in_closed_cups(system):
    for amount in (1, 7, 40):
        system.advance(amount)
        assert set(np.asarray(system.states()).sum(axis=(1, 2)).tolist()) == {128}


def test_open_cups_only_lose_cream_and_fixed_ones_reach_the_linear_profile():
    open_cup = ExactCup(HALF16, boundary="open", clock="sweeps")
    cream = []
    for _ in range(20):
        open_cup.advance(20)
        cream.append(int(open_cup.states()[0].sum()))
    assert cream == sorted(cream, reverse=True)
    assert cream[-1] < 128
    steady = HeatEquation(HALF16.astype(float), "fixed", bond_rate(16, "fixed")).at(10**7)
    assert steady[:, 3] == pytest.approx(1 - np.arange(1, 17) / 17, abs=1e-12)
    walkers = WalkCup(HALF16, boundary="open", seed=1)
    walkers.advance(60)
    assert 0 < walkers.states()[0].sum() < 128


@settings(deadline=None, max_examples=50)
@given(st.integers(1, 40), st.floats(0, 1), st.integers(0, 2**32 - 1))
def test_shears_are_bijections_undone_by_their_inverse(n, amplitude, seed):
    labels = np.random.default_rng(seed).permutation(n * n).reshape(n, n)
    stirred = shear(labels, amplitude)
    assert np.array_equal(np.sort(stirred.ravel()), np.arange(n * n))
    assert np.array_equal(shear(stirred, amplitude, inverse=True), labels)


def test_shear_moves_cells_where_its_formula_says():
    n, amplitude = 8, 0.35
    cells = np.zeros((n, n), int)
    cells[2, 1] = 1
    x = (1 + round(amplitude * n * np.sin(2 * np.pi * 2 / n))) % n
    y = (2 + round(amplitude * n * np.sin(2 * np.pi * x / n))) % n
    assert np.argwhere(shear(cells, amplitude)).tolist() == [[y, x]]


def walk_law(n, boundary, start, steps):
    """The exact law of a walker's cell: a power of the grid's transition matrix."""
    graph = nx.grid_2d_graph(n, n, periodic=boundary == "periodic")
    cells = sorted(graph.nodes)
    step = nx.to_numpy_array(graph, nodelist=cells) / 4
    np.fill_diagonal(step, 1 - step.sum(axis=0))
    return np.linalg.matrix_power(step, steps)[cells.index(start)].reshape(n, n)


@pytest.mark.parametrize("engine", ["step", "jump"])
@pytest.mark.parametrize("boundary", ["reflecting", "periodic"])
@pytest.mark.parametrize("steps", [5, 37])
def test_walkers_are_distributed_as_the_transition_matrix_says(engine, boundary, steps):
    n, start, walkers = 8, (2, 5), 400_000
    cup = np.zeros((n, n), np.int32)
    cup[start] = walkers
    system = WalkCup(cup, engine=engine, boundary=boundary, seed=steps)
    system.advance(steps)
    law = walk_law(n, boundary, start, steps)
    counts = np.asarray(system.states())[0]
    assert counts[law == 0].sum() == 0
    possible = law > 0
    assert stats.chisquare(counts[possible], law[possible] * walkers).pvalue > 1e-4
    assert system.expected_cells() == pytest.approx(law * walkers, abs=1e-6)


def test_jumps_compose_in_law():
    n, walkers = 8, 400_000
    cup = np.zeros((n, n), np.int32)
    cup[0, 3] = walkers
    system = WalkCup(cup, engine="jump", seed=9)
    for part in (3, 11, 23):
        system.advance(part)
    law = walk_law(n, "reflecting", (0, 3), 37)
    possible = law > 0
    counts = np.asarray(system.states())[0]
    assert stats.chisquare(counts[possible], law[possible] * walkers).pvalue > 1e-4


def test_independent_cells_have_the_means_they_are_given():
    expected = np.array([[0.0, 1.0], [0.25, 0.5]])
    rng = np.random.default_rng(0)
    coins = np.array([independent_cells(expected, rng, counts=False) for _ in range(4000)])
    assert coins[:, 0].mean(axis=0).tolist() == [0, 1]
    assert np.abs(z_scores(coins[:, 1], expected[1])).max() < 4
    poisson = np.array([independent_cells(4 * expected, rng, counts=True) for _ in range(4000)])
    assert np.abs(z_scores(poisson[:, 1], 4 * expected[1])).max() < 4
    assert poisson[:, 1, 1].var() == pytest.approx(2, rel=0.15)


def test_sublattice_sweeps_diffuse_twice_as_fast_as_exact_ones():
    # after its coin a particle is at either end of its bond with equal chances, so each of the two
    # half-sweeps moves it by one cell along an axis: variance 2 per sweep, against 1
    n, sweeps = 64, 200
    cup = initial_cup(n).astype(float)
    exact = HeatEquation(cup, "reflecting", bond_rate(n, "reflecting"))
    sublattice = SublatticeAverages(cup, False).at(sweeps).mean(axis=1)
    twice = exact.at(2 * sweeps * attempts_per_sweep(n, "reflecting")).mean(axis=1)
    once = exact.at(sweeps * attempts_per_sweep(n, "reflecting")).mean(axis=1)
    assert np.abs(sublattice - twice).max() < 0.01
    assert np.abs(sublattice - once).max() > 0.05
