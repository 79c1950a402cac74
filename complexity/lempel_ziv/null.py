"""The LZ76 phrase count of fair coins: its mean and standard deviation at every length.

The table beside this file is made by

    python -m complexity.lempel_ziv

Up to n = 24 it holds the exact distribution, from all 2**n strings. Beyond it holds simulated means
and standard deviations at n = 2**k and 3 * 2**(k-1) up to 2**20. Between those, mean * log2(n) / n
is interpolated in log2(n) by monotone cubics (Fritsch and Butland 1984). log(sd) is for all n > 24
a polynomial of degree 5 in log2(n), fitted to the simulated ones by least squares with weights from
their numbers of strings: single ones are known to 4 % at the largest n only.
"""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from complexity.errors import integer
from complexity.lempel_ziv import _kernels
from complexity.progress import progress as progress_bar

__all__ = ["LZ76Null", "lz76_null", "make_table", "simulate_null"]

TABLE = Path(__file__).with_name("null_table.json")
EXACT_UP_TO = 24
GRID = sorted([1 << k for k in range(5, 21)] + [3 << k for k in range(4, 19)])
"""Simulated lengths of the table."""
SYMBOLS, FEWEST, MOST = 100_000_000, 300, 400_000  # symbols a length, and bounds of its replicas
_BATCH = 1 << 22  # symbols drawn at a time


@dataclass(frozen=True)
class LZ76Null:
    """The distribution of the LZ76 phrase count of `n` fair coins.

    Attributes:
        n: length, in symbols.
        mean: mean number of phrases.
        sd: standard deviation of the number of phrases.
        source: "exact" (all strings), "simulated" or "interpolated" (between simulated lengths).
            From the table, the sd of both of these is fitted.
        replicas: strings behind a simulated mean, 2**n if exact, 0 if interpolated.
    """

    n: int
    mean: float
    sd: float
    source: str
    replicas: int

    def to_dict(self) -> dict[str, Any]:
        """All fields as JSON values."""
        return asdict(self)


def lz76_null(n: int) -> LZ76Null:
    """The null distribution at length `n`, from the table.

    Args:
        n: 1 to 2**20.

    Raises:
        TypeError: `n` is not an integer.
        ValueError: it is out of that range; `simulate_null` takes any length.
    """
    n = integer("n", n, 1, GRID[-1])
    table = _table()
    if n in table:
        return table[n]
    from scipy.interpolate import PchipInterpolator

    place = np.log2(list(table))
    ratios = [entry.mean * math.log2(n) / n for n, entry in table.items()]
    ratio = float(PchipInterpolator(place, ratios)(math.log2(n)))
    return LZ76Null(n, ratio * n / math.log2(n), _fitted_sd(n), "interpolated", 0)


def simulate_null(n: int, *, replicas: int = 1000, seed: int = 0) -> LZ76Null:
    """The null distribution at length `n`, from fair coins drawn now.

    Args:
        n: length, in symbols, at least 1.
        replicas: number of strings, at least 2. The mean is known to sd / sqrt(replicas).
        seed: of the coins, which are bits of PCG64 seeded by SeedSequence(seed, spawn_key=(n,)).

    Raises:
        TypeError: an argument is not an integer.
        ValueError: an argument is out of range.
    """
    n = integer("n", n, 1, (1 << 30) - 1)
    replicas = integer("replicas", replicas, 2)
    stream = np.random.PCG64(np.random.SeedSequence(integer("seed", seed, 0), spawn_key=(n,)))
    words = -(-n // 64)
    counts = np.empty(replicas, np.int64)
    batch = max(1, _BATCH // n)
    for start in range(0, replicas, batch):
        part = counts[start : start + batch]
        raw = stream.random_raw(part.size * words).astype("<u8").view(np.uint8)
        rows = np.unpackbits(raw.reshape(part.size, -1), axis=1, count=n, bitorder="little")
        _kernels.lz76_counts(np.ascontiguousarray(rows), part)
    return LZ76Null(n, float(counts.mean()), float(counts.std(ddof=1)), "simulated", replicas)


def make_table(*, seed: int = 0) -> dict[str, Any]:
    """Make the table: exact histograms and simulated moments."""
    exact, simulated = {}, []
    with progress_bar("null of LZ76", EXACT_UP_TO + len(GRID)) as advance:
        for n in range(1, EXACT_UP_TO + 1):
            histogram = _kernels.lz76_histogram(n).tolist()
            exact[str(n)] = {str(c): k for c, k in enumerate(histogram) if k}
            advance()
        for n in GRID:
            replicas = min(max(SYMBOLS // n, FEWEST), MOST)
            null = simulate_null(n, replicas=replicas, seed=seed)
            simulated.append(
                {"n": n, "mean": round(null.mean, 6), "sd": round(null.sd, 6), "replicas": replicas}
            )
            advance()
    return {
        "what": "LZ76 phrases of n fair coins: strings by count (exact), mean and sd (simulated)",
        "command": f"python -m complexity.lempel_ziv --seed {seed}",
        "seed": seed,
        "exact": exact,
        "simulated": simulated,
    }


@cache
def _table() -> dict[int, LZ76Null]:
    stored = _stored()
    table = {}
    for key, histogram in stored["exact"].items():
        counts = np.array([int(count) for count in histogram], np.float64)
        shares = np.array(list(histogram.values())) / 2 ** int(key)
        mean = float(shares @ counts)
        sd = math.sqrt(float(shares @ (counts - mean) ** 2))
        table[int(key)] = LZ76Null(int(key), mean, sd, "exact", 2 ** int(key))
    for row in stored["simulated"]:
        n, replicas = row["n"], row["replicas"]
        table[n] = LZ76Null(n, row["mean"], _fitted_sd(n), "simulated", replicas)
    return table


@cache
def _stored() -> dict[str, Any]:
    return json.loads(TABLE.read_text(encoding="utf-8"))


@cache
def _sd_coefficients() -> tuple[float, ...]:
    rows = _stored()["simulated"]
    place = np.log2([row["n"] for row in rows])
    weights = np.sqrt([row["replicas"] for row in rows])  # 1 / error of log(sd)
    fit = np.polyfit(place, np.log([row["sd"] for row in rows]), 5, w=weights)
    return tuple(fit.tolist())


def _fitted_sd(n: int) -> float:
    return math.exp(float(np.polyval(_sd_coefficients(), math.log2(n))))
