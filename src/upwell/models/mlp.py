"""A multilayer perceptron: flat inputs, hidden layers of one width, a class at the end.

This file holds its dials and what it costs; the network itself is in `mlp_network.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from ..records import ModelSpec, Train
from .dials import check, one_of, whole
from .size import MAP, Size

if TYPE_CHECKING:
    from .mlp_network import Perceptron

KEPT = 3
"""Numbers kept for each output of a layer until its gradient is computed."""

ACTIVATIONS = ("relu", "gelu", "tanh", "sigmoid")


@dataclass(frozen=True, kw_only=True)
class Shape:
    """A perceptron's shape, every dial filled in."""

    inputs: int
    """Numbers in an example: pixels times channels of an image, or its features."""

    width: int
    depth: int
    """Hidden layers."""

    classes: int
    activation: str

    @property
    def layers(self) -> list[tuple[int, int]]:
        """(fan-in, fan-out) of every linear map."""
        widths = [self.inputs, *[self.width] * self.depth, self.classes]
        return list(pairwise(widths))


def shape_of(spec: ModelSpec) -> Shape:
    """The shape that a spec asks for. Raises SpecError on a missing, unknown or wrong dial."""
    check(spec, ("inputs", "classes", "width"), ("depth", "activation"))
    return Shape(
        inputs=whole(spec, "inputs"),
        width=whole(spec, "width"),
        depth=whole(spec, "depth", 1),
        classes=whole(spec, "classes"),
        activation=one_of(spec, "activation", ACTIVATIONS, "relu"),
    )


def count(spec: ModelSpec, context: int) -> Size:
    """Parameters with biases, training FLOPs an example, bytes of weights."""
    layers = shape_of(spec).layers
    params = sum(fan_in * fan_out + fan_out for fan_in, fan_out in layers)
    return Size(
        params=params,
        flops_per_token=6 * params,
        bytes=4 * params,
        activations=4 * KEPT * sum(fan_out for _, fan_out in layers),
        layers=MAP * len(layers),
    )


def build(spec: ModelSpec, recipe: Train, seed: int) -> Perceptron:
    """A fresh perceptron, the same to the bit for the same seed."""
    from .mlp_network import Perceptron

    return Perceptron(shape_of(spec), recipe.dropout, recipe.base_width).start(seed)
