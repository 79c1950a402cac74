"""Numba kernel of the causal states: pasts joined while their futures cannot be told apart."""

import math

import numpy as np
from numba import njit

FEWEST = 5.0
"""Expected count below which a future is pooled with others (Cochran's rule)."""


@njit(cache=True, nogil=True)
def _told_apart(past, total, state, state_total, critical):
    """Whether a chi-squared test of two samples tells past and state apart.

    Futures expected less than FEWEST times in the smaller sample are counted as one.
    """
    both = total + state_total
    smaller = min(total, state_total)
    up, down = math.sqrt(state_total / total), math.sqrt(total / state_total)
    statistic = 0.0
    cells = 0
    rare_past = rare_state = 0
    for f in range(past.size):
        pooled = past[f] + state[f]
        if pooled == 0:
            continue
        if pooled * smaller < FEWEST * both:
            rare_past += past[f]
            rare_state += state[f]
            continue
        difference = past[f] * up - state[f] * down
        statistic += difference * difference / pooled
        cells += 1
    rare = rare_past + rare_state
    if rare * smaller >= FEWEST * both:
        difference = rare_past * up - rare_state * down
        statistic += difference * difference / rare
        cells += 1
    return cells > 1 and statistic > critical[cells - 1]


@njit(cache=True, nogil=True)
def _log_likelihood(past, state, state_total):
    """Of the past's futures in a state, whose shares are estimated as Krichevsky-Trofimov does."""
    total = 0.0
    for f in range(past.size):
        if past[f]:
            total += past[f] * math.log((state[f] + 0.5) / (state_total + 0.5 * past.size))
    return total


@njit(cache=True, nogil=True)
def merged(starts, futures, counts, many, critical, state_of):
    """Join every past, in order, to the state that suits it best, or to a new one.

    Past i has `counts[j]` futures `futures[j]` for j in starts[i] .. starts[i + 1]. It joins, of
    the states that the test does not tell it apart from, the one in which its futures are the
    likeliest. `critical[d]` is the test's threshold at d degrees of freedom; `state_of` receives
    the states, and how many there are is returned.
    """
    states = np.zeros((8, many), np.int64)
    past = np.zeros(many, np.int64)
    used = 0
    for i in range(state_of.size):
        past[:] = 0
        for j in range(starts[i], starts[i + 1]):
            past[futures[j]] = counts[j]
        total = past.sum()
        best, greatest = -1, -np.inf
        for s in range(used):
            state_total = states[s].sum()
            if _told_apart(past, total, states[s], state_total, critical):
                continue
            likelihood = _log_likelihood(past, states[s], state_total)
            if likelihood > greatest:
                best, greatest = s, likelihood
        if best < 0:
            if used == len(states):
                states = np.concatenate((states, np.zeros_like(states)))
            best = used
            used += 1
        states[best] += past
        state_of[i] = best
    return used
