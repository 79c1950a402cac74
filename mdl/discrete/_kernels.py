"""The kernel that codes letters one by one, each by its share of a weight.

The coder is that of `complexity.context._kernels`. Numba's cache looks at the file of a compiled
function alone: the kernel here is a closure over a digest of that other file, which makes it part
of its key. Weights are computed with + - * / alone, so that codewords decode on every platform.

Arrays that the kernel advances in place:

- `tree` (2^(width + 1),) float64: a heap of sums, node i above 2 i and 2 i + 1; the weight of
  letter s at 2^width + s, 0 for what is no letter.
- `counts` (2^width,) int64: from which the weights follow.
- `coder`, `cost`, `symbols`, `buffer`, `mode` as in `complexity.context._kernels`.
"""

import zlib
from fractions import Fraction
from pathlib import Path

import numpy as np
from numba import njit

from complexity.context import _kernels as coders
from complexity.context._kernels import DECODE, ENCODE, _charge, _decode, _encode

ADDITIVE, MAXIMISED = range(2)
"""Weights: count + alpha; (c + 1)^(c + 1) / c^c for the count c."""

_U8 = np.uint8
_E = 2.718281828459045
_CODE = zlib.crc32(Path(coders.__file__).read_bytes())
_FIRST = np.array([float(Fraction((c + 1) ** (c + 1), c**c)) for c in range(16)])


@njit(cache=True, nogil=True)
def weight(rule, count, alpha):
    """The weight of a letter with a count.

    log((c + 1)^(c + 1) / c^c) is 1 + log x - sum_m 1 / (2 m (2 m + 1) (2 x)^(2 m)), x = c + 1/2,
    the integral of 1 + log t from c to c + 1.
    """
    if rule == ADDITIVE:
        return count + alpha
    if count < 16:
        return _FIRST[count]
    x = count + 0.5
    y = 1.0 / (x * x)
    s = y * (1.0 / 24.0 + y * (1.0 / 320.0 + y * (1.0 / 2688.0 + y / 18432.0)))
    return _E * x * (1.0 - s * (1.0 - s * (0.5 - s * (1.0 / 6.0 - s / 24.0))))


def _compiled(digest):
    """The kernel, compiled anew when the digest of the coder's file is another."""

    @njit(cache=True, nogil=True)
    def code_by_weight(tree, counts, coder, cost, symbols, buffer, mode, width, step, rule, alpha):
        """Measure, encode or decode letters; the count of each changes by `step` after it.

        Args:
            tree, counts: see above.
            coder, cost, symbols, buffer, mode: see above.
            width: binary decisions per letter; one that is certain costs nothing.
            step: 1 where counts are of the past, -1 where they are of the future.
            rule, alpha: of `weight`.

        Returns:
            Whether it ended; False when the body is too short.
        """
        if digest < 0:
            return False
        first = 1 << width
        for i in range(symbols.size):
            letter = np.int64(symbols[i])
            node = 1
            for j in range(width):
                zero = tree[2 * node]
                one = tree[2 * node + 1]
                if one == 0.0:
                    bit = 0
                elif zero == 0.0:
                    bit = 1
                else:
                    p = one / (zero + one)
                    if mode == DECODE:
                        bit = _decode(coder, buffer, p)
                        if bit < 0:
                            return False
                    else:
                        bit = (letter >> (width - 1 - j)) & 1
                        if mode == ENCODE:
                            _encode(coder, buffer, p, bit)
                        else:
                            _charge(cost, p if bit == 1 else 1.0 - p)
                node = 2 * node + bit
            symbols[i] = _U8(node - first)
            counts[node - first] += step
            tree[node] = weight(rule, counts[node - first], alpha)
            while node > 1:
                node >>= 1
                tree[node] = tree[2 * node] + tree[2 * node + 1]
        return True

    return code_by_weight


code_by_weight = _compiled(_CODE)
