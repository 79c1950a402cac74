"""Context-tree weighting as it is usually written: a node for every level of every context."""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

LN2 = math.log(2)


@njit(nogil=True)
def _textbook(bits, depth, children, counts, log_pe, log_pw):
    """Logarithms of P_e and P_w in every node, updated from the leaf up; returns bits, nodes."""
    used, context = 1, np.uint64(0)
    path = np.empty(depth + 1, np.int64)
    for i in range(bits.size):
        bit = bits[i]
        node = 0
        path[0] = 0
        for d in range(depth):
            side = np.int64((context >> np.uint64(d)) & np.uint64(1))
            if children[node, side] == 0:
                children[node, side] = used
                used += 1
            node = children[node, side]
            path[d + 1] = node
        for d in range(depth, -1, -1):
            node = path[d]
            total = counts[node, 0] + counts[node, 1]
            log_pe[node] += math.log((counts[node, bit] + 0.5) / (total + 1.0))
            counts[node, bit] += 1
            if d == depth:
                log_pw[node] = log_pe[node]
            else:
                split = log_pw[children[node, 0]] if children[node, 0] else 0.0
                split += log_pw[children[node, 1]] if children[node, 1] else 0.0
                high, low = max(log_pe[node], split), min(log_pe[node], split)
                log_pw[node] = high + math.log1p(math.exp(low - high)) - LN2
        context = (context << np.uint64(1)) | np.uint64(bit)
    return -log_pw[0] / LN2, used


def textbook(bits: NDArray[np.uint8], depth: int) -> float:
    """The ideal codelength of `bits` (n,), in bits."""
    nodes = min(bits.size * depth, 2 ** (depth + 1)) + 1
    children, counts = np.zeros((nodes, 2), np.int32), np.zeros((nodes, 2), np.int32)
    return _textbook(bits, depth, children, counts, np.zeros(nodes), np.zeros(nodes))[0]
