"""NumPy archives (.npz): all that a pattern says, in arrays that NumPy reads without pickles.

`cells` is uint8 (height, width), `corner` int64 (2,), and `metadata` a text of JSON with the rule,
the boundary, the generation and the rest.
"""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import numpy as np

from simulations.automata.formats.pattern import MOST_CELLS, Pattern, PatternError

__all__ = ["decode", "encode"]

_MOST_BYTES = {"cells.npy": MOST_CELLS + 4096, "corner.npy": 4096, "metadata.npy": 1 << 24}
_TEXTS = ("rule", "grid", "name", "author")


def decode(data: bytes) -> Pattern:
    """Read a pattern.

    Raises:
        PatternError: it is no such archive, or its arrays are not what they should be.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            cells, corner, text = (_array(archive, name) for name in _MOST_BYTES)
        said = json.loads(str(text))
    except PatternError:
        raise
    # a broken archive makes zipfile, zlib, numpy and json raise a dozen kinds of errors
    except Exception as error:
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise PatternError(f"archive: cannot be read: {reason}") from error
    return _pattern(cells, corner, said)


def _array(archive: zipfile.ZipFile, name: str) -> np.ndarray:
    """A member, whose header is checked before anything is allocated for its array."""
    if name not in archive.namelist():
        raise PatternError(f"archive: no {name}, accepted are {', '.join(_MOST_BYTES)}")
    most = _MOST_BYTES[name]
    with archive.open(name) as member:
        data = member.read(most + 1)
    if len(data) > most:
        raise PatternError(f"{name}: more than the {most:,} bytes that are accepted")
    stream = io.BytesIO(data)
    if np.lib.format.read_magic(stream) != (1, 0):
        raise PatternError(f"{name}: another version of the format, accepted is 1.0")
    shape, fortran, dtype = np.lib.format.read_array_header_1_0(stream)
    rest = data[stream.tell() :]
    size = int(np.prod(shape, dtype=object)) * dtype.itemsize
    if dtype.hasobject or fortran or size != len(rest) or any(side < 0 for side in shape):
        raise PatternError(f"{name}: a header of {shape} {dtype} before {len(rest)} bytes")
    return np.frombuffer(rest, dtype, count=size // max(dtype.itemsize, 1)).reshape(shape)


def _pattern(cells: np.ndarray, corner: np.ndarray, said: Any) -> Pattern:
    if cells.dtype != np.uint8 or cells.ndim != 2:
        raise PatternError(
            f"cells.npy: got {cells.dtype} of shape {cells.shape}, accepted is uint8 of two axes"
        )
    if corner.dtype != np.int64 or corner.shape != (2,):
        raise PatternError(
            f"corner.npy: got {corner.dtype} of shape {corner.shape}, accepted are two int64"
        )
    if not isinstance(said, dict) or not all(isinstance(said.get(key), str) for key in _TEXTS):
        raise PatternError(f"metadata.npy: accepted is an object with the texts {_TEXTS}")
    comments, metadata, time = (said.get(key) for key in ("comments", "metadata", "generation"))
    if not isinstance(comments, list) or not all(isinstance(line, str) for line in comments):
        raise PatternError("metadata.npy: comments, accepted is a list of texts")
    if not isinstance(metadata, dict):
        raise PatternError("metadata.npy: metadata, accepted is an object")
    if not isinstance(time, int) or isinstance(time, bool):
        raise PatternError("metadata.npy: generation, accepted is an integer")
    row, column = corner.tolist()
    texts = {key: said[key] for key in _TEXTS}
    try:
        return Pattern(
            cells,
            corner=(row, column),
            generation=time,
            comments=tuple(comments),
            metadata=metadata,
            **texts,
        )
    except ValueError as error:
        raise PatternError(f"metadata.npy: {error}") from None


def encode(pattern: Pattern) -> bytes:
    """Write a pattern with all it says.

    Raises:
        ValueError: a corner beyond 64 bits.
        TypeError: metadata that JSON has no words for.
    """
    if not all(-(2**63) <= place < 2**63 for place in pattern.corner):
        raise ValueError(f"corner: got {pattern.corner}, accepted for .npz are numbers of 64 bits")
    said = {key: getattr(pattern, key) for key in (*_TEXTS, "generation")}
    said |= {"comments": list(pattern.comments), "metadata": dict(pattern.metadata)}
    try:
        said["boundary"] = pattern.boundary
    except ValueError:
        said["boundary"] = None
    stream = io.BytesIO()
    corner = np.array(pattern.corner, np.int64)
    np.savez_compressed(
        stream, cells=pattern.cells, corner=corner, metadata=np.array(json.dumps(said))
    )
    return stream.getvalue()
