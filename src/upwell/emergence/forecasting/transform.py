"""Transforms of metrics to a common scale, on which larger is better and 1 is a large change.

Proportions are scaled to 0..1, losses become minus their logarithm, log-probabilities minus the
logarithm of their absolute value. Forecasts are made on this scale and transformed back, so they
stay within the bounds of the metric.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..ladder.ladder import Ladder

Floats = npt.NDArray[np.float64]

BOUNDED, OPEN = "bounded", "open"


@dataclass(frozen=True, kw_only=True)
class MetricTransform:
    """Transform of one ladder's values."""

    kind: str
    """"bounded" or "open"; forecasts are fitted to ladders of the same kind."""

    form: str
    """"fraction", "loss", "log" or "plain"."""

    low: float
    span: float
    sign: float

    def transform(self, value: Floats) -> Floats:
        """Transformed values; NaN outside of the domain (a loss of zero)."""
        if self.form == "fraction":
            fraction = (value - self.low) / self.span
            return fraction if self.sign > 0 else 1.0 - fraction
        if self.form in ("loss", "log"):
            magnitude = value if self.form == "loss" else -value
            return -np.log(np.where(magnitude > 0, magnitude, np.nan))
        return self.sign * value / self.span

    def inverse(self, transformed: Floats) -> Floats:
        """Values of the metric from transformed ones."""
        if self.form == "fraction":
            fraction = np.clip(transformed, 0.0, 1.0)
            return self.low + self.span * (fraction if self.sign > 0 else 1.0 - fraction)
        if self.form in ("loss", "log"):
            return np.exp(-transformed) * (1.0 if self.form == "loss" else -1.0)
        return self.sign * transformed * self.span

    def clip(self, transformed: float) -> float:
        """The transformed value, clipped to the bounds of the metric."""
        return min(max(transformed, 0.0), 1.0) if self.form == "fraction" else transformed

    def transform_se(self, value: Floats, se: Floats) -> Floats:
        """Transformed standard errors, to first order."""
        if self.form in ("loss", "log"):
            return se / np.abs(value)
        return se / self.span


def build_transform(ladder: Ladder) -> MetricTransform:
    """The transform of a ladder, from its metric and, for open metrics, its values."""
    metric = ladder.metric
    if metric.low is not None and metric.high is not None:
        span = metric.high - metric.low
        return MetricTransform(
            kind=BOUNDED, form="fraction", low=metric.low, span=span, sign=ladder.sign
        )
    form = "plain"
    if not metric.higher_is_better and metric.low is not None and ladder.value.min() > 0:
        form = "loss"
    if metric.higher_is_better and metric.high == 0 and ladder.value.max() < 0:
        form = "log"
    return MetricTransform(kind=OPEN, form=form, low=0.0, span=ladder.unit, sign=ladder.sign)
