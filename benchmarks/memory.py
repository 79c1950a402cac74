"""Memory of encoding, code by code: `python -m benchmarks.memory [--data FOLDER]`, on Linux.

Each code encodes 2 MB of random bytes and of English (`wikitext2` in COMPLEXODYNAMICS_DATA) in a
fresh process, 1 kB before, so that what compiles has been compiled. Its peak beyond what the
process held before, by the bytes, makes the table of docs/codes.md.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict
from itertools import chain
from pathlib import Path

import numpy as np

from benchmarks.machine import machine
from complexity.files import save_json
from complexity.provenance import commit
from complexodynamics.tables import fill, markdown

SIZE = 2_000_000
GROWS = {
    ("zlib", "gzip", "deflate"): "the output",
    ("bz2",): "8 MiB and the output",
    ("xz", "lzma", "lzma2"): "a dictionary of 64 MiB, 0.7 GiB in all",
    ("zstd",): "the window (8 MiB; `long=true` 128 MiB)",
    ("brotli",): "its window of 16 MiB",
    ("ppmd",): "its `memory` (16 MiB)",
    ("kt-bytes",): "its counters, at most 256 MiB",
    ("lz78",): "linear",
    ("lz76",): "linear; at most 200",
    ("cm",): "the table of its level (128 MiB at level 6) and 16 per byte",
    ("ctw:16", "ctw"): "linear in depth on random bytes: a node is 32 bytes",
}
_SNIPPET = """
import sys
from pathlib import Path
import complexity

def held(field):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(field))

codec, data = complexity.get_code(sys.argv[1]), sys.stdin.buffer.read()
codec.encode(data[:1000])
before = held("VmRSS")
Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew
codec.encode(data)
print(held("VmHWM") - before)
"""


def peak(code: str, data: bytes) -> float:
    """Bytes of memory that encoding takes at its peak, per byte of the data."""
    command = [sys.executable, "-c", _SNIPPET, code]
    done = subprocess.run(command, input=data, stdout=subprocess.PIPE, check=True)
    return int(done.stdout) / len(data)


def table(found: Mapping[str, Mapping[str, float]]) -> str:
    """The table of docs/codes.md of peaks by code and data."""
    rows = []
    for codes, grows in GROWS.items():
        cells = [
            ", ".join(dict.fromkeys(f"{found[code][kind]:.0f}" for code in codes))
            for kind in ("random", "english")
        ]
        rows.append([", ".join(f"`{code}`" for code in codes), *cells, grows])
    return markdown(["code", "random", "English", "grows to"], rows)


def main() -> None:
    """Measure every code, and write the result and the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.memory", description=__doc__)
    parser.add_argument("--data", default=os.environ.get("COMPLEXODYNAMICS_DATA"))
    folder = parser.parse_args().data
    if folder is None:
        parser.error("name the folder of data sets by --data or COMPLEXODYNAMICS_DATA")
    english = b"".join(
        (Path(folder) / "wikitext2" / name).read_bytes() for name in ("test.txt", "valid.txt")
    )[:SIZE]
    noise = np.random.default_rng(0).bytes(SIZE)
    found = {}
    for code in chain.from_iterable(GROWS):
        found[code] = {"random": peak(code, noise), "english": peak(code, english)}
        print(code, found[code], flush=True)
    result = {
        "command": "python -m benchmarks.memory",
        "bytes": SIZE,
        "peak bytes per byte": found,
        "machine": asdict(machine(("numpy", "numba", "zstandard", "brotli"))),
        "commit": commit(),
    }
    save_json("benchmarks/results/memory.json", result)
    fill(Path("docs/codes.md"), {"memory": table(found)})


if __name__ == "__main__":
    main()
