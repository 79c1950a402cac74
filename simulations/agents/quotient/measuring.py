"""The AIQ test: the mean reward of agents over programs drawn from the prior.

References:
    S. Legg and J. Veness, An approximation of the universal intelligence measure, in: Algorithmic
        Probability and Friends (Solomonoff memorial), 2011; arXiv:1109.5951.
    S. Legg and M. Hutter, Universal intelligence: a definition of machine intelligence, Minds and
        Machines 17, 2007.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from contextlib import nullcontext
from itertools import combinations
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from complexity.errors import integer, one_of
from complexity.provenance import commit, versions
from simulations.agents.agent import Agent, name_of
from simulations.agents.quotient.estimation import allocate, estimate, grouped, neyman
from simulations.agents.quotient.playing import Entrant, Trial, workforce
from simulations.agents.quotient.result import Comparison, Difference, Quotient
from simulations.agents.reference_machine.sampling import STRATA, ProgramSample, sample
from simulations.run_folder import prepared

__all__ = ["aiq", "compare"]

POOL = 4
"""Programs sampled for each one played, where strata are to be weighed."""
FIRST = 4
"""Programs of every stratum that are played before the allocation is adapted."""

Method = Literal["stratified", "simple"]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def aiq(
    agent: Agent,
    *,
    programs: int = 1000,
    interactions: int = 1000,
    method: Method = "stratified",
    pool: ProgramSample | None = None,
    symbols: int = 5,
    cells: int = 1,
    seed: int = 0,
    workers: int | None = None,
    executor: Executor | None = None,
    out: str | os.PathLike[str] | None = None,
    progress: bool = True,
) -> Quotient:
    """An agent's algorithmic intelligence quotient: its mean reward over random programs.

    Every program is played from scratch with its rewards, and again with these turned round, so
    that acting at random is worth 0. Programs that are over time in a play are dropped and counted.

    Args:
        agent: RandomAgent, FreqAgent, QLearner, Sarsa, HLQ and HLS play in compiled kernels, any
            other one in Python.
        programs: how many are played, at least 2.
        interactions: cycles of an episode, not discounted.
        method: "stratified" puts four times as many programs into 20 strata and plays half of its
            programs in proportion, then the rest where they tell most; "simple" plays them as they
            are drawn.
        pool: programs to play, instead of `sample`'s; it says `symbols` and `cells` then.
        symbols: of the machine's tapes: actions, observations and levels of reward.
        cells: of the observation.
        seed: of programs, machines and agents. The result depends on it and not on the workers.
        workers: threads (compiled agents) or processes (others); one a core unless said.
        executor: any `concurrent.futures` executor instead, Dask's included.
        out: folder that keeps finished chunks of programs; what is there is not played again.
        progress: show bars on a terminal's standard error.

    Raises:
        TypeError, ValueError: see above; all programs were dropped.
        BrokenEpisodeError: the agent failed in a program.
        InterruptedTest: Ctrl-C; a KeyboardInterrupt that says what was kept.

    Example:
        >>> from simulations.agents.baselines import FreqAgent
        >>> found = aiq(FreqAgent(0.07), programs=40, interactions=50, seed=1, progress=False)
        >>> found.interval[0] < found.value < 100
        True
    """
    return compare(
        [agent],
        programs=programs,
        interactions=interactions,
        method=method,
        pool=pool,
        symbols=symbols,
        cells=cells,
        seed=seed,
        workers=workers,
        executor=executor,
        out=out,
        progress=progress,
    ).quotients[0]


def compare(
    agents: Sequence[Agent] | Mapping[str, Agent],
    *,
    programs: int = 1000,
    interactions: int = 1000,
    method: Method = "stratified",
    pool: ProgramSample | None = None,
    symbols: int = 5,
    cells: int = 1,
    seed: int = 0,
    workers: int | None = None,
    executor: Executor | None = None,
    out: str | os.PathLike[str] | None = None,
    progress: bool = True,
) -> Comparison:
    """Quotients of several agents on the same programs, and their paired differences.

    Args:
        agents: with names of one's own if it is a mapping.
        programs: how many each plays; for this and all else see `aiq`.
        interactions: cycles of an episode.
        method: "stratified" or "simple".
        pool: programs to play.
        symbols: of the machine's tapes.
        cells: of the observation.
        seed: of programs, machines and agents.
        workers: threads or processes.
        executor: any executor instead.
        out: folder that keeps finished chunks of programs.
        progress: show bars.

    Raises:
        TypeError, ValueError, BrokenEpisodeError, InterruptedTest: see `aiq`; no agents, or two of
            one name.
    """
    began = time.perf_counter()
    entrants = _entrants(agents)
    programs = integer("programs", programs, 2)
    interactions, seed = integer("interactions", interactions, 1, 1 << 53), integer("seed", seed, 0)
    one_of("method", method, ("stratified", "simple"))
    if pool is not None and len(pool) < programs:
        raise ValueError(f"pool: got {len(pool)} programs, accepted are as many as are played")
    with (
        nullcontext() if out is None else prepared(out) as folder,
        workforce(entrants, workers, executor) as hands,
    ):
        if pool is None:
            count = programs * (POOL if method == "stratified" else 1)
            pool = sample(count, symbols=symbols, cells=cells, seed=seed, progress=progress)
        trial = Trial(pool, interactions, seed, folder)

        def play(which: Ints) -> Floats:
            return trial.play(entrants, which, hands, progress=progress)

        kinds = pool.strata if method == "stratified" else np.ones(len(pool), np.int64)
        groups = grouped(kinds, len(STRATA), programs)
        played, rewards = _in_two_stages(groups, programs, play)
    provenance = {
        "seed": seed,
        "symbols": pool.symbols,
        "cells": pool.cells,
        "method": method,
        "pool": len(pool),
        "pool_seed": pool.seed,
        "versions": versions("numpy", "numba"),
        "commit": commit(),
        "seconds": round(time.perf_counter() - began, 3),
    }
    names = _names(groups, kinds, method)
    return _judged(entrants, trial, groups, played, rewards, names, provenance)


def _entrants(agents: Sequence[Agent] | Mapping[str, Agent]) -> list[Entrant]:
    if isinstance(agents, Mapping):
        named = [Entrant(str(name), agent) for name, agent in agents.items()]
    else:
        named = [Entrant(name_of(agent), agent) for agent in agents]
    if not named:
        raise ValueError("agents: got none, accepted is at least one")
    for each in named:
        if not isinstance(each.agent, Agent) or isinstance(each.agent, type):
            raise TypeError(
                f"agent: got {each.agent!r}, accepted is an object with reset and act, see Agent"
            )
    names = [each.name for each in named]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"agents: got {twice[0]!r} twice; give a mapping of names to agents")
    return named


def _in_two_stages(groups: Ints, programs: int, play: Any) -> tuple[Ints, Floats]:
    """Half in proportion, the rest by Neyman's allocation; (indices played, rewards)."""
    sizes = np.bincount(groups)
    members = [np.flatnonzero(groups == group) for group in range(len(sizes))]
    weights = sizes / len(groups)
    least = np.minimum(FIRST, sizes)
    first = programs if len(sizes) == 1 else max(programs // 2, int(least.sum()))
    counts = allocate(first, weights, np.minimum(least, first), sizes)
    played = np.concatenate([mine[:n] for mine, n in zip(members, counts, strict=True)])
    rewards = play(played)
    if first < programs:
        shares = neyman(groups, played, rewards.mean(2), weights)
        final = allocate(programs, shares, counts, sizes)
        more = [mine[a:b] for mine, a, b in zip(members, counts, final, strict=True)]
        rest = np.concatenate(more)
        played, rewards = np.concatenate([played, rest]), np.concatenate([rewards, play(rest)])
    return played, rewards


def _names(groups: Ints, kinds: Ints, method: str) -> tuple[tuple[str, ...], ...]:
    if method == "simple":
        return (("all",),)
    return tuple(
        tuple(STRATA[kind - 1] for kind in np.unique(kinds[groups == group]))
        for group in range(groups.max() + 1)
    )


def _judged(
    entrants: Sequence[Entrant],
    trial: Trial,
    groups: Ints,
    played: Ints,
    rewards: Floats,
    names: tuple[tuple[str, ...], ...],
    provenance: Mapping[str, Any],
) -> Comparison:
    lost = np.asarray(np.isnan(rewards).any((1, 2)))
    rewards = np.where(lost[:, None, None], np.nan, rewards)
    results = rewards.mean(2)
    quotients = tuple(
        Quotient(
            agent=entrant.name,
            interactions=trial.interactions,
            estimate=estimate(groups, played, results[:, who], names),
            rewards=rewards[:, who],
            played=played,
            dropped={"over time": int(lost.sum())},
            rejected=trial.pool.rejected,
            provenance=provenance,
        )
        for who, entrant in enumerate(entrants)
    )
    differences = []
    for one, other in combinations(range(len(entrants)), 2):
        paired = estimate(groups, played, results[:, other] - results[:, one], names)
        apart = sum(quotients[who].estimate.standard_error ** 2 for who in (one, other))
        ratio = apart / paired.standard_error**2 if paired.standard_error else float("inf")
        first, second = quotients[other].agent, quotients[one].agent
        differences.append(Difference(first, second, paired, ratio))
    return Comparison(quotients, tuple(differences))
