"""Context models: context-tree weighting and Markov codes, arithmetic-coded."""

from typing import TYPE_CHECKING

from complexity import _lazy

if TYPE_CHECKING:
    from complexity.context.ctw import ContextTree as ContextTree
    from complexity.context.ctw import Ctw as Ctw
    from complexity.context.ctw import CtwBits as CtwBits
    from complexity.context.factored import FactoredContextTree as FactoredContextTree
    from complexity.context.order_k import Kt as Kt
    from complexity.context.order_k import KtBytes as KtBytes

_CONTENTS = {
    "ContextTree": "ctw",
    "Ctw": "ctw",
    "CtwBits": "ctw",
    "FactoredContextTree": "factored",
    "Kt": "order_k",
    "KtBytes": "order_k",
}

__getattr__, __dir__, __all__ = _lazy.attach(__name__, _CONTENTS)  # pyright: ignore[reportUnsupportedDunderAll]
