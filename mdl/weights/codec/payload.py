"""The weights of a network as one codeword: its architecture, which both ends know, costs nothing.

The receiver has a module of the same architecture, and with it the names, shapes and dtypes of all
tensors. What is coded, in this order and in one arithmetic codeword:

========  =====================================================================================
bits      meaning
========  =====================================================================================
8         version of this layout (1 or 2) times 16, and the trellis: 0 none, 1 4 states, 2 8 states
          then for each tensor of the state dict (tied ones once, empty ones not at all)
8         floating tensors: 0 all are zero; 1 to 254 the step, 2^((byte - 176) / 4); 255 exact
.         numbers k, row by row, adaptive: matrices share statistics, vectors share others
========  =====================================================================================

A tensor is a *matrix* if it has 2 dimensions or more, of (first, all the others); the trellis is
of matrices alone, and begins anew in each. An exact tensor is coded by the words of its numbers:
the greatest exponent in 11 bits, by how much the others are less (row by row, adaptive), then signs
and digits as plain bits. Integer and boolean tensors are numbers k without a step, in one row.

Layout 2 is written where it is shorter: of exact tensors that have zeros, as pruned ones, or digits
that are 0 in all numbers, as those of another type. Seven bits follow the greatest exponent: how
many leading digits are told, times 2, plus 1 if numbers are 0 for zeros, else 1 more, and zeros
have neither signs nor digits.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from complexity.code import DecodeError
from mdl.weights.codec import steps
from mdl.weights.codec.quantisers import points
from mdl.weights.codec.stream import TRELLISES, Reader, Statistics, Writer, measure

__all__ = ["Coded", "Plan", "coded_bits", "read_payload", "tensor_bits", "write_payload"]

_PLAIN, _SPARE = 1, 2  # versions of the layout
_FLOATS = {"float16": (16, 10), "bfloat16": (16, 7), "float32": (32, 23), "float64": (64, 52)}
"""Bits of a word, and of its fraction."""
_EXPONENT = 11
_LAYOUT = 8
_SPARED = 7


@dataclass(frozen=True)
class Plan:
    """A tensor as both ends know it.

    Attributes:
        name: in the state dict.
        shape: of the tensor.
        dtype: as torch calls it, "float32".
    """

    name: str
    shape: tuple[int, ...]
    dtype: str

    @property
    def size(self) -> int:
        """Number of entries."""
        return int(np.prod(self.shape, dtype=np.int64))

    @property
    def floating(self) -> bool:
        """Whether it is quantised."""
        return self.dtype in _FLOATS

    @property
    def matrix(self) -> bool:
        """Whether it is coded in rows, with contexts above."""
        return len(self.shape) >= 2

    @property
    def columns(self) -> int:
        """Of a row; 0 if it is one row."""
        return self.size // self.shape[0] if self.matrix and self.size else 0


@dataclass(frozen=True)
class Coded:
    """What is coded of a tensor.

    Attributes:
        step: a byte of `steps`; EXACT for integers too.
        numbers: (n,) int64: k, or the words of exact floats.
    """

    step: int
    numbers: NDArray[np.int64]

    def values(self, plan: Plan, states: int) -> NDArray[np.float64]:
        """The quantised tensor in its shape, float64."""
        states = states if plan.matrix else 0
        values = steps.step_at(self.step) * points(self.numbers, states)
        return values.reshape(plan.shape)


class _Shared:
    """The statistics of a file."""

    def __init__(self) -> None:
        self.matrices, self.vectors = Statistics(), Statistics()
        self.integers, self.exponents = Statistics(), Statistics()


def write_payload(plans: Sequence[Plan], tensors: Iterable[Coded], *, states: int = 0) -> bytes:
    """The codeword of the tensors, in the order of the plans."""
    writer, shared, tensors = Writer(), _Shared(), list(tensors)
    version = _shorter(plans, tensors, states)[0]
    writer.number(16 * version + TRELLISES[states], _LAYOUT)
    for plan, coded in zip(plans, tensors, strict=True):
        if not plan.size:
            continue
        if not plan.floating:
            writer.integers(coded.numbers, shared.integers)
            continue
        writer.number(coded.step, 8)
        if coded.step == steps.EXACT:
            _write_exact(writer, plan, coded.numbers, shared, version)
        elif coded.step != steps.ZEROS:
            statistics = shared.matrices if plan.matrix else shared.vectors
            trellis = states if plan.matrix else 0
            writer.integers(coded.numbers, statistics, columns=plan.columns, states=trellis)
    return writer.finish()


def coded_bits(plans: Sequence[Plan], tensors: Iterable[Coded], *, states: int = 0) -> float:
    """The ideal codelength of `write_payload`'s codeword in bits.

    The codeword is at most 10 bits longer.
    """
    return _LAYOUT + sum(tensor_bits(plans, tensors, states=states))


def tensor_bits(plans: Sequence[Plan], tensors: Iterable[Coded], *, states: int = 0) -> list[float]:
    """What each tensor adds to the ideal codelength, in the order of the file.

    The coder is adaptive: what a tensor costs depends on those before it.
    """
    return _shorter(plans, list(tensors), states)[1]


def _shorter(
    plans: Sequence[Plan], tensors: Sequence[Coded], states: int
) -> tuple[int, list[float]]:
    """The version of the layout, and the bits of the tensors by it."""
    spares = any(
        plan.floating and plan.size and coded.step == steps.EXACT
        and _exact(plan, coded.numbers, _SPARE).spares
        for plan, coded in zip(plans, tensors, strict=True)
    )  # fmt: skip
    found = _tensor_bits(plans, tensors, states, _PLAIN)
    if spares:
        other = _tensor_bits(plans, tensors, states, _SPARE)
        if sum(other) < sum(found):
            return _SPARE, other
    return _PLAIN, found


def _tensor_bits(
    plans: Sequence[Plan], tensors: Sequence[Coded], states: int, version: int
) -> list[float]:
    found, shared = [], _Shared()
    for plan, coded in zip(plans, tensors, strict=True):
        bits = 0.0
        if plan.size and not plan.floating:
            bits = measure(coded.numbers, shared.integers)
        elif plan.size:
            bits = 8.0
            if coded.step == steps.EXACT:
                exact = _exact(plan, coded.numbers, version)
                bits += _EXPONENT + (exact.digits + 1) * exact.rest.size
                bits += _SPARED if version == _SPARE else 0
                bits += measure(exact.less, shared.exponents, columns=plan.columns)
            elif coded.step != steps.ZEROS:
                statistics = shared.matrices if plan.matrix else shared.vectors
                trellis = states if plan.matrix else 0
                bits += measure(coded.numbers, statistics, columns=plan.columns, states=trellis)
        found.append(bits)
    return found


def read_payload(blob: bytes, plans: Sequence[Plan]) -> tuple[list[Coded], int]:
    """The tensors of a codeword, and the states of its trellis.

    Raises:
        DecodeError: it is no codeword of tensors of these plans.
    """
    reader, shared = Reader(blob), _Shared()
    version, trellis = divmod(reader.number(_LAYOUT), 16)
    if version > _SPARE:
        raise DecodeError(f"layout {version} is newer than {_SPARE}; upgrade complexodynamics")
    if version < _PLAIN or trellis not in TRELLISES.values():
        raise DecodeError(f"damaged: there is no layout {version} with trellis {trellis}")
    states = next(s for s, number in TRELLISES.items() if number == trellis)
    tensors = [_read(reader, plan, states, shared, version) for plan in plans]
    reader.finish()
    return tensors, states


def _read(reader: Reader, plan: Plan, states: int, shared: _Shared, version: int) -> Coded:
    if not plan.size:
        return Coded(steps.ZEROS if plan.floating else steps.EXACT, np.zeros(0, np.int64))
    if not plan.floating:
        return Coded(steps.EXACT, reader.integers(plan.size, shared.integers))
    step = reader.number(8)
    if step == steps.ZEROS:
        return Coded(step, np.zeros(plan.size, np.int64))
    if step == steps.EXACT:
        return Coded(step, _read_exact(reader, plan, shared, version))
    statistics = shared.matrices if plan.matrix else shared.vectors
    trellis = states if plan.matrix else 0
    numbers = reader.integers(plan.size, statistics, columns=plan.columns, states=trellis)
    return Coded(step, numbers)


@dataclass(frozen=True)
class _Exact:
    """The words of floating numbers, taken apart.

    Attributes:
        greatest: exponent.
        less: by how much exponents are below it; with bare zeros 1 more, and 0 for zeros, (n,).
        digits: leading ones of the fractions that are told.
        rest: signs and digits, (n,); with bare zeros those of the others.
        bare: whether zeros have no signs and digits.
        spares: whether something is not told that layout 1 tells.
    """

    greatest: int
    less: NDArray[np.int64]
    digits: int
    rest: NDArray[np.int64]
    bare: bool
    spares: bool


def _exact(plan: Plan, words: NDArray[np.int64], version: int) -> _Exact:
    bits, width = _FLOATS[plan.dtype]
    sign = (words < 0).astype(np.int64)  # the words are of signed integers
    exponents = (words >> width) & ((1 << (bits - width - 1)) - 1)
    fraction = words & ((1 << width) - 1)
    greatest, digits, bare = int(exponents.max()), width, False
    less, zero = greatest - exponents, exponents == 0
    if version == _SPARE:
        used = int(np.bitwise_or.reduce(fraction))
        digits = width - ((used & -used).bit_length() - 1 if used else width)
        bare = bool(zero.any()) and not (fraction[zero].any() or sign[zero].any())
    rest = (fraction >> (width - digits)) | (sign << digits)
    if bare:
        less, rest = np.where(zero, 0, less + 1), rest[~zero]
    return _Exact(greatest, less, digits, rest, bare, bare or digits < width)


def _write_exact(
    writer: Writer, plan: Plan, words: NDArray[np.int64], shared: _Shared, version: int
) -> None:
    exact = _exact(plan, words, version)
    writer.number(exact.greatest, _EXPONENT)
    if version == _SPARE:
        writer.number(2 * exact.digits + exact.bare, _SPARED)
    writer.integers(exact.less, shared.exponents, columns=plan.columns)
    writer.plain(exact.rest, exact.digits + 1)


def _read_exact(reader: Reader, plan: Plan, shared: _Shared, version: int) -> NDArray[np.int64]:
    bits, width = _FLOATS[plan.dtype]
    greatest, digits, bare = reader.number(_EXPONENT), width, 0
    if version == _SPARE:
        digits, bare = divmod(reader.number(_SPARED), 2)
    less = reader.integers(plan.size, shared.exponents, columns=plan.columns)
    told = less != 0 if bare else np.ones(plan.size, bool)
    less = np.where(told, less - bare, greatest)
    beyond = greatest >= 1 << (bits - width - 1) or digits > width
    if beyond or (less < 0).any() or (less > greatest).any():
        raise DecodeError(f"damaged: an exponent of {plan.name!r} is none of {plan.dtype}")
    rest = np.zeros(plan.size, np.int64)
    rest[told] = reader.plain(int(told.sum()), digits + 1)
    sign, fraction = rest >> digits, (rest & ((1 << digits) - 1)) << (width - digits)
    words = ((greatest - less) << width) | fraction
    return words - (sign << (bits - 1)) if bits < 64 else words | (sign << 63)
