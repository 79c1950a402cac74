"""Memory that is asked for before it is taken."""

from __future__ import annotations

__all__ = ["room"]


def room(argument: str, wanted: int, instead: str) -> None:
    """Raise MemoryError if so many bytes are more than the machine has free.

    Args:
        argument: what asks for so much.
        wanted: bytes.
        instead: what the user may do.
    """
    free = _free_bytes()
    if free is not None and wanted > free:
        # what no float holds is told by its power of two
        bits = wanted.bit_length() - 1
        size = f"{wanted / 2**30:,.1f} GiB" if bits < 100 else f"over 2^{bits} bytes"
        raise MemoryError(
            f"{argument}: {size} are needed and {free / 2**30:,.1f} GiB are free; {instead}"
        )


def _free_bytes() -> int | None:
    """Memory that can be had without swapping, None where the system does not tell."""
    try:
        with open("/proc/meminfo", encoding="ascii") as lines:
            for line in lines:
                if line.startswith("MemAvailable:"):
                    return 1024 * int(line.split()[1])
    except OSError:
        return None
    return None
