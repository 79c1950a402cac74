"""The kernel of the causal states against SciPy's test of two rows."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.stats import chi2, chi2_contingency

from simulations.automata.measures import _causal_kernels as kernels


def plain_states(rows, level):
    """The states of pasts (rows of counts) by scipy's test of two rows."""
    states, totals = [], []
    for row in rows:
        best, greatest = None, -math.inf
        for s, state in enumerate(totals):
            smaller, both = min(row.sum(), state.sum()), row.sum() + state.sum()
            enough = (row + state) * smaller >= 5 * both
            table = [[*row[enough], row[~enough].sum()], [*state[enough], state[~enough].sum()]]
            if sum(each[-1] for each in table) * smaller < 5 * both:
                table = [each[:-1] for each in table]
            if len(table[0]) > 1:
                _, p_value, *_ = chi2_contingency(table, correction=False)
                if p_value < level:
                    continue
            shares = (state + 0.5) / (state.sum() + 0.5 * len(state))
            likelihood = float(row @ np.log(shares))
            if likelihood > greatest:
                best, greatest = s, likelihood
        if best is None:
            best = len(totals)
            totals.append(np.zeros_like(row))
        totals[best] = totals[best] + row
        states.append(best)
    return states


@given(
    hnp.arrays(
        np.int64,
        st.tuples(st.integers(1, 20), st.integers(1, 6)),
        elements=st.sampled_from([0, 1, 2, 6, 20, 50, 200]),
    )
)
def test_states_are_joined_as_the_plain_rule_joins_them(rows):
    rows = rows[rows.sum(axis=1) > 0]
    many = rows.shape[1]
    where = [np.flatnonzero(row) for row in rows]
    starts = np.cumsum([0, *map(len, where)])
    futures = np.concatenate([*where, np.empty(0, np.int64)]).astype(np.int64)
    counts = np.array([n for row in rows for n in row if n], np.int64)
    critical = np.concatenate([[np.inf], chi2.isf(0.01, np.arange(1, many + 1))])
    found = np.empty(len(rows), np.int64)
    used = kernels.merged(starts, futures, counts, many, critical, found)
    assert found.tolist() == plain_states(rows, 0.01)
    assert used == len(set(found.tolist()))
