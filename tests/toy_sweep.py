"""Functions for tests of sweeps, in a module that worker processes import fast."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import numpy as np

from simulations.trajectory import Trajectory


def noise(x, seed, y=0.0):
    rng = np.random.default_rng(seed)
    return {"noise": rng.normal(), "sum": x + y + rng.random()}


def cup(size, seed, folder="", deaths=0):
    """A cup; the first `deaths` processes that begin one of size 10 are killed."""
    if size == 10 and folder:
        marks = len(list(Path(folder).iterdir()))
        if marks < deaths:
            (Path(folder) / f"{marks}-{os.getpid()}").touch()
            os.kill(os.getpid(), signal.SIGKILL)
    from simulations import coffee

    return coffee.simulate(
        size, seed=seed, samples=5, steps=60, null_samples=2, keep=0, workers=1, progress=False
    )


def killing(x, seed, folder):
    if x == 3:
        (Path(folder) / str(time.monotonic_ns())).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return noise(x, seed)


def failing(x, seed):
    if x == 2:
        raise ArithmeticError("no\nnumber")
    return x


def leaving(x, seed):
    sys.exit("gone")


def walked(seed, steps=4, replicas=1, clock="steps"):
    times = np.arange(0, 3 * steps, 3)
    values = np.random.default_rng(seed).random((steps, replicas, 2))
    return Trajectory(clock, times, ("a_bits", "b"), ("bits", "1"), values)


def slowly(x, seed):
    time.sleep(0.02)
    return x


class Stateful:
    def __call__(self, x, seed):
        return x
