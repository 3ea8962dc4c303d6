"""A Llama-shaped decoder: RMSNorm, rotary positions, gated MLP, no bias, tied head.

This file holds its dials and what it costs, pure arithmetic, so that planning loads no torch.
The network itself is in `decoder_network.py`, its export in `llama.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import SpecError
from ..records import ModelSpec, Train
from .size import Size

if TYPE_CHECKING:
    from .decoder_network import Decoder
    from .exporting import Exported, Words

HEAD = 16
"""Head width of narrow models, and the width at which attention scores have scale 1/sqrt(head)."""


@dataclass(frozen=True, kw_only=True)
class Shape:
    """A decoder's shape, every dial filled in."""

    width: int
    depth: int
    head: int
    hidden: int
    """Width of the gated feed-forward layer."""

    vocabulary: int

    @property
    def heads(self) -> int:
        """Attention heads a layer."""
        return self.width // self.head


def shape_of(spec: ModelSpec) -> Shape:
    """The shape that a spec asks for; head and hidden are derived where they are not given.

    Raises SpecError on a missing or unknown dial, or a width that its heads do not divide.
    """
    needed, allowed = {"width", "depth", "vocabulary"}, {"head", "hidden"}
    if not needed <= set(spec.size) or not set(spec.size) <= needed | allowed:
        raise SpecError(
            "a decoder's size has width, depth and vocabulary, and may have head and hidden; "
            f"found {', '.join(sorted(spec.size)) or 'nothing'}"
        )
    dials = {name: _whole(name, value) for name, value in spec.size.items()}
    width = dials["width"]
    head = dials.get("head", head_width(width))
    if width % head or head % 2:
        raise SpecError(
            f"width {width} is not a multiple of an even head width {head}; choose a width "
            f"that is a multiple of {HEAD} or give size['head']"
        )
    # 8/3 keeps the parameters of three gated matrices equal to two plain ones of 4 width.
    hidden = dials.get("hidden", -(-8 * width // 24) * 8)
    return Shape(
        width=width,
        depth=dials["depth"],
        head=head,
        hidden=hidden,
        vocabulary=dials["vocabulary"],
    )


def count(spec: ModelSpec, context: int) -> Size:
    """Parameters (the tied embedding once), training FLOPs a token, bytes of weights."""
    shape = shape_of(spec)
    layer = 4 * shape.width**2 + 3 * shape.width * shape.hidden
    params = shape.depth * layer + shape.vocabulary * shape.width
    # Scores and mixing: 2 products x 2 FLOPs x context, half of it masked; and twice that back.
    attention = 3 * 2 * shape.depth * shape.width * context
    return Size(params=params, flops_per_token=6 * params + attention, bytes=4 * params)


def build(spec: ModelSpec, recipe: Train, seed: int) -> Decoder:
    """A fresh decoder, the same to the bit for the same seed."""
    from .decoder_network import Decoder

    network = Decoder(shape_of(spec), recipe.context, recipe.base_width, recipe.base_depth)
    return network.start(seed)


def export(network: Decoder, words: Words | None) -> Exported:
    """A `LlamaForCausalLM` with the same logits, and the tokenizer."""
    from .llama import as_llama

    assert words is not None
    return as_llama(network, words)


def head_width(width: int) -> int:
    """Of a head, where nobody gave it."""
    if width < 256:
        return HEAD
    return 32 if width < 512 else 64


def _whole(name: str, value: object) -> int:
    if isinstance(value, int) and value > 0:
        return value
    raise SpecError(f"a decoder's {name} is a whole number above 0, found {value!r}")
