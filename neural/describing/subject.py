"""What is described, what a code makes of it, and a network made anew."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn.parameter import is_lazy

from complexity.code import Kind
from mdl.report import null_bits
from mdl.weights.codec.files import checked_data
from mdl.weights.codec.search import predictions
from mdl.weights.tensors import checked_module, parameters_of, reproducible, tensors_of
from neural.describing.stand_in import digest

__all__ = ["Encoded", "Fresh", "NotApplicableError", "Subject", "predicted"]

_FLOATS = (torch.float16, torch.bfloat16, torch.float32, torch.float64)


class NotApplicableError(ValueError):
    """This code cannot describe this network; says why."""


@dataclass(frozen=True)
class Encoded:
    """What a code made of a network, for the receiver and for the table.

    Attributes:
        kind: FILE, IDEAL or BOUND.
        model_bits: of the weights.
        header_bits: of everything that is neither weights nor labels.
        data_bits: of the labels; 0 without data.
        blob: the file, None for a bound.
        labels: the labels' codeword beside the file, None if they are in it or there are none.
        buffers: a file of the buffers, where the code is of parameters alone; in `header_bits`.
        weights: digest of the tensors that the file stands for, None if it stands for labels only.
        predictions: digest of the predictions by those weights; None without data.
        details: of the report.
    """

    kind: Kind
    model_bits: float
    header_bits: float = 0.0
    data_bits: float = 0.0
    blob: bytes | None = None
    labels: bytes | None = None
    buffers: bytes | None = None
    weights: str | None = None
    predictions: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Subject:
    """A copy of the network, in evaluation mode on the processor, and the labels it explains.

    Attributes:
        module: the copy.
        inputs: (n, ...), None without data.
        labels: (n,) int64, None without data.
        make: gives a network of the architecture with fresh weights from torch's stream.
        seed: of everything random.
        device: where searches and training run.
        progress: whether they show it.
    """

    module: nn.Module
    inputs: torch.Tensor | None = None
    labels: NDArray[np.int64] | None = None
    make: Callable[[], nn.Module] | None = None
    seed: int = 0
    device: str = "cpu"
    progress: bool = False

    @classmethod
    def of(
        cls,
        module: nn.Module,
        data: Any,
        make: Callable[[], nn.Module] | None,
        **options: Any,
    ) -> Subject:
        """Checked; the module that is given is not touched.

        Raises:
            TypeError, ValueError: no module, weights that are not finite, no parameters; data that
                are no (inputs, labels), labels beyond the module's classes, logits not (n, K).
        """
        if isinstance(module, nn.Module):
            for name, tensor in module.state_dict(keep_vars=True).items():
                if is_lazy(tensor):
                    raise ValueError(
                        f"module: got {name!r} without a shape yet, accepted are weights; run the "
                        "module once"
                    )
            _check_dtypes(module)
        checked_module("module", module)
        copied = copy.deepcopy(module).cpu().eval()
        for each in copied.parameters():  # frozen layers have sensitivities too
            each.requires_grad_(each.is_floating_point())
        if data is None:
            return cls(copied, make=make, **options)
        inputs, labels = checked_data(data)
        if inputs.is_floating_point():
            inputs = inputs.to(next(copied.parameters()).dtype)
        subject = cls(copied, inputs, labels, make, **options)
        try:
            classes = subject.table.shape[1]
        except (RuntimeError, IndexError) as error:  # torch's, of other dtypes or shapes
            raise ValueError(
                f"data: got inputs {inputs.dtype} of shape {tuple(inputs.shape)}, accepted are "
                f"those that the module takes: {str(error).partition(chr(10))[0]}"
            ) from error
        if labels.max() >= classes:
            raise ValueError(
                f"data: got label {labels.max()}, accepted are the classes of the module's "
                f"predictions, 0 to {classes - 1}"
            )
        return subject

    @cached_property
    def table(self) -> NDArray[np.float64]:
        """The network's predictions (n, K)."""
        return predicted(self.module, self.inputs)

    @property
    def data(self) -> tuple[torch.Tensor, NDArray[np.int64]]:
        """Inputs and labels.

        Raises:
            NotApplicableError: there are none.
        """
        if self.inputs is None or self.labels is None:
            raise NotApplicableError("needs data, (inputs, labels)")
        return self.inputs, self.labels

    @property
    def numbers(self) -> tuple[torch.Tensor, NDArray[np.int64]]:
        """The same, if the inputs are no indices.

        Raises:
            NotApplicableError: they are; or there are none.
        """
        inputs, labels = self.data
        if not inputs.is_floating_point():
            raise NotApplicableError(
                f"needs floating inputs, which it standardises or refines, not {inputs.dtype}"
            )
        return inputs, labels

    @cached_property
    def nulls(self) -> dict[str, Any]:
        """The labels' null codes, as keywords of `Report`; none without data."""
        return {} if self.labels is None else null_bits(self.labels, self.table.shape[1])

    @cached_property
    def parameters(self) -> int:
        """Number of weights, tied ones once, buffers not."""
        return sum(each.numel() for each in parameters_of(self.module).values())

    @cached_property
    def weights(self) -> str:
        """Digest of the tensors."""
        return digest(self.module)

    @property
    def buffers(self) -> dict[str, torch.Tensor]:
        """Persistent buffers by name."""
        own = parameters_of(self.module)
        return {name: each for name, each in tensors_of(self.module).items() if name not in own}

    def fresh(self) -> Callable[[], nn.Module]:
        """What makes a network anew: as it was given, or by the layers' own initialisation.

        Raises:
            NotApplicableError: some weights have no initialisation that is known.
        """
        if self.make is not None:
            return self.make
        return Fresh.of(self.module)


@dataclass(frozen=True)
class Fresh:
    """Makes a network by `reset_parameters` of all its layers, from torch's global stream.

    Attributes:
        template: of the architecture; its weights do not matter.
    """

    template: nn.Module

    @classmethod
    def of(cls, module: nn.Module) -> Fresh:
        """For this module.

        Raises:
            NotApplicableError: a layer has weights and no such method; names one.
        """
        for name, layer in module.named_modules():
            own = next(iter(layer.state_dict(keep_vars=True)), "")
            if own and "." not in own and _reset_of(layer) is None:
                where = f"{name}.{own}" if name else own
                raise NotApplicableError(
                    f"{where!r} is of a {type(layer).__name__}, which has no reset_parameters(); "
                    "give make=, a function that builds a fresh network"
                )
        return cls(copy.deepcopy(module).train())

    def __call__(self) -> nn.Module:
        """A network with fresh weights."""
        module = copy.deepcopy(self.template)
        for layer in module.modules():
            reset = _reset_of(layer)
            if reset is not None:
                reset()
        return module


def _check_dtypes(module: nn.Module) -> None:
    for name, tensor in tensors_of(module).items():
        if tensor.is_floating_point() and tensor.dtype not in _FLOATS:
            raise TypeError(
                f"module: got {tensor.dtype} in {name!r}, accepted are float16, bfloat16, float32 "
                "and float64"
            )


def _reset_of(layer: nn.Module) -> Callable[[], Any] | None:
    for name in ("reset_parameters", "_reset_parameters"):  # the latter of attention
        if callable(reset := getattr(layer, name, None)):
            return reset
    return None


def predicted(module: nn.Module, inputs: torch.Tensor | None) -> NDArray[np.float64]:
    """Predictions (n, K) as both ends compute them: on the processor and one thread."""
    if inputs is None:
        raise NotApplicableError("needs data, (inputs, labels)")
    with reproducible(0, threads=1):
        return predictions(module, inputs)
