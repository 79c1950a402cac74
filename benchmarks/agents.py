"""Speed of a cycle of MC-AIXI-CTW: `python -m benchmarks.agents [--rounds N]`.

A cycle learns a percept and plans by 200 simulations of rho-UCT. All agents have acted at random
for 500 cycles before, and learn on. The peer is pyaixi (see requirements-agents.txt); without it
ours are timed alone. It takes seconds to half a minute a cycle, so it is timed for one a round.
"""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numba import njit

from benchmarks.harness import Bar, Contender, FirstCall, Race, first_call, race
from benchmarks.machine import machine
from benchmarks.report import Report, command
from complexity.context import FactoredContextTree
from complexity.provenance import commit
from simulations.agents.environment import adapt, make
from simulations.agents.interface import Interface
from simulations.agents.mcaixi import MCAIXI
from simulations.agents.prediction import PerceptCodec

PEER, SINGLE, FACTORED, KNOWN = "pyaixi", "one tree", "factored", "factored, known bits"
CHASE = "reads of nodes"
AT_LEAST = 400
SIMULATIONS, RANDOM_CYCLES = 200, 500


@dataclass(frozen=True)
class Domain:
    """A domain with its published settings, and how the peer is given it.

    Attributes:
        name: of `make`.
        depth: of the context trees, in bits.
        horizon: in cycles.
        bits: of an action, an observation and a reward.
        cycles: of ours that are timed a round.
        peer: module and class in pyaixi's environments.
        options: what that class takes.
    """

    name: str
    depth: int
    horizon: int
    bits: tuple[int, int, int]
    cycles: int
    peer: tuple[str, str]
    options: dict[str, str]


_WALLS = {
    "maze-num-rows": "5",
    "maze-num-cols": "7",
    "maze-observation-encoding": "walls",
    "maze-rewards1": "0,0,0,0,0,0,0",
    "maze-rewards2": "0,9,9,9,9,9,0",
    "maze-rewards3": "0,9,0,9,0,9,0",
    "maze-rewards4": "0,9,0,20,0,9,0",
    "maze-rewards5": "0,0,0,0,0,0,0",
    "maze-layout1": "@@@@@@@",
    "maze-layout2": "@*****@",
    "maze-layout3": "@*@*@*@",
    "maze-layout4": "@*@!@*@",
    "maze-layout5": "@@@@@@@",
}
DOMAINS = (
    Domain(
        "rock-paper-scissors",
        32,
        4,
        (2, 2, 2),
        200,
        ("rock_paper_scissors", "RockPaperScissors"),
        {},
    ),
    Domain("kuhn-poker", 42, 2, (1, 3, 3), 300, ("kuhn_poker", "KuhnPoker"), {}),
    Domain("cheese-maze", 96, 8, (2, 4, 5), 40, ("maze", "Maze"), _WALLS),
)


def all_codes(interface: Interface) -> PerceptCodec:
    """The peer's code: rewards counted from the least, and every number of so many bits exists."""
    narrow = PerceptCodec.offset(interface)
    assert interface.reward_levels is not None
    least = Fraction(interface.reward_levels[0])
    levels = tuple(least + i for i in range(1 << narrow.reward_bits))
    return PerceptCodec(Interface(interface.actions, 1 << narrow.observation_bits, levels))


def ours(domain: Domain, **options: Any) -> Callable[[], MCAIXI]:
    """What runs our agent for the domain's cycles; it returns the agent."""
    settings = {"depth": domain.depth, "horizon": domain.horizon, "simulations": SIMULATIONS}
    environment = adapt(make(domain.name))
    percept = environment.reset(seed=0), 0.0
    agent = MCAIXI(**settings, **options, epsilon=1.0, epsilon_decay=1.0)
    agent.reset(environment.interface, 0)
    for _ in range(RANDOM_CYCLES):
        percept = environment.step(agent.act(*percept))
    planning = MCAIXI(**settings, **options, epsilon=0.0)
    planning.reset(environment.interface, 0)
    planning.restore(agent.snapshot())

    def run() -> MCAIXI:
        nonlocal percept
        for _ in range(domain.cycles):
            percept = environment.step(planning.act(*percept))
        return planning

    return run


def peers(domain: Domain) -> Callable[[], None]:
    """What runs pyaixi's agent for one cycle."""
    from pyaixi.agents.mc_aixi_ctw import MC_AIXI_CTW_Agent  # pyright: ignore

    module = importlib.import_module(f"pyaixi.environments.{domain.peer[0]}")
    environment = getattr(module, domain.peer[1])(domain.options)
    agent = MC_AIXI_CTW_Agent(
        environment,
        {
            "ct-depth": domain.depth,
            "agent-horizon": domain.horizon,
            "mc-simulations": SIMULATIONS,
        },
    )
    if (environment.action_bits(), environment.observation_bits(), environment.reward_bits()) != (
        domain.bits
    ):
        raise RuntimeError(f"{domain.name}: pyaixi does not code it in {domain.bits} bits")
    agent.model_update_percept(environment.observation, environment.reward)

    def cycle(choose: Callable[[], int]) -> None:
        action = choose()
        agent.model_update_action(action)
        environment.perform_action(action)
        agent.model_update_percept(environment.observation, environment.reward)

    for _ in range(RANDOM_CYCLES):
        cycle(agent.generate_random_action)
    return lambda: cycle(agent.search)


@njit(cache=True, nogil=True)
def _chase(follows, count):
    """Read `count` nodes, each where the one before it says."""
    at = 0
    for _ in range(count):
        at = follows[at, 0]
    return at


def chase(agent: MCAIXI, domain: Domain) -> Contender:
    """The physical limit: only to read as many nodes as a cycle visits, one after another.

    A walk cannot read a node before the one above it said where it is; a visit also mixes, learns
    and undoes. The nodes visited per bit are those of the agent's own model in one more cycle.
    """
    model = agent.model
    rng = np.random.default_rng(0)
    for _ in range(20):
        action = int(rng.integers(model.interface.actions))
        model.update(action, model.sample(action, rng))
    _, _, _, _, visits = model.trees.arrays(0).state.tolist()
    while model.trees.undoable:
        model.undo()
    per_cycle = round(visits / 20 * SIMULATIONS * domain.horizon)
    nodes = model.trees.nodes
    order = rng.permutation(nodes)
    follows = np.zeros((nodes, 4), np.int64)  # 32 bytes, as a node
    follows[order, 0] = np.roll(order, 1)
    note = f"{per_cycle} of {nodes} nodes ({32 * nodes // 1024} KiB) in random order"
    count = domain.cycles * per_cycle
    return Contender(CHASE, lambda: _chase(follows, count), domain.cycles, "cycles", note, True)


def agents_race(domain: Domain, rounds: int) -> Race:
    """Race the agents in a domain."""
    ran = {
        SINGLE: ours(domain, factored=False, codec=all_codes),
        FACTORED: ours(domain, codec=all_codes),
        KNOWN: ours(domain),
    }
    notes = {
        SINGLE: "as pyaixi: one tree, the same bits, all of them predicted",
        FACTORED: "a tree for every bit",
        KNOWN: "the default: bits that only one percept can have are not predicted",
    }

    def coded(run: Callable[[], MCAIXI]) -> bool:
        codec = run().model.codec
        bits = (codec.action_bits, codec.observation_bits, codec.reward_bits)
        return bits == domain.bits or codec.coding.rewards.size < 1 << domain.bits[2]

    contenders = [
        Contender(
            name,
            run,
            domain.cycles,
            "cycles",
            f"{notes[name]}; {run().model.trees.nodes} nodes",
            verify=lambda run=run: coded(run),
        )
        for name, run in ran.items()
    ]
    contenders.append(chase(ran[FACTORED](), domain))
    bars: list[Bar] = []
    if importlib.util.find_spec("pyaixi"):
        contenders.insert(0, Contender(PEER, peers(domain), 1, "cycles", "Python, one tree"))
        bars = [Bar(SINGLE, PEER, AT_LEAST), Bar(FACTORED, PEER, AT_LEAST)]
    title = f"{domain.name}, depth {domain.depth}, horizon {domain.horizon}"
    return race(title, contenders, baseline=contenders[0].name, rounds=rounds, bars=bars)


def _sums() -> str:
    """A sentence on P(0) + P(1) after the bits of the published example, ours and the peer's."""
    bits = [0, 1, 1] * 4
    tree = FactoredContextTree(1, 3)
    tree.extend(bits)
    sentence = f"After 011 four times, depth 3, our tree has taken {tree.codelength:.3f} bits"
    if not importlib.util.find_spec("pyaixi"):
        return sentence + "."
    from pyaixi.prediction.ctw_context_tree import CTWContextTree  # pyright: ignore

    theirs = CTWContextTree(3)
    theirs.update_history([0, 0, 0])
    theirs.update(bits)
    total = theirs.predict([0]) + theirs.predict([1])
    return f"{sentence} (10.628 is right); pyaixi's P(0) + P(1) is then {total:.3f}."


_SETUP = """
from simulations.agents.interface import Interface
from simulations.agents.mcaixi import MCAIXI
agent = MCAIXI(depth=32, horizon=4, epsilon=0.0)
agent.reset(Interface(3, 3, (-1, 0, 1)), 0)
"""


def first_calls() -> tuple[FirstCall, ...]:
    """Measure the first cycles that plan and learn in fresh processes."""
    call = "agent.act(0, 0.0); agent.act(0, 0.0)"
    return (first_call("the first two cycles", _SETUP, call, repeats=2),)


def benchmark(rounds: int) -> Report:
    """Race and measure everything."""
    began = time.perf_counter()
    notes = (
        f"A cycle learns and plans by {SIMULATIONS} simulations, after {RANDOM_CYCLES} random "
        "cycles; the environment's step is in all figures. Compiling is not: see first calls.",
        _sums(),
        "The limit only follows as many pointers as a cycle visits nodes, in an array of the same "
        "size: a walk down a tree cannot be faster, and a visit also mixes, learns and undoes.",
    )
    races = tuple(agents_race(domain, rounds) for domain in DOMAINS)
    return Report(
        title="MC-AIXI-CTW",
        command=f"python -m benchmarks.agents --rounds {rounds}",
        machine=machine(),
        threads=1,
        rounds=rounds,
        seconds=round(time.perf_counter() - began, 1),
        commit=commit(),
        races=races,
        first_calls=first_calls(),
        notes=notes,
    )


if __name__ == "__main__":
    command("agents", benchmark, rounds=3, about=__doc__)
