"""Generated tasks: data that need no download, drawn from a seed."""

from typing import TYPE_CHECKING

from complexity import _lazy

if TYPE_CHECKING:
    from neural.tasks.arithmetic import ModularTask as ModularTask
    from neural.tasks.arithmetic import modular as modular

_CONTENTS = {"ModularTask": "arithmetic", "modular": "arithmetic"}

__getattr__, __dir__, __all__ = _lazy.attach(__name__, _CONTENTS, extra="neural")  # pyright: ignore[reportUnsupportedDunderAll]
