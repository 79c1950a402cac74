"""k clusters as a candidate: bits of the rows and of their labels.

The code is of rows *and labels*, NML of complete data. Labels are numbered: the k! relabellings of
a partition all have codewords. A code of partitions could share them and save log2 k!; as in the
papers it is not subtracted here.

The likelihood behind BIC and AIC of a description is that of rows and labels, too (the integrated
completed likelihood); `mixture_bits` of its `fit` is that of the rows alone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from complexity.errors import integer
from mdl.clustering.families import CategoricalFamily, Family
from mdl.clustering.normaliser import mixture_complexities
from mdl.clustering.search import best_fit_bits, mixture_search, search
from mdl.clustering.tables import categories, checked_family, family_of
from mdl.description import Description

__all__ = ["Clusters"]


@dataclass(frozen=True)
class Clusters:
    """Rows in k clusters, some of which may be empty.

    With no rows (where the family is given) there is nothing to describe: 0 bits. One row in the
    diagonal family takes log2 of k times C(1), on the boundary of its deviation.

    The domain of a Gaussian family is side information: it is read off the rows where a family is
    named, is the same for all k, and is not paid for.

    Args:
        clusters: k, at least 1.
        family: "diagonal", "renormalised" or "full" Gaussian, "categorical", or a `Family`.
        restarts: of the search.
        seed: of the search.

    Raises:
        TypeError, ValueError: an argument is out of range.
    """

    clusters: int
    family: str | Family = "diagonal"
    restarts: int = 10
    seed: int = 0
    exchangeable: ClassVar[bool] = True

    def __post_init__(self) -> None:
        checked_family(self.family)
        for name, least, most in (("clusters", 1, 1000), ("restarts", 1, None), ("seed", 0, None)):
            object.__setattr__(self, name, integer(name, getattr(self, name), least, most))

    @property
    def name(self) -> str:
        """Such as "3 clusters, diagonal (nml)"."""
        if isinstance(self.family, str):
            renormalised = self.family == "renormalised"
            label = "diagonal" if renormalised else self.family
            version = "renormalised" if renormalised else "nml"
        else:
            label, version = self.family.label, self.family.version
        return f"{self.clusters} cluster{'s' * (self.clusters > 1)}, {label} ({version})"

    def describe(self, data: Any) -> Description:
        """Bits of rows (n, m) and their labels under the best labelling found.

        Returns:
            `fit` has labels (n,), counts (k,), and mixture_bits: -log2 of the maximised likelihood
            of the rows alone, labels summed out. Where the search found no labelling in the domain,
            bits are infinite.

        Raises:
            TypeError, ValueError: as `family_of`.
        """
        rows, family = family_of(data, self.family)
        labels, fit = search(rows, self.clusters, family, restarts=self.restarts, seed=self.seed)
        return self._described(rows, family, labels, fit)

    def describe_labelling(self, data: Any, labels: Any) -> Description:
        """As `describe`, under given labels (n,), integers 0..k - 1.

        Raises:
            TypeError, ValueError: also if labels are not such.
        """
        rows, family = family_of(data, self.family)
        given = np.asarray(labels)
        if given.dtype.kind not in "biu" and given.size:
            raise TypeError(f"labels: got items of type {given.dtype}, accepted are integers")
        if given.shape != (len(rows),):
            raise ValueError(f"labels: got shape {given.shape}, accepted is ({len(rows)},)")
        if given.size and not 0 <= int(given.min()) <= int(given.max()) < self.clusters:
            raise ValueError(f"labels: accepted are integers from 0 to {self.clusters - 1}")
        given = given.astype(np.int64)
        return self._described(
            rows, family, given, best_fit_bits(rows, given, self.clusters, family)
        )

    def heldout_bits(self, train: Any, test: Any) -> float:
        """-log2 likelihood of test rows under the mixture fitted to `train`, labels summed out.

        EM begins at the labels of a search, and at others.

        Raises:
            TypeError, ValueError: as `family_of`.
        """
        rows, family = family_of(train, self.family)
        if isinstance(self.family, str) and isinstance(family, CategoricalFamily):
            more = categories("test", test)
            if more.shape[1] == rows.shape[1]:  # what only the test has still has a code
                family = family_of(np.concatenate([rows, more]), self.family)[1]
        labels, _ = search(
            rows, self.clusters, family, restarts=self.restarts, seed=self.seed, moves=False
        )
        _, weights = self._mixture(rows, labels, family)
        new, _ = family_of(test, family)
        with np.errstate(divide="ignore"):
            shares = np.log2(weights.mean(0))
        bits = family.row_bits(new, family.estimate(rows, weights, smooth=True)) - shares
        least = bits.min(1)
        return float((least - np.log2(np.exp2(least[:, None] - bits).sum(1))).sum())

    def _mixture(self, rows: Any, labels: Any, family: Family) -> tuple[float, Any]:
        return mixture_search(
            rows, labels, family, clusters=self.clusters, restarts=self.restarts, seed=self.seed
        )

    def _described(self, rows: Any, family: Family, labels: Any, fit: float) -> Description:
        single = family.complexities(len(rows))
        counts = np.bincount(labels, minlength=self.clusters)
        outside = math.isinf(fit)
        mixture = math.inf if outside or not len(rows) else self._mixture(rows, labels, family)[0]
        return Description(
            name=self.name,
            version=family.version,
            n=len(rows),
            model_bits=0.0 if outside else float(mixture_complexities(single, self.clusters)[-1]),
            data_bits=fit,
            best_fit_bits=fit,
            parameters=self.clusters - 1 + self.clusters * family.parameters,
            fit={"labels": labels, "counts": counts, "mixture_bits": mixture},
        )
