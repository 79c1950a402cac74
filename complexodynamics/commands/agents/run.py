"""`cxd agents run`: an agent learns in an environment, beside chance and the exact optimum."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from complexodynamics.commands.agents import naming

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["run"]

_PHASES = 10
_FADED = 0.01
"""Chance of a random action of MC-AIXI at half-time, unless its parameters say otherwise."""


def run(
    *,
    env: str,
    agent: str = "mc-aixi",
    cycles: int = 10_000,
    seed: int = 0,
    seeds: int = 1,
    out: Path | None = None,
    json: Annotated[bool, Parameter(show_default=False)] = False,
) -> None:
    """Let an agent learn in an environment, beside chance and the exact optimum.

    As in: cxd agents run --env tiger --agent mc-aixi:simulations=100 --seeds 3 --out runs/tiger

    Printed is the mean reward a cycle in each tenth of the run, beside that of random actions in
    the same environment and, where it is known, the most that any agent can get in the long run.

    Args:
        env: The environment, as `cxd agents environments` lists them, with its parameters as
            tiger:accuracy=0.9; or your own as module:callable, which returns a Gymnasium
            environment with discrete spaces (and reward_levels) or a Model.
        agent: random, always, freq, q, q-lambda, sarsa, hls, hlq or mc-aixi, with parameters as
            hlq:epsilon=0.1,lambda=0.9; or your own as module:callable. In the domains of its paper
            mc-aixi takes depth and horizon from there; its random actions fade from 1 to 1 % by
            half-time unless you say epsilon and epsilon_decay.
        cycles: How long it lives.
        seed: Of agent and environment.
        seeds: How many lives, from that seed on; with two or more there are 95 % intervals.
        out: Folder for the curves, result.json and figure.png. A run that was interrupted goes on
            by the same command.
        json: Print one JSON document in place of the table.
    """
    from complexity.errors import integer
    from simulations.agents import BrokenPlayError

    integer("cycles", cycles, 1)
    integer("seed", seed, 0)
    integer("seeds", seeds, 1)
    naming.environment(env)  # an error here has changed nothing
    usual, beside = _usual(env, cycles), None if out is None else out / "random"
    try:
        curves = {
            who: _curves(naming.agent(what, usual), env, cycles, seed, seeds, folder)
            for who, what, folder in (("agent", agent, out), ("random", "random", beside))
        }
    except BrokenPlayError as error:
        raise ValueError(str(error)) from error
    document = _document(env, agent, cycles, seed, curves)
    files = {} if out is None else _write(document, curves, out)
    if json:
        from complexodynamics.output import print_json

        print_json(document | {"files": files})
    else:
        _print(document, files)


def _usual(env: str, cycles: int) -> dict[str, dict[str, Any]]:
    """What MC-AIXI takes in this environment: its paper's depth and horizon, and fading chance."""
    from simulations.agents import domains

    usual: dict[str, Any] = {"epsilon": 1.0, "epsilon_decay": _FADED ** (2 / cycles)}
    stated = domains.SETTINGS.get(env.partition(":")[0])
    if stated is not None:
        usual |= {"depth": stated.context_depth, "horizon": stated.horizon}
    return {"mc-aixi": usual}


def _curves(
    agent: Any, env: str, cycles: int, seed: int, seeds: int, folder: Path | None
) -> NDArray[Any]:
    """(seeds, phases) mean rewards a cycle."""
    import numpy as np

    from simulations.agents import learning_curve

    points = min(_PHASES, cycles)
    return np.array(
        [
            learning_curve(
                agent, naming.environment(env), cycles, points, seed=each,
                out=None if folder is None else folder / f"seed-{each}",
            )["mean_reward"][:, 0]
            for each in range(seed, seed + seeds)
        ]
    )  # fmt: skip


def _document(
    env: str, agent: str, cycles: int, seed: int, curves: dict[str, NDArray[Any]]
) -> dict[str, Any]:
    """All that is printed, as values for JSON."""
    import numpy as np

    from simulations.agents import Model

    seeds, points = curves["agent"].shape
    made = naming.environment(env)
    model = made if isinstance(made, Model) else getattr(made, "model", None)
    optimum = None if model is None else model.optimal_value
    times = np.unique(np.linspace(0, cycles, points + 1).round().astype(int))
    return {
        "environment": env,
        "agent": agent,
        "cycles": cycles,
        "seeds": list(range(seed, seed + seeds)),
        "optimum": None if optimum is None else float(optimum),
        "optimum_exact": None if optimum is None else str(optimum),
        "summable": model is not None and model.summable,
        "phases": [
            {"from": int(times[i]), "to": int(times[i + 1])}
            | {who: _interval(curve[:, i]) for who, curve in curves.items()}
            for i in range(points)
        ],
    }


def _interval(values: NDArray[Any]) -> dict[str, float]:
    """Mean and half of its 95 % interval over seeds; NaN for one seed."""
    mean = float(values.mean())
    if len(values) < 2:
        return {"mean": mean, "half_width": float("nan")}
    from scipy.special import stdtrit

    half = float(stdtrit(len(values) - 1, 0.975) * values.std(ddof=1) / len(values) ** 0.5)
    return {"mean": mean, "half_width": half}


def _write(document: dict[str, Any], curves: dict[str, NDArray[Any]], out: Path) -> dict[str, str]:
    from complexity.figures import legend, new_figure, save_figure
    from complexity.files import save_json

    figure = new_figure(figsize=(6.5, 4))
    axes = figure.add_subplot()
    ends = [each["to"] for each in document["phases"]]
    for (who, curve), style in zip(curves.items(), ("-", "--"), strict=True):
        name = document["agent"] if who == "agent" else who
        color = "C0" if who == "agent" else "0.5"
        axes.plot(ends, curve.mean(axis=0), style, color=color, marker="o", ms=3, label=name)
        told = [each[who] for each in document["phases"]]
        low, high = ([t["mean"] + s * t["half_width"] for t in told] for s in (-1, 1))
        if len(curve) > 1:
            axes.fill_between(ends, low, high, color=color, alpha=0.2, lw=0, label="95 % interval")
    if document["optimum"] is not None and not document["summable"]:
        label = f"optimum {document['optimum_exact']}"
        axes.axhline(document["optimum"], color="k", lw=1, label=label)
    axes.set_xlabel("cycles")
    axes.set_ylabel("mean reward a cycle")
    axes.set_title(document["environment"], parse_math=False)
    axes.spines[["top", "right"]].set_visible(False)
    legend(axes, frameon=False)
    save_figure(figure, out / "figure.png")
    save_json(out / "result.json", _plain(document))
    return {"result": str(out / "result.json"), "figure": str(out / "figure.png")}


def _plain(value: Any) -> Any:
    """NaN as None."""
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return None if isinstance(value, float) and value != value else value


def _print(document: dict[str, Any], files: dict[str, str]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    from complexodynamics.output import terminal

    console = terminal()
    count = len(document["seeds"])
    console.print(
        f"{document['agent']} in {document['environment']}, {document['cycles']:,} cycles, "
        f"{count} seed{'s' * (count != 1)}; mean reward a cycle",
        highlight=False,
    )
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for title in ("cycles", document["agent"], "random"):
        table.add_column(title, justify="right", overflow="fold")
    for each in document["phases"]:
        span = f"{each['from']:,} to {each['to']:,}"
        table.add_row(span, *(_told(each[who]) for who in ("agent", "random")))
    console.print(table)
    if document["optimum"] is None:
        console.print("optimum: not known")
    else:
        exact, value = document["optimum_exact"], document["optimum"]
        shown = f"{exact} = {value:.4f}" if "/" in exact else f"{value:.4f}"
        span = "all cycles together" if document["summable"] else "the long run"
        console.print(f"optimum: {shown}, exact, in {span}", highlight=False)
    for name, path in files.items():
        console.print(f"{name:<8}{path}", highlight=False, soft_wrap=True)


def _told(ends: dict[str, float]) -> str:
    half = ends["half_width"]
    return f"{ends['mean']:.4f}" if half != half else f"{ends['mean']:.4f} ± {half:.4f}"
