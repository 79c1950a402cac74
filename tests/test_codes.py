"""Every registered code keeps the laws, and the laws notice codes that do not."""

from __future__ import annotations

import re
import subprocess
import sys
from itertools import product

import laws
import numpy as np
import pytest
import strategies
from hypothesis import given, settings
from hypothesis import strategies as st

import complexity
from complexity.code import Code, Codec, CodeEntry, DecodeError, Kind, resolve

NAMES = list(complexity.codes(available=True))
CODECS = [name for name in NAMES if isinstance(complexity.get_code(name), Codec)]
# a histogram's codeword says which of all histograms it is, and encoding takes the best
UNIQUE = [n for n in CODECS if complexity.codes()[n].kind is Kind.IDEAL and n != "histogram"]
MORE = ["bernoulli:version=snml", "runs:integers=delta", "set-partition:by=blocks"]
MODERATE = settings(max_examples=20, deadline=None)


def domain_of(name: str) -> str:
    return complexity.codes()[name].domain


def examples(name: str) -> list:
    return strategies.EXAMPLES[domain_of(name)]


@pytest.mark.parametrize("name", CODECS)
@MODERATE
@given(data=st.data())
def test_round_trip_length_and_end(name, data):
    code = complexity.get_code(name)
    x = data.draw(strategies.objects(domain_of(name)))
    laws.check_round_trip(code, x)
    laws.check_length(code, x)
    laws.check_prefix_free(code, x)


@pytest.mark.parametrize("name", CODECS)
def test_damage(name):
    for x in examples(name):
        laws.check_damage(complexity.get_code(name), x)
        laws.check_damaged_file(complexity.get_code(name).encode(x), replacements=(1, 0xFF))


@pytest.mark.parametrize("spec", [*UNIQUE, *MORE])
def test_only_codewords_decode(spec):
    rng = np.random.default_rng(0)
    two = map(bytes, product(range(12), range(256)))
    more = (bytes([rng.integers(12)]) + rng.bytes(size) for size in (2, 3) for _ in range(200))
    blobs = [*laws.all_byte_strings(1), *two, *more]
    laws.check_only_codewords(complexity.get_code(spec), examples(spec.partition(":")[0]), blobs)


@pytest.mark.parametrize("name", [n for n in CODECS if domain_of(n) == "bytes"])
def test_every_replacement_of_every_byte(name):
    laws.check_damage(complexity.get_code(name), b"abracadabra", replacements=range(1, 256))


@pytest.mark.parametrize("name", [n for n in CODECS if domain_of(n) == "bytes"])
def test_kraft(name):
    longest = 2 if name in ("raw", "zlib") else 1
    laws.check_kraft(complexity.get_code(name), laws.all_byte_strings(longest))


@pytest.mark.parametrize("name", [n for n in CODECS if domain_of(n) == "bytes"])
def test_kraft_over_all_bit_strings(name):
    code = complexity.get_code(f"string({name})")
    laws.check_kraft(code, laws.all_bit_strings(12))


@pytest.mark.parametrize("name", CODECS)
def test_determinism(name):
    for x in examples(name)[-2:]:
        laws.check_determinism(complexity.get_code(name), x)


@pytest.mark.parametrize("name", [n for n in CODECS if domain_of(n) == "bytes"])
def test_larger(name):
    x = b"the quick brown fox %d " * 3000
    laws.check_round_trip(complexity.get_code(name), x + bytes(200_000))


@pytest.mark.parametrize("name", NAMES)
def test_entry_is_true(name):
    entry, code = complexity.codes()[name], complexity.get_code(name)
    assert isinstance(code, Code)
    assert code.kind == entry.kind
    assert complexity.get_code(code.name) == code
    assert code.name == (f"{name}({entry.inner})" if entry.inner else name)
    for key, default in entry.parameters.items():
        assert complexity.get_code(name, **{key: default}) == code


@pytest.mark.parametrize(
    ("spec", "name"),
    [
        ("zstd:19", "zstd"),
        ("zstd:3", "zstd:level=3"),
        ("zstd:level=19,long=true", "zstd:long=true"),
        ("array(zstd:3):layout=packed", "array(zstd:level=3):layout=packed"),
        ("array:shape=3x4,dtype=u1", "array(xz):shape=3x4,dtype=uint8"),
        ("array(raw):shape=scalar,dtype=<f8", "array(raw):shape=scalar,dtype=float64"),
        ("array(xz):layout=packed,order=hilbert", "array(xz):layout=packed,order=hilbert"),
        ("array:order=raster", "array(xz)"),
        ("template:16", "template:depth=16"),
        ("text", "text(xz)"),
    ],
)
def test_specs(spec, name):
    code = complexity.get_code(spec)
    assert code.name == name
    assert complexity.get_code(name) == code


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ("xzz", "did you mean 'xz'"),
        ("", "known: array"),
        ("xz:speed=1", "unknown 'speed'; known: preset, extreme"),
        ("xz:preset=a", "option preset: got 'a', accepted is int"),
        ("xz:preset=12", "preset: got 12, accepted is an integer from 0 to 9"),
        ("zstd:level=3,level=4", "twice"),
        ("zstd:3,4", "accepted is key=value"),
        ("zstd:long=maybe", "true or false"),
        ("raw:1", "no options"),
        ("raw:level=1", "has no options"),
        ("zlib(xz)", "wraps no other code"),
        ("array(nothing)", "unknown 'nothing'"),
        ("array:layout=x", "known: bytes, packed, text"),
        ("array:shape=3", "both or neither"),
        ("array:shape=3xa,dtype=f8", "as in 64x64"),
        ("array:shape=3,dtype=O", "accepted are booleans"),
    ],
)
def test_bad_specs(spec, says):
    with pytest.raises(ValueError, match=re.escape(says)):
        complexity.get_code(spec)


def test_bad_calls():
    with pytest.raises(TypeError, match="accepted is a string"):
        complexity.get_code(3)
    with pytest.raises(TypeError, match="Code object"):
        resolve(3)
    with pytest.raises(ValueError, match="option level: got 'x'"):
        complexity.get_code("zlib", level="x")
    with pytest.raises(ValueError, match="domain: unknown"):
        complexity.codes(domain="byte")


def test_registry_is_open(monkeypatch):
    monkeypatch.setattr("complexity.code._registry", {})
    entry = CodeEntry("mine", Kind.FILE, "bytes", "a test", "complexity.compressors:Raw")
    complexity.register(entry)
    assert list(complexity.codes(domain="bytes")) == ["mine"]
    assert complexity.get_code("mine").encode(b"a") == b"\1a"
    with pytest.raises(ValueError, match="registered already"):
        complexity.register(entry)
    with pytest.raises(ValueError, match="accepted is a word"):
        complexity.register(CodeEntry("a:b", Kind.FILE, "bytes", "", "x:y"))
    missing = CodeEntry("far", Kind.FILE, "bytes", "", "x:y", extra="far", requires=("no_such",))
    complexity.register(missing)
    assert list(complexity.codes(available=False)) == ["far"]
    with pytest.raises(ImportError, match=r'pip install "complexodynamics\[far\]"'):
        complexity.get_code("far")


def test_listing_imports_nothing():
    program = (
        "import sys, complexity; complexity.codes(); "
        "heavy = {'numpy', 'zstandard', 'brotli', 'pyppmd', 'complexity.compressors'}; "
        "found = heavy & set(sys.modules); sys.exit(str(found) if found else 0)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


class Broken:
    """A codec that is right until one method is replaced."""

    name, kind, overhead = "broken", Kind.FILE, 0.0

    def __init__(self, **methods):
        self.inner = complexity.get_code("zlib")
        self.__dict__.update(methods)

    def bits(self, x):
        return self.inner.bits(x)

    def encode(self, x):
        return self.inner.encode(x)

    def decode(self, blob):
        return self.inner.decode(blob)


def key_error(blob):
    raise KeyError(blob)


def ignore_tail(blob):
    length = blob[0]
    if len(blob) <= length:
        raise DecodeError("truncated")
    return blob[1 : 1 + length]


def not_deterministic():
    state = iter(range(10**6))
    return lambda x: 8.0 * len(x) + next(state)


def with_length(x):
    return bytes([len(x)]) + x


def test_laws_hold_for_the_unbroken():
    code = Broken()
    for check in (
        laws.check_round_trip,
        laws.check_length,
        laws.check_prefix_free,
        laws.check_damage,
        laws.check_determinism,
    ):
        check(code, b"abc")
    laws.check_kraft(code, laws.all_byte_strings(1))


@pytest.mark.parametrize(
    ("check", "methods"),
    [
        (laws.check_round_trip, {"decode": lambda blob: b"abd"}),
        (laws.check_round_trip, {"decode": lambda blob: bytearray(b"abc")}),
        (laws.check_length, {"bits": lambda x: 8.0}),
        (laws.check_length, {"bits": lambda x: 8000.0}),
        (laws.check_prefix_free, {"encode": with_length, "decode": ignore_tail}),
        (laws.check_prefix_free, {"decode": key_error}),
        (laws.check_damage, {"decode": key_error}),
        (laws.check_damage, {"encode": bytes, "decode": bytes}),
        (laws.check_determinism, {"bits": not_deterministic()}),
    ],
)
def test_laws_notice(check, methods):
    with pytest.raises(AssertionError):
        check(Broken(**methods), b"abc")


@pytest.mark.parametrize("methods", [{"bits": lambda x: 8.0 * len(x)}, {"encode": lambda x: b""}])
def test_kraft_notices(methods):
    with pytest.raises(AssertionError):
        laws.check_kraft(Broken(**methods), laws.all_byte_strings(1))
