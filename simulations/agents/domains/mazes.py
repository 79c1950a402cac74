"""Mazes in which an agent walks to a goal, and starts anew somewhere else.

References:
    A. R. Cassandra, L. P. Kaelbling and M. L. Littman, Acting optimally in partially observable
        stochastic domains, AAAI 1994: the 1d maze and the 4x4 grid.
    A. K. McCallum, Instance-based utile distinctions for reinforcement learning with hidden state,
        ICML 1995: the cheese maze.
    Veness et al. (2011), section 7: the versions here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction

from simulations.agents.interface import Interface
from simulations.agents.model import Model, Outcome

__all__ = ["cheese_maze", "grid_4x4", "maze_1d"]

Cell = tuple[int, int]

LEFT, UP, RIGHT, DOWN = (0, -1), (-1, 0), (0, 1), (1, 0)
COMPASS = (LEFT, UP, RIGHT, DOWN)


def maze_1d() -> Model:
    """A corridor of four cells, the third from the left being the goal; one sees nothing.

    Actions: 0 left, 1 right; against an end one stays. Reaching the goal has the reward 1, all
    else 0. From the goal one is put into one of the other three cells, each equally likely. (The
    paper is silent on what happens at the goal; if the agent stayed there, stepping off and on
    again would have the same optimum.)
    """
    return _maze(
        "1d-maze",
        "..G.",
        moves=(LEFT, RIGHT),
        rewards={"G": 1, ".": 0, "#": 0},
        sees=lambda maze, cell: 0,
        observations=1,
        optimal_value=Fraction(1, 2),
    )


def grid_4x4() -> Model:
    """A grid of 4 by 4 cells with the goal in the bottom right corner; one sees nothing.

    Actions: 0 left, 1 up, 2 right, 3 down; against the border one stays. Reaching the goal has the
    reward 1, all else 0. From the goal one is put into one of the other 15 cells, each equally
    likely.
    """
    return _maze(
        "4x4-grid",
        """
        ....
        ....
        ....
        ...G
        """,
        moves=COMPASS,
        rewards={"G": 1, ".": 0, "#": 0},
        sees=lambda maze, cell: 0,
        observations=1,
        optimal_value=Fraction(15, 62),
    )


def cheese_maze() -> Model:
    """A maze of three prongs with cheese at the end of the middle one; one sees adjoining walls.

    Actions: 0 left, 1 up, 2 right, 3 down. Walking into a wall has the reward -10, to a free cell
    -1, to the cheese 10. From the cheese one is put into one of the ten free cells, each equally
    likely. The observation is the sum of 1, 2, 4 and 8 for a wall to the left, above, to the right
    and below.
    """
    return _maze(
        "cheese-maze",
        """
        .....
        .#.#.
        .#G#.
        """,
        moves=COMPASS,
        rewards={"G": 10, ".": -1, "#": -10},
        sees=_walls,
        observations=16,
        optimal_value=Fraction(67, 43),
    )


def _maze(
    name: str,
    plan: str,
    *,
    moves: tuple[Cell, ...],
    rewards: Mapping[str, int],
    sees: Callable[[Mapping[Cell, str], Cell], int],
    observations: int,
    optimal_value: Fraction,
) -> Model:
    """A maze drawn with "." for a free cell, "#" for a wall (as is all outside), "G" for a goal.

    The reward is that of the cell that the agent walks to, or would walk to if it were no wall.
    """
    maze = {(y, x): mark for y, line in enumerate(plan.split()) for x, mark in enumerate(line)}
    free = [cell for cell, mark in maze.items() if mark == "."]
    share = Fraction(1, len(free))

    def arrivals(reward: Fraction) -> tuple[Outcome, ...]:
        return tuple(Outcome(share, cell, sees(maze, cell), reward) for cell in free)

    def outcomes(state: Cell, action: int) -> tuple[Outcome, ...]:
        aim = (state[0] + moves[action][0], state[1] + moves[action][1])
        mark = maze.get(aim, "#")
        reward = Fraction(rewards[mark])
        if mark == "G":
            return arrivals(reward)
        cell = state if mark == "#" else aim
        return (Outcome(Fraction(1), cell, sees(maze, cell), reward),)

    levels = tuple(sorted({Fraction(reward) for reward in rewards.values()}))
    return Model(
        name=name,
        interface=Interface(len(moves), observations, levels),
        start=arrivals(Fraction(0)),
        outcomes=outcomes,
        optimal_value=optimal_value,
    )


def _walls(maze: Mapping[Cell, str], cell: Cell) -> int:
    return sum(
        1 << bit
        for bit, (dy, dx) in enumerate(COMPASS)
        if maze.get((cell[0] + dy, cell[1] + dx), "#") == "#"
    )
