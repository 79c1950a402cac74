"""The envelope: whatever is damaged is found, and any process decodes a file."""

from __future__ import annotations

import hashlib
import subprocess
import sys

import laws
import networkx
import numpy as np
import pytest
import strategies
from hypothesis import given, settings

from complexity import DecodeError, StringCodec, TextCodec, decode_file, encode_file
from complexity.compressors import Raw
from complexity.envelope import pack, unpack


def sealed(body: bytes) -> bytes:
    return body + hashlib.blake2b(body, digest_size=8).digest()


@settings(max_examples=40, deadline=None)
@given(strategies.byte_strings())
def test_round_trip(payload):
    blob = pack(payload, kind="test", meta={"b": [1, None], "a": "é"})
    assert unpack(blob, kind="test") == ({"a": "é", "b": [1, None], "kind": "test"}, payload)


def test_the_layout_is_the_documented_one():
    text = b'{"a":1,"kind":"k"}'
    body = b"\x89CXD\r\n\x1a\n" + bytes([1, len(text), 3]) + text + b"xyz"
    assert pack(b"xyz", kind="k", meta={"a": 1}) == sealed(body)


def test_every_damage_is_found():
    laws.check_damaged_file(b"payload", replacements=range(1, 256))
    laws.check_damaged_file(b"")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda b: b[:-1], "truncated"),
        (lambda b: b[:5], "truncated"),
        (lambda b: b"", "truncated"),
        (lambda b: b + b"x", "1 bytes follow"),
        (lambda b: b.replace(b"\r\n", b"\n"), "transfer as text"),
        (lambda b: b"PK" + b, "not a file of this toolkit"),
        (lambda b: b[:8] + b"\2" + b[9:], "version 2 is newer than 1"),
        (lambda b: b[:8] + b"\0" + b[9:], "no version 0"),
        (lambda b: b[:-1] + bytes([b[-1] ^ 1]), "checksum"),
        (lambda b: b[:9] + b"\xff" * 9 + b"\x7f" + b[10:], "bytes are there"),
        (lambda b: sealed(b[:9] + b"\2\0[]"), "does not say its kind"),
        (lambda b: sealed(b[:9] + b"\2\0{]"), "no JSON"),
    ],
)
def test_what_is_wrong_is_said(change, says):
    with pytest.raises(DecodeError, match=says):
        unpack(change(pack(b"abc", kind="test")))


def test_kind_is_insisted_on():
    with pytest.raises(DecodeError, match="kind 'a', wanted is 'b'"):
        unpack(pack(b"", kind="a"), kind="b")
    with pytest.raises(ValueError, match="envelope's own"):
        pack(b"", kind="a", meta={"kind": "b"})
    with pytest.raises(TypeError, match="accepted is bytes"):
        pack("text", kind="a")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="kind: got int, accepted is a str"):
        pack(b"", kind=5)  # type: ignore[arg-type]


@pytest.mark.parametrize("x", [b"abc", "text", [1, 2, 1], (3,), np.eye(3), np.array(2.5)])
def test_files_of_objects(x):
    for code in ("xz", "zlib:3"):
        assert laws.same(decode_file(encode_file(x, code)), x)


@pytest.mark.parametrize(
    ("x", "code"),
    [
        (np.eye(4), "template"),
        (np.arange(12).reshape(3, 4), "template:depth=8"),
        (np.array([0, 1, 1, 0], np.uint8), "ctw-bits"),
        (np.array([0, 1, 1, 0], np.uint8), "runs"),
        ("0110", "string(xz)"),
        ("text", "text(xz)"),
        (np.eye(2), "array(xz):order=z"),
    ],
)
def test_files_by_codes_of_other_domains(x, code):
    assert laws.same(decode_file(encode_file(x, code)), x)


def test_files_of_bits_and_graphs():
    assert decode_file(encode_file("0110", "ctw-bits")).tolist() == [0, 1, 1, 0]
    graph = networkx.path_graph(4)
    for code in ("graph", "graph(xz)"):
        back = decode_file(encode_file(graph, code))
        assert sorted(back.edges) == [(0, 1), (1, 2), (2, 3)]


@pytest.mark.parametrize("blob", ["abc", 5, None, [1, 2]])
def test_what_is_no_file_is_refused(blob):
    for read in (decode_file, unpack):
        with pytest.raises(TypeError, match="blob: got"):
            read(blob)


@pytest.mark.parametrize(
    "code",
    [
        "entropy",
        "lz76-rate",
        "text(entropy)",
        "text(template)",
        *("array(" * depth + ")" * depth for depth in (2, 100, 300, 3000)),
        5,
    ],
)
def test_files_by_codes_that_cannot_decode(code):
    with pytest.raises(DecodeError, match=r"cannot decode|not known here"):
        decode_file(pack(b"\1a", kind="object", meta={"code": code}))


def test_another_process_decodes(tmp_path):
    path = tmp_path / "x.cxd"
    path.write_bytes(encode_file("0110", StringCodec("zstd")))
    program = (
        "import sys, pathlib, complexity;"
        "print(complexity.decode_file(pathlib.Path(sys.argv[1]).read_bytes()))"
    )
    done = subprocess.run([sys.executable, "-c", program, path], capture_output=True, check=True)
    assert done.stdout.strip() == b"0110"


def test_codes_outside_the_registry():
    class Mine(Raw):
        family = "raw"

    class Other(Raw):
        family = "nowhere"

    with pytest.raises(ValueError, match="another code in the registry"):
        encode_file(b"a", Mine())
    with pytest.raises(ValueError, match="another code in the registry"):
        encode_file("a", TextCodec(Mine()))
    with pytest.raises(ValueError, match="unknown 'nowhere'"):
        encode_file(b"a", Other())
    with pytest.raises(DecodeError, match=r"not known here.*'nowhere'"):
        decode_file(pack(b"\1a", kind="object", meta={"code": "nowhere"}))
    with pytest.raises(DecodeError, match="not known here"):
        decode_file(pack(b"\1a", kind="object"))


@pytest.mark.parametrize(
    ("meta", "error"),
    [
        ({"a": np.int64(5)}, TypeError),
        ({"a": b""}, TypeError),
        ({1: 2}, TypeError),
        ([("a", 1)], TypeError),
        ({"a": float("nan")}, ValueError),
        ({"a": "\ud800"}, ValueError),
        ({"a": 10**5000}, ValueError),
    ],
)
def test_what_json_cannot_hold_is_named(meta, error):
    with pytest.raises(error, match=r"^meta: .*accepted (is|are)"):
        pack(b"", kind="x", meta=meta)
