"""Families of independent observations as codes: Gaussian, exponential, Poisson, geometric, more.

Each is a candidate with the versions that exist for it; names say which, as "poisson (nml)". The
receiver knows n. Where the parametric complexity of the whole family is infinite, "nml" first sends
the octave of the fitted parameters and is then the NML restricted to it (a meta-universal code);
`mean_range=` and `scale_range=` state a range instead.
"""

from typing import TYPE_CHECKING

from complexity import _lazy

if TYPE_CHECKING:
    from mdl.families.exponential import Exponential as Exponential
    from mdl.families.exponential import exponential_complexity as exponential_complexity
    from mdl.families.gaussian import Gaussian as Gaussian
    from mdl.families.gaussian import gaussian_complexity as gaussian_complexity
    from mdl.families.geometric import Geometric as Geometric
    from mdl.families.lognormal import LogNormal as LogNormal
    from mdl.families.poisson import Poisson as Poisson
    from mdl.families.shtarkov import geometric_complexity as geometric_complexity
    from mdl.families.shtarkov import poisson_complexity as poisson_complexity
    from mdl.families.uniform import Uniform as Uniform

_CONTENTS = {
    # candidates
    "Exponential": "exponential",
    "Gaussian": "gaussian",
    "Geometric": "geometric",
    "LogNormal": "lognormal",
    "Poisson": "poisson",
    "Uniform": "uniform",
    # parametric complexities over a range of parameters
    "exponential_complexity": "exponential",
    "gaussian_complexity": "gaussian",
    "geometric_complexity": "shtarkov",
    "poisson_complexity": "shtarkov",
}

__getattr__, __dir__, __all__ = _lazy.attach(__name__, _CONTENTS)  # pyright: ignore[reportUnsupportedDunderAll]
