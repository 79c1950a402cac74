"""Numba kernels of factored context trees: contexts of any depth in one shared history, and undo.

They weight as those of `complexity.context._kernels` do, with the same nodes of 32 bytes. There a
node carries its context, a word of 64 bits; here a leaf says where in the history of all bits its
context ends, so that trees may be deeper and bits of context alone (actions) belong to no tree. A
walk looks at the branching bits only and compares the whole context once, at the leaf.

A *symbol* has `width` bits, each with a tree of its own, or all with one. A bit's context is the
history before it, the last bit first: as many bits as the depth, and where each bit has a tree,
also the bits of the symbol before it.

Kernels take `Arrays`, which they advance in place:

- `nodes` (M,) of NODE: slots 1 to `trees` are the roots; behind the roots, pairs of siblings.
- `words` (W,) uint64: the history, bit p of it in word p >> 6; zeros before its first bit and
  after its last.
- `state` (5,) int64: END of the history, slots USED, bits of the present symbol (PHASE), and what
  can be undone: DONE steps with TOP visits in all.
- `shape` (3,) int64: WIDTH of a symbol, DEPTH of the first tree, number of TREES.
- `visited` (V,) int32, `betas` (V,): nodes of every step and what their beta was before.
- `steps` (S, 4) int32: visits of a step, slots it took, its bit, the phase before it.
- `costs` (S + 1, 2): before every step, and last at present: bits so far, and a product of
  probabilities not yet counted in them.
- `below` (depth + width + 2,): room for the probabilities of a path.
"""

import math
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

NODE = np.dtype(
    [
        ("beta", "f8"),  # P_e / (P_w of child 0 * P_w of child 1)
        ("position", "i8"),  # of a leaf: where in the history its context ends
        ("zeros", "u4"),
        ("ones", "u4"),
        ("children", "i4"),  # slot of child 0, child 1 is next to it; 0 for a leaf
        ("depth", "i4"),  # where its visits branch; the tree's depth for a leaf
    ]
)
"""A node and the unary chain of nodes above it: 32 bytes."""


class Arrays(NamedTuple):
    """The state of the trees; see above."""

    nodes: NDArray[np.void]
    words: NDArray[np.uint64]
    state: NDArray[np.int64]
    shape: NDArray[np.int64]
    visited: NDArray[np.int32]
    betas: NDArray[np.float64]
    steps: NDArray[np.int32]
    costs: NDArray[np.float64]
    below: NDArray[np.float64]


END, USED, PHASE, DONE, TOP = range(5)
WIDTH, DEPTH, TREES = range(3)
MAX_LEVELS = 1000
"""Depth of the deepest tree: 2^1001 is a double."""

_OPTIONS: Any = {"nogil": True, "error_model": "numpy", "_nrt": False}
_lean = njit(cache=True, **_OPTIONS)
"""Kernels allocate nothing, and do not count references to their arguments, which would take
longer than the trees do."""

_U64 = np.uint64
_ONE = np.uint64(1)
_ZERO = np.uint64(0)
_ODDS = np.array([2.0**k - 1.0 for k in range(MAX_LEVELS + 2)])
_LEAST, _MOST = 2.0**-900, 2.0**900
_TINY = 2.0**-900


@_lean
def _bit(words, position):
    return np.int64((words[position >> 6] >> _U64(position & 63)) & _ONE)


@_lean
def _window(words, end):
    """The 64 bits before `end`, the last of them the most significant."""
    at = (end - 64) >> 6
    shift = end & 63
    if shift == 0:
        return words[at]
    return (words[at] >> _U64(shift)) | (words[at + 1] << _U64(64 - shift))


@_lean
def _leading_zeros(word):
    """Of a word that is not zero."""
    count = 0
    for size in (32, 16, 8, 4, 2, 1):
        if word >> _U64(64 - size) == _ZERO:
            count += size
            word <<= _U64(size)
    return count


@_lean
def _agreement(words, a, b, limit):
    """How many bits the contexts that end at `a` and at `b` have in common, at most `limit`."""
    common = 0
    while common < limit:
        difference = _window(words, a - common) ^ _window(words, b - common)
        if difference != _ZERO:
            return min(limit, common + _leading_zeros(difference))
        common += 64
    return limit


@_lean
def _copy(nodes, source, target):
    nodes[target]["beta"] = nodes[source]["beta"]
    nodes[target]["position"] = nodes[source]["position"]
    nodes[target]["zeros"] = nodes[source]["zeros"]
    nodes[target]["ones"] = nodes[source]["ones"]
    nodes[target]["children"] = nodes[source]["children"]
    nodes[target]["depth"] = nodes[source]["depth"]


@_lean
def _clear(nodes, slot, position, depth):
    """Make a slot a leaf that was never visited."""
    nodes[slot]["beta"] = 1.0
    nodes[slot]["position"] = position
    nodes[slot]["zeros"] = 0
    nodes[slot]["ones"] = 0
    nodes[slot]["children"] = 0
    nodes[slot]["depth"] = depth


@_lean
def _fork(nodes, node, slot, side, position, depth, at):
    """Let the chain of `node` branch at depth `at`, above where it did: children at `slot`.

    The new leaf is child `side`. Below, Pw = (1 - 2^-k) P_e + 2^-k P_e / beta for the k nodes of
    the old chain from there on.
    """
    new = slot + side
    _copy(nodes, node, 2 * slot + 1 - new)
    _clear(nodes, new, position, depth)
    beta = 1.0
    if nodes[node]["children"] != 0:
        half = _ODDS[nodes[node]["depth"] - at]  # 2^k - 1
        beta = (half + 1.0) / (half + 1.0 / nodes[node]["beta"])
    nodes[node]["beta"] = beta
    nodes[node]["position"] = 0
    nodes[node]["children"] = slot
    nodes[node]["depth"] = at
    return new


@_lean
def _walk(nodes, words, used, root, end, depth, visited, top):
    """Put the branching nodes of a context and its leaf, made if need be, into visited[top:].

    Returns (their number, slots in use after it). A walk needs two free slots.
    """
    node = root
    if nodes[node]["zeros"] + nodes[node]["ones"] == 0:
        nodes[node]["position"] = end
    last = top
    visited[last] = node
    children = nodes[node]["children"]
    while children != 0:
        node = children + _bit(words, end - 1 - nodes[node]["depth"])
        last += 1
        visited[last] = node
        children = nodes[node]["children"]
    common = _agreement(words, end, nodes[node]["position"], depth)
    if common == depth:
        return last - top + 1, used
    last = top
    while nodes[visited[last]]["depth"] < common:
        last += 1
    side = _bit(words, end - 1 - common)
    visited[last + 1] = _fork(nodes, visited[last], used, side, end, depth, common)
    return last - top + 2, used + 2


@_lean
def _mix(nodes, visited, top, length, below):
    """P_w(next bit is 1) at the root; `below[i]` gets that of the child of node i of the path.

    The conditional form of P_w = (1 - 2^-k) P_e + 2^-k P_w0 P_w1, k the nodes of a chain: with the
    odds w = beta (2^k - 1) they mix as (w P_e + P_child) / (w + 1).
    """
    leaf = visited[top + length - 1]
    ones = np.float64(nodes[leaf]["ones"])
    p = (ones + 0.5) / (np.float64(nodes[leaf]["zeros"]) + ones + 1.0)
    for i in range(length - 2, -1, -1):
        node = visited[top + i]
        above = nodes[visited[top + i - 1]]["depth"] if i > 0 else -1
        ones = np.float64(nodes[node]["ones"])
        total = np.float64(nodes[node]["zeros"]) + ones + 1.0
        odds = min(nodes[node]["beta"] * _ODDS[nodes[node]["depth"] - above], _MOST)
        share = 1.0 / ((odds + 1.0) * total)
        below[i] = p
        p = (odds * (ones + 0.5) + p * total) * share
    return p


@_lean
def _learn(nodes, visited, betas, top, length, below, bit):
    """Count the bit in every node of the path and update the betas; their old ones are kept."""
    for i in range(length):
        node = visited[top + i]
        zeros = nodes[node]["zeros"]
        ones = nodes[node]["ones"]
        beta = nodes[node]["beta"]
        betas[top + i] = beta
        if i < length - 1:
            total = np.float64(zeros) + np.float64(ones) + 1.0
            if bit == 1:
                ratio = (np.float64(ones) + 0.5) / (total * below[i])
            else:
                ratio = (np.float64(zeros) + 0.5) / (total * (1.0 - below[i]))
            nodes[node]["beta"] = min(max(beta * ratio, _LEAST), _MOST)
        if bit == 1:
            nodes[node]["ones"] = ones + 1
        else:
            nodes[node]["zeros"] = zeros + 1


@_lean
def look(trees):
    """Find the path of the next bit in its tree: (P(it is 1), nodes, slots taken for it).

    To be followed by `take` or by `leave`, with these numbers.
    """
    state, shape = trees.state, trees.shape
    tree = state[PHASE] if shape[TREES] > 1 else 0
    depth = shape[DEPTH] + tree
    used, top = state[USED], state[TOP]
    length, after = _walk(
        trees.nodes, trees.words, used, 1 + tree, state[END], depth, trees.visited, top
    )
    state[USED] = after
    return _mix(trees.nodes, trees.visited, top, length, trees.below), length, after - used


@_lean
def leave(trees, length, taken):
    """Give back the slots that `look` took."""
    nodes, state, visited = trees.nodes, trees.state, trees.visited
    top = state[TOP]
    if taken > 0:
        _copy(nodes, visited[top + length - 1] ^ 1, visited[top + length - 2])
        state[USED] -= taken
    root = visited[top]
    if nodes[root]["zeros"] + nodes[root]["ones"] == 0:
        nodes[root]["position"] = 0


@_lean
def _append(trees, length, taken, bit, advance):
    state, steps = trees.state, trees.steps
    step = state[DONE]
    steps[step, 0] = length
    steps[step, 1] = taken
    steps[step, 2] = bit
    steps[step, 3] = state[PHASE]
    state[DONE] = step + 1
    state[TOP] += length
    end = state[END]
    trees.words[end >> 6] |= _U64(bit) << _U64(end & 63)
    state[END] = end + 1
    phase = state[PHASE] + advance
    state[PHASE] = phase if phase < trees.shape[WIDTH] else 0


@_lean
def take(trees, length, taken, bit, p):
    """Learn the bit that `look` was for, and append it; `p` is the bit's probability."""
    state, costs = trees.state, trees.costs
    _learn(trees.nodes, trees.visited, trees.betas, state[TOP], length, trees.below, bit)
    step = state[DONE]
    bits = costs[step, 0]
    product = costs[step, 1] * p
    if product < _TINY:
        bits -= math.log2(product)
        product = 1.0
    costs[step + 1, 0] = bits
    costs[step + 1, 1] = product
    _append(trees, length, taken, bit, 1)


@_lean
def condition(trees, bit, advance):
    """Append a bit as context alone; with `advance` 1 it is a bit of the symbol, with 0 not."""
    step, costs = trees.state[DONE], trees.costs
    costs[step + 1, 0] = costs[step, 0]
    costs[step + 1, 1] = costs[step, 1]
    _append(trees, 0, 0, bit, advance)


@_lean
def undo(trees):
    """Take back the last `take` or `condition`, bit for bit."""
    nodes, state, steps, visited = trees.nodes, trees.state, trees.steps, trees.visited
    step = state[DONE] - 1
    length = np.int64(steps[step, 0])
    bit = steps[step, 2]
    state[DONE] = step
    state[PHASE] = steps[step, 3]
    end = state[END] - 1
    state[END] = end
    trees.words[end >> 6] &= ~(_ONE << _U64(end & 63))
    if length == 0:
        return
    top = state[TOP] - length
    state[TOP] = top
    for i in range(top, top + length):
        node = visited[i]
        nodes[node]["beta"] = trees.betas[i]
        if bit == 1:
            nodes[node]["ones"] -= 1
        else:
            nodes[node]["zeros"] -= 1
    leave(trees, length, np.int64(steps[step, 1]))


@_lean
def rewind(trees, done):
    """Take back all steps but the first `done`."""
    while trees.state[DONE] > done:
        undo(trees)


@_lean
def commit(trees):
    """Forget how to take back what was done."""
    state, costs = trees.state, trees.costs
    costs[0, 0] = costs[state[DONE], 0]
    costs[0, 1] = costs[state[DONE], 1]
    state[DONE] = 0
    state[TOP] = 0


@_lean
def plant(nodes, shape):
    """Make the roots unvisited trees."""
    for tree in range(shape[TREES]):
        _clear(nodes, 1 + tree, 0, shape[DEPTH] + tree)


@_lean
def predict(trees):
    """P(next bit is 1); changes nothing."""
    p, length, taken = look(trees)
    leave(trees, length, taken)
    return p


@_lean
def update(trees, bit):
    """Learn and append a bit; returns its probability."""
    p, length, taken = look(trees)
    p = p if bit == 1 else 1.0 - p
    take(trees, length, taken, bit, p)
    return p


@_lean
def extend(trees, bits):
    """Learn and append bits, which cannot be taken back."""
    for i in range(bits.size):
        commit(trees)
        update(trees, np.int64(bits[i]))
    commit(trees)
