"""Numba kernels of two-dimensional rules on bits: 64 rows in a word, a strip of them at a time.

A grid of H by W cells is words (R, W), R = max(4, ceil(H / 64)): bit k of word (r, x) is the cell
in row k R + r and column x ("lane" k holds R successive rows; rows past H - 1 are dead weight). So
the cells above and below a word's are the words (r - 1, x) and (r + 1, x), and only beyond the
first and the last of the R rows of words a shift by one lane is needed. The inner loops run over x
in contiguous memory, and LLVM makes vectors of them.

A kernel advances a strip: a flat buffer of R + 2 rows of STRIDE words, of which the first and the
last row and the columns at both ends are what lies around the grid. The constant row length lets
LLVM see that the rows read and the rows written are different memory. All helpers live in this file
because Numba's cache does not see changes elsewhere; those called in one place are inlined as
source, which halves the time of compiling.
"""

from functools import cache

import numpy as np
from numba import njit

STRIDE = 1064
"""Words from one row of a strip to the next; no power of two, for the cache's sake."""

BLOCK = 4
"""Rows of words made at a time; a grid has at least as many."""

CHUNK = 64
"""Words of a row that a decision diagram is evaluated for at a time."""

_U = np.uint64
_ZERO = np.uint64(0)
_ONE = np.uint64(1)
_TWO = np.uint64(2)
_ROW = np.uint64(STRIDE)


@njit(cache=True, nogil=True)
def pack(cells, words):
    """Put cells (64 R, W) into words (R, W); worth compiling for large grids."""
    rows, width = words.shape
    for r in range(rows):
        word = words[r]
        for x in range(width):
            word[x] = _ZERO
        for k in range(63, -1, -1):
            row = cells[k * rows + r]
            for x in range(width):
                word[x] = (word[x] << _ONE) | _U(row[x])


@njit(cache=True, nogil=True)
def unpack(words, cells):
    """The reverse of `pack`."""
    rows, width = words.shape
    for r in range(rows):
        word = words[r]
        for k in range(64):
            row = cells[k * rows + r]
            for x in range(width):
                row[x] = np.uint8((word[x] >> _U(k)) & _ONE)


@njit(nogil=True, forceinline=True)
def _mux(which, zero, one):
    """Bits of `one` where `which` has a one, of `zero` elsewhere."""
    return zero ^ (which & (zero ^ one))


@njit(nogil=True, forceinline=True)
def _added(a, b, c):
    """The sum of three bits: its ones and its twos."""
    t = a ^ b
    return t ^ c, (a & b) | (t & c)


@njit(nogil=True, forceinline=True)
def _row(words, i):
    """Words i to i + 2: the middle one, sums of the outer two and of all three as (ones, twos)."""
    left, middle, right = words[i], words[i + _ONE], words[i + _TWO]
    ones, twos = left ^ right, left & right
    return middle, ones, twos, ones ^ middle, twos | (ones & middle)


@njit(nogil=True, forceinline=True)
def _ruled(above, here, below, m):
    """New cells from three rows as of `_row`.

    The number of neighbours is low + 2 (u + v) + 4 w, and u and v enter alike: of Life, where `m`
    is constant, 4 operations remain of all that follows the sums.
    """
    low, u = _added(above[3], here[1], below[3])
    v, w = _added(above[4], here[2], below[4])
    cells = here[0]
    zero = _mux(low, _mux(cells, m[0], m[9]), _mux(cells, m[1], m[10]))
    two = _mux(low, _mux(cells, m[2], m[11]), _mux(cells, m[3], m[12]))
    four = _mux(low, _mux(cells, m[4], m[13]), _mux(cells, m[5], m[14]))
    six = _mux(low, _mux(cells, m[6], m[15]), _mux(cells, m[7], m[16]))
    eight = _mux(cells, m[8], m[17])
    even = _mux(u, _mux(w, zero, four), _mux(w, four, eight))
    return _mux(u ^ v, even, _mux(w, two, six))


@njit(nogil=True, inline="always")
def _totalistic(source, target, rows, start, count, m):
    """Rows 1 to `rows` of a strip a generation on, `count` words from `start` + 1, by fours."""
    for first in range(0, rows, BLOCK):
        base = _U(first if first < rows - BLOCK else rows - BLOCK) * _ROW + _U(start)
        for j in range((count + 3) & ~3):
            i = base + _U(j)
            a = _row(source, i)
            b = _row(source, i + _ROW)
            c = _row(source, i + _U(2 * STRIDE))
            target[i + _U(STRIDE + 1)] = _ruled(a, b, c, m)
            d = _row(source, i + _U(3 * STRIDE))
            target[i + _U(2 * STRIDE + 1)] = _ruled(b, c, d, m)
            e = _row(source, i + _U(4 * STRIDE))
            target[i + _U(3 * STRIDE + 1)] = _ruled(c, d, e, m)
            f = _row(source, i + _U(5 * STRIDE))
            target[i + _U(4 * STRIDE + 1)] = _ruled(d, e, f, m)


@njit(nogil=True, inline="always")
def _by_pairs(source, target, rows, start, count, m):
    """As `_totalistic`, two rows at a time: quicker to compile, slower to run."""
    for first in range(0, rows, 2):
        base = _U(first if first < rows - 2 else rows - 2) * _ROW + _U(start)
        for j in range((count + 3) & ~3):
            i = base + _U(j)
            a = _row(source, i)
            b = _row(source, i + _ROW)
            c = _row(source, i + _U(2 * STRIDE))
            target[i + _U(STRIDE + 1)] = _ruled(a, b, c, m)
            d = _row(source, i + _U(3 * STRIDE))
            target[i + _U(2 * STRIDE + 1)] = _ruled(b, c, d, m)


@njit(nogil=True, inline="always")
def _walls(strip, edges, start, count):
    """Build the rows beyond the grid's first and last, `count` words from `start`.

    Each of `edges` (n, 9) says: into row `goal` goes row `own` shifted `up` and `down` by lanes,
    cut by `mask`, and the bit `lane` of row `other`, if to `keep`, at bit `put`.
    """
    for k in range(edges.shape[0]):
        goal, own, up, down, mask = edges[k, 0], edges[k, 1], edges[k, 2], edges[k, 3], edges[k, 4]
        other, lane, keep, put = edges[k, 5], edges[k, 6], edges[k, 7], edges[k, 8]
        for j in range(count):
            x = _U(start) + _U(j)
            bit = (strip[other + x] >> lane) & keep
            strip[goal + x] = (((strip[own + x] << up) >> down) & mask) | (bit << put)


@njit(nogil=True, inline="always")
def _sides(strip, outside, seen):
    """Build columns beyond the grid: those `outside` become those `seen` there, -1 for zeros."""
    for k in range(outside.size):
        for i in range(STRIDE, strip.size - STRIDE, STRIDE):
            word = strip[i + seen[k]] if seen[k] >= 0 else _ZERO
            strip[i + outside[k]] = word


@njit(nogil=True, inline="always")
def _aged(before, after, ages, start, count, limit):
    """Let dying cells grow older by one and be dead at age `limit`; no cell is born on one.

    `before` and `after` are the cells that count as neighbours, a generation apart; one that did
    not survive is of age 1. `ages` holds the bits of the ages, a strip for each, the lowest first.
    """
    size = before.size
    for row in range(STRIDE, size - STRIDE, STRIDE):
        for i in range(row + start + 1, row + start + 1 + count):
            dying = _ZERO
            for p in range(i, ages.size, size):
                dying |= ages[p]
            died = before[i] & ~after[i]
            after[i] &= ~dying
            carry, gone, bits = dying, dying, limit
            for p in range(i, ages.size, size):
                older = ages[p] ^ carry
                carry &= ages[p]
                gone &= older if bits & 1 else ~older
                bits >>= 1
                ages[p] = older
            for p in range(i, ages.size, size):
                ages[p] &= ~gone
            if limit > 1:
                ages[i] |= died


@cache
def totalistic(rule):
    """The kernel of a rule that counts neighbours.

    `rule` is a tuple of 18 words that become constants of the machine code, each all zeros or all
    ones: what becomes of a dead cell with 0 to 8 neighbours, then of a live one. Without it, the
    kernel takes them as its last argument and serves every rule, at less than half the speed.
    """
    words = (0,) * 18 if rule is None else tuple(_U(word) for word in rule)
    constant = rule is not None

    @njit(cache=True, nogil=True)
    def advance(strip, other, columns, edges, outside, seen, inward, steps, leaves):
        """`steps` generations; of the words of a row `columns` are in use.

        With `inward` every generation leaves a column at both ends undefined, otherwise `outside`
        and `seen` say how to build them. The result is in `strip` if `steps` is even, else in
        `other`.
        """
        if constant:
            m = words
        else:
            m = (
                leaves[0], leaves[1], leaves[2], leaves[3], leaves[4], leaves[5], leaves[6],
                leaves[7], leaves[8], leaves[9], leaves[10], leaves[11], leaves[12], leaves[13],
                leaves[14], leaves[15], leaves[16], leaves[17],
            )  # fmt: skip
        rows = strip.size // STRIDE - 2
        for step in range(steps):
            start = step if inward else 0
            count = columns - 2 * start
            _walls(strip, edges, start, count)
            if constant:
                _totalistic(strip, other, rows, start, count - 2, m)
            else:
                _by_pairs(strip, other, rows, start, count - 2, m)
            _sides(other, outside, seen)
            strip, other = other, strip

    return advance


@njit(cache=True, nogil=True)
def generations(strip, other, columns, edges, outside, seen, inward, steps, leaves, ages, limit):
    """As `totalistic` for cells that die slowly: see `_aged` for `ages` and `limit`."""
    m = (
        leaves[0], leaves[1], leaves[2], leaves[3], leaves[4], leaves[5], leaves[6],
        leaves[7], leaves[8], leaves[9], leaves[10], leaves[11], leaves[12], leaves[13],
        leaves[14], leaves[15], leaves[16], leaves[17],
    )  # fmt: skip
    rows = strip.size // STRIDE - 2
    for step in range(steps):
        start = step if inward else 0
        count = columns - 2 * start
        _walls(strip, edges, start, count)
        _by_pairs(strip, other, rows, start, count - 2, m)
        _aged(strip, other, ages, start, count - 2, limit)
        _sides(other, outside, seen)
        strip, other = other, strip


@njit(nogil=True, inline="always")
def _decided(source, target, start, count, nodes, values):
    """As `_totalistic` by a decision diagram of the nine cells (see `decided`)."""
    last = nodes.shape[0] + 1
    for row in range(STRIDE, source.size - STRIDE, STRIDE):
        for first in range(0, count, CHUNK):
            base = row + start + 1 + first
            wide = count - first if count - first < CHUNK else CHUNK
            for n in range(nodes.shape[0]):
                cell, zero = _U(base + nodes[n, 0]), _U(nodes[n, 1] * CHUNK)
                one, goal = _U(nodes[n, 2] * CHUNK), _U((n + 2) * CHUNK)
                for j in range(wide):
                    x = _U(j)
                    low = values[zero + x]
                    values[goal + x] = low ^ (source[cell + x] & (low ^ values[one + x]))
            for j in range(wide):
                target[base + j] = values[last * CHUNK + j]


@njit(cache=True, nogil=True)
def decided(strip, other, columns, edges, outside, seen, inward, steps, nodes, values):
    """As `totalistic` for any rule of a cell and its eight neighbours.

    `nodes` (n, 3) is a decision diagram: node i + 2 has the value of node `nodes[i, 2]` where the
    cell `nodes[i, 0]` words away is 1, else that of node `nodes[i, 1]`; both are earlier ones, node
    0 is 0 and node 1 is 1, and the last is the result. `values` (n + 2) CHUNK words, of which those
    of the first two nodes are filled in.
    """
    for step in range(steps):
        start = step if inward else 0
        count = columns - 2 * start
        _walls(strip, edges, start, count)
        _decided(strip, other, start, count - 2, nodes, values)
        _sides(other, outside, seen)
        strip, other = other, strip
