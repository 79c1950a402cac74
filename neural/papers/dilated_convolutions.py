"""Multi-Scale Context Aggregation by Dilated Convolutions (Yu, Koltun): dense prediction.

The context module with its dilations of 1 to 16, and the same without them: as many parameters, a
window of 67 by 67 maps against 17 by 17. The task needs context, and nothing else: is a pixel
inside an outline? `data="isbi2012_em"` takes real micrographs, whose membranes are to be found.

References:
    F. Yu and V. Koltun, ICLR 2016, sections 2 and 3 and table 1.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from complexity.code import Kind
from complexity.errors import integer, one_of
from mdl.label_coder import decode_labels, encode_labels
from mdl.report import Report, null_bits
from mdl.weights import compress, decompress, file_report
from mdl.weights.tensors import reproducible
from neural.engine.paper import Arm, Check, Outcome, Paper, Trial
from neural.engine.settings import Limit
from neural.models.dilated import BASIC, Segmenter, receptive_fields
from neural.papers.rows import ROWS
from neural.tasks.segmentation import Labelled, contours, membranes
from neural.training import Measures, TrainingRun, cosine

if TYPE_CHECKING:
    from neural.engine.result import PaperResult

__all__ = ["PAPER"]

_EDGES = (2.5, 5.5, 10.5, 16.5)
"""Where a class of distance to the contour ends, in pixels."""
_FAR = 10.5
_TOLERANCES = (0.2, 0.1, 0.05, 0.025)
"""Relative errors of the weights that are tried in the two-part code."""


def _images(given: Trial) -> tuple[Labelled, Labelled]:
    """To learn from, to test on."""
    if one_of("data", given["data"], ("contours", "isbi2012_em")) == "isbi2012_em":
        return membranes("train"), membranes("test")
    train, test = (
        contours(given[name], side=given["side"], seed=2 * given.seed + at)
        for at, name in enumerate(("images", "tested"))
    )
    return train, test


class _Coded:
    """The loss of a batch; and, by distance to the contour, its labels' bits before it was learned.

    Nothing in the network is random, so that the loss is the codelength. An observable gives what
    was coded since the last look: the sum over the training is the prequential code.
    """

    def __init__(self) -> None:
        self.bits = np.zeros(len(_EDGES) + 1)

    def loss(self, module: nn.Module, batch: Any) -> Tensor:
        images, labels, classes, first = batch
        nats = functional.cross_entropy(module(images), labels, reduction="none")  # (n, H, W)
        if first:
            found = nats.detach().double().cpu().numpy().ravel() / math.log(2)
            self.bits += np.bincount(classes.cpu().numpy().ravel(), found, len(self.bits))
        return nats.mean()

    def taken(self, at: int) -> Callable[[nn.Module], float]:
        def measure(_: nn.Module) -> float:
            bits, self.bits[at] = float(self.bits[at]), 0.0
            return bits

        return measure


def trial(given: Trial) -> Outcome:
    """Train on a stream of images, each of whose label maps is coded before it is learned."""
    train, test = _images(given)
    classes = np.digitize(train.distances, _EDGES)  # (n, side, side)
    order = np.random.default_rng([given.seed, 1]).permutation(len(train))
    size = integer("batch", given["batch"], 1, len(train))
    once = len(train) // size  # steps of the first pass

    def batches(step: int, rng: np.random.Generator) -> Any:
        at = step % once * size
        rows = order[at : at + size] if step < once else rng.choice(len(train), size)
        images, labels = (torch.from_numpy(x[rows]) for x in (train.images, train.labels))
        return images, labels, torch.from_numpy(classes[rows]), step < once

    with reproducible(given.seed):
        module = Segmenter(
            maps=given["maps"], dilations=given["dilations"], initial=given["initial"]
        )
    coded = _Coded()
    run = TrainingRun(
        module,
        coded.loss,
        batches,
        optimiser="adam",
        learning_rate=given["learning_rate"],
        schedule=cosine(given["steps"]),
        seed=given.seed,
        device=given.device,
        parameters={name: given[name] for name in ("data", "side", "images", "batch")},
    )
    names = [f"coded_{at}" for at in range(len(_EDGES) + 1)]
    measures = Measures({name: (coded.taken(at), "bits") for at, name in enumerate(names)})
    times = np.linspace(0, given["steps"], given["times"]).astype(int).tolist()
    seen = given.observe(run, measures, times)
    module.cpu().eval()
    pixels = order[: min(once, given["steps"]) * size]  # whose labels were coded
    counts = np.bincount(classes[pixels].ravel(), minlength=len(names))
    bits = seen.values[:, 0].sum(0)  # (classes,)
    metrics = _judged(module, test)
    metrics["field_error"] = abs(_measured_field(given) - receptive_fields(module)[-1])
    metrics["coded_bits"] = float(bits.sum() / counts.sum())
    metrics |= {name: float(a / b) for name, a, b in zip(names, bits, counts, strict=True) if b}
    nulls = null_bits(train.labels[pixels].ravel(), 2)
    reports = (
        _shortest(module, test),
        Report("prequential", Kind.IDEAL, 0.0, float(bits.sum()), **nulls),
    )
    return Outcome(metrics, reports, seen, module)


def _logits(module: nn.Module, images: np.ndarray) -> Tensor:
    with torch.no_grad():
        parts = [module(each) for each in torch.from_numpy(images).split(16)]
    return torch.cat(parts).movedim(1, -1)  # (n, H, W, 2)


def _judged(module: nn.Module, test: Labelled) -> dict[str, float]:
    """Errors of the likelier label: of all pixels, of far ones, by distance; and the overlap."""
    found = _logits(module, test.images).argmax(-1).numpy()
    wrong = found != test.labels
    far = wrong[test.distances > _FAR]
    both = [(found == k) & (test.labels == k) for k in (0, 1)]
    either = [(found == k) | (test.labels == k) for k in (0, 1)]
    classes = np.digitize(test.distances, _EDGES)
    return {
        "error": float(wrong.mean()),
        "far_error": far.sum() / max(far.size, 1),
        # where no pixel is wrong, half of one is
        "error_octaves": math.log2(max(wrong.sum(), 0.5) / wrong.size),
        "far_error_octaves": math.log2(max(far.sum(), 0.5) / max(far.size, 1)),
        "overlap": float(np.mean([a.sum() / b.sum() for a, b in zip(both, either, strict=True)])),
        **{
            f"error_{at}": float(wrong[classes == at].mean())
            for at in range(len(_EDGES) + 1)
            if (classes == at).any()
        },
    }


def _measured_field(given: Trial) -> int:
    """The side of what the middle pixel's logits have a gradient from, weights being positive."""
    module = Segmenter(maps=1, dilations=given["dilations"])
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.fill_(1.0)
    side = 2 * sum(given["dilations"]) + 9
    image = torch.ones(1, 1, side, side, dtype=torch.float64, requires_grad=True)
    module.double()(image)[0, :, side // 2, side // 2].sum().backward()
    assert image.grad is not None
    return int(image.grad[0, 0].any(0).sum())


def _shortest(module: nn.Module, test: Labelled) -> Report:
    """The two-part code of the test images' labels: the shortest of a few files of the weights."""
    labels = test.labels.ravel()

    def tables(blob: bytes) -> np.ndarray:
        logits = _logits(decompress(blob, module).eval(), test.images).double()
        return 0.999 * logits.softmax(-1).reshape(-1, 2).numpy() + 0.0005

    found = []
    for tolerance in _TOLERANCES:
        weights = compress(module, tolerance=tolerance)
        found.append((weights, encode_labels(tables(weights), labels), tolerance))
    weights, coded, tolerance = min(found, key=lambda each: len(each[0]) + len(each[1]))
    if not np.array_equal(decode_labels(coded, tables(weights)), labels):
        raise AssertionError("the labels' codeword decodes to other labels")
    return replace(
        file_report(weights, module), name="quantised, test labels", data_bits=8.0 * len(coded),
        details={"tolerance": tolerance}, **null_bits(labels, 2),
    )  # fmt: skip


def answer(result: PaperResult) -> str:
    """Prequential bits of a pixel by distance to the contour; files."""
    told = []
    for arm in result.arms:
        every, near, far = (
            result.values(arm, name).mean() for name in ("coded_bits", "coded_0", "coded_3")
        )
        told.append(f"{arm}: {every:.3f} ({near:.3f} beside the contour, {far:.3f} far from it)")
    files = {arm: result.bits(arm)["quantised, test labels"].mean() for arm in result.arms}
    return (
        "Bits of a pixel's label, each image coded before it is learned from: "
        + "; ".join(told)
        + ". Networks with the test images' labels as files: "
        + ", ".join(f"{arm} {bits:,.0f} bits" for arm, bits in files.items())
        + ". All have as many weights."
    )


_LAB = {
    "data": "contours", "side": 64, "maps": 8, "dilations": BASIC, "initial": "he", "batch": 8,
    "steps": 250, "learning_rate": 3e-3, "images": 2000, "tested": 100, "times": 11,
}  # fmt: skip

PAPER = Paper(
    key="dilated-convolutions",
    reference=ROWS["dilated-convolutions"].reference,
    claim="Context helps dense prediction at equal numbers of parameters, and the receptive field "
    "is as computed.",
    question="How many bits of a label map does dilation save with the same weights, and where?",
    arms=(
        Arm("dilated", "the basic context module"),
        Arm("undilated", "the same layers without dilation", {"dilations": (1,) * len(BASIC)},
            baseline=True),
        Arm("identity", "dilated, from the identity", {"initial": "identity"}),
    ),
    checks=(
        Check("half the undilated one's errors at most, in octaves", "error_octaves",
              "dilated", "undilated", "lower", 1.0),
        Check("and more than 10 pixels from the contour", "far_error_octaves",
              "dilated", "undilated", "lower", 1.0),
        Check("the receptive field is as computed", "field_error", "dilated", None, "lower", 0.5),
        Check("fewer prequential bits a pixel", "coded_bits", "dilated", "undilated", "lower"),
    ),
    scales={
        "smoke": _LAB | {"side": 24, "maps": 4, "batch": 4, "steps": 6, "images": 24, "tested": 3,
                         "times": 3},
        "lab": _LAB,
        # the front end's resolution and number of maps, 64 x 64 and 21
        "paper": _LAB | {"maps": 21, "batch": 14, "steps": 60_000, "learning_rate": 1e-3,
                         "images": 20_000, "times": 61},
    },
    trial=trial,
    answer=answer,
    limits={"times": Limit(low=2)},
    where="neural.papers.dilated_convolutions:PAPER",
)  # fmt: skip
