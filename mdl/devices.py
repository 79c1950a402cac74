"""Where torch computes."""

from __future__ import annotations

__all__ = ["usable"]

_KINDS = ("cpu", "cuda", "mps", "xpu")


def usable(device: object) -> str:
    """The device's name, once a tensor has been put there; for "cpu" torch is not imported.

    Raises:
        ValueError: it is none that torch can compute on here.
    """
    if device == "cpu":
        return "cpu"
    import torch

    try:
        found = torch.device(device)  # pyright: ignore[reportArgumentType, reportCallIssue]
        if found.type in _KINDS:
            torch.zeros(1, device=found)
            return str(found)
        why = f"not one of {', '.join(_KINDS)}"
    except (AssertionError, NotImplementedError, RuntimeError, TypeError) as error:
        why = str(error).partition("\n")[0]
    raise ValueError(
        f"device: got {device!r}, accepted is one that torch has here, such as 'cpu': {why}"
    )
