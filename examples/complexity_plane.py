"""Where the elementary automata lie between order and chaos, by ten measures.

Run it as `python -m examples.complexity_plane` from the root of the repository (some minutes of one
core). It measures the 88 rules that differ by more than left and right or the names of 0 and 1, and
writes docs/figures/complexity-plane.png, docs/results/complexity-plane.json, and the tables in
docs/complexity-plane.md.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from complexity.files import write_atomically
from complexodynamics.tables import fill, markdown
from simulations.automata.analysis import equivalents
from simulations.automata.classification import (
    CONTRASTS,
    MEASURES,
    PLANES,
    ComplexityPlane,
    complexity_plane,
)

SHOWN = {1: (0, 32), 2: (4, 62, 73, 184, 204), 3: (18, 22, 30, 45, 90, 150), 4: (41, 54, 106, 110)}
"""Rules of each class in the table of examples."""


def title(measure: str) -> str:
    """A measure's name for people."""
    return measure.replace("_", " ")


def separations(plane: ComplexityPlane) -> str:
    """Measures by contrasts: the area under the curve, and the bootstrap's interval."""
    rows = []
    for measure in MEASURES:
        found = [plane.separation(measure, contrast) for contrast in CONTRASTS]
        cells = [f"{each.auc:.2f} ({each.low:.2f} to {each.high:.2f})" for each in found]
        rows.append([title(measure), *cells])
    return markdown(["measure", *CONTRASTS], rows)


def p_values(plane: ComplexityPlane) -> str:
    """The same contrasts by the Mann-Whitney test."""
    rows = [
        [title(measure), *(f"{plane.separation(measure, name).p_value:.1g}" for name in CONTRASTS)]
        for measure in MEASURES
    ]
    return markdown(["measure", *CONTRASTS], rows)


def examples(plane: ComplexityPlane) -> str:
    """Some rules' numbers."""
    known = {each.rule: each for each in plane.rules}
    rows = []
    for label, rules in SHOWN.items():
        for rule in rules:
            numbers = [f"{getattr(known[rule], measure):.3f}" for measure in MEASURES]
            rows.append([rule, label, *numbers])
    return markdown(["rule", "class", *map(title, MEASURES)], rows)


def neighbours(plane: ComplexityPlane) -> str:
    """How often a rule's nearest neighbour is of its class."""
    chosen: dict[str, tuple[str, ...]] = {" and ".join(map(title, pair)): pair for pair in PLANES}
    chosen["all ten measures"] = tuple(MEASURES)
    rows = []
    for name, measures in chosen.items():
        shares = plane.nearest_neighbour(measures)
        rows.append([name, *(f"{shares[label]:.2f}" for label in (1, 2, 3, 4))])
    sizes = [sum(each.wolfram_class == label for each in plane.rules) for label in (1, 2, 3, 4)]
    chance = [f"{(size - 1) / (len(plane.rules) - 1):.2f}" for size in sizes]
    rows.append(["a neighbour drawn at random", *chance])
    return markdown(["neighbours by", *(f"class {label}" for label in (1, 2, 3, 4))], rows)


def document(plane: ComplexityPlane) -> dict[str, Any]:
    """All numbers to six digits, settings said once."""
    whole = plane.to_dict()
    rules = whole.pop("rules")
    return {
        "command": "python -m examples.complexity_plane",
        "settings": rules[0]["settings"],
        **_rounded(whole),
        "nearest_neighbour": _rounded(
            {str(label): share for label, share in plane.nearest_neighbour().items()}
        ),
        "rules": [
            _rounded({name: value for name, value in rule.items() if name != "settings"})
            | {"equivalents": list(equivalents(rule["rule"]))}
            for rule in rules
        ],
    }


def _rounded(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _rounded(each) for name, each in value.items()}
    return float(f"{value:.6g}") if isinstance(value, float) else value


def main() -> None:
    """Measure, draw, and write docs."""
    least = [rule for rule in range(256) if rule == min(equivalents(rule))]
    plane = complexity_plane(least)
    for folder in (Path("docs/figures"), Path("docs/results")):
        folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(document(plane), indent=1, allow_nan=False).encode() + b"\n"
    write_atomically("docs/results/complexity-plane.json", text)
    plane.plot("docs/figures/complexity-plane.png")
    tables = {
        "plane-separations": separations(plane),
        "plane-p-values": p_values(plane),
        "plane-neighbours": neighbours(plane),
        "plane-examples": examples(plane),
    }
    fill(Path("docs/complexity-plane.md"), tables)
    print(tables["plane-separations"])


if __name__ == "__main__":
    main()
