"""The universal prior of a machine from below: m(x), the sum of 2^-|p| over programs that print x.

References:
    R. J. Solomonoff, A formal theory of inductive inference, Information and Control 7, 1964.
    L. A. Levin, Laws of information conservation (nongrowth) and aspects of the foundation of
        probability theory, Problems of Information Transmission 10(3), 1974: -log2 m(x) is K(x) up
        to a constant.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from complexity.figures import new_figure, save_figure
from complexity.files import save_json
from complexity.machines._decimals import decimal
from complexity.machines.counting import kraft_sum
from complexity.machines.levels import FUEL, ROOM, Level, Machine, Program, key_of, levels
from complexity.machines.lists import OutputLike, as_output
from complexity.machines.terms import Term
from complexity.provenance import commit, versions

__all__ = ["PriorEntry", "UniversalPrior", "universal_prior"]


@dataclass(frozen=True)
class PriorEntry:
    """An output and what is known of its probability.

    Attributes:
        output: the output.
        output_bits: the bit string that it is as a list, None if it is none.
        mass: the sum of 2^-size over the programs found to print it: a lower bound, exactly.
        programs: how many these are.
        shortest: the first of the shortest.
    """

    output: Term
    output_bits: str | None
    mass: Fraction
    programs: int
    shortest: Program

    @property
    def bits(self) -> float:
        """-log2 of the mass: an upper bound of -log2 m(x), in bits."""
        return math.log2(self.mass.denominator) - math.log2(self.mass.numerator)

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON values; the mass as text, exactly."""
        return {
            "output": self.output.bits,
            "output_text": str(self.output),
            "output_bits": self.output_bits,
            "mass": str(self.mass),
            "bits": self.bits,
            "programs": self.programs,
            "shortest": self.shortest.bits,
            "shortest_size": self.shortest.size,
        }


@dataclass(frozen=True, eq=False, repr=False)
class UniversalPrior:
    """The outputs of all programs to a size, with the sums of 2^-size of what prints them.

    Attributes:
        machine: "terms" or "prefix".
        size: bits of the largest programs.
        steps, max_size: beta steps and bits within which each was run.
        total: the sum of all masses: a lower bound of the halting probability, exactly.
        missing: at most so much is missing from any mass, and from all of them together: the weight
            of open and of larger programs. An upper bound.
        provenance: versions and commit.
    """

    machine: str
    size: int
    steps: int
    max_size: int
    total: Fraction
    missing: Fraction
    found: Mapping[bytes, tuple[int, int, Level, int]] = field(repr=False)
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        """How many outputs there are."""
        return len(self.found)

    def __repr__(self) -> str:
        return (
            f"UniversalPrior of {self.machine} to {self.size} bits: {len(self)} outputs, total at "
            f"least {decimal(self.total, 9)}, at most {decimal(self.missing, 9, up=True)} missing"
        )

    def mass(self, output: OutputLike) -> Fraction:
        """The lower bound of m(output), 0 for what no program was found to print.

        Raises:
            TypeError, ValueError: the output is no bit string and no closed term.
        """
        found = self.found.get(key_of(as_output("output", output)))
        return Fraction(found[0] if found else 0, 1 << self.size)

    def bounds(self, output: OutputLike) -> tuple[Fraction, Fraction]:
        """The bracket of m(output), both ends exact fractions.

        Raises:
            TypeError, ValueError: as `mass`.
        """
        lower = self.mass(output)
        return lower, lower + self.missing

    def top(self, count: int = 20, *, strings: bool = False) -> tuple[PriorEntry, ...]:
        """The outputs with the largest masses, ties by the shortest program.

        Args:
            count: how many at most.
            strings: whether to leave out what is no bit string.
        """
        entries: list[PriorEntry] = []
        order = sorted(self.found.values(), key=lambda each: (-each[0], each[2].size, each[3]))
        for mass, programs, level, place in order:
            if len(entries) >= count:
                break
            output = level.output(place)
            bits = output.list_bits
            if strings and bits is None:
                continue
            share = Fraction(mass, 1 << self.size)
            entries.append(PriorEntry(output, bits, share, programs, level.program(place)))
        return tuple(entries)

    def to_dict(self, count: int = 100, *, strings: bool = False) -> dict[str, Any]:
        """The first `count` outputs and all else as JSON values; fractions as text, exactly."""
        return {
            "machine": self.machine,
            "size": self.size,
            "steps": self.steps,
            "max_size": self.max_size,
            "outputs": len(self),
            "total": str(self.total),
            "total_lower_bound": float(self.total),
            "missing": str(self.missing),
            "missing_upper_bound": float(decimal(self.missing, 15, up=True)),
            "top": [entry.to_dict() for entry in self.top(count, strings=strings)],
            "provenance": dict(self.provenance),
        }

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write `to_dict()` as .json, whole or not at all.

        Raises:
            ValueError: the path ends otherwise.
            OSError: the folder is missing or cannot be written.
        """
        return save_json(path, self.to_dict())

    def plot(self, path: str | os.PathLike[str] | None = None, *, count: int = 300) -> Any:
        """-log2 of the mass against the size of the shortest program, for the first `count`.

        Args:
            path: where to save the figure (.png, .svg, .pdf); its suffix is the format.
            count: of outputs.

        Returns:
            The matplotlib Figure.
        """
        entries = self.top(count)
        figure = new_figure(figsize=(6, 4.2))
        axes = figure.add_subplot()
        for strings, label, colour in ((False, "other terms", "C0"), (True, "bit strings", "C3")):
            chosen = [entry for entry in entries if (entry.output_bits is not None) == strings]
            sizes = [entry.shortest.size for entry in chosen]
            axes.plot(sizes, [entry.bits for entry in chosen], "o", ms=4, color=colour, label=label)
        reach = [0, max((entry.shortest.size for entry in entries), default=1) + 1]
        axes.plot(reach, reach, "--", color="0.6", label="the shortest alone")
        axes.set_xlabel("shortest program found (bits)")
        axes.set_ylabel(r"$-\log_2$ of the mass found (bits)")
        axes.legend()
        return save_figure(figure, path)


def universal_prior(
    size: int = 20,
    *,
    machine: Machine = "terms",
    steps: int = FUEL,
    max_size: int = ROOM,
    progress: bool = True,
) -> UniversalPrior:
    r"""Run all programs of up to `size` bits and add up 2^-size by output.

    Every mass grows with `size`, `steps` and `max_size`, to m(x) as these go to infinity; along
    any sequence in which they do, this is dovetailing.

    Args:
        size, machine, steps, max_size, progress: as in `enumerate`.

    Raises:
        TypeError: a number is no integer.
        ValueError: a number is out of range, or the machine unknown.

    Example:
        >>> prior = universal_prior(16)
        >>> prior.mass(r"\x. x")  # 1/16 by itself, and longer programs
        Fraction(4311, 65536)
        >>> prior.mass("") == prior.mass(r"\x y. y")
        True
    """
    from complexity.machines import _kernels

    found: dict[bytes, tuple[int, int, Level, int]] = {}
    halted = ended = 0
    for level in levels(size, machine, steps, max_size, progress=progress):
        unit = 1 << (size - level.size)
        places = level.having(_kernels.HALTED).tolist()
        for place in places:
            key = level.key(place)
            mass, programs, first, where = found.get(key, (0, 0, level, place))
            found[key] = (mass + unit, programs + 1, first, where)
        halted += unit * len(places)
        never = level.having(_kernels.LOOPING).size + level.having(_kernels.VOID).size
        ended += unit * never
    total, never = Fraction(halted, 1 << size), Fraction(ended, 1 << size)
    made = {**versions("numba"), "commit": commit()}
    missing = kraft_sum()[1] - total - never
    return UniversalPrior(machine, size, steps, max_size, total, missing, found, made)
