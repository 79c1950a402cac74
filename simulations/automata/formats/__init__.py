"""Files of patterns: RLE, plain text, Life 1.06, macrocells, NumPy archives; and apgcodes.

`read` and `write` are for files, `apgcode.encode` and `apgcode.decode` for the names of objects.
"""

from simulations.automata.formats import apgcode
from simulations.automata.formats.files import (
    FORMATS,
    decode,
    encode,
    read,
    read_macrocell,
    write,
)
from simulations.automata.formats.macrocell import Macrocell
from simulations.automata.formats.pattern import Pattern, PatternError

__all__ = [
    "FORMATS",
    "Macrocell",
    "Pattern",
    "PatternError",
    "apgcode",
    "decode",
    "encode",
    "read",
    "read_macrocell",
    "write",
]
