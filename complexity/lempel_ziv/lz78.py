"""LZ78: incremental parsing into distinct words, their number, and a code of byte strings.

A word is the shortest one that is not among the words before it; the last may be incomplete. It is
another count than LZ76's (`lz76`), whose phrases need only not occur earlier at any place.

References:
    J. Ziv and A. Lempel, Compression of individual sequences via variable-rate coding, IEEE Trans.
        Inform. Theory 24 (1978), 530-536, section II (incremental parsing).
    P. Elias, Universal codeword sets and representations of the integers, IEEE Trans. Inform.
        Theory 21 (1975), 194-203 (delta code).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from complexity._bytecodec import ByteCodec
from complexity._symbols import Symbols, ranks
from complexity.lempel_ziv import _kernels
from complexity.lempel_ziv._codewords import decoded

__all__ = ["Lz78", "lz78", "lz78_phrases"]


def lz78(x: Symbols) -> int:
    """Number of words of the incremental parsing of `x`, 0 if it is empty.

    An incomplete last word counts, so the words need not all be distinct.

    Args:
        x: bytes, a str, or a 1-D array or sequence of bool or int; any alphabet.

    Raises:
        TypeError: `x` is none of those.
        ValueError: it is not 1-D, or has 2**30 symbols or more.

    Example:
        >>> lz78("1001111011000010")  # 1.0.01.11.10.110.00.010
        8
    """
    return len(lz78_phrases(x))


def lz78_phrases(x: Symbols) -> NDArray[np.int64]:
    """Where the words end: word k is `x[ends[k-1]:ends[k]]`, and `ends[-1] == len(x)`.

    Returns:
        Ends (words,), increasing.

    Raises:
        TypeError, ValueError: as `lz78`.

    Example:
        >>> lz78_phrases("1001111011000010").tolist()
        [1, 2, 4, 6, 8, 11, 13, 16]
    """
    symbols, alphabet_size = ranks(x)
    return _parse(symbols, alphabet_size)[0].astype(np.int64)


def _parse(
    symbols: NDArray[Any], alphabet_size: int
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    ends, parents = np.empty((2, len(symbols)), np.int32)
    dense = alphabet_size <= _kernels.DENSE
    kernel = _kernels.lz78_dense if dense else _kernels.lz78_hashed
    count = kernel(symbols, alphabet_size, ends, parents)
    return ends[:count], parents[:count]


@dataclass(frozen=True)
class Lz78(ByteCodec):
    """The incremental parsing as a codeword: the number of a word's parent, and one symbol.

    The length of the string, the number of its distinct bytes and the gaps between them (none if
    all 256 occur) are Elias delta codes. Word k is its parent, one of the k words before it (the
    empty one among them), and a symbol of the alphabet, both phased-in binary; the last has no
    symbol if the string ends with its parent. Zeros fill the last byte. There is no checksum:
    damage may go unseen. The domain is byte strings below 1 GiB.
    """

    family = "lz78"
    limit: ClassVar[int] = 2**30 - 1

    def _pack(self, data: bytes) -> bytes:
        symbols, alphabet_size = ranks(data)
        ends, parents = _parse(symbols, alphabet_size)
        alphabet = np.unique(np.frombuffer(data, np.uint8))
        out = np.zeros(80 + 400 + 5 * len(ends), np.uint8)
        size = _kernels.lz78_write(symbols, alphabet, ends, parents, out)
        return out[:size].tobytes()

    def _unpack(self, blob: bytes) -> bytes:
        return decoded(_kernels.lz78_read, blob)
