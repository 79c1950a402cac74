"""Universal intelligence: the value of an agent over a class of environments, by 2^-bits.

Upsilon(pi) = sum over mu of 2^-K(mu) V_mu^pi. K is not computable, so a class says how many bits
each of its environments takes: a prefix code's, so that the weights sum to at most 1.

References:
    S. Legg, Machine Super Intelligence, 2008, Definition 4.1.3.
    S. Legg and J. Veness, An approximation of the universal intelligence measure, 2011: sampling.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from complexity.errors import integer, one_of
from complexity.progress import progress as progress_bar
from simulations.agents import _values
from simulations.agents._values import Valued
from simulations.agents.agent import Agent
from simulations.agents.discounts import Discount
from simulations.agents.environment_class import EnvClass, EnvironmentClass, Member, bits_by_code
from simulations.agents.thesis.policies import Policy
from simulations.system import random_words

__all__ = [
    "EnvClass",
    "EnvironmentClass",
    "EnvironmentValue",
    "Member",
    "Upsilon",
    "bits_by_code",
    "upsilon",
]

VALUES = ("summable", "average", "discounted")
METHODS = ("exact", "sampled")


@dataclass(frozen=True)
class EnvironmentValue:
    """What an agent is worth in one environment.

    Attributes:
        name: of the environment.
        bits: of its description.
        weight: 2^-bits.
        value: V, of the cycles that were looked at.
        low, high: V with all cycles is within: for sure if exact, else with 95 % confidence; NaN
            where a single episode says nothing of the spread.
        episodes: how many were sampled; 0 if exact.
    """

    name: str
    bits: float
    weight: float
    value: float
    low: float
    high: float
    episodes: int


@dataclass(frozen=True)
class Upsilon:
    """The universal intelligence of an agent on a class.

    Attributes:
        agent: its name.
        environments: name of the class.
        upsilon: sum of weight times value.
        low, high: the interval of it, as for each environment.
        rows: the environments; if sampled, those that were drawn.
        value: "summable", "average" or "discounted".
        method: "exact" or "sampled".
        cycles: how many each environment was played.
        episodes: plays in all; 0 if exact.
        seed: of the members drawn, the environments and the agents.
        other: name of the agent it was compared with, or None.
        difference: (Upsilon less the other's, low, high), or None; sampled on the same members
            with the same seeds.
    """

    agent: str
    environments: str
    upsilon: float
    low: float
    high: float
    rows: tuple[EnvironmentValue, ...]
    value: str
    method: str
    cycles: int
    episodes: int
    seed: int
    other: str | None = None
    difference: tuple[float, float, float] | None = None

    def __repr__(self) -> str:
        width = max(len(row.name) for row in self.rows)
        lines = [
            f"Upsilon({self.agent}) = {self.upsilon:.6g} [{self.low:.6g}, {self.high:.6g}]  "
            f"{self.value} rewards of {self.cycles} cycles, {self.method}"
        ]
        if self.difference is not None:
            gap, low, high = self.difference
            lines.append(f"less {self.other}'s: {gap:+.6g} [{low:+.6g}, {high:+.6g}]")
        lines.append(f"{'environment':<{width}} {'bits':>8} {'value':>10} {'low':>10} {'high':>10}")
        lines += [
            f"{r.name:<{width}} {r.bits:8.2f} {r.value:10.6f} {r.low:10.6f} {r.high:10.6f}"
            for r in self.rows
        ]
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON values; a missing number is None."""
        found = asdict(self)
        for row in found["rows"]:
            row.update({key: None if each != each else each for key, each in row.items()})
        found["rows"] = list(found["rows"])
        found["difference"] = None if self.difference is None else list(self.difference)
        return found

    def plot(self, path: str | os.PathLike[str] | None = None) -> Any:
        """What each environment adds to Upsilon, weight times value, as bars.

        Args:
            path: where to write it (.png, .svg, .pdf), or None.

        Returns:
            The matplotlib figure.
        """
        from complexity.figures import new_figure, save_figure

        figure = new_figure(figsize=(6, 1.2 + 0.3 * len(self.rows)))
        axes = figure.add_subplot()
        names = [f"{row.name} ({row.bits:.3g} bits)" for row in self.rows]
        axes.barh(range(len(names)), [row.weight * row.value for row in self.rows])
        axes.set_yticks(range(len(names)), names, parse_math=False)
        axes.invert_yaxis()
        axes.set_xlabel("weight * value")
        axes.set_title(f"{self.agent}: Upsilon = {self.upsilon:.4g}", parse_math=False)
        return save_figure(figure, path)


def upsilon(
    agent: Policy | Callable[[], Agent],
    environments: EnvironmentClass,
    *,
    cycles: int,
    value: str = "summable",
    method: str = "exact",
    episodes: int = 1000,
    seed: int = 0,
    discount: Discount | None = None,
    paired_with: Policy | Callable[[], Agent] | None = None,
    progress: bool = True,
) -> Upsilon:
    """Universal intelligence of an agent over a class of environments (Definition 4.1.3).

    Args:
        agent: a policy with exact action probabilities (`thesis.LADDER`), or a function that makes
            an agent; the latter can only be sampled.
        environments: an `EnvClass`, or for "sampled" anything with `kraft_sum` and `sample`.
        cycles: of each play.
        value: "summable": the sum of the rewards, of environments where it is at most 1;
            "average": the mean reward of the cycles; "discounted": the sum of the rewards times
            `discount`'s weights, divided by the sum of all of these.
        method: "exact": all members, by exact probabilities; "sampled": by plays.
        episodes: plays at least, if sampled. Of an `EnvClass` with at most half as many members
            each is played in proportion to its weight, twice at least, which makes the interval
            narrower; of any other class as many members are drawn and played once each.
        seed: of the members, the environments and the agents.
        discount: of "discounted", summable.
        paired_with: another agent; it plays the same members with the same seeds, which makes the
            interval of the difference narrower.
        progress: show a bar on a terminal's standard error.

    Returns:
        The result. What later cycles can still bring widens the intervals: what `rest` of a
        `SummableModel` or the total of 1 leaves, or the discounts of all later cycles. An average
        is of these cycles and no others.

    Raises:
        TypeError, ValueError: an unknown value or method, a class or an agent that cannot be
            treated exactly, a missing discount, numbers out of range, rewards that are not
            summable.
    """
    one_of("value", value, VALUES)
    one_of("method", method, METHODS)
    weigh = _values.weighing(value, discount, integer("cycles", cycles, 1))
    runners = [agent] if paired_with is None else [agent, paired_with]
    strata: Sequence[tuple[Member, int]] = []
    if method == "exact":
        if not isinstance(environments, EnvClass):
            raise TypeError("environments: an exact value needs an EnvClass; use method='sampled'")
        members = list(environments)
        found = _exactly(runners, members, weigh, progress)
    else:
        members, strata = _plays(environments, integer("episodes", episodes, 2), seed)
        found = _by_sampling(runners, members, weigh, seed, progress)
    played = 0 if method == "exact" else len(members)

    def summary(values: Sequence[Valued]) -> tuple[float, float, float]:
        if method == "exact":
            return _weighted(members, values)
        if strata:
            return _stratified(strata, values)
        mean, low, high = _interval(values)
        share = environments.kraft_sum
        return share * mean, share * low, share * high

    total, low, high = summary(found[0])
    difference = None
    if paired_with is not None:
        pairs = zip(found[0], found[1], strict=True)
        gaps = [Valued(a.value - b.value, a.low - b.high, a.high - b.low) for a, b in pairs]
        difference = summary(gaps)
    return Upsilon(
        agent=_values.policy_name(agent),
        environments=str(getattr(environments, "name", type(environments).__name__)),
        upsilon=total,
        low=low,
        high=high,
        rows=_rows(members, found[0], bool(played), own=isinstance(environments, EnvClass)),
        value=value,
        method=method,
        cycles=weigh.cycles,
        episodes=played,
        seed=seed,
        other=None if paired_with is None else _values.policy_name(paired_with),
        difference=difference,
    )


def _plays(
    environments: EnvironmentClass, episodes: int, seed: int
) -> tuple[list[Member], list[tuple[Member, int]]]:
    """The member of every play, and how often each is played where that is not left to chance."""
    if not isinstance(environments, EnvClass) or 2 * len(environments) > episodes:
        return list(environments.sample(episodes, seed)), []
    share = environments.kraft_sum
    strata = [
        (member, max(2, math.ceil(episodes * member.weight / share))) for member in environments
    ]
    return [member for member, count in strata for _ in range(count)], strata


def _exactly(
    runners: Sequence[Policy | Callable[[], Agent]],
    members: Sequence[Member],
    weigh: _values.Weighing,
    progress: bool,
) -> list[list[Valued]]:
    """Of every runner its value in every member."""
    found: list[list[Valued]] = []
    with progress_bar("exact values", len(runners) * len(members), show=progress) as tick:
        for runner in runners:
            policy = _values.exact_policy(runner)
            found.append([])
            for member in members:
                found[-1].append(_values.exact_value(policy, member.environment, weigh))
                tick()
    return found


def _by_sampling(
    runners: Sequence[Policy | Callable[[], Agent]],
    members: Sequence[Member],
    weigh: _values.Weighing,
    seed: int,
    progress: bool,
) -> list[list[Valued]]:
    """Of every runner its value in one play with every member drawn."""
    found: list[list[Valued]] = [[] for _ in runners]
    with progress_bar("episodes", len(runners) * len(members), show=progress) as tick:
        for episode, member in enumerate(members):
            seeds = [int(word) >> 2 for word in random_words(seed, (1, episode), 2)]
            for values, runner in zip(found, runners, strict=True):
                values.append(_values.sampled_value(runner, member.environment, weigh, seeds))
                tick()
    return found


def _interval(values: Sequence[Valued]) -> tuple[float, float, float]:
    """Mean, and its 95 % interval by Student with the mean rests added; NaN of fewer than two."""
    from scipy import special

    array = np.array([(each.value, each.low, each.high) for each in values], float)
    mean, low, high = array.mean(axis=0)
    if len(values) < 2:
        return float(mean), math.nan, math.nan
    quantile = special.stdtrit(len(values) - 1, 0.975)
    reach = quantile * array.std(axis=0, ddof=1) / math.sqrt(len(values))
    return float(mean), float(low - reach[1]), float(high + reach[2])


def _weighted(members: Sequence[Member], values: Sequence[Valued]) -> tuple[float, float, float]:
    """The sums over all members of weight times value, low and high."""
    total, low, high = (
        math.fsum(m.weight * float(each[i]) for m, each in zip(members, values, strict=True))
        for i in range(3)
    )
    return total, low, high


def _stratified(
    strata: Sequence[tuple[Member, int]], values: Sequence[Valued]
) -> tuple[float, float, float]:
    """The same by the means of the plays of each, with a 95 % interval (Welch, Satterthwaite)."""
    from scipy import special

    total, variances, freedom, place = np.zeros(3), np.zeros(3), np.zeros(3), 0
    for member, count in strata:
        plays = np.array([tuple(map(float, v)) for v in values[place : place + count]])
        place += count
        total += member.weight * plays.mean(axis=0)
        variance = member.weight**2 * plays.var(axis=0, ddof=1) / count
        variances += variance
        freedom += variance**2 / (count - 1)
    degrees = variances**2 / np.where(freedom > 0, freedom, 1)
    reach = special.stdtrit(np.maximum(degrees, 1), 0.975) * np.sqrt(variances)
    return float(total[0]), float(total[1] - reach[1]), float(total[2] + reach[2])


def _rows(
    members: Sequence[Member], values: Sequence[Valued], sampled: bool, *, own: bool
) -> tuple[EnvironmentValue, ...]:
    """A row for every environment; `own` says that the same one is the same `Member`.

    Where members are made as they are drawn, the same name and length are the same environment.
    """
    plays: dict[object, tuple[Member, list[Valued]]] = {}
    for member, each in zip(members, values, strict=True):
        key = id(member) if own else (member.bits, member.name)
        plays.setdefault(key, (member, []))[1].append(each)
    rows = []
    for member, group in sorted(plays.values(), key=lambda play: play[0].bits):
        value, low, high = _interval(group) if sampled else map(float, group[0])
        count = len(group) if sampled else 0
        found = EnvironmentValue(member.name, member.bits, member.weight, value, low, high, count)
        rows.append(found)
    return tuple(rows)
