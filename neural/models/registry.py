"""Architectures by name, at the sizes and with the numbers of parameters that were published."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from complexity.errors import unknown

if TYPE_CHECKING:
    from torch import nn

__all__ = ["PUBLISHED", "Published", "build", "names"]


@dataclass(frozen=True)
class Published:
    """An architecture at a published size.

    Attributes:
        where: "file:Class" in this package.
        source: work, section or table.
        options: of the class, at that size.
        parameters: that it has there, tied ones once; None where no source counts them.
    """

    where: str
    source: str
    options: Mapping[str, Any] = field(default_factory=dict)
    parameters: int | None = None


PUBLISHED: dict[str, Published] = {
    "char-rnn": Published(
        "recurrent:RecurrentLM",
        "Karpathy 2015, the program char-rnn: two layers of 128, 65 characters",
        {"symbols": 65},
        240_321,
    ),
    "char-rnn-gru": Published(
        "recurrent:RecurrentLM",
        "the same with -model gru",
        {"symbols": 65, "cell": "gru"},
        182_337,
    ),
    "char-rnn-rnn": Published(
        "recurrent:RecurrentLM",
        "the same with -model rnn",
        {"symbols": 65, "cell": "rnn"},
        66_369,
    ),
    "zaremba-small": Published(
        "recurrent:RecurrentLM",
        "Zaremba et al. 2014, section 4.1, not regularised; two biases, as its program has",
        {"symbols": 10_000, "hidden": 200, "embedding": 200, "uniform": 0.1},
        4_653_200,
    ),
    "zaremba-medium": Published(
        "recurrent:RecurrentLM",
        "Zaremba et al. 2014, section 4.1, medium",
        {"symbols": 10_000, "hidden": 650, "embedding": 650, "dropout": 0.5, "uniform": 0.05},
        19_780_400,
    ),
    "zaremba-large": Published(
        "recurrent:RecurrentLM",
        "Zaremba et al. 2014, section 4.1, large",
        {"symbols": 10_000, "hidden": 1500, "embedding": 1500, "dropout": 0.65, "uniform": 0.04},
        66_034_000,
    ),
    "deep-speech-2-gru": Published(
        "deep_speech:DeepSpeech",
        "deepspeech.pytorch, five bidirectional layers of 800, 29 symbols",
        {"cell": "gru", "units": 800, "normalise": "inputs"},
        41_187_968,
    ),
    "deep-speech-2-lstm": Published(
        "deep_speech:DeepSpeech",
        "deepspeech.pytorch, five bidirectional layers of 1024, 29 symbols",
        {"cell": "lstm", "units": 1024, "normalise": "inputs"},
        86_618_400,
    ),
    "modular-transformer": Published(
        "arithmetic:ModularTransformer", "Nanda et al. 2023, section 3", {"modulus": 113}
    ),
    "transformer-base": Published(
        "transformer:Transformer",
        "Vaswani et al. 2017, Table 3; 37,000 shared symbols",
        {"symbols": 37_000},
        63_082_496,
    ),
    "transformer-big": Published(
        "transformer:Transformer",
        "Vaswani et al. 2017, Table 3, big",
        {"symbols": 37_000, "width": 1024, "heads": 16, "hidden": 4096, "dropout": 0.3},
        214_245_376,
    ),
    "annotated-transformer": Published(
        "transformer:Transformer",
        "Rush 2018, A first example: copying 11 symbols",
        {"symbols": 11, "layers": 2, "norm": "pre", "shared": False, "inner_dropout": 0.1},
    ),
    "rnnsearch": Published(
        "alignment:AlignmentTranslator",
        "Bahdanau et al. 2015, appendix A.2.3; without biases",
        {"source_symbols": 30_000, "target_symbols": 30_000},
        80_401_000,
    ),
    "rnnencdec": Published(
        "alignment:AlignmentTranslator",
        "Cho et al. 2014 as in Bahdanau et al. 2015",
        {"source_symbols": 30_000, "target_symbols": 30_000, "alignment": 0},
    ),
    "relation-network": Published(
        "relation_network:ImageQuestions",
        "Santoro et al. 2017, section 4: CLEVR from pixels; questions and answers of Sort-of-CLEVR",
        parameters=364_402,
    ),
    "relation-network-text": Published(
        "relation_network:StoryQuestions", "Santoro et al. 2017, section 4: bAbI"
    ),
    "ntm": Published(
        "turing_machine:TuringMachine",
        "Graves et al. 2014, table 2: copy, LSTM controller of 100, memory of 128 x 20",
        {"inputs": 10, "outputs": 9},
    ),
    "ntm-feedforward": Published(
        "turing_machine:TuringMachine",
        "Graves et al. 2014, table 1: copy, feedforward controller of 100, memory of 128 x 20",
        {"inputs": 10, "outputs": 9, "controller": "feedforward"},
    ),
    "ntm-lstm": Published(
        "turing_machine:SkipLSTM",
        "Graves et al. 2014, table 3: copy, 3 layers of 256",
        {"inputs": 10, "outputs": 9},
        1_352_969,
    ),
    "ntm-lstm-associative-recall": Published(
        "turing_machine:SkipLSTM",
        "Graves et al. 2014, table 3: associative recall, 3 layers of 256",
        {"inputs": 8, "outputs": 6},
        1_344_518,
    ),
    "ntm-lstm-repeat-copy": Published(
        "turing_machine:SkipLSTM",
        "Graves et al. 2014, table 3: repeat copy, 3 layers of 512",
        {"inputs": 8, "outputs": 7, "size": 512},
        5_312_007,
    ),
    "pointer-network": Published(
        "pointer:PointerNetwork", "Vinyals et al. 2015, section 4.1: one layer of 256"
    ),
    "read-process-write": Published(
        "sets:ReadProcessWrite", "Vinyals et al. 2016, section 4.3: sorting, 5 steps, a glimpse"
    ),
    "relational-memory": Published(
        "relational_memory:RelationalMemory",
        "Santoro et al. 2018: 8 slots, 8 heads of 256, unit gating, 40 channels; the core alone",
        {"inputs": 40},
        37_871_616,
    ),
    "relational-memory-slot-gates": Published(
        "relational_memory:RelationalMemory",
        "Santoro et al. 2018: the same with a gate of every slot",
        {"inputs": 40, "gating": "memory"},
        21_094_404,
    ),
}


def names() -> tuple[str, ...]:
    """The names that `build` knows."""
    return tuple(sorted(PUBLISHED))


def build(name: str, **options: Any) -> nn.Module:
    """An architecture at its published size, or at another by the options of its class.

    Args:
        name: one of `names()`.
        options: over those of the published size.

    Returns:
        The network with new weights, drawn from torch's global stream.

    Raises:
        ValueError: there is no such architecture; names the nearest.
        TypeError: the class has no such option.

    Example:
        >>> sum(p.numel() for p in build("modular-transformer").parameters())
        226688
    """
    if name not in PUBLISHED:
        raise unknown("name", name, PUBLISHED)
    entry = PUBLISHED[name]
    module, _, attribute = entry.where.partition(":")
    make = getattr(importlib.import_module(f"neural.models.{module}"), attribute)
    return make(**{**entry.options, **options})
