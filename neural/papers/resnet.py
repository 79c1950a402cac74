"""Deep Residual Learning for Image Recognition: deeper plain networks fit worse, residual ones not.

A plain network of 56 layers has all that one of 20 layers can do, and yet its training error is
higher: it is harder to optimise. With shortcuts around every two layers it is not. Networks of
6n + 2 layers as of the work's section 4.2, a half as wide, learn scikit-learn's digits;
`data="cifar10"` takes the work's images, with its crops, and `--scale paper` its settings.

References:
    K. He, X. Zhang, S. Ren and J. Sun, CVPR 2016, sections 3 and 4.2, Table 6: test errors on
        CIFAR-10 of 8.75 % with 20 layers, 6.97 % with 56, 6.43 % with 110.
    L. Blier and Y. Ollivier, The description length of deep learning models, NeurIPS 2018: the code
        of labels by networks that are trained anew as labels become known.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from complexity.errors import one_of
from mdl.prequential import BlockwiseLearner, PrequentialCode
from mdl.report import Report
from mdl.weights import decompress, file_report
from mdl.weights.codec.search import logits
from mdl.weights.tensors import reproducible
from neural.classifying import Rows, compressed_within, measures, rows_of, scores
from neural.engine.paper import Arm, Check, Outcome, Paper, Trial
from neural.engine.settings import Limit
from neural.models.residual import ResidualNetwork, Shortcut, cifar
from neural.papers.rows import ROWS
from neural.tasks.images import LabelledImages, crops, labelled_images
from neural.training import TrainingRun, cosine, passes
from neural.training.schedules import Schedule, step_decay

if TYPE_CHECKING:
    from neural.engine.result import PaperResult
    from simulations.trajectory import Trajectory

__all__ = ["PAPER", "Refitted", "fitted", "learn", "network", "prequential"]


def network(given: Trial, channels: int, classes: int, *, seed: int) -> ResidualNetwork:
    """The arm's network with new weights."""
    depth, shortcut = given["layers"].get(str(given["depth"]), given["depth"]), given["shortcut"]
    with reproducible(seed):
        return cifar(
            depth, widths=given["widths"], order=given["order"],
            shortcut=Shortcut(**shortcut) if isinstance(shortcut, Mapping) else shortcut,
            channels=channels, classes=classes,
        )  # fmt: skip


def learn(given: Trial, module: nn.Module, rows: Rows, steps: int) -> TrainingRun:
    """A run that trains a classifier of images by momentum, for so many steps."""
    inner = passes(rows, min(given["batch"], len(rows[0])), seed=given.seed)

    def batches(step: int, rng: np.random.Generator) -> Rows:
        images, labels = inner(step, rng)
        if given["augment"]:
            images = crops(images, images.shape[-1], rng, pad=4, flip=True)
        return images, labels

    return TrainingRun(
        module,
        lambda net, batch: functional.cross_entropy(net(batch[0]), batch[1]),
        batches,
        optimiser="sgd",
        learning_rate=given["learning_rate"],
        schedule=_schedule(given, steps),
        options={"momentum": 0.9, "weight_decay": 1e-4},
        seed=given.seed,
        device=given.device,
        parameters={name: given[name] for name in ("data", "train", "batch", "augment", "decay")},
    )


def _schedule(given: Trial, steps: int) -> Schedule:
    """The rate's factor: a tenth while it warms up, then a cosine, or falling at two moments."""
    later = cosine(steps)
    if one_of("decay", given["decay"], ("cosine", "steps")) == "steps":
        later = step_decay((steps // 2, 3 * steps // 4))
    return lambda step: 0.1 if step < given["warmup"] else later(step)


@dataclass(kw_only=True)
class Refitted:
    """The arm's network as a learner of `mdl.prequential`, trained from new weights.

    Attributes:
        given: the trial.
        steps: of each training.
    """

    given: Trial
    steps: int

    name: ClassVar[str] = "residual network"
    portable: ClassVar[bool] = False

    def reset(self, inputs: NDArray[np.float64], alphabet_size: int, *, seed: int) -> None:
        """New weights."""
        self.net = network(self.given, inputs.shape[1], alphabet_size, seed=seed)

    def predict(self, inputs: NDArray[np.float64]) -> NDArray[np.float64]:
        """The softmax of the network's logits in evaluation mode, (b, K)."""
        table = logits(self.net, torch.from_numpy(inputs.astype(np.float32)))
        return torch.from_numpy(table).softmax(1).numpy()

    def update(self, inputs: NDArray[np.float64], labels: NDArray[np.int64]) -> None:
        """Train on these labels (n,) of images (n, C, H, W)."""
        rows = torch.from_numpy(inputs.astype(np.float32)), torch.from_numpy(labels)
        learn(self.given, self.net, rows, self.steps).advance(self.steps)


def prequential(given: Trial, found: LabelledImages) -> Report:
    """Bits of the training labels, by networks trained anew as labels grow by a factor."""
    learner = BlockwiseLearner(
        inner=Refitted(given=given, steps=given["refit_steps"]),
        first=given["refit_first"],
        growth=given["refit_growth"],
    )
    code = PrequentialCode(
        len(found.classes), learner, block_size=given["refit_first"], uniform=False,
        seed=given.seed,
    )  # fmt: skip
    report = code.report(found.train, found.train_labels, show=False)
    return replace(report, name="prequential")


def fitted(given: Trial) -> tuple[LabelledImages, ResidualNetwork, Rows, Rows, Trajectory]:
    """Images, the arm's network trained on them, both parts as tensors, and what was seen."""
    found = labelled_images(
        given["data"], train=given["train"], test=given["test"], seed=given.seed
    )
    module = network(given, found.train.shape[1], len(found.classes), seed=given.seed)
    train, test = rows_of(found)
    run = learn(given, module, train, given["steps"])
    times = np.linspace(0, given["steps"], given["times"]).round().astype(int)
    seen = given.observe(run, measures(train, test, device=given.device), times.tolist())
    module.cpu().eval()
    return found, module, train, test, seen


def trial(given: Trial) -> Outcome:
    """Train one network, look how well it fits; then code labels, and itself."""
    found, module, train, test, seen = fitted(given)
    metrics = scores(module, train, test)
    blob = compressed_within(
        module, train, given["rise"], evaluations=given["evaluations"], seed=given.seed
    )
    decoded, file = decompress(blob, module).eval(), file_report(blob, module)
    metrics |= {f"file_{name}": value for name, value in scores(decoded, train, test).items()}
    labels = prequential(given, found)
    metrics |= {
        "file_bits": file.total_bits,
        "file_bits_per_weight": file.total_bits / file.parameters,
        "prequential_bits": labels.total_bits,
        "uniform_bits": labels.uniform_bits,
    }
    return Outcome(metrics, (replace(file, name="quantised"), labels), seen, module)


def answer(result: PaperResult) -> str:
    """Labels' prequential bits by depth, and the files."""
    means: dict[str, Mapping[str, float]] = {
        arm: {name: float(result.values(arm, name).mean()) for name in result.metrics}
        for arm in result.arms
    }
    told = [f"{arm} layers {each['prequential_bits']:,.0f}" for arm, each in means.items()]
    best = min(means, key=lambda arm: means[arm]["prequential_bits"])
    files = [
        f"{arm} {each['file_bits']:,.0f} ({each['file_test_error']:.1%} wrong in the test)"
        for arm, each in means.items()
    ]
    uniform = next(iter(means.values()))["uniform_bits"]
    return (
        f"Of {uniform:,.0f} bits of the training labels, those learned as they are coded take: "
        + "; ".join(told)
        + f". The shortest is {best}. Files of networks that lose no more than the same on a "
        "label, in bits: " + "; ".join(files) + "."
    )


_LAB: dict[str, Any] = {
    "data": "digits", "train": 0, "test": 0, "depth": 20, "layers": {}, "widths": (8, 16, 32),
    "order": "original", "shortcut": "A", "augment": False, "batch": 100, "steps": 180,
    "learning_rate": 0.1, "decay": "cosine", "warmup": 0, "times": 7, "refit_first": 50,
    "refit_growth": 2.0, "refit_steps": 60, "rise": 0.02 / math.log(2), "evaluations": 10,
}  # fmt: skip


def _arms(depths: tuple[int, ...]) -> tuple[Arm, ...]:
    kinds = {"plain": "none", "residual": "A"}
    return tuple(
        Arm(f"{kind} {depth}", f"{depth} layers, shortcut {shortcut}",
            {"depth": depth, "shortcut": shortcut}, baseline=kind == "plain")
        for kind, shortcut in kinds.items() for depth in depths
    )  # fmt: skip


PAPER = Paper(
    key="resnet",
    reference=ROWS["resnet"].reference,
    claim="Plain networks degrade with depth, in what they fit of the training labels; residual "
    "networks do not.",
    question="How many bits do labels take by plain and by residual networks as they deepen, and "
    "how many the networks?",
    arms=_arms((8, 20, 56)),
    checks=(
        Check("plain: 20 layers fit better than 56, by 0.1 bits of a training label",
              "train_bits", "plain 20", "plain 56", "lower", 0.1),
        Check("residual: 56 layers take at most 0.05 bits more than 20", "train_bits",
              "residual 56", "residual 20", "lower", -0.05),
        Check("56 layers: residual fit better than plain, by 0.1 bits", "train_bits",
              "residual 56", "plain 56", "lower", 0.1),
        Check("56 layers: residual err less on the test", "test_error", "residual 56", "plain 56",
              "lower"),
    ),
    scales={
        "smoke": _LAB | {"train": 40, "test": 20, "layers": {"20": 8, "56": 14},
                         "widths": (2, 2, 2), "batch": 20, "steps": 3, "times": 3,
                         "refit_first": 20, "refit_steps": 1, "evaluations": 1},
        "lab": _LAB,
        "paper": _LAB | {"data": "cifar10", "widths": (16, 32, 64), "augment": True, "batch": 128,
                         "steps": 64_000, "decay": "steps", "times": 65, "refit_first": 1000,
                         "refit_steps": 10_000},
    },
    trial=trial,
    answer=answer,
    limits={"times": Limit(low=2), "shortcut": Limit(like=({},))},
    where="neural.papers.resnet:PAPER",
)  # fmt: skip
