"""Cells that do not all change at once.

References:
    B. Schoenfisch and A. de Roos, Synchronous and asynchronous updating in cellular automata,
    BioSystems 51, 1999: the orders.
    N. Fates and M. Morvan, An experimental study of robustness to asynchronism for elementary
    cellular automata, Complex Systems 16, 2005: a share alpha at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, final

import numpy as np
import numpy.typing as npt

from complexity.errors import one_of, share
from simulations.automata import _local_kernels as kernels
from simulations.automata.automaton import Automaton, Cells
from simulations.automata.local import LocalRule
from simulations.system import random_words

__all__ = ["Asynchronous"]

ORDERS = ("random-sequential", "random-permutation", "sequential", "alpha")
_MOST_PATTERNS = 1 << 20


@final
class Asynchronous(Automaton):
    """An automaton whose cells are updated one after another, or some of them at once.

    In one step of n cells, with order
    "random-sequential": n times a cell drawn at random (to 32 bits) is updated;
    "random-permutation": all are updated, one after another, in a random order;
    "sequential": all are updated, one after another, row by row;
    "alpha": each is updated with probability `alpha`, those that are all at once.

    Args:
        rule: a LocalRule, or any other automaton on a bounded grid whose cells all follow one rule
            that neither draws nor depends on time, with at most 2^20 neighbourhoods.
        order: see above.
        alpha: for the order "alpha" only, from 0 to 1.

    Example:
        >>> grow = LocalRule([0, 1, 1, 1, 1, 1, 1, 1], dimensions=1, boundary="fixed")
        >>> Asynchronous(grow, "sequential").run([0, 1, 0, 0, 0], 1)
        array([1, 1, 1, 1, 1], dtype=uint8)
    """

    BOUNDARIES: ClassVar[tuple[str, ...]] = ("periodic", "fixed", "reflecting")
    draws = True

    def __init__(
        self, rule: Automaton, order: str = "random-sequential", *, alpha: float | None = None
    ) -> None:
        super().__init__(rule.boundary)
        self.order = one_of("order", order, ORDERS)
        accepted = "a number from 0 to 1" if order == "alpha" else "None"
        if (alpha is not None) != (order == "alpha"):
            raise ValueError(f"alpha: got {alpha}, accepted is {accepted} for the order {order!r}")
        if alpha is not None:
            share("alpha", alpha, f"{accepted} for the order {order!r}")
        self.rule, self.alpha = rule, alpha
        self.axes, self.dimensions = rule.axes, rule.dimensions
        self.radius, self.states = rule.radius, rule.states
        self.local = order == "alpha"
        self.clock = "steps" if self.local else "sweeps"
        self._local = rule if isinstance(rule, LocalRule) else _tabulated(rule)

    @property
    def name(self) -> str:
        """The rule's name and the order."""
        return f"{self.rule.name}, {self.order}"

    @property
    def parameters(self) -> Mapping[str, Any]:
        """The rule's parameters, the order, and alpha."""
        more = {"of": dict(self.rule.parameters), "order": self.order, "alpha": self.alpha}
        return {**super().parameters, **more}

    def _check_shape(self, shape: tuple[int, ...]) -> None:
        self.rule._check_shape(shape)

    def _advance(self, cells: Cells, steps: int, start: int, seed: int) -> Cells:
        order_key, draw_key = (random_words(seed, (i,), 1)[0] for i in (0, 1))
        for time in range(start, start + steps):
            words = kernels.words(order_key, time, cells.size)
            if self.alpha is not None:
                chosen = (words >> np.uint64(11)) * 2.0**-53 < self.alpha
                new = self._local._advance(cells.copy(), 1, time, seed)
                cells = np.where(chosen.reshape(cells.shape), new, cells)
            else:
                draws = kernels.words(draw_key, time, cells.size)
                self._local._at_sites(cells, self._sites(words), draws)
        return cells

    def _sites(self, words: npt.NDArray[np.uint64]) -> npt.NDArray[np.int64]:
        """The cells of a sweep, in order."""
        if self.order == "sequential":
            return np.arange(words.size)
        if self.order == "random-permutation":
            return np.argsort(words, kind="stable")
        half = np.uint64(32)
        return (((words >> half) * np.uint64(words.size)) >> half).astype(np.int64)


def _tabulated(rule: Automaton) -> LocalRule:
    """The rule as a table of Moore neighbourhoods, found by trying them all side by side."""
    side = 2 * rule.radius + 1
    count = rule.states ** (side**rule.dimensions)
    if rule.draws or rule.axes != rule.dimensions or count > _MOST_PATTERNS:
        why = "draws at random" if rule.draws else "has more than one layer"
        if count > _MOST_PATTERNS:
            why = f"has {count} neighbourhoods"
        raise ValueError(
            f"rule: {rule.name} {why}, accepted are a LocalRule or a rule of one layer that does "
            f"not draw, with at most {_MOST_PATTERNS} neighbourhoods"
        )
    cells = side**rule.dimensions
    digits = rule.states ** np.arange(cells - 1, -1, -1)
    patterns = (np.arange(count)[:, np.newaxis] // digits % rule.states).astype(np.uint8)
    tiles = patterns.reshape(-1, *(side,) * (rule.dimensions - 1))
    tables = []
    for shift, time in ((0, 0), (0, 1), (1, 0)):
        wide = rule._advance(np.pad(tiles, [(shift, 0)] * rule.dimensions), 1, time, 0)
        after = wide[(slice(shift, None),) * rule.dimensions]
        tables.append(after.reshape(count, cells)[:, cells // 2])
    table, *others = tables
    if any((table != other).any() for other in others):
        raise ValueError(
            f"rule: {rule.name} depends on time or place, accepted are rules that do not"
        )
    return LocalRule(
        table,
        states=rule.states,
        boundary=rule.boundary,
        dimensions=rule.dimensions,
        radius=rule.radius,
    )
