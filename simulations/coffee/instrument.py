"""Measuring a cup: fine entropy, coarse complexity, and the same of independent noise."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from complexity.code import get_code
from simulations.coffee.coarse import CoarseGraining
from simulations.coffee.expectation import Density
from simulations.system import States, generator

__all__ = ["Cup", "CupInstrument", "independent_cells"]

_NULL_STREAM = 1 << 31
"""First spawn key of the null model's draws, beyond any replica's."""


class Cup(Protocol):
    """A coffee cup: a System of (n, n) states whose expected cells are known."""

    parameters: Mapping[str, Any]
    time: int

    def states(self) -> States:
        """The replicas' cells."""
        ...

    def expected_cells(self) -> Density:
        """(n, n) expected cells at the present time."""
        ...


def independent_cells(
    expected: Density, random: np.random.Generator, *, counts: bool
) -> np.ndarray:
    """Independent cells with the given means: coins for 0/1 cells, Poisson for counts.

    The count of independent walkers in a cell is a sum of independent events, each of probability
    p_i; the Poisson law with the same mean differs from it by at most sum p_i^2 in total variation
    (Le Cam 1960), under 1 % of the mean after 32 steps.
    """
    if counts:
        return random.poisson(np.maximum(expected, 0)).astype(np.int32)
    return (random.random(expected.shape) < expected).astype(np.uint8)


@dataclass(frozen=True)
class CupInstrument:
    """Bits of the cells, bits of the coarse picture, and the null model's.

    The null model is independent noise with the same expected cells: exact (the heat equation)
    for the unstirred cups, the present rows' means for the stirred one.

    Attributes:
        coarse: the coarse-graining.
        code: a byte code's spec, as "gzip" or "xz".
        null_samples: cups of noise drawn at every time; 0 for no null model.
        seed: of the noise.
        counters: attributes of the system to record beside, as "attempts"; one value per replica.
        workers: threads that measure side by side; the result does not depend on it.
    """

    coarse: CoarseGraining
    code: str
    null_samples: int
    seed: int
    counters: tuple[str, ...] = ()
    workers: int = 1

    @property
    def names(self) -> tuple[str, ...]:
        """The observables."""
        null = ("null_mean_bits", "null_sd_bits", "corrected_bits") if self.null_samples else ()
        return ("entropy_bits", "complexity_bits", *null, *self.counters)

    @property
    def units(self) -> tuple[str, ...]:
        """Bits, and the counters' own names."""
        bits = len(self.names) - len(self.counters)
        return ("bits",) * bits + self.counters

    @property
    def parameters(self) -> Mapping[str, Any]:
        """All that determines a measurement."""
        return {
            "coarse": self.coarse.to_dict(),
            "code": self.code,
            "null_samples": self.null_samples,
            "seed": self.seed,
        }

    def __call__(self, system: Cup) -> npt.NDArray[np.float64]:
        """Values of shape (replicas, len(names)), in bits."""
        states = system.states()
        with ThreadPoolExecutor(self.workers) as pool:
            null = pool.map(self._null_bits(system), range(self.null_samples))
            pairs = np.array(list(pool.map(self._cup_bits, states)))
            columns = [pairs[:, 0], pairs[:, 1]]
            if self.null_samples:
                columns += self._null_columns(np.array(list(null)), pairs[:, 1])
        columns += [np.asarray(getattr(system, name), float) for name in self.counters]
        return np.stack(columns, axis=1)

    def entropy_bits(self, cells: np.ndarray) -> float:
        """Bits of the cells themselves."""
        return get_code(self.code).bits(self.coarse.serialise(cells, 1))

    def complexity_bits(self, cells: np.ndarray) -> float:
        """Bits of the coarse picture."""
        picture = self.coarse.picture(cells)
        return get_code(self.code).bits(self.coarse.serialise(picture, self.coarse.levels - 1))

    def _cup_bits(self, cells: np.ndarray) -> tuple[float, float]:
        return self.entropy_bits(cells), self.complexity_bits(cells)

    def _null_bits(self, system: Cup) -> Callable[[int], float]:
        if not self.null_samples:
            return lambda sample: 0.0
        expected, time = system.expected_cells(), system.time
        counts = system.parameters["model"] == "walk"
        whole = np.rint(expected)
        certain = time == 0 and np.allclose(expected, whole, rtol=0, atol=1e-9)

        def bits(sample: int) -> float:
            if certain:
                return self.complexity_bits(whole.astype(np.int32))
            random = generator(self.seed, (_NULL_STREAM, time, sample))
            return self.complexity_bits(independent_cells(expected, random, counts=counts))

        return bits

    @staticmethod
    def _null_columns(
        null: npt.NDArray[np.float64], complexity: npt.NDArray[np.float64]
    ) -> list[npt.NDArray[np.float64]]:
        mean = null.mean()
        spread = null.std(ddof=1)
        return [
            np.full(len(complexity), mean),
            np.full(len(complexity), spread),
            complexity - mean,
        ]
