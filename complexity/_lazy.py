"""Lazy package namespaces (PEP 562): an `__init__` is a table of contents that costs nothing."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["attach"]


def attach(
    package: str, contents: Mapping[str, str]
) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """Make `__getattr__`, `__dir__` and `__all__` for a package.

    Args:
        package: the package's `__name__`.
        contents: public name -> submodule that defines it ("" if the name is the submodule itself).
    """

    def __getattr__(name: str) -> Any:
        if name not in contents:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        submodule = contents[name]
        module = importlib.import_module(f"{package}.{submodule or name}")
        return getattr(module, name) if submodule else module

    names = sorted(contents)
    return __getattr__, lambda: names, names
