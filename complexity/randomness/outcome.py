"""What a test of randomness says: a statistic, a p-value, and what that p-value is worth."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from complexity.bitstrings import MAX_BITS, BitsLike, as_bits

__all__ = [
    "ASYMPTOTIC",
    "BOUND",
    "CONSTANTS",
    "Outcome",
    "Part",
    "bound_p",
    "chi_square",
    "chi_square_tail",
    "inapplicable",
    "normal_tails",
    "of_parts",
    "sequence",
]

ASYMPTOTIC, BOUND = "asymptotic", "bound"

CONSTANTS = ("exact", "published")
"""The null's probabilities and variances as they are, or as SP 800-22 and its program have them."""


@dataclass(frozen=True)
class Part:
    """One of the p-values of a test that has several.

    Attributes:
        label: which: a template, a state of the walk, a code, a direction.
        statistic: its statistic; of codes and bets, in bits.
        p: its p-value, not corrected for the others.
    """

    label: str
    statistic: float
    p: float


@dataclass(frozen=True)
class Outcome:
    """What one test says.

    Attributes:
        test: its name.
        statistic: its statistic, of the part with the least p if there are several; of the tests by
            description length, in bits. NaN where it does not apply.
        p: the p-value, from 0 (or too small for a double) to 1; of several parts the least one
            times their number (Bonferroni), but where `kind` is "bound". NaN where the test does
            not apply.
        kind: "asymptotic", the p-value of the statistic's limiting law; or "bound", never too
            small at any length: the probability of p <= t is at most t for fair coins.
        parameters: of the test, as it was run.
        parts: its p-values one by one, where it has several.
        reason: why it does not apply, "" where it does.
        counted: whether it counts among the tests that were made. One that the length of the
            sequence rules out does not; one that the bits rule out does.
        adjusted_p: p after Holm's correction for all tests of a battery, NaN outside of one.
    """

    test: str
    statistic: float
    p: float
    kind: str = ASYMPTOTIC
    parameters: Mapping[str, Any] = field(default_factory=dict)
    parts: tuple[Part, ...] = ()
    reason: str = ""
    counted: bool = True
    adjusted_p: float = math.nan

    @property
    def least(self) -> Part:
        """The part with the least p-value (of equals the greatest statistic); itself if alone."""
        if not self.parts:
            return Part(self.test, self.statistic, self.p)
        return min(self.parts, key=lambda part: (part.p, -part.statistic))

    def to_dict(self) -> dict[str, Any]:
        """All fields as JSON values; NaN is None."""
        plain = asdict(self) | {"parameters": dict(self.parameters)}
        plain["parts"] = [_plain(asdict(part)) for part in self.parts]
        return _plain(plain)


def _plain(fields: dict[str, Any]) -> dict[str, Any]:
    return {
        key: None if isinstance(value, float) and not math.isfinite(value) else value
        for key, value in fields.items()
    }


def of_parts(test: str, parts: Sequence[Part], parameters: Mapping[str, Any]) -> Outcome:
    """An outcome of several p-values: the least, times their number."""
    least = min(parts, key=lambda part: (part.p, -part.statistic))
    p = min(1.0, len(parts) * least.p)
    return Outcome(test, least.statistic, p, ASYMPTOTIC, parameters, tuple(parts))


def inapplicable(
    test: str, reason: str, parameters: Mapping[str, Any] | None = None, *, counted: bool
) -> Outcome:
    """An outcome without a p-value."""
    kind, nan = ASYMPTOTIC, math.nan
    return Outcome(test, nan, nan, kind, parameters or {}, reason=reason, counted=counted)


def sequence(argument: str, x: BitsLike | bytes | bytearray | memoryview) -> NDArray[np.uint8]:
    """The bits to be tested, (n,) of uint8, at least one; of bytes most significant bit first.

    Raises:
        TypeError: `x` is something else, such as floats.
        ValueError: it is empty, too long, has several dimensions, or holds other than 0 and 1.
    """
    if isinstance(x, bytes | bytearray | memoryview):
        octets = np.frombuffer(x, np.uint8)
        if 8 * octets.size > MAX_BITS:  # said before they take eight times the memory
            raise ValueError(
                f"{argument}: got {8 * octets.size} bits, accepted are at most {MAX_BITS}"
            )
        bits = np.unpackbits(octets)
    else:
        bits = x
    array = as_bits(argument, bits)
    if not array.size:
        raise ValueError(f"{argument}: got no bits, accepted is at least one")
    return array


def chi_square(observed: ArrayLike, expected: ArrayLike) -> float:
    """The sum of (observed - expected)^2 / expected."""
    wanted = np.asarray(expected, np.float64)
    return float(((np.asarray(observed) - wanted) ** 2 / wanted).sum())


def chi_square_tail(statistic: float, degrees: int) -> float:
    """The probability that a chi-square variable of so many degrees of freedom is as great."""
    from scipy.special import gammaincc

    return float(gammaincc(degrees / 2, statistic / 2))


def normal_tails(z: float) -> float:
    """The probability that a standard normal variable is as far from 0."""
    return math.erfc(abs(z) / math.sqrt(2))


def bound_p(bits: float) -> float:
    """2^-bits, at most 1: what a martingale of that log2, or a code that saves as much, leaves."""
    return 2.0 ** -max(bits, 0.0)
