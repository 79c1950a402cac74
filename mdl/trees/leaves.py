"""Codes of the labels in one leaf, and what tables of attributes and labels are accepted.

=======  ==========================================================================================
version  bits of n labels with counts h_1..h_K
=======  ==========================================================================================
nml      n H(h / n) + log2 C(K, n), the least worst-case regret
bayes    -log2 of the Krichevsky-Trofimov mixture, Gamma(K/2) prod Gamma(h_k + 1/2) /
         (Gamma(1/2)^K Gamma(n + K/2)): sequential, so it can be written to a file label by label
=======  ==========================================================================================

No labels take 0 bits; one takes log2 K.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from complexity.errors import as_array, integer, one_of
from mdl.nml import multinomial_complexity

__all__ = ["MAX_LABELS", "VERSIONS", "Leaves", "attributes", "labelled"]

MAX_LABELS = 1 << 16
"""The most different labels."""
VERSIONS = ("nml", "bayes")

_LOG2E = math.log2(math.e)


class Leaves:
    """Bits of leaves over an alphabet of labels.

    Args:
        alphabet_size: K, number of different labels that may occur.
        n: the most labels in a leaf.
        version: "nml" or "bayes".

    Raises:
        ValueError: the version is unknown.
    """

    def __init__(self, alphabet_size: int, n: int, version: str) -> None:
        from scipy.special import gammaln

        one_of("version", version, VERSIONS)
        h = np.arange(n + 1)
        self._entropy = h * np.log2(np.maximum(h, 1))
        self.complexity = multinomial_complexity(alphabet_size, h)
        self._bayes = version == "bayes"
        self._halves = (gammaln(h + 0.5) - gammaln(0.5)) * _LOG2E
        self._total = (gammaln(h + alphabet_size / 2) - gammaln(alphabet_size / 2)) * _LOG2E

    def best_fit_bits(self, counts: NDArray[Any]) -> NDArray[np.float64]:
        """n H(h / n) of counts (..., K), in bits."""
        return self._entropy[counts.sum(-1)] - self._entropy[counts].sum(-1)

    def bits(self, counts: NDArray[Any]) -> NDArray[np.float64]:
        """Codelength of the labels with counts (..., K)."""
        if self._bayes:
            return self._total[counts.sum(-1)] - self._halves[counts].sum(-1)
        return self.best_fit_bits(counts) + self.complexity[counts.sum(-1)]


def attributes(argument: str, x: Any) -> NDArray[np.float64]:
    """Rows (n, m) of float64, m at least 1.

    Raises:
        TypeError: items are not real numbers.
        ValueError: NaN or infinities, or another shape.
    """
    accepted = "accepted is an array (n, m) of finite real numbers"
    rows = as_array(argument, x, accepted)
    if rows.dtype.kind not in "biuf":
        raise TypeError(f"{argument}: got items of type {rows.dtype}, {accepted}")
    if rows.ndim != 2 or not rows.shape[1]:
        raise ValueError(f"{argument}: got shape {rows.shape}, {accepted}")
    if not np.isfinite(rows).all():
        raise ValueError(f"{argument}: got NaN or infinity, {accepted}")
    return rows.astype(np.float64)


def labelled(
    x: Any, y: Any, alphabet_size: int | None
) -> tuple[NDArray[np.float64], NDArray[np.int64], int]:
    """Attributes (n, m), labels (n,) and their alphabet size: given, or the largest label plus 1.

    Raises:
        TypeError: labels are no integers.
        ValueError: they are negative or beyond the alphabet, or as many as other than the rows.
    """
    rows = attributes("x", x)
    accepted = "accepted are integers from 0"
    labels = as_array("y", y, accepted)
    if labels.dtype.kind not in "biu" and labels.size:
        raise TypeError(f"y: got items of type {labels.dtype}, {accepted}")
    if labels.shape != (len(rows),):
        raise ValueError(f"y: got shape {labels.shape}, accepted is ({len(rows)},) as rows of x")
    top = int(labels.max()) if labels.size else 0
    if labels.size and int(labels.min()) < 0:
        raise ValueError(f"y: got {int(labels.min())}, {accepted}")
    if alphabet_size is None:
        alphabet_size = top + 1
    alphabet_size = integer("alphabet_size", alphabet_size, 1, MAX_LABELS)
    if top >= alphabet_size:
        raise ValueError(f"y: got {top}, {accepted} to {alphabet_size - 1}")
    return rows, labels.astype(np.int64), alphabet_size
