"""Bits-back coding of images with a latent-variable model: BB-ANS and Bit-Swap.

An image x costs -log2 p(x, z) bits once latents z are chosen; they are *sampled* from q(z | x) by
popping them off the bits that are there already, which refunds -log2 q(z | x) bits. On average the
net length is the negative ELBO. The first image needs bits to start from, and they come back to
the receiver: either a payload that had to be sent anyhow, or random bits, which are then lost.

Latents are buckets: of equal mass under the prior for the top level, under the spread of the
aggregate posterior for the levels below, so that a bucket is 2^-latent_bits of the mass.

The payload of the envelope is: the number of images as LEB128; a byte for latent_bits, a byte for
the order, the model's hash; 4 bytes each of the hashes of the last image's table and of the bits to
start from; the stack.

References:
    J. Townsend, T. Bird and D. Barber, Practical lossless compression with latent variables using
        bits back coding, ICLR 2019: table 1 and section 2.5 (BB-ANS, equal-mass buckets).
    F. H. Kingma, P. Abbeel and J. Ho, Bit-Swap: recursive bits-back coding for lossless compression
        with hierarchical latent variables, ICML 2019: algorithm 2 and equation 12 (initial bits).
    B. J. Frey and G. E. Hinton, Efficient stochastic source coding and an application to a
        Bayesian network source model, The Computer Journal 40, 1997.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from complexity import _leb128
from complexity.code import DecodeError, Kind
from complexity.envelope import pack, unpack
from complexity.errors import integer, one_of
from mdl.bits_back.ans import AnsStack, PayloadError
from mdl.bits_back.chain import HASH_BYTES, ORDERS, Chain, short_hash
from mdl.bits_back.elbo import elbo_bits
from mdl.bits_back.models import LatentModel
from mdl.report import Report

__all__ = ["BitsBackCode", "Recovered"]

_KIND = "bits-back"
_MAX_IMAGES = 1 << 32


@dataclass(frozen=True)
class Recovered:
    """What a file held.

    Attributes:
        images: (n, *shape) uint8, or uint16 for more than 256 values.
        payload: the bytes that were coded into; the seed's random bytes if none were given.
    """

    images: NDArray[Any]
    payload: bytes = field(repr=False)

    def __repr__(self) -> str:
        return f"Recovered(images {self.images.shape}, payload of {len(self.payload)} bytes)"


@dataclass(frozen=True)
class BitsBackCode:
    """Images by a latent-variable model, to receivers that have the model.

    A codec of arrays (n, *shape); its files are envelopes, and name the model, its arithmetic (a
    hash of the first table that is decoded) and the payload (a hash), all of which are checked.

    Attributes:
        model: a `LatentModel`, such as `fit_vae` returns.
        shape: of an image; () is (pixels,).
        latent_bits: of each latent, 1 to 16.
        order: "bit-swap" or "bb-ans": the same for one level; for more, Bit-Swap needs fewer bits
            to start from.
        seed: of the random bits where no payload is given.

    Raises:
        ValueError, TypeError: an option is out of range, or the shape is not of so many pixels.
    """

    model: LatentModel
    shape: tuple[int, ...] = ()
    latent_bits: int = 10
    order: str = "bit-swap"
    seed: int = 0

    kind: ClassVar[Kind] = Kind.FILE
    overhead: ClassVar[float] = 0.0

    def __post_init__(self) -> None:
        integer("latent_bits", self.latent_bits, 1, 16)
        one_of("order", self.order, ORDERS)
        integer("seed", self.seed, 0)
        shape = tuple(self.shape) or (self.model.pixels,)
        if math.prod(shape) != self.model.pixels:
            raise ValueError(f"shape: got {shape}, the model has {self.model.pixels} pixels")
        object.__setattr__(self, "shape", shape)

    @property
    def name(self) -> str:
        """The family and the model's hash; needs the model, so it is in no registry."""
        options = f"latent_bits={self.latent_bits},order={self.order},seed={self.seed}"
        return f"bits-back:model={self.model.digest()},{options}"

    def bits(self, x: ArrayLike) -> float:
        """8 * len(encode(x)): the random bits to start from and the header included."""
        return 8.0 * len(self.encode(x))

    def encode(self, x: ArrayLike, *, payload: bytes | None = None) -> bytes:
        """Images (n, *shape) of integers as a file.

        Args:
            x: the images, values 0 to K - 1.
            payload: bytes to code into, which the receiver gets back, and which should look
                random; None draws as many as are needed from the seed.

        Raises:
            ValueError: the images are of another shape or alphabet; the model says NaN.
            PayloadError: the payload is too short; says what is needed.
        """
        images, stack, told = self._encoded(x, payload)
        return self._file(len(images), stack, stack.supplied if payload is None else payload, told)

    def decode(self, blob: bytes) -> NDArray[Any]:
        """The images of a file.

        Raises:
            DecodeError: it is damaged, or made with another model or by another arithmetic.
        """
        return self.recover(blob).images

    def recover(self, blob: bytes) -> Recovered:
        """The images of a file, and its payload.

        Raises:
            DecodeError: as `decode`.
        """
        count, hashes, body = self._opened(unpack(blob, kind=_KIND)[1])
        stack = AnsStack.from_bytes(body, sampling=True)
        found, chain = [], Chain(self.model, self.latent_bits, self.order)
        if not count and hashes[0] != bytes(HASH_BYTES):
            raise DecodeError("damaged: no image has a table")
        for i in range(count):
            try:
                image, told = chain.pop(stack)
            except ValueError as error:
                raise DecodeError(f"damaged: {error}") from None
            if i == 0 and told != hashes[0]:
                raise DecodeError(
                    "the model computes another table here than when this was encoded: "
                    "its arithmetic differs"
                )
            found.append(image)
        if short_hash(stack.to_bytes()[1:]) != hashes[1]:
            raise DecodeError(
                "the bits to start from do not come back: it is damaged, or the model computes "
                "otherwise here than when this was encoded"
            )
        payload = stack.payload()
        images = np.array(found[::-1], np.int64).reshape(count, *self.shape)
        return Recovered(images.astype(_dtype(self.model)), payload)

    def describe(self, x: ArrayLike, *, payload: bytes | None = None, samples: int = 10) -> Report:
        """The lengths of images, split, beside the ELBO.

        `model_bits` is 0, as the receiver has the model; `data_bits` is the net length, the bits
        that the payload had already not counted; `header_bits` is the rest of the file without the
        payload. Details: "bits_per_dim" (net), "elbo_bits" and "elbo_bits_per_dim" (a bound, by
        `samples` samples of the latents an image), "initial_bits" (what the stack was deepest in
        debt), "file_bits".
        """
        images, stack, told = self._encoded(x, payload)
        given = stack.supplied if payload is None else payload
        blob = self._file(len(images), stack, given, told)
        net = stack.net_bits
        bound = float(elbo_bits(self.model, images, samples=samples, seed=self.seed).sum())
        size = max(images.size, 1)
        return Report(
            self.name,
            Kind.FILE,
            model_bits=0.0,
            data_bits=net,
            header_bits=8.0 * (len(blob) - len(given)) - net,
            details={
                "images": len(images),
                "bits_per_dim": net / size,
                "elbo_bits": bound,
                "elbo_bits_per_dim": bound / size,
                "initial_bits": stack.initial_bits,
                "payload_bits": 8 * len(given),
                "file_bits": 8 * len(blob),
                "latent_bits": self.latent_bits,
                "order": self.order,
            },
        )

    def initial_bits(self, x: ArrayLike) -> float:
        """Bits that coding these images has to start from; 48 more must be there."""
        return self._encoded(x, None)[1].initial_bits

    def _encoded(
        self, x: ArrayLike, payload: bytes | None
    ) -> tuple[NDArray[np.int64], AnsStack, bytes]:
        """The images (n, pixels), the stack with them, the hash of the last table."""
        images = self._images(x)
        seed = self.seed if payload is None else None
        chain = Chain(self.model, self.latent_bits, self.order)
        stack = AnsStack(b"" if payload is None else payload, seed=seed, sampling=True)
        told = bytes(HASH_BYTES)
        try:
            for image in images:
                told = chain.push(stack, image)
        except PayloadError as error:
            needed = self.initial_bits(x) + 48
            raise PayloadError(
                f"payload: got {8 * len(payload or b'')} bits, accepted are about {needed:.0f} or "
                f"more ({error}); None draws random bits"
            ) from None
        return images, stack, told

    def _file(self, count: int, stack: AnsStack, payload: bytes, told: bytes) -> bytes:
        told = b"".join((self._preamble(), told, short_hash(payload)))
        return pack(_leb128.write(count) + told + stack.to_bytes(), kind=_KIND)

    def _preamble(self) -> bytes:
        """What both ends have to agree on."""
        model = bytes.fromhex(self.model.digest())
        return bytes([self.latent_bits, ORDERS.index(self.order)]) + model

    def _opened(self, body: bytes) -> tuple[int, tuple[bytes, bytes], bytes]:
        """The number of images, the hashes of the last table and of the payload, the stack."""
        count, start = _leb128.read(body, 0, "the number of images")
        ours = self._preamble()
        theirs, body = body[start : start + len(ours)], body[start + len(ours) :]
        if len(body) < 2 * HASH_BYTES:
            raise DecodeError("truncated: it ends before the stack")
        if count > _MAX_IMAGES:
            raise DecodeError(f"damaged: {count} images, of at most {_MAX_IMAGES}")
        if theirs[2:] != ours[2:]:
            raise DecodeError(f"another model: {theirs[2:].hex()}, here it is {ours[2:].hex()}")
        if theirs != ours:
            order = dict(enumerate(ORDERS)).get(theirs[1], "unknown")
            raise DecodeError(
                f"encoded with latent_bits={theirs[0]}, order={order!r}; this code has "
                f"latent_bits={self.latent_bits}, order={self.order!r}"
            )
        return count, (body[:HASH_BYTES], body[HASH_BYTES : 2 * HASH_BYTES]), body[2 * HASH_BYTES :]

    def _images(self, x: ArrayLike) -> NDArray[np.int64]:
        """Checked images, (n, pixels)."""
        array = np.asarray(x)
        if array.ndim != 1 + len(self.shape) or array.shape[1:] != self.shape:
            accepted = ", ".join(map(str, ("n", *self.shape)))
            raise ValueError(f"x: got shape {array.shape}, accepted is ({accepted})")
        if array.dtype.kind not in "iub":
            raise TypeError(f"x: got {array.dtype}, accepted are integers")
        flat = array.reshape(len(array), self.model.pixels).astype(np.int64)
        if flat.size and not (flat.min() >= 0 and flat.max() < self.model.alphabet_size):
            raise ValueError(
                f"x: got {flat.min()} to {flat.max()}, accepted is 0 to "
                f"{self.model.alphabet_size - 1}"
            )
        return flat


def _dtype(model: LatentModel) -> type[np.unsignedinteger[Any]]:
    return np.uint8 if model.alphabet_size <= 256 else np.uint16
