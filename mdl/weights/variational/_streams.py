"""A random stream of one's own, on any device."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from complexity.errors import integer
from mdl.weights.tensors import reproducible


@contextmanager
def stream(seed: int, device: torch.device, threads: int | None = 1) -> Iterator[None]:
    """Draw from `seed`; by deterministic algorithms where they need no setting from outside.

    On a graphics card they need an environment variable, and are left as the caller has them.

    Raises:
        TypeError, ValueError: the seed is no integer of at least 0.
    """
    integer("seed", seed, 0)
    if device.type == "cpu":
        with reproducible(seed, threads=threads):
            yield
    else:
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            yield
