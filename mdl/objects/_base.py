"""Enumerative codes: what an object is like, then its index among the objects that are like it.

A codeword is the *shape* of the object (as its size) in LEB128; the *choice*, one of so many given
the shape, in the bits that the greatest choice takes; the index in those that the greatest index
takes; and zeros to the byte's end. Given the shape, the ideal lengths are those of a uniform
choice and a uniform index: their Kraft sum is exactly 1.

References:
    T. M. Cover, Enumerative source encoding, IEEE Trans. Inf. Theory 19(1), 1973.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from complexity import _leb128
from complexity._bytecodec import _as_bytes
from complexity._spec import canonical_name
from complexity.code import DecodeError, Kind
from complexity.errors import as_array

__all__ = ["Enumerated", "as_integers", "from_number", "to_number"]


@dataclass(frozen=True)
class Enumerated(ABC):
    """An enumerative code: a file is below 8 bits longer than `bits`, below 9 with a choice.

    Fields of a subclass are its parameters, all with defaults; `family` is its registered name.
    """

    family: ClassVar[str]
    kind: ClassVar[Kind] = Kind.IDEAL
    overhead: ClassVar[float] = 8.0
    sizes: ClassVar[int] = 1
    """How many numbers a shape is."""

    @property
    def name(self) -> str:
        """The canonical spec, such as "set-partition:by=blocks"."""
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        return canonical_name(self.family, values, {f.name: f.default for f in fields(self)})  # type: ignore[misc]

    def bits(self, x: Any) -> float:
        """Ideal length of the codeword of `x` in bits, its header included.

        Raises:
            TypeError: `x` is of another type.
            ValueError: it is not in the domain, or too large.
        """
        item = self._item(x)
        shape = self._shape(item)
        head = 8.0 * sum(len(_leb128.write(size)) for size in shape)
        choice = self._choice(item, shape)
        return head + math.log2(self._choices(shape)) + math.log2(self._count(shape, choice))

    def encode(self, x: Any) -> bytes:
        """The codeword of `x`.

        Raises:
            TypeError: `x` is of another type.
            ValueError: it is not in the domain, or too large.
        """
        item = self._item(x)
        shape = self._shape(item)
        choice = self._choice(item, shape)
        width = (self._count(shape, choice) - 1).bit_length()
        total = (self._choices(shape) - 1).bit_length() + width
        number = (choice << width) + self._rank(item, shape, choice)
        size = -(-total // 8)
        return b"".join(map(_leb128.write, shape)) + (number << 8 * size - total).to_bytes(size)

    def decode(self, blob: bytes) -> Any:
        """The object whose codeword `blob` is. Damage may decode to another object.

        Raises:
            TypeError: `blob` is not bytes, bytearray or memoryview.
            DecodeError: `blob` is no codeword.
        """
        data = _as_bytes("blob", blob)
        shape, at = [], 0
        for _ in range(self.sizes):
            size, at = _leb128.read(data, at, "the size")
            shape.append(size)
        shape, body = tuple(shape), data[at:]
        try:
            self._check(shape)
        except ValueError as error:
            raise DecodeError(f"damaged: {error}") from None
        width = (self._choices(shape) - 1).bit_length()
        if 8 * len(body) < max(width, self._least_bits(shape)):
            raise DecodeError("truncated: it ends inside the index")
        number, rest = int.from_bytes(body), 8 * len(body) - width
        choice = number >> rest
        if choice >= self._choices(shape):
            raise DecodeError("damaged: the choice is out of range")
        count = self._count(shape, choice)
        padding = rest - (count - 1).bit_length()
        if not 0 <= padding < 8:
            raise DecodeError(f"truncated or damaged: an index does not take {rest} bits")
        index = (number & (1 << rest) - 1) >> padding
        if index >= count or number & (1 << padding) - 1:
            raise DecodeError("damaged: the index is out of range, or bits follow it")
        return self._unrank(index, shape, choice)

    @abstractmethod
    def _item(self, x: Any) -> Any:
        """`x` if it is in the domain, as the other methods take it."""

    @abstractmethod
    def _shape(self, item: Any) -> tuple[int, ...]: ...

    @abstractmethod
    def _check(self, shape: tuple[int, ...]) -> None:
        """Raise ValueError unless there are objects of this shape and it is not too large."""

    def _least_bits(self, shape: tuple[int, ...]) -> float:
        """At most log2 of the count: a short codeword is refused before anything is counted."""
        return 0.0

    def _choices(self, shape: tuple[int, ...]) -> int:
        return 1

    def _choice(self, item: Any, shape: tuple[int, ...]) -> int:
        return 0

    @abstractmethod
    def _count(self, shape: tuple[int, ...], choice: int) -> int: ...

    @abstractmethod
    def _rank(self, item: Any, shape: tuple[int, ...], choice: int) -> int: ...

    @abstractmethod
    def _unrank(self, index: int, shape: tuple[int, ...], choice: int) -> Any: ...


def as_integers(x: Any, limit: int) -> NDArray[np.int64]:
    """`x` as an array (n,) of int64, n at most `limit`.

    Raises:
        TypeError: `x` is no array or sequence of integers.
        ValueError: it is not 1-D, too long, or its items take more than 64 bits.
    """
    accepted = "accepted is a sequence or array (n,) of integers"
    several = isinstance(x, Sequence) or hasattr(x, "__array__")
    if isinstance(x, str | bytes | bytearray | memoryview) or not several:
        raise TypeError(f"x: got {type(x).__name__}, {accepted}")
    array = as_array("x", x, accepted)
    array = array if array.size else array.astype(np.int64)
    if array.dtype.kind not in "iu":
        raise TypeError(f"x: got items of type {array.dtype}, {accepted}")
    if array.ndim != 1:
        raise ValueError(f"x: got an array of shape {array.shape}, {accepted}")
    if array.size > limit:
        raise ValueError(f"x: got {array.size} items, accepted are at most {limit}")
    if array.size and int(array.max()) > 2**63 - 1:
        raise ValueError(f"x: got {int(array.max())}, accepted are integers below 2**63")
    return array.astype(np.int64)


def to_number(digits: Sequence[int], radices: Sequence[int]) -> int:
    """The number with these digits, the highest first, in a mixed radix; 0 without any.

    Neighbours are joined pairwise, so that most work is a few products of large numbers.
    """
    parts = list(zip(digits, radices, strict=True)) or [(0, 1)]
    while len(parts) > 1:
        joined = [
            (high * size + low, room * size)
            for (high, room), (low, size) in zip(parts[::2], parts[1::2], strict=False)
        ]
        parts = joined + parts[len(parts) & ~1 :]
    return parts[0][0]


def from_number(number: int, radices: Sequence[int]) -> list[int]:
    """The digits of a number in a mixed radix, the highest first; what `to_number` joined."""
    levels = [list(radices)]
    while len(levels[-1]) > 1:
        below = levels[-1]
        joined = [a * b for a, b in zip(below[::2], below[1::2], strict=False)]
        levels.append(joined + below[len(below) & ~1 :])
    parts = [number] if radices else []
    for sizes in reversed(levels[:-1]):
        split = []
        for index, part in enumerate(parts):
            if 2 * index + 1 < len(sizes):
                split.extend(divmod(part, sizes[2 * index + 1]))
            else:
                split.append(part)
        parts = split
    return parts
