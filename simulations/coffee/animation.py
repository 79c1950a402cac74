"""The animated cup: frames with the curves growing below them, as a GIF."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from PIL import Image, ImageColor, ImageDraw

from complexity.figures import save_gif
from simulations.coffee.figure import COFFEE, CREAM, brightest_cell, short_time
from simulations.trajectory import Trajectory

__all__ = ["animate"]

_SHADES = 16
_INK, _PAPER, _ENTROPY, _COMPLEXITY = "#222222", "#ffffff", "#6b7280", "#b45309"
_STRIP = 90
_MILLISECONDS = 80


def animate(trajectory: Trajectory, path: str | os.PathLike[str]) -> Path:
    """Write the kept frames as a looping GIF, with entropy and complexity drawn below the cup.

    Args:
        trajectory: a coffee run with at least one kept frame.
        path: where to save it, .gif.

    Raises:
        ValueError: no frames, or another ending.
    """
    if len(trajectory.frames) == 0:
        raise ValueError("trajectory: it has no frames; simulate with keep of at least 1")
    palette = _palette()
    brightest = brightest_cell(trajectory.frames)
    images = [_image(trajectory, i, palette, brightest) for i in range(len(trajectory.frames))]
    return save_gif(images, path, milliseconds=_MILLISECONDS)


def _palette() -> list[int]:
    low, high = (np.array(ImageColor.getrgb(name)) for name in (COFFEE, CREAM))
    ramp = [low + (high - low) * i / (_SHADES - 1) for i in range(_SHADES)]
    extra = [ImageColor.getrgb(name) for name in (_INK, _PAPER, _ENTROPY, _COMPLEXITY)]
    return [round(channel) for colour in [*ramp, *extra] for channel in colour]


def _image(trajectory: Trajectory, index: int, palette: list[int], brightest: int) -> Image.Image:
    frame = trajectory.frames[index]
    shown = np.minimum(frame.astype(np.int64), brightest)
    shades = (shown * (_SHADES - 1) // brightest).astype(np.uint8)
    zoom = max(1, 300 // len(frame))
    cup = np.kron(shades, np.ones((zoom, zoom), np.uint8))
    side = len(cup)
    canvas = Image.new("P", (side, side + _STRIP), _SHADES + 1)
    canvas.putpalette(palette)
    canvas.paste(Image.fromarray(cup), (0, 0))
    _curves(ImageDraw.Draw(canvas), trajectory, int(trajectory.frame_times[index]), side)
    return canvas


def _curves(pen: ImageDraw.ImageDraw, trajectory: Trajectory, now: int, side: int) -> None:
    ink, entropy, complexity = _SHADES, _SHADES + 2, _SHADES + 3
    pen.text((4, side + 2), f"{short_time(now)} {trajectory.clock}", fill=ink)
    pen.text((side // 2 - 30, side + 2), "entropy", fill=entropy)
    pen.text((side // 2 + 30, side + 2), "complexity", fill=complexity)
    shown = trajectory.times <= now
    across = trajectory.times / max(1, trajectory.times[-1]) * (side - 9) + 4
    for name, colour in (("entropy_bits", entropy), ("complexity_bits", complexity)):
        curve = trajectory.mean(name)
        down = side + _STRIP - 5 - curve / max(curve.max(), 1) * (_STRIP - 24)
        points = list(zip(across[shown].tolist(), down[shown].tolist(), strict=True))
        pen.line(points, fill=colour, width=2)
