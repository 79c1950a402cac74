"""A network in stages: the gradients of one process, laws of time and memory, nothing left behind.

One group of three processes answers for most; what it finds is compared here with plain loops.
"""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytest.importorskip("torch")
import torch
import torch.distributed as dist
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

if not (dist.is_available() and dist.is_gloo_available() and hasattr(os, "fork")):
    pytest.skip("needs gloo and fork", allow_module_level=True)

from mdl.weights.tensors import reproducible
from neural import pipeline
from neural.pipeline import Pipeline, SavedTensors, launch, measured_activations, measured_ticks
from neural.training import TrainingRun, minibatches
from neural.training.distributed import processes

ROOT = Path(__file__).parent.parent
STAGES, LAYERS, WIDTH, ROWS = 3, 6, 8, 12
CASES = [
    (schedule, rematerialise, microbatches, dtype)
    for schedule, rematerialise in [("gpipe", False), ("gpipe", True), ("1f1b", False)]
    for microbatches in (1, 3, 6)
    for dtype in (torch.float32, torch.float64)
    if schedule == "gpipe" or microbatches >= STAGES
]
cross_entropy = nn.functional.cross_entropy


def rows(seed: int = 1, count: int = ROWS) -> tuple[torch.Tensor, torch.Tensor]:
    inputs = torch.randn(count, WIDTH, generator=torch.Generator().manual_seed(seed))
    return inputs, inputs.argmax(1) % 4


def network(dtype: torch.dtype = torch.float32) -> nn.Sequential:
    with reproducible(0):
        blocks = [
            nn.Sequential(nn.Linear(WIDTH, WIDTH), nn.LayerNorm(WIDTH), nn.Tanh())
            for _ in range(LAYERS - 1)
        ]
        return nn.Sequential(*blocks, nn.Linear(WIDTH, 4)).to(dtype)


def noisy() -> nn.Sequential:
    """Noise, statistics of batches, and layers that change shape."""
    with reproducible(0):
        return nn.Sequential(
            nn.BatchNorm1d(WIDTH), nn.Unflatten(1, (2, 4)), nn.Dropout(0.3), nn.Flatten(),
            nn.Sequential(nn.Linear(WIDTH, 12), nn.BatchNorm1d(12, momentum=None), nn.Dropout(0.2)),
            nn.Linear(12, 4),
        )  # fmt: skip


def transposing() -> nn.Sequential:
    """Words in, and neither what is passed on nor its gradient is contiguous."""
    with reproducible(0):
        return nn.Sequential(
            nn.Embedding(5, 6), nn.Sequential(Transposed(), nn.Linear(4, 4), Transposed()),
            nn.Sequential(Transposed(), nn.Linear(4, 3), nn.Flatten(), nn.Linear(18, 4)),
        )  # fmt: skip


class Transposed(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.transpose(1, 2)


def words() -> tuple[torch.Tensor, torch.Tensor]:
    drawn = torch.randint(5, (ROWS, 4), generator=torch.Generator().manual_seed(2))
    return drawn, drawn[:, 0] % 4


def trained(module: nn.Sequential, **options) -> dict[str, torch.Tensor]:
    """Tensors after four steps of this group, with a batch of another size among them."""
    pipe = Pipeline(module, cross_entropy, microbatches=3, **options)
    batches = minibatches(rows(), ROWS)
    run = TrainingRun(
        pipe.module, pipe.loss,
        lambda step, rng: batches.take(slice(9 if step == 2 else None)), learning_rate=0.05,
    )  # fmt: skip
    run.advance(4)
    return pipe.gathered() | {"loss": torch.tensor(run.last_loss)}


def gradients(module: nn.Sequential, batch: tuple, **options) -> tuple:
    pipe = Pipeline(module, cross_entropy, **options)
    value = pipe.gradients(*batch)
    return value, {name: p.grad for name, p in pipe.module.named_parameters()}


def staged() -> dict:
    """All that one process of the group finds out."""
    found = {}
    for schedule, rematerialise, microbatches, dtype in CASES:
        batch = rows()[0].to(dtype), rows()[1]
        options = {"schedule": schedule, "rematerialise": rematerialise}
        key = schedule, rematerialise, microbatches, dtype
        found[key] = gradients(network(dtype), batch, microbatches=microbatches, **options)
    found["clipped"] = gradients(network(), rows(), microbatches=3, clip=0.1)
    found["words"] = gradients(transposing(), words(), microbatches=3)
    pipe = Pipeline(noisy(), cross_entropy, microbatches=3, costs=[1, 1, 1, 1, 5, 4])
    found["layers"] = list(pipe.layers)
    found["outputs"] = pipe.predict(rows()[0])
    for name, options in {
        "plain": {}, "again": {"rematerialise": True}, "1f1b": {"schedule": "1f1b"},
        "elsewhere": {"costs": [9, 1, 1, 1, 1, 8]},
    }.items():  # fmt: skip
        found["trained", name] = trained(noisy(), **options)
    found["ticks"] = {
        (schedule, m): measured_ticks(m, schedule=schedule).counted
        for schedule, m in [("gpipe", 1), ("gpipe", 2), ("gpipe", 5), ("1f1b", 3), ("1f1b", 8)]
    }
    found["slept"] = measured_ticks(4, tick=0.06, repeats=2)
    found["kept"] = {
        (m, again): measured_activations(2 * STAGES, m, rematerialise=again, rows=ROWS)
        for m in (1, 2, 6)
        for again in (False, True)
    }
    return found


@pytest.fixture(scope="module")
def group() -> list[dict]:
    return launch(staged, processes=STAGES, timeout=120, limit=300)


@pytest.fixture
def alone():
    with processes(), reproducible(0):
        yield


def by_hand(module: nn.Sequential, batch: tuple, microbatches: int) -> dict[str, torch.Tensor]:
    """Gradients added up over micro-batches, then divided."""
    with reproducible(0):
        for x, y in zip(batch[0].chunk(microbatches), batch[1].chunk(microbatches), strict=True):
            cross_entropy(module(x), y).backward()
    return {name: p.grad / microbatches for name, p in module.named_parameters()}


def test_gradients_are_those_of_one_process_to_the_bit(group):
    for schedule, rematerialise, microbatches, dtype in CASES:
        batch = rows()[0].to(dtype), rows()[1]
        expected = by_hand(network(dtype), batch, microbatches)
        found = [each[schedule, rematerialise, microbatches, dtype] for each in group]
        every = {name: grad for _, grads in found for name, grad in grads.items()}
        assert list(every) == list(expected)
        for name, grad in expected.items():
            assert torch.equal(every[name], grad), (schedule, microbatches, name)
        whole = by_hand(network(dtype), batch, 1)
        for name, grad in whole.items():
            assert torch.allclose(every[name], grad, atol=1e-6 if dtype == torch.float32 else 1e-15)
        loss = cross_entropy(network(dtype)(batch[0]), batch[1]).detach()
        assert all(float(value) == pytest.approx(float(loss), rel=1e-6) for value, _ in found)


def test_clipping_is_that_of_the_whole(group):
    module = network()
    for name, grad in by_hand(module, rows(), 3).items():
        module.get_parameter(name).grad = grad
    assert nn.utils.clip_grad_norm_(module.parameters(), 0.1) > 0.1
    for _, grads in (each["clipped"] for each in group):
        for name, grad in grads.items():
            assert torch.equal(grad, module.get_parameter(name).grad), name


def test_words_and_what_is_not_contiguous(group, alone):
    """A plain loop adds up in the order of another layout; a pipeline of one stage does not."""
    plain = by_hand(transposing(), words(), 3)
    _, same = gradients(transposing(), words(), microbatches=3)
    for _, grads in (each["words"] for each in group):
        for name, grad in grads.items():
            assert torch.equal(grad, same[name]), name
            assert torch.allclose(grad, plain[name], atol=1e-6), name


def test_outputs_and_costs(group):
    assert [each["layers"] for each in group] == [[0, 1, 2, 3], [4], [5]]
    expected = noisy().eval()(rows()[0])
    for each in group:
        assert torch.allclose(each["outputs"], expected, atol=1e-6)


def test_training_does_not_depend_on_the_split(group, alone):
    """Noise and statistics too; nor on the schedule, nor on what is computed again."""
    expected = trained(noisy())
    assert expected.keys() >= {"0.running_mean", "4.1.running_var", "5.weight"}
    for each in group:
        for way in ("plain", "again", "1f1b", "elsewhere"):
            for name, tensor in each["trained", way].items():
                assert torch.equal(tensor, expected[name]), (way, name)
    again = trained(noisy(), rematerialise=True)
    assert all(torch.equal(tensor, expected[name]) for name, tensor in again.items())


def test_averages_are_those_of_the_whole_batch(alone):
    module, alike = noisy(), noisy()
    pipe = Pipeline(module, cross_entropy, microbatches=4)
    for seed in range(3):
        batch = rows(seed)
        pipe.gradients(*batch)
        alike[0](batch[0])
    for name, buffer in alike[0].named_buffers():
        assert torch.allclose(module[0].get_buffer(name), buffer, atol=1e-6), name
    inner = module[4][1]
    assert int(inner.num_batches_tracked) == 3
    assert inner.track_running_stats
    assert not module[0]._forward_pre_hooks


def test_a_step_takes_as_many_ticks_as_the_law_says(group):
    for (_, microbatches), counted in group[0]["ticks"].items():
        assert counted == pipeline.ticks(STAGES, microbatches)
    slept = group[0]["slept"]
    assert slept.counted == 6
    assert 5.9 < slept.slept < 9  # the machine's load can only add
    assert float(pipeline.bubble(STAGES, 4)) - 0.02 < slept.bubble < 0.6


def test_memory_is_as_computed(group):
    for each in group:
        for (microbatches, again), peak in each["kept"].items():
            law = pipeline.activations(2 * STAGES, STAGES, microbatches, rematerialise=again)
            assert peak == pytest.approx(float(law), rel=1e-12), (microbatches, again)


def test_saved_tensors_by_hand():
    """A matrix keeps its input, tanh its output; the sum of both nothing; no weights count."""
    layer, x = nn.Linear(3, 5), torch.randn(7, 3)
    with SavedTensors(layer.parameters()) as saved:
        y = layer(x).tanh()
        assert (saved.now, saved.peak) == (4 * (7 * 3 + 7 * 5),) * 2
        (y + layer(x)).sum().backward()
    assert (saved.now, saved.peak) == (0, 4 * (7 * 3 + 7 * 5))


def test_published_laws():
    published = {(2, 1): 0.5, (2, 4): 0.2, (4, 4): 0.4286, (4, 32): 0.0857, (8, 4): 0.6364}
    for case, share in published.items():
        assert float(pipeline.bubble(*case)) == pytest.approx(share, abs=5e-5)
    for case, times in {(8, 32): 6.564, (4, 32): 3.657, (8, 4): 2.909}.items():
        assert float(pipeline.speed_up(*case)) == pytest.approx(times, abs=5e-4)
    with pytest.raises(ValueError, match="layers: got 5, accepted is a multiple of 2"):
        pipeline.activations(5, 2, 4)


@given(st.lists(st.integers(0, 9), min_size=1, max_size=8), st.integers(1, 8))
def test_stages_are_balanced(costs, stages):
    """By trying every split."""
    if stages > len(costs):
        with pytest.raises(ValueError, match=f"stages: got {stages}, accepted are at most"):
            pipeline.balanced(costs, stages)
        return
    found = pipeline.balanced(costs, stages)
    assert [index for part in found for index in part] == list(range(len(costs)))
    assert all(len(part) for part in found)
    every = [
        [sum(costs[a:b]) for a, b in itertools.pairwise((0, *cuts, len(costs)))]
        for cuts in itertools.combinations(range(1, len(costs)), stages - 1)
    ]
    best = min((max(sums), sum(each * each for each in sums)) for sums in every)
    sums = [sum(costs[index] for index in part) for part in found]
    assert (max(sums), sum(each * each for each in sums)) == best


def test_costs():
    module = noisy()
    before = {name: tensor.clone() for name, tensor in module.state_dict().items()}
    costs = pipeline.measured_costs(module, rows()[0])
    assert len(costs) == 6
    assert min(costs) > 0
    assert all(torch.equal(before[name], each) for name, each in module.state_dict().items())
    assert all(p.grad is None for p in module.parameters())
    assert pipeline.parameter_costs(module) == [16, 0, 0, 0, 132, 52]
    with pytest.raises(ValueError, match="costs: got"):
        pipeline.balanced([1, -1], 1)


def test_accumulated_is_a_loop(alone):
    run = TrainingRun(
        network(), pipeline.accumulated(cross_entropy, 4), minibatches(rows(), ROWS),
        optimiser="sgd", learning_rate=1.0,
    )  # fmt: skip
    run.advance(1)
    start = network()
    for name, grad in by_hand(start, rows(), 4).items():
        assert torch.equal(run.module.get_parameter(name), start.get_parameter(name) - grad), name
    with pytest.raises(ValueError, match="inputs: got 12 rows, accepted are multiples of 5"):
        pipeline.accumulated(cross_entropy, 5)(network(), rows())


def test_bad_pipelines(alone):
    good = {"microbatches": 4}
    with pytest.raises(TypeError, match=r"module: got Linear, accepted is a torch\.nn\.Sequential"):
        Pipeline(nn.Linear(2, 2), cross_entropy, **good)
    with pytest.raises(ValueError, match="module: got no layers"):
        Pipeline(nn.Sequential(), cross_entropy, **good)
    with pytest.raises(ValueError, match="did you mean 'gpipe'"):
        Pipeline(network(), cross_entropy, schedule="pipe", **good)
    with pytest.raises(ValueError, match="costs: got 2, accepted are 6"):
        Pipeline(network(), cross_entropy, costs=[1, 2], **good)
    with pytest.raises(ValueError, match="clip: got -1"):
        Pipeline(network(), cross_entropy, microbatches=2, clip=-1)
    with pytest.raises(ValueError, match="microbatches: got 0"):
        Pipeline(network(), cross_entropy, microbatches=0)
    pipe = Pipeline(network(), cross_entropy, microbatches=5)
    with pytest.raises(ValueError, match="inputs: got 12 rows, accepted are multiples of 5"):
        pipe.gradients(*rows())
    with pytest.raises(ValueError, match="targets: got 3 rows, accepted are those of 12"):
        pipe.gradients(rows()[0], rows()[1][:3])
    with pytest.raises(
        ValueError, match=r"stage 0 of 1 \(from layer 0 to 1\) would hold no weight"
    ):
        Pipeline(nn.Sequential(nn.Tanh(), nn.Tanh()), cross_entropy, **good)
    pair = Pipeline(nn.Sequential(nn.GRU(WIDTH, 2)), cross_entropy, **good)
    with pytest.raises(TypeError, match="module: layer 0 returns tuple, accepted is one tensor"):
        pair.gradients(*rows())


def test_bad_calls():
    with pytest.raises(RuntimeError, match="no group of processes: make a Pipeline within"):
        Pipeline(network(), cross_entropy, microbatches=1)
    options = {"stages": 7, "microbatches": 4, "steps": 1, "batch": 12}
    with pytest.raises(ValueError, match="stages: got 7, accepted are at most 6"):
        pipeline.train(network(), cross_entropy, *rows(), **options)
    with pytest.raises(ValueError, match="batch: got 10 rows, accepted are multiples of 4"):
        pipeline.train(network(), cross_entropy, *rows(), **options | {"stages": 2, "batch": 10})
    with pytest.raises(TypeError, match="cannot be sent to a process"):
        launch(lambda: 1, processes=2)
    with pytest.raises(ValueError, match="timeout, limit: got 0, None"):
        launch(staged, processes=2, timeout=0)


def test_weights_tied_across_stages(monkeypatch):
    module = network()
    module[3][0].weight = module[0][0].weight
    monkeypatch.setattr(dist, "is_initialized", lambda: True)
    monkeypatch.setattr(dist, "get_rank", lambda: 0)
    monkeypatch.setattr(dist, "get_world_size", lambda: 2)
    monkeypatch.setattr(dist, "broadcast_object_list", lambda objects, source: None)
    with pytest.raises(ValueError, match=r"'3\.0\.weight' is tied to '0\.0\.weight', and they"):
        Pipeline(module, cross_entropy, microbatches=2)


def test_a_failure_is_one_error_and_leaves_nothing():
    done = subprocess.run(
        [sys.executable, "-m", "tests.pipeline_failures"], cwd=ROOT, capture_output=True, text=True,
        timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    assert json.loads(done.stdout) == {
        "nothing": [None, None, None],
        "raises": ["process 1 of 3", "no such number", "ValueError"],
        "hangs": [
            None, "of 3 processes these hang: 1; the others waited 2 s in vain; all were ended",
            None,
        ],
        "exits": [None, "process 1 of 3 ended without a word; the others were ended", None],
        "is killed": [
            None, "process 1 of 3 was killed (SIGKILL); the others were ended", None,
        ],
        "all hang": [
            "limit", "5 s are over, and of 3 processes these had not finished: 0, 1, 2; they were "
            "ended", None,
        ],
    }  # fmt: skip


def test_the_error_of_a_process_is_the_callers(tmp_path):
    """A training that diverges: in all stages, of which one says so first."""
    module = network()
    with torch.no_grad():
        module[3][0].weight.fill_(1e38)
    with pytest.raises(ValueError, match=r"process [01] of 2: training diverged at step 0"):
        pipeline.train(
            module, cross_entropy, *rows(), stages=2, microbatches=3, steps=2, batch=12,
            timeout=120, limit=300,
        )  # fmt: skip


def gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks into /proc")
def test_the_end_of_the_caller_is_the_end_of_all(tmp_path):
    code = (
        "from neural.pipeline import launch\nfrom tests.pipeline_failures import lonely\n"
        f"launch(lonely, {str(tmp_path / 'who')!r}, processes=2)"
    )
    caller = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT)
    files = [tmp_path / f"who-{rank}" for rank in range(2)]
    until = time.monotonic() + 200
    while not all(each.exists() for each in files):
        assert caller.poll() is None
        assert time.monotonic() < until
        time.sleep(0.05)
    pids = {int(pid) for each in files for pid in each.read_text().split()}
    assert len(pids) == 3  # and the host
    assert not any(gone(pid) for pid in pids)
    caller.send_signal(signal.SIGKILL)
    caller.wait()
    while not all(gone(pid) for pid in pids):
        assert time.monotonic() < until
        time.sleep(0.05)


def test_under_torchrun(capsys):
    """As a user starts it: the weights of one process."""
    from examples import pipelined_training as example

    arguments = ["--steps", "3", "--depth", "3", "--width", "8", "--microbatches", "4"]
    command = [
        sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2",
        "-m", "examples.pipelined_training", "--stages", "2", *arguments,
    ]  # fmt: skip
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    example.main(["--stages", "1", *arguments])
    here = capsys.readouterr().out
    assert here.splitlines()[-1].startswith("weights")
    assert done.stdout.splitlines()[-1] == here.splitlines()[-1]
    assert "layers 0-1 | 2-3; 4 micro-batches" in done.stdout
    assert "layers 0-3; 4 micro-batches" in here
