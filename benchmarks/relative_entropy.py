"""Relative entropy coding and subspace codes of networks on digits: bits of model and of labels.

Settings are those of the library's defaults and of the published networks; seeds are 0, 1, 2 for
everything, and none was chosen. `python -m benchmarks.relative_entropy` takes about three minutes
on one core.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from benchmarks.label_data import digits
from benchmarks.targets import Target, table
from mdl.weights.intrinsic import intrinsic_dimension
from mdl.weights.label_files import CodedWeights, encode_labels, label_report
from mdl.weights.relative_entropy import code_posterior, code_with_retraining
from mdl.weights.subspace import fit_subspace
from mdl.weights.variational import fit, noisy

SEEDS = (0, 1, 2)
ONE_PASS_SEEDS = tuple(range(10))


def _network(hidden: int) -> torch.nn.Module:
    torch.manual_seed(0)
    return torch.nn.Sequential(
        torch.nn.Linear(64, hidden), torch.nn.ReLU(), torch.nn.Linear(hidden, 10)
    )


def _spread(values: list[float]) -> str:
    return f"{min(values):.0f} to {max(values):.0f} over {len(values)} seeds"


class _Row:
    """Bits of several codes of the same thing."""

    def __init__(self, codes: Sequence[CodedWeights], module: torch.nn.Module) -> None:
        inputs, labels = digits()
        reports = [label_report(code, module, inputs, labels) for code in codes]
        self.model = [report.model_bits for report in reports]
        self.data = [report.data_bits for report in reports]
        self.both = [m + d for m, d in zip(self.model, self.data, strict=True)]
        self.file = float(np.mean([report.total_bits for report in reports]))
        blob = encode_labels(codes[0], module, inputs, labels)
        assert reports[0].total_bits == 8 * len(blob)

    def target(self, what: str, bar: float = float("nan"), note: str = "") -> Target:
        split = f"model {np.mean(self.model):.0f} + labels {np.mean(self.data):.0f}"
        rest = f"{split}; {_spread(self.both)}; file {self.file:.0f}"
        return Target(what, float(np.mean(self.both)), "<=", bar, "bits", note=f"{rest}{note}")


def targets(data: str | None = None) -> list[Target]:
    """The targets of relative entropy coding and of subspace codes, measured on digits."""
    del data  # scikit-learn's digits come with it
    torch.set_num_threads(1)
    inputs, labels = digits()
    module = _network(16)
    network = noisy(module)
    fit(network, (inputs, labels), epochs=400, seed=0, progress=False)
    posterior = network.posterior()
    bound = network.description_length((inputs, labels))
    found = [
        Target(
            "64-16-10, variational bound", bound.total_bits, unit="bits",
            note=f"model {bound.model_bits:.0f} + labels {bound.data_bits:.0f}",
        )
    ]  # fmt: skip
    one_pass = _Row([code_posterior(posterior, seed=s) for s in ONE_PASS_SEEDS], module)
    exact = [code_posterior(posterior, seed=s, method="poisson") for s in ONE_PASS_SEEDS]
    retrained = [
        code_with_retraining(module, (inputs, labels), posterior, seed=s, progress=False)
        for s in SEEDS
    ]
    kl = retrained[0].kl_bits
    prior = 8 * len(retrained[0].prior.blob)
    row = _Row(retrained, module)
    found += [
        Target(
            "64-16-10, model bits over KL, retrained", (float(np.mean(row.model)) + prior) / kl,
            bar=1.20, note=f"KL {kl:.0f}; indices {row.model[0]:.0f}, prior {prior}",
        ),
        row.target("64-16-10, retrained blocks, model and labels"),
        one_pass.target("64-16-10, one pass, 16-bit blocks, model and labels"),
        Target(
            "64-16-10, one pass, the sender keeps the best of ten seeds (it is in the file)",
            min(one_pass.both), unit="bits",
        ),
        _Row(exact, module).target("64-16-10, Poisson functional representation"),
    ]  # fmt: skip
    budget = [
        code_with_retraining(module, (inputs, labels), posterior, seed=s, count=50, progress=False)
        for s in SEEDS
    ]
    found.append(_Row(budget, module).target("64-16-10, retrained, 50 blocks of 16 bits"))
    module = _network(32)
    bars = {64: 2387.0, 256: 1449.0, 512: 1459.0}
    for dimension in (64, 128, 256, 512):
        seeds = SEEDS if dimension == 256 else SEEDS[:1]
        codes = [
            fit_subspace(module, (inputs, labels), dimension=dimension, seed=s, progress=False)
            for s in seeds
        ]
        what = f"64-32-10 in {dimension} dimensions, model and labels"
        found.append(_Row(codes, module).target(what, bars.get(dimension, float("nan"))))
    train, test = (inputs[:1437], labels[:1437]), (inputs[1437:], labels[1437:])
    needed = intrinsic_dimension(lambda: _network(32), train, test=test, progress=False)
    found.append(
        Target(
            "64-32-10, d_int90 on the grid 4, 8, ..., 512", needed.dimension or float("inf"),
            unit="dimensions", note=f"baseline test accuracy {needed.baseline:.3f}; seed 0",
        )
    )  # fmt: skip
    return found


if __name__ == "__main__":
    print(table(targets()))
