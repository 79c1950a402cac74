"""Histograms as candidates of `mdl.select`: irregular ones by either code, and of K equal bins."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from complexity.errors import integer, one_of
from mdl.description import Description
from mdl.histogram.grid import as_grid, as_precision, as_values
from mdl.histogram.result import Histogram
from mdl.histogram.search import MAX_BINS, histogram
from mdl.nml.multinomial import multinomial_complexity

__all__ = ["IrregularHistogram", "RegularHistogram"]

_VERSIONS = {"nml": "dp", "genum": "genum"}


@dataclass(frozen=True)
class IrregularHistogram:
    """The histogram of fewest bits, its bins of any widths.

    With a precision "nml" takes its places for cuts from the data: its bits are then an estimate.
    The range and the precision of the data count as known. A cut counts as a free parameter beside
    the shares of the bins: 2 (K - 1) in all. One value is described as `histogram` says.

    Args:
        version: "nml", or "genum" (a two-part code).
        precision: as for `histogram`.
        max_bins: as for `histogram`.

    Raises:
        TypeError, ValueError: the version is unknown, or a number is out of range.
    """

    version: str = "nml"
    precision: float | None = None
    max_bins: int | None = None
    exchangeable: ClassVar[bool] = True

    def __post_init__(self) -> None:
        one_of("version", self.version, _VERSIONS)
        if self.precision is not None:
            as_precision(self.precision)
        if self.max_bins is not None:
            integer("max_bins", self.max_bins, 1, MAX_BINS)

    @property
    def name(self) -> str:
        """ "histogram (nml)" or "histogram (genum)"."""
        return f"histogram ({self.version})"

    def describe(self, data: ArrayLike) -> Description:
        """The codelength of values (n,), in bits at resolution 1.

        Raises:
            TypeError, ValueError: as `histogram`.
        """
        found = self._fit(data)
        return Description(
            name=self.name,
            version="two-part" if self.version == "genum" else "nml",
            n=found.n,
            model_bits=found.model_bits,
            data_bits=found.data_bits,
            best_fit_bits=found.best_fit_bits,
            parameters=2 * (found.counts.size - 1),
            kind=found.kind,
            fit={"edges": found.edges, "counts": found.counts},
        )

    def heldout_bits(self, train: ArrayLike, test: ArrayLike) -> float:
        """Bits of other values, at resolution 1, by `Histogram.predictive_bits`."""
        return float(self._fit(train).predictive_bits(as_values(test, "test")).sum())

    def _fit(self, data: ArrayLike) -> Histogram:
        method = _VERSIONS[self.version]
        return histogram(data, method=method, precision=self.precision, max_bins=self.max_bins)


@dataclass(frozen=True)
class RegularHistogram:
    """K bins of equal width on the range of the data, half a precision wider on either side.

    The code is NML given the edges, which follow from the range: nothing is paid for them. The
    shares of the bins are K - 1 free parameters. One value has a bin that holds it; with no
    precision it is refused as `as_grid` does.

    Args:
        bins: K, at least 1.
        precision: as for `as_grid`.

    Raises:
        TypeError, ValueError: the bins are no integer, or below 1; the precision is not positive.
    """

    bins: int
    precision: float | None = None
    exchangeable: ClassVar[bool] = True

    def __post_init__(self) -> None:
        # as an int: a narrow one of NumPy's wraps around in sums
        object.__setattr__(self, "bins", integer("bins", self.bins, 1))
        if self.precision is not None:
            as_precision(self.precision)

    @property
    def name(self) -> str:
        """As in "regular-10 (nml)"."""
        return f"regular-{self.bins} (nml)"

    def describe(self, data: ArrayLike) -> Description:
        """The codelength of values (n,), in bits at resolution 1.

        Raises:
            TypeError, ValueError: as `as_grid`.
        """
        found = self.fit(data)
        return Description(
            name=self.name,
            version="nml",
            n=found.n,
            model_bits=found.model_bits,
            data_bits=found.data_bits,
            best_fit_bits=found.best_fit_bits,
            parameters=self.bins - 1,
            fit={"edges": found.edges, "counts": found.counts},
        )

    def heldout_bits(self, train: ArrayLike, test: ArrayLike) -> float:
        """Bits of other values, at resolution 1, by `Histogram.predictive_bits`."""
        return float(self.fit(train).predictive_bits(as_values(test, "test")).sum())

    def fit(self, x: ArrayLike) -> Histogram:
        """The histogram of values (n,).

        Raises:
            TypeError, ValueError: as `as_grid`.
        """
        grid = as_grid(x, self.precision)
        low, high = grid.edge(np.array([0, grid.size])).tolist()
        edges = np.linspace(low, high, self.bins + 1)
        if not (np.diff(edges) > 0).all():
            raise ValueError(f"bins: got {self.bins}, more than doubles tell apart on this range")
        # an end may be rounded to within the least or the greatest value
        values = np.clip(as_values(x).astype(np.float64), edges[0], edges[-1])
        counts = np.histogram(values, edges)[0].astype(np.int64)
        h = counts[counts > 0].astype(np.float64)
        width = grid.size * grid.precision / self.bins
        best = float(-(h * np.log2(h / grid.n)).sum() + grid.n * math.log2(width))
        return Histogram(
            edges=edges,
            counts=counts,
            method="regular",
            precision=grid.precision,
            granule=0,
            candidates=0,
            model_bits=multinomial_complexity(self.bins, grid.n),
            data_bits=best,
            best_fit_bits=best,
            optimal=True,
        )
