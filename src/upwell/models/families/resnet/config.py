"""Configuration of the residual network."""

from __future__ import annotations

from dataclasses import dataclass

from ....errors import SpecError
from ....records import ModelSpec
from ...hparams import check_hparams, choice, positive_int
from ...size import ConvSpec

BOTTLENECK_EXPANSION = 4
"""Output channels of a bottleneck block over those of its 3 x 3 convolution."""

NUM_STAGES = {"small": 3, "large": 4}


@dataclass(frozen=True, kw_only=True)
class ResidualBlockConfig:
    """Convolutions of a residual block."""

    branch: tuple[ConvSpec, ...]
    shortcut: ConvSpec | None
    """None if the input is added unchanged."""


@dataclass(frozen=True, kw_only=True)
class ResNetConfig:
    """Hyperparameters of a residual network, with every default filled in."""

    image_size: int
    """Pixels per side of an image."""

    channels: int
    """1 for grayscale images, 3 for color."""

    num_classes: int
    width: int
    """Channels of the stem and of the first stage; they double with every further stage."""

    blocks_per_stage: tuple[int, ...]
    """Every stage but the first begins with a stride of 2."""

    bottleneck: bool
    """Whether a branch has kernels 1 x 1, 3 x 3, 1 x 1 instead of two 3 x 3."""

    large_stem: bool
    """Whether the stem is the one of the paper, 7 x 7 with stride 2 and pooling."""

    @property
    def stem(self) -> ConvSpec:
        """The first convolution."""
        kernel_size, stride = (7, 2) if self.large_stem else (3, 1)
        output_size = _strided_size(self.image_size, stride)
        return ConvSpec(
            fan_in=self.channels,
            fan_out=self.width,
            kernel_size=kernel_size,
            stride=stride,
            output_size=output_size,
        )

    @property
    def all_blocks(self) -> list[ResidualBlockConfig]:
        """All residual blocks in order."""
        expansion = BOTTLENECK_EXPANSION if self.bottleneck else 1
        fan_in = self.width
        side = _strided_size(self.stem.output_size, 2) if self.large_stem else self.stem.output_size
        all_blocks = []
        for stage, num_blocks in enumerate(self.blocks_per_stage):
            for index in range(num_blocks):
                stride = 2 if stage and not index else 1
                inner = self.width << stage
                all_blocks.append(self._build_block(fan_in, inner, inner * expansion, stride, side))
                fan_in, side = inner * expansion, _strided_size(side, stride)
        return all_blocks

    @property
    def convs(self) -> list[ConvSpec]:
        """All convolutions; the last one is the last of the last branch."""
        convs = [self.stem]
        for block in self.all_blocks:
            convs += [block.shortcut] if block.shortcut else []
            convs += block.branch
        return convs

    def _build_block(
        self, fan_in: int, inner: int, fan_out: int, stride: int, input_size: int
    ) -> ResidualBlockConfig:
        def make_conv(
            in_channels: int, out_channels: int, kernel_size: int, stride: int, output_size: int
        ) -> ConvSpec:
            return ConvSpec(
                fan_in=in_channels,
                fan_out=out_channels,
                kernel_size=kernel_size,
                stride=stride,
                output_size=output_size,
            )

        output_size = _strided_size(input_size, stride)
        if self.bottleneck:
            branch: tuple[ConvSpec, ...] = (
                make_conv(fan_in, inner, 1, 1, input_size),
                make_conv(inner, inner, 3, stride, output_size),
                make_conv(inner, fan_out, 1, 1, output_size),
            )
        else:
            branch = (
                make_conv(fan_in, inner, 3, stride, output_size),
                make_conv(inner, fan_out, 3, 1, output_size),
            )
        changed = stride != 1 or fan_in != fan_out
        shortcut = make_conv(fan_in, fan_out, 1, stride, output_size) if changed else None
        return ResidualBlockConfig(branch=branch, shortcut=shortcut)


def parse_config(spec: ModelSpec) -> ResNetConfig:
    """The configuration of a spec: `depth` blocks in each stage, or `blocks` with one number each.

    Raises SpecError for a missing, unknown or wrong hyperparameter.
    """
    check_hparams(
        spec,
        ("image_size", "channels", "num_classes", "width"),
        ("depth", "blocks", "block", "stem"),
    )
    stem = choice(spec, "stem", tuple(NUM_STAGES), "small")
    blocks_per_stage = (positive_int(spec, "depth", 1),) * NUM_STAGES[stem]
    return ResNetConfig(
        image_size=positive_int(spec, "image_size"),
        channels=positive_int(spec, "channels"),
        num_classes=positive_int(spec, "num_classes"),
        width=positive_int(spec, "width"),
        blocks_per_stage=_parse_blocks(spec) if "blocks" in spec.hparams else blocks_per_stage,
        bottleneck=choice(spec, "block", ("basic", "bottleneck"), "basic") == "bottleneck",
        large_stem=stem == "large",
    )


def _parse_blocks(spec: ModelSpec) -> tuple[int, ...]:
    """Blocks of each stage, such as "2,2,2,2"."""
    value = spec.hparams["blocks"]
    numbers = value.split(",") if isinstance(value, str) else [""]
    if "depth" in spec.hparams:
        raise SpecError(f"family {spec.family!r}: set depth or blocks, not both")
    if not all(number.isdecimal() and int(number) > 0 for number in numbers):
        raise SpecError(
            f"family {spec.family!r}: blocks has a number for each stage, such as '2,2,2,2', "
            f"found {value!r}"
        )
    return tuple(map(int, numbers))


def _strided_size(side: int, stride: int) -> int:
    """Pixels per side after a convolution with padding."""
    return -(-side // stride)
