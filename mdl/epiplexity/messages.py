"""The messages of a requential file: which candidate is the sample, for how many tokens at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from complexity import _leb128
from complexity.code import DecodeError
from mdl.discrete.codecs import MultinomialCodec
from mdl.discrete.letters import MAX_LETTERS
from mdl.epiplexity.relative_entropy import candidate, group_sizes, message_bound, select

__all__ = ["Receiver", "Sender"]

_SIZES = MultinomialCodec(alphabet_size=32, version="bayes", alpha=1 / 16)
_WIDTHS = MultinomialCodec(alphabet_size=63, version="bayes", alpha=1 / 16)
"""Most letters never come, so the prior counts are small."""


class Sender:
    """Messages as they are chosen: called with the predictions of both, it gives the samples.

    Args:
        seed: of the candidates.
    """

    def __init__(self, seed: int) -> None:
        self.seed, self.bound_bits = seed, 0.0
        self.sizes: list[int] = []  # log2 of the number of tokens and 1, 0 for all the rest
        self.indices: list[int] = []
        self.seen: list[int] = []
        self._arrivals = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(3,)))

    def __call__(self, q: NDArray[np.float64], p: NDArray[np.float64]) -> NDArray[np.int64]:
        """The teacher's sample (B,), from log2 probabilities (B, A) of student and teacher."""
        parts, start = [], 0
        kl = np.sum(np.exp2(p) * np.where(p > -np.inf, p - q, 0.0), axis=1)
        for size in group_sizes(q, p):
            part = slice(start, start + size)
            index, tokens = select(q[part], p[part], (self.seed, len(self.sizes)), self._arrivals)
            self.sizes.append(0 if start + size == len(q) else size.bit_length())
            self.indices.append(index)
            self.seen.append(index + 1)
            self.bound_bits += message_bound(max(0.0, float(kl[part].sum())))
            parts.append(tokens)
            start += size
        return np.concatenate(parts)

    def payload(self) -> bytes:
        """The three parts, of `MAX_LETTERS` messages at a time."""
        parts = []
        for start in range(0, len(self.sizes), MAX_LETTERS):
            block = slice(start, start + MAX_LETTERS)
            indices = self.indices[block]
            widths = np.array([(index + 1).bit_length() - 1 for index in indices], np.uint8)
            digits = "".join(f"{index + 1:b}"[1:] for index in indices)
            packed = np.packbits(np.frombuffer(digits.encode(), np.uint8) - ord("0")).tobytes()
            parts.append(_SIZES.encode(np.array(self.sizes[block], np.uint8)))
            parts += [_WIDTHS.encode(widths), packed]
        return b"".join(_leb128.write(len(part)) + part for part in parts)


class Receiver:
    """Messages as they are read: called with the student's predictions, it gives the samples.

    Args:
        payload: of the file.
        seed: of the candidates.

    Raises:
        DecodeError: the parts are no codewords, or do not match.
    """

    def __init__(self, payload: bytes, seed: int) -> None:
        blocks, start = [], 0
        while not blocks or (len(blocks[-1][0]) == MAX_LETTERS and start < len(payload)):
            parts = []
            for name in ("sizes", "widths", "digits"):
                length, start = _leb128.read(payload, start, f"the length of the {name}")
                if start + length > len(payload):
                    raise DecodeError(f"truncated: the {name} are not all there")
                parts.append(payload[start : start + length])
                start += length
            blocks.append(_block(*parts))
        if start != len(payload):
            raise DecodeError(f"damaged: {len(payload) - start} bytes follow the messages")
        self.sizes, self.widths, digits = map(np.concatenate, zip(*blocks, strict=True))
        self.digits = "".join(map(str, digits.tolist()))
        self.seed, self.message, self.place = seed, 0, 0

    def __call__(self, q: NDArray[np.float64]) -> NDArray[np.int64]:
        """The teacher's sample (B,), from log2 probabilities (B, A) of the student.

        Raises:
            DecodeError: the messages do not fit the tokens.
        """
        parts, start = [], 0
        while start < len(q):
            if self.message == len(self.sizes):
                raise DecodeError("truncated: there are fewer messages than tokens need")
            letter, rest = int(self.sizes[self.message]), len(q) - start
            size = 1 << letter - 1 if letter else rest
            if letter and size >= rest:
                raise DecodeError("damaged: a message for more tokens than are left")
            index = self._index(int(self.widths[self.message]))
            parts.append(candidate(q[start : start + size], (self.seed, self.message), index))
            self.message += 1
            start += size
        return np.concatenate(parts)

    def _index(self, width: int) -> int:
        found = self.digits[self.place : self.place + width]
        self.place += width
        return int("1" + found, 2) - 1

    def end(self) -> None:
        """See that nothing is left.

        Raises:
            DecodeError: there are messages that nobody asked for.
        """
        if self.message != len(self.sizes):
            raise DecodeError(f"damaged: {len(self.sizes) - self.message} messages are left over")


def _block(sizes: bytes, widths: bytes, digits: bytes) -> tuple[NDArray[np.uint8], ...]:
    """Sizes and widths of as many messages, and all their digits."""
    found, many = _SIZES.decode(sizes), _WIDTHS.decode(widths)
    total = int(many.astype(np.int64).sum())
    unpacked = np.unpackbits(np.frombuffer(digits, np.uint8))
    if len(found) != len(many) or not total <= unpacked.size < total + 8:
        raise DecodeError("damaged: the parts of the messages do not match")
    if unpacked[total:].any():
        raise DecodeError("damaged: the last bits are not zeros")
    return found, many, unpacked[:total]
