"""How MC-AIXI learns the domains of its paper, against chance and against the exact optimum.

Run it as `python -m examples.learning_curves` from the root of the repository (some minutes of
two cores). Every run is kept in runs/learning-curves and resumed, so nothing is computed twice. It
writes docs/figures/learning-curves.png, docs/results/learning-curves.json, and the table in
docs/agents.md.
"""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from complexity.figures import new_figure, save_figure
from complexity.files import write_atomically
from complexity.progress import progress
from complexity.provenance import versions
from complexodynamics.tables import fill, markdown
from simulations.agents import domains
from simulations.agents.agent import Agent
from simulations.agents.baselines import RandomAgent
from simulations.agents.interaction import learning_curve
from simulations.agents.mcaixi import MCAIXI

RUNS = Path("runs/learning-curves")
SEEDS = (0, 1, 2)
POINTS = 40
SIMULATIONS = 200
CYCLES = {
    "coin": 2000,
    "1d-maze": 4000,
    "cheese-maze": 20_000,
    "tiger": 10_000,
    "4x4-grid": 10_000,
    "rock-paper-scissors": 10_000,
    "kuhn-poker": 10_000,
    "tic-tac-toe": 20_000,
}
EXACT_HORIZON = {"coin": 1, "rock-paper-scissors": 2, "kuhn-poker": 1}
"""Where percepts are few, exact planning over the learned model is cheap: cycles ahead."""

RANDOM, SAMPLED, EXACT = "random", "rho-UCT", "expectimax"
LOOKS = {RANDOM: ("0.6", "--"), SAMPLED: ("C0", "-"), EXACT: ("C1", "-")}


class Cell(NamedTuple):
    """One run."""

    domain: str
    agent: str
    seed: int


def cells() -> list[Cell]:
    """All runs."""
    return [
        Cell(name, agent, seed)
        for name in CYCLES
        for agent in LOOKS
        if agent != EXACT or name in EXACT_HORIZON
        for seed in SEEDS
    ]


def agent_of(cell: Cell) -> Agent:
    """MC-AIXI with the paper's context depth and horizon; random actions fade to 1 % by half-time.

    The paper's own exploration fades over more cycles than are run here.
    """
    if cell.agent == RANDOM:
        return RandomAgent()
    settings = domains.SETTINGS[cell.domain]
    exact = cell.agent == EXACT
    return MCAIXI(
        depth=settings.context_depth,
        horizon=EXACT_HORIZON[cell.domain] if exact else settings.horizon,
        simulations=SIMULATIONS,
        planner="expectimax" if exact else "rho-uct",
        epsilon=1.0,
        epsilon_decay=0.01 ** (2 / CYCLES[cell.domain]),
    )


def run(cell: Cell) -> list[float]:
    """The mean reward a cycle in each of POINTS parts of the run."""
    curve = learning_curve(
        agent_of(cell),
        domains.get(cell.domain),
        CYCLES[cell.domain],
        POINTS,
        seed=cell.seed,
        out=RUNS / f"{cell.domain}-{cell.agent}-{CYCLES[cell.domain]}-{cell.seed}",
        progress=False,
    )
    return curve["mean_reward"][:, 0].tolist()


def run_all() -> dict[Cell, list[float]]:
    """Every run, two at a time."""
    todo, found = cells(), {}
    context = multiprocessing.get_context("spawn")
    with (
        ProcessPoolExecutor(2, mp_context=context) as pool,
        progress("learning curves", len(todo)) as tick,
    ):
        futures = {pool.submit(run, cell): cell for cell in todo}
        for future in as_completed(futures):
            found[futures[future]] = future.result()
            tick()
    return found


def summary(name: str, found: Mapping[Cell, Sequence[float]]) -> dict[str, Any]:
    """One domain: curves, and the last quarter of each run."""
    optimum = domains.get(name).optimal_value
    assert optimum is not None
    settings = domains.SETTINGS[name]
    agents = {}
    for agent in LOOKS:
        curves = np.array([found[c] for c in found if c[:2] == (name, agent)])
        if curves.size:
            last = curves[:, -POINTS // 4 :].mean(axis=1)
            agents[agent] = {
                "curves": curves.round(6).tolist(),
                "last_quarter": float(last.mean()),
                "standard_error": float(last.std(ddof=1) / len(last) ** 0.5),
            }
    return {
        "cycles": CYCLES[name],
        "context_depth": settings.context_depth,
        "horizon": settings.horizon,
        "exact_horizon": EXACT_HORIZON.get(name),
        "optimal_value": float(optimum),
        "optimal_value_exact": str(optimum),
        "agents": agents,
    }


def draw(results: Mapping[str, Mapping[str, Any]]) -> None:
    """One panel a domain: the mean over seeds, and from the least to the greatest.

    Two of the measured parts of a run make one of the figure's, for the eye.
    """
    figure = new_figure(figsize=(11, 5.4))
    panels = figure.subplots(2, 4).ravel()
    for axes, (name, result) in zip(panels, results.items(), strict=True):
        times = np.linspace(0, result["cycles"], POINTS // 2 + 1)[1:] / 1000
        for agent, (colour, dash) in LOOKS.items():
            if agent in result["agents"]:
                curves = np.array(result["agents"][agent]["curves"])
                curves = curves.reshape(len(curves), POINTS // 2, 2).mean(axis=2)
                if agent == RANDOM:  # it does not learn: one level
                    axes.axhline(curves.mean(), color=colour, ls=dash, lw=1, label="random")
                    continue
                axes.plot(times, curves.mean(0), color=colour, lw=1.4, label=f"MC-AIXI, {agent}")
                low, high = curves.min(0), curves.max(0)
                axes.fill_between(times, low, high, color=colour, alpha=0.2, lw=0)
        axes.axhline(result["optimal_value"], color="k", lw=1, label="exact optimum")
        axes.set_title(f"{name}  (optimum {result['optimal_value_exact']})", fontsize=9)
        axes.spines[["top", "right"]].set_visible(False)
        axes.tick_params(labelsize=8)
        axes.set_xlim(0, None)
    for axes in panels[4:]:
        axes.set_xlabel("cycles (thousands)", fontsize=9)
    for axes in panels[::4]:
        axes.set_ylabel("mean reward a cycle", fontsize=9)
    entries = {}
    for axes in panels:
        entries |= dict(zip(*reversed(axes.get_legend_handles_labels()), strict=True))
    figure.legend(
        list(entries.values()), list(entries), loc="outside lower center", ncols=4, frameon=False
    )
    save_figure(figure, "docs/figures/learning-curves.png")


def table(results: Mapping[str, Mapping[str, Any]]) -> str:
    """The last quarter beside the optimum."""
    rows = []
    for name, result in results.items():
        cell = {
            agent: f"{found['last_quarter']:.3f} ± {found['standard_error']:.3f}"
            for agent, found in result["agents"].items()
        }
        shown = [cell.get(agent, "") for agent in (RANDOM, SAMPLED, EXACT)]
        optimum = f"{result['optimal_value_exact']} = {result['optimal_value']:.3f}"
        rows.append([name, f"{result['cycles']:,}", *shown, optimum])
    return markdown(["domain", "cycles", "random", "rho-UCT", "expectimax", "optimum"], rows)


def main() -> None:
    """Run, draw, and write docs."""
    found = run_all()
    results = {name: summary(name, found) for name in CYCLES}
    document = {
        "command": "python -m examples.learning_curves",
        "seeds": SEEDS,
        "simulations": SIMULATIONS,
        "points": POINTS,
        "versions": versions("numpy", "numba", "gymnasium"),
        "domains": results,
    }
    for folder in (Path("docs/figures"), Path("docs/results")):
        folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(document, indent=1).encode() + b"\n"
    write_atomically("docs/results/learning-curves.json", text)
    draw(results)
    found_table = table(results)
    fill(Path("docs/agents.md"), {"learning-curves": found_table})
    print(found_table)


if __name__ == "__main__":
    main()
