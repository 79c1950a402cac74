"""The same network in torch, for what is made for torch: files of weights, and a second opinion."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from neural.numpy_networks.convolution import Convolution, MaxPool
from neural.numpy_networks.layers import Affine, BatchNorm, Dropout, Flatten, ReLU

if TYPE_CHECKING:
    import torch

    from neural.numpy_networks.network import Network

__all__ = ["as_torch"]


def as_torch(network: Network) -> torch.nn.Sequential:
    """A torch module with copies of a network's weights, that gives the same scores.

    Args:
        network: of this package's layers.

    Raises:
        TypeError: a layer is of another kind.
    """
    import torch
    from torch import nn

    def affine(layer: Affine) -> nn.Module:
        return nn.Linear(*layer.parameters["weight"].shape)

    def convolution(layer: Convolution) -> nn.Module:
        filters, channels = layer.parameters["weight"].shape[:2]
        return nn.Conv2d(
            channels, filters, layer.size, layer.stride, layer.pad, bias="bias" in layer.parameters
        )

    def norm(layer: BatchNorm) -> nn.Module:
        kind = nn.BatchNorm1d if _of_features(network, layer) else nn.BatchNorm2d
        return kind(len(layer.mean), layer.epsilon, 1 - layer.momentum)

    makers: dict[type, Callable[[Any], nn.Module]] = {
        Affine: affine,
        Convolution: convolution,
        BatchNorm: norm,
        MaxPool: lambda layer: nn.MaxPool2d(layer.size, layer.stride),
        Dropout: lambda layer: nn.Dropout(layer.rate),
        Flatten: lambda _: nn.Flatten(),
        ReLU: lambda _: nn.ReLU(),
    }
    names = {"scale": "weight", "shift": "bias"}
    parts = []
    for layer in network.layers:
        if type(layer) not in makers:
            raise TypeError(f"network: got a layer {type(layer).__name__}, which torch lacks here")
        part = makers[type(layer)](layer)
        with torch.no_grad():
            for name, value in layer.parameters.items():
                value = value.T if isinstance(layer, Affine) and name == "weight" else value
                tensor = torch.from_numpy(np.array(value))
                setattr(part, names.get(name, name), nn.Parameter(tensor))
        if isinstance(layer, BatchNorm):
            for name, value in (("running_mean", layer.mean), ("running_var", layer.variance)):
                setattr(part, name, torch.from_numpy(np.array(value, network.dtype)))
        parts.append(part)
    return nn.Sequential(*parts)


def _of_features(network: Network, layer: BatchNorm) -> bool:
    """Whether what a layer is given is (n, F), no maps: the nearest layer that has a shape says."""
    at = next(at for at, each in enumerate(network.layers) if each is layer)
    for each in reversed(network.layers[:at]):
        if isinstance(each, Affine | Flatten | Convolution | MaxPool):
            return isinstance(each, Affine | Flatten)
    behind = (
        e for e in network.layers[at:] if isinstance(e, Affine | Flatten | Convolution | MaxPool)
    )
    return isinstance(next(behind, None), Affine)
