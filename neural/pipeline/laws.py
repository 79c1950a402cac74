"""What GPipe says of time and memory, for K stages of equal layers and M micro-batches.

References:
    Y. Huang et al., GPipe, NeurIPS 2019, section 2.3.
"""

from __future__ import annotations

from fractions import Fraction

from complexity.errors import integer

__all__ = ["activations", "bubble", "speed_up", "ticks"]


def ticks(stages: int, microbatches: int) -> int:
    """M + K - 1: how long all micro-batches take through all stages, where each takes one tick.

    For a step of training a tick is the time of a stage's forward and backward pass together.

    Example:
        >>> ticks(4, 8)
        11
    """
    return integer("stages", stages, 1) + integer("microbatches", microbatches, 1) - 1


def bubble(stages: int, microbatches: int) -> Fraction:
    """(K - 1) / (M + K - 1): the share of its time that a stage waits.

    Example:
        >>> bubble(4, 32), float(bubble(2, 4))
        (Fraction(3, 35), 0.2)
    """
    return Fraction(stages - 1, ticks(stages, microbatches))


def speed_up(stages: int, microbatches: int) -> Fraction:
    """K M / (M + K - 1): over one process, at most; messages cost nothing.

    Example:
        >>> round(float(speed_up(8, 32)), 3)
        6.564
    """
    return Fraction(stages * microbatches, ticks(stages, microbatches))


def activations(
    layers: int, stages: int, microbatches: int, *, rematerialise: bool = False
) -> Fraction:
    """The greatest memory of a stage's kept activations, in those of one layer and a whole batch.

    L/K + 1 for any M, of a layer's inputs and outputs that neighbours share. Re-materialised, a
    stage keeps what it was given, and one micro-batch's activations at a time: 1 + (L/K) / M.

    Args:
        layers: L, all alike, a multiple of the stages.
        stages: K.
        microbatches: M.
        rematerialise: whether activations are computed again.

    Raises:
        ValueError: the layers are no multiple of the stages.

    Example:
        >>> float(activations(8, 2, 4)), float(activations(8, 2, 4, rematerialise=True))
        (5.0, 2.0)
    """
    integer("stages", stages, 1)
    integer("microbatches", microbatches, 1)
    if integer("layers", layers, 1) % stages:
        raise ValueError(f"layers: got {layers}, accepted is a multiple of {stages} stages")
    held = layers // stages
    return 1 + (Fraction(held, microbatches) if rematerialise else Fraction(held))
