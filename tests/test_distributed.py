"""One model over several processes: the numbers of one, checkpoints for any other number."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")
import torch
import torch.distributed as dist
from torch import nn

if not (dist.is_available() and dist.is_gloo_available()):
    pytest.skip("needs gloo", allow_module_level=True)
pytest.importorskip("torch.distributed.fsdp", reason="needs FSDP2")

from examples import sharded_training as example
from mdl.weights.tensors import reproducible
from neural.models import ModularMLP
from neural.tasks import modular
from neural.training import TrainingRun, label_bits, minibatches
from neural.training.distributed import load, processes, save, sharded, split

ROOT = Path(__file__).parent.parent
TASK = modular(59, "add", share=0.4, seed=0)
ROWS = [torch.from_numpy(each) for each in (TASK.train_inputs, TASK.train_labels)]


def unsharded(steps: int) -> TrainingRun:
    with reproducible(0):
        module = ModularMLP(59, width=64, hidden=128)
    run = TrainingRun(
        module, example.mean_loss, minibatches(ROWS, 256), options={"weight_decay": 1.0}, clip=1.0,
        prequential=label_bits,
    )  # fmt: skip
    run.advance(steps)
    return run


@pytest.fixture(scope="module")
def by_two(tmp_path_factory):
    """Six steps by two processes, as a user starts them."""
    out = tmp_path_factory.mktemp("sharded")
    command = [
        sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2",
        "-m", "examples.sharded_training", "--steps", "6", "--every", "3", "--out", out,
    ]  # fmt: skip
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return out, done.stdout


def test_two_processes_give_the_numbers_of_one(by_two):
    from safetensors.torch import load_file

    out, printed = by_two
    found = load_file(out / "weights.safetensors")
    run = unsharded(6)
    for name, tensor in run.module.state_dict().items():
        assert torch.allclose(found[name], tensor, atol=1e-5), name
    lines = printed.splitlines()
    assert [line.partition(":")[0] for line in lines] == ["step 3", "step 6"]
    loss = float(lines[1].split()[3])
    assert loss == pytest.approx(run.last_loss, abs=1e-5)
    assert float(lines[1].split()[-4]) == pytest.approx(run.prequential_bits, abs=0.06)
    assert int(lines[1].split()[-2]) == run.examples_seen
    assert [each.name for each in out.iterdir() if each.is_dir()] == ["step-000000000006"]
    assert len(list(out.rglob("shard-*"))) == 2


def test_one_process_goes_on(by_two, tmp_path, capsys):
    import shutil

    from safetensors.torch import load_file

    shutil.copytree(by_two[0], tmp_path / "run")
    example.main(["--steps", "12", "--out", str(tmp_path / "run")])
    assert capsys.readouterr().out.startswith("step 12: loss")
    found = load_file(tmp_path / "run" / "weights.safetensors")
    run = unsharded(12)
    for name, tensor in run.module.state_dict().items():
        assert torch.allclose(found[name], tensor, atol=1e-5), name
    assert len(list((tmp_path / "run").rglob("shard-*"))) == 1


def small(loss=None, **options) -> TrainingRun:
    torch.manual_seed(0)
    module = nn.Sequential(nn.Linear(2, 4), nn.BatchNorm1d(4), nn.Dropout(0.5), nn.Linear(4, 3))
    inputs = torch.arange(24.0).reshape(12, 2) / 24
    rows = minibatches([inputs, torch.arange(12) % 3], 6)
    made = sharded(module, torch.device("cpu"))
    return TrainingRun(made, split(example.mean_loss), rows, **options)


def test_checkpoints(tmp_path):
    """Dropout and batch statistics too: to the last bit for as many processes."""
    with processes():
        whole = small()
        whole.advance(8)
        first = small()
        assert not load(first, tmp_path)
        first.advance(5)
        kept = save(first, tmp_path)
        second = small()
        assert load(second, tmp_path)
        assert second.time == 5
        second.advance(3)
        for name, array in whole.snapshot().items():
            assert np.array_equal(second.snapshot()[name], array), name

        with pytest.raises(ValueError, match=r"holds another run \(optimiser: 'adamw' there"):
            load(small(optimiser="sgd"), tmp_path)
        [shard] = kept.glob("shard-*")
        data = shard.read_bytes()
        shard.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
        with pytest.raises(ValueError, match=r"shard-.*damaged: its SHA-256 is another; delete"):
            load(small(), tmp_path)
        shard.unlink()
        with pytest.raises(ValueError, match=r"shard-.*damaged: missing; delete"):
            load(small(), tmp_path)
        (kept / "checkpoint.json").write_text("{")
        with pytest.raises(ValueError, match=r"checkpoint\.json: damaged: .*; delete"):
            load(small(), tmp_path)


def test_numbers_of_numpy(tmp_path):
    """A seed, and what else is told of a run, may be NumPy's."""
    told = {"seed": np.int64(3), "parameters": {"rows": np.int32(12), "shares": np.arange(2)}}
    with processes():
        run = small(**told)
        run.advance(1)
        save(run, tmp_path)
        again = small(**told)
        assert load(again, tmp_path)
        assert again.time == 1
        with pytest.raises(ValueError, match=r"holds another run \(seed: 3 there, 4 here"):
            load(small(**told | {"seed": 4}), tmp_path)


def test_a_full_disk_keeps_the_step_before(tmp_path, monkeypatch):
    with processes():
        run = small()
        run.advance(2)
        save(run, tmp_path)
        run.advance(2)
        with monkeypatch.context() as patched:
            patched.setattr("os.fsync", full)
            with pytest.raises(OSError, match=r"step-0+4: cannot be written: .*space"):
                save(run, tmp_path)
        again = small()
        assert load(again, tmp_path)
        assert again.time == 2
        again.advance(2)
        save(again, tmp_path)
        assert [each.name for each in tmp_path.iterdir()] == ["step-000000000004"]


def full(handle: int) -> None:
    raise OSError(28, "No space left on device")


def test_batches_have_a_row_for_each(monkeypatch):
    monkeypatch.setattr(dist, "get_rank", lambda: 1)
    monkeypatch.setattr(dist, "get_world_size", lambda: 2)
    seen = []
    weighed = split(lambda module, batch: seen.append(batch) or torch.tensor(1.0))
    batch = {"x": torch.arange(5), "y": [torch.arange(10).reshape(5, 2)]}
    assert float(weighed(nn.Identity(), batch)) == pytest.approx(3 * 2 / 5)
    assert seen[0]["x"].tolist() == [2, 3, 4]
    assert seen[0]["y"][0].tolist() == [[4, 5], [6, 7], [8, 9]]
    with pytest.raises(ValueError, match="batches: got 1 rows, accepted is one for each of 2"):
        weighed(nn.Identity(), batch["x"][:1])
