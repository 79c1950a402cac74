"""What small machines print, and how often: the table behind the coding theorem method.

By the coding theorem (Levin 1974), -log2 of the probability that a random program prints a string
is its prefix complexity, up to a constant. D(n) takes a Turing machine with n states at random, all
alike, in place of the program: the share of the machines that halt which print the string.
-log2 of it estimates the string's complexity and is no length of any code for it.

The tables beside this file hold all strings of up to 12 bits, from machines with 5 states, and all
arrays of up to 9 cells, from machines in the plane with 4 states, both of at most 500 steps. They
are made by

    python -m complexity.coding_theorem

References:
    L. A. Levin, Laws of information conservation (nongrowth) and aspects of the foundation of
        probability theory, Problems of Information Transmission 10(3), 1974.
    Of the machines, see `complexity.coding_theorem.enumeration`.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from complexity.coding_theorem.blocks import MOST_TABULATED, Block, cells_of, shape_of, text_of
from complexity.errors import integer
from complexity.figures import new_figure, save_figure
from complexity.files import write_atomically

__all__ = ["Blocks", "CTMTable", "ctm_table"]

FILES = {1: Path(__file__).with_name("tape.json"), 2: Path(__file__).with_name("plane.json")}
SHIPPED = {1: (5, 12), 2: (4, 9)}
"""States and most cells of the shipped tables, by dimensions."""


@dataclass(frozen=True, eq=False)
class Blocks:
    """The outputs of one shape.

    Attributes:
        index: (k,) int64, ascending: the cells in row order as a binary number.
        counts: (k,) int64: machines, of either blank, that print it.
        least_steps: (k,) int32: steps of the fastest of them.
        least_states: (k,) int32: states that the smallest of them enters.
    """

    index: NDArray[np.int64]
    counts: NDArray[np.int64]
    least_steps: NDArray[np.int32]
    least_states: NDArray[np.int32]

    @classmethod
    def merged(cls, parts: Sequence[Self]) -> Self:
        """All of `parts` together."""
        index, place = np.unique(np.concatenate([p.index for p in parts]), return_inverse=True)
        counts = np.zeros(index.size, np.int64)
        least = np.full((2, index.size), np.iinfo(np.int32).max, np.int32)
        np.add.at(counts, place, np.concatenate([p.counts for p in parts]))
        np.minimum.at(least[0], place, np.concatenate([p.least_steps for p in parts]))
        np.minimum.at(least[1], place, np.concatenate([p.least_states for p in parts]))
        return cls(index, counts, least[0], least[1])


@dataclass(frozen=True, eq=False, repr=False)
class CTMTable:
    """How many machines print each output: D(n), in integers.

    Attributes:
        states: states of the machines, besides the halt.
        dimensions: 1 for a tape, 2 for the plane.
        step_bound: machines that take more steps than this count as never halting.
        machines: number of machines, each run with blank 0 and with blank 1.
        halting: how many of the 2 * machines runs halt within the bound, whatever they print.
        most_steps: most steps of those, the halt included.
        outputs: how many different outputs of at most 50 cells they print.
        max_cells: outputs of more cells are not in the table.
        blocks: by shape, (length,) or (rows, columns), what is printed of that shape.
    """

    states: int
    dimensions: int
    step_bound: int
    machines: int
    halting: int
    most_steps: int
    outputs: int
    max_cells: int
    blocks: Mapping[tuple[int, ...], Blocks]

    def __len__(self) -> int:
        """How many different outputs it holds."""
        return sum(len(blocks.index) for blocks in self.blocks.values())

    def __repr__(self) -> str:
        where = "on a tape" if self.dimensions == 1 else "in the plane"
        return (
            f"CTMTable: {self.states} states {where}, at most {self.step_bound} steps: "
            f"{self.halting} of {2 * self.machines} runs halt; "
            f"{len(self)} outputs of at most {self.max_cells} cells"
        )

    def counts(self, block: Block) -> int:
        """How many machines print `block`, with blank 0 and with blank 1.

        Raises:
            TypeError: `block` is no 0/1 string or array.
            ValueError: it has other dimensions than the table, other symbols than 0 and 1, no cell
                or too many.
        """
        blocks, place = self._find(block)
        return 0 if blocks is None else int(blocks.counts[place])

    def bits(self, block: Block) -> float:
        """-log2 of the share of halting machines that print `block`, in bits; inf if none does.

        Raises:
            TypeError, ValueError: as `counts`.
        """
        count = self.counts(block)
        return math.log2(self.halting) - math.log2(count) if count else math.inf

    def least_steps(self, block: Block) -> int | None:
        """Steps of the fastest machine that prints `block`, None if none does.

        Raises:
            TypeError, ValueError: as `counts`.
        """
        blocks, place = self._find(block)
        return None if blocks is None else int(blocks.least_steps[place])

    def least_states(self, block: Block) -> int | None:
        """The fewest states that a machine enters to print `block`, None if none does.

        Raises:
            TypeError, ValueError: as `counts`.
        """
        blocks, place = self._find(block)
        return None if blocks is None else int(blocks.least_states[place])

    def missing(self, shape: int | tuple[int, ...]) -> list[str]:
        """The blocks of a shape, (length,) or (rows, columns), that no machine prints.

        Raises:
            TypeError, ValueError: as `block_bits`.
        """
        shape = shape_of("shape", shape, self.dimensions)
        printed = np.isfinite(self._bits(shape))
        return [text_of(index, shape) for index in np.flatnonzero(~printed).tolist()]

    def block_bits(self, shape: int | tuple[int, ...]) -> NDArray[np.float64]:
        """Bits of all blocks of a shape, (length,) or (rows, columns), by index.

        A block that no machine prints gets one bit more than the largest value of its shape.

        Returns:
            (2**cells,) bits; the index of a block is its cells in row order as a binary number.

        Raises:
            TypeError: the shape is of other than integers.
            ValueError: no machine prints that shape, or its cells are too many for the table (or
                more than 20).
        """
        bits = self._bits(shape := shape_of("shape", shape, self.dimensions))
        printed = np.isfinite(bits)
        if not printed.any():
            raise ValueError(f"shape: got {shape}, accepted is one that some machine prints")
        bits[~printed] = bits[printed].max() + 1.0
        return bits

    def restricted(self, max_cells: int) -> CTMTable:
        """The table of outputs of at most `max_cells` cells; shares stay those of all that halt.

        Raises:
            TypeError, ValueError: it is no integer from 1 to the table's `max_cells`.
        """
        limit = integer("max_cells", max_cells, 1, self.max_cells)
        kept = {shape: b for shape, b in self.blocks.items() if math.prod(shape) <= limit}
        return CTMTable(**{**self.__dict__, "max_cells": limit, "blocks": kept})

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON values; shapes are written as 12 or 3x3."""
        head = {key: value for key, value in self.__dict__.items() if key != "blocks"}
        columns = {
            "x".join(map(str, shape)): {key: v.tolist() for key, v in blocks.__dict__.items()}
            for shape, blocks in self.blocks.items()
        }
        return {**head, "blocks": columns}

    def plot(self, path: str | os.PathLike[str] | None = None) -> Any:
        """Bits of every output by its number of cells, coloured by the fewest states it takes.

        Args:
            path: where to save the figure (.png, .svg, .pdf); its suffix is the format.

        Returns:
            The matplotlib Figure.
        """
        figure = new_figure(figsize=(7, 4.5))
        axes = figure.add_subplot()
        parts = [(math.prod(shape), blocks) for shape, blocks in self.blocks.items()]
        states = np.concatenate([blocks.least_states for _, blocks in parts])
        cells = np.concatenate([np.full(len(b.index), size) for size, b in parts])
        counts = np.concatenate([blocks.counts for _, blocks in parts])
        bits = math.log2(self.halting) - np.log2(counts)
        for fewest in range(self.states, 0, -1):
            chosen = states == fewest
            place = cells[chosen] + 0.12 * (fewest - (self.states + 1) / 2)
            axes.plot(place, bits[chosen], ".", ms=3, label=str(fewest), rasterized=True)
        axes.set_xlabel("cells")
        axes.set_ylabel("-log2 of the share of halting machines (bits)")
        axes.set_title(f"D({self.states}), at most {self.step_bound} steps")
        axes.legend(title="fewest states", loc="lower right")
        return save_figure(figure, path)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the table as JSON, whole or not at all; equal tables give equal bytes.

        Raises:
            OSError: the folder is missing or cannot be written.
        """
        head = self.to_dict()
        blocks = head.pop("blocks")
        head = {"what": _WHAT, "made_by": "complexity.coding_theorem.enumerate_machines", **head}
        lines = [f" {json.dumps(key)}: {json.dumps(value)}," for key, value in head.items()]
        columns = [
            f'  "{shape}": {json.dumps(values, separators=(",", ":"))}'
            for shape, values in blocks.items()
        ]
        text = "\n".join(["{", *lines, ' "blocks": {', ",\n".join(columns), " }", "}"]) + "\n"
        return write_atomically(path, text.encode("utf-8"))

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> CTMTable:
        """Read a table that `save` wrote.

        Raises:
            OSError: the file cannot be read.
            ValueError: it is no such table; names the path.
        """
        try:
            stored = json.loads(Path(path).read_text(encoding="utf-8"))
            blocks = {
                tuple(map(int, key.split("x"))): Blocks(
                    np.array(columns["index"], np.int64),
                    np.array(columns["counts"], np.int64),
                    np.array(columns["least_steps"], np.int32),
                    np.array(columns["least_states"], np.int32),
                )
                for key, columns in stored["blocks"].items()
            }
            head = {key: int(stored[key]) for key in cls.__annotations__ if key != "blocks"}
            table = cls(**head, blocks=blocks)
            table._check()
        except (
            ValueError,
            KeyError,
            TypeError,
            AttributeError,
            OverflowError,
            RecursionError,
        ) as error:
            raise ValueError(f"{os.fspath(path)}: no table of machines' outputs: {error}") from None
        return table

    def _check(self) -> None:
        """Raise ValueError unless lookups find what they look for."""
        integer("dimensions", self.dimensions, 1, 2)
        printed = 0
        for shape, blocks in self.blocks.items():
            columns = list(blocks.__dict__.values())
            cells = math.prod(shape)
            if len(shape) != self.dimensions or min(shape) < 1 or cells > self.max_cells:
                raise ValueError(f"blocks of shape {shape}")
            if any(column.shape != blocks.index.shape for column in columns):
                raise ValueError(f"columns of different lengths for the shape {shape}")
            ends = np.array([-1, *blocks.index.tolist(), 1 << cells])
            if (np.diff(ends) <= 0).any():
                raise ValueError(f"the indices of the shape {shape} do not ascend within it")
            if min(int(column.min(initial=1)) for column in columns[1:]) < 1:
                raise ValueError(f"counts, steps or states below 1 for the shape {shape}")
            printed += sum(blocks.counts.tolist())
        if not printed <= self.halting:
            raise ValueError(f"{printed} machines print, and {self.halting} halt")

    def _find(self, block: Block) -> tuple[Blocks | None, int]:
        cells = cells_of(block, self.dimensions)
        if not 1 <= cells.size <= self.max_cells:
            raise ValueError(f"block: got {cells.size} cells, accepted are 1 to {self.max_cells}")
        blocks = self.blocks.get(cells.shape)
        if blocks is None:
            return None, 0
        index = int("".join(map(str, cells.ravel().tolist())), 2)
        place = int(np.searchsorted(blocks.index, index))
        known = place < len(blocks.index) and int(blocks.index[place]) == index
        return (blocks, place) if known else (None, 0)

    def _bits(self, shape: tuple[int, ...]) -> NDArray[np.float64]:
        most = min(self.max_cells, MOST_TABULATED)
        if math.prod(shape) > most:
            raise ValueError(f"shape: got {shape}, accepted are at most {most} cells")
        bits = np.full(1 << math.prod(shape), np.inf)
        if (blocks := self.blocks.get(shape)) is None:
            return bits
        logs = [math.log2(count) for count in blocks.counts.tolist()]
        bits[blocks.index] = math.log2(self.halting) - np.array(logs)
        return bits


_WHAT = (
    "Turing machines with two symbols from a blank tape (0, then 1): how many print each block of "
    "cells that they visited; index: cells in row order as a binary number"
)


@cache
def ctm_table(dimensions: int = 1) -> CTMTable:
    """The shipped table: strings of up to 12 bits, or arrays of up to 9 cells.

    Args:
        dimensions: 1 for D(5) on a tape, 2 for D(4) in the plane, both of at most 500 steps.

    Raises:
        TypeError, ValueError: it is neither.

    Example:
        >>> round(ctm_table().bits("01011100"), 4), ctm_table().least_steps("01011100")
        (22.003, 13)
    """
    return CTMTable.load(FILES[integer("dimensions", dimensions, 1, 2)])
