"""BERT: an encoder that guesses hidden words and whether one text follows another.

Token, position and segment embeddings, layers normed after each branch, GELU, biases: the network
of Devlin et al. 2019 (arXiv 1810.04805). It has no decoder, and neither head writes text.

This file holds its dials and what it costs; the network itself is in `bert_network.py`, its
export in `bert_folder.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import SpecError
from ..records import ModelSpec, Train
from .dials import check, whole
from .size import Size

if TYPE_CHECKING:
    from .bert_network import Bert
    from .exporting import Exported, Words

SEGMENTS = 2
"""The first text of a pair and the second."""

MASKED = 0.15
"""Share of the places whose word is guessed, as far as the cost is concerned."""


@dataclass(frozen=True, kw_only=True)
class Shape:
    """A BERT's shape, every dial filled in."""

    width: int
    depth: int
    head: int
    hidden: int
    """Width of the feed-forward layer."""

    vocabulary: int

    @property
    def heads(self) -> int:
        """Attention heads a layer."""
        return self.width // self.head


def shape_of(spec: ModelSpec) -> Shape:
    """The shape that a spec asks for; heads are 32 wide (16 below a width of 128), and the
    feed-forward layer is four times as wide as the model, where nothing else is said.

    Raises SpecError on a missing, unknown or wrong dial.
    """
    check(spec, ("width", "depth", "vocabulary"), ("head", "hidden"))
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
        head=head,
        hidden=whole(spec, "hidden", 4 * width),
        vocabulary=whole(spec, "vocabulary"),
    )


def count(spec: ModelSpec, context: int) -> Size:
    """Parameters (the tied embedding once), training FLOPs a token, bytes of the weights."""
    shape = shape_of(spec)
    W, F, V = shape.width, shape.hidden, shape.vocabulary
    layer = 4 * W * W + 2 * W * F
    embeddings = (V + context + SEGMENTS) * W
    heads = 2 * W * W + V + 2 * W + 2
    vectors = 2 * W + shape.depth * (9 * W + F) + 4 * W
    # Scores and mixing: 2 products x 2 FLOPs x context, and twice that back.
    attention = 12 * shape.depth * W * context
    guessing = MASKED * (V * W + W * W)
    return Size(
        params=embeddings + shape.depth * layer + heads + vectors,
        flops_per_token=6 * (shape.depth * layer + guessing) + attention,
        bytes=4 * (embeddings + shape.depth * layer + heads + vectors),
    )


def build(spec: ModelSpec, recipe: Train, seed: int) -> Bert:
    """A fresh BERT, the same to the bit for the same seed."""
    from .bert_network import Bert

    return Bert(shape_of(spec), recipe.context, recipe.dropout, recipe.base_width).start(seed)


def export(network: Bert, words: Words | None) -> Exported:
    """A `BertForPreTraining` with equal outputs, and the tokenizer."""
    from .bert_folder import as_bert

    return as_bert(network, words)
