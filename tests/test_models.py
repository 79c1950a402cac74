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
