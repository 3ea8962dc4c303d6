"""Actual values of forecasts, from a later table.

A forecast with a model name is compared with that model, wherever it is on the axis. All others
are compared with the rung within 5 % of their scale.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np

from ...records import Forecast, Table
from ..ladder.ladder import Ladder, build_ladders

SCALE_TOLERANCE = 0.05
"""Maximum relative distance of a rung from the scale of the forecast."""

NO_RUNG_LIMIT = 1_000_000
"""Keeps every rung, so that each one can be graded."""

ForecastKey = tuple[str | None, str, int, str]
"""Family, ability, shots, metric."""


def observed_values(table: Table, axis: str) -> Callable[[Forecast], float | None]:
    """A function from a forecast to its actual value, None where the table has none.

    The actual value is the mean over seeds at the largest budget of the rung. Raises DataError for
    an axis that is no numeric column of the table.
    """
    all_ladders = _ladders_by_key(table, axis)
    models = frozenset(table.frame["model"].drop_nulls())

    @cache
    def ladders_of_model(model: str) -> dict[ForecastKey, Ladder]:
        return _ladders_by_key(table.where(model=model), axis)

    def observed_value(forecast: Forecast) -> float | None:
        if forecast.axis != axis:
            return None
        key = (forecast.family, forecast.ability, forecast.shots, forecast.metric)
        if forecast.model in models:
            ladder = _find(ladders_of_model(str(forecast.model)), key)
            return None if ladder is None or not ladder.value.size else float(ladder.value[-1])
        ladder = _find(all_ladders, key)
        return None if ladder is None else _value_at(ladder, forecast.target)

    return observed_value


def _find(ladders: dict[ForecastKey, Ladder], key: ForecastKey) -> Ladder | None:
    """The ladder of the key; without a family the only one of the ability, shots and metric."""
    if key in ladders or key[0] is not None:
        return ladders.get(key)
    others = [ladder for other, ladder in ladders.items() if other[1:] == key[1:]]
    return others[0] if len(others) == 1 else None


def _ladders_by_key(table: Table, axis: str) -> dict[ForecastKey, Ladder]:
    ladders = build_ladders(table, axis, max_rungs=NO_RUNG_LIMIT)
    return {(k.family, k.ability, k.shots, k.metric.name): k for k in ladders}


def _value_at(ladder: Ladder, scale: float) -> float | None:
    if not ladder.scale.size:
        return None
    distance = np.abs(ladder.scale / scale - 1)
    nearest = int(distance.argmin())
    return float(ladder.value[nearest]) if distance[nearest] <= SCALE_TOLERANCE else None
