"""What a network's code says of labels given inputs, of weights, or of both: one record in bits.

A description of labels by a trained model is as long as model, data and headers together, and it is
worth no more than the *null codes* beside it, which know nothing of the inputs: the uniform code of
the labels, and their normalised maximum likelihood. A code of a big network on few data is longer
than those, and the report says so. Labels that were shuffled cannot be predicted: a code that
compresses them is wrong (`shuffled_labels` is that control).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from complexity.code import Kind
from mdl.description import plain
from mdl.discrete.codelengths import nml_bits
from mdl.discrete.letters import LettersLike, as_letters

__all__ = ["Report", "null_bits", "shuffled_labels"]


@dataclass(frozen=True)
class Report:
    """Bits of a description, split, beside those of the null codes.

    Attributes:
        name: of the code.
        kind: FILE (bytes that decode), IDEAL (Kraft holds) or BOUND.
        model_bits: of the weights, or what stands for them.
        data_bits: of the labels given the model; 0 where weights alone are described.
        header_bits: of everything else: architecture options, hyperparameters, checksums.
        parameters: number of weights, tied ones once.
        labels: number of labels, 0 for none.
        uniform_bits: of the labels under the uniform code; NaN if they are no classes.
        nml_bits: of the labels by normalised maximum likelihood; NaN if they are no classes.
        seconds: spent, NaN if not measured.
        details: what else was found: seeds, threads, initial bits, accuracies.

    Raises:
        ValueError: bits are NaN.
    """

    name: str
    kind: Kind
    model_bits: float
    data_bits: float = 0.0
    header_bits: float = 0.0
    parameters: int = 0
    labels: int = 0
    uniform_bits: float = math.nan
    nml_bits: float = math.nan
    seconds: float = math.nan
    details: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("model_bits", "data_bits", "header_bits"):
            if math.isnan(getattr(self, name)):
                raise ValueError(f"{name}: got NaN, accepted is a number of bits")

    @property
    def total_bits(self) -> float:
        """Model, data and header; 8 times the length of a file in bytes."""
        return self.model_bits + self.data_bits + self.header_bits

    @property
    def bits_per_parameter(self) -> float:
        """Model bits by the number of parameters; NaN without any."""
        return self.model_bits / self.parameters if self.parameters else math.nan

    @property
    def bits_per_label(self) -> float:
        """Total bits by the number of labels; NaN without any."""
        return self.total_bits / self.labels if self.labels else math.nan

    @property
    def ratio(self) -> float:
        """Total over the uniform code of the labels: below 1 is compression; NaN if that takes no
        bits, as without labels or for an alphabet of one."""
        return (
            self.total_bits / self.uniform_bits if self.labels and self.uniform_bits else math.nan
        )

    @property
    def regret_bits(self) -> float:
        """What the total exceeds the shorter null code by: negative is compression."""
        return self.total_bits - min(self.uniform_bits, self.nml_bits)

    @property
    def compresses(self) -> bool:
        """Whether the labels' null codes are longer than this; False if there are none."""
        return self.regret_bits < 0

    def __repr__(self) -> str:
        parts = f"model {self.model_bits:.1f} + data {self.data_bits:.1f}"
        if self.header_bits:
            parts += f" + header {self.header_bits:.1f}"
        text = f"Report({self.name!r}: {parts} = {self.total_bits:.1f} bits, {self.kind}"
        if self.parameters:
            text += f"; {self.bits_per_parameter:.3f} bits per parameter"
        if self.labels:
            text += f"; {self.bits_per_label:.3f} bits per label"
        if not math.isnan(self.uniform_bits):
            worth = "" if self.compresses else ": LONGER than the labels alone"
            text += f"; uniform {self.uniform_bits:.1f}, NML {self.nml_bits:.1f}{worth}"
        return text + ")"

    def to_dict(self) -> dict[str, Any]:
        """Fields and derived figures as JSON values; a number that is not finite is None."""
        names = (
            "model_bits", "data_bits", "header_bits", "total_bits", "parameters", "labels",
            "bits_per_parameter", "bits_per_label", "uniform_bits", "nml_bits", "ratio",
            "regret_bits", "seconds",
        )  # fmt: skip
        figures = {name: plain(getattr(self, name)) for name in names}
        return {
            "name": self.name,
            "kind": str(self.kind),
            **figures,
            "details": plain(self.details),
        }


def null_bits(labels: LettersLike, alphabet_size: int) -> dict[str, Any]:
    """The labels' null codes as keywords of `Report`: labels, uniform_bits, nml_bits.

    Args:
        labels: classes (n,), integers 0 to K - 1.
        alphabet_size: K, the number of classes that might have come.

    Raises:
        TypeError, ValueError: the labels are no such integers.

    Example:
        >>> null_bits([0, 1, 1, 0], 2)["uniform_bits"]
        4.0
    """
    letters = as_letters("labels", labels, alphabet_size)
    counts = np.bincount(letters, minlength=alphabet_size)
    return {
        "labels": int(letters.size),
        "uniform_bits": letters.size * math.log2(alphabet_size),
        "nml_bits": float(nml_bits(counts)),
    }


def shuffled_labels(labels: NDArray[Any], *, seed: int) -> NDArray[Any]:
    """The control: the same labels in a random order, which no input predicts."""
    return np.random.default_rng(seed).permutation(np.asarray(labels))
