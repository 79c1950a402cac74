"""Numba kernels of n-grams: counts of strings in one hash table, and what they predict.

A string is a key of 64 bits, and so is the context in it. A key of another string in the same place
would spoil a prediction, for sender and receiver alike, and no more; among n strings it is expected
n^2 / 2^65 times.
"""

import numpy as np
from numba import njit

FIELDS = 4
"""Numbers of an entry. A string's: its count. A context's: the sum of the counts of the strings
that go on from it, and how many of those have count 1, 2, and more."""
_FIRST = np.uint64(0x9E3779B97F4A7C15)
_START = np.uint64(0xC2B2AE3D27D4EB4F)
_FACTOR = np.uint64(0xD6E8FEB86659FD93)
_HALF = np.uint64(32)
_ONE = np.uint64(1)


@njit(cache=True, nogil=True)
def _mixed(key, symbol):
    """A 64-bit hash of a hash and a symbol."""
    key = (key ^ (np.uint64(symbol) + _FIRST)) * _FACTOR
    key ^= key >> _HALF
    return key * _FACTOR


@njit(cache=True, nogil=True)
def _string(context, symbol):
    """The key of a symbol behind a context: never that of a context."""
    return _mixed(context, symbol) & ~_ONE


@njit(cache=True, nogil=True)
def _place(keys, key):
    """Where a key is, or the free place where it belongs; there always is one."""
    mask = np.uint64(keys.size - 1)
    at = (key ^ (key >> _HALF)) & mask
    while keys[at] != key and keys[at] != 0:
        at = (at + _ONE) & mask
    return at


@njit(cache=True, nogil=True)
def _contexts(text, position, found):
    """Keys of the contexts of 0, 1, ... symbols before a position, into `found`; gives how many."""
    count = min(found.size, position + 1)
    key = _START
    found[0] = key | _ONE
    for back in range(1, count):
        key = _mixed(key, text[position - back])
        found[back] = key | _ONE
    return count


@njit(cache=True, nogil=True)
def learn(text, start, stop, orders, keys, counts, tally):
    """Count the symbols text[start:stop] in contexts of 0 to orders - 1 symbols.

    From the longest context down, as far as the string is new: so in shorter ones the count is the
    number of different symbols before the string (Kneser and Ney 1995). `tally` (orders, 5) holds
    how many strings of an order have each count up to 4. Gives the places taken anew.
    """
    taken = 0
    found = np.empty(orders, np.uint64)
    for position in range(start, stop):
        for order in range(_contexts(text, position, found) - 1, -1, -1):
            string = _string(found[order], text[position])
            then = _place(keys, string)
            count = counts[then, 0]
            if count == 0:
                keys[then] = string
                taken += 1
            counts[then, 0] = count + 1
            at = _place(keys, found[order])
            if keys[at] == 0:
                keys[at] = found[order]
                taken += 1
            counts[at, 0] += 1
            if count < 3:
                counts[at, min(count + 1, 3)] += 1
                if count > 0:
                    counts[at, count] -= 1
            if count < 5:
                if count > 0:
                    tally[order, count] -= 1
                if count < 4:
                    tally[order, count + 1] += 1
            if count > 0:
                break
    return taken


@njit(cache=True, nogil=True)
def _discounts(tally, out):
    """What is taken of counts of 1, 2 and more: Chen and Goodman 1999, equation 17."""
    first, second = float(tally[1]), float(tally[2])
    share = first / (first + 2.0 * second) if first > 0 else 0.5
    for count in range(1, 4):
        here, more = float(tally[count]), float(tally[count + 1])
        found = count - (count + 1) * share * more / here if here > 0 else 0.5
        out[count] = min(max(found, 0.05), count - 0.05)


@njit(cache=True, nogil=True)
def predict(text, position, keys, counts, tally, out):
    """Modified Kneser-Ney probabilities of text[position], (orders, K), by contexts of 0, 1, ...

    Of order k: (count - D(count)) / n + (D1 n1 + D2 n2 + D3 n3) / n times those of order k - 1; the
    even distribution below order 0. Gives the length of the longest context that was seen, or -1.
    """
    longest = -1
    orders, size = out.shape
    found, discount = np.empty(orders, np.uint64), np.zeros(4)
    known = _contexts(text, position, found)
    for order in range(orders):
        total, kept = 0.0, 1.0
        at = _place(keys, found[min(order, known - 1)])
        if order < known:
            total = float(counts[at, 0])
        if total > 0:
            longest = order
            _discounts(tally[order], discount)
            kept = 0.0
            for count in range(1, 4):
                kept += discount[count] * counts[at, count]
            kept /= total
        for symbol in range(size):
            shorter = out[order - 1, symbol] if order > 0 else 1.0 / size
            out[order, symbol] = kept * shorter
            if total > 0:
                then = _place(keys, _string(found[order], symbol))
                count = counts[then, 0]
                if count > 0:
                    out[order, symbol] += (count - discount[min(count, 3)]) / total
    return longest


@njit(cache=True, nogil=True)
def move(old_keys, old_counts, keys, counts):
    """Put all strings into a larger table."""
    for index in range(old_keys.size):
        if old_keys[index] != 0:
            at = _place(keys, old_keys[index])
            keys[at] = old_keys[index]
            counts[at] = old_counts[index]


@njit(cache=True, nogil=True)
def spend(text, start, stop, keys, counts, tally, out, bits):
    """Add the codelength of text[start:stop] by every order to `bits`, (orders,)."""
    for position in range(start, stop):
        predict(text, position, keys, counts, tally, out)
        for order in range(bits.size):
            bits[order] -= np.log2(out[order, text[position]])
