"""Learning values without a learning rate: the experiments of Legg's thesis, chapter 6, judged.

Run it as `python -m examples.temporal_differences` from the root of the repository: some five
minutes of one core. It writes docs/results/temporal-differences.json, the figure and the tables of
docs/temporal-differences.md. `--quick` runs little and writes below runs/.

Everything with a number to set is tuned on a grid, on paths of their own, for a criterion: the
error at the end, or its mean over the whole run. The best setting is then compared with HL on fresh
paths, which both see, by the mean difference and its 95 % interval (Student's).
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import stats

from complexity.figures import new_figure, save_figure
from complexity.files import write_atomically
from complexity.progress import progress
from complexity.provenance import versions
from complexodynamics.tables import fill, markdown
from simulations.agents.temporal import (
    HL,
    HLQ,
    HLS,
    TD,
    MarkovChain,
    QLearner,
    RootMeanSquaredError,
    Sarsa,
    ValueEstimation,
    alternating_walk,
    discounted_reward,
    random_chain,
    random_walk,
    tabulate,
    windy_gridworld,
)

TUNING_SEED, SEED = 2007, 2008
LAMBDAS = (0.0, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 1.0)
FAMILIES: dict[str, tuple[float, tuple[float, ...]]] = {
    "fixed": (0, (0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.13, 0.2, 0.3, 0.4, 0.6, 0.8, 1.0)),
    "square root": (1 / 2, (0.5, 1, 1.5, 2, 3, 4, 6, 8, 12, 16, 24, 32)),
    "cube root": (1 / 3, (0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3, 4, 6, 8)),
}
"""How the rate falls -> (power of t, the factors tried)."""

FORGETTING = (0.995, 0.998, 0.999, 0.9995, 0.9998, 1.0)
EPSILONS = (0.0, 0.001, 0.003, 0.005, 0.01, 0.02, 0.05, 0.1)
RATES = (0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0)
TRACES = (0.0, 0.3, 0.5, 0.7, 0.9)
MEMORIES = (0.97, 0.99, 0.995, 0.999, 0.9995, 1.0)
GAMMA, CYCLES, BLOCK = 0.99, 50_000, 500

CRITERIA = ("end", "curve")
Curves = npt.NDArray[np.float64]
"""(times, runs): the curve of every run, or of every chain."""


@dataclass(frozen=True)
class Experiment:
    """A chain, or several, to estimate.

    Attributes:
        title: in figures and tables.
        chains: number -> a chain; with one chain, runs are repeated, with several each has `runs`.
        count: how many chains for tuning, and as many others for the comparison.
        gamma: the discount.
        steps: of a run.
        runs: of the comparison, and half as many, at least two, for tuning.
        ends: times whose errors are "the end".
        lambdas: of HL; where there are several it is tuned as well.
        families: of TD.
        stated: settings that the thesis names.
    """

    title: str
    chains: Callable[[int], MarkovChain]
    count: int
    gamma: float
    steps: int
    runs: int
    ends: tuple[int, ...]
    stated: tuple[HL | TD, ...]
    lambdas: tuple[float, ...] = (1.0,)
    families: tuple[str, ...] = tuple(FAMILIES)

    @property
    def times(self) -> npt.NDArray[np.int64]:
        """A hundred times, evenly."""
        return np.arange(1, 101) * (self.steps // 100)

    def curves(self, rule: HL | TD, *, tuning: bool = False, runs: int | None = None) -> Curves:
        """Errors of a rule; of several chains, each one's mean over its runs."""
        seed = TUNING_SEED if tuning else SEED
        each = (runs or self.runs) if not tuning else max((runs or self.runs) // 2, 2)
        found = []
        for number in range(self.count):
            chain = self.chains(number + (0 if tuning else self.count))
            system = ValueEstimation(chain, rule, runs=each, seed=seed + number)
            errors = []
            for time in self.times:
                system.advance(int(time) - system.time)
                errors.append(RootMeanSquaredError()(system)[:, 0])
            found.append(np.array(errors))
        return found[0] if self.count == 1 else np.stack([x.mean(axis=1) for x in found], axis=1)

    def score(self, curves: Curves, criterion: str) -> npt.NDArray[np.float64]:
        """(runs,) errors that count."""
        at = np.isin(self.times, self.ends) if criterion == "end" else slice(None)
        return curves[at].mean(axis=0)

    def tds(self, family: str) -> list[TD]:
        """The grid of a family."""
        power, factors = FAMILIES[family]
        return [TD(float(a), each, self.gamma, power) for a in factors for each in LAMBDAS]


EXPERIMENTS = {
    "walk-21": Experiment(
        "21 states",
        lambda number: random_walk(21),
        1,
        0.9,
        10_000,
        100,
        (10_000,),
        (HL(1.0, 0.9), HL(0.98, 0.9), TD(0.07, 0.7, 0.9), TD(0.13, 0.7, 0.9)),
    ),
    "walk-51": Experiment(
        "51 states",
        lambda number: random_walk(51),
        1,
        0.99,
        40_000,
        300,
        (40_000,),
        (HL(1.0, 0.99),),
    ),
    "random": Experiment(
        "random, 50 states",
        cache(lambda number: random_chain(50, seed=number)),
        20,
        0.9,
        5_000,
        4,
        (5_000,),
        (HL(1.0, 0.9),),
    ),
    "alternating": Experiment(
        "alternating, 21 states",
        lambda number: alternating_walk(21),
        1,
        0.9,
        20_000,
        200,
        (5_000, 10_000, 15_000, 20_000),
        (HL(0.9995, 0.9), TD(0.05, 0.8, 0.9)),
        FORGETTING,
        ("fixed",),
    ),
}

CONTROL: dict[str, tuple[str, list[Any], str, list[Any]]] = {
    "on-policy": (
        "HLS",
        [HLS(e, GAMMA, kept) for e in EPSILONS for kept in MEMORIES],
        "Sarsa",
        [Sarsa(a, e, GAMMA, kept) for a in RATES for e in EPSILONS for kept in TRACES],
    ),
    "off-policy": (
        "HLQ",
        [HLQ(e, GAMMA, kept) for e in EPSILONS for kept in MEMORIES],
        "Q",
        [QLearner(a, e, GAMMA, kept) for a in RATES for e in EPSILONS for kept in TRACES],
    ),
}
"""What is learned -> HL's agent, its grid, the other agent, its grid."""


# --- measuring ------------------------------------------------------------------------------------


def interval(values: npt.ArrayLike) -> list[float]:
    """Mean, and the ends of Student's 95 % interval."""
    x = np.asarray(values, np.float64)
    reach = stats.t.ppf(0.975, len(x) - 1) * x.std(ddof=1) / np.sqrt(len(x))
    return [float(x.mean()), float(x.mean() - reach), float(x.mean() + reach)]


def label(rule: Any) -> str:
    """A rule with its numbers, for a table."""
    numbers = asdict(rule)
    name = {"QLearner": "Q"}.get(type(rule).__name__, type(rule).__name__)
    told = f"{name}({numbers['lambda_']:g})"
    if "alpha" in numbers:
        power = {0: "", 1 / 2: "/√t", 1 / 3: "/∛t"}[numbers.get("power", 0)]
        told += f" a={numbers['alpha']:g}{power}"
    return told + (f" e={numbers['epsilon']:g}" if "epsilon" in numbers else "")


def tuned(
    grid: Sequence[Any],
    curves: Callable[[Any], Curves],
    score: Callable[[Curves, str], Any],
    sign: int,
) -> dict[str, Any]:
    """The best of a grid by each criterion, sign being 1 where less is better."""
    found = []
    for rule in grid:
        with np.errstate(all="ignore"):  # a rate that is too great diverges
            measured = curves(rule)
            found.append([sign * float(np.mean(score(measured, each))) for each in CRITERIA])
    totals = np.nan_to_num(np.array(found), nan=np.inf, posinf=np.inf)
    return {each: grid[int(totals[:, i].argmin())] for i, each in enumerate(CRITERIA)}


def at_an_edge(rule: Any, grid: Iterable[Any]) -> list[str]:
    """Which numbers of a tuned rule are the least or the greatest that were tried."""
    tried: dict[str, set[float]] = {}
    for each in grid:
        for name, number in asdict(each).items():
            tried.setdefault(name, set()).add(number)
    ends = {"lambda_": (0.0, 1.0), "epsilon": (0.0,)}  # where nothing lies beyond
    return [
        name
        for name, number in asdict(rule).items()
        if len(tried[name]) > 1
        and number in (min(tried[name]), max(tried[name]))
        and number not in ends.get(name, ())
    ]


def compared(
    ours: Curves, others: Curves, score: Callable[[Curves, str], Any], criterion: str, sign: int
) -> dict[str, Any]:
    """Scores of both, and the lead of the first: positive where it is better."""
    a, b = score(ours, criterion), score(others, criterion)
    lead = interval(sign * (b - a))
    verdict = "ahead" if lead[1] > 0 else "behind" if lead[2] < 0 else "undecided"
    return {"ours": interval(a), "other": interval(b), "lead": lead, "verdict": verdict}


def summary(curves: Curves) -> dict[str, list[float]]:
    """Mean and ends of its 95 % interval at every time, in five decimals."""
    rows = np.array([interval(row) for row in curves]).round(5)
    return dict(zip(("mean", "low", "high"), rows.T.tolist(), strict=True))


def run_chains(experiment: Experiment, scale: float, tick: Callable[[], None]) -> dict[str, Any]:
    """Tune and compare on one kind of chain."""
    runs = max(round(experiment.runs * scale), 2)
    tuning = partial(experiment.curves, tuning=True, runs=runs)
    fresh = partial(experiment.curves, runs=runs)
    hls = [HL(each, experiment.gamma) for each in experiment.lambdas]
    ours = tuned(hls, tuning, experiment.score, 1)
    curves = {label(rule): fresh(rule) for rule in [*ours.values(), *experiment.stated]}
    rows, envelope = [], np.full(100, np.inf)
    for family in experiment.families:
        grid = experiment.tds(family)
        best = tuned(grid, tuning, experiment.score, 1)
        for criterion, rule in best.items():
            found = curves[label(rule)] = fresh(rule)
            envelope = np.minimum(envelope, found.mean(axis=1))
            row = compared(curves[label(ours[criterion])], found, experiment.score, criterion, 1)
            rows.append(
                {
                    "criterion": criterion,
                    "family": family,
                    "ours is": label(ours[criterion]),
                    "other is": label(rule),
                    "edge": at_an_edge(rule, grid),
                    **row,
                }
            )
            tick()
    best_ours = curves[label(ours["curve"])].mean(axis=1)
    return {
        "times": experiment.times.tolist(),
        "sample": experiment.count if experiment.count > 1 else runs,
        "curves": {name: summary(each) for name, each in curves.items()},
        "comparisons": rows,
        "ahead of every tuned TD": float((best_ours < envelope).mean()),
    }


def run_control(name: str, scale: float, tick: Callable[[], None]) -> dict[str, Any]:
    """Tune and compare two agents in the windy gridworld."""
    table = tabulate(windy_gridworld())
    ours_name, ours_grid, other_name, other_grid = CONTROL[name]
    times = np.arange(1, CYCLES // BLOCK + 1) * BLOCK

    def curves(agent: Any, runs: int, seed: int) -> Curves:
        return discounted_reward(
            agent, table, CYCLES, gamma=GAMMA, block=BLOCK, runs=runs, seed=seed, progress=False
        ).discounted_reward

    def score(found: Curves, criterion: str) -> npt.NDArray[np.float64]:
        return (found[-len(found) // 5 :] if criterion == "end" else found).mean(axis=0)

    tuning = partial(curves, runs=max(round(12 * scale), 2), seed=TUNING_SEED)
    ours, other = (tuned(grid, tuning, score, -1) for grid in (ours_grid, other_grid))
    tick()
    fresh = partial(curves, runs=max(round(500 * scale), 3), seed=SEED)
    found = {label(rule): fresh(rule) for rule in (*ours.values(), *other.values())}
    rows = [
        {
            "criterion": each,
            "family": other_name,
            "ours is": label(ours[each]),
            "other is": label(other[each]),
            "edge": [*at_an_edge(ours[each], ours_grid), *at_an_edge(other[each], other_grid)],
            **compared(found[label(ours[each])], found[label(other[each])], score, each, -1),
        }
        for each in CRITERIA
    ]
    tick()
    return {
        "times": times.tolist(),
        "sample": max(round(500 * scale), 3),
        "ours": ours_name,
        "curves": {rule: summary(each) for rule, each in sorted(found.items())},
        "comparisons": rows,
    }


def simulated(scale: float = 1.0) -> dict[str, Any]:
    """All experiments, with `scale` times as many runs."""
    jobs = sum(len(each.families) * len(CRITERIA) for each in EXPERIMENTS.values()) + 4
    with progress("temporal differences", jobs) as tick:
        chains = {name: run_chains(each, scale, tick) for name, each in EXPERIMENTS.items()}
        control = {name: run_control(name, scale, tick) for name in CONTROL}
    return {
        "command": "python -m examples.temporal_differences",
        "seeds": {"tuning": TUNING_SEED, "comparison": SEED},
        "chains": chains,
        "gridworld": control,
        "provenance": versions("numpy", "scipy", "numba"),
    }


# --- telling --------------------------------------------------------------------------------------

SPOKEN = {"end": "end", "curve": "whole run"}


def spoken(values: Sequence[float]) -> str:
    """A mean and its interval."""
    return f"{values[0]:.4f} ({values[1]:.4f} to {values[2]:.4f})"


def tables(results: Mapping[str, Any]) -> dict[str, str]:
    """The page's tables, from what is stored."""
    chains = []
    for name, experiment in EXPERIMENTS.items():
        for at, row in enumerate(results["chains"][name]["comparisons"]):
            chains.append([experiment.title if at == 0 else "", *_compared(row, ".4f")])
    grid = []
    for name in CONTROL:
        for at, row in enumerate(results["gridworld"][name]["comparisons"]):
            grid.append([name if at == 0 else "", *_compared(row, ".2f")])
    found = results["chains"]["walk-21"]
    times = [found["times"].index(t) for t in (100, 500, 1000, 4000, 10_000)]
    named = [
        [name, *(f"{found['curves'][name]['mean'][t]:.3f}" for t in times)]
        for name in map(label, EXPERIMENTS["walk-21"].stated)
    ]
    header = ["tuned for", "tuned setting", "error", "HL", "error", "HL's lead", "HL is"]
    earned = ["tuned for", "with a rate", "reward", "without", "reward", "lead", "without is"]
    return {
        "td-chains": markdown(["chain", *header], chains),
        "td-walk": markdown(["RMSE after", "100", "500", "1,000", "4,000", "10,000"], named),
        "td-gridworld": markdown(["learning", *earned], grid),
    }


def _compared(row: Mapping[str, Any], form: str) -> list[str]:
    edge = "*" if row["edge"] else ""
    low, high = row["lead"][1:]
    return [
        SPOKEN[row["criterion"]],
        row["other is"] + edge,
        format(row["other"][0], form),
        row["ours is"],
        format(row["ours"][0], form),
        f"{row['lead'][0]:{form}} ({low:{form}} to {high:{form}})",
        row["verdict"],
    ]


def draw(results: Mapping[str, Any], path: Path) -> None:
    """A panel for each experiment: HL, and the best settings of what has a rate."""
    figure = new_figure(figsize=(13.5, 7.8))
    panels = figure.subplots(2, 3)
    shown = [(EXPERIMENTS[name].title, found) for name, found in results["chains"].items()]
    shown += [(f"windy gridworld, {name}", each) for name, each in results["gridworld"].items()]
    for axes, (title, found) in zip(panels.flat, shown, strict=True):
        _panel(axes, found, grid="gridworld" in title)
        axes.set_title(f"{title} ({found['sample']} {_unit(title)})", fontsize=11)
    for axes in panels[:, 0]:
        axes.set_ylabel("root mean squared error")
    for axes in panels[1, 1:]:
        axes.set_ylabel("future discounted reward")
        axes.set_ylim(0, None)
    save_figure(figure, path)


def _unit(title: str) -> str:
    return "chains" if title.startswith("random") else "runs"


def _panel(axes: Any, found: Mapping[str, Any], *, grid: bool) -> None:
    from matplotlib.ticker import LogLocator

    ours = list(dict.fromkeys(row["ours is"] for row in found["comparisons"]))
    others = list(dict.fromkeys(row["other is"] for row in found["comparisons"]))
    for names, styles in ((ours, "-"), (others, "--")):
        for at, name in enumerate(names):
            curve = found["curves"][name]
            color = f"C{3 * at}" if names is ours else f"C{(1, 2, 4, 5, 6, 8)[at]}"
            width = 2.0 if names is ours else 1.3
            axes.plot(found["times"], curve["mean"], styles, color=color, lw=width, label=name)
            axes.fill_between(
                found["times"], curve["low"], curve["high"], color=color, alpha=0.2, lw=0
            )
    if grid:
        most = float(windy_gridworld().optimal_value or 0) / (1 - GAMMA)
        axes.axhline(most, color="0.5", lw=0.8)
        axes.annotate("optimal", (0, most), (2, -9), textcoords="offset points", fontsize=8)
    else:
        axes.set_yscale("log")
        lowest = min(min(each["mean"]) for each in found["curves"].values())
        room = 3.0 if "HL(0.9995)" in found["curves"] else 1.2  # for the legend
        highest = max(max(each["mean"]) for each in found["curves"].values())
        axes.set_ylim(0.8 * lowest, room * highest)
        axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        axes.yaxis.set_major_formatter("{x:g}")
        axes.yaxis.set_minor_formatter("")
    axes.set_xlabel("steps")
    axes.locator_params(axis="x", nbins=5)
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.grid(alpha=0.25, linewidth=0.6, which="both")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(fontsize=8, framealpha=0.9)


def main() -> None:
    """Measure, draw, and write docs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few runs, nothing in docs/")
    options = parser.parse_args()
    out = Path("runs/temporal-differences") if options.quick else Path("docs")
    for folder in (out / "figures", out / "results"):
        folder.mkdir(parents=True, exist_ok=True)
    results = simulated(0.02 if options.quick else 1.0)
    document = json.dumps(results).encode() + b"\n"
    write_atomically(out / "results" / "temporal-differences.json", document)
    draw(results, out / "figures" / "temporal-differences.png")
    if options.quick:
        print("\n\n".join(tables(results).values()))
    else:
        fill(out / "temporal-differences.md", tables(results))


if __name__ == "__main__":
    main()
