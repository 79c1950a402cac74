"""Many runs of a temporal-difference agent in a small environment, in compiled code.

`tabulate` turns a `Model` of finitely many states into arrays, `play_table` is one run, and
`discounted_reward` the curve of many.
"""

from __future__ import annotations

import math
import time
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

import numpy as np
import numpy.typing as npt

from complexity.errors import integer
from complexity.progress import progress as progress_bar
from complexity.provenance import commit, versions
from simulations.agents.agent import Play
from simulations.agents.model import Model, Outcome, demand_chances
from simulations.agents.temporal import _kernels
from simulations.agents.temporal._checks import fraction
from simulations.agents.temporal.controllers import AGENT_STREAM
from simulations.system import random_words
from simulations.trajectory import Trajectory

__all__ = ["Table", "discounted_reward", "play_table", "tabulate"]

Numbers = npt.NDArray[np.int64]
Reals = npt.NDArray[np.float64]

WORLD_STREAM = (0,)
"""Spawn key of an environment's draws."""


class Controller(Protocol):
    """An agent that the kernels know: Sarsa, QLearner, HLS or HLQ."""

    initial: float

    @property
    def name(self) -> str:
        """What it is called."""
        ...

    @property
    def parameters(self) -> tuple[int, float, float, float, float]:
        """Kind, alpha, epsilon, gamma, lambda."""
        ...


@dataclass(frozen=True, eq=False)
class Table:
    """A model of finitely many states as arrays; K is the greatest number of outcomes.

    Attributes:
        model: what is tabulated.
        states: all that can be reached, by number.
        starts: states, observations and cumulative chances (K,) of a start.
        successors: (states, actions, K) int64.
        observed: likewise, observations.
        cumulative: likewise, float64 chances; the last is 1.
        gains: likewise, float64 rewards.
    """

    model: Model
    states: tuple[Hashable, ...]
    starts: tuple[Numbers, Numbers, Reals]
    successors: Numbers
    observed: Numbers
    cumulative: Reals
    gains: Reals

    def __repr__(self) -> str:
        return f"Table({self.model.name}: {len(self.states)} states)"


def tabulate(model: Model, *, limit: int = 100_000) -> Table:
    """All states of a model that can be reached, as arrays for the kernels.

    Args:
        model: of finitely many states.
        limit: of their number.

    Raises:
        ValueError: there are more than `limit`, or probabilities do not sum to 1.
    """
    demand_chances(model.start)
    starts = [each for each in model.start if each.probability]
    number = {state: i for i, state in enumerate(dict.fromkeys(each.state for each in starts))}
    found: list[list[list[Outcome]]] = []
    waiting = list(number)
    for state in waiting:  # grows on the way
        found.append([])
        for action in range(model.interface.actions):
            outcomes = model.outcomes(state, action)
            demand_chances(outcomes)
            possible = [each for each in outcomes if each.probability]
            found[-1].append(possible)
            new = [each.state for each in possible if each.state not in number]
            for each in dict.fromkeys(new):
                number[each] = len(number)
                waiting.append(each)
        if len(number) > limit:
            raise ValueError(
                f"model: {model.name} has more than {limit:,} states; play it cycle by cycle, or "
                "raise limit"
            )
    to, seen, chances, _ = (each[0, 0] for each in _arrays([[starts]], number))
    return Table(model, tuple(number), (to, seen, chances), *_arrays(found, number))


def _arrays(
    found: list[list[list[Outcome]]], number: Mapping[Hashable, int]
) -> tuple[Numbers, Numbers, Reals, Reals]:
    """Successors, observations, cumulative chances and rewards, each (states, actions, K)."""
    width = max(len(possible) for row in found for possible in row)
    shape = (len(found), len(found[0]), width)
    successors, observed = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    cumulative, gains = np.ones(shape), np.zeros(shape)
    for state, row in enumerate(found):
        for action, possible in enumerate(row):
            total = Fraction(0)
            for k, each in enumerate(possible):
                total += each.probability
                successors[state, action, k] = number[each.state]
                observed[state, action, k] = each.observation
                cumulative[state, action, k] = float(total)
                gains[state, action, k] = float(each.reward)
    return successors, observed, cumulative, gains


def play_table(agent: Controller, table: Table, cycles: int, *, seed: int = 0) -> Play:
    """One run: what `agent`, reset with `seed`, does in the environment.

    The environment draws from a stream of its own, one number for the start and one a cycle: the
    first outcome whose cumulative chance is above it.

    Raises:
        TypeError, ValueError: no number of cycles.
    """
    total = integer("cycles", cycles, 0)
    actions, observations = np.zeros(total, np.int64), np.zeros(total, np.int64)
    rewards = np.zeros(total)
    first = pick_start(table, seed)
    _run(agent, table, seed, actions, observations, rewards)
    return Play(agent.name, table.model.name, seed, first, actions, observations, rewards)


def pick_start(table: Table, seed: int) -> int:
    """The first observation of a run."""
    return int(table.starts[1][_kernels.pick(random_words(seed, WORLD_STREAM, 4), table.starts[2])])


def _run(
    agent: Controller, table: Table, seed: int, actions: Numbers, observed: Numbers, rewards: Reals
) -> None:
    _kernels.episode(
        *agent.parameters,
        float(agent.initial),
        random_words(seed, AGENT_STREAM, 4),
        random_words(seed, WORLD_STREAM, 4),
        table.starts,
        table.successors,
        table.observed,
        table.cumulative,
        table.gains,
        table.model.interface.observations,
        actions,
        observed,
        rewards,
    )


def discounted_reward(
    agent: Controller,
    table: Table,
    cycles: int,
    *,
    gamma: float,
    block: int = 500,
    runs: int = 1,
    seed: int = 0,
    progress: bool = True,
) -> Trajectory:
    """How well an agent does with time: the empirical future discounted reward.

    At cycle t it is r_t + gamma r_{t+1} + ...; it is averaged over blocks of cycles, and each run
    goes on for a tail beyond the last block, so long that what is cut off weighs below 1e-6.

    Args:
        agent: Sarsa, QLearner, HLS or HLQ; it is not changed.
        table: the environment.
        cycles: how many are measured.
        gamma: the discount of the measurement, in [0, 1).
        block: cycles in a block; it divides `cycles`.
        runs: how many, with seeds drawn from `seed`.
        seed: of all of them; the same for every agent.
        progress: show a bar on a terminal's standard error.

    Returns:
        A Trajectory with the observable `discounted_reward` of shape (blocks, runs), the time of a
        block being its end.

    Raises:
        TypeError, ValueError: a number outside its range.
    """
    discount = fraction("gamma", gamma, one=False)
    total, width = integer("cycles", cycles, 1), integer("block", block, 1)
    if total % width:
        raise ValueError(f"block: got {width}, accepted is a divisor of the {total} cycles")
    replicas, started = integer("runs", runs, 1), time.perf_counter()
    tail = math.ceil(math.log(1e-6) / math.log(discount)) if discount else 0
    actions, observed = np.zeros(total + tail, np.int64), np.zeros(total + tail, np.int64)
    rewards, values = np.zeros(total + tail), np.zeros((total // width, replicas, 1))
    means = np.zeros(total // width)
    with progress_bar(f"{agent.name} in {table.model.name}", replicas, show=progress) as tick:
        for run in range(replicas):
            own = int(random_words(seed, (run,), 1)[0])
            _run(agent, table, own, actions, observed, rewards)
            _kernels.discounted_means(rewards, discount, width, means)
            values[:, run, 0] = means
            tick()
    provenance = {
        "system": "discounted_reward",
        "parameters": {
            "agent": agent.name,
            "environment": table.model.name,
            "gamma": discount,
            "runs": replicas,
            "seed": seed,
        },
        "seconds": time.perf_counter() - started,
        "versions": versions("numpy", "numba"),
        "commit": commit(),
        "complete": True,
    }
    times = np.arange(1, total // width + 1) * width
    return Trajectory(
        "cycles", times, ("discounted_reward",), ("reward",), values, provenance=provenance
    )
