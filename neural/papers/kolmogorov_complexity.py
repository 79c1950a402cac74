"""Kolmogorov complexity (Shen, Uspensky, Vereshchagin) and the simplicity bias of random networks.

The coding theorem says that what a universal machine prints of random programs is simple; Dingle,
Camargo and Louis (2018) bound P(x) <= 2^(-a K(x) - b) for maps that are far from universal, and
Valle-Pérez, Camargo and Louis (2019) find it in networks: a (7, 40, 40, 1) network with random
weights computes simple Boolean functions far more often than others. Here weights are drawn, the
truth tables of all 128 inputs counted, and their frequencies set against four complexities.

References:
    K. Dingle, C. Q. Camargo and A. A. Louis, Input-output maps are strongly biased towards simple
        outputs, Nature Communications 9:761, 2018: the bound; equation 4 of its methods, C_LZ.
    G. Valle-Pérez, C. Q. Camargo and A. A. Louis, Deep learning generalizes because the
        parameter-function map is biased towards simple functions, ICLR 2019, section 4, figure 1.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

import complexity
from neural.engine.paper import Arm, Check, Outcome, Paper, Trial
from neural.papers.rows import ROWS

if TYPE_CHECKING:
    from neural.engine.result import PaperResult

__all__ = ["PAPER", "lempel_ziv_bits", "truth_tables"]

Tables = NDArray[np.uint8]
"""(functions, 2^inputs) of 0 and 1: outputs for all inputs in the order of binary numbers."""


def lempel_ziv_bits(table: NDArray[np.uint8]) -> float:
    """C_LZ of Dingle et al.: words of the 1976 parsing, both directions' mean, times log2 n."""
    if table.min() == table.max():
        return math.log2(table.size)
    words = complexity.lz76(table) + complexity.lz76(table[::-1])
    return math.log2(table.size) * words / 2


def truth_tables(
    networks: int, *, inputs: int, hidden: int, sd: float, generator: torch.Generator
) -> Tables:
    """The Boolean functions of random ReLU networks (inputs, hidden, hidden, 1).

    Weights are normal with standard deviation sd / sqrt(fan-in), biases with `sd`; a function is 1
    where the output is positive.
    """
    x = torch.from_numpy((np.arange(1 << inputs)[:, None] >> np.arange(inputs)[::-1]) & 1)
    h = x.float().expand(networks, -1, -1)  # (networks, 2^inputs, inputs)
    for fan_in, width in ((inputs, hidden), (hidden, hidden), (hidden, 1)):
        weight = torch.randn(networks, fan_in, width, generator=generator) * (sd / fan_in**0.5)
        bias = torch.randn(networks, 1, width, generator=generator) * sd
        h = torch.baddbmm(bias, h, weight)  # (networks, 2^inputs, width)
        if width > 1:
            h = torch.relu_(h)
    return (h[..., 0] > 0).to(torch.uint8).numpy()


def trial(given: Trial) -> Outcome:
    """Count the functions of random networks, or draw functions evenly."""
    generator = torch.Generator().manual_seed(given.seed)
    counts: dict[bytes, int] = {}
    drawn = []
    for start in range(0, given["networks"], given["batch"]):
        size = min(given["batch"], given["networks"] - start)
        tables = _drawn(given, size, generator)
        drawn.append(tables[: max(given["measured"] * size // given["networks"], 1)])
        for packed in np.packbits(tables, axis=1):
            key = packed.tobytes()
            counts[key] = counts.get(key, 0) + 1
    typical = np.concatenate(drawn)
    found = {
        "mean_lempel_ziv_bits": float(np.mean([lempel_ziv_bits(each) for each in typical])),
        "mean_ctw_bits": _mean_bits(typical),
        "distinct_share": len(counts) / given["networks"],
        "commonest_log2": math.log2(max(counts.values()) / given["networks"]),
    }
    return Outcome(found | _bias(counts, given))


def _drawn(given: Trial, size: int, generator: torch.Generator) -> Tables:
    if given["even"]:
        bits: Tensor = torch.randint(0, 2, (size, 1 << given["inputs"]), generator=generator)
        return bits.to(torch.uint8).numpy()
    return truth_tables(
        size, inputs=given["inputs"], hidden=given["hidden"], sd=given["sd"], generator=generator
    )


def _mean_bits(tables: Tables) -> float:
    code = complexity.get_code("ctw-bits")
    return float(np.mean([code.bits(table) for table in tables]))


def _bias(counts: dict[bytes, int], given: Trial) -> dict[str, float]:
    """Rank correlations of log P with complexities, over the functions that came twice or more."""
    repeated = sorted((n, key) for key, n in counts.items() if n > 1)[::-1][: given["measured"]]
    if len(repeated) < 10:
        return {}
    from scipy.stats import rankdata

    size = 1 << given["inputs"]
    logs = np.log2([n / given["networks"] for n, _ in repeated])
    tables = [np.unpackbits(np.frombuffer(key, np.uint8))[:size] for _, key in repeated]
    ctw = complexity.get_code("ctw-bits")
    measures = {
        "lempel_ziv": np.array([lempel_ziv_bits(table) for table in tables]),
        "bdm": np.array([complexity.bdm(table) for table in tables]),
        "ctw": np.array([ctw.bits(table) for table in tables]),
        "ones": np.array([-abs(int(table.sum()) - size // 2) for table in tables]),
    }
    ranks = rankdata(logs)
    found = {
        f"rank_{name}": float(np.corrcoef(rankdata(values), ranks)[0, 1])  # Spearman's
        for name, values in measures.items()
    }
    # the bound with a = log2 of the number of functions over the greatest complexity, b = 0
    greatest = lempel_ziv_bits(np.random.default_rng(0).integers(0, 2, size).astype(np.uint8))
    slope = size / greatest
    return found | {"below_bound": float(np.mean(logs <= -slope * measures["lempel_ziv"] + 1e-9))}


def answer(result: PaperResult) -> str:
    """How much simpler, and which complexity orders the probabilities best."""
    means = {arm: result.values(arm, "mean_lempel_ziv_bits").mean() for arm in result.arms}
    name = result.arms[0]
    ranks = {
        m: result.values(name, f"rank_{m}").mean() for m in ("lempel_ziv", "bdm", "ctw", "ones")
    }
    if any(math.isnan(rank) for rank in ranks.values()):
        return f"A function of a random network has {means[name]:.0f} bits by Lempel-Ziv."
    best = min(ranks, key=lambda each: ranks[each])
    told = ", ".join(f"{each} {rank:.2f}" for each, rank in ranks.items())
    return (
        f"A random network's function has {means[name]:.0f} bits by Lempel-Ziv where an evenly "
        f"drawn one has {means[result.arms[-1]]:.0f}; the commonest has probability "
        f"2^{result.values(name, 'commonest_log2').mean():.1f}, not 2^-{1 << _INPUTS}. Rank "
        f"correlations of its probability with complexity: {told}; {best} orders them best. "
        f"{100 * result.values(name, 'below_bound').mean():.0f} % of the functions that came twice "
        "lie below 2^(-a C - b) with a = log2(functions) / max C and b = 0."
    )


_INPUTS = 7
_COMMON = {"inputs": _INPUTS, "hidden": 40, "sd": 1.0, "even": False, "batch": 2000}

PAPER = Paper(
    key="kolmogorov-complexity",
    reference=ROWS["kolmogorov-complexity"].reference,
    claim="Random networks compute simple functions: the probability of a Boolean function falls "
    "with its complexity, as the coding theorem has it for universal machines.",
    question="Which complexity of a function tells its probability under a random network?",
    arms=(
        Arm("network", "(7, 40, 40, 1) ReLU, weights N(0, 1/fan-in), biases N(0, 1)"),
        Arm("wide weights", "the same, weights and biases four times as large", {"sd": 4.0}),
        Arm("even", "all Boolean functions alike", {"even": True}, baseline=True),
    ),
    checks=(
        Check("functions are simpler than evenly drawn ones, by 10 bits of C_LZ",
              "mean_lempel_ziv_bits", "network", "even", "lower", 10.0),
        Check("P(f) falls with C_LZ: rank correlation below -0.3",
              "rank_lempel_ziv", "network", None, "lower", -0.3),
    ),
    scales={
        "smoke": _COMMON | {"networks": 6000, "measured": 100},
        "lab": _COMMON | {"networks": 1_000_000, "measured": 3000},
        "paper": _COMMON | {"networks": 10_000_000_000, "measured": 100_000},
    },
    trial=trial,
    answer=answer,
    where="neural.papers.kolmogorov_complexity:PAPER",
)  # fmt: skip
