"""Steps of quantisers that a byte can name: quarter octaves, exactly the same on every machine."""

from __future__ import annotations

import math

__all__ = ["EXACT", "LARGEST", "ZEROS", "step_at", "step_index"]

ZEROS = 0
"""The byte of a tensor of zeros."""
EXACT = 255
"""The byte of a tensor whose numbers are coded as they are."""
LARGEST = 254

_UNIT = 176  # the byte of step 1
# 2^(1/4), 2^(1/2), 2^(3/4) to the last bit of a double
_QUARTERS = (1.0, 1.189207115002721, 1.4142135623730951, 1.681792830507429)


def step_at(index: int) -> float:
    """The step of a byte from 1 to 254: 2^((index - 176) / 4)."""
    octave, quarter = divmod(index - _UNIT, 4)
    return math.ldexp(_QUARTERS[quarter], octave)


def step_index(step: float) -> int:
    """The byte of the nearest step, from 1 to 254; NaN and 0 give 1."""
    if not step > 0:
        return 1
    if math.isinf(step):
        return LARGEST
    return min(max(round(4 * math.log2(step)) + _UNIT, 1), LARGEST)
