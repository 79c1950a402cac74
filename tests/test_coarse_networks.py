"""Coarse networks against what a search by hand finds; effective ranks against closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest

torch = pytest.importorskip("torch")
from torch import nn  # noqa: E402

from mdl.weights.tensors import flat_parameters  # noqa: E402
from neural.coarse import coarse_grained, effective_rank  # noqa: E402
from neural.models import ModularMLP, ModularTransformer  # noqa: E402
from neural.tasks import modular  # noqa: E402
from neural.tasks.arithmetic import OPERATIONS  # noqa: E402

GENERATOR = torch.Generator().manual_seed(1)


def linear(weight: torch.Tensor) -> nn.Linear:
    layer = nn.Linear(weight.shape[1], weight.shape[0], bias=False)
    layer.weight = nn.Parameter(weight)
    return layer


def distance_to(weight: torch.Tensor):
    """A loss that is the mean squared difference from these weights."""
    return lambda module: float((module.weight - weight).double().square().mean())


def test_the_coarsest_that_is_as_good():
    """The squared error of rounding grows with the step: a scan of steps finds the same one."""
    weight = torch.randn(40, 30, generator=GENERATOR)
    found = coarse_grained(linear(weight), distance_to(weight), tolerance=1e-3, energies=(0.0,))
    scale = float(weight.double().square().mean().sqrt())
    steps = 2.0 ** np.linspace(-14, 2, 16 * 64 + 1)

    def error(step: float) -> float:
        unit = step * scale
        return float((torch.round(weight.double() / unit) * unit - weight).square().mean())

    passing = [step for step in steps if error(step) <= 1e-3]
    assert found.step == pytest.approx(max(passing), rel=0.02)
    assert found.loss <= 1e-3
    # a uniform error of a step's width has a variance of a twelfth of its square
    assert found.step * scale == pytest.approx(math.sqrt(12e-3), rel=0.05)


def test_few_singular_values_make_a_short_description():
    left, right = (torch.randn(60, 2, generator=GENERATOR) for _ in range(2))
    weight = left @ right.T + 0.01 * torch.randn(60, 60, generator=GENERATOR)
    module, loss = linear(weight), distance_to(weight)
    whole = coarse_grained(module, loss, tolerance=5e-3, energies=(0.0,))
    cut = coarse_grained(module, loss, tolerance=5e-3)
    assert cut.dropped > 0
    assert cut.bits < 0.3 * whole.bits
    assert cut.loss <= 5e-3


def test_large_weights_are_not_clipped():
    """One weight a thousand times the others is coded, and the loss stays where it was."""
    weight = torch.randn(20, 20, generator=GENERATOR)
    weight[3, 4] = 1000.0
    found = coarse_grained(linear(weight), distance_to(weight), tolerance=1e-4)
    assert found.loss <= 1e-4


def test_tighter_tolerances_take_more_bits_and_nothing_is_changed():
    weight = torch.randn(30, 30, generator=GENERATOR)
    module = linear(weight)
    before = flat_parameters(module)
    bits = [
        coarse_grained(module, distance_to(weight), tolerance=t).bits for t in (1e-4, 1e-2, 1.0)
    ]
    assert bits[0] > bits[1] > bits[2]
    assert np.array_equal(flat_parameters(module), before)


def test_a_loss_that_nothing_reaches_gives_the_finest():
    weight = torch.randn(10, 10, generator=GENERATOR)

    def fussy(module: nn.Module) -> float:
        return 0.0 if torch.equal(module.weight, weight) else math.inf  # type: ignore[arg-type]

    found = coarse_grained(linear(weight), fussy, tolerance=0.1)
    assert found.step == 2.0**-14
    assert found.loss == math.inf
    assert found.bits > 14 * 100


@pytest.mark.parametrize("tolerance", [0, -1, math.nan])
def test_tolerance(tolerance):
    with pytest.raises(ValueError, match="tolerance: got"):
        coarse_grained(linear(torch.ones(2, 2)), lambda module: 0.0, tolerance=tolerance)


def test_effective_rank():
    assert effective_rank(linear(torch.eye(7))) == pytest.approx(7)
    assert effective_rank(linear(torch.ones(5, 9))) == pytest.approx(1)
    shares = np.array([0.75, 0.25])  # singular values 3 and 1
    expected = math.exp(-(shares * np.log(shares)).sum())
    assert effective_rank(linear(torch.diag(torch.tensor([3.0, 1.0])))) == pytest.approx(expected)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_modular_tables(operation):
    task = modular(7, operation, share=0.4, seed=2)
    pairs = np.concatenate([task.train_inputs, task.test_inputs]).tolist()
    labels = np.concatenate([task.train_labels, task.test_labels]).tolist()
    assert sorted(map(tuple, pairs)) == [(a, b) for a in range(7) for b in range(7)]
    symbol = {"add": "a + b", "subtract": "a - b", "multiply": "a * b", "squares": "a**2 + b**2"}
    for (a, b), label in zip(pairs, labels, strict=True):
        assert label == eval(symbol[operation], {"a": a, "b": b}) % 7
    assert len(task.train_labels) == round(0.4 * 49)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((1,), "modulus: got 1"),
        ((7, "divide"), "operation: unknown 'divide'"),
    ],
)
def test_bad_tasks(arguments, message):
    with pytest.raises(ValueError, match=message):
        modular(*arguments)
    with pytest.raises(ValueError, match="share: got 1"):
        modular(7, share=1.0)


def test_the_transformer_is_attention_written_out():
    torch.manual_seed(0)
    model = ModularTransformer(5, width=8, heads=2).double()
    pairs = torch.tensor([[1, 4], [0, 2]])
    with torch.no_grad():
        logits = model(pairs)
        for row, (a, b) in enumerate(pairs.tolist()):
            x = model.symbols.weight[[a, b, 5]] + model.places
            query, key, value = (model.into(x)[:, at * 8 : at * 8 + 8] for at in range(3))
            seen = []
            for head in (slice(0, 4), slice(4, 8)):
                scores = query[2, head] @ key[:, head].T / 2.0  # sqrt of 4
                seen.append(torch.softmax(scores, 0) @ value[:, head])
            last = x[2] + model.out(torch.cat(seen))
            last = last + model.second(torch.relu(model.first(last)))
            assert torch.allclose(model.read(last), logits[row])


def test_sizes():
    """Nanda et al.: p = 113, width 128, four heads, 512 hidden units."""
    p, d, h = 113, 128, 512
    expected = (p + 1) * d + 3 * d + 4 * d * d + (d * h + h) + (h * d + d) + d * p
    assert sum(w.numel() for w in ModularTransformer(p).parameters()) == expected
    mlp = ModularMLP(59, width=64, hidden=128)
    assert sum(w.numel() for w in mlp.parameters()) == 59 * 64 + 64 * 128 + 128 + 128 * 59 + 59


def test_half_precision_is_as_coarse():
    """Rounded integers of 2^14 and more steps are no numbers of float16, or not these."""
    weight = torch.randn(300, 300, generator=GENERATOR)
    options = {"tolerance": 1e-3, "energies": (0.0,)}
    fine = coarse_grained(linear(weight), distance_to(weight), **options)
    for dtype in (torch.float16, torch.bfloat16):
        half = coarse_grained(linear(weight.to(dtype)), distance_to(weight), **options)
        assert half.loss <= half.fine_loss + 1e-3
        assert half.bits == pytest.approx(fine.bits, rel=0.02)


def test_shares_in_any_order():
    weight = torch.randn(40, 30, generator=GENERATOR)
    found = [
        coarse_grained(linear(weight), distance_to(weight), tolerance=1e-2, energies=energies)
        for energies in ((0.0, 0.4), (0.4, 0.0))
    ]
    assert found[0] == found[1]
    assert found[0].step > 2.0**-13
