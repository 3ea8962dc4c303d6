"""What a convolution costs: the arithmetic that `cnn.py` and `resnet.py` count with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .size import MAP, Size

KEPT = 3
"""Numbers kept for each output of a kernel until its gradient is computed: what the kernel gave,
what its norm made of it, and the gradient itself."""


@dataclass(frozen=True, kw_only=True)
class Kernel:
    """A square kernel without bias, and the batch norm that follows it."""

    fan_in: int
    fan_out: int
    """Channels that it reads and writes."""

    size: int
    """Pixels along its side."""

    stride: int
    side: int
    """Pixels along the side of what it writes."""

    @property
    def params(self) -> int:
        """Weights, and a scale and a shift for each channel."""
        return self.size**2 * self.fan_in * self.fan_out + 2 * self.fan_out

    @property
    def flops(self) -> int:
        """Training FLOPs an example: 2 a product, forward and twice that backward."""
        return 6 * self.size**2 * self.fan_in * self.fan_out * self.side**2


def size_of(kernels: Sequence[Kernel], classes: int) -> Size:
    """Kernels one after the other and, after a mean over places, a linear map to the classes."""
    last = kernels[-1].fan_out
    head = (last + 1) * classes
    params = sum(kernel.params for kernel in kernels) + head
    return Size(
        params=params,
        flops_per_token=sum(kernel.flops for kernel in kernels) + 6 * head,
        # A batch norm's running mean and variance are stored too, and its count of batches.
        bytes=4 * (params + sum(2 * kernel.fan_out + 2 for kernel in kernels)),
        activations=4 * KEPT * sum(kernel.fan_out * kernel.side**2 for kernel in kernels),
        layers=MAP * len(kernels),
    )
