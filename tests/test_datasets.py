"""Data sets: which there are, what all their functions keep to, files in a user's folder."""

from __future__ import annotations

import gzip
import hashlib
import importlib
import inspect
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from neural import datasets
from neural.datasets import registry, stories, translations
from tests.dataset_files import DATA, as_idx, png, tarred, zipped

ROOT = Path(__file__).parent.parent

PAPERS = """
complexodynamics coffee-automaton kolmogorov-complexity machine-super-intelligence mdl-tutorial
hinton-van-camp char-rnn understanding-lstm rnn-regularization pointer-networks order-matters
attention annotated-transformer bahdanau relational-rnn ntm relation-network deep-speech-2 alexnet
resnet identity-mappings dilated-convolutions message-passing gpipe vlae scaling-laws cs231n
"""


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


def test_languages_of_multi30k(tmp_path):
    with pytest.raises(ValueError, match="source: unknown 'nl'"):
        datasets.multi30k(source="nl", folder=tmp_path)
    with pytest.raises(ValueError, match="target: got 'en' as the source"):
        datasets.multi30k(source="en", target="en", folder=tmp_path)


def test_parts_by_hash_are_as_large_as_they_say():
    """Each of 20,000 falls in with its probability: within four standard deviations."""
    count = Counter(translations.part_of(str(i)) for i in range(20_000))
    for part, share in (("train", 0.8), ("validation", 0.1), ("test", 0.1)):
        deviation = (20_000 * share * (1 - share)) ** 0.5
        assert abs(count[part] - 20_000 * share) < 4 * deviation


def test_the_list_costs_no_imports():
    code = (
        "import sys; from neural import datasets as d; d.entry(d.names()[0]).files; "
        "print(*sys.modules)"
    )
    run = [sys.executable, "-c", code]
    loaded = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    heavy = {"numpy", "torch", "PIL", "pooch", "requests", "sklearn", "scipy", "numba"}
    assert not heavy & set(loaded.split())


def test_every_module_has_its_contents():
    for name in ("audio", "characters", "micrographs", "text", "loading"):
        module = importlib.import_module(f"neural.datasets.{name}")
        assert set(module.__all__) <= set(vars(module))


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
