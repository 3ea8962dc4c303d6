"""Public results that the benchmarks of this folder read.

UPWELL_DATA names the folder that holds `tables/`; the default is `../shared/data` beside the
checkout. Without it every script here ends with one sentence.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import polars as pl

from upwell.records import Table
from upwell.results import read

ROOT = Path(__file__).resolve().parents[2]


def folder() -> Path:
    """The folder of tables. Exits if there is none."""
    path = Path(os.environ.get("UPWELL_DATA", ROOT.parent / "shared" / "data")) / "tables"
    if not path.is_dir():
        sys.exit(f"no shared tables at {path}; set UPWELL_DATA to their folder")
    return path


def table(name: str) -> Table:
    """One of the shared tables."""
    return read([folder() / f"{name}.parquet"]).table


def accuracy_for_score(measurements: Table) -> Table:
    """Rename the metric "score" of the observational-scaling table, whose scores are accuracies."""
    named = pl.col("metric").replace({"score": "accuracy"})
    return Table(measurements.frame.with_columns(named))
