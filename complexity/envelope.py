r"""The one file envelope of the toolkit: versioned, self-describing, and certain to notice damage.

======  =========  =====================================================================
offset  bytes      meaning
======  =========  =====================================================================
0       8          magic ``89 43 58 44 0D 0A 1A 0A`` (``\x89CXD\r\n^Z\n``)
8       1          version, now 1
9       1 to 10    length M of the description, LEB128
.       1 to 10    length P of the payload, LEB128
.       M          description: canonical JSON (sorted keys, no spaces, UTF-8) with its "kind"
.       P          payload
.       8          BLAKE2b of 64 bits over everything before
======  =========  =====================================================================

The magic is of PNG's design: a byte that is no ASCII, line ends that a transfer as text would
change, and a ^Z that stops a listing. Lengths are checked against the size of the file first.

References:
    T. Boutell et al., RFC 2083 (PNG), section 12.11: PNG file signature, 1997.
    M.-J. Saarinen and J.-P. Aumasson, RFC 7693 (BLAKE2), 2015.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from complexity import _leb128
from complexity._bytecodec import _as_bytes
from complexity.code import Codec, DecodeError, get_code
from complexity.serialise import codec_for

__all__ = ["VERSION", "decode_file", "encode_file", "pack", "unpack"]

VERSION = 1
_MAGIC = b"\x89CXD\r\n\x1a\n"
_DIGEST = 8
_OBJECT = "object"


def pack(payload: bytes, *, kind: str, meta: Mapping[str, Any] | None = None) -> bytes:
    """Put a payload into an envelope.

    Args:
        payload: any bytes.
        kind: what the payload is, such as "object" or "weights"; `unpack` can insist on it.
        meta: what a reader must know, as JSON values; keys are strings, and "kind" is taken.

    Raises:
        TypeError: the payload is no bytes, the kind no str, or `meta` holds what JSON cannot.
        ValueError: `meta` has a "kind", a number that is not finite, or what UTF-8 cannot hold.
    """
    if not isinstance(payload, bytes | bytearray | memoryview):
        raise TypeError(f"payload: got {type(payload).__name__}, accepted is bytes")
    if not isinstance(kind, str):
        raise TypeError(f"kind: got {type(kind).__name__}, accepted is a str")
    if meta is not None and not isinstance(meta, Mapping):
        raise TypeError(f"meta: got {type(meta).__name__}, accepted is a mapping")
    if "kind" in (meta or {}):
        raise ValueError("meta: got the key 'kind', which is the envelope's own")
    for key in meta or {}:
        if not isinstance(key, str):
            raise TypeError(f"meta: got the key {key!r}, accepted are strings")
    text = _text({**(meta or {}), "kind": kind})
    payload = bytes(payload)
    lengths = _leb128.write(len(text)) + _leb128.write(len(payload))
    body = _MAGIC + bytes([VERSION]) + lengths + text + payload
    return body + _digest(body)


def unpack(blob: bytes, *, kind: str | None = None) -> tuple[dict[str, Any], bytes]:
    """Open an envelope.

    Args:
        blob: a whole file.
        kind: insist that the file is of this kind.

    Returns:
        The description (as given to `pack`, and its "kind") and the payload.

    Raises:
        TypeError: `blob` is not bytes, bytearray or memoryview.
        DecodeError: it is not such a file, is of a newer version or another kind, or is damaged in
            any way: a changed byte, an end cut off, bytes behind.
    """
    blob = _as_bytes("blob", blob)
    start, text_length, payload_length = _lengths(blob)
    body = blob[:-_DIGEST]
    if _digest(body) != blob[-_DIGEST:]:
        raise DecodeError("damaged: the checksum does not match")
    meta = _description(body[start : start + text_length])
    if kind is not None and meta["kind"] != kind:
        raise DecodeError(f"this file is of kind {meta['kind']!r}, wanted is {kind!r}")
    return meta, body[start + text_length : start + text_length + payload_length]


def encode_file(x: Any, code: str | Codec) -> bytes:
    """An object as a file that any process decodes: the codeword, and the name of its code.

    Args:
        x: bytes; with a front end chosen by its type, a str, a NumPy array, or a list or tuple of
            int; or what a code of another domain takes (bits come back as an array).
        code: a registered codec, or its spec.

    Raises:
        TypeError: the code does not take such an object, or cannot encode.
        ValueError: the code is not in the registry, so that no other process could decode.
    """
    codec = codec_for(x, code)
    if not isinstance(codec, Codec):
        raise TypeError(f"code: {codec.name!r} cannot encode; accepted is a codec")
    if not _alike(get_code(codec.name), codec):
        raise ValueError(f"code: {codec.name!r} is another code in the registry; register this one")
    return pack(codec.encode(x), kind=_OBJECT, meta={"code": codec.name})


def _alike(found: Any, codec: Any) -> bool:
    """Whether the registry's code is this one: equal, or of its class, and so what is wrapped."""
    if found == codec:
        return True
    wrapped = getattr(codec, "code", None)
    return type(found) is type(codec) and (wrapped is None or _alike(found.code, wrapped))


def decode_file(blob: bytes) -> Any:
    """The object in a file of `encode_file`.

    Raises:
        TypeError: `blob` is not bytes, bytearray or memoryview.
        DecodeError: the file is damaged, or its code is not in the registry or cannot decode.
        ImportError: its code needs an extra that is not installed.
    """
    meta, payload = unpack(blob, kind=_OBJECT)
    try:
        codec = get_code(meta.get("code"))  # type: ignore[arg-type]
    except (TypeError, ValueError, RecursionError) as error:
        raise DecodeError(f"coded by what is not known here; {error}") from None
    if not isinstance(codec, Codec):
        raise DecodeError(f"damaged: {codec.name!r} cannot decode")
    return codec.decode(payload)


def _text(description: dict[str, Any]) -> bytes:
    try:
        return json.dumps(
            description, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
        ).encode("utf-8")
    except TypeError as error:
        raise TypeError(f"meta: {error}; accepted are JSON values") from None
    except (ValueError, RecursionError) as error:
        raise ValueError(f"meta: {error}; accepted are JSON values, finite and in UTF-8") from None


def _digest(body: bytes) -> bytes:
    return hashlib.blake2b(body, digest_size=_DIGEST).digest()


def _lengths(blob: bytes) -> tuple[int, int, int]:
    """Where the description starts, and both lengths, once they agree with the file's size."""
    if blob[: len(_MAGIC)] != _MAGIC[: len(blob)]:
        raise DecodeError(_not_ours(blob))
    if len(blob) <= len(_MAGIC):
        raise DecodeError(f"truncated: {len(blob)} bytes do not hold a header")
    version = blob[len(_MAGIC)]
    if version > VERSION:
        raise DecodeError(f"version {version} is newer than {VERSION}; upgrade complexodynamics")
    if version < VERSION:
        raise DecodeError(f"damaged: there is no version {version}")
    text_length, start = _leb128.read(blob, len(_MAGIC) + 1, "the description's length")
    payload_length, start = _leb128.read(blob, start, "the payload's length")
    size = start + text_length + payload_length + _DIGEST
    if len(blob) < size:
        raise DecodeError(f"truncated or damaged: {len(blob)} of {size} bytes are there")
    if len(blob) > size:
        raise DecodeError(f"damaged: {len(blob) - size} bytes follow the end of the file")
    return start, text_length, payload_length


def _not_ours(blob: bytes) -> str:
    if blob[1:4] == _MAGIC[1:4]:
        return "damaged: the signature is changed, perhaps by a transfer as text"
    return "not a file of this toolkit: the signature is missing"


def _description(text: bytes) -> dict[str, Any]:
    try:
        meta = json.loads(text)
    except (ValueError, RecursionError):
        raise DecodeError("damaged: the description is no JSON") from None
    if not isinstance(meta, dict) or not isinstance(meta.get("kind"), str):
        raise DecodeError("damaged: the description does not say its kind")
    return meta
