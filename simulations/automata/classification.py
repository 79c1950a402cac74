"""Where the elementary rules lie between order and chaos, by numbers rather than by eye.

Rules that differ by left and right or by the names of 0 and 1 behave alike: 88 of the 256 are
different, and are measured by the smallest number of each set.

References:
    S. Wolfram, Universality and complexity in cellular automata, Physica D 10 (1984), 1-35: the
        four classes, told by eye.
    W. Li and N. Packard, The structure of the elementary cellular automata rule space, Complex
        Systems 4 (1990), 281-297: the 88 sets.
    J. P. Crutchfield and K. Young, Inferring statistical complexity, Phys. Rev. Lett. 63 (1989),
        105-108: complexity against entropy.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from complexity.errors import integer, one_of
from complexity.files import save_json
from complexity.progress import progress as progress_bar
from complexity.provenance import commit, versions
from simulations.automata.analysis import basins, equivalents
from simulations.automata.elementary import ElementaryCA
from simulations.automata.measures.causal import causal_states
from simulations.automata.measures.compression import bits_per_cell
from simulations.automata.measures.damage import damage_spreading, lyapunov_exponent
from simulations.automata.measures.entropies import spatial_entropy, temporal_entropy
from simulations.automata.measures.information import light_cone_information
from simulations.automata.measures.scatter import Panel, labelled_scatter
from simulations.automata.measures.separation import Separation, separation

__all__ = [
    "CONTRASTS",
    "MEASURES",
    "ComplexityPlane",
    "RuleMeasures",
    "classify",
    "complexity_plane",
]

MEASURES = {
    "entropy_rate": "bits per cell",
    "excess_entropy": "bits",
    "temporal_entropy_rate": "bits per step",
    "statistical_complexity": "bits",
    "light_cone_bits": "bits",
    "lyapunov_exponent": "nats per step",
    "damage_growth": "cells per step",
    "xz_bits": "bits per cell",
    "template_bits": "bits per cell",
    "transient": "steps",
}
"""What is measured, and in which unit."""

CONTRASTS = {
    "1 | 2": ((1,), (2,)),
    "1, 2 | 3": ((1, 2), (3,)),
    "1, 2 | 3, 4": ((1, 2), (3, 4)),
    "2 | 4": ((2,), (4,)),
    "3 | 4": ((3,), (4,)),
    "1, 2, 3 | 4": ((1, 2, 3), (4,)),
}
"""Wolfram's classes set against one another."""

PLANES = (("entropy_rate", "statistical_complexity"), ("xz_bits", "transient"))
"""Pairs of measures that are drawn."""

_SCALES = {"xz_bits": "log", "template_bits": "log", "transient": "symlog"}

_CLASSES = {
    1: (0, 8, 32, 40, 128, 136, 160, 168),
    3: (18, 22, 30, 45, 60, 90, 105, 122, 126, 146, 150),
    4: (41, 54, 106, 110),
}
_CLASS_OF = {rule: label for label, rules in _CLASSES.items() for rule in rules}

_RING = 17
"""Cells of the ring whose transients are counted exactly, over all its states."""


@dataclass(frozen=True)
class RuleMeasures:
    """One elementary rule's numbers: means over histories from fair coins, after a transient.

    Attributes:
        rule: the number.
        representative: the least number of its set, which was measured.
        wolfram_class: 1 to 4, as the literature tells them by eye: a label, not a measurement.
        entropy_rate: of a row, by growing blocks, in bits per cell.
        excess_entropy: of a row, in bits.
        temporal_entropy_rate: of one cell in time, in bits per step.
        statistical_complexity: entropy of the causal states, cones of depth 2, in bits.
        light_cone_bits: I(past cone; future cone), depth 2, in bits.
        lyapunov_exponent: in nats per step; -inf where defects die.
        damage_growth: cells per step by which the difference that one cell makes grows wider; 0
            where none survives.
        xz_bits: a history's bits per cell, its cells packed and compressed by xz.
        template_bits: the same by the code "template", which learns the rule.
        transient: mean steps to the cycle on a ring of 17 cells, over all its states: exact.
        errors: standard errors of the means, by measure; NaN of one history.
        settings: width, transient, steps, histories and seed.
    """

    rule: int
    representative: int
    wolfram_class: int
    entropy_rate: float
    excess_entropy: float
    temporal_entropy_rate: float
    statistical_complexity: float
    light_cone_bits: float
    lyapunov_exponent: float
    damage_growth: float
    xz_bits: float
    template_bits: float
    transient: float
    errors: Mapping[str, float] = field(repr=False)
    settings: Mapping[str, int] = field(repr=False)

    @property
    def place(self) -> tuple[float, float]:
        """Entropy rate (bits per cell) and statistical complexity (bits)."""
        return self.entropy_rate, self.statistical_complexity

    def to_dict(self) -> dict[str, Any]:
        """All fields as JSON values; what is not finite is None."""
        return {
            name: {key: _plain(each) for key, each in value.items()}
            if isinstance(value, Mapping)
            else _plain(value)
            for name, value in asdict(self).items()
        }


@dataclass(frozen=True)
class ComplexityPlane:
    """Rules by their measures.

    Attributes:
        rules: in the order asked for.
        provenance: versions and commit.
    """

    rules: tuple[RuleMeasures, ...]
    provenance: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def representatives(self) -> tuple[RuleMeasures, ...]:
        """The first rule of each set of rules that behave alike."""
        found: dict[int, RuleMeasures] = {}
        for each in self.rules:
            found.setdefault(each.representative, each)
        return tuple(found.values())

    def separation(self, measure: str, contrast: str) -> Separation:
        """How well a measure tells Wolfram's classes apart, each set of rules counted once.

        Args:
            measure: a name of MEASURES.
            contrast: a name of CONTRASTS.

        Raises:
            ValueError: another name, or no rule on one of its sides.
        """
        one_of("measure", measure, MEASURES)
        sides = CONTRASTS[one_of("contrast", contrast, CONTRASTS)]
        groups = [
            [getattr(each, measure) for each in self.representatives if each.wolfram_class in side]
            for side in sides
        ]
        return separation(*groups)

    def nearest_neighbour(self, measures: Iterable[str] = tuple(MEASURES)) -> dict[int, float]:
        """Share of each class's rules whose nearest neighbour, itself left out, is of their class.

        Distances are Euclid's between ranks, so that units do not matter.

        Args:
            measures: names of MEASURES.

        Raises:
            ValueError: another name, or fewer than two sets of rules.
        """
        from scipy.stats import rankdata

        rules = self.representatives
        if len(rules) < 2:
            raise ValueError(f"rules: got {len(rules)} sets, accepted are at least 2")
        names = [one_of("measures", name, MEASURES) for name in measures]
        ranks = np.array([rankdata([getattr(each, name) for each in rules]) for name in names]).T
        apart = ((ranks[:, None] - ranks[None]) ** 2).sum(axis=2)
        np.fill_diagonal(apart, np.inf)
        labels = np.array([each.wolfram_class for each in rules])
        right = labels[apart.argmin(axis=1)] == labels
        return {int(label): float(right[labels == label].mean()) for label in np.unique(labels)}

    def to_dict(self) -> dict[str, Any]:
        """Rules, separations where both sides have rules, and provenance as JSON values."""
        present = {each.wolfram_class for each in self.rules}
        contrasts = [
            name
            for name, sides in CONTRASTS.items()
            if all(present.intersection(side) for side in sides)
        ]
        return {
            "units": dict(MEASURES),
            "rules": [each.to_dict() for each in self.rules],
            "separations": {
                measure: {name: self.separation(measure, name).to_dict() for name in contrasts}
                for measure in MEASURES
            },
            "provenance": dict(self.provenance),
        }

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write it as .json, whole or not at all.

        Raises:
            ValueError: the path ends otherwise.
            OSError: the folder is missing or cannot be written.
        """
        return save_json(path, self.to_dict())

    def plot(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        pairs: Iterable[tuple[str, str]] = PLANES,
    ) -> Any:
        """Each set of rules as a point, coloured by Wolfram's class, labelled where there is room.

        Args:
            path: where to save the figure (.png, .svg, .pdf); its suffix is the format.
            pairs: for each panel the measures across and up, names of MEASURES.

        Returns:
            The matplotlib Figure.

        Raises:
            ValueError: another name.
        """
        rules = self.representatives
        panels = [
            Panel(
                [(getattr(each, x), getattr(each, y)) for each in rules],
                (_axis(x), _axis(y)),
                (_SCALES.get(x, "linear"), _SCALES.get(y, "linear")),
            )
            for x, y in pairs
            if one_of("pairs", x, MEASURES) and one_of("pairs", y, MEASURES)
        ]
        labels, classes = zip(
            *[(str(each.rule), each.wolfram_class) for each in rules], strict=True
        )
        return labelled_scatter(panels, labels, classes, path)


def _axis(measure: str) -> str:
    return f"{measure.replace('_', ' ')} ({MEASURES[measure]})"


def classify(
    rule: int,
    *,
    width: int = 2053,
    transient: int = 4000,
    steps: int = 256,
    histories: int = 3,
    seed: int = 0,
) -> RuleMeasures:
    """Measure an elementary rule.

    A ring of a prime number of cells is the default for a reason: on one of 2^n every additive rule
    such as 90 dies out.

    Args:
        rule: 0 to 255.
        width: cells of the ring, at least 64.
        transient: steps before the history that is measured.
        steps: of that history, at least 16.
        histories: from as many states of fair coins.
        seed: of the states and of the cells that are damaged.

    Raises:
        TypeError, ValueError: a number is out of range.
    """
    number = integer("rule", rule, 0, 255)
    settings = {
        "width": integer("width", width, 64),
        "transient": integer("transient", transient, 0),
        "steps": integer("steps", steps, 16),
        "histories": integer("histories", histories, 1),
        "seed": integer("seed", seed, 0),
    }
    least = min(equivalents(number))
    means, errors = _measured(least, **settings)
    return RuleMeasures(
        rule=number,
        representative=least,
        wolfram_class=_CLASS_OF.get(least, 2),
        **means,
        transient=float(basins(least, _RING).transient.mean()),
        errors=errors,
        settings=settings,
    )


def complexity_plane(
    rules: Iterable[int] = range(256), *, progress: bool = True, **settings: int
) -> ComplexityPlane:
    """Measure many elementary rules, each set of rules that behave alike once.

    Args:
        rules: numbers, by default all.
        progress: show a bar on a terminal's standard error.
        **settings: as for `classify`.

    Raises:
        TypeError, ValueError: as `classify`.
    """
    numbers = [integer("rules", rule, 0, 255) for rule in rules]
    with progress_bar("measuring rules", len(numbers), show=progress) as tick:
        found = []
        for number in numbers:
            found.append(classify(number, **settings))
            tick()
    return ComplexityPlane(
        tuple(found), {"versions": versions("numpy", "numba", "scipy"), "commit": commit()}
    )


@cache
def _measured(
    rule: int, *, width: int, transient: int, steps: int, histories: int, seed: int
) -> tuple[dict[str, float], dict[str, float]]:
    """Means and standard errors over the histories; kept, for rules that behave alike."""
    automaton = ElementaryCA(rule)
    rows = []
    for child in np.random.SeedSequence(seed).spawn(histories):
        random = np.random.default_rng(child)
        begin = automaton.run(random.integers(0, 2, width, np.uint8), transient)
        rows.append(_one_history(automaton, begin, steps, int(random.integers(2**31))))
    values = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    means = {name: float(each.mean()) for name, each in values.items()}
    errors = {
        name: float(each.std(ddof=1) / math.sqrt(len(each)))
        if len(each) > 1 and np.isfinite(each).all()
        else math.nan
        for name, each in values.items()
    }
    return means, errors


def _one_history(
    automaton: ElementaryCA, begin: npt.NDArray[np.uint8], steps: int, seed: int
) -> dict[str, float]:
    history = automaton.history(begin, steps)
    space = spatial_entropy(history)
    reach = min(steps, (begin.size - 1) // 2)
    damage = damage_spreading(automaton, begin, reach, seed=seed)
    return {
        "entropy_rate": space.rate,
        "excess_entropy": space.excess,
        "temporal_entropy_rate": temporal_entropy(history).rate,
        "statistical_complexity": causal_states(history).statistical_complexity,
        "light_cone_bits": light_cone_information(history).bits,
        "lyapunov_exponent": lyapunov_exponent(automaton, begin, steps, transient=8).exponent,
        "damage_growth": float(np.nan_to_num(damage.speeds.sum())),
        "xz_bits": bits_per_cell(history, "array(xz):layout=packed"),
        "template_bits": bits_per_cell(history, "template"),
    }


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value
