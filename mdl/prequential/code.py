"""The prequential code of labels given inputs: predict a block, code it, learn it, go on.

Nothing is sent before the labels: a receiver with the inputs trains as the sender did. The length
is the sum of -log2 of the probabilities, so a model is paid for by predicting badly while it still
learns (Dawid's prequential principle; Rissanen's predictive MDL).

References:
    A. P. Dawid, Present position and potential developments: some personal views: statistical
        theory: the prequential approach, J. R. Stat. Soc. A 147, 1984.
    J. Rissanen, Universal coding, information, prediction, and estimation, IEEE Trans. Inf. Theory
        30, 1984.
    L. Blier and Y. Ollivier, The description length of deep learning models, NeurIPS 2018.
    J. Bornschein, Y. Li and M. Hutter, Sequential learning of neural networks for prequential MDL,
        2022 (arXiv 2210.07931): online, with replay.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from complexity.code import DecodeError, Kind
from complexity.errors import integer
from mdl.discrete.letters import LettersLike, as_letters
from mdl.label_coder import LabelDecoder, LabelEncoder, label_bits
from mdl.prequential import _file
from mdl.prequential._checks import as_inputs, number
from mdl.prequential._walk import learners_of, walk
from mdl.prequential.curve import LearningCurve
from mdl.prequential.learners import Learner, Uniform, checked_learner, is_portable
from mdl.prequential.mixing import checked_mixing
from mdl.prequential.presets import standard_learners
from mdl.report import Report, null_bits

__all__ = ["PrequentialCode"]

_FAINT = 2.0**-24  # from here down a label costs what the coder takes, 48 bits and no more


@dataclass(frozen=True)
class _Sent:
    """What a sender gets from one training: the curve, the codeword, the tables' checksum."""

    curve: LearningCurve
    word: bytes
    tables: bytes


@dataclass(frozen=True)
class PrequentialCode:
    """Labels 0 to K - 1 given inputs, by learners whose predictions are mixed.

    Everything is deterministic by the seed, on one thread, whatever the caller's settings.

    Attributes:
        alphabet_size: K.
        learners: one or several; None for `standard_learners`.
        block_size: labels between two updates of the learners; the mixture learns from each label.
        mixing: "switch" (whichever is best now, ever fewer changes), "bayes", "fixed-share" or
            "geometric" (a product, surer than each), as `mdl.experts` has them.
        rate: of "fixed-share" (0.01) or "geometric" (0.02); None for those in brackets.
        seed: of the learners' weights and draws.
        floor: the share of every expert's prediction that is spread evenly.
        uniform: whether `Uniform` joins the learners; with it the labels cost at most log2 E more
            than under the uniform code by "bayes", and (log2 E + log2 n) more by "switch".

    Raises:
        TypeError, ValueError: an argument is none of these.

    Example:
        >>> import numpy as np
        >>> from mdl.prequential import PrequentialCode, SoftNeighbours
        >>> inputs = np.arange(200) % 10
        >>> code = PrequentialCode(2, SoftNeighbours())
        >>> labels = inputs > 4
        >>> code.bits(inputs, labels) < 40
        True
        >>> blob = code.encode(inputs, labels)
        >>> bool(np.all(code.decode(blob, inputs) == labels))
        True
    """

    alphabet_size: int
    learners: Learner | Sequence[Learner] | None = None
    block_size: int = 4
    mixing: str = "switch"
    rate: float | None = None
    seed: int = 0
    floor: float = 1e-3
    uniform: bool = True

    def __post_init__(self) -> None:
        put = object.__setattr__
        put(self, "alphabet_size", integer("alphabet_size", self.alphabet_size, 1, 1 << 20))
        put(self, "block_size", integer("block_size", self.block_size, 1, 1 << 30))
        put(self, "seed", integer("seed", self.seed, 0, (1 << 63) - 1))
        put(self, "floor", number("floor", self.floor, 1e-12, 0.5))
        put(self, "rate", checked_mixing(self.mixing, self.rate))
        given = standard_learners() if self.learners is None else self.learners
        several = given if isinstance(given, list | tuple) else [given]
        learners = [checked_learner("learners", learner) for learner in several]
        if self.uniform and not any(isinstance(learner, Uniform) for learner in learners):
            learners.append(Uniform())
        if not learners:
            raise ValueError("learners: got none, accepted is at least one")
        put(self, "learners", tuple(learners))

    @property
    def name(self) -> str:
        """The learners and how they are mixed, as tables call it."""
        names = "+".join(learner.name for learner in learners_of(self))
        return f"prequential({names}; {self.mixing})"

    @property
    def portable(self) -> bool:
        """Whether files decode on every machine; else they need the same torch on a like one."""
        return all(map(is_portable, learners_of(self)))

    @property
    def spec(self) -> dict[str, Any]:
        """Everything a receiver must know, as JSON values.

        Raises:
            TypeError: a learner is not one of this package.
        """
        return _file.spec_of_code(self)

    def bits(self, inputs: Any, labels: LettersLike, *, show: bool = True) -> float:
        """The ideal codelength of the labels given the inputs, in bits.

        Args:
            inputs: (n, ...) finite numbers.
            labels: (n,) integers 0 to K - 1; some may never occur.
            show: a progress bar, on a terminal.

        Raises:
            TypeError, ValueError: they are none such, or of different number.
            ArithmeticError: a learner diverges.
        """
        return self.curve(inputs, labels, show=show).total_bits

    def curve(self, inputs: Any, labels: LettersLike, *, show: bool = True) -> LearningCurve:
        """What every label costs, by the mixture and by each expert; arguments as `bits`."""
        x, y = self._checked(inputs, labels)
        return self._sent(x, y, show).curve

    def report(
        self, inputs: Any, labels: LettersLike, *, file: bool = False, show: bool = True
    ) -> Report:
        """The codelength beside those of codes that do not look at the inputs.

        A prequential code sends no model, so all bits are `data_bits`, and only the total means
        something; `details` has the part of it that learning cost (`LearningCurve.area_bits`).

        Args:
            inputs, labels, show: as `bits` takes them.
            file: encode: bits of the codeword, those of the envelope as `header_bits`.

        Raises:
            As `bits`; with `file` as `encode`.
        """
        x, y = self._checked(inputs, labels)
        if file:
            _file.spec_of_code(self)  # what cannot be named is refused before the training
        sent = self._sent(x, y, show)
        curve = sent.curve
        details = {
            "ideal_bits": curve.total_bits,
            "area_bits": curve.area_bits(),
            "errors": int(curve.wrong.sum()),
            "best_expert": curve.best_expert,
            "best_expert_bits": curve.experts_total.get(curve.best_expert, 0.0),
            "block_size": self.block_size,
            "mixing": self.mixing,
            "seed": self.seed,
            "threads": 1,
        }
        data, header, kind = curve.total_bits, 0.0, Kind.IDEAL
        if file:
            data, kind = 8.0 * len(sent.word), Kind.FILE
            header = 8.0 * len(_file.packed(self, sent.word, x, y, sent.tables)) - data
        nulls = {name: getattr(curve, name) for name in ("labels", "uniform_bits", "nml_bits")}
        return Report(
            self.name, kind, 0.0, data, header, seconds=curve.seconds, details=details, **nulls
        )

    def encode(
        self, inputs: Any, labels: LettersLike, *, envelope: bool = True, show: bool = True
    ) -> bytes:
        """The labels as bytes, to a receiver that has the inputs and will train.

        Args:
            inputs, labels, show: as `bits` takes them.
            envelope: a file, that names the learners and notices damage, other inputs and other
                arithmetic; else the codeword alone, below 9 bits longer than `bits`.

        Raises:
            TypeError, ValueError, ArithmeticError: as `bits`; or a file cannot name a learner.
        """
        if envelope:
            _file.spec_of_code(self)  # what cannot be named is refused before the training
        x, y = self._checked(inputs, labels)
        sent = self._sent(x, y, show)
        return _file.packed(self, sent.word, x, y, sent.tables) if envelope else sent.word

    def decode(
        self, blob: bytes, inputs: Any, *, envelope: bool = True, show: bool = True
    ) -> NDArray[np.int64]:
        """The labels (n,), by training anew.

        Args:
            blob: what `encode` gave; a codeword alone has no checksum, and damage or other inputs
                may decode to other labels.
            inputs: those it was encoded with, (n, ...).
            envelope: whether it has one.
            show: a progress bar, on a terminal.

        Raises:
            DecodeError: the file is damaged, or made by another code, with other inputs, or by
                other arithmetic than this machine's.
            TypeError, ValueError: the inputs are no finite numbers.
        """
        x = as_inputs(inputs)
        if not envelope:
            return self._decoded(blob, x, None, show)
        opened = _file.opened(blob)
        if opened.spec != self.spec:
            raise DecodeError(f"made by another code: {opened.spec}, this is {self.spec}")
        opened.check_inputs(x)
        y = self._decoded(opened.word, x, opened, show)
        opened.check_labels(y)
        return y

    def _checked(
        self, inputs: Any, labels: LettersLike
    ) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        x, y = as_inputs(inputs), as_letters("labels", labels, self.alphabet_size)
        if len(x) != len(y):
            raise ValueError(f"labels: got {len(y)}, accepted are as many as inputs, {len(x)}")
        return x, y

    def _sent(self, x: NDArray[np.float64], y: NDArray[np.int64], show: bool) -> _Sent:
        begun = time.perf_counter()
        encoder, digest = LabelEncoder(), _file.TableDigest()
        bits, wrong = np.zeros(len(y)), np.zeros(len(y), bool)
        parts: list[NDArray[np.float64]] = []

        def take(index: int, mixed: NDArray[np.float64]) -> int:
            chance = mixed[y[index]]
            if chance > _FAINT:
                bits[index] = -math.log2(chance) + 0.0  # no -0.0
            else:
                bits[index] = label_bits(mixed[None], y[index : index + 1])
            wrong[index] = mixed.argmax() != y[index]
            encoder.push(mixed[None], y[index : index + 1])
            return int(y[index])

        def watch(start: int, table: NDArray[np.float64]) -> None:
            index = np.arange(table.shape[1])
            parts.append(-np.log2(table[:, index, y[start + index]]) + 0.0)
            digest.add(table)

        names = walk(self, x, take, watch, show)
        experts = np.concatenate(parts, 1) if parts else np.zeros((0, 0))
        seconds = time.perf_counter() - begun
        nulls = null_bits(y, self.alphabet_size)
        word = encoder.finish()
        curve = LearningCurve(
            self.name, bits, experts, names, 8 * len(word), wrong, seconds, **nulls
        )
        return _Sent(curve, word, digest.finish())

    def _decoded(
        self, word: bytes, x: NDArray[np.float64], file: _file.Opened | None, show: bool
    ) -> NDArray[np.int64]:
        decoder, digest = LabelDecoder(word), _file.TableDigest(file)
        y = np.zeros(len(x), np.int64)

        def take(index: int, mixed: NDArray[np.float64]) -> int:
            y[index] = decoder.pop(mixed[None])[0]
            return int(y[index])

        try:
            walk(self, x, take, lambda start, table: digest.add(table), show)
        except DecodeError:
            raise
        except (ArithmeticError, ValueError) as error:
            raise DecodeError(f"damaged, or made by other arithmetic: {error}") from None
        decoder.finish()
        digest.finish()
        return y
