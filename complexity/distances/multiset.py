"""The normalised compression distance of a whole multiset of objects."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations
from typing import Any

from complexity.code import Code, resolve
from complexity.distances.lengths import bits, prepared

__all__ = ["multiset_ncd"]

_MOST_EXACT = 16


def multiset_ncd(objects: Iterable[Any], code: str | Code = "xz", *, exact: bool = False) -> float:
    """How far the members of a multiset are from being about the same thing.

    With C(X) the length of the members one behind another, shorter ones first and equally long ones
    in alphabetical order, NCD1(X) = (C(X) - min_x C(x)) / max_x C(X without x), and NCD(X) is the
    largest NCD1 of X and its sub-multisets of two or more.

    Args:
        objects: bytes, str or arrays, at least 2.
        code: a code of byte strings, or its spec.
        exact: whether to look at all 2^n sub-multisets (at most 16 members) instead of the n - 1
            that come from leaving out, one by one, the member without which the rest is longest
            (the paper's heuristic, a lower bound).

    Returns:
        The distance (no unit). For two members it is `ncd` in one order of concatenation.

    Raises:
        TypeError: a member is none of those.
        ValueError: there are fewer than 2, or more than 16 to be looked at exactly.

    References:
        A. Cohen and P. Vitanyi, Normalized compression distance of multisets with applications,
        IEEE Transactions on Pattern Analysis and Machine Intelligence 37(8), 2015, section V.
    """
    chosen = resolve(code)
    members = [prepared(f"objects[{at}]", x, chosen) for at, x in enumerate(objects)]
    if not all(isinstance(x, bytes) for x in members):
        raise TypeError(f"code: {chosen.name!r} takes no byte strings, accepted is one that does")
    if len(members) < 2:
        raise ValueError(f"objects: got {len(members)}, accepted are at least 2")
    if exact and len(members) > _MOST_EXACT:
        raise ValueError(
            f"objects: got {len(members)}, accepted are at most {_MOST_EXACT} with exact=True"
        )
    members.sort(key=lambda x: (len(x), x))
    lengths = _Lengths(chosen, members)
    whole = tuple(range(len(members)))
    if exact:
        sizes = range(2, len(members) + 1)
        return max(lengths.distance(part) for n in sizes for part in combinations(whole, n))
    farthest = lengths.distance(whole)
    while len(whole) > 2:
        whole = max(lengths.without_one(whole), key=lengths)
        farthest = max(farthest, lengths.distance(whole))
    return farthest


class _Lengths:
    """C of parts of a multiset in bits, each computed once."""

    def __init__(self, code: Any, members: list[bytes]) -> None:
        self._code, self._members = code, members
        self._known: dict[tuple[int, ...], float] = {}

    def __call__(self, part: tuple[int, ...]) -> float:
        if part not in self._known:
            joined = b"".join(self._members[at] for at in part)
            self._known[part] = bits(self._code, joined)
        return self._known[part]

    def without_one(self, part: tuple[int, ...]) -> list[tuple[int, ...]]:
        return [part[:at] + part[at + 1 :] for at in range(len(part))]

    def distance(self, part: tuple[int, ...]) -> float:
        """NCD1, Cohen and Vitanyi (2015), definition 4."""
        apart = self(part) - min(self((at,)) for at in part)
        return apart / (max(map(self, self.without_one(part))) or 1.0)
