"""Bets on the next bit: capital that no strategy can expect to grow on fair coins.

A gambler who stakes by a predictor's probabilities at even odds has, from a capital of 1, after n
bits 2^n P(x): a martingale for fair coins. By Ville's inequality the capital ever reaches c with
probability at most 1 / c. So the inverse of the largest capital so far is a p-value at any time,
whenever one stops and whatever made one stop.

Two gamblers get half of the capital each: one stakes by the Krichevsky-Trofimov estimate of a
coin, one by context-tree weighting, the mixture over all tree sources. The capital of both is a
martingale too.

References:
    J. Ville, Étude critique de la notion de collectif, Gauthier-Villars 1939.
    C. P. Schnorr, A unified approach to the definition of random sequences, Math. Systems Theory
        5(3), 1971.
    G. Shafer and V. Vovk, Game-Theoretic Foundations for Probability and Finance, Wiley 2019.
    F. M. J. Willems, Y. M. Shtarkov and T. J. Tjalkens, The context-tree weighting method, IEEE
        Trans. Inf. Theory 41(3), 1995.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from complexity.bitstrings import BitsLike
from complexity.context import ContextTree
from complexity.errors import integer
from complexity.randomness.deficiency import MOST_BITS
from complexity.randomness.outcome import BOUND, Outcome, Part, bound_p, sequence

__all__ = ["betting", "wealth"]

_LOOKS = 4096


def betting(bits: BitsLike | bytes, *, depth: int = 24) -> Outcome:
    """The betting test: does a gambler who learns get rich?

    Args:
        bits: (n,); bets are placed on each of the first 2^22, and then no more.
        depth: bits of context that context-tree weighting sees, 0 to 64.

    Returns:
        The statistic is log2 of the largest capital, in bits; the gamblers alone are parts. p is
        the capital's inverse, at most 1: a bound that holds at every n. Capital is looked at 4096
        times at most (of longer sequences at equal distances), so that a larger one may be missed,
        which makes p no smaller. `parameters` has log2 of the final capitals.

    Raises:
        TypeError, ValueError: as `battery`; or the depth is out of range.

    Example:
        >>> outcome = betting("0110" * 100)
        >>> outcome.statistic > 350, outcome.p < 2**-350
        (True, True)
    """
    data = sequence("bits", bits)
    _, gamblers = wealth(data, depth=depth)
    kt, ctw = gamblers.values()
    together = np.logaddexp2(kt, ctw) - 1
    parts = tuple(
        Part(name, float(capital.max()), bound_p(float(capital.max())))
        for name, capital in gamblers.items()
    )
    final = {f"{name} final": float(capital[-1]) for name, capital in gamblers.items()}
    parameters = {"depth": depth, "bets": min(data.size, MOST_BITS)} | final
    statistic = max(0.0, float(together.max()))
    return Outcome("betting", statistic, bound_p(statistic), BOUND, parameters, parts)


def wealth(
    bits: BitsLike | bytes, *, depth: int = 24
) -> tuple[NDArray[np.int64], dict[str, NDArray[np.float64]]]:
    """The gamblers' capital along the way.

    Args:
        bits: as `betting`.
        depth: as `betting`.

    Returns:
        After how many bets it was looked at, 0 first (k,); and log2 of each gambler's capital then,
        (k,) by name: "kt" and "ctw".

    Raises:
        TypeError, ValueError: as `betting`.
    """
    data = sequence("bits", bits)[:MOST_BITS]
    tree = ContextTree(integer("depth", depth, 0, 64))
    step = -(-data.size // _LOOKS)
    looks = np.append(np.arange(0, data.size, step), data.size)
    lengths = [0.0]
    for start, stop in zip(looks[:-1].tolist(), looks[1:].tolist(), strict=True):
        tree.extend(data[start:stop])
        lengths.append(tree.codelength)
    return looks, {"kt": _coin(data, looks), "ctw": looks - np.array(lengths)}


def _coin(data: NDArray[np.uint8], looks: NDArray[np.int64]) -> NDArray[np.float64]:
    """log2 of 2^n G(a + 1/2) G(b + 1/2) / (pi n!), the bets by (ones + 1/2) / (bits + 1)."""
    from scipy.special import gammaln

    ones = np.concatenate([[0], np.cumsum(data, dtype=np.int64)])[looks]
    logs = gammaln(ones + 0.5) + gammaln(looks - ones + 0.5) - gammaln(looks + 1) - np.log(np.pi)
    capital = looks + logs / np.log(2)
    capital[0] = 0.0
    return capital
