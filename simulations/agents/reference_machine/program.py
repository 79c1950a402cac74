"""Programs of the reference machine: their text, their prior, what is pointless in them."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from simulations.agents.reference_machine import _kernels as kernels
from simulations.system import random_words

__all__ = ["INSTRUCTIONS", "Program", "draw"]

INSTRUCTIONS = "<>+-,.[]#%"

_POINTLESS = re.compile(r"\+-|-\+|<>|><|\[\]")
_CLOSERS = frozenset("]#")


@dataclass(frozen=True)
class Program:
    """A program, checked.

    Attributes:
        text: instructions of `<>+-,.[]%` with matched brackets and one `#` at the end.

    Raises:
        TypeError: the text is no string.
        ValueError: it is not such a program; the message says where.

    Example:
        >>> Program(",.#").code.tolist()
        [4, 5, 8]
        >>> Program("+[-#")
        Traceback (most recent call last):
            ...
        ValueError: program: '[' at 1 of '+[-#' has no ']'

    References:
        S. Legg and J. Veness, An approximation of the universal intelligence measure, 2011: BF,
            after U. Müller's Brainfuck.
    """

    text: str

    def __post_init__(self) -> None:
        if not isinstance(self.text, str):
            raise TypeError(f"program: got {type(self.text).__name__}, accepted is a string")
        complaint = _complaint(self.text)
        if complaint:
            raise ValueError(f"program: {complaint}")

    def __str__(self) -> str:
        return self.text

    def __len__(self) -> int:
        return len(self.text)

    @cached_property
    def code(self) -> npt.NDArray[np.uint8]:
        """(length,) uint8: every instruction's place in `INSTRUCTIONS`."""
        return np.array([INSTRUCTIONS.index(each) for each in self.text], np.uint8)

    @cached_property
    def jumps(self) -> npt.NDArray[np.int32]:
        """(length,) int32: at a bracket the index of its partner, else 0."""
        return kernels.partners(self.code)

    @property
    def bits(self) -> float:
        """-log2 of the probability that `draw` draws it: log2 10 an instruction, log2 5 for `]`
        and for the end. The sum of 2^-bits over all programs is 1.
        """
        closers = sum(each in _CLOSERS for each in self.text)
        return (len(self.text) - closers) * math.log2(10) + closers * math.log2(5)

    def reduced(self) -> Program:
        """The program without neighbours that undo each other (`+-`, `<>`, ...) and without `[]`.

        Example:
            >>> str(Program(",<+->+[].#").reduced())
            ',+.#'
        """
        text, found = self.text, 1
        while found:
            text, found = _POINTLESS.subn("", text)
        return Program(text)

    @classmethod
    def of(cls, code: npt.NDArray[np.uint8]) -> Program:
        """The program of an array of instructions' places."""
        return cls("".join(INSTRUCTIONS[i] for i in code))


def draw(count: int, seed: int) -> list[Program]:
    """Independent programs of the prior.

    Instructions are uniform, `#` is read as `]`, and the first unmatched `]` is the program's end:
    P(length 1, 2, 3, ...) = 0.2, 0.14, 0.102, ..., of mean 10 and variance 290.

    Args:
        count: how many.
        seed: the first of them do not depend on how many there are.
    """
    words = random_words(seed, (), 4)
    return [Program.of(kernels.draw_program(words)) for _ in range(count)]


def _complaint(text: str) -> str | None:
    opened: list[int] = []
    for index, each in enumerate(text):
        if each not in INSTRUCTIONS:
            return f"got {each!r} at {index} of {_short(text)}, accepted are {INSTRUCTIONS}"
        if each == "#" and index < len(text) - 1:
            return f"'#' at {index} of {_short(text)}, accepted is one at the end alone"
        if each == "[":
            opened.append(index)
        elif each == "]" and not opened:
            return f"']' at {index} of {_short(text)} has no '['; a program ends with '#'"
        elif each == "]":
            opened.pop()
    if opened:
        return f"'[' at {opened[-1]} of {_short(text)} has no ']'"
    if not text.endswith("#"):
        return f"got {_short(text)}, accepted is a text that ends with '#'"
    return None


def _short(text: str) -> str:
    return repr(text) if len(text) <= 60 else repr(text[:57] + "...")
