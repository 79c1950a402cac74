"""Training of the coordinates of a random subspace: noisy ones beside rounded ones."""

from __future__ import annotations

import math

import numpy as np
import torch
from numpy.typing import NDArray

from mdl.weights.projections import Projection
from mdl.weights.relative_entropy.shared import nearest_step, power_of_two
from mdl.weights.sampled_loss import SampledLoss, check_finite

__all__ = ["Coordinates"]

Floats = NDArray[np.float64]

_NOISE = 0.02  # sd of the coordinates' noise at the beginning


class Coordinates:
    """Noisy coordinates in training; some of them rounded and fixed.

    Args:
        nats: the data's loss.
        projection: of the coordinates.
        start: w0, (D,).
        generator: of the noise.
        learning_rate: of Adam.
    """

    def __init__(
        self,
        nats: SampledLoss,
        projection: Projection,
        start: Floats,
        generator: torch.Generator,
        learning_rate: float,
    ) -> None:
        self._nats, self._projection, self._generator = nats, projection, generator
        like = {"dtype": nats.dtype, "device": nats.device}
        self._start = torch.as_tensor(start, **like)
        self._at = torch.zeros(projection.dimension, **like, requires_grad=True)
        self._log_noise = torch.full((), math.log(_NOISE), **like, requires_grad=True)
        self._open = torch.ones(projection.dimension, **like)
        self._fixed = torch.zeros(projection.dimension, **like)
        self._settled = False
        self._step = math.nan
        self._rate = learning_rate
        self._optimizer = torch.optim.Adam([self._at, self._log_noise], lr=learning_rate)

    def train(self, steps: int, *, annealed: float = 0.0, noisy: bool = True) -> None:
        """Steps of Adam; their cost in bits rises to its own in the first share `annealed`.

        Without `noisy` the coordinates are free: no noise, and no cost.
        """
        for step in range(steps):
            if not self._settled:
                self._optimizer.param_groups[0]["lr"] = self._rate * 0.1 ** (step / steps)
            weight = min(1.0, (step + 1) / (annealed * steps)) if annealed else 1.0
            nats = self._nats(self.weights(self._nats.groups if noisy else 1, noisy=noisy))
            total = nats + weight * self._cost() if noisy else nats
            self._optimizer.zero_grad(set_to_none=True)
            total.backward()
            check_finite(total, self._at, self._log_noise)
            self._optimizer.step()

    def weights(self, groups: int, *, noisy: bool = True) -> torch.Tensor:
        """Samples of the weights, (groups, D)."""
        at = self._fixed + self._open * self._at
        at = at.expand(groups, -1)
        if noisy:
            noise = torch.randn(at.shape, generator=self._generator).to(at)
            at = at + self._open * self._log_noise.exp() * noise
        return self._start + self._projection.torch(at)

    @property
    def bits(self) -> float:
        """What the noisy coordinates cost."""
        return float(self._cost().detach()) / math.log(2)

    def settle(self) -> float:
        """Choose the quantiser: the noise stays as it is. Returns the step."""
        byte = nearest_step(math.sqrt(12) * math.exp(float(self._log_noise.detach())))
        self._step = power_of_two(min(max(byte, 0), 255))
        self._log_noise.requires_grad_(False)
        self._settled = True
        return self._step

    def round(self, where: NDArray[np.int64]) -> None:
        """Round the coordinates at `where` to the lattice, for good."""
        at = torch.from_numpy(where).to(self._at.device)
        with torch.no_grad():
            self._fixed[at] = (self._at[at] / self._step).round() * self._step
            self._open[at] = 0

    @property
    def integers(self) -> NDArray[np.int64]:
        """The rounded coordinates in steps, (d,)."""
        fixed = self._fixed.double().cpu().numpy()
        return np.rint(fixed / self._step).astype(np.int64)

    def _cost(self) -> torch.Tensor:
        """d log(sigma / s), in nats; sigma is the coordinates' own spread, fixed ones included."""
        now = self._fixed + self._open * self._at
        spread = (now * now).mean() + (2 * self._log_noise).exp()
        return now.numel() * (0.5 * spread.log() - self._log_noise)
