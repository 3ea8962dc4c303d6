"""Forecasts of tables that nothing in Upwell was fitted to or chosen by, as a Markdown table.

    python benchmarks/emergence/left_out.py

The numbers of the method were chosen on BIG-G, Pythia, Gadre, the OLMo ladder, OPT and GPT-3
(backtests.py), so their own back-tests may be optimistic. These tables came afterwards: the Open
LLM Leaderboard's second version, ExpEmergence, EvalPlus, OPT's training on BIG-bench, and half of
the 92 learning curves of Alabdulmohsin et al. (2022). Every family is cut a factor of 4 below its
largest scale; a learning curve is cut where its authors cut it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

import numpy as np
import polars as pl
from sources import folder

from upwell.emergence import backtest
from upwell.emergence.forecasting.backtest import backtest_each_family
from upwell.errors import DataError
from upwell.records import Table
from upwell.records.evaluation import TABLE_COLUMNS

Summary: TypeAlias = Mapping[str, Any]

FACTOR = 4.0

NAMES = {
    "acc": "accuracy",
    "acc_norm": "accuracy",
    "pass@1": "accuracy",
    "prompt_level_strict_acc": "accuracy",
    "inst_level_strict_acc": "accuracy",
    "exact_match": "accuracy",
}
"""All are shares of items."""


def shares(name: str) -> pl.DataFrame:
    """The rows of a table whose metric is a share of items, under one name."""
    frame = pl.read_parquet(folder() / f"{name}.parquet").filter(pl.col("metric").is_in([*NAMES]))
    return frame.with_columns(
        ability=pl.format("{} ({})", "ability", "metric"),
        metric=pl.lit("accuracy"),
    )


def as_table(frame: pl.DataFrame, axis: str) -> Table:
    """The rows with the columns of a table. Values that are not numbers are left out."""
    absent = [pl.lit(None, pl.Float64).alias(n) for n in TABLE_COLUMNS if n not in frame.columns]
    floats = [name for name, kind in frame.schema.items() if kind.is_float()]
    frame = frame.with_columns(*absent, pl.col(floats).fill_nan(None))
    columns = [*TABLE_COLUMNS, *({axis} - set(TABLE_COLUMNS))]
    return Table(frame.select(columns).filter(pl.col(axis).is_not_null()))


def backtest_curves() -> Iterator[Summary]:
    """Grades of each learning curve of image errors, beyond the end of its training part."""
    frame = pl.read_parquet(folder() / "curves92.parquet").filter(pl.col("metric") == "error_rate")
    frame = frame.with_columns(metric=pl.lit("accuracy"), value=1 - pl.col("value"))
    for curve in frame.partition_by("curve", maintain_order=True):
        end = curve.filter(pl.col("part") == "train").select(pl.col("x").max()).item()
        try:
            yield backtest(as_table(curve, "x"), "x", float(end))[1]
        except DataError as error:
            print(f"<!-- {curve['curve'][0]} is left out: {error} -->")


def mean_over(summaries: list[Summary]) -> Summary:
    """The mean of every grade over curves, so that a long curve counts as much as a short one."""
    return {
        method: {
            key: sum(each[method][key] for each in summaries)
            if key == "graded"
            else float(np.mean([each[method][key] for each in summaries]))
            for key in ("graded", "mean", "p90", "coverage", "interval_score")
        }
        for method in summaries[0]
    }


def row(title: str, summary: Summary) -> str:
    """A line of the Markdown table."""
    ours = summary["ours"]
    baselines = {name: grades for name, grades in summary.items() if name != "ours"}
    best = min(baselines, key=lambda name: baselines[name]["mean"])
    sharpest = min(baselines, key=lambda name: baselines[name]["interval_score"])
    return (
        f"| {title} | {ours['graded']} | {ours['mean']:.4f} / {ours['p90']:.4f} "
        f"| {baselines['last value']['mean']:.4f} | {baselines[best]['mean']:.4f} ({best}) "
        f"| {ours['coverage']:.2f} | {ours['interval_score']:.3f} "
        f"| {baselines[sharpest]['interval_score']:.3f} ({sharpest}) |"
    )


def main() -> None:
    print(
        "| table | n | ours, mean / p90 | last value | best baseline | our coverage "
        "| our interval score | best baseline's |\n|---|---|---|---|---|---|---|---|"
    )
    leaderboard = shares("openllm_v2")
    for title, frame in (
        ("Open LLM Leaderboard v2, base", leaderboard.filter(pl.col("kind") == "base")),
        ("Open LLM Leaderboard v2, instruct", leaderboard.filter(pl.col("kind") != "base")),
        ("ExpEmergence", shares("expemergence")),
        ("EvalPlus", shares("evalplus").filter(pl.col("family") != "other")),
    ):
        _, summary = backtest_each_family(as_table(frame, "params"), "params", FACTOR)
        print(row(title, summary), flush=True)
    training = as_table(shares("trajectories"), "tokens")
    _, summary = backtest_each_family(training, "tokens", FACTOR)
    print(row("OPT on BIG-bench, along its training", summary), flush=True)
    summaries = list(backtest_curves())
    print(row(f"{len(summaries)} learning curves", mean_over(summaries)))


if __name__ == "__main__":
    main()
