"""Fair timing: interleaved rounds of contenders, CPU seconds, and first calls in fresh processes.

A contender does a stated number of units of work per call. Every round runs each contender once,
in the same order, so that a slow minute of the machine falls on all of them; ratios are formed
within a round and their median and range are reported.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]

Clock = Callable[[], tuple[float, float]]
"""Returns (CPU seconds of this process, wall seconds)."""


def cpu_and_wall() -> tuple[float, float]:
    """Return the CPU seconds of this process, all threads together, and the wall seconds."""
    return time.process_time(), time.perf_counter()


@dataclass(frozen=True)
class Contender:
    """Something to time.

    Attributes:
        name: label in the tables, unique within a race.
        run: does `work` units of work per call.
        work: units of work per call.
        unit: what is counted, in the plural ("attempts").
        note: what a reader must know to judge the figure.
        limit: True for a physical limit shown beside the figures (a part of the work alone).
        verify: called once after the warm-up, before any timing; False stops the race.
    """

    name: str
    run: Callable[[], object]
    work: int
    unit: str
    note: str = ""
    limit: bool = False
    verify: Callable[[], bool] | None = None


@dataclass(frozen=True)
class Bar:
    """A claim: the rate of `contender` is at least `at_least` times that of `baseline`."""

    contender: str
    baseline: str
    at_least: float


@dataclass(frozen=True)
class Timing:
    """Seconds of one contender in every round."""

    name: str
    unit: str
    work: int
    cpu_seconds: tuple[float, ...]
    wall_seconds: tuple[float, ...]
    note: str = ""
    limit: bool = False

    @property
    def rates(self) -> tuple[float, ...]:
        """Units per CPU second, by round."""
        return tuple(self.work / seconds for seconds in self.cpu_seconds)

    @property
    def rate(self) -> float:
        """Median units per CPU second."""
        return median(self.rates)

    @property
    def nanoseconds(self) -> float:
        """Median CPU nanoseconds per unit."""
        return 1e9 * median(self.cpu_seconds) / self.work

    @property
    def busy_threads(self) -> float:
        """CPU seconds over wall seconds: at most about 1 on one thread."""
        return sum(self.cpu_seconds) / sum(self.wall_seconds)


@dataclass(frozen=True)
class Ratio:
    """Rate of a contender over the rate of a baseline, formed within each round."""

    contender: str
    baseline: str
    median: float
    low: float
    high: float
    at_least: float | None = None

    @property
    def passed(self) -> bool | None:
        """Whether the median reaches the bar; None without a bar."""
        return None if self.at_least is None else self.median >= self.at_least

    def __str__(self) -> str:
        return f"{self.median:.3g} [{self.low:.3g}..{self.high:.3g}]"


@dataclass(frozen=True)
class Race:
    """Timings of contenders that took turns, with ratios against `baseline` and the bars."""

    title: str
    baseline: str
    timings: tuple[Timing, ...]
    bars: tuple[Ratio, ...]

    def timing(self, name: str) -> Timing:
        """Return the timing called `name`.

        Raises:
            ValueError: there is none.
        """
        for timing in self.timings:
            if timing.name == name:
                return timing
        names = ", ".join(timing.name for timing in self.timings)
        raise ValueError(f"no contender {name!r} in {self.title!r}; there are: {names}")

    def ratio(self, contender: str, baseline: str, at_least: float | None = None) -> Ratio:
        """Return the per-round ratio of two rates."""
        above, below = self.timing(contender).rates, self.timing(baseline).rates
        ratios = [a / b for a, b in zip(above, below, strict=True)]
        return Ratio(contender, baseline, median(ratios), min(ratios), max(ratios), at_least)

    @property
    def ratios(self) -> tuple[Ratio, ...]:
        """Every contender against the baseline of the race."""
        return tuple(self.ratio(timing.name, self.baseline) for timing in self.timings)


def race(
    title: str,
    contenders: Sequence[Contender],
    *,
    baseline: str,
    rounds: int,
    bars: Sequence[Bar] = (),
    clock: Clock = cpu_and_wall,
) -> Race:
    """Time contenders in interleaved rounds (A B C A B C ...) after one uncounted call of each.

    Args:
        title: heading of the race.
        contenders: what to time, in the order of a round.
        baseline: name of the contender that ratios are formed against.
        rounds: number of counted rounds, at least 1.
        bars: ratios to report with pass or fail.
        clock: returns CPU and wall seconds.

    Raises:
        ValueError: `rounds` is below 1, a name is repeated or unknown, or a call took no CPU time.
        RuntimeError: a contender failed its own verification.
    """
    names = [contender.name for contender in contenders]
    if rounds < 1:
        raise ValueError(f"rounds must be at least 1; got {rounds}")
    if len(set(names)) < len(names):
        raise ValueError(f"names of contenders must differ; got {names}")
    unknown = {baseline, *(n for bar in bars for n in (bar.contender, bar.baseline))} - set(names)
    if unknown:
        raise ValueError(f"no contender {sorted(unknown)} in {title!r}; there are: {names}")
    for contender in contenders:
        _warm_up(contender)
    spans = [[_time(contender, clock) for contender in contenders] for _ in range(rounds)]
    timings = tuple(
        Timing(
            name=contender.name,
            unit=contender.unit,
            work=contender.work,
            cpu_seconds=tuple(cpu for cpu, _ in column),
            wall_seconds=tuple(wall for _, wall in column),
            note=contender.note,
            limit=contender.limit,
        )
        for contender, column in zip(contenders, zip(*spans, strict=True), strict=True)
    )
    bare = Race(title, baseline, timings, ())
    judged = tuple(bare.ratio(bar.contender, bar.baseline, bar.at_least) for bar in bars)
    return Race(title, baseline, timings, judged)


def _warm_up(contender: Contender) -> None:
    contender.run()
    if contender.verify is not None and not contender.verify():
        raise RuntimeError(f"{contender.name}: wrong result, so its speed means nothing")


def _time(contender: Contender, clock: Clock) -> tuple[float, float]:
    cpu, wall = clock()
    contender.run()
    cpu_end, wall_end = clock()
    if cpu_end <= cpu:
        raise ValueError(f"{contender.name}: work={contender.work} is too little to time")
    return cpu_end - cpu, wall_end - wall


@dataclass(frozen=True)
class FirstCall:
    """CPU seconds of a first call in fresh processes, without and with an empty compile cache.

    Attributes:
        name: what is called.
        imports: seconds of the imports and other preparation before the call, warm, by process.
        cold: seconds of the call with an empty cache, by process.
        warm: seconds of the call with the cache filled, by process.
        cold_at_most: bar on the median of `cold`, None for none.
        warm_at_most: bar on the median of `warm`, None for none.
    """

    name: str
    imports: tuple[float, ...]
    cold: tuple[float, ...]
    warm: tuple[float, ...]
    cold_at_most: float | None = None
    warm_at_most: float | None = None

    @property
    def passed(self) -> bool | None:
        """Whether both medians stay within their bars; None without a bar."""
        bars = ((self.cold, self.cold_at_most), (self.warm, self.warm_at_most))
        verdicts = [median(seconds) <= bar for seconds, bar in bars if bar is not None]
        return all(verdicts) if verdicts else None


_THREAD_LIMITS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def time_snippet(
    setup: str, call: str, cache: str | os.PathLike[str] | None, *, threads: int = 1
) -> tuple[float, float]:
    """Run `setup`, then `call`, in a fresh process; return the CPU seconds of each.

    Args:
        setup: Python statements: imports and arguments.
        call: Python statements that are marked for timing.
        cache: value of NUMBA_CACHE_DIR in that process; None leaves it as it is here.
        threads: what OpenMP and the linear algebra libraries may start.

    Raises:
        RuntimeError: the process failed; the message ends with its standard error.
    """
    script = "\n".join(
        [
            "from time import process_time as _now; _began = _now()",
            setup,
            "_ready = _now()",
            call,
            "_done = _now(); import json as _json",
            "print(_json.dumps([_ready - _began, _done - _ready]))",
        ]
    )
    changes: dict[str, str] = {name: str(threads) for name in _THREAD_LIMITS}
    if cache is not None:
        changes["NUMBA_CACHE_DIR"] = os.fspath(cache)
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ | changes,
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(f"the snippet failed in a fresh process:\n{done.stderr}")
    before, marked = json.loads(done.stdout.splitlines()[-1])
    return before, marked


def first_call(
    name: str,
    setup: str,
    call: str,
    *,
    repeats: int = 3,
    cold_at_most: float | None = None,
    warm_at_most: float | None = None,
) -> FirstCall:
    """Measure a first call `repeats` times with an empty and with a filled compile cache."""
    cold, warm = [], []
    for _ in range(repeats):
        with tempfile.TemporaryDirectory() as cache:
            cold.append(time_snippet(setup, call, cache))
            warm.append(time_snippet(setup, call, cache))
    return FirstCall(
        name=name,
        imports=tuple(imports for imports, _ in warm),
        cold=tuple(seconds for _, seconds in cold),
        warm=tuple(seconds for _, seconds in warm),
        cold_at_most=cold_at_most,
        warm_at_most=warm_at_most,
    )
