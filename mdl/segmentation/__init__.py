"""Where a series changes: the segmentation of fewest bits."""

from typing import TYPE_CHECKING

from complexity import _lazy

if TYPE_CHECKING:
    from mdl.segmentation.candidates import Segments as Segments
    from mdl.segmentation.families import FAMILIES as FAMILIES
    from mdl.segmentation.families import complexities as complexities
    from mdl.segmentation.result import Segmentation as Segmentation
    from mdl.segmentation.search import segment as segment

_CONTENTS = {
    "FAMILIES": "families",
    "Segmentation": "result",
    "Segments": "candidates",
    "complexities": "families",
    "segment": "search",
}

__getattr__, __dir__, __all__ = _lazy.attach(__name__, _CONTENTS)  # pyright: ignore[reportUnsupportedDunderAll]
