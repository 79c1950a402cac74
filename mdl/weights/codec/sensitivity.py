"""How much the labels' codelength rises with an error in the weights: what a network's inputs say.

To second order, and with the errors of different outputs apart, an error D (R, C) in the matrix of
a linear layer costs

    1 / (2 ln 2) * sum_i g_i D_i H D_i^T  bits,   H = sum_n x_n x_n^T,

where x are the layer's inputs over all data and g_i is the mean square of the derivative of the
labels' codelength (nats) by output i, for labels drawn from the network's own predictions (the
Fisher information). Convolutions are linear layers of patches. For any other tensor a single number
is kept, the mean of its diagonal.

The derivatives of a network that is sure of every label vanish, however much its weights matter:
its logits are divided until its predictions have an entropy.

References:
    J. Martens and R. Grosse, Optimizing neural networks with Kronecker-factored approximate
        curvature, ICML 2015, section 3 (the same factors, there with all of g's products).
    B. Hassibi and D. Stork, Second order derivatives for network pruning: optimal brain surgeon,
        NeurIPS 1992 (H^-1 for the best compensation of an error).
    E. Frantar et al., GPTQ, ICLR 2023, section 3.3 (one Cholesky factor for all columns).
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from mdl.weights.tensors import parameters_of, reproducible

__all__ = ["LayerInputs", "Sensitivity", "measure_sensitivity"]

_DAMPING = 0.01  # of the mean of H's diagonal, as GPTQ has it
_ENTROPY = 8.0  # bits of all predictions, so that derivatives say something; of few, half the most
_BATCH = 64  # so that squared sums of derivatives are an estimate over many batches
_LOOKED_AT = 512  # examples, for that entropy
_MOST_INPUTS = 4096  # of a layer: a factor of more takes too long and too much memory


@dataclass(frozen=True)
class LayerInputs:
    """What a linear layer's matrix is sensitive to.

    Attributes:
        moments: (C + E, C + E) float64: H, with a last input of 1 (E = 1) if there is a bias.
        outputs: (R,) g: mean squared derivatives of the codelength in nats.
        bias: name of the layer's bias, "" if there is none.
    """

    moments: NDArray[np.float64]
    outputs: NDArray[np.float64]
    bias: str

    @cached_property
    def factor(self) -> NDArray[np.float64]:
        """Upper triangular U with H^-1 = U^T U, H damped: for `quantisers.quantise`.

        The input of 1 is damped by itself: others may be of another unit.
        """
        damped, own = self.moments.copy(), np.diag(self.moments).copy()
        own[: self._columns] = max(own[: self._columns].mean(), 1e-100)
        damped[np.diag_indices_from(damped)] += _DAMPING * own
        inverse = np.linalg.inv(damped)
        return np.ascontiguousarray(np.linalg.cholesky((inverse + inverse.T) / 2).T, np.float64)

    def curvature(self, *, compensated: bool) -> NDArray[np.float64]:
        """(R, C): bits by the squared error of a weight, once those behind it are compensated."""
        own = 1 / np.diag(self.factor) ** 2 if compensated else np.diag(self.moments)
        own = own[: self._columns]
        # half the mean: an output that the trained network is sure of is sensitive to big errors
        outputs = (self.outputs + self.outputs.mean()) / 2
        own = np.maximum(own, _DAMPING * own.mean() + 1e-100)
        return outputs[:, None] * own[None, :] / (2 * math.log(2))

    @property
    def _columns(self) -> int:
        return len(self.moments) - bool(self.bias)


@dataclass(frozen=True)
class Sensitivity:
    """Of all parameters, by name.

    Attributes:
        layers: linear layers and convolutions, by the name of their matrix.
        diagonal: every parameter's mean bits by squared error of one weight.
        idle: in every parameter, the entries whose derivative was 0 in all batches.
    """

    layers: dict[str, LayerInputs] = field(repr=False)
    diagonal: dict[str, float] = field(repr=False)
    idle: dict[str, NDArray[np.bool_]] = field(repr=False)

    def __repr__(self) -> str:
        return f"Sensitivity(of {len(self.diagonal)} parameters, {len(self.layers)} compensated)"


def measure_sensitivity(
    module: torch.nn.Module,
    inputs: torch.Tensor,
    *,
    examples: int = 20000,
    seed: int = 0,
    device: torch.device | str = "cpu",
) -> Sensitivity:
    """Measure it over the first `examples` inputs, scaled to all of them.

    Args:
        module: logits (n, K) or (n, K, ...) for inputs (n, ...); it is run in eval mode, on a copy.
        inputs: (n, ...).
        examples: how many are used.
        seed: of the labels that are drawn.
        device: where it runs.
    """
    net = copy.deepcopy(module).eval().to(device)
    for parameter in net.parameters():
        parameter.requires_grad_(True)
    used = inputs[:examples]
    scale = len(inputs) / max(len(used), 1)
    names = {id(parameter): name for name, parameter in parameters_of(net).items()}
    temperature = _temperature(net, inputs, device)
    sums: dict[str, _Sums] = {}
    squares = dict.fromkeys(names.values(), 0.0)
    idle = {names[id(each)]: torch.ones_like(each, dtype=torch.bool) for each in net.parameters()}
    handles = [
        layer.register_forward_hook(_hook(sums.setdefault(name, _Sums(layer, names))))
        for layer in net.modules()
        if (name := _compensable(layer, names))
    ]
    try:
        with reproducible(seed, threads=None) as generator:
            for batch in used.split(_BATCH):
                net.zero_grad()
                logits = net(batch.to(device)) / temperature
                _drawn_codelength(logits, generator).backward()
                for parameter in net.parameters():
                    if parameter.grad is not None:
                        mean_square = float(parameter.grad.double().square().mean())
                        squares[names[id(parameter)]] += mean_square
                        idle[names[id(parameter)]] &= parameter.grad == 0
    finally:
        for handle in handles:
            handle.remove()
    diagonal = {name: scale * value / (2 * math.log(2)) for name, value in squares.items()}
    return Sensitivity(
        {name: each.done(scale) for name, each in sums.items() if each.count},
        diagonal,
        {name: each.cpu().numpy() for name, each in idle.items()},
    )


def _temperature(net: torch.nn.Module, inputs: torch.Tensor, device: torch.device | str) -> float:
    """The least one, at least 1, at which all predictions have an entropy of _ENTROPY bits.

    1 if there is none, as for a single class.
    """
    some = inputs[:: -(-len(inputs) // _LOOKED_AT) or 1]
    with torch.no_grad():
        rows = torch.cat([_rows(net(each.to(device))).cpu() for each in some.split(_BATCH)])
    rows = rows - rows.amax(1, keepdim=True)
    share = len(some) / max(len(inputs), 1)
    nats = min(_ENTROPY * math.log(2) * share, math.log(rows.shape[1]) * len(rows) / 2)

    def enough(octave: float) -> bool:
        shares = (rows / 2.0**octave).softmax(1)
        return float(torch.special.entr(shares).sum()) >= nats

    low, high = 0.0, 1.0
    while not enough(high):
        low, high = high, 2 * high
        if high > 512:  # beyond all numbers
            return 1.0
    if not low and enough(low):
        return 1.0
    while high - low > 1e-3:
        middle = (low + high) / 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return 2.0**high


def _rows(logits: torch.Tensor) -> torch.Tensor:
    """(n ..., K) float64, of (n, K, ...)."""
    return logits.movedim(1, -1).flatten(0, -2).double()


def _drawn_codelength(logits: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Nats of labels drawn from the predictions, summed over the batch."""
    logits = _rows(logits)
    chances = logits.detach().softmax(1).cpu()
    labels = torch.multinomial(chances, 1, generator=generator)[:, 0].to(logits.device)
    return torch.nn.functional.cross_entropy(logits, labels, reduction="sum")


def _compensable(layer: torch.nn.Module, names: dict[int, str]) -> str:
    """The name of the layer's matrix if its inputs can be had, else ""."""
    if isinstance(layer, torch.nn.Linear):
        inputs = layer.in_features
    elif isinstance(layer, torch.nn.Conv2d) and layer.groups == 1:
        if not isinstance(layer.padding, tuple) or layer.padding_mode != "zeros":
            return ""
        inputs = layer.weight[0].numel()
    else:
        return ""
    return names.get(id(layer.weight), "") if inputs <= _MOST_INPUTS else ""


class _Sums:
    """Sums over the data of one matrix, however many layers share it."""

    def __init__(self, layer: Any, names: dict[int, str]) -> None:
        self.bias = names[id(layer.bias)] if layer.bias is not None else ""
        self.count = 0
        self.outputs = np.zeros(layer.weight.shape[0])  # as they stay if the loss has no derivative
        self.moments: Any = 0.0

    def done(self, scale: float) -> LayerInputs:
        outputs = self.outputs / self.count
        return LayerInputs(scale * np.asarray(self.moments), outputs, self.bias)


def _hook(sums: _Sums) -> Callable[..., None]:
    def hook(layer: Any, arguments: Any, output: torch.Tensor) -> None:
        rows = _patches(layer, arguments[0].detach())  # (m, C)
        if sums.bias:
            rows = torch.cat([rows, torch.ones_like(rows[:, :1])], 1)
        rows = rows.double()
        sums.moments = sums.moments + (rows.T @ rows).cpu().numpy()
        sums.count += len(rows)

        def squares(gradient: torch.Tensor) -> None:
            outputs = gradient.movedim(1, -1) if isinstance(layer, torch.nn.Conv2d) else gradient
            flat = outputs.detach().reshape(-1, outputs.shape[-1]).double()
            sums.outputs = sums.outputs + flat.square().sum(0).cpu().numpy()

        if output.requires_grad:
            output.register_hook(squares)

    return hook


def _patches(layer: Any, inputs: torch.Tensor) -> torch.Tensor:
    """What the layer's matrix is multiplied with, (m, C)."""
    if isinstance(layer, torch.nn.Linear):
        return inputs.reshape(-1, inputs.shape[-1])
    patches = torch.nn.functional.unfold(
        inputs, layer.kernel_size, layer.dilation, layer.padding, layer.stride
    )  # (n, C, places)
    return patches.movedim(1, -1).flatten(0, 1)
