"""Networks that predict every pixel of an image from the pixels before it: masked convolutions.

A mask leaves of a kernel what comes before its centre in raster order (A), or also the centre (B);
a first layer of kind A and others of kind B make the image's probability a product over pixels.
Here weights that the mask would make zero do not exist, so no description of the network pays for
them. Nothing is padded within the network: a pixel's prediction is one function of its causal
window, wherever in the image it is.

References:
    A. van den Oord, N. Kalchbrenner and K. Kavukcuoglu, Pixel recurrent neural networks, ICML 2016:
        masks A and B (section 3.4), the residual block (figure 5), the order of layers (table 1).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from complexity.errors import integer
from neural._options import shaped, sizes

__all__ = ["OUTSIDE", "AtPixel", "MaskedConvolution", "PixelCNN", "causal_windows", "framed"]

OUTSIDE = -1
"""Stands for a pixel beyond the edge, or not yet known."""


class MaskedConvolution(nn.Module):
    """A convolution with a kernel of side 2 reach + 1 of which the mask leaves the causal part.

    Args:
        inputs, outputs: channels.
        reach: rows above, and columns to either side; 0 with a centre is a layer by pixel.
        centre: whether the pixel itself is seen (mask B), or only those before it (mask A).

    Raises:
        TypeError, ValueError: a number is below 1 (of `reach` with a centre, below 0).
    """

    def __init__(self, inputs: int, outputs: int, reach: int, *, centre: bool) -> None:
        super().__init__()
        sizes(1, inputs=inputs, outputs=outputs)
        self.reach = integer("reach", reach, 0 if centre else 1)
        self.places = reach * (2 * reach + 1) + reach + centre  # in raster order
        self.linear = nn.Linear(inputs * self.places, outputs)

    def forward(self, x: Tensor) -> Tensor:
        """(n, H, W, outputs) of (n, H + reach, W + 2 reach, inputs): no edge is filled in."""
        windows = x.unfold(1, self.reach + 1, 1).unfold(2, 2 * self.reach + 1, 1)
        seen = windows.flatten(-2)[..., : self.places]  # (n, H, W, inputs, places)
        return self.linear(seen.flatten(-2))


class _Residual(nn.Module):
    """x + 1x1(reach x reach of kind B(1x1(x))), rectified before each layer, half the channels."""

    def __init__(self, width: int, reach: int) -> None:
        super().__init__()
        self.narrow = nn.Linear(width, width // 2)
        self.look = MaskedConvolution(width // 2, width // 2, reach, centre=True)
        self.widen = nn.Linear(width // 2, width)

    def forward(self, x: Tensor) -> Tensor:
        inner = self.look(functional.relu(self.narrow(functional.relu(x))))
        reach = self.look.reach
        kept = x[:, reach:, reach : x.shape[2] - reach]
        return kept + self.widen(functional.relu(inner))


class PixelCNN(nn.Module):
    """Predictions of all pixels of images of one channel.

    Args:
        levels: K, what a pixel may be: 0 to K - 1, taken as magnitudes.
        reach: of the first layer, of kind A.
        width: channels behind it; even where there are blocks.
        blocks: residual ones, of kind B.
        block_reach: of each of them.
        hidden: units of the last hidden layer, by pixel.

    Raises:
        TypeError, ValueError: fewer levels than 2, another number below 1 (of `blocks` and
            `block_reach`, below 0), or an odd width for blocks.
    """

    def __init__(
        self,
        levels: int = 2,
        *,
        reach: int = 3,
        width: int = 32,
        blocks: int = 0,
        block_reach: int = 1,
        hidden: int = 32,
    ) -> None:
        super().__init__()
        self.levels = integer("levels", levels, 2)
        sizes(1, reach=reach, width=width, hidden=hidden)
        sizes(0, blocks=blocks, block_reach=block_reach)
        if blocks and width % 2:
            raise ValueError(f"width: got {width}, accepted with blocks is an even one")
        self.reach = reach + blocks * block_reach
        self.first = MaskedConvolution(1, width, reach, centre=False)
        self.blocks = nn.Sequential(*(_Residual(width, block_reach) for _ in range(blocks)))
        self.hidden = nn.Linear(width, hidden)
        self.last = nn.Linear(hidden, levels)

    def forward(self, images: Tensor) -> Tensor:
        """Logits (n, H, W, K) of the pixels of images (n, H, W), each given those before it.

        Raises:
            ValueError: they have another shape.
        """
        shaped("images", images, "n", "H", "W")
        return self.interior(framed(images, self.reach))

    def interior(self, padded: Tensor) -> Tensor:
        """Logits (n, H, W, K) of images with their edges, (n, H + reach, W + 2 reach)."""
        values = padded.to(self.last.weight.dtype) * (2 / (self.levels - 1)) - 1
        x = torch.where(padded == OUTSIDE, 0.0, values)[..., None]  # -1 to 1, 0 outside
        x = self.blocks(self.first(x))  # (n, H, W, width)
        return self.last(functional.relu(self.hidden(functional.relu(x))))


class AtPixel(nn.Module):
    """A `PixelCNN` as a classifier of single pixels, which codes of classifiers can take.

    Args:
        net: the network.
    """

    def __init__(self, net: PixelCNN) -> None:
        super().__init__()
        self.net = net

    def forward(self, windows: Tensor) -> Tensor:
        """Logits (m, K) of the pixels with these causal windows (m, reach + 1, 2 reach + 1)."""
        return self.net.interior(windows)[:, 0, 0]


def framed(images: Tensor, reach: int) -> Tensor:
    """Images (n, H, W) with `OUTSIDE` around them, (n, H + reach, W + 2 reach).

    Dtypes that have no negative number become int64.
    """
    signed = images if images.dtype.is_signed else images.long()
    return functional.pad(signed, (reach, reach, reach, 0), value=OUTSIDE)


def causal_windows(images: Tensor, reach: int) -> Tensor:
    """What a pixel is predicted from, for all pixels in raster order, image by image.

    Args:
        images: (n, H, W) integers.
        reach: rows above and columns to either side.

    Returns:
        (n H W, reach + 1, 2 reach + 1); `OUTSIDE` beyond the edges, and from the pixel itself on.
    """
    padded = framed(images, reach)
    side = 2 * reach + 1
    windows = padded.unfold(1, reach + 1, 1).unfold(2, side, 1)  # (n, H, W, reach + 1, side)
    windows = windows.reshape(-1, reach + 1, side).clone()
    windows[:, -1, reach:] = OUTSIDE
    return windows
