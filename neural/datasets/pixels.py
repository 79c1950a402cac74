"""An image file as an array."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray

__all__ = ["read_image"]


def read_image(octets: bytes) -> NDArray[np.uint8]:
    """Read an image file.

    Returns:
        (height, width) or (height, width, channels) uint8, writable; of one bit a pixel, 0 and 1.

    Raises:
        ValueError: it is not an image that Pillow knows, or one of more than 8 bits a value.
    """
    from PIL import Image

    try:
        with Image.open(io.BytesIO(octets)) as image:
            found = np.array(image)
    except (OSError, SyntaxError, EOFError) as error:
        raise ValueError(f"not an image that Pillow can read: {error}") from None
    if found.dtype not in (np.uint8, np.bool_):
        raise ValueError(f"an image of {found.dtype}, accepted are at most 8 bits a value")
    return found.astype(np.uint8)
