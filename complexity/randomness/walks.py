"""The walk of +1 and -1: how far it goes, what it visits (SP 800-22, sections 2.13 to 2.15).

References:
    P. Révész, Random Walk in Random and Non-Random Environments, World Scientific 1990.
    M. Baron and A. Rukhin, Distribution of the number of visits for a random walk, Communications
        in Statistics: Stochastic Models 15(3), 1999.
    A. Rukhin et al., NIST Special Publication 800-22 rev. 1a, 2010, sections 2.13 to 2.15, 3.13 to
        3.15.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from complexity.bitstrings import BitsLike
from complexity.randomness.outcome import (
    Outcome,
    Part,
    chi_square,
    chi_square_tail,
    inapplicable,
    normal_tails,
    of_parts,
    sequence,
)

__all__ = ["cumulative_sums", "farther_than", "random_excursions", "random_excursions_variant"]

_NEAR, _FAR = 4, 9  # states of the two tests: -4 to 4 and -9 to 9 but for 0
_MOST = 5  # the last class: 5 visits and more


def cumulative_sums(bits: BitsLike | bytes) -> Outcome:
    """The cumulative sums test, section 2.13: does the walk of +1 and -1 go too far, or not enough?

    Args:
        bits: (n,); the document asks for n >= 100.

    Returns:
        Two parts, forward and backward: the greatest distance from the beginning and from the end.
        The limiting law is summed to the end; the document's formula leaves out terms that are
        below 10^-20 for n >= 100.

    Raises:
        TypeError, ValueError: as `battery`.
    """
    data = sequence("bits", bits)
    walk = np.cumsum(2 * data.astype(np.int64) - 1)
    before = np.concatenate([[0], walk[:-1]])
    reach = {"forward": np.abs(walk).max(), "backward": np.abs(walk[-1] - before).max()}
    parts = [
        Part(label, float(z), farther_than(float(z) / math.sqrt(data.size)))
        for label, z in reach.items()
    ]
    return of_parts("cumulative_sums", parts, {})


def farther_than(distance: float) -> float:
    """The probability that a Brownian motion is once as far from 0 in unit time.

    4 (Q(a) - Q(3 a) + Q(5 a) - ...), Q the upper tail of a normal variable, by reflections.
    """
    from scipy.special import ndtr

    odd = np.arange(1, max(3.0, 40 / distance + 2), 2)
    signs = 1 - 2 * (np.arange(odd.size) % 2)
    return min(1.0, max(0.0, float(4 * (signs * ndtr(-odd * distance)).sum())))


def random_excursions(bits: BitsLike | bytes, *, least_cycles: int = 500) -> Outcome:
    """The random excursions test, section 2.14: how often cycles visit the states -4 to 4.

    A cycle goes from 0 to the next 0; the last one, which may not be finished, counts.

    Args:
        bits: (n,); the document asks for n >= 10^6.
        least_cycles: with fewer cycles the test does not apply; nor with fewer than 0.005 sqrt(n).

    Returns:
        A part for every state: chi-square with 5 degrees of freedom over the cycles with 0, 1, ...,
        4, 5 and more visits.

    Raises:
        TypeError, ValueError: as `battery`.

    Example:
        >>> outcome = random_excursions("0110110101", least_cycles=1)
        >>> {part.label: round(part.p, 6) for part in outcome.parts}["+1"]  # section 2.14.4
        0.502488
    """
    data = sequence("bits", bits)
    walk, cycles = _walk(data)
    if short := _too_few("random_excursions", cycles, data.size, least_cycles):
        return short
    cycle = np.cumsum(np.concatenate([[0], walk[:-1] == 0]))
    parts = []
    for state in _states(_NEAR):
        visits = np.bincount(cycle[walk == state], minlength=cycles)[:cycles]
        observed = np.bincount(np.minimum(visits, _MOST), minlength=_MOST + 1)
        statistic = chi_square(observed, cycles * _visit_shares(state))
        parts.append(Part(f"{state:+d}", statistic, chi_square_tail(statistic, _MOST)))
    return of_parts("random_excursions", parts, {"cycles": cycles})


def random_excursions_variant(bits: BitsLike | bytes, *, least_cycles: int = 500) -> Outcome:
    """The random excursions variant test, section 2.15: how often the states -9 to 9 are visited.

    Args:
        bits: (n,); the document asks for n >= 10^6.
        least_cycles: with fewer cycles the test does not apply; nor with fewer than 0.005 sqrt(n).

    Returns:
        A part for every state: its statistic is the number of visits, of which p has both tails.

    Raises:
        TypeError, ValueError: as `battery`.

    Example:
        >>> outcome = random_excursions_variant("0110110101", least_cycles=1)
        >>> {part.label: round(part.p, 6) for part in outcome.parts}["+1"]  # section 2.15.4
        0.683091
    """
    data = sequence("bits", bits)
    walk, cycles = _walk(data)
    if short := _too_few("random_excursions_variant", cycles, data.size, least_cycles):
        return short
    parts = []
    for state in _states(_FAR):
        visits = int(np.count_nonzero(walk == state))
        z = (visits - cycles) / math.sqrt(cycles * (4 * abs(state) - 2))
        parts.append(Part(f"{state:+d}", float(visits), normal_tails(z)))
    return of_parts("random_excursions_variant", parts, {"cycles": cycles})


def _walk(data: NDArray[np.uint8]) -> tuple[NDArray[np.int64], int]:
    """The walk after every step, and its number of cycles."""
    walk = np.cumsum(2 * data.astype(np.int64) - 1)
    return walk, int(np.count_nonzero(walk == 0)) + int(walk[-1] != 0)


def _too_few(test: str, cycles: int, n: int, least_cycles: int) -> Outcome | None:
    least = max(least_cycles, math.ceil(0.005 * math.sqrt(n)))
    if cycles >= least:
        return None
    reason = f"the walk has {cycles} cycles, fewer than {least}"
    return inapplicable(test, reason, {"cycles": cycles}, counted=True)


def _states(most: int) -> list[int]:
    return [*range(-most, 0), *range(1, most + 1)]


def _visit_shares(state: int) -> NDArray[np.float64]:
    """The probabilities of 0, 1, ..., 4, 5 and more visits of a state in a cycle (section 3.14)."""
    returns = 1 / (2 * abs(state))  # of walks that reach it, those that never come again
    shares = returns**2 * (1 - returns) ** np.arange(-1.0, _MOST)
    shares[0] = 1 - returns
    shares[_MOST] = returns * (1 - returns) ** (_MOST - 1)
    return shares
