"""Networks in training as systems: torch's own loop as the oracle, and the laws of systems."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
from torch import nn  # noqa: E402

from mdl.weights.tensors import flat_parameters  # noqa: E402
from neural.training import (  # noqa: E402
    OPTIMISERS,
    Measures,
    TrainingRun,
    accuracy,
    cosine,
    linear_warmup,
    loss_bits,
    minibatches,
)
from simulations import observe  # noqa: E402
from simulations.observation import Interrupted  # noqa: E402

RNG = np.random.default_rng(0)
INPUTS = torch.from_numpy(RNG.normal(size=(60, 5)).astype(np.float32))
LABELS = torch.from_numpy(RNG.integers(0, 3, 60))


def network(seed: int = 0) -> nn.Module:
    torch.manual_seed(seed)
    return nn.Sequential(
        nn.Linear(5, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.5), nn.Linear(8, 3)
    )


def crossed(module: nn.Module, batch: Any) -> torch.Tensor:
    inputs, labels = batch
    return nn.functional.cross_entropy(module(inputs), labels)


def run_of(**options: Any) -> TrainingRun:
    defaults = {"learning_rate": 0.01, "seed": 3} | options
    return TrainingRun(network(), crossed, minibatches([INPUTS, LABELS], 16), **defaults)


def state(run: TrainingRun) -> dict[str, bytes]:
    return {name: array.tobytes() for name, array in run.snapshot().items()}


@pytest.mark.parametrize("optimiser", sorted(OPTIMISERS))
def test_two_advances_are_one(optimiser):
    """And restoring a snapshot in another run goes on as the first did."""
    one, two, three = (run_of(optimiser=optimiser) for _ in range(3))
    one.advance(7)
    two.advance(3)
    kept = two.snapshot()
    two.advance(4)
    assert state(one) == state(two)
    three.advance(1)
    three.restore(kept)
    assert three.time == 3
    three.advance(4)
    assert state(three) == state(one)


def test_it_is_torchs_own_loop():
    """Full batches without dropout need no random numbers: AdamW by hand gives equal weights."""
    torch.manual_seed(0)
    ours = nn.Sequential(nn.Linear(5, 8), nn.Tanh(), nn.Linear(8, 3))
    theirs = nn.Sequential(nn.Linear(5, 8), nn.Tanh(), nn.Linear(8, 3))
    theirs.load_state_dict(ours.state_dict())
    run = TrainingRun(
        ours, crossed, minibatches([INPUTS, LABELS], 60), learning_rate=0.05,
        schedule=cosine(20), clip=0.1, options={"weight_decay": 0.3},
    )  # fmt: skip
    run.advance(20)
    optimiser = torch.optim.AdamW(theirs.parameters(), lr=0.05, weight_decay=0.3)
    rates = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, 20)
    for _ in range(20):
        optimiser.zero_grad()
        crossed(theirs, (INPUTS, LABELS)).backward()
        nn.utils.clip_grad_norm_(theirs.parameters(), 0.1)
        optimiser.step()
        rates.step()
    assert np.allclose(flat_parameters(ours), flat_parameters(theirs), atol=1e-6)


def test_schedules():
    warm = linear_warmup(4, cosine(100))
    assert [warm(step) for step in range(3)] == pytest.approx([0.25, 0.5, 0.75], rel=1e-2)
    assert cosine(10, end=0.2)(10) == cosine(10, end=0.2)(50) == pytest.approx(0.2)


def test_observed_and_resumed(tmp_path):
    """An interrupted run in a folder ends with the numbers of one that was not."""
    measures = Measures(
        {
            "loss_bits": (loss_bits(INPUTS, LABELS), "bits"),
            "accuracy": (accuracy(INPUTS, LABELS), "share"),
        }
    )
    times = [0, 2, 5, 9]
    whole = observe(run_of(), measures, times, progress=False)
    assert whole.loss_bits[0, 0] > whole.loss_bits[-1, 0]
    assert set(np.round(whole.accuracy * 60 % 1, 6).ravel()) <= {0.0, 1.0}

    class Stopped(Measures):
        def __call__(self, system: Any) -> np.ndarray:
            if system.time == 5:
                raise KeyboardInterrupt
            return super().__call__(system)

    with pytest.raises(Interrupted):
        observe(run_of(), Stopped(measures.functions), times, out=tmp_path, progress=False)
    resumed = observe(run_of(), measures, times, out=tmp_path, progress=False)
    assert np.array_equal(resumed.values, whole.values)
    assert resumed.units == ("bits", "share")


def test_loss_bits_are_a_sum_of_logarithms():
    module, inputs = network().double().eval(), INPUTS.double()
    with torch.no_grad():
        chances = torch.softmax(module(inputs), 1)
    expected = -sum(math.log2(chances[i, int(y)]) for i, y in enumerate(LABELS))
    with torch.no_grad():
        assert loss_bits(inputs, LABELS, batch=7)(module) == pytest.approx(expected, rel=1e-12)


def test_randomness_stays_inside():
    torch.manual_seed(9)
    expected = torch.rand(2)
    torch.manual_seed(9)
    run = run_of()
    torch.manual_seed(9)
    run.advance(2)
    assert torch.equal(torch.rand(2), expected)


def test_batches_are_rows_without_replacement():
    batch = minibatches([np.arange(50), np.arange(50) * 2], 20)
    rows, doubled = batch(3, np.random.default_rng(1))
    assert len(set(rows.tolist())) == 20
    assert torch.equal(doubled, 2 * rows)
    assert len(minibatches([np.arange(5)], 9)(0, np.random.default_rng(1))[0]) == 5


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"optimiser": "adamx"}, ValueError, "optimiser: unknown 'adamx'.*did you mean 'adam"),
        ({"seed": -1}, ValueError, "seed: got -1"),
        ({"options": {"weight_decya": 1}}, TypeError, "weight_decya"),
    ],
)
def test_bad_input(change, error, message):
    with pytest.raises(error, match=message):
        run_of(**change)


def test_bad_batches():
    with pytest.raises(ValueError, match=r"arrays: got \[3, 4\] rows"):
        minibatches([np.arange(3), np.arange(4)], 2)
    with pytest.raises(ValueError, match="size: got 0"):
        minibatches([np.arange(3)], 0)


def test_divergence_says_where():
    run = TrainingRun(
        network(), lambda module, batch: crossed(module, batch) * math.nan,
        minibatches([INPUTS, LABELS], 16),
    )  # fmt: skip
    with pytest.raises(ValueError, match="diverged at step 0: the loss is nan and the gradient of"):
        run.advance(1)


def test_snapshots_of_another_architecture():
    run, other = run_of(), TrainingRun(nn.Linear(5, 3), crossed, minibatches([INPUTS, LABELS], 9))
    with pytest.raises(ValueError, match="snapshot: of another architecture"):
        other.restore(run.snapshot())
    wider = TrainingRun(nn.Linear(6, 3), crossed, minibatches([INPUTS, LABELS], 9))
    with pytest.raises(ValueError, match=r"'weight': got an array of shape \(3, 5\)"):
        wider.restore(other.snapshot())
