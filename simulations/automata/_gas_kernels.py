"""Numba kernels of lattice gases: collide by a table, stream along the links, and both backwards.

A cell is one byte, bit d for the particle that moves in direction d. What a coin decides is decided
by a hash of place and time, the finaliser of splitmix64 (Steele, Lea and Flood 2014): a bit for
each of 64 successive cells.
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
def _collide(cells, tables, time):
    height, width = cells.shape
    if len(tables) == 1:
        for y in range(height):
            for x in range(width):
                cells[y, x] = tables[0, cells[y, x]]
        return
    key = word(_U64(0), _U64(time))
    line = cells.reshape(-1)
    for i in range(0, line.size, 64):
        coins = word(key, _U64(i >> 6))
        for j in range(i, min(i + 64, line.size)):
            line[j] = tables[coins & _U64(1), line[j]]
            coins >>= _U64(1)


@njit(cache=True, nogil=True)
def _stream(source, target, links, sign, rest, walls):
    """Move every particle along its link, or back if sign is -1; at a wall it turns round."""
    height, width = source.shape
    count = len(links)
    for y in range(height):
        for x in range(width):
            target[y, x] = source[y, x] & rest
        for d in range(count):
            bit = np.uint8(1 << d)
            back = (d + count // 2) % count
            row = y - sign * links[d, 0]
            shift = sign * links[d, 1]
            if row < 0 or row >= height:
                if walls:
                    for x in range(width):
                        target[y, x] |= ((source[y, x] >> back) & 1) << d
                    continue
                row = row + height if row < 0 else row - height
            went = source[row, max(-shift, 0) : width - max(shift, 0)]
            came = target[y, max(shift, 0) : width - max(-shift, 0)]
            for x in range(came.size):
                came[x] |= went[x] & bit
            if shift:
                edge = 0 if shift > 0 else width - 1
                if walls:
                    target[y, edge] |= ((source[y, edge] >> back) & 1) << d
                else:
                    target[y, edge] |= source[row, width - 1 - edge] & bit


@njit(cache=True, nogil=True)
def forward(cells, other, tables, links, rest, walls, steps, start):
    """Collide and stream, `steps` times; returns the array of the two that holds the result."""
    for time in range(start, start + steps):
        _collide(cells, tables, time)
        _stream(cells, other, links, 1, rest, walls)
        cells, other = other, cells
    return cells


@njit(cache=True, nogil=True)
def backward(cells, other, tables, links, rest, walls, steps, start):
    """Undo the `steps` steps before time `start`; `tables` are the inverse ones."""
    for time in range(start - 1, start - 1 - steps, -1):
        _stream(cells, other, links, -1, rest, walls)
        _collide(other, tables, time)
        cells, other = other, cells
    return cells
