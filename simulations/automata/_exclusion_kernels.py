"""Numba kernels of exclusion: particles on a line that hop to empty places.

The draws of sweep t are words of splitmix64 seeded by word t of the key's. Bond b joins the places
b and b + 1. On a ring the last bond leads to place 0; with reservoirs bond -1 leads in and the last
one out.
"""

import numpy as np
from numba import njit

RING, WALLS, RESERVOIRS = range(3)

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
def bonds(length, kind):
    """How many bonds there are."""
    return length + (kind == RESERVOIRS) - (kind == WALLS)


@njit(cache=True, nogil=True)
def sequential(cells, kind, rates, key, start, steps):
    """Random-sequential sweeps, each of as many attempts as there are bonds; returns net hops.

    `rates` are the probabilities times 2^32 of (right, left, in, out), uint64.
    """
    length = cells.size
    count = bonds(length, kind)
    shift = 1 if kind == RESERVOIRS else 0
    hops = 0
    for time in range(start, start + steps):
        sweep = word(key, _U64(time))
        for k in range(count):
            draw = word(sweep, _U64(k))
            bond = np.int64(((draw >> _U64(32)) * _U64(count)) >> _U64(32)) - shift
            coin = draw & _U64(0xFFFFFFFF)
            if bond < 0:
                if cells[0] == 0 and coin < rates[2]:
                    cells[0] = 1
                    hops += 1
                continue
            if bond == length - 1 and kind == RESERVOIRS:
                if cells[bond] == 1 and coin < rates[3]:
                    cells[bond] = 0
                    hops += 1
                continue
            other = bond + 1 if bond + 1 < length else 0
            if cells[bond] > cells[other] and coin < rates[0]:
                cells[bond] = 0
                cells[other] = 1
                hops += 1
            elif cells[bond] < cells[other] and coin < rates[1]:
                cells[bond] = 1
                cells[other] = 0
                hops -= 1
    return hops


@njit(cache=True, nogil=True)
def parallel(cells, kind, rates, key, start, steps):
    """All bonds at once, hops to the right only; returns how many."""
    length = cells.size
    old = cells.copy()
    last = length if kind == RING else length - 1
    hops = 0
    for time in range(start, start + steps):
        sweep = word(key, _U64(time))
        old[:] = cells
        for bond in range(last):
            other = bond + 1 if bond + 1 < length else 0
            if old[bond] > old[other] and word(sweep, _U64(bond)) >> _U64(32) < rates[0]:
                cells[bond] = 0
                cells[other] = 1
                hops += 1
        if kind == RESERVOIRS:
            if old[0] == 0 and word(sweep, _U64(length)) >> _U64(32) < rates[2]:
                cells[0] = 1
                hops += 1
            if old[length - 1] == 1 and word(sweep, _U64(length - 1)) >> _U64(32) < rates[3]:
                cells[length - 1] = 0
                hops += 1
    return hops
