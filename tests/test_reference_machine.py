"""The reference machine against a plain interpreter, its prior against its law, agents twice.

Runs as compiled code and with NUMBA_BOUNDSCHECK=1.
"""

from fractions import Fraction
from itertools import islice

import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from simulations.agents.baselines import FreqAgent, RandomAgent
from simulations.agents.environment_class import EnvironmentClass
from simulations.agents.measure import upsilon
from simulations.agents.reference_machine import (
    BFClass,
    BFEnvironment,
    BrokenEpisodeError,
    Draws,
    Machine,
    Program,
    ProgramSample,
    Rule,
    compiled,
    draw,
    episode,
    sample,
)
from simulations.agents.reference_machine import _kernels as kernels
from simulations.agents.reference_machine.sampling import STRATA, classify
from simulations.agents.temporal.controllers import HLQ, HLS, QLearner, Sarsa
from simulations.system import random_words

MASK = 2**64 - 1
seeds = st.integers(0, 2**32 - 1)


def plain_xoshiro(words):
    """xoshiro256++ in Python integers, as published by Blackman and Vigna."""

    def rotl(x, k):
        return ((x << k) | (x >> (64 - k))) & MASK

    s = [int(word) for word in words]
    while True:
        yield (rotl((s[0] + s[3]) & MASK, 23) + s[0]) & MASK
        t = (s[1] << 17) & MASK
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= t
        s[3] = rotl(s[3], 45)


class PlainMachine:
    """The description, instruction by instruction; the tape is a mapping, loops are recursion."""

    def __init__(self, text, symbols, cells, words):
        self.text, self.symbols, self.cells = text, symbols, cells
        self.centre = (symbols - 1) // 2
        self.tape, self.place = {}, 0
        self.actions = []
        self.written = [self.centre] * (1 + cells)
        self.words = plain_xoshiro(words)

    def cell(self):
        return self.tape.get(self.place % 100_000, self.centre)

    def put(self, symbol):
        self.tape[self.place % 100_000] = symbol

    def cycle(self, action):
        """(reward cell, observation cells, instructions)."""
        self.actions.insert(0, action)
        self.left, self.reads, self.writes = 1000, 0, 0
        self.run(0)
        return self.written[0], self.written[1:], 1000 - self.left

    def run(self, at):
        """Run from `at` to the loop's end or the program's; returns where, None if all is over."""
        while True:
            if self.left == 0 or self.writes == 1 + self.cells:
                return None
            self.left -= 1
            each = self.text[at]
            if each == "#":
                return None
            if each == "]":
                return at
            if each == "[":
                while self.cell() != self.centre:
                    if self.run(at + 1) is None:
                        return None
                at = self.partner(at)
            elif each in "<>":
                self.place += 1 if each == ">" else -1
            elif each in "+-":
                self.put((self.cell() + (1 if each == "+" else -1)) % self.symbols)
            elif each == ".":
                self.written[self.writes] = self.cell()
                self.writes += 1
            elif each == ",":
                old = self.reads < min(24, len(self.actions))
                self.put(self.actions[self.reads] if old else self.centre)
                self.reads += 1
            elif each == "%":
                self.put(int((next(self.words) >> 11) * 2.0**-53 * self.symbols))
            at += 1

    def partner(self, at):
        depth = 0
        for index in range(at, len(self.text)):
            depth += {"[": 1, "]": -1}.get(self.text[index], 0)
            if depth == 0:
                return index
        raise AssertionError


def plain_observation(cells, symbols):
    return sum(cell * symbols**i for i, cell in enumerate(cells))


def assert_same_run(program, actions, symbols=5, cells=1, seed=0):
    words = random_words(seed, (), 4)
    machine = Machine(program, symbols=symbols, cells=cells, seed=seed)
    plain = PlainMachine(program.text, symbols, cells, words)
    for action in actions:
        reward, observed, steps = plain.cycle(action)
        middle = (symbols - 1) / 2
        got = machine.step(action)
        assert got.steps == steps, program
        assert got.observation == plain_observation(observed, symbols), program
        assert got.reward == 100 * (reward - middle) / middle, program
        if steps >= 1000:
            assert got.overtime
            return


bodies = st.recursive(
    st.text("<>+-,.%", max_size=6),
    lambda inner: st.tuples(inner, inner, inner).map(lambda t: f"{t[0]}[{t[1]}]{t[2]}"),
    max_leaves=8,
)
programs = bodies.map(lambda body: Program(body + "#"))


@given(programs, st.integers(2, 9), st.integers(1, 3), st.data(), seeds)
def test_machine_equals_a_plain_interpreter(program, symbols, cells, data, seed):
    actions = data.draw(st.lists(st.integers(0, symbols - 1), max_size=30))
    assert_same_run(program, actions, symbols, cells, seed)


def test_machine_equals_a_plain_interpreter_on_programs_of_the_prior():
    random = np.random.default_rng(7)
    chosen = [program for program in draw(9000, 11) if len(program) > 2]
    assert len(chosen) > 5000
    assert sum("%" in program.text for program in chosen) > 1000
    for number, program in enumerate(chosen):
        assert_same_run(program, random.integers(0, 5, 12).tolist(), seed=number)


def test_a_program_reads_the_last_24_actions_and_then_the_centre():
    actions = [(7 * i) % 5 for i in range(60)]
    for reads in (1, 2, 24, 25, 30):
        machine = Machine("," * reads + ".#")
        rewards = [machine.step(action).reward for action in actions]
        for time in range(24, 60):
            expected = actions[time + 1 - reads] if reads <= 24 else 2
            assert rewards[time] == 50 * (expected - 2)


def test_the_work_tape_is_a_ring():
    """Each cycle adds 1 to a cell and looks 400 cells further: after 250 it sees its first."""
    for step in "<>":
        machine = Machine("+" + step * 400 + ".#")
        rewards = [machine.step(0).reward for _ in range(251)]
        assert rewards == [0.0] * 249 + [50.0, 50.0]


def test_what_a_cycle_does_not_write_stays():
    machine = Machine(",.[.]#")
    assert machine.step(4)[:2] == (4, 100.0)
    assert machine.step(0)[:2] == (0, -100.0)
    assert machine.step(2)[:2] == (0, 0.0)  # the centre symbol: the loop writes nothing


def test_a_cycle_of_1000_instructions_is_over_time():
    assert not Machine("+" * 998 + "#").step(0).overtime
    assert Machine("+" * 999 + "#").step(0).overtime
    assert Machine("+[]#").step(0).steps == 1000
    assert not Machine(".." + "+" * 2000 + "#").step(0).overtime  # ends with the second write


@given(programs, st.data())
def test_a_reduced_program_does_the_same_in_time(program, data):
    actions = data.draw(st.lists(st.integers(0, 4), max_size=20))
    reduced = program.reduced()
    assert reduced.reduced() == reduced
    assert not any(pair in reduced.text for pair in ("+-", "-+", "<>", "><", "[]"))
    one, other = Machine(program), Machine(reduced)
    for action in actions:
        cycle = one.step(action)
        if cycle.overtime:
            return
        assert other.step(action)[:2] == cycle[:2]


# ---------------------------------------------------------------------------------- the prior


def law(longest):
    """P(length n) from P(z) = z (1/5 + 7/10 P + 1/10 P^2): an end; one more; a loop and what
    follows it."""
    p = [Fraction(0)]
    for n in range(1, longest + 1):
        loops = sum((p[i] * p[n - 1 - i] for i in range(n)), Fraction(0))
        p.append(Fraction(int(n == 1), 5) + Fraction(7, 10) * p[n - 1] + loops / 10)
    return p


def test_law_of_lengths_is_the_published_one():
    p = law(5)
    assert [float(each) for each in p[1:]] == pytest.approx([0.2, 0.14, 0.102, 0.077, 0.05994])


def test_bits_of_all_programs_sum_to_the_law():
    sums = [Fraction(0)] * 7
    count = 0
    for program in BFClass().programs(6):
        closers = program.text.count("]") + 1
        probability = Fraction(1, 10) ** (len(program) - closers) * Fraction(1, 5) ** closers
        assert program.bits == pytest.approx(-np.log2(float(probability)), abs=1e-9)
        sums[len(program)] += probability
        count += 1
    assert sums == law(6)
    assert count == sum((1, 7, 50, 364, 2697, 20307))  # 7-coloured Motzkin numbers


def test_the_law_has_mean_10_and_variance_290_and_sums_to_one():
    """The Kraft sum is 1: 0.7^2 + ... in floats, to where less than 1e-12 is left."""
    p = np.zeros(3001)
    for n in range(1, 3001):
        p[n] = 0.2 * (n == 1) + 0.7 * p[n - 1] + 0.1 * (p[:n] @ p[n - 1 :: -1])
    lengths = np.arange(3001)
    mean = p @ lengths
    assert p.sum() == pytest.approx(1, abs=1e-10)
    assert mean == pytest.approx(10, abs=1e-8)
    assert p @ (lengths - mean) ** 2 == pytest.approx(290, abs=1e-5)


def test_draws_follow_the_law():
    drawn = draw(20_000, seed=3)
    counts = np.bincount([min(len(program), 16) for program in drawn], minlength=17)[1:]
    p = [float(each) for each in law(15)[1:]]
    assert stats.chisquare(counts, 20_000 * np.array([*p, 1 - sum(p)])).pvalue > 1e-3
    texts = "".join(program.text[:-1] for program in drawn if len(program) == 4)
    others = [texts.count(each) for each in "<>+-,.%"]
    assert stats.chisquare(others).pvalue > 1e-3
    assert draw(50, seed=3) == drawn[:50]


# ---------------------------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "got '', accepted is a text that ends with '#'"),
        (",.", "got ',.', accepted is a text that ends with '#'"),
        ("a#", "got 'a' at 0 of 'a#', accepted are <>+-,.[]#%"),
        ("+#+#", "'#' at 1 of '+#+#', accepted is one at the end alone"),
        ("+]#", "']' at 1 of '+]#' has no '['; a program ends with '#'"),
        ("[[+]#", "'[' at 0 of '[[+]#' has no ']'"),
        (",. #", "got ' ' at 2 of ',. #'"),
    ],
)
def test_bad_programs_are_refused(text, complaint):
    with pytest.raises(ValueError, match="program: ") as error:
        Program(text)
    assert complaint in str(error.value)


def test_bad_machines_and_actions_are_refused():
    with pytest.raises(TypeError, match="program: got int"):
        Program(3)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="symbols: got 1, accepted is an integer from 2 to 100"):
        Machine("#", symbols=1)
    with pytest.raises(ValueError, match="cells: got 13 of 5 symbols"):
        Machine("#", cells=13)
    with pytest.raises(ValueError, match="action: got 5"):
        Machine("#").step(5)
    with pytest.raises(ValueError, match="sign: got 0, accepted are 1 and -1"):
        BFEnvironment("#", sign=0)
    with pytest.raises(ValueError, match="strata: got shape"):
        ProgramSample((Program("#"),), np.zeros(0, np.int64))
    with pytest.raises(ValueError, match="strata: got one outside 1 to 20"):
        ProgramSample((Program("#"),), np.zeros(1, np.int64))


# ------------------------------------------------------------------------------- environments


@pytest.mark.parametrize("text", [",.#", ",.>%.#", "+[]#"])
@pytest.mark.parametrize("sign", [1, -1])
def test_environment_obeys_gymnasium(text, sign):
    check_env(BFEnvironment(text, symbols=4, cells=2, sign=sign), skip_render_check=True)


def test_environment_is_the_machine():
    environment = BFEnvironment(",.%.#", sign=-1)
    first, info = environment.reset(seed=4)
    assert (first, info) == (2, {})
    assert environment.code_bits == pytest.approx(4 * np.log2(10) + np.log2(5))
    middle = environment.snapshot()
    played = [environment.step(action) for action in (0, 4, 2, 3)]
    assert [step[1] for step in played] == [100.0, -100.0, 0.0, -50.0]
    assert all(step[1] in environment.reward_levels for step in played)
    environment.restore(middle)
    assert [environment.step(action) for action in (0, 4, 2, 3)] == played
    environment.reset(seed=4)
    assert [environment.step(action) for action in (0, 4, 2, 3)] == played
    environment.reset()
    assert BFEnvironment("+[]#").step(0)[4] == {"steps": 1000, "overtime": True}


def test_class_samples_its_own_bits():
    machines = BFClass()
    assert isinstance(machines, EnvironmentClass)
    members = machines.sample(5, seed=2)
    assert [member.name for member in members] == [program.text for program in draw(5, 2)]
    assert machines.bits(",.#") == Program(",.#").bits == machines.member(",.#").bits
    assert machines.environment(",.#").name == "BF(,.#)"


def test_acting_at_random_is_worth_nothing_over_the_class():
    """`+` and `-` are as likely, and turn everything round: the value is 0."""
    found = upsilon(
        RandomAgent,
        BFClass(),
        cycles=20,
        value="average",
        method="sampled",
        episodes=300,
        seed=1,
        progress=False,
    )
    assert found.low < 0 < found.high
    assert found.high - found.low < 20


# ------------------------------------------------------------------------------------ samples


def plain_classification(program, draws):
    """The description of the trials, one run after another."""
    if "," not in program.text or "." not in program.text:
        return "no input or output"
    all_rewards, shown = [], []
    for _ in range(5):
        plain = PlainMachine(program.text, 5, 1, [1, 2, 3, 4])
        plain.words = iter(draws.word, None)
        actions, rewards = [0, 0, 0], []
        held = [True] * 10
        for time in range(200):
            actions.append(draws.below(5))
            reward, _, steps = plain.cycle(actions[-1])
            if steps >= 1000:
                return "over time"
            rewards.append(reward)
            if time >= 6:
                a, b, c, d = actions[:-5:-1]
                now = [reward == x for x in (a, b, c, d)]
                now += [reward == (a + 1) % 5, reward == (a - 1) % 5]
                now += [reward == (b + 1) % 5, reward == (b - 1) % 5]
                now += [reward == a or a == 2, reward == b or b == 2]
                held = [x and y for x, y in zip(held, now, strict=True)]
        all_rewards.append(rewards[4:])
        shown.append(held.index(True) if any(held) else None)
    if all(rewards == all_rewards[0] for rewards in all_rewards):
        return "passive"
    if len(set(shown)) == 1 and shown[0] is not None:
        return shown[0] + 1
    ends = (8, 10, 13, 16, 20, 24, 31, 43, 60)
    return 11 + sum(len(program) >= end for end in ends)


def test_trials_equal_their_description():
    known = [",.#", ",,.#", ",,,.#", ",,,,.#", ",+.#", ",-.#", ",,+.#", ",,-.#"]
    known += ["+.,#", ",[..]+.#", ",[].#", ",%.#", "+[>,.<]#", ",>,[..]%.#"]
    drawn = [p for p in draw(700, 5) if {",", "."} <= set(p.text)][:60]
    verdicts = []
    for number, program in enumerate([*map(Program, known), *drawn]):
        words = random_words(number, (), 4)
        expected = plain_classification(program, Draws.of(words))
        assert classify(program, words) == expected, program
        verdicts.append(expected)
    assert verdicts[:8] == list(range(1, 9))
    assert {"over time", "passive"} <= set(verdicts)
    assert verdicts[9] == 9  # a copy, but for the centre symbol
    assert len(STRATA) == 20


def test_samples_do_not_depend_on_their_size_and_come_back_from_files(tmp_path):
    few, more = sample(20, seed=9, progress=False), sample(60, seed=9, progress=False)
    assert few.programs == more.programs[:20]
    assert all(p == p.reduced() for p in more.programs)
    assert sum(more.rejected.values()) > 60
    path = more.save(tmp_path / "BF(5).samples")
    back = ProgramSample.load(path)
    assert back.programs == more.programs
    assert back.strata.tolist() == more.strata.tolist()
    path.write_text("1 ,.#\n21 ,.#\n")
    with pytest.raises(ValueError, match=r"BF\(5\).samples, line 2: got '21 ,.#'"):
        ProgramSample.load(path)
    path.write_text("1 ,.\n")
    with pytest.raises(ValueError, match=r"line 1: .*ends with '#'"):
        ProgramSample.load(path)


# ----------------------------------------------------------------------------------- episodes


class Plain:
    """The rules of the agents in Python lists, as they are written down."""

    def __init__(self, kind, epsilon=0.0, gamma=0.0, fade=0.0, alpha=0.0, initial=0.0):
        self.kind, self.epsilon, self.gamma = kind, epsilon, gamma
        self.fade, self.alpha, self.initial = fade, alpha, initial

    def reset(self, interface, seed):
        self.draws, self.actions, self.last = Draws(seed), interface.actions, None
        size = (interface.observations, interface.actions)
        self.q, self.e = np.full(size, self.initial), np.zeros(size)
        self.n = np.ones(size)

    def choose(self, values):
        best = [a for a, value in enumerate(values) if value == max(values)]
        greedy = best[self.draws.below(len(best))] if len(best) > 1 else best[0]
        explores = self.draws.uniform() < self.epsilon
        return greedy, self.draws.below(self.actions) if explores else greedy

    def act(self, seen, reward):
        greedy, action = self.choose(list(self.q[seen]))
        if self.last is not None:
            on_policy = self.kind in ("sarsa", "hls")
            target = action if on_policy else greedy
            error = reward + self.gamma * self.q[seen, target] - self.q[self.last]
            self.e[self.last] += 1
            if self.kind in ("q", "sarsa"):
                self.q += (self.alpha * error) * self.e
            else:
                self.n[self.last] += 1
                n, e = self.n[seen, action], self.e[seen, action]
                self.q += error * n / (n - self.gamma * e) * self.e / self.n
                self.n = np.maximum(self.n * self.fade, 1e-100)
            self.e = self.e * (self.gamma * self.fade)
            self.e[self.e < 1e-100] = 0
            if action != greedy and not on_policy:
                self.e[:] = 0
        self.last = (seen, action)
        return action


def pairs_of_forms(epsilon, gamma, fade, alpha, initial):
    """(agent, a plain statement of it)."""
    numbers = {"epsilon": epsilon, "gamma": gamma, "lambda_": fade}
    yield (
        QLearner(alpha=alpha, initial=initial, **numbers),
        Plain("q", epsilon, gamma, fade, alpha, initial),
    )
    yield (
        Sarsa(alpha=alpha, initial=initial, **numbers),
        Plain("sarsa", epsilon, gamma, fade, alpha, initial),
    )
    yield HLQ(initial=initial, **numbers), Plain("hlq", epsilon, gamma, fade, 0, initial)
    yield HLS(initial=initial, **numbers), Plain("hls", epsilon, gamma, fade, 0, initial)
    for agent in (RandomAgent(), FreqAgent(epsilon)):  # plain as they are
        yield agent, agent


def assert_same_episode(one, other):
    assert one.overtime == other.overtime
    for name in ("actions", "observations", "rewards"):
        assert getattr(one, name).tolist() == getattr(other, name).tolist(), name


rates = st.floats(0.01, 0.99)


@settings(max_examples=25)
@given(
    st.sampled_from(draw(3000, 8)), rates, rates, rates, rates, st.floats(-50, 50), seeds, st.data()
)
def test_compiled_agents_act_as_their_rules(
    program, epsilon, gamma, fade, alpha, initial, seed, data
):
    symbols, cells = data.draw(st.integers(2, 6)), data.draw(st.integers(1, 2))
    conditions = {
        "cycles": 60,
        "seed": seed,
        "machine_seed": seed + 1,
        "sign": data.draw(st.sampled_from([1, -1])),
        "symbols": symbols,
        "cells": cells,
    }
    for agent, plain in pairs_of_forms(epsilon, gamma, fade, alpha, initial):
        rule = compiled(agent)
        assert isinstance(rule, Rule)
        fast = episode(rule, program, **conditions)
        assert_same_episode(fast, episode(plain, program, **conditions))
        assert_same_episode(fast, episode(agent, program, **conditions))


def test_a_program_over_time_ends_an_episode_in_both_forms():
    """The loop ends only if the action is the centre symbol."""
    program = Program(",[].#")
    fast = episode(Rule(kernels.UNIFORM, (0.0,) * 5), program, cycles=50, seed=1)
    assert fast.overtime
    assert len(fast.rewards) < 50
    assert_same_episode(fast, episode(RandomAgent(), program, cycles=50, seed=1))


def test_other_agents_have_no_compiled_form():
    class Mine(FreqAgent):
        pass

    assert compiled(Mine(0.1)) is None


def test_a_broken_agent_is_named_with_its_program():
    class Broken:
        name = "broken"

        def reset(self, interface, seed):
            pass

        def act(self, observation, reward):
            return 9

    with pytest.raises(BrokenEpisodeError, match=r"broken in the program ,.# .*cycle 0: Value"):
        episode(Broken(), Program(",.#"), cycles=3)


@pytest.mark.parametrize("sign", [1, -1])
def test_freq_learns_the_copying_program_to_what_exploring_leaves(sign):
    """The best action brings 100, a random one 0: 100 (1 - epsilon) in the long run."""
    cycles = 400_000
    rule = compiled(FreqAgent(0.07))
    assert rule is not None
    played = episode(rule, Program(",.#"), cycles=cycles, seed=5, sign=sign)
    deviation = (0.93 * 100**2 + 0.07 * 5000 - 93**2) ** 0.5
    assert played.rewards.mean() == pytest.approx(93, abs=4 * deviation / cycles**0.5)


def test_random_words_of_agents_are_published_ones():
    draws = Draws.of(np.array([1, 2, 3, 4], np.uint64))
    expected = list(islice(plain_xoshiro([1, 2, 3, 4]), 20))
    assert expected[:3] == [41943041, 58720359, 3588806011781223]
    assert [draws.word() for _ in range(20)] == expected
