"""Variational autoencoders, flat or hierarchical, to be trained and then frozen for the coder."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from complexity.errors import integer, one_of
from complexity.progress import progress as progress_bar
from mdl.bits_back.likelihoods import LIKELIHOODS
from mdl.bits_back.models import DenseModel, log_sd_range
from mdl.weights.tensors import reproducible

__all__ = ["VAE", "fit_vae"]


class VAE(nn.Module):
    """p(x | z_1) p(z_1 | z_2) ... p(z_L) with perceptrons of one hidden layer.

    Args:
        pixels: of an image.
        latents: size of z_1, or sizes of z_1 to z_L: a Markov chain, z_L standard normal.
        hidden: units of each hidden layer.
        alphabet_size: values of a pixel.
        likelihood: "bernoulli", "categorical" or "discretised-logistic".

    Raises:
        ValueError, TypeError: an argument is out of range.

    References:
        D. P. Kingma and M. Welling, Auto-encoding variational Bayes, ICLR 2014.
    """

    def __init__(
        self,
        pixels: int,
        *,
        latents: int | Sequence[int] = 8,
        hidden: int = 100,
        alphabet_size: int = 2,
        likelihood: str = "bernoulli",
    ) -> None:
        super().__init__()
        sizes = (latents,) if isinstance(latents, int | np.integer) else tuple(latents)
        self.latents = tuple(integer("latents", size, 1) for size in sizes)
        if not self.latents:
            raise ValueError("latents: got none, accepted are one or more sizes")
        self.pixels = integer("pixels", pixels, 1)
        self.alphabet_size = integer("alphabet_size", alphabet_size, 2, 1 << 16)
        self.likelihood = one_of("likelihood", likelihood, LIKELIHOODS)
        if likelihood == "bernoulli" and alphabet_size != 2:
            raise ValueError(f"alphabet_size: got {alphabet_size}, a Bernoulli pixel has 2")
        integer("hidden", hidden, 1)
        outputs = {"bernoulli": 1, "categorical": alphabet_size, "discretised-logistic": 2}
        below = (pixels, *self.latents[:-1])
        self.infer = nn.ModuleDict(
            {
                str(level + 1): _perceptron(below[level], hidden, 2 * size)
                for level, size in enumerate(self.latents)
            }
        )
        out = (outputs[likelihood] * pixels, *(2 * size for size in self.latents[:-1]))
        self.generate = nn.ModuleDict(
            {
                str(level): _perceptron(size, hidden, out[level])
                for level, size in enumerate(self.latents)
            }
        )

    def forward(self, images: Tensor) -> Tensor:
        """A sample of the negative ELBO of each image, nats: (B, pixels) of 0 to K - 1 -> (B,)."""
        x = images.to(next(self.parameters()).dtype)
        below = x * (2.0 / (self.alphabet_size - 1)) - 1.0
        loss = torch.zeros(len(images), device=images.device)
        samples = []
        for level in range(1, len(self.latents) + 1):
            mean, log_sd = _split(self.infer[str(level)](below))
            noise = torch.randn_like(mean)
            z = mean + log_sd.exp() * noise
            loss = loss - (0.5 * noise**2 + log_sd).sum(1)  # log q, the 2 pi left out
            samples.append(z)
            below = z
        for level in range(1, len(self.latents)):
            mean, log_sd = _split(self.generate[str(level)](samples[level]))
            z = samples[level - 1]
            loss = loss + (0.5 * ((z - mean) / log_sd.exp()) ** 2 + log_sd).sum(1)
        loss = loss + 0.5 * (samples[-1] ** 2).sum(1)
        return loss + self._nats(self.generate["0"](samples[0]), x)

    def _nats(self, out: Tensor, x: Tensor) -> Tensor:
        if self.likelihood == "bernoulli":
            return F.binary_cross_entropy_with_logits(out, x, reduction="none").sum(1)
        if self.likelihood == "categorical":
            logits = out.reshape(-1, self.alphabet_size)
            losses = F.cross_entropy(logits, x.reshape(-1).long(), reduction="none")
            return losses.reshape(x.shape).sum(1)
        mean, log_scale = _split(out)
        step, size = 2.0 / (self.alphabet_size - 1), self.alphabet_size
        middle = x * step - 1.0
        upper = torch.sigmoid((middle + step / 2 - mean) / log_scale.exp())
        lower = torch.sigmoid((middle - step / 2 - mean) / log_scale.exp())
        upper = torch.where(x == size - 1, torch.ones_like(upper), upper)
        lower = torch.where(x == 0, torch.zeros_like(lower), lower)
        return -((upper - lower) * (1 - 1e-6) + 1e-6 / size).log().sum(1)

    @torch.no_grad()
    def freeze(self, images: ArrayLike) -> DenseModel:
        """The model for the coder; the images (n, pixels) say where its latents lie."""
        tensors = {
            name: tensor.detach().cpu().to(torch.float32).numpy().copy()
            for name, tensor in self.state_dict().items()
        }
        below = _tensor(images, self) * (2.0 / (self.alphabet_size - 1)) - 1.0
        for level in range(1, len(self.latents)):
            mean, log_sd = _split(self.infer[str(level)](below))
            variance = mean.var(0, unbiased=False) + (2 * log_sd).exp().mean(0)
            spread = torch.stack([mean.mean(0), variance.sqrt()])
            tensors[f"spread.{level}"] = spread.cpu().to(torch.float32).numpy().copy()
            below = mean
        return DenseModel(self.pixels, self.alphabet_size, self.latents, self.likelihood, tensors)


def fit_vae(
    vae: VAE,
    images: ArrayLike,
    *,
    epochs: int = 100,
    batch_size: int = 64,
    learning_rate: float = 2e-3,
    seed: int = 0,
    threads: int | None = 1,
    progress: bool = True,
) -> DenseModel:
    """Maximise the ELBO of images by Adam, the learning rate falling to 0 along a cosine.

    Args:
        vae: trained in place, on the device where it is; its first weights are drawn anew.
        images: (n, pixels) integers, 0 to K - 1.
        epochs: passes over the images.
        batch_size: images a step.
        learning_rate: of the first step.
        seed: of weights, order and noise.
        threads: of the processor; None leaves them.
        progress: whether to show a bar on a terminal.

    Returns:
        The frozen model, which `BitsBackCode` takes.

    Raises:
        ValueError: the images do not fit the model, or an option is out of range.
        FloatingPointError: the loss became NaN or infinite.
    """
    integer("epochs", epochs, 1)
    integer("batch_size", batch_size, 1)
    if not 0 < learning_rate < math.inf:
        raise ValueError(f"learning_rate: got {learning_rate}, accepted is above 0")
    with (
        reproducible(seed, threads=threads) as generator,
        progress_bar("training", epochs, show=progress) as advance,
    ):
        for module in vae.modules():
            if isinstance(module, nn.Linear):
                module.reset_parameters()
        x = _tensor(images, vae)
        optimiser = torch.optim.Adam(vae.parameters(), lr=learning_rate)
        steps = epochs * math.ceil(len(x) / batch_size)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
        vae.train()
        for epoch in range(epochs):
            order = torch.randperm(len(x), generator=generator).to(x.device)
            for batch in order.split(batch_size):
                loss = vae(x[batch]).mean()
                if not bool(torch.isfinite(loss)):
                    raise FloatingPointError(
                        f"the loss is {loss.item()} in epoch {epoch}; a lower learning_rate helps"
                    )
                optimiser.zero_grad(set_to_none=True)
                loss.backward()
                optimiser.step()
                schedule.step()
            advance()
        vae.eval()
        return vae.freeze(images)


def _perceptron(inputs: int, hidden: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(inputs, hidden), nn.ReLU(), nn.Linear(hidden, outputs))


def _split(out: Tensor) -> tuple[Tensor, Tensor]:
    """Means and natural logarithms of deviations, each (B, d)."""
    mean, log_sd = out.chunk(2, dim=1)
    return mean, log_sd.clamp(*log_sd_range())


def _tensor(images: ArrayLike, vae: VAE) -> Tensor:
    array: NDArray[np.generic] = np.asarray(images)
    flat = array.reshape(len(array), -1) if array.size else array
    if flat.ndim != 2 or flat.shape[1] != vae.pixels or not len(flat):
        raise ValueError(f"images: got shape {array.shape}, accepted is (n, {vae.pixels}), n > 0")
    if not (flat.min() >= 0 and flat.max() < vae.alphabet_size):
        raise ValueError(
            f"images: got {flat.min()} to {flat.max()}, accepted is 0 to {vae.alphabet_size - 1}"
        )
    device = next(vae.parameters()).device
    return torch.from_numpy(flat.astype(np.float32)).to(device)
