"""What the tasks refuse: numbers of which they would make something else, or nothing."""

from __future__ import annotations

import math

import numpy as np
import pytest

from neural import tasks

RNG = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("make", "given"),
    [
        (tasks.copying, {"count": 0}),
        (tasks.copying, {"count": True}),
        (tasks.copying, {"count": 1.5}),
        (tasks.associative_recall, {"length": True, "count": 2, "items": 2, "rng": RNG}),
        (tasks.associative_recall, {"length": None, "count": 2, "items": 2, "rng": RNG}),
        (tasks.star, {"seed": None, "leaves": 2, "alphabet_size": 2}),
        (tasks.star, {"seed": -1, "leaves": 2, "alphabet_size": 2}),
        (tasks.star, {"concentration": math.inf, "leaves": 2, "alphabet_size": 2}),
        (tasks.star, {"concentration": 0.0, "leaves": 2, "alphabet_size": 2}),
        (tasks.star, {"concentration": "x", "leaves": 2, "alphabet_size": 2}),
        (tasks.teacher, {"gain": math.nan, "seed": 0}),
        (tasks.teacher, {"gain": -0.5, "seed": 0}),
        (tasks.digit_strings, {"noise": math.nan, "count": 2}),
        (tasks.digit_strings, {"noise": -1.0, "count": 2}),
        (tasks.contours, {"specks": "x", "count": 2}),
        (tasks.contours, {"specks": 1.0, "count": 2}),
        (tasks.modular, {"share": None}),
        (tasks.modular, {"share": 0.0}),
    ],
)
def test_numbers_out_of_range(make, given):
    name = next(iter(given))
    if make is tasks.digit_strings:
        given = given | {"clips": tasks.digit_clips("synthetic", "test", takes=1)}
    with pytest.raises((TypeError, ValueError), match=f"^{name}: got .*accepted is a"):
        make(**given)
