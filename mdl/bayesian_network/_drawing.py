"""A Bayesian network drawn in layers, parents above children.

An edge past a layer takes a place of its own there, between the columns, so that it does not run
through them; in every layer places are ordered by the mean of their neighbours' (Sugiyama, Tagawa
and Toda 1981).
"""

from __future__ import annotations

from collections.abc import Hashable
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from complexity.figures import new_figure

if TYPE_CHECKING:
    from mdl.bayesian_network.networks import BayesianNetwork

__all__ = ["drawn"]

_SWEEPS = 8
_BEND = 0.55  # width of a bend's place against a column's
_HALF_HEIGHT = 0.22  # of a column's box, in layers


def drawn(result: BayesianNetwork) -> Any:
    """The matplotlib Figure."""
    from matplotlib.patches import FancyArrowPatch
    from matplotlib.path import Path

    graph = result.network
    layers, routes = _layers(graph)
    place = _places(layers, routes)
    width = max(x for x, _ in place.values()) + 1
    size = (max(4.0, 1.2 * width + 1), max(2.5, 1.1 * len(layers) + 0.6))
    figure = new_figure(figsize=size)
    axes = figure.add_subplot()
    for route in routes:
        points = [place[stop] for stop in route]
        points[0] = (points[0][0], points[0][1] - _HALF_HEIGHT)
        points[-1] = (points[-1][0], points[-1][1] + _HALF_HEIGHT)
        vertices, codes = [points[0]], [Path.MOVETO]
        for (x0, y0), (x1, y1) in pairwise(points):
            middle = (y0 + y1) / 2
            vertices += [(x0, middle), (x1, middle), (x1, y1)]
            codes += [Path.CURVE4] * 3
        arrow = FancyArrowPatch(
            path=Path(vertices, codes), arrowstyle="-|>", color="0.35", mutation_scale=12
        )
        axes.add_patch(arrow)
    for node in graph:
        text = f"{node}\n{graph.nodes[node]['bits']:.1f}"
        box = {"boxstyle": "round,pad=0.35", "fc": "white", "ec": "C0"}
        axes.text(
            *place[node], text, ha="center", va="center", fontsize="small", bbox=box,
            parse_math=False,
        )  # fmt: skip
    axes.set_xlim(-1, width)
    axes.set_ylim(-len(layers) + 0.4, 0.6)
    axes.set_axis_off()
    axes.set_title(
        f"{result.total_bits:.1f} bits of {result.n} rows by {result.score}", fontsize="medium"
    )
    return figure


def _layers(graph: Any) -> tuple[list[list[Hashable]], list[list[Hashable]]]:
    """Columns and bends by layer, and every edge as the places it goes through."""
    import networkx

    layers = [list(layer) for layer in networkx.topological_generations(graph)]
    depth = {node: at for at, layer in enumerate(layers) for node in layer}
    routes = []
    for parent, child in graph.edges():
        between = range(depth[parent] + 1, depth[child])
        bends: list[Hashable] = [_Bend(parent, child, at) for at in between]
        for at, bend in zip(between, bends, strict=True):
            layers[at].append(bend)
        routes.append([parent, *bends, child])
    return layers, routes


class _Bend:
    """Where an edge passes a layer."""

    def __init__(self, parent: Hashable, child: Hashable, layer: int) -> None:
        self.key = (parent, child, layer)


def _places(
    layers: list[list[Hashable]], routes: list[list[Hashable]]
) -> dict[Hashable, tuple[float, float]]:
    above: dict[Hashable, list[Hashable]] = {}
    below: dict[Hashable, list[Hashable]] = {}
    for route in routes:
        for upper, lower in pairwise(route):
            above.setdefault(lower, []).append(upper)
            below.setdefault(upper, []).append(lower)
    at: dict[Hashable, float] = {}
    for layer in layers:
        _spread(layer, at)
    for sweep in range(_SWEEPS):
        neighbours = below if sweep % 2 else above
        for layer in layers[::-1] if sweep % 2 else layers:
            means = {
                stop: sum(at[other] for other in neighbours[stop]) / len(neighbours[stop])
                if stop in neighbours
                else at[stop]
                for stop in layer
            }
            layer.sort(key=means.__getitem__)
            _spread(layer, at)
    least = min(at.values())
    return {stop: (at[stop] - least, -depth) for depth, row in enumerate(layers) for stop in row}


def _spread(layer: list[Hashable], at: dict[Hashable, float]) -> None:
    """Side by side, about 0."""
    widths = [_BEND if isinstance(stop, _Bend) else 1.0 for stop in layer]
    edge = -sum(widths) / 2
    for stop, width in zip(layer, widths, strict=True):
        at[stop] = edge + width / 2
        edge += width
