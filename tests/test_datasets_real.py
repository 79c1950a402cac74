"""Data sets: real bytes counted where they are at hand, and the digits of scikit-learn."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial import KDTree
from scipy.spatial.distance import cdist

from neural import datasets
from neural.datasets import images
from tests.dataset_files import DATA, at_hand

ROOT = Path(__file__).parent.parent


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
