"""The labels of scikit-learn's digits, coded by learners that train as they go: bits and curves.

Run it as `python -m examples.prequential_digits` from the root of the repository (a minute of one
processor). It writes docs/figures/prequential.png and docs/results/prequential.json; all settings
are the defaults, and every file is decoded by training anew.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from complexity.figures import new_figure, save_figure
from complexity.files import write_atomically
from complexity.provenance import versions
from complexodynamics.tables import markdown
from mdl.prequential import (
    BlockwiseLearner,
    CalibratedLearner,
    EnsembleLearner,
    Frequencies,
    LearningCurve,
    PrequentialCode,
    SoftNeighbours,
    decode_labels,
    portable_learners,
)
from mdl.report import null_bits, shuffled_labels

STANDARD = "standard: neighbours and eight networks, switching"


def codes() -> dict[str, PrequentialCode]:
    """What is compared, by the name in the table; each has the uniform expert beside it."""
    network = EnsembleLearner(networks=1)
    blockwise = BlockwiseLearner(inner=EnsembleLearner(networks=1, epochs=100))
    anew = CalibratedLearner(inner=blockwise)
    eight = CalibratedLearner(inner=EnsembleLearner())
    return {
        "frequencies of labels": PrequentialCode(10, Frequencies()),
        "one network, trained anew in doubling blocks, calibrated": PrequentialCode(10, anew),
        "one network, online with replay": PrequentialCode(10, network),
        "one network, online with replay, calibrated": PrequentialCode(
            10, CalibratedLearner(inner=network)
        ),
        "eight networks, calibrated": PrequentialCode(10, eight),
        "21 soft nearest neighbours, switching": PrequentialCode(10, SoftNeighbours()),
        "portable: neighbours and a small network, switching": PrequentialCode(
            10, portable_learners()
        ),
        STANDARD: PrequentialCode(10),
        "standard, geometric mixing": PrequentialCode(10, mixing="geometric"),
    }


def row(name: str, code: PrequentialCode, x: Any, y: NDArray[np.int64]) -> dict[str, Any]:
    """One code: ideal bits, bits of the codeword and of the whole file, once it has decoded."""
    curve, blob = code.curve(x, y), code.encode(x, y)
    assert np.array_equal(decode_labels(blob, x), y)
    return {
        "name": name,
        "curve": curve,
        "ideal_bits": curve.total_bits,
        "codeword_bits": curve.codeword_bits,
        "file_bits": 8 * len(blob),
        "errors": int(curve.wrong.sum()),
        "final_bits_per_label": curve.final_bits(),
        "learning_cost_bits": curve.area_bits(),
    }


def draw(curves: dict[str, LearningCurve], path: str) -> None:
    """Bits per label, and all bits so far, against the labels seen."""
    figure = new_figure(figsize=(11, 5))
    rate, total = figure.subplots(1, 2)
    n = np.arange(1, next(iter(curves.values())).labels + 1)
    most = max(curve.total_bits for curve in curves.values())
    rate.axhline(math.log2(10), color="k", linestyle=":", label="uniform")
    total.plot(n, math.log2(10) * n, "k:")
    for place, (name, curve) in enumerate(curves.items()):
        style = {"color": f"C{place}", "linewidth": 2.2 if name == STANDARD else 1.3}
        ends, means = curve.binned(12)
        rate.plot(ends, means, marker=".", label=name, **style)
        total.plot(n, curve.cumulative_bits, **style)
        text, at = f" {curve.total_bits:.0f}", (n[-1], curve.total_bits)
        total.annotate(text, at, color=f"C{place}", va="center", fontsize=9)
    rate.set(xscale="log", yscale="log", ylim=(0.05, 6), ylabel="bits per label")
    rate.set_yticks([0.1, 0.3, 1, 3], ["0.1", "0.3", "1", "3"])
    rate.set_xticks([1, 10, 100, 1000], ["1", "10", "100", "1000"])
    rate.minorticks_off()
    total.set(xlim=(0, 1.1 * n[-1]), ylim=(0, 1.05 * most), ylabel="bits so far")
    total.annotate("  uniform, to 5970", (0.85 * most / math.log2(10), 0.85 * most), fontsize=9)
    for axes in (rate, total):
        axes.set_xlabel("labels seen")
        axes.spines[["top", "right"]].set_visible(False)
    figure.legend(frameon=False, fontsize=8, loc="outside lower center", ncols=3)
    save_figure(figure, path)


def main() -> None:
    """Train, decode, draw, and write docs."""
    from sklearn.datasets import load_digits

    pixels, labels = load_digits(return_X_y=True)
    x, y = np.asarray(pixels) / 16, np.asarray(labels, np.int64)
    rows = [row(name, code, x, y) for name, code in codes().items()]
    curves = {each["name"]: each.pop("curve") for each in rows}
    shuffled = PrequentialCode(10).bits(x, shuffled_labels(y, seed=0))
    for folder in (Path("docs/figures"), Path("docs/results")):
        folder.mkdir(parents=True, exist_ok=True)
    shown = (
        "one network, trained anew in doubling blocks, calibrated",
        "one network, online with replay",
        "one network, online with replay, calibrated",
        "eight networks, calibrated",
        STANDARD,
    )
    draw({name: curves[name] for name in shown}, "docs/figures/prequential.png")
    nulls = null_bits(y, 10)
    results = {
        "command": "python -m examples.prequential_digits",
        "data": "scikit-learn's digits, 1797 labels in their order, given 64 pixels each",
        "uniform_bits": nulls["uniform_bits"],
        "nml_bits": nulls["nml_bits"],
        "codes": rows,
        "standard, alone": curves[STANDARD].experts_total,
        "standard, other mixtures": {
            mixing: curves[STANDARD].remixed_bits(mixing) for mixing in ("bayes", "fixed-share")
        },
        "standard, shuffled labels": shuffled,
        "provenance": versions("numpy", "torch", "numba"),
    }
    text = json.dumps(results, indent=1, allow_nan=False) + "\n"
    write_atomically("docs/results/prequential.json", text.encode())
    head = ["code", "ideal bits", "codeword", "file", "errors on the way", "bits/label at the end"]
    lines = []
    for each in rows:
        whole = [str(each[name]) for name in ("codeword_bits", "file_bits", "errors")]
        last = f"{each['final_bits_per_label']:.3f}"
        lines.append([each["name"], f"{each['ideal_bits']:.1f}", *whole, last])
    print(markdown(head, lines))
    print(f"\nuniform {nulls['uniform_bits']:.1f}, NML {nulls['nml_bits']:.1f}, ", end="")
    print(f"the standard code of shuffled labels {shuffled:.1f} bits")


if __name__ == "__main__":
    main()
