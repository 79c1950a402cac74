"""Data sets: parsers on files made by hand, fetching from a host of our own, real bytes counted."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import importlib
import inspect
import io
import json
import os
import random
import re
import struct
import subprocess
import sys
import tarfile
import threading
import wave
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial import KDTree
from scipy.spatial.distance import cdist

from neural import datasets
from neural.datasets import (
    archives,
    audio,
    characters,
    fetching,
    idx,
    images,
    molecules,
    pixels,
    registry,
    stories,
    translations,
)

ROOT = Path(__file__).parent.parent
DATA = Path(os.environ.get("COMPLEXODYNAMICS_DATA", "nowhere"))

PAPERS = """
complexodynamics coffee-automaton kolmogorov-complexity machine-super-intelligence mdl-tutorial
hinton-van-camp char-rnn understanding-lstm rnn-regularization pointer-networks order-matters
attention annotated-transformer bahdanau relational-rnn ntm relation-network deep-speech-2 alexnet
resnet identity-mappings dilated-convolutions message-passing gpipe vlae scaling-laws cs231n
"""


def at_hand(name: str, split: str | None = None) -> pytest.MarkDecorator:
    """Skip a test whose real files are in no folder."""
    there = DATA.is_dir() and datasets.available(name, split=split, folder=DATA)
    return pytest.mark.skipif(not there, reason=f"{name} is not below COMPLEXODYNAMICS_DATA")


# ------------------------------------------------------------------------------ which there are


def test_every_data_set_has_a_function_of_its_name():
    assert datasets.names() == sorted(datasets.names())
    for name in datasets.names():
        each = datasets.entry(name)
        parameters = inspect.signature(getattr(datasets, name)).parameters
        assert parameters["split"].default in each.splits
        assert parameters["folder"].default is None
        assert set(each.verified) <= set(each.splits)
        assert not each.instead or datasets.entry(each.instead).instead
        assert len(each.papers) == len(set(each.papers))
        assert set(each.papers) <= set(PAPERS.split())
        assert bool(each.files) != bool(each.extra)
        assert json.loads(json.dumps(each.to_dict()))["name"] == name


def test_every_file_is_known_by_a_digest():
    every = [(each, file) for each in map(datasets.entry, datasets.names()) for file in each.files]
    for each, file in every:
        algorithm, _, digest = file.digest.partition(":")
        assert len(digest) == {"sha256": 64, "md5": 32, "": 0}[algorithm]
        assert digest or len(file.contents) == 64
        assert not file.url or file.url.startswith(("https://", "http://"))
        assert "{" not in file.url
        assert not file.members or re.compile(file.members)
        if "md5" in file.digest:
            assert not set(each.verified) & {s for s, fs in each.splits.items() if file.name in fs}
    used = {f"{each.folder}/{file.name}" for each, file in every}
    assert used - registry._digests().keys() == {"fsdd/free-spoken-digit-dataset.zip"}
    assert registry._digests().keys() <= used  # no line without a use


def test_an_unknown_name_or_split_or_file():
    with pytest.raises(ValueError, match=r"name: unknown 'minst'.*did you mean 'mnist'"):
        datasets.load("minst")
    with pytest.raises(ValueError, match="split: unknown 'val'; known: train, test"):
        datasets.mnist(split="val")
    with pytest.raises(ValueError, match="split: unknown"):
        datasets.available("mnist", split="val")
    with pytest.raises(ValueError, match="mnist has no file 'other'"):
        datasets.entry("mnist").file("other")


def test_the_list_costs_no_imports():
    code = (
        "import sys; from neural import datasets as d; d.entry(d.names()[0]).files; "
        "print(*sys.modules)"
    )
    run = [sys.executable, "-c", code]
    loaded = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    heavy = {"numpy", "torch", "PIL", "pooch", "requests", "sklearn", "scipy", "numba"}
    assert not heavy & set(loaded.split())


def test_the_documentation_has_the_table():
    assert registry.table() in (ROOT / "docs" / "datasets.md").read_text()


@pytest.mark.skipif(not DATA.is_dir(), reason="no COMPLEXODYNAMICS_DATA")
def test_digests_are_those_of_the_sources():
    """The folder's own lists say the same of every file that they have."""
    known, seen = registry._digests(), 0
    for source in DATA.glob("*/SOURCE.txt"):
        for size, digest, name in re.findall(
            r"^\s*(\d+)\s+([0-9a-f]{64})\s+(\S+)", source.read_text(), re.MULTILINE
        ):
            place = f"{source.parent.name}/{name}"
            if place in known:
                assert known[place] == (f"sha256:{digest}", int(size))
                seen += 1
    without = {"babi.tar.gz", "cifar-10-binary.tar.gz", "wikitext-2-v1.zip"} | {
        f"{part}-{kind}-ubyte.gz"
        for part in ("train", "t10k")
        for kind in ("images-idx3", "labels-idx1")
    }
    without |= {"images_background.zip", "images_evaluation.zip"}
    assert seen == len(known) - len(without)


# ------------------------------------------------------------------------------ parsers

SHAPES = st.lists(st.integers(0, 4), min_size=0, max_size=4)


def as_idx(array: np.ndarray) -> bytes:
    return struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()


@given(SHAPES, st.booleans(), st.randoms(use_true_random=False))
def test_idx_files_are_read_back(shape, compressed, draw):
    array = np.frombuffer(draw.randbytes(int(np.prod(shape))), np.uint8).reshape(shape)
    octets = as_idx(array)
    found = idx.parse(gzip.compress(octets) if compressed else octets)
    assert found.dtype == np.uint8
    assert found.flags.writeable
    np.testing.assert_array_equal(found, array)


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"\0\0\x08",
        b"\0\0\x08\x01",
        b"\0\0\x0d\x01\0\0\0\0",  # floats
        b"\0\0\x08\x01\0\0\0\2a",
        b"\0\0\x08\x01\0\0\0\2abc",
        b"\x1f\x8b",
        gzip.compress(b"\0\0\x08\x01\0\0\0\1a", mtime=0)[:-9],
    ],
)
def test_what_is_no_idx_file(octets):
    with pytest.raises(ValueError, match="idx: "):
        idx.parse(octets)


def test_records_of_cifar():
    """Pixel (row, column) of a colour is at 1 + 1024 colour + 32 row + column of its record."""
    octets = bytearray(2 * 3073)
    octets[0], octets[3073] = 9, 4
    octets[3073 + 1 + 1024 * 2 + 32 * 5 + 7] = 200
    pixel, labels = images.parse_cifar_records(bytes(octets))
    assert labels.tolist() == [9, 4]
    assert pixel.shape == (2, 32, 32, 3)
    assert pixel[1, 5, 7].tolist() == [0, 0, 200]
    assert pixel.sum() == 200
    for bad in (b"", bytes(3072), bytes([10]) + bytes(3072)):
        with pytest.raises(ValueError, match="cifar10: "):
            images.parse_cifar_records(bad)


def zipped(found: dict[str, bytes]) -> bytes:
    octets = io.BytesIO()
    with zipfile.ZipFile(octets, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in found.items():
            archive.writestr(name, data)
    return octets.getvalue()


def tarred(found: dict[str, bytes]) -> bytes:
    octets = io.BytesIO()
    with tarfile.open(fileobj=octets, mode="w:gz") as archive:
        for name, data in found.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return octets.getvalue()


def png(array: np.ndarray) -> bytes:
    from PIL import Image

    octets = io.BytesIO()
    Image.fromarray(array).save(octets, "PNG")
    return octets.getvalue()


NAMES = st.text("abc", min_size=1, max_size=3)


@given(st.dictionaries(NAMES, st.binary(max_size=20), min_size=1), NAMES)
def test_members_do_not_depend_on_the_archive(found, folder):
    inside = {f"{folder}/{name}": data for name, data in found.items()}
    for octets in (zipped(inside), tarred(inside), zipped(found)):
        assert archives.members(octets, ".*") == found
        assert list(archives.members(octets, ".*")) == sorted(found)
    assert archives.members(tarred(inside), ".*", whole_path=True) == inside
    said = b"".join(b"%s %d\n%s" % (n.encode(), len(d), d) for n, d in sorted(found.items()))
    assert archives.contents_digest(found) == hashlib.sha256(said).hexdigest()


def test_archives_that_are_refused():
    with pytest.raises(ValueError, match="without a member like b"):
        archives.members(zipped({"a": b""}), "b")
    with pytest.raises(ValueError, match="two members a"):
        archives.members(zipped({"x/a": b"", "y/a": b""}), "a")
    with pytest.raises(ValueError, match="cannot be read"):
        archives.members(b"neither", ".*")


WORDS = st.text("abc", min_size=1, max_size=4)
STORIES = st.lists(
    st.lists(
        st.one_of(
            WORDS,
            st.tuples(WORDS, WORDS, st.lists(st.integers(0, 3), max_size=3)),
        ),
        min_size=1,
        max_size=6,
    ),
    max_size=4,
)


@given(STORIES)
def test_stories_are_read_back(told):
    """Written as the format says, statements and questions come back as they were."""
    text, expected = [], []
    for number, story in enumerate(told):
        facts: dict[int, str] = {}
        for identity, said in enumerate(story, 1):
            if isinstance(said, str):
                facts[identity] = said
                text.append(f"{identity} {said}\n")
                continue
            question, answer, wanted = said
            supporting = tuple(index for index in wanted if index < len(facts))
            references = " ".join(str(list(facts)[index]) for index in supporting)
            text.append(f"{identity} {question}? \t{answer}\t{references}\n")
            expected.append(
                stories.Question(number, tuple(facts.values()), f"{question}?", answer, supporting)
            )
    assert stories.parse_stories("".join(text).encode()) == tuple(expected)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1\n", "neither"),
        ("1 \n", "neither"),
        ("a b\n", "neither"),
        ("1 a\tb\n", "neither"),
        ("2 a\n", "ID 2 after 0"),
        ("1 a\n3 b\n", "ID 3 after 1"),
        ("1 a\n2 b?\tc\t2\n", "no such statements"),
        ("1 a\n2 b?\tc\tx\n", "no such statements"),
        ("1 a\n\n", "neither"),
    ],
)
def test_what_is_no_story(text, said):
    with pytest.raises(ValueError, match=said):
        stories.parse_stories(text.encode())


def test_parts_by_hash_are_as_large_as_they_say():
    """Each of 20,000 falls in with its probability: within four standard deviations."""
    count = Counter(translations.part_of(str(i)) for i in range(20_000))
    for part, share in (("train", 0.8), ("validation", 0.1), ("test", 0.1)):
        deviation = (20_000 * share * (1 - share)) ** 0.5
        assert abs(count[part] - 20_000 * share) < 4 * deviation


def sound(samples: list[int], *, rate: int = 8000, channels: int = 1) -> bytes:
    octets = io.BytesIO()
    with wave.open(octets, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(struct.pack(f"<{len(samples)}h", *samples))
    return octets.getvalue()


def test_waves():
    assert audio.parse_wave(sound([1, -2, 32767]), 8000).tolist() == [1, -2, 32767]
    with pytest.raises(ValueError, match="accepted is"):
        audio.parse_wave(sound([1, 2], rate=16000), 8000)
    with pytest.raises(ValueError, match="accepted is"):
        audio.parse_wave(sound([1, 2], channels=2), 8000)
    with pytest.raises(ValueError, match="not a WAV file"):
        audio.parse_wave(b"RIFF", 8000)


def test_xyz():
    elements, positions = molecules.parse_xyz(b"2\nwater lacks one\nO 0 0 0.5\n H 1e-1 -2 3\n")
    assert elements.tolist() == [8, 1]
    assert positions.tolist() == [[0, 0, 0.5], [0.1, -2, 3]]
    for bad in (b"", b"2\n", b"1\n\nX 0 0 0", b"2\n\nH 0 0 0", b"1\n\nH 0 0", b"1\n\nH 0 0 z"):
        with pytest.raises(ValueError, match=r"xyz|float"):
            molecules.parse_xyz(bad)


PARSERS: dict[str, tuple[Callable[[bytes], object], bytes]] = {
    "idx": (idx.parse, gzip.compress(as_idx(np.arange(24, dtype=np.uint8).reshape(2, 3, 4)))),
    "zip": (lambda octets: archives.members(octets, ".*"), zipped({"x/a": b"1" * 99, "b": b""})),
    "tar": (lambda octets: archives.members(octets, ".*"), tarred({"x/a": b"1" * 99, "b": b""})),
    "stories": (stories.parse_stories, b"1 a b\n2 c?\td\t1\n1 e\n2 f?\tg,h\t1\n"),
    "wave": (lambda octets: audio.parse_wave(octets, 8000), sound(list(range(50)))),
    "xyz": (molecules.parse_xyz, b"3\ncomment\nO 0 0 0.5\nH 1 -2 3\nH 0 2 1\n"),
    "cifar": (images.parse_cifar_records, bytes(3073)),
    "png": (pixels.read_image, png(np.arange(300, dtype=np.uint8).reshape(10, 10, 3))),
    "class labels": (characters.parse_class_labels, b"a/b c/d\ne/f g/h\n"),
}


def mutated(octets: bytes, draw: random.Random) -> bytes:
    """Some bytes changed, removed or put in; or an end cut off."""
    data = bytearray(octets)
    for _ in range(draw.choice((1, 1, 2, 8))):
        at = draw.randrange(len(data) + 1)
        match draw.randrange(4):
            case 0:
                data[at:at] = draw.randbytes(draw.choice((1, 4)))
            case 1:
                del data[at : at + draw.choice((1, 4))]
            case 2:
                del data[at:]
            case _:
                data[at : at + 1] = draw.randbytes(1)
    return bytes(data)


@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow's, of damaged PNGs
@pytest.mark.parametrize("name", PARSERS)
def test_damaged_files_are_refused_or_read(name):
    """`fuzz` takes as many rounds as one likes."""
    assert fuzz(name, rounds=1000, seed=0) > 0


def fuzz(name: str, *, rounds: int, seed: int) -> int:
    """How many mutations a parser refuses, all with a ValueError."""
    parse, octets = PARSERS[name]
    parse(octets)
    draw, refused = random.Random(seed), 0
    for _ in range(rounds):
        try:
            parse(mutated(octets, draw))
        except ValueError:
            refused += 1
    return refused


# --------------------------------------------- whole sets made by hand, in their canonical formats


@pytest.fixture
def made(tmp_path, monkeypatch) -> Callable[[str, bytes], Path]:
    """Put a file into a folder of data, with its digest as the expected one."""
    known: dict[str, tuple[str, int]] = {}
    monkeypatch.setattr(registry, "_digests", lambda: known)

    def make(place: str, octets: bytes) -> Path:
        path = tmp_path / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(octets)
        known[place] = (f"sha256:{hashlib.sha256(octets).hexdigest()}", len(octets))
        return tmp_path

    return make


def test_cifar_as_its_owners_distribute_it(made):
    records = {
        f"cifar-10-batches-bin/data_batch_{i}.bin": bytes([i]) + bytes([10 * i]) * 3072
        for i in (3, 1, 2, 5, 4)
    }
    records["cifar-10-batches-bin/test_batch.bin"] = bytes([7]) + bytes(3072)
    records["cifar-10-batches-bin/batches.meta.txt"] = b"airplane\n"
    folder = made("cifar10/cifar-10-binary.tar.gz", tarred(records))
    train = datasets.cifar10(folder=folder)
    assert train.labels.tolist() == [1, 2, 3, 4, 5]
    assert train.images[:, 0, 0, 0].tolist() == [10, 20, 30, 40, 50]
    test = datasets.cifar10(split="test", folder=folder)
    assert [test.classes[label] for label in test.labels] == ["horse"]
    assert repr(test) == "Images(name='cifar10', split='test', shape=[1, 32, 32, 3], classes=10)"


def test_fashion_as_its_owners_distribute_it(made):
    array = np.arange(2 * 28 * 28, dtype=np.uint8).reshape(2, 28, 28)
    made("fashion_mnist/t10k-labels-idx1-ubyte.gz", gzip.compress(as_idx(np.uint8([9, 0]))))
    folder = made("fashion_mnist/t10k-images-idx3-ubyte.gz", gzip.compress(as_idx(array)))
    found = datasets.fashion_mnist(split="test", folder=folder)
    np.testing.assert_array_equal(found.images, array)
    assert [found.classes[label] for label in found.labels] == ["Ankle boot", "T-shirt/top"]
    assert found.labels.dtype == np.int64
    assert found.scaled().max() == 1
    made("fashion_mnist/t10k-labels-idx1-ubyte.gz", as_idx(np.uint8([9])))
    with pytest.raises(ValueError, match=r"labels \(1,\) for images \(2, 28, 28\)"):
        datasets.fashion_mnist(split="test", folder=folder)


def test_the_text_to_train_on(made):
    octets = zipped({"wikitext-2/wiki.train.tokens": " \n = é = \n".encode()})
    folder = made("wikitext2/wikitext-2-v1.zip", octets)
    found = datasets.wikitext2(split="train", folder=folder)
    assert found.words() == ["<eos>", "=", "é", "=", "<eos>"]
    assert found.words(end_of_line="") == ["=", "é", "="]


def test_babi_with_a_part_for_validation(made):
    def one(answer: str) -> bytes:
        return f"1 a\n2 b?\t{answer}\t1\n".encode()

    inside = {
        f"tasks_1-20_v1-2/{size}/qa{task}_{part}.txt": one(f"{size} {task} {part}")
        for size in ("en-valid", "en-valid-10k", "hn", "en-valid-nosf")
        for task in (1, 11)
        for part in ("train", "valid", "test")
    }
    folder = made("babi/babi.tar.gz", tarred(inside))
    (question,) = datasets.babi(1, folder=folder).questions
    assert question == stories.Question(0, ("a",), "b?", "en-valid 1 train", (0,))
    found = datasets.babi(11, split="validation", size="10k", folder=folder)
    assert found.questions[0].answer == "en-valid-10k 11 valid"
    with pytest.raises(ValueError, match="size: got '2k'"):
        datasets.babi(1, size="2k", folder=folder)
    with pytest.raises(ValueError, match="task: got 21"):
        datasets.babi(21, folder=folder)
    with pytest.raises(TypeError, match="task"):
        datasets.babi("1", folder=folder)  # type: ignore[arg-type]


def test_omniglot_in_full(made):
    blank = np.full((105, 105), 255, np.uint8)
    drawn = blank.copy()
    drawn[3, 4] = 0
    inside = {
        "images_evaluation/Zulu/character02/0002_20.png": png(drawn),
        "images_evaluation/Zulu/character01/0001_01.png": png(blank),
        "images_evaluation/Ge_ez/character02/0003_07.png": png(blank),
    }
    folder = made("omniglot/images_evaluation.zip", zipped(inside))
    found = datasets.omniglot(split="evaluation", folder=folder)
    assert found.characters == ("Ge_ez/character02", "Zulu/character01", "Zulu/character02")
    assert found.alphabets == ("Ge_ez", "Zulu")
    assert found.labels.tolist() == [0, 1, 2]
    assert found.drawers.tolist() == [6, 0, 19]
    assert np.argwhere(found.images).tolist() == [[2, 3, 4]]


def test_a_damaged_file_in_the_folder(made):
    folder = made("tinyshakespeare/input.txt", b"To be, or not to be")
    assert datasets.tinyshakespeare(folder=folder).text == "To be, or not to be"
    (folder / "tinyshakespeare" / "input.txt").write_bytes(b"To be, or not to bf")
    with pytest.raises(
        ValueError, match=r"input\.txt: a damaged or another file; expected sha256:"
    ):
        datasets.tinyshakespeare(folder=folder)


def test_a_file_is_checked_once(made, monkeypatch):
    folder = made("tinyshakespeare/input.txt", b"Words, words, words.")
    calls = []
    new = hashlib.new
    monkeypatch.setattr(hashlib, "new", lambda *rest, **more: calls.append(0) or new(*rest, **more))
    for _ in range(3):
        datasets.tinyshakespeare(folder=folder)
    assert len(calls) == 1


def test_the_folder_of_the_variable_is_looked_in(made, monkeypatch):
    folder = made("tinyshakespeare/input.txt", b"The rest is silence.")
    monkeypatch.setenv("COMPLEXODYNAMICS_DATA", str(folder))
    assert datasets.load("tinyshakespeare").text == "The rest is silence."
    assert datasets.available("tinyshakespeare")
    (folder / "empty").mkdir()
    assert not datasets.available("tinyshakespeare", folder=folder / "empty")


def test_files_that_no_host_has(monkeypatch, tmp_path):
    monkeypatch.delenv("COMPLEXODYNAMICS_DATA", raising=False)
    with pytest.raises(
        FileNotFoundError,
        match=r"cifar10_sample needs cifar10/cifar10_batch_0\.png in the folder of "
        r"COMPLEXODYNAMICS_DATA, which is not set; no host has it; cifar10 is like it",
    ):
        datasets.cifar10_sample()
    monkeypatch.setenv("COMPLEXODYNAMICS_DATA", str(tmp_path))
    with pytest.raises(FileNotFoundError, match=re.escape(f"COMPLEXODYNAMICS_DATA ({tmp_path});")):
        datasets.babi_1k(1)
    with pytest.raises(ValueError, match="babi_10k has no part of task 3"):
        datasets.babi_10k(3)


# ------------------------------------------------------------------------------ hosts


class Host:
    """A host on this machine: path -> status and bytes; counts what is asked of it."""

    def __init__(self) -> None:
        self.files: dict[str, tuple[int, bytes, int]] = {}
        self.asked: list[str] = []
        host = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                host.asked.append(self.path)
                status, octets, promised = host.files.get(self.path, (404, b"", 0))
                self.send_response(status)
                self.send_header("Content-Length", str(promised))
                self.end_headers()
                self.wfile.write(octets)

            def log_message(self, format: str, *args: object) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def put(self, name: str, octets: bytes, *, status: int = 200, promised: int = -1) -> None:
        self.files[f"/{name}"] = (status, octets, len(octets) if promised < 0 else promised)

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


TEXT = b"What's past is prologue."


@pytest.fixture
def host(tmp_path, monkeypatch) -> Iterator[Host]:
    """A host that tinyshakespeare and fsdd are fetched from into an empty cache."""
    pytest.importorskip("pooch")
    for variable in ("COMPLEXODYNAMICS_DATA", "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(fetching, "cache_folder", lambda: tmp_path / "cache")
    host = Host()
    monkeypatch.setattr(registry, "SOURCES", {"tinyshakespeare": host.address + "/{name}"})
    known = {"tinyshakespeare/input.txt": (f"sha256:{hashlib.sha256(TEXT).hexdigest()}", len(TEXT))}
    monkeypatch.setattr(registry, "_digests", lambda: known)
    yield host
    host.close()


def in_cache(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in (tmp_path / "cache").rglob("*") if path.is_file())


def test_a_file_is_fetched_once(host, tmp_path, capfd):
    host.put("input.txt", TEXT)
    assert not datasets.available("tinyshakespeare")
    for _ in range(3):
        assert datasets.tinyshakespeare().text.encode() == TEXT
    assert host.asked == ["/input.txt"]
    assert in_cache(tmp_path) == ["input.txt"]
    assert datasets.available("tinyshakespeare")
    assert not datasets.available("tinyshakespeare", folder=tmp_path)
    assert capfd.readouterr() == ("", "")  # no terminal, no bar


def test_a_damaged_copy_is_fetched_again(host, tmp_path):
    host.put("input.txt", TEXT)
    copy = tmp_path / "cache" / "tinyshakespeare" / "input.txt"
    copy.parent.mkdir(parents=True)
    copy.write_bytes(TEXT[:-1])
    assert datasets.tinyshakespeare().text.encode() == TEXT
    assert copy.read_bytes() == TEXT


def test_other_bytes_are_refused_and_not_kept(host, tmp_path):
    host.put("input.txt", TEXT + b"!")
    with pytest.raises(ValueError, match=r"tinyshakespeare: http.* has another input\.txt: SHA256"):
        datasets.tinyshakespeare()
    assert in_cache(tmp_path) == []


@pytest.mark.parametrize("case", ["missing", "broken", "cut"])
def test_a_host_that_fails(host, tmp_path, case):
    if case == "broken":
        host.put("input.txt", TEXT, status=500)
    if case == "cut":
        host.put("input.txt", TEXT[:5], promised=len(TEXT))
    with pytest.raises(
        ConnectionError,
        match=r"tinyshakespeare needs tinyshakespeare/input\.txt in the folder of "
        r"COMPLEXODYNAMICS_DATA, which is not set, or http.*input\.txt; that failed: ",
    ):
        datasets.tinyshakespeare()
    assert in_cache(tmp_path) == []


def test_no_host(host, monkeypatch, tmp_path):
    host.close()
    monkeypatch.setattr(host, "close", lambda: None)
    with pytest.raises(ConnectionError, match=r"that failed: .*refused"):
        datasets.tinyshakespeare()
    assert in_cache(tmp_path) == []


def test_a_folder_comes_before_the_host(host, tmp_path, monkeypatch):
    place = tmp_path / "folder" / "tinyshakespeare" / "input.txt"
    place.parent.mkdir(parents=True)
    place.write_bytes(TEXT)
    monkeypatch.setenv("COMPLEXODYNAMICS_DATA", str(tmp_path / "folder"))
    assert datasets.tinyshakespeare().text.encode() == TEXT
    assert host.asked == []
    place.unlink()
    host.put("input.txt", TEXT)
    assert datasets.tinyshakespeare().text.encode() == TEXT
    assert host.asked == ["/input.txt"]


def test_a_given_folder_forbids_downloads(host, tmp_path):
    host.put("input.txt", TEXT)
    with pytest.raises(FileNotFoundError, match=r"which is not there; it can be had from http"):
        datasets.tinyshakespeare(folder=tmp_path)
    assert host.asked == []


def test_without_pooch(host, monkeypatch):
    monkeypatch.setitem(sys.modules, "pooch", None)
    with pytest.raises(
        ImportError, match=r"which is not set, or pooch .*complexodynamics\[neural\]"
    ):
        datasets.tinyshakespeare()
    monkeypatch.undo()
    monkeypatch.setitem(sys.modules, "pooch", None)
    monkeypatch.delenv("COMPLEXODYNAMICS_DATA", raising=False)
    assert not datasets.available("mnist")
    with pytest.raises(ImportError, match="pooch"):
        fetching.cache_folder()


SPOKEN = {f"{digit}_{who}_{take}.wav": sound([digit, take]) for digit, who, take in (
    (7, "lucas", 10), (7, "lucas", 9), (0, "theo", 49), (3, "jackson", 4), (3, "jackson", 5),
)}  # fmt: skip


@pytest.fixture
def spoken(host, monkeypatch) -> Host:
    """The host has an archive of a repository; its contents are expected, not its bytes."""
    pattern = registry.ARCHIVES["fsdd/free-spoken-digit-dataset.zip"][1]
    chosen = {name: data for name, data in SPOKEN.items() if re.fullmatch(pattern, name)}
    digest = archives.contents_digest(chosen)
    place = "fsdd/free-spoken-digit-dataset.zip"
    source = {place: (f"{host.address}/26eb.zip", pattern, digest)}
    monkeypatch.setattr(registry, "ARCHIVES", source)
    return host


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_an_archive_is_known_by_its_contents(spoken, tmp_path, pack):
    inside = {f"fsdd-26eb/recordings/{name}": data for name, data in SPOKEN.items()}
    spoken.put("26eb.zip", pack(inside | {"fsdd-26eb/README.md": b""}))
    found = datasets.fsdd(split="train_all")
    assert found.digits.tolist() == [0, 3, 7, 7]
    assert found.speakers == ("theo", "jackson", "lucas", "lucas")
    assert found.takes.tolist() == [49, 5, 9, 10]
    assert [signal.tolist() for signal in found.signals] == [[0, 49], [3, 5], [7, 9], [7, 10]]
    assert in_cache(tmp_path) == ["26eb.zip"]
    datasets.fsdd(split="train_all")
    assert spoken.asked == ["/26eb.zip"]


@pytest.mark.parametrize("octets", [b"not an archive", zipped(SPOKEN | {"7_lucas_9.wav": b""})])
def test_an_archive_of_something_else(spoken, tmp_path, octets):
    spoken.put("26eb.zip", octets)
    with pytest.raises(ValueError, match="a damaged or another file; expected"):
        datasets.fsdd(split="train_all")
    assert in_cache(tmp_path) == []


def test_the_bar_moves_by_megabytes(host, monkeypatch):
    octets, steps = bytes(3_500_000), []
    known = {
        "tinyshakespeare/input.txt": (f"sha256:{hashlib.sha256(octets).hexdigest()}", 3_500_000)
    }

    @contextlib.contextmanager
    def counted(description: str, total: int) -> Iterator[Callable[[], None]]:
        steps.append((description, total))
        yield lambda: steps.append("step")

    monkeypatch.setattr(registry, "_digests", lambda: known)
    monkeypatch.setattr(fetching, "progress", counted)
    host.put("input.txt", octets)
    assert len(datasets.tinyshakespeare()) == 3_500_000
    assert steps == [("tinyshakespeare/input.txt, MB", 3), "step", "step", "step"]


# ------------------------------------------------------------------------------ real bytes


def test_digits_are_those_of_scikit_learn():
    sklearn_datasets = pytest.importorskip("sklearn.datasets")
    pixel, labels = sklearn_datasets.load_digits(return_X_y=True)
    found = datasets.digits()
    np.testing.assert_array_equal(found.images.reshape(1797, 64), pixel)
    np.testing.assert_array_equal(found.labels, labels)
    assert found.scaled().max() == 1
    assert datasets.available("digits")


def test_digits_where_their_file_has_moved(monkeypatch):
    pytest.importorskip("sklearn")
    before = datasets.digits()
    monkeypatch.setattr(images, "_BUNDLED", ("nowhere",))
    after = datasets.digits()
    np.testing.assert_array_equal(before.images, after.images)
    np.testing.assert_array_equal(before.labels, after.labels)


def test_digits_without_scikit_learn(monkeypatch):
    monkeypatch.setattr(images, "find_spec", lambda name: None)
    with pytest.raises(ImportError, match=r"complexodynamics\[sklearn\]"):
        datasets.digits()


def counts(labels: np.ndarray) -> list[int]:
    return np.bincount(labels).tolist()


@at_hand("mnist")
@pytest.mark.parametrize(
    ("split", "n", "mean", "deviation", "classes"),
    [
        ("train", 60000, 33.3184, 78.5675, "5923 6742 5958 6131 5842 5421 5918 6265 5851 5949"),
        ("test", 10000, 33.7912, 79.1725, "980 1135 1032 1010 982 892 958 1028 974 1009"),
    ],
)
def test_mnist(split, n, mean, deviation, classes):
    found = datasets.mnist(split=split, folder=DATA)
    assert found.images.shape == (n, 28, 28)
    assert counts(found.labels) == [int(count) for count in classes.split()]
    assert found.images.mean() == pytest.approx(mean, abs=5e-5)
    assert found.images.std() == pytest.approx(deviation, abs=5e-5)


@at_hand("fashion_mnist_sprite")
def test_fashion_mnist_sprite():
    """The labels fit: the nearest other image is of the same class for 75.4%."""
    found = datasets.fashion_mnist_sprite(folder=DATA)
    flat = found.images.reshape(900, -1).astype(float)
    assert len({image.tobytes() for image in found.images}) == 900
    assert flat.mean() == pytest.approx(72.0, abs=0.05)
    assert counts(found.labels) == [90] * 10
    distances = cdist(flat, flat, "sqeuclidean")
    np.fill_diagonal(distances, np.inf)
    right = found.labels[distances.argmin(1)] == found.labels
    assert right.mean() == pytest.approx(0.754, abs=5e-4)


@at_hand("cifar10_sample")
def test_cifar10_sample():
    train, test = (datasets.cifar10_sample(split=s, folder=DATA) for s in ("train", "test"))
    assert counts(train.labels) == [396, 366, 420, 384, 422, 393, 414, 385, 407, 413]
    assert counts(test.labels) == [103, 89, 100, 103, 90, 86, 112, 102, 106, 109]
    every = np.concatenate([train.images, test.images])
    assert every.shape == (5000, 32, 32, 3)
    assert len({image.tobytes() for image in every}) == 5000
    pixel = train.images.reshape(-1, 3)
    assert pixel.mean(0) == pytest.approx([125.36, 122.85, 113.39], abs=5e-3)
    assert pixel.std(0) == pytest.approx([63.01, 62.21, 66.94], abs=5e-3)


@pytest.mark.parametrize(
    ("split", "n", "number"),
    [
        pytest.param("small1", 2720, 136, marks=at_hand("omniglot", "small1")),
        pytest.param("small2", 3120, 156, marks=at_hand("omniglot", "small2")),
    ],
)
def test_omniglot(split, n, number):
    found = datasets.omniglot(split=split, folder=DATA)
    assert found.images.shape == (n, 105, 105)
    assert len(found.characters) == number
    assert len(found.alphabets) == 5
    assert counts(found.labels) == [20] * number
    for label in range(number):
        assert found.drawers[found.labels == label].tolist() == list(range(20))
    assert 0.01 < found.images.mean() < 0.1  # ink is the lesser part


def inked(image: np.ndarray) -> KDTree:
    """Where the ink is, seen from its middle."""
    points = np.argwhere(image).astype(float)
    return KDTree(points - points.mean(0))


@at_hand("omniglot_one_shot")
def test_one_shot_runs():
    """Dubuisson and Jain's distance has 38.8% errors, as the set's own demonstration says."""
    found = datasets.omniglot_one_shot(folder=DATA)
    assert found.training.shape == found.test.shape == (20, 20, 105, 105)
    wrong = 0
    for examples, items, answers in zip(found.training, found.test, found.answers, strict=True):
        assert sorted(answers) == list(range(20))
        known = [inked(image) for image in examples]
        for item, answer in zip(map(inked, items), answers, strict=True):
            costs = [
                max(one.query(item.data)[0].mean(), item.query(one.data)[0].mean()) for one in known
            ]
            wrong += int(np.argmin(costs)) != answer
    assert abs(100 * wrong / 400 - 38.8) <= 0.05 + 1e-9  # it is published with one decimal


@at_hand("isbi2012_em")
def test_isbi2012_em():
    found = datasets.isbi2012_em(folder=DATA)
    assert found.images.shape == found.membranes.shape == (30, 512, 512)
    assert found.membranes.mean() == pytest.approx(0.220, abs=5e-4)
    # membranes are dark
    assert found.images[found.membranes].mean() < found.images[~found.membranes].mean() - 20


@at_hand("tinyshakespeare")
def test_tinyshakespeare():
    """The parts are as long as nanoGPT's README says."""
    every, train, held_out = (
        datasets.tinyshakespeare(split=s, folder=DATA) for s in ("all", "train", "validation")
    )
    assert len(every) == 1_115_394
    assert len(every.alphabet) == 65
    assert every.text.count("\n") == 40_000
    assert (len(train), len(held_out)) == (1_003_854, 111_540)
    assert train.text + held_out.text == every.text


@pytest.mark.parametrize(
    ("split", "words", "types"),
    [
        pytest.param("validation", 217_646, 13_777, marks=at_hand("wikitext2", "validation")),
        pytest.param("test", 245_569, 14_143, marks=at_hand("wikitext2", "test")),
    ],
)
def test_wikitext2(split, words, types):
    """As many words as Merity et al. (2016) say in Table 1."""
    found = datasets.wikitext2(split=split, folder=DATA).words()
    assert (len(found), len(set(found))) == (words, types)


@at_hand("multi30k")
@pytest.mark.parametrize(
    ("split", "sentences", "words"),
    [
        ("train", 29_000, {"en": 345_020, "de": 322_383, "fr": 362_021}),
        ("validation", 1_014, {"en": 12_167, "de": 11_568, "fr": 12_698}),
        ("test", 1_000, {"en": 11_877, "de": 10_905, "fr": 12_352}),
    ],
)
def test_multi30k(split, sentences, words):
    for source, target in (("en", "de"), ("fr", "en")):
        found = datasets.multi30k(split=split, source=source, target=target, folder=DATA)
        assert len(found.source) == len(found.target) == sentences
        assert sum(len(line.split()) for line in found.source) == words[source]
        assert sum(len(line.split()) for line in found.target) == words[target]


def test_languages_of_multi30k(tmp_path):
    with pytest.raises(ValueError, match="source: unknown 'nl'"):
        datasets.multi30k(source="nl", folder=tmp_path)
    with pytest.raises(ValueError, match="target: got 'en' as the source"):
        datasets.multi30k(source="en", target="en", folder=tmp_path)


@at_hand("tatoeba_spa_eng")
def test_tatoeba_spa_eng():
    every = datasets.tatoeba_spa_eng(folder=DATA)
    assert len(every) == 118_964
    assert len(set(every.source)) == 102_904
    # the longest sentence of either language
    assert max(len(line.split()) for line in every.source + every.target) >= 47
    train, held_out, test = (
        datasets.tatoeba_spa_eng(split=s, folder=DATA) for s in ("train", "validation", "test")
    )
    assert len(train) + len(held_out) + len(test) == 118_964
    parts = [set(part.source) for part in (train, held_out, test)]
    assert sum(map(len, parts)) == 102_904  # none is in two of them


STORIES_1K = {2: 200, 4: 1000, 15: 250, 16: 1000, 17: 125, 19: 1000}
BABI_10K = """
1te 200 1tr 2000 2te 200 2tr 2000 3te 200 4te 1000 4tr 10000 5te 200 5tr 2000 6te 200 6tr 2000
7te 200 7tr 2000 8te 200 8tr 2000 9te 200 9tr 2000 10te 200 10tr 2000 11te 200 11tr 2000 12te 200
12tr 2000 13te 200 13tr 2000 14te 200 14tr 2000 15te 250 15tr 2500 16te 1000 16tr 10000 17te 125
17tr 1250 18te 199 18tr 1978 19te 1000 19tr 10000 20te 93 20tr 933
"""


@at_hand("babi_1k")
def test_babi_1k():
    for task in range(1, 21):
        for split in ("train", "test"):
            found = datasets.babi_1k(task, split=split, folder=DATA)
            assert len(found) == 1000
            if task in STORIES_1K:
                assert found.stories == STORIES_1K[task]
    first = datasets.babi_1k(1, folder=DATA).questions[0]
    assert first.question == "Where is Mary?"
    assert first.answer == "bathroom"
    assert first.facts[first.supporting[0]] == "Mary moved to the bathroom."


@at_hand("babi_10k")
def test_babi_10k():
    for code, number in re.findall(r"(\d+t[er]) (\d+)", BABI_10K):
        task, split = int(code[:-2]), {"tr": "train", "te": "test"}[code[-2:]]
        found = datasets.babi_10k(task, split=split, folder=DATA)
        assert len(found) == (10_000 if split == "train" else 1_000)
        assert found.stories == int(number)


@pytest.mark.parametrize(
    ("split", "each", "takes", "total", "shortest", "median", "longest"),
    [
        pytest.param("test", 30, 5, 129, 0.143, 0.420, 1.147, marks=at_hand("fsdd", "test")),
        pytest.param("train", 120, 20, 527, 0.144, 0.420, 2.283, marks=at_hand("fsdd", "train")),
    ],
)
def test_fsdd(split, each, takes, total, shortest, median, longest):
    found = datasets.fsdd(split=split, folder=DATA)
    assert counts(found.digits) == [each] * 10
    assert set(Counter(found.speakers).values()) == {10 * takes}
    assert len(set(found.takes.tolist())) == takes
    assert found.rate == 8000
    assert all(signal.dtype == np.int16 for signal in found.signals)
    seconds = found.seconds
    assert seconds.sum() == pytest.approx(total, abs=0.5)
    assert [seconds.min(), np.median(seconds), seconds.max()] == pytest.approx(
        [shortest, median, longest], abs=5e-4 + 1e-9
    )


@at_hand("qm7")
def test_qm7():
    """Energies belong to their molecules: their composition alone explains most of them."""
    found = datasets.qm7(folder=DATA)
    assert found.elements.shape == (7101, 23)
    atoms = (found.elements > 0).sum(1)
    assert (atoms.min(), atoms.max()) == (4, 23)
    composition = np.stack([(found.elements == z).sum(1) for z in (6, 1, 7, 8, 16)], 1)
    assert composition.sum(0).tolist() == [35425, 61340, 6600, 5937, 298]
    assert found.targets.std() == pytest.approx(223.2, abs=0.05)
    weights, *_ = np.linalg.lstsq(composition.astype(float), found.targets, rcond=None)
    assert np.abs(composition @ weights - found.targets).mean() == pytest.approx(15.13, abs=0.005)
    # no two atoms of a molecule are nearer than half an angstrom
    for elements, positions in zip(found.elements[::500], found.positions[::500], strict=True):
        inside = positions[elements > 0]
        distances = cdist(inside, inside) + 9 * np.eye(len(inside))
        assert 0.5 < distances.min() < 2


@at_hand("esol")
def test_esol():
    """Delaney's prediction, a column of the file, is of the same molecules."""
    found = datasets.esol(folder=DATA)
    assert len(found) == len(found.smiles) == 1128
    assert found.targets.mean() == pytest.approx(-3.050, abs=5e-4)
    assert found.targets.std(ddof=1) == pytest.approx(2.096, abs=5e-4)
    assert found.features.shape == (1128, 7)
    assert np.corrcoef(found.features[:, 0], found.targets)[0, 1] > 0.9
    assert all(smiles == smiles.strip() and smiles for smiles in found.smiles)


@at_hand("freesolv")
def test_freesolv():
    found = datasets.freesolv(folder=DATA)
    assert len(found) == 642
    assert found.targets.mean() == pytest.approx(-3.803, abs=5e-4)
    assert np.corrcoef(found.features[:, 1], found.targets)[0, 1] > 0.9
    assert found.names[0] == "methyl hexanoate"


@at_hand("lipophilicity")
def test_lipophilicity():
    found = datasets.lipophilicity(folder=DATA)
    assert len(found) == 4200
    assert found.targets.mean() == pytest.approx(2.186, abs=5e-4)
    assert found.features.shape == (4200, 0)


@at_hand("mnist", "test")
def test_a_fresh_process_reads_the_same():
    code = (
        "import hashlib; from neural import datasets as d; r = d.load('mnist', split='test'); "
        "print(r, hashlib.sha256(r.images.tobytes() + r.labels.tobytes()).hexdigest())"
    )
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=ROOT,
        env={**os.environ, "COMPLEXODYNAMICS_DATA": str(DATA)},
        capture_output=True,
        text=True,
        check=True,
    )
    here = datasets.mnist(split="test", folder=DATA)
    digest = hashlib.sha256(here.images.tobytes() + here.labels.tobytes()).hexdigest()
    assert run.stdout.strip() == f"{here!r} {digest}"


def test_every_module_has_its_contents():
    for name in ("audio", "characters", "micrographs", "text", "loading"):
        module = importlib.import_module(f"neural.datasets.{name}")
        assert set(module.__all__) <= set(vars(module))
