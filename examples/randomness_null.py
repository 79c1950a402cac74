"""How often the tests of randomness reject what is random: the tables of docs/randomness.md.

Run it as `python -m examples.randomness_null` from the root of the repository; a quarter of an
hour. Sequences are the raw bits of PCG64, seeded by SeedSequence(0, spawn_key=(n,)).
"""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np

from complexity.files import save_json
from complexity.progress import progress
from complexity.randomness import battery
from complexodynamics.tables import fill, markdown

LENGTHS = {1000: 2000, 100_000: 500, 1_000_000: 200}
"""Bits of a sequence -> sequences."""

LEVELS = (0.1, 0.01, 0.001)
RESULTS = Path("docs/results/randomness.json")


def main() -> None:
    """Run the batteries, write the figures, fill the tables."""
    runs = [simulated(n, count) for n, count in LENGTHS.items()]
    command = "python -m examples.randomness_null"
    save_json(RESULTS, {"command": command, "levels": LEVELS, "runs": runs})
    tables()


def simulated(n: int, count: int) -> dict[str, Any]:
    """How often the batteries of `count` sequences reject, and each of their p-values."""
    stream = np.random.PCG64(np.random.SeedSequence(0, spawn_key=(n,)))
    found: dict[str, list[float]] = defaultdict(list)
    families = dict.fromkeys(map(str, LEVELS), 0)
    with progress(f"{n} bits", count) as advance:
        for _ in range(count):
            words = stream.random_raw(-(-n // 64)).astype("<u8").view(np.uint8)
            result = battery(np.unpackbits(words, count=n), workers=1, progress=False)
            for level in LEVELS:
                families[str(level)] += any(o.adjusted_p <= level for o in result.outcomes)
            for outcome in result.outcomes:
                if not outcome.reason:
                    alone = outcome.kind == "bound" or not outcome.parts
                    p_values = [outcome.p] if alone else [part.p for part in outcome.parts]
                    found[outcome.test].extend(p_values)
            advance()
    shares = {
        test: [float(np.mean(np.array(p_values) <= level)) for level in LEVELS]
        for test, p_values in found.items()
    }
    numbers = {test: len(p_values) for test, p_values in found.items()}
    return {
        "n": n,
        "sequences": count,
        "families": families,
        "p_values": numbers,
        "shares": shares,
    }


def tables() -> None:
    """Fill the page's tables from the figures."""
    runs = json.loads(RESULTS.read_text(encoding="utf-8"))["runs"]
    header = ["bits", "sequences", *(f"rejected at {level:g}" for level in LEVELS)]
    families = [[run["n"], run["sequences"], *run["families"].values()] for run in runs]
    titles = [f"{run['n']:,} bits" for run in runs]
    tests = [[test, *(cell(run, test) for run in runs)] for test in runs[-1]["shares"]]
    fill(
        Path("docs/randomness.md"),
        {
            "families": markdown(header, families),
            "calibration": markdown(["test", *titles], tests),
        },
    )


def cell(run: dict[str, Any], test: str) -> str:
    """The shares of a test's p-values below the levels, as multiples of them."""
    if test not in run["shares"]:
        return ""
    return " / ".join(
        f"{share / level:.2f}" for share, level in zip(run["shares"][test], LEVELS, strict=True)
    )


if __name__ == "__main__":
    main()
