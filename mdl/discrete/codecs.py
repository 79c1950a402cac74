"""Codecs of letters by NML, Bayes mixtures and sequential NML, through the arithmetic coder.

========  ========================================================================================
version   codeword, behind the length n as LEB128 (8 bits per 7 bits of n)
========  ========================================================================================
nml       the counts by their NML probability, then the letters without replacement: the index
          among the sequences with these counts. Ideal bits are the stochastic complexity
bayes     every letter by (its count + alpha) / (n + K alpha), the mixture under Dirichlet(alpha)
snml      every letter in proportion to (c + 1)^(c + 1) / c^c, sequential NML
========  ========================================================================================

A letter is some binary decisions, from the most significant bit of its number; the probability of
one is the share of the letters behind it. NML takes memory of some 100 log2(K) bytes per letter
and, to find the parametric complexities of half an alphabet, time in proportion to K n.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, fields
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from complexity import _leb128
from complexity._bytecodec import _as_bytes
from complexity._spec import canonical_name
from complexity.bitstrings import BitsLike, as_bits
from complexity.code import DecodeError, Kind
from complexity.context._arithmetic import _decoded, _encoded, sequential_bits
from complexity.errors import integer, one_of
from mdl.discrete import _kernels as kernels
from mdl.discrete._counts import code_counts
from mdl.discrete.codelengths import nml_bits
from mdl.discrete.letters import MAX_LETTERS, LettersLike, as_letters

__all__ = ["MAX_CODEC_ALPHABET", "BernoulliCodec", "MultinomialCodec"]

MAX_CODEC_ALPHABET = 256
"""The most letters of a codec's alphabet."""

_VERSIONS = ("nml", "bayes", "snml")
_ALPHAS = (1 / 16, 1024.0)


class _Weighted:
    """Letters by weights that change with what has been seen."""

    def __init__(self, alphabet_size: int, rule: int, alpha: float) -> None:
        self.width = (alphabet_size - 1).bit_length()
        self.rule, self.alpha, self.step = rule, alpha, 1
        self.counts = np.zeros(1 << self.width, np.int64)
        leaves = np.zeros(1 << self.width)
        leaves[:alphabet_size] = alpha if rule == kernels.ADDITIVE else 1.0
        self.tree = _heap(leaves)

    def advance(
        self,
        symbols: NDArray[np.uint8],
        mode: int,
        coder: NDArray[np.uint64],
        cost: NDArray[np.float64],
        buffer: NDArray[np.uint8],
    ) -> bool:
        return kernels.code_by_weight(
            self.tree, self.counts, coder, cost, symbols, buffer, mode,
            self.width, self.step, self.rule, self.alpha,
        )  # fmt: skip


class _Counted:
    """Letters by NML: their counts, then the letters without replacement."""

    def __init__(self, alphabet_size: int, n: int, counts: NDArray[np.int64] | None) -> None:
        self.alphabet_size, self.n, self.counts = alphabet_size, n, counts
        self.drawn = _Weighted(alphabet_size, kernels.ADDITIVE, 0.0)
        self.started = False

    def advance(
        self,
        symbols: NDArray[np.uint8],
        mode: int,
        coder: NDArray[np.uint64],
        cost: NDArray[np.float64],
        buffer: NDArray[np.uint8],
    ) -> bool:
        if not self.started:
            counts = code_counts(self.counts, self.n, self.alphabet_size, mode, coder, buffer)
            self.drawn.counts[: self.alphabet_size] = counts
            self.drawn.tree = _heap(self.drawn.counts.astype(np.float64))
            self.drawn.step, self.started = -1, True
        return self.drawn.advance(symbols, mode, coder, cost, buffer)


def _heap(leaves: NDArray[np.float64]) -> NDArray[np.float64]:
    tree = np.concatenate([np.zeros(leaves.size), leaves])
    for node in range(leaves.size - 1, 0, -1):
        tree[node] = tree[2 * node] + tree[2 * node + 1]
    return tree


@dataclass(frozen=True)
class _LetterCodec(ABC):
    """What both codecs share: `bits` is ideal, a codeword less than 11 bits longer.

    Below 9 of them for whole bytes that end inside the interval, the rest for an interval that
    starts at 15/16 and for probabilities rounded to 32 bits.
    """

    family: ClassVar[str]
    kind: ClassVar[Kind] = Kind.IDEAL
    overhead: ClassVar[float] = 11.0
    limit: ClassVar[int] = MAX_LETTERS

    @property
    def name(self) -> str:
        """The canonical spec, such as "multinomial:alphabet_size=26"."""
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        return canonical_name(self.family, values, {f.name: f.default for f in fields(self)})  # type: ignore[misc]

    def bits(self, x: Any) -> float:
        """Ideal length of the codeword of `x` in bits, its header included.

        Raises:
            TypeError: `x` is not of the domain's type.
            ValueError: its value is outside the domain.
        """
        symbols = self._symbols(x)
        header = 8.0 * len(_leb128.write(symbols.size))
        size, version, alpha = self._parameters()
        if version == "nml":
            return header + float(nml_bits(np.bincount(symbols, minlength=size)))
        model = _weighted(size, version, alpha)
        return header + sequential_bits(model, symbols, model.width)

    def encode(self, x: Any) -> bytes:
        """The codeword of `x`.

        Raises:
            TypeError: `x` is not of the domain's type.
            ValueError: its value is outside the domain.
        """
        symbols = self._symbols(x)
        size, version, alpha = self._parameters()
        if version == "nml":
            model = _Counted(size, symbols.size, np.bincount(symbols, minlength=size))
        else:
            model = _weighted(size, version, alpha)
        body = _encoded(model, symbols, (size - 1).bit_length())
        return _leb128.write(symbols.size) + body

    def decode(self, blob: bytes) -> NDArray[np.uint8]:
        """The letters (n,), as uint8, whose codeword `blob` is.

        There is no checksum: damage may decode to other data, or be seen because the codeword of
        what it decodes to differs.

        Raises:
            TypeError: `blob` is not bytes, bytearray or memoryview.
            DecodeError: `blob` is no codeword.
        """
        data = _as_bytes("blob", blob)
        n, start = _leb128.read(data, 0, "the length")
        if n > MAX_LETTERS:
            raise DecodeError(f"damaged: {n} letters, of at most {MAX_LETTERS}")
        size, version, alpha = self._parameters()
        model = _Counted(size, n, None) if version == "nml" else _weighted(size, version, alpha)
        return _decoded(model, data[start:], n, (size - 1).bit_length())

    @abstractmethod
    def _parameters(self) -> tuple[int, str, float]: ...

    @abstractmethod
    def _symbols(self, x: Any) -> NDArray[np.uint8]: ...


def _weighted(size: int, version: str, alpha: float) -> _Weighted:
    return _Weighted(size, kernels.ADDITIVE if version == "bayes" else kernels.MAXIMISED, alpha)


def _check(version: str, alpha: float) -> None:
    one_of("version", version, _VERSIONS)
    if isinstance(alpha, bool) or not isinstance(alpha, int | float):
        raise TypeError(f"alpha: got {alpha!r}, accepted is a number from 1/16 to 1024")
    if not _ALPHAS[0] <= alpha <= _ALPHAS[1]:
        raise ValueError(f"alpha: got {alpha}, accepted is a number from 1/16 to 1024")
    if alpha != 0.5 and version != "bayes":
        raise ValueError(f"alpha: version {version!r} has none; accepted with version='bayes'")


@dataclass(frozen=True)
class BernoulliCodec(_LetterCodec):
    """Strings of at most 1048576 bits as tosses of one coin of unknown bias.

    Args:
        version: "nml", "bayes" or "snml".
        alpha: of the prior Beta(alpha, alpha) for "bayes": 1/2 is the code "kt", 1 that of Laplace.

    Raises:
        TypeError: alpha is no number.
        ValueError: an argument is out of range.

    Example:
        >>> round(BernoulliCodec().bits("0000000000") - 8, 6)  # log2 C(2, 10)
        2.220397
    """

    version: str = "nml"
    alpha: float = 0.5
    family = "bernoulli"

    def __post_init__(self) -> None:
        _check(self.version, self.alpha)

    def _parameters(self) -> tuple[int, str, float]:
        return 2, self.version, float(self.alpha)

    def _symbols(self, x: BitsLike) -> NDArray[np.uint8]:
        return as_bits("x", x, limit=MAX_LETTERS)


@dataclass(frozen=True)
class MultinomialCodec(_LetterCodec):
    """At most 1048576 letters, integers 0 to K - 1, drawn independently; decoded as uint8.

    Args:
        alphabet_size: K, 2 to 256.
        version: "nml", "bayes" or "snml".
        alpha: of the prior Dirichlet(alpha, ..., alpha) for "bayes": 1/2 is Jeffreys', 1 Laplace's.

    Raises:
        TypeError: the alphabet's size is no integer, or alpha no number.
        ValueError: an argument is out of range.

    Example:
        >>> code = MultinomialCodec(3)
        >>> code.decode(code.encode([2, 0, 2, 1]))
        array([2, 0, 2, 1], dtype=uint8)
    """

    alphabet_size: int = 4
    version: str = "nml"
    alpha: float = 0.5
    family = "multinomial"

    def __post_init__(self) -> None:
        size = integer("alphabet_size", self.alphabet_size, 2, MAX_CODEC_ALPHABET)
        object.__setattr__(self, "alphabet_size", size)
        _check(self.version, self.alpha)

    def _parameters(self) -> tuple[int, str, float]:
        return self.alphabet_size, self.version, float(self.alpha)

    def _symbols(self, x: LettersLike) -> NDArray[np.uint8]:
        return as_letters("x", x, self.alphabet_size, limit=MAX_LETTERS).astype(np.uint8)
