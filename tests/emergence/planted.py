"""Tables whose truth is known, because it was planted."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import polars as pl

from upwell.records import Table

SCALES = tuple(float(10**e) for e in np.linspace(6, 10, 9))

SCHEMA = {
    "family": pl.String,
    "model": pl.String,
    "params": pl.Float64,
    "tokens": pl.Float64,
    "flops": pl.Float64,
    "step": pl.Int64,
    "train_rows": pl.Int64,
    "loss": pl.Float64,
    "seed": pl.Int64,
    "ability": pl.String,
    "shots": pl.Int64,
    "metric": pl.String,
    "value": pl.Float64,
    "reason": pl.String,
    "stderr": pl.Float64,
    "items": pl.Int64,
    "missing": pl.Int64,
    "chance": pl.Float64,
    "ceiling": pl.Float64,
}


def row(**known: object) -> dict[str, object]:
    plain = {"family": "planted", "seed": 0, "shots": 0, "metric": "accuracy", "missing": 0}
    return dict.fromkeys(SCHEMA) | plain | known


def table(rows: Iterable[dict[str, object]]) -> Table:
    return Table(pl.DataFrame(list(rows), schema=SCHEMA))


def curve(
    truth: Callable[[float], float],
    *,
    ability: str = "a",
    metric: str = "accuracy",
    items: int = 200,
    scales: Iterable[float] = SCALES,
    seed: int = 0,
    noise: float | None = None,
    **known: object,
) -> list[dict[str, object]]:
    """Rows of one ability: binomial with `items`, or Gaussian where `noise` is given."""
    rng = np.random.default_rng(seed)
    rows = []
    for scale in scales:
        p = truth(scale)
        value = rng.binomial(items, p) / items if noise is None else p + noise * rng.normal()
        rows.append(
            row(
                model=f"m{scale:.0f}",
                params=scale,
                ability=ability,
                metric=metric,
                value=float(value),
                items=items,
                **known,
            )
        )
    return rows


def step(place: float, low: float, high: float) -> Callable[[float], float]:
    return lambda scale: high if scale > place else low


def slope(low: float, high: float) -> Callable[[float], float]:
    first, last = np.log(SCALES[0]), np.log(SCALES[-1])
    return lambda scale: low + (high - low) * (np.log(scale) - first) / (last - first)
