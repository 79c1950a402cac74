"""Normal distributions with unknown mean, unknown scale, or both.

With mean and scale unknown the parametric complexity is that of a range of both,

    C = length of the means * integral over scales s of sqrt(n / (2 pi)) / s * 2 A / s ds,
    A = (n / 2)^((n - 1) / 2) e^(-n / 2) / Gamma((n - 1) / 2),

the densities of the sample mean and of the sample variance at their own maxima. Over all means and
scales it is infinite.

References:
    J. Rissanen, MDL denoising, IEEE Trans. Inf. Theory 46(7), 2000, section II.
    P. Grünwald, The Minimum Description Length Principle, MIT Press 2007, chapter 11: restricted
        complexities and meta-universal codes.
    S. de Rooij and P. Grünwald, An empirical study of minimum description length model selection
        with infinite parametric complexity, J. Math. Psychology 50(2), 2006: the remedies compared.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from complexity.errors import integer
from mdl.families import _octaves as octaves
from mdl.families._family import (
    Family,
    as_real,
    as_reals,
    as_scale,
    check_inside,
    checked_range,
)

__all__ = ["Gaussian", "gaussian_complexity"]

_LOG2_E = math.log2(math.e)


def gaussian_complexity(
    n: int,
    *,
    mean_range: tuple[float, float] | None = None,
    scale_range: tuple[float, float] | None = None,
    scale: float | None = None,
) -> float:
    """Parametric complexity, in bits, of n Gaussian observations whose fit is in a range.

    Args:
        n: observations: at least 1, or 2 if mean and scale are both unknown.
        mean_range: of the fitted mean; None if the mean is known.
        scale_range: of the fitted standard deviation (with divisor n); None if it is known.
        scale: the known standard deviation, wanted with `mean_range` alone.

    Returns:
        log2 of the integral of the maximised likelihood over the samples whose fit is in the range.

    Raises:
        TypeError: an argument is not of its type.
        ValueError: it is out of range, or `scale` is missing or too much.
    """
    integer("n", n, 1 if mean_range is None or scale_range is None else 2)
    if (scale is not None) != (mean_range is not None and scale_range is None):
        raise ValueError(f"scale: got {scale}, wanted with a mean_range and no scale_range alone")
    length = None
    if mean_range is not None:
        low, high = checked_range("mean_range", mean_range)
        length = math.log2(high - low)
    if scale_range is not None:
        low, high = checked_range("scale_range", scale_range)
        scale_range = as_scale("scale_range", low), as_scale("scale_range", high)
    return _complexity(n, length, scale_range, scale)


def _complexity(
    n: int,
    length: float | None,
    scales: tuple[float, float] | None,
    scale: float | None,
) -> float:
    """`gaussian_complexity` with log2 of the total length of the allowed means."""
    bits = 0.0
    if length is not None:
        bits += length + 0.5 * math.log2(n / (2 * math.pi))
    if scales is None:
        return bits - (math.log2(scale) if length is not None and scale else 0.0)
    low, high = scales
    freedom = n - (length is not None)
    half = freedom / 2
    # 2 A / s is the density of the sample's scale at itself
    bits += (half * math.log(n / 2) - n / 2 - math.lgamma(half)) * _LOG2_E + 1
    if length is None:
        return bits + math.log2(math.log(high / low))  # the integral of 1 / s
    return bits - math.log2(low) + math.log2(-math.expm1(math.log(low / high)))  # and of 1 / s^2


@dataclass(frozen=True)
class Gaussian(Family):
    """The normal family; mean and standard deviation are unknown unless given.

    "nml" without ranges: the octave of the fitted scale, the shell of the fitted mean in units of
    it (Elias gamma codes), then the NML restricted to them. "bayes": observations up to the first
    that differs from the first (one, if the scale or the mean is known) by the Cauchy density, the
    rest by the posterior of the prior 1 / scale (flat if the scale is known). "prequential": the
    same start, then normal densities with the mean so far and the scale so far (divisor i - 1).
    "two-part": ln scale to sqrt(6 / n), the mean to sqrt(12 / n) scales, which are the best widths;
    indices by Elias gamma codes.

    n = 0 takes no bits. n = 1 is refused unless a parameter is given, and so is a sample that the
    family fits with scale 0: its density is unbounded.

    Args:
        mean: the known mean, None if unknown.
        scale: the known standard deviation, None if unknown.
        version: "nml", "bayes", "prequential" or "two-part".
        mean_range: stated range (low, high) of the fitted mean, for "nml".
        scale_range: stated range of the fitted standard deviation, for "nml".
        precision: the data are recorded to this precision: n log2(1 / precision) bits more.

    Raises:
        TypeError, ValueError: a parameter is not of its type or out of range.

    Example:
        >>> Gaussian().describe([0.1, 1.2, -0.4, 0.7]).parameters
        2
    """

    versions: ClassVar[tuple[str, ...]] = ("nml", "bayes", "prequential", "two-part")
    mean: float | None = None
    scale: float | None = None
    version: str = "nml"
    mean_range: tuple[float, float] | None = None
    scale_range: tuple[float, float] | None = None
    precision: float = 1.0

    def __post_init__(self) -> None:
        self._checked_version()
        as_scale("precision", self.precision)
        if self.scale is not None:
            as_scale("scale", self.scale)
        if self.mean is not None:
            as_real("mean", self.mean)
        for name in ("mean", "scale"):
            bounds = getattr(self, f"{name}_range")
            if bounds is None:
                continue
            ends = checked_range(f"{name}_range", bounds)
            for end in ends if name == "scale" else ():
                as_scale("scale_range", end)
            if self.version != "nml" or getattr(self, name) is not None:
                raise ValueError(f"{name}_range: is for version 'nml' and an unknown {name}")

    def _called(self) -> str:
        known = [
            f"{name} {value:g}"
            for name, value in (("mean", self.mean), ("scale", self.scale))
            if value is not None
        ]
        return ", ".join(["gaussian", *known])

    def _parameters(self) -> int:
        return (self.mean is None) + (self.scale is None)

    def _sample(self, argument: str, data: ArrayLike) -> NDArray[np.float64]:
        return as_reals(argument, data)

    def _check(self, sample: NDArray[np.float64]) -> None:
        mean, scale = self._fit(sample)
        # the differences must be more than the rounding of the mean
        least = 1e-100 + 4 * np.finfo(float).eps * float(np.abs(sample).max())
        if self.scale is None and scale <= least:
            raise ValueError(
                f"data: {sample.size} observations fitted with scale 0, where the density is "
                "unbounded; accepted are observations that differ, or a known scale"
            )
        if self.mean_range is not None:
            check_inside("mean_range", "the mean", mean, self.mean_range)
        if self.scale_range is not None:
            check_inside("scale_range", "the scale", scale, self.scale_range)

    def _fit(self, sample: NDArray[np.float64]) -> tuple[float, float]:
        mean = float(sample.mean()) if self.mean is None else self.mean
        if self.scale is not None:
            return mean, self.scale
        return mean, math.sqrt(float(np.mean((sample - mean) ** 2)))

    def _fitted(self, sample: NDArray[np.float64]) -> Mapping[str, float]:
        return dict(zip(("mean", "scale"), self._fit(sample), strict=True))

    def _grid_bits(self, n: int) -> float:
        return -n * math.log2(self.precision)

    def _best_bits(self, sample: NDArray[np.float64]) -> float:
        return _normal_bits(sample, *self._fit(sample))

    def _complexity_bits(self, sample: NDArray[np.float64]) -> float:
        mean, scale = self._fit(sample)
        bits, scales, length = 0.0, self.scale_range, None
        unit = octaves.octave(scale)
        if self.scale is None and scales is None:
            bits += octaves.signed_bits(unit)
            scales = math.ldexp(1, unit), math.ldexp(1, unit + 1)
        if self.mean_range is not None:
            length = math.log2(self.mean_range[1] - self.mean_range[0])
        elif self.mean is None:
            if self.scale_range is not None:
                unit = octaves.octave(self.scale_range[0])
            shell, length = octaves.shell_bits(mean, unit)
            bits += shell
        return bits + _complexity(sample.size, length, scales, self.scale)

    def _start(self, sample: NDArray[np.float64]) -> int:
        """How many observations are described before the family can predict."""
        if self.scale is not None:
            return int(self.mean is None)
        first = sample[0] if self.mean is None else self.mean
        return int(np.flatnonzero(sample != first)[0]) + 1

    def _bayes_bits(self, sample: NDArray[np.float64]) -> float:
        start = self._start(sample)
        bits = octaves.cauchy_bits(sample[:start])
        return bits + self._marginal(sample) - self._marginal(sample[:start])

    def _marginal(self, sample: NDArray[np.float64]) -> float:
        """-log2 of the integral of the likelihood under the improper prior, without constants."""
        n = sample.size
        if n == 0:
            return 0.0
        squares = float(np.sum((sample - self._fit(sample)[0]) ** 2))
        free = n - (self.mean is None)
        bits = 0.5 * math.log2(n) if self.mean is None else 0.0
        if self.scale is None:
            bits -= math.lgamma(free / 2) * _LOG2_E
            return bits + free / 2 * (math.log2(math.pi) + math.log2(squares))
        bits += free / 2 * math.log2(2 * math.pi * self.scale**2)
        return bits + squares / (2 * self.scale**2) * _LOG2_E

    def _prequential_bits(self, sample: NDArray[np.float64]) -> float:
        start = self._start(sample)
        bits = octaves.cauchy_bits(sample[:start])
        means, scales = self._so_far(sample)
        if start == 0:
            means, scales = np.append(0.0, means), np.append(0.0, scales)
        later = slice(max(start - 1, 0), -1)
        means, scales = means[later], scales[later]
        if self.mean is not None:
            means = np.full(means.size, self.mean)
        if self.scale is not None:
            scales = np.full(scales.size, self.scale)
        return bits + _normal_bits(sample[start:], means, scales)

    def _so_far(self, sample: NDArray[np.float64]) -> tuple[NDArray[Any], NDArray[Any]]:
        """The mean and the scale that predict, (n,), after every observation; nothing cancels."""
        count = np.arange(1, sample.size + 1)
        if self.mean is not None:
            return count * 0.0, np.sqrt(np.cumsum((sample - self.mean) ** 2) / count)
        means = sample[0] + np.cumsum(sample - sample[0]) / count
        steps = (sample[1:] - means[:-1]) ** 2 * count[:-1] / count[1:]
        squares = np.append(0.0, np.cumsum(steps))
        return means, np.sqrt(squares / np.maximum(count - 1, 1))

    def _predicted_bits(self, seen: NDArray[np.float64], unseen: NDArray[np.float64]) -> float:
        mean, scale = self._fit(seen)
        if self.mean is None and self.scale is None:  # the unbiased square of the scale
            scale *= math.sqrt(seen.size / (seen.size - 1))
        return _normal_bits(unseen, mean, scale)

    def _two_part(self, sample: NDArray[np.float64]) -> tuple[float, float, Mapping[str, float]]:
        n, (mean, scale) = sample.size, self._fit(sample)
        fine, coarse = math.sqrt(6 / n), math.sqrt(12 / n)
        scales = [(0.0, scale)]
        if self.scale is None:
            near = math.floor(math.log(scale) / fine)
            scales = [
                (octaves.signed_bits(k), math.exp(k * fine)) for k in (near - 1, near, near + 1)
            ]
        found = []
        for bits, sent in scales:
            centres = [(0.0, mean)]
            if self.mean is None:
                near = round(mean / (coarse * sent))
                centres = [
                    (octaves.signed_bits(k), k * coarse * sent) for k in (near - 1, near, near + 1)
                ]
            for more, centre in centres:
                found.append((bits + more, _normal_bits(sample, centre, sent), centre, sent))
        model, rest, centre, sent = min(found, key=lambda each: each[0] + each[1])
        return model, rest, {"mean": centre, "scale": sent}


def _normal_bits(
    sample: NDArray[np.float64],
    mean: float | NDArray[np.float64],
    scale: float | NDArray[np.float64],
) -> float:
    """-log2 of the normal densities, summed; mean and scale are common or one each."""
    exponents = ((sample - mean) / scale) ** 2 / 2 * _LOG2_E
    return float(np.sum(exponents + np.log2(scale * math.sqrt(2 * math.pi))))
