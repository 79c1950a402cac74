"""Hidden Markov models: how many hidden states a sequence has, by two codes.

The state that gives the first symbol is uniform. Parameters are found by Baum and Welch's climb
from several random beginnings, which ends in local optima: the best fit found is a bound, and a
code stays a code whatever the fit.

==============  ==================================================================================
version         codelength
==============  ==================================================================================
"prequential"   the first 8 symbols uniformly; from then on every symbol by the forward
                probabilities under parameters fitted to the symbols before, again whenever there
                are a quarter more of them. The fit adds 1/2 to every expected number, so no
                symbol has probability 0. The receiver repeats the fits: same seed, same bits
"two-part"      parameters by compositions of 2^b in every row, b the best one and uniform on 1 to
                ceil(log2(n + 1)) + 2; then the sequence by the forward probabilities
==============  ==================================================================================

References:
    L. R. Rabiner, A tutorial on hidden Markov models and selected applications in speech
        recognition, Proceedings of the IEEE 77(2), 1989: forward probabilities, equations 19-21;
        re-estimation, 40.
    A. P. Dawid, Statistical theory: the prequential approach, J. R. Stat. Soc. A 147(2), 1984.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from complexity._symbols import Symbols
from complexity.code import Kind
from complexity.errors import integer, one_of
from mdl.description import Description
from mdl.markov._simplex import as_rows, composition_bits, quantised
from mdl.markov._symbols import as_symbols, checked_alphabet, joined

__all__ = ["HIDDEN_VERSIONS", "HiddenMarkov", "forward_bits"]

HIDDEN_VERSIONS = ("prequential", "two-part")
"""The universal codes of hidden Markov models."""
_FIRST, _GROWTH = 8, 1.25  # symbols before the first fit; more of them before the next
_ITERATIONS, _TOLERANCE = 500, 1e-6  # of a climb; bits: it leaves plateaus slowly
_LEAST = 1e-9  # probabilities below are sent as zeros
_MAX_STATES = 64

Rows = NDArray[np.float64]


@dataclass(frozen=True)
class HiddenMarkov:
    """Sequences as from a hidden Markov model with a number of states: a candidate.

    Nothing (n = 0) takes no bits in the prequential version, one symbol log2 K; in two parts the
    parameters are always sent. Time is that of (restarts + 1) climbs of up to 500 passes for each
    fit, each of n states^2 steps.

    Args:
        states: S, 1 to 64. One state is a source without memory.
        alphabet_size: K; symbols are then integers from 0 to K - 1. None: the symbols that occur.
        version: "prequential" or "two-part".
        restarts: random beginnings of each fit.
        seed: of the beginnings.

    Raises:
        TypeError, ValueError: an argument is not accepted.
    """

    states: int
    alphabet_size: int | None = None
    version: str = "prequential"
    restarts: int = 4
    seed: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "states", integer("states", self.states, 1, _MAX_STATES))
        object.__setattr__(self, "alphabet_size", checked_alphabet(self.alphabet_size))
        one_of("version", self.version, HIDDEN_VERSIONS)
        integer("restarts", self.restarts, 1)
        integer("seed", self.seed, 0)

    @property
    def name(self) -> str:
        """Such as "hidden-2 (prequential)"."""
        return f"hidden-{self.states} ({self.version})"

    @property
    def exchangeable(self) -> bool:
        """Whether the order of the symbols does not matter: for one state."""
        return self.states == 1

    def describe(self, data: Symbols) -> Description:
        """The codelength of a sequence; `fit` has the transitions and emissions of the best fit.

        Args:
            data: a text, a byte string, or (n,) integers.

        Raises:
            TypeError, ValueError: it is not of the domain.
        """
        symbols, size = as_symbols("data", data, self.alphabet_size)
        transitions, emissions, best = self._fitted(symbols, size, prior=0.0, index=0)
        if self.version == "two-part":
            model, rest = self._two_part(symbols, transitions, emissions)
        else:
            rest = best
            model = self._prequential(symbols, size) - best
        return Description(
            name=self.name,
            version=self.version,
            n=symbols.size,
            model_bits=model,
            data_bits=rest,
            best_fit_bits=best,
            parameters=self.states * (self.states + size - 2),
            kind=Kind.IDEAL,
            fit={
                "states": self.states,
                "alphabet_size": size,
                "transitions": transitions,
                "emissions": emissions,
            },
        )

    def heldout_bits(self, train: Symbols, test: Symbols) -> float:
        """-log2 likelihood of `test`, which follows `train`, under what was fitted to `train`.

        The fit is that of the prequential version.

        Raises:
            TypeError, ValueError: one of them is not of the domain.
        """
        joint, begin, size = joined(train, test, self.alphabet_size)
        return self._ahead(joint[:begin], joint[begin:], size, None, 0)[0]

    def _beginnings(self, size: int, index: int) -> Iterator[tuple[Rows, Rows]]:
        for restart in range(self.restarts):
            key = (index, restart)
            rng = np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=key))
            stay = rng.random()  # some begin with states that last
            transitions = (1 - stay) * rng.dirichlet(np.ones(self.states), self.states)
            transitions += stay * np.eye(self.states)
            yield transitions, rng.dirichlet(np.ones(size), self.states)

    def _fitted(
        self,
        symbols: NDArray[np.int64],
        size: int,
        *,
        prior: float,
        index: int,
        warm: tuple[Rows, Rows] | None = None,
    ) -> tuple[Rows, Rows, float]:
        """The best of the climbs from random beginnings, and from `warm`."""
        from mdl.markov import _kernels as kernels

        start = np.full(self.states, 1 / self.states)
        found = None
        tries = list(self._beginnings(size, index)) + ([warm] if warm else [])
        for transitions, emissions in tries:
            moved, shown = transitions.copy(), emissions.copy()
            bits = kernels.baum_welch(symbols, start, moved, shown, prior, _ITERATIONS, _TOLERANCE)
            if found is None or bits < found[2]:
                found = moved, shown, float(bits)
        assert found is not None
        return found

    def _ahead(
        self,
        before: NDArray[np.int64],
        after: NDArray[np.int64],
        size: int,
        warm: tuple[Rows, Rows] | None,
        index: int,
    ) -> tuple[float, tuple[Rows, Rows]]:
        """Bits of the symbols after those that were fitted."""
        from mdl.markov import _kernels as kernels

        *rows, _ = self._fitted(before, size, prior=0.5, index=index, warm=warm)
        belief = np.full(self.states, 1 / self.states)
        kernels.forward(before, belief, *rows)
        return float(kernels.forward(after, belief, *rows)), (rows[0], rows[1])

    def _prequential(self, symbols: NDArray[np.int64], size: int) -> float:
        bits = min(_FIRST, symbols.size) * math.log2(size)
        seen, index, warm = _FIRST, 0, None
        while seen < symbols.size:
            index += 1
            end = math.ceil(seen * _GROWTH)
            more, warm = self._ahead(symbols[:seen], symbols[seen:end], size, warm, index)
            bits, seen = bits + more, end
        return bits

    def _two_part(
        self, symbols: NDArray[np.int64], transitions: Rows, emissions: Rows
    ) -> tuple[float, float]:
        choices = symbols.size.bit_length() + 2
        best = (math.inf, math.inf)
        for precision in range(1, choices + 1):
            moves, shows = _coarse(transitions, precision), _coarse(emissions, precision)
            if moves is None or shows is None:
                continue
            cost = math.log2(choices)
            cost += sum(
                self.states * float(composition_bits(precision, table.shape[1]))
                for table in (transitions, emissions)
            )
            bits = forward_bits(symbols, moves, shows)
            if cost + bits < sum(best):
                best = cost, bits
        if math.isinf(sum(best)):
            raise ValueError(
                f"states: got {self.states}, too many for parameters of {choices} bits each; "
                "use the version 'prequential', fewer states or more data"
            )
        return best


def forward_bits(symbols: NDArray[np.int64], transitions: Rows, emissions: Rows) -> float:
    """-log2 probability of symbols under a hidden Markov model, in bits; the first state uniform.

    Args:
        symbols: (n,) integers from 0 to K - 1.
        transitions: (S, S), rows sum to 1.
        emissions: (S, K), rows sum to 1.

    Returns:
        Bits, infinite where the probability is 0.

    Raises:
        TypeError: the probabilities are no numbers.
        ValueError: shapes do not fit, a row is no distribution, or a symbol is out of range.

    Example:
        >>> forward_bits(np.array([0, 1, 1]), np.eye(2), np.full((2, 2), 0.5))
        3.0
    """
    from mdl.markov import _kernels as kernels

    moves = as_rows("transitions", transitions)
    shows = as_rows("emissions", emissions)
    if moves.ndim != 2 or shows.ndim != 2 or moves.shape != (len(shows), len(shows)):
        raise ValueError(
            f"transitions: got shapes {moves.shape} and {shows.shape}, accepted are (S, S), (S, K)"
        )
    checked, _ = as_symbols("symbols", symbols, shows.shape[1])
    return float(kernels.forward(checked, np.full(len(moves), 1 / len(moves)), moves, shows))


def _coarse(table: Rows, precision: int) -> Rows | None:
    """The table at a precision; None where a row has more outcomes than that allows."""
    coarse = np.zeros_like(table)
    for row, into in zip(table, coarse, strict=True):
        kept = row > _LEAST
        if kept.sum() > 1 << precision:
            return None
        shares = quantised(row[kept], np.zeros(1, np.int64), precision)
        into[kept] = shares / (1 << precision)
    return coarse
