"""The domains of the MC-AIXI papers as exact models.

References:
    J. Veness, K. S. Ng, M. Hutter, W. Uther and D. Silver, A Monte-Carlo AIXI approximation,
        Journal of Artificial Intelligence Research 40, 2011, section 7: the domains, and the
        settings in `SETTINGS`.

Example:
    >>> get("tiger").optimal_value
    Fraction(595, 549)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from complexity.errors import unknown
from simulations.agents.domains.coin import coin
from simulations.agents.domains.kuhn import kuhn_poker
from simulations.agents.domains.mazes import cheese_maze, grid_4x4, maze_1d
from simulations.agents.domains.pacman import pacman
from simulations.agents.domains.rock_paper_scissors import rock_paper_scissors
from simulations.agents.domains.tic_tac_toe import tic_tac_toe
from simulations.agents.domains.tiger import extended_tiger, tiger
from simulations.agents.model import Model

__all__ = [
    "SETTINGS",
    "Settings",
    "cheese_maze",
    "coin",
    "extended_tiger",
    "get",
    "grid_4x4",
    "kuhn_poker",
    "maze_1d",
    "names",
    "pacman",
    "rock_paper_scissors",
    "tic_tac_toe",
    "tiger",
]

_MAKERS: dict[str, Callable[..., Model]] = {
    "coin": coin,
    "1d-maze": maze_1d,
    "cheese-maze": cheese_maze,
    "tiger": tiger,
    "extended-tiger": extended_tiger,
    "4x4-grid": grid_4x4,
    "tic-tac-toe": tic_tac_toe,
    "rock-paper-scissors": rock_paper_scissors,
    "kuhn-poker": kuhn_poker,
    "pacman": pacman,
}


class Settings(NamedTuple):
    """With which settings a domain is given to MC-AIXI-CTW in the literature.

    Attributes:
        context_depth: bits of history that the context tree reads.
        horizon: cycles that the search looks ahead.
        exploration: the probability of a random action at the start.
        decay: what that probability is multiplied with in every cycle.
    """

    context_depth: int
    horizon: int
    exploration: float
    decay: float


#: Of Veness et al. (2011), but for the coin, which is of the programs that followed the paper.
SETTINGS: dict[str, Settings] = {
    "coin": Settings(4, 6, 0.1, 0.995),
    "1d-maze": Settings(32, 10, 0.9, 0.99),
    "cheese-maze": Settings(96, 8, 0.999, 0.9999),
    "tiger": Settings(96, 5, 0.99, 0.9999),
    "extended-tiger": Settings(96, 4, 0.99, 0.9999),
    "4x4-grid": Settings(96, 12, 0.9, 0.9999),
    "tic-tac-toe": Settings(64, 9, 0.9999, 0.999999),
    "rock-paper-scissors": Settings(32, 4, 0.999, 0.99999),
    "kuhn-poker": Settings(42, 2, 0.99, 0.9999),
    "pacman": Settings(96, 4, 0.9999, 0.99999),
}


def names() -> list[str]:
    """The domains' names."""
    return list(_MAKERS)


def get(name: str, **parameters: Any) -> Model:
    """A domain by its name.

    Args:
        name: one of `names()`.
        parameters: of the function of that domain.

    Raises:
        ValueError: there is no such domain; the nearest name is said.
        TypeError: the domain has no such parameter.
    """
    if name not in _MAKERS:
        raise unknown("name", name, names())
    return _MAKERS[name](**parameters)
