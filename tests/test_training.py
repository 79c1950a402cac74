"""Networks in training as systems: torch's own loop as the oracle, and the laws of systems."""

from __future__ import annotations

import math
import re
from typing import Any, NamedTuple

import numpy as np
import pytest

torch = pytest.importorskip("torch")
from torch import nn  # noqa: E402

from mdl.weights.tensors import flat_parameters  # noqa: E402
from neural.training import (  # noqa: E402
    OPTIMISERS,
    PREQUENTIAL,
    Measures,
    TrainingRun,
    accuracy,
    cosine,
    effective_dimension,
    fisher_spectrum,
    label_bits,
    linear_warmup,
    loss_bits,
    minibatches,
    noam,
    passes,
)
from simulations import observe  # noqa: E402
from simulations.observation import Interrupted  # noqa: E402
from simulations.system import generator  # noqa: E402

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
    assert three.last_loss == float(kept["last_loss"])
    three.advance(4)
    assert state(three) == state(one)
    assert three.last_loss == one.last_loss


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
    with pytest.raises(ValueError, match="warmup: got 0"):
        noam(64, 0)
    with pytest.raises(ValueError, match="total: got 0"):
        cosine(0)
    with pytest.raises(ValueError, match="end: got -1"):
        cosine(3, end=-1)
    with pytest.raises(ValueError, match="steps: got -3"):  # a negative rate climbs
        linear_warmup(-3)
    assert linear_warmup(0)(0) == 1


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


@pytest.mark.parametrize("measure", [accuracy, loss_bits])
def test_measures_of_what_cannot_be(measure):
    for rows, options, message in [
        ((INPUTS, LABELS[:4]), {}, r"arrays: got \[4, 60\] rows"),
        ((INPUTS[:0], LABELS[:0]), {}, r"arrays: got \[0\] rows"),
        ((INPUTS, LABELS), {"batch": -1}, "batch: got -1"),
        ((INPUTS, LABELS), {"batch": 0}, "batch: got 0"),
    ]:
        with pytest.raises(ValueError, match=message):
            measure(*rows, **options)
    broken = nn.Linear(5, 3)
    nn.init.constant_(broken.weight, math.nan)
    with torch.no_grad():
        assert math.isnan(measure(INPUTS, LABELS)(broken))  # argmax takes NaN for the greatest


@pytest.mark.parametrize("measure", [accuracy, loss_bits])
def test_measures_are_of_labels_one_by_one(measure):
    """A column of labels would be compared with all answers, to a share above 1."""
    with torch.no_grad(), pytest.raises(ValueError, match=r"labels: got shape \(60, 1\) for log"):
        measure(INPUTS, LABELS[:, None])(network().eval())
    square = nn.Unflatten(1, (3, 3, 3))  # (n, K, H, W) has as many numbers as (n, H, W, K)
    with torch.no_grad(), pytest.raises(ValueError, match=r"for logits \(4, 3, 3, 3\)"):
        measure(torch.zeros(4, 27), LABELS[:36].reshape(4, 9))(square)


@pytest.mark.parametrize("label", [-100, -1, 3])
def test_labels_of_no_class_are_not_coded_for_nothing(label):
    """torch's cross-entropy leaves out -100: bits of such labels would be 0."""
    labels = LABELS.clone()
    labels[7] = label
    with pytest.raises(ValueError, match=f"labels: got label {label}, accepted are the classes"):
        loss_bits(INPUTS, labels)(network().eval())
    run = TrainingRun(
        network(), lambda module, batch: module(batch[0]).square().mean(),
        passes([INPUTS, labels], 60), prequential=label_bits,
    )  # fmt: skip
    with pytest.raises(ValueError, match=f"labels: got label {label}"):
        run.advance(1)


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
        ({"clip": -1.0}, ValueError, "clip: got -1.0, accepted is a number above 0"),
        ({"clip": 0.0}, ValueError, "clip: got 0.0"),
        ({"learning_rate": math.inf}, ValueError, "learning_rate: got inf, accepted is a number"),
        ({"learning_rate": 1e39}, ValueError, "learning_rate: got 1e"),
        ({"learning_rate": math.nan}, ValueError, "learning_rate: got nan"),
        ({"learning_rate": -0.1}, ValueError, "learning_rate: got -0.1"),
        ({"learning_rate": "fast"}, TypeError, "learning_rate: got 'fast'"),
        ({"learning_rate": "0.1"}, TypeError, "learning_rate: got '0.1'"),
        ({"learning_rate": True}, TypeError, "learning_rate: got True"),
        ({"clip": math.nan}, ValueError, "clip: got nan"),
        ({"clip": "1"}, TypeError, "clip: got '1'"),
        ({"clip": True}, TypeError, "clip: got True"),
        ({"seed": 1.5}, TypeError, "seed: got 1.5"),
        ({"device": "gpu"}, ValueError, "device: got 'gpu', accepted is one that torch has here"),
        ({"threads": 0}, ValueError, "threads: got 0"),
        ({"schedule": 0.5}, TypeError, "schedule: got float, accepted is a function"),
        ({"prequential": 1}, TypeError, "prequential: got int, accepted is a function"),
        ({"options": {"lr": 1.0}}, TypeError, "options: unknown 'lr'; known of 'adamw': betas"),
        ({"options": {"eps": math.nan}}, ValueError, "options: got nan for 'eps'"),
        ({"options": {"betas": (0.9, 2.0)}}, ValueError, "options: got .*: Invalid beta"),
        ({"optimiser": "sgd", "options": {"momentum": math.inf}}, ValueError, "options: got inf"),
    ],
)
def test_bad_input(change, error, message):
    with pytest.raises(error, match=message):
        run_of(**change)


@pytest.mark.parametrize(
    ("factor", "error"),
    [(math.nan, ValueError), (math.inf, ValueError), (-1.0, ValueError), (1e300, ValueError),
     (None, TypeError), ("x", TypeError)],
)  # fmt: skip
def test_schedules_that_give_no_learning_rate(factor, error):
    run = run_of(schedule=lambda step: 1.0 if step < 2 else factor)
    run.advance(2)
    before = state(run)
    with pytest.raises(error, match=re.escape(f"schedule: got {factor!r} at step 2, accepted")):
        run.advance(1)
    assert state(run) == before
    assert not run.module.training


@pytest.mark.parametrize(
    ("loss", "error", "message"),
    [
        (
            lambda module, batch: module(batch[0]),
            ValueError,
            r"float32 of shape \(16, 3\) at step 0",
        ),
        (lambda module, batch: torch.tensor(1), ValueError, r"int64 of shape \(\) at step 0"),
        (lambda module, batch: torch.tensor(1.0), ValueError, "that no gradient leads back from"),
        (lambda module, batch: 1.0, TypeError, "loss: got float at step 0"),
        (lambda module, batch: None, TypeError, "loss: got NoneType at step 0"),
    ],
)
def test_losses_that_are_none(loss, error, message):
    run = TrainingRun(network(), loss, minibatches([INPUTS, LABELS], 16))
    with pytest.raises(error, match=message):
        run.advance(1)
    assert not run.module.training


def test_what_cannot_be_trained():
    rows = minibatches([INPUTS, LABELS], 16)
    with pytest.raises(TypeError, match="loss: got NoneType, accepted is a function"):
        TrainingRun(network(), None, rows)  # pyright: ignore[reportArgumentType]
    with pytest.raises(TypeError, match="batches: got list, accepted is a function"):
        TrainingRun(network(), crossed, [INPUTS])  # pyright: ignore[reportArgumentType]
    with pytest.raises(ValueError, match="module: got no weight that requires a gradient"):
        TrainingRun(network().requires_grad_(False), crossed, rows)


def test_batches_with_names():
    """They come to the loss as what they are."""

    class Named(NamedTuple):
        inputs: torch.Tensor
        labels: torch.Tensor

    def loss(module: nn.Module, batch: Any) -> torch.Tensor:
        return crossed(module, (batch["rows"].inputs, batch["rows"].labels))

    rows = minibatches([INPUTS, LABELS], 16)
    run = TrainingRun(
        network(), loss, lambda step, rng: {"rows": Named(*rows(step, rng))}, learning_rate=0.01,
        seed=3,
    )  # fmt: skip
    other = run_of()
    for each in (run, other):
        each.advance(2)
    assert state(run) == state(other)


def test_bad_batches():
    with pytest.raises(ValueError, match="seed: got -1"):
        passes([np.arange(3)], 2, seed=-1)
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


def test_divergence_is_told_before_bits_that_are_none():
    batches = passes([100 * INPUTS, LABELS], 20)
    run = TrainingRun(
        nn.Linear(5, 3), crossed, batches, optimiser="sgd", learning_rate=3e38,
        prequential=label_bits,
    )  # fmt: skip
    with pytest.raises(ValueError, match=r"training diverged at step \d"):
        run.advance(3)


def test_divergence_in_the_last_step():
    """No loss is looked at any more: the weights themselves tell."""
    run = TrainingRun(
        network(), lambda module, batch: 1e4 * crossed(module, batch),
        minibatches([INPUTS, LABELS], 16), optimiser="sgd", learning_rate=1e-6,
        schedule=lambda step: 1e44 if step == 4 else 1.0,
    )  # fmt: skip
    run.advance(4)
    with pytest.raises(ValueError, match=r"diverged at step 4: weights '0\.weight' are not"):
        run.advance(1)
    steady = run_of()
    with pytest.raises(ValueError, match="amount: got -1"):
        steady.advance(-1)
    steady.advance(0)
    assert steady.time == 0


def test_snapshots_of_another_architecture():
    run, other = run_of(), TrainingRun(nn.Linear(5, 3), crossed, minibatches([INPUTS, LABELS], 9))
    with pytest.raises(ValueError, match="snapshot: of another architecture"):
        other.restore(run.snapshot())
    wider = TrainingRun(nn.Linear(6, 3), crossed, minibatches([INPUTS, LABELS], 9))
    with pytest.raises(ValueError, match=r"'weight': got an array of shape \(3, 5\)"):
        wider.restore(other.snapshot())


@pytest.mark.parametrize("batches", [minibatches, passes])
def test_prequential_bits_are_those_of_a_loop_by_hand(batches):
    """Each label once, before the first step that learns from it; training is as without."""
    made = batches([INPUTS, LABELS], 16)
    run = TrainingRun(network(), crossed, made, learning_rate=0.01, prequential=label_bits)
    plain = TrainingRun(network(), crossed, made, learning_rate=0.01)
    bits, seen = 0.0, set()
    for step in range(9):
        chosen = made.rows(step, generator(0, (0, step))).tolist()
        module = plain.states()[0]
        with torch.no_grad():
            chances = torch.softmax(module(INPUTS).double(), 1).numpy()
        new = set(chosen) - seen
        bits -= sum(math.log2(chances[i, int(LABELS[i])]) for i in new)
        seen |= new
        plain.advance(1)
        run.advance(1)
        assert run.examples_seen == len(seen)
        assert run.prequential_bits == pytest.approx(bits, rel=1e-5)
    assert np.array_equal(flat_parameters(run.module), flat_parameters(plain.module))
    assert math.isnan(plain.prequential_bits)
    if batches is passes:
        assert len(seen) == 60


def test_a_network_that_cannot_learn_codes_as_the_null_code():
    """Zero weights and no learning: log2 K bits for each label, whatever the batches."""
    module = nn.Linear(5, 4)
    for each in module.parameters():
        nn.init.zeros_(each)
    run = TrainingRun(
        module, crossed, passes([INPUTS, LABELS], 7), learning_rate=0.0, prequential=label_bits,
        options={"weight_decay": 0.0},
    )  # fmt: skip
    run.advance(20)
    assert run.prequential_bits == pytest.approx(60 * 2)


def test_prequential_bits_resume(tmp_path):
    measures = Measures({"loss_bits": (loss_bits(INPUTS, LABELS), "bits")}, of_run=PREQUENTIAL)
    assert measures.units == ("bits", "bits", "examples")

    def made() -> TrainingRun:
        return run_of(prequential=label_bits)

    whole = observe(made(), measures, [0, 1, 2, 4], progress=False)
    assert whole.prequential_bits[0, 0] == whole.examples_seen[0, 0] == 0
    assert whole.examples_seen[1, 0] == 16
    first = made()
    first.advance(2)
    second = made()
    second.restore(first.snapshot())
    second.advance(2)
    assert second.prequential_bits == whole.prequential_bits[-1, 0]
    with pytest.raises(ValueError, match="has bits of 0 examples, accepted are those of 60"):
        second.restore(run_of().snapshot())
    with pytest.raises(TypeError, match="prequential: got batches of type function"):
        TrainingRun(network(), crossed, lambda step, rng: None, prequential=label_bits)
    wrong = run_of(prequential=lambda module, batch: module(batch[0]))
    with pytest.raises(ValueError, match=r"prequential: got \(16, 3\) at step 0"):
        wrong.advance(1)


def test_passes_are_permutations():
    made = passes([np.arange(10)], 4, seed=1)
    orders = [torch.cat([made(s, RNG)[0] for s in range(a, a + 3)]).tolist() for a in (0, 3)]
    assert orders[0] != orders[1]
    assert sorted(orders[0]) == sorted(orders[1]) == list(range(10))
    assert torch.cat([made(s, RNG)[0] for s in range(3)]).tolist() == orders[0]


def test_effective_dimension_of_linear_regression_is_the_trace_of_the_hat_matrix():
    """For ridge regression, X (X'X + a)^-1 X' (Hastie, Tibshirani and Friedman, equation 3.50)."""
    x = np.column_stack([INPUTS.double().numpy(), np.ones(60)])  # (60, 6), with the bias
    for rows in (60, 4):  # more rows than parameters, and fewer
        for precision in (0.1, 10.0):
            hat = x[:rows] @ np.linalg.inv(x[:rows].T @ x[:rows] + precision * np.eye(6))
            measure = effective_dimension(INPUTS[:rows], precision=precision, family="gaussian")
            with torch.no_grad():
                assert measure(nn.Linear(5, 1)) == pytest.approx(
                    np.trace(hat @ x[:rows].T), rel=1e-5
                )


@pytest.mark.parametrize("rows", [60, 3])
def test_fisher_spectrum_of_logistic_regression(rows):
    """The sum over inputs of (diag p - p p') times x x', by the Kronecker product."""
    module = nn.Linear(5, 3)
    inputs = INPUTS[:rows]
    with torch.no_grad():
        chances = torch.softmax(module(inputs).double(), 1).numpy()
    x = np.column_stack([inputs.double().numpy(), np.ones(rows)])
    exact = sum(
        np.kron(np.diag(p) - np.outer(p, p), np.outer(each, each))
        for p, each in zip(chances, x, strict=True)
    )
    values = np.sort(np.linalg.eigvalsh(exact))[::-1]
    found = fisher_spectrum(module, inputs)
    assert found.shape == (min(18, 3 * rows),)
    assert found == pytest.approx(values[: len(found)], rel=1e-5, abs=1e-5)
    doubled = effective_dimension(inputs, precision=2.0, examples=2 * rows)(module)
    assert doubled == pytest.approx((values / (values + 1)).sum(), rel=1e-5)


def test_effective_dimension_lies_between_none_and_all():
    """It falls with the precision, and a network of random weights has fewer than parameters."""
    module = network().eval()
    sizes = [effective_dimension(INPUTS, precision=a)(module) for a in (1e-9, 1e-3, 1.0, 1e6)]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] <= sum(p.numel() for p in module.parameters())
    assert sizes[-1] < 0.1
    with pytest.raises(ValueError, match="precision: got 0"):
        effective_dimension(INPUTS, precision=0)
    with pytest.raises(ValueError, match="consider fewer examples"):
        fisher_spectrum(nn.Linear(5, 70_000), INPUTS[:1])


def test_moments_of_another_optimiser():
    run = run_of()
    moved = run.snapshot() | {"optimiser.0.exp_avg": np.zeros((2, 2))}
    with pytest.raises(ValueError, match=r"'exp_avg' of parameter 0: got shape \(2, 2\)"):
        run.restore(moved)


@pytest.mark.parametrize(
    ("one", "other", "by_rule"),
    [("adam", {"optimiser": "sgd"}, False), ("adam", {"optimiser": "adadelta"}, False),
     ("rmsprop", {"optimiser": "adam"}, False),
     ("adam", {"optimiser": "adam", "options": {"amsgrad": 1}}, False),
     ("adagrad", {"optimiser": "sgd", "options": {"momentum": 0.9}}, False),
     ("sgd", {"optimiser": "adam"}, False), ("adam", {"optimiser": "adamw"}, True),
     ("adam", {"optimiser": "adam", "options": {"betas": (0.9, 0.9)}}, True)],
)  # fmt: skip
def test_snapshots_of_another_optimiser(one, other, by_rule):
    """Names of moments tell, as in older snapshots, or else the rule; the run stays as it was."""
    run, then = run_of(optimiser=one), run_of(**other)
    run.advance(2)
    then.advance(1)
    before, kept = state(then), run.snapshot()
    older = {name: array for name, array in kept.items() if name != "optimiser.rule"}
    for snapshot in (kept,) if by_rule else (kept, older):
        with pytest.raises(ValueError, match=r"snapshot: .* wanted .*: it is of another optimiser"):
            then.restore(snapshot)
        assert state(then) == before


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_snapshots_of_sgd(momentum):
    def made(**options: Any) -> TrainingRun:
        return run_of(optimiser="sgd", options=options)

    run, twin = made(momentum=momentum), made(momentum=momentum)
    run.advance(2)
    twin.restore(run.snapshot())
    for each in (run, twin):
        each.advance(2)
    assert state(run) == state(twin)
    with pytest.raises(ValueError, match=r"snapshot: momentum is 0.\d, wanted 0.5: .* another opt"):
        made(momentum=0.5).restore(run.snapshot())
    made(momentum=momentum, foreach=False).restore(run.snapshot())  # the same rule


def test_snapshots_that_miss_something_or_are_of_other_numbers():
    run = run_of()
    run.advance(1)
    kept, before = run.snapshot(), state(run)
    for changed, message in [
        ({"time": None}, "snapshot: has no 'time'"),
        ({"weights.0.weight": kept["weights.0.weight"].astype(np.float64)},
         "snapshot: '0.weight': got an array of float64, wanted torch.float32"),
        ({"weights.0.bias": np.zeros(8, np.float32), "optimiser.0.exp_avg": np.zeros(3)},
         "'exp_avg' of parameter 0"),
    ]:  # fmt: skip
        given = {name: each for name, each in (kept | changed).items() if each is not None}
        with pytest.raises(ValueError, match=message):
            run.restore(given)
        assert state(run) == before
