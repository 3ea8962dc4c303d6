"""A residual network (He et al. 2016, arXiv 1512.03385), from ResNet-50 down to a few blocks.

With a `large` stem (7 x 7 kernel of stride 2, then pooling) it is the network of the paper, for
images of about 224 pixels:

    ResNet-18   width 64, blocks "2,2,2,2"
    ResNet-34   width 64, blocks "3,4,6,3"
    ResNet-50   width 64, blocks "3,4,6,3", block "bottleneck"

With a `small` stem (3 x 3, nothing thrown away) it suits images of 28 or 32 pixels. This file holds
the dials and what they cost; the network itself is in `resnet_network.py`, its export in
`hf_resnet.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import SpecError
from ..records import ModelSpec, Train
from .dials import check, one_of, whole
from .kernels import Kernel, size_of
from .size import Size

if TYPE_CHECKING:
    from .answering import Tokenizer
    from .exporting import Exported
    from .resnet_network import Residual

WIDER = 4
"""How many times wider a bottleneck block is than the kernel in its middle."""

STAGES = {"small": 3, "large": 4}


@dataclass(frozen=True, kw_only=True)
class Block:
    """A branch of kernels, and the way past it."""

    branch: tuple[Kernel, ...]
    shortcut: Kernel | None
    """None where what went in is added as it is."""


@dataclass(frozen=True, kw_only=True)
class Shape:
    """A residual network's shape, every dial filled in."""

    side: int
    """Pixels along the side of an image."""

    channels: int
    """1 for grey images, 3 for colours."""

    classes: int
    width: int
    """Channels of the stem, and of the kernels of the first stage; they double at every stage."""

    blocks: tuple[int, ...]
    """In each stage; every stage but the first begins with a stride of 2."""

    bottleneck: bool
    """Whether a branch is 1 x 1, 3 x 3, 1 x 1 rather than twice 3 x 3."""

    large: bool
    """Whether the stem is that of the paper."""

    @property
    def stem(self) -> Kernel:
        """The kernel that reads the image."""
        size, stride = (7, 2) if self.large else (3, 1)
        side = _strided(self.side, stride)
        return Kernel(fan_in=self.channels, fan_out=self.width, size=size, stride=stride, side=side)

    @property
    def stages(self) -> list[Block]:
        """All blocks in order."""
        wider = WIDER if self.bottleneck else 1
        fan_in = self.width
        side = _strided(self.stem.side, 2) if self.large else self.stem.side
        found = []
        for stage, blocks in enumerate(self.blocks):
            for place in range(blocks):
                stride = 2 if stage and not place else 1
                inner = self.width << stage
                found.append(self._block(fan_in, inner, inner * wider, stride, side))
                fan_in, side = inner * wider, _strided(side, stride)
        return found

    @property
    def kernels(self) -> list[Kernel]:
        """All kernels; the last one is the last of the last branch."""
        found = [self.stem]
        for block in self.stages:
            found += [block.shortcut] if block.shortcut else []
            found += block.branch
        return found

    def _block(self, fan_in: int, inner: int, fan_out: int, stride: int, side: int) -> Block:
        def kernel(reads: int, writes: int, size: int, stride: int, side: int) -> Kernel:
            return Kernel(fan_in=reads, fan_out=writes, size=size, stride=stride, side=side)

        after = _strided(side, stride)
        if self.bottleneck:
            branch: tuple[Kernel, ...] = (
                kernel(fan_in, inner, 1, 1, side),
                kernel(inner, inner, 3, stride, after),
                kernel(inner, fan_out, 1, 1, after),
            )
        else:
            branch = (kernel(fan_in, inner, 3, stride, after), kernel(inner, fan_out, 3, 1, after))
        changed = stride != 1 or fan_in != fan_out
        shortcut = kernel(fan_in, fan_out, 1, stride, after) if changed else None
        return Block(branch=branch, shortcut=shortcut)


def shape_of(spec: ModelSpec) -> Shape:
    """The shape that a spec asks for. Raises SpecError on a missing, unknown or wrong dial.

    `depth` blocks in each stage, or `blocks`, one number for each.
    """
    check(spec, ("side", "channels", "classes", "width"), ("depth", "blocks", "block", "stem"))
    stem = one_of(spec, "stem", tuple(STAGES), "small")
    blocks = (whole(spec, "depth", 1),) * STAGES[stem]
    return Shape(
        side=whole(spec, "side"),
        channels=whole(spec, "channels"),
        classes=whole(spec, "classes"),
        width=whole(spec, "width"),
        blocks=_blocks(spec) if "blocks" in spec.size else blocks,
        bottleneck=one_of(spec, "block", ("basic", "bottleneck"), "basic") == "bottleneck",
        large=stem == "large",
    )


def count(spec: ModelSpec, context: int) -> Size:
    """Parameters with those of batch norms, training FLOPs an image, bytes of weights."""
    shape = shape_of(spec)
    return size_of(shape.kernels, shape.classes)


def build(spec: ModelSpec, recipe: Train, seed: int) -> Residual:
    """A fresh network, the same to the bit for the same seed."""
    from .resnet_network import Residual

    return Residual(shape_of(spec), recipe.dropout, recipe.base_width).start(seed)


def export(network: Residual, words: Tokenizer | None) -> Exported:
    """A `ResNetForImageClassification` with the same logits. ModelError for a small stem."""
    from .hf_resnet import as_resnet

    return as_resnet(network)


def _blocks(spec: ModelSpec) -> tuple[int, ...]:
    """As many blocks a stage as the dial says."""
    said = spec.size["blocks"]
    numbers = said.split(",") if isinstance(said, str) else [""]
    if "depth" in spec.size:
        raise SpecError(f"family {spec.family!r}: give depth or blocks, not both")
    if not all(number.isdecimal() and int(number) > 0 for number in numbers):
        raise SpecError(
            f"family {spec.family!r}: blocks has a number for each stage, such as '2,2,2,2', "
            f"found {said!r}"
        )
    return tuple(map(int, numbers))


def _strided(side: int, stride: int) -> int:
    """Pixels left along a side, rounded up as padding has it."""
    return -(-side // stride)
