"""A convolutional network for small images: stages of 3 x 3 kernels, each half as fine.

The kernels of a stage have batch norm and ReLU after them; between stages the larger of
neighbouring values is kept, and the width doubles. After the last one a mean over all places
and a linear map give the classes. (A convolution is not the full matrix of a perceptron's
layer: each weight serves every place.) This file holds the dials and what they cost; the network
itself is in `cnn_network.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import SpecError
from ..records import ModelSpec, Train
from .dials import check, whole
from .kernels import Kernel, size_of
from .size import Size

if TYPE_CHECKING:
    from .cnn_network import Convolutional

SIZE = 3
"""Pixels along the side of every kernel."""

COARSEST, MOST_STAGES = 4, 3
"""An image is halved while so many pixels are left, at most to so many stages: 8 pixels give 2
stages, 28 and 32 give 3."""


@dataclass(frozen=True, kw_only=True)
class Shape:
    """A convolutional network's shape, every dial filled in."""

    side: int
    """Pixels along the side of an image."""

    channels: int
    """1 for grey images, 3 for colours."""

    classes: int
    width: int
    """Channels of the first stage; they double with every stage."""

    depth: int
    """Kernels in each stage."""

    stages: int

    @property
    def kernels(self) -> list[Kernel]:
        """All kernels in order."""
        found: list[Kernel] = []
        for stage in range(self.stages):
            for _ in range(self.depth):
                fan_in = found[-1].fan_out if found else self.channels
                found.append(
                    Kernel(
                        fan_in=fan_in,
                        fan_out=self.width << stage,
                        size=SIZE,
                        stride=1,
                        side=self.side >> stage,
                    )
                )
        return found


def shape_of(spec: ModelSpec) -> Shape:
    """The shape that a spec asks for. Raises SpecError on a missing, unknown or wrong dial."""
    check(spec, ("side", "channels", "classes", "width"), ("depth", "stages"))
    side = whole(spec, "side")
    stages = whole(spec, "stages", _stages(side))
    if side >> (stages - 1) < 1:
        raise SpecError(
            f"family {spec.family!r}: {stages} stages halve an image of {side} pixels to nothing; "
            f"give at most {side.bit_length()}"
        )
    return Shape(
        side=side,
        channels=whole(spec, "channels"),
        classes=whole(spec, "classes"),
        width=whole(spec, "width"),
        depth=whole(spec, "depth", 1),
        stages=stages,
    )


def count(spec: ModelSpec, context: int) -> Size:
    """Parameters with those of batch norms, training FLOPs an image, bytes of weights."""
    shape = shape_of(spec)
    return size_of(shape.kernels, shape.classes)


def build(spec: ModelSpec, recipe: Train, seed: int) -> Convolutional:
    """A fresh network, the same to the bit for the same seed."""
    from .cnn_network import Convolutional

    return Convolutional(shape_of(spec), recipe.dropout, recipe.base_width).start(seed)


def _stages(side: int) -> int:
    stages = 1
    while stages < MOST_STAGES and side >> stages >= COARSEST:
        stages += 1
    return stages
