"""Distance matrices: all pairs of many objects, saved, loaded and drawn."""

from __future__ import annotations

import os
import time
import warnings as python_warnings
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from complexity.code import Code, resolve
from complexity.distances.lengths import bits, check_joins, joint_bits, serialised, takes_bytes
from complexity.distances.pairs import ORDERS
from complexity.distances.reach import WindowExceededWarning, blindness, exceeded
from complexity.errors import integer, one_of
from complexity.progress import progress as progress_bar
from complexity.provenance import commit, versions

__all__ = ["DistanceMatrix", "matrix_of", "ncd_matrix"]


@dataclass(frozen=True, eq=False)
class DistanceMatrix:
    """Distances between labelled objects.

    Attributes:
        labels: n different names.
        values: (n, n) float64, symmetric, 0 on the diagonal, not writable; no unit.
        code: the canonical spec of the code they were measured with, "" if by none.
        singles: (n,) C(x) in bits; NaN if not known.
        self_distances: (n,) measured NCD(x, x), near 0 for a code that sees the pair; NaN if not
            known.
        warnings: why values may mean little.
        provenance: parameters, versions, commit, seconds.
    """

    labels: tuple[str, ...]
    values: NDArray[np.float64]
    code: str = ""
    singles: NDArray[np.float64] | None = None
    self_distances: NDArray[np.float64] | None = None
    warnings: tuple[str, ...] = ()
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        labels = tuple(map(str, self.labels))
        if len(set(labels)) < len(labels):
            twice = next(label for label in labels if labels.count(label) > 1)
            raise ValueError(f"labels: got {twice!r} twice, accepted are different names")
        values = np.array(self.values, np.float64)
        n = len(labels)
        if values.shape != (n, n):
            raise ValueError(f"values: got shape {values.shape}, accepted is ({n}, {n})")
        if not np.isfinite(values).all():
            raise ValueError("values: got NaN or infinity, accepted are finite numbers")
        if not (np.array_equal(values, values.T) and not values.diagonal().any()):
            raise ValueError("values: accepted is a symmetric matrix with 0 on its diagonal")
        values.setflags(write=False)
        object.__setattr__(self, "labels", labels)
        object.__setattr__(self, "values", values)
        for name in ("singles", "self_distances"):
            object.__setattr__(self, name, _vector(name, getattr(self, name), n))

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, pair: tuple[str, str]) -> float:
        """The distance of two labels.

        Raises:
            ValueError: there is no such label.
        """
        one, other = (one_of("label", label, self.labels) for label in pair)
        return float(self.values[self.labels.index(one), self.labels.index(other)])

    def __repr__(self) -> str:
        above = self.values[np.triu_indices(len(self), 1)]
        span = f"{above.min():.4f} to {above.max():.4f}" if above.size else "none"
        by = f" by {self.code}" if self.code else ""
        noted = f", {len(self.warnings)} warnings" if self.warnings else ""
        return f"DistanceMatrix({len(self)} objects{by}, distances {span}{noted})"

    def nearest(self, label: str) -> list[tuple[str, float]]:
        """The other labels with their distances, nearest first.

        Raises:
            ValueError: there is no such label.
        """
        row = self.values[self.labels.index(one_of("label", label, self.labels))]
        order = np.argsort(row, kind="stable")
        return [(self.labels[at], float(row[at])) for at in order if self.labels[at] != label]

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON values; what is not known is None."""
        return {
            "labels": list(self.labels),
            "values": self.values.tolist(),
            "code": self.code,
            "singles": _plain(self.singles),
            "self_distances": _plain(self.self_distances),
            "warnings": list(self.warnings),
            "provenance": dict(self.provenance),
        }

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write .json (everything), .csv or PHYLIP .dist (labels and values), whole or not at all.

        Raises:
            ValueError: the path ends in none of those, or a label does not fit PHYLIP.
            OSError: the folder is missing or cannot be written.
        """
        from complexity.distances import formats

        return formats.save(self, path)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> DistanceMatrix:
        """Read what `save` wrote, or another program's CSV or square PHYLIP matrix.

        Raises:
            ValueError: the path ends in none of .json, .csv and .dist, or its content is no
                distance matrix; names the path.
            OSError: it cannot be read.
        """
        from complexity.distances import formats

        return cls(**formats.load(path))

    def plot(self, path: str | os.PathLike[str] | None = None) -> Any:
        """A heat map, rows ordered so that near ones stand together (average linkage).

        Args:
            path: where to save the figure, .png or .svg.

        Returns:
            The matplotlib Figure.
        """
        from complexity.distances import _drawing

        return _drawing.heat_map(self, path)


def matrix_of(matrix: object, least: int, tree: str = "") -> DistanceMatrix:
    """Return `matrix` if it is one of at least so many objects.

    Raises:
        TypeError: it is no DistanceMatrix.
        ValueError: it has fewer objects.
    """
    if not isinstance(matrix, DistanceMatrix):
        raise TypeError(
            f"matrix: got {type(matrix).__name__}, accepted is a DistanceMatrix; make one of "
            "distances by DistanceMatrix(labels, values)"
        )
    if len(matrix) < least:
        raise ValueError(f"matrix: got {len(matrix)} objects, accepted are at least {least}{tree}")
    return matrix


def ncd_matrix(
    objects: Mapping[str, Any] | Iterable[Any],
    *,
    code: str | Code = "xz",
    labels: Sequence[str] | None = None,
    order: str = "mean",
    workers: int | None = None,
    progress: bool = True,
) -> DistanceMatrix:
    """The normalised compression distances of all pairs.

    Every single length is computed once and every pair in both orders, in threads (the compressors
    release Python's lock); the result does not depend on their number.

    Args:
        objects: label -> object, or objects; each as `complexity.ncd` takes it; at least 2.
        code: a code or its spec.
        labels: names of objects given without; by default "0", "1", ...
        order: "mean" or "min" over the two orders of concatenation.
        workers: threads; by default as many as processors.
        progress: whether to show progress on a terminal.

    Returns:
        The matrix.

    Warns:
        WindowExceededWarning: objects are longer than the code is known to see, or a measured
            self-distance exceeds 0.5; once for the whole matrix, which holds all of them.

    Raises:
        TypeError: an object is not of the code's domain.
        ValueError: there are fewer than 2 objects, or labels repeat or are not as many.
        KeyboardInterrupt: interrupted; the message says after how many lengths.
    """
    chosen = resolve(code)
    one_of("order", order, ORDERS)
    threads = integer("workers", (os.cpu_count() or 1) if workers is None else workers, 1)
    names, items = _named(objects, labels)
    if takes_bytes(chosen):
        items = [serialised(f"objects[{name!r}]", x) for name, x in zip(names, items, strict=True)]
    began = time.perf_counter()
    singles, joints = _all_lengths(chosen, items, threads, progress)
    joint = np.minimum(joints, joints.T) if order == "min" else (joints + joints.T) / 2
    values = _normalised(joint, singles)
    selves = values.diagonal().copy()
    np.fill_diagonal(values, 0.0)
    said = _problems(chosen, names, items, selves)
    if said:
        more = f" (and {len(said) - 1} more; see .warnings)" if len(said) > 1 else ""
        python_warnings.warn(f"{next(iter(said))}{more}", WindowExceededWarning, stacklevel=2)
    provenance = {
        "order": order,
        "seconds": time.perf_counter() - began,
        "versions": dict(_versions()),
        "commit": commit(),
    }
    return DistanceMatrix(names, values, chosen.name, singles, selves, said, provenance)


@cache
def _versions() -> dict[str, str]:  # read from the disk, which takes longer than a few short texts
    return versions("numpy", "zstandard", "brotli", "pyppmd")


def _normalised(joints: NDArray[np.float64], singles: NDArray[np.float64]) -> NDArray[np.float64]:
    """`pairs.normalised` of all pairs (n, n) at once, the same operations in the same order."""
    shorter, longer = np.minimum.outer(singles, singles), np.maximum.outer(singles, singles)
    return np.divide(joints - shorter, longer, out=np.zeros_like(joints), where=longer != 0)


def _named(objects: Any, labels: Sequence[str] | None) -> tuple[tuple[str, ...], list[Any]]:
    if isinstance(objects, str | bytes | bytearray):
        raise TypeError("objects: got a single one, accepted are several in a list or a mapping")
    if isinstance(objects, Mapping):
        if labels is not None:
            raise ValueError("labels: accepted only for objects that are not a mapping")
        labels, objects = list(objects), objects.values()
    items = list(objects)
    names = tuple(map(str, range(len(items)) if labels is None else labels))
    if len(names) != len(items):
        raise ValueError(f"labels: got {len(names)}, accepted are as many as objects, {len(items)}")
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"labels: got {twice!r} twice, accepted are different names")
    if len(items) < 2:
        raise ValueError(f"objects: got {len(items)}, accepted are at least 2")
    return names, items


def _all_lengths(
    code: Any, items: list[Any], threads: int, show: bool
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """C(x) of every object and C(xy) of every ordered pair, xx included, in bits."""
    n = len(items)
    singles, joints = np.zeros(n), np.zeros((n, n))
    for x in items[1:]:  # objects of different types fail before any work
        check_joins(items[0], x)
    stopped = False

    def row(i: int) -> int:
        plain = isinstance(items[i], bytes)  # then C(x) is C(x and nothing), which costs no reading
        behind = [b"", *items] if plain else items
        lengths = joint_bits(code, items[i], behind, alone=threads == 1)
        singles[i] = next(lengths) if plain else bits(code, items[i])
        for j in range(n):
            if stopped:
                break
            joints[i, j] = next(lengths)
            advance()
        return i

    done = 0
    with (
        progress_bar("comparing", n * n, show=show) as advance,
        ThreadPoolExecutor(threads) as pool,
    ):
        try:
            for future in as_completed([pool.submit(row, i) for i in range(n)]):
                future.result()
                done += 1
        except KeyboardInterrupt:
            stopped = True
            pool.shutdown(cancel_futures=True)
            raise KeyboardInterrupt(
                f"interrupted after {done} of {n} objects were compared; nothing is kept"
            ) from None
        except BaseException:
            stopped = True
            pool.shutdown(cancel_futures=True)
            raise
    return singles, joints


def _problems(
    code: Any, names: tuple[str, ...], items: list[Any], selves: NDArray[np.float64]
) -> tuple[str, ...]:
    said = []
    if all(isinstance(x, bytes) for x in items):
        *_, shorter, longest = sorted(map(len, items))
        said.append(exceeded(code, shorter, longest))
    said += [blindness(code, name, own) for name, own in zip(names, selves, strict=True)]
    return tuple(problem for problem in said if problem)


def _vector(name: str, given: Any, n: int) -> NDArray[np.float64]:
    vector = np.full(n, np.nan) if given is None else np.array(given, np.float64)
    if vector.shape != (n,):
        raise ValueError(f"{name}: got shape {vector.shape}, accepted is ({n},)")
    vector.setflags(write=False)
    return vector


def _plain(vector: NDArray[np.float64] | None) -> list[float | None]:
    assert vector is not None
    return [None if value != value else value for value in vector.tolist()]
