"""What a test finds: an agent's quotient, and the differences between agents."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from complexity.errors import unknown
from complexity.files import save_json
from simulations.agents.quotient.estimation import Estimate, Stratum

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Comparison", "Difference", "Quotient"]


@dataclass(frozen=True, eq=False, repr=False)
class Quotient:
    """The algorithmic intelligence quotient of an agent: its mean reward, from -100 to 100.

    The unit of all intervals is the program, played with its rewards and with these turned round;
    the two results of a learner hang together, and are no two observations.

    Attributes:
        agent: its name.
        interactions: cycles of an episode.
        estimate: with standard error, degrees of freedom and the table of strata.
        rewards: (programs, 2) mean rewards of the programs played, with their sign and turned
            round; NaN where dropped.
        played: (programs,) indices of the programs in the pool.
        dropped: reason -> programs played and dropped for it.
        rejected: reason -> programs drawn and not taken into the pool for it.
        provenance: seed, symbols, cells, method, sizes, versions, commit, seconds.
    """

    agent: str
    interactions: int
    estimate: Estimate
    rewards: npt.NDArray[np.float64]
    played: npt.NDArray[np.int64]
    dropped: Mapping[str, int]
    rejected: Mapping[str, int]
    provenance: Mapping[str, Any] = field(default_factory=dict)

    @property
    def value(self) -> float:
        """The quotient."""
        return self.estimate.mean

    @property
    def half_width(self) -> float:
        """Half of the 95 % interval."""
        return self.estimate.half_width

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval."""
        return self.value - self.half_width, self.value + self.half_width

    @property
    def strata(self) -> tuple[Stratum, ...]:
        """The table of strata."""
        return self.estimate.strata

    @property
    def pair_correlation(self) -> float:
        """Correlation of a program's two results, over the programs played; NaN if one is constant.

        Independent runs would have 0; the nearer to 1, the less the second run tells.
        """
        pairs = self.rewards[~np.isnan(self.rewards[:, 0])]
        if len(pairs) < 2 or np.ptp(pairs, axis=0).min() == 0:
            return float("nan")
        return float(np.asarray(np.corrcoef(pairs.T))[0, 1])

    def __repr__(self) -> str:
        dropped = sum(self.dropped.values())
        return (
            f"Quotient({self.agent}: {self.value:.2f} +- {self.half_width:.2f} (95 %), "
            f"{len(self.played)} programs, {dropped} dropped, {self.interactions} interactions)"
        )

    def to_dict(self) -> dict[str, Any]:
        """All but the single programs' results, as JSON values."""
        return {
            "agent": self.agent,
            "interactions": self.interactions,
            "aiq": self.value,
            "half_width": self.half_width,
            "standard_error": self.estimate.standard_error,
            "degrees": self.estimate.degrees,
            "pair_correlation": _finite(self.pair_correlation),
            "programs": len(self.played),
            "dropped": dict(self.dropped),
            "rejected": dict(self.rejected),
            "strata": [
                {name: _finite(value) for name, value in asdict(each).items()}
                for each in self.strata
            ],
            "provenance": dict(self.provenance),
        }

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write `to_dict` as .json."""
        return save_json(path, self.to_dict())

    def plot(self, path: str | os.PathLike[str] | None = None) -> Figure:
        """Mean rewards by stratum, with 95 % intervals; written where a path is given."""
        rows = [("all", self.value, self.half_width)]
        rows += [(_label(each), each.mean, each.half_width) for each in self.strata]
        return _intervals(rows, f"{self.agent}: mean reward by stratum", path)


@dataclass(frozen=True)
class Difference:
    """How much more the first agent gets than the second, on the same programs.

    Attributes:
        first: name of an agent.
        second: name of another.
        estimate: of the difference.
        variance_ratio: of two tests on separate programs, the variance of their difference over
            this one's.
    """

    first: str
    second: str
    estimate: Estimate
    variance_ratio: float

    @property
    def value(self) -> float:
        """The difference of the quotients."""
        return self.estimate.mean

    @property
    def half_width(self) -> float:
        """Half of the 95 % interval."""
        return self.estimate.half_width

    def __repr__(self) -> str:
        return (
            f"Difference({self.first} - {self.second}: {self.value:.2f} +- {self.half_width:.2f})"
        )

    def to_dict(self) -> dict[str, Any]:
        """Names, estimate and interval as JSON values."""
        return {
            "first": self.first,
            "second": self.second,
            "difference": self.value,
            "half_width": self.half_width,
            "standard_error": self.estimate.standard_error,
            "degrees": self.estimate.degrees,
            "variance_ratio": _finite(self.variance_ratio),
        }


@dataclass(frozen=True, eq=False)
class Comparison:
    """Agents that took the test on the same programs.

    A program that was over time for one of them is dropped for all.

    Attributes:
        quotients: of the agents, in the order in which they were given.
        differences: of all pairs: a later agent less an earlier one.
    """

    quotients: tuple[Quotient, ...]
    differences: tuple[Difference, ...]

    def __getitem__(self, name: str) -> Quotient:
        """The quotient of the agent called `name`."""
        for each in self.quotients:
            if each.agent == name:
                return each
        raise KeyError(str(unknown("agent", name, [each.agent for each in self.quotients])))

    def difference(self, first: str, second: str) -> Difference:
        """The first agent's quotient less the second's.

        Raises:
            KeyError: one of them did not take the test, or they are the same.
        """
        for name in (first, second):
            self[name]
        for each in self.differences:
            if (each.first, each.second) == (first, second):
                return each
            if (each.first, each.second) == (second, first):
                turned = Estimate(
                    -each.value, each.estimate.standard_error, each.estimate.degrees, ()
                )
                return Difference(first, second, turned, each.variance_ratio)
        raise KeyError(f"second: got {second!r} twice, accepted are two agents")

    def to_dict(self) -> dict[str, Any]:
        """Everything but the single programs' results, as JSON values."""
        return {
            "quotients": [each.to_dict() for each in self.quotients],
            "differences": [each.to_dict() for each in self.differences],
        }

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write `to_dict` as .json."""
        return save_json(path, self.to_dict())

    def plot(self, path: str | os.PathLike[str] | None = None) -> Figure:
        """Quotients with 95 % intervals by agent; written where a path is given."""
        rows = [(each.agent, each.value, each.half_width) for each in self.quotients]
        return _intervals(rows, "algorithmic intelligence quotient", path)


def _label(stratum: Stratum) -> str:
    names = stratum.names
    text = names[0] if len(names) == 1 else f"{names[0]} ... {names[-1]}"
    return f"{text} ({stratum.weight:.1%})"


def _intervals(
    rows: list[tuple[str, float, float]], title: str, path: str | os.PathLike[str] | None
) -> Figure:
    from complexity.figures import new_figure, save_figure

    figure = new_figure(figsize=(7, 1.2 + 0.34 * len(rows)))
    axes = figure.add_subplot()
    for place, (_, mean, half) in enumerate(rows):
        axes.errorbar(mean, place, xerr=half, fmt="o", color="tab:blue", capsize=3, markersize=4)
    axes.set_yticks(range(len(rows)), [name for name, _, _ in rows], parse_math=False)
    axes.invert_yaxis()
    axes.grid(axis="x", alpha=0.3)
    axes.set_xlabel("mean reward, 95 % intervals")
    axes.set_title(title, parse_math=False)
    return save_figure(figure, path)


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not np.isfinite(value) else value
