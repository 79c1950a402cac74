"""Variational autoencoders whose decoder predicts pixels from pixels, as far as it is let see.

A code z of Gaussian units, a decoder that is a PixelCNN given z, and a prior of the code that is
N(0, I) or an autoregressive flow. What the decoder sees of the pixels before decides what the code
is left to say: nothing of them, and this is the usual autoencoder.

References:
    X. Chen et al., Variational lossy autoencoder, ICLR 2017: sections 2 and 3, appendix A.
    D. P. Kingma et al., Improved variational inference with inverse autoregressive flow, NIPS 2016:
        section 3 (flows), appendix C (free bits), the residual networks of its binary images.
    M. Germain et al., MADE: masked autoencoder for distribution estimation, ICML 2015: equation 10.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from complexity.errors import integer, one_of
from neural._options import lists, shaped, sizes
from neural.models.masked_convolution import OUTSIDE, MaskedConvolution, framed

__all__ = [
    "AutoregressiveFlow",
    "ConditionalPixelCNN",
    "LossyAutoencoder",
    "MaskedPerceptron",
]

_LOG_SD = (-6.0, 3.0)  # natural logarithms: what a layer says of a deviation is cut to this
_ENCODERS = ("perceptron", "residual")


class MaskedPerceptron(nn.Module):
    """MADE: outputs of coordinate i depend on the coordinates before it, and on no other.

    Args:
        size: D, coordinates.
        hidden: units of each hidden layer, rectified.
        outputs: numbers of every coordinate.

    Raises:
        TypeError, ValueError: a number is below 1.
    """

    def __init__(self, size: int, hidden: Sequence[int], outputs: int = 2) -> None:
        super().__init__()
        self.size, self.outputs = integer("size", size, 1), integer("outputs", outputs, 1)
        lists(1, 0, hidden=hidden)
        # a unit of degree m sees coordinates 1 to m; an output of i sees units of degree below i
        degrees = [torch.arange(1, size + 1)]
        degrees += [torch.arange(n) % max(size - 1, 1) + 1 for n in hidden]
        last = torch.arange(1, size + 1).repeat(outputs)  # one output of all coordinates, the next
        self.layers = nn.ModuleList()
        for at, (before, after) in enumerate(pairwise([*degrees, last])):
            layer, end = nn.Linear(len(before), len(after)), at == len(hidden)
            mask = after[:, None] > before if end else after[:, None] >= before
            with torch.no_grad():  # an absent weight is 0, and costs a description next to nothing
                layer.weight.mul_(mask)
            self.layers.append(layer)
            self.register_buffer(f"mask_{at}", mask, persistent=False)

    def forward(self, z: Tensor) -> Tensor:
        """(n, outputs, D) of coordinates (n, D)."""
        for at, layer in enumerate(self.layers):
            mask = getattr(self, f"mask_{at}")
            z = functional.linear(functional.relu(z) if at else z, layer.weight * mask, layer.bias)  # pyright: ignore[reportArgumentType, reportOperatorIssue]
        return z.unflatten(1, (self.outputs, self.size))


class AutoregressiveFlow(nn.Module):
    """A prior z = f(eps), eps of N(0, I): z_i = shift_i(z_<i) + scale_i(z_<i) eps_i, step by step.

    Read from code to noise it is at once a prior's density and the flow that would turn the
    encoder's Gaussian into a posterior of eps (section 3.2). It starts as the identity.

    Args:
        size: D.
        steps: of the flow.
        hidden: units of the hidden layers of each step's `MaskedPerceptron`.
        mean_only: scales are 1, which appendix A found more stable.
        reverse: every other step goes through the coordinates backwards.

    Raises:
        TypeError, ValueError: a number is below 1.
    """

    def __init__(
        self,
        size: int,
        *,
        steps: int = 1,
        hidden: Sequence[int] = (64,),
        mean_only: bool = False,
        reverse: bool = True,
    ) -> None:
        super().__init__()
        self.mean_only, self.reverse = mean_only, reverse
        made = [
            MaskedPerceptron(size, hidden, 1 if mean_only else 2)
            for _ in range(integer("steps", steps, 1))
        ]
        for step in made:
            for last in step.layers[-1].parameters():
                nn.init.zeros_(last)
        self.steps = nn.ModuleList(made)

    @property
    def ordered(self) -> bool:
        """Whether all steps go the same way, so that z_i given z_<i is a normal distribution."""
        return len(self.steps) == 1 or not self.reverse

    def forward(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """The noise eps (n, D) of codes (n, D), and the logarithms of the scales, (n, D).

        The log-determinant of the Jacobian d eps / d z is minus the latter's sum.
        """
        log_scales = torch.zeros_like(z)
        for at, step in enumerate(self.steps):
            if at and self.reverse:
                z, log_scales = z.flip(1), log_scales.flip(1)
            shift, log_scale = self._affine(step, z)
            z, log_scales = (z - shift) * (-log_scale).exp(), log_scales + log_scale
        return z, log_scales

    def sample(self, noise: Tensor) -> Tensor:
        """The codes (n, D) of noise (n, D): a coordinate at a time."""
        for at in range(len(self.steps) - 1, -1, -1):
            z = torch.zeros_like(noise)
            for i in range(noise.shape[1]):
                shift, log_scale = self._affine(self.steps[at], z)
                drawn = shift[:, i] + log_scale[:, i].exp() * noise[:, i]
                z = torch.cat([z[:, :i], drawn[:, None], z[:, i + 1 :]], 1)
            noise = z.flip(1) if at and self.reverse else z
        return noise

    def conditionals(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and logarithm of the deviation, (n, D) each, of every z_i given z_<i.

        Raises:
            ValueError: the steps go both ways, so that these are no normal distributions.
        """
        if not self.ordered:
            raise ValueError(
                "flow: its steps go both ways, accepted are flows of one step or with reverse=False"
            )
        mean, total = torch.zeros_like(z), torch.zeros_like(z)
        for step in self.steps:
            shift, log_scale = self._affine(step, z)
            mean, total = mean + total.exp() * shift, total + log_scale
            z = (z - shift) * (-log_scale).exp()
        return mean, total

    def _affine(self, step: nn.Module, z: Tensor) -> tuple[Tensor, Tensor]:
        out = step(z)  # (n, 1 or 2, D)
        if self.mean_only:
            return out[:, 0], torch.zeros_like(z)
        return out[:, 0], 2 * torch.tanh(out[:, 1] / 2)  # scales from e^-2 to e^2


class ConditionalPixelCNN(nn.Module):
    """Predictions of pixels from features of their place and from the pixels before, if any.

    Residual masked convolutions and then residual layers by pixel, exponential linear units. The
    side of the receptive field is 1 + sum of (k - 1) over kernels of side k = 2 reach + 1.

    Args:
        levels: K, what a pixel may be.
        features: given of every place.
        reaches: of the masked convolutions; the first is of kind A, the others of B. None at all:
            pixels are independent given the features.
        width: channels.
        blocks: residual ones by pixel.
        tied: whether the convolutions of kind B, of one reach then, have the same weights.

    Raises:
        TypeError, ValueError: fewer levels than 2, another number below 1 (of `blocks`, and of
            reaches behind the first, below 0), or tied convolutions of several reaches.
    """

    def __init__(
        self,
        levels: int = 2,
        *,
        features: int = 4,
        reaches: Sequence[int] = (1, 1, 1, 1, 1, 1),
        width: int = 12,
        blocks: int = 4,
        tied: bool = False,
    ) -> None:
        super().__init__()
        sizes(1, features=features, width=width)
        sizes(0, blocks=blocks)
        lists(0, 0, reaches=reaches)
        self.levels, self.reach = integer("levels", levels, 2), sum(reaches)
        if tied and len(set(reaches[1:])) > 1:
            raise ValueError(f"reaches: got {tuple(reaches)}, accepted with tied are equal ones")
        self.given = nn.Linear(features, width, bias=not reaches)
        self.first = MaskedConvolution(1, width, reaches[0], centre=False) if reaches else None
        later = [MaskedConvolution(width, width, each, centre=True) for each in reaches[1:]]
        self.later = nn.ModuleList(later[:1] * len(later) if tied else later)
        self.blocks = nn.ModuleList(
            nn.Sequential(nn.ELU(), nn.Linear(width, width), nn.ELU(), nn.Linear(width, width))
            for _ in range(blocks)
        )
        self.last = nn.Linear(width, levels)

    @property
    def field(self) -> int:
        """Side of the receptive field; of it a pixel sees the half before itself."""
        return 2 * self.reach + 1 if self.reach else 0

    def forward(self, images: Tensor, features: Tensor) -> Tensor:
        """Logits (n, H, W, K) of the pixels of images (n, H, W) given features (n, H, W, F)."""
        return self.interior(*self.padded(images, features))

    def padded(self, images: Tensor, features: Tensor) -> tuple[Tensor, Tensor]:
        """Images (n, H + R, W + 2R) and features (n, H + r, W + 2r, F) with what is around them.

        R is the reach, and r that of the convolutions behind the first.
        """
        reach, rest = self.reach, self._rest
        return framed(images, reach), functional.pad(features, (0, 0, rest, rest, rest, 0))

    def window(self, images: Tensor, features: Tensor, row: int, column: int) -> Tensor:
        """Logits (n, K) of one pixel of what `padded` gave, by what is before it alone."""
        reach, rest = self.reach, self._rest
        seen = images[:, row : row + reach + 1, column : column + 2 * reach + 1]
        known = features[:, row : row + rest + 1, column : column + 2 * rest + 1]
        return self.interior(seen, known)[:, 0, 0]

    def interior(self, images: Tensor, features: Tensor) -> Tensor:
        """Logits (n, H, W, K) of what `padded` gave."""
        x = self.given(features)  # (n, H + r, W + 2r, width)
        if self.first is not None:
            values = images.to(features.dtype) * (2 / (self.levels - 1)) - 1
            x = x + self.first(torch.where(images == OUTSIDE, 0.0, values)[..., None])
        for layer in self.later:
            reach = layer.reach
            kept = x[:, reach:, reach : x.shape[2] - reach]  # pyright: ignore[reportArgumentType, reportOperatorIssue]
            x = kept + layer(functional.elu(x))
        for block in self.blocks:
            x = x + block(x)
        return self.last(functional.elu(x))

    @property
    def _rest(self) -> int:
        return self.reach - (0 if self.first is None else self.first.reach)


class _Residual(nn.Module):
    """x + conv(elu(conv(elu(x)))), kernels of 3 by 3."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.inner = nn.Sequential(
            nn.ELU(), nn.Conv2d(width, width, 3, padding=1),
            nn.ELU(), nn.Conv2d(width, width, 3, padding=1),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        return x + self.inner(x)


def _encoder(kind: str, side: int, hidden: int, outputs: int) -> nn.Sequential:
    """From images (n, 1, side, side) to (n, outputs)."""
    if kind == "perceptron":
        return nn.Sequential(
            nn.Flatten(), nn.Linear(side * side, hidden), nn.ELU(), nn.Linear(hidden, outputs)
        )
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1), _Residual(16),
        nn.Conv2d(16, 32, 3, 2, 1), _Residual(32),
        nn.Conv2d(32, 32, 3, 2, 1), _Residual(32), nn.ELU(),
        nn.Flatten(), nn.Linear(32 * (side // 4) ** 2, hidden), nn.ELU(),
        nn.Linear(hidden, outputs),
    )  # fmt: skip


def _generator(kind: str, side: int, hidden: int, inputs: int, features: int) -> nn.Sequential:
    """From codes (n, inputs) to features of places, (n, features, side, side)."""
    if kind == "perceptron":
        return nn.Sequential(
            nn.Linear(inputs, hidden), nn.ELU(), nn.Linear(hidden, features * side * side),
            nn.Unflatten(1, (features, side, side)),
        )  # fmt: skip
    small = side // 4
    return nn.Sequential(
        nn.Linear(inputs, hidden), nn.ELU(), nn.Linear(hidden, 32 * small * small), nn.ELU(),
        nn.Unflatten(1, (32, small, small)), _Residual(32),
        nn.Upsample(scale_factor=2), nn.Conv2d(32, 32, 3, padding=1), _Residual(32),
        nn.Upsample(scale_factor=2), nn.Conv2d(32, 16, 3, padding=1), _Residual(16), nn.ELU(),
        nn.Conv2d(16, features, 3, padding=1),
    )  # fmt: skip


class LossyAutoencoder(nn.Module):
    """q(z | x) Gaussian, p(z) N(0, I) or a flow, p(x | z) a PixelCNN of any receptive field.

    Defaults are those of appendix A for binary images of 28 x 28, but for weight normalisation.

    Args:
        side: of the images, in pixels; a multiple of 4 for the residual encoder.
        levels: K, what a pixel may be.
        latents: D, size of the code.
        encoder: "residual" or "perceptron" of one hidden layer; the way back from the code is its
            mirror image.
        hidden: units of the fully connected layer.
        features: that the code gives of every place.
        reaches, width, blocks, tied: as of `ConditionalPixelCNN`.
        flow_steps: of the prior's flow; 0 for N(0, I).
        flow_hidden, mean_only, reverse: as of `AutoregressiveFlow`.

    Raises:
        TypeError, ValueError: an option is out of range.
    """

    def __init__(
        self,
        side: int = 28,
        *,
        levels: int = 2,
        latents: int = 64,
        encoder: str = "residual",
        hidden: int = 450,
        features: int = 4,
        reaches: Sequence[int] = (1, 1, 1, 1, 1, 1),
        width: int = 12,
        blocks: int = 4,
        tied: bool = True,
        flow_steps: int = 4,
        flow_hidden: Sequence[int] = (640, 640),
        mean_only: bool = True,
        reverse: bool = True,
    ) -> None:
        super().__init__()
        self.side, self.levels = integer("side", side, 1), integer("levels", levels, 2)
        self.latents = integer("latents", latents, 1)
        if one_of("encoder", encoder, _ENCODERS) == "residual" and side % 4:
            raise ValueError(f"side: got {side}, accepted for the residual encoder: multiples of 4")
        sizes(1, hidden=hidden, features=features)
        lists(1, 0, flow_hidden=flow_hidden)
        self.encoder = _encoder(encoder, side, hidden, 2 * latents)
        self.generator = _generator(encoder, side, hidden, latents, features)
        self.decoder = ConditionalPixelCNN(
            levels, features=features, reaches=reaches, width=width, blocks=blocks, tied=tied
        )
        self.flow = None
        if integer("flow_steps", flow_steps, 0):
            self.flow = AutoregressiveFlow(
                latents, steps=flow_steps, hidden=flow_hidden, mean_only=mean_only, reverse=reverse
            )

    def infer(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Means and natural logarithms of deviations of q(z | x), (n, D) each, of (n, H, W)."""
        values = images.to(self.decoder.last.weight.dtype) * (2 / (self.levels - 1)) - 1
        mean, log_sd = self.encoder(values[:, None]).chunk(2, 1)
        return mean, log_sd.clamp(*_LOG_SD)

    def features(self, z: Tensor) -> Tensor:
        """What codes (n, D) say of every place, (n, H, W, F)."""
        return self.generator(z).movedim(1, -1)

    def forward(self, images: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
        """Nats of the pixels given the code, (n,), and of the code's coordinates, (n, D).

        The sum of both is a sample of the negative ELBO. The code's part is log q(z | x) - log p(z)
        in closed form for N(0, I), and at the sample for a flow (where a coordinate's share is that
        of the noise at its place; only the sum means something if steps go both ways).

        Args:
            images: (n, H, W) integers, 0 to K - 1.
            noise: (n, D), standard normal: the code is mean + deviation * noise.

        Raises:
            ValueError: one has another shape.
        """
        shaped("images", images, "n", self.side, self.side)
        shaped("noise", noise, len(images), self.latents)
        mean, log_sd = self.infer(images)
        z = mean + log_sd.exp() * noise
        return self.pixel_nats(images, z), self.code_nats(mean, log_sd, z)

    def pixel_nats(self, images: Tensor, z: Tensor) -> Tensor:
        """-log p(x | z), (n,), of images (n, H, W) and codes (n, D)."""
        logits = self.decoder(images, self.features(z))  # (n, H, W, K)
        nats = functional.cross_entropy(logits.movedim(-1, 1), images.long(), reduction="none")
        return nats.sum((1, 2))

    def code_nats(self, mean: Tensor, log_sd: Tensor, z: Tensor) -> Tensor:
        """Of the code's coordinates, (n, D): see `forward`."""
        if self.flow is None:
            return 0.5 * (mean**2 + (2 * log_sd).exp() - 1) - log_sd
        eps, log_scales = self.flow(z)
        posterior = 0.5 * ((z - mean) / log_sd.exp()) ** 2 + log_sd
        if not self.flow.ordered and len(self.flow.steps) % 2 == 0:
            posterior = posterior.flip(1)
        return 0.5 * eps**2 + log_scales - posterior

    @torch.no_grad()
    def sample(self, noise: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Images (n, H, W) int64 drawn from the model, with codes of this noise (n, D)."""
        z = noise if self.flow is None else self.flow.sample(noise)
        features, decoder = self.features(z), self.decoder
        known = torch.full((len(z), self.side, self.side), OUTSIDE, device=z.device)
        images, around = decoder.padded(known, features)
        for row in range(self.side):
            for column in range(self.side):
                chances = decoder.window(images, around, row, column).softmax(1)
                drawn = torch.multinomial(chances, 1, generator=generator)[:, 0]
                images[:, row + decoder.reach, column + decoder.reach] = drawn
        reach = decoder.reach
        return images[:, reach:, reach : reach + self.side]
