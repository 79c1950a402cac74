"""Structure that a bounded learner finds in data, in bits, apart from what looks random to it."""

from typing import TYPE_CHECKING

from complexity import _lazy

if TYPE_CHECKING:
    from mdl.epiplexity.coding import Requential as Requential
    from mdl.epiplexity.coding import decode_requential as decode_requential
    from mdl.epiplexity.coding import requential as requential
    from mdl.epiplexity.estimate import epiplexity as epiplexity
    from mdl.epiplexity.learner import CausalTransformer as CausalTransformer
    from mdl.epiplexity.learner import Transformer as Transformer
    from mdl.epiplexity.relative_entropy import message_bound as message_bound
    from mdl.epiplexity.result import Curve as Curve
    from mdl.epiplexity.result import Epiplexity as Epiplexity
    from mdl.epiplexity.training import Training as Training

_CONTENTS = {
    # structure and time-bounded entropy of data
    "Curve": "result",
    "Epiplexity": "result",
    "epiplexity": "estimate",
    # the learner
    "CausalTransformer": "learner",
    "Training": "training",
    "Transformer": "learner",
    # a trained network as a file of what it learned
    "Requential": "coding",
    "decode_requential": "coding",
    "message_bound": "relative_entropy",
    "requential": "coding",
}

__getattr__, __dir__, __all__ = _lazy.attach(__name__, _CONTENTS, extra="neural")  # pyright: ignore[reportUnsupportedDunderAll]
