"""The Numba kernel of the context mixer: prediction, coding and learning, integers only.

One loop serves the encoder, the decoder and the measurement, so they cannot disagree. Every value
is an integer (64 bits unsigned in the coder, otherwise below 2**63 in size) and every table is an
argument, so the result is a function of the arguments on every platform. Every index is masked or
bounded, whatever the bytes. All helpers live in this file because Numba's cache does not see
changes elsewhere.

Numbers: probabilities are those of a one, 16 bits in the coder and 22 in the adaptive maps (the ten
bits below count the observations). `stretch(p) = ln(p / (1 - p))` has 8 fractional bits and lies
within +-LIMIT; mixer weights have 16.

References:
    M. Mahoney, Adaptive weighing of context models for lossless data compression, Florida Tech.
        TR CS-2005-16, 2005: bit histories, logistic mixing, adaptive probability maps.
    I. Witten, R. Neal and J. Cleary, Arithmetic coding for data compression, CACM 30, 1987.
"""

import numpy as np
from numba import njit

ENCODE, DECODE, MEASURE = range(3)

LIMIT = 3071
"""Largest stretched probability: 12 in natural log-odds, beyond the 1/65536 of the coder."""

CONTEXTS = 21
"""Hashed contexts; each gives PER_CONTEXT inputs to the mixer."""
PER_CONTEXT = 3
MATCHES = 2
"""Copy models: one looks for short matches, one for long ones, both in the whole past."""
INPUTS = 72
"""Mixer inputs: CONTEXTS * PER_CONTEXT, then 3 per match, a constant, and padding."""
SLOT = 16
"""Words in a slot of the table: a check, then the 15 nodes of a nibble."""
STEPS = 24
"""Intervals of an adaptive probability map."""
PAD = 16
"""Zero bytes before the history."""
RECORDS = 1 << 11
"""Record lengths looked for are below this."""

SETS = 5
SELECTORS = (2048, 256, 256, 256, 2048)
"""Weight sets of the mixers of the first layer: by match and hits, by the bits of this byte, by the
last byte, by the one before, by the column of a record."""
BY_BITS, BY_LAST, BY_SECOND, BY_COLUMN = (2048, 2304, 2560, 2816)
"""Where each mixer's sets begin."""
FINAL_SETS = 256
FIRST_RATE, LAST_RATE = 640, 128
"""Learning rate of the first layer at the beginning and in the long run."""

NODE_LIMIT, MAP_LIMIT, MATCH_MAP_LIMIT = 60, 255, 1023
"""Observations after which the rates of the adaptive probabilities stay."""
MATCH_MINIMA = (7, 20)
"""Bytes that must agree before a match is believed."""
VERIFIED = 400
"""Bytes of a new match that are compared at most."""

LOW32 = 0xFFFFFFFF
FULL = 0xFFFFFFFFFFFFFFFF
REGISTERS = 10
"""Scalars that live from one call to the next; those of the matches have MATCHES entries."""
R_WORD, R_PREVIOUS, R_RECORD, R_RATE, R_POINTER, R_LENGTH, R_MISSES = (0, 1, 2, 3, 4, 6, 8)


@njit(cache=True, nogil=True)
def _mixed(h, c):
    """A 32-bit hash of a 32-bit hash and a number below 2**24."""
    h = ((h + c + 1) * 0x2F0B4C47) & LOW32
    return h ^ (h >> 15)


@njit(cache=True, nogil=True)
def _slot(table, shift, h):
    """Where the slot for the 32-bit hash `h` begins: found, or the poorer of two made empty.

    The table has 2**(32 - shift) slots.
    """
    h = (h * 0x6F4F2A35) & LOW32
    check = h & 0xFFFF
    first = h >> shift
    a = first * SLOT
    if np.int64(table[a]) == check:
        return a
    b = (first ^ 1) * SLOT
    if np.int64(table[b]) == check:
        return b
    if (np.int64(table[a + 1]) >> 8) & 63 > (np.int64(table[b + 1]) >> 8) & 63:
        a = b
    for k in range(1, SLOT):
        table[a + k] = 0
    table[a] = check
    return a


@njit(cache=True, nogil=True)
def _length_class(length):
    """0..31 for a match length."""
    if length < 16:
        return length
    if length < 32:
        return 16 + ((length - 16) >> 2)
    k = 20
    length >>= 6
    while length > 0 and k < 31:
        k += 1
        length >>= 1
    return k


@njit(cache=True, nogil=True)
def _between(a, b, part):
    """Two 22-bit probabilities interpolated at part / 256, in 16 bits."""
    return (np.int64(a) * (256 - part) + np.int64(b) * part) >> 14


@njit(cache=True, nogil=True)
def _contexts(hashes, history, pos, registers, expected, length):
    """Hashes of the contexts of the byte at `pos`."""
    c1 = np.int64(history[pos - 1])
    c2 = np.int64(history[pos - 2])
    c3 = np.int64(history[pos - 3])
    c4 = np.int64(history[pos - 4])
    h = 0
    for order in range(7):
        hashes[order] = _mixed(h, order << 16)
        h = _mixed(h, np.int64(history[pos - 1 - order]) + 1)
    h = _mixed(h, np.int64(history[pos - 8]) + 1)
    hashes[20] = _mixed(h, 20 << 16)
    word = np.int64(registers[R_WORD])
    record = np.int64(registers[R_RECORD])
    previous = np.int64(registers[R_PREVIOUS])
    hashes[7] = _mixed(_mixed(word, 7 << 16), c1)
    hashes[8] = _mixed(_mixed(word, 8 << 16), previous & 0xFFFFFF)
    hashes[9] = _mixed(_mixed(0, 9 << 16), expected << 8 | min(length, 15))
    hashes[10] = _mixed(_mixed(0, 10 << 16), c2 << 8 | c3)
    hashes[11] = _mixed(_mixed(0, 11 << 16), c1 << 8 | c3)
    hashes[12] = _mixed(_mixed(0, 12 << 16), c3 << 8 | c4)
    hashes[13] = _mixed(_mixed(0, 13 << 16), c2)
    above = 0
    above2 = 0
    column = 0
    if record > 0 and pos >= 2 * record + PAD:
        above = np.int64(history[pos - record])
        above2 = np.int64(history[pos - 2 * record])
        column = pos % record
    hashes[14] = _mixed(_mixed(record, 14 << 16), above << 8 | c1)
    hashes[15] = _mixed(_mixed(record, 15 << 16), column)
    hashes[16] = _mixed(_mixed(record, 16 << 16), column << 8 | above)
    hashes[17] = _mixed(_mixed(record, 17 << 16), above2 << 8 | above)
    hashes[18] = _mixed(_mixed(column, 18 << 16), c1)
    hashes[19] = _mixed(_mixed(_mixed(record, 19 << 16), c2 << 8 | c1), above)


@njit(cache=True, nogil=True)
def run(
    mode,
    history,
    start,
    stop,
    stream,
    coder,
    table,
    maps,
    match_table,
    match_maps,
    weights,
    final_weights,
    apm,
    registers,
    seen,
    scores,
    squash,
    stretch,
    following,
    reciprocals,
    tally,
):
    """Code the bytes [start, stop) of `history`; the model learns from them.

    Args:
        mode: ENCODE (history to stream), DECODE (stream to history), MEASURE (history to tally).
        history: bytes, PAD zeros first; uint8.
        start, stop: positions in `history`.
        stream: coded bytes, uint8; read from or written to at coder[2].
        coder: low end, high end, position, value; uint64[4].
        table: slots of context nodes, uint32, a power of two of SLOT words.
        maps: bit history to probability, uint32 (CONTEXTS * 256).
        match_table: hash to position, int32 (MATCHES, a power of two).
        match_maps: match length and misses to probability, uint32 (MATCHES * 256).
        weights: first layer, int32 (sum(SELECTORS), INPUTS).
        final_weights: second layer, int32 (FINAL_SETS * SETS).
        apm: adaptive probability maps, uint32 (2, a power of two, STEPS + 1).
        registers: int64[REGISTERS].
        seen: last position and last gap of each byte value, int64 (2, 256).
        scores: evidence for each record length, int64[RECORDS].
        squash, stretch, following, reciprocals: constant tables of `complexity.mixing.mixer`.
        tally: int64[65536], how often a bit of that probability was coded.

    Returns:
        The position reached: `stop`, or less where a decoder ran past the end of its stream.
    """
    shift = 32
    while table.size > SLOT << (32 - shift):
        shift -= 1
    match_mask = match_table.shape[1] - 1
    apm_mask = apm.shape[1] - 1
    x = np.zeros(INPUTS, np.int32)
    slots = np.zeros(CONTEXTS, np.int64)
    hashes = np.zeros(CONTEXTS, np.int64)
    expected = np.zeros(MATCHES, np.int64)
    match_index = np.zeros(MATCHES, np.int64)
    guess = np.zeros(MATCHES, np.int64)
    sets = np.zeros(SETS, np.int64)
    outs = np.zeros(SETS, np.int64)
    layer = np.zeros(SETS, np.int64)
    low = coder[0]
    high = coder[1]
    place = np.int64(coder[2])
    value = coder[3]
    final_constant = CONTEXTS * PER_CONTEXT + 3 * MATCHES
    x[final_constant] = 256
    for pos in range(start, stop):
        # what this byte may be a copy of
        for m in range(MATCHES):
            pointer = registers[R_POINTER + m]
            length = registers[R_LENGTH + m]
            minimum = MATCH_MINIMA[m]
            if pos - PAD >= minimum:
                h = 0
                for k in range(minimum):
                    h = _mixed(h, np.int64(history[pos - 1 - k]))
                h = (h >> 4) & match_mask
                if length < minimum:
                    candidate = np.int64(match_table[m, h])
                    if candidate > 0:
                        found = 0
                        while (
                            found < VERIFIED
                            and candidate - 1 - found >= PAD
                            and history[candidate - 1 - found] == history[pos - 1 - found]
                        ):
                            found += 1
                        if found >= minimum:
                            registers[R_POINTER + m] = candidate
                            registers[R_LENGTH + m] = found
                            registers[R_MISSES + m] = 0
                match_table[m, h] = pos
            pointer = registers[R_POINTER + m]
            expected[m] = np.int64(history[pointer]) | 256 if pointer > 0 else 0
        best = 1 if registers[R_LENGTH + 1] > 0 else 0
        longest = registers[R_LENGTH + best]
        _contexts(hashes, history, pos, registers, expected[best] & 255, _length_class(longest))
        c1 = np.int64(history[pos - 1])
        c2 = np.int64(history[pos - 2])
        record = registers[R_RECORD]
        column = pos % record if record > 0 else 0
        rate = registers[R_RATE]
        byte = np.int64(history[pos]) if mode != DECODE else 0
        c0 = 1
        node = 1
        for bit in range(8):
            if bit == 0 or bit == 4:
                for i in range(CONTEXTS):
                    h = hashes[i] if bit == 0 else _mixed(hashes[i], c0 << 8)
                    slots[i] = _slot(table, shift, h)
                node = 1
            # inputs
            hits = 0
            for i in range(CONTEXTS):
                entry = np.int64(table[slots[i] + node])
                state = entry & 255
                k = PER_CONTEXT * i
                if state == 0:
                    x[k] = 0
                    x[k + 1] = 0
                    x[k + 2] = 0
                else:
                    if 0 < i < 7:
                        hits += 1
                    p = np.int64(maps[i * 256 + state]) >> 16
                    x[k] = stretch[p]
                    x[k + 1] = stretch[((entry >> 14) ^ 0x20000) >> 2]
                    x[k + 2] = (p - 32768) >> 5
            for m in range(MATCHES):
                k = CONTEXTS * PER_CONTEXT + 3 * m
                if expected[m] >> (8 - bit) == c0:
                    g = (expected[m] >> (7 - bit)) & 1
                    misses = registers[R_MISSES + m]
                    misses = (misses & 1) + ((misses >> 1) & 1) + ((misses >> 2) & 1)
                    j = m * 256 + _length_class(registers[R_LENGTH + m]) * 4 + misses
                    p = np.int64(match_maps[j]) >> 16
                    sign = 2 * g - 1
                    x[k] = sign * np.int64(stretch[p])
                    x[k + 1] = sign * ((p - 32768) >> 5)
                    x[k + 2] = 0
                    guess[m] = g
                    match_index[m] = j
                else:
                    x[k] = 0
                    x[k + 1] = 0
                    guess[m] = -1
            # mixing
            if guess[1] >= 0:
                length_class = _length_class(registers[R_LENGTH + 1])
            elif guess[0] >= 0:
                length_class = min(_length_class(registers[R_LENGTH]), 15)
            else:
                length_class = 0
            sets[0] = (length_class * 8 + hits) * 8 + bit
            sets[1] = BY_BITS + c0
            sets[2] = BY_LAST + c1
            sets[3] = BY_SECOND + c2
            sets[4] = BY_COLUMN + ((column * 8 + bit) & 2047)
            for s in range(SETS):
                w = weights[sets[s]]
                dot = 0
                for k in range(INPUTS):
                    dot += np.int64(x[k]) * np.int64(w[k])
                dot >>= 16
                dot = min(max(dot, -LIMIT), LIMIT)
                layer[s] = dot
                outs[s] = squash[dot + LIMIT]
            final = c0 * SETS
            dot = 0
            for s in range(SETS):
                dot += layer[s] * np.int64(final_weights[final + s])
            dot = min(max(dot >> 16, -LIMIT), LIMIT)
            mixed = np.int64(squash[dot + LIMIT])
            # two adaptive probability maps
            at = (dot + LIMIT + 1) >> 8
            part = (dot + LIMIT + 1) & 255
            row0 = (c1 << 8 | c0) & apm_mask
            row1 = (_mixed(_mixed(c2, c1), c0)) & apm_mask
            p0 = _between(apm[0, row0, at], apm[0, row0, at + 1], part)
            p1 = _between(apm[1, row1, at], apm[1, row1, at + 1], part)
            p = (2 * mixed + p0 + p1 + 2) >> 2
            p = min(max(p, 1), 65535)
            # coding
            y = (byte >> (7 - bit)) & 1
            if mode == MEASURE:
                tally[p if y else 65536 - p] += 1
            else:
                span = high - low
                middle = low + (span >> np.uint64(16)) * np.uint64(p)
                middle += ((span & np.uint64(0xFFFF)) * np.uint64(p)) >> np.uint64(16)
                if mode == DECODE:
                    y = 1 if value <= middle else 0
                if y:
                    high = middle
                else:
                    low = middle + np.uint64(1)
                while (low ^ high) >> np.uint64(56) == np.uint64(0):
                    if mode == ENCODE:
                        stream[place] = high >> np.uint64(56)
                    else:
                        value <<= np.uint64(8)
                        if place + 8 < stream.size:
                            value |= np.uint64(stream[place + 8])
                    place += 1
                    low <<= np.uint64(8)
                    high = (high << np.uint64(8)) | np.uint64(255)
            # learning
            for s in range(SETS):
                w = weights[sets[s]]
                error = (((y << 16) - outs[s]) * rate) >> 8
                for k in range(INPUTS):
                    w[k] += (np.int64(x[k]) * error + 0x8000) >> 16
            error = ((y << 16) - mixed) >> 1
            for s in range(SETS):
                final_weights[final + s] += (layer[s] * error + 0x8000) >> 16
            if rate > LAST_RATE:
                rate -= 1 if (pos & 15) == 0 else 0
            target = y * 0x3FFFFF
            near = at if part < 128 else at + 1
            q = np.int64(apm[0, row0, near])
            apm[0, row0, near] = q + ((target - q) >> 6)
            q = np.int64(apm[1, row1, near])
            apm[1, row1, near] = q + ((target - q) >> 6)
            for i in range(CONTEXTS):
                j = slots[i] + node
                entry = np.int64(table[j])
                state = entry & 255
                count = (entry >> 8) & 63
                p = (entry >> 14) ^ 0x20000
                p += ((y * 0x3FFFF - p) * np.int64(reciprocals[count])) >> 16
                if count < NODE_LIMIT:
                    count += 1
                table[j] = (p ^ 0x20000) << 14 | count << 8 | np.int64(following[2 * state + y])
                j = i * 256 + state
                q = np.int64(maps[j])
                count = q & 1023
                q >>= 10
                q += ((target - q) * np.int64(reciprocals[count])) >> 16
                if count < MAP_LIMIT:
                    count += 1
                maps[j] = q << 10 | count
            for m in range(MATCHES):
                if guess[m] >= 0:
                    right = 1 if guess[m] == y else 0
                    q = np.int64(match_maps[match_index[m]])
                    count = q & 1023
                    q >>= 10
                    q += ((right * 0x3FFFFF - q) * np.int64(reciprocals[count])) >> 16
                    if count < MATCH_MAP_LIMIT:
                        count += 1
                    match_maps[match_index[m]] = q << 10 | count
            c0 = c0 << 1 | y
            node = node << 1 | y
        registers[R_RATE] = rate
        byte = c0 & 255
        if mode == DECODE:
            history[pos] = byte
            if place > stream.size:
                return pos
        # what the byte says about copies, words and records
        for m in range(MATCHES):
            pointer = registers[R_POINTER + m]
            if pointer > 0:
                registers[R_POINTER + m] = pointer + 1
                if expected[m] & 255 == byte:
                    registers[R_LENGTH + m] = min(registers[R_LENGTH + m] + 1, 65535)
                    registers[R_MISSES + m] = (registers[R_MISSES + m] << 1) & 255
                else:
                    registers[R_LENGTH + m] = 0
                    registers[R_MISSES + m] = (registers[R_MISSES + m] << 1 | 1) & 255
        lower = byte | 32
        if 97 <= lower <= 122 or byte >= 128:
            registers[R_WORD] = _mixed(registers[R_WORD], lower)
        elif registers[R_WORD] != 0:
            registers[R_PREVIOUS] = registers[R_WORD]
            registers[R_WORD] = 0
        gap = pos - seen[0, byte]
        if 1 < gap < RECORDS and gap == seen[1, byte]:
            scores[gap] += 1
            if scores[gap] > scores[registers[R_RECORD]]:
                registers[R_RECORD] = gap
        seen[0, byte] = pos
        seen[1, byte] = gap
        if pos & 4095 == 0:
            for k in range(RECORDS):
                scores[k] -= scores[k] >> 2
    coder[0] = low
    coder[1] = high
    coder[2] = place
    coder[3] = value
    return stop
