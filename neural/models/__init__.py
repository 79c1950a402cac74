"""Architectures, at any size; at their defaults they have the published numbers of parameters."""

from typing import TYPE_CHECKING

from complexity import _lazy

if TYPE_CHECKING:
    from neural.models.alexnet import AlexNet as AlexNet
    from neural.models.alignment import AlignmentTranslator as AlignmentTranslator
    from neural.models.arithmetic import ModularMLP as ModularMLP
    from neural.models.arithmetic import ModularTransformer as ModularTransformer
    from neural.models.deep_speech import DeepSpeech as DeepSpeech
    from neural.models.dilated import ContextModule as ContextModule
    from neural.models.dilated import DilatedNetwork as DilatedNetwork
    from neural.models.dilated import FrontEnd as FrontEnd
    from neural.models.language import GPT as GPT
    from neural.models.language import TiedLSTM as TiedLSTM
    from neural.models.masked_convolution import PixelCNN as PixelCNN
    from neural.models.message_passing import MessagePassing as MessagePassing
    from neural.models.ngrams import NGrams as NGrams
    from neural.models.pointer import PointerNetwork as PointerNetwork
    from neural.models.pointer import SequenceToSequence as SequenceToSequence
    from neural.models.recurrent import GRU as GRU
    from neural.models.recurrent import LSTM as LSTM
    from neural.models.recurrent import Elman as Elman
    from neural.models.recurrent import RecurrentLM as RecurrentLM
    from neural.models.registry import build as build
    from neural.models.registry import names as names
    from neural.models.relation_network import ImageQuestions as ImageQuestions
    from neural.models.relation_network import RelationNetwork as RelationNetwork
    from neural.models.relation_network import StoryQuestions as StoryQuestions
    from neural.models.relational_memory import RelationalMemory as RelationalMemory
    from neural.models.residual import ResidualNetwork as ResidualNetwork
    from neural.models.sets import ChainLSTM as ChainLSTM
    from neural.models.sets import ReadProcessWrite as ReadProcessWrite
    from neural.models.transformer import Transformer as Transformer
    from neural.models.turing_machine import SkipLSTM as SkipLSTM
    from neural.models.turing_machine import TuringMachine as TuringMachine
    from neural.models.variational import LossyAutoencoder as LossyAutoencoder

_CONTENTS = {
    # by name, at published sizes
    "build": "registry",
    "names": "registry",
    # for arithmetic modulo a prime
    "ModularMLP": "arithmetic",
    "ModularTransformer": "arithmetic",
    # recurrent layers, and models of texts
    "Elman": "recurrent",
    "GRU": "recurrent",
    "LSTM": "recurrent",
    "NGrams": "ngrams",
    "RecurrentLM": "recurrent",
    # memories to write to, pointers, sets
    "PointerNetwork": "pointer",
    "SequenceToSequence": "pointer",
    "ReadProcessWrite": "sets",
    "ChainLSTM": "sets",
    "RelationalMemory": "relational_memory",
    "SkipLSTM": "turing_machine",
    "TuringMachine": "turing_machine",
    # relations of objects, and speech
    "DeepSpeech": "deep_speech",
    "ImageQuestions": "relation_network",
    "RelationNetwork": "relation_network",
    "StoryQuestions": "relation_network",
    # images: classes, codes
    "AlexNet": "alexnet",
    "LossyAutoencoder": "variational",
    "ResidualNetwork": "residual",
    # dense prediction, and molecules
    "ContextModule": "dilated",
    "DilatedNetwork": "dilated",
    "FrontEnd": "dilated",
    "MessagePassing": "message_passing",
    # symbols from the symbols before them, without recurrence and with
    "GPT": "language",
    "TiedLSTM": "language",
    # pixels from the pixels before them
    "PixelCNN": "masked_convolution",
    # translators
    "AlignmentTranslator": "alignment",
    "Transformer": "transformer",
}

__getattr__, __dir__, __all__ = _lazy.attach(__name__, _CONTENTS, extra="neural")  # pyright: ignore[reportUnsupportedDunderAll]
