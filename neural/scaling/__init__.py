"""Scaling laws: loss against parameters, data and computation, fitted, extrapolated."""

from typing import TYPE_CHECKING

from complexity import _lazy

if TYPE_CHECKING:
    from neural.scaling import kaplan as kaplan
    from neural.scaling.joint import JointLaw as JointLaw
    from neural.scaling.joint import fit_joint as fit_joint
    from neural.scaling.laws import PowerLaw as PowerLaw
    from neural.scaling.laws import fit as fit
    from neural.scaling.laws import frontier as frontier
    from neural.scaling.laws import held_out as held_out
    from neural.scaling.sweeping import Point as Point
    from neural.scaling.sweeping import Recipe as Recipe
    from neural.scaling.sweeping import sweep as sweep

_CONTENTS = {
    # a law through points, its interval, what it foretells
    "PowerLaw": "laws",
    "fit": "laws",
    "frontier": "laws",
    "held_out": "laws",
    # parameters and data at once
    "JointLaw": "joint",
    "fit_joint": "joint",
    # points by training a family of models
    "Point": "sweeping",
    "Recipe": "sweeping",
    "sweep": "sweeping",
    # published laws and counts
    "kaplan": "",
}

__getattr__, __dir__, __all__ = _lazy.attach(__name__, _CONTENTS, extra="neural")  # pyright: ignore[reportUnsupportedDunderAll]
