"""Arrays in two and three dimensions: the template code against byte codes along scans, and images.

Run `python -m benchmarks.template [--rounds N] [--out FOLDER]` from the root of the repository.
Every codeword is decoded and compared before anything is timed. Two fields are drawn from a law, so
that their entropy is known; the images are those of the folders `isbi2012_em`, `omniglot`, `mnist`,
`fashion_mnist` and `cifar10` in COMPLEXODYNAMICS_DATA (or --data), and left out without it. Image
files are written by Pillow, and by imagecodecs if it is installed.
"""

from __future__ import annotations

import gzip
import io
import math
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks.harness import Contender, FirstCall, Race, first_call, race, time_snippet
from benchmarks.lempel_ziv import peer
from benchmarks.machine import machine
from benchmarks.report import Report, command
from complexity import get_code
from complexity.provenance import commit
from complexodynamics.tables import markdown

OURS, CM, CTW, XZ = "template", "cm", "ctw", "xz"
CODES = (
    OURS,
    *(f"{code} {order}" for code in (XZ, CTW, CM) for order in ("raster", "hilbert", "z")),
)
FILES = ("PNG", "TIFF G4", "WebP", "JPEG 2000", "JPEG-LS", "JPEG XL")
SPEED_BAR = 0.5
"""Millions of cells of 0/1 arrays coded, and decoded, per CPU second."""
EXCESS_BAR = 1.02
"""Bits of a field are at most so many times its conditional entropy."""

Array = NDArray[Any]


@dataclass(frozen=True)
class TemplateReport(Report):
    """A report with the lengths behind it.

    Attributes:
        bits: array -> code or file format -> bits.
        entropies: field -> sum of the conditional entropies along it, in bits.
        items: array -> number of items.
    """

    bits: dict[str, dict[str, float]] = field(default_factory=dict)
    entropies: dict[str, float] = field(default_factory=dict)
    items: dict[str, int] = field(default_factory=dict)


def directed_field(side: int, ones: tuple[float, ...], seed: int) -> tuple[Array, float]:
    """P(1 | W, N) by W + 2 N, zeros outside, and the sum of its conditional entropies in bits."""
    uniform = np.random.default_rng(seed).random((side, side)).tolist()
    x = [[0] * (side + 1) for _ in range(side + 1)]
    entropy = 0.0
    for i, j in product(range(side), repeat=2):
        p = ones[x[i + 1][j] + 2 * x[i][j + 1]]
        x[i + 1][j + 1] = int(uniform[i][j] < p)
        entropy -= p * math.log2(p) + (1 - p) * math.log2(1 - p)
    return np.array(x, bool)[1:, 1:], entropy


def fields() -> dict[str, tuple[Array, float]]:
    """Fields by name, with their entropies."""
    return {
        "field, P(1) by W and N": directed_field(512, (0.05, 0.5, 0.5, 0.95), 0),
        "field, columns flip": directed_field(512, (0.1, 0.1, 0.9, 0.9), 0),
    }


def images(data: str | None) -> Iterator[tuple[str, Array]]:
    """Drawings and pictures by name, those that are at hand."""
    root = Path(data or "nowhere")
    if (isbi := root / "isbi2012_em").is_dir():
        yield "membranes, drawn", np.array(Image.open(isbi / "label" / "0.png")) > 127
    if (characters := root / "omniglot" / "images_background_small1.zip").is_file():
        with zipfile.ZipFile(characters) as archive:
            names = sorted(name for name in archive.namelist() if name.endswith(".png"))[:100]
            pages = [np.array(Image.open(io.BytesIO(archive.read(name)))) for name in names]
        yield "100 characters", np.stack(pages) == 0
    if isbi.is_dir():
        yield "membranes, seen", np.array(Image.open(isbi / "image" / "0.png"))
    if (digits := root / "mnist" / "t10k-images-idx3-ubyte.gz").is_file():
        octets = np.frombuffer(gzip.decompress(digits.read_bytes()), np.uint8, offset=16)
        yield "100 digits", octets.reshape(-1, 28, 28)[:100]
    if (sprite := root / "fashion_mnist" / "fashion-mnist-sprite.png").is_file():
        yield "clothes", np.array(Image.open(sprite))[..., 0]
    if (batch := root / "cifar10" / "cifar10_batch_0.png").is_file():
        yield "20 colour pictures", np.array(Image.open(batch)).reshape(-1, 32, 32, 3)[:20]


def lengths(x: Array) -> dict[str, float]:
    """Bits by every code, each verified by decoding, and of image files of the same pixels.

    Raises:
        RuntimeError: a codeword does not decode to the array.
    """
    layout = "packed" if x.dtype == bool else "bytes"
    found = {}
    for label in CODES:
        name, _, order = label.partition(" ")
        code = get_code(f"array({name}):layout={layout},order={order}" if order else name)
        blob = code.encode(x)
        if not np.array_equal(code.decode(blob), x):
            raise RuntimeError(f"{code.name}: an array does not come back")
        found[label] = 8.0 * len(blob)
    return found | {name: 8.0 * size for name, size in files(x).items()}


def files(x: Array) -> dict[str, int]:
    """Bytes of lossless image files; pictures of a stack stand below each other."""
    colour = x.ndim > 2 and x.shape[-1] == 3
    pixels = np.ascontiguousarray(
        x.reshape(-1, *x.shape[-2:]) if colour else x.reshape(-1, x.shape[-1])
    )
    picture = Image.fromarray(pixels)
    ways: dict[str, dict[str, Any]] = {"PNG": {"format": "PNG", "optimize": True}}
    if x.dtype == bool:
        ways["TIFF G4"] = {"format": "TIFF", "compression": "group4"}
    else:
        if max(picture.size) <= 16383:
            ways["WebP"] = {"format": "WEBP", "lossless": True, "quality": 100, "method": 6}
        ways["JPEG 2000"] = {"format": "JPEG2000", "irreversible": False}
    sizes = {name: _saved(picture, **how) for name, how in ways.items()}
    if x.dtype != bool and (others := peer("imagecodecs")) is not None:
        sizes["JPEG-LS"] = len(others.jpegls_encode(pixels))
        sizes["JPEG XL"] = len(others.jpegxl_encode(pixels, lossless=True, effort=9))
    return sizes


def _saved(picture: Image.Image, **how: Any) -> int:
    stream = io.BytesIO()
    picture.save(stream, **how)
    return len(stream.getvalue())


def speed_race(title: str, verb: str, x: Array, rounds: int) -> Race:
    """Race codes at coding or decoding an array."""
    layout = "packed" if x.dtype == bool else "bytes"
    specs = (OURS, *(f"array({name}):layout={layout}" for name in (XZ, CTW, CM)))
    codes = {spec: get_code(spec) for spec in specs}
    inputs = {spec: x if verb == "encode" else code.encode(x) for spec, code in codes.items()}

    def contender(spec: str) -> Contender:
        operation = getattr(codes[spec], verb)
        times = 1 if x.size > 10**6 else 2
        return Contender(
            spec, lambda: [operation(inputs[spec]) for _ in range(times)], times * x.size, "cells"
        )

    return race(title, [contender(spec) for spec in specs], baseline=specs[1], rounds=rounds)


def table(bits: dict[str, dict[str, float]], items: dict[str, int]) -> str:
    """Bits per item of every array by every code, as Markdown."""

    def cell(row: dict[str, float], name: str, n: int) -> str:
        return f"{row[name] / n:.4f}" if name in row else ""

    columns = [name for name in (*CODES, *FILES) if any(name in row for row in bits.values())]
    rows = [[name, *(cell(bits[array], name, items[array]) for array in bits)] for name in columns]
    return markdown(["bits per item", *bits], rows)


def verdicts(
    bits: dict[str, dict[str, float]], entropies: dict[str, float], races: tuple[Race, ...]
) -> list[str]:
    """The claims with the figures of this run and pass or FAIL."""
    claims = []
    for name, entropy in entropies.items():
        share = bits[name][OURS] / entropy
        text = f"{name}: {share:.4f} of its entropy (bar: at most {EXCESS_BAR})"
        claims.append((text, share <= EXCESS_BAR))
    for item in races[:4]:
        rate = item.timing(OURS).rate / 1e6
        text = f"{item.title}: {rate:.2f} million cells per CPU second (bar: at least {SPEED_BAR})"
        claims.append((text, rate >= SPEED_BAR))
    return [f"{text}: {'pass' if good else 'FAIL'}" for text, good in claims]


_SETUP = """
import numpy as np
from complexity import get_code
from complexity.provenance import commit
code = get_code("template")
x = np.eye(50, dtype=bool)
y = np.add.outer(np.arange(40), np.arange(40)).astype(np.uint8)
"""


def first_calls(repeats: int = 3) -> tuple[FirstCall, ...]:
    """Measure first codelengths in fresh processes."""
    return (
        first_call("0/1 array", _SETUP, "code.bits(x)", repeats=repeats),
        first_call("bytes", _SETUP, "code.bits(y)", repeats=repeats),
    )


def benchmark(rounds: int, data: str | None) -> TemplateReport:
    """Verify, race and measure everything."""
    began = time.perf_counter()
    time_snippet(_SETUP, "code.decode(code.encode(x)); code.decode(code.encode(y))", cache=None)
    drawn = fields()
    arrays = {name: x for name, (x, _) in drawn.items()} | dict(images(data))
    bits = {name: lengths(x) for name, x in arrays.items()}
    items = {name: x.size for name, x in arrays.items()}
    entropies = {name: entropy for name, (_, entropy) in drawn.items()}
    noise = np.random.default_rng(0).random((1000, 1000)) < 0.5
    sketch = arrays.get("membranes, drawn", next(iter(arrays.values())))
    octets = arrays.get(
        "membranes, seen", np.add.outer(*[np.arange(300) // 3] * 2).astype(np.uint8)
    )
    races = tuple(
        speed_race(f"{verb[:-1]}ing {what}", verb, x, rounds)
        for what, x in (("a million random bits", noise), ("a drawing", sketch), ("bytes", octets))
        for verb in ("encode", "decode")
    )
    notes = (
        "Lengths are whole codewords and files, headers included, at the registry's defaults; byte "
        "codes get 0/1 arrays as packed bits and the items along raster, Hilbert curve or Z-order. "
        "A field's entropy is the sum of its conditional entropies under the law that made it.",
        table(bits, items),
        "; ".join(verdicts(bits, entropies, races)) + ".",
    )
    return TemplateReport(
        title="Arrays in two and three dimensions",
        command=f"python -m benchmarks.template --rounds {rounds}",
        machine=machine(("numpy", "numba", "zstandard", "pillow", "imagecodecs")),
        threads=1,
        rounds=rounds,
        seconds=round(time.perf_counter() - began, 1),
        commit=commit(),
        races=races,
        first_calls=first_calls(),
        notes=notes,
        bits=bits,
        entropies=entropies,
        items=items,
    )


if __name__ == "__main__":
    command("template", benchmark, rounds=3, about=__doc__, data="images")
