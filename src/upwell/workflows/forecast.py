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
from .load_results import MetricInfo, Scale, Source, our_metric_names, read_results
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

    def describe(self) -> str:
        """The target in words: "a model named my-70b, of 70B parameters and 15T tokens"."""
        from ..formatting import format_scale

        parts = [format_scale(value, axis) for axis, value in self.coordinates.items()]
        listed = " and ".join(filter(None, (", ".join(parts[:-1]), parts[-1])))
        return listed if self.model is None else f"a model named {self.model}, of {listed}"


def forecast(
    source: Source,
    target: str | Sequence[str],
    *,
    axis: str = "params",
    scale: Scale = (),
    metric_info: MetricInfo = (),
    family: str | Sequence[str] | None = None,
    ability: str | Sequence[str] | None = None,
    metric: str | Sequence[str] | None = None,
    num_fewshot: int | Sequence[int] | None = None,
    status: StatusFn = no_status,
) -> Forecasts:
    """Forecast what a larger model will score, with 90 % intervals.

    `target` names the model by its parameters and tokens ("my-70b=70b,15t",
    "my-70b:params=70b,tokens=15t"), gives these without a name ("70b,15t",
    "params=70b,tokens=15t"), or a scale on one axis ("flops=1e24"). `settings["targets"]` says in
    words what was understood. Where no forecast can be made, `value` is None and `explanation`
    says why. Raises SpecError for a target that cannot be read.
    """
    from ..emergence import forecast as forecast_table

    targets = [parse_target(text, axis) for text in _as_list(target)]
    axis = _common_axis(targets)
    results = read_results(
        source,
        axis=axis,
        scale=scale,
        metric_info=metric_info,
        family=family,
        ability=ability,
        num_fewshot=num_fewshot,
    )
    metrics = our_metric_names(_as_list(metric), results.table.frame) or None
    _check_names(targets, results)
    with status("forecasting"):
        forecasts = forecast_table(
            results.table, [dict(t.coordinates) for t in targets], axis, metrics
        )
    now = datetime.now(UTC).isoformat(timespec="seconds")
    records = tuple(
        replace(each, model=targets[i % len(targets)].model, created_at=now)
        for i, each in enumerate(forecasts)
    )
    settings = {"targets": [_target_document(each) for each in targets]}
    return Forecasts(records, results, axis, settings=settings)


def backtest(
    source: Source,
    holdout_above: float | str,
    *,
    predict: float | str | Sequence[float | str] | None = None,
    axis: str = "params",
    scale: Scale = (),
    metric_info: MetricInfo = (),
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
        source,
        axis=axis,
        scale=scale,
        metric_info=metric_info,
        family=family,
        ability=ability,
        num_fewshot=num_fewshot,
    )
    metrics = our_metric_names(_as_list(metric), results.table.frame) or None
    with status("forecasting what is held out"):
        forecasts, summary = backtest_table(results.table, axis, bound, targets, metrics)
    settings = {"holdout_above": bound, "predict": targets}
    return Forecasts(tuple(forecasts), results, axis, "backtest", summary, settings)


def grade(
    forecasts: Forecasts | str | Path,
    source: Source,
    *,
    scale: Scale = (),
    metric_info: MetricInfo = (),
) -> Forecasts:
    """Grade forecasts that were made earlier, from their JSON or as `forecast` returned them.

    A forecast is graded on the model of its name, or else on the one within 5 % of its scale, in
    its family. One whose model is not in the results keeps `actual` None.
    """
    from ..emergence import grade as grade_forecasts

    if isinstance(forecasts, Forecasts):
        records, axis = list(forecasts.records), forecasts.axis
    else:
        records, axis = read_forecasts(Path(forecasts))
    results = read_results(source, axis=axis, scale=scale, metric_info=metric_info)
    graded = tuple(_fill_actual(records, results, axis))
    return Forecasts(graded, results, axis, "grades", {"ours": grade_forecasts(graded)})


def parse_target(text: str, axis: str) -> ForecastTarget:
    """The target in any form that `results.parse_point` reads; SpecError for another text.

    A single quantity by name gives the axis; a number without a name is one on `axis`, and two are
    parameters and tokens.
    """
    from ..results import parse_point

    try:
        point = parse_point(_name_number(text, axis), (*COMMON_AXES, axis))
    except DataError as error:
        raise SpecError(str(error)) from None
    coordinates = dict(point.coordinates)
    if axis not in coordinates and len(coordinates) == 1 and point.is_named:
        axis = next(iter(coordinates))
    if axis == "flops" and "flops" not in coordinates and {"params", "tokens"} <= set(coordinates):
        coordinates["flops"] = 6 * coordinates["params"] * coordinates["tokens"]
    if axis not in coordinates:
        raise SpecError(
            f"target {text} gives no {axis}; write {axis}=NUMBER, or use the axis "
            f"{next(iter(coordinates))}"
        )
    return ForecastTarget(axis=axis, coordinates=coordinates, model=point.model)


def _check_names(targets: Sequence[ForecastTarget], results: Results) -> None:
    """SpecError for a target whose name is a column of numbers: it was meant as an axis."""
    frame = results.table.frame
    numeric = {name for name, dtype in frame.schema.items() if dtype.is_numeric()}
    for target in targets:
        if target.model in numeric - set(frame["model"]):
            raise SpecError(
                f"{target.model!r} is a column of the results; for a target on it add --axis "
                f"{target.model}, or name the model otherwise"
            )


def _target_document(target: ForecastTarget) -> dict[str, Any]:
    return {
        "model": target.model,
        "coordinates": dict(target.coordinates),
        "description": target.describe(),
    }


def _name_number(text: str, axis: str) -> str:
    """A bare number as one on the axis."""
    is_bare = not any(sign in text for sign in "=:,")
    return f"{axis}={text}" if is_bare else text


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
    """Results without a family are taken for the one family that was forecast.

    Of several forecast families, a model has the one that its name gives.
    """
    import polars as pl

    from ..results import family_of

    families = {f.family for f in forecasts}
    frame = table.frame
    if frame["family"].drop_nulls().len():
        return table
    if len(families) == 1:
        name = pl.lit(families.pop(), dtype=pl.String)
    else:
        named = {model: family_of(model) for model in frame["model"].unique()}
        known = {model: family for model, family in named.items() if family in families}
        name = pl.col("model").replace_strict(known, default=None, return_dtype=pl.String)
    return table.with_frame(frame.with_columns(name.alias("family")))
