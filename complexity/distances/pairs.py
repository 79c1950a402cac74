"""The normalised compression distance of two objects.

References:
    M. Li, X. Chen, X. Li, B. Ma and P. Vitanyi, The similarity metric, IEEE Transactions on
    Information Theory 50(12), 2004.
    R. Cilibrasi and P. Vitanyi, Clustering by compression, IEEE Transactions on Information
    Theory 51(4), 2005, section VI.
"""

from __future__ import annotations

import warnings as python_warnings
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from complexity.code import Code, resolve
from complexity.distances.lengths import (
    bits,
    conditional_bits,
    joint_bits,
    prepared,
    takes_given,
)
from complexity.distances.reach import WindowExceededWarning, blindness, exceeded
from complexity.errors import one_of
from complexity.provenance import commit, versions

__all__ = ["ORDERS", "NCDReport", "conditional_ncd", "ncd", "ncd_report", "normalised", "of_both"]

ORDERS = ("mean", "min")
"""How C(ab) and C(ba) become one number."""


@dataclass(frozen=True)
class NCDReport:
    """The distance of two objects and what it was computed from.

    Attributes:
        value: the distance, from 0 to about 1 (no unit).
        code: the code's canonical spec.
        order: how the two orders became one: "mean" or "min".
        singles: C(a) and C(b) in bits.
        joints: C(ab) and C(ba) in bits.
        asymmetry: |C(ab) - C(ba)| / max(C(a), C(b)): how far the distance depends on the order.
        self_distances: NCD(a, a) and NCD(b, b): near 0 for a code that sees the whole pair.
        conditionals: C(a|b) and C(b|a) in bits if the code offers them, else None.
        warnings: why the value may mean little; empty if nothing speaks against it.
        provenance: versions and commit.
    """

    value: float
    code: str
    order: str
    singles: tuple[float, float]
    joints: tuple[float, float]
    asymmetry: float
    self_distances: tuple[float, float]
    conditionals: tuple[float, float] | None = None
    warnings: tuple[str, ...] = ()
    provenance: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def __float__(self) -> float:
        return self.value

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON values."""
        return asdict(self) | {"provenance": dict(self.provenance)}


def ncd(a: Any, b: Any, code: str | Code = "xz", *, order: str = "mean") -> float:
    """The normalised compression distance (C(ab) - min(C(a), C(b))) / max(C(a), C(b)).

    C(ab) is the mean (or the smaller) of the lengths of ab and of ba, so that the distance is
    symmetric. It is about 0 for objects that are the same and about 1 for objects with nothing in
    common; how nearly it is a metric depends on the code, see `ncd_report`.

    Args:
        a: bytes, a str (as UTF-8) or an array; or an object of the code's own domain.
        b: another.
        code: a code or its spec.
        order: "mean" or "min" over the two orders of concatenation.

    Returns:
        The distance (no unit).

    Warns:
        WindowExceededWarning: the pair is longer than the code is known to see.

    Raises:
        TypeError: an object is not of the code's domain.
        ValueError: the code or the order is unknown.

    Example:
        >>> octets = bytes(range(256))
        >>> ncd(octets, octets, "zlib") < 0.1 < 0.8 < ncd(octets, octets[::-1], "zlib")
        True
    """
    chosen = resolve(code)
    one_of("order", order, ORDERS)
    a, b = prepared("a", a, chosen), prepared("b", b, chosen)
    if problem := _exceeded(chosen, a, b):
        python_warnings.warn(problem, WindowExceededWarning, stacklevel=2)
    joint = of_both(next(joint_bits(chosen, a, [b])), next(joint_bits(chosen, b, [a])), order)
    return normalised(joint, bits(chosen, a), bits(chosen, b))


def ncd_report(a: Any, b: Any, code: str | Code = "xz", *, order: str = "mean") -> NCDReport:
    """`ncd` with everything it was computed from, the measured self-distances, and warnings.

    Args:
        a: as for `ncd`.
        b: as for `ncd`.
        code: a code or its spec.
        order: "mean" or "min" over the two orders of concatenation.

    Returns:
        The report; its warnings are both data and Python warnings.

    Warns:
        WindowExceededWarning: the pair is longer than the code is known to see, or a measured
            self-distance exceeds 0.5.

    Raises:
        TypeError: an object is not of the code's domain.
        ValueError: the code or the order is unknown.
    """
    chosen = resolve(code)
    one_of("order", order, ORDERS)
    a, b = prepared("a", a, chosen), prepared("b", b, chosen)
    singles = (bits(chosen, a), bits(chosen, b))
    a_first, b_first = joint_bits(chosen, a, [b, a]), joint_bits(chosen, b, [a, b])
    joints = (next(a_first), next(b_first))
    selves = (
        normalised(next(a_first), singles[0], singles[0]),
        normalised(next(b_first), singles[1], singles[1]),
    )
    problems = (
        _exceeded(chosen, a, b),
        blindness(chosen, "a", selves[0]),
        blindness(chosen, "b", selves[1]),
    )
    said = tuple(problem for problem in problems if problem)
    for problem in said:
        python_warnings.warn(problem, WindowExceededWarning, stacklevel=2)
    given = takes_given(chosen)
    return NCDReport(
        value=normalised(of_both(*joints, order), *singles),
        code=chosen.name,
        order=order,
        singles=singles,
        joints=joints,
        asymmetry=abs(joints[0] - joints[1]) / (max(singles) or 1.0),
        self_distances=selves,
        conditionals=(
            (conditional_bits(a, b, chosen), conditional_bits(b, a, chosen)) if given else None
        ),
        warnings=said,
        provenance={"versions": versions("zstandard", "brotli", "pyppmd"), "commit": commit()},
    )


def conditional_ncd(a: Any, b: Any, code: str | Code) -> float:
    """max(C(a|b), C(b|a)) / max(C(a), C(b)), by a code that offers `bits(y, given=x)`.

    It is the normalised information distance of Li et al. (2004), section V, with codelengths for
    complexities.

    Args:
        a: an object of the code's domain.
        b: another.
        code: a code with `bits(y, given=x)`, or its spec.

    Returns:
        The distance (no unit).

    Raises:
        TypeError: the code offers no conditional lengths; use `ncd`.
    """
    chosen = resolve(code)
    if not takes_given(chosen):
        raise TypeError(
            f"code: {chosen.name!r} has no bits(y, given=x), accepted is a code that has; "
            "consider using ncd"
        )
    a, b = prepared("a", a, chosen), prepared("b", b, chosen)
    apart = max(conditional_bits(a, b, chosen), conditional_bits(b, a, chosen))
    return apart / (max(bits(chosen, a), bits(chosen, b)) or 1.0)


def normalised(joint: float, first: float, second: float) -> float:
    """The distance of Cilibrasi and Vitanyi (2005), section VI; 0 where nothing takes bits."""
    longest = max(first, second)
    return (joint - min(first, second)) / longest if longest else 0.0


def of_both(one: float, other: float, order: str) -> float:
    """C(ab) and C(ba) as one number of bits."""
    return min(one, other) if order == "min" else (one + other) / 2


def _exceeded(code: Any, a: Any, b: Any) -> str:
    return exceeded(code, len(a), len(b)) if isinstance(a, bytes) else ""
