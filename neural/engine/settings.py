"""What the settings of a paper accept: it follows from the values that the paper itself states.

A setting takes values of the kinds that scales and arms give it: integers from 1, or from 0 where a
0 is stated; other numbers from 0, none infinite; what is empty only where that is stated; elements
of lists and mappings are held to the same. A `Limit` says what does not follow so.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from neural.engine.paper import Paper

__all__ = ["Limit", "check_settings"]


@dataclass(frozen=True)
class Limit:
    """What a setting accepts beside, or short of, what follows from its stated values.

    Attributes:
        low, high: of its numbers, both accepted; None for what follows.
        like: values that are accepted, with others of their kind, though none is stated.
    """

    low: float | None = None
    high: float | None = None
    like: tuple[Any, ...] = ()


def check_settings(paper: Paper, given: Mapping[str, Any]) -> None:
    """Refuse values with which nothing could be trained.

    Args:
        paper: whose settings they are.
        given: name -> value as JSON holds it; names that the paper has not are left alone.

    Raises:
        TypeError: a value of another kind.
        ValueError: one out of range.
    """
    stated: dict[str, list[Any]] = {}
    sources = [*paper.scales.values(), *(arm.options for arm in paper.arms)]
    for path, value in (pair for each in sources for pair in _named(each)):
        stated.setdefault(path[-1], []).append(value)
    for path, value in _named(given):
        name = path[-1]
        if name not in stated:
            continue
        limit = paper.limits.get(name, Limit())
        like = [*stated[name], *limit.like]
        if not _fits(value, like, limit):
            kinds, kind = set(map(_kind, like)), _kind(value)
            same = kind in kinds or (kind == "integer" and "number" in kinds)
            raise (ValueError if same else TypeError)(
                f"{'.'.join(path)}: got {value!r}, accepted is {_accepted(like, limit)}"
            )


def _named(settings: Mapping[str, Any], *outer: str) -> Iterator[tuple[tuple[str, ...], Any]]:
    """All values and where they are, those inside mappings first: some hold settings of an arm."""
    for name, value in settings.items():
        if isinstance(value, Mapping):
            yield from _named(value, *outer, name)
        yield (*outer, name), value


def _kind(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return "null" if value is None else "true or false"
    if isinstance(value, int | float):
        return "integer" if isinstance(value, int) else "number"
    if isinstance(value, str):
        return "text"
    return "mapping" if isinstance(value, Mapping) else "list"


def _range(kind: str, like: Iterable[Any], limit: Limit) -> tuple[float, float]:
    low = 0 if kind == "number" or any(each == 0 for each in like) else 1
    return (
        low if limit.low is None else limit.low,
        math.inf if limit.high is None else limit.high,
    )


def _parts(values: Iterable[Any]) -> list[Any]:
    """The elements of all lists, or the values of all mappings."""
    return [x for each in values for x in (each.values() if isinstance(each, Mapping) else each)]


def _by_kind(like: Sequence[Any]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for each in like:
        found.setdefault(_kind(each), []).append(each)
    if "number" in found:  # integers are numbers
        found["number"] += found.pop("integer", [])
    return found


def _fits(value: Any, like: Sequence[Any], limit: Limit) -> bool:
    kinds, kind = _by_kind(like), _kind(value)
    if kind == "integer" and "number" in kinds:
        kind = "number"
    same = kinds.get(kind)
    if same is None:
        return False
    if kind in ("integer", "number"):
        low, high = _range(kind, same, limit)
        return low <= value <= high and abs(value) < math.inf
    if kind not in ("text", "list", "mapping"):
        return True
    if not value:
        return not all(same)
    if kind == "text" or (kind == "mapping" and not all(same)):  # any options
        return True
    elements = _parts(same)
    return not elements or all(_fits(each, elements, limit) for each in _parts([value]))


def _accepted(like: Sequence[Any], limit: Limit) -> str:
    """For an error's "accepted is ..."."""
    told = []
    for kind, same in _by_kind(like).items():
        if kind in ("integer", "number"):
            low, high = _range(kind, same, limit)
            ends = f"at least {low:g}" if high == math.inf else f"from {low:g} to {high:g}"
            told.append(f"{'an' if kind == 'integer' else 'a'} {kind} {ends}")
        elif kind in ("list", "mapping"):
            some = "" if not all(same) else " that is not empty"
            elements = [] if kind == "mapping" and some == "" else _parts(same)
            each = f" (each {_accepted(elements, limit)})" if elements else ""
            told.append(f"a {kind}{some}{each}")
        elif kind == "text":
            told.append("text" if not all(same) else "text that is not empty")
        else:
            told.append(kind)
    return " or ".join(dict.fromkeys(told))
