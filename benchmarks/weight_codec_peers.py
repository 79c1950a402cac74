"""The peers of the weight codec, where they are installed: nncodec for networks, constriction.

nncodec imports what only its own training examples need (data sets, cv2, pandas, ...); where such
a library is missing, an empty module stands in for it.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import io
import sys
import tempfile
import types
from collections.abc import Mapping
from typing import Any
from unittest.mock import MagicMock

import numpy as np
from numpy.typing import NDArray

_UNUSED = (
    "cv2", "flwr", "flwr_datasets", "h5py", "matplotlib", "pandas", "PIL", "ptflops", "pycocotools",
    "sentencepiece", "tensorflow", "timm", "torchmetrics", "torchvision", "tqdm", "transformers",
    "wandb", "datasets", "scipy", "sklearn",
)  # fmt: skip


class _StandIn(types.ModuleType):
    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.__path__ = []

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        value = MagicMock(name=f"{self.__name__}.{name}")
        setattr(self, name, value)
        return value


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def __init__(self, names: set[str]) -> None:
        self.names = names

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> Any:
        if fullname.partition(".")[0] not in self.names:
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: Any) -> types.ModuleType:
        return _StandIn(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        pass


def nncodec() -> Any:
    """The module `nncodec.nn`, None if it is not installed."""
    if importlib.util.find_spec("nncodec") is None:
        return None
    missing = {name for name in _UNUSED if importlib.util.find_spec(name) is None}
    finder = _Finder(missing)
    sys.meta_path.append(finder)
    try:
        return importlib.import_module("nncodec.nn")
    finally:
        sys.meta_path.remove(finder)


def nncodec_file(
    tensors: Mapping[str, NDArray[np.float32]], *, qp: int, nonweight_qp: int, use_dq: bool
) -> tuple[bytes, dict[str, NDArray[np.float32]]]:
    """A network's tensors as nncodec's file, without its use of data, and what it decodes to."""
    nn = nncodec()
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        options = {
            "qp": qp, "nonweight_qp": nonweight_qp, "use_dq": use_dq, "results": folder,
            "verbose": False,
        }  # fmt: skip
        blob = nn.encode({k: v.copy() for k, v in tensors.items()}, options, incremental=True)
        decoded = nn.decode(bytearray(blob), options)
    return bytes(blob), {name: np.asarray(value) for name, value in decoded.items()}


def constriction() -> Any:
    """The module, None if it is not installed."""
    if importlib.util.find_spec("constriction") is None:
        return None
    return importlib.import_module("constriction")
