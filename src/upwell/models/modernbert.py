"""ModernBERT: an encoder that guesses hidden words and looks at what is near.

Most layers look a few tokens to each side, every fourth at the whole text, and all know how far
apart tokens are rather than where they stand (Warner et al. 2024, arXiv 2412.13663). So a small one
learns what stands beside what from few texts, where a BERT has to learn every place by itself.

This file holds its dials and what it costs; the network is in `modernbert_network.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import SpecError
from ..records import ModelSpec, Train
from .dials import check, whole
from .size import Size

if TYPE_CHECKING:
    from .exporting import Exported, Words
    from .modernbert_network import ModernBert

MASKED = 0.15
"""Share of the places whose word is guessed, as far as the cost is concerned."""

WINDOW, EVERY = 8, 4
"""Tokens that a layer looks at, half of them on each side; layers of which one looks at all."""


@dataclass(frozen=True, kw_only=True)
class Shape:
    """A ModernBERT's shape, every dial filled in."""

    width: int
    depth: int
    heads: int
    hidden: int
    """Width of the gated feed-forward layer."""

    window: int
    vocabulary: int


def shape_of(spec: ModelSpec) -> Shape:
    """The shape that a spec asks for; heads are 32 wide (16 below a width of 128) and the gated
    feed-forward layer two and a half times as wide as the model, where nothing else is said.

    Raises SpecError on a missing, unknown or wrong dial.
    """
    check(spec, ("width", "depth", "vocabulary"), ("head", "hidden", "window"))
    width = whole(spec, "width")
    head = whole(spec, "head", 16 if width < 128 else 32)
    if width % head:
        raise SpecError(
            f"family {spec.family!r}: width {width} is not a multiple of the head width {head}; "
            "choose a width that is, or give size['head']"
        )
    return Shape(
        width=width,
        depth=whole(spec, "depth"),
        heads=width // head,
        hidden=whole(spec, "hidden", width * 5 // 2),
        window=whole(spec, "window", WINDOW),
        vocabulary=whole(spec, "vocabulary"),
    )


def count(spec: ModelSpec, context: int) -> Size:
    """Parameters (the tied embedding once), training FLOPs a token, bytes of the weights."""
    shape = shape_of(spec)
    W, F, V, layers = shape.width, shape.hidden, shape.vocabulary, shape.depth
    layer = 4 * W * W + 3 * W * F
    # Norms: two a layer, of which the first layer lacks one; of the embeddings, the last, the head.
    params = V * W + V + layers * layer + W * W + (2 * layers - 1 + 3) * W
    far = layers // EVERY
    seen = far * context + (layers - far) * min(context, shape.window)
    guessing = MASKED * (V * W + W * W)
    return Size(
        params=params,
        flops_per_token=6 * (layers * layer + guessing) + 12 * W * seen,
        bytes=4 * params,
    )


def build(spec: ModelSpec, recipe: Train, seed: int) -> ModernBert:
    """A fresh ModernBERT, the same to the bit for the same seed."""
    from .modernbert_network import ModernBert

    return ModernBert(shape_of(spec), recipe.context, recipe.dropout, recipe.base_width, seed)


def export(network: ModernBert, words: Words | None) -> Exported:
    """A `ModernBertForMaskedLM`, which the network is, and the tokenizer.

    Raises ModelError without a tokenizer.
    """
    from .modernbert_network import as_folder

    return as_folder(network, words)
