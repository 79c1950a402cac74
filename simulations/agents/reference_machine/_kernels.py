"""Numba kernels of the reference machine and of whole episodes of agents that live on it.

All helpers live in this file because Numba's cache does not see changes elsewhere.

A program is two arrays: `code` (length,) uint8 of instructions, the last one END, and `jumps`
(length,) int32, at a bracket the index of its partner. A machine is

- `tape` (TAPE,) int8: the work tape, a ring;
- `history` (HISTORY_RING,) int8: the last actions, a ring whose newest entry is at `place[HEAD]`;
- `output` (1 + cells,) int8: the reward cell, then the observation's cells;
- `place` (2,) int64: where the work tape's head and the newest action are;
- `words` (4,) uint64: the state of a xoshiro256++ generator, for `%`.

The rules of the agents, in the order of their random draws (each agent has a generator of its own):

1. The greedy action: one of the largest values, by `below(number of largest)` if there are several.
2. `uniform() < epsilon` takes the action `below(actions)` in place of the greedy one.

`uniform` is the upper 53 bits of a word, `below(n)` is floor(n * uniform). Q and its relatives
learn from a percept after they have chosen the next action, and from the first percept nobody
learns.
"""

import numpy as np
from numba import njit

LEFT, RIGHT, PLUS, MINUS, READ, WRITE, OPEN, CLOSE, END, RANDOM = range(10)
"""In the order of the instructions `< > + - , . [ ] # %`."""

TAPE = 100_000
HISTORY = 24
"""Actions that a program can read; behind them it reads the centre symbol."""
HISTORY_RING = 32
STEPS = 1000
"""A cycle that takes so many instructions is over time."""
HEAD_OF_TAPE, NEWEST = range(2)

UNIFORM, FREQ, SARSA, Q, HLS, HLQ = range(6)
"""Kinds of agents."""
EPSILON, GAMMA, LAMBDA, ALPHA, INITIAL = range(5)
"""An agent's parameters (5,)."""
VALUES, TRACES, VISITS = range(3)
"""An agent's memory (3, observations, actions)."""
FLOOR = 1e-100
"""Traces below it become 0, visits stay above it."""

BEHAVIOURS = 10
CHECKS, CHECK_CYCLES, CHECK_FROM, SAME_FROM = 5, 200, 6, 4

_U64 = np.uint64


@njit(cache=True, nogil=True)
def _word(s):
    """The next word of xoshiro256++ (Blackman and Vigna 2021)."""
    total = s[0] + s[3]
    word = ((total << _U64(23)) | (total >> _U64(41))) + s[0]
    shifted = s[1] << _U64(17)
    s[2] ^= s[0]
    s[3] ^= s[1]
    s[1] ^= s[2]
    s[0] ^= s[3]
    s[2] ^= shifted
    s[3] = (s[3] << _U64(45)) | (s[3] >> _U64(19))
    return word


@njit(cache=True, nogil=True)
def _uniform(s):
    """A double in [0, 1)."""
    return np.float64(_word(s) >> _U64(11)) * 2.0**-53


@njit(cache=True, nogil=True)
def _below(s, bound):
    """A number below `bound`."""
    return np.int64(_uniform(s) * bound)


@njit(cache=True, nogil=True)
def clear(symbols, tape, history, output, place):
    """A machine before its first cycle."""
    centre = (symbols - 1) // 2
    tape[:] = centre
    history[:] = centre
    output[:] = centre
    place[:] = 0


@njit(cache=True, nogil=True)
def cycle(code, jumps, symbols, tape, history, output, place, words, action):
    """Feed one action and run the program; returns its instructions, STEPS if it was cut there."""
    centre = (symbols - 1) // 2
    newest = (place[NEWEST] - 1) & (HISTORY_RING - 1)
    place[NEWEST] = newest
    history[newest] = action
    here = place[HEAD_OF_TAPE]
    at = steps = read = written = 0
    while steps < STEPS and written < output.size:
        steps += 1
        instruction = code[at]
        if instruction == LEFT:
            here = here - 1 if here > 0 else TAPE - 1
        elif instruction == RIGHT:
            here = here + 1 if here < TAPE - 1 else 0
        elif instruction == PLUS:
            tape[here] = tape[here] + 1 if tape[here] < symbols - 1 else 0
        elif instruction == MINUS:
            tape[here] = tape[here] - 1 if tape[here] > 0 else symbols - 1
        elif instruction == READ:
            if read < HISTORY:
                tape[here] = history[(newest + read) & (HISTORY_RING - 1)]
                read += 1
            else:
                tape[here] = centre
        elif instruction == WRITE:
            output[written] = tape[here]
            written += 1
        elif instruction == OPEN:
            if tape[here] == centre:
                at = jumps[at]
        elif instruction == CLOSE:
            if tape[here] != centre:
                at = jumps[at]
        elif instruction == RANDOM:
            tape[here] = _below(words, symbols)
        else:
            break
        at += 1
    place[HEAD_OF_TAPE] = here
    return steps


@njit(cache=True, nogil=True)
def observation_of(output, symbols):
    """The observation's cells as a number, the first one least significant."""
    number = 0
    for i in range(output.size - 1, 0, -1):
        number = number * symbols + output[i]
    return number


@njit(cache=True, nogil=True)
def reward_of(output, symbols):
    """The reward cell on the scale from -100 to 100."""
    middle = (symbols - 1) / 2
    return 100.0 * (output[0] - middle) / middle


@njit(cache=True, nogil=True)
def draw_program(words):
    """A program of the prior: uniform instructions, `#` read as `]`, to the first unmatched `]`."""
    code = np.empty(64, np.uint8)
    length = depth = 0
    while depth >= 0:
        if length == code.size:
            code = np.concatenate((code, np.empty(code.size, np.uint8)))
        instruction = _below(words, 10)
        if instruction == END:
            instruction = CLOSE
        if instruction == OPEN:
            depth += 1
        elif instruction == CLOSE:
            depth -= 1
        code[length] = instruction if depth >= 0 else END
        length += 1
    return code[:length].copy()


@njit(cache=True, nogil=True)
def partners(code):
    """The `jumps` of a program with matched brackets."""
    jumps = np.zeros(code.size, np.int32)
    opened = np.empty(code.size, np.int32)
    depth = 0
    for i in range(code.size):
        if code[i] == OPEN:
            opened[depth] = i
            depth += 1
        elif code[i] == CLOSE:
            depth -= 1
            jumps[i] = opened[depth]
            jumps[opened[depth]] = i
    return jumps


@njit(cache=True, nogil=True)
def survey(code, jumps, symbols, cells, words, first):
    """Run a program against random actions, CHECKS times CHECK_CYCLES cycles.

    `first` (CHECK_CYCLES,) int8 is room for the first run's reward cells. Returns (over time,
    passive, behaviours): whether a cycle was cut; whether all runs had the same rewards from the
    cycle SAME_FROM on; and the bits of the behaviours that all runs showed first, 0 if they differ.
    """
    tape = np.empty(TAPE, np.int8)
    history = np.empty(HISTORY_RING, np.int8)
    output = np.empty(1 + cells, np.int8)
    place = np.empty(2, np.int64)
    back = np.zeros(4, np.int64)
    centre = (symbols - 1) // 2
    agreed, passive = -1, True
    for run in range(CHECKS):
        clear(symbols, tape, history, output, place)
        back[:] = 0
        shown = 2**BEHAVIOURS - 1
        for time in range(CHECK_CYCLES):
            back[3], back[2], back[1] = back[2], back[1], back[0]
            back[0] = _below(words, symbols)
            steps = cycle(code, jumps, symbols, tape, history, output, place, words, back[0])
            if steps >= STEPS:
                return True, False, 0
            reward = output[0]
            if run == 0:
                first[time] = reward
            elif time >= SAME_FROM and first[time] != reward:
                passive = False
            if time >= CHECK_FROM:
                shown &= _behaviours(reward, back, symbols, centre)
        leading = shown & -shown
        if agreed < 0:
            agreed = leading
        elif agreed != leading:
            agreed = 0
    return False, passive, agreed


@njit(cache=True, nogil=True)
def _behaviours(reward, back, symbols, centre):
    """Bit by bit: copy, 1-back, 2-back, 3-back, inc, dec, 1-back inc, 1-back dec, copy except at
    the centre symbol, 1-back except at it. `back` (4,) holds the last actions, the newest first.
    """
    shown = 0
    for i in range(4):
        shown |= (reward == back[i]) << i
    for i in range(2):
        shown |= (reward == (back[i] + 1) % symbols) << (4 + 2 * i)
        shown |= (reward == (back[i] - 1) % symbols) << (5 + 2 * i)
        shown |= (reward == back[i] or back[i] == centre) << (8 + i)
    return shown


@njit(cache=True, nogil=True)
def _greedy(values, row, words):
    """One of the actions of the largest value in `values[row]`."""
    actions = values.shape[1]
    best, count = values[row, 0], 1
    for action in range(1, actions):
        if values[row, action] > best:
            best, count = values[row, action], 1
        elif values[row, action] == best:
            count += 1
    skip = _below(words, count) if count > 1 else 0
    for action in range(actions):
        if values[row, action] == best:
            if skip == 0:
                return action
            skip -= 1
    return 0  # values that are no numbers


@njit(cache=True, nogil=True)
def _explored(greedy, actions, epsilon, words):
    """The greedy action, or with probability epsilon any."""
    return _below(words, actions) if _uniform(words) < epsilon else greedy


@njit(cache=True, nogil=True)
def _freq(memory, action, reward, parameters, words):
    """Values are the sum of an action's rewards over one more than their number."""
    if action >= 0:
        memory[TRACES, 0, action] += reward
        memory[VISITS, 0, action] += 1
        memory[VALUES, 0, action] = memory[TRACES, 0, action] / memory[VISITS, 0, action]
    greedy = _greedy(memory[VALUES], 0, words)
    return _explored(greedy, memory.shape[2], parameters[EPSILON], words)


@njit(cache=True, nogil=True)
def _temporal(kind, memory, state, action, seen, reward, parameters, words):
    """Sarsa(lambda), Watkins's Q(lambda), and HLS and HLQ, their forms without a learning rate."""
    values, traces, visits = memory[VALUES], memory[TRACES], memory[VISITS]
    gamma, fade = parameters[GAMMA], parameters[LAMBDA]
    greedy = _greedy(values, seen, words)
    follows = _explored(greedy, memory.shape[2], parameters[EPSILON], words)
    if action < 0:
        return follows
    watkins = kind in (Q, HLQ)
    target = greedy if watkins else follows
    keep = 0.0 if watkins and follows != greedy else gamma * fade
    error = reward + gamma * values[seen, target] - values[state, action]
    traces[state, action] += 1.0
    if kind in (Q, SARSA):
        step = parameters[ALPHA] * error
        for s in range(values.shape[0]):
            for a in range(values.shape[1]):
                values[s, a] += step * traces[s, a]
                trace = traces[s, a] * keep
                traces[s, a] = trace if trace >= FLOOR else 0.0
    else:
        visits[state, action] += 1.0
        weight = visits[seen, follows]
        step = error * weight / (weight - gamma * traces[seen, follows])
        for s in range(values.shape[0]):
            for a in range(values.shape[1]):
                values[s, a] += step * traces[s, a] / visits[s, a]
                trace = traces[s, a] * keep
                traces[s, a] = trace if trace >= FLOOR else 0.0
                visits[s, a] = max(visits[s, a] * fade, FLOOR)
    return follows


@njit(cache=True, nogil=True)
def episode(code, jumps, symbols, cells, kind, parameters, sign, words, machine_words, room, trace):
    """Let an agent of `kind` act for `cycles` cycles; its rewards are the machine's times `sign`.

    `room` is (tape, history, output, place, memory); `trace` (cycles, 3) float64 gets action,
    observation and reward of every cycle if its second axis is not empty. Returns (sum of rewards,
    cycles done), fewer than asked if the program was over time in the next one.
    """
    tape, history, output, place, memory = room
    clear(symbols, tape, history, output, place)
    memory[VALUES] = parameters[INITIAL]
    memory[TRACES] = 0.0
    memory[VISITS] = 1.0
    total, reward = 0.0, 0.0
    state, action = 0, -1
    seen = observation_of(output, symbols)
    for time in range(trace.shape[0]):
        if kind == UNIFORM:
            follows = _below(words, symbols)
        elif kind == FREQ:
            follows = _freq(memory, action, reward, parameters, words)
        else:
            follows = _temporal(kind, memory, state, action, seen, reward, parameters, words)
        state, action = seen, follows
        steps = cycle(code, jumps, symbols, tape, history, output, place, machine_words, follows)
        if steps >= STEPS:
            return total, time
        reward = sign * reward_of(output, symbols)
        seen = observation_of(output, symbols)
        total += reward
        if trace.shape[1]:
            trace[time, 0] = follows
            trace[time, 1] = seen
            trace[time, 2] = reward
    return total, trace.shape[0]


@njit(cache=True, nogil=True)
def episodes(codes, starts, symbols, cells, kind, parameters, cycles, words, machine_words, sums):
    """Both signs of several programs.

    `codes` (total length,) holds the programs `codes[starts[i]:starts[i + 1]]`; `words` and
    `machine_words` are (programs, 2, 4), the first of two for the sign +1. `sums` (programs, 2)
    gets the sums of rewards, NaN where the program was over time; what follows such a one is NaN
    unplayed.
    """
    states = symbols**cells
    room = (
        np.empty(TAPE, np.int8),
        np.empty(HISTORY_RING, np.int8),
        np.empty(1 + cells, np.int8),
        np.empty(2, np.int64),
        np.empty((3, states, symbols)),
    )
    trace = np.empty((cycles, 0))
    for i in range(starts.size - 1):
        code = codes[starts[i] : starts[i + 1]]
        jumps = partners(code)
        for side in range(2):
            sign = 1.0 - 2.0 * side
            own, machine = words[i, side], machine_words[i, side]
            total, done = episode(
                code, jumps, symbols, cells, kind, parameters, sign, own, machine, room, trace
            )
            sums[i, side] = total if done == cycles else np.nan
            if done < cycles:
                sums[i, 1] = np.nan
                break
