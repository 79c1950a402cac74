"""What a benchmark hands back, with its provenance, as JSON and as Markdown."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.harness import FirstCall, Race, Ratio, Timing
from benchmarks.machine import Machine
from complexity.files import write_atomically
from complexodynamics.tables import fill, markdown


@dataclass(frozen=True)
class Report:
    """Results of one benchmark.

    Attributes:
        title: heading.
        command: what to type to repeat it.
        machine: facts of the machine and tools.
        threads: threads every contender ran on.
        rounds: counted rounds of every race.
        seconds: wall seconds of the whole benchmark.
        commit: commit of the code, None if unknown.
        races: the races.
        first_calls: first calls in fresh processes.
        notes: paragraphs printed above the tables.
    """

    title: str
    command: str
    machine: Machine
    threads: int
    rounds: int
    seconds: float
    commit: str | None
    races: tuple[Race, ...]
    first_calls: tuple[FirstCall, ...] = ()
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return everything measured, with the medians and verdicts derived from it."""
        plain = asdict(self)
        for entry, race in zip(plain["races"], self.races, strict=True):
            for timing, measured in zip(entry["timings"], race.timings, strict=True):
                timing["rate"] = measured.rate
                timing["nanoseconds"] = measured.nanoseconds
                timing["busy_threads"] = measured.busy_threads
            for bar, ratio in zip(entry["bars"], race.bars, strict=True):
                bar["passed"] = ratio.passed
            entry["ratios"] = [asdict(ratio) for ratio in race.ratios]
        for entry, first in zip(plain["first_calls"], self.first_calls, strict=True):
            entry["passed"] = first.passed
        return plain

    def to_markdown(self) -> str:
        """Return the report as Markdown: machine, bars, first calls, one table per race."""
        parts = [f"# {self.title}", self.heading(), *self.notes, *self.summary()]
        parts += [f"## {race.title}\n\n{_rates(race)}" for race in self.races]
        return "\n\n".join(parts) + "\n"

    def summary(self) -> list[str]:
        """Return the tables of ratios against their bars and of first calls, if there are any."""
        bars = [_bars(self.races)] if any(race.bars for race in self.races) else []
        return bars + ([_first_calls(self.first_calls)] if self.first_calls else [])

    def save(self, folder: str | os.PathLike[str], stem: str) -> tuple[Path, Path]:
        """Write `stem`.json and `stem`.md into `folder`, which is made if missing."""
        target = Path(folder)
        target.mkdir(parents=True, exist_ok=True)
        data = json.dumps(self.to_dict(), indent=1) + "\n"
        return (
            write_atomically(target / f"{stem}.json", data.encode()),
            write_atomically(target / f"{stem}.md", self.to_markdown().encode()),
        )

    def heading(self) -> str:
        """Return how, where and with what it was measured."""
        versions = ", ".join(f"{name} {which}" for name, which in self.machine.versions.items())
        caches = ", ".join(self.machine.caches) or "caches unknown"
        threads = "one thread" if self.threads == 1 else f"{self.threads} threads"
        return (
            f"`{self.command}`: {threads}, {self.rounds} interleaved rounds, rates per CPU second; "
            "medians, and ratios within a round as median [min..max].\n"
            f"{self.machine.cpu}, {self.machine.cores} cores, {caches}; {versions}."
        )


def _verdict(passed: bool | None) -> str:
    return {True: "pass", False: "FAIL", None: ""}[passed]


def _bars(races: Sequence[Race]) -> str:
    def row(race: Race, bar: Ratio) -> list[str]:
        figure = f"{bar.contender} / {bar.baseline}"
        return [race.title, figure, str(bar), f">= {bar.at_least:g}", _verdict(bar.passed)]

    rows = [row(race, bar) for race in races for bar in race.bars]
    return markdown(["race", "ratio of rates", "measured", "bar", ""], rows)


def _first_calls(calls: Sequence[FirstCall]) -> str:
    def bar(seconds: float | None) -> str:
        return "" if seconds is None else f" (<= {seconds:g})"

    def row(call: FirstCall) -> list[str]:
        imports, cold, warm = median(call.imports), median(call.cold), median(call.warm)
        return [
            call.name,
            f"{cold:.2f}{bar(call.cold_at_most)}",
            f"{warm:.3f}{bar(call.warm_at_most)}",
            f"{cold + imports:.2f}",
            f"{warm + imports:.2f}",
            _verdict(call.passed),
        ]

    header = ["first call, CPU s", "cold", "warm", "cold + imports", "warm + imports", ""]
    return markdown(header, [row(call) for call in calls])


def _rates(race: Race) -> str:
    def row(timing: Timing, ratio: Ratio) -> list[str]:
        name = f"limit: {timing.name}" if timing.limit else timing.name
        rate = f"{timing.rate:.2e} {timing.unit}/s"
        return [name, rate, f"{timing.nanoseconds:.3g}", str(ratio), timing.note]

    header = ["contender", "rate", "ns each", f"x {race.baseline}", ""]
    pairs = zip(race.timings, race.ratios, strict=True)
    return markdown(header, [row(timing, ratio) for timing, ratio in pairs])


def command(
    stem: str,
    benchmark: Callable[..., Report],
    *,
    rounds: int,
    about: str | None,
    data: str = "",
) -> None:
    """Be `python -m benchmarks.STEM`: run it, print the Markdown, write JSON and Markdown.

    Args:
        stem: name of the module, of its files, and of its table in a document.
        benchmark: from the number of rounds (and the data folder) to the report.
        rounds: counted rounds of every race unless asked otherwise.
        about: the module's docstring.
        data: what the benchmark looks for in the data folder; "" if it needs none.
    """
    parser = argparse.ArgumentParser(prog=f"python -m benchmarks.{stem}", description=about)
    parser.add_argument("--rounds", type=int, default=rounds, help="counted rounds of every race")
    parser.add_argument("--out", default="benchmarks/results", help="folder of the results")
    parser.add_argument("--readme", type=Path, help=f"document whose table {stem!r} is rewritten")
    if data:
        parser.add_argument(
            "--data",
            default=os.environ.get("COMPLEXODYNAMICS_DATA"),
            help=f"folder with {data}; COMPLEXODYNAMICS_DATA unless given",
        )
    arguments = parser.parse_args()
    given = (arguments.rounds, arguments.data) if data else (arguments.rounds,)
    report = benchmark(*given)
    report.save(arguments.out, stem)
    if arguments.readme:
        fill(arguments.readme, {stem: "\n\n".join([report.heading(), *report.summary()])})
    print(report.to_markdown())
