"""Bayesian networks over discrete columns: scored as given, or learnt, in bits."""

from __future__ import annotations

import math
import os
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from complexity.code import Kind
from complexity.errors import integer, one_of
from complexity.figures import save_figure
from complexity.files import save_json
from complexity.provenance import commit, versions
from mdl.bayesian_network._table import Table, as_table, members
from mdl.bayesian_network.scores import SCORES, FamilyScores
from mdl.bayesian_network.search import MAX_EXACT, exact, greedy

__all__ = ["METHODS", "BayesianNetwork", "learn_network", "score_network"]

METHODS = ("auto", "exact", "greedy")
"""How a network is searched for."""
_AUTO = 12  # columns up to which "auto" is exact


@dataclass(frozen=True)
class BayesianNetwork:
    """A network and what the data cost by it.

    Attributes:
        columns: names of the columns.
        arities: how many values each has.
        parents: of each column, names in the order of the columns.
        score: "fnml", "qnml", "bic" or "bdeu".
        n: rows.
        family_bits: of each column given its parents.
        best_fit_bits: of each column, -log2 of the maximised likelihood.
        structure_bits: what saying the network costs: for each of d columns the number of its
            parents, uniform on 0 to d - 1, then which; 0 for a network that was given.
        method: "given", "exact" or "greedy".
        provenance: seed, versions, commit.
    """

    columns: tuple[Hashable, ...]
    arities: tuple[int, ...]
    parents: tuple[tuple[Hashable, ...], ...]
    score: str
    n: int
    family_bits: tuple[float, ...]
    best_fit_bits: tuple[float, ...]
    structure_bits: float
    method: str
    provenance: Mapping[str, Any] = field(default_factory=dict, compare=False)

    @property
    def total_bits(self) -> float:
        """Families and structure."""
        return math.fsum(self.family_bits) + self.structure_bits

    @property
    def kind(self) -> Kind:
        """What the bits are worth: fNML and BDeu are codes, qNML and BIC estimates."""
        return SCORES[self.score]

    @property
    def parameters(self) -> int:
        """Free probabilities: for every column (r - 1) times its parents' configurations."""
        arity = dict(zip(self.columns, self.arities, strict=True))
        return sum(
            (arity[child] - 1) * math.prod(arity[name] for name in names)
            for child, names in zip(self.columns, self.parents, strict=True)
        )

    @property
    def edges(self) -> tuple[tuple[Hashable, Hashable], ...]:
        """(parent, child), by child."""
        pairs = zip(self.columns, self.parents, strict=True)
        return tuple((name, child) for child, names in pairs for name in names)

    @property
    def network(self) -> Any:
        """As a networkx DiGraph; nodes have `bits` and `arity`."""
        import networkx

        graph = networkx.DiGraph()
        for name, bits, arity in zip(self.columns, self.family_bits, self.arities, strict=True):
            graph.add_node(name, bits=bits, arity=arity)
        graph.add_edges_from(self.edges)
        return graph

    def __repr__(self) -> str:
        return (
            f"BayesianNetwork of {len(self.columns)} columns, {len(self.edges)} edges "
            f"({self.method}): {self.total_bits:.2f} bits of {self.n} rows by {self.score}, "
            f"{self.structure_bits:.2f} of them structure"
        )

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON values; names of columns as strings."""
        return {
            "columns": [str(name) for name in self.columns],
            "arities": list(self.arities),
            "parents": [[str(name) for name in names] for names in self.parents],
            "score": self.score,
            "kind": str(self.kind),
            "n": self.n,
            "parameters": self.parameters,
            "family_bits": list(self.family_bits),
            "best_fit_bits": list(self.best_fit_bits),
            "structure_bits": self.structure_bits,
            "total_bits": self.total_bits,
            "method": self.method,
            "provenance": dict(self.provenance),
        }

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write it as .json, whole or not at all.

        Raises:
            ValueError: the path ends otherwise.
            OSError: the folder is missing or cannot be written.
        """
        return save_json(path, self.to_dict())

    def plot(self, path: str | os.PathLike[str] | None = None) -> Any:
        """The network, parents above their children; columns with their bits.

        Args:
            path: where to save the figure (.png, .svg, .pdf); its suffix is the format.

        Returns:
            The matplotlib Figure.
        """
        from mdl.bayesian_network._drawing import drawn

        return save_figure(drawn(self), path)


def score_network(
    data: Any, network: Any, *, score: str = "qnml", arities: Sequence[int] | None = None
) -> BayesianNetwork:
    """The bits of data under a network that is given, whose structure costs nothing.

    Args:
        data: (n, d) integers, booleans or strings, or a mapping (or pandas DataFrame) of names to
            columns. No rows take no bits; a column with one value takes none.
        network: a networkx DiGraph without cycles whose nodes are the columns' names (0 to d - 1
            for an array); columns that it lacks have no parents.
        score: one of `SCORES`.
        arities: how many values the columns have, which are then integers from 0; None for those
            that occur.

    Raises:
        TypeError: a value, or the network, is of another type.
        ValueError: an argument is not accepted: the network has a cycle or unknown nodes.
    """
    import networkx

    table = as_table(data, arities)
    if not isinstance(network, networkx.DiGraph):
        raise TypeError(f"network: got {type(network).__name__}, accepted is a networkx DiGraph")
    place = {name: index for index, name in enumerate(table.names)}
    stranger = next((node for node in network if node not in place), None)
    if stranger is not None:
        raise ValueError(f"network: got the node {stranger!r}, accepted are {list(place)}")
    if not networkx.is_directed_acyclic_graph(network):
        cycle = [str(edge[0]) for edge in networkx.find_cycle(network)]
        raise ValueError(f"network: got a cycle through {', '.join(cycle)}, accepted is none")
    masks = [0] * len(place)
    for parent, child in network.edges():
        masks[place[child]] |= 1 << place[parent]
    return _result(table, FamilyScores(table, score), masks, "given", {})


def learn_network(
    data: Any,
    *,
    score: str = "qnml",
    method: str = "auto",
    max_parents: int | None = None,
    arities: Sequence[int] | None = None,
    restarts: int = 10,
    seed: int = 0,
) -> BayesianNetwork:
    """The network with the fewest bits, its structure included.

    Args:
        data: as for `score_network`.
        score: one of `SCORES`.
        method: "exact" (up to 16 columns, all networks), "greedy" (a local optimum), or "auto":
            exact up to 12 columns.
        max_parents: of a column; None for any number.
        arities: as for `score_network`.
        restarts: random beginnings of the greedy search, beside the network without edges.
        seed: of the beginnings.

    Raises:
        TypeError, ValueError: an argument is not accepted, or there are too many columns.

    Example:
        >>> learn_network({"a": [0, 1] * 40, "b": [0, 1] * 40, "c": [0, 0, 1, 1] * 20}).edges
        (('b', 'a'),)
    """
    one_of("method", method, METHODS)
    one_of("score", score, SCORES)
    integer("restarts", restarts, 0)
    integer("seed", seed, 0)
    table = as_table(data, arities)
    d = len(table.names)
    most = d - 1 if max_parents is None else min(integer("max_parents", max_parents, 0), d - 1)
    if method == "auto":
        method = "exact" if d <= _AUTO else "greedy"
    if method == "exact" and d > MAX_EXACT:
        raise ValueError(f"method: got 'exact' for {d} columns, accepted are at most {MAX_EXACT}")
    scores = FamilyScores(table, score)
    masks = exact(scores, most) if method == "exact" else greedy(scores, most, restarts, seed)
    made = {"seed": seed, "restarts": restarts} if method == "greedy" else {}
    made |= {"versions": versions("numpy", "scipy"), "commit": commit()}
    return _result(table, scores, masks, method, made)


def _result(
    table: Table,
    scores: FamilyScores,
    masks: list[int],
    method: str,
    provenance: Mapping[str, Any],
) -> BayesianNetwork:
    families = list(enumerate(masks))
    told = 0.0 if method == "given" else math.fsum(map(scores.structure_bits, masks))
    return BayesianNetwork(
        columns=table.names,
        arities=table.arities,
        parents=tuple(tuple(table.names[p] for p in members(mask)) for mask in masks),
        score=scores.score,
        n=table.n,
        family_bits=tuple(scores.bits(child, mask) for child, mask in families),
        best_fit_bits=tuple(scores.best_fit_bits(child, mask) for child, mask in families),
        structure_bits=told,
        method=method,
        provenance=provenance,
    )
