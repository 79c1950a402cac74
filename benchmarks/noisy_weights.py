"""Noisy weights: what training costs beside plain training, how many bits it finds, and exactness.

Run `python -m benchmarks.noisy_weights` from the root of the repository (some two minutes). The
peers ivon-opt, torchbnn and bayesian-torch are timed where they are installed.
"""

from __future__ import annotations

import importlib
import math
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.label_data import digits
from benchmarks.lempel_ziv import peer
from benchmarks.targets import Target, table
from mdl.report import Report, shuffled_labels
from mdl.weights.hinton_van_camp.expected import Shape, expected_errors, plain_errors
from mdl.weights.hinton_van_camp.fitting import _Problem
from mdl.weights.variational import description_length, fit, noisy
from mdl.weights.variational.losses import Examples, as_examples, as_loss
from mdl.weights.variational.newton import NewtonDescent
from mdl.weights.variational.training import Descent

Step = Callable[[Examples], Tensor]
BATCH, ROUNDS, EPOCHS = 64, 21, 400
BARS = {
    "adam": {(): 1098.0, (16,): 1323.0, (32,): 1423.0},
    "newton": {(): math.nan, (16,): 1584.0, (32,): 1843.0},
}
"""Method -> hidden units -> bits: of a prototype with local reparametrisation in 400 epochs, and of
the best of four settings of ivon-opt."""


def network(hidden: tuple[int, ...], seed: int = 0) -> nn.Module:
    """A network from 64 pixels to 10 classes."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        if not hidden:
            return nn.Linear(64, 10)
        (units,) = hidden
        return nn.Sequential(nn.Linear(64, units), nn.ReLU(), nn.Linear(units, 10))


def plain_step(module: nn.Module, *, fused: bool) -> Step:
    """Plain training with AdamW, as torch has it or fused."""
    optimizer = torch.optim.AdamW(module.parameters(), fused=True if fused else None)

    def step(batch: Examples) -> Tensor:
        optimizer.zero_grad()
        loss = functional.cross_entropy(module(*batch.inputs), batch.labels)
        loss.backward()
        optimizer.step()
        return loss.detach()

    return step


def contenders(examples: Examples) -> dict[str, Step]:
    """A step of each way to train 64-32-10."""
    found: dict[str, Step] = {
        "AdamW": plain_step(network((32,)), fused=False),
        "AdamW, fused": plain_step(network((32,)), fused=True),
    }
    adam = Descent(noisy(network((32,))), examples, as_loss("classes"))
    newton = NewtonDescent(network((32,)), examples, as_loss("classes"))
    found["noisy"] = lambda batch: adam.step(batch, 1.0, 0.01)
    found["newton"] = lambda batch: newton.step(batch, 1.0, 0.01)
    return found | peers(len(examples))


def peers(n: int) -> dict[str, Step]:
    """The same by other packages, those that are installed."""
    found: dict[str, Step] = {}
    if (ivon := peer("ivon")) is not None:
        model = network((32,))
        optimizer = ivon.IVON(model.parameters(), lr=0.01, ess=n)

        def ivon_step(batch: Examples) -> Tensor:
            with optimizer.sampled_params(train=True):
                optimizer.zero_grad()
                loss = functional.cross_entropy(model(*batch.inputs), batch.labels)
                loss.backward()
            optimizer.step()
            return loss.detach()

        found["ivon-opt"] = ivon_step
    if (torchbnn := peer("torchbnn")) is not None:

        def bayes(i: int, o: int) -> nn.Module:
            return torchbnn.BayesLinear(0.0, 0.1, i, o)

        divergence = torchbnn.BKLLoss(reduction="sum", last_layer_only=False)
        found["torchbnn"] = _peer_step(
            nn.Sequential(bayes(64, 32), nn.ReLU(), bayes(32, 10)), lambda out: out, divergence, n
        )
    if peer("bayesian_torch") is not None:
        layers: Any = importlib.import_module("bayesian_torch.layers")

        class Net(nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.first = layers.LinearReparameterization(64, 32)
                self.second = layers.LinearReparameterization(32, 10)

            def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
                hidden, kl = self.first(x)
                out, more = self.second(torch.relu(hidden))
                self.kl = kl + more
                return out

        found["bayesian-torch"] = _peer_step(Net(), lambda out: out, lambda net: net.kl, n)
    return found


def _peer_step(
    module: nn.Module, outputs: Callable[[Any], Tensor], kl: Callable[[Any], Tensor], n: int
) -> Step:
    optimizer = torch.optim.AdamW(module.parameters(), weight_decay=0.0)

    def step(batch: Examples) -> Tensor:
        optimizer.zero_grad()
        out = outputs(module(*batch.inputs))
        loss = functional.cross_entropy(out, batch.labels)
        (loss + kl(module).sum() / n).backward()
        optimizer.step()
        return loss.detach()

    return step


def epoch_seconds(rounds: int = ROUNDS) -> dict[str, list[float]]:
    """CPU seconds of an epoch by every contender, interleaved."""
    examples = as_examples(digits())
    steps = contenders(examples)
    found: dict[str, list[float]] = {name: [] for name in steps}
    for each in range(rounds + 2):
        for name, step in steps.items():
            began, total = time.process_time(), torch.zeros(())
            shuffled = examples[torch.randperm(len(examples))]
            for start in range(0, len(examples), BATCH):
                batch = shuffled[start : start + BATCH]
                total += step(batch).mul_(len(batch))
            if each > 1:  # the first two are for warming up
                found[name].append(time.process_time() - began)
    return found


def speed() -> list[Target]:
    """Ratios to plain training, formed within a round."""
    seconds = epoch_seconds()
    found = []
    for plain in ("AdamW", "AdamW, fused"):
        for name, own in seconds.items():
            if name.startswith("AdamW"):
                continue
            ratios = [a / b for a, b in zip(own, seconds[plain], strict=True)]
            ours = name in ("noisy", "newton")
            found.append(
                Target(
                    f"CPU seconds of an epoch of 64-32-10, {name} by plain {plain}",
                    median(ratios),
                    "<=",
                    2.0 if ours else math.nan,
                    peer="" if ours else name,
                    note=f"median of {len(ratios)} interleaved rounds, {min(ratios):.2f} to "
                    f"{max(ratios):.2f}; batch {BATCH}, 1 thread",
                )
            )
    return found


def trained(
    hidden: tuple[int, ...], labels: np.ndarray, seed: int, method: Any, epochs: int = EPOCHS
) -> Report:
    """Bits of digits' labels by noisy weights."""
    data = (digits()[0], labels)
    module = network(hidden, seed)
    module = noisy(module) if method == "adam" else module
    found = fit(module, data, epochs=epochs, method=method, seed=seed, progress=False)
    posterior = None if method == "adam" else found.posterior
    return description_length(module, data, posterior=posterior, seed=seed)


def lengths(seeds: tuple[int, ...] = (0, 1)) -> list[Target]:
    """Total bits of all 1,797 labels."""
    labels, found = digits()[1], []
    for method, bars in BARS.items():
        for hidden, bar in bars.items():
            reports = [trained(hidden, labels, seed, method) for seed in seeds]
            totals = [report.total_bits for report in reports]
            name = "-".join(map(str, (64, *hidden, 10)))
            found.append(
                Target(
                    f"digits, {name}, {method}",
                    float(np.mean(totals)),
                    "<=",
                    bar,
                    "bits",
                    note=f"{EPOCHS} epochs, seeds {seeds}: "
                    + ", ".join(f"{total:.0f}" for total in totals)
                    + f"; model {reports[0].model_bits:.0f} + data {reports[0].data_bits:.0f} "
                    f"(s.e. {reports[0].details['data_bits_error']:.0f}) + header "
                    f"{reports[0].header_bits:.0f}",
                )
            )
    report = trained((16,), shuffled_labels(labels, seed=0), 0, "adam", 100)
    above = report.total_bits - report.uniform_bits
    what = "shuffled digits, 64-16-10, bits above uniform"
    note = f"100 epochs; header {report.header_bits:.0f}, "
    note += f"s.e. {report.details['data_bits_error']:.1f}"
    found.append(Target(what, above, ">=", 0.0, "bits", note=note))
    found.append(Target(what, above, "<=", 20.0, "bits", note=note))
    return found


def exactness() -> list[Target]:
    """The expected error of 1993 against sampled weights, its slopes against differences."""
    shape, rng = Shape(3, 4, 2), np.random.default_rng(0)
    mean, var = rng.normal(size=shape.weights), rng.uniform(0.01, 0.5, shape.weights)
    x, y = rng.normal(size=(7, 3)), rng.normal(size=(7, 2))
    draws = np.array(
        [plain_errors(shape, rng.normal(mean, np.sqrt(var)), x, y)[0] for _ in range(40_000)]
    )
    gap = np.abs(draws.mean(0) - expected_errors(shape, mean, var, x, y)[0])
    problem = _Problem(shape, x, y, 5)
    at = problem.start(rng)
    slope = problem.cost(at, 0.7)[1]
    steps = 1e-5 * np.eye(at.size)
    by_differences = np.array(
        [(problem.cost(at + e, 0.7)[0] - problem.cost(at - e, 0.7)[0]) / 2e-5 for e in steps]
    )
    return [
        Target(
            "Hinton and van Camp, expected error from that of sampled weights",
            float((gap / (draws.std(0) / math.sqrt(len(draws)))).max()), "<=", 4.0,
            "standard errors", note="40,000 draws, 2 outputs",
        ),
        Target(
            "Hinton and van Camp, slopes from finite differences",
            float(np.abs(slope - by_differences).max() / np.abs(slope).max()), "<=", 1e-6,
            note="largest difference by largest slope",
        ),
    ]  # fmt: skip


def targets(data: str | None = None) -> list[Target]:
    """Everything; `data` is not needed."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    return [*speed(), *lengths(), *exactness()]


if __name__ == "__main__":
    print(table(targets()))
