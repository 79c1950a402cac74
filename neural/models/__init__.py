"""Architectures, at any size; at their defaults they have the published numbers of parameters."""

from typing import TYPE_CHECKING

from complexity import _lazy

if TYPE_CHECKING:
    from neural.models.arithmetic import ModularMLP as ModularMLP
    from neural.models.arithmetic import ModularTransformer as ModularTransformer
    from neural.models.registry import build as build
    from neural.models.registry import names as names

_CONTENTS = {
    # by name, at published sizes
    "build": "registry",
    "names": "registry",
    # for arithmetic modulo a prime
    "ModularMLP": "arithmetic",
    "ModularTransformer": "arithmetic",
}

__getattr__, __dir__, __all__ = _lazy.attach(__name__, _CONTENTS, extra="neural")  # pyright: ignore[reportUnsupportedDunderAll]
