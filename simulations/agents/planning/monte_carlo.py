"""rho-UCT: planning by Monte Carlo tree search in any predictor.

References:
    J. Veness, K. S. Ng, M. Hutter, W. Uther and D. Silver, A Monte-Carlo AIXI approximation, JAIR
        40, 2011, section 4: rho-UCT, algorithms 1 to 4.
    L. Kocsis and C. Szepesvari, Bandit based Monte-Carlo planning, ECML 2006: UCT.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from complexity.errors import integer
from simulations.agents.interface import Interface, Percept
from simulations.agents.planning.plan import Plan, weights
from simulations.agents.planning.true_model import draw

if TYPE_CHECKING:
    import numpy as np

    from simulations.agents.discounts import Discount
    from simulations.agents.prediction import PerceptPredictor

__all__ = ["RhoUCT"]


@dataclass(frozen=True)
class RhoUCT:
    """A planner that samples futures and prefers those that went well.

    An action's value is the mean over its simulations of the discounted sum of rewards; it tends to
    `expectimax`'s as the simulations grow, from below, for the search also tries worse actions.

    Attributes:
        simulations: futures sampled for one plan, more than the interface's actions.
        exploration: C in the rule V / (m (beta - alpha)) + C sqrt(log T(h) / T(ha)); with
            a discount the sum of the remaining weights stands for m, the remaining cycles.

    Raises:
        ValueError, TypeError: no integer of at least 2 simulations, a negative exploration.
    """

    simulations: int = 500
    exploration: float = math.sqrt(2)

    def __post_init__(self) -> None:
        integer("simulations", self.simulations, 2)
        if not 0 <= self.exploration < math.inf:
            raise ValueError(
                f"exploration: got {self.exploration}, accepted is a finite number from 0"
            )

    def __call__(
        self,
        predictor: PerceptPredictor,
        interface: Interface,
        horizon: int,
        *,
        discount: Discount | None = None,
        start: int = 1,
        generator: np.random.Generator | None = None,
    ) -> Plan:
        """What each action is worth, by sampling.

        Args:
            predictor: is updated and undone, and left as it was; its `sample(action, generator)` is
                used if it has one, else its `probabilities`.
            interface: whose actions are tried.
            horizon: cycles, at least 1.
            discount: weights of the cycles; all 1 if None.
            start: the present cycle, from 1, where the discount's weights begin.
            generator: makes all draws; one of seed 0 if None.

        Raises:
            ValueError, TypeError: a horizon or start below 1; too few simulations for the actions.
        """
        import numpy as np

        if self.simulations <= interface.actions:
            raise ValueError(
                f"simulations: got {self.simulations}, accepted are more than the "
                f"{interface.actions} actions"
            )
        search = _Search(
            predictor=predictor,
            interface=interface,
            weights=[float(each) for each in weights(discount, start, horizon)],
            exploration=self.exploration,
            generator=np.random.default_rng(0) if generator is None else generator,
        )
        root = _Decision()
        for _ in range(self.simulations):
            search.simulate(root)
        tried = [root.children.get(action, _Chance()) for action in range(interface.actions)]
        return Plan(
            values=tuple(each.value for each in tried),
            visits=tuple(each.visits for each in tried),
        )


@dataclass
class _Decision:
    """The agent moves: T(h), V(h), and a chance node for every action tried."""

    visits: int = 0
    value: float = 0.0
    children: dict[int, _Chance] = field(default_factory=dict)


@dataclass
class _Chance:
    """The environment moves: T(ha), V(ha), and a decision node for every percept met."""

    visits: int = 0
    value: float = 0.0
    children: dict[Percept, _Decision] = field(default_factory=dict)


class _Search:
    """The state of one plan."""

    def __init__(
        self,
        *,
        predictor: PerceptPredictor,
        interface: Interface,
        weights: Sequence[float],
        exploration: float,
        generator: np.random.Generator,
    ) -> None:
        assert interface.reward_bounds is not None  # an Interface always has them
        low, high = interface.reward_bounds
        self.predictor = predictor
        self.actions = interface.actions
        self.weights = weights
        self.exploration = exploration
        self.generator = generator
        self.spans = _scales(weights, float(high - low))
        self.sample = _sampler(predictor)

    def simulate(self, root: _Decision) -> None:
        """One future from the root; its return becomes part of every mean on the way."""
        path: list[tuple[_Decision | _Chance, int]] = []
        rewards: list[float] = []
        node = root
        try:
            while len(rewards) < len(self.weights) and node.visits:
                action = self.selected(node, len(rewards))
                chance = node.children.setdefault(action, _Chance())
                path += [(node, len(rewards)), (chance, len(rewards))]
                percept = self.step(action, rewards)
                node = chance.children.setdefault(percept, _Decision())
            if len(rewards) < len(self.weights):
                path.append((node, len(rewards)))
            while len(rewards) < len(self.weights):
                self.step(int(self.generator.integers(self.actions)), rewards)
        finally:
            for _ in rewards:
                self.predictor.undo()
        returns = _returns(rewards)
        for each, depth in path:
            each.visits += 1
            each.value += (returns[depth] - each.value) / each.visits

    def step(self, action: int, rewards: list[float]) -> Percept:
        """Sample what an action brings and condition on it."""
        percept = self.sample(action, self.generator)
        self.predictor.update(action, percept)
        rewards.append(self.weights[len(rewards)] * float(percept.reward))
        return percept

    def selected(self, node: _Decision, depth: int) -> int:
        """Algorithm 3: an untried action at random, else the greatest upper confidence bound."""
        untried = [a for a in range(self.actions) if a not in node.children]
        if untried:
            return untried[int(self.generator.integers(len(untried)))]
        scale, spread = self.spans[depth], self.exploration**2 * math.log(node.visits)
        return max(
            range(self.actions),
            key=lambda a: (
                node.children[a].value / scale + math.sqrt(spread / node.children[a].visits)
            ),
        )


def _sampler(
    predictor: PerceptPredictor,
) -> Callable[[int, np.random.Generator], Percept]:
    own = getattr(predictor, "sample", None)
    return own or (lambda action, generator: draw(predictor.probabilities(action), generator))


def _returns(rewards: Sequence[float]) -> list[float]:
    """The sums of all rewards from each on."""
    found = [0.0]
    for reward in reversed(rewards):
        found.append(found[-1] + reward)
    return found[:0:-1]


def _scales(weights: Sequence[float], span: float) -> list[float]:
    """By depth: the widest range of returns, sum of remaining weights times reward range."""
    return [each * (span or 1.0) or 1.0 for each in _returns(list(weights))]
