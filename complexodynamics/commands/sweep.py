"""`cxd sweep`: a simulation over a grid of parameters, on all processors or a cluster."""

from __future__ import annotations

import importlib
import math
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from complexodynamics.commands.paper import executor_of

if TYPE_CHECKING:
    from simulations.sweeping import Sweep

__all__ = ["SIMULATIONS", "sweep"]

SIMULATIONS = {"coffee": "simulations.sweeping.coffee:coffee_numbers"}
"""Name -> where the function is."""

_RANGE = re.compile(r"(-?\d+):(-?\d+)(?::(-?\d+))?")
_LONGEST = 10_000_000
_SHOWN = 12
"""Settings in the table; the others are in the files."""

_BESIDE = 3
"""Settings beside each other."""


def sweep(
    simulation: str,
    /,
    *grid: str,
    replicas: int = 1,
    seed: int = 0,
    workers: int | None = None,
    cluster: str | None = None,
    out: Path | None = None,
    json: Annotated[bool, Parameter(show_default=False)] = False,
) -> None:
    """Run a simulation for all combinations of parameters, several times each.

    As in: cxd sweep coffee size=32,64,128 model=interacting,walk --replicas 20

    Prints means over replicas with 95 % intervals, and writes every cell as CSV, the arrays and a
    figure. No finished cell is ever computed twice: an interrupted sweep goes on by the same
    command, and one with more values or replicas computes those.

    Args:
        simulation: coffee, with parameters as cxd coffee has them; or a function of your own as
            module:function, called as function(size=32, ..., seed=...).
        grid: Parameters, as name=1,2.5,text or name=START:STOP:STEP, integers from START to before
            STOP; true, false and none are what they say.
        replicas: How often each combination is run.
        seed: Seed of everything random; a cell's depends on its own parameters alone.
        workers: Processes, one thread each; by default as many as there are processors. Results
            do not depend on it.
        cluster: A Dask scheduler, as tcp://10.0.0.1:8786, whose workers run the cells.
        out: Folder of the sweep (runs/sweep-NAME); it keeps the cells of all its sweeps.
        json: Print one JSON document in place of the table.
    """
    function = _function(simulation)
    values = _grid(grid)
    cells = math.prod(map(len, values.values())) * replicas
    if cells >= _LONGEST:
        raise ValueError(f"got {cells:,} cells, accepted are below {_LONGEST:,}")
    folder = out or Path("runs") / f"sweep-{simulation.replace(':', '-')}"
    from simulations.sweeping import sweep as run

    with executor_of(cluster, workers=workers) as executor:
        found = run(
            function, values, replicas, seed=seed, executor=executor, workers=workers, out=folder,
            errors="keep",
        )  # fmt: skip
    if not found.values:
        raise _failures(found)
    files = _write(found, folder)
    if json:
        from complexodynamics.output import print_json

        print_json({"means": _means(found), "files": files, "sweep": found.to_dict()})
    else:
        _print(simulation, found, files)
    if found.failed:
        raise _failures(found)


def _function(simulation: str) -> Callable[..., Any]:
    from complexity.errors import unknown

    if ":" not in simulation:
        if simulation not in SIMULATIONS:
            raise unknown("simulation", simulation, SIMULATIONS, hint="beside module:function")
        simulation = SIMULATIONS[simulation]
    sys.path.insert(0, str(Path.cwd()))  # where a user's own module is
    module, _, name = simulation.partition(":")
    if not module or not name:
        raise ValueError(f"simulation: got {simulation!r}, accepted is module:function")
    try:
        found: Any = importlib.import_module(module)
    except (Exception, SystemExit) as error:  # whatever a module of the user's may raise
        missing = getattr(error, "name", None) if isinstance(error, ModuleNotFoundError) else None
        if missing is not None and f"{module}.".startswith(f"{missing}."):
            raise ValueError(f"simulation: there is no module {module!r} here") from None
        why = f"{type(error).__name__}: {' '.join(str(error).split())}"
        raise ValueError(f"simulation: importing {module!r} raised {why}") from error
    if not callable(function := getattr(found, name, None)):
        callables = [each for each in vars(found) if callable(getattr(found, each))]
        raise unknown("simulation", name, callables, hint=f"in {module}")
    return function


def _grid(tokens: Sequence[str]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for token in tokens:
        name, equals, text = token.partition("=")
        if not equals or not name.isidentifier() or "" in text.split(","):
            raise ValueError(f"got {token!r}, accepted is NAME=VALUE,VALUE,..., as size=32,64")
        if name in found:
            raise ValueError(f"{name}: given twice; accepted is {name}=VALUE,VALUE,...")
        found[name] = [value for each in text.split(",") for value in _values(name, each)]
    return found


def _values(name: str, text: str) -> Sequence[Any]:
    if match := _RANGE.fullmatch(text):
        start, stop, step = (int(part) if part else 1 for part in match.groups())
        count = -((start - stop) // step) if step else 0
        if count <= 0:
            raise ValueError(f"{name}: {text} holds no numbers, accepted is START:STOP:STEP")
        if count >= _LONGEST:
            raise ValueError(
                f"{name}: {text} holds {count:,} numbers, accepted are below {_LONGEST:,}"
            )
        return range(start, stop, step)
    words = {"true": True, "false": False, "none": None}
    if text.lower() in words:
        return [words[text.lower()]]
    for kind in (int, float):
        try:
            number = kind(text)
        except ValueError:
            continue
        if math.isfinite(number):
            return [number]
    return [text]


def _failures(found: Sweep) -> ValueError:
    first = found.failed[0]
    count = f"{len(found.failed)} of {found.cells} cell{'s' * (found.cells != 1)} failed"
    error = ValueError(f"{count}; the first: {first}")
    error.add_note(first.traceback)  # which CXD_TRACEBACK shows
    return error


def _write(found: Sweep, folder: Path) -> dict[str, str]:
    files = {"cells": str(found.to_csv(folder / "cells.csv")), "run": str(folder / "run.json")}
    drawn = [array.ndim == len(found.grid) + 1 for array in found.values.values()]
    if found.clock or any(drawn):
        found.plot(folder / "figure.png")
        files["figure"] = str(folder / "figure.png")
    return files


def _numbers(found: Sweep) -> list[str]:
    """Names with one number a cell."""
    return [name for name, x in found.values.items() if x.ndim == len(found.grid) + 1]


def _means(found: Sweep) -> list[dict[str, Any]]:
    """Every setting with mean, low and high of its numbers."""
    ends = {name: [x.ravel() for x in found.interval(name)] for name in _numbers(found)}
    return [
        {"parameters": setting}
        | {n: dict(zip(("mean", "low", "high"), (x[i] for x in three), strict=True))
           for n, three in ends.items()}
        for i, setting in enumerate(found.settings())
    ]  # fmt: skip


def _print(simulation: str, found: Sweep, files: dict[str, str]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    from complexodynamics.output import terminal

    console = terminal()
    console.print(_title(simulation, found), highlight=False)
    means = _means(found)
    for at in range(0, min(len(means), _SHOWN), _BESIDE):
        beside = means[at : min(at + _BESIDE, _SHOWN)]
        table = Table(box=SIMPLE_HEAD, pad_edge=False)
        table.add_column("mean ± 95 %" if found.replicas > 1 else "")
        for each in beside:
            heading = _heading(found, each["parameters"])
            table.add_column(heading, justify="right", no_wrap=True, overflow="fold")
        for name in _numbers(found):
            table.add_row(name.replace("_", " "), *(_spread(each[name]) for each in beside))
        if _numbers(found):
            console.print(table)
    if len(means) > _SHOWN:
        console.print(f"and {len(means) - _SHOWN} settings more", highlight=False)
    for name, path in files.items():
        console.print(f"{name:<8}{path}", highlight=False, soft_wrap=True)


def _title(simulation: str, found: Sweep) -> str:
    made = found.provenance
    return (
        f"{simulation}: {found.cells} cell{'s' * (found.cells != 1)}, "
        f"{made['computed']} computed in {made['seconds']:.1f} s, {made['kept']} kept from before"
    )


def _heading(found: Sweep, setting: dict[str, Any]) -> str:
    varied = [f"{n}={v}" for n, v in setting.items() if len(found.grid[n]) > 1]
    return "\n".join(varied or [f"{n}={v}" for n, v in setting.items()])


def _spread(ends: dict[str, float]) -> str:
    mean, low = float(ends["mean"]), float(ends["low"])
    if math.isnan(mean):
        return "-"
    return f"{_figure(mean)} ± {_figure(mean - low)}" if math.isfinite(low) else _figure(mean)


def _figure(number: float) -> str:
    return f"{number:,.0f}" if 1000 <= abs(number) < 1e7 else f"{number:.4g}"
