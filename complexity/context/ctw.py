"""Context-tree weighting: the Bayesian mixture over all tree sources of bounded depth.

The probability of a string is P_w = 1/2 P_e + 1/2 P_w0 P_w1 at every node (P_w = P_e at the
greatest depth), with the Krichevsky-Trofimov estimate P_e of the bits seen in the node's context.
This is the sum over all context trees T of 2^-Gamma(T) times the product of their leaves'
estimates: nearly as short as the best tree, without choosing one.

A tree keeps only contexts that occurred and nodes where they branch (a chain of k nodes with one
child each is one node whose estimate has the weight 1 - 2^-k): at most two nodes, 64 bytes, per
binary decision, whatever the depth, and as few steps per decision as the contexts branch above it.
Growth by doubling may hold twice that for a while, and as much again while copying. Measured
(`benchmarks/ctw.py`): random data 64 bytes of nodes per bit, 512 per byte; English text 3 bytes per
bit with `ctw-bits` at depth 24, 85 bytes per byte with `ctw` at depth 32 and 218 at depth 48.

The ratio P_e / (P_w0 P_w1) is kept within 2^-900 to 2^900, which changes no weight that a double
could tell from 0 or 1 until the ratio comes back from beyond. What is coded is a probability
measure all the same.

References:
    F. M. J. Willems, Y. M. Shtarkov and T. J. Tjalkens, The context-tree weighting method: basic
        properties, IEEE Trans. Inf. Theory 41(3), 1995: the weighted probability and its bounds.
    R. E. Krichevsky and V. K. Trofimov, The performance of universal encoding, IEEE Trans. Inf.
        Theory 27(2), 1981.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from complexity.bitstrings import BitsLike, as_bits
from complexity.context import _kernels as kernels
from complexity.context._arithmetic import BitsCodec, BytesCodec, Model, sequential_bits
from complexity.errors import integer

__all__ = ["MAX_DEPTH", "ContextTree", "Ctw", "CtwBits"]

MAX_DEPTH = 64
"""The deepest tree, in bits of context."""


def _arena(size: int) -> NDArray[np.void]:
    """Room for `size` nodes (rounded up), a pair of siblings to a cache line of 64 bytes."""
    room = np.empty(-(-size // 2) * 64 + 64, np.uint8)
    start = -room.ctypes.data % 64
    return room[start : start + room.size - 64].view(kernels.NODE)


class _Trees:
    """Context trees in a growing arena: one for bits, one per prefix of a byte for bytes."""

    def __init__(self, width: int, depth: int, nodes: int = 0) -> None:
        roots = 1 << width  # slot 0 stays free, so that siblings are 2 m and 2 m + 1
        self.width, self.depth = width, depth
        self.nodes = _arena(max(2 * roots, nodes))
        self.model = np.array([0, roots], np.uint64)
        kernels.plant(self.nodes, roots, depth)

    @property
    def used(self) -> int:
        return int(self.model[kernels.USED])

    def reserve(self, free: int) -> None:
        """Have at least `free` free slots."""
        if self.nodes.size - self.used < free:
            nodes = _arena(max(2 * self.nodes.size, self.used + free))
            nodes[: self.used] = self.nodes[: self.used]
            self.nodes = nodes

    def advance(
        self,
        symbols: NDArray[np.uint8],
        mode: int,
        coder: NDArray[np.uint64],
        cost: NDArray[np.float64],
        buffer: NDArray[np.uint8],
    ) -> bool:
        self.reserve(2 * self.width * symbols.size)
        return kernels.code_by_trees(
            self.nodes, self.model, coder, cost, symbols, buffer, mode, self.width, self.depth
        )


@dataclass(frozen=True)
class CtwBits(BitsCodec):
    """Context-tree weighting of bit strings; the context before the first bit is zeros.

    Args:
        depth: bits of context at most, 0 to 64.

    Raises:
        TypeError: the depth is no integer.
        ValueError: it is out of range.

    Example:
        >>> CtwBits(depth=2).bits("0110100110010110") - 8  # without the 8 bits that say 16
        18.376289943...
    """

    depth: int = 24
    family = "ctw-bits"

    def __post_init__(self) -> None:
        integer("depth", self.depth, 0, MAX_DEPTH)

    def _model(self) -> Model:
        return _Trees(self.width, self.depth)


@dataclass(frozen=True)
class Ctw(BytesCodec):
    """Context-tree weighting of byte strings of at most 16 MiB, a bit at a time.

    A byte is eight binary decisions, most significant bit first, each with a context tree of its
    own for every value of the bits decided before it in the byte: 255 trees. Their contexts are
    the bytes before, the last byte first and each from its most significant bit, zeros before the
    first byte.

    Args:
        depth: bits of the bytes before at most, 0 to 64; the bits decided in the present byte are
            always known and not counted.

    Raises:
        TypeError: the depth is no integer.
        ValueError: it is out of range.
    """

    depth: int = 32
    family = "ctw"

    def __post_init__(self) -> None:
        integer("depth", self.depth, 0, MAX_DEPTH)

    def _model(self) -> Model:
        return _Trees(self.width, self.depth)


class ContextTree:
    """A context tree that predicts one bit at a time, and can take back what it has seen.

    Not to be shared between threads while it is used, `predict` included.

    Args:
        depth: bits of context at most, 0 to 64.
        past: the context before the first bit, oldest first, zeros before that; it is not counted.
        undo_limit: how many of the last updates can be taken back, for which 16 depth + 80 bytes
            each are kept.

    Raises:
        TypeError: an argument is of another type.
        ValueError: it is out of range, or the past holds other than 0 and 1.

    Example:
        >>> tree = ContextTree(3, past="010")
        >>> tree.extend("0110100")
        >>> round(2**-tree.codelength * 32768)  # 95/32768, the example of Willems et al. 1995
        95
    """

    def __init__(self, depth: int, *, past: BitsLike = "", undo_limit: int = 1024) -> None:
        self._trees = _Trees(1, integer("depth", depth, 0, MAX_DEPTH), 64)
        self._undo_limit = integer("undo_limit", undo_limit, 0)
        context = "".join(map(str, as_bits("past", past)[-MAX_DEPTH:].tolist()))
        self._trees.model[kernels.CONTEXT] = int(context or "0", 2)
        self._cost = np.array([0.0, 1.0])
        self._length = 0
        self._undoable = 0
        rows = max(self._undo_limit, 1)  # a ring: update number n is in row n % rows
        self._visited = np.zeros((rows, self.depth + 2), np.int64)
        self._betas = np.zeros((rows, self.depth + 2))
        self._steps = np.zeros((rows, 3), np.int64)
        self._contexts = np.zeros(rows, np.uint64)
        self._costs = np.zeros((rows, 2))

    @property
    def depth(self) -> int:
        """Bits of context at most."""
        return self._trees.depth

    @property
    def undoable(self) -> int:
        """How many updates can be taken back now."""
        return self._undoable

    @property
    def codelength(self) -> float:
        """The ideal codelength of the bits seen, -log2 P_w, in bits."""
        return float(self._cost[0] - np.log2(self._cost[1]))

    @property
    def nbytes(self) -> int:
        """Memory of the nodes in use, in bytes."""
        return self._trees.used * kernels.NODE.itemsize

    def __len__(self) -> int:
        """How many bits it has seen."""
        return self._length

    def __repr__(self) -> str:
        return f"ContextTree({self.depth}): {self._length} bits seen, in {self.codelength:.3f} bits"

    def predict(self) -> float:
        """The probability that the next bit is 1, strictly between 0 and 1."""
        self._trees.reserve(2)
        return kernels.predict(self._trees.nodes, self._trees.model, self.depth)

    def update(self, bit: int) -> None:
        """Append a bit.

        Raises:
            ValueError: it is not 0 or 1.
        """
        if bit not in (0, 1):
            raise ValueError(f"bit: got {bit!r}, accepted is 0 or 1")
        trees, row = self._trees, self._length % len(self._steps)
        trees.reserve(2)
        self._contexts[row] = trees.model[kernels.CONTEXT]
        self._costs[row] = self._cost
        kernels.update(
            trees.nodes,
            trees.model,
            self._cost,
            self.depth,
            int(bit),
            self._visited[row],
            self._betas[row],
            self._steps[row],
        )
        self._length += 1
        self._undoable = min(self._undoable + 1, self._undo_limit)

    def undo(self) -> None:
        """Take back the last update: everything is again as it was, bit for bit.

        Raises:
            ValueError: no more updates are remembered (`undo_limit`, or `extend` came since).
        """
        if not self._undoable:
            raise ValueError(
                f"undo: no update is left to take back; undo_limit is {self._undo_limit}, "
                "and extend cannot be undone"
            )
        self._length -= 1
        self._undoable -= 1
        trees, row = self._trees, self._length % len(self._steps)
        kernels.undo(
            trees.nodes, trees.model, self._visited[row], self._betas[row], self._steps[row]
        )
        trees.model[kernels.CONTEXT] = self._contexts[row]
        self._cost[:] = self._costs[row]

    def extend(self, bits: BitsLike) -> None:
        """Append many bits, as fast as a code does; they cannot be taken back.

        Raises:
            TypeError: `bits` is no bit string.
            ValueError: it holds other than 0 and 1.
        """
        symbols = as_bits("bits", bits)
        self._cost[0] += sequential_bits(self._trees, symbols, 1)
        self._length += symbols.size
        self._undoable = 0

    def copy(self) -> Self:
        """A tree in the same state, which goes its own way."""
        return copy.deepcopy(self)
