"""Values of Markov chains, and policy iteration for decision processes, in any arithmetic.

Numbers are Fractions (then results are exact, and the end of policy iteration is a proof) or
floats. A chain is a list of successors of each state; a process a list of actions' arms.

References:
    M. L. Puterman, Markov Decision Processes, 1994: chapter 6 (discounted), sections 9.1-9.2
        (average reward, several recurrent classes).
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import networkx as nx
import numpy as np
from scipy import sparse
from scipy.sparse import linalg

__all__ = ["Arm", "Values", "evaluate", "improve_until_done", "reachable"]

# Fraction or float; one chain has one kind
Number = Any
SMALL = 32


class Arm(NamedTuple):
    """What an action does in a state: the expected reward, and (probability, next state)s."""

    reward: Number
    successors: Sequence[tuple[Number, int]]


@dataclass(frozen=True)
class Values:
    """Of a chain's states.

    Attributes:
        gain: the mean reward a step in the long run; zeros where rewards are discounted.
        bias: the sum of what is earned beyond the gain, 0 in one state of every recurrent class;
            where rewards are discounted, their discounted sum.
    """

    gain: list[Number]
    bias: list[Number]


def evaluate(chain: Sequence[Arm], discount: Number | None) -> Values:
    """The values of a chain: class by class, each after those that it leads to."""
    zero = chain[0].reward * 0
    values = Values([zero] * len(chain), [zero] * len(chain))
    graph = nx.DiGraph()
    graph.add_nodes_from(range(len(chain)))
    graph.add_edges_from((i, j) for i, arm in enumerate(chain) for _, j in arm.successors)
    # Tarjan's algorithm gives a component after all those that it leads to
    for component in nx.strongly_connected_components(graph):
        inside = sorted(component)
        closed = all(j in component for i in inside for _, j in chain[i].successors)
        if discount is not None:
            rest = _leaving(chain, inside, values.bias)
            rhs = [chain[i].reward + discount * out for i, out in zip(inside, rest, strict=True)]
            _put(values.bias, inside, _within(chain, inside, [rhs], discount)[0])
        elif closed:
            _recurrent(chain, inside, values)
        else:
            _put(
                values.gain,
                inside,
                _within(chain, inside, [_leaving(chain, inside, values.gain)])[0],
            )
            rest = _leaving(chain, inside, values.bias)
            rhs = [
                chain[i].reward - values.gain[i] + out for i, out in zip(inside, rest, strict=True)
            ]
            _put(values.bias, inside, _within(chain, inside, [rhs])[0])
    return values


def _recurrent(chain: Sequence[Arm], inside: list[int], values: Values) -> None:
    """Gain = (expected reward) / (expected time) of a tour from the first state back to it."""
    anchor, others = inside[0], inside[1:]
    zero = values.gain[anchor] * 0
    rewards, times = _within(
        chain, others, [[chain[i].reward for i in others], [zero + 1 for _ in others]]
    )
    reward_to, time_to = (
        dict(zip(others, rewards, strict=True)),
        dict(zip(others, times, strict=True)),
    )
    tour = chain[anchor].reward + sum(
        (p * reward_to.get(j, zero) for p, j in chain[anchor].successors), zero
    )
    length = 1 + sum((p * time_to.get(j, zero) for p, j in chain[anchor].successors), zero)
    gain = tour / length
    for i in inside:
        values.gain[i] = gain
        values.bias[i] = reward_to.get(i, zero) - gain * time_to.get(i, zero)


def _leaving(chain: Sequence[Arm], inside: list[int], values: list[Number]) -> list[Number]:
    """The expected value of where each state's steps out of the class lead."""
    here = set(inside)
    zero = values[inside[0]] * 0
    return [
        sum((p * values[j] for p, j in chain[i].successors if j not in here), zero) for i in inside
    ]


def _put(values: list[Number], places: list[int], numbers: list[Number]) -> None:
    for i, number in zip(places, numbers, strict=True):
        values[i] = number


def _within(
    chain: Sequence[Arm], inside: list[int], columns: list[list[Number]], discount: Number = 1
) -> list[list[Number]]:
    """Solve (I - discount P) x = b on a set of states for some b's."""
    place = {state: k for k, state in enumerate(inside)}
    rows: list[dict[int, Number]] = []
    for k, state in enumerate(inside):
        row: dict[int, Number] = {k: chain[state].reward * 0 + 1}
        for p, j in chain[state].successors:
            if j in place:
                row[place[j]] = row.get(place[j], 0) - discount * p
        rows.append(row)
    if len(rows) > SMALL and isinstance(columns[0][0], float):
        return _solved_in_floats(rows, columns)
    return _solved(rows, columns)


def _solved_in_floats(
    rows: list[dict[int, Number]], columns: list[list[Number]]
) -> list[list[Number]]:
    places = [(i, j) for i, row in enumerate(rows) for j in row]
    numbers = [number for row in rows for number in row.values()]
    shape = (len(rows), len(rows))
    matrix = sparse.csc_matrix((numbers, tuple(zip(*places, strict=True))), shape=shape)
    return linalg.splu(matrix).solve(np.array(columns, np.float64).T).T.tolist()


def _solved(rows: list[dict[int, Number]], columns: list[list[Number]]) -> list[list[Number]]:
    """Gaussian elimination of a sparse M-matrix along its diagonal, least fill-in first.

    Pivots of such a matrix stay positive in any order, so none is searched for.
    """
    users: list[set[int]] = [set() for _ in rows]
    for i, row in enumerate(rows):
        for j in row:
            users[j].add(i)
    columns = [list(column) for column in columns]
    cost = [(len(row) * len(users[i]), i) for i, row in enumerate(rows)]
    heapq.heapify(cost)
    order: list[int] = []
    left = set(range(len(rows)))
    while left:
        guess, pivot = heapq.heappop(cost)
        if pivot not in left:
            continue
        now = len(rows[pivot]) * len(users[pivot])
        if now > guess:
            heapq.heappush(cost, (now, pivot))
            continue
        left.discard(pivot)
        order.append(pivot)
        _eliminate(rows, users, columns, pivot)
    for pivot in reversed(order):
        row = rows[pivot]
        for column in columns:
            known = column[pivot]
            for j, number in row.items():
                if j != pivot:
                    known = known - number * column[j]
            column[pivot] = known / row[pivot]
    return columns


def _eliminate(
    rows: list[dict[int, Number]],
    users: list[set[int]],
    columns: list[list[Number]],
    pivot: int,
) -> None:
    """Free all rows that are left of the pivot's variable."""
    source = rows[pivot]
    for j in source:
        users[j].discard(pivot)
    for i in users[pivot]:
        row = rows[i]
        factor = row.pop(pivot) / source[pivot]
        for j, number in source.items():
            if j != pivot:
                row[j] = row.get(j, 0) - factor * number
                users[j].add(i)
        for column in columns:
            column[i] = column[i] - factor * column[pivot]
    users[pivot] = set()


def improve_until_done(
    arms: Sequence[Sequence[Arm]],
    discount: Number | None,
    *,
    policy: Sequence[int] | None = None,
    slack: Number = 0,
    rounds: int = 10_000,
) -> tuple[list[int], Values]:
    """Howard's policy iteration: the best action of every state, and the values it has.

    With Fractions and no slack the end is a proof of optimality: no action has a greater gain
    after it, and none of those with the same gain a greater reward plus bias.

    Args:
        arms: of each state, of each action.
        discount: of the rewards; None for the mean reward in the long run.
        policy: to start with; without one, the greatest immediate reward.
        slack: what counts as no improvement.
        rounds: after so many the policy is returned as it is.
    """
    chosen = (
        list(policy)
        if policy is not None
        else [max(range(len(state)), key=lambda a: state[a].reward) for state in arms]
    )
    values = evaluate([state[a] for state, a in zip(arms, chosen, strict=True)], discount)
    for _ in range(rounds):
        if not _improve(arms, chosen, values, discount, slack):
            break
        values = evaluate([state[a] for state, a in zip(arms, chosen, strict=True)], discount)
    return chosen, values


def _improve(
    arms: Sequence[Sequence[Arm]],
    chosen: list[int],
    values: Values,
    discount: Number | None,
    slack: Number,
) -> bool:
    """Change actions for the gain; where no gain can be had, for the bias."""
    changed = False
    if discount is None:
        for i, state in enumerate(arms):
            after = [_mean(arm, values.gain) for arm in state]
            best = max(range(len(state)), key=after.__getitem__)
            if after[best] > values.gain[i] + slack:
                chosen[i], changed = best, True
    if changed:
        return True
    for i, state in enumerate(arms):
        worth = _worth(state, i, values, discount, slack)
        best = max(worth, key=worth.__getitem__)
        if worth[best] > worth[chosen[i]] + slack:
            chosen[i], changed = best, True
    return changed


def _worth(
    state: Sequence[Arm], i: int, values: Values, discount: Number | None, slack: Number
) -> dict[int, Number]:
    """Action -> reward + bias after it, of the actions that keep the gain."""
    if discount is not None:
        return {a: arm.reward + discount * _mean(arm, values.bias) for a, arm in enumerate(state)}
    return {
        a: arm.reward + _mean(arm, values.bias)
        for a, arm in enumerate(state)
        if _mean(arm, values.gain) >= values.gain[i] - slack
    }


def _mean(arm: Arm, values: list[Number]) -> Number:
    if len(arm.successors) == 1 and arm.successors[0][0] == 1:
        return values[arm.successors[0][1]]
    return sum((p * values[j] for p, j in arm.successors), arm.reward * 0)


def reachable(chain: Sequence[Arm], start: Sequence[int]) -> set[int]:
    """The states that a chain can come to from some states."""
    seen, todo = set(start), list(start)
    while todo:
        for _, j in chain[todo.pop()].successors:
            if j not in seen:
                seen.add(j)
                todo.append(j)
    return seen


def as_floats(arms: Sequence[Sequence[Arm]]) -> list[list[Arm]]:
    """The same process in floats."""
    return [
        [Arm(float(arm.reward), [(float(p), j) for p, j in arm.successors]) for arm in state]
        for state in arms
    ]


def missed(
    arms: Sequence[Sequence[Arm]], values: Values, discount: Number | None, slack: float
) -> float:
    """How far above the values of policy iteration in floats with a slack the optimum may be.

    The greatest excess of the optimality equation, of all cycles to come where rewards are
    discounted; for the mean reward that of the gain's equation and that of the bias's.
    """
    factor = None if discount is None else float(discount)
    gained = excess = 0.0
    for i, state in enumerate(arms):
        worth = max(_worth(state, i, values, factor, slack).values())
        excess = max(excess, worth - values.bias[i] - values.gain[i])  # no gain if discounted
        if factor is None:
            gained = max(gained, *(_mean(arm, values.gain) - values.gain[i] for arm in state))
    return gained + excess if factor is None else excess / (1 - factor)


def highest_value(
    arms: Sequence[Sequence[Arm]], values: Values, discount: Number | None, value: float
) -> float:
    """No policy has a greater gain (discounted: value) than this, by the optimality equation.

    For any bias, the greatest (reward + bias after - bias before) is above every gain, and value +
    (the greatest excess of the equation) / (1 - discount) above every discounted value.
    """
    factor = 1.0 if discount is None else float(discount)
    excess = max(
        arm.reward + factor * _mean(arm, values.bias) - values.bias[i]
        for i, state in enumerate(arms)
        for arm in state
    )
    return excess if discount is None else value + max(excess, 0.0) / (1 - factor)
