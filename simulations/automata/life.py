"""Rules that count a cell's eight neighbours: Life-like ones, and those whose cells die slowly.

References:
    M. Gardner, Mathematical Games: The fantastic combinations of John Conway's new solitaire game
    "life", Scientific American 223(4), 1970. The notation B/S is Golly's; of more than two states,
    "Generations" is M. Wojtowicz's name in MCell, 1999.
"""

from __future__ import annotations

from collections import Counter
from typing import final

import numpy as np

from complexity.errors import integer
from simulations.automata import _life_kernels as kernels
from simulations.automata._packed import Strip, Words, evolved, pack, unpack
from simulations.automata.automaton import Automaton, Cells
from simulations.automata.rulestring import CountRule, count_rule

__all__ = ["FAR", "Generations", "LifeLike"]

FAR = 100_000
"""Steps on the open plane from which HashLife takes them."""

_ONES = 2**64 - 1

_WORTH_COMPILING = 1 << 34
"""Cells updated under one rule by one process before a kernel is compiled for it."""

_updated: Counter[tuple[int, ...]] = Counter()


def _leaves(rule: CountRule) -> tuple[int, ...]:
    """The rule as the kernels take it: 18 words, all zeros or all ones."""
    return tuple(_ONES * (n in part) for part in (rule.birth, rule.survival) for n in range(9))


def refuse_birth_from_nothing(boundary: str, born: bool, name: str) -> None:
    """Raise ValueError if empty ground would not stay empty on the open plane."""
    if boundary == "open" and born:
        raise ValueError(
            f"boundary: got 'open' for {name}, whose empty ground comes alive; accepted with B0 "
            "are periodic, fixed, reflecting"
        )


@final
class LifeLike(Automaton):
    """Cells that live or die by the number of their live neighbours, in one of 2^18 rules.

    Grids of any size are packed 64 cells to a word, for a run that takes as long as some hundred
    generations: one call of many steps is much faster than many calls of one. A rule that has been
    used much gets a kernel of its own, compiled once and kept on disk.

    Args:
        rule: as "B3/S23", "b3s23" or "23/3" (survival first).
        boundary: "periodic", "fixed", "reflecting" or "open"; the last not with B0, and for 100,000
            steps or more by `HashLife`.
        threads: how many threads share a large grid; the result is the same for any number.

    Example:
        >>> import numpy as np
        >>> blinker = np.array([[0, 0, 0], [1, 1, 1], [0, 0, 0]])
        >>> LifeLike("B3/S23", boundary="fixed").run(blinker, 1)
        array([[0, 1, 0],
               [0, 1, 0],
               [0, 1, 0]], dtype=uint8)
    """

    def __init__(
        self, rule: str = "B3/S23", boundary: str = "periodic", *, threads: int = 1
    ) -> None:
        super().__init__(boundary)
        self.rule = count_rule(rule)
        self.threads = integer("threads", threads, 1)
        refuse_birth_from_nothing(boundary, 0 in self.rule.birth, self.name)
        self._words = _leaves(self.rule)
        self._leaves = np.array(self._words, np.uint64)

    @property
    def name(self) -> str:
        """The rule as "B3/S23"."""
        return str(self.rule)

    def _advance(self, cells: Cells, steps: int, start: int, seed: int) -> Cells:
        words = self._evolved_words(pack(cells)[np.newaxis], len(cells), steps)
        return unpack(words[0], len(cells))

    def _leaped(self, cells: Cells, steps: int) -> Cells | None:
        if steps < FAR:
            return None
        from simulations.automata.hashlife import HashLife

        return HashLife(self.name).run(cells, steps).window((0, 0), cells.shape)

    def _evolved_words(self, words: Words, height: int, steps: int) -> Words:
        """Packed cells (1, R, W) `steps` later; they may be overwritten."""
        _updated[self._words] += height * words.shape[2] * steps
        worth = _updated[self._words] >= _WORTH_COMPILING
        kernel = kernels.totalistic(self._words if worth else None)

        def step(strip: Strip, _: Words, count: int) -> None:
            kernel(*strip, count, self._leaves)

        return evolved(words, height, self.boundary, steps, step, self.threads)


@final
class Generations(Automaton):
    """Life-like rules whose cells, instead of dying, grow old first: 1 alive, 2, 3, ... dying.

    Only cells in state 1 count as neighbours; one that does not survive becomes 2, and a dying cell
    goes from state to state until, after the last, it is dead (0) and a cell can be born there.

    Args:
        rule: as "B2/S345/C4", "b2s345c4" or "345/2/4" (survival, birth, states up to 256).
        boundary: "periodic", "fixed", "reflecting" or "open"; the last not with B0.
        threads: how many threads share a large grid; the result is the same for any number.

    Example:
        >>> Generations("345/2/4")
        Generations('B2/S345/C4', boundary='periodic')
    """

    def __init__(self, rule: str, boundary: str = "periodic", *, threads: int = 1) -> None:
        super().__init__(boundary)
        self.rule = count_rule(rule, dying=True)
        self.states = self.rule.states
        self.threads = integer("threads", threads, 1)
        refuse_birth_from_nothing(boundary, 0 in self.rule.birth, self.name)
        self._leaves = np.array(_leaves(self.rule), np.uint64)

    @property
    def name(self) -> str:
        """The rule as "B2/S345/C4", its states left out if there are two."""
        return str(self.rule)

    def _advance(self, cells: Cells, steps: int, start: int, seed: int) -> Cells:
        limit = self.states - 1
        ages = np.where(cells > 1, cells - (cells > 1), 0).astype(np.uint8)
        bits = range(max(self.states - 2, 1).bit_length())
        planes = [(cells == 1).view(np.uint8), *((ages >> b) & 1 for b in bits)]

        def step(strip: Strip, ages: Words, count: int) -> None:
            kernels.generations(*strip, count, self._leaves, ages, limit)

        words = np.stack([pack(plane) for plane in planes])
        words = evolved(words, len(cells), self.boundary, steps, step, self.threads)
        alive, *old = (unpack(plane, len(cells)) for plane in words)
        ages = np.zeros_like(alive)
        for b, plane in zip(bits, old, strict=True):
            ages |= plane << b
        return np.where(ages > 0, ages + 1, alive).astype(np.uint8)
