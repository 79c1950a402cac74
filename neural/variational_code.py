"""Bits-back coding of images by a `LossyAutoencoder`, whose decoder predicts pixel after pixel.

`mdl.bits_back.BitsBackCode` codes pixels that are independent given the code; here each pixel's
distribution has to wait for the pixels before it, and each coordinate's of the code, where the
prior is a flow, for the coordinates before that. What is popped off the stack to choose a code is
not z but the noise eps of the prior, in buckets of equal mass: given what is before it, eps_i is
normal, as z_i is. That the prior's flow is the posterior's is section 3.2 of the paper.

Images are coded in blocks, so that a network runs once for a place of all of a block. A block has
at most a quarter more images than were coded before it: the bits to pop are then on the stack
already, but for those of the first image. Both ends run the network on tensors of the same shapes,
on the processor and one thread; a machine whose arithmetic differs in the last bit is found out.

The file is an envelope of kind "lossy-autoencoder" without further description. Its payload:

======  =======  =========================================================================
offset  bytes    meaning
======  =======  =========================================================================
0       .        number of images, largest block, LEB128 each
.       1        bits of a coordinate of the code
.       8        BLAKE2b of the network's architecture and weights
.       4        of the last block's frequencies, and of both numbers
.       4        of the bits to start from
.       .        the stack (`mdl.bits_back.AnsStack`)
======  =======  =========================================================================

References:
    J. Townsend, T. Bird and D. Barber, Practical lossless compression with latent variables using
        bits back coding, ICLR 2019: BB-ANS, buckets of equal mass.
    X. Chen et al., Variational lossy autoencoder, ICLR 2017, sections 2.2 and 3.2.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise, repeat
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from complexity import _leb128
from complexity.code import DecodeError, Kind
from complexity.envelope import pack, unpack
from complexity.errors import integer
from mdl.bits_back import AnsStack, Categorical, Recovered, cumulative_frequencies
from mdl.bits_back.chain import HASH_BYTES, short_hash
from mdl.bits_back.frequencies import normal_edges, normal_middles
from mdl.report import Report
from mdl.weights.tensors import architecture, parameters_of, reproducible, tensors_of
from neural.models.masked_convolution import OUTSIDE
from neural.models.variational import LossyAutoencoder

__all__ = ["VariationalCode", "elbo_bits"]

_KIND = "lossy-autoencoder"
_MODEL_BYTES = 8
_MOST = 1 << 32, 1 << 12  # images, images of a block

Table = NDArray[np.uint64]


@torch.no_grad()
def elbo_bits(
    net: LossyAutoencoder, images: ArrayLike, *, samples: int = 10, seed: int = 0
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The negative ELBO in bits: of the pixels, (n,), and of the code's coordinates, (n, D).

    Args:
        net: the network.
        images: (n, H, W) integers, 0 to K - 1.
        samples: of the code of each image.
        seed: of the samples.
    """
    integer("samples", samples, 1)
    rng, device = np.random.default_rng(seed), next(net.parameters()).device
    rows = torch.from_numpy(np.asarray(images).astype(np.int64))
    pixels, code = np.zeros(len(rows)), np.zeros((len(rows), net.latents))
    for _ in range(samples):
        for start in range(0, len(rows), 500):
            part = rows[start : start + 500].to(device)
            noise = rng.standard_normal((len(part), net.latents)).astype(np.float32)
            found = net(part, torch.from_numpy(noise).to(device))
            pixels[start : start + 500] += found[0].double().cpu().numpy()
            code[start : start + 500] += found[1].double().cpu().numpy()
    return pixels / (samples * math.log(2)), code / (samples * math.log(2))


@dataclass(frozen=True)
class VariationalCode:
    """Images by a `LossyAutoencoder`, to receivers that have it, to the bit.

    A codec of arrays (n, side, side) of integers 0 to K - 1.

    Attributes:
        net: on the processor; its prior N(0, I), or a flow whose steps go one way.
        latent_bits: of each coordinate of the code, 1 to 16.
        block: images of a block, at most.
        seed: of the random bits where no payload is given.

    Raises:
        TypeError, ValueError: an option is out of range, or the flow goes both ways.
    """

    net: LossyAutoencoder
    latent_bits: int = 12
    block: int = 64
    seed: int = 0

    kind: ClassVar[Kind] = Kind.FILE
    overhead: ClassVar[float] = 0.0

    def __post_init__(self) -> None:
        integer("latent_bits", self.latent_bits, 1, 16)
        integer("block", self.block, 1, _MOST[1])
        integer("seed", self.seed, 0)
        if any(p.device.type != "cpu" for p in self.net.parameters()):
            raise ValueError("net: got a device, accepted is a network on the processor")
        if self.net.flow is not None and not self.net.flow.ordered:
            raise ValueError(
                "net: its flow goes both ways, accepted are one step or reverse=False: only then "
                "is a coordinate of the code normal given those before it"
            )

    @property
    def name(self) -> str:
        """The family and the network's hash; needs the network, so it is in no registry."""
        options = f"latent_bits={self.latent_bits},block={self.block},seed={self.seed}"
        return f"lossy-autoencoder:net={self._digest().hex()},{options}"

    def bits(self, x: ArrayLike) -> float:
        """8 * len(encode(x)): the random bits to start from and the header included."""
        return 8.0 * len(self.encode(x))

    def encode(self, x: ArrayLike, *, payload: bytes | None = None) -> bytes:
        """Images (n, side, side) as a file.

        Args:
            x: the images, integers 0 to K - 1.
            payload: bytes to code into, which the receiver gets back, and which should look
                random; None draws as many as are needed from the seed.

        Raises:
            TypeError, ValueError: the images are of another shape or alphabet.
            PayloadError: the payload is too short.
        """
        return self._encoded(self._images(x), payload)[0]

    def decode(self, blob: bytes) -> NDArray[Any]:
        """The images of a file, (n, side, side) uint8, or uint16 for more than 256 values.

        Raises:
            DecodeError: it is damaged, or made by another network or another arithmetic.
        """
        return self.recover(blob).images

    def recover(self, blob: bytes) -> Recovered:
        """The images of a file, and its payload.

        Raises:
            DecodeError: as `decode`.
        """
        count, block, hashes, body = self._opened(unpack(blob, kind=_KIND)[1])
        stack, coder = AnsStack.from_bytes(body, sampling=True), _Coder(self.net, self.latent_bits)
        side, found = self.net.side, list[NDArray[Any]]()
        if not count and hashes[0] != bytes(HASH_BYTES):
            raise DecodeError("damaged: no image has a table")
        with reproducible(0, threads=1), torch.no_grad():
            for at, size in enumerate(_backwards(count, block)):
                try:
                    images, told = coder.pop(stack, size)
                except ValueError as error:
                    raise DecodeError(f"damaged: {error}") from None
                if at == 0 and short_hash(_numbers(count, block) + told) != hashes[0]:
                    raise DecodeError(
                        "the network computes another table here than when this was encoded: it is "
                        "damaged, or its arithmetic differs"
                    )
                found.append(images)
        if short_hash(stack.to_bytes()[1:]) != hashes[1]:
            raise DecodeError(
                "the bits to start from do not come back: it is damaged, or the network computes "
                "otherwise here than when this was encoded"
            )
        images = np.concatenate([np.zeros((0, side, side), np.int64), *found[::-1]])
        kind = np.uint8 if self.net.levels <= 256 else np.uint16
        return Recovered(images.astype(kind), stack.payload())

    def describe(
        self, x: ArrayLike, *, payload: bytes | None = None, samples: int = 10
    ) -> tuple[bytes, Report]:
        """A file, and the lengths in it beside the ELBO.

        `model_bits` is 0, as the receiver has the network; `data_bits` is the net length, the bits
        that the payload had already not counted; `header_bits` is the rest of the file without the
        payload. Details: "bits_per_dim" (net), "elbo_bits" and "elbo_bits_per_dim" (a bound, by
        `samples` samples an image), "initial_bits" (what the stack was deepest in debt; 48 more
        have to be there), "file_bits".
        """
        images = self._images(x)
        blob, stack, given = self._encoded(images, payload)
        pixels, code = elbo_bits(self.net, images, samples=samples, seed=self.seed)
        bound, size = float(pixels.sum() + code.sum()), max(images.size, 1)
        report = Report(
            self.name, Kind.FILE, 0.0, stack.net_bits,
            8.0 * (len(blob) - len(given)) - stack.net_bits,
            parameters=sum(p.numel() for p in parameters_of(self.net).values()),
            details={
                "images": len(images), "bits_per_dim": stack.net_bits / size,
                "elbo_bits": bound, "elbo_bits_per_dim": bound / size,
                "initial_bits": stack.initial_bits, "payload_bits": 8 * len(given),
                "file_bits": 8 * len(blob), "latent_bits": self.latent_bits, "block": self.block,
            },
        )  # fmt: skip
        return blob, report

    def _encoded(
        self, images: NDArray[np.int64], payload: bytes | None
    ) -> tuple[bytes, AnsStack, bytes]:
        """The file, the stack in it, the payload."""
        stack = AnsStack(payload or b"", seed=self.seed if payload is None else None, sampling=True)
        coder, start, told = _Coder(self.net, self.latent_bits), 0, b""
        with reproducible(0, threads=1), torch.no_grad():
            for size in _forwards(len(images), self.block):
                told = coder.push(stack, images[start : start + size])
                start += size
        given = stack.supplied if payload is None else payload
        numbers = _numbers(len(images), self.block)
        hashed = short_hash(numbers + told) if len(images) else bytes(HASH_BYTES)
        head = numbers + bytes([self.latent_bits]) + self._digest() + hashed + short_hash(given)
        return pack(head + stack.to_bytes(), kind=_KIND), stack, given

    def _opened(self, body: bytes) -> tuple[int, int, tuple[bytes, bytes], bytes]:
        """Numbers of images, of a block; hashes of the last tables and of the payload; the stack.

        Raises:
            DecodeError: it is cut short, or made with another network or other options.
        """
        count, start = _leb128.read(body, 0, "the number of images")
        block, start = _leb128.read(body, start, "the size of a block")
        if not (count <= _MOST[0] and 1 <= block <= _MOST[1]):
            raise DecodeError(
                f"damaged: {count} images in blocks of {block}, at most {_MOST[0]} and {_MOST[1]}"
            )
        ends = [start, start + 1, start + 1 + _MODEL_BYTES]
        ends += [ends[-1] + HASH_BYTES, ends[-1] + 2 * HASH_BYTES]
        if len(body) < ends[-1]:
            raise DecodeError("truncated: it ends before the stack")
        bits, digest, *hashes = (body[a:b] for a, b in pairwise(ends))
        if digest != self._digest():
            raise DecodeError(f"another network: {digest.hex()}, here it is {self._digest().hex()}")
        if bits[0] != self.latent_bits:
            raise DecodeError(
                f"encoded with latent_bits={bits[0]}; this code has {self.latent_bits}"
            )
        return count, block, (hashes[0], hashes[1]), body[ends[-1] :]

    def _digest(self) -> bytes:
        told = hashlib.blake2b(architecture(self.net).encode(), digest_size=_MODEL_BYTES)
        for name, tensor in tensors_of(self.net).items():
            told.update(name.encode() + tensor.detach().cpu().numpy().tobytes())
        return told.digest()

    def _images(self, x: ArrayLike) -> NDArray[np.int64]:
        """Checked images."""
        array, side = np.asarray(x), self.net.side
        if array.ndim != 3 or array.shape[1:] != (side, side):
            raise ValueError(f"x: got shape {array.shape}, accepted is (n, {side}, {side})")
        if array.dtype.kind not in "iub":
            raise TypeError(f"x: got {array.dtype}, accepted are integers")
        images = array.astype(np.int64)
        if images.size and not (images.min() >= 0 and images.max() < self.net.levels):
            raise ValueError(
                f"x: got {images.min()} to {images.max()}, accepted is 0 to {self.net.levels - 1}"
            )
        return images


class _Coder:
    """Blocks of images onto the stack and off it again."""

    def __init__(self, net: LossyAutoencoder, latent_bits: int) -> None:
        self.net, self.bits = net.eval(), latent_bits
        self.edges, self.middles = normal_edges(latent_bits), normal_middles(latent_bits)

    def push(self, stack: AnsStack, images: NDArray[np.int64]) -> bytes:
        """Code images (n, H, W); what their last table was like."""
        n, size = len(images), self.net.latents
        mean, sd = self._posterior(images)
        z, buckets = np.zeros((n, size)), np.zeros((n, size), np.int64)
        for i in range(size):
            shift, scale = self._prior(z, i)
            buckets[:, i] = stack.pop_normal(
                (mean[:, i] - shift) / scale, sd[:, i] / scale, self.edges
            )
            z[:, i] = shift + scale * self.middles[buckets[:, i]]
        tables = []
        for (row, column), table, tell in self._places(z):
            tables.append(table)
            tell(images[:, row, column])
        for at in range(len(tables) - 1, -1, -1):  # the first pixel is to be on top
            row, column = divmod(at, self.net.side)
            stack.push_table(images[:, row, column], tables[at])
        stack.push_uniform(buckets.ravel(), bits=self.bits)
        return short_hash(b"".join(table.tobytes() for table in tables))

    def pop(self, stack: AnsStack, n: int) -> tuple[NDArray[np.int64], bytes]:
        """Undo `push`, step by step from its end."""
        size, side = self.net.latents, self.net.side
        buckets = stack.pop_uniform(n * size, bits=self.bits).reshape(n, size)
        z, scales = np.zeros((n, size)), np.zeros((2, n, size))
        for i in range(size):
            scales[:, :, i] = self._prior(z, i)
            z[:, i] = scales[0, :, i] + scales[1, :, i] * self.middles[buckets[:, i]]
        images, told = np.zeros((n, side, side), np.int64), []
        for place, table, tell in self._places(z):
            told.append(table.tobytes())
            images[:, *place] = stack.pop_table(table)
            tell(images[:, *place])
        mean, sd = self._posterior(images)
        for i in range(size - 1, -1, -1):
            shift, scale = scales[:, :, i]
            stack.push_normal(
                buckets[:, i], (mean[:, i] - shift) / scale, sd[:, i] / scale, self.edges
            )
        return images, short_hash(b"".join(told))

    def _posterior(self, images: NDArray[np.int64]) -> tuple[NDArray[Any], NDArray[Any]]:
        mean, log_sd = self.net.infer(torch.from_numpy(images))
        return _wide(mean), np.exp(_wide(log_sd))

    def _prior(self, z: NDArray[Any], i: int) -> tuple[Any, Any]:
        """Mean and deviation (n,) of coordinate i given those before it, which are known."""
        if self.net.flow is None:
            return np.zeros(len(z)), np.ones(len(z))
        mean, log_sd = self.net.flow.conditionals(torch.from_numpy(z.astype(np.float32)))
        return _wide(mean)[:, i], np.exp(_wide(log_sd)[:, i])

    def _places(self, z: NDArray[Any]) -> Iterator[tuple[tuple[int, int], Table, Any]]:
        """Places in raster order, their frequencies (n, K + 1), and how to tell their pixels."""
        net, side = self.net.decoder, self.net.side
        known = torch.full((len(z), side, side), OUTSIDE)
        features = self.net.features(torch.from_numpy(z.astype(np.float32)))
        images, around = net.padded(known, features)
        for row in range(side):
            for column in range(side):
                logits = _wide(net.window(images, around, row, column))  # (n, K)
                table = cumulative_frequencies(Categorical(logits).probabilities())
                place = row + net.reach, column + net.reach

                def tell(pixels: NDArray[np.int64], place: tuple[int, int] = place) -> None:
                    images[:, *place] = torch.from_numpy(pixels)

                yield (row, column), table, tell


def _wide(tensor: Tensor) -> NDArray[np.float64]:
    return tensor.double().numpy()


def _numbers(count: int, block: int) -> bytes:
    return _leb128.write(count) + _leb128.write(block)


def _blocks(count: int, block: int) -> tuple[list[int], int, int]:
    """Images of the growing blocks; how many full blocks follow; images of the last one, or 0."""
    growing, done = list[int](), 0
    while done < count and 1 + done // 4 < block:
        growing.append(min(1 + done // 4, count - done))
        done += growing[-1]
    return growing, *divmod(count - done, block)


def _forwards(count: int, block: int) -> Iterator[int]:
    """Sizes of the blocks of so many images in the order of coding."""
    growing, full, rest = _blocks(count, block)
    yield from growing
    yield from repeat(block, full)
    if rest:
        yield rest


def _backwards(count: int, block: int) -> Iterator[int]:
    """The same in the order of decoding; a forged count costs nothing until it is believed."""
    growing, full, rest = _blocks(count, block)
    if rest:
        yield rest
    yield from repeat(block, full)
    yield from reversed(growing)
