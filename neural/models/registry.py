"""Architectures by name, at the sizes and with the numbers of parameters that were published."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from complexity.errors import one_of, unknown

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
        others: "file:Class" that takes the options which it does not name itself; "" for none.
        parameters: that it has there, tied ones once; None where no source counts them.
    """

    where: str
    source: str
    options: Mapping[str, Any] = field(default_factory=dict)
    parameters: int | None = None
    others: str = ""


_RESIDUAL = "residual:ResidualNetwork"

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
    "gpt2": Published(
        "language:GPT",
        "Radford et al. 2019, table 2; counted in the released weights",
        {},
        124_439_808,
    ),
    "gpt2-medium": Published(
        "language:GPT",
        "the same, 24 layers",
        {"width": 1024, "layers": 24, "heads": 16},
        354_823_168,
    ),
    "gpt2-large": Published(
        "language:GPT",
        "the same, 36 layers",
        {"width": 1280, "layers": 36, "heads": 20},
        774_030_080,
    ),
    "gpt2-xl": Published(
        "language:GPT",
        "the same, 48 layers: as large as the largest of Kaplan et al. 2020",
        {"width": 1600, "layers": 48, "heads": 25},
        1_557_611_200,
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
    "context-basic": Published(
        "dilated:ContextModule", "Yu and Koltun 2016, table 1: 64 C^2 + 8 C, 21 maps", {}, 28_392
    ),
    "context-large": Published(
        "dilated:ContextModule",
        "Yu and Koltun 2016, table 1, large: 15,422 C^2 + 97 C, 21 maps",
        {"widths": (2, 2, 4, 8, 16, 32, 32), "noise": 0.01},
        6_803_139,
    ),
    "dilated-front-end": Published(
        "dilated:FrontEnd", "Yu and Koltun 2016, section 4: VGG-16, 21 maps", {}, 134_346_581
    ),
    "dilation8": Published(
        "dilated:DilatedNetwork", "Yu and Koltun 2016, section 5: front end and basic context"
    ),
    "dilation10": Published(
        "dilated:DilatedNetwork",
        "Yu and Koltun 2016, appendix A: Cityscapes, 19 maps, two more layers of context",
        {"classes": 19, "context": {"dilations": (1, 1, 2, 4, 8, 16, 32, 64, 1)}},
    ),
    "message-passing": Published(
        "message_passing:MessagePassing",
        "Gilmer et al. 2017 with the released program's sizes: 6 steps of 50, 12 of set2set",
        {"directed": True},
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
    "alexnet": Published(
        "alexnet:AlexNet",
        "Krizhevsky et al. 2012, section 3.5: two towers, local response normalisation",
        parameters=60_965_224,
    ),
    "alexnet-one-tower": Published(
        "alexnet:AlexNet",
        "Krizhevsky 2014, One weird trick for parallelizing convolutional neural networks",
        {
            "side": 224,
            "kernels": (64, 192, 384, 256, 256),
            "groups": 1,
            "pad": 2,
            "normalise": False,
        },
        61_100_840,
    ),
    **{
        f"resnet{depth}": Published(
            "residual:imagenet", "He et al. 2016a, Table 1", {"depth": depth}, count, _RESIDUAL
        )
        for depth, count in {
            18: 11_689_512,
            34: 21_797_672,
            50: 25_557_032,
            101: 44_549_160,
            152: 60_192_808,
        }.items()
    },
    "plain34": Published(
        "residual:imagenet",
        "He et al. 2016a, Figure 3: without shortcuts",
        {"depth": 34, "shortcut": "none"},
        others=_RESIDUAL,
    ),
    **{
        f"resnet{depth}-cifar": Published(
            "residual:cifar",
            "He et al. 2016a, section 4.2 and Table 6",
            {"depth": depth},
            count,
            _RESIDUAL,
        )
        for depth, count in {
            20: 269_722,
            32: 464_154,
            44: 658_586,
            56: 853_018,
            110: 1_727_962,
            1202: 19_421_274,
        }.items()
    },
    "preresnet110-cifar": Published(
        "residual:cifar",
        "He et al. 2016b, Figure 4 (e)",
        {"depth": 110, "order": "pre-activation"},
        1_727_962,
        _RESIDUAL,
    ),
    **{
        f"preresnet{depth}-cifar": Published(
            "residual:cifar",
            "He et al. 2016b, Table 4; the program resnet-1k-layers",
            {"depth": depth, "bottleneck": True, "order": "pre-activation"},
            count,
            _RESIDUAL,
        )
        for depth, count in {164: 1_703_258, 1001: 10_327_706}.items()
    },
    "vlae": Published(
        "variational:LossyAutoencoder",
        "Chen et al. 2017, appendix A: binary images, autoregressive prior",
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
        ValueError: there is no such architecture; names the nearest. An option is out of range.
        TypeError: the class has no such option; names the nearest. An option is of another kind.

    Example:
        >>> sum(p.numel() for p in build("modular-transformer").parameters())
        226688
    """
    entry = PUBLISHED[one_of("name", name, PUBLISHED)]
    make = _found(entry.where)
    known = [*_named(make), *(_named(_found(entry.others)) if entry.others else ())]
    for option in options:
        if option not in known:
            raise TypeError(
                str(unknown("options", option, dict.fromkeys(known), hint=f"of {name!r}"))
            )
    return make(**{**entry.options, **options})


def _found(where: str) -> Any:
    module, _, attribute = where.partition(":")
    return getattr(importlib.import_module(f"neural.models.{module}"), attribute)


def _named(make: Any) -> list[str]:
    kinds = inspect.signature(make).parameters.items()
    return [name for name, each in kinds if each.kind is not each.VAR_KEYWORD]
