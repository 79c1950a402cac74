"""Pictures of automata: space-time diagrams, states and films, every cell a crisp square."""

from __future__ import annotations

import io
import math
import os
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageColor

from complexity.errors import integer
from complexity.figures import save_gif
from complexity.files import write_atomically

__all__ = ["film", "hexagons", "picture", "ramp"]

_PAPER, _INK = "#ffffff", "#1c2331"
_EMBER, _ASH = "#c2410c", "#fbe3c8"
_SIDE = 512
_LARGEST = 2048
"""Pixels of a side at most; a cell is then less than one, and colours are averaged."""

_MILLISECONDS = 60


def picture(
    cells: npt.ArrayLike,
    path: str | os.PathLike[str] | None = None,
    *,
    states: int | None = None,
    colours: Sequence[str] | None = None,
    zoom: int | None = None,
) -> Image.Image:
    """Draw a grid of cells, or the history of a row of them with time downwards.

    Args:
        cells: (H, W) integers, at least one.
        path: where to save it, .png.
        states: how many states a cell has; by default two, or as many as the cells show.
        colours: of the states, as "#1c2331" or "white"; by default white for 0, ink for 1, and from
            ember to ash for those after it. States past the last colour have the last colour.
        zoom: pixels to a cell's side; by default so many that the picture has about 512 a side.

    Returns:
        The Pillow image.

    Raises:
        TypeError, ValueError: cells that are no grid of integers, another ending, a strange colour.
    """
    grid = _checked(cells, 2)
    image = _image(grid, _palette(grid, states, colours), _scale(grid, zoom))
    if path is not None:
        _save(image, path)
    return image


def film(
    frames: npt.ArrayLike,
    path: str | os.PathLike[str],
    *,
    states: int | None = None,
    colours: Sequence[str] | None = None,
    zoom: int | None = None,
    milliseconds: int = _MILLISECONDS,
) -> Path:
    """Write states in turn as a GIF that loops.

    Args:
        frames: (T, H, W) integers, at least one.
        path: where to save it, .gif.
        states, colours, zoom: as for `picture`.
        milliseconds: that a frame is shown.

    Raises:
        TypeError, ValueError: as for `picture`.
    """
    grids = _checked(frames, 3)
    palette, scale = _palette(grids, states, colours), _scale(grids[0], zoom)
    images = [_image(grid, palette, scale) for grid in grids]
    return save_gif(images, path, milliseconds=integer("milliseconds", milliseconds, 10))


def hexagons(cells: npt.ArrayLike, side: int = 8) -> npt.NDArray[np.uint8]:
    """A grid of hexagons as it looks, to be drawn by `picture` with zoom 1.

    Args:
        cells: (H, W), stored skewed as `LocalRule` has them: the cell in row y and column x lies at
            x - y/2 from the left.
        side: the width of a hexagon, in pixels.

    Returns:
        The cell that each pixel is in, 0 beyond the grid.

    Example:
        >>> hexagons([[1, 0], [0, 1]], 8).shape
        (17, 20)
    """
    grid = _checked(cells, 2)
    height, width = grid.shape
    row_high = side * math.sqrt(3) / 2
    rows = math.ceil((height - 1) * row_high + side / math.sqrt(3) * 2 - 1e-9)
    columns = math.ceil(side * (width + (height - 1) / 2))
    y = ((np.arange(rows) + 0.5 - side / math.sqrt(3)) / row_high)[:, np.newaxis]
    x = (np.arange(columns) + 0.5) / side - height / 2 + y / 2
    down, right = _nearest(y, x)
    inside = (down >= 0) & (down < height) & (right >= 0) & (right < width)
    return np.where(inside, grid[np.clip(down, 0, height - 1), np.clip(right, 0, width - 1)], 0)


def _nearest(y: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The hexagon (row, column) that a point lies in: of three coordinates that are 0 together, the
    one that rounding changed most is made from the other two."""
    three = np.stack(np.broadcast_arrays(y, -x, x - y))
    near = np.rint(three)
    off = np.abs(near - three)
    row_worst = (off[0] > off[1]) & (off[0] > off[2])
    column_worst = ~row_worst & (off[1] > off[2])
    down = np.where(row_worst, -near[1] - near[2], near[0])
    right = np.where(column_worst, near[0] + near[2], -near[1])
    return down.astype(np.int64), right.astype(np.int64)


def ramp(low: str, high: str, count: int) -> tuple[str, ...]:
    """So many colours, evenly from one to another.

    Example:
        >>> ramp("white", "black", 3)
        ('#ffffff', '#808080', '#000000')
    """
    first, last = (np.array(ImageColor.getrgb(name)[:3], float) for name in (low, high))
    mixed = [first + (last - first) * i / max(count - 1, 1) for i in range(count)]
    return tuple("#" + "".join(f"{round(float(c) + 1e-9):02x}" for c in each) for each in mixed)


@cache
def _default_colours(states: int) -> tuple[str, ...]:
    return (_PAPER, _INK, *ramp(_EMBER, _ASH, max(states - 2, 0)))


def _checked(cells: npt.ArrayLike, axes: int) -> npt.NDArray[np.uint8]:
    array = np.asarray(cells)
    if array.dtype.kind not in "biu":
        raise TypeError(
            f"cells: got an array of dtype {array.dtype}, accepted are integers or booleans"
        )
    if array.ndim != axes or array.size == 0:
        raise ValueError(
            f"cells: got an array of shape {array.shape}, accepted are {axes} axes and at least "
            "one cell"
        )
    if array.min() < 0 or array.max() > 255:
        raise ValueError(f"cells: got {array.min()} to {array.max()}, accepted are 0 to 255")
    return array.astype(np.uint8)


def _palette(
    cells: npt.NDArray[np.uint8], states: int | None, colours: Sequence[str] | None
) -> list[int]:
    most = max(2, int(cells.max()) + 1)
    count = most if states is None else max(most, integer("states", states, 1, 256))
    names = list(_default_colours(count) if colours is None else colours)
    try:
        channels = [ImageColor.getrgb(name)[:3] for name in names]
    except ValueError as error:
        raise ValueError(f"colours: {error}") from None
    if not channels:
        raise ValueError("colours: got none, accepted is at least one")
    channels += [channels[-1]] * (count - len(channels))
    return [channel for each in channels for channel in each]


def _scale(grid: npt.NDArray[np.uint8], zoom: int | None) -> int:
    """Pixels to a cell if positive, else cells to a pixel."""
    longest = max(grid.shape)
    if zoom is not None:
        return integer("zoom", zoom, 1, max(1, 16 * _LARGEST // longest))
    return max(1, _SIDE // longest) if longest <= _LARGEST else (-longest) // _LARGEST


def _image(grid: npt.NDArray[np.uint8], palette: list[int], scale: int) -> Image.Image:
    height, width = grid.shape
    image = Image.frombytes("P", (width, height), grid.tobytes())
    image.putpalette(palette)
    if scale < 0:
        return image.convert("RGB").reduce(-scale)
    return image.resize((width * scale, height * scale), Image.Resampling.NEAREST)


def _save(image: Image.Image, path: str | os.PathLike[str]) -> None:
    if Path(path).suffix.lower() != ".png":
        raise ValueError(f"path: got {os.fspath(path)!r}, the accepted ending is .png")
    stream = io.BytesIO()
    image.save(stream, format="PNG", optimize=True)
    write_atomically(path, stream.getvalue())
