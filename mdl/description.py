"""What a model class says of data: the one record that every part of `mdl` gives and compares.

A *candidate* is a model class with a universal code for it. It describes data in total bits, split
so that versions of one class are comparable rows:

==============  ================================  ===========================================
version         model_bits                        data_bits
==============  ================================  ===========================================
"two-part"      L(H): structure and parameters    L(D|H), with the parameters as they are sent
"nml"           parametric complexity             -log2 of the maximised likelihood
"bayes"         regret                            -log2 of the maximised likelihood
"prequential"   regret                            -log2 of the maximised likelihood
==============  ================================  ===========================================

In the one-part versions nothing is sent before the data; what the class costs is its regret, and
the split shows it. A structure that is chosen (an order, a tree, a partition) is always paid for in
`model_bits`.

References:
    P. Grünwald, A tutorial introduction to the minimum description length principle, in: Advances
        in Minimum Description Length, MIT Press 2005 (arXiv math/0406077), sections 2.4-2.6.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

import numpy as np

from complexity.code import Kind

__all__ = ["Candidate", "Description", "Predictive", "plain"]


@dataclass(frozen=True)
class Description:
    """Codelength of data under one candidate, in bits.

    Bits of real-valued data are those at resolution 1, -log2 of the density: they may be negative,
    and data recorded to a precision of d take n log2(1/d) more under every candidate alike.

    Attributes:
        name: of the candidate.
        version: which universal code: "two-part", "nml", "bayes", "prequential", or a finer name.
        n: number of observations.
        model_bits: what the model costs (see the module).
        data_bits: the rest.
        best_fit_bits: -log2 of the maximised likelihood in the class (of the chosen structure).
        parameters: number of free real parameters, for BIC and AIC.
        kind: what the total is worth.
        fit: what was found: estimates, structure.
    """

    name: str
    version: str
    n: int
    model_bits: float
    data_bits: float
    best_fit_bits: float
    parameters: int
    kind: Kind = Kind.IDEAL
    fit: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("model_bits", "data_bits", "best_fit_bits"):
            if math.isnan(getattr(self, name)):
                raise ValueError(f"{name}: got NaN, accepted is a number of bits")

    @property
    def total_bits(self) -> float:
        """Bits in all: the stochastic complexity of the data where the version is "nml"."""
        return self.model_bits + self.data_bits

    @property
    def regret_bits(self) -> float:
        """What the total exceeds the best fit in hindsight by."""
        return self.total_bits - self.best_fit_bits

    @property
    def bic_bits(self) -> float:
        """The Bayesian information criterion as bits: -log2 ML + (k/2) log2 n (Schwarz 1978)."""
        return self.best_fit_bits + self.parameters / 2 * math.log2(max(self.n, 1))

    @property
    def aic_bits(self) -> float:
        """Akaike's criterion (1974) halved, as bits: -log2 ML + k log2 e."""
        return self.best_fit_bits + self.parameters * math.log2(math.e)

    def to_dict(self) -> dict[str, Any]:
        """Fields and derived bits as JSON values; an infinite number is None."""
        numbers = ("model_bits", "data_bits", "total_bits", "best_fit_bits", "regret_bits")
        return {
            "name": self.name,
            "version": self.version,
            "n": self.n,
            **{name: plain(getattr(self, name)) for name in numbers},
            "bic_bits": plain(self.bic_bits),
            "aic_bits": plain(self.aic_bits),
            "parameters": self.parameters,
            "kind": str(self.kind),
            "fit": {name: plain(value) for name, value in self.fit.items()},
        }


@runtime_checkable
class Candidate(Protocol):
    """A model class with a universal code."""

    @property
    def name(self) -> str:
        """What tables call it; one name in a selection."""
        ...

    def describe(self, data: Any) -> Description:
        """The codelength of `data`.

        Raises:
            TypeError, ValueError: `data` is not of the class's domain.
        """
        ...


@runtime_checkable
class Predictive(Candidate, Protocol):
    """A candidate that can be cross-validated."""

    @property
    def exchangeable(self) -> bool:
        """Whether the order of the observations does not matter: folds are then drawn at random,
        else every block is predicted from those before it."""
        ...

    def heldout_bits(self, train: Any, test: Any) -> float:
        """-log2 likelihood of `test` under what was fitted to `train`."""
        ...


def plain(value: Any) -> Any:
    """A value as JSON values: arrays as lists, a number that is not finite as None."""
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if isinstance(value, str | int | bool | None) else repr(value)
