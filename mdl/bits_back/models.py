"""Latent-variable models as the coder sees them, and multilayer perceptrons that are one.

A model is a Markov chain of latents z_1, ..., z_L above an image x; with L = 1 it is the usual
variational autoencoder. `DenseModel` holds its weights as arrays and evaluates them in a fixed
order, so that what one machine encodes another decodes, with any number of threads.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from complexity.errors import integer, one_of
from mdl.bits_back import _kernels as kernels
from mdl.bits_back.likelihoods import (
    LIKELIHOODS,
    Bernoulli,
    Categorical,
    DiscretisedLogistic,
    Likelihood,
)

__all__ = ["DenseModel", "LatentModel", "Normal"]

Array = NDArray[Any]

_LOG_SD = (-6.0, 3.0)  # natural logarithms: what a layer says of a deviation is cut to this


class Normal(NamedTuple):
    """Independent normal distributions: `mean` (d,) and `sd` (d,), float64."""

    mean: Array
    sd: Array


class LatentModel(Protocol):
    """A model p(x | z_1) p(z_1 | z_2) ... p(z_L), with q(z_1 | x) q(z_2 | z_1) ... to infer.

    Every method must give the same bits whenever and wherever it is called with the same arrays.
    """

    @property
    def pixels(self) -> int:
        """Number of pixels of an image."""
        ...

    @property
    def alphabet_size(self) -> int:
        """Number of values of a pixel."""
        ...

    @property
    def latents(self) -> tuple[int, ...]:
        """Sizes of z_1 to z_L; z_L has a standard normal prior."""
        ...

    def infer(self, level: int, below: Array) -> Normal:
        """q(z_level | z_(level - 1)), level 1 to L; z_0 is the image (pixels,)."""
        ...

    def generate(self, level: int, above: Array) -> Normal:
        """p(z_level | z_(level + 1)), level 1 to L - 1."""
        ...

    def likelihood(self, z: Array) -> Likelihood:
        """p(x | z_1)."""
        ...

    def spread(self, level: int) -> Normal:
        """Where z_level lies over many images: its buckets have equal mass under this."""
        ...

    def digest(self) -> str:
        """A hash of everything the methods depend on, an even number of hexadecimal digits."""
        ...


@dataclass(frozen=True)
class DenseModel:
    """A hierarchy of perceptrons with one hidden layer each.

    Attributes:
        pixels: of an image.
        alphabet_size: values of a pixel.
        latents: sizes of z_1 to z_L.
        likelihood_name: one of `LIKELIHOODS`.
        tensors: weights by name, float32: "infer.1.0.weight" (hidden, pixels), "...bias", and so
            on; "spread.1" (2, d) holds mean and deviation of z_1.
    """

    pixels: int
    alphabet_size: int
    latents: tuple[int, ...]
    likelihood_name: str
    tensors: Mapping[str, NDArray[np.float32]] = field(repr=False)

    def __post_init__(self) -> None:
        integer("pixels", self.pixels, 1)
        integer("alphabet_size", self.alphabet_size, 2, 1 << 16)
        one_of("likelihood_name", self.likelihood_name, LIKELIHOODS)
        if self.likelihood_name == "bernoulli" and self.alphabet_size != 2:
            raise ValueError(f"alphabet_size: got {self.alphabet_size}, a Bernoulli pixel has 2")
        _check_shapes(self)
        for name, tensor in self.tensors.items():
            if not np.isfinite(tensor).all():
                raise ValueError(f"tensors: got NaN or infinite weights in {name!r}")
        wide = {
            name: np.ascontiguousarray(tensor, np.float64) for name, tensor in self.tensors.items()
        }
        object.__setattr__(self, "_wide", wide)

    def infer(self, level: int, below: Array) -> Normal:
        """q(z_level | z_(level - 1)); z_0 is the image (pixels,), values 0 to K - 1."""
        if level == 1:
            below = np.asarray(below, np.float64) * (2.0 / (self.alphabet_size - 1)) - 1.0
        return _normal(self._perceptron(f"infer.{level}", below))

    def generate(self, level: int, above: Array) -> Normal:
        """p(z_level | z_(level + 1))."""
        return _normal(self._perceptron(f"generate.{level}", above))

    def likelihood(self, z: Array) -> Likelihood:
        """p(x | z_1)."""
        out = self._perceptron("generate.0", z)
        if self.likelihood_name == "bernoulli":
            return Bernoulli(out)
        if self.likelihood_name == "categorical":
            return Categorical(out.reshape(self.pixels, self.alphabet_size))
        return DiscretisedLogistic(*_normal(out), self.alphabet_size)

    def spread(self, level: int) -> Normal:
        """Mean and deviation of z_level over the images that the model was fitted to."""
        if level == len(self.latents):
            return Normal(np.zeros(self.latents[-1]), np.ones(self.latents[-1]))
        mean, sd = self._wide[f"spread.{level}"]  # type: ignore[attr-defined]
        return Normal(mean, sd)

    def digest(self) -> str:
        """A hash of the weights and of how they are used, 16 hexadecimal digits."""
        told = hashlib.blake2b(json.dumps(self._about(), sort_keys=True).encode(), digest_size=8)
        for name in sorted(self.tensors):
            tensor = np.ascontiguousarray(self.tensors[name], "<f4")
            told.update(f"{name} {tensor.shape}".encode() + tensor.tobytes())
        return told.hexdigest()

    def _about(self) -> dict[str, object]:
        return {
            "alphabet_size": self.alphabet_size,
            "latents": list(self.latents),
            "likelihood": self.likelihood_name,
            "pixels": self.pixels,
        }

    def to_safetensors(self) -> bytes:
        """The model as a safetensors file; the same model gives the same bytes.

        Raises:
            ImportError: safetensors is not installed.
        """
        import safetensors.numpy

        tensors = {name: np.ascontiguousarray(self.tensors[name]) for name in sorted(self.tensors)}
        return safetensors.numpy.save(tensors, metadata={"model": json.dumps(self._about())})

    @classmethod
    def from_safetensors(cls, blob: bytes) -> DenseModel:
        """The model in a file of `to_safetensors`.

        Raises:
            ImportError: safetensors is not installed.
            ValueError: the file is damaged, or holds no such model.
        """
        import safetensors
        import safetensors.numpy

        try:
            tensors = safetensors.numpy.load(blob)
            size = int.from_bytes(blob[:8], "little")
            about = json.loads(json.loads(blob[8 : 8 + size])["__metadata__"]["model"])
            return cls(
                about["pixels"],
                about["alphabet_size"],
                tuple(about["latents"]),
                about["likelihood"],
                tensors,
            )
        except (safetensors.SafetensorError, KeyError, TypeError, ValueError) as error:
            raise ValueError(f"no model in these {len(blob)} bytes: {error!r}") from error

    def _perceptron(self, name: str, x: Array) -> Array:
        wide: dict[str, Array] = self._wide  # type: ignore[attr-defined]
        x = np.ascontiguousarray(x, np.float64)
        if x.shape != (wide[f"{name}.0.weight"].shape[1],):
            wanted = wide[f"{name}.0.weight"].shape[1]
            raise ValueError(f"{name}: got shape {x.shape}, accepted is ({wanted},)")
        hidden = kernels.dense(wide[f"{name}.0.weight"], wide[f"{name}.0.bias"], x, True)
        return kernels.dense(wide[f"{name}.2.weight"], wide[f"{name}.2.bias"], hidden, False)


def _check_shapes(model: DenseModel) -> None:
    """Every perceptron is there and fits, and every level but the last has its spread."""
    pixels, latents = model.pixels, model.latents
    if not latents or min(latents) < 1:
        raise ValueError(f"latents: got {latents}, accepted are one or more sizes above 0")
    outputs = {"bernoulli": 1, "categorical": model.alphabet_size, "discretised-logistic": 2}
    needed: dict[str, tuple[int, ...]] = {}
    needed |= {f"spread.{level}": (2, latents[level - 1]) for level in range(1, len(latents))}
    for level, size in enumerate(latents):
        below = pixels if level == 0 else latents[level - 1]
        out = outputs[model.likelihood_name] * pixels if level == 0 else 2 * below
        for name, ends in (
            (f"infer.{level + 1}", (below, 2 * size)),
            (f"generate.{level}", (size, out)),
        ):
            hidden = (
                model.tensors[f"{name}.0.bias"].size if f"{name}.0.bias" in model.tensors else 0
            )
            needed[f"{name}.0.weight"], needed[f"{name}.0.bias"] = (hidden, ends[0]), (hidden,)
            needed[f"{name}.2.weight"], needed[f"{name}.2.bias"] = (ends[1], hidden), (ends[1],)
    found = {name: np.shape(tensor) for name, tensor in model.tensors.items()}
    for name, shape in needed.items():
        if found.get(name) != shape:
            raise ValueError(f"tensors: got {name!r} {found.get(name)}, accepted is {shape}")


def _normal(out: Array) -> Normal:
    """The two halves of a layer as means and, by their logarithms, deviations."""
    middle = out.size // 2
    return Normal(out[:middle], kernels.exponentials(np.clip(out[middle:], *_LOG_SD)))


def log_sd_range() -> tuple[float, float]:
    """Least and greatest natural logarithm of a deviation."""
    return _LOG_SD
