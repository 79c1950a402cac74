"""Learners as JSON and back: how a file names what has to be trained to decode it.

A spec holds the learner's name and those settings that differ from the defaults; so defaults never
change within one `FORMAT`.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any

from complexity.errors import unknown
from mdl.prequential.learners import Learner

__all__ = ["FORMAT", "LEARNERS", "learner_from_spec", "spec_of"]

FORMAT = 1
"""The version of the defaults, and of what the learners do."""

LEARNERS = {
    "uniform": "Uniform",
    "frequencies": "Frequencies",
    "soft-neighbours": "SoftNeighbours",
    "portable-network": "PortableNetwork",
    "ensemble": "EnsembleLearner",
    "network": "NetworkLearner",
    "blockwise": "BlockwiseLearner",
    "calibrated": "CalibratedLearner",
}
"""Names that files may hold, and the classes of `mdl.prequential`."""


def spec_of(learner: Learner) -> dict[str, Any]:
    """The learner as JSON values: its name, and the settings that are no defaults.

    Raises:
        TypeError: it is none of this package.

    Example:
        >>> from mdl.prequential.learners import Frequencies
        >>> spec_of(Frequencies(alpha=1.0)), spec_of(Frequencies())
        ({'learner': 'frequencies', 'alpha': 1.0}, {'learner': 'frequencies'})
    """
    kind = type(learner)
    ours = kind.__module__.startswith("mdl.prequential.")
    if not ours or LEARNERS.get(learner.name) != kind.__name__:
        raise TypeError(
            f"learners: {learner!r} has no name in files; accepted are those of mdl.prequential, "
            f"and for any other a codeword without an envelope"
        )
    spec: dict[str, Any] = {"learner": learner.name}
    for item in fields(learner):  # type: ignore[arg-type]
        if not item.init:
            continue
        value = getattr(learner, item.name)
        if item.default is MISSING or value != item.default:
            spec[item.name] = _plain(value)
    return spec


def learner_from_spec(spec: object) -> Learner:
    """The learner that a spec names, untrained.

    Raises:
        TypeError, ValueError: it names none, or one that only its maker can build.

    Example:
        >>> learner_from_spec({"learner": "frequencies", "alpha": 1.0})
        Frequencies(alpha=1.0)
    """
    if not isinstance(spec, Mapping) or not isinstance(spec.get("learner"), str):
        raise TypeError(f"spec: got {spec!r}, accepted is an object with the name of a learner")
    options = dict(spec)
    name = options.pop("learner")
    if name not in LEARNERS:
        raise unknown("learner", name, LEARNERS)
    if name == "network":
        raise ValueError(
            f"learner: a network of the factory {options.get('factory')!r} is built by its maker "
            f"only; decode with a PrequentialCode that has the factory"
        )
    if name in ("blockwise", "calibrated"):
        options["inner"] = learner_from_spec(options.get("inner"))
    package = importlib.import_module("mdl.prequential")  # says what to install if torch is missing
    return getattr(package, LEARNERS[name])(**options)


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, Learner):
        return spec_of(value)
    if callable(value):
        return getattr(value, "__qualname__", type(value).__name__)
    return value
