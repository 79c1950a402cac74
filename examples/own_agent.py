"""An environment and an agent of one's own, beside chance and MC-AIXI; some ten seconds.

Run it as `python -m examples.own_agent`.
"""

import gymnasium
import numpy as np

from simulations.agents.agent import play
from simulations.agents.baselines import RandomAgent
from simulations.agents.mcaixi import MCAIXI


class OneBack(gymnasium.Env):
    """Name the light before the one that is on: a Gymnasium environment that says its rewards."""

    observation_space = action_space = gymnasium.spaces.Discrete(2)
    reward_levels = (0, 1)  # what Gymnasium does not ask for and agents have to know

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.lights = [int(light) for light in self.np_random.integers(2, size=2)]
        return self.lights[1], {}

    def step(self, action):
        reward = float(action == self.lights[0])
        self.lights = [self.lights[1], int(self.np_random.integers(2))]
        return self.lights[1], reward, False, False, {}


class Remembers:
    """Knows the task; an agent is anything with `reset` and `act`."""

    def reset(self, interface, seed):
        self.seen = [0, 0]

    def act(self, observation, reward):
        self.seen = [self.seen[1], observation]
        return self.seen[0]


def main() -> None:
    learner = MCAIXI(depth=8, horizon=1, planner="expectimax", epsilon=1.0, epsilon_decay=0.997)
    for agent in (RandomAgent(), Remembers(), learner):
        history = play(agent, OneBack(), 6000, seed=0)
        late = history.rewards[-1000:]
        error = late.std(ddof=1) / np.sqrt(late.size)
        print(f"{history}; the last thousand {late.mean():.3f} ± {error:.3f}")


if __name__ == "__main__":
    main()
