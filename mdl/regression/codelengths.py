"""Codelengths of outputs given inputs, in bits: what each version of a regression says.

All versions say the same of the location and the scale of the outputs, so that candidates differ by
the rest alone. With N = n - 1 contrasts (n without a constant) and T the sum of squares of y less
its mean: the octave of sqrt(T / N), the shell of the mean in units of it (Elias gamma codes), the
mean evenly within its shell, and ln T evenly within its octave. The direction of the contrasts is
then even on the sphere if there are no columns. With k columns that explain S and leave R of T:

nml          Rissanen's (2000) renormalised NML. His two normalisations, over the data and then over
             the hyperparameters R-hat and tau_0, leave the direction of the fit even on the sphere
             of k dimensions, that of the residuals on the sphere of N - k, and ln S, ln R even:

                 -ln f = (N - k)/2 ln R + k/2 ln S - ln Gamma((N - k)/2) - ln Gamma(k/2)
                         + N/2 ln pi + ln(range of ln S) + ln(range of ln R),

             which is his (N - k)/2 ln(R / (N - k)) + k/2 ln(S / k) + 1/2 ln(k (N - k)) up to
             Stirling's formula and terms common to all k. The range of ln S he leaves open is the
             octave of sqrt F, F = (S / k) / (R / (N - k)), by its index (Elias gamma code); where
             F < 1 the fit is even in the ball instead of ln S, which would be unbounded at S = 0.
bayes        The mixture under Zellner's g-prior, or Zellner and Siow's mixture of them (the
             default), with 1 / sigma for the scale: Liang et al. (2008), equations 5 and 13.
prequential  Dawid's (1984) predictions by least squares: the first m outputs as if without columns,
             then Student densities with i - k - 1 degrees of freedom from all before. m is the
             least number above the number of coefficients that has full rank (singular values
             within 1e-8) and leaves a residual. It depends on the order of the rows.
snls         Sequentially normalised least squares (Rissanen, Roos and Myllymäki 2010): the same
             start, then f(y_t | past) in proportion to s_t^(-t/2), where s_t is the sum of the
             squared residuals, each under the coefficients fitted when it came.
two-part     sigma in steps of a factor exp(sqrt(6 / n)), and the coefficients in the orthonormal
             basis in steps of sqrt(12) sigma: the best widths; indices by Elias gamma codes.

References:
    J. Rissanen, MDL denoising, IEEE Trans. Inf. Theory 46(7), 2000, equations 8-22.
    F. Liang et al., Mixtures of g priors for Bayesian variable selection, JASA 103, 2008.
    A. P. Dawid, Present position and potential developments: the prequential approach, JRSS A 147,
        1984.
    J. Rissanen, T. Roos and P. Myllymäki, Model selection by sequentially normalized least
        squares, J. Multivariate Analysis 101(4), 2010, section 3.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from mdl.families import _octaves as octaves
from mdl.regression._fit import Fit

__all__ = [
    "VERSIONS",
    "bayes_bits",
    "nml_bits",
    "prequential_bits",
    "snls_bits",
    "two_part",
]

VERSIONS = ("nml", "bayes", "prequential", "snls", "two-part")

_LOG2_E = math.log2(math.e)
_LN4 = math.log(4)  # an octave of a root, on the scale of ln of its square
_CONDITION = 1e-8


def nml_bits(fit: Fit) -> float:
    """The renormalised NML: all bits of the outputs."""
    n, k = fit.contrasts, fit.k
    if k == 0:
        return _located_bits(fit) + _even_bits(fit)
    nats = n / 2 * math.log(math.pi) + (n - k) / 2 * math.log(fit.residual) + math.log(_LN4)
    nats -= math.lgamma((n - k) / 2) + math.lgamma(k / 2)
    f = fit.explained / k / (fit.residual / (n - k))
    j = octaves.shell(math.sqrt(f), 0)
    if j:
        nats += k / 2 * math.log(fit.explained) + math.log(_LN4)
    else:
        nats += k / 2 * math.log(fit.residual * k / (n - k)) - math.log(k / 2)
    return _located_bits(fit) + octaves.index_bits(j) + nats * _LOG2_E


def bayes_bits(fit: Fit, g: float | None = None) -> float:
    """The mixture under the g-prior, or under Zellner and Siow's (None): all bits of the outputs.

    The Bayes factor against no columns is (1 + g)^((N - k)/2) (1 + g (1 - R^2))^(-N/2), for the
    mixture integrated over g with an inverse gamma density of parameters 1/2, n/2.
    """
    null = _located_bits(fit) + _even_bits(fit)
    if fit.k == 0:
        return null
    rest = fit.residual / fit.total  # 1 - R^2
    if g is not None:
        return null - _log_factor(fit, np.array([math.log(g)]), rest)[0] * _LOG2_E
    # analytic, falling like exp(-e^-t) and exp(-(k + 1) t / 2): the trapezoidal rule in t = ln g
    t = np.linspace(math.log(fit.n) - 6, math.log(fit.n / rest) + 80 / (fit.k + 1), 4001)
    prior = 0.5 * math.log(fit.n / (2 * math.pi)) - 1.5 * t - fit.n / 2 * np.exp(-t)
    logs = _log_factor(fit, t, rest) + prior + t
    peak = float(logs.max())
    return null - (peak + math.log(np.exp(logs - peak).sum() * (t[1] - t[0]))) * _LOG2_E


def _log_factor(fit: Fit, t: NDArray[np.float64], rest: float) -> NDArray[np.float64]:
    n = fit.contrasts
    return (n - fit.k) / 2 * np.logaddexp(0, t) - n / 2 * np.logaddexp(0, t + math.log(rest))


def prequential_bits(fit: Fit) -> float:
    """Predictions by least squares: all bits of the outputs.

    The product of the Student densities is a ratio of integrals over all coefficients and scales.
    """
    rows = _rows(fit)
    start = _start(rows, fit)
    return _start_bits(fit, start) + (
        _flat(rows, fit.y, fit.residual) - _flat(rows[:start], fit.y[:start])
    )


def _flat(
    rows: NDArray[np.float64], y: NDArray[np.float64], residual: float | None = None
) -> float:
    """-log2 of the likelihood integrated over coefficients, and scales by 1 / sigma, times 2."""
    free = rows.shape[0] - rows.shape[1]
    if residual is None:
        residual = _residual(rows, y)
    determinant = float(np.log(np.linalg.svd(rows, compute_uv=False)).sum())  # of the root
    nats = free / 2 * (math.log(math.pi) + math.log(residual)) - math.lgamma(free / 2)
    return (nats + determinant) * _LOG2_E


def snls_bits(fit: Fit) -> float:
    """Sequentially normalised least squares: all bits of the outputs.

    A row that comes has the residual rho = e / sqrt(1 + h) in the new triangle, e before it was
    seen, e / (1 + h) after, and 1 + h is the ratio of the squared determinants.
    """
    rows = _rows(fit)
    start = _start(rows, fit)
    size = rows.shape[1]
    joined = np.column_stack([rows, fit.y])
    triangle = _triangle(joined[:start])
    squares = float(triangle[size, size] ** 2)
    triangle = triangle[:size]
    nats = 0.0
    before = _log_determinant(triangle)
    for i in range(start, fit.n):
        t = i + 1
        triangle = _triangle(np.vstack([triangle, joined[i]]))
        rho = float(triangle[size, size])
        triangle = triangle[:size]
        after = _log_determinant(triangle)
        shrink = 2 * (before - after)  # ln(1 / (1 + h))
        ending = squares + rho**2 * math.exp(shrink)
        nats += math.lgamma((t - 1) / 2) - math.lgamma(t / 2) + 0.5 * math.log(math.pi) - shrink
        nats += t / 2 * math.log(ending) - (t - 1) / 2 * math.log(squares)
        squares, before = ending, after
    return _start_bits(fit, start) + nats * _LOG2_E


def _triangle(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.linalg.qr(rows, mode="r"))


def _log_determinant(triangle: NDArray[np.float64]) -> float:
    return float(np.log(np.abs(np.diagonal(triangle))).sum())


def two_part(fit: Fit) -> tuple[float, float, Mapping[str, float]]:
    """Bits of the parameters, bits of the outputs given them, and the sigma that is sent."""
    n = fit.n
    unit = octaves.octave(math.sqrt(fit.total / fit.contrasts))
    scale, fine = math.ldexp(1, unit), math.sqrt(6 / n)
    coefficients = fit.coefficients
    if fit.intercept:
        coefficients = np.append(math.sqrt(n) * fit.mean, coefficients)
    near = math.floor(math.log(math.sqrt(fit.residual / n) / scale) / fine)
    found = []
    for index in range(near - 1, near + 3):
        sigma = scale * math.exp(index * fine)
        step = math.sqrt(12) * sigma
        indices = np.rint(coefficients / step)
        missed = coefficients - indices * step
        squares = fit.residual + float(missed @ missed)
        rest = n * math.log2(sigma * math.sqrt(2 * math.pi)) + squares / (2 * sigma**2) * _LOG2_E
        model = octaves.signed_bits(unit) + octaves.signed_bits(index)
        model += sum(octaves.signed_bits(int(each)) for each in indices)
        found.append((model, rest, sigma))
    model, rest, sigma = min(found, key=lambda each: each[0] + each[1])
    return model, rest, {"sigma": sigma}


def _located_bits(fit: Fit) -> float:
    """Bits of the octave of the scale and of the mean: the same under all candidates."""
    unit = octaves.octave(math.sqrt(fit.total / fit.contrasts))
    bits = octaves.signed_bits(unit)
    if fit.intercept:
        shell, length = octaves.shell_bits(fit.mean, unit)
        bits += shell + length + 0.5 * math.log2(fit.n)  # the coordinate is sqrt(n) times the mean
    return bits


def _even_bits(fit: Fit) -> float:
    """Bits of contrasts in no direction before others, ln T even within its octave."""
    half = fit.contrasts / 2
    nats = half * math.log(math.pi) + half * math.log(fit.total) - math.lgamma(half)
    return (nats + math.log(_LN4)) * _LOG2_E


def _rows(fit: Fit) -> NDArray[np.float64]:
    """The whole orthonormal basis (n, k + 1), with the constant where there is one."""
    if not fit.intercept:
        return fit.basis
    return np.column_stack([np.full(fit.n, 1 / math.sqrt(fit.n)), fit.basis])


def _start(rows: NDArray[np.float64], fit: Fit) -> int:
    """How many outputs are described before least squares can predict."""
    n, size = rows.shape
    for start in range(max(size + 1, 2), n):
        singular = np.linalg.svd(rows[:start], compute_uv=False) if size else np.ones(1)
        if singular[-1] <= _CONDITION * singular[0]:
            continue
        y = fit.y[:start]
        spread = float(np.sum((y - fit.intercept * y.mean()) ** 2))
        if _residual(rows[:start], y) > 1e-20 * spread > 0:
            return start
    return n


def _residual(rows: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    if not rows.shape[1]:
        return float(y @ y)
    left = y - rows @ np.linalg.lstsq(rows, y, rcond=None)[0]
    return float(left @ left)


def _start_bits(fit: Fit, start: int) -> float:
    """Bits of the first outputs, by what is said of all of them where there are no columns."""
    y = fit.y[:start]
    mean = float(y.mean()) if fit.intercept else 0.0
    total = float(np.sum((y - mean) ** 2))
    none = np.zeros((start, 0))
    first = Fit(y, none, fit.intercept, mean, total, 0.0, total, np.zeros(0))
    return _located_bits(first) + _even_bits(first)
