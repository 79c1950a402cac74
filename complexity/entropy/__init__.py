"""Entropies of sequences and series: estimates, each labelled so, none of them a code."""

from typing import TYPE_CHECKING

from complexity import _lazy

if TYPE_CHECKING:
    from complexity.entropy.blocks import BlockEntropy as BlockEntropy
    from complexity.entropy.blocks import EntropyRate as EntropyRate
    from complexity.entropy.blocks import ExcessEntropy as ExcessEntropy
    from complexity.entropy.blocks import block_entropy as block_entropy
    from complexity.entropy.blocks import entropy_rate as entropy_rate
    from complexity.entropy.blocks import excess_entropy as excess_entropy
    from complexity.entropy.ordinal import PermutationEntropy as PermutationEntropy
    from complexity.entropy.ordinal import permutation_entropy as permutation_entropy
    from complexity.entropy.regularity import ApproximateEntropy as ApproximateEntropy
    from complexity.entropy.regularity import SampleEntropy as SampleEntropy
    from complexity.entropy.regularity import approximate_entropy as approximate_entropy
    from complexity.entropy.regularity import sample_entropy as sample_entropy

_CONTENTS = {
    # symbols
    "BlockEntropy": "blocks",
    "EntropyRate": "blocks",
    "ExcessEntropy": "blocks",
    "block_entropy": "blocks",
    "entropy_rate": "blocks",
    "excess_entropy": "blocks",
    # real numbers
    "ApproximateEntropy": "regularity",
    "PermutationEntropy": "ordinal",
    "SampleEntropy": "regularity",
    "approximate_entropy": "regularity",
    "permutation_entropy": "ordinal",
    "sample_entropy": "regularity",
}

__getattr__, __dir__, __all__ = _lazy.attach(__name__, _CONTENTS)  # pyright: ignore[reportUnsupportedDunderAll]
