"""The BF reference machine: a program, fed one action a cycle, answers an observation and a reward.

References:
    S. Legg and J. Veness, An approximation of the universal intelligence measure, in: Algorithmic
        Probability and Friends (Solomonoff memorial), 2011; arXiv:1109.5951.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from complexity.errors import integer
from simulations.agents.interface import Interface
from simulations.agents.reference_machine import _kernels as kernels
from simulations.agents.reference_machine.program import Program
from simulations.system import random_words

__all__ = ["Cycle", "Machine", "interface"]


class Cycle(NamedTuple):
    """What a machine answers to an action.

    Attributes:
        observation: its number.
        reward: from -100 to 100.
        steps: instructions that the cycle took; 1000 if it was cut there.
    """

    observation: int
    reward: float
    steps: int

    @property
    def overtime(self) -> bool:
        """Whether the cycle was cut."""
        return self.steps >= kernels.STEPS


def interface(symbols: int = 5, cells: int = 1) -> Interface:
    """What an agent sees of a machine.

    Args:
        symbols: of the tapes, 2 to 100: actions, and levels of reward from -100 to 100.
        cells: of the observation; it has symbols^cells values, at most 2^20.

    Raises:
        TypeError, ValueError: one is no integer or out of range.
    """
    symbols, cells = integer("symbols", symbols, 2, 100), integer("cells", cells, 1, 20)
    if symbols**cells > 2**20:
        raise ValueError(
            f"cells: got {cells} of {symbols} symbols, accepted are at most 2^20 observations"
        )
    middle = (symbols - 1) / 2
    levels = tuple(100.0 * (symbol - middle) / middle for symbol in range(symbols))
    return Interface(symbols, symbols**cells, reward_levels=levels)


class Machine:
    """A machine that runs one program.

    In a cycle the program runs from its beginning until `#`, until it has written the reward's
    cell and all of the observation's, or for 1000 instructions. `,` reads the last 24 actions, the
    newest first, and the centre symbol behind them; `.` writes the reward first; a loop `[...]`
    ends at the centre symbol; `%` writes a random symbol. The work tape (a ring of 100,000 cells),
    the place on it and cells of the output that a cycle does not write stay as they were.

    Args:
        program: or its text.
        symbols: of the tapes.
        cells: of the observation.
        seed: of the random symbols.

    Raises:
        TypeError, ValueError: see `Program` and `interface`.

    Example:
        >>> machine = Machine(",.#")
        >>> [machine.step(action).reward for action in range(5)]
        [-100.0, -50.0, 0.0, 50.0, 100.0]
    """

    def __init__(
        self, program: Program | str, *, symbols: int = 5, cells: int = 1, seed: int = 0
    ) -> None:
        self.program = program if isinstance(program, Program) else Program(program)
        self.interface = interface(symbols, cells)
        self.symbols = symbols
        self._tape = np.empty(kernels.TAPE, np.int8)
        self._history = np.empty(kernels.HISTORY_RING, np.int8)
        self._output = np.empty(1 + cells, np.int8)
        self._place = np.empty(2, np.int64)
        self.reset(seed)

    def reset(self, seed: int) -> int:
        """Clear the machine; returns the first observation: all cells hold the centre symbol."""
        return self.reset_to(random_words(seed, (), 4))

    def reset_to(self, words: npt.NDArray[np.uint64]) -> int:
        """Clear the machine; `words` (4,) is the state of the generator of its random symbols."""
        self._words = np.array(words, np.uint64)
        kernels.clear(self.symbols, self._tape, self._history, self._output, self._place)
        return self.observation

    @property
    def observation(self) -> int:
        """The present observation, the first cell least significant."""
        return int(kernels.observation_of(self._output, self.symbols))

    def step(self, action: int) -> Cycle:
        """Feed an action and run one cycle.

        Raises:
            TypeError, ValueError: it is not an action.
        """
        steps = kernels.cycle(
            self.program.code,
            self.program.jumps,
            self.symbols,
            self._tape,
            self._history,
            self._output,
            self._place,
            self._words,
            self.interface.checked_action(action),
        )
        reward = float(kernels.reward_of(self._output, self.symbols))
        return Cycle(self.observation, reward, int(steps))

    def snapshot(self) -> dict[str, np.ndarray]:
        """Copies of all that `restore` needs."""
        return {
            "tape": self._tape.copy(),
            "history": self._history.copy(),
            "output": self._output.copy(),
            "place": self._place.copy(),
            "words": self._words.copy(),
        }

    def restore(self, snapshot: Mapping[str, np.ndarray]) -> None:
        """Return to the moment of `snapshot`."""
        self._tape[:] = snapshot["tape"]
        self._history[:] = snapshot["history"]
        self._output[:] = snapshot["output"]
        self._place[:] = snapshot["place"]
        self._words[:] = snapshot["words"]
