"""Facts of metrics that the user tells: "name=higher,0,1"."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from ..errors import DataError
from ..records import METRICS, Metric
from .metric_names import canonical_metric

DIRECTIONS = {"higher": True, "lower": False}
KINDS = {"continuous": True, "discrete": False}
UNBOUNDED = ("-", "none", "inf", "-inf", "")

EXPECTED = "expected NAME=higher,LOW,HIGH or NAME=lower,LOW,HIGH, e.g. score=higher,0,1"


def parse_metric_info(texts: Iterable[str]) -> dict[str, Metric]:
    """Facts by Upwell's name of the metric. Raises DataError for a text that is none.

    For a metric that Upwell knows, its title and kind stay, and its direction cannot change.
    """
    facts: dict[str, Metric] = {}
    for text in texts:
        metric = _parse(text)
        if metric.name in facts:
            raise DataError(f"--metric-info tells the metric {metric.name!r} twice")
        facts[metric.name] = metric
    return facts


def is_percentage(user_metrics: Mapping[str, Metric], name: str) -> bool:
    """Whether a metric that Upwell knows as a share is, as the user says, from 0 to 100."""
    known, metric = METRICS.get(name), user_metrics.get(name)
    if known is None or metric is None:
        return False
    is_share = known.high == 1 or known.share_or_percent
    return is_share and metric.high == 100


def _parse(text: str) -> Metric:
    name, sign, values = text.rpartition("=")
    parts = [part.strip() for part in values.split(",")]
    name = name.strip()
    if not sign or not name or not 3 <= len(parts) <= 4 or parts[0] not in DIRECTIONS:
        raise DataError(f"{EXPECTED}; found {text!r}")
    if parts[3:] and parts[3] not in KINDS:
        raise DataError(
            f"the fourth word of --metric-info is continuous or discrete, found {parts[3]!r}"
        )
    low, high = _parse_bound(parts[1], text), _parse_bound(parts[2], text)
    if low is not None and high is not None and low >= high:
        raise DataError(f"the lower bound must be below the higher one, found {text!r}")
    higher, continuous = DIRECTIONS[parts[0]], KINDS.get(parts[3]) if parts[3:] else None
    known = METRICS.get(canonical_metric(name))
    if known is None:
        return Metric(
            name=name,
            title=name,
            higher_is_better=higher,
            continuous=bool(continuous),
            low=low,
            high=high,
        )
    if known.higher_is_better != higher:
        better = "higher" if known.higher_is_better else "lower"
        raise DataError(
            f"{better} values of {known.name} are better, found {text!r}; rename the metric if "
            "yours is another one"
        )
    return Metric(
        name=known.name,
        title=known.title,
        higher_is_better=higher,
        continuous=known.continuous if continuous is None else continuous,
        unit=known.unit,
        low=low,
        high=high,
        proportion=known.proportion,
    )


def _parse_bound(text: str, where: str) -> float | None:
    if text.lower() in UNBOUNDED:
        return None
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise DataError(f"a bound is a number or - for none, found {text!r} in {where!r}")
    return number
