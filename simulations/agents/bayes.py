"""Agents that know a finite class of environments and learn which one they are in.

`BayesAgent` is AIXI with a finite class in place of all computable environments: it plans exactly
in the mixture xi = sum 2^-bits nu. `ThompsonAgent` plans in one environment drawn from the
posterior, `MDLAgent` in the one with the shortest two-part description of the history.

References:
    S. Legg, Machine Super Intelligence, 2008, section 2.10: AIXI and pi^xi for a class; Pareto
        optimality, self-optimisation, Heaven and Hell.
    M. Hutter, Universal Artificial Intelligence, 2005, chapter 5.
    J. Leike, T. Lattimore, L. Orseau and M. Hutter, Thompson sampling is asymptotically optimal in
        general environments, UAI 2016.
    T. Lattimore, Theory of general reinforcement learning, 2014: the MDL agent.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from typing import Any, ClassVar, final

import numpy as np
import numpy.typing as npt

from complexity.errors import integer
from simulations.agents.discounts import Discount, effective_horizon
from simulations.agents.interface import Interface, Percept
from simulations.agents.mixture import weight_of
from simulations.agents.model import Belief, Model, Outcome, State
from simulations.agents.planning.exhaustive import expectimax
from simulations.agents.planning.plan import Plan, Planner
from simulations.agents.planning.true_model import TrueModel
from simulations.program import value_text
from simulations.system import generator

__all__ = ["BayesAgent", "MDLAgent", "ThompsonAgent", "mixture"]

_ACT = 0x6163
"""Spawn key of the agents' draws; the cycle follows it, so a resumed run draws the same."""


def mixture(
    models: Sequence[Model], bits: Sequence[float] | None = None, *, name: str = "mixture"
) -> Model:
    """The Bayes mixture of environments, itself an environment.

    Its hidden states are pairs (which model, that model's state), so filtering its belief is
    learning the posterior and the hidden states together, exactly.

    Args:
        models: with equal numbers of actions and of observations.
        bits: description lengths; model i has the prior weight 2^-bits[i], divided by the sum.
            The models' own `code_bits` if None.
        name: of the mixture.

    Raises:
        ValueError: no models, unequal interfaces, other than one finite length for each.
    """
    weights = _weights(models, bits)
    return Model(
        name=name,
        interface=_common_interface(models),
        start=tuple(
            each._replace(probability=weight * each.probability, state=(i, each.state))
            for i, (model, weight) in enumerate(zip(models, weights, strict=True))
            for each in model.start
        ),
        outcomes=lambda state, action: _outcomes(models, state, action),
    )


class _ClassAgent(ABC):
    """Filters the mixture exactly; the subclasses decide in what they plan."""

    name: ClassVar[str]

    def __init__(
        self,
        models: Sequence[Model],
        bits: Sequence[float] | None,
        horizon: int,
        *,
        discount: Discount | None = None,
        planner: Planner = expectimax,
    ) -> None:
        self.models = tuple(models)
        self.horizon = integer("horizon", horizon, 1)
        self.discount = discount
        self.planner = planner
        self.plan: Plan | None = None
        self._prior = _weights(self.models, bits)
        self._lengths = tuple(_lengths(self.models, bits))
        self._mixture = mixture(self.models, bits)
        self._seed: int | None = None
        self._forget()

    def reset(self, interface: Interface, seed: int) -> None:
        """Forget the history.

        Raises:
            ValueError: the interface has other actions or observations than the models.
        """
        ours = self._mixture.interface
        if (interface.actions, interface.observations) != (ours.actions, ours.observations):
            raise ValueError(
                f"interface: got {interface.actions} actions and {interface.observations} "
                f"observations, the models have {ours.actions} and {ours.observations}"
            )
        self._seed = seed
        self._forget()

    def act(self, observation: int, reward: float) -> int:
        """Condition on the percept, plan, and return the action that is worth most.

        Raises:
            ValueError: no model of the class allows the percept.
            RuntimeError: the agent was not reset.
        """
        known, cycle, draws = self._learn(observation, reward)
        self.plan = self.planner(
            known,
            self._mixture.interface,
            self.horizon,
            discount=self.discount,
            start=cycle,
            generator=draws,
        )
        self._history.append((observation, reward, self.plan.best))
        return self.plan.best

    @property
    def parameters(self) -> Mapping[str, Any]:
        """All that determines what it does, besides the seed; models by their digests."""
        return {
            "models": [model.digest for model in self.models],
            "bits": list(self._lengths),
            "horizon": self.horizon,
            "discount": value_text(self.discount),
            "planner": value_text(self.planner),
        }

    @property
    def posterior(self) -> tuple[Fraction, ...]:
        """The probability of each model given the percepts so far; they sum to 1."""
        if self._filter is None:
            return self._prior
        found = [Fraction(0)] * len(self.models)
        for state, weight in self._filter.state.weights:
            found[_pair(state)[0]] += weight
        return tuple(found)

    @property
    def description_bits(self) -> tuple[float, ...]:
        """By model: its length plus that of the percepts so far coded by it, in bits.

        Infinite where the model rules the percepts out.
        """
        constant = self._codelength + self._lengths[0] - _bits(self._prior[0])
        return tuple(constant + _bits(each) if each else math.inf for each in self.posterior)

    def snapshot(self) -> dict[str, npt.NDArray[Any]]:
        """The seed and the history, from which `restore` learns again."""
        return {
            "seed": np.array([] if self._seed is None else [self._seed], np.int64),
            "observations": np.array([each[0] for each in self._history], np.int64),
            "rewards": np.array([each[1] for each in self._history], np.float64),
            "actions": np.array([each[2] for each in self._history], np.int64),
        }

    def restore(self, snapshot: Mapping[str, npt.NDArray[Any]]) -> None:
        """Return to the moment of a snapshot of an agent of the same class and models."""
        self._seed = int(snapshot["seed"][0]) if len(snapshot["seed"]) else None
        self._forget()
        columns = (snapshot[name].tolist() for name in ("observations", "rewards", "actions"))
        for observation, reward, action in zip(*columns, strict=True):
            self._learn(observation, reward)
            self._history.append((observation, reward, action))

    @abstractmethod
    def _followed(self, cycle: int, draws: np.random.Generator) -> TrueModel:
        """In what to plan at `cycle`."""

    def _forget(self) -> None:
        self._filter: TrueModel | None = None
        self._codelength = 0.0
        self._history: list[tuple[int, float, int]] = []
        self.plan = None
        self.followed: int | None = None
        self._until = 0

    def _learn(self, observation: int, reward: float) -> tuple[TrueModel, int, np.random.Generator]:
        """Condition on a percept; what is to be followed, the cycle, and its draws."""
        if self._seed is None:
            raise RuntimeError("act: the agent knows no environment; call reset first")
        if self._filter is None:
            self._filter = TrueModel(self._mixture, observation)
            probability = self._mixture.prior[observation][0]
        else:
            action = self._history[-1][2]
            expected = self._filter.probabilities(action)
            percept = _recognised(expected, action, observation, reward)
            probability = expected[percept]
            self._filter.update(action, percept)
            self._filter = self._filter.at(self._filter.state)  # nothing of this is undone
        self._codelength += _bits(probability)
        cycle = len(self._history) + 1
        draws = generator(self._seed, (_ACT, cycle))
        return self._followed(cycle, draws), cycle, draws

    def _single(self, which: int) -> TrueModel:
        """One model, with its own belief after the history."""
        assert self._filter is not None  # _learn comes first
        pairs = ((_pair(state), weight) for state, weight in self._filter.state.weights)
        return self._known[which].at(Belief.of({s: w for (i, s), w in pairs if i == which}))

    @cached_property
    def _known(self) -> list[TrueModel]:
        """The models by themselves; they keep what planning has expanded."""
        return [TrueModel(m, belief=next(iter(m.prior.values()))[1]) for m in self.models]


@final
class BayesAgent(_ClassAgent):
    """AIXI with a finite class: plans in the mixture of all models, the Bayes-optimal policy pi^xi.

    Exact if the planner is: the posterior over models and their hidden states is filtered in
    Fractions, and what is yet to be learned is part of what an action is worth. A cycle takes the
    longer the longer the history, as its Fractions grow.

    Args:
        models: the class; with equal numbers of actions and of observations.
        bits: description lengths; the prior weights are 2^-bits over their sum. The models' own
            `code_bits` if None.
        horizon: cycles planned ahead in every cycle.
        discount: weights of the cycles of the agent's life; all 1 if None.
        planner: `expectimax`, or a `RhoUCT`.

    Attributes:
        plan: the last one; None before the first action.

    Raises:
        ValueError, TypeError: no models, unequal interfaces, bad lengths or horizon.
    """

    name = "Bayes"

    def _followed(self, cycle: int, draws: np.random.Generator) -> TrueModel:
        assert self._filter is not None  # _learn comes first
        return self._filter


@final
class ThompsonAgent(_ClassAgent):
    """Draws a model from the posterior and follows its optimal policy for an effective horizon.

    A new model is drawn when the horizon is over (`horizon` cycles, or the discount's effective
    horizon), and at once when the percepts rule the model out.

    Args:
        models: the class; with equal numbers of actions and of observations.
        bits: description lengths; the prior weights are 2^-bits over their sum. The models' own
            `code_bits` if None.
        horizon: cycles planned ahead in every cycle.
        discount: weights of the cycles of the agent's life; all 1 if None.
        planner: `expectimax`, or a `RhoUCT`.

    Attributes:
        plan: the last one; None before the first action.
        followed: the index of the model that is followed; None before the first action.

    Raises:
        ValueError, TypeError: no models, unequal interfaces, bad lengths or horizon; from `act`,
            a discount whose weights are not summable.
    """

    name = "Thompson"

    def _followed(self, cycle: int, draws: np.random.Generator) -> TrueModel:
        posterior = self.posterior
        if self.followed is None or cycle >= self._until or not posterior[self.followed]:
            self.followed = _drawn(posterior, draws)
            self._until = cycle + (
                self.horizon if self.discount is None else effective_horizon(self.discount, cycle)
            )
        return self._single(self.followed)


@final
class MDLAgent(_ClassAgent):
    """Follows the optimal policy of the model with the shortest description of the history.

    That is the least bits + -log2 nu(percepts | actions); of equals the shorter model, then the
    first.

    Args:
        models: the class; with equal numbers of actions and of observations.
        bits: description lengths. The models' own `code_bits` if None.
        horizon: cycles planned ahead in every cycle.
        discount: weights of the cycles of the agent's life; all 1 if None.
        planner: `expectimax`, or a `RhoUCT`.

    Attributes:
        plan: the last one; None before the first action.
        followed: the index of the model that is followed; None before the first action.

    Raises:
        ValueError, TypeError: no models, unequal interfaces, bad lengths or horizon.
    """

    name = "MDL"

    def _followed(self, cycle: int, draws: np.random.Generator) -> TrueModel:
        # the posterior is 2^-(the two-part length) over a common sum, and compares exactly
        lengths = zip(self.posterior, self._lengths, strict=True)
        self.followed = min((-p, bits, i) for i, (p, bits) in enumerate(lengths))[2]
        return self._single(self.followed)


def _lengths(models: Sequence[Model], bits: Sequence[float] | None) -> list[float]:
    if not models:
        raise ValueError("models: got none, accepted are one or more")
    found = [model.code_bits for model in models] if bits is None else list(bits)
    if len(found) != len(models):
        raise ValueError(f"bits: got {len(found)} for {len(models)} models, accepted is one each")
    for model, length in zip(models, found, strict=True):
        if length is None:
            raise ValueError(f"bits: got none, and {model.name} has no code_bits; give bits")
        if not 0 <= length < math.inf:
            raise ValueError(f"bits: got {length} of {model.name}, accepted is finite, from 0")
    return [float(length) for length in found if length is not None]


def _weights(models: Sequence[Model], bits: Sequence[float] | None) -> tuple[Fraction, ...]:
    """2^-bits over their sum."""
    powers = [weight_of(each) for each in _lengths(models, bits)]
    return tuple(each / sum(powers) for each in powers)


def _common_interface(models: Sequence[Model]) -> Interface:
    first, *others = interfaces = [model.interface for model in models]
    for other in others:
        if (other.actions, other.observations) != (first.actions, first.observations):
            raise ValueError(
                f"models: got {first.actions} actions and {first.observations} observations "
                f"beside {other.actions} and {other.observations}, accepted are equal interfaces"
            )
    bounds = [each.reward_bounds for each in interfaces if each.reward_bounds is not None]
    levels = [each.reward_levels for each in interfaces if each.reward_levels is not None]
    return Interface(
        first.actions,
        first.observations,
        tuple(sorted(set().union(*levels))) if len(levels) == len(interfaces) else None,
        (min(low for low, _ in bounds), max(high for _, high in bounds)),
    )


def _outcomes(models: Sequence[Model], state: State, action: int) -> list[Outcome]:
    which, inner = _pair(state)
    return [
        each._replace(state=(which, each.state)) for each in models[which].outcomes(inner, action)
    ]


def _pair(state: State) -> tuple[int, State]:
    """The model's index and its own state, of a state of the mixture."""
    assert isinstance(state, tuple)
    return state[0], state[1]


def _recognised(
    expected: Mapping[Percept, Fraction], action: int, observation: int, reward: float
) -> Percept:
    """The percept of the models that an environment, which rounds rewards to floats, reports."""
    for percept in expected:
        if percept.observation == observation and float(percept.reward) == float(reward):
            return percept
    raise ValueError(
        f"percept: got observation {observation} and reward {reward} after action {action}, which "
        f"no model of the class allows"
    )


def _bits(probability: Fraction) -> float:
    return math.log2(probability.denominator) - math.log2(probability.numerator)


def _drawn(posterior: Sequence[Fraction], draws: np.random.Generator) -> int:
    left = draws.random()
    for which, probability in enumerate(posterior):
        left -= float(probability)
        if left < 0:
            return which
    return max(which for which, probability in enumerate(posterior) if probability)
