"""Numba kernels of HashLife: canonical quadtree nodes, their results, and the step of a leaf.

A node is a row of six words, of which the first four are what it is. A leaf holds 8 by 8 cells:
bit 8 y + x of its word is cell (y, x), the word's lower half comes first, its upper half second,
and the fourth is `_LEAF`. Any other node holds its quarters: upper left, upper right, lower left,
lower right. No two rows are equal, rows come after those they refer to, and row 0 is the empty
leaf, whose fifth word is the number of rows.

The fifth and the sixth word are the row of the node's result and its stamp, which says of what
step it is, 0 for none: a node of level k advances by 2^min(k - 2, j) generations in a step of 2^j,
so that small nodes' results serve all larger steps. One array for all of it makes a call cheap.
"""

import numpy as np
from numba import njit

_U64 = np.uint64
_I64 = np.int64

WORDS = 6
"""Of a row."""

RESULT, STAMP = 4, 5

_LEAF = 0xFFFFFFFF
NONE = -1
"""What `find` and `result` give where there is no room for one more node."""

_ROW = _U64(0x00FF00FF00FF00FF)
_PAIR = _U64(0x0000FFFF0000FFFF)
_HALF = _U64(0xFFFFFFFF)


@njit(cache=True, nogil=True)
def _hashed(a, b, c, d):
    """A hash of four words below 2^32, by products that stay below 2^63."""
    h = a * 203_280_221 + b * 141_650_939 + c * 179_424_673 + d * 122_949_823
    h ^= h >> 29
    h = (h & 0x3FFFFFFFF) * 217_645_177
    return h ^ (h >> 27)


@njit(cache=True, nogil=True)
def find(nodes, table, a, b, c, d):
    """The row of a node, which is made if there is none, or NONE if there is no room.

    `nodes` uint32 (capacity, WORDS), `table` uint32 (a power of 2, twice that or more) of rows or
    0 for none.
    """
    mask = table.size - 1
    slot = _hashed(a, b, c, d) & mask
    while table[slot]:
        row = _I64(table[slot])
        if nodes[row, 0] == a and nodes[row, 1] == b and nodes[row, 2] == c and nodes[row, 3] == d:
            return row
        slot = (slot + 1) & mask
    if not (a | b | c) and d == _LEAF:
        return _I64(0)
    row = _I64(nodes[0, RESULT])
    if row == len(nodes):
        return _I64(NONE)
    nodes[row, 0] = a
    nodes[row, 1] = b
    nodes[row, 2] = c
    nodes[row, 3] = d
    table[slot] = row
    nodes[0, RESULT] = row + 1
    return row


@njit(cache=True, nogil=True)
def _word(nodes, row):
    return _U64(nodes[row, 0]) | (_U64(nodes[row, 1]) << _U64(32))


@njit(cache=True, nogil=True)
def _leaf(nodes, table, word):
    low, high = _I64(word & _HALF), _I64(word >> _U64(32))
    return find(nodes, table, low, high, _I64(0), _I64(_LEAF))


@njit(cache=True, nogil=True)
def _spread(word, upper):
    """Four rows of 8 cells, the upper or the lower ones of a leaf, 16 bits apart."""
    x = (word & _HALF) if upper else (word >> _U64(32))
    x = (x | (x << _U64(16))) & _PAIR
    return (x | (x << _U64(8))) & _ROW


@njit(cache=True, nogil=True)
def _gathered(x):
    """The middle 8 of each of four rows of 16 cells, in the lower half of a word."""
    x = (x >> _U64(4)) & _ROW
    x = (x | (x >> _U64(8))) & _PAIR
    return (x | (x >> _U64(16))) & _HALF


@njit(cache=True, nogil=True)
def _alive(above, here, below, rule):
    """The next generation of four rows of 16 cells.

    The sums over the neighbours' bits are of Knuth's circuit (TAOCP 4A, 7.1.3) in spirit: two full
    adders over the rows above and below, a half adder over the sides, then the weights of 2 and 4.
    What lies beyond a row's end is the neighbouring row's: after n generations the outer n cells of
    a row are wrong, which the middle never sees.
    """
    one = _U64(1)
    up = (here << _U64(16)) | (above >> _U64(48))
    down = (here >> _U64(16)) | (below << _U64(48))
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
    # nine rules of one bit each, chosen by the bits of the count
    dead = ~here
    r0 = (rule[1, 0] & here) | (rule[0, 0] & dead)
    r1 = (rule[1, 1] & here) | (rule[0, 1] & dead)
    r2 = (rule[1, 2] & here) | (rule[0, 2] & dead)
    r3 = (rule[1, 3] & here) | (rule[0, 3] & dead)
    r4 = (rule[1, 4] & here) | (rule[0, 4] & dead)
    r5 = (rule[1, 5] & here) | (rule[0, 5] & dead)
    r6 = (rule[1, 6] & here) | (rule[0, 6] & dead)
    r7 = (rule[1, 7] & here) | (rule[0, 7] & dead)
    r8 = (rule[1, 8] & here) | (rule[0, 8] & dead)
    m0 = ~n0
    low = ((r0 & m0) | (r1 & n0)) & ~n1 | ((r2 & m0) | (r3 & n0)) & n1
    high = ((r4 & m0) | (r5 & n0)) & ~n1 | ((r6 & m0) | (r7 & n0)) & n1
    return (((low & ~n2) | (high & n2)) & ~n3) | (r8 & n3)


@njit(cache=True, nogil=True)
def _middle(nodes, row, rule, generations):
    """The middle leaf's word of a node of four leaves, 0 to 4 generations later."""
    nw, ne = _word(nodes, nodes[row, 0]), _word(nodes, nodes[row, 1])
    sw, se = _word(nodes, nodes[row, 2]), _word(nodes, nodes[row, 3])
    a = _spread(nw, True) | (_spread(ne, True) << _U64(8))
    b = _spread(nw, False) | (_spread(ne, False) << _U64(8))
    c = _spread(sw, True) | (_spread(se, True) << _U64(8))
    d = _spread(sw, False) | (_spread(se, False) << _U64(8))
    none = _U64(0)
    for _ in range(generations):
        w = _alive(none, a, b, rule)
        x = _alive(a, b, c, rule)
        y = _alive(b, c, d, rule)
        z = _alive(c, d, none, rule)
        a, b, c, d = w, x, y, z
    return _gathered(b) | (_gathered(c) << _U64(32))


@njit(cache=True, nogil=True)
def _centre(nodes, table, nw, ne, sw, se):
    """The middle node, of their own level, of four nodes."""
    if nodes[nw, 3] == _LEAF:
        upper = _joined(_U64(nodes[nw, 1]), _U64(nodes[ne, 1]))
        lower = _joined(_U64(nodes[sw, 0]), _U64(nodes[se, 0]))
        return _leaf(nodes, table, upper | (lower << _U64(32)))
    a, b = _I64(nodes[nw, 3]), _I64(nodes[ne, 2])
    return find(nodes, table, a, b, _I64(nodes[sw, 1]), _I64(nodes[se, 0]))


@njit(cache=True, nogil=True)
def _joined(left, right):
    """Of four rows each: the last four cells of `left` before the first four of `right`."""
    nibbles = _U64(0x0F0F0F0F)
    return ((left >> _U64(4)) & nibbles) | ((right & nibbles) << _U64(4))


@njit(cache=True, nogil=True)
def result(nodes, table, work, rule, row, level, j, low):
    """The middle of a node, 2^min(level - 2, j) generations later, or NONE if the room is used up.

    Gosper 1984, section 4. What was found before the room was used up is kept.

    Args:
        nodes, table: as for `find`.
        work: int64 (above `level`, 13), for intermediate rows.
        rule: uint64 (2, 9): all ones where a dead cell with so many neighbours comes alive, and
            where a live cell stays alive.
        row: of a node.
        level: of the node, at least 4.
        j: of a step of 2^j generations, at least 2; smaller ones are made with `low`.
        low: 0, or the 1 to 3 generations of a step; j is 0 then.
    """
    stamp = low if low else 4 + min(level - 2, j)
    if nodes[row, STAMP] == stamp:
        return _I64(nodes[row, RESULT])
    if level == 4:
        word = _middle(nodes, row, rule, low if low else 4)
        found = _leaf(nodes, table, word)
    else:
        nw, ne = _I64(nodes[row, 0]), _I64(nodes[row, 1])
        sw, se = _I64(nodes[row, 2]), _I64(nodes[row, 3])
        full = not low and level - 2 <= j
        # what the parts' results are stamped with; most are there and need no call
        below = low if low else 4 + min(level - 3, j)
        nine = work[level]
        for i in range(9):
            part = _ninth(nodes, table, nw, ne, sw, se, i)
            if part < 0:
                return part
            if nodes[part, STAMP] == below:
                nine[i] = nodes[part, RESULT]
            else:
                nine[i] = result(nodes, table, work, rule, part, level - 1, j, low)
            if nine[i] < 0:
                return _I64(NONE)
        four = nine[9:]
        for i in range(4):
            k = i + i // 2
            a, b, c, d = nine[k], nine[k + 1], nine[k + 3], nine[k + 4]
            if full:
                part = find(nodes, table, a, b, c, d)
                if part < 0:
                    return part
                if nodes[part, STAMP] == below:
                    four[i] = nodes[part, RESULT]
                else:
                    four[i] = result(nodes, table, work, rule, part, level - 1, j, low)
            else:
                four[i] = _centre(nodes, table, a, b, c, d)
            if four[i] < 0:
                return _I64(NONE)
        found = find(nodes, table, four[0], four[1], four[2], four[3])
    if found >= 0:
        nodes[row, RESULT] = found
        nodes[row, STAMP] = stamp
    return found


@njit(cache=True, nogil=True)
def _ninth(nodes, table, nw, ne, sw, se, i):
    """One of the nine overlapping nodes of half the side in a node of these quarters."""
    if i == 0:
        return nw
    if i == 2:
        return ne
    if i == 6:
        return sw
    if i == 8:
        return se
    if i == 1:
        a, b, c, d = nodes[nw, 1], nodes[ne, 0], nodes[nw, 3], nodes[ne, 2]
    elif i == 3:
        a, b, c, d = nodes[nw, 2], nodes[nw, 3], nodes[sw, 0], nodes[sw, 1]
    elif i == 4:
        a, b, c, d = nodes[nw, 3], nodes[ne, 2], nodes[sw, 1], nodes[se, 0]
    elif i == 5:
        a, b, c, d = nodes[ne, 2], nodes[ne, 3], nodes[se, 0], nodes[se, 1]
    else:
        a, b, c, d = nodes[sw, 1], nodes[se, 0], nodes[sw, 3], nodes[se, 2]
    return find(nodes, table, _I64(a), _I64(b), _I64(c), _I64(d))


@njit(cache=True, nogil=True)
def load(nodes, table, levels, words, children, empty, rows):
    """Enter a tree's nodes; return how many were entered before the room was used up.

    `levels`, `words`, `children` as of a Macrocell, `empty` int64: the row of the empty node of
    each level, `rows` int64 (nodes of the tree,): each node's row here.
    """
    for i in range(1, levels.size):
        if levels[i] == 3:
            rows[i] = _leaf(nodes, table, words[i])
        else:
            blank = empty[levels[i] - 1]
            a, b, c, d = children[i, 0], children[i, 1], children[i, 2], children[i, 3]
            rows[i] = find(
                nodes,
                table,
                rows[a] if a else blank,
                rows[b] if b else blank,
                rows[c] if c else blank,
                rows[d] if d else blank,
            )
        if rows[i] < 0:
            return i
    return levels.size


@njit(cache=True, nogil=True)
def mark(nodes, root, level, levels):
    """Write the level of every node below a root, and of the root, into int16 `levels`.

    The entries up to the root's are set; those of other nodes are 0.
    """
    levels[: root + 1] = 0
    levels[root] = level
    for row in range(root, -1, -1):
        if levels[row] > 3:
            for i in range(4):
                levels[nodes[row, i]] = levels[row] - 1


@njit(cache=True, nogil=True)
def dump(nodes, root, levels, place):
    """Number the marked nodes that are not empty from 1 on, into int64 `place`; return how many.

    An empty node's number is 0.
    """
    number = 0
    for row in range(root + 1):
        place[row] = 0
        if not levels[row]:
            continue
        if levels[row] == 3:
            alive = row != 0
        else:
            alive = False
            for i in range(4):
                alive |= place[nodes[row, i]] > 0
        if alive:
            number += 1
            place[row] = number
    return number


@njit(cache=True, nogil=True)
def write(nodes, root, levels, place, out_levels, out_words, out_children):
    """Write the nodes that `dump` numbered into the arrays of a Macrocell."""
    for row in range(1, root + 1):
        i = place[row]
        if i and levels[row]:
            out_levels[i] = levels[row]
            if levels[row] == 3:
                out_words[i] = _word(nodes, row)
            else:
                for k in range(4):
                    out_children[i, k] = place[nodes[row, k]]


@njit(cache=True, nogil=True)
def rehash(nodes, table):
    """Fill an emptied table with all nodes."""
    mask = table.size - 1
    for row in range(1, nodes[0, RESULT]):
        a, b, c, d = nodes[row, 0], nodes[row, 1], nodes[row, 2], nodes[row, 3]
        slot = _hashed(_I64(a), _I64(b), _I64(c), _I64(d)) & mask
        while table[slot]:
            slot = (slot + 1) & mask
        table[slot] = row
