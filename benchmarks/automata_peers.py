"""Life as others run it: a C reference, NumPy, pyseagull, lifelib, Golly."""

from __future__ import annotations

import ctypes
import os
import re
import shutil
import subprocess
import tempfile
from importlib import metadata
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

SOURCE = Path(__file__).with_name("life_reference.c")

Cells = NDArray[np.uint8]


def compile_reference() -> ctypes.CDLL:
    """Compile life_reference.c into a temporary folder and load it.

    Raises:
        RuntimeError: gcc is missing or failed.
    """
    if shutil.which("gcc") is None:
        raise RuntimeError("the C reference needs gcc on the PATH; consider installing it")
    with tempfile.TemporaryDirectory() as folder:
        target = str(Path(folder) / "life_reference.so")
        command = ["gcc", "-O3", "-march=native", "-shared", "-fPIC", "-o", target, str(SOURCE)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"gcc failed on {SOURCE.name}:\n{done.stderr}")
        library = ctypes.CDLL(target)
    words = np.ctypeslib.ndpointer(np.uint64, flags="C_CONTIGUOUS")
    library.life_torus.argtypes = [words, *[ctypes.c_int64] * 4]
    library.life_torus.restype = None
    return library


def numpy_rolls(cells: Cells) -> Cells:
    """One generation of Life on a torus as one first writes it: eight rolled copies."""
    around = [(y, x) for y in (-1, 0, 1) for x in (-1, 0, 1) if y or x]
    total = sum(np.roll(cells, shift, (0, 1)) for shift in around)
    return ((total == 3) | ((total == 2) & (cells == 1))).astype(np.uint8)


def numpy_step(cells: Cells) -> Cells:
    """One generation of Life on a torus by sums of three rows, then of three columns."""
    rows = cells + np.roll(cells, 1, 0) + np.roll(cells, -1, 0)
    total = rows + np.roll(rows, 1, 1) + np.roll(rows, -1, 1)
    return ((total == 3) | ((total == 4) & (cells == 1))).view(np.uint8)


def version(package: str) -> str | None:
    """The installed version of a package, None without."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def bgolly() -> str | None:
    """Golly's program without windows: what BGOLLY names, or the one on the PATH."""
    return os.environ.get("BGOLLY") or shutil.which("bgolly")


def bgolly_version(program: str) -> str:
    """What the program says of itself."""
    said = subprocess.run([program, "--help"], capture_output=True, text=True).stdout
    found = re.search(r"bgolly (\S+)", said)
    return found[1] if found else "unknown"


def run_bgolly(program: str, pattern: Path, steps: int, *, output: Path | None = None) -> None:
    """Run a pattern by QuickLife; the process ends with it."""
    command = [program, "-q", "-q", "-a", "QuickLife", "-m", str(steps)]
    command += ["-o", str(output)] if output else []
    subprocess.run([*command, str(pattern)], check=True, capture_output=True)


def write_rle(cells: Cells, rule: str, path: Path) -> None:
    """Write cells as a run-length encoded pattern, unencoded runs being as good as any."""
    height, width = cells.shape
    rows = ["".join("bo"[cell] for cell in row) for row in cells.tolist()]
    head = f"x = {width}, y = {height}, rule = {rule}\n"
    path.write_text(head + "$\n".join(rows) + "!\n", encoding="ascii")
