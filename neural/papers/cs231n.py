"""CS231n: convolutional neural networks for visual recognition. The course's ladder, in bits.

Nearest neighbours, a linear classifier, a network of two layers, a convolutional one: each rung is
made of NumPy, its gradients are compared with differences of its loss, and it classifies the same
small images. A rung is also an explanation of the training labels to someone who has the images:
coded one after another by the rung as it learns, or behind a file of its weights. Neighbours have
no weights; what they send is the labels.

References:
    CS231n, notes: "Image classification", "Linear classification", "Neural networks 1 to 3",
        "Putting it together" (a spiral: 49 % by a line, 98 % by two layers), "Convolutional
        networks". On all of CIFAR-10 nearest neighbours have 38.6 % of the test images.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from complexity.code import Kind
from complexity.errors import one_of
from mdl.label_coder import decode_labels, encode_labels
from mdl.prequential import PrequentialCode
from mdl.report import Report, null_bits
from mdl.weights import compress, decompress
from neural import numpy_networks as nets
from neural.datasets import available
from neural.engine.paper import Arm, Check, Outcome, Paper, Trial
from neural.numpy_networks.neighbours import votes
from neural.papers.rows import ROWS
from neural.tasks.images import LabelledImages, labelled_images

if TYPE_CHECKING:
    from mdl.prequential import Learner
    from neural.engine.result import PaperResult

__all__ = ["PAPER"]


def _network(
    given: Trial, shape: tuple[int, ...], classes: int, seed: int, dtype: Any = np.float32
) -> nets.Network:
    """The rung's network, of images (C, H, W).

    In single precision, for training, a linear one's scores begin near 0, and its loss at ln K; in
    double precision, for differences, its weights are not so small, nor are its gradients.
    """
    options = {"decay": given["decay"], "seed": seed, "dtype": dtype}
    if given["rung"] == "convolutional":
        channels, height, width = shape
        return nets.convolutional(
            (channels, height, width), classes, filters=given["filters"], hidden=given["dense"],
            **options,
        )  # fmt: skip
    hidden = given["hidden"] if given["rung"] == "two layers" else 0
    deviation = None if hidden or dtype == np.float64 else 1e-3
    inputs = int(np.prod(shape))
    return nets.perceptron(inputs, classes, hidden=hidden, deviation=deviation, **options)


def trial(given: Trial) -> Outcome:
    """One rung: its accuracy, its gradients, the bits of the labels that it learned."""
    one_of("rung", given["rung"], ("neighbours", "linear", "two layers", "convolutional"))
    images = labelled_images(
        given["data"], train=given["train"], test=given["test"], shrink=given["shrink"],
        seed=given.seed,
    )  # fmt: skip
    if given["rung"] == "neighbours":
        return _neighbours(given, images)
    net = _network(given, images.train.shape[1:], len(images.classes), given.seed)
    losses = nets.train(
        net, images.train, images.train_labels, steps=given["steps"], batch=given["batch"],
        optimiser="adam", rate=given["rate"], anneal=True, seed=given.seed,
    )  # fmt: skip
    metrics = {
        "test_accuracy": net.accuracy(images.test, images.test_labels),
        "train_accuracy": net.accuracy(images.train, images.train_labels),
        "parameters": float(net.count),
        "loss_at_start": float(losses[0]),
        **_checked(given, images),
    }
    if given["rung"] != "convolutional":
        metrics |= _spiral(given)

    def factory(shape: tuple[int, ...], classes: int, seed: int) -> nets.Network:
        return _network(given, shape, classes, seed)

    learner = nets.OnlineNetwork(factory, updates=given["updates"], rate=given["rate"])
    online = _prequential(given, images, learner)
    module = nets.as_torch(net)
    sent = _sent(given, images, module)
    metrics |= _per_label(online, sent)
    return Outcome(metrics, (sent, online), module=module)


def _checked(given: Trial, images: LabelledImages) -> dict[str, float]:
    """The largest relative error of a gradient, in double precision, on a few images."""
    shape, classes = images.train.shape[1:], len(images.classes)
    net = _network(given, shape, classes, given.seed, np.float64)
    rows = slice(given["checked"])
    found = nets.gradient_check(
        net, images.train[rows], images.train_labels[rows], entries=20, seed=given.seed
    )
    return {"gradient_error": found.error, "gradients_skipped": float(found.skipped)}


def _spiral(given: Trial) -> dict[str, float]:
    """The notes' minimal case study, full batches at a rate of 1."""
    x, y = nets.spiral(seed=given.seed)
    hidden = 100 if given["rung"] == "two layers" else 0
    net = nets.perceptron(2, 3, hidden=hidden, deviation=0.01, decay=1e-3, seed=given.seed)
    losses = nets.train(net, x, y, steps=given["spiral_steps"] if hidden else 200, rate=1.0)
    return {
        "spiral_accuracy": net.accuracy(x, y),
        "spiral_loss_at_start": float(losses[0]),
        "spiral_loss": net.loss(x, y)[0],
    }


def _neighbours(given: Trial, images: LabelledImages) -> Outcome:
    """As many neighbours as are best when every training image leaves itself out."""
    classes, most = len(images.classes), min(given["most"], len(images.train) - 1)

    def right(asked: np.ndarray, labels: np.ndarray, *, skip_self: bool) -> np.ndarray:
        rows = nets.nearest(images.train, asked, most, skip_self=skip_self)
        found = votes(images.train_labels[rows], classes).argmax(2)  # (k, n)
        return (found == labels).mean(1)

    own = right(images.train, images.train_labels, skip_self=True)
    best = int(own.argmax())
    share = right(images.test, images.test_labels, skip_self=False)[best]
    metrics = {"test_accuracy": float(share), "train_accuracy": float(own[best]), "k": best + 1.0}
    learner = nets.NeighbourVotes(tuple(k for k in (1, 3, 5, 10, 20) if k <= most))
    online = _prequential(given, images, learner)
    nulls = null_bits(images.train_labels, classes)
    sent = Report("two-part", Kind.IDEAL, nulls["nml_bits"], **nulls)  # the labels, stored
    return Outcome(metrics | _per_label(online, sent), (sent, online))


def _prequential(given: Trial, images: LabelledImages, learner: Learner) -> Report:
    """Each label by what was learned of those before."""
    code = PrequentialCode(
        len(images.classes), learner, block_size=given["block"], mixing="bayes", seed=given.seed
    )
    bits = code.bits(images.train, images.train_labels, show=given.progress)
    nulls = null_bits(images.train_labels, len(images.classes))
    return Report("prequential", Kind.IDEAL, 0.0, bits, **nulls)


def _sent(given: Trial, images: LabelledImages, module: torch.nn.Module) -> Report:
    """A file of the weights and one of the labels by them: the coarseness that is best for both."""
    labels, found = images.train_labels, []
    for tolerance in given["tolerances"]:
        weights = compress(module, tolerance=tolerance)
        table = _chances(decompress(weights, module), images.train)
        word = encode_labels(table, labels)
        found.append((8.0 * len(weights), 8.0 * len(word), tolerance, table, word))
    model, data, tolerance, table, word = min(found, key=lambda each: each[0] + each[1])
    if not np.array_equal(decode_labels(word, table), labels):
        raise ValueError("the labels do not decode")
    parameters = sum(p.numel() for p in module.parameters())
    return Report(
        "two-part", Kind.FILE, model, data, parameters=parameters,
        details={"tolerance": tolerance}, **null_bits(labels, len(images.classes)),
    )  # fmt: skip


@torch.no_grad()
def _chances(module: torch.nn.Module, images: np.ndarray) -> np.ndarray:
    """Probabilities (n, K), none below a thousandth of an even share."""
    parts = torch.from_numpy(images).split(500)
    table = torch.cat([module.eval()(part).double().softmax(1) for part in parts]).numpy()
    return 0.999 * table + 0.001 / table.shape[1]


def _per_label(online: Report, sent: Report) -> dict[str, float]:
    """Bits of a label by both codes, and by the shorter one."""
    return {
        "prequential_bits": online.bits_per_label,
        "two_part_bits": sent.bits_per_label,
        "shortest_bits": min(online.bits_per_label, sent.bits_per_label),
    }


def answer(result: PaperResult) -> str:
    """Bits of a training label by each rung, and which explanation is the shortest."""
    told, totals = [], {}
    for arm in result.arms:
        once, sent = (
            float(result.values(arm, name).mean()) for name in ("prequential_bits", "two_part_bits")
        )
        totals |= {(arm, "coded as it learns"): once, (arm, "behind its file"): sent}
        told.append(f"{arm} {once:.2f} and {sent:.2f}")
    arm, how = min(totals, key=lambda each: totals[each])
    return (
        "Bits of a training label, coded as the rung learns, and behind a file of what it has "
        f"learned (neighbours store the labels): {'; '.join(told)}. The shortest explanation is "
        f"{arm}, {how}: {totals[arm, how]:.2f} bits a label."
    )


_LAB = {
    "data": "cifar10_sample" if available("cifar10_sample") else "digits",
    "train": 0, "test": 0, "shrink": 2 if available("cifar10_sample") else 1,
    "steps": 800, "batch": 100, "rate": 1e-3, "decay": 1e-2, "hidden": 100, "filters": [16, 32],
    "dense": 64, "most": 20, "checked": 3, "spiral_steps": 10_000, "block": 50, "updates": 6,
    "tolerances": [0.7, 0.5, 0.35, 0.25, 0.15, 0.08],
}  # fmt: skip

PAPER = Paper(
    key="cs231n",
    reference=ROWS["cs231n"].reference,
    claim="Each step of the course classifies images better than the one before, and analytic "
    "gradients equal numeric ones.",
    question="Which rung of the ladder is the shortest explanation of the labels, in all?",
    arms=(
        Arm("neighbours", "as many as are best without the image itself", {"rung": "neighbours"},
            baseline=True),
        Arm("linear", "softmax on pixels", {"rung": "linear"}),
        Arm("two layers", "100 units with ReLU", {"rung": "two layers"}),
        Arm("convolutional", "two convolutions of 3 x 3 with pooling, 64 units",
            {"rung": "convolutional", "decay": 1e-3}),
    ),
    checks=(
        Check("the linear classifier is right more often than neighbours", "test_accuracy",
              "linear", "neighbours"),
        Check("two layers more often than it", "test_accuracy", "two layers", "linear"),
        Check("and convolutions more often than those", "test_accuracy",
              "convolutional", "two layers"),
        Check("on the spiral two layers are right for 0.3 more than a line", "spiral_accuracy",
              "two layers", "linear", by=0.3),
        *(
            Check(f"{arm}: gradients are those of differences, to 1e-7", "gradient_error", arm,
                  sense="lower", by=1e-7)
            for arm in ("linear", "two layers", "convolutional")
        ),
    ),
    scales={
        "smoke": _LAB | {"data": "digits", "train": 120, "test": 60, "shrink": 1, "steps": 20,
                         "batch": 20, "hidden": 10, "filters": [4, 4], "dense": 8, "checked": 2,
                         "spiral_steps": 300, "updates": 1, "tolerances": [0.3, 0.1]},
        "lab": _LAB,
        "paper": _LAB | {"data": "cifar10", "shrink": 1, "steps": 20_000, "filters": [32, 64],
                         "dense": 256, "updates": 10},
    },
    trial=trial,
    answer=answer,
    where="neural.papers.cs231n:PAPER",
)  # fmt: skip
