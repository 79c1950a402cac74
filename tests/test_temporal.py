"""Temporal differences against their definitions, exact values and plain statements."""

from __future__ import annotations

import dataclasses
import itertools
import json
import math
from collections import deque
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from examples import temporal_differences as example
from simulations.agents.agent import Agent, play
from simulations.agents.environment import ModelEnvironment
from simulations.agents.interface import Interface
from simulations.agents.model import Model, Outcome
from simulations.agents.solver import solve
from simulations.agents.temporal import (
    HL,
    HLQ,
    HLS,
    TD,
    MarkovChain,
    QLearner,
    Sarsa,
    ValueEstimation,
    _kernels,
    alternating_walk,
    discounted_reward,
    estimate,
    play_table,
    random_chain,
    random_walk,
    tabulate,
    windy_gridworld,
)
from simulations.system import System, random_words

MASK = 2**64 - 1
HALF = (Outcome(Fraction(1, 4), 0, 0), Outcome(Fraction(1, 4), 1, 1))
fewer = settings(deadline=None, max_examples=30)


class PlainXoshiro:
    """xoshiro256++ in Python integers, as published by Blackman and Vigna."""

    def __init__(self, words):
        self.s = [int(word) for word in words]

    def word(self):
        def rotl(x, k):
            return ((x << k) | (x >> (64 - k))) & MASK

        s = self.s
        result = (rotl((s[0] + s[3]) & MASK, 23) + s[0]) & MASK
        t = (s[1] << 17) & MASK
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= t
        s[3] = rotl(s[3], 45)
        return result

    def uniform(self):
        return (self.word() >> 11) / 2**53

    def pick(self, outcomes):
        """The first of the outcomes whose cumulative chance is above a draw."""
        u, total = self.uniform(), Fraction(0)
        for each in outcomes:
            total += each.probability
            if u < float(total):
                return each
        raise AssertionError("chances below 1")


def test_generator_gives_the_published_sequence():
    # the reference sequence of xoshiro256++ from the state (1, 2, 3, 4), as in rand_xoshiro's tests
    expected = [41943041, 58720359, 3588806011781223, 3591011842654386, 9228616714210784205]
    state, plain = np.array([1, 2, 3, 4], np.uint64), PlainXoshiro([1, 2, 3, 4])
    assert [plain.word() for _ in expected] == expected
    assert [_kernels.uniform(state) for _ in expected] == [(w >> 11) / 2**53 for w in expected]


# --- chains ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("states", "gamma"), [(3, 0.5), (21, 0.9), (51, 0.99)])
def test_values_of_the_walk_are_hyperbolic_sines(states, gamma):
    """V_s = gamma/2 (V_{s-1} + V_{s+1}), V_0 = 1, V_last = -1, by symmetry 0 in the middle."""
    rate, middle = math.acosh(1 / gamma), states // 2
    expected = [math.sinh(rate * (middle - s)) / math.sinh(rate * middle) for s in range(states)]
    np.testing.assert_allclose(random_walk(states).values(gamma), expected, atol=1e-12)


@pytest.mark.parametrize("chain", [random_walk(5), random_chain(12, sparsity=0.7, seed=3)])
def test_model_of_a_chain_has_the_values_of_equation_6_1(chain):
    values = chain.values(0.9)
    for state in range(chain.size):
        outcomes = chain.model.outcomes(state, 0)
        assert sum(each.probability for each in outcomes) == 1
        assert all(each.observation == each.state for each in outcomes)
        expected = sum(
            float(each.probability) * (float(each.reward) + 0.9 * values[each.observation])
            for each in outcomes
        )
        assert values[state] == pytest.approx(expected, abs=1e-12)


def test_rewards_alternate():
    chain = alternating_walk(5, period=3)
    assert [chain.phase(t) for t in range(13)] == [0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1]
    for step in range(6):
        (jump,) = chain.model.outcomes((4, step), 0)
        assert (jump.observation, jump.state) == (2, (2, (step + 1) % 6))
        assert jump.reward == (-1 if step < 3 else Fraction(1, 2))
    first, second = chain.values(0.9), chain.values(0.9, phase=1)
    assert first[4] == pytest.approx(-1 + 0.9 * first[2])
    assert second[4] == pytest.approx(0.5 + 0.9 * second[2])


def test_random_chain_is_sparse_and_connected():
    chain = random_chain(50, seed=1)
    reached, waiting = {0}, [0]
    while waiting:
        for following in np.flatnonzero(chain.weights[waiting.pop()]):
            if following not in reached:
                reached.add(int(following))
                waiting.append(int(following))
    assert reached == set(range(50))
    for share in ((chain.weights > 0).mean(), (chain.rewards > 0).mean()):
        assert abs(share - 0.1) < 4 * math.sqrt(0.09 / 2500)
    assert np.array_equal(chain.weights, random_chain(50, seed=1).weights)
    assert not np.array_equal(chain.weights, random_chain(50, seed=2).weights)


# --- estimators -----------------------------------------------------------------------------------


@st.composite
def paths(draw):
    size = draw(st.integers(1, 5))
    steps = draw(st.integers(0, 25))
    states = draw(st.lists(st.integers(0, size - 1), min_size=steps + 1, max_size=steps + 1))
    rewards = draw(st.lists(st.integers(-8, 8), min_size=steps, max_size=steps))
    return states, [reward / 4 for reward in rewards], size


def by_definition(lambda_, gamma, states, rewards, size):
    """Equation 6.5 in Fractions, the unknown rest of every return being the present state's value.

    To every state belongs one more visit, before all else, that found it worth 0.
    """
    keep, g = Fraction(lambda_), Fraction(gamma)
    t = len(rewards)
    weight = [keep ** (t - k) for k in range(t + 1)]
    returns = [
        sum((g ** (u - k) * Fraction(rewards[u]) for u in range(k, t)), Fraction(0))
        for k in range(t + 1)
    ]

    def value(s, rest):
        here = [k for k in range(t + 1) if states[k] == s]
        found = sum((weight[k] * (returns[k] + g ** (t - k) * rest) for k in here), Fraction(0))
        return found / (keep**t + sum(weight[k] for k in here))

    now = states[-1]  # its own value is a + b times itself
    a, b = value(now, Fraction(0)), value(now, Fraction(1)) - value(now, Fraction(0))
    return [float(value(s, a / (1 - b))) for s in range(size)]


@fewer
@given(paths(), st.sampled_from([1.0, 0.96875, 0.5]), st.sampled_from([0.0, 0.5, 0.875]))
def test_hl_is_what_its_loss_asks_for(path, lambda_, gamma):
    """Incremental rule (6.8, 6.9) = closed form (6.7) = exact solution of (6.5), bootstrapped."""
    hl = HL(lambda_, gamma)
    exact = by_definition(lambda_, gamma, *path)
    np.testing.assert_allclose(hl.closed_form(*path), exact, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(hl.learn(*path), exact, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("lambda_", [1.0, 0.97])
@pytest.mark.parametrize("chain", [random_walk(21), random_chain(50, seed=5)])
def test_hl_equals_its_closed_form_on_long_paths(chain, lambda_):
    random = np.random.default_rng(0)
    states = [chain.start]
    for _ in range(600):
        states.append(int(random.choice(chain.size, p=chain.transition[states[-1]])))
    rewards = [chain.rewards[0, i, j] for i, j in itertools.pairwise(states)]
    hl = HL(lambda_, 0.9)
    learned, closed = hl.learn(states, rewards, 51), hl.closed_form(states, rewards, 51)
    np.testing.assert_allclose(learned, closed, rtol=0, atol=1e-12)
    assert np.abs(closed).max() > 0.1


def plain_estimate(chain, estimator, seed, run, steps):
    """TD by Algorithm 1; HL by the same with beta of equation 6.9 as in Algorithm 2."""
    draws = PlainXoshiro(random_words(seed, (run,), 4))
    n, gamma, lambda_ = chain.size, estimator.gamma, estimator.lambda_
    value, trace, visits = [0.0] * n, [0.0] * n, [1.0] * n
    model, state = chain.model, chain.model.start[0].state
    here = chain.model.start[0].observation
    for t in range(1, steps + 1):
        outcome = draws.pick(model.outcomes(state, 0))
        there = outcome.observation
        delta = float(outcome.reward) + gamma * value[there] - value[here]
        trace[here] += 1
        visits[here] += 1
        if isinstance(estimator, HL):
            ratio = visits[there] / (visits[there] - gamma * trace[there])
            rates = [ratio / visits[s] for s in range(n)]
        else:
            rates = [estimator.alpha / t**estimator.power] * n
        for s in range(n):
            value[s] += rates[s] * trace[s] * delta
            trace[s] *= gamma * lambda_
            visits[s] *= lambda_
        state, here = outcome.state, there
    return value


RULES = [
    TD(0.1, 0.7, 0.9),
    TD(1.5, 0.5, 0.9, power=1 / 3),
    TD(0.5, 0.0, 0.9, power=0.5),
    HL(1.0, 0.9),
    HL(0.98, 0.9),
]
CHAINS = [random_walk(7), alternating_walk(5, period=40), random_chain(8, sparsity=0.5, seed=2)]


@pytest.mark.parametrize("rule", RULES, ids=repr)
@pytest.mark.parametrize("chain", CHAINS, ids=repr)
def test_populations_do_as_one_by_one(chain, rule):
    system = ValueEstimation(chain, rule, runs=3, seed=11)
    system.advance(150)
    for run in range(3):
        expected = plain_estimate(chain, rule, 11, run, 150)
        np.testing.assert_allclose(system.states()[run], expected, rtol=1e-9, atol=1e-12)


def test_estimation_obeys_the_laws_of_systems():
    def fresh(runs=4):
        return ValueEstimation(alternating_walk(5, period=30), HL(0.99, 0.9), runs=runs, seed=1)

    whole, parts = fresh(), fresh()
    assert isinstance(whole, System)
    whole.advance(100)
    parts.advance(35)
    kept = parts.snapshot()
    parts.advance(65)
    assert np.array_equal(whole.states(), parts.states())
    again = fresh()
    again.restore(kept)
    again.advance(65)
    assert again.time == 100
    assert np.array_equal(whole.states(), again.states())
    single = fresh(1)
    single.advance(100)
    assert np.array_equal(single.states()[0], whole.states()[0])


def test_one_seed_is_one_set_of_paths():
    tables = []
    for rule in RULES[:4]:
        system = ValueEstimation(random_chain(9, sparsity=0.6), rule, runs=5, seed=3)
        system.advance(57)
        tables.append(system.snapshot()["at"])
    assert all(np.array_equal(tables[0], each) for each in tables)


def test_hl_beats_both_rates_of_the_thesis_on_the_walk_of_21_states():
    """Section 6.3, Figure 6.2, 100 runs: HL(1) is ahead of TD(0.7) with either rate at the end."""
    times = [100, 500, 1000, 4000, 10_000]
    hl, slow, fast, poor = (
        estimate(random_walk(21), rule, times, runs=100, seed=63).rmse
        for rule in (HL(), TD(0.07, 0.7), TD(0.13, 0.7), HL(0.98))
    )
    assert hl[-1].mean() < 0.03
    for td in (slow, fast):
        lead = td - hl  # on the same paths
        assert (lead.mean(axis=1) > 4 * lead.std(axis=1, ddof=1) / 10)[1:].all()
    assert poor[-1].mean() > 4 * hl[-1].mean()


def test_estimates_converge_to_exact_values_at_the_rate_of_averages():
    """HL(1) averages: 16 times the steps make a quarter of the error, here within a fifth."""
    errors = estimate(random_walk(7), HL(), [2000, 32_000], runs=200, seed=0).rmse.mean(axis=1)
    assert errors[1] / errors[0] == pytest.approx(1 / 4, rel=0.2)


# --- controllers ----------------------------------------------------------------------------------

AGENTS: list[QLearner | Sarsa | HLQ | HLS] = [
    QLearner(0.5, 0.1, 0.6),
    QLearner(0.5, 0.1, 0.9, 0.5, initial=0.3),
    Sarsa(0.4, 0.2, 0.9, 0.7),
    HLQ(0.1, 0.7, 0.95),
    HLS(0.2, 0.9, 0.99, initial=0.5),
    HLQ(0.1, 0.7, 1.0),
]


def plain_play(agent, model, cycles, seed):
    """Algorithms 2 and 3 of the thesis, and those of Sarsa and Q, with dictionaries.

    Returns actions, observations, rewards, action values.
    """
    own, world = (PlainXoshiro(random_words(seed, (key,), 4)) for key in (1, 0))
    sort, gamma, lambda_ = type(agent), agent.gamma, agent.lambda_
    entries = list(
        itertools.product(range(model.interface.observations), range(model.interface.actions))
    )
    q = dict.fromkeys(entries, float(agent.initial))
    e, n = dict.fromkeys(entries, 0.0), dict.fromkeys(entries, 1.0)
    found = world.pick(model.start)
    state, seen, reward, before = found.state, found.observation, 0.0, None
    told = []
    for _ in range(cycles):
        row = [q[seen, b] for b in range(model.interface.actions)]
        best = [b for b, value in enumerate(row) if value == max(row)]
        star = best[int(own.uniform() * len(best))] if len(best) > 1 else best[0]
        action = int(own.uniform() * len(row)) if own.uniform() < agent.epsilon else star
        if before is not None:
            target = star if sort in (QLearner, HLQ) else action
            delta = reward + gamma * q[seen, target] - q[before]
            e[before] += 1
            n[before] += 1
            to = (seen, action)
            beta = (
                {x: 1 / (n[to] - gamma * e[to]) * n[to] / n[x] for x in entries}
                if sort in (HLS, HLQ)
                else dict.fromkeys(entries, getattr(agent, "alpha", 0.0))
            )
            for x in entries:
                q[x] += beta[x] * e[x] * delta
                n[x] *= lambda_
                e[x] *= gamma * lambda_
                if sort in (QLearner, HLQ) and action != star:
                    e[x] = 0.0
        before = (seen, action)
        found = world.pick(model.outcomes(state, action))
        state, seen, reward = found.state, found.observation, float(found.reward)
        told.append((action, seen, reward))
    return *zip(*told, strict=True), [q[x] for x in entries]


def hidden_coins():
    """Three hidden states, two observations, chances of a third: nothing a learner can master."""
    third = Fraction(1, 3)

    def outcomes(state, action):
        moved = (state + action) % 3
        return [
            Outcome(third, 0, 0, Fraction(moved == 0)),
            Outcome(third, moved, moved % 2, Fraction(moved, 4)),
            Outcome(third, 2, 1, Fraction(-1, 2)),
        ]

    levels = tuple(Fraction(x, 4) for x in (-2, 0, 1, 2, 4))
    starts = (Outcome(Fraction(1, 2), 0, 0), Outcome(Fraction(1, 2), 2, 1))
    return Model("hidden coins", Interface(3, 2, levels), starts, outcomes)


@pytest.mark.parametrize("agent", AGENTS, ids=repr)
@pytest.mark.parametrize("model", [windy_gridworld(), hidden_coins()], ids=lambda m: m.name)
@pytest.mark.parametrize("seed", [0, 1])
def test_agents_do_as_the_algorithms_say(agent, model, seed):
    actions, observations, rewards, values = plain_play(agent, model, 400, seed)
    compiled = play_table(agent, tabulate(model), 400, seed=seed)
    assert compiled.actions.tolist() == list(actions)
    assert compiled.observations.tolist() == list(observations)
    assert compiled.rewards.tolist() == list(rewards)
    agent.reset(model.interface, seed)
    assert isinstance(AGENTS[0], Agent)
    percepts = [(compiled.first_observation, 0.0), *zip(observations, rewards, strict=True)]
    assert [agent.act(*percept) for percept in percepts[:-1]] == list(actions)
    np.testing.assert_allclose(agent.action_values().ravel(), values, rtol=1e-9, atol=1e-12)


@fewer
@given(
    st.sampled_from(AGENTS),
    st.integers(0, 2**32 - 1),
    st.lists(st.tuples(st.integers(0, 2), st.integers(-3, 3)), min_size=1, max_size=40),
    st.integers(0, 39),
)
def test_a_snapshot_resumes(agent, seed, percepts, at):
    agent.reset(Interface(4, 3, reward_bounds=(-3, 3)), seed)
    for percept in percepts[:at]:
        agent.act(*percept)
    kept = agent.snapshot()
    actions = [agent.act(*percept) for percept in percepts[at:]]
    end = agent.snapshot()
    agent.restore(kept)
    assert [agent.act(*percept) for percept in percepts[at:]] == actions
    for name, array in agent.snapshot().items():
        assert np.array_equal(array, end[name]), name


def test_sarsa_without_a_rate_is_hl_on_pairs():
    """With epsilon 1, what HLS learns is what HL learns on the path of (observation, action)."""
    agent, model = HLS(1.0, 0.8, 0.97), hidden_coins()
    played = play_table(agent, tabulate(model), 300, seed=4)
    agent.reset(model.interface, 4)
    observations = [played.first_observation, *played.observations.tolist()]
    rewards = [0.0, *played.rewards.tolist()]
    for percept in zip(observations[:-1], rewards[:-1], strict=True):
        agent.act(*percept)
    pairs = np.array(observations[:-1]) * 3 + played.actions
    learned = HL(0.97, 0.8).learn(pairs, played.rewards[:-1], 6)
    np.testing.assert_array_equal(agent.action_values().ravel(), learned)


def test_q_learning_finds_the_optimal_values_of_a_deterministic_world():
    """With rate 1 and random actions it is asynchronous value iteration: it converges to Q*."""
    successor = np.array([[(3 * s + 2 * a + 1) % 7 for a in range(2)] for s in range(7)])
    gains = np.array([[s * (a + 1) % 4 for a in range(2)] for s in range(7)], float)
    agent, state, reward = QLearner(1.0, 1.0, 0.9), 0, 0.0
    agent.reset(Interface(2, 7, reward_bounds=(0, 3)), 0)
    for _ in range(20_000):
        action = agent.act(state, reward)
        state, reward = int(successor[state, action]), float(gains[state, action])
    optimal = np.zeros((7, 2))
    for _ in range(400):
        optimal = gains + 0.9 * optimal.max(axis=1)[successor]
    np.testing.assert_allclose(agent.action_values(), optimal, atol=1e-9)


def test_exploration_cuts_the_traces_of_q():
    for agent in (QLearner(0.5, 1.0, 0.9, 1.0), HLQ(1.0, 0.9)):
        agent.reset(Interface(2, 3, reward_bounds=(0, 1)), 5)
        cut = 0
        for cycle in range(200):
            values = agent.action_values()
            action = agent.act(cycle % 3, float(cycle % 2))
            traces = agent.snapshot()["traces"]
            row = values[cycle % 3]
            if cycle and row[action] < row.max():
                assert not traces.any()
                cut += 1
            elif cycle and (row < row[action]).sum() == 1:
                assert traces.any()
        assert 50 < cut < 150


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (random_walk(21), random_walk(21, right=0.5)),
        (alternating_walk(21, period=50), alternating_walk(21, period=60)),
        (random_chain(9, sparsity=0.5, seed=1), random_chain(9, sparsity=0.6, seed=1)),
        (random_walk(21), dataclasses.replace(random_walk(21), start=3)),
    ],
)
def test_runs_along_other_chains_are_told_apart(tmp_path, one, other):
    assert one.name == other.name
    estimate(one, HL(), [5], out=tmp_path)
    assert len(estimate(one, HL(), [5], out=tmp_path).times) == 1
    with pytest.raises(ValueError, match=r"another run \(chain_sha256|another run"):
        estimate(other, HL(), [5], out=tmp_path)


def certain(state):
    return (Outcome(Fraction(1), state, 0),)


def chances(start, outcomes):
    return Model("chances", Interface(1, 2, reward_levels=(0,)), start, lambda *_: list(outcomes))


def test_bad_numbers_are_named():
    for make, said in [
        (lambda: TD(0.0), "alpha: got 0.0, accepted is a finite number above 0"),
        (lambda: TD(0.1, 1.5), r"lambda_: got 1.5, accepted is a number in \[0, 1\]"),
        (lambda: HL(0.0), r"lambda_: got 0.0, accepted is a number in \(0, 1\]"),
        (lambda: HL(gamma=1.0), r"gamma: got 1.0, accepted is a number in \[0, 1\)"),
        (lambda: QLearner(math.nan, 0.1, 0.9), "alpha: got nan"),
        (lambda: Sarsa(0.1, 2.0, 0.9), "epsilon: got 2.0"),
        (lambda: HLQ(0.1, 0.9, initial=math.inf), "initial: got inf"),
        (lambda: random_walk(4), "states: got 4, accepted is an odd number"),
        (lambda: random_chain(50, sparsity=0.999), "sparsity: got 0.999"),
        (lambda: HL().learn([0, 1], [1.0, 2.0], 2), "states, rewards: got shapes"),
        (lambda: HL().learn([0, 2], [1.0], 2), "states: got 0 to 2, accepted is 0 to 1"),
        (lambda: MarkovChain("", np.zeros((2, 2), np.int64), np.zeros((1, 2, 2))), "row of zeros"),
        (lambda: tabulate(alternating_walk(21).model, limit=99), "more than 99 states"),
        (lambda: tabulate(chances(HALF[:1], certain(0))), "got probabilities 1/4, accepted are"),
        (lambda: tabulate(chances(certain(0), HALF)), "got probabilities 1/4, 1/4, accepted"),
    ]:
        with pytest.raises(ValueError, match=said):
            make()
    with pytest.raises(TypeError, match="alpha: got 'a', accepted is a number"):
        TD("a")  # type: ignore[arg-type]
    with pytest.raises(RuntimeError, match="reset"):
        HLS(0.1, 0.9).act(0, 0.0)
    agent = HLS(0.1, 0.9)
    agent.reset(Interface(2, 3, reward_bounds=(0, 1)), 0)
    with pytest.raises(ValueError, match="observation: got 3"):
        agent.act(3, 0.0)
    kept = agent.snapshot()
    agent.reset(Interface(2, 4, reward_bounds=(0, 1)), 0)
    with pytest.raises(ValueError, match="snapshot: got 6"):
        agent.restore(kept)


# --- the windy gridworld --------------------------------------------------------------------------


def test_wind_blows_as_in_the_book():
    """Example 6.5 of Sutton and Barto: the shortest way takes 15 steps; walls stop."""
    model = windy_gridworld()

    def step(row, column, action):
        (found,) = model.outcomes(row * 10 + column, action)
        return divmod(found.observation, 10), found.reward

    up, down, left, right = range(4)
    assert step(3, 0, up) == ((2, 0), 0)
    assert step(3, 0, left) == ((3, 0), 0)
    assert step(3, 3, right) == ((2, 4), 0)
    assert step(6, 6, down) == ((5, 6), 0)
    assert step(0, 6, right) == ((0, 7), 0)
    assert step(4, 8, left) == ((3, 0), 1)  # at the goal: back to the start
    distance, waiting = {30: 0}, deque([30])
    lengths = []
    while waiting:
        cell = waiting.popleft()
        for action in range(4):
            (found,) = model.outcomes(cell, action)
            if found.reward:
                lengths.append(distance[cell] + 1)
            elif found.state not in distance:
                distance[found.state] = distance[cell] + 1
                waiting.append(found.state)
    assert min(lengths) == 15
    assert model.optimal_value == Fraction(1, 15)


def test_discounted_rewards_are_their_definition():
    table, agent = tabulate(windy_gridworld()), Sarsa(0.5, 0.1, 0.99, 0.5)
    curve = discounted_reward(agent, table, 600, gamma=0.9, block=200, runs=2, seed=8)
    assert curve.times.tolist() == [200, 400, 600]
    for run in range(2):
        seed = int(random_words(8, (run,), 1)[0])
        rewards = play_table(agent, table, 900, seed=seed).rewards
        powers = 0.9 ** np.arange(300)
        values = [float(powers @ rewards[t : t + 300]) for t in range(600)]
        expected = np.reshape(values, (3, 200)).mean(axis=1)
        np.testing.assert_allclose(curve.discounted_reward[:, run], expected, atol=1e-5)


def test_agents_learn_the_gridworld():
    """After 30,000 steps all earn more than half of what is possible, and nobody more than all."""
    table = tabulate(windy_gridworld())
    most = float(Fraction(1, 15)) / (1 - 0.99)
    for agent in (
        Sarsa(0.4, 0.01, 0.99, 0.5),
        QLearner(0.4, 0.01, 0.99, 0.5),
        HLS(0.01, 0.99, 0.995),
        HLQ(0.01, 0.99, 0.99),
    ):
        curve = discounted_reward(agent, table, 30_000, gamma=0.99, block=10_000, runs=10, seed=1)
        last = curve.discounted_reward[-1]
        assert most / 2 < last.mean() < most + 1e-9
        assert (curve.discounted_reward[0] < last).mean() > 0.8


def test_runs_do_not_depend_on_their_number():
    table, agent = tabulate(hidden_coins()), HLQ(0.05, 0.99, 0.99)
    one, two = (
        discounted_reward(agent, table, 500, gamma=0.99, runs=runs, seed=3) for runs in (1, 2)
    )
    assert np.array_equal(one.discounted_reward[:, 0], two.discounted_reward[:, 0])
    assert not np.array_equal(two.discounted_reward[:, 0], two.discounted_reward[:, 1])
    assert dataclasses.asdict(agent) == {
        "epsilon": 0.05,
        "gamma": 0.99,
        "lambda_": 0.99,
        "initial": 0.0,
    }


def test_the_gridworld_is_an_environment_like_others():
    """The exact solver finds the shortest way's reward; an agent learns it through Gymnasium."""
    model = windy_gridworld()
    assert solve(model, observed=True).optimal_value == Fraction(1, 15)
    history = play(HLQ(0.01, 0.99, 0.99), ModelEnvironment(model), 20_000, seed=1, progress=False)
    assert history.rewards[:1000].mean() < history.rewards[-5000:].mean() <= 1 / 15


# --- what is stored -------------------------------------------------------------------------------

DOCS = Path(__file__).parent.parent / "docs"


@pytest.fixture(scope="module")
def stored():
    return json.loads((DOCS / "results" / "temporal-differences.json").read_text())


def test_documents_say_what_the_results_say(stored):
    page = (DOCS / "temporal-differences.md").read_text()
    for name, table in example.tables(stored).items():
        assert f"<!-- table {name} -->\n{table}\n<!-- end {name} -->" in page
    assert stored["command"] == "python -m examples.temporal_differences"


def test_what_the_page_claims(stored):
    rows = [row for found in stored["chains"].values() for row in found["comparisons"]]
    assert len(rows) == 3 * 6 + 2
    assert all(row["verdict"] == "ahead" for row in rows)
    walk = stored["chains"]["walk-21"]["curves"]
    end = {name: curve["high"][-1] for name, curve in walk.items()}
    assert end["HL(1)"] < 0.03
    assert all(curve["mean"][-1] > end["HL(1)"] for name, curve in walk.items() if name != "HL(1)")
    control = [row for found in stored["gridworld"].values() for row in found["comparisons"]]
    verdicts = [row["verdict"] for row in control]
    assert verdicts == ["behind", "ahead", "undecided", "ahead"]
    assert control[0]["other"][1] > 5.5


def test_tuning_takes_the_best_and_says_where_the_grid_ends():
    grid = example.EXPERIMENTS["walk-21"].tds("fixed")
    wanted = TD(0.07, 0.5, 0.9)
    score = {rule: np.array(float(rule != wanted)) for rule in grid}
    best = example.tuned(grid, lambda rule: score[rule], lambda curves, criterion: curves, 1)
    assert best == {"end": wanted, "curve": wanted}
    assert example.at_an_edge(wanted, grid) == []
    assert example.at_an_edge(TD(1.0, 0.0, 0.9), grid) == ["alpha"]
    ahead = example.compared(
        np.zeros((1, 5)), np.ones((1, 5)) + np.eye(1, 5), lambda x, _: x[0], "", 1
    )
    assert ahead["verdict"] == "ahead"
    assert ahead["lead"][0] == pytest.approx(1.2)
