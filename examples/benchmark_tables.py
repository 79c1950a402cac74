"""The tables of benchmarks in the pages on automata and agents, from benchmarks/results.

Run it as `python -m examples.benchmark_tables` from the root of the repository, after a benchmark.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from complexodynamics.tables import fill, markdown

RESULTS = Path("benchmarks/results")
CLAIMED = ["race", "contender", "rate", "against", "ratio"]


def claimed(*names: str) -> str:
    """The ratios that were claimed beforehand, of the named benchmarks."""
    rows = [
        [
            race["title"],
            ratio["contender"],
            rate(race, ratio["contender"]),
            ratio["baseline"],
            spread(ratio),
        ]
        for name in names
        for race in races(name)
        for ratio in race["bars"]
    ]
    return markdown(CLAIMED, rows)


def hashlife() -> str:
    """All ratios of HashLife, nothing being claimed of it."""
    rows = [
        [race["title"], ratio["contender"], rate(race, ratio["contender"]), spread(ratio)]
        for race in races("hashlife")
        for ratio in race["ratios"]
    ]
    return markdown(["race", "contender", "rate", "against our HashLife"], rows)


def races(name: str) -> list[dict[str, Any]]:
    """The races of a benchmark's results."""
    return json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))["races"]


def rate(race: dict[str, Any], contender: str) -> str:
    """A contender's median rate."""
    (found,) = (each for each in race["timings"] if each["name"] == contender)
    return f"{found['rate']:.2g} {found['unit']}/s"


def spread(ratio: dict[str, Any]) -> str:
    """A ratio's median and range."""
    middle, low, high = (figure(ratio[key]) for key in ("median", "low", "high"))
    return f"{middle} [{low}..{high}]"


def figure(ratio: float) -> str:
    """Three digits, without an exponent."""
    return f"{float(f'{ratio:.3g}'):,.0f}" if ratio >= 100 else f"{ratio:.3g}"


def main() -> None:
    """Fill the pages' tables."""
    fill(
        Path("docs/automata.md"),
        {"benchmarks": claimed("automata-1d", "automata"), "hashlife": hashlife()},
    )
    fill(Path("docs/agents.md"), {"benchmarks": claimed("agents")})
    fill(Path("docs/aiq.md"), {"benchmarks": claimed("aiq")})


if __name__ == "__main__":
    main()
