"""Relation networks: a perceptron for every pair of objects, a sum, a perceptron for the answer.

Objects are what one has: rows of a scene's state, cells of a convolution's output, sentences.

References:
    A. Santoro et al., A simple neural network module for relational reasoning, NeurIPS 2017,
        equation 1 and sections 4 and 5: CLEVR from pixels (four convolutions of 24 kernels, g of
        four layers of 256, f of 256 and 256 with dropout), bAbI (LSTMs of 32, f of 256 and 512).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from neural._options import lists, shaped, shares, sizes

__all__ = [
    "ImageQuestions",
    "PairlessPerceptron",
    "RelationNetwork",
    "StoryQuestions",
    "convolutions",
]


def perceptron(widths: Sequence[int], *, dropout: float = 0.0, last: bool = True) -> nn.Sequential:
    """Linear layers with ReLU between them, dropout before the last; a ReLU after it unless last.

    Args:
        widths: of the inputs, of every layer.
        dropout: the share of the last hidden layer that is dropped.
        last: whether the last layer's outputs are logits, without a ReLU.

    Raises:
        TypeError, ValueError: there are less than two widths, one is below 1, or the dropout is no
            share.
    """
    lists(1, 2, widths=widths)
    shares(dropout=dropout)
    layers: list[nn.Module] = []
    for at, (before, after) in enumerate(pairwise(widths)):
        end = at == len(widths) - 2
        if end and last and dropout:
            layers.append(nn.Dropout(dropout))
        layers.append(nn.Linear(before, after))
        if not (end and last):
            layers.append(nn.ReLU())
    return nn.Sequential(*layers)


class RelationNetwork(nn.Module):
    """f(sum over all pairs, with itself too, of g(object, other, question)).

    Args:
        features: of an object.
        question: numbers of a question.
        answers: classes.
        g: units of the layers of g, a ReLU after each.
        f: units of the hidden layers of f.
        dropout: on the last hidden layer of f.

    Raises:
        TypeError, ValueError: a number is below 1 (of `question`, below 0), g has no layer, or the
            dropout is no share.
    """

    def __init__(
        self,
        features: int,
        question: int,
        answers: int,
        *,
        g: Sequence[int] = (256, 256, 256, 256),
        f: Sequence[int] = (256, 256),
        dropout: float = 0.5,
    ) -> None:
        super().__init__()
        sizes(1, features=features, answers=answers)
        sizes(0, question=question)
        lists(1, 1, g=g)
        lists(1, 0, f=f)
        shares(dropout=dropout)
        self.features, self.question = features, question
        self.g = perceptron([2 * features + question, *g], last=False)
        self.f = perceptron([g[-1], *f, answers], dropout=dropout)

    def forward(self, objects: Tensor, question: Tensor) -> Tensor:
        """Logits (n, answers) of objects (n, k, features) and questions (n, question).

        Raises:
            ValueError: one has another shape.
        """
        shaped("objects", objects, "n", "k", self.features)
        n, k, _ = objects.shape
        shaped("question", question, n, self.question)
        first = objects[:, :, None].expand(n, k, k, -1)
        second = objects[:, None].expand(n, k, k, -1)
        asked = question[:, None, None].expand(n, k, k, -1)
        pairs = self.g(torch.cat([first, second, asked], 3))  # (n, k, k, g)
        return self.f(pairs.sum((1, 2)))


class PairlessPerceptron(nn.Module):
    """The baseline: all objects and the question side by side into one perceptron.

    Args:
        objects: k, how many.
        features, question, answers, dropout: as of `RelationNetwork`.
        hidden: units of the hidden layers.

    Raises:
        TypeError, ValueError: a number is below 1 (of `question`, below 0), or the dropout is no
            share.
    """

    def __init__(
        self,
        objects: int,
        features: int,
        question: int,
        answers: int,
        *,
        hidden: Sequence[int] = (256, 256),
        dropout: float = 0.5,
    ) -> None:
        super().__init__()
        sizes(1, objects=objects, features=features, answers=answers)
        sizes(0, question=question)
        lists(1, 0, hidden=hidden)
        shares(dropout=dropout)
        self.objects, self.features = objects, features
        self.f = perceptron([objects * features + question, *hidden, answers], dropout=dropout)

    def forward(self, objects: Tensor, question: Tensor) -> Tensor:
        """Logits (n, answers) of objects (n, k, features) and questions (n, question).

        Raises:
            ValueError: the objects have another shape.
        """
        shaped("objects", objects, "n", self.objects, self.features)
        return self.f(torch.cat([objects.flatten(1), question], 1))


def convolutions(kernels: Sequence[int] = (24, 24, 24, 24)) -> nn.Sequential:
    """Convolutions of 3 by 3 and stride 2 from three colours, each with ReLU and batch norm."""
    lists(1, 1, kernels=kernels)
    layers: list[nn.Module] = []
    for before, after in zip([3, *kernels[:-1]], kernels, strict=True):
        layers += [nn.Conv2d(before, after, 3, 2, 1), nn.ReLU(), nn.BatchNorm2d(after)]
    return nn.Sequential(*layers)


class ImageQuestions(nn.Module):
    """Questions about images: every cell of the last convolution, with its place, is an object.

    Args:
        side: of the images, in pixels.
        question, answers: as of `RelationNetwork`.
        kernels: of the convolutions.
        pairs: whether a relation network answers, or the baseline (which needs no places).
        g, f, dropout: as of `RelationNetwork`.
        hidden: as of `PairlessPerceptron`.

    Raises:
        TypeError, ValueError: an option is out of range.
    """

    def __init__(
        self,
        *,
        side: int = 75,
        question: int = 11,
        answers: int = 10,
        kernels: Sequence[int] = (24, 24, 24, 24),
        pairs: bool = True,
        g: Sequence[int] = (256, 256, 256, 256),
        f: Sequence[int] = (256, 256),
        hidden: Sequence[int] = (256, 256),
        dropout: float = 0.5,
    ) -> None:
        super().__init__()
        sizes(1, side=side)
        lists(1, 0, hidden=hidden)
        self.pairs = pairs
        self.see = convolutions(kernels)
        for _ in kernels:
            side = (side + 1) // 2
        if pairs:
            self.answer = RelationNetwork(
                kernels[-1] + 2, question, answers, g=g, f=f, dropout=dropout
            )
        else:
            self.answer = PairlessPerceptron(
                side**2, kernels[-1], question, answers, hidden=hidden, dropout=dropout
            )

    def forward(self, images: Tensor, question: Tensor) -> Tensor:
        """Logits (n, answers) of images (n, 3, side, side) and questions (n, question)."""
        seen = self.see(images)  # (n, kernels, side / 16, side / 16)
        if self.pairs:
            places = torch.linspace(-1, 1, seen.shape[-1], device=seen.device).to(seen)
            grid = torch.stack(torch.meshgrid(places, places, indexing="ij"))  # (2, s, s)
            seen = torch.cat([seen, grid.expand(len(seen), -1, -1, -1)], 1)
        return self.answer(seen.flatten(2).transpose(1, 2), question)


class StoryQuestions(nn.Module):
    """Questions about stories, as of bAbI: every sentence, with its place, is an object.

    Args:
        words: of the vocabulary; 0 is padding.
        sentences: of a story, at most; fewer are padded at the front.
        answers: classes.
        width: of the LSTMs' states, and of the embedding of words.
        pairs: whether a relation network answers, or the baseline (which needs no places).
        g, f: as of `RelationNetwork`.
        hidden: as of `PairlessPerceptron`.
        dropout: as of either.

    Raises:
        TypeError, ValueError: an option is out of range.
    """

    def __init__(
        self,
        *,
        words: int = 159,
        sentences: int = 20,
        answers: int = 159,
        width: int = 32,
        pairs: bool = True,
        g: Sequence[int] = (256, 256, 256, 256),
        f: Sequence[int] = (256, 512),
        hidden: Sequence[int] = (256, 512),
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        sizes(1, words=words, sentences=sentences, width=width)
        lists(1, 0, hidden=hidden)
        self.pairs, self.sentences = pairs, sentences
        self.words = nn.Embedding(words, width, padding_idx=0)
        self.sentence = nn.LSTM(width, width, batch_first=True)
        self.question = nn.LSTM(width, width, batch_first=True)
        if pairs:
            self.register_buffer("places", torch.eye(sentences), persistent=False)
            self.answer = RelationNetwork(
                width + sentences, width, answers, g=g, f=f, dropout=dropout
            )
        else:
            self.answer = PairlessPerceptron(
                sentences, width, width, answers, hidden=hidden, dropout=dropout
            )

    def forward(self, story: Tensor, question: Tensor) -> Tensor:
        """Logits (n, answers) of stories (n, sentences, t) and questions (n, t) of words.

        Words are int64; a sentence is padded at its front.

        Raises:
            ValueError: one has another shape.
        """
        shaped("story", story, "n", self.sentences, "t")
        shaped("question", question, len(story), "t")
        n, k, _ = story.shape
        _, (said, _) = self.sentence(self.words(story.flatten(0, 1)))
        _, (asked, _) = self.question(self.words(question))
        objects = said[0].unflatten(0, (n, k))  # (n, k, width)
        if self.pairs:
            places = self.places.expand(n, k, -1)  # pyright: ignore[reportCallIssue]
            objects = torch.cat([objects, places], 2)  # (n, k, width + k)
        return self.answer(objects, asked[0])
