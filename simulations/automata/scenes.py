"""How a family is usually begun and looked at: a first state, a length, and colours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from simulations.automata.automaton import Automaton, Cells
from simulations.automata.pictures import ramp
from simulations.system import generator

if TYPE_CHECKING:
    from simulations.automata.ant import LangtonAnt
    from simulations.automata.lattice_gas import LatticeGas
    from simulations.automata.local import LocalRule

__all__ = ["Scene", "first_state", "scene"]

_STREAM = 1 << 31
"""Spawn key of the first state's draws, beyond any replica's."""

_PAPER, _INK, _RED = "#ffffff", "#1c2331", "#dc2626"
_GRAINS = ("#f7ead3", "#e9b872", "#b45309", "#3b2314")
_GAS = ("#ffffff", "#0b3c6f")

Begin = Callable[[tuple[int, ...], np.random.Generator, float | None], Cells]


@dataclass(frozen=True)
class Scene:
    """What is usual for a family.

    Attributes:
        shape: of the space.
        steps: how long.
        view: from states (..., *state's shape) to what is drawn, (..., *space) of one or two axes.
        begin: a first state, from the shape of the space, a generator, and the probability that a
            cell is 1 or None for what is usual.
        colours: of what is drawn, None for the default of `picture`.
    """

    shape: tuple[int, ...]
    steps: int
    view: Callable[[np.ndarray], np.ndarray]
    begin: Begin
    colours: tuple[str, ...] | None = None


def scene(automaton: Automaton) -> Scene:
    """What is usual for an automaton's family."""
    usual = _PLAIN[automaton.dimensions]
    family = _FAMILIES.get(type(automaton).__name__)
    return usual if family is None else family(automaton, usual)


def first_state(
    automaton: Automaton,
    shape: tuple[int, ...],
    *,
    density: float | None = None,
    seed: int = 0,
) -> Cells:
    """A state to begin with.

    Args:
        automaton: what is to run.
        shape: of the space.
        density: the probability that a cell is 1, each by itself (of a lattice gas, that of a
            particle in each direction); by default what is usual for the family: one cell in the
            middle of a row, half of a plane alive, an ant on empty ground, ...
        seed: of the draws.

    Raises:
        ValueError: a density that is no probability, or a shape that the rule cannot live on.

    Example:
        >>> from simulations.automata.elementary import ElementaryCA
        >>> first_state(ElementaryCA(30), (5,))
        array([0, 0, 1, 0, 0], dtype=uint8)
    """
    if density is not None and not 0 <= density <= 1:
        raise ValueError(f"density: got {density}, accepted is a number from 0 to 1")
    cells = scene(automaton).begin(shape, generator(seed, (_STREAM,)), density)
    if automaton.axes > automaton.dimensions:
        cells = np.stack([np.zeros_like(cells), cells])  # nothing was, before it was
    return automaton.checked(cells)


def _noise(
    shape: tuple[int, ...], random: np.random.Generator, density: float, bits: int = 1
) -> Cells:
    """Cells whose bits are drawn each by itself."""
    cells = np.zeros(shape, np.uint8)
    for bit in range(bits):
        cells |= (random.random(shape) < density).astype(np.uint8) << bit
    return cells


def _soup(usual: float) -> Begin:
    return lambda shape, random, density: _noise(
        shape, random, usual if density is None else density
    )


def _one_cell(shape: tuple[int, ...], random: np.random.Generator, density: float | None) -> Cells:
    if density is not None:
        return _noise(shape, random, density)
    cells = np.zeros(shape, np.uint8)
    cells[tuple(side // 2 for side in shape)] = 1
    return cells


def _as_it_is(states: np.ndarray) -> np.ndarray:
    return states


def _from_above(states: np.ndarray) -> np.ndarray:
    return (states > 0).sum(axis=-3)


_PLAIN = {
    1: Scene((401,), 200, _as_it_is, _one_cell),
    2: Scene((256, 256), 200, _as_it_is, _soup(0.5)),
    3: Scene((48,) * 3, 50, _from_above, _soup(0.5), colours=ramp(_PAPER, _INK, 49)),
}


def _second_order(automaton: Any, usual: Scene) -> Scene:
    inner = scene(automaton.rule)
    present = (..., 1, *(slice(None),) * automaton.dimensions)
    return replace(inner, view=lambda states: inner.view(states[present]))


def _exclusion(automaton: Automaton, usual: Scene) -> Scene:
    return replace(usual, begin=_soup(0.5))


def _billiard(automaton: Automaton, usual: Scene) -> Scene:
    return replace(usual, begin=_soup({"bbm": 0.05, "sand": 0.2}.get(automaton.name, 0.5)))


def _pile(automaton: Automaton, usual: Scene) -> Scene:
    return replace(usual, shape=(100, 100), steps=30_000, begin=_soup(0.0), colours=_GRAINS)


def _ant(automaton: LangtonAnt, usual: Scene) -> Scene:
    colours = automaton.colours

    def begin(shape: tuple[int, ...], random: np.random.Generator, density: float | None) -> Cells:
        ground = _noise(shape, random, density or 0.0)
        return automaton.placed(ground, shape[0] // 2, shape[1] // 2)

    return Scene(
        (128, 128),
        11_000,
        lambda states: np.minimum(states, colours),
        begin,
        colours=(*ramp(_PAPER, _INK, colours), _RED),
    )


def _gas(automaton: LatticeGas, usual: Scene) -> Scene:
    bits = automaton.states.bit_length() - 1
    skewed = automaton.model != "HPP" and automaton.boundary == "periodic"

    def begin(shape: tuple[int, ...], random: np.random.Generator, density: float | None) -> Cells:
        """Thin gas around a dense disc, which bursts; or an even gas."""
        if density is not None:
            return _noise(shape, random, density, bits)
        cells = _noise(shape, random, 0.1, bits)
        rows, columns = (np.arange(side) - side / 2 for side in shape)
        # the rows of a triangular lattice are nearer to each other than its columns
        down = rows[:, np.newaxis] * (1.0 if automaton.model == "HPP" else 0.75**0.5)
        disc = down**2 + columns**2 < (min(shape) / 8) ** 2
        cells = np.where(disc, _noise(shape, random, 0.8, bits), cells)
        return _sheared(cells, 1) if skewed else cells

    def view(states: np.ndarray) -> np.ndarray:
        particles = np.bitwise_count(states)
        return _sheared(particles, -1) if skewed else particles

    return Scene((256, 256), 100, view, begin, ramp(*_GAS, bits + 1))


def _local(automaton: LocalRule, usual: Scene) -> Scene:
    from simulations.automata.local import neighbourhood_offsets

    if automaton.offsets != neighbourhood_offsets("hexagonal"):
        return usual
    return replace(usual, view=lambda states: _sheared(states, -1))


def _sheared(cells: np.ndarray, sign: int) -> np.ndarray:
    """Row y moved y / 2 to the right: from the plane to hexagons' grid, or back (-1)."""
    height, width = cells.shape[-2:]
    rows = np.arange(height)[:, np.newaxis]
    return cells[..., rows, (np.arange(width) - sign * (rows // 2)) % width]


_FAMILIES: dict[str, Callable[[Any, Scene], Scene]] = {
    "SecondOrder": _second_order,
    "Exclusion": _exclusion,
    "Margolus": _billiard,
    "BlockAutomaton": _billiard,
    "Sandpile": _pile,
    "LangtonAnt": _ant,
    "LatticeGas": _gas,
    "LocalRule": _local,
}
"""Class -> its own scene, from that of its dimensions."""
