"""The network of ImageNet 2012: five convolutions in two towers, three linear layers.

The towers see each other at the third convolution and at the linear layers only; convolutions in
two groups are the same thing on one device. At the defaults this is the network as published, for
images of 227 by 227; with `ONE_TOWER` the later variant without groups and without normalisation,
as torchvision has it.

References:
    A. Krizhevsky, I. Sutskever and G. Hinton, ImageNet classification with deep convolutional
        neural networks, NIPS 2012: sections 3 (architecture), 4.2 (dropout), 5 (weights' start).
    A. Krizhevsky, One weird trick for parallelizing convolutional neural networks, 2014.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from torch import Tensor, nn

from complexity.errors import integer, one_of
from neural._options import lists, shares, sizes

__all__ = ["ONE_TOWER", "SMALL", "AlexNet", "response_normalisation"]

ONE_TOWER: dict[str, Any] = {
    "side": 224, "kernels": (64, 192, 384, 256, 256), "groups": 1, "pad": 2, "normalise": False,
}  # fmt: skip
"""Options of the variant of 2014."""

SMALL: dict[str, Any] = {
    "side": 28, "kernels": (16, 32, 48, 48, 32), "hidden": (512, 512), "classes": 10,
    "first": (5, 2), "pad": 2, "pools": (1, 5), "start": "scaled",
}  # fmt: skip
"""Options of a network that one core trains in seconds, on crops of 32 by 32 pixels."""

_SIDES = (5, 3, 3, 3)  # of the kernels behind the first
_RAISED = (2, 4, 5)  # convolutions whose biases start at 1


def response_normalisation() -> nn.LocalResponseNorm:
    """a / (2 + 1e-4 sum of a^2 over 5 neighbouring channels)^0.75, section 3.3.

    torch's layer divides its alpha by the number of channels summed, so here it is five times the
    work's.
    """
    return nn.LocalResponseNorm(5, alpha=5 * 1e-4, beta=0.75, k=2.0)


class _InTowers(nn.Module):
    """Responses normalised within each tower: otherwise its edge would see the other."""

    def __init__(self, groups: int) -> None:
        super().__init__()
        self.groups, self.normalise = groups, response_normalisation()

    def forward(self, x: Tensor) -> Tensor:
        """(n, C, H, W) of the same shape."""
        n, channels, *map_ = x.shape
        towers = x.reshape(n * self.groups, channels // self.groups, *map_)  # (n g, C / g, H, W)
        return self.normalise(towers).reshape(x.shape)


class AlexNet(nn.Module):
    """Convolutions and linear layers with ReLU behind all but the last.

    Args:
        side: of the images.
        channels: of the images.
        kernels: of the five convolutions.
        hidden: units of the linear layers.
        classes: of the answer.
        groups: towers: convolutions 2, 4 and 5 see their own tower only.
        first: side and stride of the first convolution's kernels.
        pad: of the first convolution; the work says 224 pixels, and its maps need 227 without.
        pools: which convolutions are followed by pooling.
        pool: side and stride of the pooling: 3 and 2 overlap, 2 and 2 do not.
        normalise: whether responses are normalised behind convolutions 1 and 2, in each tower.
        activation: "relu" or "tanh".
        dropout: behind each hidden linear layer.
        start: "published": Gaussian weights of deviation 0.01, biases of 1 behind convolutions 2, 4
            and 5 and the hidden layers; "scaled": deviation gain / sqrt(inputs), biases of 0.

    Attributes:
        see: the convolutions and what is between.
        answer: the linear layers.

    Raises:
        TypeError, ValueError: an argument is out of range, or the map is smaller than a pool.
    """

    def __init__(
        self,
        *,
        side: int = 227,
        channels: int = 3,
        kernels: Sequence[int] = (96, 256, 384, 384, 256),
        hidden: Sequence[int] = (4096, 4096),
        classes: int = 1000,
        groups: int = 2,
        first: tuple[int, int] = (11, 4),
        pad: int = 0,
        pools: Sequence[int] = (1, 2, 5),
        pool: tuple[int, int] = (3, 2),
        normalise: bool = True,
        activation: str = "relu",
        dropout: float = 0.5,
        start: str = "published",
    ) -> None:
        super().__init__()
        self.activation = one_of("activation", activation, ("relu", "tanh"))
        one_of("start", start, ("published", "scaled"))
        sizes(1, channels=channels, classes=classes, groups=groups)
        sizes(0, pad=pad)
        lists(1, 0, kernels=kernels, hidden=hidden, first=first, pools=pools, pool=pool)
        shares(dropout=dropout)
        if len(kernels) != 5:
            raise ValueError(f"kernels: got {len(kernels)}, accepted are those of 5 convolutions")
        for name, sides in (("first", first), ("pool", pool)):
            if len(sides) != 2:
                raise ValueError(f"{name}: got {tuple(sides)}, accepted are a side and a stride")
        if any(each % groups for each in kernels):
            raise ValueError(
                f"groups: got {groups}, accepted is a divisor of all kernels, {tuple(kernels)}"
            )
        if any(each > len(kernels) for each in pools):
            raise ValueError(f"pools: got {tuple(pools)}, accepted are numbers from 1 to 5")
        size, layers = integer("side", side, 1), []
        for at, (before, after) in enumerate(pairwise([channels, *kernels]), 1):
            kernel, stride = first if at == 1 else (_SIDES[at - 2], 1)
            around = pad if at == 1 else kernel // 2
            towers = groups if at in _RAISED else 1
            layers.append(nn.Conv2d(before, after, kernel, stride, around, groups=towers))
            layers.append(self._activation())
            size = _size("side", size + 2 * around, kernel, stride, side)
            if normalise and at <= 2:
                layers.append(_InTowers(groups))
            if at in pools:
                layers.append(nn.MaxPool2d(*pool))
                size = _size("side", size, *pool, side)
        self.see = nn.Sequential(*layers)
        linear: list[nn.Module] = []
        for before, after in pairwise([kernels[-1] * size * size, *hidden]):
            linear += [nn.Linear(before, after), self._activation(), nn.Dropout(dropout)]
        last = hidden[-1] if hidden else kernels[-1] * size * size
        self.answer = nn.Sequential(*linear, nn.Linear(last, classes))
        self._start(published=start == "published")

    def _activation(self) -> nn.Module:
        return nn.ReLU() if self.activation == "relu" else nn.Tanh()

    def _start(self, *, published: bool) -> None:
        gain = {"relu": 2**0.5, "tanh": 5 / 3}[self.activation]  # as nn.init.calculate_gain
        convolutions = [each for each in self.see if isinstance(each, nn.Conv2d)]
        linear = [each for each in self.answer if isinstance(each, nn.Linear)]
        raised = [*(convolutions[at - 1] for at in _RAISED), *linear[:-1]]
        for layer in [*convolutions, *linear]:
            fan_in = layer.weight[0].numel()
            nn.init.normal_(layer.weight, 0.0, 0.01 if published else gain / fan_in**0.5)
            if layer.bias is not None:
                nn.init.constant_(layer.bias, float(published and layer in raised))

    def forward(self, images: Tensor) -> Tensor:
        """Logits (n, classes) of images (n, channels, side, side)."""
        return self.answer(self.see(images).flatten(1))


def _size(argument: str, size: int, kernel: int, stride: int, given: int) -> int:
    """The side of a map behind a kernel."""
    found = (size - kernel) // stride + 1
    if size < kernel:
        raise ValueError(
            f"{argument}: got {given}, accepted is a larger one: a map of {size} is left for a "
            f"kernel of {kernel}; or other pools"
        )
    return found
