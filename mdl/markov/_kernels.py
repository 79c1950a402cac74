"""Numba kernels of Markov models: hidden states, and sequences drawn from a chain.

Helpers live in this file because Numba's cache does not see changes elsewhere. Forward and backward
probabilities are divided by their sum at every symbol and the logarithms of the sums added up, so
that nothing underflows however long the sequence.
"""

import math

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def forward(symbols, belief, transitions, emissions):
    """-log2 probability of the symbols in bits; infinite where it is 0.

    Args:
        symbols: (n,) int64.
        belief: (S,) distribution of the state that gives the first symbol; replaced by that of the
            state after the last one.
        transitions: (S, S) from row to column.
        emissions: (S, K).
    """
    states = belief.size
    joint = np.empty(states)
    bits = 0.0
    for symbol in symbols:
        total = 0.0
        for s in range(states):
            joint[s] = belief[s] * emissions[s, symbol]
            total += joint[s]
        if total <= 0.0:
            return np.inf
        bits -= math.log2(total)
        for to in range(states):
            belief[to] = 0.0
            for s in range(states):
                belief[to] += joint[s] / total * transitions[s, to]
    return bits


@njit(cache=True, nogil=True)
def expectations(symbols, start, transitions, emissions, moves, shows):
    """-log2 probability of the symbols; the expected numbers of moves (S, S) and shows (S, K)."""
    n, states = symbols.size, start.size
    alpha = np.empty((n, states))
    scale = np.empty(n)
    bits = 0.0
    for t in range(n):
        total = 0.0
        for to in range(states):
            before = start[to]
            if t > 0:
                before = 0.0
                for s in range(states):
                    before += alpha[t - 1, s] * transitions[s, to]
            alpha[t, to] = before * emissions[to, symbols[t]]
            total += alpha[t, to]
        if total <= 0.0:
            return np.inf
        scale[t] = total
        bits -= math.log2(total)
        for s in range(states):
            alpha[t, s] /= total
    moves[:] = 0.0
    shows[:] = 0.0
    beta = np.ones(states)
    ahead = np.empty(states)
    for t in range(n - 1, -1, -1):
        for s in range(states):
            shows[s, symbols[t]] += alpha[t, s] * beta[s]
        if t == 0:
            break
        for to in range(states):
            ahead[to] = emissions[to, symbols[t]] * beta[to] / scale[t]
        for s in range(states):
            beta[s] = 0.0
            for to in range(states):
                step = transitions[s, to] * ahead[to]
                beta[s] += step
                moves[s, to] += alpha[t - 1, s] * step
    return bits


@njit(cache=True, nogil=True)
def _normalise(rows, expected, prior):
    """Rows by expected numbers plus a prior; a row that nothing is expected of stays."""
    for s in range(rows.shape[0]):
        total = 0.0
        for k in range(rows.shape[1]):
            total += expected[s, k] + prior
        if total <= 0.0:
            continue
        for k in range(rows.shape[1]):
            rows[s, k] = (expected[s, k] + prior) / total


@njit(cache=True, nogil=True)
def baum_welch(symbols, start, transitions, emissions, prior, iterations, tolerance):
    """Climb in place until a step saves less than `tolerance` bits; -log2 probability at the end.

    With a prior p it climbs to the mode under Dirichlet(1 + p) of every row.
    """
    moves, shows = np.empty_like(transitions), np.empty_like(emissions)
    before = np.inf
    for _ in range(iterations):
        bits = expectations(symbols, start, transitions, emissions, moves, shows)
        if bits == np.inf or abs(before - bits) < tolerance:
            break
        before = bits
        _normalise(transitions, moves, prior)
        _normalise(emissions, shows, prior)
    return forward(symbols, start.copy(), transitions, emissions)


@njit(cache=True, nogil=True)
def draw(uniforms, cumulative, order):
    """(n,) symbols of a chain: the first `order` uniform, then by cumulative rows (K^order, K)."""
    contexts, size = cumulative.shape
    symbols = np.empty(uniforms.size, np.int64)
    context = 0
    for t in range(uniforms.size):
        if t < order:
            symbol = min(int(uniforms[t] * size), size - 1)
        else:
            symbol = 0
            while symbol < size - 1 and uniforms[t] >= cumulative[context, symbol]:
                symbol += 1
        symbols[t] = symbol
        context = (context * size + symbol) % contexts
    return symbols
