"""The coffee automaton, measured truthfully.

`simulate` is the front door; `summarise` reads a run; the cups are systems for `observe`.
"""

from typing import TYPE_CHECKING

from complexity import _lazy

if TYPE_CHECKING:
    from simulations.coffee.animation import animate
    from simulations.coffee.coarse import ADJUSTMENTS, PUBLISHED, CoarseGraining
    from simulations.coffee.cups import INITIAL, initial_cup
    from simulations.coffee.exact import ExactCup
    from simulations.coffee.expectation import HeatEquation, SublatticeAverages
    from simulations.coffee.figure import draw
    from simulations.coffee.instrument import CupInstrument, independent_cells
    from simulations.coffee.simulation import MODELS, cup_system, default_steps, simulate
    from simulations.coffee.sliced import SlicedCup
    from simulations.coffee.stirred import StirredCup, shear
    from simulations.coffee.sublattice import SublatticeCup
    from simulations.coffee.summary import CoffeeSummary, corrected_interval, summarise
    from simulations.coffee.walk import WalkCup

__all__ = [
    "ADJUSTMENTS",
    "INITIAL",
    "MODELS",
    "PUBLISHED",
    "CoarseGraining",
    "CoffeeSummary",
    "CupInstrument",
    "ExactCup",
    "HeatEquation",
    "SlicedCup",
    "StirredCup",
    "SublatticeAverages",
    "SublatticeCup",
    "WalkCup",
    "animate",
    "corrected_interval",
    "cup_system",
    "default_steps",
    "draw",
    "independent_cells",
    "initial_cup",
    "shear",
    "simulate",
    "summarise",
]

__getattr__, __dir__, _ = _lazy.attach(
    __name__,
    {
        "ADJUSTMENTS": "coarse",
        "INITIAL": "cups",
        "MODELS": "simulation",
        "PUBLISHED": "coarse",
        "CoarseGraining": "coarse",
        "CoffeeSummary": "summary",
        "CupInstrument": "instrument",
        "ExactCup": "exact",
        "HeatEquation": "expectation",
        "SlicedCup": "sliced",
        "StirredCup": "stirred",
        "SublatticeAverages": "expectation",
        "SublatticeCup": "sublattice",
        "WalkCup": "walk",
        "animate": "animation",
        "corrected_interval": "summary",
        "cup_system": "simulation",
        "default_steps": "simulation",
        "draw": "figure",
        "independent_cells": "instrument",
        "initial_cup": "cups",
        "shear": "stirred",
        "simulate": "simulation",
        "summarise": "summary",
    },
)
