"""What the paper char-rnn measures beside bits: units that follow the text, and samples."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")
from neural.models.recurrent import RecurrentLM  # noqa: E402
from neural.papers.char_rnn import sample, tracked_units  # noqa: E402
from neural.tasks.text import corpus  # noqa: E402

FOUND = corpus("story", train=100, test=4000, seed=2)


class Planted:
    """A model of which one unit is in quotes, another counts the line, and the others are noise."""

    def eval(self):
        return self

    def states(self, tokens):
        noise = torch.randn(tokens.shape[1], 1, 6, generator=torch.Generator().manual_seed(0))
        inside, column = False, 0
        for at, number in enumerate(tokens[0].tolist()):
            letter = FOUND.symbols[number]
            inside ^= letter == '"'
            column = 0 if letter == "\n" else column + 1
            noise[at, 0, 1] = -float(inside)
            noise[at, 0, 4] = column
        return [noise[..., :3], noise[..., 3:]], None


def test_planted_units_are_found():
    found = tracked_units(Planted(), FOUND)  # type: ignore[arg-type]
    assert found["quote"] == pytest.approx(1)
    assert found["line"] == pytest.approx(1)


def test_samples():
    """Cold ones are the likeliest symbols; warm ones have the model's frequencies."""
    torch.manual_seed(0)
    model = RecurrentLM(len(FOUND.symbols), hidden=4, layers=1)
    with torch.no_grad():
        model.read.weight.zero_()
        model.read.bias.copy_(torch.arange(len(FOUND.symbols)) / 8)
    assert sample(model, FOUND, 5, temperature=1e-3) == FOUND.symbols[-1] * 5
    drawn = sample(model, FOUND, 1000, seed=1)
    counts = np.array([drawn.count(each) for each in FOUND.symbols]) / 1000
    wanted = torch.softmax(model.read.bias, 0).detach().numpy()
    np.testing.assert_allclose(counts, wanted, atol=4 * np.sqrt(wanted.max() / 1000))
    assert sample(model, FOUND, 10, seed=1) == drawn[:10]
    with pytest.raises(ValueError, match="temperature"):
        sample(model, FOUND, 1, temperature=0)
