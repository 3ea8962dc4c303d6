"""Noise that rungs share because they answered the same items.

A hard item lowers the score of every model. So the means of two rungs deviate from the truth
together, and their difference is known better than either (Miller 2024, arXiv 2411.00640). With the
outcome of every item, the covariance between rungs is estimated.
Without outcomes rungs are taken as independent. That is the cautious assumption: it can hide a
small change, and it makes no jump out of noise.

Correlations of few items scatter. They are shrunk towards 0 by as much as they are uncertain
(Schäfer and Strimmer 2005). The covariance is widened so that its inverse has no bias (Hartlap et
al. 2007, arXiv astro-ph/0608064).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl

Floats = npt.NDArray[np.float64]

LadderKey: TypeAlias = tuple[str | None, str, int, str]
"""(family, ability, shots, metric)."""

MEASUREMENT_COLUMNS = ("model", "step", "ability", "shots", "metric")
"""Columns that rows of a table share with outcomes."""

MIN_ITEMS = 10
"""Fewest items from which a correlation is estimated."""

MIN_SHRINKAGE = 0.1
"""At least so much of a rung's item variance counts as its own. With less, small bends that no
smooth shape describes would be called jumps (benchmarks/emergence/shared_items.py)."""

MAX_MEAN_ERROR = 0.5
"""Maximum distance of the mean over items from the value, in standard errors: some metrics are no
mean over items."""


@dataclass(frozen=True, kw_only=True)
class RungOutcomes:
    """What every item was worth on every rung of a ladder."""

    scale: Floats
    """(rungs,) on the axis, strictly increasing."""

    outcome: Floats
    """(rungs, items), each the mean over the models of the rung."""


def group_outcomes(
    rows: pl.DataFrame, outcomes: pl.DataFrame, axis: str
) -> dict[LadderKey, RungOutcomes]:
    """Outcomes of each ladder, of the items that all of its rungs have.

    `rows` are the rows that ladders are built from. `outcomes` has `MEASUREMENT_COLUMNS`, item and
    value.
    """
    columns = list(dict.fromkeys(["family", *MEASUREMENT_COLUMNS, axis]))
    keys = rows.select(columns).unique().drop_nulls("model")
    known = outcomes.filter(pl.col("value").is_not_null()).select(
        *(pl.col(name).cast(keys.schema[name]) for name in MEASUREMENT_COLUMNS), "item", "value"
    )
    joined = keys.join(known, on=list(MEASUREMENT_COLUMNS), how="inner", nulls_equal=True)
    names = list(dict.fromkeys(["family", "ability", "shots", "metric"]))
    means = joined.group_by(list(dict.fromkeys([*names, axis, "item"]))).agg(pl.col("value").mean())
    key_columns = [name for name in names if name != axis]
    out: dict[LadderKey, RungOutcomes] = {}
    for group in means.partition_by(key_columns):
        wide = group.sort(axis).pivot(on=axis, index="item", values="value").drop_nulls()
        first = group.row(0, named=True)
        shots = 0 if axis == "shots" or first["shots"] is None else int(first["shots"])
        out[first["family"], first["ability"], shots, first["metric"]] = RungOutcomes(
            scale=group[axis].unique().sort().to_numpy().astype(np.float64),
            outcome=wide.drop("item").to_numpy().T.astype(np.float64),
        )
    return out


def rung_covariance(
    outcomes: RungOutcomes | None, scale: Floats, value: Floats, item_se: Floats
) -> Floats | None:
    """(rungs, rungs) covariance of the rungs' means from items; None where it is not known.

    `scale`, `value` and `item_se` are (rungs,). The diagonal is `item_se` squared, a little widened
    for the number of items.
    """
    if outcomes is None or np.isnan(item_se).any():
        return None
    positions = np.searchsorted(outcomes.scale, scale)
    if positions.max(initial=0) >= outcomes.scale.size:
        return None
    if not np.array_equal(outcomes.scale[positions], scale):
        return None
    outcome = outcomes.outcome[positions]
    items = outcome.shape[1]
    if items < max(MIN_ITEMS, 2 * scale.size):
        return None
    if (np.abs(outcome.mean(axis=1) - value) > MAX_MEAN_ERROR * item_se + 1e-9).any():
        return None
    widening = (items - 1) / (items - scale.size - 2)
    out: Floats = widening * _shrink(_correlate(outcome), items) * np.outer(item_se, item_se)
    return out


def difference_se(covariance: Floats) -> Floats:
    """(rungs - 1,) standard error of the difference between neighboring rungs, over sqrt(2)."""
    variance = np.diag(covariance)
    out: Floats = np.sqrt((variance[1:] + variance[:-1]) / 2 - np.diag(covariance, 1))
    return out


def _shrink(correlation: Floats, items: int) -> Floats:
    """Correlations with less scatter; 1 on the diagonal."""
    size = len(correlation)
    others = correlation[~np.eye(size, dtype=bool)]
    scatter = ((1 - others**2) ** 2).sum() / (items - 1)
    weight = min(max(scatter / max((others**2).sum(), 1e-12), MIN_SHRINKAGE), 1.0)
    out = (1 - weight) * correlation
    np.fill_diagonal(out, 1.0)
    return out


def _correlate(outcome: Floats) -> Floats:
    """(rungs, rungs) correlations over items; 0 for a rung whose items are all alike."""
    centered = outcome - outcome.mean(axis=1, keepdims=True)
    norm = np.sqrt((centered**2).sum(axis=1))
    centered = np.divide(
        centered, norm[:, None], out=np.zeros_like(centered), where=norm[:, None] > 0
    )
    out: Floats = centered @ centered.T
    return out
