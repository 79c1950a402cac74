"""The stirred cup: diffusion by swaps, and two bijective shears a period."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from complexity.errors import integer, one_of, share
from simulations.coffee.cups import Cup
from simulations.coffee.exact import ExactCup
from simulations.system import States

__all__ = ["StirredCup", "shear"]


def shear(cells: np.ndarray, amplitude: float, *, inverse: bool = False) -> np.ndarray:
    """Stir: x += round(a n sin(2 pi y / n)), then y += round(a n sin(2 pi x / n)), on a torus.

    A bijection of the cells, so no cream is made or lost; `inverse=True` undoes it exactly.

    Args:
        cells: (..., n, n) array.
        amplitude: a, in cup sides.
        inverse: undo instead.
    """
    n = cells.shape[-1]
    place = np.arange(n)
    shift = np.rint(amplitude * n * np.sin(2 * np.pi * place / n)).astype(np.int64)
    rows = (place[:, None], (place[None, :] - shift[:, None]) % n)
    columns = ((place[:, None] - shift[None, :]) % n, place[None, :])
    if inverse:
        rows = (place[:, None], (place[None, :] + shift[:, None]) % n)
        columns = ((place[:, None] + shift[None, :]) % n, place[None, :])
        return cells[..., columns[0], columns[1]][..., rows[0], rows[1]]
    return cells[..., rows[0], rows[1]][..., columns[0], columns[1]]


class StirredCup:
    """A period is one `shear` followed by `attempts_per_cell` * n^2 exchange attempts.

    Folding drives the cream into finer and finer filaments until diffusion takes them: a closed
    system whose large-scale structure rises and falls. The clock is "periods".
    """

    clock = "periods"

    def __init__(
        self,
        cup: Cup,
        *,
        boundary: str = "periodic",
        amplitude: float = 0.35,
        attempts_per_cell: int = 4,
        replicas: int = 1,
        seed: int = 0,
    ) -> None:
        """Fill `replicas` cups.

        Args:
            cup: (n, n) of 0 and 1.
            boundary: of the swaps: "periodic" or "reflecting" (the shears always wrap).
            amplitude: of the shears, in cup sides.
            attempts_per_cell: diffusion per period.
            replicas: number of independent cups.
            seed: replica r draws from SeedSequence(seed, spawn_key=(r,)).

        Raises:
            ValueError, TypeError: a value out of range, or of another type.
        """
        one_of("boundary", boundary, ("periodic", "reflecting"))
        integer("attempts_per_cell", attempts_per_cell, 0)
        share("amplitude", amplitude, "0 to 1 (cup sides)")
        self._cup = ExactCup(cup, boundary=boundary, clock="attempts", replicas=replicas, seed=seed)
        self.replicas = replicas
        self.time = 0
        self.size = len(cup)
        self.boundary = boundary
        self._amplitude = amplitude
        self._attempts = attempts_per_cell * self.size**2
        self.parameters: Mapping[str, Any] = {
            **self._cup.parameters,
            "model": "stirred",
            "clock": self.clock,
            "amplitude": amplitude,
            "attempts_per_cell": attempts_per_cell,
        }

    def advance(self, amount: int) -> None:
        """Stir and diffuse every replica for `amount` periods."""
        for _ in range(amount):
            cells = self._cup.cells[:, :-2]
            stirred = shear(cells.reshape(-1, self.size, self.size), self._amplitude)
            cells[:] = stirred.reshape(self.replicas, -1)
            self._cup.advance(self._attempts)
        self.time += amount

    def states(self) -> States:
        """(R, n, n) uint8, a view."""
        return self._cup.states()

    def expected_cells(self) -> npt.NDArray[np.float64]:
        """(n, n) density with every cell at its row's mean over cells and replicas.

        An estimate from the present states: what a cup with these rows and no other structure
        would have.
        """
        rows = np.mean(np.asarray(self.states()), axis=(0, 2))
        return np.repeat(rows[:, None], self.size, axis=1)

    def snapshot(self) -> dict[str, np.ndarray]:
        """Cells, random streams and counters."""
        return self._cup.snapshot() | {"periods": np.array(self.time)}

    def restore(self, snapshot: Mapping[str, np.ndarray]) -> None:
        """Return to the moment of a snapshot."""
        self._cup.restore(snapshot)
        self.time = int(snapshot["periods"])
