"""What an agent is worth in one environment, exactly or in one sampled play."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple, Protocol

from simulations.agents.agent import Agent, name_of
from simulations.agents.discounts import Discount
from simulations.agents.environment_class import Environment
from simulations.agents.interface import Interface
from simulations.agents.model import Model, Outcome, demand_chances
from simulations.agents.thesis.policies import Policy, SamplingAgent
from simulations.system import generator

__all__ = [
    "Valued",
    "Weighing",
    "exact_policy",
    "exact_value",
    "policy_name",
    "sampled_value",
    "weighing",
]

Number = Fraction | float
SITUATIONS = 200_000
"""Pairs of what the agent knows and the environment's state that an exact value follows at most."""


class Valued(NamedTuple):
    """A value of the cycles looked at, and the bounds of it with all cycles."""

    value: Number
    low: Number
    high: Number


@dataclass(frozen=True)
class Weighing:
    """How rewards make a value.

    Attributes:
        kind: "summable", "average" or "discounted".
        cycles: that are looked at.
        weight: of the reward of cycle 1, 2, ...
        left: the sum of the weights of the cycles after, for "discounted".
    """

    kind: str
    cycles: int
    weight: Callable[[int], Number]
    left: Number = 0


def weighing(kind: str, discount: Discount | None, cycles: int) -> Weighing:
    """The weighing of a kind of value.

    Raises:
        ValueError: a discount for another kind, none for "discounted", or one that is not summable.
    """
    if (discount is None) != (kind != "discounted"):
        raise ValueError(f"discount: got {discount} with value={kind!r}; it is for 'discounted'")
    if discount is None:
        share = Fraction(1, cycles if kind == "average" else 1)
        return Weighing(kind, cycles, lambda cycle: share)
    if not discount.summable:
        raise ValueError(f"discount: got {discount}, accepted is a summable one")
    given, total = discount, discount.total(1)
    if not total:
        raise ValueError(f"discount: got {discount}, whose weights are all 0 in floats")
    return Weighing(
        kind, cycles, lambda cycle: given.weight(cycle) / total, given.total(cycles + 1) / total
    )


def _bounded(value: Number, weigh: Weighing, interface: Interface, model: Model | None) -> Valued:
    """The value with what later cycles can add."""
    if weigh.kind == "average":
        return Valued(value, value, value)
    if weigh.kind == "summable":
        rest = getattr(model, "rest", None)
        left = max(0, 1 - value) if rest is None else min(rest(weigh.cycles), 1 - value)
        return Valued(value, value, value + left)
    assert interface.reward_bounds is not None
    low, high = interface.reward_bounds
    return Valued(value, value + min(low, 0) * weigh.left, value + max(high, 0) * weigh.left)


def policy_name(runner: Policy | Callable[[], Agent]) -> str:
    """What the agent is called."""
    return runner.name if isinstance(runner, Policy) else name_of(runner())


def exact_policy(runner: Policy | Callable[[], Agent]) -> Policy:
    """The policy whose probabilities are known.

    Raises:
        TypeError: there is none.
    """
    if isinstance(runner, Policy):
        return runner
    policy = getattr(runner(), "policy", None)
    if not isinstance(policy, Policy):
        raise TypeError(
            f"agent: {policy_name(runner)} tells no action probabilities, so its value cannot be "
            "exact; give a Policy, or use method='sampled'"
        )
    return policy


def exact_value(policy: Policy, environment: Environment, weigh: Weighing) -> Valued:
    """The expected value over all histories, by exact probabilities.

    The distribution over pairs (what the agent knows, the environment's hidden state) is followed
    from cycle to cycle.

    Raises:
        TypeError: the environment is no Model.
        ValueError: it is not summable where it has to be, there are too many pairs,
            probabilities that are negative or do not sum to 1, or a percept that its interface has
            not.
    """
    if not isinstance(environment, Model):
        raise TypeError(
            f"environments: {environment!r} is no Model, so its value cannot be exact; use "
            "method='sampled'"
        )
    _demand_summable(environment, weigh)
    demand_chances(environment.start, "start")
    pairs: dict[tuple[Hashable, Hashable], Fraction] = {}
    for each in environment.start:
        known = policy.begin(environment.interface, each.observation)
        pairs[known, each.state] = pairs.get((known, each.state), Fraction(0)) + each.probability
    value: Number = Fraction(0)
    for cycle in range(1, weigh.cycles + 1):
        pairs, reward = _cycle(policy, environment, pairs)
        value += weigh.weight(cycle) * reward
    return _bounded(value, weigh, environment.interface, environment)


def _cycle(
    policy: Policy, model: Model, pairs: dict[tuple[Hashable, Hashable], Fraction]
) -> tuple[dict[tuple[Hashable, Hashable], Fraction], Number]:
    """The pairs a cycle later, and the expected reward of the cycle."""
    following: dict[tuple[Hashable, Hashable], Fraction] = {}
    reward: Number = Fraction(0)
    for (known, state), chance in pairs.items():
        shares = policy.probabilities(known)
        if abs(sum(shares) - 1) > 1e-9 or min(shares) < 0:
            raise ValueError(
                f"agent: the probabilities of {policy.name} in {model.name} are "
                f"{', '.join(str(float(each)) for each in shares)}; accepted are numbers from 0 to "
                "1 that sum to 1"
            )
        for action, share in enumerate(shares):
            if not share:
                continue
            outcomes = model.outcomes(state, action)
            demand_chances(outcomes)
            for each in outcomes:
                joint = chance * share * each.probability
                reward += joint * each.reward
                after = policy.after(known, action, *model.percept(each))
                pair = (after, each.state)
                following[pair] = following.get(pair, Fraction(0)) + joint
        if len(following) > SITUATIONS:
            raise ValueError(
                f"cycles: {policy.name} in {model.name} comes to more than {SITUATIONS} "
                "situations; give fewer cycles, or use method='sampled'"
            )
    return following, reward


def _demand_summable(model: Model, weigh: Weighing) -> None:
    if weigh.kind == "summable" and not model.summable:
        raise ValueError(
            f"value: the rewards of {model.name} are not summable; use 'average' or 'discounted', "
            "or thesis.summable(model)"
        )


class _Playable(Protocol):
    """An environment that is being played."""

    interface: Interface

    def reset(self, seed: int) -> int: ...

    def step(self, action: int) -> tuple[int, float]: ...


class _Sampled:
    """A model that is being played."""

    def __init__(self, model: Model) -> None:
        self.model, self.interface = model, model.interface

    def reset(self, seed: int) -> int:
        self._random = generator(seed, ())
        return self._take(self.model.start)[0]

    def step(self, action: int) -> tuple[int, float]:
        return self._take(self.model.outcomes(self._state, action))

    def _take(self, outcomes: Sequence[Outcome]) -> tuple[int, float]:
        happens = self._drawn(outcomes)
        self._state = happens.state
        return happens.observation, float(happens.reward)

    def _drawn(self, outcomes: Sequence[Outcome]) -> Outcome:
        if hasattr(outcomes, "sample"):  # too long to list
            return outcomes.sample(self._random)  # pyright: ignore[reportAttributeAccessIssue]
        point = self._random.random()
        for each in outcomes:
            point -= float(each.probability)
            if point < 0:
                break
        return each  # pyright: ignore[reportPossiblyUnboundVariable]


def sampled_value(
    runner: Policy | Callable[[], Agent],
    environment: Environment,
    weigh: Weighing,
    seeds: Sequence[int],
) -> Valued:
    """The value of one play.

    Args:
        runner: a policy, or a function that makes an agent.
        environment: a Model, or a function that makes a Gymnasium environment.
        weigh: how rewards make a value.
        seeds: of the environment and of the agent.

    Raises:
        ValueError: an illegal action, or rewards that are not summable where they have to be.
    """
    model = environment if isinstance(environment, Model) else None
    if model is not None:
        _demand_summable(model, weigh)
    playable = _playable(environment)
    agent = SamplingAgent(runner) if isinstance(runner, Policy) else runner()
    seen, reward, value = playable.reset(seeds[0]), 0.0, 0.0
    agent.reset(playable.interface, seeds[1])
    for cycle in range(1, weigh.cycles + 1):
        action = playable.interface.checked_action(agent.act(seen, reward))
        seen, reward = playable.step(action)
        value += float(weigh.weight(cycle)) * reward
        if weigh.kind == "summable" and (reward < 0 or value > 1 + 1e-9):
            raise ValueError(
                f"value: rewards are not summable: {reward} in cycle {cycle}, {value} in all"
            )
    return _bounded(value, weigh, playable.interface, model)


def _playable(environment: Environment) -> _Playable:
    if isinstance(environment, Model):
        return _Sampled(environment)
    from simulations.agents.environment import adapt

    return adapt(environment())
