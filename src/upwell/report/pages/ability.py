"""The figure of one ability, for a notebook or a file."""

from __future__ import annotations

from collections.abc import Sequence

from ...errors import DataError
from ...records import Forecast, Table, Verdict
from ..plot.figure import Figure, slug
from ..sections.card import build_curve_figure
from ..series.ladder_curves import build_curves


def ability_figure(
    table: Table, record: Verdict | Forecast, axis: str, forecasts: Sequence[Forecast] = ()
) -> Figure:
    """The curve that a verdict or a forecast is about, with its onset, fits and forecasts.

    `forecasts` are those of the same ability and metric. Raises DataError if the table has no such
    curve, or `axis` is no numeric column of it.
    """
    key = (record.family, record.ability, record.shots)
    curves = build_curves(table, axis).get(key, [])
    curve = next((one for one in curves if one.metric.name == record.metric), None)
    if curve is None:
        raise DataError(f"the results have no curve of {record.ability} by {record.metric}")
    return build_curve_figure(
        curve,
        record if isinstance(record, Verdict) else None,
        forecasts,
        name=slug("ability", record.family, record.ability, record.shots or None, record.metric),
        caption=record.explanation,
    )
