"""By which codes the networks of a work were described, and how many bits each takes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from complexodynamics.report.cells import interval, number
from complexodynamics.report.html import Child, apart, table

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from neural.engine.result import PaperResult

__all__ = ["described"]

_COLUMNS = (
    "arm", "kind", "total bits (95 %)", "model + data + header", "labels alone", "parameters",
)  # fmt: skip
_PARTS = ("model_bits", "data_bits", "header_bits")


def described(result: PaperResult) -> Element | None:
    """A table of total bits by code and arm, with the parts they are the sum of; None for none."""
    codes = dict.fromkeys(name for arm in result.arms for name in result.bits(arm))
    if not codes:
        return None
    groups = {
        code: [_line(result, arm, code) for arm in result.arms if code in result.bits(arm)]
        for code in codes
    }
    every = [line for lines in groups.values() for line in lines]
    told = [at for at in range(len(_COLUMNS)) if any(line[at] for line in every)]
    return table(
        [_COLUMNS[at] for at in told],
        {code: [[line[at] for at in told] for line in lines] for code, lines in groups.items()},
        label=f"Bits by code, {result.key}",
        words=(0, 1),
    )


def _line(result: PaperResult, arm: str, code: str) -> list[Child]:
    reports = [
        report for record in result.of(arm) for report in record.reports if report["name"] == code
    ]
    kinds = dict.fromkeys(str(report["kind"]) for report in reports)
    parts = [_mean(report[part] for report in reports) for part in _PARTS]
    return [
        arm,
        ", ".join(kinds),
        apart(interval(result.bits(arm)[code])),
        " + ".join(parts) if all(parts) else "",
        _mean(map(_alone, reports)),
        _mean(report["parameters"] or None for report in reports),
    ]


def _alone(report: Mapping[str, Any]) -> float | None:
    """The shorter of the null codes of the labels, which know nothing of the inputs."""
    known = [report[name] for name in ("uniform_bits", "nml_bits") if report[name] is not None]
    return min(known, default=None)


def _mean(values: Iterable[float | None]) -> str:
    """A mean over seeds; "" where one is not known."""
    every = [math.nan if value is None else value for value in values]
    mean = float(np.mean(every))
    return "" if math.isnan(mean) else number(mean)
