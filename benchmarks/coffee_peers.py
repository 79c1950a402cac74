"""The coffee automaton as others would write it: C, idiomatic Numba, NumPy."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numba import njit
from numpy.typing import NDArray

SOURCE = Path(__file__).with_name("coffee_reference.c")

_BYTES = np.ctypeslib.ndpointer(np.uint8, flags="C_CONTIGUOUS")
_INDICES = np.ctypeslib.ndpointer(np.uint32, flags="C_CONTIGUOUS")
_WORDS = np.ctypeslib.ndpointer(np.uint64, flags="C_CONTIGUOUS")
_INT = ctypes.c_int64


@dataclass(frozen=True)
class CReference:
    """The functions of coffee_reference.c, compiled with `gcc -O3 -march=native`."""

    library: ctypes.CDLL

    def swaps(
        self, cells: NDArray[np.uint8], n: int, lanes: NDArray[np.uint64], attempts: int
    ) -> int:
        """Advance `cells` (n*n + 2) by the kernel's own algorithm; return the effective swaps."""
        return self.library.coffee_swaps(cells, n, lanes, attempts)

    def plain(
        self, cells: NDArray[np.uint8], n: int, state: NDArray[np.uint64], attempts: int
    ) -> int:
        """Advance `cells` by the loop one writes first; `state` (4,) is its generator."""
        return self.library.coffee_plain(cells, n, state, attempts)

    def words(self, lanes: NDArray[np.uint64], blocks: int) -> None:
        """Draw so many blocks of random words and drop them."""
        self.library.coffee_words(lanes, blocks)

    def exchange(
        self,
        cells: NDArray[np.uint8],
        source: NDArray[np.uint32],
        target: NDArray[np.uint32],
        times: int,
    ) -> int:
        """Swap along the given bonds `times` times over; return the effective swaps."""
        return self.library.coffee_exchange(cells, source, target, source.size, times)


def compile_reference() -> CReference:
    """Compile coffee_reference.c into a temporary folder and load it.

    Raises:
        RuntimeError: gcc is missing or failed.
    """
    if shutil.which("gcc") is None:
        raise RuntimeError("the C reference needs gcc on the PATH; consider installing it")
    with tempfile.TemporaryDirectory() as folder:
        target = str(Path(folder) / "coffee_reference.so")
        command = ["gcc", "-O3", "-march=native", "-shared", "-fPIC", "-o", target, str(SOURCE)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"gcc failed on {SOURCE.name}:\n{done.stderr}")
        library = ctypes.CDLL(target)
    library.coffee_swaps.argtypes = [_BYTES, ctypes.c_uint32, _WORDS, _INT]
    library.coffee_plain.argtypes = [_BYTES, ctypes.c_uint32, _WORDS, _INT]
    library.coffee_words.argtypes = [_WORDS, _INT]
    library.coffee_exchange.argtypes = [_BYTES, _INDICES, _INDICES, _INT, _INT]
    library.coffee_words.restype = None
    for name in ("coffee_swaps", "coffee_plain", "coffee_exchange"):
        getattr(library, name).restype = _INT
    return CReference(library)


@njit
def idiomatic_numba(grid, attempts):
    """Advance `grid` (n, n) as one first writes it in Numba: three np.random draws per attempt."""
    n = grid.shape[0]
    swapped = 0
    for _ in range(attempts):
        x = np.random.randint(0, n)  # noqa: NPY002 - what one writes first in a jitted loop
        y = np.random.randint(0, n)  # noqa: NPY002
        direction = np.random.randint(0, 4)  # noqa: NPY002
        u, v = x, y
        if direction == 0:
            u = min(x + 1, n - 1)
        elif direction == 1:
            u = max(x - 1, 0)
        elif direction == 2:
            v = min(y + 1, n - 1)
        else:
            v = max(y - 1, 0)
        if grid[y, x] != grid[v, u]:
            grid[y, x], grid[v, u] = grid[v, u], grid[y, x]
            swapped += 1
    return swapped


_DX = np.array([1, -1, 0, 0], np.int16)
_DY = np.array([0, 0, 1, -1], np.int16)


def numpy_swaps(cells: bytearray, n: int, rng: np.random.Generator, attempts: int) -> None:
    """Advance `cells` (n*n) exactly: NumPy draws all bonds at once, Python swaps one by one."""
    x, y = rng.integers(0, n, (2, attempts))
    direction = rng.integers(0, 4, attempts)
    source = y * n + x
    target = np.clip(y + _DY[direction], 0, n - 1) * n + np.clip(x + _DX[direction], 0, n - 1)
    for a, b in zip(source.tolist(), target.tolist(), strict=True):
        cells[a], cells[b] = cells[b], cells[a]


def numpy_sublattice(grid: NDArray[np.uint8], rng: np.random.Generator, sweeps: int) -> None:
    """Toss a coin for every bond of `grid` (n, n), a quarter of the bonds at a time.

    This is a different dynamics from one swap after another, with the same stationary states.
    """
    for _ in range(sweeps):
        for view in (grid, grid.T):
            for start in (0, 1):
                pairs = (view.shape[0] - start) // 2
                stop = start + 2 * pairs
                _exchange(view[start:stop:2], view[start + 1 : stop : 2], rng)


def _exchange(first: NDArray[np.uint8], second: NDArray[np.uint8], rng: np.random.Generator):
    raw = np.frombuffer(rng.bytes((first.size + 7) // 8), np.uint8)
    coins = np.unpackbits(raw, count=first.size).reshape(first.shape)
    coins &= first ^ second
    first ^= coins
    second ^= coins


def numpy_walk(
    xs: NDArray[np.int16], ys: NDArray[np.int16], n: int, rng: np.random.Generator, steps: int
) -> None:
    """Move every walker `steps` times, clamped at the walls."""
    for _ in range(steps):
        direction = rng.integers(0, 4, xs.size)  # int64 on purpose: drawn as uint8 it is slower
        xs += _DX[direction]
        ys += _DY[direction]
        np.clip(xs, 0, n - 1, out=xs)
        np.clip(ys, 0, n - 1, out=ys)
