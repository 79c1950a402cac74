"""A Numba kernel that lists the closed terms of a size, as integers."""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def generate(size, codes):
    """Write the closed terms of `size` bits as codes, ascending, and return how many there are.

    Args:
        size: 1 to 62.
        codes: (k,) uint64, filled as far as it reaches.
    """
    found = 0
    # per token: the tokens still wanted, each by the lambdas around it; bits left; bits so far
    wanted = np.zeros((size + 2, size + 2), np.int64)
    heights = np.zeros(size + 2, np.int64)
    left = np.zeros(size + 2, np.int64)
    prefix = np.zeros(size + 2, np.uint64)
    choice = np.zeros(size + 2, np.int64)
    heights[0], left[0] = 1, size
    at = 0
    while at >= 0:
        top = heights[at] - 1
        lambdas = wanted[at, top]
        token = choice[at]  # 0 a lambda, 1 an application, i + 1 variable i
        if token > lambdas + 1 or max(2, token) > left[at] - 2 * top:
            at -= 1
            continue
        choice[at] += 1
        bits = max(2, token)
        rest = left[at] - bits
        high = top
        for k in range(top):
            wanted[at + 1, k] = wanted[at, k]
        if token <= 1:
            for _ in range(token + 1):
                wanted[at + 1, high] = lambdas + 1 - token
                high += 1
        if rest < 2 * high or (high == 0 and rest > 0):
            continue
        word = np.uint64(token) if token <= 1 else np.uint64((1 << token) - 2)
        code = (prefix[at] << np.uint64(bits)) | word
        if high == 0:
            if found < codes.size:
                codes[found] = code
            found += 1
            continue
        at += 1
        heights[at], left[at], prefix[at], choice[at] = high, rest, code, 0
    return found
