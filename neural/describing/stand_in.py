"""The tensors of a network without its class: what a file of weights is written and read with."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from mdl.weights.tensors import tensors_of

__all__ = ["Layout", "StandIn", "digest", "fill_from", "layout_of", "plain_attention", "stand_in"]

Layout = Sequence[tuple[str, str, tuple[int, ...], str]]
"""Name, dtype, shape, and the first name of the same tensor, for every entry of a state dict."""


class StandIn(nn.Module):
    """Tensors under the names of a state dict, tied as they are there; it computes nothing.

    Its `mdl.weights.tensors.architecture` is that of the network, so files of one are files of the
    other.

    Args:
        tensors: by name, in the order of the state dict; the same object twice is tied.
    """

    def __init__(self, tensors: Mapping[str, Tensor]) -> None:
        super().__init__()
        made: dict[int, nn.Parameter] = {}
        for name, tensor in tensors.items():
            if id(tensor) not in made:
                made[id(tensor)] = nn.Parameter(tensor.detach().cpu().clone(), requires_grad=False)
            self._parameters[name] = made[id(tensor)]  # register_parameter refuses dots

    @classmethod
    def blank(cls, layout: Layout) -> StandIn:
        """Zeros of this layout."""
        first = {
            name: torch.zeros(shape, dtype=getattr(torch, dtype))
            for name, dtype, shape, same in layout
            if name == same
        }
        return cls({name: first[same] for name, _, _, same in layout})


def stand_in(module: nn.Module) -> StandIn:
    """A stand-in that holds the module's tensors, copied."""
    state = module.state_dict(keep_vars=True)
    return StandIn({name: each for name, each in state.items() if isinstance(each, Tensor)})


def layout_of(module: nn.Module) -> Layout:
    """What both ends know of the tensors."""
    first: dict[int, str] = {}
    return [
        (name, str(each.dtype).removeprefix("torch."), tuple(each.shape),
         first.setdefault(id(each), name))
        for name, each in module.state_dict(keep_vars=True).items()
        if isinstance(each, Tensor)
    ]  # fmt: skip


def fill_from(module: nn.Module, source: nn.Module) -> None:
    """Copy into a module's tensors those of the same names."""
    found = tensors_of(source)
    with torch.no_grad():
        for name, target in tensors_of(module).items():
            if name in found:
                target.copy_(found[name])


def digest(module: nn.Module) -> str:
    """BLAKE2b of all tensors' bytes, in the order of the state dict, tied ones once."""
    whole = hashlib.blake2b(digest_size=16)
    for tensor in tensors_of(module).values():
        flat = tensor.detach().cpu().contiguous().reshape(-1)
        whole.update(flat.view(torch.uint8).numpy().tobytes())
    return whole.hexdigest()


@contextmanager
def plain_attention() -> Iterator[None]:
    """Attention layers compute as in training: their fast path differs in the last bits."""
    before = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        yield
    finally:
        torch.backends.mha.set_fastpath_enabled(before)
