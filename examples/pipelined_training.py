"""A network in stages: `python -m examples.pipelined_training --stages 2`, or by torchrun.

`torchrun --nproc-per-node 2 -m examples.pipelined_training --stages 2` does the same with processes
that torchrun starts. Learns which of three points on a circle is nearest, by a network of layers
in a row; prints what each stage holds, the law of the bubble, and a digest of the weights, which is
the same for any number of stages.
"""

from __future__ import annotations

import argparse
import hashlib
import os

import torch
from torch import Tensor, nn

from mdl.weights.tensors import reproducible, tensors_of
from neural.pipeline import bubble, train


def network(width: int, depth: int) -> nn.Sequential:
    """Blocks in a row, each one layer to the pipeline."""
    blocks = [
        nn.Sequential(nn.Linear(2 if at == 0 else width, width), nn.LayerNorm(width), nn.ReLU())
        for at in range(depth)
    ]
    return nn.Sequential(*blocks, nn.Linear(width, 3))


def points(count: int) -> tuple[Tensor, Tensor]:
    """Points of the plane (count, 2) and the nearest of three on a circle (count,) int64."""
    angles = torch.arange(3) * (2 * torch.pi / 3)
    centres = torch.stack([angles.cos(), angles.sin()], dim=1)  # (3, 2)
    drawn = torch.randn(count, 2, generator=torch.Generator().manual_seed(0))
    return drawn, torch.cdist(drawn, centres).argmin(dim=1)


def main(arguments: list[str] | None = None) -> None:
    """Train and report; under torchrun every process runs this."""
    parser = argparse.ArgumentParser(prog="examples.pipelined_training", description=__doc__)
    parser.add_argument("--stages", type=int, default=2)
    parser.add_argument("--microbatches", type=int, default=8)
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--width", type=int, default=32)
    parser.add_argument("--depth", type=int, default=7)
    parser.add_argument("--schedule", default="gpipe", help="gpipe or 1f1b")
    parser.add_argument("--rematerialise", action="store_true")
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    given = parser.parse_args(arguments)
    with reproducible(0):
        module = network(given.width, given.depth)
    inputs, labels = points(2048)
    found = train(
        module, nn.functional.cross_entropy, inputs, labels, stages=given.stages,
        microbatches=given.microbatches, steps=given.steps, batch=256, schedule=given.schedule,
        rematerialise=given.rematerialise, device=given.device, clip=1.0, learning_rate=3e-3,
    )  # fmt: skip
    if os.environ.get("RANK", "0") == "0":
        waits = float(bubble(given.stages, given.microbatches))
        weights = [t.detach().cpu().numpy().tobytes() for t in tensors_of(module).values()]
        print(found)
        print(f"each stage waits {waits:.3f} of the time, if all take the same")
        print(f"weights {hashlib.sha256(b''.join(weights)).hexdigest()[:16]}")


if __name__ == "__main__":
    main()
