"""All histories of a model, as far as they differ: what the tests of the taxonomy look at."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

from complexity.errors import integer
from simulations.agents.interface import Percept
from simulations.agents.model import Belief, Model

__all__ = [
    "History",
    "Law",
    "Membership",
    "Memory",
    "Situation",
    "Walk",
    "compare",
    "compare_passive",
    "window",
]

Law = Mapping[Percept, Fraction]
"""Percept -> its probability."""


class History(NamedTuple):
    """What happened: the first observation, then (action, observation, reward) of every cycle."""

    first: int
    cycles: tuple[tuple[int, int, Fraction | float], ...] = ()

    def then(self, action: int, percept: Percept) -> History:
        """A cycle later."""
        return self._replace(cycles=(*self.cycles, (action, percept.observation, percept.reward)))


@dataclass(frozen=True)
class Membership:
    """Whether a model is of a class; true in a condition if it is.

    Attributes:
        holds: no histories of up to `depth` cycles speak against it.
        proved: the answer holds for all depths: a witness was found, or nothing new can come.
        depth: the cycles looked at.
        witness: two histories (the same one twice where the percepts themselves are forbidden),
            the action after them, and why they speak against it; None if it holds.
    """

    holds: bool
    proved: bool
    depth: int
    witness: tuple[History, History, int, str] | None = None

    def __bool__(self) -> bool:
        return self.holds

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON values; the histories as text."""
        shown = None if self.witness is None else [str(each) for each in self.witness]
        return {
            "holds": self.holds,
            "proved": self.proved,
            "depth": self.depth,
            "witness": shown,
        }


@dataclass(frozen=True)
class Memory:
    """What of a history a class may look at.

    Attributes:
        start: the memory after the first observation.
        step: (memory, action, percept) -> the memory a cycle later.
        key: (memory, action) -> what the next percept may depend on.
    """

    start: Callable[[int], Hashable]
    step: Callable[[Any, int, Percept], Hashable]
    key: Callable[[Any, int], Hashable]


def window(n: int) -> Memory:
    """The last n observations, the actions between them, and the action to be taken."""

    def step(past: tuple[int, ...], action: int, percept: Percept) -> tuple[int, ...]:
        return (*past, action, percept.observation)[-(2 * n - 1) :]

    return Memory(lambda o: (o,), step, lambda past, a: (past, a))


class Situation(NamedTuple):
    """Where one can be: the first history that leads there stands for all.

    Attributes:
        cycle: how many cycles that history has.
        history: likewise.
        memory: what a `Memory` kept of it.
        belief: what is known of the hidden state.
        laws: action -> percept -> probability.
    """

    cycle: int
    history: History
    memory: Any
    belief: Belief
    laws: Mapping[int, Law]


@dataclass
class Walk:
    """The situations of a model, those of shorter histories first.

    Args:
        model: what to walk through.
        memory: situations are the same if memory and belief are.
        depth: cycles at most.
        limit: situations at most; ValueError if there are more.

    Attributes:
        closed: the walk has ended and nothing new would come deeper.
    """

    model: Model
    memory: Memory
    depth: int
    limit: int
    closed: bool = False

    def __post_init__(self) -> None:
        integer("depth", self.depth, 1)
        integer("limit", self.limit, 1)

    def __iter__(self) -> Iterator[Situation]:
        layer: dict[tuple[Hashable, Belief], History] = {}
        for first, (_, belief) in self.model.prior.items():
            layer.setdefault((self.memory.start(first), belief), History(first))
        met = set(layer)
        for cycle in range(self.depth):
            following: dict[tuple[Hashable, Belief], History] = {}
            for (kept, belief), history in layer.items():
                found = {a: belief.expand(self.model, a) for a in self._actions}
                laws = {a: {p: c for p, (c, _) in law.items()} for a, law in found.items()}
                yield Situation(cycle, history, kept, belief, laws)
                for action, law in found.items():
                    for percept, (_, after) in law.items():
                        situation = (self.memory.step(kept, action, percept), after)
                        if situation in met:
                            continue
                        met.add(situation)
                        following[situation] = history.then(action, percept)
                if len(met) > self.limit:
                    raise _too_many(self.model, self.limit, cycle)
            layer = following
        self.closed = not layer

    @property
    def _actions(self) -> range:
        return range(self.model.interface.actions)


def compare(
    walk: Walk, view: Callable[[Law], Hashable], name: str = "the next percept"
) -> Membership:
    """Whether what follows, as `view` sees it, is the same wherever the memory's key is."""
    seen: dict[Hashable, tuple[Hashable, History]] = {}
    cycle = 0
    for cycle, history, kept, _, laws in walk:
        for action, law in laws.items():
            found = view(law)
            other, example = seen.setdefault(walk.memory.key(kept, action), (found, history))
            if other != found:
                reason = f"{name} differs"
                return Membership(False, True, cycle + 1, (example, history, action, reason))
    return Membership(True, walk.closed, cycle + 1)


def compare_passive(
    model: Model, view: Callable[[Law], Hashable], name: str, depth: int, limit: int
) -> Membership:
    """Whether what follows, as `view` sees it, is the same wherever all observations were.

    Histories of the same observations may lead to several beliefs: the sets of them are what is
    walked through, so that finitely many beliefs make for a finite walk.

    Raises:
        ValueError: more than `limit` sets of beliefs.
    """
    integer("depth", depth, 1)
    integer("limit", limit, 1)
    layer = [{belief: History(first)} for first, (_, belief) in model.prior.items()]
    met = {frozenset(each) for each in layer}
    cycle = 0
    for cycle in range(depth):
        following: list[dict[Belief, History]] = []
        for beliefs in layer:
            seen: list[tuple[Hashable, History]] = []
            reached: dict[int, dict[Belief, History]] = {}
            for belief, history in beliefs.items():
                for action in range(model.interface.actions):
                    found = belief.expand(model, action)
                    seen.append((view({p: c for p, (c, _) in found.items()}), history))
                    if seen[-1][0] != seen[0][0]:
                        witness = (seen[0][1], history, action, f"{name} differs")
                        return Membership(False, True, cycle + 1, witness)
                    for percept, (_, after) in found.items():
                        group = reached.setdefault(percept.observation, {})
                        group.setdefault(after, history.then(action, percept))
            following += [each for each in reached.values() if frozenset(each) not in met]
            met.update(frozenset(each) for each in following)
            if len(met) > limit:
                raise _too_many(model, limit, cycle)
        layer = list({frozenset(each): each for each in following}.values())
        if not layer:
            break
    return Membership(True, not layer, cycle + 1)


def _too_many(model: Model, limit: int, cycle: int) -> ValueError:
    return ValueError(
        f"limit: {model.name} has more than {limit} situations within {cycle + 1} cycles; "
        "give a smaller depth or a greater limit"
    )
