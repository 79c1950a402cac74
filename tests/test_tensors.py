"""Tensors of modules, tied ones once, and torch kept to its own random stream."""

from __future__ import annotations

import math
import os
from contextlib import nullcontext

import numpy as np
import pytest

torch = pytest.importorskip("torch")
from torch import nn  # noqa: E402

from mdl.weights.tensors import (  # noqa: E402
    architecture,
    checked_module,
    flat_parameters,
    parameters_of,
    reproducible,
    set_flat_parameters,
    tensors_of,
)

VARIABLE = "CUBLAS_WORKSPACE_CONFIG"


class Tied(nn.Module):
    """An embedding that is also the output layer, as in language models."""

    def __init__(self, tied: bool = True):
        super().__init__()
        self.embed = nn.Embedding(5, 3)
        self.norm = nn.BatchNorm1d(3)
        self.out = nn.Linear(3, 5, bias=False)
        if tied:
            self.out.weight = self.embed.weight


def test_tied_tensors_count_once():
    module = Tied()
    assert list(parameters_of(module)) == ["embed.weight", "norm.weight", "norm.bias"]
    assert flat_parameters(module).shape == (15 + 3 + 3,)
    buffers = ["norm.running_mean", "norm.running_var", "norm.num_batches_tracked"]
    assert list(tensors_of(module)) == [*parameters_of(module), *buffers]
    assert architecture(module) != architecture(Tied(tied=False))
    assert architecture(module) == architecture(Tied())


def test_flat_parameters_come_back():
    module, other = Tied(), Tied()
    set_flat_parameters(other, flat_parameters(module))
    for name, parameter in parameters_of(module).items():
        assert torch.equal(parameter, parameters_of(other)[name])
    assert other.out.weight is other.embed.weight
    with pytest.raises(ValueError, match=r"got shape \(3,\), accepted is \(21,\)"):
        set_flat_parameters(module, np.zeros(3))


def test_writing_does_not_share_memory():
    module = nn.Linear(2, 1)
    flat = np.array([1.0, 2.0, 3.0])
    set_flat_parameters(module, flat)
    flat[:] = 9
    assert flat_parameters(module).tolist() == [1, 2, 3]


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_weights_that_are_no_numbers(value):
    module = nn.Sequential(nn.Linear(2, 2))
    module[0].bias.data[1] = value
    with pytest.raises(ValueError, match=r"module: got NaN or infinite weights in '0\.bias'"):
        checked_module("module", module)


def test_other_things_are_no_modules():
    with pytest.raises(TypeError, match="module: got dict"):
        checked_module("module", {})  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="ReLU without parameters"):
        checked_module("module", nn.ReLU())
    module = nn.Linear(1, 1)
    module.weight = nn.Parameter(torch.zeros(1, 1, dtype=torch.complex64))
    with pytest.raises(TypeError, match="complex64 numbers in 'weight'"):
        checked_module("module", module)
    assert checked_module("module", tied := Tied()) is tied


def test_randomness_and_threads_stay_outside():
    threads = torch.get_num_threads()
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    with reproducible(1) as own:
        first, drawn = torch.rand(3), torch.rand(3, generator=own)
        assert torch.get_num_threads() == 1
        assert torch.are_deterministic_algorithms_enabled()
    assert torch.equal(torch.rand(3), expected)
    assert torch.get_num_threads() == threads
    assert not torch.are_deterministic_algorithms_enabled()
    with reproducible(1) as own:
        assert torch.equal(torch.rand(3), first)
        assert torch.equal(torch.rand(3, generator=own), drawn)
    assert not torch.equal(first, drawn)


@pytest.mark.parametrize("before", [None, ":16:8"])
@pytest.mark.parametrize("search", [False, True])
def test_cuda_is_reproducible_inside(monkeypatch, before, search):
    """cuBLAS's documented workspaces unless the user has set others, no search by cuDNN."""
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setattr(torch.backends.cudnn, "benchmark", search)
    with reproducible(0):
        assert VARIABLE not in os.environ  # there is no CUDA
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    if before is not None:
        monkeypatch.setenv(VARIABLE, before)
    for stop in (False, True):
        with nullcontext() if not stop else pytest.raises(KeyError), reproducible(0):
            assert os.environ[VARIABLE] == (before or ":4096:8")
            assert not torch.backends.cudnn.benchmark
            with reproducible(1):
                assert os.environ[VARIABLE] == (before or ":4096:8")
            assert os.environ[VARIABLE] == (before or ":4096:8")
            if stop:
                raise KeyError
        assert os.environ.get(VARIABLE) == before
        assert torch.backends.cudnn.benchmark == search
