"""What a paper states: reference, arms, checks of its claim, settings by scale, and one trial.

A paper's module makes one `Paper`. Its `trial` trains one arm under one seed and returns an
`Outcome`; everything else (parallel seeds, resuming, judging, bits, files) is the engine's.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from complexity.errors import one_of, unknown
from neural.datasets import available
from neural.engine.settings import Limit

if TYPE_CHECKING:
    from torch import nn

    from mdl.report import Report
    from neural.engine.result import PaperResult
    from simulations.system import System
    from simulations.trajectory import Trajectory

__all__ = ["SCALES", "Arm", "Check", "Outcome", "Paper", "Reference", "Trial"]

SCALES = ("smoke", "lab", "paper")
"""Seconds, for tests; some minutes a seed on one core; the published configuration."""

_ROUNDING = 1e-12
"""Of the numbers that are compared: a difference below is that of sums in binary, as 0.3 - 0.1."""


@dataclass(frozen=True)
class Reference:
    """A work of the reading list.

    Attributes:
        title: as published.
        authors: "Given Family" each.
        year: of publication.
        venue: journal, conference, or where it stands.
        url: of the paper.
        kind: of the BibTeX entry: article, inproceedings, book, misc.
    """

    title: str
    authors: tuple[str, ...]
    year: int
    venue: str = ""
    url: str = ""
    kind: Literal["article", "inproceedings", "book", "phdthesis", "misc"] = "article"

    def bibtex(self, key: str) -> str:
        """The BibTeX entry under this key."""
        place = {"article": "journal", "inproceedings": "booktitle", "book": "publisher",
                 "phdthesis": "school", "misc": "howpublished"}[self.kind]  # fmt: skip
        fields = {
            "title": f"{{{self.title}}}",
            "author": " and ".join(self.authors),
            "year": str(self.year),
            place: self.venue,
            "url": self.url,
        }
        lines = [f"  {name:<12} = {{{value}}}" for name, value in fields.items() if value]
        return f"@{self.kind}{{{key},\n" + ",\n".join(lines) + "\n}"

    @property
    def short(self) -> str:
        """As "He et al. (2015)"."""
        names = [_family(author) for author in self.authors]
        shown = {1: names[0], 2: " and ".join(names[:2])}.get(len(names), f"{names[0]} et al.")
        return f"{shown} ({self.year})"


def _family(author: str) -> str:
    """The family name: the last word, or from a particle in small letters on."""
    words = author.split()
    particle = next((at for at, word in enumerate(words) if word[0].islower()), len(words) - 1)
    return " ".join(words[particle:])


@dataclass(frozen=True)
class Arm:
    """Something to train and compare.

    Attributes:
        name: one word or two, in tables.
        summary: one line.
        options: settings that make it this arm; they win over the scale's.
        baseline: whether it is what the paper compares with.
        data: the data set without which it is not run, unless it is named; "" for none. At scale
            "smoke", which is for tests, it takes made-up data then as always.
    """

    name: str
    summary: str
    options: Mapping[str, Any] = field(default_factory=dict)
    baseline: bool = False
    data: str = ""


@dataclass(frozen=True)
class Check:
    """One inequality of a claim, to be judged over seeds.

    Per seed its number is the metric of `arm`, minus that of `than` where one is named; signed so
    that larger is better for the claim. It holds where that exceeds `by`, and by more than numbers
    as 0.1 are rounded.

    Attributes:
        what: the inequality in words.
        metric: a key of the outcomes' metrics.
        arm: the arm that is to be better.
        than: the arm it is compared with, seed by seed; None to compare with `by` alone.
        sense: whether the metric is to be "higher" or "lower".
        by: the difference that counts, or the level to reach; in units of the metric.

    Raises:
        ValueError: another sense.
    """

    what: str
    metric: str
    arm: str
    than: str | None = None
    sense: Literal["higher", "lower"] = "higher"
    by: float = 0.0

    def __post_init__(self) -> None:
        one_of("sense", self.sense, ("higher", "lower"))

    def number(self, metrics: Mapping[str, Mapping[str, float]]) -> float:
        """How far the check holds for one seed: positive is for the claim.

        Args:
            metrics: arm -> metric -> value.

        Returns:
            The number, 0 where it is no more than rounding; NaN where a trial did not give the
            metric.

        Raises:
            KeyError: an arm is missing.
        """
        sign = 1.0 if self.sense == "higher" else -1.0
        value = metrics[self.arm].get(self.metric, math.nan)
        if self.than is None:
            other, found = 0.0, sign * (value - self.by)
        else:
            other = metrics[self.than].get(self.metric, math.nan)
            found = sign * (value - other) - self.by
        least = _ROUNDING * max(abs(value), abs(other), abs(self.by))
        return 0.0 if abs(found) <= least < math.inf else found


@dataclass(frozen=True)
class Outcome:
    """What a trial found.

    Attributes:
        metrics: name -> number, those of the checks among them.
        reports: description lengths of the trained network, and of what it is compared with.
        trajectory: what was measured along the training, None for nothing.
        module: the trained network, whose weights are kept; None for none.
    """

    metrics: Mapping[str, float]
    reports: tuple[Report, ...] = ()
    trajectory: Trajectory | None = None
    module: nn.Module | None = None


@dataclass(frozen=True)
class Trial:
    """What a paper's trial is given.

    Attributes:
        arm: which arm.
        seed: from which everything random follows.
        scale: "smoke", "lab" or "paper".
        settings: those of the scale, with the arm's own options over them.
        folder: where the trial may keep files, None for nowhere.
        device: of torch.
        progress: whether to show it.
        observed: systems that `observe` was given.
    """

    arm: Arm
    seed: int
    scale: str
    settings: Mapping[str, Any]
    folder: Path | None = None
    device: str = "cpu"
    progress: bool = False
    observed: list[System] = field(default_factory=list, repr=False, compare=False)

    def __getitem__(self, name: str) -> Any:
        """A setting by name."""
        if name not in self.settings:
            raise KeyError(str(unknown("setting", name, self.settings)))
        return self.settings[name]

    def over(self, settings: Mapping[str, Any]) -> Trial:
        """The trial with some settings over its own."""
        return replace(self, settings={**self.settings, **settings})

    def observe(self, system: System, observables: Any, times: Sequence[int]) -> Trajectory:
        """`simulations.observe` in the trial's folder, so that an interrupted trial resumes.

        The system is at the last of the times on return, also where the training had ended before
        and what came after it was interrupted.

        Raises:
            ValueError: more times than there are steps; or the trial has observed another system,
                which the folder is then of.
        """
        if len(set(times)) < len(times):
            raise ValueError(
                f"times: got {len(times)}, accepted are at most {times[-1] + 1}: of a training of "
                f"{times[-1]} steps"
            )
        from simulations import observe, run_folder

        if any(each is not system for each in self.observed):
            raise ValueError(
                "observe: this trial has observed another system, accepted is one; observe others "
                "by `simulations.observe`, each with an `out` of its own in the trial's folder"
            )
        self.observed.append(system)
        if self.folder is None:
            return observe(system, observables, times, progress=self.progress)
        out, kept = self.folder / "training", self.folder / "trained"
        seen = observe(system, observables, times, out=out, progress=self.progress)
        if system.time != times[-1]:  # measured before: the trajectory came back at once
            saved = run_folder.read_checkpoint(kept)
            if saved is not None:
                system.restore(saved[1])
                return seen
            (out / "run.json").unlink()
            seen = observe(system, observables, times, out=out, progress=self.progress)
        kept.mkdir(exist_ok=True)
        run_folder.write_checkpoint(kept, {}, system.snapshot())
        return seen


@dataclass(frozen=True)
class Paper:
    """A work that runs.

    Attributes:
        key: its name in `neural.papers`.
        reference: what to cite.
        claim: what it says that is checked here, in a sentence.
        question: what description length asks of it, in a sentence.
        arms: what is trained; baselines among them.
        checks: the claim holds where all of them do.
        scales: name -> settings.
        trial: trains one arm under one seed.
        answer: a paragraph with figures that answers `question`, from a result; None for none.
        where: "module:NAME" of this object, for processes that have to find it.
        seeds: how many unless asked otherwise.
        limits: what settings accept where it does not follow from the stated values, by name.
    """

    key: str
    reference: Reference
    claim: str
    question: str
    arms: tuple[Arm, ...]
    checks: tuple[Check, ...]
    scales: Mapping[str, Mapping[str, Any]]
    trial: Callable[[Trial], Outcome]
    answer: Callable[[PaperResult], str] | None = None
    where: str = ""
    seeds: int = 3
    limits: Mapping[str, Limit] = field(default_factory=dict)

    def __post_init__(self) -> None:
        names = [arm.name for arm in self.arms]
        if not names or len(set(names)) < len(names):
            raise ValueError(f"arms: got {names}, accepted are one or more of different names")
        for check in self.checks:
            one_of("checks", check.arm, names)
            if check.than is not None:
                one_of("checks", check.than, names)
        for scale in self.scales:
            one_of("scales", scale, SCALES)
        object.__setattr__(self, "scales", MappingProxyType(dict(self.scales)))

    def __repr__(self) -> str:
        told = f"{len(self.arms)} arms, {len(self.checks)} checks, {self.seeds} seeds"
        return f"<Paper {self.key!r}: {told}>"

    def arm(self, name: str) -> Arm:
        """The arm of that name.

        Raises:
            ValueError: there is none; names the nearest.
        """
        return next(
            a for a in self.arms if a.name == one_of("arm", name, [b.name for b in self.arms])
        )

    def absent(self, scale: str) -> dict[str, str]:
        """Arms that are left out here, and the data set that each lacks."""
        if scale == "smoke":
            return {}
        return {arm.name: arm.data for arm in self.arms if arm.data and not available(arm.data)}

    def settings(self, scale: str, arm: Arm) -> dict[str, Any]:
        """The settings of an arm at a scale.

        Raises:
            ValueError: the paper has no such scale.
        """
        return dict(self.scales[one_of("scale", scale, self.scales)]) | dict(arm.options)

    def run(self, **options: Any) -> PaperResult:
        """`run_paper(self, ...)`: see there."""
        from neural.engine.running import run_paper

        return run_paper(self, **options)
