"""A Tutorial Introduction to the Minimum Description Length Principle (Grünwald, 2004).

The best explanation of data is the one that compresses them most: crude MDL sends parameters and
then data by them, refined MDL takes one universal code of a whole class (NML, a Bayes mixture, a
prequential code). Where a truth is among the classes MDL finds it, sooner or later. The tutorial
has no experiment; here criteria choose orders of Markov chains, degrees of polynomials and bins of
histograms whose truth is known, and then what no formula tells, a network's width and depth.

References:
    P. Grünwald, sections 2.4 (crude MDL), 2.6 (refined MDL), 2.9 (BIC, AIC, cross-validation).
    L. Blier and Y. Ollivier, The description length of deep learning models, NeurIPS 2018:
        prequential codes of networks are short, two-part codes are not.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise, product
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from complexity.errors import one_of
from mdl.histogram import bins_found
from mdl.markov import order_consistency
from mdl.prequential import CalibratedLearner, NetworkLearner, PrequentialCode
from mdl.regression import degree_frequencies
from mdl.regression.codelengths import VERSIONS
from mdl.weights import two_part, two_part_decode
from mdl.weights.tensors import parameters_of, reproducible
from neural.datasets import digits
from neural.engine.paper import Arm, Check, Outcome, Paper, Trial
from neural.engine.settings import Limit
from neural.papers.rows import ROWS
from neural.tasks import teacher
from neural.training import TrainingRun, cosine, minibatches
from simulations.trajectory import Trajectory

if TYPE_CHECKING:
    from mdl.consistency import Consistency
    from mdl.report import Report
    from neural.engine.result import PaperResult

__all__ = ["PAPER", "perceptron", "trained"]

Shape = tuple[int, int]
"""Width and depth of the hidden layers; (0, 0) is a linear network."""
Rows = tuple[NDArray[np.float32], NDArray[np.int64]]

_ONES = np.array([[0.9, 0.2], [0.6, 0.05]])
"""Chances of a one after 00, 01, 10, 11: the chain of order 2 of docs/mdl.md."""
_TRUE: Shape = (4, 1)
_TESTED = 4000  # rows of the teacher to test on


def perceptron(inputs: int, classes: int, shape: Shape, *, seed: int = 0) -> nn.Sequential:
    """A network with tanh units: inputs (n, d) to logits (n, K)."""
    width, depth = shape
    sizes = [inputs, *[width] * depth]
    with reproducible(seed):
        hidden = [
            layer
            for fan_in, fan_out in pairwise(sizes)
            for layer in (nn.Linear(fan_in, fan_out), nn.Tanh())
        ]
        return nn.Sequential(*hidden, nn.Linear(sizes[-1], classes))


def trained(
    shapes: Sequence[Shape], rows: Rows, classes: int, given: Trial, *, prior: bool = False
) -> list[nn.Module]:
    """Networks fitted to all rows side by side: by Adam, weight by weight, so each as if alone.

    With a prior weights cost what a Laplacian of scale 1 has them cost: what is to be sent in few
    bits wants small weights.
    """
    inputs, n = rows[0].shape[1], len(rows[0])
    nets = nn.ModuleList([perceptron(inputs, classes, each, seed=given.seed) for each in shapes])

    def loss(module: nn.Module, batch: Any) -> Tensor:
        losses = [functional.cross_entropy(net(batch[0]), batch[1]) for net in module.children()]
        if prior:
            losses += [weights.abs().sum() / n for weights in module.parameters()]
        return torch.stack(losses).sum()

    run = TrainingRun(
        nets, loss, minibatches(rows, n), optimiser="adam",
        learning_rate=given["learning_rate"], schedule=cosine(given["steps"]), seed=given.seed,
    )  # fmt: skip
    run.advance(given["steps"])
    return list(nets)


def _bits(net: nn.Module, rows: Rows) -> float:
    """Of the labels by the network, summed."""
    with torch.no_grad():
        logits = net(torch.from_numpy(rows[0])).double()
    return float(functional.cross_entropy(logits, torch.from_numpy(rows[1]), reduction="sum")) / (
        math.log(2)
    )


def _prequential(shape: Shape, classes: int, given: Trial) -> PrequentialCode:
    learner = NetworkLearner(
        factory=lambda size, k: perceptron(size[0], k, shape, seed=given.seed),
        updates=given["updates"], rate=given["rate"], fresh=False,
    )  # fmt: skip
    calibrated = CalibratedLearner(inner=learner)
    return PrequentialCode(classes, calibrated, block_size=given["block"], seed=given.seed)


def _scores(shapes: Sequence[Shape], rows: Rows, classes: int, given: Trial) -> list[float]:
    """What the arm's criterion takes the least of, in bits."""
    n, how = len(rows[0]), given["network"]
    if how == "prequential":
        return [_prequential(each, classes, given).bits(*rows, show=False) for each in shapes]
    if how == "held out":  # the last fifth; rows are in random order
        kept = n - n // 5
        known, rest = ((rows[0][part], rows[1][part]) for part in (slice(kept), slice(kept, n)))
        return [_bits(net, rest) for net in trained(shapes, known, classes, given)]
    nets = trained(shapes, rows, classes, given, prior=how == "two-part")
    if how == "two-part":
        return [_file(net, rows, given)[1].total_bits for net in nets]
    price = {"bic": math.log2(n) / 2, "aic": math.log2(math.e)}[how]
    return [_bits(net, rows) + price * _parameters(net) for net in nets]


def _file(net: nn.Module, rows: Rows, given: Trial) -> tuple[bytes, Report]:
    return two_part(net, rows, evaluations=given["evaluations"])


def _parameters(net: nn.Module) -> int:
    return sum(each.numel() for each in parameters_of(net).values())


def _chosen(rows: Rows, classes: int, given: Trial) -> tuple[Shape, nn.Module]:
    """The shape that the arm's criterion chooses, and its network fitted to all rows."""
    shapes = [(0, 0), *((w, d) for d, w in product(given["depths"], given["widths"]))]
    shape = shapes[int(np.argmin(_scores(shapes, rows, classes, given)))]
    return shape, trained([shape], rows, classes, given)[0]


def _described(
    shape: Shape, rows: Rows, classes: int, given: Trial
) -> tuple[nn.Module, tuple[Report, ...]]:
    """The network in the two-part file of a shape, and the bits of that and of other codes.

    Raises:
        RuntimeError: a file decodes to other labels.
    """
    [net] = trained([shape], rows, classes, given, prior=True)
    blob, report = _file(net, rows, given)
    decoded, labels = two_part_decode(blob, net, rows[0])
    if not np.array_equal(labels, rows[1]):
        raise RuntimeError(f"the two-part file of {shape} decodes to other labels")
    if given["network"] != "prequential":
        return decoded, (report,)
    code = _prequential(shape, classes, given)
    if not np.array_equal(
        code.decode(code.encode(*rows, show=False), rows[0], show=False), rows[1]
    ):
        raise RuntimeError(f"the prequential file of {shape} decodes to other labels")
    return decoded, (report, code.report(*rows, file=True, show=False))


def _own_log2(
    shape: Shape, net: nn.Module, rows: Rows, inputs: NDArray[np.float32], classes: int,
    given: Trial,
) -> NDArray[np.float64]:  # fmt: skip
    """Log2 of the labels' chances (t, K) by what the arm's criterion itself trained."""
    if given["network"] == "prequential":  # its learner, as it is after the last label
        code, x = _prequential(shape, classes, given), rows[0].astype(np.float64)
        learner = code.learners[0]  # type: ignore[index]
        with reproducible(given.seed):
            learner.reset(x, classes, seed=given.seed)
            for start in range(0, len(x), code.block_size):
                part = slice(start, start + code.block_size)
                learner.update(x[part], rows[1][part])
            table = learner.predict(inputs.astype(np.float64))
        return np.log2((1 - code.floor) * table + code.floor / classes)
    if given["network"] == "two-part":
        net = _described(shape, rows, classes, given)[0]
    return _log2(net, inputs)


def _log2(net: nn.Module, inputs: NDArray[np.float32]) -> NDArray[np.float64]:
    with torch.no_grad():
        nats = functional.log_softmax(net(torch.from_numpy(inputs)).double(), 1)
    return nats.numpy() / math.log(2)


def _truths(given: Trial) -> dict[str, Consistency]:
    """What the arm's criterion chooses where the truth has a formula."""
    sizes, shared = given["sizes"], {"seed": given.seed, "replicas": given["replicas"]}
    chain, degree = np.stack([1 - _ONES, _ONES], axis=-1), given["degree"]
    return {
        "order": order_consistency(
            chain, sizes, max_order=6, criteria=(given["order"],), progress=False, **shared
        ),
        "degree": degree_frequencies(
            sizes, folds=10 if degree == "cv" else 0, progress=False,
            versions=(degree if degree in VERSIONS else "nml",), **shared,
        ),
        "bins": bins_found(sizes, progress=False, **shared),
    }  # fmt: skip


def trial(given: Trial) -> Outcome:
    """Let one criterion choose, for as many data sets as the seed draws."""
    one_of("network", given["network"], ("prequential", "two-part", "bic", "aic", "held out"))
    sizes = given["sizes"]
    curves = {name: each.share(given[name]) for name, each in _truths(given).items()}
    last = {f"{name}_last": float(shares[-1]) for name, shares in curves.items()}
    picks = [_of_teacher(n, given) for n in sizes]
    for name in ("excess_bits", "refitted_excess_bits"):
        curves[name] = np.array([pick[name] for pick in picks])
    metrics = {name: float(values.mean()) for name, values in curves.items()}
    metrics["true_shape"] = float(np.mean([pick["true_shape"] for pick in picks]))
    for at, n in enumerate(sizes):
        metrics |= {f"{name}_{n}": float(values[at]) for name, values in curves.items()}
        metrics |= {f"{name}_{n}": picks[at][name] for name in ("width", "depth", "parameters")}
    found, reports, net = _of_digits(given)
    units = ("share right",) * 3 + ("bits a label",) * 2
    seen = Trajectory(
        "observations", np.array(sizes), tuple(curves), units,
        np.stack(list(curves.values()), axis=1)[:, None],
    )  # fmt: skip
    return Outcome(metrics | last | found, reports, seen, net)


def _of_teacher(n: int, given: Trial) -> dict[str, float]:
    """A network for n rows of the seed's teacher, and its divergence from it in bits a label."""
    truth = teacher(given.seed, width=_TRUE[0], depth=_TRUE[1])
    rows = truth.draw(n, np.random.default_rng([given.seed, n]))
    shape, net = _chosen(rows, 2, given)
    inputs, _ = truth.draw(_TESTED, np.random.default_rng([given.seed, 0]))
    chances = truth.chances(inputs)  # (n, K)

    def divergence(logs: NDArray[np.float64]) -> float:
        return float(np.sum(chances * (np.log2(chances) - logs), axis=1).mean())

    return {
        "excess_bits": divergence(_own_log2(shape, net, rows, inputs, 2, given)),
        "refitted_excess_bits": divergence(_log2(net, inputs)),
        "true_shape": float(shape == _TRUE),
        "width": float(shape[0]),
        "depth": float(shape[1]),
        "parameters": float(_parameters(net)),
    }


def _of_digits(given: Trial) -> tuple[dict[str, float], tuple[Report, ...], nn.Module]:
    """A network for some of scikit-learn's digits, tested on the others."""
    images = digits()
    order = np.random.default_rng(given.seed).permutation(len(images.labels))
    x, y = images.scaled().reshape(len(order), -1)[order], images.labels[order]
    n = given["digits"]
    known, test = (x[:n], y[:n]), (x[n:], y[n:])
    shape, net = _chosen(known, 10, given)
    decoded, reports = _described(shape, known, 10, given)
    own = _own_log2(shape, net, known, test[0], 10, given)
    found = {
        "digits_bits": float(-own[np.arange(len(own)), test[1]].mean()),
        "digits_refitted_bits": _bits(net, test) / len(test[1]),
        "digits_decoded_bits": _bits(decoded, test) / len(test[1]),
        "digits_error": float(np.mean(own.argmax(1) != test[1])),
        "digits_width": float(shape[0]),
        "digits_depth": float(shape[1]),
        "digits_parameters": float(_parameters(net)),
        "digits_file_bits": reports[0].total_bits,
    }
    return found, tuple(replace(each, name=f"digits: {each.name}") for each in reports), net


def answer(result: PaperResult) -> str:
    """What networks the criteria choose, and what these lose."""
    told = []
    for arm in result.arms:
        means = {name: result.values(arm, name).mean() for name in result.metrics}
        told.append(
            f"{arm} {means['excess_bits']:.2f} and {means['digits_bits']:.2f} bits a label, "
            f"{means['digits_parameters']:,.0f} weights on digits"
        )
    code = result.bits("refined MDL")
    lengths = ", ".join(f"{name} {bits.mean():,.0f}" for name, bits in code.items())
    return (
        "Above the teacher and on unseen digits the chosen networks lose: "
        + "; ".join(told)
        + f". Bits of the digits' labels with the network of refined MDL: {lengths}."
    )


def _criterion(order: str, degree: str, bins: str, network: str) -> dict[str, str]:
    return {"order": order, "degree": degree, "bins": bins, "network": network}


def _scale(sizes: tuple[int, ...], replicas: int, widths: tuple[int, ...], **more: Any) -> Any:
    return {
        "sizes": sizes, "replicas": replicas, "widths": widths, "depths": (1, 2, 3),
        "steps": 300, "learning_rate": 0.03, "block": 8, "updates": 10, "rate": 0.01,
        "evaluations": 40, "digits": 600,
    } | more  # fmt: skip


_RIVALS = ("BIC", "AIC", "cross-validation")
_TASKS = {"order": "orders of chains", "degree": "degrees of polynomials", "bins": "bins"}

PAPER = Paper(
    key="mdl-tutorial",
    reference=ROWS["mdl-tutorial"].reference,
    claim="MDL finds the order of a Markov chain, the degree of a polynomial and the bins of a "
    "histogram where BIC, AIC and cross-validation err, and always as data grow.",
    question="Which width and depth of a network do prequential and two-part codelength choose, "
    "against validation loss?",
    arms=(
        Arm("refined MDL", "KT mixture, NML, NML; networks by their prequential code",
            _criterion("bayes", "nml", "dp", "prequential")),
        Arm("crude MDL", "two-part codes; networks by their file with the labels",
            _criterion("two-part", "two-part", "genum", "two-part")),
        Arm("BIC", "misfit and half a log n per parameter",
            _criterion(*("bic",) * 4), baseline=True),
        Arm("AIC", "misfit and log e per parameter", _criterion(*("aic",) * 4), baseline=True),
        Arm("cross-validation", "five later blocks, ten folds; networks by a held-out fifth",
            _criterion("cv", "cv", "cv", "held out"), baseline=True),
    ),
    checks=(
        *(Check(f"{what} found more often than by {rival}", task, "refined MDL", rival)
          for task, what in _TASKS.items() for rival in _RIVALS),
        *(Check(f"{what} found in nine of ten at the greatest n", f"{task}_last",
                "refined MDL", by=0.9) for task, what in _TASKS.items()),
    ),
    scales={
        "smoke": _scale((20,), 1, (2, 4), depths=(1,), steps=5, updates=1, evaluations=1,
                        digits=40),
        "lab": _scale((50, 200, 800), 30, (2, 4, 8, 16, 32)),
        "paper": _scale((50, 200, 800, 3200, 12800), 1000, (2, 4, 8, 16, 32, 64), steps=3000,
                        evaluations=1000, digits=1437),
    },
    trial=trial,
    answer=answer,
    # a fifth is held out; of the digits one is left to test on
    limits={"sizes": Limit(low=5), "digits": Limit(low=5, high=1796)},
    where="neural.papers.mdl_tutorial:PAPER",
    seeds=6,
)  # fmt: skip
