"""The exact value of an environment: the optimum, or what a given policy earns.

A model is solved as a decision process over the beliefs that its histories lead to. Where these
are finitely many, policy iteration in Fractions ends with a proof. Where they are not, the agent is
told the hidden state at the beliefs where the enumeration ends; told more, it can do no worse. If
an optimal policy of that process never comes there, it is an optimal policy of the model, and the
value is exact again (so it is for the tiger); if not, enumerating further brings the bounds closer.

References:
    L. P. Kaelbling, M. L. Littman and A. R. Cassandra, Planning and acting in partially observable
        stochastic domains, Artificial Intelligence 101, 1998: the process over beliefs.
    M. L. Puterman, Markov Decision Processes, 1994: section 9.2, policy iteration for the mean
        reward with any structure of classes; periodic chains need nothing special in it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from numbers import Rational, Real
from typing import TYPE_CHECKING, Any

from complexity.errors import integer, one_of
from simulations.agents._beliefs import BeliefGraph
from simulations.agents._chains import (
    Arm,
    Values,
    as_floats,
    evaluate,
    highest_value,
    improve_until_done,
    missed,
    reachable,
)
from simulations.agents._policies import blind, mixed_arm, rule_of
from simulations.agents.model import Belief, Model

if TYPE_CHECKING:
    from simulations.agents.model_environment import ModelEnvironment

__all__ = ["Solution", "solve", "value_of"]

CRITERIA = ("average", "discounted", "total")
SLACK = 1e-9
GAP = 1e-10
FIRST_SIZE = 64

Policy = Mapping[Belief, int] | Callable[[Belief], int | Mapping[int, Fraction]]


@dataclass(frozen=True)
class Solution:
    """The optimal value of a model and a policy that has it.

    Attributes:
        name: of the model.
        criterion: "average", "discounted" or "total".
        optimal_value: a Fraction where it is exact and proven; else a float within `bounds`.
        bounds: between them the value lies; both are the value where it is exact.
        states: how many beliefs were looked at.
        observed: whether the agent was told the states.
        discount: of the rewards; 1 where there is none.
        horizon: the number of cycles for "total", None else.
        policy: belief -> action; for "total", (belief, cycles left) -> action. It covers all
            beliefs if they were finitely many, else all that the policy can come to.
    """

    name: str
    criterion: str
    optimal_value: Fraction | float
    bounds: tuple[Fraction | float, Fraction | float]
    states: int
    observed: bool
    discount: Fraction
    horizon: int | None
    policy: Mapping[Any, int] = field(repr=False)

    @property
    def exact(self) -> bool:
        """Whether the value is a proven Fraction."""
        return isinstance(self.optimal_value, Fraction)

    def action(self, belief: Belief, left: int | None = None) -> int:
        """The best action in a belief (with so many cycles left, for "total").

        Raises:
            ValueError: the policy never comes to that belief.
        """
        key = belief if left is None else (belief, left)
        if key not in self.policy:
            raise ValueError(
                f"belief: got one that the optimal policy of {self.name} never reaches"
            )
        return self.policy[key]

    def to_dict(self) -> dict[str, Any]:
        """All but the policy as JSON values; exact numbers as strings like "595/549"."""
        return {
            "name": self.name,
            "criterion": self.criterion,
            "optimal_value": float(self.optimal_value),
            "exact": str(self.optimal_value) if self.exact else None,
            "bounds": [float(end) for end in self.bounds],
            "states": self.states,
            "observed": self.observed,
            "discount": str(self.discount),
            "horizon": self.horizon,
        }


def solve(
    model: Model | ModelEnvironment,
    criterion: str = "average",
    *,
    discount: Fraction | float | None = None,
    horizon: int | None = None,
    observed: bool = False,
    limit: int = 4096,
    exact: bool = True,
) -> Solution:
    """The optimal value of a model.

    Args:
        model: an environment as a measure; or as `make` gives it, which has one.
        criterion: "average", the mean reward a cycle in the long run; "discounted", the sum of
            discount^k times the k-th reward; "total", the (discounted) sum over `horizon` cycles.
        discount: for "discounted", above 0 and below 1; a float counts as the decimal that it is
            printed as. For "total" up to 1, and 1 if None.
        horizon: for "total".
        observed: the agent is told the hidden state.
        limit: how many beliefs may be looked at.
        exact: False for floats with bounds from the residual of the optimality equation, for
            processes too large for exact arithmetic.

    Raises:
        TypeError: `model` is no model and has none.
        ValueError: arguments that do not fit together; probabilities that do not sum to 1, or an
            observation or a reward that the model's interface has not; or the beliefs do not close
            within `limit` (the error has the bounds that were reached).

    Example:
        >>> from simulations.agents import domains
        >>> solve(domains.get("tiger"))
        Solution(name='tiger', criterion='average', optimal_value=Fraction(595, 549), \
bounds=(Fraction(595, 549), Fraction(595, 549)), states=64, observed=False, \
discount=Fraction(1, 1), horizon=None)
    """
    model = getattr(model, "model", model)
    if not isinstance(model, Model):
        raise TypeError(
            f"model: got {type(model).__name__}, accepted is a Model or what make() gives of one"
        )
    size = integer("limit", limit, 1)
    factor = _checked(criterion, discount, horizon)
    graph = BeliefGraph(model, observed=observed)
    if criterion == "total":
        assert horizon is not None
        value, policy = _total(graph, factor, horizon, size)
        bounds = (value, value)
    else:
        weight = factor if criterion == "discounted" else None
        value, bounds, policy = _long_run(graph, weight, size, exact)
    return Solution(
        name=model.name,
        criterion=criterion,
        optimal_value=value,
        bounds=bounds,
        states=len(graph.arms),
        observed=observed,
        discount=factor,
        horizon=horizon,
        policy=policy,
    )


def _checked(criterion: str, discount: Fraction | float | None, horizon: int | None) -> Fraction:
    """The discount as a Fraction; 1 where there is none."""
    one_of("criterion", criterion, CRITERIA)
    if (criterion == "total") != (horizon is not None):
        raise ValueError(
            f"horizon: got {horizon} with criterion {criterion!r}; 'total' needs one, and only it"
        )
    if horizon is not None:
        integer("horizon", horizon, 0)
    if (criterion == "discounted" and discount is None) or (
        criterion == "average" and discount is not None
    ):
        raise ValueError(
            f"discount: got {discount} with criterion {criterion!r}; 'discounted' needs one, "
            "'total' may have one"
        )
    if discount is None:
        return Fraction(1)
    if isinstance(discount, bool) or not isinstance(discount, Real):
        raise TypeError(f"discount: got {discount!r}, accepted is a number from 0 to 1")
    if not 0 < discount < 1 and not (discount == 1 and criterion == "total"):
        raise ValueError(f"discount: got {discount}, accepted is above 0 and below 1")
    return Fraction(discount) if isinstance(discount, Rational) else Fraction(str(discount))


def _long_run(
    graph: BeliefGraph, discount: Fraction | None, limit: int, exact: bool
) -> tuple[Fraction | float, tuple[Fraction | float, Fraction | float], dict[Belief, int]]:
    size = min(FIRST_SIZE, limit)
    while True:
        graph.grow(size)
        if graph.certain_to_grow and not graph.closed and size < limit:
            size = min(4 * size, limit)
            continue
        arms = graph.arms if graph.closed else graph.revealed(limit)
        if arms is not None:
            rough = _optimise(as_floats(arms), discount)
            stays = graph.closed or _stays(graph, rough[0])
            found = _exactly(graph, arms, rough[0], discount) if stays and exact else None
            if found is not None:
                return found
            if stays and not exact:
                return _from_floats(graph, arms, rough, discount)
        if size == limit:
            return _between(graph, arms, discount)
        size = min(4 * size, limit)


def _optimise(
    arms: Sequence[Sequence[Arm]], discount: Fraction | None, *, slack: float = SLACK
) -> tuple[list[int], Values]:
    """Optimal up to rounding and the slack."""
    factor = None if discount is None else float(discount)
    return improve_until_done(arms, factor, slack=slack, rounds=100)


def _exactly(
    graph: BeliefGraph, arms: list[list[Arm]], rough: list[int], discount: Fraction | None
) -> tuple[Fraction, tuple[Fraction, Fraction], dict[Belief, int]] | None:
    """The proven optimum; None if an optimal policy comes to where the graph ends."""
    chosen, values = improve_until_done(arms, discount, policy=rough)
    if not graph.closed and not _stays(graph, chosen):
        return None
    value = _at_start(graph, values, discount)
    return value, (value, value), _policy(graph, chosen)


def _policy(graph: BeliefGraph, chosen: Sequence[int]) -> dict[Belief, int]:
    """The actions in all beliefs, or in those visited where the graph is not all there is."""
    covered = range(len(graph.arms)) if graph.closed else sorted(_visited(graph, chosen))
    return {graph.beliefs[i]: chosen[i] for i in covered if i < len(graph.arms)}


def _visited(graph: BeliefGraph, chosen: Sequence[int]) -> set[int]:
    """The beliefs that a policy comes to; those past the graph's end lead nowhere."""
    chain = [each[a] for each, a in zip(graph.arms, chosen, strict=False)]
    chain += [Arm(Fraction(0), ())] * (len(graph.beliefs) - len(chain))
    return reachable(chain, [place for _, place in graph.start])


def _stays(graph: BeliefGraph, chosen: Sequence[int]) -> bool:
    return max(_visited(graph, chosen)) < len(graph.arms)


def _at_start(graph: BeliefGraph, values: Values, discount: Fraction | None) -> Any:
    worth = values.gain if discount is None else values.bias
    return sum(p * worth[place] for p, place in graph.start)


def _from_floats(
    graph: BeliefGraph,
    arms: list[list[Arm]],
    rough: tuple[list[int], Values],
    discount: Fraction | None,
) -> tuple[float, tuple[float, float], dict[Belief, int]]:
    """The value of policy iteration in floats, and an upper bound by the equation's residual."""
    chosen, values = rough
    value = float(_at_start(graph, values, discount))
    above = highest_value(as_floats(arms), values, discount, value)
    return value, (value, max(value, above)), _policy(graph, chosen)


def _between(
    graph: BeliefGraph, arms: list[list[Arm]] | None, discount: Fraction | None
) -> tuple[float, tuple[float, float], dict[Belief, int]]:
    """Bounds where the beliefs do not close.

    Raises:
        ValueError: they are further apart than 1e-10.
    """
    name, limit = graph.model.name, len(graph.arms)
    if arms is None:
        raise ValueError(
            f"limit: {name} has more than {limit} beliefs, and as many hidden states; "
            "give a greater limit, or a smaller model"
        )
    told = as_floats(arms)
    slack = GAP / 100
    values = _optimise(told, discount, slack=slack)[1]
    above = float(_at_start(graph, values, discount)) + missed(told, values, discount, slack)
    chosen, values = _optimise(as_floats(graph.abandoned()), discount, slack=slack)
    worth = values.gain if discount is None else values.bias
    below = float(sum(p * worth[min(place, limit)] for p, place in graph.start))
    if above - below > GAP:
        raise ValueError(
            f"limit: {name} has more than {limit} beliefs; its optimal value lies between "
            f"{below:.12g} and {above:.12g}; a greater limit brings these closer"
        )
    return (below + above) / 2, (below, above), _policy(graph, chosen)


def _total(
    graph: BeliefGraph, discount: Fraction, horizon: int, limit: int
) -> tuple[Fraction, dict[tuple[Belief, int], int]]:
    """Backward over the beliefs that each number of cycles can lead to."""
    layers = [sorted({place for _, place in graph.start})]
    for _ in range(horizon):
        _grow_past(graph, max(layers[-1]), limit)
        layers.append(
            sorted({j for i in layers[-1] for arm in graph.arms[i] for _, j in arm.successors})
        )
    worth: dict[int, Fraction] = dict.fromkeys(layers[-1], Fraction(0))
    policy: dict[tuple[Belief, int], int] = {}
    for left in range(1, horizon + 1):
        after, worth = worth, {}
        for i in layers[horizon - left]:
            values = [
                arm.reward + discount * sum((p * after[j] for p, j in arm.successors), Fraction(0))
                for arm in graph.arms[i]
            ]
            best = max(range(len(values)), key=values.__getitem__)
            worth[i], policy[graph.beliefs[i], left] = values[best], best
    return sum((p * worth[place] for p, place in graph.start), Fraction(0)), policy


def _grow_past(graph: BeliefGraph, place: int, limit: int) -> None:
    if place >= limit:
        raise ValueError(
            f"limit: {graph.model.name} has more than {limit} beliefs within the horizon; "
            "give a greater limit, or a shorter horizon"
        )
    graph.grow(place + 1)


def value_of(
    model: Model,
    policy: Policy | Sequence[Fraction] | Solution | str,
    criterion: str = "average",
    *,
    discount: Fraction | float | None = None,
    horizon: int | None = None,
    observed: bool = False,
    limit: int = 4096,
) -> Fraction:
    """What a given policy earns, exactly.

    Args:
        model: an environment as a measure.
        policy: belief -> action, as a mapping or a function (which may also give a mapping from
            actions to probabilities); a `Solution`, one for "total" with criterion "total" alone,
            of as many cycles or more; the probabilities of the actions, the same in
            every cycle; or "uniform", all actions equally likely in every cycle.
        criterion, discount, horizon, observed, limit: as in `solve`; the limit is of beliefs that
            the policy comes to, or of hidden states if the policy looks at nothing.

    Raises:
        ValueError: as in `solve`; a policy that does not cover a belief that it comes to, or whose
            probabilities do not sum to 1.
    """
    size = integer("limit", limit, 1)
    factor = _checked(criterion, discount, horizon)
    if isinstance(policy, Solution) and policy.horizon is not None:
        if horizon is None:
            raise ValueError(
                f"policy: got one that counts the cycles left of {policy.horizon}, accepted with "
                f"criterion {criterion!r} is one that does not"
            )
        return _counted(BeliefGraph(model, observed=observed), policy, factor, horizon, size)
    same = blind(policy, model.interface.actions)
    graph = BeliefGraph(model, observed=observed or same is not None)
    rule = rule_of(policy) if same is None else same
    chain = _chain(graph, rule, size, horizon)
    if horizon is not None:
        worth = [Fraction(0)] * len(chain)
        for _ in range(horizon):
            worth = [
                arm.reward + factor * sum((p * worth[j] for p, j in arm.successors), Fraction(0))
                for arm in chain
            ]
        return sum((p * worth[place] for p, place in graph.start), Fraction(0))
    weight = factor if criterion == "discounted" else None
    return _at_start(graph, evaluate(chain, weight), weight)


def _counted(
    graph: BeliefGraph, policy: Solution, discount: Fraction, horizon: int, limit: int
) -> Fraction:
    """What a policy earns that looks at how many cycles are left."""
    now = {place: p for p, place in graph.start}
    value, weight, seen = Fraction(0), Fraction(1), set[int]()
    for left in range(horizon, 0, -1):
        seen |= now.keys()
        if len(seen) > limit:
            raise _too_many(graph, limit)
        after: dict[int, Fraction] = {}
        for place, chance in now.items():
            belief = graph.beliefs[place]
            arm = graph.arm(belief, policy.action(belief, left))
            value += weight * chance * arm.reward
            for p, j in arm.successors:
                after[j] = after.get(j, Fraction(0)) + chance * p
        now, weight = after, weight * discount
    return value


def _too_many(graph: BeliefGraph, limit: int) -> ValueError:
    return ValueError(
        f"limit: the policy comes to more than {limit} states of {graph.model.name}; "
        "give a greater limit"
    )


def _chain(
    graph: BeliefGraph,
    rule: Callable[[Belief], int | Mapping[int, Fraction]],
    limit: int,
    horizon: int | None,
) -> list[Arm]:
    """The chain of a policy; what lies a horizon away pays nothing and leads nowhere."""
    chain: list[Arm] = []
    depth = 0
    while len(chain) < len(graph.beliefs):
        layer = graph.beliefs[len(chain) :]
        if depth == horizon:
            return chain + [Arm(Fraction(0), ())] * len(layer)
        for belief in layer:
            if len(chain) >= limit:
                raise _too_many(graph, limit)
            chain.append(mixed_arm(graph, belief, rule))
        depth += 1
    return chain
