"""A network that learns a task from labelled examples it is shown, without a gradient step.

Features of every example, scaled dot-product attention from the questions over the examples, a
class at the end: the shape of Matching Networks (Vinyals et al. 2016, arXiv 1606.04080), deepened
to layers as in Kirsch et al. 2022 (arXiv 2212.04458) and TabPFN (Hollmann et al. 2022, arXiv
2207.01848). This file holds its dials and what it costs; the network is `in_context_network.py`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import SpecError
from ..records import ModelSpec, Train
from .dials import check, one_of, whole
from .size import Size

if TYPE_CHECKING:
    from .in_context_network import InContext

FEATURES = ("mlp", "cnn", "recurrent")
HEAD = 16
"""Width of an attention head, where the width allows it."""

KERNEL, GATES = 9, 3


@dataclass(frozen=True, kw_only=True)
class Shape:
    """A network's shape, every dial filled in."""

    inputs: int
    """Numbers in an example."""

    classes: int
    """Most classes of a task."""

    width: int
    depth: int
    """Layers of attention."""

    heads: int
    features: str
    """What turns an example into features; "cnn" and "recurrent" read it as a square image."""

    @property
    def side(self) -> int:
        """Pixels of a side, where an example is a square image."""
        return math.isqrt(self.inputs)


def shape_of(spec: ModelSpec) -> Shape:
    """The shape that a spec asks for.

    Raises SpecError on a missing, unknown or wrong dial.
    """
    check(spec, ("inputs", "classes", "width"), ("depth", "heads", "features"))
    width = whole(spec, "width")
    shape = Shape(
        inputs=whole(spec, "inputs"),
        classes=whole(spec, "classes"),
        width=width,
        depth=whole(spec, "depth", 2),
        heads=whole(spec, "heads", max(1, width // HEAD)),
        features=one_of(spec, "features", FEATURES, "mlp"),
    )
    if width % shape.heads:
        raise SpecError(f"width {width} is not a multiple of {shape.heads} heads; change one")
    if shape.features != "mlp" and shape.side**2 != shape.inputs:
        raise SpecError(
            f"features {shape.features!r} read square images, and {shape.inputs} numbers are no "
            "square; use 'mlp'"
        )
    return shape


def count(spec: ModelSpec, context: int) -> Size:
    """Parameters, training FLOPs an example of a task, bytes of weights."""
    shape = shape_of(spec)
    W, features, places = shape.width, *_features(shape)
    layer = 4 * W * W + 2 * 4 * W * W
    named = (shape.classes + 2) * W
    head = W * shape.classes + shape.classes
    params = features + shape.depth * layer + named + head
    products = features * places + shape.depth * (layer + 2 * W * context) + head
    return Size(params=params, flops_per_token=6 * products, bytes=4 * params)


def build(spec: ModelSpec, recipe: Train, seed: int) -> InContext:
    """A fresh network, the same to the bit for the same seed."""
    from .in_context_network import InContext

    return InContext(shape_of(spec), recipe.dropout, recipe.base_width).start(seed)


def _features(shape: Shape) -> tuple[int, int]:
    """(parameters, how often each is used for one example)."""
    W = shape.width
    if shape.features == "mlp":
        return shape.inputs * W + W * W + 2 * W, 1
    if shape.features == "cnn":
        return KERNEL * W + W + KERNEL * W * W + W, shape.inputs // 4
    return GATES * W * (shape.side + W + 2), shape.side
