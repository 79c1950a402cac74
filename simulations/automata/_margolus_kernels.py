"""Numba kernels of block automata: a table of 16 blocks, on a grid cut anew at every step.

Bytes are good for a few steps. For many, the four cells of all even blocks are four planes of bits,
packed 64 rows to a word: bit k of word (r, x) in R rows of words is row k R + r, so that the row
below is the next word's. A table is four polynomials over GF(2) in the block's cells.
"""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def _become(cells, y, below, x, right, table):
    """Replace one block by its entry in the table."""
    old = cells[y, x] | (cells[y, right] << 1) | (cells[below, x] << 2) | (cells[below, right] << 3)
    new = table[old & 15]
    cells[y, x] = new & 1
    cells[y, right] = (new >> 1) & 1
    cells[below, x] = (new >> 2) & 1
    cells[below, right] = (new >> 3) & 1


@njit(cache=True, nogil=True)
def blocks(cells, table, steps, phase):
    """Advance a torus of even sides in place; the first step's blocks begin at (phase, phase)."""
    height, width = cells.shape
    for _ in range(steps):
        for y in range(phase, height, 2):
            below = y + 1 if y + 1 < height else 0
            for x in range(phase, width - 1, 2):
                _become(cells, y, below, x, x + 1, table)
            if phase:
                _become(cells, y, below, width - 1, 0, table)
        phase ^= 1


@njit(cache=True, nogil=True)
def walled(cells, table, steps, phase, height, width):
    """As `blocks`, but all is 0 outside of the `height` by `width` cells that begin at (1, 1)."""
    for _ in range(steps):
        blocks(cells, table, 1, phase)
        cells[0] = 0
        cells[height + 1 :] = 0
        cells[:, 0] = 0
        cells[:, width + 1 :] = 0
        phase ^= 1


@njit(cache=True, nogil=True)
def _value(c, a, b, ab, d, ad, bd, abd, e, ae, be, abe, de, ade, bde, abde):
    """A polynomial's value, the coefficients being words of zeros or of ones."""
    low = c[0] ^ (c[1] & a) ^ (c[2] & b) ^ (c[3] & ab) ^ (c[4] & d) ^ (c[5] & ad) ^ (c[6] & bd)
    high = (c[7] & abd) ^ (c[8] & e) ^ (c[9] & ae) ^ (c[10] & be) ^ (c[11] & abe) ^ (c[12] & de)
    return low ^ high ^ (c[13] & ade) ^ (c[14] & bde) ^ (c[15] & abde)


@njit(cache=True, nogil=True)
def _line(upper_left, upper_right, lower_left, lower_right, polynomials):
    """Replace the blocks of a row of words, whose cells are four arrays."""
    for x in range(upper_left.size):
        a, b, d, e = upper_left[x], upper_right[x], lower_left[x], lower_right[x]
        ab, ad, ae, bd, be, de = a & b, a & d, a & e, b & d, b & e, d & e
        abd, abe, ade, bde, abde = ab & d, ab & e, ad & e, bd & e, ab & de
        m = (a, b, ab, d, ad, bd, abd, e, ae, be, abe, de, ade, bde, abde)
        upper_left[x] = _value(polynomials[0], *m)
        upper_right[x] = _value(polynomials[1], *m)
        lower_left[x] = _value(polynomials[2], *m)
        lower_right[x] = _value(polynomials[3], *m)


@njit(cache=True, nogil=True)
def _wrap(planes, above, ghost, lane):
    """Before an odd step: what lies around the torus, below and to the right of its cells."""
    _, rows, width = planes.shape
    one = np.uint64(1)
    for i in range(2):
        for x in range(width):
            bit = (planes[i, 0, x] & one) << lane
            planes[i, ghost, x] = (planes[i, ghost, x] & ~(one << lane)) | bit
    for r in range(rows):
        planes[0, r, width - 1] = planes[0, r, 0]
        planes[2, r, width - 1] = planes[2, r, 0]
    for i in range(2):
        for x in range(width):
            above[i, x] = planes[i, 0, x] >> one


@njit(cache=True, nogil=True)
def _unwrap(planes, above, ghost, lane):
    """After an odd step: put back what was changed around the torus."""
    _, rows, width = planes.shape
    one = np.uint64(1)
    for i in range(2):
        for x in range(width):
            planes[i, 0, x] = (above[i, x] << one) | (planes[i, 0, x] & one)
    for i in range(2):
        for x in range(width):
            planes[i, 0, x] = (planes[i, 0, x] & ~one) | ((planes[i, ghost, x] >> lane) & one)
    for r in range(rows):
        planes[0, r, 0] = planes[0, r, width - 1]
        planes[2, r, 0] = planes[2, r, width - 1]


@njit(cache=True, nogil=True)
def packed(planes, polynomials, steps, phase, height):
    """Advance the planes (4, R, W + 1) of `height` rows of W blocks in place.

    There is room for a row and for a column more: they stand in for the first where an odd block
    wraps around.
    """
    _, rows, width = planes.shape
    last = width - 1
    ghost, lane = height % rows, np.uint64(height // rows)
    above = np.empty((2, width), np.uint64)
    for _ in range(steps):
        if phase:
            _wrap(planes, above, ghost, lane)
        for r in range(rows):
            if phase:
                upper_left, upper_right = planes[3, r, :last], planes[2, r, 1:]
                if r + 1 < rows:
                    lower_left, lower_right = planes[1, r + 1, :last], planes[0, r + 1, 1:]
                else:
                    lower_left, lower_right = above[1, :last], above[0, 1:]
            else:
                upper_left, upper_right = planes[0, r, :last], planes[1, r, :last]
                lower_left, lower_right = planes[2, r, :last], planes[3, r, :last]
            _line(upper_left, upper_right, lower_left, lower_right, polynomials)
        if phase:
            _unwrap(planes, above, ghost, lane)
        phase ^= 1


def polynomials(table):
    """A table as `packed` takes it: for each cell of the new block 16 coefficients, of products
    of the old one's cells (those whose bits are in the coefficient's number)."""
    return tuple(
        tuple(
            np.uint64(2**64 - 1)
            * np.uint64(sum(int(table[s]) >> cell & 1 for s in range(16) if s & ~m == 0) & 1)
            for m in range(16)
        )
        for cell in range(4)
    )


def inverse(table):
    """The table that undoes a permutation."""
    undone = np.empty(16, np.uint8)
    undone[table] = np.arange(16, dtype=np.uint8)
    return undone
