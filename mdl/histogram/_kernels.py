"""Kernels of the histograms: greedy merging, the best K bins for every K, moving single cuts.

A bin of h points and w cells costs h log2(w) + f[h] bits, where the table f says which code: the
maximised likelihood (-h log2 h) or the enumerative code (-log2 h!). Candidates are the cell numbers
`places` (m + 1,), both ends among them; `below` (m + 1,) counts the points below each.
"""

from __future__ import annotations

import heapq

import numpy as np
from numba import njit

__all__ = ["best_bins", "merge_path", "move_cuts"]


@njit(cache=True, nogil=True)
def _cost(places, below, f, first, last):
    count = below[last] - below[first]
    if count == 0:
        return 0.0
    return count * np.log2(float(places[last] - places[first])) + f[count]


@njit(cache=True, nogil=True)
def merge_path(places, below, f):
    """Remove the cut that costs least until one bin is left.

    Returns the cuts in order of removal (m - 1,), and the data bits before each removal and at the
    end (m,): entry i is that of m - i bins.
    """
    m = places.size - 1
    left, right = np.arange(-1, m), np.arange(1, m + 2)
    stamp = np.zeros(m + 1, np.int64)
    alone, total = np.empty(m + 1), 0.0  # of the bin that begins at a cut
    for i in range(m):
        alone[i] = _cost(places, below, f, i, i + 1)
        total += alone[i]
    heap = [
        (_cost(places, below, f, i - 1, i + 1) - alone[i - 1] - alone[i], i, 0) for i in range(1, m)
    ]
    heapq.heapify(heap)
    order, costs = np.empty(m - 1, np.int64), np.empty(m)
    costs[0] = total
    done = 0
    while done < m - 1:
        delta, cut, made = heapq.heappop(heap)
        if made != stamp[cut]:
            continue  # a bin beside it has changed since
        total += delta
        order[done] = cut
        done += 1
        costs[done] = total
        stamp[cut] = -1
        before, after = left[cut], right[cut]
        right[before], left[after] = after, before
        alone[before] = _cost(places, below, f, before, after)
        for side in (before, after):
            if 0 < side < m:
                stamp[side] += 1
                wide = _cost(places, below, f, left[side], right[side])
                parts = alone[left[side]] + alone[side]
                heapq.heappush(heap, (wide - parts, side, stamp[side]))  # pyright: ignore[reportArgumentType]
    return order, costs


@njit(cache=True, nogil=True)
def best_bins(places, below, f, penalties, later):
    """The cuts of least total: data bits of K bins plus penalties[K - 1], over all K.

    `later[K - 1]` is the least of penalties[K - 1:]. Splitting a bin never costs data bits (under
    the enumerative code as binom(h, a) v^a w^b is a term of (v + w)^h), hence all bins apart bound
    what more bins can give, and the search ends when that bound is no better than the best so far.
    """
    m = places.size - 1
    most = min(m, penalties.size)
    cost = np.empty((m + 1, m + 1))
    for last in range(1, m + 1):
        for first in range(last):
            cost[last, first] = _cost(places, below, f, first, last)
    floor = 0.0
    for i in range(m):
        floor += cost[i + 1, i]
    best, best_bits = 1, cost[m, 0] + penalties[0]
    current = cost[:, 0].copy()
    back = np.zeros((most, m + 1), np.int32)
    bits = np.empty(m + 1)
    for k in range(1, most):
        if floor + later[k] >= best_bits:
            break
        for last in range(k + 1, m + 1):
            least, at = np.inf, 0
            row = cost[last]
            for first in range(k, last):
                value = current[first] + row[first]
                if value < least:
                    least, at = value, first
            bits[last] = least
            back[k, last] = at
        current[:] = bits
        if current[m] + penalties[k] < best_bits:
            best, best_bits = k + 1, current[m] + penalties[k]
    cuts = np.empty(best + 1, np.int64)
    cuts[best] = m
    for k in range(best - 1, -1, -1):
        cuts[k] = back[k, cuts[k + 1]]
    return cuts


@njit(cache=True, nogil=True)
def move_cuts(places, below, f, cuts):
    """Move each cut to its best place between its neighbours until none moves; in place."""
    moved = True
    while moved:
        moved = False
        for k in range(1, cuts.size - 1):
            first, last, here = cuts[k - 1], cuts[k + 1], cuts[k]
            best = _cost(places, below, f, first, here) + _cost(places, below, f, here, last)
            for at in range(first + 1, last):
                bits = _cost(places, below, f, first, at) + _cost(places, below, f, at, last)
                if bits < best - 1e-9:
                    best, cuts[k], moved = bits, at, True
