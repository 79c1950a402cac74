"""Priors of noisy weights while they are trained: each adapts in closed form, its own bits counted.

What weights cost under a prior is deterministic here, no sample of it is needed: exact for
Gaussians, and closed upper bounds for mixtures (equation 17 of 1993) and the horseshoe (Jensen's
inequality: minus the logarithm of its density is concave in the squared weight). The parameters of
a prior are set to their best values given the weights' Gaussians at every step, so that the slope
along the weights is the whole slope. They are sent with limited precision, which `frozen` applies
and `header_bits` counts.

References:
    G. Hinton and D. van Camp, Keeping the neural networks simple by minimizing the description
        length of the weights, COLT 1993: sections 6-7 and 9.
    C. Blundell, J. Cornebise, K. Kavukcuoglu and D. Wierstra, Weight uncertainty in neural
        networks, ICML 2015: section 3.3, two zero means as spike and slab.
    A. Bhadra, J. Datta, Y. Li, N. Polson and B. Willard, The horseshoe-like regularization for
        feature subset selection, Sankhya B 83, 2021.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from complexity.errors import one_of
from mdl.weights.variational.posterior import (
    GaussianPrior,
    HorseshoePrior,
    MixturePrior,
    WeightPrior,
)

__all__ = [
    "FixedGaussian",
    "LearnedGaussian",
    "LearnedHorseshoe",
    "LearnedMixture",
    "PriorLike",
    "TrainingPrior",
    "as_prior",
]

PriorLike = Literal["learned", "mixture", "spike-and-slab", "horseshoe"] | float | GaussianPrior

SCALE_BITS, MEAN_BITS, SHARE_BITS = 10, 16, 12
"""Of a scale: 1/16 of an octave, from 2^-32 to 2^32; of a mean: half precision; of a proportion."""

Slopes = tuple[Tensor, Tensor]
"""Derivatives of the nats along means (D,) and log-variances (D,)."""


class TrainingPrior(nn.Module, ABC):
    """A prior that follows the weights; called, it gives their bits in nats, differentiable."""

    header_bits: float = 0.0

    def adapt(self, mean: Tensor, var: Tensor) -> None:
        """Set own parameters to what suits Gaussians of these means and variances (D,)."""

    @abstractmethod
    def nats(self, mean: Tensor, log_var: Tensor) -> Tensor:
        """What the weights cost, ()."""

    @abstractmethod
    def slopes(self, mean: Tensor, var: Tensor) -> Slopes:
        """Derivatives of `nats` along means and log-variances."""

    @abstractmethod
    def frozen(self) -> WeightPrior:
        """As arrays, with the precision at which it is sent."""

    def forward(self, mean: Tensor, log_var: Tensor) -> Tensor:
        """What the weights cost in nats, (); adapts first in train mode."""
        return _Cost.apply(mean, log_var, self)  # pyright: ignore[reportReturnType]


class _Cost(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, mean: Tensor, log_var: Tensor, prior: TrainingPrior) -> Tensor:
        var = log_var.exp()
        if prior.training:
            prior.adapt(mean, var)
        ctx.save_for_backward(*prior.slopes(mean, var))
        return prior.nats(mean, log_var)

    @staticmethod
    def backward(ctx: Any, grad: Tensor):  # pyright: ignore[reportIncompatibleMethodOverride]
        to_mean, to_log_var = ctx.saved_tensors
        return grad * to_mean, grad * to_log_var, None


class FixedGaussian(TrainingPrior):
    """A Gaussian for every weight that is agreed upon beforehand."""

    mean: Tensor
    precision: Tensor

    def __init__(self, prior: GaussianPrior, size: int) -> None:
        super().__init__()
        shape = (size,)
        try:
            mean, sd = np.broadcast_to(prior.mean, shape), np.broadcast_to(prior.sd, shape)
        except ValueError:
            got = np.broadcast(prior.mean, prior.sd).shape
            raise ValueError(f"prior: got arrays {got}, accepted are numbers or {shape}") from None
        self._frozen = GaussianPrior(mean, sd)
        self.register_buffer("mean", torch.tensor(mean, dtype=torch.float32))
        self.register_buffer("precision", torch.tensor(sd**-2.0, dtype=torch.float32))

    def nats(self, mean: Tensor, log_var: Tensor) -> Tensor:
        """Exactly, by equation 9 of 1993."""
        return _gaussian(mean - self.mean, log_var, self.precision)

    def slopes(self, mean: Tensor, var: Tensor) -> Slopes:
        """Of equation 9."""
        return (mean - self.mean) * self.precision, (var * self.precision).sub_(1).mul_(0.5)

    def frozen(self) -> GaussianPrior:
        """As it was given."""
        return self._frozen


class LearnedGaussian(TrainingPrior):
    """A Gaussian of zero mean for every tensor; its variance is the mean square of the weights."""

    sizes: Tensor
    precision: Tensor

    def __init__(self, sizes: Sequence[int]) -> None:
        super().__init__()
        self.header_bits = float(SCALE_BITS * len(sizes))
        self._sizes = list(sizes)
        self.register_buffer("sizes", torch.tensor(sizes))
        self.register_buffer("precision", torch.ones(sum(sizes)))

    def adapt(self, mean: Tensor, var: Tensor) -> None:
        """One variance per tensor: the mean of squared means and variances."""
        moments = torch.addcmul(var, mean, mean)
        if len(self._sizes) == 1:
            self.precision = moments.mean().reciprocal().repeat(len(mean))
            return
        parts = [part.mean() for part in moments.split(self._sizes)]
        self.precision = torch.repeat_interleave(
            torch.stack(parts).reciprocal(), self.sizes, output_size=len(mean)
        )

    def nats(self, mean: Tensor, log_var: Tensor) -> Tensor:
        """Exactly, by equation 9 of 1993."""
        return _gaussian(mean, log_var, self.precision)

    def slopes(self, mean: Tensor, var: Tensor) -> Slopes:
        """Of equation 9."""
        return mean * self.precision, (var * self.precision).sub_(1).mul_(0.5)

    def frozen(self) -> GaussianPrior:
        """Scales on their grid, (D,)."""
        sd = _on_grid(self.precision.detach().cpu().double().numpy() ** -0.5)
        return GaussianPrior(np.zeros_like(sd), sd)


class LearnedMixture(TrainingPrior):
    """Gaussians that all weights share, or two of zero mean: a spike and a slab."""

    shares: Tensor
    means: Tensor
    vars: Tensor

    def __init__(self, means: Sequence[float], sds: Sequence[float], *, centred: bool) -> None:
        super().__init__()
        k = len(means)
        self.centred = centred
        per_component = SCALE_BITS + (0 if centred else MEAN_BITS)
        self.header_bits = float(k * per_component + (k - 1) * SHARE_BITS)
        self.register_buffer("shares", torch.full((k,), 1 / k))
        self.register_buffer("means", torch.tensor(means, dtype=torch.float32))
        self.register_buffer("vars", torch.tensor(sds, dtype=torch.float32) ** 2)

    def _parts(self, mean: Tensor, var: Tensor) -> Tensor:
        """log pi_i - G_i but for the weights' own entropy, (K, D)."""
        square = (mean - self.means[:, None]) ** 2
        scale = self.vars[:, None]
        return (self.shares.log() - 0.5 * self.vars.log())[:, None] - 0.5 * (square + var) / scale

    def adapt(self, mean: Tensor, var: Tensor) -> None:
        """One step of expectation-maximisation, which lowers the cost of the weights."""
        chosen = torch.softmax(self._parts(mean, var), 0)  # (K, D)
        mass = chosen.sum(1).clamp_min(1e-8)
        if not self.centred:
            self.means = chosen @ mean / mass
        square = (mean - self.means[:, None]) ** 2 + var
        self.vars = ((chosen * square).sum(1) / mass).clamp_min(2.0**-60)
        self.shares = (mass / mass.sum()).clamp_min(2.0**-SHARE_BITS)
        self.shares /= self.shares.sum()

    def nats(self, mean: Tensor, log_var: Tensor) -> Tensor:
        """The bound -log sum_i pi_i exp(-G_i), equation 17 of 1993."""
        parts = torch.logsumexp(self._parts(mean, log_var.exp()), 0)
        return -(parts + 0.5 + 0.5 * log_var).sum()

    def slopes(self, mean: Tensor, var: Tensor) -> Slopes:
        """Of the bound."""
        chosen = torch.softmax(self._parts(mean, var), 0) / self.vars[:, None]  # (K, D)
        pull = chosen.sum(0)
        to_mean = pull * mean - self.means @ chosen
        return to_mean, 0.5 * (pull * var - 1)

    def frozen(self) -> MixturePrior:
        """Parameters with the precision at which they are sent."""
        shares = np.maximum(np.rint(self.shares.cpu().double().numpy() * 2**SHARE_BITS), 1)
        shares[shares.argmax()] += 2**SHARE_BITS - shares.sum()
        means = self.means.cpu().numpy().astype(np.float16).astype(np.float64)
        sds = _on_grid(self.vars.cpu().double().numpy() ** 0.5)
        return MixturePrior(shares / 2**SHARE_BITS, means, sds)


class LearnedHorseshoe(TrainingPrior):
    """The horseshoe-like density log(1 + a^2/w^2) / (2 pi a), with a scale a for every tensor."""

    sizes: Tensor
    log_scales: Tensor

    def __init__(self, sizes: Sequence[int], scale: float = 0.1) -> None:
        super().__init__()
        self.header_bits = float(SCALE_BITS * len(sizes))
        self.register_buffer("sizes", torch.tensor(sizes))
        self.register_buffer("log_scales", torch.full((len(sizes),), math.log(scale)))

    def _flat(self, per_tensor: Tensor) -> Tensor:
        return torch.repeat_interleave(per_tensor, self.sizes)

    def adapt(self, mean: Tensor, var: Tensor) -> None:
        """A step of every log-scale down its slope."""
        ratio = self._flat((2 * self.log_scales).exp()) / (mean * mean + var)
        slope = 2 * ratio / ((1 + ratio) * ratio.log1p())
        means = [part.mean() for part in slope.split(self.sizes.tolist())]
        self.log_scales = self.log_scales + 0.5 * (torch.stack(means) - 1)

    def nats(self, mean: Tensor, log_var: Tensor) -> Tensor:
        """The bound that has the expected squared weight in the density."""
        log_scale = self._flat(self.log_scales)
        square = torch.addcmul(log_var.exp(), mean, mean)
        inner = ((2 * log_scale).exp() / square).log1p()
        entropy = 0.5 * (math.log(2 * math.pi / math.e) - log_var)  # log 2 pi less the entropy
        return (log_scale + entropy - inner.log()).sum()

    def slopes(self, mean: Tensor, var: Tensor) -> Slopes:
        """Of the bound."""
        scale = self._flat((2 * self.log_scales).exp())
        square = torch.addcmul(var, mean, mean)
        along = scale / (square * (square + scale) * (scale / square).log1p())  # squared weights
        return 2 * along * mean, along * var - 0.5

    def frozen(self) -> HorseshoePrior:
        """Scales on their grid, (D,)."""
        return HorseshoePrior(_on_grid(self._flat(self.log_scales).exp().cpu().double().numpy()))


def _gaussian(offset: Tensor, log_var: Tensor, precision: Tensor) -> Tensor:
    ratio = log_var.exp() * precision
    return 0.5 * (offset * offset * precision + ratio - 1 - log_var - precision.log()).sum()


def _on_grid(scale: NDArray[np.float64]) -> NDArray[np.float64]:
    octaves = np.clip(np.rint(16 * np.log2(scale)), -512, 511)
    return np.exp2(octaves / 16)


def as_prior(prior: PriorLike | TrainingPrior, sizes: Sequence[int]) -> TrainingPrior:
    """What `noisy` was given as `prior`, for tensors of these sizes.

    Raises:
        TypeError, ValueError: it is none of those that are accepted.
    """
    if isinstance(prior, TrainingPrior):
        return prior
    if isinstance(prior, GaussianPrior):
        return FixedGaussian(prior, sum(sizes))
    if isinstance(prior, int | float) and not isinstance(prior, bool):
        if not (math.isfinite(prior) and prior > 0):
            raise ValueError(f"prior: got {prior!r}, accepted is a positive standard deviation")
        return FixedGaussian(GaussianPrior(0.0, float(prior)), sum(sizes))
    if not isinstance(prior, str):
        raise TypeError(f"prior: got {prior!r}, accepted is a name, a number or a GaussianPrior")
    one_of("prior", prior, ("learned", "mixture", "spike-and-slab", "horseshoe"))
    if prior == "learned":
        return LearnedGaussian(sizes)
    if prior == "horseshoe":
        return LearnedHorseshoe(sizes)
    if prior == "spike-and-slab":
        return LearnedMixture([0.0, 0.0], [0.02, 0.3], centred=True)
    # section 9: five Gaussians, means from -.24 to .24, two standard deviations apart
    return LearnedMixture([-0.24, -0.12, 0.0, 0.12, 0.24], [0.06] * 5, centred=False)
