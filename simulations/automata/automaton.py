"""What all automata share: one small interface, checked states, and the system that is observed."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from complexity.errors import integer, one_of
from simulations.automata.plane import Cells, Plane
from simulations.memory import room

__all__ = ["LATEST", "Automaton", "AutomatonSystem", "Cells", "Reversible"]

Invariant = Callable[[Cells], int]

LATEST = 1 << 62
"""The latest time that a run begins at, and the most steps that are taken one by one."""

_FILM = 1 << 20
"""Cells of a history that are asked for at a time."""


class Automaton(ABC):
    """A rule that takes a grid of cells from one time to the next.

    A family is a final subclass that says what it accepts and how it advances. A state is an array
    of integers from 0 to `states` - 1, one byte a cell whatever the engine makes of it, with `axes`
    axes; `run` gives an array of the same shape and leaves its argument alone. Running a and then b
    steps equals running a + b; where that needs to know the time (phases of a block automaton,
    random draws), the second run begins at `start=a`. (On the open plane only what is seen through
    the window is returned: there `system`, which keeps the whole plane, goes on.)

    Attributes:
        BOUNDARIES: what the family accepts as `boundary`: "periodic" (opposite edges meet), "fixed"
            (all cells outside are 0 and stay so), "reflecting" (a cell outside is the mirror image
            of one inside, the edge itself being the mirror), "open" (the unbounded plane, empty but
            for the state, seen through a window of the state's shape).
        axes: how many axes a state has.
        dimensions: how many of them are of space, the last ones.
        radius: how far a cell's influence reaches by one update.
        local: whether a step is one update of cells at once; where they are updated one after
            another, influence may reach any cell in a step.
        states: how many states a cell has.
        boundary: what is beyond the edge.
        clock: the unit of time.
        draws: whether a step depends on the seed.
    """

    BOUNDARIES: ClassVar[tuple[str, ...]] = ("periodic", "fixed", "reflecting", "open")

    axes: int = 2
    dimensions: int = 2
    radius: int = 1
    local: bool = True
    states: int = 2
    clock: str = "steps"
    draws: bool = False

    def __init__(self, boundary: str = "periodic") -> None:
        self.boundary = one_of("boundary", boundary, self.BOUNDARIES)

    @property
    @abstractmethod
    def name(self) -> str:
        """The rule as the field writes it."""

    @property
    def parameters(self) -> Mapping[str, Any]:
        """All that determines a run beside state, start and seed, JSON-serialisable."""
        return {"automaton": type(self).__name__, "rule": self.name, "boundary": self.boundary}

    @property
    def invariants(self) -> Mapping[str, Invariant]:
        """Name -> function of a state that no step changes; empty where none is known."""
        return {}

    @abstractmethod
    def _advance(self, cells: Cells, steps: int, start: int, seed: int) -> Cells:
        """The cells `steps` later; `cells` is this call's own to overwrite.

        For the boundary "open" it is asked for "fixed": `run` takes care that no cell outside
        matters, and the constructor that empty ground stays empty.
        """

    def run(self, state: npt.ArrayLike, steps: int, *, start: int = 0, seed: int = 0) -> Cells:
        """The state after a number of steps.

        Args:
            state: integers of `axes` axes, each below `states`.
            steps: at least 0, in units of `clock`; up to 2^62 but for Life-like rules on the open
                plane.
            start: the time of `state`, up to 2^62; matters where the rule depends on time or draws.
            seed: of random draws, where the rule has any.

        Returns:
            uint8 of the same shape.

        Raises:
            ValueError, TypeError: a state or a number that the family does not accept.
        """
        cells = self.checked(state)
        count, begin = integer("steps", steps, 0), integer("start", start, 0, LATEST)
        integer("seed", seed, 0)
        if self.boundary == "open" and (seen := self._leaped(cells, count)) is not None:
            return seen
        integer("steps", count, 0, LATEST)
        if self.boundary != "open":
            return self._advance(cells, count, begin, seed) if count and cells.size else cells
        plane = self._evolved(Plane(cells, (0,) * self.dimensions), count, begin, seed)
        return plane.window(cells.shape[-self.dimensions :])

    def _leaped(self, cells: Cells, steps: int) -> Cells | None:
        """The window of the open plane after so many steps, where a family has a leap for them."""
        return None

    def _evolved(self, plane: Plane, steps: int, start: int, seed: int) -> Plane:
        """The plane `steps` later; a bounded grid keeps its array, whatever it shows."""
        if not steps or not plane.cells.size:
            return plane
        if self.boundary == "open":
            time = start

            def advance(cells: Cells, count: int) -> Cells:
                nonlocal time
                time += count
                return self._advance(cells, count, time - count, seed)

            return plane.advanced(steps, self.radius, advance, self._room)
        return Plane(self._advance(plane.cells.copy(), steps, start, seed), plane.corner)

    def history(self, state: npt.ArrayLike, steps: int, *, start: int = 0, seed: int = 0) -> Cells:
        """All states from time `start` to `start + steps`.

        Returns:
            uint8 (steps + 1, *state's shape).

        Raises:
            ValueError, TypeError: as for `run`.
            MemoryError: they would not fit; says so before allocating.
        """
        cells = self.checked(state)
        count, begin = integer("steps", steps, 0), integer("start", start, 0, LATEST)
        integer("seed", seed, 0)
        self._room((count + 1) * cells.size)
        states = np.empty((count + 1, *cells.shape), np.uint8)
        states[0] = cells
        space = cells.shape[-self.dimensions :]
        plane, t = Plane(cells, (0,) * self.dimensions), 0
        while t < count:
            plane, now = self._staged(plane, count - t)
            film = self._film(plane.cells, now, begin + t, seed)
            if self.boundary == "open":
                for i, each in enumerate(film, t + 1):
                    states[i] = Plane(each, plane.corner).window(space)
            else:
                states[t + 1 : t + 1 + now] = film
            plane, t = Plane(film[-1], plane.corner), t + now
        return states

    def _staged(self, plane: Plane, steps: int) -> tuple[Plane, int]:
        """The plane with room for the next steps, and how many of the `steps` these are."""
        if self.boundary != "open":
            return plane, min(steps, max(_FILM // max(plane.cells.size, 1), 1))
        plane = plane.fitted()
        # the margin is to stay small beside the pattern, where it has an area
        side = max(plane.cells.shape[-self.dimensions :])
        most = 64 if self.dimensions == 1 else min(max(side // (4 * max(self.radius, 1)), 1), 64)
        now = min(steps, most)
        return plane.padded(now * self.radius), now

    def _film(self, cells: Cells, steps: int, start: int, seed: int) -> Cells:
        """The states 1 to `steps` steps later, (steps, *shape), `steps` being at least 1.

        A family overrides it where its engine has a faster way than a step after the other.
        """
        states = np.empty((steps, *cells.shape), np.uint8)
        for i in range(steps if cells.size else 0):
            cells = self._advance(cells.copy(), 1, start + i, seed)
            states[i] = cells
        return states

    def system(self, state: npt.ArrayLike, *, seed: int = 0) -> AutomatonSystem:
        """The automaton in a state, as a System for `simulations.observe`.

        Args:
            state: as for `run`; with one axis more, in front, it is one state for each replica.
            seed: of random draws; replica i draws from the seed's child i.
        """
        return AutomatonSystem(self, state, seed)

    def checked(self, state: npt.ArrayLike) -> Cells:
        """A copy of the state as uint8, if the family accepts it.

        Raises:
            TypeError: its elements are not integers or booleans.
            ValueError: another number of axes, a cell out of range, a shape that does not fit.
        """
        array = np.asarray(state)
        if array.dtype.kind not in "biu":
            raise TypeError(
                f"state: got an array of dtype {array.dtype}, accepted are integers or booleans"
            )
        if array.ndim != self.axes:
            raise ValueError(
                f"state: got an array of {array.ndim} axes (shape {array.shape}), accepted are "
                f"{self.axes} for {self.name}"
            )
        if array.size and (array.min() < 0 or array.max() >= self.states):
            raise ValueError(
                f"state: got cells from {array.min()} to {array.max()}, accepted are 0 to "
                f"{self.states - 1} for {self.name}"
            )
        self._check_shape(array.shape)
        return np.array(array, np.uint8, order="C")

    def _check_shape(self, shape: tuple[int, ...]) -> None:  # noqa: B027
        """Raise ValueError for a shape that the rule cannot live on; any is accepted by default."""

    @staticmethod
    def _room(wanted: int) -> None:
        """Raise MemoryError if so many bytes are more than the machine has free."""
        room("state", wanted, "take fewer cells or steps")

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r}, boundary={self.boundary!r})"


class Reversible(Automaton):
    """An automaton whose every state has exactly one predecessor."""

    @abstractmethod
    def _retreat(self, cells: Cells, steps: int, start: int) -> Cells:
        """The cells `steps` before time `start`; `cells` is this call's own to overwrite."""

    def reverse(self, state: npt.ArrayLike, steps: int, *, start: int | None = None) -> Cells:
        """The state `steps` earlier: `reverse(run(x, n), n)` is x, exactly.

        On the open plane it is x if the run left all cells beyond the window 0, for so `reverse`
        takes them to be.

        Args:
            state: as for `run`.
            steps: how far back.
            start: the time of `state`, where the rule depends on time; by default `steps`, so that
                the result is of time 0.

        Raises:
            ValueError, TypeError: a state or a number that the family does not accept.
        """
        cells = self.checked(state)
        count = integer("steps", steps, 0, LATEST)
        begin = integer("start", count if start is None else start, count, LATEST)
        return self._retreat(cells, count, begin) if count and cells.size else cells


class AutomatonSystem:
    """An automaton with its present states: what `simulations.observe` watches.

    Attributes:
        automaton: the rule.
        time: steps since the start.
        replicas: how many states evolve side by side.
    """

    def __init__(self, automaton: Automaton, state: npt.ArrayLike, seed: int = 0) -> None:
        array = np.asarray(state)
        many = array.ndim == automaton.axes + 1 and len(array) > 0
        cells = np.array([automaton.checked(each) for each in (array if many else [array])])
        self.automaton = automaton
        self.time = 0
        self.replicas = len(cells)
        self._shape = cells.shape[-automaton.dimensions :]
        self._planes = [Plane(each, (0,) * automaton.dimensions) for each in cells]
        self._seed = integer("seed", seed, 0)
        self._digest = hashlib.sha256(cells.tobytes()).hexdigest()[:16]

    @property
    def clock(self) -> str:
        """The automaton's unit of time."""
        return self.automaton.clock

    @property
    def parameters(self) -> Mapping[str, Any]:
        """The rule's parameters, the shape, the seed, and the initial states' SHA-256."""
        return {
            **self.automaton.parameters,
            "shape": list(self._shape),
            "replicas": self.replicas,
            "seed": self._seed,
            "initial_sha256": self._digest,
        }

    def advance(self, amount: int) -> None:
        """Let every replica take so many steps."""
        self._planes = [
            self.automaton._evolved(plane, amount, self.time, self._child(i))
            for i, plane in enumerate(self._planes)
        ]
        self.time += amount

    def _child(self, replica: int) -> int:
        sequence = np.random.SeedSequence(self._seed, spawn_key=(replica,))
        return int(sequence.generate_state(1, np.uint64)[0])

    def states(self) -> list[Cells]:
        """The present state of each replica; read, not written."""
        return [plane.window(self._shape) for plane in self._planes]

    def populations(self) -> list[int]:
        """How many cells of each replica are not 0, on the open plane beyond the window too."""
        return [int(np.count_nonzero(plane.cells)) for plane in self._planes]

    def snapshot(self) -> dict[str, np.ndarray]:
        """The present cells, where they lie, and the time."""
        cells = {f"cells{i}": plane.cells.copy() for i, plane in enumerate(self._planes)}
        corners = np.array([plane.corner for plane in self._planes], np.int64)
        return cells | {"corners": corners, "time": np.array(self.time)}

    def restore(self, snapshot: Mapping[str, np.ndarray]) -> None:
        """Return to a snapshot."""
        self._planes = [
            Plane(np.array(snapshot[f"cells{i}"], np.uint8), tuple(corner.tolist()))
            for i, corner in enumerate(snapshot["corners"])
        ]
        self.time = int(snapshot["time"])
