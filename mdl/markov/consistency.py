"""How often the true order of a Markov chain is found, by length, over many simulated sequences."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from complexity.errors import integer, one_of
from complexity.figures import new_figure, save_figure
from complexity.files import save_json
from complexity.progress import progress as progress_bar
from complexity.provenance import commit, versions
from mdl.markov.chains import MAX_ORDER, VERSIONS, MarkovChain

__all__ = ["ORDER_CRITERIA", "OrderConsistency", "order_consistency", "sample_chain"]

ORDER_CRITERIA = (*VERSIONS, "bic", "aic", "cv")
"""What an order can be chosen by."""
_FOLDS = 5
_95_PERCENT = 1.959963984540054  # standard normal quantile at 0.975


def sample_chain(transitions: ArrayLike, n: int, *, seed: int = 0) -> NDArray[np.int64]:
    """n symbols of a Markov chain whose first k are uniform.

    Args:
        transitions: shape (K,) * k + (K,), the oldest symbol of the context first; rows of the last
            axis sum to 1.
        n: number of symbols.
        seed: same seed, same symbols.

    Raises:
        TypeError, ValueError: an argument is not accepted.
    """
    from mdl.markov import _kernels as kernels

    table = _checked(transitions)
    integer("n", n, 0)
    integer("seed", seed, 0)
    uniforms = np.random.default_rng(seed).random(n)
    return kernels.draw(uniforms, np.cumsum(table, -1).reshape(-1, len(table)), table.ndim - 1)


@dataclass(frozen=True)
class OrderConsistency:
    """Orders chosen for simulated sequences.

    Attributes:
        order: the true one.
        alphabet_size: K.
        lengths: of the sequences.
        replicas: sequences of each length.
        chosen: criterion -> (lengths, max_order + 1) how often each order was chosen.
        provenance: seed, versions, commit.
    """

    order: int
    alphabet_size: int
    lengths: tuple[int, ...]
    replicas: int
    chosen: Mapping[str, NDArray[np.int64]]
    provenance: Mapping[str, Any] = field(default_factory=dict, compare=False)

    def frequency(self, criterion: str) -> NDArray[np.float64]:
        """(lengths,) part of the sequences for which the true order was chosen.

        Raises:
            ValueError: that criterion was not asked for.
        """
        return (
            self.chosen[one_of("criterion", criterion, self.chosen)][:, self.order] / self.replicas
        )

    def interval(self, criterion: str) -> NDArray[np.float64]:
        """(lengths, 2) Wilson's 95 % interval of the frequency (J. Am. Stat. Assoc. 22, 1927).

        Raises:
            ValueError: that criterion was not asked for.
        """
        p, n, z2 = self.frequency(criterion), self.replicas, _95_PERCENT**2
        half = _95_PERCENT * np.sqrt(p * (1 - p) / n + z2 / (4 * n * n))
        middle = p + z2 / (2 * n)
        ends = np.stack([middle - half, middle + half], axis=1) / (1 + z2 / n)
        return np.clip(ends, 0, 1)

    def __repr__(self) -> str:
        last = ", ".join(f"{name} {self.frequency(name)[-1]:.2f}" for name in self.chosen)
        return (
            f"OrderConsistency: order {self.order} found at n={self.lengths[-1]} in {last} of "
            f"{self.replicas} sequences"
        )

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON values."""
        return {
            "order": self.order,
            "alphabet_size": self.alphabet_size,
            "lengths": list(self.lengths),
            "replicas": self.replicas,
            "criteria": {
                name: {
                    "chosen": counts.tolist(),
                    "frequency": self.frequency(name).tolist(),
                    "interval": self.interval(name).tolist(),
                }
                for name, counts in self.chosen.items()
            },
            "provenance": dict(self.provenance),
        }

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write it as .json, whole or not at all.

        Raises:
            ValueError: the path ends otherwise.
            OSError: the folder is missing or cannot be written.
        """
        return save_json(path, self.to_dict())

    def plot(self, path: str | os.PathLike[str] | None = None) -> Any:
        """Frequency of the true order against the length, with intervals.

        Args:
            path: where to save the figure (.png, .svg, .pdf); its suffix is the format.

        Returns:
            The matplotlib Figure.
        """
        figure = new_figure(figsize=(6.4, 4))
        axes = figure.add_subplot()
        for index, name in enumerate(self.chosen):
            ends = self.interval(name)
            style = "-" if name in VERSIONS else "--"
            label = name if name in VERSIONS else name.upper()
            axes.fill_between(
                self.lengths, ends[:, 0], ends[:, 1], alpha=0.15, color=f"C{index}", linewidth=0
            )
            axes.plot(
                self.lengths,
                self.frequency(name),
                style,
                marker=".",
                label=label,
                color=f"C{index}",
            )
        axes.set_xscale("log")
        axes.set_ylim(-0.02, 1.02)
        axes.set_xlabel("n (symbols)")
        axes.set_ylabel(f"part of sequences with order {self.order} chosen")
        axes.set_title(f"{self.replicas} sequences per length, 95 % intervals")
        axes.legend()
        return save_figure(figure, path)


def order_consistency(
    transitions: ArrayLike,
    lengths: Sequence[int],
    *,
    max_order: int = 4,
    replicas: int = 200,
    criteria: Iterable[str] = ("fnml", "bayes", "bic", "aic", "cv"),
    seed: int = 0,
    progress: bool = True,
) -> OrderConsistency:
    """Simulate sequences of a chain, and choose their orders by several criteria.

    Args:
        transitions: of the chain, shape (K,) * k + (K,); its order is k: at least one context of k
            symbols should differ from another with the same last k - 1.
        lengths: of the sequences, growing; each from 10 for cross-validation.
        max_order: orders 0 to this one are compared.
        replicas: sequences of each length; each is drawn anew.
        criteria: some of `ORDER_CRITERIA`; "cv" predicts each of five blocks from those before.
        seed: every replica has a stream of its own.
        progress: whether to show progress on a terminal.

    Raises:
        TypeError, ValueError: an argument is not accepted.
    """
    table = _checked(transitions)
    order, size = table.ndim - 1, len(table)
    integer("max_order", max_order, order, MAX_ORDER)
    integer("replicas", replicas, 1)
    integer("seed", seed, 0)
    names = list(dict.fromkeys(one_of("criteria", name, ORDER_CRITERIA) for name in criteria))
    sizes = [integer("lengths", n, 2 * _FOLDS if "cv" in names else 1) for n in lengths]
    if not names or not sizes:
        raise ValueError("criteria, lengths: got none, accepted is at least one of each")
    chosen = {name: np.zeros((len(sizes), max_order + 1), np.int64) for name in names}
    seeds = np.random.SeedSequence(seed).generate_state(len(sizes) * replicas, np.uint64)
    with progress_bar("simulating", len(sizes) * replicas, show=progress) as advance:
        for index, own in enumerate(seeds.tolist()):
            at = index // replicas
            sequence = sample_chain(table, sizes[at], seed=own)
            for name in names:
                bits = [_bits(sequence, k, size, name) for k in range(max_order + 1)]
                chosen[name][at, int(np.argmin(bits))] += 1
            advance()
    made = {"seed": seed, "versions": versions("numpy", "scipy"), "commit": commit()}
    return OrderConsistency(order, size, tuple(sizes), replicas, chosen, made)


def _bits(sequence: NDArray[np.int64], order: int, size: int, criterion: str) -> float:
    chain = MarkovChain(order, size, criterion if criterion in VERSIONS else "bayes")
    if criterion == "cv":
        parts = np.array_split(sequence, _FOLDS + 1)
        ends = np.cumsum([part.size for part in parts])
        return math.fsum(
            chain.heldout_bits(sequence[:end], part)
            for end, part in zip(ends[:-1], parts[1:], strict=True)
        )
    description = chain.describe(sequence)
    if criterion in VERSIONS:
        return description.total_bits
    return description.bic_bits if criterion == "bic" else description.aic_bits


def _checked(transitions: ArrayLike) -> NDArray[np.float64]:
    table = np.asarray(transitions, np.float64)
    if table.ndim < 1 or not table.size or len(set(table.shape)) != 1:
        raise ValueError(
            f"transitions: got shape {table.shape}, accepted is (K,) for every symbol of the "
            "context and the next"
        )
    if not (table >= 0).all() or not np.allclose(table.sum(axis=-1), 1, rtol=0, atol=1e-9):
        raise ValueError("transitions: accepted are rows of probabilities that sum to 1")
    return table
