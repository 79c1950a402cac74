"""A policy that is a network: its memory by a plain rule, lanes against single plays, learning."""

import numpy as np
import pytest

pytest.importorskip("torch")
import torch

from mdl.weights import compress, decompress
from neural.agents import QNetwork, QNetworkAgent, learn, mean_rewards
from neural.agents.q_learning import _uniforms
from simulations.agents import Interface, play
from simulations.agents.domains import rock_paper_scissors
from simulations.agents.reference_machine import Draws, Program, episodes, sample
from simulations.system import random_words


def network(seed: int = 0, *, window: int = 3, hidden: int = 8) -> QNetwork:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return QNetwork(5, 5, window=window, hidden=hidden)


def seeds_of(count: int) -> dict[str, np.ndarray]:
    return {
        "seeds": random_words(7, (2,), 2 * count).reshape(-1, 2),
        "words": random_words(7, (3,), 8 * count).reshape(-1, 2, 4),
    }


class Watched(QNetwork):
    """Keeps what it is shown, and does what it is told."""

    def __init__(self) -> None:
        super().__init__(3, 2, window=2, hidden=1)
        self.shown = []
        self.told = iter([2, 0, 1])

    def greedy(self, memories):
        self.shown.append(memories[0].tolist())
        return np.array([next(self.told)])


def test_what_the_network_sees():
    """By hand: the newest cycle first, action and observation each as one of so many, reward."""
    watched = Watched()
    agent = QNetworkAgent(watched, epsilon=0.0)
    agent.reset(Interface(3, 2, reward_levels=(-4, 0, 2)), seed=0)
    assert [agent.act(1, 0.0), agent.act(0, 2.0), agent.act(1, -4.0)] == [2, 0, 1]
    assert watched.shown == [
        [0, 0, 0, 0, 1, 0] + 6 * [0],
        [0, 0, 1, 1, 0, 0.5, 0, 0, 0, 0, 1, 0],
        [1, 0, 0, 0, 1, -1, 0, 0, 1, 1, 0, 0.5],
    ]


def test_draws_of_all_lanes():
    draws = [Draws(seed) for seed in range(4)]
    states = np.array([each.words for each in draws])
    for _ in range(20):
        assert _uniforms(states).tolist() == [each.uniform() for each in draws]
    assert states.tolist() == [each.words.tolist() for each in draws]


@pytest.mark.parametrize("cells", [1, 2])
def test_lanes_are_single_plays(cells):
    """All programs beside each other give what each gives in the general episode loop."""
    programs = (*sample(5, cells=cells, seed=3, progress=False).programs, Program(",[.]#"))
    with torch.random.fork_rng():
        torch.manual_seed(1)
        net = QNetwork(5, 5**cells, window=3, hidden=6)
    options = {"cycles": 40, **seeds_of(len(programs)), "cells": cells}
    beside = mean_rewards(net, programs, epsilon=0.3, **options)
    single = episodes.mean_rewards(QNetworkAgent(net, 0.3), programs, **options)
    np.testing.assert_allclose(beside, single, rtol=0, atol=1e-9)


def test_a_program_over_time_counts_for_nothing():
    forever = Program(".+[<>-+]#")
    found = mean_rewards(network(), [forever, Program(",.#")], cycles=5, **seeds_of(2))
    assert np.isnan(found[0]).all()
    assert not np.isnan(found[1]).any()


def test_it_learns_to_react_to_rewards():
    """In `,.#` the reward is the action's: who does not look at rewards has 0 over both signs."""
    copies = [Program(",.#")]
    options = {"cycles": 200, "epsilon": 0.1, **seeds_of(1)}
    learned = learn(network(), copies, steps=250, lanes=32, episode=20, seed=1)
    assert mean_rewards(learned, copies, **options).mean() > 40
    decoded = decompress(compress(learned, tolerance=0.1), learned)
    assert mean_rewards(decoded, copies, **options).mean() > 40
    with torch.no_grad():
        learned.hidden.weight[:, 10::11] = 0.0  # blind to rewards
    assert mean_rewards(learned, copies, **options | {"epsilon": 0.0}).mean() == 0.0


def test_learning_is_reproducible_and_leaves_the_start_alone():
    start, programs = network(), sample(4, seed=1, progress=False).programs
    kept = [each.clone() for each in start.parameters()]
    one, two, other = (
        learn(start, programs, steps=5, lanes=8, episode=3, seed=seed) for seed in (0, 0, 1)
    )
    for a, b, c, d in zip(kept, *(each.parameters() for each in (one, two, other)), strict=True):
        assert torch.equal(b, c)
        assert not torch.equal(b, d)
        assert not torch.equal(a, b)
    assert all(torch.equal(a, b) for a, b in zip(kept, start.parameters(), strict=True))


def test_resumed_in_any_environment():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        agent = QNetworkAgent(QNetwork(3, 3, window=2, hidden=4), epsilon=0.5)
    whole = play(agent, rock_paper_scissors(), 30, seed=2, progress=False)
    agent.reset(rock_paper_scissors().interface, 2)
    percepts = zip(
        [whole.first_observation, *whole.observations], [0.0, *whole.rewards], strict=True
    )
    acted = []
    for cycle, (observation, reward) in enumerate(percepts):
        if cycle == 12:
            kept = agent.snapshot()
            agent.act(0, 1.0)
            agent.restore(kept)
        acted.append(agent.act(int(observation), float(reward)))
    assert acted[:30] == whole.actions.tolist()


def test_refusals():
    with pytest.raises(ValueError, match="hidden: got 0"):
        QNetwork(2, 2, window=1, hidden=0)
    with pytest.raises(TypeError, match="got a Linear, accepted is a QNetwork"):
        QNetworkAgent(torch.nn.Linear(2, 2))  # pyright: ignore[reportArgumentType]
    with pytest.raises(ValueError, match="epsilon: got 2"):
        QNetworkAgent(network(), 2)
    agent = QNetworkAgent(network())
    with pytest.raises(RuntimeError, match="call reset first"):
        agent.act(0, 0.0)
    with pytest.raises(ValueError, match="got 3 actions and 3 observations, accepted are 5 and 5"):
        agent.reset(Interface(3, 3, reward_levels=(0, 1)), 0)
    with pytest.raises(ValueError, match="programs: got none"):
        learn(network(), [], steps=1)
