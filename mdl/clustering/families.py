"""What one cluster is: families of densities, their maximum likelihood, their normalisers.

For h rows of one column, a Gaussian with |mean - centre| <= R and deviation >= s has the Shtarkov
integral, over all data whose mean is in that range,

    C(h) = 2 R / s * (2 (h/2e)^(h/2) / (sqrt(pi) Gamma((h-1)/2)) + sqrt(h/2pi) P[chi2(h-1) <= h]):

the first term is Hirai and Yamanishi's, over data with deviation >= s; the second adds those that
deviate less, whose maximum likelihood lies on the boundary, so that one row, or equal rows, are in
the domain. A diagonal covariance multiplies it over columns. A full covariance of m columns has

    C(h) = (h/2e)^(mh/2) pi^(-m/2) / Gamma_m((h-1)/2) * integral of |S|^(-(m+2)/2) dmu dS

over what follows. Here dS = prod s_j^(m-1) ds_j^2 dr, and the integral over correlation matrices is
a product over partial correlations: column j after columns 1..j-1 (a C-vine). So the domain is
|mean_j - centre_j| <= R_j, s_j >= the least deviation, and all those partial correlations <= r in
absolute value; the integral is exact:

    prod_j 2 R_j * prod_j 2 / s_j * prod_{k=1}^{m-1} (int_{-r}^r (1 - t^2)^(-(k+3)/2) dt)^(m-k).

The domain is not that of the 2013 paper, which bounds eigenvalues: over the least eigenvalues
alone, with the Jacobian of the covariance, the integral of the full family diverges. Rows outside
the domain, as a full covariance of m rows or fewer, take infinitely many bits.

References:
    S. Hirai and K. Yamanishi, Efficient computation of normalized maximum likelihood codes for
        Gaussian mixture models with its applications to clustering, IEEE Trans. Inf. Theory 59(11),
        2013: NML on a restricted domain, and its renormalised form.
    H. Joe, Generating random correlation matrices based on partial correlations, J. Multivariate
        Analysis 97(10), 2006: the Jacobian.
    P. Kontkanen et al., An MDL framework for data clustering, 2005: categorical columns.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from complexity.errors import integer
from mdl.families._family import as_real, as_scale
from mdl.nml import multinomial_complexity

__all__ = [
    "CategoricalFamily",
    "DiagonalGaussian",
    "Family",
    "FullGaussian",
    "RenormalisedGaussian",
]

_LOG2E = math.log2(math.e)

Floats = NDArray[np.float64]


@runtime_checkable
class Family(Protocol):
    """One cluster's densities. Rows (n, m) have been checked by the caller."""

    label: ClassVar[str]
    version: ClassVar[str]

    @property
    def columns(self) -> int:
        """m, of a row."""
        ...

    @property
    def parameters(self) -> int:
        """Free real parameters of a cluster."""
        ...

    def complexities(self, n: int) -> Floats:
        """log2 of the normaliser of h = 0..n rows, (n + 1,) bits."""
        ...

    def estimate(self, x: NDArray[Any], weights: Floats, *, smooth: bool = False) -> Any:
        """Maximum likelihood of k clusters of rows (n, m) weighted by (n, k); `smooth` keeps away
        from the boundary, for a search."""
        ...

    def row_bits(self, x: NDArray[Any], estimates: Any) -> Floats:
        """-log2 density of every row (n, m) under every cluster, (n, k) bits."""
        ...

    def further_bits(self, estimates: Any, counts: Floats) -> Floats:
        """(k,) bits of clusters of so many rows, above their rows' and the normaliser: infinite
        outside the domain, 0 for an empty cluster."""
        ...

    def features(self, x: NDArray[Any]) -> Floats:
        """Rows as points between which distances make sense, (n, f)."""
        ...


@dataclass(frozen=True)
class CategoricalFamily:
    """Independent categorical columns; column j holds 0 .. alphabet_sizes[j] - 1.

    Attributes:
        alphabet_sizes: categories of every column, known to the receiver.
    """

    alphabet_sizes: tuple[int, ...]
    label: ClassVar[str] = "categorical"
    version: ClassVar[str] = "nml"

    def __post_init__(self) -> None:
        for size in self.alphabet_sizes:
            integer("alphabet_sizes", size, 1, 1 << 16)
        if not self.alphabet_sizes:
            raise ValueError("alphabet_sizes: got none, accepted is one for every column")

    @property
    def columns(self) -> int:
        """m, of a row."""
        return len(self.alphabet_sizes)

    @property
    def parameters(self) -> int:
        """Free probabilities of a cluster."""
        return sum(self.alphabet_sizes) - len(self.alphabet_sizes)

    def complexities(self, n: int) -> Floats:
        """Sum of the columns' multinomial complexities."""
        h = np.arange(n + 1)
        tables = {size: multinomial_complexity(size, h) for size in set(self.alphabet_sizes)}
        return sum((tables[size] for size in self.alphabet_sizes), np.zeros(n + 1))

    def estimate(self, x: NDArray[Any], weights: Floats, *, smooth: bool = False) -> list[Floats]:
        """Probabilities (k, size) of every column."""
        found = []
        for column, size in zip(x.T, self.alphabet_sizes, strict=True):
            counts = np.array([np.bincount(column, each, size) for each in weights.T])
            counts += 0.5 if smooth else 0.0
            totals = counts.sum(1, keepdims=True)
            found.append(np.divide(counts, totals, out=np.zeros_like(counts), where=totals > 0))
        return found

    def row_bits(self, x: NDArray[Any], estimates: list[Floats]) -> Floats:
        """Bits of the rows' categories."""
        total = np.zeros((len(x), len(estimates[0])))
        with np.errstate(divide="ignore"):
            for column, chances in zip(x.T, estimates, strict=True):
                total -= np.log2(chances.T[column])
        return total

    def further_bits(self, estimates: list[Floats], counts: Floats) -> Floats:
        """None."""
        return np.zeros(len(counts))

    def features(self, x: NDArray[Any]) -> Floats:
        """Indicators of categories."""
        return np.concatenate([_indicators(column) for column in x.T], axis=1)


def _indicators(column: NDArray[np.int64]) -> Floats:
    """(n, s) of the s categories that occur."""
    distinct, places = np.unique(column, return_inverse=True)
    return (places[:, None] == np.arange(distinct.size)).astype(np.float64)


@dataclass(frozen=True)
class _Gaussian:
    """Attributes:
    centre: (m,) of the means' range.
    half_range: (m,) R, positive.
    minimum_deviation: (m,) s, positive.
    """

    centre: tuple[float, ...]
    half_range: tuple[float, ...]
    minimum_deviation: tuple[float, ...]

    def __post_init__(self) -> None:
        lengths = {len(self.centre), len(self.half_range), len(self.minimum_deviation)}
        if lengths != {len(self.centre)} or not self.centre:
            raise ValueError(
                f"centre, half_range, minimum_deviation: got {self.centre}, {self.half_range}, "
                f"{self.minimum_deviation}, accepted is one number each for every column"
            )
        for value in self.centre:
            as_real("centre", value)
        for name in ("half_range", "minimum_deviation"):
            for value in getattr(self, name):
                as_scale(name, value)

    @property
    def columns(self) -> int:
        """m, of a row."""
        return len(self.centre)

    @property
    def _deviation(self) -> Floats:
        return np.array(self.minimum_deviation)

    def features(self, x: NDArray[Any]) -> Floats:
        """Columns over their range."""
        return (x - np.array(self.centre)) / np.array(self.half_range)


def _moments(x: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Totals (k,), at least a tiny number, and means (k, m)."""
    totals = np.maximum(weights.sum(0), 1e-300)
    return totals, (weights.T @ x) / totals[:, None]


def _interior(h: Floats) -> Floats:
    """log2 (h/2e)^(h/2) / (sqrt(pi) Gamma((h-1)/2)) for h >= 2."""
    from scipy.special import gammaln

    nats = h / 2 * (np.log(h / 2) - 1) - math.log(math.pi) / 2 - gammaln((h - 1) / 2)
    return nats * _LOG2E


@dataclass(frozen=True)
class DiagonalGaussian(_Gaussian):
    """Independent Gaussian columns, deviations at least the least; every number of rows."""

    label: ClassVar[str] = "diagonal"
    version: ClassVar[str] = "nml"

    @property
    def parameters(self) -> int:
        """Means and deviations."""
        return 2 * len(self.centre)

    def complexities(self, n: int) -> Floats:
        """The module's C(h), summed over columns; 0 for no rows."""
        from scipy.special import chdtr

        h = np.arange(1, n + 1, dtype=float)
        inside = np.zeros(n)
        inside[1:] = 2 * np.exp2(_interior(h[1:]))
        boundary = np.sqrt(h / (2 * math.pi))
        boundary[1:] *= chdtr(h[1:] - 1, h[1:])  # one row deviates by nothing
        ranges = np.log2(2 * np.array(self.half_range) / self._deviation).sum()
        bits = len(self.centre) * np.log2(inside + boundary) + ranges
        return np.concatenate([[0.0], bits])

    def estimate(
        self, x: Floats, weights: Floats, *, smooth: bool = False
    ) -> tuple[Floats, Floats]:
        """Means and variances, (k, m) each."""
        totals, means = _moments(x, weights)
        squares = [weights[:, c] @ (x - mean) ** 2 for c, mean in enumerate(means)]
        return means, np.maximum(np.array(squares) / totals[:, None], self._deviation**2)

    def row_bits(self, x: Floats, estimates: tuple[Floats, Floats]) -> Floats:
        """Bits at resolution 1."""
        means, variances = estimates
        nats = [
            ((x - mean) ** 2 / (2 * variance)).sum(1) + np.log(2 * math.pi * variance).sum() / 2
            for mean, variance in zip(means, variances, strict=True)
        ]
        return np.array(nats).T * _LOG2E

    def further_bits(self, estimates: tuple[Floats, Floats], counts: Floats) -> Floats:
        """Infinite if a mean is out of range."""
        out = np.abs(estimates[0] - np.array(self.centre)) > np.array(self.half_range) * (1 + 1e-12)
        return np.where((counts > 0) & out.any(1), math.inf, 0.0)


@dataclass(frozen=True)
class RenormalisedGaussian(DiagonalGaussian):
    """Independent Gaussian columns, R and s of every cluster and column maximised and normalised.

    Without the boundary term, -log2 f + log2 C(h) is least at R = |mean - centre| and s = the
    deviation. Normalising once more over R from s0 to R0 and s from s0 to R0 (R0 the half range,
    s0 the least deviation) adds log2 (1 + l) l per column and cluster, l = ln(R0 / s0). Clusters of
    one row, or that deviate less than s0 in a column, are outside its domain.
    """

    label: ClassVar[str] = "diagonal"
    version: ClassVar[str] = "renormalised"

    def __post_init__(self) -> None:
        super().__post_init__()
        for least, half in zip(self.minimum_deviation, self.half_range, strict=True):
            if least >= half:
                raise ValueError(
                    f"minimum_deviation: got {least}, accepted is less than the half range, {half}"
                )

    def complexities(self, n: int) -> Floats:
        """The second normaliser: the same for all h >= 2; 0 for no rows, nothing for one."""
        logs = np.log(np.array(self.half_range) / self._deviation)
        bits = np.full(n + 1, np.log2((1 + logs) * logs).sum())
        bits[:2] = [0.0, -math.inf][: n + 1]
        return bits

    def further_bits(self, estimates: tuple[Floats, Floats], counts: Floats) -> Floats:
        """The first normaliser at its best R and s."""
        means, variances = estimates
        away = np.maximum(np.abs(means - np.array(self.centre)), self._deviation)
        h = np.maximum(counts, 2)
        bits = len(self.centre) * (2 + _interior(h))
        bits += (np.log2(away) - np.log2(variances) / 2).sum(1)
        # the estimate stops at the least deviation: what lies on it is out
        out = (variances <= self._deviation**2).any(1) | (away > np.array(self.half_range)).any(1)
        bits = np.where(out | (counts < 2), math.inf, bits)
        return np.where(counts == 0, 0.0, bits)


@dataclass(frozen=True)
class FullGaussian(_Gaussian):
    """Gaussian rows with any covariance in the module's domain.

    Attributes:
        correlation: r, the largest partial correlation.
    """

    correlation: float = 0.99
    label: ClassVar[str] = "full"
    version: ClassVar[str] = "nml"

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 < self.correlation < 1:
            raise ValueError(
                f"correlation: got {self.correlation}, accepted is a number between 0 and 1"
            )

    @property
    def parameters(self) -> int:
        """Means and covariances."""
        m = len(self.centre)
        return m + m * (m + 1) // 2

    def complexities(self, n: int) -> Floats:
        """The module's C(h) for h > m rows; 0 for no rows, nothing for 1..m."""
        from scipy.special import gammaln, hyp2f1

        m, r = len(self.centre), self.correlation
        bits = np.full(n + 1, -math.inf)
        bits[0] = 0.0
        if n <= m:
            return bits
        domain = np.log2(4 * np.array(self.half_range) / self._deviation).sum()
        for k in range(1, m):
            domain += (m - k) * math.log2(2 * r * hyp2f1(0.5, (k + 3) / 2, 1.5, r * r))
        h = np.arange(m + 1, n + 1, dtype=float)
        # log Gamma_m((h - 1) / 2), the multivariate gamma function
        logs = m * (m - 1) / 4 * math.log(math.pi) + sum(
            gammaln((h - j) / 2) for j in range(1, m + 1)
        )
        nats = m * h / 2 * (np.log(h / 2) - 1) - m / 2 * math.log(math.pi)
        bits[m + 1 :] = (nats - logs) * _LOG2E + domain
        return bits

    def estimate(
        self, x: Floats, weights: Floats, *, smooth: bool = False
    ) -> tuple[Floats, Floats]:
        """Means (k, m) and covariances (k, m, m)."""
        totals, means = _moments(x, weights)
        covariances = np.empty((len(means), x.shape[1], x.shape[1]))
        for c, mean in enumerate(means):
            apart = x - mean
            covariances[c] = (apart * weights[:, c, None]).T @ apart / totals[c]
            if smooth:
                covariances[c] += np.diag(self._deviation**2)
        return means, covariances

    def row_bits(self, x: Floats, estimates: tuple[Floats, Floats]) -> Floats:
        """Bits at resolution 1; infinite under a singular covariance."""
        bits = np.full((len(x), len(estimates[0])), math.inf)
        for c, (mean, covariance) in enumerate(zip(*estimates, strict=True)):
            root = _root(covariance)
            if root is not None:
                apart = np.linalg.solve(root, (x - mean).T)
                logs = np.log(2 * math.pi) * x.shape[1] / 2 + np.log(np.diag(root)).sum()
                bits[:, c] = ((apart**2).sum(0) / 2 + logs) * _LOG2E
        return bits

    def further_bits(self, estimates: tuple[Floats, Floats], counts: Floats) -> Floats:
        """Infinite outside the domain."""
        centre, half = np.array(self.centre), np.array(self.half_range)
        bits = np.zeros(len(counts))
        for c, (mean, covariance) in enumerate(zip(*estimates, strict=True)):
            if counts[c]:
                inside = (np.abs(mean - centre) <= half * (1 + 1e-12)).all()
                deviations = np.sqrt(np.diag(covariance))
                inside &= (deviations >= self._deviation).all()
                inside = inside and _partial(covariance) <= self.correlation
                bits[c] = 0.0 if inside and counts[c] > len(mean) else math.inf
        return bits


def _root(covariance: Floats) -> Any:
    """The lower triangular factor, None if there is none."""
    try:
        return np.linalg.cholesky(covariance)
    except np.linalg.LinAlgError:
        return None


def _partial(covariance: Floats) -> float:
    """The largest partial correlation of a column with one before, given those before that."""
    deviations = np.sqrt(np.diag(covariance))
    root = _root(covariance / np.outer(deviations, deviations))
    if root is None:
        return 1.0
    before = np.cumsum(root**2, axis=1) - root**2  # of a row, what earlier columns explain
    below = np.tril_indices(len(root), -1)
    left = np.sqrt(np.maximum(1 - before[below], 1e-300))
    return float(np.max(np.abs(root[below]) / left, initial=0.0))
