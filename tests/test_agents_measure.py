"""Universal intelligence on finite classes, and the universal mixture."""

import json
import math
from fractions import Fraction
from functools import partial
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from complexity import get_code
from simulations.agents import _values, thesis
from simulations.agents.discounts import Geometric
from simulations.agents.interface import Interface, Percept
from simulations.agents.measure import (
    EnvClass,
    EnvironmentClass,
    Member,
    bits_by_code,
    upsilon,
)
from simulations.agents.mixture import UniversalMixture, solomonoff_bound, squared_errors
from simulations.agents.model import Model, Outcome
from simulations.agents.thesis.ladder import LADDER, Simple, Specialist, TableLearner, Uniform
from simulations.agents.thesis.policies import SamplingAgent

F = Fraction
exactly = partial(upsilon, progress=False)
sampled = partial(upsilon, method="sampled", progress=False)
SUMMABLE = [(thesis.alternation(), 1), (thesis.slide(), 2)]


# classes


def test_kraft_and_order():
    known = EnvClass([(thesis.ring(), 3), (thesis.die(), 1), (thesis.two_coins(), 2.5)])
    assert [member.bits for member in known] == [1, 2.5, 3]
    assert known.kraft_sum == pytest.approx(0.5 + 2**-2.5 + 0.125, rel=1e-15)
    assert known.weights.tolist() == [0.5, 2**-2.5, 0.125]
    assert [member.name for member in known.enumerate(2.5)] == ["die", "two-coins"]
    assert len(known) == len(list(known.enumerate())) == 3
    assert isinstance(known, EnvironmentClass)
    full = EnvClass([(thesis.die(), i) for i in range(1, 40)] + [(thesis.ring(), 39)])
    assert full.kraft_sum == 1


@pytest.mark.parametrize(
    ("members", "error", "words"),
    [
        ([(thesis.die(), 1), (thesis.ring(), 0.9)], ValueError, "Kraft's sum is 1.0358"),
        ([(thesis.die(), -1)], ValueError, "bits: got -1"),
        ([(thesis.die(), math.inf)], ValueError, "bits: got inf"),
        ([(thesis.die(), math.nan)], ValueError, "bits: got nan"),
        ([], ValueError, "members: got none"),
        ([("die", 1)], TypeError, "members: got 'die'"),
    ],
)
def test_no_class(members, error, words):
    with pytest.raises(error, match=words):
        EnvClass(members)


def test_samples_are_drawn_by_weight():
    known = EnvClass([(thesis.die(), 1), (thesis.ring(), 3), (thesis.slide(), 3)])
    drawn = [member.name for member in known.sample(4000, 5)]
    assert drawn == [member.name for member in known.sample(4000, 5)]
    expected = {"die": 4000 * 2 / 3, "ring": 4000 / 6, "slide": 4000 / 6}
    deviation = sum((drawn.count(name) - e) ** 2 / e for name, e in expected.items())
    assert deviation < 13.8  # chi squared of 2, 99.9 %


@given(st.lists(st.floats(0, 3000), min_size=1, max_size=8))
def test_normalised_classes(bits):
    members = [(thesis.die(), each + 3) for each in bits]  # at most 8 times 1/8
    known = EnvClass(members).normalised()
    assert known.kraft_sum == pytest.approx(1, abs=1e-9)
    gaps = np.diff([member.bits for member in known])
    assert np.allclose(gaps, np.diff(sorted(bits)), atol=1e-6)


@pytest.mark.parametrize("bits", [5e4, 1e6, 1e12])
@pytest.mark.parametrize("count", [3, 7, 40])
def test_normalised_classes_of_long_lengths(bits, count):
    known = EnvClass([(thesis.die(), bits)] * count).normalised()
    assert known.kraft_sum == pytest.approx(1, abs=1e-12)


def test_lengths_from_codes():
    text = json.dumps({"id": "FrozenLake-v1", "kwargs": {"map_name": "4x4"}})
    assert bits_by_code(text) == 8 * len(get_code("text(xz)").encode(text))
    assert bits_by_code(text, "ctw:depth=16") == get_code("text(ctw:depth=16)").bits(text)
    assert bits_by_code(text, "text(zlib)") == 8 * len(get_code("text(zlib)").encode(text))
    for code in ("lz76-rate", "ctw-bits", "array"):
        with pytest.raises(ValueError, match=f"code: got '{code}'"):
            bits_by_code(text, code)
    with pytest.raises(ValueError, match="did you mean 'xz'"):
        bits_by_code(text, "xzz")


# exact values


def test_exact_values_are_those_of_the_thesis():
    known, cycles = EnvClass(SUMMABLE), 40
    found = exactly(Uniform(), known, cycles=cycles)
    assert [row.name for row in found.rows] == ["alternation", "slide"]
    for row, value in zip(found.rows, (1 / 4, 9 / 40), strict=True):
        assert row.low <= value <= row.high
        assert row.high - row.low == pytest.approx(2**-40, rel=1e-9)
    assert found.low <= 1 / 8 + 9 / 160 <= found.high
    rests = exactly(Specialist((0,)), known, cycles=cycles)
    assert rests.upsilon == pytest.approx(1 / 64, abs=1e-11)
    climbs = exactly(Specialist((1, 0)), known, cycles=cycles)  # alternates, and climbs at once
    assert climbs.upsilon == pytest.approx(1 / 4 + 1 / 12, abs=1e-11)


def by_all_histories(policy, model, cycles):
    """The sum of rewards over all histories, written down plainly."""

    def look(known, state, left):
        if not left:
            return F(0)
        value = F(0)
        for action, share in enumerate(policy.probabilities(known)):
            for each in model.outcomes(state, action):
                after = policy.after(known, action, each.observation, each.reward)
                value += (
                    share * each.probability * (each.reward + look(after, each.state, left - 1))
                )
        return value

    return sum(
        each.probability * look(policy.begin(model.interface, each.observation), each.state, cycles)
        for each in model.start
    )


@pytest.mark.parametrize("policy", LADDER, ids=lambda policy: policy.name)
@pytest.mark.parametrize("model", [thesis.two_coins(), thesis.prisoners_dilemma(2), thesis.slide()])
def test_exact_values_are_sums_over_histories(policy, model):
    cycles = 3 if model.interface.actions == 3 else 4
    expected = by_all_histories(policy, model, cycles)
    kind = "summable" if model.summable else "average"
    found = exactly(policy, EnvClass([(model, 0)]), cycles=cycles, value=kind)
    scale = 1 if model.summable else cycles
    assert found.upsilon * scale == pytest.approx(float(expected), rel=1e-14)


def test_upsilon_is_the_value_in_the_mixture():
    """The last equality of Definition 4.1.3: Upsilon(pi) = V_xi^pi, by linearity."""
    weights = [F(1, 2), F(1, 4)]
    models = [model for model, _ in SUMMABLE]
    mixed = Model(
        "xi",
        models[0].interface,
        tuple(
            Outcome(weight / sum(weights), (i, each.state), each.observation)
            for i, (weight, model) in enumerate(zip(weights, models, strict=True))
            for each in model.start
        ),
        lambda state, action: [
            each._replace(state=(state[0], each.state))
            for each in models[state[0]].outcomes(state[1], action)
        ],
        summable=True,
    )
    for policy in LADDER:
        total = exactly(policy, EnvClass(SUMMABLE), cycles=6).upsilon
        value = exactly(policy, EnvClass([(mixed, 0)]), cycles=6).upsilon
        assert total == pytest.approx(float(sum(weights)) * value, rel=1e-13)


def test_no_agent_beats_the_best_plan_for_the_mixture():
    """Section 4.2: the upper bound of Upsilon is that of the Bayesian agent for xi."""
    cycles, xi = 6, UniversalMixture([model for model, _ in SUMMABLE], [1, 2])

    def plan(left):
        if not left:
            return F(0)
        values = []
        for action in range(2):
            value = F(0)
            for percept, chance in xi.probabilities(action).items():
                xi.update(action, percept)
                value += chance * (percept.reward + plan(left - 1))
                xi.undo()
            values.append(value)
        return max(values)

    bound = float(F(3, 4) * plan(cycles))
    ladder = (*LADDER, Specialist((1, 0)), TableLearner(back=1, forward=2))
    reached = [exactly(policy, EnvClass(SUMMABLE), cycles=cycles).upsilon for policy in ladder]
    assert max(reached) <= bound * (1 + 1e-12)
    # alternating from a climb on is optimal in both, so it reaches the bound
    assert reached[len(LADDER)] == pytest.approx(bound, rel=1e-12)


def test_remainders():
    known = EnvClass([(thesis.summable(thesis.ring(), F(3, 4)), 0)])
    short, long = (exactly(Uniform(), known, cycles=cycles) for cycles in (4, 40))
    assert short.low <= long.low <= long.high <= short.high
    assert short.high - short.low == pytest.approx(0.75**4, rel=1e-12)
    # without a bound of its own what is left of 1 is the bound
    plain = thesis.slide()
    bare = Model(plain.name, plain.interface, plain.start, plain.outcomes, summable=True)
    found = exactly(Uniform(), EnvClass([(bare, 0)]), cycles=5)
    assert found.high == 1
    discounted = exactly(
        Uniform(),
        EnvClass([(thesis.two_coins(), 0)]),
        cycles=10,
        value="discounted",
        discount=Geometric(F(1, 2)),
    )
    assert discounted.low <= 1 / 3 <= discounted.high
    assert discounted.upsilon == pytest.approx(1 / 3 * (1 - 2**-10), rel=1e-12)


def test_the_value_of_a_discounted_environment_is_that_of_its_summable_version():
    rate, model = F(2, 3), thesis.repeated_slide()
    for policy in (Uniform(), Specialist((1, 0))):
        one = exactly(policy, EnvClass([(thesis.summable(model, rate), 0)]), cycles=12)
        other = exactly(
            policy, EnvClass([(model, 0)]), cycles=12, value="discounted", discount=Geometric(rate)
        )
        assert one.upsilon == pytest.approx(other.upsilon, rel=1e-12)
        assert one.high == pytest.approx(other.high, rel=1e-12)


def test_simple_beats_dblue_where_simple_environments_weigh_more():
    """Section 4.2: Upsilon(dblue) < Upsilon(simple), though dblue wins the complex game."""
    known = EnvClass(
        [
            (thesis.sequence_prediction([0], name="0000..."), 2),
            (thesis.sequence_prediction([1], name="1111..."), 2),
            (thesis.prisoners_dilemma(5), 8),
        ]
    )
    values = {
        policy.name: exactly(policy, known, cycles=10, value="average") for policy in LADDER[1:3]
    }
    assert values["dblue"].upsilon < values["simple"].upsilon
    worth = {name: {row.name: row.value for row in each.rows} for name, each in values.items()}
    assert worth["dblue"]["prisoners-dilemma"] > worth["simple"]["prisoners-dilemma"]


# sampled values


def test_sampled_values_agree_with_exact_ones():
    known = EnvClass([(thesis.two_coins(), 1), (thesis.prisoners_dilemma(2), 2)])
    for policy in (Uniform(), TableLearner()):
        true = exactly(policy, known, cycles=3, value="average").upsilon
        drawn = sampled(policy, known, cycles=3, value="average", episodes=200, seed=11)
        assert drawn.low < true < drawn.high
        assert drawn.episodes >= 200
        lone = sampled(policy, _Lazy(known), cycles=3, value="average", episodes=200, seed=11)
        assert lone.low < true < lone.high
        assert lone.episodes == 200
        assert lone.high - lone.low > drawn.high - drawn.low  # members are left to chance


class _Lazy:
    """A class that can only be drawn from, as that of all programs of a machine."""

    name = "lazy"

    def __init__(self, known):
        self._known, self.kraft_sum = known, known.kraft_sum

    def sample(self, n, seed):
        return self._known.sample(n, seed)


def test_intervals_cover():
    """Of 100 intervals with 95 % confidence, fewer than 88 cover with probability 0.001."""
    known = EnvClass([(thesis.two_coins(), 1), (thesis.bandit([F(1, 4), F(3, 4)]), 2)])
    true = exactly(Uniform(), known, cycles=3, value="average").upsilon
    covered = 0
    for seed in range(100):
        found = sampled(Uniform(), known, cycles=3, value="average", episodes=60, seed=seed)
        covered += found.low <= true <= found.high
    assert covered >= 88


def test_pairs_share_members_and_seeds():
    known = EnvClass([(thesis.get("bandit"), 1)])
    kwargs = {"cycles": 30, "value": "average", "episodes": 40, "seed": 3}
    basic = TableLearner()
    same = sampled(basic, known, paired_with=TableLearner(), **kwargs)
    assert same.difference == (0, 0, 0)
    one, other = (sampled(policy, known, **kwargs) for policy in (basic, Uniform()))
    paired = sampled(basic, known, paired_with=Uniform(), **kwargs)
    assert paired.upsilon == one.upsilon
    assert paired.other == "rand"
    assert paired.difference[0] == pytest.approx(one.upsilon - other.upsilon, abs=1e-12)
    exact = exactly(Uniform(), EnvClass(SUMMABLE), cycles=20, paired_with=Specialist((1, 0)))
    assert exact.difference[0] == pytest.approx(3 / 16 - 1 / 160 - 1 / 3, abs=1e-5)
    assert exact.difference[1] < exact.difference[0] < exact.difference[2]


def test_results_hang_on_the_seed_alone():
    known = EnvClass([(thesis.get("bandit"), 1), (thesis.ring(), 4)])
    kwargs = {"cycles": 20, "value": "average", "episodes": 12}
    found = [sampled(TableLearner(), known, seed=seed, **kwargs) for seed in (1, 1, 2)]
    assert found[0] == found[1]
    assert found[0].upsilon != found[2].upsilon
    made = sampled(lambda: SamplingAgent(TableLearner()), known, seed=1, **kwargs)
    assert made == found[0]


def test_gymnasium_environments_can_be_sampled():
    environment = pytest.importorskip("simulations.agents.environment")

    def coins():
        return environment.ModelEnvironment(thesis.two_coins())

    found = sampled(
        Specialist((1,)), EnvClass([(coins, 1)]), cycles=20, value="average", episodes=40
    )
    assert found.rows[0].name == "coins"
    assert found.low < 1 / 4 < found.high


def test_members_of_one_name_are_rows_of_their_own():
    environment = pytest.importorskip("simulations.agents.environment")

    def paying(reward):
        outcomes = [Outcome(F(1), 0, 0, F(reward))]
        face = Interface(1, 1, reward_levels=(0, 1))
        model = Model("same", face, (Outcome(F(1), 0, 0),), lambda state, action: outcomes)
        return lambda: environment.ModelEnvironment(model)

    known = EnvClass([(paying(0), 2), (paying(1), 2)])
    found = sampled(Specialist((0,)), known, cycles=5, value="average", episodes=20)
    assert sorted(row.value for row in found.rows) == [0, 1]
    assert [row.name for row in found.rows] == ["<lambda>"] * 2
    lone = sampled(Specialist((0,)), _Lazy(known), cycles=5, value="average", episodes=20)
    assert len(lone.rows) == 1


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda k: upsilon(Uniform(), k, cycles=0), ValueError, "cycles: got 0"),
        (lambda k: upsilon(Uniform(), k, cycles=3, value="sum"), ValueError, "value: unknown"),
        (lambda k: upsilon(Uniform(), k, cycles=3, method="exakt"), ValueError, "'exact'"),
        (lambda k: sampled(Uniform(), k, cycles=3, episodes=1), ValueError, "episodes: got 1"),
        (lambda k: exactly(Uniform(), k, cycles=3), ValueError, "ring are not summable"),
        (lambda k: sampled(Uniform(), k, cycles=3), ValueError, "ring are not summable"),
        (lambda k: exactly(Uniform(), _Lazy(k), cycles=3), TypeError, "needs an EnvClass"),
        (lambda k: exactly(_Deaf, k, cycles=3, value="average"), TypeError, "deaf tells no action"),
        (lambda k: exactly(Uniform(), k, cycles=3, value="discounted"), ValueError, "discount"),
        (
            lambda k: exactly(Uniform(), k, cycles=3, discount=Geometric(F(1, 2))),
            ValueError,
            "discount",
        ),
        (
            lambda k: exactly(Uniform(), EnvClass([(lambda: None, 1)]), cycles=2),
            TypeError,
            "is no Model",
        ),
    ],
)
def test_bad_input(call, error, words):
    with pytest.raises(error, match=words):
        call(EnvClass([(thesis.ring(), 1)]))


def test_too_many_situations(monkeypatch):
    monkeypatch.setattr(_values, "SITUATIONS", 1000)
    with pytest.raises(ValueError, match="cycles: 2back in two-coins comes to more than 1000"):
        exactly(LADDER[4], EnvClass([(thesis.two_coins(), 0)]), cycles=9, value="average")


class _Deaf:
    name = "deaf"

    def reset(self, interface, seed):
        pass

    def act(self, observation, reward):
        return 0


def test_rewards_that_turn_out_not_to_be_summable():
    ring = thesis.repeated_slide()
    liar = Model("liar", ring.interface, ring.start, ring.outcomes, summable=True)
    with pytest.raises(ValueError, match="value: rewards are not summable"):
        sampled(Specialist((1, 0)), EnvClass([(liar, 0)]), cycles=9)


def test_result_as_values_and_figure(tmp_path):
    found = exactly(Uniform(), EnvClass(SUMMABLE), cycles=5, paired_with=Simple())
    text = repr(found)
    assert "Upsilon(rand)" in text
    assert "less simple's" in text
    assert json.loads(json.dumps(found.to_dict()))["rows"][0]["name"] == "alternation"
    found.plot(tmp_path / "upsilon.png")
    assert (tmp_path / "upsilon.png").stat().st_size > 1000
    once = sampled(Uniform(), _Lazy(EnvClass(SUMMABLE)), cycles=2, episodes=2, seed=1)
    assert json.loads(json.dumps(once.to_dict()))["rows"]
    assert Member("x", 3, thesis.die()).weight == 1 / 8


# the mixture


@st.composite
def passive_classes(draw):
    """Coins and chains of two observations, with lengths that obey Kraft."""
    shares = st.fractions(0, 1, max_denominator=5)
    models = []
    for _ in range(draw(st.integers(1, 4))):
        rows = [draw(shares), draw(shares)]
        models.append(thesis.markov_chain([[1 - p, p] for p in rows], [0, 1], name=f"chain {rows}"))
    bits = [draw(st.integers(2, 6)) for _ in models]
    return models, bits


def likelihood(model, observations):
    """The probability of a string of observations after the first, which is 0."""
    chance, state = F(1), 0
    for seen in observations:
        found = [each for each in model.outcomes(state, 0) if each.observation == seen]
        if not found:
            return F(0)
        chance, state = chance * found[0].probability, found[0].state
    return chance


@given(passive_classes(), st.lists(st.integers(0, 1), max_size=8))
def test_dominance_and_bayes(known, observations):
    models, bits = known
    xi = UniversalMixture(models, bits)
    for place, seen in enumerate(observations):
        if not xi.probabilities(0).get(Percept(seen, F(seen)), 0):
            with pytest.raises(ValueError, match="no model allows it"):
                xi.update(0, Percept(seen, F(seen)))
            observations = observations[:place]
            break
        xi.update(0, Percept(seen, F(seen)))
    plain = [likelihood(model, observations) for model in models]
    assert xi.likelihoods == tuple(plain)
    assert xi.probability == sum(F(1, 2**b) * p for b, p in zip(bits, plain, strict=True))
    for b, p in zip(bits, plain, strict=True):
        assert xi.probability >= F(1, 2**b) * p  # dominance: section 2.5
    assert sum(xi.posterior) == 1
    assert sum(xi.probabilities(0).values()) == 1


@settings(max_examples=30)
@given(passive_classes(), st.data())
def test_solomonoffs_bound(known, data):
    """Theorem 2.7.1, exactly, whichever member is the truth."""
    models, bits = known
    truth = data.draw(st.integers(0, len(models) - 1))
    xi = UniversalMixture(models, bits)
    errors = squared_errors(xi, truth, 6)
    assert all(each >= 0 for each in errors)
    # the mixture is divided by Kraft's sum, which makes its weights greater and the bound smaller
    share = sum(F(1, 2**b) for b in bits)
    assert float(sum(errors)) <= solomonoff_bound(bits[truth] + math.log2(share)) + 1e-12
    assert float(sum(errors)) <= solomonoff_bound(bits[truth])
    # the same sum over all strings, from the likelihoods alone
    plain = F(0)
    for length in range(6):
        for string in product((0, 1), repeat=length):
            chances = [likelihood(model, string) for model in models]
            zeros = [likelihood(model, (*string, 0)) for model in models]
            if chances[truth]:
                weights = [F(1, 2**b) for b in bits]
                mixed = sum(map(F.__mul__, weights, zeros)) / sum(map(F.__mul__, weights, chances))
                plain += chances[truth] * (mixed - zeros[truth] / chances[truth]) ** 2
    assert sum(errors) == plain


def test_the_mixture_learns_and_undoes():
    models = [thesis.bandit([0, 1]), thesis.bandit([1, 0])]
    xi = UniversalMixture(models, [1, 3])
    before = (xi.probabilities(0), xi.posterior)
    xi.update(1, Percept(0, F(1)))
    assert xi.posterior == (1, 0)
    assert xi.probability == F(1, 2)
    xi.undo()
    assert (xi.probabilities(0), xi.posterior) == before
    with pytest.raises(ValueError, match="undo: no update"):
        xi.undo()
    rng = np.random.default_rng(0)
    rewards = [float(xi.sample(1, rng).reward) for _ in range(2000)]
    assert abs(np.mean(rewards) - 0.8) < 4 * 0.4 / 2000**0.5


def test_first_observations_are_evidence():
    def begins(chance):
        return Model(
            "begins",
            Interface(1, 2, reward_levels=(0,)),
            (Outcome(1 - chance, 0, 0), Outcome(chance, 1, 1)),
            lambda state, action: [Outcome(F(1), state, state)],
        )

    xi = UniversalMixture([begins(F(1, 4)), begins(F(3, 4))], [1, 1])
    with pytest.raises(ValueError, match=r"call begin\(observation\)"):
        xi.probabilities(0)
    xi.begin(1)
    assert xi.posterior == (F(1, 4), F(3, 4))
    with pytest.raises(ValueError, match="observation: got 2"):
        xi.begin(2)


@pytest.mark.parametrize("whole", [1, 1000, 1030, 1070, 1073, 1100, 10**5])
def test_lengths_of_any_size_weigh_by_their_difference(whole):
    xi = UniversalMixture([thesis.bandit([1, 1])] * 2, [whole + 0.5, whole + 1.25])
    expected = 1 / (1 + 2**-0.75)
    assert [float(p) for p in xi.posterior] == pytest.approx([expected, 1 - expected], rel=1e-15)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: UniversalMixture([], []), "models, bits: got 0 and 0"),
        (lambda: UniversalMixture([thesis.die()], [1, 2]), "models, bits: got 1 and 2"),
        (lambda: UniversalMixture([thesis.die(), thesis.ring()], [1, 1]), "models: got"),
        (lambda: UniversalMixture([thesis.die()], [-1]), "bits: got -1"),
        (lambda: UniversalMixture([thesis.die()] * 2, [0, 1]), "Kraft's sum is 1.5"),
        (lambda: squared_errors(UniversalMixture([thesis.die()], [0]), 0, 2), "6 observations"),
        (lambda: squared_errors(UniversalMixture([thesis.die()], [0]), 1, 2), "truth: got 1"),
    ],
)
def test_no_mixture(call, words):
    with pytest.raises(ValueError, match=words):
        call()


@pytest.mark.parametrize("chances", [(Fraction(1, 2),), (Fraction(3, 2), Fraction(-1, 2))])
@pytest.mark.parametrize("wrong", ["start", "outcomes"])
def test_probabilities_that_are_none(chances, wrong):
    one = (Fraction(1),)
    model = Model(
        "wrong",
        Interface(1, 1, (0, 1)),
        tuple(Outcome(p, 0, 0) for p in (chances if wrong == "start" else one)),
        lambda state, action: [
            Outcome(p, 0, 0, Fraction(1)) for p in (chances if wrong == "outcomes" else one)
        ],
    )
    words = f"{wrong}: got probabilities {', '.join(map(str, chances))}, accepted are Fractions"
    with pytest.raises(ValueError, match=words):
        exactly(Uniform(), EnvClass([(model, 1)]), cycles=3, value="average")


def test_a_reward_that_the_interface_has_not():
    one = Fraction(1)
    model = Model(
        "liar",
        Interface(1, 1, (0, 1)),
        (Outcome(one, 0, 0),),
        lambda state, action: [Outcome(one, 0, 0, Fraction(2))],
    )
    with pytest.raises(ValueError, match="reward: got 2, accepted are the levels"):
        exactly(Uniform(), EnvClass([(model, 1)]), cycles=3, value="average")


@pytest.mark.parametrize("shares", [(Fraction(1, 2),) * 3, (Fraction(3, 2), Fraction(-1, 2))])
def test_a_policy_whose_probabilities_are_none(shares):
    class Wrong(Uniform):
        def probabilities(self, state):
            return shares

    with pytest.raises(ValueError, match=r"agent: the probabilities of .* accepted are numbers"):
        exactly(Wrong(), EnvClass([(thesis.ring(), 1)]), cycles=3, value="average")
