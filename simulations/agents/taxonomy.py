"""The classes of environments, which is inside which, and exact tests of what belongs where.

A class says what part of the history the next percept may depend on. `is_bandit` and the others
walk through the histories of a model, with exact probabilities, and look for two that the class
takes for the same and that are followed by different percepts. Where only finitely many situations
can be met, the answer is proved for all time; else it holds up to the depth that was looked at.

The first percept is the one before the first action (`Model.start`); the thesis, whose agents act
first, lets no action have an effect on it.

References:
    S. Legg, Machine Super Intelligence, 2008, chapter 3: the definitions, lemmas and figure 3.1.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING

from complexity.errors import integer
from simulations.agents._histories import (
    History,
    Law,
    Membership,
    Memory,
    Walk,
    compare,
    compare_passive,
    window,
)
from simulations.agents.interface import Percept
from simulations.agents.model import Model

if TYPE_CHECKING:
    import networkx as nx

__all__ = [
    "CLASSES",
    "TESTS",
    "History",
    "Membership",
    "is_bandit",
    "is_bernoulli_scheme",
    "is_classification",
    "is_ergodic",
    "is_function_maximisation",
    "is_markov_chain",
    "is_mdp",
    "is_nth_order_mdp",
    "is_passive",
    "is_repeated_game",
    "is_sequence_prediction",
    "is_totally_passive",
    "order",
    "taxonomy_graph",
]

LIMIT = 20_000


def _percepts(law: Law) -> Hashable:
    return frozenset(law.items())


def _marginal(law: Law) -> dict[int, Fraction]:
    """Observation -> its probability."""
    chances: dict[int, Fraction] = {}
    for percept, chance in law.items():
        chances[percept.observation] = chances.get(percept.observation, Fraction(0)) + chance
    return chances


def _observations(law: Law) -> Hashable:
    return frozenset(_marginal(law).items())


def _nothing(*_: object) -> tuple[()]:
    return ()


_NOTHING = Memory(_nothing, _nothing, _nothing)
_ACTION = Memory(_nothing, _nothing, lambda _, a: a)
_LAST = Memory(lambda o: o, lambda _, a, percept: percept.observation, lambda o, a: o)


def is_bernoulli_scheme(model: Model, depth: int = 8, *, limit: int = LIMIT) -> Membership:
    """Definition 3.1.1: percepts are independent and identically distributed.

    Args:
        model: what to look at; likewise for all tests of this module.
        depth: cycles to look at, at most.
        limit: different situations to look at, at most.

    Raises:
        TypeError, ValueError: depth or limit below 1, or the limit is passed.

    Example:
        >>> from simulations.agents import thesis
        >>> is_bernoulli_scheme(thesis.get("die"))
        Membership(holds=True, proved=True, depth=1, witness=None)
    """
    return compare(Walk(model, _NOTHING, depth, limit), _percepts)


def is_markov_chain(model: Model, depth: int = 8, *, limit: int = LIMIT) -> Membership:
    """Definition 3.1.3: the percept depends on the observation before it alone."""
    return compare(Walk(model, _LAST, depth, limit), _percepts)


def is_totally_passive(model: Model, depth: int = 8, *, limit: int = LIMIT) -> Membership:
    """Definition 3.1.5: the percept depends on the observations before it alone."""
    return compare_passive(model, _percepts, "the next percept", depth, limit)


def is_passive(model: Model, depth: int = 8, *, limit: int = LIMIT) -> Membership:
    """Definition 3.1.6: the observation depends on the observations before it alone."""
    return compare_passive(model, _observations, "the next observation", depth, limit)


def is_sequence_prediction(model: Model, depth: int = 8, *, limit: int = LIMIT) -> Membership:
    """Definition 3.1.7: passive, and the reward depends on the action and its answer alone."""
    passive = is_passive(model, depth, limit=limit)
    if not passive:
        return passive
    known: dict[tuple[int, int], tuple[Hashable, History]] = {}
    for cycle, history, _, _, laws in Walk(model, _NOTHING, depth, limit):
        for action, law in laws.items():
            for seen, total in _marginal(law).items():
                given = frozenset(
                    (p.reward, c / total) for p, c in law.items() if p.observation == seen
                )
                other, example = known.setdefault((action, seen), (given, history))
                if other != given:
                    reason = f"the reward that comes with observation {seen} differs"
                    return Membership(False, True, cycle + 1, (example, history, action, reason))
    return passive


def is_bandit(model: Model, depth: int = 8, *, limit: int = LIMIT) -> Membership:
    """Definition 3.2.1: the percept depends on the action before it alone."""
    return compare(Walk(model, _ACTION, depth, limit), _percepts)


def is_mdp(model: Model, depth: int = 8, *, limit: int = LIMIT) -> Membership:
    """Definition 3.2.3: the percept depends on the observation and the action before it alone."""
    return is_nth_order_mdp(model, 1, depth, limit=limit)


def is_nth_order_mdp(model: Model, n: int, depth: int = 8, *, limit: int = LIMIT) -> Membership:
    """Definition 3.2.5: the percept depends on the last n observations and actions alone.

    Raises:
        TypeError, ValueError: as `is_bernoulli_scheme`, or n below 1.
    """
    return compare(Walk(model, window(integer("n", n, 1)), depth, limit), _percepts)


def order(model: Model, depth: int = 8, *, limit: int = LIMIT) -> int | None:
    """The least n for which the model is an MDP of order n; None if none below `depth - 1` is it.

    The longest histories that `depth` cycles bring hold `depth` observations, so that they say
    nothing against an order of `depth`, and next to nothing against `depth - 1`.
    """
    for n in range(1, integer("depth", depth, 1) - 1):
        if is_nth_order_mdp(model, n, depth, limit=limit):
            return n
    return None


def is_function_maximisation(model: Model, depth: int = 8, *, limit: int = LIMIT) -> Membership:
    """Definition 3.3.1: o = f(a), and the reward is the greatest f so far.

    Observations are numbers of values; the rewards of the first cycle say of which.
    """
    best = Memory(
        lambda o: None,
        lambda best, a, percept: percept.reward if best is None else max(best, percept.reward),
        lambda best, a: (best, a),
    )
    values: dict[int, Percept] = {}
    walk = Walk(model, best, depth, limit)
    cycle = 0
    for cycle, history, reached, _, laws in walk:
        for action, law in laws.items():
            seen = values.setdefault(action, next(iter(law)))
            expected = seen if reached is None else seen._replace(reward=max(seen[1], reached))
            if set(law) != {expected}:
                reason = "the answer is not f, or the reward not its maximum so far"
                return Membership(False, True, cycle + 1, (history, history, action, reason))
    pairs = set(values.values())
    if any(len({pair[i] for pair in pairs}) < len(pairs) for i in (0, 1)):
        first = History(next(iter(model.prior)))
        return Membership(False, True, 1, (first, first, 0, "observations do not number values"))
    return Membership(True, walk.closed, cycle + 1)


def is_repeated_game(
    model: Model, episode: int, depth: int = 8, *, limit: int = LIMIT
) -> Membership:
    """Definition 3.3.3: the percept depends on what happened in this episode alone.

    Episodes are cycles 1 to l, l + 1 to 2 l, ..., as the proof of Lemma 3.5.5 has them.

    Raises:
        TypeError, ValueError: as `is_bernoulli_scheme`, or an episode below 1.
    """
    length = integer("episode", episode, 1)

    def step(past: tuple[int, ...], action: int, percept: Percept) -> tuple[int, ...]:
        longer = (*past, action, percept.observation)
        return longer if len(longer) < 2 * length else ()

    memory = Memory(_nothing, step, lambda past, a: (past, a))
    return compare(Walk(model, memory, depth, limit), _percepts)


def is_classification(model: Model, depth: int = 8, *, limit: int = LIMIT) -> Membership:
    """Definition 3.3.4, with reward 0 for a wrong guess.

    Observations are those of `thesis.classification`: attribute * (classes + 1) + class, where "?"
    is the class after the last, and the actions are the classes.
    """
    drawn = compare(
        Walk(model, _NOTHING, depth, limit), _observations, "the distribution of observations"
    )
    if not drawn:
        return drawn
    mdp = is_mdp(model, depth, limit=limit)
    if not mdp:
        return mdp
    classes = model.interface.actions
    first = next(iter(Walk(model, _LAST, 1, limit)))
    f, reason = _classes(_marginal(first.laws[0]), classes)
    if reason:
        return Membership(False, True, 1, (first.history, first.history, 0, reason))
    for cycle, history, last, _, laws in Walk(model, _LAST, depth, limit):
        attribute, label = divmod(last, classes + 1)
        for action, law in laws.items():
            earned = int(label == classes and f.get(attribute, action) == action)
            if {percept.reward for percept in law} != {earned}:
                reason = f"the reward has to be {earned}"
                return Membership(False, True, cycle + 1, (history, history, action, reason))
    return mdp


def _classes(chances: Mapping[int, Fraction], classes: int) -> tuple[dict[int, int], str]:
    """Attribute -> class, and what is wrong with the observations as those of examples."""
    asked = classes
    shown: dict[int, dict[int, Fraction]] = {}
    for seen, chance in chances.items():
        shown.setdefault(seen // (classes + 1), {})[seen % (classes + 1)] = chance
    if any(len(labels) != 2 or asked not in labels for labels in shown.values()):
        return {}, "every attribute has to come with one class and with ?"
    if len({labels[asked] / sum(labels.values()) for labels in shown.values()}) > 1:
        return {}, "every attribute has to come with ? in the same share"
    return {w: min(labels) for w, labels in shown.items()}, ""


def is_ergodic(model: Model, *, n: int = 1, limit: int = LIMIT) -> bool:
    """Definition 3.4.4: some agent makes of the MDP (of order n) an irreducible aperiodic chain.

    The agent that does all things at random has all the transitions of any other, so it is the
    one to ask. The chain's states are the observations of cycle 1 on, or, for n above 1, windows of
    n of them: what can only be seen before is left out, for the thesis has no percept there.

    Returns:
        Whether it is; False also if the model is no MDP of that order.

    Raises:
        TypeError, ValueError: n below 1, or there are more than `limit` situations.
    """
    import networkx as nx

    if not is_nth_order_mdp(model, n, limit, limit=limit):
        return False
    chain, memory = nx.DiGraph(), window(n)
    for each in Walk(model, memory, limit, limit):
        for action, law in each.laws.items():
            after = (memory.step(each.memory, action, percept) for percept in law)
            chain.add_edges_from((each.memory, reached) for reached in after)
    early = [node for node in chain if not chain.in_degree(node) or len(node) < 2 * n - 1]
    chain.remove_nodes_from(early)
    return bool(chain) and nx.is_strongly_connected(chain) and nx.is_aperiodic(chain)


CLASSES: Mapping[str, str] = {
    "environment": "2.8",
    "pomdp": "3.2.7",
    "nth-order-mdp": "3.2.5",
    "mdp": "3.2.3",
    "ergodic-mdp": "3.4.4",
    "bandit": "3.2.1",
    "repeated-game": "3.3.3",
    "classification": "3.3.4",
    "function-maximisation": "3.3.1",
    "passive": "3.1.6",
    "sequence-prediction": "3.1.7",
    "totally-passive": "3.1.5",
    "markov-chain": "3.1.3",
    "bernoulli-scheme": "3.1.1",
}
"""Class -> its section or definition in the thesis."""

_INSIDE = (
    ("pomdp", "environment", "2.8"),
    ("nth-order-mdp", "pomdp", "3.2.7"),
    ("mdp", "nth-order-mdp", "3.2.5"),
    ("ergodic-mdp", "mdp", "3.4.4"),
    ("bandit", "ergodic-mdp", "Lemma 3.5.4"),
    ("bandit", "repeated-game", "3.3.3"),
    ("classification", "ergodic-mdp", "Lemma 3.5.3"),
    ("classification", "passive", "3.3.4"),
    ("repeated-game", "pomdp", "3.2.8"),
    ("function-maximisation", "pomdp", "3.5"),
    ("passive", "pomdp", "3.2.8"),
    ("sequence-prediction", "passive", "3.1.7"),
    ("totally-passive", "passive", "3.1.6"),
    ("markov-chain", "totally-passive", "3.1.5"),
    ("markov-chain", "mdp", "3.2.3"),
    ("bernoulli-scheme", "markov-chain", "3.1.3"),
    ("bernoulli-scheme", "bandit", "3.2.3"),
)

_REDUCES = (("nth-order-mdp", "mdp", "Lemma 3.2.6"), ("repeated-game", "bandit", "Lemma 3.5.5"))


def taxonomy_graph() -> nx.DiGraph:
    """Which class is inside which, as figure 3.1 and the text of chapter 3 have it.

    Returns:
        Nodes are the names of `CLASSES`, with `where` they are defined; edges go from the wider
        class to the narrower, with `where` it is said. An edge with `reduces` also says that the
        members of the wider class become members of the narrower by a change of alphabets, and
        where that is proved.
    """
    import networkx as nx

    graph = nx.DiGraph()
    for name, where in CLASSES.items():
        graph.add_node(name, where=where)
    for narrow, wide, where in _INSIDE:
        graph.add_edge(wide, narrow, where=where)
    for wide, narrow, where in _REDUCES:
        graph[wide][narrow]["reduces"] = where
    return graph


TESTS: Mapping[str, Callable[..., Membership]] = {
    "bandit": is_bandit,
    "bernoulli-scheme": is_bernoulli_scheme,
    "classification": is_classification,
    "function-maximisation": is_function_maximisation,
    "markov-chain": is_markov_chain,
    "mdp": is_mdp,
    "passive": is_passive,
    "sequence-prediction": is_sequence_prediction,
    "totally-passive": is_totally_passive,
}
"""Class -> its test, of those without a parameter."""
