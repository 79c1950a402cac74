"""Machine Super Intelligence (Legg, 2008): values without a rate, the agents' order, MC-AIXI.

The thesis defines the intelligence of an agent as the sum of 2^-K(mu) V(mu) over all computable
environments mu. Three of its claims, and of those that followed from it, are checked here:

- HL(1), temporal differences without a learning rate, errs less on the thesis's chains than TD
  with any setting of a grid; the best one is picked in hindsight, on the very paths that count.
- On the AIQ test, which samples that sum by programs of a small machine, Random < Freq < Q(0) <
  Q(lambda) < HLQ(lambda), all on the same programs.
- MC-AIXI-CTW learns the domains of its paper, by how much of the way from chance to the exact
  optimum it gets.

Beside them a policy that is a network, learned on programs of the prior, quantised, written to a
file and decoded: its bits against the AIQ of what was decoded, on programs drawn anew.

References:
    S. Legg, Machine Super Intelligence, PhD thesis, Lugano, 2008: sections 4.1, the measure; 6.3
        and 6.4, the chains.
    S. Legg and J. Veness, An approximation of the universal intelligence measure, 2011: the test;
        the agents' settings are those of its software for 1000 interactions.
    J. Veness, K. S. Ng, M. Hutter, W. Uther and D. Silver, A Monte-Carlo AIXI approximation,
        Journal of Artificial Intelligence Research 40, 2011: the agent and its domains.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from complexity.errors import one_of
from mdl.weights import compress, decompress, file_report
from mdl.weights.tensors import reproducible
from neural.agents import QNetwork, learn, mean_rewards
from neural.engine.judgement import mean_interval
from neural.engine.paper import Arm, Check, Outcome, Paper, Trial
from neural.papers.rows import ROWS
from simulations.agents import (
    HLQ,
    MCAIXI,
    Agent,
    Comparison,
    FreqAgent,
    QLearner,
    RandomAgent,
    compare,
    domains,
    play,
    value_of,
)
from simulations.agents.reference_machine import Program, compiled, sample
from simulations.agents.reference_machine import episodes as compiled_play
from simulations.agents.temporal import HL, TD, ValueEstimation, random_walk
from simulations.agents.temporal.estimators import RootMeanSquaredError
from simulations.system import random_words

if TYPE_CHECKING:
    from neural.engine.result import PaperResult

__all__ = ["PAPER"]

CHAINS = {"walk_21": (21, 0.9, 10_000), "walk_51": (51, 0.99, 40_000)}
"""Name -> states, discount, steps."""

LAMBDAS = (0.0, 0.3, 0.5, 0.7, 0.8, 0.9)
RATES = {0.0: (0.05, 0.07, 0.1, 0.13, 0.2, 0.3), 1 / 2: (2.0, 4.0, 6.0, 8.0, 12.0),
         1 / 3: (0.7, 1.0, 2.0, 3.0, 4.0)}  # fmt: skip
"""Power of t by which the rate falls -> the factors that are tried."""

AGENTS: dict[str, Agent] = {
    "Random": RandomAgent(),
    "Freq": FreqAgent(0.07),
    "Q(0)": QLearner(alpha=0.5, epsilon=0.04, gamma=0.6),
    "Q(lambda)": QLearner(alpha=0.5, epsilon=0.04, gamma=0.6, lambda_=0.5),
    "HLQ(lambda)": HLQ(epsilon=0.04, gamma=0.7, lambda_=0.95),
}

EXACT_HORIZON = {"rock-paper-scissors": 2, "kuhn-poker": 1}
"""Domains of few percepts, where the planning is exact so far ahead; elsewhere it is sampled."""

TOLERANCES = (0.5, 0.3, 0.2, 0.1, 0.05, 0.02)
"""Errors of the quantised weights, the coarsest of which is tried first."""

ALLOWED = 1.0
"""Mean reward, of 100, that a file may lose against its network on programs it learned from."""


def trial(given: Trial) -> Outcome:
    """One arm of one of the four parts."""
    parts = {"chains": _chains, "aiq": _aiq, "domains": _domains, "network": _network}
    return parts[one_of("part", given["part"], parts)](given)


def _chains(given: Trial) -> Outcome:
    """Mean errors over runs: the least that one of the arm's estimators has, on the same paths."""
    found: dict[str, float] = {}
    for name, (states, gamma, steps) in CHAINS.items():
        estimators: list[HL | TD] = [HL(1.0, gamma)]
        if given["tuned"]:
            estimators = [
                TD(factor, lambda_, gamma, power)
                for power, factors in RATES.items()
                for factor in factors
                for lambda_ in LAMBDAS
            ]
        steps = steps * given["percent"] // 100
        errors = np.array([_errors(given, states, steps, each) for each in estimators])
        found[f"{name}_rmse"], found[f"{name}_end_rmse"] = (float(x) for x in errors.min(axis=0))
    return Outcome(found)


def _errors(given: Trial, states: int, steps: int, estimator: HL | TD) -> tuple[float, float]:
    """Over the whole run and at its end."""
    runs = ValueEstimation(random_walk(states), estimator, runs=given["runs"], seed=given.seed)
    curve = []
    for _ in range(20):
        runs.advance(steps // 20)
        curve.append(float(RootMeanSquaredError()(runs).mean()))
    return sum(curve) / len(curve), curve[-1]


@lru_cache(maxsize=4)
def _comparison(programs: int, interactions: int, seed: int) -> Comparison:
    """All agents on the same programs; the arms of a seed share it."""
    return compare(
        AGENTS, programs=programs, interactions=interactions, method="simple", seed=seed,
        workers=1, progress=False,
    )  # fmt: skip


def _aiq(given: Trial) -> Outcome:
    found = _comparison(given["programs"], given["interactions"], given.seed)
    quotient = found[given.arm.name]
    metrics = {"aiq": quotient.value, "dropped": float(sum(quotient.dropped.values()))}
    if given.arm.name == "Random":
        metrics |= {
            f"{name}_reward": float(value_of(domains.get(name), "uniform"))
            for name in given["domains"]
        }
    return Outcome(metrics)


def _domains(given: Trial) -> Outcome:
    """Mean rewards of the last quarter, and as shares of the way from chance to the optimum."""
    metrics: dict[str, float] = {}
    for name, cycles in given["domains"].items():
        model = domains.get(name)
        rewards = play(_mc_aixi(given, name, cycles), model, cycles, seed=given.seed,
                       progress=False).rewards  # fmt: skip
        reached = float(rewards[3 * cycles // 4 :].mean())
        chance, best = float(value_of(model, "uniform")), float(model.optimal_value or 0)
        metrics[f"{name}_reward"] = reached
        metrics[f"{name}_share"] = (reached - chance) / (best - chance)
    return Outcome(metrics)


def _mc_aixi(given: Trial, name: str, cycles: int) -> MCAIXI:
    """With the paper's depth of context and horizon; random actions fade to 1 % by half-time."""
    stated, exact = domains.SETTINGS[name], EXACT_HORIZON.get(name)
    return MCAIXI(
        depth=stated.context_depth, horizon=exact or stated.horizon,
        simulations=given["simulations"], planner="expectimax" if exact else "rho-uct",
        epsilon=1.0, epsilon_decay=0.01 ** (2 / cycles),
    )  # fmt: skip


def _network(given: Trial) -> Outcome:
    """Learn a policy on programs of the prior, write its file, and test what is decoded."""
    training = sample(given["learned_from"], seed=_FRESH + given.seed, progress=False).programs
    with reproducible(given.seed):
        start = QNetwork(5, 5, window=given["window"], hidden=given["units"])
    network = learn(
        start, training, steps=given["steps"], lanes=given["lanes"], episode=given["episode"],
        seed=given.seed,
    )  # fmt: skip
    blob, decoded, tolerance = _file(given, network, training[: given["judged"]])
    programs = sample(given["programs"], seed=given.seed, progress=False).programs
    programs = programs[: given["played"]]
    mine = _played(decoded, programs, given["interactions"], given.seed)
    theirs = _played(AGENTS["HLQ(lambda)"], programs, given["interactions"], given.seed)
    common = ~np.isnan(mine + theirs)
    report = file_report(blob, decoded)
    metrics = {
        "aiq": float(mine[common].mean()),
        "aiq_less_hlq": float((mine - theirs)[common].mean()),
        "dropped": float((~common).sum()),
        "file_bits": report.total_bits,
        "parameters": float(report.parameters),
        "tolerance": tolerance,
    }
    return Outcome(metrics, (report,), module=network)


_FRESH = 1_000_000
"""Added to the seed of programs to learn from."""


def _file(
    given: Trial, network: QNetwork, programs: tuple[Program, ...]
) -> tuple[bytes, QNetwork, float]:
    """The coarsest file that loses little on programs it learned from, decoded; and its error."""
    cycles, seed = given["episode"], _FRESH + given.seed
    whole = np.nanmean(_played(network, programs, cycles, seed))
    for tolerance in TOLERANCES:
        blob = compress(network, tolerance=tolerance)
        decoded = decompress(blob, network)
        assert isinstance(decoded, QNetwork)
        if np.nanmean(_played(decoded, programs, cycles, seed)) >= whole - ALLOWED:
            return blob, decoded, tolerance
    blob = compress(network, quantiser="exact")
    decoded = decompress(blob, network)
    assert isinstance(decoded, QNetwork)
    return blob, decoded, 0.0


def _played(
    player: QNetwork | Agent, programs: tuple[Program, ...], cycles: int, seed: int
) -> NDArray[np.float64]:
    """(programs,) means of both signs; NaN where over time. Equal seeds are equal machines."""
    options: dict[str, Any] = {
        "cycles": cycles,
        "seeds": random_words(seed, (2,), 2 * len(programs)).reshape(-1, 2),
        "words": random_words(seed, (3,), 8 * len(programs)).reshape(-1, 2, 4),
    }
    if isinstance(player, QNetwork):
        return mean_rewards(player, programs, **options).mean(axis=1)
    return compiled_play.mean_rewards(compiled(player) or player, programs, **options).mean(axis=1)


def answer(result: PaperResult) -> str:
    """Bits of every file beside the AIQ of what is decoded, and what a wider network adds."""
    wide = [arm for arm in result.arms if not np.isnan(result.values(arm, "file_bits")).any()]
    wide.sort(key=lambda arm: result.values(arm, "parameters").mean())
    if not wide:
        return "No network was run."
    told = "; ".join(
        f"{arm} {result.values(arm, 'file_bits').mean():,.0f} bits, "
        f"AIQ {_spread(result.values(arm, 'aiq'))}"
        for arm in wide
    )
    steps = "; ".join(
        f"{more} less {less} {_spread(result.values(more, 'aiq') - result.values(less, 'aiq'))}"
        for less, more in pairwise(wide)
    )
    beside = "; ".join(f"{arm} {_spread(result.values(arm, 'aiq_less_hlq'))}" for arm in wide)
    return (
        f"Files of the policies and the AIQ of what is decoded, on new programs: {told}. On the "
        f"same programs: {steps or 'one width alone'}. Less HLQ(lambda), which learns as it plays: "
        f"{beside}."
    )


def _spread(values: NDArray[np.float64]) -> str:
    mean, low, high = mean_interval(values.tolist())
    return f"{mean:.1f}" if len(values) == 1 else f"{mean:.1f} ({low:.1f} to {high:.1f})"


def _domain_checks() -> tuple[Check, ...]:
    """A stated part of the optimum in each domain; listening for ever has 93 % of the tiger's."""
    names = {"1d-maze": 0.75, "rock-paper-scissors": 0.75, "kuhn-poker": 0.75, "4x4-grid": 0.75}
    part = "MC-AIXI-CTW gets 75 % of the way from chance to the optimum"
    return (
        *(Check(f"{part}: {name}", f"{name}_share", "MC-AIXI", None, "higher", by)
          for name, by in names.items()),
        Check("MC-AIXI-CTW opens doors: more than -1, for listening for ever: tiger",
              "tiger_reward", "MC-AIXI", None, "higher", -1.0),
    )  # fmt: skip


_COMMON: dict[str, Any] = {"window": 6, "part": "network", "tuned": False}

PAPER = Paper(
    key="machine-super-intelligence",
    reference=ROWS["machine-super-intelligence"].reference,
    claim="HL(1) needs no learning rate: it errs less than every tuned TD(lambda). On the AIQ test "
    "Random < Freq < Q(0) < Q(lambda) < HLQ(lambda). MC-AIXI-CTW learns the standard domains.",
    question="A policy that is a network: does more AIQ need more bits?",
    arms=(
        Arm("32 units", "a Q-network on the last six cycles, learned on programs of the prior",
            {"units": 32}),
        Arm("8 units", "the same with a narrower layer", {"units": 8}),
        Arm("4 units", "the same with a narrower layer", {"units": 4}),
        Arm("2 units", "the same with a narrower layer", {"units": 2}),
        Arm("HL(1)", "temporal differences without a learning rate", {"part": "chains"}),
        Arm("TD(lambda)", "the best of 96 settings of rate, schedule and lambda, in hindsight",
            {"part": "chains", "tuned": True}, baseline=True),
        Arm("Random", "acts uniformly at random", {"part": "aiq"}, baseline=True),
        Arm("Freq", "the action that paid best so far", {"part": "aiq"}, baseline=True),
        Arm("Q(0)", "Q-learning, the observation for the state", {"part": "aiq"}, baseline=True),
        Arm("Q(lambda)", "the same with traces", {"part": "aiq"}, baseline=True),
        Arm("HLQ(lambda)", "Q(lambda) without a learning rate", {"part": "aiq"}),
        Arm("MC-AIXI", "factored context trees; rho-UCT, or exact expectimax where that is cheap",
            {"part": "domains"}),
    ),
    checks=(
        *(Check(f"AIQ: {more} has more than {less}, on common programs", "aiq", more, less)
          for less, more in pairwise(AGENTS)),
        *(Check(f"HL(1) errs less than every TD(lambda), {states} states, {when}",
                f"walk_{states}{end}_rmse", "HL(1)", "TD(lambda)", "lower")
          for states in (21, 51) for when, end in (("whole run", ""), ("at the end", "_end"))),
        *_domain_checks(),
    ),
    scales={
        "smoke": _COMMON | {
            "runs": 2, "percent": 2, "programs": 24, "interactions": 20, "simulations": 3,
            "domains": {"1d-maze": 40, "rock-paper-scissors": 40, "kuhn-poker": 40,
                        "4x4-grid": 40, "tiger": 40},
            "learned_from": 10, "judged": 4, "played": 6, "steps": 6, "lanes": 8, "episode": 5,
        },
        "lab": _COMMON | {
            "runs": 40, "percent": 100, "programs": 5000, "interactions": 1000,
            "simulations": 200,
            "domains": {"1d-maze": 2000, "rock-paper-scissors": 8000, "kuhn-poker": 40_000,
                        "4x4-grid": 5000, "tiger": 6000},
            "learned_from": 2000, "judged": 100, "played": 500, "steps": 2500, "lanes": 192,
            "episode": 200,
        },
        "paper": _COMMON | {
            "runs": 100, "percent": 100, "programs": 50_000, "interactions": 1000,
            "simulations": 500,
            "domains": {"1d-maze": 50_000, "rock-paper-scissors": 500_000,
                        "kuhn-poker": 500_000, "4x4-grid": 100_000, "tiger": 100_000},
            "learned_from": 50_000, "judged": 1000, "played": 10_000, "steps": 100_000,
            "lanes": 512, "episode": 1000,
        },
    },
    trial=trial,
    answer=answer,
    where="neural.papers.machine_super_intelligence:PAPER",
)  # fmt: skip
