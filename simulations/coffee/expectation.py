"""The exact expected density of a cup: discrete heat equations, solved in closed form.

For the exclusion process and for independent walkers alike, the expected occupation of a cell obeys
a closed linear equation (duality; Liggett 1985, VIII.1), so the profile at any time is known
without simulating.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.fft

__all__ = ["HeatEquation", "SublatticeAverages"]

Density = npt.NDArray[np.float64]


@dataclass(frozen=True)
class HeatEquation:
    """E[density](t) = (I - rate L)^t density(0) with the grid Laplacian L of the boundary.

    Attributes:
        initial: (n, n) density at time 0, of any real dtype.
        boundary: "reflecting" (no flux), "periodic", "open" (0 outside) or "fixed" (1 above the
            top row, 0 below the bottom row, no flux through the sides).
        rate: probability per tick that a given bond exchanges its two cells.
    """

    initial: npt.NDArray[Any]
    boundary: str
    rate: float

    def at(self, ticks: int) -> Density:
        """The (n, n) expected density after `ticks` elementary steps."""
        n = len(self.initial)
        vertical, horizontal = _MODES[self.boundary]
        steady = np.zeros((n, 1))
        if self.boundary == "fixed":
            steady = 1 - np.arange(1, n + 1)[:, None] / (n + 1)
        eigenvalues = _eigenvalues(vertical, n)[:, None] + _eigenvalues(horizontal, n)[None, :]
        decay = (1 - self.rate * eigenvalues) ** ticks
        modes = _forward(_forward(self.initial - steady, vertical, 0), horizontal, 1)
        decayed = _backward(_backward(modes * decay, vertical, 0), horizontal, 1)
        return np.real(decayed) + steady


_MODES = {
    "reflecting": ("dct", "dct"),
    "periodic": ("fft", "fft"),
    "open": ("dst", "dst"),
    "fixed": ("dst", "dct"),
}


def _eigenvalues(transform: str, n: int) -> Density:
    k = np.arange(n)
    angle = {
        "dct": np.pi * k / n,
        "dst": np.pi * (k + 1) / (n + 1),
        "fft": 2 * np.pi * k / n,
    }[transform]
    return 2 - 2 * np.cos(angle)


def _forward(x: np.ndarray, transform: str, axis: int) -> np.ndarray:
    if transform == "fft":
        return np.fft.fft(x, axis=axis)
    if transform == "dct":
        return np.asarray(scipy.fft.dct(x, type=2, norm="ortho", axis=axis))
    return np.asarray(scipy.fft.dst(x, type=1, norm="ortho", axis=axis))


def _backward(x: np.ndarray, transform: str, axis: int) -> np.ndarray:
    if transform == "fft":
        return np.fft.ifft(x, axis=axis)
    if transform == "dct":
        return np.asarray(scipy.fft.idct(x, type=2, norm="ortho", axis=axis))
    return np.asarray(scipy.fft.idst(x, type=1, norm="ortho", axis=axis))


@dataclass(frozen=True)
class SublatticeAverages:
    """E[density](s) = A^s density(0) (A^s)^T for s sublattice-parallel sweeps.

    A averages the bonds below even rows, then those below odd rows; rows and columns alike.

    Attributes:
        initial: (n, n) density at time 0.
        periodic: whether the last row is bonded to the first.
    """

    initial: npt.NDArray[Any]
    periodic: bool
    _latest: dict[str, tuple[int, Density]] = field(default_factory=dict, repr=False, compare=False)
    _powers: dict[int, Density] = field(default_factory=dict, repr=False, compare=False)

    def at(self, ticks: int) -> Density:
        """The (n, n) expected density after `ticks` sweeps; fast when asked in equal steps.

        It goes on from the time asked for before, and rounds by the way there.
        """
        before, density = self._latest.get("density", (0, self.initial.astype(float)))
        if ticks < before:
            before, density = 0, self.initial.astype(float)
        power = self._power(ticks - before)
        density = power @ density @ power.T
        self._latest["density"] = (ticks, density)
        return density

    def snapshot(self) -> dict[str, np.ndarray]:
        """A copy of what `at` goes on from, empty before it is asked."""
        return {
            name: np.array(value)
            for latest in self._latest.values()
            for name, value in zip(("expected_at", "expected"), latest, strict=True)
        }

    def restore(self, snapshot: Mapping[str, np.ndarray]) -> None:
        """Go on from a snapshot."""
        self._latest.clear()
        if "expected" in snapshot:
            self._latest["density"] = int(snapshot["expected_at"]), np.array(snapshot["expected"])

    def _power(self, sweeps: int) -> Density:
        if sweeps not in self._powers:
            if len(self._powers) > 3:
                self._powers.clear()
            self._powers[sweeps] = np.linalg.matrix_power(self._one_sweep(), sweeps)
        return self._powers[sweeps]

    def _one_sweep(self) -> Density:
        n = len(self.initial)
        even, odd = np.eye(n), np.eye(n)
        last = n if self.periodic else n - 1
        for i in range(last):
            j = (i + 1) % n
            average = even if i % 2 == 0 else odd
            average[np.ix_((i, j), (i, j))] = 0.5
        return odd @ even
