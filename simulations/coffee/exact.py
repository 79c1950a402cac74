"""The interacting cup by exact random-sequential swaps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from complexity.errors import one_of
from simulations.coffee import _kernels as kernels
from simulations.coffee.cups import Cup, binary_cup, random_lanes, restored, run_parameters, saved
from simulations.coffee.expectation import Density, HeatEquation
from simulations.system import States

__all__ = ["BOUNDARIES", "ExactCup", "attempts_per_sweep", "bond_rate"]

BOUNDARIES = {
    "reflecting": kernels.REFLECTING,
    "periodic": kernels.PERIODIC,
    "fixed": kernels.FIXED,
    "open": kernels.OPEN,
}

CLOCKS = ("swaps", "attempts", "sweeps")

_CHUNK = 1 << 26
"""Attempts between two chances to interrupt, a fraction of a second."""


def attempts_per_sweep(size: int, boundary: str) -> int:
    """Attempts in which a given bond is drawn once in two on average: n^2, or n (n + 1)."""
    return size * (size + 1) if boundary in ("fixed", "open") else size * size


def bond_rate(size: int, boundary: str) -> float:
    """Probability that one attempt draws a given bond: 1/(2 n^2), or 1/(2 n (n + 1))."""
    return 0.5 / attempts_per_sweep(size, boundary)


_STATE = ("time", "cells", "_lanes", "_words", "_position", "attempts", "swaps")


class ExactCup:
    """The interacting coffee automaton: the symmetric exclusion process on an n x n grid.

    An attempt draws one of the bonds between neighbouring cells uniformly and exchanges its two
    cells; the attempt is an effective swap if they differ. A pair across a closed wall is a null
    attempt. Exactly the law of the published code's "draw a cell and a direction, stay inside".

    Attributes:
        clock: "swaps" (effective ones, as in the publication), "attempts", or "sweeps" of n^2
            attempts (n (n + 1) with reservoirs).
        attempts: (R,) int64, attempts made by each replica.
        swaps: (R,) int64, effective swaps.
    """

    def __init__(
        self,
        cup: Cup,
        *,
        boundary: str = "reflecting",
        clock: str = "swaps",
        replicas: int = 1,
        seed: int = 0,
    ) -> None:
        """Fill `replicas` cups with `cup`; each has its own random stream.

        Args:
            cup: (n, n) of 0 and 1.
            boundary: "reflecting" closed walls, "periodic" a torus, "fixed" cream above and coffee
                below the cup, "open" coffee all around it.
            clock: the unit of `advance`.
            replicas: number of independent cups.
            seed: replica r draws from SeedSequence(seed, spawn_key=(r,)).

        Raises:
            ValueError: an unknown name; cells above 1; the clock "swaps" on a cup that may never
                have another effective swap.
        """
        one_of("boundary", boundary, BOUNDARIES)
        one_of("clock", clock, CLOCKS)
        binary_cup(cup)
        if clock == "swaps" and (
            boundary == "open" or (cup.min() == cup.max() and boundary != "fixed")
        ):
            raise ValueError(
                "clock: 'swaps' may never come to pass "
                + ("in an open cup" if boundary == "open" else "in a cup of equal cells")
                + "; accepted here: attempts, sweeps"
            )
        self.clock = clock
        self.replicas = replicas
        self.time = 0
        self.initial = cup
        self.size = len(cup)
        self.boundary = boundary
        self.parameters: Mapping[str, Any] = run_parameters(
            cup,
            model="interacting",
            engine="exact",
            boundary=boundary,
            clock=self.clock,
            replicas=replicas,
            seed=seed,
        )
        cells = np.concatenate([cup.ravel(), [0, 1]]).astype(np.uint8)
        self.cells = np.tile(cells, (replicas, 1))
        self._lanes = random_lanes(seed, replicas)
        self._words = np.zeros((replicas, kernels.BLOCK), np.uint64)
        self._position = np.full(replicas, kernels.BLOCK, np.int64)
        self.attempts = np.zeros(replicas, np.int64)
        self.swaps = np.zeros(replicas, np.int64)
        self._heat = HeatEquation(cup, boundary, bond_rate(self.size, boundary))

    def advance(self, amount: int) -> None:
        """Evolve every replica by `amount` clock units."""
        for replica in range(self.replicas):
            if self.clock == "swaps":
                self._run(replica, swaps=amount)
            else:
                each = (
                    1 if self.clock == "attempts" else attempts_per_sweep(self.size, self.boundary)
                )
                self._run(replica, attempts=amount * each)
        self.time += amount

    def _run(self, replica: int, attempts: int = 1 << 62, swaps: int = 1 << 62) -> None:
        while attempts > 0 and swaps > 0:
            made, swapped, position = kernels.exact_swaps(
                self.cells[replica],
                self.size,
                BOUNDARIES[self.boundary],
                self._lanes[replica],
                self._words[replica],
                self._position[replica],
                min(attempts, _CHUNK),
                swaps,
            )
            self._position[replica] = position
            self.attempts[replica] += made
            self.swaps[replica] += swapped
            attempts -= int(made)
            swaps -= int(swapped)

    def states(self) -> States:
        """(R, n, n) uint8, a view."""
        return self.cells[:, :-2].reshape(self.replicas, self.size, self.size)

    def expected_cells(self) -> Density:
        """(n, n) expected density after the attempts made so far (their mean over replicas)."""
        return self._heat.at(round(float(self.attempts.mean())))

    def snapshot(self) -> dict[str, np.ndarray]:
        """Cells, random streams and counters."""
        return saved(self, _STATE)

    def restore(self, snapshot: Mapping[str, np.ndarray]) -> None:
        """Return to the moment of a snapshot."""
        restored(self, _STATE, snapshot)
