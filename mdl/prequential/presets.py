"""Learners taken where none are named: some that know a little soon, some that know more later."""

from __future__ import annotations

from mdl.prequential.blockwise import CalibratedLearner
from mdl.prequential.learners import Learner
from mdl.prequential.neighbours import SoftNeighbours

__all__ = ["portable_learners", "standard_learners"]


def standard_learners() -> list[Learner]:
    """Soft neighbours, and the calibrated mean of eight networks with 128 units (needs torch)."""
    from mdl.prequential import EnsembleLearner  # says what to install if torch is missing

    return [SoftNeighbours(), CalibratedLearner(inner=EnsembleLearner())]


def portable_learners() -> list[Learner]:
    """Soft neighbours, and a small network in double precision: files decode on any machine."""
    from mdl.prequential.portable import PortableNetwork

    return [SoftNeighbours(), CalibratedLearner(inner=PortableNetwork())]
