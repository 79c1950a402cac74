"""The method of 1993: descent on bits of noisy weights and of expected misfits, nothing sampled.

Hinton and van Camp minimised by conjugate gradients; here L-BFGS takes their place. All else is
theirs: the exact expected error, the adaptive mixture as the weights' prior, the coefficient of the
weights' cost that rises in twelve stages, restarts of which the cheapest is kept. As in the paper
neither the mixture's own parameters nor the noise of the outputs are paid for: the total is a bound
up to those (3 K - 1 numbers, and one per output).

References:
    G. Hinton and D. van Camp, Keeping the neural networks simple by minimizing the description
        length of the weights, COLT 1993.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from complexity.code import Kind
from complexity.errors import integer
from complexity.progress import progress as progress_bar
from mdl.report import Report
from mdl.weights.hinton_van_camp import mixture as mixtures
from mdl.weights.hinton_van_camp.expected import Shape, expected_errors, hidden_moments
from mdl.weights.variational.posterior import Posterior

__all__ = ["COEFFICIENTS", "HintonVanCamp", "fit", "relative_error", "trivial_bits"]

Floats = NDArray[np.float64]

COEFFICIENTS = (0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
"""Of the weights' cost, stage by stage (section 9)."""

_START_MEAN, _START_SD = 0.15, 0.1  # of the weights' Gaussians: spread of means, and sd (section 9)
_LIMIT = (-40.0, 10.0)  # of log-variances, so that no trial step overflows


@dataclass(frozen=True)
class HintonVanCamp:
    """A network with noisy weights, and what it says of the data it was fitted to, in bits.

    Attributes:
        shape: sizes of the network.
        posterior: of the weights, with the mixture as their prior.
        noise_sd: standard deviation that outputs are coded with, (outputs,): the expected misfit.
        model_bits: of the weights, the bound of equation 17.
        data_bits: of the targets, at precision 1 (equation 3): negative for misfits well below 1.
        restarts: total bits of every restart; this is the least of them.
        seed: of the starts.
        seconds: spent.
    """

    shape: Shape
    posterior: Posterior
    noise_sd: Floats
    model_bits: float
    data_bits: float
    restarts: tuple[float, ...]
    seed: int
    seconds: float = math.nan

    @property
    def total_bits(self) -> float:
        """Bits of weights and targets."""
        return self.model_bits + self.data_bits

    def predict(self, inputs: ArrayLike) -> Floats:
        """Expected outputs (N, outputs) for inputs (N, inputs), over the weights' noise.

        Raises:
            ValueError: the inputs are no such array.
        """
        x = _matrix("inputs", inputs, self.shape.inputs)
        x = np.hstack([x, np.ones((len(x), 1))])
        (w, u), (wv, _) = (self.shape.split(a) for a in (self.posterior.mean, self.posterior.sd**2))
        h = hidden_moments(x @ w, (x * x) @ wv)[0][0]
        return h @ u[:-1] + u[-1]

    def report(self) -> Report:
        """The bits as a row beside other codes; a bound."""
        return Report(
            name="hinton-van-camp",
            kind=Kind.BOUND,
            model_bits=self.model_bits,
            data_bits=self.data_bits,
            parameters=self.shape.weights,
            seconds=self.seconds,
            details={"seed": self.seed, "restarts": list(self.restarts)},
        )

    def __repr__(self) -> str:
        sizes = f"{self.shape.inputs}-{self.shape.hidden}-{self.shape.outputs}"
        return (
            f"HintonVanCamp({sizes}, {self.shape.weights} weights: model {self.model_bits:.1f} + "
            f"data {self.data_bits:.1f} = {self.total_bits:.1f} bits)"
        )

    def to_dict(self) -> dict[str, Any]:
        """Bits, sizes, mixture and restarts as JSON values."""
        prior: Any = self.posterior.prior
        return {
            "weights": self.shape.weights,
            "model_bits": self.model_bits,
            "data_bits": self.data_bits,
            "total_bits": self.total_bits,
            "noise_sd": self.noise_sd.tolist(),
            "mixture": {
                "proportions": prior.proportions.tolist(),
                "means": prior.means.tolist(),
                "sds": prior.sds.tolist(),
            },
            "restarts": list(self.restarts),
            "seed": self.seed,
        }


def fit(
    inputs: ArrayLike,
    targets: ArrayLike,
    *,
    hidden: int = 4,
    components: int = 5,
    restarts: int = 5,
    iterations: int = 100,
    final_iterations: int = 2000,
    tolerance: float = 1e-6,
    seed: int = 0,
    progress: bool = True,
) -> HintonVanCamp:
    """Fit a network with one logistic hidden layer, linear outputs and noisy weights.

    Args:
        inputs: (N, inputs); on the scale of 1, as the noise of the weights is.
        targets: (N, outputs) or (N,).
        hidden: units.
        components: Gaussians in the weights' prior.
        restarts: from other weights each; the one of least total is kept.
        iterations: of L-BFGS in each stage but the last.
        final_iterations: the most of the last stage.
        tolerance: nats; the last stage ends once a step gains less.
        seed: of the starts; every restart has a stream of its own.
        progress: whether to show a bar on a terminal.

    Raises:
        TypeError, ValueError: an argument is not what is said above.

    Example:
        >>> x = np.linspace(-2, 2, 40)[:, None]
        >>> found = fit(x, np.tanh(2 * x), hidden=1, restarts=1, iterations=20, progress=False)
        >>> found.model_bits > 0
        True
    """
    for name, value in (("hidden", hidden), ("components", components), ("restarts", restarts)):
        integer(name, value, 1)
    integer("iterations", iterations, 1)
    integer("final_iterations", final_iterations, 1)
    if not tolerance > 0:
        raise ValueError(f"tolerance: got {tolerance!r}, accepted is a positive number of nats")
    x, y = _data(inputs, targets)
    shape = Shape(x.shape[1], hidden, y.shape[1])
    began = time.perf_counter()
    problem = _Problem(shape, x, y, components)
    found = []
    streams = np.random.SeedSequence(integer("seed", seed, 0)).spawn(restarts)
    with progress_bar("Hinton and van Camp", restarts * len(COEFFICIENTS), show=progress) as move:
        for stream in streams:
            at = problem.start(np.random.default_rng(stream))
            for coefficient in COEFFICIENTS:
                last = coefficient == COEFFICIENTS[-1]
                at = problem.descend(
                    at, coefficient, final_iterations if last else iterations, tolerance
                )
                move()
            found.append((problem.bits(at), at))
    totals = tuple(sum(bits) for bits, _ in found)
    (model_bits, data_bits), at = found[int(np.argmin(totals))]
    posterior, noise_sd = problem.unpacked(at)
    seconds = time.perf_counter() - began
    return HintonVanCamp(shape, posterior, noise_sd, model_bits, data_bits, totals, seed, seconds)


class _Problem:
    """The cost in nats of a vector: means, log-variances, mixture."""

    def __init__(self, shape: Shape, x: Floats, y: Floats, components: int) -> None:
        self.shape, self.x, self.y, self.components = shape, x, y, components
        self.size = shape.weights

    def start(self, rng: np.random.Generator) -> Floats:
        means = rng.normal(0, _START_MEAN, self.size)
        log_vars = np.full(self.size, 2 * math.log(_START_SD))
        return np.concatenate([means, log_vars, mixtures.start(self.components)])

    def parts(self, at: Floats) -> tuple[Floats, Floats, Floats]:
        return at[: self.size], at[self.size : 2 * self.size], at[2 * self.size :]

    def cost(self, at: Floats, coefficient: float) -> tuple[float, Floats]:
        """Nats, and derivatives."""
        mean, log_var, mixture = self.parts(at)
        var = np.exp(log_var)
        errors, to_mean, to_var = expected_errors(self.shape, mean, var, self.x, self.y)
        n = len(self.y)
        nats, share = 0.5 * n * np.log(errors / n).sum(), 0.5 * n / errors  # equation 3
        weights, along_mixture, along_mean, along_log_var = mixtures.cost(mixture, mean, log_var)
        slopes = (
            share @ to_mean + coefficient * along_mean,
            (share @ to_var) * var + coefficient * along_log_var,
            coefficient * along_mixture,
        )
        return nats + coefficient * weights, np.concatenate(slopes)

    def descend(self, at: Floats, coefficient: float, iterations: int, tolerance: float) -> Floats:
        from scipy.optimize import minimize

        free = [(None, None)]
        limits = (
            free * self.size
            + [_LIMIT] * self.size
            + [(-30.0, 30.0)] * self.components
            + free * self.components
            + [_LIMIT] * self.components
        )
        start = self.cost(at, coefficient)[0]
        options = {
            "maxiter": iterations, "maxfun": 4 * iterations, "maxcor": 20,
            "ftol": tolerance / max(1.0, abs(start)), "gtol": 1e-9,
        }  # fmt: skip
        return minimize(
            self.cost, at, (coefficient,), "L-BFGS-B", jac=True, bounds=limits, options=options
        ).x

    def bits(self, at: Floats) -> tuple[float, float]:
        """Of weights and of targets."""
        mean, log_var, mixture = self.parts(at)
        errors = expected_errors(self.shape, mean, np.exp(log_var), self.x, self.y)[0]
        weights = mixtures.cost(mixture, mean, log_var)[0] / math.log(2)
        return weights, misfit_bits(errors, len(self.y))

    def unpacked(self, at: Floats) -> tuple[Posterior, Floats]:
        mean, log_var, mixture = self.parts(at)
        inputs, hidden, outputs = self.shape.inputs, self.shape.hidden, self.shape.outputs
        posterior = Posterior(
            ("hidden", "output"), ((inputs + 1, hidden), (hidden + 1, outputs)),
            mean, np.exp(0.5 * log_var), mixtures.as_prior(mixture),
        )  # fmt: skip
        errors = expected_errors(self.shape, mean, np.exp(log_var), self.x, self.y)[0]
        return posterior, np.sqrt(errors / len(self.y))


def misfit_bits(errors: ArrayLike, n: int) -> float:
    """Bits of n targets at precision 1, given summed squared errors by output (equation 3).

    n/2 log2(2 pi e s^2) with s^2 = errors / n, the noise that is best in hindsight.
    """
    return float((0.5 * n * np.log2(2 * math.pi * math.e * np.asarray(errors) / n)).sum())


def trivial_bits(targets: ArrayLike, *, weights: int) -> tuple[float, float]:
    """Bits of the trivial solution: all weights at 0 but the biases of the outputs.

    The mixture has one narrow component at 0 and one at each bias, and the weights' Gaussians are
    those: only the choice of components is paid for. The authors found that it is the shortest
    description of their data, and an embarrassment; `weights` is how many the network has.

    Returns:
        Model bits and data bits; without the biases where that is shorter.

    Raises:
        ValueError: the targets are no such array, or a column is constant.
    """
    y = _differing("targets", targets)
    n, outputs = y.shape
    shares = np.array([weights - outputs, *[1] * outputs]) / integer(
        "weights", weights, outputs + 1
    )
    with_biases = (
        -weights * float((shares * np.log2(shares)).sum()),
        misfit_bits(((y - y.mean(0)) ** 2).sum(0), n),
    )
    return min((0.0, misfit_bits((y * y).sum(0), n)), with_biases, key=sum)


def relative_error(predicted: ArrayLike, targets: ArrayLike) -> float:
    """Squared error, as a share of that of the targets' own mean (equation 27).

    Raises:
        ValueError: the arrays differ in shape, or a column of the targets is constant.
    """
    p, y = _matrix("predicted", predicted), _differing("targets", targets)
    if p.shape != y.shape:
        raise ValueError(f"predicted: got shape {p.shape}, accepted is that of targets, {y.shape}")
    return float(((p - y) ** 2).sum() / ((y - y.mean(0)) ** 2).sum())


def _differing(argument: str, array: ArrayLike) -> Floats:
    """A matrix without constant columns, whose densities would be unbounded."""
    found = _matrix(argument, array)
    if not (np.ptp(found, axis=0) > 0).all():
        raise ValueError(f"{argument}: got a constant column, accepted are values that differ")
    return found


def _matrix(argument: str, array: ArrayLike, columns: int | None = None) -> Floats:
    found = np.asarray(array, dtype=np.float64)
    if found.ndim == 1 and columns is None:
        found = found[:, None]
    if found.ndim != 2 or not found.size or columns not in (None, found.shape[1]):
        width = "columns" if columns is None else columns
        raise ValueError(f"{argument}: got shape {np.shape(array)}, accepted is (N, {width})")
    if not np.isfinite(found).all():
        raise ValueError(f"{argument}: got NaN or infinite values, accepted are finite numbers")
    return found


def _data(inputs: ArrayLike, targets: ArrayLike) -> tuple[Floats, Floats]:
    x, y = _matrix("inputs", inputs), _matrix("targets", targets)
    if len(x) != len(y):
        raise ValueError(f"targets: got {len(y)} for {len(x)} inputs, accepted is one for each")
    return x, y
