"""Translators in training and under test: the loss, bits of targets, BLEU, and files of weights."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from complexity.errors import integer, share
from mdl import weights
from mdl.report import Report, null_bits
from mdl.weights.codec.files import file_report
from neural.decoding import greedy
from neural.tasks.translation import END, PADDING, START, Bitext, padded

__all__ = [
    "bleu",
    "described",
    "exact",
    "length_batches",
    "sentence_bits",
    "token_loss",
    "translated",
]


def length_batches(
    text: Bitext, size: int, *, seed: int = 0
) -> Callable[[int, np.random.Generator], tuple[Tensor, Tensor, NDArray[np.int64]]]:
    """Batches of sentences of similar length, all of them once an epoch, in a new order each.

    Args:
        text: to draw from.
        size: sentences of a batch; an epoch has ceil(len(text) / size) batches.
        seed: of the orders.

    Returns:
        (step, unused generator) -> source (n, S), target (n, T + 1) from `START` to `END`, and
        groups (n,): what `TrainingRun` takes.
    """
    integer("size", size, 1)
    by_length = sorted(range(len(text)), key=lambda i: (len(text.target[i]), len(text.source[i])))
    cut = [by_length[start : start + size] for start in range(0, len(text), size)]

    @lru_cache(maxsize=2)
    def order(epoch: int) -> NDArray[np.int64]:
        return np.random.default_rng([seed, epoch]).permutation(len(cut))

    def batch(step: int, rng: np.random.Generator) -> tuple[Tensor, Tensor, NDArray[np.int64]]:
        epoch, at = divmod(step, len(cut))
        rows = cut[order(epoch)[at]]
        source = padded([text.source[i] for i in rows])
        target = padded([text.target[i] for i in rows], start=True)
        return torch.from_numpy(source), torch.from_numpy(target), text.groups[rows]

    return batch


def token_loss(smoothing: float = 0.0) -> Callable[[nn.Module, Any], Tensor]:
    """(module, (source, target)) -> mean loss of a target's symbol in nats, padding left out.

    Args:
        smoothing: the share of a label's probability that is spread evenly over all symbols.

    Raises:
        TypeError, ValueError: it is no share.

    References:
        C. Szegedy, V. Vanhoucke, S. Ioffe, J. Shlens and Z. Wojna, Rethinking the Inception
            architecture for computer vision, CVPR 2016, section 7.
    """

    share("smoothing", smoothing)

    def loss(module: nn.Module, batch: Any) -> Tensor:
        source, target = batch[:2]
        logits = module(source, target[:, :-1])
        return functional.cross_entropy(
            logits.flatten(0, 1), target[:, 1:].flatten(), ignore_index=PADDING,
            label_smoothing=smoothing,
        )  # fmt: skip

    return loss


@torch.no_grad()
def sentence_bits(module: nn.Module, text: Bitext, *, batch: int = 128) -> NDArray[np.float64]:
    """Bits (n,) of every target given its source, `END` included: an ideal codelength.

    Args:
        module: in evaluation mode; (source, target) -> logits.
        text: sentences.
        batch: sentences evaluated at once.
    """
    device = next(module.parameters()).device
    found = []
    for start in range(0, len(text), batch):
        source = torch.from_numpy(padded(text.source[start : start + batch])).to(device)
        target = torch.from_numpy(padded(text.target[start : start + batch], start=True)).to(device)
        logits = module(source, target[:, :-1])
        nats = functional.cross_entropy(
            logits.transpose(1, 2), target[:, 1:], ignore_index=PADDING, reduction="none"
        )
        found.append(nats.double().sum(1).cpu().numpy() / math.log(2))
    return np.concatenate(found)


def translated(module: Any, text: Bitext, *, batch: int = 128) -> list[NDArray[np.int64]]:
    """Greedy translations (T,) of every source, the end and what follows it left out.

    One that does not end has half as many symbols again as the longest source beside it.

    Args:
        module: a `neural.decoding.Translator` in evaluation mode.
        text: sentences.
        batch: sentences of similar length, translated at once.
    """
    device = next(module.parameters()).device
    found: list[NDArray[np.int64]] = [np.zeros(0, np.int64)] * len(text)
    by_length = sorted(range(len(text)), key=lambda i: len(text.source[i]))
    for start in range(0, len(text), batch):
        rows = by_length[start : start + batch]
        source = torch.from_numpy(padded([text.source[i] for i in rows])).to(device)
        most = 3 * source.shape[1] // 2
        targets = greedy(module, source, start=START, end=END, most=most, padding=PADDING)
        for row, target in zip(rows, targets.cpu().numpy(), strict=True):
            found[row] = _before_end(target)
    return found


def _before_end(row: NDArray[np.int64]) -> NDArray[np.int64]:
    """What of a row of symbols comes before the end."""
    ends = np.flatnonzero((row == END) | (row == PADDING))
    return row[: ends[0]] if ends.size else row


def exact(found: Sequence[NDArray[np.int64]], text: Bitext) -> float:
    """The share of translations that are the target, symbol by symbol."""
    return float(
        np.mean([np.array_equal(a, b[:-1]) for a, b in zip(found, text.target, strict=True)])
    )


def bleu(found: Sequence[NDArray[np.int64]], text: Bitext) -> float:
    """Corpus BLEU of up to four words, 0 to 100.

    Tokens are the text's own (`tasks.translation.tokens`), so that it is comparable with BLEU on
    those alone; an unknown word is wrong wherever it comes. It is sacreBLEU's with no tokeniser.

    Args:
        found: translations, symbols of the target.
        text: that they are of.

    Raises:
        ValueError: they are not as many as the sentences, or none.

    References:
        K. Papineni, S. Roukos, T. Ward and W.-J. Zhu, BLEU: a method for automatic evaluation of
            machine translation, ACL 2002.
        M. Post, A call for clarity in reporting BLEU scores, WMT 2018.
    """
    import sacrebleu

    def said(symbols: NDArray[np.int64]) -> str:
        return " ".join(text.words[i] if text.words else str(i) for i in symbols)

    if not 0 < len(found) == len(text):  # sacreBLEU leaves out references without translations
        raise ValueError(
            f"found: got {len(found)} translations, accepted are as many as the sentences, "
            f"{len(text)}, and at least one"
        )
    references = list(text.references) or [said(each[:-1]) for each in text.target]
    score = sacrebleu.corpus_bleu(
        [said(each) for each in found], [references], tokenize="none", force=True
    ).score
    return min(float(score), 100.0)  # a mean of logarithms is rounded


def described(module: nn.Module, text: Bitext, symbols: int) -> Report:
    """The network as a file that decodes, and the targets' ideal bits under the decoded network.

    Args:
        module: a translator; its file is `mdl.weights.compress`'s, within 2 % of each matrix.
        text: whose targets are described, given the sources.
        symbols: of the target, for the uniform code.
    """
    return file_report(
        weights.compress(module), module, lambda sent: sentence_bits(sent, text).sum(),
        name="quantised", **null_bits(np.concatenate(text.target), symbols),
    )  # fmt: skip
