"""The AIQ test: its estimator against sampling theory, its results against theorems and a paper."""

import importlib
import sys
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from itertools import pairwise
from multiprocessing import get_context

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from simulations.agents.baselines import ConstantAgent, FreqAgent, PolicyAgent, RandomAgent
from simulations.agents.quotient import InterruptedTest, aiq, compare
from simulations.agents.quotient.estimation import allocate, estimate, grouped, neyman
from simulations.agents.quotient.measuring import _in_two_stages
from simulations.agents.quotient.playing import Chunk
from simulations.agents.reference_machine import (
    BrokenEpisodeError,
    Program,
    ProgramSample,
    Rule,
    compiled,
    sample,
)
from simulations.agents.temporal.controllers import HLQ, QLearner
from simulations.agents.thesis.policies import SamplingAgent

FREQ = FreqAgent(0.07)
QUICK = {"programs": 64, "interactions": 40, "seed": 3, "progress": False}


class Alternating:
    """An agent without a compiled form: 0, 4, 0, 4, ... while it is not rewarded."""

    name = "alternating"

    def reset(self, interface, seed):
        self.last = interface.actions - 1
        self.other = 0

    def act(self, observation, reward):
        if reward <= 0:
            self.last, self.other = self.other, self.last
        return self.last


class Failing(Alternating):
    name = "failing"

    def act(self, observation, reward):
        raise RuntimeError("no idea")


# ------------------------------------------------------------------------------- the estimator


def test_one_stratum_is_the_textbook_interval():
    results = np.random.default_rng(0).normal(3, 2, 25)
    found = estimate(np.zeros(25, np.int64), np.arange(25), results, (("all",),))
    low, high = stats.t.interval(0.95, 24, results.mean(), stats.sem(results))
    assert found.mean == pytest.approx(results.mean())
    assert found.degrees == pytest.approx(24)
    assert found.half_width == pytest.approx((high - low) / 2)


def test_weights_that_are_known_are_the_textbook_stratified_variance():
    """All of the pool but for a pool so large that its weights are exact: sum W^2 s^2 / n."""
    random = np.random.default_rng(1)
    groups = np.repeat([0, 1], [3_000_000, 1_000_000])
    played = np.r_[np.arange(30), 3_000_000 + np.arange(20)]
    results = random.normal(0, 1, 50) + np.r_[np.zeros(30), np.full(20, 5.0)]
    found = estimate(groups, played, results, (("a",), ("b",)))
    one, other = results[:30], results[30:]
    assert found.mean == pytest.approx(0.75 * one.mean() + 0.25 * other.mean())
    variance = 0.75**2 * one.var(ddof=1) / 30 + 0.25**2 * other.var(ddof=1) / 20
    assert found.standard_error**2 == pytest.approx(variance, rel=1e-3)
    assert found.strata[1].mean == pytest.approx(other.mean())


def test_dropped_programs_leave_a_ratio():
    results = np.array([1.0, np.nan, 3.0, 5.0, np.nan, 7.0])
    found = estimate(np.zeros(6, np.int64), np.arange(6), results, (("all",),))
    kept = results[~np.isnan(results)]
    assert found.mean == kept.mean()
    residuals = np.where(np.isnan(results), 0, results - kept.mean())
    assert found.standard_error == pytest.approx(residuals.std(ddof=1) / 6**0.5 / (4 / 6))
    assert found.strata[0].dropped == 2
    with pytest.raises(ValueError, match="programs: all that were played were over time"):
        estimate(np.zeros(2, np.int64), np.arange(2), np.full(2, np.nan), (("all",),))
    with pytest.raises(ValueError, match="played: got 1 programs of a stratum"):
        estimate(np.zeros(9, np.int64), np.arange(1), np.ones(1), (("all",),))


@given(st.data())
def test_allocations_keep_their_bounds_and_sum(data):
    size = data.draw(st.integers(1, 6))
    numbers = st.lists(st.integers(0, 40), min_size=size, max_size=size)
    least = np.array(data.draw(numbers))
    most = least + np.array(data.draw(numbers))
    total = data.draw(st.integers(int(least.sum()), int(most.sum())))
    shares = np.array(data.draw(st.lists(st.floats(0, 5), min_size=size, max_size=size)))
    counts = allocate(total, shares, least, most)
    assert counts.sum() == total
    assert (counts >= least).all()
    assert (counts <= most).all()
    free = (counts > least) & (counts < most) & (shares > 1e-3)
    if free.sum() > 1:  # in proportion, but for rounding
        scale = counts[free] / shares[free]
        assert ((scale.max() - scale.min()) * shares[free]).min() <= 2.0 + 1e-6
    with pytest.raises(ValueError, match="total: got"):
        allocate(int(most.sum()) + 1, shares, least, most)


def test_rare_strata_join_a_neighbour():
    strata = np.repeat(np.arange(1, 7), [500, 3, 400, 2, 90, 5])
    groups = grouped(strata, 8, programs=100)
    assert np.bincount(groups).tolist() == [500, 403, 97]
    assert set(grouped(strata, 8, programs=7)) == {0}
    assert set(grouped(strata, 8, programs=1000)) == {0, 1, 2}


def test_neyman_plays_where_it_varies():
    groups = np.repeat([0, 1], [50, 50])
    played = np.r_[np.arange(10), 50 + np.arange(10)]
    wide = np.random.default_rng(0).normal(0, 10, 10)
    results = np.r_[np.zeros(10), wide][:, None]
    calm, wild = neyman(groups, played, results, np.array([0.5, 0.5]))
    assert 0 < calm < wild


MEANS = np.array([90.0, 80.0, -20.0, 20.0, 25.0])
DEVIATIONS = np.array([3.0, 5.0, 10.0, 60.0, 40.0])
CHANCES = np.array([0.3, 0.1, 0.05, 0.35, 0.2])
KEPT = np.array([1.0, 1.0, 0.9, 0.95, 0.6])


@pytest.mark.parametrize(
    ("programs", "kinds", "kept", "noise"),
    [
        (40, 5, np.ones(5), 1.0),
        (200, 5, KEPT, 1.0),
        (200, 1, np.ones(5), 1.0),
        (100, 5, np.ones(5), 0.01),  # all that is unknown are the weights
    ],
)
def test_intervals_cover_what_they_say(programs, kinds, kept, noise):
    """Of 400 tests on a made-up population about 380 hold its mean: within four deviations."""
    truth = (CHANCES * kept) @ MEANS / (CHANCES @ kept)
    random = np.random.default_rng(42)
    held, errors = 0, []
    for _ in range(400):
        law = random.choice(5, 4 * programs, p=CHANCES)
        results = random.normal(MEANS[law], noise * DEVIATIONS[law])
        results[random.random(len(law)) > kept[law]] = np.nan
        groups = grouped(np.minimum(law, kinds - 1) + 1, kinds, programs)
        played, rewards = _in_two_stages(
            groups, programs, lambda which, y=results: np.stack([y[which]] * 2, 1)[:, None]
        )
        names = (("",),) * (groups.max() + 1)
        found = estimate(groups, played, rewards.mean(2)[:, 0], names)
        assert len(set(played)) == len(played) == programs
        errors.append(found.mean - truth)
        held += abs(found.mean - truth) <= found.half_width
    assert abs(held / 400 - 0.95) < 4 * (0.95 * 0.05 / 400) ** 0.5
    assert abs(np.mean(errors)) < 4 * np.std(errors) / 400**0.5


# --------------------------------------------------------------------------------- the results


def copies(count=12):
    return ProgramSample((Program(",.#"),) * count, np.ones(count, np.int64))


def test_a_constant_agent_is_worth_nothing_where_nothing_is_random():
    """Turned round, the same actions bring minus the same rewards: exactly 0, whatever it plays."""
    drawn = sample(300, seed=6, progress=False)
    plain = [i for i, program in enumerate(drawn.programs) if "%" not in program.text]
    pool = ProgramSample(tuple(drawn.programs[i] for i in plain), drawn.strata[plain])
    found = aiq(
        ConstantAgent(4), programs=len(pool), interactions=30, pool=pool, workers=1, progress=False
    )
    assert found.value == found.half_width == 0
    assert found.pair_correlation == pytest.approx(-1)
    assert np.nanmax(found.rewards) > 0


def test_the_copying_program_is_worth_what_exploring_leaves():
    """100 (1 - epsilon), less what is lost before the best action is found."""
    found = aiq(FREQ, programs=12, interactions=20_000, pool=copies(), workers=1, progress=False)
    assert found.value == pytest.approx(93, abs=0.5)
    assert found.strata[0].names == ("copy",)
    assert found.strata[0].weight == 1


PUBLISHED = {
    "Freq": (FREQ, 40.2),
    "Q_0": (QLearner(alpha=0.5, epsilon=0.04, gamma=0.6), 41.8),
    "Q_l": (QLearner(alpha=0.5, epsilon=0.04, gamma=0.6, lambda_=0.5), 44.3),
    "HLQ_l": (HLQ(epsilon=0.04, gamma=0.7, lambda_=0.95), 49.1),
}
"""Legg and Veness 2011, 1000 interactions; half-intervals 0.4."""


def test_published_order_and_values():
    agents = {"Random": RandomAgent()} | {name: agent for name, (agent, _) in PUBLISHED.items()}
    found = compare(agents, programs=800, seed=0, progress=False)
    assert abs(found["Random"].value) < 3 * found["Random"].half_width
    for name, (_, value) in PUBLISHED.items():
        assert abs(found[name].value - value) < 3 * np.hypot(found[name].half_width, 0.4), name
        assert found[name].half_width < 3
        assert found[name].pair_correlation > 0.5  # why the pair is the unit
    order = list(agents)
    for lower, higher in pairwise(order):
        step = found.difference(higher, lower)
        assert step.value > step.half_width, (lower, higher)
    assert found.difference("HLQ_l", "Q_l").variance_ratio > 5


# ---------------------------------------------------------------------------------- comparisons


def test_differences_are_of_common_programs():
    found = compare({"a": FREQ, "b": RandomAgent(), "c": FreqAgent(0.5)}, **QUICK)
    assert [(each.first, each.second) for each in found.differences] == [
        ("b", "a"),
        ("c", "a"),
        ("c", "b"),
    ]
    for each in found.differences:
        apart = found[each.first].value - found[each.second].value
        assert each.value == pytest.approx(apart)
        turned = found.difference(each.second, each.first)
        assert (turned.value, turned.half_width) == (-each.value, each.half_width)
    with pytest.raises(KeyError, match="agent: unknown 'd'; known: a, b, c"):
        found["d"]
    with pytest.raises(KeyError, match="two agents"):
        found.difference("a", "a")
    document = found.to_dict()
    assert document["quotients"][0]["rejected"]["no input or output"] > 100
    assert sum(row["programs"] for row in document["quotients"][0]["strata"]) == 64


def test_what_is_over_time_for_one_is_dropped_for_all():
    """`,[].#` is over time unless the action is the centre symbol; its sign changes nothing."""
    texts = [",[].#", ",.#"] * 10
    pool = ProgramSample(tuple(map(Program, texts)), np.ones(20, np.int64))
    options = {"programs": 20, "interactions": 9, "pool": pool, "progress": False, "workers": 1}
    safe = aiq(ConstantAgent(2), **options)
    assert safe.dropped == {"over time": 0}
    both = compare([ConstantAgent(2), ConstantAgent(0)], **options)
    for each in both.quotients:
        assert each.dropped == {"over time": 10}
        assert np.isnan(each.rewards).all(1).tolist() == [True, False] * 10


# ------------------------------------------------------------------------------------- workers


def assert_same(one, other):
    assert one.rewards.tobytes() == other.rewards.tobytes()
    assert (one.value, one.half_width) == (other.value, other.half_width)


def test_results_do_not_depend_on_the_workers(monkeypatch):
    monkeypatch.setattr("simulations.agents.quotient.playing._COMPILED", 800)
    alone = aiq(FREQ, workers=1, **QUICK)
    assert_same(alone, aiq(FREQ, workers=3, **QUICK))
    with ThreadPoolExecutor(2) as pool:
        assert_same(alone, aiq(FREQ, executor=pool, **QUICK))
    monkeypatch.setattr("simulations.agents.quotient.playing._COMPILED", 100_000)
    assert_same(alone, aiq(FREQ, **QUICK))
    assert_same(alone, aiq(FREQ, **QUICK | {"progress": True}))


def test_agents_in_python_play_in_processes(tmp_path):
    alone = aiq(Alternating(), workers=1, **QUICK)
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        assert_same(alone, aiq(Alternating(), executor=pool, out=tmp_path, **QUICK))
    assert_same(alone, aiq(Alternating(), workers=1, out=tmp_path, **QUICK))


def test_compiled_agents_have_the_results_of_their_python_form(monkeypatch):
    fast = aiq(FREQ, workers=1, **QUICK)
    monkeypatch.setattr("simulations.agents.quotient.playing.compiled", lambda agent: None)
    assert_same(fast, aiq(FREQ, workers=1, **QUICK))


@pytest.fixture
def plays(monkeypatch):
    """Chunks that were played, and after how many of them Ctrl-C comes."""
    done = {"chunks": 0, "stop": 10**9}
    honest = Chunk.play

    def play(self):
        if done["chunks"] >= done["stop"]:
            raise KeyboardInterrupt
        done["chunks"] += 1
        return honest(self)

    monkeypatch.setattr(Chunk, "play", play)
    monkeypatch.setattr("simulations.agents.quotient.playing._COMPILED", 800)
    return done


@pytest.mark.parametrize("workers", [1, 2])
def test_a_test_goes_on_where_it_stopped(tmp_path, plays, workers):
    whole = aiq(FREQ, workers=1, **QUICK)
    planned, plays["chunks"], plays["stop"] = plays["chunks"], 0, 4
    assert planned == 8
    with pytest.raises(InterruptedTest, match=r"chunks of programs; kept in .*the same call goes"):
        aiq(FREQ, workers=workers, out=tmp_path, **QUICK)
    kept = len(list(tmp_path.iterdir()))
    assert 1 <= kept <= 4
    plays.update(chunks=0, stop=10**9)
    assert_same(whole, aiq(FREQ, workers=workers, out=tmp_path, **QUICK))
    assert plays["chunks"] == planned - kept
    assert_same(whole, aiq(FREQ, workers=workers, out=tmp_path, **QUICK))
    assert plays["chunks"] == planned - kept
    victim = sorted(tmp_path.iterdir())[0]
    victim.write_bytes(victim.read_bytes()[:-3])
    assert_same(whole, aiq(FREQ, workers=workers, out=tmp_path, **QUICK))
    assert plays["chunks"] == planned - kept + 1


def test_other_conditions_are_other_chunks(tmp_path, plays):
    aiq(FREQ, workers=1, out=tmp_path, **QUICK)
    aiq(FreqAgent(0.08), workers=1, out=tmp_path, **QUICK)
    aiq(FREQ, workers=1, out=tmp_path, **QUICK | {"seed": 4})
    aiq(FREQ, workers=1, out=tmp_path, **QUICK | {"interactions": 41})
    aiq(Alternating(), workers=1, out=tmp_path, **QUICK)
    assert plays["chunks"] == len(list(tmp_path.iterdir()))


CHOSEN = 0


def choose(observation):
    return CHOSEN


def test_policies_with_other_variables_are_other_chunks(tmp_path, plays, monkeypatch):
    first = aiq(PolicyAgent(choose), workers=1, out=tmp_path, **QUICK)
    monkeypatch.setitem(globals(), "CHOSEN", 4)
    other = aiq(PolicyAgent(choose), workers=1, out=tmp_path, **QUICK)
    assert plays["chunks"] == len(list(tmp_path.iterdir()))
    assert other.estimate != first.estimate


def test_nothing_saved_is_said(plays):
    plays["stop"] = 1
    with pytest.raises(InterruptedTest, match=r"interrupted after 1 of 4 .*nothing was saved"):
        aiq(FREQ, workers=1, **QUICK)


# ----------------------------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"programs": 1}, "programs: got 1, accepted is an integer at least 2"),
        ({"interactions": 0}, "interactions: got 0"),
        ({"seed": -1}, "seed: got -1"),
        ({"method": "simpel"}, "did you mean 'simple'"),
        ({"workers": 0}, "workers: got 0"),
        ({"symbols": 1}, "symbols: got 1"),
        ({"pool": copies(3)}, "pool: got 3 programs"),
    ],
)
def test_bad_conditions_are_refused(change, complaint):
    with pytest.raises(ValueError, match=complaint):
        aiq(FREQ, **QUICK | change)


def test_bad_agents_are_refused(tmp_path):
    with pytest.raises(TypeError, match=r"agent: got .*accepted is an object with reset and act"):
        aiq(FreqAgent, **QUICK)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="agents: got none"):
        compare([], **QUICK)
    with pytest.raises(ValueError, match="agents: got 'random' twice; give a mapping"):
        compare([RandomAgent(), RandomAgent()], **QUICK)
    with pytest.raises(BrokenEpisodeError, match=r"failing in the program .*RuntimeError: no idea"):
        aiq(Failing(), workers=1, **QUICK)
    with ThreadPoolExecutor(1) as pool, pytest.raises(ValueError, match="workers: got it beside"):
        aiq(FREQ, workers=1, executor=pool, **QUICK)

    class Local(Alternating):
        pass

    assert aiq(Local(), **QUICK).value == aiq(Alternating(), workers=1, **QUICK).value
    with pytest.raises(TypeError, match="agent: alternating cannot be pickled"):
        aiq(Local(), workers=2, **QUICK)
    with pytest.raises(TypeError, match="agent: alternating cannot be pickled"):
        aiq(Local(), out=tmp_path, workers=1, **QUICK)


def test_numbers_may_be_numpys(tmp_path):
    many = np.array([20, 15, 1, 3, 2])
    found = aiq(
        FREQ, programs=many[0], interactions=many[1], seed=many[2], symbols=many[3], cells=many[4],
        workers=1, out=tmp_path / "out", progress=False,
    )  # fmt: skip
    plain = aiq(FREQ, programs=20, interactions=15, seed=1, symbols=3, cells=2, progress=False)
    assert found.value == plain.value
    assert found.save(tmp_path / "aiq.json").exists()


def test_results_are_shown_and_saved(tmp_path):
    found = compare([FREQ, RandomAgent()], **QUICK)
    assert "Quotient(Freq(0.07): " in repr(found.quotients[0])
    assert "Difference(random - Freq(0.07): " in repr(found.differences[0])
    assert found.save(tmp_path / "aiq.json").stat().st_size > 1000
    assert found.quotients[0].save(tmp_path / "freq.json").exists()
    found.plot(tmp_path / "all.png")
    found.quotients[0].plot(tmp_path / "one.svg")
    assert (tmp_path / "all.png").read_bytes().startswith(b"\x89PNG")
    assert isinstance(compiled(FREQ), Rule)


OWN = """
class Own:
    name = "own"
    def begin(self, interface, observation): return interface.actions
    def probabilities(self, state): return [int(a == @) for a in range(state)]
    def after(self, state, action, observation, reward): return state
class Fixed:
    def predict(self, observation): return @
"""


@pytest.mark.parametrize("kind", ["Own", "Fixed"])
def test_a_policy_of_a_class_that_was_rewritten_is_played_again(kind, tmp_path, monkeypatch):
    """A policy's class is part of what its agent's results are kept under."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    found = []
    for action in ("0", "0", "2"):
        (tmp_path / "policy_of_ones_own.py").write_text(OWN.replace("@", action))
        sys.modules.pop("policy_of_ones_own", None)
        importlib.invalidate_caches()
        policy = getattr(importlib.import_module("policy_of_ones_own"), kind)()
        agent = SamplingAgent(policy) if kind == "Own" else PolicyAgent(policy)
        here = {"programs": 20, "interactions": 20, "seed": 1, "progress": False, "workers": 1}
        kept, anew = aiq(agent, out=tmp_path / "out", **here), aiq(agent, **here)
        assert kept.value == anew.value
        found.append((agent.parameters, kept.value))
    del sys.modules["policy_of_ones_own"]
    assert found[0] == found[1]
    assert found[0][0] != found[2][0]
    assert found[0][1] != found[2][1]
