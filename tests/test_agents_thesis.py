"""The environments and agents of Legg's thesis against its text and against independent sums."""

from collections.abc import Sequence
from fractions import Fraction
from functools import cache
from itertools import product

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from simulations.agents import thesis
from simulations.agents.agent import Agent
from simulations.agents.interface import Interface
from simulations.agents.measure import EnvClass, upsilon
from simulations.agents.model import Model, Outcome
from simulations.agents.thesis.ladder import LADDER, Simple, Specialist, TableLearner, Uniform
from simulations.agents.thesis.policies import Policy, SamplingAgent
from simulations.agents.thesis.problems import PRISONERS_DILEMMA

F = Fraction


@pytest.mark.parametrize("name", thesis.names())
def test_every_model_is_a_measure(name):
    model = thesis.get(name)
    assert model.name == name
    assert sum(each.probability for each in model.start) == 1
    states, interface = {each.state for each in model.start}, model.interface
    low, high = interface.reward_bounds
    for each in model.start:
        assert each.reward == 0
        assert 0 <= each.observation < interface.observations
    for _ in range(4):
        following = set()
        for state, action in product(states, range(interface.actions)):
            outcomes = model.outcomes(state, action)
            assert sum(each.probability for each in outcomes) == 1
            for each in outcomes:
                assert each.probability > 0
                assert isinstance(each.reward, Fraction)
                assert low <= each.reward <= high
                assert interface.reward_levels is None or each.reward in interface.reward_levels
                assert 0 <= each.observation < interface.observations
            following |= {each.state for each in outcomes}
        states = following


def test_unknown_names():
    with pytest.raises(ValueError, match=r"name: unknown 'rings'.*did you mean 'ring'"):
        thesis.get("rings")


def total(model, policy, cycles):
    """The expected sum of rewards of a policy (history of actions -> probabilities), plainly."""

    def look(state, past):
        if len(past) == cycles:
            return F(0)
        return sum(
            share * each.probability * (each.reward + look(each.state, (*past, action)))
            for action, share in enumerate(policy(past))
            if share
            for each in model.outcomes(state, action)
        )

    return sum(each.probability * look(each.state, ()) for each in model.start)


def best(model, cycles):
    """The greatest sum of rewards over all strings of actions of a deterministic model."""
    sums = []
    for actions in product(range(model.interface.actions), repeat=cycles):
        state, found = model.start[0].state, F(0)
        for action in actions:
            (each,) = model.outcomes(state, action)
            state, found = each.state, found + each.reward
        sums.append(found)
    return max(sums)


@pytest.mark.parametrize(
    ("name", "optimum", "random", "zeros"),
    [("alternation", F(1, 2), F(1, 4), F(0)), ("slide", F(1, 3), F(9, 40), F(1, 16))],
)
def test_values_of_section_4_2(name, optimum, random, zeros):
    model, cycles = thesis.get(name), 10
    rest = model.rest(cycles)
    assert rest == F(1, 1024)
    assert model.summable
    assert model.optimal_value == optimum
    for value, found in (
        (optimum, best(model, cycles)),
        (random, total(model, lambda past: (F(1, 2),) * 2, cycles)),
        (zeros, total(model, lambda past: (F(1), F(0)), cycles)),
    ):
        assert found <= value <= found + rest


def gain(transition, reward):
    """The mean reward of an irreducible chain in the long run."""
    size = len(reward)
    system = np.vstack([transition.T - np.eye(size), np.ones(size)])
    stationary = np.linalg.lstsq(system, np.append(np.zeros(size), 1), rcond=None)[0]
    return stationary @ reward


def matrices(model):
    """(A, O, O) transitions and (O,) rewards of a model whose observation is its state."""
    size = model.interface.observations
    transition, reward = np.zeros((model.interface.actions, size, size)), np.zeros(size)
    for action, state in product(range(model.interface.actions), range(size)):
        for each in model.outcomes(state, action):
            transition[action, state, each.state] += float(each.probability)
            reward[each.state] = float(each.reward)
    return transition, reward


def test_ring():
    """Of all policies that do the same in cells ten apart, the best earns 1/7."""
    transition, reward = matrices(thesis.ring())
    gains = []
    for half in product((0, 1), repeat=10):
        mixed = np.array([transition[half[cell % 10], cell] for cell in range(20)])
        folded = np.array([mixed[cell].reshape(2, 10).sum(axis=0) for cell in range(10)])
        gains.append(gain(folded, reward[:10]))
    assert max(gains) == pytest.approx(1 / 7, abs=1e-12)
    assert thesis.ring().optimal_value == F(1, 7)
    chain, worth = matrices(thesis.ring_chain())
    assert gain(chain[0], worth) == pytest.approx(1 / 10, abs=1e-12)
    assert thesis.ring_chain().optimal_value == F(1, 10)
    assert {each.state for each in thesis.ring().outcomes(0, 1)} == {19, 18, 17, 16, 15, 14}
    assert {each.state for each in thesis.ring().outcomes(18, 0)} == {19, 0, 1, 2, 3, 4}


def test_two_coins_as_printed():
    model = thesis.two_coins()
    table = {}
    for action in range(3):
        for each in model.outcomes(0, action):
            key = (action, each.observation == action, each.reward)
            table[key] = table.get(key, 0) + each.probability
    assert table == {
        (0, True, 1): F(1, 4),
        (0, False, 0): F(3, 4),
        (1, True, 1): F(1, 2),
        (1, False, 0): F(1, 2),
        (2, True, 1): F(1, 4),
        (2, False, 0): F(3, 4),
    }
    assert model.optimal_value == F(1, 2)


def test_digits_of_pi():
    model, state, digits = thesis.digits_of_pi(), 0, ""
    for _ in range(200):
        (each,) = model.outcomes(state, 4)
        assert each.reward == 1 - F(abs(each.observation - 4), 9)
        state, digits = each.state, digits + str(each.observation)
    assert digits == str(sympy.N(sympy.pi, 220)).replace(".", "")[:200]


def test_heaven_and_hell():
    for door in (0, 1):
        model = thesis.heaven_or_hell(door)
        for actions in product((0, 1), repeat=4):
            state, found = 0, []
            for action in actions:
                (each,) = model.outcomes(state, action)
                state = each.state
                found.append(each.reward)
            assert found == [int(actions[0] == door)] * 4


def test_noisy_ring_as_printed():
    model, core = thesis.noisy_ring(), thesis.ring()
    for cell, action in ((1, 0), (4, 0), (17, 1)):
        law = {}
        for each in model.outcomes(cell, action):
            key = (each.state, each.observation, each.reward)
            law[key] = law.get(key, 0) + each.probability
        for true in core.outcomes(cell, action):
            for observation, reward in product(range(20), (0, 1)):
                right = (observation, reward) == (true.observation, true.reward)
                chance = F(61, 100) if right else F(1, 100)
                assert law[true.state, observation, reward] == true.probability * chance


@given(
    st.lists(st.fractions(0, 1, max_denominator=8), min_size=1, max_size=4),
    st.lists(st.integers(0, 3), min_size=1, max_size=6),
)
def test_function_maximisation(values, actions):
    model, state, seen = thesis.function_maximisation(values), None, []
    for action in (each % len(values) for each in actions):
        (each,) = model.outcomes(state, action)
        seen.append(values[action])
        assert each.reward == max(seen)
        assert model.interface.reward_levels[each.observation] == values[action]
        state = each.state
    assert model.optimal_value == max(values)


@pytest.mark.parametrize("episode", [1, 2, 3, 5])
def test_prisoners_dilemma_against_tit_for_tat(episode):
    model = thesis.prisoners_dilemma(episode)
    found = []
    for actions in product((0, 1), repeat=episode):
        answers = (0, *actions[:-1])
        payoff = sum(PRISONERS_DILEMMA[a][b] for a, b in zip(actions, answers, strict=True))
        found.append(payoff)
        state, earned = (), F(0)
        for action, answer in zip(actions, answers, strict=True):
            (each,) = model.outcomes(state, action)
            assert each.observation == answer
            state, earned = each.state, earned + each.reward
        assert earned == payoff
        assert state == ()  # the next match begins anew
    assert model.optimal_value == max(found) / episode
    if episode == 5:  # cooperate four times, then defect: (4 * 3 + 5) / 25
        assert model.optimal_value == F(17, 25)


def test_classification_as_printed():
    f, weights, alpha = [0, 2, 1], [F(1, 2), F(1, 3), F(1, 6)], F(1, 3)
    model = thesis.classification(f, 3, weights=weights, training=alpha)
    for last, action in product(range(12), range(3)):
        attribute, label = divmod(last, 4)
        expected = {}
        reward = int(label == 3 and action == f[attribute])
        for w, chance in enumerate(weights):
            expected[w * 4 + f[w], reward] = chance * alpha
            expected[w * 4 + 3, reward] = chance * (1 - alpha)
        found = {(e.observation, e.reward): e.probability for e in model.outcomes(last, action)}
        assert found == expected
    assert model.optimal_value == 1 - alpha


def test_chance_environments():
    die = thesis.die()
    assert {(e.observation, e.reward): e.probability for e in die.outcomes(0, 0)} == {
        (face, int(face == 5)): F(1, 6) for face in range(6)
    }
    assert die.optimal_value == F(1, 6)
    arms = thesis.bandit([0, F(1, 3), 1])
    assert [[(e.probability, e.reward) for e in arms.outcomes(0, a)] for a in range(3)] == [
        [(1, 0)],
        [(F(1, 3), 1), (F(2, 3), 0)],
        [(1, 1)],
    ]


@pytest.mark.parametrize("discount", [F(1, 2), F(3, 4)])
def test_summable_versions_sum_to_the_discounted_value(discount):
    model = thesis.repeated_slide()
    version, cycles = thesis.summable(model, discount), 6
    for actions in product((0, 1), repeat=cycles):

        def play(past, actions=actions):
            return tuple(F(a == actions[len(past)]) for a in range(2))

        state, found = False, F(0)
        for cycle, action in enumerate(actions, 1):
            (each,) = model.outcomes(state, action)
            found += (1 - discount) * discount ** (cycle - 1) * each.reward
            state = each.state
        assert total(version, play, cycles) == found
        assert found + version.rest(cycles) <= 1


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: thesis.bernoulli_scheme([F(1, 2)], [0]), "probabilities: got 1/2"),
        (lambda: thesis.bernoulli_scheme([], []), "probabilities: got "),
        (lambda: thesis.bernoulli_scheme([1], [0, 1]), "rewards: got 2"),
        (lambda: thesis.markov_chain([[1, 0]], [0]), "transitions, rewards"),
        (lambda: thesis.markov_chain([[F(1, 2)]], [0]), r"transitions\[0\]: got 1/2"),
        (lambda: thesis.markov_chain([[1]], [0], first=1), "first: got 1"),
        (lambda: thesis.sequence_prediction([]), "sequence: got an empty one"),
        (lambda: thesis.sequence_prediction([2]), r"sequence\(1\): got 2"),
        (lambda: thesis.sequence_prediction([0], 1), "alphabet_size: got 1"),
        (lambda: thesis.sequence_prediction(lambda k: 7).outcomes(0, 0), r"sequence\(1\): got 7"),
        (lambda: thesis.bandit([]), "chances: got"),
        (lambda: thesis.bandit([2]), "chances: got"),
        (lambda: thesis.heaven_or_hell(2), "heaven: got 2"),
        (lambda: thesis.function_maximisation([]), "values: got none"),
        (lambda: thesis.repeated_game([], thesis.tit_for_tat, 1), "payoffs"),
        (lambda: thesis.repeated_game([[1], [1, 2]], thesis.tit_for_tat, 1), "payoffs"),
        (lambda: thesis.repeated_game([[1]], thesis.tit_for_tat, 0), "episode: got 0"),
        (lambda: thesis.repeated_game([[1]], lambda past: {0: F(1, 2)}, 1), "opponent: got 1/2"),
        (lambda: thesis.classification([], 2), "classes: got none"),
        (lambda: thesis.classification([2], 2), r"classes\[0\]: got 2"),
        (lambda: thesis.classification([0], 1, weights=[F(1, 2)] * 2), "weights: got 2"),
        (lambda: thesis.classification([0], 1, training=F(1)), "training: got 1"),
        (lambda: thesis.summable(thesis.slide()), "slide's rewards are summable already"),
        (lambda: thesis.summable(thesis.ring(), F(1)), "discount: got 1"),
        (
            lambda: thesis.summable(thesis.repeated_game([[2]], thesis.tit_for_tat, 1)),
            "rewards are from 0 to 2",
        ),
        (lambda: Specialist(()), "moves: got none"),
        (lambda: TableLearner(back=-1), "back: got -1"),
        (lambda: TableLearner(forward=3), "forward: got 3"),
    ],
)
def test_bad_input(call, words):
    with pytest.raises(ValueError, match=words):
        call()


# the agents of section 4.2


def replayed(learner, interface, history):
    """What a table learner does after a history, from the list of all that happened."""
    first, cycles = history[0], history[1:]

    def context(count):
        if learner.back:
            return tuple(cycles[max(0, count - learner.back) : count])
        return first if not count else cycles[count - 1][1]

    actions = range(interface.actions)

    def mean(where, action):
        got = [c[2] for i, c in enumerate(cycles) if (context(i), c[0]) == (where, action)]
        return sum(got, F(0)) / len(got) if got else F(0)

    here = context(len(cycles))
    if here not in [context(i) for i in range(len(cycles))]:
        return tuple(F(1, interface.actions) for _ in actions)
    worth = []
    for action in actions:
        then = [i for i, c in enumerate(cycles) if (context(i), c[0]) == (here, action)]
        ahead = [max(mean(context(i + 1), a) for a in actions) for i in then]
        later = sum(ahead, F(0)) / len(ahead) if ahead and learner.forward == 2 else F(0)
        worth.append(mean(here, action) + later)
    best_ones = [a for a in actions if worth[a] == max(worth)]
    return tuple(
        F(1, 10 * interface.actions) + (F(9, 10 * len(best_ones)) if a in best_ones else 0)
        for a in actions
    )


@settings(max_examples=60)
@given(
    st.sampled_from([LADDER[3], LADDER[4], LADDER[5], TableLearner(back=1, forward=2)]),
    st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1), st.integers(0, 2)), max_size=14),
)
def test_table_learners_do_what_the_whole_history_says(learner, cycles):
    interface = thesis.sequence_prediction([0]).interface
    state = learner.begin(interface, 0)
    for action, observation, reward in cycles:
        state = learner.after(state, action, observation, F(reward))
    history = [0, *((a, o, F(r)) for a, o, r in cycles)]
    assert tuple(learner.probabilities(state)) == replayed(learner, interface, history)


def test_simple_predicts_constant_sequences_and_no_others():
    for sequence, earned in (([0], 1), ([1], 1), ([0, 1], F(1, 2))):
        known = EnvClass([(thesis.sequence_prediction(sequence), 0)])
        found = upsilon(Simple(), known, cycles=40, value="average", progress=False)
        # its first action is 0, whatever comes
        assert found.upsilon == pytest.approx(float(earned) - (sequence == [1]) / 40)


def test_dblue_wins_its_game():
    game = EnvClass([(thesis.prisoners_dilemma(5), 0)])
    found = upsilon(LADDER[1], game, cycles=20, value="average", progress=False)
    assert found.upsilon == pytest.approx(17 / 25)


def test_the_ladder_on_environments_that_take_the_next_rung():
    """Section 4.2: what each agent can do that the one before cannot, with 95 % intervals."""
    rand, basic, back, forward = LADDER[0], *LADDER[3:]
    for better, worse, model in (
        (basic, rand, thesis.bandit([0, 1])),
        (back, basic, thesis.repeated_alternation()),
        (forward, back, thesis.repeated_slide()),
    ):
        found = upsilon(
            better,
            EnvClass([(model, 0)]),
            cycles=200,
            value="average",
            method="sampled",
            episodes=16,
            paired_with=worse,
            progress=False,
        )
        assert found.difference is not None
        assert found.difference[1] > 0.1, (better.name, worse.name, found)


class Coins(Sequence):
    """Heads or tails, the reward of which is 1 with probability 3/4; too long to list."""

    def sample(self, generator):
        heads = generator.random() < 3 / 4
        return Outcome(F(3, 4) if heads else F(1, 4), 0, int(heads), F(int(heads)))

    def __getitem__(self, place):
        raise ValueError("too many outcomes to list")

    def __len__(self):
        return 2


def test_models_that_can_only_be_sampled_have_a_sampled_value():
    model = Model("coins", Interface(2, 2, (F(0), F(1))), Coins(), lambda state, action: Coins())
    found = upsilon(
        LADDER[0], EnvClass([(model, 0)]), cycles=400, value="average", method="sampled",
        episodes=16, progress=False,
    )  # fmt: skip
    assert found.upsilon == pytest.approx(3 / 4, abs=0.03)


def test_the_ladder_where_rewards_are_summable():
    """Exact sums of 10 cycles: some of the claims of section 4.2 hold there, some do not."""

    @cache
    def worth(policy, name):
        known = EnvClass([(thesis.get(name), 0)])
        found = upsilon(policy, known, cycles=10, progress=False)
        return found.low, found.high

    rand, basic = LADDER[0], LADDER[3]
    back = TableLearner(back=2, rewards=False)
    forward = TableLearner(back=2, forward=2, rewards=False)
    # 2back exploits alternation, as the thesis says, and more than a random agent does
    assert worth(back, "alternation")[0] > worth(basic, "alternation")[1]
    assert worth(back, "alternation")[0] > worth(rand, "alternation")[1]
    # 2forward is better on the slide than 2back, as it says, though not than a random agent
    assert worth(forward, "slide")[0] > worth(back, "slide")[1]
    assert worth(forward, "slide")[1] < worth(rand, "slide")[0]
    # basic is worse than random in both: it stays with what has just paid
    for name in ("alternation", "slide"):
        assert worth(basic, name)[1] < worth(rand, name)[0]
    # with rewards 2^-k in its contexts none of them comes twice, and 2back is random on the slide
    assert worth(LADDER[4], "slide") == worth(rand, "slide")
    assert worth(LADDER[5], "slide") == worth(rand, "slide")


@pytest.mark.parametrize("policy", LADDER, ids=lambda policy: policy.name)
def test_sampling_agents_follow_their_policy_and_resume(policy):
    assert isinstance(policy, Policy)
    interface = thesis.prisoners_dilemma().interface
    agent = SamplingAgent(policy)
    assert isinstance(agent, Agent)
    percepts = [(i * i % 3 % 2, F(i % 4, 5)) for i in range(30)]
    agent.reset(interface, 7)
    actions = [agent.act(*each) for each in percepts[:20]]
    saved = agent.snapshot()
    later = [agent.act(*each) for each in percepts[20:]]
    other = SamplingAgent(policy)
    other.reset(interface, 0)
    other.restore(saved)
    assert [other.act(*each) for each in percepts[20:]] == later
    agent.reset(interface, 7)
    assert [agent.act(*each) for each in percepts[:20]] == actions


def test_sampling_agents_draw_with_the_probabilities():
    agent = SamplingAgent(Uniform())
    interface = thesis.two_coins().interface
    agent.reset(interface, 3)
    counts = np.bincount([agent.act(0, 0) for _ in range(3000)], minlength=3)
    assert ((counts - 1000) ** 2 / 1000).sum() < 13.8  # chi squared of 2, 99.9 %


def test_an_agent_that_was_not_reset():
    with pytest.raises(RuntimeError, match="rand has not been reset"):
        SamplingAgent(Uniform()).act(0, 0)
    with pytest.raises(RuntimeError, match="rand has not been reset"):
        SamplingAgent(Uniform()).restore({})
