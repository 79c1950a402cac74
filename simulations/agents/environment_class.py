"""Classes of environments with description lengths: what the universal measure sums over.

References:
    S. Legg, Machine Super Intelligence, 2008, section 4.1: environments weigh 2^-K(mu).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from complexity.code import Kind, codes, get_code
from complexity.errors import integer
from simulations.agents.model import Model
from simulations.system import generator

__all__ = ["EnvClass", "Environment", "EnvironmentClass", "Member", "bits_by_code"]

Environment = Model | Callable[[], Any]
"""A Model, or a function that makes a Gymnasium environment."""


@dataclass(frozen=True)
class Member:
    """An environment of a class.

    Attributes:
        name: of the environment.
        bits: the length of its description.
        environment: a Model, or a function that makes a Gymnasium environment (see `adapt`).
    """

    name: str
    bits: float
    environment: Environment

    @property
    def weight(self) -> float:
        """2^-bits; 0 where that is below the smallest double."""
        return 2.0**-self.bits


@runtime_checkable
class EnvironmentClass(Protocol):
    """A class that can be drawn from, finite or not.

    Attributes:
        kraft_sum: the sum of all weights 2^-bits, at most 1.
    """

    @property
    def kraft_sum(self) -> float:
        """The sum of all weights."""
        ...

    def sample(self, n: int, seed: int) -> Sequence[Member]:
        """n members, each drawn with the probability weight / kraft_sum."""
        ...


class EnvClass:
    """A finite class of environments with description lengths.

    Args:
        members: pairs of a Model, or a function that makes a Gymnasium environment, and bits.
        name: of the class.

    Raises:
        TypeError: an environment is neither.
        ValueError: no members, a negative length, or lengths that no prefix code has.

    Example:
        >>> from simulations.agents import thesis
        >>> known = EnvClass([(thesis.get("two-coins"), 1), (thesis.get("ring"), 2)])
        >>> known
        EnvClass('class': 2 environments, Kraft sum 0.75)
        >>> [member.name for member in known.enumerate(max_bits=1)]
        ['two-coins']
    """

    def __init__(
        self, members: Iterable[tuple[Environment, float]], *, name: str = "class"
    ) -> None:
        self.name = name
        self.members = tuple(
            sorted((_member(*pair) for pair in members), key=lambda member: member.bits)
        )
        if not self.members:
            raise ValueError("members: got none, accepted are one or more environments with bits")
        if self.kraft_sum > 1 + 1e-12:
            raise ValueError(
                f"bits: Kraft's sum is {self.kraft_sum:.12g}, accepted is at most 1; no prefix "
                "code has such lengths"
            )

    def __repr__(self) -> str:
        count = len(self.members)
        return f"EnvClass({self.name!r}: {count} environments, Kraft sum {self.kraft_sum:.6g})"

    def __len__(self) -> int:
        return len(self.members)

    def __iter__(self) -> Iterator[Member]:
        return iter(self.members)

    @cached_property
    def weights(self) -> npt.NDArray[np.float64]:
        """(members,) 2^-bits, in the order of the members, which is that of their lengths."""
        return np.array([member.weight for member in self.members])

    @cached_property
    def kraft_sum(self) -> float:
        """The sum of the weights."""
        return math.fsum(self.weights)

    def enumerate(self, max_bits: float = math.inf) -> Iterator[Member]:
        """The members of at most `max_bits`, the shortest descriptions first."""
        return (member for member in self.members if member.bits <= max_bits)

    def sample(self, n: int, seed: int) -> list[Member]:
        """n members, drawn with probabilities in proportion to their weights.

        Raises:
            ValueError: n below 0, or all weights are below the smallest double (`normalised`).
        """
        if not self.kraft_sum:
            raise ValueError("bits: all weights are below the smallest double; use normalised()")
        chances = self.weights / self.weights.sum()
        drawn = generator(seed, (0,)).choice(len(self.members), integer("n", n, 0), p=chances)
        return [self.members[i] for i in drawn]

    def normalised(self) -> EnvClass:
        """The class with the Kraft sum 1: all lengths shorter by one constant.

        That is the length of a description to one who knows the class; compressed texts of
        environments, hundreds of bits each, need it.
        """
        shortest = self.members[0].bits
        excess = math.fsum(2.0 ** (shortest - member.bits) for member in self.members)
        left = math.log2(excess)
        return EnvClass(
            [(member.environment, member.bits - shortest + left) for member in self.members],
            name=self.name,
        )


def _member(environment: Environment, bits: float) -> Member:
    if not bits >= 0 or math.isinf(bits):
        raise ValueError(f"bits: got {bits}, accepted is a finite length from 0 on")
    if isinstance(environment, Model):
        return Member(environment.name, float(bits), environment)
    if not callable(environment):
        raise TypeError(
            f"members: got {environment!r}, accepted is a Model or a function that makes a "
            "Gymnasium environment"
        )
    name = getattr(environment, "name", getattr(environment, "__name__", repr(environment)))
    return Member(str(name), float(bits), environment)


def bits_by_code(description: str, code: str = "xz") -> float:
    """The length of a text that describes an environment, such as `EnvSpec.to_json()`, in bits.

    Codewords of the toolkit's codes are prefix-free, their lengths obey Kraft's inequality and
    can be taken as they are; `EnvClass.normalised` takes away what all have in common.

    Args:
        description: the text; what makes the environment from it is not counted.
        code: the spec of a code of texts or of bytes (the text's UTF-8).

    Raises:
        TypeError: the description is no text.
        ValueError: an unknown code, one of another domain, or an estimate, which is no code.
    """
    name = code.partition("(")[0].partition(":")[0].strip()
    entry = codes().get(name)
    if entry is not None and (entry.kind is Kind.ESTIMATE or entry.domain not in ("text", "bytes")):
        raise ValueError(f"code: got {code!r}, accepted is a code of texts or bytes")
    wrapped = code if entry is None or entry.domain == "text" else f"text({code})"
    return float(get_code(wrapped).bits(description))
