"""Quantifying the Rise and Fall of Complexity in Closed Systems: The Coffee Automaton (2014).

Aaronson, Carroll and Ouellette find that the compressed size of a coarse-grained cup of coffee and
cream rises and falls where particles exclude each other. Independent noise of the same expected
density has the same hump; a cup that is stirred has one that noise does not explain
(docs/coffee.md).

Beside it a learned code of the cup: at every stage of mixing a small masked convolutional network
is trained on several cups. Its file is the first part of a two-part code, the pixels by its
predictions the second. Independent coins of the interacting cup's density are an arm of their own:
what a network learns of them is the profile and nothing else.

References:
    S. Aaronson, S. M. Carroll and L. Ouellette, arXiv:1405.6903v1, 2014: section 3, the models;
        section 5, three buckets.
    A. van den Oord, N. Kalchbrenner and K. Kavukcuoglu, Pixel recurrent neural networks, ICML 2016.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from complexity import get_code
from complexity.code import Kind
from mdl.label_coder import label_bits
from mdl.report import Report, null_bits
from mdl.weights import compress, decompress, file_report
from mdl.weights.codec.search import predictions
from mdl.weights.tensors import reproducible
from neural.engine.paper import Arm, Check, Outcome, Paper, Trial
from neural.engine.settings import Limit
from neural.image_code import decode_images, encode_images
from neural.models.masked_convolution import AtPixel, PixelCNN, causal_windows
from neural.papers.rows import ROWS
from neural.training import TrainingRun, minibatches
from neural.training.schedules import cosine
from simulations import coffee
from simulations.coffee.exact import bond_rate
from simulations.system import generator

if TYPE_CHECKING:
    from neural.engine.result import PaperResult
    from simulations.trajectory import Trajectory

__all__ = ["PAPER"]

Cells = NDArray[np.int16]
"""(cups, n, n): 0 and 1, or counts."""


class _Noise:
    """Independent coins whose chances are the interacting cup's expected density."""

    clock = "attempts"

    def __init__(self, size: int, replicas: int, seed: int) -> None:
        cup = coffee.initial_cup(size)
        self.parameters = {"model": "noise", "size": size, "seed": seed}
        self.replicas, self.seed, self.time = replicas, seed, 0
        self._heat = coffee.HeatEquation(cup, "reflecting", bond_rate(size, "reflecting"))

    def advance(self, amount: int) -> None:
        self.time += amount

    def expected_cells(self) -> NDArray[np.float64]:
        return self._heat.at(self.time)

    def states(self) -> np.ndarray:
        chances = np.repeat(self.expected_cells()[None], self.replicas, axis=0)
        random = generator(self.seed, (self.time,))
        return coffee.independent_cells(chances, random, counts=False)

    def snapshot(self) -> dict[str, np.ndarray]:
        return {"time": np.array(self.time)}

    def restore(self, snapshot: Mapping[str, np.ndarray]) -> None:
        self.time = int(snapshot["time"])


class _Stages:
    """Many cups as one body of data; the clock counts the stages at which they are looked at."""

    clock = "stages"
    replicas = 1

    def __init__(self, given: Trial) -> None:
        size, cups, seed, model = given["size"], given["cups"], given.seed, given["model"]
        self.cup: Any
        if model == "noise":
            self.cup = _Noise(size, cups, seed)
        else:
            self.cup = coffee.cup_system(
                coffee.initial_cup(size), model=model, engine=given["engine"],
                clock=given["clock"], replicas=cups, seed=seed,
            )  # fmt: skip
        last = coffee.default_steps(size, self.cup.clock)
        halved = [last >> at for at in range(given["halvings"], -1, -1)]
        stirred = model == "stirred"
        periods, peak = given["periods"], given["peak_period"]
        if stirred and (periods != sorted({0, *periods}) or peak not in periods):
            raise ValueError(
                f"periods: got {periods}, accepted are 0 and later ones in their order, "
                f"peak_period, {peak}, among them"
            )
        self.schedule = periods if stirred else [0, *halved]
        self.hump = self.schedule.index(peak if stirred else last >> 2)
        self.time = 0
        self.parameters = {**self.cup.parameters, "schedule": self.schedule}

    def advance(self, amount: int) -> None:
        self.time += amount
        self.cup.advance(self.schedule[self.time] - self.cup.time)

    def states(self) -> list[Cells]:
        return [np.asarray(self.cup.states()).astype(np.int16)]

    def snapshot(self) -> dict[str, np.ndarray]:
        return self.cup.snapshot() | {"stage": np.array(self.time)}

    def restore(self, snapshot: Mapping[str, np.ndarray]) -> None:
        self.time = int(snapshot["stage"])
        self.cup.restore({name: each for name, each in snapshot.items() if name != "stage"})


class _Instrument:
    """The published measure, what noise leaves of it, and three codes of the cells."""

    names = ("three_bucket_bits", "corrected_bits", "network_bits", "residual_bits",
             "template_bits", "gzip_bits")  # fmt: skip
    units = ("bits a cup", "bits a cup", "bits of the network", *["bits a cup"] * 3)

    def __init__(self, given: Trial) -> None:
        self.given = given

    @property
    def parameters(self) -> Mapping[str, Any]:
        return {**self.given.settings, "seed": self.given.seed}

    def __call__(self, stages: _Stages) -> NDArray[np.float64]:
        """(1, 6): means over the cups."""
        measure = coffee.CupInstrument(
            coarse=coffee.PUBLISHED["three-bucket"].for_size(self.given["size"]),
            code="gzip", null_samples=self.given["null_samples"], seed=self.given.seed,
        )  # fmt: skip
        found = dict(zip(measure.names, measure(stages.cup).mean(axis=0), strict=True))
        cells = _studied(stages, self.given)
        classifier, blob = _learned(cells, self.given)
        windows, labels = _rows(cells, self.given["reach"])
        residual = label_bits(predictions(classifier, windows), labels.numpy())
        return np.array([[
            found["complexity_bits"], found["corrected_bits"],
            file_report(blob, classifier).model_bits, residual / len(cells),
            _template_bits(cells) / len(cells), found["entropy_bits"],
        ]])  # fmt: skip


def _studied(stages: _Stages, given: Trial) -> Cells:
    """The cups that the network learns, and whose pixels it codes."""
    return stages.states()[0][: given["studied"]]


def _rows(cells: Cells, reach: int) -> tuple[Tensor, Tensor]:
    """Every pixel's causal window and its value."""
    images = torch.from_numpy(cells)
    return causal_windows(images, reach), images.reshape(-1).long()


def _template_bits(cells: Cells) -> float:
    """By context-tree weighting with a template of 32 bits, cup beneath cup."""
    return get_code("template").bits(cells.astype(np.uint8).reshape(-1, cells.shape[-1]))


def _loss(module: nn.Module, batch: Any) -> Tensor:
    return functional.cross_entropy(module(batch[0]), batch[1])


def _learned(cells: Cells, given: Trial) -> tuple[AtPixel, bytes]:
    """A network trained on the cells and made small, as its file brings it back; and the file."""
    levels = max(int(cells.max()) + 1, 2)
    with reproducible(given.seed):
        net = PixelCNN(
            levels, reach=given["reach"], width=given["width"], hidden=given["width"]
        )  # fmt: skip
    classifier, rows = AtPixel(net), _rows(cells, given["reach"])
    run = TrainingRun(
        classifier, _loss, minibatches(rows, given["batch"]),
        learning_rate=given["learning_rate"], schedule=cosine(given["steps"]), seed=given.seed,
        device=given.device,
    )  # fmt: skip
    run.advance(given["steps"])
    blob = compress(
        classifier.cpu(), rows, tolerance="total", quantiser="trellis",
        evaluations=given["evaluations"], seed=given.seed,
    )  # fmt: skip
    classifier.load_state_dict(decompress(blob, classifier).state_dict())
    return classifier, blob


def trial(given: Trial) -> Outcome:
    """Let cups mix, measure them at every stage, and write the files of one stage."""
    stages = _Stages(given)
    seen = given.observe(stages, _Instrument(given), range(len(stages.schedule)))
    again = _Stages(given)
    again.advance(again.hump)
    cells = _studied(again, given)
    classifier, blob = _learned(cells, given)
    return Outcome(_summary(seen, again.hump), _reports(cells, classifier, blob), seen, classifier)


def _reports(cells: Cells, classifier: AtPixel, blob: bytes) -> tuple[Report, ...]:
    """The two files, network and pixels, as one description; and codes that know no network."""
    nulls = null_bits(cells.reshape(-1), classifier.net.levels)
    network, pixels = file_report(blob, classifier), encode_images(classifier.net, cells)
    gzip, octets = get_code("gzip"), cells.astype(np.uint8).tobytes()
    zipped = gzip.encode(octets)
    back = decode_images(pixels, classifier.net), gzip.decode(zipped)
    if not np.array_equal(back[0], cells) or back[1] != octets:
        raise RuntimeError("a file does not give the cups back")
    verified = {"verified": "here"}
    return (
        Report("network and pixels", Kind.FILE, network.model_bits, 8.0 * len(pixels),
               network.header_bits, parameters=network.parameters, details=verified, **nulls),
        Report("template", Kind.IDEAL, 0.0, _template_bits(cells), **nulls),
        Report("gzip", Kind.FILE, 0.0, 8.0 * len(zipped), details=verified, **nulls),
    )  # fmt: skip


def _summary(seen: Trajectory, hump: int) -> dict[str, float]:
    """Curves as shares of the published measure at the stage of the hump; network and residual."""
    curves = {name: seen[name][:, 0] for name in seen.observables}
    published, corrected, network = (
        curves[name] for name in ("three_bucket_bits", "corrected_bits", "network_bits")
    )
    peak = float(published[hump])
    found = {
        "hump": 1 - float(max(published[0], published[-1])) / peak,
        "beyond_noise": float(corrected[hump]) / peak,
        "network_rise_bits": float(network[hump] - network[0]),
        "network_fall_bits": float(network[hump] - network[-1]),
        "corrected_hump": float(corrected[hump] - max(corrected[0], corrected[-1])) / peak,
    }
    places = {"start": 0, "hump": hump, "end": -1}
    return found | {
        f"{name}_{place}": float(curve[at])
        for name, curve in curves.items()
        for place, at in places.items()
    }


def answer(result: PaperResult) -> str:
    """Network and residual at start, hump and end, arm by arm; totals beside other codes."""
    told = []
    for arm in result.arms:
        network, residual = (
            ", ".join(
                f"{result.values(arm, f'{name}_{place}').mean():,.0f}"
                for place in ("start", "hump", "end")
            )
            for name in ("network_bits", "residual_bits")
        )
        told.append(f"{arm}: network {network}, residual a cup {residual}")
    bits = {name: found.mean() for name, found in result.bits(result.arms[0]).items()}
    files = ", ".join(f"{name} {total:,.0f}" for name, total in bits.items())
    return (
        f"Bits at the start, at the hump's time and at the end: {'; '.join(told)}. All studied "
        f"cups of the arm {result.arms[0]} at the hump's time: {files}."
    )


_COMMON: dict[str, Any] = {
    "model": "interacting", "engine": "exact", "clock": "attempts", "learning_rate": 1e-2,
    # of the stirred cup; in cups of side 256 three buckets peak at period 6 (docs/coffee.md)
    "periods": [0, 1, 2, 3, 5, 8, 12, 30], "peak_period": 5,
}  # fmt: skip
"""The unstirred cups are looked at when 2^-halvings, ..., 1/4, 1/2 and all of `default_steps` have
passed, a quarter of which is the time of the published hump's peak."""

PAPER = Paper(
    key="coffee-automaton",
    reference=ROWS["coffee-automaton"].reference,
    claim="The published complexity of the interacting cup rises and falls, and independent noise "
    "of its expected density explains the hump; that of the stirred cup rises and falls beyond "
    "what noise explains.",
    question="A learned code of the cup: does the network's part rise and fall, while the residual "
    "follows entropy?",
    arms=(
        Arm("interacting", "neighbouring cells swap: the exclusion process"),
        Arm("walk", "particles that do not interact, the publication's control",
            {"model": "walk", "engine": "jump", "clock": "steps"}, baseline=True),
        Arm("noise", "independent coins of the interacting cup's expected density",
            {"model": "noise"}, baseline=True),
        Arm("stirred", "swaps, and two shears a period", {"model": "stirred", "clock": "periods"}),
    ),
    checks=(
        # docs/coffee.md: 771 bytes between 50 and 109
        Check("the interacting cup's published complexity is at its hump more than twice that at "
              "start and end", "hump", "interacting", by=0.5),
        # docs/coffee.md: the simultaneous interval of what is left ends at 636 of 6,108 bits
        Check("less than a tenth of that is beyond noise", "beyond_noise", "interacting",
              None, "lower", 0.1),
        # docs/coffee.md: 0.90 at side 256; half says that noise is the smaller part
        Check("of the stirred cup's more than half rises and falls beyond noise",
              "corrected_hump", "stirred", by=0.5),
    ),
    scales={
        "smoke": _COMMON | {
            "size": 8, "cups": 3, "studied": 2, "null_samples": 2, "halvings": 2, "reach": 1,
            "width": 4, "steps": 4, "batch": 64, "evaluations": 1, "periods": [0, 5, 30],
        },
        "lab": _COMMON | {
            "size": 100, "cups": 24, "studied": 8, "null_samples": 64, "halvings": 6, "reach": 4,
            "width": 12, "steps": 200, "batch": 4096, "evaluations": 16,
        },
        "paper": _COMMON | {
            "size": 100, "cups": 400, "studied": 64, "null_samples": 2000, "halvings": 10,
            "reach": 4, "width": 32, "steps": 5000, "batch": 16384, "evaluations": 200,
        },
    },
    trial=trial,
    answer=answer,
    limits={"halvings": Limit(low=2)},  # the hump is at a quarter
    where="neural.papers.coffee_automaton:PAPER",
)  # fmt: skip
