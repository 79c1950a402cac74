"""Numba kernels of the array code: contexts from causal neighbours, decisions by weighted trees.

The trees and the coder are those of `complexity.context._kernels`. Numba's cache looks at the file
of a compiled function alone: the kernels here are closures over a digest of that other file, which
makes it part of their key.

Cells lie in a *field* with margins of zeros, flat and in C order, so that a neighbour is an offset.
Everything that a context is made of is an integer, so that encoder and decoder agree everywhere.

Arrays that the kernels advance in place, besides those of the trees:

- `field` (S,) uint8: the cells coded so far, zeros elsewhere.
- `rows` (R,) int64: where runs of `length` cells along the last axis begin in the field.
- `errors` (P + 2, S) uint8: of each of P predictors at the cells coded so far; then the guesses
  and their errors.
- `bias` (B, 2) int64: sum of errors and number of cells by texture and activity.

References:
    X. Wu and N. Memon, Context-based, adaptive, lossless image coding, IEEE Trans. Commun. 45(4),
        1997 (CALIC): texture, activity and the correction of the bias.
    T. Seemann and P. Tischer, Generalized locally adaptive DPCM, Proc. DCC 1997: predictions
        blended by their errors at the neighbours.
"""

import zlib
from pathlib import Path

import numpy as np
from numba import njit

from complexity.context import _kernels as trees
from complexity.context._kernels import (
    DECODE,
    ENCODE,
    USED,
    _charge,
    _decode,
    _encode,
    _learn,
    _mix,
    _walk,
)

PREDICTORS = 5
"""Of a cell from two axes; `PREDICTORS_3D` from three."""
PREDICTORS_3D = 8
BIASES = 1024

_U8 = np.uint8
_U64 = np.uint64
_REVERSED = np.array([int(f"{byte:08b}"[::-1], 2) for byte in range(256)], np.uint64)
_LEVELS = np.array([0, 1, 2, 3, 4, 6, 8, 11, 15, 20, 27, 36, 50, 70, 100], np.int64)
_CODE = zlib.crc32(Path(trees.__file__).read_bytes())


@njit(cache=True, nogil=True)
def _level(activity):
    """The class of a sum of errors, 0 to 15."""
    level = 0
    while level < 15 and activity > _LEVELS[level]:
        level += 1
    return level


@njit(cache=True, nogil=True)
def _predictions(field, at, row, slab, out):
    """What each predictor says of the cell at `at`; `row` and `slab` are strides, slab 0 if none.

    Linear in the cells to the west, north, ..., and of the slab before.
    """
    w = np.int64(field[at - 1])
    n = np.int64(field[at - row])
    nw = np.int64(field[at - row - 1])
    ne = np.int64(field[at - row + 1])
    out[0] = w
    out[1] = n
    out[2] = w + n - nw
    out[3] = w + ne - n
    out[4] = n + ne - np.int64(field[at - 2 * row + 1])
    if slab > 0:
        u = np.int64(field[at - slab])
        out[5] = u
        out[6] = w + u - np.int64(field[at - slab - 1])
        out[7] = n + u - np.int64(field[at - slab - row])


@njit(cache=True, nogil=True)
def _blend(errors, at, row, out):
    """The mean of the predictions, weighted by how well each did at the neighbours."""
    total = 0
    weighted = 0
    for k in range(errors.shape[0] - 2):
        penalty = (
            np.int64(errors[k, at - 1])
            + np.int64(errors[k, at - row])
            + np.int64(errors[k, at - row - 1])
            + np.int64(errors[k, at - row + 1])
        )
        weight = (1 << 24) // (1 + penalty * penalty)
        total += weight
        weighted += weight * out[k]
    return (2 * weighted + total) // (2 * total)


@njit(cache=True, nogil=True)
def _fold(cell, guess, top):
    """The error of a guess as a number from 0 to top, least errors first."""
    room = min(guess, top - guess)
    error = cell - guess
    if abs(error) > room:
        return room + abs(error)
    return 2 * error if error >= 0 else -2 * error - 1


@njit(cache=True, nogil=True)
def _unfold(folded, guess, top):
    """The inverse of `_fold`; some cell for every number."""
    room = min(guess, top - guess)
    if folded > 2 * room:
        return guess + folded - room if guess == room else guess - folded + room
    return guess + folded // 2 if folded % 2 == 0 else guess - (folded + 1) // 2


@njit(cache=True, nogil=True)
def _clip(value, top):
    return min(max(value, 0), top)


@njit(cache=True, nogil=True)
def _append(context, used, value, bits):
    """Add a number to a context, its most significant bit first."""
    for j in range(bits - 1, -1, -1):
        context |= _U64((value >> j) & 1) << _U64(used)
        used += 1
    return context, used


@njit(cache=True, nogil=True)
def _error_class(field, errors, at):
    """The class of the signed error of the guess at a cell: 0 for none, then 1 to 6 by size."""
    size = np.int64(errors[-1, at])
    if size == 0:
        return 0
    level = 1 if size <= 2 else 2 if size <= 8 else 3
    return 2 * level - (1 if field[at] < errors[-2, at] else 0)


@njit(cache=True, nogil=True)
def _situation(field, errors, bias, said, at, row, slab, top):
    """The guess for a cell, its context, and the index of its texture and activity in `bias`.

    The blend is corrected by the mean error at cells of the same texture (which neighbours exceed
    it) and activity (gradients and late errors). The context is, first to last: the activity, the
    errors of the guess in the slab before and to the west, the guess.
    """
    p = _clip(_blend(errors, at, row, said), top)
    w = np.int64(field[at - 1])
    n = np.int64(field[at - row])
    nw = np.int64(field[at - row - 1])
    ne = np.int64(field[at - row + 1])
    activity = 2 * (np.int64(errors[-1, at - 1]) + np.int64(errors[-1, at - row]))
    activity += np.int64(errors[-1, at - row - 1]) + np.int64(errors[-1, at - row + 1])
    activity += abs(w - nw) + abs(n - nw) + abs(n - ne)
    level = _level(activity >> 1)
    nn = np.int64(field[at - 2 * row])
    ww = np.int64(field[at - 2])
    texture = 0
    for value in (n, w, nw, ne, 2 * n - nn, 2 * w - ww):
        texture = 2 * texture + (1 if value > p else 0)
    kind = (texture << 4) | level
    seen = bias[kind, 1]
    guess = _clip(p + (2 * bias[kind, 0] + seen) // (2 * seen), top) if seen > 0 else p
    context, used = _append(_U64(0), 0, level, 4)
    if slab > 0:
        context, used = _append(context, used, _error_class(field, errors, at - slab), 3)
    context, used = _append(context, used, _error_class(field, errors, at - 1), 3)
    context, used = _append(context, used, guess, 8)
    return guess, context, kind


@njit(cache=True, nogil=True)
def _account(errors, bias, said, at, kind, cell, guess, top):
    """Note what came: the errors of the predictors, the guess and its error; halve old biases."""
    for k in range(errors.shape[0] - 2):
        errors[k, at] = _U8(abs(cell - _clip(said[k], top)))
    errors[-2, at] = _U8(guess)
    errors[-1, at] = _U8(abs(cell - guess))
    bias[kind, 0] += cell - guess
    bias[kind, 1] += 1
    if bias[kind, 1] == 255:
        bias[kind, 0] //= 2
        bias[kind, 1] = 127


@njit(nogil=True)
def _code_symbol(
    nodes, model, coder, cost, buffer, mode, width, depth, tree, context, symbol, path, below
):
    """Code a symbol as `width` decisions, most significant bit first, each by a tree of its own.

    Returns it, or what was decoded; -1 when the body is too short.
    """
    used = np.int64(model[USED])
    prefix = 1
    for j in range(width):
        length, used = _walk(nodes, used, tree + prefix, context, depth, path)
        p = _mix(nodes, path, length, below)
        if mode == DECODE:
            bit = _decode(coder, buffer, p)
            if bit < 0:
                return -1
        else:
            bit = (symbol >> (width - 1 - j)) & 1
            if mode == ENCODE:
                _encode(coder, buffer, p, bit)
            else:
                _charge(cost, p if bit == 1 else 1.0 - p)
        _learn(nodes, path, length, below, bit)
        prefix = 2 * prefix + bit
    model[USED] = _U64(used)
    return prefix - (1 << width)


def _compiled(digest):
    """The kernels, compiled anew when the digest of the trees' file is another."""

    @njit(cache=True, nogil=True)
    def code_by_neighbours(
        nodes, model, coder, cost, symbols, buffer, mode, width, depth, field, rows, length, column,
        roots, offsets,
    ):  # fmt: skip
        """Measure, encode or decode cells one after another; contexts are bits of neighbours.

        Args:
            nodes: needs 2 * width free slots per cell.
            model: (2,) uint64, slots in use.
            coder: state of the coder; unused to MEASURE.
            cost: bits, counted when measuring.
            symbols: (n,) uint8, read, or written when decoding.
            buffer: uint8, encoded bytes (4 free per decision), or the body to decode.
            mode: MEASURE, ENCODE or DECODE.
            width: bits per cell, 1 to 8.
            depth: bits of context at most, 0 to 64.
            field: the cells coded so far.
            rows: where each run of cells begins in the field.
            length: cells per run.
            column: of the first cell, which is in the first of the rows.
            roots: (R,) int64, where the roots of each row's trees begin in the nodes.
            offsets: (K,) int64, of the neighbours in the field, nearest first.

        Returns:
            Whether it ended; False when the body is too short.
        """
        if digest < 0:
            return False
        path = np.empty(66, np.int64)
        below = np.empty(66, np.float64)
        shift = _U64(8 - width)
        row = 0
        for i in range(symbols.size):
            at = rows[row] + column
            context = _U64(0)
            for k in range(offsets.size):
                bits = _REVERSED[field[at + offsets[k]]] >> shift
                context |= bits << _U64(k * width)
            cell = _code_symbol(
                nodes, model, coder, cost, buffer, mode, width, depth,
                roots[row], context, np.int64(symbols[i]), path, below,
            )  # fmt: skip
            if cell < 0:
                return False
            symbols[i] = _U8(cell)
            field[at] = _U8(cell)
            column += 1
            if column == length:
                column = 0
                row += 1
        return True

    @njit(cache=True, nogil=True)
    def code_by_prediction(
        nodes, model, coder, cost, symbols, buffer, mode, width, depth, field, rows, length, column,
        row_stride, slab, errors, bias,
    ):  # fmt: skip
        """As `code_by_neighbours`, coding the errors of a prediction from the neighbours.

        Args:
            row_stride: from a cell to the one south of it in the field.
            slab: from a cell to that of the next slab; 0 for arrays of two axes.
            errors, bias: see above; the latter has one row per texture and activity.
            nodes, model, coder, cost, symbols, buffer, mode, width, depth, field, rows, length,
                column: as there.
        """
        if digest < 0:
            return False
        path = np.empty(66, np.int64)
        below = np.empty(66, np.float64)
        said = np.zeros(errors.shape[0] - 2, np.int64)
        top = (1 << width) - 1
        row = 0
        for i in range(symbols.size):
            at = rows[row] + column
            _predictions(field, at, row_stride, slab, said)
            guess, context, kind = _situation(field, errors, bias, said, at, row_stride, slab, top)
            symbol = _fold(np.int64(symbols[i]), guess, top)
            symbol = _code_symbol(
                nodes, model, coder, cost, buffer, mode, width, depth,
                0, context, symbol, path, below,
            )  # fmt: skip
            if symbol < 0:
                return False
            cell = _unfold(symbol, guess, top)
            symbols[i] = _U8(cell)
            field[at] = _U8(cell)
            _account(errors, bias, said, at, kind, cell, guess, top)
            column += 1
            if column == length:
                column = 0
                row += 1
        return True

    return code_by_neighbours, code_by_prediction


code_by_neighbours, code_by_prediction = _compiled(_CODE)
