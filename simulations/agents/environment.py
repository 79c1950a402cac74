"""Environments to act in: models that are sampled, and any discrete Gymnasium environment.

Needs Gymnasium: pip install "complexodynamics[agents]".

Example:
    >>> environment = make("tiger")
    >>> environment.reset(seed=0)
    (0, {})
    >>> environment.optimal_value
    Fraction(595, 549)
"""

from __future__ import annotations

from typing import Any

import gymnasium

from complexity.errors import unknown
from simulations.agents.adaptation import Adapted, adapt
from simulations.agents.model_environment import MeasureEnv, ModelEnvironment
from simulations.agents.transitions import from_transitions

__all__ = [
    "Adapted",
    "MeasureEnv",
    "ModelEnvironment",
    "adapt",
    "from_transitions",
    "make",
    "names",
    "register",
]

NAMESPACE = "complexodynamics"


def names() -> list[str]:
    """The names that `make` knows: the domains of the MC-AIXI papers, and Legg's environments."""
    from simulations.agents import domains, thesis

    return [*domains.names(), *thesis.names()]


def make(name: str, **parameters: Any) -> ModelEnvironment:
    """An environment by its name.

    Args:
        name: one of `names()`.
        parameters: of the function that makes its model, as `accuracy` of "tiger".

    Raises:
        ValueError: there is no such environment; the nearest name is said.
        TypeError: it has no such parameter.
    """
    from simulations.agents import domains, thesis

    for room in (domains, thesis):
        if name in room.names():
            return ModelEnvironment(room.get(name, **parameters))
    raise unknown("name", name, names())


def register() -> list[str]:
    """Make all environments known to Gymnasium: `gymnasium.make("complexodynamics/tiger-v0")`.

    Returns:
        Their Gymnasium names.
    """
    known = {f"{NAMESPACE}/{name}-v0": name for name in names()}
    for identifier, name in known.items():
        if identifier not in gymnasium.registry:
            gymnasium.register(
                identifier,
                entry_point="simulations.agents.environment:make",
                kwargs={"name": name},
                disable_env_checker=False,
            )
    return list(known)
