"""The front door: from a rule as the field writes it, or its name, to the automaton."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from complexity.errors import unknown
from simulations.automata.rulestring import CountRule, count_rule, hensel_rule

if TYPE_CHECKING:
    from simulations.automata.automaton import Automaton

__all__ = ["NAMES", "get_automaton"]

_Made = tuple[str, Mapping[str, Any]]
"""Where the family is, and what it is made with beside the boundary."""

NAMES: Mapping[str, _Made] = {
    "life": ("life:LifeLike", {"rule": "B3/S23"}),
    "highlife": ("life:LifeLike", {"rule": "B36/S23"}),
    "day-and-night": ("life:LifeLike", {"rule": "B3678/S34678"}),
    "seeds": ("life:LifeLike", {"rule": "B2/S"}),
    "replicator": ("life:LifeLike", {"rule": "B1357/S1357"}),
    "maze": ("life:LifeLike", {"rule": "B3/S12345"}),
    "anneal": ("life:LifeLike", {"rule": "B4678/S35678"}),
    "brians-brain": ("life:Generations", {"rule": "B2/S/C3"}),
    "star-wars": ("life:Generations", {"rule": "B2/S345/C4"}),
    "just-friends": ("isotropic:Isotropic", {"rule": "B2-a/S12"}),
    "tlife": ("isotropic:Isotropic", {"rule": "B3/S2-i34q"}),
    "bbm": ("margolus:Margolus", {"rule": "bbm"}),
    "critters": ("margolus:Margolus", {"rule": "critters"}),
    "tron": ("margolus:Margolus", {"rule": "tron"}),
    "sand": ("margolus:BlockAutomaton", {"rule": "sand"}),
    "hpp": ("lattice_gas:LatticeGas", {"model": "HPP"}),
    "fhp-i": ("lattice_gas:LatticeGas", {"model": "FHP-I"}),
    "fhp-ii": ("lattice_gas:LatticeGas", {"model": "FHP-II"}),
    "fhp-iii": ("lattice_gas:LatticeGas", {"model": "FHP-III"}),
    "sandpile": ("sandpile:Sandpile", {}),
    "ant": ("ant:LangtonAnt", {"rule": "RL"}),
    "tasep": ("exclusion:Exclusion", {"right": 1.0, "left": 0.0}),
    "sep": ("exclusion:Exclusion", {"right": 1.0, "left": 1.0}),
}
"""Name -> where the family is, and what it is made with."""

_FORMS = (
    "0 to 255, 'code 777, k=3, r=1', B3/S23, B2/S345/C4, B2-a/S12, B2/S34H (hexagons), M0,8,4,... "
    "(blocks), RL (an ant), and any with R behind it (of second order)"
)


def get_automaton(rule: str | int, boundary: str | None = None) -> Automaton:
    """The automaton that a rule's notation or name means.

    =================================  ==================================================
    rule                               family
    =================================  ==================================================
    30, "30", "rule 30"                `ElementaryCA`, by Wolfram's number
    "rule 110, k=2, r=1"               `RadiusRule`: k states, radius r
    "code 777, k=3, r=1"               `Totalistic1D`; "outer code ..." if outer totalistic
    "B3/S23", "23/3"                   `LifeLike`
    "B2/S345/C4", "345/2/4"            `Generations`
    "B2-a/S12"                         `Isotropic`, in Hensel's notation
    "B2/S34H", "B1/S014V"              `LocalRule`: six neighbours (hexagons) or four
    "M0,8,4,3,2,5,9,7,1,6,10,..."      `Margolus` if a permutation, else `BlockAutomaton`
    "RL", "LLRR"                       `LangtonAnt`, by its turns
    "30R", "B3/S23R"                   `SecondOrder` of the rule before the R
    a key of `NAMES`                   as said there
    =================================  ==================================================

    Args:
        rule: as in the table; of names and B/S notation upper and lower case are the same, but
            for an R at the end, which is that of second order ("B3/S23r" is Hensel's).
        boundary: one of the family's `BOUNDARIES`; by default the family's own default.

    Raises:
        TypeError: the rule is neither a string nor an integer.
        ValueError: it means nothing here, or the family has no such boundary; says what was
            accepted.

    Example:
        >>> get_automaton("b36s23", "open")
        LifeLike('B36/S23', boundary='open')
        >>> get_automaton("Brians-Brain")
        Generations('B2/S/C3', boundary='periodic')
        >>> get_automaton("110R")
        SecondOrder('rule 110R', boundary='periodic')
    """
    if isinstance(rule, bool) or not isinstance(rule, str | int):
        raise TypeError(f"rule: got {rule!r}, accepted are a string or a number from 0 to 255")
    text = str(rule).strip()
    beside = {} if boundary is None else {"boundary": boundary}
    known = NAMES.get(text.lower()) or (None if _is_turned(text) else _by_notation(text))
    if known is not None:
        where, given = known
        return _family(where)(**given, **beside)
    if text[-1:] == "R" and text[:-1].strip():
        return _family("second_order:SecondOrder")(get_automaton(text[:-1], boundary))
    raise unknown("rule", text, NAMES, hint=f"beside {_FORMS}")


def _is_turned(text: str) -> bool:
    """Whether it is a rule that counts with R behind it, which Hensel's letters would take in."""
    try:
        return text[-1:] == "R" and _counting(text[:-1]) is not None
    except ValueError:
        return False


def _family(where: str) -> Callable[..., Automaton]:
    module, name = where.split(":")
    return getattr(importlib.import_module(f"simulations.automata.{module}"), name)


def _by_notation(text: str) -> _Made | None:
    if match := re.fullmatch(r"(?:rule )?(-?\d+)", text):
        return "elementary:ElementaryCA", {"rule": _integer(match[1], text, 10)}
    if match := re.fullmatch(r"rule (\w+), k=(\d+), r=(\d+)", text):
        number, states, radius = (_integer(part, text) for part in match.groups())
        given = {"rule": number, "states": states, "radius": radius}
        return "one_dimensional:RadiusRule", given
    if match := re.fullmatch(r"(outer )?code (\w+), k=(\d+), r=(\d+)", text):
        number, states, radius = (_integer(part, text) for part in match.groups()[1:])
        given = {"code": number, "states": states, "radius": radius, "outer": bool(match[1])}
        return "one_dimensional:Totalistic1D", given
    if re.fullmatch(r"M[\d, ]+", text):
        twice = len({int(entry) for entry in re.findall(r"\d+", text)}) < 16
        return f"margolus:{'BlockAutomaton' if twice else 'Margolus'}", {"rule": text}
    if re.fullmatch(r"[RLUN]{2,}", text):
        return "ant:LangtonAnt", {"rule": text}
    return _counting(text)


def _integer(part: str, text: str, base: int = 0) -> int:
    try:
        return int(part, base)
    except ValueError:
        raise ValueError(f"rule: got {part!r} in {text!r}, accepted is a number") from None


def _counting(text: str) -> _Made | None:
    """Rules that count neighbours or heed how they lie."""
    readers: dict[str, Callable[[str], object]] = {
        "life:LifeLike": count_rule,
        "life:Generations": lambda each: count_rule(each, dying=True),
        "isotropic:Isotropic": hensel_rule,
    }
    few = re.fullmatch(r"(.*\d.*)([HV])", text, re.IGNORECASE)
    if few and re.fullmatch(r"b[0-6]*/?s[0-6]*|[0-6]*/[0-6]*", few[1], re.IGNORECASE):
        return "local:LocalRule", _few_neighbours(count_rule(few[1]), few[2].upper())
    for where, read in readers.items():
        try:
            read(text)
        except ValueError as error:
            if not str(error).startswith(f"rule: got {text!r}, accepted"):
                raise  # the notation was understood, something in it is wrong
        else:
            return where, {"rule": text}
    return None


def _few_neighbours(rule: CountRule, letter: str) -> Mapping[str, Any]:
    """A rule that counts the neighbours on hexagons (H) or von Neumann's (V), as a table."""
    cells = 7 if letter == "H" else 5
    if max(rule.birth + rule.survival, default=0) >= cells:
        raise ValueError(
            f"rule: got {rule}{letter}, accepted are 0 to {cells - 1} neighbours for {letter}"
        )
    centre = 1 << cells // 2
    table = [
        (each & ~centre).bit_count() in (rule.survival if each & centre else rule.birth)
        for each in range(1 << cells)
    ]
    neighbourhood = "hexagonal" if letter == "H" else "von-neumann"
    return {"rule": [int(alive) for alive in table], "neighbourhood": neighbourhood}
