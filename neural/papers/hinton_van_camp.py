"""Keeping Neural Networks Simple by Minimizing the Description Length of the Weights (1993).

On few examples with many inputs Hinton and van Camp compare a network with noisy weights, coded by
an adaptive mixture of Gaussians, with the same network with weight decay and without. Their data
are not available; each seed here is another data set made in their likeness (128 inputs, 105
examples to learn from, 420 to test on).

References:
    G. E. Hinton and D. van Camp, COLT 1993, section 9: relative errors of 0.286 with noisy weights,
        0.317 with decay chosen on held-out data, 0.967 with neither.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from complexity.code import Kind
from complexity.errors import one_of
from mdl.report import Report
from mdl.weights import hinton_van_camp as hvc
from neural.engine.paper import Arm, Check, Outcome, Paper, Trial
from neural.papers.rows import ROWS

if TYPE_CHECKING:
    from neural.engine.result import PaperResult

__all__ = ["PAPER"]


def trial(given: Trial) -> Outcome:
    """Fit one arm to the data set of the seed."""
    how = one_of("how", given["how"], ("noisy", "network", "line"))
    train, test = hvc.peptides_like(given.seed)
    if how == "noisy":
        return _noisy(given, train, test)

    def fitted(x: Any, y: Any, decay: float) -> Any:
        if how == "line":
            return hvc.ridge(x, y, decay=decay)
        return hvc.decay_network(
            x, y, decay=decay, restarts=given["restarts"] if not decay else 1,
            iterations=given["iterations"] * 5, seed=given.seed,
        )  # fmt: skip

    found = hvc.tuned(given.arm.name, fitted, train, test, given["coefficient"])
    return Outcome({"relative_error": found.relative_error, "coefficient": found.decay})


def _noisy(given: Trial, train: Any, test: Any) -> Outcome:
    found = hvc.fit(
        *train, restarts=given["restarts"], iterations=given["iterations"],
        final_iterations=20 * given["iterations"], seed=given.seed, progress=given.progress,
    )  # fmt: skip
    model, data = hvc.trivial_bits(train[1], weights=found.shape.weights)
    trivial = Report("trivial: a constant", Kind.BOUND, model, data, parameters=found.shape.weights)
    metrics = {
        "relative_error": hvc.relative_error(found.predict(test[0]), test[1]),
        "total_bits": found.total_bits,
        "above_trivial_bits": found.total_bits - trivial.total_bits,
    }
    return Outcome(metrics, (found.report(), trivial))


def answer(result: PaperResult) -> str:
    """The bits-back length beside that of the trivial solution."""
    bits = result.values("noisy weights", "total_bits")
    above = result.values("noisy weights", "above_trivial_bits")
    shorter = int(np.sum(above > 0))
    return (
        f"With noisy weights network and targets take {bits.mean():.0f} bits (targets at a "
        f"precision of 1), {abs(above.mean()):.0f} {'more' if above.mean() > 0 else 'fewer'} than "
        f"a constant and its misfits; on {shorter} of {len(above)} data sets the constant is the "
        "shorter description, the embarrassment that the authors report. As an argument "
        "executed, with the auxiliary bits handed back, it is in mdl.bits_back."
    )


_SETTINGS = {"how": "network", "coefficient": "none", "restarts": 5, "iterations": 100}

PAPER = Paper(
    key="hinton-van-camp",
    reference=ROWS["hinton-van-camp"].reference,
    claim="On scarce data a network with noisy weights predicts better than one with weight decay, "
    "and that better than one with neither.",
    question="How long is the description of network and targets, with the noise's bits back?",
    arms=(
        Arm("noisy weights", "exact expected error, adaptive mixture prior", {"how": "noisy"}),
        Arm("weight decay", "the same network, coefficient by a held-out fifth",
            {"coefficient": "held out"}, baseline=True),
        Arm("no penalty", "the same network", baseline=True),
        Arm("ridge", "linear regression, coefficient by a held-out fifth",
            {"how": "line", "coefficient": "held out"}, baseline=True),
    ),
    checks=(
        Check("noisy weights err less than weight decay", "relative_error",
              "noisy weights", "weight decay", "lower"),
        Check("weight decay errs less than no penalty", "relative_error",
              "weight decay", "no penalty", "lower"),
        Check("noisy weights err less than no penalty", "relative_error",
              "noisy weights", "no penalty", "lower"),
    ),
    scales={
        "smoke": _SETTINGS | {"restarts": 1, "iterations": 2},
        "lab": _SETTINGS,
        "paper": _SETTINGS,
    },
    trial=trial,
    answer=answer,
    where="neural.papers.hinton_van_camp:PAPER",
    seeds=10,
)  # fmt: skip
