"""The codes of `mdl.experts.mixtures`, of tables: what every expert said of every symbol.

A table (E, n) holds the probability that each expert gave the symbol that came. A million symbols
take a second or so for ten experts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from complexity.errors import as_array
from mdl.discrete.letters import LettersLike, as_letters
from mdl.experts.geometric import checked_rate
from mdl.experts.mixtures import checked_prior, share_of

__all__ = ["ExpertCode", "bayes_mixture", "fixed_share", "geometric_mixture", "switch"]

_SUM_TOLERANCE = 1e-9


@dataclass(frozen=True)
class ExpertCode:
    """Codelengths of n symbols under a combination of E experts.

    Attributes:
        name: of the combination.
        bits: of every symbol, (n,) float64.
        expert_bits: of all symbols by each expert alone, (E,) float64; infinite for one that gave a
            probability 0.
        weights: after the last symbol, (E,) float64: probabilities, or exponents of "geometric".
    """

    name: str
    bits: NDArray[np.float64]
    expert_bits: NDArray[np.float64]
    weights: NDArray[np.float64]

    @property
    def total_bits(self) -> float:
        """Bits of all symbols; 0 for none."""
        return float(self.bits.sum())

    @property
    def regret_bits(self) -> float:
        """What the total exceeds that of the best expert in hindsight by; may be negative."""
        return self.total_bits - float(self.expert_bits.min())

    def __repr__(self) -> str:
        return (
            f"ExpertCode({self.name!r}: {self.bits.size} symbols in {self.total_bits:.3f} bits, "
            f"{self.regret_bits:.3f} above the best of {self.expert_bits.size} experts)"
        )

    def to_dict(self) -> dict[str, Any]:
        """Totals and weights as JSON values; infinite bits are None."""
        alone = [bits if np.isfinite(bits) else None for bits in self.expert_bits.tolist()]
        return {
            "name": self.name,
            "n": self.bits.size,
            "total_bits": self.total_bits,
            "expert_bits": alone,
            "weights": self.weights.tolist(),
        }


def bayes_mixture(
    table: NDArray[Any] | Sequence[Sequence[float]],
    *,
    prior: Sequence[float] | NDArray[Any] | None = None,
) -> ExpertCode:
    """The Bayes mixture of the experts, as `BayesMixture`.

    Args:
        table: (E, n), probabilities of the symbols that came.
        prior: weights of the experts, (E,), of sum 1; None for even ones.

    Raises:
        TypeError: the table holds no numbers.
        ValueError: it holds others than probabilities, has no expert, or the mixture gives a symbol
            the probability 0.

    Example:
        >>> bayes_mixture([[0.5, 0.5], [0.25, 1.0]]).total_bits == 2.0
        True
    """
    return _linear("bayes", _as_table(table), prior, 0.0, decreasing=False)


def fixed_share(table: NDArray[Any] | Sequence[Sequence[float]], rate: float) -> ExpertCode:
    """Tracking the best expert, as `FixedShare`.

    Args:
        table: (E, n), probabilities of the symbols that came.
        rate: the share given to the other experts after every symbol, 0 to (E - 1) / E.

    Raises:
        TypeError: the table or the rate is no number.
        ValueError: as `bayes_mixture`, or the rate is out of range.
    """
    chances = _as_table(table)
    share = share_of(rate, chances.shape[0])
    return _linear("fixed-share", chances, None, share, decreasing=False)


def switch(table: NDArray[Any] | Sequence[Sequence[float]]) -> ExpertCode:
    """The switch distribution, as `Switch`.

    Args:
        table: (E, n), probabilities of the symbols that came.

    Raises:
        TypeError: the table holds no numbers.
        ValueError: as `bayes_mixture`.
    """
    return _linear("switch", _as_table(table), None, 0.0, decreasing=True)


def geometric_mixture(
    table: NDArray[Any], symbols: LettersLike, *, rate: float = 0.02
) -> ExpertCode:
    """Geometric mixing, as `GeometricMixture`.

    Args:
        table: (E, n, K), the experts' probabilities of every symbol that might have come.
        symbols: those that came, (n,), integers 0 to K - 1.
        rate: of learning, from 0 to a million.

    Raises:
        TypeError: the table holds no numbers, or the symbols no integers.
        ValueError: a probability is not positive, those of a prediction have another sum than 1,
            the shapes do not fit, or the rate is out of range.
    """
    from mdl.experts import _kernels as kernels

    chances = _as_table(table, dimensions=3)
    letters = as_letters("symbols", symbols, chances.shape[2])
    if letters.size != chances.shape[1]:
        raise ValueError(f"symbols: got {letters.size}, accepted are {chances.shape[1]}")
    if not np.all(chances > 0):
        raise ValueError("table: got a probability 0, accepted are positive ones")
    if np.any(np.abs(chances.sum(2) - 1) > _SUM_TOLERANCE):
        raise ValueError("table: got another sum than 1 along the last axis, accepted is 1")
    experts, n = chances.shape[:2]
    bits, weights, logs = np.zeros(n), np.full(experts, 1 / experts), np.log(chances)
    kernels.geometric(logs, letters, checked_rate(rate), bits, weights)
    alone = -np.log2(chances[:, np.arange(n), letters]).sum(1)
    return ExpertCode("geometric", bits, alone, weights)


def _linear(
    name: str, table: NDArray[np.float64], prior: Any, share: float, *, decreasing: bool
) -> ExpertCode:
    from mdl.experts import _kernels as kernels

    experts, n = table.shape
    bits, logs = np.zeros(n), np.zeros(experts)
    end = kernels.forward(table, checked_prior(prior, experts), share, decreasing, bits, logs)
    if end < n:
        raise ValueError(
            f"table: got the probability 0 for the symbol at {end} from every expert, accepted is "
            "one above 0 from some"
        )
    with np.errstate(divide="ignore"):
        alone = -np.log2(table).sum(1)
    return ExpertCode(name, bits, alone + 0.0, np.exp2(logs))


def _as_table(table: Any, *, dimensions: int = 2) -> NDArray[np.float64]:
    shape = "(experts, n)" if dimensions == 2 else "(experts, n, K)"
    array = as_array("table", table, f"accepted is {shape}")
    if array.dtype.kind not in "biuf":
        raise TypeError(f"table: got items of type {array.dtype}, accepted are probabilities")
    if array.ndim != dimensions or not array.shape[0]:
        raise ValueError(f"table: got an array of shape {array.shape}, accepted is {shape}")
    if not np.all((array >= 0) & (array <= 1)):
        raise ValueError("table: accepted are probabilities from 0 to 1, none of them NaN")
    return np.ascontiguousarray(array, np.float64)
