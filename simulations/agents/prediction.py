"""Predicting percepts: the protocol, percepts as bits, and context trees as a predictor.

References:
    J. Veness, K. S. Ng, M. Hutter, W. Uther and D. Silver, A Monte-Carlo AIXI Approximation,
        Journal of Artificial Intelligence Research 40, 2011, section 5: action-conditional and
        factored action-conditional context-tree weighting.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from complexity.context import FactoredContextTree
from complexity.errors import integer
from simulations.agents import _search_kernels as kernels
from simulations.agents.interface import Interface, Percept

__all__ = ["ContextTreePredictor", "PerceptCodec", "PerceptPredictor"]

MAX_BITS = 24
"""Of an observation or of a reward: the codec keeps tables of two to this many entries."""


@runtime_checkable
class PerceptPredictor(Protocol):
    """Says how probable each percept is after an action; learns, and takes back what it learned."""

    def probabilities(self, action: int) -> Mapping[Percept, float | Fraction]:
        """Percept -> its probability if `action` is taken now; what is left out has none."""
        ...

    def update(self, action: int, percept: Percept) -> None:
        """Learn that `action` was answered by `percept`."""
        ...

    def undo(self) -> None:
        """Take back the last `update`."""
        ...

    def sample(self, action: int, generator: np.random.Generator) -> Percept:
        """Draw a percept as `probabilities(action)` says; learns nothing."""
        ...


class PerceptCodec:
    """Actions, observations and rewards as numbers of a fixed width in bits.

    The bits come in the order action, observation, reward, each most significant first. Numbers
    that stand for nothing have no probability under a predictor that uses the codec.

    Args:
        interface: what is coded; its reward levels have to be known.
        observation_codes: the number of each observation; their own unless given.
        reward_codes: the number of each reward level; their index unless given.

    Raises:
        ValueError: the interface has no reward levels; codes that repeat, are negative, not as
            many as there are values, or wider than 24 bits.
        TypeError: a code is no integer.

    Example:
        >>> codec = PerceptCodec(Interface(3, 2, reward_levels=(-100, -1, 10)))
        >>> codec.action_bits, codec.observation_bits, codec.reward_bits
        (2, 1, 2)
        >>> codec.encode(Percept(1, -1))
        (1, 1)
        >>> codec.decode(1, 1)
        Percept(observation=1, reward=-1)
    """

    def __init__(
        self,
        interface: Interface,
        *,
        observation_codes: Sequence[int] | None = None,
        reward_codes: Sequence[int] | None = None,
    ) -> None:
        levels = interface.reward_levels
        if levels is None:
            raise ValueError(
                "interface: its reward_levels are not known, and bits code a finite number of "
                "rewards; give it reward_levels"
            )
        self.interface = interface
        seen = _checked_codes("observation_codes", observation_codes, interface.observations)
        paid = _checked_codes("reward_codes", reward_codes, len(levels))
        self.action_bits = (interface.actions - 1).bit_length()
        self.observation_bits, self.reward_bits = max(seen).bit_length(), max(paid).bit_length()
        self._observation_codes, self._observations = seen, {c: o for o, c in enumerate(seen)}
        self._reward_codes = {float(r): code for r, code in zip(levels, paid, strict=True)}
        self._levels = dict(zip(paid, levels, strict=True))
        rewards = np.full(1 << self.reward_bits, np.nan)
        for code, level in self._levels.items():
            rewards[code] = float(level)
        self.coding = kernels.Coding(
            widths=np.array([self.action_bits, self.observation_bits, self.reward_bits]),
            seen=_branches(seen),
            paid=_branches(paid),
            rewards=rewards,
        )

    @classmethod
    def offset(cls, interface: Interface, step: float | Fraction = 1) -> PerceptCodec:
        """The codec of the first implementations: a reward's number is (reward - least) / step.

        Tiger's rewards -100, -1 and 10 take 7 bits and not 2, so that sizes can be compared.

        Raises:
            ValueError: no reward levels, or one that is not a whole number of steps from the least.
        """
        levels = [Fraction(level) for level in interface.reward_levels or ()]
        steps = [(level - levels[0]) / Fraction(step) for level in levels]
        if any(each.denominator != 1 for each in steps):
            raise ValueError(
                f"step: got {step}, accepted is one that divides all differences of the rewards "
                f"{', '.join(map(str, levels))}"
            )
        return cls(interface, reward_codes=[int(each) for each in steps] or None)

    @property
    def percept_bits(self) -> int:
        """Bits of an observation and a reward."""
        return self.observation_bits + self.reward_bits

    @property
    def cycle_bits(self) -> int:
        """Bits of an action and a percept."""
        return self.action_bits + self.percept_bits

    def codes(self) -> Iterator[tuple[Percept, tuple[int, int]]]:
        """All percepts with the numbers of their observation and reward."""
        for seen, observation in self._observations.items():
            for paid, level in self._levels.items():
                yield Percept(observation, level), (seen, paid)

    def encode(self, percept: Percept | tuple[int, float | Fraction]) -> tuple[int, int]:
        """The numbers of a percept's observation and reward.

        Raises:
            ValueError, TypeError: it is not one of the interface's.
        """
        observation, reward = percept
        code = self._reward_codes.get(float(reward))
        if code is None:
            self.interface.checked_percept(observation, reward)
            raise ValueError(f"reward: got {reward}, which is not one of the reward levels")
        seen = integer("observation", observation, 0, self.interface.observations - 1)
        return self._observation_codes[seen], code

    def encode_first(self, observation: int) -> tuple[int, int]:
        """The numbers of an observation before any action, and of the reward 0 or of none."""
        seen = integer("observation", observation, 0, self.interface.observations - 1)
        return self._observation_codes[seen], self._reward_codes.get(0.0, 0)

    def decode(self, observation_code: int, reward_code: int) -> Percept:
        """The percept that two numbers stand for, with the interface's own reward level.

        Raises:
            ValueError: a number stands for nothing.
        """
        try:
            return Percept(self._observations[observation_code], self._levels[reward_code])
        except KeyError as error:
            raise ValueError(f"code: got {error.args[0]}, which stands for nothing") from None

    def __repr__(self) -> str:
        return (
            f"PerceptCodec({self.action_bits} bits of action, {self.observation_bits} of "
            f"observation, {self.reward_bits} of reward)"
        )


class ContextTreePredictor:
    """Predicts percepts by context-tree weighting of the history in bits.

    The probability of a percept is the product of those of its bits, given the actions. A bit
    that is known because no other percept begins like this has the probability 1 and is not
    learned, so the probabilities of the percepts that exist sum to 1.

    Args:
        interface: what is predicted.
        depth: bits of history before a percept, its action included, that are context.
        factored: every bit of a percept has its own tree; False for one tree for all.
        codec: how percepts become bits; `PerceptCodec(interface)` if None.
        undo_limit: how many bits of history can be taken back at least.

    Raises:
        TypeError, ValueError: as of `PerceptCodec` and `FactoredContextTree`.

    Example:
        >>> model = ContextTreePredictor(Interface(2, 2, reward_levels=(0, 1)), depth=8)
        >>> for action in [0, 1, 1, 0, 1] * 20:
        ...     model.update(action, Percept(0, action))
        >>> model.probabilities(1)[Percept(0, 1)] > 0.95
        True
    """

    def __init__(
        self,
        interface: Interface,
        depth: int,
        factored: bool = True,
        *,
        codec: PerceptCodec | None = None,
        undo_limit: int = 4096,
    ) -> None:
        self.interface = interface
        self.codec = codec or PerceptCodec(interface)
        width = max(self.codec.percept_bits, 1)
        self.trees = FactoredContextTree(width, depth, factored=factored, undo_limit=undo_limit)
        self._lengths: list[int] = []  # bits of every update

    @property
    def codelength(self) -> float:
        """The ideal codelength of the percepts learned, given the actions; in bits."""
        return self.trees.codelength

    @property
    def nbytes(self) -> int:
        """Memory of the trees and the history, in bytes."""
        return self.trees.nbytes

    def __repr__(self) -> str:
        return f"ContextTreePredictor({self.codec}: {self.trees})"

    def probabilities(self, action: int) -> Mapping[Percept, float]:
        """Percept -> its probability after `action`, for all percepts of the interface."""
        codec = self.codec
        joint = np.zeros((1 << codec.observation_bits, 1 << codec.reward_bits))
        code = self.interface.checked_action(action)
        kernels.probabilities(self.trees.arrays(codec.cycle_bits), codec.coding, code, joint)
        return {percept: float(joint[codes]) for percept, codes in codec.codes()}

    def update(self, action: int, percept: Percept) -> None:
        """Learn that `action` was answered by `percept`.

        Raises:
            ValueError, TypeError: either is not one of the interface's.
        """
        codec = self.codec
        code, codes = self.interface.checked_action(action), codec.encode(percept)
        trees = self.trees.arrays(codec.cycle_bits)
        kernels.act(trees, codec.coding, code)
        kernels.learn(trees, codec.coding, *codes)
        self._lengths.append(codec.cycle_bits)

    def begin(self, observation: int) -> None:
        """Append an observation that comes before the first action, as context alone."""
        codec = self.codec
        seen, paid = codec.encode_first(observation)
        trees = self.trees.arrays(codec.cycle_bits)
        kernels.observe(trees, codec.coding, seen, paid)
        self._lengths.append(codec.percept_bits)

    def condition(self, action: int, percept: Percept) -> None:
        """Append an action and its answer as context alone: the trees do not learn it."""
        codec = self.codec
        code, codes = self.interface.checked_action(action), codec.encode(percept)
        trees = self.trees.arrays(codec.cycle_bits)
        kernels.act(trees, codec.coding, code)
        kernels.observe(trees, codec.coding, *codes)
        self._lengths.append(codec.cycle_bits)

    def commit(self) -> None:
        """Forget how to undo what has been learned so far."""
        self.trees.commit()
        self._lengths.clear()

    def undo(self) -> None:
        """Take back the last `update`, `condition` or `begin`, bit for bit.

        Raises:
            ValueError: none is left, or `undo_limit` bits are not enough.
        """
        if not self._lengths:
            raise ValueError("undo: no update is left to take back")
        self.trees.undo(self._lengths[-1])
        self._lengths.pop()

    def sample(self, action: int, generator: np.random.Generator) -> Percept:
        """Draw a percept as `probabilities(action)` says; learns nothing."""
        codec = self.codec
        code = self.interface.checked_action(action)
        words = generator.integers(0, 2**64, 4, dtype=np.uint64)
        trees = self.trees.arrays(codec.cycle_bits)
        return codec.decode(*kernels.draw(trees, codec.coding, words, code))


def _checked_codes(argument: str, codes: Sequence[int] | None, count: int) -> tuple[int, ...]:
    """The codes as ints, or the first numbers if there are none."""
    if codes is None:
        codes = range(count)
    checked = tuple(integer(argument, code, 0, 2**MAX_BITS - 1) for code in codes)
    if len(checked) != count or len(set(checked)) != count:
        raise ValueError(f"{argument}: got {list(checked)}, accepted are {count} different ones")
    return checked


def _branches(codes: Sequence[int]) -> NDArray[np.uint8]:
    """For every prefix of a code with a leading 1: the next bit, or BOTH."""
    width = max(codes).bit_length()
    reached = np.zeros(2 << width, bool)
    reached[[code + (1 << width) for code in codes]] = True
    for level in reversed(range(width)):
        below = reached[2 << level : 4 << level]
        reached[1 << level : 2 << level] = below[::2] | below[1::2]
    table = np.zeros(1 << width, np.uint8)
    zero, one = reached[2::2], reached[3::2]
    table[1:] = np.where(zero & one, kernels.BOTH, one)
    return table
