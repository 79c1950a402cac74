"""`cxd describe`: how many bits is a trained network?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from complexodynamics.output import FIGURES, check_file, print_json

if TYPE_CHECKING:
    from torch import nn

__all__ = ["describe"]

_NAMED = 3
"""Tensors that an error names."""


def describe(
    file: Path,
    *,
    module: str = "",
    data: Path | None = None,
    code: list[str] | None = None,
    seed: int = 0,
    device: str = "cpu",
    verify: bool = True,
    figure: Path | None = None,
    json: Annotated[bool, Parameter(show_default=False)] = False,
) -> None:
    """Count the bits of a network's weights by every code that applies, decoded to be sure.

    Without a class the weights alone are described, and kinds of layers are guessed from names.

    Args:
        file: Weights, as .safetensors.
        module: Where the network is, as package.module:Class or a function that builds it.
        data: Inputs and labels (.npz with arrays of these names); needs --module.
        code: Only this code; repeat it for several, or "all" for those that train too.
        seed: Of searches and training.
        device: Where those run, as cuda.
        verify: Whether to decode every file in a fresh process; --verify=false does without.
        figure: Where to draw the bits by code and by layer: .png, .svg or .pdf.
        json: Print one JSON document in place of the tables.
    """
    if figure is not None:
        check_file("--figure", figure, FIGURES, [file] if data is None else [file, data])
    if data is not None and not module:
        raise ValueError("--data needs --module package.module:Class, which predicts the labels")
    import neural

    network = _network(file, module)
    labelled = None if data is None else _data(data)
    try:
        found = neural.describe(
            network,
            labelled,
            "all" if code == ["all"] else code,
            make=_found(module) if module else None,
            name=file.name,
            seed=seed,
            device=device,
            verify=verify,
        )
    except (TypeError, ValueError) as error:
        raise ValueError(f"{file}: {error}") from None
    if figure is not None:
        found.plot(figure)
    if json:
        print_json(found.to_dict())
        return
    print(found, "", found.layers, sep="\n")


def _network(file: Path, module: str) -> nn.Module:
    """The module with the file's weights, or a stand-in that holds them."""
    tensors = _tensors(file)
    if not module:
        from neural.describing import StandIn

        return StandIn(tensors)
    network = _built(module)
    wrong = _misfits(network, tensors)
    if wrong:
        more = f"; and {len(wrong) - _NAMED} more" if len(wrong) > _NAMED else ""
        raise ValueError(
            f"--module {module} does not fit {file}: {'; '.join(wrong[:_NAMED])}{more}"
        )
    dtypes = {tensor.dtype for tensor in tensors.values() if tensor.is_floating_point()}
    if len(dtypes) == 1:
        network = network.to(dtypes.pop())
    network.load_state_dict(tensors, strict=False)
    return network


def _misfits(network: nn.Module, tensors: dict[str, Any]) -> list[str]:
    """What is in one of both only, or of other shapes; of tied tensors a file may have one."""
    from neural.describing.stand_in import layout_of

    layout = {name: (shape, same) for name, _, shape, same in layout_of(network)}
    there = {layout[name][1] for name in tensors if name in layout}
    wrong = [
        f"{name!r} is not in the file" for name, (_, same) in layout.items() if same not in there
    ]
    for name, tensor in tensors.items():
        if name not in layout:
            wrong.append(f"{name!r} is not in the module")
        elif layout[name][0] != tuple(tensor.shape):
            shapes = f"{tuple(tensor.shape)} in the file, {layout[name][0]} in the module"
            wrong.append(f"{name!r} is {shapes}")
    return wrong


def _tensors(file: Path) -> dict[str, Any]:
    blob = file.read_bytes()
    from safetensors import SafetensorError
    from safetensors.torch import load

    try:
        tensors = load(blob)
    except (SafetensorError, ValueError, KeyError) as error:
        raise ValueError(f"{file}: no safetensors file, or damaged: {error}") from None
    if not tensors:
        raise ValueError(f"{file}: holds no tensors")
    return tensors


def _found(where: str) -> Any:
    """What "package.module:name" names."""
    import importlib
    import sys

    package, colon, name = where.partition(":")
    if not colon or not package or not name:
        raise ValueError(f"--module {where}: accepted is package.module:Class")
    if "" not in sys.path:
        sys.path.insert(0, "")  # the folder that the command is given in
    try:
        found = importlib.import_module(package)
        for part in name.split("."):
            found = getattr(found, part)
    except (Exception, SystemExit) as error:  # whatever the user's module does
        raise ValueError(f"--module {where}: {type(error).__name__}: {error}") from None
    return found


def _built(where: str) -> nn.Module:
    from torch import nn

    make = _found(where)
    try:
        network = make()
    except TypeError as error:
        raise ValueError(f"--module {where}: cannot be built without arguments: {error}") from None
    except Exception as error:
        raise ValueError(f"--module {where}: {type(error).__name__}: {error}") from None
    if not isinstance(network, nn.Module):
        raise ValueError(
            f"--module {where}: gives {type(network).__name__}, accepted is a torch.nn.Module"
        )
    return network


def _data(path: Path) -> tuple[Any, Any]:
    import zipfile

    import numpy as np

    try:
        arrays = np.load(path, allow_pickle=False)
        if isinstance(arrays, np.ndarray):
            raise ValueError("it holds one array")
        with arrays:
            return arrays["inputs"], arrays["labels"]
    except (ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError(
            f"--data {path}: accepted is an .npz of inputs and labels: {error}"
        ) from None
