"""Second-order automata: a rule made reversible by taking the past away from its future.

References:
    E. Fredkin's construction, as in N. Margolus, Physics-like models of computation, Physica D 10,
    1984, section 3; S. Wolfram, A New Kind of Science, 2002, page 437 ("rule 37R").
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, final

import numpy as np

from simulations.automata.automaton import Automaton, Cells, Reversible

__all__ = ["SecondOrder"]


@final
class SecondOrder(Reversible):
    """s(t + 1) = f(s(t)) - s(t - 1) modulo the number of states, for any automaton f.

    A state has one axis more than the automaton's, in front, of length 2: the past and the present.
    With two states the difference is the exclusive or.

    Args:
        rule: the automaton f, on a bounded grid and without random draws.

    Example:
        >>> from simulations.automata.life import LifeLike
        >>> import numpy as np
        >>> state = np.random.default_rng(0).integers(0, 2, (2, 8, 8))
        >>> life = SecondOrder(LifeLike("B3/S23"))
        >>> bool((life.reverse(life.run(state, 50), 50) == state).all())
        True
    """

    def __init__(self, rule: Automaton) -> None:
        if rule.draws:
            raise ValueError(f"rule: {rule.name} draws at random, accepted are rules that do not")
        if rule.boundary == "open":
            accepted = ", ".join(each for each in rule.BOUNDARIES if each != "open")
            raise ValueError(
                f"rule: got {rule!r}, whose past lies partly outside of the window; accepted are "
                f"the boundaries {accepted}"
            )
        super().__init__(rule.boundary)
        self.rule = rule
        self.axes, self.dimensions = rule.axes + 1, rule.dimensions
        self.radius, self.states, self.clock = rule.radius, rule.states, rule.clock

    @property
    def name(self) -> str:
        """The rule's name and R, for reversible."""
        return f"{self.rule.name}R"

    @property
    def parameters(self) -> Mapping[str, Any]:
        """The rule's parameters, of second order."""
        return {**super().parameters, "of": dict(self.rule.parameters)}

    def _check_shape(self, shape: tuple[int, ...]) -> None:
        if shape[0] != 2:
            raise ValueError(
                f"state: got the shape {shape}, accepted is a first axis of 2: past and present"
            )
        self.rule._check_shape(shape[1:])

    def _advance(self, cells: Cells, steps: int, start: int, seed: int) -> Cells:
        past, present = cells
        for time in range(start, start + steps):
            past, present = present, self._after(past, present, time)
        return np.stack([past, present])

    def _retreat(self, cells: Cells, steps: int, start: int) -> Cells:
        present, future = cells
        for time in range(start - 1, start - 1 - steps, -1):
            present, future = self._after(future, present, time), present
        return np.stack([present, future])

    def _after(self, past: Cells, present: Cells, time: int) -> Cells:
        image = self.rule._advance(present.copy(), 1, time, 0)
        return ((image.astype(np.int16) - past) % self.states).astype(np.uint8)
