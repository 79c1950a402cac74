"""Agents, and what happens when one meets an environment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from complexity.errors import integer
from complexity.progress import progress as progress_bar
from simulations.agents.interface import Interface

if TYPE_CHECKING:
    import gymnasium

    from simulations.agents.adaptation import Adapted
    from simulations.agents.model import Model

__all__ = ["Agent", "BrokenPlayError", "Play", "play"]


@runtime_checkable
class Agent(Protocol):
    """Anything that acts.

    Agents of this package also have `snapshot() -> dict[str, ndarray]` and `restore(snapshot)`,
    which make a run resumable; an agent without them can be run, not resumed. What an agent knows
    is in its attributes: what its functions collect in variables around them, no `reset` forgets
    and no snapshot holds, and its results come to depend on resumptions and worker processes.
    """

    def reset(self, interface: Interface, seed: int) -> None:
        """Forget everything and prepare for an environment of this interface.

        Every random draw of the agent comes from `seed`.
        """
        ...

    def act(self, observation: int, reward: float) -> int:
        """Learn from the last percept and choose the next action.

        The first call brings the environment's first observation and the reward 0.
        """
        ...


@dataclass(frozen=True)
class Play:
    """A history of an agent and an environment.

    Attributes:
        agent: its name.
        environment: its name.
        seed: of both.
        first_observation: before the first action.
        actions: (cycles,) int64.
        observations: (cycles,) int64, each the answer to the action of the same index.
        rewards: (cycles,) float64, likewise.
    """

    agent: str
    environment: str
    seed: int
    first_observation: int
    actions: npt.NDArray[np.int64]
    observations: npt.NDArray[np.int64]
    rewards: npt.NDArray[np.float64]

    @property
    def cycles(self) -> int:
        """How many actions were taken."""
        return len(self.actions)

    @property
    def mean_reward(self) -> float:
        """The mean reward a cycle; NaN of no cycle."""
        return float(self.rewards.mean()) if self.cycles else float("nan")

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON values."""
        return {
            "agent": self.agent,
            "environment": self.environment,
            "seed": self.seed,
            "mean_reward": self.mean_reward if self.cycles else None,
            "first_observation": self.first_observation,
            "actions": self.actions.tolist(),
            "observations": self.observations.tolist(),
            "rewards": self.rewards.tolist(),
        }

    def __repr__(self) -> str:
        return (
            f"Play({self.agent} in {self.environment}, seed {self.seed}: {self.cycles} cycles, "
            f"mean reward {self.mean_reward:.4g})"
        )


class BrokenPlayError(RuntimeError):
    """An agent or an environment failed in the middle; `play` holds the cycles before that."""

    def __init__(self, message: str, play: Play) -> None:
        super().__init__(message)
        self.play = play


def play(
    agent: Agent,
    environment: gymnasium.Env[Any, Any] | Adapted | Model,
    cycles: int,
    *,
    seed: int = 0,
    progress: bool = True,
) -> Play:
    """Let an agent and an environment talk for a number of cycles.

    An environment whose episode ends is reset within the cycle, and the agent sees the first
    observation of the new episode with the last reward of the old one.

    Args:
        agent: is reset first.
        environment: a Gymnasium environment with discrete spaces, a Model, or what `adapt` made.
        cycles: how many actions.
        seed: of agent and environment.
        progress: show a bar on a terminal's standard error.

    Returns:
        The history.

    Raises:
        ValueError: spaces that are not discrete, or no rewards declared (see `adapt`).
        BrokenPlayError: the agent gave an illegal action, or a percept was not one of the
            interface's, or either raised; its `play` is the part before.
        KeyboardInterrupt: Ctrl-C.
    """
    from simulations.agents.interaction import Interaction

    total = integer("cycles", cycles, 0)
    interaction = Interaction(agent, environment, seed=seed)
    label = f"{name_of(agent)} in {interaction.environment.name}"
    with progress_bar(label, total, show=progress) as tick:
        for _ in range(total):
            interaction.advance(1)
            tick()
    return interaction.play


def name_of(agent: Agent) -> str:
    """What an agent is called: its `name`, or its class's."""
    return str(getattr(agent, "name", type(agent).__name__))
