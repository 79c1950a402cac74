"""What the two candidates share: from columns and outputs to a description."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from complexity.errors import one_of
from mdl.description import Description
from mdl.families._family import as_reals, as_scale
from mdl.regression import codelengths
from mdl.regression._fit import fitted, orthonormal

__all__ = ["check_options", "described", "normal_bits", "pair"]


def check_options(version: str, precision: float, g: float | None) -> None:
    """Refuse options that no candidate takes.

    Raises:
        TypeError, ValueError: one is not of its type, out of range, or for another version.
    """
    one_of("version", version, codelengths.VERSIONS)
    as_scale("precision", precision)
    if g is not None:
        as_scale("g", g)
        if version != "bayes":
            raise ValueError(f"g: got {g}, is for version 'bayes'")


def pair(argument: str, data: Any) -> tuple[Any, NDArray[np.float64]]:
    """The inputs as they came, and the outputs (n,).

    Raises:
        TypeError: `data` is no tuple of two, or the outputs are no numbers.
        ValueError: they differ in length, are not (n,), or not finite.
    """
    if not isinstance(data, tuple) or len(data) != 2:
        raise TypeError(f"{argument}: got {type(data).__name__}, accepted is a tuple (x, y)")
    y = as_reals(f"{argument}[1]", data[1])
    try:
        size = len(data[0])
    except TypeError:
        raise TypeError(f"{argument}[0]: got {data[0]!r}, accepted are {y.size} inputs") from None
    if size != y.size:
        raise ValueError(
            f"{argument}: got {size} inputs for {y.size} outputs, accepted are as many"
        )
    return data[0], y


def described(
    columns: NDArray[np.float64],
    y: NDArray[np.float64],
    *,
    name: str,
    what: str,
    version: str,
    intercept: bool,
    precision: float,
    g: float | None,
    structure_bits: float = 0.0,
) -> Description:
    """The description of outputs (n,) given columns (n, k)."""
    n, k = columns.shape
    parameters = k + intercept + 1
    if n == 0:
        return Description(name, version, 0, structure_bits, 0.0, 0.0, parameters)
    basis = orthonormal(columns, intercept=intercept, what=what)
    fit = fitted(basis, y, intercept=intercept, what=what)
    best = n / 2 * math.log2(2 * math.pi * math.e * fit.residual / n)
    found: dict[str, Any] = {
        "coefficients": coefficients(columns, y, intercept),
        "scale": math.sqrt(fit.residual / n),
        "r_squared": 1 - fit.residual / fit.total,
    }
    if version == "two-part":
        model, rest, found["sent"] = codelengths.two_part(fit)
    else:
        bits = {
            "nml": codelengths.nml_bits,
            "bayes": lambda fit: codelengths.bayes_bits(fit, g),
            "prequential": codelengths.prequential_bits,
            "snls": codelengths.snls_bits,
        }[version](fit)
        model, rest = bits - best, best
    grid = -n * math.log2(precision)
    return Description(
        name,
        version,
        n,
        model + structure_bits,
        rest + grid,
        best + grid,
        parameters,
        fit=found,
    )


def coefficients(
    columns: NDArray[np.float64], y: NDArray[np.float64], intercept: bool
) -> NDArray[Any]:
    """Of the constant, where there is one, and of the columns: (k,) or (k + 1,)."""
    middle, slopes, level = _line(columns, y, intercept)
    return np.append(level - middle @ slopes, slopes) if intercept else slopes


def _line(
    columns: NDArray[np.float64], y: NDArray[np.float64], intercept: bool
) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """The columns' means (k,), the coefficients (k,) of what they differ by, and the level there.

    Centred and scaled, as `orthonormal` has them: beside a constant and columns of other sizes, the
    small singular values of large or far columns look like none.
    """
    k = columns.shape[1]
    middle, level = np.zeros(k), 0.0
    if intercept:
        middle, level = columns.mean(axis=0), float(y.mean())
    if not k:
        return middle, np.zeros(0), level
    apart = columns - middle
    norms = np.linalg.norm(apart, axis=0)
    return middle, np.linalg.lstsq(apart / norms, y - level, rcond=-1)[0] / norms, level


def normal_bits(
    train: tuple[NDArray[np.float64], NDArray[np.float64]],
    test: tuple[NDArray[np.float64], NDArray[np.float64]],
    *,
    what: str,
    intercept: bool,
    precision: float,
) -> float:
    """-log2 density of the tested outputs under least squares and the unbiased variance.

    Raises:
        ValueError: as `orthonormal` and `fitted`, or there is another number of columns.
    """
    columns, y = train
    if test[0].shape[1] != columns.shape[1]:
        raise ValueError(
            f"test: got {test[0].shape[1]} columns, accepted are {columns.shape[1]} as in train"
        )
    basis = orthonormal(columns, intercept=intercept, what=what)
    fit = fitted(basis, y, intercept=intercept, what=what)
    variance = fit.residual / (fit.contrasts - fit.k)
    middle, slopes, level = _line(columns, y, intercept)
    predicted = (test[0] - middle) @ slopes + level
    squares = float(np.sum((test[1] - predicted) ** 2))
    bits = test[1].size / 2 * math.log2(2 * math.pi * variance)
    return bits + squares / (2 * variance) * math.log2(math.e) - test[1].size * math.log2(precision)
