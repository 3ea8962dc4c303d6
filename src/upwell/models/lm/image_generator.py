"""A generator of images from noise, in the place of a language model. It reads and writes no text.

Axes: B images, H rows, W columns, C channels, L latent numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..layers.inputs import PIXEL_MEAN, PIXEL_STD
from ..protocols import LM, NoAnswer, Prompt, Text

BATCH_SIZE = 256
"""Images of a forward pass."""

NO_TEXT = NoAnswer(
    "this model generates images and answers no questions; evaluate it on 'generated_images'"
)


class ImageGenerator(LM):
    """A module in eval mode, noise [B, L] to images [B, C, H, W] in -1 to 1."""

    def __init__(self, generator: Callable[[Tensor], Tensor], latent_dim: int) -> None:
        self._generator, self._latent_dim = generator, latent_dim

    def samples(self, count: int, seed: int) -> NDArray[numpy.uint8]:
        """See `LM.samples`. All models get the same noise for the same seed."""
        rng = torch.Generator().manual_seed(seed)
        latent_BL = torch.randn(count, self._latent_dim, generator=rng)
        with torch.inference_mode():
            raw_images = torch.cat([self._generator(part) for part in latent_BL.split(BATCH_SIZE)])
        scaled = raw_images.mul(PIXEL_STD).add(PIXEL_MEAN).round().clamp(0, 255).to(torch.uint8)
        images: NDArray[numpy.uint8] = scaled.permute(0, 2, 3, 1).contiguous().numpy()
        return images

    def token_logprobs(self, pairs: Sequence[tuple[Prompt, Text]]) -> list[list[float] | NoAnswer]:
        """A NoAnswer for each."""
        return [NO_TEXT for _ in pairs]

    def generate(
        self, prompts: Sequence[Prompt], max_new_tokens: int, stop: str | None
    ) -> list[str | NoAnswer]:
        """A NoAnswer for each."""
        return [NO_TEXT for _ in prompts]
