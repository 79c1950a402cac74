"""Questions about scenes and about stories in one form: what is seen and asked, answers' bits."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from neural.tasks.scenes import ANSWERS, Scenes
from neural.tasks.stories import Stories

__all__ = ["Asked", "of_scenes", "of_stories"]


@dataclass(frozen=True, eq=False)
class Asked:
    """m questions about each of n scenes or stories, as tensors.

    Attributes:
        look: rows of scenes or stories -> what the network sees of them.
        questions: (n, m, ...).
        answers: (n, m) int64.
        relational: (n, m) bool, whether an answer takes several objects.
        groups: name -> (n, m) bool, questions whose share of right answers is told.
        sizes: arguments that the data give the network.
        together: how many are answered at a time, as memory allows.
    """

    look: Callable[[Any], Tensor]
    questions: Tensor
    answers: Tensor
    relational: Tensor
    groups: Mapping[str, Tensor]
    sizes: Mapping[str, Any]
    together: int = 2000

    def take(self, scene: Any, question: Any) -> tuple[Tensor, Tensor, Tensor]:
        """Objects, questions and answers of pairs of indices."""
        return self.look(scene), self.questions[scene, question], self.answers[scene, question]

    def kind(self, relational: bool) -> Tensor:
        """Scene and question, (k, 2) int64, of all questions of a kind."""
        return (self.relational == relational).nonzero()

    def bits(self, module: nn.Module, rows: Tensor) -> Tensor:
        """-log2 probabilities of all answers, (k, classes) float64, to the questions (k, 2)."""
        device = next(module.parameters()).device
        parts = []
        with torch.no_grad():
            for scene, question in (each.T for each in rows.split(self.together)):
                logits = module(*(x.to(device) for x in self.take(scene, question)[:2]))
                parts.append(-logits.double().log_softmax(1).cpu() / math.log(2))
        return torch.cat(parts)


def of_scenes(scenes: Scenes, view: str) -> Asked:
    """All questions about scenes, which are seen as "pixels", or else as rows of their state."""
    pixels = view == "pixels"
    seen = torch.from_numpy(scenes.images() if pixels else scenes.states())
    which = torch.from_numpy(scenes.asked[..., 1])
    return Asked(
        look=(lambda rows: seen[rows].float() / 255) if pixels else seen.__getitem__,
        questions=torch.from_numpy(scenes.questions()),
        answers=torch.from_numpy(scenes.answers),
        relational=torch.from_numpy(scenes.relational),
        groups={"nearest": which == 3, "farthest": which == 4, "count": which == 5},
        sizes={"answers": len(ANSWERS)},
    )


def of_stories(found: Stories) -> Asked:
    """One question about each story; relational are those whose answers take several sentences."""
    said, stories = torch.from_numpy(found.sentences), torch.from_numpy(found.stories)
    tasks = torch.from_numpy(found.tasks)[:, None]
    most = stories.shape[1]
    return Asked(
        look=lambda rows: said[stories[rows]],
        questions=said[torch.from_numpy(found.questions)][:, None],
        answers=torch.from_numpy(found.answers)[:, None],
        relational=torch.from_numpy(found.facts)[:, None] > 1,
        groups={f"task_{each}": tasks == each for each in tasks.unique().tolist()},
        sizes={"words": len(found.words), "sentences": most, "answers": len(found.choices)},
        together=max(1, 72_000 // most**2),
    )
