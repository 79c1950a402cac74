"""The networks whose files are compared: trained once, kept in the ignored folder runs/."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load, save

from complexity.files import write_atomically

RUNS = Path(__file__).resolve().parents[1] / "runs" / "weight_codec"


def perceptron(*sizes: int) -> torch.nn.Sequential:
    """Linear layers with ReLU between them."""
    layers: list[torch.nn.Module] = []
    for inputs, outputs in pairwise(sizes):
        layers += [torch.nn.Linear(inputs, outputs), torch.nn.ReLU()]
    return torch.nn.Sequential(*layers[:-1])


def trained(
    sizes: Sequence[int],
    inputs: NDArray[np.float32],
    labels: NDArray[np.int64],
    *,
    epochs: int,
    batch: int,
    rate: float,
    l1: float,
    seed: int = 0,
) -> torch.nn.Sequential:
    """A perceptron after Adam on a cosine schedule, L1 on its matrices. Cached by its settings."""
    settings = f"{sizes} {len(inputs)} {epochs} {batch} {rate} {l1} {seed} {torch.__version__}"
    name = "-".join(map(str, sizes)) + "-" + hashlib.sha256(settings.encode()).hexdigest()[:12]
    path = RUNS / f"{name}.safetensors"
    torch.manual_seed(seed)
    net = perceptron(*sizes)
    if path.exists():
        net.load_state_dict(load(path.read_bytes()))
        return net
    x, y = torch.from_numpy(inputs), torch.from_numpy(labels)
    generator = torch.Generator().manual_seed(seed)
    optimiser = torch.optim.Adam(net.parameters(), lr=rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, epochs)
    matrices = [p for p in net.parameters() if p.ndim > 1]
    for _ in range(epochs):
        for index in torch.randperm(len(x), generator=generator).split(batch):
            optimiser.zero_grad()
            loss = torch.nn.functional.cross_entropy(net(x[index]), y[index])
            (loss + l1 * sum(p.abs().sum() for p in matrices)).backward()
            optimiser.step()
        schedule.step()
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, save(net.state_dict()))
    return net


def nll_bits(
    net: torch.nn.Module, inputs: NDArray[np.float32], labels: NDArray[np.int64]
) -> tuple[float, float]:
    """Bits of the labels by the network, without any floor, and its accuracy."""
    with torch.no_grad():
        logits = net(torch.from_numpy(inputs)).double()
        target = torch.from_numpy(labels)
        nats = torch.nn.functional.cross_entropy(logits, target, reduction="sum")
        accuracy = (logits.argmax(1) == target).double().mean()
    return float(nats) / float(np.log(2)), float(accuracy)
