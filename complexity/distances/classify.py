"""Classes by the nearest code: by neighbours under NCD, or by the class that predicts best.

References:
    R. Cilibrasi and P. Vitanyi, Clustering by compression, IEEE Transactions on Information
    Theory 51(4), 2005 (neighbours under NCD).
    D. Benedetto, E. Caglioti and V. Loreto, Language trees and zipping, Physical Review Letters
    88(4), 2002 (bits of a text behind a corpus).
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from complexity.code import Code, resolve
from complexity.distances.lengths import conditional_bits, joined, prepared
from complexity.distances.matrix import DistanceMatrix, matrix_of
from complexity.errors import integer
from complexity.progress import progress as progress_bar
from complexity.provenance import commit, versions

__all__ = ["Classification", "class_bits", "classify_by_corpus", "classify_by_neighbours"]


@dataclass(frozen=True)
class Classification:
    """Classes found for objects, each with the object itself left out of what it was judged by.

    Attributes:
        truth: the given classes.
        predicted: the found ones, in the same order.
        accuracy: share of objects whose class was found.
        baseline: share of the most frequent class: what is right without looking.
        method: how the classes were found.
        provenance: parameters, versions, commit.
    """

    truth: tuple[str, ...]
    predicted: tuple[str, ...]
    accuracy: float
    baseline: float
    method: str
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        return (
            f"Classification({len(self.truth)} objects, {self.method}: accuracy "
            f"{self.accuracy:.3f}, majority class {self.baseline:.3f})"
        )

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON values."""
        return {
            "truth": list(self.truth),
            "predicted": list(self.predicted),
            "accuracy": self.accuracy,
            "baseline": self.baseline,
            "method": self.method,
            "provenance": dict(self.provenance),
        }


def classify_by_neighbours(
    matrix: DistanceMatrix, classes: Sequence[str], *, k: int = 1
) -> Classification:
    """The class that most of an object's k nearest others have; leave-one-out.

    Distances of short objects take few values. Of others that are equally far, those are taken
    which a hash of the two labels puts first: by their order, objects sorted by class would
    favour a class. `provenance` says how many objects were judged so ("tied").

    Args:
        matrix: distances of n objects.
        classes: n names of classes.
        k: neighbours, from 1 to n - 1. Of classes with equally many, the nearer ones (smallest sum
            of distances) win, then the first by name.

    Raises:
        TypeError: `matrix` is no DistanceMatrix.
        ValueError: there are fewer than 2 objects, `classes` are not as many, or `k` is out of
            range.
    """
    truth = _checked(classes, len(matrix_of(matrix, 2)))
    k = integer("k", k, 1, len(matrix) - 1)
    predicted, tied = [], 0
    for row, own in enumerate(matrix.values):
        reach = np.partition(np.delete(own, row), k - 1)[k - 1]
        nearer, as_far = (
            [at for at in np.flatnonzero(where).tolist() if at != row]
            for where in (own < reach, own == reach)
        )
        near = nearer + _drawn(matrix.labels, row, as_far)[: k - len(nearer)]
        tied += len(nearer) + len(as_far) > k
        votes = Counter(truth[at] for at in near)
        gaps = {name: math.fsum(own[at] for at in near if truth[at] == name) for name in votes}
        predicted.append(min(votes, key=lambda name: (-votes[name], gaps[name], name)))
    told = {"k": k, "code": matrix.code, "tied": tied}
    return _judged(truth, predicted, f"{k} nearest by NCD", told)


def _drawn(labels: tuple[str, ...], row: int, others: list[int]) -> list[int]:
    """The others in an order that is a matter of labels alone, and of chance."""
    texts = {at: f"{labels[row]}\0{labels[at]}" for at in others}
    return sorted(others, key=lambda at: hashlib.sha256(texts[at].encode()).digest())


def class_bits(
    x: Any, corpora: Mapping[str, Sequence[Any]], *, code: str | Code = "xz"
) -> dict[str, float]:
    """C(x | corpus of a class) in bits, class by class, fewest first.

    Args:
        x: the object to classify.
        corpora: class -> its objects, which are put one behind another in their order.
        code: a code or its spec; one that does not see far judges by the corpus' end alone.

    Returns:
        Class -> bits.

    Raises:
        TypeError: an object is not of the code's domain.
        ValueError: there is no class, or one is empty.
    """
    chosen = resolve(code)
    if not corpora or not all(len(corpora[name]) for name in corpora):
        raise ValueError("corpora: accepted is at least one class, each with at least one object")
    found = {}
    for name, members in corpora.items():
        corpus = prepared(f"corpora[{name!r}]", members[0], chosen)
        for member in members[1:]:
            corpus = joined(corpus, prepared(f"corpora[{name!r}]", member, chosen))
        found[name] = conditional_bits(x, corpus, chosen)
    return dict(sorted(found.items(), key=lambda item: (item[1], item[0])))


def classify_by_corpus(
    objects: Sequence[Any],
    classes: Sequence[str],
    *,
    code: str | Code = "xz",
    progress: bool = True,
) -> Classification:
    """The class whose other objects make x shortest, min over classes of C(x | corpus).

    Args:
        objects: n of them, as `complexity.ncd` takes them.
        classes: n names of classes. A class is not a candidate for its only object.
        code: a code or its spec.
        progress: whether to show progress on a terminal.

    Raises:
        TypeError: an object is not of the code's domain.
        ValueError: `classes` are not as many as objects, or there are fewer than 2 objects.
    """
    truth = _checked(classes, len(objects))
    chosen = resolve(code)
    predicted = []
    with progress_bar("classifying", len(objects), show=progress) as advance:
        for at, x in enumerate(objects):
            corpora: dict[str, list[Any]] = {}
            for other, name in enumerate(truth):
                if other != at:
                    corpora.setdefault(name, []).append(objects[other])
            predicted.append(next(iter(class_bits(x, corpora, code=chosen))))
            advance()
    return _judged(truth, predicted, f"C(x | class) by {chosen.name}", {"code": chosen.name})


def _checked(classes: Sequence[str], n: int) -> tuple[str, ...]:
    if len(classes) != n:
        raise ValueError(f"classes: got {len(classes)}, accepted are as many as objects, {n}")
    if n < 2:
        raise ValueError(f"objects: got {n}, accepted are at least 2")
    return tuple(map(str, classes))


def _judged(
    truth: tuple[str, ...], predicted: list[str], method: str, parameters: dict[str, Any]
) -> Classification:
    right = sum(a == b for a, b in zip(truth, predicted, strict=True))
    baseline = max(Counter(truth).values()) / len(truth)
    provenance = parameters | {"versions": versions("numpy"), "commit": commit()}
    return Classification(truth, tuple(predicted), right / len(truth), baseline, method, provenance)
