"""Lengths C(xy) of one object with many behind it: x is read once, its state copied for every y.

What a codec knows after x decides all that it does later, so going on from a copy of its state
gives the length of the concatenation to the last bit: no conditional length, no approximation.
"""

from __future__ import annotations

import copy
import zlib
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from complexity import _leb128
from complexity.compressors import Gzip, Zlib

__all__ = ["continued"]

_SHORT = 4096
"""Bytes that DEFLATE reads in less time than threads wait for each other: going on takes three
calls and Python's lock at each, reading again takes one."""
_CHUNK = 1 << 13  # symbols per call of a kernel, between which an interrupt is noticed


def continued(
    code: Any, x: Any, others: Sequence[Any], *, alone: bool = True
) -> Iterator[float] | None:
    """C(xy) in bits for every y of `others`, in their order; None where x is better read again.

    The codes that can go on are DEFLATE above level 0 (which stores, and cuts where the calls are)
    and context-tree weighting. Context mixing could, to the same byte, but copying its tables takes
    about as long as reading x.

    Args:
        code: the code.
        x: the object in front.
        others: the objects behind; for one of them alone a copy would be wasted.
        alone: whether no other thread does the same meanwhile.
    """
    if len(others) < 2:
        return None
    if type(code) in (Zlib, Gzip) and code.level > 0:
        go_on = _deflated if alone or len(x) > _SHORT else _deflated_again
        return go_on(code, x, others)
    if code.name.partition(":")[0] in ("ctw", "ctw-bits"):
        return _weighted(code, x, others)
    return None


def _deflated(code: Zlib, x: bytes, others: Sequence[bytes]) -> Iterator[float]:
    after_x = zlib.compressobj(code.level, zlib.DEFLATED, code._window_bits)
    head = len(after_x.compress(x))
    for y in others:
        packer = after_x.copy()
        yield 8.0 * (head + len(packer.compress(y)) + len(packer.flush()))


def _deflated_again(code: Zlib, x: bytes, others: Sequence[bytes]) -> Iterator[float]:
    for y in others:
        yield 8.0 * len(zlib.compress(x + y, code.level, code._window_bits))


def _weighted(code: Any, x: Any, others: Sequence[Any]) -> Iterator[float]:
    """The ideal length: the cost of y is added to the very numbers that hold the cost of x."""
    first, after_x, so_far = code._symbols("x", x), code._model(), np.array([0.0, 1.0])
    _spend(after_x, first, so_far)
    for y in others:
        then, cost = code._symbols("y", y), so_far.copy()
        length = first.size + then.size
        if length > code.limit:
            raise ValueError(
                f"objects: got {length} symbols in a pair, accepted are at most {code.limit}"
            )
        _spend(_forked(after_x), then, cost)
        yield 8.0 * len(_leb128.write(length)) + float(cost[0] - np.log2(cost[1]))


def _forked(trees: Any) -> Any:
    """Trees that go their own way; shown without free slots, so that growing copies the nodes."""
    fork = copy.copy(trees)
    fork.nodes, fork.model = trees.nodes[: trees.used], trees.model.copy()
    return fork


def _spend(model: Any, symbols: NDArray[np.uint8], cost: NDArray[np.float64]) -> None:
    """Let the model see the symbols, and add what they cost."""
    from complexity.context._kernels import MEASURE

    coder, buffer = np.zeros(4, np.uint64), np.zeros(0, np.uint8)
    for start in range(0, symbols.size, _CHUNK):
        model.advance(symbols[start : start + _CHUNK].copy(), MEASURE, coder, cost, buffer)
