"""The front door: simulate a cup and measure it along the way."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from complexity.code import Kind, codes, get_code
from complexity.errors import integer, one_of, unknown
from simulations.coffee.coarse import PUBLISHED, CoarseGraining
from simulations.coffee.cups import MAX_SIZE, Cup, initial_cup
from simulations.coffee.exact import ExactCup
from simulations.coffee.instrument import CupInstrument
from simulations.coffee.sliced import SlicedCup
from simulations.coffee.stirred import StirredCup
from simulations.coffee.sublattice import SublatticeCup
from simulations.coffee.walk import WalkCup
from simulations.memory import room
from simulations.observation import observe
from simulations.trajectory import Trajectory

__all__ = ["MODELS", "cup_system", "default_steps", "simulate"]

MODELS = {
    "interacting": {
        "exact": ("swaps", "attempts", "sweeps"),
        "sublattice": ("sweeps",),
        "sliced": ("sweeps", "attempts"),
    },
    "walk": {"step": ("steps",), "jump": ("steps",)},
    "stirred": {"exact": ("periods",)},
}
"""Model -> engine -> clocks; the first engine and the first clock are the defaults."""

_STIRRING = ("amplitude", "attempts_per_cell")

_MEASURING = 20
"""Bytes that a cell takes at least while it is measured, and once more for the null model."""


def default_steps(size: int, clock: str) -> int:
    """At least four times the time of the published hump's peak, in units of the clock.

    The peak is at 0.085 n^4 swaps for the interacting cup and 0.48 n^2 steps for the walk; at
    equilibrium half of all attempts are swaps. The stirred cup is mixed within 30 periods.
    """
    return {
        "swaps": round(0.34 * size**4),
        "attempts": round(0.7 * size**4),
        "sweeps": round(0.7 * size**2),
        "steps": 2 * size**2,
        "periods": 30,
    }[clock]


def cup_system(
    cup: Cup,
    *,
    model: str = "interacting",
    engine: str | None = None,
    boundary: str | None = None,
    clock: str | None = None,
    replicas: int | None = None,
    seed: int = 0,
    **stirring: Any,
) -> ExactCup | SublatticeCup | SlicedCup | WalkCup | StirredCup:
    """The system for a model, an engine and a clock; see `simulate` for the arguments.

    Raises:
        TypeError: an argument that no model has.
        ValueError: a name that the model does not know.
    """
    for name in stirring:
        if name not in _STIRRING:
            raise TypeError(
                f"{name}: no argument; of stirred cups there are {', '.join(_STIRRING)}"
            )
    engines = MODELS[one_of("model", model, MODELS)]
    engine = next(iter(engines)) if engine is None else engine
    if engine not in engines:
        raise unknown("engine", engine, engines, hint=f"for {model} cups")
    clock = engines[engine][0] if clock is None else clock
    if clock not in engines[engine]:
        raise unknown(
            "clock", clock, engines[engine], hint=f"to the {engine} engine of {model} cups"
        )
    replicas = (64 if engine == "sliced" else 1) if replicas is None else replicas
    room("replicas", integer("replicas", replicas, 1) * cup.size // 8, "take fewer of them")
    common: dict[str, Any] = {
        "replicas": integer("replicas", replicas, 1),
        "seed": integer("seed", seed, 0),
    }
    if boundary is not None:
        common["boundary"] = boundary
    if model == "stirred":
        return StirredCup(cup, **common, **stirring)
    if stirring:
        raise ValueError(f"{next(iter(stirring))}: only the model stirred has it, not {model}")
    if model == "walk":
        return WalkCup(cup, engine=engine, **common)
    if engine == "sublattice":
        return SublatticeCup(cup, **common)
    return (SlicedCup if engine == "sliced" else ExactCup)(cup, clock=clock, **common)


def simulate(
    size: int = 100,
    *,
    model: str = "interacting",
    engine: str | None = None,
    boundary: str | None = None,
    initial: str | npt.ArrayLike = "half",
    steps: int | None = None,
    clock: str | None = None,
    samples: int = 200,
    times: Sequence[int] | npt.NDArray[np.integer] | None = None,
    replicas: int | None = None,
    seed: int = 0,
    code: str = "gzip",
    coarse: CoarseGraining | str | None = None,
    null_samples: int = 16,
    keep: int = 60,
    out: str | os.PathLike[str] | None = None,
    workers: int | None = None,
    progress: bool = True,
    **stirring: Any,
) -> Trajectory:
    """Simulate the coffee automaton and measure its entropy and complexity as it mixes.

    Args:
        size: side n of the cup, even; an `initial` array sets it by itself.
        model: "interacting" (swaps of neighbouring cells), "walk" (independent particles), or
            "stirred" (swaps and bijective shears).
        engine: "exact" (random-sequential), "sublattice" or "sliced" for the interacting cup,
            "step" or "jump" for the walk.
        boundary: "reflecting", "periodic", "fixed" or "open", where the model has it; None takes
            closed walls, or the torus for the stirred cup.
        initial: "half", "disc", or an (n, n) array of 0 and 1 (of counts for the walk).
        steps: length of the run in units of the clock; None takes `default_steps`.
        clock: "swaps" (effective ones), "attempts" or "sweeps", where the engine has it.
        samples: how many states are measured, evenly spread from 0 to `steps`.
        times: exact times instead, strictly increasing.
        replicas: independent cups (1; 64 for the sliced engine).
        seed: of everything random.
        code: spec of the byte code that says how many bits, as "gzip" or "xz".
        coarse: the coarse-graining, or the name of a published one (`PUBLISHED`).
        null_samples: cups of independent noise measured at every time, 0 or at least 2.
        keep: states of the first replica kept as frames.
        out: folder of the run; an interrupted run in it is resumed.
        workers: threads for measuring, None for all processors; results do not depend on it.
        progress: show a bar on a terminal.
        **stirring: `amplitude` and `attempts_per_cell` of the model "stirred".

    Returns:
        A Trajectory with the observables `entropy_bits`, `complexity_bits` and, with a null model,
        `null_mean_bits`, `null_sd_bits` and `corrected_bits` (complexity minus the null's mean);
        for exact swaps also the other counters of `attempts` and `swaps`.

    Raises:
        ValueError, TypeError: bad input; the message names the argument and what is accepted.
        MemoryError: the cup would not fit; says so before it is made.
        Interrupted: Ctrl-C, with what was measured.

    References:
        Aaronson, Carroll, Ouellette, "Quantifying the Rise and Fall of Complexity in Closed
        Systems: The Coffee Automaton", arXiv:1405.6903v1 (2014); its authors' correction of June
        2014 calls the interacting model's hump an artifact. Liggett, "Distributional limits for
        the symmetric exclusion process" (2009).
    """
    if isinstance(initial, str):
        side = integer("size", size, 2, MAX_SIZE)
        wanted = _MEASURING * (2 if null_samples else 1) * side**2
        room("size", wanted, "take a smaller cup" + ", or no null samples" * bool(null_samples))
    cup = initial_cup(size, initial)
    system = cup_system(
        cup,
        model=model,
        engine=engine,
        boundary=boundary,
        clock=clock,
        replicas=replicas,
        seed=seed,
        **stirring,
    )
    if integer("null_samples", null_samples, 0) == 1:
        raise ValueError("null_samples: got 1, accepted is 0 or at least 2 (one has no spread)")
    instrument = CupInstrument(
        coarse=_coarse_graining(coarse, system.size),
        code=_byte_code(code),
        null_samples=null_samples,
        seed=seed,
        counters=_counters(system),
        workers=(os.cpu_count() or 1) if workers is None else integer("workers", workers, 1),
    )
    schedule = _schedule(times, steps, samples, default_steps(system.size, system.clock))
    return observe(system, instrument, schedule, keep=keep, out=out, progress=progress)


def _counters(system: object) -> tuple[str, ...]:
    """The other clocks of a cup that counts several."""
    if not isinstance(system, ExactCup):
        return ()
    return tuple(name for name in ("attempts", "swaps") if name != system.clock)


def _byte_code(code: str) -> str:
    found = get_code(code)
    if found.kind == Kind.ESTIMATE:
        raise ValueError(f"code: {code!r} is an estimate; accepted are codes of byte strings")
    try:
        found.bits(b"")
    except TypeError:
        known = ", ".join(codes(domain="bytes"))
        raise ValueError(f"code: {code!r} takes no byte strings; known are {known}") from None
    return code


def _coarse_graining(coarse: CoarseGraining | str | None, size: int) -> CoarseGraining:
    if isinstance(coarse, str):
        coarse = PUBLISHED[one_of("coarse", coarse, PUBLISHED)]
    if not isinstance(coarse, CoarseGraining | None):
        raise TypeError(f"coarse: got {coarse!r}, accepted is a CoarseGraining or a name")
    return (coarse or CoarseGraining()).for_size(size)


def _schedule(
    times: Sequence[int] | npt.NDArray[np.integer] | None,
    steps: int | None,
    samples: int,
    default: int,
) -> npt.NDArray[np.integer]:
    if times is not None:
        return np.asarray(times)
    last = default if steps is None else integer("steps", steps, 0, 1 << 62)
    count = min(integer("samples", samples, 1, 10**6), last + 1)
    if count == 1:
        return np.array([last])
    even = [last * i // (count - 1) for i in range(count)]
    return np.array(even, np.int64)
