"""Tic-tac-toe against an opponent that moves at random."""

from __future__ import annotations

from fractions import Fraction

from simulations.agents.interface import Interface
from simulations.agents.model import Model, Outcome

__all__ = ["tic_tac_toe"]

Board = tuple[int, ...]

EMPTY, MINE, THEIRS = range(3)
NEW: Board = (EMPTY,) * 9
LINES = ((0, 1, 2), (3, 4, 5), (6, 7, 8), (0, 3, 6), (1, 4, 7), (2, 5, 8), (0, 4, 8), (2, 4, 6))
WIN, DRAW, GOES_ON, LOSS, ILLEGAL = (Fraction(each) for each in (2, 1, 0, -2, -3))


def tic_tac_toe() -> Model:
    """Games of tic-tac-toe, one after the other; the agent moves first.

    The action is a square, 0 to 8 in rows. The opponent answers with an empty square, each equally
    likely. Rewards: 2 for a win, 1 for a draw, -2 for a loss, 0 while the game goes on, and -3 for
    a square that is not empty, which ends the game. The observation is the board as a number of
    base 3 (square 0 the highest digit; 0 empty, 1 the agent's, 2 the opponent's), and the empty
    board when a game has ended.

    References:
        Veness et al. (2011), section 7.
    """

    def outcomes(state: Board, action: int) -> list[Outcome]:
        if state[action] != EMPTY:
            return [_end(ILLEGAL)]
        board = _with(state, action, MINE)
        if _won(board, MINE):
            return [_end(WIN)]
        free = [square for square in range(9) if board[square] == EMPTY]
        if not free:
            return [_end(DRAW)]
        return [_answer(board, square, Fraction(1, len(free))) for square in free]

    return Model(
        name="tic-tac-toe",
        interface=Interface(9, 3**9, (ILLEGAL, LOSS, GOES_ON, DRAW, WIN)),
        start=(Outcome(Fraction(1), NEW, 0),),
        outcomes=outcomes,
        optimal_value=Fraction(383, 609),
    )


def _answer(board: Board, square: int, chance: Fraction) -> Outcome:
    after = _with(board, square, THEIRS)
    if _won(after, THEIRS):
        return _end(LOSS, chance)
    seen = sum(mark * 3 ** (8 - place) for place, mark in enumerate(after))
    return Outcome(chance, after, seen, GOES_ON)


def _end(reward: Fraction, chance: Fraction = Fraction(1)) -> Outcome:
    return Outcome(chance, NEW, 0, reward)


def _with(board: Board, square: int, mark: int) -> Board:
    return (*board[:square], mark, *board[square + 1 :])


def _won(board: Board, mark: int) -> bool:
    return any(all(board[square] == mark for square in line) for line in LINES)
