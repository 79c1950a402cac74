"""Connectionist temporal classification: from distributions over frames to a transcript.

A path has one symbol for each frame; its transcript is what is left when repetitions are merged and
blanks taken out. The probability of a transcript is that of all its paths.

References:
    A. Graves, S. Fernandez, F. Gomez and J. Schmidhuber, Connectionist temporal classification,
        ICML 2006, section 3.
    A. Hannun, A. Maas, D. Jurafsky and A. Ng, First-pass large vocabulary continuous speech
        recognition using bi-directional recurrent DNNs, arXiv:1408.2873, 2014: prefix beam search.
    D. Amodei et al., Deep Speech 2, ICML 2016, equation 12: log p(y | x) + alpha log p_LM(y) +
        beta words(y).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor
from torch.nn import functional

from complexity.errors import integer

__all__ = [
    "BLANK",
    "Hypothesis",
    "beam_search",
    "collapse",
    "edit_distance",
    "greedy",
    "language_model",
    "transcript_bits",
]

BLANK = 0

Language = Callable[[tuple[int, ...], int], float]
"""(symbols so far, the next one) -> its bits; for `BLANK` those of the end."""


@dataclass(frozen=True)
class Hypothesis:
    """A transcript that was found.

    Attributes:
        symbols: of the transcript.
        bits: -log2 of its probability given the frames: an upper bound, as paths that fell out of
            the beam are missing.
        score: bits, and the language model's by their weights; the least is best.
    """

    symbols: tuple[int, ...]
    bits: float
    score: float


def collapse(path: Iterable[int]) -> tuple[int, ...]:
    """The transcript of a path.

    Example:
        >>> collapse([0, 1, 1, 0, 1, 2, 2, 0])
        (1, 1, 2)
    """
    found: list[int] = []
    last = BLANK
    for symbol in path:
        if symbol not in (last, BLANK):
            found.append(int(symbol))
        last = symbol
    return tuple(found)


def greedy(log_probabilities: ArrayLike) -> tuple[int, ...]:
    """The transcript of the likeliest path; not always the likeliest transcript.

    Args:
        log_probabilities: (t, symbols), of any base.
    """
    return collapse(np.asarray(log_probabilities).argmax(1).tolist())


def transcript_bits(
    log_probabilities: Tensor, frames: Tensor, targets: Tensor, lengths: Tensor
) -> Tensor:
    """-log2 of the transcripts' probabilities, (n,): an ideal code given the frames.

    Over all transcripts of an utterance the probabilities add up to 1.

    Args:
        log_probabilities: natural, (n, t, symbols).
        frames: (n,) int64, of each utterance.
        targets: (n, most) int64, from 1 on, padded by anything.
        lengths: (n,) int64, of each transcript.

    Raises:
        ValueError: a transcript has a symbol that is none of the table's, or the blank; or it has
            no path: more symbols, and blanks that repeated ones need between them, than there are
            frames.
    """
    said = targets.cpu()
    spoken = torch.arange(said.shape[1]) < lengths.cpu()[:, None]
    symbols = log_probabilities.shape[2]
    wrong = spoken & ~((said > BLANK) & (said < symbols))
    if bool(wrong.any()):  # torch reads beyond the table
        at, place = wrong.nonzero()[0].tolist()
        raise ValueError(
            f"targets: got {int(said[at, place])} in transcript {at}, accepted are symbols from 1 "
            f"to {symbols - 1}"
        )
    # on the processor: on others torch's gradient of it is not the same from run to run
    nats = functional.ctc_loss(
        log_probabilities.transpose(0, 1).float().cpu(), said, frames.cpu(),
        lengths.cpu(), blank=BLANK, reduction="none",
    )  # fmt: skip
    if bool(torch.isinf(nats).any()):
        at = int(torch.isinf(nats).nonzero()[0])
        raise ValueError(
            f"targets: transcript {at} of {int(lengths[at])} symbols has no path of "
            f"{int(frames[at])} frames; accepted are as many frames as symbols and repetitions"
        )
    return nats / math.log(2)


def beam_search(
    log_probabilities: ArrayLike,
    *,
    beam: int = 16,
    language: Language | None = None,
    weight: float = 1.0,
    bonus: float = 0.0,
) -> tuple[Hypothesis, ...]:
    """Prefix beam search: transcripts, the best first.

    Args:
        log_probabilities: natural, (t, symbols).
        beam: transcripts that are kept after every frame.
        language: bits of a symbol after others, None for none.
        weight: of the language model's bits, alpha.
        bonus: bits off for every symbol, beta; against a model's liking for what is short.

    Returns:
        At most `beam` transcripts. With a beam that holds all prefixes the result is exact.

    Raises:
        TypeError, ValueError: the table is none, or `beam` is out of range.
    """
    table = np.asarray(log_probabilities, np.float64)
    if table.ndim != 2 or table.shape[1] < 2 or np.isnan(table).any():
        raise ValueError(
            f"log_probabilities: got shape {table.shape}, accepted is (t, symbols) without NaN"
        )
    integer("beam", beam, 1)
    heard = language if weight else None  # what it calls impossible is infinite
    costs: dict[tuple[int, ...], float] = {(): 0.0}  # the language model's share of the score
    # prefix -> natural log-probability of its paths that end in a blank, and in its last symbol
    alive: dict[tuple[int, ...], tuple[float, float]] = {(): (0.0, -math.inf)}
    for row in table.tolist():
        grown: dict[tuple[int, ...], list[float]] = {}
        for prefix, (blank, symbol) in alive.items():
            both = _add(blank, symbol)
            _put(grown, prefix, 0, both + row[BLANK])
            if prefix:
                _put(grown, prefix, 1, symbol + row[prefix[-1]])
            for each in range(1, len(row)):
                longer = (*prefix, each)
                # after the same symbol only a blank makes it another one
                before = blank if prefix and each == prefix[-1] else both
                if before + row[each] == -math.inf:
                    continue
                if longer not in costs:
                    spoken = 0.0 if heard is None else weight * heard(prefix, each)
                    costs[longer] = costs[prefix] + spoken - bonus
                _put(grown, longer, 1, before + row[each])
        kept = sorted(grown, key=lambda p: (costs[p] - _add(*grown[p]) / math.log(2), p))[:beam]
        alive = {prefix: (grown[prefix][0], grown[prefix][1]) for prefix in kept}
    found = []
    for prefix, parts in alive.items():
        bits = -_add(*parts) / math.log(2)
        end = 0.0 if heard is None else weight * heard(prefix, BLANK)
        found.append(Hypothesis(prefix, bits, bits + costs[prefix] + end))
    return tuple(sorted(found, key=lambda each: (each.score, each.symbols)))


def _add(a: float, b: float) -> float:
    """log(e^a + e^b)."""
    if a < b:
        a, b = b, a
    return a if b == -math.inf else a + math.log1p(math.exp(b - a))


def _put(
    grown: dict[tuple[int, ...], list[float]], prefix: tuple[int, ...], place: int, value: float
) -> None:
    parts = grown.setdefault(prefix, [-math.inf, -math.inf])
    parts[place] = _add(parts[place], value)


def language_model(
    transcripts: Iterable[Sequence[int]], symbols: int, *, order: int = 3
) -> Language:
    """An n-gram model with the estimator of Krichevsky and Trofimov: half a count for each symbol.

    Args:
        transcripts: to count in, of symbols from 1 on.
        symbols: of the alphabet, the blank among them: here it stands for the end.
        order: symbols before that count.

    Returns:
        (symbols so far, the next one) -> bits.
    """
    integer("symbols", symbols, 2)
    integer("order", order, 0)
    counts: Counter[tuple[tuple[int, ...], int]] = Counter()
    totals: Counter[tuple[int, ...]] = Counter()
    for each in transcripts:
        whole = (*map(int, each), BLANK)
        for at, symbol in enumerate(whole):
            context = whole[max(0, at - order) : at]
            counts[context, symbol] += 1
            totals[context] += 1

    def bits(before: tuple[int, ...], symbol: int) -> float:
        context = tuple(before[max(0, len(before) - order) :])
        share = (counts[context, symbol] + 0.5) / (totals[context] + 0.5 * symbols)
        return -math.log2(share)

    return bits


def edit_distance(first: Sequence[int], second: Sequence[int]) -> int:
    """Fewest insertions, deletions and substitutions that make one of the other (Levenshtein).

    Example:
        >>> edit_distance((1, 2, 3), (2, 3, 3, 4))
        3
    """
    before: NDArray[np.int64] = np.arange(len(second) + 1)
    for at, symbol in enumerate(first, 1):
        row = [at]
        for place, other in enumerate(second, 1):
            row.append(
                min(int(before[place]) + 1, row[-1] + 1, int(before[place - 1]) + (symbol != other))
            )
        before = np.array(row)
    return int(before[-1])
