"""What a function's numbers depend on, as text that is the same in every process."""

from __future__ import annotations

import hashlib
import inspect
import os
import re
import sys
import sysconfig
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cached_property
from types import CodeType, FunctionType, MappingProxyType
from typing import Any

import numpy as np

__all__ = ["program_text", "source_digest", "value_text"]

_PLAIN = (type(None), bool, int, float, complex, str, bytes, range, type(...), type(NotImplemented))
_DEEPEST, _LONGEST = 100, 1000


def source_digest(function: Callable[..., Any]) -> str:
    """A digest of the program of a function or a class, in 16 hexadecimal digits.

    It is the source and that of what of its module it makes use of: functions and classes with
    their bases, default arguments, variables of functions around, and constants, these by value as
    they are now: what a function itself adds to makes another program of it. Of the libraries
    beneath it says nothing.
    """
    home, here = function.__module__, _globals(function)
    used: dict[tuple[str, int], tuple[Any, str]] = {}
    waiting: list[tuple[str, Any]] = [(function.__qualname__, function)]
    while waiting:
        name, item = waiting.pop()
        foreign = inspect.ismodule(item) or (_is_program(item) and item.__module__ != home)
        if item is None or foreign or (name, id(item)) in used:
            continue
        words = _Words()
        used[name, id(item)] = item, words.told(item)
        known = {**here, **_around(item)}
        waiting += [(other, known.get(other)) for other in sorted(_names(item))]
        waiting += [(each.__qualname__, each) for each in (*words.met, *_within(item))]
    texts = sorted((name, text) for (name, _), (_, text) in used.items())
    return _hash(repr(texts))


def value_text(value: Any) -> str:
    """A value in words, the same in every process, and other words for other values.

    Other values are 1 and 1.0 too, and dictionaries of another order.
    Functions are told by name, source and variables of functions around, arrays by type, shape and
    a digest of their bytes, other objects by what a pickle would hold, but for cached properties.
    What cannot be taken apart has its `repr` without addresses; what is long has a digest.
    """
    return _Words().of(value)


def program_text(value: Any) -> str:
    """`value_text` and, of the functions and classes in the value, the `source_digest`.

    Classes of libraries (Python's own, and what pip installs) are told by their names alone.
    """
    words = _Words()
    text = words.of(value)
    programs = [each for each in words.met if not inspect.isclass(each) or _is_own(each)]
    return " ".join((text, *sorted({source_digest(each) for each in programs})))


class _Words:
    """Values in words; the functions and classes in them are `met`."""

    def __init__(self) -> None:
        self.met: list[Any] = []
        self.known: dict[int, tuple[Any, str]] = {}

    def of(self, value: Any, within: tuple[int, ...] = ()) -> str:
        """`value_text`; `within` is what the value is part of."""
        if type(value) in _PLAIN:
            return repr(value)
        if id(value) in within or len(within) > _DEEPEST:
            return f"a {type(value).__qualname__} again"
        if id(value) not in self.known:
            text = self._parts(value, (*within, id(value)))
            text = text if len(text) < _LONGEST else f"sha256 {_hash(text)}"
            self.known[id(value)] = value, text
        return self.known[id(value)][1]

    def told(self, item: Any) -> str:
        """A function or class by its source and what that was evaluated to, else the value."""
        if not _is_program(item):
            return self.of(item)
        values: list[Any] = []
        for function in _functions(item):
            values += function.__defaults__ or ()
            values += (function.__kwdefaults__ or {}).items()
        if inspect.isclass(item):
            values += [
                (name, each)
                for name, each in vars(item).items()
                if not (name.startswith("__") or _wrapped(each) or inspect.isdatadescriptor(each))
            ]
        return _source(item) + "".join(map(self.of, values))

    def _parts(self, value: Any, within: tuple[int, ...]) -> str:
        kind = type(value)
        if kind is dict:
            pairs = (f"{self.of(k, within)}: {self.of(v, within)}" for k, v in value.items())
            return f"{{{', '.join(pairs)}}}"
        if kind in (tuple, list, set, frozenset):
            parts = [self.of(each, within) for each in value]
            if kind is list:
                return f"[{', '.join(parts)}]"
            if kind is tuple:
                return f"({', '.join(parts)}{',' * (len(parts) == 1)})"
            return f"{kind.__name__}({', '.join(sorted(parts))})"
        if kind is MappingProxyType:
            return f"mappingproxy({self.of(dict(value), within)})"
        if isinstance(value, np.ndarray | np.generic) and not value.dtype.hasobject:
            octets = hashlib.sha256(value.tobytes()).hexdigest()
            return f"array({value.dtype.descr}, {value.shape}, {octets})"
        if inspect.ismodule(value):
            return value.__name__
        if not _is_program(value):
            if all(hasattr(value, name) for name in ("dtype", "shape", "tolist")):  # a tensor
                numbers = self.of(value.tolist(), within)
                return f"{kind.__qualname__}({value.dtype}, {tuple(value.shape)}, {numbers})"
            return self._taken_apart(value, within)
        self.met.append(value)
        name = f"{value.__module__}:{getattr(value, '__qualname__', '')}"
        if inspect.isclass(value):
            return name
        around = self.of(_around(value), within)
        return f"{name} {_hash(_source(value))} {around}"

    def _taken_apart(self, value: Any, within: tuple[int, ...]) -> str:
        """An object by how a pickle would make it again."""
        try:
            made = value.__reduce_ex__(4)
        except Exception:  # whatever its own methods may raise
            return re.sub(r" at 0x[0-9a-f]+", "", repr(value))
        if isinstance(made, str):
            return f"{type(value).__qualname__} {made}"
        maker, arguments, state, *parts = (*made, None, None)[:5]
        if isinstance(state, Mapping):  # what was computed meanwhile is no part of it
            members = {n: m for c in type(value).__mro__ for n, m in vars(c).items()}
            state = {
                name: each
                for name, each in state.items()
                if not isinstance(members.get(name), cached_property)
            }
        items = [list(each) for each in parts if each is not None]
        name = maker if inspect.isclass(maker) else getattr(maker, "__qualname__", repr(maker))
        return self.of((name, arguments, state, *items), within)


def _is_own(kind: type) -> bool:
    """Whether a class is of no library."""
    package = kind.__module__.partition(".")[0]
    if package in sys.stdlib_module_names or kind.__module__ not in sys.modules:
        return False
    file = getattr(sys.modules[kind.__module__], "__file__", None) or ""
    return not any(
        file.startswith(f"{sysconfig.get_path(each)}{os.sep}") for each in ("purelib", "platlib")
    )


def _is_program(item: Any) -> bool:
    return inspect.isclass(item) or isinstance(inspect.unwrap(item), FunctionType)


def _source(item: Any) -> str:
    try:
        text = inspect.getsource(item)
    except (OSError, TypeError):  # typed at a prompt
        text = ""
    several = getattr(item, "__name__", "") == "<lambda>" and text.count("lambda") > 1
    if text and not several:
        return text
    # the lines of a lambda are those of all lambdas in them
    return text + repr([(c.co_code, c.co_names, _constants(c)) for c in _codes(item)])


def _constants(code: CodeType) -> list[str]:
    return [repr(each) for each in code.co_consts if not inspect.iscode(each)]


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _globals(item: Any) -> Mapping[str, Any]:
    """The names of the module that a function or a class is of."""
    own = getattr(inspect.unwrap(item), "__globals__", None)
    return vars(sys.modules[item.__module__]) if own is None else own


def _names(item: Any) -> set[str]:
    """Global names that a function, or a class's methods, may look up."""
    return {name for code in _codes(item) for name in (*code.co_names, *code.co_freevars)}


def _around(item: Any) -> dict[str, Any]:
    """The variables of functions around a function, or around a class's methods."""
    found: dict[str, Any] = {}
    for function in _functions(item):
        cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
        for name, cell in cells:
            with suppress(ValueError):  # not bound yet
                found[name] = cell.cell_contents
    return found


def _within(item: Any) -> list[type]:
    """The bases of a class, and the classes in it."""
    members = (*item.__mro__[1:], *vars(item).values()) if inspect.isclass(item) else ()
    return [each for each in members if inspect.isclass(each)]


def _functions(item: Any) -> list[FunctionType]:
    """The function, or those of a class's members, beneath their wrappers."""
    members = vars(item).values() if inspect.isclass(item) else (item,)
    return [each for member in members for each in _wrapped(member)]


def _wrapped(member: Any) -> list[FunctionType]:
    """The functions that a method, a property or something wrapped is made of."""
    parts: tuple[Any, ...] = (member,)
    if isinstance(member, property):
        parts = (member.fget, member.fset, member.fdel)
    elif isinstance(member, cached_property):
        parts = (member.func,)
    return [f for each in parts if isinstance(f := inspect.unwrap(each), FunctionType)]


def _codes(item: Any) -> list[CodeType]:
    """The code of the functions and of those within."""
    waiting = [each.__code__ for each in _functions(item)]
    found: list[CodeType] = []
    while waiting:
        code = waiting.pop()
        found.append(code)
        waiting += [each for each in code.co_consts if inspect.iscode(each)]
    return found
