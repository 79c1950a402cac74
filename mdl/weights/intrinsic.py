"""How many coordinates of a random subspace a network needs for a task.

References:
    C. Li, H. Farkhoor, R. Liu and J. Yosinski, Measuring the intrinsic dimension of objective
        landscapes, ICLR 2018: d_int90, section 2.1.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from complexity.errors import integer
from complexity.progress import progress as progress_bar
from mdl.weights.label_files import class_probabilities
from mdl.weights.projections import DENSE_LIMIT, Projection, initial_weights
from mdl.weights.sampled_loss import SampledLoss, check_finite
from mdl.weights.subspace_training import Coordinates
from mdl.weights.tensors import (
    checked_module,
    parameters_of,
    reproducible,
    set_flat_parameters,
)

__all__ = ["IntrinsicDimension", "intrinsic_dimension"]


@dataclass(frozen=True)
class IntrinsicDimension:
    """Accuracy by the dimension of the subspace.

    Attributes:
        dimensions: that were tried, ascending.
        accuracies: share of the test labels that were met in each.
        baseline: accuracy of training all weights.
        threshold: share of the baseline that counts as a solution.
        parameters: number of weights.
        seed: of subspaces and training.
    """

    dimensions: tuple[int, ...]
    accuracies: tuple[float, ...]
    baseline: float
    threshold: float
    parameters: int
    seed: int

    @property
    def dimension(self) -> int | None:
        """The least dimension that reaches the threshold's share of the baseline; None if none."""
        goal = self.threshold * self.baseline
        for dimension, accuracy in zip(self.dimensions, self.accuracies, strict=True):
            if accuracy >= goal:
                return dimension
        return None

    def __repr__(self) -> str:
        name = f"d_int{100 * self.threshold:g}"
        return (
            f"IntrinsicDimension({name} = {self.dimension} of {self.parameters} weights; "
            f"baseline accuracy {self.baseline:.4f})"
        )

    def to_dict(self) -> dict[str, Any]:
        """Fields and the dimension found, as JSON values."""
        return {
            "dimension": self.dimension,
            "dimensions": list(self.dimensions),
            "accuracies": list(self.accuracies),
            "baseline": self.baseline,
            "threshold": self.threshold,
            "parameters": self.parameters,
            "seed": self.seed,
        }


def intrinsic_dimension(
    factory: Callable[[], torch.nn.Module],
    data: tuple[Any, Any],
    *,
    grid: Sequence[int] = (4, 8, 16, 32, 64, 128, 256, 512),
    test: tuple[Any, Any] | None = None,
    threshold: float = 0.9,
    seed: int = 0,
    steps: int = 500,
    learning_rate: float = 0.02,
    baseline_learning_rate: float = 0.003,
    batch_size: int = 512,
    device: str | torch.device = "cpu",
    progress: bool = True,
) -> IntrinsicDimension:
    """The least dimension of a random subspace in which a task is solved (d_int90).

    Args:
        factory: makes the network, which gives logits.
        data: inputs (N, ...) and labels (N,) to train on.
        grid: dimensions to try; those beyond the number of weights are left out.
        test: inputs and labels that accuracy is measured on; None for the training data.
        threshold: share of the baseline's accuracy that counts as a solution.
        seed: of subspaces, w0 and batches.
        steps: of Adam, for each dimension and for the baseline, which trains all weights from the
            same w0.
        learning_rate: for coordinates.
        baseline_learning_rate: for weights.
        batch_size: examples in a step.
        device: where training runs.
        progress: a bar on a terminal.

    Raises:
        TypeError, ValueError: an argument is out of range.
    """
    module = checked_module("factory", factory())
    size = sum(p.numel() for p in parameters_of(module).values())
    dimensions = sorted({integer("grid", d, 1) for d in grid if d <= size})
    if not dimensions:
        raise ValueError(f"grid: got {list(grid)}, accepted is at least one from 1 to {size}")
    if not 0 < threshold <= 1:
        raise ValueError(f"threshold: got {threshold}, accepted is a share above 0, up to 1")
    steps, seed = integer("steps", steps, 1), integer("seed", seed, 0, (1 << 63) - 1)
    shown = test or data

    def accuracy(weights: torch.Tensor) -> float:
        found = copy.deepcopy(module)
        set_flat_parameters(found, weights.detach().cpu().double().numpy())
        return float(np.mean(class_probabilities(found, shown[0]).argmax(1) == _array(shown[1])))

    accuracies = []
    with (
        progress_bar("intrinsic dimension", len(dimensions) + 1, show=progress) as advance,
        reproducible(seed) as generator,
    ):
        nats = SampledLoss(
            module, data, generator=generator, batch_size=batch_size, groups=1, device=device
        )
        start = initial_weights(seed, nats.layout)
        baseline = accuracy(_trained(nats, start, steps, baseline_learning_rate))
        advance()
        for dimension in dimensions:
            kind = "dense" if dimension * size <= DENSE_LIMIT else "fastfood"
            projection = Projection(seed, dimension, size, kind)
            training = Coordinates(nats, projection, start, generator, learning_rate)
            training.train(steps, noisy=False)
            accuracies.append(accuracy(training.weights(1, noisy=False)[0]))
            advance()
    return IntrinsicDimension(
        tuple(dimensions), tuple(accuracies), baseline, float(threshold), size, seed
    )


def _trained(nats: SampledLoss, start: np.ndarray, steps: int, rate: float) -> torch.Tensor:
    """All weights trained from w0 by Adam, (D,)."""
    weights = torch.as_tensor(start, dtype=nats.dtype, device=nats.device).requires_grad_()
    optimizer = torch.optim.Adam([weights], lr=rate)
    for step in range(steps):
        optimizer.param_groups[0]["lr"] = rate * 0.1 ** (step / steps)
        total = nats(weights[None])
        optimizer.zero_grad(set_to_none=True)
        total.backward()
        check_finite(total, weights)
        optimizer.step()
    return weights


def _array(labels: Any) -> np.ndarray:
    return np.asarray(torch.as_tensor(labels).cpu())
