"""Masked cells hold numbers that are no data: no front door counts them."""

from __future__ import annotations

import numpy as np
import pytest

import complexity
import mdl
from mdl import discrete, families, markov, trees

BITS = np.random.default_rng(3).integers(0, 2, 64)
ROWS = np.random.default_rng(4).integers(0, 2, (16, 16))
NUMBERS = np.random.default_rng(5).normal(size=64)

DOORS = [
    (complexity.best_bits, BITS),
    (complexity.best_bits, ROWS),
    (lambda x: complexity.get_code("array").bits(x), ROWS),
    (lambda x: complexity.get_code("template").bits(x), ROWS),
    (complexity.lz76, BITS),
    (complexity.bdm, BITS),
    (complexity.bdm, ROWS),
    (lambda x: complexity.block_entropy(x).value, BITS),
    (complexity.permutation_entropy, NUMBERS),
    (lambda x: complexity.apparent_complexity(x, scale=3), ROWS),
    (lambda x: discrete.Multinomial(2).describe(x).total_bits, BITS),
    (lambda x: markov.MarkovChain(1, alphabet_size=2).describe(x).total_bits, BITS),
    (lambda x: families.Gaussian().describe(x).total_bits, NUMBERS),
    (lambda x: mdl.histogram.histogram(x).total_bits, NUMBERS),
    (lambda x: mdl.segment(x, "gaussian").total_bits, NUMBERS),
    (lambda x: mdl.cluster(x, max_clusters=2, progress=False).selection.bits, NUMBERS),
    (lambda x: trees.DecisionTrees().describe((x, BITS[:16])).total_bits, ROWS),
]


@pytest.mark.parametrize(("door", "data"), DOORS)
def test_masked_cells_are_refused(door, data):
    masked = np.ma.masked_array(data, np.zeros(data.shape, bool))
    assert door(masked) == door(data)
    masked = np.ma.masked_array(data, np.arange(data.size).reshape(data.shape) == 3)
    with pytest.raises(ValueError, match=r"got masked cells, accepted .* fill or drop them"):
        door(masked)
