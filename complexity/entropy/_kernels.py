"""Numba kernels of the entropies of real-valued series: ordinal patterns and template matches."""

import numpy as np
from numba import njit

_BLOCK = 4096  # windows handled at a time, so that their codes stay in the nearest cache


@njit(cache=True, nogil=True)
def ordinal_codes(x, order, delay, codes):
    """The ordinal pattern of every window of `order` values `delay` apart, as a Lehmer code.

    Digit a of window i is the number of later values below value a, in base order - a, so equal
    values count as increasing in time. Fills `codes` (windows,) with numbers below order!; returns
    how many windows hold equal values.
    """
    windows = codes.size
    tied = np.empty(_BLOCK, np.uint8)
    total = 0
    for start in range(0, windows, _BLOCK):
        stop = min(start + _BLOCK, windows)
        part = codes[start:stop]
        part[:] = 0
        equal = tied[: stop - start]
        equal[:] = 0
        for a in range(order - 1):
            left = x[start + a * delay : stop + a * delay]
            for k in range(part.size):
                part[k] *= order - a
            for b in range(a + 1, order):
                right = x[start + b * delay : stop + b * delay]
                for k in range(part.size):
                    part[k] += left[k] > right[k]
                    equal[k] |= left[k] == right[k]
        for k in range(equal.size):
            total += equal[k]
    return total


@njit(cache=True, nogil=True)
def template_matches(columns, r, shorter, longer):
    """Pairs of templates within `r` of each other in every coordinate.

    `columns` (m + 1, templates) holds coordinate c of every template in row c, the templates sorted
    by their first coordinate, so that only neighbours in that order need a look. Adds the number of
    other templates within `r` in the first m coordinates to `shorter` (templates,), in all m + 1 to
    `longer` (templates,). A NaN is within `r` of nothing.
    """
    m = columns.shape[0] - 1
    count = columns.shape[1]
    near = np.empty(count, np.int32)
    lead = columns[0]
    stop = 0
    for i in range(count):
        stop = max(stop, i + 1)
        while stop < count and lead[stop] - lead[i] <= r:
            stop += 1
        width = stop - i - 1
        here = near[:width]
        here[:] = 1
        for c in range(1, m):
            column = columns[c, i + 1 : stop]
            centre = columns[c, i]
            for k in range(width):
                here[k] &= abs(column[k] - centre) <= r
        column = columns[m, i + 1 : stop]
        centre = columns[m, i]
        short_here, long_here = shorter[i + 1 : stop], longer[i + 1 : stop]
        short_sum, long_sum = 0, 0
        for k in range(width):
            one = here[k]
            both = one & np.int32(abs(column[k] - centre) <= r)
            short_here[k] += one
            long_here[k] += both
            short_sum += one
            long_sum += both
        shorter[i] += short_sum
        longer[i] += long_sum
