"""How many bits does this object take? Codes, estimators, machines, distances, randomness."""

from typing import TYPE_CHECKING

from complexity import _lazy

if TYPE_CHECKING:
    from complexity.code import Code as Code
    from complexity.code import Codec as Codec
    from complexity.code import CodeEntry as CodeEntry
    from complexity.code import DecodeError as DecodeError
    from complexity.code import Kind as Kind
    from complexity.code import codes as codes
    from complexity.code import get_code as get_code
    from complexity.code import register as register
    from complexity.envelope import decode_file as decode_file
    from complexity.envelope import encode_file as encode_file
    from complexity.measurement import Measurement as Measurement
    from complexity.measurement import MeasurementRow as MeasurementRow
    from complexity.measurement import best_bits as best_bits
    from complexity.measurement import measure as measure
    from complexity.serialise import ArrayCodec as ArrayCodec
    from complexity.serialise import StringCodec as StringCodec
    from complexity.serialise import TextCodec as TextCodec
    from complexity.serialise import array_to_bytes as array_to_bytes
    from complexity.serialise import codec_for as codec_for
    from complexity.serialise import to_bytes as to_bytes

_CONTENTS = {
    # codes by name
    "Code": "code",
    "CodeEntry": "code",
    "Codec": "code",
    "DecodeError": "code",
    "Kind": "code",
    "codes": "code",
    "get_code": "code",
    "register": "code",
    # texts, strings and arrays as bytes
    "ArrayCodec": "serialise",
    "StringCodec": "serialise",
    "TextCodec": "serialise",
    "array_to_bytes": "serialise",
    "codec_for": "serialise",
    "to_bytes": "serialise",
    # files
    "decode_file": "envelope",
    "encode_file": "envelope",
    # bits of data
    "Measurement": "measurement",
    "MeasurementRow": "measurement",
    "best_bits": "measurement",
    "measure": "measurement",
}

__getattr__, __dir__, __all__ = _lazy.attach(__name__, _CONTENTS)  # pyright: ignore[reportUnsupportedDunderAll]
