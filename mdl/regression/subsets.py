"""All subsets of columns, each paid for."""

from __future__ import annotations

import math
from itertools import combinations

from complexity.errors import integer, one_of
from mdl.regression.linear import Linear

__all__ = ["MAX_CANDIDATES", "subset_candidates"]

MAX_CANDIDATES = 1 << 16
"""The most candidates that are made."""


def subset_candidates(
    columns: int,
    *,
    largest: int | None = None,
    version: str = "nml",
    structure: str = "size",
    precision: float = 1.0,
) -> list[Linear]:
    """Linear regressions on every subset of columns, the small ones first.

    The candidates carry the bits of their choice in `structure_bits`. So the least of their totals
    is a codelength as it is; the log2 of the number of candidates that `Selection.bits` adds would
    pay for the choice again.

    Args:
        columns: how many there are, at least 1.
        largest: size of the largest subset; None for all.
        version: of every candidate.
        structure: what a subset of size k costs: "size" for log2(largest + 1) + log2 C(columns, k),
            "even" for log2 of the number of subsets.
        precision: y is recorded to this precision.

    Raises:
        TypeError, ValueError: an argument is not of its type or out of range, or the subsets are
            more than 65536.

    Example:
        >>> [each.name for each in subset_candidates(2)][2:]
        ['linear 1 (nml)', 'linear 0,1 (nml)']
    """
    integer("columns", columns, 1)
    most = columns if largest is None else integer("largest", largest, 0, columns)
    one_of("structure", structure, ("size", "even"))
    number = sum(math.comb(columns, k) for k in range(most + 1))
    if number > MAX_CANDIDATES:
        raise ValueError(
            f"largest: got {most} of {columns} columns, {number} subsets, accepted are at most "
            f"{MAX_CANDIDATES}"
        )
    found = []
    for k in range(most + 1):
        paid = math.log2(most + 1) + math.log2(math.comb(columns, k))
        bits = paid if structure == "size" else math.log2(number)
        found += [
            Linear(chosen, version, structure_bits=bits, precision=precision)
            for chosen in combinations(range(columns), k)
        ]
    return found
