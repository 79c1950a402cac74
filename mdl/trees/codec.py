"""Labels as bytes, to a receiver who has the attributes: a tree, then the labels leaf by leaf."""

from __future__ import annotations

from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from complexity._bytecodec import _as_bytes
from complexity.code import Kind
from complexity.errors import integer
from mdl.trees._decisions import Reader, Writer, choose, uniform
from mdl.trees.growing import MAX_DEPTH, grow_tree
from mdl.trees.leaves import attributes, labelled
from mdl.trees.structure import DecisionTree, places, threshold_of, usable

__all__ = ["LabelCodec"]


class LabelCodec:
    """A codec of labels given the attributes of their rows.

    The codeword is the structure of the tree that `grow_tree` finds with version="bayes", then the
    labels in order of rows, each by the Krichevsky-Trofimov estimate of its leaf: + - * / on
    doubles alone, so that it decodes on every platform. (The NML code of a leaf is not sequential.)
    The receiver knows the attributes, the number of labels and their alphabet.

    Args:
        x: (n, m) finite attributes.
        alphabet_size: number of labels that may occur.
        max_depth: of the tree, 0 to 64.

    Raises:
        TypeError, ValueError: an argument is outside what is accepted.

    Example:
        >>> x = np.arange(200.0).reshape(-1, 1)
        >>> codec = LabelCodec(x, alphabet_size=2)
        >>> y = (x[:, 0] > 110).astype(int)
        >>> len(codec.encode(y)), bool((codec.decode(codec.encode(y)) == y).all())
        (3, True)
    """

    kind: ClassVar[Kind] = Kind.IDEAL
    overhead: ClassVar[float] = 10.0
    name: ClassVar[str] = "tree-labels"

    def __init__(self, x: Any, *, alphabet_size: int, max_depth: int = 16) -> None:
        self._x = attributes("x", x)
        self.alphabet_size = integer("alphabet_size", alphabet_size, 1, 1 << 16)
        self.max_depth = integer("max_depth", max_depth, 0, MAX_DEPTH)

    def bits(self, x: Any) -> float:
        """Ideal bits of the labels (n,), the tree's included; no header.

        Raises:
            TypeError, ValueError: they are not the rows' labels over the alphabet.
        """
        return self._written(x).bits

    def encode(self, x: Any) -> bytes:
        """The codeword of the labels (n,).

        Raises:
            TypeError, ValueError: as `bits`.
        """
        return self._written(x).finish()

    def decode(self, blob: bytes) -> NDArray[np.int64]:
        """The labels (n,) whose codeword `blob` is. There is no checksum.

        Raises:
            TypeError: `blob` is not bytes, bytearray or memoryview.
            DecodeError: `blob` is no codeword.
        """
        reader = Reader(_as_bytes("blob", blob))
        labels = np.zeros(len(self._x), np.int64)
        tree = self._structure(reader, None, self._every, 0)
        self._labels(reader, tree, labels)
        reader.finish()
        return labels

    @cached_property
    def _every(self) -> NDArray[np.int64]:
        return np.arange(len(self._x))

    def _written(self, y: Any) -> Writer:
        _, labels, _ = labelled(self._x, y, self.alphabet_size)
        tree = grow_tree(
            self._x,
            labels,
            alphabet_size=self.alphabet_size,
            max_depth=self.max_depth,
            version="bayes",
        )
        writer = Writer()
        self._labels(writer, self._structure(writer, tree, self._every, 0), labels)
        return writer

    def _structure(
        self, coder: Writer | Reader, tree: DecisionTree | None, rows: Any, depth: int
    ) -> DecisionTree:
        """Code a tree, or read the one that was coded; counts are left at zero."""
        here = self._x[rows]
        columns = usable(here) if depth < self.max_depth else self._every[:0]
        split = tree is not None and not tree.is_leaf
        if not columns.size or not coder.bit(0.5, int(split)):
            return DecisionTree((0,) * self.alphabet_size)
        chosen = int(np.searchsorted(columns, tree.attribute)) if tree is not None else 0
        column = int(columns[uniform(coder, columns.size, chosen)])
        values = places(here[:, column])
        place = 0
        if tree is not None:
            place = int(np.searchsorted(values, tree.threshold, side="right")) - 1
        threshold = threshold_of(values, uniform(coder, values.size - 1, place))
        low = here[:, column] <= threshold
        left, right = (tree.left, tree.right) if tree is not None else (None, None)
        return DecisionTree(
            (0,) * self.alphabet_size,
            column,
            threshold,
            self._structure(coder, left, rows[low], depth + 1),
            self._structure(coder, right, rows[~low], depth + 1),
        )

    def _labels(self, coder: Writer | Reader, tree: DecisionTree, labels: Any) -> None:
        leaf_of = np.zeros(len(labels), np.int64)
        for number, rows in enumerate(_parts(tree, self._x, self._every)):
            leaf_of[rows] = number
        counts = [[0.5] * self.alphabet_size for _ in range(tree.leaves)]
        for row, leaf in enumerate(leaf_of.tolist()):
            label = choose(coder, counts[leaf], int(labels[row]))
            labels[row] = label
            counts[leaf][label] += 1


def _parts(tree: DecisionTree, x: Any, rows: Any) -> list[NDArray[np.int64]]:
    """Rows of every leaf."""
    if tree.left is None or tree.right is None:
        return [rows]
    low = x[rows, tree.attribute] <= tree.threshold
    return [*_parts(tree.left, x, rows[low]), *_parts(tree.right, x, rows[~low])]
