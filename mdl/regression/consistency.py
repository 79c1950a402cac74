"""How often each criterion finds the degree of the polynomial that made the data."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.polynomial import legendre

from complexity.errors import integer
from complexity.progress import progress as progress_bar
from complexity.provenance import commit
from complexity.provenance import versions as libraries
from mdl.consistency import Consistency, checked_sizes, from_choices, stream
from mdl.families._family import as_reals, as_scale
from mdl.regression.polynomial import Polynomial
from mdl.selection import select

__all__ = ["degree_frequencies"]


def degree_frequencies(
    sizes: Sequence[int] = (20, 40, 80, 160, 320, 640, 1280),
    *,
    coefficients: Sequence[float] = (0.3, -0.5, 0.2, 0.3),
    noise: float = 0.4,
    max_degree: int = 8,
    replicas: int = 100,
    folds: int = 10,
    versions: Iterable[str] = ("nml",),
    seed: int = 0,
    progress: bool = True,
) -> Consistency:
    """Simulate polynomials with normal noise and choose their degrees by several criteria.

    Args:
        sizes: numbers of observations.
        coefficients: of the Legendre polynomials on -1 to 1, the constant first; the last is not 0.
        noise: standard deviation.
        max_degree: the greatest degree that is offered.
        replicas: samples per size.
        folds: of cross-validation; 0 leaves it out.
        versions: of the codes, at least one.
        seed: every replica has its own spawn of it.
        progress: whether to show progress on a terminal.

    Returns:
        Choices by every version, and by "bic", "aic" and "cv". Inputs are even between -1 and 1,
        drawn anew.

    Raises:
        TypeError, ValueError: an argument is not of its type or out of range.
    """
    weights = as_reals("coefficients", coefficients)
    if not weights.size or weights[-1] == 0:
        raise ValueError(f"coefficients: got {coefficients}, accepted are some, the last not 0")
    degree = weights.size - 1
    integer("max_degree", max_degree, degree)
    integer("replicas", replicas, 1)
    integer("seed", seed, 0)
    integer("folds", folds, 0)
    as_scale("noise", noise)
    numbers = checked_sizes("sizes", sizes, max(max_degree + 3, 2 * folds))
    tried = range(max_degree + 1)
    codes = {name: [Polynomial(each, name) for each in tried] for name in dict.fromkeys(versions)}
    if not codes:
        raise ValueError("versions: got none, accepted is at least one")
    others = ("bic", "aic", *(("cv",) if folds else ()))
    chosen = {name: np.zeros((len(numbers), replicas), np.int64) for name in (*codes, *others)}
    with progress_bar("degrees", len(numbers) * replicas, show=progress) as advance:
        for at, n in enumerate(numbers):
            for replica in range(replicas):
                rng = stream(seed, n, replica)
                x = rng.uniform(-1, 1, n)
                y = legendre.legval(x, weights) + rng.normal(0, noise, n)
                for number, (name, candidates) in enumerate(codes.items()):
                    once = 0 if number else folds  # all but the totals is the same for all codes
                    table = select(candidates, (x, y), folds=once, seed=replica, progress=False)
                    degrees = {candidate.name: candidate.degree for candidate in candidates}
                    chosen[name][at, replica] = degrees[table.winner()]
                    if not number:
                        for other in others:
                            chosen[other][at, replica] = degrees[table.winner(other)]
                advance()
    made = {
        "coefficients": weights.tolist(),
        "noise": float(noise),
        "max_degree": max_degree,
        "folds": folds,
        "seed": seed,
        "versions": libraries("numpy", "scipy"),
        "commit": commit(),
    }
    return from_choices("degree", degree, numbers, chosen, made)
