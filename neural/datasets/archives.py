"""Members of zip and tar archives that are read, by their base names, and the digest of them."""

from __future__ import annotations

import hashlib
import io
import lzma
import re
import tarfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping

__all__ = ["contents_digest", "members"]

_DAMAGE = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,
)
"""What the standard library raises of damaged archives; RuntimeError if one seems encrypted."""


def members(octets: bytes, pattern: str, *, whole_path: bool = False) -> dict[str, bytes]:
    """Read the members of an archive that a regular expression matches in full.

    Args:
        octets: a zip or (compressed) tar archive.
        pattern: of base names; where it lies in the archive does not matter.
        whole_path: match the path inside the archive, `a/b.txt`, and name the members by it.

    Returns:
        Name -> bytes, sorted by name.

    Raises:
        ValueError: it is no archive, or two members have the same name, or none matches.
    """
    found: dict[str, bytes] = {}
    try:
        for path, read in _walk(octets):
            name = path if whole_path else path.rpartition("/")[2]
            if re.fullmatch(pattern, name):
                if name in found:
                    raise ValueError(f"an archive with two members {name}")
                found[name] = read()
    except _DAMAGE as error:
        raise ValueError(f"an archive that cannot be read: {error}") from None
    if not found:
        raise ValueError(f"an archive without a member like {pattern}")
    return dict(sorted(found.items()))


def contents_digest(found: Mapping[str, bytes]) -> str:
    """SHA-256 of members alone, whatever archive they came in: hexadecimal.

    Of every member, in the order of the names: the line `name size`, then its bytes.

    Example:
        >>> contents_digest({"b": b"2", "a": b"1"}) == contents_digest({"a": b"1", "b": b"2"})
        True
    """
    digest = hashlib.sha256()
    for name in sorted(found):
        digest.update(f"{name} {len(found[name])}\n".encode())
        digest.update(found[name])
    return digest.hexdigest()


def _walk(octets: bytes) -> Iterator[tuple]:
    if zipfile.is_zipfile(io.BytesIO(octets)):
        with zipfile.ZipFile(io.BytesIO(octets)) as archive:
            for info in archive.infolist():
                if not info.filename.endswith("/"):
                    yield info.filename, lambda info=info: archive.read(info)
        return
    with tarfile.open(fileobj=io.BytesIO(octets)) as archive:
        for info in archive:
            if info.isfile():
                yield info.name, lambda info=info: _extracted(archive, info)


def _extracted(archive: tarfile.TarFile, info: tarfile.TarInfo) -> bytes:
    file = archive.extractfile(info)
    return b"" if file is None else file.read()
