"""Estimating a Markov chain's values by temporal differences, with a learning rate and without.

References:
    R. S. Sutton, Learning to predict by the methods of temporal differences, Machine Learning 3,
        1988: TD(lambda).
    S. Legg, Machine Super Intelligence, 2008, sections 6.1 and 6.2: HL(lambda).
    M. Hutter and S. Legg, Temporal difference updating without a learning rate, NIPS 2007.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from complexity.errors import integer
from simulations.agents.temporal import _kernels
from simulations.agents.temporal._checks import fraction, positive
from simulations.agents.temporal.chains import MarkovChain
from simulations.observation import observe
from simulations.system import random_words
from simulations.trajectory import Trajectory

__all__ = ["HL", "TD", "RootMeanSquaredError", "ValueEstimation", "estimate"]

Values = npt.NDArray[np.float64]


@dataclass(frozen=True)
class TD:
    """TD(lambda) with accumulating traces (thesis, Algorithm 1); values start at 0.

    Attributes:
        alpha: the learning rate, or its factor kappa where it falls.
        lambda_: how much of a trace lasts, times gamma; in [0, 1].
        gamma: the discount, in [0, 1).
        power: the rate at the t-th step is alpha / t**power: 0 for a fixed rate, 1/2 and 1/3 for
            the thesis's schedules.

    Raises:
        TypeError, ValueError: a number outside its range.
    """

    alpha: float
    lambda_: float = 0.0
    gamma: float = 0.9
    power: float = 0.0
    kind: ClassVar[int] = _kernels.TD

    def __post_init__(self) -> None:
        positive("alpha", self.alpha)
        fraction("lambda_", self.lambda_)
        fraction("gamma", self.gamma, one=False)
        positive("power", self.power, zero=True)

    def learn(self, states: npt.ArrayLike, rewards: npt.ArrayLike, size: int) -> Values:
        """(size,) values after a path; arguments and errors as of `HL.learn`."""
        return _learn(self, states, rewards, size)


@dataclass(frozen=True)
class HL:
    """HL(lambda): temporal differences that need no learning rate.

    It minimises the squared distance between the values and the discounted sums of rewards that
    followed, old ones weighing lambda**age, and takes its own value for what is yet to come.
    Every state starts as if it had been visited once and found to be worth 0, as in the thesis's
    Algorithms 2 and 3.

    Attributes:
        lambda_: how much of old evidence lasts, in (0, 1]; 1 for a chain that does not change.
        gamma: the discount, in [0, 1).

    Raises:
        TypeError, ValueError: a number outside its range.

    Example:
        >>> hl = HL(gamma=0.5)
        >>> hl.learn([0, 1, 0, 1, 0], [1.0, 0.0, 1.0, 0.0], 2).round(3).tolist()
        [0.837, 0.341]
        >>> hl.closed_form([0, 1, 0, 1, 0], [1.0, 0.0, 1.0, 0.0], 2).round(3).tolist()
        [0.837, 0.341]
    """

    lambda_: float = 1.0
    gamma: float = 0.9
    kind: ClassVar[int] = _kernels.HL
    alpha: ClassVar[float] = 0.0
    power: ClassVar[float] = 0.0

    def __post_init__(self) -> None:
        fraction("lambda_", self.lambda_, zero=False)
        fraction("gamma", self.gamma, one=False)

    def learn(self, states: npt.ArrayLike, rewards: npt.ArrayLike, size: int) -> Values:
        """Values after a path, by the incremental rule (equations 6.8 and 6.9).

        Args:
            states: (T + 1,) integers below `size`.
            rewards: (T,) numbers, each of the step from the state of the same index.
            size: the number of states.

        Returns:
            (size,) float64.

        Raises:
            TypeError, ValueError: not such a path.
        """
        return _learn(self, states, rewards, size)

    def closed_form(self, states: npt.ArrayLike, rewards: npt.ArrayLike, size: int) -> Values:
        """Values after a path, by equation 6.7; arguments and errors as of `learn`.

        The weighted sums N, E and R of equation 6.6 are made of the whole path at once, so the
        result is independent of any sequence of updates.
        """
        path, gains = _checked_path(states, rewards, size)
        steps = len(gains)
        age = steps - np.arange(steps + 1)
        here = path[:, None] == np.arange(size)
        old = self.lambda_ ** age[:, None]
        visits = self.lambda_**steps + (old * here).sum(axis=0)
        traces = (self.gamma ** age[:, None] * old * here).sum(axis=0)
        returns = np.zeros(steps + 1)  # of the rewards so far, discounted to each step
        for k in range(steps - 1, -1, -1):
            returns[k] = gains[k] + self.gamma * returns[k + 1]
        gathered = (old * here * returns[:, None]).sum(axis=0)
        now = path[-1]
        return (gathered + traces * gathered[now] / (visits[now] - traces[now])) / visits


Estimator = TD | HL


def _checked_path(
    states: npt.ArrayLike, rewards: npt.ArrayLike, size: int
) -> tuple[npt.NDArray[np.int64], Values]:
    path, gains = np.asarray(states), np.asarray(rewards, np.float64)
    if path.ndim != 1 or path.dtype.kind not in "iu" or gains.shape != (len(path) - 1,):
        raise ValueError(
            f"states, rewards: got shapes {path.shape} of {path.dtype} and {gains.shape}, "
            "accepted are T + 1 integers and T numbers"
        )
    if path.min() < 0 or path.max() >= integer("size", size, 1):
        raise ValueError(f"states: got {path.min()} to {path.max()}, accepted is 0 to {size - 1}")
    return path.astype(np.int64), gains


def _learn(
    estimator: Estimator, states: npt.ArrayLike, rewards: npt.ArrayLike, size: int
) -> Values:
    path, gains = _checked_path(states, rewards, size)
    values, traces, visits = np.zeros(size), np.zeros(size), np.ones(size)
    _kernels.follow(*_parameters(estimator), values, traces, visits, path, gains)
    return values


def _parameters(estimator: Estimator) -> tuple[int, float, float, float, float]:
    return (
        estimator.kind,
        float(estimator.alpha),
        float(estimator.power),
        float(estimator.gamma),
        float(estimator.lambda_),
    )


class ValueEstimation:
    """Independent runs of an estimator, each along its own path of a chain: a `System`.

    The path of a run depends on the seed and its number alone, so estimators with one seed see the
    same paths and their errors can be compared run by run.

    Args:
        chain: what to learn.
        estimator: how.
        runs: how many.
        seed: of the paths.
    """

    clock = "steps"

    def __init__(
        self, chain: MarkovChain, estimator: Estimator, *, runs: int = 1, seed: int = 0
    ) -> None:
        self.chain, self.estimator, self.seed = chain, estimator, integer("seed", seed, 0)
        self.replicas, self.time = integer("runs", runs, 1), 0
        shape = (self.replicas, chain.size)
        self._values, self._traces, self._visits = np.zeros(shape), np.zeros(shape), np.ones(shape)
        phases = range(len(chain.rewards))
        self._true = [chain.values(estimator.gamma, phase=phase) for phase in phases]
        self._at = np.full(self.replicas, chain.start)
        self._randoms = np.stack([random_words(self.seed, (r,), 4) for r in range(self.replicas)])

    @property
    def parameters(self) -> Mapping[str, Any]:
        """The chain's name and digest, the estimator and its numbers, the seed."""
        return {
            "chain": self.chain.name,
            "chain_sha256": self.chain.digest,
            "estimator": {"name": type(self.estimator).__name__, **asdict(self.estimator)},
            "runs": self.replicas,
            "seed": self.seed,
        }

    def advance(self, amount: int) -> None:
        """Let every run take so many steps."""
        steps = integer("amount", amount, 0)
        _kernels.estimate(
            *_parameters(self.estimator),
            self._values,
            self._traces,
            self._visits,
            self._at,
            self._randoms,
            *self.chain.sampler,
            self.chain.period,
            self.time,
            steps,
        )
        self.time += steps

    def states(self) -> Values:
        """(runs, states) values."""
        return self._values

    def true_values(self) -> Values:
        """(states,) what is to be learned: the exact values of the last step's phase."""
        return self._true[self.chain.phase(self.time)]

    def snapshot(self) -> dict[str, np.ndarray]:
        """Values, traces, visits, places, generators and the time."""
        return {
            "values": self._values.copy(),
            "traces": self._traces.copy(),
            "visits": self._visits.copy(),
            "at": self._at.copy(),
            "randoms": self._randoms.copy(),
            "time": np.array(self.time),
        }

    def restore(self, snapshot: Mapping[str, np.ndarray]) -> None:
        """Return to the moment of `snapshot`."""
        self._values = snapshot["values"].copy()
        self._traces = snapshot["traces"].copy()
        self._visits = snapshot["visits"].copy()
        self._at = snapshot["at"].copy()
        self._randoms = snapshot["randoms"].copy()
        self.time = int(snapshot["time"])


class RootMeanSquaredError:
    """Distance of the estimates of a `ValueEstimation` from the true values, over all states.

    Where rewards change with time, the true values are those of the last step's phase.
    """

    names = ("rmse",)
    units = ("reward",)

    @property
    def parameters(self) -> Mapping[str, Any]:
        """There are none."""
        return {}

    def __call__(self, system: ValueEstimation) -> Values:
        """(runs, 1): the error of each run."""
        return np.sqrt(((system.states() - system.true_values()) ** 2).mean(axis=1, keepdims=True))


def estimate(
    chain: MarkovChain,
    estimator: Estimator,
    times: Sequence[int] | npt.NDArray[np.integer],
    *,
    runs: int = 1,
    seed: int = 0,
    out: str | os.PathLike[str] | None = None,
    progress: bool = True,
) -> Trajectory:
    """How the error of the values falls as an estimator follows a chain.

    Args:
        chain: what to learn.
        estimator: `TD` or `HL`.
        times: after how many steps to measure, strictly increasing.
        runs: independent paths.
        seed: of the paths; the same paths for every estimator.
        out: a folder in which the run is kept and resumed, as of `observe`.
        progress: show a bar on a terminal's standard error.

    Returns:
        A Trajectory with the observable `rmse` of shape (times, runs).

    Raises:
        TypeError, ValueError: times that do not increase, no run, a negative seed.

    Example:
        >>> from simulations.agents.temporal import random_walk
        >>> errors = estimate(random_walk(5), HL(gamma=0.9), [1, 10, 1000], runs=20)
        >>> errors.rmse.mean(axis=1).round(2).tolist()
        [0.69, 0.65, 0.1]
    """
    system = ValueEstimation(chain, estimator, runs=runs, seed=seed)
    return observe(system, RootMeanSquaredError(), times, out=out, progress=progress)
