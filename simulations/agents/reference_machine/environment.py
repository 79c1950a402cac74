"""A program of the reference machine as a Gymnasium environment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import gymnasium
import numpy as np

from simulations.agents.reference_machine.machine import Machine
from simulations.agents.reference_machine.program import Program

__all__ = ["BFEnvironment"]


class BFEnvironment(gymnasium.Env[np.int64, np.int64]):
    """A program as an environment that never ends.

    A cycle that is cut after 1000 instructions answers what the output tape holds then, and says so
    in `info["overtime"]`; `info["steps"]` counts the instructions.

    Args:
        program: or its text.
        symbols: of the tapes: actions and levels of reward.
        cells: of the observation.
        sign: 1, or -1 for the environment whose rewards are turned round.

    Attributes:
        interface: what an agent sees of it.
        reward_levels: all values of a reward.
        code_bits: -log2 of the program's prior.

    Raises:
        TypeError, ValueError: see `Program` and `Machine`; a sign other than 1 and -1.

    Example:
        >>> environment = BFEnvironment(",.#")
        >>> environment.reset(seed=0), environment.step(4)
        ((np.int64(2), {}), (np.int64(2), 100.0, False, False, {'steps': 3, 'overtime': False}))
    """

    metadata: dict[str, Any] = {"render_modes": []}  # noqa: RUF012

    def __init__(
        self, program: Program | str, *, symbols: int = 5, cells: int = 1, sign: int = 1
    ) -> None:
        if sign not in (1, -1):
            raise ValueError(f"sign: got {sign!r}, accepted are 1 and -1")
        self.machine = Machine(program, symbols=symbols, cells=cells)
        self.sign = sign
        self.interface = self.machine.interface
        self.reward_levels = self.interface.reward_levels
        self.code_bits = self.machine.program.bits
        self.action_space = gymnasium.spaces.Discrete(self.interface.actions)
        self.observation_space = gymnasium.spaces.Discrete(self.interface.observations)

    @property
    def name(self) -> str:
        """The program, with its sign."""
        return f"BF({'-' if self.sign < 0 else ''}{self.machine.program})"

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[np.int64, dict[str, Any]]:
        """Clear the machine; without a seed its random symbols go on from the last one's."""
        super().reset(seed=seed)
        return np.int64(self.machine.reset(int(self.np_random.integers(2**63)))), {}

    def step(self, action: Any) -> tuple[np.int64, float, bool, bool, dict[str, Any]]:
        """Run one cycle."""
        cycle = self.machine.step(action)
        info = {"steps": cycle.steps, "overtime": cycle.overtime}
        return np.int64(cycle.observation), self.sign * cycle.reward, False, False, info

    def snapshot(self) -> dict[str, np.ndarray]:
        """Copies of all that `restore` needs."""
        return self.machine.snapshot()

    def restore(self, snapshot: Mapping[str, np.ndarray]) -> None:
        """Return to the moment of `snapshot`."""
        self.machine.restore(snapshot)
