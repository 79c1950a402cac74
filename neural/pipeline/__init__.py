"""A network of layers in a row, trained by several processes that hold a stage of it each (GPipe).

`train` starts the processes itself, or takes its place among those that torchrun started. What a
stage computes does not depend on how the layers were split: gradients are, to the last bit, those
of one process that adds up the same micro-batches.
"""

from typing import TYPE_CHECKING

from complexity import _lazy

if TYPE_CHECKING:
    from neural.pipeline.fitting import Fitted as Fitted
    from neural.pipeline.fitting import train as train
    from neural.pipeline.instruments import Beat as Beat
    from neural.pipeline.instruments import SavedTensors as SavedTensors
    from neural.pipeline.instruments import measured_activations as measured_activations
    from neural.pipeline.instruments import measured_ticks as measured_ticks
    from neural.pipeline.launching import launch as launch
    from neural.pipeline.laws import activations as activations
    from neural.pipeline.laws import bubble as bubble
    from neural.pipeline.laws import speed_up as speed_up
    from neural.pipeline.laws import ticks as ticks
    from neural.pipeline.partition import balanced as balanced
    from neural.pipeline.partition import measured_costs as measured_costs
    from neural.pipeline.partition import parameter_costs as parameter_costs
    from neural.pipeline.pipelined import SCHEDULES as SCHEDULES
    from neural.pipeline.pipelined import Pipeline as Pipeline
    from neural.pipeline.pipelined import accumulated as accumulated

_CONTENTS = {
    # train a network of one's own
    "Fitted": "fitting",
    "train": "fitting",
    # a program of one's own: processes, and this one's stage
    "Pipeline": "pipelined",
    "SCHEDULES": "pipelined",
    "accumulated": "pipelined",
    "launch": "launching",
    # who holds which layers
    "balanced": "partition",
    "measured_costs": "partition",
    "parameter_costs": "partition",
    # what the paper says of time and memory, and how it is measured
    "activations": "laws",
    "bubble": "laws",
    "speed_up": "laws",
    "ticks": "laws",
    "Beat": "instruments",
    "SavedTensors": "instruments",
    "measured_activations": "instruments",
    "measured_ticks": "instruments",
}

__getattr__, __dir__, __all__ = _lazy.attach(__name__, _CONTENTS, extra="neural")  # pyright: ignore[reportUnsupportedDunderAll]
