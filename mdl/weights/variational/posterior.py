"""What noisy training leaves: a factorised Gaussian posterior of the weights, beside its prior.

Arrays alone (NumPy, no torch), so that coders of weights read it without the network: weights stand
behind one another as in `mdl.weights.tensors.flat_parameters`.

References:
    G. Hinton and D. van Camp, Keeping the neural networks simple by minimizing the description
        length of the weights, COLT 1993: equations 9 (Gaussian prior) and 17 (mixture of them).
    A. Bhadra, J. Datta, Y. Li, N. Polson and B. Willard, The horseshoe-like regularization for
        feature subset selection, Sankhya B 83, 2021: a horseshoe whose density is closed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["GaussianPrior", "HorseshoePrior", "MixturePrior", "Posterior", "WeightPrior"]

Floats = NDArray[np.float64]
_LN2 = math.log(2)
_NODES, _REACH = 512, 9.0
"""Of the integrals: how many nodes, and how many standard deviations to either side."""


@runtime_checkable
class WeightPrior(Protocol):
    """The density that weights are coded with: independent, one for every weight."""

    def cdf(self, x: Floats) -> Floats:
        """P(weight <= x), (D,) for (D,)."""
        ...

    def log2_density(self, x: Floats) -> Floats:
        """log2 of the density at x, (D,) for (D,)."""
        ...


@dataclass(frozen=True, eq=False)
class GaussianPrior:
    """One Gaussian for every weight, or the same for all.

    Attributes:
        mean: (D,) or a number.
        sd: standard deviation, (D,) or a number, positive.

    Raises:
        ValueError: a standard deviation is not positive and finite, or a mean not finite.
    """

    mean: Any
    sd: Any

    def __post_init__(self) -> None:
        _checked(self, "mean", positive=False)
        _checked(self, "sd", positive=True)

    def cdf(self, x: ArrayLike) -> Floats:
        """P(weight <= x)."""
        from scipy.special import ndtr

        return ndtr((np.asarray(x, float) - self.mean) / self.sd)

    def log2_density(self, x: ArrayLike) -> Floats:
        """log2 of the density at x."""
        z = (np.asarray(x, float) - self.mean) / self.sd
        return (-0.5 * z * z - np.log(self.sd * math.sqrt(2 * math.pi))) / _LN2

    def kl_bits(self, mean: ArrayLike, sd: ArrayLike) -> Floats:
        """KL(N(mean, sd^2) || prior) of every weight in bits, exactly (equation 9), (D,)."""
        ratio, z = np.divide(sd, self.sd), (np.asarray(mean, float) - self.mean) / self.sd
        return (0.5 * (ratio * ratio + z * z - 1) - np.log(ratio)) / _LN2


@dataclass(frozen=True, eq=False)
class MixturePrior:
    """A mixture of Gaussians that all weights share.

    Attributes:
        proportions: (K,), positive, with sum 1.
        means: (K,).
        sds: (K,), positive.

    Raises:
        ValueError: the arrays differ in shape or are not what is said above.
    """

    proportions: Any
    means: Any
    sds: Any

    def __post_init__(self) -> None:
        _checked(self, "proportions", positive=True)
        _checked(self, "means", positive=False)
        _checked(self, "sds", positive=True)
        shapes = {np.shape(array) for array in (self.proportions, self.means, self.sds)}
        if len(shapes) > 1 or np.ndim(self.sds) != 1:
            raise ValueError(f"sds: got shapes {sorted(shapes)}, accepted are three times (K,)")
        if abs(float(np.sum(self.proportions)) - 1) > 1e-9:
            raise ValueError(f"proportions: got sum {np.sum(self.proportions)}, accepted is 1")

    def cdf(self, x: ArrayLike) -> Floats:
        """P(weight <= x)."""
        from scipy.special import ndtr

        z = (np.asarray(x, float)[..., None] - self.means) / self.sds
        return ndtr(z) @ self.proportions

    def log2_density(self, x: ArrayLike) -> Floats:
        """log2 of the density at x."""
        z = (np.asarray(x, float)[..., None] - self.means) / self.sds
        logs = np.log(self.proportions / (self.sds * math.sqrt(2 * math.pi))) - 0.5 * z * z
        return np.logaddexp.reduce(logs, axis=-1) / _LN2

    def kl_bits(self, mean: ArrayLike, sd: ArrayLike) -> Floats:
        """An upper bound of KL(N(mean, sd^2) || prior) in bits (equation 17), (D,).

        -log2 of sum_i pi_i 2^-G_i with G_i the divergence from component i: what is paid if a
        component is picked with probabilities that are refunded. Equal to the divergence for one
        component, and never above min_i(G_i - log2 pi_i).
        """
        parts = GaussianPrior(self.means, self.sds).kl_bits(
            np.asarray(mean, float)[..., None], np.asarray(sd, float)[..., None]
        )
        return -np.logaddexp.reduce(np.log(self.proportions) - parts * _LN2, axis=-1) / _LN2


@dataclass(frozen=True, eq=False)
class HorseshoePrior:
    """The horseshoe-like density log(1 + a^2/x^2) / (2 pi a): a pole at 0 and tails as Cauchy's.

    Attributes:
        scale: a, (D,) or a number, positive.

    Raises:
        ValueError: a scale is not positive and finite.
    """

    scale: Any

    def __post_init__(self) -> None:
        _checked(self, "scale", positive=True)

    def cdf(self, x: ArrayLike) -> Floats:
        """P(weight <= x)."""
        z = np.asarray(x, float) / self.scale
        with np.errstate(divide="ignore", invalid="ignore"):
            pole = np.where((z == 0) | np.isinf(z), 0, z * np.log1p(1 / (z * z)))
        return 0.5 + (pole + 2 * np.arctan(z)) / (2 * math.pi)

    def log2_density(self, x: ArrayLike) -> Floats:
        """log2 of the density at x; infinite at 0."""
        with np.errstate(divide="ignore"):
            z = np.asarray(x, float) / self.scale
            return np.log2(np.log1p(1 / (z * z)) / (2 * math.pi * self.scale))

    def kl_bits(self, mean: ArrayLike, sd: ArrayLike) -> Floats:
        """KL(N(mean, sd^2) || prior) of every weight in bits, by the trapezoid rule, (D,).

        In the cube root of the distance from 0, where the pole is: within some 1e-6 bits.
        """
        mean, sd = np.broadcast_arrays(np.asarray(mean, float), np.asarray(sd, float))
        low, high = np.cbrt(-_REACH + mean / sd), np.cbrt(_REACH + mean / sd)
        step, pole = (high - low) / _NODES, mean / sd
        expected, mass = np.zeros(mean.shape), np.zeros(mean.shape)
        for node in range(_NODES):
            t = low + step * (node + 0.5)
            weight = t * t * np.exp(-0.5 * (t**3 - pole) ** 2)
            there = np.where(weight > 0, self.log2_density(sd * t**3), 0.0)
            expected, mass = expected + weight * there, mass + weight
        return -expected / mass - np.log2(sd * math.sqrt(2 * math.pi * math.e))


@dataclass(frozen=True, eq=False)
class Posterior:
    """Independent Gaussians of D weights, and the prior they are coded with.

    Attributes:
        names: of the tensors, in the order of the module.
        shapes: of the tensors.
        mean: (D,) float64.
        sd: standard deviations, (D,) float64.
        prior: of the weights.
        header_bits: what the prior's own parameters cost.

    Raises:
        ValueError: shapes and arrays do not fit, a mean is not finite or an sd not positive.
    """

    names: tuple[str, ...]
    shapes: tuple[tuple[int, ...], ...]
    mean: Floats
    sd: Floats
    prior: WeightPrior
    header_bits: float = 0.0

    def __post_init__(self) -> None:
        _checked(self, "mean", positive=False)
        _checked(self, "sd", positive=True)
        size = sum(math.prod(shape) for shape in self.shapes)
        if len(self.names) != len(self.shapes):
            raise ValueError(f"names: got {len(self.names)} for {len(self.shapes)} shapes")
        for name in ("mean", "sd"):
            if (got := np.shape(getattr(self, name))) != (size,):
                raise ValueError(f"{name}: got shape {got}, accepted is ({size},)")

    @property
    def kl_bits(self) -> float:
        """What the weights cost in bits.

        Exact for a Gaussian prior and a bound from above for a mixture; for any other the integral
        of log2_density by the trapezoid rule.
        """
        own = getattr(self.prior, "kl_bits", None)
        found = self._integrated() if own is None else own(self.mean, self.sd)
        return float(np.sum(found))

    def _integrated(self) -> Floats:
        z = np.linspace(-_REACH, _REACH, _NODES)  # an even number: none at the mean
        weights = np.exp(-0.5 * z * z)
        weights /= weights.sum()
        expected = sum(
            weight * self.prior.log2_density(self.mean + self.sd * at)
            for weight, at in zip(weights, z, strict=True)
        )
        return -expected - np.log2(self.sd * math.sqrt(2 * math.pi * math.e))

    def sample(self, *, seed: int | np.random.Generator) -> Floats:
        """Weights drawn from the posterior, (D,) float64."""
        return np.random.default_rng(seed).normal(self.mean, self.sd)

    def __repr__(self) -> str:
        kind = type(self.prior).__name__
        return f"Posterior({self.mean.size} weights, {self.kl_bits:.1f} bits from {kind})"


def _checked(owner: object, name: str, *, positive: bool) -> None:
    array = np.array(getattr(owner, name), dtype=np.float64)
    good = np.isfinite(array) & (array > 0) if positive else np.isfinite(array)
    if not good.all():
        accepted = "positive finite numbers" if positive else "finite numbers"
        raise ValueError(f"{name}: got {array[~good].flat[0]}, accepted are {accepted}")
    array.flags.writeable = False
    object.__setattr__(owner, name, array)
