"""The universal mixture of a finite class, as a predictor that can be checked exactly.

References:
    S. Legg, Machine Super Intelligence, 2008, sections 2.5 and 2.10: xi = sum of 2^-K(nu) nu, its
        dominance xi >= 2^-K(mu) mu; Theorem 2.7.1: Solomonoff's bound.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction

import numpy as np

from complexity.errors import integer
from simulations.agents.interface import Percept
from simulations.agents.model import Belief, Model

__all__ = ["UniversalMixture", "solomonoff_bound", "squared_errors", "weight_of"]

ZERO = Fraction(0)


def weight_of(bits: float) -> Fraction:
    """2^-bits: exact of the integral part, of the rest the double next to it, at any length.

    Raises:
        ValueError: bits is negative or not finite.
    """
    if not 0 <= bits < math.inf:
        raise ValueError(f"bits: got {bits}, accepted is a finite length from 0 on")
    whole = math.floor(bits)
    return Fraction(2.0 ** (whole - bits)) / 2**whole


class UniversalMixture:
    """xi(x | a) = sum over the class of 2^-bits nu(x | a), as a percept predictor.

    Probabilities are Fractions: exact, and slower the longer the history.

    Args:
        models: the class; equal numbers of actions and of observations.
        bits: the length of each model's description; Kraft's sum of 2^-bits is at most 1.

    Raises:
        ValueError: no models, other alphabets, another number of lengths, a negative length, or a
            Kraft sum above 1.

    Example:
        >>> from simulations.agents import thesis
        >>> doors = [thesis.heaven_or_hell(door) for door in (0, 1)]
        >>> xi = UniversalMixture(doors, [1, 2])
        >>> {percept.observation: str(p) for percept, p in xi.probabilities(0).items()}
        {1: '2/3', 2: '1/3'}
    """

    def __init__(self, models: Sequence[Model], bits: Sequence[float]) -> None:
        self.models = tuple(models)
        self.bits = tuple(bits)
        if not self.models or len(self.bits) != len(self.models):
            raise ValueError(
                f"models, bits: got {len(self.models)} and {len(self.bits)}, accepted are equal "
                "numbers of them, at least one"
            )
        alphabets = {(m.interface.actions, m.interface.observations) for m in self.models}
        if len(alphabets) > 1:
            raise ValueError(f"models: got (actions, observations) {alphabets}, accepted is one")
        self.prior = tuple(map(weight_of, self.bits))
        if float(sum(self.prior)) > 1 + 1e-12:
            raise ValueError(
                f"bits: Kraft's sum is {float(sum(self.prior))}, accepted is at most 1"
            )
        self._past: list[tuple[tuple[Fraction, Belief | None], ...]] = []
        firsts = {first for model in self.models for first in model.prior}
        if len(firsts) == 1:
            self.begin(firsts.pop())

    def begin(self, observation: int) -> None:
        """Start a history with its first observation; done already if the class allows only one.

        Raises:
            ValueError: no model of the class begins with it.
        """
        now: list[tuple[Fraction, Belief | None]] = []
        for model in self.models:
            chance, belief = model.prior.get(observation, (ZERO, None))
            now.append((chance, belief))
        if not any(chance for chance, _ in now):
            raise ValueError(f"observation: got {observation}, with which no model begins")
        self._past = [tuple(now)]

    @property
    def likelihoods(self) -> tuple[Fraction, ...]:
        """nu(history | actions) of each model, the first observation included."""
        return tuple(chance for chance, _ in self._now)

    @property
    def probability(self) -> Fraction:
        """xi(history | actions): at least 2^-bits times any model's likelihood."""
        return sum(map(Fraction.__mul__, self.prior, self.likelihoods), ZERO)

    @property
    def posterior(self) -> tuple[Fraction, ...]:
        """The weight of each model given the history; they sum to 1."""
        total = self.probability
        return tuple(w * p / total for w, p in zip(self.prior, self.likelihoods, strict=True))

    @property
    def _now(self) -> tuple[tuple[Fraction, Belief | None], ...]:
        if not self._past:
            raise ValueError("the class allows several first observations; call begin(observation)")
        return self._past[-1]

    def probabilities(self, action: int) -> Mapping[Percept, Fraction]:
        """Percept -> xi(percept | history, action).

        Raises:
            ValueError: the history has not begun.
        """
        mixed: dict[Percept, Fraction] = {}
        for model, share, (_, belief) in zip(self.models, self.posterior, self._now, strict=True):
            if belief is not None:
                for percept, (chance, _) in belief.expand(model, action).items():
                    mixed[percept] = mixed.get(percept, ZERO) + share * chance
        return mixed

    def update(self, action: int, percept: Percept) -> None:
        """Condition on what the action brought.

        Raises:
            ValueError: it is impossible in every model, or the history has not begun.
        """
        found: list[tuple[Fraction, Belief | None]] = []
        for model, (chance, belief) in zip(self.models, self._now, strict=True):
            step: tuple[Fraction, Belief | None] = (ZERO, None)
            if belief is not None:
                step = belief.expand(model, action).get(percept, step)
            found.append((chance * step[0], step[1]))
        if not any(chance for chance, _ in found):
            raise ValueError(f"percept: got {percept} after action {action}; no model allows it")
        self._past.append(tuple(found))

    def undo(self) -> None:
        """Take back the last update.

        Raises:
            ValueError: there is none.
        """
        if len(self._past) < 2:
            raise ValueError("undo: no update is left to take back")
        self._past.pop()

    def sample(self, action: int, generator: np.random.Generator) -> Percept:
        """Draw a percept as `probabilities(action)` says."""
        point, drawn = generator.random(), None
        for percept, chance in self.probabilities(action).items():
            point, drawn = point - float(chance), percept
            if point < 0:
                break
        assert drawn is not None
        return drawn


def squared_errors(mixture: UniversalMixture, truth: int, cycles: int) -> list[Fraction]:
    """S_t = E_mu (xi(0 | x_<t) - mu(0 | x_<t))^2 for t = 1 ... cycles, exactly (Theorem 2.7.1).

    Args:
        mixture: of models whose actions have no effect (action 0 is taken), of two observations;
            it is left as it was.
        truth: which of the models is mu; the others may not know what it brings.
        cycles: how many; all 2^cycles strings are looked at.

    Raises:
        TypeError, ValueError: `truth` or `cycles` out of range, or not two observations.
    """
    index = integer("truth", truth, 0, len(mixture.models) - 1)
    total = [ZERO] * integer("cycles", cycles, 0)
    model = mixture.models[index]
    if model.interface.observations != 2:
        raise ValueError(f"mixture: got {model.interface.observations} observations, accepted is 2")

    def zero(chances: Mapping[Percept, Fraction]) -> Fraction:
        return sum((p for percept, p in chances.items() if not percept.observation), ZERO)

    def look(depth: int, reached: Fraction, belief: Belief) -> None:
        if depth == cycles:
            return
        true = belief.expand(model, 0)
        law = {percept: chance for percept, (chance, _) in true.items()}
        total[depth] += reached * (zero(mixture.probabilities(0)) - zero(law)) ** 2
        for percept, (chance, after) in true.items():
            mixture.update(0, percept)
            look(depth + 1, reached * chance, after)
            mixture.undo()

    belief = mixture._now[index][1]
    if belief is not None:
        look(0, Fraction(1), belief)
    return total


def solomonoff_bound(bits: float) -> float:
    """The bound ln 2 / 2 * K(mu) of the sum of all `squared_errors` (Theorem 2.7.1).

    Args:
        bits: the length of mu's description; the bound holds for any mixture with weight 2^-bits.
    """
    return math.log(2) / 2 * bits
