"""Context-tree weighting against its definition in Fractions, sums over trees, and theorems."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from itertools import product

import numpy as np
import pytest
import strategies
from hypothesis import given, settings
from hypothesis import strategies as st

import complexity
from complexity import _leb128
from complexity.code import DecodeError
from complexity.context import ContextTree, Ctw, CtwBits, Kt

THUE_MORSE = "0110100110010110"
Visits = list[tuple[str, int]]
"""Contexts, the bit that decides first at the left, and the bits seen in them."""


@cache
def kt(zeros: int, ones: int) -> Fraction:
    """The Krichevsky-Trofimov estimate, from its definition."""
    p = Fraction(1)
    for i in range(zeros):
        p *= Fraction(2 * i + 1, 2 * i + 2)
    for i in range(ones):
        p *= Fraction(2 * i + 1, 2 * (zeros + i) + 2)
    return p


def estimate(visits: Visits) -> Fraction:
    ones = sum(bit for _, bit in visits)
    return kt(len(visits) - ones, ones)


def weighted(visits: Visits, depth: int, level: int = 0) -> Fraction:
    """P_w = 1/2 P_e + 1/2 P_w0 P_w1, and P_e at the greatest depth."""
    if not visits:
        return Fraction(1)
    if level == depth:
        return estimate(visits)
    sides = [[v for v in visits if v[0][level] == side] for side in "01"]
    split = math.prod((weighted(side, depth, level + 1) for side in sides), start=Fraction(1))
    return (estimate(visits) + split) / 2


def bit_visits(x: str, depth: int, past: str = "") -> Visits:
    line = "0" * depth + past + x
    start = depth + len(past)
    return [(line[i - depth : i][::-1], int(line[i])) for i in range(start, len(line))]


def byte_probability(x: bytes, depth: int) -> Fraction:
    """The product over the trees of the prefixes of a byte; the context is the bytes before."""
    visits: dict[str, Visits] = {}
    for i, byte in enumerate(x):
        before = "".join(f"{b:08b}" for b in (bytes(8) + x[:i])[::-1])[:64]
        bits = f"{byte:08b}"
        for j in range(8):
            visits.setdefault(bits[:j], []).append((before, int(bits[j])))
    return math.prod((weighted(v, depth) for v in visits.values()), start=Fraction(1))


def trees(depth: int) -> Iterator[tuple[int, list[str]]]:
    """Every context tree as Gamma (nodes that could have been leaves or split) and its leaves."""
    if depth == 0:
        yield 0, [""]
        return
    yield 1, [""]
    for (cost0, leaves0), (cost1, leaves1) in product(list(trees(depth - 1)), repeat=2):
        yield 1 + cost0 + cost1, ["0" + s for s in leaves0] + ["1" + s for s in leaves1]


def strings(n: int) -> list[str]:
    return ["".join(bits) for bits in product("01", repeat=n)]


def body_bits(code, x) -> float:
    return code.bits(x) - 8 * len(_leb128.write(len(x)))


@pytest.mark.parametrize("depth", [0, 1, 2, 3])
@pytest.mark.parametrize("n", [1, 5, 9])
def test_definition_on_all_strings(n, depth):
    code = CtwBits(depth)
    for x in strings(n):
        p = weighted(bit_visits(x, depth), depth)
        assert abs(body_bits(code, x) + math.log2(p)) < 1e-9, x


@pytest.mark.parametrize("depth", [7, 20, 64])
def test_definition_where_chains_branch_late(depth):
    rng = np.random.default_rng(depth)
    words = ["0" * 40, "01" * 20, "0010111" * 9, THUE_MORSE * 3, "1" + "0" * 25 + "1" + "0" * 25]
    words += ["".join(map(str, rng.integers(0, 2, 60))) for _ in range(5)]
    words += [word[:30] + "1" + word[:30] for word in words]
    for x in words:
        p = weighted(bit_visits(x, depth), depth)
        assert math.isclose(body_bits(CtwBits(depth), x), -math.log2(p), rel_tol=1e-12), x


@pytest.mark.parametrize("depth", [0, 5, 16, 64])
@pytest.mark.parametrize("x", [b"", b"\x80", b"abracadabra", bytes(12), b"ab" * 9 + b"a\xff"])
def test_definition_for_bytes(x, depth):
    p = byte_probability(x, depth)
    assert math.isclose(body_bits(Ctw(depth), x), -math.log2(p), rel_tol=1e-12, abs_tol=1e-12)


def test_sum_over_trees():
    assert [sum(1 for _ in trees(depth)) for depth in range(5)] == [1, 2, 5, 26, 677]
    for x in strings(9)[::31]:
        visits = bit_visits(x, 3)
        total = Fraction(0)
        for gamma, leaves in trees(3):
            at = [[v for v in visits if v[0].startswith(leaf)] for leaf in leaves]
            total += Fraction(1, 2**gamma) * math.prod(map(estimate, at))
        assert total == weighted(visits, 3)
        assert abs(body_bits(CtwBits(3), x) + math.log2(total)) < 1e-9


def test_published_and_exact_values():
    for depth, p in [(2, Fraction(25245, 2**33)), (3, Fraction(46765, 2**34))]:
        assert weighted(bit_visits(THUE_MORSE, depth), depth) == p
        assert body_bits(CtwBits(depth), THUE_MORSE) == pytest.approx(-math.log2(p), abs=1e-12)
    tree = ContextTree(3, past="010")  # the example of Willems, Shtarkov and Tjalkens 1995
    tree.extend("0110100")
    assert 2**-tree.codelength == pytest.approx(95 / 32768, rel=1e-12)
    assert weighted(bit_visits("0110100", 3, "010"), 3) == Fraction(95, 32768)


@pytest.mark.parametrize(("n", "depth"), [(1, 3), (6, 0), (10, 4), (14, 24), (12, 64)])
def test_probabilities_sum_to_one(n, depth):
    code = CtwBits(depth)
    assert abs(math.fsum(2 ** -body_bits(code, x) for x in strings(n)) - 1) < 1e-9


@settings(max_examples=60, deadline=None)
@given(x=strategies.bit_strings(), k=st.integers(0, 4), more=st.integers(0, 60))
def test_redundancy_of_complete_trees(x, k, more):
    """P_w is at least 2^-Gamma times the probability under the complete tree of depth k."""
    gamma = 2 ** (k + 1) - 1 if more else 2**k - 1
    longest = body_bits(Kt(k), x) + gamma
    assert body_bits(CtwBits(k + more), x) <= longest + 1e-6


def markov(n: int, seed: int) -> np.ndarray:
    """Order 2, P(1 | 00, 01, 10, 11) = .9, .2, .6, .05: 0.738846 bits a bit."""
    ones, uniform = (0.9, 0.2, 0.6, 0.05), np.random.default_rng(seed).random(n).tolist()
    x, state = [], 0
    for u in uniform:
        bit = int(u < ones[state])
        x.append(bit)
        state = 2 * state % 4 + bit
    return np.array(x, np.uint8)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_markov_source(seed):
    n, x = 10**5, markov(10**5, seed)
    length = CtwBits(24).bits(x)
    assert 0.995 <= length / (n * 0.738846) <= 1.01
    packed = np.packbits(x).tobytes()
    peers = [complexity.get_code(name).bits(packed) for name in ("zlib", "bz2", "xz", "zstd")]
    assert length <= 0.95 * min(peers)


def test_zeros_and_bias():
    zeros = np.zeros(10**6, np.uint8)
    assert 8 * len(CtwBits(24).encode(zeros)) - 24 <= 16
    x = (np.random.default_rng(0).random(10**5) < 0.02).astype(np.uint8)
    for depth in (1, 16, 64):
        code = CtwBits(depth)
        blob = code.encode(x)
        assert body_bits(code, x) <= body_bits(Kt(0), x) + 1
        assert 0 <= 8 * len(blob) - code.bits(x) <= code.overhead
        assert np.array_equal(code.decode(blob), x)


def test_codewords_are_the_same_everywhere():
    """A codeword that every platform has to give, bit for bit: integers make up the input."""
    x, state = [], 1
    for _ in range(20_000):  # Park and Miller's generator, thinned to a biased and dependent bit
        state = state * 16807 % (2**31 - 1)
        x.append(int(state % 100 < (80 if x[-3:-2] == [1] else 15)))
    digests = [hashlib.sha256(code.encode(x)).hexdigest()[:16] for code in (CtwBits(), Kt(3))]
    digests.append(hashlib.sha256(Ctw().encode(np.packbits(x).tobytes())).hexdigest()[:16])
    assert digests == ["8e614046157b4073", "870f3f6d30f432bc", "c21cbfd269b90d52"]


def test_random_bits_cost_what_they_must():
    x = np.random.default_rng(5).integers(0, 2, 300_000).astype(np.uint8)
    code = CtwBits(40)
    assert 300_000 < body_bits(code, x) < 300_000 + 14
    blob = code.encode(x)
    assert 8 * len(blob) <= code.bits(x) + code.overhead
    assert np.array_equal(code.decode(blob), x)


def log_weighted(visits: list[tuple[int, int]], depth: int, level: int = 0) -> float:
    """log2 P_w from the definition, for strings too long for fractions; contexts are words."""
    if not visits:
        return 0.0
    ones = sum(bit for _, bit in visits)
    zeros = len(visits) - ones
    nats = math.lgamma(zeros + 0.5) + math.lgamma(ones + 0.5) - math.lgamma(len(visits) + 1)
    alone = (nats - math.log(math.pi)) / math.log(2)
    if level == depth:
        return alone
    sides = [[v for v in visits if v[0] >> level & 1 == side] for side in (0, 1)]
    return float(np.logaddexp2(alone, sum(log_weighted(v, depth, level + 1) for v in sides))) - 1


def log_reference(x: list[int], depth: int) -> float:
    visits, context = [], 0
    for bit in x:
        visits.append((context, bit))
        context = (context << 1 | bit) & 0xFFFF
    return log_weighted(visits, depth)


def test_definition_where_the_ratio_leaves_its_bounds():
    """Beyond 2^-900 the model is another, and no worse, once a ratio comes back."""
    fair = np.random.default_rng(0).integers(0, 2, 6000).tolist()
    periodic = [0, 1, 1] * 1000
    for x in (periodic, periodic + fair[:300], fair):
        assert body_bits(CtwBits(8), x) == pytest.approx(-log_reference(x, 8), abs=1e-6)
    x = periodic + fair
    assert body_bits(CtwBits(8), x) <= -log_reference(x, 8) + 1e-6


def test_one_bit_at_a_time_is_the_same():
    x = markov(3000, 7)
    tree, bulk = ContextTree(24), ContextTree(24)
    for bit in x.tolist():
        p = tree.predict()
        before = tree.codelength
        tree.update(bit)
        cost = -math.log2(p if bit else 1 - p)
        assert tree.codelength - before == pytest.approx(cost, abs=1e-9)
    bulk.extend(x[:1000])
    bulk.extend(x[1000:])
    assert len(tree) == len(bulk) == 3000
    assert tree.codelength == pytest.approx(bulk.codelength, abs=1e-9)
    assert tree.codelength == pytest.approx(body_bits(CtwBits(24), x), abs=1e-9)
    assert tree.predict() == bulk.predict()


def state(tree: ContextTree) -> tuple:
    trees = tree._trees
    nodes = trees.nodes[: trees.used].tobytes()
    return nodes, trees.model.tobytes(), tree._cost.tobytes(), len(tree), tree.predict()


@settings(max_examples=60, deadline=None)
@given(
    depth=st.integers(0, 64),
    first=strategies.bit_strings(largest=200),
    tries=st.lists(st.lists(st.integers(0, 1), max_size=30), max_size=4),
)
def test_undo_is_exact(depth, first, tries):
    tree = ContextTree(depth, undo_limit=30)
    for bit in first.tolist():
        tree.update(bit)
    before = state(tree)
    for bits in tries:
        twin = tree.copy()
        for bit in bits:
            tree.update(bit)
        assert tree.undoable >= len(bits)
        for _ in bits:
            tree.undo()
        assert state(tree) == before
        assert state(twin) == before
    assert state(tree) == before


def test_undo_stops_where_memory_ends():
    tree = ContextTree(3, undo_limit=2)
    with pytest.raises(ValueError, match="undo_limit is 2"):
        tree.undo()
    for bit in (0, 1, 1):
        tree.update(bit)
    tree.undo()
    tree.undo()
    with pytest.raises(ValueError, match="no update is left"):
        tree.undo()
    assert len(tree) == 1
    tree.update(1)
    tree.extend("01")
    assert tree.undoable == 0


def test_copy_goes_its_own_way():
    tree = ContextTree(5)
    tree.extend("0011")
    other = tree.copy()
    before = state(tree)
    other.extend("1" * 50)
    assert state(tree) == before
    assert other.predict() > tree.predict()
    assert other.nbytes >= tree.nbytes
    assert "4 bits seen" in repr(tree)


@pytest.mark.parametrize(("name", "domain"), [("ctw", "bytes"), ("ctw-bits", "bits")])
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_given(name, domain, data):
    """The chain rule holds, and what is claimed given x decodes given x."""
    code = complexity.get_code(name)
    x, y = (data.draw(strategies.objects(domain)) for _ in range(2))
    both = np.concatenate([x, y]) if domain == "bits" else x + y
    total = body_bits(code, both)
    conditional = code.bits(y, given=x)
    header = 8 * len(_leb128.write(len(y)))
    assert conditional - header + body_bits(code, x) == pytest.approx(total, abs=1e-6)
    blob = code.encode(y, given=x)
    assert conditional <= 8 * len(blob) <= conditional + code.overhead
    back = code.decode(blob, given=x)
    assert np.array_equal(back, y) if domain == "bits" else back == y


def test_absurd_lengths_are_refused_early():
    code = CtwBits()
    rejected = [
        (_leb128.write(2**27 + 1) + b"\0", "at most"),
        (_leb128.write(2**27) + b"\x12\x34\x56", "hold no"),
        (_leb128.write(5), "no codeword begins so"),
        (_leb128.write(5) + b"\xff", "no codeword begins so"),
        (_leb128.write(0) + b"\0", "follow an empty"),
    ]
    for blob, says in rejected:
        with pytest.raises(DecodeError, match=says):
            code.decode(blob)


def test_only_codewords_decode():
    """Of all bodies of one or two bytes, those decode that are the codewords of six bits."""
    code, taken = CtwBits(3), set()
    for size in (1, 2):
        for body in product(range(256), repeat=size):
            try:
                x = code.decode(b"\x06" + bytes(body))
            except DecodeError:
                continue
            assert code.encode(x) == b"\x06" + bytes(body)
            taken.add(x.tobytes())
    assert taken == {np.array([*map(int, x)], np.uint8).tobytes() for x in strings(6)}


def test_bad_arguments():
    for depth in (-1, 65):
        with pytest.raises(ValueError, match="depth: got"):
            CtwBits(depth)
        with pytest.raises(ValueError, match="depth: got"):
            ContextTree(depth)
    with pytest.raises(ValueError, match="from 0 to 64"):
        complexity.get_code("ctw:depth=65")
    with pytest.raises(TypeError, match="accepted is bytes"):
        Ctw().bits("text")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="bit: got 2"):
        ContextTree(3).update(2)
    with pytest.raises(ValueError, match="past: got items"):
        ContextTree(3, past=[0, 2])
