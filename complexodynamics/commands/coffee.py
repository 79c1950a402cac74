"""`cxd coffee`: the coffee automaton from the command line."""

from __future__ import annotations

import dataclasses
import hashlib
import json as jsonlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Group, Parameter

if TYPE_CHECKING:
    from simulations.coffee import CoarseGraining, CoffeeSummary
    from simulations.trajectory import Trajectory

__all__ = ["coffee"]

_CUP = Parameter(group=Group("Cup", sort_key=1))
_MEASURE = Parameter(group=Group("Measurement", sort_key=2))
_OUTPUT = Parameter(group=Group("Output", sort_key=3))


def coffee(
    *,
    size: Annotated[int | None, _CUP] = None,
    model: Annotated[Literal["interacting", "walk", "stirred"], _CUP] = "interacting",
    engine: Annotated[Literal["exact", "sublattice", "sliced", "step", "jump"] | None, _CUP] = None,
    boundary: Annotated[Literal["reflecting", "periodic", "fixed", "open"] | None, _CUP] = None,
    initial: Annotated[str, _CUP] = "half",
    clock: Annotated[
        Literal["swaps", "attempts", "sweeps", "steps", "periods"] | None, _CUP
    ] = None,
    steps: Annotated[int | None, _CUP] = None,
    replicas: Annotated[int | None, _CUP] = None,
    seed: Annotated[int, _CUP] = 0,
    amplitude: Annotated[float | None, _CUP] = None,
    attempts_per_cell: Annotated[int | None, _CUP] = None,
    samples: Annotated[int, _MEASURE] = 200,
    code: Annotated[str, _MEASURE] = "gzip",
    published: Annotated[
        Literal["three-bucket", "seven-bucket-code", "seven-bucket-paper"] | None, _MEASURE
    ] = None,
    grain: Annotated[int | None, _MEASURE] = None,
    window: Annotated[Literal["sliding", "blocks"] | None, _MEASURE] = None,
    edge: Annotated[Literal["truncate", "periodic", "nearest"] | None, _MEASURE] = None,
    levels: Annotated[int | None, _MEASURE] = None,
    rounding: Annotated[Literal["nearest", "ceil", "interval"] | None, _MEASURE] = None,
    adjustment: Annotated[
        Literal["none", "paper", "published-code", "viterbi"] | None, _MEASURE
    ] = None,
    maximum: Annotated[int | None, _MEASURE] = None,
    serialisation: Annotated[Literal["bytes", "packed", "text"] | None, _MEASURE] = None,
    null_samples: Annotated[int, _MEASURE] = 16,
    workers: Annotated[int | None, _MEASURE] = None,
    out: Annotated[Path | None, _OUTPUT] = None,
    json: Annotated[bool, _OUTPUT, Parameter(show_default=False)] = False,
) -> None:
    """Simulate the coffee automaton and measure its entropy and complexity as it mixes.

    Writes a run folder with the figure, a GIF, the curves as CSV and the run itself, and prints
    where the curves start, peak and end. Interrupt with Ctrl-C; the same command resumes.

    Args:
        size: Side of the cup in cells, even (100); that of a cup in a file is its own.
        model: Swaps of neighbours, independent particles, or swaps and shears.
        engine: How: exact, sublattice, sliced for interacting cups; step, jump for walks.
        boundary: Of the cup, where the model has it.
        initial: half, disc, or a .npy file with a square array of 0 and 1.
        clock: Unit of time, where the engine has it.
        steps: Length of the run in units of the clock (about four times the hump's time).
        replicas: Independent cups.
        seed: Seed of everything random.
        amplitude: Reach of the stirred cup's shears, in cup sides (0.35).
        attempts_per_cell: Diffusion per period of the stirred cup (4).
        samples: How many states are measured.
        code: How many bits, by which code: see cxd codes.
        published: Start from a published measurement.
        grain: Side of the averaging window (about the root of the size).
        window: Windows around every cell, or tiles.
        edge: What a window sees beyond the wall: nothing, the other side, the wall.
        levels: Number of buckets (7).
        rounding: From means to buckets.
        adjustment: Rule against border-pixel artifacts (paper).
        maximum: Cell value that counts as full.
        serialisation: From cells to the bytes that are compressed (bytes).
        null_samples: Cups of independent noise per measured state; 0 for none.
        workers: Threads for measuring (all processors); results do not depend on it.
        out: Folder of the run (a name of its own under runs/).
        json: Print one JSON document instead of the table.
    """
    from simulations import coffee as automaton

    settings: dict[str, Any] = {
        "size": 100 if size is None else size,
        "model": model,
        "engine": engine,
        "boundary": boundary,
        "clock": clock,
        "steps": steps,
        "replicas": replicas,
        "seed": seed,
        "samples": samples,
        "code": code,
        "null_samples": null_samples,
    }
    stirring = {"amplitude": amplitude, "attempts_per_cell": attempts_per_cell}
    settings |= {name: value for name, value in stirring.items() if value is not None}
    changes = {
        "grain": grain,
        "window": window,
        "edge": edge,
        "levels": levels,
        "rounding": rounding,
        "adjustment": adjustment,
        "maximum": maximum,
        "serialisation": serialisation,
    }
    settings["coarse"] = _coarse(
        published, {name: value for name, value in changes.items() if value is not None}
    )
    start = _initial(initial, automaton.INITIAL)
    if size is not None and not isinstance(start, str) and start.shape != (size, size):
        raise ValueError(
            f"--size: got {size}, accepted for {initial} is the side of its cup; leave --size out"
        )
    folder = out or _own_folder(settings, start)
    trajectory = automaton.simulate(**settings, initial=start, out=folder, workers=workers)
    files = _write_outputs(trajectory, folder)
    summary = automaton.summarise(trajectory)
    if json:
        _print_json(trajectory, summary, files)
    else:
        _print_table(trajectory, summary, files)


def _coarse(published: str | None, changes: dict[str, Any]) -> CoarseGraining:
    from complexity.errors import one_of
    from simulations.coffee import PUBLISHED, CoarseGraining

    if published is None:
        return CoarseGraining(**changes)
    return dataclasses.replace(PUBLISHED[one_of("published", published, PUBLISHED)], **changes)


def _initial(initial: str, known: tuple[str, ...]) -> Any:
    import numpy as np

    from complexity.errors import unknown

    if initial in known:
        return initial
    path = Path(initial)
    if path.suffix != ".npy":
        raise unknown("initial", initial, known, hint="beside .npy files")
    if not path.is_file():
        raise ValueError(f"initial: {path}: no such file")
    try:
        return np.load(path, allow_pickle=False)
    except Exception as error:  # NumPy's header reader lets its parser's errors through
        raise ValueError(f"initial: {path} is not a readable .npy file: {error}") from None


def _own_folder(settings: dict[str, Any], initial: Any) -> Path:
    text = jsonlib.dumps(settings, default=vars, sort_keys=True)
    cells = initial if isinstance(initial, str) else repr(initial.tolist())
    digest = hashlib.sha256((text + cells).encode()).hexdigest()[:8]
    return Path("runs") / f"coffee-{settings['model']}-{settings['size']}-{digest}"


def _write_outputs(trajectory: Trajectory, folder: Path) -> dict[str, str]:
    from simulations.coffee import animate, draw

    draw(trajectory, folder / "figure.png")
    animate(trajectory, folder / "cup.gif")
    trajectory.to_csv(folder / "curves.csv")
    return {
        "figure": str(folder / "figure.png"),
        "gif": str(folder / "cup.gif"),
        "curves": str(folder / "curves.csv"),
        "run": str(folder / "run.json"),
    }


def _print_json(trajectory: Trajectory, summary: CoffeeSummary, files: dict[str, str]) -> None:
    from complexodynamics.output import print_json

    print_json({"summary": summary.to_dict(), "files": files, "trajectory": trajectory.to_dict()})


def _print_table(trajectory: Trajectory, summary: CoffeeSummary, files: dict[str, str]) -> None:
    from rich.table import Table

    from complexodynamics.output import terminal

    table = Table()
    table.add_column("bits")
    for heading in ("start", "peak", f"at ({summary.clock})", "end"):
        table.add_column(heading, justify="right")
    for row in summary.rows:
        table.add_row(
            row.name,
            f"{row.start:z,.0f}",
            f"{row.peak:z,.0f}",
            f"{row.peak_time:,}",
            f"{row.end:z,.0f}",
        )
    console = terminal()
    console.print(_title(trajectory), highlight=False)
    console.print(table)
    if summary.verdict:
        console.print(summary.verdict, highlight=False)
    for name, path in files.items():
        console.print(f"{name:<8}{path}", highlight=False, soft_wrap=True)


def _title(trajectory: Trajectory) -> str:
    system = trajectory.provenance["parameters"]["system"]
    seconds = trajectory.provenance["seconds"]
    return (
        f"{system['model']} cup {system['size']} x {system['size']}, {system['boundary']}, "
        f"{len(trajectory.times)} state{'s' * (len(trajectory.times) != 1)}, "
        f"{trajectory.replicas} "
        f"replica{'s' * (trajectory.replicas != 1)}, {seconds:.1f} s"
    )
