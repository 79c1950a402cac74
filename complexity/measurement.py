"""Bits of data under every code, against the same bytes shuffled.

A shuffle keeps how often each byte occurs and destroys the order, so the ratio to it says how much
of a code's gain is structure beyond the frequencies: near 1 there is none that the code can see.
"""

from __future__ import annotations

import csv
import io
import json
import math
import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from complexity.code import Code, Codec, codes, resolve
from complexity.errors import integer
from complexity.files import write_atomically
from complexity.progress import progress as progress_bar
from complexity.provenance import commit, versions
from complexity.serialise import to_bytes

__all__ = ["Measurement", "MeasurementRow", "measure"]


@dataclass(frozen=True)
class MeasurementRow:
    """What one code says of the data.

    Attributes:
        code: the code's canonical spec.
        kind: what its bits are worth: "file", "ideal", "bound" or "estimate".
        bits: length of the data's codeword, in bits.
        bits_per_symbol: bits per byte of the data.
        shuffled_bits: mean length in bits over shuffles of the same bytes; NaN without shuffles.
        ratio_to_shuffled: bits / shuffled_bits; NaN without shuffles.
        seconds: wall-clock time of coding the data once.
    """

    code: str
    kind: str
    bits: float
    bits_per_symbol: float
    shuffled_bits: float
    ratio_to_shuffled: float
    seconds: float


@dataclass(frozen=True)
class Measurement:
    """A table of codes, fewest bits first.

    Attributes:
        rows: one per code, sorted by bits.
        n_symbols: number of bytes measured.
        name: what was measured.
        provenance: seed, number of shuffles, versions, platform.
    """

    rows: tuple[MeasurementRow, ...]
    n_symbols: int
    name: str = ""
    provenance: Mapping[str, Any] = field(default_factory=dict)

    @property
    def best(self) -> MeasurementRow:
        """The row with the fewest bits."""
        return min(self.rows, key=lambda row: row.bits)

    def __repr__(self) -> str:
        head = f"{self.name or 'data'}: {self.n_symbols} bytes"
        titles = ("code", "kind", "bits", "bits/symbol", "of shuffled", "seconds")
        cells = [
            (
                row.code,
                row.kind,
                f"{row.bits:.0f}",
                f"{row.bits_per_symbol:.4f}",
                f"{row.ratio_to_shuffled:.4f}",
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
        suffix = Path(path).suffix.lower()
        if suffix == ".json":
            text = json.dumps(self.to_dict(), indent=2, allow_nan=False) + "\n"
        elif suffix == ".csv":
            text = self._csv()
        else:
            raise ValueError(f"path: got {os.fspath(path)!r}, accepted is a name in .json or .csv")
        return write_atomically(path, text.encode("utf-8"))

    def plot(self, path: str | os.PathLike[str] | None = None) -> Any:
        """Bars of bits per symbol by code, the data's beside the shuffled bytes'.

        Args:
            path: where to save the figure (.png, .svg, .pdf); its suffix is the format.

        Returns:
            The matplotlib Figure.
        """
        from matplotlib.figure import Figure

        figure = Figure(figsize=(7, 1.2 + 0.35 * len(self.rows)), layout="constrained")
        axes = figure.add_subplot()
        height = np.arange(len(self.rows))[::-1]
        shuffled = [row.shuffled_bits / self.n_symbols for row in self.rows]
        axes.barh(height + 0.2, [r.bits_per_symbol for r in self.rows], 0.4, label="data")
        axes.barh(height - 0.2, np.nan_to_num(shuffled), 0.4, label="shuffled", color="0.75")
        axes.set_yticks(height, [f"{row.code} ({row.kind})" for row in self.rows])
        axes.set_xlabel("bits per symbol")
        axes.set_title(f"{self.name or 'data'}, {self.n_symbols} bytes")
        axes.legend()
        if path is not None:
            buffer = io.BytesIO()
            figure.savefig(buffer, format=Path(path).suffix.lstrip(".") or "png")
            write_atomically(path, buffer.getvalue())
        return figure

    def _csv(self) -> str:
        stream = io.StringIO()
        writer = csv.DictWriter(stream, list(asdict(self.rows[0])), lineterminator="\n")
        writer.writeheader()
        writer.writerows(self.to_dict()["rows"])
        return stream.getvalue()


def measure(
    data: bytes | bytearray | memoryview | str | NDArray[Any],
    *,
    codes: Iterable[str | Code] | None = None,
    shuffles: int = 3,
    seed: int = 0,
    name: str = "",
    progress: bool = True,
) -> Measurement:
    """Count the bits of data under several codes, against the same bytes shuffled.

    Args:
        data: bytes; or a str (as UTF-8) or an array (as `complexity.to_bytes` writes it). A symbol
            is a byte of that.
        codes: specs or codes of byte strings; by default all that are installed.
        shuffles: how many shuffles the baseline is a mean of; 0 for no baseline.
        seed: of the shuffles, which are the same for all codes.
        name: what the data are called in the results.
        progress: whether to show progress on a terminal.

    Returns:
        The table. Bits of codecs are counted on the bytes they made.

    Raises:
        TypeError: `data` is none of those.
        ValueError: `data` is empty, or a code is unknown.
        ImportError: a code needs an extra that is not installed.
    """
    octets = to_bytes(data)
    if not octets:
        raise ValueError("data: got nothing, accepted is at least one byte")
    integer("shuffles", shuffles, 0)
    integer("seed", seed, 0)
    chosen = _chosen(codes)
    baseline = _shuffled(octets, shuffles, seed)
    rows = []
    with progress_bar("measuring", len(chosen) * (1 + shuffles), show=progress) as advance:
        for code in chosen:
            start = time.perf_counter()
            bits = _bits(code, octets)
            seconds = time.perf_counter() - start
            advance()
            lengths = []
            for other in baseline:
                lengths.append(_bits(code, other))
                advance()
            rows.append(_row(code, bits, lengths, len(octets), seconds))
    rows.sort(key=lambda row: (row.bits, row.code))
    return Measurement(tuple(rows), len(octets), name, _provenance(shuffles, seed))


def _chosen(wanted: Iterable[str | Code] | None) -> list[Any]:
    if isinstance(wanted, str):
        wanted = [wanted]
    chosen = [
        resolve(code)
        for code in (codes(domain="bytes", available=True) if wanted is None else wanted)
    ]
    if not chosen:
        raise ValueError("codes: got none, accepted is at least one")
    return chosen


def _shuffled(octets: bytes, shuffles: int, seed: int) -> list[bytes]:
    symbols = np.frombuffer(octets, np.uint8)
    streams = np.random.SeedSequence(seed).spawn(shuffles)
    return [np.random.default_rng(stream).permutation(symbols).tobytes() for stream in streams]


def _bits(code: Any, octets: bytes) -> float:
    return 8.0 * len(code.encode(octets)) if isinstance(code, Codec) else float(code.bits(octets))


def _row(code: Any, bits: float, lengths: list[float], n: int, seconds: float) -> MeasurementRow:
    mean = math.fsum(lengths) / len(lengths) if lengths else math.nan
    ratio = bits / mean if mean else math.nan
    return MeasurementRow(code.name, str(code.kind), bits, bits / n, mean, ratio, seconds)


def _provenance(shuffles: int, seed: int) -> dict[str, Any]:
    made_with = versions("numpy", "zstandard", "brotli", "pyppmd")
    return {"seed": seed, "shuffles": shuffles, "versions": made_with, "commit": commit()}


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
