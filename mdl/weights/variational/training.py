"""Training that minimises total bits: of the weights, and of the labels given inputs.

The objective is bits of all N labels plus bits of the weights, whatever the size of a batch: what a
step follows is the slope of (weights' nats) / N + (mean nats of the batch's labels).
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from typing import Any, Literal

import torch
from torch import Tensor, nn

from complexity.errors import integer, one_of
from complexity.progress import progress as progress_bar
from mdl.weights.variational._streams import stream
from mdl.weights.variational.losses import Examples, LossLike, as_examples, as_loss
from mdl.weights.variational.network import NoisyModule
from mdl.weights.variational.results import Fit

__all__ = ["SCHEDULE_1993", "Annealing", "coefficients", "fit"]

SCHEDULE_1993 = (0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
"""Coefficients of the weights' cost (Hinton and van Camp 1993, section 9)."""

Annealing = float | Literal["1993"] | Sequence[float]

_EPOCHS = 100
_STEPS = 2000
"""At least: fewer leave weights at their prior, which tells nothing."""

_ADAPT_EVERY = 8
"""Steps between two settings of the prior: each is closed, and takes longer than a step of Adam."""


def coefficients(annealing: Annealing, epochs: int) -> list[float]:
    """The coefficient of the weights' cost in every epoch.

    Args:
        annealing: the share of the epochs in which it rises linearly to 1; "1993" or any sequence
            of coefficients, which are held for equally long.
        epochs: how many.

    Raises:
        TypeError, ValueError: it is none of these.

    Example:
        >>> coefficients(0.5, 4)
        [0.5, 1.0, 1.0, 1.0]
    """
    if isinstance(annealing, str):
        one_of("annealing", annealing, ("1993",))
        annealing = SCHEDULE_1993
    if isinstance(annealing, bool):
        raise TypeError(f"annealing: got {annealing!r}, accepted is a share or a sequence")
    if isinstance(annealing, int | float):
        if not 0 <= annealing <= 1:
            raise ValueError(f"annealing: got {annealing!r}, accepted is a share from 0 to 1")
        rising = annealing * epochs
        return [min(1.0, (epoch + 1) / rising) if rising else 1.0 for epoch in range(epochs)]
    stages = [float(each) for each in annealing]
    if not stages or not all(math.isfinite(each) and each >= 0 for each in stages):
        raise ValueError(f"annealing: got {stages}, accepted are numbers from 0")
    return [stages[epoch * len(stages) // epochs] for epoch in range(epochs)]


def fit(
    network: nn.Module,
    data: Any,
    *,
    loss: LossLike = "classes",
    epochs: int | None = None,
    batch_size: int = 64,
    learning_rate: float = 0.02,
    annealing: Annealing = 0.1,
    method: Literal["adam", "newton"] = "adam",
    seed: int = 0,
    device: torch.device | str | None = None,
    threads: int | None = 1,
    progress: bool = True,
) -> Fit:
    """Train noisy weights on total bits.

    Args:
        network: what `noisy` made, trained in place. For method "newton" a plain network, which is
            left with the means as its weights.
        data: (inputs, labels), arrays with N examples along the first axis; a tuple of inputs for a
            network of several arguments.
        loss: "classes" for labels 0 to K - 1; "gaussian" for numbers, whose noise is learned; or a
            function of outputs and labels of B examples that gives nats, (B,).
        epochs: passes over the data; by default 100, or of few data as many as 2,000 steps take.
        batch_size: of each step; the objective does not depend on it.
        learning_rate: of the first step, falling along a cosine to a hundredth.
        annealing: of the weights' cost, see `coefficients`.
        method: "adam" on means and log-variances, or "newton": variational online Newton (see
            `VariationalOnlineNewton`), whose prior is one Gaussian for all weights.
        seed: of noise and of the order of the data.
        device: where to train; None leaves the network where it is.
        threads: of the processor; the result may depend on it. None leaves them as they are.
        progress: whether to show a bar on a terminal.

    Raises:
        TypeError, ValueError: an argument is not what is said above.
        FloatingPointError: bits or weights are not finite any more; says in which epoch.
    """
    batch_size, seed = integer("batch_size", batch_size, 1), integer("seed", seed, 0)
    epochs = None if epochs is None else integer("epochs", epochs, 1)
    one_of("method", method, ("adam", "newton"))
    rate = learning_rate
    if not (math.isfinite(rate) and rate > 0):
        raise ValueError(f"learning_rate: got {learning_rate!r}, accepted is a positive number")
    if method == "adam" and not isinstance(network, NoisyModule):
        raise TypeError(
            f"network: got {type(network).__name__}, accepted is what noisy(module) gives; a plain "
            "module is for method='newton'"
        )
    if method == "newton" and isinstance(network, NoisyModule):
        raise TypeError("network: got a noisy one, accepted is a plain module for method='newton'")
    if device is not None:
        network.to(device)
    weights = next(network.parameters())
    examples, costs = as_examples(data, weights.device, weights.dtype), as_loss(loss)
    if epochs is None:
        epochs = max(_EPOCHS, math.ceil(_STEPS / math.ceil(len(examples) / batch_size)))
    stages = coefficients(annealing, epochs)
    began = time.perf_counter()
    with stream(seed, weights.device, threads):
        from mdl.weights.variational.newton import NewtonDescent

        descent = (
            Descent(network, examples, costs)
            if isinstance(network, NoisyModule)
            else NewtonDescent(network, examples, costs)
        )
        history = _epochs(descent, examples, stages, batch_size, rate, progress)
        posterior = descent.finish()
    return Fit(
        posterior=posterior,
        coefficients=tuple(stages),
        model_bits=tuple(each / math.log(2) for each, _ in history),
        data_bits=tuple(each / math.log(2) for _, each in history),
        seconds=time.perf_counter() - began,
        settings={
            "method": method, "loss": loss if isinstance(loss, str) else "own", "epochs": epochs,
            "batch_size": batch_size, "learning_rate": rate, "seed": seed, "threads": threads,
            "device": str(weights.device),
        },
    )  # fmt: skip


def _epochs(
    descent: Any,
    examples: Examples,
    stages: Sequence[float],
    batch_size: int,
    rate: float,
    show: bool,
) -> list[tuple[float, float]]:
    """Train; nats of weights and of labels in every epoch."""
    n, history = len(examples), []
    steps, done = len(stages) * math.ceil(n / batch_size), 0
    with progress_bar("noisy training", len(stages), show=show) as advance:
        for epoch, stage in enumerate(stages):
            shuffled = examples[torch.randperm(n).to(examples.labels.device)]
            total = torch.zeros((), device=examples.labels.device)
            for start in range(0, n, batch_size):
                batch = shuffled[start : start + batch_size]
                now = rate * (0.505 + 0.495 * math.cos(math.pi * done / steps))
                total += descent.step(batch, stage, now).mul_(len(batch))
                done += 1
            nats = float(descent.nats()), float(total)
            if not math.isfinite(sum(nats)):
                raise FloatingPointError(
                    f"epoch {epoch + 1}: bits are no longer finite (weights {nats[0]:g}, labels "
                    f"{nats[1]:g}); inputs may be, or learning_rate {rate:g} is too high"
                )
            history.append(nats)
            advance()
    return history


class Descent:
    """Adam on means and log-variances of a noisy network, written out on flat tensors.

    The network's own parameters are laid aside for the time: a pass gets leaves that are views of
    one flat tensor, with slopes that are views of another, so that a step is a dozen operations
    however many tensors there are. `finish` puts the result back.

    References:
        D. Kingma and J. Ba, Adam: a method for stochastic optimization, ICLR 2015: algorithm 1.
    """

    betas = (0.9, 0.999)
    epsilon = 1e-8

    def __init__(
        self, network: NoisyModule, examples: Examples, loss: Callable[..., Tensor]
    ) -> None:
        self.network, self.loss, self.n = network.train(), loss, len(examples)
        self.flat = torch.stack([network.mean.detach(), network.log_var.detach()])  # (2, D)
        self.slope = torch.zeros_like(self.flat)
        self.first, self.second = torch.zeros_like(self.flat), torch.zeros_like(self.flat)
        self.var, self.var_slope = self.flat[1].exp(), torch.zeros_like(self.flat[1])
        self.means = network.leaves(self.flat[0], self.slope[0])
        self.variances = network.leaves(self.var, self.var_slope)
        self.done = 0

    def gradient(self, batch: Examples, coefficient: float) -> Tensor:
        """Set `slope` to that of nats per example; returns the mean nats of the batch's labels."""
        mean, (to_mean, to_log_var) = self.flat[0], self.slope
        to_mean.zero_()
        self.var_slope.zero_()
        torch.exp(self.flat[1], out=self.var)
        outputs = self.network.run(self.means, self.variances, batch.inputs, {})
        nats = self.loss(outputs, batch.labels)
        nats.backward()
        if self.done % _ADAPT_EVERY == 0:
            self.network.prior.adapt(mean, self.var)
        along_mean, along_log_var = self.network.prior.slopes(mean, self.var)
        share = coefficient / self.n
        to_mean.add_(along_mean, alpha=share)
        torch.mul(self.var_slope, self.var, out=to_log_var).add_(along_log_var, alpha=share)
        return nats.detach()

    def step(self, batch: Examples, coefficient: float, rate: float) -> Tensor:
        """One step of Adam; returns the mean nats of the batch's labels."""
        nats = self.gradient(batch, coefficient)
        with torch.no_grad():
            (decay, decay_square), self.done = self.betas, self.done + 1
            self.first.lerp_(self.slope, 1 - decay)
            self.second.mul_(decay_square).addcmul_(self.slope, self.slope, value=1 - decay_square)
            unbias = math.sqrt(1 - decay_square**self.done)
            scale = self.second.sqrt().add_(self.epsilon * unbias)
            rate *= unbias / (1 - decay**self.done)
            self.flat.addcdiv_(self.first, scale, value=-rate)
        return nats

    def nats(self) -> Tensor:
        """Of the weights, now."""
        mean, log_var = self.flat
        self.network.prior.adapt(mean, log_var.exp())
        return self.network.prior.nats(mean, log_var)

    def finish(self) -> Any:
        """Put means and log-variances back into the network, and give them as arrays."""
        with torch.no_grad():
            self.network.mean.copy_(self.flat[0])
            self.network.log_var.copy_(self.flat[1])
        self.network.eval()
        return self.network.posterior()
