"""Markov chains with rewards, their exact values, and the chains of the thesis.

References:
    S. Legg, Machine Super Intelligence, 2008, sections 6.3 to 6.6.
    M. Hutter and S. Legg, Temporal difference updating without a learning rate, NIPS 2007.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from complexity.errors import integer
from simulations.agents.interface import Interface
from simulations.agents.model import Model, Outcome
from simulations.agents.temporal._checks import fraction
from simulations.ledger import digest
from simulations.program import value_text
from simulations.system import generator

__all__ = ["MarkovChain", "alternating_walk", "random_chain", "random_walk"]

RESOLUTION = 1 << 32
"""Random weights are whole multiples of 1 / RESOLUTION, so that chances are exact."""

TRIES = 1000


class Sampler(NamedTuple):
    """What a kernel draws from; K is the greatest number of successors.

    Attributes:
        successors: (n, K) int64.
        cumulative: (n, K) float64, the last one 1.
        rewards: (phases, n, K) float64.
    """

    successors: npt.NDArray[np.int64]
    cumulative: npt.NDArray[np.float64]
    rewards: npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class MarkovChain:
    """A chain of n states whose transitions bring rewards.

    Attributes:
        name: of the chain.
        weights: (n, n) int64; the chance of going from i to j is weights[i, j] over its row's sum.
        rewards: (phases, n, n) float64; what a transition brings.
        start: the first state.
        period: after so many steps the next phase's rewards apply, the first's after the last's;
            of no matter with one phase.

    Raises:
        ValueError: shapes that do not fit, a negative weight, a row of zeros, or a reward that is
            not finite.
    """

    name: str
    weights: npt.NDArray[np.int64]
    rewards: npt.NDArray[np.float64]
    start: int = 0
    period: int = 1

    def __post_init__(self) -> None:
        n = len(self.weights)
        if self.weights.shape != (n, n) or self.weights.dtype != np.int64:
            raise ValueError(
                f"weights: got shape {self.weights.shape} of {self.weights.dtype}, accepted is a "
                "square of int64"
            )
        if (self.weights < 0).any() or not self.weights.any(axis=1).all():
            raise ValueError("weights: got a negative one or a row of zeros; each row needs one")
        if self.rewards.ndim != 3 or self.rewards.shape[1:] != (n, n) or not len(self.rewards):
            raise ValueError(
                f"rewards: got shape {self.rewards.shape}, accepted is (phases, {n}, {n})"
            )
        if not np.isfinite(self.rewards).all():
            raise ValueError("rewards: got one that is not finite, accepted are finite numbers")
        integer("start", self.start, 0, n - 1)
        integer("period", self.period, 1)

    def __repr__(self) -> str:
        phases = f", {len(self.rewards)} phases" if len(self.rewards) > 1 else ""
        return f"MarkovChain({self.name}: {self.size} states{phases})"

    @property
    def size(self) -> int:
        """The number of states."""
        return len(self.weights)

    @property
    def digest(self) -> str:
        """SHA-256 of all but its name."""
        arrays = {"weights": value_text(self.weights), "rewards": value_text(self.rewards)}
        return digest({**arrays, "start": self.start, "period": self.period})

    @cached_property
    def transition(self) -> npt.NDArray[np.float64]:
        """(n, n) chances."""
        return self.weights / self.weights.sum(axis=1, keepdims=True)

    def phase(self, time: int) -> int:
        """Whose rewards the `time`-th step brought; of no step yet, the first one's."""
        return max(time - 1, 0) // self.period % len(self.rewards)

    def values(self, gamma: float, *, phase: int = 0) -> npt.NDArray[np.float64]:
        """(n,) expected discounted sums of rewards from each state, if a phase lasted for ever.

        The solution of (I - gamma P) V = r, r being the expected rewards.

        Raises:
            ValueError: gamma is not in [0, 1).
        """
        discount = fraction("gamma", gamma, one=False)
        expected = (self.transition * self.rewards[phase]).sum(axis=1)
        return np.linalg.solve(np.eye(self.size) - discount * self.transition, expected)

    @cached_property
    def sampler(self) -> Sampler:
        """The arrays that the kernels read."""
        width = int((self.weights > 0).sum(axis=1).max())
        successors = np.zeros((self.size, width), np.int64)
        cumulative = np.ones((self.size, width))
        for state, row in enumerate(self.weights):
            (found,) = np.nonzero(row)
            successors[state, : len(found)] = found
            cumulative[state, : len(found)] = np.cumsum(row[found]) / row.sum()
        rewards = np.take_along_axis(self.rewards, successors[None], axis=2)
        return Sampler(successors, cumulative, rewards)

    @cached_property
    def model(self) -> Model:
        """The chain as an environment with one action; its observation is its state.

        A chain of several phases has the hidden state (state, step within the cycle of phases).
        """
        cycle = self.period * len(self.rewards)
        gained = self.rewards[:, self.weights > 0]
        levels = sorted({Fraction(0), *map(Fraction, gained.flat)})
        first = self.start if len(self.rewards) == 1 else (self.start, 0)

        def outcomes(state: Any, action: int) -> Sequence[Outcome]:
            place, step = state if isinstance(state, tuple) else (state, 0)
            row, gains = self.weights[place], self.rewards[step // self.period, place]
            total = int(row.sum())
            return [
                Outcome(
                    Fraction(int(row[j]), total),
                    j if len(self.rewards) == 1 else (j, (step + 1) % cycle),
                    j,
                    Fraction(gains[j]),
                )
                for j in map(int, np.flatnonzero(row))
            ]

        return Model(
            self.name,
            Interface(1, self.size, reward_levels=tuple(levels)),
            (Outcome(Fraction(1), first, self.start),),
            outcomes,
        )


def random_walk(states: int = 21, *, right: float = -1.0) -> MarkovChain:
    """A walk that jumps from either end to the middle, with a reward (sections 6.3 and 6.4).

    Every step goes to the left or right neighbour with equal chance; from state 0 to the middle
    with reward 1, from the last state to the middle with reward `right`.

    Raises:
        ValueError: fewer than three states, or an even number.

    Example:
        >>> random_walk(21).values(0.9).round(3)[[0, 5, 10, 15, 20]].tolist()
        [1.0, 0.096, 0.0, -0.096, -1.0]
    """
    n = integer("states", states, 3)
    if n % 2 == 0:
        raise ValueError(f"states: got {n}, accepted is an odd number: the walk has a middle")
    weights, rewards = np.zeros((n, n), np.int64), np.zeros((1, n, n))
    inner = np.arange(1, n - 1)
    weights[inner, inner - 1] = weights[inner, inner + 1] = 1
    middle = n // 2
    weights[0], weights[n - 1] = 0, 0
    weights[0, middle] = weights[n - 1, middle] = 1
    rewards[0, 0, middle], rewards[0, n - 1, middle] = 1.0, right
    return MarkovChain(f"random walk of {n} states", weights, rewards, middle)


def alternating_walk(states: int = 21, *, period: int = 5000) -> MarkovChain:
    """The random walk whose right reward is -1 and +0.5 by turns (section 6.6).

    Raises:
        ValueError: as `random_walk`, or a period below 1.
    """
    first, second = random_walk(states), random_walk(states, right=0.5)
    return MarkovChain(
        f"alternating {first.name}",
        first.weights,
        np.concatenate([first.rewards, second.rewards]),
        first.start,
        integer("period", period, 1),
    )


def random_chain(states: int = 50, *, sparsity: float = 0.9, seed: int = 0) -> MarkovChain:
    """A chain with a sparse random matrix of chances and another of rewards (section 6.5).

    An entry is 0 with probability `sparsity`, else uniform in (0, 1]; the rows of the chances are
    scaled to sum to 1. Matrices are drawn until every state can be reached from every other, which
    the thesis does not ask: the value of a state that is never visited cannot be learned.

    Raises:
        ValueError: fewer than two states, a sparsity that is not in [0, 1), or one so high that no
            matrix is connected.
    """
    n, gaps = integer("states", states, 2), fraction("sparsity", sparsity, one=False)
    random = generator(seed, (0,))

    def sparse() -> npt.NDArray[np.int64]:
        drawn = random.integers(1, RESOLUTION, (n, n), endpoint=True)
        return np.where(random.random((n, n)) < gaps, 0, drawn)

    for _ in range(TRIES):
        weights = sparse()
        if connected_components(csr_array(weights), connection="strong")[0] == 1:
            rewards = sparse()[None] / RESOLUTION
            return MarkovChain(f"random chain {seed} of {n} states", weights, rewards)
    raise ValueError(
        f"sparsity: got {gaps}, and none of {TRIES} matrices of {n} states was connected; "
        "give a smaller one"
    )
