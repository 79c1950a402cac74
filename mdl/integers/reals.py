"""Real numbers at a stated precision: the multiples of 2^-k or of 10^-d, as codes.

The domain of a code is its grid; `quantise` takes any real there. A value of the grid is the double
nearest to it, and decoding gives exactly that double.
"""

from __future__ import annotations

import math
import numbers
from abc import ABC, abstractmethod
from dataclasses import dataclass, fields
from fractions import Fraction
from typing import ClassVar

from complexity import _prefix
from complexity._bytecodec import _as_bytes
from complexity._spec import canonical_name
from complexity.code import DecodeError, Kind
from complexity.errors import integer
from mdl.integers.log_star import MAX_RANK, LogStar

__all__ = ["MAX_PRECISION", "Real", "UniformReal"]

MAX_PRECISION = 1000
"""The greatest number of digits; below 2^-1074 there are no doubles."""


class _Grid(ABC):
    """A code of the multiples of base^-precision; fields of a subclass are its parameters."""

    precision: int
    base: int
    family: ClassVar[str]
    kind: ClassVar[Kind] = Kind.IDEAL
    overhead: ClassVar[float]

    @property
    def name(self) -> str:
        """The canonical spec, such as "real:precision=12"."""
        mine = fields(self)  # type: ignore[arg-type]
        values = {item.name: getattr(self, item.name) for item in mine}
        return canonical_name(self.family, values, {f.name: f.default for f in mine})  # type: ignore[arg-type]

    @property
    def step(self) -> Fraction:
        """The distance of neighbours, exactly."""
        return 1 / Fraction(self.base) ** self.precision

    @abstractmethod
    def quantise(self, x: float) -> float:
        """The value of the domain that is nearest to `x`; of two, the even multiple.

        Raises:
            TypeError: `x` is no real number.
            ValueError: it is NaN or infinite, or outside the code's range.
        """

    @abstractmethod
    def bits(self, x: float) -> float:
        """Ideal length of the codeword of `x` in bits.

        Raises:
            TypeError: `x` is no real number.
            ValueError: it is not on the grid, or outside the code's range.
        """

    def encode(self, x: float) -> bytes:
        """The codeword of `x`, with zeros to the byte's end.

        Raises:
            TypeError: `x` is no real number.
            ValueError: it is not on the grid, or outside the code's range.
        """
        return _prefix.packed(self._write(x))

    def decode(self, blob: bytes) -> float:
        """The real whose codeword `blob` is. Nearly every damage decodes to another one.

        Raises:
            TypeError: `blob` is not bytes, bytearray or memoryview.
            DecodeError: `blob` is no codeword.
        """
        code = _prefix.unpacked(_as_bytes("blob", blob))
        value, at = self._read(code)
        _prefix.check_padding(code, at)
        return value

    @abstractmethod
    def _write(self, x: float) -> str: ...

    @abstractmethod
    def _read(self, code: str) -> tuple[float, int]: ...

    def _check(self) -> None:
        if self.base not in (2, 10):
            raise ValueError(f"base: got {self.base!r}, accepted is 2 or 10")
        # as ints: powers of NumPy's integers wrap around at 2^63
        object.__setattr__(self, "base", int(self.base))
        precision = integer("precision", self.precision, 0, MAX_PRECISION)
        object.__setattr__(self, "precision", precision)

    def _multiple(self, x: float) -> int:
        """Which multiple of the step `x` is."""
        number = round(_real("x", x) / self.step)
        if _double(number, self.step) != float(x):
            raise ValueError(
                f"x: got {x!r}, accepted are multiples of {self.base}^-{self.precision}; "
                "quantise(x) is the nearest"
            )
        return number


@dataclass(frozen=True)
class UniformReal(_Grid):
    """A real of a range that the receiver knows, all multiples of the step in it alike.

    `bits` is log2 of their number; codewords have the bits that the greatest index takes, less than
    one more, and zeros to the byte's end. -0.0 is coded as 0.0.

    Args:
        low: the least real of the range.
        high: the greatest; a range with one multiple takes no bits.
        precision: digits behind the point.
        base: of the digits, 2 or 10.

    Raises:
        TypeError: an argument is no number.
        ValueError: the range is empty, not finite, or holds no multiple of the step; the precision
            is negative or more than 1000; the base is neither.

    Example:
        >>> code = UniformReal(0, 1, precision=2, base=10)  # 101 values
        >>> code.quantise(1 / 3), round(2 ** code.bits(0.33))
        (0.33, 101)
    """

    low: float = 0.0
    high: float = 1.0
    precision: int = 8
    base: int = 2
    family: ClassVar[str] = "uniform-real"
    overhead: ClassVar[float] = 8.0

    def __post_init__(self) -> None:
        self._check()
        low, high = _real("low", self.low), _real("high", self.high)
        object.__setattr__(self, "low", float(self.low))
        object.__setattr__(self, "high", float(self.high))
        first, last = self._ends()
        if last < first:
            raise ValueError(
                f"high: got {self.high!r}, accepted is a range from {self.low!r} that holds a "
                f"multiple of {self.base}^-{self.precision}"
                + ("" if low <= high else "; it is less than low")
            )

    def quantise(self, x: float) -> float:
        """The value of the domain that is nearest to `x`; beyond an end, an error."""
        number = round(self._inside(x) / self.step)
        first, last = self._ends()
        return _double(min(max(number, first), last), self.step)

    def bits(self, x: float) -> float:
        """log2 of the number of values, for every `x` of the domain."""
        self._place(x)
        first, last = self._ends()
        return math.log2(last - first + 1)

    def _write(self, x: float) -> str:
        first, last = self._ends()
        return _write_below(self._place(x) - first, last - first + 1)

    def _read(self, code: str) -> tuple[float, int]:
        first, last = self._ends()
        number, at = _read_below(code, 0, last - first + 1)
        return _double(number + first, self.step), at

    def _ends(self) -> tuple[int, int]:
        step = self.step
        first, last = math.ceil(Fraction(self.low) / step), math.floor(Fraction(self.high) / step)
        # an end such as 0.3 is the double of 3/10, though a little less
        first -= _double(first - 1, step) >= self.low
        last += _double(last + 1, step) <= self.high
        return first, last

    def _inside(self, x: float) -> Fraction:
        value = _real("x", x)
        if not self.low <= value <= self.high:
            raise ValueError(f"x: got {x!r}, accepted is {self.low} to {self.high}")
        return value

    def _place(self, x: float) -> int:
        number = self._multiple(x)
        first, last = self._ends()
        if not first <= number <= last:
            raise ValueError(f"x: got {x!r}, accepted is {self.low} to {self.high}")
        return number


@dataclass(frozen=True)
class Real(_Grid):
    """Any real: its sign, its integer part by Rissanen's prior, and the digits behind the point.

    `bits` is 1 + L*(i + 1) + log2(base^precision) for the integer part i; the codeword has
    `log-star` for i + 1 and whole bits for the digits, so that a file is less than 9 bits and 2^-40
    longer. The sign of zero is kept. Integer parts are below 2^64.

    Args:
        precision: digits behind the point.
        base: of the digits, 2 or 10.

    Raises:
        TypeError: the precision is no integer.
        ValueError: the precision is negative or more than 1000; the base is neither.

    Example:
        >>> code = Real(precision=3)
        >>> code.quantise(-3.14159), code.bits(-3.125)  # 1 + L*(4) + 3
        (-3.125, 8.518589...)
    """

    precision: int = 8
    base: int = 2
    family: ClassVar[str] = "real"
    overhead: ClassVar[float] = 9 + 2.0**-40

    def __post_init__(self) -> None:
        self._check()

    def quantise(self, x: float) -> float:
        """The value of the domain that is nearest to `x`."""
        value = _double(round(_real("x", x) / self.step), self.step)
        return math.copysign(value, x)

    def bits(self, x: float) -> float:
        """Ideal length of the codeword of `x` in bits."""
        whole, _ = self._split(x)
        return 1 + LogStar().bits(whole + 1) + self.precision * math.log2(self.base)

    def _write(self, x: float) -> str:
        whole, digits = self._split(x)
        sign = "1" if math.copysign(1, x) < 0 else "0"
        return sign + LogStar().codeword(whole + 1) + _write_below(digits, self._unit)

    def _read(self, code: str) -> tuple[float, int]:
        sign, at = _prefix.read_bits(code, 0, 1)
        whole, at = LogStar().read(code, at)
        digits, at = _read_below(code, at, self._unit)
        value = _double((whole - 1) * self._unit + digits, self.step)
        if value >= MAX_RANK:  # rounded up to a double that the code does not take
            raise DecodeError("damaged: the integer part is beyond 2^64")
        return -value if sign else value, at

    @property
    def _unit(self) -> int:
        return self.base**self.precision

    def _split(self, x: float) -> tuple[int, int]:
        whole, digits = divmod(abs(self._multiple(x)), self._unit)
        if whole >= MAX_RANK:
            raise ValueError(f"x: got {x!r}, accepted are reals below 2^64")
        return whole, digits


def _write_below(value: int, size: int) -> str:
    """`value`, 0 to size - 1, in the bits that size - 1 takes."""
    width = (size - 1).bit_length()
    return f"{value:0{width}b}" if width else ""


def _read_below(code: str, at: int, size: int) -> tuple[int, int]:
    value, at = _prefix.read_bits(code, at, (size - 1).bit_length())
    if value >= size:
        raise DecodeError(f"damaged: a number is not below {size}")
    return value, at


def _double(number: int, step: Fraction) -> float:
    """number * step, correctly rounded."""
    return float(number * step)


def _real(argument: str, x: float) -> Fraction:
    if isinstance(x, bool) or not isinstance(x, numbers.Real):
        raise TypeError(f"{argument}: got {x!r}, accepted is a real number")
    try:
        value = float(x)
    except OverflowError:
        value = math.inf
    if not math.isfinite(value):
        raise ValueError(f"{argument}: got {x!r}, accepted is a finite number")
    return Fraction(value)
