"""Forecasts of larger models, back-tests of such forecasts, and grades of those made earlier."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import DataError, SpecError, StoreError
from .documents import JSON_VERSION
from .load_results import Scale, Source, read_results
from .result_objects import Forecasts, Results, StatusFn, no_status

if TYPE_CHECKING:
    from ..records import Forecast, Table

DOCUMENT_KINDS = ("forecasts", "backtest", "grades")
"""Documents that hold forecasts."""

COMMON_AXES = ("params", "tokens", "flops", "loss", "step", "shots")


@dataclass(frozen=True, kw_only=True)
class ForecastTarget:
    """The model, or the scale, that a forecast is about."""

    axis: str
    coordinates: Mapping[str, float]
    """Its params, tokens, flops, or its value on another axis."""

    model: str | None
    """Its name; None where only a scale is given."""


def forecast(
    source: Source,
    target: str | Sequence[str],
    *,
    axis: str = "params",
    scale: Scale = (),
    family: str | Sequence[str] | None = None,
    ability: str | Sequence[str] | None = None,
    metric: str | Sequence[str] | None = None,
    num_fewshot: int | Sequence[int] | None = None,
    status: StatusFn = no_status,
) -> Forecasts:
    """Forecast what a larger model will score, with 90 % intervals.

    `target` names the model by its parameters and tokens ("my-70b=70b,15t") or gives a scale on
    one axis ("flops=1e24"). Where no forecast can be made, `value` is None and `explanation` says
    why. Raises SpecError for a target that cannot be read.
    """
    from ..emergence import forecast as forecast_table

    targets = [parse_target(text, axis) for text in _as_list(target)]
    axis = _common_axis(targets)
    results = read_results(
        source, axis=axis, scale=scale, family=family, ability=ability, num_fewshot=num_fewshot
    )
    with status("forecasting"):
        forecasts = forecast_table(
            results.table, [dict(t.coordinates) for t in targets], axis, _as_list(metric) or None
        )
    now = datetime.now(UTC).isoformat(timespec="seconds")
    records = tuple(
        replace(each, model=targets[i % len(targets)].model, created_at=now)
        for i, each in enumerate(forecasts)
    )
    return Forecasts(records, results, axis)


def backtest(
    source: Source,
    holdout_above: float | str,
    *,
    predict: float | str | Sequence[float | str] | None = None,
    axis: str = "params",
    scale: Scale = (),
    family: str | Sequence[str] | None = None,
    ability: str | Sequence[str] | None = None,
    metric: str | Sequence[str] | None = None,
    num_fewshot: int | Sequence[int] | None = None,
    status: StatusFn = no_status,
) -> Forecasts:
    """Hold the models above a scale out, forecast them from the others, and grade the forecasts.

    `holdout_above` is a number or a text such as "4b"; `predict` names the scales to forecast, by
    default all that are held out. `summary` has errors, coverage and interval score of our
    forecasts and of simple baselines.
    """
    from ..emergence import backtest as backtest_table

    bound = _number(holdout_above)
    targets = None if predict is None else [_number(each) for each in _as_list(predict)]
    results = read_results(
        source, axis=axis, scale=scale, family=family, ability=ability, num_fewshot=num_fewshot
    )
    with status("forecasting what is held out"):
        forecasts, summary = backtest_table(
            results.table, axis, bound, targets, _as_list(metric) or None
        )
    settings = {"holdout_above": bound, "predict": targets}
    return Forecasts(tuple(forecasts), results, axis, "backtest", summary, settings)


def grade(forecasts: Forecasts | str | Path, source: Source, *, scale: Scale = ()) -> Forecasts:
    """Grade forecasts that were made earlier, from their JSON or as `forecast` returned them.

    A forecast is graded on the model of its name, or else on the one within 5 % of its scale, in
    its family. One whose model is not in the results keeps `actual` None.
    """
    from ..emergence import grade as grade_forecasts

    if isinstance(forecasts, Forecasts):
        records, axis = list(forecasts.records), forecasts.axis
    else:
        records, axis = read_forecasts(Path(forecasts))
    results = read_results(source, axis=axis, scale=scale)
    graded = tuple(_fill_actual(records, results, axis))
    return Forecasts(graded, results, axis, "grades", {"ours": grade_forecasts(graded)})


def parse_target(text: str, axis: str) -> ForecastTarget:
    """The target in "name=params,tokens" or "axis=number"; SpecError where it is neither."""
    from ..results import parse_number

    name, sign, numbers = text.rpartition("=")
    values = [parse_number(part) for part in numbers.split(",")] if sign else []
    if not name or not 1 <= len(values) <= 2:
        raise SpecError(
            f"a target is name=params,tokens or axis=number, such as my-70b=70b,15t or flops=1e24; "
            f"got {text!r}"
        )
    if len(values) == 1 and name in (*COMMON_AXES, axis):
        return ForecastTarget(axis=name, coordinates={name: values[0]}, model=None)
    coordinates = dict(zip(("params", "tokens"), values, strict=False))
    if axis == "flops" and len(values) == 2:
        coordinates["flops"] = 6 * values[0] * values[1]
    if axis not in coordinates:
        raise SpecError(
            f"target {text} gives no {axis}; write {axis}=NUMBER, or use the axis params"
        )
    return ForecastTarget(axis=axis, coordinates=coordinates, model=name)


def read_forecasts(path: Path) -> tuple[list[Forecast], str]:
    """The forecasts of a JSON document, and their axis; DataError where it holds none."""
    from ..records import Forecast, from_json
    from ..results.strict_json import read_json

    content: Any = read_json(path)
    kind = content.get("upwell") if isinstance(content, dict) else None
    if kind not in DOCUMENT_KINDS or not isinstance(content.get("forecasts"), list):
        raise DataError(f"{path} holds no forecasts; expected what upwell forecast --json writes")
    if content.get("version") != JSON_VERSION:
        raise DataError(
            f"{path} has version {content.get('version')!r} of the JSON shape; this Upwell reads "
            f"version {JSON_VERSION}"
        )
    try:
        forecasts = [from_json(Forecast, json.dumps(item)) for item in content["forecasts"]]
    except StoreError as error:
        raise DataError(f"{path}: {error}") from None
    axes = sorted({f.axis for f in forecasts})
    if len(axes) != 1:
        raise DataError(f"{path} must hold forecasts along one axis, found {axes or 'none'}")
    return forecasts, axes[0]


def _common_axis(targets: Sequence[ForecastTarget]) -> str:
    axes = sorted({target.axis for target in targets})
    if len(axes) != 1:
        raise SpecError(f"all targets must lie on one axis; got {', '.join(axes) or 'none'}")
    return axes[0]


def _as_list(value: Any) -> list[Any]:
    if value is None:
        return []
    return [value] if isinstance(value, str | int | float) else list(value)


def _number(value: float | str) -> float:
    from ..results import parse_number

    return parse_number(value) if isinstance(value, str) else float(value)


def _fill_actual(forecasts: Sequence[Forecast], results: Results, axis: str) -> list[Forecast]:
    from ..emergence.forecasting.truth import observed_values

    truth = observed_values(_fill_family(results.table, forecasts), axis)
    return [replace(f, actual=truth(f)) for f in forecasts]


def _fill_family(table: Table, forecasts: Sequence[Forecast]) -> Table:
    """Results without a family are taken for the one family that was forecast."""
    import polars as pl

    from ..records import Table

    families = {f.family for f in forecasts}
    if len(families) != 1 or table.frame["family"].drop_nulls().len():
        return table
    name = pl.lit(families.pop(), dtype=pl.String)
    return Table(table.frame.with_columns(name.alias("family")))
