"""Many programs of the reference machine beside each other, and what an agent remembers of each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from neural.agents.q_network import remember
from simulations.agents.reference_machine.machine import Machine, interface
from simulations.agents.reference_machine.program import Program

__all__ = ["Lanes"]


class Lanes:
    """Machines that take a cycle together.

    Args:
        programs: one for each lane.
        signs: (n,) 1, or -1 where rewards are turned round.
        words: (n, 4) states of the machines' generators.
        window: cycles that are remembered.
        symbols: of the tapes.
        cells: of the observation.

    Attributes:
        memories: (n, inputs) float32, for a `QNetwork` of that window.
        observations: (n,) the last ones.

    Raises:
        TypeError, ValueError: see `Machine`.
    """

    def __init__(
        self,
        programs: Sequence[Program],
        signs: NDArray[np.int64],
        words: NDArray[np.uint64],
        *,
        window: int,
        symbols: int = 5,
        cells: int = 1,
    ) -> None:
        self.interface = interface(symbols, cells)
        self.kinds = self.interface.actions, self.interface.observations
        self._sizes = {"symbols": symbols, "cells": cells}
        self._machines = [Machine(each, **self._sizes) for each in programs]
        self._signs = np.array(signs, np.int64)
        count, width = len(programs), sum(self.kinds) + 1
        self.memories = np.zeros((count, window * width), np.float32)
        self.observations = np.zeros(count, np.int64)
        for lane in range(count):
            self._begin(lane, words[lane])

    def __len__(self) -> int:
        return len(self._machines)

    def step(self, actions: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """A cycle of every lane.

        Args:
            actions: (n,).

        Returns:
            (n,) rewards with their signs, over the greatest; (n,) whether the machine was over
            time, after which the lane should be replaced.
        """
        rewards, overtime = np.zeros(len(self)), np.zeros(len(self), bool)
        for lane, (machine, action) in enumerate(zip(self._machines, actions, strict=True)):
            cycle = machine.step(action)
            self.observations[lane] = cycle.observation
            rewards[lane], overtime[lane] = cycle.reward / 100.0, cycle.overtime
        rewards *= self._signs
        remember(self.memories, actions, self.observations, rewards, self.kinds)
        return rewards, overtime

    def replace(self, lane: int, program: Program, sign: int, words: NDArray[np.uint64]) -> None:
        """Put another program into a lane, from its start."""
        self._machines[lane] = Machine(program, **self._sizes)
        self._signs[lane] = sign
        self._begin(lane, words)

    def _begin(self, lane: int, words: NDArray[np.uint64]) -> None:
        self.observations[lane] = self._machines[lane].reset_to(words)
        self.memories[lane] = 0.0
        seen = self.observations[lane : lane + 1]
        remember(self.memories[lane : lane + 1], None, seen, np.zeros(1), self.kinds)
