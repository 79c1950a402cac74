"""The structure function of an object, and what is read off it: sufficient models, sophistication.

With L(S) the bits of a model and -log2 P(x|S) those of the object given it (log2 of the size, for
sets), the structure function is

    h(alpha) = min { -log2 P(x|S) : L(S) <= alpha },
    lambda(alpha) = min { L(S) - log2 P(x|S) : L(S) <= alpha }

over the models S of stated classes. Kolmogorov's own lets S be any finite set and L its Kolmogorov
complexity, which cannot be computed. These are upper-bound analogues: h is never below Kolmogorov's
at alpha plus the constant length of a program for the classes, and a model outside them goes
unseen. A union of m classes pays log2 m bits in every model to say which one it is from. The length
of the object, or its shape, is known throughout.

What holds whatever the classes, by Kraft's inequality: h does not rise, h(alpha) + alpha is never
below the least total, and of all objects of n bits at most a share of 2^-c has h(alpha) + alpha <=
n - c for any alpha. So for a typical string of fair coins h lies above the line n - alpha, but for
a few bits: it falls by no more than one bit a bit. For a string typical of P the same holds with
-log2 P(x) in place of n.

References:
    N. K. Vereshchagin and P. M. B. Vitanyi, Kolmogorov's structure functions and model selection,
        IEEE Trans. Inf. Theory 50(12), 2004: h, beta, lambda, and what they can look like.
    P. Gacs, J. T. Tromp and P. M. B. Vitanyi, Algorithmic statistics, IEEE Trans. Inf. Theory
        47(6), 2001: sufficient statistics.
    M. Koppel, Complexity, depth, and sophistication, Complex Systems 1, 1987; L. Antunes and L.
        Fortnow, Sophistication revisited, Theory Comput. Syst. 45, 2009: dependence on the slack.
    M. Gell-Mann and S. Lloyd, Information measures, effective complexity, and total information,
        Complexity 2(1), 1996.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import cache
from typing import Any

import numpy as np

from complexity.bitstrings import as_bits
from complexity.provenance import commit, versions
from complexity.structure.automata import MAX_ACCEPTED, Automata
from complexity.structure.coarse import CoarseGrainings
from complexity.structure.context_trees import ContextTrees
from complexity.structure.markov_types import MarkovTypes, Prefixes
from complexity.structure.models import Model, ModelClass, checked_slack, frontier
from complexity.structure.results import EffectiveComplexity, Sophistication, StructureFunction

__all__ = ["effective_complexity", "sophistication", "structure_function", "sufficient_statistic"]


def structure_function(x: Any, *, classes: Iterable[ModelClass] | None = None) -> StructureFunction:
    """The structure function of `x` relative to the union of classes of models.

    Args:
        x: a bit string, or a 0/1 array (rows, columns).
        classes: of models, all for such objects. By default, for bit strings `Prefixes`,
            `MarkovTypes`, `ContextTrees` and, up to 62 bits, `Automata`; for arrays
            `CoarseGrainings`.

    Raises:
        TypeError: `x` is neither, or an item of `classes` is no class of models.
        ValueError: `x` is too long or holds other than 0 and 1, or there are no classes.

    Example:
        >>> structure_function("10" * 200).sufficient().description
        'tree {0,1}'
    """
    chosen = _default_classes(x) if classes is None else list(classes)
    if not chosen:
        raise ValueError("classes: got none, accepted is at least one")
    for each in chosen:
        if isinstance(each, type) or not isinstance(each, ModelClass):
            raise TypeError(f"classes: got {each!r}, accepted are objects such as MarkovTypes()")
    which = math.log2(len(chosen))
    every = [
        Model(model.family, model.description, which + model.model_bits, model.data_bits)
        for each in chosen
        for model in each.models(x)
    ]
    names = tuple(each.name for each in chosen)
    return StructureFunction(frontier(every), names, int(np.size(_cells(x))), _made_with())


def sufficient_statistic(
    x: Any, *, slack: float = 0.0, classes: Iterable[ModelClass] | None = None
) -> Model:
    """The model with the fewest bits whose total is within `slack` bits of the least.

    Args:
        x: as `structure_function`.
        slack: in bits.
        classes: as `structure_function`.

    Raises:
        TypeError, ValueError: as `structure_function`, or the slack is not a number from 0.
    """
    checked_slack(slack)
    return structure_function(x, classes=classes).sufficient(slack)


def sophistication(
    x: Any, *, slack: float = 0.0, classes: Iterable[ModelClass] | None = None
) -> Sophistication:
    """Bits of structure: of the smallest model within `slack` bits of the best total.

    With the default classes it is small at both ends: at most 3 bits for a constant string, which a
    tree without memory describes; and at most log2 24 bits for fair coins, whose set of all strings
    takes so many, but for a share of 24 * 2^-slack of them.

    Args:
        x: as `structure_function`.
        slack: in bits. Antunes and Fortnow show how much can hang on it: look at the curve.
        classes: as `structure_function`.

    Raises:
        TypeError, ValueError: as `sufficient_statistic`.
    """
    checked_slack(slack)
    function = structure_function(x, classes=classes)
    model = function.sufficient(slack)
    least, largest = function.minimum_bits, function.sufficient().model_bits
    curve: list[tuple[float, float]] = []
    for each in reversed(function.models):
        if each.model_bits > largest:
            continue  # no model larger than the best one is needed
        excess = each.total_bits - least
        while curve and excess <= curve[-1][0]:
            curve.pop()
        curve.append((excess, each.model_bits))
    return Sophistication(model.model_bits, float(slack), model, tuple(curve))


def effective_complexity(
    x: Any, *, slack: float = 0.0, classes: Iterable[ModelClass] | None = None
) -> EffectiveComplexity:
    """Bits of the ensemble that `x` is taken from: the least within `slack` of the least total.

    Gell-Mann and Lloyd choose, among the ensembles with nearly the least total information, that
    with the fewest bits. Where ensembles are sets this is the sophistication, by another name.

    Args:
        x: as `structure_function`.
        slack: in bits.
        classes: as `structure_function`; they are the judge of what counts as regular.

    Raises:
        TypeError, ValueError: as `sufficient_statistic`.
    """
    model = sufficient_statistic(x, slack=slack, classes=classes)
    return EffectiveComplexity(model.model_bits, model.data_bits, model.total_bits, model)


@cache
def _made_with() -> dict[str, Any]:
    return {"versions": versions("numpy", "scipy", "numba"), "commit": commit()}


def _default_classes(x: Any) -> list[ModelClass]:
    cells = _cells(x)
    if cells.ndim == 2:
        return [CoarseGrainings()]
    found: list[ModelClass] = [Prefixes(), MarkovTypes(), ContextTrees()]
    return [*found, Automata()] if cells.size <= MAX_ACCEPTED else found


def _cells(x: Any) -> Any:
    return x if isinstance(x, np.ndarray) and x.ndim == 2 else as_bits("x", x)
