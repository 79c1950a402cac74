"""Finite automata as models: the strings of a length that a small automaton accepts.

The code of a model is the number of its states, uniform on 1..`max_states`, then its number among
the minimal deterministic automata over 0 and 1 with so many states: 2, 24, 1028 and 56014 of them.
The search is exhaustive. Where a single string is left, the automaton describes it without data:
the least such number of states is Shallit and Wang's automatic complexity.

References:
    M. Domaratzki, D. Kisman and J. Shallit, On the number of distinct languages accepted by finite
        automata with n states, J. Autom. Lang. Comb. 7, 2002: how many are minimal.
    J. Shallit and M.-W. Wang, Automatic complexity of strings, J. Autom. Lang. Comb. 6, 2001.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from numpy.typing import NDArray

from complexity.bitstrings import BitsLike, as_bits
from complexity.errors import integer
from complexity.structure import _kernels as kernels
from complexity.structure.models import Model

__all__ = ["MAX_ACCEPTED", "MAX_STATES", "Automata"]

MAX_STATES = 4
"""The most states: all 4^8 tables with all 16 sets of accepting states are tried."""
MAX_ACCEPTED = 62
"""The longest string, in bits: accepted strings are counted in 64-bit integers."""


@dataclass(frozen=True)
class Automata:
    """The strings of the same length that an automaton accepts, for strings of at most 62 bits.

    Args:
        max_states: most states, 1 to 4.

    Raises:
        TypeError: it is no integer.
        ValueError: it is out of range.
    """

    max_states: int = 4

    def __post_init__(self) -> None:
        integer("max_states", self.max_states, 1, MAX_STATES)

    @property
    def name(self) -> str:
        """The class by name."""
        return f"automata to {self.max_states} states"

    def models(self, x: BitsLike) -> tuple[Model, ...]:
        """For every number of states one that accepts `x` and as few others as possible.

        Raises:
            TypeError: `x` is no bit string.
            ValueError: it holds other than 0 and 1, or more than 62 bits.
        """
        data = as_bits("x", x, limit=MAX_ACCEPTED)
        found = []
        for states in range(1, self.max_states + 1):
            tables, minimal, known = _minimal_automata(states)
            index, accepting, strings = kernels.smallest_language(
                tables, minimal, _ways(states, data.size), data
            )
            if index < 0:
                continue
            bits = math.log2(self.max_states) + math.log2(known)
            words = _words(tables[index].tolist(), int(accepting))
            found.append(Model(self.name, words, bits, math.log2(strings)))
        return tuple(found)


@lru_cache(maxsize=MAX_STATES)
def _minimal_automata(states: int) -> tuple[NDArray[Any], NDArray[Any], int]:
    """Tables, which sets of accepting states make each minimal, and how many are."""
    tables = kernels.canonical_tables(states)
    minimal = kernels.minimal_sets(tables)
    return tables, minimal, int(minimal.sum())


@lru_cache(maxsize=64)
def _ways(states: int, length: int) -> NDArray[Any]:
    return kernels.ways(_minimal_automata(states)[0], length)


def _words(table: list[list[int]], accepting: int) -> str:
    rows = " ".join(f"{zero}{one}" for zero, one in table)
    ends = ",".join(str(state) for state in range(len(table)) if accepting >> state & 1)
    return f"automaton {rows}, accepting {ends}"
