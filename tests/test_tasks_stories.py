"""bAbI's stories as numbers against the file itself, and the relation network's run on them."""

from __future__ import annotations

import hashlib
import io
import os
import re
import zipfile
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")
import torch

from neural import datasets, papers
from neural.asking import of_stories
from neural.datasets import registry
from neural.models.relation_network import StoryQuestions
from neural.tasks import translation
from neural.tasks.stories import babi_stories

TOLD = {
    "qa1_train": "1 Mary is here.\n2 Where is Mary? \there\t1\n3 John left.\n4 Where is John?\taway"
    "\t3\n1 Ann is home.\n2 Bob is here.\n3 Ann left.\n4 Mary left.\n5 Who is here?\tBob\t2\n",
    "qa1_test": "1 Zoe is here.\n2 Where is Zoe?\there\t1\n3 Where is John?\tupstairs\t1\n",
    "qa2_train": "1 John has milk.\n2 John is home.\n3 Where is milk?\thome\t1 2\n",
    "qa2_test": "1 Ann has milk.\n2 Ann left.\n3 Where is milk?\taway\t2 1\n",
}


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """A folder of data with a bAbI of two tasks and a few stories."""
    octets = io.BytesIO()
    with zipfile.ZipFile(octets, "w") as archive:
        for name, text in TOLD.items():
            archive.writestr(f"tasks_1-20_v1-2/en-valid-10k/{name}.txt", text)
    blob = octets.getvalue()
    known = {"babi/babi.tar.gz": (f"sha256:{hashlib.sha256(blob).hexdigest()}", len(blob))}
    monkeypatch.setattr(registry, "_digests", lambda: known)
    monkeypatch.setenv("COMPLEXODYNAMICS_DATA", str(tmp_path))
    path = tmp_path / "babi" / "babi.tar.gz"
    path.parent.mkdir()
    path.write_bytes(blob)
    return tmp_path


def test_a_few_stories(folder):
    train, test = babi_stories([1, 2], name="babi", most=3, folder=folder)
    assert (
        repr(train)
        == "Stories(4 questions of tasks 1, 2: at most 3 sentences, 18 words, 5 answers)"
    )
    assert [train.text(row) for row in range(4)] == [
        (("mary is here .",), "where is mary ?", "here"),
        (("mary is here .", "john left ."), "where is john ?", "away"),
        (("bob is here .", "ann left .", "mary left ."), "who is here ?", "Bob"),
        (("john has milk .", "john is home ."), "where is milk ?", "home"),
    ]
    assert train.tasks.tolist() == [1, 1, 1, 2]
    assert train.facts.tolist() == [1, 1, 1, 2]
    # a word and an answer that only the test has
    assert test.text(0) == (("<unk> is here .",), "where is <unk> ?", "here")
    assert test.text(1)[1:] == ("where is john ?", "<unk>")
    assert (test.sentences == translation.UNKNOWN).any()
    assert test.answers.tolist() == [train.choices.index("here"), 0, train.choices.index("away")]
    # stories and sentences end at the right
    assert (train.stories[0] > 0).tolist() == [False, False, True]
    assert not train.sentences[0].any()
    assert all((np.diff(row > 0) >= 0).all() for row in train.sentences.astype(int))
    assert train.words is test.words
    assert train.sentences is test.sentences


def test_sums_that_position_encoding_is_made_of(folder):
    """Sukhbaatar et al. 2015, section 4.1, l_kj = (1 - j/J) - (k/d)(1 - 2j/J), of any embedding."""
    train, _ = babi_stories([1, 2], name="babi", most=3, folder=folder)
    told = train.recalls(np.arange(len(train)))
    words, d = len(train.words), 5
    assert told.inputs.shape == (4, 4, 4 * words)
    assert told.classes == len(train.choices)
    np.testing.assert_array_equal(told.labels, train.answers)
    embedding = np.random.default_rng(0).normal(size=(words, d))

    def encoded(row):
        symbols = [symbol for symbol in row if symbol]
        j, k = np.arange(1, len(symbols) + 1)[:, None], np.arange(1, d + 1)
        places = j / max(len(symbols), 1)
        return (((1 - places) - (k / d) * (1 - 2 * places)) * embedding[symbols]).sum(0)

    share = np.arange(1, d + 1) / d
    plain, placed, asked, asked_placed = np.split(told.inputs.astype(float), 4, axis=2)
    found = (1 - share) * (plain @ embedding) + (2 * share - 1) * (placed @ embedding)
    question = (1 - share) * (asked @ embedding) + (2 * share - 1) * (asked_placed @ embedding)
    for story in range(len(train)):
        for step, row in enumerate([*train.stories[story], 0]):  # the question alone comes last
            np.testing.assert_allclose(found[story, step], encoded(train.sentences[row]), atol=1e-6)
            last = encoded(train.sentences[train.questions[story]])
            np.testing.assert_allclose(question[story, step], last, atol=1e-6)
    np.testing.assert_array_equal(train.recalls(np.array([2, 0])).inputs, told.inputs[[2, 0]])


def test_a_relational_memory_that_reads_stories(folder):
    result = papers.get("relational-rnn").run(
        scale="smoke", out=folder / "runs", jobs=1, arms=["stories", "stories, LSTM"], seeds=[0],
        settings={"data": "babi", "tasks": [1, 2], "sentences": 2, "tested": 3}, progress=False,
    )  # fmt: skip
    with pytest.raises(ValueError, match="tested: got 4, accepted is an integer from 1 to 3"):
        papers.get("relational-rnn").run(
            scale="smoke", out=folder / "runs", jobs=1, arms=["stories"], seeds=[0],
            settings={"data": "babi", "tasks": [1, 2], "tested": 4}, progress=False,
        )  # fmt: skip
    for arm in result.arms:
        assert result.values(arm, "right").max() <= 1
        assert 0 < result.values(arm, "answer_bits").max() < 10


def test_one_task_by_its_number(folder):
    (train, test), (same, _) = (babi_stories(t, name="babi") for t in (2, [2]))
    assert (len(train), len(test)) == (1, 1)
    np.testing.assert_array_equal(train.stories, same.stories)


def test_wrong_arguments(folder):
    for tasks, options, kind, message in [
        ([1], {"name": "baby"}, ValueError, "did you mean 'babi'"),
        ([1], {"most": 0}, ValueError, "most: got 0, accepted is an integer at least 1"),
        ([0], {}, ValueError, "tasks: got 0, accepted is an integer from 1 to 20"),
        (21, {}, ValueError, "tasks: got 21, accepted is an integer from 1 to 20"),
        ("1", {}, TypeError, "tasks: got '1', accepted is an integer from 1 to 20"),
        ([], {}, ValueError, r"tasks: got \[\], accepted are one or more different ones"),
        ([2, 2], {}, ValueError, r"tasks: got \[2, 2\], accepted are one or more different ones"),
        ([3], {}, ValueError, "without a member like"),
        ([3, 1], {"name": "babi_10k"}, ValueError, "babi_10k has no part of task 3"),
    ]:
        with pytest.raises(kind, match=message):
            babi_stories(tasks, **{"name": "babi"} | options)


@pytest.mark.skipif(not datasets.available("babi_1k"), reason="bAbI is not at hand")
def test_the_file_itself():
    """Tasks 1 and 15, read again line by line."""
    tasks, most = (1, 15), 6
    parts = babi_stories(tasks, name="babi_1k", most=most)
    archive = Path(os.environ["COMPLEXODYNAMICS_DATA"]) / "babi" / "babi_en_1k_v11.zip"
    with zipfile.ZipFile(archive) as opened:
        for part, split in zip(parts, ("train", "test"), strict=True):
            expected = []
            for task in tasks:
                (name,) = (each for each in opened.namelist()
                           if re.search(rf"/en/qa{task}_.*_{split}\.txt$", each))  # fmt: skip
                seen: list[str] = []
                for line in opened.read(name).decode().splitlines():
                    number, said = line.split(" ", 1)
                    if number == "1":
                        seen = []
                    plain = re.sub(r"([.?])", r" \1", said.split("\t")[0].strip().lower())
                    if "\t" not in said:
                        seen.append(plain)
                        continue
                    _, answer, facts = said.split("\t")
                    expected.append((tuple(seen[-most:]), plain, answer, task, len(facts.split())))
            assert len(part) == len(expected) == 2000
            found = [
                (*part.text(row), part.tasks[row], part.facts[row]) for row in range(len(part))
            ]
            assert found == expected
            assert part.stories.shape == (2000, most)
    train = parts[0]
    assert set(train.tasks[train.facts > 1]) == {15}


def test_places_say_how_long_before_the_question(folder):
    """The last sentence has the last place, however many there are."""
    train, _ = babi_stories([1, 2], name="babi", most=3)
    asked = of_stories(train)
    torch.manual_seed(0)
    net = StoryQuestions(**asked.sizes, g=(8,), f=(8,)).eval()
    seen = []
    net.answer.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    net(*asked.take(torch.arange(2), torch.zeros(2, dtype=torch.long))[:2])
    (objects,) = seen
    assert objects.shape == (2, 3, 32 + 3)
    torch.testing.assert_close(objects[0, :, 32:], torch.eye(3))
    # "Mary is here." comes last in the first story and last but one in the second
    torch.testing.assert_close(objects[0, 2, :32], objects[1, 1, :32])


def test_the_perceptron_on_stories():
    """The baseline without pairs: the LSTMs' last states side by side into the perceptron."""
    torch.manual_seed(0)
    net = StoryQuestions(words=9, sentences=4, answers=5, pairs=False, hidden=(7,)).eval()
    story, question = torch.randint(1, 9, (3, 4, 6)), torch.randint(1, 9, (3, 5))
    columns = [net.sentence(net.words(story[:, at]))[0][:, -1] for at in range(4)]
    columns.append(net.question(net.words(question))[0][:, -1])
    expected = net.answer.f(torch.cat(columns, 1))
    torch.testing.assert_close(net(story, question), expected)
    assert net.answer.f[0].in_features == 5 * 32


def test_the_work_on_stories(folder):
    def run(tasks: object):
        return papers.get("relation-network").run(
            scale="smoke", seeds=1, out=folder, jobs=1, progress=False,
            settings={"view": "stories", "data": "babi", "tasks": tasks},
        )  # fmt: skip

    result = run([1, 2])
    for arm in result.arms:
        (record,) = result.of(arm)
        shares = [record.metrics[name] for name in ("relational", "non_relational", "task_1")]
        assert all(share in (0, 0.5, 1) for share in shares)
        assert shares[1] == shares[2]  # task 1 takes one sentence, and is the only one
        assert record.metrics["task_2"] == shares[0]
        (report,) = record.reports
        assert report["total_bits"] > 0
    assert result.provenance["settings"]["perceptron"]["pairs"] is False
    alone = run(2)  # several sentences only: no share of the others
    assert np.isnan(alone.values("perceptron", "non_relational")).all()
    with pytest.raises(ValueError, match="tasks: got 1, accepted are some with answers of several"):
        run(1)
