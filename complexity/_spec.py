"""The spelling of codes: "zstd", "zstd:19", "zstd:level=19,long=true", "array(zstd:19)"."""

from __future__ import annotations

import numbers
from collections.abc import Mapping

from complexity.errors import unknown

__all__ = ["Option", "canonical_name", "checked", "parse_options"]

Option = str | int | float | bool


def canonical_name(
    name: str, values: Mapping[str, Option], defaults: Mapping[str, Option], *, inner: str = ""
) -> str:
    """The shortest spec of a code with these values: parameters at their defaults are left out.

    Example:
        >>> canonical_name("zstd", {"level": 3, "long": False}, {"level": 19, "long": False})
        'zstd:level=3'
    """
    head = f"{name}({inner})" if inner else name
    changed = [f"{key}={_spell(v)}" for key, v in values.items() if v != defaults[key]]
    return f"{head}:{','.join(changed)}" if changed else head


def _spell(value: Option) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def parse_options(
    name: str, parameters: Mapping[str, Option], text: str | None
) -> dict[str, Option]:
    """The part of a spec after the colon, as values of the parameters' types.

    Raises:
        ValueError: an option is unknown, given twice, or not of its type.
    """
    values: dict[str, Option] = {}
    for position, item in enumerate(text.split(",") if text else ()):
        key, equals, value = item.partition("=")
        if not equals:
            if position or not parameters:
                raise ValueError(
                    f"got {item!r}, accepted is key=value with {_accepted(parameters)}"
                )
            key, value = next(iter(parameters)), item
        key = key.strip()
        if key in values:
            raise ValueError(f"option {key!r} is given twice")
        values[key] = checked(name, parameters, key, value.strip())
    return values


def _accepted(parameters: Mapping[str, Option]) -> str:
    return ", ".join(f"{k}={_spell(v)}" for k, v in parameters.items()) or "no options"


def checked(name: str, parameters: Mapping[str, Option], key: str, value: Option) -> Option:
    """`value` as the type of the parameter's default; text is parsed.

    Raises:
        ValueError: the option is unknown, or not of its type.
    """
    if key not in parameters:
        if not parameters:
            raise ValueError(f"unknown option {key!r}; {name} has no options")
        raise unknown("option", key, parameters)
    wanted = type(parameters[key])
    try:
        return _parsed(value, wanted) if isinstance(value, str) else _converted(value, wanted)
    except (ValueError, OverflowError):
        accepted = "true or false" if wanted is bool else wanted.__name__
        raise ValueError(f"option {key}: got {value!r}, accepted is {accepted}") from None


def _parsed(text: str, wanted: type) -> Option:
    if wanted is bool:
        if text.lower() not in ("true", "false"):
            raise ValueError(text)
        return text.lower() == "true"
    return wanted(text)


def _converted(value: Option, wanted: type) -> Option:
    plain = isinstance(value, numbers.Real) and not isinstance(value, bool)
    if wanted is float and plain:
        return float(value)
    if wanted is int and plain and isinstance(value, numbers.Integral):
        return int(value)
    if type(value) is not wanted:
        raise ValueError(value)
    return value
