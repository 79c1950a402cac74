"""What people point at is read as what it is, or refused in one line."""

import io
import os
import re
import struct
import sys
import zlib

import numpy as np
import pytest
from PIL import Image

from complexity.inputs import fasta_letters, read_inputs, read_table


def test_files_are_read_by_their_names(tmp_path):
    (tmp_path / "a.bin").write_bytes(b"\x00\xff")
    np.save(tmp_path / "b.npy", np.arange(6).reshape(2, 3))
    (tmp_path / "c.fasta").write_text(">one\nACGT\nAC\n;note\n>two\nGG\n")
    Image.fromarray(np.eye(4, dtype=np.uint8) * 255).save(tmp_path / "d.png")
    octets, array, letters, pixels = (
        named.data for named in read_inputs([tmp_path], recursive=True)
    )
    assert octets == b"\x00\xff"
    assert array.tolist() == [[0, 1, 2], [3, 4, 5]]
    assert letters == "ACGTACGG"
    assert np.array_equal(pixels, np.eye(4, dtype=np.uint8) * 255)


def test_a_palette_is_part_of_the_picture(tmp_path):
    """The indices of the same picture differ by palette, and those of its negative need not."""
    colours = np.random.default_rng(0).integers(0, 256, (4, 3), np.uint8)
    indices = np.arange(16, dtype=np.uint8).reshape(4, 4) % 4
    for name, order in (("a.png", [0, 1, 2, 3]), ("b.png", [2, 0, 3, 1])):
        image = Image.fromarray(np.argsort(order).astype(np.uint8)[indices])
        image.putpalette(colours[order].tobytes())
        image.save(tmp_path / name)
    image.putpalette((255 - colours[order]).tobytes())
    image.save(tmp_path / "negative.png")
    image.save(tmp_path / "clear.png", transparency=bytes([255, 0, 255, 255]))
    one, other, clear, negative = (named.data for named in read_inputs([tmp_path], recursive=True))
    assert np.array_equal(one, colours[indices])
    assert np.array_equal(other, one)
    assert np.array_equal(negative, 255 - one)
    assert np.array_equal(clear[..., :3], negative)
    assert np.array_equal(clear[..., 3] == 0, indices == order[1])


def test_a_reading_can_be_asked_for(tmp_path):
    path = tmp_path / "a.fasta"
    path.write_text(">x\nAC\n")
    assert read_inputs([path], reading="bytes")[0].data == b">x\nAC\n"
    assert read_inputs([path], reading="text")[0].data == ">x\nAC\n"


def test_folders_stand_for_their_files_in_order(tmp_path):
    for name in ("b", "a", "sub/c", ".hidden"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(name.encode())
    names = [
        os.path.relpath(named.name, tmp_path) for named in read_inputs([tmp_path], recursive=True)
    ]
    assert names == ["a", "b", "sub/c"]


def test_standard_input(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"piped")))
    (named,) = read_inputs(["-"])
    assert (named.name, named.data) == ("standard input", b"piped")


@pytest.mark.parametrize(
    ("column", "values", "dtype"),
    [
        ("count", [1, -2, 3], np.int64),
        ("height", [0.5, 1.0, float("nan")], np.float64),
        ("1", [1, -2, 3], np.int64),
    ],
)
def test_columns_of_csv_files(tmp_path, column, values, dtype):
    path = tmp_path / "t.csv"
    path.write_text('count,height,"a, b"\n1,.5,x\n-2,1,y\n3,nan,z\n')
    (named,) = read_inputs([f"{path}:{column}"])
    assert named.name == f"{path}:{column}"
    assert named.data.dtype == dtype
    np.testing.assert_array_equal(named.data, values)


def test_a_csv_file_without_headings(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("1,2\n3,4\n")
    assert read_inputs([f"{path}:2"])[0].data.tolist() == [2, 4]


def test_headings_with_underscores_are_no_numbers(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("2020_01,2020_02\n1,2\n3,4\n")
    assert read_table(path)[0] == ["2020_01", "2020_02"]
    assert read_inputs([f"{path}:2020_02"])[0].data.tolist() == [2, 4]
    path.write_text("a\n1_0\n")
    with pytest.raises(ValueError, match="not numbers"):
        read_table(path, ["a"])


def test_a_column_with_a_missing_number_is_not_left_out_in_silence(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("name,x,y\na,1,2\nb,,3\nc,4,5\n")
    with pytest.raises(ValueError, match="column x holds numbers, and '' in row 2; choose"):
        read_table(path)
    names, rows = read_table(path, ["y"])
    assert (names, rows.tolist()) == (["y"], [[2], [3], [5]])
    path.write_text("x,y\n1,2\n3\n")
    with pytest.raises(ValueError, match="column y holds numbers, and 'nothing' in row 2"):
        read_table(path)
    path.write_text("name,x\na,1\nb,2\n")  # names are no numbers, and nobody misses them
    assert read_table(path)[0] == ["x"]


def test_digits_of_other_scripts_are_text(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("x\n1\n\u0663\n")
    with pytest.raises(ValueError, match="not numbers"):
        read_inputs([f"{path}:x"])


def test_a_byte_order_mark_is_no_part_of_a_csv_file(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("1,2\n3,4\n", "utf-8-sig")
    assert read_inputs([f"{path}:1"])[0].data.tolist() == [1, 3]
    assert read_table(path)[1].tolist() == [[1, 2], [3, 4]]
    path.write_text("x,y\n3,4\n", "utf-8-sig")
    assert read_inputs([f"{path}:x"])[0].data.tolist() == [3]
    assert read_table(path)[0] == ["x", "y"]


@pytest.mark.parametrize(
    ("integers", "dtype"),
    [
        ([2**63 - 1, -(2**63)], np.int64),
        ([2**63, 2**63 + 1, 2**63 + 2], np.uint64),
        ([0, 2**64 - 1], np.uint64),
    ],
)
def test_integers_of_columns_are_exact(tmp_path, integers, dtype):
    path = tmp_path / "t.csv"
    path.write_text("\n".join(["x", *map(str, integers)]))
    (named,) = read_inputs([f"{path}:x"])
    assert named.data.dtype == dtype
    assert named.data.tolist() == integers


def test_rows_longer_than_the_heading_have_columns_by_number(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a,b\n1,2,3\n4,5,6\n")
    names, rows = read_table(path)
    assert names == ["a", "b", "3"]
    assert rows.tolist() == [[1, 2, 3], [4, 5, 6]]


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def huge_png() -> bytes:
    """A picture that says it has 20,000 x 20,000 pixels, and holds none."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 20_000, 20_000, 1, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


def array_file(**changes: bytes) -> bytes:
    """A .npy file, a word of its header replaced by one as long."""
    stream = io.BytesIO()
    np.save(stream, np.arange(6.0))
    octets = stream.getvalue()
    for old, new in changes.items():
        octets = octets.replace(old.encode(), new)
    return octets


def two_pictures():
    stream = io.BytesIO()
    page = Image.fromarray(np.eye(4, dtype=np.uint8))
    page.save(stream, "TIFF", save_all=True, append_images=[page])
    return stream.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "reading"),
    [
        ("a.png", huge_png(), "image"),
        ("a.npy", b"PK\3\4" + b"a" * 50, "array"),
        ("a.npy", array_file(shape=b"\x14hape"), "array"),
        ("a.npy", array_file().replace(b"(6,), }", b"(6,), ("), "array"),
        ("a.npy", array_file().replace(b"(6,), }", b"(6,), \x14"), "array"),
        ("a.npy", array_file().replace(b"(6,), }" + b" " * 12, b"(9999999999999,), }"), "array"),
        ("a.npy", array_file() + array_file(), "array"),
        ("a.tif", two_pictures(), "image"),
        ("a.g6", b">>graph6<<", "graph"),
        ("a.g6", b">>graph6<<\n", "graph"),
    ],
)
def test_damaged_files_are_refused(tmp_path, name, content, reading):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=f"{name} cannot be read as {reading}"):
        read_inputs([tmp_path / name], reading=reading)


GRAPHML = (
    '<graphml xmlns="http://graphml.graphdrawing.org/xmlns"><graph edgedefault="directed">'
    '<node id="b"/><node id="a"/><node id="c"/><edge source="a" target="b"/></graph></graphml>'
)


@pytest.mark.parametrize(
    ("text", "nodes", "directed", "edges"),
    [
        ("# a triangle and more\n10 2\n2 7 weight=3\n7 10\n7 11 {}\n", 4, False, "01 02 12 13"),
        ("ann bob\nbob cy # friends\n", 3, False, "01 12"),
        (GRAPHML, 3, True, "10"),
        ("\ufeff" + GRAPHML, 3, True, "10"),
        ("\ufeff1 0\n0 2\n", 3, False, "01 02"),
        ("2 01\n01 1\n", 3, False, "01 12"),
        (">>graph6<<CF\n", 4, False, "03 13 23"),
    ],
)
def test_graphs_keep_nodes_and_edges_alone(tmp_path, text, nodes, directed, edges):
    (tmp_path / "g").write_text(text)
    (named,) = read_inputs([tmp_path / "g"], reading="graph")
    assert named.data.is_directed() == directed
    assert list(named.data) == list(range(nodes))
    assert sorted(named.data.edges) == [(int(u), int(v)) for u, v in edges.split()]
    # by their names they are what they always were: bytes
    assert read_inputs([tmp_path / "g"])[0].data == text.encode()


@pytest.mark.parametrize("text", ["<graphml>", "<?xml", ">>graph6<<C", "one\n", "# none\n"])
def test_what_is_no_graph_is_refused(tmp_path, text):
    (tmp_path / "g").write_text(text)
    with pytest.raises(ValueError, match=r"g (cannot be read as graph|holds no symbols)"):
        read_inputs([tmp_path / "g"], reading="graph")


@pytest.mark.parametrize("text", ["0 1\n\n1,2\n", "0 1 # one\n# none\n1,2 # two\n"])
def test_an_edge_that_is_one_word_is_not_left_out(tmp_path, text):
    (tmp_path / "g").write_text(text)
    with pytest.raises(ValueError, match=r"line 3: got '1,2.*', accepted are two labels"):
        read_inputs([tmp_path / "g"], reading="graph")


def test_columns_and_arrays_as_symbols(tmp_path):
    (tmp_path / "t.csv").write_text("height\n1.5\n9\n2.5\n")
    np.save(tmp_path / "a.npy", np.arange(8.0))
    column, array = (
        read_inputs([path], symbols="quantile:2")[0].data
        for path in (f"{tmp_path}/t.csv:height", tmp_path / "a.npy")
    )
    assert column.tolist() == [0, 1, 0]
    assert array.tolist() == [0, 0, 0, 0, 1, 1, 1, 1]
    assert column.method == "quantile:alphabet=2"
    (tmp_path / "n.csv").write_text("height\nnan\n9\n")
    for path, method, says in [
        (f"{tmp_path}/n.csv:height", "median", "n.csv:height: x: got nan at index 0"),
        (f"{tmp_path}/t.csv:height", "medan", "did you mean 'median'"),
        (tmp_path / "t.csv", "median", "t.csv: symbols are made of columns and arrays"),
    ]:
        with pytest.raises(ValueError, match=re.escape(says)):
            read_inputs([path], symbols=method)


def test_fasta_letters_of_a_bare_sequence():
    assert fasta_letters(b"acgt\nac gt\r\n") == "acgtacgt"


@pytest.mark.parametrize(
    ("name", "content", "asked", "message"),
    [
        ("a", b"", "a", "is empty: nothing to measure"),
        ("alpha.txt", b"x", "alpa.txt", "did you mean"),
        ("a.npy", b"\x93NUMPY junk", "a.npy", "cannot be read as array"),
        ("a.png", b"no picture", "a.png", "cannot be read as image"),
        ("a.fasta", b">only a heading\n", "a.fasta", "no letters"),
        ("a.fasta", b"\xff\xfe", "a.fasta", "cannot be read as fasta"),
        ("a.csv", b"x,y\n1,2\n", "a.csv:z", "unknown 'z'; known: x, y"),
        ("a.csv", b"x,y\n1,2\n", "a.csv:3", "column 3 of 2"),
        ("a.csv", b"x,y\n", "a.csv:x", "is empty"),
        ("a.csv", b"x,y\nu,2\n", "a.csv:x", "not numbers"),
        ("a.csv", b"x,y\n1,2\n3\n", "a.csv:y", "some lines have no column"),
        ("a.csv", b"\xff\xfe,\n", "a.csv:x", "cannot be read as CSV"),
        ("a.csv", b"x\n1\n", "a.csv:", "no column is named; accepted is FILE.csv:COLUMN"),
        ("a.csv", b"x\n-1\n9223372036854775808\n", "a.csv:x", "do not fit 64 bits"),
        ("a.csv", b"x\n18446744073709551616\n", "a.csv:x", "do not fit 64 bits"),
    ],
)
def test_bad_inputs_are_one_line_that_names_the_file(tmp_path, name, content, asked, message):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=re.escape(message)) as caught:
        read_inputs([tmp_path / asked])
    assert name.split(".")[0][:3] in str(caught.value)
    assert "\n" not in str(caught.value)


def test_arrays_of_objects_are_not_unpickled(tmp_path):
    np.save(tmp_path / "a.npy", np.array([{}], object), allow_pickle=True)
    with pytest.raises(ValueError, match="cannot be read as array"):
        read_inputs([tmp_path / "a.npy"])


def test_an_empty_folder_and_an_empty_list(tmp_path):
    with pytest.raises(ValueError, match="folder without files"):
        read_inputs([tmp_path], recursive=True)
    with pytest.raises(ValueError, match="is a folder; accepted is a file"):
        read_inputs([tmp_path])
    with pytest.raises(ValueError, match="at least one"):
        read_inputs([])
    with pytest.raises(ValueError, match="did you mean 'bytes'"):
        read_inputs([tmp_path], reading="byte")


def test_a_file_that_changes_while_it_is_read(tmp_path, monkeypatch):
    path = tmp_path / "log"
    path.write_bytes(b"one")
    plain = type(path).read_bytes

    def read_and_grow(self):
        octets = plain(self)
        with self.open("ab") as stream:
            stream.write(b"more")
        return octets

    monkeypatch.setattr(type(path), "read_bytes", read_and_grow)
    with pytest.raises(ValueError, match="changed while it was read"):
        read_inputs([path])


def test_a_file_larger_than_memory_is_refused_before_it_is_read(tmp_path, monkeypatch):
    path = tmp_path / "huge"
    path.write_bytes(b"")
    with path.open("r+b") as stream:
        stream.truncate(1 << 20)
    monkeypatch.setattr("complexity.inputs._memory", lambda: (1 << 20) - 1)
    monkeypatch.setattr(type(path), "read_bytes", lambda self: pytest.fail("it was read"))
    with pytest.raises(ValueError, match=r"huge holds 1,048,576 bytes, more than the 1,048,575"):
        read_inputs([path])
