"""The figure of a result within a page."""

from __future__ import annotations

import base64
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from complexodynamics.report.html import element

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from neural.engine.result import PaperResult

__all__ = ["figure"]

_PIXELS = 96
"""In an inch, of CSS."""


def figure(result: PaperResult) -> Element:
    """Its plot as an SVG image that the page carries, and in words what is drawn."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "figure.svg"
        drawn = result.plot(path)
        octets = path.read_bytes()
    width, height = (f"{inches * _PIXELS:.0f}" for inches in drawn.get_size_inches())
    panels = [axes.get_title() for axes in drawn.axes]
    image = element(
        "img",
        src=f"data:image/svg+xml;base64,{base64.b64encode(octets).decode()}",
        width=width,
        height=height,
        alt=f"Figure of {result.key}, a panel each for: {', '.join(panels)}. The numbers are in "
        "the tables of this section.",
    )
    caption = "A dot for every seed, a bar at the mean, by arm."
    return element(
        "figure",
        element("div", image, class_="wide", role="group", tabindex="0",
                aria_label=f"Figure of {result.key}"),
        element("figcaption", caption),
    )  # fmt: skip
