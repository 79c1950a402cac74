"""The two losses of linear classification, with their gradients by the scores.

References:
    CS231n, notes "Linear classification": the multiclass SVM (Weston and Watkins), softmax.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["LOSSES", "softmax_loss", "svm_loss"]

Array = NDArray[Any]


def softmax_loss(scores: Array, labels: Array) -> tuple[float, Array]:
    """Mean of -ln softmax(scores)[label], in nats, and its gradient.

    Args:
        scores: (n, K).
        labels: (n,) integers from 0 to K - 1.

    Example:
        >>> round(softmax_loss(np.array([[-2.85, 0.86, 0.28]]), np.array([2]))[0], 4)
        1.0402
    """
    rows = np.arange(len(scores))
    logs = scores - scores.max(1, keepdims=True)
    logs = logs - np.log(np.exp(logs).sum(1, keepdims=True))
    gradient = np.exp(logs)
    gradient[rows, labels] -= 1
    return -float(logs[rows, labels].mean()), gradient / len(scores)


def svm_loss(scores: Array, labels: Array, *, margin: float = 1.0) -> tuple[float, Array]:
    """Mean over examples of the sum over other classes of max(0, s_j - s_label + margin).

    Args:
        scores: (n, K).
        labels: (n,) integers from 0 to K - 1.
        margin: delta.

    Example:
        >>> svm_loss(np.array([[13.0, -7.0, 11.0]]), np.array([0]), margin=10)[0]
        8.0
    """
    rows = np.arange(len(scores))
    over = scores - scores[rows, labels][:, None] + margin
    over[rows, labels] = 0
    gradient = (over > 0).astype(scores.dtype)
    gradient[rows, labels] = -gradient.sum(1)
    return float(np.maximum(over, 0).sum() / len(scores)), gradient / len(scores)


LOSSES: dict[str, Callable[[Array, Array], tuple[float, Array]]] = {
    "softmax": softmax_loss,
    "svm": svm_loss,
}
"""Name -> (scores, labels) to the loss and its gradient by the scores."""
