"""Relative entropy coding with retraining: blocks still to be coded make up for those that are.

References:
    M. Havasi, R. Peharz and J. M. Hernandez-Lobato, Minimal random code learning, ICLR 2019:
        algorithm 2; every block has a weight beta of its own that holds its KL at the goal.
"""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from complexity.errors import integer
from complexity.progress import progress as progress_bar
from mdl.weights.relative_entropy.shared import blocks
from mdl.weights.relative_entropy.standardised import Standardised
from mdl.weights.relative_entropy.weight_code import WeightCode, coded
from mdl.weights.sampled_loss import Loss, SampledLoss, check_finite
from mdl.weights.tensors import reproducible
from mdl.weights.variational.posterior import Posterior

__all__ = ["code_with_retraining"]

_RATE = 0.02  # by which log beta moves in a step: a factor of e in 50 steps
_BETA = (1e-2, 1e2)  # the range of beta
_DAMPING = 5.0  # a block that is off its goal by a fifth has a beta that is off by a factor of e:
# without it, betas swing, as they are moved for as long as a block is off


def code_with_retraining(
    module: torch.nn.Module,
    data: tuple[Any, Any],
    posterior: Posterior,
    *,
    seed: int = 0,
    index_bits: int = 16,
    extra_bits: float = 1.0,
    count: int | None = None,
    steps_before: int = 300,
    steps_between: int = 30,
    learning_rate: float = 3e-3,
    batch_size: int = 2048,
    groups: int = 16,
    loss: Loss | None = None,
    device: str | torch.device = "cpu",
    progress: bool = True,
) -> WeightCode:
    """A sample of the posterior, coded block after block, the rest retrained after each.

    The objective is the data's negative log likelihood, and the KL of every block that is not yet
    coded times its beta. Blocks are those of `code_posterior`; betas are moved until the KL of
    every block is index_bits - extra_bits, so that a number of fixed width suits all of them.

    Args:
        module: what the posterior is of; its weights do not matter, and are not changed.
        data: inputs (N, ...) and labels (N,) or targets.
        posterior: to begin with; a Gaussian prior that is equal within each tensor.
        seed: of the shared randomness, the batches and the noise.
        index_bits: width of a number.
        extra_bits: by which a number is wider than a block's KL.
        count: of blocks: the file's budget is count * index_bits. None for the least number of
            blocks that hold the posterior's KL.
        steps_before: of training before the first block is coded.
        steps_between: of training after each block.
        learning_rate: of Adam, for means and log sds in units of the prior's sd.
        batch_size: examples in a step.
        groups: weights are sampled so many times in a step, each sample for its share of a batch.
        loss: negative log likelihood of outputs and targets in nats, summed over examples; the
            cross entropy of logits and classes if None.
        device: where training runs; on the processor it runs on one thread.
        progress: a bar on a terminal.

    Raises:
        TypeError, ValueError: an argument is out of range, as for `code_posterior`.
        FloatingPointError: a gradient is not finite.
    """
    start = Standardised.of(posterior, seed=seed, method="minimal", index_bits=index_bits)
    steps_before = integer("steps_before", steps_before, 0)
    steps_between = integer("steps_between", steps_between, 0)
    number = start.count(extra_bits, count)
    with reproducible(seed % (1 << 63)) as generator:
        nats = SampledLoss(
            module, data, generator=generator, batch_size=batch_size, groups=groups, loss=loss,
            device=device,
        )  # fmt: skip
        if nats.layout != tuple(start.layout):
            raise ValueError("module: got tensors with other names or shapes than the posterior's")
        partial = _Partial(
            nats, start, number, (index_bits - extra_bits) * math.log(2), generator, learning_rate
        )
        indices, kls = np.zeros(number, np.int64), np.zeros(number)
        with progress_bar("coding blocks", number, show=progress) as advance:
            partial.train(steps_before)
            for b in range(number):
                indices[b], kls[b] = partial.code(b)
                if b + 1 < number:
                    partial.train(steps_between)
                advance()
    return coded(start, indices, kls)


class _Partial:
    """A posterior of which some blocks are coded, and training of the others."""

    def __init__(
        self,
        nats: SampledLoss,
        start: Standardised,
        number: int,
        goal: float,
        generator: torch.Generator,
        learning_rate: float,
    ) -> None:
        self._nats, self._start, self._goal, self._generator = nats, start, goal, generator
        self._blocks = blocks(start.seed, start.mean.size, number)
        self._prior_mean, self._prior_sd = self._tensor(start.prior.mean, start.prior.sd)
        self._mean, self._log_sd = self._tensor(start.mean, np.log(start.sd))
        self._mean.requires_grad_()
        self._log_sd.requires_grad_()
        self._fixed = torch.zeros_like(self._prior_sd)
        self._open = torch.ones_like(self._prior_sd)  # 0 once the weight is coded
        member = np.empty(start.mean.size, np.int64)
        for b, where in enumerate(self._blocks):
            member[where] = b
        (self._member,) = self._tensor(member)
        self._log_beta = torch.zeros(number, dtype=torch.float64, device=nats.device)
        self._optimizer = torch.optim.Adam([self._mean, self._log_sd], lr=learning_rate)

    def train(self, steps: int) -> None:
        """Steps of training of the weights that are not coded."""
        for _ in range(steps):
            kl = self._block_kl()
            off = (kl.detach() / self._goal - 1).clamp(max=1.0)
            beta = (self._log_beta + _DAMPING * off).exp()
            total = self._nats(self._sample()) + (beta * kl).sum()
            self._optimizer.zero_grad(set_to_none=True)
            total.backward()
            check_finite(total, self._mean, self._log_sd)
            self._optimizer.step()
            with torch.no_grad():
                self._log_sd.clamp_(max=0.0)  # no wider than the prior
                self._log_beta += _RATE * torch.sign(off)
                self._log_beta.clamp_(math.log(_BETA[0]), math.log(_BETA[1]))

    def code(self, block: int) -> tuple[int, float]:
        """Fix a block: the number of its candidate, and its KL in bits."""
        where = self._blocks[block]
        mean = self._mean.detach().cpu().numpy()
        sd = np.exp(self._log_sd.detach().cpu().numpy())
        kl = float(self._block_kl()[block].detach()) / math.log(2)
        index = dataclasses.replace(self._start, mean=mean, sd=sd).index(block, where)
        at, found = self._tensor(where, self._start.candidate(block, index, where.size))
        self._fixed[at] = found
        self._open[at] = 0
        return index, kl

    def _block_kl(self) -> torch.Tensor:
        """KL of the blocks in nats, (B,); 0 for those that are coded."""
        variance = (2 * self._log_sd).exp()
        kl = 0.5 * (self._mean * self._mean + variance - 1) - self._log_sd
        return torch.zeros_like(self._log_beta).index_add(0, self._member, kl * self._open)

    def _sample(self) -> torch.Tensor:
        """Weights (groups, D): drawn where they are open."""
        shape = (self._nats.groups, self._mean.numel())
        noise = torch.randn(shape, generator=self._generator, dtype=torch.float64)
        drawn = self._mean + self._log_sd.exp() * noise.to(self._mean.device)
        drawn = torch.where(self._open.bool(), drawn, self._fixed)
        return self._prior_mean + self._prior_sd * drawn

    def _tensor(self, *arrays: NDArray[Any]) -> list[torch.Tensor]:
        return [torch.from_numpy(np.array(array)).to(self._nats.device) for array in arrays]
