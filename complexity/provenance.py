"""What a result was made with: versions, and the commit where the code stands in a checkout."""

from __future__ import annotations

import platform
import shutil
import subprocess
import zlib
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

__all__ = ["commit", "versions"]


def versions(*libraries: str) -> dict[str, str]:
    """Versions of Python, zlib, this distribution and those of `libraries` that are installed."""
    found = {"python": platform.python_version(), "zlib": zlib.ZLIB_RUNTIME_VERSION}
    for name in ("complexodynamics", *libraries):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


@cache
def commit() -> str | None:
    """The commit of the checkout the code is in, marked "+" if files differ; None if unknown."""
    root = Path(__file__).parent.parent
    if not (root / ".git").exists():
        return None
    head = _git(root, "rev-parse", "--verify", "--quiet", "HEAD")
    changed = _git(root, "status", "--porcelain", "--untracked-files=no")
    return f"{head}{'+' * bool(changed)}" if head else None


def _git(root: Path, *arguments: str) -> str:
    if shutil.which("git") is None:
        return ""
    done = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else ""
