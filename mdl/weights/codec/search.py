"""The search for the file: which price of a bit, which steps; every try is judged by its loss.

The second-order theory of `sensitivity` proposes, the network itself decides: each recipe is
quantised, its bits are counted by the coder, and the labels' codelength is measured. Far from the
original the theory promises too much (a network of zeros would be cheap), so the price of a bit is
searched in octaves downwards.
"""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from numpy.typing import NDArray

from mdl.weights.codec import steps
from mdl.weights.codec.network import (
    Recipe,
    exact,
    originals_of,
    plans_of,
    quantised_for_loss,
    with_tensors,
)
from mdl.weights.codec.payload import Coded, coded_bits
from mdl.weights.codec.polish import polished
from mdl.weights.codec.sensitivity import Sensitivity, measure_sensitivity
from mdl.weights.tensors import tensors_of

__all__ = [
    "FLOOR",
    "Trial",
    "label_nll_bits",
    "logits",
    "predictions",
    "search_tolerance",
    "search_total",
]

FLOOR = 0.001
"""Share of the uniform distribution in every prediction, so that no label costs more than
log2(K / FLOOR) bits."""

_HIGHEST_PRICE = 4.0
_STARTS = ((0.7, 2), (0.7, 4), (0.5, 2), (0.5, 4), (0.35, 4))  # price, quarter octaves
_ROWS = 1024  # of a forward pass: the same at both ends, as the last bits may depend on it


@dataclass(frozen=True)
class Trial:
    """A quantised network and what it costs.

    Attributes:
        recipe: that made it.
        tensors: its numbers.
        model_bits: of the weights' codeword.
        data_bits: of the labels given the network.
    """

    recipe: Recipe
    tensors: list[Coded] = field(repr=False)
    model_bits: float
    data_bits: float

    @property
    def total_bits(self) -> float:
        """Both."""
        return self.model_bits + self.data_bits


def predictions(
    module: torch.nn.Module, inputs: torch.Tensor, *, device: torch.device | str = "cpu"
) -> NDArray[np.float64]:
    """Probabilities of the classes (n, K) for the inputs (n, ...), at least FLOOR / K each.

    The module is put in eval mode. The softmax of its logits (n, K) is taken in float64.

    Raises:
        ValueError: logits are not (n, K), or NaN or infinite.
    """
    found = logits(module, inputs, device=device)
    powers = np.exp(found - found.max(1, keepdims=True))
    table = powers / np.add.accumulate(powers, axis=1)[:, -1:]
    return (1 - FLOOR) * table + FLOOR / found.shape[1]


def logits(
    module: torch.nn.Module, inputs: torch.Tensor, *, device: torch.device | str = "cpu"
) -> NDArray[np.float64]:
    """What the module says of the classes (n, K), in eval mode.

    Raises:
        ValueError: it is not (n, K), or NaN or infinite.
    """
    module.eval()
    parts = []
    with torch.no_grad():
        for batch in inputs.split(_ROWS):
            out = module(batch.to(device))
            if not isinstance(out, torch.Tensor) or out.ndim != 2:
                wrong = tuple(getattr(out, "shape", ())) or type(out).__name__
                raise ValueError(f"module: got predictions {wrong}, accepted are logits (n, K)")
            parts.append(out.cpu().double().numpy())
    found = np.concatenate(parts) if parts else np.zeros((0, 1))
    if not np.isfinite(found).all():
        raise ValueError("module: got NaN or infinite logits, accepted are finite ones")
    return found


def label_nll_bits(
    found: NDArray[np.float64], labels: NDArray[np.int64], *, floor: float = FLOOR
) -> float:
    """The labels' codelength (n,) by the logits (n, K), in bits, the predictions floored.

    Without a floor (0) it is the network's own, which may be any number.
    """
    shifted = found - found.max(1, keepdims=True)
    nats = np.log(np.exp(shifted).sum(1)) - shifted[np.arange(len(labels)), labels]
    if not floor:
        return float(nats.sum() / math.log(2))
    chances = (1 - floor) * np.exp(-nats) + floor / found.shape[1]
    return float(-np.log2(chances).sum())


class _Judge:
    """Quantises by recipes and weighs the results."""

    def __init__(
        self,
        module: torch.nn.Module,
        inputs: torch.Tensor,
        labels: NDArray[np.int64],
        *,
        seed: int,
        device: torch.device | str,
        evaluations: int,
        floor: float = FLOOR,
    ) -> None:
        self.module, self.inputs, self.labels = module, inputs, labels
        self.seed, self.device, self.left, self.floor = seed, device, evaluations, floor
        found = logits(copy.deepcopy(module).to(device), inputs, device=device)
        if labels.max() >= found.shape[1]:
            raise ValueError(
                f"data: got label {labels.max()}, accepted are the classes of the module's "
                f"predictions, 0 to {found.shape[1] - 1}"
            )
        self.original_bits = label_nll_bits(found, labels, floor=floor)
        self.plans, self.originals = plans_of(module), originals_of(module)
        self.known: Sensitivity = self.measured(module)
        self.done: dict[object, Trial] = {}

    def measured(self, module: torch.nn.Module) -> Sensitivity:
        return measure_sensitivity(module, self.inputs, seed=self.seed, device=self.device)

    def network(self, tensors: list[Coded], states: int) -> torch.nn.Module:
        return with_tensors(self.module, self.plans, tensors, states)

    def weigh(self, recipe: Recipe, tensors: list[Coded]) -> Trial:
        bits = coded_bits(self.plans, tensors, states=recipe.states)
        try:
            net = self.network(tensors, recipe.states).to(self.device)
            found = logits(net, self.inputs, device=self.device)
        except ValueError:  # the quantised network overflows
            return Trial(recipe, tensors, bits, math.inf)
        return Trial(recipe, tensors, bits, label_nll_bits(found, self.labels, floor=self.floor))

    def silence(self) -> None:
        """Take 0 for the numbers that no prediction hangs on, as those of layers without use.

        They have no derivative, and would have steps as fine as those of buffers, which matter.
        """
        net = copy.deepcopy(self.module).to(self.device)
        before, tensors = logits(net, self.inputs, device=self.device), tensors_of(net)
        idle = {
            name: self.known.idle.get(name, np.ones(values.shape, bool)) & (values != 0)
            for name, values in self.originals.items()
        }
        alone = [[name] for name, mask in idle.items() if mask.any()]
        together = [name for name in idle if name in self.known.idle]
        for group in [together, *alone, *alone]:  # a bias may keep a unit dead without its weights
            changed = {
                name: np.where(idle[name], 0.0, self.originals[name])
                for name in group
                if idle[name].any() and 0 not in tensors[name].stride()
            }
            if not changed:
                continue
            _write(tensors, changed)
            try:
                same = np.array_equal(logits(net, self.inputs, device=self.device), before)
            except ValueError:  # as of a variance that is 0 now
                same = False
            if same:
                self.originals.update(changed)
                idle.update({name: np.zeros_like(idle[name]) for name in changed})
            else:
                _write(tensors, {name: self.originals[name] for name in changed})

    def zeros(self) -> Trial:
        """All weights zero; integers as they are."""
        tensors = [
            Coded(steps.ZEROS, np.zeros(plan.size, np.int64))
            if plan.floating
            else exact(tensors_of(self.module)[plan.name])
            for plan in self.plans
        ]
        return self.weigh(Recipe(math.inf, 0), tensors)

    def trial(self, recipe: Recipe) -> Trial:
        key = (recipe.price, recipe.states, tuple(sorted(recipe.shifts.items())))
        if key not in self.done:
            self.left -= 1
            tensors = quantised_for_loss(
                self.plans, self.originals, self.known, recipe, self.module
            )
            self.done[key] = self.weigh(recipe, tensors)
        return self.done[key]


def _write(tensors: dict[str, torch.Tensor], values: dict[str, NDArray[np.float64]]) -> None:
    with torch.no_grad():
        for name, array in values.items():
            tensors[name].copy_(torch.from_numpy(array))


def search_total(
    module: torch.nn.Module,
    inputs: torch.Tensor,
    labels: NDArray[np.int64],
    *,
    states: tuple[int, ...] = (0, 8),
    evaluations: int = 1000,
    seed: int = 0,
    device: torch.device | str = "cpu",
) -> Trial:
    """The fewest bits of weights and labels together that are found.

    Weights that no prediction hangs on are 0.

    Args:
        module: the trained network, on `device`.
        inputs: (n, ...).
        labels: (n,) classes.
        states: of the quantisers that are tried; scalar ones (0) are polished.
        evaluations: quantised networks that are judged, at most; prices are always searched, and
            each start is polished for 10 rounds or more: some 20 networks, with scalars some 100.
        seed: of the sensitivities' labels.
        device: where the network runs.
    """
    judge = _Judge(module, inputs, labels, seed=seed, device=device, evaluations=evaluations)
    judge.silence()
    found = [judge.zeros()]  # so that labels nobody can predict cost little more than uniform
    for each in states:
        best = _along_shifts(judge, _along_prices(judge, Recipe(_HIGHEST_PRICE, each), found[0]))
        found.append(best)
        if each == 0:
            starts = _starts(judge, best)
            share = max(judge.left // len(starts), 10)
            found += [_polished(judge, start, share) for start in starts]
    return _best(found)


def _starts(judge: _Judge, best: Trial) -> list[Trial]:
    """Where polishing begins: the best, and coarser matrices at lower prices (it is a descent)."""
    found = [best]
    for factor, coarser in _STARTS:
        shifts = dict(best.recipe.shifts)
        for plan in judge.plans:
            if plan.floating and plan.matrix:
                shifts[plan.name] = shifts.get(plan.name, 0) + coarser
        price = best.recipe.price * factor
        found.append(judge.trial(replace(best.recipe, price=price, shifts=shifts)))
    return found


def _polished(judge: _Judge, start: Trial, rounds: int) -> Trial:
    known = judge.measured(judge.network(start.tensors, 0))

    def curvatures(name: str) -> NDArray[np.float64] | float:
        layer = known.layers.get(name)
        return layer.curvature(compensated=False) if layer else known.diagonal.get(name, 0.0)

    def cost(tensors: list[Coded]) -> float:
        return judge.weigh(start.recipe, tensors).total_bits

    tensors = polished(
        judge.plans, start.tensors, cost, lambda each: judge.network(each, 0), curvatures,
        judge.inputs, judge.labels, rounds=rounds, device=judge.device,
    )  # fmt: skip
    return judge.weigh(start.recipe, tensors)


def _best(trials: list[Trial]) -> Trial:
    return min(trials, key=lambda trial: trial.total_bits)


def _along_prices(judge: _Judge, recipe: Recipe, zeros: Trial) -> Trial:
    """Down in octaves until the weights alone take more than the best, then beside the best.

    Totals have a hump on the way: coarse networks are sure of what is wrong, and cost more than
    one of zeros. From that one no step leads on, so the best is one that tells of the labels.
    """
    trials, price = [judge.trial(recipe)], recipe.price
    while price > 2.0**-40 and trials[-1].model_bits <= _best([zeros, *trials]).total_bits:
        price /= 2
        trials.append(judge.trial(replace(recipe, price=price)))
    best = _best([trial for trial in trials if trial.data_bits < zeros.data_bits] or trials)
    for factor in (2**0.5, 2**-0.5):
        price = best.recipe.price * factor
        best = _best([best, judge.trial(replace(recipe, price=price))])
    return best


def _along_shifts(judge: _Judge, best: Trial) -> Trial:
    """One tensor's step after the other, coarser and finer, as long as it helps."""
    names = [name for name, values in judge.originals.items() if values.any()]
    improved = True
    while improved and judge.left > 0:
        improved = False
        for name in names:
            for change in (3, -3, 1, -1):
                if judge.left <= 0:
                    return best
                shifts = dict(best.recipe.shifts)
                shifts[name] = shifts.get(name, 0) + change
                trial = judge.trial(replace(best.recipe, shifts=shifts))
                if trial.total_bits < best.total_bits:
                    best, improved = trial, True
                    break
    return best


def search_tolerance(
    module: torch.nn.Module,
    inputs: torch.Tensor,
    labels: NDArray[np.int64],
    *,
    tolerance: float,
    states: tuple[int, ...] = (0, 8),
    evaluations: int = 24,
    seed: int = 0,
    device: torch.device | str = "cpu",
) -> Trial | None:
    """The fewest bits of weights whose labels take at most 1 + tolerance times the original's bits.

    A bit more is never too much: of labels that cost next to nothing no share is worth a weight's.
    Arguments as `search_total`. None if the weights as they are take no more.
    """
    judge = _Judge(module, inputs, labels, seed=seed, device=device, evaluations=0, floor=0.0)
    most = judge.original_bits + max(tolerance * judge.original_bits, 1.0)
    found, octave = [], -6.0
    for each in states:
        judge.left = max(evaluations // len(states), 1)
        trial = _dearest(judge, each, octave, most)
        if trial is not None:
            found.append(trial)
            octave = math.log2(trial.recipe.price)
    best = min(found, key=lambda trial: trial.model_bits, default=None)
    as_they_are = [exact(tensor) for tensor in tensors_of(module).values()]
    if best is None or best.model_bits >= coded_bits(judge.plans, as_they_are, states=0):
        return None
    return best


def _dearest(judge: _Judge, states: int, octave: float, most: float) -> Trial | None:
    """The shortest trial of at most so many data bits: the price bracketed, then interpolated."""
    found: list[Trial] = []
    low, high, step = -math.inf, math.inf, 1.0  # good at low, not at high
    under, over = 0.0, 0.0  # logarithms of the data bits there, by those wanted
    while judge.left > 0 and high - low > 1 / 16 and -60 < octave < 10:
        trial = judge.trial(Recipe(2.0**octave, states))
        excess = math.log(max(trial.data_bits, 1e-9) / max(most, 1e-9))
        if excess <= 0:
            found.append(trial)
            low, under = octave, -excess
        else:
            high, over = octave, excess
        if math.isinf(high):
            octave += step
        elif math.isinf(low):
            octave -= step
        else:
            share = under / (under + over) if math.isfinite(over) else 0.5
            octave = low + (high - low) * min(max(share, 0.15), 0.85)
        step *= 2
    return min(found, key=lambda trial: trial.model_bits, default=None)
