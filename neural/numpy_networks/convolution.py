"""Convolution as a product of matrices, and max pooling, by columns of patches.

References:
    CS231n, notes "Convolutional networks": (W - F + 2 P) / S + 1 places, im2col.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from neural.numpy_networks.layers import Layer

__all__ = ["Convolution", "MaxPool", "col2im", "im2col", "places"]

Array = NDArray[Any]


def places(side: int, size: int, *, stride: int = 1, pad: int = 0) -> int:
    """(W - F + 2 P) / S + 1, how often a patch fits along a side.

    Raises:
        ValueError: it does not fit evenly.

    Example:
        >>> places(227, 11, stride=4)
        55
    """
    span = side - size + 2 * pad
    if span < 0 or span % stride:
        raise ValueError(
            f"size, stride, pad: patches of {size} with stride {stride} and pad {pad} do not fit "
            f"evenly into a side of {side}; accepted are those for which (W - F + 2 P) / S is whole"
        )
    return span // stride + 1


def im2col(x: Array, size: int, *, stride: int = 1, pad: int = 0) -> Array:
    """Patches as columns: (n, C size^2, P) of images (n, C, H, W), P places row by row.

    Raises:
        ValueError: patches do not fit evenly.
    """
    n, channels, height, width = x.shape
    down, right = (places(side, size, stride=stride, pad=pad) for side in (height, width))
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad))) if pad else x
    windows = sliding_window_view(padded, (size, size), (2, 3))[:, :, ::stride, ::stride]
    columns = windows.transpose(0, 1, 4, 5, 2, 3)  # (n, C, size, size, down, right)
    return columns.reshape(n, channels * size * size, down * right)


def col2im(
    columns: Array, shape: tuple[int, ...], size: int, *, stride: int = 1, pad: int = 0
) -> Array:
    """The transpose of `im2col`: every pixel the sum of its places in columns (n, C size^2, P).

    Args:
        columns: as `im2col` gives.
        shape: (n, C, H, W) of the images.
        size, stride, pad: as of `im2col`.
    """
    n, channels, height, width = shape
    down, right = (places(side, size, stride=stride, pad=pad) for side in (height, width))
    parts = columns.reshape(n, channels, size, size, down, right)
    out = np.zeros((n, channels, height + 2 * pad, width + 2 * pad), columns.dtype)
    for row in range(size):
        for column in range(size):
            out[
                :, :, row : row + stride * down : stride, column : column + stride * right : stride
            ] += parts[:, :, row, column]
    return out[:, :, pad : pad + height, pad : pad + width]


class Convolution(Layer):
    """Filters over images: (n, C, H, W) to (n, F, H', W').

    Args:
        channels: C.
        filters: F.
        size: side of a filter.
        rng: of the weights.
        stride: between places.
        pad: zeros on every side; those that keep the sides where None (odd sizes, stride 1).
        deviation: of the weights; sqrt(2 / (C size^2)) where None.
        bias: whether a constant is added; batch normalisation behind it would take it away again.
    """

    decayed = ("weight",)

    def __init__(
        self,
        channels: int,
        filters: int,
        size: int,
        rng: np.random.Generator,
        *,
        stride: int = 1,
        pad: int | None = None,
        deviation: float | None = None,
        bias: bool = True,
    ) -> None:
        super().__init__()
        self.size, self.stride, self.pad = size, stride, (size - 1) // 2 if pad is None else pad
        scale = (2 / (channels * size * size)) ** 0.5 if deviation is None else deviation
        self.parameters = {
            "weight": scale * rng.standard_normal((filters, channels, size, size)),
        }
        if bias:
            self.parameters["bias"] = np.zeros(filters)

    def forward(self, x: Array, *, training: bool = False) -> Array:
        """(n, F, H', W') of images (n, C, H, W)."""
        options = {"stride": self.stride, "pad": self.pad}
        down, right = (places(side, self.size, **options) for side in x.shape[2:])
        self._shape = x.shape
        self._columns = im2col(x, self.size, **options)  # (n, C size^2, P)
        weight = self.parameters["weight"]
        out = weight.reshape(len(weight), -1) @ self._columns  # (n, F, P)
        if "bias" in self.parameters:
            out += self.parameters["bias"][:, None]
        return out.reshape(len(x), len(weight), down, right)

    def backward(self, out: Array) -> Array:
        """(n, C, H, W) of (n, F, H', W')."""
        weight = self.parameters["weight"]
        flat = out.reshape(len(out), len(weight), -1)  # (n, F, P)
        by_weight = np.tensordot(flat, self._columns, ((0, 2), (0, 2)))
        self.gradients = {"weight": by_weight.reshape(weight.shape)}
        if "bias" in self.parameters:
            self.gradients["bias"] = flat.sum((0, 2))
        columns = weight.reshape(len(weight), -1).T @ flat
        return col2im(columns, self._shape, self.size, stride=self.stride, pad=self.pad)


class MaxPool(Layer):
    """The largest of each patch, channel by channel.

    Args:
        size: side of a patch.
        stride: between places; the size where 0.
    """

    def __init__(self, size: int = 2, *, stride: int = 0) -> None:
        super().__init__()
        self.size, self.stride = size, stride or size

    def forward(self, x: Array, *, training: bool = False) -> Array:
        """(n, C, H', W') of images (n, C, H, W)."""
        n, channels, height, width = self._shape = x.shape
        down, right = (places(side, self.size, stride=self.stride) for side in (height, width))
        alone = x.reshape(n * channels, 1, height, width)
        columns = im2col(alone, self.size, stride=self.stride)  # (n C, size^2, P)
        winners = columns.argmax(1)[:, None]
        found = np.take_along_axis(columns, winners, 1)
        self.winners = winners
        return found.reshape(n, channels, down, right)

    def backward(self, out: Array) -> Array:
        """(n, C, H, W) of (n, C, H', W'): to the winner of each patch."""
        assert self.winners is not None, "forward comes first"
        n, channels, height, width = self._shape
        columns = np.zeros((n * channels, self.size**2, self.winners.shape[2]), out.dtype)
        np.put_along_axis(columns, self.winners, out.reshape(n * channels, 1, -1), 1)
        shape = (n * channels, 1, height, width)
        return col2im(columns, shape, self.size, stride=self.stride).reshape(self._shape)
