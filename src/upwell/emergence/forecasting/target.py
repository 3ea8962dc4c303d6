"""Targets of forecasts: a scale on the axis, and the size of the model there if it is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ...errors import SpecError
from ..ladder.effective_scale import UNITS_PER_EFOLD, target_effective_scale
from ..ladder.ladder import Ladder

TargetSpec = float | Mapping[str, float]
"""A scale on the axis, or the size of a model, e.g. {"params": 7e9, "tokens": 4e12}."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """A target, parsed."""

    scale: float
    """Scale on the axis."""

    params: float | None = None
    tokens: float | None = None
    model: str | None = None

    def effective_scale(self, ladder: Ladder) -> float:
        """Effective scale of the target, as in `ladder_effective_scale`."""
        if not ladder.has_model_scale:
            return UNITS_PER_EFOLD.get(ladder.axis, 1.0) * float(np.log(self.scale))
        target_size = (self.params, self.tokens)
        return target_effective_scale(
            ladder.axis, self.scale, ladder.scale, ladder.params, ladder.tokens, target_size
        )


def parse_targets(specs: TargetSpec | Sequence[TargetSpec], axis: str) -> list[Target]:
    """Parse one target or several. Raises SpecError for one off the axis or not positive."""
    spec_list = [specs] if isinstance(specs, int | float | Mapping) else list(specs)
    if not spec_list:
        raise SpecError("a forecast needs at least one target, found none")
    return [_parse_target(spec, axis) for spec in spec_list]


def _parse_target(spec: TargetSpec, axis: str) -> Target:
    numbers = dict(spec) if isinstance(spec, Mapping) else {axis: float(spec)}
    if axis not in numbers and axis == "flops" and {"params", "tokens"} <= numbers.keys():
        numbers["flops"] = 6.0 * numbers["params"] * numbers["tokens"]
    if axis not in numbers:
        raise SpecError(f"a forecast along {axis} needs {axis}=..., found {sorted(numbers)}")
    if min(numbers.values()) <= 0:
        raise SpecError(f"targets of forecasts must be positive, found {numbers}")
    return Target(scale=numbers[axis], params=numbers.get("params"), tokens=numbers.get("tokens"))
