"""Any network with noise on its weights: every parameter becomes a Gaussian, in one line."""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.utils import _pytree

from mdl.report import Report
from mdl.weights.tensors import checked_module, parameters_of, set_flat_parameters
from mdl.weights.variational.layers import RULES, Demoted, Pass, drawn
from mdl.weights.variational.posterior import Posterior
from mdl.weights.variational.priors import PriorLike, TrainingPrior, as_prior

__all__ = ["NoisyModule", "noisy"]


class NoisyModule(nn.Module):
    """A network whose weights are independent Gaussians.

    In train mode a pass draws weights, anew for every example where the layer allows (see
    `mdl.weights.variational.layers`); the first dimension of the inputs counts the examples. In
    eval mode the weights are the means. Made by `noisy`.

    Attributes:
        mean: parameter (D,), in the order of `mdl.weights.tensors.flat_parameters`.
        log_var: parameter (D,), natural logarithms of the variances.
        prior: of the weights.
        names, shapes: of the D weights' tensors.
    """

    def __init__(self, module: nn.Module, prior: TrainingPrior, initial_sd: float) -> None:
        super().__init__()
        parameters = parameters_of(module)
        dtypes = {parameter.dtype for parameter in parameters.values()}
        if len(dtypes) > 1:
            raise TypeError(f"module: got weights of {sorted(map(str, dtypes))}, accepted is one")
        flat = torch.cat([each.detach().reshape(-1) for each in parameters.values()])
        self.names = tuple(parameters)
        self.shapes = tuple(each.shape for each in parameters.values())
        self.mean = nn.Parameter(flat.clone())
        self.log_var = nn.Parameter(torch.full_like(flat, 2 * math.log(initial_sd)))
        self.prior = prior.to(flat.device)
        prior.adapt(flat, self.log_var.detach().exp())
        self._plain = (copy.deepcopy(module),)  # in a tuple: no part of this module's parameters
        self._sizes = [shape.numel() for shape in self.shapes]
        self.template = copy.deepcopy(module)
        self._owners = _owners(self.template)
        self._passes = _install_rules(self._owners, self.shapes)
        ruled = {index for _, *pair in self._passes for index in pair}
        self._generic = [index for index in range(len(self.shapes)) if index not in ruled]

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What the network gives, with weights drawn in train mode and their means in eval mode."""
        return self._run(self.mean, self.log_var.exp() if self.training else None, args, kwargs)

    def with_weights(self, weights: Tensor, *args: Any, **kwargs: Any) -> Any:
        """What the network gives with these weights (D,), in its present mode otherwise."""
        return self._run(weights, None, args, kwargs)

    def _run(self, mean: Tensor, var: Tensor | None, args: Any, kwargs: Any) -> Any:
        variances = None if var is None else var.split(self._sizes)
        return self.run(mean.split(self._sizes), variances, args, kwargs)

    def run(
        self, means: Sequence[Tensor], variances: Sequence[Tensor] | None, args: Any, kwargs: Any
    ) -> Any:
        """A pass with the flat tensors of every parameter: means and variances, or weights."""
        batch, nothing = _batch(args, kwargs), [None] * len(means)
        while True:
            self._set(batch, means, variances or nothing)
            try:
                return self.template(*args, **kwargs)
            except Demoted:  # at most once per layer
                continue
            finally:
                self._set(0, nothing, nothing)

    def _set(self, batch: int, means: Sequence[Any], variances: Sequence[Any]) -> None:
        for now, weight, bias in self._passes:
            if bias is None:
                now.begin(batch, means[weight], None, variances[weight], None)
            else:
                now.begin(batch, means[weight], means[bias], variances[weight], variances[bias])
        for index in self._generic:
            tensor, var = means[index], variances[index]
            if tensor is not None:
                tensor = (tensor if var is None else drawn(tensor, var)).view(self.shapes[index])
            self._put(index, tensor)

    def _put(self, index: int, tensor: Tensor | None) -> None:
        for layer, name in self._owners[index]:
            setattr(layer, name, tensor)

    def leaves(self, flat: Tensor, slope: Tensor) -> list[Tensor]:
        """Views of a flat tensor (D,), one per parameter, whose slopes land in `slope` (D,)."""
        found = []
        for part, its_slope in zip(
            flat.detach().split(self._sizes), slope.split(self._sizes), strict=True
        ):
            leaf = part.detach().requires_grad_()
            leaf.grad = its_slope
            found.append(leaf)
        return found

    def kl_nats(self) -> Tensor:
        """What the weights cost, in nats and differentiable: for a training loop of one's own.

        Divided by the number of examples it stands beside their *mean* loss, whatever the batch.
        """
        return self.prior(self.mean, self.log_var)

    @torch.no_grad()
    def posterior(self) -> Posterior:
        """The weights' Gaussians and their prior, as arrays; the same whenever asked."""
        mean = self.mean.detach().cpu().double().numpy()
        sd = (0.5 * self.log_var.detach().cpu().double()).exp().numpy()
        return Posterior(
            self.names, tuple(map(tuple, self.shapes)), mean, sd,
            self.prior.frozen(), self.prior.header_bits,
        )  # fmt: skip

    def network(self, weights: NDArray[np.floating] | None = None) -> nn.Module:
        """A plain network of the class that was given, with these weights (D,) or the means."""
        plain = copy.deepcopy(self._plain[0])
        flat = self.mean.detach().cpu().double().numpy() if weights is None else weights
        set_flat_parameters(plain, flat)
        kept = dict(self.template.named_buffers())
        for name, buffer in plain.named_buffers():
            buffer.copy_(kept[name])
        return plain.train(self.training)

    def description_length(
        self,
        data: Any,
        *,
        loss: Any = "classes",
        samples: int = 16,
        seed: int = 0,
        batch_size: int | None = None,
    ) -> Report:
        """Bits of weights and of labels given inputs; see `mdl.weights.variational.bits`."""
        from mdl.weights.variational.bits import description_length

        return description_length(
            self, data, loss=loss, samples=samples, seed=seed, batch_size=batch_size
        )

    def encode(self, *, seed: int = 0, method: Literal["minimal", "poisson"] = "minimal") -> bytes:
        """A sample of the weights as a file, in little more bits than they cost.

        `mdl.weights.decode_weights(blob, module)` makes a plain network of it.

        Args:
            seed: of the random numbers that sender and receiver share.
            method: "minimal" random coding, or "poisson", an exact sample.

        Raises:
            ValueError: the prior is not Gaussian and equal within each tensor.
        """
        from mdl.weights.relative_entropy.weight_code import encode_posterior

        return encode_posterior(self.posterior(), seed=seed, method=method)

    def extra_repr(self) -> str:
        """The number of weights and their prior."""
        return f"{self.mean.numel()} weights"

    def __repr__(self) -> str:
        """As torch prints it, with the layers as they were given: the template's are emptied."""
        printed = nn.Module()
        printed.prior, printed.template = self.prior, self._plain[0]
        printed._get_name, printed.extra_repr = self._get_name, self.extra_repr
        return repr(printed)


def noisy(
    module: nn.Module, prior: PriorLike = "learned", *, initial_sd: float = 0.05
) -> NoisyModule:
    """The network with noise on its weights; the one that is given is not changed.

    Args:
        module: any network; weights that are tied are one.
        prior: "learned" (a Gaussian for every tensor, zero mean, its variance that of the weights),
            "mixture" (of Gaussians, for all weights together), "spike-and-slab" (a mixture of two
            with zero means), "horseshoe"; a standard deviation, for a Gaussian that is fixed; or
            any GaussianPrior.
        initial_sd: standard deviation of the weights' noise to begin with.

    Raises:
        TypeError: the module is none, or its weights have several dtypes.
        ValueError: the prior is unknown, or a number is not positive.

    Example:
        >>> from torch import nn
        >>> noisy(nn.Linear(64, 10)).posterior().mean.shape
        (650,)
    """
    checked_module("module", module)
    if not (math.isfinite(initial_sd) and initial_sd > 0):
        raise ValueError(f"initial_sd: got {initial_sd!r}, accepted is a positive number")
    sizes = [parameter.numel() for parameter in parameters_of(module).values()]
    return NoisyModule(module, as_prior(prior, sizes), initial_sd)


def _owners(template: nn.Module) -> list[list[tuple[nn.Module, str]]]:
    """Where every parameter stands, in the order of the module; it is taken out there."""
    found: dict[int, list[tuple[nn.Module, str]]] = {}
    for layer in template.modules():
        for name, parameter in list(layer._parameters.items()):
            if parameter is None:
                continue
            found.setdefault(id(parameter), []).append((layer, name))
    order = [id(parameter) for parameter in parameters_of(template).values()]
    for places in found.values():
        for layer, name in places:
            del layer._parameters[name]
            layer.register_buffer(name, None, persistent=False)
    return [found[each] for each in order]


def _install_rules(
    owners: list[list[tuple[nn.Module, str]]], shapes: Sequence[torch.Size]
) -> list[tuple[Pass, int, int | None]]:
    """Make layers noisy whose weights are theirs alone: (pass, index of weight, of bias)."""
    own: dict[nn.Module, dict[str, int]] = {}
    for index, places in enumerate(owners):
        for layer, name in places:
            own.setdefault(layer, {})[name] = index if len(places) == 1 else -1
    found = []
    for layer, names in own.items():
        rule = RULES.get(type(layer))
        if rule is None or -1 in names.values() or "weight" not in names:
            continue
        layer.__class__, now = rule, Pass()
        for name in ("weight", "bias"):
            layer._buffers.pop(name, None)
            layer._parameters.pop(name, None)
        layer.now, layer.once = now, False  # pyright: ignore[reportArgumentType]
        layer.weight_shape = shapes[names["weight"]]  # pyright: ignore[reportArgumentType]
        found.append((now, names["weight"], names.get("bias")))
    return found


def _batch(args: Any, kwargs: Any) -> int:
    """The number of examples: the first dimension of the first tensor."""
    leaves = args if args and isinstance(args[0], Tensor) else _pytree.tree_leaves((args, kwargs))
    first = next((leaf for leaf in leaves if isinstance(leaf, Tensor)), None)
    return 1 if first is None or first.dim() == 0 else first.shape[0]
