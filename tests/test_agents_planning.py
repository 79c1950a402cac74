"""Planners against every policy there is, and discounts against their theory."""

from __future__ import annotations

import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_models import models, percepts_of, policies, policy_value

from simulations.agents import domains
from simulations.agents.discounts import (
    Discount,
    FixedHorizon,
    Geometric,
    Hyperbolic,
    Power,
    effective_horizon,
)
from simulations.agents.interface import Interface, Percept
from simulations.agents.model import Belief, Model, Outcome
from simulations.agents.planning import Plan, RhoUCT, TrueModel, expectimax
from simulations.agents.prediction import ContextTreePredictor, PerceptPredictor
from simulations.agents.solver import solve

DISCOUNTS = [
    Geometric(Fraction(2, 3)),
    Geometric(0.9),
    Power(2),
    Power(1.5),
    Hyperbolic(Fraction(1, 2), 1),
    Hyperbolic(0.3, 2.5),
    FixedHorizon(2),
]
ONES = [Fraction(1)] * 9

few = settings(deadline=None, max_examples=15)


# ---------------------------------------------------------------------------- discounts


def test_the_later_learner_wins_by_patience():
    """Legg 2008, examples 2.9.1 and 2.9.2: 1/2 at once, or 1/10 for 90 cycles and then 1."""

    def later_wins(rate: Fraction) -> bool:
        discount = Geometric(rate)
        at_once = discount.total(1) / 2
        later = (discount.total(1) - discount.total(91)) / 10 + discount.total(91)
        return later > at_once

    critical = Fraction((4 / 9) ** (1 / 90))
    assert round(float(critical), 5) == 0.99103
    assert later_wins(critical + Fraction(1, 10**12))
    assert not later_wins(critical - Fraction(1, 10**12))


@pytest.mark.parametrize("discount", DISCOUNTS, ids=str)
def test_totals_are_sums_of_weights(discount):
    """The tail beyond n lies between two integrals, or is zero or geometric."""
    n, first = 4000, 3
    head = math.fsum(float(discount.weight(k)) for k in range(first, n))
    if discount.summable:
        total = float(discount.total(first))
        # weights fall: the tail is at most the integral from n - 1, at least that from n
        low, high = (head + tail(discount, n + shift) for shift in (0, -1))
        assert low * (1 - 1e-12) <= total <= high * (1 + 1e-12)
    else:
        assert discount.total(first) == math.inf
        assert head > 2 * math.fsum(float(discount.weight(k)) for k in range(first, 60))


def tail(discount: Discount, start: int) -> float:
    """The integral of the weight from `start` on, in closed form."""
    match discount:
        case Power(exponent):
            return start ** (1 - exponent) / (exponent - 1)
        case Hyperbolic(kappa, exponent):
            return (1 + kappa * start) ** (1 - exponent) / (kappa * (exponent - 1))
        case _:
            return 0.0


def test_weights_stay_exact():
    assert Geometric(Fraction(1, 3)).weight(4) == Fraction(1, 81)
    assert Power(2).weight(3) == Fraction(1, 9)
    assert Hyperbolic(Fraction(1, 2), 1).weight(4) == Fraction(1, 3)
    assert isinstance(Hyperbolic(Fraction(1, 2), 1).weight(4), Fraction)
    assert [FixedHorizon(2).weight(k) for k in (1, 2, 3)] == [1, 1, 0]


def test_summability():
    assert [Power(p).summable for p in (0.5, 1, 1.1, 2)] == [False, False, True, True]
    assert [Hyperbolic(1, p).summable for p in (1, 2)] == [False, True]
    assert Geometric(0.999).summable
    assert FixedHorizon(3).summable
    assert all(isinstance(each, Discount) for each in DISCOUNTS)


@pytest.mark.parametrize("cycle", [1, 2, 9, 100])
@pytest.mark.parametrize("share", [Fraction(1, 2), Fraction(1, 10)])
@pytest.mark.parametrize("discount", [each for each in DISCOUNTS if each.summable], ids=str)
def test_the_effective_horizon_is_the_least(discount, cycle, share):
    h = effective_horizon(discount, cycle, share=share)
    bound = share * discount.total(cycle)
    assert discount.total(cycle + h) <= bound
    assert h == 0 or discount.total(cycle + h - 1) > bound


STEEP = [
    (Power(400), 10),
    (Power(1000.5), 3),
    (Power(30), 10**12),
    (Power(7), 10**60),
    (Hyperbolic(0.001, 200), 1),
    (Hyperbolic(1e-6, 60.0), 3),
    (Hyperbolic(Fraction(1, 100), 400), 7),
    (Hyperbolic(5, 500), 3),
]


def exact_left(discount, cycle, cycles):
    """The share of the total that is left, and the total: weights added up, in 60 digits.

    What is beyond the terms is an integral (the midpoint rule errs by a share s^2 / 24 k^2 of it).
    """
    with mpmath.workdps(60):
        s = mpmath.mpf(discount.exponent)
        kappa = mpmath.mpf(1) if isinstance(discount, Power) else mpmath.mpf(float(discount.kappa))
        shift = 0 if isinstance(discount, Power) else 1

        def total(first):
            start, count = shift + kappa * first, min(4000, max(50, int(200 * first / s)))
            head = mpmath.fsum((1 + kappa * k / start) ** -s for k in range(count))
            end = start + kappa * (count - mpmath.mpf(1) / 2)
            return start**-s * (head + start / (kappa * (s - 1)) * (end / start) ** (1 - s))

        return total(cycle + cycles) / total(cycle), total(cycle)


@pytest.mark.parametrize(("discount", "cycle"), STEEP, ids=str)
def test_horizons_where_floats_lose_the_weights(discount, cycle):
    h = effective_horizon(discount, cycle)
    assert exact_left(discount, cycle, h)[0] <= 0.5 * (1 + 1e-6)
    assert exact_left(discount, cycle, h - 1)[0] > 0.5 * (1 - 1e-6)
    assert discount.total(cycle) == pytest.approx(
        float(exact_left(discount, cycle, 0)[1]), rel=1e-6, abs=1e-300
    )


def test_effective_horizons_of_the_theory():
    """Hutter 2006: constant for geometric, proportional to the age for power discounts."""
    for cycle in (1, 50, 5000):
        assert effective_horizon(Geometric(Fraction(99, 100)), cycle) == 69  # ln 2 / -ln 0.99
    for rate in (0.5, Fraction(1, 2)):
        for share in (0.5, Fraction(1, 8)):
            young = effective_horizon(Geometric(rate), share=share)
            assert effective_horizon(Geometric(rate), 2000, share=share) == young
    for exponent in (1.5, 2, 3):
        growth = 2 ** (1 / (exponent - 1)) - 1
        assert effective_horizon(Power(exponent), 20_000) / 20_000 == pytest.approx(
            growth, rel=1e-3
        )
    assert [effective_horizon(FixedHorizon(10), k) for k in (1, 4, 10, 11)] == [5, 4, 1, 0]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Geometric(1), "rate: got 1"),
        (lambda: Geometric(-0.5), "rate: got -0.5"),
        (lambda: Power(0), "exponent: got 0"),
        (lambda: Hyperbolic(0, 1), "kappa: got 0"),
        (lambda: Hyperbolic(1, math.inf), "exponent: got inf"),
        (lambda: FixedHorizon(0), "cycles: got 0"),
        (lambda: Power(2).weight(0), "cycle: got 0"),
        (lambda: effective_horizon(Power(1)), "discount: got Power"),
        (lambda: effective_horizon(Power(2), share=1), "share: got 1"),
        (lambda: effective_horizon(Power(1.0005)), r"discount: got Power.*1\.0005.* above 2e\+308"),
    ],
)
def test_bad_discounts(make, message):
    with pytest.raises(ValueError, match=message):
        make()


# --------------------------------------------------------------------------- expectimax


@few
@given(models())
def test_expectimax_is_the_best_of_all_policies(model):
    for horizon in (1, 2, 3):
        best = {action: [] for action in range(2)}
        for policy in policies(percepts_of(model), horizon):
            best[policy.action].append(policy_value(model, policy, ONES[:horizon]))
        plan = expectimax(TrueModel(model), model.interface, horizon)
        assert plan.values == tuple(max(values) for values in best.values())
        assert all(isinstance(value, Fraction) for value in plan.values)
        assert plan.value == plan.values[plan.best]


@few
@given(models(), st.sampled_from(DISCOUNTS), st.integers(1, 5))
def test_expectimax_weighs_cycles(model, discount, start):
    weights = [discount.weight(k) for k in range(start, start + 3)]
    every = [policy_value(model, policy, weights) for policy in policies(percepts_of(model), 3)]
    found = expectimax(TrueModel(model), model.interface, 3, discount=discount, start=start)
    assert float(found.value) == pytest.approx(float(max(every)), rel=1e-12, abs=1e-15)


@few
@given(models(percepts=3), st.integers(1, 4))
def test_expectimax_agrees_with_the_solver(model, horizon):
    """Which grows the graph of beliefs and goes through it backwards."""
    solution = solve(model, "total", horizon=horizon)
    assert expectimax(TrueModel(model), model.interface, horizon).value == solution.optimal_value


@pytest.mark.parametrize(("name", "cycles"), [("rock-paper-scissors", 8), ("4x4-grid", 8)])
def test_short_lives_in_domains_agree_with_the_solver(name, cycles):
    model = domains.get(name)
    value = expectimax(TrueModel(model), model.interface, cycles).value
    assert value == solve(model, "total", horizon=cycles).optimal_value
    assert isinstance(value, Fraction)


class Stateless:
    """A predictor that shows nothing but what planning needs."""

    def __init__(self, predictor):
        self.probabilities = predictor.probabilities
        self.update, self.undo = predictor.update, predictor.undo


@few
@given(models(percepts=3), st.sampled_from([None, *DISCOUNTS]))
def test_remembered_states_change_nothing(model, discount):
    known = TrueModel(model)
    before = known.state
    plain = expectimax(Stateless(known), model.interface, 3, discount=discount)
    assert expectimax(known, model.interface, 3, discount=discount) == plain
    assert known.state is before


@few
@given(models(), st.sampled_from(DISCOUNTS), st.integers(1, 4))
def test_plans_are_kept(model, discount, start):
    """Weights by absolute cycle are time consistent: Bellman's equation (2.1) between two plans."""
    known = TrueModel(model)
    now = expectimax(known, model.interface, 3, discount=discount, start=start)
    for action in range(2):
        total = Fraction(0)
        for percept, probability in known.probabilities(action).items():
            known.update(action, percept)
            later = expectimax(known, model.interface, 2, discount=discount, start=start + 1)
            known.undo()
            total += probability * (discount.weight(start) * percept.reward + later.value)
        assert float(now.values[action]) == pytest.approx(float(total), rel=1e-12, abs=1e-15)


class Counting:
    """Laplace's rule for one of two percepts after each action: a learner without a `state`."""

    percepts = (Percept(0, 0.0), Percept(0, 1.0))

    def __init__(self):
        self.history = []

    def probabilities(self, action):
        seen = [percept for each, percept in self.history if each == action]
        return {p: Fraction(seen.count(p) + 1, len(seen) + 2) for p in self.percepts}

    def update(self, action, percept):
        self.history.append((action, percept))

    def undo(self):
        self.history.pop()


def test_expectimax_in_a_learner():
    """Two Bernoulli arms with uniform priors: the Bayes-optimal values by hand.

    With two cycles, trying an arm gives 1/2; after a success it promises 2/3, after a failure the
    other arm does with 1/2: 1/2 + (2/3 + 1/2) / 2 = 13/12.
    """
    learner = Counting()
    plan = expectimax(learner, Interface(2, 1, (0.0, 1.0)), 2)
    assert plan.values == (pytest.approx(13 / 12), pytest.approx(13 / 12))
    assert plan.best == 0
    assert not learner.history
    learner.update(0, Percept(0, 1.0))
    assert expectimax(learner, Interface(2, 1, (0.0, 1.0)), 1).values == (2 / 3, 1 / 2)


def test_a_long_horizon_with_few_states():
    model = bandit(Fraction(1, 4), Fraction(3, 4))
    assert expectimax(TrueModel(model), model.interface, 200).value == 150


def test_a_horizon_too_long():
    model = bandit(Fraction(1, 4), Fraction(3, 4))
    with pytest.raises(ValueError, match="horizon: got 100000"):
        expectimax(TrueModel(model), model.interface, 100_000)


@pytest.mark.parametrize("planner", [expectimax, RhoUCT(10)])
def test_bad_plans(planner):
    model = bandit(Fraction(1, 4), Fraction(3, 4))
    with pytest.raises(ValueError, match="horizon: got 0"):
        planner(TrueModel(model), model.interface, 0)
    with pytest.raises(ValueError, match="start: got 0"):
        planner(TrueModel(model), model.interface, 2, start=0)


@pytest.mark.parametrize("planner", [expectimax, RhoUCT(10)])
def test_after_the_end_all_is_worth_nothing(planner):
    model = bandit(Fraction(1, 4), Fraction(3, 4))
    plan = planner(TrueModel(model), model.interface, 3, discount=FixedHorizon(5), start=6)
    assert plan.values == (0, 0)
    assert plan.best == 0


@pytest.mark.parametrize("rate", [Fraction(9, 10), 0.9, 0.1])
@pytest.mark.parametrize("planner", [expectimax, RhoUCT(60)])
def test_the_old_plan_as_the_young(planner, rate):
    """A geometric discount's ratios are the same at any age, though floats hold no rate^8000."""
    model = domains.coin(0.8)
    discount = Geometric(rate)
    for start in (7000, 7070, 8000, 30_000):
        plan = planner(TrueModel(model, 0), model.interface, 2, discount=discount, start=start)
        exact = Geometric(Fraction(str(rate)))
        right = expectimax(TrueModel(model, 0), model.interface, 2, discount=exact, start=start)
        assert plan.best == right.best == 1
    if planner is expectimax and isinstance(rate, Fraction):
        assert plan.values == right.values
    young = planner(TrueModel(model, 0), model.interface, 2, discount=discount)
    if isinstance(rate, float):
        assert plan.values == young.values


def test_floats_meet_weights_that_they_cannot_hold():
    learner = Counting()
    learner.update(1, Percept(0, 1.0))
    plan = expectimax(
        learner, Interface(2, 1, (0.0, 1.0)), 1, discount=Geometric(Fraction(9, 10)), start=8000
    )
    assert plan.best == 1


def test_a_plan_shows_itself():
    plan = Plan((Fraction(1, 2), 0.75), (3, 4))
    assert repr(plan) == "Plan(best action 1; values 0.5, 0.75)"
    assert plan.to_dict() == {"best": 1, "values": [0.5, 0.75], "visits": [3, 4]}


@few
@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 3)), max_size=12))
def test_planning_leaves_a_context_tree_as_it_was(history):
    interface = Interface(2, 2, (0, 1))
    learned = ContextTreePredictor(interface, depth=6)
    for action, percept in history:
        learned.update(action, Percept(percept // 2, percept % 2))
    before = learned.codelength, [learned.probabilities(action) for action in (0, 1)]
    exact = expectimax(learned, interface, 2)
    sampled = RhoUCT(40)(learned, interface, 2)
    assert (learned.codelength, [learned.probabilities(a) for a in (0, 1)]) == before
    assert all(0 <= value <= 2 for value in exact.values + sampled.values)


# --------------------------------------------------------------------------- true models


@given(models(percepts=3), st.lists(st.integers(0, 1), max_size=5), st.randoms())
def test_a_true_model_filters(model, actions, random):
    """Its predictions are quotients of path sums over hidden states; undo is exact."""
    known = TrueModel(model)
    joint = {each.state: each.probability for each in model.start}
    past = []
    for action in actions:
        past.append((known.state, known.probabilities(action)))
        after = {}
        for state, weight in joint.items():
            for each in model.outcomes(state, action):
                if each.probability:
                    cell = after.setdefault(Percept(each.observation, each.reward), {})
                    cell[each.state] = cell.get(each.state, 0) + weight * each.probability
        whole = sum(joint.values())
        expected = {p: sum(cell.values()) / whole for p, cell in after.items()}
        assert known.probabilities(action) == expected
        percept = random.choice(sorted(after))
        known.update(action, percept)
        joint = after[percept]
    for (state, probabilities), action in zip(reversed(past), reversed(actions), strict=True):
        known.undo()
        assert known.state == state
        assert known.probabilities(action) == probabilities
    with pytest.raises(IndexError, match="no update is left"):
        known.undo()


def test_a_true_model_draws_as_it_predicts():
    known = TrueModel(bandit(Fraction(1, 4), Fraction(3, 4)))
    assert isinstance(known, PerceptPredictor)
    generator = np.random.default_rng(0)
    wins = sum(known.sample(1, generator).reward for _ in range(4000))
    # Hoeffding: P(|mean - 3/4| > t) <= 2 exp(-2 n t^2) = 1e-6
    assert abs(wins / 4000 - 0.75) < math.sqrt(math.log(2e6) / 8000)


def test_first_observations():
    one = Fraction(1, 2)
    model = Model(
        "two doors",
        Interface(1, 2, (0, 1)),
        (Outcome(one, "left", 0), Outcome(one, "right", 1)),
        lambda state, action: [Outcome(Fraction(1), state, 0, Fraction(state == "left"))],
    )
    assert expectimax(TrueModel(model, 0), model.interface, 3).value == 3
    assert expectimax(TrueModel(model, 1), model.interface, 3).value == 0
    both = TrueModel(model, belief=Belief.of({"left": one, "right": one}))
    assert expectimax(both, model.interface, 3).value == Fraction(3, 2)
    with pytest.raises(ValueError, match="begins with one of 0, 1"):
        TrueModel(model)
    with pytest.raises(ValueError, match="observation: got 2"):
        TrueModel(model, 2)
    with pytest.raises(ValueError, match="two doors rules out"):
        TrueModel(model, 0).update(0, Percept(0, Fraction(0)))


# ------------------------------------------------------------------------------- rho-UCT


def bandit(*chances: Fraction, name: str = "bandit") -> Model:
    """Arm i pays 1 with probability chances[i], else 0; nothing is observed."""
    return Model(
        name,
        Interface(len(chances), 1, (Fraction(0), Fraction(1))),
        (Outcome(Fraction(1), 0, 0),),
        lambda state, action: [
            Outcome(chances[action], 0, 0, Fraction(1)),
            Outcome(1 - chances[action], 0, 0, Fraction(0)),
        ],
    )


def hoeffding(tries: int, span: float, *, failures: float = 1e-6, union: int = 1) -> float:
    """How far a mean of independent draws, or of martingale differences, of this span may be off.

    With probability 1 - failures, for `union` means at once.
    """
    return span * math.sqrt(math.log(2 * union / failures) / (2 * tries))


def test_rho_uct_of_one_cycle_is_a_mean():
    model = bandit(Fraction(1, 5), Fraction(1, 2), Fraction(9, 10))
    plan = RhoUCT(3000)(TrueModel(model), model.interface, 1, generator=np.random.default_rng(1))
    assert plan.visits is not None
    assert sum(plan.visits) == 3000 - 1  # the first simulation is a rollout from the root
    for value, tries, chance in zip(plan.values, plan.visits, (0.2, 0.5, 0.9), strict=True):
        # the number of tries depends on what was drawn: the bound holds for all numbers at once
        assert abs(value - chance) < hoeffding(tries, 1, union=3 * 3000)
    assert plan.best == 2


@pytest.mark.parametrize("discount", [None, Geometric(0.8), Power(2)])
def test_rho_uct_in_a_uniform_predictor(discount):
    """Where actions do not matter no search is biased: Azuma's inequality bounds every mean."""

    class Uniform:
        depth = 0

        def probabilities(self, action):
            return {Percept(o, r): 0.25 for o in (0, 1) for r in (0.0, 1.0)}

        def update(self, action, percept):
            self.depth += 1

        def undo(self):
            self.depth -= 1

    predictor, horizon = Uniform(), 4
    plan = RhoUCT(4000)(
        predictor,
        Interface(3, 2, (0.0, 1.0)),
        horizon,
        discount=discount,
        generator=np.random.default_rng(2),
    )
    assert predictor.depth == 0
    whole = sum(float(discount.weight(k)) if discount else 1.0 for k in range(1, horizon + 1))
    assert plan.visits is not None
    for value, tries in zip(plan.values, plan.visits, strict=True):
        assert abs(value - whole / 2) < hoeffding(tries, whole, union=3 * 4000)


def test_rho_uct_tends_to_expectimax():
    """Horizon 2: below every first percept stands UCB1, whose regret is bounded.

    P. Auer, N. Cesa-Bianchi and P. Fischer, Finite-time analysis of the multiarmed bandit problem,
    2002, theorem 1: n plays lose at most 8 ln n / D + (1 + pi^2 / 3) D in the mean for a gap D;
    the first visit, a rollout, at most D more. That for the four percepts of the signal, over the
    visits, is how much a value may fall short, besides the error of a mean.
    """
    model = signal()
    known = TrueModel(model)
    exact = expectimax(known, model.interface, 2)
    gap = 0.8  # of the second cycle's two actions, known after the signal
    for seed in range(2):
        generator = np.random.default_rng(seed)
        plan = RhoUCT(10_000)(known, model.interface, 2, generator=generator)
        assert plan.visits is not None
        for value, tries, truth in zip(plan.values, plan.visits, exact.values, strict=True):
            noise = hoeffding(tries, 2, union=2 * 10_000)
            regret = 8 * math.log(tries) / gap + (2 + math.pi**2 / 3) * gap
            assert float(truth) - 4 * regret / tries - noise < value < float(truth) + noise
        assert plan.best == exact.best


def signal() -> Model:
    """Action 0 pays 1/4 and shows which action pays 0.9 next; action 1 pays 1/2, shows nothing."""
    good, bad = Fraction(9, 10), Fraction(1, 10)

    def pays(chance, state, observation):
        return [
            Outcome(chance, state, observation, Fraction(1)),
            Outcome(1 - chance, state, observation, Fraction(0)),
        ]

    def outcomes(state, action):
        told, which = state
        if told:
            return pays(good if action == which else bad, state, 0)
        if action == 0:
            return pays(Fraction(1, 4), (True, which), which)
        return pays(Fraction(1, 2), (True, which), 0)

    half = Fraction(1, 2)
    start = tuple(Outcome(half, (False, which), 0) for which in (0, 1))
    return Model("signal", Interface(2, 2, (Fraction(0), Fraction(1))), start, outcomes)


def test_the_signal_is_worth_its_price():
    """1/4 + 9/10 with the signal, 1/2 + 1/2 without."""
    model = signal()
    values = expectimax(TrueModel(model), model.interface, 2).values
    assert values == (Fraction(23, 20), Fraction(1))


@few
@given(models(percepts=3), st.integers(0, 100))
def test_rho_uct_leaves_the_predictor_and_repeats_itself(model, seed):
    known = TrueModel(model)
    before = known.state

    def plan(predictor):
        return RhoUCT(20)(predictor, model.interface, 4, generator=np.random.default_rng(seed))

    first = plan(known)
    assert known.state is before
    assert plan(known) == first
    assert plan(Stateless(known)) == first  # `sample` draws from the same probabilities
    bounds = expectimax(known, model.interface, 4)
    assert all(0 <= value <= 4 for value in first.values)
    assert len(first.values) == len(bounds.values)


def test_rho_uct_undoes_what_a_failing_predictor_had_seen():
    known = TrueModel(bandit(Fraction(1, 4), Fraction(3, 4)))

    class Fails(Stateless):
        left = 50

        def sample(self, action, generator):
            self.left -= 1
            if not self.left:
                raise OSError("no more")
            return known.sample(action, generator)

    before = known.state
    with pytest.raises(OSError, match="no more"):
        RhoUCT(100)(Fails(known), Interface(2, 1, (0, 1)), 7)
    assert known.state is before
    with pytest.raises(IndexError):
        known.undo()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: RhoUCT(1), "simulations: got 1"),
        (lambda: RhoUCT(10, exploration=-1), "exploration: got -1"),
        (lambda: RhoUCT(2)(Counting(), Interface(2, 1, (0, 1)), 2), "more than the 2 actions"),
    ],
)
def test_bad_searches(make, message):
    with pytest.raises(ValueError, match=message):
        make()
