"""Is it random? The tests of SP 800-22, randomness deficiency by codes, bets, and one verdict."""

from typing import TYPE_CHECKING

from complexity import _lazy

if TYPE_CHECKING:
    from complexity.randomness.batteries import battery as battery
    from complexity.randomness.deficiency import sum_test as sum_test
    from complexity.randomness.frequencies import block_frequency as block_frequency
    from complexity.randomness.frequencies import frequency as frequency
    from complexity.randomness.martingales import betting as betting
    from complexity.randomness.maurer import universal as universal
    from complexity.randomness.outcome import Outcome as Outcome
    from complexity.randomness.outcome import Part as Part
    from complexity.randomness.patterns import approximate_entropy as approximate_entropy
    from complexity.randomness.patterns import serial as serial
    from complexity.randomness.ranks import matrix_rank as matrix_rank
    from complexity.randomness.run_lengths import longest_run as longest_run
    from complexity.randomness.run_lengths import runs as runs
    from complexity.randomness.sequences import Proportions as Proportions
    from complexity.randomness.sequences import proportions as proportions
    from complexity.randomness.shift_registers import linear_complexity as linear_complexity
    from complexity.randomness.shift_registers import shortest_register as shortest_register
    from complexity.randomness.spectrum import spectral as spectral
    from complexity.randomness.templates import nonoverlapping_templates as nonoverlapping_templates
    from complexity.randomness.templates import overlapping_templates as overlapping_templates
    from complexity.randomness.verdict import Battery as Battery
    from complexity.randomness.walks import cumulative_sums as cumulative_sums
    from complexity.randomness.walks import random_excursions as random_excursions
    from complexity.randomness.walks import random_excursions_variant as random_excursions_variant

_CONTENTS = {
    # the front door, and what it gives
    "Battery": "verdict",
    "Outcome": "outcome",
    "Part": "outcome",
    "battery": "batteries",
    # many sequences of one generator
    "Proportions": "sequences",
    "proportions": "sequences",
    # SP 800-22, section 2, in its order
    "frequency": "frequencies",
    "block_frequency": "frequencies",
    "runs": "run_lengths",
    "longest_run": "run_lengths",
    "matrix_rank": "ranks",
    "spectral": "spectrum",
    "nonoverlapping_templates": "templates",
    "overlapping_templates": "templates",
    "universal": "maurer",
    "linear_complexity": "shift_registers",
    "shortest_register": "shift_registers",
    "serial": "patterns",
    "approximate_entropy": "patterns",
    "cumulative_sums": "walks",
    "random_excursions": "walks",
    "random_excursions_variant": "walks",
    # description length
    "betting": "martingales",
    "sum_test": "deficiency",
}

__getattr__, __dir__, __all__ = _lazy.attach(__name__, _CONTENTS)  # pyright: ignore[reportUnsupportedDunderAll]
