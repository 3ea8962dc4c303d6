"""A generative adversarial network: a generator of images and a discriminator of real ones.

The architecture is that of Radford et al. (2016, arXiv 1511.06434): 4 x 4 kernels with stride 2,
batch norm, ReLU in the generator and leaky ReLU in the discriminator.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ....records import ModelSpec, Train
from ...size import ModelSize
from .config import KERNEL_SIZE, parse_config

if TYPE_CHECKING:
    from ...lm.image_generator import ImageGenerator
    from ...protocols import TokenizerLike
    from .network import GAN


def count(spec: ModelSpec, context: int) -> ModelSize:
    """Parameters of both networks, training FLOPs per image, bytes of the weights."""
    config = parse_config(spec)
    fine, middle = (KERNEL_SIZE**2 * a * config.width for a in (config.channels, 2 * config.width))
    first = config.latent_dim * config.coarse_features
    norms = 2 * (2 * config.width + config.width), 2 * 2 * config.width
    generator_params = first + middle + fine + norms[0] + config.channels
    discriminator_params = fine + config.width + middle + norms[1] + config.coarse_features + 1
    # A kernel is applied at every pixel of the coarser of its two feature maps.
    half_pixels, quarter_pixels = (config.image_size // 2) ** 2, (config.image_size // 4) ** 2
    conv_products = fine * half_pixels + middle * quarter_pixels
    # The discriminator sees a real image, a fake one, and the fake one again for the generator.
    products = (first + conv_products) + 3 * (conv_products + config.coarse_features)
    # A mean and a variance per normed channel, and two 8-byte batch counts.
    running_stats = 2 * 3 * config.width + 2 * 2
    return ModelSize(
        params=generator_params + discriminator_params,
        flops_per_token=6 * products,
        bytes=4 * (generator_params + discriminator_params + running_stats),
        activations=4 * 4 * 3 * config.width * half_pixels * 2,
        layers=12,
    )


def build(spec: ModelSpec, recipe: Train, seed: int) -> GAN:
    """Both networks with random weights, bit for bit the same for the same seed."""
    from .network import GAN

    return GAN(parse_config(spec), recipe.base_width).reset_parameters(seed)


def as_lm(network: GAN, tokenizer: TokenizerLike | None) -> ImageGenerator:
    """The generator in eval mode."""
    from ...lm.image_generator import ImageGenerator

    return ImageGenerator(network.generator.eval(), network.config.latent_dim)
