"""The non-interacting cup: independent walkers, step by step or by one jump."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from complexity.errors import integer, one_of
from simulations.coffee import _kernels as kernels
from simulations.coffee.cups import Cup, random_lanes, restored, run_parameters, saved
from simulations.coffee.exact import BOUNDARIES
from simulations.coffee.expectation import Density, HeatEquation
from simulations.system import States, generator

__all__ = ["WalkCup"]

WALK_BOUNDARIES = {
    "step": ("reflecting", "periodic", "open"),
    "jump": ("reflecting", "periodic"),
}
"""Boundaries by engine. Walkers lost through an open wall have no jump in closed form, and
reservoirs ("fixed") would create walkers, which this model does not."""

MAX_WALK_SIZE = 16380
"""A ring of twice the size, and a few steps more, fit 16 bits."""

_CHUNK = 1 << 31
"""Moves between two chances to interrupt."""

_STATE = ("time", "_x", "_y", "_lanes", "_words", "_phase")


class WalkCup:
    """The non-interacting coffee automaton: every cream particle moves one cell in every step.

    The direction is one of four, uniformly; several particles may share a cell. At a closed wall a
    particle stays, on a torus it wraps, through an open wall it is lost. A state is the (n, n)
    count of cream particles. Steps are the publication's "steps of n^2/2 moves".

    Engines: "step" moves every walker at every step; "jump" draws the displacement over any
    number of steps in O(1) per walker, from the same law: of t steps K ~ Binomial(t, 1/2) are
    horizontal and 2 Binomial(K, 1/2) - K is the free displacement, folded at the walls. Jumps
    compose in law, not draw by draw: other measuring times are another sample of the walk.
    """

    clock = "steps"

    def __init__(
        self,
        cup: Cup,
        *,
        engine: str = "step",
        boundary: str = "reflecting",
        replicas: int = 1,
        seed: int = 0,
    ) -> None:
        """Put as many walkers on each cell as `cup` says.

        Args:
            cup: (n, n) counts.
            engine: "step" or "jump".
            boundary: "reflecting", "periodic", or (by steps only) "open".
            replicas: number of independent cups.
            seed: replica r draws from SeedSequence(seed, spawn_key=(r,)).

        Raises:
            ValueError: an unknown engine, or a boundary that it does not have.
        """
        one_of("engine", engine, WALK_BOUNDARIES)
        one_of("boundary", boundary, WALK_BOUNDARIES[engine])
        integer("size", len(cup), 2, MAX_WALK_SIZE)
        self.replicas = replicas
        self.time = 0
        self.size = len(cup)
        self.engine = engine
        self.boundary = boundary
        self.parameters: Mapping[str, Any] = run_parameters(
            cup,
            model="walk",
            engine=engine,
            boundary=boundary,
            clock=self.clock,
            replicas=replicas,
            seed=seed,
        )
        self._ring = _ring(self.size, boundary)
        y, x = np.nonzero(cup)
        times = cup[y, x]
        self._x = np.tile(np.repeat(x, times).astype(np.int16), (replicas, 1))
        self._y = np.tile(np.repeat(y, times).astype(np.int16), (replicas, 1))
        self._lanes = random_lanes(seed, replicas)
        words = -(-self._x.shape[1] // (4 * kernels.LANES)) * kernels.LANES
        self._words = np.zeros((replicas, words), np.uint64)
        self._phase = 0
        self._seed = seed
        self._heat = HeatEquation(cup, boundary, 0.25)

    def advance(self, amount: int) -> None:
        """Evolve every replica by `amount` steps."""
        if amount:
            move = self._jump if self.engine == "jump" else self._step
            move(amount)
        self.time += amount

    def _step(self, steps: int) -> None:
        chunk = max(8, _CHUNK // max(1, self._x.shape[1]) // 8 * 8)
        phase = self._phase
        for replica in range(self.replicas):
            phase = self._phase
            for start in range(0, steps, chunk):
                phase = kernels.walk_steps(
                    self._x[replica],
                    self._y[replica],
                    self.size,
                    self._ring,
                    self._lanes[replica],
                    self._words[replica],
                    phase,
                    min(chunk, steps - start),
                )
        self._phase = phase

    def _jump(self, steps: int) -> None:
        for replica in range(self.replicas):
            random = generator(self._seed, (replica, self.time, steps))
            walkers = self._x.shape[1]
            horizontal = random.binomial(steps, 0.5, walkers)
            for positions, moves in ((self._x, horizontal), (self._y, steps - horizontal)):
                displacement = 2 * random.binomial(moves, 0.5) - moves
                positions[replica] = (positions[replica] + displacement) % self._ring

    def states(self) -> States:
        """(R, n, n) int32 counts."""
        counts = np.zeros((self.replicas, self.size, self.size), np.int32)
        for replica in range(self.replicas):
            kernels.walk_counts(
                self._x[replica], self._y[replica], BOUNDARIES[self.boundary], counts[replica]
            )
        return counts

    def expected_cells(self) -> Density:
        """(n, n) expected counts after the steps made so far."""
        return self._heat.at(self.time)

    def snapshot(self) -> dict[str, np.ndarray]:
        """Walkers and random streams."""
        return saved(self, _STATE)

    def restore(self, snapshot: Mapping[str, np.ndarray]) -> None:
        """Return to the moment of a snapshot."""
        restored(self, _STATE, snapshot)


def _ring(size: int, boundary: str) -> int:
    """Length of the ring that walkers are free on; 0 where walls are open."""
    if boundary == "open":
        return 0
    period = 2 * size if boundary == "reflecting" else size
    return period * -(-16 // period)
