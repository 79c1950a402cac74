"""Variational Lossy Autoencoder: what the decoder sees decides what the code is left to say.

A decoder that predicts pixels from the pixels before them, however far it looks, does not put into
the code what it sees for itself: to say it twice would cost bits (section 2). Binarised digits,
shifted at random as they come, are learned with decoders of three receptive fields. Then every
network writes test images as a file by bits-back coding, of which the bound is the mean.

References:
    X. Chen et al., ICLR 2017: sections 2 (bits-back and information preference), 3 (receptive
        field, autoregressive prior), 4.1 (binary images), appendix A.
    D. P. Kingma et al., Improved variational inference with inverse autoregressive flow, NIPS 2016,
        appendix C: free bits.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from complexity import get_code
from complexity.code import Kind
from complexity.errors import integer, one_of
from mdl.report import Report
from mdl.weights import compress, decompress
from mdl.weights.tensors import reproducible
from neural import datasets
from neural.engine.paper import Arm, Check, Outcome, Paper, Trial
from neural.engine.settings import Limit
from neural.models.variational import LossyAutoencoder
from neural.papers.rows import ROWS
from neural.training import Measures, TrainingRun, cosine
from neural.variational_code import VariationalCode, elbo_bits

if TYPE_CHECKING:
    from neural.engine.result import PaperResult

__all__ = ["PAPER"]

_ACTIVE = 0.05 / math.log(2)
"""Bits of a coordinate of the code that is in use: 0.05 nats."""

_NETWORK = ("latents", "encoder", "hidden", "features", "width", "blocks", "tied")
_FLOW = ("flow_steps", "flow_hidden", "mean_only", "reverse")


def _binary(
    given: Trial,
) -> tuple[NDArray[np.uint8], NDArray[Any], NDArray[np.uint8], NDArray[Any]]:
    """Images (n, H, W) of 0 and 1 and labels (n,): to learn from, to test on (moved at random)."""
    rng, data = np.random.default_rng(given.seed), given["data"]
    if one_of("data", data, ("digits", "mnist", "omniglot")) == "omniglot":
        drawn = datasets.omniglot()
        ink = np.pad(drawn.images, ((0, 0), (3, 4), (3, 4)))  # 112 x 112
        images, labels = ink.reshape(-1, 28, 4, 28, 4).max((2, 4)), drawn.labels
    else:
        splits = ("train", "test") if data == "mnist" else ("all",)
        parts = [datasets.load(data, split=split) for split in splits]
        images = np.concatenate([part.scaled() for part in parts]) >= np.float32(0.5)
        labels = np.concatenate([part.labels for part in parts])
    integer("tested", given["tested"], 1, len(images) - 1)
    order = rng.permutation(len(images)) if data != "mnist" else np.arange(len(images))
    train, test = np.split(order, [len(order) - given["tested"]])
    every = np.pad(images, ((0, 0), *[(given["shift"],) * 2] * 2)).astype(np.uint8)
    return every[train], labels[train], _moved(every[test], given["shift"], rng), labels[test]


def _moved(images: NDArray[np.uint8], most: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Each image moved by up to so many pixels along both axes; its margins are that wide."""
    n, side, _ = images.shape
    rows = (np.arange(side) - rng.integers(-most, most + 1, (n, 1))) % side
    columns = (np.arange(side) - rng.integers(-most, most + 1, (n, 1))) % side
    return images[np.arange(n)[:, None, None], rows[:, :, None], columns[:, None]]


def _loss(free: float) -> Callable[[nn.Module, Tensor], Tensor]:
    """The negative ELBO, in which a coordinate of the code pays for at least so many nats."""

    def loss(module: nn.Module, images: Tensor) -> Tensor:
        assert isinstance(module, LossyAutoencoder)
        noise = torch.randn(len(images), module.latents, device=images.device)
        pixels, code = module(images, noise)
        each = code.mean(0)  # (D,)
        return pixels.mean() + (each.clamp(min=free) if free else each).sum()

    return loss


def trial(given: Trial) -> Outcome:
    """Train one autoencoder, and write test images as a file by it."""
    train, train_labels, test, test_labels = _binary(given)
    options = {name: given[name] for name in _NETWORK}
    options["reaches"] = given["reaches"][one_of("field", given["field"], given["reaches"])]
    options |= {name: given[name] for name in _FLOW} if given["flow"] else {"flow_steps": 0}
    free = given["free_nats"] if given["free"] else 0.0
    with reproducible(given.seed):
        module = LossyAutoencoder(train.shape[1], **options)

    size = integer("batch", given["batch"], 1, len(train))

    def batches(_: int, rng: np.random.Generator) -> Tensor:
        rows = train[rng.choice(len(train), size, replace=False)]
        return torch.from_numpy(_moved(rows, given["shift"], rng).astype(np.int64))

    run = TrainingRun(
        module,
        _loss(free),
        batches,
        optimiser=given["optimiser"],
        learning_rate=given["learning_rate"],
        schedule=cosine(given["steps"]),
        clip=10.0,
        seed=given.seed,
        device=given.device,
        parameters={name: given[name] for name in ("data", "shift", "batch", "free")},
    )
    some = test[: given["watched"]]
    measures = {
        "code_bits": (lambda m: float(elbo_bits(m, some, samples=1)[1].sum(1).mean()), "bits"),
        "pixel_bits": (lambda m: float(elbo_bits(m, some, samples=1)[0].mean()), "bits"),
    }
    times = np.linspace(0, given["steps"], given["times"]).astype(int).tolist()
    seen = given.observe(run, Measures(measures, {"watched": len(some)}), times)
    module.cpu().eval()
    pixels, code = elbo_bits(module, test, samples=given["samples"])
    metrics = {
        "elbo_bits": float(pixels.mean() + code.sum(1).mean()),
        "code_bits": float(code.sum(1).mean()),
        "pixel_bits": float(pixels.mean()),
        "active": float((code.mean(0) > _ACTIVE).sum()),
        "class_known": _class_known(module, (train, train_labels), (test, test_labels)),
    }
    reports, found = _coded(module, test[: given["coded"]], given)
    return Outcome(metrics | found, reports, seen, module)


@torch.no_grad()
def _class_known(module: LossyAutoencoder, train: Any, test: Any) -> float:
    """The share of test images whose class least squares finds from the mean of their code."""
    (inputs, labels), (asked, right) = (
        (module.infer(torch.from_numpy(images[:10_000].astype(np.int64)))[0].numpy(), each[:10_000])
        for images, each in (train, test)
    )
    classes, centre = np.unique(labels), inputs.mean(0)
    wanted = (labels[:, None] == classes).astype(np.float64)
    weights = np.linalg.lstsq(inputs - centre, wanted - wanted.mean(0), rcond=1e-6)[0]
    scores = (asked - centre) @ weights + wanted.mean(0)
    return float((classes[scores.argmax(1)] == right).mean())


def _coded(
    module: LossyAutoencoder, images: NDArray[np.uint8], given: Trial
) -> tuple[tuple[Report, ...], dict[str, float]]:
    """A file of the network and one of images, by the network as its file brings it back."""
    weights = compress(module, tolerance=given["tolerance"])
    sender, receiver = (decompress(weights, module) for _ in range(2))
    assert isinstance(sender, LossyAutoencoder)
    assert isinstance(receiver, LossyAutoencoder)
    code = VariationalCode(sender, block=given["block"], seed=given.seed)
    blob, found = code.describe(images, samples=given["samples"])
    if not np.array_equal(VariationalCode(receiver, block=given["block"]).decode(blob), images):
        raise RuntimeError("the file does not give the images back")
    bound, model = found.details["elbo_bits"], 8.0 * len(weights)
    report = Report(
        "network and images by bits-back", Kind.FILE, model, found.data_bits, found.header_bits,
        parameters=found.parameters, details=dict(found.details) | {"verified": "here"},
    )  # fmt: skip
    other = get_code("template").bits(images.reshape(-1, images.shape[2]))
    return (report, Report("template", Kind.IDEAL, 0.0, other)), {
        "net_bits": found.data_bits / len(images),
        "bound_bits": bound / len(images),
        "net_over_bound": found.data_bits / bound - 1,
        "initial_bits": found.details["initial_bits"],
        "network_bits": model,
        "template_bits": other / len(images),
    }


def answer(result: PaperResult) -> str:
    """Net bits of an image in the file beside the bound, and what of them the code holds."""
    told = []
    for arm in result.arms:
        net, bound, code, start, network = (
            result.values(arm, name).mean()
            for name in ("net_bits", "bound_bits", "code_bits", "initial_bits", "network_bits")
        )
        told.append(
            f"{arm}: {net:.2f} bits an image in the file, the bound {bound:.2f}, of which the code "
            f"holds {code:.2f} ({start:.0f} bits to start from; the network {network:,.0f})"
        )
    return "Test images as files, decoded exactly: " + "; ".join(told) + "."


_LAB = {
    "data": "digits", "shift": 1, "tested": 360, "watched": 200, "coded": 360, "samples": 20,
    "latents": 8, "encoder": "perceptron", "hidden": 64, "features": 4, "width": 48, "blocks": 3,
    "tied": False, "reaches": {"none": (), "small": (2,), "whole": (9,)}, "flow_steps": 1,
    "flow_hidden": (64,), "mean_only": False, "reverse": False, "free_nats": 0.25,
    "optimiser": "adam", "learning_rate": 3e-3, "batch": 64, "steps": 900, "times": 10,
    "tolerance": 0.05, "block": 64,
}  # fmt: skip

_NO_WORSE = -0.5
"""Bits of an image that count as no difference between two bounds."""

PAPER = Paper(
    key="vlae",
    reference=ROWS["vlae"].reference,
    claim="The receptive field of the decoder decides what the code keeps: the more of the pixels "
    "before it sees, the less; free bits restore the code, and an autoregressive prior is no worse "
    "than N(0, I).",
    question="Does bits-back coding reach the bound with such a decoder, and how many of the bits "
    "of an image are in the code?",
    arms=(
        Arm("factorised", "pixels independent given the code: the plain autoencoder",
            {"field": "none", "flow": False, "free": False}, baseline=True),
        Arm("5 pixels", "decoder with a receptive field of 5 by 5 (13 by 13 at paper scale)",
            {"field": "small", "flow": False, "free": False}),
        Arm("whole image", "decoder that sees all pixels before",
            {"field": "whole", "flow": False, "free": False}),
        Arm("whole, free bits", "the same with free bits in the code",
            {"field": "whole", "flow": False, "free": True}),
        Arm("5 pixels, flow", "the small receptive field with an autoregressive prior",
            {"field": "small", "flow": True, "free": False}),
    ),
    checks=(
        Check("the code of a factorised decoder holds more bits than that of one that sees 5 "
              "pixels", "code_bits", "factorised", "5 pixels"),
        Check("and this more than that of one that sees the whole image", "code_bits", "5 pixels",
              "whole image"),
        Check("the bound of 5 pixels is at most half a bit an image above the factorised one's",
              "elbo_bits", "5 pixels", "factorised", "lower", _NO_WORSE),
        Check("that of the whole image at most half a bit above that of 5 pixels", "elbo_bits",
              "whole image", "5 pixels", "lower", _NO_WORSE),
        Check("with free bits the code holds at least one bit more", "code_bits",
              "whole, free bits", "whole image", by=1.0),
        Check("the flow's bound is at most half a bit above that of N(0, I), decoders the same",
              "elbo_bits", "5 pixels, flow", "5 pixels", "lower", _NO_WORSE),
    ),
    scales={
        "smoke": _LAB | {"tested": 12, "watched": 4, "coded": 6, "samples": 2, "latents": 2,
                         "hidden": 8, "features": 2, "width": 4, "blocks": 1, "flow_hidden": (4,),
                         "reaches": {"none": (), "small": (2,), "whole": (3, 2)}, "batch": 8,
                         "steps": 6, "times": 3},
        "lab": _LAB,
        # appendix A; but Adam, no average of weights, and a flow of one direction, as files need
        "paper": _LAB | {"data": "mnist", "shift": 0, "tested": 10_000, "watched": 1000,
                         "coded": 1000, "latents": 64, "encoder": "residual", "hidden": 450,
                         "width": 12, "blocks": 4, "tied": True, "flow_steps": 4,
                         "flow_hidden": (640, 640), "mean_only": True, "free_nats": 7.84 / 64,
                         "reaches": {"none": (), "small": (1,) * 6, "whole": (3,) + (2,) * 12},
                         "optimiser": "adam", "learning_rate": 2e-3, "batch": 128,
                         "steps": 200_000, "times": 41, "tolerance": 0.02},
    },
    trial=trial,
    answer=answer,
    limits={"times": Limit(low=2)},
    where="neural.papers.vlae:PAPER",
)  # fmt: skip
