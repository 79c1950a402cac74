"""The windy gridworld as a task without an end.

References:
    R. S. Sutton and A. G. Barto, Reinforcement Learning, 1998, example 6.5.
    S. Legg, Machine Super Intelligence, 2008, section 6.7: continuing, with reward 1 at the goal.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from simulations.agents.interface import Interface
from simulations.agents.model import Model, Outcome

__all__ = ["windy_gridworld"]

ROWS, COLUMNS = 7, 10
WIND = (0, 0, 0, 1, 1, 1, 2, 2, 1, 0)
"""Rows that a step from a column is blown up."""

START, GOAL = (3, 0), (3, 7)
MOVES = ((-1, 0), (1, 0), (0, -1), (0, 1))
"""Up, down, left, right: rows count from the top."""

SHORTEST = 15


def windy_gridworld() -> Model:
    """A grid of 7 by 10 in which wind blows upwards (thesis, Figure 6.7).

    The four actions move up, down, left and right; the wind of the column that is left adds to the
    move, and the wall stops both. A step to the goal has reward 1 and ends in the start instead,
    all others have reward 0. The observation is row * 10 + column; the goal's is never seen.

    The shortest way takes 15 steps, so the greatest mean reward is 1/15.
    """
    return Model(
        "windy gridworld",
        Interface(len(MOVES), ROWS * COLUMNS, reward_levels=(Fraction(0), Fraction(1))),
        (Outcome(Fraction(1), _cell(*START), _cell(*START)),),
        _step,
        optimal_value=Fraction(1, SHORTEST),
    )


def _cell(row: int, column: int) -> int:
    return row * COLUMNS + column


def _step(state: Any, action: int) -> Sequence[Outcome]:
    row, column = divmod(state, COLUMNS)
    down, right = MOVES[action]
    place = (
        min(max(row + down - WIND[column], 0), ROWS - 1),
        min(max(column + right, 0), COLUMNS - 1),
    )
    reached = place == GOAL
    cell = _cell(*(START if reached else place))
    return [Outcome(Fraction(1), cell, cell, Fraction(int(reached)))]
