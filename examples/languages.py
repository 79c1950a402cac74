"""The languages of docs/distances.md: families of languages from one text by compression.

Run it as `python -m examples.languages` from the root of the repository, with the environment
variable COMPLEXODYNAMICS_DATA naming a folder that holds `udhr/udhr2.zip`, the corpus of that name
of NLTK (github.com/nltk/nltk_data): the Universal Declaration of Human Rights. Some three minutes.

The languages are divided into two halves. How the texts are prepared and by which code they are
compared is chosen on the one; the other is looked at once, with what was chosen.
"""

from __future__ import annotations

import json
import os
import unicodedata
import warnings
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

from complexity import distances
from complexity.files import write_atomically
from complexodynamics.tables import fill, markdown
from examples.mammals import missing

FAMILIES: dict[str, str] = {
    "Romance": "ast auv cat cos eml fra fur glg ita lad lnc pcd por_PT prv roh ron spa src vec wln",
    "Germanic": "afr dan deu_1901 eng fao fri isl ltz nds nld nno nob sco swe",
    "Slavic": "bos_latn ces hrv hsb pol slk slv srp_latn",
    "Celtic": "bre cym gla gle",
    "Finnic": "est fin krl vep",
    "Turkic": "azj_latn gag tuk_latn tur uig_latn uzn_latn",
    "Bantu": "bem cjk kde kin kmb kng koo kqn lin loz lua lue lug lun nba nbl ndo nso "
    "nya_chechewa nym nyn run sna sot ssw suk swh toi tsn tso_MZ umb ven vmw xho yao zul",
    "Oceanic": "fij haw mah mri pon rar smo tah ton",
    "Central Philippine": "bcl ceb hil tgl war",
    "Mayan": "cak hus hva kek mam quc toj tzc tzh yua",
    "Quechuan": "qud qug quy quz qva qvc qvh qvm qvn qwh qxa qxn qxu",
    "Panoan": "amc cbr mcd mcf shp",
    "Chicham": "acu agr jiv",
    "Western Mande": "bam emk gkp men snk sus",
    "Kuki-Chin": "cnh ctd flm hlt lus",
    "Campan": "cni cot cpu not",
    "Oti-Volta": "dag dga mos tbz",
}
"""Family -> its languages in Latin script by their names in the corpus, one text of at least 5000
letters each, in alphabetical order. The families are undisputed groups of the World Atlas of
Language Structures (2013) and Glottolog; creoles, dead and made languages are left out."""

HALVES = {
    name: {family: tuple(all_.split()[first::2]) for family, all_ in FAMILIES.items()}
    for first, name in enumerate(("development", "held out"))
}
"""Of every family the first, third, fifth, ... language is for development, the others held out."""

WORDS = (4, 5, 6, 7, 8)
PREPARATIONS = (
    "as it is",
    "letters",
    "words once",
    *(f"words once, to {most} letters" for most in WORDS),
)
"""What of a text is compared, from all of it to ever less; see `prepared`."""
CODES = ("zlib", "ppmd:3", "ppmd:8")
BEFORE = ("as it is", "ppmd:8")


def declarations(names: list[str]) -> dict[str, str]:
    """The texts by language, read without unpacking.

    Raises:
        ValueError: the data are not there.
    """
    path = Path(os.environ.get("COMPLEXODYNAMICS_DATA", "")) / "udhr" / "udhr2.zip"
    if "COMPLEXODYNAMICS_DATA" not in os.environ or not path.is_file():
        raise ValueError("COMPLEXODYNAMICS_DATA: accepted is a folder that holds udhr/udhr2.zip")
    with zipfile.ZipFile(path) as corpus:
        return {name: corpus.read(f"udhr2/{name}.txt").decode() for name in names}


def prepared(texts: dict[str, str], how: str) -> dict[str, bytes]:
    """What is compared: UTF-8 as it is, or small letters and spaces, a byte per character.

    Accents are characters of their own, behind their letters. "words once" keeps the first
    occurrence of every word, so that a topic which the text repeats counts once; long words, which
    are names, loans and compounds more often than short ones, may be left out.

    Raises:
        ValueError: there is no such preparation.
    """
    if how not in PREPARATIONS:
        raise ValueError(f"how: got {how!r}, accepted are {', '.join(PREPARATIONS)}")
    if how == "as it is":
        return {name: text.encode() for name, text in texts.items()}
    words = {name: _letters(text).split() for name, text in texts.items()}
    if how != "letters":
        words = {name: list(dict.fromkeys(all_)) for name, all_ in words.items()}
    if how.endswith(" letters"):
        most = int(how.split()[-2])
        words = {name: [w for w in all_ if len(w) <= most] for name, all_ in words.items()}
    plain = {name: " ".join(all_) for name, all_ in words.items()}
    frequent = Counter(character for text in plain.values() for character in text).most_common()
    places = {character: min(rank, 255) for rank, (character, _) in enumerate(frequent)}
    return {name: bytes(places[character] for character in text) for name, text in plain.items()}


def _letters(text: str) -> str:
    """Small letters with their marks behind them; everything else is space."""
    apart = unicodedata.normalize("NFD", text.casefold())
    return "".join(c if unicodedata.category(c)[0] in "LM" else " " for c in apart)


def compare(
    half: dict[str, tuple[str, ...]], texts: dict[str, str], how: str, code: str
) -> tuple[dict[str, Any], distances.Tree]:
    """One preparation and one code: which families are clades, and the families of neighbours."""
    classes = {name: family for family, members in half.items() for name in members}
    with warnings.catch_warnings():  # words once hold no copies: what is shared are their letters
        warnings.simplefilter("ignore", distances.WindowExceededWarning)
        matrix = distances.ncd_matrix(prepared({n: texts[n] for n in classes}, how), code=code)
    clades = groups(half)
    joined = distances.neighbour_joining(matrix)
    found = distances.classify_by_neighbours(matrix, list(classes.values()))
    judged = [at for at, family in enumerate(found.truth) if family in clades]
    right = sum(found.predicted[at] == found.truth[at] for at in judged)
    return {
        "preparation": how,
        "code": matrix.code,
        "languages": len(classes),
        "clades": len(clades),
        "joining_missing": missing(joined, clades),
        "linkage_missing": missing(distances.linkage(matrix).to_tree(), clades),
        "nearest_right": right,
        "nearest_of": len(judged),
        "nearest_wrong": {
            matrix.labels[at]: matrix.nearest(matrix.labels[at])[0][0]
            for at in judged
            if found.predicted[at] != found.truth[at]
        },
        "largest_family": found.baseline,
        "joining_score": distances.quartet_score(joined, matrix),
        "joining_newick": joined.to_newick(),
        "provenance": matrix.provenance["versions"],
    }, joined


def groups(half: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """The families with at least two languages in a half: what its tree should have as clades."""
    return {family: members for family, members in half.items() if len(members) > 1}


def best(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The row with the most clades by neighbour joining, then right neighbours, then the first."""
    return min(rows, key=lambda row: (len(row["joining_missing"]), -row["nearest_right"]))


def table(rows: list[dict[str, Any]]) -> str:
    """One line per preparation and code."""

    def clades(row: dict[str, Any], which: str) -> str:
        return f"{row['clades'] - len(row[f'{which}_missing'])} of {row['clades']}"

    return markdown(
        [
            "text",
            "code",
            "families by joining",
            "by average linkage",
            "family of the nearest",
            "families not joined",
        ],
        [
            [
                row["preparation"],
                f"`{row['code']}`",
                clades(row, "joining"),
                clades(row, "linkage"),
                f"{row['nearest_right']} of {row['nearest_of']}, "
                f"{row['nearest_right'] / row['nearest_of']:.0%}",
                ", ".join(row["joining_missing"]),
            ]
            for row in rows
        ],
    )


def draw(tree: distances.Tree, title: str) -> None:
    """The shape alone, edges to leaves drawn long to make room for names."""
    leaves = len(tree.labels)
    lengths = tuple(7.0 if min(edge) < leaves else 1.0 for edge in tree.edges)
    shape = distances.Tree(tree.labels, tree.edges, lengths)
    shape.plot(Path("docs/figures/languages.png"), title=title)


def main() -> None:
    """Choose, judge, draw, and write docs."""
    texts = declarations([name for all_ in FAMILIES.values() for name in all_.split()])
    tried = [
        compare(HALVES["development"], texts, how, code)[0]
        for how in PREPARATIONS
        for code in CODES
    ]
    chosen = best(tried)
    before = compare(HALVES["held out"], texts, *BEFORE)[0]
    after, tree = compare(HALVES["held out"], texts, chosen["preparation"], chosen["code"])
    draw(tree, f"{after['languages']} languages, {after['preparation']}, by {after['code']}")
    results = {
        "command": "python -m examples.languages",
        "development": tried,
        "held out": [before, after],
    }
    document = json.dumps(results, indent=1).encode() + b"\n"
    write_atomically(Path("docs/results/languages.json"), document)
    fill(
        Path("docs/distances.md"),
        {
            "languages-development": table(tried),
            "languages-held-out": table([before, after]),
        },
    )


if __name__ == "__main__":
    main()
