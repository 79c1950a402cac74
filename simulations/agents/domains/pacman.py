"""Partially observable Pac-Man: a state space that can be sampled, not solved."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import overload

import numpy as np

from simulations.agents.interface import Interface
from simulations.agents.model import Lottery, Model, Outcome

__all__ = ["pacman"]

# our drawing of a maze like the arcade game's; H homes of ghosts, P start, o power pills
PLAN = (
    "........#........",
    ".##.###.#.###.##.",
    "o...............o",
    ".##.#.#####.#.##.",
    "....#...#...#....",
    "###.###.#.###.###",
    "###.#.......#.###",
    "###.#.##H##.#.###",
    "......#HHH#......",
    "###.#.#####.#.###",
    "###.#.......#.###",
    "....###.#.###....",
    ".##...#.P.#...##.",
    "o.#.#.......#.#.o",
    "..#.#.##.##.#.#..",
    ".....#..#..#.....",
    ".###...###...###.",
)
SIZE = len(PLAN)
MARKS = "".join(PLAN)


def _neighbour(cell: int, move: tuple[int, int]) -> int | None:
    """The cell beside, around the tunnel if need be; None for a wall."""
    y, x = cell // SIZE + move[0], cell % SIZE + move[1]
    if y == SIZE // 2:
        x %= SIZE
    if not (0 <= y < SIZE and 0 <= x < SIZE) or PLAN[y][x] == "#":
        return None
    return y * SIZE + x


MOVES = ((-1, 0), (0, 1), (1, 0), (0, -1))
NEXT = tuple(tuple(_neighbour(cell, move) for move in MOVES) for cell in range(SIZE * SIZE))
CELLS = range(SIZE * SIZE)
FOOD = tuple(cell for cell in CELLS if MARKS[cell] == ".")
PILLS = tuple(cell for cell in CELLS if MARKS[cell] == "o")
HOMES = tuple(cell for cell in CELLS if MARKS[cell] == "H")
START = MARKS.index("P")
FOOD_BIT = {cell: 1 << bit for bit, cell in enumerate(FOOD)}
PILL_BIT = {cell: 1 << bit for bit, cell in enumerate(PILLS)}
ALL_PILLS = (1 << len(PILLS)) - 1
REACH, CHASE, REST, POWER = 5, 5, 3, 5
STEP, BUMP, EAT, CAUGHT, ALL_EATEN = -1, -10, 10, -50, 100

# where Pac-Man is, the ghosts, their clocks (above 0 they chase, below they rest), cycles of
# power left, and bits for the food and the pills that are left
State = tuple[int, tuple[int, ...], tuple[int, ...], int, int, int]
# (what comes next, None for a new episode; the reward) -> its probability
Branches = dict[tuple[State | None, int], Fraction]


def pacman() -> Model:
    """Food lies in a maze of 17 by 17 cells with four ghosts; Pac-Man sees little of it.

    Actions: 0 up, 1 right, 2 down, 3 left. Rewards add up: -1 for every move, -10 for one into a
    wall, 10 for a piece of food, -50 for being caught by a ghost, 100 for having collected all the
    food. After either of the last two a new episode begins, with food in every empty cell with
    probability 1/2. Ghosts walk at random until Pac-Man is within a Manhattan distance of 5, and
    then chase it for a while.

    The observation has 16 bits, from the lowest: walls, then ghosts in line of sight, each for up,
    right, down and left; then food within a Manhattan distance of 2, 3, 4; then food in line of
    sight, for up, right, down, left; then whether Pac-Man has power.

    Where the paper leaves the rule open: a chase lasts 5 cycles, and 3 of rest follow; a ghost that
    chases takes a step that brings it nearer, if it can, each such step equally likely; ghosts
    never share a cell but at home. A pill gives 5 cycles of power, in which ghosts do not chase and
    one that meets Pac-Man goes home. The maze is drawn after the arcade game's, not copied.

    Its `optimal_value` is not known; a new episode's outcomes can be sampled, not listed.

    References:
        Veness et al. (2011), section 7.
    """
    levels = (-61, -51, -41, -11, -1, 9, 109)
    return Model(
        name="pacman",
        interface=Interface(4, 1 << 16, tuple(Fraction(each) for each in levels)),
        start=_Outcomes({(None, 0): Fraction(1)}),
        outcomes=_outcomes,
    )


class _Outcomes(Sequence[Outcome]):
    """Outcomes of which those without a state stand for 2 to the food's cells new episodes."""

    def __init__(self, branches: Branches) -> None:
        self.ends = [
            Outcome(chance, state, 0 if state is None else _seen(state), Fraction(reward))
            for (state, reward), chance in branches.items()
        ]

    def sample(self, generator: np.random.Generator) -> Outcome:
        """One of them, with its probability."""
        end = Lottery(self.ends).sample(generator)
        if end.state is not None:
            return end
        food = int.from_bytes(generator.bytes(-(-len(FOOD) // 8)), "little")
        return self._episode(end, food % (1 << len(FOOD)))

    def _episode(self, end: Outcome, food: int) -> Outcome:
        state = (START, HOMES, (0,) * len(HOMES), 0, food, ALL_PILLS)
        return Outcome(end.probability / (1 << len(FOOD)), state, _seen(state), end.reward)

    def __len__(self) -> int:
        return sum(1 << len(FOOD) if end.state is None else 1 for end in self.ends)

    @overload
    def __getitem__(self, index: int) -> Outcome: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Outcome]: ...
    def __getitem__(self, index: int | slice) -> Outcome | Sequence[Outcome]:
        return list(self)[index]

    def __iter__(self) -> Iterator[Outcome]:
        if any(end.state is None for end in self.ends):
            raise ValueError(
                f"pacman: a new episode can begin in 2^{len(FOOD)} ways, which are not listed; "
                "sample them, as its environment does"
            )
        return iter(self.ends)


def _outcomes(state: State, action: int) -> _Outcomes:
    """Pac-Man moves, then the ghosts in turn; an episode that ends has no state."""
    me, ghosts, clocks, power, food, pills = state
    aim, reward = NEXT[me][action], STEP
    if aim is None:
        aim, reward = me, STEP + BUMP
    elif aim in ghosts:
        if not power:
            return _Outcomes({(None, STEP + CAUGHT): Fraction(1)})
        ghosts, clocks = _sent_home(ghosts, clocks, [i for i in range(4) if ghosts[i] == aim])
    power = max(power - 1, 0)
    if food & FOOD_BIT.get(aim, 0):
        food, reward = food ^ FOOD_BIT[aim], reward + EAT
        if not food:
            return _Outcomes({(None, reward + ALL_EATEN): Fraction(1)})
    elif pills & PILL_BIT.get(aim, 0):
        pills, power = pills ^ PILL_BIT[aim], POWER
    branches: Branches = {((aim, ghosts, clocks, power, food, pills), reward): Fraction(1)}
    for ghost in range(len(HOMES)):
        branches = _after_ghost(branches, ghost)
    return _Outcomes(branches)


def _after_ghost(branches: Branches, ghost: int) -> Branches:
    after: Branches = {}
    for (state, reward), chance in branches.items():
        if state is None:
            after[state, reward] = after.get((state, reward), Fraction(0)) + chance
            continue
        me, ghosts, clocks, power, food, pills = state
        steps, clock = _steps(state, ghost)
        clocks = (*clocks[:ghost], clock, *clocks[ghost + 1 :])
        for step in steps:
            if step == me and not power:
                end = (None, reward + CAUGHT)
            else:
                moved = (*ghosts[:ghost], step, *ghosts[ghost + 1 :]), clocks
                if step == me:
                    moved = _sent_home(*moved, [ghost])
                end = ((me, *moved, power, food, pills), reward)
            after[end] = after.get(end, Fraction(0)) + chance / len(steps)
    return after


def _steps(state: State, ghost: int) -> tuple[list[int], int]:
    """The cells that a ghost goes to, each equally likely, and its clock afterwards."""
    me, ghosts, clocks, power, _, _ = state
    here, clock = ghosts[ghost], clocks[ghost]
    open_cells = [cell for cell in NEXT[here] if cell is not None and cell not in ghosts]
    near = _distance(here, me)
    if clock == 0 and near <= REACH:
        clock = CHASE
    if clock <= 0 or power:
        return open_cells or [here], min(clock + 1, 0) if clock <= 0 else 0
    nearer = [cell for cell in open_cells if _distance(cell, me) < near]
    return nearer or open_cells or [here], clock - 1 if clock > 1 else -REST


def _sent_home(
    ghosts: tuple[int, ...], clocks: tuple[int, ...], which: list[int]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    return (
        tuple(HOMES[i] if i in which else cell for i, cell in enumerate(ghosts)),
        tuple(0 if i in which else clock for i, clock in enumerate(clocks)),
    )


def _distance(a: int, b: int) -> int:
    return abs(a // SIZE - b // SIZE) + abs(a % SIZE - b % SIZE)


def _sight(cell: int, direction: int) -> Iterator[int]:
    """The cells up to the first wall; the tunnel's mouth is one."""
    y, x = cell // SIZE + MOVES[direction][0], cell % SIZE + MOVES[direction][1]
    while 0 <= y < SIZE and 0 <= x < SIZE and PLAN[y][x] != "#":
        yield y * SIZE + x
        y, x = y + MOVES[direction][0], x + MOVES[direction][1]


SIGHT = tuple(tuple(frozenset(_sight(cell, way)) for way in range(4)) for cell in CELLS)
SIGHT_FOOD = tuple(
    tuple(sum(FOOD_BIT.get(cell, 0) for cell in line) for line in lines) for lines in SIGHT
)
SMELL = tuple(
    tuple(
        sum(FOOD_BIT[cell] for cell in FOOD if _distance(here, cell) <= reach)
        for reach in (2, 3, 4)
    )
    for here in CELLS
)


def _seen(state: State) -> int:
    me, ghosts, _, power, food, _ = state
    bits = [
        *(NEXT[me][way] is None for way in range(4)),
        *(not SIGHT[me][way].isdisjoint(ghosts) for way in range(4)),
        *(bool(food & near) for near in SMELL[me]),
        *(bool(food & line) for line in SIGHT_FOOD[me]),
        power > 0,
    ]
    return sum(bit << place for place, bit in enumerate(bits))
