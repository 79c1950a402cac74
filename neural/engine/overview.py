"""A work of the reading list in one line: what its run showed, and its network's bits."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from complexity.code import Kind
from neural.engine.judgement import Verdict
from neural.engine.result import PaperResult

if TYPE_CHECKING:
    from neural.papers.rows import Row

__all__ = ["Overview", "overview"]


@dataclass(frozen=True)
class Overview:
    """One line of the table of works.

    Attributes:
        key: the work's.
        group: of the reading list.
        work: as "He et al. (2015)".
        title: as published.
        state: the verdict; "not run" or "not built" without a result.
        seeds: of the run, 0 without one.
        checks: of the claim.
        shown: of those.
        code: with the fewest bits, on average, for the first arm's networks: an estimate only where
            there is no code; null codes, of labels without a network, are none. None without any.
        kind: of that code.
        bits: its total, mean over seeds.
    """

    key: str
    group: str
    work: str
    title: str
    state: str
    seeds: int = 0
    checks: int = 0
    shown: int = 0
    code: str | None = None
    kind: str | None = None
    bits: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON values."""
        return asdict(self)


def overview(row: Row, path: Path, *, built: bool) -> Overview:
    """The line of a work.

    Args:
        row: the work.
        path: of its result; there need be none.
        built: whether it runs here.

    Raises:
        ValueError: the file is no result, or damaged; names it.
    """
    reference = row.reference
    told = row.key, row.group, reference.short, reference.title
    if not path.is_file():
        return Overview(*told, "not run" if built else "not built")
    found = PaperResult.load(path)
    shown = sum(each.verdict is Verdict.SHOWN for each in found.judgements)
    return Overview(
        *told, str(found.verdict), len(found.seeds), len(found.judgements), shown,
        *_shortest(found),
    )  # fmt: skip


def _shortest(found: PaperResult) -> tuple[str, str, float] | tuple[None, None, None]:
    """Name, kind and mean bits of the shortest description that sends the first arm's networks."""
    arm = found.arms[0]
    kinds = {
        report["name"]: report["kind"]
        for record in found.of(arm)
        for report in record.reports
        if report["parameters"] and report["model_bits"]  # none of a decoder that trains again
    }
    means = {name: float(bits.mean()) for name, bits in found.bits(arm).items() if name in kinds}
    known = [
        (kinds[name] == Kind.ESTIMATE, bits, name)
        for name, bits in means.items()
        if not math.isnan(bits)
    ]
    if not known:
        return None, None, None
    _, bits, name = min(known)
    return name, kinds[name], bits
