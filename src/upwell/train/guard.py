"""Detects loss spikes and losses that are not finite, in the step in which they happen.

A spike is a loss above `spike_factor` times the largest recent loss. Losses of memorized examples
are close to zero, and one hard batch is many times that. So a spike is also above `spike_factor`
times a tenth of the first losses.
"""

from __future__ import annotations

import math
import statistics
from collections import deque
from collections.abc import Iterable
from typing import Literal

NUM_RECENT_LOSSES = 64
"""Number of losses that count as recent."""

MIN_LOSSES_BEFORE_SPIKE = 16
"""Number of losses before the first spike can be detected."""

LOSS_FLOOR_FRACTION = 0.1
"""Fraction of the first losses below which the recent ones count as equal."""


class Guard:
    """The first and the recent losses of one run."""

    def __init__(
        self,
        spike_factor: float,
        recent_losses: Iterable[float] = (),
        first_losses: Iterable[float] = (),
    ) -> None:
        self.spike_factor = spike_factor
        self.recent_losses = deque(recent_losses, maxlen=NUM_RECENT_LOSSES)
        self.first_losses = list(first_losses)

    def check(self, loss: float, grad_norm: float = 0.0) -> Literal["nan", "spike"] | None:
        """What is wrong with this step, None if nothing. A normal loss is remembered."""
        if not (math.isfinite(loss) and math.isfinite(grad_norm)):
            return "nan"
        if (
            len(self.recent_losses) >= MIN_LOSSES_BEFORE_SPIKE
            and loss > self.spike_factor * self._reference_loss()
        ):
            return "spike"
        self.recent_losses.append(loss)
        if len(self.first_losses) < MIN_LOSSES_BEFORE_SPIKE:
            self.first_losses.append(loss)
        return None

    def _reference_loss(self) -> float:
        return max(*self.recent_losses, LOSS_FLOOR_FRACTION * statistics.median(self.first_losses))
