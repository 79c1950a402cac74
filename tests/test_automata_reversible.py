"""Block automata, second-order automata and the ant: forwards, and exactly back."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from simulations.automata import margolus
from simulations.automata.ant import Ant, LangtonAnt
from simulations.automata.elementary import ElementaryCA
from simulations.automata.life import LifeLike
from simulations.automata.local import LocalRule
from simulations.automata.margolus import BLOCK_TABLES, BlockAutomaton, Margolus
from simulations.automata.second_order import SecondOrder
from tests.automata_laws import conserves, goes_back, goes_on

few = settings(deadline=None, max_examples=30)
steps = st.integers(0, 9)
starts = st.integers(0, 3)


def grids(sides, states=2):
    shapes = st.tuples(sides, sides)
    return shapes.flatmap(
        lambda shape: arrays.arrays(np.uint8, shape, elements=st.integers(0, states - 1))
    )


even_grids = grids(st.integers(1, 5).map(lambda side: 2 * side))
permutations = st.sampled_from(["bbm", "critters", "tron", "hpp"]) | st.permutations(range(16))


def plain_blocks(cells, table, count, start, periodic):
    """The rule cell by cell: outside of a bounded grid all is 0 before and after every step."""
    height, width = cells.shape
    cells = {(y, x): int(cells[y, x]) for y in range(height) for x in range(width)}
    for time in range(start, start + count):
        new = {}
        for y in range(-(time % 2), height, 2):
            for x in range(-(time % 2), width, 2):
                block = [(y, x), (y, x + 1), (y + 1, x), (y + 1, x + 1)]
                if periodic:
                    block = [(i % height, j % width) for i, j in block]
                index = sum(cells.get(place, 0) << bit for bit, place in enumerate(block))
                new |= {place: table[index] >> bit & 1 for bit, place in enumerate(block)}
        cells = {place: new[place] for place in cells}
    return np.array([[cells[y, x] for x in range(width)] for y in range(height)])


@few
@given(even_grids, st.lists(st.integers(0, 15), min_size=16, max_size=16), steps, starts)
def test_blocks_on_a_torus(grid, table, count, start):
    got = BlockAutomaton(table).run(grid, count, start=start)
    np.testing.assert_array_equal(got, plain_blocks(grid, table, count, start, True))


@few
@given(st.sampled_from([1, 2, 3, 5, 63, 64, 65, 255, 256, 257, 320]), st.integers(1, 4), st.data())
def test_blocks_of_packed_cells(rows, columns, data):
    table = data.draw(st.lists(st.integers(0, 15), min_size=16, max_size=16))
    count, start = data.draw(steps), data.draw(starts)
    rng = np.random.default_rng(data.draw(st.integers(0, 999)))
    grid = rng.integers(0, 2, (2 * rows, 2 * columns))
    expected = BlockAutomaton(table).run(grid, count, start=start)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(margolus, "_MANY", 0)
        patch.setattr(margolus, "_LARGE", 0)
        got = BlockAutomaton(table).run(grid, count, start=start)
    np.testing.assert_array_equal(got, expected)


@few
@given(grids(st.integers(1, 7)), st.lists(st.integers(0, 15), min_size=16, max_size=16), steps,
       starts)  # fmt: skip
def test_blocks_in_a_box(grid, table, count, start):
    got = BlockAutomaton(table, "fixed").run(grid, count, start=start)
    np.testing.assert_array_equal(got, plain_blocks(grid, table, count, start, False))


@few
@given(even_grids, permutations, steps, steps, starts)
def test_margolus_goes_on_and_back(grid, rule, first, second, start):
    automaton = Margolus(rule)
    goes_on(automaton, grid, first, second, start=start)
    goes_back(automaton, grid, first, start=start)
    forward = BlockAutomaton(rule).run(grid, first, start=start)
    np.testing.assert_array_equal(automaton.run(grid, first, start=start), forward)


def test_balls_and_critters_200_steps_and_back():
    state = np.random.default_rng(1).integers(0, 2, (64, 64))
    for rule, name in (("bbm", "live"), ("hpp", "live"), ("critters", "imbalance")):
        automaton = Margolus(rule)
        goes_back(automaton, state, 200)
        goes_back(automaton, np.tile(state, (6, 4)), 200)
        conserves(automaton, state, 200, name)
    lives = Margolus("critters").history(state, 5).reshape(6, -1).sum(1)
    assert lives.tolist() == [state.sum(), state.size - state.sum()] * 3
    conserves(Margolus("tron"), state, 1)
    conserves(BlockAutomaton("sand"), state, 20, "live")
    conserves(BlockAutomaton("sand", "fixed"), state, 1)


def test_what_the_named_tables_are():
    # from the rules' words: a lone ball goes on diagonally, two on a diagonal turn, all else stays
    ball = {1: 8, 2: 4, 4: 2, 8: 1, 6: 9, 9: 6}
    assert BLOCK_TABLES["bbm"] == tuple(ball.get(b, b) for b in range(16))
    # all complemented but blocks of two; after that blocks that had three are turned round
    turned = [sum((b >> i & 1) << (3 - i) for i in range(4)) for b in range(16)]
    critters = {b: b if b.bit_count() == 2 else 15 - b for b in range(16)}
    critters |= {b: turned[15 - b] for b in range(16) if b.bit_count() == 3}
    assert BLOCK_TABLES["critters"] == tuple(critters.values())
    assert BLOCK_TABLES["tron"] == (15, *range(1, 15), 0)
    hpp = turned.copy()
    hpp[6], hpp[9] = 9, 6
    assert BLOCK_TABLES["hpp"] == tuple(hpp)


def test_bad_blocks():
    assert Margolus("M" + ",".join(map(str, BLOCK_TABLES["bbm"]))).name == "bbm"
    with pytest.raises(ValueError, match=r"blocks 1 and 4 of 'sand' both become 4.*BlockAutomaton"):
        Margolus("sand")
    with pytest.raises(ValueError, match="did you mean 'critters'"):
        Margolus("criters")
    with pytest.raises(ValueError, match="a table of 3 blocks, accepted are 16"):
        Margolus("M0,1,2")
    with pytest.raises(ValueError, match="rule: got 16, accepted is an integer from 0 to 15"):
        BlockAutomaton([16] * 16)
    with pytest.raises(ValueError, match="accepted are even sides for bbm"):
        Margolus("bbm").run(np.zeros((4, 5), int), 1)


@few
@given(st.integers(0, 255), st.integers(1, 9), st.integers(0, 12), st.randoms())
def test_second_order_by_the_definition(number, width, count, random):
    state = np.array([[random.randint(0, 1) for _ in range(width)] for _ in range(2)])
    rule = LocalRule([number >> i & 1 for i in range(8)], dimensions=1)
    past, present = state
    for _ in range(count):
        index = 4 * np.roll(present, 1) + 2 * present + np.roll(present, -1)
        past, present = present, (number >> index & 1) ^ past
    second = SecondOrder(rule)
    np.testing.assert_array_equal(second.run(state, count), [past, present])
    goes_on(second, state, count, 3)
    goes_back(second, state, count)


@pytest.mark.parametrize("number", [30, 90, 110, 214])
def test_second_order_1000_steps_and_back(number):
    table = LocalRule([number >> i & 1 for i in range(8)], dimensions=1)
    state = np.random.default_rng(number).integers(0, 2, (2, 201))
    second = SecondOrder(ElementaryCA(number))
    goes_back(second, state, 1000)
    np.testing.assert_array_equal(second.run(state, 99), SecondOrder(table).run(state, 99))


def test_second_order_of_life_of_more_states_and_of_a_rule_with_phases():
    rng = np.random.default_rng(2)
    goes_back(SecondOrder(LifeLike("B3/S23", "reflecting")), rng.integers(0, 2, (2, 9, 14)), 40)
    goes_back(SecondOrder(Margolus("critters")), rng.integers(0, 2, (2, 8, 6)), 31, start=1)
    cyclic = LocalRule(
        [(a + 2 * b * c) % 5 for a, b, c in itertools.product(range(5), repeat=3)],
        dimensions=1, states=5,
    )  # fmt: skip
    goes_back(SecondOrder(cyclic), rng.integers(0, 5, (2, 20)), 100)
    system = SecondOrder(cyclic).system(rng.integers(0, 5, (3, 2, 20)))
    system.advance(4)
    assert system.states()[2].shape == (2, 20)


def test_bad_second_order():
    with pytest.raises(ValueError, match="lies partly outside"):
        SecondOrder(LifeLike("B3/S23", "open"))
    with pytest.raises(ValueError, match="a first axis of 2: past and present"):
        SecondOrder(LifeLike()).run(np.zeros((3, 4, 4), int), 1)
    with pytest.raises(ValueError, match="even sides"):
        SecondOrder(Margolus("bbm")).run(np.zeros((2, 3, 4), int), 1)


rules = st.text("RLUN", min_size=1, max_size=5)


def plain_ant(rule, cells, ant, count):
    """A walk on a torus, the state of which is apart: (colours, row, column, heading)."""
    cells, (y, x, heading) = cells.copy(), ant
    for _ in range(count):
        heading = (heading + "NRUL".index(rule[cells[y, x]])) % 4
        cells[y, x] = (cells[y, x] + 1) % len(rule)
        y = (y + (-1, 0, 1, 0)[heading]) % cells.shape[0]
        x = (x + (0, 1, 0, -1)[heading]) % cells.shape[1]
    return cells, Ant(y, x, "NESW"[heading])


@few
@given(st.data(), rules, st.integers(0, 40))
def test_ant_on_a_torus(data, rule, count):
    colours = data.draw(grids(st.integers(1, 5), len(rule)))
    y, x = (data.draw(st.integers(0, side - 1)) for side in colours.shape)
    heading = data.draw(st.integers(0, 3))
    langton = LangtonAnt(rule)
    state = langton.placed(colours, y, x, "NESW"[heading])
    end = langton.run(state, count)
    cells, ant = plain_ant(rule, colours, (y, x, heading), count)
    assert langton.ant(end) == ant
    np.testing.assert_array_equal(end % len(rule), cells)
    goes_on(langton, state, count, 7)
    goes_back(langton, state, count)
    conserves(langton, state, 5, "ants")


def test_the_highway():
    """After some 10,000 steps on the empty plane the ant repeats itself every 104, two cells on."""
    langton = LangtonAnt("RL", "open")
    state = langton.placed(np.zeros((200, 200), int), 100, 100)
    begin = langton.run(state, 10_200)
    ants = []
    for _ in range(9):
        ants.append(langton.ant(begin))
        begin = langton.run(begin, 104)
    moves = {(b.row - a.row, b.column - a.column, b.heading == a.heading)
             for a, b in itertools.pairwise(ants)}  # fmt: skip
    assert len(moves) == 1
    dy, dx, same = moves.pop()
    assert (abs(dy), abs(dx), same) == (2, 2, True)
    early = [langton.ant(langton.run(state, t)) for t in (5000, 5104, 5208)]
    strides = [(b.row - a.row, b.column - a.column) for a, b in itertools.pairwise(early)]
    assert strides != [(dy, dx)] * 2
    wide = langton.run(state, 11_000)
    np.testing.assert_array_equal(langton.reverse(wide, 11_000), state)
    np.testing.assert_array_equal(LangtonAnt("RL").run(state, 11_000), wide)


def test_an_ant_that_left_its_window_does_not_come_back():
    langton, count = LangtonAnt("RL", "open"), 40
    small = langton.placed(np.zeros((5, 5), int), 2, 2)
    assert not np.array_equal(langton.reverse(langton.run(small, count), count), small)
    # in forty steps the ant is at most forty cells away
    wide = langton.placed(np.zeros((81, 81), int), 40, 40)
    np.testing.assert_array_equal(langton.reverse(langton.run(wide, count), count), wide)


def test_ants_whose_tracks_are_symmetric():
    """Gale, Propp, Sutherland and Troubetzkoy: LLRR's track has a mirror line again and again."""
    langton = LangtonAnt("LLRR")
    state = langton.placed(np.zeros((61, 61), int), 30, 30)
    times = []
    for t, each in enumerate(langton.history(state, 2000)[1:], 1):
        colours = each % 4
        rows, columns = np.nonzero(colours)
        box = colours[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
        if t > 20 and any((box == flip).all() for flip in (box[::-1], box[:, ::-1])):
            times.append(t)
    assert len(times) > 3
    assert times[-1] > 200


def test_bad_ants():
    langton = LangtonAnt()
    with pytest.raises(ValueError, match="rule: got 'RX', accepted are words of the letters"):
        LangtonAnt("RX")
    with pytest.raises(ValueError, match="its length: got 52"):
        LangtonAnt("R" * 52)
    with pytest.raises(ValueError, match="got 2 ants, accepted is at most one"):
        langton.run(np.full((1, 2), 2), 1)
    with pytest.raises(ValueError, match="row: got 2"):
        langton.placed(np.zeros((2, 2), int), 2, 0)
    with pytest.raises(ValueError, match="colours: got 3"):
        langton.placed(np.full((2, 2), 3), 0, 0)
    np.testing.assert_array_equal(langton.run(np.eye(3, dtype=int), 5), np.eye(3))
    assert langton.ant(np.zeros((2, 2), int)) is None
