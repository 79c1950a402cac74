"""Neural Message Passing for Quantum Chemistry (Gilmer and others): an energy from a molecule.

Messages along bonds for T steps, beside T = 0, where a molecule is no more than the atoms it is
made of; and of the readouts, sums over atoms and set2set. On QM7's real molecules where they are at
hand (`data="qm7"`, `"esol"`), else on random ones that Hückel's theory solves (`"hueckel"`).

References:
    J. Gilmer et al., ICML 2017, sections 5 and 6.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from scipy.special import ndtr
from torch import Tensor, nn
from torch.nn import functional

from complexity.code import Kind
from complexity.errors import one_of
from mdl.report import Report
from mdl.weights import compress, decompress, file_report
from mdl.weights.tensors import reproducible
from neural.datasets import available
from neural.engine.paper import Arm, Check, Outcome, Paper, Trial
from neural.engine.settings import Limit
from neural.models.message_passing import MessagePassing
from neural.papers.rows import ROWS
from neural.tasks.molecules import MoleculeGraphs, esol, hueckel, qm7, split
from neural.training import PREQUENTIAL, Measures, RowBatches, TrainingRun, cosine, linear_warmup

if TYPE_CHECKING:
    from neural.engine.result import PaperResult

__all__ = ["PAPER"]

_STEP = {"hueckel": 0.01, "qm7": 0.1, "esol": 0.01}
"""To what the targets are told: in beta, kcal/mol, log10 mol/l."""
_TOLERANCE = 0.02
"""Relative error of the weights in the file."""
_CONSTANTS_BITS = 2 * 32
"""What targets are scaled by, told beforehand: mean, of all or for an atom, and deviation."""


def _graphs(given: Trial) -> tuple[MoleculeGraphs, ...]:
    """To learn from, to test on."""
    if one_of("data", given["data"], _STEP) == "hueckel":
        made = hueckel(given["molecules"] + given["tested"], seed=given.seed)
    else:
        made = {"qm7": qm7, "esol": esol}[given["data"]]()
    return split(made, given["tested"], seed=given.seed)


class _Predictor(nn.Module):
    """A network for scaled targets, and how far it was off on molecules that it had not seen.

    Args:
        net: gives (n, 1).
        step: to what targets are told, scaled.
    """

    off: Tensor

    def __init__(self, net: nn.Module, step: float) -> None:
        super().__init__()
        self.net, self.step = net, step
        self.register_buffer("off", torch.ones(2))  # squares, how many: at first one of 1

    def forward(self, *graphs: Tensor) -> Tensor:
        """Scaled predictions (n,)."""
        return self.net(*graphs)[:, 0]

    def code(self, _: nn.Module, batch: tuple[Tensor, ...]) -> Tensor:
        """Bits of molecules never seen, (n,); then their squares are among those that were.

        The deviation is that of the errors so far, older ones counting less. It is what a receiver
        knows too.
        """
        squares, count = self.off.double().tolist()
        error = (batch[-1] - self(*batch[:-1])).double()
        bits = cell_bits(error.cpu().numpy(), math.sqrt(squares / count), self.step)
        kept = _MEMORY ** len(error)
        seen = torch.stack([error.square().sum(), error.new_tensor(len(error))])
        self.off.mul_(kept).add_(seen.to(self.off))
        return torch.from_numpy(bits)


_MEMORY = 0.995
"""What an error counts less for each that came after it: about 200 count."""
_WIDE = 0.02
"""Share of a law of deviation 1, for errors that the other would never have expected."""


def cell_bits(errors: np.ndarray, deviation: float, step: float) -> np.ndarray:
    """Bits of numbers told to a multiple of `step` by a normal law around their predictions.

    Args:
        errors: (n,), how far the numbers are from the predictions.
        deviation: of the law; a normal law of deviation 1 has a share of 0.02 beside it.
        step: of the numbers; what counts is the law's mass in the cell of this width.

    Returns:
        (n,) ideal codelengths, float64.
    """
    away = np.abs(errors)
    mass = [
        share * (ndtr(-(away - step / 2) / sd) - ndtr(-(away + step / 2) / sd))
        for share, sd in ((1 - _WIDE, deviation), (_WIDE, 1.0))
    ]
    return -np.log2(np.maximum(sum(mass), 2.0**-1000))


def _stream(count: int, batch: int, every: int, until: int) -> Any:
    """Rows for each step: at every so many new ones, else some of those that were seen.

    All were seen after `until` steps.
    """
    parts = min(-(-until // every), count)  # of one molecule or more each
    edges = np.linspace(0, count, parts + 1).round().astype(int)

    def choose(step: int, rng: np.random.Generator) -> Tensor:
        at, later = divmod(step, every)
        seen = int(edges[min(at + 1, len(edges) - 1)])
        if not later and at + 1 < len(edges):
            return torch.arange(int(edges[at]), seen)
        return torch.from_numpy(rng.choice(seen, min(batch, seen), replace=False))

    return choose


def trial(given: Trial) -> Outcome:
    """Learn from molecules that come one after another, each coded before it is learned from."""
    train, test = _graphs(given)
    if np.ptp(train.targets) == 0:
        raise ValueError(f"molecules: got {len(train)} of one target, accepted are different ones")
    scale, step = float(np.float32(train.targets.std())), _STEP[given["data"]]
    # what a molecule has before it is looked at: the mean, or as much for each atom where a sum
    # could not make up for a mean that was taken away
    sizes = [
        np.ones(len(x)) if given["readout"] == "set2set" else x.nodes.any(2).sum(1)
        for x in (train, test)
    ]
    each = float(np.float32(train.targets.sum() / sizes[0].sum()))
    told = np.round(train.targets / step) * step  # what is coded, and learned
    scaled = ((told - each * sizes[0]) / scale).astype(np.float32)
    arrays = [train.nodes, train.edges, train.features, scaled]
    options = {name: given[name] for name in ("width", "steps", "readout", "process", "hidden")}
    with reproducible(given.seed):
        net = MessagePassing(
            train.nodes.shape[2], train.features.shape[2], messages=given["messages"],
            edge_hidden=given["edge_hidden"], virtual=given["virtual"], **options,
        )  # fmt: skip
    module = _Predictor(net, step / scale)
    updates = given["updates"]
    run = TrainingRun(
        module,
        lambda module, batch: functional.mse_loss(module(*batch[:-1]), batch[-1]),
        RowBatches(arrays, _stream(len(train), given["batch"], given["every"], updates * 3 // 4)),
        optimiser="adam",
        learning_rate=given["learning_rate"],
        schedule=linear_warmup(updates // 50, cosine(updates)),
        clip=4.0,
        seed=given.seed,
        device=given.device,
        prequential=module.code,
        parameters={name: given[name] for name in ("data", "tested", "every", "updates", "batch")},
    )

    def off(found: nn.Module) -> float:
        predicted = _predicted(found, test) * scale + each * sizes[1]
        return float(np.abs(predicted - test.targets).mean())

    measures = Measures({"error": (off, train.unit)}, of_run=PREQUENTIAL)
    times = np.linspace(0, updates, given["times"]).astype(int).tolist()
    seen = given.observe(run, measures, times)
    module.cpu().eval()
    coded = run.prequential_bits + _CONSTANTS_BITS
    blob = compress(net, tolerance=_TOLERANCE)
    coarse = _Predictor(decompress(blob, net).eval(), module.step)
    metrics = {
        "error": off(module),
        "bits_per_molecule": coded / len(train),
        "last_bits_per_molecule": _last(seen),
        "file_error": off(coarse),
        "error_octaves": math.log2(off(module)),
        "linear_error": _linear(train, test, bonds=False),
        "linear_bonds_error": _linear(train, test, bonds=True),
    }
    reports = (
        file_report(blob, net),
        Report(
            "prequential", Kind.IDEAL, 0.0, run.prequential_bits, _CONSTANTS_BITS,
            labels=len(train), details={"step": step, "unit": train.unit},
        ),
    )  # fmt: skip
    return Outcome(metrics, reports, seen, net)


@torch.no_grad()
def _predicted(module: nn.Module, test: MoleculeGraphs) -> np.ndarray:
    """Scaled predictions (n,), float64."""
    device = next(module.parameters()).device
    parts = [
        torch.from_numpy(x).to(device).split(200) for x in (test.nodes, test.edges, test.features)
    ]
    found = [module(*some) for some in zip(*parts, strict=True)]
    return torch.cat(found).double().cpu().numpy()


def _last(seen: Any) -> float:
    """Bits of a molecule among the later half of those that were coded."""
    bits, count = (seen[name][:, 0] for name in PREQUENTIAL)
    half = int(np.searchsorted(count, count[-1] / 2))
    return float((bits[-1] - bits[half]) / max(count[-1] - count[half], 1))


def _linear(train: MoleculeGraphs, test: MoleculeGraphs, *, bonds: bool) -> float:
    """Mean absolute error of least squares on how many atoms there are of each feature, and bonds.

    What messages have to beat.
    """

    def counts(graphs: MoleculeGraphs) -> np.ndarray:
        parts = [graphs.nodes.sum(1), np.ones((len(graphs), 1))]
        return np.concatenate([*parts, graphs.features.sum(1)] if bonds else parts, 1)

    fitted = np.linalg.lstsq(counts(train).astype(float), train.targets)[0]
    return float(np.abs(counts(test) @ fitted - test.targets).mean())


def answer(result: PaperResult) -> str:
    """Prequential bits of a molecule's target, by steps of messages."""
    told = []
    for arm in result.arms:
        every, last, error = (
            result.values(arm, name).mean()
            for name in ("bits_per_molecule", "last_bits_per_molecule", "error")
        )
        told.append(f"{arm}: {every:.2f} ({last:.2f} in the later half; error {error:.3g})")
    steps = [arm for arm in result.arms if arm != "set2set"]
    best = min(steps, key=lambda arm: result.values(arm, "bits_per_molecule").mean())
    return (
        "Bits of a molecule's target, coded before it is learned from: "
        + "; ".join(told)
        + f". Of the sums, the shortest code is that of {best}."
    )


_LAB = {
    "data": "qm7" if available("qm7") else "hueckel", "molecules": 2000, "tested": 1000,
    "width": 24, "steps": 2, "messages": "edge network", "edge_hidden": (32,), "virtual": False,
    "readout": "gated sum", "process": 3, "hidden": 64, "batch": 32, "every": 10,
    "updates": 1500, "learning_rate": 3e-3, "times": 11,
}  # fmt: skip

PAPER = Paper(
    key="message-passing",
    reference=ROWS["message-passing"].reference,
    claim="Messages along bonds predict a molecule's energy better than its atoms alone, and "
    "set2set reads it out better than a sum.",
    question="How many bits of a molecule's energy do messages save, and up to which step?",
    arms=(
        Arm("2 steps", "edge network, GRU, gated sum", {"steps": 2}),
        Arm("no messages", "the readout of the atoms", {"steps": 0}, baseline=True),
        Arm("1 step", "neighbours alone", {"steps": 1}),
        Arm("4 steps", "farther", {"steps": 4}),
        Arm("set2set", "2 steps, read out by set2set", {"readout": "set2set"}),
    ),
    checks=(
        Check("half the error without messages at most, in octaves", "error_octaves", "2 steps",
              "no messages", "lower", 1.0),
        Check("and fewer prequential bits", "bits_per_molecule", "2 steps", "no messages",
              "lower"),
        Check("set2set errs less than the sum", "error", "set2set", "2 steps", "lower"),
    ),
    scales={
        "smoke": _LAB | {"data": "hueckel", "molecules": 40, "tested": 10, "width": 16,
                         "edge_hidden": (4,), "process": 2, "hidden": 8, "batch": 8, "every": 4,
                         "updates": 12, "times": 4},
        "lab": _LAB,
        # the released program's sizes
        "paper": _LAB | {"data": "qm7", "width": 50, "edge_hidden": (50, 50, 50), "process": 12,
                         "hidden": 200, "batch": 20, "every": 500, "updates": 3_000_000,
                         "learning_rate": 1.3e-4, "times": 31},
    },
    trial=trial,
    answer=answer,
    limits={name: Limit(low=2) for name in ("times", "updates", "molecules")},
    where="neural.papers.message_passing:PAPER",
)  # fmt: skip
