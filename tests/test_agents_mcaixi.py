"""Percepts in bits, context trees as a predictor, and the agent: against plain statements.

Runs as compiled code and with NUMBA_BOUNDSCHECK=1.
"""

from __future__ import annotations

import itertools
import math
import subprocess
import sys
from collections import Counter
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from complexity.context import FactoredContextTree
from simulations.agents import _search_kernels as kernels
from simulations.agents.agent import Agent, play
from simulations.agents.environment import make
from simulations.agents.interface import Interface, Percept
from simulations.agents.mcaixi import MCAIXI
from simulations.agents.prediction import ContextTreePredictor, PerceptCodec, PerceptPredictor

SMALL = Interface(3, 3, reward_levels=(-1, 0, Fraction(5, 2)))
BITS = Interface(2, 2, reward_levels=(0, 1))


class RockPaperScissors:
    """The opponent repeats rock if it has just won by it; else it draws (Veness et al. 2011)."""

    interface = Interface(3, 3, reward_levels=(-1, 0, 1))

    def __init__(self, seed: int) -> None:
        self.generator = np.random.default_rng(seed)
        self.observation, self.reward = 1, 0

    def step(self, action: int) -> tuple[int, int]:
        """Rock is 0, paper 1, scissors 2; each beats the one before it, and rock scissors."""
        repeats = (self.observation, self.reward) == (0, -1)
        self.observation = 0 if repeats else int(self.generator.integers(3))
        self.reward = (0, 1, -1)[(action - self.observation) % 3]
        return self.observation, self.reward


def converse(agent: Agent, world, percept: tuple[int, float], cycles: int):
    """Actions, rewards, and the last percept."""
    actions, rewards = [], []
    for _ in range(cycles):
        actions.append(agent.act(*percept))
        percept = world.step(actions[-1])
        rewards.append(percept[1])
    return actions, np.array(rewards), percept


def taught(interface: Interface, depth: int, cycles: int, seed: int, **options):
    """A predictor that has seen an answer that depends on the action, with noise."""
    model = ContextTreePredictor(interface, depth, **options)
    rng = np.random.default_rng(seed)
    levels = interface.reward_levels or ()
    model.begin(0)
    for _ in range(cycles):
        action = int(rng.integers(interface.actions))
        noise = int(rng.integers(3))
        seen = (action + noise // 2) % interface.observations
        paid = levels[(seen + noise % 2) % len(levels)]
        model.update(action, Percept(seen, paid))
    return model


def plain_expectimax(model: PerceptPredictor, interface: Interface, horizon: int) -> list[float]:
    """By the definition, through the predictor's protocol alone."""
    values = []
    for action in range(interface.actions):
        value = 0.0
        for percept, p in dict(model.probabilities(action)).items():
            value += p * float(percept.reward)
            if horizon > 1:
                model.update(action, percept)
                value += p * max(plain_expectimax(model, interface, horizon - 1))
                model.undo()
        values.append(value)
    return values


def same(a: dict[str, np.ndarray], b: dict[str, np.ndarray]) -> bool:
    return a.keys() == b.keys() and all(a[name].tobytes() == b[name].tobytes() for name in a)


@pytest.mark.parametrize(
    ("interface", "bits"),
    [
        (Interface(4, 16, reward_levels=(-10, -1, 10)), (2, 4, 5)),  # cheese maze
        (Interface(3, 3, reward_levels=(-100, -1, 10)), (2, 2, 7)),  # tiger
        (Interface(3, 3, reward_levels=(-1, 0, 1)), (2, 2, 2)),  # rock, paper, scissors
        (Interface(2, 7, reward_levels=(-2, -1, 1, 2)), (1, 3, 3)),  # Kuhn poker
    ],
)
def test_offset_rewards_take_the_published_bits(interface, bits):
    codec = PerceptCodec.offset(interface)
    assert (codec.action_bits, codec.observation_bits, codec.reward_bits) == bits


@pytest.mark.parametrize(
    "codec",
    [
        PerceptCodec(SMALL),
        PerceptCodec.offset(SMALL, Fraction(1, 2)),
        PerceptCodec(SMALL, observation_codes=[5, 0, 6], reward_codes=[3, 1, 8]),
        PerceptCodec(Interface(1, 1, reward_levels=(0,))),
    ],
)
def test_codes_come_back_and_nothing_else_exists(codec):
    percepts = [percept for percept, _ in codec.codes()]
    interface = codec.interface
    expected = itertools.product(range(interface.observations), interface.reward_levels)
    assert set(percepts) == set(itertools.starmap(Percept, expected))
    for percept, codes in codec.codes():
        assert codec.encode(percept) == codes
        assert codec.decode(*codes) == percept
        assert codec.coding.rewards[codes[1]] == float(percept.reward)
    for codes, width, table in [
        ({c[0] for _, c in codec.codes()}, codec.observation_bits, codec.coding.seen),
        ({c[1] for _, c in codec.codes()}, codec.reward_bits, codec.coding.paid),
    ]:
        for level in range(width):
            for prefix in range(1 << level):
                starts = {
                    (code >> (width - level - 1)) & 1
                    for code in codes
                    if code >> (width - level) == prefix
                }
                if starts:
                    known = kernels.BOTH if len(starts) == 2 else starts.pop()
                    assert table[(1 << level) + prefix] == known
    with pytest.raises(ValueError, match="stands for nothing"):
        codec.decode(1 << codec.observation_bits, 0)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: PerceptCodec(Interface(2, 2, reward_bounds=(0, 1))), ValueError, "reward_levels"),
        (lambda: PerceptCodec(SMALL, reward_codes=[1, 1, 2]), ValueError, "3 different ones"),
        (lambda: PerceptCodec(SMALL, reward_codes=[1, 2]), ValueError, "3 different ones"),
        (lambda: PerceptCodec(SMALL, observation_codes=[0, 1, 2**24]), ValueError, "to 16777215"),
        (lambda: PerceptCodec.offset(SMALL), ValueError, "step: got 1, accepted is one that"),
        (lambda: PerceptCodec(SMALL).encode((0, 0.5)), ValueError, "reward: got 0.5"),
        (lambda: PerceptCodec(SMALL).encode((3, 0)), ValueError, "observation: got 3"),
        (lambda: ContextTreePredictor(SMALL, 4).undo(), ValueError, "undo: no update"),
        (lambda: ContextTreePredictor(SMALL, 4).probabilities(3), ValueError, "action: got 3"),
        (lambda: MCAIXI(horizon=0), ValueError, "horizon: got 0"),
        (lambda: MCAIXI(planner="rho"), ValueError, "planner: unknown 'rho'"),
        (lambda: MCAIXI(epsilon=1.5), ValueError, "epsilon: got 1.5, accepted is from 0 to 1"),
        (lambda: MCAIXI(exploration=math.nan), ValueError, "exploration: got nan"),
        (lambda: MCAIXI(exploration=math.inf), ValueError, "exploration: got inf"),
        (lambda: MCAIXI().act(0, 0), RuntimeError, r"call reset\(interface, seed\)"),
        (
            lambda: MCAIXI(planner="expectimax", horizon=9).reset(SMALL, 0),
            ValueError,
            "horizon: got 9, with 3 actions and 9 percepts",
        ),
    ],
)
def test_bad_input_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()


@settings(max_examples=30)
@given(
    st.integers(1, 4),
    st.integers(1, 5),
    st.integers(1, 4),
    st.sampled_from([0, 3, 20, 100]),
    st.booleans(),
    st.integers(0, 2**31),
)
def test_predictor_is_a_measure_and_undo_restores_it(
    actions, observations, levels, depth, factored, seed
):
    interface = Interface(actions, observations, reward_levels=tuple(range(levels)))
    model = taught(interface, depth, 20, seed, factored=factored)
    before = model.trees.snapshot()
    for action in range(actions):
        shares = model.probabilities(action)
        assert len(shares) == observations * levels
        assert math.fsum(shares.values()) == pytest.approx(1, abs=1e-13)
        for percept, p in shares.items():
            cost = model.codelength
            model.update(action, percept)
            assert model.codelength - cost == pytest.approx(-math.log2(p), abs=1e-9)
            model.undo()
    assert same(model.trees.snapshot(), before)


def test_predictor_learns_bit_by_bit_as_the_trees_do():
    """The history is action, observation, reward, each most significant bit first."""
    interface = Interface(4, 4, reward_levels=(0, 1))
    model = taught(interface, 12, 60, seed=4)
    trees = FactoredContextTree(3, 12)
    rng = np.random.default_rng(4)

    def bits(number: int, width: int) -> list[int]:
        return [int(c) for c in f"{number:0{width}b}"]

    for bit in [0, 0, 0]:  # the first observation and the reward 0
        trees.condition(bit, within=True)
    for _ in range(60):
        action, noise = int(rng.integers(4)), int(rng.integers(3))
        seen = (action + noise // 2) % 4
        for bit in bits(action, 2):
            trees.condition(bit)
        for bit in bits(seen, 2) + bits((seen + noise % 2) % 2, 1):
            trees.update(bit)
    a, b = model.trees.snapshot(), trees.snapshot()
    assert all(a[name].tobytes() == b[name].tobytes() for name in ("nodes", "words", "state"))
    assert model.codelength == trees.codelength


def test_known_bits_are_free():
    interface = Interface(2, 1, reward_levels=(7,))
    codec = PerceptCodec(interface, observation_codes=[5], reward_codes=[2])
    model = ContextTreePredictor(interface, 10, codec=codec)
    for action in (0, 1, 1):
        model.update(action, Percept(0, 7))
    assert model.codelength == 0
    assert model.probabilities(0) == {Percept(0, 7): 1.0}


def test_samples_follow_the_probabilities():
    model = taught(SMALL, 8, 30, seed=1)
    before = model.trees.snapshot()
    rng = np.random.default_rng(7)
    counts = Counter(model.sample(1, rng) for _ in range(4000))
    assert same(model.trees.snapshot(), before)
    chi2 = sum((counts[x] - 4000 * p) ** 2 / (4000 * p) for x, p in model.probabilities(1).items())
    assert chi2 < 26.1  # 0.1 % of draws exceed it at 8 degrees of freedom
    assert isinstance(model, PerceptPredictor)


@pytest.mark.parametrize("factored", [True, False])
@pytest.mark.parametrize(
    ("interface", "horizon"),
    [(BITS, 3), (SMALL, 2), (Interface(2, 3, reward_levels=(1,)), 2), (SMALL, 1)],
)
def test_exact_planner_equals_the_definition(interface, horizon, factored):
    model = taught(interface, 6, 40, seed=2, factored=factored)
    agent = MCAIXI(depth=6, horizon=horizon, planner="expectimax", factored=factored)
    agent.reset(interface, 0)
    agent.model.trees.restore(model.trees.snapshot())
    before = agent.model.trees.snapshot()
    values = agent.plan()
    assert same(agent.model.trees.snapshot(), before)
    assert values.tolist() == pytest.approx(plain_expectimax(model, interface, horizon), abs=1e-12)


def searching(model: ContextTreePredictor, horizon: int, simulations: int) -> MCAIXI:
    agent = MCAIXI(model.trees.depth, horizon, simulations)
    agent.reset(model.interface, 3)
    agent.model.trees.restore(model.trees.snapshot())
    return agent


def test_search_of_one_cycle_has_the_exact_mean():
    """Its estimates are means of independent rewards: within five standard errors."""
    model = taught(SMALL, 6, 25, seed=5)
    agent = searching(model, 1, 3000)
    before = agent.model.trees.snapshot()
    values = agent.plan()
    assert same(agent.model.trees.snapshot(), before)
    assert agent.action_visits.sum() == 3000
    exact = plain_expectimax(model, SMALL, 1)
    for value, right, visits in zip(values, exact, agent.action_visits, strict=True):
        assert abs(value - right) < 5 * 1.75 / math.sqrt(visits)  # half the range of rewards


@pytest.mark.parametrize("seed", [5, 6])
def test_search_converges_to_the_exact_values(seed):
    """The best action's estimate tends to its value, and the others are tried ever less."""
    model = taught(BITS, 6, 25, seed)
    exact = np.array(plain_expectimax(model, BITS, 3))
    agent = searching(model, 3, 40_000)
    values = agent.plan()
    assert values.max() == pytest.approx(exact.max(), abs=0.05)
    assert exact[values.argmax()] > exact.max() - 0.02
    worse = exact < exact.max() - 0.2
    assert (agent.action_visits[worse] < 0.2 * agent.action_visits.sum()).all()


def test_actions_are_tried_by_their_upper_confidence_bounds():
    chances = np.zeros(6, kernels.CHANCE)
    random = np.array([1, 2, 3, 4], np.uint64)
    rng = np.random.default_rng(0)
    for _ in range(50):
        means, visits = rng.normal(0, 3, 4), rng.integers(1, 20, 4)
        chances["mean"][2:], chances["visits"][2:] = means, visits
        total = int(visits.sum())
        bounds = means / 12.0 + 1.5 * np.sqrt(math.log(total) / visits)
        chosen = kernels._select(chances, 2, 4, total, 1.5, 12.0, random)
        assert chosen == int(np.argmax(bounds))
    chances["visits"][[3, 5]] = 0
    chosen = Counter(kernels._select(chances, 2, 4, 9, 1.5, 12.0, random) for _ in range(400))
    assert set(chosen) == {1, 3}
    assert 140 < chosen[1] < 260


def test_generator_gives_the_published_sequence():
    # xoshiro256++ from the state (1, 2, 3, 4), as in rand_xoshiro's tests
    random = np.array([1, 2, 3, 4], np.uint64)
    with np.errstate(over="ignore"):
        drawn = [int(kernels._word(random)) for _ in range(4)]
    assert drawn == [41943041, 58720359, 3588806011781223, 3591011842654386]


def test_ties_are_broken_by_chance():
    random = np.array([9, 2, 3, 4], np.uint64)
    values = np.array([1.0, 3.0, 2.0, 3.0, 3.0])
    chosen = Counter(kernels.best(values, random) for _ in range(900))
    assert set(chosen) == {1, 3, 4}
    assert min(chosen.values()) > 240


@pytest.mark.parametrize(
    "agent",
    [
        MCAIXI(8, 3, 30, epsilon_decay=0.9),
        MCAIXI(8, 1, planner="expectimax", factored=False, epsilon_decay=0.9),
        MCAIXI(8, 2, 10, learning_period=30),
    ],
    ids=["search", "exact", "learns for 30 cycles"],
)
def test_a_run_depends_on_its_seed_alone_and_can_be_resumed(agent):
    def start(seed: int):
        agent.reset(RockPaperScissors.interface, seed)
        return RockPaperScissors(seed)

    whole, _, _ = converse(agent, start(4), (1, 0), 60)
    world = start(4)
    first, _, percept = converse(agent, world, (1, 0), 25)
    saved = agent.snapshot()
    converse(agent, RockPaperScissors(9), percept, 10)
    agent.reset(RockPaperScissors.interface, 99)
    agent.restore(saved)
    assert first + converse(agent, world, percept, 35)[0] == whole
    assert converse(agent, start(5), (1, 0), 60)[0] != whole
    assert isinstance(agent, Agent)


def test_after_the_learning_period_the_trees_stay_and_the_history_grows():
    agent = MCAIXI(8, 2, 5, learning_period=20)
    world = RockPaperScissors(0)
    agent.reset(world.interface, 0)
    *_, percept = converse(agent, world, (1, 0), 21)
    nodes, cost, seen = agent.model.trees.nodes, agent.model.codelength, len(agent.model.trees)
    converse(agent, world, percept, 10)
    assert (agent.model.trees.nodes, agent.model.codelength) == (nodes, cost)
    assert len(agent.model.trees) == seen + 60


def test_factored_trees_and_the_exact_planner_find_the_best_reply():
    """Biased rock-paper-scissors, after 5,000 random cycles: 0.22 of 0.25 at best, 0 by chance.

    To answer a repeated rock by paper is not enough: the optimum loses by scissors to invite it.
    """
    world = RockPaperScissors(0)
    options = {"depth": 32, "horizon": 2, "planner": "expectimax"}
    random = MCAIXI(**options, epsilon=1.0, epsilon_decay=1.0)
    random.reset(world.interface, 0)
    *_, percept = converse(random, world, (1, 0), 5000)
    agent = MCAIXI(**options, epsilon=0.0)
    agent.reset(world.interface, 0)
    agent.restore(random.snapshot())
    _, rewards, _ = converse(agent, world, percept, 4000)
    assert rewards.mean() >= 0.22


def test_names_and_parameters():
    assert MCAIXI().name == "MC-AIXI(fac-ctw)"
    assert MCAIXI(factored=False).name == "MC-AIXI(ctw)"
    assert MCAIXI(planner="expectimax").name == "AIXI(fac-ctw, expectimax)"
    assert MCAIXI(simulations=7).parameters["simulations"] == 7
    assert MCAIXI(codec=PerceptCodec.offset).parameters != MCAIXI().parameters
    assert repr(MCAIXI(5, 6, 7)).startswith("MCAIXI(depth=5, horizon=6, simulations=7, ")


def test_it_plays_an_environment_and_learns_a_coin():
    """Always the likelier side of a coin that shows it with 0.8: 0.8 at best, 0.5 by chance."""
    agent = MCAIXI(depth=4, horizon=1, planner="expectimax", epsilon=1.0, epsilon_decay=0.97)
    history = play(agent, make("coin"), 600, seed=1, progress=False)
    assert history.agent == "AIXI(fac-ctw, expectimax)"
    late = history.rewards[200:]
    assert abs(late.mean() - 0.8) < 4 * math.sqrt(0.8 * 0.2 / late.size)


@pytest.mark.parametrize("planner", ["expectimax", "rho-uct"])
def test_kernels_from_the_cache_plan_alike(planner):
    """In another process, which finds compiled what this one has compiled."""
    agent = MCAIXI(6, 2, 20, planner=planner, epsilon=0.0)
    agent.reset(BITS, 0)
    here = [agent.act(0, 0.0), agent.act(1, 1.0)]
    script = f"""
from simulations.agents.interface import Interface
from simulations.agents.mcaixi import MCAIXI
agent = MCAIXI(6, 2, 20, planner={planner!r}, epsilon=0.0)
agent.reset(Interface(2, 2, reward_levels=(0, 1)), 0)
print([agent.act(0, 0.0), agent.act(1, 1.0)], agent.action_values.tolist())
"""
    root = Path(__file__).resolve().parents[1]
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=root, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == f"{here} {agent.action_values.tolist()}"


@pytest.mark.parametrize(("horizon", "words"), [(14, r"10\^8\.4"), (2000, r"10\^1204\.1")])
def test_an_exact_search_that_is_too_long(horizon, words):
    """Of 2 actions and 2 percepts, 4^horizon histories, which may be more than a float holds."""
    two = Interface(2, 1, reward_levels=(0, 1))
    with pytest.raises(ValueError, match=f"horizon: got {horizon}, .* {words} histories a cycle"):
        MCAIXI(horizon=horizon, planner="expectimax").reset(two, 0)
    MCAIXI(horizon=13, planner="expectimax").reset(two, 0)  # 6.7e7
    ten = Interface(5, 1, reward_levels=(0, 1))
    MCAIXI(horizon=8, planner="expectimax").reset(ten, 0)  # 10^8 are accepted


def test_parameters_are_json():
    assert type(MCAIXI(learning_period=np.int64(3)).parameters["learning_period"]) is int
