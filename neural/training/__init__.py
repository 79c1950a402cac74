"""A network in training as a system: `simulations.observe` runs, measures, saves and resumes it."""

from typing import TYPE_CHECKING

from complexity import _lazy

if TYPE_CHECKING:
    from neural.training.measures import Measures as Measures
    from neural.training.measures import accuracy as accuracy
    from neural.training.measures import loss_bits as loss_bits
    from neural.training.optimisers import OPTIMISERS as OPTIMISERS
    from neural.training.schedules import cosine as cosine
    from neural.training.schedules import linear_warmup as linear_warmup
    from neural.training.system import TrainingRun as TrainingRun
    from neural.training.system import minibatches as minibatches

_CONTENTS = {
    # what evolves
    "TrainingRun": "system",
    "minibatches": "system",
    "OPTIMISERS": "optimisers",
    "cosine": "schedules",
    "linear_warmup": "schedules",
    # what is measured along the way
    "Measures": "measures",
    "accuracy": "measures",
    "loss_bits": "measures",
}

__getattr__, __dir__, __all__ = _lazy.attach(__name__, _CONTENTS, extra="neural")  # pyright: ignore[reportUnsupportedDunderAll]
