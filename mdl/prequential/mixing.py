"""The mixtures of `mdl.experts` in arithmetic that is the same on every machine.

Codewords depend on a mixture to the last bit, and the logarithms of `mdl.experts` differ in it from
one processor to another. Here the weights are kept as numbers, and logarithms are polynomials; the
two agree as far as doubles do. Weights below 10^-308 are lost, which only Bayes can notice: an
expert a thousand bits behind does not come back.

References:
    As `mdl.experts.mixtures` and `mdl.experts.geometric`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from complexity.errors import one_of
from mdl.experts.geometric import checked_rate
from mdl.experts.mixtures import share_of
from mdl.prequential import _kernels as kernels

__all__ = ["MIXINGS", "Mixture", "checked_mixing"]

MIXINGS = ("switch", "bayes", "fixed-share", "geometric")
"""Names of the mixtures."""

RATES = {"fixed-share": 0.01, "geometric": 0.02}
"""Those that have a rate, with the one taken where none is named."""


def checked_mixing(mixing: str, rate: float | None) -> float | None:
    """The rate of a mixture, None for those without.

    Raises:
        TypeError, ValueError: the mixture is unknown, or the rate is not one it takes.
    """
    if one_of("mixing", mixing, MIXINGS) in RATES:
        return checked_rate(RATES[mixing] if rate is None else rate)
    if rate is not None:
        raise ValueError(f"rate: got {rate}, accepted is None, for the mixing {mixing!r} has none")
    return None


class Mixture:
    """Mixes predictions of E experts over K labels, one label after another.

    Args:
        mixing: of `MIXINGS`.
        rate: of "fixed-share" or "geometric".
        experts: E.
        alphabet_size: K.

    Raises:
        TypeError, ValueError: as `checked_mixing`, or the rate is too great for so many experts.
    """

    def __init__(self, mixing: str, rate: float | None, experts: int, alphabet_size: int) -> None:
        self._rate = checked_mixing(mixing, rate)
        self._mixing, self._seen = mixing, 0
        self._share = 0.0
        if mixing == "fixed-share" and experts > 1:
            self._share = share_of(self._rate or 0.0, experts)
        self._weights = np.full(experts, 1 / experts)
        self._mixed = np.empty(alphabet_size)

    @property
    def weights(self) -> NDArray[np.float64]:
        """Probabilities of the experts, or their powers where the mixing is geometric, (E,)."""
        return self._weights.copy()

    def predict(self, row: NDArray[np.float64]) -> NDArray[np.float64]:
        """The mixture's probabilities (K,) of the next label, from those of the experts (E, K)."""
        mix = kernels.mix_geometric if self._mixing == "geometric" else kernels.mix_linear
        mix(row, self._weights, self._mixed)
        return self._mixed.copy()

    def update(self, row: NDArray[np.float64], label: int) -> None:
        """See the label of which the experts said (E, K), all positive, as `predict` was told."""
        self._seen += 1
        if self._mixing == "geometric":
            kernels.learn_geometric(row, label, self._rate, self._mixed, self._weights)
            return
        share = 1 / (self._seen + 1) if self._mixing == "switch" else self._share
        kernels.learn_linear(row, label, share, self._weights)
