"""The trees of languages: recomputed where the texts are, and what the page says of them."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from complexity import distances
from examples import languages, mammals

DATA = Path(os.environ.get("COMPLEXODYNAMICS_DATA", "nowhere")) / "udhr"
DOCS = Path(__file__).parent.parent / "docs"


def results(half: str) -> list[dict]:
    return json.loads((DOCS / "results" / "languages.json").read_text())[half]


@pytest.mark.parametrize("half", ["development", "held out"])
def test_documents_say_what_the_languages_say(half):
    """The stored trees have the families that the tables claim; the wrong neighbours are wrong."""
    found, families = results(half), languages.HALVES[half]
    assert languages.table(found) in (DOCS / "distances.md").read_text()
    of = {name: family for family, members in families.items() for name in members}
    for row in found:
        tree = distances.parse_newick(row["joining_newick"])
        assert set(tree.labels) == set(of)
        assert mammals.missing(tree, languages.groups(families)) == row["joining_missing"]
        assert row["nearest_right"] + len(row["nearest_wrong"]) == row["nearest_of"]
        assert all(of[one] != of[other] for one, other in row["nearest_wrong"].items())


def test_held_out_languages_had_no_say():
    halves = [set(sum(half.values(), ())) for half in languages.HALVES.values()]
    assert not halves[0] & halves[1]
    assert halves[0] | halves[1] == set(" ".join(languages.FAMILIES.values()).split())
    chosen, (before, after) = languages.best(results("development")), results("held out")
    assert (after["preparation"], after["code"]) == (chosen["preparation"], chosen["code"])
    assert before["preparation"] == "as it is"


def test_most_families_of_the_held_out_languages_are_joined():
    """Three of four at least, and more than by the texts as they are."""
    before, after = results("held out")
    assert len(after["joining_missing"]) <= after["clades"] / 4
    assert len(after["joining_missing"]) < len(before["joining_missing"])
    assert (
        after["nearest_right"] / after["nearest_of"]
        > 0.85
        > before["nearest_right"] / before["nearest_of"]
    )
    assert after["largest_family"] < 0.25


def test_what_of_a_text_is_compared():
    texts = {"x": "Ab, ab! À 12b abcde", "y": "de"}
    letters = {name: len(x) for name, x in languages.prepared(texts, "letters").items()}
    assert letters == {"x": len("ab ab a` b abcde"), "y": 2}
    once = languages.prepared(texts, "words once")
    back = dict(zip(once["x"], "ab a` b abcde", strict=True))  # a byte is a character
    assert [back[byte] for byte in once["x"]] == list("ab a` b abcde")
    assert [back[byte] for byte in once["y"]] == ["d", "e"]
    short = languages.prepared(texts, "words once, to 4 letters")
    assert len(short["x"]) == len("ab a` b")
    assert languages.prepared(texts, "as it is")["x"] == texts["x"].encode()
    with pytest.raises(ValueError, match="how: got 'syllables'"):
        languages.prepared(texts, "syllables")


@pytest.mark.skipif(not DATA.is_dir(), reason="no declarations")
def test_the_held_out_languages_again():
    families, (_, expected) = languages.HALVES["held out"], results("held out")
    texts = languages.declarations([name for members in families.values() for name in members])
    assert min(sum(c.isalpha() for c in text) for text in texts.values()) >= 5000
    found, _ = languages.compare(families, texts, expected["preparation"], expected["code"])
    for key in ("joining_missing", "nearest_wrong", "nearest_right"):
        assert found[key] == expected[key]
