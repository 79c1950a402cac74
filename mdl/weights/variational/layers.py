"""How noise enters the layers of a network: at the outputs, by flipped signs, or in the weights.

All three draw the weights of *every single example* from the posterior, so that the bits of a batch
are right in expectation, and differ in what the examples share:

* **local reparametrisation** (a linear layer that sees one row per example): outputs are drawn from
  the Gaussian that the weights give them, independently for every example;
* **flipout** (convolutions, linear layers on sequences): one perturbation of the weights, whose
  signs flip from example to example, but not between the places of one;
* **one draw** for the whole batch, everywhere else: recurrent cells, attention, embeddings,
  normalisation, tied weights, layers that work more than once within a pass.

Outputs of a convolution that are drawn independently at every *place* (a "variance convolution")
are not used: noise of the weights is shared by the places, and the bits would be other ones.

References:
    D. Kingma, T. Salimans and M. Welling, Variational dropout and the local reparameterization
        trick, NeurIPS 2015: section 2.1.
    Y. Wen, P. Vicol, J. Ba, D. Tran and R. Grosse, Flipout: efficient pseudo-independent weight
        perturbations on mini-batches, ICLR 2018: equation 3.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional

__all__ = ["RULES", "Demoted", "Pass", "drawn"]

TINY = 1e-24
"""The least variance of an output: where all inputs are 0 there is none, and a root no slope."""


class Demoted(Exception):
    """A layer is used in a way its rule does not cover; from now on its weights are drawn once."""


@dataclass(eq=False, slots=True)
class Pass:
    """The flat tensors of one layer during one pass of the network, and what was drawn in it.

    Attributes:
        batch: number of examples, 0 between passes.
        weight, bias: means; or the very weights, where there are no variances.
        weight_var, bias_var: variances, None for none.
    """

    batch: int = 0
    weight: Tensor | None = None
    bias: Tensor | None = None
    weight_var: Tensor | None = None
    bias_var: Tensor | None = None
    calls: int = 0
    tensors: tuple[Tensor, Tensor | None] | None = None
    flips: tuple[Tensor, Tensor | None, Tensor, Tensor] | None = None

    def begin(
        self,
        batch: int,
        weight: Tensor | None,
        bias: Tensor | None,
        weight_var: Tensor | None,
        bias_var: Tensor | None,
    ) -> None:
        """Take the tensors of a new pass."""
        self.batch, self.calls, self.tensors, self.flips = batch, 0, None, None
        self.weight, self.bias, self.weight_var, self.bias_var = weight, bias, weight_var, bias_var

    def __deepcopy__(self, memo: Any) -> Pass:
        return Pass()


def drawn(mean: Tensor, var: Tensor) -> Tensor:
    """One draw from independent Gaussians."""
    return torch.addcmul(mean, var.sqrt(), torch.randn_like(mean))


class _LocalLinear(torch.autograd.Function):
    """Outputs (B, out) of a linear layer with Gaussian weights, drawn from their own Gaussian.

    Its derivatives are written out, as this is most of what noise costs: flat tensors come in, so
    that no view is recorded, and each product is formed once.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, w: Tensor, wv: Tensor, b: Tensor | None, bv: Tensor | None):
        shape = (w.numel() // x.shape[1], x.shape[1])
        weight, var, square = w.view(shape), wv.view(shape), x * x
        sd = functional.linear(square, var, bv).clamp_min_(TINY).sqrt_()  # (B, out)
        noise = torch.randn_like(sd)
        out = functional.linear(x, weight, b).addcmul_(sd, noise)
        ctx.save_for_backward(x, square, weight, var, noise.div_(sd))
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor):  # pyright: ignore[reportIncompatibleMethodOverride]
        x, square, weight, var, ratio = ctx.saved_tensors
        slope = (grad * ratio).mul_(0.5)  # along the variance of an output: (B, out)
        to_x = None
        if ctx.needs_input_grad[0]:
            to_x = (grad @ weight).addcmul_(x, slope @ var, value=2)
        to_w, to_wv = grad.t().mm(x).view(-1), slope.t().mm(square).view(-1)
        if not ctx.needs_input_grad[3]:
            return to_x, to_w, to_wv, None, None
        return to_x, to_w, to_wv, grad.sum(0), slope.sum(0)


class _Rule(nn.Module):
    """What noisy layers share, put before a layer's own class.

    Attributes:
        now: the pass that is on.
        once: whether weights are drawn once for the batch.
        weight_shape: of the weight.
    """

    now: Pass
    once: bool
    weight_shape: torch.Size

    @property
    def weight(self) -> Tensor:
        """The weight of this pass, for those that go past `forward`."""
        return self._own()[0]

    @property
    def bias(self) -> Tensor | None:
        """The bias of this pass."""
        return self._own()[1]

    def extra_repr(self) -> str:
        """The weight's shape; torch's layers ask for the bias, which exists within a pass only."""
        return f"weight {tuple(self.weight_shape)}"

    def _own(self) -> tuple[Tensor, Tensor | None]:
        if not self.now.batch:
            raise AttributeError("the weights of a noisy layer exist within a pass only")
        if self.now.weight_var is not None and not self.once:
            raise self._demoted()
        return self._tensors(self.now)

    def _demoted(self) -> Demoted:
        self.once = True
        return Demoted()

    def _tensors(self, now: Pass) -> tuple[Tensor, Tensor | None]:
        if now.tensors is None:
            weight, bias = now.weight, now.bias
            if weight is None:
                raise RuntimeError("a noisy layer works within its network only")
            if now.weight_var is not None:
                weight = drawn(weight, now.weight_var)
                if bias is not None and now.bias_var is not None:
                    bias = drawn(bias, now.bias_var)
            now.tensors = weight.view(self.weight_shape), bias
        return now.tensors

    def _operate(self, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        raise NotImplementedError

    def _flipped(self, x: Tensor, now: Pass, inputs: tuple[int, ...], outputs: tuple[int, ...]):
        """The layer with flipped signs; `inputs` and `outputs` are the shapes of one row."""
        if now.flips is None:
            assert now.weight_var is not None  # else there is nothing to flip
            weight, bias = _noise(now.weight_var).view(self.weight_shape), None
            if now.bias_var is not None:
                bias = _noise(now.bias_var)
            now.flips = weight, bias, _signs(x, now.batch, inputs), _signs(x, now.batch, outputs)
        assert now.weight is not None
        weight, bias, before, after = now.flips
        out = self._operate(x, now.weight.view(self.weight_shape), now.bias)
        return torch.addcmul(out, self._operate(x * before, weight, bias), after)

    def forward(self, x: Tensor) -> Tensor:
        now = self.now
        if now.weight_var is None or self.once:
            return self._operate(x, *self._tensors(now))
        if x.dim() < 2 or x.shape[0] != now.batch:
            raise self._demoted()
        now.calls += 1
        return self._noisy(x, now)

    def _noisy(self, x: Tensor, now: Pass) -> Tensor:
        raise NotImplementedError


class _NoisyLinear(_Rule, nn.Linear):  # pyright: ignore[reportIncompatibleVariableOverride, reportIncompatibleMethodOverride]
    """Linear: local reparametrisation of rows (B, in), flipout of sequences (B, ..., in)."""

    def _operate(self, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        return functional.linear(x, weight, bias)

    def _noisy(self, x: Tensor, now: Pass) -> Tensor:
        if x.dim() > 2:
            ones = (1,) * (x.dim() - 2)
            return self._flipped(x, now, (*ones, self.in_features), (*ones, self.out_features))
        if now.calls > 1:
            raise self._demoted()
        return _LocalLinear.apply(x, now.weight, now.weight_var, now.bias, now.bias_var)  # pyright: ignore[reportReturnType]


class _NoisyConvolution(_Rule):
    in_channels: int
    out_channels: int
    _conv_forward: Any

    def _operate(self, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        return self._conv_forward(x, weight, bias)

    def _noisy(self, x: Tensor, now: Pass) -> Tensor:
        if x.dim() != len(self.weight_shape):  # one example without a batch
            raise self._demoted()
        ones = (1,) * (x.dim() - 2)
        return self._flipped(x, now, (self.in_channels, *ones), (self.out_channels, *ones))


class _NoisyConv1d(_NoisyConvolution, nn.Conv1d):  # pyright: ignore[reportIncompatibleVariableOverride, reportIncompatibleMethodOverride]
    """A convolution along one axis, by flipout."""


class _NoisyConv2d(_NoisyConvolution, nn.Conv2d):  # pyright: ignore[reportIncompatibleVariableOverride, reportIncompatibleMethodOverride]
    """A convolution along two axes, by flipout."""


class _NoisyConv3d(_NoisyConvolution, nn.Conv3d):  # pyright: ignore[reportIncompatibleVariableOverride, reportIncompatibleMethodOverride]
    """A convolution along three axes, by flipout."""


RULES: dict[type[nn.Module], type[_Rule]] = {
    nn.Linear: _NoisyLinear,
    nn.Conv1d: _NoisyConv1d,
    nn.Conv2d: _NoisyConv2d,
    nn.Conv3d: _NoisyConv3d,
}
"""Layer (of exactly that class) -> its noisy form."""


def _noise(var: Tensor) -> Tensor:
    return var.sqrt() * torch.randn_like(var)


def _signs(x: Tensor, batch: int, row: tuple[int, ...]) -> Tensor:
    """Random signs (batch, *row)."""
    return torch.empty(batch, *row, dtype=x.dtype, device=x.device).bernoulli_(0.5).mul_(2).sub_(1)
