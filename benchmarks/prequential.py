"""Prequential codes of scikit-learn's digits: `python -m benchmarks.prequential`.

All 1,797 labels in their order, given the pixels; uniform is 5,969.5 bits. Settings are the
defaults, which were fixed before, and three seeds. The peer is preqtorch, if it is installed: the
same network, labels per step, updates and rate, in both sizes of replay batch that it can be given.
"""

from __future__ import annotations

import contextlib
import io
import math
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.label_data import digits
from benchmarks.lempel_ziv import peer
from benchmarks.targets import Target, table
from mdl.prequential import (
    BlockwiseLearner,
    CalibratedLearner,
    EnsembleLearner,
    LearningCurve,
    PrequentialCode,
    SoftNeighbours,
    code_in,
    portable_learners,
)
from mdl.report import shuffled_labels

SEEDS = (0, 1, 2)
BLOCK = 4  # labels per step, ours and the peer's
REPLAYS = (4, 32)  # labels of the peer's replay batches: its own default, and ours

_DECODE = """
import sys
import numpy as np
from mdl.prequential import decode_labels
blob, inputs = open(sys.argv[1], "rb").read(), np.load(sys.argv[2])
np.save(sys.argv[3], decode_labels(blob, inputs))
"""


def targets(data: str | None) -> list[Target]:
    """Every figure beside its bar; `data` is not needed."""
    x, y = digits()
    curves = [PrequentialCode(10, seed=seed).curve(x, y) for seed in SEEDS]
    rows = [*standard(x, y, curves), *controls(x, y)]
    ours = {updates: singles(x, y, updates) for updates in (10, 20)}
    for updates, bits in ours.items():
        what = f"one network 64-128-10, calibrated, {updates} updates, mean"
        bar = 440 if updates == 20 else math.nan
        rows.append(Target(what, float(np.mean(bits)), "<=", bar, "bits", note=listed(bits)))
    rows.append(blockwise(x, y))
    eight = [curve.experts_total["calibrated"] for curve in curves]
    rows.append(
        Target("eight, 10 updates, mean", float(np.mean(eight)), unit="bits", note=listed(eight))
    )
    whole = [curve.total_bits for curve in curves]
    return rows + against_preqtorch(x, y, ours, {"eight networks": eight, "standard code": whole})


def standard(x: Any, y: Any, curves: list[LearningCurve]) -> list[Target]:
    """The standard code: bits of three seeds, and the file of the first, decoded elsewhere."""
    totals = [curve.total_bits for curve in curves]
    first = curves[0]
    alone = ", ".join(f"{name} {bits:.0f}" for name, bits in best_alone(first).items())
    code, neighbours = PrequentialCode(10), PrequentialCode(10, SoftNeighbours()).bits(x, y)
    blob = code.encode(x, y)
    word = first.codeword_bits
    wrong = decoded_elsewhere(blob, x, y)
    return [
        Target(
            "standard code, worst of 3 seeds", max(totals), "<=", 320, "bits", note=listed(totals)
        ),
        Target("  over the uniform code", max(totals) / first.uniform_bits, note=f"alone: {alone}"),
        Target("  without the networks", neighbours, unit="bits"),
        Target("  by a Bayes mixture", first.remixed_bits("bayes"), unit="bits"),
        Target("  what learning cost", first.area_bits(), unit="bits", note="estimate, last fifth"),
        Target("codeword over its ideal", word - totals[0], "<=", 16, "bits", note=f"{word} bits"),
        Target("  envelope around it", 8 * len(blob) - word, unit="bits"),
        Target("  labels wrong in a fresh process", wrong, "<=", 0, "labels", note="2 threads"),
    ]


def controls(x: Any, y: Any) -> list[Target]:
    """Labels in random order, and the code whose files decode on any machine."""
    n = len(y)
    excess = []
    for seed in SEEDS:
        shuffled = shuffled_labels(y, seed=seed)
        code = PrequentialCode(10, seed=seed)
        excess.append(code.bits(x, shuffled) - n * math.log2(10))
    code = PrequentialCode(10, portable_learners())
    curve, blob = code.curve(x, y), code.encode(x, y)
    begun = time.process_time()
    wrong = int((code_in(blob).decode(blob, x) != y).sum())
    note = f"{time.process_time() - begun:.1f} s to decode, {wrong} labels wrong"
    return [
        Target(
            "shuffled labels over uniform, most", max(excess), "<=", 20, "bits", note=listed(excess)
        ),
        Target("  least", min(excess), ">=", 0, "bits"),
        Target("portable code, codeword", curve.codeword_bits, unit="bits", note=note),
    ]


def singles(x: Any, y: Any, updates: int) -> list[float]:
    """One network by itself, beside the uniform expert."""
    learner = CalibratedLearner(inner=EnsembleLearner(networks=1, updates=updates))
    return [PrequentialCode(10, learner, BLOCK, seed=seed).bits(x, y) for seed in SEEDS]


def blockwise(x: Any, y: Any) -> Target:
    """The same network trained from scratch when the labels have doubled."""
    anew = BlockwiseLearner(inner=EnsembleLearner(networks=1, epochs=100))
    code = PrequentialCode(10, CalibratedLearner(inner=anew))
    what = "one network, trained anew in doubling blocks, calibrated"
    return Target(what, code.bits(x, y), unit="bits")


def against_preqtorch(
    x: Any, y: Any, ours: dict[int, list[float]], at_ten: dict[str, list[float]]
) -> list[Target]:
    """The peer's bits, and ours over its best; nothing if it is not installed.

    Args:
        x, y: the data.
        ours: updates -> bits of one network, of each seed.
        at_ten: what else is compared with the peer at ten updates.
    """
    if peer("preqtorch") is None:
        return []
    rows = []
    for updates, bits in ours.items():
        runs = {
            replay: [preqtorch_bits(x, y, updates, replay, seed) for seed in SEEDS]
            for replay in REPLAYS
        }
        means = {replay: float(np.mean(each)) for replay, each in runs.items()}
        for replay, each in runs.items():
            what = f"{updates} updates, replay batches of {replay}, mean"
            rows.append(
                Target(what, means[replay], unit="bits", peer="preqtorch", note=listed(each))
            )
        compared = {"one network": bits} | (at_ten if updates == 10 else {})
        for name, each in compared.items():
            what = f"{name}, {updates} updates, over the better of these"
            ratio = float(np.mean(each)) / min(means.values())
            rows.append(Target(what, ratio, "<=", 0.9, peer="preqtorch"))
    return rows


def preqtorch_bits(x: Any, y: Any, updates: int, replay: int, seed: int) -> float:
    """What preqtorch's encoder says, with the settings that were best for it: Adam 1e-3, no beta,
    no averaged weights."""
    import torch
    from preqtorch.encoders import MIREncoder, ModelClass  # pyright: ignore[reportMissingImports]
    from preqtorch.replay import ReplayBuffer  # pyright: ignore[reportMissingImports]

    class Network(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            layers = (torch.nn.Linear(64, 128), torch.nn.ReLU(), torch.nn.Linear(128, 10))
            self.layers = torch.nn.Sequential(*layers)

        def forward(self, batch: Any) -> torch.Tensor:
            return self.layers(batch[0])

    def bits(batch: Any, output: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.cross_entropy(output, batch[1], reduction="none") / math.log(2)

    torch.set_num_threads(1)
    pixels = torch.from_numpy((x - x.mean(0)) / x.std())
    known = torch.utils.data.TensorDataset(pixels, torch.from_numpy(y))
    with contextlib.redirect_stdout(io.StringIO()):
        found = MIREncoder(ModelClass(Network, "cpu")).encode(
            torch.utils.data.DataLoader(known, BLOCK, shuffle=False),
            "digits",
            loss_fn=bits,
            learning_rate=1e-3,
            seed=seed,
            use_beta=False,
            use_ema=False,
            replay=ReplayBuffer(known, replay, updates - 1),
        )
    return float(found.code_length)


def best_alone(curve: LearningCurve) -> dict[str, float]:
    """Kind of expert -> bits of the best of its kind by itself."""
    found: dict[str, float] = {}
    for name, bits in curve.experts_total.items():
        kind = name.partition(" ")[0]
        found[kind] = min(bits, found.get(kind, math.inf))
    return found


def decoded_elsewhere(blob: bytes, x: Any, y: Any) -> int:
    """How many labels another process gets wrong, that was told to use two threads."""
    with tempfile.TemporaryDirectory() as folder:
        file, inputs, out = (Path(folder) / name for name in ("labels", "x.npy", "y.npy"))
        file.write_bytes(blob)
        np.save(inputs, x)
        program = f"import torch\ntorch.set_num_threads(2)\n{_DECODE}"
        subprocess.run([sys.executable, "-c", program, file, inputs, out], check=True)
        return int((np.load(out) != y).sum())


def listed(values: list[float]) -> str:
    """The figure of each seed."""
    return "seeds 0-2: " + ", ".join(f"{value:.1f}" for value in values)


if __name__ == "__main__":
    print(table(targets(None)))
