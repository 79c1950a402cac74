"""Batches, losses, BLEU and bits of translators, against definitions and published numbers."""

from __future__ import annotations

import math

import numpy as np
import pytest

pytest.importorskip("torch")
import torch
from torch.nn import functional

from mdl import weights
from neural.models.alignment import AlignmentTranslator
from neural.models.transformer import Transformer
from neural.tasks import translation as tr
from neural.training import noam
from neural.translating import (
    bleu,
    described,
    exact,
    length_batches,
    sentence_bits,
    token_loss,
    translated,
)


def tiny():
    torch.manual_seed(0)
    return Transformer(13, width=8, layers=1, heads=2, hidden=8, dropout=0.0).eval()


def test_batches_are_an_epoch():
    text = tr.phrases(50, seed=0)
    batches = length_batches(text, 8, seed=3)
    rng = np.random.default_rng(0)
    for epoch in range(2):
        seen = []
        for step in range(7 * epoch, 7 * epoch + 7):
            source, target, groups = batches(step, rng)
            assert groups.shape == source.shape[:1]
            assert (target[:, 0] == tr.START).all()
            assert source.shape[0] == target.shape[0] <= 8
            seen += [tuple(row[row != 0].tolist()) for row in source]
        assert sorted(seen) == sorted(tuple(each) for each in text.source)
    assert not all(torch.equal(batches(i, rng)[0], batches(i + 7, rng)[0]) for i in range(7))


def test_smoothed_loss_is_a_divergence():
    """Cross-entropy with (1 - e) of the label and e of the uniform distribution."""
    text, model, e = tr.phrases(6, words=6, seed=0), tiny(), 0.1
    source, target, _ = length_batches(text, 6)(0, np.random.default_rng(0))
    logs = model(source, target[:, :-1]).log_softmax(-1).detach()
    total = count = 0.0
    for row, labels in zip(logs, target[:, 1:], strict=True):
        for line, label in zip(row, labels, strict=True):
            if label:
                wanted = torch.full((13,), e / 13)
                wanted[label] += 1 - e
                total -= float(wanted @ line)
                count += 1
    assert token_loss(e)(model, (source, target)).item() == pytest.approx(total / count, rel=1e-5)


def test_smoothing_is_a_share():
    with pytest.raises(ValueError, match=r"smoothing: got 1\.5"):
        token_loss(1.5)


def test_bits_are_those_of_the_sentence_alone():
    text, model = tr.phrases(7, words=6, seed=1), tiny()
    found = sentence_bits(model, text, batch=3)
    for bits, source, target in zip(found, text.source, text.target, strict=True):
        said = torch.tensor([[tr.START, *target]])
        logits = model(torch.tensor(source)[None], said[:, :-1])
        nats = functional.cross_entropy(logits[0], said[0, 1:], reduction="sum")
        assert bits == pytest.approx(nats.item() / math.log(2), rel=1e-5)


def test_translations_end():
    text = tr.phrases(5, words=6, seed=2)
    torch.manual_seed(0)
    model = AlignmentTranslator(13, 13, units=8, embedding=4, alignment=8, readout=4).eval()
    found = translated(model, text, batch=2)
    alone = [translated(model, text.part([row]))[0] for row in range(5)]
    longest = max(map(len, text.source))
    for row, single in zip(found, alone, strict=True):
        assert len(row) <= 1.5 * longest
        assert tr.END not in row
        assert np.array_equal(row[: len(single)], single)
    assert exact([row[:-1] for row in text.target], text) == 1
    assert exact(found, text) == 0


def score(candidate: str, reference: str) -> float:
    words = tr.Vocabulary.of([candidate])
    text = tr.bitext([reference], [reference], (words, words))
    return bleu([words.encode(candidate)[:-1]], text)


def test_published_bleu():
    """The first candidate and reference of Papineni et al., its runs of words counted by hand."""
    candidate = (
        "it is a guide to action which ensures that the military always obeys the commands of the "
        "party"
    )
    reference = (
        "it is a guide to action that ensures that the military will forever heed party commands"
    )
    precisions = (12 / 18, 8 / 17, 6 / 16, 4 / 15)
    expected = 100 * math.prod(precisions) ** 0.25  # the candidate is the longer: no penalty
    assert score(candidate, reference) == pytest.approx(expected, rel=1e-6)
    # shorter by 2 of 8 words: exp(1 - 8 / 6)
    words = "a b c d e f g h"
    assert score(words[:11], words) == pytest.approx(100 * math.exp(1 - 8 / 6), rel=1e-6)
    assert score(words, words) == pytest.approx(100)
    text = tr.phrases(5, words=6, seed=2)
    assert bleu([row[:-1] for row in text.target], text) == 100
    with pytest.raises(ValueError, match="found: got 1 translations, accepted are as many"):
        bleu([text.target[0][:-1]], text)
    with pytest.raises(ValueError, match="and at least one"):
        bleu([], text.part([]))


def test_description_decodes():
    text, model = tr.phrases(9, words=6, seed=3), tiny()
    report = described(model, text, 13)
    decoded = weights.decompress(weights.compress(model), model).eval()
    assert report.data_bits == pytest.approx(sentence_bits(decoded, text).sum())
    assert report.parameters == sum(p.numel() for p in model.parameters())
    assert report.labels == sum(map(len, text.target))


def test_noam():
    """Equation 3 at the warm-up's end, where both of its branches meet, and around."""
    rate = noam(512, 4000)
    assert rate(3999) == pytest.approx(512**-0.5 * 4000**-0.5)
    assert rate(1999) == pytest.approx(rate(3999) / 2)
    assert rate(15_999) == pytest.approx(rate(3999) / 2)
