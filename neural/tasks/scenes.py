"""Sort-of-CLEVR: six coloured shapes, and questions that need one of them or a relation of several.

References:
    A. Santoro et al., A simple neural network module for relational reasoning, NeurIPS 2017,
        section 3.2 and appendix: 75 by 75 pixels, six colours, squares and circles, questions of 11
        bits, ten of each kind for a scene, 9,800 scenes to train on and 200 to test on.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from complexity.errors import integer

__all__ = ["ANSWERS", "COLOURS", "QUESTIONS", "Scenes", "sort_of_clevr"]

COLOURS = {
    "red": (255, 0, 0),
    "green": (0, 255, 0),
    "blue": (0, 0, 255),
    "orange": (255, 156, 0),
    "grey": (128, 128, 128),
    "yellow": (255, 255, 0),
}
"""Name -> red, green, blue. Every scene has one object of each."""

QUESTIONS = (
    "what shape is it?",
    "is it on the left?",
    "is it at the top?",
    "what shape is nearest to it?",
    "what shape is farthest from it?",
    "how many have its shape?",
)
"""Of an object that its colour names; the last three are relational."""

ANSWERS = ("yes", "no", "square", "circle", "1", "2", "3", "4", "5", "6")
"""What the labels 0 to 9 mean; an object is among those that have its shape."""

SIDE = 75
_HALF = 5.0  # of a square's side, and a circle's radius
_OBJECTS = len(COLOURS)
_BITS = _OBJECTS + 2 + 3
_YES, _SQUARE, _ONE = 0, 2, 4


@dataclass(frozen=True, eq=False)
class Scenes:
    """Scenes, questions and answers.

    Attributes:
        positions: (n, 6, 2) float32, x to the right and y downwards of the objects' centres, in
            pixels; in the order of `COLOURS`.
        shapes: (n, 6) int64, 0 for a square, 1 for a circle.
        asked: (n, 2 m, 2) int64, colour and place in `QUESTIONS`; m that are not relational first.
        answers: (n, 2 m) int64, places in `ANSWERS`.
    """

    positions: NDArray[np.float32]
    shapes: NDArray[np.int64]
    asked: NDArray[np.int64]
    answers: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.shapes)

    @property
    def relational(self) -> NDArray[np.bool_]:
        """Which questions need more than one object, (n, 2 m)."""
        return self.asked[..., 1] >= 3

    def states(self) -> NDArray[np.float32]:
        """The objects as vectors, (n, 6, 10): colour and shape one-hot, position from -1 to 1."""
        colours = np.broadcast_to(np.eye(_OBJECTS), (len(self), _OBJECTS, _OBJECTS))
        places = self.positions / (SIDE / 2) - 1
        return np.concatenate([colours, np.eye(2)[self.shapes], places], 2).astype(np.float32)

    def questions(self) -> NDArray[np.float32]:
        """The questions, (n, 2 m, 11): colour, whether relational, which of the three, one-hot."""
        colour, which = self.asked[..., 0], self.asked[..., 1]
        parts = [np.eye(_OBJECTS)[colour], np.eye(2)[which // 3], np.eye(3)[which % 3]]
        return np.concatenate(parts, -1).astype(np.float32)

    def images(self) -> NDArray[np.uint8]:
        """The scenes as pictures on white, (n, 3, 75, 75)."""
        found = np.full((len(self), 3, SIDE, SIDE), 255, np.uint8)
        patch = np.arange(2 * _HALF + 2, dtype=np.int64)
        for at, colour in enumerate(COLOURS.values()):
            centre = self.positions[:, at, :, None]  # (n, 2, 1)
            pixels = np.floor(centre - _HALF).astype(np.int64) + patch  # (n, 2, 12)
            away = np.abs(pixels + 0.5 - centre)  # of the pixels' middles
            x, y = away[:, 0, None, :], away[:, 1, :, None]
            square = np.maximum(x, y) <= _HALF
            circle = x * x + y * y <= _HALF * _HALF
            inside = np.where(self.shapes[:, at, None, None] == 0, square, circle)
            scene, row, column = np.nonzero(inside)
            found[scene, :, pixels[scene, 1, row], pixels[scene, 0, column]] = colour
        return found


def sort_of_clevr(count: int, *, questions: int = 10, seed: int = 0) -> Scenes:
    """Scenes of six objects that do not touch, with questions about them.

    Args:
        count: of scenes.
        questions: of each of the two kinds, about every scene.
        seed: of everything.

    Raises:
        TypeError, ValueError: an argument is out of range.

    Example:
        >>> scenes = sort_of_clevr(3, seed=1)
        >>> scenes.states().shape, scenes.questions().shape, scenes.answers.shape
        ((3, 6, 10), (3, 20, 11), (3, 20))
    """
    integer("count", count, 1)
    integer("questions", questions, 1)
    rng = np.random.default_rng(integer("seed", seed, 0))
    positions = _placed(count, rng)
    shapes = rng.integers(0, 2, (count, _OBJECTS))
    colour = rng.integers(0, _OBJECTS, (count, 2 * questions))
    which = rng.integers(0, 3, (count, 2 * questions))
    which[:, questions:] += 3
    place = which * _OBJECTS + colour
    answers = np.take_along_axis(_answers(positions, shapes), place, axis=1)
    return Scenes(positions, shapes, np.stack([colour, which], 2), answers)


def _placed(count: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Centres (count, 6, 2), farther apart than squares that touch at a corner."""
    apart = (2 * _HALF) ** 2 * 2
    found = np.zeros((count, _OBJECTS, 2))
    for at in range(_OBJECTS):
        left = np.arange(count)
        while left.size:
            found[left, at] = rng.uniform(_HALF, SIDE - _HALF, (left.size, 2))
            gaps = ((found[left, :at] - found[left, at, None]) ** 2).sum(2)
            left = left[(gaps <= apart).any(1)]
    return found.astype(np.float32)


def _answers(positions: NDArray[np.float32], shapes: NDArray[np.int64]) -> NDArray[np.int64]:
    """The answers to every question about every object, (n, 6 questions x 6 objects)."""
    gaps = ((positions[:, :, None] - positions[:, None]) ** 2).sum(3)  # (n, 6, 6)
    own = np.eye(_OBJECTS, dtype=bool)
    near = np.where(own, np.inf, gaps).argmin(2)
    far = gaps.argmax(2)
    same = (shapes[:, :, None] == shapes[:, None]).sum(2)
    half = SIDE / 2
    by_question = [
        _SQUARE + shapes,
        _YES + (positions[..., 0] >= half),
        _YES + (positions[..., 1] >= half),
        _SQUARE + np.take_along_axis(shapes, near, 1),
        _SQUARE + np.take_along_axis(shapes, far, 1),
        _ONE + same - 1,
    ]
    return np.concatenate(by_question, 1).astype(np.int64)
