"""Files of weights: as they are, rounded, by general compressors, and by the codec of weights.

Each writer takes a subject and gives a file; each reader takes the file and a blank stand-in, and
fills it. The receiver knows names, shapes and dtypes, as it does for every code here.
"""

from __future__ import annotations

import copy
import hashlib
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from complexity.code import DecodeError, Kind, get_code
from mdl.label_coder import encode_labels
from mdl.weights.codec.files import compress, decompress, file_report
from mdl.weights.tensors import tensors_of
from neural.describing.stand_in import StandIn, digest, fill_from, layout_of
from neural.describing.subject import Encoded, NotApplicableError, Subject, predicted

__all__ = [
    "Reader",
    "cast",
    "codec",
    "compressor",
    "compressor_reader",
    "described",
    "read_cast",
    "read_codec",
    "table_digest",
]

Reader = Callable[[bytes, StandIn], StandIn]

_PLAIN, _PLANES = 0, 1


def described(subject: Subject, blob: bytes, read: Reader, header_bits: float) -> Encoded:
    """A file of weights, with what it says of the labels where there are data.

    The labels' codeword is by the predictions of the network that the file holds.
    """
    held = read(blob, StandIn.blank(layout_of(subject.module)))
    details: dict[str, Any] = {}
    weights = digest(held)
    if weights != subject.weights:
        details["relative_error"] = _relative_error(held, subject)
    labels, predictions, data_bits = None, None, 0.0
    if subject.inputs is not None and subject.labels is not None:
        net = copy.deepcopy(subject.module)
        fill_from(net, held)
        table = predicted(net, subject.inputs)
        labels = encode_labels(table, subject.labels)
        predictions, data_bits = table_digest(table), 8.0 * len(labels)
        chosen = table.argmax(1)
        details["accuracy"] = float(np.mean(chosen == subject.labels))
        details["changed_predictions"] = int(np.sum(chosen != subject.table.argmax(1)))
    return Encoded(
        Kind.FILE, 8.0 * len(blob) - header_bits, header_bits, data_bits, blob, labels,
        weights=weights, predictions=predictions, details=details,
    )  # fmt: skip


def table_digest(table: np.ndarray) -> str:
    """BLAKE2b of predictions."""
    return hashlib.blake2b(np.ascontiguousarray(table).tobytes(), digest_size=16).hexdigest()


def _relative_error(held: torch.nn.Module, subject: Subject) -> float:
    """The norm of the error of all floating tensors by theirs."""
    error = norm = 0.0
    before = tensors_of(subject.module)
    for name, tensor in tensors_of(held).items():
        if tensor.is_floating_point():
            old = before[name].detach().double()
            error += float((tensor.detach().double() - old).square().sum())
            norm += float(old.square().sum())
    return math.sqrt(error / norm) if norm else 0.0


# ---- the numbers themselves


def cast(subject: Subject, dtype: str) -> Encoded:
    """Floating tensors in this dtype ("" for their own), others as they are."""
    target = _dtype(dtype)
    parts = []
    for name, tensor in tensors_of(subject.module).items():
        value = tensor.detach().to(target) if target and tensor.is_floating_point() else tensor
        if value.is_floating_point() and not bool(torch.isfinite(value).all()):
            raise NotApplicableError(f"a number of {name!r} is beyond {dtype}")
        parts.append(_bytes(value))

    def read(blob: bytes, blank: StandIn) -> StandIn:
        return read_cast(blob, blank, dtype)

    return described(subject, b"".join(parts), read, 0.0)


def read_cast(blob: bytes, blank: StandIn, dtype: str) -> StandIn:
    """The tensors of `cast`."""
    target, at = _dtype(dtype), 0
    with torch.no_grad():
        for tensor in tensors_of(blank).values():
            kind = target if target and tensor.is_floating_point() else tensor.dtype
            size = tensor.numel() * torch.empty(0, dtype=kind).element_size()
            part = np.frombuffer(blob[at : at + size], np.uint8).copy()
            if part.size != size:
                raise DecodeError(f"truncated: {len(blob)} bytes do not hold the tensors")
            if size:  # bytes of nothing cannot be viewed as numbers
                tensor.copy_(torch.from_numpy(part).view(kind).reshape(tensor.shape))
            at += size
    if at != len(blob):
        raise DecodeError(f"damaged: {len(blob) - at} bytes follow the tensors")
    return blank


def _dtype(name: str) -> torch.dtype | None:
    return getattr(torch, name) if name else None


def _bytes(tensor: torch.Tensor) -> bytes:
    flat = tensor.detach().contiguous().reshape(-1)
    return flat.view(torch.uint8).numpy().tobytes()


# ---- general compressors: one byte for the layout, then the compressor's codeword


def compressor(subject: Subject, name: str, options: dict[str, Any]) -> Encoded:
    """The bytes of all tensors, in order or in planes of equal significance, the shorter file."""
    code = get_code(name, **options)
    tensors = list(tensors_of(subject.module).values())
    plain = b"".join(map(_bytes, tensors))
    words = [_whole(tensors, size) for size in _sizes(tensors)]
    planes = b"".join(np.ascontiguousarray(part.T).tobytes() for part in words)
    blob = min(
        bytes([_PLAIN]) + code.encode(plain), bytes([_PLANES]) + code.encode(planes), key=len
    )
    found = described(subject, blob, compressor_reader(code.name), 8.0)
    return _noted(found, layout="byte planes" if blob[0] == _PLANES else "in order")


def compressor_reader(name: str) -> Reader:
    """What reads the files of `compressor`."""

    def read(blob: bytes, blank: StandIn) -> StandIn:
        if not blob or blob[0] > _PLANES:
            raise DecodeError("damaged: the file has no layout that is known")
        body = get_code(name).decode(blob[1:])
        tensors = list(tensors_of(blank).values())
        if blob[0] == _PLANES:
            body = b"".join(_in_order(body, tensors))
        return read_cast(body, blank, "")

    return read


def _sizes(tensors: Sequence[torch.Tensor]) -> list[int]:
    """Bytes of a number, those that occur."""
    return sorted({tensor.element_size() for tensor in tensors})


def _whole(tensors: Sequence[torch.Tensor], size: int) -> np.ndarray:
    """All numbers of so many bytes, (N, size) uint8."""
    mine = b"".join(_bytes(tensor) for tensor in tensors if tensor.element_size() == size)
    return np.frombuffer(mine, np.uint8).reshape(-1, size)


def _in_order(body: bytes, tensors: Sequence[torch.Tensor]) -> Iterator[bytes]:
    """The bytes of every tensor, from planes."""
    rows, at = {}, 0
    for size in _sizes(tensors):
        count = sum(t.numel() for t in tensors if t.element_size() == size)
        part = np.frombuffer(body[at : at + count * size], np.uint8)
        if part.size != count * size:
            raise DecodeError(f"truncated: {len(body)} bytes do not hold the planes")
        rows[size], at = part.reshape(size, count).T, at + count * size
    used = dict.fromkeys(rows, 0)
    for tensor in tensors:
        size, count = tensor.element_size(), tensor.numel()
        start = used[size]
        yield rows[size][start : start + count].tobytes()
        used[size] += count
    yield body[at:]  # what should not be there


# ---- the codec of weights


def codec(subject: Subject, quantiser: str, options: dict[str, Any]) -> Encoded:
    """A file of `mdl.weights.compress`."""
    data = None
    if quantiser != "exact" and subject.inputs is not None:
        data = subject.data
    settings = {"seed": subject.seed, "device": subject.device, "quantiser": quantiser} | options
    module = subject.module
    if data is not None and subject.device != "cpu":
        module = copy.deepcopy(module).to(subject.device)
    blob = compress(module, data, **settings)
    header = file_report(blob, subject.module).header_bits
    return described(subject, blob, read_codec, header)


def read_codec(blob: bytes, blank: StandIn) -> StandIn:
    """The tensors of a file of `mdl.weights.compress`."""
    fill_from(blank, decompress(blob, blank))
    return blank


def _noted(found: Encoded, **details: Any) -> Encoded:
    return replace(found, details={**found.details, **details})
