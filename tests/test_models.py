"""Architectures by name: published numbers of parameters, and what is said of wrong names."""

from __future__ import annotations

import functools
import inspect
import math
import re

import pytest

pytest.importorskip("torch")
import torch

from neural import models
from neural.models.alignment import GatedUnit
from neural.models.deep_speech import LookaheadConvolution, RecurrentLayer
from neural.models.dilated import Segmenter
from neural.models.pointer import AdditiveAttention
from neural.models.recurrent import CarriedState
from neural.models.registry import PUBLISHED, _found
from neural.models.relation_network import PairlessPerceptron
from neural.models.relational_memory import Recall
from neural.models.residual import Unit
from neural.models.sets import Process
from neural.models.transformer import TransformerLayer
from neural.models.variational import ConditionalPixelCNN, MaskedPerceptron


@pytest.mark.parametrize("name", models.names())
def test_published_size(name):
    with torch.device("meta"):  # no memory is taken
        module = models.build(name)
    count = sum(p.numel() for p in module.parameters())
    assert count > 0
    if PUBLISHED[name].parameters is not None:
        assert count == PUBLISHED[name].parameters


def test_wrong_names_and_options():
    with pytest.raises(ValueError, match="did you mean 'modular-transformer'"):
        models.build("modular-transfomer")
    with pytest.raises(
        TypeError, match="options: unknown 'widht'; known of 'modular-transformer': modulus, width"
    ):
        models.build("modular-transformer", widht=3)


# what may be 0: there is none of it then, or it follows from another
WITHOUT = {
    "alignment", "block_reach", "blocks", "embedding", "flow_steps", "future", "lookahead", "pad",
    "padding", "question", "steps", "target_symbols", "key_width",
}  # fmt: skip
FOLLOWS = {"GPT": {"hidden"}, "ModularTransformer": {"hidden"}, "RelationalMemory": {"layers"}}
BEYOND = {  # classes, and options without a default, of networks that have no published size
    models.ModularMLP: {"modulus": 5},
    models.TiedLSTM: {"symbols": 5, "width": 4},
    models.Elman: {"inputs": 3, "hidden": 4},
    models.GRU: {"inputs": 3, "hidden": 4},
    models.LSTM: {"inputs": 3, "hidden": 4},
    models.NGrams: {"symbols": 3, "order": 2},
    models.PixelCNN: {},
    models.RelationNetwork: {"features": 3, "question": 4, "answers": 5},
    models.ResidualNetwork: {"units": (1,), "widths": (4,)},
    models.SequenceToSequence: {},
    models.ChainLSTM: {"alphabet_size": 3},
    AdditiveAttention: {"keys": 2, "queries": 2, "size": 2},
    CarriedState: {"model": None, "streams": 2},
    ConditionalPixelCNN: {},
    GatedUnit: {"inputs": 2, "units": 2},
    LookaheadConvolution: {"features": 3, "future": 2},
    MaskedPerceptron: {"size": 3, "hidden": (4,)},
    PairlessPerceptron: {"objects": 2, "features": 3, "question": 4, "answers": 5},
    Process: {"size": 2, "steps": 3},
    Recall: {"inputs": 3, "classes": 2},
    RecurrentLayer: {"inputs": 3, "units": 4},
    Segmenter: {},
    TransformerLayer: {"width": 4, "heads": 2, "hidden": 4},
    Unit: {"inputs": 4, "width": 4},
}


def built(name):
    """What makes it, and all its options with the values that they have unless given."""
    made = _found(PUBLISHED[name].where) if isinstance(name, str) else name
    given = PUBLISHED[name].options if isinstance(name, str) else BEYOND[name]
    named = inspect.signature(made).parameters.values()
    return made, {each.name: each.default for each in named} | dict(given)


CASES = [*models.names(), *BEYOND]


def refused(name, option, value):
    make = functools.partial(models.build, name) if isinstance(name, str) else name
    given = {} if isinstance(name, str) else BEYOND[name]
    with torch.device("meta"), pytest.raises((TypeError, ValueError)) as raised:
        make(**{**given, option: value})
    assert re.match(f"{option}: (got|unknown) ", str(raised.value)), (option, value, raised.value)


@pytest.mark.parametrize("name", CASES, ids=str)
def test_no_network_has_less_than_one_of_anything(name):
    """Nor a half, nor a true or a text of it, and nor do lists of sizes hold any such."""
    made, options = built(name)
    may = WITHOUT - ({"steps"} if made is Process else set()) | FOLLOWS.get(made.__name__, set())
    tried = 0
    for option, value in options.items():
        if option == "lookahead":
            value = 3
        if isinstance(value, int) and not isinstance(value, bool):
            wrong = [-1, True, 1.5, "3", [2]]
            wrong += [] if option in may else [0]
            wrong += [] if option == "lookahead" else [None]
        elif isinstance(value, tuple) and value and isinstance(value[0], int):
            least = -1 if option == "reaches" else 0
            wrong = [(each, *value[1:]) for each in (least, True, 1.5, "3", None)]
            wrong += [3, "33"]
        else:
            continue
        for each in wrong:
            refused(name, option, each)
            tried += 1
    assert tried


@pytest.mark.parametrize("name", CASES, ids=str)
def test_shares_numbers_and_names_of_networks(name):
    for option, value in built(name)[1].items():
        if isinstance(value, float):
            wrong = [math.nan, math.inf, "0.5", None, True]
            wrong += [-0.1, 2.0] if "dropout" in option else []
        elif isinstance(value, str):
            wrong = ["nonsense", 3, ["relu"]]
            wrong += [] if option == "gating" else [None]
        else:
            continue
        for each in wrong:
            refused(name, option, each)


@pytest.mark.parametrize(
    ("name", "option"), [("char-rnn", "embedding"), ("relational-memory", "layers")]
)
def test_what_a_network_can_be_without(name, option):
    with torch.device("meta"):
        models.build(name, **{option: 0})
        with pytest.raises(
            ValueError, match=f"{option}: got -1, accepted is an integer at least 0"
        ):
            models.build(name, **{option: -1})


@pytest.mark.parametrize(
    ("make", "shapes", "message"),
    [
        (lambda: models.ModularMLP(5), [(4, 3)], r"pairs: got the shape \(4, 3\), accepted"),
        (lambda: models.ModularTransformer(5), [(4, 0)], r"pairs: got the shape \(4, 0\)"),
        (lambda: models.PixelCNN(2, reach=1), [(2, 4, 5, 5)], r"accepted is \(n, H, W\)"),
        (lambda: models.RelationNetwork(3, 4, 5), [(2, 6, 3), (1, 4)],
         r"question: got the shape \(1, 4\), accepted is \(2, 4\)"),
        (lambda: PairlessPerceptron(6, 3, 4, 5), [(2, 3, 6), (2, 4)],
         r"objects: got the shape \(2, 3, 6\), accepted is \(n, 6, 3\)"),
        (lambda: models.StoryQuestions(words=9, sentences=3, width=4), [(2, 3, 5), (1, 5)],
         r"question: got the shape \(1, 5\), accepted is \(2, t\)"),
        (lambda: models.Elman(3, 4), [(5, 3)], r"x: got the shape \(5, 3\), accepted is \(T, B"),
        (lambda: models.LSTM(3, 4), [(5, 3)], r"x: got the shape \(5, 3\)"),
        (lambda: models.Elman(3, 4), [(5, 2, 3), (1, 1, 4)], r"state: got the shape \(1, 1, 4\)"),
        (lambda: models.RecurrentLM(7, hidden=4), [(5,)], r"tokens: got the shape \(5,\)"),
        (lambda: models.DeepSpeech(units=4, layers=1, channels=2), [(2, 9, 162), (2,)],
         r"spectrograms: got the shape \(2, 9, 162\), accepted is \(n, t, 161\)"),
        (lambda: models.DeepSpeech(units=4, layers=1, channels=2, normalise="none"),
         [(2, 9, 161), (1,)], r"lengths: got the shape \(1,\), accepted is \(2,\)"),
        (lambda: models.MessagePassing(3, 2, width=4, readout="sum"),
         [(2, 5, 4), (2, 1, 2), (2, 1, 2)],
         r"nodes: got the shape \(2, 5, 4\), accepted is \(n, k, 3\)"),
        (lambda: models.Transformer(7, width=8, layers=1, heads=2, hidden=4), [(3, 5), (1, 4)],
         r"target: got the shape \(1, 4\), accepted is \(3, T\)"),
        (lambda: models.AlignmentTranslator(7, 7, units=4, embedding=3, alignment=2, readout=2),
         [(3, 5), (1, 4)], r"target: got the shape \(1, 4\)"),
        (lambda: models.LossyAutoencoder(8, latents=3, flow_steps=0), [(2, 8, 8), (1, 3)],
         r"noise: got the shape \(1, 3\), accepted is \(2, 3\)"),
    ],
)  # fmt: skip
def test_shapes_that_torch_would_compute_with(make, shapes, message):
    module = make()
    whole = isinstance(
        module,
        models.ModularMLP | models.ModularTransformer | models.PixelCNN | models.StoryQuestions
        | models.RecurrentLM | models.Transformer | models.AlignmentTranslator,
    )  # fmt: skip
    given = [torch.ones(shape, dtype=torch.int64 if whole else torch.float32) for shape in shapes]
    if isinstance(module, models.MessagePassing):
        given[1] = given[1].long()
    with pytest.raises(ValueError, match=message):
        module.eval()(*given)


def test_vectors_of_a_state_and_edges_of_atoms():
    with pytest.raises(ValueError, match="state: got 2 vectors, accepted are 1"):
        models.GRU(3, 4)(torch.ones(5, 2, 3), (torch.ones(1, 2, 4),) * 2)
    nodes, features = torch.ones(2, 3, 4), torch.ones(2, 1, 2)
    for to in (3, -1):  # the first atom of the molecule behind, the last of the one before
        edges = torch.tensor([[[0, to]], [[0, 1]]])
        with pytest.raises(ValueError, match=r"edges: got .* accepted are 0 to 2"):
            models.MessagePassing(4, 2, width=4)(nodes, edges, features)
