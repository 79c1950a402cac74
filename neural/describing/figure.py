"""The figure of a description: bits by code, and where the bits of the quantised network sit."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from complexity.figures import new_figure, save_figure
from neural.describing.layers import KINDS

if TYPE_CHECKING:
    from mdl.report import Report
    from neural.description import NetworkDescription

__all__ = ["drawn"]

_LAYERS = 16
"""Bars of layers at most; the smallest beyond are drawn as one."""


def drawn(description: NetworkDescription, path: str | os.PathLike[str] | None) -> Any:
    """Draw it, and save it where a path is given."""
    codes = [report for report in description.reports if report.total_bits > 0]
    bars = _layer_bars(description)
    height = 1.4 + 0.27 * max(len(codes), len(bars), 4)
    figure = new_figure(figsize=(10, height))
    left, right = figure.subplots(1, 2, width_ratios=(1, 1.05))
    draw_codes(left, codes)
    title = f"{description.name}, {description.parameters:,} weights"
    left.set_title(title, fontsize="medium", loc="left", parse_math=False)
    draw_layers(right, description)
    return save_figure(figure, path)


def draw_codes(axes: Any, reports: list[Report]) -> None:
    """Bits of model, labels and header by code, the first above."""
    names = [report.name for report in reports]
    start = [0.0] * len(reports)
    parts = (("weights", "model_bits", "C0"), ("labels", "data_bits", "C1"),
             ("header", "header_bits", "0.6"))  # fmt: skip
    for label, part, color in parts:
        bits = [max(getattr(report, part), 0.0) for report in reports]
        if any(bits):
            axes.barh(names, bits, left=start, label=label, color=color)
        start = [a + b for a, b in zip(start, bits, strict=True)]
    for row, report in enumerate(reports):
        axes.annotate(
            f"{report.total_bits:,.0f}", (start[row], row), xytext=(3, 0),
            textcoords="offset points", va="center", fontsize="x-small",
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5},
        )  # fmt: skip
    null = min((r.uniform_bits for r in reports if r.labels), default=0.0)
    null = min([null, *(r.nml_bits for r in reports if r.labels)]) if null else 0.0
    if null:
        axes.axvline(null, color="0.3", linestyle=":", linewidth=1, label="the labels alone")
    axes.set_xlim(0, 1.22 * max(start, default=1.0))
    axes.locator_params(axis="x", nbins=5)
    axes.invert_yaxis()
    axes.set_xlabel("bits")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize="small", loc="lower right")


def draw_layers(axes: Any, description: NetworkDescription) -> None:
    """Bits by layer of the shortest codec of weights that says so, coloured by kind."""
    bars, code = _layer_bars(description), _code(description)
    names = list(bars)
    start = [0.0] * len(names)
    for at, kind in enumerate(KINDS):
        bits = [bars[name].get(kind, 0.0) for name in names]
        if any(bits):
            axes.barh(range(len(names)), bits, left=start, label=kind, color=f"C{(at + 2) % 10}")
        start = [a + b for a, b in zip(start, bits, strict=True)]
    shown = [name if len(name) <= 32 else f"..{name[-30:]}" for name in names]
    axes.set_yticks(range(len(names)), shown, parse_math=False)
    axes.invert_yaxis()
    axes.set_xlabel("bits")
    axes.set_title(f"{code}: bits by layer", fontsize="medium", loc="left")
    axes.spines[["top", "right"]].set_visible(False)
    axes.locator_params(axis="x", nbins=5)
    if names:
        axes.legend(frameon=False, fontsize="small", loc="center left", bbox_to_anchor=(1, 0.5))


def _code(description: NetworkDescription) -> str:
    codes = description.layers.codes
    return codes[-1] if codes else ""


def _layer_bars(description: NetworkDescription) -> dict[str, dict[str, float]]:
    """Layer -> kind -> bits, in order; the smallest of too many as one."""
    code = _code(description)
    if not code:
        return {}
    sums = {name: bits for name, (_, bits) in description.layers.by_layer(code).items()}
    kept = set(sorted(sums, key=lambda name: -sums[name])[:_LAYERS])
    bars: dict[str, dict[str, float]] = {}
    for each in description.layers.tensors:
        name = (each.layer or "(itself)") if each.layer in kept else f"{len(sums) - _LAYERS} others"
        parts = bars.setdefault(name, {})
        parts[each.kind] = parts.get(each.kind, 0.0) + each.bits[code]
    return bars
