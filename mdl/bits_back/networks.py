"""Torch networks for `BitsBackWeights`: the same noisy training at both ends, on one thread."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from mdl.bits_back.weights import BitsBackWeights
from mdl.weights.tensors import (
    checked_module,
    flat_parameters,
    reproducible,
    set_flat_parameters,
)
from mdl.weights.variational.network import noisy
from mdl.weights.variational.posterior import Posterior
from mdl.weights.variational.training import fit

__all__ = ["NetworkClasses", "NoisyTrainer", "network_code"]


@dataclass(frozen=True)
class NoisyTrainer:
    """Inputs (n, ...) and labels (n,) to a posterior, by `mdl.weights.variational.fit`.

    Attributes:
        build: makes the network; its first weights are drawn from the seed.
        prior: as in `mdl.weights.variational.noisy`.
        seed: of weights, noise and order.
        options: more of `fit`, such as epochs and learning_rate.
    """

    build: Callable[[], nn.Module]
    prior: Any = "learned"
    seed: int = 0
    options: Mapping[str, Any] = field(default_factory=dict)

    def __call__(self, inputs: Any, labels: NDArray[np.int64]) -> Posterior:
        """Train; the same arrays give the same bits on the same build of torch."""
        with reproducible(self.seed):
            network = noisy(checked_module("build", self.build()), self.prior)
        options: dict[str, Any] = {"progress": False, **self.options}
        return fit(network, (inputs, labels), seed=self.seed, **options).posterior


@dataclass(frozen=True)
class NetworkClasses:
    """Weights (D,) and inputs (n, ...) to class probabilities (n, K): softmax, in float64.

    Attributes:
        build: makes the network; its weights are replaced.
    """

    build: Callable[[], nn.Module]

    @torch.no_grad()
    def __call__(self, weights: NDArray[np.float64], inputs: Any) -> NDArray[np.float64]:
        """All inputs in one batch, on one thread."""
        with reproducible(0):
            network = self.build().double().eval()
            set_flat_parameters(network, weights)
            outputs = network(torch.as_tensor(np.asarray(inputs, np.float64)))
            return outputs.softmax(-1).numpy()


def network_code(
    build: Callable[[], nn.Module],
    alphabet_size: int,
    *,
    prior: Any = "learned",
    grid_bits: int | None = None,
    seed: int = 0,
    **options: Any,
) -> BitsBackWeights:
    """Bits-back with the weights of a network that classifies.

    Args:
        build: makes the network, inputs (n, ...) to logits (n, K).
        alphabet_size: K, the number of classes.
        prior: as in `mdl.weights.variational.noisy`.
        grid_bits: as in `BitsBackWeights`.
        seed: of the training at both ends, and of random bits where no payload is given.
        **options: of `mdl.weights.variational.fit`, such as epochs.
    """
    size = flat_parameters(checked_module("build", build())).size
    trainer = NoisyTrainer(build, prior, seed, options)
    return BitsBackWeights(
        trainer, NetworkClasses(build), alphabet_size, size, grid_bits=grid_bits, seed=seed
    )
