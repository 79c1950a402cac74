"""How often the true order of a Markov chain is found, by length, over many simulated sequences."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from complexity.errors import integer, one_of
from complexity.progress import progress as progress_bar
from complexity.provenance import commit, versions
from mdl.consistency import Consistency, checked_sizes, from_choices, stream
from mdl.markov._simplex import as_rows
from mdl.markov.chains import MAX_ORDER, VERSIONS, MarkovChain

__all__ = ["ORDER_CRITERIA", "order_consistency", "sample_chain"]

ORDER_CRITERIA = (*VERSIONS, "bic", "aic", "cv")
"""What an order can be chosen by."""
_FOLDS = 5


def sample_chain(transitions: ArrayLike, n: int, *, seed: int = 0) -> NDArray[np.int64]:
    """n symbols of a Markov chain whose first k are uniform.

    Args:
        transitions: shape (K,) * k + (K,), the oldest symbol of the context first; rows of the last
            axis sum to 1.
        n: number of symbols.
        seed: same seed, same symbols.

    Raises:
        TypeError, ValueError: an argument is not accepted.
    """
    table = _checked(transitions)
    integer("n", n, 0)
    integer("seed", seed, 0)
    return _drawn(table, n, np.random.default_rng(seed))


def order_consistency(
    transitions: ArrayLike,
    lengths: Sequence[int],
    *,
    max_order: int = 4,
    replicas: int = 200,
    criteria: Iterable[str] = ("fnml", "bayes", "bic", "aic", "cv"),
    seed: int = 0,
    progress: bool = True,
) -> Consistency:
    """Simulate sequences of a chain, and choose their orders by several criteria.

    Args:
        transitions: of the chain, shape (K,) * k + (K,); its order is k: at least one context of k
            symbols should differ from another with the same last k - 1.
        lengths: of the sequences, growing; each from 10 for cross-validation.
        max_order: orders 0 to this one are compared.
        replicas: sequences of each length; each is drawn anew.
        criteria: some of `ORDER_CRITERIA`; "cv" predicts each of five blocks from those before.
        seed: every replica has a stream of its own.
        progress: whether to show progress on a terminal.

    Raises:
        TypeError, ValueError: an argument is not accepted.
    """
    table = _checked(transitions)
    order, size = table.ndim - 1, len(table)
    integer("max_order", max_order, order, MAX_ORDER)
    integer("replicas", replicas, 1)
    integer("seed", seed, 0)
    names = list(dict.fromkeys(one_of("criteria", name, ORDER_CRITERIA) for name in criteria))
    if not names:
        raise ValueError(f"criteria: got none, accepted are some of {', '.join(ORDER_CRITERIA)}")
    sizes = checked_sizes("lengths", lengths, 2 * _FOLDS if "cv" in names else 1)
    chosen = {name: np.zeros((len(sizes), replicas), np.int64) for name in names}
    with progress_bar("orders", len(sizes) * replicas, show=progress) as advance:
        for at, n in enumerate(sizes):
            for replica in range(replicas):
                sequence = _drawn(table, n, stream(seed, n, replica))
                bits = [_scores(sequence, k, size, names) for k in range(max_order + 1)]
                for name in names:
                    chosen[name][at, replica] = np.argmin([each[name] for each in bits])
                advance()
    made = {
        "transitions": table.tolist(),
        "max_order": max_order,
        "folds": _FOLDS,
        "seed": seed,
        "versions": versions("numpy", "scipy"),
        "commit": commit(),
    }
    return from_choices("order", order, sizes, chosen, made)


def _scores(
    sequence: NDArray[np.int64], order: int, size: int, criteria: Sequence[str]
) -> dict[str, float]:
    """What each criterion takes the least of."""
    codes = [name for name in criteria if name in VERSIONS] or ["bayes"]
    described = {name: MarkovChain(order, size, name).describe(sequence) for name in codes}
    scores = {name: each.total_bits for name, each in described.items()}
    scores["bic"] = described[codes[0]].bic_bits  # the same for all codes, and so is AIC
    scores["aic"] = described[codes[0]].aic_bits
    if "cv" in criteria:
        chain = MarkovChain(order, size, "bayes")
        parts = np.array_split(sequence, _FOLDS + 1)
        ends = np.cumsum([part.size for part in parts])
        scores["cv"] = math.fsum(
            chain.heldout_bits(sequence[:end], part)
            for end, part in zip(ends[:-1], parts[1:], strict=True)
        )
    return scores


def _drawn(table: NDArray[np.float64], n: int, rng: np.random.Generator) -> NDArray[np.int64]:
    from mdl.markov import _kernels as kernels

    return kernels.draw(rng.random(n), np.cumsum(table, -1).reshape(-1, len(table)), table.ndim - 1)


def _checked(transitions: ArrayLike) -> NDArray[np.float64]:
    table = as_rows("transitions", transitions)
    if len(set(table.shape)) != 1:
        raise ValueError(
            f"transitions: got shape {table.shape}, accepted is (K,) for every symbol of the "
            "context and the next"
        )
    return table
