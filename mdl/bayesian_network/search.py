"""Which network takes the fewest bits: all of them by dynamic programming, or greedily.

Exactly: the best parents of every column among every set of columns, then the best last column of
every set, in time and memory of the order d 2^d (Silander and Myllymäki 2006). Greedily: edges are
added, taken away or turned, the best step first, from no edges and from random networks, until no
step helps: the network found is a local optimum.

References:
    T. Silander and P. Myllymäki, A simple approach for finding the globally optimal Bayesian
        network structure, UAI 2006.
    D. Heckerman, D. Geiger and D. M. Chickering, Learning Bayesian networks, Machine Learning 20,
        1995, section 7: local search with restarts.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from mdl.bayesian_network._table import members
from mdl.bayesian_network.scores import FamilyScores, is_acyclic, total_bits

__all__ = ["MAX_EXACT", "exact", "greedy"]

MAX_EXACT = 16
"""The most columns of the dynamic programme."""
_LEAST_GAIN = 1e-9  # bits; a smaller one is rounding


def exact(scores: FamilyScores, max_parents: int) -> list[int]:
    """Parents of every column, as sets, of a network with the fewest bits."""
    d = len(scores.table.names)
    every = 1 << d
    best = np.full((d, every), np.inf)  # of column i with parents among a set
    for child in range(d):
        for mask in range(every):
            if not mask >> child & 1 and mask.bit_count() <= max_parents:
                best[child, mask] = scores.bits(child, mask) + scores.structure_bits(mask)
    chosen = np.broadcast_to(np.arange(every), (d, every)).copy()
    for column in range(d):
        _take_subsets(best, chosen, column)
    bits = np.zeros(every)
    last = np.zeros(every, np.int64)
    for mask in range(1, every):
        inside = list(members(mask))
        before = [mask ^ 1 << child for child in inside]
        totals = bits[before] + best[inside, before]
        at = int(np.argmin(totals))
        bits[mask], last[mask] = totals[at], inside[at]
    parents, mask = [0] * d, every - 1
    while mask:
        child = int(last[mask])
        mask ^= 1 << child
        parents[child] = int(chosen[child, mask])
    return parents


def _take_subsets(best: NDArray[np.float64], chosen: NDArray[np.int64], column: int) -> None:
    """Where leaving a column out of the set is better, or costs no bits, do."""
    shape = (len(best), -1, 2, 1 << column)
    bits, sets = best.reshape(shape), chosen.reshape(shape)
    better = bits[:, :, 0] < bits[:, :, 1] + _LEAST_GAIN
    np.copyto(bits[:, :, 1], bits[:, :, 0], where=better)
    np.copyto(sets[:, :, 1], sets[:, :, 0], where=better)


def greedy(scores: FamilyScores, max_parents: int, restarts: int, seed: int) -> list[int]:
    """Parents of every column, as sets, of the best network that the climbs end in."""
    d = len(scores.table.names)
    climbs = [_climbed(scores, [0] * d, max_parents)]
    for restart in range(restarts):
        rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(restart,)))
        climbs.append(_climbed(scores, _random_network(rng, d, max_parents), max_parents))
    return min(climbs, key=lambda parents: total_bits(scores, parents))


def _climbed(scores: FamilyScores, parents: list[int], max_parents: int) -> list[int]:
    def cost(child: int, mask: int) -> float:
        return scores.bits(child, mask) + scores.structure_bits(mask)

    while True:
        steps = []
        for changes in _steps(parents, max_parents):
            gain = sum(cost(c, parents[c]) - cost(c, mask) for c, mask in changes.items())
            if gain > _LEAST_GAIN:
                steps.append((gain, changes))
        steps.sort(key=lambda step: -step[0])
        for _, changes in steps:
            changed = [changes.get(child, mask) for child, mask in enumerate(parents)]
            if is_acyclic(changed):
                parents = changed
                break
        else:
            return parents


def _steps(parents: list[int], max_parents: int) -> Iterator[dict[int, int]]:
    """The new parents of every column that one step changes."""
    for child, mask in enumerate(parents):
        for other in range(len(parents)):
            bit = 1 << other
            if mask & bit:
                yield {child: mask ^ bit}
                turned = parents[other] | 1 << child
                if turned.bit_count() <= max_parents:
                    yield {child: mask ^ bit, other: turned}
            elif other != child and mask.bit_count() < max_parents:
                yield {child: mask | bit}


def _random_network(rng: np.random.Generator, d: int, max_parents: int) -> list[int]:
    """An order drawn at random, and up to two parents from what comes before."""
    parents, order = [0] * d, rng.permutation(d).tolist()
    for place, child in enumerate(order):
        count = min(place, max_parents, int(rng.integers(0, 3)))
        for other in rng.choice(order[:place], count, replace=False) if count else ():
            parents[child] |= 1 << int(other)
    return parents
