"""Numba kernels of HashLife: canonical quadtree nodes, their results, and the step of a leaf.

A node is a row of six words, of which the first four are what it is. A leaf holds 8 by 8 cells:
bit 8 y + x of its word is cell (y, x), the word's lower half comes first, its upper half second,
and the fourth is `TAG`. Any other node holds its quarters: upper left, upper right, lower left,
lower right. No two rows are equal, rows come after those they refer to, and row 0 is the empty
leaf, whose fifth word is the number of rows.

The fifth and the sixth word are the row of the node's result and its stamp, which says of what
step it is, 0 for none: a node of level k advances by 2^min(k - 2, j) generations in a step of 2^j,
so that small nodes' results serve all larger steps. One array for all of it makes a call cheap.
"""

from typing import Any

import numpy as np
from numba import njit

_U64 = np.uint64

WORDS = 6
"""Of a row."""

RESULT, STAMP = 4, 5

TAG = 0xFFFFFFFF
"""The fourth word of a leaf."""

NONE = -1
"""What `find` and `result` give where there is no room for one more node."""

PLACES = 52
"""Of a row of `result`'s work."""

_NODE, _NEXT, _TO = 49, 50, 51
"""Of these: the level's node, the place of the next square, the place of what is being found."""

COUNTS, BITS = 18, 24
"""Words of a rule, and with the rows of cells that come after them."""

_ROW = _U64(0x00FF00FF00FF00FF)
_PAIR = _U64(0x0000FFFF0000FFFF)
_HALF = _U64(0xFFFFFFFF)
_THIRD, _SECOND = _U64(0x00000000FFFF0000), _U64(0x0000FF000000FF00)
_NIBBLES = 0x0F0F0F0F

# Compiling takes longer than most runs, and every function, wrapper, call and index adds to it: so
# there are few, with loops where the cases could be written out, and no recursion, whose types are
# inferred again and again.
_KERNEL: dict[str, Any] = {"cache": True, "nogil": True, "no_cfunc_wrapper": True}
_PART: dict[str, Any] = {"nogil": True, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}


@njit(**_KERNEL)
def find(nodes, table, a, b, c, d):
    """The row of a node, which is made if there is none, or NONE if there is no room.

    `nodes` uint32 (capacity, WORDS), `table` uint32 (a power of 2, twice that or more) of rows or
    0 for none.
    """
    mask = table.size - 1
    # products that stay below 2^63
    h = a * 203_280_221 + b * 141_650_939 + c * 179_424_673 + d * 122_949_823
    h ^= h >> 29
    h = (h & 0x3FFFFFFFF) * 217_645_177
    slot = (h ^ (h >> 27)) & mask
    row = table[slot]
    while row:
        if nodes[row, 0] == a and nodes[row, 1] == b and nodes[row, 2] == c and nodes[row, 3] == d:
            return row
        slot = (slot + 1) & mask
        row = table[slot]
    if not (a | b | c) and d == TAG:
        return 0
    row = nodes[0, RESULT]
    if row == len(nodes):
        return NONE
    nodes[row, 0] = a
    nodes[row, 1] = b
    nodes[row, 2] = c
    nodes[row, 3] = d
    table[slot] = row
    nodes[0, RESULT] = row + 1
    return row


@njit(**_PART)
def _middle(nodes, row, bits, generations, out):
    """Write the middle leaf of a node of four leaves, 1 to 4 generations later, into `out`.

    The sums over the neighbours' bits are of Knuth's circuit (TAOCP 4A, 7.1.3) in spirit: two full
    adders over the rows above and below, a half adder over the sides, then the weights of 2 and 4.
    What lies beyond a row's end is the neighbouring row's: after n generations the outer n cells of
    a row are wrong, which the middle never sees.

    `bits` uint64 (BITS,): a rule's coefficients over GF(2), zeros or ones throughout, of the
    products of a cell (1) and of its count's bits (2, 4, 8), the last two for what is added at a
    count of 8; then a word of 0, four words of four rows of 16 cells, and a word of 0.
    """
    one, far = _U64(1), _U64(48)
    for y in range(4):
        k = y & 2
        left, right = nodes[row, k], nodes[row, k + 1]
        x = _U64(nodes[left, y & 1]) | (_U64(nodes[right, y & 1]) << _U64(32))
        # the bytes of the one between those of the other
        t = (x ^ (x >> _U64(16))) & _THIRD
        x ^= t ^ (t << _U64(16))
        t = (x ^ (x >> _U64(8))) & _SECOND
        bits[COUNTS + 1 + y] = x ^ t ^ (t << _U64(8))
    for _ in range(generations):
        above, here = _U64(0), bits[COUNTS + 1]
        for y in range(COUNTS + 1, COUNTS + 5):
            below = bits[y + 1]
            up = (here << _U64(16)) | (above >> far)
            down = (here >> _U64(16)) | (below << far)
            a, c = up << one, up >> one
            half = a ^ up
            up0, up1 = half ^ c, (a & up) | (half & c)
            a, c = down << one, down >> one
            half = a ^ down
            down0, down1 = half ^ c, (a & down) | (half & c)
            a, c = here << one, here >> one
            side0, side1 = a ^ c, a & c
            half = up0 ^ down0
            n0 = half ^ side0
            carry = (up0 & down0) | (half & side0)
            half = up1 ^ down1
            two = half ^ side1
            four = (up1 & down1) | (half & side1)
            n1 = two ^ carry
            more = two & carry
            n2 = four ^ more
            n3 = four & more
            low = (bits[0] ^ (here & bits[1])) ^ (n0 & (bits[2] ^ (here & bits[3])))
            low ^= n1 & ((bits[4] ^ (here & bits[5])) ^ (n0 & (bits[6] ^ (here & bits[7]))))
            high = (bits[8] ^ (here & bits[9])) ^ (n0 & (bits[10] ^ (here & bits[11])))
            high ^= n1 & ((bits[12] ^ (here & bits[13])) ^ (n0 & (bits[14] ^ (here & bits[15]))))
            bits[y] = low ^ (n2 & high) ^ (n3 & (bits[16] ^ (here & bits[17])))
            above, here = here, below
    for y in range(2):
        x = (bits[COUNTS + 2 + y] >> _U64(4)) & _ROW
        x = (x | (x >> _U64(8))) & _PAIR
        out[32 + y] = (x | (x >> _U64(16))) & _HALF
    out[36], out[37] = 0, TAG


@njit(**_KERNEL)
def result(nodes, table, work, bits, row, level, j):
    """The middle of a node, 2^min(level - 2, j) generations later, or NONE if the room is used up.

    Gosper 1984, section 4. What was found before the room was used up is kept.

    A level's work is squares in rows of four: 4 by 4 quarters of quarters; the results of the 3 by
    3 nodes that these make up; the results, or the middles, of the 2 by 2 that those make up; and
    the node of these. For a result that is not known yet its node's level is gone down to.

    Args:
        nodes, table: as for `find`.
        work: int64 (above `level`, PLACES), for intermediate rows.
        bits: uint64 (BITS,), as for `_middle`.
        row: of a node.
        level: of the node, at least 4.
        j: of a step of 2^j generations, at least 2; n - 4 for a step of n = 1, 2 or 3.
    """
    top = level
    work[level, _NODE], work[level, _NEXT] = row, 0
    while True:
        g = work[level]
        row, p = g[_NODE], g[_NEXT]
        full = level - 2 <= j
        stamp = 4 + (level - 2 if full else j)
        # what the parts' results are stamped with
        below = stamp - 1 if full else stamp
        found = nodes[row, RESULT]
        if nodes[row, STAMP] == stamp:
            p = 48
        elif level == 4:
            _middle(nodes, row, bits, stamp if stamp < 4 else 4, g)
            p = 32
        elif p == 0:
            for q in range(4):
                part = nodes[row, q]
                k = (q & 2) * 4 + (q & 1) * 2
                g[k], g[k + 1] = nodes[part, 0], nodes[part, 1]
                g[k + 4], g[k + 5] = nodes[part, 2], nodes[part, 3]
                g[k + 16] = part
        while p < 48:
            side = 3 - (p >> 4)
            to = p + 16
            found = g[to]
            if side < 3 or p & 5:
                a, b, c, d = g[p], g[p + 1], g[p + 4], g[p + 5]
                if side == 2 and not full:
                    if nodes[a, 3] == TAG:
                        a = (nodes[a, 1] >> 4 & _NIBBLES) | (nodes[b, 1] & _NIBBLES) << 4
                        b = (nodes[c, 0] >> 4 & _NIBBLES) | (nodes[d, 0] & _NIBBLES) << 4
                        c, d = 0, TAG
                    else:
                        a, b, c, d = nodes[a, 3], nodes[b, 2], nodes[c, 1], nodes[d, 0]
                found = find(nodes, table, a, b, c, d)
                if found < 0:
                    return found
            p += 1
            if p & 3 == side:
                p += 4 - side
                if p & 12 == 4 * side:
                    p = (p | 15) + 1
            if side == 3 or (side == 2 and full):
                if nodes[found, STAMP] != below:
                    g[_NEXT], g[_TO] = p, to
                    break
                found = nodes[found, RESULT]
            g[to] = found
        if p < 48:
            level -= 1
            work[level, _NODE], work[level, _NEXT] = found, 0
            continue
        nodes[row, RESULT] = found
        nodes[row, STAMP] = stamp
        if level == top:
            return found
        level += 1
        work[level, work[level, _TO]] = found


@njit(**_KERNEL)
def load(nodes, table, levels, halves, children, empty, rows):
    """Enter a tree's nodes; return how many were entered before the room was used up.

    `levels`, `children` as of a Macrocell, `halves` uint32 (nodes of the tree, 2): the lower and
    the upper halves of its words, `empty` int64: the row of the empty node of each level, `rows`
    int64 (nodes of the tree,): each node's row here; row 0's is overwritten.
    """
    for i in range(1, levels.size):
        if levels[i] == 3:
            a, b, c, d = halves[i, 0], halves[i, 1], 0, TAG
        else:
            rows[0] = empty[levels[i] - 1]
            a, b = rows[children[i, 0]], rows[children[i, 1]]
            c, d = rows[children[i, 2]], rows[children[i, 3]]
        rows[i] = find(nodes, table, a, b, c, d)
        if rows[i] < 0:
            return i
    return levels.size


@njit(**_KERNEL)
def rehash(nodes, table):
    """Fill an emptied table with all nodes."""
    size = nodes[0, RESULT]
    nodes[0, RESULT] = 1
    for row in range(1, size):
        a, b, c, d = nodes[row, 0], nodes[row, 1], nodes[row, 2], nodes[row, 3]
        find(nodes, table, np.int64(a), np.int64(b), np.int64(c), np.int64(d))
