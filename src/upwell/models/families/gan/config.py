"""Configuration of the GAN."""

from __future__ import annotations

from dataclasses import dataclass

from ....errors import SpecError
from ....records import ModelSpec
from ...hparams import check_hparams, positive_int

KERNEL_SIZE, NUM_DOWNSAMPLES = 4, 2

DEFAULT_LATENT_DIM = 64
"""Numbers of noise that an image is generated from."""


@dataclass(frozen=True, kw_only=True)
class GANConfig:
    """Hyperparameters of both networks, with every default filled in."""

    image_size: int
    """Pixels per side of an image, a multiple of 4."""

    channels: int
    """1 for grayscale images, 3 for color."""

    width: int
    """Channels at half the image size; twice as many at a quarter of it."""

    latent_dim: int

    @property
    def coarse_features(self) -> int:
        """Size of the coarsest feature map: channels times pixels."""
        return 2 * self.width * (self.image_size >> NUM_DOWNSAMPLES) ** 2


def parse_config(spec: ModelSpec) -> GANConfig:
    """The configuration of a spec.

    Raises SpecError for a missing, unknown or wrong hyperparameter.
    """
    check_hparams(spec, ("image_size", "channels", "width"), ("latent",))
    image_size = positive_int(spec, "image_size")
    if image_size % (1 << NUM_DOWNSAMPLES):
        raise SpecError(
            f"family {spec.family!r}: an image_size of {image_size} pixels cannot be halved "
            f"{NUM_DOWNSAMPLES} times; choose a multiple of {1 << NUM_DOWNSAMPLES}"
        )
    return GANConfig(
        image_size=image_size,
        channels=positive_int(spec, "channels"),
        width=positive_int(spec, "width"),
        latent_dim=positive_int(spec, "latent", DEFAULT_LATENT_DIM),
    )
