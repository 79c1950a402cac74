"""Where torch computes."""

from __future__ import annotations

import torch

__all__ = ["usable"]

_KINDS = ("cpu", "cuda", "mps", "xpu")


def usable(device: str) -> str:
    """The device's name, once a tensor has been put there.

    Raises:
        ValueError: it is none that torch can compute on here.
    """
    try:
        found = torch.device(device)
        if found.type in _KINDS:
            torch.zeros(1, device=found)
            return str(found)
    except (AssertionError, NotImplementedError, RuntimeError, TypeError):
        pass
    raise ValueError(f"device: got {device!r}, accepted is one that torch has here, such as 'cpu'")
