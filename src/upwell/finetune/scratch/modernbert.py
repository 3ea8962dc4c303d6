"""ModernBERT from scratch: most layers attend to nearby tokens, which helps when rows are few."""

from __future__ import annotations

from typing import ClassVar

from ._text import TextEncoder
from .base import Sizes


class ScratchModernBert(TextEncoder):
    """A `ModernBertForMaskedLM`."""

    family = "modernbert"
    SIZES: ClassVar[Sizes] = {
        "tiny": {"width": 64, "depth": 4},
        "small": {"width": 128, "depth": 4},
        "medium": {"width": 256, "depth": 4},
    }


SCRATCH_MODEL = ScratchModernBert
