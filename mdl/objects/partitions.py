"""Partitions of a set, by Bell or Stirling numbers, and of an integer.

References:
    G. Hutchinson, Partitioning algorithms for finite sets, Comm. ACM 6(10), 1963: restricted growth
        strings.
    D. E. Knuth, The Art of Computer Programming 4A, section 7.2.1.4-5.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from complexity.errors import as_array, one_of
from mdl.objects._base import Enumerated, as_integers

__all__ = [
    "MAX_PARTITIONED",
    "MAX_SUM",
    "IntegerPartition",
    "SetPartition",
    "restricted_growth",
]

MAX_PARTITIONED = 1024
"""The largest set whose partitions are enumerated: a second at this size."""

MAX_SUM = 4096
"""The largest integer whose partitions are enumerated: a second or two at this size."""


def restricted_growth(labels: Any) -> NDArray[np.int64]:
    """Labels of blocks, renamed 0, 1, 2, ... in the order in which they first occur.

    Args:
        labels: (n,) of any values that numpy can sort, the label of every item's block.

    Raises:
        TypeError: numpy cannot sort the values.
        ValueError: it is not 1-D.

    Example:
        >>> restricted_growth(["b", "a", "b", "c"]).tolist()
        [0, 1, 0, 2]
    """
    array = as_array("labels", labels, "accepted is (n,)")
    if array.ndim != 1:
        raise ValueError(f"labels: got shape {array.shape}, accepted is (n,)")
    try:
        _, first, place = np.unique(array, return_index=True, return_inverse=True)
    except TypeError as error:
        raise TypeError(f"labels: {error}; accepted are values that can be sorted") from None
    return np.argsort(np.argsort(first))[place].astype(np.int64)


@dataclass(frozen=True)
class SetPartition(Enumerated):
    """A partition of n items: n as LEB128, then its index, log2 B_n bits (Bell), or by blocks.

    An object is a restricted growth string, an array or sequence (n,): the number of every item's
    block, where blocks are numbered 0, 1, ... in the order of their first items
    (`restricted_growth` makes one of any labels), n at most 1024. Decoding gives an array of int64.
    No item and one item take the header alone, 8 bits.

    Args:
        by: "all", every partition alike; or "blocks", the number k of blocks first, one of n, and
            an index among S(n, k) (Stirling, second kind).

    Raises:
        ValueError: `by` is neither.

    Example:
        >>> round(2 ** (SetPartition().bits([0, 1, 0, 2]) - 8))  # B_4
        15
        >>> round(2 ** (SetPartition("blocks").bits([0, 1, 0, 2]) - 8))  # 4 S(4, 3)
        24
    """

    by: str = "all"
    family: ClassVar[str] = "set-partition"
    overhead: ClassVar[float] = 9.0

    def __post_init__(self) -> None:
        one_of("by", self.by, ("all", "blocks"))

    def _item(self, x: Any) -> list[int]:
        item = as_integers(x, MAX_PARTITIONED)
        blocks = np.maximum.accumulate(np.concatenate([[-1], item]))[:-1]
        wrong = np.flatnonzero((item < 0) | (item > blocks + 1))
        if wrong.size:
            raise ValueError(
                f"x: got {int(item[wrong[0]])} at place {int(wrong[0])}, accepted is a restricted "
                "growth string; mdl.objects.restricted_growth(x) makes one"
            )
        return item.tolist()

    def _shape(self, item: list[int]) -> tuple[int, ...]:
        return (len(item),)

    def _check(self, shape: tuple[int, ...]) -> None:
        if shape[0] > MAX_PARTITIONED:
            raise ValueError(f"{shape[0]} items, of at most {MAX_PARTITIONED}")

    def _least_bits(self, shape: tuple[int, ...]) -> float:
        return shape[0] - 1 if self.by == "all" else 0  # B_n >= 2^(n-1)

    def _choices(self, shape: tuple[int, ...]) -> int:
        return max(shape[0], 1) if self.by == "blocks" else 1

    def _choice(self, item: list[int], shape: tuple[int, ...]) -> int:
        return max(item, default=0) if self.by == "blocks" else 0

    def _count(self, shape: tuple[int, ...], choice: int) -> int:
        row = _stirling(shape[0])
        return row[min(choice + 1, shape[0])] if self.by == "blocks" else sum(row)

    def _rank(self, item: list[int], shape: tuple[int, ...], choice: int) -> int:
        index, blocks = 0, 0
        for label, row in zip(item, _rows(len(item)), strict=False):
            if label == blocks:  # S(i, blocks) of S(i + 1, blocks + 1) begin a block
                blocks += 1
            else:
                index += row[blocks - 1] + label * row[blocks]
        return index if self.by == "blocks" else index + sum(_stirling(len(item))[:blocks])

    def _unrank(self, index: int, shape: tuple[int, ...], choice: int) -> NDArray[np.int64]:
        n = shape[0]
        row, blocks = list(_stirling(n)), min(choice + 1, n)
        if self.by == "all":
            blocks = 0
            while index >= row[blocks]:
                index -= row[blocks]
                blocks += 1
        labels = np.zeros(n, np.int64)
        for i in range(n - 1, -1, -1):
            before = [0] * (i + 2)  # S(i, k - 1) = S(i + 1, k) - k S(i, k)
            for k in range(i + 1, 0, -1):
                before[k - 1] = row[k] - k * before[k]
            if index < before[blocks - 1]:
                blocks -= 1
                labels[i] = blocks
            else:
                labels[i], index = divmod(index - before[blocks - 1], before[blocks])
            row = before
        return labels


def _rows(n: int) -> Iterator[list[int]]:
    """S(i, 0) to S(i, i), and zeros, for i from 0 to n: S(i+1, k) = S(i, k-1) + k S(i, k)."""
    row = [1, 0]
    yield row
    for _ in range(n):
        row = [0, *(row[k - 1] + k * row[k] for k in range(1, len(row))), 0]
        yield row


@lru_cache(maxsize=8)
def _stirling(n: int) -> tuple[int, ...]:
    """S(n, 0) to S(n, n)."""
    row = []
    for row in _rows(n):  # noqa: B007
        pass
    return tuple(row[: n + 1])


@dataclass(frozen=True)
class IntegerPartition(Enumerated):
    """A partition of n into positive parts: n as LEB128, then its index, log2 p(n) bits.

    An object is a tuple or list of integers from 1 on that do not increase, n at most 4096;
    decoding gives a tuple. The partitions of 0, (), and of 1, (1,), take the header alone, 8 bits.

    Example:
        >>> round(2 ** (IntegerPartition().bits((3, 1, 1)) - 8))  # p(5)
        7
    """

    family: ClassVar[str] = "integer-partition"

    def _item(self, x: Any) -> list[int]:
        item = as_integers(x, MAX_SUM)
        if (item < 1).any() or (np.diff(item) > 0).any():
            raise ValueError("x: accepted are integers from 1 on that do not increase")
        parts = item.tolist()
        if sum(parts) > MAX_SUM:
            raise ValueError(
                f"x: got a partition of {sum(parts)}, accepted are those of at most {MAX_SUM}"
            )
        return parts

    def _shape(self, item: list[int]) -> tuple[int, ...]:
        return (sum(item),)

    def _check(self, shape: tuple[int, ...]) -> None:
        if shape[0] > MAX_SUM:
            raise ValueError(f"a partition of {shape[0]}, of at most {MAX_SUM}")

    def _least_bits(self, shape: tuple[int, ...]) -> float:
        return shape[0] ** 0.5 - 1  # a set of distinct parts up to sqrt(n), and ones

    def _count(self, shape: tuple[int, ...], choice: int) -> int:
        return _partition_numbers()[shape[0]]

    def _rank(self, item: list[int], shape: tuple[int, ...], choice: int) -> int:
        # before it are those that at the first other part have a smaller one
        column = [1] + [0] * shape[0]  # partitions of 0 to n into parts of at most `greatest`
        index, rest, greatest = 0, 0, 0
        for part in reversed(item):
            rest += part
            while greatest < part - 1:
                greatest += 1
                for total in range(greatest, shape[0] + 1):
                    column[total] += column[total - greatest]
            index += column[rest]
        return index

    def _unrank(self, index: int, shape: tuple[int, ...], choice: int) -> tuple[int, ...]:
        rest = greatest = shape[0]
        column = list(_partition_numbers()[: rest + 1])  # with parts of up to n no part is missing
        parts = []
        while rest:
            if rest >= greatest and index >= column[rest] - column[rest - greatest]:
                index -= column[rest] - column[rest - greatest]
                rest -= greatest
                parts.append(greatest)
            else:
                for total in range(rest, greatest - 1, -1):
                    column[total] -= column[total - greatest]
                greatest -= 1
        return tuple(parts)


@lru_cache
def _partition_numbers() -> tuple[int, ...]:
    """p(0) to p(4096), by Euler's pentagonal numbers."""
    numbers = [1]
    for n in range(1, MAX_SUM + 1):
        total, k = 0, 1
        while (pentagonal := k * (3 * k - 1) // 2) <= n:
            term = numbers[n - pentagonal]
            if pentagonal + k <= n:
                term += numbers[n - pentagonal - k]
            total += term if k % 2 else -term
            k += 1
        numbers.append(total)
    return tuple(numbers)
