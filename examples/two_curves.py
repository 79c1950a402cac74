"""A cup of coffee and a network in training, drawn by one function.

`python -m examples.two_curves` runs the work `complexodynamics` at lab scale where the ledger does
not have it (some minutes), and the stirred cup; it writes docs/figures/two-curves.png.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from complexity.figures import new_figure, save_figure
from neural import papers
from simulations import coffee
from simulations.plotting import draw_observable

if TYPE_CHECKING:
    from neural.engine import PaperResult
    from simulations import Trajectory

KEY = "complexodynamics"


def drawn(cup: Trajectory, work: PaperResult, path: str | Path) -> None:
    """Complexity against time, of the cup in excess of noise and of the network's weights."""
    figure = new_figure(figsize=(9.6, 3.6))
    left, right = figure.subplots(1, 2)
    draw_observable(left, cup, "corrected_bits", color="C0")
    left.set_title("a cup of coffee, stirred", fontsize="medium")
    left.set_ylabel("bits beyond noise")
    left.set_xlabel(f"time ({cup.clock})")
    for at, arm in enumerate(work.arms):
        curve = work.trajectory(arm)
        assert curve is not None, "the work observes its training"
        draw_observable(right, curve, "coarse_bits", color=f"C{at}")
        right.lines[-1].set_label(arm)
        right.set_xlabel(f"time ({curve.clock})")
    right.set_xscale("symlog", linthresh=10)
    right.set_title("a network that learns addition modulo 59", fontsize="medium")
    right.set_ylabel("bits of the coarse weights")
    right.legend(frameon=False)
    for axes in (left, right):
        axes.set_ylim(bottom=0)
        axes.spines[["top", "right"]].set_visible(False)
    save_figure(figure, path)


def main() -> None:
    """Run what is missing, and draw."""
    work = papers.get(KEY).run(scale="lab")
    Path("docs/figures").mkdir(parents=True, exist_ok=True)
    cup = coffee.simulate(size=128, model="stirred", seed=0, replicas=4)
    drawn(cup, work, "docs/figures/two-curves.png")


if __name__ == "__main__":
    main()
