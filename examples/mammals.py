"""Everything in docs/distances.md about mammals: trees of mitochondrial genomes by compression.

Run it as `python -m examples.mammals` from the root of the repository, with the environment
variable COMPLEXODYNAMICS_DATA naming a folder that holds `mammal_mtdna/34-mammals` and
`mammal_mtdna/10-mammals` (CompLearn's data, github.com/rudi-cilibrasi/classic-complearn); some ten
minutes on two cores. `--quick` compares the ten mammals by zlib alone and writes below runs/.
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import Any

from complexity import distances
from complexity.code import get_code
from complexity.files import write_atomically
from complexodynamics.tables import fill, markdown

CODES = ("zlib", "bz2", "xz", "lzma", "zstd:22", "brotli", "ppmd:12")
SEED = 2005
_APES = ("chimpanzee", "pigmyChimpanzee", "human", "gorilla", "orangutan", "gibbon")
CLADES: dict[str, tuple[str, ...]] = {
    "whales": ("blueWhale", "finWhale"),
    "seals": ("graySeal", "harborSeal"),
    "murids": ("mouse", "rat"),
    "rhinoceroses": ("indianRhinoceros", "whiteRhinoceros"),
    "equids": ("donkey", "horse"),
    "perissodactyls": ("donkey", "horse", "indianRhinoceros", "whiteRhinoceros"),
    "carnivores": ("cat", "dog", "graySeal", "harborSeal"),
    "Pan": _APES[:2],
    "Pan + Homo": _APES[:3],
    "with gorilla": _APES[:4],
    "with orangutan": _APES[:5],
    "with gibbon": _APES,
    "primates": (*_APES, "baboon"),
    "bovids": ("cow", "sheep"),
    "cetartiodactyls": ("blueWhale", "cow", "finWhale", "hippopotamus", "pig", "sheep"),
    "Whippomorpha": ("blueWhale", "finWhale", "hippopotamus"),
    "marsupials": ("opossum", "wallaroo"),
    "Marsupionta": ("opossum", "platypus", "wallaroo"),
}
"""The groups of the 34 mammals that a good tree has; the last is the publication's claim."""

TEN = {
    "seals": ("graySeal", "harborSeal"),
    "whales": ("blueWhale", "finWhale"),
    "apes": ("chimpanzee", "human"),
    "murids": ("mouse", "rat"),
    "carnivores": ("cat", "graySeal", "harborSeal"),
}
"""The groups of the 10 mammals."""


def sequences(name: str) -> dict[str, bytes]:
    """The letters of a set of genomes by the animals' names.

    Raises:
        ValueError: the data are not there.
    """
    folder = Path(os.environ.get("COMPLEXODYNAMICS_DATA", "")) / "mammal_mtdna" / name
    if "COMPLEXODYNAMICS_DATA" not in os.environ or not folder.is_dir():
        raise ValueError("COMPLEXODYNAMICS_DATA: accepted is a folder that holds mammal_mtdna")
    paths = [path for path in sorted(folder.iterdir()) if path.is_file()]
    return {path.stem: b"".join(path.read_bytes().split()) for path in paths}


def missing(tree: distances.Tree, clades: dict[str, tuple[str, ...]]) -> list[str]:
    """The groups that are no clades of a tree."""
    return [name for name, members in clades.items() if not tree.is_clade(members)]


def compare(
    genomes: dict[str, bytes], code: str, clades: dict[str, tuple[str, ...]]
) -> tuple[dict[str, Any], distances.DistanceMatrix, distances.Tree, distances.QuartetTree]:
    """The matrix by one code, its two trees, and what they got right."""
    matrix = distances.ncd_matrix(genomes, code=code)
    joined = distances.neighbour_joining(matrix)
    quartets = distances.quartet_tree(matrix, seed=SEED)
    own = matrix.self_distances
    assert own is not None
    found = {
        "code": matrix.code,
        "joining_score": distances.quartet_score(joined, matrix),
        "joining_missing": missing(joined, clades),
        "quartet_score": quartets.score,
        "quartet_missing": missing(quartets.tree, clades),
        "quartet_scores": list(quartets.scores),
        "robinson_foulds": distances.robinson_foulds(joined, quartets.tree),
        "largest_self_distance": float(own.max()),
        "stress_2d": distances.classical_mds(matrix).stress,
        "clades": len(clades),
        "joining_newick": joined.to_newick(),
        "quartet_newick": quartets.tree.to_newick(),
    }
    return found, matrix, joined, quartets


def table(rows: list[dict[str, Any]]) -> str:
    """One line per code."""

    def clades(row: dict[str, Any], which: str) -> str:
        lost = row[f"{which}_missing"]
        kept = f"{row['clades'] - len(lost)} of {row['clades']}"
        return f"{kept} (not {', '.join(lost)})" if lost else kept

    return markdown(
        ["code", "S(T), joining", "clades", "S(T), quartets", "clades", "largest NCD(x, x)"],
        [
            [
                f"`{row['code']}`",
                f"{row['joining_score']:.4f}",
                clades(row, "joining"),
                f"{row['quartet_score']:.4f}",
                clades(row, "quartet"),
                f"{row['largest_self_distance']:.3f}",
            ]
            for row in sorted(rows, key=lambda row: -row["joining_score"])
        ],
    )


def main() -> None:
    """Compare, draw, and write docs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="ten mammals, nothing in docs/")
    options = parser.parse_args()
    out = Path("runs/mammals") if options.quick else Path("docs")
    for folder in (out / "figures", out / "results"):
        folder.mkdir(parents=True, exist_ok=True)
    few = sequences("10-mammals")
    codes = CODES[:1] if options.quick else CODES
    results: dict[str, Any] = {"command": "python -m examples.mammals", "seed": SEED}
    results["ten"] = [compare(few, code, TEN)[0] for code in codes]
    results["all"] = []
    if not options.quick:
        many = sequences("34-mammals")
        for code in codes:
            found, matrix, joined, quartets = compare(many, code, CLADES)
            results["all"].append(found)
            results["provenance"] = matrix.provenance["versions"]
            if code == "zlib":
                title = f"neighbour joining by {get_code(code).name}, S(T) = "
                joined.plot(
                    out / "figures" / "mammals-joining.png",
                    title=f"{title}{found['joining_score']:.4f}",
                    lengths=False,
                )
                quartets.plot(out / "figures" / "mammals-quartets.png")
                matrix.plot(out / "figures" / "mammals-heatmap.png")
    document = json.dumps(results, indent=1).encode() + b"\n"
    write_atomically(out / "results" / "mammals.json", document)
    tables = {name: table(results[name]) for name in ("ten", "all") if results[name]}
    if options.quick:
        print("\n\n".join(tables.values()))
    else:
        fill(out / "distances.md", {f"mammals-{name}": text for name, text in tables.items()})


if __name__ == "__main__":
    main()
