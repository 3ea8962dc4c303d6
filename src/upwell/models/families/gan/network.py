"""The two networks of a GAN as one torch module.

Each network has its own loss, and training minimizes the sum of both. No gradient of one loss
reaches the other network: the discriminator sees detached images, and the generator sees detached
weights of the discriminator. So one step updates both networks, from the same weights.

Axes: B images, L latent numbers, H rows, W columns, C channels.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional

from ...layers.inputs import image_tensor
from ...protocols import Batch, ParamRole, TrainableModel
from .config import KERNEL_SIZE, NUM_DOWNSAMPLES, GANConfig

WEIGHT_STD, LEAKY_SLOPE = 0.02, 0.2
"""Standard deviation of the initial weights, and the slope below zero (Radford et al.)."""


class GAN(nn.Module, TrainableModel):
    """A generator and a discriminator of images."""

    def __init__(self, config: GANConfig, base_width: int) -> None:
        super().__init__()
        self.config = config
        self.lr_scale = base_width / config.width
        self.generator, self.discriminator = Generator(config), Discriminator(config)

    def reset_parameters(self, seed: int) -> GAN:
        """Initialize every weight from the seed. Returns itself."""
        generator = torch.Generator().manual_seed(seed)
        with torch.no_grad():
            for module in self.modules():
                if isinstance(module, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
                    module.weight.normal_(0, WEIGHT_STD, generator=generator)
                    if module.bias is not None:
                        module.bias.zero_()
        return self

    def losses(self, micro_batch: Batch, batch: Batch) -> dict[str, Tensor]:
        """`discriminator`: nats of real against fake; `generator`: nats of fake taken for real.

        The generator's loss is the one that does not saturate (Goodfellow et al. 2014, arXiv
        1406.2661). At chance both are 0.69 per decision.
        """
        real = image_tensor(micro_batch, self.config.image_size, self.config.channels)
        fake = self.generator(torch.randn(len(real), self.config.latent_dim))
        discriminator_loss = functional.softplus(-self.discriminator(real)) + functional.softplus(
            self.discriminator(fake.detach())
        )
        generator_loss = functional.softplus(-self._frozen_discriminator_logits(fake))
        num_images = len(batch["image"])
        return {
            "discriminator": discriminator_loss.sum() / num_images,
            "generator": generator_loss.sum() / num_images,
        }

    def param_roles(self) -> dict[str, ParamRole]:
        """All maps are matrices; those whose fan-in grows with the width share a learning rate."""
        roles = {name: ParamRole(kind="vector") for name, _ in self.named_parameters()}
        fixed = {"generator.first.weight", "discriminator.fine.weight"}
        for name, module in self.named_modules():
            if isinstance(module, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
                rows, columns = module.weight.flatten(1).shape
                lr_scale = 1.0 if f"{name}.weight" in fixed else self.lr_scale
                roles[f"{name}.weight"] = ParamRole(
                    kind="matrix", lr_scale=lr_scale, fan_in=columns, fan_out=rows
                )
        return roles

    def _frozen_discriminator_logits(self, fake: Tensor) -> Tensor:
        weights = {name: each.detach() for name, each in self.discriminator.named_parameters()}
        logits: Tensor = functional_call(self.discriminator, weights, (fake,))
        return logits


class Generator(nn.Module):
    """Noise [B, L] to images [B, C, H, W] between -1 and 1."""

    def __init__(self, config: GANConfig) -> None:
        super().__init__()
        width, self.coarse_side = config.width, config.image_size >> NUM_DOWNSAMPLES
        self.first = nn.Linear(config.latent_dim, config.coarse_features, bias=False)
        self.coarse_norm, self.middle_norm = nn.BatchNorm2d(2 * width), nn.BatchNorm2d(width)
        self.middle = nn.ConvTranspose2d(2 * width, width, KERNEL_SIZE, 2, 1, bias=False)
        self.fine = nn.ConvTranspose2d(width, config.channels, KERNEL_SIZE, 2, 1)

    def forward(self, latent_BL: Tensor) -> Tensor:
        """Images [B, C, H, W]; the resolution doubles with every convolution."""
        x = self.first(latent_BL).unflatten(1, (-1, self.coarse_side, self.coarse_side))
        x = functional.relu(self.coarse_norm(x))
        x = functional.relu(self.middle_norm(self.middle(x)))
        return torch.tanh(self.fine(x))


class Discriminator(nn.Module):
    """Images [B, C, H, W] to the log-odds [B] of being real."""

    def __init__(self, config: GANConfig) -> None:
        super().__init__()
        width = config.width
        self.fine = nn.Conv2d(config.channels, width, KERNEL_SIZE, 2, 1)
        self.middle = nn.Conv2d(width, 2 * width, KERNEL_SIZE, 2, 1, bias=False)
        # Running statistics are for evaluation, which a discriminator does not have.
        self.middle_norm = nn.BatchNorm2d(2 * width, track_running_stats=False)
        self.last = nn.Linear(config.coarse_features, 1)

    def forward(self, image_BCHW: Tensor) -> Tensor:
        """Log-odds [B]. Real and fake images go in separate batches, each with its own norm."""
        x = functional.leaky_relu(self.fine(image_BCHW), LEAKY_SLOPE)
        x = functional.leaky_relu(self.middle_norm(self.middle(x)), LEAKY_SLOPE)
        logits: Tensor = self.last(x.flatten(1))[:, 0]
        return logits
