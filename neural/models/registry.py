"""Architectures by name, at the sizes and with the numbers of parameters that were published."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from complexity.errors import unknown

if TYPE_CHECKING:
    from torch import nn

__all__ = ["PUBLISHED", "Published", "build", "names"]


@dataclass(frozen=True)
class Published:
    """An architecture at a published size.

    Attributes:
        where: "file:Class" in this package.
        source: work, section or table.
        options: of the class, at that size.
        parameters: that it has there, tied ones once; None where no source counts them.
    """

    where: str
    source: str
    options: Mapping[str, Any] = field(default_factory=dict)
    parameters: int | None = None


PUBLISHED: dict[str, Published] = {
    "modular-transformer": Published(
        "arithmetic:ModularTransformer", "Nanda et al. 2023, section 3", {"modulus": 113}
    ),
}


def names() -> tuple[str, ...]:
    """The names that `build` knows."""
    return tuple(sorted(PUBLISHED))


def build(name: str, **options: Any) -> nn.Module:
    """An architecture at its published size, or at another by the options of its class.

    Args:
        name: one of `names()`.
        options: over those of the published size.

    Returns:
        The network with new weights, drawn from torch's global stream.

    Raises:
        ValueError: there is no such architecture; names the nearest.
        TypeError: the class has no such option.

    Example:
        >>> sum(p.numel() for p in build("modular-transformer").parameters())
        226688
    """
    if name not in PUBLISHED:
        raise unknown("name", name, PUBLISHED)
    entry = PUBLISHED[name]
    module, _, attribute = entry.where.partition(":")
    make = getattr(importlib.import_module(f"neural.models.{module}"), attribute)
    return make(**{**entry.options, **options})
