"""Numba kernels of the coarse-grained picture: window sums, thresholds, row adjustments."""

import numpy as np
from numba import njit

NEAREST, CEIL, INTERVAL = range(3)


@njit(cache=True, nogil=True)
def window_sums(padded, grain):
    """Sums over every grain x grain window of `padded` (int64); shape shrinks by grain - 1."""
    height = padded.shape[0] - grain + 1
    width = padded.shape[1] - grain + 1
    sums = np.empty((height, width), np.int64)
    columns = np.zeros(padded.shape[1], np.int64)
    for y in range(grain - 1):
        for x in range(padded.shape[1]):
            columns[x] += padded[y, x]
    for y in range(height):
        for x in range(padded.shape[1]):
            columns[x] += padded[y + grain - 1, x]
        total = np.int64(0)
        for x in range(grain - 1):
            total += columns[x]
        for x in range(width):
            total += columns[x + grain - 1]
            sums[y, x] = total
            total -= columns[x]
        for x in range(padded.shape[1]):
            columns[x] -= padded[y, x]
    return sums


@njit(cache=True, nogil=True)
def quantise(sums, row_cells, column_cells, maximum, levels, rounding):
    """Bucket of each window: its mean over `maximum`, on a scale of `levels`, in exact integers.

    A window holds row_cells[y] * column_cells[x] cells. NEAREST: round((L - 1) v), halves up;
    CEIL: ceil((L - 1) v); INTERVAL: L equal intervals closed on the right. Means above `maximum`
    fall into the last bucket.
    """
    height, width = sums.shape
    buckets = np.empty((height, width), np.uint8)
    top = np.int64(levels - 1)
    for y in range(height):
        for x in range(width):
            whole = row_cells[y] * column_cells[x] * maximum
            if rounding == NEAREST:
                bucket = (2 * top * sums[y, x] + whole) // (2 * whole)
            elif rounding == CEIL:
                bucket = (top * sums[y, x] + whole - 1) // whole
            else:
                bucket = max((levels * sums[y, x] + whole - 1) // whole - 1, np.int64(0))
            buckets[y, x] = min(bucket, top)
    return buckets


@njit(cache=True, nogil=True)
def _majority(row, counts):
    """The most frequent value of a row; among equals the one that comes first in the row."""
    counts[:] = 0
    for value in row:
        counts[value] += 1
    best = row[0]
    for value in row:
        if counts[value] > counts[best]:
            best = value
    return best


@njit(cache=True, nogil=True)
def adjust_to_majority(buckets, levels):
    """Cells within one bucket of their row's majority take the majority's value."""
    adjusted = buckets.copy()
    counts = np.empty(levels, np.int64)
    for y in range(buckets.shape[0]):
        majority = np.int64(_majority(buckets[y], counts))
        for x in range(buckets.shape[1]):
            if abs(np.int64(buckets[y, x]) - majority) <= 1:
                adjusted[y, x] = majority
    return adjusted


@njit(cache=True, nogil=True)
def flatten_narrow_rows(buckets, levels):
    """Rows whose values span at most one bucket take their majority's value throughout."""
    adjusted = buckets.copy()
    counts = np.empty(levels, np.int64)
    for y in range(buckets.shape[0]):
        low = high = np.int64(buckets[y, 0])
        for value in buckets[y]:
            low = min(low, np.int64(value))
            high = max(high, np.int64(value))
        if high - low <= 1:
            adjusted[y] = _majority(buckets[y], counts)
    return adjusted


@njit(cache=True, nogil=True)
def adjust_by_viterbi(buckets, levels):
    """Row by row, the values within one bucket that change least along the row and from above.

    The cost of a row is the number of neighbours in it that differ plus the number of cells that
    differ from the adjusted row above; among equal costs, fewer moved cells.
    """
    height, width = buckets.shape
    adjusted = buckets.copy()
    cost = np.empty((width, 3), np.int64)
    came = np.empty((width, 3), np.int64)
    change = np.int64(width + 1)
    forbidden = np.int64(4) * change * change
    for y in range(height):
        for x in range(width):
            for k in range(3):
                value = np.int64(buckets[y, x]) + k - 1
                if value < 0 or value >= levels:
                    cost[x, k] = forbidden
                    came[x, k] = 1
                    continue
                here = np.int64(k != 1)
                if y > 0 and value != np.int64(adjusted[y - 1, x]):
                    here += change
                best = np.int64(0)
                best_from = 1
                if x > 0:
                    best = forbidden
                    for j in range(3):
                        before = np.int64(buckets[y, x - 1]) + j - 1
                        step = cost[x - 1, j] + (change if before != value else np.int64(0))
                        if step < best:
                            best = step
                            best_from = j
                cost[x, k] = here + best
                came[x, k] = best_from
        k = 0
        for j in range(3):
            if cost[width - 1, j] < cost[width - 1, k]:
                k = j
        for x in range(width - 1, -1, -1):
            adjusted[y, x] = np.int64(buckets[y, x]) + k - 1
            k = came[x, k]
    return adjusted
