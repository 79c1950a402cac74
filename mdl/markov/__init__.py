"""Sequences: Markov chains, context trees, hidden states; the order that takes the fewest bits."""

from typing import TYPE_CHECKING

from complexity import _lazy

if TYPE_CHECKING:
    from mdl.markov.chains import MarkovChain as MarkovChain
    from mdl.markov.consistency import order_consistency as order_consistency
    from mdl.markov.consistency import sample_chain as sample_chain
    from mdl.markov.context_trees import TreeSource as TreeSource
    from mdl.markov.hidden import HiddenMarkov as HiddenMarkov
    from mdl.markov.hidden import forward_bits as forward_bits
    from mdl.markov.orders import OrderTable as OrderTable
    from mdl.markov.orders import order_table as order_table
    from mdl.markov.shtarkov import markov_complexity as markov_complexity

_CONTENTS = {
    # candidates
    "HiddenMarkov": "hidden",
    "MarkovChain": "chains",
    "TreeSource": "context_trees",
    # their pieces
    "forward_bits": "hidden",
    "markov_complexity": "shtarkov",
    # which order
    "OrderTable": "orders",
    "order_table": "orders",
    "order_consistency": "consistency",
    "sample_chain": "consistency",
}

__getattr__, __dir__, __all__ = _lazy.attach(__name__, _CONTENTS)  # pyright: ignore[reportUnsupportedDunderAll]
