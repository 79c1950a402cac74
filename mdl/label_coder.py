"""Labels as bytes, by tables of probabilities that both ends compute: an arithmetic coder.

A row of a table holds the probabilities of the K classes of one label; sender and receiver must
have the very same rows, to the last bit. They are rounded to integers over 2^48 in a way that is
the same on every machine (sums in order, then one division, product and floor, all IEEE); each
class gets at least 1 of them, so a class called impossible costs 48 bits and no more.

A codeword is the shortest string of bytes such that whatever follows stays in the final interval:
below 9 bits over the ideal length (8 for whole bytes, 1 for the interval), and for a given number
of labels none is the beginning of another, so that an end cut off is always noticed. There is no
checksum: damage may decode to other labels.

References:
    G. N. N. Martin, Range encoding: an algorithm for removing redundancy from a digitised message,
        1979.
    I. H. Witten, R. M. Neal and J. G. Cleary, Arithmetic coding for data compression, CACM 1987.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from complexity.code import DecodeError

__all__ = [
    "LabelDecoder",
    "LabelEncoder",
    "cumulative_frequencies",
    "decode_labels",
    "encode_labels",
    "label_bits",
]

PRECISION = 48  # bits of a frequency: what a double's cumulative sum still resolves
_TOTAL = 1 << PRECISION
_WINDOW = 80  # bits of the coder's interval; at least _WINDOW - 8 after each label
_FULL = 1 << _WINDOW
_LEAST = 1 << (_WINDOW - 8)
_MOST_CLASSES = 1 << 24
_TOLERANCE = 1e-4  # of a row's sum: what a softmax in single precision may be off

Tables = ArrayLike | Iterable[ArrayLike]


def cumulative_frequencies(probabilities: ArrayLike) -> NDArray[np.int64]:
    """The probabilities (n, K) as integers: 0, then the sums of frequencies, (n, K + 1) int64.

    The last column is 2^48; every frequency is at least 1.

    Raises:
        TypeError, ValueError: they are no table of numbers at least 0 whose rows add up to 1
            (within 1e-4; they are normalised).
    """
    table = np.asarray(probabilities)
    if table.dtype.kind not in "fiu":
        raise TypeError(f"probabilities: got {table.dtype} values, accepted are numbers (n, K)")
    table = table.astype(np.float64, copy=False)
    if table.ndim != 2 or not 1 <= table.shape[1] <= _MOST_CLASSES:
        raise ValueError(
            f"probabilities: got shape {table.shape}, accepted is (n, K), K at least 1"
        )
    if not (table >= 0).all():  # NaN too
        raise ValueError("probabilities: got NaN or negative ones, accepted are numbers at least 0")
    # add.accumulate adds in order, unlike add.reduce: the same sums with and without SIMD
    sums = np.add.accumulate(table, axis=1)
    last = sums[:, -1:]
    if not (np.abs(last - 1) <= _TOLERANCE).all():
        worst = float(last[np.argmax(np.abs(last - 1))][0])
        raise ValueError(f"probabilities: got a row of sum {worst}, accepted are rows of sum 1")
    classes = table.shape[1]
    frequencies = np.zeros((len(table), classes + 1), np.int64)
    frequencies[:, 1:] = np.floor(sums / last * float(_TOTAL - classes)).astype(np.int64)
    frequencies[:, 1:] += np.arange(1, classes + 1)
    return frequencies


def label_bits(probabilities: ArrayLike, labels: ArrayLike) -> float:
    """The ideal codelength of the labels (n,) by the table (n, K), in bits, as it is coded.

    Raises:
        TypeError, ValueError: as `LabelEncoder.push`.
    """
    low, high = _chosen(probabilities, labels)
    return float(np.sum(PRECISION - np.log2((high - low).astype(np.float64))))


def encode_labels(tables: Tables, labels: ArrayLike) -> bytes:
    """The codeword of the labels.

    Args:
        tables: probabilities of the classes, (n, K), or several such tables behind one another.
        labels: classes (n,), integers 0 to K - 1.

    Raises:
        TypeError, ValueError: as `LabelEncoder.push`; or there are more or fewer rows than labels.

    Example:
        >>> table = [[0.5, 0.25, 0.25]] * 8
        >>> blob = encode_labels(table, [0, 0, 1, 0, 2, 0, 0, 1])
        >>> len(blob), decode_labels(blob, table).tolist()
        (2, [0, 0, 1, 0, 2, 0, 0, 1])
    """
    encoder, start, labels = LabelEncoder(), 0, np.asarray(labels)
    for table in _several(tables):
        encoder.push(table, labels[start : start + len(table)])
        start += len(table)
    if start != len(labels):
        raise ValueError(f"labels: got {len(labels)}, accepted are as many as rows, {start}")
    return encoder.finish()


def decode_labels(blob: bytes, tables: Tables) -> NDArray[np.int64]:
    """The labels (n,) int64 whose codeword by these tables `blob` is.

    Raises:
        DecodeError: the blob is truncated, followed by other bytes, or no codeword.
    """
    decoder = LabelDecoder(blob)
    parts = [decoder.pop(table) for table in _several(tables)]
    decoder.finish()
    return np.concatenate([np.zeros(0, np.int64), *parts])


class LabelEncoder:
    """Takes tables and labels one batch after the other; `finish` gives the codeword."""

    def __init__(self) -> None:
        self._low, self._size = 0, _FULL
        self._out = bytearray()
        self.bits = 0.0
        """The ideal codelength of what was pushed so far, in bits."""

    def push(self, probabilities: ArrayLike, labels: ArrayLike) -> None:
        """Code the labels (n,), integers 0 to K - 1, by the table (n, K).

        Raises:
            TypeError: they are no numbers, or no integers.
            ValueError: the table is none (see `cumulative_frequencies`), or a label is out of
                range, or there are more or fewer labels than rows.
        """
        lows, highs = _chosen(probabilities, labels)
        self.bits += float(np.sum(PRECISION - np.log2((highs - lows).astype(np.float64))))
        low, size = self._low, self._size
        for first, last in zip(lows.tolist(), highs.tolist(), strict=True):
            start = size * first >> PRECISION
            low += start
            size = (size * last >> PRECISION) - start
            if low >= _FULL:
                low -= _FULL
                self._carry()
            while size < _LEAST:
                self._out.append(low >> (_WINDOW - 8))
                low = low << 8 & (_FULL - 1)
                size <<= 8
        self._low, self._size = low, size

    def finish(self) -> bytes:
        """The codeword of all that was pushed; more may be pushed afterwards."""
        count, value = _ending(self._low, self._size)
        settled = int.from_bytes(self._out, "big")
        return ((settled << 8 * count) + value).to_bytes(len(self._out) + count, "big")

    def _carry(self) -> None:
        place = len(self._out) - 1
        while self._out[place] == 255:
            self._out[place] = 0
            place -= 1
        self._out[place] += 1


class LabelDecoder:
    """Gives the labels back, one table after the other; `finish` checks that nothing is left.

    Args:
        blob: a codeword of `LabelEncoder`.

    Raises:
        TypeError: it is not bytes, bytearray or memoryview.
    """

    def __init__(self, blob: bytes | bytearray | memoryview) -> None:
        if not isinstance(blob, bytes | bytearray | memoryview):
            raise TypeError(f"blob: got {type(blob).__name__}, accepted is bytes")
        self._blob = bytes(blob)
        self._code = int.from_bytes(self._blob[: _WINDOW // 8].ljust(_WINDOW // 8, b"\0"), "big")
        self._size = _FULL
        self._shifted = 0

    def pop(self, probabilities: ArrayLike) -> NDArray[np.int64]:
        """The next labels (n,) int64, given the table (n, K) they were coded by.

        Raises:
            TypeError, ValueError: the table is none (see `cumulative_frequencies`).
            DecodeError: the blob is too short for so many labels.
        """
        frequencies = cumulative_frequencies(probabilities)
        labels = np.zeros(len(frequencies), np.int64)
        code, size, shifted, blob = self._code, self._size, self._shifted, self._blob
        for index, row in enumerate(frequencies):
            # the last class that begins at or before the code: size * c >> 48 <= code
            label = int(row.searchsorted(((code + 1 << PRECISION) - 1) // size, "right")) - 1
            start = size * int(row[label]) >> PRECISION
            size = (size * int(row[label + 1]) >> PRECISION) - start
            code -= start
            labels[index] = label
            while size < _LEAST:
                shifted += 1
                if shifted >= len(blob):
                    raise DecodeError(f"truncated or damaged: {len(blob)} bytes hold fewer labels")
                ahead = shifted + _WINDOW // 8 - 1
                code = code << 8 | (blob[ahead] if ahead < len(blob) else 0)
                size <<= 8
        self._code, self._size, self._shifted = code, size, shifted
        return labels

    def finish(self) -> None:
        """Check that this is the codeword of what was popped, and that nothing follows.

        Raises:
            DecodeError: it is not.
        """
        width = _WINDOW // 8
        window = self._blob[self._shifted : self._shifted + width]
        value = int.from_bytes(window.ljust(width, b"\0"), "big")
        count, end = _ending(value - self._code, self._size)
        size = self._shifted + count
        if len(self._blob) != size:
            raise DecodeError(f"damaged: {len(self._blob)} bytes, the codeword has {size}")
        if end << (_WINDOW - 8 * count) != value:
            raise DecodeError("damaged: not the codeword of what it decodes to")


def _chosen(
    probabilities: ArrayLike, labels: ArrayLike
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where the labels' shares of 2^48 begin and end, (n,) each."""
    frequencies = cumulative_frequencies(probabilities)
    chosen = np.asarray(labels)
    rows, classes = len(frequencies), frequencies.shape[1] - 1
    if chosen.shape != (rows,):
        raise ValueError(f"labels: got shape {chosen.shape}, accepted is ({rows},), one for a row")
    if chosen.size and chosen.dtype.kind not in "iu":
        raise TypeError(f"labels: got {chosen.dtype} values, accepted are integers")
    chosen = chosen.astype(np.int64)
    if chosen.size and not 0 <= chosen.min() <= chosen.max() < classes:
        wrong = chosen[(chosen < 0) | (chosen >= classes)][0]
        raise ValueError(f"labels: got {wrong}, accepted are integers from 0 to {classes - 1}")
    index = np.arange(rows)
    return frequencies[index, chosen], frequencies[index, chosen + 1]


def _several(tables: Tables) -> list[NDArray[np.float64]]:
    """One table or several, as a list of tables."""
    if isinstance(tables, np.ndarray) and tables.ndim == 2:
        return [tables]
    parts = [np.asarray(table) for table in tables]  # type: ignore[union-attr]
    if parts and all(part.ndim == 1 for part in parts):
        return [np.array(parts)]
    return parts


def _ending(low: int, size: int) -> tuple[int, int]:
    """The fewest bytes, and their least value, whose continuations stay in [low, low + size).

    `low` may be negative, the value too big or negative: a carry to or a borrow from the bytes
    before.
    """
    for count in range(_WINDOW // 8 + 1):
        step = 1 << (_WINDOW - 8 * count)
        value = -(-low // step)
        if (value + 1) * step <= low + size:
            return count, value
    raise AssertionError("an interval of 2^72 units holds one of 2^64")
