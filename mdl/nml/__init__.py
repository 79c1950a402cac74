"""Parametric complexity: the logarithm of the normaliser of normalised maximum likelihood."""

from typing import TYPE_CHECKING

from complexity import _lazy

if TYPE_CHECKING:
    from mdl.nml.asymptotics import fisher_complexity as fisher_complexity
    from mdl.nml.asymptotics import szpankowski_complexity as szpankowski_complexity
    from mdl.nml.luckiness import luckiness_complexity as luckiness_complexity
    from mdl.nml.multinomial import multinomial_complexity as multinomial_complexity
    from mdl.nml.multinomial import multinomial_complexity_table as multinomial_complexity_table

_CONTENTS = {
    # exact, or to a stated error
    "luckiness_complexity": "luckiness",
    "multinomial_complexity": "multinomial",
    "multinomial_complexity_table": "multinomial",
    # asymptotic
    "fisher_complexity": "asymptotics",
    "szpankowski_complexity": "asymptotics",
}

__getattr__, __dir__, __all__ = _lazy.attach(__name__, _CONTENTS)  # pyright: ignore[reportUnsupportedDunderAll]
