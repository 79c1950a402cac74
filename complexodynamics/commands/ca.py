"""`cxd ca`: any automaton from the command line, from a rule or a pattern's file."""

from __future__ import annotations

import hashlib
import json as jsonlib
import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Group, Parameter

from complexodynamics.output import check_not_read, print_json, terminal

if TYPE_CHECKING:
    import numpy as np

    from simulations.automata.automaton import Automaton
    from simulations.automata.formats.pattern import Pattern
    from simulations.automata.hashlife_system import HashLifeSystem
    from simulations.trajectory import Trajectory

__all__ = ["ca"]

_STATE = Parameter(group=Group("Start", sort_key=1))
_MEASURE = Parameter(group=Group("Measurement", sort_key=2))
_OUTPUT = Parameter(group=Group("Output", sort_key=3))

_ENDINGS = (".rle", ".cells", ".lif", ".life", ".mc", ".npz", ".npy")
_ROWS, _FRAMES, _FEWEST = 1000, 100, 20
_BITS = 1 << 23
"""Bits of cells that are measured without being asked for: some seconds."""

_MARGIN = 32
"""Cells around a pattern, on every side."""

_LARGEST = 1 << 28

_DRAWING = 10
"""Bytes that a cell takes while it is drawn at random."""

_DRAWN = 4
"""Bytes that a cell of a kept state takes until the pictures are written."""


def ca(
    rule: str,
    /,
    *,
    pattern: Annotated[Path | None, _STATE] = None,
    size: Annotated[str | None, _STATE] = None,
    density: Annotated[float | None, _STATE] = None,
    boundary: Annotated[str | None, _STATE] = None,
    steps: Annotated[int | None, _STATE] = None,
    seed: Annotated[int, _STATE] = 0,
    samples: Annotated[int | None, _MEASURE] = None,
    code: Annotated[str, _MEASURE] = "template",
    out: Annotated[Path | None, _OUTPUT] = None,
    json: Annotated[bool, _OUTPUT, Parameter(show_default=False)] = False,
) -> None:
    """Run a cellular automaton and count its bits along the way.

    As in: cxd ca 110, cxd ca B3/S23 --density 0.3, cxd ca glider.rle --steps 1000

    Writes a picture (a row's whole history, or the last state and a GIF), the curves as CSV and
    figure, and the run itself. Interrupt with Ctrl-C; the same command resumes.

    Args:
        rule: A number from 0 to 255, B3/S23, B2/S345/C4, B2-a/S12, 30R (of second order), LLRR
            (an ant), a name (life, bbm, critters, fhp-i, sandpile, ant, tasep, ...), or a pattern's
            file with its own rule.
        pattern: Begin with this file's cells (.rle, .cells, .lif, .mc, .npz, .npy).
        size: Cells, as 400, 200x300, or 40x40x40.
        density: Begin at random, with this share of cells alive.
        boundary: What is beyond the edge: periodic, fixed, reflecting or open.
        steps: Length of the run; a pattern of Life on the open plane may take 10^12.
        seed: Seed of everything random.
        samples: How many states are measured (of a row each, up to 1000; of a plane 20 to 100).
            Bits of a row's whole history are counted only where each is.
        code: By which code the state's bits are counted: see cxd codes.
        out: Folder of the run (a name of its own under runs/).
        json: Print one JSON document instead of the table.
    """
    from complexity.errors import integer
    from complexity.measurement import best_bits
    from simulations import observe
    from simulations.automata.census import Census
    from simulations.automata.scenes import scene
    from simulations.memory import room

    integer("seed", seed, 0)
    made, cells = _begun(rule, pattern, _shape(size), density, boundary, seed)
    made.checked(cells)  # one state: of several the pictures would show the first
    length = scene(made).steps if steps is None else integer("steps", steps, 0, 2**62)
    row = made.dimensions == 1
    times = _times(made, cells, length, samples)
    settings = [dict(made.parameters), length, len(times), seed, code]
    folder = out or _own_folder(made.name, settings, cells)
    begun = Path(rule) if _is_pattern(rule) else pattern
    check_not_read("--out", [folder / "result.npz"], [] if begun is None else [begun])
    keep = len(times) if row else min(len(times), _FRAMES)
    room("size", _DRAWN * keep * cells.size, "take fewer cells, or fewer --samples")
    system = _far(made, cells) if _is_far(made, length) else made.system(cells, seed=seed)
    run = observe(system, Census(made, code), times, keep=keep, out=folder)
    files = _write(run, made, folder)
    every = row and len(times) == length + 1  # of a part of the rows, bits say little of all
    whole = best_bits(scene(made).view(run.frames), codes=[code]) if every else None
    if json:
        said = {"rows": _rows(run), "space_time_bits": whole, "files": files}
        print_json(said | {"trajectory": run.to_dict()})
    else:
        title = rule if type(made).__name__ == "LocalRule" else made.name
        shape, edge = " x ".join(map(str, cells.shape)), made.boundary
        seen = f"a window of {shape} cells, open" if edge == "open" else f"{shape} cells, {edge}"
        _print(f"{title}, {seen}", run, files)
        if whole is not None:
            print(f"its history, all rows at once: {whole:,.0f} bits by {code}")


def _begun(
    rule: str,
    pattern: Path | None,
    shape: tuple[int, ...] | None,
    density: float | None,
    boundary: str | None,
    seed: int,
) -> tuple[Automaton, np.ndarray]:
    """The automaton and its first state."""
    from simulations.automata.names import get_automaton
    from simulations.automata.scenes import first_state, scene
    from simulations.memory import room

    named = _is_pattern(rule)
    path = Path(rule) if named else pattern
    if path is None:
        made = get_automaton(rule, boundary)
        wanted = _fitted(shape or scene(made).shape, made)
        room("size", _DRAWING * math.prod(wanted), "take fewer cells")
        return made, first_state(made, wanted, density=density, seed=seed)
    if named and pattern is not None:
        raise ValueError(f"--pattern: {rule} is a pattern already; give a rule or no --pattern")
    if density is not None:
        raise ValueError("--density: a pattern has its own cells; leave one of the two out")
    if path.suffix.lower() == ".npy":
        if named:
            raise ValueError(f"{path} names no rule; give one, as cxd ca B3/S23 --pattern {path}")
        made, found = get_automaton(rule, boundary), _array(path)
        if shape is None and not found.size:
            raise ValueError(f"{path} holds no cells; give --size for ground to place them on")
        return made, found if shape is None else _placed(found, _fitted(shape, made))
    from simulations.automata import formats

    read = formats.read(path)
    its_rule = read.rule if named else rule
    made = get_automaton(its_rule, boundary or _boundary_of(read, its_rule))
    if read.grid and shape is None:
        return made, read.field()
    wide = tuple(side + 2 * _MARGIN for side in read.cells.shape)
    return made, _placed(read.cells, _fitted(shape or wide, made))


def _is_pattern(rule: str) -> bool:
    """Whether it is a pattern's file, by its name."""
    return Path(rule).suffix.lower() in _ENDINGS


def _boundary_of(read: Pattern, rule: str) -> str:
    """What is beyond a pattern's edge: what its file says, else the plane where the rule has it."""
    from simulations.automata.names import get_automaton

    if read.grid:
        return read.boundary
    try:
        return get_automaton(rule, "open").boundary
    except ValueError:
        return get_automaton(rule).boundary


def _array(path: Path) -> np.ndarray:
    import numpy as np

    if not path.is_file():
        raise ValueError(f"{path}: no such file")
    try:
        return np.load(path, allow_pickle=False)
    except Exception as error:  # NumPy's header reader lets its parser's errors through
        raise ValueError(f"{path} is not a readable .npy file: {error}") from None


def _shape(size: str | None) -> tuple[int, ...] | None:
    if size is None:
        return None
    if not re.fullmatch(r"[1-9][0-9]{0,8}(x[1-9][0-9]{0,8}){0,2}", size.strip().lower()):
        raise ValueError(f"size: got {size!r}, accepted are cells as 400, 200x300 or 40x40x40")
    return tuple(int(side) for side in size.strip().lower().split("x"))


def _fitted(shape: tuple[int, ...], made: Automaton) -> tuple[int, ...]:
    """One side for all, or as many as the automaton has."""
    if len(shape) == 1:
        shape *= made.dimensions
    if len(shape) != made.dimensions:
        said = "x".join(map(str, shape))
        raise ValueError(f"size: got {said}, accepted for {made.name} are {made.dimensions} sides")
    if math.prod(shape) > _LARGEST:
        raise ValueError(f"size: got {math.prod(shape):,} cells, accepted are at most {_LARGEST:,}")
    return shape


def _placed(cells: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """The cells in the middle of empty ground."""
    import numpy as np

    if cells.ndim != len(shape) or any(a > b for a, b in zip(cells.shape, shape, strict=True)):
        said = [" by ".join(map(str, each)) for each in (shape, cells.shape)]
        raise ValueError(f"size: got {said[0]}, accepted is at least the pattern's {said[1]}")
    ground = np.zeros(shape, cells.dtype)
    corner = [(a - b) // 2 for a, b in zip(shape, cells.shape, strict=True)]
    ground[tuple(slice(at, at + n) for at, n in zip(corner, cells.shape, strict=True))] = cells
    return ground


def _times(made: Automaton, cells: np.ndarray, steps: int, samples: int | None) -> list[int]:
    """When to measure: at equal distances, and at the end."""
    from complexity.errors import integer

    if samples is None:
        bits = cells.size * (made.states - 1).bit_length()
        count = _ROWS if made.dimensions == 1 else min(max(_BITS // bits, _FEWEST), _FRAMES)
    else:
        count = integer("samples", samples, 1, 100_000)
    stride = max(1, -(-steps // count))
    if _is_far(made, steps):  # strides of 2^n share what HashLife has found
        stride = 1 << (stride - 1).bit_length()
    return [*range(0, steps, stride), steps]


def _is_far(made: Automaton, steps: int) -> bool:
    """Whether HashLife is the way to take so many steps."""
    from simulations.automata.life import FAR, LifeLike

    return isinstance(made, LifeLike) and made.boundary == "open" and steps >= FAR


def _far(made: Any, cells: np.ndarray) -> HashLifeSystem:
    from simulations.automata.hashlife_system import HashLifeSystem

    return HashLifeSystem(made, cells)


def _own_folder(name: str, settings: Sequence[Any], cells: np.ndarray) -> Path:
    text = jsonlib.dumps([*settings, cells.shape], sort_keys=True).encode()
    digest = hashlib.sha256(text + cells.tobytes()).hexdigest()[:8]
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    return Path("runs") / f"ca-{slug}-{digest}"


def _write(run: Trajectory, made: Automaton, folder: Path) -> dict[str, str]:
    from simulations.automata.pictures import film, picture
    from simulations.automata.scenes import scene

    drawn, row = scene(made), made.dimensions == 1
    files = {"picture": folder / "picture.png"}
    frames = drawn.view(run.frames)
    style: Any = {
        "states": made.states if drawn.colours is None else None,
        "colours": drawn.colours,
    }
    picture(frames if row else frames[-1], files["picture"], **style)
    if not row:
        files["gif"] = folder / "film.gif"
        film(frames, files["gif"], **style)
    files |= {"curves": folder / "curves.csv", "figure": folder / "curves.png"}
    run.to_csv(files["curves"])
    run.plot(files["figure"])
    return {name: str(path) for name, path in {**files, "run": folder / "run.json"}.items()}


def _rows(run: Trajectory) -> list[dict[str, Any]]:
    """Every observable at the start, least, most, and at the end."""
    rows = []
    for name in run.observables:
        curve = run.mean(name)
        ends = {"start": curve[0], "least": curve.min(), "most": curve.max(), "end": curve[-1]}
        rows.append({"name": name} | {key: float(value) for key, value in ends.items()})
    return rows


def _print(title: str, run: Trajectory, files: dict[str, str]) -> None:
    from rich.table import Table

    table = Table()
    table.add_column("")
    for heading in ("start", "least", "most", "end"):
        table.add_column(heading, justify="right")
    for row in _rows(run):
        numbers = (row[key] for key in ("start", "least", "most", "end"))
        table.add_row(row["name"].replace("_", " "), *(f"{number:,.0f}" for number in numbers))
    console = terminal()
    seconds = f"{run.provenance['seconds']:.1f} s"
    console.print(f"{title}, {run.times[-1]:,} {run.clock}, {seconds}", highlight=False)
    console.print(table)
    for name, path in files.items():
        console.print(f"{name:<9}{path}", highlight=False, soft_wrap=True)
