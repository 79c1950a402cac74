"""Regret of universal codes against n, in a figure and docs/results/regret.json.

Run it as `python -m examples.regret` from the root of the repository (some ten seconds).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from complexity.files import write_atomically
from mdl.nml import fisher_complexity, multinomial_complexity, szpankowski_complexity
from mdl.regret import RegretCurves, regret_curves

CODES = ("nml", "kt", "laplace", "two-part-grid", "plug-in", "snml")
APPROXIMATED = ((2, 10), (2, 1000), (10, 1000), (100, 1000), (256, 100_000))


def curves() -> dict[str, RegretCurves]:
    """Coins to n = 2000, and letters of an alphabet of three to 300."""
    many = np.unique(np.geomspace(1, 2000, 60).astype(int)).tolist()
    few = np.unique(np.geomspace(1, 300, 40).astype(int)).tolist()
    return {
        "coin": regret_curves(many, codes=CODES),
        "three letters": regret_curves(few, alphabet_size=3, codes=CODES[:-1]),
    }


def approximations() -> list[dict[str, Any]]:
    """The exact parametric complexity beside two asymptotic forms, in bits."""
    return [
        {
            "alphabet_size": size,
            "n": n,
            "exact": multinomial_complexity(size, n),
            "szpankowski": szpankowski_complexity(size, n),
            "fisher": fisher_complexity(size, n),
        }
        for size, n in APPROXIMATED
    ]


def main() -> None:
    """Compute, draw, and write docs."""
    found = curves()
    for folder in (Path("docs/figures"), Path("docs/results")):
        folder.mkdir(parents=True, exist_ok=True)
    found["coin"].plot("docs/figures/regret.png")
    results = {
        "command": "python -m examples.regret",
        "curves": {name: each.to_dict() for name, each in found.items()},
        "parametric complexity": approximations(),
    }
    for each in results["curves"].values():
        each["provenance"] = {"versions": each["provenance"]["versions"]}
    write_atomically("docs/results/regret.json", json.dumps(results, indent=1).encode() + b"\n")
    for name, each in found.items():
        print(f"{name}\n{each}\n")


if __name__ == "__main__":
    main()
