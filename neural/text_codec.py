r"""A text behind another that the receiver has: a recurrent network and n-grams, arithmetic-coded.

Sender and receiver do the same: they train an LSTM on the text both have, read its last part with
all that learns online (the network takes a step every few symbols, n-grams count, the mixture of
their predictions weighs), and go on so through the new text, symbol after symbol. Nothing is spent
on weights: who has the first text, this program and a like processor can make them. Or the trained
weights are sent, in a file of `mdl.weights`, and the receiver need not train; that is
rarely shorter, and the other way is the fair comparison with a compressor that was given the text.

The file is an envelope of kind "text"; its description holds the settings that are no defaults, and
torch's build. The payload:

======  =========  ===========================================================================
offset  bytes      meaning
======  =========  ===========================================================================
0       4          BLAKE2b of the text that is given
4       4          BLAKE2b of the network's weights at the first new symbol: other arithmetic is
                   noticed there, and so is a text that was read otherwise
8       1 to 10    number W of bytes of the weights' file, 0 for none; LEB128
.       1 to 10    number of symbols, LEB128
.       1 to 2     number of byte values that do not occur in the given text, LEB128
.       .          those values, the weights' file, the codeword (`mdl.label_coder`)
======  =========  ===========================================================================

Floating-point sums differ from one processor to another in their last bits, so that such a file is
read where it was written, or where torch computes alike. It says so if it is not.

References:
    T. Mikolov et al., Recurrent neural network based language model, Interspeech 2010: learning
        goes on while the test text is read.
    M. Mahoney, Adaptive weighing of context models for lossless data compression, 2005.
    B. Knoll, lstm-compress, 2015: an LSTM among the models of a mixer.
"""

from __future__ import annotations

import copy
import hashlib
import math
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from complexity import _leb128
from complexity.code import DecodeError
from complexity.envelope import pack, unpack
from complexity.errors import integer
from complexity.progress import progress
from mdl.label_coder import LabelDecoder, LabelEncoder
from mdl.prequential.mixing import Mixture
from mdl.weights import compress, decompress
from mdl.weights.tensors import reproducible, tensors_of
from neural.models.ngrams import NGrams
from neural.models.recurrent import CarriedState, RecurrentLM
from neural.tasks.text import streams
from neural.training import TrainingRun, cosine

__all__ = ["TextCodec", "decode_text"]

_KIND, _DIGEST = "text", 4
_MOST_RATE = 1000.0


@dataclass(frozen=True)
class TextCodec:
    """How the network is built and trained, and how the new text is read.

    Attributes:
        hidden, layers: of the LSTM.
        epochs: times that it reads the given text, but for the last part.
        streams, unroll: texts read side by side, and symbols between two steps.
        learning_rate: of Adam; falls to a fiftieth as half a cosine.
        practice: symbols at the end of the given text that are read as if they were new, for the
            mixture to learn; at most half of it.
        online: symbols between two steps of the network while new text is read.
        online_rate: of those steps.
        order: symbols of the n-grams' longest context.
        mixing_rate: of the mixture's weights, a set for each length of the longest known context.
        seed: of the first weights.

    Raises:
        TypeError, ValueError: a number of things is no integer, or below 1; a rate is no number,
            or not from 0 to 1000.
    """

    hidden: int = 192
    layers: int = 1
    epochs: int = 2
    streams: int = 16
    unroll: int = 64
    learning_rate: float = 4e-3
    practice: int = 10_000
    online: int = 64
    online_rate: float = 1e-3
    order: int = 7
    mixing_rate: float = 0.002
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("hidden", "layers", "streams", "unroll", "online", "order"):
            object.__setattr__(self, name, integer(name, getattr(self, name), 1))
        for name in ("epochs", "practice"):
            object.__setattr__(self, name, integer(name, getattr(self, name), 0))
        object.__setattr__(self, "seed", integer("seed", self.seed, 0, (1 << 63) - 1))
        for name in ("learning_rate", "online_rate", "mixing_rate"):
            object.__setattr__(self, name, _rate(name, getattr(self, name)))

    def encode(
        self,
        text: bytes,
        *,
        given: bytes = b"",
        weights: bool = False,
        model: RecurrentLM | None = None,
        show: bool = True,
    ) -> bytes:
        """The text as a file, for a receiver who has the given one.

        Args:
            text: bytes.
            given: bytes that the receiver has.
            weights: whether to send the network as it is before the new text is read, rounded;
                otherwise the receiver trains it.
            model: what `train` gave for these two texts, to spare training it again.
            show: whether to show progress on a terminal.
        """
        alphabet, extra = _alphabet(given, text)
        before, after = (_symbols(part, alphabet) for part in (given, text))
        with reproducible(self.seed):
            if model is None:
                model = self.train(given, text, show=show)
            sent = compress(model) if weights else b""
            if weights:
                model = _recurrent(decompress(sent, model))
            reader = _Reader(self, model, before, show=show)
            digest, encoder = _digest_of(reader.model), LabelEncoder()

            def take(index: int, chances: NDArray[np.float64]) -> int:
                encoder.push(chances[None], after[index : index + 1])
                return int(after[index])

            reader.read(len(after), take, show=show)
        lengths = b"".join(_leb128.write(len(part)) for part in (sent, after, extra))
        head = _digest(given) + digest + lengths
        return pack(
            head + extra + sent + encoder.finish(),
            kind=_KIND, meta={"codec": self._settings(), "torch": _torch()},
        )  # fmt: skip

    def train(self, given: bytes, text: bytes = b"", *, show: bool = True) -> RecurrentLM:
        """The LSTM that has read a text but for its last part, to go on with another.

        Args:
            given: what it reads.
            text: of which only the byte values matter.
            show: whether to show progress on a terminal.
        """
        alphabet, _ = _alphabet(given, text)
        with reproducible(self.seed):
            model = self._network(alphabet)
            return self._trained(model, _symbols(given, alphabet), show=show).eval()

    def _network(self, alphabet: bytes) -> RecurrentLM:
        return RecurrentLM(max(len(alphabet), 1), hidden=self.hidden, layers=self.layers)

    def _trained(
        self, model: RecurrentLM, numbers: NDArray[np.int64], *, show: bool
    ) -> RecurrentLM:
        cut = len(numbers) - self._practice(len(numbers))
        count = min(self.streams, max(cut // (self.unroll + 1), 1))
        if cut <= count or not self.epochs:
            return model
        side = streams(numbers[:cut], count)
        once = -(-(side.shape[1] - 1) // self.unroll)

        def batches(step: int, rng: np.random.Generator) -> Any:
            del rng
            at = step % once * self.unroll
            part = torch.from_numpy(side[:, at : at + self.unroll + 1])
            return part[:, :-1], part[:, 1:], step % once == 0

        run = TrainingRun(
            CarriedState(model, count), _loss, batches, optimiser="adam", clip=1.0, seed=self.seed,
            learning_rate=self.learning_rate, schedule=cosine(self.epochs * once, end=0.02),
        )  # fmt: skip
        with progress("train", self.epochs, show=show) as advance:
            for _ in range(self.epochs):
                run.advance(once)
                advance()
        return model

    def _practice(self, size: int) -> int:
        return min(self.practice, size // 2)

    def _settings(self) -> dict[str, Any]:
        usual = {each.name: each.default for each in fields(self)}
        return {name: value for name, value in asdict(self).items() if value != usual[name]}


def decode_text(blob: bytes, *, given: bytes = b"", show: bool = True) -> bytes:
    """The text in a file of `TextCodec.encode`.

    Args:
        blob: a whole file.
        given: the text it was encoded behind.
        show: whether to show progress on a terminal.

    Raises:
        DecodeError: the file is damaged; another text is given; or the network that was trained
            here is not the one that was trained there.
    """
    meta, payload = unpack(blob, kind=_KIND)
    codec, start = _codec(meta.get("codec")), 2 * _DIGEST
    if payload[:_DIGEST] != _digest(given):
        raise DecodeError("the text that is given is not the one it was encoded behind")
    sizes = []
    for what in ("the weights' length", "the text's length", "the number of new byte values"):
        size, start = _leb128.read(payload, start, what)
        sizes.append(size)
    sent_size, count, extra_size = sizes
    if start + extra_size + sent_size > len(payload):
        raise DecodeError("damaged: it ends inside the weights")
    extra = payload[start : start + extra_size]
    sent = payload[start + extra_size : start + extra_size + sent_size]
    decoder = LabelDecoder(payload[start + extra_size + sent_size :])
    alphabet = bytes(sorted({*given, *extra}))
    before = _symbols(given, alphabet)
    with reproducible(codec.seed):
        if sent:
            model = _recurrent(decompress(sent, codec._network(alphabet)))
        else:
            model = codec.train(given, extra, show=show)
        reader = _Reader(codec, model, before, show=show)
        if payload[_DIGEST : 2 * _DIGEST] != _digest_of(reader.model):
            raise DecodeError(
                f"the network is not here what it was there: made with torch {meta.get('torch')}, "
                f"here is {_torch()}; another build or processor computes otherwise"
            )
        found = reader.read(count, lambda _, chances: int(decoder.pop(chances[None])[0]), show=show)
    decoder.finish()
    return bytes(alphabet[symbol] for symbol in found)


class _Reader:
    """All that predicts, in step: the same calls give the same probabilities to the bit."""

    def __init__(
        self, codec: TextCodec, model: RecurrentLM, before: NDArray[np.int64], *, show: bool
    ) -> None:
        self.codec, self.model = codec, copy.deepcopy(model)
        practice = codec._practice(len(before))
        cut = len(before) - practice
        self.ngrams = NGrams(model.symbols, codec.order)
        self.ngrams.learn(before[:cut])
        self.adam = torch.optim.Adam(self.model.parameters(), codec.online_rate)
        experts = codec.order + 2  # n-grams of all orders, and the network
        self.mixtures = [
            Mixture("geometric", codec.mixing_rate, experts, model.symbols)
            for _ in range(codec.order + 2)
        ]
        self.window: list[int] = []
        self.state: Any = None
        self.logits = torch.zeros(model.symbols)
        with torch.no_grad():  # the network takes up the thread
            for start in range(max(cut - 4096, 0), cut, 256):
                part = torch.from_numpy(before[start : min(start + 256, cut)])
                logits, self.state = self.model(part[None], self.state)
                self.logits = logits[0, -1]
        self.window_state = self.state
        known = before[cut:]
        self.read(practice, lambda index, _: int(known[index]), show=show)

    def read(
        self, count: int, take: Callable[[int, NDArray[np.float64]], int], *, show: bool
    ) -> list[int]:
        """Read so many symbols; `take` says what stands at an index, told its probabilities."""
        found = []
        with progress("read", -(-count // 1000), show=show) as advance:
            for index in range(count):
                rows = np.empty((self.codec.order + 2, self.model.symbols))
                rows[:-1] = self.ngrams.predict()
                rows[-1] = torch.softmax(self.logits.double(), 0).numpy()
                rows[-1] = np.maximum(rows[-1], 1e-9)
                mixture = self.mixtures[self.ngrams.longest + 1]
                symbol = take(index, mixture.predict(rows))
                mixture.update(rows, symbol)
                self._learn(symbol)
                found.append(symbol)
                if index % 1000 == 999:
                    advance()
        return found

    def _learn(self, symbol: int) -> None:
        """See a symbol; take a step of the network if it is time."""
        self.ngrams.learn(np.array([symbol]))
        before = self.state
        with torch.no_grad():
            logits, self.state = self.model(torch.tensor([[symbol]]), self.state)
        self.logits = logits[0, 0]
        self.window.append(symbol)
        if len(self.window) > self.codec.online:
            text = torch.tensor([self.window])
            self.adam.zero_grad(set_to_none=True)
            logits, _ = self.model(text[:, :-1], self.window_state)
            functional.cross_entropy(logits[0], text[0, 1:]).backward()
            torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
            self.adam.step()
            self.window, self.window_state = [symbol], before


def _rate(name: str, value: Any) -> float:
    """A float, which JSON and torch take."""
    found = math.nan
    if isinstance(value, int | float | np.integer | np.floating):
        with suppress(OverflowError):
            found = float(value)
    if not 0 <= found <= _MOST_RATE:
        raise ValueError(f"{name}: got {value!r}, accepted is a number from 0 to {_MOST_RATE:g}")
    return found


def _loss(module: Any, batch: Any) -> Tensor:
    tokens, following, fresh = batch
    logits = module(tokens, fresh=fresh)  # (B, T, K)
    return functional.cross_entropy(logits.transpose(1, 2), following)


def _recurrent(module: Any) -> RecurrentLM:
    return module.eval()


def _alphabet(given: bytes, text: bytes) -> tuple[bytes, bytes]:
    """Byte values that occur, in order; and those that occur in the text only."""
    return bytes(sorted({*given, *text})), bytes(sorted({*text} - {*given}))


def _symbols(text: bytes, alphabet: bytes) -> NDArray[np.int64]:
    return np.searchsorted(np.frombuffer(alphabet, np.uint8), np.frombuffer(text, np.uint8))


def _digest(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=_DIGEST).digest()


def _digest_of(model: RecurrentLM) -> bytes:
    parts = [each.detach().numpy().tobytes() for each in tensors_of(model).values()]
    return _digest(b"".join(parts))


def _codec(settings: Any) -> TextCodec:
    try:
        return TextCodec(**settings)
    except (TypeError, ValueError) as error:
        raise DecodeError(f"made by what is not known here: {error}") from None


def _torch() -> str:
    """The build, and the instructions that it uses."""
    return f"{torch.__version__}/{torch.backends.cpu.get_cpu_capability()}"
