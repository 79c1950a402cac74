"""Scores of a column given its parents, in bits: what a Bayesian network's structure is judged by.

With r values of the child, q configurations of the parents, n rows, and counts n_jk of value k in
configuration j, every score is -log2 of the maximised likelihood and a penalty:

======  ==========================================================  =================  ==========
score   penalty                                                     score-equivalent   a code
======  ==========================================================  =================  ==========
fnml    sum over j of log2 C(r, n_j)                                no                 yes
qnml    log2 C(q r, n) - log2 C(q, n)                               yes                not always
bic     q (r - 1) / 2 log2 n                                        yes                no
bdeu    what the mixture under Dirichlet(1 / (q r)) costs more      yes                yes
======  ==========================================================  =================  ==========

C is the multinomial Shtarkov sum. fNML codes a column after its parents' columns, so it sums to one
over all data. qNML is a quotient of two NML probabilities: it sums to one for networks without
edges and for complete ones, but to more than one for others, as a fork: Cauchy and Schwarz's
inequality applied to sum_a m(a)^2 / P(a), with m the marginal of the finer NML. Its bits are
therefore an estimate.

References:
    T. Silander, T. Roos, P. Kontkanen and P. Myllymäki, Factorized normalized maximum likelihood
        criterion for learning Bayesian network structures, PGM 2008, equation 14.
    T. Silander, J. Leppä-aho, E. Jääsaari and T. Roos, Quotient normalized maximum likelihood
        criterion for learning Bayesian network structures, AISTATS 2018, equation 7.
    D. Heckerman, D. Geiger and D. M. Chickering, Learning Bayesian networks: the combination of
        knowledge and statistical data, Machine Learning 20, 1995: BDeu, equivalent sample size 1.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from complexity.code import Kind
from complexity.errors import one_of
from mdl.bayesian_network._table import Table

__all__ = ["SCORES", "FamilyScores", "is_acyclic", "total_bits"]

SCORES = {"fnml": Kind.IDEAL, "qnml": Kind.ESTIMATE, "bic": Kind.ESTIMATE, "bdeu": Kind.IDEAL}
"""Score -> what its bits are worth."""


class FamilyScores:
    """Bits of columns given sets of others, remembered; sets are the bits of an integer.

    Args:
        table: the data.
        score: one of `SCORES`.

    Raises:
        ValueError: the score is unknown.
    """

    def __init__(self, table: Table, score: str) -> None:
        self.table, self.score = table, one_of("score", score, SCORES)
        self._joint: dict[int, float] = {}
        self._regrets: dict[tuple[int, int], float] = {}
        self._complexities: dict[int, float] = {}
        self._tables: dict[int, NDArray[np.float64]] = {}  # by arity; NaN where not asked for yet
        self._families: dict[tuple[int, int], float] = {}

    def bits(self, child: int, parents: int) -> float:
        """The score of a family."""
        key = (child, parents)
        if key not in self._families:
            both = parents | 1 << child
            bits = self._of_set(both) - self._of_set(parents) + self._penalty(child, parents)
            self._families[key] = bits
        return self._families[key]

    def best_fit_bits(self, child: int, parents: int) -> float:
        """-log2 of the maximised likelihood of a family."""
        return _entropy_bits(self.table.cells(parents | 1 << child)) - _entropy_bits(
            self.table.cells(parents)
        )

    def structure_bits(self, parents: int) -> float:
        """Bits that say a column's parents: how many, uniform on 0 to d - 1, then which."""
        others = len(self.table.names) - 1
        return math.log2(others + 1) + math.log2(math.comb(others, parents.bit_count()))

    def _of_set(self, mask: int) -> float:
        if mask not in self._joint:
            cells = self.table.cells(mask)
            if self.score == "bdeu":
                self._joint[mask] = _dirichlet_bits(cells, 1 / self.table.configurations(mask))
            else:
                self._joint[mask] = _entropy_bits(cells)
            if self.score == "fnml":
                self._remember_regrets(mask, cells)
        return self._joint[mask]

    def _remember_regrets(self, mask: int, cells: NDArray[np.int64]) -> None:
        from mdl.nml import multinomial_complexity

        for arity in set(self.table.arities):
            if arity not in self._tables:
                self._tables[arity] = np.full(self.table.n + 1, np.nan)
            bits = self._tables[arity]
            new = np.unique(cells[np.isnan(bits[cells])])
            if new.size:
                bits[new] = multinomial_complexity(arity, new)
            self._regrets[mask, arity] = float(bits[cells].sum())

    def _penalty(self, child: int, parents: int) -> float:
        arity = self.table.arities[child]
        if self.score == "bdeu":
            return 0.0
        if self.score == "fnml":
            return self._regrets[parents, arity]
        configurations = self.table.configurations(parents)
        if self.score == "bic":
            return configurations * (arity - 1) / 2 * math.log2(max(self.table.n, 1))
        return self._complexity(configurations * arity) - self._complexity(configurations)

    def _complexity(self, alphabet_size: int) -> float:
        if alphabet_size not in self._complexities:
            bits = _multinomial_bits(alphabet_size, self.table.n)
            self._complexities[alphabet_size] = bits
        return self._complexities[alphabet_size]


def _multinomial_bits(alphabet_size: int, n: int) -> float:
    """log2 C(K, n), in time linear in the lesser of K and n.

    For more symbols than n it is the sum over k of n^(k falling) (K - 1)^(k rising) / (n^k k!) of
    Mononen and Myllymäki (PGM 2008, theorem 1), whose terms are positive.
    """
    from mdl.nml import multinomial_complexity

    if n == 0 or alphabet_size <= max(n, 1 << 10):
        return multinomial_complexity(alphabet_size, n)
    steps = np.arange(n, dtype=np.float64)
    ratios = (n - steps) / n * ((alphabet_size - 1 + steps) / (steps + 1))
    logs = np.append(0.0, np.cumsum(np.log2(ratios)))
    return float(logs.max() + np.log2(np.exp2(logs - logs.max()).sum()))


def _entropy_bits(cells: NDArray[np.int64]) -> float:
    """n times the entropy of the counts."""
    n = int(cells.sum())
    return max(float(n * math.log2(n) - cells @ np.log2(cells)), 0.0) if n else 0.0


def _dirichlet_bits(cells: NDArray[np.int64], prior: float) -> float:
    """Those terms of BDeu that belong to a set of columns; cells without counts have none."""
    from scipy.special import gammaln

    return float((gammaln(prior) - gammaln(cells + prior)).sum()) / math.log(2)


def total_bits(scores: FamilyScores, parents: list[int]) -> float:
    """The score of a network, its structure included."""
    return sum(
        scores.bits(child, mask) + scores.structure_bits(mask) for child, mask in enumerate(parents)
    )


def is_acyclic(parents: list[int]) -> bool:
    """Whether columns can be ordered so that parents come first."""
    placed, left = 0, set(range(len(parents)))
    while left:
        ready = [child for child in left if not parents[child] & ~placed]
        if not ready:
            return False
        placed |= sum(1 << child for child in ready)
        left -= set(ready)
    return True
