"""The environments and agents of S. Legg, Machine Super Intelligence, 2008, as exact measures.

`get` makes an environment by name; the makers with parameters are in `passive`, `active`,
`problems` and `summable`, the agents of section 4.2 in `ladder`.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from complexity.errors import unknown
from simulations.agents.model import Model
from simulations.agents.thesis.active import (
    bandit,
    heaven_or_hell,
    noisy_ring,
    partially_observed,
    ring,
    two_coins,
)
from simulations.agents.thesis.ladder import LADDER, Simple, Specialist, TableLearner, Uniform
from simulations.agents.thesis.passive import (
    bernoulli_scheme,
    die,
    digits_of_pi,
    markov_chain,
    ring_chain,
    sequence_prediction,
)
from simulations.agents.thesis.policies import Policy, SamplingAgent
from simulations.agents.thesis.problems import (
    classification,
    function_maximisation,
    prisoners_dilemma,
    repeated_game,
    tit_for_tat,
)
from simulations.agents.thesis.summable import (
    SummableModel,
    alternation,
    repeated_alternation,
    repeated_slide,
    slide,
    summable,
)

__all__ = [
    "LADDER",
    "Policy",
    "SamplingAgent",
    "Simple",
    "Specialist",
    "SummableModel",
    "TableLearner",
    "Uniform",
    "alternation",
    "bandit",
    "bernoulli_scheme",
    "classification",
    "die",
    "digits_of_pi",
    "function_maximisation",
    "get",
    "heaven_or_hell",
    "markov_chain",
    "names",
    "noisy_ring",
    "partially_observed",
    "prisoners_dilemma",
    "repeated_alternation",
    "repeated_game",
    "repeated_slide",
    "ring",
    "ring_chain",
    "sequence_prediction",
    "slide",
    "summable",
    "tit_for_tat",
    "two_coins",
]

_MAKERS: dict[str, Callable[[], Model]] = {
    "alternation": alternation,
    "bandit": lambda: bandit([Fraction(1, 5), Fraction(1, 2), Fraction(4, 5)]),
    "classification": lambda: classification([0, 1, 1, 0], 2),
    "die": die,
    "digits-of-pi": digits_of_pi,
    "function-maximisation": lambda: function_maximisation(
        [1 - (Fraction(a, 8) - Fraction(1, 4)) ** 2 for a in range(9)]
    ),
    "heaven-or-hell": heaven_or_hell,
    "hell-or-heaven": lambda: heaven_or_hell(0),
    "noisy-ring": noisy_ring,
    "prisoners-dilemma": prisoners_dilemma,
    "repeated-alternation": repeated_alternation,
    "repeated-slide": repeated_slide,
    "ring": ring,
    "ring-chain": ring_chain,
    "sequence-prediction": lambda: sequence_prediction([0, 1, 1]),
    "slide": slide,
    "two-coins": two_coins,
}


def names() -> tuple[str, ...]:
    """The environments that `get` makes."""
    return tuple(_MAKERS)


def get(name: str) -> Model:
    """A new model of the thesis's environment of this name; parameters are those of its examples.

    Raises:
        ValueError: unknown name.
    """
    if name not in _MAKERS:
        raise unknown("name", name, _MAKERS)
    return _MAKERS[name]()
