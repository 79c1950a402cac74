"""Objects as sequences of symbols: what a symbol is, what takes such an object, its surrogates."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from complexity._layouts import symbol_width
from complexity.code import Code, Kind, codes, domain_of, resolve
from complexity.errors import as_array
from complexity.graphs import (
    GraphCodec,
    adjacency_bits,
    graph_of_bits,
    is_graph,
    random_graph,
    rewired_graph,
)
from complexity.serialise import ArrayCodec, StringCodec, TextCodec
from complexity.symbolic import SymbolSeries

__all__ = ["View", "codes_for", "surrogates_of", "view_of"]

_SMALL_ALPHABET = 16
"""Texts over at most so many characters are packed, so that no code pays for their ASCII."""


@dataclass(frozen=True)
class View:
    """An object as a sequence of symbols.

    Attributes:
        data: the object.
        symbols: (n,) its symbols.
        nbytes: how many bytes a code of byte strings gets, without a header.
        unit: what a symbol is, in the plural.
        rebuild: from other symbols to an object of the same type and shape.
        domain: of the codes that take the object as it is.
        wrap: from a code of byte strings to one that takes the object.
        surrogates: how a shuffle and how noise is drawn, where it is not by shuffling the symbols
            and by drawing from their alphabet.
    """

    data: Any
    symbols: NDArray[Any]
    nbytes: int
    unit: str
    rebuild: Callable[[NDArray[Any]], Any]
    domain: str
    wrap: Callable[[Any], Any]
    surrogates: tuple[Callable[[np.random.Generator], Any], ...] = ()


def view_of(data: Any) -> View:
    """See an object as symbols.

    Raises:
        TypeError: it is no bytes, str, sequence of integers, array or networkx graph.
        ValueError: it has no symbols.
    """
    view = _typed(data)
    if view.symbols.size == 0:
        raise ValueError("data: got nothing, accepted is at least one symbol")
    return view


def _typed(data: Any) -> View:
    if isinstance(data, bytes | bytearray | memoryview):
        octets = np.frombuffer(bytes(data), np.uint8)
        return View(
            bytes(data),
            octets,
            octets.size,
            "bytes",
            lambda s: s.tobytes(),
            "bytes",
            lambda code: code,
        )
    if isinstance(data, str):
        points = np.array([ord(character) for character in data], np.uint32)
        few = len(set(data)) <= _SMALL_ALPHABET
        front, domain = (StringCodec, "symbols") if few else (TextCodec, "text")
        nbytes = _packed(data) if few else len(data.encode("utf-8", "surrogatepass"))
        return View(data, points, nbytes, "characters", _characters, domain, front)
    if isinstance(data, list | tuple):
        _check_items(data)
        items = np.array(data, dtype=object)
        return View(
            data,
            items,
            _packed(data),
            "items",
            lambda s: type(data)(s.tolist()),
            "symbols",
            StringCodec,
        )
    if isinstance(data, SymbolSeries) and data.method:
        view = _array_view(np.asarray(data))
        return replace(view, unit=f"symbols (by {data.method}, lossy)")
    if isinstance(data, np.ndarray | np.generic):
        return _array_view(as_array("data", data, "accepted are arrays of numbers"))
    if is_graph(data):
        return _graph_view(data)
    raise TypeError(
        f"data: got {type(data).__name__}, accepted is bytes, str, a list of integers, an array or "
        "a networkx graph"
    )


def _check_items(items: Sequence[Any]) -> None:
    odd = [x for x in items if not isinstance(x, int | np.integer | np.bool_)]
    if odd:
        raise TypeError(
            f"data: got a list that holds a {type(odd[0]).__name__}, accepted is one of integers; "
            "make an array of rows or of real numbers, and join characters to a str"
        )


def _packed(items: str | Sequence[Any]) -> int:
    """Bytes of the symbols in a `StringCodec`, which takes at most 256 different ones."""
    return -(-len(items) * symbol_width(min(len(set(items)), 256)) // 8)


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
        -(-array.size // 8) if bits else array.nbytes,
        "items",
        lambda s: s.reshape(array.shape),
        "bits" if bits and array.ndim == 1 else "array",
        lambda code: ArrayCodec(code, layout=layout),
    )


def _graph_view(graph: Any) -> View:
    """A graph by its node pairs; a shuffle keeps all degrees, noise the number of edges."""
    pairs = adjacency_bits(graph)
    return View(
        graph,
        pairs,
        -(-pairs.size // 8),
        "node pairs",
        lambda bits: graph_of_bits(bits, graph),
        "graph",
        GraphCodec,
        (lambda rng: rewired_graph(graph, rng), lambda rng: random_graph(graph, rng)),
    )


def codes_for(view: View, wanted: Iterable[str | Code] | None) -> list[Any]:
    """The codes that are asked for, behind the front end of the view's type where they need one.

    Args:
        view: of the object.
        wanted: specs or codes; None for all that are installed and take such an object, of its
            size too.

    Raises:
        TypeError: `wanted` is no list of specs or codes.
        ValueError: none, or an unknown one; by default also a list of too many different integers.
    """
    if wanted is None:
        _demand_few_items(view)
        chosen = [view.wrap(resolve(name)) for name in codes(domain="bytes", available=True)]
        if view.domain in ("bits", "graph"):
            bit_codes = codes(domain="bits", available=True).items()
            taken = [n for n, e in bit_codes if view.domain == "bits" or e.kind != Kind.ESTIMATE]
            chosen += [_fitting(view, resolve(name)) for name in taken]
        if view.symbols.dtype.kind != "f" and view.domain != "graph":  # reals hardly repeat
            chosen += [resolve(name) for name in codes(domain="any", available=True)]
        if isinstance(view.data, np.ndarray):
            native = codes(domain="array", available=True).items()
            chosen += [resolve(name) for name, entry in native if not entry.inner]
        if view.domain == "array":
            bit_codes = codes(domain="bits", available=True).items()
            estimates = [resolve(name) for name, e in bit_codes if e.kind == Kind.ESTIMATE]
            chosen += [code for code in estimates if _takes(code, view.data)]
        chosen = [code for code in chosen if _fits(code, view)]
    else:
        if not isinstance(wanted, Iterable):
            raise TypeError(f"codes: got {wanted!r}, accepted is a list of specs or codes")
        specs = [wanted] if isinstance(wanted, str) else wanted
        chosen = [_fitting(view, resolve(spec)) for spec in specs]
    if not chosen:
        raise ValueError("codes: got none, accepted is at least one")
    return chosen


def _demand_few_items(view: View) -> None:
    """Raise ValueError for a list of more different integers than a `StringCodec` takes."""
    if isinstance(view.data, list | tuple) and (many := len(set(view.data))) > 256:
        raise ValueError(
            f"data: got a list of {many} different integers, accepted are at most 256; consider an "
            "array of them"
        )


def _takes(code: Any, array: NDArray[Any]) -> bool:
    """Whether an estimate of bits takes 0/1 arrays of as many dimensions, tried on a corner."""
    if array.dtype.kind not in "biu" or array.min() < 0 or array.max() > 1:
        return False
    try:
        code.bits(array[(slice(8),) * array.ndim])
    except (TypeError, ValueError):
        return False
    return True


def _fits(code: Any, view: View) -> bool:
    """Whether an object of that size is in the code's domain; front ends add at most 4000 bytes."""
    inner = getattr(code, "code", code)
    limit = getattr(inner, "limit", None)
    size = view.symbols.size if domain_of(inner) == "bits" else view.nbytes
    return limit is None or size < limit - 4000


def _fitting(view: View, code: Any) -> Any:
    """The code, behind the front end of the data's type if it is one of byte strings.

    The front end of graphs also takes codes of bits.
    """
    wrapped = ("bytes", "bits") if view.domain == "graph" else ("bytes",)
    if view.domain == "bytes" or domain_of(code) not in wrapped:
        return code
    return view.wrap(code)


def surrogates_of(view: View, number: int, seed: int) -> list[Any]:
    """`number` objects with its symbols shuffled, then `number` of noise over its alphabet."""
    shuffles, noises = np.random.SeedSequence(seed).spawn(2)
    if view.surrogates:
        return [
            draw(np.random.default_rng(stream))
            for draw, streams in zip(view.surrogates, (shuffles, noises), strict=True)
            for stream in streams.spawn(number)
        ]
    alphabet = np.unique(view.symbols)
    made = [np.random.default_rng(s).permutation(view.symbols) for s in shuffles.spawn(number)]
    for stream in noises.spawn(number):
        picks = np.random.default_rng(stream).integers(0, len(alphabet), len(view.symbols))
        made.append(alphabet[picks])
    return [view.rebuild(symbols) for symbols in made]
