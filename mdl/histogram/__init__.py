"""Histograms by description length: the bins, of any widths, that describe data in fewest bits."""

from typing import TYPE_CHECKING

from complexity import _lazy

if TYPE_CHECKING:
    from mdl.histogram.candidates import IrregularHistogram as IrregularHistogram
    from mdl.histogram.candidates import RegularHistogram as RegularHistogram
    from mdl.histogram.codec import HistogramCode as HistogramCode
    from mdl.histogram.consistency import bins_found as bins_found
    from mdl.histogram.grid import Grid as Grid
    from mdl.histogram.grid import as_grid as as_grid
    from mdl.histogram.result import Histogram as Histogram
    from mdl.histogram.search import codelength as codelength
    from mdl.histogram.search import histogram as histogram

_CONTENTS = {
    # the histogram of fewest bits, and the bits of given edges
    "Histogram": "result",
    "codelength": "search",
    "histogram": "search",
    # data as counts of cells
    "Grid": "grid",
    "as_grid": "grid",
    # as rows of mdl.select
    "IrregularHistogram": "candidates",
    "RegularHistogram": "candidates",
    # as a file
    "HistogramCode": "codec",
    # whether the true bins are found
    "bins_found": "consistency",
}

__getattr__, __dir__, __all__ = _lazy.attach(__name__, _CONTENTS)  # pyright: ignore[reportUnsupportedDunderAll]
