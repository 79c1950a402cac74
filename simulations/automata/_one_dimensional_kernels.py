"""The Numba kernel of one-dimensional rules that look a weighted sum of cells up in a table."""

import numpy as np
from numba import njit

PERIODIC, FIXED, REFLECTING = range(3)

CHUNK = 1024
"""Cells whose sums are formed at a time."""


@njit(nogil=True, inline="always")
def _ends(row, radius, width, boundary):
    """Build `radius` cells on both sides of the `width` in the middle; the nearest come first."""
    for j in range(radius):
        before, after = radius - 1 - j, radius + width + j
        if boundary == PERIODIC:
            row[before] = row[before + width]
            row[after] = row[after - width]
        elif boundary == REFLECTING:
            # past the far end the mirror image is mirrored again
            place = j % (2 * width)
            place = min(place, 2 * width - 1 - place)
            row[before] = row[radius + place]
            row[after] = row[radius + width - 1 - place]
        else:
            row[before] = row[after] = 0


@njit(cache=True, nogil=True)
def evolve(rows, weights, table, boundary, steps):
    """Step t takes row t to row t + 1 of `rows` (n, width + 2 radius), which begin anew at the end.

    A cell becomes the entry of `table` at the sum of the 2 radius + 1 cells around it times
    `weights`, the leftmost first.
    """
    radius = weights.size // 2
    width = rows.shape[1] - 2 * radius
    sums = np.empty(CHUNK, np.int32)
    for step in range(steps):
        source, target = rows[step % rows.shape[0]], rows[(step + 1) % rows.shape[0]]
        _ends(source, radius, width, boundary)
        for first in range(0, width, CHUNK):
            count = min(CHUNK, width - first)
            sums[:count] = 0
            for j in range(weights.size):
                weight = np.int32(weights[j])
                part = source[first + j : first + j + count]
                for i in range(count):
                    sums[i] += weight * np.int32(part[i])
            goal = target[radius + first : radius + first + count]
            for i in range(count):
                goal[i] = table[sums[i]]
