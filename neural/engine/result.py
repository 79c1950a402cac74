"""The result of a paper: metrics by arm and seed, judgements, bits; a table, a figure, a file."""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from complexity.files import save_json
from complexity.provenance import commit, versions
from mdl.description import plain
from neural.engine.judgement import Judgement, Verdict, judge, mean_interval, overall
from neural.engine.ledger import Cell, Record
from neural.engine.paper import Arm, Check, Paper

if TYPE_CHECKING:
    from simulations.trajectory import Trajectory

__all__ = ["PaperResult", "assembled", "spread"]


@dataclass(frozen=True, eq=False)
class PaperResult:
    """What a paper's arms gave.

    Attributes:
        key: the paper's.
        scale: at which it ran.
        claim: in words.
        question: of description length.
        arms: names, in the paper's order.
        seeds: of every arm.
        records: a finished cell per arm and seed, arm by arm.
        judgements: one for each check whose arms were run, and are as the paper says.
        verdict: on the claim.
        answer: to the question, with figures; "" for none.
        provenance: settings by arm, versions, commit; "left_out": checks that were not judged,
            and the settings that made their arms others; "absent": arms that were not run, and the
            data set that each would have read.
    """

    key: str
    scale: str
    claim: str
    question: str
    arms: tuple[str, ...]
    seeds: tuple[int, ...]
    records: tuple[Record, ...]
    judgements: tuple[Judgement, ...]
    verdict: Verdict
    answer: str = ""
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def of(self, arm: str) -> tuple[Record, ...]:
        """The records of an arm, by seed."""
        return tuple(record for record in self.records if record.arm == arm)

    def values(self, arm: str, metric: str) -> np.ndarray:
        """A metric of an arm, (seeds,) float64; NaN where a trial did not give it."""
        return np.array([record.metrics.get(metric, math.nan) for record in self.of(arm)])

    @property
    def metrics(self) -> tuple[str, ...]:
        """Names of all metrics, those of the first records first."""
        return tuple(dict.fromkeys(name for record in self.records for name in record.metrics))

    @property
    def unjudged(self) -> str:
        """A line on checks whose arms settings have made others, and on arms that lack data."""
        told, absent = (self.provenance.get(name, {}) for name in ("left_out", "absent"))
        lines = []
        if told:
            names = ", ".join(dict.fromkeys(name for each in told.values() for name in each))
            lines.append(f"not judged, since settings are not the work's ({names}): "
                         f"{'; '.join(told)}")  # fmt: skip
        if absent:
            names = ", ".join(dict.fromkeys(absent.values()))
            lines.append(f"not run, since data are not at hand ({names}): {'; '.join(absent)}")
        return "; ".join(lines)

    def bits(self, arm: str) -> dict[str, np.ndarray]:
        """Total bits by code, (seeds,) float64, of an arm's trained networks."""
        found: dict[str, list[float]] = {}
        for record in self.of(arm):
            for report in record.reports:
                total = report["total_bits"]
                found.setdefault(report["name"], []).append(math.nan if total is None else total)
        return {name: np.array(totals) for name, totals in found.items()}

    def trajectory(self, arm: str) -> Trajectory | None:
        """What was measured along the training, seeds as replicas; None for nothing."""
        from dataclasses import replace

        parts = [record.trajectory for record in self.of(arm) if record.trajectory is not None]
        if not parts:
            return None
        return replace(parts[0], values=np.concatenate([part.values for part in parts], axis=1))

    def __repr__(self) -> str:
        seeds = f"{len(self.seeds)} seed{'s' * (len(self.seeds) != 1)}"
        lines = [f"{self.key} at scale {self.scale}, {seeds}: {self.verdict}", self.claim]
        for each in self.judgements:
            interval = f"{each.mean:.4g} [{each.low:.4g}, {each.high:.4g}]"
            lines.append(f"  {each.verdict}: {each.what}: {interval}")
        if self.unjudged:
            lines.append(f"  {self.unjudged}")
        for arm in self.arms:
            figures = "  ".join(f"{name} {spread(self.values(arm, name))}" for name in self.metrics)
            lines.append(f"  {arm}: {figures}")
        if self.answer:
            lines += [self.question, self.answer]
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """All but the trajectories, as JSON values."""
        return {
            "paper": self.key,
            "scale": self.scale,
            "verdict": str(self.verdict),
            "claim": self.claim,
            "question": self.question,
            "answer": self.answer,
            "arms": list(self.arms),
            "seeds": list(self.seeds),
            "judgements": [each.to_dict() for each in self.judgements],
            "records": [
                {
                    "arm": record.arm,
                    "seed": record.seed,
                    "metrics": plain(record.metrics),
                    "reports": plain(record.reports),
                    "seconds": record.seconds,
                }
                for record in self.records
            ],
            "provenance": plain(self.provenance),
        }

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write it as .json with a checksum, whole or not at all.

        Raises:
            ValueError: the path does not end in .json.
            OSError: the folder is missing or cannot be written.
        """
        document = self.to_dict()
        return save_json(path, document | {"checksum": _digest(document)})

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> PaperResult:
        """Read what `save` wrote.

        Raises:
            ValueError: the file is no result, or damaged; names it.
        """
        try:
            document = json.loads(Path(path).read_bytes())
            if document.pop("checksum", None) not in (None, _digest(document)):  # older have none
                raise ValueError("damaged: its checksum does not match")
            records = tuple(
                Record(
                    each["arm"], each["seed"],
                    {k: math.nan if v is None else v for k, v in each["metrics"].items()},
                    tuple(each["reports"]), each["seconds"],
                )
                for each in document["records"]
            )  # fmt: skip
            judgements = tuple(_judgement(each) for each in document["judgements"])
            return cls(
                document["paper"], document["scale"], document["claim"], document["question"],
                tuple(document["arms"]), tuple(document["seeds"]), records, judgements,
                Verdict(document["verdict"]), document["answer"], document["provenance"],
            )  # fmt: skip
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise ValueError(
                f"{path}: not the result of a paper ({error}); delete it, and `cxd paper` writes "
                "it again from its ledger"
            ) from None

    def plot(self, path: str | os.PathLike[str] | None = None) -> Any:
        """Metrics by arm, the judged ones first, a dot a seed; below, what was measured.

        Args:
            path: where to save the figure (.png, .svg, .pdf); its suffix is the format.

        Returns:
            The matplotlib Figure.
        """
        from neural.engine.figure import drawn

        return drawn(self, path)


def _digest(document: Mapping[str, Any]) -> str:
    read = json.loads(json.dumps(document))  # as a reader will see it
    text = json.dumps(read, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _judgement(document: Mapping[str, Any]) -> Judgement:
    low, high = document["low"], document["high"]
    known = [
        math.nan if each is None else each for each in (document["mean"], *document["numbers"])
    ]
    return Judgement(
        document["what"], tuple(known[1:]), known[0],
        -math.inf if low is None else low, math.inf if high is None else high,
        Verdict(document["verdict"]), document.get("metric", ""),
    )  # fmt: skip


def spread(values: np.ndarray) -> str:
    """Mean and 95 % interval of one number per seed, for a table; "-" where none is known.

    Where some are, it says of how many seeds they are the mean.
    """
    known = values[~np.isnan(values)]
    if not known.size:
        return "-"
    mean, low, high = mean_interval(known.tolist())
    told = f"{mean:.4g}" if known.size == 1 else f"{mean:.4g} [{low:.4g}, {high:.4g}]"
    return told if known.size == values.size else f"{told}, {known.size} of {values.size}"


def assembled(
    paper: Paper,
    scale: str,
    arms: Sequence[Arm],
    seeds: Sequence[int],
    records: Sequence[Record],
    cells: Sequence[Cell],
) -> PaperResult:
    """Judge the records of a run."""
    from dataclasses import replace

    names = [arm.name for arm in arms]
    by_seed = [
        {record.arm: record.metrics for record in records if record.seed == seed} for seed in seeds
    ]
    ran = [c for c in paper.checks if c.arm in names and (c.than is None or c.than in names)]
    changed = {check.what: _changed(paper, scale, check, cells) for check in ran}
    left_out = {what: settings for what, settings in changed.items() if settings}
    checks = [check for check in ran if check.what not in left_out]
    judgements = tuple(judge(check, by_seed) for check in checks)
    absent = {arm: data for arm, data in paper.absent(scale).items() if arm not in names}
    able = [check for check in paper.checks if not {check.arm, check.than} & absent.keys()]
    complete = len(checks) == len(paper.checks)
    verdict = overall(judgements) if complete else Verdict.INCONCLUSIVE
    made = {
        "settings": {cell.arm: cell.identity["settings"] for cell in cells},
        "versions": versions("numpy", "torch"),
        "commit": commit(),
    }
    if left_out:
        made["left_out"] = left_out
    if absent:
        made["absent"] = absent
    result = PaperResult(
        paper.key, scale, paper.claim, paper.question, tuple(names), tuple(seeds),
        tuple(records), judgements, verdict, provenance=made,
    )  # fmt: skip
    if paper.answer is not None and len(checks) == len(able):
        result = replace(result, answer=paper.answer(result))
    return result


def _changed(paper: Paper, scale: str, check: Check, cells: Sequence[Cell]) -> list[str]:
    """In which settings that tell arms apart those of a check are not what the paper says.

    An arm without options of its own is told from others by theirs. Mappings tell too, if they hold
    such settings, or if the two arms look up different entries of them.
    """
    telling = dict.fromkeys(name for arm in paper.arms for name in arm.options)
    arms = {
        name: paper.settings(scale, paper.arm(name)) for name in (check.arm, check.than) if name
    }
    looked_up = {
        str(each[name]) for name in telling for each in arms.values()
        if len({repr(one.get(name)) for one in arms.values()}) > 1 and name in each
    }  # fmt: skip

    def tells(name: str, *values: Any) -> bool:
        inside = [pair for each in values if isinstance(each, Mapping) for pair in each.items()]
        return name in telling or any(key in looked_up or tells(key, each) for key, each in inside)

    return list(
        dict.fromkeys(
            name
            for cell in cells if cell.arm in arms
            for stated in [json.loads(json.dumps(arms[cell.arm]))]
            for name, value in cell.identity["settings"].items()
            if value != stated.get(name) and tells(name, value, stated.get(name))
        )
    )  # fmt: skip
