"""A code of arrays whose contexts are templates of neighbouring cells, in all dimensions."""

from typing import TYPE_CHECKING

from complexity import _lazy

if TYPE_CHECKING:
    from complexity.template.codec import Template as Template

_CONTENTS = {
    "Template": "codec",
}

__getattr__, __dir__, __all__ = _lazy.attach(__name__, _CONTENTS)  # pyright: ignore[reportUnsupportedDunderAll]
