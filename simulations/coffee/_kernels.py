"""Numba kernels of the coffee automaton: random words, swaps, walks.

Every kernel advances plain arrays in place and draws from `LANES` interleaved xoshiro256++
generators (Blackman and Vigna 2021) whose states are an argument, so a result is a function of
its arguments. All helpers live in this file because Numba's cache does not see changes elsewhere.

The cells of a swap model are a flat array of n*n entries followed by two reservoirs: index n*n
holds coffee (0), index n*n + 1 holds cream (all ones).
"""

import numpy as np
from numba import njit

LANES = 16
BLOCK = 4096
"""Random words, hence attempts, handled between two refills of the buffers."""

REFLECTING, PERIODIC, FIXED, OPEN = range(4)

_U32 = np.uint32
_U64 = np.uint64
_I16 = np.int16
_U16 = np.uint16


@njit(cache=True, nogil=True)
def fill(lanes, words):
    """Fill `words` (a multiple of LANES long) from the xoshiro256++ states `lanes` (4, LANES)."""
    for i in range(words.size // LANES):
        base = i * LANES
        for lane in range(LANES):
            s0 = lanes[0, lane]
            s1 = lanes[1, lane]
            s2 = lanes[2, lane]
            s3 = lanes[3, lane]
            x = s0 + s3
            words[base + lane] = ((x << _U64(23)) | (x >> _U64(41))) + s0
            t = s1 << _U64(17)
            s2 ^= s0
            s3 ^= s1
            s1 ^= s2
            s0 ^= s3
            s2 ^= t
            s3 = (s3 << _U64(45)) | (s3 >> _U64(19))
            lanes[0, lane] = s0
            lanes[1, lane] = s1
            lanes[2, lane] = s2
            lanes[3, lane] = s3


@njit(cache=True, nogil=True)
def _scaled(word, bound):
    """floor(word * bound / 2**32) in 32-bit arithmetic, for bound < 2**16 (vectorises, unlike a
    64-bit product)."""
    high = _U32(_U32(word >> _U32(16)) * bound)
    low = _U32(_U32(_U32(word & _U32(0xFFFF)) * bound) >> _U32(16))
    return _U32(_U32(high + low) >> _U32(16))


@njit(cache=True, nogil=True)
def bonds(row_words, column_words, n, boundary, source, target):
    """Turn random words into bonds (source, target) of flat cell indices.

    One bit picks the axis, 31 and 32 bits the row and the column. With closed walls or on a torus
    a cell is paired with its lower or right neighbour: every bond has probability 1/(2 n^2) and a
    pair across a closed wall is a null attempt, which is the law of "draw a cell and one of four
    directions, stay inside". With reservoirs, a bond across the wall leads to a reservoir and
    every bond has probability 1/(2 n (n + 1)).
    """
    side = _U32(n)
    last = _U32(n - 1)
    one = _U32(1)
    if boundary == REFLECTING:
        for i in range(row_words.size):
            a = row_words[i]
            down = _U32(a & one)
            y = _scaled(_U32(a ^ down), side)
            x = _scaled(column_words[i], side)
            source[i] = _U32(_U32(y * side) + x)
            y = min(_U32(y + down), last)
            x = min(_U32(x + _U32(one - down)), last)
            target[i] = _U32(_U32(y * side) + x)
    elif boundary == PERIODIC:
        for i in range(row_words.size):
            a = row_words[i]
            down = _U32(a & one)
            y = _scaled(_U32(a ^ down), side)
            x = _scaled(column_words[i], side)
            source[i] = _U32(_U32(y * side) + x)
            y = _U32(y + down)
            x = _U32(x + _U32(one - down))
            y = y if y < side else _U32(0)
            x = x if x < side else _U32(0)
            target[i] = _U32(_U32(y * side) + x)
    else:
        coffee = _U32(side * side)
        cream = _U32(coffee + one) if boundary == FIXED else coffee
        for i in range(row_words.size):
            a = row_words[i]
            down = _U32(a & one)
            right = _U32(one - down)
            y = _scaled(_U32(a ^ down), _U32(side + down))
            x = _scaled(column_words[i], _U32(side + right))
            inside = _U32(_U32(y * side) + x)
            before = _U32(inside - (side if down == one else one))
            lower = cream if down == one else coffee
            source[i] = lower if (y < down or x < right) else before
            target[i] = coffee if (y == side or x == side) else inside
            if boundary == FIXED and down == _U32(0) and (x == _U32(0) or x == side):
                target[i] = source[i]


@njit(cache=True, nogil=True)
def exact_swaps(cells, n, boundary, lanes, words, position, attempts, swaps):
    """Random-sequential exclusion: at most `attempts` bonds drawn, `swaps` unequal pairs swapped.

    `words` (BLOCK,) is the current block of the stream and `position` the first unused word in
    it. Returns (attempts made, effective swaps, new position).
    """
    source = np.empty(BLOCK, _U32)
    target = np.empty(BLOCK, _U32)
    halves = words.view(_U32)
    coffee = _U64(n * n)
    reservoirs = boundary >= FIXED
    made = 0
    swapped = 0
    while made < attempts and swapped < swaps:
        if position == BLOCK:
            fill(lanes, words)
            position = 0
        take = min(BLOCK - position, attempts - made)
        bonds(
            halves[position : position + take],
            halves[BLOCK + position : BLOCK + position + take],
            n,
            boundary,
            source,
            target,
        )
        if reservoirs or swaps - swapped < take:
            used = 0
            while used < take and swapped < swaps:
                a = _U64(source[used])
                b = _U64(target[used])
                va = cells[a]
                vb = cells[b]
                cells[a] = vb
                cells[b] = va
                swapped += np.int64(va ^ vb)
                cells[coffee] = 0
                cells[coffee + _U64(1)] = 1
                used += 1
            take = used
        else:
            for i in range(take):
                a = _U64(source[i])
                b = _U64(target[i])
                va = cells[a]
                vb = cells[b]
                cells[a] = vb
                cells[b] = va
                swapped += np.int64(va ^ vb)
        position += take
        made += take
    return made, swapped, position


@njit(cache=True, nogil=True)
def sliced_swaps(cells, n, boundary, lanes, words, position, attempts):
    """64 replicas, one per bit of a cell: shared bonds, an independent fair coin per replica.

    `words` (2 * BLOCK,): a block of bonds, then a block of coins. Returns the new position.
    """
    source = np.empty(BLOCK, _U32)
    target = np.empty(BLOCK, _U32)
    halves = words[:BLOCK].view(_U32)
    coffee = _U64(n * n)
    reservoirs = boundary >= FIXED
    made = 0
    while made < attempts:
        if position == BLOCK:
            fill(lanes, words)
            position = 0
        take = min(BLOCK - position, attempts - made)
        bonds(
            halves[position : position + take],
            halves[BLOCK + position : BLOCK + position + take],
            n,
            boundary,
            source,
            target,
        )
        coins = words[BLOCK + position : BLOCK + position + take]
        for i in range(take):
            a = _U64(source[i])
            b = _U64(target[i])
            va = cells[a]
            vb = cells[b]
            flip = (va ^ vb) & coins[i]
            cells[a] = va ^ flip
            cells[b] = vb ^ flip
            if reservoirs:
                cells[coffee] = _U64(0)
                cells[coffee + _U64(1)] = ~_U64(0)
        position += take
        made += take
    return position


@njit(cache=True, nogil=True)
def _exchange(first, second, coins):
    """Exchange first[i] and second[i] where the coin bit is set."""
    for i in range(first.size):
        flip = (first[i] ^ second[i]) & coins[i]
        first[i] ^= flip
        second[i] ^= flip


@njit(cache=True, nogil=True)
def sublattice_sweeps(planes, n, periodic, lanes, words, sweeps):
    """Bit-packed sublattice-parallel exclusion: each sweep tosses a fair coin for every bond.

    `planes` (2, 2, W, H) uint64: row parity, column parity, word, row pair; bit k of word w in
    plane (p, q) is the cell in row 2 i + p, column 2 (64 w + k) + q. Bits outside the cup are 0.
    A sweep visits the bonds below even rows, right of even columns, below odd rows, right of odd
    columns. `words` has 2 * W * H entries, rounded up to a multiple of LANES.
    """
    width = planes.shape[2]
    height = planes.shape[3]
    even_pairs = n // 2
    odd_pairs = n // 2 if periodic else (n - 1) // 2
    top = _U64((n // 2 - 1) % 64)
    masks = np.zeros((2, width), _U64)
    for column in range(n // 2):
        masks[0, column // 64] |= _U64(1) << _U64(column % 64)
    for column in range((n - 1) // 2):
        masks[1, column // 64] |= _U64(1) << _U64(column % 64)
    for _ in range(sweeps):
        for parity in range(2):
            fill(lanes, words)
            inner = even_pairs if parity == 0 else min(odd_pairs, height - 1)
            for q in range(2):
                for w in range(width):
                    coins = words[(q * width + w) * height : (q * width + w + 1) * height]
                    above = planes[parity, q, w]
                    below = planes[1 - parity, q, w]
                    _exchange(above[:inner], below[parity : inner + parity], coins[:inner])
                    if parity == 1 and periodic:
                        _exchange(above[height - 1 :], below[:1], coins[height - 1 :])
            fill(lanes, words)
            for p in range(2):
                for w in range(width):
                    coins = words[(p * width + w) * height : (p * width + w + 1) * height]
                    mask = masks[parity, w]
                    if parity == 0:
                        left = planes[p, 0, w]
                        right = planes[p, 1, w]
                        for i in range(height):
                            flip = (left[i] ^ right[i]) & coins[i] & mask
                            left[i] ^= flip
                            right[i] ^= flip
                        continue
                    left = planes[p, 1, w]
                    right = planes[p, 0, w]
                    if w + 1 < width:
                        carry = planes[p, 0, w + 1]
                        for i in range(height):
                            shifted = (right[i] >> _U64(1)) | (carry[i] << _U64(63))
                            flip = (left[i] ^ shifted) & coins[i] & mask
                            left[i] ^= flip
                            right[i] ^= flip << _U64(1)
                            carry[i] ^= flip >> _U64(63)
                    else:
                        for i in range(height):
                            flip = (left[i] ^ (right[i] >> _U64(1))) & coins[i] & mask
                            left[i] ^= flip
                            right[i] ^= flip << _U64(1)
                        if periodic:
                            first = planes[p, 0, 0]
                            for i in range(height):
                                flip = ((left[i] >> top) ^ first[i]) & (coins[i] >> top) & _U64(1)
                                left[i] ^= flip << top
                                first[i] ^= flip


@njit(cache=True, nogil=True)
def _ones_per_byte(bits):
    """The number of ones in either byte of 16 bits, in that byte."""
    b = _U16(bits - _U16(_U16(bits >> _U16(1)) & _U16(0x5555)))
    b = _U16(_U16(b & _U16(0x3333)) + _U16(_U16(b >> _U16(2)) & _U16(0x3333)))
    return _U16(_U16(b + _U16(b >> _U16(4))) & _U16(0x0F0F))


@njit(cache=True, nogil=True)
def _free_steps(xs, ys, bits, phase, take, ring):
    """Move free walkers `take` steps at once: only the numbers of ones among their bits matter."""
    chosen = _U16(((1 << take) - 1) << phase)
    chosen = _U16(chosen | _U16(chosen << _U16(8)))
    steps = _I16(take)
    length = _I16(ring)
    for i in range(xs.size):
        ones = _ones_per_byte(_U16(bits[i] & chosen))
        u = _I16(ones & _U16(0xFF))
        v = _I16(ones >> _U16(8))
        x = _I16(xs[i] + _I16(_I16(u + v) - steps))
        y = _I16(ys[i] + _I16(u - v))
        x = _I16(x + length) if x < _I16(0) else x
        y = _I16(y + length) if y < _I16(0) else y
        xs[i] = _I16(x - length) if x >= length else x
        ys[i] = _I16(y - length) if y >= length else y


@njit(cache=True, nogil=True)
def _mortal_steps(xs, ys, bits, phase, take, n):
    """Move walkers `take` steps one by one; one that leaves the cup moves no more."""
    side = _I16(n)
    for k in range(phase, phase + take):
        for i in range(xs.size):
            x = xs[i]
            y = ys[i]
            alive = _I16((x >= _I16(0)) & (x < side) & (y >= _I16(0)) & (y < side))
            u = _I16(_U16(bits[i] >> _U16(k)) & _U16(1))
            v = _I16(_U16(bits[i] >> _U16(8 + k)) & _U16(1))
            xs[i] = _I16(x + _I16(_I16(_I16(u + v) - _I16(1)) * alive))
            ys[i] = _I16(y + _I16(_I16(u - v) * alive))


@njit(cache=True, nogil=True)
def walk_steps(xs, ys, n, ring, lanes, words, phase, steps):
    """Move every walker `steps` times; 16 random bits per walker serve 8 steps.

    Bit k of the low byte and bit k of the high byte are the signs of the k-th step along the two
    diagonals, so that each of the four directions has probability 1/4: x moves by u + v - 1, y by
    u - v. Walkers are free on a ring of length `ring` (at least 16), or, where it is 0, mortal:
    they stop at the first cell outside 0..n-1. `words` holds the current bits, `phase` (0 to 7)
    how many steps have been taken out of them. Returns the new phase.
    """
    bits = words.view(_U16)
    done = 0
    while done < steps:
        if phase == 0:
            fill(lanes, words)
        take = min(8 - phase, steps - done)
        if ring:
            _free_steps(xs, ys, bits, phase, take, ring)
        else:
            _mortal_steps(xs, ys, bits, phase, take, n)
        phase = (phase + take) % 8
        done += take
    return phase


@njit(cache=True, nogil=True)
def walk_counts(xs, ys, boundary, counts):
    """Add the walkers inside the cup to `counts` (n, n).

    Between closed walls a walk is the fold of a free one on a ring of multiples of 2 n.
    """
    n = counts.shape[0]
    for i in range(xs.size):
        x = np.int64(xs[i])
        y = np.int64(ys[i])
        if boundary == REFLECTING:
            x %= 2 * n
            y %= 2 * n
            x = min(x, 2 * n - 1 - x)
            y = min(y, 2 * n - 1 - y)
        elif boundary == PERIODIC:
            x %= n
            y %= n
        if 0 <= x < n and 0 <= y < n:
            counts[y, x] += 1
