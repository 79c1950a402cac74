"""The law of parameters and data at once.

References:
    J. Kaplan et al., Scaling laws for neural language models, 2020, equation 1.5.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["JointLaw", "fit_joint"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class JointLaw:
    """L(N, D) = [(Nc / N)^(aN / aD) + Dc / D]^aD.

    With data without end it is (Nc / N)^aN, with parameters without end (Dc / D)^aD.

    Attributes:
        parameter_exponent: aN.
        data_exponent: aD.
        parameter_scale: Nc.
        data_scale: Dc.
        rms: root of the mean squared residual of log L; NaN for a law that was not fitted.
    """

    parameter_exponent: float
    data_exponent: float
    parameter_scale: float
    data_scale: float
    rms: float = math.nan

    def __call__(self, parameters: ArrayLike, symbols: ArrayLike) -> Floats:
        """L(N, D), in the shape to which N and D broadcast."""
        return np.exp(self.log(parameters, symbols))

    def log(self, parameters: ArrayLike, symbols: ArrayLike) -> Floats:
        """ln L(N, D), which is finite where L is no float."""
        first = np.log(self.parameter_scale / np.asarray(parameters, float))
        second = np.log(self.data_scale / np.asarray(symbols, float))
        both = np.logaddexp(first * self.parameter_exponent / self.data_exponent, second)
        return self.data_exponent * both


def fit_joint(parameters: ArrayLike, symbols: ArrayLike, loss: ArrayLike) -> JointLaw:
    """The joint law through points, by least squares of log L from several beginnings.

    Args:
        parameters, symbols, loss: (n,) positive; at least four points, and two different N and D.

    Raises:
        ValueError: they are no such numbers.

    Example:
        >>> n, d = np.meshgrid([1e4, 1e5, 1e6], [1e6, 1e7, 1e8])
        >>> law = JointLaw(0.076, 0.103, 6.4e13, 1.8e13)
        >>> found = fit_joint(n.ravel(), d.ravel(), law(n, d).ravel())
        >>> round(found.parameter_exponent, 5), round(found.data_exponent, 5)
        (0.076, 0.103)
    """
    from scipy.optimize import least_squares

    n, d, y = (np.asarray(each, float) for each in (parameters, symbols, loss))
    if not (n.ndim == 1 and n.shape == d.shape == y.shape and len(n) >= 4):
        raise ValueError(
            f"loss: got shape {y.shape} with parameters {n.shape} and symbols {d.shape}, accepted "
            "are as many of each, at least 4"
        )
    for name, each in (("parameters", n), ("symbols", d), ("loss", y)):
        if not (np.isfinite(each).all() and (each > 0).all()):
            raise ValueError(f"{name}: got numbers from {each.min()}, accepted are finite ones > 0")
    if min(len(np.unique(n)), len(np.unique(d))) < 2:
        raise ValueError("parameters, symbols: accepted are at least two different of each")

    def law(found: Floats) -> JointLaw:
        a, b, first, second = np.exp(found)
        return JointLaw(float(a), float(b), float(first), float(second))

    def residuals(found: Floats) -> Floats:
        return law(found).log(n, d) - np.log(y)

    bounds = [math.log(1e-4)] * 2 + [-300.0] * 2, [math.log(10)] * 2 + [300.0] * 2
    top = math.log(y.min())  # as if either alone made the least loss
    ends = []
    for a, b in product((0.05, 0.1, 0.3), repeat=2):
        start = [math.log(a), math.log(b), math.log(n.max()) + top / a, math.log(d.max()) + top / b]
        ends.append(
            least_squares(
                residuals,
                np.clip(start, *bounds),
                bounds=bounds,
                xtol=1e-15,
                ftol=1e-15,
                gtol=1e-15,
            )
        )
    best = min(ends, key=lambda end: end.cost)
    found = law(best.x)
    rms = float(np.sqrt(np.mean(best.fun**2)))
    return JointLaw(
        found.parameter_exponent, found.data_exponent, found.parameter_scale, found.data_scale, rms
    )
