"""How many of its parameters a network's data determine: the Fisher information's spectrum.

The information of the outputs' distribution, summed over inputs, says how sharply data would
determine each direction of the weights; against a prior of a given precision a direction counts as
lambda / (lambda + precision) of a parameter. Of the likelihood's Hessian it is the positive part,
the Gauss-Newton matrix, and for models linear in their parameters all of it.

References:
    S. F. Gull, Developments in maximum entropy data analysis, in Maximum Entropy and Bayesian
        Methods, Kluwer, 1989: the number of good measurements.
    D. J. C. MacKay, Bayesian interpolation, Neural Computation 4(3), 1992: gamma, the number of
        well-determined parameters.
    J. Martens, New insights and perspectives on the natural gradient method, JMLR 21, 2020:
        where the Gauss-Newton matrix is the Fisher information.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import torch
from torch import Tensor, nn

from complexity.errors import integer, one_of
from mdl.weights.tensors import parameters_of
from neural._options import numbers
from neural.training.measures import Measure

__all__ = ["effective_dimension", "fisher_spectrum"]

Family = Literal["categorical", "gaussian"]

_NUMBERS = 2**26
"""The most float64 numbers held, half a gigabyte."""


def fisher_spectrum(
    module: nn.Module, inputs: Tensor, *, family: Family = "categorical"
) -> np.ndarray:
    """Eigenvalues of the Fisher information of the parameters, in nats, summed over inputs.

    It is a sum of outer products, n K of them, so that for D parameters the Gram matrix of the
    smaller side is enough: min(D, n K) eigenvalues, all others are 0. Takes n K backward passes.

    Args:
        module: as it is to be evaluated; only parameters that require gradients count.
        inputs: (n, ...) what the module takes, whose outputs (n, ..., K) are independent by row.
        family: outputs are logits of a "categorical" distribution, or means of a "gaussian" with
            unit variance.

    Returns:
        (min(D, n K),) float64, largest first, none negative.

    Raises:
        ValueError: neither side is small enough to hold; names both.
    """
    one_of("family", family, ("categorical", "gaussian"))
    trained = [p for p in parameters_of(module).values() if p.requires_grad]
    size = sum(p.numel() for p in trained)
    blocks, square, rows = [], None, 0
    with torch.enable_grad():
        for at in range(len(inputs)):
            outputs = _roots(module(inputs[at : at + 1]).double(), family)  # (T, K)
            if not blocks and square is None:
                rows = len(inputs) * outputs.numel()
                if size * min(size, rows) > _NUMBERS:
                    raise ValueError(
                        f"inputs: {rows} outputs of {len(inputs)} examples by {size} parameters "
                        f"are more than {_NUMBERS} numbers; consider fewer examples"
                    )
                square = torch.zeros(size, size, dtype=torch.float64) if size <= rows else None
            block = torch.stack([_gradient(each, trained) for each in outputs.reshape(-1)])
            if square is None:
                blocks.append(block)
            else:
                square += block.T @ block  # (D, D)
    if square is None:
        whole = torch.cat(blocks) if blocks else torch.zeros(0, size, dtype=torch.float64)
        square = whole @ whole.T  # (n K, n K)
    return torch.linalg.eigvalsh(square).clamp(min=0).flip(0).numpy()


def effective_dimension(
    inputs: Tensor,
    *,
    precision: float,
    examples: int | None = None,
    family: Family = "categorical",
) -> Measure:
    """The number of parameters that data determine: the sum of lambda / (lambda + precision).

    Lambda are the eigenvalues of `fisher_spectrum`. A sample of m rows stands for all examples if
    their number is given, but it can see no more than m (K - 1) dimensions.

    Args:
        inputs: (n, ...) what the module takes.
        precision: of the Gaussian prior around zero, 1 / variance, above 0. Where the mean loss (in
            nats) of n examples has the penalty c |w|^2 / 2, it is n c.
        examples: how many the inputs stand for; None for themselves.
        family: as for `fisher_spectrum`.

    Returns:
        A function of a module.

    Raises:
        TypeError, ValueError: the precision is not above 0, or infinite; `examples` is below 1.
    """
    numbers(0, precision=precision)
    if not precision:
        raise ValueError(f"precision: got {precision}, accepted is a number above 0")
    one_of("family", family, ("categorical", "gaussian"))
    scale = 1.0 if examples is None else integer("examples", examples, 1) / len(inputs)

    def measure(module: nn.Module) -> float:
        found = scale * fisher_spectrum(module, inputs, family=family)
        return float((found / (found + precision)).sum())

    return measure


def _roots(outputs: Tensor, family: Family) -> Tensor:
    """Numbers (T, K) whose gradients' outer products sum to the information of these outputs.

    Of a softmax sqrt(p_k) times the gradient of log p_k: with p_k held, that is the expectation
    over labels of the score's outer product.
    """
    flat = outputs.reshape(-1, outputs.shape[-1])
    if family == "gaussian":
        return flat
    logs = flat.log_softmax(-1)
    return (logs.detach() / 2).exp() * logs


def _gradient(number: Tensor, parameters: list[nn.Parameter]) -> Tensor:
    """(D,) float64; 0 where a parameter has no part in it."""
    found = torch.autograd.grad(number, parameters, retain_graph=True, allow_unused=True)
    return torch.cat(
        [
            (torch.zeros_like(p) if g is None else g).reshape(-1).double().cpu()
            for g, p in zip(found, parameters, strict=True)
        ]
    )
