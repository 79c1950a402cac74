"""The context mixer against the general-purpose compressors, on the Canterbury corpus.

Run `python -m benchmarks.mixer` from the root of the repository. Every file is coded by every code
and decoded again, whole, before anything is timed. The 11 files are those of the folder
`canterbury` in COMPLEXODYNAMICS_DATA (or --data); without it the text is made up.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.harness import Contender, FirstCall, Race, first_call, race, time_snippet
from benchmarks.machine import machine
from benchmarks.report import Report, command
from complexity import get_code
from complexity.provenance import commit
from complexodynamics.tables import markdown

OURS, XZ, PPMD = "cm", "xz", "ppmd"
CODES = (OURS, XZ, "bz2", "zlib", "brotli", "zstd", PPMD)
XZ_BAR = 0.93
"""Our total is at most this share of xz's."""
SPEED_BAR = 1.0
"""Millions of input bits coded, and decoded, per CPU second."""


@dataclass(frozen=True)
class MixerReport(Report):
    """A report with the sizes behind it.

    Attributes:
        sizes: file -> code ("raw" for the file itself) -> bytes.
    """

    sizes: dict[str, dict[str, int]] = field(default_factory=dict)


def corpus(data: str | None) -> dict[str, bytes]:
    """The 11 files of Canterbury by name, or 300 kB of made-up text where they are not at hand."""
    folder = Path(data or "", "canterbury")
    if data and folder.is_dir():
        paths = sorted(p for p in folder.iterdir() if p.name != "SOURCE.txt")
        return {path.name: path.read_bytes() for path in paths}
    rng = np.random.default_rng(0)
    words = ["".join(rng.choice(list("etaoinshrdlu"), rng.integers(1, 9))) for _ in range(4000)]
    odds = 1 / np.arange(1, 4001)
    drawn = rng.choice(4000, 60_000, p=odds / odds.sum())
    return {"made-up text": " ".join(words[k] for k in drawn).encode()}


def coded(files: dict[str, bytes]) -> dict[str, dict[str, bytes]]:
    """Every file's codeword by every code, each verified by decoding.

    Raises:
        RuntimeError: a codeword does not decode to its file.
    """
    codewords: dict[str, dict[str, bytes]] = {name: {} for name in CODES}
    for name in CODES:
        code = get_code(name)
        for file, x in files.items():
            codewords[name][file] = code.encode(x)
            if code.decode(codewords[name][file]) != x:
                raise RuntimeError(f"{name}: {file} does not come back")
    return codewords


def contender(name: str, work: int, operation: Any, inputs: list[bytes]) -> Contender:
    def run() -> None:
        for x in inputs:
            operation(x)

    return Contender(name, run, work, "input bits")


def speed_race(
    title: str, verb: str, inputs: dict[str, list[bytes]], bits: int, rounds: int
) -> Race:
    """Race all codes at coding or decoding the whole corpus."""
    contenders = [
        contender(name, bits, getattr(get_code(name), verb), inputs[name]) for name in CODES
    ]
    return race(title, contenders, baseline=XZ, rounds=rounds)


def table(sizes: dict[str, dict[str, int]]) -> str:
    """Bytes per file and code, with totals, as Markdown."""
    header = ["bytes", "raw", *CODES, f"{OURS} / {XZ}"]
    total = {name: sum(row[name] for row in sizes.values()) for name in ("raw", *CODES)}
    rows = [
        [file, *(f"{row[name]:,}" for name in ("raw", *CODES)), f"{row[OURS] / row[XZ]:.3f}"]
        for file, row in [*sizes.items(), ("total", total)]
    ]
    return markdown(header, rows)


def verdicts(sizes: dict[str, dict[str, int]], races: tuple[Race, ...]) -> list[str]:
    """The claims with the figures of this run and pass or FAIL."""
    total = {name: sum(row[name] for row in sizes.values()) for name in CODES}
    share, to_ppmd = total[OURS] / total[XZ], total[OURS] / total[PPMD]
    claims = [
        (f"Total / xz's: {share:.3f} (bar: at most {XZ_BAR})", share <= XZ_BAR),
        (f"total / ppmd's: {to_ppmd:.3f} (bar: below 1)", to_ppmd < 1),
    ]
    for item in races:
        rate = item.timing(OURS).rate / 1e6
        text = f"{item.title}: {rate:.2f} Mbit per CPU second (bar: at least {SPEED_BAR:g})"
        claims.append((text, rate >= SPEED_BAR))
    return [f"{text}: {'pass' if good else 'FAIL'}" for text, good in claims]


_SETUP = """
from complexity import get_code
from complexity.provenance import commit
code = get_code("cm")
x = b"the quick brown fox " * 50
"""


def first_calls(repeats: int = 3) -> tuple[FirstCall, ...]:
    """Measure the first codelength in fresh processes."""
    call = "code.bits(x)"
    return (first_call(OURS, _SETUP, call, repeats=repeats, warm_at_most=0.5),)


def benchmark(rounds: int, data: str | None) -> MixerReport:
    """Verify, race and measure everything."""
    began = time.perf_counter()
    time_snippet(_SETUP, "code.decode(code.encode(x))", cache=None)
    files = corpus(data)
    codewords = coded(files)
    sizes = {
        file: {"raw": len(x)} | {name: len(codewords[name][file]) for name in CODES}
        for file, x in files.items()
    }
    bits = 8 * sum(map(len, files.values()))
    whole = {name: list(files.values()) for name in CODES}
    blobs = {name: list(codewords[name].values()) for name in CODES}
    races = (
        speed_race("coding", "encode", whole, bits, rounds),
        speed_race("decoding", "decode", blobs, bits, rounds),
    )
    notes = (
        "Bytes are whole codewords, headers and checksums included, at the registry's defaults; "
        "every one was decoded and compared before anything was timed. Rates count the bits of the "
        "files, not of the codewords.",
        table(sizes),
        "; ".join(verdicts(sizes, races)) + ".",
    )
    return MixerReport(
        title="Context mixing",
        command=f"python -m benchmarks.mixer --rounds {rounds}",
        machine=machine(),
        threads=1,
        rounds=rounds,
        seconds=round(time.perf_counter() - began, 1),
        commit=commit(),
        races=races,
        first_calls=first_calls(),
        notes=notes,
        sizes=sizes,
    )


if __name__ == "__main__":
    command("mixer", benchmark, rounds=3, about=__doc__, data="canterbury/")
