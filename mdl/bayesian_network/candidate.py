"""Bayesian networks as candidates: one that is given, or the best one with its structure paid."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from complexity.errors import as_array, one_of
from mdl.bayesian_network._table import as_table
from mdl.bayesian_network.networks import METHODS, BayesianNetwork, learn_network, score_network
from mdl.bayesian_network.scores import SCORES
from mdl.description import Description

__all__ = ["NetworkModel"]


@dataclass(frozen=True)
class NetworkModel:
    """Rows of discrete columns as from a Bayesian network: a candidate.

    No rows take no bits beyond the structure.

    Args:
        score: "fnml", "qnml", "bic" or "bdeu"; only fNML and BDeu are codes.
        network: a networkx DiGraph that is known to the receiver; None: learnt, and its structure
            is paid for.
        method: of learning.
        arities: how many values the columns have; None for those that occur.
        label: what `name` calls it, by default "network".

    Raises:
        ValueError: the score or the method is unknown.
    """

    score: str = "fnml"
    network: Any = None
    method: str = "auto"
    arities: Sequence[int] | None = None
    label: str = "network"

    def __post_init__(self) -> None:
        one_of("score", self.score, SCORES)
        one_of("method", self.method, METHODS)

    @property
    def name(self) -> str:
        """Such as "network (fnml)"."""
        return f"{self.label} ({self.score})"

    @property
    def exchangeable(self) -> bool:
        """Rows are: their order does not matter."""
        return True

    def describe(self, data: Any) -> Description:
        """The bits of rows; `fit` has the edges.

        Raises:
            TypeError, ValueError: the data are not of the domain, as `learn_network`.
        """
        found = self._found(data)
        best = math.fsum(found.best_fit_bits)
        return Description(
            name=self.name,
            version=self.score,
            n=found.n,
            model_bits=found.total_bits - best,
            data_bits=best,
            best_fit_bits=best,
            parameters=found.parameters,
            kind=found.kind,
            fit={"edges": [[str(a), str(b)] for a, b in found.edges]},
        )

    def heldout_bits(self, train: Any, test: Any) -> float:
        """-log2 likelihood of the rows of `test`, under the network and the counts of `train`.

        Probabilities are (n_jk + 1/2) / (n_j + r/2).

        Args:
            train: (n, d) integers.
            test: (m, d) integers.

        Raises:
            TypeError, ValueError: they are not of the domain.
        """
        before, after = (_integers(name, rows) for name, rows in (("train", train), ("test", test)))
        if before.shape[1] != after.shape[1]:
            raise ValueError(
                f"test: got {after.shape[1]} columns, accepted are {before.shape[1]} as in train"
            )
        begin, values = len(before), np.concatenate([before, after])
        arities = as_table(values, self.arities).arities  # of both: test may have other values
        if self.arities is None:
            ranks = [np.unique(column, return_inverse=True)[1] for column in values.T]
            values = np.stack(ranks, axis=1)
        fixed = NetworkModel(self.score, self.network, self.method, arities)
        found = fixed._found(values[:begin])
        bits = 0.0
        for child, (arity, names) in enumerate(zip(arities, found.parents, strict=True)):
            parents = [found.columns.index(name) for name in names]
            inside = _matches(values[:, [*parents, child]], begin)
            total = _matches(values[:, parents], begin)
            bits -= float(np.log2((inside + 0.5) / (total + arity / 2)).sum())
        return bits

    def _found(self, data: Any) -> BayesianNetwork:
        if self.network is None:
            return learn_network(data, score=self.score, method=self.method, arities=self.arities)
        return score_network(data, self.network, score=self.score, arities=self.arities)


def _integers(argument: str, rows: Any) -> NDArray[Any]:
    accepted = "accepted is an array (n, d) of integers"
    array = as_array(argument, rows, accepted)
    if array.dtype.kind not in "biu":
        raise TypeError(f"{argument}: got items of type {array.dtype}, {accepted}")
    if array.ndim != 2:
        raise ValueError(f"{argument}: got shape {array.shape}, {accepted}")
    return array


def _matches(rows: NDArray[Any], begin: int) -> NDArray[np.int64]:
    """How many of the rows before `begin` each of the others equals."""
    if not rows.shape[1]:
        return np.full(len(rows) - begin, begin)
    kinds = np.unique(rows, axis=0, return_inverse=True)[1]
    return np.bincount(kinds[:begin], minlength=len(rows))[kinds[begin:]]
