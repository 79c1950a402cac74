"""Bits of a network with noisy weights and of labels given inputs: a bound, with its error."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from complexity.code import Kind
from complexity.errors import integer
from mdl.report import Report, null_bits
from mdl.weights.tensors import set_flat_parameters
from mdl.weights.variational._streams import stream
from mdl.weights.variational.losses import Classes, Examples, GaussianNoise, as_examples, as_loss
from mdl.weights.variational.network import NoisyModule
from mdl.weights.variational.posterior import Posterior

__all__ = ["description_length"]

BUFFER_BITS = 32
"""Of every number that training changed and that is no weight: running means and variances."""


def description_length(
    network: nn.Module,
    data: Any,
    *,
    posterior: Posterior | None = None,
    loss: Any = "classes",
    samples: int = 16,
    seed: int = 0,
    batch_size: int | None = None,
    name: str = "variational",
) -> Report:
    """Bits of weights (their divergence from the prior) and of labels (expected under them).

    The code behind the bound is bits-back with weights: weights drawn from the posterior are sent
    with the prior, labels with the weights, and the bits that chose the weights come back.

    Args:
        network: what `noisy` made; or a plain network, with its posterior.
        data: (inputs, labels) as in `fit`.
        posterior: of a plain network.
        loss: as in `fit`.
        samples: passes over the data that the expectation of the data bits is taken over, at least
            2; the standard error of their mean is in `details`.
        seed: of the draws.
        batch_size: of examples that share a draw of the weights; None makes 64 draws a pass. It
            changes the standard error alone.
        name: of the row.

    Returns:
        Of kind bound. The header holds the parameters of the prior (at the precision that the model
        bits were computed with), of a Gaussian's noise, and running statistics of the network.

    Raises:
        TypeError, ValueError: an argument is not what is said above.
    """
    began = time.perf_counter()
    integer("samples", samples, 2)
    if isinstance(network, NoisyModule):
        own, plain = posterior or network.posterior(), network.network()
        buffers = _changed(network._plain[0], plain)
    elif posterior is None:
        raise TypeError("posterior: got None, accepted is one, for a plain network")
    else:
        own, plain, buffers = posterior, copy.deepcopy(network), 0
    weights = next(network.parameters())
    plain.to(weights.device).eval()
    examples, costs = as_examples(data, weights.device, weights.dtype), as_loss(loss)
    batch = -(-len(examples) // 64) if batch_size is None else integer("batch_size", batch_size, 1)
    rng = np.random.default_rng(integer("seed", seed, 0))
    with stream(seed, weights.device), torch.no_grad():
        if isinstance(costs, GaussianNoise):
            costs.var = _noise(plain, own, rng, examples, batch)
        draws = [_bits(plain, own, rng, examples, costs, batch) for _ in range(samples)]
        set_flat_parameters(plain, own.mean)
        outputs = torch.cat(list(_outputs(plain, examples, batch)))
    details: dict[str, Any] = {
        "samples": samples,
        "data_bits_error": float(np.std(draws, ddof=1) / math.sqrt(samples)),
        "seed": seed,
        "threads": 1,
        "prior": type(own.prior).__name__,
    }
    nulls: dict[str, Any] = {"labels": int(examples.labels.numel())}
    header = own.header_bits + BUFFER_BITS * buffers
    if isinstance(costs, Classes):
        labels = examples.labels.cpu().numpy().ravel()
        nulls = null_bits(labels, outputs.shape[-1])
        details["accuracy"] = float((outputs.argmax(-1).cpu().numpy().ravel() == labels).mean())
    elif isinstance(costs, GaussianNoise):
        header += 10.0 * math.prod(examples.labels.shape[1:])
    return Report(
        name=name,
        kind=Kind.BOUND,
        model_bits=own.kl_bits,
        data_bits=float(np.mean(draws)),
        header_bits=header,
        parameters=own.mean.size,
        seconds=time.perf_counter() - began,
        details=details,
        **nulls,
    )


def _bits(
    plain: nn.Module,
    posterior: Posterior,
    rng: np.random.Generator,
    examples: Examples,
    costs: Any,
    batch_size: int,
) -> float:
    """Bits of all labels, every batch by its own draw of the weights."""
    nats, n = 0.0, len(examples)
    for start in range(0, n, batch_size):
        batch = examples[start : start + batch_size]
        set_flat_parameters(plain, posterior.sample(seed=rng))
        nats += float(costs(plain(*batch.inputs), batch.labels)) * len(batch)
    return nats / math.log(2)


def _noise(
    plain: nn.Module,
    posterior: Posterior,
    rng: np.random.Generator,
    examples: Examples,
    batch_size: int,
) -> Tensor:
    """Variances that the outputs are coded with: of one pass of draws, on the grid of scales."""
    total, n = torch.zeros(()), len(examples)
    for start in range(0, n, batch_size):
        batch = examples[start : start + batch_size]
        set_flat_parameters(plain, posterior.sample(seed=rng))
        squares = GaussianNoise.squares(plain(*batch.inputs), batch.labels)
        total = total.to(squares) + squares * (len(batch) / n)
    return torch.exp2((8 * total.clamp_min(1e-12).log2()).round() / 8)  # sd in 1/16 of an octave


def _outputs(plain: nn.Module, examples: Examples, batch_size: int) -> Iterator[Tensor]:
    for start in range(0, len(examples), batch_size):
        yield plain(*examples[start : start + batch_size].inputs)


def _changed(before: nn.Module, after: nn.Module) -> int:
    """How many floating numbers of buffers differ."""
    old = dict(before.named_buffers())
    return sum(
        int((buffer.cpu() != old[name].cpu()).sum())
        for name, buffer in after.named_buffers()
        if buffer.is_floating_point()
    )
