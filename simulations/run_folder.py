"""The files of a run: `run.json`, `result.npz` and, while unfinished, one `checkpoint.cxd`.

Every file is checksummed, read back without pickles and replaced atomically. While `observe` fills
a folder it holds the last checkpoint or the whole run, whatever stops the process; saving over a
finished run replaces its two files one after the other.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np

from complexity.files import write_atomically

__all__ = [
    "DamagedRunError",
    "kind",
    "prepare",
    "prepared",
    "read",
    "read_checkpoint",
    "write",
    "write_checkpoint",
]

_FORMAT = "complexodynamics run"
_VERSION = 1

Arrays = dict[str, np.ndarray]


class DamagedRunError(ValueError):
    """A run folder's file is missing, damaged or of a newer format; the message has its path."""


def prepare(folder: str | os.PathLike[str]) -> Path:
    """Make the folder if need be and check that it can be written to.

    Raises:
        OSError: it cannot, or a file stands in its place; the message has the path.
    """
    path = Path(folder)
    try:
        path.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise NotADirectoryError(f"out: {path} is a file; give a folder") from None
    except OSError as error:
        raise OSError(f"out: cannot make the folder {path}: {error.strerror}") from None
    if not os.access(path, os.W_OK | os.X_OK):
        raise PermissionError(f"out: the folder {path} cannot be written to")
    return path


@contextmanager
def prepared(folder: str | os.PathLike[str]) -> Iterator[Path]:
    """`prepare` the folder; if the block fails, remove again what was made and is still empty."""
    path = Path(folder)
    made = [each for each in (path, *path.parents) if not each.exists()]
    try:
        yield prepare(path)
    except BaseException:
        for each in made:
            with suppress(OSError):
                each.rmdir()
        raise


def pack_arrays(arrays: Mapping[str, np.ndarray]) -> bytes:
    """The bytes of a compressed .npz with these arrays.

    Raises:
        TypeError: one holds Python objects, which only a pickle could.
    """
    for name, array in arrays.items():
        if np.asarray(array).dtype.hasobject:
            raise TypeError(f"{name}: got an array of objects, accepted are numbers and texts")
    stream = io.BytesIO()
    np.savez_compressed(stream, **arrays)  # type: ignore[arg-type]
    return stream.getvalue()


def unpack_arrays(data: bytes, path: Path) -> Arrays:
    """The arrays of an .npz; `path` is for the message of the DamagedRunError."""
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
    except Exception as error:  # whatever zipfile, zlib and NumPy's header reader make of it
        raise DamagedRunError(f"{path}: damaged: {error}") from None
    for name, array in arrays.items():
        if not isinstance(array, np.ndarray):
            raise DamagedRunError(f"{path}: damaged: {name} is no array")
    return arrays


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _canonical(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()


def write(folder: str | os.PathLike[str], meta: Mapping[str, Any], arrays: Arrays) -> Path:
    """Write a run, which ends its checkpoint unless its provenance says that it is only a part.

    `meta` must be JSON-serialisable. Returns the path of `run.json`.
    """
    path = prepare(folder)
    data = pack_arrays(arrays)
    # through JSON and back, so that the checksum is of what a reader will see
    document = json.loads(json.dumps({**meta, "format": _FORMAT, "version": _VERSION}))
    document["files"] = {"result.npz": _digest(data)}
    document["checksum"] = _digest(_canonical(document))
    complete = document.get("provenance", {}).get("complete", True)
    if complete and (path / "checkpoint.cxd").exists():  # of the same run, a saved part goes first
        (path / "run.json").unlink(missing_ok=True)
    write_atomically(path / "result.npz", data)
    written = write_atomically(path / "run.json", json.dumps(document, indent=1).encode() + b"\n")
    if complete:
        (path / "checkpoint.cxd").unlink(missing_ok=True)
    return written


def read(folder: str | os.PathLike[str]) -> tuple[dict[str, Any], Arrays]:
    """Read a finished run back.

    Raises:
        FileNotFoundError: there is no `run.json` in the folder.
        DamagedRunError: a file is damaged, missing, or newer than this version reads.
    """
    path = Path(folder) / "run.json"
    if not path.exists():
        raise FileNotFoundError(
            f"{path}: no such file; {folder} is not the folder of a finished run"
        )
    document = _read_document(path)
    result = path.with_name("result.npz")
    if not result.exists():
        raise DamagedRunError(f"{result}: missing")
    data = result.read_bytes()
    if document.get("files", {}).get("result.npz") != _digest(data):
        raise DamagedRunError(f"{result}: damaged: its SHA-256 is not the one in run.json")
    return document, unpack_arrays(data, result)


def kind(folder: str | os.PathLike[str]) -> str | None:
    """What the finished run in a folder is, "run" or "sweep"; None where none can be read."""
    try:
        return _read_document(Path(folder) / "run.json").get("kind", "run")
    except (FileNotFoundError, DamagedRunError):
        return None


def _read_document(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise DamagedRunError(f"{path}: damaged: not JSON ({error})") from None
    if not isinstance(document, dict) or document.get("format") != _FORMAT:
        raise DamagedRunError(f"{path}: not the run.json of a run")
    if document.get("version") != _VERSION:
        raise DamagedRunError(
            f"{path}: format version {document.get('version')}, known is {_VERSION}"
        )
    checksum = document.pop("checksum", None)
    if checksum != _digest(_canonical(document)):
        raise DamagedRunError(f"{path}: damaged: its checksum does not match")
    return document


def write_checkpoint(
    folder: str | os.PathLike[str], meta: Mapping[str, Any], arrays: Arrays
) -> Path:
    """Replace the folder's checkpoint by this one, in one rename."""
    from complexity.envelope import pack

    blob = pack(pack_arrays(arrays), kind="checkpoint", meta=dict(meta))
    written = write_atomically(Path(folder) / "checkpoint.cxd", blob)
    for superseded in ("run.json", "result.npz"):  # a saved part of the same run
        (Path(folder) / superseded).unlink(missing_ok=True)
    return written


def read_checkpoint(folder: str | os.PathLike[str]) -> tuple[dict[str, Any], Arrays] | None:
    """The folder's checkpoint, or None where there is none.

    Raises:
        DamagedRunError: it is damaged.
    """
    from complexity.code import DecodeError
    from complexity.envelope import unpack

    path = Path(folder) / "checkpoint.cxd"
    if not path.exists():
        return None
    try:
        meta, payload = unpack(path.read_bytes(), kind="checkpoint")
    except DecodeError as error:
        raise DamagedRunError(f"{path}: damaged: {error}; delete it to start anew") from None
    return dict(meta), unpack_arrays(payload, path)
