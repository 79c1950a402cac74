"""Factored context trees: a tree for every bit of a symbol, with context that is not predicted.

A history is a string of bits of which some are predicted, in symbols of a fixed width, and others
are context alone: an agent predicts what it perceives, given its actions. Bit i of a symbol has a
context tree of its own (factored), whose context is the D bits of history before the symbol and
the i bits of the symbol before it; or one tree of depth D predicts all bits. Each is the Bayesian
mixture over all prediction suffix trees of that depth with the weights 2^-Gamma (see
`complexity.context.ctw`).

Trees are shared in one arena of at most two nodes, 64 bytes, per bit learned, whatever the depth;
a bit of history costs one bit. Any number of updates is taken back in the order last in, first
out, bit for bit, which is what planning by simulation needs.

References:
    J. Veness, K. S. Ng, M. Hutter, W. Uther and D. Silver, A Monte-Carlo AIXI Approximation,
        Journal of Artificial Intelligence Research 40, 2011, section 5: action-conditional CTW,
        and the factored form, in which the i-th bit has the depth D + i - 1.
    F. M. J. Willems, Y. M. Shtarkov and T. J. Tjalkens, The context-tree weighting method: basic
        properties, IEEE Trans. Inf. Theory 41(3), 1995.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from complexity.bitstrings import BitsLike, as_bits
from complexity.context import _factored_kernels as kernels
from complexity.errors import integer

__all__ = ["FactoredContextTree"]


class FactoredContextTree:
    """Context trees that predict symbols bit by bit, and can take back what they have seen.

    Not to be shared between threads while it is used, `predict` included.

    Args:
        width: bits of a symbol, each with its own tree.
        depth: bits of history before the symbol that are context, at most; zeros before the first.
        factored: False for one tree that predicts all bits, each by the `depth` bits before it.
        undo_limit: how many of the last updates can be taken back at least, for each of which at
            most 12 (depth + width) + 56 bytes are kept.

    Raises:
        TypeError: an argument is no integer.
        ValueError: it is out of range; depth + width may be 1000.

    Example:
        >>> trees = FactoredContextTree(2, depth=128)
        >>> for action in [0, 1, 1, 0] * 20:
        ...     trees.condition(action)
        ...     trees.update(action)  # the first bit copies the action
        ...     trees.update(1)  # the second is always 1
        >>> trees.condition(0)
        >>> trees.predict() < 0.02
        True
        >>> trees.undo()
        >>> trees.condition(1)
        >>> trees.predict() > 0.98
        True
    """

    def __init__(
        self, width: int, depth: int, *, factored: bool = True, undo_limit: int = 1024
    ) -> None:
        width = integer("width", width, 1, kernels.MAX_LEVELS)
        depth = integer("depth", depth, 0, kernels.MAX_LEVELS - width)
        trees = width if factored else 1
        self._undo_limit = integer("undo_limit", undo_limit, 0)
        self._shape = np.array([width, depth, trees])
        first = 64 * (-(-(depth + trees) // 64) + 1)  # a word more than any context, of zeros
        self._origin = first
        self._state = np.array([first, trees + 1 + (trees + 1) % 2, 0, 0, 0])
        self._nodes = _arena(2 * trees + 64)
        self._words = np.zeros(first // 64 + 16, np.uint64)
        self._visited, self._betas = np.zeros(0, np.int32), np.zeros(0)
        self._steps, self._costs = np.zeros((0, 4), np.int32), np.array([[0.0, 1.0]])
        self._below = np.zeros(depth + width + 2)
        kernels.plant(self._nodes, self._shape)

    @property
    def width(self) -> int:
        """Bits of a symbol."""
        return int(self._shape[kernels.WIDTH])

    @property
    def depth(self) -> int:
        """Bits of history before the symbol that are context, at most."""
        return int(self._shape[kernels.DEPTH])

    @property
    def factored(self) -> bool:
        """Whether every bit of a symbol has its own tree."""
        return self.width == self._shape[kernels.TREES]

    @property
    def phase(self) -> int:
        """How many bits of the present symbol have been seen."""
        return int(self._state[kernels.PHASE])

    @property
    def undoable(self) -> int:
        """How many updates can be taken back now."""
        return int(self._state[kernels.DONE])

    @property
    def codelength(self) -> float:
        """The ideal codelength of the bits learned, given those that are context alone; bits."""
        bits, product = self._costs[self.undoable]
        return float(bits - np.log2(product))

    @property
    def nodes(self) -> int:
        """How many nodes are in use."""
        return int(self._state[kernels.USED])

    @property
    def nbytes(self) -> int:
        """Memory of the nodes in use and of the history, in bytes."""
        return self.nodes * kernels.NODE.itemsize + int(self._state[kernels.END]) // 8

    def __len__(self) -> int:
        """How many bits the history has, those that are context alone included."""
        return int(self._state[kernels.END]) - self._origin

    def __repr__(self) -> str:
        kind = "" if self.factored else ", factored=False"
        return (
            f"FactoredContextTree({self.width}, {self.depth}{kind}): {len(self)} bits seen, "
            f"those learned in {self.codelength:.3f} bits"
        )

    def predict(self) -> float:
        """The probability that the next bit of the symbol is 1, strictly between 0 and 1."""
        return kernels.predict(self.arrays(1))

    def update(self, bit: int) -> None:
        """Learn the next bit of the symbol.

        Raises:
            ValueError: it is not 0 or 1.
        """
        kernels.update(self.arrays(1), _checked(bit))

    def condition(self, bit: int, *, within: bool = False) -> None:
        """Append a bit that is context alone: no tree learns it, and it costs nothing.

        Args:
            bit: 0 or 1.
            within: it is a bit of the symbol, which was known beforehand.

        Raises:
            ValueError: it is not 0 or 1.
        """
        kernels.condition(self.arrays(1), _checked(bit), int(within))

    def extend(self, bits: BitsLike) -> None:
        """Learn many bits, as fast as it goes; neither they nor any before can be taken back.

        Raises:
            TypeError: `bits` is no bit string.
            ValueError: it holds other than 0 and 1.
        """
        symbols = as_bits("bits", bits)
        self.commit()
        kernels.extend(self.arrays(symbols.size, undoable=1), symbols)

    def undo(self, count: int = 1) -> None:
        """Take back the last `count` updates: all is again as it was, bit for bit.

        Raises:
            ValueError: so many `update`s and `condition`s are not remembered.
        """
        left = self.undoable - integer("count", count, 0)
        if left < 0:
            raise ValueError(
                f"undo: {self.undoable} updates are left to take back; undo_limit is "
                f"{self._undo_limit}, and neither extend nor what was committed can be undone"
            )
        kernels.rewind(self.arrays(0), left)

    def commit(self) -> None:
        """Forget how to undo what has been learned so far."""
        kernels.commit(self.arrays(0))

    def copy(self) -> Self:
        """Trees in the same state, which go their own way."""
        return copy.deepcopy(self)

    def snapshot(self) -> dict[str, NDArray[Any]]:
        """Copies of all that `restore` needs."""
        end, used, _, done, top = self._state.tolist()
        parts = {
            "shape": self._shape,
            "state": self._state,
            "nodes": self._nodes[:used],
            "words": self._words[: end // 64 + 1],
            "visited": self._visited[:top],
            "betas": self._betas[:top],
            "steps": self._steps[:done],
            "costs": self._costs[: done + 1],
        }
        return {name: part.copy() for name, part in parts.items()}

    def restore(self, snapshot: Mapping[str, NDArray[Any]]) -> None:
        """Return to the moment of `snapshot`.

        Raises:
            ValueError: it is of trees of another width, depth or kind.
        """
        if not np.array_equal(snapshot["shape"], self._shape):
            raise ValueError(
                f"snapshot: got one of width, depth and trees {list(map(int, snapshot['shape']))}, "
                f"accepted is {self._shape.tolist()}"
            )
        for name, part in snapshot.items():
            setattr(self, f"_{name}", np.array(part))
        self._nodes = _arena(len(snapshot["nodes"]))
        self._nodes[:] = snapshot["nodes"]

    def arrays(self, bits: int, *, undoable: int | None = None) -> kernels.Arrays:
        """What the kernels take, with room for `bits` more updates (and to undo that many)."""
        if bits and self.undoable > 2 * self._undo_limit + 64:
            self._forget(self.undoable - self._undo_limit)
        end, used, _, done, top = self._state.tolist()
        steps = bits if undoable is None else undoable
        visits = (self.depth + self.width + 2) * steps
        if len(self._nodes) < used + 2 * bits:
            shorter = self._nodes
            self._nodes = _arena(max(2 * len(shorter), used + 2 * bits))
            self._nodes[: len(shorter)] = shorter
        self._words = _roomy(self._words, (end + bits) // 64 + 1)
        self._visited = _roomy(self._visited, top + visits)
        self._betas = _roomy(self._betas, top + visits)
        self._steps = _roomy(self._steps, done + steps)
        self._costs = _roomy(self._costs, done + steps + 1)
        return kernels.Arrays(
            nodes=self._nodes,
            words=self._words,
            state=self._state,
            shape=self._shape,
            visited=self._visited,
            betas=self._betas,
            steps=self._steps,
            costs=self._costs,
            below=self._below,
        )

    def _forget(self, steps: int) -> None:
        """Forget how to undo the oldest `steps` updates."""
        gone = int(self._steps[:steps, 0].sum())
        for array, count in (
            (self._steps, steps),
            (self._costs, steps),
            (self._visited, gone),
            (self._betas, gone),
        ):
            array[: len(array) - count] = array[count:].copy()
        self._state[kernels.DONE] -= steps
        self._state[kernels.TOP] -= gone


def _arena(size: int) -> NDArray[np.void]:
    """Room for `size` nodes, a pair of siblings to a cache line of 64 bytes."""
    room = np.zeros(32 * size + 64, np.uint8)
    start = -room.ctypes.data % 64
    return room[start : start + 32 * size].view(kernels.NODE)


def _roomy(array: NDArray[Any], rows: int) -> NDArray[Any]:
    """The array if it has so many rows, or a longer one that begins like it; zeros behind it."""
    if len(array) >= rows:
        return array
    longer = np.zeros((max(2 * len(array), rows, 16), *array.shape[1:]), array.dtype)
    longer[: len(array)] = array
    return longer


def _checked(bit: int) -> int:
    if bit not in (0, 1):
        raise ValueError(f"bit: got {bit!r}, accepted is 0 or 1")
    return int(bit)
