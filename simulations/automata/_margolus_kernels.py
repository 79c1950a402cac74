"""Numba kernels of block automata: a table of 16 blocks, on a grid cut anew at every step.

Bytes are good for a few steps. For many, the four cells of all even blocks are four planes of bits,
packed 64 rows to a word: bit k of word (r, x) in R rows of words is row k R + r, so that the row
below is the next word's. A table is four polynomials over GF(2) in the block's cells.
"""

from typing import Any

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


# wrappers for Python are a good part of what compiling such a function takes
_bare: dict[str, Any] = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}


@njit(nogil=True, **_bare)
def _value(c, a, b, ab, d, ad, bd, abd, e, ae, be, abe, de, ade, bde, abde):
    """A polynomial's value, the coefficients being words of zeros or of ones."""
    low = c[0] ^ (c[1] & a) ^ (c[2] & b) ^ (c[3] & ab) ^ (c[4] & d) ^ (c[5] & ad) ^ (c[6] & bd)
    high = (c[7] & abd) ^ (c[8] & e) ^ (c[9] & ae) ^ (c[10] & be) ^ (c[11] & abe) ^ (c[12] & de)
    return low ^ high ^ (c[13] & ade) ^ (c[14] & bde) ^ (c[15] & abde)


@njit(cache=True, nogil=True)
def packed(planes, polynomials, steps, phase, height):
    """Advance the planes (4, R + 1, W + 1) of `height` rows of W blocks in place.

    There is room for a row, for a row of words and for a column more: they stand in for the first
    where an odd block wraps around. All of it is one function, as each that has loops is compiled
    again where it is called.
    """
    _, rows, width = planes.shape
    rows, width = rows - 1, width - 1
    ghost, lane, one = height % rows, np.uint64(height // rows), np.uint64(1)
    for _ in range(steps):
        if phase:
            for r in range(rows):
                planes[0, r, width] = planes[0, r, 0]
                planes[2, r, width] = planes[2, r, 0]
            for i in range(2):
                first, other, spare = planes[i, 0], planes[i, ghost], planes[i, rows]
                for x in range(first.size):
                    other[x] = (other[x] & ~(one << lane)) | ((first[x] & one) << lane)
                for x in range(first.size):
                    spare[x] = first[x] >> one
        # an odd block's upper left cell is an even block's lower right one, and so on
        k = 3 * phase
        for r in range(rows):
            upper_left, upper_right = planes[k, r, :width], planes[k ^ 1, r, phase:]
            lower_left, lower_right = planes[k ^ 2, r + phase], planes[k ^ 3, r + phase, phase:]
            for x in range(upper_left.size):
                a, b, d, e = upper_left[x], upper_right[x], lower_left[x], lower_right[x]
                ab, ad, ae, bd, be, de = a & b, a & d, a & e, b & d, b & e, d & e
                abd, abe, ade, bde, abde = ab & d, ab & e, ad & e, bd & e, ab & de
                m = (a, b, ab, d, ad, bd, abd, e, ae, be, abe, de, ade, bde, abde)
                upper_left[x] = _value(polynomials[0], *m)
                upper_right[x] = _value(polynomials[1], *m)
                lower_left[x] = _value(polynomials[2], *m)
                lower_right[x] = _value(polynomials[3], *m)
        if phase:
            for i in range(2):
                first, other, spare = planes[i, 0], planes[i, ghost], planes[i, rows]
                for x in range(first.size):
                    first[x] = (spare[x] << one) | (first[x] & one)
                for x in range(first.size):
                    first[x] = (first[x] & ~one) | ((other[x] >> lane) & one)
            for r in range(rows):
                planes[0, r, 0] = planes[0, r, width]
                planes[2, r, 0] = planes[2, r, width]
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
