"""The alignment model against the equations of its appendix, one sentence and symbol at a time."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch")
import torch

from neural.models.alignment import AlignmentTranslator


def _sigmoid(x):
    return 1 / (1 + np.exp(-x))


class Plain:
    """Appendix A of Bahdanau et al., with NumPy and loops."""

    def __init__(self, model: AlignmentTranslator) -> None:
        self.w = {name: p.detach().double().numpy() for name, p in model.named_parameters()}
        self.n = model.units

    def unit(self, name, x, s, context=0.0):
        n = self.n
        into = self.w[f"{name}.into.weight"] @ x + context
        gates = self.w[f"{name}.gates.weight"] @ s
        z = _sigmoid(into[:n] + gates[:n])
        r = _sigmoid(into[n : 2 * n] + gates[n:])
        new = np.tanh(into[2 * n :] + self.w[f"{name}.candidate.weight"] @ (r * s))
        return (1 - z) * s + z * new

    def logits(self, source, target, aligned):
        w = self.w
        x = w["source.weight"][source]
        ahead, back = [np.zeros(self.n)], [np.zeros(self.n)]
        for each in x:
            ahead.append(self.unit("ahead", each, ahead[-1]))
        if aligned:
            for each in x[::-1]:
                back.append(self.unit("back", each, back[-1]))
        h = [np.concatenate(both) for both in zip(ahead[1:], back[:0:-1], strict=False)]
        s = np.tanh(w["first.weight"] @ (back[-1] if aligned else ahead[-1]))
        found = []
        for symbol in target:
            y = w["target.weight"][symbol]
            c = ahead[-1]
            if aligned:
                e = [
                    (w["align.weight"] @ np.tanh(
                        w["align_state.weight"] @ s + w["align_memory.weight"] @ each
                    )).item()
                    for each in h
                ]  # fmt: skip
                a = np.exp(e) / np.sum(np.exp(e))
                c = sum(weight * each for weight, each in zip(a, h, strict=True))
            t = (
                w["read_state.weight"] @ s + w["read_symbol.weight"] @ y
                + w["read_context.weight"] @ c
            )  # fmt: skip
            found.append(w["read.weight"] @ np.maximum(t[::2], t[1::2]))
            s = self.unit("decoder", y, s, w["context.weight"] @ c)
        return np.array(found)


@pytest.mark.parametrize("alignment", [7, 0])
def test_equations(alignment):
    torch.manual_seed(0)
    model = AlignmentTranslator(
        9, 10, units=6, embedding=5, alignment=alignment, readout=4
    ).double().eval()  # fmt: skip
    source = torch.tensor([[4, 5, 8, 2, 0, 0], [7, 6, 5, 4, 4, 2]])
    target = torch.tensor([[1, 4, 9], [1, 5, 5]])
    logits = model(source, target)
    plain = Plain(model)
    for row, length in ((0, 4), (1, 6)):
        expected = plain.logits(source[row, :length].numpy(), target[row].numpy(), alignment > 0)
        np.testing.assert_allclose(logits[row].detach().numpy(), expected, atol=1e-12)
    weights = model.alignments(source, target)
    torch.testing.assert_close(weights.sum(-1), torch.ones_like(weights[..., 0]))
    if alignment:
        assert weights.shape == (2, 3, 6)
        assert not weights[0, :, 4:].any()


def test_orthogonal_at_the_start():
    torch.manual_seed(0)
    model = AlignmentTranslator(9, 9, units=6, embedding=5, alignment=4, readout=4)
    for square in (*model.ahead.gates.weight.chunk(2), model.decoder.candidate.weight):
        torch.testing.assert_close(square @ square.T, torch.eye(6))
