"""The halting probability of a machine, between exact fractions.

Chaitin's Omega is the sum of 2^-|p| over the programs p that halt. Every program that halts raises
the lower bound; every one that is proved not to lowers the upper one, which starts from the weight
of all programs. Of Turing machines it is the share of those with n states that halt from a blank
tape.

References:
    G. J. Chaitin, A theory of program size formally identical to information theory, Journal of
        the ACM 22(3), 1975.
    C. S. Calude, M. J. Dinneen and C.-K. Shu, Computing a glimpse of randomness, Experimental
        Mathematics 11(3), 2002.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from complexity.errors import integer
from complexity.figures import new_figure, save_figure
from complexity.files import save_json
from complexity.machines._decimals import decimal
from complexity.machines.counting import kraft_sum
from complexity.machines.levels import FUEL, ROOM, Machine, levels
from complexity.provenance import commit, versions

__all__ = ["HaltingProbability", "halting_probability"]

_DECIDED_STATES = 4
"""Up to so many states all machines that halt do so within the busy beaver's steps, which are known
and are the default bound of `complexity.enumerate_machines`."""


@dataclass(frozen=True, repr=False)
class HaltingProbability:
    """Bounds of a halting probability.

    Attributes:
        machine: "terms", "prefix" or "turing".
        lower, upper: the bounds, exactly.
        brackets: (n, lower, upper) from programs to n bits, or of Turing machines with n states.
        total: an upper bound of the weight of all programs, less than 2^-100 above it; 1 for Turing
            machines.
        steps: beta steps within which programs were run; those of a Turing machine.
        max_size: bits within which programs were run, None for Turing machines.
        provenance: versions and commit.
    """

    machine: str
    lower: Fraction
    upper: Fraction
    brackets: tuple[tuple[int, Fraction, Fraction], ...]
    total: Fraction
    steps: int
    max_size: int | None
    provenance: Mapping[str, Any] = field(default_factory=dict, compare=False)

    @property
    def exact(self) -> bool:
        """Whether the bounds are one number."""
        return self.lower == self.upper

    def __repr__(self) -> str:
        if self.exact:
            return f"HaltingProbability of {self.machine}: {self.lower} = {float(self.lower):.9f}"
        return (
            f"HaltingProbability of {self.machine}: "
            f"from {decimal(self.lower, 9)} to {decimal(self.upper, 9, up=True)}"
        )

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON values; fractions as text, exactly."""
        return {
            "machine": self.machine,
            "lower": str(self.lower),
            "upper": str(self.upper),
            "lower_decimal": decimal(self.lower, 12),
            "upper_decimal": decimal(self.upper, 12, up=True),
            "exact": self.exact,
            "total_decimal": decimal(self.total, 12, up=True),
            "brackets": [[size, str(low), str(high)] for size, low, high in self.brackets],
            "steps": self.steps,
            "max_size": self.max_size,
            "provenance": dict(self.provenance),
        }

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write it as .json, whole or not at all.

        Raises:
            ValueError: the path ends otherwise.
            OSError: the folder is missing or cannot be written.
        """
        return save_json(path, self.to_dict())

    def plot(self, path: str | os.PathLike[str] | None = None) -> Any:
        """The bracket by the size of the programs.

        Args:
            path: where to save the figure (.png, .svg, .pdf); its suffix is the format.

        Returns:
            The matplotlib Figure.
        """
        figure = new_figure(figsize=(6.5, 4))
        axes = figure.add_subplot()
        sizes = [size for size, _, _ in self.brackets]
        lows, highs = ([float(row[end]) for row in self.brackets] for end in (1, 2))
        axes.fill_between(sizes, lows, highs, color="C0", alpha=0.2)
        axes.plot(sizes, highs, ".-", color="C1", label="upper bound")
        axes.plot(sizes, lows, ".-", color="C0", label="lower bound")
        axes.axhline(float(self.total), ls="--", color="0.6", label="all programs")
        axes.set_xlabel("states" if self.machine == "turing" else "programs to so many bits")
        axes.set_ylabel("halting probability")
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.legend()
        return save_figure(figure, path)


def halting_probability(
    size: int | None = None,
    *,
    states: int | None = None,
    machine: Machine = "terms",
    steps: int | None = None,
    max_size: int = ROOM,
    progress: bool = True,
) -> HaltingProbability:
    r"""Bound the halting probability by running all programs to a size, or all machines of a kind.

    Args:
        size: bits of the largest programs, 0 to 36, 24 by default.
        states: instead, of Turing machines with two symbols, 1 to 5 (`enumerate_machines`). Up to 4
            the share that halts is exact; 5 take minutes, and the upper bound is what is left by
            machines without a halt in their table.
        machine, max_size, progress: as in `enumerate`.
        steps: steps of a program at most, 1000 by default, or of a Turing machine, by default the
            busy beaver's to 4 states and 500 for 5.

    Raises:
        TypeError: a number is no integer.
        ValueError: a number is out of range, both a size and states are given, or the machine is
            unknown.

    Example:
        >>> halting_probability(20)
        HaltingProbability of terms: from 0.117847442 to 0.125998080
        >>> halting_probability(states=2).lower
        Fraction(761, 2500)
    """
    if states is not None:
        if size is not None:
            raise ValueError("size: got one and states too, accepted is one of them")
        return _of_turing_machines(states, steps, progress=progress)
    from complexity.machines import _kernels

    size = 24 if size is None else integer("size", size, 0)
    steps = FUEL if steps is None else steps
    total = kraft_sum()[1]
    lower, upper = Fraction(0), total
    brackets = []
    for level in levels(size, machine, steps, max_size, progress=progress):
        never = level.having(_kernels.LOOPING).size + level.having(_kernels.VOID).size
        lower += Fraction(level.having(_kernels.HALTED).size, 1 << level.size)
        upper -= Fraction(never, 1 << level.size)
        brackets.append((level.size, lower, upper))
    made = {**versions("numba"), "commit": commit()}
    return HaltingProbability(machine, lower, upper, tuple(brackets), total, steps, max_size, made)


def _of_turing_machines(states: int, bound: int | None, *, progress: bool) -> HaltingProbability:
    from complexity.coding_theorem.enumeration import STEP_BOUNDS, enumerate_machines

    states = integer("states", states, 1, 5)
    brackets, steps = [], 0
    for fewer in range(1, states + 1):
        table = enumerate_machines(fewer, step_bound=bound, progress=progress)
        steps = table.step_bound
        lower = Fraction(table.halting, 2 * table.machines)
        decided = fewer <= _DECIDED_STATES and steps >= STEP_BOUNDS[1][fewer - 1]
        # without a halt in its table, (4 n)^(2 n) of (4 n + 2)^(2 n), a machine never halts
        upper = lower if decided else 1 - Fraction(4 * fewer, 4 * fewer + 2) ** (2 * fewer)
        brackets.append((fewer, lower, upper))
    made = {**versions("numba"), "commit": commit()}
    _, lower, upper = brackets[-1]
    one = Fraction(1)
    return HaltingProbability("turing", lower, upper, tuple(brackets), one, steps, None, made)
