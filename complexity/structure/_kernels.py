"""Complete deterministic automata over 0 and 1: all minimal ones, and what they accept.

An automaton of k states has a table (k, 2) of the next state; it starts in state 0. States are
numbered as a walk from state 0 in breadth, 0 before 1, first meets them: one table per automaton.
"""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def is_canonical(table):
    """Whether every state is reached, in the order of its number."""
    met = 1
    for state in range(table.shape[0]):
        if state >= met:
            return False
        for bit in range(2):
            if table[state, bit] > met:
                return False
            if table[state, bit] == met:
                met += 1
    return met == table.shape[0]


@njit(cache=True, nogil=True)
def is_minimal(table, accepting):
    """Whether no two states accept the same continuations (Moore's refinement).

    `accepting` has bit s set where state s accepts; all states are reached.
    """
    states = table.shape[0]
    apart = np.zeros((states, states), np.bool_)
    for a in range(states):
        for b in range(states):
            apart[a, b] = (accepting >> a & 1) != (accepting >> b & 1)
    changed = True
    while changed:
        changed = False
        for a in range(states):
            for b in range(a):
                if apart[a, b]:
                    continue
                for bit in range(2):
                    if apart[table[a, bit], table[b, bit]]:
                        apart[a, b] = True
                        apart[b, a] = True
                        changed = True
    for a in range(states):
        for b in range(a):
            if not apart[a, b]:
                return False
    return True


@njit(cache=True, nogil=True)
def canonical_tables(states):
    """(tables, states, 2) of all automata of that many states, whatever they accept."""
    cells = 2 * states
    every = states**cells
    table = np.zeros((states, 2), np.int64)
    count = 0
    for number in range(every):
        _write(number, states, table)
        count += is_canonical(table)
    tables = np.empty((count, states, 2), np.int64)
    count = 0
    for number in range(every):
        _write(number, states, table)
        if is_canonical(table):
            tables[count] = table
            count += 1
    return tables


@njit(cache=True, nogil=True)
def _write(number, states, table):
    for state in range(states):
        for bit in range(2):
            table[state, bit] = number % states
            number //= states


@njit(cache=True, nogil=True)
def minimal_sets(tables):
    """(tables, 2^states) whether the automaton that accepts in that set of states is minimal."""
    states = tables.shape[1]
    minimal = np.zeros((tables.shape[0], 1 << states), np.bool_)
    for index in range(tables.shape[0]):
        for accepting in range(1 << states):
            minimal[index, accepting] = is_minimal(tables[index], accepting)
    return minimal


@njit(cache=True, nogil=True)
def ways(tables, length):
    """(tables, states) how many strings of `length` bits, at most 62, end in each state."""
    states = tables.shape[1]
    counts = np.zeros((tables.shape[0], states), np.int64)
    after = np.zeros(states, np.int64)
    for index in range(tables.shape[0]):
        counts[index, 0] = 1
        for _ in range(length):
            after[:] = 0
            for state in range(states):
                for bit in range(2):
                    after[tables[index, state, bit]] += counts[index, state]
            counts[index] = after
    return counts


@njit(cache=True, nogil=True)
def smallest_language(tables, minimal, counts, bits):
    """The minimal automaton that accepts the bits and the fewest strings of as many bits.

    Returns (table's index, set of accepting states, strings accepted); index -1 if there is none.
    """
    best_index, best_set, fewest = -1, 0, np.int64(0)
    states = tables.shape[1]
    for index in range(tables.shape[0]):
        end = 0
        for bit in bits:
            end = tables[index, end, bit]
        for accepting in range(1 << states):
            if not minimal[index, accepting] or not accepting >> end & 1:
                continue
            strings = np.int64(0)
            for state in range(states):
                if accepting >> state & 1:
                    strings += counts[index, state]
            if best_index < 0 or strings < fewest:
                best_index, best_set, fewest = index, accepting, strings
    return best_index, best_set, fewest
