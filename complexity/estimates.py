"""Estimates as rows beside codes: bits that no code stands behind, and that say so."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from complexity._spec import canonical_name
from complexity.code import Kind
from complexity.entropy.blocks import entropy_rate
from complexity.errors import integer
from complexity.lempel_ziv.lz76 import lz76

__all__ = ["EntropyRate", "PhraseRate"]


@dataclass(frozen=True)
class EntropyRate:
    """n times the plug-in entropy rate H(k) - H(k-1) of the symbols: the model's cost is left out.

    It goes to 0 for any object as blocks become too long for it (k > log n / log A), so it is no
    bound; `complexity.entropy_rate` says when.

    Args:
        k: block length, at least 1; 1 is the entropy of the symbols' frequencies.
    """

    k: int = 1
    kind: ClassVar[Kind] = Kind.ESTIMATE

    def __post_init__(self) -> None:
        integer("k", self.k, 1)

    @property
    def name(self) -> str:
        """The canonical spec."""
        return canonical_name("entropy", {"k": self.k}, {"k": 1})

    def bits(self, x: Any) -> float:
        """The estimate, in bits for the whole of `x`."""
        symbols = _sequence(x)
        return entropy_rate(symbols, self.k).value * len(symbols)


@dataclass(frozen=True)
class PhraseRate:
    """c log2 n for the c phrases of the exhaustive history of Lempel and Ziv (1976).

    Asymptotically n times the entropy rate of an ergodic source over a binary alphabet; for
    finite n too large by several per cent, for structured objects too small or too large.
    """

    name: ClassVar[str] = "lz76-rate"
    kind: ClassVar[Kind] = Kind.ESTIMATE

    def bits(self, x: Any) -> float:
        """The estimate, in bits for the whole of `x`."""
        symbols = _sequence(x)
        return lz76(symbols) * math.log2(max(len(symbols), 1))


def _sequence(x: Any) -> Any:
    return x.ravel() if isinstance(x, np.ndarray) else x
