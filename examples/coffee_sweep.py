"""How does the coffee cup's complexity grow with its size? A sweep over sizes and boundaries.

Run it as `python -m examples.coffee_sweep` from the root of the repository (minutes; `--quick`
does small cups in seconds). Interrupt it with Ctrl-C: the same command goes on. `--cluster` gives
the cells to the workers of a Dask scheduler.
"""

from __future__ import annotations

import argparse
from contextlib import nullcontext
from pathlib import Path

import numpy as np

from simulations import Trajectory, coffee
from simulations.cluster import dask_executor
from simulations.sweeping import Sweep, sweep


def mixing(size: int, boundary: str, seed: int) -> Trajectory:
    """One cup, measured at forty times until it is mixed."""
    return coffee.simulate(
        size, boundary=boundary, coarse="three-bucket", samples=40, null_samples=0, keep=0,
        seed=seed, workers=1, progress=False,
    )  # fmt: skip


def growth(cups: Sweep) -> dict[str, float]:
    """Exponent of the size in the mean peak of complexity, by boundary (least squares of logs)."""
    peaks = np.log(cups.mean("complexity_bits").max(axis=-1))  # (sizes, boundaries)
    slopes = np.polyfit(np.log(np.array(cups.grid["size"], float)), peaks, 1)[0]
    return {str(name): float(s) for name, s in zip(cups.grid["boundary"], slopes, strict=True)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--cluster", help="address of a Dask scheduler")
    parser.add_argument("--out", type=Path, default=Path("runs/coffee-sweep"))
    options = parser.parse_args()
    sizes, replicas = ([8, 12], 2) if options.quick else ([16, 24, 32, 48], 10)
    with dask_executor(options.cluster) if options.cluster else nullcontext() as executor:
        cups = sweep(
            mixing, {"size": sizes, "boundary": ["reflecting", "periodic"]}, replicas,
            executor=executor, out=options.out,
        )  # fmt: skip
    print(cups)
    cups.plot(options.out / "figure.png")
    for boundary, exponent in growth(cups).items():
        print(f"{boundary}: the complexity's peak grows as size^{exponent:.2f}")


if __name__ == "__main__":
    main()
