"""Sort-of-CLEVR against its definition, told object by object and pixel by pixel."""

from __future__ import annotations

import math

import numpy as np
import pytest

pytest.importorskip("torch")
from neural.tasks.scenes import ANSWERS, COLOURS, QUESTIONS, SIDE, sort_of_clevr

SCENES = sort_of_clevr(60, seed=3)


def told(scene: int, colour: int, question: str) -> str:
    """The answer, by words."""
    places = [tuple(map(float, each)) for each in SCENES.positions[scene]]
    shapes = [("square", "circle")[each] for each in SCENES.shapes[scene]]
    others = [each for each in range(6) if each != colour]

    def apart(each: int) -> float:
        return math.dist(places[each], places[colour])

    return {
        "what shape is it?": shapes[colour],
        "is it on the left?": "yes" if places[colour][0] < 37.5 else "no",
        "is it at the top?": "yes" if places[colour][1] < 37.5 else "no",
        "what shape is nearest to it?": shapes[min(others, key=apart)],
        "what shape is farthest from it?": shapes[max(others, key=apart)],
        "how many have its shape?": str(shapes.count(shapes[colour])),
    }[question]


def test_answers():
    for scene, (asked, answers) in enumerate(zip(SCENES.asked, SCENES.answers, strict=True)):
        for (colour, which), label in zip(asked, answers, strict=True):
            assert ANSWERS[label] == told(scene, colour, QUESTIONS[which])
    assert set(np.unique(SCENES.asked[..., 1])) == set(range(6))
    np.testing.assert_array_equal(SCENES.relational.sum(1), 10)


def test_encodings():
    questions, states = SCENES.questions(), SCENES.states()
    assert questions.shape == (60, 20, 11)  # the work's 11 bits
    np.testing.assert_array_equal(questions.sum(2), 3)
    np.testing.assert_array_equal(questions[..., 7] == 1, SCENES.relational)
    np.testing.assert_array_equal(states[..., :6], np.broadcast_to(np.eye(6), (60, 6, 6)))
    np.testing.assert_array_equal(states[..., 6:8].argmax(2), SCENES.shapes)
    assert np.abs(states[..., 8:]).max() < 1


def test_images():
    images = SCENES.images()
    colours = list(COLOURS.values())
    middle = np.arange(SIDE) + 0.5
    for scene in range(10):
        expected = np.full((SIDE, SIDE, 3), 255)
        for at, (x, y) in enumerate(SCENES.positions[scene]):
            dx, dy = np.abs(middle - x)[None], np.abs(middle - y)[:, None]
            square = (dx <= 5) & (dy <= 5)
            expected[square if SCENES.shapes[scene, at] == 0 else dx**2 + dy**2 <= 25] = colours[at]
        np.testing.assert_array_equal(np.moveaxis(images[scene], 0, 2), expected)
    # none hides another: every object has its whole area
    areas = [(images == np.array(c)[:, None, None]).all(1).sum((1, 2)) for c in colours]
    square = SCENES.shapes.T == 0
    assert (np.array(areas)[square] >= 100).all()
    assert np.abs(np.array(areas)[~square] - 25 * math.pi).max() < 12


def test_seeds_and_arguments():
    again, other = sort_of_clevr(60, seed=3), sort_of_clevr(60, seed=4)
    np.testing.assert_array_equal(again.positions, SCENES.positions)
    np.testing.assert_array_equal(again.answers, SCENES.answers)
    assert not np.array_equal(other.positions, SCENES.positions)
    with pytest.raises(ValueError, match="count: got 0, accepted is an integer at least 1"):
        sort_of_clevr(0)
