"""Environments to act in: sampling, adapting, filtering, and interactions that resume."""

from __future__ import annotations

import itertools
import math
import os
import subprocess
import sys
from fractions import Fraction

import gymnasium
import numpy as np
import pytest
from gymnasium import spaces
from gymnasium.utils.env_checker import check_env
from hypothesis import given
from hypothesis import strategies as st

import simulations
from simulations.agents import _plain, _spaces, domains
from simulations.agents.agent import BrokenPlayError, play
from simulations.agents.baselines import FreqAgent, PolicyAgent
from simulations.agents.environment import (
    MeasureEnv,
    ModelEnvironment,
    adapt,
    from_transitions,
    make,
    names,
    register,
)
from simulations.agents.interaction import Interaction, MeanReward, learning_curve
from simulations.agents.interface import Interface, Percept
from simulations.agents.model import Lottery, Model, Outcome
from simulations.agents.solver import solve, value_of
from simulations.agents.thesis.ladder import Specialist
from simulations.agents.thesis.policies import SamplingAgent

F = Fraction


class Dice:
    """An agent with snapshots that acts at random, and learns its mean reward so far."""

    name = "dice"

    def reset(self, interface, seed):
        self.actions = interface.actions
        self.rng = np.random.default_rng(seed)
        self.total = np.zeros(1)

    def act(self, observation, reward):
        self.total += reward
        return int(self.rng.integers(self.actions))

    def snapshot(self):
        return {"total": self.total.copy(), "rng": _plain.packed(self.rng.bit_generator.state)}

    def restore(self, snapshot):
        self.total = snapshot["total"].copy()
        self.rng.bit_generator.state = _plain.unpacked(snapshot["rng"])


class Forgetful:
    """An agent without snapshots that repeats what it sees."""

    def reset(self, interface, seed):
        self.actions = interface.actions

    def act(self, observation, reward):
        return observation % self.actions


@pytest.mark.parametrize("name", names())
def test_every_environment_passes_gymnasiums_checks(name):
    environment = make(name)
    check_env(environment, skip_render_check=True)
    assert isinstance(environment, MeasureEnv)
    environment.reset(seed=3)
    for action in range(environment.interface.actions):
        environment.step(action)
    saved = environment.snapshot()
    after = [environment.step(0) for _ in range(20)]
    fresh = make(name)
    fresh.reset(seed=9)
    fresh.restore(saved)
    assert [fresh.step(0) for _ in range(20)] == after


def test_a_lottery_has_exactly_the_stated_probabilities():
    """All tickets, one after the other, in place of a generator."""
    outcomes = [Outcome(F(1, 6), "a", 0), Outcome(F(0), "no", 0), Outcome(F(5, 6), "b", 0)]
    lottery = Lottery(outcomes)

    class Tickets:
        def __init__(self, ticket):
            self.ticket = ticket

        def integers(self, bound):
            assert bound == 6
            return self.ticket

    drawn = [lottery.sample(Tickets(k)).state for k in range(6)]  # pyright: ignore[reportArgumentType]
    assert drawn == ["a", "b", "b", "b", "b", "b"]
    with pytest.raises(ValueError, match="outcomes: got probabilities 1/6"):
        Lottery(outcomes[:1])


def test_a_lottery_with_huge_denominators():
    tiny = F(1, 3**80)
    lottery = Lottery([Outcome(tiny, "rare", 0), Outcome(1 - tiny, "common", 0)])
    rng = np.random.default_rng(0)
    assert {lottery.sample(rng).state for _ in range(100)} == {"common"}
    halves = Lottery([Outcome((1 + tiny) / 2, 0, 0), Outcome((1 - tiny) / 2, 1, 0)])
    ones = sum(halves.sample(rng).state for _ in range(1000))
    assert abs(ones - 500) < 5 * np.sqrt(250)


@pytest.mark.parametrize("name", ["tiger", "cheese-maze", "kuhn-poker", "extended-tiger"])
def test_percept_probabilities_by_summing_over_all_paths(name):
    """P(percept | history) from joint probabilities of hidden paths, without normalising."""
    environment = make(name)
    model = environment.model
    first, _ = environment.reset(seed=5)
    weights = {}
    for each in model.start:
        if each.observation == first:
            weights[each.state] = weights.get(each.state, F(0)) + each.probability
    rng = np.random.default_rng(5)
    for _ in range(12):
        action = int(rng.integers(model.interface.actions))
        joint = {}
        for state, weight in weights.items():
            for each in model.outcomes(state, action):
                after = joint.setdefault(Percept(each.observation, each.reward), {})
                after[each.state] = after.get(each.state, F(0)) + weight * each.probability
        mass = sum(weights.values())
        expected = {percept: sum(after.values()) / mass for percept, after in joint.items()}
        assert environment.percept_probabilities(action) == expected
        seen, reward, *_ = environment.step(action)
        weights = joint[Percept(seen, F(reward))]


def test_frequencies_follow_the_stated_probabilities():
    environment = make("rock-paper-scissors")
    environment.reset(seed=0)
    counts = np.zeros(3)
    for _ in range(3000):
        expected = environment.percept_probabilities(1)
        if len(expected) == 3:
            counts[environment.step(1)[0]] += 1
        else:
            environment.step(1)
    spread = ((counts - counts.sum() / 3) ** 2 / (counts.sum() / 3)).sum()
    assert spread < 2 + 5 * 2


def test_the_mean_reward_of_the_optimal_policy_is_the_optimal_value():
    """The solver's policy, played on the environment that samples: within 5 standard errors."""
    environment = make("tiger")
    solution = solve(environment.model)
    environment.reset(seed=0)
    rewards = [environment.step(solution.action(environment.belief()))[1] for _ in range(4000)]
    blocks = np.array(rewards).reshape(40, 100).mean(axis=1)
    error = blocks.std(ddof=1) / np.sqrt(40)
    assert abs(np.mean(rewards) - 595 / 549) < 5 * error


def test_pacman_runs_and_says_why_it_cannot_be_filtered():
    environment = make("pacman")
    environment.reset(seed=0)
    environment.step(0)
    with pytest.raises(ValueError, match="ways, which are not listed"):
        environment.percept_probabilities(0)


DISCRETE = st.builds(
    lambda n, start: spaces.Discrete(n, start=start), st.integers(1, 4), st.integers(-3, 3)
)
LEAVES = st.one_of(
    DISCRETE,
    st.lists(st.integers(1, 3), min_size=1, max_size=3).map(spaces.MultiDiscrete),
    st.just(spaces.MultiDiscrete([[2, 3], [1, 2]], start=[[1, 0], [5, -1]])),
    st.integers(1, 3).map(spaces.MultiBinary),
    st.just(spaces.MultiBinary((2, 1))),
)
SPACES = st.recursive(
    LEAVES,
    lambda parts: st.one_of(
        st.lists(parts, min_size=1, max_size=2).map(spaces.Tuple),
        st.dictionaries(st.sampled_from("xyz"), parts, min_size=1, max_size=2).map(spaces.Dict),
    ),
    max_leaves=3,
)


@given(SPACES)
def test_every_number_is_one_element_of_a_space(space):
    count = _spaces.size(space, "space")
    for index in itertools.islice(range(count), 200):
        element = _spaces.element(space, index)
        assert space.contains(element)
        assert _spaces.number(space, element) == index
    assert 0 <= _spaces.number(space, space.sample()) < count


def test_the_first_coordinate_counts_most():
    space = spaces.Tuple([spaces.Discrete(2, start=1), spaces.MultiBinary(2)])
    assert _spaces.number(space, (2, np.array([0, 1], np.int8))) == 5


class Corridor(gymnasium.Env):
    """Walk right from 0 to 3 for a reward; dictionaries and tuples as a user may have them."""

    def __init__(self, length=3, *, broken_at=None, pay=1.0):
        self.action_space = spaces.Tuple([spaces.Discrete(2, start=-1), spaces.MultiBinary(1)])
        self.observation_space = spaces.Dict({"place": spaces.Discrete(length)})
        self.length, self.broken_at, self.pay, self.steps = length, broken_at, pay, 0

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.place = 0
        return {"place": np.int64(0)}, {}

    def step(self, action):
        assert self.action_space.contains(action)
        self.steps += 1
        if self.steps == self.broken_at:
            raise RuntimeError("the motor burnt out")
        self.place = max(self.place + (1 if action[0] == 0 else -1), 0)
        done = self.place == self.length - 1
        return {"place": np.int64(self.place)}, self.pay * done, done, False, {}


def test_a_users_environment_is_adapted_and_begins_anew_by_itself():
    adapted = adapt(Corridor(), reward_levels=(0, 1))
    assert (adapted.interface.actions, adapted.interface.observations) == (4, 3)
    assert adapted.name == "Corridor"
    assert adapted.reset(0) == 0
    assert [adapted.step(2) for _ in range(4)] == [(1, 0.0), (0, 1.0), (1, 0.0), (0, 1.0)]
    assert adapt(adapted) is adapted
    assert adapt(Corridor(), reward_bounds=(0, 1)).interface.reward_levels is None


def test_what_cannot_be_adapted_says_so():
    with pytest.raises(ValueError, match=r"reward_levels: Corridor declares no rewards .* adapt"):
        adapt(Corridor())
    cart = gymnasium.make("CartPole-v1")
    with pytest.raises(ValueError, match=r"observation_space of CartPole-v1: got Box\(.*accepted"):
        adapt(cart, reward_levels=(1,))
    wide = adapt(Corridor(), reward_levels=(0, 1)).environment
    wide.observation_space = spaces.MultiBinary(63)
    assert adapt(wide, reward_levels=(0, 1)).interface.observations == 2**63
    wide.observation_space = spaces.MultiBinary(70)
    with pytest.raises(ValueError, match=r"observation_space of Corridor: .* at most 2\^63"):
        adapt(wide, reward_levels=(0, 1))
    with pytest.raises(TypeError, match="environment: got a str, accepted is a"):
        adapt("tiger")  # pyright: ignore[reportArgumentType]
    adapted = adapt(Corridor(pay=0.5), reward_levels=(0, 1))
    adapted.reset(0)
    adapted.step(2)
    with pytest.raises(
        ValueError, match=r"reward: Corridor paid 0.5, declared are the levels 0, 1"
    ):
        adapted.step(2)
    bounded = adapt(Corridor(pay=2.0), reward_bounds=(0, 1))
    bounded.reset(0)
    bounded.step(2)
    with pytest.raises(ValueError, match=r"reward: Corridor paid 2\.0, declared are 0\.0 to 1\.0"):
        bounded.step(2)


def test_rewards_that_differ_by_rounding_alone_are_their_level():
    adapted = adapt(Corridor(pay=0.1 + 0.2), reward_levels=(0, 0.3))
    adapted.reset(0)
    assert adapted.step(2)[1] == 0.0
    assert adapted.step(2)[1] == 0.3


def test_declarations_are_found_through_wrappers():
    environment = gymnasium.wrappers.TimeLimit(make("tiger"), 5)
    adapted = adapt(environment)
    assert adapted.name == "tiger"
    assert adapted.interface == domains.tiger().interface
    assert not adapted.resumable
    with pytest.raises(TypeError, match="tiger has no snapshot and restore; it can be run, not"):
        adapted.snapshot()
    result = play(Dice(), environment, 23, progress=False)
    assert result.cycles == 23


def test_gymnasium_makes_them_by_name():
    assert "complexodynamics/tiger-v0" in register()
    environment = gymnasium.make("complexodynamics/kuhn-poker-v0")
    assert environment.reset(seed=0)[0] in environment.observation_space
    assert environment.unwrapped.optimal_value == F(1, 18)  # pyright: ignore[reportAttributeAccessIssue]
    environment.close()
    with pytest.raises(ValueError, match="did you mean 'tiger'"):
        make("tigger")
    assert make("coin", p=0.75).optimal_value == F(3, 4)


@pytest.mark.parametrize("name", ["FrozenLake-v1", "CliffWalking-v1"])
def test_toy_text_tables_agree_with_value_iteration(name):
    lake = gymnasium.make(name).unwrapped
    table, start = lake.P, lake.initial_state_distrib  # pyright: ignore[reportAttributeAccessIssue]
    model = from_transitions(table, start=start, name=name)
    values = np.zeros(len(table))
    for _ in range(600):
        restart = float(np.dot(start, values))
        values = np.array(
            [
                max(
                    sum(p * (r + 0.9 * (restart if end else values[j])) for p, j, r, end in rows)
                    for rows in actions.values()
                )
                for _, actions in sorted(table.items())
            ]
        )
    found = solve(model, "discounted", discount=0.9)
    assert float(found.optimal_value) == pytest.approx(float(np.dot(start, values)), abs=1e-9)
    played = play(Dice(), adapt(lake, reward_levels=model.interface.reward_levels), 200)
    assert set(played.rewards) <= {float(each) for each in model.interface.reward_levels or ()}


def test_frozen_lake_without_ice_is_six_steps():
    lake = gymnasium.make("FrozenLake-v1", is_slippery=False).unwrapped
    model = from_transitions(lake.P)  # pyright: ignore[reportAttributeAccessIssue]
    assert solve(model).optimal_value == F(1, 6)


@pytest.mark.parametrize(
    ("reward", "value"),
    [
        (1e-7, F(1, 10**7)),
        (1 / 3, F(1, 3)),
        (0.1, F(1, 10)),
        (-1e-9, 0),
        (F(1, 10**9), F(1, 10**9)),
    ],
)
def test_small_rewards_are_not_nothing(reward, value):
    table = {0: {0: [(1.0, 0, reward, False)], 1: [(1.0, 0, 0.0, False)]}}
    assert solve(from_transitions(table)).optimal_value == value


@pytest.mark.parametrize(
    "chances",
    [
        (4e-7, 1 - 4e-7),
        (7e-7, 1 - 7e-7),
        (1.5e-6, 1 - 1.5e-6),
        (4e-7, 0.5, 0.4999996),
        (1e-9, 0.999999999),
        (F(1, 3 * 10**6), 1 - F(1, 3 * 10**6)),
    ],
)
def test_small_probabilities_are_not_nothing(chances):
    states = range(1, len(chances) + 1)
    table = {s: {0: [(1.0, s, 0.0, False)]} for s in states}
    table[0] = {0: [(p, s, 0.0, False) for p, s in zip(chances, states, strict=True)]}
    exact = [p if isinstance(p, F) else F(str(p)) for p in chances]
    found = from_transitions(table)
    assert [each.probability for each in found.outcomes(0, 0)] == exact
    begun = from_transitions(table, start=dict(zip(states, chances, strict=True)))
    assert [each.probability for each in begun.start] == exact


def test_probabilities_that_were_rounded():
    third = 1 / 3
    rows = {
        0: [(third, 0, 0.0, False), (third, 1, 0.0, False), (1 - third - third, 2, 0.0, False)],
        1: [(0.1 + 0.2, 1, 0.0, False), (0.7, 0, 0.0, False), (1 - 0.9 - 0.1, 2, 0.0, False)],
        2: [(math.exp(-1), 0, 0.0, False), (1 - math.exp(-1), 1, 0.0, False)],
    }
    model = from_transitions({0: rows, 1: rows, 2: rows})
    chances = [[each.probability for each in model.outcomes(0, action)] for action in range(3)]
    assert chances[:2] == [[F(1, 3)] * 3, [F(3, 10), F(7, 10)]]
    assert sum(chances[2]) == 1
    assert float(chances[2][0]) == pytest.approx(math.exp(-1), rel=1e-9)


@pytest.mark.parametrize(
    ("row", "start", "message"),
    [
        ((math.nan, 0, 0.0, False), 0, r"table\[0\]\[0\]: got nan, accepted is a finite number"),
        ((math.inf, 0, 0.0, False), 0, r"table\[0\]\[0\]: got inf, accepted is a finite number"),
        ((1.0, 0, math.nan, False), 0, r"table\[0\]\[0\]: got nan, accepted is a finite number"),
        ((1.0, 0, -math.inf, False), 0, r"table\[0\]\[0\]: got -inf, accepted is a finite"),
        ((1.0, 7, 0.0, False), 0, r"table\[0\]\[0\]: got the state 7, accepted are those of"),
        ((1.0, 0, 0.0, False), 5, "start: got the state 5, accepted are those of the table"),
        ((1.0, 0, 0.0, False), math.nan, "start: got the state nan, accepted are those of the"),
        ((1.0, 0, 0.0, False), [math.nan], "start: got nan, accepted is a finite number"),
        ((1.0, 0, 0.0, False), [0.0, 1.0], "start: got the state 1, accepted are those of"),
    ],
)
def test_entries_of_tables_that_are_none(row, start, message):
    with pytest.raises(ValueError, match=message):
        from_transitions({0: {0: [row]}}, start=start)


def test_probabilities_are_neither_negative_nor_a_little_off():
    with pytest.raises(ValueError, match=r"got the probability -0\.5, accepted is a number from 0"):
        from_transitions({0: {0: [(-0.5, 0, 0.0, False), (1.5, 0, 1.0, False)]}})
    rare = 1 / 3e7
    with pytest.raises(ValueError, match=r"sum to 1 [+-]\de-\d\d, accepted is 1; Fractions are"):
        from_transitions({0: {0: [(rare, 0, 1.0, False), (1 - rare, 0, 0.0, False)]}})
    rare = F(1, 3 * 10**7)
    from_transitions({0: {0: [(rare, 0, 1.0, False), (1 - rare, 0, 0.0, False)]}})


def test_tables_that_are_none():
    with pytest.raises(ValueError, match=r"table\[0\]\[0\]: got probabilities that sum to 0.5"):
        from_transitions({0: {0: [(0.5, 0, 0.0, False)]}})
    with pytest.raises(ValueError, match=r"got states with \[1, 2\] actions"):
        from_transitions({0: {0: []}, 1: {0: [], 1: []}})
    with pytest.raises(ValueError, match="start: got probabilities that sum to"):
        from_transitions({0: {0: [(1.0, 0, 0.0, False)]}}, start=[0.5])


def test_steps_before_a_reset_and_illegal_actions():
    environment = make("coin")
    with pytest.raises(RuntimeError, match="coin: reset it"):
        environment.step(0)
    environment.reset(seed=0)
    with pytest.raises(ValueError, match="action: got 2, accepted is an integer from 0 to 1"):
        environment.step(2)
    with pytest.raises(TypeError, match="model: got a str"):
        ModelEnvironment("coin")  # pyright: ignore[reportArgumentType]


def test_beliefs_survive_a_snapshot():
    environment = make("tiger")
    environment.reset(seed=1)
    for _ in range(3):
        environment.step(0)
    environment.percept_probabilities(0)
    environment.step(0)
    other = make("tiger")
    other.reset(seed=2)
    other.restore(environment.snapshot())
    assert other.percept_probabilities(0) == environment.percept_probabilities(0)


def test_an_interaction_is_a_system():
    interaction = Interaction(Dice(), make("cheese-maze"), seed=4)
    assert isinstance(interaction, simulations.System)
    interaction.advance(7)
    saved = interaction.snapshot()
    interaction.advance(20)
    whole = Interaction(Dice(), domains.cheese_maze(), seed=4)
    whole.advance(27)
    again = Interaction(Dice(), make("cheese-maze"), seed=8)
    again.restore(saved)
    again.advance(13)
    again.advance(7)
    direct = play(Dice(), make("cheese-maze"), 27, seed=4, progress=False)
    for other in (whole.play, again.play, direct):
        assert np.array_equal(other.rewards, interaction.rewards)
        assert np.array_equal(other.actions, interaction.play.actions)
        assert np.array_equal(other.observations, interaction.play.observations)
    assert np.array_equal(whole.states()[0], interaction.states()[0])


def test_learning_curves_are_means_between_their_points(tmp_path):
    curve = learning_curve(Dice(), make("tiger"), 100, [10, 30, 100], seed=2, out=tmp_path / "run")
    rewards = play(Dice(), make("tiger"), 100, seed=2, progress=False).rewards
    expected = [rewards[:10].mean(), rewards[10:30].mean(), rewards[30:].mean()]
    assert curve["mean_reward"][:, 0].tolist() == expected
    assert (curve.clock, curve.units) == ("cycles", ("reward",))
    for count in (4, np.int64(4)):
        quarters = learning_curve(Dice(), make("coin"), 100, count).times
        assert list(quarters) == [25, 50, 75, 100]
    again = learning_curve(Dice(), make("tiger"), 100, [10, 30, 100], seed=2, out=tmp_path / "run")
    assert np.array_equal(again.values, curve.values)


def frozen_lake(*, slippery):
    return adapt(gymnasium.make("FrozenLake-v1", is_slippery=slippery), reward_levels=(0, 1))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (domains.tiger(0.85), domains.tiger(0.55)),
        (domains.coin(0.8), domains.coin(0.99)),
        (make("coin", p=0.8), make("coin", p=0.99)),
        (frozen_lake(slippery=True), frozen_lake(slippery=False)),
    ],
)
def test_runs_of_other_environments_are_told_apart(tmp_path, one, other):
    learning_curve(Dice(), one, 50, 1, out=tmp_path)
    again = learning_curve(Dice(), one, 50, 1, out=tmp_path)
    assert len(again.times) == 1
    with pytest.raises(ValueError, match=r"another run \(system\.environment_sha256: "):
        learning_curve(Dice(), other, 50, 1, out=tmp_path)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (PolicyAgent(lambda observation: 0), PolicyAgent(lambda observation: 1)),
        (PolicyAgent([0, 0].__getitem__, "own"), PolicyAgent([1, 1].__getitem__, "own")),
        (SamplingAgent(Specialist((0,))), SamplingAgent(Specialist((1,)))),
        (FreqAgent(0.5), FreqAgent(0.5000001)),
    ],
)
def test_runs_of_other_agents_are_told_apart(tmp_path, one, other):
    learning_curve(one, make("coin"), 50, 1, out=tmp_path)
    again = learning_curve(one, make("coin"), 50, 1, out=tmp_path)
    assert len(again.times) == 1
    with pytest.raises(ValueError, match=r"another run \(system\.agent"):
        learning_curve(other, make("coin"), 50, 1, out=tmp_path)


def long_way(last):
    """A model of 300 states that pays in its last one."""

    def outcomes(state, action):
        return [Outcome(F(1), (state + 1) % 300, 0, F(last) if state == 299 else F(0))]

    start = (Outcome(F(1), 0, 0),)
    return Model("long way", Interface(1, 1, (F(0), F(1))), start, outcomes)


def test_models_that_differ_late_are_told_apart(tmp_path):
    one, other = long_way(0), long_way(1)
    assert one.digest == long_way(0).digest != other.digest
    on = {s: {0: [(1.0, s + 1, 0.0, False)]} for s in range(400)}
    ends = ({0: [(p, 0, 1.0, False), (1 - p, 0, 0.0, False)]} for p in (0.5, 0.25, 0.25))
    tables = [from_transitions(on | {400: end}).digest for end in ends]
    assert tables[0] != tables[1] == tables[2]
    learning_curve(Dice(), one, 400, 1, out=tmp_path)
    with pytest.raises(ValueError, match=r"another run \(system\.environment_sha256: "):
        learning_curve(Dice(), other, 400, 1, out=tmp_path)


DIGESTS = """
from fractions import Fraction
from simulations.agents import domains, thesis
for room in (domains, thesis):
    for name in room.names():
        model = room.get(name)
        print(name, model.digest == room.get(name).digest, model.digest)
"""


def test_digests_are_the_same_in_every_process():
    said = [
        subprocess.run(
            [sys.executable, "-c", DIGESTS], capture_output=True, text=True, check=True,
            env=os.environ | {"PYTHONHASHSEED": seed},
        ).stdout
        for seed in "01"
    ]  # fmt: skip
    assert said[0] == said[1]
    assert "False" not in said[0]
    digests = [line.split()[-1] for line in said[0].splitlines()]
    assert len(set(digests)) == len(digests) > 10


class Even:
    """Draws its actions as NumPy's users do, and as Gymnasium's environments draw."""

    def reset(self, interface, seed):
        self.actions, self.rng = interface.actions, np.random.default_rng(seed)

    def act(self, observation, reward):
        return int(self.rng.integers(self.actions))


@pytest.mark.parametrize("seed", range(5))
def test_an_agent_does_not_share_the_environments_draws(seed):
    # whatever guesses at random is right a third of the time, to five standard errors
    guesses = play(Even(), make("two-coins"), 2000, seed=seed, progress=False)
    assert guesses.mean_reward == pytest.approx(1 / 3, abs=5 * math.sqrt(2 / 9 / 2000))
    moves = play(Even(), make("rock-paper-scissors"), 500, seed=seed, progress=False)
    assert set(moves.rewards.tolist()) == {-1, 0, 1}


class Interrupting(MeanReward):
    """Ctrl-C at its third measurement."""

    def __call__(self, system):
        if system.time >= 30:
            raise KeyboardInterrupt
        return super().__call__(system)

    @property
    def parameters(self):
        return super().parameters


def test_an_interrupted_learning_curve_goes_on_where_it_was(tmp_path):
    times = [10, 20, 30, 40]
    whole = learning_curve(Dice(), make("tiger"), 40, times, seed=1)
    system = Interaction(Dice(), make("tiger"), seed=1)
    with pytest.raises(simulations.Interrupted):
        simulations.observe(system, Interrupting(times), times, out=tmp_path)
    resumed = learning_curve(Dice(), make("tiger"), 40, times, seed=1, out=tmp_path)
    assert np.array_equal(resumed.values, whole.values)


def test_who_has_no_snapshot_can_be_run_and_not_resumed(tmp_path):
    times = [10, 20, 30, 40]
    assert learning_curve(Forgetful(), make("coin"), 40, times).complete
    system = Interaction(Forgetful(), make("coin"))
    with pytest.raises(simulations.Interrupted):
        simulations.observe(system, Interrupting(times), times, out=tmp_path)
    with pytest.raises(TypeError, match="agent: Forgetful has no snapshot and restore; it can be"):
        learning_curve(Forgetful(), make("coin"), 40, times, out=tmp_path)


def test_what_fails_in_the_middle_leaves_the_part_before():
    adapted = adapt(Corridor(broken_at=6), reward_levels=(0, 1))
    with pytest.raises(BrokenPlayError, match=r"cycle 5: dice in Corridor: RuntimeError") as broken:
        play(Dice(), adapted, 50, progress=False)
    assert broken.value.play.cycles == 5

    class Wrong(Forgetful):
        def act(self, observation, reward):
            return 7

    with pytest.raises(BrokenPlayError, match="action: got 7, accepted is an integer from 0 to 1"):
        play(Wrong(), make("coin"), 5, progress=False)


def test_bad_points_are_named():
    for points in ([0, 5], [5], [5, 5.5], [5.5, 10], [[5, 10]], []):
        with pytest.raises(ValueError, match=r"points: got|times: must increase"):
            learning_curve(Dice(), make("coin"), 10, points)
    with pytest.raises(ValueError, match="points: got 20, accepted"):
        learning_curve(Dice(), make("coin"), 10, 20)


def test_random_play_has_the_value_of_random_play():
    """The uniform policy's exact value against a sampled play, within 5 standard errors."""
    rewards = play(Dice(), make("cheese-maze"), 5000, seed=0, progress=False).rewards
    blocks = rewards.reshape(50, 100).mean(axis=1)
    expected = float(value_of(domains.cheese_maze(), "uniform"))
    assert abs(blocks.mean() - expected) < 5 * blocks.std(ddof=1) / np.sqrt(50)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text() | st.fractions(),
        lambda parts: st.lists(parts).map(tuple) | st.frozensets(parts),
        max_leaves=8,
    )
)
def test_plain_values_come_back_as_they_were(value):
    found = _plain.unpacked(_plain.packed(value))
    assert found == value
    assert repr(type(found)) == repr(type(value))


def test_values_that_a_snapshot_cannot_hold():
    with pytest.raises(TypeError, match="state: got a list, which a snapshot cannot hold"):
        _plain.packed((1, [2]))
