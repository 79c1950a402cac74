"""Numba kernels of the elementary rules: one for any rule and boundary, and one made for a rule.

The first keeps cells in their order, 64 to a word. The second wants no shifts: its LANES = 256
lanes hold R successive cells each, and row r is a vector of one bit of every lane (bit k of word v
is lane 4 k + v), so that the cells left and right of a row's are the rows before and after it. A
sweep reads each row once and takes it DEPTH steps on, the rows between living in registers; a store
follows DEPTH rows behind the load, so one array is enough. The vectors are written out as LLVM's,
because LLVM does not find them in loops this short.

The rows beyond the first and the last come from the lanes beside; what lies beyond the ends of the
whole string is wrong, and spoils one cell more in every step until the caller's copies mend it.
"""

from functools import cache

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

PERIODIC, FIXED, REFLECTING = range(3)

VECTOR = 4
"""Words of a row."""

LANES = 64 * VECTOR

DEPTH = 4
"""Steps of one sweep."""

FRONT = 2 * DEPTH
"""Rows in memory before row 0; there are DEPTH after the last."""

_U = np.uint64
_ZERO = np.uint64(0)
_ONE = np.uint64(1)
_LAST = np.uint64(63)


@njit(nogil=True, forceinline=True)
def _mux(which, zero, one):
    """Bits of `one` where `which` has a one, of `zero` elsewhere."""
    return zero ^ (which & (zero ^ one))


@njit(nogil=True, forceinline=True)
def _bit(words, cell):
    return (words[1 + (cell >> 6)] >> _U(cell & 63)) & _ONE


@njit(nogil=True, inline="always")
def _ends(words, width, boundary):
    """Build the cells -1 and `width`, and clear what follows in the last word."""
    before = after = _ZERO
    if boundary == PERIODIC:
        before, after = _bit(words, width - 1), _bit(words, 0)
    elif boundary == REFLECTING:
        before, after = _bit(words, 0), _bit(words, width - 1)
    words[0] = before << _LAST
    place, shift = 1 + (width >> 6), _U(width & 63)
    words[place] = (words[place] & ((_ONE << shift) - _ONE)) | (after << shift)


@njit(cache=True, nogil=True)
def evolve(rows, width, boundary, masks, steps):
    """Step t takes row t to row t + 1 of `rows`, which begin anew after the last.

    Cell i is bit i % 64 of word 1 + i // 64; a row has ceil(width / 64) + 2 words. `masks` (8,) are
    all zeros or all ones, what becomes of a cell by its neighbourhood 4 left + 2 own + right.
    """
    m0, m1, m2, m3 = masks[0], masks[1], masks[2], masks[3]
    m4, m5, m6, m7 = masks[4], masks[5], masks[6], masks[7]
    for step in range(steps):
        source, target = rows[step % rows.shape[0]], rows[(step + 1) % rows.shape[0]]
        _ends(source, width, boundary)
        for j in range((width + 63) >> 6):
            i = _U(j)
            own = source[i + _ONE]
            left = (own << _ONE) | (source[i] >> _LAST)
            right = (own >> _ONE) | (source[i + _U(2)] << _LAST)
            dead = _mux(own, _mux(right, m0, m1), _mux(right, m2, m3))
            alive = _mux(own, _mux(right, m4, m5), _mux(right, m6, m7))
            target[i + _ONE] = _mux(left, dead, alive)


def formula(rule):
    """A shortest formula of a rule from left, own and right, by the gates xor, and, or, and-not.

    Returns:
        The index 0 to 2 of an input, or (gate, formula, formula); of a constant, the number 0 or
        255 in a tuple of its own.
    """
    found = {0b11110000: 0, 0b11001100: 1, 0b10101010: 2, 0: (0,), 255: (255,)}
    by_cost = [list(found)]
    while rule not in found:
        level = {}
        for cost, left in enumerate(by_cost):
            for a in left:
                for b in by_cost[len(by_cost) - 1 - cost]:
                    gates = {"xor": a ^ b, "and_": a & b, "or_": a | b, "and_not": a & ~b}
                    for gate, result in gates.items():
                        if result not in found:
                            level[result] = (gate, found[a], found[b])
        found |= level
        by_cost.append(list(level))
    return found[rule]


def _emit(builder, tree, inputs):
    """Emit a formula of vectors."""
    if isinstance(tree, int):
        return inputs[tree]
    if len(tree) == 1:
        word = 2**64 - 1 if tree[0] else 0
        return ir.Constant(inputs[0].type, [ir.Constant(ir.IntType(64), word)] * VECTOR)
    gate, a, b = tree
    first, second = _emit(builder, a, inputs), _emit(builder, b, inputs)
    if gate == "and_not":
        return builder.and_(first, builder.not_(second))
    return getattr(builder, gate)(first, second)


@intrinsic(prefer_literal=True)
def _sweep(typing, words, rows, rule, depth):
    """Take rows 0 to `rows` - 1 `depth` steps on, where `depth` rows on both sides are right."""
    if not isinstance(rule, types.IntegerLiteral) or not isinstance(depth, types.IntegerLiteral):
        return None
    tree, levels = formula(rule.literal_value), depth.literal_value

    def generate(context, builder, signature, arguments):
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        vector, number = ir.VectorType(ir.IntType(64), VECTOR), ir.IntType(64)
        memory = builder.bitcast(array.data, vector.as_pointer())
        # of every step but the last, the two rows before the newest
        kept = [[cgutils.alloca_once(builder, vector) for _ in "ab"] for _ in range(levels)]
        for slots in kept:
            for slot in slots:
                builder.store(ir.Constant(vector, None), slot)
        count = builder.add(arguments[1], number(2 * levels))
        with cgutils.for_range(builder, count) as loop:
            place = builder.add(loop.index, number(FRONT - levels))
            newest = builder.load(builder.gep(memory, [place]), align=8)
            for older, newer in kept:
                left, own = builder.load(older), builder.load(newer)
                builder.store(own, older)
                builder.store(newest, newer)
                newest = _emit(builder, tree, (left, own, newest))
            goal = builder.gep(memory, [builder.sub(place, number(levels))])
            builder.store(newest, goal, align=8)
        return context.get_dummy_value()

    return types.void(words, types.int64, rule, depth), generate


@njit(nogil=True, inline="always")
def _beside(words, rows, count):
    """Build `count` rows before the first and after the last from the lanes beside."""
    for j in range(1, count + 1):
        goal, own = _U(VECTOR * (FRONT - j)), _U(VECTOR * (FRONT + rows - j))
        for v in range(1, VECTOR):
            words[goal + _U(v)] = words[own + _U(v - 1)]
        words[goal] = words[own + _U(VECTOR - 1)] << _ONE
        goal, own = _U(VECTOR * (FRONT + rows - 1 + j)), _U(VECTOR * (FRONT - 1 + j))
        for v in range(1, VECTOR):
            words[goal + _U(v - 1)] = words[own + _U(v)]
        words[goal + _U(VECTOR - 1)] = words[own] >> _ONE


@njit(nogil=True, inline="always")
def _copied(words, copies):
    """Copy bits: each of `copies` (n, 5) is (word, bit) to write, to read, and 0 to clear it."""
    for k in range(copies.shape[0]):
        goal, put, source, lane, keep = copies[k]
        bit = (words[source] >> lane) & keep
        words[goal] = (words[goal] & ~(_ONE << put)) | (bit << put)


@cache
def compiled(rule):
    """The kernel of one rule, whose formula becomes machine code."""
    depth = DEPTH

    @njit(cache=True, nogil=True)
    def advance(words, rows, copies, period, steps):
        """Take `words`, FRONT + `rows` + DEPTH rows of VECTOR, `steps` on.

        Before every `period` steps the bits in `copies` are copied.
        """
        if rows < DEPTH or words.size < VECTOR * (FRONT + rows + DEPTH):
            raise ValueError("too few rows")
        while steps > 0:
            _copied(words, copies)
            now = min(steps, period)
            for _ in range(now // DEPTH):
                _beside(words, rows, DEPTH)
                _sweep(words, rows, rule, depth)  # pyright: ignore[reportCallIssue]
            for _ in range(now % DEPTH):
                _beside(words, rows, 1)
                _sweep(words, rows, rule, 1)  # pyright: ignore[reportCallIssue]
            steps -= now

    return advance
