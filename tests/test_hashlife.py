"""HashLife against the rule stated with a convolution, and at times that nothing else reaches."""

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import convolve

from simulations.automata import _hashlife_kernels as kernels
from simulations.automata import formats, hashlife
from simulations.automata.formats import Macrocell, Pattern
from simulations.automata.hashlife import HashLife
from simulations.automata.life import LifeLike
from simulations.automata.plane import Plane

DATA = Path(os.environ.get("COMPLEXODYNAMICS_DATA", "nowhere")) / "life_patterns"
real = pytest.mark.skipif(not DATA.is_dir(), reason="no life_patterns below COMPLEXODYNAMICS_DATA")
few = settings(deadline=None, max_examples=40)

RING = np.array([[1, 1, 1], [1, 0, 1], [1, 1, 1]])

GUN = """x = 36, y = 9, rule = B3/S23
24bo$22bobo$12b2o6b2o12b2o$11bo3bo4b2o12b2o$2o8bo5bo3b2o$2o8bo3bob2o4b
obo$10bo5bo7bo$11bo3bo$12b2o!
"""
GLIDER = [[0, 1, 0], [0, 0, 1], [1, 1, 1]]


def plain(cells, birth, survival, steps):
    """The rule as it is said, on an array with `steps` cells of empty ground around."""
    cells = np.pad(np.asarray(cells, np.int64), steps)
    for _ in range(steps):
        n = convolve(cells, RING, mode="constant")
        cells = np.where(cells, np.isin(n, list(survival)), np.isin(n, list(birth))).astype(int)
    return cells


def agrees(tree, cells, corner):
    """Whether a tree is these cells at a corner and nothing else."""
    plane = Plane(cells.astype(np.uint8), corner).fitted()
    there = tree.pattern()
    return (
        np.array_equal(there.cells, plane.cells)
        and tree.population == cells.sum()
        and (not plane.cells.size or tree.corner == plane.corner)
    )


@st.composite
def soups(draw):
    shape = draw(st.tuples(*[st.integers(1, 24)] * 2))
    cells = np.random.default_rng(draw(st.integers(0, 2**32))).integers(0, 2, shape)
    return Pattern(cells, corner=draw(st.tuples(*[st.integers(-40, 40)] * 2)))


@few
@given(soups(), st.sets(st.integers(1, 8)), st.sets(st.integers(0, 8)), st.integers(0, 40))
def test_any_rule(soup, birth, survival, steps):
    digits = ["".join(map(str, sorted(part))) for part in (birth, survival)]
    rule = "B{}/S{}".format(*digits)
    tree = HashLife(rule).run(Pattern(soup.cells, rule, corner=soup.corner), steps)
    corner = (soup.corner[0] - steps, soup.corner[1] - steps)
    assert agrees(tree, plain(soup.cells, birth, survival, steps), corner)
    assert tree.generation == steps


LIFE = HashLife()
"""An engine that remembers all tests' runs."""


@few
@given(soups(), st.integers(0, 120))
def test_what_is_remembered_is_right(soup, steps):
    corner = (soup.corner[0] - steps, soup.corner[1] - steps)
    assert agrees(LIFE.run(soup, steps), plain(soup.cells, {3}, {2, 3}, steps), corner)


@few
@given(soups(), st.integers(0, 150))
def test_window_is_what_the_open_plane_shows(soup, steps):
    seen = LifeLike(boundary="open").run(soup.cells, steps)
    assert np.array_equal(LIFE.run(soup.cells, steps).window((0, 0), seen.shape), seen)


@few
@given(soups(), st.integers(0, 10**6), st.integers(0, 10**6))
def test_times_add_up(soup, a, b):
    two, one = LIFE.run(LIFE.run(soup, a), b), LIFE.run(soup, a + b)
    assert two.levels.tolist() == one.levels.tolist()
    assert two.words.tolist() == one.words.tolist()
    assert (two.corner, two.population) == (one.corner, one.population)
    assert two.generation == one.generation == a + b


@pytest.mark.parametrize("steps", [1, 2, 3, 4, 5, 7, 8, 61, 500])
def test_large_soup(steps):
    soup = np.random.default_rng(steps).integers(0, 2, (200, 130), np.uint8)
    cells = LifeLike(boundary="fixed").run(np.pad(soup, steps), steps)
    assert agrees(LIFE.run(soup, steps), cells, (-steps, -steps))


@pytest.mark.parametrize(
    ("start", "steps", "population"),
    [
        ("bo$b2o$2o!", 1102, 118), ("bo$b2o$2o!", 1103, 116), ("bo$b2o$2o!", 10**15, 116),
        ("bo$3bo$2o2b3o!", 5205, 635), ("bo$3bo$2o2b3o!", 5206, 633),
        ("6bo$2o$bo3b3o!", 129, 2), ("6bo$2o$bo3b3o!", 130, 0), ("6bo$2o$bo3b3o!", 10**9, 0),
        ("3o$obo$obo!", 173, 55), ("o3b3o$3o2bo$bo!", 17331, 1744),
    ],
)  # fmt: skip
def test_published_populations(start, steps, population):
    """R-pentomino, acorn, diehard, pi, rabbits, as LifeWiki gives them."""
    cells = formats.decode(f"x = 9, y = 9\n{start}".encode()).cells
    assert LIFE.run(cells, steps).population == population


@pytest.mark.parametrize("phases", [1, 10**6, 10**12, 10**18, 10**40])
def test_glider_goes_on_for_ever(phases):
    tree = LIFE.run(GLIDER, 4 * phases)
    assert (tree.corner, tree.shape) == ((phases, phases), (3, 3))
    assert tree.window((phases, phases), (3, 3)).tolist() == GLIDER
    assert not tree.window((phases - 90, phases + 3), (100, 100)).any()
    back = Pattern(np.array(GLIDER)[::-1, ::-1])
    assert LIFE.run(back, 4 * phases).corner == (-phases, -phases)


def test_gun_shoots_for_ever():
    gun = formats.decode(GUN.encode())
    populations = [LIFE.run(gun, 30 * k).population for k in range(11)]
    assert populations == [36, 41, 46, 51, 56, 61, 66, 71, 76, 81, 86]
    assert LIFE.run(gun, 3 * 10**13).population == 5 * 10**12 + 36
    # 10^12 is 10 more than a number of periods
    start = plain(gun.cells, {3}, {2, 3}, 40).sum() - 5
    tree = LIFE.run(gun, 10**12)
    assert tree.population == start + 5 * (10**12 // 30)
    # every glider is 30 generations behind the one before
    near, far = (tree.window((c, c), (60, 60)) for c in (10**9, 10**9 + 15 * 10**9))
    assert near.any()
    assert np.array_equal(near, far)


def test_weekender_of_a_macrocell():
    text = "[M2]\n#R 23/3\n#G 9\n$$$$$$$.*$\n$$$$$$$......*$\n4 0 0 1 2\n"
    text += ".*$*.*$.*$.*$..*...**$......**$..****$\n"
    text += "......*$.....*.*$......*$......*$**...*$**$..****$\n....*$.....**$\n...*$.**$\n"
    tree = formats.macrocell.decode(text + "4 4 5 6 7\n5 0 3 0 8\n")
    later = LIFE.run(tree, 7 * 10**15)
    assert later.corner == (-2 * 10**15, 0)
    assert later.generation == 7 * 10**15 + 9
    assert np.array_equal(later.pattern().cells, tree.pattern().cells)
    assert formats.macrocell.decode(formats.macrocell.encode(later)).corner == later.corner


def test_little_memory():
    """What does not fit is forgotten, then made in smaller steps, and comes out the same."""
    acorn = formats.decode(b"x = 7, y = 3\nbo$3bo$2o2b3o!").cells
    small = HashLife(memory=1 << 20)
    kept = []
    small._collected = lambda square, own=small._collected: kept.append(square) or own(square)
    tree = small.run(acorn, 5206)
    assert len(kept) > 5
    assert len(small._nodes) <= (1 << 20) // 48
    assert tree.population == 633
    whole = LIFE.run(acorn, 5206)
    assert (tree.corner, tree.shape) == (whole.corner, whole.shape)
    assert np.array_equal(tree.window(tree.corner, (900, 900)),
                          whole.window(tree.corner, (900, 900)))  # fmt: skip


def test_too_little_memory():
    soup = np.random.default_rng(0).integers(0, 2, (2000, 2000), np.uint8)
    with pytest.raises(MemoryError, match=r"1,048,576 bytes .* not enough for a pattern"):
        HashLife(memory=1 << 20).run(soup, 1)
    with pytest.raises(MemoryError, match=r"1,048,576 bytes \(16,384 nodes\) .* give more"):
        HashLife(memory=1 << 20).run(soup[:700, :700], 64)


def test_empty_and_nothing():
    for tree in (LIFE.run(np.zeros((3, 0), int), 10**9), LIFE.run([[1]], 1), LIFE.run([[0]], 0)):
        assert (tree.population, tree.shape, len(tree.levels)) == (0, (0, 0), 1)
        assert not tree.window((-5, -5), (9, 9)).any()
        assert LIFE.run(tree, 5).population == 0
    assert LIFE.run([[1]], 0).pattern().cells.tolist() == [[1]]
    leaf = formats.macrocell.decode("[M2]\n*$.*$$$$$$.......*$\n")
    assert LIFE.run(leaf, 0).pattern() == leaf.pattern()


@pytest.mark.parametrize(
    ("pattern", "steps", "error", "reason"),
    [
        (Pattern([[1]], "B36/S23"), 1, ValueError, "got rule 'B36/S23', accepted is B3/S23"),
        (Pattern([[1]], grid="T9"), 1, ValueError, "got rule 'B3/S23:T9'"),
        (Pattern([[1]], "WireWorld"), 1, ValueError, "rule: got 'WireWorld'"),
        (Pattern([[2]]), 1, ValueError, "got state 2"),
        ([[0.5]], 1, TypeError, "cells: got dtype float64"),
        ([[1]], -1, ValueError, "generations: got -1"),
        ([[1]], 0.5, TypeError, "generations: got 0.5"),
        (GLIDER, 2**2000, ValueError, "generations: a step of 2.2000 is beyond"),
        (Pattern([[1]], corner=(0, 2**60)), 1, ValueError, "corner: got"),
    ],
)
def test_bad_input(pattern, steps, error, reason):
    with pytest.raises(error, match=reason):
        LIFE.run(pattern, steps)


def test_bad_engines():
    with pytest.raises(ValueError, match="whose empty ground comes alive"):
        HashLife("B03/S23")
    with pytest.raises(ValueError, match="memory: got 5"):
        HashLife(memory=5)
    assert repr(HashLife("23/36", memory=1 << 20)) == "HashLife('B36/S23', memory=1,048,576)"


def test_nodes_are_canonical():
    engine = HashLife()
    engine.run(np.random.default_rng(3).integers(0, 2, (90, 90)), 100)
    nodes = engine._nodes[: len(engine._nodes) - engine._free, :4]
    assert len(np.unique(nodes, axis=0)) == len(nodes) > 1000
    for row in (0, 1, 7, len(nodes) - 1):
        assert kernels.find(*engine._arena, *nodes[row].tolist()) == row
    inner = nodes[nodes[:, 3] != 2**32 - 1]
    places = np.flatnonzero(nodes[:, 3] != 2**32 - 1)
    assert (inner < places[:, None]).all()


@pytest.mark.parametrize("many", [0, 1 << 30])
def test_trees_of_any_size_enter_alike(monkeypatch, many):
    """One by one or all at once, with the room doubled on the way, a tree comes out as it was."""
    soup = np.random.default_rng(8).integers(0, 2, (150, 170), np.uint8)
    tree = Macrocell.of(Pattern(soup))
    assert len(tree.levels) > 500
    monkeypatch.setattr(hashlife, "_MANY", many)
    monkeypatch.setattr(hashlife, "_FIRST", 64)
    engine = HashLife()
    assert np.array_equal(engine.run(tree, 0).window((0, 0), soup.shape), soup)
    assert len(engine._nodes) >= 512
    for row in range(len(engine._nodes) - engine._free):
        assert kernels.find(*engine._arena, *engine._nodes[row, :4].tolist()) == row
    assert agrees(engine.run(tree, 37), plain(soup, {3}, {2, 3}, 37), (-37, -37))


@real
def test_real_patterns():
    engine = HashLife()
    for path in sorted(DATA.rglob("*.rle")):
        tree = formats.read_macrocell(path)
        if tree.rule.lower() == "b3/s23" and max(tree.shape) < 2000:
            later = engine.run(tree, 100)
            pattern = formats.read(path)
            wide = np.pad(pattern.cells, 100)
            cells = LifeLike(boundary="fixed").run(wide, 100)
            assert agrees(later, cells, (-100, -100))
    quadratic = engine.run(formats.read_macrocell(DATA / "lifewiki/metacatacryst.rle"), 10_000)
    assert isinstance(quadratic, Macrocell)
    assert quadratic.population > 10_000


def test_the_open_plane_leaps_far():
    """The gun repeats itself every 30 steps, so the engine of few steps tells what is seen."""
    gun = formats.decode(GUN.encode()).cells
    near = LifeLike("B3/S23", "open").run(gun, 10**12 % 30 + 300)
    np.testing.assert_array_equal(LifeLike("B3/S23", "open").run(gun, 10**12), near)
