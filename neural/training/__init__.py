"""A network in training as a system: `simulations.observe` runs, measures, saves and resumes it."""

from typing import TYPE_CHECKING

from complexity import _lazy

if TYPE_CHECKING:
    from neural.training.batches import RowBatches as RowBatches
    from neural.training.batches import minibatches as minibatches
    from neural.training.batches import passes as passes
    from neural.training.curvature import effective_dimension as effective_dimension
    from neural.training.curvature import fisher_spectrum as fisher_spectrum
    from neural.training.measures import PREQUENTIAL as PREQUENTIAL
    from neural.training.measures import Measures as Measures
    from neural.training.measures import accuracy as accuracy
    from neural.training.measures import label_bits as label_bits
    from neural.training.measures import loss_bits as loss_bits
    from neural.training.optimisers import OPTIMISERS as OPTIMISERS
    from neural.training.schedules import cosine as cosine
    from neural.training.schedules import linear_warmup as linear_warmup
    from neural.training.schedules import noam as noam
    from neural.training.system import TrainingRun as TrainingRun

_CONTENTS = {
    # what evolves
    "TrainingRun": "system",
    "RowBatches": "batches",
    "minibatches": "batches",
    "passes": "batches",
    "OPTIMISERS": "optimisers",
    "cosine": "schedules",
    "linear_warmup": "schedules",
    "noam": "schedules",
    # what is measured along the way
    "Measures": "measures",
    "PREQUENTIAL": "measures",
    "accuracy": "measures",
    "label_bits": "measures",
    "loss_bits": "measures",
    "effective_dimension": "curvature",
    "fisher_spectrum": "curvature",
}

__getattr__, __dir__, __all__ = _lazy.attach(__name__, _CONTENTS, extra="neural")  # pyright: ignore[reportUnsupportedDunderAll]
