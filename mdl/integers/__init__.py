"""Integers and real parameters as codes: how many bits a number takes, and the bits.

`get("elias-delta")` is a codec of one integer, `get("integers(elias-delta)")` of an array of them;
`complexity.get_code` knows both once `mdl` is imported.
"""

from typing import TYPE_CHECKING

from complexity import _lazy

if TYPE_CHECKING:
    from mdl.integers.arrays import IntegerArray as IntegerArray
    from mdl.integers.bytewise import Leb128 as Leb128
    from mdl.integers.elias import EliasDelta as EliasDelta
    from mdl.integers.elias import EliasGamma as EliasGamma
    from mdl.integers.elias import EliasOmega as EliasOmega
    from mdl.integers.elias import Unary as Unary
    from mdl.integers.fibonacci import Fibonacci as Fibonacci
    from mdl.integers.golomb import Golomb as Golomb
    from mdl.integers.golomb import Rice as Rice
    from mdl.integers.golomb import golomb_parameter as golomb_parameter
    from mdl.integers.golomb import rice_parameter as rice_parameter
    from mdl.integers.log_star import LogStar as LogStar
    from mdl.integers.log_star import normalising_constant as normalising_constant
    from mdl.integers.lookup import get as get
    from mdl.integers.precision import optimal_precision as optimal_precision
    from mdl.integers.precision import parameter_bits as parameter_bits
    from mdl.integers.ranges import TruncatedBinary as TruncatedBinary
    from mdl.integers.reals import Real as Real
    from mdl.integers.reals import UniformReal as UniformReal

_CONTENTS = {
    "get": "lookup",
    # integers
    "EliasDelta": "elias",
    "EliasGamma": "elias",
    "EliasOmega": "elias",
    "Fibonacci": "fibonacci",
    "Golomb": "golomb",
    "Leb128": "bytewise",
    "LogStar": "log_star",
    "Rice": "golomb",
    "TruncatedBinary": "ranges",
    "Unary": "elias",
    "golomb_parameter": "golomb",
    "normalising_constant": "log_star",
    "rice_parameter": "golomb",
    # arrays of them
    "IntegerArray": "arrays",
    # reals
    "Real": "reals",
    "UniformReal": "reals",
    "optimal_precision": "precision",
    "parameter_bits": "precision",
}

__getattr__, __dir__, __all__ = _lazy.attach(__name__, _CONTENTS)  # pyright: ignore[reportUnsupportedDunderAll]
