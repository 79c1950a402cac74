"""Limits of prediction: for every predictor a sequence that it always gets wrong.

A predictor says before each symbol how probable the symbols are (`predict`), then is told the
symbol (`update`). Whatever is built so has a simple sequence against it, which is computed by
asking the predictor itself; hence a predictor of all sequences up to a complexity n has about that
complexity itself, and no predictor predicts all computable sequences.

References:
    S. Legg, Machine Super Intelligence, 2008, chapter 5: Lemmas 5.2.2 to 5.2.4 and 5.3.2, Theorem
        5.3.3.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from complexity.code import Code, resolve
from complexity.errors import integer

__all__ = [
    "AdversarialSequence",
    "CodePredictor",
    "ConstantPredictor",
    "EnumerativePredictor",
    "PeriodicPredictor",
    "Predictor",
    "adversarial_sequence",
    "loop_machine",
    "shortest_programs",
]


@runtime_checkable
class Predictor(Protocol):
    """A sequential predictor, such as `complexity.ContextTree`."""

    def predict(self) -> float | npt.NDArray[np.float64]:
        """The probability of a 1, or those of the symbols 0 to K - 1, (K,)."""
        ...

    def update(self, symbol: int, /) -> None:
        """See the next symbol."""
        ...


@dataclass(frozen=True)
class AdversarialSequence:
    """A sequence made against a predictor, and how the predictor fared.

    Attributes:
        predictor: its name.
        alphabet_size: K.
        symbols: (n,) int64.
        guesses: (n,) int64, the symbol the predictor thought likeliest, of several the last.
        probabilities: (n,) what it gave to each symbol, before it came: at most 1/K.
    """

    predictor: str
    alphabet_size: int
    symbols: npt.NDArray[np.int64]
    guesses: npt.NDArray[np.int64]
    probabilities: npt.NDArray[np.float64]

    @property
    def error_rate(self) -> float:
        """The share of wrong guesses; NaN of an empty sequence."""
        return float((self.guesses != self.symbols).mean()) if len(self.symbols) else math.nan

    @property
    def codelength(self) -> float:
        """-log2 of the product of the probabilities, in bits: at least log2 K a symbol."""
        if not np.all(self.probabilities > 0):
            return math.inf
        return float(-np.log2(self.probabilities).sum())

    def __repr__(self) -> str:
        return (
            f"AdversarialSequence(of {self.predictor}: {len(self.symbols)} symbols, error rate "
            f"{self.error_rate:.3g}, {self.codelength:.3f} bits)"
        )

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON values; an infinite codelength is None."""
        return {
            "predictor": self.predictor,
            "alphabet_size": self.alphabet_size,
            "symbols": self.symbols.tolist(),
            "guesses": self.guesses.tolist(),
            "probabilities": self.probabilities.tolist(),
            "error_rate": self.error_rate if len(self.symbols) else None,
            "codelength_bits": self.codelength if math.isfinite(self.codelength) else None,
        }


def adversarial_sequence(predictor: Predictor, length: int) -> AdversarialSequence:
    """The sequence whose every symbol is the one the predictor thinks least likely (Lemma 5.2.4).

    Of several least likely symbols it takes the first. A deterministic predictor errs at every
    symbol; a probabilistic one pays log2 K bits or more for each, no less than one that knows
    nothing.

    Args:
        predictor: is asked, and told the sequence.
        length: of the sequence.

    Raises:
        TypeError, ValueError: a length below 0, or predictions that are no probabilities.
    """
    total = integer("length", length, 0)
    symbols, guesses = np.zeros(total, np.int64), np.zeros(total, np.int64)
    probabilities, size = np.zeros(total), 2
    for place in range(total):
        chances = _chances(predictor.predict())
        size = chances.size
        symbol = int(chances.argmin())
        guesses[place] = size - 1 - chances[::-1].argmax()
        symbols[place], probabilities[place] = symbol, chances[symbol]
        predictor.update(symbol)
    name = str(getattr(predictor, "name", type(predictor).__name__))
    return AdversarialSequence(name, size, symbols, guesses, probabilities)


def _chances(predicted: float | npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    found = np.asarray(predicted, np.float64)
    if not found.ndim:
        found = np.array([1 - found, found])
    if found.ndim != 1 or found.size < 2 or found.min() < 0 or abs(found.sum() - 1) > 1e-9:
        raise ValueError(f"predict(): got {predicted}, accepted are probabilities of two or more")
    return found


@dataclass
class ConstantPredictor:
    """Always predicts the same bit: learns sequences that end in it (Lemma 5.2.2)."""

    bit: int = 0

    def __post_init__(self) -> None:
        integer("bit", self.bit, 0, 1)

    def predict(self) -> float:
        """0 or 1."""
        return float(self.bit)

    def update(self, symbol: int) -> None:
        """Nothing is learnt."""


class PeriodicPredictor:
    """Learns every eventually periodic sequence of bits (Lemma 5.2.3).

    Of the pairs (1, 1), (1, 2), (2, 1), (1, 3), ... it takes the first (a, b) with which what it
    has seen is a start of length a and then a string of length b again and again, and predicts
    that this goes on; it predicts 0 while a + b is more than it has seen.
    """

    name = "eventually periodic"

    def __init__(self) -> None:
        self._seen: list[int] = []
        self._pair = (1, 1)

    @property
    def pair(self) -> tuple[int, int]:
        """(a, b) it believes in, or tries next."""
        return self._pair

    def predict(self) -> float:
        """0 or 1."""
        start, period = self._pair
        if start + period > len(self._seen):
            return 0.0
        return float(self._seen[-period])

    def update(self, symbol: int) -> None:
        """See a bit; a pair that has failed once has failed for good.

        Raises:
            TypeError, ValueError: it is not 0 or 1.
        """
        self._seen.append(integer("symbol", symbol, 0, 1))
        seen = self._seen
        while sum(self._pair) <= len(seen):
            start, period = self._pair
            if seen[start + period :] == seen[start:-period]:
                return
            self._pair = (start + 1, period - 1) if period > 1 else (1, start + 1)


class CodePredictor:
    """A code of bit strings as a predictor: the shorter continuation is the likelier one.

    P(1 | x) = 2^-L(x1) / (2^-L(x0) + 2^-L(x1)), with L the code's lengths. Each prediction takes
    two lengths of the whole string.

    Args:
        code: a code of bit strings, or its spec.

    Raises:
        TypeError, ValueError: as `complexity.get_code`.
    """

    def __init__(self, code: str | Code) -> None:
        self._code = resolve(code)
        self.name = str(self._code.name)
        self._seen: list[str] = []

    def predict(self) -> float:
        """The probability of a 1."""
        seen = "".join(self._seen)
        longer = self._code.bits(seen + "1") - self._code.bits(seen + "0")
        return float(1 / (1 + 2.0 ** min(longer, 1000.0)))

    def update(self, symbol: int) -> None:
        """See a bit.

        Raises:
            TypeError, ValueError: it is not 0 or 1.
        """
        self._seen.append(str(integer("symbol", symbol, 0, 1)))


def loop_machine(program: str, cells: int = 4) -> tuple[str, str] | None:
    """What a program writes on a small machine: (start, period) of an endless sequence of bits.

    The machine has a ring of `cells` cells of a bit, all 0, and a head. Its program is a string of
    two-bit instructions that is run again and again: 00 writes the cell to the output, 01 flips
    the cell, 10 moves the head to the next, 11 skips the next instruction if the cell is 0. As its
    memory is finite, it can be seen whether it goes on writing.

    Returns:
        The shortest start and period, which are equal if and only if the sequences are; None if
        the program writes only finitely often.

    Raises:
        TypeError, ValueError: a program that is no string of 0 and 1 of even length above 0, or
            cells below 1.

    Example:
        >>> loop_machine("0001")  # write, flip
        ('', '01')
    """
    if not program or len(program) % 2 or set(program) - {"0", "1"}:
        raise ValueError(f"program: got {program!r}, accepted are one or more pairs of bits")
    code = [program[i : i + 2] for i in range(0, len(program), 2)]
    tape, head, at = [0] * integer("cells", cells, 1), 0, 0
    written: list[str] = []
    met: dict[tuple[int, int, tuple[int, ...]], int] = {}
    while (now := (at, head, tuple(tape))) not in met:
        met[now] = len(written)
        instruction, step = code[at], 1
        if instruction == "00":
            written.append(str(tape[head]))
        elif instruction == "01":
            tape[head] ^= 1
        elif instruction == "10":
            head = (head + 1) % cells
        elif not tape[head]:
            step = 2
        at = (at + step) % len(code)
    text, start = "".join(written), met[now]
    return _shortest(text[:start], text[start:]) if len(text) > start else None


def _shortest(start: str, period: str) -> tuple[str, str]:
    """The shortest start and period of the same sequence."""
    length = (period + period).index(period, 1)  # the smallest rotation onto itself
    period = period[:length]
    while start and start[-1] == period[-1]:
        start, period = start[:-1], period[-1] + period[:-1]
    return start, period


def _programs(bits: int) -> Iterator[str]:
    """All programs of at most so many bits: the shorter first, else in lexicographic order."""
    for size in range(1, bits // 2 + 1):
        yield from map("".join, product(("00", "01", "10", "11"), repeat=size))


def shortest_programs(bits: int, *, cells: int = 4) -> dict[tuple[str, str], str]:
    """The sequences that `loop_machine` writes, each with the first shortest program for it.

    Args:
        bits: the length of the programs at most, to 16 (87,380 programs).
        cells: of the machine.

    Returns:
        (start, period) -> program, in the order of the programs; `len(program)` is the sequence's
        Kolmogorov complexity on this machine.

    Raises:
        TypeError, ValueError: bits or cells out of range.
    """
    found: dict[tuple[str, str], str] = {}
    for program in _programs(integer("bits", bits, 2, 16)):
        sequence = loop_machine(program, cells)
        if sequence is not None:
            found.setdefault(sequence, program)
    return found


class EnumerativePredictor:
    """Learns every sequence that a program of at most n bits writes (Lemma 5.3.2).

    It predicts what the first program, by length and then lexicographically, goes on to write that
    has written all it has seen; and 0 once there is none. The lemma's predictor runs all programs
    at once, and knows how many of them write for ever; on `loop_machine` one can find out.

    Args:
        bits: n, to 16.
        cells: of the machine.

    Raises:
        TypeError, ValueError: bits or cells out of range.
    """

    def __init__(self, bits: int, *, cells: int = 4) -> None:
        self.name = f"all programs of {bits} bits"
        self._left = list(shortest_programs(bits, cells=cells))
        self._seen = 0

    @property
    def candidates(self) -> tuple[tuple[str, str], ...]:
        """(start, period) of the sequences that are still possible, the one predicted first."""
        return tuple(self._left)

    def predict(self) -> float:
        """0 or 1."""
        return float(_symbol(self._left[0], self._seen)) if self._left else 0.0

    def update(self, symbol: int) -> None:
        """See a bit, and drop the programs that did not write it.

        Raises:
            TypeError, ValueError: it is not 0 or 1.
        """
        integer("symbol", symbol, 0, 1)
        self._left = [each for each in self._left if _symbol(each, self._seen) == symbol]
        self._seen += 1


def _symbol(sequence: tuple[str, str], place: int) -> int:
    start, period = sequence
    inside = place - len(start)
    return int(start[place] if inside < 0 else period[inside % len(period)])
