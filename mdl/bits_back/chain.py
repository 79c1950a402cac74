"""One image onto the stack and off it again: latents popped, pushed, in either order of levels."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mdl.bits_back.ans import AnsStack
from mdl.bits_back.frequencies import cumulative_frequencies, normal_edges, normal_middles
from mdl.bits_back.models import LatentModel, Normal

__all__ = ["ORDERS", "Chain"]

ORDERS = ("bb-ans", "bit-swap")
"""All latents first; or each level's latents, then what is below them."""


HASH_BYTES = 4
"""Of a hash that notices what is not the same; a whole file has a checksum besides."""


@dataclass(frozen=True)
class Chain:
    """The steps that code an image with a chain of latents.

    Attributes:
        model: of the images.
        latent_bits: of each latent: the buckets of a level are 2^latent_bits.
        order: one of `ORDERS`.
    """

    model: LatentModel
    latent_bits: int
    order: str

    def push(self, stack: AnsStack, image: NDArray[Any]) -> bytes:
        """Code an image; the hash of its table."""
        top = len(self.model.latents)
        buckets: list[NDArray[Any]] = [image]
        values: list[NDArray[Any]] = [image]
        told = b""
        for level in range(1, top + 1):
            mean, sd = self._standard(level, self.model.infer(level, values[-1]))
            buckets.append(stack.pop_normal(mean, sd, normal_edges(self.latent_bits)))
            values.append(self._value(level, buckets[-1]))
            if self.order == "bit-swap":
                told = self._push_below(stack, level, buckets, values) or told
        if self.order == "bb-ans":
            for level in range(1, top + 1):
                told = self._push_below(stack, level, buckets, values) or told
        stack.push_uniform(buckets[-1], bits=self.latent_bits)
        return told

    def pop(self, stack: AnsStack) -> tuple[NDArray[Any], bytes]:
        """Undo `push`, step by step from its end."""
        top = len(self.model.latents)
        above = stack.pop_uniform(self.model.latents[-1], bits=self.latent_bits)
        buckets, value = [above], self._value(top, above)
        told = b""
        later = []  # to be pushed back: a level, its buckets, what they were inferred from
        for level in range(top, 0, -1):
            popped, told = self._pop_below(stack, level, value)
            below = popped if level == 1 else self._value(level - 1, popped)
            later.append((level, buckets[-1], below))
            if self.order == "bit-swap":
                self._push_back(stack, *later.pop())
            buckets.append(popped)
            value = below
        for each in later:
            self._push_back(stack, *each)
        return buckets[-1], told

    def _push_below(
        self, stack: AnsStack, level: int, buckets: list[Any], values: list[Any]
    ) -> bytes:
        """Push what is below a level given that level; the hash of the table if it is the image."""
        if level == 1:
            table = self._table(values[1])
            stack.push_table(buckets[0], table)
            return short_hash(table.tobytes())
        mean, sd = self._standard(level - 1, self.model.generate(level - 1, values[level]))
        stack.push_normal(buckets[level - 1], mean, sd, normal_edges(self.latent_bits))
        return b""

    def _pop_below(
        self, stack: AnsStack, level: int, value: NDArray[Any]
    ) -> tuple[NDArray[Any], bytes]:
        if level == 1:
            table = self._table(value)
            return stack.pop_table(table), short_hash(table.tobytes())
        mean, sd = self._standard(level - 1, self.model.generate(level - 1, value))
        return stack.pop_normal(mean, sd, normal_edges(self.latent_bits)), b""

    def _push_back(
        self, stack: AnsStack, level: int, buckets: NDArray[Any], below: NDArray[Any]
    ) -> None:
        mean, sd = self._standard(level, self.model.infer(level, below))
        stack.push_normal(buckets, mean, sd, normal_edges(self.latent_bits))

    def _standard(self, level: int, normal: Normal) -> Normal:
        """A normal in the unit in which the buckets of its level are those of N(0, 1)."""
        mean, sd = self.model.spread(level)
        return Normal((normal.mean - mean) / sd, normal.sd / sd)

    def _value(self, level: int, buckets: NDArray[Any]) -> NDArray[Any]:
        mean, sd = self.model.spread(level)
        return mean + sd * normal_middles(self.latent_bits)[buckets]

    def _table(self, z: NDArray[Any]) -> NDArray[np.uint64]:
        probabilities = self.model.likelihood(z).probabilities()
        wanted = (self.model.pixels, self.model.alphabet_size)
        if probabilities.shape != wanted:
            raise ValueError(
                f"model: its likelihood gave shape {probabilities.shape}, accepted is {wanted}"
            )
        return cumulative_frequencies(probabilities)


def short_hash(data: bytes) -> bytes:
    """`HASH_BYTES` bytes of a hash."""
    return hashlib.blake2b(data, digest_size=HASH_BYTES).digest()
