"""Q-learning of one network in many programs at once, and playing programs by it when it is frozen.

References:
    C. Watkins, Learning from delayed rewards, 1989: Q-learning.
    V. Mnih and others, Asynchronous methods for deep reinforcement learning, ICML 2016: learners
        beside each other in place of a memory to replay.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from complexity.errors import integer
from mdl.weights.tensors import reproducible
from neural.agents.lanes import Lanes
from neural.agents.q_network import QNetwork
from simulations.agents.reference_machine.draws import AGENT_STREAM, Draws
from simulations.agents.reference_machine.program import Program
from simulations.system import generator, random_words

__all__ = ["learn", "mean_rewards"]


def learn(
    network: QNetwork,
    programs: Sequence[Program],
    *,
    steps: int,
    lanes: int = 256,
    episode: int = 200,
    gamma: float = 0.6,
    epsilon: float = 0.1,
    learning_rate: float = 3e-3,
    target_every: int = 50,
    seed: int = 0,
    symbols: int = 5,
    cells: int = 1,
) -> QNetwork:
    """A trained copy of a network: in every lane a program drawn from some, for an episode.

    Every step moves the values of the actions taken towards reward + gamma * the greatest value
    after it, by a copy of the network that is renewed now and then; the learning rate falls to 0.

    Args:
        network: where it starts.
        programs: to draw from, each with its rewards or with these turned round.
        steps: cycles of every lane, and updates.
        lanes: programs beside each other.
        episode: cycles after which a lane gets another program; they start one after another.
        gamma: the discount.
        epsilon: the chance of a random action.
        learning_rate: of Adam, at first.
        target_every: steps between renewals of the copy.
        seed: of all draws.
        symbols: of the tapes.
        cells: of the observation.

    Raises:
        TypeError, ValueError: a number that is no integer, or below 1; no programs.
    """
    integer("steps", steps, 1)
    integer("lanes", lanes, 1)
    integer("episode", episode, 1)
    if not programs:
        raise ValueError("programs: got none, accepted is at least one")
    random, moved = generator(seed, (0,)), 0

    def drawn() -> tuple[Program, int, NDArray[np.uint64]]:
        nonlocal moved
        moved += 1
        which, sign = int(random.integers(len(programs))), int(random.integers(2)) * 2 - 1
        return programs[which], sign, random_words(seed, (1, moved), 4)

    first = [drawn() for _ in range(lanes)]
    beside = Lanes(
        [each[0] for each in first],
        np.array([each[1] for each in first]),
        np.array([each[2] for each in first]),
        window=network.window, symbols=symbols, cells=cells,
    )  # fmt: skip
    ages = np.arange(lanes) * episode // lanes
    learned = copy.deepcopy(network)
    with reproducible(seed):
        optimiser = torch.optim.Adam(learned.parameters(), lr=learning_rate)
        fading = torch.optim.lr_scheduler.LinearLR(optimiser, 1.0, 0.0, total_iters=steps)
        target = copy.deepcopy(learned)
        for step in range(steps):
            if step % target_every == 0:
                target.load_state_dict(learned.state_dict())
            before = torch.from_numpy(beside.memories.copy())
            actions = learned.greedy(beside.memories)
            at_random = random.random(lanes) < epsilon
            actions[at_random] = random.integers(network.actions, size=int(at_random.sum()))
            rewards, overtime = beside.step(actions)
            _update(learned, target, optimiser, before, actions, rewards, beside.memories, gamma)
            fading.step()
            ages += 1
            for lane in np.flatnonzero(overtime | (ages >= episode)):
                beside.replace(int(lane), *drawn())
                ages[lane] = 0
    return learned


def _update(
    learned: QNetwork,
    target: QNetwork,
    optimiser: torch.optim.Optimizer,
    before: torch.Tensor,
    actions: NDArray[np.int64],
    rewards: NDArray[np.float64],
    after: NDArray[np.float32],
    gamma: float,
) -> None:
    with torch.no_grad():
        to_come = target(torch.from_numpy(after)).amax(dim=1)
    wanted = torch.from_numpy(rewards).float() + gamma * to_come
    values = learned(before).gather(1, torch.from_numpy(actions)[:, None])[:, 0]
    optimiser.zero_grad()
    functional.mse_loss(values, wanted).backward()
    optimiser.step()


def mean_rewards(
    network: QNetwork,
    programs: Sequence[Program],
    *,
    cycles: int,
    seeds: NDArray[np.uint64],
    words: NDArray[np.uint64],
    epsilon: float = 0.02,
    symbols: int = 5,
    cells: int = 1,
) -> NDArray[np.float64]:
    """Mean rewards of a frozen network in programs, with their rewards and with these turned round.

    What `simulations.agents.reference_machine.episodes.mean_rewards` gives for a `QNetworkAgent`
    (but for values that are equal up to rounding), with all programs beside each other.

    Args:
        network: that is followed.
        programs: n of them.
        cycles: actions an episode.
        seeds: (n, 2) of the agent, for the sign 1 and the sign -1.
        words: (n, 2, 4) states of the machines' generators.
        epsilon: the chance of a random action.
        symbols: of the tapes.
        cells: of the observation.

    Returns:
        (n, 2) float64, from -100 to 100; NaN for both signs where the program was over time in one.
    """
    twice = [each for each in programs for _ in range(2)]
    signs = np.tile([1, -1], len(programs))
    beside = Lanes(
        twice, signs, words.reshape(-1, 4), window=network.window, symbols=symbols, cells=cells
    )
    states = np.array([random_words(int(seed), AGENT_STREAM, 4) for seed in seeds.ravel()])
    sums, lost = np.zeros(len(beside)), np.zeros(len(beside), bool)
    for _ in range(integer("cycles", cycles, 1)):
        actions = network.greedy(beside.memories)
        for lane in np.flatnonzero(_uniforms(states) < epsilon):
            draws = Draws.of(states[lane])
            actions[lane] = draws.below(network.actions)
            states[lane] = draws.words
        rewards, overtime = beside.step(actions)
        sums += 100.0 * rewards
        lost |= overtime
    found = (sums / cycles).reshape(-1, 2)
    found[lost.reshape(-1, 2).any(axis=1)] = np.nan
    return found


def _uniforms(states: NDArray[np.uint64]) -> NDArray[np.float64]:
    """(n,) what `Draws.uniform` gives for each state (n, 4), which moves on in place."""
    a, b, c, d = states.T.copy()
    total = a + d
    word = ((total << np.uint64(23)) | (total >> np.uint64(41))) + a
    c, d, shifted = c ^ a, d ^ b, b << np.uint64(17)
    states[:] = np.stack(
        [a ^ d, b ^ c, c ^ shifted, (d << np.uint64(45)) | (d >> np.uint64(19))], axis=1
    )
    return (word >> np.uint64(11)) * 2.0**-53
