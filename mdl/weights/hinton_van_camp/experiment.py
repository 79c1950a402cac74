"""The experiment of 1993 on data made in its likeness: few examples, many inputs, 521 weights.

The authors' data (peptides' affinities from 128 descriptors) are not available. `peptides_like` has
its sizes: 128 inputs that a few hidden factors move together, brought to mean 0 and variance 1; 105
examples to learn from and 420 to test on; a smooth target with noise. Errors on it are its own, and
not to be held against the paper's table.

References:
    G. Hinton and D. van Camp, Keeping the neural networks simple by minimizing the description
        length of the weights, COLT 1993: section 9.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from complexity.errors import integer
from mdl.weights.hinton_van_camp.arms import Arm, decay_network, ridge, tuned
from mdl.weights.hinton_van_camp.fitting import HintonVanCamp, fit, relative_error, trivial_bits

__all__ = ["Experiment", "peptides_like", "run"]

Floats = NDArray[np.float64]

INPUTS, TRAIN, TEST, FACTORS = 128, 105, 420, 8


def peptides_like(seed: int) -> tuple[tuple[Floats, Floats], tuple[Floats, Floats]]:
    """Training and test set: inputs (105, 128) and (420, 128), targets (105, 1) and (420, 1).

    Eight factors, standard Gaussian, are mixed into 128 inputs, each with as much noise of its own;
    the target is the sum of two hyperbolic tangents of random directions among the factors, plus
    noise of standard deviation 0.3. Inputs and targets are standardised by the training set.
    """
    rng = np.random.default_rng(integer("seed", seed, 0))
    n = TRAIN + TEST
    factors = rng.normal(size=(n, FACTORS))
    mixing = rng.normal(size=(FACTORS, INPUTS)) / np.sqrt(FACTORS)
    x = factors @ mixing + rng.normal(size=(n, INPUTS))
    directions = rng.normal(size=(FACTORS, 2)) / np.sqrt(FACTORS)
    y = np.tanh(2 * factors @ directions).sum(1, keepdims=True) + 0.3 * rng.normal(size=(n, 1))
    x, y = ((a - a[:TRAIN].mean(0)) / a[:TRAIN].std(0) for a in (x, y))
    return (x[:TRAIN], y[:TRAIN]), (x[TRAIN:], y[TRAIN:])


@dataclass(frozen=True)
class Experiment:
    """The table of 1993 on `peptides_like` data.

    Attributes:
        found: the method's network of least total bits.
        relative_error: its error on the test set.
        arms: what it is compared with.
        trivial: model bits and data bits of the trivial solution.
        seed: of the data, and of all starts.
    """

    found: HintonVanCamp
    relative_error: float
    arms: tuple[Arm, ...]
    trivial: tuple[float, float]
    seed: int

    @property
    def embarrassment(self) -> bool:
        """Whether the trivial solution is the shorter description, as in the paper."""
        return sum(self.trivial) < self.found.total_bits

    def rows(self) -> list[Mapping[str, Any]]:
        """The table: name, relative error on the test set, and total bits of what has any."""
        noisy = {"name": "noisy weights, mixture prior", "relative_error": self.relative_error}
        rows: list[Mapping[str, Any]] = [noisy | {"total_bits": self.found.total_bits}]
        rows += [asdict(arm) for arm in self.arms]
        return [*rows, {"name": "trivial", "relative_error": 1.0, "total_bits": sum(self.trivial)}]

    def to_dict(self) -> dict[str, Any]:
        """Rows, the mixture that was found, and the trivial solution, as JSON values."""
        return {
            "seed": self.seed,
            "rows": [dict(row) for row in self.rows()],
            "found": self.found.to_dict(),
            "trivial": {"model_bits": self.trivial[0], "data_bits": self.trivial[1]},
            "trivial_is_shortest": self.embarrassment,
        }


def run(seed: int = 0, *, hidden: int = 4, restarts: int = 5, progress: bool = True) -> Experiment:
    """Fit all arms to `peptides_like(seed)` and test them.

    Args:
        seed: of the data and of all starts.
        hidden: units of the networks.
        restarts: of the noisy network and of the one without penalty; each coefficient of weight
            decay has one start, the best of 13 being kept.
        progress: whether to show a bar on a terminal.
    """
    train, test = peptides_like(seed)
    found = fit(*train, hidden=hidden, restarts=restarts, seed=seed, progress=progress)

    def network(x: Floats, y: Floats, decay: float) -> Any:
        starts = restarts if decay == 0 else 1
        return decay_network(x, y, decay=decay, hidden=hidden, restarts=starts, seed=seed)

    def line(x: Floats, y: Floats, decay: float) -> Any:
        return ridge(x, y, decay=decay)

    arms = [
        tuned(f"{name}, coefficient {chosen}", how, train, test, chosen)
        for name, how in (("network", network), ("linear", line))
        for chosen in ("none", "held out", "on the test set")
    ]
    return Experiment(
        found=found,
        relative_error=relative_error(found.predict(test[0]), test[1]),
        arms=tuple(arms),
        trivial=trivial_bits(train[1], weights=found.shape.weights),
        seed=seed,
    )
