"""Numba kernels of the context models: weighted context trees, context tables, a binary coder.

All helpers live in this file because Numba's cache does not see changes elsewhere. Probabilities
are computed with + - * / on doubles alone, in the same kernel for encoder and decoder and without
fast-math, so that codewords decode on every platform with IEEE arithmetic; a logarithm only enters
the codelength that is reported.

A *symbol* of `width` bits (1 or 8) is coded as `width` binary decisions, most significant bit
first. A decision's *prefix* is a leading 1 and the bits of the symbol decided so far: 1 for width
1, 1 to 255 for width 8. Its *context* is a word of 64 bits of earlier symbols: bit 0 is the most
significant bit of the last symbol, bit `width` that of the symbol before.

Arrays that the kernels advance in place:

- `nodes` (M,) of NODE: slot p is the root of prefix p; behind the roots, pairs of siblings.
- `model` (2,) uint64: the context, and the number of slots in use.
- `counts` (K, 2) int64: how often 0 and 1 were seen, row `context << width | prefix`.
- `coder` (4,) uint64: low end, size and (decoding) code value of the interval, bytes shifted.
- `cost` (2,) float64: bits so far, and a product of probabilities not yet counted in them.
"""

import math

import numpy as np
from numba import njit

MEASURE, ENCODE, DECODE = range(3)

LOW, SIZE, CODE, SHIFTED = range(4)
CONTEXT, USED = range(2)

NODE = np.dtype(
    [
        ("context", "u8"),  # of the visits; bits below `depth` agree among them
        ("beta", "f8"),  # P_e / (P_w of child 0 * P_w of child 1)
        ("zeros", "u4"),
        ("ones", "u4"),
        ("children", "i4"),  # slot of child 0, child 1 is next to it; 0 for a leaf
        ("depth", "i4"),  # where its visits branch; the tree's depth for a leaf
    ]
)
"""A node and the unary chain of nodes above it: 32 bytes."""

START = 0xF << 60
"""Size of the first interval: 15/16 of all, so that probabilities rounded to 32 bits never make a
codeword shorter than the ideal codelength."""

_U8 = np.uint8
_U64 = np.uint64
_32 = np.uint64(32)
_56 = np.uint64(56)
_8 = np.uint64(8)
_ZERO = np.uint64(0)
_ONE = np.uint64(1)
_HALF_WORD = np.uint64(0xFFFFFFFF)
_TOP = np.uint64(1 << 56)
_MASKS = np.array([(1 << d) - 1 for d in range(65)], np.uint64)
_ODDS = np.array([2.0**k - 1.0 for k in range(66)])
_LEAST, _MOST = 2.0**-900, 2.0**900
_TINY = 2.0**-900


@njit(cache=True, nogil=True)
def _split(size, p):
    """The part of an interval of `size` that a one of probability `p` gets: the low part.

    The smaller probability is rounded down to 32 bits, and is at least 2^-32.
    """
    if p <= 0.5:
        share = max(_U64(p * 4294967296.0), _ONE)
    else:
        share = _HALF_WORD + _ONE - max(_U64((1.0 - p) * 4294967296.0), _ONE)
    return (size >> _32) * share + (((size & _HALF_WORD) * share) >> _32)


@njit(cache=True, nogil=True)
def _encode(coder, buffer, p, bit):
    """Narrow the interval by one bit; bytes that are settled but for a carry go to `buffer`."""
    bound = _split(coder[SIZE], p)
    size = bound
    low = coder[LOW]
    if bit == 0:
        size = coder[SIZE] - bound
        low += bound
        if low < bound:
            i = np.int64(coder[SHIFTED]) - 1
            while buffer[i] == 255:
                buffer[i] = _U8(0)
                i -= 1
            buffer[i] += _U8(1)
    while size < _TOP:
        buffer[np.int64(coder[SHIFTED])] = _U8(low >> _56)
        coder[SHIFTED] += _ONE
        low <<= _8
        size <<= _8
    coder[LOW] = low
    coder[SIZE] = size


@njit(cache=True, nogil=True)
def _decode(coder, body, p):
    """The next bit; -1 when no codeword as short as `body` can hold what was decoded."""
    bound = _split(coder[SIZE], p)
    bit = 1 if coder[CODE] < bound else 0
    if bit == 1:
        size = bound
    else:
        size = coder[SIZE] - bound
        coder[CODE] -= bound
    while size < _TOP:
        coder[SHIFTED] += _ONE
        shifted = np.int64(coder[SHIFTED])
        if shifted >= body.size:
            return -1
        byte = _U64(body[shifted + 7]) if shifted + 7 < body.size else _ZERO
        coder[CODE] = (coder[CODE] << _8) | byte
        size <<= _8
    coder[SIZE] = size
    return bit


@njit(cache=True, nogil=True)
def _charge(cost, p):
    """Add -log2(p) to the cost, in batches."""
    cost[1] *= p
    if cost[1] < _TINY:
        cost[0] -= math.log2(cost[1])
        cost[1] = 1.0


@njit(cache=True, nogil=True)
def _copy(nodes, source, target):
    nodes[target]["context"] = nodes[source]["context"]
    nodes[target]["beta"] = nodes[source]["beta"]
    nodes[target]["zeros"] = nodes[source]["zeros"]
    nodes[target]["ones"] = nodes[source]["ones"]
    nodes[target]["children"] = nodes[source]["children"]
    nodes[target]["depth"] = nodes[source]["depth"]


@njit(cache=True, nogil=True)
def _clear(nodes, slot, context, depth):
    """Make a slot a leaf that was never visited."""
    nodes[slot]["context"] = context
    nodes[slot]["beta"] = 1.0
    nodes[slot]["zeros"] = 0
    nodes[slot]["ones"] = 0
    nodes[slot]["children"] = 0
    nodes[slot]["depth"] = depth


@njit(cache=True, nogil=True)
def _fork(nodes, node, slot, context, depth, at):
    """Let the chain of `node` branch at depth `at`, above where it did: children at `slot`.

    Below, Pw = (1 - 2^-k) P_e + 2^-k P_e / beta for the k nodes of the old chain from there on.
    """
    old = slot + np.int64((nodes[node]["context"] >> _U64(at)) & _ONE)
    new = 2 * slot + 1 - old
    _copy(nodes, node, old)
    _clear(nodes, new, context, depth)
    beta = 1.0
    if nodes[node]["children"] != 0:
        half = _ODDS[nodes[node]["depth"] - at]  # 2^k - 1
        beta = (half + 1.0) / (half + 1.0 / nodes[node]["beta"])
    nodes[node]["beta"] = beta
    nodes[node]["children"] = slot
    nodes[node]["depth"] = at
    return new


@njit(cache=True, nogil=True)
def _walk(nodes, used, root, context, depth, path):
    """The branching nodes of a context, root first, and its leaf, made if need be.

    Returns (length of the path, slots in use after it). A walk needs two free slots.
    """
    node = root
    if nodes[node]["zeros"] + nodes[node]["ones"] == 0:
        nodes[node]["context"] = context
    length = 0
    while True:
        path[length] = node
        length += 1
        here = nodes[node]["depth"]
        difference = (nodes[node]["context"] ^ context) & _MASKS[here]
        if difference != _ZERO:
            at = 0
            while (difference >> _U64(at)) & _ONE == _ZERO:
                at += 1
            path[length] = _fork(nodes, node, used, context, depth, at)
            return length + 1, used + 2
        children = nodes[node]["children"]
        if children == 0:
            return length, used
        node = children + np.int64((context >> _U64(here)) & _ONE)


@njit(cache=True, nogil=True)
def _mix(nodes, path, length, below):
    """P_w(next bit is 1) at the root; `below[i]` gets that of the child of `path[i]`.

    The conditional form of P_w = (1 - 2^-k) P_e + 2^-k P_w0 P_w1, k the nodes of a chain: with the
    odds w = beta (2^k - 1) they mix as (w P_e + P_child) / (w + 1).
    """
    leaf = path[length - 1]
    ones = np.float64(nodes[leaf]["ones"])
    p = (ones + 0.5) / (np.float64(nodes[leaf]["zeros"]) + ones + 1.0)
    for i in range(length - 2, -1, -1):
        node = path[i]
        above = nodes[path[i - 1]]["depth"] if i > 0 else -1
        ones = np.float64(nodes[node]["ones"])
        total = np.float64(nodes[node]["zeros"]) + ones + 1.0
        odds = nodes[node]["beta"] * _ODDS[nodes[node]["depth"] - above]
        share = 1.0 / ((odds + 1.0) * total)
        below[i] = p
        p = (odds * (ones + 0.5) + p * total) * share
    return p


@njit(cache=True, nogil=True)
def _learn(nodes, path, length, below, bit):
    """Count the bit in every node of the path and update the betas."""
    for i in range(length):
        node = path[i]
        zeros = nodes[node]["zeros"]
        ones = nodes[node]["ones"]
        if i < length - 1:
            total = np.float64(zeros) + np.float64(ones) + 1.0
            if bit == 1:
                ratio = (np.float64(ones) + 0.5) / (total * below[i])
            else:
                ratio = (np.float64(zeros) + 0.5) / (total * (1.0 - below[i]))
            nodes[node]["beta"] = min(max(nodes[node]["beta"] * ratio, _LEAST), _MOST)
        if bit == 1:
            nodes[node]["ones"] = ones + 1
        else:
            nodes[node]["zeros"] = zeros + 1


@njit(cache=True, nogil=True)
def plant(nodes, roots, depth):
    """Make the first `roots` slots unvisited trees."""
    for slot in range(roots):
        _clear(nodes, slot, _ZERO, depth)


@njit(cache=True, nogil=True)
def code_by_trees(nodes, model, coder, cost, symbols, buffer, mode, width, depth):
    """Measure, encode or decode symbols, each decision by the tree of its prefix.

    Args:
        nodes: needs 2 * width free slots per symbol.
        model: context and slots in use.
        coder: state of the coder; unused to MEASURE.
        cost: bits, counted when measuring.
        symbols: (n,) uint8, read, or written when decoding.
        buffer: uint8, encoded bytes (4 free per decision), or the body to decode.
        mode: MEASURE, ENCODE or DECODE.
        width: bits per symbol, 1 or 8.
        depth: bits of context at most, 0 to 64.

    Returns:
        Whether it ended; False when the body is too short.
    """
    path = np.empty(66, np.int64)
    below = np.empty(66, np.float64)
    context = model[CONTEXT]
    used = np.int64(model[USED])
    for i in range(symbols.size):
        symbol = np.int64(symbols[i])
        prefix = 1
        reverse = 0
        for j in range(width):
            length, used = _walk(nodes, used, prefix, context, depth, path)
            p = _mix(nodes, path, length, below)
            if mode == DECODE:
                bit = _decode(coder, buffer, p)
                if bit < 0:
                    return False
            else:
                bit = (symbol >> (width - 1 - j)) & 1
                if mode == ENCODE:
                    _encode(coder, buffer, p, bit)
                else:
                    _charge(cost, p if bit == 1 else 1.0 - p)
            _learn(nodes, path, length, below, bit)
            prefix = 2 * prefix + bit
            reverse |= bit << j
        context = (context << _U64(width)) | _U64(reverse)
        symbols[i] = _U8(prefix & ((1 << width) - 1))
    model[CONTEXT] = context
    model[USED] = _U64(used)
    return True


@njit(cache=True, nogil=True)
def code_by_table(counts, model, coder, cost, symbols, buffer, mode, width, order):
    """As `code_by_trees`, each decision by the counts of its prefix after `order` symbols.

    With the prior 1/2 for each of the symbols that begin with a prefix, the product of a symbol's
    decisions is (its count + 1/2) / (all counts + 2^width / 2).
    """
    mask = _MASKS[order * width]
    context = model[CONTEXT]
    for i in range(symbols.size):
        symbol = np.int64(symbols[i])
        row = np.int64((context & mask) << _U64(width))
        prefix = 1
        reverse = 0
        for j in range(width):
            prior = 0.5 * (1 << (width - 1 - j))
            slot = row + prefix
            ones = np.float64(counts[slot, 1])
            p = (ones + prior) / (np.float64(counts[slot, 0]) + ones + 2.0 * prior)
            if mode == DECODE:
                bit = _decode(coder, buffer, p)
                if bit < 0:
                    return False
            else:
                bit = (symbol >> (width - 1 - j)) & 1
                if mode == ENCODE:
                    _encode(coder, buffer, p, bit)
                else:
                    _charge(cost, p if bit == 1 else 1.0 - p)
            counts[slot, bit] += 1
            prefix = 2 * prefix + bit
            reverse |= bit << j
        context = (context << _U64(width)) | _U64(reverse)
        symbols[i] = _U8(prefix & ((1 << width) - 1))
    model[CONTEXT] = context
    return True


@njit(cache=True, nogil=True)
def _prune(nodes, leaf, parent):
    """Take back the fork that made `leaf`: its sibling is again what `parent` was."""
    _copy(nodes, leaf ^ 1, parent)


@njit(cache=True, nogil=True)
def predict(nodes, model, depth):
    """P(next bit is 1) of a tree with its root in slot 1; needs two free slots, changes nothing."""
    path = np.empty(66, np.int64)
    below = np.empty(66, np.float64)
    used = np.int64(model[USED])
    length, after = _walk(nodes, used, 1, model[CONTEXT], depth, path)
    p = _mix(nodes, path, length, below)
    if after > used:
        _prune(nodes, path[length - 1], path[length - 2])
    _forget_empty(nodes)
    return p


@njit(cache=True, nogil=True)
def _forget_empty(nodes):
    if nodes[1]["zeros"] + nodes[1]["ones"] == 0:
        nodes[1]["context"] = 0


@njit(cache=True, nogil=True)
def update(nodes, model, cost, depth, bit, visited, betas, step):
    """Append a bit, with what `undo` needs: rows `visited` and `betas` (66,) and `step` (3,).

    `step` gets the length of the path, whether it forked, and the bit.
    """
    below = np.empty(66, np.float64)
    used = np.int64(model[USED])
    length, after = _walk(nodes, used, 1, model[CONTEXT], depth, visited)
    p = _mix(nodes, visited, length, below)
    for i in range(length):
        betas[i] = nodes[visited[i]]["beta"]
    _charge(cost, p if bit == 1 else 1.0 - p)
    _learn(nodes, visited, length, below, bit)
    step[0] = length
    step[1] = after - used
    step[2] = bit
    model[CONTEXT] = (model[CONTEXT] << _ONE) | _U64(bit)
    model[USED] = _U64(after)


@njit(cache=True, nogil=True)
def undo(nodes, model, visited, betas, step):
    """Take back an `update`, bit for bit; context and cost are the caller's to restore."""
    length = step[0]
    for i in range(length):
        node = visited[i]
        nodes[node]["beta"] = betas[i]
        if step[2] == 1:
            nodes[node]["ones"] = nodes[node]["ones"] - 1
        else:
            nodes[node]["zeros"] = nodes[node]["zeros"] - 1
    if step[1] > 0:
        _prune(nodes, visited[length - 1], visited[length - 2])
    model[USED] -= _U64(step[1])
    _forget_empty(nodes)
