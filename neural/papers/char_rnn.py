"""The unreasonable effectiveness of recurrent neural networks (Karpathy), counted in bits.

Two-layer character models read Shakespeare on and on, a plain recurrent network and an LSTM, beside
n-grams with modified Kneser-Ney smoothing. An LSTM on a generated story, which has quotation marks
and lines of one width, is searched for units that follow them: on one half of the test text the
unit that correlates most is chosen, on the other it is measured, and so it is in the network as it
was before training.

References:
    A. Karpathy, 2015; the program char-rnn: two layers, dropout, 50 streams, 50 symbols a step.
    A. Karpathy, J. Johnson and L. Fei-Fei, Visualizing and understanding recurrent networks,
        arXiv:1506.02078, 2015: n-grams to compare with, and cells that track.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from complexity.code import Kind
from complexity.errors import one_of
from mdl.report import Report, null_bits
from mdl.weights import compress, file_report
from mdl.weights.tensors import reproducible
from neural.datasets import available
from neural.engine.paper import Arm, Check, Outcome, Paper, Trial
from neural.engine.settings import Limit
from neural.models.ngrams import NGrams
from neural.models.recurrent import CarriedState, RecurrentLM, text_bits
from neural.papers.rows import ROWS
from neural.tasks.text import Corpus, corpus, streams
from neural.training import Measures, TrainingRun, cosine

if TYPE_CHECKING:
    from neural.engine.result import PaperResult

__all__ = ["PAPER", "TRACKED", "sample", "tracked_units"]


def trial(given: Trial) -> Outcome:
    """Learn the text, symbol after symbol, and code its end."""
    own = given["texts"][one_of("reads", given["reads"], given["texts"])]
    given = given.over(own)
    found = corpus(given["text"], train=given["train"], test=given["test"], seed=given.seed)
    if len(found.test) < 2:
        raise ValueError(f"test: got {given['test']}, accepted is 0, or at least 2")
    if given["cell"] == "n-gram":
        return _ngrams(given, found)
    with reproducible(given.seed):
        model = RecurrentLM(
            len(found.symbols), cell=given["cell"], hidden=given["hidden"], layers=given["layers"],
            dropout=given["dropout"],
        )  # fmt: skip
    untrained = tracked_units(model, found)
    side = streams(found.train, given["streams"])  # (B, n)
    unroll, once = given["unroll"], (side.shape[1] - 1) // given["unroll"]
    if not once:
        raise ValueError(
            f"streams: got {given['streams']}, of {side.shape[1]} symbols each, accepted are "
            f"streams longer than unroll, {unroll}"
        )
    steps = round(given["epochs"] * once)
    if not steps:
        raise ValueError(
            f"epochs: got {given['epochs']}, which is no step; one is {1 / once:.2g} epochs"
        )

    def batches(step: int, rng: np.random.Generator) -> Any:
        del rng
        at = step % once * unroll
        part = torch.from_numpy(side[:, at : at + unroll + 1])
        return part[:, :-1], part[:, 1:], step % once == 0, step < once

    def loss(module: Any, batch: Any) -> Tensor:
        tokens, following, fresh, first = batch
        logits = module(tokens, fresh=fresh)  # (B, T, K)
        nats = functional.cross_entropy(logits.transpose(1, 2), following)
        if first:
            module.spent_bits += nats.detach().double() * following.numel() / math.log(2)
        return nats

    run = TrainingRun(
        CarriedState(model, given["streams"]),
        loss,
        batches,
        optimiser=given["optimiser"],
        learning_rate=given["learning_rate"],
        schedule=cosine(steps, end=0.02),
        clip=1.0,
        seed=given.seed,
        device=given.device,
        parameters={name: given[name] for name in ("text", "reads", "streams", "unroll")},
    )
    part = replace(found, test=found.test[: given["watched"]])
    measures = Measures({"test_bits": (lambda m: _test_bits(_model(m), part), "bits/symbol")})
    times = np.linspace(0, steps, given["times"]).round().astype(int)
    seen = given.observe(run, measures, np.unique(times).tolist())
    carried: Any = run.module.cpu().eval()
    model = _model(carried)
    metrics = {"test_bits": _test_bits(model, found)}
    learned = min(steps, once) * unroll * given["streams"]
    metrics["prequential_bits"] = float(carried.spent_bits) / learned
    coded = side[:, 1 : learned // given["streams"] + 1].ravel()
    reports = _reports(model, found, float(carried.spent_bits), coded)
    metrics["file_bits"] = reports[0].model_bits + reports[0].header_bits
    metrics["file_test_bits"] = reports[0].data_bits / (len(found.test) - 1)
    for name, value in tracked_units(model, found).items():
        metrics |= {f"{name}_unit": value, f"{name}_unit_gain": value - untrained[name]}
    return Outcome(metrics, reports, seen, model)


def _model(carried: Any) -> RecurrentLM:
    return carried.model


class _Counting:
    """N-grams as a system: a step is as many symbols as the networks read in one."""

    clock, replicas = "steps", 1

    def __init__(self, text: NDArray[np.int64], symbols: int, order: int, step: int) -> None:
        self.text, self.symbols, self.order, self.step = text, symbols, order, step
        self.time, self.model = 0, NGrams(symbols, order)
        self.parameters = {"symbols": symbols, "order": order, "step": step}

    def advance(self, amount: int) -> None:
        """Read so many steps' symbols."""
        self.model.learn(self.text[self.time * self.step : (self.time + amount) * self.step])
        self.time += amount

    def states(self) -> Sequence[NGrams]:
        """The model."""
        return [self.model]

    def snapshot(self) -> dict[str, NDArray[Any]]:
        """How far it is: the text says the rest."""
        return {"time": np.array(self.time)}

    def restore(self, snapshot: Mapping[str, NDArray[Any]]) -> None:
        """Read the text up to there."""
        self.time, self.model = 0, NGrams(self.symbols, self.order)
        self.advance(int(snapshot["time"]))


def _ngrams(given: Trial, found: Corpus) -> Outcome:
    """The order that is best for the last tenth of what is learned from."""
    cut = len(found.train) * 9 // 10
    best = {}
    for order in given["orders"]:
        model = NGrams(len(found.symbols), order)
        model.learn(found.train[:cut])
        best[order] = model.bits(found.train[cut:])[-1]
    order = min(best, key=lambda each: best[each])
    step = given["streams"] * given["unroll"]
    system = _Counting(found.train, len(found.symbols), order, step)

    def bits(model: NGrams, text: NDArray[np.int64]) -> float:
        return float(model.bits(text)[-1]) / len(text)

    part = found.test[: given["watched"]]
    measures = Measures({"test_bits": (lambda model: bits(model, part), "bits/symbol")})  # pyright: ignore[reportArgumentType]
    times = np.linspace(0, -(-len(found.train) // step), given["times"]).round().astype(int)
    seen = given.observe(system, measures, np.unique(times).tolist())
    model = NGrams(len(found.symbols), order)
    model.learn(found.train)
    return Outcome({"test_bits": bits(model, found.test), "order": float(order)}, (), seen)


def _reports(
    model: RecurrentLM, found: Corpus, spent: float, coded: NDArray[np.int64]
) -> tuple[Report, ...]:
    """The test text behind the weights in a file, and the training text learned as it is coded."""
    size = len(found.symbols)
    sent = file_report(
        compress(model), model, lambda decoded: text_bits(decoded, found.test),
        name="quantised", **null_bits(found.test[1:], size),
    )  # fmt: skip
    read = null_bits(coded, size)
    return sent, Report("prequential", Kind.IDEAL, 0.0, spent, parameters=sent.parameters, **read)


def _test_bits(model: RecurrentLM, found: Corpus) -> float:
    """Bits of a symbol of the test text, all but its first."""
    return text_bits(model, found.test) / (len(found.test) - 1)


TRACKED = {
    "line": lambda letters: _since(letters == "\n"),
    "quote": lambda letters: np.cumsum(letters == '"') % 2,
}
"""Name -> what a unit may follow: symbols since the line began, whether we are in quotes."""


def _since(marks: NDArray[np.bool_]) -> NDArray[np.int64]:
    places = np.arange(len(marks))
    return places - np.maximum.accumulate(np.where(marks, places, 0))


@torch.no_grad()
def tracked_units(model: RecurrentLM, found: Corpus) -> dict[str, float]:
    """How well one unit follows each of `TRACKED`: its correlation's size, on the test's last half.

    The unit, of all layers' outputs, is the one that follows best on the first half. What does not
    occur in the text is 0.

    Args:
        model: in evaluation mode or not.
        found: its `test` is read, at most 20,000 symbols.
    """
    model.eval()
    text = found.test[:20_000]
    outputs, _ = model.states(torch.from_numpy(text)[None])
    units = torch.cat(outputs, 2)[:, 0].double().numpy()  # (n, layers H)
    letters = np.array([found.symbols[each] for each in text])
    half = len(text) // 2
    figures = {}
    for name, tracked in TRACKED.items():
        wanted = tracked(letters).astype(float)
        first, last = (_correlations(units[p], wanted[p]) for p in (slice(half), slice(half, None)))
        figures[name] = float(last[first.argmax()])
    return figures


def _correlations(units: NDArray[np.float64], wanted: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sizes of the correlations of (n, units) with (n,); 0 where one does not vary."""
    a, b = units - units.mean(0), wanted - wanted.mean()
    scale = np.sqrt((a**2).sum(0) * (b**2).sum())
    return np.abs(a.T @ b) / np.where(scale > 0, scale, np.inf)


@torch.no_grad()
def sample(
    model: RecurrentLM, found: Corpus, size: int, *, temperature: float = 1.0, seed: int = 0
) -> str:
    """So many symbols from the model, each drawn with its probability to the power 1/temperature.

    Raises:
        ValueError: the temperature is not above 0.
    """
    if not temperature > 0:
        raise ValueError(f"temperature: got {temperature}, accepted is a number above 0")
    generator = torch.Generator().manual_seed(seed)
    token, state, drawn = torch.zeros(1, 1, dtype=torch.int64), None, []
    for _ in range(size):
        logits, state = model.eval()(token, state)
        chances = torch.softmax(logits[0].double() / temperature, 1)
        token = torch.multinomial(chances, 1, generator=generator)
        drawn.append(int(token))
    return found.text(np.array(drawn))


def answer(result: PaperResult) -> str:
    """Bits of a symbol: learned as it is coded, and by weights that are sent."""
    told = []
    for arm in ("LSTM", "RNN"):
        once, sent, size = (
            result.values(arm, name).mean()
            for name in ("prequential_bits", "file_test_bits", "file_bits")
        )
        told.append(
            f"{arm}: {once:.3f} bits a symbol of the training text, coded once while it is "
            f"learned; {sent:.3f} of the test text by weights in a file of {size:,.0f} bits"
        )
    return "; ".join(told) + "."


_TEXT = "tinyshakespeare" if available("tinyshakespeare") else "story"
# 0 symbols are all; the story's lines and quotes are longer than 64 symbols
_LAB = {
    "texts": {
        "main": {"text": _TEXT, "train": 0, "test": 0, "epochs": 8.0},
        "story": {"text": "story", "train": 4_000_000, "test": 20_000, "epochs": 3.0,
                  "hidden": 128, "dropout": 0.0, "streams": 8, "unroll": 128,
                  "learning_rate": 3e-3},
    },
    "reads": "main", "hidden": 256, "layers": 2, "dropout": 0.2, "streams": 16, "unroll": 64,
    "optimiser": "adam", "learning_rate": 2e-3, "times": 9, "watched": 10_000,
    "orders": [5, 6],
}  # fmt: skip
_SHORT = {"text": "story", "train": 3000, "test": 1000, "epochs": 1.0}

PAPER = Paper(
    key="char-rnn",
    reference=ROWS["char-rnn"].reference,
    claim="An LSTM that reads characters predicts Shakespeare better than n-grams and than a plain "
    "recurrent network, and single units of it follow quotations and lines.",
    question="How many bits has the text with the network as a compressor?",
    arms=(
        Arm("LSTM", "two layers of 256", {"cell": "lstm"}),
        Arm("RNN", "two plain layers of 256", {"cell": "rnn"}, baseline=True),
        Arm("n-gram", "modified Kneser-Ney, order by the last tenth of the training text",
            {"cell": "n-gram"}, baseline=True),
        Arm("LSTM, story", "two layers of 128 on the generated text, for its quotes",
            {"cell": "lstm", "reads": "story"}),
    ),
    checks=(
        Check("the LSTM takes fewer bits of the test text than the plain network", "test_bits",
              "LSTM", "RNN", "lower"),
        Check("and fewer than the n-gram", "test_bits", "LSTM", "n-gram", "lower"),
        Check("a unit follows quotation, more than before training, by 0.25 of correlation",
              "quote_unit_gain", "LSTM, story", by=0.25),
        Check("a unit follows the line, more than before training, by 0.25", "line_unit_gain",
              "LSTM, story", by=0.25),
    ),
    scales={
        "smoke": _LAB | {"texts": {"main": _SHORT, "story": _SHORT}, "hidden": 8, "times": 3,
                         "unroll": 32, "orders": [2, 3]},
        "lab": _LAB,
        # char-rnn's larger settings; decay of the rate as here
        "paper": _LAB | {"texts": {"main": {"text": _TEXT, "train": 0, "test": 0, "epochs": 50.0},
                                   "story": {"text": "story", "train": 0, "test": 0,
                                             "epochs": 50.0}},
                         "hidden": 512, "layers": 3, "dropout": 0.5, "streams": 50, "unroll": 50,
                         "optimiser": "rmsprop", "learning_rate": 2e-3, "times": 51,
                         "orders": [4, 5, 6, 7, 8, 9]},
    },
    trial=trial,
    answer=answer,
    limits={"times": Limit(low=2), "watched": Limit(low=2), "dropout": Limit(high=1)},
    where="neural.papers.char_rnn:PAPER",
)  # fmt: skip
