"""Rules as the field writes them: B3/S23, 23/3, B2/S345/C4, 345/2/4, B2-a/S12."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["CountRule", "HenselRule", "count_rule", "hensel_rule"]

LETTERS = ("", "ce", "aceikn", "aceijknqry", "aceijknqrtwyz", "aceijknqry", "aceikn", "ce", "")
"""Number of neighbours -> the letters of its arrangements, up to rotation and reflection."""

_FORMS = "B3/S23, b3s23 or 23/3 (survival first)"
_SLOW_FORMS = "B2/S345/C4, b2s345c4 or 345/2/4 (survival, birth, states)"
_HENSEL_FORMS = "B2-a/S12, b2-as12 or 12/2-a (survival first)"


@dataclass(frozen=True)
class CountRule:
    """A rule that counts a cell's live neighbours.

    Attributes:
        birth: the numbers with which a dead cell comes alive, ascending.
        survival: the numbers with which a live cell stays alive, ascending.
        states: how many states a cell has: dead, alive, and those of dying.
    """

    birth: tuple[int, ...]
    survival: tuple[int, ...]
    states: int = 2

    def __str__(self) -> str:
        birth, survival = ("".join(map(str, part)) for part in (self.birth, self.survival))
        states = f"/C{self.states}" if self.states > 2 else ""
        return f"B{birth}/S{survival}{states}"


Arrangements = frozenset[tuple[int, str]]
"""Pairs of a number of neighbours and a letter of `LETTERS`, "" for 0 and 8."""


@dataclass(frozen=True)
class HenselRule:
    """A rule that heeds how a cell's live neighbours are arranged, up to rotation and reflection.

    Attributes:
        birth: the arrangements with which a dead cell comes alive.
        survival: those with which a live cell stays alive.
    """

    birth: Arrangements
    survival: Arrangements

    def __str__(self) -> str:
        return f"B{_written(self.birth)}/S{_written(self.survival)}"


def count_rule(text: str, *, dying: bool = False) -> CountRule:
    """Read a rule that counts.

    Args:
        text: birth and survival as in B3/S23, 23/3 or b3s23; with `dying` the number of states too,
            as in B2/S345/C4, 345/2/4 or b2s345c4.
        dying: whether the number of states is to be given.

    Raises:
        TypeError: not a string.
        ValueError: it is no such rule; says what was accepted.
    """
    forms = _SLOW_FORMS if dying else _FORMS
    parts = _parts(text, "[0-8]*", dying, forms)
    for name in "BS":
        if len(set(parts[name])) < len(parts[name]):
            raise ValueError(f"rule: got {text!r} with a number twice, accepted are {forms}")
    birth, survival = (tuple(sorted(map(int, parts[name]))) for name in "BS")
    states = int(parts["C"]) if dying else 2
    if not 2 <= states <= 256:
        raise ValueError(f"rule: got {text!r} of {states} states, accepted are 2 to 256")
    return CountRule(birth, survival, states)


def hensel_rule(text: str) -> HenselRule:
    """Read a rule in Hensel's notation: after a number the letters that count, or do not count.

    B2-a/S12 is born with any two neighbours but adjacent ones, and survives with one or two.

    Raises:
        TypeError: not a string.
        ValueError: it is no such rule; says what was accepted.
    """
    parts = _parts(text, "(?:[0-8]-?[a-z]*)*", False, _HENSEL_FORMS)
    return HenselRule(*(_arrangements(parts[name], text) for name in "BS"))


def _parts(text: str, part: str, dying: bool, forms: str) -> dict[str, str]:
    """The parts B, S and C of a rule, each of which matches `part`."""
    if not isinstance(text, str):
        raise TypeError(f"rule: got {text!r}, accepted are strings as {forms}")
    compact = text.strip()
    c = r"/?[cg](?P<C>\d+)" if dying else ""
    by_name = rf"b(?P<B>{part})/?s(?P<S>{part}){c}"
    reverse = rf"s(?P<S>{part})/?b(?P<B>{part}){c}"
    by_place = rf"(?P<S>{part})/(?P<B>{part})" + (r"/(?P<C>\d+)" if dying else "")
    for pattern in (by_name, reverse, by_place):
        match = re.fullmatch(pattern, compact, re.IGNORECASE)
        if match:
            return {name: value.lower() for name, value in match.groupdict().items()}
    raise ValueError(f"rule: got {text!r}, accepted are {forms}")


def _arrangements(part: str, text: str) -> Arrangements:
    found: set[tuple[int, str]] = set()
    for digit, minus, letters in re.findall(r"([0-8])(-?)([a-z]*)", part):
        count, known = int(digit), LETTERS[int(digit)]
        strange = sorted(set(letters) - set(known))
        if strange or (minus and not letters):
            wrong = f"letter {strange[0]!r}" if strange else "nothing after -"
            raise ValueError(
                f"rule: got {text!r} with {wrong} for {count} neighbours, accepted are letters of "
                f"{known or 'none'!r}"
            )
        chosen = set(known) - set(letters) if minus or not letters else set(letters)
        found |= {(count, letter) for letter in chosen} if known else {(count, "")}
    return frozenset(found)


def _written(arrangements: Arrangements) -> str:
    """Each number with its letters or, if that is shorter, with those that are missing."""
    parts = []
    for count, known in enumerate(LETTERS):
        here = "".join(sorted(letter for n, letter in arrangements if n == count))
        missing = "".join(sorted(set(known) - set(here)))
        if here and missing:
            parts.append(f"{count}-{missing}" if len(missing) + 1 < len(here) else f"{count}{here}")
        elif any(n == count for n, _ in arrangements):
            parts.append(str(count))
    return "".join(parts)
