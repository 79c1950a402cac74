"""Greedy and beam search against an enumeration of all targets, and the translators' steps."""

from __future__ import annotations

import itertools

import pytest

pytest.importorskip("torch")
import torch

from neural.decoding import beam_search, greedy, length_penalty
from neural.models.alignment import AlignmentTranslator
from neural.models.transformer import Transformer

START, END = 1, 2


class Table:
    """Log-probabilities by source and prefix, drawn once: nothing of a network in it."""

    def __init__(self, classes: int, seed: int, sharpness: float = 2.0) -> None:
        self.classes, self.seed, self.sharpness = classes, seed, sharpness
        self.rows: dict[tuple[int, ...], torch.Tensor] = {}

    def logits(self, key: tuple[int, ...]) -> torch.Tensor:
        if key not in self.rows:
            generator = torch.Generator().manual_seed(hash((self.seed, key)) % 2**31)
            self.rows[key] = self.sharpness * torch.randn(self.classes, generator=generator)
        return self.rows[key]

    def encode(self, source):
        return (source,)

    def step(self, state, symbols):
        prefix = torch.cat([state[0], symbols[:, None]], 1)
        return torch.stack([self.logits(tuple(row)) for row in prefix.tolist()]), (prefix,)


def everything(model: Table, source: list[int], most: int, alpha: float):
    """All targets that end, or are as long as may be: (score, log-probability, symbols)."""
    for length in range(1, most + 1):
        others = [k for k in range(model.classes) if k != END]
        last = range(model.classes) if length == most else [END]
        for body in itertools.product(others, repeat=length - 1):
            for symbol in last:
                symbols = [*body, symbol]
                log = 0.0
                for at, each in enumerate(symbols):
                    row = model.logits((*source, START, *symbols[:at])).log_softmax(-1)
                    log += float(row[each])
                yield log / length_penalty(length, alpha), log, symbols


@pytest.mark.parametrize("alpha", [0.0, 0.6, 1.5])
def test_a_beam_that_holds_all_is_exhaustive(alpha):
    most = 4
    for seed in range(4):
        model = Table(4, seed)
        source = torch.tensor([[5, 6], [7, 5]])
        found, logs = beam_search(
            model, source, start=START, end=END, most=most, width=4 ** (most - 1), alpha=alpha
        )
        for row, log, given in zip(found.tolist(), logs.tolist(), source.tolist(), strict=True):
            _, expected, symbols = max(everything(model, given, most, alpha))
            assert row == symbols + [0] * (most - len(symbols))
            assert log == pytest.approx(expected, abs=1e-5)


def test_greedy_follows_the_likeliest_and_a_beam_is_no_worse():
    for seed in range(6):
        model = Table(5, seed)
        source = torch.tensor([[5], [6], [7]])
        options = {"start": START, "end": END, "most": 6}
        found = greedy(model, source, **options)
        for row, (given,) in zip(found.tolist(), source.tolist(), strict=True):
            log, symbols = 0.0, [given, START]
            while len(symbols) < 8 and symbols[-1] != END:
                likely = model.logits(tuple(symbols)).log_softmax(-1)
                symbols.append(int(likely.argmax()))
                log += float(likely.max())
            assert row[: len(symbols) - 2] == symbols[2:]
            assert not any(row[len(symbols) - 2 :])
            one = torch.tensor(
                [[given]]
            )  # a beam of one meets what greedy finds, and may know better
            assert beam_search(model, one, width=1, alpha=0.0, **options)[1].item() >= log - 1e-5


@pytest.mark.parametrize("kind", ["transformer", "alignment", "fixed"])
def test_steps_are_the_forward_pass(kind):
    torch.manual_seed(0)
    if kind == "transformer":
        model = Transformer(9, width=16, layers=2, heads=2, hidden=16)
    else:
        alignment = 6 * (kind == "alignment")
        model = AlignmentTranslator(9, 9, units=8, embedding=5, alignment=alignment, readout=4)
    model.eval()
    source = torch.tensor([[4, 5, 2, 0], [6, 7, 8, 2]])
    target = torch.tensor([[START, 4, 5], [START, 8, 3]])
    expected, state = model(source, target), model.encode(source)
    for at in range(3):
        logits, state = model.step(state, target[:, at])
        torch.testing.assert_close(logits, expected[:, at])
    found, logs = beam_search(model, source, start=START, end=END, most=5, width=3)
    again = torch.cat([torch.full((2, 1), START), found], 1)
    likely = model(source, again[:, :-1]).log_softmax(-1)
    chosen = likely.gather(-1, found[..., None])[..., 0]
    torch.testing.assert_close((chosen * (found != 0)).sum(1), logs)


@pytest.mark.parametrize("alpha", [-3.0, -1.0])
def test_a_beam_that_prefers_short_targets_goes_on_as_long_as_it_has_to(alpha):
    """Where the penalty falls with the length, the longest is not the best that may come."""
    for seed in range(40):
        model, source = Table(3, seed), torch.tensor([[7]])
        found, log = beam_search(model, source, start=START, end=END, most=3, width=9, alpha=alpha)
        _, expected, symbols = max(everything(model, [7], 3, alpha))
        assert found[0].tolist() == symbols + [0] * (3 - len(symbols))
        assert float(log[0]) == pytest.approx(expected, abs=1e-5)
