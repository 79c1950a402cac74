"""The agents of increasing intelligence of Legg 2008, section 4.2, as policies.

`LADDER` has them from the least: a random agent, a specialist, one that continues constant
sequences, and table learners that look at the last observation, two cycles back, and two cycles
back and two rewards ahead.

The thesis leaves some things open. Here an action that was never tried in a context counts as
worth 0, ties share the probability, and in a context never seen before the action is random.

The table learners of the thesis look two rewards back as well. Where rewards are 2^-k, as in
`alternation` and `slide`, no positive reward comes twice, so such a context never does either and
nothing learnt in it is used; `rewards=False` leaves rewards out of the contexts.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

from complexity.errors import integer
from simulations.agents.interface import Interface
from simulations.agents.thesis.policies import Policy, Reward

__all__ = ["LADDER", "Simple", "Specialist", "TableLearner", "Uniform"]

ONE, ZERO = Fraction(1), Fraction(0)


def _certain(action: int, actions: int) -> tuple[Fraction, ...]:
    return tuple(ONE if each == action else ZERO for each in range(actions))


@dataclass(frozen=True)
class Uniform:
    """pi^rand: every action with the same probability."""

    name: str = "rand"

    def begin(self, interface: Interface, observation: int) -> int:
        """The number of actions."""
        return interface.actions

    def probabilities(self, state: int) -> Sequence[Fraction]:
        """All equal."""
        return (Fraction(1, state),) * state

    def after(self, state: int, action: int, observation: int, reward: Reward) -> int:
        """Nothing is learnt."""
        return state


@dataclass(frozen=True)
class Specialist:
    """pi^dblue: plays the winning moves of one game, whatever it is in.

    Args:
        moves: are played again and again; one that the environment does not have is action 0.
        name: what it is called.

    Raises:
        ValueError: no moves.
    """

    moves: tuple[int, ...]
    name: str = "dblue"

    def __post_init__(self) -> None:
        if not self.moves:
            raise ValueError("moves: got none, accepted are one or more actions")

    def begin(self, interface: Interface, observation: int) -> tuple[int, int]:
        """The number of actions, and the place in the moves."""
        return interface.actions, 0

    def probabilities(self, state: tuple[int, int]) -> Sequence[Fraction]:
        """All on the next move."""
        actions, place = state
        move = self.moves[place]
        return _certain(move if 0 <= move < actions else 0, actions)

    def after(
        self, state: tuple[int, int], action: int, observation: int, reward: Reward
    ) -> tuple[int, int]:
        """One place further."""
        return state[0], (state[1] + 1) % len(self.moves)


@dataclass(frozen=True)
class Simple:
    """pi^simple: predicts sequences 0000... and 1111..., and nothing else.

    It answers with the observation that all cycles so far have brought; before there is one, and
    for ever after a second one, or one that is no action, with 0.
    """

    name: str = "simple"

    def begin(self, interface: Interface, observation: int) -> tuple[int, int | None]:
        """The number of actions, and the only observation: None yet, -1 if there are several."""
        return interface.actions, None

    def probabilities(self, state: tuple[int, int | None]) -> Sequence[Fraction]:
        """All on the only observation, or on 0."""
        actions, only = state
        return _certain(only if only is not None and 0 <= only < actions else 0, actions)

    def after(
        self, state: tuple[int, int | None], action: int, observation: int, reward: Reward
    ) -> tuple[int, int | None]:
        """Remember it, or that there are several."""
        return state[0], observation if state[1] in (None, observation) else -1


class Row(NamedTuple):
    """What followed each action in one context.

    Attributes:
        tries: how often it was taken.
        totals: the sum of the rewards that followed.
        following: (next context, how often) of those that followed; empty if nobody asks.
    """

    tries: tuple[int, ...]
    totals: tuple[Reward, ...]
    following: tuple[frozenset[tuple[Hashable, int]], ...]

    def mean(self, action: int) -> Reward:
        """The mean reward after an action; 0 if it was never taken."""
        return self.totals[action] / self.tries[action] if self.tries[action] else ZERO


@dataclass(frozen=True)
class Table:
    """What a table learner knows; never changed in place.

    Attributes:
        actions: how many there are.
        context: what it looks at now.
        rows: by context, of those in which it acted.
    """

    actions: int
    context: Hashable
    rows: dict[Hashable, Row]

    def __hash__(self) -> int:
        return hash((self.context, frozenset(self.rows.items())))


@dataclass(frozen=True)
class TableLearner:
    """pi^basic, pi^2back, pi^2forward: means of the rewards that followed, by context and action.

    With probability 9/10 the action with the greatest estimate, else a random one.

    Args:
        back: 0: the context is the last observation; n: the last n cycles' actions, observations
            and rewards.
        forward: how many rewards the estimate adds up, 1 or 2; the next context of the second is
            estimated by the frequencies, and its action is the one with the greatest mean.
        rewards: whether contexts hold rewards.
        name: what it is called.

    Raises:
        TypeError, ValueError: `back` below 0, or `forward` not 1 or 2.
    """

    back: int = 0
    forward: int = 1
    rewards: bool = True
    name: str = "basic"

    def __post_init__(self) -> None:
        integer("back", self.back, 0)
        integer("forward", self.forward, 1, 2)

    def begin(self, interface: Interface, observation: int) -> Table:
        """An empty table."""
        return Table(interface.actions, () if self.back else observation, {})

    def probabilities(self, state: Table) -> Sequence[Fraction]:
        """9/10 on the best, and the rest on all."""
        row = state.rows.get(state.context)
        if row is None:
            return (Fraction(1, state.actions),) * state.actions
        worth = [self._worth(state, row, action) for action in range(state.actions)]
        best = [action for action in range(state.actions) if worth[action] == max(worth)]
        spread, share = Fraction(1, 10 * state.actions), Fraction(9, 10 * len(best))
        return tuple(spread + (share if each in best else 0) for each in range(state.actions))

    def after(self, state: Table, action: int, observation: int, reward: Reward) -> Table:
        """Count what came of the action."""
        following: Hashable = observation
        if self.back:
            cycle = (action, observation, reward) if self.rewards else (action, observation)
            assert isinstance(state.context, tuple)
            following = (*state.context, cycle)[-self.back :]
        nothing = Row((0,) * state.actions, (ZERO,) * state.actions, (frozenset(),) * state.actions)
        tries, totals, seen = state.rows.get(state.context, nothing)
        if self.forward == 2:
            counts = dict(seen[action])
            counts[following] = counts.get(following, 0) + 1
            seen = _replaced(seen, action, frozenset(counts.items()))
        row = Row(
            _replaced(tries, action, tries[action] + 1),
            _replaced(totals, action, totals[action] + reward),
            seen,
        )
        return Table(state.actions, following, {**state.rows, state.context: row})

    def _worth(self, state: Table, row: Row, action: int) -> Reward:
        """What an action is expected to bring in `forward` cycles."""
        later: Reward = ZERO
        for context, count in row.following[action]:
            if (then := state.rows.get(context)) is not None:
                later += count * max(then.mean(each) for each in range(state.actions))
        return row.mean(action) + (later / row.tries[action] if later else ZERO)


def _replaced(values: tuple[Any, ...], place: int, value: Any) -> tuple[Any, ...]:
    return (*values[:place], value, *values[place + 1 :])


LADDER: tuple[Policy, ...] = (
    Uniform(),
    Specialist((0, 0, 0, 0, 1)),  # the best moves of `prisoners_dilemma`
    Simple(),
    TableLearner(),
    TableLearner(back=2, name="2back"),
    TableLearner(back=2, forward=2, name="2forward"),
)
"""The agents of section 4.2; `SamplingAgent` lets them act."""
