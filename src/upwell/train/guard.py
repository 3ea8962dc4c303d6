"""Notices a loss that jumps or is no number, within the step in which it happens.

A jump is told from what the run has seen itself: above `spike` times the greatest recent loss.
Losses of examples learnt by heart are next to nothing and one hard batch is many times that, so
no loss below `spike` times a tenth of the first ones counts as a jump.
"""

from __future__ import annotations

import math
import statistics
from collections import deque
from collections.abc import Iterable
from typing import Literal

WINDOW = 64
"""Losses that count as recent."""

PATIENCE = 16
"""Losses seen before a spike can be told."""

MATTERS = 0.1
"""Share of the first losses below which none is large."""


class Guard:
    """Holds the first and the recent losses of one run."""

    def __init__(
        self, spike: float, recent: Iterable[float] = (), first: Iterable[float] = ()
    ) -> None:
        self.spike = spike
        self.recent = deque(recent, maxlen=WINDOW)
        self.first = list(first)

    def verdict(self, loss: float, gradient: float = 0.0) -> Literal["nan", "spike"] | None:
        """What is wrong with this step, if anything; a good loss is remembered."""
        if not (math.isfinite(loss) and math.isfinite(gradient)):
            return "nan"
        if len(self.recent) >= PATIENCE and loss > self.spike * self._usual():
            return "spike"
        self.recent.append(loss)
        if len(self.first) < PATIENCE:
            self.first.append(loss)
        return None

    def _usual(self) -> float:
        return max(*self.recent, MATTERS * statistics.median(self.first))
