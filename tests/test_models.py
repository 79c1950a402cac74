"""Architectures by name: published numbers of parameters, and what is said of wrong names."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")
import torch

from neural import models
from neural.models.registry import PUBLISHED


@pytest.mark.parametrize("name", models.names())
def test_published_size(name):
    with torch.device("meta"):  # no memory is taken
        module = models.build(name)
    count = sum(p.numel() for p in module.parameters())
    assert count > 0
    if PUBLISHED[name].parameters is not None:
        assert count == PUBLISHED[name].parameters


def test_wrong_names_and_options():
    with pytest.raises(ValueError, match="did you mean 'modular-transformer'"):
        models.build("modular-transfomer")
    with pytest.raises(TypeError, match="depth"):
        models.build("modular-transformer", depth=3)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("char-rnn", ["symbols", "hidden", "layers"]),
        ("relational-memory", ["inputs", "slots", "heads", "head_size", "blocks"]),
        ("ntm", ["inputs", "outputs", "size", "slots", "width", "heads", "reach"]),
        ("ntm-lstm", ["inputs", "outputs", "size", "layers"]),
    ],
)
def test_no_network_has_less_than_one_of_anything(name, options):
    for option in options:
        for value, error in ((0, ValueError), (-1, ValueError), (1.5, TypeError)):
            with pytest.raises(error, match=f"^{option}: got {value}, accepted is an integer at"):
                models.build(name, **{option: value})


@pytest.mark.parametrize(
    ("name", "option"), [("char-rnn", "embedding"), ("relational-memory", "layers")]
)
def test_what_a_network_can_be_without(name, option):
    with torch.device("meta"):
        models.build(name, **{option: 0})
        with pytest.raises(
            ValueError, match=f"{option}: got -1, accepted is an integer at least 0"
        ):
            models.build(name, **{option: -1})
