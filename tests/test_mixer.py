"""The context mixer: integers only, one spelling, no window, conditional lengths that add up."""

from __future__ import annotations

import hashlib
import itertools
import math
import os
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import laws
import numba
import numpy as np
import pytest
import strategies
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numba.core import compiler, registry, typed_passes

import complexity
from complexity import _leb128
from complexity.code import DecodeError
from complexity.mixing import ContextMixer, _kernels, mixer

CODE = ContextMixer()
DATA = os.environ.get("COMPLEXODYNAMICS_DATA", "")
MODERATE = settings(max_examples=25, deadline=None)


def random_bytes(size: int, *, alphabet: bytes = bytes(range(256)), seed: int = 1) -> bytes:
    picks = np.random.default_rng(seed).integers(0, len(alphabet), size)
    return np.frombuffer(alphabet, np.uint8)[picks].tobytes()


def english(size: int, *, seed: int = 1) -> bytes:
    """Words of a fixed vocabulary, drawn by Zipf's law, in sentences."""
    rng = np.random.default_rng(seed)
    letters = np.array(list("etaoinshrdlucmfwyp"))
    words = ["".join(rng.choice(letters, rng.integers(1, 9))) for _ in range(2000)]
    odds = 1 / np.arange(1, 2001)
    drawn = rng.choice(2000, size // 3 + 1, p=odds / odds.sum())
    text = " ".join(words[k] + ("." if k % 17 == 0 else "") for k in drawn)
    return text.encode()[:size]


def counted(size: int) -> bytes:
    """A fixed text without a random generator: i, i squared, and i in binary, line by line."""
    lines = (f"{i} squared is {i * i}, in binary {i:b}\n" for i in range(size))
    return "".join(lines).encode()[:size]


def de_bruijn(alphabet_size: int, order: int) -> bytes:
    """The Lyndon words whose lengths divide `order`, in lexicographic order (Duval 1983)."""
    out, word = bytearray(), [-1]
    while word:
        word[-1] += 1
        if order % len(word) == 0:
            out += bytes(word)
        word = (word * order)[:order]
        while word and word[-1] == alphabet_size - 1:
            word.pop()
    return bytes(out)


def records(count: int, *, seed: int = 1) -> bytes:
    """Rows of 13 bytes: a counter, constants, and a slowly moving value."""
    rng = np.random.default_rng(seed)
    rows = np.zeros((count, 13), np.uint8)
    rows[:, 0] = np.arange(count) & 255
    rows[:, 1] = np.arange(count) >> 8
    rows[:, 3:6] = [7, 77, 177]
    rows[:, 9] = 128 + np.cumsum(rng.integers(-1, 2, count))
    return rows.tobytes()


STRINGS = {
    "zeros": bytes(70_000),
    "ones": b"\xff" * 5000,
    "periodic": b"abcdefg" * 4000,
    "de Bruijn": de_bruijn(2, 12) + de_bruijn(5, 5),
    "random": random_bytes(10_000),
    "dna": random_bytes(10_000, alphabet=b"acgt"),
    "text": english(20_000),
    "records": records(2000),
    "counted": counted(30_000),
    "all bytes": bytes(range(256)) * 3,
    "one chunk": english(1 << 15),
    "one chunk and one": english((1 << 15) + 1),
}


@pytest.mark.parametrize("name", STRINGS)
def test_round_trip(name):
    x = STRINGS[name]
    laws.check_round_trip(CODE, x)
    laws.check_prefix_free(CODE, x[:300])


@MODERATE
@given(x=strategies.byte_strings(largest=2000), level=st.integers(1, 9))
def test_round_trip_of_any_bytes_at_any_level(x, level):
    code = ContextMixer(level=level)
    laws.check_round_trip(code, x)
    assert CODE.decode(code.encode(x)) == x  # the level is in the file
    laws.check_length(code, x)


@pytest.mark.parametrize("level", [1, 2])
def test_full_tables(level):
    """Far more contexts than slots: they are replaced, alike on both sides."""
    laws.check_round_trip(
        ContextMixer(level=level), random_bytes(1500, seed=3) * 30 + english(60_000)
    )


def corpus(*parts: str) -> list[Path]:
    folder = Path(DATA, *parts)
    if not DATA or not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if path.name != "SOURCE.txt")


@pytest.mark.parametrize("path", corpus("canterbury"), ids=lambda path: path.name)
def test_canterbury(path):
    x = path.read_bytes()[:40_000]  # the benchmark takes them whole
    blob = CODE.encode(x)
    assert CODE.decode(blob) == x
    others = ("xz", "bz2", "zstd", "zlib")
    assert 8 * len(blob) < min(complexity.get_code(other).bits(x) for other in others)


def test_generated_data_is_coded_better_than_by_the_standard_library():
    for name in ("text", "dna", "records", "counted"):
        best = min(
            complexity.get_code(other).bits(STRINGS[name]) for other in ("xz", "bz2", "zlib")
        )
        assert CODE.bits(STRINGS[name]) < best


PINS = {
    "empty": (b"", "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
    "abracadabra": (
        b"abracadabra",
        "1c142b408ff39e0200634d2a632b70759c0fa5ef12246a6364b5b02b915b2172",
    ),
    "counted": (
        counted(30_000),
        "beca5d5b0139f6feee7bdd5983c6480370a8d3449741c6cbba1d7c5dd56eb675",
    ),
    "zeros": (bytes(100_000), "f27dbeb7a1c975ec1740d9adfafb366281c00dd570af28756fbc1904d483e498"),
    "squares": (
        bytes(i * i % 251 for i in range(5000)) * 2,
        "1149ecf0baff4a9368bea901028bde3095c77d2cf0cc894ad9f69d875505150a",
    ),
}


@pytest.mark.parametrize("name", PINS)
def test_codewords_are_the_same_everywhere(name):
    """SHA-256 of the codeword: another platform or a change of the format shows here."""
    x, pin = PINS[name]
    assert hashlib.sha256(CODE.encode(x)).hexdigest() == pin


@pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="nothing is compiled")
def test_only_integers():
    """No array, variable or call of the kernels has a floating-point type."""
    model, history = mixer._Model.fresh(1000, 6), mixer._padded(b"abc")
    arrays = (*model, *mixer._constants(), np.zeros(1, np.int64))
    assert {array.dtype.kind for array in (*arrays, mixer._coder())} == {"i", "u"}
    arguments = (0, history, 0, 3, history, mixer._coder(), *arrays)
    helpers = {"_mixed": 2, "_slot": (model.table, 24, 0), "_length_class": 1, "_between": 3}
    helpers |= {"_contexts": (np.zeros(30, np.int64), history, 0, model.registers, 0, 0)}
    assert set(helpers) | {"run"} == {k for k, v in vars(_kernels).items() if hasattr(v, "py_func")}
    for name, given_ in {**helpers, "run": arguments}.items():
        values = (0,) * given_ if isinstance(given_, int) else given_
        found = _types(getattr(_kernels, name).py_func, values)
        assert len(found) > 3
        assert not [kind for kind in found if "float" in str(kind) or "complex" in str(kind)]


def _types(function, values):
    """The types that Numba infers for the variables and calls of a function."""
    target = registry.cpu_target
    ir = compiler.run_frontend(function)
    inferred = typed_passes.type_inference_stage(
        target.typing_context, target.target_context, ir, tuple(map(numba.typeof, values)), None
    )
    return {*inferred.typemap.values(), *inferred.calltypes.values()}


def test_the_check_for_floats_sees_them():
    assert any("float" in str(kind) for kind in _types(lambda a, b: a / b, (1, 2)))


def test_plain_python_says_the_same():
    """The kernel as Python, where integers do not wrap and a float would be seen."""
    x = b"abracadabra, abracadabra! " + bytes(range(8)) + b"abracadabra"
    with np.errstate(all="raise", over="ignore"):
        run = getattr(_kernels.run, "py_func", _kernels.run)
        model, coder = mixer._Model.fresh(len(x), 6), mixer._coder()
        history, stream = mixer._padded(x), np.zeros(18 * len(x) + 16, np.uint8)
        rest = (*mixer._constants(), np.zeros(1, np.int64))
        end = run(_kernels.ENCODE, history, mixer._PAD, history.size, stream, coder, *model, *rest)
    assert end == history.size
    blob = stream[: int(coder[2])].tobytes() + mixer._ending(coder)
    assert _leb128.write(len(x)) + b"\6" + blob == CODE.encode(x)


def test_squash_and_stretch():
    squash, stretch, following, reciprocals = mixer._constants()
    s = np.arange(-_kernels.LIMIT, _kernels.LIMIT + 1)
    exact = np.clip(65536 / (1 + np.exp(-s / 256)), 1, 65535)
    assert np.abs(squash - exact).max() <= 0.5 + 1e-9
    assert (np.diff(squash) >= 0).all()
    assert (squash[stretch.astype(int) + _kernels.LIMIT] >= np.arange(65536)).all()
    inner = np.arange(64, 65473)
    assert np.abs(stretch[inner] - 256 * np.log(inner / (65536 - inner))).max() <= 2.5
    assert reciprocals[0] == 65536 * 2 // 3
    assert following.max() < 256


def test_bit_histories():
    order, following = mixer._histories()
    assert len(order) == len(set(order)) <= 256
    assert len(following) == 2 * len(order)
    for number, (zeros, ones, _) in enumerate(order):
        for bit in (0, 1):
            after = order[following[2 * number + bit]]
            assert after[bit] >= min((zeros, ones)[bit], 1)  # what came is not forgotten
            assert after[1 - bit] <= (zeros, ones)[1 - bit]  # what did not come gains nothing
    run = 0
    for _ in range(100):
        run = following[2 * run + 1]
    assert order[run][:2] == (0, 41)


@example(low=0, size=2**64 - 1)  # all of the interval of so many bytes
@example(low=0, size=2**56 - 1)
@example(low=5 << 40, size=2**40 - 1)
@example(low=77, size=0)
@given(low=st.integers(0, 2**64 - 1), size=st.integers(0, 2**64 - 1))
def test_ending_stays_inside_and_is_shortest(low, size):
    high = min(low + size, 2**64 - 1)
    ending = mixer._ending(np.array([low, high, 0, 0], np.uint64))
    free = 64 - 8 * len(ending)
    first = int.from_bytes(ending, "big") << free
    assert low <= first <= first + (1 << free) - 1 <= high
    if ending:
        wider = 1 << (free + 8)
        assert -(-low // wider) * wider + wider - 1 > high


@pytest.mark.parametrize("make", [english, random_bytes])
def test_coder_spends_what_the_model_says(make):
    """bits(x) exceeds the ideal -sum(log2 p) by the header and less than three bytes."""
    for size in (1, 10, 100, 1000, 40_000):
        x = make(size)
        ideal = CODE.state_after(x, room=0).spent_bits
        header = 8 * (len(_leb128.write(size)) + 1)
        assert header + ideal <= CODE.bits(x) + 1e-6 < header + ideal + 24


def test_random_bytes_cost_little_more():
    for size in (1000, 20_000):
        assert CODE.bits(random_bytes(size)) <= 8 * size * 1.012 + 40


def test_a_long_copy_is_nearly_free():
    assert CODE.bits(bytes(300_000)) < 200
    x = random_bytes(50_000)
    assert CODE.state_after(x).bits(x) < 0.001 * 8 * len(x)


@pytest.mark.parametrize(
    "x",
    [
        english(20_000),
        random_bytes(20_000),
        random_bytes(20_000, alphabet=b"acgt"),
        counted(20_000),
    ],
    ids=["text", "random", "dna", "counted"],
)
def test_distance_to_itself(x):
    once, twice = CODE.bits(x), CODE.bits(x + x)
    assert 0 <= (twice - once) / once <= 0.01


def test_mitochondrial_dna_is_symmetric():
    """C(xy) and C(yx) differ by at most 3 % of C(x), for every pair."""
    paths = [path for path in corpus("mammal_mtdna", "10-mammals") if path.suffix == ".txt"]
    sequences = [path.read_bytes() for path in paths[:3]]
    if not sequences:
        first = np.frombuffer(random_bytes(16_000, alphabet=b"acgt"), np.uint8)
        second = first.copy()
        second[::9] = np.frombuffer(random_bytes(first[::9].size, alphabet=b"acgt", seed=2), "u1")
        sequences = [first.tobytes(), second.tobytes()]
    for x, y in itertools.combinations(sequences, 2):
        assert abs(CODE.bits(x + y) - CODE.bits(y + x)) / CODE.bits(x) <= 0.03
        assert CODE.bits(y, given=x) < CODE.bits(y)


@MODERATE
@given(x=strategies.byte_strings(largest=2000), y=strategies.byte_strings(largest=2000))
def test_conditional_lengths_add_up(x, y):
    state = CODE.state_after(x, room=len(y))
    whole = CODE.state_after(x + y, room=0)
    assert state.spent_bits + state.bits(y) == pytest.approx(whole.spent_bits, abs=1e-6)
    assert CODE.bits(y, given=x) == state.bits(y)
    header = 8 * (len(_leb128.write(len(x + y))) + 1)
    if x + y:
        assert 0 <= CODE.bits(x + y) - header - state.spent_bits - state.bits(y) + 1e-6 < 24


@pytest.mark.parametrize("size", [1000, 20_000])
def test_conditional_is_the_difference_of_files(size):
    """|C(y|x) - (C(xy) - C(x))| is at most 32 bits and 2 % of C(y): headers, rounding, tables."""
    x, y = english(size, seed=1), english(size, seed=2)
    assert abs(CODE.bits(y, given=x) - (CODE.bits(x + y) - CODE.bits(x))) <= 32 + 0.02 * CODE.bits(
        y
    )


def test_a_state_is_not_changed_by_use():
    x, ys = english(3000), [english(500, seed=seed) for seed in (2, 3)] + [b"", b"a"]
    state = CODE.state_after(x)
    before = [array.copy() for array in state._model]
    lengths = [state.bits(y) for y in ys]
    assert lengths[2] == 0
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(state.bits, ys * 3)) == lengths * 3
    assert all(map(np.array_equal, before, state._model))
    assert (state.length, state.spent_bits) == (3000, CODE.state_after(x).spent_bits)


@pytest.mark.parametrize(
    ("blob", "says"),
    [
        (b"", "truncated"),
        (b"\0\0", "follow the empty string"),
        (b"\5", "before the level"),
        (b"\5\0abc", "the level is 0"),
        (b"\5\12abc", "the level is 10"),
        (b"\5\6", "cannot hold 5 bytes"),
        (_leb128.write(2**31) + b"\6" + bytes(99), "cannot hold"),
        (_leb128.write(200_000) + b"\6abc", "cannot hold 200000 bytes"),
        (_leb128.write(190_000) + b"\6abc", "the code ends before"),
    ],
)
def test_bad_blobs(blob, says):
    with pytest.raises(DecodeError, match=re.escape(says)):
        CODE.decode(blob)


@settings(max_examples=60, deadline=None)
@given(length=st.integers(1, 3000), level=st.integers(1, 9), code=st.binary(max_size=60))
def test_any_bytes_decode_or_are_refused(length, level, code):
    blob = _leb128.write(length) + bytes([level]) + code
    try:
        x = CODE.decode(blob)
    except DecodeError:
        return
    assert ContextMixer(level=level).encode(x) == blob  # a codeword has one spelling


def test_bad_calls():
    with pytest.raises(ValueError, match="level: got 10, accepted is an integer from 1 to 9"):
        ContextMixer(level=10)
    with pytest.raises(TypeError, match="x: got str"):
        CODE.bits("text", given=b"")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="y: got str"):
        CODE.state_after(b"").bits("text")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="room: got -1"):
        CODE.state_after(b"", room=-1)
    assert math.isclose(CODE.bits(b"", given=b"abc"), 0)


def test_the_longest_inputs(monkeypatch):
    monkeypatch.setattr(ContextMixer, "limit", 10)
    state = CODE.state_after(b"0123456", room=3)
    assert state.bits(b"789") > 0
    assert CODE.state_after(b"0123456789").length == 10
    with pytest.raises(ValueError, match="y: got 11 bytes in all, accepted are at most 10"):
        state.bits(b"789a")
    with pytest.raises(ValueError, match="x: got 11 bytes in all, accepted are at most 10"):
        CODE.state_after(b"0123456789a")
