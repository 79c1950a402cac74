"""Sets: sorted as NumPy sorts, stars whose laws add up, entropies by enumeration."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

pytest.importorskip("torch")
from neural.tasks.sets import numbers_to_sort, star


def test_numbers_to_sort():
    elements, answers = numbers_to_sort(20, 7, np.random.default_rng(0))
    ordered = np.take_along_axis(elements[..., 0], answers, 1)
    assert np.array_equal(ordered, np.sort(elements[..., 0], axis=1))


def test_the_law_of_a_star():
    law = star(2, 3, concentration=0.5, seed=1)
    values = np.array(list(product(range(3), repeat=3)))
    bits = law.bits(values)
    assert np.sum(2.0**-bits) == pytest.approx(1)
    assert np.sum(bits * 2.0**-bits) == pytest.approx(law.entropy_bits)
    drawn = law.sample(40_000, np.random.default_rng(0))
    codes = drawn @ [9, 3, 1]
    shares = np.bincount(codes, minlength=27) / 40_000
    assert np.abs(shares - 2.0**-bits).max() < 0.01  # 4 standard deviations of the largest
    assert law.bits(drawn).mean() == pytest.approx(law.entropy_bits, abs=0.05)


def test_bad_input():
    with pytest.raises(ValueError, match="alphabet_size"):
        star(2, 1)
    with pytest.raises(ValueError, match="concentration"):
        star(2, 3, concentration=0.0)
