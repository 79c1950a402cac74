"""What each predictor learns, and the sequence that it always gets wrong.

    python examples/limits_of_prediction.py

Legg's Machine Super Intelligence (2008), chapter 5, on a machine small enough to look at: for every
predictor its own adversary costs a bit a symbol or more, and a predictor of all programs of n bits
fails on a sequence that takes more than n bits.
"""

from __future__ import annotations

from complexity import ContextTree
from simulations.agents.limits import (
    CodePredictor,
    ConstantPredictor,
    EnumerativePredictor,
    PeriodicPredictor,
    Predictor,
    adversarial_sequence,
    shortest_programs,
)

LENGTH = 200


def main() -> None:
    predictors: dict[str, Predictor] = {
        "always 0": ConstantPredictor(0),
        "eventually periodic": PeriodicPredictor(),
        "programs of 8 bits": EnumerativePredictor(8),
        "context tree, depth 8": ContextTree(8),
        "Krichevsky-Trofimov": CodePredictor("kt"),
        "run lengths": CodePredictor("runs"),
    }
    print(f"{'predictor':<22} {'error rate':>10} {'bits a symbol':>14}  its adversary")
    for name, predictor in predictors.items():
        found = adversarial_sequence(predictor, LENGTH)
        start = "".join(map(str, found.symbols[:24]))
        rate = found.codelength / LENGTH
        print(f"{name:<22} {found.error_rate:>10.2f} {rate:>14.4f}  {start}...")

    print(f"\n{'n':>2} {'sequences of n bits or less':>28} {'bits of the adversary of all':>30}")
    known = shortest_programs(14)
    for bits in (2, 4, 6, 8, 10):
        learnt = sum(len(program) <= bits for program in known.values())
        adversary = "".join(map(str, adversarial_sequence(EnumerativePredictor(bits), 60).symbols))
        start, period = adversary.rstrip("1"), "1"  # it predicts 0 once no program is left
        program = known.get((start, period))
        print(f"{bits:>2} {learnt:>28} {len(program) if program else 'more than 14':>30}")


if __name__ == "__main__":
    main()
