"""Lazy package namespaces (PEP 562): an `__init__` is a table of contents that costs nothing."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["attach"]


def attach(
    package: str, contents: Mapping[str, str], *, extra: str = ""
) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """Make `__getattr__`, `__dir__` and `__all__` for a package.

    Args:
        package: the package's `__name__`.
        contents: public name -> submodule that defines it ("" if the name is the submodule itself).
        extra: the pip extra that brings what the submodules import; a missing library is answered
            with the command that installs it.
    """

    def __getattr__(name: str) -> Any:
        if name not in contents:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        submodule = contents[name]
        try:
            module = importlib.import_module(f"{package}.{submodule or name}")
        except ModuleNotFoundError as error:
            ours = package.partition(".")[0]
            if not extra or error.name is None or error.name.partition(".")[0] == ours:
                raise
            command = f'pip install "complexodynamics[{extra}]"'
            raise ImportError(
                f"{package}.{name} needs {error.name}, which is not installed; get it with: "
                f"{command}",
                name=error.name,
            ) from None
        return getattr(module, name) if submodule else module

    names = sorted(contents)
    return __getattr__, lambda: names, names
