"""Numba kernels of temporal differences: one update, one agent's cycle, whole populations.

Every random draw comes from a xoshiro256++ state (Blackman and Vigna 2021), four words that are an
argument and advance in place. All helpers live in this file because Numba's cache does not see
changes elsewhere.

Values, traces and visits are flat arrays: entry s of a state, or s * actions + a of a state and an
action. An environment or a chain is four arrays with an axis K of possible outcomes: `successors`
(..., K), `cumulative` (..., K) whose last entry is 1, and so on.
"""

import numpy as np
from numba import njit

TD, HL = 0, 1
SARSA, Q, HLS, HLQ = range(4)

FLOOR = 1e-100
"""Traces below it become 0, visits stay above it: else they end as slow denormals, or as 0/0."""

_U64 = np.uint64


@njit(cache=True, nogil=True)
def uniform(random):
    """The next number of [0, 1), 53 bits of a word, from the xoshiro256++ state `random` (4,)."""
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
    return np.float64(word >> _U64(11)) * 2.0**-53


@njit(cache=True, nogil=True)
def pick(random, cumulative):
    """An outcome: one draw, the first entry of `cumulative` above it."""
    u = uniform(random)
    k = 0
    while u >= cumulative[k]:
        k += 1
    return k


@njit(cache=True, nogil=True)
def td_update(values, traces, at, delta, alpha, decay):
    """TD(lambda) after leaving entry `at` with the error `delta` (thesis, Algorithm 1).

    In this order: traces[at] += 1; every value += (alpha * delta) * trace; every trace *= decay,
    which is gamma * lambda, or 0 to cut the traces.
    """
    traces[at] += 1.0
    step = alpha * delta
    for i in range(values.size):
        values[i] += step * traces[i]
        trace = traces[i] * decay
        traces[i] = trace if trace >= FLOOR else 0.0


@njit(cache=True, nogil=True)
def hl_update(values, traces, visits, at, to, delta, gamma, lambda_, decay):
    """HL(lambda) on the way from entry `at` to entry `to` (thesis, equations 6.8 and 6.9).

    In this order: traces[at] += 1; visits[at] += 1; step = delta * visits[to] / (visits[to] -
    gamma * traces[to]); every value += step * trace / visits; every trace *= decay; every visits
    *= lambda. A decay of 0 cuts the traces; otherwise it is gamma * lambda.
    """
    traces[at] += 1.0
    visits[at] += 1.0
    step = delta * visits[to] / (visits[to] - gamma * traces[to])
    for i in range(values.size):
        values[i] += step * traces[i] / visits[i]
        trace = traces[i] * decay
        traces[i] = trace if trace >= FLOOR else 0.0
        visits[i] = max(visits[i] * lambda_, FLOOR)


@njit(cache=True, nogil=True)
def _learn(rule, alpha, power, gamma, lambda_, values, traces, visits, at, to, reward, time):
    """Update an estimator by one transition; `time` counts transitions from 1."""
    delta = reward + gamma * values[to] - values[at]
    if rule == HL:
        hl_update(values, traces, visits, at, to, delta, gamma, lambda_, gamma * lambda_)
    else:
        rate = alpha * time**-power if power > 0.0 else alpha
        td_update(values, traces, at, delta, rate, gamma * lambda_)


@njit(cache=True, nogil=True)
def follow(rule, alpha, power, gamma, lambda_, values, traces, visits, states, rewards):
    """Learn from a given path: `states` (T + 1,) and `rewards` (T,)."""
    for t in range(rewards.size):
        _learn(
            rule,
            alpha,
            power,
            gamma,
            lambda_,
            values,
            traces,
            visits,
            states[t],
            states[t + 1],
            rewards[t],
            t + 1,
        )


@njit(cache=True, nogil=True)
def estimate(
    rule,
    alpha,
    power,
    gamma,
    lambda_,
    values,
    traces,
    visits,
    states,
    randoms,
    successors,
    cumulative,
    rewards,
    period,
    time,
    steps,
):
    """Let R estimators follow their own chains for `steps` steps after `time`.

    `values`, `traces`, `visits` (R, n); `states` (R,); `randoms` (R, 4): one draw a step.
    `successors` and `cumulative` (n, K); `rewards` (phases, n, K), the phase changing every
    `period` steps.
    """
    phases = rewards.shape[0]
    for r in range(states.size):
        state = states[r]
        for t in range(time, time + steps):
            k = pick(randoms[r], cumulative[state])
            following = successors[state, k]
            phase = (t // period) % phases if phases > 1 else 0
            _learn(
                rule,
                alpha,
                power,
                gamma,
                lambda_,
                values[r],
                traces[r],
                visits[r],
                state,
                following,
                rewards[phase, state, k],
                t + 1,
            )
            state = following
        states[r] = state


@njit(cache=True, nogil=True)
def choose(values, epsilon, random):
    """The greedy and the chosen action for one state's action values (actions,).

    In this order: where several actions share the greatest value, one draw u takes the
    floor(u * ties)-th of them as the greedy one, in increasing order; one draw u explores if it is
    below `epsilon`; then one draw u explores with action floor(u * actions).
    """
    greedy = 0
    ties = 1
    for a in range(1, values.size):
        if values[a] > values[greedy]:
            greedy = a
            ties = 1
        elif values[a] == values[greedy]:
            ties += 1
    if ties > 1:
        left = np.int64(uniform(random) * ties)
        best = values[greedy]
        while left > 0:
            greedy += 1
            if values[greedy] == best:
                left -= 1
    action = greedy
    if uniform(random) < epsilon:
        action = np.int64(uniform(random) * values.size)
    return greedy, action


@njit(cache=True, nogil=True)
def act(
    kind,
    alpha,
    epsilon,
    gamma,
    lambda_,
    actions,
    values,
    traces,
    visits,
    last,
    random,
    observation,
    reward,
):
    """One cycle of a controller: choose by `choose`, then learn from the cycle before.

    `values`, `traces`, `visits` (observations * actions,); `last` (1,) is the entry of the last
    observation and action, -1 before the first, when nothing is learned. The error is reward +
    gamma * (value of the chosen action for Sarsa and HLS, of the greedy one for Q and HLQ) - value
    of the last entry; Q and HLQ cut the traces where the two differ. Returns the action.
    """
    first = observation * actions
    greedy, action = choose(values[first : first + actions], epsilon, random)
    if last[0] >= 0:
        watkins = kind in (Q, HLQ)
        target = first + (greedy if watkins else action)
        decay = 0.0 if watkins and action != greedy else gamma * lambda_
        delta = reward + gamma * values[target] - values[last[0]]
        if kind in (HLS, HLQ):
            to = first + action
            hl_update(values, traces, visits, last[0], to, delta, gamma, lambda_, decay)
        else:
            td_update(values, traces, last[0], delta, alpha, decay)
    last[0] = first + action
    return action


@njit(cache=True, nogil=True)
def episode(
    kind,
    alpha,
    epsilon,
    gamma,
    lambda_,
    initial,
    agent_random,
    world_random,
    starts,
    successors,
    observed,
    cumulative,
    gains,
    seen,
    actions,
    observations,
    rewards,
):
    """A controller in a tabulated environment for `rewards.size` cycles.

    `starts` (3 arrays (K,)): states, observations, cumulative chances of a start; `successors`,
    `observed`, `cumulative`, `gains` (states, actions, K). `seen` is the number of observations.
    Fills `actions`, `observations`, `rewards` (cycles,). The environment draws once for the start
    and once a cycle.
    """
    choices = successors.shape[1]
    values = np.full(seen * choices, initial)
    traces = np.zeros(seen * choices)
    visits = np.ones(seen * choices)
    last = np.full(1, -1, np.int64)
    k = pick(world_random, starts[2])
    state = np.int64(starts[0][k])
    observation = np.int64(starts[1][k])
    reward = 0.0
    for t in range(rewards.size):
        action = act(
            kind,
            alpha,
            epsilon,
            gamma,
            lambda_,
            choices,
            values,
            traces,
            visits,
            last,
            agent_random,
            observation,
            reward,
        )
        k = pick(world_random, cumulative[state, action])
        observation = observed[state, action, k]
        reward = gains[state, action, k]
        state = successors[state, action, k]
        actions[t] = action
        observations[t] = observation
        rewards[t] = reward


@njit(cache=True, nogil=True)
def discounted_means(rewards, gamma, block, means):
    """Mean empirical future discounted reward over each block of cycles.

    v_t = r_t + gamma r_{t+1} + ... to the end of `rewards` (cycles,); `means` (blocks,) holds the
    means over the first blocks of `block` cycles.
    """
    value = 0.0
    means[:] = 0.0
    for t in range(rewards.size - 1, -1, -1):
        value = rewards[t] + gamma * value
        if t // block < means.size:
            means[t // block] += value / block
