"""Markov chains of a fixed order, in five universal codes.

The first k symbols of a sequence are sent uniformly, log2 K bits each, in every version; so all
orders describe the same sequence. The others follow a context of k symbols.

==============  ==================================================================================
version         what codes the symbols after the first k
==============  ==================================================================================
"nml"           normalised maximum likelihood of the whole chain, the exact Shtarkov sum: for small
                n (see `markov_complexity`)
"fnml"          normalised maximum likelihood of every context's symbols apart, as many as there
                turn out to be: NOT the NML of the chain. It is a code all the same in every case
                that was enumerated, and not a complete one: its probabilities sum to 0.9916 for ten
                bits at order 1
"bayes"         mixture under Dirichlet(prior) in every context: 1/2, Krichevsky-Trofimov, is
                Jeffreys' for each; the codecs `kt` and `kt-bytes` code with it
"prequential"   each symbol by (its count + prior) / (the context's count + K prior); by default
                Laplace's rule, prior 1. This plug-in is the mixture of the same prior
"two-part"      which contexts have parameters (their number, uniform on 0 to K^k, and which), and
                for each the precision b that is best, uniform on 1 to ceil(log2(n + 1)) + 1, and
                one of the compositions of 2^b; symbols after the other contexts are uniform
==============  ==================================================================================

References:
    P. Grünwald, A tutorial introduction to the minimum description length principle, 2005,
        sections 2.4 and 2.6 (arXiv math/0406077).
    R. E. Krichevsky and V. K. Trofimov, The performance of universal encoding, IEEE Trans. Inf.
        Theory 27(2), 1981.
    T. Silander, T. Roos, P. Kontkanen and P. Myllymäki, Factorized normalized maximum likelihood
        criterion for learning Bayesian network structures, PGM 2008: NML factor by factor.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from complexity._symbols import Symbols
from complexity.code import Kind
from complexity.errors import integer, one_of
from mdl.description import Description
from mdl.discrete.codelengths import MAX_ALPHA
from mdl.markov._simplex import composition_bits, quantised
from mdl.markov._symbols import Counts, as_symbols, checked_alphabet, count, joined, pair_codes

__all__ = ["MAX_ORDER", "VERSIONS", "MarkovChain"]

VERSIONS = ("fnml", "nml", "bayes", "prequential", "two-part")
"""The universal codes of a chain."""
MAX_ORDER = 32
"""The highest order."""
_MAX_ESTIMATED = 1 << 24


@dataclass(frozen=True)
class MarkovChain:
    """Sequences as from a Markov chain of one order: a candidate.

    Nothing (n = 0) takes no bits but those that say that no context has parameters in the two-part
    version; n up to the order is all uniform. Over an alphabet of one symbol all sequences take 0.

    Args:
        order: k, 0 to 32.
        alphabet_size: K; symbols are then integers from 0 to K - 1. None: the symbols that occur,
            which are known to the receiver and cost nothing, whatever the order.
        version: which universal code, one of `VERSIONS`.
        prior: of every symbol in every context, for "bayes" (1/2) and "prequential" (1).

    Raises:
        TypeError, ValueError: an argument is not accepted.

    Example:
        >>> round(MarkovChain(1).describe("01" * 50).total_bits, 3)
        7.495
        >>> MarkovChain(0, version="bayes").describe("01" * 50).parameters
        1
    """

    order: int
    alphabet_size: int | None = None
    version: str = "fnml"
    prior: float | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "order", integer("order", self.order, 0, MAX_ORDER))
        object.__setattr__(self, "alphabet_size", checked_alphabet(self.alphabet_size))
        one_of("version", self.version, VERSIONS)
        if self.prior is None:
            return
        if self.version not in ("bayes", "prequential"):
            raise ValueError(f"prior: the version {self.version!r} has none")
        number = isinstance(self.prior, int | float) and not isinstance(self.prior, bool)
        if not number or not 0 < self.prior < math.inf:
            raise ValueError(f"prior: got {self.prior!r}, accepted is a finite number above 0")

    @property
    def name(self) -> str:
        """Such as "markov-2 (fnml)"."""
        prior = "" if self.prior is None else f", prior {self.prior:g}"
        return f"markov-{self.order} ({self.version}{prior})"

    @property
    def exchangeable(self) -> bool:
        """Whether the order of the symbols does not matter: for order 0."""
        return self.order == 0

    def describe(self, data: Symbols) -> Description:
        """The codelength of a sequence.

        Args:
            data: a text, a byte string, or (n,) integers.

        Raises:
            TypeError, ValueError: it is not of the domain, or too long for version "nml".
        """
        symbols, size = as_symbols("data", data, self.alphabet_size)
        first = min(self.order, symbols.size) * math.log2(size)
        counts = count(pair_codes(symbols, self.order, size), size)
        best = 0.0 if counts is None else float(counts.ml_bits().sum())
        model, rest = self._split(symbols, size, counts, best)
        return Description(
            name=self.name,
            version=self.version,
            n=symbols.size,
            model_bits=model,
            data_bits=first + rest,
            best_fit_bits=first + best,
            parameters=size**self.order * (size - 1),
            kind=Kind.IDEAL,
            fit={
                "order": self.order,
                "alphabet_size": size,
                "contexts": 0 if counts is None else counts.totals.size,
            },
        )

    def heldout_bits(self, train: Symbols, test: Symbols) -> float:
        """-log2 likelihood of `test`, which follows `train`, in bits.

        The probabilities are those of the counts in `train` with `prior` added (1/2 where the
        version has none); they do not change during `test`.

        Raises:
            TypeError, ValueError: one of them is not of the domain.
        """
        joint, begin, size = joined(train, test, self.alphabet_size)
        codes = pair_codes(joint, self.order, size)
        seen, asked = np.split(codes, [max(begin - self.order, 0)])
        uniform = (len(joint) - begin - asked.size) * math.log2(size)  # no context before them
        prior = self._prior
        after = np.maximum(_frequencies(seen, asked), 0)
        context = _frequencies(seen // size, asked // size)
        return uniform - float(np.log2((after + prior) / (context + prior * size)).sum())

    def estimate(self, data: Symbols) -> NDArray[np.float64]:
        """The posterior means of the transition probabilities, shape (K,) * order + (K,).

        The prior is as in `heldout_bits`; the oldest symbol of a context is the first axis.

        Raises:
            TypeError, ValueError: the data are not of the domain, or there are more than 2^24.
        """
        symbols, size = as_symbols("data", data, self.alphabet_size)
        cells = size ** (self.order + 1)
        if cells > _MAX_ESTIMATED:
            raise ValueError(f"order: {cells} probabilities, accepted are at most {_MAX_ESTIMATED}")
        table = np.bincount(pair_codes(symbols, self.order, size), minlength=cells)
        table = table.reshape((size,) * (self.order + 1)) + self._prior
        return table / table.sum(axis=-1, keepdims=True)

    @property
    def _prior(self) -> float:
        if self.prior is not None:
            return min(float(self.prior), MAX_ALPHA)
        return 1.0 if self.version == "prequential" else 0.5

    def _split(
        self, symbols: NDArray[np.int64], size: int, counts: Counts | None, best: float
    ) -> tuple[float, float]:
        """Model and data bits of the symbols after the first."""
        if self.version == "two-part":
            return _two_part(counts, size, self.order)
        if counts is None or size == 1:
            return 0.0, best
        if self.version == "nml":
            from mdl.markov.shtarkov import markov_complexity

            n, start = symbols.size - self.order, symbols[: self.order].tolist()
            return markov_complexity(size, self.order, n, start=start), best
        if self.version == "fnml":
            from mdl.nml import multinomial_complexity

            totals, places = np.unique(counts.totals, return_inverse=True)
            return float(multinomial_complexity(size, totals)[places].sum()), best
        return float(counts.dirichlet_bits(self._prior, size).sum()) - best, best


def _two_part(counts: Counts | None, size: int, order: int) -> tuple[float, float]:
    """Parameters for those contexts that gain by them; model and data bits."""
    contexts = float(size) ** order
    if size == 1:
        return 0.0, 0.0
    if counts is None:
        return math.log2(contexts + 1), 0.0
    choices = int(counts.totals.sum()).bit_length() + 1
    uniform = counts.totals * math.log2(size)
    model, data = np.zeros(uniform.size), uniform.copy()
    weights, sizes = counts.pairs.astype(np.float64), counts.support
    for precision in range(1, choices + 1):
        shares = quantised(weights, counts.first, precision)
        with np.errstate(divide="ignore"):
            bits = np.add.reduceat(counts.pairs * (precision - np.log2(shares)), counts.first)
        cost = math.log2(choices) + float(composition_bits(precision, size))
        better = (sizes <= 1 << precision) & (bits + cost < model + data)
        model[better], data[better] = cost, bits[better]
    gains = uniform - model - data
    order_of_gain = np.argsort(-gains, kind="stable")
    places = np.arange(uniform.size, dtype=np.float64)
    which = np.cumsum(np.log2((contexts - places) / (places + 1)))  # log2 C(contexts, m), m from 1
    saved = np.append(0.0, np.cumsum(gains[order_of_gain]) - np.maximum(which, 0))
    chosen = int(np.argmax(saved))
    sent = order_of_gain[:chosen]
    header = math.log2(contexts + 1) + (max(float(which[chosen - 1]), 0.0) if chosen else 0.0)
    rest = float(uniform.sum() - uniform[sent].sum() + data[sent].sum())
    return header + float(model[sent].sum()), rest


def _frequencies(seen: NDArray[np.int64], asked: NDArray[np.int64]) -> NDArray[np.float64]:
    """How often each of the asked numbers was seen."""
    distinct, numbers = np.unique(seen, return_counts=True)
    if not distinct.size:
        return np.zeros(asked.size)
    place = np.minimum(np.searchsorted(distinct, asked), distinct.size - 1)
    return np.where(distinct[place] == asked, numbers[place], 0).astype(np.float64)
