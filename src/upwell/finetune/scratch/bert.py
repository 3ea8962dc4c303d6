"""BERT from scratch: every token attends to every other one."""

from __future__ import annotations

from typing import ClassVar

from ._text import TextEncoder
from .base import Sizes


class ScratchBert(TextEncoder):
    """A `BertForPreTraining`."""

    family = "bert"
    SIZES: ClassVar[Sizes] = {
        "tiny": {"width": 64, "depth": 2},
        "small": {"width": 128, "depth": 3},
        "medium": {"width": 256, "depth": 4},
    }


SCRATCH_MODEL = ScratchBert
