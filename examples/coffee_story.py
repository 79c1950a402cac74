"""Everything in docs/coffee.md: runs, figures, tables and docs/results/coffee.json.

Run it as `python -m examples.coffee_story` from the root of the repository (about six minutes
on two cores); `--quick` does small cups in seconds, to see that it works.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np

from complexity.figures import new_figure, save_figure
from complexity.files import write_atomically
from complexodynamics.tables import fill, markdown
from simulations import Trajectory, coffee
from simulations.coffee.summary import smoothed

PUBLISHED = ("three-bucket", "seven-bucket-code", "seven-bucket-paper")
SEED = 2014


def replication(size: int, replicas: int) -> dict[str, Any]:
    """Start, smoothed peak and end of every published metric, in bytes, over replicas."""
    found: dict[str, Any] = {}
    for model in ("interacting", "walk"):
        for name in PUBLISHED:
            run = coffee.simulate(
                size, model=model, coarse=name, replicas=replicas, seed=SEED, null_samples=0, keep=0
            )
            found[f"{model} entropy"] = _bytes(run, "entropy_bits")
            found[f"{model} {name}"] = _bytes(run, "complexity_bits")
    wide = dataclasses.replace(coffee.PUBLISHED["seven-bucket-code"], maximum=3)
    run = coffee.simulate(
        size, model="walk", coarse=wide, replicas=replicas, seed=SEED, null_samples=0, keep=0
    )
    found["walk seven-bucket-code, maximum 3"] = _bytes(run, "complexity_bits")
    return found


def _bytes(run: Trajectory, name: str) -> dict[str, Any]:
    curves = run[name].T / 8
    peaks = [float(smoothed(curve).max()) for curve in curves]
    times = [int(run.times[np.argmax(smoothed(curve))]) for curve in curves]
    ends = [float(curve[-20:].mean()) for curve in curves]
    return {
        "start": float(curves[:, 0].mean()),
        "peak": _mean_sd(peaks),
        "peak_time": _mean_sd(times),
        "end": _mean_sd(ends),
        "clock": run.clock,
    }


def _mean_sd(values: list[Any]) -> list[float]:
    return [float(np.mean(values)), float(np.std(values, ddof=1))]


def scaling(sizes: list[int], replicas: int) -> list[dict[str, Any]]:
    """When the published hump of the interacting cup peaks, by size, in effective swaps."""
    rows = []
    for size in sizes:
        run = coffee.simulate(
            size,
            coarse="three-bucket",
            replicas=replicas,
            seed=SEED,
            null_samples=0,
            keep=0,
            steps=round(0.2 * size**4),
        )
        peak = int(np.argmax(smoothed(run.mean("complexity_bits"))))
        rows.append(
            {
                "size": size,
                "peak_swaps": int(run.times[peak]),
                "peak_bytes": float(smoothed(run.mean("complexity_bits"))[peak] / 8),
            }
        )
    return rows


def fits(rows: list[dict[str, Any]]) -> dict[str, float]:
    """The exponent of T_peak by log-log regression from n = 32 up, and r² of a quadratic."""
    large = [row for row in rows if row["size"] >= 32]
    sizes = np.array([row["size"] for row in large], float)
    peaks = np.array([row["peak_swaps"] for row in large], float)
    exponent = np.polyfit(np.log(sizes), np.log(peaks), 1)[0]
    quadratic = np.polyval(np.polyfit(sizes, peaks, 2), sizes)
    left = ((peaks - quadratic) ** 2).sum() / ((peaks - peaks.mean()) ** 2).sum()
    return {"exponent": float(exponent), "r2_of_a_quadratic": float(1 - left)}


def fixed_times(size: int, replicas: int, noise: int) -> dict[str, Any]:
    """What the null model leaves at times named beforehand, with many replicas, in bits."""
    times = [round(share * size**4) for share in (0.05, 0.174, 0.307)]
    found: dict[str, Any] = {"attempts": times, "replicas": replicas, "noise": noise}
    for name in PUBLISHED:
        run = coffee.simulate(
            size,
            clock="attempts",
            times=times,
            coarse=name,
            replicas=replicas,
            seed=SEED,
            null_samples=noise,
            keep=0,
        )
        low, high = coffee.corrected_interval(run)
        found[name] = {
            "complexity": run.mean("complexity_bits").tolist(),
            "corrected": run.mean("corrected_bits").tolist(),
            "low": low.tolist(),
            "high": high.tolist(),
        }
    return found


def corrected(runs: dict[str, Trajectory]) -> dict[str, Any]:
    """What the null model leaves of each run's peak."""
    return {name: coffee.summarise(run).to_dict() for name, run in runs.items()}


def null_runs(size: int, stirred_size: int, replicas: int, noise: int) -> dict[str, Trajectory]:
    """The runs with null models that the figures show."""
    common: dict[str, Any] = {"seed": SEED, "replicas": replicas, "null_samples": noise}
    runs = {
        f"interacting, {name}": coffee.simulate(size, coarse=name, **common) for name in PUBLISHED
    }
    runs["interacting, default"] = coffee.simulate(size, **common)
    runs["walk, three-bucket"] = coffee.simulate(
        size, model="walk", coarse="three-bucket", **common
    )
    runs["stirred, three-bucket"] = coffee.simulate(
        stirred_size, model="stirred", coarse="three-bucket", **common
    )
    runs["stirred, default"] = coffee.simulate(stirred_size, model="stirred", **common)
    return runs


def adjustments(size: int, stirred_size: int) -> dict[str, Any]:
    """Peak and corrected peak under every adjustment rule, seven levels rounded to nearest."""
    found: dict[str, Any] = {}
    for rule in coffee.ADJUSTMENTS:
        coarse = coffee.CoarseGraining(adjustment=rule)  # type: ignore[arg-type]
        interacting = coffee.simulate(size, coarse=coarse, seed=SEED, replicas=4, keep=0)
        stirred = coffee.simulate(
            stirred_size, model="stirred", coarse=coarse, seed=SEED, replicas=4, keep=0
        )
        found[rule] = {
            "interacting": coffee.summarise(interacting).to_dict(),
            "stirred": coffee.summarise(stirred).to_dict(),
        }
    return found


def draw_scaling(rows: list[dict[str, Any]], path: Path) -> None:
    """T_peak against n with the quadratic and the quartic law through the largest size."""
    sizes = np.array([row["size"] for row in rows], float)
    peaks = np.array([row["peak_swaps"] for row in rows], float)
    figure = new_figure(figsize=(5.5, 3.6))
    axes = figure.subplots()
    axes.loglog(sizes, peaks, "o", color="#b45309", label="measured")
    for power, style in ((4, "-"), (2, ":")):
        axes.loglog(
            sizes,
            peaks[-1] * (sizes / sizes[-1]) ** power,
            style,
            color="#6b7280",
            lw=1,
            label=f"$n^{power}$ through the largest",
        )
    axes.set_xticks(sizes, [f"{size:.0f}" for size in sizes])
    axes.minorticks_off()
    axes.set_xlabel("size n")
    axes.set_ylabel("time of the peak (swaps)")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)
    save_figure(figure, path)


def tables(results: dict[str, Any]) -> dict[str, str]:
    """The tables of docs/coffee.md, from the results alone."""
    metric = [
        [
            name,
            f"{row['start']:.0f}",
            _pm(row["peak"]),
            f"{row['peak_time'][0]:.3g} {row['clock']}",
            _pm(row["end"]),
        ]
        for name, row in results["replication"].items()
    ]
    scale = [
        [
            row["size"],
            f"{row['peak_swaps']:,}",
            f"{row['peak_swaps'] / row['size'] ** 4:.4f}",
            f"{row['peak_bytes']:.0f}",
        ]
        for row in results["scaling"]
    ]
    null = [_null_row(name, found) for name, found in results["null"].items()]
    fixed = results["fixed"]
    beforehand = [
        [f"{time:,}", *(_fixed(fixed[name], at) for name in PUBLISHED)]
        for at, time in enumerate(fixed["attempts"])
    ]
    fit = results["fits"]
    exponent = [["exponent of the peak's time, n from 32", f"{fit['exponent']:.2f}"]]
    exponent.append(
        ["r² of a quadratic through the same points", f"{fit['r2_of_a_quadratic']:.3f}"]
    )
    rules = [
        [rule]
        + [_peak(found[model]) for model in ("interacting", "stirred")]
        + [_corrected(found[model]) for model in ("interacting", "stirred")]
        for rule, found in results["adjustments"].items()
    ]
    return {
        "replication": markdown(["bytes by gzip", "start", "peak", "at", "end"], metric),
        "fixed": markdown(["attempts", *PUBLISHED], beforehand),
        "fits": markdown(["fit", "value"], exponent),
        "scaling": markdown(["n", "peak (swaps)", "peak / n^4", "bytes at the peak"], scale),
        "null": markdown(["run", "complexity's peak", "null there", "left, 95 % interval"], null),
        "adjustments": markdown(
            [
                "adjustment",
                "interacting",
                "stirred",
                "interacting, corrected",
                "stirred, corrected",
            ],
            rules,
        ),
    }


def _pm(pair: list[float]) -> str:
    return f"{pair[0]:.0f} ± {pair[1]:.0f}"


def _peak(summary: dict[str, Any]) -> str:
    return f"{summary['rows'][1]['peak']:,.0f}"


def _corrected(summary: dict[str, Any]) -> str:
    value, low, high = summary["corrected_at_peak_bits"]
    return f"{value:+,.0f} [{low:+,.0f}, {high:+,.0f}]"


def _fixed(found: dict[str, Any], at: int) -> str:
    value, low, high = (found[key][at] for key in ("corrected", "low", "high"))
    return f"{value:+.0f} [{low:+.0f}, {high:+.0f}] of {found['complexity'][at]:,.0f}"


def _null_row(name: str, summary: dict[str, Any]) -> list[str]:
    peak = summary["rows"][1]["peak"]
    left = summary["corrected_at_peak_bits"][0]
    return [name, f"{peak:,.0f}", f"{peak - left:,.0f}", _corrected(summary)]


def main() -> None:
    """Run it all and write docs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small cups, nothing in docs/")
    parser.add_argument("--out", type=Path, default=Path("docs"))
    options = parser.parse_args()
    quick = options.quick
    size, stirred, replicas = (32, 64, 2) if quick else (100, 256, 8)
    out = Path("runs/story") if quick else options.out
    for folder in (out / "figures", out / "results"):
        folder.mkdir(parents=True, exist_ok=True)
    runs = null_runs(size, stirred, replicas, 8 if quick else 64)
    scale = scaling([16, 24, 32, 48] if quick else [16, 24, 32, 48, 64, 96, 128, 192], replicas)
    results = {
        "command": "python -m examples.coffee_story",
        "size": size,
        "stirred_size": stirred,
        "replicas": replicas,
        "seed": SEED,
        "replication": replication(size, replicas),
        "scaling": scale,
        "fits": fits(scale),
        "null": corrected(runs),
        "fixed": fixed_times(size, 20 if quick else 400, 50 if quick else 2000),
        "adjustments": adjustments(size, stirred),
        "provenance": runs["stirred, default"].provenance["versions"],
    }
    document = json.dumps(results, indent=1).encode() + b"\n"
    write_atomically(out / "results" / "coffee.json", document)
    coffee.draw(runs["interacting, three-bucket"], out / "figures" / "coffee-hump.png")
    coffee.draw(runs["interacting, default"], out / "figures" / "coffee-default.png")
    coffee.draw(runs["stirred, default"], out / "figures" / "coffee-stirred.png")
    coffee.animate(runs["stirred, default"], out / "figures" / "coffee-stirred.gif")
    draw_scaling(results["scaling"], out / "figures" / "coffee-scaling.png")
    if quick:
        print("\n\n".join(tables(results).values()))
    else:
        fill(out / "coffee.md", tables(results))


if __name__ == "__main__":
    main()
