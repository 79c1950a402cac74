"""Pattern files: what others wrote is read, what is written is read again, and lies are told."""

import errno
import io
import os
import re
import tracemalloc
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from scipy.ndimage import find_objects, label

from simulations.automata import formats
from simulations.automata.formats import FORMATS, Macrocell, Pattern, PatternError, apgcode
from simulations.automata.formats.macrocell import decode as decode_macrocell
from simulations.automata.formats.macrocell import encode as encode_macrocell
from simulations.automata.hashlife import HashLife
from simulations.automata.life import Generations, LifeLike
from simulations.automata.plane import Plane

DATA = Path(os.environ.get("COMPLEXODYNAMICS_DATA", "nowhere")) / "life_patterns"
real = pytest.mark.skipif(not DATA.is_dir(), reason="no life_patterns below COMPLEXODYNAMICS_DATA")
some = settings(deadline=None, max_examples=40)

TOO_LARGE = "metacatacryst.rle"
"""A box of 876 million cells, 52 of them alive."""

GLIDER = "#N Glider\nx = 3, y = 3, rule = B3/S23\nbo$2bo$3o!\n"

GOLLYS = """[M2] (golly 3.3)
#R B3/S23
$$$$$$$.*$
$$$$$$$......*$
4 0 0 1 2
.*$*.*$.*$.*$..*...**$......**$..****$
......*$.....*.*$......*$......*$**...*$**$..****$
....*$.....**$
...*$.**$
4 4 5 6 7
5 0 3 0 8
"""
"""The weekender as Golly 3.3 writes it, its corner at (0, 0)."""

WEEKENDER = """x = 16, y = 11, rule = B3/S23
bo12bo$bo12bo$obo10bobo$bo12bo$bo12bo$2bo3b4o3bo$6b4o$2b4o4b4o2$4bo6b
o$5b2o2b2o!
"""


def life(text):
    """A pattern of rows of . and O."""
    return np.array([[c == "O" for c in row] for row in text.split()], np.uint8)


lines = st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=12).map(str.strip)


@st.composite
def patterns(draw, states=256):
    shape = draw(array_shapes(min_dims=2, max_dims=2, min_side=0, max_side=20))
    cells = draw(arrays(np.uint8, shape, elements=st.integers(0, states - 1)))
    corner = draw(st.tuples(*[st.integers(-(10**6), 10**6)] * 2))
    return Pattern(
        cells,
        draw(st.sampled_from(["B3/S23", "b36/s23", "B2/S345/C4", "WireWorld"])),
        draw(st.sampled_from(["", "T30,20", "P7", "K30*,20", "T30+5,20"])),
        corner,
        draw(st.integers(0, 10**12)),
        draw(lines),
        draw(lines),
        tuple(draw(st.lists(lines.filter(bool), max_size=2))),
    )


@some
@given(patterns())
def test_rle_and_npz_keep_all(pattern):
    for name in ("rle", "npz"):
        again = formats.decode(formats.encode(pattern, name), f".{name}")
        assert again == pattern
        assert again.cells.dtype == np.uint8


@some
@given(patterns(states=2))
def test_plain_formats_keep_the_cells(pattern):
    pattern = Pattern(pattern.cells, corner=pattern.corner)
    again = formats.decode(formats.encode(pattern, "cells"), ".cells")
    # no rows have no width
    assert again.cells.tolist() == pattern.cells.tolist()
    fitted = Plane(pattern.cells, pattern.corner).fitted()
    for name in ("life106", "macrocell"):
        again = formats.decode(formats.encode(pattern, name))
        assert np.array_equal(again.cells, fitted.cells)
        assert again.corner == (fitted.corner if fitted.cells.size else (0, 0))


def spelled_out(text):
    """A run-length encoded body with every run written out, as rows of characters."""
    body = re.sub(r"\s", "", text.split("\n", 1)[1])
    body = re.sub(r"(\d+)(\D)", lambda run: int(run[1]) * run[2], body)
    return body.removesuffix("!").split("$")


@some
@given(patterns(states=2))
def test_rle_spelled_out(pattern):
    text = formats.rle.encode(Pattern(pattern.cells))
    assert max(map(len, text.splitlines())) <= 70
    rows = spelled_out(text)
    height, width = pattern.cells.shape
    assert text.startswith(f"x = {width}, y = {height}, rule = B3/S23\n")
    rows = [row.ljust(width, "b") for row in rows] + ["b" * width] * height
    assert rows[:height] == ["".join("bo"[c] for c in row) for row in pattern.cells.tolist()]


def test_rle_of_many_states():
    text = "x = 8, y = 2, rule = 345/2/256\n.A2BXpApX$qAyO!trailing\n"
    pattern = formats.decode(text.encode())
    assert pattern.cells.tolist() == [[0, 1, 2, 2, 24, 25, 48, 0], [49, 255, *[0] * 6]]
    assert pattern.comments == ("trailing",)


def test_rle_says():
    text = (
        "#N Name\n#O Someone\n#C one\n#c two\n#CXRLE Pos=-3,5 Gen=12\n"
        "x=2,y=1,rule=b3/s23:t30,20\n2o!\n"
    )
    pattern = formats.decode(text.replace("\n", "\r\n").encode())
    assert (pattern.name, pattern.author, pattern.comments) == ("Name", "Someone", ("one", "two"))
    assert (pattern.corner, pattern.generation) == ((5, -3), 12)
    assert (pattern.rule, pattern.grid, pattern.boundary) == ("b3/s23", "T30,20", "periodic")
    assert formats.decode(b"#R -22 -57\n#r 23/36\nx = 1, y = 1\no!").corner == (-57, -22)
    assert formats.decode(b"#r 23/36\nx = 1, y = 1\no!").rule == "23/36"


@pytest.mark.parametrize(
    ("text", "place", "reason"),
    [
        ("", 1, "header: missing"),
        ("#N none\n", 1, "header: missing"),
        ("bo$2bo$3o!", 1, "header: got 'bo"),
        ("x = 3\nbo!", 1, "header: got"),
        ("x = 3, y = -3\nbo!", 1, "0 or more"),
        (f"x = 3, y = {'9' * 30}\nbo!", 1, "18 digits"),
        ("x = 3, y = 3, rule = B3/S23:Q30\nbo!", 1, "bounded grid 'Q30'"),
        ("x = 3, y = 3\nbo$2bo$3o", 2, "ends without !"),
        ("x = 3, y = 3\n", None, "ends without !"),
        ("x = 3, y = 3\nbo$\n2bo$4o!", "3:5", "beyond the header's 3 by 3"),
        ("x = 3, y = 3\nbo3$o!", "2:5", "beyond the header's"),
        ("x = 3, y = 3\nbo$2bz$3o!", "2:6", "got 'z$3o!'"),
        ("x = 3, y = 3\nbo$2 bo$3o!", "2:4", "got '2 bo$3o!'"),
        ("x = 3, y = 3\nbo$0bo$3o!", "2:4", "count of 0"),
        (f"x = 3, y = 3\n{'1' * 5000}o!", "2:1", "accepted are runs"),
        ("x = 3, y = 3\nyP!", "2:1", "state 256"),
        ("x = 3, y = 3\np!", "2:1", "accepted are runs"),
        ("#R 3\nx = 3, y = 3\no!", 1, "#R"),
        ("#r B3/S23:30\nx = 3, y = 3\no!", 1, "bounded grid"),
    ],
)
def test_malformed_rle(text, place, reason):
    with pytest.raises(PatternError, match=re.escape(reason)) as caught:
        formats.decode(text.encode(), ".rle")
    error = caught.value
    assert ":".join(str(p) for p in (error.line, error.column) if p) == str(place or "")
    assert "\n" not in str(error)
    assert str(error).startswith(f"line {place}: ") or place is None


@pytest.mark.parametrize(
    ("data", "suffix", "reason"),
    [
        (b".O.\n.x.\n", ".cells", "line 2:2: cells: got 'x'"),
        (b"." * 20_000 + b"\n" * 20_000, ".cells", "268,435,456 of an array"),
        (b"#Life 1.05\n", ".lif", "line 1: head: got '#Life 1.05'"),
        (b"#Life 1.06\n1 2\n1 2 3\n", "", "line 3: cell: got '1 2 3'"),
        (b"#Life 1.06\n1 two\n", "", "line 2: y: got 'two'"),
        (b"#Life 1.06\n0 0\n99999999 99999999\n", "", "read_macrocell"),
        (b"x = 99999999, y = 99999999\no!", "", "read_macrocell"),
        (b"M2\n", ".mc", "line 1: head"),
        (b"[M2]\n*********$\n", "", "line 2: leaf"),
        (b"[M2]\n$$$$$$$$*$\n", "", "line 2: leaf"),
        (b"[M2]\n.x$\n", "", "line 2: leaf: got 'x'"),
        (b"[M2]\n*$\n4 0 0 0\n", "", "line 3: node: got"),
        (b"[M2]\n*$\n4 0 0 0 2\n", "", "line 3: node: row 2"),
        (b"[M2]\n*$\n5 0 0 0 1\n", "", "line 3: node: row 1 of a node of level 5"),
        (b"[M2]\n1 0 0 0 1\n", "", "line 2: node: level 1, accepted for two states"),
        (b"[M2]\n*$\n2000 0 0 0 1\n", "", "line 3: node: level 2000"),
        (b"[M2]\n#G x\n", "", "line 2: #G"),
        (b"PK", "", "archive: cannot be read"),
        (b"nothing of the kind", ".txt", "format: not recognised"),
        (b"", "", "format: not recognised"),
    ],
)
def test_malformed_others(data, suffix, reason):
    with pytest.raises(PatternError, match=re.escape(reason)) as caught:
        formats.decode(data, suffix)
    assert "\n" not in str(caught.value)


def test_lies_take_no_memory():
    lies = [
        b"x = 16000, y = 999999999\no!",
        b"x = 100000, y = 100000\no$999999999999999999b!",
        b"#Life 1.06\n-999999999999999999 0\n999999999999999999 9\n",
        b"[M2]\n*$\n4 1 0 0 1\n" + b"".join(b"%d %d 0 0 %d\n" % (k, k - 3, k - 3) for k in
                                            range(5, 400)),
    ]  # fmt: skip
    tracemalloc.start()
    for lie in lies:
        with pytest.raises(PatternError):
            formats.decode(lie)
    assert tracemalloc.get_traced_memory()[1] < 1 << 20
    tracemalloc.stop()


def test_macrocell_of_golly():
    tree, pattern = decode_macrocell(GOLLYS), formats.decode(WEEKENDER.encode())
    again = tree.pattern()
    assert np.array_equal(again.cells, pattern.cells)
    assert (again.corner, tree.population) == ((0, 0), 36)
    assert tree.window((-2, 3), (40, 9))[2:13].tolist() == pattern.cells[:, 3:12].tolist()
    ours = decode_macrocell(encode_macrocell(Macrocell.of(pattern)))
    assert sorted(zip(ours.levels, ours.words, strict=True)) == sorted(
        zip(tree.levels, tree.words, strict=True)
    )


@some
@given(patterns(states=2), st.tuples(*[st.integers(-40, 40)] * 2), st.integers(0, 50))
def test_macrocells_of_arrays_and_of_runs(pattern, offset, side):
    pattern = Pattern(pattern.cells, corner=pattern.corner)
    tree = Macrocell.of(pattern)
    fitted = Plane(pattern.cells, pattern.corner).fitted()
    assert (tree.population, tree.shape) == (pattern.population, fitted.cells.shape)
    runs = formats.rle.decode_runs(formats.rle.encode(pattern))
    other = Macrocell.of_runs(runs)
    assert other.levels.tolist() == tree.levels.tolist()
    assert other.children.tolist() == tree.children.tolist()
    assert other.words.tolist() == tree.words.tolist()
    corner = tuple(a + b for a, b in zip(pattern.corner, offset, strict=True))
    seen = Plane(pattern.cells, (-offset[0], -offset[1])).window((side, side))
    assert np.array_equal(tree.window(corner, (side, side)), seen)


def test_macrocell_as_large_as_you_like():
    """The corners of a square of side 2^500, by doubling: every node has one child twice."""
    rows = ["[M2] x", "#R B3/S23", "*$", "4 1 0 0 1"]
    rows += [f"{k} {k - 3} {k - 3} {k - 3} {k - 3}" for k in range(5, 501)]
    tree = decode_macrocell("\n".join(rows))
    assert tree.population == 2 * 4**496
    # the last leaf's one cell is its first
    assert tree.shape == (2**500 - 7, 2**500 - 7)
    assert tree.corner == (1 - 2**499, -(2**499))
    # leaves 2 of 4 along the diagonal of every node of level 4
    assert np.argwhere(tree.window(tree.corner, (9, 9))).tolist() == [[0, 0], [8, 8]]
    with pytest.raises(PatternError, match="more than the 268,435,456"):
        tree.pattern()


CODES = {
    "xs0": "", "xs4_33": "OO OO", "xs6_696": ".OO. O..O .OO.", "xs7_2596": ".OO. O..O .O.O ..O.",
    "xs5_253": "OO. O.O .O.", "xs6_356": "OO. O.O .OO", "xs4_252": ".O. O.O .O.",
    "xs8_6996": ".OO. O..O O..O .OO.", "xs7_178c": "OO.. O.O. ..O. ..OO", "xp2_7": "OOO",
    "xp2_7e": ".OOO OOO.", "xp2_318c": "OO.. O... ...O ..OO", "xp15_4r4z4r4": "OOOOOOOOOO",
    "xq4_153": ".O. ..O OOO", "xq4_6frc": ".O..O O.... O...O OOOO.",
    "xq4_27dee6": "...O.. .O...O O..... O....O OOOOO.",
    "xq4_27deee6": "...OO.. .O....O O...... O.....O OOOOOO.",
    "xp3_co9nas0san9oczgoldlo0oldlogz1047210127401": (
        "..OOO...OOO.. ............. O....O.O....O O....O.O....O O....O.O....O ..OOO...OOO.. "
        "............. ..OOO...OOO.. O....O.O....O O....O.O....O O....O.O....O ............. "
        "..OOO...OOO.."
    ),
}  # fmt: skip
"""apgcodes as Catagolue lists them, and the objects."""


@pytest.mark.parametrize("code", [code for code in CODES if CODES[code]])
def test_apgcodes(code):
    # a row of ten becomes the pentadecathlon, one phase of which it is not: run it in
    cells = LifeLike(boundary="fixed").run(np.pad(life(CODES[code]), 24), 30)
    plane = Plane(cells, (0, 0)).fitted()
    for turned in (plane.cells, plane.cells.T, plane.cells[::-1]):
        assert apgcode.encode(Pattern(turned)) == code
    spelled = apgcode.decode(code)
    assert apgcode.encode(spelled) == code
    assert spelled.metadata == {"apgcode": code}


def test_ash_of_the_r_pentomino():
    cells = LifeLike(boundary="open")
    start = np.zeros((700, 700), np.uint8)
    start[350:353, 350:353] = life(".OO OO. .O.")
    ash = cells.run(start, 1103)
    labels, _ = label(ash, np.ones((3, 3)))
    parts = [ash[box] * (labels[box] == i + 1) for i, box in enumerate(find_objects(labels))]
    assert Counter(apgcode.encode(Pattern(part)) for part in parts) == {
        "xs4_33": 8, "xq4_153": 6, "xs6_696": 4, "xp2_7": 4, "xs5_253": 1, "xs7_2596": 1,
        "xs6_356": 1,
    }  # fmt: skip


@some
@given(patterns(states=2))
def test_wechslers_strings(pattern):
    cells = Plane(pattern.cells, (0, 0)).fitted().cells
    wide = np.zeros((cells.shape[0] + 6, cells.shape[1] + 90), np.uint8)
    wide[: cells.shape[0], : cells.shape[1]] = cells
    wide[-1, -1] = wide[0, 0] = 1
    again = apgcode.decode(f"xs{wide.sum()}_{apgcode._spelled(wide)}")
    assert np.array_equal(again.cells, wide)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("33", "accepted are xs4_33"), ("yl12_1_2", "accepted are xs4_33"), ("xs_33", "accepted"),
        ("xs5_33", "spells 4 cells, not 5"), ("xs4_3y", "'y'"), ("xs4_3-3", "'-'"),
        ("xp2_7\u00b2", "accepted are 0-9"), ("xp2_yzyzyzyz_", "accepted are 0-9"),
    ],
)  # fmt: skip
def test_malformed_apgcodes(code, reason):
    with pytest.raises(PatternError, match=re.escape(reason)):
        apgcode.decode(code)


def test_no_apgcode():
    for text, reason in (("O", "dies after 1"), (".OO OO. .O.", "not return within 50")):
        with pytest.raises(ValueError, match=reason):
            apgcode.encode(Pattern(life(text)), longest=50)
    for pattern in (Pattern(life(".")), Pattern(life("OO OO"), grid="T9"), Pattern([[2]])):
        with pytest.raises(ValueError, match="accepted for an apgcode"):
            apgcode.encode(pattern)


def test_times_and_places_beyond_64_bits():
    far = Pattern(life(".O. ..O OOO"), corner=(-(10**20), 10**20), generation=4 * 10**20)
    assert formats.decode(formats.encode(far, "rle")) == far
    late = HashLife("B3/S23").run(Pattern(far.cells), 4 * 10**18).pattern()
    # a glider moves a cell down and right in four generations
    assert formats.decode(formats.encode(late, "rle")).corner == (10**18, 10**18)
    assert formats.decode(formats.encode(late, "rle")).generation == 4 * 10**18
    tree = formats.encode(Pattern([[1]], generation=10**20), "macrocell")
    assert formats.decode(tree).generation == 10**20
    with pytest.raises(PatternError, match=r"line 1: Gen: got '1000.*at most 1000 digits"):
        formats.decode(f"#CXRLE Gen={10**1000}\nx = 1, y = 1\no!".encode())


@pytest.mark.parametrize(
    ("pattern", "name", "what"),
    [
        (Pattern([[1]], generation=10**1000), "rle", "generation: got more than 1000 digits"),
        (Pattern([[1]], generation=10**1000), "macrocell", "generation: got more than 1000 digits"),
        (Pattern([[1]], corner=(0, -(10**1000))), "rle", "corner: got more than 1000 digits"),
        (Pattern([[1]], corner=(0, 10**18)), "life106", "corner: got more than 18 digits"),
        (Pattern([[1, 1]], corner=(0, 10**18 - 1)), "life106", "corner: got more than 18 digits"),
        (Pattern([[1]]), "rel", "name: unknown 'rel'.*did you mean 'rle'"),
    ],
)
def test_what_could_not_be_read_again_is_not_written(pattern, name, what):
    with pytest.raises(ValueError, match=what):
        formats.encode(pattern, name)


def test_a_file_that_cannot_be_replaced_is_left(tmp_path, monkeypatch):
    path = tmp_path / "glider.rle"
    path.write_text(GLIDER)

    def full(*names):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        formats.write(path, Pattern([[1]]))
    assert path.read_text() == GLIDER
    assert list(tmp_path.iterdir()) == [path]


def test_npz_is_numpys():
    pattern = Pattern(life("OO OO"), "B36/S23", "T8,6", (3, -4), 7, metadata={"seed": 5})
    with np.load(io.BytesIO(formats.encode(pattern, "npz")), allow_pickle=False) as archive:
        assert archive["cells"].tolist() == [[1, 1], [1, 1]]
        assert archive["corner"].tolist() == [3, -4]
        assert '"boundary": "periodic"' in str(archive["metadata"])


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"cells": np.zeros((2, 2))}, "cells.npy: got float64"),
        ({"cells": np.zeros(4, np.uint8)}, "cells.npy: got uint8 of shape (4,)"),
        ({"cells": np.array([[None]])}, "cells.npy: a header"),
        ({"corner": np.zeros(3, np.int64)}, "corner.npy"),
        ({"metadata": np.array("{")}, "archive: cannot be read"),
        ({"metadata": np.array("[]")}, "metadata.npy: accepted is an object"),
        ({"metadata": np.array('{"rule": 3}')}, "metadata.npy: accepted is an object"),
        ({"metadata": None}, "archive: no metadata.npy"),
    ],
)
def test_malformed_npz(changes, reason):
    with np.load(io.BytesIO(formats.encode(Pattern(life("OO OO")), "npz"))) as archive:
        members = {name: archive[name] for name in archive.files} | changes
    stream = io.BytesIO()
    np.savez(stream, **{name: array for name, array in members.items() if array is not None})
    with pytest.raises(PatternError, match=re.escape(reason)):
        formats.decode(stream.getvalue())


def test_files(tmp_path):
    pattern = formats.decode(GLIDER.encode())
    for suffix in (".rle", ".cells", ".lif", ".life", ".mc", ".npz"):
        path = tmp_path / f"glider{suffix}"
        formats.write(path, pattern)
        assert np.array_equal(formats.read(path).cells, pattern.cells)
        assert formats.read_macrocell(path).population == 5
        # what is in a file goes before its name
        renamed = path.rename(tmp_path / f"{suffix[1:]}.dat")
        if suffix != ".cells":
            assert np.array_equal(formats.read(renamed).cells, pattern.cells)
    with pytest.raises(ValueError, match=r"got 'a.gif', accepted are the extensions .rle"):
        formats.write(tmp_path / "a.gif", pattern)
    with pytest.raises(FileNotFoundError):
        formats.read(tmp_path / "none.rle")
    bad = tmp_path / "bad.rle"
    bad.write_text("x = 3, y = 3\n4o!")
    with pytest.raises(PatternError) as caught:
        formats.read(bad)
    assert str(caught.value).startswith(f"{bad}:2:1: pattern: row 0 to column 3 is beyond")


@pytest.mark.parametrize("name", FORMATS)
def test_what_formats_cannot_hold(name):
    if FORMATS[name].states == 2:
        with pytest.raises(ValueError, match=r"got state 2, accepted for \w+ are 0 to 1"):
            formats.encode(Pattern([[2]]), name)
    if not FORMATS[name].rules:
        for pattern in (Pattern([[1]], "B36/S23"), Pattern([[1]], grid="T3"), Pattern([[1]], "W")):
            with pytest.raises(ValueError, match="which names none"):
                formats.encode(pattern, name)
        formats.encode(Pattern([[1]], "23/3"), name)


def test_latin_1_and_byte_order_mark():
    assert formats.decode(b"#O Andr\xe9\n" + GLIDER.encode()).author == "André"
    assert formats.decode(b"\xef\xbb\xbf" + GLIDER.encode()).name == "Glider"


def test_patterns():
    torus = Pattern(life(".O. ..O OOO"), grid="T8,6")
    # bgolly 3.3 puts it there, in a macrocell of generation 0
    assert np.argwhere(torus.field()).tolist() == [[2, 4], [3, 5], [4, 3], [4, 4], [4, 5]]
    placed = Pattern(torus.cells, grid="T8,6", corner=(-3, -4)).field()
    assert np.array_equal(placed[:3, :3], torus.cells)
    with pytest.raises(ValueError, match=r"T8,6 does not hold .* at \(1, 0\)"):
        Pattern(torus.cells, grid="T8,6", corner=(1, 0)).field()
    automaton = torus.automaton()
    assert isinstance(automaton, LifeLike)
    assert automaton.boundary == "periodic"
    # four generations a diagonal step: a torus of 8 by 6 is crossed in 24
    assert np.array_equal(automaton.run(torus.field(), 4 * 24), torus.field())
    assert Pattern([[1]], grid="P7").automaton().boundary == "fixed"
    assert isinstance(Pattern([[1]], "345/2/4").automaton(), Generations)
    assert Pattern([[1]], "B2-a/S12").automaton().name == "B2-a/S12"
    with pytest.raises(ValueError, match="rule: got 'WireWorld'"):
        Pattern([[1]], "WireWorld").automaton()
    with pytest.raises(ValueError, match="boundary: got 'open' for B03"):
        Pattern([[1]], "B03/S23").automaton()
    with pytest.raises(ValueError, match="accepted for a run are"):
        Pattern([[1]], grid="K30*,20").field()
    with pytest.raises(ValueError, match="does not hold the pattern of 3 by 3"):
        Pattern(life(".O. ..O OOO"), grid="T2,9").field()
    assert repr(torus) == "Pattern(3 by 3, 5 alive, 'B3/S23:T8,6')"
    assert torus != Pattern(torus.cells)
    assert torus != 3


@pytest.mark.parametrize(
    ("arguments", "error", "reason"),
    [
        ({"cells": [[0.5]]}, TypeError, "cells: got dtype float64"),
        ({"cells": [1, 2]}, ValueError, "cells: got shape (2,)"),
        ({"cells": [[256]]}, ValueError, "states from 0 to 255"),
        ({"cells": [[1]], "name": "a\nb"}, ValueError, "name: got 'a\\nb'"),
        ({"cells": [[1]], "grid": "Q"}, ValueError, "bounded grid 'Q'"),
        ({"cells": [[1]], "generation": -1}, ValueError, "generation: got -1"),
    ],
)
def test_bad_patterns(arguments, error, reason):
    with pytest.raises(error, match=re.escape(reason)):
        Pattern(**arguments)


@real
def test_real_files_load_run_and_return():
    paths = sorted([*DATA.rglob("*.rle"), *DATA.rglob("*.cells")])
    assert len(paths) == 117
    kept = Counter()
    for path in paths:
        if path.name == TOO_LARGE:
            assert formats.read_macrocell(path).population == 52
            with pytest.raises(PatternError, match="14,663 by 59,739 cells"):
                formats.read(path)
            continue
        pattern = formats.read(path)
        said = [line[11:] for line in pattern.comments if line.startswith("population=")]
        assert not said or int(said[0]) == pattern.population
        assert formats.read_macrocell(path).population == pattern.population
        pattern.automaton().run(pattern.cells, 3)
        for name, each in FORMATS.items():
            if not each.rules and pattern.rule.lower() != "b3/s23":
                continue
            again = formats.decode(formats.encode(pattern, name), ".cells")
            assert again.population == pattern.population
            if name != "macrocell":
                assert again.cells.shape == pattern.cells.shape or name == "life106"
            here = Plane(again.cells, again.corner).fitted()
            there = Plane(pattern.cells, pattern.corner).fitted()
            assert np.array_equal(here.cells, there.cells)
            assert here.corner == there.corner
            kept[name] += 1
    assert kept == {"rle": 116, "npz": 116, "macrocell": 116, "cells": 101, "life106": 101}


@real
def test_real_periods_and_displacements():
    text = (DATA / "SOURCE.txt").read_text()
    facts = re.findall(r"- (\S+\.rle) period (\d+) displacement \((\d+), (\d+)\): True", text)
    assert len(facts) == 14
    for name, period, a, b in facts:
        pattern = formats.read(DATA / name)
        code = apgcode.encode(pattern)
        moves = (a, b) != ("0", "0")
        kind = "xq" if moves else "xp" if period != "1" else "xs"
        number = pattern.population if kind == "xs" else period
        assert code.startswith(f"{kind}{number}_")
        system = pattern.automaton().system(pattern.cells)
        system.advance(int(period))
        snapshot = system.snapshot()
        row, column = snapshot["corners"][0].tolist()
        plane = Plane(snapshot["cells0"], (row, column)).fitted()
        start = Plane(pattern.cells, (0, 0)).fitted()
        shift = [abs(p - q) for p, q in zip(plane.corner, start.corner, strict=True)]
        assert sorted(shift) == [int(a), int(b)]
