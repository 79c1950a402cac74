"""The bound that bits-back coding meets on average: the negative evidence lower bound, in bits."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from complexity.errors import integer
from mdl.bits_back.models import LatentModel

__all__ = ["elbo_bits"]


def elbo_bits(
    model: LatentModel, images: ArrayLike, *, samples: int = 10, seed: int = 0
) -> NDArray[np.float64]:
    """Negative ELBO of each image in bits, (n,): an upper bound of -log2 p(x), estimated.

    Args:
        model: of the images.
        images: (n, pixels), or (n, *shape), integers 0 to K - 1.
        samples: of the latents of each image; the standard error falls with their root.
        seed: of the samples.
    """
    integer("samples", samples, 1)
    rng = np.random.default_rng(seed)
    array = np.asarray(images)
    flat = array.reshape(len(array), model.pixels).astype(np.int64)
    pixels = np.arange(model.pixels)
    out = np.zeros(len(flat))
    for i, image in enumerate(flat):
        for _ in range(samples):
            nats, values = 0.0, list[Any]([image])
            for level, size in enumerate(model.latents, 1):
                mean, sd = model.infer(level, values[-1])
                noise = rng.standard_normal(size)
                values.append(mean + sd * noise)
                nats -= float(np.sum(0.5 * noise**2 + np.log(sd)))
            for level in range(1, len(model.latents)):
                mean, sd = model.generate(level, values[level + 1])
                scaled = (values[level] - mean) / sd
                nats += float(np.sum(0.5 * scaled**2 + np.log(sd)))
            nats += float(np.sum(0.5 * values[-1] ** 2))
            p = model.likelihood(values[1]).probabilities()[pixels, image]
            out[i] += nats / math.log(2) - float(np.log2(p).sum())
    return out / samples
