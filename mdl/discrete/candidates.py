"""Letters drawn independently from unknown chances, as candidates of `mdl.select`.

=============  ===================================================================================
version        the code
=============  ===================================================================================
nml            normalised maximum likelihood: the least worst-case regret for this n
bayes          mixture under Dirichlet(alpha): alpha 1/2 is Jeffreys' (KT), 1 Laplace's
prequential    plug-in: the next letter by (its count + alpha) / (n + K alpha). For this class the
               total is that of "bayes" with the same alpha, letter by letter
snml           sequential NML, the last-step minimax code
cnml           NML conditional on the first K letters, which take log2 K bits each
luckiness      luckiness NML with the luckiness function prod theta_k^alpha
two-part       the counts, then the index among the sequences with them
two-part-grid  the best point of a grid of precision about 1 / sqrt n, then the data by it
=============  ===================================================================================

The number of letters is known to the receiver. Without a letter every version takes 0 bits; for one
letter all but the grid, NML with luckiness included, take log2 K.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from complexity.bitstrings import BitsLike, as_bits
from complexity.errors import integer, one_of
from mdl.description import Description
from mdl.discrete import codelengths
from mdl.discrete.letters import LettersLike, as_letters
from mdl.discrete.sequential import conditional_nml_bits, snml_bits
from mdl.nml.luckiness import luckiness_bits
from mdl.nml.multinomial import MAX_ALPHABET

__all__ = ["VERSIONS", "Bernoulli", "Multinomial"]

VERSIONS = (
    "nml",
    "bayes",
    "prequential",
    "snml",
    "cnml",
    "luckiness",
    "two-part",
    "two-part-grid",
)
"""The codes of both classes."""

_WITH_ALPHA = ("bayes", "prequential", "luckiness")


@dataclass(frozen=True)
class Multinomial:
    """Letters 0 to K - 1, independent with unknown chances.

    Args:
        alphabet_size: K, 1 to 16777216.
        version: which code, see the module; "cnml" and "luckiness" for at most 16384 letters.
        alpha: of "bayes", "prequential" and "luckiness", finite and above 0.

    Raises:
        TypeError: the alphabet's size is no integer, or alpha no number.
        ValueError: an argument is out of range.

    Example:
        >>> round(Multinomial(3, "bayes").describe([0, 1]).total_bits, 6)  # 1/3, then (1/2) / (5/2)
        3.906891
    """

    alphabet_size: int
    version: str = "nml"
    alpha: float = 0.5

    def __post_init__(self) -> None:
        size = integer("alphabet_size", self.alphabet_size, 1, MAX_ALPHABET)
        object.__setattr__(self, "alphabet_size", size)
        _check(self.version, self.alpha)

    @property
    def name(self) -> str:
        """Such as "multinomial-26 (nml)"."""
        return f"multinomial-{self.alphabet_size} ({_label(self.version, self.alpha)})"

    @property
    def exchangeable(self) -> bool:
        """Letters are independent: their order does not matter."""
        return True

    def describe(self, data: LettersLike) -> Description:
        """The codelength of letters (n,).

        Raises:
            TypeError: `data` holds no integers.
            ValueError: a letter is out of range, or there are too many for the version.
        """
        letters = as_letters("data", data, self.alphabet_size)
        return _described(self.name, letters, self.alphabet_size, self.version, self.alpha)

    def heldout_bits(self, train: LettersLike, test: LettersLike) -> float:
        """Bits of `test` by the chances (count + alpha) / (n + K alpha) of `train`.

        Raises:
            TypeError: `train` or `test` holds no integers.
            ValueError: a letter is out of range.
        """
        seen = as_letters("train", train, self.alphabet_size)
        after = as_letters("test", test, self.alphabet_size)
        return _heldout(seen, after, self.alphabet_size, self.alpha)


@dataclass(frozen=True)
class Bernoulli:
    """Bits, independent with an unknown chance of a one.

    Args:
        version: which code, see the module; "cnml" and "luckiness" for at most 16384 bits.
        alpha: of "bayes", "prequential" and "luckiness", finite and above 0.

    Raises:
        TypeError: alpha is no number.
        ValueError: an argument is out of range.

    Example:
        >>> description = Bernoulli().describe("0000000000")
        >>> description.data_bits, round(description.model_bits, 6)
        (0.0, 2.220397)
    """

    version: str = "nml"
    alpha: float = 0.5

    def __post_init__(self) -> None:
        _check(self.version, self.alpha)

    @property
    def name(self) -> str:
        """Such as "bernoulli (nml)"."""
        return f"bernoulli ({_label(self.version, self.alpha)})"

    @property
    def exchangeable(self) -> bool:
        """Bits are independent: their order does not matter."""
        return True

    def describe(self, data: BitsLike) -> Description:
        """The codelength of bits (n,).

        Raises:
            TypeError: `data` is no bit string.
            ValueError: it holds other than 0 and 1, or is too long for the version.
        """
        bits = as_bits("data", data).astype(np.int64)
        return _described(self.name, bits, 2, self.version, self.alpha)

    def heldout_bits(self, train: BitsLike, test: BitsLike) -> float:
        """Bits of `test` by the chances (count + alpha) / (n + 2 alpha) of `train`.

        Raises:
            TypeError: `train` or `test` is no bit string.
            ValueError: it holds other than 0 and 1.
        """
        seen, after = as_bits("train", train), as_bits("test", test)
        return _heldout(seen.astype(np.int64), after.astype(np.int64), 2, self.alpha)


def _check(version: str, alpha: float) -> None:
    one_of("version", version, VERSIONS)
    codelengths.checked_alpha(alpha)
    if alpha != 0.5 and version not in _WITH_ALPHA:
        raise ValueError(
            f"alpha: version {version!r} has none; accepted with {', '.join(_WITH_ALPHA)}"
        )


def _label(version: str, alpha: float) -> str:
    return f"{version}, alpha={alpha:g}" if alpha != 0.5 else version


def _described(
    name: str, letters: NDArray[np.int64], size: int, version: str, alpha: float
) -> Description:
    counts = np.bincount(letters, minlength=size)
    n = letters.size
    best = float(codelengths.maximum_likelihood_bits(counts))
    model, data = _parts(letters, counts, size, version, alpha, best)
    fit: dict[str, Any] = {"counts": counts}
    if n:
        fit["chances"] = counts / n
    return Description(name, version, n, model, data, best, size - 1, fit=fit)


def _parts(
    letters: NDArray[np.int64],
    counts: NDArray[np.int64],
    size: int,
    version: str,
    alpha: float,
    best: float,
) -> tuple[float, float]:
    """Model bits and data bits."""
    if version in ("two-part", "two-part-grid"):
        split = codelengths.type_bits if version == "two-part" else codelengths.grid_bits
        model, data = split(counts)
        return float(model), float(data)
    if version == "nml":
        total = float(codelengths.nml_bits(counts))
    elif version == "snml":
        total = snml_bits(letters, size)
    elif version == "cnml":
        total = conditional_nml_bits(letters, size, size)
    elif version == "luckiness":
        total = luckiness_bits(counts, min(float(alpha), codelengths.MAX_ALPHA))
    else:
        total = float(codelengths.dirichlet_bits(counts, alpha))
    return total - best, best


def _heldout(train: NDArray[np.int64], test: NDArray[np.int64], size: int, alpha: float) -> float:
    alpha = min(float(alpha), codelengths.MAX_ALPHA)
    seen = np.bincount(train, minlength=size)
    chances = (seen + alpha) / (train.size + size * alpha)
    return -float((np.bincount(test, minlength=size) * np.log2(chances)).sum())
