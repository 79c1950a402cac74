"""Numba kernels of the abelian sandpile: topple until all is stable.

Grids have a border of one cell around them that takes what falls off and never topples.
"""

import numpy as np
from numba import njit

_U64 = np.uint64
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


@njit(cache=True, nogil=True)
def word(key, counter):
    """Word number `counter` of splitmix64 seeded by `key`, both uint64."""
    z = key + (counter + _U64(1)) * _GOLDEN
    z = (z ^ (z >> _U64(30))) * _U64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> _U64(27))) * _U64(0x94D049BB133111EB)
    return z ^ (z >> _U64(31))


@njit(cache=True, nogil=True)
def _topple(row, given):
    """Take all that can be given away from a row of heights; returns what was."""
    total = 0
    for x in range(1, row.size - 1):
        times = row[x] >> 2
        given[x] = times
        row[x] &= 3
        total += times
    return total


@njit(cache=True, nogil=True)
def _receive(row, given, above, below, topplings):
    """Add to a row what its cells' neighbours gave; returns whether some cell can give again."""
    row[0] += given[1]
    row[row.size - 1] += given[row.size - 2]
    unstable = 0
    for x in range(1, row.size - 1):
        row[x] += given[x - 1] + given[x + 1] + above[x] + below[x]
        topplings[x] += given[x]
        unstable |= row[x] >> 2
    return unstable != 0


@njit(cache=True, nogil=True)
def stabilise(heights, topplings):
    """Topple in place until all is stable, and count each cell's topplings.

    Both are int64 (H + 2, W + 2). All unstable cells of a round topple at once and as often as
    they can; the order does not matter for the result. Rows that are at rest are passed over.
    """
    last, width = heights.shape[0] - 1, heights.shape[1]
    given = np.zeros(heights.shape, np.int64)
    unstable = np.ones(last + 1, np.bool_)
    gave = np.zeros(last + 1, np.bool_)
    moving = True
    while moving:
        for y in range(1, last):
            if unstable[y] or gave[y]:
                gave[y] = _topple(heights[y], given[y]) > 0
        for x in range(1, width - 1):
            heights[0, x] += given[1, x]
            heights[last, x] += given[last - 1, x]
        moving = False
        for y in range(1, last):
            unstable[y] = False
            if gave[y - 1] or gave[y] or gave[y + 1]:
                unstable[y] = _receive(
                    heights[y], given[y], given[y - 1], given[y + 1], topplings[y]
                )
                moving |= unstable[y]


@njit(cache=True, nogil=True)
def drive(heights, key, start, sizes, areas, durations, lost):
    """Drop a grain for each entry of `sizes` and let it settle, all unstable cells at once.

    `heights` (H + 2, W + 2), uint8 and stable, changes in place; the rest records each avalanche.
    """
    height, width = heights.shape[0] - 2, heights.shape[1] - 2
    cells = _U64(height * width)
    now = np.empty(height * width, np.int64)
    then = np.empty(height * width, np.int64)
    last = np.full((height + 2, width + 2), -1, np.int64)
    for i in range(sizes.size):
        site = np.int64(word(key, _U64(start + i)) % cells)
        y, x = site // width + 1, site % width + 1
        heights[y, x] += 1
        size, area, duration, gone = 0, 0, 0, 0
        count = 0
        if heights[y, x] >= 4:
            now[0] = y * (width + 2) + x
            count = 1
        while count:
            duration += 1
            following = 0
            for j in range(count):
                y, x = divmod(now[j], width + 2)
                heights[y, x] -= 4
                size += 1
                if last[y, x] != i:
                    last[y, x] = i
                    area += 1
            for j in range(count):
                y, x = divmod(now[j], width + 2)
                for side in range(4):
                    yy = y + (side == 0) - (side == 1)
                    xx = x + (side == 2) - (side == 3)
                    if not (0 < yy <= height and 0 < xx <= width):
                        gone += 1
                        continue
                    heights[yy, xx] += 1
                    if heights[yy, xx] == 4:
                        then[following] = yy * (width + 2) + xx
                        following += 1
            now, then = then, now
            count = following
        sizes[i], areas[i], durations[i], lost[i] = size, area, duration, gone
