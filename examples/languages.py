"""The languages of docs/distances.md: a tree of translations of one text by compression.

Run it as `python -m examples.languages` from the root of the repository, with the environment
variable COMPLEXODYNAMICS_DATA naming a folder that holds `udhr/udhr2.zip`, the corpus of that name
of NLTK (github.com/nltk/nltk_data): the Universal Declaration of Human Rights. Half a minute.
"""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path
from typing import Any

from complexity import distances
from complexity.files import write_atomically
from complexodynamics.tables import fill, markdown
from examples.mammals import missing

CODES = ("zlib", "bz2", "xz", "ppmd:8", "ctw:48")
SEED = 2005
LANGUAGES = {
    "Romance": "ita spa por_PT cat fra ron glg ast",
    "Germanic": "eng deu_1901 nld afr swe dan nob isl",
    "Slavic": "pol ces slk slv hrv",
    "Baltic": "lit lav",
    "Celtic": "gle cym bre",
    "Uralic": "fin est hun",
    "Turkic": "tur",
    "Semitic": "mlt",
    "Basque": "eus",
}
"""Family -> its languages by their names in the corpus, all in Latin script."""

CLADES: dict[str, tuple[str, ...]] = {
    name: tuple(members.split())
    for name, members in {
        "Romance": LANGUAGES["Romance"],
        "Germanic": LANGUAGES["Germanic"],
        "Slavic": LANGUAGES["Slavic"],
        "Baltic": LANGUAGES["Baltic"],
        "Celtic": LANGUAGES["Celtic"],
        "Uralic": LANGUAGES["Uralic"],
        "North Germanic": "swe dan nob isl",
        "Scandinavian": "swe dan nob",
        "Dutch + Afrikaans": "nld afr",
        "West Slavic": "pol ces slk",
        "Czech + Slovak": "ces slk",
        "South Slavic": "slv hrv",
        "Finnic": "fin est",
        "Brythonic": "cym bre",
    }.items()
}
"""Groups that a tree of languages should have."""


def translations() -> dict[str, bytes]:
    """The texts as UTF-8 by language, read without unpacking.

    Raises:
        ValueError: the data are not there.
    """
    path = Path(os.environ.get("COMPLEXODYNAMICS_DATA", "")) / "udhr" / "udhr2.zip"
    if "COMPLEXODYNAMICS_DATA" not in os.environ or not path.is_file():
        raise ValueError("COMPLEXODYNAMICS_DATA: accepted is a folder that holds udhr/udhr2.zip")
    with zipfile.ZipFile(path) as corpus:
        every = " ".join(LANGUAGES.values()).split()
        return {name: corpus.read(f"udhr2/{name}.txt") for name in every}


def compare(texts: dict[str, bytes], code: str) -> tuple[dict[str, Any], distances.QuartetTree]:
    """One code: its trees, their clades, and families by leave-one-out."""
    families = {name: family for family, names in LANGUAGES.items() for name in names.split()}
    classes = [families[name] for name in texts]
    matrix = distances.ncd_matrix(texts, code=code)
    joined = distances.neighbour_joining(matrix)
    quartets = distances.quartet_tree(matrix, seed=SEED)
    nearest = distances.classify_by_neighbours(matrix, classes)
    corpora = distances.classify_by_corpus(list(texts.values()), classes, code=code)
    return {
        "code": matrix.code,
        "joining_score": distances.quartet_score(joined, matrix),
        "joining_missing": missing(joined, CLADES),
        "quartet_score": quartets.score,
        "quartet_missing": missing(quartets.tree, CLADES),
        "clades": len(CLADES),
        "nearest_accuracy": nearest.accuracy,
        "corpus_accuracy": corpora.accuracy,
        "majority": nearest.baseline,
        "joining_newick": joined.to_newick(),
        "quartet_newick": quartets.tree.to_newick(),
        "provenance": matrix.provenance["versions"],
    }, quartets


def table(rows: list[dict[str, Any]]) -> str:
    """One line per code."""

    def clades(row: dict[str, Any], which: str) -> str:
        return f"{row['clades'] - len(row[f'{which}_missing'])} of {row['clades']}"

    header = ["code", "S(T), joining", "clades", "S(T), quartets", "clades"]
    return markdown(
        [*header, "family by nearest", "family by corpus", "largest family"],
        [
            [
                f"`{row['code']}`",
                f"{row['joining_score']:.4f}",
                clades(row, "joining"),
                f"{row['quartet_score']:.4f}",
                clades(row, "quartet"),
                f"{row['nearest_accuracy']:.0%}",
                f"{row['corpus_accuracy']:.0%}",
                f"{row['majority']:.0%}",
            ]
            for row in rows
        ],
    )


def main() -> None:
    """Compare, draw, and write docs."""
    texts = translations()
    rows = []
    for code in CODES:
        row, quartets = compare(texts, code)
        rows.append(row)
        if code == "ppmd:8":
            quartets.plot(Path("docs/figures/languages.png"))
    results = {"command": "python -m examples.languages", "seed": SEED, "codes": rows}
    document = json.dumps(results, indent=1).encode() + b"\n"
    write_atomically(Path("docs/results/languages.json"), document)
    fill(Path("docs/distances.md"), {"languages": table(rows)})


if __name__ == "__main__":
    main()
