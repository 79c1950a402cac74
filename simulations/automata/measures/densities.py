"""Densities by mean-field and local structure theory.

A cell and its neighbours are taken for independent (order 1, mean field), or for as independent as
the probabilities of blocks of n cells allow (order n).

References:
    S. Wolfram, Statistical mechanics of cellular automata, Rev. Mod. Phys. 55 (1983), 601-644.
    H. A. Gutowitz, J. D. Victor and B. W. Knight, Local structure theory for cellular automata,
        Physica D 28 (1987), 18-48.
"""

from __future__ import annotations

import itertools
import os
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from complexity.errors import integer
from complexity.figures import new_figure, save_figure
from simulations.automata.automaton import Automaton
from simulations.automata.margolus import BlockAutomaton, Margolus

__all__ = ["LocalStructure", "local_structure", "neighbourhood_table"]

_LARGEST = 20
"""Cells of the largest block or neighbourhood whose states are listed."""


@dataclass(frozen=True, eq=False)
class LocalStructure:
    """What local structure theory says: probabilities of blocks, and the density, by time.

    Attributes:
        order: cells of a block; 1 is mean field.
        densities: probability of a 1 at times 0, 1, ...
        blocks: probabilities of the blocks at the last time, the first cell the greatest digit.
    """

    order: int
    densities: npt.NDArray[np.float64] = field(repr=False)
    blocks: npt.NDArray[np.float64] = field(repr=False)

    @property
    def density(self) -> float:
        """At the last time."""
        return float(self.densities[-1])

    def to_dict(self) -> dict[str, Any]:
        """All fields as JSON values."""
        return {
            "order": self.order,
            "density": self.density,
            "densities": self.densities.tolist(),
            "blocks": self.blocks.tolist(),
        }

    def plot(self, path: str | os.PathLike[str] | None = None) -> Any:
        """The density by time.

        Args:
            path: where to save the figure (.png, .svg, .pdf); its suffix is the format.

        Returns:
            The matplotlib Figure.
        """
        figure = new_figure(figsize=(6, 3.6))
        axes = figure.add_subplot()
        axes.plot(self.densities)
        axes.set_xlabel("steps")
        axes.set_ylabel(f"density, order {self.order}")
        return save_figure(figure, path)


def neighbourhood_table(automaton: Automaton) -> npt.NDArray[np.uint8]:
    """What becomes of a cell, for every state of the cells within the radius.

    Args:
        automaton: of two states, one axis per dimension of space, the same rule at every cell and
            time, without draws.

    Returns:
        uint8 (2^cells,): by the neighbourhood's cells in C order, the first the greatest digit.

    Raises:
        ValueError: another kind of automaton, or more than 20 cells within its radius.
    """
    if automaton.draws or isinstance(automaton, BlockAutomaton | Margolus):
        why = "draws" if automaton.draws else "works in blocks"
        raise ValueError(
            f"automaton: got {automaton.name}, which {why}; accepted are those of one rule for "
            "every cell and time, without draws"
        )
    side = 2 * automaton.radius + 1
    cells = side**automaton.dimensions
    if automaton.states != 2 or automaton.axes != automaton.dimensions or cells > _LARGEST:
        raise ValueError(
            f"automaton: got {automaton.states} states, {automaton.axes} axes, {cells} cells "
            f"within the radius; accepted are 2 states, one axis per dimension, {_LARGEST} cells"
        )
    centre = (automaton.radius,) * automaton.dimensions
    return np.array(
        [
            automaton.run(np.reshape(window, (side,) * automaton.dimensions), 1)[centre]
            for window in itertools.product((0, 1), repeat=cells)
        ],
        np.uint8,
    )


def local_structure(
    automaton: Automaton, density: float = 0.5, steps: int = 1000, *, order: int = 1
) -> LocalStructure:
    """Follow the probabilities of blocks of `order` cells, from independent cells on.

    Blocks longer than the order are taken for Markov chains of memory `order` - 1, the least that
    the known probabilities say of them. Up to time 1 + (order - 1) // (2 * radius) the densities
    are exact: so far nothing was taken for independent that is not.

    Args:
        automaton: as for `neighbourhood_table`; of one dimension if the order is above 1.
        density: probability of a 1 at the beginning.
        steps: how many.
        order: cells of a block.

    Raises:
        ValueError, TypeError: an automaton or a number that is not accepted.
    """
    integer("steps", steps, 0)
    integer("order", order, 1)
    if not 0 <= density <= 1:
        raise ValueError(f"density: got {density!r}, accepted is a number from 0 to 1")
    table = neighbourhood_table(automaton)
    seen = table.size.bit_length() - 1
    longest = order + seen - 1
    if order > 1 and (automaton.dimensions != 1 or longest > _LARGEST):
        raise ValueError(
            f"order: got {order} in {automaton.dimensions} dimensions, accepted is 1, or up to "
            f"{_LARGEST - seen + 1} in one dimension"
        )
    images = _images(table, seen, order)
    blocks = _independent(density, order)
    densities = [density]
    for _ in range(steps):
        extended = _independent(blocks[1], seen) if order == 1 else _extended(blocks, longest)
        blocks = np.bincount(images, extended, minlength=2**order)
        blocks /= blocks.sum()
        densities.append(float(blocks[2 ** (order - 1) :].sum()))
    return LocalStructure(order, np.array(densities), blocks)


def _independent(density: float, cells: int) -> npt.NDArray[np.float64]:
    blocks = np.ones(1)
    for _ in range(cells):
        blocks = np.outer(blocks, [1 - density, density]).ravel()
    return blocks


def _extended(blocks: npt.NDArray[np.float64], longest: int) -> npt.NDArray[np.float64]:
    """Probabilities of longer blocks: P(b c) = P(b) P(last n - 1 of b, c) / P(last n - 1 of b)."""
    starts = blocks.reshape(-1, 2).sum(axis=1)
    given = np.divide(
        blocks.reshape(-1, 2),
        starts[:, None],
        out=np.zeros((len(starts), 2)),
        where=starts[:, None] > 0,
    )
    extended = blocks
    while extended.size < 2**longest:
        extended = (extended.reshape(-1, len(starts), 1) * given).ravel()
    return extended


def _images(table: npt.NDArray[np.uint8], seen: int, order: int) -> npt.NDArray[np.int64]:
    """The block of `order` cells that follows each block of order + seen - 1 cells."""
    before = np.arange(2 ** (order + seen - 1))
    after = np.zeros_like(before)
    for shift in range(order - 1, -1, -1):
        after = 2 * after + table[(before >> shift) & (2**seen - 1)]
    return after
