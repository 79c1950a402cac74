"""Does MDL find the truth? The figure and the tables of docs/mdl.md, docs/results/consistency.json.

Run it as `python -m examples.consistency` from the root of the repository: some six minutes of
one core. `--quick` simulates little and writes below runs/.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from complexity.figures import new_figure, save_figure
from complexity.files import write_atomically
from complexity.provenance import versions
from complexodynamics.tables import fill, markdown
from mdl.clustering import recovery
from mdl.consistency import Consistency
from mdl.histogram import bins_found
from mdl.markov import order_consistency
from mdl.regression import degree_frequencies

SEED = 2005

ONES = np.array([[0.9, 0.2], [0.6, 0.05]])
"""Chances of a one after 00, 01, 10, 11: the chain of order 2."""

PANELS: dict[str, tuple[str, dict[str, str]]] = {
    "order": (
        "order 2 of a Markov chain",
        {"bayes": "MDL: KT mixture", "fnml": "MDL: NML by context"},
    ),
    "degree": (
        "degree 3 of a polynomial",
        {"nml": "MDL: NML", "bayes": "MDL: Bayes mixture"},
    ),
    "bins": (
        "four bins of unequal widths",
        {"dp": "MDL: NML", "genum": "MDL: two parts"},
    ),
    "clusters": (
        "three clusters, 4 deviations apart",
        {"nml": "MDL: NML", "icl": "ICL"},
    ),
}
"""Simulation -> title, its own criteria and their labels; BIC, AIC and CV are everywhere."""

OTHERS = {"bic": "BIC", "aic": "AIC", "cv": "CV"}


def simulated(scale: float = 1.0, *, progress: bool = True) -> dict[str, Consistency]:
    """The four simulations, of `scale` times as many data sets."""
    told: dict[str, Any] = {"seed": SEED, "progress": progress}
    return {
        "order": order_consistency(
            np.stack([1 - ONES, ONES], axis=-1),
            (25, 50, 100, 200, 400, 800, 1600, 3200),
            max_order=6,
            replicas=round(250 * scale),
            **told,
        ),
        "degree": degree_frequencies(
            (20, 40, 80, 160, 320, 640, 1280),
            replicas=round(200 * scale),
            versions=("nml", "bayes"),
            **told,
        ),
        "bins": bins_found(
            (50, 100, 200, 400, 800, 1600, 3200), replicas=round(200 * scale), **told
        ),
        "clusters": recovery(
            (30, 60, 120, 240),
            distance=4.0,
            replicas=round(60 * scale),
            folds=5,
            restarts=3,
            **told,
        ),
    }


def limits(scale: float = 1.0, *, progress: bool = True) -> dict[str, list[Consistency]]:
    """Where MDL fails: fair coins, with orders to 2 log2 n; components that overlap."""
    told: dict[str, Any] = {"seed": SEED, "progress": progress}
    coins = [
        order_consistency(
            (0.5, 0.5),
            (n,),
            max_order=2 * (n.bit_length() - 1),
            replicas=round(100 * scale),
            criteria=("bayes", "fnml", "bic", "aic"),
            **told,
        )
        for n in (64, 256, 1024, 4096)
    ]
    overlap = recovery(
        (120, 240, 480),
        distance=2.5,
        max_clusters=4,
        replicas=round(40 * scale),
        restarts=3,
        **told,
    )
    return {"coins": coins, "overlap": [overlap]}


def tables(results: Mapping[str, Any]) -> dict[str, str]:
    """The page's tables, from what is stored."""
    rows = []
    for name, (title, own) in PANELS.items():
        found = results["simulations"][name]
        first = next(iter(own))
        for at, n in enumerate(found["sizes"]):
            cells = [_share(found, criterion, at) for criterion in (*own, *OTHERS)]
            alone = found["alone"][first][at]
            rows.append([title if at == 0 else "", f"{n:,}", *cells, f"{alone[0]} : {alone[1]}"])
    header = ["", "n", "first code", "second code", *OTHERS.values(), "first : BIC"]
    lost = []
    for each in results["limits"]["coins"]:
        order = each["provenance"]["max_order"]
        cells = [_share(each, name, 0) for name in ("bayes", "fnml", "bic", "aic")]
        lost.append([f"{each['sizes'][0]:,}", f"0 to {order}", *cells])
    [overlap] = results["limits"]["overlap"]
    mixed = [
        [f"{n:,}", *(_share(overlap, name, at) for name in ("nml", "icl", "bic", "aic"))]
        for at, n in enumerate(overlap["sizes"])
    ]
    return {
        "consistency": markdown(header, rows),
        "consistency-coins": markdown(["n", "orders", "KT", "NML by context", "BIC", "AIC"], lost),
        "consistency-overlap": markdown(["n", "NML", "ICL", "BIC", "AIC"], mixed),
    }


def _share(found: Mapping[str, Any], criterion: str, at: int) -> str:
    values = found["criteria"][criterion]
    low, high = values["interval"][at]
    return f"{values['share'][at]:.2f} ({low:.2f}-{high:.2f})"


def draw(found: Mapping[str, Consistency], path: Path) -> None:
    """Four panels."""
    figure = new_figure(figsize=(10.5, 7.6))
    panels = figure.subplots(2, 2, sharey=True)
    for axes, (name, (title, own)) in zip(panels.flat, PANELS.items(), strict=True):
        result = found[name]
        result.draw(axes, own | OTHERS)
        axes.set_title(f"{title}, {result.replicas} data sets per n", fontsize=11)
        axes.grid(alpha=0.25, linewidth=0.6)
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(fontsize=8.5, framealpha=0.9)
    for axes in panels[:, 0]:
        axes.set_ylabel("share that found the truth")
    save_figure(figure, path)


def stored(found: Consistency, against: str | None = None) -> dict[str, Any]:
    """A result as JSON values, without what differs from run to run."""
    values = found.to_dict()
    for name in ("commit", "versions"):
        del values["provenance"][name]
    if against is not None:
        others = [name for name in found.found if name != against]
        values["alone"] = {name: found.alone(name, against).tolist() for name in others}
    return values


def main() -> None:
    """Simulate, draw, and write docs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few data sets, nothing in docs/")
    options = parser.parse_args()
    out = Path("runs/consistency") if options.quick else Path("docs")
    for folder in (out / "figures", out / "results"):
        folder.mkdir(parents=True, exist_ok=True)
    scale = 0.05 if options.quick else 1.0
    found, failed = simulated(scale), limits(scale)
    results = {
        "command": "python -m examples.consistency",
        "seed": SEED,
        "simulations": {name: stored(each, "bic") for name, each in found.items()},
        "limits": {name: [stored(each) for each in rows] for name, rows in failed.items()},
        "provenance": versions("numpy", "scipy", "numba"),
    }
    document = json.dumps(results, indent=1).encode() + b"\n"
    write_atomically(out / "results" / "consistency.json", document)
    draw(found, out / "figures" / "consistency.png")
    if options.quick:
        print("\n\n".join(tables(results).values()))
    else:
        fill(out / "mdl.md", tables(results))


if __name__ == "__main__":
    main()
