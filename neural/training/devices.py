"""Where torch may train."""

from __future__ import annotations

__all__ = ["checked_device"]


def checked_device(device: object) -> str:
    """The device's name, if tensors can be made there and read back.

    Raises:
        ValueError: they cannot.
    """
    name = str(device)
    if name != "cpu":  # which takes no import of torch
        import torch

        try:
            torch.zeros(1, device=name).item()
        except (RuntimeError, AssertionError) as error:  # the latter of a build without CUDA
            why = str(error).partition("\n")[0]
            raise ValueError(
                f"device: got {name!r}, accepted is one that torch has here, as cpu or cuda: {why}"
            ) from None
    return name
