"""The published table of the AIQ test: docs/results/aiq.json, docs/figures/aiq.png, docs/aiq.md.

Run it as `python -m examples.aiq_table` from the root of the repository; some minutes on two cores.
What is finished is kept below runs/aiq/ and not played again. `--quick` takes a tenth of the
programs and writes below runs/aiq-quick/.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from complexity.figures import new_figure, save_figure
from complexity.files import write_atomically
from complexodynamics.tables import fill, markdown
from simulations.agents.agent import Agent
from simulations.agents.baselines import FreqAgent, RandomAgent
from simulations.agents.quotient import Comparison, compare
from simulations.agents.temporal.controllers import HLQ, QLearner

SEED = 2011
AGENTS = ("Freq", "Q(0)", "Q(λ)", "HLQ(λ)")


@dataclass(frozen=True)
class Setting:
    """A length of episodes, with the published parameters and values.

    Attributes:
        interactions: of an episode.
        programs: to play here.
        agents: by name.
        published: value and half of its 95 % interval, by name.
    """

    interactions: int
    programs: int
    agents: Mapping[str, Agent]
    published: Mapping[str, tuple[float, float]]


def learners(freq: float, q: dict[str, float], hlq: dict[str, float]) -> dict[str, Agent]:
    """Random and the four of the table."""
    agents = (
        FreqAgent(freq),
        QLearner(alpha=0.5, **q),
        QLearner(alpha=0.5, lambda_=0.5, **q),
        HLQ(**hlq),
    )
    return {"Random": RandomAgent(), **dict(zip(AGENTS, agents, strict=True))}


SETTINGS = (
    Setting(
        1_000,
        12_000,
        learners(
            0.07,
            {"epsilon": 0.04, "gamma": 0.6},
            {"epsilon": 0.04, "gamma": 0.7, "lambda_": 0.95},
        ),
        dict(zip(AGENTS, ((40.2, 0.4), (41.8, 0.4), (44.3, 0.4), (49.1, 0.4)), strict=True)),
    ),
    Setting(
        10_000,
        3_000,
        learners(
            0.09,
            {"epsilon": 0.02, "gamma": 0.8},
            {"epsilon": 0.02, "gamma": 0.7, "lambda_": 0.99},
        ),
        dict(zip(AGENTS, ((45.2, 0.4), (50.2, 0.4), (51.5, 0.5), (54.7, 0.4)), strict=True)),
    ),
)
"""S. Legg and J. Veness 2011, with the parameters in the spreadsheet of their software."""


def within(measured: float, half: float, published: tuple[float, float]) -> float:
    """How many joint half-intervals a value lies from the published one."""
    return abs(measured - published[0]) / math.hypot(half, published[1])


def values(results: list[tuple[Setting, Comparison]]) -> str:
    """The table of quotients."""
    rows = []
    for setting, found in results:
        for each in found.quotients:
            known = setting.published.get(each.agent)
            rows.append(
                [
                    f"{setting.interactions:,}",
                    each.agent,
                    f"{each.value:.2f} ± {each.half_width:.2f}",
                    f"{known[0]} ± {known[1]}" if known else "",
                    f"{within(each.value, each.half_width, known):.2f}" if known else "",
                    f"{each.pair_correlation:+.2f}",
                    f"{len(each.played):,}, {sum(each.dropped.values())}",
                ]
            )
    header = ["interactions", "agent", "AIQ", "published", "apart, joint half-intervals"]
    return markdown([*header, "correlation of a pair", "programs, dropped"], rows)


def differences(results: list[tuple[Setting, Comparison]]) -> str:
    """The table of paired differences between neighbours."""
    rows = []
    for setting, found in results:
        names = [each.agent for each in found.quotients]
        for lower, higher in pairwise(names):
            each = found.difference(higher, lower)
            paired = f"{each.value:.2f} ± {each.half_width:.2f}"
            ratio = f"{each.variance_ratio:.1f}"
            rows.append([f"{setting.interactions:,}", f"{higher} less {lower}", paired, ratio])
    return markdown(["interactions", "", "difference", "variance apart / paired"], rows)


def strata(found: Comparison) -> str:
    """The table of strata."""
    rows = [
        [
            " / ".join(parts[0].names),
            f"{100 * parts[0].weight:.1f} %",
            f"{parts[0].programs:,}",
            *(f"{each.mean:.1f} ± {each.half_width:.1f}" for each in parts[1:]),
        ]
        for parts in zip(*(each.strata for each in found.quotients), strict=True)
    ]
    names = [each.agent for each in found.quotients[1:]]
    return markdown(["stratum", "weight", "played", *names], rows)


def left_out(results: list[tuple[Setting, Comparison]]) -> str:
    """The table of programs that never were played."""
    rows = []
    for setting, found in results:
        first = found.quotients[0]
        pool = first.provenance["pool"]
        drawn = pool + sum(first.rejected.values())
        counts = [f"{count:,} ({count / drawn:.1%})" for count in first.rejected.values()]
        rows.append([f"{setting.interactions:,}", f"{drawn:,}", *counts, f"{pool:,}"])
    reasons = list(results[0][1].quotients[0].rejected)
    return markdown(["interactions", "drawn", *reasons, "pool"], rows)


def draw(results: list[tuple[Setting, Comparison]], path: Path) -> None:
    """Quotients beside the published ones, and differences beside their unpaired intervals."""
    figure = new_figure(figsize=(9.5, 4.2))
    axes = figure.subplots(1, 2)
    for (setting, found), colour in zip(results, ("tab:blue", "tab:orange"), strict=True):
        label = f"{setting.interactions:,} interactions"
        names = [each.agent for each in found.quotients]
        style: dict[str, Any] = {"color": colour, "capsize": 3, "linestyle": "none"}
        axes[0].errorbar(
            names,
            [each.value for each in found.quotients],
            [each.half_width for each in found.quotients],
            marker="o",
            markersize=4,
            label=label,
            **style,
        )
        known = [setting.published[name] for name in AGENTS]
        axes[0].plot(
            AGENTS,
            [value for value, _ in known],
            marker="D",
            markersize=11,
            markerfacecolor="none",
            color=colour,
            linestyle="none",
            alpha=0.6,
            label="published",
        )
        steps = [(b, a) for a, b in pairwise(names[1:])]
        shift = -0.12 if colour == "tab:blue" else 0.12
        for place, (higher, lower) in enumerate(steps):
            each = found.difference(higher, lower)
            apart = math.hypot(found[higher].half_width, found[lower].half_width)
            here = place + shift
            axes[1].errorbar(here, each.value, apart, elinewidth=6, alpha=0.25, **style)
            axes[1].errorbar(here, each.value, each.half_width, marker="o", markersize=4, **style)
        axes[1].set_xticks(range(len(steps)), [f"{a}\nless {b}" for a, b in steps])
    axes[0].set_ylabel("mean reward (AIQ)")
    axes[0].set_title("quotients, 95 % intervals")
    axes[0].legend(loc="lower right")
    axes[1].axhline(0, color="grey", linewidth=0.8)
    axes[1].set_title("differences: paired (thin), unpaired (broad)")
    for each in axes:
        each.grid(axis="y", alpha=0.3)
    save_figure(figure, path)


def main() -> None:
    """Play, draw, and write docs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few programs, nothing in docs/")
    options = parser.parse_args()
    out = Path("runs/aiq-quick") if options.quick else Path("docs")
    for folder in (out / "figures", out / "results"):
        folder.mkdir(parents=True, exist_ok=True)
    results = []
    for setting in SETTINGS:
        programs = setting.programs // (10 if options.quick else 1)
        found = compare(
            setting.agents,
            programs=programs,
            interactions=setting.interactions,
            seed=SEED,
            out="runs/aiq",
        )
        results.append((setting, found))
    document = {
        "command": "python -m examples.aiq_table",
        "seed": SEED,
        "settings": [
            {
                "interactions": setting.interactions,
                "published": {name: list(pair) for name, pair in setting.published.items()},
                **found.to_dict(),
            }
            for setting, found in results
        ],
    }
    for setting in document["settings"]:
        for quotient in setting["quotients"]:
            for passing in ("commit", "seconds"):
                del quotient["provenance"][passing]
    write_atomically(out / "results" / "aiq.json", json.dumps(document, indent=1).encode() + b"\n")
    draw(results, out / "figures" / "aiq.png")
    tables = {
        "aiq-values": values(results),
        "aiq-differences": differences(results),
        "aiq-strata": strata(results[0][1]),
        "aiq-left-out": left_out(results),
    }
    if options.quick:
        print("\n\n".join(tables.values()))
    else:
        fill(out / "aiq.md", tables)


if __name__ == "__main__":
    main()
