"""A function over a grid of parameters, on all processors or a cluster, resumably."""

from typing import TYPE_CHECKING

from complexity import _lazy

if TYPE_CHECKING:
    from simulations.sweeping.grid import cell_seed as cell_seed
    from simulations.sweeping.result import FailedCell as FailedCell
    from simulations.sweeping.result import Sweep as Sweep
    from simulations.sweeping.running import SweepError as SweepError
    from simulations.sweeping.running import SweepInterrupted as SweepInterrupted
    from simulations.sweeping.running import sweep as sweep

_CONTENTS = {
    "FailedCell": "result",
    "Sweep": "result",
    "SweepError": "running",
    "SweepInterrupted": "running",
    "cell_seed": "grid",
    "sweep": "running",
}

__getattr__, __dir__, __all__ = _lazy.attach(__name__, _CONTENTS)  # pyright: ignore[reportUnsupportedDunderAll]
