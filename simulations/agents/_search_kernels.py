"""Numba kernels of an agent with context trees: percepts in bits, rho-UCT, exact expectimax.

The trees are those of `complexity.context._factored_kernels`. Numba's cache looks at the file of a
compiled function alone: what is called from Python is a closure over a digest of that other file,
which makes it part of its key, and helpers that use the trees have no cache of their own.

A cycle of the history is an action, an observation and a reward, each a number in bits, most
significant first. The bits of the action are context alone. Numbers of observations and rewards
that do not exist have no probability: a bit that only one of them can have is known, and is
context alone as well.

`Coding` says what the numbers stand for:

- `widths` (3,) int64: bits of an action, an observation, a reward.
- `seen` (2^widths[1],), `paid` (2^widths[2],) uint8: for a prefix of an observation (a reward) with
  a leading 1, which next bits there are: BOTH, or that one.
- `rewards` (2^widths[2],): the reward that a number stands for, NaN for none.

`random` (4,) uint64 is the state of xoshiro256++ (Blackman and Vigna 2021).
"""

import math
import zlib
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from complexity.context import _factored_kernels
from complexity.context._factored_kernels import DONE, condition, leave, look, rewind, take, update


class Coding(NamedTuple):
    """What the numbers stand for; see above."""

    widths: NDArray[np.int64]
    seen: NDArray[np.uint8]
    paid: NDArray[np.uint8]
    rewards: NDArray[np.float64]


BOTH = 2
"""Both bits can come next; 0 or 1 says which one alone can."""

DECISION = np.dtype(
    [
        ("percept", "i8"),  # observation << bits of a reward | reward, which led here
        ("next", "i4"),  # another decision node of the same chance node; 0 for none
        ("chances", "i4"),  # the chance node of action 0, the others behind it; 0 for none yet
        ("visits", "i4"),
        ("unused", "i4"),
    ]
)
"""A history that ends in a percept, in a search tree: 24 bytes."""

CHANCE = np.dtype(
    [
        ("mean", "f8"),  # of the sums of rewards to come
        ("visits", "i4"),
        ("first", "i4"),  # its first decision node; 0 for none
    ]
)
"""A history that ends in an action: 16 bytes."""

_UNCOUNTED: Any = {"nogil": True, "error_model": "numpy", "_nrt": False}
_lean, _uncached = njit(cache=True, **_UNCOUNTED), njit(**_UNCOUNTED)
"""Compile what allocates nothing, without counting references to its arguments."""

_CODE = zlib.crc32(Path(_factored_kernels.__file__).read_bytes())
_U64 = np.uint64
_STEP = 1.0 / 9007199254740992.0  # 2^-53


@_lean
def _word(random):
    s0 = random[0]
    s1 = random[1]
    s2 = random[2]
    s3 = random[3]
    x = s0 + s3
    word = ((x << _U64(23)) | (x >> _U64(41))) + s0
    t = s1 << _U64(17)
    s2 ^= s0
    s3 ^= s1
    s1 ^= s2
    s0 ^= s3
    s2 ^= t
    random[0] = s0
    random[1] = s1
    random[2] = s2
    random[3] = (s3 << _U64(45)) | (s3 >> _U64(19))
    return word


@_lean
def uniform(random):
    """A multiple of 2^-53 in [0, 1)."""
    return np.float64(_word(random) >> _U64(11)) * _STEP


@_lean
def below(random, bound):
    """An integer in [0, bound), for a bound below 2^31."""
    return np.int64(((_word(random) >> _U64(32)) * _U64(bound)) >> _U64(32))


@_lean
def best(values, random):
    """The place of the greatest value; of several, one by chance."""
    found = 0
    ties = 1
    for i in range(1, values.size):
        if values[i] > values[found]:
            found = i
            ties = 1
        elif values[i] == values[found]:
            ties += 1
            if below(random, ties) == 0:
                found = i
    return found


@_uncached
def _act(trees, coding, action):
    """Append an action as context."""
    for j in range(coding.widths[0] - 1, -1, -1):
        condition(trees, (action >> j) & 1, 0)


@_uncached
def _learn(trees, branches, width, number):
    """Learn the bits of an observation or a reward; returns its probability."""
    joint = 1.0
    prefix = 1
    for j in range(width - 1, -1, -1):
        bit = (number >> j) & 1
        if branches[prefix] == BOTH:
            joint *= update(trees, bit)
        else:
            condition(trees, bit, 1)
        prefix = 2 * prefix + bit
    return joint


@_uncached
def _draw(trees, branches, width, random):
    """Draw an observation or a reward from the trees, and have them learn it."""
    prefix = 1
    for _j in range(width):
        bit = np.int64(branches[prefix])
        if bit == BOTH:
            p, length, taken = look(trees)
            bit = 1 if uniform(random) < p else 0
            take(trees, length, taken, bit, p if bit == 1 else 1.0 - p)
        else:
            condition(trees, bit, 1)
        prefix = 2 * prefix + bit
    return prefix - (1 << width)


@_lean
def _exists(branches, width, number):
    """Whether a number of `width` bits is one that can be."""
    prefix = 1
    for j in range(width - 1, -1, -1):
        bit = (number >> j) & 1
        if branches[prefix] != BOTH and branches[prefix] != bit:
            return False
        prefix = 2 * prefix + bit
    return True


@_lean
def _select(chances, block, actions, visits, exploration, scale, random):
    """An untried action by chance, or the one with the greatest upper confidence bound.

    The bound of action a is V(ha) / scale + C sqrt(log T(h) / T(ha)).
    """
    found = -1
    untried = 0
    for a in range(actions):
        if chances[block + a]["visits"] == 0:
            untried += 1
            if below(random, untried) == 0:
                found = a
    if untried > 0:
        return found
    logarithm = math.log(np.float64(visits))
    greatest = -np.inf
    for a in range(actions):
        mean = chances[block + a]["mean"] / scale
        bound = mean + exploration * math.sqrt(logarithm / chances[block + a]["visits"])
        if bound > greatest:
            greatest = bound
            found = a
    return found


@_lean
def _grow(decisions, chances, node, actions, chanced):
    """Give a decision node its chance nodes; returns the first free slot after them."""
    decisions[node]["chances"] = chanced
    for chance in range(chanced, chanced + actions):
        chances[chance]["mean"] = 0.0
        chances[chance]["visits"] = 0
        chances[chance]["first"] = 0
    return chanced + actions


@_lean
def _follow(decisions, chances, chance, percept, decided):
    """The decision node of a percept, made in slot `decided` if there is none."""
    node = np.int64(chances[chance]["first"])
    while node > 0:
        if decisions[node]["percept"] == percept:
            return node
        node = np.int64(decisions[node]["next"])
    decisions[decided]["percept"] = percept
    decisions[decided]["next"] = chances[chance]["first"]
    decisions[decided]["chances"] = 0
    decisions[decided]["visits"] = 0
    chances[chance]["first"] = decided
    return decided


@_lean
def _credit(chances, path, length, gained):
    """Add a simulation's sums of rewards to the means of its first `length` chance nodes."""
    total = 0.0
    for level in range(gained.size - 1, -1, -1):
        total += gained[level]
        if level < length:
            chance = path[level]
            visits = chances[chance]["visits"] + 1
            chances[chance]["visits"] = visits
            chances[chance]["mean"] += (total - chances[chance]["mean"]) / visits


def _compiled(digest):
    """The kernels, compiled anew when the digest of the trees' file is another."""

    @_lean
    def act(trees, coding, action):
        """Append an action as context."""
        _ = digest
        _act(trees, coding, action)

    @_lean
    def learn(trees, coding, observation, reward):
        """Learn a percept; returns its probability."""
        _ = digest
        p = _learn(trees, coding.seen, coding.widths[1], observation)
        return p * _learn(trees, coding.paid, coding.widths[2], reward)

    @_lean
    def observe(trees, coding, observation, reward):
        """Append a percept as context; nothing is learned."""
        _ = digest
        for j in range(coding.widths[1] - 1, -1, -1):
            condition(trees, (observation >> j) & 1, 1)
        for j in range(coding.widths[2] - 1, -1, -1):
            condition(trees, (reward >> j) & 1, 1)

    @_lean
    def draw(trees, coding, random, action):
        """Draw what an action brings, from the trees; returns the numbers, learns nothing."""
        _ = digest
        before = trees.state[DONE]
        _act(trees, coding, action)
        observation = _draw(trees, coding.seen, coding.widths[1], random)
        reward = _draw(trees, coding.paid, coding.widths[2], random)
        rewind(trees, before)
        return observation, reward

    @_lean
    def probabilities(trees, coding, action, joint):
        """Put the probability of every percept after an action into `joint`.

        It has the shape (2^widths[1], 2^widths[2]); numbers that do not exist get 0.
        """
        _ = digest
        before = trees.state[DONE]
        _act(trees, coding, action)
        acted = trees.state[DONE]
        for observation in range(joint.shape[0]):
            exists = _exists(coding.seen, coding.widths[1], observation)
            p = _learn(trees, coding.seen, coding.widths[1], observation) if exists else 0.0
            observed = trees.state[DONE]
            for reward in range(joint.shape[1]):
                joint[observation, reward] = 0.0
                if exists and _exists(coding.paid, coding.widths[2], reward):
                    share = _learn(trees, coding.paid, coding.widths[2], reward)
                    joint[observation, reward] = p * share
                    rewind(trees, observed)
            rewind(trees, acted)
        rewind(trees, before)

    @_lean
    def search(
        trees,
        coding,
        random,
        decisions,
        chances,
        path,
        gained,
        simulations,
        exploration,
        span,
        values,
        tried,
    ):
        """Estimate the values of the actions by rho-UCT (Veness et al. 2011, Algorithms 1 to 4).

        Args:
            trees, coding, random: see above.
            decisions: (simulations + 2,) of DECISION; slot 1 is the present history.
            chances: ((simulations + 1) actions + 1,) of CHANCE.
            path, gained: (horizon,) int64 and float64, room for a simulation: its chance nodes in
                the search tree, and all its rewards.
            simulations: how many.
            exploration: C, the weight of the bound on the confidence.
            span: greatest minus least reward.
            values, tried: (actions,) get the mean sum of rewards, and the number of simulations.
        """
        _ = digest
        before = trees.state[DONE]
        horizon, actions = gained.size, values.size
        decided = 2
        decisions[1]["visits"] = 1
        chanced = _grow(decisions, chances, 1, actions, 1)
        for _i in range(simulations):
            node = 1
            length = 0
            for level in range(horizon):
                visits = np.int64(decisions[node]["visits"]) if node > 0 else 0
                if node > 0:
                    decisions[node]["visits"] = visits + 1
                if visits > 0:
                    if decisions[node]["chances"] == 0:
                        chanced = _grow(decisions, chances, node, actions, chanced)
                    block = np.int64(decisions[node]["chances"])
                    scale = (horizon - level) * span
                    action = _select(chances, block, actions, visits, exploration, scale, random)
                    path[level] = block + action
                    length = level + 1
                else:  # a new history, and what follows it
                    node = 0
                    action = below(random, actions)
                _act(trees, coding, action)
                observation = _draw(trees, coding.seen, coding.widths[1], random)
                reward = _draw(trees, coding.paid, coding.widths[2], random)
                gained[level] = coding.rewards[reward]
                if node > 0 and level + 1 < horizon:
                    percept = (observation << coding.widths[2]) | reward
                    node = _follow(decisions, chances, path[level], percept, decided)
                    decided = max(decided, node + 1)
            _credit(chances, path, length, gained)
            rewind(trees, before)
        for a in range(actions):
            tried[a] = chances[1 + a]["visits"]
            values[a] = chances[1 + a]["mean"] if tried[a] > 0 else -np.inf

    @_lean
    def expectimax(trees, coding, values, choice, begun, prefix, worth, share):
        """Put the greatest expected sum of rewards that begins with each action into `values`.

        A walk over the tree of all actions and bits; written without recursion, which Numba does
        not load from its cache.

        Args:
            trees, coding: see above.
            values: (actions,).
            choice, begun, prefix, worth, share: (horizon (bits of a percept + 1),) int64 three
                times and float64 twice: for each action and bit of the present history, what was
                chosen, what had been done before it, the number so far behind a leading 1, the
                value so far, and the probability of the choice.
        """
        _ = digest
        seen, paid = coding.widths[1], coding.widths[2]
        bits = seen + paid
        last = choice.size
        at = 0
        returned = 0.0
        down = True  # into a new place, or back with the value of what follows a choice
        while at >= 0:
            bit = at % (bits + 1) - 1  # of the percept; -1 before it, where an action is chosen
            if down:
                if at == last:
                    returned = 0.0
                    down = False
                    at -= 1
                    continue
                begun[at] = trees.state[DONE]
                choice[at] = -1
                worth[at] = -np.inf if bit < 0 else 0.0
                first = bit == 0 or bit == seen
                prefix[at] = 1 if first or bit < 0 else 2 * prefix[at - 1] + choice[at - 1]
            else:
                rewind(trees, begun[at])
                if bit == bits - 1:
                    code = 2 * prefix[at] + choice[at] - (1 << paid) if paid > 0 else 0
                    returned += coding.rewards[code]
                if bit >= 0:
                    worth[at] += share[at] * returned
                else:
                    worth[at] = max(worth[at], returned)
                if at == 0:
                    values[choice[0]] = returned
            choice[at] += 1
            only = BOTH
            if bit >= 0:
                only = np.int64(coding.seen[prefix[at]] if bit < seen else coding.paid[prefix[at]])
            if (
                choice[at] == values.size
                if bit < 0
                else choice[at] == 2 or (only != BOTH and not down)
            ):
                returned = worth[at]
                down = False
                at -= 1
                continue
            if bit < 0:
                _act(trees, coding, choice[at])
            elif only != BOTH:
                choice[at] = only
                share[at] = 1.0
                condition(trees, only, 1)
            else:
                one, length, taken = look(trees)
                if at == last - 1 and paid > 0:  # nothing follows that could depend on the bit
                    leave(trees, length, taken)
                    code = 2 * prefix[at] - (1 << paid)
                    returned = (1.0 - one) * coding.rewards[code] + one * coding.rewards[code + 1]
                    down = False
                    at -= 1
                    continue
                share[at] = one if choice[at] == 1 else 1.0 - one
                take(trees, length, taken, choice[at], share[at])
            down = True
            at += 1

    return act, learn, observe, draw, probabilities, search, expectimax


act, learn, observe, draw, probabilities, search, expectimax = _compiled(_CODE)
