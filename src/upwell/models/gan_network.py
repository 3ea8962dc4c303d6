"""The two networks of a GAN as one torch module. Their dials and their cost are in `gan.py`.

Each has its own loss, and the sum of both is what training sees. Neither loss reaches the other
network: the judge is shown images that are cut off from their maker, and the maker is judged with
weights that are cut off from the judge. One step so moves both, from the same weights.

Axes: B images, L latent numbers, H rows, W columns, C channels.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional

from .answering import Tokenizer
from .gan import HALVINGS, KERNEL, Shape
from .network import Batch
from .roles import Role
from .sampling import SamplingAnswerer
from .seeing import pixels

SPREAD, LEAK = 0.02, 0.2
"""Standard deviation of all weights at the start, and the slope below zero (Radford et al.)."""


class Adversaries(nn.Module):
    """A maker of images and a judge of them."""

    def __init__(self, shape: Shape, base_width: int) -> None:
        super().__init__()
        self.shape = shape
        self.rate = base_width / shape.width
        self.maker, self.judge = Maker(shape), Judge(shape)

    def start(self, seed: int) -> Adversaries:
        """Draw every weight anew; the same for the same seed."""
        generator = torch.Generator().manual_seed(seed)
        with torch.no_grad():
            for part in self.modules():
                if isinstance(part, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
                    part.weight.normal_(0, SPREAD, generator=generator)
                    if part.bias is not None:
                        part.bias.zero_()
        return self

    def losses(self, part: Batch, whole: Batch) -> dict[str, Tensor]:
        """`judge`: nats that telling real from made images costs, and `maker`: nats that being
        taken for real costs (the loss that does not saturate, Goodfellow et al. 2014, arXiv
        1406.2661). Both are 0.69 a question where nothing can be told."""
        real = pixels(part, self.shape.side, self.shape.channels)
        made = self.maker(torch.randn(len(real), self.shape.latent))
        told = functional.softplus(-self.judge(real)) + functional.softplus(
            self.judge(made.detach())
        )
        fooled = functional.softplus(-self._judged_apart(made))
        images = len(whole["image"])
        return {"judge": told.sum() / images, "maker": fooled.sum() / images}

    def answerer(self, words: Tokenizer | None) -> SamplingAnswerer:
        """Makes images."""
        return SamplingAnswerer(self.maker.eval(), self.shape.latent)

    def roles(self) -> dict[str, Role]:
        """Kernels and maps are matrices; those whose fan-in grows with the width share a rate."""
        roles = {name: Role(kind="vector") for name, _ in self.named_parameters()}
        fixed = {"maker.first.weight", "judge.fine.weight"}
        for name, part in self.named_modules():
            if isinstance(part, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
                rows, columns = part.weight.flatten(1).shape
                rate = 1.0 if f"{name}.weight" in fixed else self.rate
                roles[f"{name}.weight"] = Role(
                    kind="matrix", rate=rate, fan_in=columns, fan_out=rows
                )
        return roles

    def _judged_apart(self, made: Tensor) -> Tensor:
        weights = {name: each.detach() for name, each in self.judge.named_parameters()}
        judged: Tensor = functional_call(self.judge, weights, (made,))
        return judged


class Maker(nn.Module):
    """Latent numbers [B, L] to images [B, C, H, W] between -1 and 1."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        width, self.side = shape.width, shape.side >> HALVINGS
        self.first = nn.Linear(shape.latent, shape.coarse, bias=False)
        self.coarse_norm, self.middle_norm = nn.BatchNorm2d(2 * width), nn.BatchNorm2d(width)
        self.middle = nn.ConvTranspose2d(2 * width, width, KERNEL, 2, 1, bias=False)
        self.fine = nn.ConvTranspose2d(width, shape.channels, KERNEL, 2, 1)

    def forward(self, latent_BL: Tensor) -> Tensor:
        """Images, twice as fine at each step."""
        x = self.first(latent_BL).unflatten(1, (-1, self.side, self.side))
        x = functional.relu(self.coarse_norm(x))
        x = functional.relu(self.middle_norm(self.middle(x)))
        return torch.tanh(self.fine(x))


class Judge(nn.Module):
    """Images [B, C, H, W] to the log-odds [B] that they are real."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        width = shape.width
        self.fine = nn.Conv2d(shape.channels, width, KERNEL, 2, 1)
        self.middle = nn.Conv2d(width, 2 * width, KERNEL, 2, 1, bias=False)
        # Its running means are never asked for: nobody is judged after training.
        self.middle_norm = nn.BatchNorm2d(2 * width, track_running_stats=False)
        self.last = nn.Linear(shape.coarse, 1)

    def forward(self, image_BCHW: Tensor) -> Tensor:
        """Real and made images come in batches of their own, each with its own norm."""
        x = functional.leaky_relu(self.fine(image_BCHW), LEAK)
        x = functional.leaky_relu(self.middle_norm(self.middle(x)), LEAK)
        judged: Tensor = self.last(x.flatten(1))[:, 0]
        return judged
