"""Linear and polynomial regression as codes of outputs given inputs.

`Polynomial` and `Linear` are candidates on tuples (x, y); the receiver has x. Their versions are
"nml", "bayes", "prequential", "snls" and "two-part"; `mdl.regression.codelengths` states them.
"""

from typing import TYPE_CHECKING

from complexity import _lazy

if TYPE_CHECKING:
    from mdl.regression.consistency import degree_frequencies as degree_frequencies
    from mdl.regression.linear import Linear as Linear
    from mdl.regression.polynomial import Polynomial as Polynomial
    from mdl.regression.subsets import subset_candidates as subset_candidates

_CONTENTS = {
    # candidates
    "Linear": "linear",
    "Polynomial": "polynomial",
    "subset_candidates": "subsets",
    # is the true degree found?
    "degree_frequencies": "consistency",
}

__getattr__, __dir__, __all__ = _lazy.attach(__name__, _CONTENTS)  # pyright: ignore[reportUnsupportedDunderAll]
