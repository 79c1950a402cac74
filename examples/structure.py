"""Everything in docs/structure.md: its figures, tables and docs/results/structure.json.

Run it as `python -m examples.structure` from the root of the repository; half a minute. `--quick`
takes smaller objects and writes below runs/.
"""

from __future__ import annotations

import argparse
import json
import math
from pathlib import Path
from typing import Any

import numpy as np

from complexity import structure
from complexity.figures import new_figure, save_figure
from complexity.files import write_atomically
from complexity.provenance import versions
from complexodynamics.tables import fill, markdown

SEED = 2004
SLACKS = (0, 16)


def strings(n: int) -> dict[str, np.ndarray]:
    """Bit strings from the simplest to coins."""
    rng = np.random.default_rng(SEED)
    draws, source = rng.random(n), [0, 0]
    for draw in draws:
        source.append(int(draw < (0.9, 0.2, 0.6, 0.05)[2 * source[-2] + source[-1]]))
    return {
        "zeros": np.zeros(n, np.uint8),
        "period 4": np.arange(n) // 2 % 2,
        "Thue-Morse": np.array([number.bit_count() % 2 for number in range(n)]),
        "order-2 Markov": np.array(source[2:]),
        "biased coins, 1 in 10": (rng.random(n) < 0.1).astype(int),
        "fair coins": rng.integers(0, 2, n),
    }


def pictures(side: int) -> dict[str, np.ndarray]:
    """0/1 pictures with structure at different scales."""
    rng = np.random.default_rng(SEED)
    y, x = np.mgrid[:side, :side]
    disc = (y - side // 2) ** 2 + (x - side // 2) ** 2 < (side // 3) ** 2
    return {
        "noise": rng.integers(0, 2, (side, side)),
        "checkerboard of 4": (x // 4 + y // 4) % 2,
        "disc": disc.astype(int),
        "disc in noise": (rng.random((side, side)) < np.where(disc, 0.7, 0.3)).astype(int),
    }


def mixing(side: int) -> dict[str, np.ndarray]:
    """Two liquids apart, while they mix along a slope, and mixed."""
    rng = np.random.default_rng(SEED)
    y, x = np.mgrid[:side, :side] / side
    found = {}
    for name, width in {"apart": 0.0, "mixing": 0.5, "mixed": math.inf}.items():
        ahead = x + 0.3 * np.sin(2 * math.pi * y) - 0.5
        share = np.where(ahead > 0, 1.0, 0.0) if width == 0 else np.clip(ahead / width + 0.5, 0, 1)
        found[name] = (rng.random((side, side)) < share).astype(int)
    return found


def of_strings(objects: dict[str, np.ndarray]) -> list[dict[str, Any]]:
    """Totals, sophistication at two slacks, and depth."""
    rows = []
    for name, bits in objects.items():
        found = [structure.sophistication(bits, slack=slack) for slack in SLACKS]
        depth = structure.logical_depth(bits)
        rows.append(
            {
                "name": name,
                "n": len(bits),
                "total_bits": found[0].model.total_bits,
                "sophistication": [each.to_dict() for each in found],
                "depth": depth.to_dict(),
            }
        )
    return rows


def of_pictures(objects: dict[str, np.ndarray]) -> list[dict[str, Any]]:
    """The sufficient coarse picture, and the bits of a fixed one."""
    rows = []
    for name, cells in objects.items():
        effective = structure.effective_complexity(cells, slack=SLACKS[1])
        row = effective.to_dict() | {"name": name, "cells": int(cells.size)}
        row["apparent_bits"] = structure.apparent_complexity(cells, scale=8, levels=5)
        rows.append(row)
    return rows


def tables(results: dict[str, Any]) -> dict[str, str]:
    """The page's tables."""
    header = ["string", "least total", "sophistication, slack 0", f"slack {SLACKS[1]}", "model"]
    of_bits = markdown(
        [*header, "depth / n", "its code"],
        [
            [
                row["name"],
                f"{row['total_bits']:.1f}",
                *(f"{each['bits']:.1f}" for each in row["sophistication"]),
                row["sophistication"][1]["model"]["description"],
                f"{row['depth']['operations'] / row['n']:.2f}",
                f"`{row['depth']['code']}`",
            ]
            for row in results["strings"]
        ],
    )
    of_cells = markdown(
        ["picture", "effective complexity", "random bits", "model", "apparent complexity"],
        [
            [
                row["name"],
                f"{row['bits']:.1f}",
                f"{row['random_bits']:.1f}",
                row["ensemble"]["description"],
                f"{row['apparent_bits']:.1f}",
            ]
            for row in results["pictures"]
        ],
    )
    return {"structure-strings": of_bits, "structure-pictures": of_cells}


def draw_functions(objects: dict[str, np.ndarray], path: Path) -> None:
    """Structure functions as staircases on one pair of axes."""
    figure = new_figure(figsize=(9, 4.4))
    axes = figure.add_subplot()
    reach = 60.0
    for name, bits in objects.items():
        function = structure.structure_function(bits)
        axes.step([*function.alpha, reach], [*function.h, function.h[-1]], where="post", label=name)
    axes.set_xlim(0, reach)
    axes.set_ylim(bottom=0)
    axes.set_xlabel(r"$\alpha$: bits of the model")
    axes.set_ylabel(r"$h(\alpha)$: bits of the string given the model")
    figure.legend(loc="outside right upper")
    save_figure(figure, path)


def draw_maps(objects: dict[str, np.ndarray], maps: dict[str, Any], path: Path) -> None:
    """Every picture above its map."""
    figure = new_figure(figsize=(3.3 * len(objects), 5.6))
    axes = figure.subplots(2, len(objects))
    for column, (name, cells) in enumerate(objects.items()):
        axes[0, column].imshow(cells, cmap="gray_r", interpolation="nearest")
        axes[0, column].set_title(name)
        axes[0, column].set_axis_off()
        maps[name].draw(axes[1, column], largest=1.0)
    save_figure(figure, path)


def main() -> None:
    """Measure, draw, and write docs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small objects, nothing in docs/")
    options = parser.parse_args()
    out = Path("runs/structure") if options.quick else Path("docs")
    for folder in (out / "figures", out / "results"):
        folder.mkdir(parents=True, exist_ok=True)
    bits = strings(300 if options.quick else 2000)
    cells = pictures(32 if options.quick else 128)
    liquids = mixing(32 if options.quick else 64)
    maps = {name: structure.scale_map(each, seed=SEED) for name, each in cells.items()}
    results = {
        "command": "python -m examples.structure",
        "seed": SEED,
        "strings": of_strings(bits),
        "pictures": of_pictures(liquids),
        "maps": {name: each.to_dict() for name, each in maps.items()},
        "provenance": versions("numpy", "scipy", "numba"),
    }
    for each in results["maps"].values():
        del each["provenance"]["commit"], each["provenance"]["versions"]
    document = json.dumps(results, indent=1).encode() + b"\n"
    write_atomically(out / "results" / "structure.json", document)
    draw_functions(bits, out / "figures" / "structure-functions.png")
    draw_maps(cells, maps, out / "figures" / "structure-scales.png")
    if options.quick:
        print("\n\n".join(tables(results).values()))
    else:
        fill(out / "structure.md", tables(results))


if __name__ == "__main__":
    main()
