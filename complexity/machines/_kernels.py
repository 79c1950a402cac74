"""Numba kernels of the binary lambda calculus: decode, reduce, prove, run one program or all.

A term is an array of int32 tokens in prefix notation: `LAMBDA` and its body, `APPLY` with function
and argument, a variable by its de Bruijn index from 1, or `REST`, a constant that stands for input
not yet read. A code is a term's bits as an integer: 00 for a lambda, 01 for an application and
1^i 0 for variable i.

Reduction is by normal order. In prefix notation the leftmost outermost redex is the first `APPLY`
that a `LAMBDA` follows, and contracting one at p makes a redex before it at p - 1 or nowhere.

Divergence is proved of the subterm M where normal order works: nothing to its left has a redex, so
the whole has a normal form only if M has. Let h(M) be the number of head steps of M and n(M) that
of its normal order steps, infinite if these do not end. A renaming changes neither, reductions of
whatever kind make neither greater, and

    h(lambda M) = h(M), h(M N) >= h(M),
    n(lambda M) = n(M), n(x N1 ... Nk) = n(N1) + ... + n(Nk).

So if M makes the step that normal order wants and then any others, and there is M again, below
lambdas and applied to anything (`HEADS`), or below lambdas and in arguments of variables
(`ARGUMENTS`), then h(M) >= 1 + h(M) or n(M) >= 1 + n(M): both are infinite, there is no normal
form.
"""

import numpy as np
from numba import njit

LAMBDA, APPLY, REST = 0, -1, -2

HALTED, LOOPING, OPEN, READS, VOID = range(5)

HEADS, ARGUMENTS = range(2)

_SHORT, _INNER_STEPS, _PROOF_STEPS, _PROOF_SIZE = 64, 50, 64, 2000


@njit(cache=True, nogil=True)
def decode(code, size, tokens):
    """Write the tokens of a code of `size` bits, and return how many."""
    count, at = 0, size - 1
    while at >= 0:
        if (code >> np.uint64(at)) & np.uint64(1):
            index = 0
            while (code >> np.uint64(at)) & np.uint64(1):
                index += 1
                at -= 1
            tokens[count] = index
            at -= 1
        else:
            tokens[count] = -np.int64((code >> np.uint64(at - 1)) & np.uint64(1))
            at -= 2
        count += 1
    return count


@njit(cache=True, nogil=True)
def _end(tokens, start):
    """Where the subterm that starts at `start` ends."""
    missing, at = 1, start
    while missing > 0:
        token = tokens[at]
        if token == APPLY:
            missing += 1
        elif token != LAMBDA:
            missing -= 1
        at += 1
    return at


@njit(cache=True, nogil=True)
def _contract(tokens, length, at, new, depths, argument_depths):
    """Write `tokens` with the redex at `at` contracted; its length, or -1 if it does not fit."""
    body = at + 2
    argument = _end(tokens, body)
    after = _end(tokens, argument)
    if length > new.size:
        return -1
    new[:at] = tokens[:at]
    out, top = at, 0
    depths[0] = 0
    for k in range(body, argument):
        depth = depths[top]
        token = tokens[k]
        if token == LAMBDA:
            depths[top] = depth + 1
        elif token == APPLY:
            top += 1
            depths[top] = depth
        else:
            top -= 1
        if token != depth + 1 or token <= 0:
            if out == new.size:
                return -1
            new[out] = token - 1 if token > depth + 1 else token
            out += 1
            continue
        if out + after - argument > new.size:
            return -1
        if depth == 0:
            new[out : out + after - argument] = tokens[argument:after]
            out += after - argument
            continue
        high = 0
        argument_depths[0] = 0
        for j in range(argument, after):
            inner, moved = argument_depths[high], tokens[j]
            if moved == LAMBDA:
                argument_depths[high] = inner + 1
            elif moved == APPLY:
                high += 1
                argument_depths[high] = inner
            else:
                high -= 1
            new[out] = moved + depth if moved > inner and moved > 0 else moved
            out += 1
    if out + length - after > new.size:
        return -1
    new[out : out + length - after] = tokens[after:length]
    return out + length - after


@njit(cache=True, nogil=True)
def bits_of(tokens, length):
    """The size of a term in bits; `REST` counts as none."""
    size = 0
    for k in range(length):
        size += 2 if tokens[k] <= 0 else tokens[k] + 1
        size -= 2 * (tokens[k] == REST)
    return size


@njit(cache=True, nogil=True)
def _first(tokens, length, start):
    """Where the first redex, or application of `REST`, is from `start` on; -1 if there is none."""
    for k in range(start, length - 1):
        if tokens[k] == APPLY and (tokens[k + 1] == LAMBDA or tokens[k + 1] == REST):
            return k
    return -1


@njit(cache=True, nogil=True)
def _reduced(tokens, length, steps, max_size, other, depths, more_depths, totals):
    """`reduce`, its buffers given; returns 1 if the result is in `other`."""
    here, there = tokens, other
    swapped, done = 0, 0
    size = bits_of(here, length)
    largest = size
    at = _first(here, length, 0)
    while at >= 0 and here[at + 1] == LAMBDA and done < steps:
        new_length = _contract(here, length, at, there, depths, more_depths)
        new_size = bits_of(there, new_length) if new_length >= 0 else max_size + 1
        if new_size > max_size:
            break
        here, there, swapped = there, here, 1 - swapped
        length, size, done = new_length, new_size, done + 1
        largest = max(largest, size)
        at = _first(here, length, max(at - 1, 0))
    status = OPEN
    if at < 0:
        status = HALTED
    elif here[at + 1] == REST:
        status = READS
    totals[0], totals[1], totals[2], totals[3], totals[4] = status, done, length, size, largest
    return swapped


@njit(cache=True, nogil=True)
def reduce(term, steps, max_size, totals):
    """Reduce a term by normal order.

    Args:
        term: (n,) int32 tokens.
        steps: beta steps at most.
        max_size: bits at most; a step that would lead beyond is not made.
        totals: (5,) int64, written: status, steps made, tokens of the result, its size in bits and
            that of the largest term on the way.

    Returns:
        Tokens that begin with the result: the normal form if `HALTED`.
    """
    room = max(max_size // 2, term.size) + 1
    tokens, other = np.empty(room, np.int32), np.empty(room, np.int32)
    depths, more = np.empty(room, np.int32), np.empty(room, np.int32)
    tokens[: term.size] = term
    if _reduced(tokens, term.size, steps, max_size, other, depths, more, totals):
        return other
    return tokens


@njit(cache=True, nogil=True)
def _same(tokens, start, others, count):
    """Whether the tokens from `start` on are the first `count` others."""
    k = 0
    while k < count and tokens[start + k] == others[k]:
        k += 1
    return k == count


@njit(cache=True, nogil=True)
def diverges(term, kind, steps, max_size):
    """Whether a term is proved to have no normal form; False says nothing.

    Normal order, but an argument is brought to its normal form before it is passed, if that takes
    few steps: what differs by such steps only comes back the same.

    Args:
        term: (n,) int32 tokens.
        kind: the proof that is sought, `HEADS` or `ARGUMENTS`.
        steps: at most, besides those in arguments.
        max_size: bits at most.
    """
    room = max(max_size // 2, term.size) + 1
    here, there = np.empty(room, np.int32), np.empty(room, np.int32)
    inner, other = np.empty(room, np.int32), np.empty(room, np.int32)
    depths, more, saved = (
        np.empty(room, np.int32),
        np.empty(room, np.int32),
        np.empty(room, np.int32),
    )
    totals = np.zeros(5, np.int64)
    here[: term.size] = term
    length = term.size
    # M begins at `root`, was `saved`, and `behind` tokens follow it; -1 if there is none
    root, held, behind, age, patience = -1, 0, 0, 0, 1
    for _ in range(steps):
        at = _first(here, length, 0)
        if at < 0 or here[at + 1] == REST:
            return False
        start = at
        while kind == ARGUMENTS and start > 0 and here[start - 1] == APPLY:
            start -= 1
        inside = 0 <= root <= start < length - behind
        for k in range(root, start):
            if inside and kind == HEADS and (here[k] > 0 or here[k] == REST):
                inside = False
        if inside and start + held <= length and _same(here, start, saved, held):
            return True
        age += 1
        if not inside or age == patience:
            patience = 2 * patience if inside else patience
            end = _end(here, start)
            age, root, held, behind = 0, start, end - start, length - end
            saved[:held] = here[start:end]
        argument = _end(here, at + 2)
        after = _end(here, argument)
        inner[: after - argument] = here[argument:after]
        swapped = _reduced(
            inner, after - argument, _INNER_STEPS, max_size, other, depths, more, totals
        )
        if totals[0] == HALTED and length - after + argument + totals[2] <= room:
            there[: length - after] = here[after:length]
            normal = other if swapped else inner
            here[argument : argument + totals[2]] = normal[: totals[2]]
            here[argument + totals[2] : argument + totals[2] + length - after] = there[
                : length - after
            ]
            length += argument + totals[2] - after
        length = _contract(here, length, at, there, depths, more)
        if length < 0 or bits_of(there, length) > max_size:
            return False
        here, there = there, here
    return False


@njit(cache=True, nogil=True)
def decide(term, steps, max_size, proofs, totals):
    """`reduce`, with `LOOPING` for what is proved to have no normal form."""
    result = reduce(term, min(steps, _SHORT) if proofs else steps, max_size, totals)
    if totals[0] != OPEN or not proofs:
        return result
    if bits_of(term, term.size) > _PROOF_SIZE:
        return reduce(term, steps, max_size, totals)
    if diverges(term, HEADS, _PROOF_STEPS, _PROOF_SIZE) or diverges(
        term, ARGUMENTS, _PROOF_STEPS, _PROOF_SIZE
    ):
        totals[0] = LOOPING
        return result
    return reduce(term, steps, max_size, totals) if steps > _SHORT else result


@njit(cache=True, nogil=True)
def program(code, size, data, read, argument, tokens):
    """Write the tokens of a program as it is run, and return how many.

    Args:
        code, size: of its term.
        data, read: the bits that follow it, as an integer, and how many.
        argument: (k,) int32 tokens that the term is applied to, below a cell for every bit; with
            none the term is run by itself.
        tokens: (size / 2 + 8 read + k + 1,) int32, written.
    """
    if argument.size == 0:
        return decode(code, size, tokens)
    tokens[0] = APPLY
    count = 1 + decode(code, size, tokens[1:])
    for k in range(read):
        bit = (data >> np.uint64(read - 1 - k)) & np.uint64(1)
        tokens[count : count + 3] = LAMBDA, APPLY, APPLY
        tokens[count + 3 : count + 6] = 1, LAMBDA, LAMBDA
        tokens[count + 6] = 1 if bit else 2
        count += 7
    tokens[count : count + argument.size] = argument
    return count + argument.size


@njit(cache=True, nogil=True)
def _first_of_pair(tokens, length):
    """Tokens of x where a normal form is <x, REST> and x is closed; 0 where it is not."""
    if length < 6 or tokens[length - 1] != REST or tokens[0] != LAMBDA:
        return 0
    if tokens[1] != APPLY or tokens[2] != APPLY or tokens[3] != 1:
        return 0
    if _end(tokens, 4) != length - 1:
        return 0
    depths, top = np.zeros(length, np.int64), 0
    for k in range(4, length - 1):
        token = tokens[k]
        if token == REST or token > depths[top]:
            return 0
        if token == LAMBDA:
            depths[top] += 1
        elif token == APPLY:
            top += 1
            depths[top] = depths[top - 1]
        else:
            top -= 1
    return length - 5


@njit(cache=True, nogil=True)
def run_all(
    codes, sizes, data, reads, argument, steps, max_size, proofs, start, records, ends, outputs
):
    """Run programs from `start` on while the outputs fit; return the first that was not recorded.

    Args:
        codes, data: (n,) uint64; sizes, reads: (n,) int64; argument: as in `program`, and `REST`
            alone for programs that read bits and must end as <output, REST>, else `VOID`.
        steps, max_size: as in `reduce`.
        proofs: whether divergence is to be proved.
        start: the first program to run.
        records: (n, 4) int64, written: status, steps, bits of the output and of the largest term.
        ends: (n,) int64, written: where the output ends in `outputs`; it starts at the last end.
        outputs: (k,) int32, written: tokens of the normal forms.
    """
    totals = np.zeros(5, np.int64)
    most = 0
    for k in range(start, codes.size):
        most = max(most, sizes[k] // 2 + 8 * reads[k] + argument.size + 2)
    tokens = np.empty(most, np.int32)
    reading = argument.size == 1 and argument[0] == REST
    end = 0
    for k in range(start, codes.size):
        length = program(codes[k], sizes[k], data[k], reads[k], argument, tokens)
        result = decide(tokens[:length], steps, max_size, proofs, totals)
        first, count = 0, totals[2]
        if totals[0] == HALTED and reading:
            first, count = 4, _first_of_pair(result, totals[2])
            unread = totals[2] == 1 and result[0] == REST  # a pair once its first bit is read
            totals[0] = HALTED if count else (READS if unread else VOID)
        if totals[0] == HALTED:
            if end + count > outputs.size:
                return k
            outputs[end : end + count] = result[first : first + count]
            end += count
            totals[3] = bits_of(outputs[end - count : end], count)
        records[k, 0], records[k, 1] = totals[0], totals[1]
        records[k, 2], records[k, 3] = totals[3], totals[4]
        ends[k] = end
    return codes.size
