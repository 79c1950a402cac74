"""Labels from a file, by training what the file names."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mdl.prequential import _file
from mdl.prequential._checks import as_inputs
from mdl.prequential.code import PrequentialCode

__all__ = ["code_in", "decode_labels"]


def code_in(blob: bytes) -> PrequentialCode:
    """The code that a file of labels was made with.

    Raises:
        DecodeError: the file is damaged, or its code has a factory of its maker's.
        ImportError: it needs torch, which is not installed.
    """
    return _file.code_of(_file.opened(blob).spec)


def decode_labels(blob: bytes, inputs: Any, *, show: bool = True) -> NDArray[np.int64]:
    """The labels (n,) int64 in a file of `PrequentialCode.encode`, given the inputs.

    Args:
        blob: the file.
        inputs: those it was made with, (n, ...).
        show: a progress bar, on a terminal.

    Raises:
        DecodeError: the file is damaged, its code has a factory of its maker's, the inputs are
            others, or this machine computes otherwise than the one it was made on.
        TypeError, ValueError: the inputs are no finite numbers.
        ImportError: it needs torch, which is not installed.
    """
    x = as_inputs(inputs)
    opened = _file.opened(blob)
    code = _file.code_of(opened.spec)
    opened.check_inputs(x)
    return code.decode(blob, x, show=show)
