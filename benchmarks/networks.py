"""Everything that `mdl` claims of trained networks, beside its bars and its peers.

    python -m benchmarks.networks                      # all parts, some twenty minutes of CPU
    python -m benchmarks.networks --only bits_back     # one part anew, the others as they were

Each part runs in a process of its own, on one thread. MNIST is used where `--data` or
COMPLEXODYNAMICS_DATA names a folder with `mnist`; peers are those of `requirements-networks.txt`.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.harness import ROOT
from benchmarks.machine import machine
from benchmarks.targets import Target, table
from complexity.files import write_atomically
from complexity.provenance import commit
from complexodynamics.tables import fill

PARTS = {
    "prequential": "Labels that re-train to decode",
    "weight_codec": "Weights as files",
    "noisy_weights": "Noisy weights",
    "bits_back": "Bits back",
    "relative_entropy": "Relative entropy and subspace codes",
    "epiplexity": "Structure measured by learners",
}
"""Module with `targets(data)` -> its heading."""

PEERS = ("bayesian-torch", "constriction", "ivon-opt", "nncodec", "preqtorch", "torchbnn")
RESULTS = ROOT / "benchmarks" / "results" / "networks.json"

_RUN = """
import json, sys
from benchmarks import {part}
found = [each.to_dict() for each in {part}.targets(sys.argv[1] or None)]
print("\\n" + json.dumps(found))
"""


def measured(part: str, data: str) -> dict[str, Any]:
    """Run one part in a fresh process on one thread."""
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", _RUN.format(part=part), data],
        cwd=ROOT, env=os.environ | threads, capture_output=True, text=True,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"{part} failed in a fresh process:\n{done.stderr}")
    facts = machine(("numpy", "torch", "numba", *PEERS))
    return {
        "targets": json.loads(done.stdout.splitlines()[-1]),
        "seconds": round(time.perf_counter() - began, 1),
        "cpu": facts.cpu,
        "versions": facts.versions,
        "commit": commit(),
        "data": "MNIST too" if data else "without MNIST",
    }


def target_of(document: dict[str, Any]) -> Target:
    """What `Target.to_dict` wrote."""
    values = {name: document[name] for name in Target.__dataclass_fields__}
    if values["bar"] is None:
        values["bar"] = float("nan")
    return Target(**values)


def markdown_of(part: str, found: dict[str, Any]) -> str:
    """The heading, how it was measured, the table."""
    tools = ", ".join(
        f"{name} {which}" for name, which in found["versions"].items()
        if name in (*PEERS, "torch", "numpy", "numba")
    )  # fmt: skip
    told = f"One thread of {found['cpu']}, {found['data']}; {tools}."
    rows = [target_of(each) for each in found["targets"]]
    return f"### {PARTS[part]}\n\n{told}\n\n{table(rows)}"


def main() -> None:
    """Run what was asked for, keep the rest, write JSON, Markdown and the page's table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.networks", description=__doc__)
    parser.add_argument("--only", choices=PARTS, action="append", help="this part alone")
    parser.add_argument("--data", default=os.environ.get("COMPLEXODYNAMICS_DATA", ""))
    arguments = parser.parse_args()
    data = str(Path(arguments.data).resolve()) if arguments.data else ""
    parts = json.loads(RESULTS.read_text())["parts"] if RESULTS.exists() else {}
    for part in arguments.only or PARTS:
        print(f"{part} ...", file=sys.stderr, flush=True)
        parts[part] = measured(part, data)
        document = {
            "command": "python -m benchmarks.networks",
            "parts": {name: parts[name] for name in PARTS if name in parts},
        }
        write_atomically(RESULTS, json.dumps(document, indent=1, allow_nan=False).encode() + b"\n")
    written(parts)


def written(parts: dict[str, Any]) -> None:
    """Markdown beside the JSON, the table of docs/networks.md, and on the terminal."""
    text = "\n\n".join(markdown_of(part, parts[part]) for part in PARTS if part in parts)
    heading = "# What is claimed of networks, measured\n\n`python -m benchmarks.networks`\n\n"
    write_atomically(RESULTS.with_suffix(".md"), (heading + text + "\n").encode())
    page = ROOT / "docs" / "networks.md"
    if page.exists():
        fill(page, {"networks": text})
    print(text)


if __name__ == "__main__":
    main()
