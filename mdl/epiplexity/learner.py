"""The bounded learner: a small causal transformer whose untrained prediction is uniform."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from complexity.errors import integer

__all__ = ["CausalTransformer", "Factory", "Transformer", "check_causal", "made", "sampling"]

Factory = Callable[[int, int], nn.Module]
"""Makes a learner: (alphabet_size, length) -> module; the module maps tokens (B, T) with T at most
`length` to logits (B, T, alphabet_size), of which row t predicts token t from those before it."""


@dataclass(frozen=True)
class Transformer:
    """How large a `CausalTransformer` is; called with an alphabet and a length, it makes one.

    Args:
        width: of the residual stream, a multiple of `heads`.
        depth: number of blocks.
        heads: of attention in every block.
        expansion: hidden units of a block's two-layer network, in widths.

    Raises:
        TypeError, ValueError: a size is no such integer.

    Example:
        >>> Transformer(width=16, depth=1)(2, 8).parameter_count
        3474
    """

    width: int = 32
    depth: int = 2
    heads: int = 2
    expansion: int = 4

    def __post_init__(self) -> None:
        limits = {"depth": 256, "expansion": 64, "heads": 1 << 10, "width": 1 << 14}
        for name, most in limits.items():
            object.__setattr__(self, name, integer(name, getattr(self, name), 1, most))
        if self.width % self.heads:
            raise ValueError(f"width: got {self.width}, accepted is a multiple of {self.heads}")

    def __call__(self, alphabet_size: int, length: int) -> CausalTransformer:
        """An untrained learner, its weights from torch's global stream."""
        return CausalTransformer(self, alphabet_size, length)


class CausalTransformer(nn.Module):
    """A pre-norm transformer that predicts every token from those before it.

    The rule of initialisation is that of the paper's code: weights of variance 1 / fan-in, zeros
    where a block writes to the residual stream and in the readout, so that the untrained learner
    codes any token in log2(alphabet_size) bits. Besides learned positions every head has a learned
    weight for every distance, without which a small learner spends most of its time on finding
    out where to look.

    References:
        M. Finzi, S. Qiu, Y. Jiang, P. Izmailov, J. Z. Kolter and A. G. Wilson, From entropy to
            epiplexity: rethinking information for computationally bounded intelligence,
            arXiv:2601.03220, 2026.
        P. Shaw, J. Uszkoreit and A. Vaswani, Self-attention with relative position
            representations, NAACL 2018.
    """

    def __init__(self, size: Transformer, alphabet_size: int, length: int) -> None:
        super().__init__()
        self.alphabet_size, self.length = alphabet_size, length
        self.tokens = nn.Embedding(alphabet_size + 1, size.width)  # the last one is the start
        self.positions = nn.Embedding(length, size.width)
        self.blocks = nn.ModuleList(_Block(size, length) for _ in range(size.depth))
        self.norm = nn.LayerNorm(size.width)
        self.readout = nn.Linear(size.width, alphabet_size)
        nn.init.normal_(self.positions.weight, 0.0, 0.5)
        nn.init.zeros_(self.readout.weight)
        nn.init.zeros_(self.readout.bias)

    @property
    def parameter_count(self) -> int:
        """Number of weights."""
        return sum(parameter.numel() for parameter in self.parameters())

    def forward(self, tokens: Tensor) -> Tensor:
        """Logits (B, T, A) of tokens (B, T): row t predicts token t from the earlier ones."""
        start = torch.full_like(tokens[:, :1], self.alphabet_size)
        return self.advance(torch.cat([start, tokens[:, :-1]], dim=1), [])

    def advance(self, inputs: Tensor, cache: list[tuple[Tensor, Tensor]]) -> Tensor:
        """Logits (B, T, A) behind inputs (B, T) that follow those in the cache, which grows."""
        seen = cache[0][0].shape[2] if cache else 0
        positions = self.positions.weight[seen : seen + inputs.shape[1]]
        x = self.tokens(inputs) + positions  # (B, T, D)
        past = list(cache) or [None] * len(self.blocks)
        cache.clear()
        for block, keys_values in zip(self.blocks, past, strict=True):
            x, grown = block(x, keys_values)
            cache.append(grown)
        return self.readout(self.norm(x))


class _Block(nn.Module):
    """Attention and a two-layer network, each added to what came in."""

    def __init__(self, size: Transformer, length: int) -> None:
        super().__init__()
        width, self.heads = size.width, size.heads
        self.norm_attention, self.norm_hidden = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.mix = nn.Linear(width, width, bias=False)
        self.distances = nn.Parameter(torch.zeros(size.heads, length))
        self.hidden = nn.Linear(width, size.expansion * width)
        self.out = nn.Linear(size.expansion * width, width)
        for layer in (self.qkv, self.hidden):
            nn.init.normal_(layer.weight, 0.0, width**-0.5)
        for layer in (self.mix, self.out):
            nn.init.zeros_(layer.weight)
        for layer in (self.hidden, self.out):
            nn.init.zeros_(layer.bias)

    def forward(
        self, x: Tensor, past: tuple[Tensor, Tensor] | None
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        batch, new, width = x.shape
        head = width // self.heads
        qkv = self.qkv(self.norm_attention(x)).view(batch, new, 3, self.heads, head)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)  # (B, h, T, d)
        if past is not None:
            k, v = torch.cat([past[0], k], dim=2), torch.cat([past[1], v], dim=2)
        seen = k.shape[2]
        back = torch.arange(seen - new, seen)[:, None] - torch.arange(seen)  # (T, seen)
        back = back.to(x.device)
        bias = self.distances[:, back.clamp(min=0)].masked_fill(back < 0, -torch.inf)
        scores = (q * head**-0.5) @ k.transpose(-1, -2) + bias  # (B, h, T, seen)
        mixed = (scores.softmax(-1) @ v).transpose(1, 2).reshape(batch, new, width)
        x = x + self.mix(mixed)
        x = x + self.out(functional.gelu(self.hidden(self.norm_hidden(x))))
        return x, (k, v)


def made(factory: Factory, alphabet_size: int, length: int) -> nn.Module:
    """Make a learner and see that it is one.

    Raises:
        TypeError: it is no module.
        ValueError: the logits have another shape, or look ahead.
    """
    module = factory(alphabet_size, length)
    if not isinstance(module, nn.Module):
        raise TypeError(f"models: got {type(module).__name__}, accepted is a factory of modules")
    check_causal(module, torch.randint(alphabet_size, (2, length)), alphabet_size)
    return module


def check_causal(module: nn.Module, tokens: Tensor, alphabet_size: int) -> None:
    """See that a learner does not look at what it predicts; say it after training too.

    Raises:
        ValueError: the logits of tokens (B, T) have another shape than (B, T, alphabet_size), or
            row t changes with token t or a later one.
    """
    length, training = tokens.shape[1], module.training
    other = tokens.clone()
    other[:, length // 2 :] = (other[:, length // 2 :] + 1) % alphabet_size
    module.eval()
    with torch.no_grad():
        logits, changed = module(tokens), module(other)
    module.train(training)
    shape, wanted = tuple(logits.shape), (*tokens.shape, alphabet_size)
    if shape != wanted:
        raise ValueError(f"models: got logits of shape {shape}, accepted is {wanted}")
    reach = length // 2 + 1  # the first token that changed is not known to its own prediction
    if not torch.allclose(logits[:, :reach], changed[:, :reach], rtol=1e-3, atol=1e-4):
        raise ValueError(
            "models: logits depend on tokens that they predict; accepted is row t from tokens "
            "before t alone"
        )


def sampling(module: nn.Module, given: Tensor, length: int) -> Generator[Tensor, Tensor, None]:
    """Logits (B, A) of one token after another, each sent in as (B,) before the next is asked.

    Args:
        module: a learner; a `CausalTransformer` keeps what it has computed, any other one is run
            on everything again.
        given: tokens (B, a) that are known, a may be 0.
        length: of the whole row.
    """
    if not isinstance(module, CausalTransformer):
        tokens = torch.cat([given, given.new_zeros(len(given), length - given.shape[1])], dim=1)
        for place in range(given.shape[1], length):
            with torch.no_grad():
                logits = module(tokens[:, : place + 1])[:, place]
            tokens[:, place] = yield logits
        return
    cache: list[tuple[Tensor, Tensor]] = []
    inputs = torch.cat([given.new_full((len(given), 1), module.alphabet_size), given], dim=1)
    for _ in range(given.shape[1], length):
        with torch.no_grad():
            logits = module.advance(inputs, cache)[:, -1]
        inputs = (yield logits)[:, None]
