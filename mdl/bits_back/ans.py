"""A stack entropy coder (rANS): the last symbol pushed is the first popped, and nothing is lost.

The head has 64 bits, the words below it 16, and intervals are given in units of 2^-precision with a
precision of up to 40 bits. A push of a symbol with `frequency` makes the stack longer by
log2(2^precision / frequency) bits, a pop of it shorter by as much, and the one undoes the other
exactly. Popping a symbol that was never pushed *samples* it, at the cost of bits of the payload:
that is what bits-back coding is made of.

A push onto a stack of fewer than 48 bits may cost up to `precision` bits more, once.

Bytes are the head, without leading zeros, and then the words from the top to the bottom. A payload
of any length becomes a stack by a byte of 1 in front of it.

References:
    J. Duda, Asymmetric numeral systems, arXiv:0902.0271, 2009; and arXiv:1311.2540, 2013: range
        variant (rANS), streaming with the head in [L, bL), here L = 2^48 and b = 2^16.
    J. Townsend, T. Bird and D. Barber, Practical lossless compression with latent variables using
        bits back coding, ICLR 2019, section 2.2: the stack as a source of samples.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from complexity.code import DecodeError
from complexity.errors import integer
from mdl.bits_back import _kernels as kernels
from mdl.bits_back.frequencies import (
    MAX_PRECISION,
    checked_intervals,
    checked_normals,
    checked_precision,
    checked_symbols,
    cumulative_frequencies,
)

__all__ = ["AnsStack", "PayloadError"]

_GROUND = 48  # bits that stay when symbols are to be samples: below, a head is not uniform
_RESERVE = 1 << 10  # words drawn at a time where a seed supplies them
_NONE = np.zeros(0, np.uint16)


class PayloadError(ValueError):
    """The payload is too short for what is popped from it; says how many bits are missing."""


class AnsStack:
    """A stack of symbols, kept as a number of `bits` bits.

    Args:
        payload: any bytes, to start from and to end with.
        seed: draw random words where the stack runs out, instead of raising; without a payload.
        sampling: whether popped symbols are samples: 48 bits of the payload then stay untouched.

    Attributes:
        initial_bits: the most that was ever taken off beyond what had been pushed: a payload has
            to have as many bits, and 48 more where it is sampled from.

    Raises:
        TypeError: the payload is no bytes.
        ValueError: there are both a payload and a seed.

    Example:
        >>> stack = AnsStack(b"payload")
        >>> stack.push_uniform([3, 1, 2], bits=2)
        >>> [int(each) for each in stack.pop_uniform(3, bits=2)], stack.payload()
        ([3, 1, 2], b'payload')
    """

    def __init__(
        self, payload: bytes = b"", *, seed: int | None = None, sampling: bool = False
    ) -> None:
        if not isinstance(payload, bytes | bytearray | memoryview):
            raise TypeError(f"payload: got {type(payload).__name__}, accepted is bytes")
        if seed is not None and payload:
            raise ValueError("payload: got bytes and a seed, accepted is one of them")
        self._state = np.zeros(3, np.uint64)
        self._words = _NONE
        self._reserve = _NONE
        self._ground = np.uint64(1 << _GROUND if sampling else 1)
        self._source = None
        self._load(b"\x01" + bytes(payload))
        if seed is not None:
            self._source = np.random.PCG64(np.random.SeedSequence(integer("seed", seed, 0)))
            self._supply(3)
            self._load(b"\x01" + self._reserve[:3].astype(">u2").tobytes())
            self._state[kernels.USED] = 3
        self._first = self.bits - 16.0 * int(self._state[kernels.USED])
        self.initial_bits = 0.0

    @classmethod
    def from_bytes(cls, blob: bytes, *, sampling: bool = False) -> AnsStack:
        """The stack of `to_bytes`.

        Args:
            blob: the bytes.
            sampling: whether symbols were sampled on the way there: 48 bits must then stay.

        Raises:
            DecodeError: there are no bytes, or they begin with a zero.
        """
        if not blob or blob[0] == 0:
            raise DecodeError("damaged: a stack begins with a byte that is not zero")
        stack = cls(sampling=sampling)
        stack._load(bytes(blob))
        stack._first = stack.bits
        return stack

    def _load(self, blob: bytes) -> None:
        size = len(blob) if len(blob) <= 8 else 8 - len(blob) % 2
        self._state[:] = int.from_bytes(blob[:size], "big"), (len(blob) - size) // 2, 0
        self._words = np.frombuffer(blob[size:], ">u2")[::-1].astype(np.uint16)

    def to_bytes(self) -> bytes:
        """The stack as bytes: 8 * len is less than `bits` + 8."""
        head = int(self._state[kernels.HEAD])
        words = self._words[: int(self._state[kernels.COUNT])]
        return (
            head.to_bytes((head.bit_length() + 7) // 8, "big") + words[::-1].astype(">u2").tobytes()
        )

    def payload(self) -> bytes:
        """The payload, once everything that was pushed onto it has been popped.

        Raises:
            DecodeError: the stack is no payload: it does not begin with a byte of 1.
        """
        blob = self.to_bytes()
        if blob[:1] != b"\x01":
            raise DecodeError("damaged: what is left of the stack is no payload")
        return blob[1:]

    @property
    def bits(self) -> float:
        """The length in bits: 16 a word, and log2 of the head."""
        head = int(self._state[kernels.HEAD])  # above 0: the first byte of a stack is not zero
        return 16.0 * int(self._state[kernels.COUNT]) + math.log2(head)

    @property
    def net_bits(self) -> float:
        """Bits that pushes and pops have added, those that the seed supplied not counted."""
        return self.bits - self._first - 16.0 * int(self._state[kernels.USED])

    @property
    def supplied(self) -> bytes:
        """The random bytes that the seed has supplied so far; they are the payload."""
        return self._reserve[: int(self._state[kernels.USED])].astype(">u2").tobytes()

    def __repr__(self) -> str:
        return f"AnsStack({self.bits:.1f} bits)"

    def push(self, starts: ArrayLike, frequencies: ArrayLike, *, precision: int) -> None:
        """Push symbols, the first first.

        Args:
            starts: (n,) first unit of each symbol's interval, of 2^precision units.
            frequencies: (n,) units of each interval, at least 1.
            precision: 1 to 40.

        Raises:
            ValueError: an interval is empty or ends beyond 2^precision.
        """
        places, sizes = checked_intervals(starts, frequencies, precision)
        self._room(places.size)
        kernels.push(self._state, self._words, places, sizes, np.uint64(precision))

    def pop(self, starts: ArrayLike, frequencies: ArrayLike, *, precision: int) -> None:
        """Take symbols off again that are known, the last first: the inverse of `push`.

        Raises:
            ValueError: as `push`, or the symbol on top is not in the last interval.
            PayloadError: the stack has run out.
        """
        places, sizes = checked_intervals(starts, frequencies, precision)
        for i in range(places.size - 1, -1, -1):
            slot = self.peek(precision)
            if not int(places[i]) <= slot < int(places[i]) + int(sizes[i]):
                raise ValueError(f"starts: symbol {i} is not on top, the slot there is {slot}")
            self.update(int(places[i]), int(sizes[i]), precision=precision)

    def peek(self, precision: int) -> int:
        """The slot on top, of 2^precision: the next symbol is the one whose interval holds it."""
        return int(self._state[kernels.HEAD]) & ((1 << checked_precision(precision)) - 1)

    def update(self, start: int, frequency: int, *, precision: int) -> None:
        """Take the symbol off whose interval holds the slot.

        Raises:
            PayloadError: the stack has run out.
        """
        places, sizes = checked_intervals([start], [frequency], precision)
        self._pop("pop", (places, sizes, np.uint64(precision)), 1)

    def push_uniform(self, symbols: ArrayLike, *, bits: int) -> None:
        """Push integers (n,) from 0 to 2^bits - 1, exactly `bits` bits each."""
        values = checked_symbols(symbols, 1 << checked_precision(bits, "bits"))
        self.push(values, np.ones(values.size, np.uint64), precision=bits)

    def pop_uniform(self, count: int, *, bits: int) -> NDArray[np.int64]:
        """Pop `count` uniform integers, in the order in which they were pushed."""
        symbols = np.empty(integer("count", count, 0), np.int64)
        self._pop(
            "pop_uniform", (symbols, np.uint64(checked_precision(bits, "bits"))), symbols.size
        )
        return symbols

    def push_table(
        self,
        symbols: ArrayLike,
        table: NDArray[np.uint64],
        *,
        rows: NDArray[np.int64] | None = None,
        precision: int = MAX_PRECISION,
    ) -> None:
        """Push symbols (n,) with the cumulative frequencies of `cumulative_frequencies` (R, K + 1).

        Args:
            symbols: (n,) integers.
            table: of uint64.
            rows: (n,) the row of each symbol; None for the i-th row of the i-th.
            precision: 1 to 40.

        Raises:
            ValueError: a symbol is outside 0 to K - 1, or there is not one row a symbol.
        """
        values = checked_symbols(symbols, table.shape[1] - 1)
        rows = np.arange(len(table)) if rows is None else rows
        if len(rows) != values.size:
            raise ValueError(f"table: got {len(rows)} rows, accepted are {values.size}")
        starts = table[rows, values]
        self.push(starts, table[rows, values + 1] - starts, precision=precision)

    def pop_table(
        self,
        table: NDArray[np.uint64],
        *,
        rows: NDArray[np.int64] | None = None,
        precision: int = MAX_PRECISION,
    ) -> NDArray[np.int64]:
        """Pop one symbol a row, in the order in which they were pushed."""
        rows = np.arange(len(table)) if rows is None else rows
        symbols = np.empty(len(rows), np.int64)
        rest = (symbols, table, rows, np.uint64(checked_precision(precision)))
        self._pop("pop_table", rest, symbols.size)
        return symbols

    def push_categorical(
        self, symbols: ArrayLike, probabilities: ArrayLike, *, precision: int = MAX_PRECISION
    ) -> None:
        """Push symbols (n,) with probabilities (n, K), rounded as `cumulative_frequencies` does."""
        table = cumulative_frequencies(probabilities, precision=precision)
        self.push_table(symbols, table, precision=precision)

    def pop_categorical(
        self, probabilities: ArrayLike, *, precision: int = MAX_PRECISION
    ) -> NDArray[np.int64]:
        """Pop one symbol a row of probabilities (n, K)."""
        table = cumulative_frequencies(probabilities, precision=precision)
        return self.pop_table(table, precision=precision)

    def push_normal(
        self,
        symbols: ArrayLike,
        mean: ArrayLike,
        sd: ArrayLike,
        edges: NDArray[np.float64],
        *,
        precision: int = MAX_PRECISION,
    ) -> None:
        """Push buckets of normal distributions.

        Args:
            symbols: (n,) buckets, 0 to K - 1.
            mean: (n,) of the distributions.
            sd: (n,) their standard deviations, above 0.
            edges: (K + 1,) increasing; the outer two are taken as infinite.
            precision: 1 to 40.

        Raises:
            ValueError: a mean is not finite, a deviation not positive, a symbol no bucket.
        """
        means, deviations = checked_normals(mean, sd, edges, precision)
        values = checked_symbols(symbols, edges.size - 1)
        if values.size != means.size:
            raise ValueError(f"symbols: got {values.size}, accepted are {means.size}")
        starts, sizes = np.empty(values.size, np.uint64), np.empty(values.size, np.uint64)
        units = np.uint64(precision)
        kernels.normal_intervals(values, means, deviations, edges, units, starts, sizes)
        self._room(values.size)
        kernels.push(self._state, self._words, starts, sizes, units)

    def pop_normal(
        self,
        mean: ArrayLike,
        sd: ArrayLike,
        edges: NDArray[np.float64],
        *,
        precision: int = MAX_PRECISION,
    ) -> NDArray[np.int64]:
        """Pop one bucket a normal distribution, in the order in which they were pushed."""
        means, deviations = checked_normals(mean, sd, edges, precision)
        symbols = np.empty(means.size, np.int64)
        rest = (symbols, means, deviations, edges, np.uint64(precision))
        self._pop("pop_normal", rest, symbols.size)
        return symbols

    def _room(self, count: int) -> None:
        """Space for as many symbols: three words each at most."""
        used = int(self._state[kernels.COUNT])
        if used + 3 * count > self._words.size:
            larger = np.empty(2 * (used + 3 * count) + 64, np.uint16)
            larger[:used] = self._words[:used]
            self._words = larger

    def _supply(self, words: int) -> None:
        """Random words for as many more to be drawn."""
        missing = int(self._state[kernels.USED]) + words - self._reserve.size
        if self._source is not None and missing > 0:
            raw = self._source.random_raw((missing + _RESERVE) // 4 + 1)
            fresh = np.asarray(raw, np.uint64).astype("<u8").view("<u2").astype(np.uint16)
            self._reserve = np.concatenate([self._reserve, fresh])

    def _pop(self, kernel: str, arguments: tuple[Any, ...], count: int) -> None:
        """Run a kernel; a stack that runs out is left as it was."""
        self._supply(3 * count)
        before = self._state.copy()
        run = getattr(kernels, kernel)
        failed = run(self._state, self._words, self._reserve, *arguments, self._ground)
        if failed >= 0:
            left = int(self._state[kernels.HEAD])
            missing = math.log2(int(self._ground)) - math.log2(left) if left else 1.0
            self._state[:] = before
            raise PayloadError(
                f"payload too short: {self.bits:.0f} bits ran out at symbol {count - failed} of "
                f"{count}, at least {max(math.ceil(missing), 1)} bits are missing"
            )
        self.initial_bits = max(self.initial_bits, -self.net_bits)
