"""A sample of a posterior as blocks of weights, each a number in a file; arrays only, no network.

The payload of the file, of kind "relative-entropy":

=========  ====================================================================================
bytes      meaning
=========  ====================================================================================
4          BLAKE2b of 32 bits over the names and shapes of the tensors
1          method, 0 minimal and 1 Poisson; +2: prior means follow; +4: labels are in the stream
1 to 10    seed, LEB128
1 to 10    number of blocks, LEB128: the blocks' weights follow from seed and number
1          minimal: width of an index in bits; Poisson: 4 times the mean octave of an index
T          the prior's sd in each of T tensors, 2^((byte - 192) / 8); then T float32 means, if any
.          one arithmetic codeword: the indices, then the labels
=========  ====================================================================================
"""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from complexity import _leb128
from complexity.code import DecodeError, Kind
from complexity.envelope import pack
from complexity.errors import integer
from mdl.label_coder import LabelDecoder, LabelEncoder
from mdl.report import Report
from mdl.weights.relative_entropy.indices import (
    pop_uniform,
    pop_zipf,
    push_uniform,
    push_zipf,
    zipf_parameter,
)
from mdl.weights.relative_entropy.sampling import MAX_INDEX_BITS, kl_bits
from mdl.weights.relative_entropy.shared import (
    CodedPrior,
    Layout,
    blocks,
    layout_hash,
    normals,
)
from mdl.weights.relative_entropy.standardised import METHODS, Standardised
from mdl.weights.variational.posterior import Posterior

__all__ = ["KIND", "METHODS", "WeightCode", "code_posterior", "encode_posterior", "read_payload"]

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

KIND = "relative-entropy"
_MEANS, _LABELS = 2, 4


@dataclass(frozen=True, eq=False)
class WeightCode:
    """The coded sample of a posterior.

    Attributes:
        layout: names and shapes of the tensors.
        method: "minimal" or "poisson".
        seed: of the shared randomness.
        index_bits: width of an index in bits; 0 for the Poisson method.
        prior: what candidates are drawn from.
        indices: the candidate of each block, from 0 on, (B,) int64.
        block_kl_bits: KL of each block when it was coded, in bits, (B,).
        kl_bits: of the whole posterior when coding began, in bits.
    """

    family: ClassVar[str] = KIND

    layout: Layout
    method: str
    seed: int
    index_bits: int
    prior: CodedPrior
    indices: Indices
    block_kl_bits: Floats
    kl_bits: float

    def weights_of(self, module: Any) -> Floats:
        """The weights; those of the module do not matter."""
        del module
        return self.weights

    @property
    def weights(self) -> Floats:
        """The sample that the receiver has, (D,) float64."""
        return _weights(self.seed, self.indices, self.prior)

    @property
    def model_bits(self) -> float:
        """Of the indices, before they are padded to whole bytes."""
        encoder = LabelEncoder()
        self.push(encoder)
        return encoder.bits

    @property
    def blob(self) -> bytes:
        """The file: `decode_weights` gives the weights."""
        encoder = LabelEncoder()
        self.push(encoder)
        return self.file(encoder)

    def file(self, encoder: LabelEncoder, *, labels: bytes | None = None) -> bytes:
        """The file around a codeword that begins with the indices; `labels` goes before it."""
        flags = METHODS.index(self.method) | (_MEANS if self.prior.means else 0)
        flags |= 0 if labels is None else _LABELS
        header = layout_hash(self.layout) + bytes([flags]) + _leb128.write(self.seed)
        header += _leb128.write(self.indices.size) + bytes([self._parameter]) + self.prior.blob
        return pack(header + (labels or b"") + encoder.finish(), kind=KIND)

    def report(self) -> Report:
        """Model and header bits of the file without labels."""
        return Report(
            KIND,
            Kind.FILE,
            model_bits=self.model_bits,
            header_bits=8 * len(self.blob) - self.model_bits,
            parameters=self.prior.sd.size,
            details=self.details,
        )

    @property
    def details(self) -> dict[str, Any]:
        """What a report says beside the bits."""
        return {
            "method": self.method,
            "seed": self.seed,
            "blocks": int(self.indices.size),
            "index_bits": self.index_bits,
            "kl_bits": self.kl_bits,
            "largest_block_kl_bits": float(np.max(self.block_kl_bits, initial=0.0)),
        }

    def __repr__(self) -> str:
        return (
            f"WeightCode({self.prior.sd.size} weights, {self.method}, {self.indices.size} blocks: "
            f"{self.model_bits:.1f} bits for a KL of {self.kl_bits:.1f})"
        )

    @property
    def _parameter(self) -> int:
        if self.method == "minimal":
            return self.index_bits
        return zipf_parameter(self.indices + 1)

    def push(self, encoder: LabelEncoder) -> None:
        """Code the indices."""
        if self.method == "minimal":
            push_uniform(encoder, self.indices, self.index_bits)
        else:
            push_zipf(encoder, self.indices + 1, self._parameter)


def code_posterior(
    posterior: Posterior,
    *,
    seed: int = 0,
    method: str = "minimal",
    index_bits: int = 16,
    extra_bits: float = 2.0,
    workers: int = 1,
) -> WeightCode:
    """A sample of the posterior, coded in one pass.

    The weights are dealt at random to blocks of one size; the number of blocks is all that is sent
    of the allocation. Minimal: the least number such that a block's mean KL is at most
    index_bits - extra_bits; a block above the mean gets a sample that is further from Q. Poisson:
    the least number such that 2^index_bits candidates are enough for every block, and sds above
    0.95 of the prior's are narrowed to that, for Q/P to be bounded.

    Args:
        posterior: with a Gaussian prior that is equal within each tensor.
        seed: of the shared randomness, at least 0.
        method: "minimal" (a number of fixed width) or "poisson" (an exact sample).
        index_bits: width of a number, or log2 of the candidates that are looked at.
        extra_bits: by which a number is wider than the mean KL of a block.
        workers: threads; the result does not depend on it. Time is D * 2^index_bits * 15 ns.

    Raises:
        TypeError, ValueError: an argument is out of range; a single weight needs more than
            index_bits, however wide its tensor's prior is made; the prior is not Gaussian, or
            differs within a tensor.
    """
    start = Standardised.of(posterior, seed=seed, method=method, index_bits=index_bits)
    count = start.count(extra_bits)
    dealt = blocks(seed, start.mean.size, count)
    with ThreadPoolExecutor(integer("workers", workers, 1)) as pool:
        found = list(pool.map(start.index, range(count), dealt))  # the kernels release the lock
    kls = [float(np.sum(kl_bits(start.mean[where], start.sd[where]))) for where in dealt]
    return coded(start, np.array(found, np.int64), np.array(kls))


def coded(start: Standardised, indices: Indices, block_kl_bits: Floats) -> WeightCode:
    """The record of what was coded."""
    width = start.index_bits if start.method == "minimal" else 0
    return WeightCode(
        start.layout, start.method, start.seed, width, start.prior, indices, block_kl_bits, start.kl
    )


def encode_posterior(posterior: Posterior, **options: Any) -> bytes:
    """The file of `code_posterior`, which takes the same options; `decode_weights` reads it."""
    return code_posterior(posterior, **options).blob


def read_payload(payload: bytes, layout: Layout) -> tuple[Floats, bytes | None, LabelDecoder]:
    """What a file's payload says of tensors of this layout.

    Returns:
        The weights (D,) float64; the label section's 4 bytes, None without labels; and the decoder
        behind the indices.

    Raises:
        DecodeError: the payload is damaged, or belongs to other tensors.
    """
    if len(payload) < 5:
        raise DecodeError(f"truncated: {len(payload)} bytes hold no header")
    if payload[:4] != layout_hash(layout):
        raise DecodeError("these are weights of tensors with other names or shapes")
    flags = payload[4]
    if flags > 7:
        raise DecodeError(f"damaged: there is no method {flags}")
    seed, at = _leb128.read(payload, 5, "the seed")
    count, at = _leb128.read(payload, at, "the number of blocks")
    size = sum(math.prod(shape) for _, shape in layout)
    parameter = payload[at] if at < len(payload) else 0
    most = MAX_INDEX_BITS if METHODS[flags & 1] == "minimal" else 255
    if seed >> 64 or not 1 <= count <= size or not 1 <= parameter <= most:
        raise DecodeError("damaged: the header's numbers are out of range")
    end = at + 1 + len(layout) * (5 if flags & _MEANS else 1)
    prior = CodedPrior.read(payload[at + 1 : end], layout, means=bool(flags & _MEANS))
    labels = payload[end : end + 4] if flags & _LABELS else None
    decoder = LabelDecoder(payload[end + (0 if labels is None else 4) :])
    if METHODS[flags & 1] == "minimal":
        indices = pop_uniform(decoder, count, parameter)
    else:
        indices = pop_zipf(decoder, count, parameter) - 1
    return _weights(seed, indices, prior), labels, decoder


def _weights(seed: int, indices: Indices, prior: CodedPrior) -> Floats:
    out = np.empty(prior.sd.size)
    for b, where in enumerate(blocks(seed, prior.sd.size, indices.size)):
        out[where] = normals(seed, b, int(indices[b]), where.size)
    return prior.mean + prior.sd * out
