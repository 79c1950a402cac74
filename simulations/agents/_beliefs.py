"""The decision process over beliefs that a model is, discovered breadth first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction

from simulations.agents._chains import Arm
from simulations.agents.interface import Percept
from simulations.agents.model import Belief, Model, State, demand_chances

__all__ = ["BeliefGraph"]

ONE = Fraction(1)


class BeliefGraph:
    """Beliefs that a model's histories can lead to, numbered in the order of their discovery.

    Attributes:
        beliefs: the beliefs.
        arms: of the first `len(arms)` of them, what each action does.
        start: (probability, number) of the beliefs after the first observation.

    Args:
        model: the model.
        observed: the agent is told the state: every belief is certain.
    """

    def __init__(self, model: Model, *, observed: bool) -> None:
        self.model = model
        self.observed = observed
        self.beliefs: list[Belief] = []
        self.arms: list[list[Arm]] = []
        self.numbers: dict[Belief, int] = {}
        if observed:
            demand_chances(model.start, "start")
            first = [(e.probability, certain(e.state)) for e in model.start if e.probability]
        else:
            first = list(model.prior.values())
        self.start = _merged((p, self.number(belief)) for p, belief in first)

    def number(self, belief: Belief) -> int:
        """The belief's number; a new one's is the next."""
        if belief not in self.numbers:
            self.numbers[belief] = len(self.beliefs)
            self.beliefs.append(belief)
        return self.numbers[belief]

    @property
    def closed(self) -> bool:
        """Whether all that was discovered has its arms."""
        return len(self.arms) == len(self.beliefs)

    @property
    def certain_to_grow(self) -> bool:
        """Whether all that was discovered and has no arms yet is certain: nothing to reveal."""
        return all(len(belief.weights) == 1 for belief in self.beliefs[len(self.arms) :])

    def grow(self, size: int) -> None:
        """Find the arms of beliefs until `size` of them have theirs, or all."""
        while not self.closed and len(self.arms) < size:
            belief = self.beliefs[len(self.arms)]
            self.arms.append(
                [self.arm(belief, action) for action in range(self.model.interface.actions)]
            )

    def arm(self, belief: Belief, action: int) -> Arm:
        """What an action does to a belief; new beliefs get numbers."""
        found = self.expand(belief, action)
        reward = sum(
            (p * Fraction(seen.reward) for seen, p, _ in found if seen.reward), Fraction(0)
        )
        return Arm(reward, _merged((p, self.number(after)) for _, p, after in found))

    def expand(self, belief: Belief, action: int) -> list[tuple[Percept, Fraction, Belief]]:
        """(percept, its probability, the belief after it)."""
        if not self.observed:
            return [(percept, *rest) for percept, rest in belief.expand(self.model, action).items()]
        ((state, _),) = belief.weights
        outcomes = self.model.outcomes(state, action)
        demand_chances(outcomes)
        return [
            (self.model.percept(each), each.probability, certain(each.state))
            for each in outcomes
            if each.probability
        ]

    def revealed(self, limit: int) -> list[list[Arm]] | None:
        """The process in which the agent is told the state where the graph ends.

        Told more, it can do no worse: the optimal value of this process is an upper bound, and the
        value itself if an optimal policy never comes to where the graph ends.

        Returns:
            The arms of the graph's beliefs, and after them those of certain ones; None if that
            needs more than `limit` states.
        """
        inside = len(self.arms)
        states: dict[State, int] = {}

        def landing(belief: Belief) -> list[tuple[Fraction, int]]:
            known = self.numbers.get(belief, inside)
            if known < inside:
                return [(ONE, known)]
            lands = []
            for state, weight in belief.weights:
                known = self.numbers.get(certain(state), inside)
                if known >= inside:
                    known = inside + states.setdefault(state, len(states))
                lands.append((weight, known))
            return lands

        def told(arm: Arm) -> Arm:
            ways = ((p * w, k) for p, j in arm.successors for w, k in landing(self.beliefs[j]))
            return Arm(arm.reward, _merged(ways))

        arms = [[told(arm) for arm in each] for each in self.arms]
        for state in _growing(states):
            if len(states) > limit:
                return None
            arms.append([])
            for action in range(self.model.interface.actions):
                found = self.expand(certain(state), action)
                reward = sum((p * Fraction(seen.reward) for seen, p, _ in found), Fraction(0))
                ways = ((p * w, k) for _, p, after in found for w, k in landing(after))
                arms[-1].append(Arm(reward, _merged(ways)))
        return arms

    def abandoned(self) -> list[list[Arm]]:
        """The process in which the least reward is paid for ever where the graph ends.

        Its optimal value is a lower bound.
        """
        inside = len(self.arms)
        assert self.model.interface.reward_bounds is not None
        least = Fraction(self.model.interface.reward_bounds[0])
        arms = [
            [
                Arm(arm.reward, _merged((p, min(j, inside)) for p, j in arm.successors))
                for arm in each
            ]
            for each in self.arms
        ]
        return [*arms, [Arm(least, [(ONE, inside)])]]


def certain(state: State) -> Belief:
    """The belief of who knows the state."""
    return Belief(frozenset([(state, ONE)]))


def _merged(ways: Iterable[tuple[Fraction, int]]) -> Sequence[tuple[Fraction, int]]:
    """Probabilities of the same place added up."""
    total: dict[int, Fraction] = {}
    for p, place in ways:
        total[place] = total[place] + p if place in total else p
    return [(p, place) for place, p in total.items()]


def _growing(states: dict[State, int]) -> Iterator[State]:
    """The dictionary's keys in order, and those that come in meanwhile."""
    done = 0
    while done < len(states):
        for state in list(states)[done:]:
            done += 1
            yield state
