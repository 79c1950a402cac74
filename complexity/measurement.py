"""Bits of an object under every code, against surrogates that keep less of it.

A *shuffle* keeps how often each symbol occurs and destroys the order; *noise* keeps only the
alphabet and the length. A ratio to shuffles near 1 says that a code sees no structure beyond the
frequencies; the z-score says how surely it sees one, in standard deviations of the surrogates.

References:
    P. D. Grünwald, The Minimum Description Length Principle, MIT Press 2007, section 3.3 (no
        hypercompression).
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from complexity.code import ROUNDING, Code, Codec, Kind
from complexity.errors import integer
from complexity.figures import new_figure, save_figure
from complexity.files import save_table
from complexity.progress import progress as progress_bar
from complexity.provenance import commit, versions
from complexity.views import codes_for, surrogates_of, view_of

if TYPE_CHECKING:
    import networkx

__all__ = ["Measurable", "Measurement", "MeasurementRow", "best_bits", "measure"]

_LEAST_SD = 1 / math.log(2)
"""Bits. On noise a code spares b bits with probability up to 2^-b, which is that spread, and does
so in few draws: the others may be as long as each other to a hundredth of a bit."""

Measurable: TypeAlias = (
    "bytes | bytearray | memoryview | str | Sequence[int] | NDArray[Any] | networkx.Graph"
)
"""What `measure` takes."""


@dataclass(frozen=True)
class MeasurementRow:
    """What one code says of the data; NaN where there are no surrogates (or fewer than two).

    Attributes:
        code: the code's canonical spec.
        kind: what its bits are worth: "file", "ideal", "bound" or "estimate".
        bits: length of the data's codeword, in bits.
        bits_per_symbol: bits per symbol of the data (byte, character or item).
        shuffled_bits: mean length in bits over shuffles of the symbols.
        shuffled_sd: standard deviation of it between shuffles, in bits.
        random_bits: mean length in bits of noise over the data's alphabet.
        random_sd: standard deviation of it, in bits.
        ratio_to_shuffled: bits / shuffled_bits.
        ratio_low: lower end of its 95 % interval, from Student's interval of the shuffles' mean.
        ratio_high: upper end; NaN where the interval of the mean reaches 0.
        z_shuffled: (bits - shuffled_bits) / shuffled_sd, or over 1 / ln 2 bits where that is more
            and the code no estimate: as few bits are spared by chance. NaN where shuffled_sd is 0.
        z_random: the same of noise.
        seconds: CPU time of coding the data once.
    """

    code: str
    kind: str
    bits: float
    bits_per_symbol: float
    shuffled_bits: float
    shuffled_sd: float
    random_bits: float
    random_sd: float
    ratio_to_shuffled: float
    ratio_low: float
    ratio_high: float
    z_shuffled: float
    z_random: float
    seconds: float


@dataclass(frozen=True)
class Measurement:
    """A table of codes, fewest bits first.

    Attributes:
        rows: one per code, sorted by bits.
        n_symbols: number of symbols measured.
        unit: what a symbol is: "bytes", "characters", "items", "node pairs", or symbols by a stated
            method.
        name: what was measured.
        provenance: seed, number of surrogates, versions, commit.
    """

    rows: tuple[MeasurementRow, ...]
    n_symbols: int
    unit: str = "bytes"
    name: str = ""
    provenance: Mapping[str, Any] = field(default_factory=dict)

    @property
    def best(self) -> MeasurementRow:
        """The row with the fewest bits; estimates do not compete with codes."""
        codes = [row for row in self.rows if row.kind != Kind.ESTIMATE]
        return min(codes or self.rows, key=lambda row: row.bits)

    def __repr__(self) -> str:
        head = f"{self.name or 'data'}: {self.n_symbols} {self.unit}"
        titles = ("code", "kind", "bits", "bits/symbol", "of shuffled", "z", "seconds")
        cells = [
            (
                row.code,
                row.kind,
                f"{row.bits:.0f}",
                f"{row.bits_per_symbol:.4f}",
                f"{row.ratio_to_shuffled:.4f}",
                f"{row.z_shuffled:.1f}",
                f"{row.seconds:.3f}",
            )
            for row in self.rows
        ]
        return "\n".join([head, *_aligned([titles, *cells])])

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON values; a missing number is None."""
        rows = [
            {key: None if value != value else value for key, value in asdict(row).items()}
            for row in self.rows
        ]
        return {
            "name": self.name,
            "n_symbols": self.n_symbols,
            "unit": self.unit,
            "best": self.best.code,
            "rows": rows,
            "provenance": dict(self.provenance),
        }

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the table as .json (everything) or .csv (the rows), whole or not at all.

        Raises:
            ValueError: the path ends in neither.
            OSError: the folder is missing or cannot be written.
        """
        document = self.to_dict()
        return save_table(path, document, document["rows"])

    def plot(self, path: str | os.PathLike[str] | None = None) -> Any:
        """Bars of bits per symbol by code, the data's beside the shuffled bytes'.

        Args:
            path: where to save the figure (.png, .svg, .pdf); its suffix is the format.

        Returns:
            The matplotlib Figure.
        """
        figure = new_figure(figsize=(7, 1.2 + 0.35 * len(self.rows)))
        axes = figure.add_subplot()
        height = np.arange(len(self.rows))[::-1]
        shuffled = [row.shuffled_bits / self.n_symbols for row in self.rows]
        axes.barh(height + 0.2, [r.bits_per_symbol for r in self.rows], 0.4, label="data")
        axes.barh(height - 0.2, np.nan_to_num(shuffled), 0.4, label="shuffled", color="0.75")
        axes.set_yticks(height, [f"{row.code} ({row.kind})" for row in self.rows])
        axes.set_xlabel("bits per symbol")
        axes.set_title(f"{self.name or 'data'}, {self.n_symbols} {self.unit}", parse_math=False)
        axes.legend()
        return save_figure(figure, path)


def measure(
    data: Measurable,
    *,
    codes: Iterable[str | Code] | None = None,
    surrogates: int = 5,
    seed: int = 0,
    workers: int | None = None,
    name: str = "",
    progress: bool = True,
) -> Measurement:
    """Count the bits of an object under several codes, against shuffles and noise.

    Bytes are measured as they are; a str as its characters (packed, if there are at most 16
    different ones, else UTF-8); integers as a string of symbols; an array with its shape and dtype
    (0/1 arrays as packed bits); a networkx graph as the bits of its adjacency matrix, against
    graphs with the same degrees and with as many edges.

    Args:
        data: what to measure.
        codes: specs or codes; a code of byte strings gets the front end of the data's type. By
            default all that are installed and take such data of that size.
        surrogates: how many shuffles and how many noises each code is compared with; 0 for none.
        seed: of the surrogates, which are the same for all codes.
        workers: threads, None for all processors; results do not depend on it.
        name: what the data are called in the results.
        progress: whether to show progress on a terminal.

    Returns:
        The table. Bits of codes whose kind is "file" are counted on the bytes they made.

    Raises:
        TypeError: `data` is none of those, or `codes` no list.
        ValueError: `data` is empty, or a code is unknown.
        ImportError: a code needs an extra that is not installed.
    """
    view = view_of(data)
    surrogates = integer("surrogates", surrogates, 0)
    seed = integer("seed", seed, 0)
    threads = (os.cpu_count() or 1) if workers is None else integer("workers", workers, 1)
    chosen = codes_for(view, codes)
    objects = [view.data, *surrogates_of(view, surrogates, seed)]
    with (
        progress_bar("measuring", len(chosen) * len(objects), show=progress) as advance,
        ThreadPoolExecutor(threads) as pool,
    ):
        jobs = [[pool.submit(_timed_bits, code, x) for x in objects] for code in chosen]
        try:
            timed = [[_waited(job, advance) for job in line] for line in jobs]
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    rows = [
        _row(code, line, len(view.symbols), surrogates)
        for code, line in zip(chosen, timed, strict=True)
    ]
    rows.sort(key=lambda row: (row.bits, row.code))
    return Measurement(
        tuple(rows), len(view.symbols), view.unit, name, _provenance(surrogates, seed)
    )


def best_bits(
    data: Measurable,
    *,
    codes: Iterable[str | Code] | None = None,
) -> float:
    """The fewest bits over the codes of a set, plus log2 of their number to say which: a bound.

    Args:
        data: as for `measure`.
        codes: the set; by default every installed code that takes such data. The length is that
            of a code only if the set is fixed before the data are seen.

    Raises:
        TypeError, ValueError, ImportError: as `measure`; ValueError also for an estimate.
    """
    view = view_of(data)
    chosen = codes_for(view, codes)
    estimates = [code for code in chosen if code.kind == Kind.ESTIMATE]
    if estimates and codes is not None:
        name = estimates[0].name
        raise ValueError(f"codes: {name!r} is an estimate; accepted are codes and bounds")
    chosen = [code for code in chosen if code not in estimates]
    return min(float(code.bits(view.data)) for code in chosen) + math.log2(len(chosen))


def _timed_bits(code: Any, x: Any) -> tuple[float, float]:
    start = time.thread_time()
    counted = isinstance(code, Codec) and code.kind == Kind.FILE
    try:
        bits = 8.0 * len(code.encode(x)) if counted else float(code.bits(x))
    except (TypeError, ValueError) as error:
        said = TypeError if isinstance(error, TypeError) else ValueError
        raise said(f"code {code.name!r}: {error}") from error
    return bits, time.thread_time() - start


def _waited(job: Any, advance: Callable[[], None]) -> tuple[float, float]:
    result = job.result()
    advance()
    return result


def _row(code: Any, timed: list[tuple[float, float]], n: int, surrogates: int) -> MeasurementRow:
    bits, seconds = timed[0]
    others = np.array([length for length, _ in timed[1:]])
    shuffled, shuffled_sd = _mean_sd(others[:surrogates])
    noise, noise_sd = _mean_sd(others[surrogates:])
    least = 0.0 if code.kind == Kind.ESTIMATE else _LEAST_SD
    reach = _student(surrogates) * shuffled_sd / math.sqrt(surrogates) if surrogates else math.nan
    return MeasurementRow(
        code=code.name,
        kind=str(code.kind),
        bits=bits,
        bits_per_symbol=bits / n,
        shuffled_bits=shuffled,
        shuffled_sd=shuffled_sd,
        random_bits=noise,
        random_sd=noise_sd,
        ratio_to_shuffled=_quotient(bits, shuffled),
        ratio_low=_quotient(bits, shuffled + reach),
        ratio_high=_quotient(bits, max(shuffled - reach, 0.0)),
        z_shuffled=_quotient(bits - shuffled, shuffled_sd and max(shuffled_sd, least)),
        z_random=_quotient(bits - noise, noise_sd and max(noise_sd, least)),
        seconds=seconds,
    )


def _mean_sd(lengths: NDArray[np.float64]) -> tuple[float, float]:
    mean = float(lengths.mean()) if lengths.size else math.nan
    if lengths.size > 1 and np.ptp(lengths) <= ROUNDING * abs(mean):
        return mean, 0.0
    return mean, float(lengths.std(ddof=1)) if lengths.size > 1 else math.nan


def _student(samples: int) -> float:
    from scipy.stats import t

    return float(t.ppf(0.975, samples - 1)) if samples > 1 else math.nan


def _quotient(over: float, under: float) -> float:
    return over / under if under else math.nan


def _provenance(surrogates: int, seed: int) -> dict[str, Any]:
    made_with = versions("numpy", "numba", "zstandard", "brotli", "pyppmd")
    return {"seed": seed, "surrogates": surrogates, "versions": made_with, "commit": commit()}


def _aligned(table: list[tuple[str, ...]]) -> list[str]:
    """Lines with the first two columns to the left and numbers to the right."""
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    lines = []
    for cells in table:
        padded = [
            cell.ljust(width) if index < 2 else cell.rjust(width)
            for index, (cell, width) in enumerate(zip(cells, widths, strict=True))
        ]
        lines.append("  ".join(padded).rstrip())
    return lines
