"""Context mixing: many predictions of the next bit, weighed by a small network that learns."""

from typing import TYPE_CHECKING

from complexity import _lazy

if TYPE_CHECKING:
    from complexity.mixing.mixer import ContextMixer as ContextMixer
    from complexity.mixing.mixer import MixerState as MixerState

_CONTENTS = {"ContextMixer": "mixer", "MixerState": "mixer"}

__getattr__, __dir__, __all__ = _lazy.attach(__name__, _CONTENTS)  # pyright: ignore[reportUnsupportedDunderAll]
