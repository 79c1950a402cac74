"""The histogram of fewest bits: NML by dynamic programming, and the enumerative criterion.

"dp" is the stochastic complexity of Kontkanen and Myllymäki (2007, equation 13),

    -log2 ML density + log2 C(K, n) + log2 binom(E, K - 1) + L*(K),

where C is the parametric complexity of the multinomial family, E counts the places where a cut may
be, and L* is Rissanen's code of the number of bins, which the paper leaves out (it is the same for
all K there). "genum" is the criterion of Zelaya Mendizábal, Boullé and Rossi (2023),

    log2 binom(n + K - 1, K - 1) + log2 n! / (h_1! ... h_K!) + sum h_k log2 w_k
        + log2 binom(G - 1, K - 1) + L*(K) + log2(granularities),

where w_k is a width in cells and G counts the granules, of 2^r cells each, at whose borders cuts
may be; r is chosen and paid for. Two details differ from the paper: G halves and doubles by the
cells' number, not by the range, so that granules hold whole cells; and bins without any width are
not counted (the paper has binom(G + K - 1, K - 1)).

With a precision, "dp" takes the paper's places: half a precision to either side of every value. As
those are read off the data, its total is then not a code that could be decoded, but an estimate,
and at a precision much finer than the gaps it isolates single points. Without a precision the
places are the borders of the granules that "genum" finds, r is paid for, and the total is a code.

The range and the precision count as known, in every total here; `HistogramCode` sends them.

References:
    P. Kontkanen and P. Myllymäki, MDL histogram density estimation, AISTATS 2007.
    V. Zelaya Mendizábal, M. Boullé and F. Rossi, Fast and fully-automated histograms for
        large-scale data sets, Computational Statistics & Data Analysis 180, 2023.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from complexity.code import Kind
from complexity.errors import integer, one_of
from mdl.histogram.grid import Grid, as_grid
from mdl.histogram.result import Histogram
from mdl.integers.log_star import normalising_constant
from mdl.nml.multinomial import multinomial_complexity_table

__all__ = ["MAX_BINS", "METHODS", "Cuts", "codelength", "fitted", "histogram"]

METHODS = ("genum", "dp")

_EXACT = 1024
"""Cuts up to which dynamic programming takes them all; of more, about as many: those that merging
removes last, and promising ones."""
_PATIENCE = 8
"""Halvings of the granules without a shorter total after which not all places are merged."""
_PROMISING = 512
"""Places, about, that are merged at every size of granules, however many there are."""
_MOVED = 1 << 14
"""Places up to which cuts that are carried move over all of them."""
_STRIDE = 2
"""Sizes of granules are tried in these steps, then those beside the best."""
MAX_BINS = 1 << 16
"""The most bins."""


@dataclass(frozen=True)
class Cuts:
    """Where cuts may be, and the code they are chosen by."""

    grid: Grid
    method: str
    granule: int
    candidates: int
    places: NDArray[np.int64]
    below: NDArray[np.int64]


def histogram(
    x: ArrayLike,
    *,
    method: str = "genum",
    precision: float | None = None,
    max_bins: int | None = None,
) -> Histogram:
    """The histogram that describes data in the fewest bits.

    Both methods choose the number of bins and every edge. Among up to 1,024 places for cuts "dp"
    gives the optimum, in O(E^2 K) time. Of more places it takes the 1,024 that greedy merging,
    O(E log E), removes last, and some 500 about what coarser granules have shown; the cuts of their
    optimum move over all places in the end. "genum" finds its granules by merging, and its cuts as
    "dp" does.

    One value, or several that are the same, need a precision (integers have 1): they are one bin of
    one cell, at 0 bits but for L*(1) = 1.5 and the bits of the granules.

    Args:
        x: values (n,), n at least 1; duplicates are fine.
        method: "genum" (enumerative, no precision needed), or "dp" (NML).
        precision: to which the values were recorded; by default as `as_grid` says, and "dp" then
            takes the granules of "genum" for the places where cuts may be.
        max_bins: the most bins; by default, and at most, 65536 or as many as there are places for.

    Raises:
        TypeError, ValueError: as `as_grid`; the method is unknown; or `max_bins` is below 1.

    Example:
        >>> histogram([1, 1, 2, 2, 1, 2, 90, 95, 99, 92]).edges
        array([ 0.5,  2.5, 88.5, 99.5])
    """
    one_of("method", method, METHODS)
    most = MAX_BINS if max_bins is None else integer("max_bins", max_bins, 1, MAX_BINS)
    grid = as_grid(x, precision)
    beside = method == "dp" and precision is not None
    found, refused = [], None
    for shift, start in _granularities(grid, most).items():
        cuts = _beside_values(grid) if beside else _granules(grid, method, shift)
        try:
            found.append(fitted(cuts, *_search(cuts, most, start)))
        except ValueError as error:  # bins at one size of granules may be too narrow for doubles
            refused = error
    if refused and not found:
        raise refused
    return min(found, key=lambda each: each.total_bits)


def codelength(
    x: ArrayLike, edges: ArrayLike, *, method: str = "genum", precision: float | None = None
) -> Histogram:
    """The bits of data under given edges, by the same code as `histogram` without a precision.

    For comparing edges that others found. Cuts are rounded to borders of granules, of the size that
    gives the fewest bits.

    Args:
        x: values (n,).
        edges: ascending, at least 2; the first and the last are replaced by the ends of the range,
            and cuts that coincide after rounding or are outside the range count once or not at all
        method: "genum" or "dp".
        precision: as for `histogram`.

    Raises:
        TypeError, ValueError: as `histogram`; or the edges do not ascend.
    """
    one_of("method", method, METHODS)
    grid = as_grid(x, precision)
    try:
        bounds = np.asarray(edges, np.float64)
    except (TypeError, ValueError):
        raise TypeError(f"edges: got {edges!r}, accepted are numbers") from None
    if bounds.ndim != 1 or bounds.size < 2 or not (np.diff(bounds) > 0).all():
        raise ValueError(f"edges: got {edges!r}, accepted are at least 2 ascending numbers")
    inner = (bounds[1:-1] - grid.origin) / grid.precision + 0.5
    rounded = (_rounded(grid, method, inner, shift) for shift in range(_levels(grid)))
    every = (fitted(cuts, np.arange(cuts.places.size), False) for cuts in rounded)
    return min(every, key=lambda found: found.total_bits)


def _rounded(grid: Grid, method: str, inner: NDArray[np.float64], shift: int) -> Cuts:
    """Cuts at the nearest borders of granules."""
    granules = -(-grid.size >> shift)
    borders = np.rint(np.ldexp(inner, -shift))
    borders = np.unique(borders[(borders > 0) & (borders < granules)].astype(np.int64))
    places = np.concatenate([[0], borders << shift, [grid.size]]).astype(np.int64)
    return Cuts(grid, method, 1 << shift, granules - 1, places, _below(grid, places))


def _levels(grid: Grid) -> int:
    """How many sizes of granules there are: 1, 2, 4, ... cells, up to one that holds them all."""
    return (grid.size - 1).bit_length() + 1


def _below(grid: Grid, places: NDArray[np.int64]) -> NDArray[np.int64]:
    sums = np.concatenate([[0], np.cumsum(grid.counts)]).astype(np.int64)
    return sums[np.searchsorted(grid.cells, places)]


def _beside_values(grid: Grid) -> Cuts:
    """Half a precision to either side of every value, but for the ends (section 2 of the paper)."""
    places = np.unique(np.concatenate([grid.cells, grid.cells + 1]))
    return Cuts(grid, "dp", 0, places.size - 2, places, _below(grid, places))


def _granules(grid: Grid, method: str, shift: int) -> Cuts:
    """Borders of granules that hold values; others are never better, as the bits of two bins are a
    concave function of the cut between two values."""
    filled = _distinct(grid.cells >> shift)
    places = _distinct(np.stack([filled, filled + 1], axis=1).ravel()) << shift
    places[-1] = grid.size
    granules = -(-grid.size >> shift)
    return Cuts(grid, method, 1 << shift, granules - 1, places, _below(grid, places))


def _distinct(ascending: NDArray[np.int64]) -> NDArray[np.int64]:
    return ascending[np.append(True, ascending[1:] != ascending[:-1])]


def _log2_binomial(n: float, k: NDArray[np.floating]) -> NDArray[np.float64]:
    """log2 binom(n, k), -inf where k > n is never asked.

    Differences of lgamma lose what n has in digits: for n above 2^20 the k factors are summed.
    """
    from scipy.special import gammaln

    if n <= 1 << 20:
        return (gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)) / math.log(2)
    most = int(k.max(initial=0))
    steps = np.arange(most, dtype=np.float64)
    sums = np.concatenate([[0.0], np.cumsum(np.log2(n - steps) - np.log2(steps + 1))])
    return sums[k.astype(np.int64)]


def _integer_bits(numbers: NDArray[np.int64]) -> NDArray[np.float64]:
    """Rissanen's L* of many integers at once."""
    bits, term = np.full(numbers.shape, math.log2(normalising_constant())), np.log2(numbers)
    while (term > 0).any():
        bits += term
        term = np.log2(np.maximum(term, 1.0))
    return bits


def _penalties(cuts: Cuts, most: int) -> NDArray[np.float64]:
    """Bits of K bins besides those of each bin, for K = 1, 2, ..."""
    n = cuts.grid.n
    most = min(most, cuts.places.size - 1, cuts.candidates + 1)
    sizes = np.arange(1, most + 1)
    bits = _log2_binomial(cuts.candidates, sizes - 1.0)
    bits += _integer_bits(sizes)
    if cuts.granule:
        bits += math.log2(_levels(cuts.grid))
    if cuts.method == "dp":
        return bits + multinomial_complexity_table(most, n) + n * math.log2(n)
    from scipy.special import gammaln

    compositions = (gammaln(n + sizes) - gammaln(sizes) - gammaln(n + 1.0)) / math.log(2)
    return bits + compositions + gammaln(n + 1.0) / math.log(2)


def _table(cuts: Cuts) -> NDArray[np.float64]:
    """What h points cost besides h log2(width), for h = 0, 1, ..., n."""
    counts = np.arange(cuts.grid.n + 1, dtype=np.float64)
    if cuts.method == "dp":
        return -counts * np.log2(np.maximum(counts, 1))
    from scipy.special import gammaln

    return -gammaln(counts + 1) / math.log(2)


def _granularities(grid: Grid, most: int) -> dict[int, NDArray[np.int64]]:
    """log2 of the cells in a granule, with good cuts there: the best by greedy merging, coarse to
    fine, of all places and of those that are promising.

    Merging all ends in cuts around single points where granules hold no more. So cuts found at one
    size are carried to the next, down to single cells.
    """
    from mdl.histogram import _kernels as kernels

    table = _table(_granules(grid, "genum", 0))
    coarsest = _levels(grid) - 1
    starts = {coarsest + 1: np.array([0, grid.size])}
    merged: dict[int, float] = {}
    carried: dict[int, float] = {}

    def attempt(shift: int, every: bool) -> None:
        cuts = _granules(grid, "genum", shift)
        penalties = _penalties(cuts, most)
        if shift not in carried:
            start = starts[min(size for size in starts if size > shift)]
            starts[shift], carried[shift] = _carried(cuts, start, table, penalties)
        if every and shift not in merged:
            _, costs = kernels.merge_path(cuts.places, cuts.below, table)
            merged[shift] = float((costs[::-1][: penalties.size] + penalties).min())

    for shift in range(coarsest, -1, -_STRIDE):
        attempt(shift, min(merged, key=merged.__getitem__, default=shift) - shift < _PATIENCE)
    for bits in (merged, carried):
        best = min(bits, key=bits.__getitem__)
        for shift in range(max(best - _STRIDE, 0), min(best + _STRIDE, coarsest) + 1):
            attempt(shift, bits is merged)
    found = {min(bits, key=bits.__getitem__) for bits in (merged, carried)}
    return {shift: starts[shift] for shift in found}


def _carried(
    cuts: Cuts,
    start: NDArray[np.int64],
    table: NDArray[np.float64],
    penalties: NDArray[np.float64],
) -> tuple[NDArray[np.int64], float]:
    """Cuts, as cells, that merging leaves of promising places, and moving among them; their bits
    without those of the precision."""
    from mdl.histogram import _kernels as kernels

    kept = _promising(cuts, start)
    order, costs = kernels.merge_path(cuts.places[kept], cuts.below[kept], table)
    fewest = costs[::-1][: penalties.size]
    inner = int(np.argmin(fewest + penalties[: fewest.size]))
    chosen = np.concatenate([[0], np.sort(order[order.size - inner :]), [kept.size - 1]])
    places, below = cuts.places, cuts.below
    if places.size <= _MOVED:
        chosen = kept[chosen]
    else:
        places, below = places[kept], below[kept]
    kernels.move_cuts(places, below, table, chosen)
    counts, widths = np.diff(below[chosen]), np.diff(places[chosen])
    bits = float((counts * np.log2(widths) + table[counts]).sum() + penalties[inner])
    return places[chosen], bits


def _promising(cuts: Cuts, start: NDArray[np.int64]) -> NDArray[np.int64]:
    """Indices of places: those of cuts `start`, borders of what sticks out of its bins most, and
    some at even ranks."""
    at = np.unique(np.searchsorted(cuts.places, start))
    counts, widths = np.diff(cuts.below), np.diff(cuts.places)
    own = np.searchsorted(at, np.arange(counts.size), side="right") - 1
    density = np.diff(cuts.below[at]) / np.diff(cuts.places[at])
    filled = np.flatnonzero(counts)
    saved = counts[filled] * np.log2(counts[filled] / widths[filled] / density[own[filled]])
    out = filled[np.argsort(-saved, kind="stable")[: _PROMISING // 4]]
    even = np.linspace(0, counts.size, _PROMISING // 2).astype(np.int64)
    return np.unique(np.concatenate([at, out, out + 1, even]))


def _search(cuts: Cuts, most: int, start: NDArray[np.int64]) -> tuple[NDArray[np.int64], bool]:
    """Indices of the chosen places, both ends among them, and whether they are the optimum.

    Args:
        cuts: where cuts may be.
        most: the most bins.
        start: good cuts, as cells.
    """
    from mdl.histogram import _kernels as kernels

    table, penalties = _table(cuts), _penalties(cuts, most)
    kept = np.arange(cuts.places.size)
    if exact := kept.size - 2 <= _EXACT:
        places, below = cuts.places, cuts.below
    else:
        order, costs = kernels.merge_path(cuts.places, cuts.below, table)
        greedy = int(np.argmin(costs[::-1][: penalties.size] + penalties))
        if greedy > _EXACT // 2:  # more bins than dynamic programming has places for
            kept = np.concatenate([[0], np.sort(order[order.size - greedy :]), [kept.size - 1]])
            kernels.move_cuts(cuts.places, cuts.below, table, kept)
            return kept, False
        promising = _promising(cuts, start)
        last = order[min(promising.size // 2 - _EXACT, -1) :]
        kept = np.unique(np.concatenate([[0], last, promising, [kept.size - 1]]))
        places, below = cuts.places[kept], cuts.below[kept]
    penalties = penalties[: places.size - 1]
    later = np.minimum.accumulate(penalties[::-1])[::-1].copy()
    chosen = kept[kernels.best_bins(places, below, table, penalties, later)]
    if not exact:
        kernels.move_cuts(cuts.places, cuts.below, table, chosen)
    return chosen, exact


def fitted(cuts: Cuts, chosen: NDArray[np.int64], optimal: bool) -> Histogram:
    """The histogram of chosen places, with its bits."""
    places, grid = cuts.places[chosen], cuts.grid
    edges = grid.edge(places)
    if not (np.diff(edges) > 0).all():
        raise ValueError(
            f"x: got values about {grid.origin:g} with bins narrower than doubles there tell "
            "apart, accepted are values nearer to 0; subtract the least"
        )
    counts, widths, n = np.diff(cuts.below[chosen]), np.diff(places), cuts.grid.n
    resolution = n * math.log2(grid.precision)
    filled = counts > 0
    h, w = counts[filled].astype(np.float64), widths[filled].astype(np.float64)
    best = float((h * np.log2(w * n / h)).sum()) + resolution
    penalty = float(_penalties(cuts, counts.size)[-1])
    if cuts.method == "dp":
        data = best
        model = penalty - n * math.log2(n)
    else:
        from scipy.special import gammaln

        order = float(gammaln(n + 1.0) - gammaln(h + 1).sum()) / math.log(2)
        data = order + float((h * np.log2(w)).sum()) + resolution
        model = penalty - float(gammaln(n + 1.0)) / math.log(2)
    return Histogram(
        edges=edges,
        counts=counts,
        method=cuts.method,
        precision=grid.precision,
        granule=cuts.granule,
        candidates=cuts.candidates,
        model_bits=max(model, 0.0),
        data_bits=data,
        best_fit_bits=best,
        optimal=optimal,
        kind=Kind.IDEAL if cuts.granule else Kind.ESTIMATE,  # of places that the data give: no code
    )
