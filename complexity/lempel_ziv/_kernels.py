"""Numba kernels of the Lempel-Ziv parsings and of the codewords made of them.

Symbols are ranks below `alphabet_size`. An automaton or trie has one row of transitions per state
while the alphabet has at most `DENSE` symbols, and one hash table for all states beyond that. State
0 is the root; no transition leads to it, so 0 means "none". All helpers live in this file because
Numba's cache does not see changes elsewhere.
"""

import numpy as np
from numba import njit

DENSE = 16
"""Largest alphabet with a row of transitions per state."""

TRUNCATED, MALFORMED, TRAILING = -1, -2, -3
"""What a reader returns in place of a length."""

_U64 = np.uint64
_MIX = np.uint64(0x9E3779B97F4A7C15)  # 2**64 / golden ratio: Fibonacci hashing
_LONGEST = 2**30 - 1  # what a codeword may hold


@njit(cache=True, nogil=True)
def lz76_dense(symbols, alphabet_size, ends, sources):
    """Parse by the suffix automaton of what came before; returns the number of phrases.

    Phrase k ends before `ends[k]`; without its last symbol (or with it, if the last phrase is
    incomplete) it occurs at `sources[k]` too, -1 if it is one new symbol.
    """
    n = symbols.size
    width = alphabet_size + 2
    size, link = alphabet_size, alphabet_size + 1  # columns behind the transitions
    nodes = np.empty((2 * n + 1, width), np.int32)
    first = np.empty(2 * n + 1, np.int32)  # where the state's words end first
    nodes[0, :] = 0
    nodes[0, link] = -1
    count, last = 1, 0
    match, matched, phrases = 0, 0, 0
    for j in range(n):
        c = symbols[j]
        if nodes[match, c] != 0:
            match = nodes[match, c]
            matched += 1
        else:
            ends[phrases] = j + 1
            sources[phrases] = first[match] - matched + 1 if matched else -1
            phrases += 1
            match, matched = 0, 0
        new = count
        count += 1
        for k in range(alphabet_size):
            nodes[new, k] = 0
        nodes[new, size] = j + 1
        first[new] = j
        p = last
        last = new
        while p != -1 and nodes[p, c] == 0:
            nodes[p, c] = new
            p = nodes[p, link]
        if p == -1:
            nodes[new, link] = 0
            continue
        q = nodes[p, c]
        length = nodes[p, size] + 1
        if length == nodes[q, size]:
            nodes[new, link] = q
            continue
        clone = count
        count += 1
        for k in range(width):
            nodes[clone, k] = nodes[q, k]
        nodes[clone, size] = length
        first[clone] = first[q]
        while p != -1 and nodes[p, c] == q:
            nodes[p, c] = clone
            p = nodes[p, link]
        nodes[q, link] = clone
        nodes[new, link] = clone
        if match == q and matched <= length:  # the clone took the shorter words of q
            match = clone
    if matched:
        ends[phrases] = n
        sources[phrases] = first[match] - matched + 1
        phrases += 1
    return phrases


@njit(cache=True, nogil=True)
def _capacity(entries):
    """Base-two logarithm of a table that `entries` fill to at most three quarters."""
    log = 3
    while 3 << log < 4 * entries:
        log += 1
    return log


@njit(cache=True, nogil=True)
def _slot(keys, shift, key):
    """Where `key` (at least 1) is in an open-addressing table, or the empty slot for it."""
    mask = keys.size - 1
    at = np.int64((_U64(key) * _MIX) >> shift)
    while keys[at] != 0 and keys[at] != key:
        at = (at + 1) & mask
    return at


@njit(cache=True, nogil=True)
def lz76_hashed(symbols, alphabet_size, ends, sources):
    """As `lz76_dense`, with the transitions of all states in one hash table: any alphabet."""
    n = symbols.size
    log = _capacity(3 * n + 1)  # a suffix automaton has fewer than 3n transitions
    shift = _U64(64 - log)
    keys = np.zeros(1 << log, np.int64)  # 1 + state * alphabet_size + symbol
    targets = np.empty(1 << log, np.int32)
    chain = np.empty(1 << log, np.int32)  # the next slot of the same state, -1 at the end
    nodes = np.empty((2 * n + 1, 4), np.int32)
    size, link, head, first = 0, 1, 2, 3
    nodes[0, size], nodes[0, link], nodes[0, head] = 0, -1, -1
    count, last = 1, 0
    match, matched, phrases = 0, 0, 0
    for j in range(n):
        c = np.int64(symbols[j])
        at = _slot(keys, shift, match * alphabet_size + c + 1)
        if keys[at] != 0:
            match = np.int64(targets[at])
            matched += 1
        else:
            ends[phrases] = j + 1
            sources[phrases] = nodes[match, first] - matched + 1 if matched else -1
            phrases += 1
            match, matched = 0, 0
        new = count
        count += 1
        nodes[new, size], nodes[new, head], nodes[new, first] = j + 1, -1, j
        p = last
        last = new
        at = 0
        while p != -1:
            key = p * alphabet_size + c + 1
            at = _slot(keys, shift, key)
            if keys[at] != 0:
                break
            keys[at], targets[at], chain[at] = key, new, nodes[p, head]
            nodes[p, head] = at
            p = np.int64(nodes[p, link])
        if p == -1:
            nodes[new, link] = 0
            continue
        q = np.int64(targets[at])
        length = nodes[p, size] + 1
        if length == nodes[q, size]:
            nodes[new, link] = q
            continue
        clone = count
        count += 1
        nodes[clone, size], nodes[clone, head] = length, -1
        nodes[clone, link], nodes[clone, first] = nodes[q, link], nodes[q, first]
        edge = np.int64(nodes[q, head])
        while edge != -1:
            key = keys[edge] + (clone - q) * alphabet_size
            at = _slot(keys, shift, key)
            keys[at], targets[at], chain[at] = key, targets[edge], nodes[clone, head]
            nodes[clone, head] = at
            edge = np.int64(chain[edge])
        while p != -1:
            at = _slot(keys, shift, p * alphabet_size + c + 1)
            if keys[at] == 0 or targets[at] != q:
                break
            targets[at] = clone
            p = np.int64(nodes[p, link])
        nodes[q, link] = clone
        nodes[new, link] = clone
        if match == q and matched <= length:
            match = clone
    if matched:
        ends[phrases] = n
        sources[phrases] = nodes[match, first] - matched + 1
        phrases += 1
    return phrases


@njit(cache=True, nogil=True)
def lz76_counts(rows, counts):
    """Numbers of phrases of many binary strings of one length, `rows` (count, n) of 0 and 1."""
    n = rows.shape[1]
    ends, sources = np.empty(n, np.int32), np.empty(n, np.int32)
    for i in range(rows.shape[0]):
        counts[i] = lz76_dense(rows[i], 2, ends, sources)


@njit(cache=True, nogil=True)
def lz76_histogram(n):
    """How many of the 2**n binary strings have each number of phrases; returns (n + 2,) counts.

    The strings that begin with 1 are the complements of the others.
    """
    counts = np.zeros(n + 2, np.int64)
    word = np.zeros(n, np.uint8)
    ends, sources = np.empty(n, np.int32), np.empty(n, np.int32)
    for number in range(1 << (n - 1)):
        for k in range(n):
            word[n - 1 - k] = (number >> k) & 1
        counts[lz76_dense(word, 2, ends, sources)] += 2
    return counts


@njit(cache=True, nogil=True)
def lz78_dense(symbols, alphabet_size, ends, parents):
    """Incremental parsing with a trie; returns the number of words.

    Word k (from 0) ends before `ends[k]` and is word `parents[k]` (from 1, 0 the empty one) and one
    more symbol; an incomplete last word is its parent itself.
    """
    n = symbols.size
    trie = np.empty((n + 1, alphabet_size), np.int32)
    trie[0, :] = 0
    words, node = 0, 0
    for j in range(n):
        c = symbols[j]
        child = trie[node, c]
        if child != 0:
            node = child
            continue
        ends[words] = j + 1
        parents[words] = node
        words += 1
        trie[node, c] = words
        for k in range(alphabet_size):
            trie[words, k] = 0
        node = 0
    if node != 0:
        ends[words] = n
        parents[words] = node
        words += 1
    return words


@njit(cache=True, nogil=True)
def lz78_hashed(symbols, alphabet_size, ends, parents):
    """As `lz78_dense`, with all children in one hash table: any alphabet."""
    n = symbols.size
    log = _capacity(n + 1)
    shift = _U64(64 - log)
    keys = np.zeros(1 << log, np.int64)
    children = np.empty(1 << log, np.int32)
    words, node = 0, 0
    for j in range(n):
        key = np.int64(node) * alphabet_size + np.int64(symbols[j]) + 1
        at = _slot(keys, shift, key)
        if keys[at] != 0:
            node = np.int64(children[at])
            continue
        ends[words] = j + 1
        parents[words] = node
        words += 1
        keys[at], children[at] = key, words
        node = 0
    if node != 0:
        ends[words] = n
        parents[words] = node
        words += 1
    return words


@njit(cache=True, nogil=True)
def _put(out, at, value, width):
    """Write `width` bits of `value`, most significant first, at bit `at` of zeroed bytes."""
    for k in range(width - 1, -1, -1):
        if (value >> k) & 1:
            out[at >> 3] |= np.uint8(128 >> (at & 7))
        at += 1
    return at


@njit(cache=True, nogil=True)
def _width(value):
    """Number of binary digits of a natural number."""
    digits = 0
    while value >> digits:
        digits += 1
    return digits


@njit(cache=True, nogil=True)
def _put_delta(out, at, value):
    """Elias delta of `value`, at least 1 (Elias 1975, section IV)."""
    digits = _width(value)
    at = _put(out, at, digits, 2 * _width(digits) - 1)
    return _put(out, at, value - (1 << (digits - 1)), digits - 1)


@njit(cache=True, nogil=True)
def _put_below(out, at, value, bound):
    """`value` below `bound` in the phased-in binary code: floor or ceil of log2(bound) bits."""
    digits = _width(bound) - 1
    short = (2 << digits) - bound  # values that take one bit less
    if value < short:
        return _put(out, at, value, digits)
    return _put(out, at, value + short, digits + 1)


@njit(cache=True, nogil=True)
def _get(blob, at, width):
    """`width` bits at bit `at` and the place behind them, -1 if the bytes end before."""
    if at < 0 or at + width > 8 * blob.size:
        return 0, -1
    value = 0
    for k in range(at, at + width):
        value = value << 1 | (np.int64(blob[k >> 3]) >> (7 - (k & 7))) & 1
    return value, at + width


@njit(cache=True, nogil=True)
def _get_delta(blob, at):
    """An Elias delta and the place behind it; a value of 0 if it is longer than any we write."""
    zeros = 0
    bit, at = _get(blob, at, 1)
    while at >= 0 and bit == 0:
        zeros += 1
        if zeros > 5:
            return 0, at
        bit, at = _get(blob, at, 1)
    rest, at = _get(blob, at, zeros)
    digits = (1 << zeros) + rest
    if digits > 31:
        return 0, at
    rest, at = _get(blob, at, digits - 1)
    return (1 << (digits - 1)) + rest, at


@njit(cache=True, nogil=True)
def _get_below(blob, at, bound):
    digits = _width(bound) - 1
    short = (2 << digits) - bound
    value, at = _get(blob, at, digits)
    if at >= 0 and value >= short:
        bit, at = _get(blob, at, 1)
        value = 2 * value + bit - short
    return value, at


@njit(cache=True, nogil=True)
def _put_head(out, n, alphabet):
    """The length and the alphabet: its size, then the gaps between its bytes unless all 256."""
    at = _put_delta(out, 0, n + 1)
    if n == 0:
        return at
    at = _put_delta(out, at, alphabet.size)
    if alphabet.size < 256:
        previous = -1
        for byte in alphabet:
            at = _put_delta(out, at, np.int64(byte) - previous)
            previous = np.int64(byte)
    return at


@njit(cache=True, nogil=True)
def _get_head(blob, alphabet):
    """The length (or what is wrong), the size of the alphabet, and the place behind them."""
    n, at = _get_delta(blob, 0)
    if at < 0:
        return TRUNCATED, 0, at
    if n == 0:
        return MALFORMED, 0, at
    n -= 1
    if n == 0:
        return 0, 0, at
    size, at = _get_delta(blob, at)
    if at < 0:
        return TRUNCATED, 0, at
    if size == 0 or size > 256 or n > _LONGEST:
        return MALFORMED, 0, at
    byte = -1
    for k in range(size):
        gap = 1
        if size < 256:
            gap, at = _get_delta(blob, at)
            if at < 0:
                return TRUNCATED, 0, at
        byte += gap
        if gap == 0 or byte > 255:
            return MALFORMED, 0, at
        alphabet[k] = byte
    return n, size, at


@njit(cache=True, nogil=True)
def _ended(blob, at, n):
    """`n` if the bytes end where the codeword does and the bits that fill the last are zeros."""
    if (at + 7) >> 3 < blob.size:
        return TRAILING
    for k in range(at, 8 * blob.size):
        if (blob[k >> 3] >> (7 - (k & 7))) & 1:
            return MALFORMED
    return n


@njit(cache=True, nogil=True)
def lz76_write(symbols, alphabet, ends, sources, out):
    """Write the codeword of a parsing into zeroed bytes; returns the number of bytes.

    Every phrase but the first says how long its copy is (Elias delta of the length plus 1) and, if
    it has one, where it begins (phased-in, below the place of the phrase). Unless the string is
    over, one symbol follows: any if nothing was copied, else any but the one behind the source.
    """
    n = symbols.size
    at = _put_head(out, n, alphabet)
    start = 0
    for k in range(ends.size):
        source = np.int64(sources[k])
        complete = 1
        if k == ends.size - 1 and source >= 0:  # incomplete if all of the last phrase is copied
            i = 0
            while start + i < n and symbols[source + i] == symbols[start + i]:
                i += 1
            complete = 0 if start + i == n else 1
        length = np.int64(ends[k]) - start - complete
        if start > 0:
            at = _put_delta(out, at, length + 1)
        if length > 0:
            at = _put_below(out, at, source, start)
        if complete:
            symbol = np.int64(symbols[ends[k] - 1])
            if length > 0:
                barred = np.int64(symbols[source + length])
                at = _put_below(out, at, symbol - (symbol > barred), alphabet.size - 1)
            else:
                at = _put_below(out, at, symbol, alphabet.size)
        start = np.int64(ends[k])
    return (at + 7) >> 3


@njit(cache=True, nogil=True)
def lz76_read(blob, out):
    """Check a codeword if `out` is empty, else write its bytes; returns the length or an error.

    A check takes time in the length of `blob` and no memory, whatever length the codeword states.
    """
    alphabet = np.empty(256, np.uint8)
    n, size, at = _get_head(blob, alphabet)
    if n < 0:
        return n
    rank = np.zeros(256, np.int64)
    for k in range(size):
        rank[alphabet[k]] = k
    start = 0
    while start < n:
        length, source = 0, 0
        if start > 0:
            length, at = _get_delta(blob, at)
            if at < 0:
                return TRUNCATED
            length -= 1
            if length < 0 or length > n - start:
                return MALFORMED
        if length > 0:
            source, at = _get_below(blob, at, start)
            if at < 0:
                return TRUNCATED
            if out.size:
                for k in range(length):
                    out[start + k] = out[source + k]
            start += length
        if start < n:
            if length > 0 and size == 1:
                return MALFORMED
            symbol, at = _get_below(blob, at, size - 1 if length > 0 else size)
            if at < 0:
                return TRUNCATED
            if out.size:
                if length > 0:
                    symbol += symbol >= rank[out[source + length]]
                out[start] = alphabet[symbol]
            start += 1
    return _ended(blob, at, n)


@njit(cache=True, nogil=True)
def lz78_write(symbols, alphabet, ends, parents, out):
    """Write the codeword of a parsing into zeroed bytes; returns the number of bytes.

    Word k (from 0) is the number of its parent (phased-in, one of k + 1) and, unless the string is
    over, one symbol.
    """
    n = symbols.size
    at = _put_head(out, n, alphabet)
    lengths = np.zeros(ends.size + 1, np.int64)
    start = 0
    for k in range(ends.size):
        at = _put_below(out, at, np.int64(parents[k]), k + 1)
        lengths[k + 1] = ends[k] - start
        if start + lengths[parents[k]] < n:
            at = _put_below(out, at, np.int64(symbols[ends[k] - 1]), alphabet.size)
        start = np.int64(ends[k])
    return (at + 7) >> 3


@njit(cache=True, nogil=True)
def lz78_read(blob, out):
    """Check a codeword if `out` is empty, else write its bytes; returns the length or an error.

    A check takes time and memory in the length of `blob`, whatever length the codeword states.
    """
    alphabet = np.empty(256, np.uint8)
    n, size, at = _get_head(blob, alphabet)
    if n < 0:
        return n
    most, left, digits = 3, 8 * blob.size, 1
    while left > 0 and most < n + 3:  # 2**digits words take `digits` bits or more
        several = min(1 << digits, left // digits + 1)
        most += several
        left -= several * digits
        digits += 1
    starts, lengths = np.zeros(most, np.int32), np.zeros(most, np.int32)
    start, words = 0, 0
    while start < n:
        parent, at = _get_below(blob, at, words + 1)
        if at < 0:
            return TRUNCATED
        words += 1
        length = np.int64(lengths[parent])
        if length > n - start:
            return MALFORMED
        starts[words], lengths[words] = start, length + 1
        if out.size:
            for k in range(length):
                out[start + k] = out[starts[parent] + k]
        start += length
        if start < n:
            symbol, at = _get_below(blob, at, size)
            if at < 0:
                return TRUNCATED
            if out.size:
                out[start] = alphabet[symbol]
            start += 1
    return _ended(blob, at, n)
