"""A trained network's weights as short files: adaptive coder, quantisers, two-part code."""

from typing import TYPE_CHECKING

from complexity import _lazy

if TYPE_CHECKING:
    from mdl.weights.codec.files import compress as compress
    from mdl.weights.codec.files import decompress as decompress
    from mdl.weights.codec.files import file_report as file_report
    from mdl.weights.codec.integers import Cabac as Cabac
    from mdl.weights.codec.labelled import two_part as two_part
    from mdl.weights.codec.labelled import two_part_decode as two_part_decode
    from mdl.weights.codec.quantisers import Quantised as Quantised
    from mdl.weights.codec.quantisers import points as points
    from mdl.weights.codec.quantisers import quantise as quantise
    from mdl.weights.codec.sensitivity import LayerInputs as LayerInputs
    from mdl.weights.codec.sensitivity import Sensitivity as Sensitivity
    from mdl.weights.codec.sensitivity import measure_sensitivity as measure_sensitivity
    from mdl.weights.codec.stream import Reader as Reader
    from mdl.weights.codec.stream import Statistics as Statistics
    from mdl.weights.codec.stream import Writer as Writer
    from mdl.weights.codec.stream import measure as measure

_CONTENTS = {
    # files
    "compress": "files",
    "decompress": "files",
    "file_report": "files",
    "two_part": "labelled",
    "two_part_decode": "labelled",
    # quantisers of a matrix, and what a network is sensitive to
    "LayerInputs": "sensitivity",
    "Quantised": "quantisers",
    "Sensitivity": "sensitivity",
    "measure_sensitivity": "sensitivity",
    "points": "quantisers",
    "quantise": "quantisers",
    # the adaptive coder of integers
    "Cabac": "integers",
    "Reader": "stream",
    "Statistics": "stream",
    "Writer": "stream",
    "measure": "stream",
}

__getattr__, __dir__, __all__ = _lazy.attach(__name__, _CONTENTS, extra="neural")  # pyright: ignore[reportUnsupportedDunderAll]
