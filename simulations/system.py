"""What evolves and what measures it: the protocols that `observe` brings together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from complexity.errors import integer

__all__ = ["Instrument", "System", "generator", "random_words"]


States = Sequence[Any] | np.ndarray


@runtime_checkable
class System(Protocol):
    """Anything that evolves: an automaton, a coffee cup, an agent, a network in training.

    Attributes:
        clock: the unit that `time` and `advance` count ("swaps", "sweeps", "steps", ...).
        time: how far the system has come, in units of the clock.
        replicas: how many independent copies evolve together.
        parameters: everything that determines the run, JSON-serialisable.
    """

    @property
    def clock(self) -> str:
        """The unit of time."""
        ...

    @property
    def time(self) -> int:
        """Units of the clock since the start."""
        ...

    @property
    def replicas(self) -> int:
        """Number of copies."""
        ...

    @property
    def parameters(self) -> Mapping[str, Any]:
        """All that determines the outcome, JSON-serialisable."""
        ...

    def advance(self, amount: int) -> None:
        """Evolve by `amount` clock units; advancing by a and then b equals advancing by a + b."""
        ...

    def states(self) -> States:
        """The present state of each replica; read, not written."""
        ...

    def snapshot(self) -> dict[str, np.ndarray]:
        """Copies of all that `restore` needs, as arrays."""
        ...

    def restore(self, snapshot: Mapping[str, np.ndarray]) -> None:
        """Return to the moment of `snapshot`."""
        ...


class Instrument(Protocol):
    """Measures a system: one or several named numbers for every replica.

    A measurement must be a function of the system's present state and of the instrument's own
    parameters (its seed included), so that an interrupted run can be resumed.
    """

    @property
    def names(self) -> tuple[str, ...]:
        """The observables."""
        ...

    @property
    def units(self) -> tuple[str, ...]:
        """Their units."""
        ...

    @property
    def parameters(self) -> Mapping[str, Any]:
        """All that determines the outcome, JSON-serialisable."""
        ...

    def __call__(self, system: Any) -> npt.NDArray[np.float64]:
        """Values of shape (replicas, len(names))."""
        ...


def random_words(seed: int, key: Sequence[int], count: int) -> npt.NDArray[np.uint64]:
    """`count` words of `SeedSequence(seed, spawn_key=key)`, to seed a kernel's generator.

    Raises:
        TypeError, ValueError: the seed is no integer from 0 on; None, which NumPy takes, would draw
            another one every time.
    """
    sequence = np.random.SeedSequence(integer("seed", seed, 0), spawn_key=tuple(key))
    return np.asarray(sequence.generate_state(count, np.uint64), np.uint64)


def generator(seed: int, key: Sequence[int]) -> np.random.Generator:
    """NumPy's generator for `SeedSequence(seed, spawn_key=key)`.

    Raises:
        TypeError, ValueError: as for `random_words`.
    """
    sequence = np.random.SeedSequence(integer("seed", seed, 0), spawn_key=tuple(key))
    return np.random.default_rng(sequence)
