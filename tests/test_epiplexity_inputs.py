"""What epiplexity is given: no masked cell is taken for a token, and what is wrong is named."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch")

from mdl.epiplexity import epiplexity, requential
from mdl.epiplexity.rows import as_rows

COINS = np.arange(64) % 2


@pytest.mark.parametrize(
    ("data", "error", "message"),
    [
        (np.ma.array(COINS, mask=COINS), ValueError, "data: got masked cells"),
        ((COINS[:, None], np.ma.array(COINS[:, None], mask=True)), ValueError, "targets: got mask"),
        ([[0], [0, 1]], ValueError, "data: got a ragged sequence"),
        ([], ValueError, r"data: got shape \(0,\)"),
        (np.full(64, 2**64 - 1, np.uint64), ValueError, "data: got the token 18446744073709551615"),
        ([1 << 16] * 64, ValueError, "data: got the token 65536, accepted is 0 to 65535"),
    ],
)
def test_data_that_are_no_tokens_are_named(data, error, message):
    with pytest.raises(error, match=message):
        as_rows(data, context=8)


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"budget": "1e9"}, TypeError),
        ({"budget": None}, TypeError),
        ({"budget": 0}, ValueError),
        ({"holdout": "0.1"}, TypeError),
        ({"holdout": 1}, ValueError),
        ({"described": 10**400}, ValueError),
        ({"models": 5}, TypeError),
        ({"models": "transformer"}, TypeError),
        ({"models": [None]}, TypeError),
        ({"models": []}, ValueError),
        ({"training": None}, TypeError),
    ],
)
def test_options_that_are_none_are_named(options, error):
    with pytest.raises(error, match=rf"^{next(iter(options))}: got .*, accepted is"):
        epiplexity(COINS, context=8, show=False, **options)


def test_requential_names_what_is_no_training():
    with pytest.raises(TypeError, match="training: got int, accepted is a Training"):
        requential(COINS, context=8, training=5, show=False)
