"""Sequences out of a translator: the likeliest symbol each time, or the best of a beam.

References:
    A. Graves, Sequence transduction with recurrent neural networks, 2012: beam search.
    Y. Wu et al., Google's neural machine translation system, arXiv:1609.08144, 2016, equation 14:
        the length penalty ((5 + |Y|) / 6)^alpha.
"""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor

from complexity.errors import integer

__all__ = ["Translator", "beam_search", "greedy", "length_penalty"]

State = tuple[Tensor, ...]


class Translator(Protocol):
    """What can be decoded: a state for every source, advanced a target symbol at a time."""

    def encode(self, source: Tensor) -> State:
        """The state before the first symbol, tensors (n, ...), of source (n, S)."""
        ...

    def step(self, state: State, symbols: Tensor) -> tuple[Tensor, State]:
        """Logits (n, K) of what follows `symbols` (n,), and the state there."""
        ...


def length_penalty(length: Tensor | int, alpha: float) -> Tensor | float:
    """What a log-probability is divided by; 1 where alpha is 0."""
    return ((5 + length) / 6) ** alpha


@torch.no_grad()
def greedy(
    model: Translator, source: Tensor, *, start: int, end: int, most: int, padding: int = 0
) -> Tensor:
    """The likeliest symbol at every step.

    Args:
        model: in evaluation mode.
        source: (n, S) int64.
        start: the symbol before the first.
        end: the symbol after which nothing comes.
        most: symbols of a target, the end among them.
        padding: what follows the end.

    Returns:
        (n, T) int64 with T at most `most`; `padding` behind the end.
    """
    state, symbols = model.encode(source), source.new_full((len(source),), start)
    ended = torch.zeros(len(source), dtype=torch.bool, device=source.device)
    found = []
    for _ in range(integer("most", most, 1)):
        logits, state = model.step(state, symbols)
        symbols = logits.argmax(-1).masked_fill(ended, padding)
        found.append(symbols)
        ended |= symbols == end
        if ended.all():
            break
    return torch.stack(found, 1)


@torch.no_grad()
def beam_search(
    model: Translator,
    source: Tensor,
    *,
    start: int,
    end: int,
    most: int,
    width: int = 4,
    alpha: float = 0.6,
    padding: int = 0,
) -> tuple[Tensor, Tensor]:
    """The target of greatest log-probability over length penalty that a beam finds.

    Prefixes compete by log-probability; those that end are kept beside the beam and compete by
    their normalised score. With a width of K^(most - 1) or more nothing is cut off, and the result
    is that of an exhaustive search.

    Args:
        model: in evaluation mode.
        source: (n, S) int64.
        start: the symbol before the first.
        end: the symbol after which nothing comes.
        most: symbols of a target, the end among them; a prefix that long that has not ended
            competes as if it had.
        width: prefixes that are kept.
        alpha: of the length penalty.
        padding: what follows the end.

    Returns:
        Targets (n, most) int64 with `padding` behind the end, and their log-probabilities in
        nats, (n,).
    """
    integer("most", most, 1)
    count, width = len(source), integer("width", width, 1)
    state = tuple(each.repeat_interleave(width, 0) for each in model.encode(source))
    symbols = source.new_full((count * width,), start)
    prefix = source.new_full((count, width, most), padding)
    # one prefix to begin with: the others are copies of it, and impossible
    scores = torch.full((count, width), -torch.inf, device=source.device)
    scores[:, 0] = 0
    best, best_score = prefix[:, 0].clone(), torch.full_like(scores[:, 0], -torch.inf)
    best_log = best_score.clone()
    for at in range(most):
        logits, state = model.step(state, symbols)
        total = scores[..., None] + logits.log_softmax(-1).unflatten(0, (count, width))
        classes = total.shape[-1]  # total: (n, width, K)
        over = total if at == most - 1 else total[..., end : end + 1]
        normal = (over / length_penalty(at + 1, alpha)).flatten(1)
        score, chosen = normal.max(1)
        parent, symbol = chosen // over.shape[-1], chosen % over.shape[-1]
        symbol = symbol if at == most - 1 else torch.full_like(symbol, end)
        better = score > best_score
        ended = prefix[torch.arange(count), parent]
        ended[:, at] = symbol
        best = torch.where(better[:, None], ended, best)
        best_log = torch.where(better, total[torch.arange(count), parent, symbol], best_log)
        best_score = torch.where(better, score, best_score)
        total[..., end] = -torch.inf
        kept = min(width, width * classes)
        scores, chosen = total.flatten(1).topk(kept, 1)
        parent, symbol = chosen // classes, chosen % classes
        prefix = prefix.gather(1, parent[..., None].expand(-1, -1, most)).clone()
        prefix[..., at] = symbol
        rows = (parent + width * torch.arange(count, device=source.device)[:, None]).flatten()
        state = tuple(each[rows] for each in state)
        symbols = symbol.flatten()
        # a prefix only loses; its score is at most its own over the greatest penalty to come
        greatest = max(length_penalty(min(at + 2, most), alpha), length_penalty(most, alpha))
        if (best_score >= scores[:, 0] / greatest).all():
            break
    return best, best_log
