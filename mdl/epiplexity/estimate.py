"""Epiplexity of data: structure and time-bounded entropy, by training learners within a budget.

The epiplexity S of data X for an observer with a budget T is the length of the program P* in the
time-bounded two-part code min over P of |P| + E[-log P(X)], and the time-bounded entropy H is what
P* leaves for the data. Programs here are networks after so many steps of training, and a network is
described by how it came about:

============  ====================================================================================
estimator     |P|
============  ====================================================================================
prequential   sum over the training tokens of (their bits when they were met - bits a token takes
              in the end): the area under the loss curve above its end. An estimate
requential    sum over steps of KL + log2(1 + KL) + 4, where a teacher's samples are sent to a
              student by relative entropy coding, and the student is P: a bound of what sending
              takes. KL is the divergence of the student's prediction from the teacher's
============  ====================================================================================

A budget is in floating-point operations: 6 N D for every update of N weights on D tokens, and
2 N D' for running them over the D' tokens of the data. The requential student is counted, not its
teacher, which the receiver does not run. The untrained learners predict uniformly, so S = 0 and
H = n log2 A are always among the candidates.

References:
    M. Finzi, S. Qiu, Y. Jiang, P. Izmailov, J. Z. Kolter and A. G. Wilson, From entropy to
        epiplexity: rethinking information for computationally bounded intelligence,
        arXiv:2601.03220, 2026; section 5.1 has the automata.
    S. Qiu et al., requential coding, arXiv:2607.11883, 2026.
    C. T. Li and A. El Gamal, Strong functional representation lemma and applications to coding
        theorems, IEEE Trans. Information Theory 64(11), 2018: Theorem 1, the log2(1 + KL) + 4.
    J. Kaplan et al., Scaling laws for neural language models, arXiv:2001.08361, 2020: 6 N D.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Literal

import numpy as np
import torch

from complexity.code import Kind
from complexity.errors import integer, one_of
from complexity.progress import progress
from complexity.provenance import commit, versions
from mdl.epiplexity.learner import Factory, Transformer, made
from mdl.epiplexity.result import Curve, Epiplexity
from mdl.epiplexity.rows import Rows, as_rows
from mdl.epiplexity.runs import Run, label
from mdl.epiplexity.training import Training
from mdl.weights.tensors import reproducible

__all__ = ["epiplexity"]

_ESTIMATORS = ("prequential", "requential")
_MOST_DESCRIBED = 1 << 62


def epiplexity(
    data: Any,
    *,
    models: Factory | Sequence[Factory] = Transformer(),  # noqa: B008 - frozen
    estimator: Literal["prequential", "requential"] = "prequential",
    training: Training = Training(),  # noqa: B008 - frozen
    budget: float = math.inf,
    described: int | None = None,
    alphabet_size: int | None = None,
    context: int = 64,
    holdout: float = 0.1,
    checkpoints: int = 16,
    seed: int = 0,
    device: str | torch.device = "cpu",
    show: bool = True,
) -> Epiplexity:
    """How much of the data a bounded learner finds structure in, and how much looks random to it.

    Every learner goes once over the rows, which are shuffled; at some steps its loss is taken on
    rows held out. The shortest total among all learners and steps within the budget is chosen.

    Args:
        data: integer tokens from 0: a stream (n,), cut into windows; rows (n, length), each a
            sequence of its own; or a pair (inputs, targets), (n, a) and (n, b), where the targets
            are described to somebody who has the inputs.
        models: one learner or several to choose from: a `Transformer`, or any callable
            (alphabet_size, length) -> torch module under the contract of `Factory`.
        estimator: of the structure: "prequential" or "requential".
        training: batches and steps of the learners.
        budget: most floating-point operations for training and describing.
        described: number of tokens of the data that the model is for, if other than those given:
            structure worth learning grows with it.
        alphabet_size: of the tokens; None for one more than the greatest.
        context: window of a stream, in tokens.
        holdout: share of the rows that the loss is taken on.
        checkpoints: how many steps of each learner are candidates.
        seed: of the shuffle, the weights and the teacher's samples.
        device: of the learners.
        show: whether a terminal sees a progress bar.

    Raises:
        TypeError: the data are no integers, or another argument is of another type.
        ValueError: a shape or a number is out of range, or a module looks ahead.
        RuntimeError: a loss is not finite.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> found = epiplexity(rng.integers(0, 2, 2048), models=Transformer(8, 1, 2))
        >>> found.structure_bits < 5 and 2043 < found.entropy_bits <= 2053
        True
    """
    rows = as_rows(data, alphabet_size=alphabet_size, context=context)
    one_of("estimator", estimator, _ESTIMATORS)
    integer("checkpoints", checkpoints, 1)
    seed = integer("seed", seed, 0, (1 << 62) - 1)
    _check_above_zero("budget", budget, math.inf, "a positive number")
    _check_above_zero("holdout", holdout, math.nextafter(1, 0), "a number between 0 and 1")
    if not isinstance(training, Training):
        raise TypeError(f"training: got {type(training).__name__}, accepted is a Training")
    factories = _factories(models)
    tokens = integer(
        "described",
        rows.tokens.size - len(rows) * rows.given if described is None else described,
        1,
        _MOST_DESCRIBED,
    )
    order = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(0,)))
    shuffled = Rows(order.permutation(rows.tokens), rows.given, rows.alphabet_size)
    train, held_out = shuffled.split(holdout)
    before = time.process_time()
    curves = []
    with progress("learners", len(factories), show=show) as advance:
        for factory in factories:
            with reproducible(seed):
                module = made(factory, rows.alphabet_size, rows.length).to(device)
                run = Run(module, train, held_out, training, tokens, budget, seed)
                curves.append(run.curve(label(factory), estimator, checkpoints))
            advance()
    return _chosen(
        curves, rows, tokens, budget, estimator, seed, time.process_time() - before, training
    )


def _check_above_zero(argument: str, value: Any, most: float, accepted: str) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float | np.number):
        raise TypeError(f"{argument}: got {value!r}, accepted is {accepted}")
    if not 0 < value <= most:
        raise ValueError(f"{argument}: got {value}, accepted is {accepted}")


def _factories(models: Factory | Sequence[Factory]) -> list[Factory]:
    accepted = "accepted is a Transformer, another factory of modules, or a sequence of them"
    if callable(models):
        return [models]
    if not isinstance(models, Sequence) or not all(map(callable, models)):
        raise TypeError(f"models: got {models!r}, {accepted}")
    if not models:
        raise ValueError(f"models: got none, {accepted}")
    return list(models)


def _chosen(
    curves: list[Curve],
    rows: Rows,
    tokens: int,
    budget: float,
    estimator: str,
    seed: int,
    seconds: float,
    training: Training,
) -> Epiplexity:
    trivial = tokens * math.log2(rows.alphabet_size)
    best, place = None, 0
    least = trivial
    for curve in curves:
        for k in np.flatnonzero(curve.flops <= budget):
            if curve.total_bits[k] < least:
                best, place, least = curve, int(k), float(curve.total_bits[k])
    chosen: dict[str, Any] = {
        "structure_bits": 0.0,
        "structure_se": 0.0,
        "entropy_bits": trivial,
        "entropy_se": 0.0,
        "trained_tokens": 0,
        "parameters": 0,
        "flops": 0.0,
        "model": "",
    }
    if best is not None:
        chosen = {
            "structure_bits": float(best.structure_bits[place]),
            "structure_se": float(best.structure_se[place]),
            "entropy_bits": float(best.entropy_bits[place]),
            "entropy_se": float(tokens * best.loss_se[place]),
            "trained_tokens": int(best.trained_tokens[place]),
            "parameters": best.parameters,
            "flops": float(best.flops[place]),
            "model": best.model,
        }
    return Epiplexity(
        **chosen,
        trivial_bits=trivial,
        tokens=tokens,
        budget=budget,
        estimator=estimator,
        kind=Kind.ESTIMATE if estimator == "prequential" else Kind.BOUND,
        curves=tuple(curves),
        seed=seed,
        seconds=seconds,
        provenance={
            "training": asdict(training),
            "versions": versions("numpy", "torch"),
            "commit": commit(),
        },
    )
