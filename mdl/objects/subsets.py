"""Subsets of a known set, and multisets: how many, then which.

References:
    T. M. Cover, Enumerative source encoding, IEEE Trans. Inf. Theory 19(1), 1973: example 2.
    S. W. Golomb, Run-length encodings, IEEE Trans. Inf. Theory 12(3), 1966: the gaps.
"""

from __future__ import annotations

import math
from collections.abc import Set
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from complexity import _prefix
from complexity._bytecodec import _as_bytes
from complexity._spec import canonical_name
from complexity.code import DecodeError, Kind
from complexity.counting import MAX_ENUMERATED, _index, _string
from complexity.errors import integer
from mdl.integers.golomb import Golomb, golomb_parameter
from mdl.integers.ranges import read_below, write_below
from mdl.objects._base import Enumerated, as_integers

__all__ = ["MAX_UNIVERSE", "GolombSubset", "Multiset", "Subset"]

MAX_UNIVERSE = 1 << 62
"""The greatest n of a set that is coded by its gaps."""


@dataclass(frozen=True)
class Subset(Enumerated):
    """A subset of {0, ..., n - 1}: its size k, one of n + 1, and its index among C(n, k).

    The receiver knows n: log2(n + 1) + log2 C(n, k) bits. An object is a set or frozenset of
    integers; decoding gives a frozenset. With n = 0 the empty set takes no bits. Time is quadratic
    in n; for few of very many use `GolombSubset`.

    Args:
        n: size of the set, 0 to 131072.

    Raises:
        TypeError: n is no integer.
        ValueError: it is out of range.

    Example:
        >>> round(2 ** Subset(49).bits({5, 8, 13, 21, 34, 42}))  # 50 times C(49, 6)
        699190800
    """

    n: int = 64
    family: ClassVar[str] = "subset"
    overhead: ClassVar[float] = 9.0
    sizes: ClassVar[int] = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "n", integer("n", self.n, 0, MAX_ENUMERATED))

    def _item(self, x: Any) -> list[int]:
        return _members(x, self.n)

    def _shape(self, item: list[int]) -> tuple[int, ...]:
        return ()

    def _check(self, shape: tuple[int, ...]) -> None: ...

    def _choices(self, shape: tuple[int, ...]) -> int:
        return self.n + 1

    def _choice(self, item: list[int], shape: tuple[int, ...]) -> int:
        return len(item)

    def _count(self, shape: tuple[int, ...], choice: int) -> int:
        return math.comb(self.n, choice)

    def _rank(self, item: list[int], shape: tuple[int, ...], choice: int) -> int:
        bits = np.zeros(self.n, np.uint8)
        bits[item] = 1
        return _index(bits.tolist(), choice)

    def _unrank(self, index: int, shape: tuple[int, ...], choice: int) -> frozenset[int]:
        bits = _string(self.n, choice, index)
        return frozenset(place for place, bit in enumerate(bits) if bit)


@dataclass(frozen=True)
class GolombSubset:
    """A subset of {0, ..., n - 1}: its size k in truncated binary, and k gaps in the Golomb code.

    The Golomb code is the best for gaps of density k / n; the receiver knows n, so knows it too.
    `bits` is the exact number of bits, zeros to the byte's end are less than 8 more. For a random
    sparse set that is within a few percent of `Subset`, in time linear in k and whatever n.

    Args:
        n: size of the set, 0 to 2^62.

    Raises:
        TypeError: n is no integer.
        ValueError: it is out of range.

    Example:
        >>> code = GolombSubset(10**12)
        >>> code.bits({5, 8 * 10**11}), sorted(code.decode(code.encode({5, 8 * 10**11})))
        (119.0, [5, 800000000000])
    """

    n: int = 64
    family: ClassVar[str] = "golomb-subset"
    kind: ClassVar[Kind] = Kind.IDEAL
    overhead: ClassVar[float] = 7.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "n", integer("n", self.n, 0, MAX_UNIVERSE))

    @property
    def name(self) -> str:
        """The canonical spec, such as "golomb-subset:n=100"."""
        return canonical_name(self.family, {"n": self.n}, {"n": 64})

    def bits(self, x: Set[int]) -> float:
        """Length of the codeword of `x` in bits, without the padding to whole bytes.

        Raises:
            TypeError: `x` is no set of integers.
            ValueError: an item is not below n.
        """
        return float(len(self._write(x)))

    def encode(self, x: Set[int]) -> bytes:
        """The codeword of `x`.

        Raises:
            TypeError: `x` is no set of integers.
            ValueError: an item is not below n.
        """
        return _prefix.packed(self._write(x))

    def decode(self, blob: bytes) -> frozenset[int]:
        """The set whose codeword `blob` is. Damage may decode to another set.

        Raises:
            TypeError: `blob` is not bytes, bytearray or memoryview.
            DecodeError: `blob` is no codeword.
        """
        code = _prefix.unpacked(_as_bytes("blob", blob))
        size, at = read_below(code, 0, self.n + 1)
        gaps, member, members = self._gaps(size), -1, []
        for _ in range(size):
            gap, at = gaps.read(code, at)
            member += gap
            if member >= self.n:
                raise DecodeError(f"damaged: an item is not below {self.n}")
            members.append(member)
        _prefix.check_padding(code, at)
        return frozenset(members)

    def _write(self, x: Set[int]) -> str:
        members = _members(x, self.n)
        gaps, before = self._gaps(len(members)), [-1, *members]
        steps = (after - member for member, after in zip(before, members, strict=False))
        return write_below(len(members), self.n + 1) + "".join(map(gaps.write, steps))

    def _gaps(self, size: int) -> Golomb:
        # a gap of g has probability about theta^(g-1) (1 - theta); a full set has gaps of 1 alone
        theta = 1 - size / self.n if 0 < size < self.n else 0.0
        if theta == 1:  # rounded: m is ln 2 times the mean gap
            return Golomb(math.ceil(math.log(2) * (self.n / size)))
        return Golomb(golomb_parameter(theta))


@dataclass(frozen=True)
class Multiset(Enumerated):
    """How often each of n kinds occurs, k in all: n and k as LEB128, an index among C(n+k-1, k).

    An object is an array or sequence (n,) of counts from 0 on, n + k at most 131072; decoding gives
    an array of int64. The index is that of k stars between n - 1 bars. No kinds, and one kind, take
    the header alone.

    Example:
        >>> code = Multiset()
        >>> round(2 ** (code.bits([2, 0, 1]) - 16))  # 10 multisets of 3 items of 3 kinds
        10
    """

    family: ClassVar[str] = "multiset"
    sizes: ClassVar[int] = 2

    def _item(self, x: Any) -> NDArray[np.int64]:
        item = as_integers(x, MAX_ENUMERATED)
        if item.size and int(item.min()) < 0:
            raise ValueError(f"x: got the count {int(item.min())}, accepted are counts from 0 on")
        if item.size + sum(item.tolist()) > MAX_ENUMERATED:
            raise ValueError(
                f"x: got {item.size} kinds and {sum(item.tolist())} items, accepted are at most "
                f"{MAX_ENUMERATED} together"
            )
        return item

    def _shape(self, item: NDArray[np.int64]) -> tuple[int, int]:
        return item.size, int(item.sum())

    def _check(self, shape: tuple[int, ...]) -> None:
        if sum(shape) > MAX_ENUMERATED or (shape[1] and not shape[0]):
            raise ValueError(f"{shape[0]} kinds and {shape[1]} items")

    def _count(self, shape: tuple[int, ...], choice: int) -> int:
        kinds, total = shape
        return math.comb(kinds + total - 1, total) if kinds else 1

    def _rank(self, item: NDArray[np.int64], shape: tuple[int, ...], choice: int) -> int:
        kinds, total = shape
        bits = np.zeros(max(kinds + total - 1, 0), np.uint8)
        bits[np.cumsum(item[:-1] + 1) - 1] = 1  # a one for every bar
        return _index(bits.tolist(), kinds - 1) if kinds else 0

    def _unrank(self, index: int, shape: tuple[int, ...], choice: int) -> NDArray[np.int64]:
        kinds, total = shape
        if not kinds:
            return np.zeros(0, np.int64)
        bars = np.flatnonzero(_string(kinds + total - 1, kinds - 1, index))
        return np.diff(np.concatenate([[-1], bars, [kinds + total - 1]])) - 1


def _members(x: Any, n: int) -> list[int]:
    if not isinstance(x, Set):
        raise TypeError(f"x: got {type(x).__name__}, accepted is a set of integers below {n}")
    return sorted(integer("x", member, 0, n - 1) for member in x)
