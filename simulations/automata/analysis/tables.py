"""What a rule's table says at once: Langton's lambda, its equivalents, whether it conserves.

References:
    C. G. Langton, Computation at the edge of chaos, Physica D 42, 1990, section 3.
    N. Boccara, H. Fuks, Number-conserving cellular automaton rules, Fundamenta Informaticae 52,
    2002, theorem 2.1; after T. Hattori, S. Takesue, Physica D 49, 1991.
"""

from __future__ import annotations

from itertools import permutations

import numpy as np

from complexity.errors import integer
from simulations.automata.elementary import ElementaryCA
from simulations.automata.one_dimensional import RadiusRule, Totalistic1D, number_of

__all__ = ["Rule1D", "conserves_number", "equivalents", "langton_lambda", "local"]

Rule1D = ElementaryCA | RadiusRule | Totalistic1D | int
"""A rule, or the number of an elementary one."""


def local(rule: Rule1D) -> RadiusRule:
    """The rule by its table.

    Raises:
        TypeError, ValueError: it is not one of one dimension, or no elementary rule's number.
    """
    if isinstance(rule, RadiusRule):
        return rule
    if isinstance(rule, ElementaryCA | Totalistic1D):
        return RadiusRule(rule.table, rule.states, rule.radius)
    try:
        return RadiusRule(integer("rule", rule, 0, 255))
    except TypeError:
        raise TypeError(
            f"rule: got {rule!r}, accepted are ElementaryCA, RadiusRule, Totalistic1D, or an "
            "integer from 0 to 255"
        ) from None


def langton_lambda(rule: Rule1D, *, quiescent: int = 0) -> float:
    """The fraction of neighbourhoods that do not lead to the quiescent state.

    Example:
        >>> langton_lambda(110)
        0.625
    """
    known = local(rule)
    state = integer("quiescent", quiescent, 0, known.states - 1)
    return float(np.count_nonzero(known.table != state) / known.table.size)


def equivalents(rule: Rule1D) -> tuple[int, ...]:
    """The numbers of all rules that are this one with left and right or the states renamed.

    Example:
        >>> equivalents(110)
        (110, 124, 137, 193)

    Raises:
        ValueError: more than 6 states, whose renamings are too many.
    """
    known = local(rule)
    states, axes = known.states, 2 * known.radius + 1
    if states > 6:
        raise ValueError(f"rule: got one of {states} states, accepted are up to 6")
    cube = known.table.reshape((states,) * axes)
    found = set()
    for names in permutations(range(states)):
        old = np.argsort(names)
        renamed = np.array(names, np.uint8)[cube[np.ix_(*[old] * axes)]]
        for each in (renamed, renamed.transpose(range(axes)[::-1])):
            found.add(number_of(each.ravel(), states))
    return tuple(sorted(found))


def conserves_number(rule: Rule1D) -> bool:
    """Whether the sum of the cells stays the same on every ring.

    It does exactly if the rule f of n cells obeys f(x1 ... xn) = x1 + the sum over j from 1 to
    n - 1 of f(0 ... 0, x2 ... x[n-j+1]) - f(0 ... 0, x1 ... x[n-j]), with j zeros.

    Example:
        >>> [number for number in range(256) if conserves_number(number)]
        [170, 184, 204, 226, 240]
    """
    known = local(rule)
    states, cells = known.states, 2 * known.radius + 1
    table = known.table.astype(np.int64)
    words = np.arange(table.size)
    expected = words // states ** (cells - 1)
    for zeros in range(1, cells):
        kept = states ** (cells - zeros)
        expected += table[words // states ** (zeros - 1) % kept] - table[words // states**zeros]
    return bool((expected == table).all())
