"""The idx format of MNIST: a magic number, the sizes, then the bytes."""

from __future__ import annotations

import gzip
import math
import zlib

import numpy as np
from numpy.typing import NDArray

__all__ = ["parse"]


def parse(octets: bytes) -> NDArray[np.uint8]:
    """Read an idx file of unsigned bytes, as it is or compressed by gzip.

    Args:
        octets: two bytes 0, the type 8, the number of dimensions, each dimension as a big-endian
            32-bit integer, the values with the last dimension fastest.

    Returns:
        The values in that shape, uint8, writable.

    Raises:
        ValueError: it is not such a file, or too short or too long.

    References:
        Y. LeCun, C. Cortes, C. Burges, The MNIST database of handwritten digits (1998), "the IDX
        file format".

    Example:
        >>> parse(bytes([0, 0, 8, 2, 0, 0, 0, 1, 0, 0, 0, 3, 7, 8, 9]))
        array([[7, 8, 9]], dtype=uint8)
    """
    if octets[:2] == b"\x1f\x8b":
        try:
            octets = gzip.decompress(octets)
        except (OSError, EOFError, zlib.error) as error:
            raise ValueError(f"idx: not a gzip file: {error}") from None
    if len(octets) < 4 or octets[:3] != b"\0\0\x08":
        raise ValueError(f"idx: it begins with {octets[:4].hex()}, accepted is 000008 and a number")
    start = 4 + 4 * octets[3]
    shape = [int.from_bytes(octets[at : at + 4], "big") for at in range(4, start, 4)]
    if len(octets) - start != math.prod(shape):
        raise ValueError(f"idx: {len(octets) - start} values for shape {tuple(shape)}")
    return np.frombuffer(octets, np.uint8, offset=start).reshape(shape).copy()
