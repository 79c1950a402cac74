"""ImageNet Classification with Deep Convolutional Neural Networks: ReLU, and against overfitting.

Five convolutions in two towers and three linear layers, with all that the work says of them, at a
size that one core trains in a minute. The lab's images are 2,000 of CIFAR-10 where they are at
hand, and scikit-learn's digits else (`data="digits"`, `train=0`); at paper scale they are all of
CIFAR-10. The lab leaves out the normalisation of responses, which doubles a step's time.

References:
    A. Krizhevsky, I. Sutskever and G. Hinton, NIPS 2012: section 3.1 and Figure 1 (on CIFAR-10 a
        network with ReLU reaches 25 % training error six times faster than one with tanh, each with
        its own rate and no regularisation), 4.1 (crops, reflections, colours; ten crops averaged),
        4.2 (dropout), 5 (momentum and decay of weights).
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from complexity.errors import one_of
from mdl.weights import decompress, file_report
from mdl.weights.tensors import reproducible
from neural.classifying import Rows, compressed_within, measures, rows_of, scores
from neural.datasets import available
from neural.describing.layers import layers_of
from neural.engine.paper import Arm, Check, Outcome, Paper, Trial
from neural.engine.settings import Limit
from neural.models.alexnet import SMALL, AlexNet
from neural.papers.rows import ROWS
from neural.tasks.images import (
    colour_shifts,
    crops,
    labelled_images,
    principal_colours,
    ten_crops,
)
from neural.training import TrainingRun, cosine, passes

if TYPE_CHECKING:
    from neural.engine.result import PaperResult

__all__ = ["PAPER", "first_below", "shares"]

_NETWORKS: dict[str, dict[str, Any]] = {
    "digits": {"side": 7, "channels": 1, "first": (3, 1), "pad": 1},
    "cifar10_sample": {},
    "cifar10": {},
}
"""By data what differs from `SMALL`; a side is an eighth less than the images'."""


def trial(given: Trial) -> Outcome:
    """Train one network, watch its errors in training and test, and see where its bits are."""
    options = SMALL | _NETWORKS[one_of("data", given["data"], _NETWORKS)]
    side = options["side"]
    found = labelled_images(
        given["data"], train=given["train"], test=given["test"], seed=given.seed
    )
    with reproducible(given.seed):
        module = AlexNet(
            **options | {"kernels": given["kernels"], "hidden": given["hidden"]},
            activation=given["activation"], dropout=0.5 if given["dropout"] else 0.0,
            pool=given["pool"], normalise=given["normalise"],
        )  # fmt: skip
    whole = rows_of(found)
    train, test = ((_centre(images, side), labels) for images, labels in whole)
    inner = passes(whole[0], given["batch"], seed=given.seed)
    colours = principal_colours(found.train)

    def batches(step: int, rng: np.random.Generator) -> Rows:
        images, labels = inner(step, rng)
        if not given["augment"]:
            return _centre(images, side), labels
        changed = crops(images, side, rng, flip=images.shape[1] == 3)  # no digit has a mirror image
        return colour_shifts(changed, colours, rng), labels

    run = TrainingRun(
        module,
        lambda net, batch: functional.cross_entropy(net(batch[0]), batch[1]),
        batches,
        optimiser=given["optimiser"],
        learning_rate=given["learning_rate"],
        schedule=cosine(given["steps"]),
        options=given["options"],
        seed=given.seed,
        device=given.device,
        parameters={name: given[name] for name in ("data", "train", "batch", "augment")},
    )
    some = train[0][: given["watched"]], train[1][: given["watched"]]
    times = np.linspace(0, given["steps"], given["times"]).round().astype(int)
    seen = given.observe(run, measures(some, test, device=given.device), times.tolist())
    module.cpu().eval()
    metrics = scores(module, train, test)
    metrics["gap"] = metrics["test_error"] - metrics["train_error"]
    reached = first_below(times, seen["train_error"][:, 0], 0.25)
    metrics["steps_log2"] = math.log2(max(reached, 1.0))
    metrics["ten_crop_error"] = _ten_crop_error(module, whole[1], side)
    blob = compressed_within(
        module, some, given["rise"], quantiser=given["quantiser"],
        evaluations=given["evaluations"], seed=given.seed,
    )  # fmt: skip
    file = replace(file_report(blob, module), name="quantised")
    metrics["file_bits"] = file.total_bits
    metrics["file_test_error"] = scores(decompress(blob, module).eval(), some, test)["test_error"]
    metrics |= shares(module, blob)
    return Outcome(metrics, (file,), seen, module)


def _centre(images: Tensor, side: int) -> Tensor:
    """The middle of images (n, C, H, W), (n, C, side, side)."""
    top, left = ((size - side) // 2 for size in images.shape[2:])
    return images[:, :, top : top + side, left : left + side].contiguous()


def first_below(times: NDArray[np.int64], errors: NDArray[np.float64], level: float) -> float:
    """When an error first is at most `level`, between measurements by the line through them.

    Args:
        times: (t,) of the measurements, from 0.
        errors: (t,) there.
        level: to reach.

    Returns:
        The time; the last one if it never is so low.
    """
    reached = np.flatnonzero(errors <= level)
    if not reached.size:
        return float(times[-1])
    at = int(reached[0])
    if not at:
        return float(times[0])
    (before, after), (start, end) = errors[at - 1 : at + 1], times[at - 1 : at + 1]
    return float(start + (end - start) * (before - level) / (before - after))


@torch.no_grad()
def _ten_crop_error(module: nn.Module, test: Rows, side: int) -> float:
    """Errors of the mean of predictions for ten crops (five where mirror images mean nothing)."""
    views = ten_crops(test[0], side)
    views = views if test[0].shape[1] == 3 else views[:5]
    chances = torch.stack([module(each).softmax(1) for each in views]).mean(0)  # (m, K)
    return float((chances.argmax(1) != test[1]).double().mean())


def shares(module: AlexNet, blob: bytes) -> dict[str, float]:
    """Of weights and of the file's bits, what is in convolutions and what in linear layers.

    Args:
        module: the network.
        blob: its file.

    Returns:
        "convolutions_weights" and "convolutions_bits", shares of all; "convolutions_each" and
        "linear_each", bits of a weight.
    """
    by_layer = layers_of(module, {"file": blob}).by_layer("file")
    sums = {
        name: np.sum([each for layer, each in by_layer.items() if layer.startswith(part)], axis=0)
        for name, part in (("convolutions", "see."), ("linear", "answer."))
    }
    weights, bits = sums["convolutions"] / (sums["convolutions"] + sums["linear"])
    return {
        "convolutions_weights": float(weights),
        "convolutions_bits": float(bits),
        **{f"{name}_each": float(each[1] / each[0]) for name, each in sums.items()},
    }


def answer(result: PaperResult) -> str:
    """Where weights and bits are."""
    told = []
    for arm in result.arms:
        weights, bits, conv, linear = (
            result.values(arm, name).mean()
            for name in ("convolutions_weights", "convolutions_bits", "convolutions_each",
                         "linear_each")
        )  # fmt: skip
        told.append(
            f"{arm}: {weights:.1%} of the weights, {bits:.1%} of the bits ({conv:.2f} bits each, "
            f"in linear layers {linear:.2f})"
        )
    return (
        "In the convolutions are, of networks in files that lose no more than the same on a "
        "label: " + "; ".join(told) + ". At the published size 3.8% of the weights are there."
    )


_COLOURS = available("cifar10_sample")

_LAB: dict[str, Any] = {
    "data": "cifar10_sample" if _COLOURS else "digits", "train": 2000 if _COLOURS else 0,
    "test": 0, "kernels": SMALL["kernels"], "hidden": SMALL["hidden"], "activation": "relu",
    "pool": (3, 2), "normalise": False, "dropout": False, "augment": False, "batch": 64,
    "steps": 1000, "optimiser": "adam", "options": {}, "learning_rate": 1e-3, "times": 21,
    "watched": 1000,
    "rise": 0.02 / math.log(2), "quantiser": "scalar", "evaluations": 12,
}  # fmt: skip

PAPER = Paper(
    key="alexnet",
    reference=ROWS["alexnet"].reference,
    claim="Networks with ReLU learn several times faster than with tanh; dropout and changed "
    "images cut overfitting.",
    question="Where are the bits: in the convolutions, or in the fully connected layers?",
    arms=(
        Arm("ReLU", "neither dropout nor changed images"),
        Arm("tanh", "the same", {"activation": "tanh"}, baseline=True),
        Arm("dropout", "ReLU, half of the hidden linear units", {"dropout": True}),
        Arm("augmented", "ReLU, random crops, reflections and colours", {"augment": True}),
        Arm("both", "ReLU, dropout and changed images", {"dropout": True, "augment": True}),
    ),
    checks=(
        Check("ReLU reaches 25 % training error in half the steps of tanh", "steps_log2", "ReLU",
              "tanh", "lower", 1.0),
        Check("dropout: less between training and test error", "gap", "dropout", "ReLU", "lower"),
        Check("changed images: less between training and test error", "gap", "augmented", "ReLU",
              "lower"),
        Check("both: a lower test error", "test_error", "both", "ReLU", "lower"),
    ),
    scales={
        "smoke": _LAB | {"data": "digits", "train": 60, "test": 30, "kernels": (4, 4, 4, 4, 4),
                         "hidden": (8, 8), "batch": 20, "steps": 4, "times": 3, "watched": 40,
                         "evaluations": 1},
        "lab": _LAB,
        "paper": _LAB | {"data": "cifar10", "kernels": (64, 192, 384, 256, 256),
                         "hidden": (4096, 4096), "train": 0, "normalise": True, "batch": 128,
                         "optimiser": "sgd", "learning_rate": 0.01,
                         "options": {"momentum": 0.9, "weight_decay": 5e-4},
                         "steps": 35_000, "times": 91, "watched": 10_000},
    },
    trial=trial,
    answer=answer,
    limits={"times": Limit(low=2)},
    where="neural.papers.alexnet:PAPER",
)  # fmt: skip
