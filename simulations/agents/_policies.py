"""Policies in the forms in which users give them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from complexity.errors import integer
from simulations.agents._beliefs import BeliefGraph
from simulations.agents._chains import Arm
from simulations.agents._exact import exact
from simulations.agents.model import Belief

__all__ = ["blind", "mixed_arm", "rule_of"]


def blind(policy: object, actions: int) -> Callable[[Belief], Mapping[int, Fraction]] | None:
    """The rule of a policy that looks at nothing, if it is one."""
    if policy == "uniform":
        policy = [Fraction(1, actions)] * actions
    if isinstance(policy, str):
        raise ValueError(
            f"policy: got {policy!r}, accepted are 'uniform', a rule, or probabilities"
        )
    if not isinstance(policy, Sequence):
        return None
    chances = {action: exact(f"policy[{action}]", chance) for action, chance in enumerate(policy)}
    if len(chances) != actions:
        raise ValueError(
            f"policy: got {len(chances)} probabilities, accepted are {actions}, one for each action"
        )
    return lambda belief: chances


def rule_of(policy: Any) -> Callable[[Belief], int | Mapping[int, Fraction]]:
    if hasattr(policy, "action"):
        return policy.action
    if isinstance(policy, Mapping):
        table = policy

        def look_up(belief: Belief) -> int:
            if belief not in table:
                raise ValueError("policy: it comes to a belief that it has no action for")
            return table[belief]

        return look_up
    return policy


def mixed_arm(
    graph: BeliefGraph, belief: Belief, rule: Callable[[Belief], int | Mapping[int, Fraction]]
) -> Arm:
    """The arm of a policy in a belief: of one action, or a mixture."""
    choice, last = rule(belief), graph.model.interface.actions - 1
    if not isinstance(choice, Mapping):
        return graph.arm(belief, integer("action", choice, 0, last))
    choice = {integer("action", action, 0, last): chance for action, chance in choice.items()}
    if sum(choice.values()) != 1 or min(choice.values()) < 0:
        raise ValueError(
            f"policy: got probabilities {', '.join(map(str, choice.values()))}, accepted are "
            "Fractions from 0 to 1 that sum to 1"
        )
    arms = [(chance, graph.arm(belief, a)) for a, chance in choice.items() if chance]
    ways: dict[int, Fraction] = {}
    for chance, arm in arms:
        for p, j in arm.successors:
            ways[j] = ways.get(j, Fraction(0)) + chance * p
    reward = sum((chance * arm.reward for chance, arm in arms), Fraction(0))
    return Arm(reward, [(p, j) for j, p in ways.items()])
