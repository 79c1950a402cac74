"""Asynchronous updates and exclusion: the plain rule draw by draw, and exact stationary laws."""

import itertools
from fractions import Fraction
from math import factorial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from simulations.automata.ant import LangtonAnt
from simulations.automata.asynchronous import Asynchronous
from simulations.automata.elementary import ElementaryCA
from simulations.automata.exclusion import Exclusion
from simulations.automata.life import LifeLike
from simulations.automata.local import LocalRule, neighbourhood_offsets
from simulations.automata.margolus import Margolus
from simulations.automata.sandpile import Sandpile
from simulations.system import random_words
from tests.automata_laws import conserves, goes_on, plain_word
from tests.test_automata_local import BOUNDARIES, life, plain_around

few = settings(deadline=None, max_examples=30)
ORDERS = ("random-sequential", "random-permutation", "sequential", "alpha")
grids = arrays.arrays(np.uint8, arrays.array_shapes(min_dims=2, max_dims=2, max_side=5),
                      elements=st.integers(0, 1))  # fmt: skip
lines = st.lists(st.integers(0, 1), min_size=1, max_size=9)
MOORE = neighbourhood_offsets("moore")


def of_order(rule, order):
    return Asynchronous(rule, order, alpha=0.4 if order == "alpha" else None)


def key_of(seed, *child):
    return int(random_words(seed, child, 1)[0])


def plain_sweep(cells, order, boundary, seed, time):
    inner = plain_word(key_of(seed, 0), time)
    words = [plain_word(inner, i) for i in range(cells.size)]
    if order == "random-sequential":
        sites = [(word >> 32) * cells.size >> 32 for word in words]
    elif order == "alpha":
        sites = [i for i, word in enumerate(words) if word >> 11 < 0.4 * 2**53]
    else:
        key = words.__getitem__ if order == "random-permutation" else None
        sites = sorted(range(cells.size), key=key)
    source = cells.copy() if order == "alpha" else cells
    for site in sites:
        place = np.unravel_index(site, cells.shape)
        cells[place] = life(plain_around(source, place, MOORE, boundary))
    return cells


FUNCTION = LocalRule(life)


@few
@given(grids, st.sampled_from(ORDERS), st.sampled_from(BOUNDARIES), st.integers(0, 3),
       st.integers(0, 3), st.integers(0, 2**64 - 1))  # fmt: skip
def test_orders_equal_the_plain_rule(grid, order, boundary, steps, start, seed):
    expected = grid.copy()
    for time in range(start, start + steps):
        expected = plain_sweep(expected, order, boundary, seed, time)
    automaton = of_order(LifeLike("B3/S23", boundary), order)
    got = automaton.run(grid, steps, start=start, seed=seed)
    np.testing.assert_array_equal(got, expected)
    goes_on(automaton, grid, steps, 2, start=start, seed=seed)
    if boundary == "periodic":
        by_function = of_order(FUNCTION, order)
        np.testing.assert_array_equal(by_function.run(grid, steps, start=start, seed=seed), got)


def test_all_at_once_and_none():
    state = np.random.default_rng(7).integers(0, 2, (20, 30))
    life_like = LifeLike("B36/S23")
    np.testing.assert_array_equal(
        Asynchronous(life_like, "alpha", alpha=1.0).run(state, 20), life_like.run(state, 20)
    )
    np.testing.assert_array_equal(Asynchronous(life_like, "alpha", alpha=0).run(state, 9), state)


def test_of_one_and_three_dimensions_and_more_states():
    rng = np.random.default_rng(8)
    table = rng.integers(0, 3, 27)
    line = LocalRule(table, dimensions=1, states=3, boundary="fixed")
    cells = rng.integers(0, 3, 11)
    got = Asynchronous(line, "sequential").run(cells, 1)
    around = [0, *cells.tolist(), 0]
    for i in range(1, 12):
        around[i] = int(table[9 * around[i - 1] + 3 * around[i] + around[i + 1]])
    assert got.tolist() == around[1:-1]
    table = LocalRule([110 >> i & 1 for i in range(8)], dimensions=1)
    bits = rng.integers(0, 2, 70)
    np.testing.assert_array_equal(
        Asynchronous(ElementaryCA(110)).run(bits, 5), Asynchronous(table).run(bits, 5)
    )
    cube = LocalRule(lambda cells: cells.sum() % 3, "von-neumann", dimensions=3, states=3)
    goes_on(of_order(cube, "random-permutation"), rng.integers(0, 3, (3, 4, 2)), 2, 3, seed=1)


def test_a_rule_that_draws_draws_for_each_update():
    coin = LocalRule(lambda cells, uniform: uniform < 0.25, [(0, 0)])
    state = np.zeros((50, 60), int)
    for order in ORDERS[:3]:
        share = Asynchronous(coin, order).run(state, 4, seed=10).mean()
        alive = 0.25 * (1 - np.exp(-4)) if order == "random-sequential" else 0.25
        assert abs(share - alive) < 5 * np.sqrt(0.25 * 0.75 / state.size)
    goes_on(Asynchronous(coin), state, 2, 3, seed=4)


def test_bad_asynchronous():
    with pytest.raises(ValueError, match="order: unknown 'random'"):
        Asynchronous(LifeLike(), "random")
    with pytest.raises(ValueError, match="alpha: got None, accepted is a number from 0 to 1"):
        Asynchronous(LifeLike(), "alpha")
    with pytest.raises(ValueError, match=r"alpha: got 0\.5, accepted is None"):
        Asynchronous(LifeLike(), alpha=0.5)
    with pytest.raises(ValueError, match="bbm depends on time or place"):
        Asynchronous(Margolus("bbm"))
    with pytest.raises(ValueError, match="sandpile draws at random"):
        Asynchronous(Sandpile())
    with pytest.raises(ValueError, match="RL has 1000000000 neighbourhoods"):
        Asynchronous(LangtonAnt())
    with pytest.raises(ValueError, match="boundary: unknown 'open'"):
        Asynchronous(LifeLike("B3/S23", "open"))


@st.composite
def processes(draw):
    """An exclusion process of any boundary and update."""
    update = draw(st.sampled_from(["random-sequential", "parallel"]))
    boundary = draw(st.sampled_from(["periodic", "reflecting", "reservoirs"]))
    rate = st.sampled_from([0.0, 0.25, 0.7, 1.0])
    doors = {"alpha": draw(rate), "beta": draw(rate)} if boundary == "reservoirs" else {}
    left = 0.0 if update == "parallel" else draw(rate)
    return Exclusion(draw(rate), left, boundary, update=update, **doors)


def plain_exclusion(process, cells, seed, time):
    """One sweep by the definition; the outside is a full place before and an empty one after."""
    length, inner = len(cells), plain_word(key_of(seed), time)
    first = -1 if process.boundary == "reservoirs" else 0
    last = length - 1 if process.boundary == "reflecting" else length
    bonds = range(first, last)
    parallel = process.update == "parallel"
    source = list(cells) if parallel else cells
    for k, each in enumerate(bonds):
        word = plain_word(inner, each % (length + 1) if parallel else k)
        bond = each if parallel else bonds[(word >> 32) * len(bonds) >> 32]
        coin = word >> 32 if parallel else word & 0xFFFFFFFF
        a, b = bond, (bond + 1) % length if process.boundary == "periodic" else bond + 1
        left, right = (1 if a < 0 else source[a]), (source[b] if b < length else 0)
        rate = process.alpha if a < 0 else process.beta if b == length else process.right
        if (left, right) == (0, 1) and a >= 0 and b < length:
            rate, change = process.left, -1
        elif (left, right) == (1, 0):
            change = 1
        else:
            continue
        if coin < round(rate * 2**32):
            if a >= 0:
                cells[a] = int(change < 0)
            if b < length:
                cells[b] = int(change > 0)
            yield change


@few
@given(processes(), lines, st.integers(0, 5), st.integers(0, 3), st.integers(0, 2**64 - 1))
def test_exclusion_equals_the_plain_rule(process, line, steps, start, seed):
    cells, hops = list(line), 0
    for time in range(start, start + steps):
        hops += sum(plain_exclusion(process, cells, seed, time))
    assert process.run(line, steps, start=start, seed=seed).tolist() == cells
    goes_on(process, line, steps, 3, start=start, seed=seed)
    conserves(process, line, 5, *(() if process.boundary == "reservoirs" else ("particles",)))
    if steps and (len(line) > 1 or process.boundary != "reflecting"):
        flux = process.flux(line, steps, start=start, seed=seed)
        assert (flux.hops, flux.state.tolist()) == (hops, cells)


def error_of_mean(process, state, sweeps, batches, seed):
    """The flux's mean of so many batches after one that is left out, and its standard error."""
    state, means = process.run(state, sweeps, seed=seed), []
    for i in range(1, batches + 1):
        flux = process.flux(state, sweeps, start=i * sweeps, seed=seed)
        means.append(flux.mean)
        state = flux.state
    return np.mean(means), np.std(means, ddof=1) / np.sqrt(batches)


@pytest.mark.parametrize("particles", [5, 20, 33])
def test_flux_of_a_ring(particles):
    """All arrangements are equally likely, so the flux is rho (1 - rho) L / (L - 1)."""
    length = 40
    state = np.random.default_rng(9).permutation(np.arange(length) < particles)
    rho = particles / length
    exact = rho * (1 - rho) * length / (length - 1)
    mean, error = error_of_mean(Exclusion(1.0), state, 500, 60, particles)
    assert error < 0.01 * exact + 0.001
    assert abs(mean - exact) < 4 * error
    mean, error = error_of_mean(Exclusion(0.75, 0.25), state, 500, 60, particles)
    assert abs(mean - exact / 2) < 4 * error


def derrida(places, alpha, beta):
    """Z of Derrida, Evans, Hakim and Pasquier 1993: the flux is Z(N-1) / Z(N)."""
    if alpha == beta:

        def power(p):
            return (p + 1) / alpha**p
    else:

        def power(p):
            return (beta ** -(p + 1) - alpha ** -(p + 1)) / (1 / beta - 1 / alpha)  # fmt: skip

    if places == 0:
        return Fraction(1)
    return sum(
        Fraction(p * factorial(2 * places - 1 - p), factorial(places) * factorial(places - p))
        * power(p)
        for p in range(1, places + 1)
    )


def stationary_flux(places, alpha, beta):
    """By the chain's 2^N states: the mean of what comes in, in units of a bond's attempts."""
    states = list(itertools.product((0, 1), repeat=places))
    index = {state: i for i, state in enumerate(states)}
    rates = np.zeros((len(states), len(states)))
    for state in states:
        moves = [(alpha, (1, *state[1:]))] if not state[0] else []
        moves += [(beta, (*state[:-1], 0))] if state[-1] else []
        moves += [(1, (*state[:i], 0, 1, *state[i + 2 :])) for i in range(places - 1)
                  if state[i : i + 2] == (1, 0)]  # fmt: skip
        for rate, other in moves:
            rates[index[other], index[state]] += float(rate)
            rates[index[state], index[state]] -= float(rate)
    rates[0] = 1
    weights = np.linalg.solve(rates, np.eye(len(states))[0])
    return float(alpha) * sum(weights[index[state]] for state in states if not state[0])


PHASES = [(Fraction(1), Fraction(1)), (Fraction(1, 4), Fraction(1)), (Fraction(1), Fraction(1, 5))]


@pytest.mark.parametrize(("alpha", "beta"), PHASES)
def test_flux_between_reservoirs(alpha, beta):
    """The exact flux of N places, and what it tends to: 1/4, alpha (1 - alpha), or beta's."""
    assert float(derrida(3, alpha, beta) / derrida(4, alpha, beta)) == pytest.approx(
        stationary_flux(4, alpha, beta)
    )
    limit = min(Fraction(1, 4), *(r * (1 - r) for r in (alpha, beta) if r < Fraction(1, 2)), 1)
    assert float(derrida(299, alpha, beta) / derrida(300, alpha, beta)) == pytest.approx(
        float(limit), rel=0.01
    )
    exact = float(derrida(39, alpha, beta) / derrida(40, alpha, beta))
    process = Exclusion(1.0, boundary="reservoirs", alpha=float(alpha), beta=float(beta))
    mean, error = error_of_mean(process, np.arange(40) % 2, 1000, 60, 11)
    assert error < 0.01 * exact
    assert abs(mean - exact) < 4 * error


@pytest.mark.parametrize("right", [0.5, 0.9])
def test_flux_in_parallel(right):
    """Schreckenberg et al. 1995: (1 - sqrt(1 - 4 p rho (1 - rho))) / 2 on a large ring."""
    state = np.arange(1000) % 4 == 0
    exact = (1 - np.sqrt(1 - 4 * right * 3 / 16)) / 2
    mean, error = error_of_mean(Exclusion(right, update="parallel"), state, 200, 40, 12)
    assert error < 0.01 * exact
    # on a ring of L places the flux differs from the limit by less than 1/L of it
    assert abs(mean - exact) < 4 * error + exact / 1000


def test_in_parallel_with_certainty_it_is_rule_184():
    rule = LocalRule([184 >> i & 1 for i in range(8)], dimensions=1)
    state = np.random.default_rng(13).integers(0, 2, 97)
    traffic = Exclusion(1.0, update="parallel")
    np.testing.assert_array_equal(traffic.history(state, 60), rule.history(state, 60))
    after = traffic.run(state, 97)
    rho = state.mean()
    flux = traffic.flux(after, 97, start=97)
    assert flux.mean == pytest.approx(min(rho, 1 - rho))
    assert flux.to_dict()["bonds"] == 97
    assert repr(flux).endswith("bonds=97, sweeps=97)")


def test_symmetric_exclusion_keeps_the_mean_profile_of_the_heat_equation():
    """A place's mean occupation obeys one walker's equation exactly, whatever the others do."""
    length, sweeps, runs = 8, 3, 4000
    state = (np.arange(length) < 3).astype(int)
    process = Exclusion(0.5, 0.5, "reflecting")
    assert process.name == "SEP"
    laplacian = np.diag([-1, *[-2] * (length - 2), -1]) + np.eye(length, k=1) + np.eye(length, k=-1)
    attempt = np.eye(length) + 0.5 * laplacian / (length - 1)
    exact = np.linalg.matrix_power(attempt, sweeps * (length - 1)) @ state
    system = process.system(np.tile(state, (runs, 1)), seed=14)
    system.advance(sweeps)
    mean = np.mean(system.states(), axis=0)
    assert (np.abs(mean - exact) < 4.5 * np.sqrt(exact * (1 - exact) / runs)).all()


def test_bad_exclusion():
    assert [Exclusion(1.0, x).name for x in (0.0, 0.5, 1.0)] == ["TASEP", "ASEP", "SEP"]
    assert Exclusion().parameters["update"] == "random-sequential"
    with pytest.raises(ValueError, match=r"right: got 1\.5, accepted is a probability"):
        Exclusion(1.5)
    with pytest.raises(ValueError, match="alpha: got None, accepted is a probability"):
        Exclusion(boundary="reservoirs", beta=0.5)
    with pytest.raises(ValueError, match=r"beta: got 0\.5, accepted is None"):
        Exclusion(beta=0.5)
    with pytest.raises(ValueError, match="left: got 1, accepted is 0 for the parallel update"):
        Exclusion(1, 1, update="parallel")
    with pytest.raises(ValueError, match="state: got 1 places, which have no bond"):
        Exclusion(boundary="reflecting").flux([1], 1)
