"""Objects as sequences of symbols: what a symbol is, what takes such an object, its surrogates."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from complexity.code import Code, codes, resolve
from complexity.serialise import ArrayCodec, StringCodec, TextCodec

__all__ = ["View", "codes_for", "surrogates_of", "view_of"]

_SMALL_ALPHABET = 16
"""Texts over at most so many characters are packed, so that no code pays for their ASCII."""


@dataclass(frozen=True)
class View:
    """An object as a sequence of symbols.

    Attributes:
        data: the object.
        symbols: (n,) its symbols.
        unit: what a symbol is, in the plural.
        rebuild: from other symbols to an object of the same type and shape.
        domain: of the codes that take the object as it is.
        wrap: from a code of byte strings to one that takes the object.
    """

    data: Any
    symbols: NDArray[Any]
    unit: str
    rebuild: Callable[[NDArray[Any]], Any]
    domain: str
    wrap: Callable[[Any], Any]


def view_of(data: Any) -> View:
    """See an object as symbols.

    Raises:
        TypeError: it is no bytes, str, sequence of integers or array.
        ValueError: it has no symbols.
    """
    view = _typed(data)
    if view.symbols.size == 0:
        raise ValueError("data: got nothing, accepted is at least one symbol")
    return view


def _typed(data: Any) -> View:
    if isinstance(data, bytes | bytearray | memoryview):
        octets = np.frombuffer(bytes(data), np.uint8)
        return View(bytes(data), octets, "bytes", lambda s: s.tobytes(), "bytes", lambda c: c)
    if isinstance(data, str):
        points = np.array([ord(character) for character in data], np.uint32)
        few = len(set(data)) <= _SMALL_ALPHABET
        front, domain = (StringCodec, "symbols") if few else (TextCodec, "text")
        return View(data, points, "characters", _characters, domain, front)
    if isinstance(data, list | tuple):
        items = np.array(data, dtype=object)
        return View(data, items, "items", lambda s: type(data)(s.tolist()), "symbols", StringCodec)
    if isinstance(data, np.ndarray | np.generic):
        return _array_view(np.asarray(data))
    raise TypeError(
        f"data: got {type(data).__name__}, accepted is bytes, str, a list of integers or an array"
    )


def _characters(points: NDArray[Any]) -> str:
    return "".join(map(chr, points.tolist()))


def _array_view(array: NDArray[Any]) -> View:
    if array.dtype == object:
        raise TypeError("data: got an array of objects, accepted are booleans, integers or floats")
    bits = array.dtype == bool or (array.dtype.kind in "iu" and set(np.unique(array)) <= {0, 1})
    layout = "packed" if bits else "bytes"
    return View(
        array,
        array.ravel(),
        "items",
        lambda s: s.reshape(array.shape),
        "bits" if bits and array.ndim == 1 else "array",
        lambda code: ArrayCodec(code, layout=layout),
    )


def codes_for(view: View, wanted: Iterable[str | Code] | None) -> list[Any]:
    """The codes that are asked for, behind the front end of the view's type where they need one.

    Args:
        view: of the object.
        wanted: specs or codes; None for all that are installed and take such an object, of its
            size too.

    Raises:
        ValueError: none, or an unknown one.
    """
    if wanted is None:
        chosen = [view.wrap(resolve(name)) for name in codes(domain="bytes", available=True)]
        if view.domain == "bits":
            chosen += [resolve(name) for name in codes(domain="bits", available=True)]
        if view.symbols.dtype.kind != "f":  # real numbers hardly repeat
            chosen += [resolve(name) for name in codes(domain="any", available=True)]
        chosen = [code for code in chosen if _fits(code, view)]
    else:
        specs = [wanted] if isinstance(wanted, str) else wanted
        chosen = [_fitting(view, resolve(spec)) for spec in specs]
    if not chosen:
        raise ValueError("codes: got none, accepted is at least one")
    return chosen


def _fits(code: Any, view: View) -> bool:
    """Whether an object of that size is in the code's domain; front ends add a few bytes."""
    limit = getattr(getattr(code, "code", code), "limit", None)
    return limit is None or view.symbols.nbytes < limit - 1000


def _fitting(view: View, code: Any) -> Any:
    """The code, behind the front end of the data's type if it is one of byte strings."""
    entry = codes().get(code.name.partition(":")[0].partition("(")[0])
    if view.domain == "bytes" or entry is None or entry.domain != "bytes":
        return code
    return view.wrap(code)


def surrogates_of(view: View, number: int, seed: int) -> list[Any]:
    """`number` objects with its symbols shuffled, then `number` of noise over its alphabet."""
    alphabet = np.unique(view.symbols)
    shuffles, noises = np.random.SeedSequence(seed).spawn(2)
    made = [np.random.default_rng(s).permutation(view.symbols) for s in shuffles.spawn(number)]
    for stream in noises.spawn(number):
        picks = np.random.default_rng(stream).integers(0, len(alphabet), len(view.symbols))
        made.append(alphabet[picks])
    return [view.rebuild(symbols) for symbols in made]
