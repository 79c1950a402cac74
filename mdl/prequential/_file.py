"""Files of labels: the codeword in the toolkit's envelope, with what has to be trained to read it.

The description is {"code": spec, "torch": build} (no "torch" where all learners are portable); what
is default goes without saying: format 1, one thread, seed 0. The payload:

======  =======  ==========================================================================
offset  bytes    meaning
======  =======  ==========================================================================
0       4        BLAKE2b of the inputs: their shape as text, then float64, little-endian
4       4        BLAKE2b of the labels, int64, little-endian
8       4        BLAKE2b of what the experts said of the first 16 blocks, (E, b, K) float64
                 each: other arithmetic is noticed there
12      1 to 10  number of labels, LEB128
.       .        the codeword (`mdl.label_coder`)
======  =======  ==========================================================================
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from complexity import _leb128, envelope
from complexity.code import DecodeError
from mdl.prequential._walk import learners_of
from mdl.prequential.specs import FORMAT, learner_from_spec, spec_of

if TYPE_CHECKING:
    from mdl.prequential.code import PrequentialCode

__all__ = ["Opened", "TableDigest", "code_of", "opened", "packed", "spec_of_code"]

KIND = "labels"
BLOCKS = 16  # whose tables are hashed
_DIGEST = 4  # bytes
_USUAL = [  # the standard learners, which go without saying
    {"learner": "soft-neighbours"},
    {"learner": "calibrated", "inner": {"learner": "ensemble"}},
    {"learner": "uniform"},
]


def spec_of_code(code: PrequentialCode) -> dict[str, Any]:
    """The settings that are no defaults, and the learners' specs.

    Raises:
        TypeError: a learner has no name in files.
    """
    spec: dict[str, Any] = {} if FORMAT == 1 else {"format": FORMAT}
    for item in fields(code):
        value = getattr(code, item.name)
        if item.name != "learners" and (item.default is MISSING or value != item.default):
            spec[item.name] = value
    given = [spec_of(learner) for learner in learners_of(code)]
    usual = code.uniform and given == _USUAL
    return spec if usual else spec | {"learners": given}


def code_of(spec: object) -> PrequentialCode:
    """The code that a spec describes.

    Raises:
        DecodeError: it describes none, or one that only its maker can build.
        ImportError: a learner needs torch, which is not installed.
    """
    from mdl.prequential.code import PrequentialCode

    if not isinstance(spec, Mapping):
        raise DecodeError("damaged: the description has no code")
    options = dict(spec)
    if options.pop("format", 1) != FORMAT:
        raise DecodeError(f"made by format {spec.get('format', 1)!r} of the learners, not {FORMAT}")
    try:
        if "learners" in options:
            if not isinstance(options["learners"], list):
                raise TypeError(f"learners: got {options['learners']!r}, accepted is a list")
            options["learners"] = [learner_from_spec(each) for each in options["learners"]]
        return PrequentialCode(**options)
    except (TypeError, ValueError, RecursionError) as error:
        raise DecodeError(f"made by what is not known here: {error}") from None


def packed(
    code: PrequentialCode,
    word: bytes,
    x: NDArray[np.float64],
    y: NDArray[np.int64],
    tables: bytes,
) -> bytes:
    """The codeword as a file."""
    meta = {"code": code.spec} | ({} if code.portable else {"torch": _torch()})
    payload = _inputs(x) + _labels(y) + tables + _leb128.write(len(y)) + word
    return envelope.pack(payload, kind=KIND, meta=meta)


@dataclass(frozen=True)
class Opened:
    """A file that was read: the spec, torch's build, the codeword, checksums."""

    spec: Any
    torch: str
    word: bytes
    count: int
    inputs: bytes
    labels: bytes
    tables: bytes

    def check_inputs(self, x: NDArray[np.float64]) -> None:
        """Raise a DecodeError unless these are the inputs (n, ...) it was made with."""
        if len(x) != self.count:
            raise DecodeError(f"it holds {self.count} labels, but there are {len(x)} inputs")
        if _inputs(x) != self.inputs:
            raise DecodeError("the inputs are not those that it was encoded with")

    def check_labels(self, y: NDArray[np.int64]) -> None:
        """Raise a DecodeError unless these are the labels (n,) that were encoded."""
        if _labels(y) != self.labels:
            raise DecodeError(
                f"the decoded labels are not those that were encoded: {_elsewhere(self)}"
            )


def opened(blob: bytes) -> Opened:
    """Read a file.

    Raises:
        DecodeError: it is damaged, or no file of labels.
    """
    meta, payload = envelope.unpack(blob, kind=KIND)
    start = 3 * _DIGEST
    if len(payload) <= start:
        raise DecodeError(f"damaged: a payload of {len(payload)} bytes holds no labels")
    inputs, labels, tables = (payload[at : at + _DIGEST] for at in range(0, start, _DIGEST))
    count, start = _leb128.read(payload, start, "the number of labels")
    return Opened(
        meta.get("code"), str(meta.get("torch", "")), payload[start:], count, inputs, labels, tables
    )


class TableDigest:
    """The checksum of the experts' first tables.

    Args:
        file: whose checksum it should be; None for any.
    """

    def __init__(self, file: Opened | None = None) -> None:
        self._hash = hashlib.blake2b(digest_size=_DIGEST)
        self._file, self._blocks = file, 0

    def add(self, table: NDArray[np.float64]) -> None:
        """See what the experts say of a block, (E, b, K).

        Raises:
            DecodeError: that was the last that counts, and the checksum is not as expected.
        """
        if self._blocks < BLOCKS:
            self._hash.update(np.ascontiguousarray(table, "<f8").tobytes())
            self._blocks += 1
            if self._blocks == BLOCKS:
                self.finish()

    def finish(self) -> bytes:
        """The checksum.

        Raises:
            DecodeError: it is not as expected.
        """
        found = self._hash.digest()
        if self._file is not None and self._file.tables != found:
            raise DecodeError(
                f"the learners do not predict here what they predicted there: "
                f"{_elsewhere(self._file)}"
            )
        return found


def _inputs(x: NDArray[np.float64]) -> bytes:
    digest = hashlib.blake2b(repr(x.shape).encode(), digest_size=_DIGEST)
    digest.update(np.ascontiguousarray(x, "<f8").tobytes())
    return digest.digest()


def _labels(y: NDArray[np.int64]) -> bytes:
    return hashlib.blake2b(y.astype("<i8").tobytes(), digest_size=_DIGEST).digest()


def _elsewhere(file: Opened) -> str:
    if not file.torch:
        return "damaged"  # portable learners compute alike on every machine
    return (
        f"made with torch {file.torch}, here is {_torch()}; another build or processor computes "
        f"otherwise (files of portable learners decode anywhere)"
    )


def _torch() -> str:
    """The build, and the instructions that it uses."""
    try:
        import torch
    except ModuleNotFoundError:
        return "none"
    return f"{torch.__version__}/{torch.backends.cpu.get_cpu_capability()}"
