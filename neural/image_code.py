"""Images as bytes by a network that predicts every pixel from those before it.

The file is an envelope of kind "pixels" without further description. Its payload:

======  =======  =========================================================================
offset  bytes    meaning
======  =======  =========================================================================
0       .        numbers of levels, images, rows and columns, LEB128 each
.       4        BLAKE2b of the predictions as the pixels' coder rounds them, 32 bits
.       .        the pixels' codeword by those predictions (`mdl.label_coder`)
======  =======  =========================================================================

Both ends go through the places in raster order, a place of all images at a time, on the processor
and one thread, and see of the images what is known by then; so both compute the same predictions,
softmax in float64, 0.999 p + 0.001 / K. A machine whose arithmetic differs in the last bit is found
out by the hash.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from complexity import _leb128
from complexity.code import DecodeError
from complexity.envelope import pack, unpack
from mdl.label_coder import LabelDecoder, LabelEncoder, cumulative_frequencies
from mdl.weights.codec.search import predictions
from mdl.weights.tensors import reproducible
from neural.models.masked_convolution import OUTSIDE, AtPixel, PixelCNN

__all__ = ["decode_images", "encode_images"]

_KIND = "pixels"
_HASH = 4


def encode_images(net: PixelCNN, images: NDArray[np.integer[Any]]) -> bytes:
    """The file of images (n, H, W) of 0 to K - 1, for a receiver who has the network.

    Raises:
        ValueError: the images are of another shape, or a pixel is out of range.
    """
    images = np.asarray(images)
    if images.ndim != 3 or images.dtype.kind not in "iu":
        raise ValueError(
            f"images: got shape {images.shape} and dtype {images.dtype}, accepted are integers "
            "(n, H, W)"
        )
    if images.size and not 0 <= int(images.min()) <= int(images.max()) < net.levels:
        raise ValueError(f"images: got pixels outside 0 to {net.levels - 1}")
    encoder = LabelEncoder()

    def next_pixels(table: NDArray[np.float64], place: tuple[int, int]) -> NDArray[np.int64]:
        pixels = images[:, *place].astype(np.int64)
        encoder.push(table, pixels)
        return pixels

    _, check = _walked(net, images.shape, next_pixels)
    numbers = b"".join(map(_leb128.write, (net.levels, *images.shape)))
    return pack(numbers + check + encoder.finish(), kind=_KIND)


def decode_images(blob: bytes, net: PixelCNN) -> NDArray[np.int64]:
    """The images (n, H, W) in a file of `encode_images`.

    Args:
        blob: a whole file.
        net: the sender's network, to the bit.

    Raises:
        DecodeError: the file is damaged, or the predictions differ from the sender's: another
            network, or a machine with other arithmetic.
    """
    _, payload = unpack(blob, kind=_KIND)
    start, numbers = 0, []
    for name in ("levels", "images", "rows", "columns"):
        number, start = _leb128.read(payload, start, f"the number of {name}")
        numbers.append(number)
    levels, *shape = numbers
    if levels != net.levels:
        raise DecodeError(f"another network: the file has {levels} levels, it has {net.levels}")
    if len(payload) < start + _HASH:
        raise DecodeError("truncated: no hash of the predictions")
    decoder = LabelDecoder(payload[start + _HASH :])
    images, check = _walked(net, tuple(shape), lambda table, place: decoder.pop(table))
    if check != payload[start : start + _HASH]:
        raise DecodeError(
            "the predictions are not the sender's: the network is another, or this machine's "
            "arithmetic differs in the last bits; decode where the file was made"
        )
    decoder.finish()
    return images


def _walked(
    net: PixelCNN,
    shape: tuple[int, ...],
    next_pixels: Callable[[NDArray[np.float64], tuple[int, int]], NDArray[np.int64]],
) -> tuple[NDArray[np.int64], bytes]:
    """The images, told a place at a time given its predictions, and the predictions' hash."""
    count, height, width = shape
    reach, classifier = net.reach, AtPixel(net)
    known = torch.full((count, height + reach, width + 2 * reach), OUTSIDE, dtype=torch.int64)
    seen = hashlib.blake2b(digest_size=_HASH)
    with reproducible(0, threads=1):
        for row in range(height):
            for column in range(width):
                window = known[:, row : row + reach + 1, column : column + 2 * reach + 1]
                table = predictions(classifier, window)
                seen.update(cumulative_frequencies(table).astype("<i8").tobytes())
                pixels = next_pixels(table, (row, column))
                known[:, row + reach, column + reach] = torch.from_numpy(pixels)
    return known[:, reach:, reach : reach + width].numpy(), seen.digest()
