"""Dilated convolutions: the context modules, the front end cut from VGG-16, and both together.

A convolution dilated by l takes its samples l apart, (F *_l k)(p) = sum over s + l t = p of
F(s) k(t). Layers dilated by 1, 2, 4, ... see a window that grows by powers of two, with parameters
that grow by the layer, and without losing resolution.

References:
    F. Yu and V. Koltun, Multi-scale context aggregation by dilated convolutions, ICLR 2016
        (arXiv:1511.07122): sections 3 and 4, table 1, equations 4 and 5; appendix A has the
        modules for urban scenes, with two more layers for Cityscapes and one less for KITTI.
    K. Simonyan and A. Zisserman, Very deep convolutional networks, ICLR 2015: VGG-16.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from complexity.errors import integer, one_of
from neural._options import lists, numbers, shares, sizes

__all__ = [
    "BASIC",
    "CITYSCAPES",
    "LARGE",
    "ContextModule",
    "DilatedNetwork",
    "FrontEnd",
    "Segmenter",
    "identity_weights",
    "receptive_fields",
]

BASIC = (1, 1, 2, 4, 8, 16, 1)
"""Dilations of the layers of 3 by 3, table 1; behind them is one of 1 by 1."""

CITYSCAPES = (1, 1, 2, 4, 8, 16, 32, 64, 1)
"""The same for larger images: ten layers in all, appendix A."""

LARGE = (2, 2, 4, 8, 16, 32, 32)
"""Maps of the layers of the large module by those that come in, table 1; the last gives as many as
came."""


def receptive_fields(module: nn.Module) -> tuple[int, ...]:
    """The side of the window that a unit sees behind every convolution and pooling, in order.

    Args:
        module: a chain of layers, with square kernels.

    Example:
        >>> receptive_fields(ContextModule(2))
        (3, 5, 9, 17, 33, 65, 67, 67)
    """
    side, jump, found = 1, 1, []
    for layer in module.modules():
        if isinstance(layer, nn.Conv2d | nn.MaxPool2d):
            kernel, stride, dilation = (
                each if isinstance(each, int) else int(each[0])
                for each in (layer.kernel_size, layer.stride, layer.dilation)
            )
            side += (kernel - 1) * dilation * jump
            jump *= stride
            found.append(side)
    return tuple(found)


@torch.no_grad()
def identity_weights(conv: nn.Conv2d, maps: int, *, noise: float = 0.0) -> None:
    """Weights by which a layer hands on what it is given; equation 5, and 4 where widths are equal.

    Maps are spread over C groups, those of a group going to all of the same group, each weight
    C / outputs, so that a group's sum stays what it is. Biases are 0.

    Args:
        conv: with inputs and outputs that are multiples of C.
        maps: C, the number of groups.
        noise: deviation of all other weights, by C / outputs: it breaks ties within a group.

    Raises:
        ValueError: C does not divide the inputs or the outputs.
    """
    outputs, inputs = conv.weight.shape[:2]
    if outputs % maps or inputs % maps:
        raise ValueError(
            f"maps: got {maps}, accepted is a number that divides {inputs} inputs and {outputs} "
            "outputs"
        )
    nn.init.normal_(conv.weight, std=noise * maps / outputs) if noise else conv.weight.zero_()
    group_in = torch.arange(inputs) * maps // inputs
    group_out = torch.arange(outputs) * maps // outputs
    same = group_out[:, None] == group_in  # (outputs, inputs)
    middle = conv.kernel_size[0] // 2
    centre = conv.weight[:, :, middle, middle]
    centre[same.to(centre.device)] = maps / outputs
    assert conv.bias is not None
    conv.bias.zero_()


class ContextModule(nn.Module):
    """Layers of 3 by 3, each dilated and with a ReLU, and one of 1 by 1; C maps in, C maps out.

    Basic: 64 C^2 + 8 C parameters, whatever the dilations.

    Args:
        maps: C.
        widths: maps of the layers of 3 by 3, by C; None for 1 each.
        dilations: of these layers.
        initial: "identity" for `identity_weights`, "he" for He's normal law and biases of 0.
        noise: of `identity_weights`.
        padding: "layers": zeros at each layer, as in the released program; "once": as many zeros
            around the input as the layers take away, 33 for the basic module (section 4).

    Raises:
        TypeError, ValueError: a number is below 1 (the noise, below 0), there are not as many
            widths as dilations, or a name is unknown.
    """

    def __init__(
        self,
        maps: int = 21,
        *,
        widths: Sequence[int] | None = None,
        dilations: Sequence[int] = BASIC,
        initial: str = "identity",
        noise: float = 0.0,
        padding: str = "layers",
    ) -> None:
        super().__init__()
        lists(1, 0, dilations=dilations)
        numbers(0, noise=noise)
        widths = [1] * len(dilations) if widths is None else widths
        lists(1, 0, widths=widths)
        if len(widths) != len(dilations):
            raise ValueError(
                f"widths: got {len(widths)}, accepted are as many as dilations, {len(dilations)}"
            )
        one_of("initial", initial, ("identity", "he"))
        once = one_of("padding", padding, ("layers", "once")) == "once"
        self.margin = sum(dilations) if once else 0
        layers: list[nn.Module] = []
        before = integer("maps", maps, 1)
        for width, dilation in zip(widths, dilations, strict=True):
            edge = 0 if once else dilation
            layers += [
                nn.Conv2d(before, width * maps, 3, padding=edge, dilation=dilation),
                nn.ReLU(),
            ]
            before = width * maps
        self.layers = nn.Sequential(*layers, nn.Conv2d(before, maps, 1))
        for layer in self.layers:
            if isinstance(layer, nn.Conv2d):
                if initial == "identity":
                    identity_weights(layer, maps, noise=noise)
                else:
                    he_weights(layer)

    def forward(self, x: Tensor) -> Tensor:
        """(n, C, H, W) of (n, C, H, W)."""
        return self.layers(functional.pad(x, (self.margin,) * 4))


def he_weights(conv: nn.Conv2d) -> None:
    """He's normal law for rectified units, and biases of 0."""
    nn.init.kaiming_normal_(conv.weight, nonlinearity="relu")
    assert conv.bias is not None
    nn.init.zeros_(conv.bias)


class FrontEnd(nn.Sequential):
    """VGG-16 without its last two poolings, the layers behind them dilated by 2 and 4, unpadded.

    A pixel of the output sees 380 by 380 pixels and stands 8 from the next: with a margin of 186,
    900 by 900 pixels give 66 by 66 predictions.

    Args:
        classes: maps that come out.
        widths: kernels of the five blocks of 3 by 3.
        hidden: units of the layers that were fully connected.
        dropout: behind these.

    Raises:
        TypeError, ValueError: a number is below 1, there are not five widths, or the dropout is no
            share.
    """

    def __init__(
        self,
        classes: int = 21,
        *,
        widths: Sequence[int] = (64, 128, 256, 512, 512),
        hidden: int = 4096,
        dropout: float = 0.5,
    ) -> None:
        sizes(1, classes=classes, hidden=hidden)
        lists(1, 0, widths=widths)
        shares(dropout=dropout)
        layers: list[nn.Module] = []
        before = 3
        depths, dilations = (2, 2, 3, 3, 3), (1, 1, 1, 1, 2)
        if len(widths) != len(depths):
            raise ValueError(f"widths: got {len(widths)}, accepted are those of 5 blocks")
        for at, (width, depth, dilation) in enumerate(zip(widths, depths, dilations, strict=True)):
            for _ in range(depth):
                layers += [nn.Conv2d(before, width, 3, dilation=dilation), nn.ReLU()]
                before = width
            if at < 3:
                layers.append(nn.MaxPool2d(2))
        layers += [nn.Conv2d(before, hidden, 7, dilation=4), nn.ReLU(), nn.Dropout(dropout)]
        layers += [nn.Conv2d(hidden, hidden, 1), nn.ReLU(), nn.Dropout(dropout)]
        super().__init__(*layers, nn.Conv2d(hidden, classes, 1))

    # (n, classes, H', W') of (n, 3, H, W)


class DilatedNetwork(nn.Sequential):
    """The front end and the context module on its maps: "Dilation8" of section 5.

    Args:
        classes: C.
        front: options of `FrontEnd`.
        context: options of `ContextModule`.
    """

    def __init__(
        self, classes: int = 21, *, front: dict | None = None, context: dict | None = None
    ) -> None:
        super().__init__(
            FrontEnd(classes, **(front or {})), ContextModule(classes, **(context or {}))
        )


class Segmenter(nn.Module):
    """A context module behind one layer of 3 by 3: labels for the pixels of small images.

    Args:
        channels: of the images.
        classes: K.
        maps: C, of the module.
        context: further options of `ContextModule`.
    """

    def __init__(
        self, channels: int = 1, classes: int = 2, *, maps: int = 8, **context: object
    ) -> None:
        super().__init__()
        sizes(1, channels=channels, classes=classes, maps=maps)
        self.stem = nn.Conv2d(channels, maps, 3, padding=1)
        self.context = ContextModule(maps, **context)  # pyright: ignore[reportArgumentType]
        self.head = nn.Conv2d(maps, classes, 1)
        he_weights(self.stem)

    def forward(self, images: Tensor) -> Tensor:
        """Logits (n, K, H, W) of images (n, channels, H, W)."""
        maps = functional.relu(self.stem(images))  # (n, C, H, W)
        return self.head(self.context(maps))
