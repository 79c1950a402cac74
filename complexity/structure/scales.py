"""Scale by size maps: at which coarseness, and within which distance, a picture has structure.

At every scale the picture is coarse-grained into blocks; at every size the coarse picture is cut
into square windows of so many blocks, and the mean bits of a window are compared with the same
after the blocks of the whole picture were shuffled. What the shuffles do not have is structure: the
arrangement of the blocks, not how often each value occurs. In noise the picture is one more
shuffle, so that its place among them is uniform: with 39 shuffles it lies outside their range in at
most 5 % of the cells of a map.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from complexity.code import Code
from complexity.errors import as_array, integer
from complexity.figures import new_figure, save_figure
from complexity.files import save_json
from complexity.progress import progress as progress_bar
from complexity.provenance import commit, versions
from complexity.structure.coarse import _length_code, coarse_grain
from complexity.structure.pictures import code_bits, neighbour_bits

__all__ = ["ScaleMap", "scale_map"]


@dataclass(frozen=True)
class ScaleMap:
    """Bits per block of windows, by scale (rows) and window size (columns).

    Cells are NaN where the coarse picture has no whole window of that size.

    Attributes:
        scales: sides of the blocks, in cells.
        sizes: sides of the windows, in blocks.
        bits: (scales, sizes) mean bits per block of the picture's windows.
        null_bits: (scales, sizes) the same, mean over the shuffles.
        null_low: (scales, sizes) least over the shuffles.
        null_high: (scales, sizes) greatest over the shuffles.
        provenance: levels, codes, shuffles, seed, versions, commit.
    """

    scales: tuple[int, ...]
    sizes: tuple[int, ...]
    bits: NDArray[np.float64]
    null_bits: NDArray[np.float64]
    null_low: NDArray[np.float64]
    null_high: NDArray[np.float64]
    provenance: Mapping[str, Any] = field(default_factory=dict)

    @property
    def structure(self) -> NDArray[np.float64]:
        """(scales, sizes) bits per block that the picture takes less than its shuffles."""
        return self.null_bits - self.bits

    @property
    def significant(self) -> NDArray[np.bool_]:
        """(scales, sizes) whether the picture takes less than every shuffle."""
        return self.bits < self.null_low

    def __repr__(self) -> str:
        lines = ["bits per block saved against shuffles (* less than all of them)"]
        lines.append("scale\\size" + "".join(f"{size:>9}" for size in self.sizes))
        for row, scale in enumerate(self.scales):
            cells = [
                "        -"
                if math.isnan(saved)
                else f"{round(saved, 3) + 0.0:8.3f}{'*' if sure else ' '}"
                for saved, sure in zip(self.structure[row], self.significant[row], strict=True)
            ]
            lines.append(f"{scale:>10}" + "".join(cells))
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON values; a missing number is None."""
        arrays = {
            name: [[None if math.isnan(v) else v for v in row] for row in getattr(self, name)]
            for name in ("bits", "null_bits", "null_low", "null_high", "structure")
        }
        return {
            "scales": list(self.scales),
            "sizes": list(self.sizes),
            **{name: [list(map(_plain, row)) for row in rows] for name, rows in arrays.items()},
            "significant": self.significant.tolist(),
            "provenance": dict(self.provenance),
        }

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write it as .json, whole or not at all.

        Raises:
            ValueError: the path ends otherwise.
            OSError: the folder is missing or cannot be written.
        """
        return save_json(path, self.to_dict())

    def plot(self, path: str | os.PathLike[str] | None = None) -> Any:
        """A heat map of the bits saved per block; a dot where no shuffle takes so few.

        Args:
            path: where to save the figure (.png, .svg, .pdf); its suffix is the format.

        Returns:
            The matplotlib Figure.
        """
        width, height = 2.2 + 0.8 * len(self.sizes), 1.6 + 0.6 * len(self.scales)
        figure = new_figure(figsize=(width, height))
        self.draw(figure.add_subplot())
        return save_figure(figure, path)

    def draw(self, axes: Any, *, largest: float | None = None) -> None:
        """Draw the heat map into matplotlib axes; colours reach to `largest` bits per block."""
        shown = np.ma.masked_invalid(self.structure)
        top = max(float(shown.max()), 0.05) if largest is None else largest
        image = axes.imshow(shown, cmap="viridis", vmin=0, vmax=top, origin="lower", aspect="auto")
        rows, columns = np.nonzero(self.significant)
        axes.plot(columns, rows, "o", color="white", markeredgecolor="black", markersize=5)
        axes.set_xticks(range(len(self.sizes)), list(map(str, self.sizes)))
        axes.set_yticks(range(len(self.scales)), list(map(str, self.scales)))
        axes.set_xlabel("window (blocks)")
        axes.set_ylabel("block (cells)")
        axes.figure.colorbar(image, ax=axes, label="bits saved per block")


def scale_map(
    image: ArrayLike,
    *,
    scales: Sequence[int] = (1, 2, 4, 8),
    sizes: Sequence[int] = (4, 8, 16, 32),
    levels: int = 4,
    codes: Iterable[str | Code] | None = None,
    shuffles: int = 39,
    seed: int = 0,
    progress: bool = True,
) -> ScaleMap:
    """Bits of windows of the coarse picture against shuffles of its blocks, by scale and size.

    Args:
        image: (rows, columns) of booleans or integers from 0; the largest counts as 1.
        scales: sides of the blocks, in cells.
        sizes: sides of the windows, in blocks.
        levels: values of a block, 2 to 256: its mean is rounded.
        codes: of windows of known shape, the best for each window (and log2 of their number for
            saying which); by default the adaptive code by neighbouring cells.
        shuffles: how many, at least 1.
        seed: of the shuffles.
        progress: whether to show progress on a terminal.

    Raises:
        TypeError, ValueError: `image` is no such array, a number is out of range, or a code is
            unknown or an estimate.
    """
    cells = as_array("image", image, "accepted are rows of integers")
    scales = _sides("scales", scales)
    sizes = _sides("sizes", sizes)
    shuffles = integer("shuffles", shuffles, 1)
    seed = integer("seed", seed, 0)
    chosen = None if codes is None else [_length_code(code) for code in _listed(codes)]
    if chosen is not None and not chosen:
        raise ValueError("codes: got none, accepted is at least one")
    maximum = max(int(cells.max(initial=0)), 1) if cells.dtype.kind in "biu" else 1
    shape = (shuffles + 1, len(scales), len(sizes))
    found = np.full(shape, np.nan)
    streams = np.random.SeedSequence(seed).spawn(len(scales))
    with progress_bar("scale map", len(scales) * (shuffles + 1), show=progress) as advance:
        for row, scale in enumerate(scales):
            picture = coarse_grain(cells, scale, levels, maximum=maximum)
            generator = np.random.default_rng(streams[row])
            for replica in range(shuffles + 1):
                shuffled = generator.permutation(picture.ravel()).reshape(picture.shape)
                shown = shuffled if replica else picture
                for column, size in enumerate(sizes):
                    found[replica, row, column] = _window_bits(shown, size, levels, chosen)
                advance()
    null = found[1:]
    return ScaleMap(
        scales,
        sizes,
        found[0],
        null.mean(axis=0),
        null.min(axis=0),
        null.max(axis=0),
        {
            "levels": int(levels),
            "codes": ["neighbours"] if chosen is None else [code.name for code in chosen],
            "shuffles": shuffles,
            "seed": seed,
            "versions": versions("numpy", "scipy"),
            "commit": commit(),
        },
    )


def _window_bits(
    picture: NDArray[np.int64], size: int, levels: int, codes: list[Any] | None
) -> float:
    """Mean bits per block of the whole windows that tile the picture, NaN if there are none."""
    down, across = picture.shape[0] // size, picture.shape[1] // size
    if not down * across:
        return math.nan
    tiles = picture[: down * size, : across * size].reshape(down, size, across, size)
    windows = tiles.transpose(0, 2, 1, 3).reshape(-1, size, size)
    if codes is None:
        lengths = neighbour_bits(windows, levels)
    else:
        lengths = np.array(
            [min(code_bits(window, levels, code) for code in codes) for window in windows]
        ) + math.log2(len(codes))
    return float(lengths.mean()) / size**2


def _sides(argument: str, values: Sequence[int]) -> tuple[int, ...]:
    sides = tuple(integer(argument, value, 1) for value in values)
    if not sides:
        raise ValueError(f"{argument}: got none, accepted is at least one")
    return sides


def _listed(codes: Any) -> list[Any]:
    return [codes] if isinstance(codes, str | Code) else list(codes)


def _plain(value: float | None) -> float | None:
    return None if value is None else float(value)
