"""The experiment of 1993 on data in its likeness, in a table and docs/results/hinton_van_camp.json.

Run it as `python -m examples.hinton_van_camp` from the root of the repository (over a minute: three
data sets, five restarts each).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from complexity.files import write_atomically
from complexity.provenance import versions
from complexodynamics.tables import markdown
from mdl.weights.hinton_van_camp import Experiment, run

SEEDS = (0, 1, 2)


def table(found: Sequence[Experiment]) -> str:
    """Relative errors on the test sets by arm, and total bits of noisy and trivial weights."""
    rows = []
    for lines in zip(*(each.rows() for each in found), strict=True):
        errors = [f"{line['relative_error']:.3f}" for line in lines]
        bits = [f"{line['total_bits']:.0f}" if "total_bits" in line else "" for line in lines]
        rows.append([lines[0]["name"], *errors, *bits])
    head = [f"error, data {each.seed}" for each in found] + [f"bits, {each.seed}" for each in found]
    return markdown(["", *head], rows)


def main() -> None:
    """Compute, print, and write docs."""
    found = [run(seed) for seed in SEEDS]
    results = {
        "command": "python -m examples.hinton_van_camp",
        "experiments": [each.to_dict() for each in found],
        "provenance": {"versions": versions("numpy", "scipy")},
    }
    Path("docs/results").mkdir(parents=True, exist_ok=True)
    text = json.dumps(results, indent=1, allow_nan=False).encode() + b"\n"
    write_atomically("docs/results/hinton_van_camp.json", text)
    print(table(found))
    shorter = sum(each.embarrassment for each in found)
    print(f"\nThe trivial solution is the shortest description of {shorter} of {len(found)}.")


if __name__ == "__main__":
    main()
