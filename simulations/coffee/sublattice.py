"""The interacting cup by bit-packed sublattice-parallel swaps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from complexity.errors import one_of
from simulations.coffee import _kernels as kernels
from simulations.coffee.cups import Cup, binary_cup, random_lanes, restored, run_parameters, saved
from simulations.coffee.expectation import Density, SublatticeAverages
from simulations.system import States

__all__ = ["SublatticeCup", "pack", "unpack"]

_CHUNK_BITS = 1 << 31
"""Bonds between two chances to interrupt."""


def pack(cells: np.ndarray) -> npt.NDArray[np.uint64]:
    """Pack an (n, n) array of 0 and 1 into planes (2, 2, W, H) for `sublattice_sweeps`."""
    n = len(cells)
    height = (n + 1) // 2
    width = (height + 63) // 64
    planes = np.zeros((2, 2, width, height), np.uint64)
    for p in range(2):
        for q in range(2):
            quarter = np.zeros((height, 64 * width), np.uint8)
            part = cells[p::2, q::2]
            quarter[: part.shape[0], : part.shape[1]] = part
            words = np.packbits(quarter, axis=1, bitorder="little").view("<u8")
            planes[p, q] = words.T
    return planes


def unpack(planes: npt.NDArray[np.uint64], size: int) -> npt.NDArray[np.uint8]:
    """The inverse of `pack`: (n, n) uint8."""
    cells = np.empty((size, size), np.uint8)
    for p in range(2):
        for q in range(2):
            part = cells[p::2, q::2]
            words = np.ascontiguousarray(planes[p, q].T.astype("<u8")).view(np.uint8)
            bits = np.unpackbits(words, axis=1, bitorder="little")
            part[:] = bits[: part.shape[0], : part.shape[1]]
    return cells


_STATE = ("time", "_planes", "_lanes")


class SublatticeCup:
    """Exclusion dynamics in parallel: a sweep tosses a fair coin for every bond, class by class.

    The four classes are the bonds below even rows, right of even columns, below odd rows and right
    of odd columns. A different chain from the random-sequential one, with the same equilibrium;
    after its coin a particle is at either end of its bond, so a sweep diffuses twice as far
    (variance 2 per axis) as an exact sweep. Its expected density is known exactly too.
    """

    clock = "sweeps"

    def __init__(
        self, cup: Cup, *, boundary: str = "reflecting", replicas: int = 1, seed: int = 0
    ) -> None:
        """Fill `replicas` cups.

        Args:
            cup: (n, n) of 0 and 1.
            boundary: "reflecting" or "periodic".
            replicas: number of independent cups.
            seed: replica r draws from SeedSequence(seed, spawn_key=(r,)).

        Raises:
            ValueError: another boundary, or cells above 1.
        """
        one_of("boundary", boundary, ("reflecting", "periodic"))
        binary_cup(cup)
        self.replicas = replicas
        self.time = 0
        self.size = len(cup)
        self.boundary = boundary
        self.parameters: Mapping[str, Any] = run_parameters(
            cup,
            model="interacting",
            engine="sublattice",
            boundary=boundary,
            clock=self.clock,
            replicas=replicas,
            seed=seed,
        )
        self._planes = np.array([pack(cup)] * replicas)
        self._lanes = random_lanes(seed, replicas)
        per_class = self._planes[0].size // 2
        self._words = np.empty(-(-per_class // kernels.LANES) * kernels.LANES, np.uint64)
        self._averages = SublatticeAverages(cup, boundary == "periodic")

    def advance(self, amount: int) -> None:
        """Sweep every replica `amount` times."""
        chunk = max(1, _CHUNK_BITS // (2 * self.size * self.size))
        for replica in range(self.replicas):
            for start in range(0, amount, chunk):
                kernels.sublattice_sweeps(
                    self._planes[replica],
                    self.size,
                    self.boundary == "periodic",
                    self._lanes[replica],
                    self._words,
                    min(chunk, amount - start),
                )
        self.time += amount

    def states(self) -> States:
        """R arrays (n, n) uint8, unpacked."""
        return [unpack(planes, self.size) for planes in self._planes]

    def expected_cells(self) -> Density:
        """(n, n) expected density after the sweeps made so far."""
        return self._averages.at(self.time)

    def snapshot(self) -> dict[str, np.ndarray]:
        """Packed cells, random streams, and the expected density last asked for."""
        return saved(self, _STATE) | self._averages.snapshot()

    def restore(self, snapshot: Mapping[str, np.ndarray]) -> None:
        """Return to the moment of a snapshot."""
        restored(self, _STATE, snapshot)
        self._averages.restore(snapshot)
