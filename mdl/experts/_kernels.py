"""Numba kernels of the expert codes, over tables of probabilities."""

import math

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def forward(table, prior, share, decreasing, bits, logs):
    """The forward algorithm over experts whose weights are dealt out anew after every symbol.

    Args:
        table: (E, n) float64, the probability each expert gave the symbol that came.
        prior: (E,) float64, of sum 1.
        share: what is dealt out after a symbol; ignored if `decreasing`.
        decreasing: whether it is 1 / (t + 1) after t symbols instead.
        bits: (n,) float64, gets -log2 of the mixture's probability of each symbol.
        logs: (E,) float64, gets log2 of the weights after the last symbol.

    Returns:
        n, or the position of the first symbol to which the mixture gives probability 0.
    """
    experts, n = table.shape
    for e in range(experts):
        logs[e] = math.log2(prior[e]) if prior[e] > 0.0 else -np.inf
    for t in range(n):
        largest = -np.inf
        for e in range(experts):
            p = table[e, t]
            logs[e] += math.log2(p) if p > 0.0 else -np.inf
            largest = max(largest, logs[e])
        if largest == -np.inf:
            return t
        total = 0.0
        for e in range(experts):
            total += 2.0 ** (logs[e] - largest)
        log_total = largest + math.log2(total)
        bits[t] = -log_total
        dealt = 1.0 / (t + 2.0) if decreasing else share
        for e in range(experts):
            logs[e] -= log_total
            if dealt > 0.0:
                logs[e] = math.log2((1.0 - dealt) * 2.0 ** logs[e] + dealt * prior[e])
    return n


@njit(cache=True, nogil=True)
def geometric(logs, symbols, rate, bits, weights):
    """Geometric mixing with weights that follow the gradient.

    Args:
        logs: (E, n, K) float64, natural logarithms of the experts' probabilities.
        symbols: (n,) int64.
        rate: of learning.
        bits: (n,) float64, gets -log2 of the mixture's probability of each symbol.
        weights: (E,) float64, the first weights; gets the last.
    """
    experts, n, size = logs.shape
    scores = np.empty(size)
    for t in range(n):
        largest = -np.inf
        for a in range(size):
            score = 0.0
            for e in range(experts):
                score += weights[e] * logs[e, t, a]
            scores[a] = score
            largest = max(largest, score)
        total = 0.0
        for a in range(size):
            total += math.exp(scores[a] - largest)
        symbol = symbols[t]
        bits[t] = (math.log(total) + (largest - scores[symbol])) / math.log(2.0)
        for a in range(size):
            scores[a] = math.exp(scores[a] - largest) / total
        for e in range(experts):
            mean = 0.0
            for a in range(size):
                mean += scores[a] * logs[e, t, a]
            weights[e] += rate * (logs[e, t, symbol] - mean)
