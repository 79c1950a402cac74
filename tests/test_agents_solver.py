"""The exact solver: published values, closed forms, and enumeration of all policies."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulations import agents
from simulations.agents import domains, thesis
from simulations.agents._beliefs import BeliefGraph
from simulations.agents._chains import Arm, evaluate, missed
from simulations.agents.interface import Interface
from simulations.agents.model import Model, Outcome
from simulations.agents.solver import solve, value_of
from simulations.agents.temporal.chains import MarkovChain

F = Fraction
SMALL = [name for name in domains.names() if name not in ("pacman", "tic-tac-toe")]


@pytest.mark.parametrize("name", [*SMALL, "tic-tac-toe"])
def test_stated_optimal_values_are_what_the_solver_proves(name):
    model = domains.get(name)
    found = solve(model)
    assert found.exact
    assert found.optimal_value == model.optimal_value
    assert found.bounds == (found.optimal_value, found.optimal_value)


@pytest.mark.parametrize(
    ("name", "observed", "uniform"),
    [
        ("cheese-maze", F(71, 39), F(-23, 4)),
        ("4x4-grid", F(5, 16), F(21, 1024)),
        ("tiger", F(10), F(-91, 3)),
    ],
)
def test_values_of_who_is_told_the_state_and_of_who_acts_at_random(name, observed, uniform):
    model = domains.get(name)
    assert solve(model, observed=True).optimal_value == observed
    assert value_of(model, "uniform") == uniform


def test_tiger_discounted():
    found = solve(domains.tiger(), "discounted", discount=0.95)
    assert found.exact
    assert float(found.optimal_value) == pytest.approx(19.371368, abs=1e-6)


@pytest.mark.parametrize("alpha", [0, 0.3, 0.7, 1])
def test_kuhn_poker_has_the_value_of_the_game_whatever_alpha(alpha):
    assert solve(domains.kuhn_poker(alpha)).optimal_value == F(1, 18)


def test_kuhn_poker_at_random():
    assert value_of(domains.kuhn_poker(F(7, 10)), "uniform") == F(-2, 15)


def gamblers_ruin(accuracy: Fraction, lead: int) -> tuple[Fraction, Fraction]:
    """(probability of being right, expected listens) of who listens until one side leads so far."""
    odds = (1 - accuracy) / accuracy
    right = 1 / (1 + odds**lead)
    return right, lead * (2 * right - 1) / (2 * accuracy - 1)


@pytest.mark.parametrize(
    ("name", "listen", "before", "gold", "extra"),
    [("tiger", -1, 0, 10, 1), ("extended-tiger", 0, -1, 30, 2)],
)
def test_tigers_agree_with_gamblers_ruin(name, listen, before, gold, extra):
    def gain(lead: int) -> Fraction:
        right, listens = gamblers_ruin(F(17, 20), lead)
        reward = listen * listens + before + gold * right - 100 * (1 - right)
        return reward / (listens + extra)

    assert max(gain(lead) for lead in range(1, 8)) == domains.get(name).optimal_value


@pytest.mark.parametrize("name", SMALL)
def test_the_policy_earns_the_value(name):
    model = domains.get(name)
    found = solve(model)
    assert value_of(model, found) == found.optimal_value
    total = solve(model, "discounted", discount=F(9, 10))
    assert value_of(model, total, "discounted", discount=F(9, 10)) == total.optimal_value


def expectimax(model: Model, horizon: int) -> Fraction:
    """Over histories, with unnormalised weights of states: no beliefs, nothing shared."""

    def best(weights: dict, left: int) -> Fraction:
        if not left:
            return F(0)
        values = []
        for action in range(model.interface.actions):
            value, follows = F(0), {}
            for state, weight in weights.items():
                for each in model.outcomes(state, action):
                    joint = weight * each.probability
                    value += joint * each.reward
                    after = follows.setdefault((each.observation, each.reward), {})
                    after[each.state] = after.get(each.state, F(0)) + joint
            values.append(value + sum(best(after, left - 1) for after in follows.values()))
        return max(values)

    first: dict = {}
    for each in model.start:
        group = first.setdefault(each.observation, {})
        group[each.state] = group.get(each.state, F(0)) + each.probability
    return sum((best(group, horizon) for group in first.values()), F(0))


@pytest.mark.parametrize(
    ("name", "horizon"),
    [
        ("coin", 3),
        ("1d-maze", 5),
        ("cheese-maze", 2),
        ("tiger", 4),
        ("extended-tiger", 3),
        ("rock-paper-scissors", 3),
        ("kuhn-poker", 2),
    ],
)
def test_finite_horizons_agree_with_expectimax_over_histories(name, horizon):
    model = domains.get(name)
    found = solve(model, "total", horizon=horizon)
    assert found.optimal_value == expectimax(model, horizon)
    start = model.prior[next(iter(model.prior))][1]
    assert 0 <= found.action(start, horizon) < model.interface.actions


@st.composite
def processes(draw) -> list[list[list[tuple[Fraction, int, int]]]]:
    """State -> action -> (probability, next state, reward)s; periodic and multichain ones too."""
    count = draw(st.integers(1, 4))
    places = st.integers(0, count - 1)

    def arm():
        ends = draw(st.lists(st.tuples(places, st.integers(-2, 3)), min_size=1, max_size=2))
        shares = [draw(st.integers(1, 3)) for _ in ends]
        return [(F(s, sum(shares)), j, r) for s, (j, r) in zip(shares, ends, strict=True)]

    return [[arm(), arm()] for _ in range(count)]


def as_model(process) -> Model:
    return Model(
        "process",
        Interface(2, len(process), tuple(F(r) for r in range(-2, 4))),
        (Outcome(F(1), 0, 0),),
        lambda s, a: [Outcome(p, j, j, F(r)) for p, j, r in process[s][a]],
    )


def gain_and_value(process, policy, discount: float) -> tuple[float, float]:
    """By the limit of a lazy chain's powers, and by a linear system."""
    n = len(process)
    chain, rewards = np.zeros((n, n)), np.zeros(n)
    for i, a in enumerate(policy):
        for p, j, r in process[i][a]:
            chain[i, j] += float(p)
            rewards[i] += float(p) * r
    limit = (np.eye(n) + chain) / 2
    for _ in range(60):
        limit = limit @ limit
        limit /= limit.sum(axis=1, keepdims=True)
    value = np.linalg.solve(np.eye(n) - discount * chain, rewards)
    return float((limit @ rewards)[0]), float(value[0])


@given(processes())
def test_all_policies_of_random_processes(process):
    """Whatever the structure of classes, and periods: the best of all stationary policies."""
    model = as_model(process)
    policies = itertools.product(range(2), repeat=len(process))
    values = np.array([gain_and_value(process, policy, 0.9) for policy in policies])
    gain, discounted = solve(model), solve(model, "discounted", discount=0.9)
    assert gain.exact
    assert discounted.exact
    assert float(gain.optimal_value) == pytest.approx(values[:, 0].max(), abs=1e-9)
    assert float(discounted.optimal_value) == pytest.approx(values[:, 1].max(), abs=1e-9)
    assert value_of(model, gain) == gain.optimal_value


@given(processes())
def test_evaluation_obeys_its_equations_exactly(process):
    chain = [
        Arm(sum(p * r for p, _, r in arms[0]), [(p, j) for p, j, _ in arms[0]]) for arms in process
    ]
    values = evaluate(chain, None)
    for i, arm in enumerate(chain):
        assert values.gain[i] == sum(p * values.gain[j] for p, j in arm.successors)
        expected = arm.reward + sum(p * values.bias[j] for p, j in arm.successors)
        assert values.gain[i] + values.bias[i] == expected


def test_a_start_that_leads_to_one_of_two_worlds_has_the_mean_gain():
    def outcomes(state, action):
        after = {"?": [("a", 1), ("b", 3)], "a": [("a", 0)], "b": [("b", 0)]}[state]
        pay = {"?": F(0), "a": F(action == 0), "b": F(5)}[state]
        return [Outcome(F(w, sum(x for _, x in after) or 1) if state == "?" else F(1), s, 0, pay)
                for s, w in after]  # fmt: skip

    model = Model("fork", Interface(2, 1, (0, 1, 5)), (Outcome(F(1), "?", 0),), outcomes)
    assert solve(model).optimal_value == F(1, 4) * 1 + F(3, 4) * 5


def test_bounds_of_an_enumeration_that_does_not_close_hold_the_value():
    with pytest.raises(ValueError, match=r"limit: tiger has more than 5 beliefs; .* between") as no:
        solve(domains.tiger(), limit=5)
    words = str(no.value).split()
    low, high = float(words[words.index("between") + 1]), float(words[words.index("and") + 1][:-1])
    assert low - 1e-11 <= 595 / 549 < high


def test_more_beliefs_bring_the_revealed_bound_down_to_the_value():
    model = domains.tiger()
    bounds = []
    for size in (1, 3, 5, 9):
        graph = BeliefGraph(model, observed=False)
        graph.grow(size)
        arms = graph.revealed(100)
        assert arms is not None
        told = as_arms_model(arms)
        bounds.append(solve(told, observed=True).optimal_value)
    assert bounds == sorted(bounds, reverse=True)
    assert bounds[0] > bounds[-1] == F(595, 549)


def as_arms_model(arms) -> Model:
    """A process given by arms as a model; the expected reward is all that counts."""

    def outcomes(state, action):
        arm = arms[state][action]
        return [Outcome(p, j, 0, arm.reward) for p, j in arm.successors]

    rewards = tuple(sorted({arm.reward for each in arms for arm in each}))
    return Model("arms", Interface(len(arms[0]), 1, rewards), (Outcome(F(1), 0, 0),), outcomes)


def test_floats_agree_with_fractions():
    for name in ("tiger", "4x4-grid", "cheese-maze"):
        model = domains.get(name)
        for options in ({}, {"criterion": "discounted", "discount": 0.9}):
            rough, proven = solve(model, exact=False, **options), solve(model, **options)
            assert not rough.exact
            low, high = rough.bounds
            assert low - 1e-9 <= float(proven.optimal_value) <= high + 1e-9
            assert high - low < 1e-7


def test_policies_of_other_kinds():
    tiger = domains.tiger()
    assert value_of(tiger, [F(1), F(0), F(0)]) == -1
    assert value_of(tiger, [F(0), F(1), F(0)]) == -45
    assert value_of(tiger, lambda belief: 1) == -45
    half = {1: F(1, 2), 2: F(1, 2)}
    assert value_of(tiger, lambda belief: half) == -45
    assert value_of(tiger, "uniform", "total", horizon=3) == 3 * F(-91, 3)
    assert value_of(tiger, lambda belief: 1, "discounted", discount=F(1, 2)) == -90


def test_summable_environments_of_infinitely_many_states_within_a_horizon():
    """Legg (2008), section 4.2: mu_slide has the optimum 1/3, at random 9/40, at rest 1/16."""
    slide = thesis.get("slide")
    left = F(1, 2**15)
    assert 0 <= F(1, 3) - F(solve(slide, "total", horizon=16).optimal_value) < left
    assert 0 <= F(9, 40) - value_of(slide, "uniform", "total", horizon=16) < left
    assert 0 <= F(1, 16) - value_of(slide, [F(1), F(0)], "total", horizon=16) < left


def test_bad_input_is_named():
    tiger = domains.tiger()
    for arguments, message in [
        ({"criterion": "averge"}, "did you mean 'average'"),
        ({"discount": 0.9}, "discount: got 0.9 with criterion 'average'"),
        ({"criterion": "discounted"}, "discount: got None"),
        ({"criterion": "discounted", "discount": 1}, "discount: got 1, accepted is above 0"),
        ({"criterion": "total"}, "horizon: got None"),
        ({"horizon": 3}, "horizon: got 3 with criterion 'average'"),
        ({"limit": 0}, "limit: got 0"),
    ]:
        with pytest.raises(ValueError, match=message.replace("(", r"\(")):
            solve(tiger, **arguments)
    with pytest.raises(TypeError, match="discount: got 'x'"):
        solve(tiger, "discounted", discount="x")  # pyright: ignore[reportArgumentType]
    with pytest.raises(ValueError, match=r"2\^161 ways"):
        solve(domains.pacman())
    with pytest.raises(ValueError, match="more than 20 beliefs within the horizon"):
        solve(tiger, "total", horizon=50, limit=20)
    with pytest.raises(ValueError, match="policy: got 2 probabilities, accepted are 3"):
        value_of(tiger, [F(1, 2), F(1, 2)])
    with pytest.raises(ValueError, match="policy: got 'random'"):
        value_of(tiger, "random")
    with pytest.raises(ValueError, match="comes to more than 10 states"):
        value_of(tiger, lambda belief: 0, limit=10)
    with pytest.raises(ValueError, match="belief that it has no action for"):
        value_of(tiger, {})


@pytest.mark.parametrize("rest", [F(1, 4), F(1)])
@pytest.mark.parametrize("observed", [False, True])
def test_probabilities_that_do_not_sum_to_1_are_named(observed, rest):
    row = [Outcome(F(1, 4), 0, 0), Outcome(rest, 0, 1, F(1))]
    model = Model(
        "not one",
        Interface(1, 2, reward_levels=(0, 1)),
        (Outcome(F(1), 0, 0),),
        lambda state, action: row,
    )
    message = f"outcomes: got probabilities 1/4, {rest}, accepted are Fractions"
    with pytest.raises(ValueError, match=message):
        solve(model, observed=observed)
    with pytest.raises(ValueError, match=message):
        value_of(model, "uniform", observed=observed)


def test_infinitely_many_states_are_an_error_not_a_hang():
    model = Model(
        "counter",
        Interface(1, 1, (0, 1)),
        (Outcome(F(1), 0, 0),),
        lambda state, action: [Outcome(F(1), state + 1, 0, F(0))],
    )
    with pytest.raises(ValueError, match="as many hidden states"):
        solve(model, limit=100)


def test_solution_as_json():
    found = solve(domains.coin(0.75)).to_dict()
    assert found["exact"] == "3/4"
    assert found["optimal_value"] == 0.75
    assert found["bounds"] == [0.75, 0.75]


NAMES = (
    ("tiger", {"horizon": 4}),
    ("tiger", {"horizon": 3, "discount": F(9, 10)}),
    ("coin", {"horizon": 5, "observed": True}),
)


@pytest.mark.parametrize(("name", "options"), NAMES)
def test_a_policy_that_counts_the_cycles_left_has_its_value(name, options):
    model = domains.get(name)
    found = solve(model, "total", **options)
    assert value_of(model, found, "total", **options) == found.optimal_value
    fewer = options | {"horizon": options["horizon"] - 1}
    with pytest.raises(ValueError, match="limit: the policy comes to more than 1 states"):
        value_of(domains.get("tiger"), solve(domains.get("tiger"), "total", horizon=4), "total",
                 horizon=4, limit=1)  # fmt: skip
    if name == "coin":
        assert value_of(model, found, "total", **fewer) < found.optimal_value
    with pytest.raises(ValueError, match="policy: got one that counts the cycles left"):
        value_of(model, found)


def test_what_can_begin_has_probabilities_that_sum_to_one():
    def paid(state, action):
        return [Outcome(F(1), 0, 0, F(1))]

    half = Model("half", Interface(1, 2, (0, 1)), (Outcome(F(1, 2), 0, 0),), paid)
    for call in (
        lambda: solve(half),
        lambda: solve(half, observed=True),
        lambda: value_of(half, "uniform"),
    ):
        with pytest.raises(ValueError, match="start: got probabilities 1/2, accepted"):
            call()
    never = Model("never", half.interface, (Outcome(F(1), 0, 0), Outcome(F(0), 1, 1)), paid)
    assert solve(never).optimal_value == solve(never, observed=True).optimal_value == 1


@pytest.mark.parametrize("action", [2, -1, 5])
def test_a_mixture_of_actions_that_there_are_not(action):
    with pytest.raises(ValueError, match=f"action: got {action}, accepted is an integer from 0"):
        value_of(domains.get("coin"), lambda belief: {action: F(1)})


def test_bounds_hold_what_less_than_the_slack_is_worth():
    """An action that costs 1e-8 now and brings 2.1e-7 next, at a discount of 1/20."""
    cost, prize = F(1, 10**8), F(21, 10**8)

    def outcomes(state, action):
        hidden, due = state
        reward = F(1, 2) + (prize if due else -cost * action)
        after = 0 if due else action
        return [
            Outcome(p * q, (side, after), 2 * after + seen, reward)
            for side, p in ((hidden, F(9, 10)), (1 - hidden, F(1, 10)))
            for seen, q in ((side, F(2, 3)), (1 - side, F(1, 3)))
        ]

    start = tuple(Outcome(F(1, 2), (side, 0), 0) for side in (0, 1))
    model = Model("investing", Interface(2, 4, reward_bounds=(0, 1)), start, outcomes)
    true = solve(model, "discounted", discount=F(1, 20), observed=True).optimal_value
    found = solve(model, "discounted", discount=F(1, 20), limit=1024)
    assert not found.exact
    assert found.bounds[0] - 1e-15 <= true <= found.bounds[1] + 1e-15
    assert found.bounds[1] - found.bounds[0] < 1e-10


def test_what_a_slack_leaves_is_told():
    """Two states; in the first the better of two arms is worth 5e-10 more, for ever."""
    arms = [[Arm(1.0, [(1.0, 0)]), Arm(1.0 + 5e-10, [(1.0, 0)])], [Arm(2.0, [(1.0, 1)])]]
    worse = [arms[0][:1], arms[1]]
    for discount, expected in ((None, 5e-10), (0.9, 5e-9)):
        values = evaluate([state[0] for state in worse], discount)
        assert missed(arms, values, discount, 1e-9) == pytest.approx(expected, rel=1e-5)
        assert missed(worse, values, discount, 1e-9) == pytest.approx(0, abs=1e-14)


@pytest.mark.parametrize(
    ("seen", "reward", "words"),
    [
        (0, F(2), "reward: got 2, accepted are the levels 0.0, 1.0"),
        (0, F(-1), "reward: got -1, accepted are the levels 0.0, 1.0"),
        (1, F(1), "observation: got 1, accepted is"),
    ],
)
@pytest.mark.parametrize("observed", [False, True])
def test_percepts_that_the_interface_has_not(seen, reward, words, observed):
    """Bounds of what is not looked at follow from the interface's rewards."""
    model = Model(
        "liar",
        Interface(1, 1, (0, 1)),
        (Outcome(F(1), 0, 0),),
        lambda state, action: [Outcome(F(1), 0, seen, reward)],
    )
    with pytest.raises(ValueError, match=words):
        solve(model, observed=observed)
    with pytest.raises(ValueError, match=words):
        value_of(model, "uniform", observed=observed)


def test_an_environment_is_solved_by_its_model():
    """The tiger of Kaelbling, Littman and Cassandra (1998), as the front door makes it."""
    environment = agents.make("tiger")
    assert solve(environment).optimal_value == F(595, 549) == environment.optimal_value
    for other in ("tiger", None, environment.action_space):
        with pytest.raises(TypeError, match=r"model: got \w+, accepted is a Model"):
            solve(other)


@pytest.mark.parametrize("discount", [math.nan, math.inf, -math.inf, np.float64("nan")])
def test_discounts_that_are_no_numbers(discount):
    tiger = domains.get("tiger")
    with pytest.raises(ValueError, match=r"discount: got -?(nan|inf), accepted is above 0"):
        solve(tiger, "discounted", discount=discount)
    with pytest.raises(ValueError, match=r"discount: got -?(nan|inf), accepted is above 0"):
        solve(tiger, "total", discount=discount, horizon=2)
    with pytest.raises(ValueError, match=r"discount: got -?(nan|inf), accepted is above 0"):
        value_of(tiger, "uniform", "discounted", discount=discount)


@pytest.mark.parametrize("number", [math.nan, math.inf])
@pytest.mark.parametrize(
    ("argument", "call"),
    [
        ("reward_levels", lambda x: Interface(1, 1, (0, x))),
        ("reward_bounds", lambda x: Interface(1, 1, reward_bounds=(0, x))),
        (r"policy\[1\]", lambda x: value_of(domains.get("coin"), [0.5, x])),
        ("probabilities", lambda x: thesis.bernoulli_scheme([x], [1])),
        ("rewards", lambda x: thesis.bernoulli_scheme([1], [x])),
        (r"transitions\[0\]", lambda x: thesis.markov_chain([[x]], [1])),
        ("rewards", lambda x: thesis.markov_chain([[1]], [x])),
        ("chances", lambda x: thesis.bandit([x])),
        ("values", lambda x: thesis.function_maximisation([x])),
        ("payoffs", lambda x: thesis.repeated_game([[x]], lambda past: {0: 1}, 1)),
        ("training", lambda x: thesis.classification([0], 1, training=x)),
        ("discount", lambda x: thesis.summable(thesis.get("two-coins"), x)),
        ("rewards", lambda x: MarkovChain("one", np.ones((1, 1), int), np.full((1, 1, 1), x))),
    ],
)
def test_numbers_that_are_not_finite(argument, call, number):
    with pytest.raises(ValueError, match=rf"^{argument}: got (nan|inf|one that is not finite), "):
        call(number)


@pytest.mark.parametrize(
    ("chances", "shown"),
    [
        ((F(-1), F(2)), "-1, 2"),
        ((F(1, 2), F(1, 4)), "1/2, 1/4"),
        ((0.5, 0.5), "0.5, 0.5"),
        ((1, None), "1, None"),
    ],
)
def test_outcomes_that_are_no_distribution_have_no_value(chances, shown):
    row = [Outcome(p, 0, i, F(i)) for i, p in enumerate(chances)]
    model = Model("own", Interface(1, 2, (0, 1)), (Outcome(F(1), 0, 0),), lambda state, action: row)
    for call in (solve, lambda own: value_of(own, [F(1)])):
        with pytest.raises(ValueError, match=f"got probabilities {shown}, accepted are Fractions"):
            call(model)
