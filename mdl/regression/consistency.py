"""How often each criterion finds the degree of the polynomial that made the data."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.polynomial import legendre

from complexity.errors import integer
from complexity.figures import new_figure, save_figure
from complexity.files import write_atomically
from complexity.progress import progress as progress_bar
from mdl.families._family import as_scale
from mdl.regression.polynomial import Polynomial
from mdl.selection import CRITERIA, select

__all__ = ["DegreeFrequencies", "degree_frequencies"]

_Z = 1.959963984540054  # the 97.5 % point of the normal distribution


@dataclass(frozen=True)
class DegreeFrequencies:
    """Right degrees by criterion and sample size.

    Attributes:
        degree: of the polynomial that made the data.
        sizes: numbers of observations.
        replicas: samples per size.
        right: criterion -> how often it took that degree, one per size.
        provenance: the parameters and the seed.
    """

    degree: int
    sizes: tuple[int, ...]
    replicas: int
    right: Mapping[str, tuple[int, ...]]
    provenance: Mapping[str, Any]

    def interval(self, criterion: str, size: int) -> tuple[float, float]:
        """The 95 % interval of the chance of the right degree (Wilson 1927).

        Raises:
            KeyError, ValueError: it was not simulated.
        """
        share = self.right[criterion][self.sizes.index(size)] / self.replicas
        weight = _Z**2 / self.replicas
        centre = (share + weight / 2) / (1 + weight)
        half = math.sqrt(share * (1 - share) * weight + weight**2 / 4) / (1 + weight)
        return max(0.0, centre - half), min(1.0, centre + half)

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON values."""
        return {
            "degree": self.degree,
            "sizes": list(self.sizes),
            "replicas": self.replicas,
            "right": {name: list(counts) for name, counts in self.right.items()},
            "intervals": {
                name: [list(self.interval(name, size)) for size in self.sizes]
                for name in self.right
            },
            "provenance": dict(self.provenance),
        }

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write it as JSON, whole or not at all.

        Raises:
            OSError: the folder is missing or cannot be written.
        """
        import json

        return write_atomically(path, (json.dumps(self.to_dict(), indent=2) + "\n").encode())

    def plot(self, path: str | os.PathLike[str] | None = None) -> Any:
        """The share of right degrees against n, with 95 % intervals.

        Args:
            path: where to save the figure (.png, .svg, .pdf); its suffix is the format.

        Returns:
            The matplotlib Figure.
        """
        figure = new_figure(figsize=(6, 4))
        axes = figure.add_subplot()
        for shift, (name, counts) in enumerate(self.right.items()):
            shares = np.array(counts) / self.replicas
            bounds = np.array([self.interval(name, size) for size in self.sizes])
            errors = np.abs(bounds - shares[:, None]).T
            at = np.array(self.sizes) * 1.03 ** (shift - 1.5)  # side by side
            axes.errorbar(at, shares, errors, marker="o", capsize=2, label=name)
        axes.set_xscale("log")
        axes.set_xticks(self.sizes, [str(size) for size in self.sizes], minor=False)
        axes.minorticks_off()
        axes.set_xlabel("observations")
        axes.set_ylabel(f"share of degree {self.degree}")
        axes.set_ylim(-0.03, 1.03)
        axes.legend()
        return save_figure(figure, path)


def degree_frequencies(
    sizes: Sequence[int] = (20, 40, 80, 160, 320, 640, 1280),
    *,
    coefficients: Sequence[float] = (0.3, -0.5, 0.2, 0.3),
    noise: float = 0.4,
    max_degree: int = 8,
    replicas: int = 100,
    folds: int = 10,
    version: str = "nml",
    seed: int = 0,
    progress: bool = True,
) -> DegreeFrequencies:
    """Simulate polynomials with normal noise and count right degrees by criterion.

    Args:
        sizes: numbers of observations.
        coefficients: of the Legendre polynomials on -1 to 1, the constant first; the last is not 0.
        noise: standard deviation.
        max_degree: the greatest degree that is offered.
        replicas: samples per size.
        folds: of cross-validation; 0 leaves it out.
        version: of the codes.
        seed: every replica has its own spawn of it.
        progress: whether to show progress on a terminal.

    Returns:
        Counts for "mdl", "bic", "aic" and "cv". Inputs are even between -1 and 1, drawn anew.

    Raises:
        TypeError, ValueError: an argument is not of its type or out of range.
    """
    degree = len(coefficients) - 1
    integer("max_degree", max_degree, degree)
    integer("replicas", replicas, 1)
    as_scale("noise", noise)
    if degree < 0 or coefficients[-1] == 0:
        raise ValueError(f"coefficients: got {coefficients}, accepted are some, the last not 0")
    criteria = [name for name in CRITERIA if folds or name != "cv"]
    candidates = [Polynomial(each, version) for each in range(max_degree + 1)]
    wanted = candidates[degree].name
    right = {name: [0] * len(sizes) for name in criteria}
    with progress_bar("simulating", len(sizes) * replicas, show=progress) as advance:
        for at, n in enumerate(sizes):
            integer("sizes", n, max_degree + 3)
            for replica in range(replicas):
                rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(n, replica)))
                x = rng.uniform(-1, 1, n)
                y = legendre.legval(x, coefficients) + rng.normal(0, noise, n)
                table = select(candidates, (x, y), folds=folds, seed=replica, progress=False)
                for name in criteria:
                    right[name][at] += table.winner(name) == wanted
                advance()
    made = {
        "coefficients": [float(each) for each in coefficients],
        "noise": float(noise),
        "max_degree": max_degree,
        "folds": folds,
        "version": version,
        "seed": seed,
    }
    counts = {name: tuple(values) for name, values in right.items()}
    return DegreeFrequencies(degree, tuple(int(n) for n in sizes), replicas, counts, made)
