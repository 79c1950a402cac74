"""A data set by its name."""

from __future__ import annotations

import importlib
from typing import Any

from neural.datasets.registry import entry

__all__ = ["load"]


def load(name: str, **options: Any) -> Any:
    """Read a data set: the same as the function of `neural.datasets` that has its name.

    Args:
        name: one of `names()`.
        options: of that function: `split`, `folder`, ...

    Returns:
        A frozen record of arrays or strings; `neural.datasets.mnist` and the others say which.

    Raises:
        ValueError: there is no such data set; else what its function raises.

    Example:
        >>> load("digits")
        Images(name='digits', split='all', shape=[1797, 8, 8], classes=10)
    """
    return getattr(importlib.import_module("neural.datasets"), entry(name).name)(**options)
