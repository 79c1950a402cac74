"""Markov chains of every order side by side: which one describes a sequence in the fewest bits."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from complexity._symbols import Symbols
from complexity.errors import integer, one_of
from complexity.figures import new_figure, save_figure
from complexity.files import write_atomically
from mdl.markov._symbols import as_symbols, checked_alphabet
from mdl.markov.chains import MAX_ORDER, VERSIONS, MarkovChain
from mdl.markov.context_trees import TreeSource, deepest
from mdl.selection import Selection, SelectionRow, select

__all__ = ["OrderTable", "order_table"]


@dataclass(frozen=True)
class OrderTable:
    """Codelengths by order.

    Attributes:
        n: number of symbols.
        alphabet_size: K.
        max_order: orders are 0 to this one.
        bits: version or criterion ("fnml", ..., "bic", "aic", "cv") -> (max_order + 1,) bits.
        orders: version or criterion -> the order with the fewest bits.
        selection: all candidates; beside the chains, the weighted context tree ("tree-D (bayes)").
    """

    n: int
    alphabet_size: int
    max_order: int
    bits: Mapping[str, tuple[float, ...]]
    orders: Mapping[str, int]
    selection: Selection

    @property
    def best(self) -> SelectionRow:
        """The shortest description of all."""
        return self.selection.best

    @property
    def tree(self) -> SelectionRow:
        """The weighted context tree."""
        return next(row for row in self.selection.rows if row.name.startswith("tree-"))

    def per_symbol(self, name: str) -> tuple[float, ...]:
        """(max_order + 1,) bits per symbol that a column describes.

        Cross-validation describes all but the first of its blocks.

        Raises:
            ValueError: there is no such column.
        """
        column, n = self.bits[one_of("name", name, self.bits)], self.n
        if name == "cv":
            n -= -(-n // (self.selection.provenance["folds"] + 1))
        return tuple(value / n for value in column)

    def __repr__(self) -> str:
        chosen = ", ".join(f"{order} by {name}" for name, order in self.orders.items())
        return (
            f"OrderTable of {self.n} symbols of {self.alphabet_size}: order {chosen}; shortest "
            f"{self.best.name}, {self.best.total_bits:.1f} bits"
        )

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON values."""
        return {
            "n": self.n,
            "alphabet_size": self.alphabet_size,
            "max_order": self.max_order,
            "bits": {name: list(column) for name, column in self.bits.items()},
            "orders": dict(self.orders),
            "selection": self.selection.to_dict(),
        }

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write it as .json, or the candidates as .csv, whole or not at all.

        Raises:
            ValueError: the path ends in neither.
            OSError: the folder is missing or cannot be written.
        """
        if Path(path).suffix.lower() != ".json":
            return self.selection.save(path)
        text = json.dumps(self.to_dict(), indent=2, allow_nan=False) + "\n"
        return write_atomically(path, text.encode("utf-8"))

    def plot(self, path: str | os.PathLike[str] | None = None) -> Any:
        """Bits per symbol by order, each version's and criterion's shortest marked.

        BIC and AIC, which count the parameters of contexts that never occur, are cut off above.

        Args:
            path: where to save the figure (.png, .svg, .pdf); its suffix is the format.

        Returns:
            The matplotlib Figure.
        """
        figure = new_figure(figsize=(7, 4.4))
        axes = figure.add_subplot()
        columns = {name: self.per_symbol(name) for name in self.bits}
        for index, (name, heights) in enumerate(columns.items()):
            style = "--" if name in ("bic", "aic", "cv") else "-"
            label = name.upper() if style == "--" else name
            [line] = axes.plot(heights, style, marker=".", label=label, color=f"C{index}")
            order = self.orders[name]
            axes.plot(
                order, heights[order], "o", mfc="none", ms=6 + 2 * index, color=line.get_color()
            )
        tree = self.tree
        axes.axhline(tree.total_bits / self.n, color="0.5", linestyle=":", label=tree.name)
        least = self.best.total_bits / self.n
        low = min(least, *(min(heights) for heights in columns.values()))
        top = max(max(columns[name]) for name in columns if name not in ("bic", "aic"))
        axes.set_ylim(low - 0.05 * (top - low or 1), top + 0.05 * (top - low or 1))
        axes.set_xticks(range(self.max_order + 1))
        axes.set_xlabel("order of the chain (symbols of context)")
        axes.set_ylabel("bits per symbol")
        axes.set_title(f"{self.n:,} symbols of {self.alphabet_size}; circles: fewest bits")
        axes.legend(ncols=2, fontsize="small")
        return save_figure(figure, path)


def order_table(
    data: Symbols,
    *,
    max_order: int = 8,
    alphabet_size: int | None = None,
    versions: Iterable[str] = ("fnml", "bayes", "prequential", "two-part"),
    folds: int = 0,
    progress: bool = True,
) -> OrderTable:
    """Describe a sequence by Markov chains of order 0 to `max_order`, in several versions.

    BIC and AIC count all K^k (K - 1) parameters of an order. Cross-validation predicts every block
    from all before it (see `MarkovChain.heldout_bits`). The tree source has depth `max_order`, or
    the greatest that its alphabet allows.

    Args:
        data: a text, a byte string, or (n,) integers, at least one.
        max_order: the highest order.
        alphabet_size: K; None for the symbols that occur.
        versions: of the chains' codes.
        folds: of cross-validation; 0 for none.
        progress: whether to show progress on a terminal.

    Raises:
        TypeError, ValueError: an argument is not accepted, or the data are too long for a version.

    Example:
        >>> order_table("011" * 60, max_order=3, progress=False).orders["bic"]
        2
    """
    integer("max_order", max_order, 0, MAX_ORDER)
    names = list(dict.fromkeys(one_of("versions", name, VERSIONS) for name in versions))
    if not names:
        raise ValueError(f"versions: got none, accepted are some of {', '.join(VERSIONS)}")
    checked_alphabet(alphabet_size)
    symbols, size = as_symbols("data", data, alphabet_size)
    if not symbols.size:
        raise ValueError("data: got nothing, accepted is at least one symbol")
    chains = {
        name: [MarkovChain(order, size, name) for order in range(max_order + 1)] for name in names
    }
    tree = TreeSource(min(max_order, deepest(size)), size)
    candidates = [chain for group in chains.values() for chain in group]
    selection = select([*candidates, tree], symbols, folds=folds, progress=progress)
    rows = {row.name: row for row in selection.rows}
    columns = {name: [rows[chain.name].total_bits for chain in chains[name]] for name in names}
    first = [rows[chain.name] for chain in chains[names[0]]]
    columns["bic"] = [row.bic_bits for row in first]
    columns["aic"] = [row.aic_bits for row in first]
    if folds:
        columns["cv"] = [row.cv_bits for row in first]
    bits = {name: tuple(map(float, column)) for name, column in columns.items()}
    orders = {
        name: min(range(len(column)), key=column.__getitem__) for name, column in bits.items()
    }
    assert not any(math.isnan(value) for column in bits.values() for value in column)
    return OrderTable(symbols.size, size, max_order, bits, orders, selection)
