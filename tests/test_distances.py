"""Distances against the formula computed by hand, matrices, embeddings, classes."""

from __future__ import annotations

import bz2
import json
import lzma
import math
import zlib
from itertools import combinations, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import complexity
from complexity import distances
from complexity.code import Kind, get_code
from complexity.distances import lengths
from complexity.distances.continuing import continued
from complexity.distances.reach import exceeded
from tests.strategies import byte_strings

TEXTS = [
    b"the quick brown fox jumps over the lazy dog. " * 20,
    b"the quick brown fox sleeps under the lazy dog. " * 20,
    bytes(range(256)) * 4,
    bytes(900),
    b"abracadabra " * 70,
]

blind = pytest.mark.filterwarnings("ignore::complexity.WindowExceededWarning")


def random_bytes(size: int, seed: int = 0) -> bytes:
    return np.random.default_rng(seed).bytes(size)


class Informed:
    """A code that counts distinct bytes, and can be told some of them."""

    name, kind = "informed", Kind.ESTIMATE

    def bits(self, x: bytes, given: bytes = b"") -> float:
        return 8.0 * len(set(x) - set(given))


# Two objects

SIZES = {
    "zlib": lambda x: len(zlib.compress(x, 9)),
    "zlib:level=1": lambda x: len(zlib.compress(x, 1)),
    "bz2": lambda x: len(bz2.compress(x, 9)),
    "xz": lambda x: len(get_code("xz").encode(x)),
    "lzma": lambda x: len(lzma.compress(x, format=lzma.FORMAT_ALONE, preset=9)),
}


@pytest.mark.parametrize("code", SIZES)
@pytest.mark.parametrize("order", ["mean", "min"])
def test_ncd_is_the_formula(code, order):
    size = SIZES[code]
    for a, b in combinations(TEXTS, 2):
        joints = [size(a + b), size(b + a)]
        joint = min(joints) if order == "min" else sum(joints) / 2
        expected = (joint - min(size(a), size(b))) / max(size(a), size(b))
        assert complexity.ncd(a, b, code, order=order) == pytest.approx(expected, abs=1e-15)


@blind
def test_the_formula_of_textdistance():
    """Its ZLIBNCD: zlib at the default level without its 2-byte header, the shortest order."""

    def size(x: bytes) -> int:
        return len(zlib.compress(x)) - 2

    def theirs(*objects: bytes) -> float:
        joint = min(size(b"".join(order)) for order in permutations(objects))
        sizes = [size(x) for x in objects]
        return (joint - min(sizes)) / max(sizes)

    class Headless:
        name, kind = "zlib without its header", Kind.FILE

        def bits(self, x: bytes) -> float:
            return 8.0 * size(x)

    for a, b in combinations(TEXTS, 2):
        assert complexity.ncd(a, b, Headless(), order="min") == pytest.approx(theirs(a, b))


def test_front_doors_take_what_codes_take():
    assert complexity.ncd("héllo " * 50, "hello " * 50, "zlib") == complexity.ncd(
        ("héllo " * 50).encode(), ("hello " * 50).encode(), "zlib"
    )
    cells = np.arange(400, dtype=np.uint8)
    assert 0 <= complexity.ncd(cells, cells, "zlib") < 0.3
    assert 0 <= complexity.ncd("01" * 300, "0011" * 150, "string(xz)") < 1.1
    assert 0 <= complexity.ncd([0, 1] * 300, [0, 1] * 300, "string(zlib)") < 0.5
    assert 0 <= complexity.ncd(cells, cells, "array(zlib)") < 0.3


def test_graphs_have_no_concatenation():
    graph = pytest.importorskip("networkx").path_graph(3)
    with pytest.raises(TypeError, match="objects: got Graph, accepted are bytes, texts, sequences"):
        complexity.ncd(graph, graph, "graph")
    with pytest.raises(TypeError, match="objects: got Graph, accepted are bytes, texts, sequences"):
        complexity.ncd_matrix([graph, graph], code="graph")


def test_arrays_without_axes_stand_behind_one_another():
    one, other = np.array(1), np.array(258)
    distance = complexity.ncd(one, other, "array(raw)")
    with pytest.warns(complexity.WindowExceededWarning):  # no model of copies
        matrix = complexity.ncd_matrix([one, other], code="array(raw)")
    assert matrix.values[0, 1] == distance > 0


def test_bad_objects_and_codes():
    with pytest.raises(TypeError, match="a: got int"):
        complexity.ncd(3, b"", "zlib")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="b: got None"):
        complexity.ncd(b"", None, "zlib")
    with pytest.raises(TypeError, match="accepted are two of one type"):
        complexity.ncd("01", [0, 1], "string(xz)")
    with pytest.raises(ValueError, match="did you mean 'zlib'"):
        complexity.ncd(b"", b"", "zlb")
    with pytest.raises(ValueError, match="order: unknown 'max'; known: mean, min"):
        complexity.ncd(b"", b"", "zlib", order="max")


@settings(max_examples=60)
@given(st.sampled_from(["zlib", "gzip", "zlib:level=1", "zlib:level=0"]), st.booleans(), st.data())
def test_copied_states_give_the_length_of_the_concatenation(code, alone, data):
    codec = get_code(code)
    x = data.draw(byte_strings(largest=70_000))
    others = data.draw(st.lists(byte_strings(largest=70_000), max_size=4))
    found = lengths.joint_bits(codec, x, others, alone=alone)
    assert list(found) == [codec.bits(x + y) for y in others]


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(["ctw", "ctw:depth=0", "ctw:depth=64", "ctw-bits"]), st.data())
def test_copied_context_trees_give_the_length_of_the_concatenation(code, data):
    """To the last bit of the double, although it is a sum of logarithms."""
    codec, strings = get_code(code), byte_strings(largest=400)
    x, others = data.draw(strings), data.draw(st.lists(strings, max_size=4))
    if code == "ctw-bits":
        x, others = np.frombuffer(x, np.uint8) & 1, [np.frombuffer(y, np.uint8) & 1 for y in others]
    together = [codec.bits(lengths.joined(x, y)) for y in others]
    assert list(lengths.joint_bits(codec, x, others)) == together


def test_context_trees_go_on_over_many_calls_of_the_kernel():
    """More than one chunk of x and of y, and nodes that outgrow their room."""
    x, y = random_bytes(20_000), random_bytes(17_000, 1) + TEXTS[0]
    codec = get_code("ctw:depth=16")
    found = list(lengths.joint_bits(codec, x, [y, b"", x]))
    assert found == [codec.bits(x + z) for z in (y, b"", x)]


def test_pairs_too_long_for_a_context_tree(monkeypatch):
    codec = get_code("ctw")
    monkeypatch.setattr(type(codec), "limit", 100)
    for others in ([bytes(60)], [bytes(40), bytes(60)]):  # the one is joined, the other goes on
        with pytest.raises(ValueError, match=r"got 120 .*accepted are at most 100"):
            list(lengths.joint_bits(codec, bytes(60), others))


def test_reports_hold_what_the_value_is_made_of():
    a, b = TEXTS[:2]
    codec = get_code("bz2")
    report = distances.ncd_report(a, b, codec)
    assert report.singles == (codec.bits(a), codec.bits(b))
    assert report.joints == (codec.bits(a + b), codec.bits(b + a))
    assert float(report) == report.value == complexity.ncd(a, b, codec)
    assert report.asymmetry == abs(report.joints[0] - report.joints[1]) / max(report.singles)
    assert report.self_distances[0] == (codec.bits(a + a) - codec.bits(a)) / codec.bits(a)
    assert report.conditionals is None
    assert report.warnings == ()
    assert json.loads(json.dumps(report.to_dict()))["code"] == "bz2"


def test_conditional_codes_are_asked():
    code, a, b = Informed(), b"abcd", b"cdefgh"
    report = distances.ncd_report(a, b, code)
    assert report.conditionals == (16.0, 32.0)
    assert distances.conditional_bits(a, b, code) == 16.0
    assert distances.conditional_ncd(a, b, code) == 32 / 48
    assert distances.conditional_ncd(a, a, code) == 0
    assert distances.conditional_bits(b"ab" * 99, b"ab" * 99, "zlib") < 40
    with pytest.raises(TypeError, match="consider using ncd"):
        distances.conditional_ncd(a, b, "zlib")


def test_context_trees_know_what_they_are_given():
    """A registered code with `bits(y, given=x)`: a binary tree of contexts learns b from a."""
    a, b = TEXTS[0][:300], TEXTS[0][300:600]
    told, untold = distances.conditional_bits(b, a, "ctw"), get_code("ctw").bits(b)
    assert told < untold / 2
    assert distances.conditional_ncd(a, b, "ctw") == pytest.approx(
        max(told, distances.conditional_bits(a, b, "ctw")) / max(untold, get_code("ctw").bits(a))
    )


# What a code can see


@pytest.mark.parametrize("code", ["zlib", "gzip"])
def test_forty_kilobytes_of_noise_are_beyond_deflate(code):
    noise = random_bytes(40_000)
    with pytest.warns(complexity.WindowExceededWarning, match="window of 32506 bytes"):
        assert complexity.ncd(noise, noise, code) > 0.99
    with pytest.warns(complexity.WindowExceededWarning):
        report = distances.ncd_report(noise, noise, code)
    assert len(report.warnings) == 3
    assert min(report.self_distances) > 0.99


@pytest.mark.parametrize(("size", "seen"), [(32_506, True), (32_507, False)])
def test_the_reach_of_deflate_is_known_to_the_byte(size, seen):
    """A single long match at the largest distance, or none."""
    rng = np.random.default_rng(7)
    x = rng.bytes(size)
    measured = (get_code("zlib").bits(x + x[:300]) - get_code("zlib").bits(x)) / 8
    assert (measured < 50) == seen
    assert (exceeded(get_code("zlib"), size, 10) == "") == seen


@pytest.mark.parametrize(
    ("code", "size", "seen"),
    [
        ("zlib", 30_000, True),
        ("bz2", 450_000, True),
        ("bz2:level=1", 49_000, True),
        ("bz2:level=1", 90_000, False),
        ("xz", 200_000, True),
        ("xz:preset=0", 262_144, True),
        ("xz:preset=0", 300_000, False),
        ("lzma:preset=0", 300_000, False),
        ("zstd", 200_000, True),
        ("zstd:level=1", 600_000, False),
        ("zstd:level=1,long=true", 600_000, True),
    ],
)
def test_the_reach_of_codes_agrees_with_their_self_distance(code, size, seen):
    codec, noise = get_code(code), random_bytes(size)
    own = (codec.bits(noise + noise) - codec.bits(noise)) / codec.bits(noise)
    assert (own < 0.5) == seen
    assert (exceeded(codec, size, size) == "") == seen


@pytest.mark.parametrize("preset", range(10))
def test_the_windows_of_xz_are_those_in_its_headers(preset):
    """The .lzma header says the size of the dictionary, 4 bytes behind the properties."""
    header = lzma.compress(b"", format=lzma.FORMAT_ALONE, preset=preset)
    window = int.from_bytes(header[1:5], "little")
    for name in ("xz", "lzma"):
        codec = get_code(name, preset=preset)
        assert exceeded(codec, window, 1) == exceeded(codec, 1, window) == ""
        assert f"exceeds its window of {window} bytes" in exceeded(codec, window + 1, 1)


def test_brotli_and_ppmd():
    pytest.importorskip("brotli")
    pytest.importorskip("pyppmd")
    noise = random_bytes(70_000)
    narrow = get_code("brotli:quality=5,lgwin=16")
    assert exceeded(narrow, 65_520, 65_520) == ""
    assert "window of 65520 bytes" in exceeded(narrow, 65_521, 1)
    with pytest.warns(complexity.WindowExceededWarning):
        assert complexity.ncd(noise, noise, narrow) > 0.9
    assert complexity.ncd(noise, noise, "brotli:quality=5") < 0.1
    restarting = get_code("ppmd:order=16,memory=1048576")
    with pytest.warns(complexity.WindowExceededWarning, match="restart"):
        assert distances.ncd_report(noise, noise, restarting).self_distances[0] > 0.5


def test_a_code_without_copies_is_found_out():
    with pytest.warns(complexity.WindowExceededWarning, match=r"raw: NCD\(x, x\) = "):
        distances.ncd_report(TEXTS[0], TEXTS[1], "raw")


# Metric-like: measured on the texts above, not promised


@pytest.mark.parametrize("code", ["zlib", "xz", "zstd"])
def test_how_nearly_it_is_a_metric(code):
    matrix = distances.ncd_matrix(TEXTS, code=code, progress=False)
    own, d = matrix.self_distances, matrix.values
    assert own is not None
    assert own.max() < 0.3  # 900 zero bytes: 17 bytes by zlib, twice as many 22
    assert d.min() >= 0
    assert d.max() < 1.2
    for i, j, k in permutations(range(len(d)), 3):
        assert d[i, j] <= d[i, k] + d[k, j] + 0.05


# Many objects


@pytest.mark.parametrize("code", ["zlib", "bz2", "zstd:3", "gzip:1", "ctw"])
@pytest.mark.parametrize("order", ["mean", "min"])
def test_the_matrix_is_all_the_pairs(code, order):
    matrix = distances.ncd_matrix(TEXTS, code=code, order=order, progress=False)
    assert matrix.labels == ("0", "1", "2", "3", "4")
    for i, j in combinations(range(5), 2):
        assert matrix.values[i, j] == complexity.ncd(TEXTS[i], TEXTS[j], code, order=order)
    assert matrix.singles is not None
    assert matrix.singles.tolist() == [get_code(code).bits(x) for x in TEXTS]
    assert matrix.code == get_code(code).name
    assert matrix["0", "1"] == matrix.values[0, 1]
    assert matrix.nearest("0")[0] == ("1", matrix.values[0, 1])
    assert repr(matrix).startswith(f"DistanceMatrix(5 objects by {matrix.code}")


@blind
@pytest.mark.parametrize("code", ["bz2", "zlib", "gzip:1", "ctw:depth=8"])
def test_workers_do_not_matter(code):
    texts = [*TEXTS, TEXTS[0] * 9]  # one beyond what DEFLATE reads again on several threads
    results = [
        distances.ncd_matrix(texts, code=code, workers=workers, progress=False).values
        for workers in (1, 2, 7)
    ]
    np.testing.assert_array_equal(results[0], results[1])
    np.testing.assert_array_equal(results[0], results[2])


def test_one_warning_for_a_whole_matrix():
    noise = {str(seed): random_bytes(40_000, seed) for seed in range(3)}
    with pytest.warns(complexity.WindowExceededWarning, match="and 3 more") as said:
        matrix = distances.ncd_matrix(noise, code="zlib:1", progress=False)
    assert len(said) == 1
    assert len(matrix.warnings) == 4


@pytest.mark.parametrize(
    ("objects", "options", "error", "message"),
    [
        ([], {}, ValueError, "objects: got 0, accepted are at least 2"),
        ([b"a"], {}, ValueError, "objects: got 1"),
        (b"ab", {}, TypeError, "got a single one"),
        ([b"a", 3], {}, TypeError, "objects\\['1'\\]: got int"),
        ([b"a", b"b"], {"labels": ["x"]}, ValueError, "labels: got 1, accepted are as many"),
        ([b"a", b"b"], {"labels": ["x", "x"]}, ValueError, "labels: got 'x' twice"),
        ({"a": b"", "b": b""}, {"labels": ["x", "y"]}, ValueError, "not a mapping"),
        ([b"a", b"b"], {"workers": 0}, ValueError, "workers: got 0"),
        ([b"a", b"b"], {"code": "zip"}, ValueError, "unknown 'zip'"),
        ([b"a", b"b"], {"order": "max"}, ValueError, "order: unknown"),
        (["a", [1]], {"code": "string(xz)"}, TypeError, "accepted are two of one type"),
    ],
)
def test_bad_matrices_are_refused(objects, options, error, message):
    with pytest.raises(error, match=message):
        distances.ncd_matrix(objects, progress=False, **options)


def test_an_interrupt_says_how_far_it_was():
    class Stopped:
        name, kind = "stopped", Kind.FILE

        def bits(self, x: bytes) -> float:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt, match="interrupted after 0 of 5 objects"):
        distances.ncd_matrix(TEXTS, code=Stopped(), progress=False)


@pytest.mark.parametrize("ending", ["json", "csv", "dist"])
def test_matrices_come_back(tmp_path, ending):
    matrix = distances.ncd_matrix(
        dict(zip(("a,b", "c'd", 'e"f', "ü", "5"), TEXTS, strict=True)), code="zlib", progress=False
    )
    back = distances.DistanceMatrix.load(matrix.save(tmp_path / f"m.{ending}"))
    assert back.labels == matrix.labels
    np.testing.assert_array_equal(back.values, matrix.values)
    if ending == "json":
        assert back.to_dict() == matrix.to_dict()


@pytest.mark.parametrize("ending", ["json", "csv", "dist"])
def test_a_byte_order_mark_is_no_part_of_a_matrix(tmp_path, ending):
    matrix = distances.DistanceMatrix(("a", "b"), np.array([[0.0, 3], [3, 0]]))
    path = matrix.save(tmp_path / f"m.{ending}")
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert distances.DistanceMatrix.load(path).to_dict() == matrix.to_dict()


def test_labels_of_several_lines_come_back(tmp_path):
    matrix = distances.DistanceMatrix(("a\rb", "c\nd", "e\r\nf"), 1.0 - np.eye(3))
    assert distances.DistanceMatrix.load(matrix.save(tmp_path / "m.csv")).labels == matrix.labels


HUGE = json.dumps(
    distances.DistanceMatrix(("a", "b"), np.array([[0.0, 3], [3, 0]])).to_dict()
).replace("3.0", "1" + "0" * 400)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("m.json", "{", "no distance matrix"),
        ("m.json", "[]", "no JSON object"),
        ("m.json", '{"labels": []}', "is missing"),
        ("m.json", HUGE, "too large"),
        ("m.csv", "", "first line"),
        ("m.csv", ",a,b\na,0,1\n", "not labelled as its columns"),
        ("m.csv", ",a,b\na,0,1\nb,1\n", "row 'b' has 1 numbers, not 2"),
        ("m.csv", ",a,b\na,0,1\nb,2,0\n", "symmetric"),
        ("m.csv", ",a,b\na,0,x\nb,x,0\n", "could not convert"),
        ("m.csv", ",a,b\na,0,nan\nb,nan,0\n", "NaN or infinity"),
        ("m.csv", ",a,a\na,0,1\na,1,0\n", "'a' twice"),
        ("m.dist", "x\n", "number of objects"),
        ("m.dist", "2\na 0 1\n", "1 lines of objects, not 2"),
        ("m.dist", "2\na 0 1\nb 1 1\n", "0 on its diagonal"),
    ],
)
def test_damaged_matrices_are_refused(tmp_path, name, text, message):
    (tmp_path / name).write_text(text)
    with pytest.raises(ValueError, match=message) as error:
        distances.DistanceMatrix.load(tmp_path / name)
    assert str(tmp_path / name) in str(error.value)


def test_formats_that_cannot_hold_it(tmp_path):
    matrix = distances.DistanceMatrix(("a b", "c"), np.array([[0.0, 1.0], [1.0, 0.0]]))
    with pytest.raises(ValueError, match="names without white space"):
        matrix.save(tmp_path / "m.dist")
    with pytest.raises(ValueError, match=r"accepted is a name in \.json, \.csv or \.dist"):
        matrix.save(tmp_path / "m.npy")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ValueError, match="assignment destination is read-only"):
        matrix.values[0, 1] = 3
    with pytest.raises(ValueError, match="did you mean 'a b'"):
        matrix["a", "c"]


def test_pictures(tmp_path):
    matrix = distances.ncd_matrix(TEXTS, code="zlib", progress=False)
    matrix.plot(tmp_path / "m.png")
    matrix.plot(tmp_path / "m.svg")
    assert (tmp_path / "m.png").read_bytes()[:4] == b"\x89PNG"
    first = (tmp_path / "m.png").read_bytes()
    matrix.plot(tmp_path / "m.png")
    assert (tmp_path / "m.png").read_bytes() == first
    distances.classical_mds(matrix).plot(tmp_path / "map.png")
    distances.classical_mds(matrix, dimensions=1).plot()
    distances.linkage(matrix).plot(tmp_path / "dendrogram.png")
    with pytest.raises(ValueError, match=r"accepted endings are \.png, \.svg and \.pdf"):
        matrix.plot(tmp_path / "m.gif")


@pytest.mark.parametrize("spec", ["zlib", "gzip:level=1", "ctw:depth=16", "ctw-bits"])
def test_codes_that_can_go_on_do(spec):
    code = get_code(spec)
    x, others = TEXTS[0], [TEXTS[1], b"", TEXTS[2]]
    if spec == "ctw-bits":
        x, others = "0110" * 99, ["01" * 50, "", "1" * 30]
    found = continued(code, x, others)
    assert found is not None
    assert list(found) == [code.bits(x + y) for y in others]
    assert continued(code, x, others[:1]) is None


@pytest.mark.parametrize("spec", ["xz", "zlib:level=0", "kt-bytes", "cm"])
def test_codes_that_read_again(spec):
    assert continued(get_code(spec), TEXTS[0], TEXTS[1:3]) is None


# Multisets


def by_hand(members: list[bytes]) -> float:
    """NCD1 of Cohen and Vitanyi (2015)."""

    def size(part: list[bytes]) -> int:
        return len(zlib.compress(b"".join(part), 9))

    rest = max(size(members[:at] + members[at + 1 :]) for at in range(len(members)))
    return (size(members) - min(size([x]) for x in members)) / rest


def test_multisets():
    few = sorted(TEXTS[:4], key=lambda x: (len(x), x))
    every = [list(p) for n in (2, 3, 4) for p in combinations(few, n)]
    exact = distances.multiset_ncd(few, "zlib", exact=True)
    assert exact == max(map(by_hand, every))
    assert by_hand(few) <= distances.multiset_ncd(few[::-1], "zlib") <= exact
    a, b = few[:2]
    assert distances.multiset_ncd([b, a], "zlib") == by_hand([a, b])
    assert distances.multiset_ncd([TEXTS[2]] * 2, "zlib") < 0.05
    assert distances.multiset_ncd([TEXTS[2]] * 4, "zlib") < 0.15


@pytest.mark.parametrize("seed", range(6))
def test_the_heuristic_for_multisets_is_the_plain_rule(seed):
    """Section V: again and again without the member without which the rest is longest."""
    rng = np.random.default_rng(seed)
    sources = [rng.bytes(400) for _ in range(3)]
    members = [sources[k][: int(rng.integers(100, 400))] for k in rng.integers(0, 3, 6)]
    left = sorted(members, key=lambda x: (len(x), x))
    farthest = by_hand(left)
    while len(left) > 2:
        rests = [left[:at] + left[at + 1 :] for at in range(len(left))]
        left = max(rests, key=lambda rest: len(zlib.compress(b"".join(rest), 9)))
        farthest = max(farthest, by_hand(left))
    assert distances.multiset_ncd(members, "zlib") == farthest


def test_bad_multisets():
    with pytest.raises(ValueError, match="objects: got 1, accepted are at least 2"):
        distances.multiset_ncd([b"a"])
    with pytest.raises(ValueError, match="at most 16"):
        distances.multiset_ncd([b"a"] * 17, exact=True)
    with pytest.raises(TypeError, match="takes no byte strings"):
        distances.multiset_ncd(["a", "b"], "string(xz)")


# Maps


@settings(max_examples=30)
@given(st.integers(2, 12), st.integers(1, 3), st.integers(0, 2**32))
def test_points_come_back_from_their_distances(n, dimensions, seed):
    points = np.random.default_rng(seed).normal(size=(n, dimensions))
    gaps = np.linalg.norm(points[:, None] - points[None], axis=-1)
    matrix = distances.DistanceMatrix(tuple(map(str, range(n))), gaps)
    found = distances.classical_mds(matrix, dimensions=min(dimensions, n - 1))
    again = np.linalg.norm(found.points[:, None] - found.points[None], axis=-1)
    np.testing.assert_allclose(again, gaps, atol=1e-6)
    assert found.stress < 1e-6


def test_stress_by_hand():
    """An equilateral triangle on a line: distances 1, 1, 1 become 1/2, 1/2, 1 or the like."""
    matrix = distances.DistanceMatrix(("a", "b", "c"), 1.0 - np.eye(3))
    found = distances.classical_mds(matrix, dimensions=1)
    gaps = [
        abs(float(found.points[i, 0] - found.points[j, 0])) for i, j in ((0, 1), (0, 2), (1, 2))
    ]
    assert found.stress == pytest.approx(math.sqrt(sum((1 - gap) ** 2 for gap in gaps) / 3))
    assert distances.classical_mds(matrix).stress < 1e-7
    np.testing.assert_allclose(found.eigenvalues, [0.5, 0.5, 0], atol=1e-12)
    assert json.loads(json.dumps(found.to_dict()))["labels"] == ["a", "b", "c"]
    with pytest.raises(ValueError, match="dimensions: got 3, accepted is an integer from 1 to 2"):
        distances.classical_mds(matrix, dimensions=3)


# Classes


def families(each: int = 4) -> tuple[list[bytes], list[str]]:
    """Objects made of words of one of three vocabularies."""
    rng = np.random.default_rng(3)
    objects, classes = [], []
    for family in range(3):
        words = [rng.bytes(6) for _ in range(12)]
        for _ in range(each):
            objects.append(b"".join(words[k] for k in rng.integers(0, 12, 60)))
            classes.append("abc"[family])
    return objects, classes


def test_families_are_told_apart():
    objects, classes = families()
    matrix = distances.ncd_matrix(objects, code="zlib", progress=False)
    for k in (1, 3):
        found = distances.classify_by_neighbours(matrix, classes, k=k)
        assert (found.accuracy, found.baseline) == (1.0, 1 / 3)
    found = distances.classify_by_corpus(objects, classes, code="zlib", progress=False)
    assert found.accuracy == 1.0
    assert "accuracy 1.000, majority class 0.333" in repr(found)
    corpora = {"a": objects[1:4], "b": objects[4:8]}
    bits = distances.class_bits(objects[0], corpora, code="zlib")
    assert list(bits) == ["a", "b"]
    assert list(distances.class_bits(objects[4], corpora, code="zlib")) == ["b", "a"]
    corpus, zipped = b"".join(objects[1:4]), get_code("zlib")
    assert bits["a"] == zipped.bits(corpus + objects[0]) - zipped.bits(corpus)


def test_noise_is_classified_no_better_than_chance():
    objects = [random_bytes(300, seed) for seed in range(30)]
    matrix = distances.ncd_matrix(objects, code="zlib", progress=False)
    found = distances.classify_by_neighbours(matrix, ["a", "b"] * 15)
    assert 0.2 <= found.accuracy <= 0.8
    assert found.baseline == 0.5


def test_numbers_of_neighbours_of_numpy_are_json():
    matrix = distances.DistanceMatrix(("a", "b", "c"), 1.0 - np.eye(3))
    found = distances.classify_by_neighbours(matrix, ["x", "x", "y"], k=np.int64(2))  # type: ignore[arg-type]
    assert json.loads(json.dumps(found.to_dict()))["provenance"]["k"] == 2


@pytest.mark.parametrize("k", [1, 2, 5])
def test_neighbours_as_near_do_not_take_turns(k):
    """Short objects are often equally far: which of them was given first must not matter."""
    random = np.random.default_rng(k)
    for _ in range(20):
        half = np.triu(random.integers(1, 4, (12, 12)), 1) / 8
        classes = random.choice(list("abc"), 12)
        order = random.permutation(12)
        one, other = (
            distances.classify_by_neighbours(
                distances.DistanceMatrix(
                    tuple(map(str, places)), (half + half.T)[places][:, places]
                ),
                classes[places].tolist(),
                k=k,
            ).predicted
            for places in (np.arange(12), order)
        )
        assert [one[at] for at in order] == list(other)


def test_objects_sorted_by_class_favour_none():
    """Where all are equally far, every class is as likely: by their order it would be the first."""
    matrix = distances.DistanceMatrix(tuple(map(str, range(400))), 1 - np.eye(400))
    found = distances.classify_by_neighbours(matrix, ["z"] * 200 + ["a"] * 200)
    assert found.provenance["tied"] == 400
    for own in ("a", "z"):
        share = np.mean(
            [p == "z" for p, t in zip(found.predicted, found.truth, strict=True) if t == own]
        )
        assert abs(share - 0.5) < 5 * 0.5 / math.sqrt(200)


def test_ties_and_bad_classes():
    line = np.abs(np.subtract.outer(np.arange(4.0), np.arange(4.0)))
    matrix = distances.DistanceMatrix(("0", "1", "2", "3"), line)
    found = distances.classify_by_neighbours(matrix, ["a", "b", "b", "a"], k=2)
    assert found.predicted == ("b", "a", "a", "b")  # equal votes at equal distances: by name
    far = np.abs(np.subtract.outer([0.0, 1, 3], [0.0, 1, 3]))
    matrix_of_three = distances.DistanceMatrix(("0", "1", "3"), far)
    found = distances.classify_by_neighbours(matrix_of_three, ["a", "z", "a"], k=2)
    assert found.predicted == ("z", "a", "z")  # equal votes: the nearer
    two = distances.classify_by_corpus([b"a" * 9, b"b" * 9], ["a", "b"], progress=False)
    assert (two.predicted, two.accuracy) == (("b", "a"), 0)
    with pytest.raises(ValueError, match="classes: got 2, accepted are as many as objects, 4"):
        distances.classify_by_neighbours(matrix, ["a", "b"])
    with pytest.raises(ValueError, match="k: got 4, accepted is an integer from 1 to 3"):
        distances.classify_by_neighbours(matrix, list("abba"), k=4)
    with pytest.raises(ValueError, match="at least one class"):
        distances.class_bits(b"", {})
    with pytest.raises(ValueError, match="each with at least one object"):
        distances.class_bits(b"", {"a": [b"x"], "b": []})
    with pytest.raises(ValueError, match="at least 2"):
        distances.classify_by_corpus([b"a"], ["a"])
