"""The domains of the MC-AIXI papers: their rules, told a second time."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from simulations.agents import domains
from simulations.agents.model import Lottery, Model, Outcome

F = Fraction
SMALL = [name for name in domains.names() if name != "pacman"]


def reachable(model: Model) -> dict:
    """(state, action) -> outcomes, of all states that can come about."""
    rows, todo = {}, list({each.state for each in model.start})
    seen = set(todo)
    while todo:
        state = todo.pop()
        for action in range(model.interface.actions):
            rows[state, action] = model.outcomes(state, action)
            new = {each.state for each in rows[state, action]} - seen
            seen |= new
            todo.extend(new)
    return rows


@pytest.mark.parametrize("name", SMALL)
def test_outcomes_are_distributions_over_the_interface(name):
    model = domains.get(name)
    assert model.name == name
    assert sum(each.probability for each in model.start) == 1
    paid, seen = set(), set()
    for row in [model.start, *reachable(model).values()]:
        assert sum(each.probability for each in row) == 1
        assert all(each.probability > 0 for each in row)
        for each in row:
            seen.add(each.observation)
    for row in reachable(model).values():
        paid |= {each.reward for each in row}
    assert paid == set(model.interface.reward_levels or ())
    assert min(seen) >= 0
    assert max(seen) < model.interface.observations


def test_numbers_of_states():
    """Tic-tac-toe: boards with equal counts that nobody has won, by enumeration of 3^9 boards."""
    lines = [{0, 1, 2}, {3, 4, 5}, {6, 7, 8}, {0, 3, 6}, {1, 4, 7}, {2, 5, 8}, {0, 4, 8}, {2, 4, 6}]
    open_boards = 0
    for code in range(3**9):
        board = [code // 3**k % 3 for k in range(9)]
        marks = [{k for k in range(9) if board[k] == who} for who in (1, 2)]
        won = any(line <= mark for line in lines for mark in marks)
        open_boards += len(marks[0]) == len(marks[1]) and not won
    assert len({s for s, _ in reachable(domains.tic_tac_toe())}) == open_boards == 2423
    assert len({s for s, _ in reachable(domains.grid_4x4())}) == 15
    assert len({s for s, _ in reachable(domains.cheese_maze())}) == 10
    assert len({s for s, _ in reachable(domains.maze_1d())}) == 3


def test_tic_tac_toe_by_hand():
    play = domains.tic_tac_toe().outcomes
    first = play((0,) * 9, 4)
    assert len(first) == 8
    assert {each.probability for each in first} == {F(1, 8)}
    assert [each.reward for each in play((1, 1, 0, 2, 2, 0, 0, 0, 0), 2)] == [2]
    assert [each.reward for each in play((1, 1, 0, 2, 2, 0, 0, 0, 0), 0)] == [-3]
    lost = {each.reward: each.probability for each in play((1, 1, 0, 2, 2, 0, 0, 0, 0), 8)}
    assert lost[F(-2)] == F(1, 4)
    assert [each.reward for each in play((1, 2, 1, 1, 2, 2, 2, 1, 0), 8)] == [1]
    seen = play((0,) * 9, 0)[0]
    assert seen.observation == int("120000000", 3)


def test_rock_paper_scissors_against_who_simply_plays_it():
    """A direct simulation of the opponent: it repeats a rock that has just won."""
    play, beats = domains.rock_paper_scissors().outcomes, {0: 2, 1: 0, 2: 1}
    for locked in (False, True):
        for mine in range(3):
            found = {each.observation: each for each in play(locked, mine)}
            assert set(found) == ({0} if locked else {0, 1, 2})
            for theirs, each in found.items():
                wins = beats[mine] == theirs
                loses = beats[theirs] == mine
                assert each.reward == wins - loses
                assert each.state == (loses and theirs == 0)


def test_kuhn_poker_by_its_game_tree():
    """What the second player gets with each pair of pure actions, summed over deals by hand."""
    alpha = F(7, 10)
    play = domains.kuhn_poker(alpha).outcomes
    mean = {}
    for theirs, mine in [(0, 1), (1, 0), (2, 1), (1, 2)]:
        for opened, action in [(0, 0), (0, 1), (1, 0), (1, 1)]:
            row = play((theirs, mine, opened), action)
            mean[theirs, mine, opened, action] = sum(each.probability * each.reward for each in row)
    assert mean[0, 1, 0, 0] == 2  # a jack's bluff, called with a queen
    assert mean[0, 1, 0, 1] == -1  # folded to the bluff
    assert mean[0, 1, 1, 0] == 1  # a jack folds to a bet
    assert mean[2, 1, 1, 0] == -2  # a king calls
    assert mean[1, 2, 1, 0] == 2 * (1 + alpha) / 3 + (1 - (1 + alpha) / 3)
    assert mean[1, 0, 1, 0] == -2 * (1 + alpha) / 3 + (1 - (1 + alpha) / 3)
    assert mean[1, 0, 1, 1] == -1  # checked down
    deals = {each.observation: F(0) for each in play((1, 0, 1), 1)}
    for each in play((1, 0, 1), 1):
        deals[each.observation] += each.probability
    assert deals[0] == (alpha) / 6  # a jack facing the bet of a king (a queen never bets)
    assert sum(deals[k] for k in (0, 3)) == F(1, 3)


def test_cheese_maze_by_hand():
    maze = domains.cheese_maze()
    seen = {each.state: each.observation for each in maze.start}
    assert seen == {
        (0, 0): 3, (0, 1): 10, (0, 2): 2, (0, 3): 10, (0, 4): 6,
        (1, 0): 5, (1, 2): 5, (1, 4): 5, (2, 0): 13, (2, 4): 13,
    }  # fmt: skip
    assert {(e.reward, e.probability) for e in maze.outcomes((1, 2), 3)} == {(F(10), F(1, 10))}
    assert maze.outcomes((0, 1), 3) == (Outcome(F(1), (0, 1), 10, F(-10)),)
    assert maze.outcomes((0, 1), 2) == (Outcome(F(1), (0, 2), 2, F(-1)),)


def test_1d_maze_has_the_same_optimum_if_one_stays_at_the_goal():
    from simulations.agents.interface import Interface
    from simulations.agents.solver import solve

    def outcomes(cell, action):
        after = min(max(cell + (-1, 1)[action], 0), 3)
        return [Outcome(F(1), after, 0, F(after == 2 and cell != 2))]

    start = tuple(Outcome(F(1, 3), cell, 0) for cell in (0, 1, 3))
    staying = Model("staying", Interface(2, 1, (0, 1)), start, outcomes)
    assert solve(staying).optimal_value == domains.maze_1d().optimal_value == F(1, 2)


def test_pacman_obeys_its_rules_in_random_play():
    model = domains.pacman()
    rng = np.random.default_rng(0)
    now = Lottery(model.start).sample(rng)
    episodes, rewards = [now.state], set()
    for _ in range(1500):
        action = int(rng.integers(4))
        after = Lottery(model.outcomes(now.state, action)).sample(rng)
        me, ghosts, clocks, power, food, pills = after.state
        rewards.add(after.reward)
        eaten = (now.state[4] & ~food).bit_count()
        if after.reward in (-51, -61, -41, 109):
            episodes.append(after.state)
            assert (power, pills, clocks) == (0, 15, (0,) * 4)
        else:
            assert food & ~now.state[4] == 0
            assert after.reward == -1 - 10 * (me == now.state[0]) + 10 * eaten
            assert me not in ghosts or power
            assert all(-3 <= clock <= 5 for clock in clocks)
        assert bool(after.observation >> 15) == (power > 0)
        now = after
    assert rewards <= set(model.interface.reward_levels or ())
    assert {F(-51), F(-11), F(-1), F(9)} <= rewards
    # 161 cells, each with probability 1/2: within five standard deviations of the mean
    food = np.array([state[4].bit_count() for state in episodes])
    assert abs(food.mean() - 161 / 2) < 5 * np.sqrt(161 / 4 / len(food))


def test_pacman_outcomes_in_an_episode_are_a_distribution_that_its_samples_follow():
    model = domains.pacman()
    rng = np.random.default_rng(1)
    state = Lottery(model.start).sample(rng).state
    for action in (1, 1, 0):
        state = next(iter(model.outcomes(state, action))).state
    row = model.outcomes(state, 0)
    listed = list(row)
    assert len(listed) > 3
    assert sum(each.probability for each in listed) == 1
    assert len(row) == len(listed)
    drawn = {each.state: 0 for each in listed}
    for _ in range(2000):
        drawn[row.sample(rng).state] += 1  # pyright: ignore[reportAttributeAccessIssue]
    spread = sum(
        (drawn[each.state] - 2000 * each.probability) ** 2 / (2000 * each.probability)
        for each in listed
    )
    freedom = len(listed) - 1
    assert float(spread) < freedom + 5 * np.sqrt(2 * freedom)


def test_names_settings_and_errors():
    assert list(domains.SETTINGS) == domains.names()
    assert domains.get("coin", p=0.25).optimal_value == F(3, 4)
    assert domains.tiger(0.9).optimal_value is None
    with pytest.raises(ValueError, match="did you mean 'tiger'"):
        domains.get("tigre")
    with pytest.raises(ValueError, match="p: got 2, accepted is a number from 0 to 1"):
        domains.coin(2)
    with pytest.raises(TypeError, match="alpha: got 'x'"):
        domains.kuhn_poker("x")  # pyright: ignore[reportArgumentType]
