"""The tensors of a module: each once, however often it is tied, and checked before use."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from numpy.typing import NDArray

__all__ = [
    "architecture",
    "check_classes",
    "checked_module",
    "flat_parameters",
    "parameters_of",
    "reproducible",
    "set_flat_parameters",
    "tensors_of",
]


def checked_module(argument: str, module: torch.nn.Module) -> torch.nn.Module:
    """The module, if its weights can be described.

    Raises:
        TypeError: it is no module, or a tensor is neither floating nor integer nor boolean, or of
            floating numbers of 8 bits.
        ValueError: it has no parameters, or a weight is NaN or infinite; names the tensor.
    """
    if not isinstance(module, torch.nn.Module):
        raise TypeError(
            f"{argument}: got {type(module).__name__}, accepted is a torch.nn.Module instance"
        )
    if not parameters_of(module):
        raise ValueError(f"{argument}: got {type(module).__name__} without parameters")
    for name, tensor in tensors_of(module).items():
        dense = tensor.layout == torch.strided and not tensor.is_meta
        if tensor.is_quantized or tensor.is_complex() or not dense:
            kind = "quantised" if tensor.is_quantized else str(tensor.dtype)
            kind = kind if dense else f"{'no' if tensor.is_meta else tensor.layout}"
            raise TypeError(
                f"{argument}: got {kind} numbers in {name!r}, accepted are real dense tensors"
            )
        if tensor.is_floating_point() and tensor.element_size() < 2:
            raise TypeError(
                f"{argument}: got {tensor.dtype} numbers in {name!r}, accepted are of 16 bits "
                "or more; module.to(torch.bfloat16) loses nothing"
            )
        if tensor.is_floating_point() and not bool(torch.isfinite(tensor).all()):
            raise ValueError(f"{argument}: got NaN or infinite weights in {name!r}")
    return module


def check_classes(labels: torch.Tensor, classes: int, argument: str = "data") -> None:
    """Refuse labels that are not 0 to classes - 1: torch leaves out -100, a code cannot.

    Raises:
        ValueError: a label is out of range.
    """
    if labels.numel():
        least, most = (int(each) for each in torch.aminmax(labels))
        if not 0 <= least <= most < classes:
            raise ValueError(
                f"{argument}: got label {least if least < 0 else most}, accepted are the classes "
                f"of the module's predictions, 0 to {classes - 1}; drop examples that have none"
            )


def parameters_of(module: torch.nn.Module) -> dict[str, torch.nn.Parameter]:
    """Parameters by name, in the order of the module; tied ones once, under their first name."""
    return dict(module.named_parameters())


def tensors_of(module: torch.nn.Module) -> dict[str, torch.Tensor]:
    """What a state dict holds, parameters and persistent buffers, tied ones once.

    In the order of the state dict; the names are those of the state dict.
    """
    state = module.state_dict(keep_vars=True)
    seen: set[int] = set()
    found = {}
    for name, tensor in state.items():
        if isinstance(tensor, torch.Tensor) and id(tensor) not in seen:
            seen.add(id(tensor))
            found[name] = tensor
    return found


def architecture(module: torch.nn.Module) -> str:
    """The names, dtypes and shapes of all tensors and which are tied, as text to be hashed."""
    first: dict[int, str] = {}
    lines = []
    for name, tensor in module.state_dict(keep_vars=True).items():
        if not isinstance(tensor, torch.Tensor):
            continue
        shape = "x".join(map(str, tensor.shape))
        tied = first.setdefault(id(tensor), name)
        lines.append(f"{name} {str(tensor.dtype).removeprefix('torch.')} {shape} {tied}")
    return "\n".join(lines)


def flat_parameters(module: torch.nn.Module) -> NDArray[np.float64]:
    """All parameters behind one another, (D,) float64; tied ones once."""
    parts = [p.detach().cpu().to(torch.float64).reshape(-1) for p in parameters_of(module).values()]
    return torch.cat(parts).numpy() if parts else np.zeros(0)


def set_flat_parameters(module: torch.nn.Module, flat: NDArray[np.floating]) -> None:
    """Write parameters (D,) back into the module, in the order of `flat_parameters`.

    Raises:
        ValueError: there are more or fewer than the module has.
    """
    parameters = list(parameters_of(module).values())
    size = sum(p.numel() for p in parameters)
    if np.shape(flat) != (size,):
        raise ValueError(f"flat: got shape {np.shape(flat)}, accepted is ({size},)")
    start = 0
    with torch.no_grad():
        for parameter in parameters:
            part = np.array(flat[start : start + parameter.numel()])  # a copy: torch may keep it
            parameter.copy_(torch.from_numpy(part).reshape(parameter.shape))
            start += parameter.numel()


@contextmanager
def reproducible(seed: int, *, threads: int | None = 1) -> Iterator[torch.Generator]:
    """Torch on its own random stream and a stated number of threads, deterministic algorithms only.

    The global stream, the threads and the settings are as before on leaving.

    Args:
        seed: of the stream; inside, torch's global functions draw from it.
        threads: of the processor; None leaves them as they are.

    Yields:
        A generator (on the processor) with a stream of its own from the same seed.
    """
    before, deterministic = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    warn_only = torch.is_deterministic_algorithms_warn_only_enabled()
    with torch.random.fork_rng(), _reproducible_cuda():
        torch.manual_seed(seed)
        try:
            if threads is not None:
                torch.set_num_threads(threads)
            torch.use_deterministic_algorithms(True)
            yield torch.Generator().manual_seed(seed ^ 0x5DEECE66D)
        finally:
            torch.use_deterministic_algorithms(deterministic, warn_only=warn_only)
            torch.set_num_threads(before)


@contextmanager
def _reproducible_cuda() -> Iterator[None]:
    """No search for the fastest convolution, and cuBLAS workspaces of one size for each stream.

    Without the variable torch refuses matrix products on CUDA where algorithms have to be
    deterministic; a user's own choice wins. Nothing changes where there is no CUDA.

    References:
        NVIDIA, cuBLAS library, section "Results reproducibility": ":4096:8" or ":16:8".
    """
    if not torch.cuda.is_available():
        yield
        return
    variable, search = "CUBLAS_WORKSPACE_CONFIG", torch.backends.cudnn.benchmark
    ours = variable not in os.environ
    if ours:
        os.environ[variable] = ":4096:8"
    torch.backends.cudnn.benchmark = False
    try:
        yield
    finally:
        torch.backends.cudnn.benchmark = search
        if ours:
            os.environ.pop(variable, None)
