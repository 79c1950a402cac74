"""Where files come from: the folder that COMPLEXODYNAMICS_DATA names, else a host, by pooch.

Nothing is used whose digest is not the one of the registry.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

from complexity.progress import progress
from neural.datasets.archives import contents_digest, members
from neural.datasets.registry import DatasetEntry, FileEntry, entry

__all__ = ["VARIABLE", "available", "cache_folder", "contents"]

VARIABLE = "COMPLEXODYNAMICS_DATA"
"""The environment variable that names the folder to look in first."""

_MEGABYTE = 1 << 20
_CHUNK = 1 << 16
_SECONDS = 60.0
"""How long a host may be silent."""

_checked: set[tuple[str, int, int, str]] = set()
"""Path, size, time of change and expected digest of what was checked in this process."""


def contents(
    each: DatasetEntry, name: str, *, folder: str | os.PathLike[str] | None = None
) -> bytes:
    """Read one file of a data set, and check its digest the first time in a process.

    Args:
        each: the data set.
        name: one of its files, as the registry has it.
        folder: laid out as the one that COMPLEXODYNAMICS_DATA names, and looked in instead; then
            nothing is downloaded.

    Returns:
        The file's bytes; where an archive of the same members took its place, that archive's.

    Raises:
        FileNotFoundError: no folder has it, and no host, or it must not be downloaded.
        ConnectionError: it cannot be downloaded.
        ValueError: its digest is not the one expected.
        ImportError: it is to be downloaded and pooch is not installed.
    """
    file = each.file(name)
    place = _place(each, file, folder)
    if place is None:
        return _downloaded(each, file, folder)
    return _verified(place, file)


def available(
    name: str, *, split: str | None = None, folder: str | os.PathLike[str] | None = None
) -> bool:
    """Whether a data set can be read without downloading anything; digests are not checked.

    Args:
        name: of the data set.
        split: one part of it; all parts if not given.
        folder: as in `contents`.

    Raises:
        ValueError: the data set or the split is unknown.
    """
    from importlib.util import find_spec

    from complexity.errors import one_of

    each = entry(name)
    splits = each.splits if split is None else [one_of("split", split, each.splits)]
    if each.extra:
        return find_spec(each.extra) is not None
    files = {each.file(file) for part in splits for file in each.splits[part]}
    return all(
        _place(each, file, folder) or (folder is None and _cached(each, file).is_file())
        for file in files
    )


def cache_folder() -> Path:
    """The user's cache folder, where downloads are kept.

    Raises:
        ImportError: pooch is not installed.
    """
    return Path(_pooch().os_cache("complexodynamics"))


def _place(
    each: DatasetEntry, file: FileEntry, folder: str | os.PathLike[str] | None
) -> Path | None:
    root = os.environ.get(VARIABLE, "") if folder is None else os.fspath(folder)
    path = Path(root, each.folder, *file.name.split("/"))
    return path if root and path.is_file() else None


def _cached(each: DatasetEntry, file: FileEntry) -> Path:
    name = file.url.rpartition("/")[2] if file.members else file.name
    try:
        return cache_folder().joinpath(each.folder, *name.split("/"))
    except ImportError:
        return Path(os.devnull)


def _downloaded(
    each: DatasetEntry, file: FileEntry, folder: str | os.PathLike[str] | None
) -> bytes:
    needed = _needed(each, file, folder)
    if folder is not None or not file.url:
        source = f"it can be had from {file.url}" if file.url else "no host has it"
        instead = each.instead and f"; {each.instead} is like it"
        raise FileNotFoundError(f"{needed}; {source}{instead}")
    pooch = _pooch(needed)
    place = _cached(each, file)
    if place.is_file():
        try:
            return _verified(place, file)
        except ValueError:
            place.unlink(missing_ok=True)  # damaged: it is fetched again
    try:
        _retrieve(pooch, each, file, place)
    except ValueError as error:
        raise ValueError(f"{each.name}: {file.url} has another {file.name}: {error}") from None
    except OSError as error:
        reason = getattr(error.args[0] if error.args else None, "reason", error)
        raise ConnectionError(f"{needed}, or {file.url}; that failed: {reason}") from None
    try:
        return _verified(place, file)
    except ValueError:
        place.unlink(missing_ok=True)
        raise


def _retrieve(pooch: Any, each: DatasetEntry, file: FileEntry, place: Path) -> None:
    """Download to a file beside and rename it, once its digest is right (where it has one)."""

    def download(url: str, output: str, caller: object) -> None:
        import requests

        # pooch's own downloader leaves the connection open where the host answers with an error
        with (
            requests.get(url, stream=True, timeout=_SECONDS) as response,
            open(output, "wb") as beside,
            progress(f"{each.folder}/{file.name}, MB", file.size // _MEGABYTE) as step,
        ):
            response.raise_for_status()
            for chunk in response.iter_content(_CHUNK):
                before = beside.tell() // _MEGABYTE
                beside.write(chunk)
                for _ in range(before, beside.tell() // _MEGABYTE):
                    step()

    logger = pooch.get_logger()
    level = logger.level
    logger.setLevel("WARNING")
    try:
        digest = None if file.members else file.digest
        pooch.retrieve(file.url, digest, fname=place.name, path=place.parent, downloader=download)
    finally:
        logger.setLevel(level)


def _verified(path: Path, file: FileEntry) -> bytes:
    status = path.stat()
    octets = path.read_bytes()
    expected = file.digest or file.contents
    key = (str(path), status.st_size, status.st_mtime_ns, expected)
    if key in _checked and len(octets) == status.st_size:
        return octets
    algorithm, _, wanted = file.digest.partition(":")
    found = hashlib.new(algorithm or "sha256", octets, usedforsecurity=False).hexdigest()
    if found != wanted and not _same_members(octets, file):
        raise ValueError(
            f"{path}: a damaged or another file; expected {expected}, found {found}; "
            f"remove it and get it again{file.url and ' from ' + file.url}"
        )
    _checked.add(key)
    return octets


def _same_members(octets: bytes, file: FileEntry) -> bool:
    if not file.members:
        return False
    try:
        return contents_digest(members(octets, file.members)) == file.contents
    except ValueError:
        return False


def _needed(each: DatasetEntry, file: FileEntry, folder: str | os.PathLike[str] | None) -> str:
    """Which file is needed and where it was looked for."""
    if folder is not None:
        return f"{each.name} needs {Path(folder, each.folder, file.name)}, which is not there"
    root = os.environ.get(VARIABLE, "")
    named = f" ({root})" if root else ", which is not set"
    return f"{each.name} needs {each.folder}/{file.name} in the folder of {VARIABLE}{named}"


def _pooch(needed: str = "") -> Any:
    try:
        import pooch
    except ImportError:
        raise ImportError(
            (needed and f"{needed}, or ")
            + 'pooch to download it: pip install "complexodynamics[neural]"',
            name="pooch",
        ) from None
    return pooch
