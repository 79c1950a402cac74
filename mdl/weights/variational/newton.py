"""Variational online Newton: Gaussians of weights at about the price of Adam.

Each step draws the weights once, and reads curvature off the same slope that moves the means.

References:
    Y. Shen, N. Daheim, B. Cong, P. Nickl, G. Marconi, C. Bazan, R. Yokota, I. Gurevych, D. Cremers,
        M. Khan and T. Moellenhoff, Variational learning is effective for large deep networks, ICML
        2024: algorithm 1 (IVON), written from the paper.
    W. Lin, M. Schmidt and M. Khan, Handling the positive-definite constraint in the Bayesian
        learning rule, ICML 2020: the quadratic term that keeps curvatures positive.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from complexity.errors import integer
from mdl.weights.tensors import checked_module, parameters_of
from mdl.weights.variational.losses import Examples
from mdl.weights.variational.posterior import Posterior
from mdl.weights.variational.priors import LearnedGaussian

__all__ = ["NewtonDescent", "VariationalOnlineNewton"]


class VariationalOnlineNewton(torch.optim.Optimizer):
    """IVON: descent on bits of data and weights, of a Gaussian with a variance for every weight.

    The parameters become views of one flat tensor, so that a step is a dozen operations. Within
    `sampled` they hold a draw; outside of it the means.

    Example:
        >>> model = nn.Linear(3, 1)
        >>> optimizer = VariationalOnlineNewton(model.parameters(), n=100)
        >>> with optimizer.sampled():
        ...     model(torch.ones(5, 3)).square().mean().backward()
        >>> optimizer.step()
    """

    def __init__(
        self,
        parameters: Iterable[nn.Parameter],
        *,
        n: int,
        lr: float = 0.1,
        prior_sd: float = 1.0,
        curvature: float = 0.01,
        betas: tuple[float, float] = (0.9, 0.998),
        clip: float = 1.0,
    ) -> None:
        """Start at the parameters' values.

        Args:
            parameters: all of one dtype, on one device.
            n: number of examples whose *mean* loss is given.
            lr: learning rate, of steps in units of slope by curvature.
            prior_sd: standard deviation of the weights' prior, which has mean 0.
            curvature: of the mean loss to begin with (h0). The optimizer forgets it at the pace of
                the second beta only: one that is far too high stays for that long.
            betas: decay of the averages of slopes and of curvatures.
            clip: the greatest change of a weight, as a multiple of lr: a step by a curvature that
                was underrated is a long one. Infinite for none.

        Raises:
            TypeError, ValueError: a number is not positive, or a beta not in [0, 1).
        """
        integer("n", n, 1)
        checks = {"lr": lr, "prior_sd": prior_sd, "curvature": curvature, "clip": clip}
        for name, value in checks.items():
            if not value > 0:
                raise ValueError(f"{name}: got {value!r}, accepted is a positive number")
        if not all(0 <= beta < 1 for beta in betas):
            raise ValueError(f"betas: got {betas}, accepted are numbers in [0, 1)")
        super().__init__(list(parameters), {"lr": lr})
        own = [each for group in self.param_groups for each in group["params"]]
        self.n, self.betas, self.clip, self.done = n, betas, clip, 0
        self.coefficient = 1.0
        self.mean = torch.cat([each.detach().reshape(-1) for each in own])  # (D,)
        self.weights, self.slope = self.mean.clone(), torch.zeros_like(self.mean)
        self.average = torch.zeros_like(self.mean)
        self.curvature = torch.full_like(self.mean, curvature)
        self.precision = torch.full_like(self.mean, prior_sd**-2)
        start = 0
        for each in own:
            stop = start + each.numel()
            each.data = self.weights[start:stop].view(each.shape)
            each.grad = self.slope[start:stop].view(each.shape)
            start = stop

    def retune(self, *, precision: Tensor | None = None, coefficient: float | None = None) -> None:
        """Change the prior's precisions (D,), or the coefficient of the weights' cost.

        Curvature may be negative by less than the prior adds; it stays so when the prior adds less.
        """
        self.precision = self.precision if precision is None else precision
        self.coefficient = self.coefficient if coefficient is None else coefficient
        torch.maximum(self.curvature, self.decay.mul_(-0.5), out=self.curvature)

    @property
    def decay(self) -> Tensor:
        """delta: what the prior adds to the curvature of the mean loss, (D,)."""
        return self.precision * (self.coefficient / self.n)

    @property
    def var(self) -> Tensor:
        """Variances of the weights, (D,)."""
        return (self.curvature + self.decay).reciprocal_().mul_(self.coefficient / self.n)

    @contextmanager
    def sampled(self) -> Iterator[None]:
        """Weights drawn from their Gaussians; slopes are those there, from zero."""
        self._draw()
        try:
            yield
        finally:
            self._show_means()

    def zero_grad(self, set_to_none: bool = False) -> None:
        """Set slopes to zero; they stay views of one tensor."""
        self.slope.zero_()

    def step(self, closure: Callable[[], float] | None = None) -> float | None:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Move means and curvatures, by the slope met at the weights that were drawn."""
        loss = None
        if closure is not None:
            with self.sampled(), torch.enable_grad():
                loss = closure()
        self._move(self.param_groups[0]["lr"])
        self._show_means()
        return loss

    @torch.no_grad()
    def _draw(self) -> None:
        self.slope.zero_()
        self._ridge = self.curvature + self.decay  # h + delta
        self._noise = torch.randn_like(self.mean)
        sd = self._ridge.rsqrt().mul_(math.sqrt(self.coefficient / self.n))
        torch.addcmul(self.mean, sd, self._noise, out=self.weights)
        self._noise.div_(sd)  # (weights - mean) / variance

    @torch.no_grad()
    def _show_means(self) -> None:
        self.weights.copy_(self.mean)

    @torch.no_grad()
    def _move(self, rate: float) -> None:
        if not hasattr(self, "_noise"):
            raise RuntimeError("step: got no slope; take it within `sampled`")
        self.done += 1
        first, second = self.betas
        met = self.slope * self._noise  # h-hat
        self.average.lerp_(self.slope, 1 - first)
        gap = met.sub_(self.curvature)  # h-hat - h
        self.curvature.add_(gap, alpha=1 - second)
        self.curvature.addcdiv_(gap.square_(), self._ridge, value=0.5 * (1 - second) ** 2)
        decay = self.decay
        move = (self.mean * decay).add_(self.average, alpha=1 / (1 - first**self.done))
        move.div_(decay.add_(self.curvature))
        if self.clip < math.inf:
            move.clamp_(-self.clip, self.clip)
        self.mean.sub_(move, alpha=rate)


class NewtonDescent:
    """Steps of `fit`: a plain network, whose weights' prior is learned for every tensor."""

    def __init__(self, network: nn.Module, examples: Examples, loss: Callable[..., Tensor]) -> None:
        checked_module("network", network)
        self.network, self.loss = network.train(), loss
        own = parameters_of(network)
        self.names = tuple(own)
        self.shapes = tuple(tuple(each.shape) for each in own.values())
        self.prior = LearnedGaussian([each.numel() for each in own.values()])
        self.prior.to(next(iter(own.values())).device)
        self.newton: VariationalOnlineNewton | None = None
        self.n = len(examples)

    def _start(self, batch: Examples) -> VariationalOnlineNewton:
        """Begin with the mean curvature of the first batch, and a prior as wide as the weights."""
        newton = VariationalOnlineNewton(self.network.parameters(), n=self.n)
        size = newton.mean.square().mean().clamp_min(1e-4)
        curvature = self._mean_curvature(newton, batch, 0.01 * float(size.sqrt()))
        if math.isfinite(curvature) and curvature > 0:
            newton.curvature.fill_(curvature)
        # the prior starts at the weights' own size, or their noise would drown a wide network
        self.prior.adapt(newton.mean, torch.full_like(newton.mean, 0.1 * float(size)))
        newton.retune(precision=self.prior.precision)
        return newton

    def _mean_curvature(
        self, newton: VariationalOnlineNewton, batch: Examples, distance: float
    ) -> float:
        """The mean of the diagonal, by the change of slope along random signs (Hutchinson 1990)."""
        signs = torch.empty_like(newton.mean).bernoulli_(0.5).mul_(2).sub_(1)
        slopes = []
        for shift in (-distance, distance):
            newton.zero_grad()
            torch.add(newton.mean, signs, alpha=shift, out=newton.weights)
            with torch.random.fork_rng():  # what the network itself draws is the same both times
                torch.manual_seed(0)
                self.loss(self.network(*batch.inputs), batch.labels).backward()
            slopes.append(newton.slope.clone())
        return float(((slopes[1] - slopes[0]) * signs).mean()) / (2 * distance)

    def step(self, batch: Examples, coefficient: float, rate: float) -> Tensor:
        """One step; returns the mean nats of the batch's labels."""
        newton = self.newton = self.newton or self._start(batch)
        if coefficient != newton.coefficient:
            newton.retune(coefficient=max(coefficient, 1e-6))
        newton._draw()
        nats = self.loss(self.network(*batch.inputs), batch.labels)
        nats.backward()
        newton._move(rate)
        if newton.done % 8 == 0:
            # noise of curvature below zero must not feed the prior: it would widen both without end
            var = torch.minimum(newton.var, newton.precision.reciprocal())
            self.prior.adapt(newton.mean, var)
            newton.retune(precision=self.prior.precision)
        return nats.detach()

    def nats(self) -> Tensor:
        """Of the weights, now."""
        assert self.newton is not None
        self.prior.adapt(self.newton.mean, self.newton.var)
        return self.prior.nats(self.newton.mean, self.newton.var.log())

    def finish(self) -> Any:
        """Leave the means in the network, and give the posterior as arrays."""
        assert self.newton is not None
        self.newton._show_means()
        for parameter in self.network.parameters():
            parameter.data, parameter.grad = parameter.data.clone(), None
        self.network.eval()
        mean, sd = self.newton.mean.cpu().double(), self.newton.var.sqrt().cpu().double()
        return Posterior(
            self.names, self.shapes, mean.numpy(), sd.numpy(),
            self.prior.frozen(), self.prior.header_bits,
        )  # fmt: skip
