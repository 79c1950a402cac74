"""Laws that every automaton obeys, to be called with one of a test's making."""

import numpy as np


def goes_on(automaton, state, first, second, *, start=0, seed=0):
    """Running a and then b steps equals running a + b, and running none changes nothing."""
    before = np.array(state)
    middle = automaton.run(state, first, start=start, seed=seed)
    end = automaton.run(middle, second, start=start + first, seed=seed)
    whole = automaton.run(state, first + second, start=start, seed=seed)
    np.testing.assert_array_equal(end, whole)
    np.testing.assert_array_equal(automaton.run(state, 0), before)
    np.testing.assert_array_equal(before, state)
    assert whole.dtype == np.uint8


def conserves(automaton, state, steps, *names, seed=0):
    """No step changes an invariant, and exactly `names` are declared."""
    assert set(automaton.invariants) == set(names)
    for value in automaton.invariants.values():
        states = automaton.history(state, steps, seed=seed)
        assert {value(each) for each in states} == {value(states[0])}


def goes_back(automaton, state, steps, *, start=0):
    """Backwards is the inverse of forwards, on both sides."""
    end = automaton.run(state, steps, start=start)
    np.testing.assert_array_equal(automaton.reverse(end, steps, start=start + steps), state)
    origin = automaton.reverse(state, steps, start=start + steps)
    np.testing.assert_array_equal(automaton.run(origin, steps, start=start), state)


def plain_word(key, counter):
    """Word `counter` of splitmix64, in Python integers."""
    mask = 2**64 - 1
    z = (key + (counter + 1) * 0x9E3779B97F4A7C15) & mask
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
    return z ^ (z >> 31)
