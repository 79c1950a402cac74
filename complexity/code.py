"""Codes and codecs: the one interface of the toolkit, and the registry that knows them by name.

A *code* says how many bits an object takes; a *codec* also proves it, with bytes that decode back
to exactly that object. Listing the registry imports no code: an entry stores where its factory
lives, and `get_code` imports it when it is first asked for.

Example:
    >>> from complexity.code import get_code
    >>> get_code("zstd:level=3").name
    'zstd:level=3'
"""

from __future__ import annotations

import importlib
import importlib.util
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import Any, Protocol, runtime_checkable

from complexity._spec import Option, checked, parse_options
from complexity.errors import one_of, unknown

__all__ = [
    "ROUNDING",
    "Code",
    "CodeEntry",
    "Codec",
    "DecodeError",
    "Kind",
    "codes",
    "domain_of",
    "get_code",
    "register",
    "resolve",
]

ROUNDING = 1e-9
"""Lengths that differ by no more, relatively, are the same: sums of the same bits in another order,
as those of a code blind to order over shuffles, or of models that trade a bit for a bit."""

_SPEC = re.compile(r"(?P<name>[^():]+)(?:\((?P<inner>.*)\))?(?::(?P<options>[^()]*))?", re.DOTALL)


class Kind(StrEnum):
    """What a number of bits is worth."""

    FILE = "file"
    """The length of bytes that decode: 8 * len(encode(x))."""
    IDEAL = "ideal"
    """A codelength that obeys Kraft's inequality; a coder meets it up to a stated overhead."""
    BOUND = "bound"
    """An upper bound of a codelength, as a variational one."""
    ESTIMATE = "estimate"
    """No code stands behind it: phrase counts, plug-in entropies, block decomposition."""


@runtime_checkable
class Code(Protocol):
    """Anything that says how many bits an object takes."""

    @property
    def name(self) -> str:
        """The canonical spec: `get_code(code.name)` gives an equal code."""
        ...

    @property
    def kind(self) -> Kind:
        """What the bits are worth."""
        ...

    def bits(self, x: Any) -> float:
        """Length of the codeword of `x`, in bits."""
        ...


@runtime_checkable
class Codec(Code, Protocol):
    """A code that can prove its lengths: `decode(encode(x)) == x`, exactly."""

    @property
    def overhead(self) -> float:
        """Bits by which `8 * len(encode(x))` may exceed `bits(x)`."""
        ...

    def encode(self, x: Any) -> bytes:
        """The codeword of `x`, padded to whole bytes."""
        ...

    def decode(self, blob: bytes) -> Any:
        """The object whose codeword `blob` is.

        Raises:
            DecodeError: `blob` is no codeword.
        """
        ...


class DecodeError(ValueError):
    """Bytes that are damaged, truncated, followed by others, or of another format."""


@dataclass(frozen=True)
class CodeEntry:
    """One line of the registry.

    Attributes:
        name: what `get_code` is asked for.
        kind: what its bits are worth.
        domain: the objects it takes: "bytes", "text", "symbols", "array", ...
        summary: one line for people.
        factory: a callable that takes the parameters as keywords, or where it is, "module:Name".
        parameters: the name of every parameter and its default; the first is the positional one of
            a spec (`zstd:19`). Their types are read from the defaults.
        extra: the pip extra that brings what it needs, "" if none.
        requires: top-level modules that must be installed.
        inner: for a front end, the spec of the code it wraps when none is named; else "".
    """

    name: str
    kind: Kind
    domain: str
    summary: str
    factory: str | Callable[..., Code]
    parameters: Mapping[str, Option] = field(default_factory=dict)
    extra: str = ""
    requires: tuple[str, ...] = ()
    inner: str = ""

    @property
    def available(self) -> bool:
        """Whether everything it needs is installed (nothing is imported to find out)."""
        return all(importlib.util.find_spec(module) is not None for module in self.requires)

    def load(self) -> Callable[..., Code]:
        """The factory, imported if need be.

        Raises:
            ImportError: what it needs is not installed; names the command that installs it.
        """
        if not self.available:
            command = (
                f'pip install "complexodynamics[{self.extra}]"'
                if self.extra
                else f"pip install {' '.join(self.requires)}"
            )
            raise ImportError(f"the code {self.name!r} is not installed; get it with: {command}")
        if not isinstance(self.factory, str):
            return self.factory
        module, _, attribute = self.factory.partition(":")
        return getattr(importlib.import_module(module), attribute)


_registry: dict[str, CodeEntry] = {}

_PACKAGES = ("mdl",)
"""Packages above this one that add codes: named, not imported, until the registry is asked."""


@cache
def _complete() -> None:
    """Let other packages add their lines, so that no result hangs on what was imported before."""
    for package in _PACKAGES:
        with suppress(ImportError):  # another distribution's package of that name, or none
            importlib.import_module(f"{package}._registry")


def register(entry: CodeEntry, *, replace: bool = False) -> CodeEntry:
    """Add a code to the registry, so that every command and every law test finds it by name.

    Args:
        entry: the line to add; give its factory as "module:Name" and nothing is imported
            before it is used.
        replace: whether an entry of that name may be replaced.

    Raises:
        ValueError: the name is taken, is empty, or holds a space or one of ``():=,``.
    """
    if not entry.name or re.search(r"[():=,\s]", entry.name):
        raise ValueError(f"name: got {entry.name!r}, accepted is a word without ():=, or spaces")
    if entry.name in _registry and not replace:
        raise ValueError(f"name: {entry.name!r} is registered already; replace=True replaces it")
    _registry[entry.name] = entry
    return entry


def codes(*, domain: str | None = None, available: bool | None = None) -> dict[str, CodeEntry]:
    """The registered codes by name; imports none of them.

    Args:
        domain: only codes of this domain ("bytes", "text", "symbols", "array", ...).
        available: only those that are installed (True) or that are not (False).

    Raises:
        ValueError: no registered code has that domain.
    """
    _complete()
    if domain is not None:
        one_of("domain", domain, sorted({entry.domain for entry in _registry.values()}))
    return {
        name: entry
        for name, entry in sorted(_registry.items())
        if domain in (None, entry.domain)
        and (available is None or available == entry.available)  # looking for modules takes time
    }


def get_code(spec: str, **options: Option) -> Any:
    """The code a spec names.

    A spec is `name`, `name:value` (its first parameter), or `name:key=value,key=value`; a front end
    wraps another code in parentheses: `xz`, `zstd:19`, `zstd:level=19,long=true`, `array(xz)`,
    `array(zstd:19):layout=packed`.

    Args:
        spec: what to get.
        **options: parameters by name; they win over those in `spec`.

    Returns:
        The code, a `Codec` if it can encode; its `.name` is the canonical spec.

    Raises:
        TypeError: `spec` is not a string.
        ValueError: the name is unknown, or an option is unknown or out of range.
        ImportError: the code needs an extra that is not installed.
    """
    if not isinstance(spec, str):
        raise TypeError(f"spec: got {type(spec).__name__}, accepted is a string such as 'xz'")
    _complete()
    match = _SPEC.fullmatch(spec.strip())
    name = match["name"].strip() if match else spec
    if match is None or name not in _registry:
        raise unknown("code", name, sorted(_registry))
    entry = _registry[name]
    factory = entry.load()
    try:
        values = parse_options(name, entry.parameters, match["options"])
        for key, value in options.items():
            values[key] = checked(name, entry.parameters, key, value)
        if entry.inner:
            return factory(get_code(match["inner"] or entry.inner), **values)
        if match["inner"] is not None:
            raise ValueError(f"{name} wraps no other code")
        return factory(**values)
    except (TypeError, ValueError) as error:
        raise ValueError(f"code {spec!r}: {error}") from error


def resolve(code: str | Code) -> Any:
    """A code, given itself or its spec.

    Raises:
        TypeError: `code` is neither a spec nor a code.
        ValueError: as `get_code`.
    """
    if isinstance(code, str):
        return get_code(code)
    if isinstance(code, type) or not isinstance(code, Code):
        raise TypeError(f"code: got {code!r}, accepted is a spec such as 'xz' or a Code object")
    return code


def domain_of(code: Code) -> str:
    """What a code takes, as its entry in the registry says; "" where it has none."""
    entry = codes().get(code.name.partition(":")[0].partition("(")[0])
    return entry.domain if entry is not None else ""


def _builtin(name: str, where: str, summary: str, **rest: Any) -> None:
    entry = {"kind": Kind.FILE, "domain": "bytes"} | rest
    register(CodeEntry(name=name, summary=summary, factory=f"complexity.{where}", **entry))


_builtin("raw", "compressors:Raw", "no compression: the length, then the bytes")
_builtin("zlib", "compressors:Zlib", "DEFLATE, 32 kB window, Adler-32", parameters={"level": 9})
_builtin("gzip", "compressors:Gzip", "DEFLATE in a gzip file, CRC-32", parameters={"level": 9})
_builtin("deflate", "compressors:Deflate", "DEFLATE without a container", parameters={"level": 9})
_builtin("bz2", "compressors:Bz2", "block-sorting (Burrows-Wheeler)", parameters={"level": 9})
_builtin(
    "xz",
    "compressors:Xz",
    "LZMA2 in an .xz file, CRC-64",
    parameters={"preset": 9, "extreme": False},
)
_builtin(
    "lzma",
    "compressors:Lzma",
    "LZMA in the legacy .lzma file, no checksum",
    parameters={"preset": 9, "extreme": False},
)
_builtin(
    "lzma2",
    "compressors:Lzma2",
    "LZMA2 without a container",
    parameters={"preset": 9, "extreme": False},
)
_builtin(
    "zstd",
    "compressors:Zstd",
    "Zstandard frame, no checksum; long=true: 128 MiB window",
    parameters={"level": 19, "long": False},
    requires=("zstandard",),
)
_builtin(
    "brotli",
    "compressors:Brotli",
    "Brotli, with its built-in dictionary of web text",
    parameters={"quality": 11, "lgwin": 24},
    extra="compressors",
    requires=("brotli",),
)
_builtin(
    "ppmd",
    "compressors:Ppmd",
    "prediction by partial matching (PPMd var. H), CRC-32",
    parameters={"order": 6, "memory": 16 << 20},
    extra="compressors",
    requires=("pyppmd",),
)
_builtin("lz76", "lempel_ziv.lz76:Lz76", "exhaustive history of Lempel and Ziv 1976, no window")
_builtin("lz78", "lempel_ziv.lz78:Lz78", "incremental parsing of Ziv and Lempel 1978, no window")
_builtin("text", "serialise:TextCodec", "a str as UTF-8", domain="text", inner="xz")
_builtin(
    "string",
    "serialise:StringCodec",
    "a str or integers over a small alphabet, 1, 2, 4 or 8 bits each",
    domain="symbols",
    inner="xz",
)
_builtin(
    "array",
    "serialise:array_codec",
    "a NumPy array of booleans, integers or floats",
    domain="array",
    inner="xz",
    parameters={"layout": "bytes", "shape": "", "dtype": "", "order": "raster"},
)
_builtin(
    "ctw",
    "context.ctw:Ctw",
    "context-tree weighting of bytes, a bit at a time",
    kind=Kind.IDEAL,
    parameters={"depth": 32},
)
_builtin(
    "ctw-bits",
    "context.ctw:CtwBits",
    "context-tree weighting of bits",
    kind=Kind.IDEAL,
    domain="bits",
    parameters={"depth": 24},
)
_builtin(
    "kt",
    "context.order_k:Kt",
    "Markov chain of bits, Krichevsky-Trofimov estimator",
    kind=Kind.IDEAL,
    domain="bits",
    parameters={"order": 0},
)
_builtin(
    "kt-bytes",
    "context.order_k:KtBytes",
    "Markov chain of bytes, Krichevsky-Trofimov estimator",
    kind=Kind.IDEAL,
    parameters={"order": 0},
)
_builtin(
    "enumerative",
    "counting:Enumerative",
    "number of ones, index among the strings with as many",
    kind=Kind.IDEAL,
    domain="bits",
)
_builtin(
    "runs",
    "counting:Runs",
    "run lengths in the Elias gamma or delta code",
    kind=Kind.IDEAL,
    domain="bits",
    parameters={"integers": "gamma"},
)
_builtin(
    "cm",
    "mixing:ContextMixer",
    "context mixing, copies from the whole past, integers only, no checksum",
    parameters={"level": 6},
)
_builtin(
    "entropy",
    "estimates:EntropyRate",
    "estimate: H(k) - H(k-1) per symbol, without the cost of the model",
    kind=Kind.ESTIMATE,
    domain="any",
    parameters={"k": 1},
)
_builtin(
    "lz76-rate",
    "estimates:PhraseRate",
    "estimate: phrases of Lempel and Ziv (1976) times log2 n",
    kind=Kind.ESTIMATE,
    domain="any",
)
_builtin(
    "graph",
    "graphs.codec:GraphCodec",
    "a networkx graph by its adjacency bits; order=canonical: up to isomorphism",
    domain="graph",
    kind=Kind.IDEAL,
    inner="ctw-bits",
    parameters={"order": "given"},
)
_builtin(
    "template",
    "template:Template",
    "context-tree weighting of arrays, contexts from neighbours in all dimensions",
    kind=Kind.IDEAL,
    domain="array",
    parameters={"depth": 32},
)
_builtin(
    "bdm",
    "coding_theorem.decomposition:Bdm",
    "estimate: block decomposition by the coding theorem method, bits or a 0/1 array",
    kind=Kind.ESTIMATE,
    domain="bits",
)
