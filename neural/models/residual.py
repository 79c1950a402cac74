"""Residual networks and their plain counterparts: every depth, shortcut and order of layers.

A unit is x -> after(h(x) + F(x)): F the branch of two or three convolutions, h the shortcut. A
plain network is the same without shortcuts. Where a stage begins the map halves, and h follows: by
zeros for the new channels (A), by a projection there (B), or by a projection in every unit (C).

References:
    K. He, X. Zhang, S. Ren and J. Sun, Deep residual learning for image recognition, CVPR 2016:
        sections 3.3, 4.1 (shortcuts A, B, C; Table 1: ImageNet) and 4.2 (CIFAR-10: 6n + 2 layers).
    K. He, X. Zhang, S. Ren and J. Sun, Identity mappings in deep residual networks, ECCV 2016:
        Figures 2 and 4 (shortcuts, orders of activation), Table 1; the authors' program
        resnet-1k-layers for 9n + 2 layers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from complexity.errors import integer, one_of, unknown
from neural._options import lists, numbers, sizes

__all__ = [
    "ORDERS",
    "ResidualNetwork",
    "Shortcut",
    "Unit",
    "cifar",
    "imagenet",
]

ORDERS = ("original", "bn-after", "relu-before", "relu-first", "pre-activation")
"""Figure 4, (a) to (e): what comes before, between and behind the convolutions of a unit."""

_PARTS = {  # around each convolution: before it, behind it; behind the last; behind the sum
    "original": ("", "br", "b", "r"),
    "bn-after": ("", "br", "", "br"),
    "relu-before": ("", "br", "br", ""),
    "relu-first": ("r", "b", "b", ""),
    "pre-activation": ("br", "", "", ""),
}

_IMAGENET = {
    18: (False, (2, 2, 2, 2)),
    34: (False, (3, 4, 6, 3)),
    50: (True, (3, 4, 6, 3)),
    101: (True, (3, 4, 23, 3)),
    152: (True, (3, 8, 36, 3)),
    200: (True, (3, 24, 36, 3)),
}
"""Depth -> whether units are bottlenecks, units of a stage: Table 1, and 200 of the second work."""

_KINDS = ("A", "B", "C", "none")

_EXPANSION = 4  # of a bottleneck


@dataclass(frozen=True)
class Shortcut:
    """What runs beside a unit's branch.

    Attributes:
        kind: "A" (identity; strided and padded with zeros where sizes change), "B" (a projection
            where sizes change), "C" (always a projection), "none" (a plain network).
        scale: a constant factor of the shortcut.
        branch_scale: a constant factor of the branch.
        gate: "none"; "exclusive": the branch by g(x), the shortcut by 1 - g(x); "shortcut-only":
            the shortcut by 1 - g(x). g is a sigmoid of a 1x1 convolution.
        gate_bias: that its bias starts at.
        dropout: on the shortcut.

    Raises:
        TypeError, ValueError: an attribute is none of these.
    """

    kind: str = "A"
    scale: float = 1.0
    branch_scale: float = 1.0
    gate: str = "none"
    gate_bias: float = -6.0
    dropout: float = 0.0

    def __post_init__(self) -> None:
        one_of("kind", self.kind, _KINDS)
        one_of("gate", self.gate, ("none", "exclusive", "shortcut-only"))
        numbers(-math.inf, scale=self.scale, branch_scale=self.branch_scale)
        numbers(-math.inf, gate_bias=self.gate_bias)
        numbers(0, dropout=self.dropout)
        if self.dropout >= 1:
            raise ValueError(f"dropout: got {self.dropout}, accepted is from 0 to below 1")
        changed = (self.scale, self.branch_scale, self.gate, self.dropout) != (1, 1, "none", 0)
        if self.kind == "none" and changed:
            raise ValueError("kind: got 'none', accepted with nothing else: there is no shortcut")


class _Zeros(nn.Module):
    """Shortcut A where sizes change: every stride-th pixel, zeros as new channels on both sides."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.stride, more = stride, outputs - inputs
        if more < 0:
            raise ValueError(
                f"widths: got {outputs} channels behind {inputs}, accepted by shortcut A are as "
                "many or more"
            )
        self.before, self.behind = more // 2, more - more // 2

    def forward(self, x: Tensor) -> Tensor:
        """(n, outputs, H / stride, W / stride) of (n, inputs, H, W)."""
        small = x[:, :, :: self.stride, :: self.stride]
        return functional.pad(small, (0, 0, 0, 0, self.before, self.behind))


def _convolution(inputs: int, outputs: int, side: int, stride: int = 1) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, side, stride, side // 2, bias=False)


def _activation(parts: str, width: int) -> list[nn.Module]:
    """Batch normalisation for a "b", a ReLU for an "r"."""
    return [nn.BatchNorm2d(width) if part == "b" else nn.ReLU() for part in parts]


class Unit(nn.Module):
    """after(h(x) + F(x)), or after(F(x)) where there is no shortcut.

    Args:
        inputs: channels that come.
        width: channels of the 3x3 convolutions; a bottleneck gives four times as many.
        stride: of the first convolution that has one.
        bottleneck: whether F is 1x1, 3x3, 1x1; else 3x3, 3x3.
        order: one of `ORDERS`.
        shortcut: what h is.
        stride_first: whether a bottleneck's first convolution has the stride, else the 3x3.
        activated: whether what comes is activated already, as of a network's first unit.

    Attributes:
        shared: what is applied before both branch and shortcut.
        branch: F.
        after: behind the sum.
    """

    def __init__(
        self,
        inputs: int,
        width: int,
        stride: int = 1,
        *,
        bottleneck: bool = False,
        order: str = "original",
        shortcut: Shortcut | None = None,
        stride_first: bool = True,
        activated: bool = False,
    ) -> None:
        super().__init__()
        sizes(1, inputs=inputs, width=width, stride=stride)
        self.rule = rule = shortcut or Shortcut()
        before, between, last, after = _PARTS[one_of("order", order, ORDERS)]
        sides = (1, 3, 1) if bottleneck else (3, 3)
        outputs = width * _EXPANSION if bottleneck else width
        channels = [inputs, *[width] * (len(sides) - 1), outputs]
        changes = stride != 1 or inputs != outputs
        project = rule.kind == "C" or (rule.kind == "B" and changes)
        # one activation before branch and projection, as in the authors' program
        sharing = bool(before) and project and not activated
        self.shared = nn.Sequential(*_activation(before if sharing else "", inputs))
        strided = 0 if stride_first or not bottleneck else 1
        layers: list[nn.Module] = []
        for at, side in enumerate(sides):
            if at or not (sharing or activated):
                layers += _activation(before, channels[at])
            step = stride if at == strided else 1
            layers.append(_convolution(channels[at], channels[at + 1], side, step))
            layers += _activation(last if at == len(sides) - 1 else between, channels[at + 1])
        self.branch = nn.Sequential(*layers)
        self.shortcut: nn.Module = nn.Identity()
        if project:
            norm = "" if order == "pre-activation" else "b"
            projection = _convolution(inputs, outputs, 1, stride)
            self.shortcut = nn.Sequential(projection, *_activation(norm, outputs))
        elif rule.kind == "A" and changes:
            self.shortcut = _Zeros(inputs, outputs, stride)
        self.gate = None if rule.gate == "none" else nn.Conv2d(inputs, outputs, 1, stride)
        self.after = nn.Sequential(*_activation(after, outputs))

    def forward(self, x: Tensor) -> Tensor:
        """(n, outputs, H / stride, W / stride) of (n, inputs, H, W)."""
        x = self.shared(x)
        found = self.branch(x)
        if self.rule.kind == "none":
            return self.after(found)
        beside = self.shortcut(x)
        if self.rule.scale != 1 or self.rule.branch_scale != 1:
            beside, found = beside * self.rule.scale, found * self.rule.branch_scale
        if self.gate is not None:
            gate = torch.sigmoid(self.gate(x))  # (n, outputs, H / stride, W / stride)
            beside = beside * (1 - gate)
            found = found * gate if self.rule.gate == "exclusive" else found
        beside = functional.dropout(beside, self.rule.dropout, self.training)
        return self.after(beside + found)


class ResidualNetwork(nn.Module):
    """A first convolution, stages of units, the mean over the map, a linear classifier.

    Args:
        units: of every stage.
        widths: of the 3x3 convolutions of every stage.
        first: channels of the first convolution.
        bottleneck, order, shortcut, stride_first: as of `Unit`; a letter is a shortcut of its kind.
        channels: of the images.
        classes: of the answer.
        large: whether the first convolution is 7x7 with stride 2, and pooled, for ImageNet's sizes;
            else 3x3.

    Attributes:
        stages: of units.

    Raises:
        TypeError, ValueError: a number is below 1, units and widths differ in number, or an
            argument is unknown.
    """

    def __init__(
        self,
        units: Sequence[int],
        widths: Sequence[int],
        *,
        first: int = 16,
        bottleneck: bool = False,
        order: str = "original",
        shortcut: Shortcut | str = "A",
        stride_first: bool = True,
        channels: int = 3,
        classes: int = 10,
        large: bool = False,
    ) -> None:
        super().__init__()
        lists(1, 1, units=units, widths=widths)
        sizes(1, first=first, channels=channels, classes=classes)
        if len(units) != len(widths):
            raise ValueError(
                f"widths: got {len(widths)} for {len(units)} stages, accepted is one of each stage"
            )
        one_of("order", order, ORDERS)
        rule = shortcut
        if not isinstance(rule, Shortcut):
            rule = Shortcut(one_of("shortcut", rule, _KINDS))
        begin = (
            nn.Conv2d(channels, first, 7, 2, 3, bias=False)
            if large
            else _convolution(channels, first, 3)
        )
        pool = [nn.MaxPool2d(3, 2, 1)] if large else []
        self.begin = nn.Sequential(begin, *_activation("br", first), *pool)
        inputs, stages = first, []
        for at, (count, width) in enumerate(zip(units, widths, strict=True)):
            stage = []
            for each in range(count):
                stage.append(
                    Unit(
                        inputs, width, 2 if at and not each else 1, bottleneck=bottleneck,
                        order=order, shortcut=rule, stride_first=stride_first,
                        activated=not (at or each),
                    )
                )  # fmt: skip
                inputs = width * _EXPANSION if bottleneck else width
            stages.append(nn.Sequential(*stage))
        self.stages = nn.Sequential(*stages)
        end = {"pre-activation": "br", "relu-first": "r"}.get(order, "")
        self.end = nn.Sequential(*_activation(end, inputs))
        self.answer = nn.Linear(inputs, classes)
        self._start(rule)

    def _start(self, rule: Shortcut) -> None:
        """Weights by He et al. 2015, of deviation sqrt(2 / (k k outputs)); gates almost shut."""
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
                if module.bias is not None:
                    nn.init.constant_(module.bias, rule.gate_bias)
        nn.init.zeros_(self.answer.bias)

    @property
    def units(self) -> list[Unit]:
        """All units, from the images on."""
        return [module for module in self.modules() if isinstance(module, Unit)]

    def forward(self, images: Tensor) -> Tensor:
        """Logits (n, classes) of images (n, channels, H, W)."""
        x = self.stages(self.begin(images))  # (n, C, h, w)
        return self.answer(self.end(x).mean((2, 3)))


def cifar(
    depth: int = 20,
    *,
    widths: Sequence[int] = (16, 32, 64),
    bottleneck: bool = False,
    **options: Any,
) -> ResidualNetwork:
    """A network for small images: three stages of n units, 6n + 2 layers, or 9n + 2 of bottlenecks.

    Args:
        depth: layers with weights, projections not counted: 6n + 2, of bottlenecks 9n + 2.
        widths: of the stages.
        bottleneck: whether units have three convolutions; shortcuts then are "B" unless said.
        options: others of `ResidualNetwork`.

    Raises:
        TypeError, ValueError: an argument is out of range.

    Example:
        >>> sum(p.numel() for p in cifar(110).parameters())
        1727962
    """
    each = 9 if bottleneck else 6
    n, rest = divmod(integer("depth", depth, each + 2) - 2, each)
    if rest:
        raise ValueError(
            f"depth: got {depth}, accepted is {each}n + 2, as {each * n + 2} or "
            f"{each * (n + 1) + 2}"
        )
    lists(1, 1, widths=widths)
    kinds = {"shortcut": "B" if bottleneck else "A", "first": widths[0]}
    return ResidualNetwork([n] * 3, widths, bottleneck=bottleneck, **{**kinds, **options})


def imagenet(depth: int = 50, *, version: str = "v1", **options: Any) -> ResidualNetwork:
    """A network of the work's Table 1, for images of about 224 by 224.

    Args:
        depth: 18, 34, 50, 101, 152 or 200.
        version: "v1": a bottleneck's first convolution has the stride, as published; "v1.5": its
            3x3 has, as in most programs since.
        options: others of `ResidualNetwork`; `shortcut="none"` is the plain network.

    Raises:
        ValueError: an argument is out of range.

    Example:
        >>> sum(p.numel() for p in imagenet(18).parameters())
        11689512
    """
    one_of("version", version, ("v1", "v1.5"))
    if integer("depth", depth, 1) not in _IMAGENET:
        raise unknown("depth", str(depth), [str(each) for each in _IMAGENET])
    bottleneck, units = _IMAGENET[depth]
    kinds = {"shortcut": "B", "first": 64, "classes": 1000, "large": True}
    return ResidualNetwork(
        units, (64, 128, 256, 512), bottleneck=bottleneck, stride_first=version == "v1",
        **{**kinds, **options},
    )  # fmt: skip
