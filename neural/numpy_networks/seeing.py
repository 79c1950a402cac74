"""What a network looks at: the gradient of a class's score by the image.

References:
    K. Simonyan, A. Vedaldi and A. Zisserman, Deep inside convolutional networks, ICLR 2014.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from complexity.errors import integer
from neural.numpy_networks.network import Network

__all__ = ["class_image", "saliency"]

Array = NDArray[Any]


def saliency(network: Network, images: Array, labels: Array) -> Array:
    """How much each pixel moves the score of the image's class.

    Args:
        network: of images (n, C, H, W).
        images: those.
        labels: (n,) integers.

    Returns:
        (n, H, W), the largest |gradient| over channels.
    """
    return np.abs(_by_images(network, images, labels)).max(1)


def class_image(
    network: Network,
    shape: tuple[int, ...],
    label: int,
    *,
    steps: int = 100,
    rate: float = 1.0,
    decay: float = 1e-2,
    seed: int = 0,
) -> Array:
    """An image for which a class's score, less a penalty of its size, is high: by ascent.

    Args:
        network: of images (n, C, H, W).
        shape: (C, H, W).
        label: the class.
        steps: of gradient ascent.
        rate: of a step.
        decay: of the penalty decay |image|^2 / 2.
        seed: of the noise that it begins with.

    Returns:
        (C, H, W).
    """
    integer("steps", steps, 0)
    image = 0.01 * np.random.default_rng(seed).standard_normal((1, *shape))
    for _ in range(steps):
        image += rate * (_by_images(network, image, np.array([label])) - decay * image)
    return image[0]


def _by_images(network: Network, images: Array, labels: Array) -> Array:
    scores = network.scores(images)
    chosen = np.zeros_like(scores)
    chosen[np.arange(len(scores)), labels] = 1
    return network.backward(chosen).reshape(images.shape)
