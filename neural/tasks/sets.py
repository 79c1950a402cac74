"""Sets without an order of their own: numbers to be sorted, variables that hang on one of them.

References:
    O. Vinyals, S. Bengio and M. Kudlur, Order matters: sequence to sequence for sets, ICLR 2016,
        section 4.3 (sorting) and section 5 (star-shaped graphical models).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from complexity.errors import integer
from neural._options import numbers

__all__ = ["Star", "numbers_to_sort", "star"]


def numbers_to_sort(
    count: int, numbers: int, rng: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Numbers (count, numbers, 1), uniform in [0, 1], and their indices in ascending order.

    Raises:
        TypeError, ValueError: a number is below 1.
    """
    shape = (integer("count", count, 1), integer("numbers", numbers, 1))
    values = rng.uniform(size=shape).astype(np.float32)
    return values[..., None], np.argsort(values, axis=1)


@dataclass(frozen=True)
class Star:
    """A head variable, and leaves that depend on it and on nothing else.

    Attributes:
        head: probabilities of the head's values, (K,).
        leaves: of each leaf's values given the head's, (leaves, K, K), head second.
    """

    head: NDArray[np.float64]
    leaves: NDArray[np.float64]

    @property
    def entropy_bits(self) -> float:
        """Of all variables together: what no order of telling them falls short of, on average."""
        inner = -np.sum(self.leaves * _log2(self.leaves), axis=2)  # (leaves, K)
        return float(-self.head @ _log2(self.head) + inner.sum(0) @ self.head)

    def bits(self, values: NDArray[np.integer]) -> NDArray[np.float64]:
        """The ideal codelengths (count,) of values (count, 1 + leaves), the head first."""
        heads = values[:, 0]
        given = self.leaves[np.arange(len(self.leaves)), heads[:, None], values[:, 1:]]
        return -_log2(self.head)[heads] - _log2(given).sum(1)

    def sample(self, count: int, rng: np.random.Generator) -> NDArray[np.int64]:
        """Values (count, 1 + leaves), the head first."""
        heads = _drawn(np.tile(self.head, (count, 1)), rng)
        told = [_drawn(leaf[heads], rng) for leaf in self.leaves]
        return np.stack([heads, *told], axis=1)


def star(leaves: int, alphabet_size: int, *, concentration: float = 1.0, seed: int = 0) -> Star:
    """A star whose tables are drawn from symmetric Dirichlet laws; the head is uniform.

    Args:
        leaves: number of them, at least 1.
        alphabet_size: K, values of every variable.
        concentration: of the laws: the smaller, the more a head tells of its leaves.
        seed: of the tables.

    Raises:
        TypeError, ValueError: an argument is out of range.
    """
    integer("leaves", leaves, 1)
    integer("alphabet_size", alphabet_size, 2)
    numbers(0, concentration=concentration)
    if not concentration:
        raise ValueError(f"concentration: got {concentration}, accepted is a number above 0")
    rng = np.random.default_rng(integer("seed", seed, 0))
    law = np.full(alphabet_size, concentration)
    tables = rng.dirichlet(law, size=(leaves, alphabet_size))
    return Star(np.full(alphabet_size, 1 / alphabet_size), tables)


def _drawn(probabilities: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.int64]:
    """A class for every row, by its probabilities (n, K)."""
    sums = np.cumsum(probabilities, axis=1)
    sums /= sums[:, -1:]
    return (rng.random((len(sums), 1)) >= sums).sum(1)


def _log2(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of 0 too: the least number that is none, as 0 log 0 is 0."""
    return np.log2(np.maximum(probabilities, 1e-300))
