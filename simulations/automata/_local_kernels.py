"""Numba kernels of rules given by the user: a table or a function of a cell's neighbourhood.

Grids have three axes, those of space last. For each axis an array (planes, rows, columns) says
where the cell at coordinate i - reach lies, -1 being outside, so that all boundaries are one.
Kernels that call a user's function are made for it, and not kept on disk.
"""

import numpy as np
from numba import njit

_U64 = np.uint64
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_UNIT = 2.0**-53


@njit(cache=True, nogil=True)
def word(key, counter):
    """Word number `counter` of splitmix64 seeded by `key`, both uint64."""
    z = key + (counter + _U64(1)) * _GOLDEN
    z = (z ^ (z >> _U64(30))) * _U64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> _U64(27))) * _U64(0x94D049BB133111EB)
    return z ^ (z >> _U64(31))


@njit(cache=True, nogil=True)
def words(key, time, count):
    """The first `count` words that belong to a time."""
    inner = word(key, _U64(time))
    found = np.empty(count, np.uint64)
    for i in range(count):
        found[i] = word(inner, _U64(i))
    return found


@njit(cache=True, nogil=True)
def spread(cells, planes, rows, columns, wide):
    """Write the cells with all that lies around them into `wide`."""
    for z in range(len(planes)):
        for y in range(len(rows)):
            if planes[z] < 0 or rows[y] < 0:
                wide[z, y] = 0
                continue
            for x in range(len(columns)):
                place = columns[x]
                wide[z, y, x] = cells[planes[z], rows[y], place] if place >= 0 else 0


@njit(cache=True, nogil=True)
def shifts(offsets, rows, columns):
    """The offsets in a flat array of so many rows and columns."""
    return (offsets[:, 0] * rows + offsets[:, 1]) * columns + offsets[:, 2]


@njit(cache=True, nogil=True)
def look(cells, planes, rows, columns, offsets, flat, site, around):
    """Fill `around` with the neighbourhood of a site; `flat` are the offsets' `shifts`."""
    depth, height, width = cells.shape
    line = cells.reshape(-1)
    rows_before = _U64(site) // _U64(width)
    x = site - np.int64(rows_before) * width
    z = np.int64(rows_before // _U64(height)) if depth > 1 else 0
    y = np.int64(rows_before) - z * height
    dz, dy, dx = (len(planes) - depth) >> 1, (len(rows) - height) >> 1, (len(columns) - width) >> 1
    if dz <= z < depth - dz and dy <= y < height - dy and dx <= x < width - dx:
        first = site - (dz * height + dy) * width - dx
        for j in range(around.size):
            around[j] = line[_U64(first + flat[j])]
        return
    for j in range(around.size):
        plane, row = planes[z + offsets[j, 0]], rows[y + offsets[j, 1]]
        column = columns[x + offsets[j, 2]]
        inside = plane >= 0 and row >= 0 and column >= 0
        around[j] = cells[plane, row, column] if inside else 0


@njit(cache=True, nogil=True)
def table_steps(cells, planes, rows, columns, offsets, table, states, steps):
    """All cells at once by a table; `offsets` (n, 3) count from the reach outside."""
    depth, height, width = cells.shape
    wide = np.empty((len(planes), len(rows), len(columns)), np.uint8)
    index = np.empty(width, np.uint32)
    base = np.uint32(states)
    for _ in range(steps):
        spread(cells, planes, rows, columns, wide)
        for z in range(depth):
            for y in range(height):
                index[:] = 0
                for j in range(len(offsets)):
                    first = offsets[j, 2]
                    line = wide[z + offsets[j, 0], y + offsets[j, 1], first : first + width]
                    for x in range(width):
                        index[x] = np.uint32(index[x] * base) + np.uint32(line[x])
                for x in range(width):
                    cells[z, y, x] = table[index[x]]


@njit(cache=True, nogil=True)
def table_sites(cells, planes, rows, columns, offsets, table, states, sites):
    """One cell after another by a table."""
    depth, height, width = cells.shape
    dz, dy, dx = (len(planes) - depth) >> 1, (len(rows) - height) >> 1, (len(columns) - width) >> 1
    flat = shifts(offsets, height, width) - (dz * height + dy) * width - dx
    line = cells.reshape(-1)
    for site in sites:
        row_count = np.int64(_U64(site) // _U64(width))
        x = site - row_count * width
        z = np.int64(_U64(row_count) // _U64(height)) if depth > 1 else 0
        y = row_count - z * height
        index = _U64(0)
        if dz <= z < depth - dz and dy <= y < height - dy and dx <= x < width - dx:
            for j in range(flat.size):
                index = index * _U64(states) + _U64(line[_U64(site + flat[j])])
        else:
            for j in range(flat.size):
                plane, row = planes[z + offsets[j, 0]], rows[y + offsets[j, 1]]
                column = columns[x + offsets[j, 2]]
                if plane >= 0 and row >= 0 and column >= 0:
                    index = index * _U64(states) + _U64(cells[plane, row, column])
                else:
                    index = index * _U64(states)
        line[_U64(site)] = table[index]


def function_steps(rule):
    """All cells at once by a compiled rule(neighbourhood, uniform).

    The kernel returns -1, or the flat index of a cell whose new state is not accepted, and that.
    """

    @njit(nogil=True)
    def kernel(cells, planes, rows, columns, offsets, states, key, start, steps):
        depth, height, width = cells.shape
        wide = np.empty((len(planes), len(rows), len(columns)), np.uint8)
        around = np.empty(len(offsets), np.int64)
        flat = shifts(offsets, len(rows), len(columns))
        ground = wide.reshape(-1)
        for time in range(start, start + steps):
            inner = word(key, _U64(time))
            spread(cells, planes, rows, columns, wide)
            for z in range(depth):
                for y in range(height):
                    first = (z * len(rows) + y) * len(columns)
                    for x in range(width):
                        for j in range(around.size):
                            around[j] = ground[_U64(first + x + flat[j])]
                        site = (z * height + y) * width + x
                        uniform = (word(inner, _U64(site)) >> _U64(11)) * _UNIT
                        new = np.int64(rule(around, uniform))
                        if new < 0 or new >= states:
                            return site, new
                        cells[z, y, x] = new
        return -1, 0

    return kernel


def function_sites(rule):
    """One cell after another by a compiled rule, with a word for each draw of a site."""

    @njit(nogil=True)
    def kernel(cells, planes, rows, columns, offsets, states, sites, draws):
        around = np.empty(len(offsets), np.int64)
        flat = shifts(offsets, cells.shape[1], cells.shape[2])
        line = cells.reshape(-1)
        for i in range(len(sites)):
            look(cells, planes, rows, columns, offsets, flat, sites[i], around)
            new = np.int64(rule(around, (draws[i] >> _U64(11)) * _UNIT))
            if new < 0 or new >= states:
                return sites[i], new
            line[sites[i]] = new
        return -1, 0

    return kernel
