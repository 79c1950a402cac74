"""Epiplexity: the paper's three automata, controls, and requential files beside their bounds.

Run it as `python -m benchmarks.epiplexity`; some three minutes on one core.
"""

from __future__ import annotations

import numpy as np

from benchmarks.targets import Target, table
from examples.epiplexity import DESCRIBED, RULES, of_rule
from mdl.epiplexity import (
    Training,
    Transformer,
    decode_requential,
    epiplexity,
    requential,
)
from mdl.weights.tensors import flat_parameters

_ROWS, _SEED = 24000, 0
_TRAINING = Training(batch_size=64, learning_rate=0.01, warmup=5)


def targets(data: str | None = None) -> list[Target]:
    """All of them; `data` is not needed."""
    return [*automata(), *controls(), *files()]


def automata() -> list[Target]:
    """Rule 15 is soon learned, rule 30 never, rule 54 for long: S 2e5, 0 and 5.4e6 in the paper."""
    found = {rule: of_rule(rule, _ROWS, _SEED) for rule in RULES}
    easy, random, rich = (found[rule] for rule in RULES)
    note = f"{_ROWS} rows of 32 cells, one seed"
    return [
        Target("S of rule 54", rich.structure_bits, unit="bits", note=note),
        Target("S of rule 15", easy.structure_bits, unit="bits", note=note),
        Target("S of rule 30", random.structure_bits, unit="bits", note=note),
        Target(
            "S of rule 30 by that of 54", random.structure_bits / rich.structure_bits, "<=", 0.01
        ),
        Target(
            "S of rule 15 by that of 54",
            easy.structure_bits / rich.structure_bits,
            "<=",
            0.1,
            note="0.04 in the paper, which trains a thousand times longer",
        ),
        Target("S of rule 54 by that of 15", rich.structure_bits / easy.structure_bits, ">=", 1),
        Target("H of rule 15, share of the data", easy.entropy_bits / DESCRIBED, "<=", 0.01),
        Target("H of rule 30, share of the data", random.entropy_bits / DESCRIBED, ">=", 0.99),
        Target("H of rule 54, share of the data", rich.entropy_bits / DESCRIBED, "<=", 0.5),
    ]


def controls() -> list[Target]:
    """Coins, a constant, and a random word over and over."""
    rng = np.random.default_rng(_SEED)
    by_heart = Training(batch_size=1, updates=20, learning_rate=0.02, warmup=1, averaged=1)
    small, n = Transformer(16, 1), 4096
    coins = epiplexity(rng.integers(0, 2, n), models=small, context=16)
    constant = epiplexity(
        np.zeros(256, np.int64),
        models=small,
        training=by_heart,
        context=16,
        alphabet_size=2,
        described=n,
    )
    word = epiplexity(
        np.tile(rng.integers(0, 2, 64), 12),
        models=small,
        training=by_heart,
        context=64,
        described=n,
    )
    return [
        Target(
            "S of coins, in standard errors",
            abs(coins.structure_bits) / (coins.structure_se or 1),
            "<=",
            3,
            "standard errors",
        ),
        Target("total of a constant", constant.total_bits, "<=", 128, "bits", note=f"{n} tokens"),
        Target("S of a word of 64 random bits, by 64", word.structure_bits / 64, "<=", 2),
        Target("H of the same", word.entropy_bits, "<=", 64, "bits", note=f"{n} tokens"),
    ]


def files() -> list[Target]:
    """A student of a chain as a file: what it takes, and that it decodes."""
    rng, chain = np.random.default_rng(_SEED), [0]
    for draw in rng.random(16383):
        chain.append(int(draw < (0.9, 0.2)[chain[-1]]))
    sent = {
        width: requential(
            np.array(chain), model=Transformer(width, 1), context=16, training=_TRAINING, show=False
        )
        for width in (8, 32)
    }
    small, large = sent.values()
    same = all(
        np.array_equal(flat_parameters(decode_requential(each.blob)), flat_parameters(each.student))
        for each in sent.values()
    )
    return [
        Target("files that decode to the same student", float(same), ">=", 1, "share"),
        Target(
            "indices by the sum of KL + log2(1 + KL) + 4",
            large.index_bits / large.bound_bits,
            "<=",
            1,
        ),
        Target(
            "indices by the sum of KL",
            large.index_bits / large.kl_bits,
            note="no bar: short messages",
        ),
        Target(
            "whole file by 32 bits a weight",
            8 * len(large.blob) / 32 / large.student.parameter_count,
            "<=",
            0.05,
        ),
        Target(
            "indices at 32 units by those at 8",
            large.index_bits / small.index_bits,
            "<=",
            2,
            note=f"{large.student.parameter_count / small.student.parameter_count:.0f} times "
            "the weights",
        ),
    ]


if __name__ == "__main__":
    print(table(targets()))
