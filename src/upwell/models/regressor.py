"""A decoder that reads vectors: x1, y1, x2, y2, ..., xk, and what value belongs to xk?

Trained on many functions it learns a new one from its values, without a gradient step (Garg et al.
2022, arXiv 2208.01066). This file holds its dials and what it costs; the network itself is in
`regressor_network.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import SpecError
from ..records import ModelSpec, Train
from .dials import check, whole
from .size import Size

if TYPE_CHECKING:
    from .regressor_network import Regressor

HEAD = 16
"""Width of an attention head."""


@dataclass(frozen=True, kw_only=True)
class Shape:
    """A regressor's shape, every dial filled in."""

    inputs: int
    """Numbers in x."""

    width: int
    depth: int

    @property
    def hidden(self) -> int:
        """Width of the gated feed-forward layers, as in the decoder."""
        return -(-8 * self.width // 24) * 8


def shape_of(spec: ModelSpec) -> Shape:
    """The shape that a spec asks for. Raises SpecError on a missing, unknown or wrong dial."""
    check(spec, ("inputs", "width", "depth"))
    width = whole(spec, "width")
    if width % HEAD:
        raise SpecError(
            f"family {spec.family!r}: width {width} is not a multiple of {HEAD}, the width of a "
            "head; choose one that is"
        )
    return Shape(inputs=whole(spec, "inputs"), width=width, depth=whole(spec, "depth"))


def count(spec: ModelSpec, context: int) -> Size:
    """Parameters, training FLOPs a pair (x, y) in a row of `context` pairs, bytes of weights."""
    shape = shape_of(spec)
    W, blocks = shape.width, shape.depth * (4 * shape.width**2 + 3 * shape.width * shape.hidden)
    ends = (shape.inputs + 1) * W + 2 * W + W + 1
    # Scores and mixing: 2 products x 2 FLOPs x half the places; and twice that back.
    attention = 3 * 2 * shape.depth * W * 2 * context
    return Size(
        params=blocks + ends,
        flops_per_token=2 * (6 * blocks + attention) + 6 * ends,
        bytes=4 * (blocks + ends),
    )


def build(spec: ModelSpec, recipe: Train, seed: int) -> Regressor:
    """A fresh regressor, the same to the bit for the same seed."""
    from .regressor_network import Regressor

    network = Regressor(shape_of(spec), recipe.context, recipe.base_width, recipe.base_depth)
    return network.start(seed)
