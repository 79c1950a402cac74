"""One model over several processes: `torchrun --nproc-per-node 2 -m examples.sharded_training`.

Learns sums modulo 59 with weights, gradients and moments sharded, and keeps checkpoints: the same
command goes on after an interruption, with any number of processes. Prints the training labels'
bits, each coded at first sight, and those of the last network.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
import torch.distributed as dist
from torch import Tensor, nn

from mdl.weights.tensors import reproducible
from neural.models import ModularMLP
from neural.tasks import modular
from neural.training import TrainingRun, label_bits, minibatches
from neural.training.distributed import averaged, gathered, load, processes, save, sharded, split


def mean_loss(module: nn.Module, batch: tuple[Tensor, Tensor]) -> Tensor:
    """Cross-entropy in nats."""
    return nn.functional.cross_entropy(module(batch[0]), batch[1])


def main(arguments: list[str] | None = None) -> None:
    """Train, resume, report; what torchrun runs in every process."""
    parser = argparse.ArgumentParser(prog="examples.sharded_training", description=__doc__)
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--every", type=int, default=100, help="steps between checkpoints")
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    parser.add_argument("--out", type=Path, default=Path("runs/sharded"))
    given = parser.parse_args(arguments)
    task = modular(59, "add", share=0.4, seed=0)
    rows = [torch.from_numpy(each) for each in (task.train_inputs, task.train_labels)]
    with reproducible(0):
        module = ModularMLP(59, width=64, hidden=128)
    with processes(given.device) as device:
        run = TrainingRun(
            sharded(module, device), split(mean_loss), minibatches(rows, 256),
            options={"weight_decay": 1.0}, clip=1.0, device=device, prequential=label_bits,
        )  # fmt: skip
        load(run, given.out)
        while run.time < given.steps:
            run.advance(min(given.every, given.steps - run.time))
            save(run, given.out)
            loss = averaged(run.last_loss)
            if dist.get_rank() == 0:
                print(f"step {run.time}: loss {loss:.6f} nats, prequential bits "
                      f"{run.prequential_bits:.1f} of {run.examples_seen} labels")  # fmt: skip
        tensors = gathered(run.module)
        if dist.get_rank() == 0:
            from safetensors.torch import save_file

            save_file(tensors, given.out / "weights.safetensors")


if __name__ == "__main__":
    main()
