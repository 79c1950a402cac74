"""What can be counted of any automaton's state: bits by two codes, live cells, the invariants."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from complexity.measurement import best_bits
from simulations.automata.automaton import Automaton, AutomatonSystem, Cells

if TYPE_CHECKING:
    from simulations.automata.hashlife_system import HashLifeSystem

__all__ = ["Census", "entropy_bits"]


def entropy_bits(cells: Cells) -> float:
    """Bits of the cells if each were drawn by itself from the states' frequencies.

    Example:
        >>> entropy_bits(np.array([[0, 1], [1, 0]], np.uint8))
        4.0
    """
    counts = np.bincount(cells.ravel())
    shares = counts[counts > 0] / max(cells.size, 1)
    return float(-cells.size * (shares * np.log2(shares)).sum()) + 0.0


@dataclass(frozen=True)
class Census:
    """An Instrument for `simulations.observe`: counts of every replica's state.

    Attributes:
        automaton: what is observed; each of its invariants is an observable of its own.
        code: by which code `compressed_bits` are counted; one for arrays or for byte strings.

    The observables are `entropy_bits` (as the function), `compressed_bits` (of the cells by the
    code), `population` (cells that are not 0; of the open plane all of them, while the bits are
    those of the window), and the invariants by name.
    """

    automaton: Automaton
    code: str = "template"

    @property
    def names(self) -> tuple[str, ...]:
        """The observables."""
        return ("entropy_bits", "compressed_bits", "population", *self.automaton.invariants)

    @property
    def units(self) -> tuple[str, ...]:
        """Their units."""
        return ("bits", "bits", "cells", *("conserved",) * len(self.automaton.invariants))

    @property
    def parameters(self) -> Mapping[str, Any]:
        """All that determines a measurement beside the automaton."""
        return {"code": self.code}

    def __call__(self, system: AutomatonSystem | HashLifeSystem) -> npt.NDArray[np.float64]:
        """Values of shape (replicas, observables)."""
        alive = zip(system.states(), system.populations(), strict=True)
        return np.array([self._row(cells, count) for cells, count in alive], np.float64)

    def _row(self, cells: Cells, population: int) -> list[float]:
        counted = [float(count(cells)) for count in self.automaton.invariants.values()]
        compressed = best_bits(cells, codes=[self.code]) if cells.size else 0.0
        return [entropy_bits(cells), compressed, float(population), *counted]
