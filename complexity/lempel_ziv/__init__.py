"""Lempel-Ziv parsings: phrase counts, their null, and codes made of them.

Here `lz76` and `lz78` are functions; the modules of those names are reached by importing from them.
"""

from complexity.lempel_ziv.lz76 import Lz76, LZ76Score, lz76, lz76_phrases, lz76_zscore
from complexity.lempel_ziv.lz78 import Lz78, lz78, lz78_phrases
from complexity.lempel_ziv.null import LZ76Null, lz76_null, simulate_null

__all__ = [
    "LZ76Null",
    "LZ76Score",
    "Lz76",
    "Lz78",
    "lz76",
    "lz76_null",
    "lz76_phrases",
    "lz76_zscore",
    "lz78",
    "lz78_phrases",
    "simulate_null",
]
