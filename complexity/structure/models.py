"""A model of an object and its two parts in bits, and what a class of models has to offer."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np

__all__ = ["Model", "ModelClass", "checked_slack", "frontier"]


@dataclass(frozen=True)
class Model:
    """One explanation of an object, a set or a distribution, and what it costs.

    Attributes:
        family: name of the class it is of.
        description: the model in words.
        model_bits: length of the model's codeword, in bits; the object's length or shape is known.
        data_bits: log2 of the number of objects of that length in the set, or -log2 of the
            object's probability, in bits.
    """

    family: str
    description: str
    model_bits: float
    data_bits: float

    @property
    def total_bits(self) -> float:
        """Length of the two-part codeword, in bits."""
        return self.model_bits + self.data_bits

    def to_dict(self) -> dict[str, Any]:
        """All fields, and the total, as JSON values."""
        return asdict(self) | {"total_bits": self.total_bits}


@runtime_checkable
class ModelClass(Protocol):
    """A class of models with a code of its models.

    For every length (or shape) of an object the sum of 2^-model_bits over the models is at most 1,
    and so is every model's sum of 2^-data_bits over the objects: two-part codes obey Kraft.
    """

    @property
    def name(self) -> str:
        """What the class is called, its parameters included."""
        ...

    def models(self, x: Any) -> tuple[Model, ...]:
        """Models that explain `x`: for every number of model bits one with the least data bits."""
        ...


def frontier(models: Iterable[Model]) -> tuple[Model, ...]:
    """Those that no other beats in both parts, by growing model bits."""
    kept: list[Model] = []
    for model in sorted(models, key=lambda model: (model.model_bits, model.data_bits)):
        if not kept or model.data_bits < kept[-1].data_bits:
            kept.append(model)
    return tuple(kept)


def checked_slack(slack: float, argument: str = "slack") -> float:
    """A number of bits from 0.

    Raises:
        TypeError: it is no number.
        ValueError: it is negative or not finite.
    """
    if isinstance(slack, bool) or not isinstance(slack, int | float | np.number):
        raise TypeError(f"{argument}: got {slack!r}, accepted is a number of bits from 0")
    if not 0 <= slack < math.inf:
        raise ValueError(f"{argument}: got {slack}, accepted is a finite number of bits from 0")
    return float(slack)
