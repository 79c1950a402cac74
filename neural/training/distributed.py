"""One big model over several processes: weights sharded, batches split, checkpoints to resume from.

Every process runs the same program, started by torchrun (or alone, as a group of one). FSDP2 holds
a share of weights, gradients and moments in each and gathers a part of the module when it is its
turn; a step is that of one process on the whole batch, up to rounding. A checkpoint is a folder of
safetensors, a file for each process, which any other number of processes reads.

References:
    Y. Zhao et al., PyTorch FSDP: experiences on scaling fully sharded data parallel, VLDB 2023.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.distributed as dist
from torch import Tensor, nn

from complexity.files import write_atomically
from mdl.description import plain
from mdl.weights.tensors import parameters_of, tensors_of
from neural.training.optimisers import whole
from neural.training.system import TrainingRun

__all__ = ["averaged", "gathered", "load", "processes", "save", "sharded", "split"]

_FORMAT = "complexodynamics sharded checkpoint"
_MANIFEST = "checkpoint.json"


@contextmanager
def processes(device: str = "cpu") -> Iterator[torch.device]:
    """The group of processes that torchrun started; of this one alone where it did not.

    Args:
        device: "cpu" (by gloo) or "cuda" (by nccl, a GPU for each process of a machine).

    Yields:
        This process's device.
    """
    here = torch.device(device)
    if here.type == "cuda":
        here = torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))
        torch.cuda.set_device(here)
    backend = "nccl" if here.type == "cuda" else "gloo"
    if "RANK" in os.environ:
        dist.init_process_group(backend)
    else:
        dist.init_process_group(backend, rank=0, world_size=1, store=dist.HashStore())  # pyright: ignore[reportPrivateImportUsage]
    try:
        yield here
    finally:
        dist.destroy_process_group()


def sharded(
    module: nn.Module, device: torch.device, *, parts: Iterable[nn.Module] | None = None
) -> nn.Module:
    """Shard a module's parameters over all processes, in place; then make its `TrainingRun`.

    All processes have to build it from the same seed.

    Args:
        module: with the same weights in every process.
        device: as `processes` gives it.
        parts: modules within it that are gathered one at a time, as a transformer's blocks; weights
            that are tied have to be in one. None for the module's children, or for none of them
            where weights are tied.
    """
    from torch.distributed.device_mesh import init_device_mesh
    from torch.distributed.fsdp import fully_shard

    module.to(device)
    if parts is None:
        every = list(module.named_parameters(remove_duplicate=False))
        tied = len(every) > len(parameters_of(module))
        parts = () if tied else [c for c in module.children() if parameters_of(c)]
    mesh = init_device_mesh(device.type, (dist.get_world_size(),))
    for part in parts:
        fully_shard(part, mesh=mesh)
    fully_shard(module, mesh=mesh)
    return module


def split(loss: Callable[[nn.Module, Any], Tensor]) -> Callable[[nn.Module, Any], Tensor]:
    """The loss of this process's rows of a batch, weighted so that gradients' mean is the batch's.

    Rows are dealt in order. Noise, as dropout's, is other noise in each process; statistics over a
    batch, as batch normalisation's, are those of a process's rows. What it returns is this
    process's share: `averaged` gives the batch's.

    Args:
        loss: (module, batch) -> the mean over rows.
    """

    def share(module: nn.Module, batch: Any) -> Tensor:
        rank, world = dist.get_rank(), dist.get_world_size()
        count = len(_leaf(batch))
        rows = slice(count * rank // world, count * (rank + 1) // world)
        if count < world:
            raise ValueError(f"batches: got {count} rows, accepted is one for each of {world}")
        torch.manual_seed(torch.initial_seed() + rank)
        return loss(module, _cut(batch, rows)) * ((rows.stop - rows.start) * world / count)

    return share


def averaged(number: float) -> float:
    """The mean of a number over all processes, each of which has to call."""
    found = torch.tensor(number, dtype=torch.float64)
    if dist.get_backend() == "nccl":
        found = found.cuda()
    dist.all_reduce(found)
    return float(found) / dist.get_world_size()


def gathered(module: nn.Module) -> dict[str, Tensor]:
    """The whole tensors by name, on the processor; every process has to call."""
    return {name: whole(each.detach()).cpu() for name, each in tensors_of(module).items()}


def save(run: TrainingRun, folder: str | os.PathLike[str]) -> Path:
    """Keep a run of sharded weights in FOLDER/step-N, whole or not at all; every process calls.

    Earlier steps are deleted once it is complete. Buffers become those of the first process.

    Raises:
        OSError: a process could not write; the steps before are kept.
    """
    dcp = _checkpoints()
    target = Path(folder) / f"step-{run.time:012d}"
    partial = target.with_name(f".{target.name}")
    first = dist.get_rank() == 0
    for buffer in run.module.buffers():
        dist.broadcast(buffer, 0)
    if first:
        for each in partial.parent.glob(".step-*"):  # of saves that failed
            shutil.rmtree(each)
        partial.mkdir(parents=True)
    dist.barrier()
    writer = dcp.HuggingFaceStorageWriter(str(partial), save_distributed=True)
    try:
        dcp.save(_state(run), storage_writer=writer)
    except dcp.api.CheckpointException as error:
        raise OSError(f"{target}: cannot be written: {_reason(error)}") from None
    if first:
        files = {each.name: _digest(each) for each in sorted(partial.iterdir())}
        manifest = {"format": _FORMAT, "parameters": plain(run.parameters), "files": files}
        write_atomically(partial / _MANIFEST, json.dumps(manifest, indent=1).encode())
        shutil.rmtree(target, ignore_errors=True)
        partial.replace(target)
        for each in _steps(folder)[:-1]:
            shutil.rmtree(each)
    dist.barrier()
    return target


def load(run: TrainingRun, folder: str | os.PathLike[str]) -> bool:
    """Return a run of sharded weights to its last checkpoint; every process calls.

    Returns:
        Whether there was one.

    Raises:
        ValueError: it is damaged, or of another run; says how to mend it.
    """
    dcp = _checkpoints()
    steps = _steps(folder)
    if not steps:
        return False
    path = steps[-1]
    _verify(run, path)
    kept = dcp.HuggingFaceStorageReader(str(path)).read_metadata().state_dict_metadata
    state = _state(run) | _moments(run, kept)
    for name in sorted(state.keys() | kept.keys()):
        there, here = (tuple(kept[name].size) if name in kept else None, _shape(state.get(name)))
        if there != here:
            raise ValueError(f"{path}: of another run: {name!r} has shape {there}, here {here}")
    dcp.load(state, storage_reader=dcp.HuggingFaceStorageReader(str(path)))
    for name, parameter in run.module.named_parameters():
        prefix = f"optimiser.{name}."
        entries = {k.removeprefix(prefix): v for k, v in state.items() if k.startswith(prefix)}
        if entries:
            run.optimiser.state[parameter] = entries
    run.set_counters({name: state[f"counters.{name}"].numpy() for name in run.counters()})
    return True


def _state(run: TrainingRun) -> dict[str, Tensor]:
    """All tensors of a run by name: the module's own, the optimiser's own, the counters."""
    found: dict[str, Tensor] = {f"weights.{k}": v for k, v in tensors_of(run.module).items()}
    for name, parameter in run.module.named_parameters():
        for entry, value in run.optimiser.state.get(parameter, {}).items():
            if value is not None:
                found[f"optimiser.{name}.{entry}"] = value
    counters = run.counters().items()
    return found | {f"counters.{k}": torch.from_numpy(np.array(v)) for k, v in counters}


def _moments(run: TrainingRun, kept: Mapping[str, Any]) -> dict[str, Tensor]:
    """Zeros for the moments that a checkpoint has: a new optimiser has none yet."""
    found = {}
    for name, parameter in run.module.named_parameters():
        for key, entry in kept.items():
            if key.startswith(f"optimiser.{name}."):
                like = tuple(entry.size) == tuple(parameter.shape)
                found[key] = (
                    torch.zeros_like(parameter, requires_grad=False)
                    if like
                    else torch.zeros(entry.size, dtype=entry.properties.dtype)
                )
    return found


def _verify(run: TrainingRun, path: Path) -> None:
    """Check the manifest, and the digests of this process's share of the files."""
    mend = f"delete {path} to start anew, or from an earlier step"
    try:
        manifest = json.loads((path / _MANIFEST).read_bytes())
        files, parameters = manifest["files"], manifest["parameters"]
        if manifest["format"] != _FORMAT:
            raise ValueError("another format")
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path / _MANIFEST}: damaged: {error}; {mend}") from None
    here = plain(run.parameters)
    for name in here | parameters:
        if here.get(name) != parameters.get(name):
            raise ValueError(
                f"{path}: holds another run ({name}: {parameters.get(name)!r} there, "
                f"{here.get(name)!r} here); choose another folder or delete that one"
            )
    for name in sorted(files)[dist.get_rank() :: dist.get_world_size()]:
        file = path / name
        if not file.exists() or _digest(file) != files[name]:
            what = "its SHA-256 is another" if file.exists() else "missing"
            raise ValueError(f"{file}: damaged: {what}; {mend}")


def _steps(folder: str | os.PathLike[str]) -> list[Path]:
    return sorted(each.parent for each in Path(folder).glob(f"step-*/{_MANIFEST}"))


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _reason(error: BaseException) -> str:
    failures = getattr(error, "failures", {})
    found = next((each[0] for each in failures.values()), error)
    return " ".join(str(found).split())


def _shape(tensor: Tensor | None) -> tuple[int, ...] | None:
    return None if tensor is None else tuple(tensor.shape)


def _checkpoints() -> Any:
    import torch.distributed.checkpoint as dcp

    if not hasattr(dcp, "HuggingFaceStorageWriter"):  # any other writer pickles
        raise ImportError(
            f"sharded checkpoints need a newer torch than {torch.__version__}; get it with: "
            "pip install --upgrade torch"
        )
    return dcp


def _leaf(batch: Any) -> Tensor:
    while not isinstance(batch, Tensor):
        batch = next(iter(batch.values() if isinstance(batch, Mapping) else batch))
    return batch


def _cut(batch: Any, rows: slice) -> Any:
    if isinstance(batch, Mapping):
        return {name: _cut(each, rows) for name, each in batch.items()}
    if isinstance(batch, tuple | list):
        cut = [_cut(each, rows) for each in batch]
        return type(batch)(*cut) if hasattr(batch, "_fields") else type(batch)(cut)
    return batch[rows]
