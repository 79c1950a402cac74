"""A network as a seed and d quantised coordinates in a random subspace of its weights.

Weights are w = w0 + P u, with w0 and P from a seed. The coordinates are trained on total bits: each
has Gaussian noise of one common sd s, and d log2(sigma / s) bits, with sigma^2 = mean(u^2) + s^2,
are what they cost. So s, and with it the step of the quantiser, s sqrt(12), is learned. Then they
are rounded, some at a time, and those that are left are trained further.

The payload of the file, of kind "subspace":

=========  ====================================================================================
bytes      meaning
=========  ====================================================================================
4          BLAKE2b of 32 bits over the names and shapes of the tensors
1          +1: Fastfood, +2: w0 is the module's own, +4: labels in the stream, +8: Laplace's law
1 to 10    seed, d and the greatest magnitude of an integer, each LEB128
2          step of the quantiser, 2^((byte - 192) / 8); parameter of the law of the integers
4          BLAKE2b over w0 if it is the module's own
.          one arithmetic codeword: the integers, then the labels
=========  ====================================================================================

References:
    C. Li, H. Farkhoor, R. Liu and J. Yosinski, Measuring the intrinsic dimension of objective
        landscapes, ICLR 2018: w0 + P u (equation 2), d_int90 (section 2.1), description length.
    S. Lotfi, M. Finzi, S. Kapoor, A. Potapczynski, M. Goldblum and A. G. Wilson, PAC-Bayes
        compression bounds so tight that they can explain generalization, NeurIPS 2022: quantised
        coordinates of a subspace, arithmetic coding.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
import torch
from numpy.typing import NDArray

from complexity import _leb128
from complexity.code import DecodeError, Kind
from complexity.envelope import pack
from complexity.errors import integer, one_of
from complexity.progress import progress as progress_bar
from mdl.label_coder import LabelDecoder, LabelEncoder
from mdl.report import Report
from mdl.weights.integer_law import (
    FAMILIES,
    MAX_MAGNITUDE,
    best_law,
    pop_integers,
    push_integers,
)
from mdl.weights.projections import DENSE_LIMIT, Projection, initial_weights
from mdl.weights.relative_entropy.shared import Layout, layout_hash, nearest_step, power_of_two
from mdl.weights.sampled_loss import Loss, SampledLoss
from mdl.weights.subspace_training import Coordinates
from mdl.weights.tensors import checked_module, flat_parameters, parameters_of, reproducible

__all__ = ["KIND", "SubspaceCode", "fit_subspace", "read_payload"]

Floats = NDArray[np.float64]
Origin = Literal["seed", "module"]

KIND = "subspace"
_ORIGINS = ("seed", "module")
_FASTFOOD, _MODULE, _LABELS, _LAPLACE = 1, 2, 4, 8


@dataclass(frozen=True, eq=False)
class SubspaceCode:
    """Quantised coordinates of a network in a random subspace.

    Attributes:
        layout: names and shapes of the tensors.
        seed: of the subspace.
        dimension: d.
        projection: "dense" or "fastfood".
        origin: w0 is from the "seed" or is the "module"'s.
        origin_hash: 4 bytes over w0 if it is the module's, else empty.
        step: of the quantiser.
        integers: coordinates in steps, (d,) int64.
        bound_bits: what the coordinates cost as noisy ones, before they were rounded.
    """

    family: ClassVar[str] = KIND

    layout: Layout
    seed: int
    dimension: int
    projection: Literal["dense", "fastfood"]
    origin: Origin
    origin_hash: bytes
    step: float
    integers: NDArray[np.int64]
    bound_bits: float

    def weights_of(self, module: torch.nn.Module) -> Floats:
        """The weights (D,) float64; of the module, only w0 matters, if that is the origin.

        Raises:
            DecodeError: the module's weights are not those it began with.
        """
        size = sum(math.prod(shape) for _, shape in self.layout)
        projection = Projection(self.seed, self.dimension, size, self.projection)
        return _start(self, module) + projection.apply(self.step * self.integers.astype(np.float64))

    @property
    def model_bits(self) -> float:
        """Of the integers, before they are padded to whole bytes."""
        encoder = LabelEncoder()
        self.push(encoder)
        return encoder.bits

    @property
    def blob(self) -> bytes:
        """The file: `mdl.weights.label_files.decode_weights` gives the network."""
        encoder = LabelEncoder()
        self.push(encoder)
        return self.file(encoder)

    def push(self, encoder: LabelEncoder) -> None:
        """Code the integers."""
        push_integers(encoder, self.integers, *best_law(self.integers))

    def file(self, encoder: LabelEncoder, *, labels: bytes | None = None) -> bytes:
        """The file around a codeword that begins with the integers; `labels` goes before it."""
        family, parameter = best_law(self.integers)
        flags = (
            (_FASTFOOD if self.projection == "fastfood" else 0)
            | (_MODULE if self.origin == "module" else 0)
            | (0 if labels is None else _LABELS)
            | (_LAPLACE if family == "laplace" else 0)
        )
        numbers = (self.seed, self.dimension, int(np.max(np.abs(self.integers), initial=0)))
        header = layout_hash(self.layout) + bytes([flags])
        header += b"".join(map(_leb128.write, numbers))
        header += bytes([nearest_step(self.step), parameter]) + self.origin_hash
        return pack(header + (labels or b"") + encoder.finish(), kind=KIND)

    def report(self) -> Report:
        """Model and header bits of the file without labels."""
        return Report(
            KIND,
            Kind.FILE,
            model_bits=self.model_bits,
            header_bits=8 * len(self.blob) - self.model_bits,
            parameters=sum(math.prod(shape) for _, shape in self.layout),
            details=self.details,
        )

    @property
    def details(self) -> dict[str, Any]:
        """What a report says beside the bits."""
        return {
            "seed": self.seed,
            "dimension": self.dimension,
            "projection": self.projection,
            "step": self.step,
            "bound_bits": self.bound_bits,
        }

    def __repr__(self) -> str:
        size = sum(math.prod(shape) for _, shape in self.layout)
        return (
            f"SubspaceCode({size} weights in {self.dimension} coordinates ({self.projection}): "
            f"{self.model_bits:.1f} bits)"
        )


def fit_subspace(
    module: torch.nn.Module,
    data: tuple[Any, Any],
    *,
    dimension: int = 256,
    seed: int = 0,
    origin: Origin = "seed",
    projection: Literal["auto", "dense", "fastfood"] = "auto",
    steps: int = 1500,
    rounds: int = 16,
    steps_between: int = 30,
    learning_rate: float = 0.01,
    batch_size: int = 2048,
    groups: int = 8,
    loss: Loss | None = None,
    device: str | torch.device = "cpu",
    progress: bool = True,
) -> SubspaceCode:
    """Train the coordinates of a network in a random subspace on total bits, and quantise them.

    Args:
        module: of the architecture; its weights matter for origin "module" only.
        data: inputs (N, ...) and labels (N,) or targets.
        dimension: d, at most the number of weights.
        seed: of w0, of the subspace, and of training.
        origin: "seed", or "module": w0 is what the module holds, which the receiver has too.
        projection: "dense", "fastfood", or "auto": dense for at most 2^24 entries.
        steps: of training before anything is rounded.
        rounds: in which coordinates are rounded.
        steps_between: of training of the others after each round.
        learning_rate: of Adam, for the coordinates; it falls to a tenth.
        batch_size: examples in a step.
        groups: samples of the noise in a step.
        loss: nats of outputs and targets, summed over examples; None for the cross entropy.
        device: where training runs; on the processor it runs on one thread.
        progress: a bar on a terminal.

    Raises:
        TypeError, ValueError: an argument is out of range.
        FloatingPointError: a gradient is not finite.
    """
    checked_module("module", module)
    one_of("origin", origin, _ORIGINS)
    one_of("projection", projection, ("auto", "dense", "fastfood"))
    start = flat_parameters(module)
    dimension = integer("dimension", dimension, 1, start.size)
    seed = integer("seed", seed, 0, (1 << 64) - 1)
    rounds, steps = integer("rounds", rounds, 1), integer("steps", steps, 1)
    steps_between = integer("steps_between", steps_between, 0)
    layout = tuple((name, tuple(p.shape)) for name, p in parameters_of(module).items())
    chosen = projection
    if chosen == "auto":
        chosen = "dense" if dimension * start.size <= DENSE_LIMIT else "fastfood"
    if chosen == "dense" and dimension * start.size > DENSE_LIMIT:
        raise ValueError(f"projection: got 'dense' of {dimension} x {start.size} entries, accepted "
                         f"are at most {DENSE_LIMIT}; consider 'fastfood'")  # fmt: skip
    if origin == "seed":
        start = initial_weights(seed, layout)
    with reproducible(seed % (1 << 63)) as generator:
        nats = SampledLoss(
            module, data, generator=generator, batch_size=batch_size, groups=groups, loss=loss,
            device=device,
        )  # fmt: skip
        training = Coordinates(
            nats, Projection(seed, dimension, start.size, chosen), start, generator, learning_rate
        )
        with progress_bar("coding coordinates", rounds + 1, show=progress) as advance:
            training.train(steps, annealed=0.3)
            advance()
            bound, step = training.bits, training.settle()
            parts = np.array_split(np.arange(dimension), min(rounds, dimension))
            for part in parts:
                training.round(part)
                if part[-1] < dimension - 1:
                    training.train(steps_between)
                advance()
    integers = training.integers
    if np.max(np.abs(integers), initial=0) > MAX_MAGNITUDE:
        raise ValueError(f"data: got coordinates of more than {MAX_MAGNITUDE} steps, accepted are "
                         "fewer; consider a smaller dimension")  # fmt: skip
    digest = _weights_hash(start) if origin == "module" else b""
    return SubspaceCode(layout, seed, dimension, chosen, origin, digest, step, integers, bound)


def read_payload(
    payload: bytes, layout: Layout, module: torch.nn.Module
) -> tuple[Floats, bytes | None, LabelDecoder]:
    """What a file's payload says of tensors of this layout.

    Returns:
        The weights (D,) float64; the label section's 4 bytes, None without labels; and the decoder
        behind the integers.

    Raises:
        DecodeError: the payload is damaged, belongs to other tensors, or begins from other weights.
    """
    if len(payload) < 5:
        raise DecodeError(f"truncated: {len(payload)} bytes hold no header")
    if payload[:4] != layout_hash(layout):
        raise DecodeError("these are weights of tensors with other names or shapes")
    flags = payload[4]
    seed, at = _leb128.read(payload, 5, "the seed")
    dimension, at = _leb128.read(payload, at, "the dimension")
    most, at = _leb128.read(payload, at, "the greatest integer")
    size = sum(math.prod(shape) for _, shape in layout)
    projection = "fastfood" if flags & _FASTFOOD else "dense"
    dense = dimension * size <= DENSE_LIMIT
    if flags > 15 or seed >> 64 or not 1 <= dimension <= size or len(payload) < at + 2:
        raise DecodeError("damaged: the header's numbers are out of range")
    if projection == "dense" and not dense:
        raise DecodeError(f"damaged: a dense projection of {dimension} x {size} is not written")
    step, parameter = power_of_two(payload[at]), payload[at + 1]
    at += 2
    end = at + (4 if flags & _MODULE else 0)
    digest, labels = payload[at:end], None
    if flags & _LABELS:
        labels, end = payload[end : end + 4], end + 4
    decoder = LabelDecoder(payload[end:])
    family = FAMILIES[1] if flags & _LAPLACE else FAMILIES[0]
    integers = pop_integers(decoder, dimension, family, parameter, most)
    origin = "module" if flags & _MODULE else "seed"
    code = SubspaceCode(
        layout, seed, dimension, projection, origin, digest, step, integers, math.nan
    )
    return code.weights_of(module), labels, decoder


def _start(code: SubspaceCode, module: torch.nn.Module) -> Floats:
    if code.origin == "seed":
        return initial_weights(code.seed, code.layout)
    start = flat_parameters(module)
    if _weights_hash(start) != code.origin_hash:
        raise DecodeError("this network was coded from other weights than the module has")
    return start


def _weights_hash(weights: Floats) -> bytes:
    return hashlib.blake2b(np.ascontiguousarray(weights).tobytes(), digest_size=4).digest()
