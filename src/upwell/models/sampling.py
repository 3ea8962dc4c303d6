"""Asks a network that makes images out of noise. It can be shown nothing, and says nothing.

Axes: B images, H rows, W columns, C channels, L latent numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy
import torch
from numpy.typing import NDArray
from torch import Tensor

from .answering import Prompt, Text, Unanswered
from .seeing import GREY, SPREAD

BATCH = 256
"""Images made in a forward pass."""

MUTE = Unanswered("this model makes images and answers no questions; ask it the ability 'samples'")


class SamplingAnswerer:
    """Draws from `make(latent [B, L]) -> images [B, C, H, W] in -1 to 1`, a module in eval mode."""

    tokenizer = None

    def __init__(self, make: Callable[[Tensor], Tensor], latent: int) -> None:
        self._make, self._latent = make, latent

    def samples(self, count: int, seed: int) -> NDArray[numpy.uint8]:
        """So many images [B, H, W, C]; the same noise for the same seed, whatever the model."""
        dice = torch.Generator().manual_seed(seed)
        latent_BL = torch.randn(count, self._latent, generator=dice)
        with torch.inference_mode():
            made = torch.cat([self._make(part) for part in latent_BL.split(BATCH)])
        shown = made.mul(SPREAD).add(GREY).round().clamp(0, 255).to(torch.uint8)
        images: NDArray[numpy.uint8] = shown.permute(0, 2, 3, 1).contiguous().numpy()
        return images

    def logprobs(self, pairs: Sequence[tuple[Prompt, Text]]) -> list[list[float] | Unanswered]:
        """A reason for each."""
        return [MUTE for _ in pairs]

    def say(
        self, prompts: Sequence[Prompt], tokens: int, stop: str | None
    ) -> list[str | Unanswered]:
        """A reason for each."""
        return [MUTE for _ in prompts]
