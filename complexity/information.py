"""Algorithmic mutual information of two objects by a code, with a shuffle null."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from complexity.code import ROUNDING, Code, Kind, resolve
from complexity.distances.lengths import bits, joint_bits, prepared, takes_given
from complexity.errors import integer
from complexity.provenance import commit, versions
from complexity.views import surrogates_of, view_of

__all__ = ["MutualInformation", "mutual_information"]


@dataclass(frozen=True)
class MutualInformation:
    """What knowing one object saves on the other, by a code.

    A difference of codelengths is no codelength, and a code that does not find what two objects
    share says 0 of it: an estimate, neither an upper nor a lower bound.

    Attributes:
        bits: C(y) - C(y|x).
        reverse_bits: C(x) - C(x|y); equal to `bits` up to O(log n) for Kolmogorov complexity.
        asymmetry: |bits - reverse_bits| / max(C(x), C(y)): how far the code breaks that law.
        null_mean: mean of C(y') - C(y'|x) over shuffles y' of y's symbols, in bits; what one
            container less costs is in it, as it is in `bits` (480 bits for xz).
        null_sd: its standard deviation between shuffles.
        p_value: (1 + number of shuffles that save at least as much) / (1 + number of shuffles);
            1 where `bits` is not above 0, and of a code that is blind to order. Shuffles lose the
            structure that y has by itself, so it may be small for two structured objects that have
            nothing in common: read it beside `bits`.
        shuffles: how many there were.
        code: the code's canonical spec.
        kind: "estimate".
        provenance: seed, versions, commit.
    """

    bits: float
    reverse_bits: float
    asymmetry: float
    null_mean: float
    null_sd: float
    p_value: float
    shuffles: int
    code: str
    kind: str = str(Kind.ESTIMATE)
    provenance: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def corrected_bits(self) -> float:
        """`bits` less what shuffles save."""
        return self.bits - self.null_mean

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON values."""
        return asdict(self) | {"provenance": dict(self.provenance)}


def mutual_information(
    x: bytes | str | Sequence[int] | NDArray[Any],
    y: bytes | str | Sequence[int] | NDArray[Any],
    code: str | Code = "xz",
    *,
    shuffles: int = 99,
    seed: int = 0,
    workers: int | None = None,
) -> MutualInformation:
    """I(x : y) = C(y) - C(y|x) in bits, against shuffles of y that cannot know x's order.

    C(y|x) is the code's own `bits(y, given=x)`, or C(xy) - C(x) for codes that have none.

    Args:
        x: one object, as the code takes it: bytes, a str or an array for codes of byte strings,
            integers for "string(xz)" and its like.
        y: another.
        code: a code or its spec.
        shuffles: how many shuffles of y's symbols the null has, at least 2.
        seed: of the shuffles.
        workers: threads, None for all processors; results do not depend on it.

    Raises:
        TypeError: an object is not of the code's domain.
        ValueError: an object is empty, or the code is unknown.

    References:
        M. Li and P. Vitanyi, An Introduction to Kolmogorov Complexity and Its Applications, 2019,
        section 3.8 (symmetry of information).
    """
    chosen = resolve(code)
    shuffles = integer("shuffles", shuffles, 2)
    seed = integer("seed", seed, 0)
    others = surrogates_of(view_of(y), shuffles, seed)[:shuffles]
    view_of(x)
    threads = (os.cpu_count() or 1) if workers is None else integer("workers", workers, 1)
    with ThreadPoolExecutor(threads) as pool:
        null = np.array(list(pool.map(lambda other: _saved(chosen, x, other), others)))
    forward, backward = _saved(chosen, x, y), _saved(chosen, y, x)
    longest = max(bits(chosen, prepared(name, z, chosen)) for name, z in (("x", x), ("y", y)))
    alike = ROUNDING * longest
    as_much = np.count_nonzero(null >= forward - alike) if forward > alike else shuffles
    return MutualInformation(
        bits=forward,
        reverse_bits=backward,
        asymmetry=abs(forward - backward) / (longest or 1.0),
        null_mean=float(null.mean()),
        null_sd=float(null.std(ddof=1)) if np.ptp(null) > alike else 0.0,
        p_value=float((1 + as_much) / (1 + shuffles)),
        shuffles=shuffles,
        code=chosen.name,
        provenance={"seed": seed, "versions": versions("numpy", "numba"), "commit": commit()},
    )


def _saved(code: Any, x: Any, y: Any) -> float:
    """C(y) - C(y|x)."""
    x, y = prepared("x", x, code), prepared("y", y, code)
    alone = bits(code, y)
    if takes_given(code):
        return alone - float(code.bits(y, given=x))
    return alone + bits(code, x) - next(joint_bits(code, x, [y]))
