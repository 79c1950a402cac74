"""Agents over a finite class: their theorems by going through every policy; baselines."""

from __future__ import annotations

import json
import math
from collections import Counter
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_models import classes, models, percepts_of, policies, policy_value

from simulations.agents.agent import Agent
from simulations.agents.baselines import ConstantAgent, FreqAgent, PolicyAgent, RandomAgent
from simulations.agents.bayes import BayesAgent, MDLAgent, ThompsonAgent, mixture
from simulations.agents.discounts import FixedHorizon, Geometric, Power
from simulations.agents.interface import Interface, Percept
from simulations.agents.mixture import UniversalMixture
from simulations.agents.model import Belief, Model, Outcome
from simulations.agents.planning import RhoUCT, TrueModel, expectimax

CLASS_AGENTS = [BayesAgent, ThompsonAgent, MDLAgent]
ONE = Fraction(1)

few = settings(deadline=None, max_examples=15)
lengths = st.lists(st.integers(1, 4), min_size=3, max_size=3)


def bandit(*chances, name="bandit"):
    """Arm i pays 1 with probability chances[i], else 0; nothing is observed."""
    return Model(
        name,
        Interface(len(chances), 1, (Fraction(0), ONE)),
        (Outcome(ONE, 0, 0),),
        lambda state, action: [
            Outcome(chances[action], 0, 0, ONE),
            Outcome(1 - chances[action], 0, 0, Fraction(0)),
        ],
    )


MIRRORED = (
    bandit(Fraction(3, 4), Fraction(1, 4), name="left"),
    bandit(Fraction(1, 4), Fraction(3, 4), name="right"),
)


def gate(right):
    """Heaven and Hell (Legg 2008, example 2.10.1): the first action decides for ever."""

    def outcomes(state, action):
        goes = state if state is not None else action == right
        return [Outcome(ONE, goes, 0, Fraction(goes))]

    return Model(
        f"heaven by {right}",
        Interface(2, 1, (Fraction(0), ONE)),
        (Outcome(ONE, None, 0),),
        outcomes,
    )


GATES = (gate(0), gate(1))


def prior(bits):
    powers = [Fraction(1, 2**each) for each in bits]
    return [each / sum(powers) for each in powers]


def followed_value(model, agent, horizon):
    """The expected sum of rewards of an agent that draws nothing, over every percept history."""
    total = Fraction(0)

    def go(joint, observation, reward, left):
        nonlocal total
        snapshot = agent.snapshot()
        action = agent.act(observation, float(reward))
        after = {}
        for state, probability in joint.items():
            for each in model.outcomes(state, action):
                if each.probability:
                    cell = after.setdefault((each.observation, each.reward), {})
                    both = probability * each.probability
                    cell[each.state] = cell.get(each.state, 0) + both
        for (seen, paid), cell in after.items():
            total += sum(cell.values()) * paid
            if left > 1:
                go(cell, seen, paid, left - 1)
        agent.restore(snapshot)

    agent.reset(model.interface, 0)
    go({each.state: each.probability for each in model.start}, 0, 0, horizon)
    return total


# ------------------------------------------------------------------------------- mixture


@few
@given(classes(), lengths)
def test_a_mixture_is_the_weighted_sum(members, bits):
    """For every policy, and so for every history: V in xi is the weighted sum of V in nu."""
    bits = bits[: len(members)]
    whole = mixture(members, bits)
    for policy in policies(percepts_of(*members), 2):
        parts = [policy_value(member, policy, [ONE, ONE]) for member in members]
        expected = sum(w * v for w, v in zip(prior(bits), parts, strict=True))
        assert policy_value(whole, policy, [ONE, ONE]) == expected


@few
@given(classes(), lengths, st.lists(st.integers(0, 1), max_size=4), st.integers(0, 99))
def test_two_mixtures_agree(members, bits, actions, seed):
    """Filtering one joint belief is filtering every model and weighing by the evidence."""
    bits = [each + 1 for each in bits[: len(members)]]  # so that Kraft's sum is at most 1
    one, other = TrueModel(mixture(members, bits)), UniversalMixture(members, bits)
    draws = np.random.default_rng(seed)
    for action in actions:
        assert one.probabilities(action) == other.probabilities(action)
        percept = one.sample(action, draws)
        one.update(action, percept)
        other.update(action, percept)
    plan = expectimax(one, members[0].interface, 2)
    assert plan == expectimax(other, members[0].interface, 2)


def test_a_mixture_joins_rewards_and_bits():
    low = Model("low", Interface(1, 1, (0, 1)), (Outcome(ONE, 0, 0),), lambda s, a: [], code_bits=1)
    high = Model(
        "high", Interface(1, 1, (-1, 1, 2)), (Outcome(ONE, 0, 0),), lambda s, a: [], code_bits=2.5
    )
    whole = mixture([low, high])
    assert whole.interface.reward_levels == (-1, 0, 1, 2)
    assert whole.interface.reward_bounds == (-1, 2)
    ratio = whole.start[0].probability / whole.start[1].probability
    assert float(ratio) == pytest.approx(2**1.5, rel=1e-15)
    far = mixture([low, high], [3, 5000]).start
    assert far[0].probability == far[1].probability * 2**4997
    continuous = Model(
        "any", Interface(1, 1, reward_bounds=(-3, 0)), (Outcome(ONE, 0, 0),), lambda s, a: []
    )
    assert mixture([low, continuous], [1, 1]).interface.reward_levels is None
    assert mixture([low, continuous], [1, 1]).interface.reward_bounds == (-3, 1)


@pytest.mark.parametrize(
    ("members", "bits", "message"),
    [
        ((), (), "models: got none"),
        (MIRRORED, (1,), "bits: got 1 for 2 models"),
        (MIRRORED, None, "left has no code_bits"),
        (MIRRORED, (1, math.inf), "bits: got inf of right"),
        (MIRRORED, (-1, 1), "bits: got -1 of left"),
        ((MIRRORED[0], bandit(ONE, ONE, ONE)), (1, 1), "accepted are equal interfaces"),
    ],
)
def test_bad_classes(members, bits, message):
    with pytest.raises(ValueError, match=message):
        mixture(members, bits)
    for kind in CLASS_AGENTS:
        with pytest.raises(ValueError, match=message):
            kind(members, bits, 2)


# -------------------------------------------------------------------------------- theorems


@settings(deadline=None, max_examples=6)
@given(classes(), lengths)
def test_pi_xi_is_bayes_optimal_and_pareto_optimal(members, bits):
    """Legg 2008, 2.10.2 and 2.10.3; Hutter 2005, theorems 5.24 and 5.23.

    No policy has a greater value in the mixture, and none is at least as good in every environment
    and better in one; the mixture's value is at most the mixture of the optimal values.
    """
    bits, horizon = bits[: len(members)], 3
    weights = prior(bits)
    # a life of three cycles, so that planning again in every cycle is following one policy
    agent = BayesAgent(members, bits, horizon, discount=FixedHorizon(horizon))
    its = [followed_value(member, agent, horizon) for member in members]
    mean = sum(w * v for w, v in zip(weights, its, strict=True))
    known = TrueModel(mixture(members, bits))
    assert mean == expectimax(known, members[0].interface, horizon).value
    best = [Fraction(0)] * len(members)
    for policy in policies(percepts_of(*members), horizon):
        values = [policy_value(member, policy, [ONE] * horizon) for member in members]
        best = [max(pair) for pair in zip(best, values, strict=True)]
        assert sum(w * v for w, v in zip(weights, values, strict=True)) <= mean
        at_least = all(v >= i for v, i in zip(values, its, strict=True))
        assert not (at_least and values != its)
    assert mean <= sum(w * v for w, v in zip(weights, best, strict=True))
    assert all(i <= b for i, b in zip(its, best, strict=True))


@few
@given(models(), models(), st.integers(1, 3))
def test_the_optimal_value_is_convex_in_the_prior(one, other, horizon):
    def value(weight):
        pairs = [(w, i, m) for i, (w, m) in enumerate([(weight, one), (1 - weight, other)])]
        start = {(i, each.state): w * each.probability for w, i, m in pairs for each in m.start}
        both = mixture([one, other], [0, 0])
        return expectimax(TrueModel(both, belief=Belief.of(start)), both.interface, horizon).value

    points = [value(Fraction(k, 4)) for k in range(5)]
    for a, b, c in zip(points, points[1:], points[2:], strict=False):
        assert 2 * b <= a + c


def test_pi_xi_is_self_optimising_among_bandits():
    """Both arms tell equally much, so the loss in all of life is bounded: it vanishes a cycle.

    What is lost is at most the sum over cycles of 1/2 times the probability that the majority of
    the evidence points to the wrong arm, which Chernoff bounds by (2 sqrt(3/4 1/4))^k a cycle.
    """
    bound = Fraction(1, 2) / (1 - Fraction(math.sqrt(3) / 2))
    previous = None
    for life in (1, 2, 4, 8, 16, 32):
        loss = Fraction(3, 4) * life - evidence_value(life)
        assert 0 < loss <= bound
        assert previous is None or loss / life < previous
        previous = loss / life
    assert previous < Fraction(1, 20)


def evidence_value(life):
    """The Bayes-optimal value of the mirrored bandits: equal in both, by symmetry."""
    known = TrueModel(mixture(MIRRORED, [1, 1]))
    return expectimax(known, MIRRORED[0].interface, life).value


def test_the_evidence_is_counted_by_hand():
    """Independent of belief states: d = (wins left, losses right) - the opposite; play its sign."""
    for life in (1, 2, 3, 5, 8):
        total, chances = Fraction(0), {0: ONE}
        for _ in range(life):
            after = Counter()
            for lead, chance in chances.items():
                # truly "left"; with no lead either arm is as good before it is known
                total += chance * Fraction(3 if lead > 0 else 1 if lead < 0 else 2, 4)
                after[lead + 1] += chance * Fraction(3, 4)
                after[lead - 1] += chance * Fraction(1, 4)
            chances = after
        assert evidence_value(life) == total


def test_nobody_is_self_optimising_before_heaven_and_hell():
    """Every policy loses all of its life in one of the two, whatever its length."""
    for life in (1, 2, 3):
        for policy in policies(percepts_of_gates(), life):
            worst = min(policy_value(each, policy, [ONE] * life) for each in GATES)
            assert worst == 0
    for kind in CLASS_AGENTS:
        for life in (1, 4, 16):
            values = [walk(kind(GATES, [1, 1], 3), each, life) for each in GATES]
            assert sorted(values) == [0, life]


def percepts_of_gates():
    return [Percept(0, Fraction(0)), Percept(0, ONE)]


def walk(agent, model, cycles):
    """The sum of rewards of one run in a model without chance."""
    agent.reset(model.interface, 0)
    state, observation, reward, total = model.start[0].state, 0, Fraction(0), Fraction(0)
    for _ in range(cycles):
        ((_, state, observation, reward),) = model.outcomes(
            state, agent.act(observation, float(reward))
        )
        total += reward
    return total


@few
@given(classes(), lengths, st.lists(st.integers(0, 1), min_size=3, max_size=3))
def test_posteriors_concentrate(members, bits, actions):
    """Exactly: under xi the posterior is a martingale; under nu that of nu rises in the mean."""
    bits = bits[: len(members)]
    weights = prior(bits)
    known = TrueModel(mixture(members, bits))

    def posterior(belief):
        found = [Fraction(0)] * len(members)
        for (which, _), weight in belief.weights:
            found[which] += weight
        return found

    def means(done, depth):
        """E_xi w, and w_nu E_nu w_nu for every nu, after `depth` cycles of which some are done.

        By Bayes w_nu nu(x) = xi(x) w_nu(x), so both are sums over xi.
        """
        now = posterior(known.state)
        if done == depth:
            return now, [w * w for w in now]
        first, second = [Fraction(0)] * len(members), [Fraction(0)] * len(members)
        for percept, p in known.probabilities(actions[done]).items():
            known.update(actions[done], percept)
            martingale, squares = means(done + 1, depth)
            known.undo()
            first = [a + p * b for a, b in zip(first, martingale, strict=True)]
            second = [a + p * b for a, b in zip(second, squares, strict=True)]
        return first, second

    rising = [w * w for w in weights]
    for depth in range(4):
        martingale, squares = means(0, depth)
        assert martingale == weights
        assert all(later >= sooner for later, sooner in zip(squares, rising, strict=True))
        rising = squares


def sampled_run(agent, model, cycles, seed):
    """Play without Gymnasium: the rewards, by one generator."""
    chance = np.random.default_rng(seed)

    def pick(options):
        weights = [float(each.probability) for each in options]
        return options[int(chance.choice(len(options), p=weights))]

    agent.reset(model.interface, seed)
    now, rewards = pick(model.start), []
    observation, reward = now.observation, 0.0
    for _ in range(cycles):
        now = pick(model.outcomes(now.state, agent.act(observation, reward)))
        observation, reward = now.observation, float(now.reward)
        rewards.append(reward)
    return rewards


@pytest.mark.parametrize("kind", CLASS_AGENTS)
def test_agents_find_the_better_arm(kind):
    """After k cycles the lead is wrong with at most (sqrt(3)/2)^k: 1e-6 at k = 100."""
    for seed, truth in enumerate(MIRRORED):
        agent = kind(MIRRORED, [3, 5], 2)
        sampled_run(agent, truth, 150, seed)
        assert agent.posterior[seed] > 0.999
        assert agent.plan.best == seed
        assert agent.act(0, 1.0) == seed


# -------------------------------------------------------------------------- what is followed


@few
@given(classes(), lengths, st.sampled_from(CLASS_AGENTS), st.integers(0, 99))
def test_description_bits_are_two_part_codes(members, bits, kind, seed):
    bits = [each + 0.25 for each in bits[: len(members)]]
    agent = kind(members, bits, 1)
    history = tell(agent, members[0], 4, seed)
    for i, member in enumerate(members):
        likelihood = likelihood_of(member, history)
        expected = bits[i] - math.log2(likelihood) if likelihood else math.inf
        assert agent.description_bits[i] == pytest.approx(expected, abs=1e-12)
    if kind is MDLAgent:
        shortest = min(agent.description_bits)
        assert agent.description_bits[agent.followed] == pytest.approx(shortest, abs=1e-12)


def tell(agent, model, cycles, seed):
    """A run; the actions and percepts."""
    chance, history = np.random.default_rng(seed), []
    agent.reset(model.interface, seed)
    joint = {each.state: each.probability for each in model.start}
    observation, reward = 0, 0.0
    for _ in range(cycles):
        action = agent.act(observation, reward)
        percepts = {}
        for state, weight in joint.items():
            for each in model.outcomes(state, action):
                if each.probability:
                    cell = percepts.setdefault(Percept(each.observation, each.reward), {})
                    cell[each.state] = cell.get(each.state, 0) + weight * each.probability
        percept = sorted(percepts)[int(chance.integers(len(percepts)))]
        joint = percepts[percept]
        history.append((action, percept))
        observation, reward = percept.observation, float(percept.reward)
    agent.act(observation, reward)
    return history


def likelihood_of(model, history):
    joint = {each.state: each.probability for each in model.start}
    for action, percept in history:
        after = {}
        for state, weight in joint.items():
            for each in model.outcomes(state, action):
                if (each.observation, each.reward) == percept:
                    after[each.state] = after.get(each.state, 0) + weight * each.probability
        joint = after
    return sum(joint.values())


def test_mdl_prefers_the_shorter_of_equals():
    twins = (bandit(Fraction(1, 4), ONE / 2, name="a"), bandit(ONE / 2, Fraction(1, 4), name="b"))
    for bits, first in (((3, 2), 1), ((2, 3), 0), ((2, 2), 0)):
        agent = MDLAgent(twins, bits, 1)
        agent.reset(twins[0].interface, 0)
        agent.act(0, 0.0)
        assert agent.followed == first


def test_thompson_draws_by_the_posterior():
    """A chi-square of 2000 first draws against weights 4/7, 2/7, 1/7; 1e-6 is 27.6 for 2."""
    members = [bandit(ONE / k, ONE / 2, name=str(k)) for k in (2, 3, 4)]
    agent = ThompsonAgent(members, [1, 2, 3], 1)
    counts = Counter()
    for seed in range(2000):
        agent.reset(members[0].interface, seed)
        agent.act(0, 0.0)
        counts[agent.followed] += 1
    expected = [2000 * w for w in (4 / 7, 2 / 7, 1 / 7)]
    assert sum((counts[i] - e) ** 2 / e for i, e in enumerate(expected)) < 27.6


def test_thompson_keeps_a_model_for_the_horizon():
    def changes(agent):
        agent.reset(MIRRORED[0].interface, 3)
        followed = []
        for cycle in range(60):
            agent.act(0, float(cycle % 2))  # no evidence for either: the arm is always the same
            followed.append(agent.followed)
        return {t for t in range(1, 60) if followed[t] != followed[t - 1]}

    alike = [bandit(ONE / 2, ONE / 2, name="a"), bandit(ONE / 2, ONE / 2, name="b")]
    assert changes(ThompsonAgent(alike, [1, 1], 5)) <= set(range(5, 60, 5))
    assert len(changes(ThompsonAgent(alike, [1, 1], 1))) > 10
    seven = Geometric(Fraction(9, 10))  # 0.9^7 < 1/2 < 0.9^6
    found = changes(ThompsonAgent(alike, [1, 1], 2, discount=seven))
    assert found
    assert found <= set(range(7, 60, 7))
    with pytest.raises(ValueError, match="weights are summable"):
        changes(ThompsonAgent(alike, [1, 1], 2, discount=Power(1)))


def test_thompson_drops_a_model_at_once_that_is_ruled_out():
    agent = ThompsonAgent(GATES, [1, 1], 100)
    agent.reset(GATES[0].interface, 0)
    action = agent.act(0, 0.0)
    hoped = agent.followed
    assert action == hoped
    agent.act(0, 0.0)  # it was the way to hell
    assert agent.followed == 1 - hoped
    assert agent.posterior[hoped] == 0
    assert agent.description_bits[hoped] == math.inf


def test_the_price_of_information():
    """pi^xi pays for a signal which neither Thompson nor MDL ever asks for.

    Of two doors one pays 1 and the other -9; the signal pays 0 and shows which. In two cycles the
    signal brings 0 + 1, a door first (1 - 9) / 2 + 1 = -3. Who knows the doors needs no signal.
    """

    def doors(right):
        def outcomes(state, action):
            if action == 2:
                return [Outcome(ONE, 0, 1 + right, Fraction(0))]
            return [Outcome(ONE, 0, 0, Fraction(1 if action == right else -9))]

        return Model(f"door {right}", Interface(3, 3, (-9, 0, 1)), (Outcome(ONE, 0, 0),), outcomes)

    members = [doors(0), doors(1)]
    agents = {kind: kind(members, [1, 1], 2) for kind in CLASS_AGENTS}
    for agent in agents.values():
        agent.reset(members[0].interface, 0)
        agent.act(0, 0.0)
    assert agents[BayesAgent].plan.values == (-3, -3, 1)
    assert agents[ThompsonAgent].plan.values[2] == agents[MDLAgent].plan.values[2] == 1
    assert agents[ThompsonAgent].plan.value == agents[MDLAgent].plan.value == 2
    assert agents[BayesAgent].act(2, 0.0) == 1


# ------------------------------------------------------------------------------ as agents


@pytest.mark.parametrize("planner", [expectimax, RhoUCT(30)])
@pytest.mark.parametrize("kind", CLASS_AGENTS)
def test_class_agents_resume(kind, planner):
    def fresh():
        return kind(MIRRORED, [2, 1], 2, planner=planner)

    rewards = [float(each) for each in np.random.default_rng(5).integers(0, 2, 30)]
    whole = fresh()
    assert isinstance(whole, Agent)
    whole.reset(MIRRORED[0].interface, 7)
    actions = [whole.act(0, reward) for reward in rewards]
    part = fresh()
    part.reset(MIRRORED[0].interface, 7)
    assert actions[:11] == [part.act(0, reward) for reward in rewards[:11]]
    snapshot = part.snapshot()
    assert all(isinstance(each, np.ndarray) for each in snapshot.values())
    resumed = fresh()
    resumed.restore(snapshot)
    assert [resumed.act(0, reward) for reward in rewards[11:]] == actions[11:]
    assert resumed.posterior == whole.posterior
    assert resumed.description_bits == whole.description_bits
    empty = fresh().snapshot()
    resumed.restore(empty)
    with pytest.raises(RuntimeError, match="call reset first"):
        resumed.act(0, 0.0)


@pytest.mark.parametrize("kind", CLASS_AGENTS)
def test_class_agents_say_all_that_determines_them(kind):
    others = [
        kind(MIRRORED, [1, 1], 2),
        kind(MIRRORED[:1] + MIRRORED[:1], [1, 1], 2),
        kind(MIRRORED, [1, 2], 2),
        kind(MIRRORED, [1, 1], 3),
        kind(MIRRORED, [1, 1], 2, discount=Geometric(0.9)),
        kind(MIRRORED, [1, 1], 2, discount=Geometric(0.8)),
        kind(MIRRORED, [1, 1], 2, planner=RhoUCT(10)),
        kind(MIRRORED, [1, 1], 2, planner=RhoUCT(11)),
    ]
    said = [json.dumps(each.parameters) for each in others]
    assert len(set(said)) == len(said)
    assert said[0] == json.dumps(kind(MIRRORED, [1, 1], 2).parameters)


@pytest.mark.parametrize("kind", CLASS_AGENTS)
def test_class_agents_say_what_is_wrong(kind):
    agent = kind(MIRRORED, [1, 1], 2)
    with pytest.raises(ValueError, match="horizon: got 0"):
        kind(MIRRORED, [1, 1], 0)
    with pytest.raises(ValueError, match="got 3 actions and 1 observations"):
        agent.reset(Interface(3, 1, (0, 1)), 0)
    agent.reset(MIRRORED[0].interface, 0)
    with pytest.raises(ValueError, match="observation: got 4"):
        agent.act(4, 0.0)
    agent.reset(MIRRORED[0].interface, 0)
    agent.act(0, 0.0)
    with pytest.raises(ValueError, match=r"reward 0\.5 after action"):
        agent.act(0, 0.5)


def test_rewards_come_back_as_floats():
    third = Model(
        "thirds",
        Interface(1, 1, (Fraction(1, 3), Fraction(2, 3))),
        (Outcome(ONE, 0, 0),),
        lambda state, action: [Outcome(ONE, 0, 0, Fraction(1, 3))],
    )
    agent = BayesAgent([third], [0], 3)
    agent.reset(third.interface, 0)
    agent.act(0, 0.0)
    agent.act(0, 1 / 3)
    assert agent.plan.value == 1


# -------------------------------------------------------------------------------- baselines


def plain_freq(epsilon, actions, rewards, draws):
    """The rule of the agent Freq, from its description."""
    sums, tried, chosen = [0.0] * actions, [1] * actions, []
    for reward in rewards:
        if chosen:
            sums[chosen[-1]] += reward
            tried[chosen[-1]] += 1
        means = np.array(sums) / tried
        ties = np.flatnonzero(means == means.max())
        action = ties[draws.below(len(ties))] if len(ties) > 1 else ties[0]
        if draws.uniform() < epsilon:
            action = draws.below(actions)
        chosen.append(int(action))
    return chosen


@given(
    st.floats(0, 1),
    st.integers(1, 5),
    st.lists(st.integers(-2, 2).map(float), max_size=40),
    st.integers(0, 2**32),
)
def test_freq_follows_its_description(epsilon, actions, rewards, seed):
    from simulations.agents.reference_machine.draws import Draws

    agent = FreqAgent(epsilon)
    agent.reset(Interface(actions, 1, reward_bounds=(-2, 2)), seed)
    expected = plain_freq(epsilon, actions, rewards, Draws(seed))
    assert [agent.act(0, reward) for reward in rewards] == expected


def test_freq_learns_the_better_arm():
    """Arms 0.1 and 0.9: of 3000 cycles it explores a tenth, half of that the worse arm."""
    rewards = sampled_run(FreqAgent(0.1), bandit(Fraction(1, 10), Fraction(9, 10)), 3000, 1)
    # 0.95 * 0.9 + 0.05 * 0.1 = 0.86 but for the start; Hoeffding at 1e-6
    assert abs(np.mean(rewards) - 0.86) < math.sqrt(math.log(2e6) / 6000) + 20 / 3000


def test_random_is_uniform():
    agent = RandomAgent()
    agent.reset(Interface(5, 1, (0, 1)), 3)
    counts = Counter(agent.act(0, 0.0) for _ in range(5000))
    assert set(counts) == set(range(5))
    assert sum((counts[a] - 1000) ** 2 / 1000 for a in range(5)) < 33.4  # chi-square, 1e-6, 4


def test_constant_and_policy():
    constant = ConstantAgent(2)
    constant.reset(Interface(3, 1, (0, 1)), 0)
    assert [constant.act(0, 1.0) for _ in range(3)] == [2, 2, 2]
    assert constant.name == "always 2"
    with pytest.raises(ValueError, match="action: got 2"):
        constant.reset(Interface(2, 1, (0, 1)), 0)
    with pytest.raises(TypeError, match="action: got 'left'"):
        ConstantAgent("left")

    class Trained:
        """As Stable-Baselines3's models: an array and a state."""

        def predict(self, observation, state=None, deterministic=False):
            return np.array([observation + 1]), None

    assert PolicyAgent(Trained()).act(3, 0.0) == 4
    assert PolicyAgent(Trained()).name == "Trained"
    assert PolicyAgent(lambda observation: np.int64(1), name="ones").act(3, 0.0) == 1
    with pytest.raises(TypeError, match="policy: got 3"):
        PolicyAgent(3)
    with pytest.raises(TypeError, match=r"action: got 0\.5"):
        PolicyAgent(lambda observation: 0.5).act(0, 0.0)


@pytest.mark.parametrize(
    "make",
    [RandomAgent, lambda: FreqAgent(0.3), lambda: ConstantAgent(1), lambda: PolicyAgent(abs)],
)
def test_baselines_resume(make):
    rewards = [float(each) for each in np.random.default_rng(5).integers(0, 2, 60)]
    whole = make()
    assert isinstance(whole, Agent)
    whole.reset(Interface(3, 1, (0, 1)), 11)
    for reward in rewards[:25]:
        whole.act(0, reward)
    snapshot, resumed = whole.snapshot(), make()
    rest = [whole.act(0, reward) for reward in rewards[25:]]
    resumed.restore(snapshot)
    assert [resumed.act(0, reward) for reward in rewards[25:]] == rest


@pytest.mark.parametrize("make", [RandomAgent, FreqAgent])
def test_baselines_want_to_know_the_actions(make):
    with pytest.raises(RuntimeError, match="call reset first"):
        make().act(0, 0.0)


def test_bad_epsilon():
    with pytest.raises(ValueError, match=r"epsilon: got 1\.5"):
        FreqAgent(1.5)
