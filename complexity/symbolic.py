"""Real-valued series as symbols: a step that loses information, and says so.

The bits of the symbols are no bits of the data: many series have the same symbols. Compare them
with those of other series by the same method, or with surrogates.

==========  ===========================  =========================================================
method      parameters                   symbol of a value, or of a window
==========  ===========================  =========================================================
width       alphabet=8                   which of `alphabet` bins of equal width from the least to
                                         the greatest value; an inner edge is in the bin above it
quantile    alphabet=8                   floor(alphabet * c / n), c the number of smaller values:
                                         equally frequent symbols, where no values are equal
sax         alphabet=4, segment=1        means of segments of the series less its mean over its
                                         standard deviation (that of n, not n - 1), by breakpoints
                                         that make symbols of a Gaussian equally likely, each in the
                                         symbol above it; the last segment may be shorter
ordinal     order=3, delay=1             order of `order` values `delay` apart, as a Lehmer code
                                         below order!; equal values count as increasing in time;
                                         n - (order - 1) * delay symbols
sign        (none)                       0 where the next value is less, 1 equal, 2 greater;
                                         n - 1 symbols
median      (none)                       1 where a value is at least the median, else 0
==========  ===========================  =========================================================

Equal values get equal symbols by `width`, `quantile` and `median`. A constant series gives one
symbol throughout: 0 (width, quantile, ordinal), 1 (sign, median), alphabet // 2 (sax, where zero
is). `quantile`, `ordinal`, `sign` and `median` depend on the order of the values alone, so that
strictly increasing maps change nothing.

References:
    C. S. Daw, C. E. A. Finney and E. R. Tracy, A review of symbolic analysis of experimental data,
        Rev. Sci. Instrum. 74(2), 2003: bins, quantiles, signs of differences.
    J. Lin, E. Keogh, L. Wei and S. Lonardi, Experiencing SAX: a novel symbolic representation of
        time series, Data Min. Knowl. Disc. 15, 2007.
    C. Bandt and B. Pompe, Permutation entropy: a natural complexity measure for time series,
        Phys. Rev. Lett. 88, 2002, 174102.
    M. Aboy, R. Hornero, D. Abasolo and D. Alvarez, Interpretation of the Lempel-Ziv complexity
        measure in the context of biomedical signal analysis, IEEE Trans. Biomed. Eng. 53(11), 2006:
        the threshold at the median.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from complexity._spec import Option, canonical_name, checked, parse_options
from complexity.entropy._estimates import series
from complexity.errors import integer, one_of

__all__ = ["METHODS", "SymbolSeries", "symbolise"]

METHODS: Mapping[str, Mapping[str, Option]] = {
    "width": {"alphabet": 8},
    "quantile": {"alphabet": 8},
    "sax": {"alphabet": 4, "segment": 1},
    "ordinal": {"order": 3, "delay": 1},
    "sign": {},
    "median": {},
}
"""Method -> its parameters with their defaults; the first is the positional one of a spec."""

_LARGEST_ALPHABET, _LARGEST_ORDER = 1 << 16, 8  # what uint16 holds: 65536 symbols, 8! patterns


class SymbolSeries(np.ndarray):
    """An array (n,) of symbols 0 to alphabet_size - 1 that says how they were made of a series.

    It is a NumPy array of uint8, or of uint16 for more than 256 symbols. A part of it is one too;
    what is computed of it is a plain array.

    Attributes:
        method: the canonical spec of the method, such as "quantile" or "sax:segment=5".
        alphabet_size: how many symbols there could be.
    """

    method: str = ""
    alphabet_size: int = 0

    def __array_finalize__(self, source: Any) -> None:
        self.method = getattr(source, "method", "")
        self.alphabet_size = getattr(source, "alphabet_size", 0)

    def __array_wrap__(
        self, array: NDArray[Any], context: Any = None, return_scalar: bool = False
    ) -> Any:
        """Results of functions are no symbols any more."""
        plain = np.asarray(array)
        return plain[()] if return_scalar else plain

    def __reduce__(self) -> Any:
        """What they are made by comes back from a pickle, as from another process."""
        maker, arguments, state = super().__reduce__()  # type: ignore[misc]
        return maker, arguments, (*state, self.method, self.alphabet_size)

    def __setstate__(self, state: Any) -> None:
        *plain, self.method, self.alphabet_size = state
        super().__setstate__(tuple(plain))

    def __repr__(self) -> str:
        told = f"<{self.size} symbols of {self.alphabet_size} by {self.method}, lossy: "
        return told + np.array2string(np.asarray(self), threshold=20, separator=", ") + ">"


def symbolise(x: ArrayLike, method: str, **options: Option) -> SymbolSeries:
    """Turn a series of real numbers into symbols, losing information.

    Args:
        x: series (n,) of finite real numbers, booleans or integers. Integers are compared exactly,
            up to 64 bits; `width` and `sax` take them as float64.
        method: one of `METHODS`, or a spec with its parameters: "quantile", "quantile:8",
            "sax:alphabet=4,segment=5".
        **options: parameters by name; they win over those in `method`.

    Returns:
        The symbols, uint8 or uint16: as many as values, but for the methods that say otherwise.

    Raises:
        TypeError: `x` holds no real numbers, or `method` is not a string.
        ValueError: `x` is not 1-D, not finite or too short; the method or a parameter is unknown
            or out of range.

    Example:
        >>> symbolise([0.1, 2.5, 2.4, 9.0], "quantile:2")
        <4 symbols of 2 by quantile:alphabet=2, lossy: [0, 1, 0, 1]>
    """
    if not isinstance(method, str):
        raise TypeError(f"method: got {type(method).__name__}, accepted is a string as 'quantile'")
    name, _, text = method.strip().partition(":")
    defaults = METHODS[one_of("method", name.strip(), METHODS)]
    values = dict(defaults)
    try:
        values |= parse_options(name, defaults, text)
        values |= {key: checked(name, defaults, key, value) for key, value in options.items()}
    except ValueError as error:
        raise ValueError(f"method {method!r}: {error}") from None
    symbols, size = _MAKERS[name](x, **values)
    made = symbols.astype(np.uint8 if size <= 256 else np.uint16).view(SymbolSeries)
    made.method, made.alphabet_size = canonical_name(name, values, defaults), size
    return made


Made = tuple[NDArray[Any], int]  # symbols, and how many there could be


def _width(x: ArrayLike, alphabet: int) -> Made:
    values = _scaled(series(x, 1, "a symbol"))
    integer("alphabet", alphabet, 2, _LARGEST_ALPHABET)
    above = values - values.min()
    if not (reach := above.max()):
        return np.zeros(values.size, np.uint8), alphabet
    # the product before the quotient: a value at an inner edge gives a whole number
    return np.minimum(above * alphabet // reach, alphabet - 1), alphabet


def _quantile(x: ArrayLike, alphabet: int) -> Made:
    values = series(x, 1, "a symbol")
    integer("alphabet", alphabet, 2, _LARGEST_ALPHABET)
    smaller = np.searchsorted(np.sort(values), values, side="left")
    return smaller * alphabet // values.size, alphabet


def _sax(x: ArrayLike, alphabet: int, segment: int) -> Made:
    from scipy.stats import norm

    values = _scaled(series(x, 1, "a symbol"))
    integer("alphabet", alphabet, 2, _LARGEST_ALPHABET)
    integer("segment", segment, 1)
    if values.min() == values.max():  # rounding could make its standard deviation more than 0
        return np.full(-(-values.size // segment), alphabet // 2), alphabet
    standard = (values - values.mean()) / values.std()
    starts = np.arange(0, values.size, min(segment, values.size))
    means = np.add.reduceat(standard, starts) / np.diff(np.append(starts, values.size))
    breakpoints = norm.ppf(np.arange(1, alphabet) / alphabet)
    return np.searchsorted(breakpoints, means, side="right"), alphabet


def _ordinal(x: ArrayLike, order: int, delay: int) -> Made:
    from complexity.entropy import _kernels

    integer("order", order, 2, _LARGEST_ORDER)
    integer("delay", delay, 1)
    span = (order - 1) * delay + 1
    values = series(x, span, f"one window of order={order}, delay={delay}")
    codes = np.empty(values.size - span + 1, np.int32)
    _kernels.ordinal_codes(values, order, delay, codes)
    return codes, math.factorial(order)


def _sign(x: ArrayLike) -> Made:
    values = series(x, 2, "one difference")
    rises, falls = values[1:] > values[:-1], values[1:] < values[:-1]
    return 1 + rises.astype(np.int8) - falls.astype(np.int8), 3


def _median(x: ArrayLike) -> Made:
    values = series(x, 1, "a symbol")
    # no value is between the two middle ones: the upper one is a threshold without rounding
    return values >= np.sort(values)[values.size // 2], 2


_MAKERS: dict[str, Callable[..., Made]] = {
    "width": _width,
    "quantile": _quantile,
    "sax": _sax,
    "ordinal": _ordinal,
    "sign": _sign,
    "median": _median,
}


def _scaled(values: NDArray[Any]) -> NDArray[np.float64]:
    """The values over a power of two that brings them below 1/2, so that no sum overflows."""
    real = values.astype(np.float64)
    return np.ldexp(real, -1 - int(np.frexp(np.abs(real).max())[1]))
