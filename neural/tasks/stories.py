"""bAbI's questions about stories as numbers: the sentences before a question, it, and its answer.

Words are symbols of a `Vocabulary` of the training part: 0 is padding, 3 an unknown word. Sentences
are padded at their front, and stories too, so that a place says how long before the question it is.

References:
    J. Weston et al., Towards AI-complete question answering: a set of prerequisite toy tasks, 2015.
    A. Santoro et al., A simple neural network module for relational reasoning, NeurIPS 2017,
        section 4, "Dealing with natural language": up to 20 sentences immediately before the
        question, each with its relative position.
    S. Sukhbaatar et al., End-to-end memory networks, NeurIPS 2015, section 4.1: position encoding.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from complexity.errors import integer, one_of
from neural import datasets
from neural.tasks.algorithms import Recalls
from neural.tasks.translation import PADDING, Vocabulary, padded

__all__ = ["SOURCES", "Stories", "babi_stories"]

SOURCES = {"babi": {"size": "10k"}, "babi_1k": {}, "babi_10k": {}}
"""The data sets that `babi_stories` reads, and how."""

_UNKNOWN = "<unk>"


@dataclass(frozen=True, eq=False)
class Stories:
    """Questions, each with the sentences that came before it.

    Attributes:
        words: by symbol, the special ones first.
        choices: answers by number, each a class even if of several words; the first stands for
            those that the training part has not.
        sentences: (u, t) int64, symbols of every sentence and question that there is, once;
            padded at the front, row 0 padding alone.
        stories: (n, k) int64, rows of `sentences`, the latest last, row 0 before the first.
        questions: (n,) int64, rows of `sentences`.
        answers: (n,) int64, places in `choices`.
        tasks: (n,) int64, numbers of bAbI's tasks.
        facts: (n,) int64, how many sentences an answer takes.
    """

    words: tuple[str, ...]
    choices: tuple[str, ...]
    sentences: NDArray[np.int64]
    stories: NDArray[np.int64]
    questions: NDArray[np.int64]
    answers: NDArray[np.int64]
    tasks: NDArray[np.int64]
    facts: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.questions)

    def __repr__(self) -> str:
        tasks = ", ".join(map(str, np.unique(self.tasks)))
        return (
            f"Stories({len(self)} questions of tasks {tasks}: at most {self.stories.shape[1]} "
            f"sentences, {len(self.words)} words, {len(self.choices)} answers)"
        )

    def text(self, index: int) -> tuple[tuple[str, ...], str, str]:
        """Story, question and answer of one of them, with spaces between words and signs."""
        story = tuple(self._said(row) for row in self.stories[index] if row)
        return story, self._said(self.questions[index]), self.choices[self.answers[index]]

    def recalls(self, rows: NDArray[np.integer]) -> Recalls:
        """Some of them, sentence by sentence, with the question beside each and alone at the end.

        A sentence is two sums of its words as one-hot vectors, plain and weighted by their places
        from 1/J to 1 of J words: position encoding is a linear map of both. So there are
        k + 1 steps and four channels for a word.
        """
        told = self._sums[self.stories[rows]]  # (n, k, 2 words)
        asked = self._sums[self.questions[rows]][:, None]
        told = np.pad(told, ((0, 0), (0, 1), (0, 0)))
        inputs = np.concatenate([told, np.broadcast_to(asked, told.shape)], 2)
        return Recalls(inputs, self.answers[rows], len(self.choices))

    @cached_property
    def _sums(self) -> NDArray[np.float32]:
        real = self.sentences != PADDING
        places = real.cumsum(1) / np.maximum(real.sum(1, keepdims=True), 1)
        sums = np.zeros((2, len(self.sentences), len(self.words)), np.float32)
        for weights, total in zip((real, places * real), sums, strict=True):
            np.add.at(total, (np.arange(len(total))[:, None], self.sentences), weights)
        return np.concatenate([*sums], 1)

    def _said(self, row: int) -> str:
        return " ".join(self.words[symbol] for symbol in self.sentences[row] if symbol != PADDING)


def babi_stories(
    tasks: int | Iterable[int],
    *,
    name: str = "babi_10k",
    most: int = 20,
    folder: str | os.PathLike[str] | None = None,
) -> tuple[Stories, Stories]:
    """Tasks of bAbI to learn from, and to test on.

    Args:
        tasks: numbers from 1 to 20, or one.
        name: one of `SOURCES`; "babi" with 10,000 questions of a task, less those for validation.
        most: the last so many sentences before a question are seen.
        folder: as `neural.datasets` has it.

    Returns:
        The training part and the test part. They share words and answers, which are those of the
        training part, and the table of sentences.

    Raises:
        TypeError, ValueError: an argument is out of range, or the data set has no such part.
        FileNotFoundError, ConnectionError, ImportError: as `neural.datasets` says.
    """
    one_of("name", name, SOURCES)
    integer("most", most, 1)
    numbers = _tasks(tasks)
    train, test = (
        [
            _Row(task, each.facts[-most:], each)
            for task in numbers
            for each in datasets.load(
                name, task=task, split=split, folder=folder, **SOURCES[name]
            ).questions
        ]
        for split in ("train", "test")
    )
    every, vocabulary = [*train, *test], Vocabulary.of(_texts(train))
    texts = _texts(every)
    place = {text: row for row, text in enumerate(texts, 1)}
    # `encode` puts an end behind, which a sentence that is read to its last word does not need
    sentences = _front([[], *(vocabulary.encode(text)[:-1] for text in texts)])
    choices = (_UNKNOWN, *sorted({row.asked.answer for row in train}))
    number = {choice: index for index, choice in enumerate(choices)}
    columns = (
        _front([[place[text] for text in row.story] for row in every]),
        np.array([place[row.asked.question] for row in every]),
        np.array([number.get(row.asked.answer, 0) for row in every]),
        np.array([row.task for row in every]),
        np.array([len(set(row.asked.supporting)) for row in every]),
    )
    cut = len(train)
    return (
        Stories(vocabulary.words, choices, sentences, *(each[:cut] for each in columns)),
        Stories(vocabulary.words, choices, sentences, *(each[cut:] for each in columns)),
    )


class _Row(NamedTuple):
    """A question, and what of its story is seen."""

    task: int
    story: tuple[str, ...]
    asked: datasets.Question


def _texts(rows: Iterable[_Row]) -> dict[str, None]:
    """Sentences and questions, each once, in order."""
    return dict.fromkeys(text for row in rows for text in (*row.story, row.asked.question))


def _tasks(tasks: int | Iterable[int]) -> list[int]:
    given = list(tasks) if isinstance(tasks, Iterable) else [tasks]
    found = [integer("tasks", task, 1, 20) for task in given]
    if not found or len(set(found)) < len(found):
        raise ValueError(f"tasks: got {found}, accepted are one or more different ones")
    return found


def _front(rows: Sequence[Sequence[int] | NDArray[np.int64]]) -> NDArray[np.int64]:
    """Rows of one length, (n, longest) int64, zeros before the shorter ones."""
    turned = padded([np.asarray(row[::-1], np.int64) for row in rows])
    return np.ascontiguousarray(turned[:, ::-1])
