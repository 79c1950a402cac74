"""64 interacting cups at once, one in each bit of a word."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from complexity.errors import one_of
from simulations.coffee import _kernels as kernels
from simulations.coffee.cups import Cup, binary_cup, random_lanes, restored, run_parameters, saved
from simulations.coffee.exact import BOUNDARIES, attempts_per_sweep, bond_rate
from simulations.coffee.expectation import Density, HeatEquation
from simulations.system import States

__all__ = ["SlicedCup"]

_CHUNK = 1 << 25

_STATE = ("time", "_cells", "_lanes", "_words", "_position")


class SlicedCup:
    """Random-sequential exclusion in 64 bit-sliced replicas that share the sequence of bonds.

    An attempt draws one bond for a whole group of 64 replicas; each replica exchanges its two
    cells if its own fair coin says so. Every replica by itself is exactly the lazy exclusion
    process (half the rate of `ExactCup`), but the replicas of a group are only independent given
    their bonds: errors of group means are to be taken over groups.

    The clock is "attempts", or "sweeps" of 2 n^2 attempts (as much diffusion as an exact sweep).
    """

    def __init__(
        self,
        cup: Cup,
        *,
        boundary: str = "reflecting",
        clock: str = "sweeps",
        replicas: int = 64,
        seed: int = 0,
    ) -> None:
        """Fill `replicas` cups, 64 to a group.

        Args:
            cup: (n, n) of 0 and 1.
            boundary: as for `ExactCup`.
            clock: "sweeps" or "attempts".
            replicas: number of cups; the last group may be partly unused.
            seed: group g draws from SeedSequence(seed, spawn_key=(g,)).

        Raises:
            ValueError: an unknown name, or cells above 1.
        """
        one_of("boundary", boundary, BOUNDARIES)
        one_of("clock", clock, ("sweeps", "attempts"))
        binary_cup(cup)
        self.clock = clock
        self.replicas = replicas
        self.time = 0
        self.size = len(cup)
        self.boundary = boundary
        self.parameters: Mapping[str, Any] = run_parameters(
            cup,
            model="interacting",
            engine="sliced",
            boundary=boundary,
            clock=self.clock,
            replicas=replicas,
            seed=seed,
        )
        groups = -(-replicas // 64)
        cells = np.concatenate([cup.ravel(), [0, 1]]).astype(np.uint64) * np.uint64(2**64 - 1)
        self._cells = np.tile(cells, (groups, 1))
        self._lanes = random_lanes(seed, groups)
        self._words = np.zeros((groups, 2 * kernels.BLOCK), np.uint64)
        self._position = np.full(groups, kernels.BLOCK, np.int64)
        self._heat = HeatEquation(cup, boundary, bond_rate(self.size, boundary) / 2)

    @property
    def _attempts_per_tick(self) -> int:
        return 1 if self.clock == "attempts" else 2 * attempts_per_sweep(self.size, self.boundary)

    def advance(self, amount: int) -> None:
        """Evolve every group by `amount` clock units."""
        attempts = amount * self._attempts_per_tick
        for group in range(len(self._cells)):
            for start in range(0, attempts, _CHUNK):
                self._position[group] = kernels.sliced_swaps(
                    self._cells[group],
                    self.size,
                    BOUNDARIES[self.boundary],
                    self._lanes[group],
                    self._words[group],
                    self._position[group],
                    min(_CHUNK, attempts - start),
                )
        self.time += amount

    def states(self) -> States:
        """R arrays (n, n) uint8, unpacked."""
        cells = np.ascontiguousarray(self._cells[:, :-2].astype("<u8"))
        octets = cells.view(np.uint8).reshape(len(cells), -1, 8)
        bits = np.unpackbits(octets, axis=2, bitorder="little")
        every = bits.transpose(0, 2, 1).reshape(-1, self.size, self.size)
        return np.ascontiguousarray(every[: self.replicas])

    def expected_cells(self) -> Density:
        """(n, n) expected density after the attempts made so far."""
        return self._heat.at(self.time * self._attempts_per_tick)

    def snapshot(self) -> dict[str, np.ndarray]:
        """Cells and random streams."""
        return saved(self, _STATE)

    def restore(self, snapshot: Mapping[str, np.ndarray]) -> None:
        """Return to the moment of a snapshot."""
        restored(self, _STATE, snapshot)
