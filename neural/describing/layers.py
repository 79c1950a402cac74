"""Where the bits sit: how many of a file's bits are each tensor's, by layer and by kind.

The coder of weights is adaptive: what a tensor costs depends on those before it. A tensor's bits
are what its numbers add to the ideal codelength, in the order of the file; with 8 bits of layout
they sum to the codeword's length within 10 bits, which is what ending an arithmetic code costs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torch import nn

from complexity.envelope import unpack
from mdl.description import plain
from mdl.weights.codec.network import plans_of
from mdl.weights.codec.payload import Plan, read_payload, tensor_bits
from mdl.weights.tensors import parameters_of
from neural.describing.stand_in import StandIn

__all__ = ["KINDS", "Layers", "TensorBits", "layers_of"]

KINDS = (
    "convolution", "linear", "embedding", "attention", "recurrent", "normalisation", "bias",
    "buffer", "other",
)  # fmt: skip
"""Of tensors. A bias is one whatever its layer; in a normalisation everything is that."""

_NAMES = {
    "embedding": ("embed", "emb.", "wte", "wpe", "token"),
    "attention": ("attn", "attention", "in_proj", "out_proj"),
    "recurrent": ("lstm", "gru", "rnn", "weight_ih", "weight_hh"),
    "normalisation": ("norm", "bn", "ln_", ".ln", "batch_norm"),
}
"""Kind -> what in a name hints at it, where there is no class to ask."""
_STATISTICS = ("running_mean", "running_var", "num_batches_tracked")

_HASH = 4  # bytes of the architecture before the codeword


@dataclass(frozen=True)
class TensorBits:
    """One tensor, tied ones once.

    Attributes:
        name: in the state dict.
        layer: the module it belongs to, "" for the outermost.
        kind: one of KINDS.
        shape: of the tensor.
        numbers: how many it has.
        bits: by code.
    """

    name: str
    layer: str
    kind: str
    shape: tuple[int, ...]
    numbers: int
    bits: Mapping[str, float]


@dataclass(frozen=True)
class Layers:
    """The tensors of a network with their bits.

    Attributes:
        tensors: in the order of the files.
        guessed: whether kinds are by names and shapes alone.
    """

    tensors: tuple[TensorBits, ...]
    guessed: bool = False

    def by_kind(self, code: str) -> dict[str, tuple[int, float]]:
        """Kind -> numbers, and bits under "exact" or "quantised"."""
        return self._by(lambda each: each.kind, code)

    def by_layer(self, code: str) -> dict[str, tuple[int, float]]:
        """Layer -> numbers, and bits under "exact" or "quantised"."""
        return self._by(lambda each: each.layer, code)

    @property
    def codes(self) -> tuple[str, ...]:
        """Those that say where bits sit."""
        return tuple(self.tensors[0].bits) if self.tensors else ()

    def _by(self, key: Callable[[TensorBits], str], code: str) -> dict[str, tuple[int, float]]:
        found: dict[str, tuple[int, float]] = {}
        for each in self.tensors:
            numbers, bits = found.get(key(each), (0, 0.0))
            found[key(each)] = numbers + each.numbers, bits + each.bits[code]
        return found

    def __repr__(self) -> str:
        from neural.describing.table import tensors_table

        return tensors_table(self)

    def to_dict(self) -> dict[str, Any]:
        """Tensors, and sums by kind, as JSON values."""
        return {
            "kinds": "guessed from names and shapes" if self.guessed else "of classes",
            "tensors": [plain(vars(each)) for each in self.tensors],
            "by_kind": {
                code: {
                    kind: {"numbers": numbers, "bits": bits}
                    for kind, (numbers, bits) in self.by_kind(code).items()
                }
                for code in self.codes
            },
        }


def layers_of(module: nn.Module, blobs: Mapping[str, bytes]) -> Layers:
    """Where the bits of files of `mdl.weights.compress` sit.

    Args:
        module: of the files.
        blobs: code -> file.
    """
    plans = plans_of(module)
    bits = {code: _tensor_bits(blob, plans) for code, blob in blobs.items()}
    guess = isinstance(module, StandIn)
    kind = _guessed if guess else _kind_in(module)
    tensors = tuple(
        TensorBits(
            plan.name, plan.name.rpartition(".")[0], kind(plan), plan.shape, plan.size,
            {code: found[at] for code, found in bits.items()},
        )
        for at, plan in enumerate(plans)
    )  # fmt: skip
    return Layers(tensors, guess)


def _tensor_bits(blob: bytes, plans: Sequence[Plan]) -> list[float]:
    tensors, states = read_payload(unpack(blob, kind="weights")[1][_HASH:], plans)
    return tensor_bits(plans, tensors, states=states)


def _kind_in(module: nn.Module) -> Callable[[Plan], str]:
    parameters, layers = parameters_of(module), dict(module.named_modules())

    def kind(plan: Plan) -> str:
        if plan.name not in parameters:
            return "buffer"
        path, _, name = plan.name.rpartition(".")
        above = path.rpartition(".")[0]
        return _kind_by_class(layers.get(path), layers.get(above), name)

    return kind


def _kind_by_class(layer: nn.Module | None, above: nn.Module | None, name: str) -> str:
    kind = type(layer).__name__.lower()
    if "norm" in kind:
        return "normalisation"
    if "bias" in name:
        return "bias"
    if isinstance(layer, nn.MultiheadAttention) or isinstance(above, nn.MultiheadAttention):
        return "attention"
    if isinstance(layer, nn.Embedding | nn.EmbeddingBag):
        return "embedding"
    if isinstance(layer, nn.RNNBase | nn.RNNCellBase):
        return "recurrent"
    if "conv" in kind:
        return "convolution"
    return "linear" if isinstance(layer, nn.Linear | nn.Bilinear) else "other"


def _guessed(plan: Plan) -> str:
    name = plan.name.lower()
    last = name.rpartition(".")[2]
    if last in _STATISTICS or not plan.floating:
        return "buffer"
    if any(hint in name for hint in _NAMES["normalisation"]):
        return "normalisation"
    if "bias" in last:
        return "bias"
    for kind, hints in _NAMES.items():
        if any(hint in name for hint in hints):
            return kind
    if len(plan.shape) < 2:
        return "normalisation" if last == "weight" else "other"
    return "convolution" if len(plan.shape) > 2 else "linear"
