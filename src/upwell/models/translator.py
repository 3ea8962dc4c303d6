"""A Transformer that reads one text and writes another: encoder, decoder, and a look across.

Both halves have the decoder family's layer (RMSNorm before, gated feed-forward, no bias), with
relative positions instead of rotary ones, so that the whole is a T5 (Raffel et al. 2020, arXiv
1910.10683). This file holds its dials and what it costs; the network is in
`translator_network.py`, its export in `t5.py`.

A token of a milestone is a place of source and a place of target, filled or not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import SpecError
from ..records import ModelSpec, Train
from .decoder import HEAD, head_width
from .dials import check, whole
from .size import Size

if TYPE_CHECKING:
    from .exporting import Exported, Words
    from .translator_network import Translator

BUCKETS = 32
"""Kinds of distance that a head can tell, near ones one by one."""


@dataclass(frozen=True, kw_only=True)
class Shape:
    """A translator's shape, every dial filled in."""

    width: int
    depth: int
    """Layers of the encoder, and as many of the decoder."""

    head: int
    hidden: int
    """Width of the gated feed-forward layer."""

    vocabulary: int
    """Of both languages together."""

    @property
    def heads(self) -> int:
        """Attention heads a layer."""
        return self.width // self.head


def shape_of(spec: ModelSpec) -> Shape:
    """The shape that a spec asks for; head and hidden are derived where they are not given.

    Raises SpecError on a missing or unknown dial, or a width that its heads do not divide.
    """
    check(spec, ("width", "depth", "vocabulary"), ("head", "hidden"))
    width = whole(spec, "width")
    head = whole(spec, "head", head_width(width))
    if width % head:
        raise SpecError(
            f"family {spec.family!r}: width {width} is not a multiple of the head width {head}; "
            f"choose a multiple of {HEAD} or give size['head']"
        )
    return Shape(
        width=width,
        depth=whole(spec, "depth"),
        head=head,
        hidden=whole(spec, "hidden", -(-8 * width // 24) * 8),
        vocabulary=whole(spec, "vocabulary"),
    )


def count(spec: ModelSpec, context: int) -> Size:
    """Parameters (the tied embedding once), training FLOPs a place, bytes of weights."""
    shape = shape_of(spec)
    # Four maps an attention: one in a layer of the encoder, two in one of the decoder.
    layers = 12 * shape.width**2 + 2 * 3 * shape.width * shape.hidden
    positions = 2 * BUCKETS * shape.heads
    params = shape.depth * layers + shape.vocabulary * shape.width + positions
    # Scores and mixing: 2 products x 2 FLOPs x context in the encoder, across, and half in the
    # decoder; and twice that back.
    attention = 3 * 4 * shape.depth * shape.width * context * 5 // 2
    return Size(params=params, flops_per_token=6 * params + attention, bytes=4 * params)


def build(spec: ModelSpec, recipe: Train, seed: int) -> Translator:
    """A fresh translator, the same to the bit for the same seed."""
    from .translator_network import Translator

    return Translator(shape_of(spec), recipe).start(seed)


def export(network: Translator, words: Words | None) -> Exported:
    """A `T5ForConditionalGeneration` with the same logits, and the tokenizer."""
    from .t5 import as_t5

    assert words is not None
    return as_t5(network, words)
