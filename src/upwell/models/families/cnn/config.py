"""Configuration of the convolutional network."""

from __future__ import annotations

from dataclasses import dataclass

from ....errors import SpecError
from ....records import ModelSpec
from ...hparams import check_hparams, positive_int
from ...size import ConvSpec

KERNEL_SIZE = 3
"""Pixels per side of every kernel."""

MIN_IMAGE_SIZE, MAX_STAGES = 4, 3
"""Default number of stages: an image is halved while `MIN_IMAGE_SIZE` pixels per side are left.
8 pixels give 2 stages, 28 and 32 give 3."""


@dataclass(frozen=True, kw_only=True)
class CNNConfig:
    """Hyperparameters of a convolutional network, with every default filled in."""

    image_size: int
    """Pixels per side of an image."""

    channels: int
    """1 for grayscale images, 3 for color."""

    num_classes: int
    width: int
    """Channels of the first stage; they double with every further one."""

    depth: int
    """Convolutions per stage."""

    num_stages: int

    @property
    def convs(self) -> list[ConvSpec]:
        """All convolutions in order."""
        convs: list[ConvSpec] = []
        for stage in range(self.num_stages):
            for _ in range(self.depth):
                fan_in = convs[-1].fan_out if convs else self.channels
                convs.append(
                    ConvSpec(
                        fan_in=fan_in,
                        fan_out=self.width << stage,
                        kernel_size=KERNEL_SIZE,
                        stride=1,
                        output_size=self.image_size >> stage,
                    )
                )
        return convs


def parse_config(spec: ModelSpec) -> CNNConfig:
    """The configuration of a spec.

    Raises SpecError for a missing, unknown or wrong hyperparameter.
    """
    check_hparams(spec, ("image_size", "channels", "num_classes", "width"), ("depth", "stages"))
    image_size = positive_int(spec, "image_size")
    num_stages = positive_int(spec, "stages", _default_num_stages(image_size))
    if image_size >> (num_stages - 1) < 1:
        raise SpecError(
            f"family {spec.family!r}: {num_stages} stages halve an image of {image_size} pixels to "
            f"nothing; set stages to at most {image_size.bit_length()}"
        )
    return CNNConfig(
        image_size=image_size,
        channels=positive_int(spec, "channels"),
        num_classes=positive_int(spec, "num_classes"),
        width=positive_int(spec, "width"),
        depth=positive_int(spec, "depth", 1),
        num_stages=num_stages,
    )


def _default_num_stages(image_size: int) -> int:
    num_stages = 1
    while num_stages < MAX_STAGES and image_size >> num_stages >= MIN_IMAGE_SIZE:
        num_stages += 1
    return num_stages
