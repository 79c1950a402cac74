"""Peaks of the discrete Fourier transform (SP 800-22, section 2.6).

Heights X_j = |F_j|^2 / n of a random sequence are nearly exponential with mean 1, so that a share
q = 1/20 of the n / 2 peaks is above ln 20. They are not independent: by Parseval's theorem their
sum is fixed. So the variance of the number of low peaks is n/2 (q (1 - q) - (q ln q)^2), that of
independent ones less the part that the sum explains. The document has n q (1 - q) / 4, found by
simulation, which is 5 % less.

References:
    A. Rukhin et al., NIST Special Publication 800-22 rev. 1a, 2010, sections 2.6 and 3.6.
    F. Pareschi, R. Rovatti and G. Setti, On statistical tests for randomness included in the NIST
        SP800-22 test suite and based on the binomial distribution, IEEE Trans. Inf. Forensics and
        Security 7(2), 2012: n q (1 - q) / 3.8, by simulation.
    A. Iwasaki, Deriving the variance of the discrete Fourier transform test using Parseval's
        theorem, IEEE Trans. Inf. Theory 66(2), 2020.
"""

from __future__ import annotations

import math

import numpy as np

from complexity.bitstrings import BitsLike
from complexity.errors import one_of
from complexity.randomness.outcome import CONSTANTS, Outcome, normal_tails, sequence

__all__ = ["spectral"]

_HIGH = 0.05
"""The share of peaks above the threshold."""


def spectral(bits: BitsLike | bytes, *, constants: str = "exact") -> Outcome:
    """The discrete Fourier transform (spectral) test, section 2.6: is something periodic?

    The document's two small examples count 4 of 5 and 46 of 50 low peaks where the transform of
    these bits has 5 and 48.

    Args:
        bits: (n,); the document asks for n >= 1000.
        constants: the variance that Parseval's theorem gives ("exact"), or that "published".

    Returns:
        The statistic is the number of low peaks of the first n / 2 less its mean, in standard
        deviations.

    Raises:
        TypeError, ValueError: as `battery`; or there are fewer than 2 bits.

    Example:
        >>> spectral("1100" * 250).p < 1e-10
        True
    """
    data = sequence("bits", bits)
    one_of("constants", constants, CONSTANTS)
    n = data.size
    if n < 2:
        raise ValueError(f"bits: got {n} bits, accepted are at least 2")
    heights = np.abs(np.fft.rfft(2.0 * data - 1.0)[: n // 2])
    low = int(np.count_nonzero(heights < math.sqrt(n * -math.log(_HIGH))))
    if constants == "published":
        variance = n * _HIGH * (1 - _HIGH) / 4
    else:
        variance = n / 2 * (_HIGH * (1 - _HIGH) - (_HIGH * math.log(_HIGH)) ** 2)
    z = (low - (1 - _HIGH) * n / 2) / math.sqrt(variance)
    return Outcome("spectral", z, normal_tails(z), parameters={"constants": constants})
