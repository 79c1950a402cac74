"""Measures of histories as observables: what a system is about to do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from simulations.system import System

__all__ = ["HistoryInstrument"]


@dataclass(frozen=True)
class HistoryInstrument:
    """An instrument made of functions of a history: that of the steps that are about to come.

    A measurement has to be a function of the present state, so that an interrupted run goes on as
    if nothing had happened. So the instrument looks ahead: it lets the system take `steps` more,
    and sets it back.

    Attributes:
        functions: name -> function of a history (steps + 1, *space), giving one number.
        steps: how far to look ahead, in units of the system's clock.
        unit: the unit of all of them.
    """

    functions: Mapping[str, Callable[[np.ndarray], float]]
    steps: int
    unit: str = "bits"

    @property
    def names(self) -> tuple[str, ...]:
        """The functions' names."""
        return tuple(self.functions)

    @property
    def units(self) -> tuple[str, ...]:
        """The common unit, once for each name."""
        return (self.unit,) * len(self.functions)

    @property
    def parameters(self) -> Mapping[str, Any]:
        """The steps, and what each function is called."""
        called = {
            name: getattr(function, "__qualname__", type(function).__qualname__)
            for name, function in self.functions.items()
        }
        return {"steps": self.steps, "functions": called}

    def __call__(self, system: System) -> npt.NDArray[np.float64]:
        """Values of shape (replicas, functions)."""
        now = system.snapshot()
        times = [[np.array(state) for state in system.states()]]
        try:
            for _ in range(self.steps):
                system.advance(1)
                times.append([np.array(state) for state in system.states()])
        finally:
            system.restore(now)
        return np.array(
            [
                [function(np.array(history)) for function in self.functions.values()]
                for history in zip(*times, strict=True)
            ],
            np.float64,
        )
