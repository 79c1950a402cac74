"""An agent in an environment as a system that `simulations.observe` can follow and resume.

Needs Gymnasium: pip install "complexodynamics[agents]".
"""

from __future__ import annotations

import os
from array import array
from collections.abc import Mapping, Sequence
from typing import Any

import gymnasium
import numpy as np
import numpy.typing as npt

from complexity.errors import integer
from simulations.agents.adaptation import Adapted, adapt
from simulations.agents.agent import Agent, BrokenPlayError, Play, name_of
from simulations.agents.model import Model
from simulations.observation import observe
from simulations.system import random_words
from simulations.trajectory import Trajectory

__all__ = ["Interaction", "MeanReward", "learning_curve"]

_ENVIRONMENT = 0
"""Spawn key of the environment's seed."""


class Interaction:
    """An agent and an environment, cycle by cycle: a `simulations.System`.

    Advancing by a and then b cycles equals advancing by a + b. It can be resumed if both the agent
    and the environment have `snapshot` and `restore`.

    Attributes:
        agent: is reset first.
        environment: as agents see it.
        seed: of both: the agent is given it, the environment one made of it, so that not even an
            agent that draws as the environment does shares its draws.

    Args:
        agent: who acts.
        environment: anything that `adapt` takes.
        seed: of agent and environment.
    """

    clock = "cycles"
    replicas = 1

    def __init__(
        self,
        agent: Agent,
        environment: gymnasium.Env[Any, Any] | Adapted | Model,
        *,
        seed: int = 0,
    ) -> None:
        self.agent = agent
        self.environment = adapt(environment)
        self.seed = integer("seed", seed, 0)
        # Gymnasium's generator of this very seed is what many an agent draws from
        own = int(random_words(self.seed, (_ENVIRONMENT,), 1)[0]) >> 1
        self._first = self._seen = self.environment.reset(own)
        agent.reset(self.environment.interface, self.seed)
        self._reward = 0.0
        self._actions, self._observations, self._rewards = array("q"), array("q"), array("d")

    @property
    def time(self) -> int:
        """Cycles since the start."""
        return len(self._rewards)

    @property
    def parameters(self) -> dict[str, Any]:
        """The names of the two, the seed, the agent's own `parameters` if it has such, a digest."""
        own = getattr(self.agent, "parameters", {})
        return {
            "agent": name_of(self.agent),
            "agent_parameters": dict(own) if isinstance(own, Mapping) else list(own),
            "environment": self.environment.name,
            "environment_sha256": self.environment.digest,
            "seed": self.seed,
        }

    @property
    def rewards(self) -> npt.NDArray[np.float64]:
        """(time,) the rewards so far."""
        return np.array(self._rewards, np.float64)

    @property
    def play(self) -> Play:
        """The history so far."""
        return Play(
            agent=name_of(self.agent),
            environment=self.environment.name,
            seed=self.seed,
            first_observation=self._first,
            actions=np.array(self._actions, np.int64),
            observations=np.array(self._observations, np.int64),
            rewards=self.rewards,
        )

    def advance(self, amount: int) -> None:
        """Let the two talk for a number of cycles.

        Raises:
            BrokenPlayError: the agent gave an illegal action, or a percept was not one of the
                interface's, or either raised; its `play` is the part before.
        """
        for _ in range(integer("amount", amount, 0)):
            try:
                action = self.environment.interface.checked_action(
                    self.agent.act(self._seen, self._reward)
                )
                seen, reward = self.environment.step(action)
            except Exception as error:
                raise BrokenPlayError(
                    f"cycle {self.time}: {name_of(self.agent)} in {self.environment.name}: "
                    f"{type(error).__name__}: {error}",
                    self.play,
                ) from error
            self._actions.append(action)
            self._observations.append(seen)
            self._rewards.append(reward)
            self._seen, self._reward = seen, reward

    def states(self) -> list[npt.NDArray[np.float64]]:
        """(last action, observation, reward) of the one replica; the action is -1 at the start."""
        action = self._actions[-1] if self._actions else -1
        return [np.array([action, self._seen, self._reward], np.float64)]

    def snapshot(self) -> dict[str, np.ndarray]:
        """Copies of the history and, if both can be resumed, of the two."""
        copies: dict[str, np.ndarray] = {
            "first": np.array(self._first),
            "actions": np.array(self._actions, np.int64),
            "observations": np.array(self._observations, np.int64),
            "rewards": self.rewards,
        }
        if self._obstacle() is None:
            own = self.agent.snapshot()  # pyright: ignore[reportAttributeAccessIssue]
            copies |= {f"agent.{name}": each for name, each in own.items()}
            copies |= {f"environment.{k}": each for k, each in self.environment.snapshot().items()}
        return copies

    def restore(self, snapshot: Mapping[str, np.ndarray]) -> None:
        """Return to the moment of `snapshot`.

        Raises:
            TypeError: the agent or the environment cannot be resumed.
        """
        obstacle = self._obstacle()
        if obstacle is not None:
            raise TypeError(f"{obstacle} has no snapshot and restore; it can be run, not resumed")
        self.agent.restore(_part(snapshot, "agent."))  # pyright: ignore[reportAttributeAccessIssue]
        self.environment.restore(_part(snapshot, "environment."))
        self._first = int(snapshot["first"])
        self._actions = array("q", snapshot["actions"].tolist())
        self._observations = array("q", snapshot["observations"].tolist())
        self._rewards = array("d", snapshot["rewards"].tolist())
        self._seen = self._observations[-1] if self._observations else self._first
        self._reward = self._rewards[-1] if self._rewards else 0.0

    def _obstacle(self) -> str | None:
        """Which of the two cannot be resumed, if one cannot."""
        if not (hasattr(self.agent, "snapshot") and hasattr(self.agent, "restore")):
            return f"agent: {name_of(self.agent)}"
        return None if self.environment.resumable else f"environment: {self.environment.name}"


def _part(snapshot: Mapping[str, np.ndarray], prefix: str) -> dict[str, np.ndarray]:
    return {
        name.removeprefix(prefix): each
        for name, each in snapshot.items()
        if name.startswith(prefix)
    }


class MeanReward:
    """The mean reward a cycle since the last of some times: an instrument for `Interaction`.

    Args:
        times: the times that will be measured at, increasing; at any other time, too, it is the
            mean since the last of them before.
    """

    names = ("mean_reward",)
    units = ("reward",)

    def __init__(self, times: Sequence[int] | npt.NDArray[np.integer]) -> None:
        self.times = np.asarray(times, np.int64)

    @property
    def parameters(self) -> dict[str, Any]:
        """The times."""
        return {"times": self.times.tolist()}

    def __call__(self, system: Interaction) -> npt.NDArray[np.float64]:
        """(1, 1): NaN before the first cycle."""
        before = self.times[self.times < system.time]
        begin = int(before[-1]) if before.size else 0
        part = system.rewards[begin:]
        return np.array([[part.mean() if part.size else np.nan]])


def learning_curve(
    agent: Agent,
    environment: gymnasium.Env[Any, Any] | Adapted | Model,
    cycles: int,
    points: int | Sequence[int] = 50,
    *,
    seed: int = 0,
    out: str | os.PathLike[str] | None = None,
    progress: bool = True,
) -> Trajectory:
    """The mean reward a cycle as an agent learns.

    Args:
        agent: is reset first.
        environment: anything that `adapt` takes.
        cycles: how many.
        points: how many measurements, evenly spread, each of the cycles since the one before; or
            the times of the measurements, the last of which is `cycles`.
        seed: of agent and environment.
        out: a folder that keeps the run; the same call resumes it if it was interrupted.
        progress: show a bar on a terminal's standard error.

    Returns:
        A Trajectory with the observable `mean_reward`, of one replica.

    Raises:
        ValueError: times that do not increase up to `cycles`; and as `adapt` and `observe`.
        TypeError: a run to be resumed whose agent or environment has no snapshot.
        BrokenPlayError: see `play`.
        Interrupted: Ctrl-C.
    """
    total = integer("cycles", cycles, 1, 1 << 53)  # times that floats hold exactly
    if isinstance(points, int | np.integer):
        count = integer("points", points, 1, total)
        times = np.unique(np.linspace(0, total, count + 1).round().astype(np.int64))[1:]
    else:
        times = np.asarray(points)
        whole = times.dtype.kind in "iu" and times.ndim == 1
        if not whole or not times.size or times[0] < 1 or times[-1] != total:
            raise ValueError(
                f"points: got {list(points)}, accepted are a number, or times from 1 on that "
                f"increase up to cycles={total}"
            )
    interaction = Interaction(agent, environment, seed=seed)
    return observe(interaction, MeanReward(times), times, out=out, progress=progress)
