"""A pattern on the unbounded plane under HashLife, as a System for `simulations.observe`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from simulations.automata.automaton import Cells
from simulations.automata.formats.macrocell import Macrocell
from simulations.automata.formats.pattern import Pattern
from simulations.automata.hashlife import HashLife
from simulations.automata.life import LifeLike

__all__ = ["HashLifeSystem"]


class HashLifeSystem:
    """What `automaton.system(state)` is, for numbers of steps without bound.

    Args:
        automaton: a Life-like rule on the open plane.
        state: its cells (H, W), which are also the window that is seen.

    Attributes:
        automaton: the rule.
        time: steps since the start, any number.
        tree: the whole plane at present.
    """

    clock = "steps"
    replicas = 1

    def __init__(self, automaton: LifeLike, state: Cells) -> None:
        if automaton.boundary != "open":
            raise ValueError(f"automaton: got {automaton!r}, accepted is one on the open plane")
        self.automaton = automaton
        self.parameters: Mapping[str, Any] = {
            **automaton.system(state).parameters,
            "engine": "HashLife",
        }
        cells = automaton.checked(state)
        self._shape = cells.shape
        self._engine = HashLife(automaton.name)
        self.tree = Macrocell.of(Pattern(cells, automaton.name))

    @property
    def time(self) -> int:
        """Steps since the start."""
        return self.tree.generation

    def advance(self, amount: int) -> None:
        """Take so many steps."""
        self.tree = self._engine.run(self.tree, amount)

    def states(self) -> list[Cells]:
        """The cells seen through the window."""
        return [self.tree.window((0, 0), (self._shape[0], self._shape[1]))]

    def populations(self) -> list[int]:
        """How many cells of the whole plane are alive."""
        return [self.tree.population]

    def snapshot(self) -> dict[str, np.ndarray]:
        """The tree, and the time as decimal digits."""
        names = ("levels", "words", "children")
        digits = np.frombuffer(str(self.time).encode(), np.uint8).copy()
        return {name: getattr(self.tree, name).copy() for name in names} | {"time": digits}

    def restore(self, snapshot: Mapping[str, np.ndarray]) -> None:
        """Return to a snapshot."""
        arrays = {name: snapshot[name] for name in ("levels", "words", "children")}
        time = int(snapshot["time"].tobytes().decode())
        self.tree = replace(self.tree, **arrays, generation=time)
