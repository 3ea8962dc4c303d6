"""Two networks against each other: one makes images, the other tells them from real ones.

Their shape is that of Radford et al. (2016, arXiv 1511.06434): strided kernels of four by four,
batch norm, ReLU where images are made and leaky ReLU where they are judged. This file holds the
dials and what they cost; the networks are in `gan_network.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import SpecError
from ..records import ModelSpec, Train
from .dials import check, whole
from .size import Size

if TYPE_CHECKING:
    from .gan_network import Adversaries

KERNEL, HALVINGS = 4, 2
LATENT = 64
"""Numbers that an image is made from, where nobody said how many."""


@dataclass(frozen=True, kw_only=True)
class Shape:
    """The shape of both networks, every dial filled in."""

    side: int
    """Pixels along the side of an image, a multiple of 4."""

    channels: int
    """1 for grey images, 3 for colours."""

    width: int
    """Channels at half the side; twice as many at a quarter of it."""

    latent: int

    @property
    def coarse(self) -> int:
        """Numbers of the coarsest picture: channels times places."""
        return 2 * self.width * (self.side >> HALVINGS) ** 2


def shape_of(spec: ModelSpec) -> Shape:
    """The shape that a spec asks for. Raises SpecError on a missing, unknown or wrong dial."""
    check(spec, ("side", "channels", "width"), ("latent",))
    side = whole(spec, "side")
    if side % (1 << HALVINGS):
        raise SpecError(
            f"family {spec.family!r}: a side of {side} pixels cannot be halved {HALVINGS} times; "
            f"give a multiple of {1 << HALVINGS}"
        )
    return Shape(
        side=side,
        channels=whole(spec, "channels"),
        width=whole(spec, "width"),
        latent=whole(spec, "latent", LATENT),
    )


def count(spec: ModelSpec, context: int) -> Size:
    """Parameters of both networks, training FLOPs an image, bytes of weights."""
    shape = shape_of(spec)
    fine, middle = (KERNEL**2 * a * shape.width for a in (shape.channels, 2 * shape.width))
    first = shape.latent * shape.coarse
    norms = 2 * (2 * shape.width + shape.width), 2 * 2 * shape.width
    maker = first + middle + fine + norms[0] + shape.channels
    judge = fine + shape.width + middle + norms[1] + shape.coarse + 1
    # A kernel serves every place of the coarser of its two pictures.
    half, quarter = (shape.side // 2) ** 2, (shape.side // 4) ** 2
    kernels = fine * half + middle * quarter
    # The judge sees a real image, a made one, and the made one again for its maker.
    products = (first + kernels) + 3 * (kernels + shape.coarse)
    # A mean and a variance for each normed channel, and two counts of batches of 8 bytes.
    running = 2 * 3 * shape.width + 2 * 2
    return Size(
        params=maker + judge,
        flops_per_token=6 * products,
        bytes=4 * (maker + judge + running),
        activations=4 * 4 * 3 * shape.width * half * 2,
        layers=12,
    )


def build(spec: ModelSpec, recipe: Train, seed: int) -> Adversaries:
    """Two fresh networks, the same to the bit for the same seed."""
    from .gan_network import Adversaries

    return Adversaries(shape_of(spec), recipe.base_width).start(seed)
