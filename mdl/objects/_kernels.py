"""Numba kernels of permutations: Lehmer digits by a tree of counts (Fenwick 1994)."""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def lehmer_digits(permutation):
    """How many later items are smaller, for every item: (n,) int64, in O(n log n)."""
    n = permutation.size
    counts = np.zeros(n + 1, np.int64)
    digits = np.empty(n, np.int64)
    for i in range(n - 1, -1, -1):
        at, smaller = permutation[i], 0
        while at > 0:
            smaller += counts[at]
            at &= at - 1
        digits[i] = smaller
        at = permutation[i] + 1
        while at <= n:
            counts[at] += 1
            at += at & -at
    return digits


@njit(cache=True, nogil=True)
def from_lehmer_digits(digits):
    """The permutation (n,) of 0 to n - 1 whose digits these are, digits[i] < n - i."""
    n = digits.size
    counts = np.zeros(n + 1, np.int64)  # of items that are not used yet
    for at in range(1, n + 1):
        counts[at] = at & -at
    top = 1
    while 2 * top <= n:
        top *= 2
    permutation = np.empty(n, np.int64)
    for i in range(n):
        at, left, step = 0, digits[i], top
        while step > 0:
            if at + step <= n and counts[at + step] <= left:
                at += step
                left -= counts[at]
            step >>= 1
        permutation[i] = at
        at += 1
        while at <= n:
            counts[at] -= 1
            at += at & -at
    return permutation
