"""bAbI: questions about short stories, each testing one kind of reasoning."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

from complexity.errors import integer
from neural.datasets._records import chosen, shown
from neural.datasets.archives import members
from neural.datasets.fetching import contents
from neural.datasets.translations import lines

__all__ = ["Question", "Questions", "babi", "babi_1k", "babi_10k", "parse_stories"]

Folder = str | os.PathLike[str] | None


@dataclass(frozen=True)
class Question:
    """A question about a story.

    Attributes:
        story: which story it is about, from 0 on; several questions may be about the same.
        facts: the statements before the question.
        question: the question.
        answer: one word, or several with commas between.
        supporting: indices of the facts that suffice for the answer.
    """

    story: int
    facts: tuple[str, ...]
    question: str
    answer: str
    supporting: tuple[int, ...]


@dataclass(frozen=True, repr=False)
class Questions:
    """The questions of one task.

    Attributes:
        name: of the data set.
        split: which part of it.
        task: its number, 1 to 20.
        questions: in the order of the file.
    """

    name: str
    split: str
    task: int
    questions: tuple[Question, ...]

    @property
    def stories(self) -> int:
        """How many stories they are about."""
        return len({question.story for question in self.questions})

    def to_dict(self) -> dict[str, Any]:
        """What they are, without the text."""
        return {
            "name": self.name,
            "split": self.split,
            "task": self.task,
            "questions": len(self.questions),
            "stories": self.stories,
        }

    def __len__(self) -> int:
        return len(self.questions)

    def __repr__(self) -> str:
        return shown(self)


def babi(task: int, *, split: str = "train", size: str = "1k", folder: Folder = None) -> Questions:
    """One of the 20 tasks of bAbI, version 1.2, a tenth of its training part held out.

    Args:
        task: 1 to 20.
        split: "train", "validation" or "test".
        size: "1k" or "10k": questions of "train" and "validation" together.
        folder: as for `mnist`.

    Raises:
        TypeError: `task` is no integer.
        ValueError: there is no such task, split or size, or a damaged file.
        FileNotFoundError, ConnectionError, ImportError: as for `mnist`.

    References:
        J. Weston et al., Towards AI-Complete Question Answering: A Set of Prerequisite Toy Tasks
        (2015). The parts are those of ParlAI.
    """
    if size not in ("1k", "10k"):
        raise ValueError(f"size: got {size!r}, accepted is '1k' or '10k'")
    inside = "en-valid" if size == "1k" else "en-valid-10k"
    part = "valid" if split == "validation" else split
    return _task("babi", task, split, rf".*/{inside}/qa{{task}}_{part}\.txt", folder)


def babi_1k(task: int, *, split: str = "train", folder: Folder = None) -> Questions:
    """One of the 20 tasks of bAbI, version 1.1, with 1,000 questions to train and to test on.

    Args, Raises: as for `babi`; the splits are "train" and "test". No host has this file.
    """
    return _task("babi_1k", task, split, rf".*/en/qa{{task}}_[^/]*_{split}\.txt", folder)


def babi_10k(task: int, *, split: str = "train", folder: Folder = None) -> Questions:
    """One of the 20 tasks of bAbI with 10,000 questions to train on; task 3 can only be tested.

    Args, Raises: as for `babi`; the splits are "train" and "test". No host has this file.
    """
    return _task("babi_10k", task, split, rf"qa{{task}}_[^/]*_{split}\.txt", folder)


def _task(name: str, task: int, split: str, pattern: str, folder: Folder) -> Questions:
    each, files = chosen(name, split)
    integer("task", task, 1, 20)
    if name == "babi_10k" and (task, split) == (3, "train"):
        raise ValueError("task: babi_10k has no part of task 3 to train on; babi has one")
    octets = contents(each, files[0], folder=folder)
    found = members(octets, pattern.format(task=task), whole_path=True)
    if len(found) != 1:
        raise ValueError(f"{name}: {len(found)} files for task {task}: {', '.join(found)}")
    (text,) = found.values()
    return Questions(name, split, task, parse_stories(text))


def parse_stories(octets: bytes) -> tuple[Question, ...]:
    """Read one file of bAbI.

    Args:
        octets: lines `ID statement` and `ID question<tab>answer<tab>IDs of statements`; the ID 1
            begins a story.

    Returns:
        The questions, each with the statements before it.

    Raises:
        ValueError: a line is neither, its ID is not the next one, or a question refers to
            something that is no statement before it.

    Example:
        >>> text = b"1 Mary is here.\\n2 John left.\\n3 Where is Mary? \\there\\t1\\n"
        >>> parse_stories(text)[0].supporting
        (0,)
    """
    found: list[Question] = []
    story, last = -1, 0
    facts: dict[int, str] = {}
    for number, line in enumerate(lines(octets), 1):
        identifier, _, said = line.partition(" ")
        said, *rest = said.split("\t")
        if not identifier.isdecimal() or not said.strip() or len(rest) not in (0, 2):
            raise ValueError(f"bAbI, line {number}: neither statement nor question: {line!r}")
        if int(identifier) == 1:
            story, last, facts = story + 1, 0, {}
        if int(identifier) != last + 1:
            raise ValueError(f"bAbI, line {number}: ID {identifier} after {last}")
        last += 1
        if not rest:
            facts[last] = said.strip()
            continue
        answer, references = rest
        order = {identity: index for index, identity in enumerate(facts)}
        try:
            supporting = tuple(order[int(each)] for each in references.split())
        except (KeyError, ValueError):
            raise ValueError(f"bAbI, line {number}: no such statements: {references}") from None
        found.append(Question(story, tuple(facts.values()), said.strip(), answer, supporting))
    return tuple(found)
