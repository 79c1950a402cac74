"""The works of the reading list, each a module that the engine runs.

Example:
    >>> from neural import papers
    >>> len(papers.keys()), papers.row("resnet").reference.short
    (27, 'He et al. (2016)')
"""

from __future__ import annotations

import importlib
import importlib.util
from typing import TYPE_CHECKING

from complexity.errors import unknown
from neural.papers.rows import ROWS, Row

if TYPE_CHECKING:
    from neural.engine.paper import Paper

__all__ = ["all", "built", "get", "keys", "row"]


def keys() -> tuple[str, ...]:
    """The keys of all works, in the order of the list."""
    return tuple(ROWS)


def row(key: str) -> Row:
    """What is known of a work whether or not it runs.

    Raises:
        ValueError: there is no such work; names the nearest.
    """
    if key not in ROWS:
        raise unknown("paper", key, ROWS)
    return ROWS[key]


def built(key: str) -> bool:
    """Whether the work runs here; imports nothing.

    Raises:
        ValueError: there is no such work.
    """
    return importlib.util.find_spec(_module(row(key).key)) is not None


def get(key: str) -> Paper:
    """The work, to be run: `get("hinton-van-camp").run(scale="lab", seeds=3)`.

    Raises:
        ValueError: there is no such work, or it does not run yet.
        ImportError: what it needs is not installed; names the command that installs it.
    """
    if not built(key):
        runs = ", ".join(each for each in ROWS if built(each))
        raise ValueError(f"paper: {key!r} does not run yet; those that do: {runs or 'none'}")
    try:
        return importlib.import_module(_module(key)).PAPER
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] in ("neural", "mdl", "complexity"):
            raise
        raise ImportError(
            f"the paper {key!r} needs {error.name}, which is not installed; get it with: "
            'pip install "complexodynamics[neural]"',
            name=error.name,
        ) from None


def all() -> tuple[Paper, ...]:
    """All works that run, in the order of the list."""
    return tuple(get(key) for key in ROWS if built(key))


def _module(key: str) -> str:
    return f"neural.papers.{key.replace('-', '_')}"
