"""Pictures, films and the census of automata, and patterns that go far."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from examples.automata_gallery import PICTURES, draw
from simulations import observe
from simulations.automata.census import Census, entropy_bits
from simulations.automata.hashlife_system import HashLifeSystem
from simulations.automata.lattice_gas import LatticeGas
from simulations.automata.life import LifeLike
from simulations.automata.pictures import film, hexagons, picture, ramp
from simulations.automata.scenes import first_state, scene

FIGURES = Path(__file__).parents[1] / "docs" / "figures"
GRIDS = arrays.arrays(np.uint8, arrays.array_shapes(min_dims=2, max_dims=2, max_side=9),
                      elements=st.integers(0, 3))  # fmt: skip
COLOURS = ("#ffffff", "#ff0000", "#00ff00", "#0000ff")


@given(GRIDS, st.integers(1, 4))
def test_every_cell_is_a_square_of_its_state_s_colour(grid, zoom):
    image = picture(grid, colours=COLOURS, zoom=zoom)
    pixels = np.asarray(image.convert("RGB"))
    wanted = np.array([[255, 255, 255], [255, 0, 0], [0, 255, 0], [0, 0, 255]])[grid]
    np.testing.assert_array_equal(pixels, wanted.repeat(zoom, axis=0).repeat(zoom, axis=1))


def test_what_is_saved_is_what_was_drawn(tmp_path):
    grid = np.random.default_rng(0).integers(0, 5, (30, 40))
    drawn = picture(grid, tmp_path / "grid.png")
    assert drawn.size == (40 * 12, 30 * 12)
    with Image.open(tmp_path / "grid.png") as saved:
        np.testing.assert_array_equal(saved.convert("RGB"), drawn.convert("RGB"))


def test_a_film_shows_its_frames(tmp_path):
    frames = np.random.default_rng(0).integers(0, 2, (4, 6, 5))
    film(frames, tmp_path / "run.gif", zoom=3, milliseconds=50)
    with Image.open(tmp_path / "run.gif") as saved:
        assert (saved.n_frames, saved.size, saved.info["loop"]) == (4, (15, 18), 0)
        for i, frame in enumerate(frames):
            saved.seek(i)
            pixels = np.asarray(saved.convert("L"))[1::3, 1::3]
            np.testing.assert_array_equal(pixels < 128, frame == 1)
            assert saved.info["duration"] == (50 if i < 3 else 1000)


def test_a_large_grid_is_averaged():
    grid = np.zeros((10, 5000), np.uint8)
    grid[:, ::3] = 1
    image = picture(grid, colours=("black", "white"))
    assert image.size == (1667, 4)
    assert abs(np.asarray(image.convert("L"))[0, 800] - 255 / 3) < 1


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        (np.zeros((2, 2)), TypeError, "cells: got an array of dtype float64"),
        (np.zeros(3, int), ValueError, r"shape \(3,\), accepted are 2 axes"),
        (np.zeros((0, 3), int), ValueError, "at least one cell"),
        (np.full((2, 2), 256), ValueError, "accepted are 0 to 255"),
        (np.full((2, 2), -1), ValueError, "got -1 to -1"),
    ],
)
def test_cells_that_cannot_be_drawn(given, error, message):
    with pytest.raises(error, match=message):
        picture(given)


def test_bad_endings_colours_and_sizes(tmp_path):
    cells = np.zeros((2, 2), int)
    with pytest.raises(ValueError, match=r"the accepted ending is \.png"):
        picture(cells, tmp_path / "picture.gif")
    with pytest.raises(ValueError, match=r"the accepted ending is \.gif"):
        film(cells[None], tmp_path / "film.png")
    with pytest.raises(ValueError, match="colours: unknown color specifier: 'nonsense'"):
        picture(cells, colours=("nonsense",))
    with pytest.raises(ValueError, match="colours: got none"):
        picture(cells, colours=())
    with pytest.raises(ValueError, match="zoom: got 0"):
        picture(cells, zoom=0)


def test_a_hexagon_s_pixels_are_those_nearest_to_its_centre():
    cells = np.arange(1, 21, dtype=np.uint8).reshape(4, 5)
    side = 12
    seen = hexagons(cells, side)
    row_high = side * 3**0.5 / 2
    down, right = np.mgrid[:4, :5]
    centres = np.stack([side / 3**0.5 + down * row_high, (right - down / 2 + 2) * side])
    y, x = np.mgrid[: seen.shape[0], : seen.shape[1]] + 0.5
    apart = (y[..., None] - centres[0].ravel()) ** 2 + (x[..., None] - centres[1].ravel()) ** 2
    inside = seen > 0
    tie = np.sort(apart, axis=2)
    clear = inside & (tie[..., 1] - tie[..., 0] > 1e-6)
    np.testing.assert_array_equal(seen[clear], 1 + apart.argmin(axis=2)[clear])
    areas = np.bincount(seen.ravel())[1:]
    np.testing.assert_allclose(areas, side * row_high, rtol=0.05)  # of a hexagon of that width


def test_ramps():
    assert ramp("black", "white", 2) == ("#000000", "#ffffff")
    assert ramp("#102030", "white", 1) == ("#102030",)
    assert ramp("black", "white", 0) == ()


@given(GRIDS)
def test_entropy_is_that_of_the_frequencies(grid):
    _, counts = np.unique(grid, return_counts=True)
    bits = -(counts * np.log2(counts / grid.size)).sum()
    assert entropy_bits(grid) == pytest.approx(bits)


def test_a_census_counts_the_whole_plane():
    life = LifeLike("B3/S23", "open")
    pentomino = np.array([[0, 1, 1], [1, 1, 0], [0, 1, 0]])
    run = observe(life.system(pentomino), Census(life), [0, 1102, 1103, 1200], progress=False)
    assert run.population[:, 0].tolist() == [5, 118, 116, 116]  # long known


def test_a_gas_is_seen_by_its_particles_and_starts_as_a_disc():
    gas = LatticeGas("FHP-I")
    state = first_state(gas, (64, 64), seed=1)
    seen = scene(gas).view(state)
    assert seen.sum() == gas.invariants["mass"](state)
    rows, columns = np.mgrid[:64, :64] - 32
    distance = np.hypot(rows * 0.75**0.5, columns)
    assert seen[distance < 7].mean() > 4
    assert seen[distance > 10].mean() < 1


@pytest.mark.parametrize("steps", [0, 1, 63, 64, 100])
def test_hashlife_goes_the_same_way(steps):
    life = LifeLike("B36/S23", "open")
    state = np.random.default_rng(3).integers(0, 2, (21, 17), np.uint8)
    far, near = HashLifeSystem(life, state), life.system(state)
    for system in (far, near):
        system.advance(steps)
        system.advance(5)
    assert far.time == near.time == steps + 5
    np.testing.assert_array_equal(far.states()[0], near.states()[0])
    assert far.populations() == near.populations()


def test_hashlife_goes_on_from_a_snapshot():
    life = LifeLike("B3/S23", "open")
    glider = np.array([[0, 1, 0], [0, 0, 1], [1, 1, 1]])
    far = HashLifeSystem(life, glider)
    far.advance(2**70)
    kept = far.snapshot()
    assert all(array.dtype != object for array in kept.values())
    again = HashLifeSystem(life, glider)
    again.restore(kept)
    again.advance(4)
    assert again.time == 2**70 + 4
    assert again.populations() == [5]
    assert again.tree.corner == (2**68 + 1, 2**68 + 1)
    with pytest.raises(ValueError, match="accepted is one on the open plane"):
        HashLifeSystem(LifeLike("B3/S23"), glider)


@pytest.mark.parametrize("name", ["rule-30", "rule-184", "gun", "ant"])
def test_the_gallery_is_what_the_code_draws(name, tmp_path):
    made = draw(name, tmp_path)
    with Image.open(made) as ours, Image.open(FIGURES / made.name) as theirs:
        np.testing.assert_array_equal(ours.convert("RGB"), theirs.convert("RGB"))
        assert getattr(ours, "n_frames", 1) == getattr(theirs, "n_frames", 1)


def test_the_page_shows_every_picture():
    page = (FIGURES.parent / "automata.md").read_text(encoding="utf-8")
    for name in PICTURES:
        assert f"figures/automata-{name}." in page
        assert len(list(FIGURES.glob(f"automata-{name}.*"))) == 1
