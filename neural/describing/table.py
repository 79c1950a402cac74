"""The tables that people read: rows of codes, and tensors with their bits."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from mdl.report import Report

if TYPE_CHECKING:
    from neural.describing.layers import Layers
    from neural.describing.verifying import Verification

__all__ = ["cells", "lines_of", "rows_table", "tensors_table"]

HEADER = ("code", "kind", "model", "data", "total", "/weight", "s", "verified", "vs labels")
WITHOUT = ("code", "kind", "bits", "header", "total", "/weight", "s", "verified")
_SHOWN = 24  # tensors in a table


def rows_table(
    reports: Sequence[Report], checks: Sequence[Verification | None], *, labelled: bool
) -> list[str]:
    """One line for every row, the header first."""
    rows = [
        cells(report, check, labelled=labelled)
        for report, check in zip(reports, checks, strict=True)
    ]
    return lines_of([HEADER if labelled else WITHOUT, *rows], left=2)


def cells(report: Report, check: Verification | None, *, labelled: bool) -> tuple[str, ...]:
    """The cells of a row; a null code of the labels has no check."""
    weight = f"{report.bits_per_parameter:.2f}" if report.parameters else ""
    seconds = "" if report.seconds != report.seconds else f"{report.seconds:.1f}"
    where = {"fresh": "yes", "here": "here", "no": "NO"}.get(check.where, "-") if check else ""
    model = f"{report.model_bits:,.0f}"
    if not labelled:
        header = f"{report.header_bits:,.0f}"
        total = f"{report.total_bits:,.0f}"
        return report.name, str(report.kind), model, header, total, weight, seconds, where
    data, total = f"{report.data_bits:,.0f}", f"{report.total_bits:,.0f}"
    versus = ""
    if check is not None:
        null = min(report.uniform_bits, report.nml_bits)  # 0 where there is one class
        ratio = report.total_bits / null if null else math.inf
        versus = f"{ratio:.2f}x" if ratio < 1 else f"LONGER, {ratio:.1f}x" if null else "LONGER"
    return report.name, str(report.kind), model, data, total, weight, seconds, where, versus


def lines_of(rows: Sequence[Sequence[str]], *, left: int) -> list[str]:
    """Aligned columns, the first `left` of them to the left."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.ljust(width) if at < left else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def tensors_table(layers: Layers) -> str:
    """Kinds with their bits, then the tensors, the largest where they are many."""
    codes = layers.codes
    header: tuple[str, ...] = (
        "kind",
        "numbers",
        *(f"{c}, bits" for c in codes),
        *(f"{c}/number" for c in codes),
    )
    kinds: list[tuple[str, ...]] = [header]
    for kind in dict.fromkeys(each.kind for each in layers.tensors):
        numbers = layers.by_kind(codes[0])[kind][0] if codes else 0
        bits = [layers.by_kind(code)[kind][1] for code in codes]
        kinds.append(_line(kind, numbers, bits))
    lines = lines_of(kinds, left=1)
    if layers.guessed:
        lines.append("kinds are guessed from names and shapes")
    first = codes[-1] if codes else ""
    largest = sorted(layers.tensors, key=lambda each: -each.bits.get(first, each.numbers))[:_SHOWN]
    shown = {each.name for each in largest}
    tensors: list[tuple[str, ...]] = [("tensor", *header[1:])]
    for each in layers.tensors:
        if each.name in shown:
            bits = [each.bits[code] for code in codes]
            tensors.append(_line(_short(each.name), each.numbers, bits))
    lines += ["", *lines_of(tensors, left=1)]
    if len(layers.tensors) > _SHOWN:
        lines.append(f"the {_SHOWN} largest of {len(layers.tensors)} tensors")
    return "\n".join(lines)


def _line(name: str, numbers: int, bits: Sequence[float]) -> tuple[str, ...]:
    each = (f"{b / numbers:.2f}" if numbers else "" for b in bits)
    return (name, f"{numbers:,}", *(f"{b:,.0f}" for b in bits), *each)


def _short(name: str) -> str:
    return name if len(name) <= 36 else f"..{name[-34:]}"
