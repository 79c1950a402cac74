"""A result says what it was made with."""

import subprocess
import zlib
from pathlib import Path

import numpy as np

from complexity.provenance import commit, versions


def test_versions_are_those_of_the_libraries():
    found = versions("numpy", "no-such-library")
    assert found["numpy"] == np.__version__
    assert found["zlib"] == zlib.ZLIB_RUNTIME_VERSION
    assert "no-such-library" not in found


def test_the_commit_is_the_checkouts():
    root = Path(__file__).parent.parent
    if not (root / ".git").exists():
        assert commit() is None
        return
    head = subprocess.check_output(["git", "-C", str(root), "rev-parse", "HEAD"], text=True).strip()
    assert commit() in (head, head + "+")
