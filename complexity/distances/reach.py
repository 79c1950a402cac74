"""What a compressor can see of a pair: its window or block, and what its self-distance says.

NCD(x, x) should be near 0. It is 1 when the second copy lies beyond the window of the code, and
then every distance of such objects is near 1 whatever they have in common.

References:
    M. Cebrian, M. Alfonseca and A. Ortega, Common pitfalls using the normalized compression
    distance, Communications in Information and Systems 5(4), 2005.
"""

from __future__ import annotations

from typing import Any

from complexity.compressors import Brotli, Bz2, Xz, Zlib, Zstd

__all__ = ["BLIND", "WindowExceededWarning", "blindness", "exceeded"]

BLIND = 0.5
"""Self-distance above which a code is said not to see the first copy of an object."""

_DEFLATE_REACH = 32768 - 262  # RFC 1951's window less zlib's MIN_LOOKAHEAD
_XZ_WINDOW_LOGS = (18, 20, 21, 22, 22, 23, 23, 24, 25, 26)  # xz(1), presets 0 to 9


class WindowExceededWarning(UserWarning):
    """The code cannot see both objects of a pair at once, so their distance says little."""


def exceeded(code: Any, first: int, second: int) -> str:
    """Why the code cannot see a pair of so many bytes, by its known reach; "" if it can.

    A window must hold the longer object (matches reach back by about its length), a block both.
    """
    longest = max(first, second)
    if isinstance(code, Zlib):
        if longest > _DEFLATE_REACH:
            return _window(code, longest, _DEFLATE_REACH, "xz")
    elif isinstance(code, Bz2):
        block = 100_000 * code.level
        if first + second > block:
            return (
                f"{code.name}: {first + second} bytes of a pair exceed its block of {block} bytes; "
                "consider using xz"
            )
    elif isinstance(code, Xz):  # lzma too
        window = 1 << _XZ_WINDOW_LOGS[code.preset]
        if longest > window:
            return _window(code, longest, window, "a higher preset")
    elif isinstance(code, Brotli):
        window = (1 << code.lgwin) - 16  # RFC 7932, section 9.1
        if longest > window:
            return _window(code, longest, window, "brotli:lgwin=24 or xz")
    elif isinstance(code, Zstd):
        window = 1 << _zstd_window_log(code, first + second)
        if longest > window:
            return _window(code, longest, window, "zstd with long=true")
    return ""


def blindness(code: Any, label: str, distance: float) -> str:
    """What a measured self-distance says against the code; "" if it is below `BLIND`."""
    if distance <= BLIND:
        return ""
    return (
        f"{code.name}: NCD(x, x) = {distance:.2f} for {label}; the code does not see the first "
        "copy (window, block, restart of its model, or no model of copies); consider another code"
    )


def _window(code: Any, length: int, window: int, better: str) -> str:
    return (
        f"{code.name}: an object of {length} bytes exceeds its window of {window} bytes; "
        f"consider using {better}"
    )


def _zstd_window_log(code: Zstd, size: int) -> int:
    if code.long:
        return 27
    import zstandard

    return zstandard.ZstdCompressionParameters.from_level(
        code.level, source_size=max(size, 1)
    ).window_log
