"""The AIQ test: interactions a second, against the Python program of the test's authors.

Run `python -m benchmarks.aiq [--rounds N] [--out FOLDER]` from the root of the repository; two
minutes. The peer is https://github.com/xvado00/AIQ (GPLv3; measured at 68753bc): clone it and name
its folder in AIQ_PEER. It runs in a process of its own, on the same programs, with the parameters
of the published table. Without it the engine is shown beside its physical limit alone.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit

from benchmarks.harness import Bar, Contender, Race, first_call, race
from benchmarks.machine import machine
from benchmarks.report import Report, command
from complexity.provenance import commit
from simulations.agents.agent import Agent
from simulations.agents.baselines import FreqAgent, RandomAgent
from simulations.agents.reference_machine import Machine, Program, compiled, draw, sample
from simulations.agents.reference_machine import _kernels as kernels
from simulations.agents.reference_machine.episodes import mean_rewards
from simulations.agents.temporal.controllers import HLQ, QLearner
from simulations.system import random_words

CYCLES = 1000
PROGRAMS, REPEATS = 16, 20
"""Of a call: the peer plays every program once with either sign, the kernels so many times."""
SAMPLED = 20
UNIT = "interactions"


@dataclass(frozen=True)
class Matched:
    """An agent here and there, and how many times faster ours is to be at least."""

    name: str
    agent: Agent
    peer: str
    bar: float


AGENTS = (
    Matched("Random", RandomAgent(), "Random.Random(refm, 1.0)", 40),
    Matched("Freq", FreqAgent(0.07), "Freq.Freq(refm, 1.0, 0.07)", 50),
    Matched(
        "Q_lambda",
        QLearner(alpha=0.5, epsilon=0.04, gamma=0.6, lambda_=0.5),
        "Q_l.Q_l(refm, 1.0, 0.0, 0.5, 0.5, 0.04, 0, 0.6)",
        150,
    ),
    Matched(
        "HLQ_lambda",
        HLQ(epsilon=0.04, gamma=0.7, lambda_=0.95),
        "HLQ_l.HLQ_l(refm, 1.0, 0, 0.0, 0.95, 0.04, 0, 0.7)",
        200,
    ),
)

_WORKER = """
import contextlib, json, os, sys, time
folder = sys.argv[1]
sys.path[:0] = [folder, os.path.join(folder, "refmachines")]
os.chdir(folder)
answers, sys.stdout = sys.stdout, sys.stderr
import AIQ, BF_sampler, random
from refmachines import BF
off = dict.fromkeys(
    ["logging", "logging_el", "logging_agent_failures", "multi_rounding_el", "debugging_mrel",
     "log_agent", "log_interactions"], False)
off["intermediate_length"] = 10**9
random.seed(0)
def play(agent, programs, cycles):
    return [AIQ.test_agent("BF.BF()", agent, cycles, 1.0, 1, each, off)[1:] for each in programs]
def trace(program, actions):
    refm = BF.BF()
    refm.reset(program)
    found = [refm.act(action) for action in actions]
    return [[reward, seen[0], steps] for reward, seen, steps in found]
def sample(count):
    refm = BF.BF()
    return [BF_sampler.active_program(refm, 0, False, False, False, False)[1]
            for _ in range(count)]
for line in sys.stdin:
    name, arguments = json.loads(line)
    found = globals()[name](*arguments)
    print(json.dumps([time.process_time(), found]), file=answers, flush=True)
"""


class Peer:
    """The other program in a process that waits for calls; `seconds` is its CPU time so far."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.seconds = 0.0

    def __call__(self, name: str, *arguments: Any) -> Any:
        """Call `play`, `trace` or `sample` there."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps([name, arguments]) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError("the peer's process ended; see its message above")
        self.seconds, found = json.loads(answer)
        return found


@contextmanager
def started(folder: str | None) -> Iterator[Peer | None]:
    """The peer of a folder, None without one."""
    if folder is None:
        yield None
        return
    process = subprocess.Popen(
        [sys.executable, "-c", _WORKER, os.path.abspath(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )
    try:
        yield Peer(process)
    finally:
        process.kill()
        process.wait()


def same_machine(peer: Peer) -> bool:
    """Whether rewards, observations and steps are the peer's in 200 programs without chance."""
    random = np.random.default_rng(0)
    chosen = [each for each in draw(3000, 1) if "%" not in each.text and len(each) > 4][:200]
    for program in chosen:
        actions, ours = random.integers(0, 5, 40).tolist(), Machine(program)
        for action, answer in zip(actions, peer("trace", program.text, actions), strict=True):
            cycle = ours.step(action)
            if cycle.overtime:
                break
            if [cycle.reward, cycle.observation, cycle.steps] != answer:
                return False
    return True


def engine(matched: Matched, programs: list[Program], repeats: int) -> Contender:
    """Both signs of the programs in the kernels, several times over."""
    rule = compiled(matched.agent)
    assert rule is not None
    many = programs * repeats
    seeds = random_words(0, (0,), 2 * len(many)).reshape(-1, 2)
    words = random_words(0, (1,), 8 * len(many)).reshape(-1, 2, 4)

    def run() -> None:
        mean_rewards(rule, many, cycles=CYCLES, seeds=seeds, words=words)

    return Contender("kernel", run, 2 * len(many) * CYCLES, UNIT, "seeding included")


@njit(nogil=True)
def _machine_alone(codes, starts, repeats, cycles, words):
    """Instructions of all cycles, with the actions 0, 1, 2, 3, 4, 0, ..."""
    tape, history = np.empty(kernels.TAPE, np.int8), np.empty(kernels.HISTORY_RING, np.int8)
    output, place = np.empty(2, np.int8), np.empty(2, np.int64)
    steps = 0
    for _ in range(repeats):
        for i in range(starts.size - 1):
            code = codes[starts[i] : starts[i + 1]]
            jumps = kernels.partners(code)
            kernels.clear(5, tape, history, output, place)
            for now in range(cycles):
                steps += kernels.cycle(code, jumps, 5, tape, history, output, place, words, now % 5)
    return steps


def limit(programs: list[Program], repeats: int) -> Contender:
    """The machine without an agent: no agent can be played faster on it."""
    codes = np.concatenate([each.code for each in programs])
    starts = np.cumsum([0, *(len(each) for each in programs)])
    words = random_words(0, (2,), 4)
    cycles = len(programs) * repeats * 2 * CYCLES
    steps = _machine_alone(codes, starts, 2 * repeats, CYCLES, words)
    return Contender(
        "machine alone",
        lambda: _machine_alone(codes, starts, 2 * repeats, CYCLES, words),
        cycles,
        UNIT,
        f"{steps / cycles:.1f} instructions a cycle",
        limit=True,
    )


def agent_race(matched: Matched, programs: list[Program], peer: Peer | None, rounds: int) -> Race:
    """One agent, here and there."""
    contenders = [engine(matched, programs, REPEATS), limit(programs, REPEATS)]
    bars = []
    if peer is not None:
        texts = [each.text for each in programs]
        contenders.append(
            Contender(
                "xvado00/AIQ",
                lambda: peer("play", matched.peer, texts, CYCLES),
                2 * len(texts) * CYCLES,
                UNIT,
                "in a process of its own",
                verify=lambda: same_machine(peer),
            )
        )
        bars.append(Bar("kernel", "xvado00/AIQ", matched.bar))
    return race(
        f"{matched.name}, {CYCLES} interactions a program",
        contenders,
        baseline=contenders[-1].name,
        rounds=rounds,
        bars=bars,
        clock=clock_of(peer),
    )


def sampling_race(peer: Peer, rounds: int) -> Race:
    """Programs drawn, tried and put into strata, by the same rules."""
    ours = 20 * SAMPLED
    return race(
        "programs for a test",
        [
            Contender("kernel", lambda: sample(ours, progress=False), ours, "programs"),
            Contender("xvado00/AIQ", lambda: peer("sample", SAMPLED), SAMPLED, "programs"),
        ],
        baseline="xvado00/AIQ",
        rounds=rounds,
        bars=[Bar("kernel", "xvado00/AIQ", 15)],
        clock=clock_of(peer),
    )


def clock_of(peer: Peer | None) -> Any:
    """CPU seconds of this process and the peer's, and wall seconds."""
    return lambda: (time.process_time() + (peer.seconds if peer else 0.0), time.perf_counter())


_SETUP = """
import numpy as np
from simulations.agents.reference_machine import Program, Rule
from simulations.agents.reference_machine import episodes
seeds, words = np.ones((1, 2), np.uint64), np.ones((1, 2, 4), np.uint64)
rule, programs = Rule(5, (0.04, 0.7, 0.95, 0.0, 0.0)), [Program(",.#")]
"""
_CALL = "episodes.mean_rewards(rule, programs, cycles=10, seeds=seeds, words=words)"


def benchmark(rounds: int) -> Report:
    """Verify, race and measure everything."""
    began = time.perf_counter()
    programs = [each for each in sample(60, seed=0, progress=False).programs if in_time(each)]
    programs = programs[:PROGRAMS]
    with started(os.environ.get("AIQ_PEER")) as peer:
        races = [agent_race(matched, programs, peer, rounds) for matched in AGENTS]
        if peer is not None:
            races.append(sampling_race(peer, rounds))
    return Report(
        title="The AIQ test",
        command=f"python -m benchmarks.aiq --rounds {rounds}",
        machine=machine(("numpy", "numba")),
        threads=1,
        rounds=rounds,
        seconds=round(time.perf_counter() - began, 1),
        commit=commit(),
        races=tuple(races),
        first_calls=(first_call("a first episode", _SETUP, _CALL),),
        notes=(
            f"The first {PROGRAMS} programs of the sample of seed 0 that are in time, each with "
            "both signs of its rewards. Before the races the two machines gave the same rewards, "
            "observations and counts of instructions in 200 programs without chance. The limit is "
            "the machine alone, fed the same sequence of actions, on the same programs.",
        ),
    )


def in_time(program: Program) -> bool:
    """Whether a thousand cycles pass without one that is cut."""
    ours = Machine(program)
    actions = np.random.default_rng(0).integers(0, 5, CYCLES).tolist()
    return not any(ours.step(action).overtime for action in actions)


if __name__ == "__main__":
    command("aiq", benchmark, rounds=5, about=__doc__)
