"""Episodes of agents on programs: compiled where the agent has a compiled form, else in Python."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from complexity.errors import integer
from simulations.agents.agent import Agent, name_of
from simulations.agents.reference_machine import _kernels as kernels
from simulations.agents.reference_machine.draws import AGENT_STREAM
from simulations.agents.reference_machine.machine import Machine, interface
from simulations.agents.reference_machine.program import Program
from simulations.system import random_words

__all__ = ["BrokenEpisodeError", "Episode", "Rule", "compiled", "episode", "mean_rewards"]

Words = npt.NDArray[np.uint64]


class BrokenEpisodeError(RuntimeError):
    """An agent failed or gave an illegal action; the message has the program and the cycle."""


@dataclass(frozen=True)
class Rule:
    """An agent of the kernels.

    Attributes:
        kind: one of the kernels' kinds.
        parameters: epsilon, gamma, lambda, alpha and the initial value.
    """

    kind: int
    parameters: tuple[float, float, float, float, float]

    @property
    def array(self) -> npt.NDArray[np.float64]:
        """The parameters (5,)."""
        return np.array(self.parameters, np.float64)


@dataclass(frozen=True)
class Episode:
    """What happened.

    Attributes:
        actions: (cycles,) int64.
        observations: (cycles,) int64, each the answer to the action of the same index.
        rewards: (cycles,) float64, likewise.
        overtime: whether the program was over time in the cycle after these.
    """

    actions: npt.NDArray[np.int64]
    observations: npt.NDArray[np.int64]
    rewards: npt.NDArray[np.float64]
    overtime: bool


def compiled(agent: Agent) -> Rule | None:
    """The agent's compiled form, which acts as it does draw by draw; None if it has none."""
    from simulations.agents.baselines import FreqAgent, RandomAgent
    from simulations.agents.temporal.controllers import HLQ, HLS, QLearner, Sarsa

    kinds = {
        RandomAgent: kernels.UNIFORM,
        FreqAgent: kernels.FREQ,
        Sarsa: kernels.SARSA,
        QLearner: kernels.Q,
        HLS: kernels.HLS,
        HLQ: kernels.HLQ,
    }
    if type(agent) not in kinds:  # nor a subclass, which may act otherwise
        return None
    epsilon, gamma, fade, alpha, initial = (
        float(getattr(agent, name, 0.0))
        for name in ("epsilon", "gamma", "lambda_", "alpha", "initial")
    )
    return Rule(kinds[type(agent)], (epsilon, gamma, fade, alpha, initial))


def episode(
    agent: Agent | Rule,
    program: Program,
    *,
    cycles: int,
    seed: int = 0,
    machine_seed: int = 0,
    sign: int = 1,
    symbols: int = 5,
    cells: int = 1,
) -> Episode:
    """Let an agent act in a program, from scratch.

    Args:
        agent: in Python, or a `Rule` for the kernels; the results agree for `compiled` ones.
        program: to act in.
        cycles: how many actions.
        seed: of the agent.
        machine_seed: of the machine's random symbols.
        sign: what the machine's rewards are multiplied by, 1 or -1.
        symbols: of the tapes.
        cells: of the observation.

    Raises:
        BrokenEpisodeError: the agent failed.
    """
    integer("cycles", cycles, 0)
    words = random_words(machine_seed, (), 4)
    if not isinstance(agent, Rule):
        return _in_python(agent, program, cycles, seed, words, sign, symbols, cells)
    trace = np.zeros((cycles, 3))
    _, done = kernels.episode(
        program.code,
        program.jumps,
        symbols,
        cells,
        agent.kind,
        agent.array,
        float(sign),
        random_words(seed, AGENT_STREAM, 4),
        words,
        _room(symbols, cells),
        trace,
    )
    actions, observations = trace[:done, :2].astype(np.int64).T
    return Episode(actions, observations, trace[:done, 2], bool(done < cycles))


def mean_rewards(
    agent: Agent | Rule,
    programs: Sequence[Program],
    *,
    cycles: int,
    seeds: npt.NDArray[np.uint64],
    words: Words,
    symbols: int = 5,
    cells: int = 1,
) -> npt.NDArray[np.float64]:
    """Mean rewards of episodes in programs, with their rewards and with these turned round.

    Args:
        agent: in Python, or a `Rule` for the kernels.
        programs: n of them.
        cycles: actions an episode.
        seeds: (n, 2) of the agent, for the sign 1 and the sign -1.
        words: (n, 2, 4) states of the machines' generators.
        symbols: of the tapes.
        cells: of the observation.

    Returns:
        (n, 2) float64; NaN where the program was over time. What was over time with its own rewards
        is not played with the others, and NaN there too.

    Raises:
        BrokenEpisodeError: the agent failed.
    """
    sums = np.full((len(programs), 2), np.nan)
    if isinstance(agent, Rule):
        agents = np.empty((len(programs), 2, 4), np.uint64)
        for i, pair in enumerate(seeds):
            for side, seed in enumerate(pair):
                agents[i, side] = random_words(int(seed), AGENT_STREAM, 4)
        codes = np.concatenate([np.empty(0, np.uint8), *(each.code for each in programs)])
        starts = np.cumsum([0, *(len(each) for each in programs)])
        kernels.episodes(
            codes,
            starts,
            symbols,
            cells,
            agent.kind,
            agent.array,
            cycles,
            agents,
            np.array(words),
            sums,
        )
        return sums / cycles
    for i, program in enumerate(programs):
        for side, sign in enumerate((1, -1)):
            seed, own = int(seeds[i, side]), words[i, side]
            played = _in_python(agent, program, cycles, seed, own, sign, symbols, cells)
            if played.overtime:
                break
            sums[i, side] = _summed(played.rewards)
    return sums / cycles


def _summed(rewards: npt.NDArray[np.float64]) -> float:
    """One after another, as the kernel does; NumPy sums in pairs."""
    total = 0.0
    for reward in rewards.tolist():
        total += reward
    return total


def _room(symbols: int, cells: int) -> tuple[np.ndarray, ...]:
    """Working memory of `kernels.episode`."""
    return (
        np.empty(kernels.TAPE, np.int8),
        np.empty(kernels.HISTORY_RING, np.int8),
        np.empty(1 + cells, np.int8),
        np.empty(2, np.int64),
        np.empty((3, symbols**cells, symbols)),
    )


def _in_python(
    agent: Agent,
    program: Program,
    cycles: int,
    seed: int,
    words: Words,
    sign: int,
    symbols: int,
    cells: int,
) -> Episode:
    frame = interface(symbols, cells)
    machine = Machine(program, symbols=symbols, cells=cells)
    seen, reward = machine.reset_to(words), 0.0
    actions, observations = np.zeros(cycles, np.int64), np.zeros(cycles, np.int64)
    rewards = np.zeros(cycles)
    done, overtime = 0, False
    try:
        agent.reset(frame, seed)
        while done < cycles and not overtime:
            action = frame.checked_action(agent.act(seen, reward))
            cycle = machine.step(action)
            overtime = cycle.overtime
            if not overtime:
                seen, reward = cycle.observation, sign * cycle.reward
                actions[done], observations[done], rewards[done] = action, seen, reward
                done += 1
    except Exception as error:
        raise BrokenEpisodeError(
            f"{name_of(agent)} in the program {program} (rewards times {sign}), cycle {done}: "
            f"{type(error).__name__}: {error}"
        ) from error
    return Episode(actions[:done], observations[:done], rewards[:done], overtime)
