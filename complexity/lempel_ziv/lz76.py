"""LZ76: the exhaustive history of a string, its phrase count, and a code of byte strings.

A phrase is the shortest word that does not occur earlier; an earlier occurrence may overlap it, and
the last phrase may be incomplete. This is not the count of words of LZ78 (`lz78`), which is often
given the same name.

References:
    A. Lempel and J. Ziv, On the complexity of finite sequences, IEEE Trans. Inform. Theory 22
        (1976), 75-81, section III (exhaustive history).
    A. Blumer, J. Blumer, D. Haussler, A. Ehrenfeucht, M. T. Chen and J. Seiferas, The smallest
        automaton recognizing the subwords of a text, Theoret. Comput. Sci. 40 (1985), 31-55.
    P. Elias, Universal codeword sets and representations of the integers, IEEE Trans. Inform.
        Theory 21 (1975), 194-203 (delta code).
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from complexity._bytecodec import ByteCodec
from complexity._symbols import Symbols, ranks
from complexity.code import Kind
from complexity.errors import integer, one_of
from complexity.lempel_ziv import _kernels
from complexity.lempel_ziv._codewords import decoded
from complexity.lempel_ziv.null import lz76_null

__all__ = ["LZ76Score", "Lz76", "lz76", "lz76_phrases", "lz76_zscore"]


def lz76(x: Symbols) -> int:
    """Number of phrases of the exhaustive history of `x`, 0 if it is empty.

    Time is linear in the length (for more than 16 distinct symbols, expected linear: a hash table),
    memory 50 bytes a symbol if there are two distinct ones, and up to 200.

    Args:
        x: bytes, a str, or a 1-D array or sequence of bool or int; any alphabet.

    Raises:
        TypeError: `x` is none of those.
        ValueError: it is not 1-D, or has 2**30 symbols or more.

    Example:
        >>> lz76("0001101001000101")  # 0.001.10.100.1000.101
        6
    """
    return len(lz76_phrases(x))


def lz76_phrases(x: Symbols) -> NDArray[np.int64]:
    """Where the phrases end: phrase k is `x[ends[k-1]:ends[k]]`, and `ends[-1] == len(x)`.

    Returns:
        Ends (phrases,), increasing.

    Raises:
        TypeError, ValueError: as `lz76`.

    Example:
        >>> lz76_phrases("0001101001000101").tolist()
        [1, 4, 6, 9, 13, 16]
    """
    symbols, alphabet_size = ranks(x)
    return _parse(symbols, alphabet_size)[0].astype(np.int64)


@dataclass(frozen=True)
class LZ76Score:
    """A phrase count against a null. An estimate: no code of this length stands behind it.

    Attributes:
        value: phrases * log2(n) / n, in bits per symbol. Neither an upper nor a lower bound of the
            entropy rate; of fair coins it is too high by 23 % at n = 64 and 6 % at n = 1000.
        phrases: the LZ76 phrase count.
        n: length, in symbols.
        alphabet_size: distinct symbols that occur.
        null: "fair" (coins) or "shuffled" (the same symbols in random order).
        null_mean: mean phrase count under the null.
        null_sd: standard deviation of the phrase count under the null.
        z: (phrases - null_mean) / null_sd; NaN where null_sd is 0.
        replicas: shuffles, or strings behind the null of coins (0: interpolated).
        seed: of the shuffles.
        units: of `value`.
        kind: always "estimate".
    """

    value: float
    phrases: int
    n: int
    alphabet_size: int
    null: str
    null_mean: float
    null_sd: float
    z: float
    replicas: int
    seed: int
    units: str = field(default="bits/symbol", init=False)
    kind: Kind = field(default=Kind.ESTIMATE, init=False)

    @property
    def ratio(self) -> float:
        """Phrases over their mean under the null: about 1 where there is no structure to see."""
        return self.phrases / self.null_mean

    def to_dict(self) -> dict[str, Any]:
        """All fields, and the ratio, as JSON values; an undefined z is None."""
        return asdict(self) | {"z": None if math.isnan(self.z) else self.z, "ratio": self.ratio}


def lz76_zscore(x: Symbols, *, null: str = "fair", replicas: int = 100, seed: int = 0) -> LZ76Score:
    """How far the phrase count of `x` is from that of a string without structure.

    It lies where `x` is too short for its structure (below some 100 symbols a period of 8 passes
    for chance), where symbols are biased and the null is "fair", and where a real signal was
    made binary at its median: any slow drift then looks like structure. A string shuffled to
    itself (constant, or a single symbol) has no spread and z = NaN.

    Args:
        x: as `lz76`, at least one symbol.
        null: "fair", coins, for at most 2 distinct symbols and n <= 2**20; or "shuffled", the same
            symbols in random order, for any alphabet and length.
        replicas: number of shuffles, at least 2.
        seed: of the shuffles.

    Raises:
        TypeError: as `lz76`.
        ValueError: `x` is empty, or has too many symbols for the null; or as `lz76`.
    """
    one_of("null", null, ("fair", "shuffled"))
    replicas = integer("replicas", replicas, 2)
    seed = integer("seed", seed, 0)
    symbols, alphabet_size = ranks(x)
    n = len(symbols)
    if n == 0:
        raise ValueError("x: got no symbols, accepted is at least one")
    phrases = len(_parse(symbols, alphabet_size)[0])
    if null == "fair":
        if alphabet_size > 2 or n > 1 << 20:
            raise ValueError(
                f"x: got {n} symbols, {alphabet_size} of them distinct, accepted are at most "
                '2**20 symbols, 2 distinct, for the null "fair"; consider null="shuffled"'
            )
        coins = lz76_null(n)
        mean, sd, replicas = coins.mean, coins.sd, coins.replicas
    else:
        rng = np.random.Generator(np.random.PCG64(seed))
        counts = [len(_parse(rng.permutation(symbols), alphabet_size)[0]) for _ in range(replicas)]
        mean, sd = float(np.mean(counts)), float(np.std(counts, ddof=1))
    z = (phrases - mean) / sd if sd else math.nan
    value = phrases * math.log2(n) / n
    return LZ76Score(value, phrases, n, alphabet_size, null, mean, sd, z, replicas, seed)


def _parse(
    symbols: NDArray[Any], alphabet_size: int
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    ends, sources = np.empty((2, len(symbols)), np.int32)
    dense = alphabet_size <= _kernels.DENSE
    kernel = _kernels.lz76_dense if dense else _kernels.lz76_hashed
    count = kernel(symbols, alphabet_size, ends, sources)
    return ends[:count], sources[:count]


@dataclass(frozen=True)
class Lz76(ByteCodec):
    """The exhaustive history as a codeword: where a phrase was before, how long, what is new.

    The length of the string, the number of its distinct bytes and the gaps between them (none if
    all 256 occur) are Elias delta codes. A phrase is the length of its copy plus 1 (Elias delta),
    the place its source begins (phased-in binary, below its own place) and one symbol: any of the
    alphabet if nothing was copied, else any but the one behind the source. The first phrase is one
    symbol, and the last ends with its copy if the string does. Zeros fill the last byte. There is
    no checksum: damage may go unseen. The domain is byte strings below 1 GiB.
    """

    family = "lz76"
    limit: ClassVar[int] = 2**30 - 1

    def _pack(self, data: bytes) -> bytes:
        symbols, alphabet_size = ranks(data)
        ends, sources = _parse(symbols, alphabet_size)
        alphabet = np.unique(np.frombuffer(data, np.uint8))
        out = np.zeros(80 + 400 + 12 * len(ends), np.uint8)
        size = _kernels.lz76_write(symbols, alphabet, ends, sources, out)
        return out[:size].tobytes()

    def _unpack(self, blob: bytes) -> bytes:
        return decoded(_kernels.lz76_read, blob)
