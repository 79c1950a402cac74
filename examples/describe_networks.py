"""How many bits are three trained networks? `python -m examples.describe_networks`.

A perceptron and a small convolutional network that read scikit-learn's digits, and a transformer
that tells which of two letters is more frequent; classes that any script might have. Writes
docs/results/describe.json, docs/figures/describe.png and the tables of docs/describe.md.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, relu

import neural
from complexity.figures import new_figure, save_figure
from complexity.files import save_json
from complexity.provenance import versions
from complexodynamics.tables import fill
from neural.describing.figure import draw_codes, draw_layers

COMMAND = "python -m examples.describe_networks"


class Perceptron(nn.Module):
    """Images of 64 pixels to digits."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden, self.out = nn.Linear(64, 32), nn.Linear(32, 10)

    def forward(self, images: Tensor) -> Tensor:
        return self.out(relu(self.hidden(images)))


class ConvNet(nn.Module):
    """Images of 8 x 8 pixels to digits."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(1, 8, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(8)
        self.second = nn.Conv2d(8, 16, 3, stride=2, padding=1)
        self.out = nn.Linear(16 * 4 * 4, 10)

    def forward(self, images: Tensor) -> Tensor:
        found = relu(self.norm(self.first(images)))
        return self.out(relu(self.second(found)).flatten(1))


class Encoder(nn.Module):
    """Twelve letters of six to whether the first of them occurs more often than the second."""

    def __init__(self) -> None:
        super().__init__()
        self.letters = nn.Embedding(6, 16)
        self.places = nn.Parameter(torch.randn(12, 16) / 16)
        layer = nn.TransformerEncoderLayer(16, 2, 32, dropout=0.0, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, 1, enable_nested_tensor=False)
        self.out = nn.Linear(16, 2)

    def forward(self, letters: Tensor) -> Tensor:
        return self.out(self.encoder(self.letters(letters) + self.places).mean(1))


def trained(
    make: Callable[[], nn.Module], inputs: Tensor, labels: Tensor, steps: int, rate: float
) -> nn.Module:
    """A network after so many steps of AdamW on all the data."""
    torch.manual_seed(0)
    module = make().train()
    adam = torch.optim.AdamW(module.parameters(), rate)
    for _ in range(steps):
        adam.zero_grad()
        cross_entropy(module(inputs), labels).backward()
        adam.step()
    return module


def main() -> None:
    """Train, describe, draw, write."""
    begun = time.perf_counter()
    pixels, digits = load_digits(return_X_y=True)
    images, labels = torch.tensor(pixels / 16).float(), torch.tensor(digits)
    letters = torch.from_numpy(np.random.default_rng(0).integers(0, 6, (2000, 12)))
    more = ((letters == 0).sum(1) > (letters == 1).sum(1)).long()
    made = {
        "perceptron": (Perceptron, images, labels, 300, 1e-2),
        "convolutional": (ConvNet, images.reshape(-1, 1, 8, 8), labels, 150, 1e-2),
        "transformer": (Encoder, letters, more, 300, 1e-2),
    }
    found = {}
    for name, (make, inputs, classes, steps, rate) in made.items():
        module = trained(make, inputs, classes, steps, rate)
        codes = "all" if name == "perceptron" else None
        found[name] = neural.describe(module, (inputs, classes), codes, make=make)
        print(found[name], end="\n\n", flush=True)
    figure = new_figure(figsize=(10, 9))
    for (left, right), each in zip(figure.subplots(3, 2), found.values(), strict=True):
        draw_codes(left, list(each.reports))
        draw_layers(right, each)
        left.set_title(f"{each.name}, {each.parameters:,} weights", loc="left", fontsize="medium")
    save_figure(figure, "docs/figures/describe.png")
    document = {
        "command": COMMAND,
        "versions": versions("numpy", "torch", "scikit-learn"),
        "seconds": time.perf_counter() - begun,
        "networks": {name: each.to_dict() for name, each in found.items()},
    }
    save_json("docs/results/describe.json", document)
    tables = {name: f"```\n{each}\n```" for name, each in found.items()}
    tables["layers"] = f"```\n{found['convolutional'].layers}\n```"
    fill(Path("docs/describe.md"), tables)


if __name__ == "__main__":
    from examples import describe_networks  # by its name: a fresh process finds classes so

    describe_networks.main()
